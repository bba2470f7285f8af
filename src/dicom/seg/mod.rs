//! DICOM Segmentation: writing a label map as BINARY segments, and reading what others drew.
//!
//! Written objects follow PS3.3 A.51 (Segmentation IOD) and C.8.20 (Segmentation modules): one segment for each label
//! that has voxels, so that overlaps are kept, and one frame for each slice of it that has voxels. Read are BINARY,
//! LABELMAP and FRACTIONAL objects; where fractions are cut is asked of the caller ([`SegError::Fractional`]). A segmentation belongs to the grid it was drawn on:
//! every frame must lie on a slice of the image voxel by voxel, else the whole object is refused with the difference named.
//! Nothing is resampled and no threshold is chosen here. What is written is read back and compared before it replaces anything.

// Reading is `decode` and `read`; writing is `write` with `plan`, `header` and `frames`; the rest serves both.
mod bits;
mod decode;
pub(in crate::dicom) mod elements;
mod frames;
pub(in crate::dicom) mod header;
pub(in crate::dicom) mod plan;
mod read;
mod segment;
mod source;
pub(in crate::dicom) mod write;

use std::path::PathBuf;

pub use read::{SegContents, read, read_fractional, read_fractional_segment, read_segment, segments};
pub use segment::{Fractions, Segment};
pub use source::{SegSource, SourceImage};
pub use write::{DrawnBy, SegIdentity, SegOptions, write};

use crate::base::FileError;
pub use crate::volume::{Code, Meaning, VoiSegment};

/// The most elements and items of a segmentation that is read or written: each frame has about 30 of them, so that these are more
/// than the headers of images may have.
const MAX_ELEMENTS: usize = 1_000_000;
/// The most frames: each segment on each slice of a long series, and then some.
const MAX_FRAMES: usize = 100_000;
/// The most bytes of voxels, decoded: 32,000 frames of 512 x 512 bits.
const MAX_VOXEL_BYTES: usize = 1 << 30;

/// Letters that a value of the VRs SH and LO may have (PS3.5 6.2).
pub(in crate::dicom) const SHORT: usize = 16;
pub(in crate::dicom) const LONG: usize = 64;

/// Why a segmentation was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum SegError {
    /// The file does not hold what is needed to read it as a segmentation.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where, and what to do.
        problem: String,
    },
    /// It was drawn on another grid, or in another patient space.
    #[error("{}: the segmentation was drawn on another grid than this image: {difference}; give the image it was drawn on", path.display())]
    OtherGrid {
        /// The file.
        path: PathBuf,
        /// How the two differ.
        difference: String,
    },
    /// It holds fractions, and where they are cut is for someone to choose: [`read_fractional`].
    #[error("{}: a fractional segmentation: its voxels have {fractions} between 0 and 1; say from which threshold on a voxel counts as inside, or export it as BINARY", path.display())]
    Fractional {
        /// The file.
        path: PathBuf,
        /// What the fractions are.
        fractions: Fractions,
    },
    /// A threshold that cuts nothing.
    #[error("{0} is no threshold for fractions; give one above 0 and at most 1, such as 0.5")]
    Threshold(f64),
    /// The object has no segment of that number.
    #[error("{}: there is no segment {number}; it has {available}", path.display())]
    NoSuchSegment {
        /// The file.
        path: PathBuf,
        /// The number asked for.
        number: u16,
        /// The segments that it has.
        available: String,
    },
    /// The labels make no object of the series.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The object would exceed what DICOM can hold, or what is read again.
    #[error("the segmentation is too large for one DICOM object ({0}); save it as NIfTI")]
    TooLarge(String),
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why labels make no DICOM object of a series, neither a segmentation nor a structure set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not one voxel is labelled, and an object must have a segment or a region.
    #[error("nothing is drawn yet, and a DICOM object needs at least one voxel; draw first")]
    NothingDrawn,
    /// The series and the label map do not belong together.
    #[error(
        "the label map has {slices} slices, but the series it should refer to has {images} images; save it as NIfTI"
    )]
    OtherSeries {
        /// Slices of the label map.
        slices: usize,
        /// Images of the series.
        images: usize,
    },
    /// The label map lies elsewhere than the series' images.
    #[error(
        "the label map does not lie on the series' own slices ({difference}), as a DICOM object must; save it as NIfTI"
    )]
    OtherSlices {
        /// How the two differ.
        difference: String,
    },
    /// The VOI to be written lies on another grid than the labels.
    #[error("the VOI lies on another grid than the labels ({difference}); derive it again")]
    OtherVoi {
        /// How the two differ.
        difference: String,
    },
}
