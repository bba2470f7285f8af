//! Contour and livewire: corners by click, freehand by drag, edited until accepted; and a drag across a border that corrects it.

use super::{Pen, Tool, Touch};
use crate::case::{Case, Operation};
use crate::render::Window;
use crate::segment::{Contour, Hit, Livewire, Pixels, Reach, SliceImage, SliceOfGrid, correct};

/// Distance in points within which a vertex or an edge is met.
const NEAR: f64 = 4.0;
/// Distance in points between the points of a freehand contour.
const FREEHAND: f64 = 3.0;
/// Points of the screen that a drag goes along which is freehand rather than a click by an unsteady hand.
const FREEHAND_WAY: f64 = 24.0;

/// The edges that the livewire follows, of the slice and under the window that they were found for.
pub(super) struct Wire {
    slice: SliceOfGrid,
    window: Window,
    /// The vertex that it goes on from.
    anchor: Option<[f64; 2]>,
    edges: Livewire,
}

/// A contour that is being drawn or edited.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The contour.
    pub contour: Contour,
    /// The way that the livewire proposes from the last vertex to the pointer.
    pub proposed: Vec<[f64; 2]>,
    /// How many vertices each click added, the latest last, for Backspace.
    added: Vec<usize>,
    /// How many closing added.
    closing: usize,
    /// Whether the livewire laid a part of it.
    pub(super) is_helped: bool,
    /// The vertex that is dragged.
    dragged: Option<usize>,
    /// Points of the screen that the pen was drawn along since it was put down, and whether the contour began then.
    drawn_along: f64,
    is_of_this_drag: bool,
    /// Whether the drag is to do the other of two things.
    is_inverted: bool,
}

impl Draft {
    fn of(contour: Contour) -> Self {
        let added = vec![contour.vertices.len()];
        Self {
            contour,
            proposed: Vec::new(),
            added,
            closing: 0,
            is_helped: false,
            dragged: None,
            drawn_along: 0.0,
            is_of_this_drag: false,
            is_inverted: false,
        }
    }

    /// The slice that it is drawn on.
    pub fn slice(&self) -> SliceOfGrid {
        self.contour.slice
    }

    /// The number of vertices of the click that a vertex came with.
    fn count_at(&mut self, vertex: usize) -> Option<&mut usize> {
        let mut end = 0;
        let counts = self.added.iter_mut().chain([&mut self.closing]);
        counts.into_iter().find(|n| {
            end += **n;
            vertex < end
        })
    }
}

impl Pen {
    /// Adds a corner to the contour, takes hold of one, or closes it where its first is met. Elsewhere a closed contour is accepted, and
    /// another one begins.
    pub(super) fn touch_contour(&mut self, case: &mut Case, touch: Touch) {
        let reach = reach(case, &touch, NEAR);
        let is_elsewhere = |draft: &Draft| {
            draft.slice() != touch.slice
                || draft.contour.is_closed && draft.contour.hit(touch.at, reach) == Hit::Outside
        };
        if self.draft.as_ref().is_some_and(is_elsewhere) {
            self.accept_closed(case);
            self.draft = None;
        }
        let way = self.way_to(case, &touch);
        let Some(draft) = &mut self.draft else {
            let mut draft = Draft::of(Contour::begin(touch.slice, touch.at));
            (draft.is_of_this_drag, draft.is_inverted) = (true, touch.is_inverted);
            self.draft = Some(draft);
            return;
        };
        (draft.drawn_along, draft.is_of_this_drag) = (0.0, false);
        if draft.contour.meets_first(touch.at, reach) {
            self.close_draft(case);
            return;
        }
        if let Hit::Vertex(vertex) = draft.contour.hit(touch.at, reach) {
            draft.dragged = Some(vertex);
        } else if !draft.contour.is_closed {
            draft.added.push(way.len());
            way.into_iter().for_each(|at| draft.contour.add(at));
            draft.is_helped |= self.tool == Tool::Livewire;
            draft.proposed.clear();
        }
    }

    /// Drags a vertex, or draws freehand.
    pub(super) fn draw_contour(&mut self, case: &Case, touch: Touch) {
        let far = reach(case, &touch, FREEHAND);
        let is_freehand = self.tool == Tool::Contour;
        let Some(draft) = self.draft.as_mut().filter(|draft| draft.slice() == touch.slice) else { return };
        if let Some(vertex) = draft.dragged {
            draft.contour.move_vertex(vertex, touch.at);
        } else if is_freehand && !draft.contour.is_closed {
            let end = draft.contour.vertices.last().copied();
            let last = Contour { vertices: end.into_iter().collect(), ..draft.contour };
            if !matches!(last.hit(touch.at, far), Hit::Vertex(_)) {
                draft.contour.add(touch.at);
                draft.added.push(1);
                let spacing_mm = touch.slice.spacing_mm(case.volume().geometry());
                let step_mm = end.map_or(0.0, |end| {
                    ((touch.at[0] - end[0]) * spacing_mm[0]).hypot((touch.at[1] - end[1]) * spacing_mm[1])
                });
                draft.drawn_along += step_mm / touch.mm_per_point;
            }
        }
    }

    /// Ends a drag: across the border of what is drawn it extends or cuts it, and where it came back to its beginning it is closed.
    pub(super) fn lift_contour(&mut self, case: &mut Case) {
        let Some(draft) = &mut self.draft else { return };
        let was_dragged = draft.dragged.take().is_some();
        let is_freehand = std::mem::take(&mut draft.drawn_along) > FREEHAND_WAY;
        let began = std::mem::take(&mut draft.is_of_this_drag);
        if was_dragged || !is_freehand || draft.contour.is_closed {
            return;
        }
        if began && self.corrects(case) {
            self.draft = None;
        } else if let Some(draft) = self.draft.as_mut().filter(|draft| came_back(&draft.contour)) {
            draft.contour.close_freehand();
            // Fewer vertices are left than the drag had: each is taken back alone.
            draft.added = vec![1; draft.contour.vertices.len()];
        }
    }

    /// Whether the freehand line changed the region that it crosses.
    fn corrects(&self, case: &mut Case) -> bool {
        let Some(draft) = &self.draft else { return false };
        let slice = draft.slice();
        let region = Pixels::of_labels(case.label_map(), &[self.label], slice);
        if region.is_empty() {
            return false;
        }
        let spacing_mm = slice.spacing_mm(case.volume().geometry());
        let change = correct(&region, &draft.contour.vertices, spacing_mm, draft.is_inverted);
        if change.add.is_empty() && change.erase.is_empty() {
            return false;
        }
        let name = if change.add.is_empty() { "Cut" } else { "Extend" };
        self.draw_once(case, name, slice, false, [(change.add, Operation::Add), (change.erase, Operation::Erase)]);
        true
    }

    /// The pen points somewhere, up or down.
    pub fn point_at(&mut self, case: &Case, touch: Option<Touch>) {
        self.hover = touch;
        let Some(touch) = touch.filter(|_| self.tool == Tool::Livewire && self.down_in.is_none()) else { return };
        let is_open = |draft: &Draft| draft.slice() == touch.slice && !draft.contour.is_closed;
        if !self.draft.as_ref().is_some_and(is_open) {
            return;
        }
        let way = self.way_to(case, &touch);
        if let Some(draft) = &mut self.draft {
            draft.proposed = way;
        }
    }

    /// The way from the last vertex to a touch: straight, or along edges.
    fn way_to(&mut self, case: &Case, touch: &Touch) -> Vec<[f64; 2]> {
        let last = self.draft.as_ref().and_then(|draft| draft.contour.vertices.last()).copied();
        let (Tool::Livewire, Some(last)) = (self.tool, last) else { return vec![touch.at] };
        let Some(wire) = self.wire_of(case, touch.slice, touch.window, last) else { return vec![touch.at] };
        // The last vertex is there already.
        wire.path_to(touch.at).into_iter().skip(1).collect()
    }

    /// The livewire of a slice from an anchor, made anew where slice or window are others than before.
    fn wire_of(&mut self, case: &Case, slice: SliceOfGrid, window: Window, anchor: [f64; 2]) -> Option<&mut Livewire> {
        let is_current = |wire: &&Wire| wire.slice == slice && wire.window == window;
        if self.wire.as_ref().filter(is_current).is_none() {
            let image = SliceImage::of(case.volume(), slice)?;
            let half = window.width / 2.0;
            let edges = Livewire::new(&image, &(window.level - half..=window.level + half));
            self.wire = Some(Wire { slice, window, anchor: None, edges });
        }
        let wire = self.wire.as_mut()?;
        // Vertices are dragged and deleted, and other contours begun: the anchor is where the last vertex is now.
        if wire.anchor != Some(anchor) {
            wire.edges.set_anchor(anchor);
            wire.anchor = Some(anchor);
        }
        Some(&mut wire.edges)
    }

    /// Closes the contour, along edges with the livewire. `false` where there is none to close.
    pub fn close_draft(&mut self, case: &Case) -> bool {
        let Some(draft) = self.draft.as_ref().filter(|draft| !draft.contour.is_closed) else { return false };
        let (Some(&first), Some(&last)) = (draft.contour.vertices.first(), draft.contour.vertices.last()) else {
            return false;
        };
        let (slice, window) = (draft.slice(), self.window);
        let mut back = Vec::new();
        if self.tool == Tool::Livewire
            && draft.contour.vertices.len() > 1
            && let Some(wire) = self.wire_of(case, slice, window, last)
        {
            back = wire.path_to(first);
        }
        let Some(draft) = &mut self.draft else { return false };
        draft.is_helped |= !back.is_empty();
        let between = back.get(1..back.len().saturating_sub(1)).unwrap_or_default();
        between.iter().for_each(|&at| draft.contour.add(at));
        draft.closing = between.len();
        draft.proposed.clear();
        draft.contour.close()
    }

    /// Fills a closed contour with the label, as one edit; `false` where there is none.
    pub fn accept_closed(&mut self, case: &mut Case) -> bool {
        let Some(draft) = self.draft.take_if(|draft| draft.contour.is_closed) else { return false };
        let name = if draft.is_helped { Tool::Livewire } else { Tool::Contour }.name();
        self.draw_once(case, name, draft.slice(), draft.is_helped, [(draft.contour.pixels(), Operation::Add)]);
        self.accepted = Some(draft.contour);
        true
    }

    /// Whether a closed contour waits on another slice than this one.
    pub fn holds_closed_elsewhere(&self, slice: SliceOfGrid) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.contour.is_closed && draft.slice() != slice)
    }

    /// The slice of an open contour that would be lost by beginning another one where the pen touches.
    pub fn contour_elsewhere(&self, touch: &Touch) -> Option<SliceOfGrid> {
        let is_open = |draft: &&Draft| !draft.contour.is_closed && self.holds_contour();
        let draft = self.draft.as_ref().filter(|_| self.tool.draws_contours()).filter(is_open)?;
        (draft.slice() != touch.slice).then_some(draft.slice())
    }

    /// Whether there is a contour that is not accepted and could be.
    pub fn holds_contour(&self) -> bool {
        /// Corners that make a contour.
        const CORNERS: usize = 3;
        self.draft.as_ref().is_some_and(|draft| draft.contour.vertices.len() >= CORNERS)
    }

    /// Takes back what the last click added, or opens a closed contour.
    pub fn drop_point(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        draft.proposed.clear();
        // What closing added goes with it.
        let closing = std::mem::take(&mut draft.closing);
        let n = if draft.contour.is_closed { 1 + closing } else { draft.added.pop().unwrap_or(1).max(1) };
        if !(0..n).fold(true, |any, _| any && draft.contour.pop()) {
            self.draft = None;
        }
    }

    /// Takes the vertex under the pointer away.
    pub fn remove_vertex(&mut self, case: &Case) {
        if let (Some(touch), Some(draft)) = (self.hover, &mut self.draft)
            && draft.contour.slice == touch.slice
            && let Hit::Vertex(vertex) = draft.contour.hit(touch.at, reach(case, &touch, 2.0 * NEAR))
            && draft.contour.remove(vertex)
            && let Some(n) = draft.count_at(vertex)
        {
            *n -= 1;
        }
    }

    /// Puts a vertex on the edge under the pointer.
    pub fn insert_vertex(&mut self, case: &Case) {
        if let (Some(touch), Some(draft)) = (self.hover, &mut self.draft)
            && draft.contour.slice == touch.slice
            && let Some(vertex) = draft.contour.insert_at(touch.at, reach(case, &touch, 2.0 * NEAR))
            // It goes with the one that it was put before.
            && let Some(n) = draft.count_at(vertex.min(draft.contour.vertices.len() - 2))
        {
            *n += 1;
        }
    }

    /// Puts the contour that was accepted last on a slice, to be edited and accepted; `false` where there is none of that plane.
    pub fn paste(&mut self, case: &mut Case, slice: SliceOfGrid) -> bool {
        let Some(pasted) = self.accepted.as_ref().and_then(|contour| contour.pasted(slice)) else { return false };
        self.accept_closed(case);
        self.draft = Some(Draft::of(pasted));
        true
    }
}

fn reach(case: &Case, touch: &Touch, points: f64) -> Reach {
    Reach { mm: points * touch.mm_per_point, spacing_mm: touch.slice.spacing_mm(case.volume().geometry()) }
}

/// Whether a contour's end lies near its beginning, against its size.
fn came_back(contour: &Contour) -> bool {
    let (Some(first), Some(last)) = (contour.vertices.first(), contour.vertices.last()) else { return false };
    let from_first = |point: &[f64; 2]| (point[0] - first[0]).hypot(point[1] - first[1]);
    let farthest = contour.vertices.iter().map(from_first).fold(0.0, f64::max);
    from_first(last) < farthest / 5.0
}
