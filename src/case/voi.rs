//! The VOI by the protocol with what it measures, kept current beside the label map.
//!
//! The label map's own statistics know of no edge margin. These follow the VOI itself: every voxel that joins or leaves it changes
//! sums in fixed point, so that the numbers after an hour of drawing are those counted from scratch. When to follow, and on
//! which thread, is for the window to say.

use std::sync::Arc;

use super::Revision;
use super::statistics::{RegionStatistics, Tally, value_of};
use crate::base::Progress;
use crate::segment::voi::{ProtocolVoi, VoiError};
use crate::volume::{LabelMap, Volume, VoxelBox};

/// What a VOI follows from, and names it: a state of the label map and an edge margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoiState {
    /// The state of the label map.
    pub revision: Revision,
    /// Width of the edge that is left out, in mm.
    pub edge_margin_mm: f64,
}

/// The VOI of a label map on an image.
#[derive(Debug)]
pub struct MeasuredVoi {
    voi: ProtocolVoi,
    tally: Tally,
    volume: Arc<Volume>,
}

impl MeasuredVoi {
    /// The VOI of an image on which nothing is drawn, shrunk by a margin in mm; costs nothing, whatever the image's size.
    pub fn empty(volume: Arc<Volume>, edge_margin_mm: f64) -> Result<Self, VoiError> {
        let voi = ProtocolVoi::empty(*volume.geometry(), edge_margin_mm)?;
        let tally = Tally::empty(volume.geometry().size()[2]);
        Ok(Self { voi, tally, volume })
    }

    /// Follows a change of the label map within a box; gives the box in which the VOI may have changed. Once it fails, the VOI is of
    /// no use any more.
    pub fn update(
        &mut self,
        labels: &LabelMap,
        changed: VoxelBox,
        progress: &Progress,
    ) -> Result<Option<VoxelBox>, VoiError> {
        let (tally, volume) = (&mut self.tally, &self.volume);
        self.voi.update_noting(labels, changed, progress, |at, joins| tally.change(at.0, value_of(volume, at), joins))
    }

    /// The VOI itself.
    pub fn voi(&self) -> &ProtocolVoi {
        &self.voi
    }

    /// Volume, HU and slices of the VOI.
    pub fn statistics(&self) -> RegionStatistics {
        self.tally.statistics(self.volume.geometry().voxel_volume_mm3())
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{BRUSH, case, slice};
    use super::*;
    use crate::case::{ChangeMark, Operation};
    use crate::segment::disc;
    use crate::volume::Label;

    const MARGIN_MM: f64 = 2.5;

    #[test]
    fn statistics_that_follow_strokes_and_undo_are_those_counted_from_scratch() {
        let mut case = case();
        let mut voi = MeasuredVoi::empty(case.volume().clone(), MARGIN_MM).unwrap();
        let mut mark: Option<ChangeMark> = None;
        let draw = |case: &mut crate::case::Case, index: usize, label, operation| {
            case.begin_stroke("Brush", slice(2, index));
            case.draw(&disc([12.0, 12.0], BRUSH), label, operation);
            case.end_stroke();
        };
        let mut largest = 0;
        for step in 0..6 {
            match step {
                0..=2 => draw(&mut case, step, Label::Liver, Operation::Add),
                3 => draw(&mut case, 1, Label::Vessel, Operation::Add),
                4 => drop(case.undo()),
                _ => draw(&mut case, 2, Label::Liver, Operation::Erase),
            }
            let changed = case.labels().changed_since(mark).unwrap();
            voi.update(case.label_map(), changed, &Progress::new()).unwrap();
            mark = Some(case.labels().mark());

            let fresh = ProtocolVoi::new(case.label_map(), MARGIN_MM, &Progress::new()).unwrap();
            let mut counted = Tally::empty(case.volume().geometry().size()[2]);
            for ((k, j, i), _) in fresh.mask().unwrap().inside().indexed_iter().filter(|(_, inside)| **inside) {
                counted.change(k, value_of(case.volume(), (k, j, i)), true);
            }
            assert_eq!((voi.voi(), &voi.tally), (&fresh, &counted), "step {step}");
            largest = largest.max(voi.statistics().n_voxels);
        }
        assert!(largest > 0, "something is inside the edge");
    }
}
