//! `hepatica demo`: the main job on the simulated demonstration case, without a window.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::input::{self, SeriesChoice};
use super::progress::watched;
use super::{output, picture};
use crate::base::{RESEARCH_USE_ONLY, Warnings, write_atomically};
use crate::case::{Case, Identity, RegionStatistics};
use crate::dicom::{Series, seg};
use crate::figure::{self, Figure, Palette};
use crate::job::{
    ExportFeatures, ExtractFeatures, Image, Request, SimulateStudy, VOI_OF_LABELS, simulated_patient, source_of,
    voi_doubts,
};
use crate::model::{self, Inputs, percent};
use crate::phantom::PhantomSpec;
use crate::radiomics::Protocol;
use crate::report::{self, ImageSummary, RiskReport, VoiSummary};
use crate::volume::LabelMap;

/// Pixels a point of the pictures of figures: 200 dpi.
const PICTURE_SCALE: f64 = 200.0 / 72.0;

/// Do the main job on the simulated demonstration case and leave report, features and pictures
///
/// Simulates a patient, writes the study as DICOM, finds its portal venous series, takes the delineation that comes with it,
/// extracts the features of the VOI, applies the published clinical model, and writes report.pdf, prediction.json, features.csv,
/// the figures and pictures of the slices. Everything in it is simulated and says so.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which patient to simulate
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Replace an earlier demonstration there
    #[arg(long)]
    force: bool,
}

impl Demo {
    /// Walks the patient through all of it.
    pub fn run(self) -> anyhow::Result<()> {
        input::check_folder(&self.out, self.force)?;
        let was_there = self.out.exists();
        input::make_folder(&self.out)?;
        let walked = self.walk();
        if walked.is_err() && !was_there {
            // It fails, as it should, where something was written already: that is kept.
            let _ = std::fs::remove_dir(&self.out);
        }
        walked
    }

    fn walk(&self) -> anyhow::Result<()> {
        let folder = self.out.join("study");
        let spec = PhantomSpec { seed: self.seed, ..PhantomSpec::default() };
        let study = watched(|p| SimulateStudy { folder: folder.clone(), spec, force: self.force }.run(p))?;
        let image = input::load_image(&folder, &SeriesChoice::default())?;
        let series = image.series.as_ref().context("the simulated study has no series")?;
        let drawn = seg::read(&study.truth, image.volume.geometry(), Some(&series.seg_source()))?.label_map;
        self.deliver(&image, series, drawn)
    }

    fn deliver(&self, image: &Image, series: &Series, drawn: LabelMap) -> anyhow::Result<()> {
        let volume = std::sync::Arc::new(image.volume.clone());
        let mut case = Case::new(Identity::of(series), volume.clone());
        case.replace_labels("Ground truth", &drawn).context("the ground truth does not fit its image")?;
        let request = ExtractFeatures { volume, voi: drawn.voi(), protocol: Protocol::liang2022() };
        let mut features = watched(|progress| request.run(progress))?;
        let RegionStatistics { volume_ml, mean_hu, sd_hu, .. } = case.statistics().voi;
        let warnings = voi_doubts(series.phase.class, Some(volume_ml));
        features.warnings.extend(&warnings);

        let id = format!("SIMULATED seed {}", self.seed);
        let n_features = features.values.len();
        let source = source_of(image, VOI_OF_LABELS.to_owned());
        let Identity { study_date, series, .. } = case.identity.clone();
        let summary = ImageSummary { study_date: Some(study_date), series, phase: source.phase.clone() };
        let export = ExportFeatures { id, source, features, path: self.out.join("features.csv"), force: self.force };
        let features_csv = watched(|progress| export.run(progress))?;
        let voi = VoiSummary { volume_ml, mean_hu, sd_hu, edge_margin_mm: None };
        let answer = self.predict(summary, voi, warnings, n_features)?;
        picture::write_planes(&self.out, case.labels(), self.force)?;

        let file = |name: &str| self.out.join(name).display().to_string();
        let lines = [
            format!("The demonstration case is simulated. {RESEARCH_USE_ONLY}."),
            format!("  VOI              {volume_ml:.0} mL"),
            format!("  features         {n_features} in {}", features_csv.display()),
            format!("  probability      {answer}"),
            format!("  report           {}", file("report.pdf")),
            "  figures          nomogram.svg, nomogram.png, roc.svg, roc.png".to_owned(),
            "  pictures         axial.png, coronal.png, sagittal.png".to_owned(),
            format!("  study            {}", file("study")),
        ];
        output::answer(&(lines.join("\n") + "\n"))?;
        Ok(())
    }

    /// Writes report, prediction and figures, and gives the probability in words.
    fn predict(
        &self,
        image: ImageSummary,
        voi: VoiSummary,
        warnings: Warnings,
        n_features: usize,
    ) -> anyhow::Result<String> {
        let model = model::embedded();
        let prediction = model::predict(model, &Inputs::from_clinical(&simulated_patient()))?;
        let report = RiskReport {
            model,
            prediction: &prediction,
            threshold: None,
            identity: None,
            image: Some(image),
            voi: Some(voi),
            warnings,
            n_features: Some(n_features),
            is_simulated: true,
            made_on: Some(report::today()),
        };
        self.write("report.pdf", &report::risk_pdf(&report)?)?;
        self.write("prediction.json", report::prediction_json(&report).as_bytes())?;
        self.write_figure("nomogram", &figure::nomogram(model, Some(&prediction)))?;
        self.write_figure("roc", &figure::roc(model))?;
        let (number, interval) = (percent(prediction.probability), prediction.ci_in_words());
        Ok(format!("{number} ({interval}) by the model \"{}\"", model.name))
    }

    fn write_figure(&self, name: &str, figure: &Figure) -> anyhow::Result<()> {
        self.write(&format!("{name}.svg"), figure::to_svg(figure, Palette::Light).as_bytes())?;
        self.write(&format!("{name}.png"), &figure::to_png(figure, Palette::Light, PICTURE_SCALE)?)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(write_atomically(&self.out.join(name), self.force, |file| file.write_all(bytes))?)
    }
}
