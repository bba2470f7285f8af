//! A stroke in progress: already on the label map, not yet in the history.

use super::Made;
use crate::segment::SliceOfGrid;
use crate::volume::VoxelBox;

/// Where a stroke may draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// On one slice of any plane.
    Slice(SliceOfGrid),
    /// Everywhere: a sphere brush, a margin, slices between drawn ones.
    Volume,
}

/// What a stroke begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beginning<'a> {
    /// The tool as the undo list names it: "Sphere brush".
    pub tool: &'a str,
    /// Where it may draw.
    pub extent: Extent,
    /// By what kind of tool, and under which window.
    pub made: Made,
}

/// A stroke in progress.
#[derive(Debug)]
pub(super) struct Stroke {
    pub tool: String,
    pub extent: Extent,
    pub made: Made,
    /// The box around everything that it changed so far.
    pub changed: Option<VoxelBox>,
}

impl Stroke {
    pub fn new(beginning: Beginning) -> Self {
        let Beginning { tool, extent, made } = beginning;
        Self { tool: tool.to_owned(), extent, made, changed: None }
    }

    pub fn goes_to(&self, slice: SliceOfGrid) -> bool {
        self.extent == Extent::Volume || self.extent == Extent::Slice(slice)
    }

    pub fn note(&mut self, changed: Option<VoxelBox>) {
        self.changed = match (self.changed, changed) {
            (Some(sofar), Some(more)) => Some(sofar.union(more)),
            (sofar, more) => sofar.or(more),
        };
    }
}
