//! The surface view: what is drawn, seen from outside, turned by a drag or by arrows.
//!
//! Its surfaces are made beside the window whenever drawing has rested; those of an earlier state stay, dimmed, until then. It draws
//! nothing and measures nothing.

mod picture;
mod sign;

use std::cell::RefCell;
use std::time::Duration;

use egui::{Align2, Context, EventFilter, Id, Key, Modifiers, PointerButton, Rect, Response, Role, Sense, Stroke, Ui};
use egui::{Vec2, WidgetInfo};

use self::picture::Picture;
use super::actions::{Action, Page};
use super::jobs::Outcome;
use super::viewer::SurfacePlace;
use super::views::Shown;
use super::wheel::{Turned, Wheel};
use super::{App, marks, theme, widgets};
use crate::base::Cancelled;
use crate::case::{Case, ChangeMark, Revision};
use crate::job::{MakeSurfaces, Request};
use crate::render::{SurfaceCamera, SurfaceScene};
use crate::segment::Plane;
use crate::segment::surface::Surfaces;

/// How long drawing has to rest, in seconds, before surfaces are made anew.
const REST: f64 = 0.4;
/// Degrees for a drag along the view's shorter side, and for an arrow key.
const DRAG: f64 = 180.0;
const ARROW: f64 = 5.0;
/// Magnification for a notch of the wheel.
const NOTCH: f64 = 1.15;

/// What the surface view asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Show or hide it.
    Toggle,
    /// Look from elsewhere.
    Look(SurfaceCamera),
}

/// The state of the surface view.
#[derive(Default)]
pub struct SurfaceView {
    camera: SurfaceCamera,
    made: Option<Made>,
    /// The state whose surfaces are being made.
    under_way: Option<Revision>,
    /// The state that was there last, and since when.
    seen: Option<(Revision, f64)>,
    picture: RefCell<Picture>,
}

/// Surfaces, of which state of which label map they are, and their number among all that were made.
struct Made {
    revision: Revision,
    mark: ChangeMark,
    surfaces: Surfaces,
    number: u64,
}

impl SurfaceView {
    /// Triangles that there are, and azimuth and elevation that they are seen from, in degrees.
    pub fn snapshot(&self) -> (usize, [f64; 2]) {
        let n = self.made.as_ref().map_or(0, |made| made.surfaces.n_triangles());
        (n, [self.camera.azimuth, self.camera.elevation])
    }

    /// Surfaces were made.
    pub fn take(&mut self, (revision, mark): (Revision, ChangeMark), surfaces: Surfaces) {
        let number = self.made.as_ref().map_or(0, |made| made.number) + 1;
        self.made = Some(Made { revision, mark, surfaces, number });
        self.under_way = None;
    }

    /// The surfaces of a case, be they of an earlier state.
    fn of(&self, case: &Case) -> Option<&Made> {
        self.made.as_ref().filter(|made| made.mark.same_map(case.labels().mark()))
    }
}

/// Fulfils a wish.
pub fn perform(app: &mut App, wish: Wish) {
    let viewer = &mut app.viewer;
    match wish {
        Wish::Toggle if viewer.surface == SurfacePlace::Off => {
            viewer.surface = SurfacePlace::Beside;
            viewer.maximised = None;
            if viewer.active == Plane::Sagittal {
                viewer.active = Plane::Axial;
            }
        }
        Wish::Toggle => viewer.surface = SurfacePlace::Off,
        Wish::Look(camera) => app.surface.camera = camera,
    }
}

/// Gives the view the whole area where it has the keyboard, or the others theirs back; whether it did.
pub fn enlarge(app: &mut App, ctx: &Context) -> bool {
    let has_keyboard = ctx.memory(|memory| memory.has_focus(id()));
    app.viewer.surface = match app.viewer.surface {
        SurfacePlace::Large => SurfacePlace::Beside,
        SurfacePlace::Beside if has_keyboard => SurfacePlace::Large,
        _ => return false,
    };
    true
}

/// Has surfaces made of what is drawn once drawing has rested; the first ones at once.
pub fn follow(app: &mut App, ctx: &Context) {
    let is_wanted = app.viewer.surface != SurfacePlace::Off && app.shell.page == Page::Image;
    let Some(case) = app.desk.case.as_ref().filter(|case| is_wanted && !case.is_drawing()) else { return };
    let view = &mut app.surface;
    let (revision, now) = (case.revision(), ctx.input(|input| input.time));
    // One that came to nothing is not tried again until something is drawn.
    if view.under_way == Some(revision) || view.of(case).is_some_and(|made| made.revision == revision) {
        return;
    }
    let since = view.seen.filter(|(seen, _)| *seen == revision).map_or(now, |(_, since)| since);
    view.seen = Some((revision, since));
    let rest = REST - (now - since);
    if rest > 0.0 && view.of(case).is_some() {
        return ctx.request_repaint_after(Duration::from_secs_f64(rest));
    }
    view.under_way = Some(revision);
    let (request, mark) = (MakeSurfaces { labels: case.labels().snapshot() }, case.labels().mark());
    app.jobs.abandon(MakeSurfaces::NAME);
    app.jobs.start_quietly(MakeSurfaces::NAME, move |progress| {
        let surfaces = request.run(progress)?;
        Ok::<_, Cancelled>(Outcome::SurfacesMade((revision, mark), Box::new(surfaces)))
    });
}

/// Names the view among all that can have the keyboard.
fn id() -> Id {
    Id::unique("surface view")
}

/// Draws the view and hears what pointer and keys do there.
pub fn show(ui: &Ui, rect: Rect, view: &SurfaceView, shown: &Shown, actions: &mut Vec<Action>) {
    let response = ui.interact(rect, id(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Surface view"));
    ui.painter().rect_filled(rect, 0.0, theme::BLACK);
    let painter = ui.painter_at(rect);
    let made = shown.case.and_then(|case| view.of(case));
    let is_current =
        shown.case.zip(made).is_some_and(|(case, made)| made.revision == case.revision() && !case.is_drawing());
    let scene = made.map(|made| SurfaceScene { surfaces: &made.surfaces, camera: view.camera, overlay: shown.overlay });
    if let Some((scene, made)) = scene.zip(made).filter(|(scene, _)| scene.is_visible()) {
        // Under the pen there is as little time for it as while it turns.
        let is_hasty = response.dragged() || shown.case.is_some_and(Case::is_drawing);
        view.picture.borrow_mut().paint(&painter, rect, &scene, made.number, (is_current, is_hasty));
        crosshair(&painter, rect, &scene, shown);
    } else {
        painter.text(rect.center(), Align2::CENTER_CENTER, hint(made, shown), theme::body(), theme::WEAK);
    }
    sign::paint(&painter, rect, &view.camera);
    marks::paint_doubts(&painter, rect, shown);
    marks::paint_name(
        &painter,
        rect,
        if is_current || made.is_none() { "Surface" } else { "Surface, before the last change" },
    );
    keyboard(ui, &response);
    let camera = turned(ui, &response, view.camera, scene.as_ref());
    if camera != view.camera {
        actions.push(Action::Surface(Wish::Look(camera)));
    } else if response.clicked_by(PointerButton::Primary) {
        actions.extend(scene.and_then(|scene| voxel_at(&response, &scene, shown)).map(Action::GoTo));
    }
}

/// What is said where nothing is to be seen.
fn hint(made: Option<&Made>, shown: &Shown) -> &'static str {
    match (shown.case, made) {
        (None, _) => "",
        (Some(_), None) => "Making the surface…",
        (Some(_), Some(made)) if made.surfaces.list.is_empty() => "Nothing is drawn yet",
        (Some(_), Some(_)) => "All labels are hidden",
    }
}

/// Where the crosshair is, seen through everything.
fn crosshair(painter: &egui::Painter, rect: Rect, scene: &SurfaceScene, shown: &Shown) {
    let Some(case) = shown.case.filter(|_| shown.viewer.shows_crosshair) else { return };
    let point = case.volume().geometry().patient_from_voxel(shown.viewer.crosshair.map(|x| x as f64));
    let [x, y, _] = scene.viewport(size(rect)).screen_from_patient(point.map(|x| x as f32));
    let at = rect.min + Vec2::new(x, y);
    let line = Stroke::new(1.0, theme::faded(theme::ACCENT, 0.8));
    painter.circle_stroke(at, 4.0, line);
    for side in [Vec2::X, Vec2::Y, -Vec2::X, -Vec2::Y] {
        painter.line_segment([at + 4.0 * side, at + 9.0 * side], line);
    }
}

fn size(rect: Rect) -> [f32; 2] {
    [rect.width(), rect.height()]
}

/// The view takes the keyboard from the pointer as well; arrows turn it and do not lead on.
fn keyboard(ui: &Ui, response: &Response) {
    if response.contains_pointer() && ui.input(|input| input.pointer.any_pressed()) {
        response.request_focus();
    }
    if response.has_focus() {
        let keys = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keys));
        widgets::focus_line(ui, response.rect);
    }
}

/// The camera after what pointer, wheel and keys did in this frame.
fn turned(ui: &Ui, response: &Response, mut camera: SurfaceCamera, scene: Option<&SurfaceScene>) -> SurfaceCamera {
    let rect = response.rect;
    let moved = response.drag_delta();
    if response.dragged_by(PointerButton::Primary) {
        let degrees = DRAG / f64::from(rect.width().min(rect.height()).max(1.0));
        camera = camera.turned(f64::from(moved.x) * degrees, f64::from(moved.y) * degrees);
    } else if let Some(scene) = scene.filter(|_| response.dragged()) {
        let per_mm = f64::from(scene.viewport(size(rect)).per_mm);
        camera = camera.panned([moved.x, moved.y].map(|x| f64::from(x) / per_mm));
    }
    if response.contains_pointer() {
        let (events, time) = ui.input(|input| (input.events.clone(), input.time));
        let frame = ui.ctx().cumulative_frame_nr();
        let Turned { slices, zoom, .. } =
            ui.data_mut(|data| data.get_temp_mut_or_default::<Wheel>(Id::unique("wheel")).turned(&events, time, frame));
        camera = camera.zoomed(NOTCH.powf(slices as f64 + f64::from(zoom)));
    }
    if response.has_focus() {
        let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f64;
        let right = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        let down = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
        camera = camera.turned(ARROW * right, ARROW * down);
    }
    if response.double_clicked_by(PointerButton::Primary) {
        return SurfaceCamera::default();
    }
    let clicked = response.interact_pointer_pos().filter(|_| response.clicked_by(PointerButton::Primary));
    clicked.and_then(|at| sign::side_at(rect, &camera, at)).unwrap_or(camera)
}

/// The voxel whose surface was clicked.
fn voxel_at(response: &Response, scene: &SurfaceScene, shown: &Shown) -> Option<[usize; 3]> {
    let at = response.interact_pointer_pos()? - response.rect.min;
    let geometry = shown.case?.volume().geometry();
    let voxel = geometry.voxel_from_patient(scene.hit(size(response.rect), [at.x, at.y])?);
    let n = geometry.size();
    Some(std::array::from_fn(|axis| voxel[axis].round().clamp(0.0, (n[axis] - 1) as f64) as usize))
}
