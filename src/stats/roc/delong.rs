//! DeLong's covariance of areas under ROC curves of the same cases, and the paired test of two (DeLong, DeLong & Clarke-Pearson,
//! Biometrics 1988;44:837, eq. 3 to 6; placements by sorting as in Sun & Xu, IEEE Signal Processing Letters 2014;21:1389).
//!
//! A placement is the part of the other class that lies below a case (ties one half). Placements are kept as whole numbers, twice
//! the counts, so that sums are exact: two scores that order the cases alike differ by exactly nothing.

use super::{StatsError, split};
use crate::stats::{Z_975, two_sided_p};

/// Placements of the cases among the controls and of the controls among the cases, times two and the size of the other class.
pub(super) struct Placements {
    cases: Vec<u64>,
    controls: Vec<u64>,
}

impl Placements {
    pub(super) fn new(cases: &[f64], controls: &[f64]) -> Self {
        let placed = |of: &[f64], among: &[f64]| -> Vec<u64> {
            let mut sorted = among.to_vec();
            sorted.sort_by(f64::total_cmp);
            let place = |score: &f64| {
                let below = sorted.partition_point(|other| other < score);
                let up_to = sorted.partition_point(|other| other <= score);
                (below + up_to) as u64
            };
            of.iter().map(place).collect()
        };
        Self { cases: placed(cases, controls), controls: placed(controls, cases) }
    }

    fn sizes(&self) -> (f64, f64) {
        (self.cases.len() as f64, self.controls.len() as f64)
    }

    /// The area: the mean placement of the cases.
    pub(super) fn auc(&self) -> f64 {
        let (m, n) = self.sizes();
        self.cases.iter().sum::<u64>() as f64 / (2.0 * m * n)
    }

    /// Covariance S₁₀/m + S₀₁/n of two areas, with m − 1 and n − 1 in the denominators; `None` with fewer than two cases in a class.
    pub(super) fn covariance(&self, other: &Self) -> Option<f64> {
        let (m, n) = self.sizes();
        let of_cases = cross_sum(&self.cases, &other.cases);
        let of_controls = cross_sum(&self.controls, &other.controls);
        part(of_cases, m, n).zip(part(of_controls, n, m)).map(|(cases, controls)| cases + controls)
    }

    /// Variance of the difference of two areas, from the differences of placements.
    fn variance_of_difference(&self, other: &Self) -> Option<f64> {
        let difference = |a: &[u64], b: &[u64]| -> Vec<i128> {
            a.iter().zip(b).map(|(a, b)| i128::from(*a) - i128::from(*b)).collect()
        };
        let spread = |d: Vec<i128>| {
            let sum: i128 = d.iter().sum();
            d.len() as i128 * d.iter().map(|d| d * d).sum::<i128>() - sum * sum
        };
        let (m, n) = self.sizes();
        let of_cases = part(spread(difference(&self.cases, &other.cases)), m, n);
        let of_controls = part(spread(difference(&self.controls, &other.controls)), n, m);
        of_cases.zip(of_controls).map(|(cases, controls)| cases + controls)
    }
}

/// k Σab − Σa Σb of k pairs, exactly.
fn cross_sum(a: &[u64], b: &[u64]) -> i128 {
    let sum = |of: &[u64]| of.iter().map(|x| i128::from(*x)).sum::<i128>();
    let products = a.iter().zip(b).map(|(a, b)| i128::from(*a) * i128::from(*b));
    a.len() as i128 * products.sum::<i128>() - sum(a) * sum(b)
}

/// A class's part of the covariance, from k Σab − Σa Σb of its `k` placements among `others`.
fn part(cross: i128, k: f64, others: f64) -> Option<f64> {
    (k > 1.0).then(|| cross as f64 / (k * (k - 1.0)) / (2.0 * others).powi(2) / k)
}

/// Two areas of the same cases, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DelongTest {
    /// The areas of the first and the second score.
    pub auc: [f64; 2],
    /// First minus second.
    pub difference: f64,
    /// Covariance of the two areas; `None`, as is what follows, with fewer than two cases in a class.
    pub covariance: Option<f64>,
    /// Variance of the difference.
    pub variance: Option<f64>,
    /// 95 % interval of the difference, ± 1.96 standard errors.
    pub ci: Option<[f64; 2]>,
    /// Difference over its standard error. Where the variance is 0: 0 if the areas are equal, as in pROC, else `None`.
    pub z: Option<f64>,
    /// Two-sided p of z; 1 where areas and variance show no difference at all, which says nothing of two perfect scores.
    pub p: Option<f64>,
}

/// Whether two scores of the same cases differ in the area under their ROC curves: DeLong's paired test, two-sided.
pub fn delong_test(first: &[f64], second: &[f64], outcome: &[bool]) -> Result<DelongTest, StatsError> {
    let of = |scores: &[f64], what: &str| {
        let (cases, controls) = split(scores, outcome, what)?;
        Ok(Placements::new(&cases, &controls))
    };
    let (first, second) = (of(first, "the first score")?, of(second, "the second score")?);
    let (auc, variance) = ([first.auc(), second.auc()], first.variance_of_difference(&second));
    let difference = auc[0] - auc[1];
    let z = variance.and_then(|variance| match variance > 0.0 {
        true => Some(difference / variance.sqrt()),
        false => (difference == 0.0).then_some(0.0),
    });
    Ok(DelongTest {
        auc,
        difference,
        covariance: first.covariance(&second),
        variance,
        ci: variance.map(|v| [difference - Z_975 * v.sqrt(), difference + Z_975 * v.sqrt()]),
        z,
        p: z.map(two_sided_p),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_order_alike_do_not_differ_and_opposed_perfect_ones_have_no_z() {
        let outcome = [false, false, true, false, true, true];
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let same = delong_test(&scores, &scores.map(f64::exp), &outcome).unwrap();
        assert_eq!((same.difference, same.variance, same.z, same.p), (0.0, Some(0.0), Some(0.0), Some(1.0)));
        let outcome = [false, false, true, true];
        let opposed = delong_test(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.0, 2.0, 1.0], &outcome).unwrap();
        assert_eq!((opposed.difference, opposed.z, opposed.p, opposed.ci), (1.0, None, None, Some([1.0, 1.0])));
        let single = delong_test(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0], &[false, false, true]).unwrap();
        assert_eq!((single.auc, single.covariance, single.p), ([1.0, 0.5], None, None));
    }
}
