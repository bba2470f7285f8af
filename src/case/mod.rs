//! One patient at work: the image, what was drawn on it, the history of edits, and results derived from a state.
//!
//! The label map is ground state: it changes only by [`Edit`]s, which are undoable. Statistics are derived and always those
//! of what is on screen, a stroke in progress included. Slower results are kept by [`Revision`] in [`Derived`]: a revision
//! names a state, not a moment, so that after undo the results of that state are simply valid again. No files, no threads.

mod derived;
mod edit;
mod history;
mod identity;
mod labels;
mod replacement;
mod statistics;

use std::sync::Arc;

pub use crate::volume::VoxelBox;
pub use derived::Derived;
pub use edit::Edit;
pub use history::{History, Revision};
pub use identity::{Identity, labelled, shown_date, shown_name};
pub use labels::{ChangeMark, Labels};
pub use replacement::{Drawn, Replacement};
pub use statistics::{RegionStatistics, Statistics, liver_volume_doubt};

use crate::segment::{Pixels, Plane, SliceOfGrid};
use crate::volume::{GridMismatch, Label, LabelMap, Volume};

/// What drawing does to a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Pixels join the label.
    Add,
    /// Pixels leave the label.
    Erase,
}

/// One patient at work.
#[derive(Debug)]
pub struct Case {
    /// Who and what it is.
    pub identity: Identity,
    labels: Labels,
    history: History,
    stroke: Option<Stroke>,
}

/// A drag in progress: already on the label map, not yet in the history.
#[derive(Debug)]
struct Stroke {
    name: String,
    slice: SliceOfGrid,
    before: Vec<u8>,
}

impl Case {
    /// An image on which nothing is drawn yet.
    pub fn new(identity: Identity, volume: Arc<Volume>) -> Self {
        Self { identity, labels: Labels::empty(volume), history: History::new(), stroke: None }
    }

    /// The image.
    pub fn volume(&self) -> &Arc<Volume> {
        self.labels.volume()
    }

    /// What is drawn, a stroke in progress included.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The label map, a stroke in progress included.
    pub fn label_map(&self) -> &LabelMap {
        self.labels.map()
    }

    /// The name of the present state; a stroke in progress changes it only when it ends.
    pub fn revision(&self) -> Revision {
        self.history.revision()
    }

    /// Names of what can be undone and redone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Volume, HU and slices of the VOI and of every label, of what is on screen now.
    pub fn statistics(&self) -> Statistics {
        self.labels.statistics()
    }

    /// Begins a drag with a tool ("Brush", "Erase"); one already begun is committed first.
    pub fn begin_stroke(&mut self, tool: &str, slice: SliceOfGrid) {
        self.end_stroke();
        let name = format!("{tool}, {}", self.slice_name(slice));
        self.stroke = Some(Stroke { name, slice, before: self.labels.slice_bits(slice) });
    }

    /// Draws pixels within the drag in progress; does nothing when none was begun.
    pub fn draw(&mut self, pixels: &Pixels, label: Label, operation: Operation) {
        if let Some(stroke) = &self.stroke {
            self.labels.draw(stroke.slice, pixels, label, operation);
        }
    }

    /// Whether a drag is in progress.
    pub fn is_drawing(&self) -> bool {
        self.stroke.is_some()
    }

    /// Whether a drag is in progress on this slice.
    pub fn is_drawing_on(&self, slice: SliceOfGrid) -> bool {
        self.stroke.as_ref().is_some_and(|stroke| stroke.slice == slice)
    }

    /// Ends the drag: one edit, one name in the history. `false` when it changed nothing.
    pub fn end_stroke(&mut self) -> bool {
        let Some(stroke) = self.stroke.take() else { return false };
        let after = self.labels.slice_bits(stroke.slice);
        let edit = Edit::of_slice(stroke.name, stroke.slice, self.labels.map().geometry(), [&stroke.before, &after]);
        edit.is_some_and(|edit| {
            self.history.push(edit);
            true
        })
    }

    /// The present state, for work beside the window; a drag in progress is committed first, so that the state has a name.
    pub fn drawn(&mut self) -> Drawn {
        self.end_stroke();
        let (label_map, volume) = (self.labels.snapshot(), self.labels.volume().clone());
        Drawn { revision: self.revision(), label_map, volume }
    }

    /// Puts a replacement in the place of everything drawn, undoably. `false`, and nothing is changed, when the present state is
    /// not the one that it was prepared from.
    pub fn replace(&mut self, replacement: Replacement) -> bool {
        self.end_stroke();
        let is_prepared = replacement.from == self.revision();
        if let Some(mut edit) = replacement.edit.filter(|_| is_prepared) {
            edit.tallies = Some(self.labels.replace(replacement.map, replacement.tallies, edit.bounds()));
            self.history.push(edit);
        }
        is_prepared
    }

    /// Replaces everything drawn at once, undoably; refused with the reason when the map was drawn on another grid.
    pub fn replace_labels(&mut self, name: &str, map: &LabelMap) -> Result<(), GridMismatch> {
        let replacement = Replacement::new(name.to_owned(), &self.drawn(), Arc::new(map.clone()))?;
        self.replace(replacement);
        Ok(())
    }

    /// Undoes the last edit and names it; a stroke in progress is committed first and then undone.
    pub fn undo(&mut self) -> Option<String> {
        self.end_stroke();
        let edit = self.history.undo()?;
        self.labels.apply(edit);
        Some(edit.name.clone())
    }

    /// Redoes the last undone edit and names it.
    pub fn redo(&mut self) -> Option<String> {
        self.end_stroke();
        let edit = self.history.redo()?;
        self.labels.apply(edit);
        Some(edit.name.clone())
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Brush, disc, stroke};
    use crate::volume::{Geometry, Voxels};
    use ndarray::Array3;

    fn case() -> Case {
        let geometry = Geometry::axial([40, 30, 5], [0.0; 3], [1.0, 1.0, 5.0]).unwrap();
        let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| (100 + k + j + i) as i16);
        Case::new(Identity::default(), Arc::new(Volume::new(geometry, Voxels::I16(voxels)).unwrap()))
    }

    const BRUSH: Brush = Brush { radius_mm: 4.0, spacing_mm: [1.0, 1.0] };

    fn slice(axis: usize, index: usize) -> SliceOfGrid {
        SliceOfGrid { axis, index }
    }

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
    fn a_replacement_is_put_in_place_on_the_state_that_it_was_prepared_from_alone() {
        let mut case = case();
        let paint = |case: &mut Case, at| {
            case.begin_stroke("Brush", slice(2, 0));
            case.draw(&disc(at, BRUSH), Label::Liver, Operation::Add);
        };
        let mut map = case.label_map().clone();
        map.bits_mut().fill(Label::Vessel.bit());
        let map = Arc::new(map);
        let early = Replacement::new("Load".into(), &case.drawn(), map.clone()).unwrap();
        paint(&mut case, [10.0, 10.0]);
        let (drawn, mark) = (case.label_map().clone(), case.labels().mark());
        assert!(!case.replace(early), "a stroke came between");
        assert_eq!(case.label_map(), &drawn);
        let late = Replacement::new("Load".into(), &case.drawn(), map.clone()).unwrap();
        assert!(case.replace(late));
        assert_eq!(case.label_map(), &*map);
        assert_eq!(case.labels().changed_since(Some(mark)), Some(VoxelBox::whole(map.geometry())));
        let (before, loaded) = (case.statistics(), case.label_map().clone());
        assert_eq!(case.undo().as_deref(), Some("Load"));
        assert_eq!(case.label_map(), &drawn);
        let undone = case.statistics();
        case.redo();
        assert_eq!((case.label_map(), case.statistics()), (&loaded, before));
        case.undo();
        let mut fresh = Case::new(Identity::default(), case.volume().clone());
        fresh.replace_labels("Load", case.label_map()).unwrap();
        assert_eq!((case.statistics(), fresh.statistics()), (undone, undone), "as if counted from scratch");
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
    fn statistics_during_many_edits_equal_those_counted_from_scratch() {
        let mut case = case();
        let moves = [(2, 1, [3.0, 3.0]), (1, 8, [12.0, 2.0]), (0, 20, [11.0, 3.0]), (2, 1, [38.0, 29.0])];
        for (n, (axis, index, at)) in moves.into_iter().enumerate() {
            let operation = if n == 2 { Operation::Erase } else { Operation::Add };
            case.begin_stroke("Brush", slice(axis, index));
            case.draw(&disc(at, BRUSH), Label::ALL[n / 2], operation);
            case.end_stroke();
            let mut fresh = Case::new(Identity::default(), case.volume().clone());
            fresh.replace_labels("Load", case.label_map()).unwrap();
            assert_eq!(fresh.statistics(), case.statistics());
        }
        case.undo();
        case.undo();
        let mask = case.label_map().voi();
        let inside = mask.inside().indexed_iter().filter(|(_, inside)| **inside);
        let values: Vec<f64> = inside.map(|(at, _)| case.volume().voxels().at(at)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        let voi = case.statistics().voi;
        assert!((voi.mean_hu.unwrap() - mean).abs() < 1e-9 && (voi.sd_hu.unwrap() - sd).abs() < 1e-9);
        assert!((voi.volume_ml - mask.volume_ml()).abs() < 1e-12);
    }

    #[test]
    fn labels_of_another_grid_are_refused() {
        let mut case = case();
        let other = Geometry::axial([40, 30, 5], [0.5, 0.0, 0.0], [1.0, 1.0, 5.0]).unwrap();
        assert!(matches!(case.replace_labels("Load", &LabelMap::empty(other)), Err(GridMismatch::Position(_))));
    }
}
