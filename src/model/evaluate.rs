//! A model held against another cohort: external validation, and what recalibration would make of it.
//!
//! Nothing is fitted but the recalibration, which is offered and not applied (Steyerberg, Clinical Prediction Models, 2019, § 20.3).

use std::collections::BTreeMap;

use super::recalibrate::{Recalibrated, Recalibration};
use super::train::{About, Measured, measure};
use super::{ByOutcome, Inputs, Model, ModelError, Prediction, Predictor, ProtocolTag, predict};
use crate::base::Warnings;
use crate::cohort::{Cohort, Needed, NeededColumn};
use crate::stats::StatsError;

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
    /// What makes it no external validation.
    pub warnings: Warnings,
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
    /// A patient has a level that the model does not know.
    #[error("patient \"{id}\": {level} is nothing that the model knows; leave the patient out")]
    Level {
        /// The patient.
        id: String,
        /// The column and its level.
        level: String,
    },
    /// The performance has no estimate.
    #[error("the model's performance: {0}")]
    Performance(#[from] StatsError),
}

/// The features and clinical columns that a model needs of each patient.
pub fn needed(model: &Model) -> Needed {
    let levels =
        |predictor: &Predictor| predictor.levels.iter().map(|level| (level.label.clone(), level.value)).collect();
    let column = |predictor: &Predictor| NeededColumn { name: predictor.input().to_owned(), levels: levels(predictor) };
    Needed {
        features: model.features().map(str::to_owned).collect(),
        clinical: model.clinical_inputs().map(column).collect(),
    }
}

/// Predicts every patient and measures. `source` says in words where the cohort comes from, for the files of recalibrated models.
pub fn evaluate(model: &Model, cohort: &Cohort, source: Option<&str>) -> Result<Evaluation, EvaluateError> {
    let needed = needed(model);
    let predict_patient = |row: usize| {
        let id = || cohort.ids.get(row).cloned().unwrap_or_default();
        let inputs = inputs(&needed, cohort, row).map_err(|level| EvaluateError::Level { id: id(), level })?;
        predict(model, &inputs).map_err(|cause| EvaluateError::Patient { id: id(), cause })
    };
    let predictions: Vec<Prediction> = (0..cohort.ids.len()).map(predict_patient).collect::<Result<_, _>>()?;
    let probabilities: Vec<f64> = predictions.iter().map(|prediction| prediction.probability).collect();
    let measured = measure(&probabilities, &cohort.outcome, Some(threshold(model)))?;
    let calibration = &measured.calibration;
    let source = source.map_or_else(|| About::of(cohort).source, str::to_owned);
    let recalibration = Recalibration { model, predictions: &predictions, cohort, source: &source };
    let in_the_large = calibration.in_the_large.as_ref();
    let in_the_large = in_the_large.and_then(|fit| recalibration.model("in the large", [fit.intercept, 1.0]));
    let slope = calibration.recalibration.as_ref();
    let slope = slope.and_then(|fit| recalibration.model("by intercept and slope", [fit.intercept, fit.slope]));
    let n_outside = predictions.iter().filter(|prediction| prediction.is_outside).count();
    let mut warnings = Warnings::new();
    if is_training_cohort(model, &ByOutcome::of(&probabilities, &cohort.outcome)) {
        warnings.push(SAME_PATIENTS);
    }
    Ok(Evaluation { predictions, measured, n_outside, in_the_large, slope, warnings })
}

/// What is said where a model is held against the patients that it was made from.
const SAME_PATIENTS: &str = "these are the patients that the model was trained on, by the probabilities that its file keeps: this is no \
                             external validation, and its numbers are better than they will be elsewhere";

/// Whether the patients got the probabilities, outcome by outcome, that the model's file keeps of its training patients, or of those and
/// its validation patients together.
fn is_training_cohort(model: &Model, found: &ByOutcome) -> bool {
    let Some(record) = &model.training else { return false };
    let all = record.validation_risk.as_ref().map(|held_back| ByOutcome {
        without: [record.risk.without.as_slice(), &held_back.without].concat(),
        with: [record.risk.with.as_slice(), &held_back.with].concat(),
    });
    std::iter::once(&record.risk)
        .chain(&all)
        .any(|known| is_same(&known.without, &found.without) && is_same(&known.with, &found.with))
}

/// How far a probability may lie from the one that was written when the model was trained: sums run in another order then.
const SAME_RISK: f64 = 1e-9;

fn is_same(a: &[f64], b: &[f64]) -> bool {
    let [a, b] = [a, b].map(|values| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    });
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= SAME_RISK)
}

/// The probability from which the model calls a patient positive; where its file says beyond all patients, that of the end of its
/// curve.
pub(super) fn threshold(model: &Model) -> f64 {
    let point = model.performance.operating_point;
    let beyond = if point.sensitivity > point.specificity { f64::NEG_INFINITY } else { f64::INFINITY };
    point.threshold.unwrap_or(beyond)
}

/// What is known of a patient, under the names and with the numbers that the model takes; an error is a level that it does not know.
fn inputs(needed: &Needed, cohort: &Cohort, row: usize) -> Result<Inputs, String> {
    let columns = cohort.features.names.iter().zip(&cohort.features.columns);
    let features = columns.filter_map(|(name, column)| Some((name.clone(), *column.get(row)?)));
    let mut values: BTreeMap<String, f64> = features.collect();
    for wanted in &needed.clinical {
        let Some(column) = cohort.clinical.iter().find(|column| column.name == wanted.name) else { continue };
        let value = wanted.value(column, row).map_err(|level| format!("{} \"{level}\"", column.label))?;
        values.extend(value.map(|value| (wanted.name.clone(), value)));
    }
    Ok(Inputs { values, protocol: cohort.features.protocol.as_ref().map(ProtocolTag::from) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::{ClinicalColumn, ColumnKind, FeatureTable, Flow, Role, Set};
    use crate::model::clinical::table1_patients;
    use crate::model::{ModelKind, TrainingRecord, embedded};

    /// Patients with these stages and outcomes.
    fn cohort((stages, outcome): (Vec<f64>, Vec<bool>)) -> Cohort {
        let labels = ["pT1", "pT2", "pT3", "pT4"].map(str::to_owned).to_vec();
        let kind = ColumnKind::Levels { labels, codes: vec![1.0, 2.0, 3.0, 4.0], reference: 0, ordered: true };
        let (name, label) = ("pT".to_owned(), "pT stage".to_owned());
        let n = stages.len();
        let values = stages.into_iter().map(Some).collect();
        Cohort {
            ids: (0..n).map(|row| format!("P{row}")).collect(),
            outcome,
            set: vec![Set::Validation; n],
            folds: None,
            clinical: vec![ClinicalColumn {
                name,
                label,
                unit: None,
                role: Role::PT,
                kind,
                is_candidate: true,
                values,
            }],
            features: FeatureTable::default(),
            second: None,
            reader_study: None,
            flow: Flow::default(),
            findings: Vec::new(),
            warnings: Warnings::new(),
        }
    }

    /// Every third event of Table 1 is none.
    fn rarer() -> Cohort {
        let (stages, mut outcome) = table1_patients();
        let events: Vec<usize> = (0..outcome.len()).filter(|&row| outcome[row]).step_by(3).collect();
        events.into_iter().for_each(|row| outcome[row] = false);
        cohort((stages, outcome))
    }

    #[test]
    fn the_file_of_a_recalibrated_model_says_what_holds_now_and_of_whom() {
        let external = rarer();
        let found = evaluate(embedded(), &external, Some("Clinic B")).unwrap();
        let Recalibrated { measured, model, .. } = found.in_the_large.unwrap();
        assert_eq!(Model::from_json(&model.to_json()).as_ref(), Ok(&model));
        let TrainingRecord { risk, validation_risk, internal, doubts, steps, .. } = model.training.as_ref().unwrap();
        assert_eq!((risk.without.len(), risk.with.len()), (measured.n - measured.n_events, measured.n_events));
        assert!(validation_risk.is_none() && internal.is_none() && doubts[0].contains("apparent"), "{doubts:?}");
        assert_eq!(steps.last().unwrap().name, "Recalibration");
        let source = &model.provenance.source;
        assert!(
            source.contains("Table 1 (112 patients, 52") && source.contains("Clinic B (112 patients, 34"),
            "{source}"
        );
        assert!(model.performance.measured_on.contains("apparent") && model.validation.is_none());
        // The sentence on the 46 % of the first sample is marked as such.
        assert!(
            model.limits[0].starts_with("Of the 112 patients") && model.limits[0].contains("30 % (34)"),
            "{:?}",
            model.limits
        );
        let of_before: Vec<&String> = model.limits.iter().filter(|limit| limit.contains("46 %")).collect();
        assert!(of_before.len() == 1 && of_before[0].starts_with("Before its recalibration: "), "{of_before:?}");
        // Recalibrated once more, nothing is marked twice.
        let again = evaluate(&model, &external, None).unwrap().in_the_large.unwrap().model;
        assert!(again.limits.iter().all(|limit| limit.matches("Before its recalibration").count() <= 1));
    }

    #[test]
    fn the_patients_that_a_model_was_made_from_are_recognised() {
        let external = rarer();
        let first = evaluate(embedded(), &external, None).unwrap();
        assert!(first.warnings.is_empty(), "the published model keeps no probabilities");
        let recalibrated = first.in_the_large.unwrap().model;
        let same = evaluate(&recalibrated, &external, None).unwrap();
        assert!(same.warnings.iter().any(|warning| warning.contains("no external validation")));
        let mut other = rarer();
        other.clinical[0].values[0] = Some(4.0);
        assert!(evaluate(&recalibrated, &other, None).unwrap().warnings.is_empty());
    }

    #[test]
    fn a_level_goes_by_its_name_and_an_unknown_one_is_named() {
        let mut model = embedded().clone();
        let predictor = &mut model.predictors[0];
        (predictor.name, predictor.label) = ("therapy".to_owned(), "Therapy".to_owned());
        let labels = ["CRT", "RT", "surgery"];
        predictor.levels.iter_mut().zip(labels).for_each(|(level, label)| level.label = label.to_owned());
        assert_eq!(model.kind, ModelKind::Clinical);
        let mut external = rarer();
        // The table has RT as 0 and surgery as 1, where the model has 3 and 4.
        let values = external.clinical[0].values.iter().map(|value| value.map(|v| (v - 3.0).max(0.0))).collect();
        let labels = ["RT", "surgery"].map(str::to_owned).to_vec();
        let kind = ColumnKind::Levels { labels, codes: vec![0.0, 1.0], reference: 0, ordered: false };
        external.clinical[0] = ClinicalColumn {
            name: "therapy".to_owned(),
            role: Role::Free,
            kind,
            values,
            ..external.clinical[0].clone()
        };
        let found = evaluate(&model, &external, None).unwrap();
        assert_eq!(found.predictions[0].points[0].shown, "RT");
        let ColumnKind::Levels { labels, .. } = &mut external.clinical[0].kind else { unreachable!() };
        labels[0] = "TNT".to_owned();
        let error = evaluate(&model, &external, None).unwrap_err().to_string();
        assert!(error.contains("\"P0\"") && error.contains("\"TNT\" is nothing that the model knows"), "{error}");
    }
}
