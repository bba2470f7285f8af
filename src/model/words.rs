//! A probability and its interval in words, the same wherever a prediction shows. Tables and files keep the numbers.

use super::Prediction;

/// What stands in place of an interval where none holds.
pub const NO_INTERVAL: &str = "no 95 % CI holds beyond the patients that the model was fitted on";

/// A probability in per cent; neither 0 nor 100, which no model knows.
pub fn percent(probability: f64) -> String {
    const SHOWN: [f64; 2] = [0.0005, 0.9995];
    match probability {
        p if p < SHOWN[0] => "<0.1 %".to_owned(),
        p if p >= SHOWN[1] => ">99.9 %".to_owned(),
        p => format!("{:.1} %", 100.0 * p),
    }
}

impl Prediction {
    /// The interval as it may be shown: none where a value of the patient's lies outside the range of the model's patients, because
    /// Wald's interval covers the coefficients alone and knows nothing of what happens beyond them.
    pub fn shown_ci(&self) -> Option<[f64; 2]> {
        (!self.is_outside).then_some(self.ci)
    }

    /// "95 % CI 35.2 to 56.4 %", or that there is none.
    pub fn ci_in_words(&self) -> String {
        let Some([low, high]) = self.shown_ci() else { return NO_INTERVAL.to_owned() };
        format!("95 % CI {} to {}", percent(low).trim_end_matches(" %"), percent(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_never_shown_as_certain() {
        let shown = [0.0, 0.0004, 0.0005, 0.456, 0.9994, 0.9995, 1.0].map(percent);
        assert_eq!(shown, ["<0.1 %", "<0.1 %", "0.1 %", "45.6 %", "99.9 %", ">99.9 %", ">99.9 %"]);
    }
}
