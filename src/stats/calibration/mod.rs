//! How well predicted probabilities agree with what happened: Brier score, logistic recalibration, a smooth curve and its distances
//! (Harrell, Regression Modeling Strategies, 2015, § 10.9 and 10.11, as `rms::val.prob` defines them), Spiegelhalter's test
//! (Stat Med 1986;5:421).
//!
//! Predictions of exactly 0 or 1 have no log odds: they are left out of the logistic recalibration, as in `val.prob`, with a
//! warning, and count in everything else.

mod hosmer_lemeshow;
mod loess;
mod lowess;

pub use hosmer_lemeshow::{Grouping, HosmerLemeshow, RiskGroup, hosmer_lemeshow};
pub use loess::Loess;
pub use lowess::{Curve, lowess};

use super::logistic::{check_classes, check_column, fit_logistic, fit_logistic_with_offset};
use super::{StatsError, two_sided_p};
use crate::base::Warnings;

/// R's defaults of `lowess`: the part of the cases that each local line sees, and the part of the range within which the curve is
/// interpolated.
const SPAN: f64 = 2.0 / 3.0;
const SKIPPED: f64 = 0.01;

/// The regression of the outcome on the log odds of the prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recalibration {
    /// Intercept; 0 is right where the slope is 1.
    pub intercept: f64,
    /// Slope; below 1 the predictions are too extreme.
    pub slope: f64,
    /// Standard errors of intercept and slope.
    pub standard_errors: [f64; 2],
}

/// The intercept alone, the log odds of the prediction taken as an offset: above 0 the predictions are too low.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InTheLarge {
    /// The intercept.
    pub intercept: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Agreement of predictions and outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Cases.
    pub n: usize,
    /// Cases with the event.
    pub n_events: usize,
    /// Brier score, the mean of (p − y)².
    pub brier: f64,
    /// The same with everyone's prediction the frequency of the event, f (1 − f).
    pub brier_null: f64,
    /// Mean of −log P(outcome); infinite where a case was predicted with certainty and wrongly.
    pub log_loss: f64,
    /// Events over the sum of the predictions.
    pub observed_over_expected: f64,
    /// Intercept and slope; `None`, with a warning, where they have no finite estimate.
    pub recalibration: Option<Recalibration>,
    /// Calibration in the large.
    pub in_the_large: Option<InTheLarge>,
    /// The lowess curve of the outcome on the prediction, span 2/3, no robust iterations.
    pub curve: Curve,
    /// Largest distance of curve and prediction over the cases.
    pub e_max: f64,
    /// 90 % quantile of the distances.
    pub e_90: f64,
    /// Mean distance.
    pub e_avg: f64,
    /// Spiegelhalter's z, standard normal where the predictions are right; `None` where every prediction is 0, 1/2 or 1.
    pub spiegelhalter_z: Option<f64>,
    /// Its two-sided p.
    pub spiegelhalter_p: Option<f64>,
    /// What is odd.
    pub warnings: Warnings,
}

/// Agreement of predicted probabilities with the outcome.
pub fn calibration(probabilities: &[f64], outcome: &[bool]) -> Result<Calibration, StatsError> {
    check_probabilities(probabilities, outcome)?;
    check_classes(outcome)?;
    let y: Vec<f64> = outcome.iter().map(|&event| f64::from(u8::from(event))).collect();
    let (n, events) = (outcome.len() as f64, y.iter().sum::<f64>());
    let mean_over =
        |term: fn(f64, f64) -> f64| probabilities.iter().zip(&y).map(|(p, y)| term(*p, *y)).sum::<f64>() / n;
    let mut warnings = Warnings::new();
    let (recalibration, in_the_large) = recalibrated(probabilities, outcome, &mut warnings);
    let curve = lowess(probabilities, &y, SPAN, SKIPPED * range(probabilities));
    let mut distances: Vec<f64> = probabilities.iter().map(|p| (p - curve.at(*p)).abs()).collect();
    distances.sort_by(f64::total_cmp);
    let spiegelhalter_z = spiegelhalter(probabilities, &y);
    Ok(Calibration {
        n: outcome.len(),
        n_events: events as usize,
        brier: mean_over(|p, y| (p - y).powi(2)),
        brier_null: events / n * (1.0 - events / n),
        log_loss: mean_over(|p, y| -(if y == 1.0 { p.ln() } else { (1.0 - p).ln() })),
        observed_over_expected: events / probabilities.iter().sum::<f64>(),
        recalibration,
        in_the_large,
        curve,
        e_max: distances.last().copied().unwrap_or(f64::NAN),
        e_90: quantile(&distances, 0.9),
        e_avg: distances.iter().sum::<f64>() / n,
        spiegelhalter_z,
        spiegelhalter_p: spiegelhalter_z.map(two_sided_p),
        warnings,
    })
}

/// Probabilities must be as many as the outcomes, and lie within 0 to 1.
pub(super) fn check_probabilities(probabilities: &[f64], outcome: &[bool]) -> Result<(), StatsError> {
    check_column("the prediction", probabilities, outcome.len())?;
    match probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(index) => Err(StatsError::NotProbability { index: index + 1 }),
        None => Ok(()),
    }
}

fn recalibrated(
    probabilities: &[f64],
    outcome: &[bool],
    warnings: &mut Warnings,
) -> (Option<Recalibration>, Option<InTheLarge>) {
    let has_odds = |p: f64| p > 0.0 && p < 1.0;
    let kept = || probabilities.iter().zip(outcome).filter(|(p, _)| has_odds(**p));
    let log_odds: Vec<f64> = kept().map(|(p, _)| (p / (1.0 - p)).ln()).collect();
    let events: Vec<bool> = kept().map(|(_, event)| *event).collect();
    let left_out = outcome.len() - events.len();
    if left_out > 0 {
        warnings.push(format!(
            "{left_out} predictions of exactly 0 or 1 have no log odds and are left out of the calibration intercept and slope"
        ));
    }
    let mut fitted = |what: &str, fit: Result<super::LogisticFit, StatsError>| {
        fit.map_err(|error| warnings.push(format!("no calibration {what}: {error}"))).ok()
    };
    let line = fitted("intercept and slope", fit_logistic(&[&log_odds], &events));
    let level = fitted("in the large", fit_logistic_with_offset(&[], &events, &log_odds));
    let of_line = |fit: super::LogisticFit| {
        let standard_errors = [fit.standard_error(0), fit.standard_error(1)];
        let [intercept, slope] = [0, 1].map(|i| fit.coefficients.get(i).copied().unwrap_or(f64::NAN));
        Recalibration { intercept, slope, standard_errors }
    };
    let of_level = |fit: super::LogisticFit| InTheLarge {
        intercept: fit.coefficients.first().copied().unwrap_or(f64::NAN),
        standard_error: fit.standard_error(0),
    };
    (line.map(of_line), level.map(of_level))
}

/// Σ (y − p)(1 − 2p) / √ Σ (1 − 2p)² p (1 − p).
fn spiegelhalter(probabilities: &[f64], y: &[f64]) -> Option<f64> {
    let above: f64 = probabilities.iter().zip(y).map(|(p, y)| (y - p) * (1.0 - 2.0 * p)).sum();
    let below: f64 = probabilities.iter().map(|p| (1.0 - 2.0 * p).powi(2) * p * (1.0 - p)).sum();
    (below > 0.0).then(|| above / below.sqrt())
}

fn range(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    high - low
}

/// Quantile of sorted values, Hyndman and Fan's type 7 (Am Stat 1996;50:361), R's default; NaN of none.
pub fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let place = sorted.len().saturating_sub(1) as f64 * probability;
    // R counts places from 1 and rounds there.
    let part = (1.0 + place) - (1.0 + place).floor();
    let low = ((1.0 + place).floor() - 1.0) as usize;
    match (sorted.get(low), sorted.get(low + 1)) {
        (Some(a), Some(b)) if part > 0.0 && a != b => (1.0 - part) * a + part * b,
        (Some(a), _) => *a,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_that_are_the_frequencies_are_calibrated() {
        // Of ten cases at 0.2 two have the event, of ten at 0.7 seven.
        let p: Vec<f64> = (0..20).map(|i| if i < 10 { 0.2 } else { 0.7 }).collect();
        let y: Vec<bool> = (0..20).map(|i| if i < 10 { i < 2 } else { i < 17 }).collect();
        let found = calibration(&p, &y).unwrap();
        let line = found.recalibration.unwrap();
        assert!(line.intercept.abs() < 1e-12 && (line.slope - 1.0).abs() < 1e-12);
        assert!(found.in_the_large.unwrap().intercept.abs() < 1e-12);
        assert!((found.brier - (10.0 * 0.16 + 10.0 * 0.21) / 20.0).abs() < 1e-15);
        assert!((found.observed_over_expected - 1.0).abs() < 1e-15 && found.e_max < 1e-12);
        assert!(found.spiegelhalter_z.unwrap().abs() < 1e-12 && found.warnings.is_empty());
    }

    #[test]
    fn certain_predictions_are_left_out_of_the_slope_with_a_warning() {
        let p = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
        let found = calibration(&p, &[false, false, true, false, true, true]).unwrap();
        assert!(found.recalibration.is_some() && found.log_loss.is_finite());
        assert!(found.warnings.iter().any(|w| w.starts_with("2 predictions of exactly 0 or 1")));
        let wrong = calibration(&p, &[true, false, true, false, true, true]).unwrap();
        assert_eq!(wrong.log_loss, f64::INFINITY);
        assert_eq!(calibration(&[0.5, 1.5], &[true, false]).err(), Some(StatsError::NotProbability { index: 2 }));
    }

    #[test]
    fn equal_predictions_have_no_slope_but_a_level() {
        let found = calibration(&[0.4; 4], &[true, false, true, false]).unwrap();
        assert_eq!(found.recalibration, None);
        assert!((found.in_the_large.unwrap().intercept - (0.6_f64 / 0.4).ln()).abs() < 1e-12);
        assert!(found.warnings.iter().any(|w| w.starts_with("no calibration intercept and slope: predictor 1")));
    }
}
