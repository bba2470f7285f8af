//! The readers' agreement on each feature, and the features that it leaves.

use super::{TrainError, TrainingStep};
use crate::cohort::{Cohort, Set};
use crate::stats::{self, Icc, TestError};

/// Agreement of two readers.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// The patients who were read twice and counted, as rows of the cohort.
    pub rows: Vec<usize>,
    /// Of every feature of the cohort; none where it has no agreement, as when it is constant.
    pub icc: Vec<Option<Icc>>,
    /// Features whose ICC(2,1) is above the limit, as columns of the cohort.
    pub kept: Vec<usize>,
    /// The limit.
    pub above: f64,
}

/// The ICC of every feature between the readers.
///
/// Patients of the validation set who were read twice are counted only where the cohort names its reader study by a column:
/// the study's patients were then chosen before, and no outcome is looked at.
pub(super) fn agreement(cohort: &Cohort, above: f64) -> Result<Option<Agreement>, TrainError> {
    let Some(second) = &cohort.second else { return Ok(None) };
    let counts = |row: usize| match &cohort.reader_study {
        Some(study) => study[row],
        None => cohort.set[row] == Set::Training,
    };
    let counted: Vec<usize> = (0..second.rows.len()).filter(|&read| counts(second.rows[read])).collect();
    if counted.len() < 3 {
        return Err(TrainError::Cohort(format!(
            "the second reader has {} of the training patients; agreement needs at least 3, better 30",
            counted.len()
        )));
    }
    let rows: Vec<usize> = counted.iter().map(|&read| second.rows[read]).collect();
    let icc: Vec<Option<Icc>> = cohort
        .features
        .columns
        .iter()
        .zip(&second.columns)
        .map(|(first, second)| {
            let first: Vec<f64> = rows.iter().map(|&row| first[row]).collect();
            let second: Vec<f64> = counted.iter().map(|&read| second[read]).collect();
            icc_of(&first, &second)
        })
        .collect::<Result<_, _>>()
        .map_err(|error| TrainError::Cohort(format!("agreement of the readers: {error}")))?;
    let is_kept = |icc: &Option<Icc>| icc.as_ref().is_some_and(|icc| icc.agreement.value > above);
    let kept = (0..icc.len()).filter(|&column| is_kept(&icc[column])).collect();
    Ok(Some(Agreement { rows, icc, kept, above }))
}

/// A feature that a reader could not compute for a patient has no agreement, and neither has a constant one.
fn icc_of(first: &[f64], second: &[f64]) -> Result<Option<Icc>, TestError> {
    match stats::icc(&[first, second]) {
        Ok(icc) => Ok(Some(icc).filter(|icc| icc.agreement.value.is_finite())),
        Err(TestError::NotFinite { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The features that the selection chooses among, as columns of the cohort.
pub(super) fn candidates(cohort: &Cohort, agreement: Option<&Agreement>, steps: &mut Vec<TrainingStep>) -> Vec<usize> {
    let entered = cohort.features.names.len();
    let Some(agreement) = agreement else {
        if entered > 0 {
            let detail = "no second reader: every feature is kept, whether or not readers would agree on it".to_owned();
            steps.push(TrainingStep { name: "Agreement".to_owned(), entered, left: entered, detail });
        }
        return (0..entered).collect();
    };
    let of_validation = agreement.rows.iter().filter(|&&row| cohort.set[row] == Set::Validation).count();
    let study = match of_validation {
        0 => String::new(),
        n => format!(", {n} of them of the validation set, as the column of the reader study names them"),
    };
    let n_read = agreement.rows.len();
    let detail = format!("ICC(2,1) > {} between two readers of {n_read} patients{study}", agreement.above);
    steps.push(TrainingStep { name: "Agreement".to_owned(), entered, left: agreement.kept.len(), detail });
    agreement.kept.clone()
}
