//! What arguments of several commands mean: the series of a folder, the image at a path, a folder to write into.

use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::watched;
use crate::base::Warnings;
use crate::job::{Image, InputError, find_image};

/// Which series of a folder is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct SeriesChoice {
    /// The series to take, where the folder holds several: its index in `hepatica series`, or its Series Instance UID
    #[arg(long = "series", value_name = "INDEX|UID")]
    pub series: Option<String>,
}

/// Loads the image at `path`: a NIfTI file, or the chosen series of a DICOM folder, file or zip archive.
pub fn load_image(path: &Path, choice: &SeriesChoice) -> Result<Image, InputError> {
    watched(|progress| find_image(path, choice.series.as_deref(), progress)?.load(progress))
}

/// Prints warnings to stderr, one line each.
pub fn warn(warnings: &Warnings) {
    for warning in warnings.iter() {
        eprintln!("hepatica: warning: {warning}");
    }
}

/// Makes the folder and those above it.
pub fn make_folder(path: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).map_err(|cause| match cause.kind() {
        _ if path.exists() => anyhow::anyhow!("{} is a file; choose the name of a folder", path.display()),
        _ => anyhow::anyhow!("the folder {} could not be made: {cause}", path.display()),
    })
}
