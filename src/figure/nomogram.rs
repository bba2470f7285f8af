//! The nomogram: points, one axis a predictor, total points, and risk; the patient marked on each.

use super::draw::{HAIR, SMALL, TEXT, TITLE, plain, width_of, wrapped};
use super::{Anchor, Figure, MarkKind, Role, Shape};
use crate::base::RESEARCH_USE_ONLY;
use crate::model::{Model, Nomogram, NomogramTick, Prediction};

/// Width on paper.
const WIDTH: f64 = 520.0;
/// The axes' left end; labels stand left of it.
const LEFT: f64 = 136.0;
/// Space right of the axes.
const RIGHT_MARGIN: f64 = 28.0;
/// Distance between axes, and the first of them.
const ROW: f64 = 42.0;
const TOP: f64 = 54.0;
/// Space below the last axis.
const FOOT: f64 = 44.0;

/// A model's nomogram as it is printed, with the patient's marks where there is a prediction.
pub fn nomogram(model: &Model, prediction: Option<&Prediction>) -> Figure {
    nomogram_of_width(model, prediction, WIDTH)
}

/// The same with axes that fill another width, its text and height unchanged.
pub fn nomogram_of_width(model: &Model, prediction: Option<&Prediction>, width: f64) -> Figure {
    let right = width - RIGHT_MARGIN;
    let layout = Nomogram::of(model);
    let n_rows = layout.axes.len() + 3;
    let height = TOP + (n_rows - 1) as f64 * ROW + FOOT;
    let title = format!("Nomogram: {}", model.name);
    let description = match prediction {
        Some(p) => format!("{title}. The patient has {:.0} points: {}.", p.total_points, percent(p)),
        None => title.clone(),
    };
    let mut figure = Figure::new(title.clone(), description, [width, height]);
    figure.text([16.0, 20.0], title, plain(TITLE, Role::Ink).strong());
    // Points may add up beyond the axes when a value lies outside the training range; marks then stand at the axis' end.
    let end = layout.total_ticks.last().copied().unwrap_or(100.0).max(f64::MIN_POSITIVE);
    let at_points = |points: f64| LEFT + (right - LEFT) * (points / 100.0).clamp(0.0, 1.0);
    let at_total = |points: f64| LEFT + (right - LEFT) * (points / end).clamp(0.0, 1.0);
    let row = |index: usize| TOP + index as f64 * ROW;

    let points_ticks: Vec<NomogramTick> = (0..=10).map(|i| tick(f64::from(i) * 10.0)).collect();
    axis(&mut figure, ("Points", row(0), -1.0), &points_ticks, &at_points);
    for (i, predictor) in layout.axes.iter().enumerate() {
        axis(&mut figure, (&predictor.label, row(i + 1), 1.0), &predictor.ticks, &at_points);
    }
    let (total, risk) = (row(n_rows - 2), row(n_rows - 1));
    let total_ticks: Vec<NomogramTick> = layout.total_ticks.iter().map(|&points| tick(points)).collect();
    axis(&mut figure, ("Total points", total, -1.0), &total_ticks, &at_total);
    let risk_label = format!("Probability within {} months", model.horizon_months);
    axis(&mut figure, (&risk_label, risk, 1.0), &layout.risk_ticks, &at_total);
    // The axis goes on beyond its last round numbers to the least and the most that the model can say.
    let places = layout.risk_ticks.iter().map(|tick| at_total(tick.points));
    let ends = places.fold([right, LEFT], |[first, last], x| [first.min(x), last.max(x)]);
    figure.line([LEFT, risk], [ends[0], risk], HAIR, Role::Ink);
    figure.line([ends[1], risk], [right, risk], HAIR, Role::Ink);

    if let Some(prediction) = prediction {
        for (i, points) in prediction.points.iter().enumerate() {
            let x = at_points(points.points);
            figure.dashed([x, row(0)], [x, row(i + 1)], Role::Accent);
            figure.mark([x, row(i + 1)], MarkKind::Disc, Role::Accent, "patient");
        }
        interval(&mut figure, prediction.ci.map(|p| layout.total_points(p) / end), right, risk);
        let x = at_total(prediction.total_points);
        figure.dashed([x, total], [x, risk], Role::Accent);
        figure.mark([x, total], MarkKind::Disc, Role::Accent, "patient");
        figure.mark([x, risk], MarkKind::Disc, Role::Accent, "patient");
        // The label stands above the axis, on the side of the mark that has room.
        let said = percent(prediction);
        let fits = x + 8.0 + width_of(&said, TEXT) <= width - 8.0;
        let (x, anchor) = if fits { (x + 8.0, Anchor::Start) } else { (x - 8.0, Anchor::End) };
        figure.text([x, risk - 9.0], said, plain(TEXT, Role::Accent).strong().anchored(anchor));
    }
    figure.text([16.0, height - 10.0], RESEARCH_USE_ONLY, plain(SMALL, Role::Amber));
    figure
}

/// The confidence interval, in parts of the risk axis that ends at `right`; an arrow where it goes on beyond the axis.
fn interval(figure: &mut Figure, [low, high]: [f64; 2], right: f64, y: f64) {
    let at = |part: f64| LEFT + (right - LEFT) * part.clamp(0.0, 1.0);
    let (min, width) = ([at(low), y - 4.0], at(high) - at(low));
    figure.shapes.push(Shape::Rect { min, size: [width, 8.0], role: Role::Accent, opacity: 0.25 });
    let mut arrow = |tip: f64, towards: f64| {
        for side in [-4.0, 4.0] {
            figure.line([tip + towards * 14.0, y], [tip + towards * 9.0, y + side], 2.0 * HAIR, Role::Accent);
        }
    };
    if low < 0.0 {
        arrow(LEFT, -1.0);
    }
    if high > 1.0 {
        arrow(right, 1.0);
    }
}

fn percent(prediction: &Prediction) -> String {
    let [low, high] = prediction.ci;
    format!("{:.1} % (95 % CI {:.1}–{:.1} %)", 100.0 * prediction.probability, 100.0 * low, 100.0 * high)
}

fn tick(points: f64) -> NomogramTick {
    NomogramTick { value: points, label: format!("{points}"), points }
}

/// A horizontal axis with its label at the left; its ticks point down (1) or up (−1), away from the patient's lines. Numbers
/// that would touch are left out, their ticks stay.
fn axis(figure: &mut Figure, (label, y, side): (&str, f64, f64), ticks: &[NomogramTick], at: &dyn Fn(f64) -> f64) {
    let lines = wrapped(label, TEXT, LEFT - 32.0);
    let first = y + 3.0 - (lines.len() as f64 - 1.0) * 5.5;
    for (i, line) in lines.into_iter().enumerate() {
        figure.text([16.0, first + i as f64 * 11.0], line, plain(TEXT, Role::Ink));
    }
    let places = ticks.iter().map(|tick| at(tick.points));
    let ends = places.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
    if ends[0] < ends[1] {
        figure.line([ends[0], y], [ends[1], y], HAIR, Role::Ink);
    }
    let mut by_place: Vec<&NomogramTick> = ticks.iter().collect();
    by_place.sort_by(|a, b| a.points.total_cmp(&b.points));
    let mut free_from = f64::NEG_INFINITY;
    for tick in by_place {
        let x = at(tick.points);
        figure.line([x, y], [x, y + side * 4.0], HAIR, Role::Ink);
        let half = width_of(&tick.label, SMALL) / 2.0;
        if x - half >= free_from {
            let baseline = if side > 0.0 { y + 14.0 } else { y - 8.0 };
            figure.text([x, baseline], &tick.label, plain(SMALL, Role::Muted).anchored(Anchor::Middle));
            free_from = x + half + 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Inputs, embedded, predict};

    #[test]
    fn the_patient_stands_on_predictor_total_and_risk() {
        let inputs = Inputs { values: [("pT".to_owned(), 3.0)].into(), protocol: None };
        let prediction = predict(embedded(), &inputs).unwrap();
        let figure = nomogram(embedded(), Some(&prediction));
        let marks: Vec<f64> = figure
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Mark { at, name: "patient", .. } => Some(at[0]),
                _ => None,
            })
            .collect();
        let middle = (LEFT + WIDTH - RIGHT_MARGIN) / 2.0;
        assert_eq!(marks.len(), 3);
        assert!(marks.iter().all(|x| (x - middle).abs() < 1e-6), "{marks:?}");
    }

    #[test]
    fn an_interval_beyond_the_axis_ends_in_an_arrow() {
        let inputs = Inputs { values: [("pT".to_owned(), 4.0)].into(), protocol: None };
        let figure = nomogram(embedded(), Some(&predict(embedded(), &inputs).unwrap()));
        let beyond =
            |shape: &&Shape| matches!(shape, Shape::Line { points, .. } if points[0][0] > WIDTH - RIGHT_MARGIN);
        assert_eq!(figure.shapes.iter().filter(beyond).count(), 2);
    }

    #[test]
    fn without_a_patient_nothing_is_marked() {
        let figure = nomogram(embedded(), None);
        assert!(!figure.shapes.iter().any(|shape| matches!(shape, Shape::Mark { .. })));
    }
}
