//! `hepatica extract`: features of one VOI.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use serde_json::{Map, Value, json};

use super::input::{self, Image, SeriesChoice};
use super::progress::watched;
use crate::base::{check_free, write_atomically};
use crate::exchange::table::{FeatureRow, write_features};
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

/// How a result is written.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// Header and one row a case.
    Csv,
    /// One object.
    Json,
}

impl Extract {
    /// Loads, extracts and writes.
    pub fn run(self) -> anyhow::Result<()> {
        let format = format_of(&self.out)?;
        check_free(&self.out, self.force)?;
        let image = input::load_image(&self.image, &self.choice)?;
        let (voi, warnings) = input::load_region(&self.voi, self.label, &image)?;
        input::warn(&image.warnings);
        input::warn(&warnings);
        let protocol = Protocol::liang2022_original();
        let features = watched(|progress| radiomics::extract(&image.volume, &voi, &protocol, progress))?;
        input::warn(&features.warnings);
        let id = self.id.unwrap_or_else(|| name_of(&self.image));
        write(&self.out, format, &Row { id: &id, image: &image, features: &features }, self.force)?;
        eprintln!(
            "{}: {} features of {} voxels",
            self.out.display(),
            features.values.len(),
            features.diagnostics.n_voxels
        );
        Ok(())
    }
}

/// The format that a name's ending asks for.
pub fn format_of(path: &Path) -> anyhow::Result<Format> {
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("json") => Ok(Format::Json),
        _ => bail!("{} must end in .csv or .json, which decides the format", path.display()),
    }
}

/// One case and what its features were made from.
pub struct Row<'a> {
    /// What it is called.
    pub id: &'a str,
    /// The image.
    pub image: &'a Image,
    /// The features.
    pub features: &'a Features,
}

/// Writes the features of one case.
pub fn write(path: &Path, format: Format, row: &Row, force: bool) -> anyhow::Result<()> {
    match format {
        Format::Csv => {
            let mut columns = vec![("id".to_owned(), row.id.to_owned())];
            columns.extend(provenance(row).into_iter().map(|(name, value)| (name, text_of(&value))));
            let features = row.features.values.iter().map(|(id, value)| (id.to_string(), *value)).collect();
            write_features(path, &[FeatureRow { provenance: columns, features }], force)?;
        }
        Format::Json => {
            let mut object = Map::new();
            object.insert("id".to_owned(), json!(row.id));
            object.extend(provenance(row));
            object.extend(row.features.values.iter().map(|(id, value)| (id.to_string(), json!(value))));
            let text = serde_json::to_string_pretty(&Value::Object(object))?;
            write_atomically(path, force, |file| writeln!(file, "{text}"))?;
        }
    }
    Ok(())
}

/// What a row was made from. No patient data: identifiers of the series alone, as a dataset's key.
fn provenance(row: &Row) -> Vec<(String, Value)> {
    let diagnostics = &row.features.diagnostics;
    let grid = row.image.volume.geometry();
    let mut columns = vec![
        ("diagnostics_Versions_Hepatica".to_owned(), json!(env!("CARGO_PKG_VERSION"))),
        ("diagnostics_Configuration_Protocol".to_owned(), json!(diagnostics.protocol)),
        ("diagnostics_Configuration_Fingerprint".to_owned(), json!(diagnostics.fingerprint)),
        ("diagnostics_Image-original_Size".to_owned(), json!(listed(&grid.size()))),
        ("diagnostics_Image-original_Spacing".to_owned(), json!(listed(&grid.spacing_mm()))),
        ("diagnostics_Mask-original_VoxelNum".to_owned(), json!(diagnostics.n_voxels)),
    ];
    if let Some(series) = &row.image.series {
        columns.push(("diagnostics_Image-original_SeriesInstanceUID".to_owned(), json!(series.instance_uid)));
    }
    columns
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The image's own name without its endings.
fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.trim_end_matches(".gz").trim_end_matches(".nii").to_owned()
}
