//! What a logistic fit's likelihood says: information criteria, explained variation, and likelihood-ratio tests of the model and of
//! its terms, as R's `AIC`, `BIC` and `drop1(test = "LRT")` give them.

use super::{LogisticFit, StatsError, fit_logistic};
use crate::stats::chi_square_tail;

/// A chi-square test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquareTest {
    /// The statistic.
    pub chi2: f64,
    /// Its degrees of freedom.
    pub df: usize,
    /// Probability of at least this statistic under the null hypothesis.
    pub p: f64,
}

impl ChiSquareTest {
    fn new(chi2: f64, df: usize) -> Self {
        // A difference of deviances can be a rounding below 0.
        let chi2 = chi2.max(0.0);
        Self { chi2, df, p: chi_square_tail(chi2, df as f64) }
    }
}

impl LogisticFit {
    /// Log likelihood, −deviance / 2.
    pub fn log_likelihood(&self) -> f64 {
        -self.deviance / 2.0
    }

    /// Akaike's criterion, deviance + 2 k, k coefficients with the intercept.
    pub fn aic(&self) -> f64 {
        self.deviance + 2.0 * self.coefficients.len() as f64
    }

    /// The Bayesian criterion, deviance + k ln n.
    pub fn bic(&self) -> f64 {
        self.deviance + self.coefficients.len() as f64 * (self.n as f64).ln()
    }

    /// The model against the one without predictors.
    pub fn likelihood_ratio(&self) -> ChiSquareTest {
        ChiSquareTest::new(self.null_deviance - self.deviance, self.coefficients.len().saturating_sub(1))
    }

    /// McFadden's R², 1 − deviance / null deviance.
    pub fn mcfadden_r2(&self) -> f64 {
        1.0 - self.deviance / self.null_deviance
    }

    /// Cox and Snell's R², 1 − exp((deviance − null deviance) / n) (Analysis of Binary Data, 1989, § 6.5).
    pub fn cox_snell_r2(&self) -> f64 {
        -((self.deviance - self.null_deviance) / self.n as f64).exp_m1()
    }

    /// Nagelkerke's R² (Biometrika 1991;78:691): Cox and Snell's over the largest that it can be.
    pub fn nagelkerke_r2(&self) -> f64 {
        self.cox_snell_r2() / -(-self.null_deviance / self.n as f64).exp_m1()
    }
}

/// For each term the model against the one without it, on the data of `fit`. A term is a group of columns (their positions, from 0),
/// such as the levels of a factor, left out together.
pub fn drop_one_tests(
    fit: &LogisticFit,
    columns: &[&[f64]],
    outcome: &[bool],
    terms: &[Vec<usize>],
) -> Result<Vec<ChiSquareTest>, StatsError> {
    let without = |term: &Vec<usize>| {
        let kept: Vec<&[f64]> =
            columns.iter().enumerate().filter(|(i, _)| !term.contains(i)).map(|(_, column)| *column).collect();
        let smaller = fit_logistic(&kept, outcome)?;
        Ok(ChiSquareTest::new(smaller.deviance - fit.deviance, columns.len() - kept.len()))
    };
    terms.iter().map(without).collect()
}
