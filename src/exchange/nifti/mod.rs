//! NIfTI-1 images (`.nii`, `.nii.gz`): reading and writing volumes, masks and label maps.
//!
//! The layout is that of <https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h>. NIfTI's patient axes run right, anterior,
//! superior (RAS); here they run left, posterior, superior (LPS), so that x and y change sign. The header is parsed by the
//! `nifti` crate after its size and byte order were checked; the voxels are read here, because the crate allocates what a header
//! claims before it looks at the file, and panics on an impossible quaternion. Not read: NIfTI-2, pairs of `.hdr` and `.img`,
//! colors, complex numbers, and images of more than three dimensions.

mod affine;
mod header;
mod mask;
mod voxels;
mod write;

use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

pub use mask::{NiftiLabels, NiftiMask, read_label_map, read_mask};
pub use write::{write_label_map, write_mask, write_volume};

use crate::base::{FileError, Warnings};
use crate::volume::{Geometry, Volume, Voxels};

/// Why a NIfTI file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum NiftiError {
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file does not hold an image that can be read.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A mask was drawn on another grid.
    #[error("{}: the mask was drawn on another grid than this image: {difference}; give the image it was drawn on", path.display())]
    OtherGrid {
        /// The file.
        path: PathBuf,
        /// How the two differ.
        difference: String,
    },
    /// The numbers in a mask do not say which of them is wanted.
    #[error("{}: {problem}", path.display())]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// Which numbers there are, and what to do.
        problem: String,
    },
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Whether a file is NIfTI by its name: `.nii` or `.nii.gz`.
pub fn is_nifti_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.ends_with(".nii") || name.ends_with(".nii.gz")
}

/// An image, and what is odd about the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct NiftiImage {
    /// Voxels in the file's own axis order, and where they lie (LPS).
    pub volume: Volume,
    /// What is odd.
    pub warnings: Warnings,
}

/// Reads a three-dimensional image.
///
/// Integers stay integers: `i16` where the values fit, else `i32`; with a scale that is not 1, or an offset that is not
/// whole, they become `f32`, as ITK has it. The affine is the sform where the file has one, else the qform; it is kept
/// exactly, sheared or not. Where sform and voxel sizes agree to the precision of 32 bits, the voxel sizes are taken from
/// `pixdim`, which makes spacing, direction and origin those of SimpleITK to the last digit.
pub fn read_volume(path: &Path) -> Result<NiftiImage, NiftiError> {
    let (geometry, stored, warnings) = read_voxels(path, |_| Ok(()))?;
    let volume = Volume::new(geometry, stored.voxels).map_err(|error| unreadable(path, error.to_string()))?;
    let volume = match stored.integers {
        Some(range) => volume.with_integers(range),
        None => volume,
    };
    Ok(NiftiImage { volume, warnings })
}

/// The grid of an image and the bytes that a voxel takes in memory, by the file's header: to be asked before voxels are read.
pub fn read_grid(path: &Path) -> Result<(Geometry, u64), NiftiError> {
    let file = header::open(path)?;
    let grid = affine::geometry(&file.header, file.size, &mut Warnings::new());
    Ok((grid.map_err(|problem| unreadable(path, problem))?, file.kind.bytes_in_memory() as u64))
}

/// The stages of reading: header, place, voxels; `check` may refuse the place before voxels are read.
fn read_voxels(
    path: &Path,
    check: impl FnOnce(&Geometry) -> Result<(), NiftiError>,
) -> Result<(Geometry, Stored, Warnings), NiftiError> {
    let mut warnings = Warnings::new();
    let mut file = header::open(path)?;
    let geometry =
        affine::geometry(&file.header, file.size, &mut warnings).map_err(|problem| unreadable(path, problem))?;
    check(&geometry)?;
    let integers = voxels::integers_of(&file);
    let voxels = voxels::read(&mut file).map_err(|problem| unreadable(path, problem))?;
    Ok((geometry, Stored { voxels, integers }, warnings))
}

/// A file's values, and the integers that their type holds where they are such.
struct Stored {
    voxels: Voxels,
    integers: Option<RangeInclusive<i64>>,
}

fn unreadable(path: &Path, problem: impl Into<String>) -> NiftiError {
    NiftiError::Unreadable { path: path.to_owned(), problem: problem.into() }
}
