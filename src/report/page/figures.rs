//! The figures of a patient on the page: how large they can be, and where each stands.

use crate::figure::{self, Figure};
use crate::report::RiskReport;
use crate::report::patient::{contributions_figure, net_benefit_figure, radscore_figure};
use crate::report::sheet::{LOWEST, MARGIN, RIGHT};

/// Between figures that stand side by side or one above the other.
const GAP: f64 = 6.0;
/// Scales of figures, from the largest to the smallest at which their small print is still read on paper.
const SCALES: [f64; 3] = [0.655, 0.64, 0.63];
/// How many contributions are drawn, as many as leave room for what stands below.
const BARS: [usize; 6] = [12, 10, 8, 7, 6, 5];

/// Nomogram across the page; below it what the radscore is made of, where there is one, beside the ROC curve; below that the radscore
/// among the training patients', the net benefit, and the print about the model.
pub(super) fn set(page: &mut Figure, report: &RiskReport, above: f64) {
    let top = above + GAP;
    let (model, prediction) = (report.model, report.prediction);
    let roc = figure::roc_of_patient(model, prediction.probability);
    let benefit = net_benefit_figure(model, report.threshold.unwrap_or_else(|| model.usual_threshold()));
    let Some(distribution) = radscore_figure(model, Some(prediction)) else {
        let height = nomogram(report, 1.0, false).size[1];
        let scale = ((RIGHT - MARGIN) / 520.0).min(250.0 / height).min((LOWEST - top) / 2.0 / height);
        let below = place_nomogram(page, &nomogram(report, scale, false), top, scale);
        let row: Vec<Figure> = [Some(roc), benefit].into_iter().flatten().collect();
        let scale = ((LOWEST - below) / tallest(&row)).clamp(0.3, 0.85);
        let x = place_in_row(page, &row, below, scale);
        return super::model_text(page, report, x, below + 14.0);
    };
    let last: Vec<Figure> = [Some(distribution), benefit].into_iter().flatten().collect();
    let Some(layout) = layout(report, roc, last, LOWEST - top) else { return };
    let Layout { scale, nomogram, middle, last } = layout;
    let mut y = place_nomogram(page, &nomogram, top, scale);
    place_in_row(page, &middle, y, scale);
    y += scale * tallest(&middle) + GAP;
    let x = place_in_row(page, &last, y, scale);
    super::model_text(page, report, x, y + 12.0);
}

/// The figures of a model with a radscore, at a scale at which all stand on the page.
struct Layout {
    scale: f64,
    nomogram: Figure,
    /// Contributions and ROC curve.
    middle: Vec<Figure>,
    /// Distribution and net benefit.
    last: Vec<Figure>,
}

/// The largest layout that is no higher than the room: first the scale is lessened, then the bars, then the nomogram's axes come closer.
/// Where even the smallest is higher, as on a page of many warnings, it is drawn smaller still.
fn layout(report: &RiskReport, roc: Figure, last: Vec<Figure>, room: f64) -> Option<Layout> {
    let mut smallest = None;
    for is_close in [false, true] {
        for bars in BARS {
            let contributions = contributions_figure(report.model, report.prediction, bars)?;
            let middle = vec![contributions, roc.clone()];
            for scale in SCALES {
                let nomogram = nomogram(report, scale, is_close);
                let height = nomogram.size[1] + tallest(&middle) + tallest(&last);
                let fits = height * scale + 2.0 * GAP <= room;
                let scale = if fits { scale } else { scale.min((room - 2.0 * GAP) / height) };
                smallest = Some(Layout { scale, nomogram, middle: middle.clone(), last: last.clone() });
                if fits {
                    return smallest;
                }
            }
        }
    }
    smallest
}

fn tallest(figures: &[Figure]) -> f64 {
    figures.iter().map(|figure| figure.size[1]).fold(1.0, f64::max)
}

/// The nomogram that fills the page's width at a scale.
fn nomogram(report: &RiskReport, scale: f64, is_close: bool) -> Figure {
    let (model, prediction, width) = (report.model, Some(report.prediction), (RIGHT - MARGIN) / scale);
    match is_close {
        true => figure::close_nomogram_of_width(model, prediction, width),
        false => figure::nomogram_of_width(model, prediction, width),
    }
}

/// Draws the nomogram; gives where it ends.
fn place_nomogram(page: &mut Figure, nomogram: &Figure, top: f64, scale: f64) -> f64 {
    page.place(nomogram, [MARGIN - 16.0 * scale, top], scale);
    top + nomogram.size[1] * scale + GAP
}

/// Draws figures side by side, the first one's text at the margin; gives where what stands beside them can begin.
fn place_in_row(page: &mut Figure, figures: &[Figure], top: f64, scale: f64) -> f64 {
    let mut x = MARGIN - 16.0 * scale;
    for figure in figures {
        page.place(figure, [x, top], scale);
        x += figure.size[0] * scale + GAP;
    }
    x
}
