//! Requests: each owns its inputs, runs on a thread of its own, reports progress and can be cancelled.
//!
//! The window starts a [`Job`] and polls it once a frame without blocking; the command line and tests call the same
//! [`Request::run`] directly. Jobs hold no locks that the window waits for, and know nothing of it but a wake-up call.

mod aside;
mod case;
mod cohort;
mod demonstration;
mod evaluate;
mod exports;
mod features;
mod folder;
mod input;
mod labels;
mod latest;
mod model;
mod open;
mod organ;
mod proposal;
mod protocol;
mod readers;
mod simulate;
mod simulate_cohort;
mod surface;
mod train;
mod voi;
mod within_liver;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

pub use aside::aside;
pub use case::{CaseError, CaseFeatures, ExtractCase, source_of, voi_doubts};
pub use cohort::{
    CohortOutcome, ExtractCohort, ExtractCohortError, MergeError, MergeFeatures, Merged, PartialError, Start,
    failures_path,
};
pub use demonstration::{DemonstrationError, ReadDemonstration};
pub use evaluate::{EvaluateModel, WriteEvaluation};
pub use exports::{ExportError, ExportFeatures, ExportFigure, ExportReport};
pub use features::ExtractFeatures;
pub use folder::WriteFolderError;
pub use input::{FoundImage, Image, InputError, Region, VOI_OF_LABELS, find_image, load_region, no_series};
pub use labels::{
    AssignSegments, ExportNifti, ExportNrrd, ExportRtStruct, ExportSeg, LabelsError, LoadLabels, LoadedLabels, Written,
    read_labels,
};
pub use latest::Latest;
pub use model::{LoadModel, LoadModelError, SaveModel};
pub use open::{MeasurePhase, OpenError, OpenSeries, Opened, Preview, ScanFiles, SliceGrid};
pub use organ::{CompareRegions, DeriveVoi, FindVessels, GrowLiver};
pub use proposal::{
    ChangeRegion, FillBetween, FillBetweenError, PutRegion, RegionChange, drawn_slices, pixels_between, pixels_on,
};
pub use protocol::{CheckProtocol, ExportTimes, HandIn, HandInError, submission_files};
pub use readers::{Agreed, CompareReaders, CompareReadersError};
pub use simulate::{CachedDemonstration, SimulateStudy, simulated_patient};
pub use simulate_cohort::{CohortPaths, SimulateCohort, SimulateCohortError};
pub use surface::MakeSurfaces;
pub use train::{ReadCohort, TrainModels, WriteTraining};
pub use voi::{ExtractDrawn, ExtractDrawnError, MeasureVoi};
pub use within_liver::{CutCaudate, GrowLesion, GrownLesion, LesionGrowth, RegrowLesion};

use crate::base::Progress;

/// Work that owns its inputs.
pub trait Request: Send + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// Why it could not.
    type Error: std::error::Error + Send + Sync + 'static;
    /// In a few words, as the status bar and the thread list show it; without patient data.
    const NAME: &'static str;
    /// Whether it writes a file that someone asked for: a program that ends lets it finish.
    const WRITES: bool = false;
    /// Does the work on the calling thread.
    fn run(self, progress: &Progress) -> Result<Self::Output, Self::Error>;
}

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It was cancelled.
    #[error("{0} was cancelled")]
    Cancelled(&'static str),
    /// The request failed; its own words follow.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// The thread could not be started.
    #[error("{0} could not start: {1}")]
    NotStarted(&'static str, std::io::Error),
    /// The thread ended without an answer, which is a defect of the program.
    #[error("{0} stopped unexpectedly; what was drawn is untouched, please try again")]
    Died(&'static str),
}

/// A request under way.
#[derive(Debug)]
pub struct Job<T> {
    /// What it does.
    pub name: &'static str,
    /// How far it is; also the handle for cancelling.
    pub progress: Progress,
    answer: Receiver<Result<T, JobError>>,
}

impl<T: Send + 'static> Job<T> {
    /// Starts a request on a named thread; `wake` is called from there when it is done.
    pub fn start<R: Request<Output = T>>(request: R, wake: impl Fn() + Send + 'static) -> Self {
        Self::spawn(R::NAME, wake, move |progress| request.run(progress))
    }

    /// Starts work on a named thread; `wake` is called from there when it is done.
    pub fn spawn<E, W>(name: &'static str, wake: impl Fn() + Send + 'static, work: W) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
        W: FnOnce(&Progress) -> Result<T, E> + Send + 'static,
    {
        let progress = Progress::new();
        let (sender, answer) = sync_channel(1);
        let worker = progress.clone();
        let failed_to_start = sender.clone();
        let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let result = match catch_unwind(AssertUnwindSafe(|| work(&worker))) {
                Ok(Ok(output)) => Ok(output),
                Ok(Err(_)) if worker.is_cancelled() => Err(JobError::Cancelled(name)),
                Ok(Err(error)) => Err(JobError::Failed(Box::new(error))),
                Err(_) => Err(JobError::Died(name)),
            };
            // Nobody listens any more when the job was dropped.
            let _ = sender.try_send(result);
            wake();
        });
        if let Err(error) = spawned {
            let _ = failed_to_start.try_send(Err(JobError::NotStarted(name, error)));
        }
        Self { name, progress, answer }
    }

    /// The answer, once; `None` while it is under way. Never blocks.
    pub fn poll(&self) -> Option<Result<T, JobError>> {
        match self.answer.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(JobError::Died(self.name))),
        }
    }

    /// Waits for the answer.
    pub fn wait(self) -> Result<T, JobError> {
        self.answer.recv().unwrap_or(Err(JobError::Died(self.name)))
    }

    /// Asks the worker to stop.
    pub fn cancel(&self) {
        self.progress.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Cancelled;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    struct Square(u64);

    impl Request for Square {
        type Output = u64;
        type Error = Cancelled;
        const NAME: &'static str = "Squaring";
        fn run(self, progress: &Progress) -> Result<u64, Cancelled> {
            progress.check()?;
            Ok(self.0 * self.0)
        }
    }

    #[test]
    fn a_finished_job_wakes_and_answers_once() {
        let (wake, woken) = channel();
        let job = Job::start(Square(12), move || wake.send(()).unwrap());
        woken.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(matches!(job.poll(), Some(Ok(144))));
    }

    #[test]
    fn polling_work_under_way_does_not_block_and_cancelling_ends_it() {
        let job: Job<()> = Job::spawn(
            "Waiting",
            || {},
            |progress| {
                loop {
                    progress.check()?;
                    std::thread::yield_now();
                }
                #[allow(unreachable_code)]
                Ok::<(), Cancelled>(())
            },
        );
        assert!(job.poll().is_none());
        job.cancel();
        assert!(matches!(job.wait(), Err(JobError::Cancelled("Waiting"))));
    }

    #[test]
    fn a_panic_is_an_error_and_still_wakes() {
        let (wake, woken) = channel();
        let job: Job<()> = Job::spawn(
            "Failing",
            move || wake.send(()).unwrap(),
            |_| -> Result<(), Cancelled> { panic!("a defect, on purpose in this test") },
        );
        woken.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(matches!(job.wait(), Err(JobError::Died("Failing"))));
    }
}
