//! What jobs bring is put where it belongs, at the start of a frame.

use std::path::Path;
use std::sync::Arc;

use egui::Context;

use super::App;
use super::features::Extracted;
use super::jobs::Outcome;
use super::library::THUMBNAIL;
use super::perform;
use crate::base::Warnings;
use crate::case::Identity;
use crate::dicom::phase::{Choice, choose};
use crate::dicom::{Scan, thumbnail};
use crate::exchange::nifti::NiftiImage;
use crate::job::{JobError, LoadedLabels, Opened};

/// Takes everything that came since the last frame.
pub fn take(app: &mut App, ctx: &Context) {
    if let Some(scan) = app.jobs.scan.take().filter(|scan| !scan.complete) {
        app.library.set_scan(scan);
    }
    if let Some(preview) = app.jobs.preview.take().filter(|_| app.desk.case.is_none()) {
        app.desk.set_preview(preview.volume);
    }
    for result in app.jobs.finished() {
        match result {
            Ok(outcome) => put(app, ctx, outcome),
            Err(JobError::Cancelled(name)) => app.shell.note = format!("{name}: cancelled"),
            Err(error) => app.shell.message = Some((error.to_string(), true)),
        }
    }
}

fn put(app: &mut App, ctx: &Context, outcome: Outcome) {
    match outcome {
        Outcome::Scanned(scan) => scanned(app, scan),
        Outcome::Opened(opened) => series_opened(app, *opened),
        Outcome::Image(path, image) => image_opened(app, &path, *image),
        Outcome::Thumbnail(index, thumbnail) => app.library.set_thumbnail(ctx, index, &thumbnail),
        Outcome::LabelsRead(path, labels) => labels_read(app, &path, &labels),
        Outcome::LabelsSaved(written, revision) => {
            app.desk.set_saved(revision);
            app.shell.note = format!("Saved {}", written.path.display());
            warn(app, &written.warnings);
        }
        Outcome::Extracted(revision, features) => {
            app.shell.note = format!("{} features extracted", features.values.len());
            app.extracted.insert(revision, features);
        }
        Outcome::DemoWritten(folder) => perform::open(app, vec![folder]),
        Outcome::Exported(path) => app.shell.note = format!("Saved {}", path.display()),
        Outcome::Picked(purpose, paths) => {
            for path in paths {
                perform::use_path(app, purpose, path, true);
            }
        }
    }
}

fn scanned(app: &mut App, scan: Scan) {
    let scores: Vec<_> = scan.series.iter().map(|series| series.phase.clone()).collect();
    let warnings = scan.warnings.clone();
    app.library.set_scan(scan);
    let n_volumes = app.library.series.iter().filter(|series| series.is_volume()).count();
    app.shell.note = match n_volumes {
        0 => "No series that is a volume was found".to_owned(),
        1 => "1 volume found".to_owned(),
        n => format!("{n} volumes found"),
    };
    for (index, series) in app.library.series.iter().enumerate() {
        let series = series.clone();
        app.jobs.start_quietly("Small pictures", move |_| {
            thumbnail(&series, THUMBNAIL).map(|picture| Outcome::Thumbnail(index, picture))
        });
    }
    warn(app, &warnings);
    let only = app.library.series.iter().position(|series| series.is_volume()).filter(|_| n_volumes == 1);
    match (choose(&scores), only) {
        (Choice::Clear(index), _) | (Choice::Ask, Some(index)) => perform::open_series(app, index),
        (Choice::Ask, None) if n_volumes > 0 => {
            app.shell.note = "No series is clearly the portal venous one: please choose".to_owned();
        }
        (Choice::Ask, None) => {}
    }
}

fn series_opened(app: &mut App, opened: Opened) {
    app.viewer.show_image(opened.volume.geometry());
    app.desk.begin(opened.volume);
    app.shell.note = "Ready".to_owned();
    let mut warnings = opened.series.warnings.clone();
    warnings.extend(&opened.warnings);
    warn(app, &warnings);
}

fn image_opened(app: &mut App, path: &Path, image: NiftiImage) {
    let name = name_of(path);
    app.desk.expect(Identity { series: name.clone(), ..Identity::default() }, None);
    app.library.clear();
    app.extracted = Extracted::default();
    app.risk.clear();
    app.library.image = Some(name);
    app.viewer.show_image(image.volume.geometry());
    app.desk.begin(Arc::new(image.volume));
    app.shell.note = "Ready".to_owned();
    warn(app, &image.warnings);
}

fn labels_read(app: &mut App, path: &Path, labels: &LoadedLabels) {
    let Some(case) = &mut app.desk.case else { return };
    match case.replace_labels(&format!("Load {}", name_of(path)), &labels.label_map) {
        Ok(()) => {
            let revision = case.revision();
            app.desk.set_saved(revision);
            app.shell.note = format!("Labels from {}", name_of(path));
            warn(app, &labels.warnings);
        }
        Err(difference) => {
            let text = format!("{} was drawn on another grid than this image: {difference}", name_of(path));
            app.shell.message = Some((text, true));
        }
    }
}

/// Shows what is odd.
fn warn(app: &mut App, warnings: &Warnings) {
    if !warnings.is_empty() {
        app.shell.message = Some((warnings.iter().collect::<Vec<_>>().join("\n"), false));
    }
}

/// A file's name without its folder.
fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
