//! How a model did on the patients that it was measured on: at a threshold, and in one table, the honest numbers beside the apparent
//! ones.
//!
//! The patients are those that were held back from training, where there were any, else those that the model was fitted on. A
//! probability at or above the threshold is called positive, as everywhere here.

use super::{ByOutcome, CurvePoint, Model, Performance};
use crate::stats::{Called, DecisionCurve, calibration, decision_curve};

/// Shortest and longest threshold that one can be asked for, and the step: 1 to 99 %.
pub const THRESHOLDS: std::ops::RangeInclusive<u32> = 1..=99;

/// The patients that a model was measured on, and what came out.
#[derive(Debug, Clone, Copy)]
pub struct Tested<'a> {
    /// Whether the patients were held back from training.
    pub is_validation: bool,
    /// What was measured.
    pub performance: &'a Performance,
    /// The probabilities that they were given, where the file keeps them.
    pub risk: Option<&'a ByOutcome>,
}

/// One way to measure a model; what it does not give is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// How, and on how many patients, in words.
    pub name: String,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Its 95 % interval.
    pub auc_ci: Option<[f64; 2]>,
    /// Its standard deviation over repetitions.
    pub auc_sd: Option<f64>,
    /// Calibration slope; below 1 the predictions are too extreme.
    pub slope: Option<f64>,
    /// Brier score; a coin's is 0.25.
    pub brier: Option<f64>,
}

impl Model {
    /// Whether it takes features of the image.
    pub fn needs_features(&self) -> bool {
        self.features().next().is_some()
    }

    /// The patients that say most about it: those held back from training, where there were any.
    pub fn tested(&self) -> Tested<'_> {
        let record = self.training.as_ref();
        match &self.validation {
            Some(performance) => {
                let risk = record.and_then(|record| record.validation_risk.as_ref());
                Tested { is_validation: true, performance, risk }
            }
            None => self.apparent(),
        }
    }

    /// The patients that it was fitted on.
    pub fn apparent(&self) -> Tested<'_> {
        let risk = self.training.as_ref().map(|record| &record.risk);
        Tested { is_validation: false, performance: &self.performance, risk }
    }

    /// The threshold that its operating point has, in whole per cent within [`THRESHOLDS`].
    pub fn usual_threshold(&self) -> f64 {
        let [low, high] = [*THRESHOLDS.start(), *THRESHOLDS.end()].map(|percent| f64::from(percent) / 100.0);
        let threshold = self.tested().performance.operating_point.threshold.unwrap_or(0.5);
        ((100.0 * threshold).round() / 100.0).clamp(low, high)
    }

    /// What was measured, from the most flattering to the most honest.
    pub fn measures(&self) -> Vec<Measure> {
        let internal = self.training.as_ref().and_then(|record| record.internal.as_ref());
        let mut measures = vec![self.apparent().measure(format!("Apparent ({})", self.provenance.n))];
        if let Some(internal) = internal {
            let corrected = |numbers: Option<[f64; 2]>| numbers.map(|[_, corrected]| corrected);
            measures.extend(internal.auc.map(|[_, auc]| Measure {
                name: format!("Optimism-corrected ({} resamples)", internal.resamples),
                auc: Some(auc),
                auc_ci: None,
                auc_sd: None,
                slope: corrected(internal.slope),
                brier: corrected(internal.brier),
            }));
            measures.extend(internal.nested_auc.map(|auc| Measure {
                name: format!("Nested cross-validation ({} × {}-fold)", internal.nested[0], internal.nested[1]),
                auc: Some(auc),
                auc_ci: None,
                auc_sd: internal.nested_sd,
                slope: None,
                brier: None,
            }));
        }
        if self.validation.is_some() {
            let tested = self.tested();
            let n = tested.risk.map(|risk| format!(" ({})", risk.without.len() + risk.with.len())).unwrap_or_default();
            measures.push(tested.measure(format!("Validation{n}")));
        }
        measures
    }
}

impl Tested<'_> {
    /// Whose numbers these are, in one word.
    pub fn set(&self) -> &'static str {
        if self.is_validation { "validation" } else { "training" }
    }

    fn measure(&self, name: String) -> Measure {
        let calibrated = self.risk.and_then(|risk| {
            let (probabilities, outcome) = risk.pairs();
            calibration(&probabilities, &outcome).ok()
        });
        Measure {
            name,
            auc: Some(self.performance.auc),
            auc_ci: Some(self.performance.auc_ci),
            auc_sd: None,
            slope: calibrated.as_ref().and_then(|of| of.recalibration.as_ref()).map(|of| of.slope),
            brier: calibrated.as_ref().map(|of| of.brier),
        }
    }

    /// The point of the ROC curve of a threshold. Where the file keeps no probabilities, the curve's point with the largest threshold
    /// that is not above this one.
    pub fn point_at(&self, threshold: f64) -> CurvePoint {
        let part = |values: &[f64], positive: bool| {
            let counted = values.iter().filter(|value| (**value >= threshold) == positive).count();
            counted as f64 / values.len().max(1) as f64
        };
        if let Some(risk) = self.risk {
            let (sensitivity, specificity) = (part(&risk.with, true), part(&risk.without, false));
            return CurvePoint { threshold: Some(threshold), sensitivity, specificity };
        }
        let reached = |point: &&CurvePoint| point.threshold.is_some_and(|at| at <= threshold);
        let everyone = CurvePoint { threshold: None, sensitivity: 1.0, specificity: 0.0 };
        let found = self.performance.roc.iter().rfind(reached);
        CurvePoint { threshold: Some(threshold), ..found.copied().unwrap_or(everyone) }
    }

    /// Net benefit of the model and of treating all at every threshold of [`THRESHOLDS`]; none where the file keeps no probabilities.
    pub fn decision_curve(&self) -> Option<DecisionCurve> {
        let (probabilities, outcome) = self.risk?.pairs();
        let thresholds: Vec<f64> = THRESHOLDS.map(|percent| f64::from(percent) / 100.0).collect();
        decision_curve(&probabilities, &outcome, &thresholds, Called::AtOrAbove).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::embedded;

    fn tested<'a>(performance: &'a Performance, risk: &'a ByOutcome) -> Tested<'a> {
        Tested { is_validation: false, performance, risk: Some(risk) }
    }

    #[test]
    fn a_point_counts_patients_at_or_above_the_threshold() {
        let risk = ByOutcome { without: vec![0.1, 0.2, 0.4, 0.6], with: vec![0.3, 0.4] };
        let point = tested(&embedded().performance, &risk).point_at(0.4);
        assert_eq!((point.sensitivity, point.specificity), (0.5, 0.5));
    }

    #[test]
    fn without_probabilities_the_point_lies_on_the_published_curve() {
        let tested = embedded().tested();
        // pT3 or more: 46 of 52 with metastases and 41 of 60 without have pT3 or pT4 (counts of Table 1).
        let roc = &embedded().performance.roc;
        for probability in [0.25367, 0.45576, 0.67358, 0.01, 0.99] {
            let point = tested.point_at(probability);
            let same = |of: &CurvePoint| (of.sensitivity, of.specificity) == (point.sensitivity, point.specificity);
            assert!(roc.iter().any(same), "{point:?}");
        }
        assert_eq!(tested.point_at(0.01).sensitivity, 1.0);
    }

    #[test]
    fn net_benefit_is_that_of_its_definition() {
        let risk = ByOutcome { without: vec![0.1, 0.6], with: vec![0.4, 0.9] };
        let curve = tested(&embedded().performance, &risk).decision_curve().unwrap();
        // At 50 %: one true and one false positive among four, at even odds; treating all two of each.
        assert_eq!((curve.thresholds[49], curve.model[49], curve.all[49]), (0.5, 0.0, 0.0));
        // At 20 %: two true positives and one false one, which counts a quarter.
        assert!((curve.model[19] - (0.5 - 0.25 * 0.25)).abs() < 1e-12);
    }

    #[test]
    fn the_published_model_has_its_apparent_numbers_alone() {
        let measures = embedded().measures();
        assert_eq!(measures.len(), 1);
        assert_eq!((measures[0].name.as_str(), measures[0].slope), ("Apparent (112)", None));
        assert!(embedded().tested().decision_curve().is_none());
    }
}
