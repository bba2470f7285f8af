//! What the window shows, as plain values: for tests that act on the window and assert what became of it.
//!
//! With `HEPATICA_TRACE` naming a file, each change is written there as a line of JSON. It holds no patient data: words that
//! can name a file are left out of it.

use std::fs::File;
use std::io::Write as _;

use serde::Serialize;

use super::App;
use super::actions::Page;
use super::proposals::Proposal;
use super::viewer::SurfacePlace;
use crate::case::{Case, Revision};
use crate::segment::Plane;
use crate::volume::Label;

/// The window's state in numbers and words.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// The page that shows.
    pub page: Page,
    /// Whether an image can be drawn on.
    pub has_image: bool,
    /// Series in the list.
    pub n_series: usize,
    /// Series whose HU of aorta, portal vein and liver are known.
    pub measured_series: usize,
    /// Width and level of the window.
    pub window: [f64; 2],
    /// Slices of the axial, coronal and sagittal view, from 0 on.
    pub slices: [usize; 3],
    /// Shift of the axial, coronal and sagittal view, in mm.
    pub pans_mm: [[f64; 2]; 3],
    /// Magnification of the axial, coronal and sagittal view.
    pub zooms: [f64; 3],
    /// The tool in hand.
    pub tool: &'static str,
    /// Corners of the contour that is not filled yet.
    pub contour_points: usize,
    /// Whether it is closed.
    pub is_contour_closed: bool,
    /// What waits to be accepted, as the undo list will name it.
    pub proposal: Option<String>,
    /// Its volume in mL.
    pub proposal_ml: Option<f64>,
    /// Colours of the labels.
    pub colours: [[u8; 3]; 4],
    /// Triangles of the surface view, where it is shown.
    pub surface: Option<usize>,
    /// Azimuth and elevation that it is seen from, in degrees.
    pub surface_degrees: [f64; 2],
    /// Volume of the labels in mL, in the order of their numbers.
    pub label_ml: [f64; 4],
    /// Volume of the VOI in mL, as far as it is known.
    pub voi_ml: f64,
    /// Whether it is of what is drawn now.
    pub voi_is_current: bool,
    /// Width of the edge, in mm, that it leaves out.
    pub voi_margin_mm: f64,
    /// Whether its outline is shown.
    pub shows_voi: bool,
    /// What undo would take back.
    #[serde(skip)]
    pub undo: Option<String>,
    /// Edits that undo would take back.
    pub n_edits: usize,
    /// Whether the voxels are interpolated.
    pub is_interpolated: bool,
    /// Whether what is drawn is in a file.
    pub is_saved: bool,
    /// Cases whose work was recovered and waits for an answer.
    pub recoverable: usize,
    /// Changes that are in memory alone.
    pub unwritten: usize,
    /// Whether the journal cannot be written.
    pub is_journal_in_trouble: bool,
    /// Features of what is drawn now, and whether they are of an earlier state.
    pub features: Option<(usize, bool)>,
    /// Probability that the Risk page shows, 0 to 1.
    pub probability: Option<f64>,
    /// Patients of the cohort that the Train page has read.
    pub cohort: Option<usize>,
    /// Models that were trained on it.
    pub trained_models: usize,
    /// The threshold that is tried on one of them.
    pub threshold: Option<f64>,
    /// Points of the protocol that are open, as far as they are known.
    pub n_open_points: usize,
    /// Whether all of them are known.
    pub is_checked: bool,
    /// Slices that need a look.
    pub needs_review: usize,
    /// Places in the VOI that do not look like liver, once they were looked for.
    pub n_findings: Option<usize>,
    /// Whether what is drawn is what was submitted.
    pub is_submitted: bool,
    /// What runs.
    pub job: Option<&'static str>,
    /// The last word of the status bar.
    #[serde(skip)]
    pub note: String,
    /// What went wrong or is odd.
    #[serde(skip)]
    pub message: Option<String>,
}

impl Snapshot {
    /// The state of a window.
    pub fn of(app: &App) -> Self {
        let case = app.desk.case.as_ref();
        let statistics = case.map(|case| case.statistics()).unwrap_or_default();
        let viewer = &app.viewer;
        let (voi, voi_is_current) = app.desk.case.as_ref().map(|case| app.desk.voi.latest(case)).unwrap_or_default();
        let (n_triangles, surface_degrees) = app.surface.snapshot();
        Self {
            page: app.shell.page,
            has_image: app.desk.case.is_some(),
            n_series: app.library.series.len(),
            measured_series: app.library.n_measured(),
            window: [viewer.window.width, viewer.window.level],
            slices: Plane::ALL.map(|plane| viewer.view(plane).slice),
            pans_mm: Plane::ALL.map(|plane| viewer.view(plane).pan_mm),
            zooms: Plane::ALL.map(|plane| viewer.view(plane).zoom),
            tool: app.pen.tool.name(),
            contour_points: app.pen.draft.as_ref().map_or(0, |draft| draft.contour.vertices.len()),
            is_contour_closed: app.pen.draft.as_ref().is_some_and(|draft| draft.contour.is_closed),
            proposal: app.proposals.waiting.as_ref().map(|proposal| proposal.name.clone()),
            proposal_ml: app.proposals.waiting.as_ref().map(Proposal::volume_ml),
            colours: app.overlay.colours,
            surface: Some(n_triangles).filter(|_| viewer.surface != SurfacePlace::Off),
            surface_degrees,
            label_ml: Label::ALL.map(|label| statistics.label(label).volume_ml),
            voi_ml: voi.volume_ml,
            voi_is_current,
            voi_margin_mm: app.desk.voi.margin_mm(),
            shows_voi: app.desk.voi.is_shown,
            undo: app.desk.case.as_ref().and_then(|case| case.history().undo_name()).map(str::to_owned),
            n_edits: app.desk.case.as_ref().map_or(0, |case| case.history().n_undoable()),
            is_interpolated: app.desk.interpolation.is_some(),
            is_saved: app.desk.is_saved(),
            recoverable: app.recovery.n_works(),
            unwritten: app.desk.case.as_ref().and_then(Case::journal).map_or(0, |journal| journal.status().n_unwritten),
            is_journal_in_trouble: app.keeping.trouble().is_some(),
            features: app
                .desk
                .voi_state()
                .and_then(|state| app.extracted.of(state))
                .map(|(features, is_stale)| (features.values.len(), is_stale)),
            probability: app.risk.prediction.as_ref().map(|prediction| prediction.probability),
            cohort: app.study.cohort.as_ref().map(|read| read.cohort.ids.len()),
            trained_models: app.study.run.as_ref().map_or(0, |run| run.training.models.len()),
            threshold: app.study.run.as_ref().map(|run| run.trial.threshold),
            n_open_points: app.protocol.check.points.len(),
            is_checked: app.protocol.check.is_complete,
            needs_review: case.map_or(0, |case| case.review().states().filter(|state| state.needs_review()).count()),
            n_findings: case
                .and_then(|_| app.protocol.facts(app.desk.voi_state()?))
                .filter(|(_, is_stale)| !is_stale)
                .map(|(facts, _)| facts.findings.n_found),
            is_submitted: app.desk.voi_state().is_some_and(|state| app.protocol.is_submitted(state)),
            job: app.jobs.shown().map(|job| job.name),
            note: app.shell.note.clone(),
            message: app.shell.message.as_ref().map(|(text, _)| text.clone()),
        }
    }
}

/// The file that changes are written to.
pub struct Trace {
    file: File,
    last: Snapshot,
    /// The state of the label map that was named last, and its SHA-256.
    drawn: (Option<Revision>, String),
}

/// A line of it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    shown: &'a Snapshot,
    /// SHA-256 of the label map at the end of the last stroke; empty without an image.
    drawn_sha256: &'a str,
}

impl Trace {
    /// The trace that the environment asks for.
    pub fn from_environment() -> Option<Self> {
        let path = std::env::var_os("HEPATICA_TRACE")?;
        match File::create(&path) {
            Ok(file) => Some(Self { file, last: Snapshot::default(), drawn: Default::default() }),
            Err(error) => {
                tracing::warn!("no trace: {error}");
                None
            }
        }
    }

    /// Writes a state that differs from the last.
    pub fn note(&mut self, snapshot: Snapshot, case: Option<&Case>) {
        let revision = case.map(Case::revision);
        let is_drawn_on = revision != self.drawn.0;
        if is_drawn_on {
            self.drawn = (revision, case.map(|case| case.labels().snapshot().sha256()).unwrap_or_default());
        }
        if snapshot != self.last || is_drawn_on {
            let line = Line { shown: &snapshot, drawn_sha256: &self.drawn.1 };
            let line = serde_json::to_string(&line).unwrap_or_default();
            if let Err(error) = writeln!(self.file, "{line}") {
                tracing::warn!("trace: {error}");
            }
            self.last = snapshot;
        }
    }
}
