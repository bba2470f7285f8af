//! Surfaces of a state of the label map.

use super::Request;
use crate::base::{Cancelled, Progress};
use crate::case::Snapshot;
use crate::segment::surface::{Surfaces, surfaces};

/// Makes the surfaces of what was drawn.
pub struct MakeSurfaces {
    /// What was drawn.
    pub labels: Snapshot,
}

impl Request for MakeSurfaces {
    type Output = Surfaces;
    type Error = Cancelled;
    const NAME: &'static str = "Making surfaces";

    fn run(self, progress: &Progress) -> Result<Surfaces, Cancelled> {
        surfaces(&self.labels.label_map(), progress)
    }
}
