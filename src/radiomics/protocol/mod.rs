//! How features are extracted: the settings that decide numbers, and their fingerprint.
//!
//! Liang et al. 2022 state PyRadiomics but neither bin width nor resampling; the defaults are PyRadiomics' own (bin width 25,
//! native grid). `docs/methods.md` gives the reasons.

mod choice;
mod file;
mod preparation;
mod shipped;

pub use choice::{FeatureChoice, NoSuchFeature};
pub use file::ProtocolError;
pub use preparation::{Interpolator, Normalize, Preparation, Resample, Resegment, ResegmentMode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::filter::Filter;

/// How gray values become gray levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Binning {
    /// Bins of this width, their edges at its multiples (IBSI FBS, with the origin at 0 in place of the minimum).
    BinWidth(f64),
    /// This many bins between the VOI's minimum and maximum (IBSI FBN).
    BinCount(u32),
}

/// Settings of an extraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Protocol {
    /// What it is called.
    pub name: String,
    /// The voxel value of the VOI in a mask that has several (PyRadiomics' `label`). It names a region and decides no number.
    pub label: Option<u16>,
    /// What is done to image and VOI before anything is measured.
    pub preparation: Preparation,
    /// The images that features are computed on, in order.
    pub images: Vec<ImageSettings>,
    /// Which features are computed on them.
    pub features: FeatureChoice,
}

/// One image type and how its textures are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSettings {
    /// The image type.
    pub filter: Filter,
    /// How its textures are counted.
    pub texture: TextureSettings,
}

/// How textures of an image are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextureSettings {
    /// How gray values become gray levels.
    pub binning: Binning,
    /// Distances between the voxels of a pair, in voxels along the longest axis (GLCM, GLDM, NGTDM).
    pub distances: Vec<u32>,
    /// How directions are weighted by their length in mm (GLCM, GLRLM).
    pub weighting: Option<Weighting>,
    /// Whether a pair counts both ways (GLCM).
    pub symmetrical_glcm: bool,
    /// Most that gray levels of dependent voxels differ by (GLDM).
    pub gldm_alpha: f64,
    /// The axis (0 slice, 1 row, 2 column) along which there are no neighbours.
    pub force_2d: Option<usize>,
    /// Added to values before they are squared (firstorder Energy, TotalEnergy, RootMeanSquared).
    pub voxel_array_shift: f64,
}

/// How the length of a direction makes its weight (PyRadiomics' `weightingNorm`): exp(-length^2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Sum of the sides.
    Manhattan,
    /// Root of the sum of squares.
    Euclidean,
    /// The longest side.
    Infinity,
    /// Every direction counts the same, but all are added to one matrix.
    NoWeighting,
}

impl Default for TextureSettings {
    fn default() -> Self {
        Self {
            binning: Binning::BinWidth(25.0),
            distances: vec![1],
            weighting: None,
            symmetrical_glcm: true,
            gldm_alpha: 0.0,
            force_2d: None,
            voxel_array_shift: 0.0,
        }
    }
}

impl TextureSettings {
    /// How many voxels away the farthest neighbour is.
    pub fn reach(&self) -> usize {
        self.distances.iter().copied().max().unwrap_or(1).max(1) as usize
    }
}

impl Protocol {
    /// Every feature of these filters' images, all else as PyRadiomics does when nothing is set.
    pub fn of_filters(name: &str, filters: Vec<Filter>) -> Self {
        let images = filters.into_iter().map(|filter| ImageSettings { filter, texture: TextureSettings::default() });
        Self {
            name: name.to_owned(),
            label: None,
            preparation: Preparation::default(),
            images: images.collect(),
            features: FeatureChoice::default(),
        }
    }

    /// The same with another binning for every image.
    pub fn with_binning(mut self, binning: Binning) -> Self {
        for image in &mut self.images {
            image.texture.binning = binning;
        }
        self
    }

    /// Everything that decides numbers, as JSON: not the name, the label, or which features are left out.
    pub fn deciding_settings(&self) -> serde_json::Value {
        serde_json::json!({"images": self.images, "preparation": self.preparation})
    }

    /// A hash of [`Self::deciding_settings`]. Features with another fingerprint are other features.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.deciding_settings().to_string());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_follows_the_settings_and_not_the_name() {
        let liang = Protocol::liang2022();
        let renamed = Protocol { name: "mine".to_owned(), ..liang.clone() };
        let wider = liang.clone().with_binning(Binning::BinWidth(50.0));
        assert_eq!(liang.fingerprint(), renamed.fingerprint());
        assert_ne!(liang.fingerprint(), wider.fingerprint());
    }

    #[test]
    fn a_protocol_survives_json() {
        let liang = Protocol::liang2022();
        let text = serde_json::to_string(&liang).unwrap();
        assert_eq!(serde_json::from_str::<Protocol>(&text).unwrap(), liang);
    }
}
