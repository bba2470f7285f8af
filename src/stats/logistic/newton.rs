//! The maximum of a logistic likelihood by Newton's method (iteratively reweighted least squares; McCullagh & Nelder, Generalized
//! Linear Models, 1989, § 2.5), with or without an offset.
//!
//! It takes rows as they are: scaling and the column of ones are the caller's.

use super::super::StatsError;
use super::super::linear::{Cholesky, cholesky};
use super::logistic;

const MAX_ITERATIONS: usize = 60;
/// Relative change of the deviance at which the fit has settled; the reference fits use the same.
const SETTLED: f64 = 1e-14;
/// A further step that moves a case's log odds by more than this says that the settled deviance is not a maximum's: on the way to
/// infinity each step moves the separated cases by about 1, at a maximum by rounding alone.
const AT_REST: f64 = 0.01;
/// Where the outcomes overlap, some case lies on the wrong side of any coefficients (or on neither), and it alone has at least this
/// deviance, 2 ln 2: with less, all outcomes are separated. An offset may lie on the right side of every case, so that this holds
/// without one alone.
const LEAST_OF_OVERLAP: f64 = 2.0 * std::f64::consts::LN_2;

/// Cases as rows, their outcomes, and what is added to their log odds.
pub(super) struct Problem<'a> {
    pub rows: &'a [Vec<f64>],
    pub outcome: &'a [bool],
    pub offset: Option<&'a [f64]>,
}

/// Where the likelihood is largest: the coefficients, the deviance, and the factor of the information.
pub(super) struct Maximum {
    pub beta: Vec<f64>,
    pub deviance: f64,
    pub information: Cholesky,
}

/// Newton steps β ← β + (XᵀWX)⁻¹ Xᵀ(y − p), halved while they would raise the deviance, until the deviance has settled and a
/// further step would go nowhere.
pub(super) fn maximum(problem: &Problem, start: Vec<f64>) -> Result<Maximum, StatsError> {
    let mut beta = start;
    let mut deviance = problem.deviance(&beta);
    let mut is_settled = false;
    for _ in 0..MAX_ITERATIONS {
        // Weights that vanish make the information singular: the way of separation, not of collinear columns.
        let at_start = beta.iter().all(|b| *b == 0.0);
        let singular = |column| if at_start { StatsError::Collinear(column) } else { StatsError::Separated };
        let information = cholesky(&problem.information(&beta)).map_err(singular)?;
        let mut step = information.solve(&problem.gradient(&beta));
        if is_settled {
            let is_at_rest = problem.rows.iter().all(|row| dot(row, &step).abs() < AT_REST);
            return if is_at_rest { Ok(Maximum { beta, deviance, information }) } else { Err(StatsError::Separated) };
        }
        let (mut next, mut next_deviance) = problem.stepped(&beta, &step);
        while next_deviance > deviance * (1.0 + 1e-12) && step.iter().any(|s| s.abs() > 1e-15) {
            step.iter_mut().for_each(|s| *s *= 0.5);
            (next, next_deviance) = problem.stepped(&beta, &step);
        }
        let change = (next_deviance - deviance).abs() / (next_deviance.abs() + 0.1);
        (beta, deviance) = (next, next_deviance);
        if deviance < LEAST_OF_OVERLAP && problem.offset.is_none() {
            return Err(StatsError::Separated);
        }
        is_settled = change < SETTLED;
    }
    Err(StatsError::NotConverged(MAX_ITERATIONS))
}

impl Problem<'_> {
    /// Log odds and outcome of each case.
    pub(super) fn cases<'b>(&'b self, beta: &'b [f64]) -> impl Iterator<Item = (f64, bool)> + 'b {
        let offset = |i: usize| self.offset.and_then(|offset| offset.get(i)).copied().unwrap_or(0.0);
        self.rows
            .iter()
            .zip(self.outcome)
            .enumerate()
            .map(move |(i, (row, &event))| (dot(row, beta) + offset(i), event))
    }

    /// −2 Σ log P(outcome), by log(1 + exp) so that no probability underflows.
    fn deviance(&self, beta: &[f64]) -> f64 {
        let log1p_exp = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        self.cases(beta).map(|(x, event)| 2.0 * log1p_exp(if event { -x } else { x })).sum()
    }

    /// The score Xᵀ(y − p).
    fn gradient(&self, beta: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; beta.len()];
        for (row, (x, event)) in self.rows.iter().zip(self.cases(beta)) {
            let residual = f64::from(u8::from(event)) - logistic(x);
            gradient.iter_mut().zip(row).for_each(|(g, x)| *g += residual * x);
        }
        gradient
    }

    /// Fisher information XᵀWX with W = p (1 − p).
    fn information(&self, beta: &[f64]) -> Vec<Vec<f64>> {
        let mut sum = vec![vec![0.0; beta.len()]; beta.len()];
        for (row, (x, _)) in self.rows.iter().zip(self.cases(beta)) {
            let p = logistic(x);
            for (line, a) in sum.iter_mut().zip(row) {
                line.iter_mut().zip(row).for_each(|(cell, b)| *cell += p * (1.0 - p) * a * b);
            }
        }
        sum
    }

    fn stepped(&self, beta: &[f64], step: &[f64]) -> (Vec<f64>, f64) {
        let next: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + s).collect();
        let deviance = self.deviance(&next);
        (next, deviance)
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
