//! A training run as one PDF report: patients, selection, models, performance, doubts and settings on A4 pages.
//!
//! Its tables are those of [`super::training_tables`] rounded for reading, its figures those of [`TrainingFigure`]. No patient is
//! named in it, and no path.

mod cover;
mod end;
mod models;
mod patients;
mod performance;
mod selection;

pub(super) use end::{METHODS, limits};
pub(super) use performance::{calibration_row, calibration_table};
pub(super) use selection::formula;

use super::words::{counted, data_kind, set_title};
use super::{TrainingFigure, TrainingReport};
use crate::cohort::Set;
use crate::figure::{Figure, Shape};
use crate::model::DataKind;
use crate::report::ReportError;
use crate::report::paper::{Block, Paper, Plate};

/// The report as a PDF file; the same run gives the same bytes.
pub fn training_pdf(report: &TrainingReport) -> Result<Vec<u8>, ReportError> {
    training_paper(report).to_pdf()
}

/// The report as a document.
pub(super) fn training_paper(report: &TrainingReport) -> Paper {
    let parts = [
        cover::blocks(report),
        patients::blocks(report),
        selection::blocks(report),
        performance::discrimination(report),
        performance::nomogram(report),
        performance::calibration(report),
        performance::decision_curves(report),
        performance::table_2(report),
        models::blocks(report),
        end::doubts(report),
        end::settings(report),
    ];
    let mut blocks = parts.concat();
    number(&mut blocks);
    Paper {
        title: format!("Training report: risk of {}", report.about.outcome),
        head: "Training report".to_owned(),
        foot: foot(report),
        is_simulated: report.about.data == DataKind::Simulated,
        blocks,
    }
}

/// What stands at the foot of each page.
pub(super) fn foot(report: &TrainingReport) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Hepatica {version}  ·  data: {}", data_kind(report.about.data))
}

/// Numbers figures and tables; Table 1 and Table 2, which are the paper's, keep their numbers.
pub(super) fn number(blocks: &mut [Block]) {
    let (mut figures, mut tables) = (0, 0);
    for block in blocks {
        match block {
            Block::Plates(plates) => {
                for plate in plates {
                    figures += 1;
                    plate.caption = format!("Figure {figures}. {}", plate.caption);
                }
            }
            Block::Table(table) if !table.caption.is_empty() && !table.caption.starts_with("Table ") => {
                tables += 1;
                table.caption = format!("Table S{tables}. {}", table.caption);
            }
            _ => {}
        }
    }
}

/// The figures that the run has, each with what is said below it.
fn plates(report: &TrainingReport, wanted: &[(TrainingFigure, &str)]) -> Option<Block> {
    let plate = |(figure, note): &(TrainingFigure, &str)| {
        let drawn = without_title(figure.draw(report, None)?);
        Some(Plate { figure: drawn, caption: figure.title().to_owned(), note: (*note).to_owned() })
    };
    let plates: Vec<Plate> = wanted.iter().filter_map(plate).collect();
    (!plates.is_empty()).then_some(Block::Plates(plates))
}

/// A figure without its own title, since a caption says it.
pub(super) fn without_title(figure: Figure) -> Figure {
    let title = |shape: &Shape| match shape {
        Shape::Text { text, at, .. } if *text == figure.title => Some(at[1]),
        _ => None,
    };
    let Some((place, baseline)) = figure.shapes.iter().enumerate().find_map(|(i, shape)| Some((i, title(shape)?)))
    else {
        return figure;
    };
    let mut rest = figure.clone();
    rest.shapes.remove(place);
    let [width, height] = figure.size;
    let mut moved = Figure::new(figure.title.as_str(), figure.description.as_str(), [width, height - baseline]);
    moved.place(&rest, [0.0, -baseline], 1.0);
    moved
}

/// A figure of both sets side by side, what is said standing below the first.
fn of_both_sets(report: &TrainingReport, figure: fn(Set) -> TrainingFigure, note: &str) -> Option<Block> {
    plates(report, &[(figure(Set::Training), note), (figure(Set::Validation), "")])
}

/// Patients and events of a set, in words.
fn set_in_words(set: Set, n: usize, events: usize) -> String {
    format!("{}: {}, {events} with the event", set_title(set), counted(n, "patient", "patients"))
}

#[cfg(test)]
mod tests;
