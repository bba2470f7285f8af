//! The features of one case for other programs: a CSV row, or JSON.
//!
//! Names are PyRadiomics'; columns that begin with `diagnostics_` say what the numbers were made from. No patient data stand in
//! them: the series' identifier alone, as a dataset's key.

use serde_json::{Map, Value, json};

use crate::exchange::table::FeatureRow;
use crate::radiomics::Features;
use crate::volume::Geometry;

/// One case and its features.
#[derive(Debug, Clone)]
pub struct FeatureReport<'a> {
    /// What the case is called.
    pub id: &'a str,
    /// What the features were made from.
    pub source: &'a FeatureSource,
    /// The features.
    pub features: &'a Features,
}

/// What features were made from.
#[derive(Debug, Clone)]
pub struct FeatureSource {
    /// The image's grid.
    pub grid: Geometry,
    /// Series Instance UID (0020,000E), when the image came from DICOM.
    pub series_uid: Option<String>,
    /// The phase that the series seems to have, in words, when the image came from DICOM.
    pub phase: Option<String>,
    /// How the image was interpolated, when it was: texture is then not the scanner's.
    pub interpolation: Option<String>,
    /// Which part of a file or of what was drawn the VOI is.
    pub region: String,
    /// Whether the image says that it is simulated.
    pub is_simulated: bool,
}

/// The case as a row of a feature table.
pub fn features_row(report: &FeatureReport) -> FeatureRow {
    let mut columns = vec![("id".to_owned(), report.id.to_owned())];
    columns.extend(provenance(report).into_iter().map(|(name, value)| (name.to_owned(), text_of(&value))));
    let features = report.features.values.iter().map(|(id, value)| (id.to_string(), *value)).collect();
    FeatureRow { provenance: columns, features }
}

/// The case as one indented JSON object.
pub fn features_json(report: &FeatureReport) -> String {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(report.id));
    object.extend(provenance(report).into_iter().map(|(name, value)| (name.to_owned(), value)));
    object.extend(report.features.values.iter().map(|(id, value)| (id.to_string(), json!(value))));
    format!("{:#}\n", Value::Object(object))
}

/// What a row was made from.
fn provenance(report: &FeatureReport) -> Vec<(&'static str, Value)> {
    let diagnostics = &report.features.diagnostics;
    let source = report.source;
    let warnings: Vec<&str> = report.features.warnings.iter().collect();
    let mut columns = vec![
        ("diagnostics_Versions_Hepatica", json!(env!("CARGO_PKG_VERSION"))),
        ("diagnostics_Configuration_Protocol", json!(diagnostics.protocol)),
        ("diagnostics_Configuration_Fingerprint", json!(diagnostics.fingerprint)),
        ("diagnostics_Configuration_Settings", diagnostics.settings.clone()),
        ("diagnostics_Image-original_Size", json!(listed(&source.grid.size()))),
        ("diagnostics_Image-original_Spacing", json!(listed(&source.grid.spacing_mm()))),
        ("diagnostics_Mask-original_VoxelNum", json!(diagnostics.n_voxels)),
        ("diagnostics_Mask-original_Region", json!(source.region)),
        ("diagnostics_Simulated", json!(source.is_simulated)),
    ];
    columns.extend(source.series_uid.as_ref().map(|uid| ("diagnostics_Image-original_SeriesInstanceUID", json!(uid))));
    columns.extend(source.phase.as_ref().map(|phase| ("diagnostics_Image-original_Phase", json!(phase))));
    columns.extend(source.interpolation.as_ref().map(|note| ("diagnostics_Image-original_Interpolation", json!(note))));
    // Always there, so that tables of several cases have the same columns.
    columns.push(("diagnostics_Warnings", json!(warnings.join("; "))));
    columns
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
