//! Radiotherapy structure sets (RTSTRUCT): writing labels as contours, and reading what others drew.
//!
//! Written objects follow PS3.3 A.19 and C.8.8.5 to C.8.8.8: one region (ROI) for each label with voxels, one closed planar contour for
//! each connected part of it on each slice. Contours run along the edges of voxels, half a voxel outside the centres of the
//! outermost ones: every program that asks whether a voxel's centre lies inside then finds the same voxels, whichever way it
//! rounds, while contours through the centres would leave the outermost voxels to chance. A hole is part of the contour around it,
//! entered and left through a channel without width (the keyhole of PS3.3 C.8.8.6.3): programs that fill each contour by itself and
//! those that take every second contour as a hole both read it right. All the same, a contour is no list of voxels, and programs
//! that draw along contours or resample lose or add some: that is said with every file written.
//!
//! Read are closed planar contours that lie on the image's slices; a voxel is inside where its centre lies within an odd number of the
//! region's contours of that slice.

mod outline;
mod read;
mod structure;
mod write;

use std::path::PathBuf;

pub use read::{Roi, RtContents, read, read_roi, rois};
pub use write::{RtWritten, write};

use super::seg::Unfit;
use crate::base::FileError;

/// The most elements and items of a structure set that is read or written: each contour has about nine of them.
const MAX_ELEMENTS: usize = 1_000_000;
/// The longest value that is kept: the contour of a whole organ on one slice has about 100 KiB.
const MAX_VALUE_BYTES: u64 = 16 << 20;

/// Why a structure set was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum RtError {
    /// The file does not hold what is needed to read it as a structure set.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where, and what to do.
        problem: String,
    },
    /// It was drawn on another grid, or in another patient space.
    #[error("{}: the contours were drawn on another image than this one: {difference}; give the image they were drawn on", path.display())]
    OtherGrid {
        /// The file.
        path: PathBuf,
        /// How the two differ.
        difference: String,
    },
    /// The object has no region of that number.
    #[error("{}: there is no region {number}; it has {available}", path.display())]
    NoSuchRoi {
        /// The file.
        path: PathBuf,
        /// The number asked for.
        number: i64,
        /// The regions that it has.
        available: String,
    },
    /// The labels make no object of the series.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The object would exceed what is read again.
    #[error("the contours are too many for one DICOM object ({0}); save it as DICOM SEG or NIfTI")]
    TooLarge(String),
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}
