//! The features of many cases: side by side as far as memory reaches, each row on the disk as soon as it is known.
//!
//! Cases are found, let in and extracted by as many threads as there may be, and all their inner work is shared out among one pool of
//! as many: a few large cases use every core from within, many small ones side by side. Which case ends first changes nothing:
//! rows are kept as they come and written in the order of the cases at the end.

mod earlier;
mod gate;
mod merge;
mod partial;
mod tables;
mod work;

use std::path::{Path, PathBuf};

use earlier::Earlier;
pub use merge::{MergeError, MergeFeatures, Merged};
use partial::{Origin, Partial};
pub use partial::{PartialError, Start};
pub use tables::failures_path;
use tables::{Failure, ties};

use super::case::CaseFeatures;
use super::{ExportError, Request};
use crate::base::{ByteSize, Cancelled, FileError, Progress, check_free};
use crate::cohort::{ImagingCase, ImagingCases, Shard};
use crate::exchange::table::{FeatureRow, TableError};
use crate::radiomics::Protocol;
use crate::report::{FeatureReport, features_row};

/// Extracts the features of many cases into one table.
#[derive(Debug, Clone)]
pub struct ExtractCohort {
    /// The cases.
    pub cases: ImagingCases,
    /// Which part of them is wanted; all without it.
    pub shard: Option<Shard>,
    /// How to extract.
    pub protocol: Protocol,
    /// Where to write the features.
    pub out: PathBuf,
    /// Where to list what failed.
    pub failures: PathBuf,
    /// What to do about an earlier run.
    pub start: Start,
    /// Threads that compute.
    pub n_threads: usize,
    /// Memory for the cases under way.
    pub memory: ByteSize,
}

/// What came of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortOutcome {
    /// Cases that were wanted.
    pub n_cases: usize,
    /// Rows that an earlier run had made.
    pub n_kept: usize,
    /// Cases without features.
    pub n_failed: usize,
    /// Cases with features about which something is odd.
    pub n_doubtful: usize,
}

/// Why a cohort has no table.
#[derive(Debug, thiserror::Error)]
pub enum ExtractCohortError {
    /// Nothing can be written there.
    #[error(transparent)]
    File(#[from] FileError),
    /// Rows cannot be kept there.
    #[error(transparent)]
    Partial(#[from] PartialError),
    /// What stands in place of the finished table was not read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What stands there is of another extraction.
    #[error("{} was made with {then} and this run has {now}; write to another file, or replace it with --force", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What it was made with.
        then: String,
        /// What this run has.
        now: String,
    },
    /// The name does not end in `.csv`.
    #[error(transparent)]
    Format(#[from] ExportError),
    /// No thread could be started.
    #[error("no thread could be started ({0}); ask for fewer with --threads")]
    Threads(String),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Request for ExtractCohort {
    type Output = CohortOutcome;
    type Error = ExtractCohortError;
    const NAME: &'static str = "Extracting the features of many cases";

    fn run(self, progress: &Progress) -> Result<CohortOutcome, ExtractCohortError> {
        self.run_noting(progress, &|_| {})
    }
}

impl ExtractCohort {
    /// Does the work and hands `note` a sentence as soon as a case failed or is odd in what it needs.
    pub fn run_noting(
        self,
        progress: &Progress,
        note: &(dyn Fn(&str) + Sync),
    ) -> Result<CohortOutcome, ExtractCohortError> {
        let cases: Vec<&ImagingCase> = self.cases.cases.iter().filter(|case| self.has(case)).collect();
        for path in [&self.out, &self.failures] {
            check_free(path, self.start != Start::New)?;
        }
        let (mut partial, kept, begun) = Partial::open(&self.out, &self.origin(), self.start)?;
        let earlier = match self.earlier(&begun, &cases) {
            Ok(earlier) => earlier,
            Err(refused) => {
                partial.take_back();
                return Err(refused);
            }
        };
        let replaces_failures = begun.replaces || earlier.has_failures;
        let replaces_table = begun.replaces || earlier.has_table;
        let mut rows = earlier.still_true(kept, &cases, note);
        let n_kept = rows.len();
        let left: Vec<&ImagingCase> = cases.iter().copied().filter(|case| !rows.contains_key(&case.number)).collect();
        progress.begin("Extracting features, cases", left.len());
        let failures = self.extract_all(&left, progress, note, |case, files, row| {
            partial.append(case.number, files, &row)?;
            rows.insert(case.number, row);
            Ok(())
        })?;
        progress.check()?;
        tables::write_finished(&self.failures, &tables::failures_text(&failures), replaces_failures)?;
        tables::write_finished(&self.out, &tables::features_text(rows.values()), replaces_table)?;
        partial.remove()?;
        Ok(CohortOutcome {
            n_cases: cases.len(),
            n_kept,
            n_failed: failures.len(),
            n_doubtful: rows.values().filter(|row| is_doubtful(row)).count(),
        })
    }

    fn has(&self, case: &ImagingCase) -> bool {
        self.shard.is_none_or(|shard| shard.has(case.number))
    }

    /// What rows are made with.
    fn origin(&self) -> Origin {
        Origin {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: self.protocol.name.clone(),
            fingerprint: self.protocol.fingerprint(),
            settings: serde_json::to_value(&self.protocol).unwrap_or_default(),
            cases: self.cases.fingerprint.clone(),
            shard: self.shard.map(|shard| shard.to_string()),
            replaces: self.start == Start::Replace,
        }
    }

    /// What an earlier run finished that this one goes on with. What a run that began anew was to replace counts for nothing.
    fn earlier(&self, begun: &Origin, cases: &[&ImagingCase]) -> Result<Earlier, ExtractCohortError> {
        let goes_on = self.start == Start::Resume && !begun.replaces;
        let earlier = if goes_on { Earlier::of(self, cases)? } else { Earlier::default() };
        check_free(&self.out, begun.replaces || earlier.has_table)?;
        check_free(&self.failures, begun.replaces || earlier.has_failures)?;
        Ok(earlier)
    }

    fn failure(&self, case: &ImagingCase, problem: String) -> Failure {
        let text = |path: &Path| path.display().to_string();
        Failure {
            id: case.id.clone(),
            line: case.line,
            image: text(&case.image),
            voi: text(&case.voi),
            problem,
            case: case.number,
            cases: self.cases.cases.len(),
            cohort: self.cases.fingerprint.clone(),
        }
    }

    fn row(&self, case: &ImagingCase, extracted: &CaseFeatures) -> FeatureRow {
        let CaseFeatures { source, features } = extracted;
        let mut row = features_row(&FeatureReport { id: &case.id, source, features });
        row.provenance.extend(ties(case.number, self.cases.cases.len(), &self.cases.fingerprint, self.shard));
        row
    }
}

fn is_doubtful(row: &FeatureRow) -> bool {
    row.provenance.iter().any(|(name, text)| name == tables::WARNINGS && !text.is_empty())
}
