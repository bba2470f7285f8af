//! `hepatica extract`: features of one VOI.

use std::path::{Path, PathBuf};

use clap::Args;

use super::input::{self, Image, Region, SeriesChoice};
use super::progress::watched;
use crate::base::{Warnings, check_free};
use crate::case::liver_volume_doubt;
use crate::dicom::phase::Phase;
use crate::job::{ExportFeatures, Request};
use crate::radiomics;
use crate::report::FeatureSource;

/// Extract PyRadiomics' features of a VOI, as CSV or JSON
///
/// The image is a DICOM folder or a NIfTI file; the VOI a DICOM SEG or a NIfTI file drawn on the same grid. Values are those
/// of PyRadiomics 3.0.1 with the same parameter file; without one, the study's 1316 features. CSV has a header and one row;
/// columns that begin with `diagnostics_` say what the row was made from.
#[derive(Debug, Args)]
pub struct Extract {
    /// DICOM folder, file or zip archive, or NIfTI file
    #[arg(long, value_name = "DIR|NIFTI")]
    image: PathBuf,
    /// DICOM SEG or NIfTI file
    #[arg(long, value_name = "SEG|NIFTI")]
    voi: PathBuf,
    /// Segment number (SEG) or voxel value (NIfTI); without it the protocol's label (NIfTI), the VOI of a label map, or the
    /// only region there is
    #[arg(long, value_name = "N")]
    label: Option<u16>,
    /// How to extract: a shipped protocol (see `hepatica protocol`), or a parameter file of PyRadiomics
    #[arg(long, value_name = "NAME|FILE.yaml", default_value = "liang2022")]
    protocol: String,
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
        let protocol = input::load_protocol(&self.protocol)?;
        let image = input::load_image(&self.image, &self.choice)?;
        // A protocol's label is a voxel value, which segments of a SEG do not have.
        let label = self.label.or(protocol.label.filter(|_| input::is_nifti(&self.voi)));
        let region = input::load_region(&self.voi, label, &image)?;
        input::warn(&image.warnings);
        let mut features = watched(|progress| radiomics::extract(&image.volume, &region.mask, &protocol, progress))?;
        features.warnings.extend(&region.warnings);
        features.warnings.extend(&doubts(&image, &region));
        input::warn(&features.warnings);
        let id = self.id.unwrap_or_else(|| name_of(&self.image));
        let (n, n_voxels) = (features.values.len(), features.diagnostics.n_voxels);
        let source = source_of(&image, region.name);
        let export = ExportFeatures { id, source, features, path: self.out, force: self.force };
        let path = watched(|progress| export.run(progress))?;
        eprintln!("{}: {n} features of {n_voxels} voxels", path.display());
        Ok(())
    }
}

/// What features of an image were made from.
pub fn source_of(image: &Image, region: String) -> FeatureSource {
    let series = image.series.as_ref();
    FeatureSource {
        grid: *image.volume.geometry(),
        series_uid: series.map(|series| series.instance_uid.clone()),
        phase: series.map(|series| series.phase.class.map_or("unknown", Phase::name).to_owned()),
        interpolation: None,
        region,
    }
}

/// What makes it doubtful that this is a whole liver in the portal venous phase.
fn doubts(image: &Image, region: &Region) -> Warnings {
    let mut doubts = Warnings::new();
    let phase = image.series.as_ref().and_then(|series| series.phase.class);
    if let Some(phase) = phase.filter(|&phase| phase != Phase::PortalVenous) {
        doubts.push(format!("the series looks {}, not portal venous", phase.name()));
    }
    liver_volume_doubt(region.mask.volume_ml()).into_iter().for_each(|doubt| doubts.push(doubt));
    doubts
}

/// The image's own name without its endings.
fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.trim_end_matches(".gz").trim_end_matches(".nii").to_owned()
}
