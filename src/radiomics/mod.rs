//! PyRadiomics' features of a VOI: the values that PyRadiomics 3.0.1 gives. No files, no models.
//!
//! The way of a VOI: [`prepare`] cuts its [`region`] out of the volume, [`filter`] derives images, [`discretize`] makes gray levels of their
//! values, [`matrix`] counts them, [`feature`] computes from the counts; [`extract()`] calls these in order. Definitions are those of the Image Biomarker
//! Standardisation Initiative (Zwanenburg et al. 2020) as far as PyRadiomics follows them; `docs/methods.md` lists where not.

pub mod discretize;
mod eigen;
mod extract;
pub mod feature;
mod feature_id;
pub mod filter;
pub mod frame;
mod image_features;
mod image_type;
pub mod matrix;
mod memory;
mod mirror;
pub mod prepare;
mod protocol;
pub mod region;

pub use extract::{Diagnostics, Features, extract};
pub use feature_id::{FeatureClass, FeatureId, UnknownFeature};
pub use filter::Filter;
pub use image_type::{ImageType, Sigma, SubBand};
pub use memory::{Sizes, bytes_to_extract};
pub use protocol::{
    Binning, FeatureChoice, ImageSettings, Interpolator, NoSuchFeature, Normalize, Preparation, Protocol,
    ProtocolError, Resample, Resegment, ResegmentMode, TextureSettings, Weighting,
};

use crate::base::Cancelled;
use crate::volume::{GeometryError, GridMismatch, VolumeError};

/// Why features were not extracted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RadiomicsError {
    /// Nothing is inside the mask.
    #[error("the VOI is empty; draw it, or choose another label")]
    EmptyVoi,
    /// Mask and image lie on different grids.
    #[error("the VOI was drawn on another grid than this image: {0}; load the image it was drawn on")]
    OtherGrid(GridMismatch),
    /// The VOI is a point or a line.
    #[error(
        "the VOI has {} and must be more than one voxel wide along at least {least} axes; draw a larger one",
        counted(*voxels)
    )]
    TooThin {
        /// Its voxels.
        voxels: usize,
        /// Axes along which it must extend.
        least: usize,
    },
    /// The VOI has no more voxels than the protocol asks it to have more of.
    #[error("the VOI has {} and must have more than {most}; draw a larger one", counted(*voxels))]
    TooSmall {
        /// Its voxels.
        voxels: usize,
        /// How many are too few.
        most: usize,
    },
    /// At most one voxel of the VOI lies in the resegmentation range.
    #[error("fewer than two voxels of the VOI have a value from {low} to {high}; widen the resegmentation range")]
    EmptyRange {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// A value that is needed is NaN or infinite.
    #[error(
        "the image has no number at slice {slice}, row {row}, column {column} (counted from 0), where one is needed; repair the image \
         or leave it out"
    )]
    NotFinite {
        /// Slice, from 0 on.
        slice: usize,
        /// Row, from 0 on.
        row: usize,
        /// Column, from 0 on.
        column: usize,
    },
    /// A voxel that a filter reads around the VOI is NaN or infinite.
    #[error(
        "the {filter} image cannot be made: the image has no number at slice {slice}, row {row}, column {column} (counted from 0), \
         which the filter reads around the VOI; repair the image, or leave this image type out of the protocol"
    )]
    NotFiniteAround {
        /// The filter, as parameter files name it.
        filter: &'static str,
        /// Slice, from 0 on.
        slice: usize,
        /// Row, from 0 on.
        row: usize,
        /// Column, from 0 on.
        column: usize,
    },
    /// A filter gives no number somewhere in the VOI.
    #[error(
        "the {filter} image has no number at slice {slice}, row {row}, column {column} of the VOI, where the image gives the \
         filter nothing to work on; leave this image type out of the protocol"
    )]
    NotFiniteDerived {
        /// The filter, as parameter files name it.
        filter: &'static str,
        /// Slice, from 0 on.
        slice: usize,
        /// Row, from 0 on.
        row: usize,
        /// Column, from 0 on.
        column: usize,
    },
    /// Every voxel of the image has the same value, so that it has no standard deviation to divide by.
    #[error("the image has one gray value alone and cannot be normalized; extract without normalization")]
    OneGrayValue,
    /// The spacing asked for is none.
    #[error("{0:?} mm is no spacing to resample to; give numbers above 0, or 0 to keep what it is")]
    Spacing([f64; 3]),
    /// The spacing asked for makes more voxels than memory holds.
    #[error("a spacing of {spacing_mm:?} mm makes an image of {voxels:.0} voxels; choose a coarser one")]
    TooFine {
        /// The spacing along column, row and slice.
        spacing_mm: [f64; 3],
        /// Voxels that there would be.
        voxels: f64,
    },
    /// No voxel of the new grid has its centre in the VOI.
    #[error("no voxel of the VOI is left on a grid of {spacing_mm:?} mm; choose a finer spacing or draw a larger VOI")]
    NothingLeft {
        /// The spacing along column, row and slice.
        spacing_mm: [f64; 3],
    },
    /// The prepared image lies on no grid.
    #[error("the image cannot be cropped or resampled: {0}")]
    Grid(GeometryError),
    /// The prepared image and its grid disagree.
    #[error("the image cannot be prepared: {0}")]
    Volume(VolumeError),
    /// Bin width or count makes no bins.
    #[error("{0:?} makes no gray levels; give a width or a count above 0")]
    Binning(Binning),
    /// The bins are too narrow for the range of values.
    #[error(
        "the {image} image's values in the VOI, from {minimum} to {maximum}, make more than {most} gray levels; choose wider bins, or \
         leave this image type out of the protocol"
    )]
    TooManyLevels {
        /// The image whose values they are.
        image: ImageType,
        /// Least value.
        minimum: f64,
        /// Greatest value.
        maximum: f64,
        /// Most levels.
        most: usize,
    },
    /// The box in which textures are counted is too large.
    #[error(
        "the VOI's bounding box and the margin that its textures look at have {} x {} x {} voxels (slices, rows, columns), and \
         textures are counted in boxes of up to {most} voxels, {longest} along an axis; remove parts of the VOI that lie far from the \
         rest, or choose a coarser grid",
        shape[0], shape[1], shape[2]
    )]
    TooWide {
        /// Slices, rows and columns of the box.
        shape: [usize; 3],
        /// Most voxels of a box.
        most: usize,
        /// Most voxels of one along an axis.
        longest: usize,
    },
    /// A sphere around the VOI's voxels reaches too far.
    #[error(
        "patterns in space (LBP3D) look at {} x {} x {} voxels (slices, rows, columns) around the VOI, and at most {most} are held; choose \
         a smaller lbp3DIcosphereRadius, or draw a smaller VOI",
        shape[0], shape[1], shape[2]
    )]
    TooFar {
        /// Slices, rows and columns of the VOI's box and the sphere's reach around it.
        shape: [usize; 3],
        /// Most voxels that are held.
        most: usize,
    },
    /// The protocol names a wavelet that there is none of.
    #[error("there is no wavelet {0:?}; use one of PyWavelets' discrete wavelets, such as coif1")]
    UnknownWavelet(String),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl RadiomicsError {
    /// The same, with places of a part of the image that begins at `first` made places of the image.
    fn moved(mut self, first: [usize; 3]) -> Self {
        match &mut self {
            Self::NotFinite { slice, row, column }
            | Self::NotFiniteAround { slice, row, column, .. }
            | Self::NotFiniteDerived { slice, row, column, .. } => {
                [slice, row, column].into_iter().zip(first).for_each(|(index, first)| *index += first);
            }
            _ => {}
        }
        self
    }
}

fn counted(voxels: usize) -> String {
    if voxels == 1 { "1 voxel".to_owned() } else { format!("{voxels} voxels") }
}
