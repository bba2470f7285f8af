//! From a series to a volume: slices are decoded in parallel, the middle one first.

use ndarray::Array3;

use super::{DicomError, Series};
use crate::base::{Progress, Warnings};
use crate::volume::{Geometry, Volume, Voxels};

/// A volume and what was odd about its pixels.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The volume, on the series' grid (sheared where the gantry was tilted).
    pub volume: Volume,
    /// What the pixels showed: padding, rescale that varies.
    pub warnings: Warnings,
}

/// Slices that make no even grid, for [`crate::volume`]'s resampling when the user asks for it.
#[derive(Debug, Clone)]
pub struct SliceStack {
    /// The even grid that the slices would have; its in-plane axes and its origin are right.
    pub geometry: Geometry,
    /// Values in HU.
    pub voxels: Voxels,
    /// Padding voxels, where there are any.
    pub padding: Option<Array3<bool>>,
    /// Position of each slice along the normal, in mm from the first.
    pub offsets_mm: Vec<f64>,
    /// What the pixels showed.
    pub warnings: Warnings,
}

/// HU of one slice, row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SlicePixels<'a> {
    /// Integers.
    I16(&'a [i16]),
    /// Floats.
    F32(&'a [f32]),
}

/// Decodes a series to a volume. `on_slice` gets each slice's index and pixels as soon as they are decoded, from several
/// threads; the middle slice comes first, then its neighbours outward. Series that are not volumes are refused.
pub fn load(
    series: &Series,
    progress: &Progress,
    on_slice: &(dyn Fn(usize, SlicePixels<'_>) + Sync),
) -> Result<Loaded, DicomError> {
    let _ = (progress, on_slice);
    Err(DicomError::NotAVolume { series: series.description.clone(), reason: "reading is not there yet".into() })
}

/// Decodes the slices of a series without a claim that they lie evenly: also of one that was rejected for its gaps.
pub fn load_stack(series: &Series, progress: &Progress) -> Result<SliceStack, DicomError> {
    let _ = progress;
    Err(DicomError::NotAVolume { series: series.description.clone(), reason: "reading is not there yet".into() })
}
