//! What makes a training run doubtful, in plain sentences: few events, a selection that changes with the sample, drift.

use super::fit::Fit;
use super::{OfModel, Pipeline, Resampled, Trained};
use crate::model::ModelKind;
use crate::stats::Z_975;

/// Events per considered coefficient that are the least advised (the study's own planning; Liang et al. 2022).
const EVENTS_PER_VARIABLE: f64 = 12.0;
/// A feature that is chosen in fewer resamples than this part is not the cohort's but the sample's.
const STABLE: f64 = 0.5;
/// Optimism of the area under the curve from which it is said.
const OPTIMISM: f64 = 0.05;

/// Why no model has an estimate.
pub(super) fn why_none(fit: &Fit) -> String {
    let failed = fit.failures.iter().map(|(kind, error)| format!("{}: {error}", named(*kind)));
    let reasons: Vec<String> = failed.collect();
    if reasons.is_empty() {
        "the LASSO chose no feature, and no clinical column's p is below the limit".to_owned()
    } else {
        reasons.join("; ")
    }
}

/// The doubts of a run.
pub(super) fn of_run(fit: &Fit, models: &[Trained], resampled: Option<&Resampled>, pipeline: &Pipeline) -> Vec<String> {
    let mut doubts = Vec::new();
    for (kind, error) in &fit.failures {
        doubts.push(format!("There is no {} model: {error}.", named(*kind)));
    }
    if let Some(trained) = models.last() {
        let considered =
            fit.selection.as_ref().map_or(0, |selection| selection.picks.len()) + fit.clinical.univariable.len();
        let (events, per) = (trained.training.n_events, trained.training.n_events as f64 / considered.max(1) as f64);
        if per < EVENTS_PER_VARIABLE {
            doubts.push(format!(
                "{events} events for {considered} features and clinical columns that were considered are {per:.1} each, where at least {EVENTS_PER_VARIABLE} are advised: the model may fit the sample more than the disease."
            ));
        }
    }
    doubts.extend(resampled.and_then(|resampled| of_selection(resampled, pipeline)));
    doubts.extend(models.iter().flat_map(|trained| trained.doubts.clone()));
    doubts
}

/// The doubts of one model.
pub(super) fn of_model(trained: &Trained, resampled: Option<&Resampled>, pipeline: &Pipeline) -> Vec<String> {
    let of_model = resampled.and_then(|resampled| resampled.models.iter().find(|of| of.kind == trained.kind));
    let resampling = of_model.into_iter().flat_map(|of| of_resampling(of, pipeline));
    resampling.chain(of_validation(trained)).collect()
}

/// Whether the chosen features would be chosen again.
fn of_selection(resampled: &Resampled, pipeline: &Pipeline) -> Option<String> {
    let chosen = &resampled.stability;
    let unstable = chosen.iter().filter(|feature| feature.chosen_in < STABLE).count();
    (unstable > 0).then(|| {
        format!(
            "{unstable} of the {} chosen features were chosen in less than half of {} resamples: another sample would have given another radscore.",
            chosen.len(),
            pipeline.bootstrap
        )
    })
}

fn of_resampling(of: &OfModel, pipeline: &Pipeline) -> Vec<String> {
    let (name, [apparent, corrected]) = (named(of.kind), of.auc);
    let mut doubts = Vec::new();
    if let Some(reason) = &of.first_failure {
        doubts.push(format!(
            "{} of {} resamples gave no {name} model and are not counted (the first: {reason}).",
            of.resamples[1], pipeline.bootstrap
        ));
    }
    let optimism = apparent - corrected;
    if optimism > OPTIMISM {
        doubts.push(format!(
            "The {name} model's apparent AUC of {apparent:.3} is too good by about {optimism:.3}: corrected for optimism it is {corrected:.3}."
        ));
    }
    doubts
}

/// Calibration that drifts from training to validation.
fn of_validation(trained: &Trained) -> Vec<String> {
    let name = named(trained.kind);
    let Some(validation) = &trained.validation else {
        return vec![format!("The {name} model has no validation: no patients with both outcomes were held back.")];
    };
    let mut doubts = Vec::new();
    if let Some(recalibration) = &validation.calibration.recalibration {
        let half = Z_975 * recalibration.standard_errors[1];
        let (slope, low, high) = (recalibration.slope, recalibration.slope - half, recalibration.slope + half);
        if !(low..=high).contains(&1.0) {
            let way = if slope < 1.0 { "too extreme" } else { "too moderate" };
            doubts.push(format!(
                "On validation the {name} model's calibration slope is {slope:.2} (95 % CI {low:.2} to {high:.2}): its probabilities are {way} there."
            ));
        }
    }
    if let Some(in_the_large) = &validation.calibration.in_the_large {
        let half = Z_975 * in_the_large.standard_error;
        if in_the_large.intercept.abs() > half {
            let way = if in_the_large.intercept < 0.0 { "high" } else { "low" };
            doubts.push(format!("On validation the {name} model's probabilities are too {way} on the whole."));
        }
    }
    doubts
}

/// A kind within a sentence.
pub(super) fn named(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Clinical => "clinical",
        ModelKind::Radiomics => "radiomics",
        ModelKind::Combined => "combined",
    }
}
