//! Extracting the features of what was drawn.

use std::sync::Arc;

use super::Request;
use crate::base::Progress;
use crate::radiomics::{Features, Protocol, RadiomicsError, extract};
use crate::volume::{Mask, Volume};

/// Extracts the features of a VOI.
#[derive(Debug, Clone)]
pub struct ExtractFeatures {
    /// The image.
    pub volume: Arc<Volume>,
    /// The VOI, drawn on the image's grid.
    pub voi: Mask,
    /// How to extract.
    pub protocol: Protocol,
}

impl Request for ExtractFeatures {
    type Output = Features;
    type Error = RadiomicsError;
    const NAME: &'static str = "Extracting features";

    fn run(self, progress: &Progress) -> Result<Features, RadiomicsError> {
        extract(&self.volume, &self.voi, &self.protocol, progress)
    }
}
