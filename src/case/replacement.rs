//! A whole new state of the labels, prepared beside the window: comparing, coding and counting every voxel of a map takes
//! longer than a frame, and putting the outcome in place does not.

use std::sync::Arc;

use super::journal::Recovered;
use super::review::{Kept, Made, Technique, Totals};
use super::statistics::Tallies;
use super::{Edit, Revision, Snapshot};
use crate::volume::{GridMismatch, LabelMap, Volume};

/// A state of a case, for work beside the window to own: later edits do not reach it.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Its name.
    pub revision: Revision,
    /// What was drawn.
    pub labels: Snapshot,
    /// On what.
    pub volume: Arc<Volume>,
}

/// How the undo list names what a journal recovered.
pub const RECOVERED: &str = "Recovered";

/// What leads from one state to another label map; [`super::Case::replace`] puts it in place.
#[derive(Debug)]
pub struct Replacement {
    pub(super) from: Revision,
    /// None when the two are equal.
    pub(super) edit: Option<Edit>,
    pub(super) after: Snapshot,
    /// The review of the slices that comes with the labels, where one does.
    pub(super) review: Option<(Vec<Kept>, Totals)>,
}

impl Replacement {
    /// Compares, codes and counts; refused with the reason when the map was drawn on another grid. It counts as loaded from a file
    /// until [`Replacement::made_by`] says otherwise.
    pub fn new(name: String, drawn: &Drawn, map: Arc<LabelMap>) -> Result<Self, GridMismatch> {
        // The same grid by the rule may differ in its last bits: the image's own is kept.
        let geometry = *drawn.labels.geometry();
        geometry.same_grid(map.geometry())?;
        let after = Snapshot::from_slices(geometry, Snapshot::of(&map).slices().to_vec());
        let mut edit = Edit::between(name, &drawn.labels, &map, Made::by(Technique::Loaded));
        if let Some(edit) = &mut edit {
            edit.tallies = Some(Box::new(Tallies::of(&after, &drawn.volume)));
        }
        Ok(Self { from: drawn.revision, edit, after, review: None })
    }

    /// What a journal recovered, with the review of its slices; refused with the reason when it was drawn on another grid.
    pub fn recovered(drawn: &Drawn, recovered: &Recovered) -> Result<Self, GridMismatch> {
        let map = Arc::new(recovered.labels.label_map());
        let replacement = Self::new(RECOVERED.to_owned(), drawn, map)?;
        Ok(Self { review: Some((recovered.kept.clone(), recovered.totals)), ..replacement })
    }

    /// The same, made otherwise: what a tool proposed, or labels known to be drawn by hand.
    pub fn made_by(mut self, made: Made) -> Self {
        self.edit.iter_mut().for_each(|edit| edit.made = made);
        self
    }
}
