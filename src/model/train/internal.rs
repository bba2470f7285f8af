//! Validation by repetition: the whole training again on bootstrap resamples and in nested cross-validation, so that everything
//! that looked at the outcome is validated (Harrell, Lee & Mark, Stat Med 1996;15:361; Steyerberg, Clinical Prediction Models, 2019, § 5.3).
//!
//! The readers' agreement is not repeated, since it does not look at the outcome. A resampled patient keeps the fold that he
//! has, so that his copies never stand on both sides of the LASSO's cross-validation.

use serde::Serialize;

use super::design::Design;
use super::fit::{self, Fit, KINDS};
use super::{Pipeline, TrainError, Trained};
use crate::base::Progress;
use crate::model::{InternalValidation, ModelKind};
use crate::stats::{self, BootstrapPlan, NestedPlan, Optimism, ResamplingError, StatsError, calibration, logistic};

/// Area under the curve, calibration slope and Brier score.
const MEASURES: usize = 3;

/// What resampling made of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resampled {
    /// Of each model.
    pub models: Vec<OfModel>,
    /// Of each chosen feature, in the order of the radscore's terms.
    pub stability: Vec<Stability>,
}

/// One model's honest numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfModel {
    /// Which model.
    pub kind: ModelKind,
    /// Resamples that gave this model, and those that did not.
    pub resamples: [usize; 2],
    /// Why the first of the latter did not.
    pub first_failure: Option<String>,
    /// Area under the curve: apparent, and corrected for optimism.
    pub auc: [f64; 2],
    /// Calibration slope, likewise.
    pub slope: [f64; 2],
    /// Brier score, likewise.
    pub brier: [f64; 2],
    /// Area from nested cross-validation: mean and standard deviation over repetitions.
    pub nested_auc: Option<[f64; 2]>,
    /// Repetitions and outer folds of it.
    pub nested: [usize; 2],
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
        Some(InternalValidation {
            resamples: of.resamples[0],
            failed: of.resamples[1],
            auc: of.auc,
            slope: of.slope,
            brier: of.brier,
            nested: of.nested,
            nested_auc: of.nested_auc,
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
    if pipeline.bootstrap == 0 {
        return Ok(None);
    }
    let repeat = Repeat { design, training, folds, given, pipeline };
    let plan = BootstrapPlan { repetitions: pipeline.bootstrap, seed: pipeline.seed };
    let draws = stats::bootstrap(&plan, training.len(), |rows| repeat.draw(rows), progress).map_err(failed)?;
    let mut of_models = Vec::new();
    for trained in models {
        let of_kind = KINDS.iter().position(|kind| *kind == trained.kind).unwrap_or(0);
        let differences = draws.iter().map(|draw| match draw {
            Ok(draw) => draw.differences[of_kind].clone(),
            Err(reason) => Err(reason.clone()),
        });
        let slope = trained.training.calibration.recalibration.as_ref().map_or(1.0, |fit| fit.slope);
        let apparent = [trained.training.roc.auc, slope, trained.training.calibration.brier];
        let optimism = stats::corrected(apparent, differences.collect()).map_err(failed)?;
        of_models.push(OfModel::new(trained.kind, &optimism, repeat.nested(trained.kind, progress)?, pipeline));
    }
    let chosen: Vec<usize> =
        fit.selection.iter().flat_map(|selection| selection.terms.iter().map(|term| term.0)).collect();
    let good: Vec<&Draw> = draws.iter().filter_map(|draw| draw.as_ref().ok()).collect();
    let part = |candidate: usize| {
        good.iter().filter(|draw| draw.chosen.contains(&candidate)).count() as f64 / good.len().max(1) as f64
    };
    let stability = chosen.into_iter().map(|candidate| Stability { candidate, chosen_in: part(candidate) }).collect();
    Ok(Some(Resampled { models: of_models, stability }))
}

impl OfModel {
    fn new(kind: ModelKind, optimism: &Optimism<MEASURES>, nested_auc: Option<[f64; 2]>, pipeline: &Pipeline) -> Self {
        let pair = |i: usize| [optimism.apparent[i], optimism.corrected[i]];
        let nested = [pipeline.nested_repetitions, pipeline.nested_folds];
        let resamples = [optimism.used, optimism.failed.len()];
        let first_failure = optimism.failed.first().map(|failure| failure.reason.clone());
        Self { kind, resamples, first_failure, auc: pair(0), slope: pair(1), brier: pair(2), nested_auc, nested }
    }
}

fn failed(error: ResamplingError) -> TrainError {
    match error {
        ResamplingError::Cancelled(cancelled) => TrainError::Cancelled(cancelled),
        other => TrainError::Cohort(format!("validation by resampling: {other}")),
    }
}

impl Repeat<'_> {
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
        let radscore = fit.selection.as_ref().map(|selection| selection.scores(&rows.features, rows.outcome.len()));
        let log_odds = regression.log_odds(&rows, radscore.as_deref());
        Ok((log_odds.into_iter().map(logistic).collect(), rows.outcome))
    }

    /// Mean and standard deviation of the area that nested cross-validation gives a model.
    fn nested(&self, kind: ModelKind, progress: &Progress) -> Result<Option<[f64; 2]>, TrainError> {
        let Pipeline { nested_repetitions, nested_folds, seed, folds, .. } = *self.pipeline;
        if nested_repetitions == 0 {
            return Ok(None);
        }
        let plan = NestedPlan { folds: nested_folds, repetitions: nested_repetitions, seed };
        let outcome: Vec<bool> = self.training.iter().map(|&row| self.design.outcome[row]).collect();
        let train = |positions: &[usize], seed: u64| -> Result<Fit, String> {
            let of_positions: Vec<bool> = positions.iter().map(|&position| outcome[position]).collect();
            let inner = stats::stratified_folds(&of_positions, folds, seed).map_err(|error| error.to_string())?;
            self.fit(positions, &inner).map_err(|error| error.to_string())
        };
        let predict = |fit: &Fit, positions: &[usize]| self.predicted(fit, kind, positions).map(|(p, _)| p);
        match stats::nested_cross_validation(&plan, &outcome, train, predict, progress) {
            Ok(nested) => Ok(Some([nested.auc_mean, nested.auc_sd.unwrap_or(0.0)])),
            Err(ResamplingError::Cancelled(cancelled)) => Err(TrainError::Cancelled(cancelled)),
            // A repetition in which some fold gave no model of this kind has no area; where none has one, there is none to tell.
            Err(_) => Ok(None),
        }
    }
}
