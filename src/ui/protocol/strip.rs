//! The slider of axial slices at the view's inner edge: a mark for every slice by how far it got, and the way there.
//!
//! Upwards is towards the head. States are told apart by the shape of their mark as well as by colour. Where slices are too many for
//! a mark each, neighbours share one, and the most urgent state wins.

use egui::accesskit;
use egui::{
    Color32, EventFilter, Id, Key, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::super::actions::Action;
use super::super::views::Shown;
use super::super::{theme, widgets};
use crate::case::{Case, SliceState, VoiState};
use crate::render::PlaneFrame;
use crate::segment::Plane;

/// Width of the slider in points: wide enough to be met with the pointer, narrow enough to leave the image its place.
const WIDTH: f32 = 18.0;
/// Space left for ticks of findings at its right edge.
const TICKS: f32 = 4.0;
/// Least height of a mark in points.
const LEAST_MARK: f32 = 2.0;
/// Marks higher than this stand apart.
const APART: f32 = 4.0;

/// Shows the slider at the inner edge of the axial view and answers with what is left for the image; nothing is taken from others.
pub fn beside(ui: &Ui, plane: Plane, rect: Rect, shown: &Shown, actions: &mut Vec<Action>) -> Rect {
    let (Some(case), Some(frame)) = (shown.case, shown.viewer.frame(plane)) else { return rect };
    if plane != Plane::Axial || frame.n_slices < 2 {
        return rect;
    }
    let (image, strip) = rect.split_left_right_at_x(rect.right() - WIDTH);
    let response = ui.interact(strip, Id::unique("axial slice"), Sense::click_and_drag());
    let present = shown.viewer.view(plane).slice;
    let axis = Axis { rect: strip.shrink2(Vec2::new(1.0, 6.0)), n: frame.n_slices, grows_up: frame.grows_up };
    describe(ui, &response, frame, present);
    if let Some(slice) = wanted(ui, &response, &axis, frame, present) {
        let mut voxel = shown.viewer.crosshair;
        voxel[frame.axis] = slice;
        actions.extend([Action::Activate(plane), Action::GoTo(voxel)]);
    }
    let painter = ui.painter_at(strip);
    painter.rect_filled(strip, 0.0, theme::DESK);
    if frame.axis == 2 {
        marks(&painter, &axis, case);
        ticks(&painter, &axis, shown, case);
    }
    thumb(&painter, &axis, present, &response);
    if response.has_focus() {
        widgets::focus_line(ui, strip);
    }
    image
}

/// Where slices lie along the slider.
struct Axis {
    rect: Rect,
    n: usize,
    grows_up: bool,
}

impl Axis {
    /// The place of a slice counted from the top.
    fn place(&self, slice: usize) -> usize {
        if self.grows_up { self.n - 1 - slice.min(self.n - 1) } else { slice }
    }

    fn centre(&self, slice: usize) -> f32 {
        self.rect.top() + self.rect.height() * (self.place(slice) as f32 + 0.5) / self.n as f32
    }

    fn slice_at(&self, y: f32) -> usize {
        let part = ((y - self.rect.top()) / self.rect.height().max(1.0)).clamp(0.0, 1.0);
        // A place is a whole number below `n`, whatever rounding does.
        self.place(((part * self.n as f32) as usize).min(self.n - 1))
    }
}

fn describe(ui: &Ui, response: &Response, frame: &PlaneFrame, present: usize) {
    let number = present as f64 + 1.0;
    response.widget_info(|| WidgetInfo::slider(true, number, "Axial slice"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(1.0);
        node.set_max_numeric_value(frame.n_slices as f64);
        node.set_numeric_value_step(1.0);
        [accesskit::Action::SetValue, accesskit::Action::Increment, accesskit::Action::Decrement]
            .into_iter()
            .for_each(|action| node.add_action(action));
    });
}

/// The slice that pointer, keys or a screen reader ask for.
fn wanted(ui: &Ui, response: &Response, axis: &Axis, frame: &PlaneFrame, present: usize) -> Option<usize> {
    if response.is_pointer_button_down_on() || response.clicked() {
        return response.interact_pointer_pos().map(|at| axis.slice_at(at.y)).filter(|slice| *slice != present);
    }
    let mut up = 0i64;
    if response.has_focus() {
        let keys = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keys));
        let ends = [(Key::Home, true), (Key::End, false)];
        if let Some((_, uppermost)) = ui.input(|input| ends.into_iter().find(|(key, _)| input.key_pressed(*key))) {
            return Some(if frame.grows_up == uppermost { frame.n_slices - 1 } else { 0 });
        }
        let steps = [(Key::ArrowUp, 1), (Key::ArrowRight, 1), (Key::ArrowDown, -1), (Key::ArrowLeft, -1)];
        let leaps = [(Key::PageUp, 10), (Key::PageDown, -10)];
        let pressed = |(key, by): (Key, i64)| by * ui.input(|input| input.num_presses(key)) as i64;
        up = steps.into_iter().chain(leaps).map(pressed).sum();
    }
    let asked = |action| ui.input(|input| input.num_accesskit_action_requests(response.id, action)) as i64;
    // A screen reader counts slices by their numbers, the keys towards the head.
    let mut by = if frame.grows_up { up } else { -up };
    by += asked(accesskit::Action::Increment) - asked(accesskit::Action::Decrement);
    let number = ui.input(|input| {
        let requests = input.accesskit_action_requests(response.id, accesskit::Action::SetValue);
        let number = |request: &accesskit::ActionRequest| match request.data {
            Some(accesskit::ActionData::NumericValue(number)) => Some(number),
            _ => None,
        };
        requests.filter_map(number).last()
    });
    let slice = number.map_or(present as i64 + by, |number| number.round() as i64 - 1);
    Some(frame.clamp_slice(slice)).filter(|slice| *slice != present)
}

/// A mark for every slice, or for as many neighbours as share one.
fn marks(painter: &Painter, axis: &Axis, case: &Case) {
    let n_marks = axis.n.min((axis.rect.height() / LEAST_MARK) as usize).max(1);
    let states: Vec<SliceState> = case.review().states().collect();
    let height = axis.rect.height() / n_marks as f32;
    let gap = if height >= APART { 1.0 } else { 0.0 };
    for mark in 0..n_marks {
        let places = mark * axis.n / n_marks..(mark + 1) * axis.n / n_marks;
        let of = |place: usize| states.get(axis.place(place)).copied();
        let Some(state) = places.filter_map(of).max_by_key(|state| urgency(*state)) else { continue };
        let top = axis.rect.top() + height * mark as f32;
        let rect = Rect::from_min_size(
            Pos2::new(axis.rect.left(), top),
            Vec2::new(axis.rect.width() - TICKS, (height - gap).max(1.0)),
        );
        paint_mark(painter, rect, state);
    }
}

/// Which state is shown where several share a mark: what needs a look before what is done, and what is done before nothing.
const fn urgency(state: SliceState) -> u8 {
    match state {
        SliceState::Proposed => 5,
        SliceState::Interpolated => 4,
        SliceState::Loaded => 3,
        SliceState::Drawn => 2,
        SliceState::Reviewed => 1,
        SliceState::Untouched => 0,
    }
}

/// The mark of a state, in the slider and in its legend: parts of the width that are filled, and the colour.
pub fn paint_mark(painter: &Painter, rect: Rect, state: SliceState) {
    let (parts, colour): (&[[f32; 2]], Color32) = match state {
        SliceState::Untouched => (&[[0.44, 0.56]], theme::RAISED),
        SliceState::Drawn => (&[[0.0, 0.55]], theme::ACCENT),
        SliceState::Reviewed => (&[[0.0, 1.0]], theme::ACCENT),
        SliceState::Interpolated => (&[[0.0, 0.25], [0.75, 1.0]], theme::AMBER),
        SliceState::Proposed => (&[[0.0, 0.22], [0.39, 0.61], [0.78, 1.0]], theme::AMBER),
        SliceState::Loaded => (&[[0.3, 0.7]], theme::AMBER),
    };
    for [from, to] in parts {
        let x = |part: f32| rect.left() + rect.width() * part;
        let part = Rect::from_x_y_ranges(x(*from)..=x(*to), rect.y_range());
        painter.rect_filled(part, 0.0, colour);
    }
}

/// Ticks where something was found or slices are missing.
fn ticks(painter: &Painter, axis: &Axis, shown: &Shown, case: &Case) {
    let state = VoiState { revision: case.revision(), edge_margin_mm: shown.voi.margin_mm() };
    let Some((facts, false)) = shown.protocol.facts(state) else { return };
    let found = facts.findings.listed.iter().map(|finding| finding.voxel[2]);
    for slice in found.chain(facts.gaps.iter().copied()) {
        let x = axis.rect.right() - TICKS + 1.0..=axis.rect.right();
        painter.hline(x, axis.centre(slice), Stroke::new(2.0, theme::TEXT));
    }
}

/// Where the slice in view lies.
fn thumb(painter: &Painter, axis: &Axis, present: usize, response: &Response) {
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let height = (axis.rect.height() / axis.n as f32 + 2.0).max(6.0);
    let rect = Rect::from_center_size(
        Pos2::new(axis.rect.center().x, axis.centre(present)),
        Vec2::new(axis.rect.width() + 2.0, height),
    );
    painter.rect_stroke(rect, 2.0, Stroke::new(3.0, theme::DESK), StrokeKind::Middle);
    let colour = if lit { theme::ACCENT } else { theme::TEXT };
    painter.rect_stroke(rect, 2.0, Stroke::new(1.5, colour), StrokeKind::Middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slice_of_a_long_series_is_met_at_its_own_place() {
        let rect = Rect::from_min_size(Pos2::new(0.0, 40.0), Vec2::new(WIDTH, 600.0));
        for grows_up in [true, false] {
            let axis = Axis { rect, n: 537, grows_up };
            assert!((0..537).all(|slice| axis.slice_at(axis.centre(slice)) == slice));
            let head = if grows_up { 536 } else { 0 };
            assert_eq!((axis.slice_at(0.0), axis.slice_at(2000.0)), (head, 536 - head), "upwards is the head");
        }
    }

    #[test]
    fn what_needs_a_look_is_more_urgent_than_what_is_done() {
        let states = [SliceState::Untouched, SliceState::Drawn, SliceState::Loaded, SliceState::Reviewed];
        assert_eq!(states.into_iter().max_by_key(|state| urgency(*state)), Some(SliceState::Loaded));
    }
}
