//! A training run for other programs and for readers: `results.json` with every number, and the tables of a paper as CSV.
//!
//! What is written here was computed elsewhere; nothing is rounded.

mod evaluation;
mod figures;
mod results;
mod tables;

pub use evaluation::{EvaluationReport, evaluation_figures, evaluation_json, evaluation_tables};
pub use figures::{TrainingFigure, Trial};
pub use results::{results_json, table_1_json};
pub use tables::{NamedTable, icc_table, table_1, training_tables};

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
