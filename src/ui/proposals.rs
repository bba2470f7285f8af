//! What a tool proposes: shown dashed over the image, put in place when it is accepted, and forgotten otherwise. Nothing that is
//! drawn changes before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use egui::Ui;

use super::App;
use super::actions::Action;
use super::jobs::Outcome;
use super::theme;
use super::widgets::{self, named};
use crate::base::{Cancelled, Progress};
use crate::case::{Case, Operation, Technique};
use crate::job::{
    ChangeRegion, FillBetween, FindVessels, GrowLesion, GrowLiver, PutRegion, RegionChange, Request, drawn_slices,
    pixels_between, pixels_on,
};
use crate::segment::{GrowError, Grower, Hints, Pixels, Plane, SliceOfGrid, Stroke, outlines, propagate};
use crate::volume::{Label, Mask, Volume};

/// Outlines of one slice, as closed lines in its pixel units.
type Outlines = Arc<Vec<Vec<[f64; 2]>>>;

/// A region that is not accepted yet.
pub struct Proposal {
    /// As the undo list will name it.
    pub name: String,
    /// Whose region it is to become.
    pub label: Label,
    /// By what kind of tool it was made.
    technique: Technique,
    region: Arc<Mask>,
    /// Its volume, and that of what it replaces, in mL.
    volumes_ml: [f64; 2],
    outlines: RefCell<HashMap<SliceOfGrid, Outlines>>,
}

/// Name of the job that makes the image ready for growing.
const PREPARING: &str = "Preparing to grow";
/// The jobs that make proposals of an image or put them in place: nobody waits for them once another is opened.
pub const JOBS: [&str; 7] = [
    PREPARING,
    GrowLiver::NAME,
    FindVessels::NAME,
    GrowLesion::NAME,
    ChangeRegion::NAME,
    FillBetween::NAME,
    PutRegion::NAME,
];

/// What is proposed, and what proposals are made from.
#[derive(Default)]
pub struct Proposals {
    /// What waits to be accepted.
    pub waiting: Option<Proposal>,
    /// Strokes in the liver and outside it, of the proposal that is being refined.
    hints: Hints,
    /// The image made ready for growing; shared with the jobs, one of which fills it.
    grower: Arc<Mutex<Option<Arc<Grower>>>>,
    between: RefCell<Option<Between>>,
}

/// The outline that blending gives on one slice, until something is drawn.
struct Between {
    /// As the undo list will name it.
    name: &'static str,
    mark: crate::case::ChangeMark,
    label: Label,
    slice: SliceOfGrid,
    outlines: Option<(Outlines, Pixels)>,
}

impl Proposal {
    /// A region for a label of a case.
    pub fn new(name: String, label: Label, technique: Technique, region: Mask, before_ml: f64) -> Self {
        let volumes_ml = [region.volume_ml(), before_ml];
        Self { name, label, technique, region: Arc::new(region), volumes_ml, outlines: RefCell::default() }
    }

    /// Its outlines on a slice.
    pub fn outlines_on(&self, slice: SliceOfGrid) -> Outlines {
        let mut known = self.outlines.borrow_mut();
        known.entry(slice).or_insert_with(|| Arc::new(outlines(&pixels_on(&self.region, slice)))).clone()
    }

    /// What it is, in words.
    fn in_words(&self) -> String {
        let [after, before] = self.volumes_ml;
        let change = match before > 0.0 {
            true => format!(" ({:+.1} %)", 100.0 * (after - before) / before).replace('-', "−"),
            false => String::new(),
        };
        format!("{}: {} {after:.1} mL{change}", self.name, self.label.name())
    }
}

impl Proposals {
    /// Forgets everything: another image.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets what waits; whether something did.
    pub fn discard(&mut self) -> bool {
        self.hints = Hints::default();
        self.waiting.take().is_some()
    }

    /// Offers a region for a slice on which nothing is drawn yet, until something is drawn.
    fn offer(&mut self, case: &Case, label: Label, slice: SliceOfGrid, pixels: Pixels) {
        let outlines = Some((Arc::new(outlines(&pixels)), pixels));
        *self.between.get_mut() =
            Some(Between { name: CARRIED_ON, mark: case.labels().mark(), label, slice, outlines });
    }

    /// How the undo list will name what is offered for a slice.
    fn name_of_offer(&self) -> &'static str {
        self.between.borrow().as_ref().map_or(BLENDED, |between| between.name)
    }

    /// What blending the drawn slices around it gives on an acquired slice where nothing is drawn; `None` elsewhere.
    pub fn between(&self, case: &Case, label: Label, slice: SliceOfGrid) -> Option<(Outlines, Pixels)> {
        if slice.axis != 2 {
            return None;
        }
        let mark = case.labels().mark();
        let mut kept = self.between.borrow_mut();
        let is_current = |known: &&Between| known.mark == mark && known.label == label && known.slice == slice;
        if kept.as_ref().filter(is_current).is_none() {
            let pixels = pixels_between(case, label, slice.index);
            let outlines = pixels.map(|pixels| (Arc::new(outlines(&pixels)), pixels));
            *kept = Some(Between { name: BLENDED, mark, label, slice, outlines });
        }
        kept.as_ref().and_then(|between| between.outlines.clone())
    }
}

/// A stroke says where the label in hand is: the liver (or, with `is_background`, where it is not), a lesion, or the vessels.
pub fn grow(app: &mut App, stroke: Stroke, is_background: bool) {
    match app.pen.label {
        Label::Liver => grow_liver(app, stroke, is_background),
        Label::Vessel => find_vessels(app),
        Label::Lesion => grow_lesion(app, &stroke),
        Label::Caudate => app.shell.note = "Draw the caudate lobe with the contour tool".to_owned(),
    }
}

/// Proposes the vessels within the liver.
fn find_vessels(app: &mut App) {
    let Some(case) = &mut app.desk.case else { return };
    if case.statistics().label(Label::Liver).n_voxels == 0 {
        app.shell.note = "Draw the liver first: vessels are looked for within it".to_owned();
        return;
    }
    let before_ml = case.statistics().label(Label::Vessel).volume_ml;
    app.jobs.start(FindVessels { drawn: case.drawn() }, move |region| {
        let name = "Find vessels".to_owned();
        Outcome::Proposed(Box::new(Proposal::new(name, Label::Vessel, Technique::Proposed, region, before_ml)))
    });
}

/// Proposes the lesion under the stroke's beginning.
fn grow_lesion(app: &mut App, stroke: &Stroke) {
    let Some(case) = &mut app.desk.case else { return };
    let geometry = *case.volume().geometry();
    let Some(voxel) = stroke.points.first().map(|&point| geometry.voxel_from_patient(point).map(f64::round)) else {
        return;
    };
    let size = geometry.size();
    if (0..3).any(|axis| voxel[axis] < 0.0 || voxel[axis] >= size[axis] as f64) {
        return;
    }
    let before_ml = case.statistics().label(Label::Lesion).volume_ml;
    let request = GrowLesion { drawn: case.drawn(), at: voxel.map(|x| x as usize) };
    app.jobs.abandon(GrowLesion::NAME);
    app.jobs.start(request, move |region| {
        let name = "Grow lesion".to_owned();
        Outcome::Proposed(Box::new(Proposal::new(name, Label::Lesion, Technique::SemiAutomatic, region, before_ml)))
    });
}

/// The whole liver is proposed anew from all strokes so far.
fn grow_liver(app: &mut App, stroke: Stroke, is_background: bool) {
    let Some(case) = &app.desk.case else { return };
    let hints = &mut app.proposals.hints;
    if is_background { &mut hints.background } else { &mut hints.liver }.push(stroke);
    if hints.liver.is_empty() {
        app.shell.note = "Draw a line in the liver first; with Alt held, lines say where it is not".to_owned();
        return;
    }
    let (hints, grower, volume) = (hints.clone(), app.proposals.grower.clone(), case.volume().clone());
    let (label, before_ml) = (Label::Liver, case.statistics().label(Label::Liver).volume_ml);
    app.jobs.abandon(GrowLiver::NAME);
    app.jobs.start_work(GrowLiver::NAME, move |progress| {
        let region = prepared(&grower, volume, progress)?.propose(&hints, progress)?;
        let proposal = Proposal::new("Grow".to_owned(), label, Technique::Proposed, region, before_ml);
        Ok::<_, GrowError>(Outcome::Proposed(Box::new(proposal)))
    });
}

/// Makes the image ready for growing while the first stroke is still to be drawn.
pub fn prepare_to_grow(app: &mut App) {
    let Some(case) = app.desk.case.as_ref().filter(|_| !app.jobs.is_running(PREPARING)) else { return };
    let (grower, volume) = (app.proposals.grower.clone(), case.volume().clone());
    app.jobs.start_quietly(PREPARING, move |progress| prepared(&grower, volume, progress).map(|_| Outcome::Prepared));
}

/// The image made ready, by whoever comes first.
fn prepared(
    kept: &Mutex<Option<Arc<Grower>>>,
    volume: Arc<Volume>,
    progress: &Progress,
) -> Result<Arc<Grower>, Cancelled> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(grower) = &*kept {
        return Ok(grower.clone());
    }
    let grower = Arc::new(Grower::prepare(volume, progress)?);
    *kept = Some(grower.clone());
    Ok(grower)
}

/// Proposes a change of the whole of the label's region.
pub fn change_region(app: &mut App, change: RegionChange) {
    let label = app.pen.label;
    let Some(case) = &mut app.desk.case else { return };
    let before_ml = case.statistics().label(label).volume_ml;
    if before_ml == 0.0 {
        app.shell.note = format!("{}: nothing is drawn yet", label.name());
        return;
    }
    let request = ChangeRegion { drawn: case.drawn(), label, change };
    app.jobs.start(request, move |region| {
        Outcome::Proposed(Box::new(Proposal::new(change.name(), label, Technique::Proposed, region, before_ml)))
    });
}

/// Proposes all slices between drawn ones.
pub fn fill_between(app: &mut App) {
    let label = app.pen.label;
    let Some(case) = &mut app.desk.case else { return };
    let before_ml = case.statistics().label(label).volume_ml;
    let slices = drawn_slices(case, label);
    let request = FillBetween { drawn: case.drawn(), label, slices };
    app.jobs.start(request, move |region| {
        let name = "Between slices".to_owned();
        Outcome::Proposed(Box::new(Proposal::new(name, label, Technique::Interpolated, region, before_ml)))
    });
}

/// Accepts what waits, or else what blending shows on the slice; `false` where there is neither.
pub fn accept(app: &mut App, slice: SliceOfGrid) -> bool {
    let label = app.pen.label;
    let Some(case) = &mut app.desk.case else { return false };
    if app.jobs.is_running(PutRegion::NAME) {
        return true;
    }
    if let Some(proposal) = &app.proposals.waiting {
        let Proposal { name, label, technique, region, .. } = proposal;
        let request = PutRegion {
            drawn: case.drawn(),
            region: region.clone(),
            label: *label,
            operation: Operation::Replace,
            locks: case.locks,
            technique: *technique,
            name: name.clone(),
        };
        app.jobs.start(request, |replacement| Outcome::Accepted(Box::new(replacement)));
        return true;
    }
    let Some((_, pixels)) = app.proposals.between(case, label, slice) else { return false };
    app.pen.draw_blended(case, app.proposals.name_of_offer(), slice, &pixels);
    true
}

/// How the undo list names a slice that was blended from others, and one that the outline of its neighbour was carried on to.
const BLENDED: &str = "Between slices";
const CARRIED_ON: &str = "Carried on";

/// Accepts the acquired slice that shows, goes to the next one, and offers there the region carried on and snapped to edges, where nothing
/// is drawn yet.
pub fn advance(app: &mut App, upwards: bool) {
    let label = app.pen.label;
    let slice = SliceOfGrid { axis: 2, index: app.viewer.crosshair[2] };
    let Some(case) = &mut app.desk.case else { return };
    if !app.pen.accept_closed(case)
        && let Some((_, pixels)) = app.proposals.between(case, label, slice)
    {
        app.pen.draw_blended(case, app.proposals.name_of_offer(), slice, &pixels);
    }
    case.set_reviewed(slice.index, true);
    let Some(plane) = Plane::ALL.into_iter().find(|plane| plane.normal_axis(case.volume().geometry()) == 2) else {
        return;
    };
    app.viewer.step(plane, if upwards { 1 } else { -1 });
    let next = SliceOfGrid { axis: 2, index: app.viewer.crosshair[2] };
    let [here, there] = [slice, next].map(|slice| Pixels::of_labels(case.label_map(), &[label], slice));
    if next != slice && !here.is_empty() && there.is_empty() {
        let pixels = propagate(case.volume(), slice, &here, next);
        if pixels.is_empty() {
            app.shell.note = format!("{} ends here, as far as its edge can be followed", label.name());
        } else {
            app.proposals.offer(case, label, next, pixels);
        }
    }
}

/// What waits, with what can be done about it, in the status bar.
pub fn bar(ui: &mut Ui, proposals: &Proposals, actions: &mut Vec<Action>) {
    let Some(proposal) = &proposals.waiting else { return };
    ui.label(egui::RichText::new(proposal.in_words()).family(theme::semibold()).color(theme::ACCENT));
    ui.add_space(theme::UNIT);
    if ui.small_button("Accept").on_hover_text("Enter").clicked() {
        actions.push(Action::Accept);
    }
    let discard = widgets::explained(ui.small_button("Discard"), named("Discard the proposal", "Esc"));
    if discard.clicked() {
        actions.push(Action::Clear);
    }
}
