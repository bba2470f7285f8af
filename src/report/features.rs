//! The features of one case for other programs: a CSV row, or JSON.
//!
//! Names are PyRadiomics'; columns that begin with `diagnostics_` say what the numbers were made from. No patient data stand in
//! them: the series' identifier alone, as a dataset's key.

use serde_json::{Map, Value, json};

use crate::exchange::table::FeatureRow;
use crate::radiomics::Features;
use crate::volume::Geometry;

/// One case and what its features were made from.
#[derive(Debug, Clone)]
pub struct FeatureReport<'a> {
    /// What the case is called.
    pub id: &'a str,
    /// The image's grid.
    pub grid: Geometry,
    /// Series Instance UID (0020,000E), when the image came from DICOM.
    pub series_uid: Option<&'a str>,
    /// How the image was interpolated, when it was: texture is then not the scanner's.
    pub interpolation: Option<&'a str>,
    /// The features.
    pub features: &'a Features,
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
    let mut columns = vec![
        ("diagnostics_Versions_Hepatica", json!(env!("CARGO_PKG_VERSION"))),
        ("diagnostics_Configuration_Protocol", json!(diagnostics.protocol)),
        ("diagnostics_Configuration_Fingerprint", json!(diagnostics.fingerprint)),
        ("diagnostics_Image-original_Size", json!(listed(&report.grid.size()))),
        ("diagnostics_Image-original_Spacing", json!(listed(&report.grid.spacing_mm()))),
        ("diagnostics_Mask-original_VoxelNum", json!(diagnostics.n_voxels)),
    ];
    columns.extend(report.series_uid.map(|uid| ("diagnostics_Image-original_SeriesInstanceUID", json!(uid))));
    columns.extend(report.interpolation.map(|note| ("diagnostics_Image-original_Interpolation", json!(note))));
    columns
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
