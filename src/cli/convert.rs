//! `hepatica convert`: a DICOM series as NIfTI, in HU, where it lies in the patient.

use std::path::PathBuf;

use clap::Args;

use super::input::{self, SeriesChoice};
use super::output::check_nifti;
use crate::exchange::nifti;

/// Write a CT series as NIfTI: HU, with the affine of the DICOM headers
///
/// A gantry-tilted series keeps its sheared affine. Padding outside the field of view is written as the file has it.
#[derive(Debug, Args)]
pub struct Convert {
    /// Folder, file or zip archive with the series
    path: PathBuf,
    #[command(flatten)]
    choice: SeriesChoice,
    /// Where to write (.nii or .nii.gz)
    #[arg(long, value_name = "X.nii.gz")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Convert {
    /// Loads and writes.
    pub fn run(self) -> anyhow::Result<()> {
        check_nifti(&self.out, &[&self.path], self.force)?;
        let image = input::load_image(&self.path, &self.choice)?;
        input::warn(&image.warnings);
        nifti::write_volume(&self.out, &image.volume, self.force)?;
        let [columns, rows, slices] = image.volume.geometry().size();
        let of_series = input::of_series(image.series.as_ref());
        eprintln!("{}: {columns} x {rows} x {slices} voxels{of_series}", self.out.display());
        Ok(())
    }
}
