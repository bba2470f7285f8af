//! What runs beside the window: requests on their threads, and what becomes of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::assign::Assignment;
use super::dialogs::Purpose;
use super::proposals::Proposal;
use super::recovery::News;
use super::train::{ReadTables, Run};
use crate::base::Progress;
use crate::case::protocol::Facts;
use crate::case::submission::Submitted;
use crate::case::{ChangeMark, MeasuredVoi, Replacement, Revision, VoiState};
use crate::dicom::phase::HuEvidence;
use crate::dicom::phase::evidence::NoEvidence;
use crate::dicom::{Scan, Series, Thumbnail};
use crate::exchange::nifti::NiftiImage;
use crate::job::{Job, JobError, Latest, LoadedLabels, OpenSeries, Opened, Preview, Request, ScanFiles, Written};
use crate::model::Model;
use crate::radiomics::Features;
use crate::segment::lesion::HuBand;
use crate::segment::surface::Surfaces;
use crate::volume::Mask;

/// What a job brings.
pub enum Outcome {
    /// Files were looked at.
    Scanned(Scan),
    /// A series is a volume now.
    Opened(Box<Opened>),
    /// A NIfTI image was read.
    Image(PathBuf, Box<NiftiImage>),
    /// Small pictures of the series from this index on, as far as they could be made.
    Thumbnails(usize, Vec<Option<Thumbnail>>),
    /// Labels were read from this file; the state that the user gave up for them, where one was asked for.
    LabelsRead(PathBuf, Box<LoadedLabels>, Option<Revision>),
    /// Segments were read as the labels chosen for them.
    SegmentsRead(Assignment, Box<Replacement>),
    /// A region was proposed.
    Proposed(Box<Proposal>),
    /// The lesion that waits, within another band.
    Regrown(Box<Mask>, HuBand),
    /// Nothing is proposed, and why.
    Refused(String),
    /// A proposal is ready to be put in place.
    Accepted(Box<Replacement>),
    /// Something is ready that shows by nothing.
    Prepared,
    /// HU of this series, or of the image that is none, or why there are none.
    PhaseMeasured(Option<Arc<Series>>, Result<HuEvidence, NoEvidence>),
    /// A model was read.
    ModelRead(Box<Model>),
    /// The label map's state, with the edge of its VOI, is in a file.
    LabelsSaved(Written, VoiState),
    /// What takes longer than a frame was found of this state.
    ProtocolChecked(VoiState, Box<Facts>),
    /// This state was submitted.
    Submitted(Written, VoiState, Box<Submitted>),
    /// Features were extracted of this state.
    Extracted(VoiState, Features),
    /// The VOI was derived of this state of the labels.
    VoiDerived(ChangeMark, Box<MeasuredVoi>),
    /// The demonstration case lies in this folder.
    DemoWritten(PathBuf),
    /// Surfaces were made of this state of this label map.
    SurfacesMade((Revision, ChangeMark), Box<Surfaces>),
    /// A cohort was read.
    CohortRead(Box<ReadTables>),
    /// Models were trained.
    Trained(Box<Run>),
    /// A figure, table or report is in this file, or everything of a run in this folder.
    Exported(PathBuf),
    /// What became of recovering work.
    Recovery(News),
    /// What the user chose in the system's dialog; none when nothing, or when there is no such dialog.
    Picked(Purpose, Option<PathBuf>),
}

/// The jobs under way.
pub struct Jobs {
    running: Vec<Running>,
    ctx: egui::Context,
    /// What a scan knows so far.
    pub scan: Latest<Scan>,
    /// The first slice of a series that is being opened.
    pub preview: Latest<Preview>,
}

struct Running {
    job: Job<Outcome>,
    /// Whether the status bar shows it; dialogs and thumbnails are not worth a word.
    is_shown: bool,
    /// Whether a window that closes waits for it.
    is_awaited: bool,
    /// Whether it writes a file that was asked for.
    writes: bool,
}

impl Jobs {
    /// No jobs; `ctx` is woken when one is done.
    pub fn new(ctx: &egui::Context) -> Self {
        Self { running: Vec::new(), ctx: ctx.clone(), scan: interim(ctx), preview: interim(ctx) }
    }

    /// Starts a request; the status bar shows it.
    pub fn start<R: Request>(&mut self, request: R, outcome: impl FnOnce(R::Output) -> Outcome + Send + 'static) {
        let [is_shown, is_awaited, writes] = [true, true, R::WRITES];
        self.push(R::NAME, [is_shown, is_awaited, writes], move |progress| request.run(progress).map(outcome));
    }

    /// Starts work that shows by its result alone.
    pub fn start_quietly<E, W>(&mut self, name: &'static str, work: W)
    where
        E: std::error::Error + Send + Sync + 'static,
        W: FnOnce(&Progress) -> Result<Outcome, E> + Send + 'static,
    {
        self.push(name, [false, false, false], work);
    }

    /// Starts work that is no request of its own; the status bar shows it.
    pub fn start_work<E, W>(&mut self, name: &'static str, work: W)
    where
        E: std::error::Error + Send + Sync + 'static,
        W: FnOnce(&Progress) -> Result<Outcome, E> + Send + 'static,
    {
        self.push(name, [true, true, false], work);
    }

    /// Starts work that nothing shows, and that a window which closes waits for.
    pub fn start_unseen<E, W>(&mut self, name: &'static str, work: W)
    where
        E: std::error::Error + Send + Sync + 'static,
        W: FnOnce(&Progress) -> Result<Outcome, E> + Send + 'static,
    {
        self.push(name, [false, true, false], work);
    }

    fn push<E, W>(&mut self, name: &'static str, [is_shown, is_awaited, writes]: [bool; 3], work: W)
    where
        E: std::error::Error + Send + Sync + 'static,
        W: FnOnce(&Progress) -> Result<Outcome, E> + Send + 'static,
    {
        let ctx = self.ctx.clone();
        let job = Job::spawn(name, move || ctx.request_repaint(), work);
        self.running.push(Running { job, is_shown, is_awaited, writes });
    }

    /// Cancels the jobs of that name; neither their results matter any more nor what they still say on the way there.
    pub fn abandon(&mut self, name: &str) {
        match name {
            ScanFiles::NAME => self.scan = interim(&self.ctx),
            OpenSeries::NAME => self.preview = interim(&self.ctx),
            _ => {}
        }
        self.running.retain(|running| {
            let goes = running.job.name == name;
            if goes {
                running.job.cancel();
            }
            !goes
        });
    }

    /// Asks the job that the status bar shows to stop.
    pub fn cancel_shown(&self) {
        if let Some(job) = self.shown() {
            job.cancel();
        }
    }

    /// Ends all jobs, for nobody waits for them any more: those that can be cancelled stop, those that write finish.
    pub fn finish(&mut self, patience: Duration) {
        // A dialog of the system ends with the program.
        self.running.retain(|running| running.is_awaited);
        self.running.iter().filter(|running| !running.writes).for_each(|running| running.job.cancel());
        let begun = Instant::now();
        while !self.running.is_empty() && begun.elapsed() < patience {
            self.finished();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether a request of that name is under way.
    pub fn is_running(&self, name: &str) -> bool {
        self.running.iter().any(|running| running.job.name == name)
    }

    /// The request of that name, where it is under way.
    pub fn find(&self, name: &str) -> Option<&Job<Outcome>> {
        self.running.iter().map(|running| &running.job).find(|job| job.name == name)
    }

    /// Results that came since the last frame, by the names of their jobs.
    pub fn finished(&mut self) -> Vec<(&'static str, Result<Outcome, JobError>)> {
        let mut results = Vec::new();
        self.running.retain(|running| match running.job.poll() {
            Some(result) => {
                results.push((running.job.name, result));
                false
            }
            None => true,
        });
        results
    }

    /// The job that the status bar shows: the latest.
    pub fn shown(&self) -> Option<&Job<Outcome>> {
        self.running.iter().rev().find(|running| running.is_shown).map(|running| &running.job)
    }
}

/// A slot for what a job says on its way; the window wakes when something lies in it.
fn interim<T>(ctx: &egui::Context) -> Latest<T> {
    let ctx = ctx.clone();
    Latest::new(move || ctx.request_repaint())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Work<const WRITES: bool>;

    impl<const WRITES: bool> Request for Work<WRITES> {
        type Output = ();
        type Error = crate::base::Cancelled;
        const NAME: &'static str = "Working";
        const WRITES: bool = WRITES;

        fn run(self, progress: &Progress) -> Result<(), Self::Error> {
            std::thread::sleep(Duration::from_millis(50));
            progress.check()
        }
    }

    #[test]
    fn a_window_that_closes_lets_what_writes_finish_and_stops_the_rest() {
        let mut jobs = Jobs::new(&egui::Context::default());
        let done = |written: &'static std::sync::atomic::AtomicBool| {
            move |()| {
                written.store(true, std::sync::atomic::Ordering::SeqCst);
                Outcome::Prepared
            }
        };
        static WRITTEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        static FOUND: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        jobs.start(Work::<true>, done(&WRITTEN));
        jobs.start(Work::<false>, done(&FOUND));
        jobs.finish(Duration::from_secs(60));
        let [written, found] = [&WRITTEN, &FOUND].map(|flag| flag.load(std::sync::atomic::Ordering::SeqCst));
        assert!(written && !found);
    }

    #[test]
    fn what_an_abandoned_job_still_says_is_not_heard() {
        let mut jobs = Jobs::new(&egui::Context::default());
        let abandoned = jobs.scan.clone();
        jobs.abandon(ScanFiles::NAME);
        let present = jobs.scan.clone();
        abandoned.put(Scan::default());
        assert!(jobs.scan.take().is_none(), "a scan of another folder");
        present.put(Scan::default());
        assert!(jobs.scan.take().is_some());
    }
}
