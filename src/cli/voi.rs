//! `hepatica voi`: the volume of interest that the protocol makes of a label map.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::input::{self, SeriesChoice};
use super::output::check_nifti;
use super::progress::watched;
use crate::exchange::nifti;
use crate::job::{DeriveVoi, Request, read_labels};
use crate::segment::voi::EDGE_MARGIN_MM;

/// Derive the protocol's VOI: liver without vessels, lesions and caudate lobe, less an edge
///
/// A voxel stays where every voxel centre within the margin is in that region; beyond the image nothing is, and the image's outermost
/// voxels are never in the VOI. Labels: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe, or a DICOM SEG.
#[derive(Debug, Args)]
pub struct Voi {
    /// What was drawn: a NIfTI label map or a DICOM SEG
    #[arg(long, value_name = "M.nii.gz")]
    labels: PathBuf,
    /// The image that it was drawn on: a folder, file or zip archive with the series, or a NIfTI image
    #[arg(long, value_name = "SERIES")]
    image: PathBuf,
    #[command(flatten)]
    choice: SeriesChoice,
    /// Width of the edge that is left out, in mm
    #[arg(long = "margin", value_name = "MM", default_value_t = EDGE_MARGIN_MM, allow_negative_numbers = true)]
    margin_mm: f64,
    /// Where to write (.nii or .nii.gz)
    #[arg(long, value_name = "V.nii.gz")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Voi {
    /// Reads, derives and writes.
    pub fn run(self) -> anyhow::Result<()> {
        check_nifti(&self.out, &[&self.labels, &self.image], self.force)?;
        let found = input::find_image(&self.image, &self.choice)?;
        let (label_map, unassigned, warnings) = read_labels(&self.labels, found.grid(), found.series())?;
        input::warn(&warnings);
        for segment in unassigned {
            eprintln!("hepatica: warning: nothing tells which label \"{}\" is: it is left out", segment.description());
        }
        let request = DeriveVoi { label_map: Arc::new(label_map), margin_mm: self.margin_mm };
        let voi = watched(|progress| request.run(progress))?;
        if voi.n_voxels() == 0 {
            bail!(
                "{}: nothing is left of the liver once {} mm of its edge and the other labels are taken away; check the labels",
                self.labels.display(),
                self.margin_mm
            );
        }
        let mask = voi.mask()?;
        nifti::write_mask(&self.out, &mask, self.force)?;
        let [kept, lost] = [voi.n_voxels(), voi.n_within_margin()];
        eprintln!(
            "{}: {kept} voxels, {:.1} mL; {lost} voxels lie within the edge",
            self.out.display(),
            mask.volume_ml()
        );
        Ok(())
    }
}
