//! The protocol in the window: what of it is known of what is drawn, what the reader is led to, handing in, and time at work.
//!
//! What a frame can afford is checked in every frame; what takes longer is found by a job once the drawing has rested, and only while
//! someone looks at it. Until then what was found of an earlier state is shown as such.

mod sheet;
mod strip;

use std::path::PathBuf;
use std::time::Duration;

use dicom_core::chrono::Local;
use egui::{Context, Event};

use super::App;
use super::actions::Page;
use super::dialogs::Purpose;
use super::jobs::Outcome;
use super::sheets::Sheet;
use super::{perform, saving, widgets};
use crate::case::protocol::{Check, Facts};
use crate::case::submission::{OpenPoint, Place, Submission, SubmissionError, Submitted};
use crate::case::time_sheet::{Task, TimeSheet};
use crate::case::{Case, Derived, SliceState, VoiState};
use crate::job::{CheckProtocol, ExportTimes, HandIn, Request};
use crate::volume::VoxelBox;

pub use sheet::show as sheet;
pub use strip::{beside, paint_mark};

/// Seconds that the drawing must have rested before what takes longer than a frame is looked for anew.
const REST_S: f64 = 0.3;

/// What the right panel shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// Tools, labels, files.
    #[default]
    Draw,
    /// How the drawing stands against the protocol.
    Protocol,
}

/// What the protocol's part of the window asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Show a page of the right panel.
    Show(Side),
    /// Show the other page of the right panel.
    Turn,
    /// Go to the next slice of these states, upwards and from the lowest one on.
    NextOf(Vec<SliceState>),
    /// Go to where a point is.
    GoTo(Place),
    /// Go to a voxel and box a place there.
    Look([usize; 3], VoxelBox),
    /// Accept the acquired slice in view as it is, or take that back.
    Review,
    /// Ask about the open points before something is handed in.
    Ask,
    /// Ask where to what is handed in goes.
    HandIn,
}

/// What is known of the protocol for the open case.
#[derive(Default)]
pub struct Protocol {
    /// The page of the right panel.
    pub side: Side,
    /// How the present state stands.
    pub check: Check,
    /// Points on their way to being acknowledged.
    pub submission: Option<Submission>,
    /// What was submitted last, and of which state.
    pub submitted: Option<(VoiState, Submitted)>,
    /// Time at work.
    pub times: TimeSheet,
    facts: Derived<VoiState, Facts>,
    /// The state that the latest facts are of.
    latest: Option<VoiState>,
    /// The present state, and since when it is.
    since: Option<(VoiState, f64)>,
    /// The state that facts are being found of.
    under_way: Option<VoiState>,
    /// What is boxed in the views, for as long as this state is the present one.
    boxed: Option<(VoiState, VoxelBox)>,
}

impl Protocol {
    /// Facts that were looked for are not to be had.
    pub fn give_up(&mut self) {
        self.under_way = None;
    }

    /// Forgets what is of the image that was open; the page of the panel stays.
    pub fn clear(&mut self) {
        *self = Self { side: self.side, ..Self::default() };
    }

    /// What was found of a state; else of the latest, which is then out of date (`true`).
    pub fn facts(&self, state: VoiState) -> Option<(&Facts, bool)> {
        let current = self.facts.get(state).map(|facts| (facts, false));
        current.or_else(|| Some((self.facts.get(self.latest?)?, true)))
    }

    /// What is boxed in the views of a state.
    pub fn boxed(&self, state: VoiState) -> Option<VoxelBox> {
        self.boxed.filter(|(of, _)| *of == state).map(|(_, bounds)| bounds)
    }

    /// Whether the points that are raised are those of the present state.
    pub fn has_raised(&self) -> bool {
        let is_of = |known: &Submission| self.since.is_some_and(|(state, _)| known.is_of(state, &self.check.points));
        self.check.is_complete && self.submission.as_ref().is_some_and(is_of)
    }

    /// Whether a state is what was submitted.
    pub fn is_submitted(&self, state: VoiState) -> bool {
        self.submitted.as_ref().is_some_and(|(of, _)| *of == state)
    }

    /// Facts were found of a state.
    pub fn take_facts(&mut self, state: VoiState, facts: Facts) {
        self.facts.insert(state, facts);
        self.latest = Some(state);
    }
}

/// Brings everything up to date, once a frame.
pub fn refresh(app: &mut App, ctx: &Context) {
    let now = ctx.input(|input| input.time);
    count_time(app, ctx, now);
    let (Some(case), Some(state)) = (&app.desk.case, app.desk.voi_state()) else {
        app.protocol.check = Check::default();
        return;
    };
    let is_drawing = case.is_drawing();
    let known = app.protocol.facts.get(state);
    app.protocol.check = Check::of(case, app.desk.hu, known.filter(|_| !is_drawing));
    let labels = known.map(|facts| facts.labels_sha256.clone());
    if app.protocol.since.is_none_or(|(of, _)| of != state) || is_drawing {
        app.protocol.since = Some((state, now));
    }
    let is_asked = app.shell.sheet == Some(Sheet::Submit);
    match labels {
        Some(labels) if is_asked && app.protocol.check.is_complete => raise(&mut app.protocol, state, labels),
        Some(_) => {}
        None if is_asked || (app.shell.page == Page::Image && app.protocol.side == Side::Protocol) => {
            let since = app.protocol.since.map_or(now, |(_, since)| since);
            let left = REST_S - (now - since);
            if left > 0.0 {
                ctx.request_repaint_after(Duration::from_secs_f64(left));
            } else if app.protocol.under_way != Some(state) {
                find_facts(app, state);
            }
        }
        None => {}
    }
}

/// The points of the present state, with what was acknowledged of them.
fn raise(protocol: &mut Protocol, state: VoiState, labels_sha256: String) {
    let points = &protocol.check.points;
    let is_current = |known: &&Submission| known.is_of(state, points);
    if protocol.submission.as_ref().filter(is_current).is_none() {
        let earlier = protocol.submission.take();
        protocol.submission = Some(Submission::new(state, labels_sha256, points.clone(), earlier.as_ref()));
    }
}

fn find_facts(app: &mut App, state: VoiState) {
    let Some(case) = &mut app.desk.case else { return };
    let (drawn, margin_mm) = (case.drawn(), state.edge_margin_mm);
    app.protocol.under_way = Some(state);
    app.jobs.abandon(CheckProtocol::NAME);
    app.jobs.start_quietly(CheckProtocol::NAME, move |progress| {
        let request = CheckProtocol { drawn, margin_mm };
        request.run(progress).map(|facts| Outcome::ProtocolChecked(state, Box::new(facts)))
    });
}

/// Facts of a state are here.
pub fn checked(app: &mut App, state: VoiState, facts: Facts) {
    app.protocol.under_way = None;
    app.protocol.take_facts(state, facts);
}

/// Counts time at work: between what the reader does by the image, by slice and tool.
fn count_time(app: &mut App, ctx: &Context, now: f64) {
    let (is_working, is_away) = ctx.input(|input| {
        let is_away = input.events.iter().any(|event| matches!(event, Event::WindowFocused(false)));
        (input.events.iter().any(is_of_reader), is_away)
    });
    let now = Duration::from_secs_f64(now.max(0.0));
    if app.desk.case.is_none() || app.shell.page != Page::Image || is_away {
        app.protocol.times.pause(now);
    } else if is_working {
        let axis = app.viewer.frame(app.viewer.active).map_or(2, |frame| frame.axis);
        let slice = (axis == 2).then_some(app.viewer.crosshair[2]);
        app.protocol.times.note(now, Task { slice, tool: app.pen.tool.name().to_owned() });
    }
}

/// Whether an event comes from a hand.
fn is_of_reader(event: &Event) -> bool {
    matches!(
        event,
        Event::PointerMoved(_)
            | Event::PointerButton { .. }
            | Event::MouseWheel { .. }
            | Event::Key { .. }
            | Event::Text(_)
            | Event::Touch { .. }
    )
}

/// Fulfils a wish.
pub fn perform(app: &mut App, wish: Wish) {
    match wish {
        Wish::Show(side) => app.protocol.side = side,
        Wish::Turn => {
            app.protocol.side = if app.protocol.side == Side::Draw { Side::Protocol } else { Side::Draw };
        }
        Wish::NextOf(states) => go_to_next(app, &states),
        Wish::GoTo(place) => go_to(app, place),
        Wish::Look(voxel, bounds) => {
            app.shell.sheet = None;
            show_acquired(app);
            app.viewer.go_to(voxel);
            app.protocol.boxed = app.desk.voi_state().map(|state| (state, bounds));
        }
        Wish::Review => {
            let slice = app.viewer.crosshair[2];
            if let Some(case) = &mut app.desk.case {
                let is_reviewed = case.review().state(slice) == SliceState::Reviewed;
                case.set_reviewed(slice, !is_reviewed);
            }
        }
        Wish::Ask => {
            if app.desk.case.is_some() {
                app.shell.sheet = Some(Sheet::Submit);
            }
        }
        Wish::HandIn => match submitted(app) {
            Ok(_) => {
                let purpose = if app.desk.can_save_seg() { Purpose::SubmitSeg } else { Purpose::SubmitNifti };
                perform::ask_for_path(app, purpose);
            }
            Err(problem) => app.shell.message = Some((problem, true)),
        },
    }
}

/// What would be submitted now; else why nothing is.
fn submitted(app: &App) -> Result<Submitted, String> {
    let (Some(state), Some(submission)) = (app.desk.voi_state(), &app.protocol.submission) else {
        return Err("The protocol is not checked yet: wait for it, then submit".to_owned());
    };
    let at = Local::now().format("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let submitted = submission.submit(state, &app.shell.reader, &at);
    // A slice that was accepted since changes the points, though not the labels.
    let submitted = submitted.and_then(|known| match app.protocol.has_raised() {
        true => Ok(known),
        false => Err(SubmissionError::Changed),
    });
    submitted.map_err(|problem| widgets::sentence(&problem.to_string()))
}

/// Writes what is submitted.
pub fn hand_in(app: &mut App, path: PathBuf, force: bool) {
    let submitted = match submitted(app) {
        Ok(submitted) => submitted,
        Err(problem) => return app.shell.message = Some((problem, true)),
    };
    let times = app.protocol.times.csv();
    let (Some(case), Some(state)) = (&app.desk.case, app.desk.voi_state()) else { return };
    let labels = case.labels().snapshot();
    let options = saving::seg_options(case, &app.shell.reader, "Hepatica labels");
    let seg = app.desk.series.clone().filter(|_| app.desk.can_save_seg()).map(|series| (series, options));
    let told = submitted.clone();
    let request = HandIn { labels, seg, submitted, times, path, force };
    app.jobs.start(request, move |written| Outcome::Submitted(written, state, Box::new(told)));
}

/// Writes the time sheet.
pub fn save_times(app: &mut App, path: PathBuf, force: bool) {
    app.jobs.start(ExportTimes { csv: app.protocol.times.csv(), path, force }, Outcome::Exported);
}

/// Goes upwards to the next slice of one of these states, and from the lowest one on where there is none above.
fn go_to_next(app: &mut App, states: &[SliceState]) {
    let Some(case) = &app.desk.case else { return };
    let present = app.viewer.crosshair[2];
    let grows_up = app.viewer.acquired().is_none_or(|(_, frame)| frame.grows_up);
    let found = next_of(case, states, present, grows_up);
    app.shell.sheet = None;
    show_acquired(app);
    app.shell.note = match found {
        Some(slice) if slice == present => "This is the only one".to_owned(),
        Some(_) => String::new(),
        None => "There is no such slice".to_owned(),
    };
    if let Some(slice) = found {
        app.viewer.crosshair[2] = slice;
    }
}

fn next_of(case: &Case, states: &[SliceState], present: usize, grows_up: bool) -> Option<usize> {
    let n = case.volume().geometry().size()[2];
    let step = |k: usize| if grows_up { present + k } else { present + n - k };
    (1..=n).map(|k| step(k) % n).find(|slice| states.contains(&case.review().state(*slice)))
}

/// Has the view of the acquired slices in sight, on which places are shown.
fn show_acquired(app: &mut App) {
    app.shell.page = Page::Image;
    if let Some((plane, _)) = app.viewer.acquired() {
        app.viewer.uncover(plane);
    }
}

/// Goes to where a point is; a voxel is boxed with what was found there.
fn go_to(app: &mut App, place: Place) {
    app.shell.sheet = None;
    show_acquired(app);
    match place {
        Place::Slice(slice) => app.viewer.crosshair[2] = slice,
        Place::Voxel(voxel) => {
            app.viewer.go_to(voxel);
            let (Some(case), Some(state)) = (&app.desk.case, app.desk.voi_state()) else { return };
            let size = case.volume().geometry().size();
            let found = app.protocol.facts.get(state).and_then(|facts| {
                facts.findings.listed.iter().find(|finding| finding.voxel == voxel).map(|finding| finding.bounds)
            });
            let here = VoxelBox { low: voxel, high: voxel.map(|x| x + 1) };
            let bounds = found.or_else(|| here.grown([4, 4, 0], size));
            app.protocol.boxed = bounds.map(|bounds| (state, bounds));
        }
    }
}

/// What a click on a point asks for, where it has a place.
pub fn wish_of(point: &OpenPoint) -> Option<Wish> {
    match point {
        OpenPoint::Unreviewed { .. } => Some(Wish::NextOf(UNREVIEWED.to_vec())),
        point => point.place().map(Wish::GoTo),
    }
}

/// States of slices that need a look.
pub const UNREVIEWED: [SliceState; 3] = [SliceState::Proposed, SliceState::Interpolated, SliceState::Loaded];
