//! Decision curves (Fig. 7): the net benefit of each model against the threshold at which one would treat, beside treating all and treating
//! none (Vickers & Elkin, Medical Decision Making 2006;26:565).

use super::draw::{SMALL, TEXT, plain, wrapped};
use super::numbers::{fixed, percent};
use super::plot::{Axis, BELOW, COLUMN, LEFT, MARGIN, NAMES, Pen, Plot, TOP, range, series_pen, swatch, titled};
use super::{Anchor, Figure, MarkKind, Role};

const SIZE: [f64; 2] = [COLUMN - MARGIN - LEFT, 160.0];
const LINE: f64 = 12.0;
/// How far below zero the plot reaches, as a part of what lies above.
const BELOW_ZERO: f64 = 0.2;

/// One model's net benefit.
#[derive(Debug, Clone, Copy)]
pub struct DecisionCurve<'a> {
    /// The model's name.
    pub name: &'a str,
    /// Net benefit, one a threshold.
    pub net_benefit: &'a [f64],
}

/// Decision curves of several models on the same patients.
#[derive(Debug, Clone, Copy)]
pub struct DecisionPlot<'a> {
    /// Whose they are: `validation`.
    pub set: &'a str,
    /// Thresholds of probability, rising.
    pub thresholds: &'a [f64],
    /// The models.
    pub models: &'a [DecisionCurve<'a>],
    /// Net benefit of treating all, one a threshold; of treating none it is 0.
    pub treat_all: &'a [f64],
    /// The threshold that is being tried: the legend shows the net benefits there, at the nearest of the thresholds.
    pub current: Option<f64>,
}

/// The curves, drawn.
pub fn decision_curves(of: &DecisionPlot) -> Figure {
    let none = vec![0.0; of.thresholds.len()];
    let all_pen = Pen { width: 1.0, dash: Some([3.0, 2.0]), role: Role::Muted };
    let none_pen = Pen { width: 1.0, dash: None, role: Role::Muted };
    let models = of.models.iter().enumerate().map(|(i, model)| (model.name, model.net_benefit, series_pen(i)));
    let curves: Vec<(&str, &[f64], Pen)> =
        [("Treat all", of.treat_all, all_pen), ("Treat none", none.as_slice(), none_pen)]
            .into_iter()
            .chain(models)
            .collect();
    let at = of.current.and_then(|current| nearest(of.thresholds, current));
    let name_width = COLUMN - MARGIN - NAMES - if at.is_some() { 44.0 } else { 0.0 };
    let rows: usize = curves.iter().map(|(name, ..)| wrapped(name, TEXT, name_width).len()).sum();
    let legend = TOP + SIZE[1] + BELOW + 14.0;
    let height = legend + LINE * (rows as f64 + if at.is_some() { 1.0 } else { 0.0 });
    let title = format!("Decision curves, {}", of.set);
    let mut figure = titled(&title, description(&title, of, at), [COLUMN, height]);
    let plot = plot(of);
    plot.frame(&mut figure, "Threshold probability", "Net benefit");
    for (name, values, pen) in &curves {
        let points: Vec<[f64; 2]> = of.thresholds.iter().zip(*values).map(|(x, y)| [*x, *y]).collect();
        plot.curve(&mut figure, &points, *pen);
        for point in points {
            let at = plot.at(point);
            if plot.holds(at) {
                figure.reading(at, format!("{name}: net benefit {} at {}", fixed(point[1], 3), percent(point[0], 0)));
            }
        }
    }
    let mut y = legend;
    if let Some(at) = at {
        let threshold = of.thresholds.get(at).copied().unwrap_or(f64::NAN);
        plot.marked_value(&mut figure, threshold, &format!("threshold {}", percent(threshold, 0)), Role::Ink);
        for (_, values, pen) in &curves {
            let place = plot.at([threshold, values.get(at).copied().unwrap_or(f64::NAN)]);
            if plot.holds(place) {
                figure.point(place, 3.0, MarkKind::Disc, pen.role, "current-threshold");
            }
        }
        let head = format!("Net benefit at {}", percent(threshold, 0));
        figure.text([COLUMN - MARGIN, y], head, plain(SMALL, Role::Muted).anchored(Anchor::End));
        y += LINE;
    }
    // Models first, as elsewhere.
    for (name, values, pen) in curves.iter().skip(2).chain(curves.iter().take(2)) {
        swatch(&mut figure, [MARGIN, y - 3.0], *pen, None);
        if let Some(value) = at.and_then(|at| values.get(at)) {
            figure.text([COLUMN - MARGIN, y], fixed(*value, 3), plain(TEXT, Role::Ink).anchored(Anchor::End));
        }
        for line in wrapped(name, TEXT, name_width) {
            figure.text([NAMES, y], line, plain(TEXT, Role::Ink));
            y += LINE;
        }
    }
    figure
}

/// From a little below zero, where lines of treating all leave the plot, to the largest net benefit.
fn plot(of: &DecisionPlot) -> Plot {
    let values = of.models.iter().flat_map(|model| model.net_benefit).chain(of.treat_all).copied();
    let top = range(values.chain([0.0]))[1].max(0.01);
    let [low, high] = range(of.thresholds.iter().copied());
    // An axis that nearly reaches 0 or 1 goes there.
    let (low, high) = (if low < 0.05 { 0.0 } else { low }, if high > 0.95 { 1.0 } else { high });
    Plot {
        min: [LEFT, TOP],
        size: SIZE,
        x: Axis::between(low, high, 5).written(|threshold| percent(threshold, 0)),
        // The name of a threshold stands above the curves.
        y: Axis::between(-BELOW_ZERO * top, if of.current.is_some() { 1.2 } else { 1.05 } * top, 6),
    }
}

fn nearest(thresholds: &[f64], wanted: f64) -> Option<usize> {
    let distance = |i: &usize| thresholds.get(*i).map_or(f64::INFINITY, |threshold| (threshold - wanted).abs());
    (0..thresholds.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn description(title: &str, of: &DecisionPlot, at: Option<usize>) -> String {
    let names: Vec<&str> = of.models.iter().map(|model| model.name).collect();
    let ends = range(of.thresholds.iter().copied()).map(|threshold| percent(threshold, 0));
    let mut said =
        format!("{title}: net benefit of {} from a threshold of {} to {}.", names.join(", "), ends[0], ends[1]);
    if let Some((at, threshold)) = at.and_then(|at| Some((at, of.thresholds.get(at)?))) {
        let values = of
            .models
            .iter()
            .map(|m| format!("{} {}", m.name, fixed(m.net_benefit.get(at).copied().unwrap_or(f64::NAN), 3)));
        said += &format!(" At {}: {}.", percent(*threshold, 0), values.collect::<Vec<_>>().join(", "));
    }
    said
}
