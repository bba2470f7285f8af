//! Seeded resampling: stratified folds, bootstrap samples, Harrell's optimism correction and repeated nested
//! cross-validation.
//!
//! Each draw has a stream of its own, from the seed and its number, and sums run in the order of draws: results are the same
//! with any number of threads. It knows no models: the caller fits and measures, and what fails is counted, not hidden.

mod nested;
mod optimism;

pub use nested::{NestedPlan, NestedValidation, nested_cross_validation};
pub use optimism::{BootstrapPlan, Optimism, bootstrap, corrected, optimism};

use super::StatsError;
use crate::base::{Cancelled, Stream, seed_of};

/// Purposes of random streams under a seed.
const FOLDS: u64 = 1;
const BOOTSTRAP: u64 = 3;
const OUTER: u64 = 4;
const INNER: u64 = 5;

/// Why a resampling cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResamplingError {
    /// A class is too small to stand in each fold.
    #[error(
        "{cases} cases {class} the event are fewer than the {folds} folds; ask for at most {cases} folds or add cases"
    )]
    FewerThanFolds {
        /// "with" or "without".
        class: &'static str,
        /// Cases of that class.
        cases: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// One fold leaves nothing to fit on.
    #[error("cross-validation needs at least 2 folds, not {0}")]
    TooFewFolds(usize),
    /// Nothing was asked for.
    #[error("no repetitions were asked for; ask for at least one")]
    NoRepetitions,
    /// The model cannot be fitted to all cases.
    #[error("the model cannot be fitted to all cases: {0}")]
    WholeFit(String),
    /// No resample could be fitted.
    #[error("none of the {repetitions} resamples could be fitted; the first failed because {reason}")]
    AllFailed {
        /// Resamples drawn.
        repetitions: usize,
        /// What the first one's fit said.
        reason: String,
    },
    /// Predictions that no curve can be drawn of.
    #[error(transparent)]
    Statistic(#[from] StatsError),
    /// Someone asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A resample, or a fold of one, that could not be fitted or measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The repetition, from 0.
    pub repetition: usize,
    /// The fold, from 1, in cross-validation.
    pub fold: Option<usize>,
    /// What was said.
    pub reason: String,
}

/// The fold of each case, 1 to `folds`: drawn at random with the sizes of the folds, and their numbers of cases with and without
/// the event, as even as possible.
pub fn stratified_folds(outcome: &[bool], folds: usize, seed: u64) -> Result<Vec<usize>, ResamplingError> {
    if folds < 2 {
        return Err(ResamplingError::TooFewFolds(folds));
    }
    let mut stream = Stream::new(seed, FOLDS);
    // Which folds are larger by one is drawn as well.
    let mut labels: Vec<usize> = (1..=folds).collect();
    stream.shuffle(&mut labels);
    let mut order = Vec::with_capacity(outcome.len());
    for (event, class) in [(true, "with"), (false, "without")] {
        let mut members: Vec<usize> = (0..outcome.len()).filter(|&i| outcome[i] == event).collect();
        if members.len() < folds {
            return Err(ResamplingError::FewerThanFolds { class, cases: members.len(), folds });
        }
        stream.shuffle(&mut members);
        order.extend(members);
    }
    // Dealt round, one class after the other without starting anew.
    let mut fold = vec![0; outcome.len()];
    order.iter().zip(labels.iter().cycle()).for_each(|(&case, &label)| fold[case] = label);
    Ok(fold)
}

/// Rows of one bootstrap sample, `n` drawn from `n` with replacement.
pub fn bootstrap_rows(n: usize, seed: u64, repetition: usize) -> Vec<usize> {
    let mut stream = Stream::new(seed_of(seed, BOOTSTRAP), repetition as u64);
    (0..n).map(|_| stream.below(n)).collect()
}

/// Mean, and standard deviation with n − 1 where there are two values at least.
fn mean_and_sd(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spread(counts: &[usize]) -> usize {
        counts.iter().max().unwrap() - counts.iter().min().unwrap()
    }

    proptest! {
        #[test]
        fn folds_are_even_in_size_and_in_both_classes(events in 5usize..40, others in 5usize..40, folds in 2usize..6, seed: u64) {
            let outcome: Vec<bool> = (0..events + others).map(|i| i < events).collect();
            let fold = stratified_folds(&outcome, folds, seed).unwrap();
            let count = |of: &dyn Fn(usize) -> bool| -> Vec<usize> {
                (1..=folds).map(|label| (0..fold.len()).filter(|&i| fold[i] == label && of(i)).count()).collect()
            };
            prop_assert_eq!(count(&|_| true).iter().sum::<usize>(), fold.len());
            prop_assert!(spread(&count(&|_| true)) <= 1);
            prop_assert!(spread(&count(&|i| outcome[i])) <= 1 && spread(&count(&|i| !outcome[i])) <= 1);
        }
    }

    #[test]
    fn a_class_smaller_than_the_folds_is_refused_in_one_sentence() {
        let outcome = [true, true, true, false, false, false, false, false];
        let error = stratified_folds(&outcome, 5, 1).unwrap_err().to_string();
        assert_eq!(error, "3 cases with the event are fewer than the 5 folds; ask for at most 3 folds or add cases");
        assert_eq!(stratified_folds(&outcome, 1, 1), Err(ResamplingError::TooFewFolds(1)));
    }

    #[test]
    fn each_repetition_draws_its_own_rows_and_the_same_again() {
        let rows = bootstrap_rows(50, 7, 3);
        assert_eq!(rows, bootstrap_rows(50, 7, 3));
        assert_ne!(rows, bootstrap_rows(50, 7, 4));
        assert_ne!(rows, bootstrap_rows(50, 8, 3));
        // A row is in a sample with probability 1 − (1 − 1/n)ⁿ, some 0.636 of 50.
        let n = (0..200).map(|i| (0..50).filter(|row| bootstrap_rows(50, 7, i).contains(row)).count()).sum::<usize>();
        assert!((n as f64 / 10_000.0 - 0.636).abs() < 0.02, "{n}");
    }
}
