//! The VOI of what is drawn in the window: derived beside it where that takes longer than a frame, and for what leaves the window. Each
//! derives from a state of the labels and a margin, so that what was drawn meanwhile mixes with nothing.

use std::sync::Arc;

use super::{ExtractFeatures, Request};
use crate::base::{Progress, Warnings};
use crate::case::{MeasuredVoi, Snapshot, liver_volume_doubt};
use crate::radiomics::{Features, Protocol, RadiomicsError};
use crate::segment::voi::{ProtocolVoi, VoiError};
use crate::volume::{GridMismatch, LabelMap, VoiSegment, Volume};

/// Derives and measures the VOI of what is drawn.
pub struct MeasureVoi {
    /// The image.
    pub volume: Arc<Volume>,
    /// What is drawn on it.
    pub labels: Snapshot,
    /// Width of the edge that is left out, in mm.
    pub edge_margin_mm: f64,
}

impl Request for MeasureVoi {
    type Output = MeasuredVoi;
    type Error = VoiError;
    const NAME: &'static str = "Deriving the VOI of what is drawn";

    fn run(self, progress: &Progress) -> Result<MeasuredVoi, VoiError> {
        let mut voi = MeasuredVoi::empty(self.volume, self.edge_margin_mm)?;
        if let Some(drawn) = self.labels.bounds() {
            voi.update(&self.labels.label_map(), drawn, progress)?;
        }
        Ok(voi)
    }
}

/// Extracts the features of the VOI of what is drawn.
pub struct ExtractDrawn {
    /// The image.
    pub volume: Arc<Volume>,
    /// What is drawn on it.
    pub labels: Snapshot,
    /// Width of the edge that is left out, in mm.
    pub edge_margin_mm: f64,
    /// How to extract.
    pub protocol: Protocol,
    /// What is odd about the image and what is drawn; the features get it.
    pub doubts: Warnings,
}

/// Why what is drawn has no features.
#[derive(Debug, thiserror::Error)]
pub enum ExtractDrawnError {
    /// Its VOI was not derived.
    #[error(transparent)]
    Voi(#[from] VoiError),
    /// The labels lie on another grid than the image.
    #[error(transparent)]
    Grid(#[from] GridMismatch),
    /// The features were not extracted.
    #[error(transparent)]
    Radiomics(#[from] RadiomicsError),
}

impl Request for ExtractDrawn {
    type Output = Features;
    type Error = ExtractDrawnError;
    const NAME: &'static str = ExtractFeatures::NAME;

    fn run(self, progress: &Progress) -> Result<Features, ExtractDrawnError> {
        let voi = ProtocolVoi::new(&self.labels.label_map(), self.edge_margin_mm, progress)?.mask()?;
        let mut warnings = self.doubts;
        liver_volume_doubt(voi.volume_ml()).into_iter().for_each(|doubt| warnings.push(doubt));
        let request = ExtractFeatures { volume: self.volume, voi, protocol: self.protocol };
        let mut features = request.run(progress)?;
        warnings.extend(&features.warnings);
        features.warnings = warnings;
        Ok(features)
    }
}

/// The VOI of labels as a file has it beside them.
pub(super) fn derived_segment(
    label_map: &LabelMap,
    edge_margin_mm: f64,
    progress: &Progress,
) -> Result<VoiSegment, VoiError> {
    let region = ProtocolVoi::new(label_map, edge_margin_mm, progress)?.mask()?;
    Ok(VoiSegment::Derived { region: Arc::new(region), edge_margin_mm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Geometry, Label, Voxels};
    use ndarray::{Array3, s};

    #[test]
    fn the_voi_derived_beside_the_window_is_that_of_the_labels() {
        let grid = Geometry::axial([30, 24, 12], [0.0; 3], [1.0; 3]).unwrap();
        let volume = Arc::new(Volume::new(grid, Voxels::I16(Array3::from_elem(grid.shape(), 100))).unwrap());
        let mut map = LabelMap::empty(grid);
        map.bits_mut().slice_mut(s![2..10, 4..20, 5..28]).fill(Label::Liver.bit());
        map.bits_mut().slice_mut(s![5..7, 9..12, 12..15]).fill(Label::Liver.bit() | Label::Vessel.bit());
        let of = |labels: Snapshot| MeasureVoi { volume: volume.clone(), labels, edge_margin_mm: 2.5 };
        let derived = of(Snapshot::of(&map)).run(&Progress::new()).unwrap();
        let fresh = ProtocolVoi::new(&map, 2.5, &Progress::new()).unwrap();
        assert_eq!(derived.voi(), &fresh);
        assert_eq!(derived.statistics().n_voxels as usize, fresh.n_voxels());
        let nothing = of(Snapshot::empty(grid)).run(&Progress::new()).unwrap();
        assert_eq!(nothing.statistics().n_voxels, 0);
    }
}
