//! Why files could not be opened as a series or a volume.

use std::io;
use std::path::PathBuf;

use crate::base::Cancelled;
use crate::volume::{GeometryError, VolumeError};

/// Why a scan or a load ended without a result. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum DicomError {
    /// The path does not exist.
    #[error("{} does not exist; check the path", .0.display())]
    NotFound(PathBuf),
    /// The system refused to read the path.
    #[error("{} could not be read: {cause}", path.display())]
    Unreadable {
        /// What could not be read.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There was not one file to look at.
    #[error("{} holds no files; choose the folder that the images are in", .0.display())]
    Empty(PathBuf),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A file is damaged, hostile or of a kind that cannot be decoded.
    #[error("{file}: {cause}")]
    File {
        /// The file, or archive and member.
        file: String,
        /// What was wrong with it.
        cause: FileFault,
    },
    /// The series is not a volume.
    #[error("series \"{series}\" is not a volume: {reason}")]
    NotAVolume {
        /// Its description.
        series: String,
        /// Why.
        reason: String,
    },
    /// Positions and spacings of the series describe no grid.
    #[error("series \"{series}\": {cause}")]
    Grid {
        /// Its description.
        series: String,
        /// Why not.
        cause: GeometryError,
    },
    /// Voxels and grid disagree.
    #[error(transparent)]
    Volume(#[from] VolumeError),
}

/// What is wrong with one file. The messages finish a sentence that begins with the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// The system refused to read it.
    #[error("could not be read: {0}")]
    Io(String),
    /// Not DICOM at all.
    #[error("not a DICOM file")]
    NotDicom,
    /// The file ends before the data it announces.
    #[error("cut off or damaged: {0}")]
    Truncated(String),
    /// The data set's structure is broken or meant to harm.
    #[error("damaged data set: {0}")]
    Structure(String),
    /// A limit of what is opened at all is exceeded.
    #[error("refused: {0}")]
    Limit(String),
    /// An attribute is missing or its value makes no sense.
    #[error("{0}")]
    Attribute(String),
    /// The pixels are stored in a way that is not decoded here.
    #[error("cannot be decoded: {0}")]
    Unsupported(String),
    /// The compressed pixels are damaged.
    #[error("damaged pixel data: {0}")]
    Codec(String),
}
