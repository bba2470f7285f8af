//! What jobs bring is put where it belongs, at the start of a frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;

use super::App;
use super::actions::Action;
use super::assign::Assignment;
use super::jobs::Outcome;
use super::sheets::Sheet;
use super::{opening, perform};
use crate::base::Warnings;
use crate::case::Identity;
use crate::dicom::phase::evidence::NoEvidence;
use crate::dicom::phase::{Choice, HuEvidence, Phase, choose, class_of_hu};
use crate::dicom::{Scan, Series, SeriesStatus, Thumbnail};
use crate::exchange::nifti::NiftiImage;
use crate::job::{JobError, LoadedLabels, Opened, SliceGrid};
use crate::volume::{GridMismatch, Label, Mask};

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
        Outcome::Thumbnails(from, pictures) => thumbnails_made(app, ctx, from, &pictures),
        Outcome::LabelsRead(path, labels) => labels_read(app, path, *labels),
        Outcome::SegmentsRead(path, masks) => segments_read(app, &path, &masks),
        Outcome::PhaseMeasured(series, measured) => phase_measured(app, &series, measured),
        Outcome::ModelRead(slot) => app.risk.radiomics = slot,
        Outcome::LabelsSaved(written, revision) => {
            app.desk.set_saved(revision);
            app.shell.note = format!("Saved {}", written.path.display());
            warn(app, &written.warnings);
        }
        Outcome::Extracted(revision, features) => {
            app.shell.note = format!("{} features extracted", features.values.len());
            app.extracted.insert(revision, features);
        }
        Outcome::DemoWritten(folder) => perform::perform(app, ctx, Action::Open(vec![folder])),
        Outcome::Exported(path) => app.shell.note = format!("Saved {}", path.display()),
        Outcome::Picked(purpose, paths) => {
            // The system's dialog has asked already whether a file is replaced.
            for path in paths {
                perform::perform(app, ctx, Action::UsePath { purpose, path, force: true });
            }
        }
    }
}

fn scanned(app: &mut App, scan: Scan) {
    let scores: Vec<_> = scan.series.iter().map(|series| series.phase.clone()).collect();
    let mut warnings = scan.warnings.clone();
    app.library.set_scan(scan);
    let n_volumes = app.library.series.iter().filter(|series| series.is_volume()).count();
    app.shell.note = match n_volumes {
        0 => "No series that is a volume was found".to_owned(),
        1 => "1 volume found".to_owned(),
        n => format!("{n} volumes found"),
    };
    opening::make_thumbnails(app, 0);
    if let [series] = app.library.series.as_slice()
        && let SeriesStatus::Rejected { .. } = series.status
    {
        warnings.push(format!("{}: {}", series.description, series.status));
    }
    let only = app.library.series.iter().position(|series| series.is_volume()).filter(|_| n_volumes == 1);
    match (choose(&scores), only) {
        (Choice::Clear(index), _) | (Choice::Ask, Some(index)) => {
            opening::open_series(app, index, SliceGrid::Acquired);
        }
        (Choice::Ask, None) if n_volumes > 0 => {
            app.shell.note = "No series is clearly the portal venous one: please choose".to_owned();
        }
        (Choice::Ask, None) => {}
    }
    // Opening a series has cleared what was said before.
    warn(app, &warnings);
}

fn thumbnails_made(app: &mut App, ctx: &Context, from: usize, pictures: &[Option<Thumbnail>]) {
    for (index, picture) in (from..).zip(pictures) {
        if let Some(picture) = picture {
            app.library.set_thumbnail(ctx, index, picture);
        }
    }
    opening::make_thumbnails(app, from + pictures.len());
}

fn series_opened(app: &mut App, opened: Opened) {
    app.viewer.show_image(opened.volume.geometry());
    let mut warnings = opened.warnings;
    if let Some(note) = &opened.interpolation {
        warnings
            .push(format!("{note}; its texture is not the scanner's, so that features are off until you allow them"));
    }
    app.desk.begin(opened.volume, opened.interpolation);
    app.shell.note = "Ready".to_owned();
    warn(app, &warnings);
    opening::measure_phase(app);
}

/// HU join the reasons of the series' rank; the user is told when they speak against the portal venous phase.
fn phase_measured(app: &mut App, series: &Arc<Series>, measured: Result<HuEvidence, NoEvidence>) {
    app.library.set_evidence(series, measured);
    let contradiction = measured.ok().filter(|_| app.desk.is_of(series)).and_then(|hu| {
        let found = class_of_hu(hu).filter(|&phase| phase != Phase::PortalVenous)?;
        let expected = matches!(series.phase.class, None | Some(Phase::PortalVenous));
        expected.then(|| {
            let HuEvidence { aorta, portal_vein, liver } = hu;
            format!(
                "HU look {}, not portal venous (aorta {aorta:.0}, portal vein {portal_vein:.0}, liver {liver:.0} HU): check the phase",
                found.name()
            )
        })
    });
    let mut warnings = Warnings::new();
    contradiction.into_iter().for_each(|text| warnings.push(text));
    warn(app, &warnings);
}

fn image_opened(app: &mut App, path: &Path, image: NiftiImage) {
    let name = name_of(path);
    app.desk.expect(Identity { series: name.clone(), ..Identity::default() }, None);
    app.library.image = Some(name);
    app.viewer.show_image(image.volume.geometry());
    app.desk.begin(Arc::new(image.volume), None);
    app.shell.note = "Ready".to_owned();
    warn(app, &image.warnings);
}

fn labels_read(app: &mut App, path: PathBuf, labels: LoadedLabels) {
    let Some(case) = &mut app.desk.case else { return };
    // A file of nothing but unknown segments replaces nothing.
    let any_known = labels.unassigned.is_empty() || labels.label_map.bits().iter().any(|&bits| bits != 0);
    if any_known {
        match case.replace_labels(&format!("Load {}", name_of(&path)), &labels.label_map) {
            Ok(()) => {
                let revision = case.revision();
                app.desk.set_saved(revision);
                app.shell.note = format!("Labels from {}", name_of(&path));
            }
            Err(difference) => return refuse_grid(app, &path, &difference),
        }
    }
    warn(app, &labels.warnings);
    if !labels.unassigned.is_empty() {
        app.shell.sheet = Some(Sheet::Assign(Assignment::new(path, labels.unassigned)));
    }
}

/// Segments join what is drawn.
fn segments_read(app: &mut App, path: &Path, masks: &[(Label, Mask)]) {
    let Some(case) = &mut app.desk.case else { return };
    let mut joined = case.label_map().clone();
    for (label, mask) in masks {
        if let Err(difference) = joined.add(*label, mask) {
            return refuse_grid(app, path, &difference);
        }
    }
    match case.replace_labels(&format!("Load segments of {}", name_of(path)), &joined) {
        Ok(()) => app.shell.note = format!("Segments from {}", name_of(path)),
        Err(difference) => refuse_grid(app, path, &difference),
    }
}

fn refuse_grid(app: &mut App, path: &Path, difference: &GridMismatch) {
    let text = format!("{} was drawn on another grid than this image: {difference}", name_of(path));
    app.shell.message = Some((text, true));
}

/// Shows what is odd, below what is said already.
fn warn(app: &mut App, warnings: &Warnings) {
    if warnings.is_empty() {
        return;
    }
    let mut lines: Vec<&str> = Vec::new();
    let said = app.shell.message.take();
    let (before, is_error) = said.as_ref().map_or(("", false), |(text, is_error)| (text.as_str(), *is_error));
    for line in before.lines().chain(warnings.iter()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    app.shell.message = Some((lines.join("\n"), is_error));
}

/// A file's name without its folder.
fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
