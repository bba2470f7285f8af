//! A small picture of a series for the list.

use super::{DicomError, Series, pixel};

/// Soft tissue: width and level in HU.
const WINDOW: (f64, f64) = (400.0, 40.0);

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

/// The middle slice in a soft tissue window, at most `side` pixels wide and high, with square pixels; also of a rejected
/// series, so that the user sees what it is.
///
/// # Errors
/// When the slice cannot be decoded; the message names the file.
pub fn thumbnail(series: &Series, side: usize) -> Result<Thumbnail, DicomError> {
    let Some(frame) = series.frames.get(series.frames.len() / 2) else {
        return Err(DicomError::NotAVolume { series: series.description.clone(), reason: "it has no images".into() });
    };
    let words = pixel::words(&frame.file, frame.index, None)
        .map_err(|cause| DicomError::File { file: frame.file.name.clone(), cause })?;
    let layout = frame.file.layout;
    let [between_rows, between_columns] = frame.pixel_spacing;
    let (wide, high) = (layout.columns as f64 * between_columns, layout.rows as f64 * between_rows);
    let scale = side.max(1) as f64 / wide.max(high);
    let pixels = |mm: f64| ((mm * scale).round() as usize).clamp(1, side.max(1));
    let (width, height) = (pixels(wide), pixels(high));
    let hu = |row: usize, column: usize| {
        let word = words.get(row * layout.columns + column).copied().unwrap_or(0);
        frame.rescale.slope * f64::from(layout.value(word)) + frame.rescale.intercept
    };
    let mut grey = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = covered(y, height, layout.rows);
        for x in 0..width {
            let columns = covered(x, width, layout.columns);
            let n = (rows.len() * columns.len()) as f64;
            let sum: f64 = rows.clone().flat_map(|r| columns.clone().map(move |c| (r, c))).map(|(r, c)| hu(r, c)).sum();
            let shown = ((sum / n - WINDOW.1) / WINDOW.0 + 0.5).clamp(0.0, 1.0);
            let shown = if series.inverted_display { 1.0 - shown } else { shown };
            grey.push((shown * 255.0).round() as u8);
        }
    }
    Ok(Thumbnail { width, height, grey })
}

/// The source pixels that one of `parts` equal parts covers, at least one.
fn covered(part: usize, parts: usize, pixels: usize) -> std::ops::Range<usize> {
    let from = (part * pixels / parts).min(pixels - 1);
    from..((part + 1) * pixels / parts).clamp(from + 1, pixels)
}
