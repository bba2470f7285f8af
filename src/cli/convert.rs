//! `hepatica convert`: a DICOM series as NIfTI, in HU, where it lies in the patient.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::input::{self, SeriesChoice};
use crate::base::check_free;
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
        let name = self.out.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if !(name.ends_with(".nii") || name.ends_with(".nii.gz")) {
            bail!("{} must end in .nii or .nii.gz, which decides the format", self.out.display());
        }
        if input::is_same(&self.path, &self.out) {
            bail!("{} is what is converted; write to another file", self.out.display());
        }
        check_free(&self.out, self.force)?;
        let image = input::load_image(&self.path, &self.choice)?;
        input::warn(&image.warnings);
        nifti::write_volume(&self.out, &image.volume, self.force)?;
        let [columns, rows, slices] = image.volume.geometry().size();
        let of_series = input::of_series(image.series.as_ref());
        eprintln!("{}: {columns} x {rows} x {slices} voxels{of_series}", self.out.display());
        Ok(())
    }
}
