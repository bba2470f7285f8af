//! The split of patients into training and validation, stratified by outcome and seeded.
//!
//! As in the paper, each outcome is divided for itself, so that both sets have nearly the same share of events. It deliberately
//! balances nothing else.

use crate::base::Stream;

/// What the random numbers are for ([`crate::base::seed_of`]).
const PURPOSE: u64 = 0x5350_4c49;

/// The set that a patient belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Set {
    /// What the model learns from.
    Training,
    /// What it is tested on.
    Validation,
}

impl Set {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validation => "validation",
        }
    }
}

/// A random set for each patient: of each outcome the given fraction, rounded to the nearest whole number, is for training, and of
/// an outcome that occurs twice or more at least one patient for each set.
pub fn random_split(outcome: &[bool], training_fraction: f64, seed: u64) -> Vec<Set> {
    let mut sets = vec![Set::Validation; outcome.len()];
    let mut stream = Stream::new(seed, PURPOSE);
    for class in [false, true] {
        let mut members: Vec<usize> = (0..outcome.len()).filter(|&row| outcome.get(row) == Some(&class)).collect();
        stream.shuffle(&mut members);
        let n = members.len();
        let wanted = (n as f64 * training_fraction).round() as usize;
        let training = if n >= 2 { wanted.clamp(1, n - 1) } else { wanted };
        for &row in members.iter().take(training) {
            if let Some(set) = sets.get_mut(row) {
                *set = Set::Training;
            }
        }
    }
    sets
}

/// Words for training, in small letters.
pub const TRAINING_WORDS: [&str; 6] = ["training", "train", "development", "derivation", "primary", "discovery"];
/// Words for validation, in small letters.
pub const VALIDATION_WORDS: [&str; 7] = ["validation", "valid", "val", "test", "testing", "holdout", "hold-out"];

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(outcome: &[bool], sets: &[Set]) -> (usize, usize) {
        let training = || sets.iter().zip(outcome).filter(|(set, _)| **set == Set::Training);
        (training().count(), training().filter(|(_, event)| **event).count())
    }

    #[test]
    fn the_papers_112_patients_are_split_as_the_paper_has_them() {
        let outcome: Vec<bool> = (0..112).map(|row| row % 2 == 0 && row < 104).collect();
        let sets = random_split(&outcome, 0.7, 1);
        assert_eq!(counts(&outcome, &sets), (78, 36));
        assert_eq!(sets, random_split(&outcome, 0.7, 1));
        assert_ne!(sets, random_split(&outcome, 0.7, 2));
    }

    #[test]
    fn each_set_gets_both_outcomes_where_there_are_two_of_each() {
        let outcome = [true, true, false, false, false];
        assert_eq!(counts(&outcome, &random_split(&outcome, 0.95, 3)), (3, 1));
        assert_eq!(counts(&outcome, &random_split(&outcome, 0.01, 3)), (2, 1));
    }
}
