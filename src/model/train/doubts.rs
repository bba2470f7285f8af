//! What makes a training run doubtful, in plain sentences: few events, a selection that changes with the sample, drift.

use super::design::Design;
use super::fit::Fit;
use super::{Corrected, Measured, Nested, OfModel, Pipeline, Resampled, Trained};
use crate::model::ModelKind;
use crate::stats::{StatsError, Z_975};

/// Events per considered coefficient that are the least advised (the study's own planning; Liang et al. 2022).
const EVENTS_PER_VARIABLE: f64 = 12.0;
/// A feature that is chosen in fewer resamples than this part is not the cohort's but the sample's.
const STABLE: f64 = 0.5;
/// Optimism of the area under the curve from which it is said.
const OPTIMISM: f64 = 0.05;
/// Corrected calibration slope below which it is said: log odds then lie 1 / 0.7 = 1.4 times as far out as they should. Harrell
/// (Regression Modeling Strategies, 2015, § 4.5) is concerned from 0.9 down; this limit is coarser, since the slope's own error over
/// resamples of small cohorts is about 0.1.
const SLOPE: f64 = 0.7;
/// p of the Hosmer-Lemeshow test below which calibration is doubtful, as usual for a test.
const POOR_FIT: f64 = 0.05;

/// A number with a true minus sign.
fn number(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}

/// Why no model has an estimate.
pub(super) fn why_none(fit: &Fit) -> String {
    let failed = fit.failures.iter().map(|(kind, error)| format!("{}: {error}", kind.as_str()));
    let reasons: Vec<String> = failed.collect();
    if reasons.is_empty() {
        "the LASSO chose no feature, and no clinical column's p is below the limit".to_owned()
    } else {
        reasons.join("; ")
    }
}

/// The doubts of a run.
pub(super) fn of_run(
    fit: &Fit,
    models: &[Trained],
    resampled: Option<&Resampled>,
    design: &Design,
    n_features: usize,
) -> Vec<String> {
    let mut doubts = of_fit(fit, design);
    doubts.extend(of_missing_models(fit, design, n_features));
    if let Some(trained) = models.last() {
        let considered = design.features.len() + design.terms.len();
        let (events, per) = (trained.training.n_events, trained.training.n_events as f64 / considered.max(1) as f64);
        if per < EVENTS_PER_VARIABLE {
            doubts.push(format!(
                "{events} events for {considered} features and clinical columns that were looked at are {per:.2} each, where at least {EVENTS_PER_VARIABLE} are advised: the model may fit the sample more than the disease."
            ));
        }
    }
    doubts.extend(resampled.and_then(of_selection));
    doubts.extend(models.iter().flat_map(|trained| trained.doubts.clone()));
    doubts
}

/// Why there is no radscore, and why no clinical column is in a model; one sentence for each.
fn of_missing_models(fit: &Fit, design: &Design, n_features: usize) -> Vec<String> {
    let no_score = match &fit.selection {
        Some(selection) if !selection.terms.is_empty() => None,
        Some(_) => Some("The LASSO chose no feature"),
        None if n_features == 0 => Some("The cohort has no feature"),
        None => Some("No feature's agreement between the readers is above the limit"),
    };
    let no_column = match (fit.clinical.chosen.is_empty(), design.terms.is_empty()) {
        (false, _) => None,
        (true, true) => Some("The cohort has no clinical column that can be a predictor"),
        (true, false) => {
            Some("No clinical column was chosen: none has a p below the limit alone and together with the others")
        }
    };
    let missing =
        |what: &'static str| move |why: &str| format!("{why}, so that there is no {what} and no combined model.");
    no_score.map(missing("radiomics")).into_iter().chain(no_column.map(missing("clinical"))).collect()
}

/// What went wrong or otherwise than asked in selection and fitting.
fn of_fit(fit: &Fit, design: &Design) -> Vec<String> {
    let mut doubts = Vec::new();
    if let Some(selection) = &fit.selection {
        doubts.extend(selection.lasso.warnings.iter().map(|warning| format!("LASSO: {warning}.")));
    }
    for (term, regression) in design.terms.iter().zip(&fit.clinical.univariable) {
        if let Err(error) = regression {
            doubts.push(format!("{} alone has no regression and was not chosen: {error}.", term.label));
        }
    }
    if let Some(Err(error)) = &fit.clinical.multivariable {
        let terms = fit.clinical.entering.iter().filter_map(|&term| design.terms.get(term));
        let names: Vec<&str> = terms.map(|term| term.name.as_str()).collect();
        doubts.push(format!(
            "The clinical columns {} have no common regression: {}.",
            names.join(", "),
            told(error, &names)
        ));
    }
    for (kind, error) in &fit.failures {
        let score = (*kind != ModelKind::Clinical).then_some("radscore");
        let terms = fit.clinical.chosen.iter().filter(|_| *kind != ModelKind::Radiomics);
        let terms = terms.filter_map(|&term| design.terms.get(term)).map(|term| term.name.as_str());
        let names: Vec<&str> = score.into_iter().chain(terms).collect();
        doubts.push(format!("There is no {} model: {}.", kind.as_str(), told(error, &names)));
    }
    doubts
}

/// A regression's error with the name of the column that it counts.
fn told(error: &StatsError, names: &[&str]) -> String {
    match error {
        StatsError::Collinear(number) => match names.get(number.wrapping_sub(1)) {
            Some(name) => format!("\"{name}\" is constant or a combination of those before it"),
            None => error.to_string(),
        },
        other => other.to_string(),
    }
}

/// The doubts of one model.
pub(super) fn of_model(trained: &Trained, resampled: Option<&Resampled>, pipeline: &Pipeline) -> Vec<String> {
    let of_model = resampled.and_then(|resampled| resampled.models.iter().find(|of| of.kind == trained.kind));
    let resampling = of_model.into_iter().flat_map(|of| of_resampling(of, pipeline));
    let calibration = trained.training.calibration.warnings.iter().map(|warning| format!("Calibration: {warning}."));
    let fit = trained.regression.fit.warnings.iter().map(|warning| format!("Regression: {warning}."));
    let poor = poor_fit(&trained.training, trained.kind, "training");
    fit.chain(calibration).chain(poor).chain(resampling).chain(of_validation(trained)).collect()
}

/// Whether observed and predicted frequencies differ by more than chance on a set of patients.
fn poor_fit(measured: &Measured, kind: ModelKind, set: &str) -> Option<String> {
    let p = measured.hosmer_lemeshow.as_ref()?.p.filter(|p| *p < POOR_FIT)?;
    let p = if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") };
    Some(format!(
        "On {set} patients the {} model's probabilities do not fit what was observed (Hosmer-Lemeshow test, {p}).",
        kind.as_str()
    ))
}

/// Whether the chosen features would be chosen again.
fn of_selection(resampled: &Resampled) -> Option<String> {
    let chosen = &resampled.stability;
    let unstable = chosen.iter().filter(|feature| feature.chosen_in < STABLE).count();
    (unstable > 0).then(|| {
        format!(
            "{unstable} of the {} chosen features were chosen in less than half of the resamples: another sample would have given another radscore.",
            chosen.len()
        )
    })
}

fn of_resampling(of: &OfModel, pipeline: &Pipeline) -> Vec<String> {
    let name = of.kind.as_str();
    let mut doubts = Vec::new();
    match &of.bootstrap {
        Some(Ok(Corrected { resamples, first_failure, auc: [apparent, corrected], slope: [_, slope], .. })) => {
            if let Some(reason) = first_failure {
                doubts.push(format!(
                    "{} of {} resamples gave no {name} model and are not counted (the first: {reason}).",
                    resamples[1], pipeline.bootstrap
                ));
            }
            let optimism = apparent - corrected;
            if optimism > OPTIMISM {
                doubts.push(format!(
                    "The {name} model's apparent AUC of {apparent:.3} is too good by about {optimism:.3}: corrected for optimism it is {corrected:.3}."
                ));
            }
            if *slope < SLOPE {
                doubts.push(format!(
                    "The {name} model's calibration slope corrected for optimism is {}, below {SLOPE}: in other patients its probabilities will be too extreme.",
                    number(*slope, 2)
                ));
            }
        }
        Some(Err(reason)) => doubts.push(format!("The {name} model's optimism is not known: {reason}.")),
        None => {}
    }
    if let Some(Ok(Nested { empty_folds: empty @ 1.., folds, .. })) = &of.nested {
        let all = folds * pipeline.nested_repetitions;
        doubts.push(format!(
            "In {empty} of {all} folds of the nested cross-validation nothing was chosen for the {name} model; they count with the frequency of the event as everyone's probability."
        ));
    }
    match &of.nested {
        Some(Ok(nested)) if nested.repetitions[1] > 0 => doubts.push(format!(
            "{} of {} repetitions of the nested cross-validation gave no {name} model in some fold and are not counted.",
            nested.repetitions[1], pipeline.nested_repetitions
        )),
        Some(Err(reason)) => doubts.push(format!("Nested cross-validation gave the {name} model no area: {reason}.")),
        _ => {}
    }
    doubts
}

/// Calibration that drifts from training to validation.
pub(super) fn of_validation(trained: &Trained) -> Vec<String> {
    let name = trained.kind.as_str();
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
                "On validation the {name} model's calibration slope is {} (95 % CI {} to {}): its probabilities are {way} there.",
                number(slope, 2),
                number(low, 2),
                number(high, 2)
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
    doubts.extend(poor_fit(validation, trained.kind, "validation"));
    doubts
}
