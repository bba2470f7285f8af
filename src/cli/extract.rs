//! `hepatica extract`: features of one VOI, or of those of many cases.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::cohort::Cohort;
use super::input::{self, SeriesChoice};
use super::progress::watched;
use crate::base::check_free;
use crate::cohort::name_of_image;
use crate::job::{CaseFeatures, ExportFeatures, ExtractCase, Request};

/// Extract PyRadiomics' features of a VOI, or of those of many cases, as a table
///
/// The image is a DICOM folder or a NIfTI file; the VOI a DICOM SEG or a NIfTI file drawn on the same grid. Values are those
/// of PyRadiomics 3.0.1 with the same parameter file; without one, the study's 1316 features. CSV has a header and one row;
/// columns that begin with `diagnostics_` say what the row was made from.
///
/// With --cases, one row for each case of a table, in its order: CSV with the columns image and voi (paths, relative ones from
/// the table's folder) and, as far as wanted, label, id, series, and notes in columns whose name begins with note. Cases run side by
/// side as far as --threads and --memory allow; the result is the same. A case that fails is reported, listed beside the features,
/// and leaves the others alone; the exit code then is 1. With --resume a run that was killed goes on, and one that ended tries the
/// cases that failed again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hepatica extract --image DIR --voi SEG.dcm --out features.csv
  hepatica extract --cases cases.csv --out features.csv
  hepatica extract --cases cases.csv --shard 3/16 --resume --out part3.csv
      (hepatica merge-features part*.csv --out features.csv puts the shards together)")]
pub struct Extract {
    /// DICOM folder, file or zip archive, or NIfTI file
    #[arg(long, value_name = "DIR|NIFTI", required_unless_present = "cases", requires = "voi")]
    image: Option<PathBuf>,
    /// DICOM SEG or NIfTI file
    #[arg(long, value_name = "SEG|NIFTI", required_unless_present = "cases", requires = "image")]
    voi: Option<PathBuf>,
    /// Segment number (SEG) or voxel value (NIfTI); without it the protocol's label (NIfTI), the VOI of a label map, or the
    /// only region there is
    #[arg(long, value_name = "N", conflicts_with = "cases")]
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
    #[arg(long, value_name = "ID", conflicts_with = "cases")]
    id: Option<String>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cohort: Cohort,
}

impl Extract {
    /// Loads, extracts and writes.
    pub fn run(self) -> anyhow::Result<()> {
        let protocol = input::load_protocol(&self.protocol)?;
        if self.cohort.cases.is_some() {
            return self.cohort.run(protocol, self.out, self.force);
        }
        self.cohort.check_unused()?;
        ExportFeatures::check_format(&self.out)?;
        check_free(&self.out, self.force)?;
        let image = self.image.context("--image is missing")?;
        let request = ExtractCase {
            image: image.clone(),
            series: self.choice.series,
            voi: self.voi.context("--voi is missing")?,
            label: self.label,
            protocol,
        };
        let found = watched(|progress| request.find(progress))?;
        let of_series = input::of_series(found.series());
        let CaseFeatures { source, features } = watched(|progress| request.extract(found, progress))?;
        input::warn(&features.warnings);
        let id = self.id.unwrap_or_else(|| name_of_image(&image));
        let (n, n_voxels) = (features.values.len(), features.diagnostics.n_voxels);
        let export = ExportFeatures { id, source, features, path: self.out, force: self.force };
        let path = watched(|progress| export.run(progress))?;
        eprintln!("{}: {n} features of {n_voxels} voxels{of_series}", path.display());
        Ok(())
    }
}
