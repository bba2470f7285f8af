//! Writing results: features as CSV or JSON, figures as SVG or PNG, the report as PDF.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Request;
use crate::base::{FileError, Progress, Warnings, write_atomically};
use crate::case::RegionStatistics;
use crate::exchange::table::{TableError, write_features};
use crate::figure::{Figure, Palette, PngError, to_png, to_svg};
use crate::model::{Model, Prediction};
use crate::radiomics::Features;
use crate::report::{
    FeatureReport, FeatureSource, ImageSummary, ReportError, RiskReport, VoiSummary, features_json, features_row,
    risk_pdf, today,
};

/// Pixels a point of a PNG: 300 dots an inch.
const PNG_SCALE: f64 = 300.0 / 72.0;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file was not.
    #[error(transparent)]
    File(#[from] FileError),
    /// The picture was not drawn.
    #[error(transparent)]
    Picture(#[from] PngError),
    /// The report was not made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The table was not written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The name does not say which format is wanted.
    #[error("{} ends neither in .{} nor in .{}, which decides the format; choose one of them", path.display(), formats[0], formats[1])]
    Format {
        /// The file.
        path: PathBuf,
        /// The endings that there are.
        formats: [&'static str; 2],
    },
}

/// The ending of a file's name among the two that there are.
fn format_of(path: &Path, formats: [&'static str; 2]) -> Result<&'static str, ExportError> {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let known = formats.into_iter().find(|format| ending.as_ref().is_some_and(|ending| ending == format));
    known.ok_or_else(|| ExportError::Format { path: path.to_owned(), formats })
}

/// Writes the features of one case; the file's ending, `.csv` or `.json`, decides the format.
pub struct ExportFeatures {
    /// What the case is called.
    pub id: String,
    /// What they were made from.
    pub source: FeatureSource,
    /// The features.
    pub features: Features,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

impl ExportFeatures {
    /// The endings that decide the format.
    pub const FORMATS: [&str; 2] = ["csv", "json"];

    /// Refuses a name without a known ending: to be asked before the work, not after it.
    ///
    /// # Errors
    /// Another ending, or none.
    pub fn check_format(path: &Path) -> Result<(), ExportError> {
        format_of(path, Self::FORMATS).map(|_| ())
    }
}

impl Request for ExportFeatures {
    type Output = PathBuf;
    type Error = ExportError;
    const NAME: &'static str = "Saving the features";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<PathBuf, ExportError> {
        progress.begin(Self::NAME, 0);
        let report = FeatureReport { id: &self.id, source: &self.source, features: &self.features };
        if format_of(&self.path, Self::FORMATS)? == "csv" {
            write_features(&self.path, &[features_row(&report)], self.force)?;
        } else {
            let text = features_json(&report);
            write_atomically(&self.path, self.force, |file| file.write_all(text.as_bytes()))?;
        }
        Ok(self.path)
    }
}

/// Writes a figure; the file's ending says whether as SVG or as PNG.
pub struct ExportFigure {
    /// What is drawn.
    pub figure: Figure,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

impl ExportFigure {
    /// The endings that decide the format.
    pub const FORMATS: [&str; 2] = ["svg", "png"];

    /// Refuses a name without a known ending: to be asked where the name is typed.
    ///
    /// # Errors
    /// Another ending, or none.
    pub fn check_format(path: &Path) -> Result<(), ExportError> {
        format_of(path, Self::FORMATS).map(|_| ())
    }
}

impl Request for ExportFigure {
    type Output = PathBuf;
    type Error = ExportError;
    const NAME: &'static str = "Saving the figure";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<PathBuf, ExportError> {
        progress.begin(Self::NAME, 0);
        let bytes = match format_of(&self.path, Self::FORMATS)? {
            "svg" => to_svg(&self.figure, Palette::Light).into_bytes(),
            _ => to_png(&self.figure, Palette::Light, PNG_SCALE)?,
        };
        write_atomically(&self.path, self.force, |file| file.write_all(&bytes))?;
        Ok(self.path)
    }
}

/// Writes the report on one patient as PDF.
pub struct ExportReport {
    /// The model that was applied.
    pub model: Arc<Model>,
    /// What it says.
    pub prediction: Prediction,
    /// The threshold at which the net benefit is read.
    pub threshold: f64,
    /// The patient's identity; none when it is hidden, empty where the image names no patient.
    pub identity: Option<String>,
    /// The image that was delineated; none where none is open.
    pub image: Option<ImageSummary>,
    /// What was delineated.
    pub voi: Option<RegionStatistics>,
    /// Width of the edge, in mm, that it leaves out.
    pub edge_margin_mm: f64,
    /// How many features of it were extracted, where they were.
    pub n_features: Option<usize>,
    /// What is odd about the image and the VOI.
    pub warnings: Warnings,
    /// Whether the patient is simulated.
    pub is_simulated: bool,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

impl Request for ExportReport {
    type Output = PathBuf;
    type Error = ExportError;
    const NAME: &'static str = "Saving the report";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<PathBuf, ExportError> {
        progress.begin(Self::NAME, 0);
        let drawn = self.voi.filter(|voi| voi.n_voxels > 0);
        let edge_margin_mm = Some(self.edge_margin_mm);
        let summary = |RegionStatistics { volume_ml, mean_hu, sd_hu, .. }: RegionStatistics| VoiSummary {
            volume_ml,
            mean_hu,
            sd_hu,
            edge_margin_mm,
        };
        let report = RiskReport {
            model: &self.model,
            prediction: &self.prediction,
            threshold: Some(self.threshold),
            identity: self.identity,
            image: self.image,
            voi: drawn.map(summary),
            warnings: self.warnings,
            n_features: self.n_features,
            is_simulated: self.is_simulated,
            made_on: Some(today()),
        };
        let bytes = risk_pdf(&report)?;
        write_atomically(&self.path, self.force, |file| file.write_all(&bytes))?;
        Ok(self.path)
    }
}
