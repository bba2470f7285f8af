//! A model on another cohort: the same numbers, tables, figures and report as of a training run, and what recalibration would make of it.
//!
//! Whether the cohort is another one is not for this module to know: it calls the patients "evaluated", no more.

mod figures;
mod numbers;
mod pdf;

pub use figures::evaluation_figures;
pub use numbers::{evaluation_json, evaluation_tables};
pub use pdf::evaluation_pdf;

use super::words::counted;
use crate::cohort::Cohort;
use crate::model::train::Measured;
use crate::model::{DataKind, Evaluation, Model};

/// A model on another cohort.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationReport<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// The model.
    pub model: &'a Model,
    /// What came of it.
    pub evaluation: &'a Evaluation,
}

/// What a recalibrated model's numbers are.
const APPARENT: &str =
    "apparent: recalibrated on the patients that it is measured on, so that its calibration is right by construction";

impl EvaluationReport<'_> {
    /// From which data the numbers come: simulated where the model or its patients are.
    fn data(&self) -> DataKind {
        if self.cohort.features.is_simulated { DataKind::Simulated } else { self.model.provenance.data }
    }

    fn is_simulated(&self) -> bool {
        self.data() == DataKind::Simulated
    }

    /// The patients, in words.
    fn patients(&self) -> String {
        let Measured { n, n_events, .. } = self.evaluation.measured;
        format!("{}, {n_events} with the event", counted(n, "patient", "patients"))
    }

    /// The model in each of its states: name in a table, name in a figure, and what was measured.
    fn states(&self) -> Vec<(&'static str, &'static str, &Measured)> {
        let Evaluation { measured, in_the_large, slope, .. } = self.evaluation;
        let mut states = vec![("as_it_is", "As it is", measured)];
        let large = in_the_large.as_ref().map(|update| &update.measured);
        states.extend(large.map(|of| ("recalibrated_in_the_large", "Recalibrated in the large (apparent)", of)));
        let slope = slope.as_ref().map(|update| &update.measured);
        states.extend(slope.map(|of| ("recalibrated_slope", "Recalibrated (apparent)", of)));
        states
    }
}

#[cfg(test)]
mod tests;
