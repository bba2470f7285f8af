//! The nomogram: points, one axis a predictor, total points, and risk; the patient marked on each.

use super::draw::{HAIR, SMALL, TEXT, TITLE, plain, width_of, wrapped};
use super::names::short_names;
use super::plot::row_of_numbers;
use super::{Anchor, Figure, MarkKind, Role, Shape};
use crate::base::RESEARCH_USE_ONLY;
use crate::model::{Model, Nomogram, NomogramTick, Prediction, Predictor, percent};

/// Width on paper.
const WIDTH: f64 = 520.0;
/// Space right of the axes.
const RIGHT_MARGIN: f64 = 28.0;

/// Distances, in points.
struct Spacing {
    /// The axes' left end; labels stand left of it.
    left: f64,
    /// The first axis.
    top: f64,
    /// Distance of a predictor's axis from the one above, where its label has one line; of the axis of total points from the last
    /// predictor's; and of the risk from that.
    rows: [f64; 3],
    /// Space below the last axis.
    foot: f64,
    /// Size of labels, and height of each line beyond the first.
    label: [f64; 2],
    /// Half of a mark's width.
    mark: f64,
    /// From an axis down to its numbers' baseline.
    numbers: f64,
}

const ROOMY: Spacing =
    Spacing { left: 136.0, top: 54.0, rows: [42.0; 3], foot: 44.0, label: [TEXT, 0.0], mark: 4.5, numbers: 14.0 };
/// More predictors than this stand closer together, so that a page still shows their numbers in a legible size.
const ROOMY_UP_TO: usize = 6;
const CLOSE: Spacing = Spacing {
    left: 186.0,
    top: 50.0,
    rows: [18.0, 32.0, 28.0],
    foot: 36.0,
    label: [SMALL, 9.0],
    mark: 3.5,
    numbers: 11.5,
};

/// A model's nomogram as it is printed, with the patient's marks where there is a prediction.
pub fn nomogram(model: &Model, prediction: Option<&Prediction>) -> Figure {
    nomogram_of_width(model, prediction, WIDTH)
}

/// The same with axes that fill another width, its text and height unchanged. The axes of many predictors stand closer.
pub fn nomogram_of_width(model: &Model, prediction: Option<&Prediction>, width: f64) -> Figure {
    drawn(model, prediction, width, false)
}

/// The same with axes as close as those of many predictors, for a page that has much else on it.
pub fn close_nomogram_of_width(model: &Model, prediction: Option<&Prediction>, width: f64) -> Figure {
    drawn(model, prediction, width, true)
}

fn drawn(model: &Model, prediction: Option<&Prediction>, width: f64, is_close: bool) -> Figure {
    let sheet = Sheet::of(model, width, is_close);
    let height = sheet.risk + sheet.spacing.foot;
    let title = format!("Nomogram: {}", model.name);
    let description = match prediction {
        Some(p) => format!("{title}. The patient has {:.0} points: {}.", p.total_points, answer_in_words(p)),
        None => title.clone(),
    };
    let mut figure = Figure::new(title.clone(), description, [width, height]);
    figure.text([16.0, 20.0], title, plain(TITLE, Role::Ink).strong());
    sheet.axes(&mut figure, &format!("Probability within {} months", model.horizon_months));
    if let Some(prediction) = prediction {
        sheet.patient(&mut figure, prediction);
        sheet.answer(&mut figure, prediction);
    }
    figure.text([16.0, height - 10.0], RESEARCH_USE_ONLY, plain(SMALL, Role::Amber));
    figure
}

/// A nomogram and where its axes stand.
struct Sheet {
    layout: Nomogram,
    names: Vec<String>,
    /// Whether an axis is one of levels, each of which must be read.
    of_levels: Vec<bool>,
    is_close: bool,
    spacing: &'static Spacing,
    /// The axes' right end.
    right: f64,
    /// The axes of points and of the predictors.
    rows: Vec<f64>,
    /// What the last predictor's label needs ends here.
    below: f64,
    total: f64,
    risk: f64,
    /// The last of the total points' numbers.
    end: f64,
}

impl Sheet {
    fn of(model: &Model, width: f64, is_close: bool) -> Self {
        let layout = Nomogram::of(model);
        let is_close = is_close || layout.axes.len() > ROOMY_UP_TO;
        let spacing = if is_close { &CLOSE } else { &ROOMY };
        let names = short_names(&layout.axes.iter().map(|axis| axis.label.as_str()).collect::<Vec<_>>());
        let has_levels = |name: &str| {
            let of_axis = |of: &&Predictor| of.name == name || of.input() == name;
            model.predictors.iter().filter(of_axis).any(|of| !of.levels.is_empty())
        };
        let of_levels = layout.axes.iter().map(|axis| has_levels(&axis.name)).collect();
        let mut rows = vec![spacing.top];
        let mut below = spacing.top;
        for name in &names {
            let lines = wrapped(name, spacing.label[0], spacing.left - 32.0).len().max(1) - 1;
            let half = lines as f64 * spacing.label[1] / 2.0;
            rows.push(below + half + spacing.rows[0]);
            below += spacing.rows[0] + 2.0 * half;
        }
        let total = below + spacing.rows[1];
        let end = layout.total_ticks.last().copied().unwrap_or(100.0).max(f64::MIN_POSITIVE);
        let (right, risk) = (width - RIGHT_MARGIN, total + spacing.rows[2]);
        Self { layout, names, of_levels, is_close, spacing, right, rows, below, total, risk, end }
    }

    /// Points may add up beyond the axes when a value lies outside the training range; marks then stand at the axis' end.
    fn at(&self, part: f64) -> f64 {
        self.spacing.left + (self.right - self.spacing.left) * part.clamp(0.0, 1.0)
    }

    fn at_points(&self, points: f64) -> f64 {
        self.at(points / 100.0)
    }

    fn at_total(&self, points: f64) -> f64 {
        self.at(points / self.end)
    }

    fn axes(&self, figure: &mut Figure, risk_name: &str) {
        let (at_points, at_total) = (|points| self.at_points(points), |points| self.at_total(points));
        let points_ticks: Vec<NomogramTick> = (0..=10).map(|i| tick(f64::from(i) * 10.0)).collect();
        if self.is_close {
            // Lines from each mark up to the points would hide the numbers between them: a grid is read instead.
            for x in points_ticks.iter().map(|tick| self.at_points(tick.points)) {
                figure.line([x, self.spacing.top], [x, self.below], HAIR, Role::Grid);
            }
        }
        axis(figure, self.spacing, ("Points", self.spacing.top, -1.0), &points_ticks, &at_points, Labels::ThatFit);
        let named = self.layout.axes.iter().zip(&self.names).zip(&self.of_levels);
        for (((predictor, name), of_levels), y) in named.zip(self.rows.iter().skip(1)) {
            let labels = if *of_levels { Labels::All(self.right + 20.0) } else { Labels::ThatFit };
            axis(figure, self.spacing, (name, *y, 1.0), &predictor.ticks, &at_points, labels);
        }
        let total_ticks: Vec<NomogramTick> = self.layout.total_ticks.iter().map(|&points| tick(points)).collect();
        axis(figure, self.spacing, ("Total points", self.total, -1.0), &total_ticks, &at_total, Labels::ThatFit);
        axis(figure, self.spacing, (risk_name, self.risk, 1.0), &self.layout.risk_ticks, &at_total, Labels::ThatFit);
        // The axis goes on beyond its last round numbers to the least and the most that the model can say.
        let (left, right, risk) = (self.spacing.left, self.right, self.risk);
        let places = self.layout.risk_ticks.iter().map(|tick| self.at_total(tick.points));
        let ends = places.fold([right, left], |[first, last], x| [first.min(x), last.max(x)]);
        figure.line([left, risk], [ends[0], risk], HAIR, Role::Ink);
        figure.line([ends[1], risk], [right, risk], HAIR, Role::Ink);
    }

    /// The patient's marks on the predictors, with lines to the points, or the points in numbers where axes stand close.
    fn patient(&self, figure: &mut Figure, prediction: &Prediction) {
        for ((points, y), name) in prediction.points.iter().zip(self.rows.iter().skip(1)).zip(&self.names) {
            let x = self.at_points(points.points);
            if self.is_close {
                let said = plain(SMALL, Role::Accent).anchored(Anchor::End);
                figure.text([self.right + 20.0, y + 3.0], format!("{:.0}", points.points), said);
            } else {
                figure.dashed([x, self.spacing.top], [x, *y], Role::Accent);
            }
            figure.point([x, *y], self.spacing.mark, MarkKind::Disc, Role::Accent, "patient");
            figure.reading([x, *y], format!("{name}: {:.1} points", points.points));
        }
    }

    /// The total, the risk and its interval.
    fn answer(&self, figure: &mut Figure, prediction: &Prediction) {
        let (left, right, risk) = (self.spacing.left, self.right, self.risk);
        if let Some(ci) = prediction.shown_ci() {
            interval(figure, ci.map(|p| self.layout.total_points(p) / self.end), [left, right], risk);
        }
        let x = self.at_total(prediction.total_points);
        figure.dashed([x, self.total], [x, risk], Role::Accent);
        let said = answer_in_words(prediction);
        for (y, said) in [(self.total, format!("Total points: {:.1}", prediction.total_points)), (risk, said.clone())] {
            figure.point([x, y], self.spacing.mark, MarkKind::Disc, Role::Accent, "patient");
            figure.reading([x, y], said);
        }
        // The label stands above the axis, on the side of the mark that has room.
        let fits = x + 8.0 + width_of(&said, TEXT) <= right + 20.0;
        let (x, anchor) = if fits { (x + 8.0, Anchor::Start) } else { (x - 8.0, Anchor::End) };
        figure.text([x, risk - 9.0], said, plain(TEXT, Role::Accent).strong().anchored(anchor));
    }
}

/// The confidence interval, in parts of the risk axis with these ends; an arrow where it goes on beyond the axis.
fn interval(figure: &mut Figure, [low, high]: [f64; 2], [left, right]: [f64; 2], y: f64) {
    let at = |part: f64| left + (right - left) * part.clamp(0.0, 1.0);
    let (min, width) = ([at(low), y - 4.0], at(high) - at(low));
    figure.shapes.push(Shape::Rect { min, size: [width, 8.0], role: Role::Accent, opacity: 0.25 });
    let mut arrow = |tip: f64, towards: f64| {
        for side in [-4.0, 4.0] {
            figure.line([tip + towards * 14.0, y], [tip + towards * 9.0, y + side], 2.0 * HAIR, Role::Accent);
        }
    };
    if low < 0.0 {
        arrow(left, -1.0);
    }
    if high > 1.0 {
        arrow(right, 1.0);
    }
}

fn answer_in_words(prediction: &Prediction) -> String {
    let interval = if prediction.is_outside { "extrapolated".to_owned() } else { prediction.ci_in_words() };
    format!("{} ({interval})", percent(prediction.probability))
}

fn tick(points: f64) -> NomogramTick {
    NomogramTick { value: points, label: format!("{points}"), points }
}

/// Which of an axis' labels are set.
#[derive(Clone, Copy)]
enum Labels {
    /// Numbers that would touch are left out, their ticks stay.
    ThatFit,
    /// Levels: each is set, beside its tick where it would touch another, and not beyond this place at the right.
    All(f64),
}

/// A horizontal axis with its label at the left; its ticks point down (1) or up (−1), away from the patient's lines.
fn axis(
    figure: &mut Figure,
    spacing: &Spacing,
    (label, y, side): (&str, f64, f64),
    ticks: &[NomogramTick],
    at: &dyn Fn(f64) -> f64,
    labels: Labels,
) {
    let size = spacing.label[0];
    let lines = wrapped(label, size, spacing.left - 32.0);
    let first = y + 3.0 - (lines.len() as f64 - 1.0) * (size + 2.0) / 2.0;
    for (i, line) in lines.into_iter().enumerate() {
        figure.text([16.0, first + i as f64 * (size + 2.0)], line, plain(size, Role::Ink));
    }
    let places = ticks.iter().map(|tick| at(tick.points));
    let ends = places.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
    if ends[0] < ends[1] {
        figure.line([ends[0], y], [ends[1], y], HAIR, Role::Ink);
    }
    let mut by_place: Vec<&NomogramTick> = ticks.iter().collect();
    by_place.sort_by(|a, b| a.points.total_cmp(&b.points));
    let numbers: Vec<(f64, String)> = by_place.iter().map(|tick| (at(tick.points), with_minus(&tick.label))).collect();
    for (x, _) in &numbers {
        figure.line([*x, y], [*x, y + side * 4.0], HAIR, Role::Ink);
    }
    let baseline = if side > 0.0 { y + spacing.numbers } else { y - 8.0 };
    if let Labels::All(end) = labels {
        let from = spacing.left - 14.0;
        for (x, (_, label)) in apart(&numbers, [from, end]).into_iter().zip(&numbers) {
            figure.text([x, baseline], label.as_str(), plain(SMALL, Role::Muted).anchored(Anchor::Middle));
        }
        return;
    }
    let values: Vec<f64> = by_place.iter().map(|tick| tick.value).collect();
    let every = every_that_fits(&numbers, &values);
    let places = numbers.iter().step_by(every).map(|(x, label)| (*x, label.as_str()));
    row_of_numbers(figure, places.collect(), baseline, Role::Muted);
}

/// Where labels stand that do not touch: at their ticks, moved from each other by as little as is needed on both sides alike, within two
/// ends.
fn apart(labels: &[(f64, String)], [left, right]: [f64; 2]) -> Vec<f64> {
    let half = |at: usize| labels.get(at).map_or(0.0, |(_, label)| width_of(label, SMALL) / 2.0);
    let gap = |at: usize| half(at - 1) + half(at) + 4.0;
    let mut places: Vec<f64> = labels.iter().map(|(x, _)| *x).collect();
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + gap(at));
    }
    // Labels that pushed each other go back by the mean of what they were pushed.
    let mut from = 0;
    for at in 1..=places.len() {
        let touches = at < places.len() && places[at] - places[at - 1] <= gap(at) + 1e-9;
        if touches {
            continue;
        }
        let pushed = (from..at).map(|i| places[i] - labels[i].0).sum::<f64>() / (at - from) as f64;
        let room = if from == 0 { f64::INFINITY } else { (places[from] - places[from - 1] - gap(from)).max(0.0) };
        places[from..at].iter_mut().for_each(|x| *x -= pushed.min(room));
        from = at;
    }
    let over = places.len().checked_sub(1).map_or(0.0, |last| places[last] + half(last) - right).max(0.0);
    let under = places.first().map_or(0.0, |first| left - (first - over - half(0))).max(0.0);
    places.iter().map(|x| x - over + under).collect()
}

/// The label with a true minus sign.
fn with_minus(label: &str) -> String {
    label.strip_prefix('-').map_or_else(|| label.to_owned(), |number| format!("−{number}"))
}

/// Of evenly spaced numbers as many as do not touch, in round steps: all, or every second, fourth, fifth or tenth; of others all are tried
/// in turn.
fn every_that_fits(numbers: &[(f64, String)], values: &[f64]) -> usize {
    let even_step = |values: &[f64]| {
        let mut steps = values.windows(2).map(|pair| pair[1] - pair[0]);
        let first = steps.next().unwrap_or(0.0);
        steps.all(|step| (step - first).abs() <= 1e-6 * first.abs()).then_some(first.abs())
    };
    let places: Vec<f64> = numbers.iter().map(|(x, _)| *x).collect();
    let (distance, step) = (even_step(&places), even_step(values));
    let (Some(distance), Some(step)) = (distance, step) else { return 1 };
    let widest = numbers.iter().map(|(_, label)| width_of(label, SMALL)).fold(0.0, f64::max);
    let is_round = |step: f64| {
        let lead = step / 10f64.powf(step.log10().floor());
        [1.0, 2.0, 5.0, 10.0].iter().any(|round| (lead - round).abs() < 1e-6)
    };
    let fits = |every: &usize| distance * *every as f64 >= widest + 4.0 && is_round(step * *every as f64);
    [1, 2, 4, 5, 10].into_iter().find(fits).unwrap_or(1)
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
        let middle = (ROOMY.left + WIDTH - RIGHT_MARGIN) / 2.0;
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
    fn both_levels_of_a_short_axis_are_written_and_do_not_touch() {
        let mut model = embedded().clone();
        let mut marker = model.predictors[0].clone();
        (marker.name, marker.label) = ("CEA".to_owned(), "CEA".to_owned());
        let level = |value, label: &str| crate::model::Level { value, label: label.to_owned() };
        marker.levels = vec![level(0.0, "normal"), level(1.0, "elevated")];
        (marker.range, marker.coefficient) = ([0.0, 1.0], 0.02 * marker.coefficient);
        model.predictors.push(marker);
        for figure in [nomogram(&model, None), close_nomogram_of_width(&model, None, WIDTH)] {
            let place = |wanted: &str| {
                let of = |shape: &Shape| match shape {
                    Shape::Text { at, text, .. } if text == wanted => Some(at[0]),
                    _ => None,
                };
                figure.shapes.iter().find_map(of).unwrap_or_else(|| panic!("{wanted} is not written"))
            };
            let half = (width_of("normal", SMALL) + width_of("elevated", SMALL)) / 2.0;
            assert!(place("elevated") - place("normal") >= half);
        }
    }

    #[test]
    fn without_a_patient_nothing_is_marked() {
        let figure = nomogram(embedded(), None);
        assert!(!figure.shapes.iter().any(|shape| matches!(shape, Shape::Mark { .. })));
    }

    /// What a page leaves for a nomogram, and what is still read on paper, in points.
    const ON_PAGE: f64 = 250.0;
    const SMALLEST_PRINT: f64 = 5.0;

    #[test]
    fn twelve_predictors_are_legible_on_a_page() {
        let mut model = embedded().clone();
        model.predictors = (0..12).map(|_| embedded().predictors[0].clone()).collect();
        let figure = nomogram(&model, None);
        let scale = ON_PAGE / figure.size[1];
        for shape in &figure.shapes {
            assert!(!matches!(shape, Shape::Text { size, .. } if size * scale < SMALLEST_PRINT), "{scale}: {shape:?}");
        }
    }

    #[test]
    fn crowded_numbers_are_left_out_regularly_and_in_round_steps() {
        let axis = |step: f64, distance: f64| {
            let values: Vec<f64> = (0..9).map(|i| f64::from(i) * step).collect();
            let numbers: Vec<(f64, String)> =
                values.iter().enumerate().map(|(i, value)| (i as f64 * distance, format!("{value:.1}"))).collect();
            every_that_fits(&numbers, &values)
        };
        assert_eq!([axis(0.5, 40.0), axis(0.5, 10.0), axis(0.5, 5.0), axis(0.2, 5.0)], [1, 2, 4, 5]);
    }
}
