//! Images in patient space: [`Geometry`], [`Volume`], [`LabelMap`] and [`Mask`]. No files, no pixels on screen.
//!
//! Arrays are `[slice, row, column]`. Patient space is LPS in millimetres: +x to the patient's left, +y to the back,
//! +z to the head (DICOM PS3.3 C.7.6.2.1.1).

mod concept;
pub mod distance;
mod geometry;
mod label_map;
pub mod resample;
mod voi;
#[allow(clippy::module_inception)]
mod volume;
mod voxel_box;

pub use concept::{Code, Known, Meaning, Structure};
pub use geometry::{Geometry, GeometryError, GridMismatch};
pub use label_map::{Label, LabelMap, Mask, differing_voxels, is_voi};
pub use voi::{VOI_ALONE, VOI_BIT, VoiSegment, bits_with_voi, settle_voi};
pub use volume::{Volume, VolumeError, Voxels};
pub use voxel_box::VoxelBox;

/// The most voxels of a volume that is read, whatever the format: 4 GiB of 16-bit values.
pub const MOST_READ_VOXELS: u64 = 2 << 30;
