//! Derived images: what PyRadiomics calls image types, one file a filter.
//!
//! A filter sees the volume and the places of the VOI, and gives values at those places alone: nothing after it needs the rest.
//! It works on the VOI's bounding box plus its own reach, not on the volume.

mod gradient;
mod lbp2d;
mod lbp3d;
mod log;
pub(super) mod memory;
mod pointwise;
mod recursion;
mod wavelet;
mod window;

pub use lbp2d::{Circle, PatternNumber};
use pointwise::Pointwise;
use serde::{Deserialize, Serialize};
pub use wavelet::is_wavelet;

use super::RadiomicsError;
use super::image_type::{ImageType, Sigma};
use super::region::{Region, Values};
use crate::base::{Progress, Warnings};
use crate::volume::Volume;

/// An image type and its settings, named as in PyRadiomics' parameter files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    /// The image as it is.
    Original,
    /// Laplacian of Gaussian, one image a width.
    LoG {
        /// Widths of the Gaussian.
        sigma: Vec<Sigma>,
    },
    /// Stationary wavelet transform, one image a sub-band.
    Wavelet {
        /// Name of the wavelet, as PyWavelets has it.
        wavelet: String,
        /// Decompositions before the first that gives images.
        start_level: u8,
        /// Decompositions that give images.
        level: u8,
    },
    /// Local binary pattern on a sphere: one image a level of harmonics, and one of kurtosis.
    LBP3D {
        /// Levels of spherical harmonics.
        levels: u8,
        /// Radius of the sphere in voxels.
        radius: f64,
        /// How often the icosahedron's faces are divided.
        subdivision: u8,
    },
    /// Local binary pattern on a circle in a plane.
    LBP2D(Circle),
    /// Squares, scaled to the range of the image.
    Square,
    /// Square roots, scaled to the range of the image.
    SquareRoot,
    /// Logarithms, scaled to the range of the image.
    Logarithm,
    /// Exponentials, scaled to the range of the image.
    Exponential,
    /// Magnitude of the gradient.
    Gradient {
        /// Whether differences are per mm, not per voxel.
        use_spacing: bool,
    },
}

/// One derived image, as far as the VOI reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// Which image it is.
    pub image: ImageType,
    /// Its values at the places of the region, in their order.
    pub values: Values,
}

/// What a filter looks at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The image.
    pub volume: &'a Volume,
    /// The VOI.
    pub region: &'a Region,
    /// The axis (0 slice, 1 row, 2 column) that filters and textures in planes leave out.
    pub force_2d: Option<usize>,
    /// Where cancelling is asked for; checked at least every 50 ms.
    pub progress: &'a Progress,
}

impl Filter {
    /// Its name in parameter files.
    pub fn name(&self) -> &'static str {
        match self {
            Filter::Original => "Original",
            Filter::LoG { .. } => "LoG",
            Filter::Wavelet { .. } => "Wavelet",
            Filter::LBP3D { .. } => "LBP3D",
            Filter::LBP2D(_) => "LBP2D",
            Filter::Square => "Square",
            Filter::SquareRoot => "SquareRoot",
            Filter::Logarithm => "Logarithm",
            Filter::Exponential => "Exponential",
            Filter::Gradient { .. } => "Gradient",
        }
    }
}

/// What a filter makes of the volume: one or several images. What it cannot make is said in `warnings`.
pub fn derive(filter: &Filter, scene: Scene, warnings: &mut Warnings) -> Result<Vec<Derived>, RadiomicsError> {
    scene.progress.check()?;
    let name = filter.name();
    derived(filter, scene, warnings).map_err(|error| match error {
        // The filter is at fault only where the image has a number.
        RadiomicsError::NotFinite { slice, row, column } => {
            if scene.volume.voxels().at((slice, row, column)).is_finite() {
                RadiomicsError::NotFiniteDerived { filter: name, slice, row, column }
            } else {
                RadiomicsError::NotFiniteAround { filter: name, slice, row, column }
            }
        }
        other => other,
    })
}

fn derived(filter: &Filter, scene: Scene, warnings: &mut Warnings) -> Result<Vec<Derived>, RadiomicsError> {
    match filter {
        Filter::Original => {
            Ok(vec![Derived { image: ImageType::Original, values: scene.region.values_of(scene.volume)? }])
        }
        Filter::LoG { sigma } => log::images(sigma, scene, warnings),
        Filter::Wavelet { wavelet, start_level, level } => wavelet::images(wavelet, *start_level, *level, scene),
        Filter::LBP3D { levels, radius, subdivision } => lbp3d::images(*levels, *radius, *subdivision, scene),
        Filter::LBP2D(circle) => Ok(vec![lbp2d::image(*circle, scene, warnings)]),
        Filter::Square => Ok(vec![pointwise::image(Pointwise::Square, scene)?]),
        Filter::SquareRoot => Ok(vec![pointwise::image(Pointwise::SquareRoot, scene)?]),
        Filter::Logarithm => Ok(vec![pointwise::image(Pointwise::Logarithm, scene)?]),
        Filter::Exponential => Ok(vec![pointwise::image(Pointwise::Exponential, scene)?]),
        Filter::Gradient { use_spacing } => Ok(vec![gradient::image(*use_spacing, scene)?]),
    }
}
