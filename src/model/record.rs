//! How a model was trained, as its file records it: settings, steps, and what honest validation made of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ByOutcome;

/// The record of a training run. Nothing in it depends on when or where it ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainingRecord {
    /// The program and its version.
    pub program: String,
    /// Settings of the pipeline, the seed among them.
    pub pipeline: Value,
    /// What went in and out of each step, in order.
    pub steps: Vec<TrainingStep>,
    /// Probabilities that the model gave the training patients.
    pub risk: ByOutcome,
    /// Those of the validation patients, where there are any.
    pub validation_risk: Option<ByOutcome>,
    /// Events per coefficient that was considered for the model, and per one that is in it.
    pub events_per_variable: [f64; 2],
    /// What resampling made of the apparent numbers.
    pub internal: Option<InternalValidation>,
    /// What makes the model doubtful, one sentence each.
    pub doubts: Vec<String>,
}

/// One step of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainingStep {
    /// What was done.
    pub name: String,
    /// How many columns went in.
    pub entered: usize,
    /// How many came out.
    pub left: usize,
    /// The rule and what came of it, in words.
    pub detail: String,
}

/// Validation by repeating the whole training on resamples of the training patients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InternalValidation {
    /// Bootstrap resamples that gave a model.
    pub resamples: usize,
    /// Those that did not, and are not counted.
    pub failed: usize,
    /// Area under the curve: apparent, and less the mean optimism (Harrell, Stat Med 1996;15:361); null without a bootstrap.
    pub auc: Option<[f64; 2]>,
    /// Calibration slope, likewise.
    pub slope: Option<[f64; 2]>,
    /// Brier score, likewise.
    pub brier: Option<[f64; 2]>,
    /// Repetitions that count and outer folds of the nested cross-validation.
    pub nested: [usize; 2],
    /// Mean over these of the area from cases that the fold's training never saw.
    pub nested_auc: Option<f64>,
    /// Its standard deviation over them, which is no standard error.
    pub nested_sd: Option<f64>,
}
