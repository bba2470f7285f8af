//! Strokes of a case: begun, drawn, ended as one edit each, undone and redone, and how the undo list names them.

use ndarray::ArrayView3;

use super::journal::Move;
use super::{Beginning, Case, Edit, Extent, Made, Operation, Revision, Stroke};
use crate::segment::{Pixels, Plane, SliceOfGrid};
use crate::volume::{Label, VoxelBox};

impl Case {
    /// Begins a drag with a tool ("Brush", "Erase") of the hand on one slice; one already begun is committed first.
    pub fn begin_stroke(&mut self, tool: &str, slice: SliceOfGrid) {
        self.begin(Beginning { tool, extent: Extent::Slice(slice), made: Made::by_hand() });
    }

    /// Begins a stroke of any kind; one already begun is committed first. Beginning costs nothing, whatever the extent.
    pub fn begin(&mut self, beginning: Beginning) {
        self.end_stroke();
        self.stroke = Some(Stroke::new(beginning));
    }

    /// Draws pixels on the slice of the stroke in progress; does nothing when none was begun, or one across slices.
    pub fn draw(&mut self, pixels: &Pixels, label: Label, operation: Operation) {
        if let Some(Extent::Slice(slice)) = self.stroke.as_ref().map(|stroke| stroke.extent) {
            self.draw_on(slice, pixels, label, operation);
        }
    }

    /// Draws pixels of one of the slices of the stroke in progress; does nothing when it does not go there.
    pub fn draw_on(&mut self, slice: SliceOfGrid, pixels: &Pixels, label: Label, operation: Operation) {
        if let Some(stroke) = self.stroke.as_mut().filter(|stroke| stroke.goes_to(slice)) {
            stroke.note(self.labels.draw(slice, pixels, (label, operation), self.locks));
        }
    }

    /// Draws the voxels of a box that are `true` in `[slice, row, column]` within a stroke across slices; does nothing where none is
    /// in progress, the box leaves the grid, or the array does not have the box's shape. Whole organs are better prepared beside the
    /// window as a [`super::Replacement`]: this counts every voxel at once, about 10 ns for each that changes.
    pub fn draw_box(&mut self, within: VoxelBox, inside: ArrayView3<bool>, label: Label, operation: Operation) {
        if let Some(stroke) = self.stroke.as_mut().filter(|stroke| stroke.extent == Extent::Volume) {
            stroke.note(self.labels.draw_box(within, inside, (label, operation), self.locks));
        }
    }

    /// Whether a drag is in progress.
    pub fn is_drawing(&self) -> bool {
        self.stroke.is_some()
    }

    /// Whether a drag is in progress on this slice alone.
    pub fn is_drawing_on(&self, slice: SliceOfGrid) -> bool {
        self.stroke.as_ref().is_some_and(|stroke| stroke.extent == Extent::Slice(slice))
    }

    /// Ends the stroke: one edit, one name in the history. `false` when it changed nothing.
    pub fn end_stroke(&mut self) -> bool {
        let Some(stroke) = self.stroke.take() else { return false };
        let Some(changed) = stroke.changed else { return false };
        let (before, after) = (self.labels.settled(), self.labels.map());
        let edit = Edit::within(String::new(), changed, before, after, stroke.made);
        self.labels.settle(changed);
        let Some(mut edit) = edit else { return false };
        edit.name = format!("{}, {}", stroke.tool, self.place_of(stroke.extent, edit.bounds()));
        self.review.record(&mut edit);
        self.keep(edit);
        true
    }

    /// Takes the stroke in progress back, as if it had never begun; `false` where none is.
    pub fn cancel_stroke(&mut self) -> bool {
        let Some(stroke) = self.stroke.take() else { return false };
        let edit = stroke.changed.and_then(|changed| {
            Edit::within(String::new(), changed, self.labels.settled(), self.labels.map(), stroke.made)
        });
        if let Some(mut edit) = edit {
            self.labels.apply(&mut edit);
        }
        true
    }

    /// An edit was made: the journal and the history get it.
    pub(super) fn keep(&mut self, edit: Edit) {
        if let Some(journal) = &self.journal {
            journal.edited(Move::Do, &edit, &self.labels, &self.review);
        }
        self.history.push(edit);
    }

    /// Undoes the last edit and names it; a stroke in progress is committed first and then undone.
    pub fn undo(&mut self) -> Option<String> {
        self.end_stroke();
        let edit = self.history.undo()?;
        self.labels.apply(edit);
        self.review.take_back(edit);
        if let Some(journal) = &self.journal {
            journal.edited(Move::Undo, edit, &self.labels, &self.review);
        }
        Some(edit.name.clone())
    }

    /// Redoes the last undone edit and names it.
    pub fn redo(&mut self) -> Option<String> {
        self.end_stroke();
        let edit = self.history.redo()?;
        self.labels.apply(edit);
        self.review.bring_back(edit);
        if let Some(journal) = &self.journal {
            journal.edited(Move::Redo, edit, &self.labels, &self.review);
        }
        Some(edit.name.clone())
    }

    /// Undoes or redoes edit by edit until a state is reached, and says how many; none where it is the present one, or is not known.
    pub fn go_to(&mut self, state: Revision) -> usize {
        self.end_stroke();
        let way = self.history.way_to(state).unwrap_or(0);
        for _ in 0..way.unsigned_abs() {
            if way < 0 {
                self.undo()
            } else {
                self.redo()
            };
        }
        way.unsigned_abs()
    }

    /// "slice 23" on the acquired slices, "coronal slice 200" across them; counted from 1.
    pub fn slice_name(&self, slice: SliceOfGrid) -> String {
        let geometry = self.labels.map().geometry();
        let plane = Plane::ALL.into_iter().find(|plane| plane.normal_axis(geometry) == slice.axis);
        match plane {
            Some(plane) if slice.axis != 2 => format!("{} slice {}", plane.name().to_lowercase(), slice.index + 1),
            _ => format!("slice {}", slice.index + 1),
        }
    }

    /// Where a stroke was, in the words of the undo list: its slice, or "slices 12 to 20".
    fn place_of(&self, extent: Extent, bounds: VoxelBox) -> String {
        match extent {
            Extent::Slice(slice) => self.slice_name(slice),
            Extent::Volume if bounds.size()[2] == 1 => format!("slice {}", bounds.high[2]),
            Extent::Volume => format!("slices {} to {}", bounds.low[2] + 1, bounds.high[2]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array3;

    use super::super::example::{BRUSH, across, ball, case, slice};
    use super::*;
    use crate::case::{Identity, Snapshot, Statistics, Technique};
    use crate::segment::{Brush, disc, stroke};
    use crate::volume::{Geometry, LabelMap, Volume, Voxels};

    #[test]
    fn a_drag_is_one_edit_and_undo_brings_the_old_revision_back() {
        let mut case = case();
        let empty = case.revision();
        case.begin_stroke("Brush", slice(2, 2));
        for x in 5..20 {
            case.draw(&stroke([x as f64, 9.0], [x as f64 + 1.0, 9.0], BRUSH), Label::Liver, Operation::Add);
        }
        assert_eq!(case.revision(), empty);
        assert!(case.end_stroke());
        let drawn = case.revision();
        let count = case.label_map().count(Label::Liver);
        assert!(count > 100 && drawn != empty);
        assert_eq!(case.history().undo_name(), Some("Brush, slice 3"));

        assert_eq!(case.undo().as_deref(), Some("Brush, slice 3"));
        assert_eq!((case.revision(), case.label_map().count(Label::Liver)), (empty, 0));
        assert_eq!(case.redo().as_deref(), Some("Brush, slice 3"));
        assert_eq!((case.revision(), case.label_map().count(Label::Liver)), (drawn, count));
    }

    #[test]
    fn a_new_edit_after_undo_is_a_new_state() {
        let mut case = case();
        let paint = |case: &mut Case, at| {
            case.begin_stroke("Brush", slice(2, 0));
            case.draw(&disc(at, BRUSH), Label::Liver, Operation::Add);
            case.end_stroke();
            case.revision()
        };
        let first = paint(&mut case, [10.0, 10.0]);
        case.undo();
        let second = paint(&mut case, [10.0, 10.0]);
        assert_ne!(first, second);
        assert_eq!(case.redo(), None);
        assert!(case.history().knows(second) && !case.history().knows(first), "the first is gone for good");
    }

    #[test]
    fn a_drag_that_changes_nothing_leaves_no_trace() {
        let mut case = case();
        let before = case.revision();
        case.begin_stroke("Erase", slice(2, 1));
        case.draw(&disc([9.0, 9.0], BRUSH), Label::Liver, Operation::Erase);
        assert!(!case.end_stroke());
        assert_eq!((case.revision(), case.history().undo_name()), (before, None));
    }

    #[test]
    fn a_drag_that_is_cancelled_leaves_everything_as_it_was() {
        let mut case = case();
        case.begin_stroke("Brush", slice(2, 2));
        case.draw(&disc([9.0, 9.0], BRUSH), Label::Liver, Operation::Add);
        case.end_stroke();
        let (map, statistics, state) = (case.label_map().clone(), case.statistics(), case.revision());
        case.begin_stroke("Erase", slice(2, 2));
        case.draw(&disc([11.0, 9.0], BRUSH), Label::Liver, Operation::Erase);
        assert_ne!(case.label_map(), &map);
        assert!(case.cancel_stroke() && !case.cancel_stroke() && !case.is_drawing());
        assert_eq!((case.label_map(), case.statistics(), case.revision()), (&map, statistics, state));
        assert_eq!(case.labels().snapshot(), Snapshot::of(&map));
        assert_eq!(case.history().n_undoable(), 1);
    }

    #[test]
    fn erasing_a_vessel_brings_the_liver_back() {
        let mut case = case();
        for (tool, radius_mm, label, operation) in [
            ("Brush", 8.0, Label::Liver, Operation::Add),
            ("Brush", 3.0, Label::Vessel, Operation::Add),
            ("Erase", 20.0, Label::Vessel, Operation::Erase),
        ] {
            case.begin_stroke(tool, slice(2, 2));
            case.draw(&disc([15.0, 15.0], Brush { radius_mm, ..BRUSH }), label, operation);
            case.end_stroke();
        }
        assert_eq!(case.label_map().voi().count(), case.label_map().count(Label::Liver));
        case.undo();
        assert!(case.label_map().voi().count() < case.label_map().count(Label::Liver));
    }

    #[test]
    fn names_tell_the_plane_when_it_is_not_the_acquired_one() {
        let mut case = case();
        case.begin_stroke("Contour", slice(1, 9));
        case.draw(&disc([9.0, 2.0], BRUSH), Label::Liver, Operation::Add);
        case.end_stroke();
        assert_eq!(case.history().undo_name(), Some("Contour, coronal slice 10"));
    }

    #[test]
    fn a_stroke_across_slices_is_one_edit() {
        let mut case = case();
        let within = VoxelBox { low: [5, 6, 1], high: [26, 27, 4] };
        case.begin(across("Sphere brush", Technique::Manual));
        case.draw_box(within, ball(within, 9.0).view(), Label::Liver, Operation::Add);
        for index in [3, 4] {
            case.draw_on(slice(2, index), &disc([30.0, 20.0], BRUSH), Label::Lesion, Operation::Add);
        }
        let beyond = VoxelBox { low: [39, 0, 0], high: [41, 1, 1] };
        case.draw_box(beyond, Array3::from_elem((1, 1, 2), true).view(), Label::Liver, Operation::Add);
        let drawn = case.label_map().clone();
        assert!(case.end_stroke());
        assert_eq!(case.history().undo_name(), Some("Sphere brush, slices 2 to 5"));
        let mut fresh = Case::new(Identity::default(), case.volume().clone());
        fresh.replace_labels("Load", &drawn).unwrap();
        assert_eq!(fresh.statistics(), case.statistics());
        case.undo();
        assert_eq!(case.label_map(), &LabelMap::empty(*drawn.geometry()));
        case.redo();
        assert_eq!(case.label_map(), &drawn);
        assert_eq!(case.labels().snapshot().label_map(), drawn);
    }

    #[test]
    fn a_stroke_on_one_slice_goes_nowhere_else() {
        let mut case = case();
        case.begin_stroke("Brush", slice(2, 2));
        case.draw_on(slice(2, 3), &disc([9.0, 9.0], BRUSH), Label::Liver, Operation::Add);
        let whole = VoxelBox::whole(case.volume().geometry());
        case.draw_box(whole, Array3::from_elem((5, 30, 40), true).view(), Label::Liver, Operation::Add);
        assert!(!case.end_stroke());
        case.draw(&disc([9.0, 9.0], BRUSH), Label::Liver, Operation::Add);
        assert_eq!(case.label_map().count(Label::Liver), 0, "no stroke is in progress");
    }

    #[test]
    fn two_hundred_steps_over_every_tool_can_be_undone_and_redone() {
        let mut case = case();
        let mut stream = crate::base::Stream::new(1, 0);
        let mut states = vec![case.label_map().clone()];
        while states.len() <= 200 {
            let label = Label::ALL[stream.below(4)];
            let operation = [Operation::Add, Operation::Erase, Operation::Claim, Operation::Replace][stream.below(4)];
            let brush = Brush { radius_mm: stream.between(1.0, 12.0), spacing_mm: [1.0, 1.0] };
            match stream.below(5) {
                0 => {
                    let within = VoxelBox { low: [stream.below(19), stream.below(9), 1], high: [40, 30, 4] };
                    case.begin(across("Margin", Technique::Proposed));
                    case.draw_box(within, ball(within, 9.0).view(), label, operation);
                }
                1 => {
                    let map = states[stream.below(states.len())].clone();
                    case.replace_labels("Grow", &map).unwrap();
                }
                axis => {
                    let axis = axis - 2;
                    let index = stream.below([40, 30, 5][axis]);
                    case.begin_stroke("Brush", slice(axis, index));
                    case.draw(&disc([stream.between(0.0, 40.0), stream.between(0.0, 30.0)], brush), label, operation);
                }
            }
            case.end_stroke();
            if case.label_map() != states.last().unwrap() {
                states.push(case.label_map().clone());
            }
        }
        assert_eq!(case.history().n_undoable(), 200);
        assert!(case.history().memory() > 200 * size_of::<Edit>());
        for state in states.iter().rev().skip(1) {
            case.undo();
            assert_eq!(case.label_map(), state);
            assert_eq!(&case.labels().snapshot(), &Snapshot::of(state));
        }
        assert_eq!(case.statistics(), Statistics::default());
        for state in &states[1..] {
            case.redo();
            assert_eq!(case.label_map(), state);
        }
    }

    #[test]
    fn the_undo_list_names_every_state_and_leads_to_each_in_one_step() {
        let mut case = case();
        let mut states = vec![(case.revision(), case.label_map().clone())];
        for n in 0..5 {
            case.begin_stroke("Brush", slice(2, n));
            let label = if n == 4 { Label::Lesion } else { Label::Liver };
            case.draw(&disc([6.0 + 5.0 * n as f64, 9.0], BRUSH), label, Operation::Add);
            case.end_stroke();
            states.push((case.revision(), case.label_map().clone()));
        }
        for (from, to) in [(5, 1), (1, 4), (4, 0), (0, 3)] {
            assert_eq!(case.go_to(states[to].0), usize::abs_diff(from, to));
            assert_eq!((case.revision(), case.label_map()), (states[to].0, &states[to].1));
            let steps: Vec<_> = case.history().steps().collect();
            for (step, n) in steps.iter().zip((1..=5).rev()) {
                assert_eq!((step.name, step.state), (format!("Brush, slice {n}").as_str(), states[n].0));
                assert_eq!(step.is_done, n <= to);
            }
            assert_eq!((steps.len(), case.history().oldest_state()), (5, states[0].0));
        }
        let touched = |n: usize, label| case.history().touched_since(states[n].0, label);
        assert_eq!([5, 4, 3, 2].map(|n| touched(n, Label::Liver)), [true, true, false, true]);
        assert_eq!([5, 4, 3, 2].map(|n| touched(n, Label::Lesion)), [true, false, false, false]);
        case.begin_stroke("Erase", slice(2, 0));
        case.draw(&disc([6.0, 9.0], BRUSH), Label::Liver, Operation::Erase);
        case.end_stroke();
        assert!(case.history().touched_since(states[5].0, Label::Vessel), "a state that is gone");
        assert_eq!(case.go_to(states[5].0), 0);
    }

    /// Bytes that a stroke of a brush of 10 mm may cost, in the plane and as a sphere: "kilobytes".
    const MOST_BYTES: usize = 16 << 10;

    #[test]
    fn a_stroke_of_ten_millimetres_costs_kilobytes_on_a_large_series_too() {
        let geometry = Geometry::axial([512, 512, 500], [0.0; 3], [0.7, 0.7, 1.25]).unwrap();
        let volume = Volume::new(geometry, Voxels::I16(Array3::zeros(geometry.shape()))).unwrap();
        let mut case = Case::new(Identity::default(), Arc::new(volume));
        for axis in 0..3 {
            let at = slice(axis, 200);
            case.begin_stroke("Brush", at);
            let brush = Brush { radius_mm: 10.0, spacing_mm: at.spacing_mm(&geometry) };
            case.draw(&stroke([200.0, 200.0], [240.0, 260.0], brush), Label::Liver, Operation::Add);
            case.end_stroke();
        }
        case.begin(across("Sphere brush", Technique::Manual));
        for k in 292..309 {
            let radius_mm = (100.0 - (1.25 * (k as f64 - 300.0)).powi(2)).sqrt();
            let brush = Brush { radius_mm, spacing_mm: [0.7, 0.7] };
            case.draw_on(slice(2, k), &disc([300.0, 300.0], brush), Label::Liver, Operation::Add);
        }
        case.end_stroke();
        let mut costs = Vec::new();
        while case.history().n_undoable() > 0 {
            costs.push(case.history.undo().unwrap().memory());
        }
        assert!(costs.len() == 4 && costs.iter().all(|bytes| *bytes < MOST_BYTES), "{costs:?} bytes");
    }

    #[test]
    fn strokes_flow_around_locked_labels_until_they_are_unlocked() {
        let mut case = case();
        let paint = |case: &mut Case, radius_mm, label, operation| {
            case.begin_stroke("Brush", slice(2, 2));
            case.draw(&disc([15.0, 15.0], Brush { radius_mm, ..BRUSH }), label, operation);
            case.end_stroke();
        };
        paint(&mut case, 3.0, Label::Vessel, Operation::Add);
        let vessel = case.label_map().count(Label::Vessel);
        paint(&mut case, 8.0, Label::Liver, Operation::Add);
        paint(&mut case, 5.0, Label::Lesion, Operation::Claim);
        let lesion = case.label_map().count(Label::Lesion);
        assert_eq!(case.label_map().count(Label::Vessel), vessel);
        assert_eq!(case.label_map().bits().iter().filter(|bits| **bits & 6 == 6).count(), 0);
        let liver = disc([15.0, 15.0], Brush { radius_mm: 8.0, ..BRUSH }).count();
        assert_eq!(case.label_map().count(Label::Liver), liver, "under the vessel too");
        case.locks.set(Label::Vessel, false);
        paint(&mut case, 5.0, Label::Lesion, Operation::Claim);
        assert_eq!(case.label_map().count(Label::Vessel), 0);
        assert_eq!(case.label_map().count(Label::Lesion), lesion + vessel);
        paint(&mut case, 2.0, Label::Lesion, Operation::Replace);
        assert_eq!(
            case.label_map().count(Label::Lesion),
            disc([15.0, 15.0], Brush { radius_mm: 2.0, ..BRUSH }).count()
        );
    }
}
