//! Validation by repetition: the whole training again on bootstrap resamples and in nested cross-validation, so that everything
//! that looked at the outcome is validated (Harrell, Lee & Mark, Stat Med 1996;15:361; Steyerberg, Clinical Prediction Models, 2019, § 5.3).
//!
//! The readers' agreement is not repeated, since it does not look at the outcome. A resampled patient keeps the fold that he
//! has, so that his copies never stand on both sides of the LASSO's cross-validation. A fold of the nested cross-validation whose
//! training chooses nothing counts as what it then is, the intercept alone: left out, it would flatter.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::design::Design;
use super::fit::{self, Fit, KINDS};
use super::{Pipeline, TrainError, Trained};
use crate::base::Progress;
use crate::model::{InternalValidation, ModelKind};
use crate::stats::{
    self, BootstrapPlan, NestedPlan, NestedValidation, ResamplingError, StatsError, calibration, logistic,
};

/// Area under the curve, calibration slope and Brier score.
const MEASURES: usize = 3;

/// What resampling made of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resampled {
    /// Of each model.
    pub models: Vec<OfModel>,
    /// Of each chosen feature, in the order of the radscore's terms; empty without a bootstrap.
    pub stability: Vec<Stability>,
}

/// One model's honest numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfModel {
    /// Which model.
    pub kind: ModelKind,
    /// What the bootstrap made of it, or why no resample could be used; none where it was not asked for.
    pub bootstrap: Option<Result<Corrected, String>>,
    /// The nested cross-validation, or why it gave no area; none where it was not asked for.
    pub nested: Option<Result<Nested, String>>,
}

/// Apparent numbers, each followed by the same corrected for optimism.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    /// Resamples that gave this model, and those that did not.
    pub resamples: [usize; 2],
    /// Why the first of the latter did not.
    pub first_failure: Option<String>,
    /// Area under the curve.
    pub auc: [f64; 2],
    /// Calibration slope.
    pub slope: [f64; 2],
    /// Brier score.
    pub brier: [f64; 2],
}

/// What nested cross-validation gives a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Nested {
    /// Repetitions that gave each patient a prediction, and those that did not.
    pub repetitions: [usize; 2],
    /// Outer folds.
    pub folds: usize,
    /// Folds of all repetitions whose training chose nothing for the model, so that it knew the frequency of the event alone.
    pub empty_folds: usize,
    /// Mean area over those repetitions.
    pub auc: f64,
    /// Their standard deviation, which says how much the division into folds matters; none of a single one.
    pub sd: Option<f64>,
}

/// How often a feature is chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stability {
    /// The candidate.
    pub candidate: usize,
    /// Part of the resamples in which mRMR and LASSO chose it.
    pub chosen_in: f64,
}

impl Resampled {
    /// One model's, as its file keeps it.
    pub fn of(&self, kind: ModelKind) -> Option<InternalValidation> {
        let of = self.models.iter().find(|of| of.kind == kind)?;
        let corrected = of.bootstrap.as_ref().and_then(|of| of.as_ref().ok());
        let nested = of.nested.as_ref().and_then(|of| of.as_ref().ok());
        Some(InternalValidation {
            resamples: corrected.map_or(0, |of| of.resamples[0]),
            failed: corrected.map_or(0, |of| of.resamples[1]),
            auc: corrected.map(|of| of.auc),
            slope: corrected.map(|of| of.slope),
            brier: corrected.map(|of| of.brier),
            nested: nested.map_or([0, 0], |of| [of.repetitions[0], of.folds]),
            nested_auc: nested.map(|of| of.auc),
            nested_sd: nested.and_then(|of| of.sd),
        })
    }
}

/// Everything that repeats a training on other rows.
struct Repeat<'a> {
    design: &'a Design<'a>,
    training: &'a [usize],
    folds: &'a [usize],
    given: Option<&'a [usize]>,
    pipeline: &'a Pipeline,
}

/// One bootstrap resample: each model's measures there less those on all training rows, and what the LASSO chose.
struct Draw {
    differences: Vec<Result<[f64; MEASURES], String>>,
    chosen: Vec<usize>,
}

/// Repeats the training as often as the settings ask; none where they do not.
pub(super) fn resample(
    design: &Design,
    (training, folds): (&[usize], &[usize]),
    given: Option<&[usize]>,
    (fit, models): (&Fit, &[Trained]),
    pipeline: &Pipeline,
    progress: &Progress,
) -> Result<Option<Resampled>, TrainError> {
    if pipeline.bootstrap == 0 && pipeline.nested_repetitions == 0 {
        return Ok(None);
    }
    let repeat = Repeat { design, training, folds, given, pipeline };
    let draws = repeat.bootstrap(progress)?;
    let mut of_models = Vec::new();
    let kinds: Vec<ModelKind> = models.iter().map(|trained| trained.kind).collect();
    let mut nested = repeat.nested(&kinds, progress)?.into_iter();
    for trained in models {
        let bootstrap = draws.as_ref().map(|draws| corrected(trained, draws));
        of_models.push(OfModel { kind: trained.kind, bootstrap, nested: nested.next() });
    }
    let good: Vec<&Draw> = draws.iter().flatten().filter_map(|draw| draw.as_ref().ok()).collect();
    let part = |candidate: usize| {
        good.iter().filter(|draw| draw.chosen.contains(&candidate)).count() as f64 / good.len() as f64
    };
    let chosen = fit.selection.iter().flat_map(|selection| selection.terms.iter().map(|term| term.0));
    let chosen = chosen.filter(|_| !good.is_empty());
    let stability = chosen.map(|candidate| Stability { candidate, chosen_in: part(candidate) }).collect();
    Ok(Some(Resampled { models: of_models, stability }))
}

/// A model's apparent measures less their mean optimism, or why no resample could be used.
fn corrected(trained: &Trained, draws: &[Result<Draw, String>]) -> Result<Corrected, String> {
    let of_kind = KINDS.iter().position(|kind| *kind == trained.kind).unwrap_or(0);
    let differences = draws.iter().map(|draw| match draw {
        Ok(draw) => draw.differences[of_kind].clone(),
        Err(reason) => Err(reason.clone()),
    });
    let slope = trained.training.calibration.recalibration.as_ref().map_or(1.0, |fit| fit.slope);
    let apparent: [f64; MEASURES] = [trained.training.roc.auc, slope, trained.training.calibration.brier];
    let optimism = stats::corrected(apparent, differences.collect()).map_err(|error| error.to_string())?;
    let pair = |i: usize| [optimism.apparent[i], optimism.corrected[i]];
    Ok(Corrected {
        resamples: [optimism.used, optimism.failed.len()],
        first_failure: optimism.failed.first().map(|failure| failure.reason.clone()),
        auc: pair(0),
        slope: pair(1),
        brier: pair(2),
    })
}

fn failed(error: ResamplingError) -> TrainError {
    match error {
        ResamplingError::Cancelled(cancelled) => TrainError::Cancelled(cancelled),
        other => TrainError::Cohort(format!("validation by resampling: {other}")),
    }
}

impl Repeat<'_> {
    /// The training on bootstrap resamples; none where they were not asked for.
    fn bootstrap(&self, progress: &Progress) -> Result<Option<Vec<Result<Draw, String>>>, TrainError> {
        if self.pipeline.bootstrap == 0 {
            return Ok(None);
        }
        let plan = BootstrapPlan { repetitions: self.pipeline.bootstrap, seed: self.pipeline.seed };
        stats::bootstrap(&plan, self.training.len(), |rows| self.draw(rows), progress).map(Some).map_err(failed)
    }

    /// The training on some of its patients, by their position among the training rows.
    fn fit(&self, positions: &[usize], folds: &[usize]) -> Result<Fit, StatsError> {
        let rows: Vec<usize> = positions.iter().map(|&position| self.training[position]).collect();
        fit::fit(&self.design.rows(&rows), self.given, folds, self.pipeline)
    }

    fn draw(&self, positions: &[usize]) -> Result<Draw, StatsError> {
        let folds: Vec<usize> = positions.iter().map(|&position| self.folds[position]).collect();
        let fit = self.fit(positions, &folds)?;
        let everyone: Vec<usize> = (0..self.training.len()).collect();
        let of_kind = |kind: &ModelKind| {
            let there = self.measures(&fit, *kind, positions)?;
            let on_all = self.measures(&fit, *kind, &everyone)?;
            Ok(std::array::from_fn(|i| there[i] - on_all[i]))
        };
        let chosen = fit.selection.iter().flat_map(|selection| selection.terms.iter().map(|term| term.0)).collect();
        Ok(Draw { differences: KINDS.iter().map(of_kind).collect(), chosen })
    }

    fn measures(&self, fit: &Fit, kind: ModelKind, positions: &[usize]) -> Result<[f64; MEASURES], String> {
        let (probabilities, outcome) = self.predicted(fit, kind, positions)?;
        let curve = stats::roc(&probabilities, &outcome).map_err(|error| error.to_string())?;
        let calibration = calibration(&probabilities, &outcome).map_err(|error| error.to_string())?;
        let slope = calibration.recalibration.as_ref().map(|fit| fit.slope).ok_or("it has no calibration slope")?;
        Ok([curve.auc, slope, calibration.brier])
    }

    fn predicted(&self, fit: &Fit, kind: ModelKind, positions: &[usize]) -> Result<(Vec<f64>, Vec<bool>), String> {
        let regression = fit.regressions.iter().find(|regression| regression.kind == kind);
        let regression = regression.ok_or_else(|| fit.why_not(kind))?;
        let rows: Vec<usize> = positions.iter().map(|&position| self.training[position]).collect();
        let rows = self.design.rows(&rows);
        let radscore =
            fit.selection.as_ref().and_then(|selection| selection.scores(&rows.features, rows.outcome.len()));
        let log_odds = regression.log_odds(&rows, radscore.as_deref());
        Ok((log_odds.into_iter().map(logistic).collect(), rows.outcome))
    }

    /// The nested cross-validation of these models, all by the same trainings; its inner folds are as many as the run's. None where
    /// it was not asked for.
    fn nested(&self, kinds: &[ModelKind], progress: &Progress) -> Result<Vec<Result<Nested, String>>, TrainError> {
        let Pipeline { nested_repetitions, nested_folds, seed, .. } = *self.pipeline;
        if nested_repetitions == 0 {
            return Ok(Vec::new());
        }
        let plan = NestedPlan { folds: nested_folds, repetitions: nested_repetitions, seed };
        let outcome: Vec<bool> = self.training.iter().map(|&row| self.design.outcome[row]).collect();
        let n_folds = self.folds.iter().max().copied().unwrap_or(0);
        let train = |positions: &[usize], seed: u64| -> Result<(Fit, f64), String> {
            let of_positions: Vec<bool> = positions.iter().map(|&position| outcome[position]).collect();
            let events = of_positions.iter().filter(|event| **event).count();
            let inner = stats::stratified_folds(&of_positions, n_folds, seed).map_err(|error| error.to_string())?;
            let fit = self.fit(positions, &inner).map_err(|error| error.to_string())?;
            Ok((fit, events as f64 / positions.len() as f64))
        };
        // Counted while folds run side by side; a sum does not depend on their order.
        let empty: Vec<AtomicUsize> = kinds.iter().map(|_| AtomicUsize::new(0)).collect();
        let predict = |(fit, prevalence): &(Fit, f64), model: usize, positions: &[usize]| {
            let Some(kind) = fit.chosen_for(kinds[model]) else {
                empty[model].fetch_add(1, Ordering::Relaxed);
                return Ok(vec![*prevalence; positions.len()]);
            };
            self.predicted(fit, kind, positions).map(|(probabilities, _)| probabilities)
        };
        let answers = stats::nested_cross_validation(&plan, &outcome, kinds.len(), train, predict, progress);
        let nested = |(answer, empty): (Result<NestedValidation, ResamplingError>, AtomicUsize)| {
            let nested = answer.map_err(|error| error.to_string())?;
            let good = nested.auc.iter().flatten().count();
            let (repetitions, empty_folds) = ([good, nested_repetitions - good], empty.into_inner());
            Ok(Nested { repetitions, folds: nested_folds, empty_folds, auc: nested.auc_mean, sd: nested.auc_sd })
        };
        match answers {
            Ok(answers) => Ok(answers.into_iter().zip(empty).map(nested).collect()),
            Err(ResamplingError::Cancelled(cancelled)) => Err(TrainError::Cancelled(cancelled)),
            Err(error) => Ok(kinds.iter().map(|_| Err(error.to_string())).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::train::design::Term;

    #[test]
    fn folds_that_choose_nothing_count_with_the_frequency_of_the_event() {
        let n = 40;
        let outcome: Vec<bool> = (0..n).map(|row| row % 2 == 1).collect();
        // A little higher with the event: below the limit of p in some folds alone.
        let value = |row: usize| f64::from((row * 7 % 11) as u32) + if outcome[row] { 2.1 } else { 0.0 };
        let text = || "age".to_owned();
        let term = Term {
            name: text(),
            label: text(),
            unit: None,
            levels: Vec::new(),
            indicator: None,
            input: text(),
            column: 0,
            values: (0..n).map(value).collect(),
        };
        let design = Design { features: Vec::new(), terms: vec![term], outcome: &outcome };
        let training: Vec<usize> = (0..n).collect();
        let folds: Vec<usize> = (0..n).map(|row| 1 + row / 2 % 5).collect();
        let pipeline = Pipeline { nested_repetitions: 4, ..Pipeline::default() };
        let repeat = Repeat { design: &design, training: &training, folds: &folds, given: None, pipeline: &pipeline };
        let kinds = [ModelKind::Clinical, ModelKind::Radiomics, ModelKind::Combined];
        let [clinical, radiomics, combined] = &repeat.nested(&kinds, &Progress::new()).unwrap()[..] else { panic!() };
        let (clinical, radiomics) = (clinical.as_ref().unwrap(), radiomics.as_ref().unwrap());
        assert!(clinical.repetitions == [4, 0] && (1..20).contains(&clinical.empty_folds), "{clinical:?}");
        // Without a feature no fold has a radiomics model, and a combined one is what its clinical part is.
        assert_eq!((radiomics.repetitions, radiomics.empty_folds), ([4, 0], 20));
        assert_eq!(combined.as_ref().unwrap(), clinical);
    }
}
