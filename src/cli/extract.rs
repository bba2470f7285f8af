//! `hepatica extract`: features of one VOI.

use std::path::{Path, PathBuf};

use clap::Args;

use super::input::{self, Image, SeriesChoice};
use super::progress::watched;
use crate::base::check_free;
use crate::job::{ExportFeatures, Request};
use crate::radiomics::{self, Features, Protocol};

/// Extract PyRadiomics' features of a VOI, as CSV or JSON
///
/// The image is a DICOM folder or a NIfTI file; the VOI a DICOM SEG or a NIfTI file drawn on the same grid. Values are those
/// of PyRadiomics with its default settings: bin width 25, native grid. CSV has a header and one row; columns that begin
/// with `diagnostics_` say what the row was made from.
#[derive(Debug, Args)]
pub struct Extract {
    /// DICOM folder, file or zip archive, or NIfTI file
    #[arg(long, value_name = "DIR|NIFTI")]
    image: PathBuf,
    /// DICOM SEG or NIfTI file
    #[arg(long, value_name = "SEG|NIFTI")]
    voi: PathBuf,
    /// Segment number (SEG) or voxel value (NIfTI); without it the VOI of a label map, or the only region there is
    #[arg(long, value_name = "N")]
    label: Option<u16>,
    #[command(flatten)]
    choice: SeriesChoice,
    /// Where to write; the ending decides the format
    #[arg(long, value_name = "F.csv|F.json")]
    out: PathBuf,
    /// What the row is called; the image's name without it
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Extract {
    /// Loads, extracts and writes.
    pub fn run(self) -> anyhow::Result<()> {
        ExportFeatures::check_format(&self.out)?;
        check_free(&self.out, self.force)?;
        let image = input::load_image(&self.image, &self.choice)?;
        let (voi, warnings) = input::load_region(&self.voi, self.label, &image)?;
        input::warn(&image.warnings);
        input::warn(&warnings);
        let protocol = Protocol::liang2022_original();
        let features = watched(|progress| radiomics::extract(&image.volume, &voi, &protocol, progress))?;
        input::warn(&features.warnings);
        let id = self.id.unwrap_or_else(|| name_of(&self.image));
        let (n, n_voxels) = (features.values.len(), features.diagnostics.n_voxels);
        let path = watched(|progress| export(id, &image, features, self.out, self.force).run(progress))?;
        eprintln!("{}: {n} features of {n_voxels} voxels", path.display());
        Ok(())
    }
}

/// The request that writes the features of an image.
pub fn export(id: String, image: &Image, features: Features, path: PathBuf, force: bool) -> ExportFeatures {
    let series_uid = image.series.as_ref().map(|series| series.instance_uid.clone());
    ExportFeatures { id, grid: *image.volume.geometry(), series_uid, interpolation: None, features, path, force }
}

/// The image's own name without its endings.
fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.trim_end_matches(".gz").trim_end_matches(".nii").to_owned()
}
