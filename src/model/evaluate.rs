//! A model held against another cohort: external validation, and what recalibration would make of it.
//!
//! Nothing is fitted but the recalibration, which is offered and not applied (Steyerberg, Clinical Prediction Models, 2019, § 20.3).

use std::collections::HashSet;

use super::train::{Measured, measure, prevalence_limit};
use super::{Inputs, Model, ModelError, Prediction, Predictor, ProtocolTag, predict};
use crate::cohort::Cohort;
use crate::stats::{StatsError, logistic};

/// A model on a cohort's patients.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// One prediction a patient, in the cohort's order.
    pub predictions: Vec<Prediction>,
    /// What was measured, at the threshold that the model's training set gave.
    pub measured: Measured,
    /// Patients of whom something lies outside what the model was trained on.
    pub n_outside: usize,
    /// The model with its intercept moved so that as many events are predicted as came, and how it does; none where that has no
    /// estimate.
    pub in_the_large: Option<Recalibrated>,
    /// The model with intercept and slope fitted anew.
    pub slope: Option<Recalibrated>,
}

/// A recalibrated model, measured on the patients that it was recalibrated on.
#[derive(Debug, Clone)]
pub struct Recalibrated {
    /// The new log odds are intercept + slope × the old ones.
    pub intercept: f64,
    /// See there.
    pub slope: f64,
    /// What was measured.
    pub measured: Measured,
    /// The model, ready to be written.
    pub model: Model,
}

/// Why a model was not evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A patient cannot be predicted.
    #[error("patient \"{id}\": {cause}")]
    Patient {
        /// The patient.
        id: String,
        /// What is wrong.
        cause: ModelError,
    },
    /// The performance has no estimate.
    #[error("the model's performance: {0}")]
    Performance(#[from] StatsError),
}

/// The features and clinical columns that a model needs of each patient.
pub fn needed(model: &Model) -> HashSet<String> {
    let clinical = model.clinical_inputs().map(Predictor::input);
    model.features().chain(clinical).map(str::to_owned).collect()
}

/// Predicts every patient and measures.
pub fn evaluate(model: &Model, cohort: &Cohort) -> Result<Evaluation, EvaluateError> {
    let predict_patient = |row: usize| {
        predict(model, &inputs(cohort, row))
            .map_err(|cause| EvaluateError::Patient { id: cohort.ids[row].clone(), cause })
    };
    let predictions: Vec<Prediction> = (0..cohort.ids.len()).map(predict_patient).collect::<Result<_, _>>()?;
    let probabilities: Vec<f64> = predictions.iter().map(|prediction| prediction.probability).collect();
    let measured = measure(&probabilities, &cohort.outcome, Some(threshold(model)))?;
    let calibration = &measured.calibration;
    let update = |how, line| recalibrated(model, &predictions, &cohort.outcome, how, line);
    let in_the_large = calibration.in_the_large.as_ref();
    let in_the_large = in_the_large.and_then(|fit| update("in the large", [fit.intercept, 1.0]));
    let slope = calibration.recalibration.as_ref();
    let slope = slope.and_then(|fit| update("by intercept and slope", [fit.intercept, fit.slope]));
    let n_outside = predictions.iter().filter(|prediction| prediction.is_outside).count();
    Ok(Evaluation { predictions, measured, n_outside, in_the_large, slope })
}

/// The probability from which the model calls a patient positive; where its file says beyond all patients, that of the end of its
/// curve.
fn threshold(model: &Model) -> f64 {
    let point = model.performance.operating_point;
    let beyond = if point.sensitivity > point.specificity { f64::NEG_INFINITY } else { f64::INFINITY };
    point.threshold.unwrap_or(beyond)
}

/// What is known of a patient, under the names that models use.
pub fn inputs(cohort: &Cohort, row: usize) -> Inputs {
    let columns = cohort.features.names.iter().zip(&cohort.features.columns);
    let features = columns.filter_map(|(name, column)| Some((name.clone(), *column.get(row)?)));
    let clinical = cohort.clinical.iter().filter_map(|column| Some((column.name.clone(), (*column.values.get(row)?)?)));
    let protocol = cohort.features.protocol.as_ref().map(|protocol| ProtocolTag {
        name: protocol.name.clone(),
        fingerprint: protocol.fingerprint.clone(),
        settings: protocol.settings.clone(),
    });
    Inputs { values: clinical.chain(features).collect(), protocol }
}

fn recalibrated(
    model: &Model,
    predictions: &[Prediction],
    outcome: &[bool],
    how: &str,
    [intercept, slope]: [f64; 2],
) -> Option<Recalibrated> {
    let new = |prediction: &Prediction| logistic(intercept + slope * prediction.linear_predictor);
    let probabilities: Vec<f64> = predictions.iter().map(new).collect();
    // The patients whom the model calls positive stay the same, whatever their probability is now called.
    let before = threshold(model);
    let now = if before.is_finite() { logistic(intercept + slope * (before / (1.0 - before)).ln()) } else { before };
    let measured = measure(&probabilities, outcome, Some(now)).ok()?;
    let (n, n_events) = (measured.n, measured.n_events);
    let mut model = model.clone();
    model.intercept = intercept + slope * model.intercept;
    for predictor in &mut model.predictors {
        predictor.coefficient *= slope;
    }
    for cell in model.covariance.iter_mut().flatten() {
        *cell *= slope * slope;
    }
    let old_limit = prevalence_limit(model.provenance.n as usize, model.provenance.events as usize);
    model.limits.retain(|limit| *limit != old_limit);
    model.limits.insert(0, prevalence_limit(n, n_events));
    model.id = format!("{}-recalibrated-{}", model.id, how.replace(' ', "-"));
    model.name = format!("{}, recalibrated {how}", model.name);
    model.provenance.method = format!(
        "{} Recalibrated {how} on {n} other patients: log odds = {intercept:.6} + {slope:.6} × before.",
        model.provenance.method
    );
    (model.provenance.n, model.provenance.events) = (n as u32, n_events as u32);
    model.provenance.prevalence = n_events as f64 / n as f64;
    model.performance =
        measured.summary(format!("the {n} patients that it was recalibrated on (apparent performance)"));
    model.validation = None;
    model.limits.push(format!(
        "It was recalibrated on {n} patients and not tested since; its intervals leave out the uncertainty of that."
    ));
    model.checksum = model.computed_checksum();
    Some(Recalibrated { intercept, slope, measured, model })
}
