//! A training run for other programs and for readers: `results.json` with every number, and the tables of a paper as CSV.
//!
//! What is written here was computed elsewhere; nothing is rounded.

mod evaluation;
mod figures;
mod results;
mod tables;

pub use evaluation::{EvaluationReport, evaluation_figures, evaluation_json, evaluation_tables};
pub use figures::{TrainingFigure, Trial, flow_of_patients};
pub use results::{results_json, table_1_json};
pub use tables::{NamedTable, coefficient_names, icc_table, table_1, training_tables};

use crate::cohort::{Cohort, Set};
use crate::model::ModelKind;
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

/// A kind of model as it is written.
pub fn kind_name(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Clinical => "clinical",
        ModelKind::Radiomics => "radiomics",
        ModelKind::Combined => "combined",
    }
}

/// A kind of model as a figure names it.
pub fn kind_title(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Clinical => "Clinical",
        ModelKind::Radiomics => "Radiomics",
        ModelKind::Combined => "Combined",
    }
}

/// A set as it is written.
pub fn set_name(set: Set) -> &'static str {
    match set {
        Set::Training => "training",
        Set::Validation => "validation",
    }
}
