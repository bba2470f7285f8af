//! Fulfils the wishes of a frame, each by its own short function; those about files are in `opening` and `saving`.

use std::path::{Path, PathBuf};

use egui::Context;

use super::App;
use super::actions::{Action, Page};
use super::dialogs::{self, Purpose};
use super::features::{self, Copied};
use super::jobs::Outcome;
use super::pen::Tool;
use super::sheets::{Lost, PathField, Sheet};
use super::{
    cutting, edit_list, lesion, opening, proposals, protocol, recovery, saving, surface_view, threshold, train, voi,
};
use crate::base::check_free;
use crate::case::Case;
use crate::exchange::{nifti, nrrd};
use crate::job::{
    ExportFeatures, ExportFigure, ExtractDrawn, ExtractFeatures, Request, TrainModels, aside, submission_files,
};
use crate::radiomics::Protocol;
use crate::segment::{Pixels, SliceOfGrid};
use crate::volume::Label;

/// Does what was asked for; first refuses a path that is of no use, and asks whether what was drawn may be lost, where it
/// would be.
pub fn perform(app: &mut App, ctx: &Context, action: Action) {
    if refuse(app, &action) || is_done(app, &action) {
        return;
    }
    let lost = lost_by(app, &action);
    if lost != Lost::default() {
        app.shell.sheet = Some(Sheet::Unsaved { lost, then: Box::new(action) });
        return;
    }
    fulfil(app, ctx, action);
}

fn fulfil(app: &mut App, ctx: &Context, action: Action) {
    match action {
        Action::AskForPath(purpose) => ask_for_path(app, purpose),
        Action::Browse(purpose, wanted) => dialogs::pick(&mut app.jobs, purpose, wanted),
        Action::UsePath { purpose, path, force } => use_path(app, purpose, path, force),
        Action::Open(paths) => opening::open(app, paths),
        Action::OpenSeries(index, grid) => opening::open_series(app, index, grid),
        Action::OpenDemo => opening::open_demo(app),
        Action::WriteIdentity(wanted) => app.shell.writes_identity = wanted,
        Action::ReplaceLabels(path) => opening::replace_labels(app, path),
        Action::AskForLabels(assignment) => app.shell.sheet = Some(Sheet::Assign(assignment)),
        Action::AskForThreshold(asked) => app.shell.sheet = Some(Sheet::Threshold(asked)),
        Action::LoadFractional(asked) => threshold::load(app, asked),
        Action::AssignSegments(assignment) => opening::assign_segments(app, assignment),
        Action::Extract => extract(app),
        Action::FindFeature => ctx.memory_mut(|memory| memory.request_focus(features::search_id())),
        Action::StepFeatures(step, extends) => {
            app.listing.step(step, extends);
            ctx.memory_mut(|memory| memory.request_focus(features::table_id()));
        }
        Action::CopyFeatures(copied) => copy_features(app, ctx, copied),
        Action::AllowInterpolated(allowed) => app.desk.allows_interpolated = allowed,
        Action::SetInput(name, value) => app.risk.set(name, value),
        Action::ChooseModel(index) => app.risk.choose(index),
        Action::RemoveModel(index) => app.risk.remove(index),
        Action::SetThreshold(threshold) => app.risk.set_threshold(threshold),
        Action::Train(wish) => train::perform(app, wish),
        Action::Protocol(wish) => protocol::perform(app, wish),
        Action::CancelJob => cancel(app),
        Action::Say(text) => app.shell.message = Some((text, false)),
        Action::ShowKeys => app.shell.sheet = Some(Sheet::Keys),
        Action::DismissMessage => app.shell.message = None,
        Action::CloseSheet => app.shell.sheet = None,
        Action::Recovery(wish) => recovery::perform(app, ctx, wish),
        Action::CloseWindow => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        Action::Discard(then) => {
            app.shell.sheet = None;
            if *then == Action::CloseWindow {
                app.pen.put_away();
                app.proposals.discard();
            }
            if takes_the_image(&then) {
                app.desk.discard();
            }
            fulfil(app, ctx, *then);
        }
        Action::Show(page) => show(app, page),
        Action::Surface(wish) => surface_view::perform(app, wish),
        Action::ToggleMaximised(_) if surface_view::enlarge(app, ctx) => {}
        other => look_or_draw(app, other),
    }
}

/// What an action would take of what is drawn, in no file yet, for good.
fn lost_by(app: &App, action: &Action) -> Lost {
    let labels = !app.desk.is_saved();
    match action {
        Action::Open(_)
        | Action::OpenSeries(..)
        | Action::CloseWindow
        | Action::UsePath { purpose: Purpose::Study, .. } => lost_with_the_image(app),
        // What is not drawn yet stays.
        Action::ReplaceLabels(_) => Lost { labels, ..Lost::default() },
        Action::Recovery(wish) => recovery::lost_by(app, *wish),
        _ => Lost::default(),
    }
}

/// What goes with the image that is open.
pub fn lost_with_the_image(app: &App) -> Lost {
    Lost { labels: !app.desk.is_saved(), contour: app.pen.holds_contour(), proposal: app.proposals.waiting.is_some() }
}

/// Whether an action takes the image off the desk, and with it what was drawn and can be undone to.
fn takes_the_image(action: &Action) -> bool {
    !matches!(action, Action::ReplaceLabels(_) | Action::Recovery(recovery::Wish::Recover(_)))
}

/// Whether what is wanted is so already, or on its way: opening the open series again would cost what was made of it.
fn is_done(app: &App, action: &Action) -> bool {
    match action {
        Action::OpenSeries(index, grid) => app.library.open == Some((*index, *grid)),
        Action::Extract => {
            let is_drawing = app.desk.case.as_ref().is_some_and(Case::is_drawing);
            let present = app.desk.voi_state().filter(|_| !is_drawing);
            app.jobs.is_running(ExtractFeatures::NAME) && present.is_some() && app.extracted.under_way == present
        }
        _ => false,
    }
}

/// Refuses a path that can be seen to be of no use, where it was typed, so that it need not be typed again; `false` of all else.
fn refuse(app: &mut App, action: &Action) -> bool {
    let Action::UsePath { purpose, path, force } = action else { return false };
    let problem = match purpose.writes() {
        true if purpose.is_folder() => wrong_folder(path, *force),
        true => wrong_ending(*purpose, path).or_else(|| no_folder(path)).or_else(|| taken(*purpose, path, *force)),
        false if !path.exists() => Some(format!("{} does not exist; check the path", path.display())),
        false if *purpose != Purpose::Study && path.is_dir() => {
            Some(format!("{} is a folder; give a file", path.display()))
        }
        false => None,
    };
    let Some(problem) = problem else { return false };
    match &mut app.shell.sheet {
        Some(Sheet::Path(field)) => field.refuse(problem),
        _ => app.shell.message = Some((problem, true)),
    }
    true
}

/// Says that the folder which a file is to go into is not there.
fn no_folder(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    (!folder.is_dir()).then(|| format!("There is no folder {}; make it, or give another", folder.display()))
}

/// What stands already where a file is to go, or one that is written beside it.
fn taken(purpose: Purpose, path: &Path, force: bool) -> Option<String> {
    let beside = matches!(purpose, Purpose::SubmitSeg | Purpose::SubmitNifti).then(|| submission_files(path));
    let mut paths = std::iter::once(path.to_owned()).chain(beside.into_iter().flatten());
    paths.find_map(|path| check_free(&path, force).err()).map(|problem| problem.to_string())
}

/// What is wrong with a folder that everything is to go into.
fn wrong_folder(path: &Path, force: bool) -> Option<String> {
    let is_occupied = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if path.is_file() {
        Some(format!("{} is a file; give the name of a folder", path.display()))
    } else if is_occupied && !force {
        Some(format!("{} is not empty; give another folder, or allow files to be replaced", path.display()))
    } else {
        None
    }
}

/// What is wrong with a name whose ending decides the format.
fn wrong_ending(purpose: Purpose, path: &Path) -> Option<String> {
    match purpose {
        Purpose::SaveFeatures => ExportFeatures::check_format(path).err().map(|problem| problem.to_string()),
        Purpose::SaveNomogram
        | Purpose::SaveRoc
        | Purpose::SaveRadscore
        | Purpose::SaveContributions
        | Purpose::SaveNetBenefit
        | Purpose::SaveTrainingFigure(_) => ExportFigure::check_format(path).err().map(|problem| problem.to_string()),
        Purpose::SaveNrrd if !nrrd::is_nrrd_name(path) => {
            Some(format!("{} must end in .seg.nrrd or .nrrd", path.display()))
        }
        Purpose::SaveNifti | Purpose::SubmitNifti if !nifti::is_nifti_name(path) => {
            Some(format!("{} must end in .nii or .nii.gz", path.display()))
        }
        _ => None,
    }
}

/// Goes to a page. The pen is lifted, for nobody hears it being lifted on another one.
fn show(app: &mut App, page: Page) {
    if let Some(case) = app.desk.case.as_mut().filter(|_| page != app.shell.page) {
        app.pen.lift(case);
    }
    app.shell.page = page;
}

/// What concerns the views and the pen alone.
fn look_or_draw(app: &mut App, action: Action) {
    let viewer = &mut app.viewer;
    match action {
        Action::SetWindow(window) => viewer.window = window,
        Action::Step(plane, upwards) => viewer.step(plane, upwards),
        Action::GoToEnd(plane, uppermost) => viewer.go_to_end(plane, uppermost),
        Action::GoTo(voxel) => viewer.go_to(voxel),
        Action::SetView(plane, view) => viewer.set_view(plane, view),
        Action::ResetViews => viewer.reset_views(),
        Action::Activate(plane) => viewer.active = plane,
        Action::ToggleMaximised(plane) => viewer.toggle_maximised(plane),
        Action::ToggleCrosshair => viewer.shows_crosshair = !viewer.shows_crosshair,
        Action::ToggleIdentity => viewer.shows_identity = !viewer.shows_identity,
        Action::PointAt(voxel) => viewer.pointer = voxel,
        Action::Take(tool) => {
            app.pen.take(tool, app.desk.case.as_mut());
            if tool == Tool::Grow {
                proposals::prepare_to_grow(app);
            }
        }
        Action::Choose(label) => choose(app, label),
        Action::ToggleLabel(label) => app.overlay.shown[label as usize] = !app.overlay.shown[label as usize],
        Action::ToggleAllLabels => toggle_all_labels(app),
        Action::ToggleVoi => app.desk.voi.is_shown = !app.desk.voi.is_shown,
        Action::SetEdgeMargin(mm) => app.desk.choose_margin(mm),
        Action::SetOpacity(opacity) => app.overlay.opacity = opacity,
        Action::SetColour(label, colour) => set_colour(app, label, colour),
        Action::SetOutline(width) => app.overlay.outline = width,
        Action::SetRadius(mm) => app.pen.set_radius(mm),
        Action::SetTip(tip) => app.pen.tip = tip,
        Action::SetHuRange(range) => app.pen.set_hu_range(range),
        Action::ToggleHuRange => app.pen.toggle_hu_range(),
        Action::DropPoint => drop_point(app),
        Action::Undo if app.pen.draft.is_none() && app.pen.down_in.is_none() && proposals::take_back(app) => {}
        Action::Clear => clear(app),
        other => draw(app, other),
    }
}

/// What changes the label map.
fn draw(app: &mut App, action: Action) {
    let Some(case) = &mut app.desk.case else { return };
    match action {
        Action::PutDown(touch) => match app.pen.contour_elsewhere(&touch) {
            Some(slice) => app.shell.note = open_contour(case, slice),
            None => app.pen.put_down(case, touch),
        },
        Action::MoveTo(touch) => app.pen.move_to(case, touch),
        Action::Lift => {
            if let Some((stroke, is_background)) = app.pen.lift(case) {
                proposals::grow(app, stroke, is_background);
            }
        }
        Action::ChangeRegion(change) => proposals::change_region(app, app.pen.label, change),
        Action::FillBetween => proposals::fill_between(app, app.pen.label),
        Action::SetCutEnd(is_upper) => cutting::set_end(app, is_upper),
        Action::SetLesionBand(band) => lesion::set_band(app, band),
        Action::GoToState(state) => edit_list::go_to(app, state),
        Action::CopyFrom(above) => copy_from(app, above),
        Action::Advance(upwards) => proposals::advance(app, upwards),
        Action::Accept => {
            let slice = active_slice(app);
            proposals::accept(app, slice);
        }
        Action::Hover(touch) => app.pen.point_at(case, touch),
        Action::InsertVertex => app.pen.insert_vertex(case),
        Action::RemoveVertex => app.pen.remove_vertex(case),
        Action::CloseContour => {
            if app.pen.draft.is_some() {
                let is_done = app.pen.accept_closed(case) || app.pen.close_draft(case);
                say_of_contour(app, is_done);
            } else if !cutting::end_line(app) {
                let slice = active_slice(app);
                proposals::accept(app, slice);
            }
        }
        Action::FinishContour => {
            app.pen.close_draft(case);
            let is_done = app.pen.accept_closed(case);
            say_of_contour(app, is_done);
        }
        Action::PasteContour(plane) => {
            let slice =
                SliceOfGrid { axis: plane.normal_axis(case.volume().geometry()), index: app.viewer.view(plane).slice };
            if !app.pen.paste(case, slice) {
                app.shell.note = "Fill a contour first: it can then be pasted on slices of the same plane".to_owned();
            }
        }
        Action::ToggleLock(label) => case.locks.set(label, !case.locks.is_locked(label)),
        Action::Undo if app.pen.draft.is_some() => drop_point(app),
        Action::Undo => {
            // A drag that is taken back goes on no more.
            app.pen.lift(case);
            if let Some(name) = case.undo() {
                app.shell.note = format!("Undone: {name}");
            }
        }
        Action::Redo => {
            if let Some(name) = case.redo() {
                app.shell.note = format!("Redone: {name}");
            }
        }
        _ => {}
    }
}

/// The slice that the keys act on.
fn active_slice(app: &App) -> SliceOfGrid {
    let plane = app.viewer.active;
    let axis = app.viewer.frame(plane).map_or(2, |frame| frame.axis);
    SliceOfGrid { axis, index: app.viewer.view(plane).slice }
}

/// Takes the label's region from the slice above or below.
fn copy_from(app: &mut App, above: bool) {
    let slice = active_slice(app);
    let grows_up = app.viewer.frame(app.viewer.active).is_none_or(|frame| frame.grows_up);
    let index = if above == grows_up { Some(slice.index + 1) } else { slice.index.checked_sub(1) };
    let Some(case) = &mut app.desk.case else { return };
    let n = case.volume().geometry().size()[slice.axis];
    let from = index.filter(|index| *index < n).map(|index| SliceOfGrid { index, ..slice });
    let pixels = from.map(|from| Pixels::of_labels(case.label_map(), &[app.pen.label], from)).unwrap_or_default();
    if pixels.is_empty() {
        app.shell.note = format!("There is no {} to copy", app.pen.label.name().to_lowercase());
    } else {
        app.pen.draw_blended(case, ("Copy", app.viewer.window), slice, &pixels);
    }
}

/// What became of closing or filling a contour.
fn say_of_contour(app: &mut App, is_done: bool) {
    if !is_done && app.pen.draft.is_some() {
        app.shell.note = "A contour has three corners at least".to_owned();
    } else if is_done {
        app.shell.note = if app.pen.draft.is_some() { CLOSED.to_owned() } else { String::new() };
    }
}

/// What can be done with a closed contour.
const CLOSED: &str = "Closed: drag its corners, Enter fills it, Backspace opens it again";

/// Asks for a path, or says why none is wanted.
pub fn ask_for_path(app: &mut App, purpose: Purpose) {
    let needs_case = purpose.is_of_labels();
    app.shell.note = if needs_case && app.desk.case.is_none() {
        "Open an image first".to_owned()
    } else if let Some(why) = app
        .desk
        .why_no_seg()
        .filter(|_| matches!(purpose, Purpose::SaveSeg | Purpose::SaveRtStruct | Purpose::SubmitSeg))
    {
        why.to_owned()
    } else {
        let folder = if purpose.writes() { app.shell.saved_to.clone() } else { app.desk.study_folder() };
        // Each file is asked for anew: what named one patient is not to name the next.
        app.shell.writes_identity = false;
        let mut field = PathField::new(purpose, folder.as_deref(), &app.desk.tag());
        // What was typed for this case is offered again: it may not have been written.
        if let Some((_, path)) = app.desk.typed.as_ref().filter(|(of, _)| *of == purpose) {
            field.text = path.to_string_lossy().into_owned();
        }
        app.shell.sheet = Some(Sheet::Path(field));
        return;
    };
}

fn use_path(app: &mut App, purpose: Purpose, path: PathBuf, force: bool) {
    app.shell.sheet = None;
    if purpose.writes() {
        app.shell.saved_to = path.parent().map(Path::to_owned);
        app.desk.typed = Some((purpose, path.clone()));
    }
    match purpose {
        Purpose::Study => opening::open(app, vec![path]),
        Purpose::LoadLabels => {
            app.desk.threshold = None;
            opening::load_labels(app, path, None);
        }
        Purpose::LoadModel => opening::load_model(app, path),
        Purpose::SaveSeg => saving::save_seg(app, path, force),
        Purpose::SaveNifti => saving::save_nifti(app, path, force),
        Purpose::SaveNrrd => saving::save_nrrd(app, path, force),
        Purpose::SaveRtStruct => saving::save_rtstruct(app, path, force),
        Purpose::SubmitSeg | Purpose::SubmitNifti => protocol::hand_in(app, path, force),
        Purpose::SaveTimes => protocol::save_times(app, path, force),
        Purpose::SaveFeatures => saving::save_features(app, path, force),
        Purpose::SaveNomogram
        | Purpose::SaveRoc
        | Purpose::SaveRadscore
        | Purpose::SaveContributions
        | Purpose::SaveNetBenefit => saving::save_figure(app, purpose, path, force),
        Purpose::SaveReport => saving::save_report(app, path, force),
        Purpose::SaveTrainingFigure(which) => train::save_figure(app, which, path, force),
        Purpose::SaveModel => train::save_model(app, path, force),
        Purpose::SaveTraining => train::save_everything(app, path, force),
        // It goes into the field that asks for it.
        Purpose::Table(file) => *app.study.tables.text_mut(file) = path.to_string_lossy().into_owned(),
    }
}

/// Stops what the status bar shows. Extraction and training write nothing, so that nobody waits for the step that it is at; others say
/// themselves what became of them.
fn cancel(app: &mut App) {
    let shown = app.jobs.shown().map(|job| job.name);
    match shown.filter(|name| [ExtractFeatures::NAME, TrainModels::NAME].contains(name)) {
        Some(name) => {
            app.jobs.abandon(name);
            app.shell.note = format!("{name}: cancelled");
        }
        None => app.jobs.cancel_shown(),
    }
}

/// Extracts features of what is drawn now; what is drawn meanwhile makes them out of date.
fn extract(app: &mut App) {
    let Some(case) = &mut app.desk.case else { return };
    case.end_stroke();
    let (is_drawn, volume, labels) =
        (case.statistics().voi.n_voxels > 0, case.volume().clone(), case.labels().snapshot());
    voi::keep_current(app);
    if !app.desk.has_voi() {
        app.shell.note = if is_drawn { NOTHING_INSIDE } else { NOTHING_DRAWN }.to_owned();
        return;
    }
    if app.desk.interpolation.is_some() && !app.desk.allows_interpolated {
        app.shell.note = "The image is interpolated: allow features of interpolated voxels first".to_owned();
        return;
    }
    let Some(state) = app.desk.voi_state() else { return };
    let (edge_margin_mm, doubts) = (state.edge_margin_mm, app.desk.doubts(None));
    app.jobs.abandon(ExtractFeatures::NAME);
    app.extracted.under_way = Some(state);
    let request = ExtractDrawn { volume, labels, edge_margin_mm, protocol: Protocol::liang2022(), doubts };
    app.jobs.start_work(ExtractFeatures::NAME, move |progress| {
        aside(|| request.run(progress)).map(|features| Outcome::Extracted(state, features))
    });
}

/// Why there are no features of nothing.
const NOTHING_DRAWN: &str = "The VOI is empty: draw the liver first";
/// Why there are none of a liver that is all edge.
const NOTHING_INSIDE: &str = "The VOI is empty: nothing is left inside the edge margin";

/// Copies features of what is drawn now.
fn copy_features(app: &mut App, ctx: &Context, copied: Copied) {
    let Some(features) = app.desk.voi_state().and_then(|state| app.extracted.current(state)) else {
        app.shell.note = "Extract the features of what is drawn now first".to_owned();
        return;
    };
    let n = match copied {
        Copied::Selected => app.listing.selected_rows().len(),
        Copied::Listed => app.listing.rows().len(),
    };
    if n > 0 {
        ctx.copy_text(app.listing.text(copied, features));
    }
    app.shell.note = format!("{n} features copied");
}

fn choose(app: &mut App, label: Label) {
    app.pen.label = label;
    app.overlay.shown[label as usize] = true;
}

fn toggle_all_labels(app: &mut App) {
    let any = app.overlay.shown.contains(&true);
    app.overlay.shown = [!any; 4];
    app.desk.voi.is_shown = !any;
}

/// Shows a label in a colour; the label that had it gets this one's, so that no two look alike.
fn set_colour(app: &mut App, label: Label, colour: [u8; 3]) {
    let colours = &mut app.overlay.colours;
    let former = colours[label as usize];
    if let Some(other) = colours.iter_mut().find(|other| **other == colour) {
        *other = former;
    }
    colours[label as usize] = colour;
}

/// Forgets the contour; without one that shows, closes the message. On the Features page, shows all features again.
fn clear(app: &mut App) {
    if app.shell.page == Page::Features && app.listing.clear() {
        return;
    }
    if app.desk.case.as_mut().is_some_and(|case| app.pen.cancel(case)) {
        app.shell.note = "The stroke under the pen is taken back".to_owned();
        return;
    }
    if hides_contour(app) {
        app.shell.message = None;
        say_that_contour_is_open(app);
    } else if app.pen.draft.take().is_some() || proposals::stop(app) || app.proposals.discard() || cutting::clear(app) {
        app.shell.note.clear();
    } else {
        app.shell.message = None;
    }
}

/// Takes the last corner of the contour away.
fn drop_point(app: &mut App) {
    if hides_contour(app) {
        say_that_contour_is_open(app);
    } else if app.pen.draft.is_some() || !cutting::drop_last(app) {
        app.pen.drop_point();
    }
}

/// Whether a contour is open that is not on screen: what is not seen is not taken away.
fn hides_contour(app: &App) -> bool {
    let is_seen = |slice| app.shell.page == Page::Image && app.viewer.shows(slice);
    app.pen.holds_contour() && app.pen.draft.as_ref().is_some_and(|draft| !is_seen(draft.slice()))
}

fn say_that_contour_is_open(app: &mut App) {
    if let (Some(case), Some(draft)) = (&app.desk.case, &app.pen.draft) {
        app.shell.note = open_contour(case, draft.slice());
    }
}

fn open_contour(case: &Case, slice: SliceOfGrid) -> String {
    format!("The contour on {} is still open: Enter closes it, Esc on that slice clears it", case.slice_name(slice))
}
