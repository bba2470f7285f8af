//! Student's t test of two groups, with pooled variance or by Welch (Biometrika 1947;34:28), as R's `t.test`.
//!
//! Two-sided, with the 95 % interval of the difference: first group minus second. Not paired.

use super::distribution::{t_half_width, t_two_sided_p};
use super::sample::{TestError, check_finite, mean, sum_of_squares};

/// A t test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// The difference over its standard error.
    pub t: f64,
    /// Degrees of freedom; not whole in Welch's test.
    pub df: f64,
    /// The two-sided p.
    pub p: f64,
    /// Mean of the first group minus mean of the second.
    pub difference: f64,
    /// The difference's 95 % interval, lower end.
    pub low: f64,
    /// The difference's 95 % interval, upper end.
    pub high: f64,
}

/// The test that takes both variances for one: s² = (SS₁ + SS₂) / (n₁ + n₂ − 2), standard error s √(1/n₁ + 1/n₂).
///
/// # Errors
/// An empty group, fewer than three values in all, values that are not finite, groups without any spread.
pub fn pooled_t_test(first: &[f64], second: &[f64]) -> Result<TTest, TestError> {
    const TEST: &str = "the t test";
    check(TEST, first, second, 1)?;
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let df = n1 + n2 - 2.0;
    if df < 1.0 {
        return Err(TestError::TooFew { test: TEST, of_what: "values", needed: 3, found: 2 });
    }
    let variance = (sum_of_squares(first) + sum_of_squares(second)) / df;
    of_difference(TEST, first, second, (variance * (1.0 / n1 + 1.0 / n2)).sqrt(), df)
}

/// The test that leaves each group its variance: standard error √(s₁²/n₁ + s₂²/n₂), degrees of freedom by Satterthwaite.
///
/// # Errors
/// A group of fewer than two values, values that are not finite, groups without any spread.
pub fn welch_t_test(first: &[f64], second: &[f64]) -> Result<TTest, TestError> {
    const TEST: &str = "Welch's t test";
    check(TEST, first, second, 2)?;
    let part = |group: &[f64]| sum_of_squares(group) / (group.len() as f64 - 1.0) / group.len() as f64;
    let (one, two) = (part(first), part(second));
    let df = (one + two).powi(2) / (one * one / (first.len() as f64 - 1.0) + two * two / (second.len() as f64 - 1.0));
    of_difference(TEST, first, second, (one + two).sqrt(), df)
}

fn check(test: &'static str, first: &[f64], second: &[f64], needed: usize) -> Result<(), TestError> {
    for (group, what) in [(first, "the first group"), (second, "the second group")] {
        check_finite(group, what)?;
        if group.len() < needed {
            return Err(TestError::TooFew { test, of_what: "values in each group", needed, found: group.len() });
        }
    }
    Ok(())
}

fn of_difference(test: &'static str, first: &[f64], second: &[f64], error: f64, df: f64) -> Result<TTest, TestError> {
    let (one, two) = (mean(first), mean(second));
    // R's bound for data that are constant but for rounding.
    if error <= 10.0 * f64::EPSILON * one.abs().max(two.abs()) {
        return Err(TestError::Constant(test));
    }
    let (difference, t) = (one - two, (one - two) / error);
    let half = error * t_half_width(0.05, df);
    Ok(TTest { t, df, p: t_two_sided_p(t, df), difference, low: difference - half, high: difference + half })
}
