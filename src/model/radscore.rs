//! The radscore: one number from the features that a LASSO chose, with what the training patients had, so that a patient
//! can be seen among them.
//!
//! radscore = intercept + Σ coefficient × feature, in the features' own units (Liang et al. 2022, "Radiomics signature building").

use serde::{Deserialize, Serialize};

/// The formula of a radscore, and the training patients' values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Radscore {
    /// Added to the terms.
    pub intercept: f64,
    /// The chosen features, the heaviest first.
    pub terms: Vec<RadscoreTerm>,
    /// Radscores of the training patients.
    pub training: ByOutcome,
}

/// A feature of the radscore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RadscoreTerm {
    /// The feature's name.
    pub feature: String,
    /// Radscore per unit of the feature.
    pub coefficient: f64,
    /// Mean over the training patients.
    pub mean: f64,
    /// Their standard deviation (n − 1).
    pub sd: f64,
    /// Quantiles of the training patients at 0, 5, 10 … 100 % (R's type 7): the first and the last are the range.
    pub quantiles: Vec<f64>,
}

/// Numbers of patients with and without the event, each rising; which patient had which is not kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByOutcome {
    /// Of the patients without the event.
    pub without: Vec<f64>,
    /// Of those with it.
    pub with: Vec<f64>,
}

/// What one feature adds to a patient's radscore.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RadscorePart {
    /// The feature's name.
    pub feature: String,
    /// The patient's value.
    pub value: f64,
    /// Standard deviations above the training mean.
    pub z: f64,
    /// What it adds to the radscore beyond what the training mean adds: coefficient × (value − mean).
    pub contribution: f64,
    /// The training range, where the value lies outside.
    pub outside: Option<[f64; 2]>,
}

impl RadscoreTerm {
    /// Smallest and largest value of the training patients.
    pub fn range(&self) -> [f64; 2] {
        let end = |value: Option<&f64>| value.copied().unwrap_or(self.mean);
        [end(self.quantiles.first()), end(self.quantiles.last())]
    }

    /// What a value adds.
    pub fn part(&self, value: f64) -> RadscorePart {
        let [low, high] = self.range();
        RadscorePart {
            feature: self.feature.clone(),
            value,
            z: if self.sd > 0.0 { (value - self.mean) / self.sd } else { 0.0 },
            contribution: self.coefficient * (value - self.mean),
            outside: (value < low || value > high).then_some([low, high]),
        }
    }
}

impl Radscore {
    /// Its name among a model's predictors.
    pub const NAME: &'static str = "radscore";

    /// The radscore of feature values in the terms' order.
    pub fn value(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        self.intercept + self.terms.iter().zip(values).map(|(term, value)| term.coefficient * value).sum::<f64>()
    }
}

impl ByOutcome {
    /// Sorts values by outcome and size.
    pub fn of(values: &[f64], outcome: &[bool]) -> Self {
        let of = |class: bool| {
            let chosen = values.iter().zip(outcome).filter(|&(_, event)| *event == class);
            let mut chosen: Vec<f64> = chosen.map(|(value, _)| *value).collect();
            chosen.sort_by(f64::total_cmp);
            chosen
        };
        Self { without: of(false), with: of(true) }
    }

    /// All values with their outcome, those without the event first.
    pub fn pairs(&self) -> (Vec<f64>, Vec<bool>) {
        let values: Vec<f64> = self.without.iter().chain(&self.with).copied().collect();
        let outcome = (0..values.len()).map(|i| i >= self.without.len()).collect();
        (values, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(coefficient: f64, mean: f64, low: f64, high: f64) -> RadscoreTerm {
        let quantiles = (0..=20).map(|i| low + (high - low) * f64::from(i) / 20.0).collect();
        RadscoreTerm { feature: "original_glcm_Contrast".to_owned(), coefficient, mean, sd: 2.0, quantiles }
    }

    #[test]
    fn a_part_says_how_far_the_value_lies_from_the_mean_and_whether_outside() {
        let inside = term(-0.5, 10.0, 6.0, 14.0).part(13.0);
        assert_eq!((inside.z, inside.contribution, inside.outside), (1.5, -1.5, None));
        assert_eq!(term(-0.5, 10.0, 6.0, 14.0).part(15.0).outside, Some([6.0, 14.0]));
    }

    #[test]
    fn the_radscore_is_its_formula() {
        let terms = vec![term(2.0, 0.0, 0.0, 1.0), term(-3.0, 0.0, 0.0, 1.0)];
        let radscore = Radscore { intercept: 1.0, terms, training: ByOutcome::default() };
        assert_eq!(radscore.value([5.0, 2.0]), 5.0);
    }

    #[test]
    fn values_by_outcome_rise_and_come_back_as_pairs() {
        let sorted = ByOutcome::of(&[3.0, 1.0, 2.0], &[true, false, true]);
        assert_eq!((sorted.without.as_slice(), sorted.with.as_slice()), ([1.0].as_slice(), [2.0, 3.0].as_slice()));
        assert_eq!(sorted.pairs(), (vec![1.0, 2.0, 3.0], vec![false, true, true]));
    }
}
