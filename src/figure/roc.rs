//! The model's ROC curve with the line of chance, the operating point and, where there is a patient, the point that deciding at the
//! patient's probability would have.

use super::draw::{SMALL, TEXT, TITLE, plain, wrapped};
use super::numbers::{fixed, percent};
use super::plot::{Axis, LEFT, Pen, Plot};
use super::{Anchor, Figure, MarkKind, Role};
use crate::model::{CurvePoint, Model, Performance};

const WIDTH: f64 = 250.0;
/// The plot's corners.
const TOP: f64 = 38.0;
const SIDE: f64 = 176.0;
/// From the plot to the first line of small print, and from line to line.
const PRINT: f64 = 40.0;
const LINE: f64 = 10.5;
/// Lines that say on whom it was measured.
const MEASURED: usize = 2;
/// Right ends of threshold, sensitivity and specificity.
const COLUMNS: [f64; 3] = [164.0, 197.0, 234.0];

/// The ROC curve of a model: on the patients that were held back, where there were any, else on those that it was fitted on.
pub fn roc(model: &Model) -> Figure {
    drawn(model, None)
}

/// The same with a patient of this probability.
pub fn roc_of_patient(model: &Model, probability: f64) -> Figure {
    drawn(model, Some(probability))
}

fn drawn(model: &Model, probability: Option<f64>) -> Figure {
    let tested = model.tested();
    let performance = tested.performance;
    let patient = probability.map(|probability| tested.point_at(probability));
    let point = performance.operating_point;
    let [low, high] = performance.auc_ci;
    let auc = format!("AUC {:.3} (95 % CI {low:.3}–{high:.3})", performance.auc);
    let title = "ROC curve of the model".to_owned();
    let of_patient = patient.map(|patient| format!(" Deciding at this patient's probability: {}.", rates(&patient)));
    let description =
        format!("{title}: {auc}; operating point: {}.{}", rates(&point), of_patient.as_deref().unwrap_or_default());
    let lines = 2 + usize::from(patient.is_some()) + MEASURED;
    let mut figure =
        Figure::new(title.clone(), description, [WIDTH, TOP + SIDE + PRINT + 8.5 + LINE * (lines as f64 - 1.0)]);
    figure.text([16.0, 16.0], title, plain(TITLE, Role::Ink).strong());
    let plot = square([LEFT, TOP], SIDE);
    frame(&mut figure, &plot);
    if tested.is_validation {
        let pen = Pen { width: 1.0, dash: Some([3.0, 2.0]), role: Role::Muted };
        plot.curve(&mut figure, &values(&model.performance), pen);
    }
    plot.curve(&mut figure, &values(performance), Pen { width: 1.75, dash: None, role: Role::Accent });
    let place = |p: &CurvePoint| plot.at([1.0 - p.specificity, p.sensitivity]);
    for p in &performance.roc {
        let (sensitivity, specificity) = (percent(p.sensitivity, 1), percent(p.specificity, 1));
        figure.reading(place(p), format!("sensitivity {sensitivity}, specificity {specificity}"));
    }
    if let Some(patient) = &patient {
        // Around the operating point's mark, where both are one.
        figure.point(place(patient), 7.0, MarkKind::Ring, Role::Ink, "patient");
        figure.reading(place(patient), format!("at this patient's probability: {}", rates(patient)));
    }
    figure.reading(place(&point), format!("operating point: {}", rates(&point)));
    figure.mark(place(&point), MarkKind::Diamond, Role::Amber, "operating-point");

    // The lower right triangle lies under any curve that is better than chance.
    let right = LEFT + SIDE - 8.0;
    let end = |size, role| plain(size, role).anchored(Anchor::End);
    let mut y = TOP + SIDE - 10.0;
    if tested.is_validation {
        let apparent = format!("apparent {} (dashed)", fixed(model.performance.auc, 3));
        figure.text([right, y], apparent, end(SMALL, Role::Muted));
        y -= 11.0;
    }
    figure.text([right, y], format!("95 % CI {low:.3}–{high:.3}"), end(SMALL, Role::Ink));
    figure.text([right, y - 12.0], format!("AUC {:.3}", performance.auc), end(TEXT, Role::Accent).strong());

    let rows = [("Operating point (diamond)", Some(point)), ("This patient (ring)", patient)];
    let rows: Vec<(&str, CurvePoint)> = rows.into_iter().filter_map(|(name, point)| Some((name, point?))).collect();
    let mut y = table(&mut figure, &rows);
    let measured = wrapped(&format!("Measured on {}.", performance.measured_on), SMALL, WIDTH - 20.0);
    for line in measured.into_iter().take(MEASURED) {
        figure.text([16.0, y], line, plain(SMALL, Role::Muted));
        y += LINE;
    }
    figure
}

/// Thresholds and what they give, a row each; gives the next baseline.
fn table(figure: &mut Figure, rows: &[(&str, CurvePoint)]) -> f64 {
    let mut y = TOP + SIDE + PRINT;
    let end = |role| plain(SMALL, role).anchored(Anchor::End);
    for (x, head) in COLUMNS.into_iter().zip(["threshold", "sens.", "spec."]) {
        figure.text([x, y], head, end(Role::Muted));
    }
    for (name, point) in rows {
        y += LINE;
        figure.text([16.0, y], *name, plain(SMALL, Role::Ink));
        let threshold = point.threshold.map_or("–".to_owned(), |threshold| percent(threshold, 1));
        let numbers = [threshold, percent(point.sensitivity, 0), percent(point.specificity, 0)];
        for (x, number) in COLUMNS.into_iter().zip(numbers) {
            figure.text([x, y], number, end(Role::Ink));
        }
    }
    y + LINE
}

fn values(performance: &Performance) -> Vec<[f64; 2]> {
    performance.roc.iter().map(|p| [1.0 - p.specificity, p.sensitivity]).collect()
}

fn rates(point: &CurvePoint) -> String {
    format!("sensitivity {}, specificity {}", percent(point.sensitivity, 0), percent(point.specificity, 0))
}

/// Both axes from 0 to 1, with the line of chance.
pub(super) fn square(min: [f64; 2], side: f64) -> Plot {
    let axis = || Axis::between(0.0, 1.0, 5);
    Plot { min, size: [side, side], x: axis(), y: axis() }
}

pub(super) fn frame(figure: &mut Figure, plot: &Plot) {
    plot.frame(figure, "1 − specificity", "Sensitivity");
    figure.dashed(plot.at([0.0, 0.0]), plot.at([1.0, 1.0]), Role::Muted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Shape;
    use crate::model::embedded;

    fn curve(figure: &Figure) -> Vec<[f64; 2]> {
        let curve = figure.shapes.iter().find_map(|shape| match shape {
            Shape::Line { points, role: Role::Accent, .. } => Some(points.clone()),
            _ => None,
        });
        curve.unwrap()
    }

    fn mark(figure: &Figure, wanted: &str) -> Option<[f64; 2]> {
        figure.shapes.iter().find_map(|shape| match shape {
            Shape::Mark { at, name, .. } if *name == wanted => Some(*at),
            _ => None,
        })
    }

    #[test]
    fn the_patient_s_threshold_lies_on_the_curve_of_the_patients_that_were_held_back() {
        let mut model = embedded().clone();
        let middle = CurvePoint { threshold: Some(0.4), sensitivity: 0.75, specificity: 0.5 };
        let held_back = Performance { roc: vec![model.performance.roc[0], middle], ..model.performance.clone() };
        model.validation = Some(held_back);
        let figure = roc_of_patient(&model, 0.41);
        assert_eq!(Some(curve(&figure)[1]), mark(&figure, "patient"));
        assert!(figure.description.contains("sensitivity 75 %, specificity 50 %"), "{}", figure.description);
    }

    #[test]
    fn the_operating_point_lies_on_the_curve() {
        let figure = roc(embedded());
        let curve = curve(&figure);
        assert!(curve.contains(&mark(&figure, "operating-point").unwrap()));
        assert_eq!(mark(&figure, "patient"), None);
    }
}
