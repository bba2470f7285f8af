//! One patient at work: the image, what was drawn on it, the history of edits, and results derived from a state.
//!
//! The label map is ground state: it changes only by [`Edit`]s, which are undoable. Statistics are derived and always those
//! of what is on screen, a stroke in progress included. Slower results are kept by [`Revision`] in [`Derived`]: a revision
//! names a state, not a moment, so that after undo the results of that state are simply valid again. Files and threads are the
//! [`journal`]'s alone.

mod derived;
mod drawing;
mod edit;
#[cfg(test)]
mod example;
mod history;
mod identity;
pub mod journal;
mod labels;
mod locks;
pub mod protocol;
mod replacement;
mod review;
mod snapshot;
mod statistics;
mod stroke;
pub mod submission;
pub mod time_sheet;
mod voi;
mod window_use;

use std::sync::Arc;

pub use crate::volume::VoxelBox;
pub use derived::Derived;
pub use edit::Edit;
pub use history::{History, Revision, Step};
pub use identity::{Identity, labelled, shown_date, shown_name};
use journal::{Journal, Notes};
pub use labels::{ChangeMark, Labels};
pub use locks::Locks;
pub use replacement::{Drawn, RECOVERED, Replacement};
pub use review::{AlgorithmType, Made, Review, SliceState, Technique};
pub use snapshot::Snapshot;
pub use statistics::{RegionStatistics, Statistics, liver_volume_doubt};
use stroke::Stroke;
pub use stroke::{Beginning, Extent};
pub use voi::{MeasuredVoi, VoiState};
pub use window_use::{DrawingWindow, PROTOCOL_LEVEL_HU, PROTOCOL_WIDTH_HU, WindowUse};

use crate::volume::{GridMismatch, LabelMap, Volume};

/// What drawing does to a label; [`Locks`] says what it does to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Voxels join the label.
    Add,
    /// Voxels leave the label.
    Erase,
    /// Voxels join the label and leave the unlocked ones of vessel, lesion and caudate lobe.
    Claim,
    /// The label becomes exactly what was drawn on the slice or in the box.
    Replace,
}

/// One patient at work.
#[derive(Debug)]
pub struct Case {
    /// Who and what it is.
    pub identity: Identity,
    /// Labels that strokes of others leave alone.
    pub locks: Locks,
    labels: Labels,
    history: History,
    review: Review,
    journal: Option<Journal>,
    stroke: Option<Stroke>,
}

impl Case {
    /// An image on which nothing is drawn yet.
    pub fn new(identity: Identity, volume: Arc<Volume>) -> Self {
        let review = Review::empty(volume.geometry().size()[2]);
        let (labels, history) = (Labels::empty(volume), History::new());
        Self { identity, locks: Locks::default(), labels, history, review, journal: None, stroke: None }
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

    /// How far every slice got, and by which means the labels were drawn; a stroke in progress counts only when it ends.
    pub fn review(&self) -> &Review {
        &self.review
    }

    /// Volume, HU and slices of the VOI and of every label, of what is on screen now.
    pub fn statistics(&self) -> Statistics {
        self.labels.statistics()
    }

    /// The present state, for work beside the window; a drag in progress is committed first, so that the state has a name.
    pub fn drawn(&mut self) -> Drawn {
        self.end_stroke();
        let (labels, volume) = (self.labels.snapshot(), self.labels.volume().clone());
        Drawn { revision: self.revision(), labels, volume }
    }

    /// Puts a replacement in the place of everything drawn, undoably. `false`, and nothing is changed, when the present state is
    /// not the one that it was prepared from.
    pub fn replace(&mut self, replacement: Replacement) -> bool {
        self.end_stroke();
        let is_prepared = replacement.from == self.revision();
        if let (None, Some((kept, _)), true) = (&replacement.edit, &replacement.review, is_prepared) {
            // The labels are there already; that slices were accepted is not to be lost.
            let reviewed = kept.iter().enumerate().filter(|(_, kept)| kept.is_reviewed);
            reviewed.for_each(|(slice, _)| self.set_reviewed(slice, true));
        }
        if let Some(mut edit) = replacement.edit.filter(|_| is_prepared) {
            self.labels.replace(&mut edit, replacement.after);
            match replacement.review {
                Some((kept, totals)) => self.review.restore(&mut edit, &kept, totals),
                None => self.review.record(&mut edit),
            }
            self.keep(edit);
        }
        is_prepared
    }

    /// Replaces everything drawn at once, undoably; refused with the reason when the map was drawn on another grid.
    pub fn replace_labels(&mut self, name: &str, map: &LabelMap) -> Result<(), GridMismatch> {
        let replacement = Replacement::new(name.to_owned(), &self.drawn(), Arc::new(map.clone()))?;
        self.replace(replacement);
        Ok(())
    }

    /// Accepts an acquired slice as it is, or takes that back. No step of the undo list: undoing an edit of the slice gives it the
    /// review that it had before.
    pub fn set_reviewed(&mut self, slice: usize, is_reviewed: bool) {
        self.end_stroke();
        if self.review.set_reviewed(slice, is_reviewed)
            && let Some(journal) = &self.journal
        {
            journal.reviewed(&self.labels, &self.review);
        }
    }

    /// Keeps a journal of everything from now on; what is drawn already is its first entry once anything changes.
    pub fn keep_journal(&mut self, journal: Journal) {
        self.journal = Some(journal);
    }

    /// The journal, where one is kept.
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Tells the journal what of the work is no drawing.
    pub fn journal_notes(&self, notes: Notes) {
        if let Some(journal) = &self.journal {
            journal.noted(notes, &self.labels, &self.review);
        }
    }

    /// Takes the journal away, to end it: [`Journal::remove`] once everything is saved or given up.
    pub fn take_journal(&mut self) -> Option<Journal> {
        self.journal.take()
    }

    /// Tells the journal that a state is in a file; nothing where it is not the present one any more.
    pub fn journal_saved(&self, revision: Revision) {
        if let Some(journal) = self.journal.as_ref().filter(|_| revision == self.revision()) {
            journal.saved(&self.labels, &self.review);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::example::{BRUSH, across, case, slice};
    use super::*;
    use crate::segment::disc;
    use crate::volume::{Geometry, Label};

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
    fn a_snapshot_stays_what_it_was_while_strokes_go_on() {
        let mut case = case();
        case.begin_stroke("Brush", slice(2, 2));
        case.draw(&disc([10.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        let drawn = case.drawn();
        let (map, hash) = (case.label_map().clone(), drawn.labels.sha256());
        case.begin_stroke("Brush", slice(2, 2));
        case.draw(&disc([20.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        assert_eq!(case.labels().snapshot(), drawn.labels, "a stroke in progress is in no snapshot");
        case.end_stroke();
        assert_eq!(drawn.labels.label_map(), map);
        assert_ne!(case.labels().snapshot().sha256(), hash);
        case.undo();
        assert_eq!(case.labels().snapshot().sha256(), hash);
    }

    #[test]
    fn review_follows_edits_undo_and_redo() {
        let mut case = case();
        let brush = |case: &mut Case, at, label| {
            case.begin_stroke("Brush", at);
            case.draw(&disc([10.0, 3.0], BRUSH), label, Operation::Add);
            case.end_stroke();
        };
        let states = |case: &Case| case.review().states().collect::<Vec<_>>();
        use SliceState::{Drawn, Interpolated, Proposed, Reviewed, Untouched};
        brush(&mut case, slice(2, 0), Label::Liver);
        case.begin(across("Between slices", Technique::Interpolated));
        case.draw_on(slice(2, 1), &disc([10.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        case.draw_on(slice(2, 2), &disc([10.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        case.end_stroke();
        assert_eq!(states(&case), [Drawn, Interpolated, Interpolated, Untouched, Untouched]);
        assert_eq!(case.review().algorithm_type(Label::Liver).dicom(), "SEMIAUTOMATIC");
        case.set_reviewed(1, true);
        case.begin(across("Margin", Technique::Proposed));
        case.draw_on(slice(2, 1), &disc([30.0, 10.0], BRUSH), Label::Vessel, Operation::Add);
        case.end_stroke();
        assert_eq!(states(&case)[1], Proposed);
        assert!(states(&case)[1].needs_review());
        case.undo();
        assert_eq!(states(&case)[1], Reviewed, "as it was accepted");
        assert_eq!(case.review().algorithm_type(Label::Vessel), AlgorithmType::Manual);
        case.redo();
        assert_eq!(states(&case)[1], Proposed);
        brush(&mut case, slice(1, 12), Label::Lesion);
        assert_eq!(
            states(&case),
            [Drawn, Proposed, Interpolated, Drawn, Drawn],
            "a coronal stroke is no look at a slice"
        );
        brush(&mut case, slice(2, 2), Label::Lesion);
        assert_eq!(states(&case)[2], Drawn);
        assert_eq!(case.review().algorithm_type(Label::Lesion).dicom(), "MANUAL");
        case.set_reviewed(2, true);
        case.set_reviewed(2, false);
        case.set_reviewed(99, true);
        assert_eq!(states(&case)[2], Drawn);
        while case.undo().is_some() {}
        assert_eq!(states(&case), [Untouched; 5]);
        assert_eq!(case.review().algorithm_type(Label::Liver), AlgorithmType::Manual);
    }

    #[test]
    fn strokes_are_counted_by_their_window_and_undone_ones_are_not() {
        let mut case = case();
        for (n, width_hu) in [250.0, 400.0, 300.0].into_iter().enumerate() {
            let made = Made::by_hand().under(DrawingWindow { width_hu, level_hu: 50.0 });
            case.begin(Beginning { tool: "Brush", extent: Extent::Slice(slice(2, n)), made });
            case.draw(&disc([10.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        }
        case.begin_stroke("Brush", slice(2, 4));
        case.draw(&disc([10.0, 10.0], BRUSH), Label::Liver, Operation::Add);
        case.end_stroke();
        assert_eq!(case.review().window_use(), WindowUse { within: 2, outside: 1 });
        case.undo();
        case.undo();
        case.undo();
        assert_eq!(case.review().window_use(), WindowUse { within: 1, outside: 0 });
        case.redo();
        assert_eq!(case.review().window_use(), WindowUse { within: 1, outside: 1 });
    }

    #[test]
    fn labels_of_another_grid_are_refused() {
        let mut case = case();
        let other = Geometry::axial([40, 30, 5], [0.5, 0.0, 0.0], [1.0, 1.0, 5.0]).unwrap();
        assert!(matches!(case.replace_labels("Load", &LabelMap::empty(other)), Err(GridMismatch::Position(_))));
    }
}
