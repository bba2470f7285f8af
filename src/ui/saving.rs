//! Saving: labels, features, figures and the report.

use std::path::PathBuf;
use std::sync::Arc;

use super::App;
use super::dialogs::Purpose;
use super::jobs::Outcome;
use super::library::HIDDEN_FILE;
use crate::case::{AlgorithmType, Case, Snapshot, VoiState};
use crate::dicom::Series;
use crate::dicom::seg::{DrawnBy, SegOptions};
use crate::job::{ExportFeatures, ExportFigure, ExportNifti, ExportNrrd, ExportReport, ExportRtStruct, ExportSeg};
use crate::report::{FeatureSource, ImageSummary};
use crate::volume::Label;

/// Saves the labels as a DICOM segmentation.
pub fn save_seg(app: &mut App, path: PathBuf, force: bool) {
    let Some((labels, state)) = settled(app) else { return };
    let Some((series, options)) = dicom_source(app, "Hepatica labels") else { return };
    let request = ExportSeg { labels, edge_margin_mm: state.edge_margin_mm, series, path, options, force };
    app.jobs.start(request, move |written| Outcome::LabelsSaved(written, state));
}

/// Saves the labels as NIfTI.
pub fn save_nifti(app: &mut App, path: PathBuf, force: bool) {
    let Some((labels, state)) = settled(app) else { return };
    app.jobs.start(ExportNifti { labels, path, force }, move |written| Outcome::LabelsSaved(written, state));
}

/// Saves the labels as NRRD.
pub fn save_nrrd(app: &mut App, path: PathBuf, force: bool) {
    let Some((labels, state)) = settled(app) else { return };
    let request = ExportNrrd { labels, edge_margin_mm: state.edge_margin_mm, path, force };
    app.jobs.start(request, move |written| Outcome::LabelsSaved(written, state));
}

/// Saves the labels as contours.
pub fn save_rtstruct(app: &mut App, path: PathBuf, force: bool) {
    let Some((labels, state)) = settled(app) else { return };
    let Some((series, options)) = dicom_source(app, "Hepatica contours") else { return };
    let request = ExportRtStruct { labels, edge_margin_mm: state.edge_margin_mm, series, path, options, force };
    app.jobs.start(request, move |written| Outcome::LabelsSaved(written, state));
}

/// The series that DICOM objects refer to, and how they say that the labels came about; `None` where the image is no DICOM.
fn dicom_source(app: &App, description: &str) -> Option<(Arc<Series>, SegOptions)> {
    let (case, series) = (app.desk.case.as_ref()?, app.desk.series.clone()?);
    Some((series, seg_options(case, &app.shell.reader, description)))
}

/// What is drawn, a stroke in progress included, and the state that it is.
fn settled(app: &mut App) -> Option<(Snapshot, VoiState)> {
    let case = app.desk.case.as_mut()?;
    case.end_stroke();
    let labels = case.labels().snapshot();
    Some((labels, app.desk.voi_state()?))
}

/// How the labels came about and who drew them, as files say it.
pub fn seg_options(case: &Case, reader: &str, series_description: &str) -> SegOptions {
    let drawn_by = |label: Label| match case.review().algorithm_type(label) {
        AlgorithmType::Manual => DrawnBy::Hand,
        AlgorithmType::SemiAutomatic => DrawnBy::HandWith(ALGORITHM.to_owned()),
    };
    let drawn_by = Label::ALL.into_iter().map(|label| (label, drawn_by(label))).collect();
    let (series_description, creator) = (series_description.to_owned(), reader.trim().to_owned());
    SegOptions { series_description, creator, drawn_by, ..SegOptions::default() }
}

/// What helped the hand, as files name it (Segment Algorithm Name).
const ALGORITHM: &str = "Hepatica drawing tools";

/// Saves a figure of the Risk page.
pub fn save_figure(app: &mut App, purpose: Purpose, path: PathBuf, force: bool) {
    if let Some(figure) = app.risk.figure(purpose) {
        app.jobs.start(ExportFigure { figure, path, force }, Outcome::Exported);
    }
}

/// Saves the report.
pub fn save_report(app: &mut App, path: PathBuf, force: bool) {
    let Some(prediction) = app.risk.prediction.clone() else { return };
    let identity = &app.desk.identity;
    let is_told = app.shell.writes_identity;
    let case = app.desk.case.as_ref();
    let voi = match case.map(|case| app.desk.voi.latest(case)) {
        Some((_, false)) => {
            app.shell.note = "The VOI is still being derived: save the report again in a moment".to_owned();
            return;
        }
        known => known.map(|(voi, _)| voi),
    };
    let features = app.desk.voi_state().and_then(|state| app.extracted.current(state));
    let mut warnings = app.desk.doubts(app.desk.voi_ml());
    features.into_iter().for_each(|features| warnings.extend(&features.warnings));
    let file = if is_told { &identity.file } else { HIDDEN_FILE };
    let series = if app.desk.series.is_some() { &identity.series } else { file };
    let request = ExportReport {
        model: app.risk.model().clone(),
        prediction,
        threshold: app.risk.threshold(),
        identity: Some(&identity.patient_id).filter(|_| is_told).cloned(),
        image: case.map(|_| ImageSummary {
            study_date: Some(&identity.study_date).filter(|_| is_told || identity.simulated).cloned(),
            series: series.to_owned(),
            phase: app.desk.phase(),
        }),
        voi,
        edge_margin_mm: app.desk.voi.margin_mm(),
        n_features: features.map(|features| features.values.len()),
        warnings,
        is_simulated: identity.simulated,
        path,
        force,
    };
    app.jobs.start(request, Outcome::Exported);
}

/// Saves the features of what is drawn now, under the patient's ID where it is asked for and else under what names no patient.
pub fn save_features(app: &mut App, path: PathBuf, force: bool) {
    let Some(case) = &app.desk.case else { return };
    let Some(features) = app.desk.voi_state().and_then(|state| app.extracted.current(state)) else {
        app.shell.note = "Extract the features of what is drawn now first".to_owned();
        return;
    };
    let patient = Some(app.desk.identity.patient_id.clone()).filter(|_| app.shell.writes_identity);
    let ids = [patient, Some(app.desk.tag()), Some("case".to_owned())].into_iter().flatten();
    let request = ExportFeatures {
        id: ids.into_iter().find(|id| !id.is_empty()).unwrap_or_default(),
        source: FeatureSource {
            grid: *case.volume().geometry(),
            series_uid: app.desk.series.as_ref().map(|series| series.instance_uid.clone()),
            phase: app.desk.phase(),
            interpolation: app.desk.interpolation.clone(),
            region: app.desk.voi.region_in_words(),
            is_simulated: app.desk.identity.simulated,
        },
        features: features.clone(),
        path,
        force,
    };
    app.jobs.start(request, Outcome::Exported);
}
