//! Fulfils the wishes of a frame, each by its own short function.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use super::App;
use super::actions::Action;
use super::demo;
use super::dialogs::{self, Purpose};
use super::exports::{ExportFigure, ExportReport};
use super::features::Extracted;
use super::jobs::Outcome;
use super::sheets::{PathField, Sheet};
use crate::case::Identity;
use crate::dicom::seg::SegOptions;
use crate::exchange::nifti;
use crate::job::{ExportNifti, ExportSeg, ExtractFeatures, LoadLabels, OpenSeries, Request, ScanFiles, SimulateStudy};
use crate::radiomics::Protocol;
use crate::volume::Label;

/// Name of the job that reads a NIfTI image.
const READING_IMAGE: &str = "Opening the image";

/// Does what was asked for.
pub fn perform(app: &mut App, ctx: &Context, action: Action) {
    match action {
        Action::AskForPath(purpose) => ask_for_path(app, purpose),
        Action::Browse(purpose) => dialogs::pick(&mut app.jobs, purpose),
        Action::UsePath { purpose, path, force } => use_path(app, purpose, path, force),
        Action::Open(paths) => open(app, paths),
        Action::OpenSeries(index) => open_series(app, index),
        Action::Extract => extract(app),
        Action::OpenDemo => open_demo(app),
        Action::SetInput(name, value) => app.risk.set(name, value),
        Action::CancelJob => app.jobs.cancel_shown(),
        Action::ShowKeys => app.shell.sheet = Some(Sheet::Keys),
        Action::DismissMessage => app.shell.message = None,
        Action::CloseSheet => app.shell.sheet = None,
        Action::CloseAnyway => close_anyway(app, ctx),
        Action::Show(page) => app.shell.page = page,
        other => look_or_draw(app, other),
    }
}

/// What concerns the views and the pen alone.
fn look_or_draw(app: &mut App, action: Action) {
    let viewer = &mut app.viewer;
    match action {
        Action::SetWindow(window) => viewer.window = window,
        Action::Step(plane, upwards) => viewer.step(plane, upwards),
        Action::GoToEnd(plane, uppermost) => viewer.go_to_end(plane, uppermost),
        Action::GoTo(voxel) => viewer.go_to(voxel),
        Action::SetView(plane, view) => viewer.set_view(plane, view),
        Action::ResetViews => viewer.reset_views(),
        Action::Activate(plane) => viewer.active = plane,
        Action::ToggleMaximised(plane) => viewer.toggle_maximised(plane),
        Action::ToggleCrosshair => viewer.shows_crosshair = !viewer.shows_crosshair,
        Action::ToggleIdentity => viewer.shows_identity = !viewer.shows_identity,
        Action::PointAt(voxel) => viewer.pointer = voxel,
        Action::Take(tool) => app.pen.take(tool, app.desk.case.as_mut()),
        Action::Choose(label) => choose(app, label),
        Action::ToggleLabel(label) => app.overlay.shown[label as usize] = !app.overlay.shown[label as usize],
        Action::ToggleAllLabels => toggle_all_labels(app),
        Action::SetOpacity(opacity) => app.overlay.opacity = opacity,
        Action::SetOutline(width) => app.overlay.outline = width,
        Action::SetRadius(mm) => app.pen.set_radius(mm),
        Action::DropPoint => app.pen.drop_point(),
        Action::Clear => clear(app),
        other => draw(app, other),
    }
}

/// What changes the label map.
fn draw(app: &mut App, action: Action) {
    let Some(case) = &mut app.desk.case else { return };
    match action {
        Action::PutDown(touch) => app.pen.put_down(case, touch),
        Action::MoveTo(touch) => app.pen.move_to(case, touch),
        Action::Lift => app.pen.lift(case),
        Action::CloseContour => app.pen.close_contour(case),
        Action::Undo => {
            if let Some(name) = case.undo() {
                app.shell.note = format!("Undone: {name}");
            }
        }
        Action::Redo => {
            if let Some(name) = case.redo() {
                app.shell.note = format!("Redone: {name}");
            }
        }
        _ => {}
    }
}

fn ask_for_path(app: &mut App, purpose: Purpose) {
    let needs_case = matches!(purpose, Purpose::LoadLabels | Purpose::SaveSeg | Purpose::SaveNifti);
    if needs_case && app.desk.case.is_none() {
        app.shell.note = "Open an image first".to_owned();
    } else if purpose == Purpose::SaveSeg && app.desk.series.is_none() {
        app.shell.note = "This image is not DICOM: save the labels as NIfTI".to_owned();
    } else {
        app.shell.sheet = Some(Sheet::Path(PathField::new(purpose)));
    }
}

/// Does what a path was wanted for.
pub fn use_path(app: &mut App, purpose: Purpose, path: PathBuf, force: bool) {
    app.shell.sheet = None;
    match purpose {
        Purpose::Study => open(app, vec![path]),
        Purpose::LoadLabels => load_labels(app, path),
        Purpose::SaveSeg => save_seg(app, path, force),
        Purpose::SaveNifti => save_nifti(app, path, force),
        Purpose::SaveNomogram | Purpose::SaveRoc => save_figure(app, purpose, path, force),
        Purpose::SaveReport => save_report(app, path, force),
    }
}

/// Opens a NIfTI image, or looks for series.
pub fn open(app: &mut App, paths: Vec<PathBuf>) {
    app.shell.message = None;
    if !app.desk.is_saved() {
        let text = "The labels of the open image are not saved: save them or undo before opening another".to_owned();
        app.shell.message = Some((text, false));
        return;
    }
    match paths.as_slice() {
        [path] if nifti_by_name(path) => open_image(app, path.clone()),
        _ => scan(app, paths),
    }
}

fn nifti_by_name(path: &std::path::Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    name.ends_with(".nii") || name.ends_with(".nii.gz")
}

fn open_image(app: &mut App, path: PathBuf) {
    app.jobs.abandon(READING_IMAGE);
    app.jobs.start_work(READING_IMAGE, move |progress| {
        progress.begin(READING_IMAGE, 0);
        nifti::read_volume(&path).map(|image| Outcome::Image(path, Box::new(image)))
    });
}

fn scan(app: &mut App, inputs: Vec<PathBuf>) {
    app.jobs.abandon(ScanFiles::NAME);
    app.jobs.abandon(OpenSeries::NAME);
    app.library.clear();
    app.desk.expect(Identity::default(), None);
    app.viewer.clear();
    let so_far = app.jobs.scan.clone();
    app.jobs.start(ScanFiles { inputs, so_far }, Outcome::Scanned);
}

/// Opens a series of the library.
pub fn open_series(app: &mut App, index: usize) {
    let Some(series) = app.library.series.get(index).cloned() else { return };
    if !app.desk.is_saved() {
        let text = "The labels of the open series are not saved: save them or undo before opening another".to_owned();
        app.shell.message = Some((text, false));
        return;
    }
    app.jobs.abandon(OpenSeries::NAME);
    app.library.open = Some(index);
    app.shell.message = None;
    app.desk.expect(Identity::of(&series), Some(series.clone()));
    app.viewer.clear();
    app.pen.draft = None;
    app.extracted = Extracted::default();
    app.risk.clear();
    let preview = app.jobs.preview.clone();
    app.jobs.start(OpenSeries { series, preview }, |opened| Outcome::Opened(Box::new(opened)));
}

fn load_labels(app: &mut App, path: PathBuf) {
    let Some(case) = &app.desk.case else { return };
    let request = LoadLabels { path: path.clone(), grid: *case.volume().geometry(), series: app.desk.series.clone() };
    app.jobs.start(request, move |labels| Outcome::LabelsRead(path, Box::new(labels)));
}

fn save_seg(app: &mut App, path: PathBuf, force: bool) {
    let (Some(case), Some(series)) = (&mut app.desk.case, app.desk.series.clone()) else { return };
    case.end_stroke();
    let revision = case.revision();
    let options = SegOptions { series_description: "Hepatica labels".to_owned(), ..SegOptions::default() };
    let request = ExportSeg { label_map: case.labels().snapshot(), series, path, options, force };
    app.jobs.start(request, move |written| Outcome::LabelsSaved(written, revision));
}

fn save_nifti(app: &mut App, path: PathBuf, force: bool) {
    let Some(case) = &mut app.desk.case else { return };
    case.end_stroke();
    let revision = case.revision();
    let label_map: Arc<_> = case.labels().snapshot();
    app.jobs.start(ExportNifti { label_map, path, force }, move |written| Outcome::LabelsSaved(written, revision));
}

/// Extracts features of what is drawn now; what is drawn meanwhile makes them out of date.
fn extract(app: &mut App) {
    let Some(case) = &mut app.desk.case else { return };
    case.end_stroke();
    if case.statistics().voi.n_voxels == 0 {
        app.shell.note = "The VOI is empty: draw the liver first".to_owned();
        return;
    }
    let revision = case.revision();
    let (volume, label_map) = (case.volume().clone(), case.labels().snapshot());
    app.jobs.abandon(ExtractFeatures::NAME);
    app.jobs.start_work(ExtractFeatures::NAME, move |progress| {
        let voi = label_map.voi();
        drop(label_map);
        let request = ExtractFeatures { volume, voi, protocol: Protocol::liang2022_original() };
        request.run(progress).map(|features| Outcome::Extracted(revision, features))
    });
}

fn save_figure(app: &mut App, purpose: Purpose, path: PathBuf, force: bool) {
    if let Some(figure) = app.risk.figure(purpose).cloned() {
        app.jobs.start(ExportFigure { figure, path, force }, Outcome::Exported);
    }
}

fn save_report(app: &mut App, path: PathBuf, force: bool) {
    let Some(prediction) = app.risk.prediction.clone() else { return };
    let request = ExportReport {
        model: app.risk.model,
        prediction,
        radiomics: app.risk.radiomics.clone(),
        identity: Some(&app.desk.identity.patient_id).filter(|_| app.viewer.shows_identity).cloned(),
        voi: app.desk.case.as_ref().map(|case| case.statistics().voi),
        is_simulated: app.desk.identity.simulated,
        path,
        force,
    };
    app.jobs.start(request, Outcome::Exported);
}

/// Opens the simulated demonstration case, which is written first where it is not there yet.
pub fn open_demo(app: &mut App) {
    app.jobs.abandon(SimulateStudy::NAME);
    app.jobs.start_work(SimulateStudy::NAME, |progress| demo::folder(progress).map(Outcome::DemoWritten));
}

fn choose(app: &mut App, label: Label) {
    app.pen.label = label;
    app.overlay.shown[label as usize] = true;
}

fn toggle_all_labels(app: &mut App) {
    let any = app.overlay.shown.contains(&true);
    app.overlay.shown = [!any; 4];
}

/// Forgets the contour; without one, closes the message.
fn clear(app: &mut App) {
    if app.pen.draft.take().is_none() {
        app.shell.message = None;
    }
}

fn close_anyway(app: &mut App, ctx: &Context) {
    app.shell.may_close = true;
    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
}
