//! What is done to image and VOI before anything is measured, in this order: normalize, resample or crop, resegment. Names are
//! PyRadiomics'.

use serde::{Deserialize, Serialize};

/// Settings of the preparation; the default changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preparation {
    /// Scaling of gray values by their distribution in the whole image.
    pub normalize: Option<Normalize>,
    /// Another grid.
    pub resample: Option<Resample>,
    /// Where there is no other grid: filters see no more of the image than the VOI's box and this many voxels on each side of
    /// it (`preCrop`, `padDistance`).
    pub crop: Option<u32>,
    /// Voxels that are taken out of the VOI by their gray value.
    pub resegment: Option<Resegment>,
    /// Along how many axes the VOI must be more than one voxel wide (`minimumROIDimensions`).
    pub minimum_dimensions: usize,
    /// Voxels that the VOI must have more of (`minimumROISize`).
    pub minimum_voxels: Option<usize>,
}

/// Gray values in standard deviations from the mean of the whole image (`normalize`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Normalize {
    /// What they are multiplied by in the end (`normalizeScale`).
    pub scale: f64,
    /// Standard deviations beyond which values are cut off (`removeOutliers`).
    pub remove_outliers: Option<f64>,
}

/// Another grid for image and VOI (`resampledPixelSpacing`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resample {
    /// Spacing along column, row and slice index in mm; 0 keeps what it is.
    pub spacing_mm: [f64; 3],
    /// How values between voxels are found; the VOI takes its nearest voxel.
    pub interpolator: Interpolator,
    /// Voxels around the VOI's box that filters may see (`padDistance`).
    pub pad_voxels: u32,
}

/// How values between voxels are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolator {
    /// The nearest voxel's.
    #[serde(rename = "sitkNearestNeighbor")]
    NearestNeighbor,
    /// Linear along each axis.
    #[serde(rename = "sitkLinear")]
    Linear,
    /// Cubic B-spline (Unser 1999).
    #[serde(rename = "sitkBSpline")]
    BSpline,
}

/// Only voxels within a closed range of gray values count (`resegmentRange`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resegment {
    /// Lower end.
    pub low: f64,
    /// Upper end; without it the range has none.
    pub high: Option<f64>,
    /// What the ends mean.
    pub mode: ResegmentMode,
    /// Whether shape is measured on what is left too (`resegmentShape`).
    pub shape: bool,
}

/// What the ends of a range mean (`resegmentMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResegmentMode {
    /// Gray values.
    Absolute,
    /// Parts of the VOI's greatest gray value.
    Relative,
    /// Standard deviations from the VOI's mean.
    Sigma,
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            normalize: None,
            resample: None,
            crop: None,
            resegment: None,
            minimum_dimensions: 2,
            minimum_voxels: None,
        }
    }
}
