//! A training run for other programs and for readers: `results.json` with every number, the tables of a paper as CSV, its figures, a
//! report as PDF, and model cards.
//!
//! What the models give was computed elsewhere. A description of the patients is computed here: Table 1 with its tests, the radscore
//! by outcome, coefficients per standard deviation, profile-likelihood intervals, and calls at a threshold that is tried. JSON and CSV
//! round nothing but the cells of Table 1 that are for reading, beside which the numbers stand in full.

mod card;
mod checklists;
mod evaluation;
#[cfg(test)]
mod example;
mod figures;
mod found;
mod origin;
mod pdf;
mod results;
mod table_1;
mod tables;
mod words;

pub use card::{model_card_markdown, model_card_pdf};
pub use evaluation::{EvaluationReport, evaluation_figures, evaluation_json, evaluation_pdf, evaluation_tables};
pub use figures::{TrainingFigure, Trial, flow_of_patients};
pub use pdf::training_pdf;
pub use results::results_json;
pub use table_1::{table_1, table_1_json};
pub use tables::{NamedTable, coefficient_names, icc_table, training_tables};

use crate::cohort::Cohort;
use crate::model::train::{About, Training};

/// A training run and what it was made from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingReport<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// The run.
    pub training: &'a Training,
    /// What the team says of its cohort.
    pub about: &'a About,
}
