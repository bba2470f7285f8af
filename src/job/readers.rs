//! Agreement of two readers on every feature.

use std::path::PathBuf;

use super::Request;
use crate::base::{Progress, Warnings};
use crate::cohort::{CohortError, read_readers};
use crate::report::training::{NamedTable, icc_table};
use crate::stats::{Icc, icc};

/// Compares two readers' feature tables.
pub struct CompareReaders {
    /// The first reader's features.
    pub reader1: PathBuf,
    /// The second reader's.
    pub reader2: PathBuf,
    /// What the columns of the tables mean.
    pub schema: Option<PathBuf>,
    /// The ICC(2,1) above which a feature counts as kept.
    pub above: f64,
}

/// How two readers agree.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// One row a feature.
    pub table: NamedTable,
    /// Patients whom both read.
    pub n_patients: usize,
    /// Features above the limit.
    pub n_kept: usize,
    /// What is odd about the tables.
    pub warnings: Warnings,
}

/// Why readers were not compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareReadersError {
    /// A table was not read.
    #[error(transparent)]
    Cohort(#[from] CohortError),
    /// Too few patients were read twice.
    #[error("{0} patients were read by both; agreement needs at least 3, better 30")]
    TooFew(usize),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] crate::base::Cancelled),
}

impl Request for CompareReaders {
    type Output = Agreed;
    type Error = CompareReadersError;
    const NAME: &'static str = "Comparing the readers";

    fn run(self, progress: &Progress) -> Result<Agreed, CompareReadersError> {
        progress.begin(Self::NAME, 0);
        let pair = read_readers(&self.reader1, &self.reader2, self.schema.as_deref())?;
        progress.check()?;
        let n_patients = pair.ids.len();
        if n_patients < 3 {
            return Err(CompareReadersError::TooFew(n_patients));
        }
        let of = |(first, second): (&Vec<f64>, &Vec<f64>)| icc(&[first, second]).ok();
        let agreements: Vec<Option<Icc>> = pair.first.iter().zip(&pair.second).map(of).collect();
        let is_kept = |icc: &Option<Icc>| icc.is_some_and(|icc| icc.agreement.value > self.above);
        let kept: Vec<bool> = agreements.iter().map(is_kept).collect();
        let n_kept = kept.iter().filter(|kept| **kept).count();
        let table = icc_table(&pair.names, &agreements, &kept);
        Ok(Agreed { table, n_patients, n_kept, warnings: pair.warnings })
    }
}
