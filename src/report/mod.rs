//! Results and figures as PDF, JSON and CSV.
//!
//! A report says what a model makes of one patient, and everything needed to doubt it: inputs, interval, provenance, limits. The
//! patient's identity stands in it only if it is handed in. It writes no files; it gives what is to be written.

mod features;
mod page;
mod paper;
mod patient;
mod sheet;
mod table;
pub mod training;

use dicom_core::chrono::Local;

use crate::base::Warnings;
use crate::model::{Model, Prediction};

pub use features::{FeatureReport, FeatureSource, features_json, features_row};
pub use page::{risk_page, risk_pdf};
pub use patient::{contributions_figure, net_benefit_figure, radscore_figure};
pub use table::{ILLUSTRATION_NOTE, prediction_csv_header, prediction_csv_row, prediction_json};

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page could not be laid out.
    #[error("the report's page could not be drawn: {0}")]
    Page(String),
    /// The PDF could not be assembled.
    #[error("the report could not be written as PDF: {0}")]
    Pdf(String),
}

/// The image that was delineated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageSummary {
    /// Study Date (0008,0020) as it is read; none where it is not to be told.
    pub study_date: Option<String>,
    /// Number and description of the series; empty where the image has none.
    pub series: String,
    /// The phase that the series looks to be of.
    pub phase: Option<String>,
}

/// What was delineated.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VoiSummary {
    /// Volume in millilitres.
    pub volume_ml: f64,
    /// Mean in Hounsfield units; none for an empty VOI.
    pub mean_hu: Option<f64>,
    /// Standard deviation in Hounsfield units.
    pub sd_hu: Option<f64>,
    /// Width of the edge of the liver, in mm, that it leaves out; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge_margin_mm: Option<f64>,
}

/// Everything that a report on one patient shows.
#[derive(Debug, Clone)]
pub struct RiskReport<'a> {
    /// The model that was applied.
    pub model: &'a Model,
    /// What it says.
    pub prediction: &'a Prediction,
    /// The threshold at which the net benefit is read; the model's own without it.
    pub threshold: Option<f64>,
    /// The patient's identity; hidden unless it is given here, and empty where the image names no patient.
    pub identity: Option<String>,
    /// The image that was delineated.
    pub image: Option<ImageSummary>,
    /// What was delineated.
    pub voi: Option<VoiSummary>,
    /// What is odd about the image and the VOI.
    pub warnings: Warnings,
    /// How many features were extracted.
    pub n_features: Option<usize>,
    /// Whether the patient is simulated; the report then says so.
    pub is_simulated: bool,
    /// The day on which the report was made, as it is to be read ([`today`]).
    pub made_on: Option<String>,
}

/// This day by the local clock, `2026-11-23`.
pub fn today() -> String {
    Local::now().format("%Y-%m-%d").to_string()
}
