//! What a tool proposes: shown dashed over the image, put in place when it is accepted, and forgotten otherwise. Nothing that is
//! drawn changes before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use egui::Ui;

use super::App;
use super::actions::Action;
use super::jobs::Outcome;
use super::lesion::{self, Lesion};
use super::widgets::{self, named};
use super::{cutting, theme};
use crate::base::{Cancelled, Progress};
use crate::case::{Case, Made, Operation, Revision, SliceState, Technique};
use crate::job::{
    ChangeRegion, CutCaudate, FillBetween, FindVessels, GrowLesion, GrowLiver, PutRegion, RegionChange, RegrowLesion,
    Request, drawn_slices, pixels_between, pixels_on,
};
use crate::segment::{GrowError, Grower, Hints, Pixels, SliceOfGrid, Stroke, outlines, propagate};
use crate::volume::{Label, Mask, Volume};

/// Outlines of one slice, as closed lines in its pixel units.
type Outlines = Arc<Vec<Vec<[f64; 2]>>>;

/// A region that is not accepted yet.
pub struct Proposal {
    /// As the undo list will name it.
    pub name: String,
    /// Whose region it is to become.
    pub label: Label,
    /// From what it was made.
    pub recipe: Recipe,
    /// By what kind of tool it was made.
    technique: Technique,
    region: Arc<Mask>,
    /// Its volume, and that of what it replaces, in mL.
    volumes_ml: [f64; 2],
    /// The state that it was made on, and whether that was drawn on after an earlier one had been proposed.
    made_on: Revision,
    is_anew: bool,
    /// Why the reader should look twice.
    doubt: Option<&'static str>,
    outlines: RefCell<HashMap<SliceOfGrid, Outlines>>,
}

/// From what a region was made, to make it again from what is drawn meanwhile.
#[derive(Clone)]
pub enum Recipe {
    /// The strokes that say where the liver is.
    Liver,
    /// The liver.
    Vessels,
    /// A click in a lesion.
    Lesion(Lesion),
    /// The liver, and the lines through the fissure.
    Caudate,
    /// The label's region.
    Change(RegionChange),
    /// The label's drawn slices.
    Between,
}

impl Recipe {
    /// The lesion, where it is one.
    pub fn lesion_mut(&mut self) -> Option<&mut Lesion> {
        if let Self::Lesion(lesion) = self { Some(lesion) } else { None }
    }
}

/// What a job is to propose, begun on the state that is drawn now.
pub struct Plan {
    label: Label,
    technique: Technique,
    before_ml: f64,
    made_on: Revision,
    is_anew: bool,
    doubt: Option<&'static str>,
}

/// Name of the job that makes the image ready for growing.
const PREPARING: &str = "Preparing to grow";
/// The jobs that make proposals of an image or put them in place: nobody waits for them once another is opened.
pub const JOBS: [&str; 9] = [
    PREPARING,
    GrowLiver::NAME,
    FindVessels::NAME,
    GrowLesion::NAME,
    RegrowLesion::NAME,
    CutCaudate::NAME,
    ChangeRegion::NAME,
    FillBetween::NAME,
    PutRegion::NAME,
];

/// What is proposed, and what proposals are made from.
#[derive(Default)]
pub struct Proposals {
    /// What waits to be accepted.
    pub waiting: Option<Proposal>,
    /// Why another one like it was not made.
    pub problem: Option<String>,
    /// The lines that cut the caudate lobe off.
    pub cut: cutting::Cut,
    /// Whether what is being begun is to take the place of one whose label was drawn on.
    is_making_anew: bool,
    /// Strokes in the liver and outside it, of the proposal that is being refined, and for each in order whether it was outside.
    hints: Hints,
    order: Vec<bool>,
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

impl Plan {
    /// A plan for a label, on what is drawn now. What another one is still being carried out for is wanted no more.
    pub fn new(app: &mut App, label: Label, technique: Technique) -> Option<Self> {
        abandon_others(app);
        let is_anew = app.proposals.is_making_anew;
        let case = app.desk.case.as_mut()?;
        let made_on = case.drawn().revision;
        Some(Self {
            label,
            technique,
            before_ml: case.statistics().label(label).volume_ml,
            made_on,
            is_anew,
            doubt: None,
        })
    }

    /// The same plan, of which the reader is told why to look twice.
    pub fn in_doubt(self, doubt: &'static str) -> Self {
        Self { doubt: Some(doubt), ..self }
    }

    /// The plan carried out.
    pub fn proposes(self, name: String, recipe: Recipe, region: Mask) -> Outcome {
        let Self { label, technique, before_ml, made_on, is_anew, doubt } = self;
        let volumes_ml = [region.volume_ml(), before_ml];
        let (region, outlines) = (Arc::new(region), RefCell::default());
        let proposal =
            Proposal { name, label, recipe, technique, region, volumes_ml, made_on, is_anew, doubt, outlines };
        Outcome::Proposed(Box::new(proposal))
    }
}

impl Proposal {
    /// Its outlines on a slice.
    pub fn outlines_on(&self, slice: SliceOfGrid) -> Outlines {
        let mut known = self.outlines.borrow_mut();
        known.entry(slice).or_insert_with(|| Arc::new(outlines(&pixels_on(&self.region, slice)))).clone()
    }

    /// Its volume in mL.
    pub fn volume_ml(&self) -> f64 {
        self.volumes_ml[0]
    }

    /// What it is, in words.
    fn in_words(&self) -> String {
        let [after, before] = self.volumes_ml;
        let change = match before > 0.0 {
            true => format!(" ({:+.1} %)", 100.0 * (after - before) / before).replace('-', "−"),
            false => String::new(),
        };
        let words = format!("{}: {} {after:.1} mL{change}", self.name, self.label.name());
        if self.is_anew { format!("Drawn on meanwhile, so made anew: {words}") } else { words }
    }

    /// Takes another region of the same kind in its place.
    pub fn take_region(&mut self, region: Mask) {
        self.volumes_ml[0] = region.volume_ml();
        self.region = Arc::new(region);
        self.outlines.get_mut().clear();
    }
}

impl Proposals {
    /// Forgets everything: another image.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets what waits; whether something did.
    pub fn discard(&mut self) -> bool {
        (self.hints, self.order) = (Hints::default(), Vec::new());
        self.cut.forget_click();
        self.problem = None;
        self.waiting.take().is_some()
    }

    /// What waited is in place: what it was made from is not needed any more.
    pub fn accepted(&mut self) {
        if self.waiting.take().is_some_and(|proposal| proposal.label == Label::Caudate) {
            self.cut = cutting::Cut::default();
        }
        self.discard();
    }

    /// Whether the last thing that was done to a case is a proposal, or a stroke that says what is to be proposed: it is taken back
    /// before what was drawn.
    pub fn is_latest(&self, case: &Case) -> bool {
        match &self.waiting {
            Some(proposal) => case.history().way_to(proposal.made_on).is_some_and(|way| way >= 0),
            None => !self.hints.liver.is_empty(),
        }
    }

    /// Takes the last stroke in the liver or outside it back; `false` where there is none.
    pub fn drop_stroke(&mut self) -> bool {
        let Some(is_background) = self.order.pop() else { return false };
        if is_background { &mut self.hints.background } else { &mut self.hints.liver }.pop();
        true
    }

    /// What waits for a label is proposed no more.
    pub fn withdraw(&mut self, label: Label) {
        self.waiting.take_if(|proposal| proposal.label == label);
    }

    /// Offers a region for a slice on which nothing is drawn yet, until something is drawn.
    fn offer(&mut self, case: &Case, label: Label, slice: SliceOfGrid, pixels: Pixels) {
        let outlines = Some((Arc::new(outlines(&pixels)), pixels));
        *self.between.get_mut() =
            Some(Between { name: CARRIED_ON, mark: case.labels().mark(), label, slice, outlines });
    }

    /// Another one waits.
    pub fn take(&mut self, proposal: Proposal) {
        self.problem = proposal.doubt.map(str::to_owned);
        self.waiting = Some(proposal);
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

/// A stroke says where the label in hand is: the liver (or, with `is_background`, where it is not), a lesion, the vessels, or the
/// fissure before the caudate lobe.
pub fn grow(app: &mut App, stroke: Stroke, is_background: bool) {
    match app.pen.label {
        Label::Liver => {
            let Proposals { hints, order, .. } = &mut app.proposals;
            if is_background { &mut hints.background } else { &mut hints.liver }.push(stroke);
            order.push(is_background);
            grow_liver(app);
        }
        Label::Vessel => find_vessels(app),
        Label::Lesion => lesion::grow(app, &stroke),
        Label::Caudate => cutting::touched(app, &stroke, is_background),
    }
}

/// Proposes the vessels within the liver.
fn find_vessels(app: &mut App) {
    if !app.desk.is_drawn(Label::Liver) {
        return refuse(app, "Draw the liver first: vessels are looked for within it".to_owned());
    }
    let Some(plan) = Plan::new(app, Label::Vessel, Technique::Proposed) else { return };
    let Some(case) = &mut app.desk.case else { return };
    app.jobs.start(FindVessels { drawn: case.drawn() }, move |region| {
        plan.proposes("Find vessels".to_owned(), Recipe::Vessels, region)
    });
}

/// The whole liver is proposed anew from all strokes so far.
fn grow_liver(app: &mut App) {
    if app.proposals.hints.liver.is_empty() {
        return refuse(app, "Draw a line in the liver first; with Alt held, lines say where it is not".to_owned());
    }
    let Some(plan) = Plan::new(app, Label::Liver, Technique::Proposed) else { return };
    let Some(case) = &app.desk.case else { return };
    let (hints, grower, volume) = (app.proposals.hints.clone(), app.proposals.grower.clone(), case.volume().clone());
    app.jobs.start_work(GrowLiver::NAME, move |progress| {
        let region = prepared(&grower, volume, progress)?.propose(&hints, progress)?;
        Ok::<_, GrowError>(plan.proposes("Grow".to_owned(), Recipe::Liver, region))
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

/// Proposes a change of the whole of a label's region.
pub fn change_region(app: &mut App, label: Label, change: RegionChange) {
    if !app.desk.is_drawn(label) {
        return refuse(app, format!("{}: nothing is drawn yet", label.name()));
    }
    let Some(plan) = Plan::new(app, label, Technique::Proposed) else { return };
    let Some(case) = &mut app.desk.case else { return };
    let request = ChangeRegion { drawn: case.drawn(), label, change };
    app.jobs.start(request, move |region| plan.proposes(change.name(), Recipe::Change(change), region));
}

/// Proposes all slices between drawn ones.
pub fn fill_between(app: &mut App, label: Label) {
    let Some(plan) = Plan::new(app, label, Technique::Interpolated) else { return };
    let Some(case) = &mut app.desk.case else { return };
    let slices = drawn_slices(case, label);
    let request = FillBetween { drawn: case.drawn(), label, slices };
    app.jobs.start(request, move |region| plan.proposes("Between slices".to_owned(), Recipe::Between, region));
}

/// Accepts what waits, or else what blending shows on the slice; `false` where there is neither. What waits is made anew where its label
/// was drawn on meanwhile, for it would take that drawing away unseen.
pub fn accept(app: &mut App, slice: SliceOfGrid) -> bool {
    let label = app.pen.label;
    let Some(case) = &mut app.desk.case else { return false };
    let is_awaited = |name: &&str| *name != PREPARING && app.jobs.is_running(name);
    if app.proposals.waiting.is_some() && JOBS.iter().any(is_awaited) {
        return true;
    }
    if let Some(proposal) = &app.proposals.waiting {
        let Proposal { name, label, technique, region, made_on, .. } = proposal;
        let drawn = case.drawn();
        // Vessels and caudate lobe are parts of the liver: another liver has others.
        let follows_liver = matches!(proposal.recipe, Recipe::Caudate | Recipe::Vessels);
        let is_touched = |label| case.history().touched_since(*made_on, label);
        if is_touched(*label) || follows_liver && is_touched(Label::Liver) {
            make_anew(app);
            return true;
        }
        let request = PutRegion {
            drawn,
            region: region.clone(),
            label: *label,
            operation: Operation::Replace,
            locks: case.locks,
            made: Made::by(*technique).under(app.viewer.window.into()),
            name: name.clone(),
        };
        app.jobs.start(request, |replacement| Outcome::Accepted(Box::new(replacement)));
        return true;
    }
    if app.jobs.is_running(PutRegion::NAME) {
        return true;
    }
    let Some((_, pixels)) = app.proposals.between(case, label, slice) else { return false };
    app.pen.draw_blended(case, (app.proposals.name_of_offer(), app.viewer.window), slice, &pixels);
    true
}

/// Makes what waits again, from what is drawn now; it stays until the other one is there.
fn make_anew(app: &mut App) {
    let Some(Proposal { label, recipe, .. }) = &app.proposals.waiting else { return };
    let (label, recipe) = (*label, recipe.clone());
    app.proposals.is_making_anew = true;
    match recipe {
        Recipe::Liver => grow_liver(app),
        Recipe::Vessels => find_vessels(app),
        Recipe::Lesion(lesion) => lesion::make_anew(app, &lesion),
        Recipe::Caudate => cutting::propose(app),
        Recipe::Change(change) => change_region(app, label, change),
        Recipe::Between => fill_between(app, label),
    }
    app.proposals.is_making_anew = false;
}

/// Takes the last stroke of a proposal back, and the proposal where it was the only one; `false` where nothing is proposed. What was
/// accepted before stays.
pub fn take_back(app: &mut App) -> bool {
    if !app.desk.case.as_ref().is_some_and(|case| app.proposals.is_latest(case)) {
        return false;
    }
    let waiting = app.proposals.waiting.as_ref();
    let is_liver = waiting.is_none_or(|proposal| matches!(proposal.recipe, Recipe::Liver));
    if is_liver && app.proposals.drop_stroke() && !app.proposals.hints.liver.is_empty() {
        grow_liver(app);
        app.shell.note = "Last stroke taken back".to_owned();
    } else {
        stop(app);
        app.proposals.discard();
        app.shell.note = "Proposal discarded".to_owned();
    }
    true
}

/// Stops what is being proposed, unless it is being put in place; `false` where nothing is.
pub fn stop(app: &mut App) -> bool {
    let any = abandon_others(app);
    if any {
        app.proposals.discard();
    }
    any
}

/// Stops what is being proposed; whether something was.
fn abandon_others(app: &mut App) -> bool {
    let is_proposing = |name: &&&str| **name != PREPARING && **name != PutRegion::NAME && app.jobs.is_running(name);
    let names: Vec<&str> = JOBS.iter().filter(is_proposing).copied().collect();
    names.iter().for_each(|name| app.jobs.abandon(name));
    !names.is_empty()
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
    if app.pen.holds_closed_elsewhere(slice) {
        app.shell.note = "A closed contour waits on another slice: Enter fills it, Esc clears it".to_owned();
        return;
    }
    if !app.pen.accept_closed(case)
        && let Some((_, pixels)) = app.proposals.between(case, label, slice)
    {
        app.pen.draw_blended(case, (app.proposals.name_of_offer(), app.viewer.window), slice, &pixels);
    }
    // What a proposal of the whole region ends with here, or a file, is not to be carried on by who only looks through it.
    let is_drawn_on = matches!(case.review().state(slice.index), SliceState::Drawn | SliceState::Interpolated);
    case.set_reviewed(slice.index, true);
    let Some((plane, _)) = app.viewer.acquired() else { return };
    app.viewer.step(plane, if upwards { 1 } else { -1 });
    let next = SliceOfGrid { axis: 2, index: app.viewer.crosshair[2] };
    let [here, there] = [slice, next].map(|slice| Pixels::of_labels(case.label_map(), &[label], slice));
    if is_drawn_on && next != slice && !here.is_empty() && there.is_empty() {
        let pixels = propagate(case.volume(), slice, &here, next);
        if pixels.is_empty() {
            app.shell.note = format!("{} ends here, as far as its edge can be followed", label.name());
        } else {
            app.proposals.offer(case, label, next, pixels);
        }
    }
}

/// Says in the status bar why nothing is proposed.
pub fn refuse(app: &mut App, why: String) {
    match app.proposals.waiting {
        Some(_) => app.proposals.problem = Some(why),
        None => app.shell.note = why,
    }
}

/// What waits, with what can be done about it, in the status bar.
pub fn bar(ui: &mut Ui, proposals: &Proposals, actions: &mut Vec<Action>) {
    let Some(proposal) = &proposals.waiting else { return };
    if let Some(problem) = &proposals.problem {
        ui.label(egui::RichText::new(problem.as_str()).color(theme::AMBER));
        ui.add_space(theme::UNIT);
    }
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
