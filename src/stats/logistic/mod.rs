//! Logistic regression by iteratively reweighted least squares (McCullagh & Nelder, Generalized Linear Models, 1989, § 2.5)
//! with Wald intervals, as R's `glm(family = binomial)` without penalty.
//!
//! Predictors are centred and scaled inside, so that their units do not cost digits; results are on the given scale.
//! Separation is an error here, where R warns and returns where it stopped: it is told by steps that do not come to rest, not by
//! extreme probabilities, which an outlying case has too and which are a warning. It knows no missing values.

mod likelihood;
mod newton;
mod profile;

pub use likelihood::{ChiSquareTest, drop_one_tests};
use newton::{Maximum, Problem, dot, maximum};
pub use profile::profile_intervals;

use super::{StatsError, Z_975, two_sided_p};
use crate::base::Warnings;

/// A fitted probability this near to 0 or 1 is one but for rounding.
const EXTREME: f64 = 1e-9;

/// A fitted logistic regression. Vectors begin with the intercept, then follow the predictors.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticFit {
    /// Cases.
    pub n: usize,
    /// Cases with the event.
    pub n_events: usize,
    /// Coefficients, in log odds per unit.
    pub coefficients: Vec<f64>,
    /// Their covariance, the inverse of the Fisher information.
    pub covariance: Vec<Vec<f64>>,
    /// Fitted probability of each case.
    pub fitted: Vec<f64>,
    /// Twice the negative log likelihood.
    pub deviance: f64,
    /// The same without predictors, with the offset if there is one.
    pub null_deviance: f64,
    /// What is odd.
    pub warnings: Warnings,
}

/// The logistic function 1 / (1 + exp(−x)).
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl LogisticFit {
    /// Standard error of a coefficient.
    pub fn standard_error(&self, index: usize) -> f64 {
        self.covariance[index][index].sqrt()
    }

    /// Wald's statistic of a coefficient, which is standard normal under the null hypothesis; its square is Wald's chi-square.
    pub fn wald_z(&self, index: usize) -> f64 {
        self.coefficients[index] / self.standard_error(index)
    }

    /// Wald's two-sided p of a coefficient.
    pub fn p(&self, index: usize) -> f64 {
        two_sided_p(self.wald_z(index))
    }

    /// 95 % Wald interval of a coefficient.
    pub fn wald_interval(&self, index: usize) -> [f64; 2] {
        let (b, half) = (self.coefficients[index], Z_975 * self.standard_error(index));
        [b - half, b + half]
    }

    /// Odds ratio of a coefficient per unit, with its 95 % Wald interval.
    pub fn odds_ratio(&self, index: usize) -> (f64, [f64; 2]) {
        (self.coefficients[index].exp(), self.wald_interval(index).map(f64::exp))
    }
}

/// Fits the outcome on predictor columns, each as long as `outcome`; an intercept is added.
pub fn fit_logistic(columns: &[&[f64]], outcome: &[bool]) -> Result<LogisticFit, StatsError> {
    check(columns, outcome)?;
    let n_events = outcome.iter().filter(|&&event| event).count();
    let (n, events) = (outcome.len() as f64, n_events as f64);
    let null_deviance = -2.0 * (events * (events / n).ln() + (n - events) * ((n - events) / n).ln());
    fit(columns, outcome, None, null_deviance)
}

/// The same with an offset: a known part of each case's log odds, to which the linear predictor is added. Without columns the
/// intercept alone is fitted.
pub fn fit_logistic_with_offset(
    columns: &[&[f64]],
    outcome: &[bool],
    offset: &[f64],
) -> Result<LogisticFit, StatsError> {
    check(columns, outcome)?;
    check_column("the offset", offset, outcome.len())?;
    let ones = vec![vec![1.0]; outcome.len()];
    let null = maximum(&Problem { rows: &ones, outcome, offset: Some(offset) }, vec![0.0])?;
    fit(columns, outcome, Some(offset), null.deviance)
}

fn fit(
    columns: &[&[f64]],
    outcome: &[bool],
    offset: Option<&[f64]>,
    null_deviance: f64,
) -> Result<LogisticFit, StatsError> {
    let scaling = columns.iter().enumerate().map(|(i, column)| center_and_scale(i, column));
    let scaling: Vec<(f64, f64)> = scaling.collect::<Result<_, _>>()?;
    let rows: Vec<Vec<f64>> = (0..outcome.len())
        .map(|row| {
            let scaled = columns.iter().zip(&scaling).map(|(column, (center, scale))| (column[row] - center) / scale);
            std::iter::once(1.0).chain(scaled).collect()
        })
        .collect();
    let problem = Problem { rows: &rows, outcome, offset };
    let Maximum { beta, deviance, information } = maximum(&problem, vec![0.0; columns.len() + 1])?;
    let fitted: Vec<f64> = problem.cases(&beta).map(|(x, _)| logistic(x)).collect();
    let covariance = information.inverse();
    let back = back_transform(&scaling);
    Ok(LogisticFit {
        n: outcome.len(),
        n_events: outcome.iter().filter(|&&event| event).count(),
        coefficients: back.iter().map(|row| dot(row, &beta)).collect(),
        covariance: back
            .iter()
            .map(|a| {
                back.iter().map(|b| dot(a, &covariance.iter().map(|row| dot(row, b)).collect::<Vec<_>>())).collect()
            })
            .collect(),
        warnings: extremes(&fitted),
        fitted,
        deviance,
        null_deviance,
    })
}

fn extremes(fitted: &[f64]) -> Warnings {
    let mut warnings = Warnings::new();
    let n = fitted.iter().filter(|p| p.min(1.0 - **p) < EXTREME).count();
    if n > 0 {
        warnings.push(format!(
            "{n} of {} fitted probabilities are 0 or 1 but for rounding; look for extreme values of the predictors",
            fitted.len()
        ));
    }
    warnings
}

fn check(columns: &[&[f64]], outcome: &[bool]) -> Result<(), StatsError> {
    for (i, column) in columns.iter().enumerate() {
        check_column(&format!("predictor {}", i + 1), column, outcome.len())?;
    }
    check_classes(outcome)
}

/// Both outcomes must occur.
pub(super) fn check_classes(outcome: &[bool]) -> Result<(), StatsError> {
    let (events, n) = (outcome.iter().filter(|&&event| event).count(), outcome.len());
    if events == 0 || events == n {
        return Err(StatsError::OneClass { events, n });
    }
    Ok(())
}

/// A column must be as long as the outcomes, and finite.
pub(super) fn check_column(what: &str, column: &[f64], expected: usize) -> Result<(), StatsError> {
    if column.len() != expected {
        return Err(StatsError::Length { what: what.to_owned(), found: column.len(), expected });
    }
    match column.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(StatsError::NotFinite { what: what.to_owned(), index: index + 1 }),
        None => Ok(()),
    }
}

/// Mean and standard deviation of a column; an error when it is constant.
fn center_and_scale(index: usize, column: &[f64]) -> Result<(f64, f64), StatsError> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    // The spread of a constant column is rounding of its mean.
    if sd > 1e-13 * mean.abs() && sd > 0.0 { Ok((mean, sd)) } else { Err(StatsError::Collinear(index + 1)) }
}

/// The matrix that takes coefficients of the scaled predictors to those of the given ones.
fn back_transform(scaling: &[(f64, f64)]) -> Vec<Vec<f64>> {
    let n = scaling.len() + 1;
    let mut matrix = vec![vec![0.0; n]; n];
    matrix[0][0] = 1.0;
    for (i, (center, scale)) in scaling.iter().enumerate() {
        matrix[0][i + 1] = -center / scale;
        matrix[i + 1][i + 1] = 1.0 / scale;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_predictor_gives_the_log_odds_ratio_of_its_table() {
        // 3 of 10 and 6 of 10 events: odds ratio (6/4) / (3/7) = 3.5, variance of its log 1/3 + 1/7 + 1/6 + 1/4.
        let x: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i >= 10))).collect();
        let y: Vec<bool> = (0..20).map(|i| if i < 10 { i < 3 } else { i < 16 }).collect();
        let fit = fit_logistic(&[&x], &y).unwrap();
        assert!((fit.odds_ratio(1).0 - 3.5).abs() < 1e-12);
        assert!((fit.covariance[1][1] - (1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 6.0 + 1.0 / 4.0)).abs() < 1e-12);
    }

    /// Digits that R prints of this fit.
    const PRINTED: f64 = 5e-5;

    #[test]
    fn an_outlying_case_is_fitted_with_a_warning_as_in_r() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1000.0];
        let y = [false, true, false, true, false, true, true];
        let fit = fit_logistic(&[&x], &y).unwrap();
        assert!((fit.coefficients[0] + 1.2646).abs() < PRINTED && (fit.coefficients[1] - 0.3613).abs() < PRINTED);
        assert!((fit.deviance - 7.790).abs() < 5e-4, "{}", fit.deviance);
        assert!(fit.warnings.iter().any(|warning| warning.starts_with("1 of 7 fitted probabilities")));
    }

    #[test]
    fn cases_that_all_but_touch_are_not_separated_and_those_that_touch_are() {
        let x = [1.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0];
        let quasi = [false, false, false, false, true, true, true, true];
        assert_eq!(fit_logistic(&[&x], &quasi), Err(StatsError::Separated));
        let mut overlapping = x;
        overlapping[3] = 4.01;
        let fit = fit_logistic(&[&overlapping], &quasi).unwrap();
        assert!(fit.deviance > 2.0 * std::f64::consts::LN_2);
    }

    #[test]
    fn separation_constant_columns_and_one_class_are_named() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(fit_logistic(&[&x], &[false, false, true, true]), Err(StatsError::Separated));
        assert_eq!(fit_logistic(&[&[5.0; 4]], &[false, true, false, true]), Err(StatsError::Collinear(1)));
        assert_eq!(fit_logistic(&[&x, &x], &[false, true, false, true]), Err(StatsError::Collinear(2)));
        assert_eq!(fit_logistic(&[&x], &[true; 4]), Err(StatsError::OneClass { events: 4, n: 4 }));
    }
}
