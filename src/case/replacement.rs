//! A whole new state of the labels, prepared beside the window: comparing, coding and counting every voxel of a map takes
//! longer than a frame, and putting the outcome in place does not.

use std::sync::Arc;

use super::statistics::Tallies;
use super::{Edit, Revision};
use crate::volume::{GridMismatch, LabelMap, Volume};

/// A state of a case, for work beside the window to own: later edits do not reach it.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Its name.
    pub revision: Revision,
    /// What was drawn.
    pub label_map: Arc<LabelMap>,
    /// On what.
    pub volume: Arc<Volume>,
}

impl Drawn {
    /// The same with a label map of its own: a stroke meanwhile need not copy the one that is drawn on.
    pub fn detached(self) -> Self {
        Self { label_map: Arc::new(Arc::unwrap_or_clone(self.label_map)), ..self }
    }
}

/// What leads from one state to another label map; [`super::Case::replace`] puts it in place.
#[derive(Debug)]
pub struct Replacement {
    pub(super) from: Revision,
    /// None when the two are equal.
    pub(super) edit: Option<Edit>,
    pub(super) map: Arc<LabelMap>,
    pub(super) tallies: Tallies,
}

impl Replacement {
    /// Compares, codes and counts; refused with the reason when the map was drawn on another grid.
    pub fn new(name: String, drawn: &Drawn, map: Arc<LabelMap>) -> Result<Self, GridMismatch> {
        let geometry = drawn.label_map.geometry();
        geometry.same_grid(map.geometry())?;
        // The same grid by the rule may differ in its last bits: the image's own is kept.
        let is_own = map.geometry() == geometry;
        let map = if is_own { map } else { Arc::new(LabelMap::from_bits(*geometry, map.bits().clone())?) };
        let edit = Edit::between(name, &drawn.label_map, &map);
        let tallies = Tallies::of(&map, &drawn.volume);
        Ok(Self { from: drawn.revision, edit, map, tallies })
    }
}
