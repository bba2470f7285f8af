//! A model's intercept, or intercept and slope, fitted to another cohort (Steyerberg, Clinical Prediction Models, 2019, § 20.3): a model
//! of its own, whose file says of both cohorts what is known.
//!
//! What was measured before holds no longer and is replaced or marked as such: performance is apparent on the new cohort, and there is
//! neither a validation nor an internal one until somebody makes it.

use super::evaluate::threshold;
use super::train::{Measured, SIMULATED_LIMIT, measure, prevalence_limit};
use super::{ByOutcome, DataKind, Model, Prediction, TrainingRecord, TrainingStep};
use crate::cohort::Cohort;
use crate::stats::logistic;

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

/// A model and the cohort that it is recalibrated on.
pub(super) struct Recalibration<'a> {
    pub model: &'a Model,
    /// One a patient.
    pub predictions: &'a [Prediction],
    pub cohort: &'a Cohort,
    /// Where the cohort comes from, in words.
    pub source: &'a str,
}

/// How the limits of the model that was recalibrated begin.
const BEFORE: &str = "Before its recalibration: ";

impl Recalibration<'_> {
    /// The model whose log odds are intercept + slope × the old ones; none where its performance has no estimate.
    pub fn model(&self, how: &str, line: [f64; 2]) -> Option<Recalibrated> {
        let [intercept, slope] = line;
        let new = |prediction: &Prediction| logistic(intercept + slope * prediction.linear_predictor);
        let probabilities: Vec<f64> = self.predictions.iter().map(new).collect();
        // The patients whom the model calls positive stay the same, whatever their probability is now called.
        let before = threshold(self.model);
        let now =
            if before.is_finite() { logistic(intercept + slope * (before / (1.0 - before)).ln()) } else { before };
        let measured = measure(&probabilities, &self.cohort.outcome, Some(now)).ok()?;
        let mut model = self.model.clone();
        model.intercept = intercept + slope * model.intercept;
        for predictor in &mut model.predictors {
            predictor.coefficient *= slope;
        }
        for cell in model.covariance.iter_mut().flatten() {
            *cell *= slope * slope;
        }
        let n = measured.n;
        model.id = format!("{}-recalibrated-{}", model.id, how.replace(' ', "-"));
        model.name = format!("{}, recalibrated {how}", model.name);
        self.describe(&mut model, &measured, how, line);
        model.performance =
            measured.summary(format!("the {n} patients that it was recalibrated on (apparent performance)"));
        model.validation = None;
        model.training = Some(self.record(&measured, &probabilities, how, line));
        model.checksum = model.computed_checksum();
        Some(Recalibrated { intercept, slope, measured, model })
    }

    /// Provenance and limits: the new cohort's, and beside them what was said of the first.
    fn describe(&self, model: &mut Model, measured: &Measured, how: &str, [intercept, slope]: [f64; 2]) {
        let (n, n_events) = (measured.n, measured.n_events);
        let old = &self.model.provenance;
        model.provenance.source = format!(
            "{} ({} patients, {} with the event); recalibrated on: {} ({n} patients, {n_events} with the event)",
            old.source, old.n, old.events, self.source
        );
        model.provenance.method = format!(
            "{} Recalibrated {how} on {n} other patients: log odds = {intercept:.6} + {slope:.6} × before.",
            old.method
        );
        (model.provenance.n, model.provenance.events) = (n as u32, n_events as u32);
        model.provenance.prevalence = n_events as f64 / n as f64;
        if self.cohort.features.is_simulated {
            model.provenance.data = DataKind::Simulated;
        }
        let mut limits = vec![
            prevalence_limit(n, n_events),
            format!(
                "It was recalibrated on {n} patients and not tested since; its intervals leave out the uncertainty of that."
            ),
        ];
        let before = |limit: &String| {
            if limit.starts_with(BEFORE) { limit.clone() } else { format!("{BEFORE}{limit}") }
        };
        if model.provenance.data == DataKind::Simulated {
            limits.insert(0, SIMULATED_LIMIT.to_owned());
        }
        limits.extend(self.model.limits.iter().filter(|limit| *limit != SIMULATED_LIMIT).map(before));
        model.limits = limits;
    }

    /// The record of the training with what the recalibration changed.
    fn record(
        &self,
        measured: &Measured,
        probabilities: &[f64],
        how: &str,
        [intercept, slope]: [f64; 2],
    ) -> TrainingRecord {
        let (n, n_events) = (measured.n, measured.n_events);
        let fitted = if slope == 1.0 { 1 } else { 2 };
        let (pipeline, mut steps) = match &self.model.training {
            Some(before) => (before.pipeline.clone(), before.steps.clone()),
            None => (serde_json::Value::Null, Vec::new()),
        };
        let n_predictors = self.model.predictors.len();
        steps.push(TrainingStep {
            name: "Recalibration".to_owned(),
            entered: n_predictors,
            left: n_predictors,
            detail: format!("{how} on {n} other patients: log odds = {intercept:.6} + {slope:.6} × before"),
        });
        let apparent = format!(
            "The model was recalibrated on {n} patients and measured on the same ones: its performance is apparent, and no validation of it is known."
        );
        let warnings = measured.calibration.warnings.iter().map(|warning| format!("Calibration: {warning}."));
        TrainingRecord {
            program: format!("Hepatica {}", env!("CARGO_PKG_VERSION")),
            pipeline,
            steps,
            risk: ByOutcome::of(probabilities, &self.cohort.outcome),
            validation_risk: None,
            events_per_variable: [n_events as f64 / f64::from(fitted); 2],
            internal: None,
            doubts: std::iter::once(apparent).chain(warnings).collect(),
        }
    }
}
