//! Decision curves: the net benefit of treating whom a model calls positive (Vickers & Elkin, Med Decis Making 2006;26:565).
//!
//! NB(t) = TP/n − t/(1 − t) · FP/n at the threshold probability t. Nothing is smoothed, nothing corrected.

use super::StatsError;
use super::calibration::check_probabilities;

/// Who is called positive at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// A prediction at or above it, as in R's `dcurves` and everywhere else here.
    AtOrAbove,
    /// A prediction above it, as in R's `rmda`.
    Above,
}

/// Net benefit of a model and of treating all; treating none has 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionCurve {
    /// Threshold probabilities.
    pub thresholds: Vec<f64>,
    /// Net benefit of the model.
    pub model: Vec<f64>,
    /// Net benefit of treating everyone.
    pub all: Vec<f64>,
}

/// The curve at thresholds from 0 to below 1.
pub fn decision_curve(
    probabilities: &[f64],
    outcome: &[bool],
    thresholds: &[f64],
    called: Called,
) -> Result<DecisionCurve, StatsError> {
    check_probabilities(probabilities, outcome)?;
    if outcome.is_empty() {
        return Err(StatsError::OneClass { events: 0, n: 0 });
    }
    if let Some(index) = thresholds.iter().position(|t| !(0.0..1.0).contains(t)) {
        return Err(StatsError::NotThreshold { index: index + 1 });
    }
    let of = |is_positive: &dyn Fn(f64, f64) -> bool| -> Vec<f64> {
        let at = |&t: &f64| {
            let count = |event: bool| {
                probabilities.iter().zip(outcome).filter(|&(&p, &y)| y == event && is_positive(p, t)).count() as f64
            };
            let n = outcome.len() as f64;
            count(true) / n - t / (1.0 - t) * count(false) / n
        };
        thresholds.iter().map(at).collect()
    };
    let model = match called {
        Called::AtOrAbove => of(&|p, t| p >= t),
        Called::Above => of(&|p, t| p > t),
    };
    Ok(DecisionCurve { thresholds: thresholds.to_vec(), model, all: of(&|_, _| true) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_even_odds_a_false_positive_costs_a_true_one() {
        let (p, y) = ([0.2, 0.5, 0.6, 0.9], [false, false, true, true]);
        let curve = decision_curve(&p, &y, &[0.0, 0.5], Called::AtOrAbove).unwrap();
        assert_eq!((curve.model, curve.all), (vec![0.5, 0.25], vec![0.5, 0.0]));
        assert_eq!(decision_curve(&p, &y, &[0.5], Called::Above).unwrap().model, [0.5]);
    }

    #[test]
    fn a_threshold_of_one_has_no_odds() {
        let error = decision_curve(&[0.5], &[true], &[0.5, 1.0], Called::Above).unwrap_err();
        assert_eq!(error, StatsError::NotThreshold { index: 2 });
    }
}
