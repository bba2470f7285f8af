//! Extracting the features of one case from its files.

use std::path::PathBuf;

use super::Request;
use super::input::{FoundImage, Image, InputError, Region, find_image, load_region};
use crate::base::{Progress, Warnings};
use crate::case::{Identity, liver_volume_doubt};
use crate::dicom::phase::Phase;
use crate::exchange::nifti;
use crate::radiomics::{Features, Protocol, RadiomicsError, extract};
use crate::report::FeatureSource;

/// Loads an image and its VOI and extracts the features.
#[derive(Debug, Clone)]
pub struct ExtractCase {
    /// The image: NIfTI, or a DICOM folder, file or zip archive.
    pub image: PathBuf,
    /// Which series of a DICOM folder is meant.
    pub series: Option<String>,
    /// The file of the VOI: DICOM SEG or NIfTI.
    pub voi: PathBuf,
    /// Segment number or voxel value of the VOI.
    pub label: Option<u16>,
    /// How to extract.
    pub protocol: Protocol,
}

/// The features of one case, and what they were made from.
#[derive(Debug, Clone)]
pub struct CaseFeatures {
    /// What they were made from.
    pub source: FeatureSource,
    /// The features, with all that was odd about image, VOI and numbers.
    pub features: Features,
}

/// Why a case has no features.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Image or VOI was not found or not loaded.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The features were not extracted.
    #[error(transparent)]
    Radiomics(#[from] RadiomicsError),
}

impl ExtractCase {
    /// Finds the image, without loading it.
    pub fn find(&self, progress: &Progress) -> Result<FoundImage, CaseError> {
        Ok(find_image(&self.image, self.series.as_deref(), progress)?)
    }

    /// Loads the VOI as drawn on the image that was found.
    pub fn region(&self, found: &FoundImage) -> Result<Region, CaseError> {
        // A protocol's label is a voxel value, which segments of a SEG do not have.
        let of_protocol = self.protocol.label.filter(|_| nifti::is_nifti_name(&self.voi));
        Ok(load_region(&self.voi, self.label.or(of_protocol), found.grid(), found.series())?)
    }

    /// Loads VOI and image and extracts. The VOI comes first: it is more likely to be wrong, and soon read.
    pub fn extract(&self, found: FoundImage, progress: &Progress) -> Result<CaseFeatures, CaseError> {
        let region = self.region(&found)?;
        let image = found.load(progress)?;
        let mut features = extract(&image.volume, &region.mask, &self.protocol, progress)?;
        // Padding is left out of them: where it lies inside the VOI, the extraction says so.
        let mut warnings = image.series.as_ref().map_or(&image.warnings, |series| &series.warnings).clone();
        let phase = image.series.as_ref().and_then(|series| series.phase.class);
        for more in [&features.warnings, &region.warnings, &voi_doubts(phase, Some(region.mask.volume_ml()))] {
            warnings.extend(more);
        }
        features.warnings = warnings;
        Ok(CaseFeatures { source: source_of(&image, region.name), features })
    }
}

impl Request for ExtractCase {
    type Output = CaseFeatures;
    type Error = CaseError;
    const NAME: &'static str = "Extracting the features of a case";

    fn run(self, progress: &Progress) -> Result<CaseFeatures, CaseError> {
        self.extract(self.find(progress)?, progress)
    }
}

/// What features of an image were made from.
pub fn source_of(image: &Image, region: String) -> FeatureSource {
    let series = image.series.as_ref();
    FeatureSource {
        grid: *image.volume.geometry(),
        series_uid: series.map(|series| series.instance_uid.clone()),
        phase: series.map(|series| series.phase.class.map_or("unknown", Phase::name).to_owned()),
        interpolation: None,
        region,
        is_simulated: series.is_some_and(|series| Identity::of(series).simulated),
    }
}

/// What makes it doubtful that an image is of the portal venous phase, and a VOI of this volume a whole liver.
pub fn voi_doubts(phase: Option<Phase>, volume_ml: Option<f64>) -> Warnings {
    let mut doubts = Warnings::new();
    if let Some(phase) = phase.filter(|&phase| phase != Phase::PortalVenous) {
        doubts.push(format!("the series looks {}, not portal venous", phase.name()));
    }
    volume_ml.and_then(liver_volume_doubt).into_iter().for_each(|doubt| doubts.push(doubt));
    doubts
}
