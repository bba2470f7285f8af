//! The features of many cases: side by side as far as memory reaches, each row on the disk as soon as it is known.
//!
//! Cases are found, let in and extracted by as many threads as there may be, and all their inner work is shared out among one pool of
//! as many: a few large cases use every core from within, many small ones side by side. Which case ends first changes nothing:
//! rows are kept as they come and written in the order of the cases at the end.

mod gate;
mod merge;
mod partial;
mod tables;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use gate::{Extent, MemoryGate};
pub use merge::{MergeError, MergeFeatures, Merged};
use partial::{KeptRow, Partial};
pub use partial::{PartialError, Start};
use rayon::{ThreadPool, ThreadPoolBuilder};
pub use tables::failures_path;
use tables::{COHORT, FINGERPRINT, Failure, SHARD, VERSION, ties};

use super::case::{CaseError, CaseFeatures, ExtractCase};
use super::{ExportError, Request};
use crate::base::{ByteSize, Cancelled, FileError, Progress, check_free};
use crate::cohort::{ImagingCase, ImagingCases, Shard, files_state};
use crate::exchange::table::{FeatureRow, read_table};
use crate::radiomics::{Protocol, RadiomicsError};
use crate::report::{FeatureReport, features_row};

/// Bytes of stack of a worker: while one waits for a part of its case it may begin another case.
const STACK_BYTES: usize = 16 << 20;

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

/// A case that was worked on.
struct Ended<'a> {
    case: &'a ImagingCase,
    /// State of its files beforehand.
    files: String,
    /// Its row, or why it has none.
    result: Result<FeatureRow, String>,
}

impl ExtractCohort {
    /// Does the work and hands `note` a sentence as soon as a case failed or is odd in what it needs.
    pub fn run_noting(
        self,
        progress: &Progress,
        note: &(dyn Fn(&str) + Sync),
    ) -> Result<CohortOutcome, ExtractCohortError> {
        let cases: Vec<&ImagingCase> = self.cases.cases.iter().filter(|case| self.has(case)).collect();
        let origin = self.origin();
        for path in [&self.out, &self.failures] {
            check_free(path, self.start != Start::New)?;
        }
        if let Some(outcome) = self.finished_before(&cases)? {
            return Ok(outcome);
        }
        let (mut partial, kept, begun) = Partial::open(&self.out, &origin, self.start)?;
        let mut rows = still_true(kept, &cases, note);
        let n_kept = rows.len();
        let left: Vec<&ImagingCase> = cases.iter().copied().filter(|case| !rows.contains_key(&case.number)).collect();
        let replaces_failures = begun.replaces || self.lists_own_failures();
        if !left.is_empty() {
            check_free(&self.out, begun.replaces)?;
            check_free(&self.failures, replaces_failures)?;
        }
        progress.begin("Extracting features, cases", left.len());
        let failures = self.extract_all(&left, progress, note, |case, files, row| {
            partial.append(case.number, files, &row)?;
            rows.insert(case.number, row);
            Ok(())
        })?;
        progress.check()?;
        tables::write_finished(&self.failures, &tables::failures_text(&failures), replaces_failures)?;
        tables::write_finished(&self.out, &tables::features_text(rows.values()), begun.replaces)?;
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
    fn origin(&self) -> partial::Origin {
        partial::Origin {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: self.protocol.name.clone(),
            fingerprint: self.protocol.fingerprint(),
            settings: serde_json::to_value(&self.protocol).unwrap_or_default(),
            cases: self.cases.fingerprint.clone(),
            shard: self.shard.map(|shard| shard.to_string()),
            replaces: self.start == Start::Replace,
        }
    }

    /// Whether the list of failures that stands there is from these cases: one of a run that was killed in its last steps.
    fn lists_own_failures(&self) -> bool {
        let is_own = |failure: &Failure| failure.cohort == self.cases.fingerprint;
        self.start == Start::Resume && tables::read_failures(&self.failures).is_ok_and(|list| list.iter().all(is_own))
    }

    /// The outcome of a run to be gone on with that was finished already; `None` when something is left to do.
    fn finished_before(&self, cases: &[&ImagingCase]) -> Result<Option<CohortOutcome>, ExtractCohortError> {
        let is_over = self.out.exists() && !Partial::path_for(&self.out).exists();
        if self.start != Start::Resume || !is_over {
            return Ok(None);
        }
        let exists = || FileError::Exists(self.out.clone());
        let table = read_table(&self.out).map_err(|_| exists())?;
        let failures = tables::read_failures(&self.failures).map_err(|_| exists())?;
        let origin = self.origin();
        let expected = [
            (VERSION, origin.version),
            (FINGERPRINT, origin.fingerprint),
            (COHORT, origin.cases),
            (SHARD, origin.shard.unwrap_or_default()),
        ];
        let is_same = expected.iter().all(|(name, value)| {
            let column = table.header.iter().position(|column| column == name);
            (0..table.rows.len()).all(|row| column.map_or("", |column| table.text(row, column)) == value)
        });
        if !is_same || table.rows.len() + failures.len() != cases.len() {
            return Err(exists().into());
        }
        let doubtful = table.column(tables::WARNINGS).ok();
        let is_doubtful = |row: &usize| doubtful.is_some_and(|column| !table.text(*row, column).is_empty());
        Ok(Some(CohortOutcome {
            n_cases: cases.len(),
            n_kept: table.rows.len(),
            n_failed: failures.len(),
            n_doubtful: (0..table.rows.len()).filter(is_doubtful).count(),
        }))
    }

    /// Extracts the cases and hands each row to `keep`; the failures, in the order of the cases.
    fn extract_all(
        &self,
        cases: &[&ImagingCase],
        progress: &Progress,
        note: &(dyn Fn(&str) + Sync),
        keep: impl FnMut(&ImagingCase, &str, FeatureRow) -> Result<(), FileError>,
    ) -> Result<Vec<Failure>, ExtractCohortError> {
        let no_threads = |error: &dyn std::error::Error| ExtractCohortError::Threads(error.to_string());
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.n_threads)
            .stack_size(STACK_BYTES)
            .thread_name(|index| format!("features {index}"))
            .build()
            .map_err(|error| no_threads(&error))?;
        let worker = Worker { cohort: self, pool, gate: MemoryGate::new(self.memory.0), progress, note };
        let next = AtomicUsize::new(0);
        let (sender, ended) = sync_channel(1);
        let mut failures = thread::scope(|scope| {
            for index in 0..self.n_threads.min(cases.len()) {
                let (worker, next, sender) = (&worker, &next, sender.clone());
                let thread = thread::Builder::new().name(format!("case {index}"));
                thread.spawn_scoped(scope, move || worker.work(cases, next, &sender)).map_err(|e| no_threads(&e))?;
            }
            drop(sender);
            self.collect(ended, progress, note, keep)
        })?;
        failures.sort_by_key(|failure| failure.case);
        Ok(failures)
    }

    /// Takes in what the workers answer. When a row cannot be kept, the workers find nobody to answer to and stop.
    fn collect(
        &self,
        ended: Receiver<Ended>,
        progress: &Progress,
        note: &(dyn Fn(&str) + Sync),
        mut keep: impl FnMut(&ImagingCase, &str, FeatureRow) -> Result<(), FileError>,
    ) -> Result<Vec<Failure>, ExtractCohortError> {
        let mut failures = Vec::new();
        for Ended { case, files, result } in ended {
            match result {
                Ok(row) => keep(case, &files, row)?,
                Err(_) if progress.is_cancelled() => {}
                Err(problem) => {
                    note(&format!("case \"{}\" (line {} of the table of cases): {problem}", case.id, case.line));
                    failures.push(self.failure(case, problem));
                }
            }
            progress.advance(1);
        }
        Ok(failures)
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

/// The rows of an earlier run whose cases' files are as they were; `note` hears of the others.
fn still_true(kept: Vec<KeptRow>, cases: &[&ImagingCase], note: &dyn Fn(&str)) -> BTreeMap<usize, FeatureRow> {
    // Of a case that was extracted twice, the later row counts.
    let mut kept: BTreeMap<usize, KeptRow> = kept.into_iter().map(|kept| (kept.case, kept)).collect();
    for case in cases {
        if kept.get(&case.number).is_some_and(|kept| kept.files != files_state(case)) {
            kept.remove(&case.number);
            note(&format!(
                "case \"{}\" (line {} of the table of cases): its files have changed since its row was made; it is extracted again",
                case.id, case.line
            ));
        }
    }
    kept.into_iter().map(|(case, kept)| (case, kept.row)).collect()
}

fn is_doubtful(row: &FeatureRow) -> bool {
    row.provenance.iter().any(|(name, text)| name == tables::WARNINGS && !text.is_empty())
}

/// What the threads that take cases share.
struct Worker<'a> {
    cohort: &'a ExtractCohort,
    pool: ThreadPool,
    gate: MemoryGate,
    progress: &'a Progress,
    note: &'a (dyn Fn(&str) + Sync),
}

impl Worker<'_> {
    /// Takes one case after the other until none is left, or nobody listens.
    fn work<'a>(&self, cases: &[&'a ImagingCase], next: &AtomicUsize, sender: &SyncSender<Ended<'a>>) {
        while let Some(&case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let files = files_state(case);
            if self.progress.is_cancelled() || sender.send(Ended { case, files, result: self.row(case) }).is_err() {
                return;
            }
        }
    }

    /// The case's row, or why it has none. A defect of the program costs the case and not the cohort.
    fn row(&self, case: &ImagingCase) -> Result<FeatureRow, String> {
        match catch_unwind(AssertUnwindSafe(|| self.extract(case))) {
            Ok(Ok(extracted)) => Ok(self.cohort.row(case, &extracted)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the program stopped unexpectedly at it, which is a defect; please report it".to_owned()),
        }
    }

    fn extract(&self, case: &ImagingCase) -> Result<CaseFeatures, CaseError> {
        let progress = self.progress.part();
        let request = ExtractCase {
            image: case.image.clone(),
            series: case.series.clone(),
            voi: case.voi.clone(),
            label: case.label,
            protocol: self.cohort.protocol.clone(),
        };
        let found = self.pool.install(|| request.find(&progress))?;
        let extent = Extent::of(&found);
        // The VOI is read twice, for how large it is decides what the case needs, and kept by those that wait it would need
        // memory of its own.
        let reading = self.gate.enter(extent.bytes_to_read_voi());
        let region = self.pool.install(|| request.region(&found))?;
        let n_inside = region.mask.inside().iter().filter(|inside| **inside).count() as u64;
        drop((region, reading));
        let need = extent.bytes_to_extract(n_inside, &self.cohort.protocol.preparation, self.cohort.n_threads);
        if need > self.cohort.memory.0 {
            let (id, need, most) = (&case.id, ByteSize(need), self.cohort.memory);
            let sentence = format!(
                "case \"{id}\" may need {need} of memory, more than the {most} that are allowed; it runs alone"
            );
            (self.note)(&sentence);
        }
        // Waiting is left to this thread: one of the pool's would be missing in the cases under way.
        let _permit = self.gate.enter(need);
        progress.check().map_err(RadiomicsError::from)?;
        self.pool.install(|| request.extract(found, &progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn a_row_whose_files_have_changed_is_not_taken_and_the_case_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let case = |number: usize| {
            let image = folder.path().join(format!("{number}.nii"));
            std::fs::write(&image, "image").unwrap();
            ImagingCase {
                id: format!("p{number}"),
                voi: image.clone(),
                image,
                label: None,
                series: None,
                number,
                line: 9,
            }
        };
        let (first, second) = (case(1), case(2));
        let kept = |case: &ImagingCase, files: String| KeptRow {
            case: case.number,
            files,
            row: FeatureRow { provenance: vec![("id".to_owned(), case.id.clone())], features: Vec::new() },
        };
        let rows = vec![
            kept(&first, "of an earlier state".to_owned()),
            kept(&second, files_state(&second)),
            kept(&first, files_state(&first)),
        ];
        std::fs::write(&second.image, "another image").unwrap();
        let said = RefCell::new(Vec::new());
        let still = still_true(rows, &[&first, &second], &|sentence| said.borrow_mut().push(sentence.to_owned()));
        assert_eq!(still.keys().collect::<Vec<_>>(), [&1]);
        assert!(matches!(said.borrow().as_slice(), [one] if one.contains("\"p2\" (line 9")), "{said:?}");
    }
}
