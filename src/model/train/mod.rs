//! Training: from a cohort to a radscore, three models and what is known of them (Liang et al. 2022, "Methods").
//!
//! ```text
//! features + second reads -> ICC -> mRMR -> LASSO -> radscore
//! clinical columns -> univariable -> multivariable regression
//! clinical, radiomics and combined model -> performance -> resampling -> doubts -> model files
//! ```
//!
//! Every step sees training rows alone; the validation rows are predicted once at the end. The one exception is asked for by a column
//! that names the reader study (`agreement.rs`). It draws and writes nothing.

mod agreement;
mod design;
mod doubts;
mod fit;
mod internal;
mod performance;
mod pipeline;
mod to_model;

pub use agreement::Agreement;
pub use design::Term;
pub use fit::{ClinicalChoice, KINDS, Regression, Selection};
pub use internal::{Corrected, Nested, OfModel, Resampled, Stability};
pub use performance::{Measured, decision_thresholds, measure};
pub use pipeline::{LassoLambda, LassoMeasure, MrmrScheme, Pipeline};
pub use to_model::{About, SIMULATED_LIMIT, prevalence_limit};

use super::{ModelKind, TrainingStep};
use crate::base::{Cancelled, Progress};
use crate::cohort::{Cohort, Set};
use crate::stats::{self, DelongTest, StatsError, logistic};
use design::{Design, terms_of};

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting cannot be followed.
    #[error("{0}")]
    Setting(String),
    /// The cohort lacks what training needs.
    #[error("{0}")]
    Cohort(String),
    /// A step has no result.
    #[error("{step}: {cause}")]
    Step {
        /// Which step.
        step: &'static str,
        /// What is wrong.
        cause: StatsError,
    },
    /// Nothing was left to make a model of.
    #[error("no model can be made: {0}")]
    NoModel(String),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What a training run gave. Vectors "of every patient" are in the cohort's order.
#[derive(Debug, Clone)]
pub struct Training {
    /// The settings.
    pub pipeline: Pipeline,
    /// What went in and out of each step.
    pub steps: Vec<TrainingStep>,
    /// Agreement of the readers on each feature, where there was a second reader.
    pub agreement: Option<Agreement>,
    /// Features that the selection chose among, as columns of the cohort.
    pub candidates: Vec<usize>,
    /// Fold of each training patient, in the cohort's order.
    pub folds: Vec<usize>,
    /// mRMR, LASSO and the radscore's formula; none without features.
    pub selection: Option<Selection>,
    /// The radscore of every patient; none where the LASSO chose no feature.
    pub radscore: Option<Vec<f64>>,
    /// The clinical terms that were tried.
    pub terms: Vec<Term>,
    /// The p-values by which clinical terms were chosen.
    pub clinical: ClinicalChoice,
    /// The models, in the order of [`KINDS`].
    pub models: Vec<Trained>,
    /// The clinical and the combined model with the study's own clinical predictor, where the cohort has it and others were
    /// chosen.
    pub study: Vec<Trained>,
    /// Paired comparisons of the models' areas.
    pub comparisons: Vec<Comparison>,
    /// What resampling made of it, where it was asked for.
    pub resampled: Option<Resampled>,
    /// What makes the result doubtful, one sentence each, those of single models at the end.
    pub doubts: Vec<String>,
}

/// One model of a run.
#[derive(Debug, Clone)]
pub struct Trained {
    /// What it is made of.
    pub kind: ModelKind,
    /// Its regression.
    pub regression: Regression,
    /// The probability of every patient.
    pub probabilities: Vec<f64>,
    /// What was measured on the training set: apparent performance.
    pub training: Measured,
    /// What was measured on the validation set, at the training set's threshold; none where that lacks an outcome.
    pub validation: Option<Measured>,
    /// What makes this model doubtful, one sentence each.
    pub doubts: Vec<String>,
}

/// Two models' areas under the curve on the same patients.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// On which set.
    pub set: Set,
    /// The models.
    pub models: [ModelKind; 2],
    /// DeLong's test.
    pub test: DelongTest,
}

/// Trains on a cohort's training rows and measures on both sets.
pub fn train(cohort: &Cohort, pipeline: &Pipeline, progress: &Progress) -> Result<Training, TrainError> {
    pipeline.check()?;
    progress.begin("Reading the cohort", 0);
    let training = cohort.rows(Set::Training);
    let mut steps = Vec::new();
    let agreement = agreement::agreement(cohort, pipeline.icc_above)?;
    let candidates = agreement::candidates(cohort, agreement.as_ref(), &mut steps);
    let terms = terms_of(cohort, &training);
    let given = given_terms(pipeline, &terms)?;
    let features = candidates.iter().map(|&column| cohort.features.columns[column].as_slice()).collect();
    let design = Design { features, terms, outcome: &cohort.outcome };
    let rows = design.rows(&training);
    let folds = folds(cohort, &training, &rows.outcome, pipeline)?;

    progress.begin("Selecting and fitting", 0);
    let fit = fit::fit(&rows, given.as_deref(), &folds, pipeline).map_err(in_step("selection and fitting"))?;
    let n_folds = folds.iter().max().copied().unwrap_or(0);
    fit.describe(candidates.len(), n_folds, pipeline, &mut steps);
    let radscore = fit.selection.as_ref().and_then(|selection| selection.scores(&design.features, cohort.ids.len()));
    let mut models = measured(cohort, &design, &fit.regressions, radscore.as_deref())?;
    let mut study = study_models(cohort, &design, &rows, &fit, radscore.as_deref())?;
    for trained in &mut study {
        trained.doubts = doubts::of_validation(trained);
    }
    if models.is_empty() {
        return Err(TrainError::NoModel(doubts::why_none(&fit)));
    }
    let comparisons = compare(cohort, &models)?;
    let whole = (training.as_slice(), folds.as_slice());
    let resampled = internal::resample(&design, whole, given.as_deref(), (&fit, &models), pipeline, progress)?;
    for trained in &mut models {
        trained.doubts = doubts::of_model(trained, resampled.as_ref(), pipeline);
    }
    let doubts = doubts::of_run(&fit, &models, resampled.as_ref(), &design, cohort.features.names.len());
    let (terms, selection, clinical) = (design.terms, fit.selection, fit.clinical);
    Ok(Training {
        pipeline: pipeline.clone(),
        steps,
        agreement,
        candidates,
        folds,
        selection,
        radscore,
        terms,
        clinical,
        models,
        study,
        comparisons,
        resampled,
        doubts,
    })
}

fn in_step(step: &'static str) -> impl FnOnce(StatsError) -> TrainError {
    move |cause| TrainError::Step { step, cause }
}

/// The terms of the clinical columns that the settings name; an unknown name says which columns there are.
fn given_terms(pipeline: &Pipeline, terms: &[Term]) -> Result<Option<Vec<usize>>, TrainError> {
    let Some(names) = &pipeline.clinical_columns else { return Ok(None) };
    let mut given = Vec::new();
    for name in names {
        let of_column = |term: &&Term| term.name == *name || term.name.starts_with(&format!("{name}="));
        let Some(first) = terms.iter().find(of_column) else {
            let known: Vec<&str> = terms.iter().map(|term| term.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(TrainError::Setting(format!("there is no clinical column \"{name}\"; there are: {known}")));
        };
        let of_column = |term: &usize| terms[*term].column == first.column;
        given.extend((0..terms.len()).filter(of_column));
    }
    given.sort_unstable();
    given.dedup();
    Ok(Some(given))
}

/// The folds that the cohort gives, else drawn so that each has the outcomes in about the same parts.
fn folds(cohort: &Cohort, training: &[usize], outcome: &[bool], pipeline: &Pipeline) -> Result<Vec<usize>, TrainError> {
    let Some(given) = &cohort.folds else {
        return stats::stratified_folds(outcome, pipeline.folds, pipeline.seed)
            .map_err(|cause| TrainError::Cohort(format!("drawing the folds: {cause}")));
    };
    let of_row = |&row: &usize| {
        let missing =
            || format!("patient \"{}\" is in training and has no fold; give a number from 1 on", cohort.ids[row]);
        given[row].ok_or_else(|| TrainError::Cohort(missing()))
    };
    training.iter().map(of_row).collect()
}

/// The models with an estimate, and how they do on both sets.
fn measured(
    cohort: &Cohort,
    design: &Design,
    regressions: &[Regression],
    radscore: Option<&[f64]>,
) -> Result<Vec<Trained>, TrainError> {
    let everyone: Vec<usize> = (0..cohort.ids.len()).collect();
    let all = design.rows(&everyone);
    let mut models = Vec::new();
    for regression in regressions {
        let probabilities: Vec<f64> = regression.log_odds(&all, radscore).into_iter().map(logistic).collect();
        let on = |set, threshold| {
            let rows = cohort.rows(set);
            let of_set: Vec<f64> = rows.iter().map(|&row| probabilities[row]).collect();
            let outcome = cohort.outcomes(&rows);
            measure(&of_set, &outcome, threshold)
        };
        let training = on(Set::Training, None).map_err(in_step("measuring on the training set"))?;
        let validation = on(Set::Validation, Some(training.confusion.threshold)).ok();
        let (kind, regression) = (regression.kind, regression.clone());
        let doubts = Vec::new();
        models.push(Trained { kind, regression, probabilities, training, validation, doubts });
    }
    Ok(models)
}

/// The clinical predictor of the study's models.
const STUDY_PREDICTOR: &str = "pT";

/// The study's own models on this cohort, to be held beside those that its p-values chose.
fn study_models(
    cohort: &Cohort,
    design: &Design,
    rows: &design::Rows,
    fit: &fit::Fit,
    radscore: Option<&[f64]>,
) -> Result<Vec<Trained>, TrainError> {
    let is_study = |term: &usize| design.terms[*term].input == STUDY_PREDICTOR;
    let terms: Vec<usize> = (0..design.terms.len()).filter(is_study).collect();
    if terms.is_empty() || terms == fit.clinical.chosen {
        return Ok(Vec::new());
    }
    let of_training = fit.selection.as_ref().and_then(|selection| selection.scores(&rows.features, rows.outcome.len()));
    let kinds = [ModelKind::Clinical, ModelKind::Combined];
    let (regressions, _) = fit::regress(rows, of_training.as_deref(), &terms, &kinds);
    measured(cohort, design, &regressions, radscore)
}

/// Each pair of models on each set.
fn compare(cohort: &Cohort, models: &[Trained]) -> Result<Vec<Comparison>, TrainError> {
    let mut comparisons = Vec::new();
    for set in [Set::Training, Set::Validation] {
        let rows = cohort.rows(set);
        let outcome = cohort.outcomes(&rows);
        let of = |model: &Trained| rows.iter().map(|&row| model.probabilities[row]).collect::<Vec<f64>>();
        for (i, first) in models.iter().enumerate().filter(|_| !rows.is_empty()) {
            for second in &models[i + 1..] {
                // One class alone has no curve, which the performance says.
                if let Ok(test) = stats::delong_test(&of(first), &of(second), &outcome) {
                    comparisons.push(Comparison { set, models: [first.kind, second.kind], test });
                }
            }
        }
    }
    Ok(comparisons)
}
