//! The cases of a cohort at work: side by side on as many threads as there may be, as far as memory reaches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::gate::{Drawn, Extent, MemoryGate};
use super::tables::Failure;
use super::{ExtractCohort, ExtractCohortError};
use crate::base::{ByteSize, FileError, Progress};
use crate::cohort::{ImagingCase, files_state};
use crate::exchange::table::FeatureRow;
use crate::job::case::{CaseError, CaseFeatures, ExtractCase};
use crate::radiomics::RadiomicsError;

/// Bytes of stack of a worker: while one waits for a part of its case it may begin another case.
const STACK_BYTES: usize = 16 << 20;

/// A case that was worked on.
struct Ended<'a> {
    case: &'a ImagingCase,
    /// State of its files beforehand.
    files: String,
    /// Its row, or why it has none.
    result: Result<FeatureRow, String>,
}

impl ExtractCohort {
    /// Extracts the cases and hands each row to `keep`; the failures, in the order of the cases. When a row cannot be kept, the cases
    /// under way are stopped.
    pub(super) fn extract_all(
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
        let under_way = progress.branch();
        let worker = Worker { cohort: self, pool, gate: MemoryGate::new(self.memory.0), progress: &under_way, note };
        let next = AtomicUsize::new(0);
        let (sender, ended) = sync_channel(1);
        let mut failures = thread::scope(|scope| {
            for index in 0..self.n_threads.min(cases.len()) {
                let (worker, next, sender) = (&worker, &next, sender.clone());
                let thread = thread::Builder::new().name(format!("case {index}"));
                let started = thread.spawn_scoped(scope, move || worker.work(cases, next, &sender));
                started.inspect_err(|_| under_way.cancel()).map_err(|error| no_threads(&error))?;
            }
            drop(sender);
            self.collect(ended, progress, &under_way, note, keep)
        })?;
        failures.sort_by_key(|failure| failure.case);
        Ok(failures)
    }

    /// Takes in what the workers answer. When a row cannot be kept, the workers find nobody to answer to, and `under_way` stops what
    /// they are at.
    fn collect(
        &self,
        ended: Receiver<Ended>,
        progress: &Progress,
        under_way: &Progress,
        note: &(dyn Fn(&str) + Sync),
        mut keep: impl FnMut(&ImagingCase, &str, FeatureRow) -> Result<(), FileError>,
    ) -> Result<Vec<Failure>, ExtractCohortError> {
        let mut failures = Vec::new();
        for Ended { case, files, result } in ended {
            match result {
                Ok(row) => keep(case, &files, row).inspect_err(|_| under_way.cancel())?,
                Err(_) if progress.is_cancelled() => {}
                Err(problem) => {
                    note(&format!("{}: {problem}", case.in_words()));
                    failures.push(self.failure(case, problem));
                }
            }
            progress.advance(1);
        }
        Ok(failures)
    }
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
        progress.check().map_err(RadiomicsError::from)?;
        let region = self.pool.install(|| request.region(&found))?;
        let drawn = Drawn::of(&region.mask);
        drop((region, reading));
        let need = extent.bytes_to_extract(drawn, &self.cohort.protocol, self.cohort.n_threads);
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
    use crate::cohort::ImagingCases;
    use crate::job::Start;
    use crate::radiomics::Protocol;

    #[test]
    fn a_row_that_cannot_be_kept_stops_the_cases_under_way_and_not_whoever_asked() {
        let case = |number: usize| ImagingCase {
            id: format!("p{number}"),
            image: "image.nii".into(),
            voi: "voi.nii".into(),
            label: None,
            series: None,
            number,
            line: 9,
        };
        let cases = vec![case(1), case(2)];
        let cohort = ExtractCohort {
            cases: ImagingCases { cases: cases.clone(), fingerprint: String::new(), notes: Vec::new() },
            shard: None,
            protocol: Protocol::liang2022(),
            out: "f.csv".into(),
            failures: "f.failed.csv".into(),
            start: Start::New,
            n_threads: 1,
            memory: ByteSize(1),
        };
        let progress = Progress::new();
        let under_way = progress.branch();
        let (sender, ended) = sync_channel(2);
        let is_under_way = under_way.part();
        for case in &cases {
            sender.send(Ended { case, files: String::new(), result: Ok(FeatureRow::default()) }).unwrap();
        }
        let full = |_: &ImagingCase, _: &str, _| {
            assert!(is_under_way.check().is_ok(), "a row was asked to be kept after one could not be");
            Err(FileError::Io { path: "f.csv.partial".into(), cause: std::io::ErrorKind::StorageFull.into() })
        };
        let error = cohort.collect(ended, &progress, &under_way, &|_| {}, full).unwrap_err();
        assert!(error.to_string().starts_with("f.csv.partial could not be written"), "{error}");
        assert!(is_under_way.is_cancelled() && !progress.is_cancelled());
        assert!(sender.send(Ended { case: &cases[0], files: String::new(), result: Err(String::new()) }).is_err());
    }
}
