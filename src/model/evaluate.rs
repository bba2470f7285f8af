//! A model held against another cohort: external validation, and what recalibration would make of it.
//!
//! Nothing is fitted but the recalibration, which is offered and not applied (Steyerberg, Clinical Prediction Models, 2019, § 20.3).

use super::train::{Measured, measure};
use super::{Inputs, Model, ModelError, Prediction, ProtocolTag, predict};
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

/// Predicts every patient and measures.
pub fn evaluate(model: &Model, cohort: &Cohort) -> Result<Evaluation, EvaluateError> {
    let predict_patient = |row: usize| {
        predict(model, &inputs(cohort, row))
            .map_err(|cause| EvaluateError::Patient { id: cohort.ids[row].clone(), cause })
    };
    let predictions: Vec<Prediction> = (0..cohort.ids.len()).map(predict_patient).collect::<Result<_, _>>()?;
    let probabilities: Vec<f64> = predictions.iter().map(|prediction| prediction.probability).collect();
    let threshold = model.performance.operating_point.threshold;
    let measured = measure(&probabilities, &cohort.outcome, threshold)?;
    let calibration = &measured.calibration;
    let update = |intercept, slope| recalibrated(model, &predictions, &cohort.outcome, [intercept, slope]);
    let in_the_large = calibration.in_the_large.as_ref().and_then(|fit| update(fit.intercept, 1.0));
    let slope = calibration.recalibration.as_ref().and_then(|fit| update(fit.intercept, fit.slope));
    let n_outside = predictions.iter().filter(|prediction| !prediction.warnings.is_empty()).count();
    Ok(Evaluation { predictions, measured, n_outside, in_the_large, slope })
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
    [intercept, slope]: [f64; 2],
) -> Option<Recalibrated> {
    let new = |prediction: &Prediction| logistic(intercept + slope * prediction.linear_predictor);
    let probabilities: Vec<f64> = predictions.iter().map(new).collect();
    let measured = measure(&probabilities, outcome, None).ok()?;
    let (n, n_events) = (measured.n, measured.n_events);
    let mut model = model.clone();
    model.intercept = intercept + slope * model.intercept;
    for predictor in &mut model.predictors {
        predictor.coefficient *= slope;
    }
    for cell in model.covariance.iter_mut().flatten() {
        *cell *= slope * slope;
    }
    model.id = format!("{}-recalibrated", model.id);
    model.name = format!("{}, recalibrated", model.name);
    model.provenance.method = format!(
        "{} Recalibrated on {n} patients ({n_events} with the event): log odds = {intercept:.6} + {slope:.6} × before.",
        model.provenance.method
    );
    model.performance =
        measured.summary(format!("the {n} patients that it was recalibrated on (apparent performance)"));
    model.validation = None;
    model.limits.push(format!(
        "It was recalibrated on {n} patients and not tested since; its intervals leave out the uncertainty of that."
    ));
    model.checksum = model.computed_checksum();
    Some(Recalibrated { intercept, slope, measured, model })
}
