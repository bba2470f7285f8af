//! The sequence of penalties and glmnet's rules for where it ends.

use super::columns::Columns;
use super::solver::Solver;
use super::{LassoPath, LassoSettings, StatsError, check};
use crate::base::Warnings;

/// The rules to stop hold from this many penalties on (glmnet's `mnlam`).
const FIRST_STOP: usize = 5;
/// A rise of the deviance ratio below this ends the path (`fdev`).
const LEAST_RISE: f64 = 1e-5;
/// A deviance ratio above this ends the path (`devmax`).
const ALL_EXPLAINED: f64 = 0.999;
/// The last penalty as a part of the first with fewer cases than columns, and else.
const MIN_RATIO: [f64; 2] = [0.01, 1e-4];
/// glmnet's bound below which no ratio is taken (`eps`).
const LEAST_RATIO: f64 = 1e-6;
/// glmnet refuses fewer cases of an outcome, and warns below the second number.
const FEW_OF_CLASS: [usize; 2] = [2, 8];

/// Fits the outcome on the columns at falling penalties, as glmnet's `glmnet(x, y, family = "binomial")`.
///
/// Penalties fall in equal steps of log λ from λ₁ = maxⱼ |⟨zⱼ, y − ȳ⟩| / N, at which all coefficients are zero. From the fifth on
/// the path ends with the first that explains less than 1e-5 more of the null deviance than the last, or more than 0.999 of it;
/// so separated outcomes end it too.
pub fn lasso_path(columns: &[&[f64]], outcome: &[bool], settings: &LassoSettings) -> Result<LassoPath, StatsError> {
    check(columns, outcome)?;
    check_settings(settings)?;
    fit_rows(columns, outcome, &(0..outcome.len()).collect::<Vec<_>>(), settings, "the data")
}

pub(super) fn check_settings(settings: &LassoSettings) -> Result<(), StatsError> {
    let is_positive = |x: f64| x > 0.0 && x.is_finite();
    let problem = if settings.n_lambda == 0 {
        "the LASSO path has 0 penalties; ask for at least one"
    } else if !is_positive(settings.tolerance) {
        "the tolerance of the LASSO is not above 0; 1e-10 is usual"
    } else if settings.lambda_min_ratio.is_some_and(|ratio| !(ratio > 0.0 && ratio < 1.0)) {
        "the last penalty as a part of the first lies outside 0 to 1; 0.01 is usual"
    } else if settings.lambdas.as_ref().is_some_and(|given| given.is_empty() || !given.iter().all(|l| is_positive(*l)))
    {
        "the given penalties are none, or one is not a number above 0; give positive numbers"
    } else {
        return Ok(());
    };
    Err(StatsError::Setting(problem.to_owned()))
}

/// The path on some rows of checked columns.
pub(super) fn fit_rows(
    columns: &[&[f64]],
    outcome: &[bool],
    rows: &[usize],
    settings: &LassoSettings,
    what: &str,
) -> Result<LassoPath, StatsError> {
    let outcome: Vec<bool> = rows.iter().filter_map(|&row| outcome.get(row).copied()).collect();
    let mut warnings = check_classes(&outcome, what)?;
    let columns = Columns::new(columns, rows, settings.standardize);
    let mut solver = Solver::new(&columns, &outcome, settings.tolerance);
    let lambdas = penalties(settings, solver.largest_penalty(), columns.n < columns.p);
    let null_deviance = solver.deviance();
    let mut path = LassoPath {
        n: columns.n,
        n_columns: columns.p,
        lambdas: Vec::new(),
        intercepts: Vec::new(),
        coefficients: Vec::new(),
        deviance_ratios: Vec::new(),
        null_deviance,
        warnings: Warnings::new(),
    };
    for lambda in lambdas {
        // At the first penalty of its own the path is the fit without columns, whatever rounding says.
        let is_first = settings.lambdas.is_none() && path.lambdas.is_empty();
        if !is_first && !solver.solve(lambda) {
            warnings.push(format!(
                "the LASSO on {what} has no numerically stable fit from penalty {lambda:.3e} on, so that its path ends before"
            ));
            break;
        }
        push(&mut path, &columns, &solver, lambda);
        if settings.lambdas.is_none() && is_at_end(&path.deviance_ratios) {
            break;
        }
    }
    if path.lambdas.is_empty() {
        return Err(StatsError::Separated);
    }
    path.warnings = warnings;
    Ok(path)
}

fn check_classes(outcome: &[bool], what: &str) -> Result<Warnings, StatsError> {
    let (events, n) = (outcome.iter().filter(|&&event| event).count(), outcome.len());
    let rarer = events.min(n - events);
    if rarer < FEW_OF_CLASS[0] {
        return Err(StatsError::RareClass { what: what.to_owned(), events, n });
    }
    let mut warnings = Warnings::new();
    if rarer < FEW_OF_CLASS[1] {
        warnings.push(format!("one outcome has only {rarer} of {n} cases in {what}; a LASSO on so few is fragile"));
    }
    Ok(warnings)
}

fn penalties(settings: &LassoSettings, largest: f64, is_wide: bool) -> Vec<f64> {
    if let Some(given) = &settings.lambdas {
        let mut falling = given.clone();
        falling.sort_by(|a, b| b.total_cmp(a));
        return falling;
    }
    if largest == 0.0 {
        return vec![0.0];
    }
    let ratio = settings.lambda_min_ratio.unwrap_or(if is_wide { MIN_RATIO[0] } else { MIN_RATIO[1] });
    let steps = settings.n_lambda.saturating_sub(1).max(1) as f64;
    let factor = ratio.max(LEAST_RATIO).powf(1.0 / steps);
    std::iter::successors(Some(largest), |last| Some(last * factor)).take(settings.n_lambda).collect()
}

fn push(path: &mut LassoPath, columns: &Columns, solver: &Solver, lambda: f64) {
    let mut intercept = solver.intercept;
    let mut coefficients = Vec::new();
    for (j, &beta) in solver.beta.iter().enumerate() {
        if beta != 0.0 {
            let raw = beta / columns.scales[j];
            intercept -= raw * columns.means[j];
            coefficients.push((j, raw));
        }
    }
    path.lambdas.push(lambda);
    path.intercepts.push(intercept);
    path.coefficients.push(coefficients);
    path.deviance_ratios.push(1.0 - solver.deviance() / path.null_deviance);
}

fn is_at_end(ratios: &[f64]) -> bool {
    match ratios {
        [.., before, last] if ratios.len() >= FIRST_STOP => *last > ALL_EXPLAINED || last - before < LEAST_RISE,
        _ => false,
    }
}
