//! What a program of the command line asks of an image and of regions: the whole liver from a few points, the VOI of a protocol, and
//! how well two regions agree.

use std::sync::Arc;

use super::Request;
use crate::base::Progress;
use crate::case::Drawn;
use crate::segment::agreement::{Agreement, AgreementError, agreement};
use crate::segment::vessels::{VesselError, VesselOptions, propose_vessels};
use crate::segment::voi::{ProtocolVoi, VoiError};
use crate::segment::{GrowError, Grower, Hints};
use crate::volume::{Label, LabelMap, Mask, Volume};

/// Proposes the whole liver from strokes in it and outside it.
pub struct GrowLiver {
    /// The image.
    pub volume: Arc<Volume>,
    /// The strokes.
    pub hints: Hints,
}

impl Request for GrowLiver {
    type Output = Mask;
    type Error = GrowError;
    const NAME: &'static str = "Growing the liver";

    fn run(self, progress: &Progress) -> Result<Mask, GrowError> {
        Grower::prepare(self.volume, progress)?.propose(&self.hints, progress)
    }
}

/// Proposes the enhanced vessels within what is drawn as liver.
pub struct FindVessels {
    /// The image and what is drawn on it.
    pub drawn: Drawn,
}

impl Request for FindVessels {
    type Output = Mask;
    type Error = VesselError;
    const NAME: &'static str = "Finding vessels";

    fn run(self, progress: &Progress) -> Result<Mask, VesselError> {
        let liver = self.drawn.labels.label_map().mask(Label::Liver);
        propose_vessels(&self.drawn.volume, &liver, &VesselOptions::default(), progress)
    }
}

/// Derives the VOI of what was drawn.
pub struct DeriveVoi {
    /// What was drawn.
    pub label_map: Arc<LabelMap>,
    /// Width of the edge that is left out, in mm.
    pub margin_mm: f64,
}

impl Request for DeriveVoi {
    type Output = ProtocolVoi;
    type Error = VoiError;
    const NAME: &'static str = "Deriving the VOI";

    fn run(self, progress: &Progress) -> Result<ProtocolVoi, VoiError> {
        ProtocolVoi::new(&self.label_map, self.margin_mm, progress)
    }
}

/// Compares two regions on one grid; the first is the reference.
pub struct CompareRegions {
    /// The regions.
    pub regions: [Mask; 2],
}

impl Request for CompareRegions {
    type Output = Agreement;
    type Error = AgreementError;
    const NAME: &'static str = "Comparing regions";

    fn run(self, progress: &Progress) -> Result<Agreement, AgreementError> {
        let [first, second] = &self.regions;
        agreement(first, second, progress)
    }
}
