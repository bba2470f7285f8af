//! Repeated nested cross-validation (Varma & Simon, BMC Bioinformatics 2006;7:91): every step that learns, its own inner
//! cross-validation included, happens inside the outer training cases, and each case is predicted by a model that never saw it.
//!
//! The inner cross-validation is the caller's, within `fit`, which is given a seed for it.

use rayon::prelude::*;

use super::{Failure, INNER, OUTER, ResamplingError, mean_and_sd, stratified_folds};
use crate::base::{Cancelled, Progress, seed_of};
use crate::stats::roc;

/// How often to split into how many outer folds, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NestedPlan {
    /// Outer folds.
    pub folds: usize,
    /// Repetitions, each with folds of its own.
    pub repetitions: usize,
    /// Seed of all of them.
    pub seed: u64,
}

/// Out-of-fold predictions and their discrimination.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedValidation {
    /// The outer fold of each case, 1 and up, per repetition.
    pub folds: Vec<Vec<usize>>,
    /// The prediction of each case by the model that was fitted without its fold, per repetition; `None` where that fit failed.
    pub predictions: Vec<Vec<Option<f64>>>,
    /// Area under the curve of all predictions of a repetition; `None` where one of its folds failed.
    pub auc: Vec<Option<f64>>,
    /// Mean area over the repetitions that have one.
    pub auc_mean: f64,
    /// Its standard deviation over them, which tells how much the division into folds matters and is no standard error; `None` of
    /// a single repetition.
    pub auc_sd: Option<f64>,
    /// Folds that could not be fitted or predicted.
    pub failed: Vec<Failure>,
}

/// Cross-validates a procedure that gives several models at once, each of which has an answer of its own: an area, or why it has none.
///
/// `fit` fits everything to the given rows, with the seed for its own inner folds, once for all models; `predict` predicts rows by the
/// model of that number, one number each. Both run in parallel.
pub fn nested_cross_validation<F, E>(
    plan: &NestedPlan,
    outcome: &[bool],
    models: usize,
    fit: impl Fn(&[usize], u64) -> Result<F, E> + Sync,
    predict: impl Fn(&F, usize, &[usize]) -> Result<Vec<f64>, E> + Sync,
    progress: &Progress,
) -> Result<Vec<Result<NestedValidation, ResamplingError>>, ResamplingError>
where
    E: std::fmt::Display,
{
    if plan.repetitions == 0 {
        return Err(ResamplingError::NoRepetitions);
    }
    let folds = (0..plan.repetitions)
        .map(|repetition| stratified_folds(outcome, plan.folds, seed_of(seed_of(plan.seed, OUTER), repetition as u64)));
    let folds: Vec<Vec<usize>> = folds.collect::<Result<_, _>>()?;
    let fits: Vec<(usize, usize)> =
        (0..plan.repetitions).flat_map(|repetition| (1..=plan.folds).map(move |fold| (repetition, fold))).collect();
    progress.begin("Nested cross-validation", fits.len());
    let predicted = fits.par_iter().map(|&(repetition, fold)| {
        progress.check()?;
        let (test, training): (Vec<usize>, Vec<usize>) =
            (0..outcome.len()).partition(|&case| folds[repetition][case] == fold);
        let number = (repetition * plan.folds + fold) as u64;
        let inner = seed_of(seed_of(plan.seed, INNER), number);
        let fitted = fit(&training, inner).map_err(|error| error.to_string());
        let found = |model: usize| match &fitted {
            Ok(fitted) => checked(predict(fitted, model, &test), test.len()),
            Err(reason) => Err(reason.clone()),
        };
        let found: Vec<Result<Vec<f64>, String>> = (0..models).map(found).collect();
        progress.advance(1);
        Ok((test, found))
    });
    let predicted = predicted.collect::<Result<Vec<_>, Cancelled>>()?;
    let of_model = |model: usize| {
        let mut predictions = vec![vec![None; outcome.len()]; plan.repetitions];
        let mut failed = Vec::new();
        for (&(repetition, fold), (test, found)) in fits.iter().zip(&predicted) {
            match &found[model] {
                Ok(found) => test.iter().zip(found).for_each(|(&case, &p)| predictions[repetition][case] = Some(p)),
                Err(reason) => failed.push(Failure { repetition, fold: Some(fold), reason: reason.clone() }),
            }
        }
        summarised(outcome, folds.clone(), predictions, failed)
    };
    Ok((0..models).map(of_model).collect())
}

fn checked<E: std::fmt::Display>(found: Result<Vec<f64>, E>, cases: usize) -> Result<Vec<f64>, String> {
    let found = found.map_err(|error| error.to_string())?;
    if found.len() != cases {
        Err("there is not one prediction for each case".to_owned())
    } else if found.iter().any(|p| !p.is_finite()) {
        Err("a prediction is not a finite number".to_owned())
    } else {
        Ok(found)
    }
}

fn summarised(
    outcome: &[bool],
    folds: Vec<Vec<usize>>,
    predictions: Vec<Vec<Option<f64>>>,
    failed: Vec<Failure>,
) -> Result<NestedValidation, ResamplingError> {
    let area = |predictions: &Vec<Option<f64>>| -> Result<Option<f64>, ResamplingError> {
        let all: Option<Vec<f64>> = predictions.iter().copied().collect();
        Ok(all.map(|scores| roc(&scores, outcome)).transpose()?.map(|curve| curve.auc))
    };
    let auc: Vec<Option<f64>> = predictions.iter().map(area).collect::<Result<_, _>>()?;
    let known: Vec<f64> = auc.iter().flatten().copied().collect();
    if known.is_empty() {
        let reason = failed.first().map_or_else(String::new, |failure| failure.reason.clone());
        return Err(ResamplingError::AllFailed { repetitions: auc.len(), reason });
    }
    let (auc_mean, auc_sd) = mean_and_sd(&known);
    Ok(NestedValidation { folds, predictions, auc, auc_mean, auc_sd, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: NestedPlan = NestedPlan { folds: 3, repetitions: 4, seed: 9 };

    fn outcome() -> Vec<bool> {
        (0..20).map(|i| i % 3 == 0).collect()
    }

    /// The model is the rows that it was fitted to; a case is predicted by how many of them have a lower number.
    struct Fitted(Vec<usize>);

    fn count_below(rows: &[usize], _: u64) -> Result<Fitted, String> {
        Ok(Fitted(rows.to_vec()))
    }

    fn below(model: &Fitted, _: usize, rows: &[usize]) -> Result<Vec<f64>, String> {
        Ok(rows.iter().map(|row| model.0.iter().filter(|other| *other < row).count() as f64).collect())
    }

    /// The one model of a procedure.
    fn alone(found: Result<Vec<Result<NestedValidation, ResamplingError>>, ResamplingError>) -> NestedValidation {
        found.unwrap().remove(0).unwrap()
    }

    #[test]
    fn each_case_is_predicted_by_a_model_that_never_saw_it() {
        let outcome = outcome();
        let found = alone(nested_cross_validation(&PLAN, &outcome, 1, count_below, below, &Progress::new()));
        for (fold, predictions) in found.folds.iter().zip(&found.predictions) {
            for case in 0..outcome.len() {
                let expected = (0..case).filter(|&other| fold[other] != fold[case]).count() as f64;
                assert_eq!(predictions[case], Some(expected));
            }
        }
        assert!(found.folds[0] != found.folds[1] && found.failed.is_empty());
        let areas: Vec<f64> = found.auc.iter().map(|auc| auc.unwrap()).collect();
        let first: Vec<f64> = found.predictions[0].iter().map(|p| p.unwrap()).collect();
        assert_eq!(areas[0], roc(&first, &outcome).unwrap().auc);
        assert!((found.auc_mean - areas.iter().sum::<f64>() / 4.0).abs() < 1e-15);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let again = pool.install(|| nested_cross_validation(&PLAN, &outcome, 1, count_below, below, &Progress::new()));
        assert_eq!(alone(again), found);
    }

    #[test]
    fn inner_seeds_are_all_different_and_come_again() {
        let seeds = || {
            let seen = std::sync::Mutex::new(Vec::new());
            let note = |_: &[usize], seed: u64| {
                seen.lock().unwrap().push(seed);
                Ok::<_, String>(())
            };
            let flat = |_: &(), _: usize, rows: &[usize]| Ok(vec![0.5; rows.len()]);
            alone(nested_cross_validation(&PLAN, &outcome(), 1, note, flat, &Progress::new()));
            let mut seeds = seen.into_inner().unwrap();
            seeds.sort_unstable();
            seeds
        };
        let mut first = seeds();
        assert_eq!(first, seeds());
        first.dedup();
        assert_eq!(first.len(), 12);
    }

    #[test]
    fn a_fold_that_fails_is_named_and_its_repetition_has_no_area() {
        let outcome = outcome();
        let reference = alone(nested_cross_validation(&PLAN, &outcome, 1, count_below, below, &Progress::new()));
        let broken: Vec<usize> = (0..20).filter(|&case| reference.folds[2][case] != 2).collect();
        let fit =
            |rows: &[usize], seed: u64| if rows == broken { Err("no".to_owned()) } else { count_below(rows, seed) };
        let found = alone(nested_cross_validation(&PLAN, &outcome, 1, fit, below, &Progress::new()));
        assert_eq!(found.failed, [Failure { repetition: 2, fold: Some(2), reason: "no".to_owned() }]);
        assert_eq!((found.auc[2], found.auc.iter().flatten().count()), (None, 3));
        // A second model of the same fits that has no answer takes nothing from the first.
        let short = |model: &Fitted, number: usize, rows: &[usize]| match number {
            0 => below(model, 0, rows),
            _ => Ok(vec![0.5]),
        };
        let both = nested_cross_validation(&PLAN, &outcome, 2, count_below, short, &Progress::new()).unwrap();
        assert_eq!(both[0], Ok(reference));
        let error = both[1].clone().unwrap_err();
        assert!(error.to_string().ends_with("there is not one prediction for each case"), "{error}");
    }

    #[test]
    fn too_few_cases_and_cancellation_end_it() {
        let outcome = [true, true, false, false, false];
        let error = nested_cross_validation(&PLAN, &outcome, 1, count_below, below, &Progress::new()).unwrap_err();
        assert_eq!(error, ResamplingError::FewerThanFolds { class: "with", cases: 2, folds: 3 });
        let progress = Progress::new();
        progress.cancel();
        let stopped = nested_cross_validation(&PLAN, &self::outcome(), 1, count_below, below, &progress);
        assert_eq!(stopped, Err(ResamplingError::Cancelled(Cancelled)));
    }
}
