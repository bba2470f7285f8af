//! How well a model does on a set of patients: discrimination, classification at a threshold, calibration, net benefit.

use crate::model::{CurvePoint, Performance};
use crate::stats::{
    self, Calibration, Called, Confusion, Grouping, HosmerLemeshow, Roc, RocPoint, StatsError, calibration,
    hosmer_lemeshow,
};

/// Groups of the Hosmer-Lemeshow test (Hosmer & Lemeshow, Applied Logistic Regression, § 5.2).
const GROUPS: usize = 10;

/// What was measured on one set.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Patients.
    pub n: usize,
    /// Those with the event.
    pub n_events: usize,
    /// The ROC curve, its area and DeLong's interval.
    pub roc: Roc,
    /// The patients called positive and negative at the threshold that the training set gave.
    pub confusion: Confusion,
    /// Observed against predicted.
    pub calibration: Calibration,
    /// The Hosmer-Lemeshow test in groups of equal size; none where the probabilities are too few or too alike.
    pub hosmer_lemeshow: Option<HosmerLemeshow>,
    /// Net benefit at thresholds of 1 to 99 %, a patient with at least the threshold being treated (Vickers & Elkin, Med Decis
    /// Making 2006;26:565).
    pub net_benefit: Vec<f64>,
    /// That of treating everyone.
    pub net_benefit_of_all: Vec<f64>,
}

/// The thresholds of the decision curve.
pub fn decision_thresholds() -> Vec<f64> {
    (1..=99).map(|percent| f64::from(percent) / 100.0).collect()
}

/// Measures probabilities against what came; without a threshold, at the one with the largest Youden index.
pub fn measure(probabilities: &[f64], outcome: &[bool], threshold: Option<f64>) -> Result<Measured, StatsError> {
    let roc = stats::roc(probabilities, outcome)?;
    let threshold = threshold.unwrap_or_else(|| roc.points.get(roc.youden).map_or(0.5, |point| point.threshold));
    let curve = stats::decision_curve(probabilities, outcome, &decision_thresholds(), Called::AtOrAbove)?;
    Ok(Measured {
        n: outcome.len(),
        n_events: outcome.iter().filter(|event| **event).count(),
        confusion: Confusion::at(probabilities, outcome, threshold)?,
        calibration: calibration(probabilities, outcome)?,
        hosmer_lemeshow: hosmer_lemeshow(probabilities, outcome, Grouping::Blocks, GROUPS).ok(),
        net_benefit: curve.model,
        net_benefit_of_all: curve.all,
        roc,
    })
}

impl Measured {
    /// The part of it that a model file keeps; `on` says who was measured, in words.
    pub fn summary(&self, on: String) -> Performance {
        let Confusion { threshold, .. } = self.confusion;
        let rate = |proportion: Option<stats::Proportion>| proportion.map_or(0.0, |p| p.value);
        Performance {
            measured_on: on,
            auc: self.roc.auc,
            auc_ci: self.roc.ci.unwrap_or([self.roc.auc; 2]),
            roc: self.roc.points.iter().map(point).collect(),
            operating_point: CurvePoint {
                threshold: Some(threshold).filter(|threshold| threshold.is_finite()),
                sensitivity: rate(self.confusion.sensitivity()),
                specificity: rate(self.confusion.specificity()),
            },
        }
    }
}

/// A point of the curve as a model file has it, where a threshold beyond all patients is none.
fn point(point: &RocPoint) -> CurvePoint {
    let RocPoint { threshold, sensitivity, specificity } = *point;
    CurvePoint { threshold: Some(threshold).filter(|threshold| threshold.is_finite()), sensitivity, specificity }
}
