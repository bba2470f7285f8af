//! Logistic regression by iteratively reweighted least squares (McCullagh & Nelder, Generalized Linear Models, 1989, § 2.5)
//! with Wald intervals, as R's `glm(family = binomial)` without penalty.
//!
//! Predictors are centred and scaled inside, so that their units do not cost digits; results are on the given scale.
//! Separation is an error here, where R warns and returns where it stopped: it is told by steps that do not come to rest, not by
//! extreme probabilities, which an outlying case has too and which are a warning. It knows no missing values.

use super::linear::{Cholesky, cholesky};
use super::{StatsError, Z_975, two_sided_p};
use crate::base::Warnings;

const MAX_ITERATIONS: usize = 60;
/// Relative change of the deviance at which the fit has settled; the reference fits use the same.
const SETTLED: f64 = 1e-14;
/// A further step that moves a case's log odds by more than this says that the settled deviance is not a maximum's: on the way to
/// infinity each step moves the separated cases by about 1, at a maximum by rounding alone.
const AT_REST: f64 = 0.01;
/// Where the outcomes overlap, some case lies on the wrong side of any coefficients (or on neither), and it alone has at least this
/// deviance, 2 ln 2: with less, all outcomes are separated.
const LEAST_OF_OVERLAP: f64 = 2.0 * std::f64::consts::LN_2;
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

    /// Wald's two-sided p of a coefficient.
    pub fn p(&self, index: usize) -> f64 {
        two_sided_p(self.coefficients[index] / self.standard_error(index))
    }

    /// Odds ratio of a coefficient per unit, with its 95 % Wald interval.
    pub fn odds_ratio(&self, index: usize) -> (f64, [f64; 2]) {
        let (b, half) = (self.coefficients[index], Z_975 * self.standard_error(index));
        (b.exp(), [(b - half).exp(), (b + half).exp()])
    }
}

/// Fits the outcome on predictor columns, each as long as `outcome`; an intercept is added.
pub fn fit_logistic(columns: &[&[f64]], outcome: &[bool]) -> Result<LogisticFit, StatsError> {
    check(columns, outcome)?;
    let scaling = columns.iter().enumerate().map(|(i, column)| center_and_scale(i, column));
    let scaling: Vec<(f64, f64)> = scaling.collect::<Result<_, _>>()?;
    let rows: Vec<Vec<f64>> = (0..outcome.len())
        .map(|row| {
            let scaled = columns.iter().zip(&scaling).map(|(column, (center, scale))| (column[row] - center) / scale);
            std::iter::once(1.0).chain(scaled).collect()
        })
        .collect();
    let Maximum { beta, deviance, information } = iterate(&rows, outcome)?;
    let fitted: Vec<f64> = rows.iter().map(|row| logistic(dot(row, &beta))).collect();
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
        let what = format!("predictor {}", i + 1);
        if column.len() != outcome.len() {
            return Err(StatsError::Length { what, found: column.len(), expected: outcome.len() });
        }
        if let Some(index) = column.iter().position(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite { what, index: index + 1 });
        }
    }
    let (events, n) = (outcome.iter().filter(|&&event| event).count(), outcome.len());
    if events == 0 || events == n {
        return Err(StatsError::OneClass { events, n });
    }
    Ok(())
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

/// Where the likelihood is largest: the coefficients, the deviance, and the factor of the information.
struct Maximum {
    beta: Vec<f64>,
    deviance: f64,
    information: Cholesky,
}

/// Newton steps β ← β + (XᵀWX)⁻¹ Xᵀ(y − p), halved while they would raise the deviance, until the deviance has settled and a
/// further step would go nowhere.
fn iterate(rows: &[Vec<f64>], outcome: &[bool]) -> Result<Maximum, StatsError> {
    let mut beta = vec![0.0; rows.first().map_or(0, Vec::len)];
    let mut deviance = deviance_of(rows, outcome, &beta);
    let mut is_settled = false;
    for _ in 0..MAX_ITERATIONS {
        let mut gradient = vec![0.0; beta.len()];
        for (row, &event) in rows.iter().zip(outcome) {
            let residual = f64::from(u8::from(event)) - logistic(dot(row, &beta));
            gradient.iter_mut().zip(row).for_each(|(g, x)| *g += residual * x);
        }
        // Weights that vanish make the information singular: the way of separation, not of collinear columns.
        let at_start = beta.iter().all(|b| *b == 0.0);
        let singular = |column| if at_start { StatsError::Collinear(column) } else { StatsError::Separated };
        let information = cholesky(&information(rows, &beta)).map_err(singular)?;
        let mut step = information.solve(&gradient);
        if is_settled {
            let is_at_rest = rows.iter().all(|row| dot(row, &step).abs() < AT_REST);
            return if is_at_rest { Ok(Maximum { beta, deviance, information }) } else { Err(StatsError::Separated) };
        }
        let (mut next, mut next_deviance) = stepped(rows, outcome, &beta, &step);
        while next_deviance > deviance * (1.0 + 1e-12) && step.iter().any(|s| s.abs() > 1e-15) {
            step.iter_mut().for_each(|s| *s *= 0.5);
            (next, next_deviance) = stepped(rows, outcome, &beta, &step);
        }
        let change = (next_deviance - deviance).abs() / (next_deviance.abs() + 0.1);
        (beta, deviance) = (next, next_deviance);
        if deviance < LEAST_OF_OVERLAP {
            return Err(StatsError::Separated);
        }
        is_settled = change < SETTLED;
    }
    Err(StatsError::NotConverged(MAX_ITERATIONS))
}

fn stepped(rows: &[Vec<f64>], outcome: &[bool], beta: &[f64], step: &[f64]) -> (Vec<f64>, f64) {
    let next: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + s).collect();
    let deviance = deviance_of(rows, outcome, &next);
    (next, deviance)
}

/// Fisher information XᵀWX with W = p (1 − p).
fn information(rows: &[Vec<f64>], beta: &[f64]) -> Vec<Vec<f64>> {
    let mut sum = vec![vec![0.0; beta.len()]; beta.len()];
    for row in rows {
        let p = logistic(dot(row, beta));
        for (line, a) in sum.iter_mut().zip(row) {
            line.iter_mut().zip(row).for_each(|(cell, b)| *cell += p * (1.0 - p) * a * b);
        }
    }
    sum
}

/// −2 Σ log P(outcome), by log(1 + exp) so that no probability underflows.
fn deviance_of(rows: &[Vec<f64>], outcome: &[bool], beta: &[f64]) -> f64 {
    let log1p_exp = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    let terms = rows.iter().zip(outcome).map(|(row, &event)| {
        let x = dot(row, beta);
        2.0 * log1p_exp(if event { -x } else { x })
    });
    terms.sum()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
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
        assert!(fit.deviance > LEAST_OF_OVERLAP);
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
