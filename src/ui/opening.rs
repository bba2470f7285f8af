//! Opening: studies, series, NIfTI images, the demonstration case, labels and models.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::App;
use super::actions::Action;
use super::assign::Assignment;
use super::dialogs::CHOOSING;
use super::features::{Extracted, Listing};
use super::jobs::Outcome;
use super::library::THUMBNAIL;
use super::recovery::{self, Wish};
use super::sheets::Sheet;
use super::{keeping, proposals};
use crate::base::Cancelled;
use crate::case::{Identity, Revision};
use crate::dicom::thumbnail;
use crate::exchange::nifti;
use crate::job::{
    AssignSegments, CachedDemonstration, CheckProtocol, ExtractFeatures, LoadLabels, LoadModel, MeasurePhase,
    MeasureVoi, OpenSeries, Request, ScanFiles, SliceGrid,
};

/// Name of the job that reads a NIfTI image.
const READING_IMAGE: &str = "Opening the image";

/// Name of the job that makes small pictures.
const THUMBNAILS: &str = "Small pictures";
/// Small pictures that are made before the first of them show.
const BATCH: usize = 8;

/// Opens a NIfTI image, or looks for series.
pub fn open(app: &mut App, paths: Vec<PathBuf>) {
    app.shell.message = None;
    app.recovery.forget_wanted();
    for name in [READING_IMAGE, ScanFiles::NAME, OpenSeries::NAME, THUMBNAILS, CachedDemonstration::NAME] {
        app.jobs.abandon(name);
    }
    app.library.clear();
    clear_desk(app);
    match paths.as_slice() {
        [path] if nifti::is_nifti_name(path) => open_image(app, path.clone()),
        _ => {
            let so_far = app.jobs.scan.clone();
            app.jobs.start(ScanFiles { inputs: paths, so_far }, Outcome::Scanned);
        }
    }
}

/// Takes everything of the last patient off the desk, and what is still being made of it.
fn clear_desk(app: &mut App) {
    // A path that was asked for is one of that patient.
    let others = [
        ExtractFeatures::NAME,
        LoadLabels::NAME,
        AssignSegments::NAME,
        MeasurePhase::NAME,
        MeasureVoi::NAME,
        CheckProtocol::NAME,
        CHOOSING,
    ];
    for name in others.into_iter().chain(proposals::JOBS).chain(recovery::JOBS) {
        app.jobs.abandon(name);
    }
    app.shell.sheet.take_if(|sheet| !matches!(sheet, Sheet::Recovery(_)));
    app.shell.later.retain(|action| matches!(action, Action::Recovery(Wish::Offer)));
    keeping::end(app);
    app.desk.expect(Identity::default(), None);
    app.viewer.clear();
    app.pen.put_away();
    app.proposals.clear();
    app.protocol.clear();
    app.extracted = Extracted::default();
    app.listing = Listing::default();
    app.risk.clear();
}

fn open_image(app: &mut App, path: PathBuf) {
    app.jobs.start_work(READING_IMAGE, move |progress| {
        progress.begin(READING_IMAGE, 0);
        nifti::read_volume(&path).map(|image| Outcome::Image(path, Box::new(image)))
    });
}

/// Opens a series of the library.
pub fn open_series(app: &mut App, index: usize, grid: SliceGrid) {
    let Some(series) = app.library.series.get(index).cloned() else { return };
    for name in [OpenSeries::NAME, CachedDemonstration::NAME] {
        app.jobs.abandon(name);
    }
    app.shell.message = None;
    clear_desk(app);
    app.library.open = Some((index, grid));
    app.desk.expect(Identity::of(&series), Some(series.clone()));
    let preview = app.jobs.preview.clone();
    app.jobs.start(OpenSeries { series, grid, preview }, |opened| Outcome::Opened(Box::new(opened)));
}

/// A series is not opened after all: nothing looks as if it were.
pub fn series_not_opened(app: &mut App) {
    app.jobs.abandon(OpenSeries::NAME);
    app.library.open = None;
    app.desk.expect(Identity::default(), None);
}

/// Makes small pictures of the series from this index on, some at a time. A series without one shows by its words alone; why it
/// cannot be decoded is said when it is opened.
pub fn make_thumbnails(app: &mut App, from: usize) {
    let batch: Vec<_> = app.library.series.iter().skip(from).take(BATCH).cloned().collect();
    if !batch.is_empty() {
        app.jobs.start_quietly(THUMBNAILS, move |_| {
            let pictures = batch.par_iter().map(|series| thumbnail(series, THUMBNAIL).ok()).collect();
            Ok::<_, Cancelled>(Outcome::Thumbnails(from, pictures))
        });
    }
}

/// Looks for what HU say of the phase of the image that was opened.
pub fn measure_phase(app: &mut App) {
    let Some(case) = &app.desk.case else { return };
    let series = app.desk.series.clone();
    let request = MeasurePhase { volume: case.volume().clone() };
    app.jobs.start_quietly(MeasurePhase::NAME, |progress| {
        request.run(progress).map(|measured| Outcome::PhaseMeasured(series, measured))
    });
}

/// Opens the simulated demonstration case, which is written first where it is not there yet.
pub fn open_demo(app: &mut App) {
    app.jobs.abandon(CachedDemonstration::NAME);
    app.jobs.start(CachedDemonstration, Outcome::DemoWritten);
}

/// Loads a label map drawn on the open image in place of what is drawn now, which was given up for it.
pub fn replace_labels(app: &mut App, path: PathBuf) {
    if let Some(case) = &mut app.desk.case {
        let given_up = case.drawn().revision;
        load_labels(app, path, Some(given_up));
    }
}

/// Reads a label map drawn on the open image; what may be lost for it is asked once it is known to fit. A state that was given up
/// for it may be an earlier one than what is drawn now.
pub fn load_labels(app: &mut App, path: PathBuf, given_up: Option<Revision>) {
    let threshold = threshold_of(app, &path);
    let Some(case) = &mut app.desk.case else { return };
    let request = LoadLabels { path: path.clone(), drawn: case.drawn(), series: app.desk.series.clone(), threshold };
    app.jobs.abandon(LoadLabels::NAME);
    app.jobs.start(request, move |labels| Outcome::LabelsRead(path, Box::new(labels), given_up));
}

/// The threshold that was set for a file, where one was.
fn threshold_of(app: &App, path: &Path) -> Option<f64> {
    app.desk.threshold.as_ref().filter(|(of, _)| of == path).map(|(_, threshold)| *threshold)
}

/// Loads segments of a file as the labels that were chosen for them.
pub fn assign_segments(app: &mut App, assignment: Assignment) {
    app.shell.sheet = None;
    let threshold = threshold_of(app, &assignment.path);
    let Some(case) = &mut app.desk.case else { return };
    let (path, chosen, series) = (assignment.path.clone(), assignment.chosen(), app.desk.series.clone());
    let request = AssignSegments { path, chosen, drawn: case.drawn(), series, threshold };
    app.jobs.abandon(AssignSegments::NAME);
    app.jobs.start(request, move |joined| Outcome::SegmentsRead(assignment, Box::new(joined)));
}

/// Loads a model, which is then the chosen one.
pub fn load_model(app: &mut App, path: PathBuf) {
    app.jobs.abandon(LoadModel::NAME);
    app.jobs.start(LoadModel { path }, |model| Outcome::ModelRead(Box::new(model)));
}
