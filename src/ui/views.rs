//! The three views: what the pointer does in them. What they show on top of the image is painted by `marks`.

use egui::{Event, EventFilter, Id, PointerButton, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::actions::Action;
use super::marks;
use super::pen::{Pen, Tool, Touch};
use super::proposals::Proposals;
use super::protocol::{self, Protocol};
use super::surface_view::{self, SurfaceView};
use super::viewer::{SurfacePlace, Viewer};
use super::voi::Voi;
use super::wheel::{Turned, Wheel};
use super::{theme, widgets};
use crate::case::{Case, Identity, Labels};
use crate::render::{Overlay, PlaneFrame, SlicePainter, SliceScene, Viewport};
use crate::segment::Plane;

/// Space between views, in points.
const GAP: f32 = 2.0;
/// Part of the width that the large view takes.
const LARGE: f32 = 0.65;

/// What the views show.
pub struct Shown<'a> {
    /// Point, window, magnification.
    pub viewer: &'a Viewer,
    /// Tool and contour.
    pub pen: &'a Pen,
    /// What is proposed.
    pub proposals: &'a Proposals,
    /// How the slices stand, and the place that is boxed.
    pub protocol: &'a Protocol,
    /// The surface view.
    pub surface: &'a SurfaceView,
    /// How labels are shown.
    pub overlay: &'a Overlay,
    /// The case; `None` while its image is being decoded or nothing is open.
    pub case: Option<&'a Case>,
    /// The VOI that follows from what is drawn.
    pub voi: &'a Voi,
    /// The first slice of an image that is being decoded.
    pub preview: Option<&'a Labels>,
    /// Who it is.
    pub identity: &'a Identity,
    /// What to do while nothing is open.
    pub hint: &'a str,
    /// Whether the voxels are interpolated.
    pub is_interpolated: bool,
    /// Whether low HU are shown bright.
    pub is_inverted: bool,
}

/// Lays out the views in what is left of the window.
pub fn show(ui: &mut Ui, shown: &Shown, painter: &mut SlicePainter, actions: &mut Vec<Action>) {
    let area = ui.available_rect_before_wrap();
    let mut pointer = None;
    let (views, surface) = layout(area, shown.viewer);
    if let Some(rect) = surface {
        surface_view::show(ui, rect, shown.surface, shown, actions);
    }
    for (plane, rect) in views {
        let rect = protocol::beside(ui, plane, rect, shown, actions);
        if let Some(voxel) = one_view(ui, plane, rect, shown, painter, actions) {
            pointer = Some(voxel);
        }
    }
    if pointer != shown.viewer.pointer {
        actions.push(Action::PointAt(pointer));
    }
}

/// The planes' views, and the surface view where there is one.
fn layout(area: Rect, viewer: &Viewer) -> (Vec<(Plane, Rect)>, Option<Rect>) {
    match (viewer.surface, viewer.maximised) {
        (SurfacePlace::Large, _) => return (Vec::new(), Some(area)),
        (_, Some(plane)) => return (vec![(plane, area)], None),
        _ => {}
    }
    let (left, right) = area.split_left_right_at_fraction(LARGE);
    let left = Rect::from_min_max(left.min, Pos2::new(left.max.x - GAP / 2.0, left.max.y));
    let right = Rect::from_min_max(Pos2::new(right.min.x + GAP / 2.0, right.min.y), right.max);
    let (top, bottom) = right.split_top_bottom_at_fraction(0.5);
    let top = Rect::from_min_max(top.min, Pos2::new(top.max.x, top.max.y - GAP / 2.0));
    let bottom = Rect::from_min_max(Pos2::new(bottom.min.x, bottom.min.y + GAP / 2.0), bottom.max);
    let mut views = vec![(Plane::Axial, left), (Plane::Coronal, top), (Plane::Sagittal, bottom)];
    views.retain(|(plane, _)| viewer.is_laid_out(*plane));
    (views, (viewer.surface == SurfacePlace::Beside).then_some(bottom))
}

/// Draws a view and hears what the pointer does there; answers with the voxel under it.
fn one_view(
    ui: &mut Ui,
    plane: Plane,
    rect: Rect,
    shown: &Shown,
    painter: &mut SlicePainter,
    actions: &mut Vec<Action>,
) -> Option<[usize; 3]> {
    let id = id_of(plane);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let name = format!("{} view", plane.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    ui.painter().rect_filled(rect, 0.0, theme::BLACK);
    let clipped = ui.painter_at(rect);
    let Some(case) = shown.case else {
        preview(&clipped, plane, rect, shown, painter);
        keyboard(ui, &response, plane, actions);
        return None;
    };
    let viewport = shown.viewer.viewport(plane, rect)?;
    let scene = SliceScene {
        id,
        labels: case.labels(),
        viewport,
        window: shown.viewer.window,
        overlay: shown.overlay,
        inverted: shown.is_inverted,
    };
    painter.paint(&clipped, &scene);
    marks::paint(&clipped, plane, &viewport, shown);
    keyboard(ui, &response, plane, actions);
    if response.contains_pointer() && ui.input(|input| input.pointer.any_pressed()) {
        actions.push(Action::Activate(plane));
        ui.memory_mut(|memory| memory.stop_text_input());
    }
    navigate(ui, &response, plane, &viewport, shown, actions);
    match shown.pen.tool {
        Tool::Navigate => point(&response, &viewport, actions),
        _ => draw(ui, &response, plane, &viewport, shown, actions),
    }
    let pointer = response.hover_pos().filter(|_| response.contains_pointer());
    if let Some(at) = pointer {
        marks::paint_tool(&clipped, at, &viewport, shown.pen);
        let hover = touch_at(ui, plane, &viewport, shown, at);
        if shown.pen.hover != Some(hover) {
            actions.push(Action::Hover(Some(hover)));
        }
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
    }
    pointer.and_then(|at| viewport.voxel_at(at))
}

/// Names a view among all that can have the keyboard.
fn id_of(plane: Plane) -> Id {
    Id::unique(("view", plane))
}

/// Whether what has the keyboard is a view.
pub fn is_view(id: Id) -> bool {
    Plane::ALL.into_iter().any(|plane| id_of(plane) == id)
}

/// A view that the Tab key comes to is the one that keys act on: arrows turn its slices and do not lead on, Esc clears the
/// contour and does not let the keyboard go.
fn keyboard(ui: &Ui, response: &Response, plane: Plane, actions: &mut Vec<Action>) {
    if response.gained_focus() {
        actions.push(Action::Activate(plane));
    }
    if response.has_focus() {
        let keys = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keys));
        widgets::focus_line(ui, response.rect);
    }
}

/// The one slice that is there while the rest is being decoded.
fn preview(clipped: &egui::Painter, plane: Plane, rect: Rect, shown: &Shown, painter: &mut SlicePainter) {
    let Some(labels) = shown.preview else {
        if plane == Plane::Axial {
            for (line, words) in shown.hint.lines().enumerate() {
                let at = rect.center() + Vec2::new(0.0, 24.0 * line as f32);
                clipped.text(at, egui::Align2::CENTER_CENTER, words, theme::heading(), theme::WEAK);
            }
        }
        return;
    };
    let frame = PlaneFrame::new(labels.volume().geometry(), plane);
    if frame.axis != 2 {
        return;
    }
    let viewport = Viewport::new(&frame, &frame.whole(), rect);
    let window = shown.viewer.window;
    let id = id_of(plane);
    let inverted = shown.is_inverted;
    let scene = SliceScene { id, labels, viewport, window, overlay: shown.overlay, inverted };
    painter.paint(clipped, &scene);
    marks::paint_letters(clipped, &frame, rect);
}

/// Wheel, right and middle button: with any tool in hand.
fn navigate(ui: &Ui, response: &Response, plane: Plane, viewport: &Viewport, shown: &Shown, actions: &mut Vec<Action>) {
    let view = shown.viewer.view(plane);
    if response.contains_pointer() {
        let (time, frame) = (ui.input(|input| input.time), ui.ctx().cumulative_frame_nr());
        let events = ui.input(|input| input.events.clone());
        let wheel = Id::unique("wheel");
        let Turned { slices, zoom, widen } =
            ui.data_mut(|data| data.get_temp_mut_or_default::<Wheel>(wheel).turned(&events, time, frame));
        if let Some(at) = response.hover_pos().filter(|_| zoom != 0.0) {
            actions.push(Action::SetView(plane, view.zoomed_at(viewport, at, 1.15f64.powf(f64::from(zoom)))));
        }
        if slices != 0 {
            actions.push(Action::Step(plane, slices));
        }
        if widen != 0.0 && shown.pen.tool.has_radius() {
            actions.push(Action::SetRadius(shown.pen.radius_mm * 1.1f64.powf(f64::from(widen))));
        }
    }
    let moved = response.drag_delta();
    if response.dragged_by(PointerButton::Secondary) && moved != Vec2::ZERO {
        let window = shown.viewer.window.dragged(f64::from(moved.x), f64::from(moved.y));
        actions.push(Action::SetWindow(window));
    }
    if response.dragged_by(PointerButton::Middle) && moved != Vec2::ZERO {
        actions.push(Action::SetView(plane, view.panned(viewport, moved)));
    }
    if response.double_clicked() && shown.pen.tool == Tool::Navigate {
        actions.push(Action::ToggleMaximised(plane));
    }
}

fn point(response: &Response, viewport: &Viewport, actions: &mut Vec<Action>) {
    let held = response.dragged_by(PointerButton::Primary) || response.clicked_by(PointerButton::Primary);
    let at = response.interact_pointer_pos().filter(|_| held);
    if let Some(voxel) = at.and_then(|at| viewport.voxel_at(at)) {
        actions.push(Action::GoTo(voxel));
    }
}

/// The pen at a place of the screen.
fn touch_at(ui: &Ui, plane: Plane, viewport: &Viewport, shown: &Shown, at: Pos2) -> Touch {
    let modifiers = ui.input(|input| input.modifiers);
    Touch {
        plane,
        slice: viewport.slice,
        at: viewport.pixel_from_screen(at),
        mm_per_point: 1.0 / viewport.points_per_mm,
        window: shown.viewer.window,
        takes_away: modifiers.alt,
        is_inverted: modifiers.command,
    }
}

/// The pen's way through this frame's events, one by one, so that a slow frame loses no part of a stroke.
fn draw(ui: &Ui, response: &Response, plane: Plane, viewport: &Viewport, shown: &Shown, actions: &mut Vec<Action>) {
    let touch = |at| touch_at(ui, plane, viewport, shown, at);
    let mut is_down = shown.pen.down_in == Some(plane);
    let (events, is_held) = ui.input(|input| (input.events.clone(), input.pointer.primary_down()));
    let is_lift =
        |event: &Event| matches!(event, Event::PointerButton { button: PointerButton::Primary, pressed: false, .. });
    // The button may have been let go while the views were not on screen.
    if is_down && !is_held && !events.iter().any(is_lift) {
        actions.push(Action::Lift);
        is_down = false;
    }
    for event in events {
        match event {
            Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. } => {
                let is_here = response.rect.contains(pos) && ui.ctx().layer_id_at(pos) == Some(response.layer_id);
                // A click beside an open menu closes it and draws nothing.
                if is_here && response.enabled() && !egui::Popup::is_any_open(ui.ctx()) {
                    actions.push(Action::PutDown(touch(pos)));
                    is_down = true;
                }
            }
            Event::PointerMoved(at) if is_down => actions.push(Action::MoveTo(touch(at))),
            event if is_down && is_lift(&event) => {
                actions.push(Action::Lift);
                is_down = false;
            }
            _ => {}
        }
    }
}
