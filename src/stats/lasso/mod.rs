//! The LASSO for a binary outcome with glmnet's conventions (Friedman, Hastie & Tibshirani, J Stat Softw 2010;33:1; R package
//! glmnet 4.1): minimise −loglik / N + λ Σ|βⱼ| over columns that are centred and divided by their 1/N standard deviation, for a
//! falling sequence of λ; and its cross-validation as `cv.glmnet`.
//!
//! Coefficients are returned for the raw columns; the intercept is not penalised; a constant column keeps the coefficient 0.
//! Each fit is carried to the solution of the stationarity equations, where glmnet stops when coordinate steps become small, which
//! at its default leaves standardised coefficients wrong by up to some hundredths. It knows no weights, no offsets, no missing
//! values and no elastic net.

mod columns;
mod cross_validation;
mod path;
mod quadratic;
mod solver;

pub use cross_validation::{CvMeasure, LassoCv, cross_validate};
pub use path::lasso_path;

use super::StatsError;
use crate::base::Warnings;

/// How a path is made. The default is glmnet's, but for the convergence.
#[derive(Debug, Clone, PartialEq)]
pub struct LassoSettings {
    /// Number of penalties.
    pub n_lambda: usize,
    /// The last penalty as a part of the first; where `None`, 0.01 with fewer cases than columns, else 0.0001.
    pub lambda_min_ratio: Option<f64>,
    /// Given penalties: then the path has all of them, whatever the deviance does.
    pub lambdas: Option<Vec<f64>>,
    /// Whether columns are divided by their standard deviation.
    pub standardize: bool,
    /// The error of standardised coefficients at which a fit ends, relative to the largest where that exceeds 1.
    pub tolerance: f64,
}

impl LassoSettings {
    /// The tolerance of the default: solutions to rounding.
    pub const EXACT: f64 = 1e-10;
    /// About what glmnet leaves at its default `thresh`.
    pub const COARSE: f64 = 1e-2;
}

impl Default for LassoSettings {
    fn default() -> Self {
        Self { n_lambda: 100, lambda_min_ratio: None, lambdas: None, standardize: true, tolerance: Self::EXACT }
    }
}

/// Fits along falling penalties.
#[derive(Debug, Clone, PartialEq)]
pub struct LassoPath {
    /// Cases.
    pub n: usize,
    /// Columns.
    pub n_columns: usize,
    /// The penalties, falling.
    pub lambdas: Vec<f64>,
    /// Intercept at each penalty.
    pub intercepts: Vec<f64>,
    /// At each penalty the columns (from 0) with a coefficient other than zero, and the coefficient per raw unit.
    pub coefficients: Vec<Vec<(usize, f64)>>,
    /// Part of the null deviance that each fit explains.
    pub deviance_ratios: Vec<f64>,
    /// Deviance of the fit without columns.
    pub null_deviance: f64,
    /// What is odd.
    pub warnings: Warnings,
}

/// A fit at one penalty.
#[derive(Debug, Clone, PartialEq)]
pub struct LassoFit {
    /// The penalty.
    pub lambda: f64,
    /// Intercept.
    pub intercept: f64,
    /// Columns (from 0) with a coefficient other than zero, rising, and the coefficient per raw unit.
    pub coefficients: Vec<(usize, f64)>,
    n_columns: usize,
}

impl LassoPath {
    /// Number of columns with a coefficient at each penalty.
    pub fn df(&self) -> Vec<usize> {
        self.coefficients.iter().map(Vec::len).collect()
    }

    /// The fit at a penalty: between those of the path coefficients are linear in λ, beyond its ends they are those of the end
    /// (glmnet's `lambda.interp`).
    pub fn at(&self, lambda: f64) -> LassoFit {
        let (left, right, part) = self.around(lambda);
        let mut coefficients = std::collections::BTreeMap::new();
        for (index, weight) in [(left, part), (right, 1.0 - part)] {
            if weight != 0.0 {
                for &(column, beta) in self.coefficients.get(index).into_iter().flatten() {
                    *coefficients.entry(column).or_insert(0.0) += weight * beta;
                }
            }
        }
        let intercept = |index: usize| self.intercepts.get(index).copied().unwrap_or(0.0);
        LassoFit {
            lambda,
            intercept: if left == right {
                intercept(left)
            } else {
                part * intercept(left) + (1.0 - part) * intercept(right)
            },
            coefficients: coefficients.into_iter().collect(),
            n_columns: self.n_columns,
        }
    }

    /// The penalties on both sides, and the weight of the left, larger one.
    fn around(&self, lambda: f64) -> (usize, usize, f64) {
        let right = self.lambdas.partition_point(|l| *l > lambda).min(self.lambdas.len().saturating_sub(1));
        let left = right.saturating_sub(1);
        match (self.lambdas.get(left), self.lambdas.get(right)) {
            (Some(l), Some(r)) if left != right && lambda > *r && l > r => (left, right, (lambda - r) / (l - r)),
            _ => (right, right, 1.0),
        }
    }
}

impl LassoFit {
    /// a + Σ β x of cases given by all columns of the fit, in its order; columns without a coefficient are not looked at.
    pub fn linear_predictor(&self, columns: &[&[f64]]) -> Result<Vec<f64>, StatsError> {
        if columns.len() != self.n_columns {
            return Err(StatsError::Setting(format!(
                "{} columns are given, but the LASSO was fitted on {}; give the same columns in the same order",
                columns.len(),
                self.n_columns
            )));
        }
        let n = columns.first().map_or(0, |column| column.len());
        let mut sums = vec![self.intercept; n];
        for &(j, beta) in &self.coefficients {
            let column = columns.get(j).copied().unwrap_or_default();
            if column.len() != n {
                return Err(StatsError::Length { what: name(j), found: column.len(), expected: n });
            }
            sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += beta * x);
        }
        Ok(sums)
    }
}

fn name(column: usize) -> String {
    format!("column {}", column + 1)
}

/// Columns of one length, finite numbers, and both outcomes.
fn check(columns: &[&[f64]], outcome: &[bool]) -> Result<(), StatsError> {
    for (j, column) in columns.iter().enumerate() {
        if column.len() != outcome.len() {
            return Err(StatsError::Length { what: name(j), found: column.len(), expected: outcome.len() });
        }
        if let Some(index) = column.iter().position(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite { what: name(j), index: index + 1 });
        }
    }
    Ok(())
}
