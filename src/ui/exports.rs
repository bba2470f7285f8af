//! Requests that write what a page shows: figures as SVG or PNG, the report as PDF.

use std::path::PathBuf;

use crate::base::{FileError, Progress, write_atomically};
use crate::case::RegionStatistics;
use crate::figure::{Figure, Palette, PngError, to_png, to_svg};
use crate::job::Request;
use crate::model::{Model, Prediction, RadiomicsSlot};
use crate::report::{ReportError, RiskReport, VoiSummary, risk_pdf};

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
    /// The name does not say which kind of picture is wanted.
    #[error("{} ends neither in .svg nor in .png; choose one of them", .0.display())]
    Kind(PathBuf),
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

impl Request for ExportFigure {
    type Output = PathBuf;
    type Error = ExportError;
    const NAME: &'static str = "Saving the figure";

    fn run(self, progress: &Progress) -> Result<PathBuf, ExportError> {
        progress.begin(Self::NAME, 0);
        let ending = self.path.extension().map(|ending| ending.to_ascii_lowercase());
        let bytes = match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("svg") => to_svg(&self.figure, Palette::Light).into_bytes(),
            Some("png") => to_png(&self.figure, Palette::Light, PNG_SCALE)?,
            _ => return Err(ExportError::Kind(self.path)),
        };
        write_atomically(&self.path, self.force, |file| file.write_all(&bytes))?;
        Ok(self.path)
    }
}

/// Writes the report on one patient as PDF.
pub struct ExportReport {
    /// The model that was applied.
    pub model: &'static Model,
    /// What it says.
    pub prediction: Prediction,
    /// Whether a model on features is loaded.
    pub radiomics: RadiomicsSlot,
    /// The patient's identity; none when it is hidden.
    pub identity: Option<String>,
    /// What was delineated.
    pub voi: Option<RegionStatistics>,
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

    fn run(self, progress: &Progress) -> Result<PathBuf, ExportError> {
        progress.begin(Self::NAME, 0);
        let drawn = self.voi.filter(|voi| voi.n_voxels > 0);
        let report = RiskReport {
            model: self.model,
            prediction: &self.prediction,
            radiomics: &self.radiomics,
            identity: self.identity,
            voi: drawn.map(|voi| VoiSummary { volume_ml: voi.volume_ml, mean_hu: voi.mean_hu, sd_hu: voi.sd_hu }),
            n_features: None,
            is_simulated: self.is_simulated,
            illustrated_prevalence: None,
            made_on: None,
        };
        let bytes = risk_pdf(&report)?;
        write_atomically(&self.path, self.force, |file| file.write_all(&bytes))?;
        Ok(self.path)
    }
}
