//! ROC curve, area under it, and its interval by DeLong, DeLong & Clarke-Pearson (Biometrics 1988;44:837), computed with
//! mid-ranks (Sun & Xu, IEEE Signal Processing Letters 2014;21:1389).
//!
//! A higher score speaks for the event; a case is called positive when score ≥ threshold; ties count one half. Thresholds are
//! −∞, the midpoints of neighbouring distinct scores, and ∞, as in pROC. Where rounding takes a midpoint to the lower score, the
//! upper one is the threshold, as in pROC too. It turns no curve round.

mod confusion;
mod delong;

pub use confusion::{Confusion, Proportion};
use delong::Placements;
pub use delong::{DelongTest, delong_test};

use super::{StatsError, Z_975};

/// One threshold of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// Cases with at least this score are called positive; −∞ and ∞ at the ends.
    pub threshold: f64,
    /// Part of the cases with the event that are called positive.
    pub sensitivity: f64,
    /// Part of the cases without the event that are called negative.
    pub specificity: f64,
}

/// An ROC curve and its area.
#[derive(Debug, Clone, PartialEq)]
pub struct Roc {
    /// Points by rising threshold, from sensitivity 1 to specificity 1.
    pub points: Vec<RocPoint>,
    /// Area under the curve.
    pub auc: f64,
    /// DeLong's variance of the area; `None` with fewer than two cases in a class.
    pub variance: Option<f64>,
    /// 95 % interval, AUC ± 1.96 standard errors within 0 to 1.
    pub ci: Option<[f64; 2]>,
    /// Index of the point with the largest Youden index (sensitivity + specificity − 1), the lowest threshold if tied.
    pub youden: usize,
    /// All points with that index; ties are told by whole numbers, where pROC compares rounded sums and can miss one.
    pub youden_ties: Vec<usize>,
    /// The points nearest to sensitivity and specificity 1, all that are equally near.
    pub top_left: Vec<usize>,
}

/// The curve of `scores` against the outcome.
pub fn roc(scores: &[f64], outcome: &[bool]) -> Result<Roc, StatsError> {
    let (cases, controls) = split(scores, outcome, "the score")?;
    let (points, counts) = curve(scores, outcome, cases.len(), controls.len());
    let placements = Placements::new(&cases, &controls);
    let (auc, variance) = (placements.auc(), placements.covariance(&placements));
    let ci = variance.map(|v| [(auc - Z_975 * v.sqrt()).max(0.0), (auc + Z_975 * v.sqrt()).min(1.0)]);
    // Youden's index and the squared distance, times the class sizes, are whole numbers: ties are exact.
    let (m, n) = (cases.len() as i128, controls.len() as i128);
    let youden_ties = largest(&counts, |missed, right| right * m - missed * n);
    let top_left = largest(&counts, |missed, right| -(missed * n).pow(2) - ((n - right) * m).pow(2));
    let youden = youden_ties.first().copied().unwrap_or_default();
    Ok(Roc { points, auc, variance, ci, youden, youden_ties, top_left })
}

/// Scores must be as many as the outcomes, and finite.
fn check_scores(scores: &[f64], outcome: &[bool], what: &str) -> Result<(), StatsError> {
    if scores.len() != outcome.len() {
        return Err(StatsError::Length { what: what.to_owned(), found: scores.len(), expected: outcome.len() });
    }
    match scores.iter().position(|score| !score.is_finite()) {
        Some(index) => Err(StatsError::NotFinite { what: what.to_owned(), index: index + 1 }),
        None => Ok(()),
    }
}

/// Scores of the cases with and without the event.
fn split(scores: &[f64], outcome: &[bool], what: &str) -> Result<(Vec<f64>, Vec<f64>), StatsError> {
    check_scores(scores, outcome, what)?;
    let of_class = |class: bool| {
        let of_class = scores.iter().zip(outcome).filter(|&(_, &event)| event == class);
        of_class.map(|(&score, _)| score).collect::<Vec<f64>>()
    };
    let (cases, controls) = (of_class(true), of_class(false));
    if cases.is_empty() || controls.is_empty() {
        return Err(StatsError::OneClass { events: cases.len(), n: outcome.len() });
    }
    Ok((cases, controls))
}

/// The points, and at each the numbers of cases and of controls below the threshold.
fn curve(scores: &[f64], outcome: &[bool], n_cases: usize, n_controls: usize) -> (Vec<RocPoint>, Vec<[usize; 2]>) {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(outcome.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut points, mut counts) = (Vec::new(), Vec::new());
    let mut push = |threshold, [cases, controls]: [usize; 2]| {
        counts.push([cases, controls]);
        points.push(RocPoint {
            threshold,
            sensitivity: (n_cases - cases) as f64 / n_cases as f64,
            specificity: controls as f64 / n_controls as f64,
        });
    };
    let mut below = [0, 0];
    push(f64::NEG_INFINITY, below);
    for (i, &(score, event)) in order.iter().enumerate() {
        below[usize::from(!event)] += 1;
        match order.get(i + 1) {
            Some(&(next, _)) if next == score => {}
            Some(&(next, _)) => push(between(score, next), below),
            None => push(f64::INFINITY, below),
        }
    }
    (points, counts)
}

/// Indices of the points at which a whole number of missed cases and rightly negative controls is largest.
fn largest(counts: &[[usize; 2]], index: impl Fn(i128, i128) -> i128) -> Vec<usize> {
    let of = |[cases, controls]: &[usize; 2]| index(*cases as i128, *controls as i128);
    let best = counts.iter().map(of).max();
    counts.iter().enumerate().filter(|(_, count)| Some(of(count)) == best).map(|(i, _)| i).collect()
}

/// A threshold above `low` and not above `high`: their midpoint, or `high` where no number lies between.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle > low { middle } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tie_counts_one_half() {
        let curve = roc(&[1.0, 2.0, 2.0, 3.0], &[false, false, true, true]).unwrap();
        assert_eq!(curve.auc, 0.875);
        assert_eq!(curve.points.len(), 4);
        let best = curve.points[curve.youden];
        assert_eq!((best.threshold, best.sensitivity, best.specificity), (1.5, 1.0, 0.5));
    }

    #[test]
    fn a_threshold_between_neighbouring_numbers_parts_them() {
        for low in [0.1_f64, 0.3, 1.0, 5e-324] {
            let high = low.next_up();
            let curve = roc(&[low, high], &[false, true]).unwrap();
            let best = curve.points[curve.youden];
            assert_eq!((best.sensitivity, best.specificity), (1.0, 1.0));
            assert!(low < best.threshold && high >= best.threshold, "{low:e}: {:e}", best.threshold);
        }
    }

    #[test]
    fn one_class_has_no_curve() {
        assert_eq!(roc(&[1.0], &[true]), Err(StatsError::OneClass { events: 1, n: 1 }));
    }

    proptest! {
        #[test]
        fn the_area_is_the_part_of_pairs_in_order(scores in prop::collection::vec(0u8..6, 4..40), flips in prop::collection::vec(any::<bool>(), 40)) {
            let mut outcome: Vec<bool> = flips[..scores.len()].to_vec();
            (outcome[0], outcome[1]) = (true, false);
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (a, _) in scores.iter().zip(&outcome).filter(|(_, y)| **y) {
                for (b, _) in scores.iter().zip(&outcome).filter(|(_, y)| !**y) {
                    sum += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                    pairs += 1.0;
                }
            }
            let curve = roc(&scores, &outcome).unwrap();
            prop_assert!((curve.auc - sum / pairs).abs() < 1e-12);
            let trapezoids: f64 = curve.points.windows(2).map(|w| (w[1].specificity - w[0].specificity) * (w[0].sensitivity + w[1].sensitivity) / 2.0).sum();
            prop_assert!((trapezoids - sum / pairs).abs() < 1e-12);
        }
    }
}
