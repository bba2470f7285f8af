//! A small picture of a series for the list.

use super::{DicomError, Series};

/// An 8-bit greyscale picture, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Grey values, 0 black.
    pub grey: Vec<u8>,
}

/// The middle slice in a soft tissue window, at most `side` pixels wide and high, square pixels; also of rejected series.
pub fn thumbnail(series: &Series, side: usize) -> Result<Thumbnail, DicomError> {
    let _ = side;
    Err(DicomError::NotAVolume { series: series.description.clone(), reason: "reading is not there yet".into() })
}
