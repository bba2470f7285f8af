//! Many results into one folder: texts, tables, and each figure as SVG and PNG.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::base::{Cancelled, FileError, Progress, write_atomically};
use crate::exchange::table::TableError;
use crate::figure::{Figure, Palette, PngError, to_png, to_svg};
use crate::report::ReportError;

/// Pixels a point of a PNG: 200 dots an inch.
const PNG_SCALE: f64 = 200.0 / 72.0;

/// Why a folder was not filled.
#[derive(Debug, thiserror::Error)]
pub enum WriteFolderError {
    /// A file was not written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A table was not written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A report was not made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A picture was not drawn.
    #[error(transparent)]
    Picture(#[from] PngError),
    /// The folder could not be made.
    #[error("the folder {} could not be made: {cause}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Makes the folder and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), WriteFolderError> {
    std::fs::create_dir_all(path).map_err(|cause| WriteFolderError::Folder { path: path.to_owned(), cause })
}

/// Writes a text.
pub(super) fn text(path: &Path, text: &str, force: bool) -> Result<(), FileError> {
    bytes(path, text.as_bytes(), force)
}

/// Writes bytes.
pub(super) fn bytes(path: &Path, bytes: &[u8], force: bool) -> Result<(), FileError> {
    write_atomically(path, force, |file| file.write_all(bytes))
}

/// Writes figures below `figures/` of a folder, each as SVG and PNG on a light ground.
pub(super) fn figures(
    folder: &Path,
    drawn: &[(&str, Figure)],
    force: bool,
    progress: &Progress,
) -> Result<Vec<PathBuf>, WriteFolderError> {
    let folder = folder.join("figures");
    make_folder(&folder)?;
    progress.begin("Drawing the figures", drawn.len());
    let one = |(name, figure): &(&str, Figure)| -> Result<[PathBuf; 2], WriteFolderError> {
        progress.check()?;
        let [svg, png] = ["svg", "png"].map(|ending| folder.join(format!("{name}.{ending}")));
        text(&svg, &to_svg(figure, Palette::Light), force)?;
        let pixels = to_png(figure, Palette::Light, PNG_SCALE)?;
        bytes(&png, &pixels, force)?;
        progress.advance(1);
        Ok([svg, png])
    };
    let written: Vec<[PathBuf; 2]> = drawn.par_iter().map(one).collect::<Result<_, _>>()?;
    Ok(written.into_iter().flatten().collect())
}
