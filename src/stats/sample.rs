//! What the tests on samples share: sums, spread, ranks, the checks of what is given, and why a test refuses it.

/// Why a test on samples or tables has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    /// A value is NaN or infinite.
    #[error("{what}, value {index} (from 1) is not a finite number; leave the case out or fill in the value")]
    NotFinite {
        /// Which values.
        what: String,
        /// Its position, from 1 on.
        index: usize,
    },
    /// Fewer values, groups or readers than the test is defined for.
    #[error("{test} needs at least {needed} {of_what}, and there are {found}")]
    TooFew {
        /// The test's name.
        test: &'static str,
        /// What there is too little of.
        of_what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// More than the test's approximation, or a computer, can take.
    #[error("{test} takes at most {most} {of_what}")]
    TooMany {
        /// The test's name.
        test: &'static str,
        /// What there is too much of.
        of_what: &'static str,
        /// How many it takes.
        most: usize,
    },
    /// All values are equal, so that there is nothing to test.
    #[error("{0} needs values that differ, and all of them are equal; leave the variable out")]
    Constant(&'static str),
    /// Lists that belong together differ in length.
    #[error("{what} has {found} values where {expected} are expected; give one value for each case")]
    Unequal {
        /// What is too long or too short.
        what: String,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// A test that needs two values without equals.
    #[error("{0} is defined for values without ties; use the normal approximation")]
    Ties(&'static str),
    /// A table of a form that the test is not defined for.
    #[error("{test} needs {needed}")]
    Form {
        /// The test's name.
        test: &'static str,
        /// The form it needs.
        needed: &'static str,
    },
}

pub(super) fn check_finite(values: &[f64], what: &str) -> Result<(), TestError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(TestError::NotFinite { what: what.to_owned(), index: index + 1 }),
        None => Ok(()),
    }
}

/// The mean, corrected once by the mean of the deviations, as R's `mean` does.
pub(super) fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let first = values.iter().sum::<f64>() / n;
    first + values.iter().map(|value| value - first).sum::<f64>() / n
}

/// Σ (x − mean)².
pub(super) fn sum_of_squares(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum()
}

/// The variance with denominator n − 1.
pub(super) fn variance(values: &[f64]) -> f64 {
    sum_of_squares(values) / (values.len() as f64 - 1.0)
}

pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The median; NaN of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    match sorted.len() % 2 {
        1 => upper,
        _ => sorted.get((sorted.len() / 2).wrapping_sub(1)).map_or(f64::NAN, |lower| (lower + upper) / 2.0),
    }
}

pub(super) fn all_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair.first() == pair.last())
}

/// The values of the cases without and with the event.
pub(super) fn by_outcome(values: &[f64], outcome: &[bool]) -> Result<[Vec<f64>; 2], TestError> {
    if values.len() != outcome.len() {
        let what = "the variable".to_owned();
        return Err(TestError::Unequal { what, found: values.len(), expected: outcome.len() });
    }
    let of = |class: bool| values.iter().zip(outcome).filter(|pair| *pair.1 == class).map(|pair| *pair.0).collect();
    Ok([of(false), of(true)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middle_values() {
        assert_eq!([median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 3.0, 2.0])], [2.0, 2.5]);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn the_mean_of_equal_values_is_the_value() {
        assert_eq!(mean(&[0.1; 10]), 0.1);
    }

    #[test]
    fn the_first_value_that_is_no_number_is_named() {
        let said = check_finite(&[1.0, f64::NAN], "reader 1").unwrap_err().to_string();
        assert!(said.starts_with("reader 1, value 2 (from 1) is not a finite number"), "{said}");
    }
}
