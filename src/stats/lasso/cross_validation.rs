//! Cross-validation of the LASSO as R's `cv.glmnet` with given folds (glmnet 4.1, `cv.lognet` and `cvstats`).
//!
//! Each fold is fitted on its own penalties; its predictions at the penalties of the whole fit come from coefficients interpolated
//! in λ. With given penalties all fits share them.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::path::{check_settings, fit_rows};
use super::{LassoPath, LassoSettings, StatsError, check};
use crate::base::Warnings;
use crate::stats::logistic;

/// `cv.glmnet` asks for at least three folds.
const FEWEST_FOLDS: usize = 3;
/// With fewer cases per fold on average the area under the curve gives way to the deviance.
const CASES_FOR_AUC: usize = 10;
/// With fewer cases per fold on average errors are averaged over cases, not folds.
const CASES_FOR_GROUPS: usize = 3;
/// Probabilities are kept this far from 0 and 1 in the deviance.
const LEAST_PROBABILITY: f64 = 1e-5;

/// What a fold's predictions are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CvMeasure {
    /// −2 log P(outcome) per case.
    Deviance,
    /// Area under the ROC curve.
    Auc,
    /// Part of the cases on the wrong side of one half.
    Class,
}

/// A cross-validated path.
#[derive(Debug, Clone, PartialEq)]
pub struct LassoCv {
    /// The fit on all cases; the vectors below are by its penalties.
    pub path: LassoPath,
    /// The measure used, which can differ from the one asked for; `warnings` says so.
    pub measure: CvMeasure,
    /// Mean of the measure.
    pub cvm: Vec<f64>,
    /// Its standard error.
    pub cvsd: Vec<f64>,
    /// Columns with a coefficient in the fit on all cases.
    pub nzero: Vec<usize>,
    /// The largest penalty with the best mean.
    pub lambda_min: f64,
    /// Its place in the path, from 0.
    pub index_min: usize,
    /// The largest penalty whose mean is within one standard error of the best.
    pub lambda_1se: f64,
    /// Its place in the path, from 0.
    pub index_1se: usize,
    /// Linear predictor of each case at `lambda_min` from the fit without its fold.
    pub out_of_fold: Vec<f64>,
    /// The path of each fold's fit.
    pub fold_paths: Vec<LassoPath>,
    /// What is odd.
    pub warnings: Warnings,
}

/// Cross-validates the path with given folds, 1 to k for each case, as `cv.glmnet(foldid = folds)`.
pub fn cross_validate(
    columns: &[&[f64]],
    outcome: &[bool],
    folds: &[usize],
    measure: CvMeasure,
    settings: &LassoSettings,
) -> Result<LassoCv, StatsError> {
    check(columns, outcome)?;
    check_settings(settings)?;
    let k = check_folds(folds, outcome)?;
    let n = outcome.len();
    let mut warnings = Warnings::new();
    let measure = if measure == CvMeasure::Auc && n < CASES_FOR_AUC * k {
        warnings.push(format!(
            "{n} cases in {k} folds are too few for the area under the curve of each fold; the deviance was used instead"
        ));
        CvMeasure::Deviance
    } else {
        measure
    };
    let is_grouped = n >= CASES_FOR_GROUPS * k;
    if !is_grouped {
        warnings.push(format!(
            "{n} cases in {k} folds are fewer than {CASES_FOR_GROUPS} per fold; errors were averaged over cases, not folds"
        ));
    }
    if measure == CvMeasure::Auc {
        check_classes_of_folds(outcome, folds, k)?;
    }
    let (path, fold_paths) = fits(columns, outcome, folds, k, settings)?;
    path.warnings.iter().chain(fold_paths.iter().flat_map(|path| path.warnings.iter())).for_each(|w| warnings.push(w));
    let predicted = predictions(columns, folds, &path, &fold_paths);
    let groups = if is_grouped { folds.to_vec() } else { (1..=n).collect() };
    let errors: Vec<(f64, f64)> = predicted.iter().map(|p| summary(measure, p, outcome, &groups)).collect();
    let (cvm, cvsd): (Vec<f64>, Vec<f64>) = errors.into_iter().unzip();
    let (index_min, index_1se) = best(measure, &cvm, &cvsd);
    Ok(LassoCv {
        measure,
        nzero: path.df(),
        lambda_min: path.lambdas.get(index_min).copied().unwrap_or_default(),
        lambda_1se: path.lambdas.get(index_1se).copied().unwrap_or_default(),
        out_of_fold: predicted.into_iter().nth(index_min).unwrap_or_default(),
        path,
        cvm,
        cvsd,
        index_min,
        index_1se,
        fold_paths,
        warnings,
    })
}

/// The number of folds.
fn check_folds(folds: &[usize], outcome: &[bool]) -> Result<usize, StatsError> {
    if folds.len() != outcome.len() {
        let what = "the list of folds".to_owned();
        return Err(StatsError::Length { what, found: folds.len(), expected: outcome.len() });
    }
    let k = folds.iter().copied().max().unwrap_or(0);
    let n = outcome.len();
    let problem = if k > n {
        format!("{n} cases cannot fill {k} folds; use fewer folds")
    } else if k < FEWEST_FOLDS {
        format!("{k} folds are too few for cross-validation; use at least {FEWEST_FOLDS}")
    } else if let Some(case) = folds.iter().position(|fold| *fold == 0) {
        format!("case {} (from 1) is in fold 0; folds are numbered from 1", case + 1)
    } else if let Some(empty) = (1..=k).find(|fold| !folds.contains(fold)) {
        format!("fold {empty} of {k} has no case; number the folds without gaps")
    } else {
        return Ok(k);
    };
    Err(StatsError::Folds(problem))
}

fn check_classes_of_folds(outcome: &[bool], folds: &[usize], k: usize) -> Result<(), StatsError> {
    for fold in 1..=k {
        let of_fold = || outcome.iter().zip(folds).filter(|(_, f)| **f == fold);
        let (events, n) = (of_fold().filter(|(event, _)| **event).count(), of_fold().count());
        if events == 0 || events == n {
            return Err(StatsError::Folds(format!(
                "{events} of the {n} cases of fold {fold} have the event, so that it has no area under the curve; stratify the folds by outcome, or use the deviance"
            )));
        }
    }
    Ok(())
}

/// The path on all cases and those without each fold.
fn fits(
    columns: &[&[f64]],
    outcome: &[bool],
    folds: &[usize],
    k: usize,
    settings: &LassoSettings,
) -> Result<(LassoPath, Vec<LassoPath>), StatsError> {
    let fit = |fold: usize| {
        let rows: Vec<usize> = (0..outcome.len()).filter(|&row| folds[row] != fold).collect();
        let what = if fold == 0 { "the data".to_owned() } else { format!("the data without fold {fold}") };
        fit_rows(columns, outcome, &rows, settings, &what)
    };
    let mut paths = (0..=k).into_par_iter().map(fit).collect::<Vec<_>>().into_iter();
    let path = paths.next().unwrap_or_else(|| fit(0))?;
    Ok((path, paths.collect::<Result<_, _>>()?))
}

/// Linear predictors of all cases at each penalty of the whole fit.
fn predictions(columns: &[&[f64]], folds: &[usize], path: &LassoPath, fold_paths: &[LassoPath]) -> Vec<Vec<f64>> {
    let mut predicted = vec![vec![0.0; folds.len()]; path.lambdas.len()];
    for (fold, of_fold) in fold_paths.iter().enumerate() {
        let rows: Vec<usize> = (0..folds.len()).filter(|&row| folds[row] == fold + 1).collect();
        for (predicted, &lambda) in predicted.iter_mut().zip(&path.lambdas) {
            let fit = of_fold.at(lambda);
            for &row in &rows {
                predicted[row] = fit.intercept;
            }
            for &(j, beta) in &fit.coefficients {
                for &row in &rows {
                    predicted[row] += beta * columns[j][row];
                }
            }
        }
    }
    predicted
}

/// Mean of the measure over groups of cases, weighted by their sizes, and its standard error
/// √(weighted mean square / (groups − 1)).
fn summary(measure: CvMeasure, predicted: &[f64], outcome: &[bool], groups: &[usize]) -> (f64, f64) {
    let k = groups.iter().copied().max().unwrap_or(0);
    let mut sizes = vec![0.0; k];
    let mut values = vec![0.0; k];
    for ((x, &event), &group) in predicted.iter().zip(outcome).zip(groups) {
        sizes[group - 1] += 1.0;
        values[group - 1] += error(measure, *x, event);
    }
    values.iter_mut().zip(&sizes).for_each(|(value, size)| *value /= size);
    if measure == CvMeasure::Auc {
        for (group, value) in values.iter_mut().enumerate() {
            let of_group = groups.iter().zip(predicted.iter().zip(outcome)).filter(|(g, _)| **g == group + 1);
            // As R does, by probabilities: those that are 1 but for rounding tie.
            *value = area(of_group.map(|(_, (x, event))| (logistic(*x), *event)));
        }
    }
    let n: f64 = sizes.iter().sum();
    let mean = values.iter().zip(&sizes).map(|(value, size)| value * size).sum::<f64>() / n;
    let square = values.iter().zip(&sizes).map(|(value, size)| (value - mean).powi(2) * size).sum::<f64>() / n;
    (mean, (square / (k as f64 - 1.0)).sqrt())
}

fn error(measure: CvMeasure, log_odds: f64, event: bool) -> f64 {
    let p = logistic(log_odds);
    match measure {
        CvMeasure::Deviance => {
            let p = p.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
            -2.0 * if event { p } else { 1.0 - p }.ln()
        }
        CvMeasure::Class => f64::from(u8::from((p > 0.5) != event)),
        CvMeasure::Auc => 0.0,
    }
}

/// Part of the pairs of different outcome in which the event has the higher score; ties count one half.
fn area(cases: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (with, without): (Vec<_>, Vec<_>) = cases.partition(|(_, event)| *event);
    let pair = |a: f64, b: f64| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 };
    let above: f64 = with.iter().map(|(a, _)| without.iter().map(|(b, _)| pair(*a, *b)).sum::<f64>()).sum();
    above / (with.len() * without.len()) as f64
}

/// The places of `lambda.min` and `lambda.1se`.
fn best(measure: CvMeasure, cvm: &[f64], cvsd: &[f64]) -> (usize, usize) {
    let sign = if measure == CvMeasure::Auc { -1.0 } else { 1.0 };
    let least = cvm.iter().map(|m| sign * m).fold(f64::INFINITY, f64::min);
    let index_min = cvm.iter().position(|m| sign * m <= least).unwrap_or(0);
    let limit = least + cvsd.get(index_min).copied().unwrap_or(0.0);
    let index_1se = cvm.iter().position(|m| sign * m <= limit).unwrap_or(index_min);
    (index_min, index_1se)
}
