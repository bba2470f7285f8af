//! Profile-likelihood intervals of logistic coefficients: the values at which the deviance, at its least over all other
//! coefficients, has risen by the 95 % quantile of chi-square with one degree of freedom (Venzon & Moolgavkar, Appl Stat 1988;37:87).
//!
//! Solved to rounding, where R's `confint` interpolates by a spline and is off by some 1e-4. The profile deviance of a logistic
//! model is convex, so that Newton's method on it comes from outside without overshooting; its slope is −2 times the coefficient's
//! score (the derivative along the other coefficients is 0 at their maximum).

use super::newton::{Problem, dot, maximum};
use super::{LogisticFit, StatsError, center_and_scale, check, logistic};
use crate::stats::Z_975;

/// Widenings of the search by half; a side without a rise within 2 · 1.5³⁰ standard errors has no end.
const WIDENINGS: usize = 30;
const MAX_STEPS: usize = 100;
/// A step this small in standard errors is at the root.
const AT_ROOT: f64 = 1e-12;

/// 95 % profile-likelihood interval of each coefficient, the intercept's first, of a `fit` without offset on these data; a side
/// where the deviance never rises enough is infinite.
pub fn profile_intervals(fit: &LogisticFit, columns: &[&[f64]], outcome: &[bool]) -> Result<Vec<[f64; 2]>, StatsError> {
    check(columns, outcome)?;
    let scaling = columns.iter().enumerate().map(|(i, column)| center_and_scale(i, column));
    let scaling: Vec<(f64, f64)> = scaling.collect::<Result<_, _>>()?;
    let row = |i: usize, centered: bool| -> Vec<f64> {
        let center = |center: f64| if centered { center } else { 0.0 };
        columns.iter().zip(&scaling).map(|(column, (mean, scale))| (column[i] - center(*mean)) / scale).collect()
    };
    let coefficients = fit.coefficients.iter().copied().enumerate();
    let intervals = coefficients.map(|(j, estimate)| {
        // A slope does not know where the other columns are centred; the intercept is that of columns that are not.
        let rows: Vec<Vec<f64>> =
            (0..outcome.len()).map(|i| std::iter::once(1.0).chain(row(i, j > 0)).collect()).collect();
        let scale = j.checked_sub(1).and_then(|k| scaling.get(k)).map_or(1.0, |(_, scale)| *scale);
        let profile = Profile::new(rows, outcome, j, fit, &scaling);
        let error = fit.standard_error(j) * scale;
        Ok([profile.end(estimate * scale, -error)? / scale, profile.end(estimate * scale, error)? / scale])
    });
    intervals.collect()
}

/// The deviance as a function of one coefficient.
struct Profile<'a> {
    /// The column of the coefficient.
    own: Vec<f64>,
    /// The others, row by row.
    others: Vec<Vec<f64>>,
    outcome: &'a [bool],
    /// The others' coefficients at the maximum.
    start: Vec<f64>,
    /// The deviance that ends the interval.
    limit: f64,
}

impl<'a> Profile<'a> {
    fn new(rows: Vec<Vec<f64>>, outcome: &'a [bool], own: usize, fit: &LogisticFit, scaling: &[(f64, f64)]) -> Self {
        let slopes = || fit.coefficients.iter().skip(1);
        let moved: f64 = slopes().zip(scaling).map(|(b, (mean, _))| b * mean).sum();
        let intercept = fit.coefficients.first().copied().unwrap_or(0.0) + moved;
        let mut start: Vec<f64> =
            std::iter::once(intercept).chain(slopes().zip(scaling).map(|(b, (_, scale))| b * scale)).collect();
        start.remove(own);
        let (mut others, mut column) = (rows, Vec::new());
        others.iter_mut().for_each(|row| column.push(row.remove(own)));
        Self { own: column, others, outcome, start, limit: fit.deviance + Z_975 * Z_975 }
    }

    /// How far the profile deviance at `value` lies above the limit, its slope there, and the others' coefficients.
    fn at(&self, value: f64, start: &[f64]) -> Result<(f64, f64, Vec<f64>), StatsError> {
        let offset: Vec<f64> = self.own.iter().map(|x| x * value).collect();
        let problem = Problem { rows: &self.others, outcome: self.outcome, offset: Some(&offset) };
        let found = maximum(&problem, start.to_vec())?;
        let residuals: Vec<f64> =
            problem.cases(&found.beta).map(|(x, event)| f64::from(u8::from(event)) - logistic(x)).collect();
        Ok((found.deviance - self.limit, -2.0 * dot(&residuals, &self.own), found.beta))
    }

    /// Where the interval ends on the side of `error`, a standard error with a sign; an error where not even the fit itself is
    /// found again.
    fn end(&self, estimate: f64, error: f64) -> Result<f64, StatsError> {
        let nowhere = f64::INFINITY.copysign(error);
        let (_, _, mut others) = self.at(estimate, &self.start)?;
        let (mut inside, mut width) = (estimate, 2.0 * error);
        for _ in 0..WIDENINGS {
            match self.at(estimate + width, &others) {
                Ok((rise, _, beta)) if rise > 0.0 => return self.root(inside, estimate + width, beta, error.abs()),
                Ok((_, _, beta)) => {
                    others = beta;
                    inside = estimate + width;
                    width *= 1.5;
                }
                // So far out that the weights of all cases vanish: the end lies before.
                Err(_) => width = (width + (inside - estimate)) / 2.0,
            }
        }
        Ok(nowhere)
    }

    /// Newton's method between a value inside the interval and one outside; bisection where a step would leave them.
    fn root(&self, mut inside: f64, mut outside: f64, mut others: Vec<f64>, error: f64) -> Result<f64, StatsError> {
        let mut value = outside;
        for _ in 0..MAX_STEPS {
            let (rise, slope, beta) = self.at(value, &others)?;
            others = beta;
            *(if rise > 0.0 { &mut outside } else { &mut inside }) = value;
            let next = value - rise / slope;
            let (low, high) = (inside.min(outside), inside.max(outside));
            let next = if next >= low && next <= high { next } else { low / 2.0 + high / 2.0 };
            let step = (next - value).abs();
            value = next;
            if step <= AT_ROOT * error {
                break;
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fit_logistic, fit_logistic_with_offset};
    use super::*;

    /// The roots are solved to rounding.
    const ROOT: f64 = 1e-10;

    #[test]
    fn the_interval_of_a_proportion_ends_where_its_deviance_has_risen() {
        // 3 of 10 events: −2 (3 ln p + 7 ln (1 − p)) at both ends.
        let outcome: Vec<bool> = (0..10).map(|i| i < 3).collect();
        let fit = fit_logistic(&[], &outcome).unwrap();
        let deviance = |p: f64| -2.0 * (3.0 * p.ln() + 7.0 * (1.0 - p).ln());
        let [low, high] = profile_intervals(&fit, &[], &outcome).unwrap()[0];
        assert!(low < (3.0_f64 / 7.0).ln() && high > (3.0_f64 / 7.0).ln());
        for end in [low, high] {
            assert!((deviance(logistic(end)) - deviance(0.3) - Z_975 * Z_975).abs() < ROOT, "{end}");
        }
    }

    #[test]
    fn the_interval_follows_the_unit_of_its_column() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let y = [false, false, true, false, true, false, true, true];
        let huge: Vec<f64> = x.iter().map(|x| x * 1e8 + 5e8).collect();
        let of = |column: &[f64]| profile_intervals(&fit_logistic(&[column], &y).unwrap(), &[column], &y).unwrap()[1];
        let (plain, scaled) = (of(&x), of(&huge));
        assert!((0..2).all(|i| (scaled[i] * 1e8 / plain[i] - 1.0).abs() < ROOT), "{plain:?} {scaled:?}");
    }

    #[test]
    fn intervals_of_cases_that_all_but_separate_end_where_the_deviance_has_risen() {
        let x = [1.0, 2.0, 3.0, 4.2, 4.0, 5.0, 6.0, 7.0];
        let y = [false, false, false, false, true, true, true, true];
        let fit = fit_logistic(&[&x], &y).unwrap();
        let [low, high] = profile_intervals(&fit, &[&x], &y).unwrap()[1];
        assert!(low < fit.coefficients[1] && fit.coefficients[1] < high && high.is_finite(), "{low} {high}");
        for end in [low, high] {
            let offset = x.map(|x| x * end);
            let fixed = fit_logistic_with_offset(&[], &y, &offset).unwrap();
            assert!((fixed.deviance - fit.deviance - Z_975 * Z_975).abs() < ROOT, "{}", fixed.deviance);
        }
    }
}
