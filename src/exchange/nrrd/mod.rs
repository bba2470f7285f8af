//! Segmentations as NRRD (`.seg.nrrd`), as 3D Slicer keeps them: reading and writing.
//!
//! The layout is that of <http://teem.sourceforge.net/nrrd/format.html>; segments are described by Slicer's keys (`Segment0_Name` and so
//! on, <https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html>). Segments that overlap lie on layers
//! of their own, as a fourth axis of kind `list` that runs fastest. Read are `raw` and `gzip` voxels with an attached header, whole
//! numbers of up to 32 bits or real numbers that are whole, in three dimensions or in layers, also where the file has a part of the
//! image's grid alone; the header is checked against the file's size before anything is allocated. Not read: detached headers, text
//! and bzip2. There is no library for it in Rust (`docs/decisions.md`). What is written is read back and compared before it replaces
//! anything.

mod grid;
mod header;
mod numbers;
mod read;
mod segments;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use read::{NrrdContents, read, read_segment, segments};
pub use segments::NrrdSegment;
pub use write::write_segmentation;

use crate::base::FileError;

/// Why an NRRD file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum NrrdError {
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file does not hold a segmentation that can be read.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// It was drawn on another grid.
    #[error("{}: the segmentation was drawn on another grid than this image: {difference}; give the image it was drawn on", path.display())]
    OtherGrid {
        /// The file.
        path: PathBuf,
        /// How the two differ.
        difference: String,
    },
    /// The VOI to be written lies on another grid than the labels.
    #[error("the VOI lies on another grid than the labels ({difference}); derive it again")]
    OtherVoi {
        /// How the two differ.
        difference: String,
    },
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Whether a file is NRRD by its name: `.nrrd`, which `.seg.nrrd` ends in, or `.nhdr`.
pub fn is_nrrd_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.ends_with(".nrrd") || name.ends_with(".nhdr")
}

fn unreadable(path: &Path, problem: impl Into<String>) -> NrrdError {
    NrrdError::Unreadable { path: path.to_owned(), problem: problem.into() }
}
