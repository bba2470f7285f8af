//! The model's ROC curve with the line of chance and the operating point.

use super::draw::{SMALL, TEXT, TITLE, plain, wrapped};
use super::numbers::percent;
use super::plot::{Axis, LEFT, Plot};
use super::{Anchor, Figure, MarkKind, Role, Shape};
use crate::model::Model;

const SIZE: [f64; 2] = [250.0, 294.0];
/// The plot's corners.
const TOP: f64 = 38.0;
const SIDE: f64 = 176.0;

/// The ROC curve of a model.
pub fn roc(model: &Model) -> Figure {
    let performance = &model.performance;
    let point = performance.operating_point;
    let auc = format!("AUC {:.3} (95 % CI {:.3}–{:.3})", performance.auc, performance.auc_ci[0], performance.auc_ci[1]);
    let operating =
        format!("sensitivity {:.0} %, specificity {:.0} %", 100.0 * point.sensitivity, 100.0 * point.specificity);
    let title = "ROC curve of the model".to_owned();
    let description = format!("{title}: {auc}; operating point: {operating}.");
    let mut figure = Figure::new(title.clone(), description, SIZE);
    figure.text([16.0, 16.0], title, plain(TITLE, Role::Ink).strong());
    let plot = square([LEFT, TOP], SIDE);
    frame(&mut figure, &plot);
    let place = |sensitivity: f64, specificity: f64| plot.at([1.0 - specificity, sensitivity]);
    let curve = performance.roc.iter().map(|p| place(p.sensitivity, p.specificity)).collect();
    figure.shapes.push(Shape::Line { points: curve, width: 1.75, dash: None, role: Role::Accent });
    for p in &performance.roc {
        let (sensitivity, specificity) = (percent(p.sensitivity, 1), percent(p.specificity, 1));
        figure.reading(
            place(p.sensitivity, p.specificity),
            format!("sensitivity {sensitivity}, specificity {specificity}"),
        );
    }
    let at = place(point.sensitivity, point.specificity);
    figure.reading(at, format!("operating point: {operating}"));
    figure.mark(at, MarkKind::Diamond, Role::Amber, "operating-point");

    // The lower right triangle lies under any curve that is better than chance.
    let right = LEFT + SIDE - 8.0;
    let end = |size, role| plain(size, role).anchored(Anchor::End);
    let [low, high] = performance.auc_ci;
    figure.text([right, TOP + SIDE - 22.0], format!("AUC {:.3}", performance.auc), end(TEXT, Role::Accent).strong());
    figure.text([right, TOP + SIDE - 10.0], format!("95 % CI {low:.3}–{high:.3}"), end(SMALL, Role::Ink));

    let threshold = point.threshold.map_or(String::new(), |threshold| format!(" at {:.1} %", 100.0 * threshold));
    let marked = wrapped(&format!("Operating point{threshold}: {operating}."), SMALL, SIZE[0] - 20.0);
    let measured = wrapped(&format!("Measured on {}.", performance.measured_on), SMALL, SIZE[0] - 20.0);
    let lines = marked.into_iter().map(|line| (line, Role::Ink));
    let lines = lines.chain(measured.into_iter().map(|line| (line, Role::Muted)));
    for (i, (line, role)) in lines.take(4).enumerate() {
        figure.text([16.0, TOP + SIDE + 40.0 + i as f64 * 10.5], line, plain(SMALL, role));
    }
    figure
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
    use crate::model::embedded;

    #[test]
    fn the_operating_point_lies_on_the_curve() {
        let figure = roc(embedded());
        let curve = figure.shapes.iter().find_map(|shape| match shape {
            Shape::Line { points, role: Role::Accent, .. } => Some(points.clone()),
            _ => None,
        });
        let mark = figure.shapes.iter().find_map(|shape| match shape {
            Shape::Mark { at, name: "operating-point", .. } => Some(*at),
            _ => None,
        });
        assert!(curve.unwrap().contains(&mark.unwrap()));
    }
}
