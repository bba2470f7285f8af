//! ROC curves of several models on one plot (Fig. 5), with their areas, operating points, a threshold that is being tried, and DeLong's
//! comparisons in small print.

use super::draw::{SMALL, TEXT, plain, wrapped};
use super::numbers::{fixed, interval, p_value, percent};
use super::plot::{BELOW, COLUMN, LEFT, MARGIN, NAMES, TOP, series_mark, series_pen, swatch, titled};
use super::roc::{frame, square};
use super::{Anchor, Figure, MarkKind, Role};
use crate::stats::RocPoint;

const SIDE: f64 = COLUMN - MARGIN - LEFT;
/// Width of names beside "0.812 (0.712–0.912)".
const NAME: f64 = COLUMN - MARGIN - NAMES - 92.0;
const LINE: f64 = 12.0;
/// The same in small print.
const PRINT: f64 = 10.5;

/// One model's curve.
#[derive(Debug, Clone, Copy)]
pub struct RocCurve<'a> {
    /// The model's name.
    pub name: &'a str,
    /// The curve, from one end to the other.
    pub points: &'a [RocPoint],
    /// Area under it.
    pub auc: f64,
    /// Its 95 % interval.
    pub auc_ci: Option<[f64; 2]>,
    /// The point that was chosen (by Youden's index in training).
    pub operating_point: Option<RocPoint>,
    /// The point of the threshold that is being tried.
    pub current: Option<RocPoint>,
}

/// A comparison of two areas.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// One model's name.
    pub first: &'a str,
    /// The other's.
    pub second: &'a str,
    /// DeLong's p-value for paired curves.
    pub p: f64,
}

/// Curves on one plot; `set` says whose they are: `validation`.
pub fn roc_curves(set: &str, curves: &[RocCurve], comparisons: &[Comparison]) -> Figure {
    let title = format!("ROC curves, {set}");
    let said: Vec<String> = curves.iter().map(|curve| format!("{} AUC {}", curve.name, area(curve))).collect();
    let compared: Vec<String> =
        comparisons.iter().map(|c| format!("{} against {}: {}", c.first, c.second, p_value(c.p))).collect();
    let delong = if compared.is_empty() { String::new() } else { format!(" DeLong: {}.", compared.join("; ")) };
    let current = curves.iter().filter_map(|curve| Some(format!("{}, {}", curve.name, read(curve.current.as_ref()?))));
    let current = current.map(|of| format!(" Current threshold: {of}.")).collect::<String>();
    let description = format!("{title}: {}.{delong}{current}", said.join("; "));
    let small: usize = comparisons.iter().map(|c| pair(c).len()).sum();
    let rows: usize = curves.iter().map(|curve| wrapped(curve.name, TEXT, NAME).len()).sum();
    let has = |is: fn(&RocCurve) -> bool| curves.iter().any(is);
    let marks = match (has(|curve| curve.operating_point.is_some()), has(|curve| curve.current.is_some())) {
        (true, true) => Some("Marks: operating points; rings: current threshold"),
        (true, false) => Some("Marks: operating points"),
        (false, true) => Some("Rings: current threshold"),
        (false, false) => None,
    };
    let legend = TOP + SIDE + BELOW + 12.0;
    let print = (small + usize::from(small > 0)) as f64 * PRINT + if marks.is_some() { LINE + 3.0 } else { 0.0 };
    let lines = (1 + rows) as f64 * LINE + print;
    let mut figure = titled(&title, description, [COLUMN, legend + lines + 4.0]);
    let plot = square([LEFT, TOP], SIDE);
    frame(&mut figure, &plot);
    let place = |point: &RocPoint| plot.at([1.0 - point.specificity, point.sensitivity]);
    for (i, curve) in curves.iter().enumerate() {
        let values: Vec<[f64; 2]> = curve.points.iter().map(|p| [1.0 - p.specificity, p.sensitivity]).collect();
        plot.curve(&mut figure, &values, series_pen(i));
        for point in curve.points {
            figure.reading(place(point), format!("{}: {}", curve.name, read(point)));
        }
    }
    // Marks lie above all curves, that of a threshold being tried around the others.
    for (i, curve) in curves.iter().enumerate() {
        if let Some(point) = &curve.current {
            figure.point(place(point), 6.0, MarkKind::Ring, Role::Ink, "current-threshold");
            figure.point(place(point), 2.5, MarkKind::Disc, Role::Series(i), "current-threshold");
            figure.reading(place(point), format!("{}, current threshold: {}", curve.name, read(point)));
        }
        if let Some(point) = &curve.operating_point {
            figure.mark(place(point), series_mark(i), Role::Series(i), "operating-point");
            figure.reading(place(point), format!("{}, operating point: {}", curve.name, read(point)));
        }
    }
    let below = table(&mut figure, curves, legend);
    let below = marks.map_or(below, |marks| {
        figure.text([MARGIN, below + 1.0], marks, plain(SMALL, Role::Muted));
        below + LINE + 3.0
    });
    delong_table(&mut figure, comparisons, below);
    figure
}

/// Whom a comparison compares, in lines.
fn pair(of: &Comparison) -> Vec<String> {
    wrapped(&format!("{} against {}", of.first, of.second), SMALL, COLUMN - 2.0 * MARGIN - 52.0)
}

/// The comparisons in small print, a line each where their names let them.
fn delong_table(figure: &mut Figure, comparisons: &[Comparison], mut y: f64) {
    if comparisons.is_empty() {
        return;
    }
    let style = plain(SMALL, Role::Muted);
    figure.text([MARGIN, y], "DeLong's test", style);
    y += PRINT;
    for comparison in comparisons {
        figure.text([COLUMN - MARGIN, y], p_value(comparison.p), style.anchored(Anchor::End));
        for line in pair(comparison) {
            figure.text([MARGIN, y], line, style);
            y += PRINT;
        }
    }
}

/// The legend: each model's line, name and area; gives the next line's baseline.
fn table(figure: &mut Figure, curves: &[RocCurve], top: f64) -> f64 {
    let end = COLUMN - MARGIN;
    figure.text([end, top], "AUC (95 % CI)", plain(SMALL, Role::Muted).anchored(Anchor::End));
    let mut y = top + LINE;
    for (i, curve) in curves.iter().enumerate() {
        swatch(figure, [MARGIN, y - 3.0], series_pen(i), curve.operating_point.map(|_| series_mark(i)));
        figure.text([end, y], area(curve), plain(TEXT, Role::Ink).anchored(Anchor::End));
        for line in wrapped(curve.name, TEXT, NAME) {
            figure.text([NAMES, y], line, plain(TEXT, Role::Ink));
            y += LINE;
        }
    }
    y
}

fn area(curve: &RocCurve) -> String {
    match curve.auc_ci {
        Some(ci) => format!("{} ({})", fixed(curve.auc, 3), interval(ci, 3)),
        None => fixed(curve.auc, 3),
    }
}

fn read(point: &RocPoint) -> String {
    let at = match point.threshold {
        threshold if threshold.is_finite() => format!(" at {}", fixed(threshold, 3)),
        _ => String::new(),
    };
    format!("sensitivity {}, specificity {}{at}", percent(point.sensitivity, 1), percent(point.specificity, 1))
}
