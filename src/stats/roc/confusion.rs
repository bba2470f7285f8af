//! Cases called positive and negative at a threshold, and the proportions read off the table, with exact intervals.

use statrs::function::beta::beta_reg;

use super::{StatsError, check_scores};

/// A part of a number of cases, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// The part.
    pub value: f64,
    /// Its exact 95 % interval.
    pub ci: [f64; 2],
}

impl Proportion {
    /// `part` of `whole` cases with the exact interval of Clopper & Pearson (Biometrika 1934;26:404), as R's `binom.test` gives it;
    /// `None` of no cases.
    pub fn of(part: usize, whole: usize) -> Option<Self> {
        if whole == 0 || part > whole {
            return None;
        }
        let (k, n) = (part as f64, whole as f64);
        let low = if part == 0 { 0.0 } else { beta_quantile(0.025, k, n - k + 1.0) };
        let high = if part == whole { 1.0 } else { beta_quantile(0.975, k + 1.0, n - k) };
        Some(Self { value: k / n, ci: [low, high] })
    }
}

/// Where the beta distribution reaches a probability: bisection of its distribution function, to the last digit that halving keeps.
fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if beta_reg(a, b, middle) < probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The table of calls and outcomes at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confusion {
    /// A case is called positive when its score is at least this.
    pub threshold: f64,
    /// Cases with the event, called positive.
    pub tp: usize,
    /// Cases without the event, called positive.
    pub fp: usize,
    /// Cases with the event, called negative.
    pub fn_: usize,
    /// Cases without the event, called negative.
    pub tn: usize,
}

impl Confusion {
    /// Counts the calls at a threshold; one class alone is enough.
    pub fn at(scores: &[f64], outcome: &[bool], threshold: f64) -> Result<Self, StatsError> {
        check_scores(scores, outcome, "the score")?;
        let count = |called: bool, event: bool| {
            scores.iter().zip(outcome).filter(|&(&score, &y)| (score >= threshold) == called && y == event).count()
        };
        let [tp, fp, fn_, tn] = [(true, true), (true, false), (false, true), (false, false)].map(|(c, e)| count(c, e));
        Ok(Self { threshold, tp, fp, fn_, tn })
    }

    /// Part of the cases that are called rightly.
    pub fn accuracy(&self) -> Option<Proportion> {
        Proportion::of(self.tp + self.tn, self.tp + self.fp + self.fn_ + self.tn)
    }

    /// Part of the cases with the event that are called positive.
    pub fn sensitivity(&self) -> Option<Proportion> {
        Proportion::of(self.tp, self.tp + self.fn_)
    }

    /// Part of the cases without the event that are called negative.
    pub fn specificity(&self) -> Option<Proportion> {
        Proportion::of(self.tn, self.tn + self.fp)
    }

    /// Positive predictive value: part of the positive calls that have the event; `None` without positive calls.
    pub fn ppv(&self) -> Option<Proportion> {
        Proportion::of(self.tp, self.tp + self.fp)
    }

    /// Negative predictive value: part of the negative calls that do not have the event; `None` without negative calls.
    pub fn npv(&self) -> Option<Proportion> {
        Proportion::of(self.tn, self.tn + self.fn_)
    }

    /// Youden's index, sensitivity + specificity − 1 (Cancer 1950;3:32).
    pub fn youden(&self) -> Option<f64> {
        self.sensitivity().zip(self.specificity()).map(|(se, sp)| se.value + sp.value - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What statrs' incomplete beta function leaves of the digits of an interval.
    const INTERVAL: f64 = 1e-9;

    #[test]
    fn exact_intervals_solve_the_binomial_tails() {
        // None and all of ten: 1 − 0.025^(1/10), and 0.025^(1/10).
        let [none, all] = [0, 10].map(|k| Proportion::of(k, 10).unwrap().ci);
        let end = 0.025_f64.powf(0.1);
        assert!(none[0] == 0.0 && (none[1] - (1.0 - end)).abs() < INTERVAL, "{none:?}");
        assert!(all[1] == 1.0 && (all[0] - end).abs() < INTERVAL, "{all:?}");
        // At the ends each tail of the binomial distribution holds 2.5 %.
        let (k, n) = (7_u32, 20_u32);
        let choose = |i: u32| (0..i).fold(1.0, |c, j| c * f64::from(n - j) / f64::from(j + 1));
        let mass = |p: f64, i: u32| choose(i) * p.powi(i as i32) * (1.0 - p).powi((n - i) as i32);
        let ci = Proportion::of(7, 20).unwrap().ci;
        assert!(((k..=n).map(|i| mass(ci[0], i)).sum::<f64>() - 0.025).abs() < INTERVAL);
        assert!(((0..=k).map(|i| mass(ci[1], i)).sum::<f64>() - 0.025).abs() < INTERVAL);
    }

    #[test]
    fn what_has_no_cases_has_no_proportion() {
        let table = Confusion::at(&[0.2, 0.4], &[true, false], 0.5).unwrap();
        assert_eq!((table.tp, table.fp, table.fn_, table.tn), (0, 0, 1, 1));
        assert_eq!(table.ppv(), None);
        assert_eq!(table.npv().map(|npv| npv.value), Some(0.5));
        let at = Confusion::at(&[0.5], &[true], 0.5).unwrap();
        assert_eq!((at.tp, at.specificity()), (1, None));
    }
}
