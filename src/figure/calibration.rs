//! Calibration (Supplementary Fig. 3): what was observed against what was predicted, as a smooth curve and in groups with their intervals,
//! for each model; below, the predicted risks of patients with the event (up) and without it (down).
//!
//! The spikes count predictions in forty steps of 2.5 %, as `rms::val.prob` does in finer ones; that is drawing, not estimation.

use super::draw::{HAIR, SMALL, TEXT, plain, wrapped};
use super::numbers::{fixed, interval, optional, percent};
use super::plot::{BELOW, COLUMN, LEFT, MARGIN, NAMES, Pen, Plot, TOP, series_mark, series_pen, swatch, titled};
use super::roc::square;
use super::{Anchor, Figure, Role, Shape};

const SIDE: f64 = COLUMN - MARGIN - LEFT;
const STEPS: usize = 40;
/// Height of a model's spikes, in both directions together.
const STRIP: f64 = 26.0;
const LINE: f64 = 12.0;
/// Right ends of the legend's columns, and the width of names.
const COLUMNS: [(&str, f64); 3] = [("In the large", 170.0), ("Slope", 205.0), ("Brier", COLUMN - MARGIN)];
const NAME: f64 = 84.0;

/// Patients of similar predicted risk.
#[derive(Debug, Clone, Copy)]
pub struct CalibrationGroup {
    /// Mean predicted risk.
    pub predicted: f64,
    /// Part with the event.
    pub observed: f64,
    /// 95 % interval of that part.
    pub interval: [f64; 2],
    /// Patients.
    pub n: usize,
}

/// One model's calibration.
#[derive(Debug, Clone, Copy)]
pub struct CalibrationCurve<'a> {
    /// The model's name.
    pub name: &'a str,
    /// Predicted and observed risk along the smooth curve (lowess), by rising prediction.
    pub smooth: &'a [[f64; 2]],
    /// Groups of patients.
    pub groups: &'a [CalibrationGroup],
    /// Predicted risk of each patient.
    pub predicted: &'a [f64],
    /// Whether each has the event.
    pub outcome: &'a [bool],
    /// Calibration-in-the-large: the intercept with the slope held at 1.
    pub in_the_large: Option<f64>,
    /// Calibration slope.
    pub slope: Option<f64>,
    /// Brier score.
    pub brier: Option<f64>,
}

/// Calibration of models on one plot; `set` says on whom: `validation`.
pub fn calibration(set: &str, curves: &[CalibrationCurve]) -> Figure {
    let title = format!("Calibration, {set}");
    let said = curves.iter().map(|c| {
        let [in_the_large, slope, brier] = [c.in_the_large, c.slope, c.brier].map(|value| optional(value, 2));
        format!("{} calibration-in-the-large {in_the_large}, slope {slope}, Brier score {brier}", c.name)
    });
    let description = format!("{title}: {}.", said.collect::<Vec<_>>().join("; "));
    let rows: usize = curves.iter().map(|curve| wrapped(curve.name, TEXT, NAME).len()).sum();
    let strips = TOP + SIDE + BELOW + 16.0;
    let legend = strips + STRIP * curves.len() as f64 + 16.0;
    let height = legend + LINE * (rows + 2) as f64 + 4.0;
    let mut figure = titled(&title, description, [COLUMN, height]);
    let plot = square([LEFT, TOP], SIDE);
    plot.frame(&mut figure, "Predicted risk", "Observed proportion");
    figure.dashed(plot.at([0.0, 0.0]), plot.at([1.0, 1.0]), Role::Muted);
    for (i, curve) in curves.iter().enumerate() {
        plot.curve(&mut figure, curve.smooth, series_pen(i));
        for [predicted, observed] in curve.smooth {
            let at = plot.at([*predicted, *observed]);
            if plot.holds(at) {
                let text =
                    format!("{}: predicted {}, smoothed {}", curve.name, percent(*predicted, 1), percent(*observed, 1));
                figure.reading(at, text);
            }
        }
    }
    for (i, curve) in curves.iter().enumerate() {
        groups(&mut figure, &plot, i, curve);
    }
    let caption = "Predicted risks: with the event ↑, without ↓";
    figure.text([LEFT, strips - 3.0], caption, plain(SMALL, Role::Muted));
    for (i, curve) in curves.iter().enumerate() {
        spikes(&mut figure, &plot, strips + STRIP * (i as f64 + 0.5) + 2.0, (i, curve));
    }
    let below = table(&mut figure, curves, legend);
    let ideal = Pen { width: HAIR, dash: Some([3.0, 3.0]), role: Role::Muted };
    swatch(&mut figure, [MARGIN, below - 3.0], ideal, None);
    figure.text([NAMES, below], "Ideal", plain(TEXT, Role::Ink));
    figure
}

fn groups(figure: &mut Figure, plot: &Plot, i: usize, curve: &CalibrationCurve) {
    for group in curve.groups {
        let at = plot.at([group.predicted, group.observed]);
        if !plot.holds(at) {
            continue;
        }
        let ends = group.interval.map(|end| plot.at([group.predicted, end.clamp(0.0, 1.0)]));
        if ends.iter().flatten().all(|part| part.is_finite()) {
            figure.line(ends[0], ends[1], 1.0, Role::Series(i));
        }
        figure.point(at, 3.5, series_mark(i), Role::Series(i), "group");
        let text = format!(
            "{}: predicted {}, observed {} (95 % CI {} %), {} patients",
            curve.name,
            percent(group.predicted, 1),
            percent(group.observed, 1),
            interval(group.interval.map(|end| 100.0 * end), 1),
            group.n
        );
        figure.reading(at, text);
    }
}

/// How often each risk was predicted: up for patients with the event, down for those without.
fn spikes(figure: &mut Figure, plot: &Plot, y: f64, (i, curve): (usize, &CalibrationCurve)) {
    let mut counts = [[0usize; STEPS]; 2];
    for (risk, event) in curve.predicted.iter().zip(curve.outcome) {
        if (0.0..=1.0).contains(risk) {
            let step = ((risk * STEPS as f64) as usize).min(STEPS - 1);
            counts[usize::from(*event)][step] += 1;
        }
    }
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
    figure.line([plot.min[0], y], [plot.right(), y], 0.5, Role::Muted);
    for (class, counts) in counts.iter().enumerate() {
        for (step, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            let x = plot.at([(step as f64 + 0.5) / STEPS as f64, 0.0])[0];
            let length = *n as f64 / most * (STRIP / 2.0 - 3.0);
            let top = if class == 1 { y - length } else { y };
            let (min, size) = ([x - 1.25, top], [2.5, length]);
            figure.shapes.push(Shape::Rect { min, size, role: Role::Series(i), opacity: 0.85 });
        }
    }
}

/// The legend: each model's line, name and numbers; gives the next line's baseline.
fn table(figure: &mut Figure, curves: &[CalibrationCurve], top: f64) -> f64 {
    for (name, end) in COLUMNS {
        figure.text([end, top], name, plain(SMALL, Role::Muted).anchored(Anchor::End));
    }
    let mut y = top + LINE;
    for (i, curve) in curves.iter().enumerate() {
        swatch(figure, [MARGIN, y - 3.0], series_pen(i), (!curve.groups.is_empty()).then(|| series_mark(i)));
        for ((_, end), value) in COLUMNS.into_iter().zip([curve.in_the_large, curve.slope, curve.brier]) {
            let decimals = if end > 210.0 { 3 } else { 2 };
            let value = value.map_or_else(|| "–".to_owned(), |value| fixed(value, decimals));
            figure.text([end, y], value, plain(TEXT, Role::Ink).anchored(Anchor::End));
        }
        for line in wrapped(curve.name, TEXT, NAME) {
            figure.text([NAMES, y], line, plain(TEXT, Role::Ink));
            y += LINE;
        }
    }
    y
}
