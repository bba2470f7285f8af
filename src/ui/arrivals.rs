//! What jobs bring is put where it belongs, at the start of a frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;

use super::App;
use super::actions::Action;
use super::assign::Assignment;
use super::dialogs::Purpose;
use super::jobs::Outcome;
use super::marks::shortened;
use super::sheets::Sheet;
use super::threshold::Threshold;
use super::widgets::sentence;
use super::{keeping, lesion, opening, perform, protocol, recovery, voi};
use crate::base::{Warnings, name_of};
use crate::case::{Identity, Replacement, Revision};
use crate::dicom::phase::evidence::NoEvidence;
use crate::dicom::phase::{Choice, HuEvidence, Phase, choose, class_of_hu};
use crate::dicom::{Scan, Series, SeriesStatus, Thumbnail};
use crate::exchange::nifti::NiftiImage;
use crate::job::{
    CheckProtocol, GrowLiver, JobError, LoadedLabels, OpenSeries, Opened, Request, ScanFiles, SliceGrid, TrainModels,
};

/// Takes everything that came since the last frame.
pub fn take(app: &mut App, ctx: &Context) {
    if let Some(scan) = app.jobs.scan.take().filter(|scan| !scan.complete) {
        app.library.set_scan(scan);
    }
    if let Some(preview) = app.jobs.preview.take().filter(|_| app.desk.case.is_none()) {
        app.desk.set_preview(preview.volume);
    }
    for (name, result) in app.jobs.finished() {
        if result.is_err() && name == OpenSeries::NAME {
            opening::series_not_opened(app);
        }
        if result.is_err() && name == CheckProtocol::NAME {
            app.protocol.give_up();
        }
        if result.is_err() && name == ScanFiles::NAME {
            // Series that were still being read would wait for ever, and those said last are still to be shown.
            app.jobs.abandon(ScanFiles::NAME);
            app.library.clear();
        }
        match result {
            Ok(outcome) => put(app, ctx, outcome),
            Err(JobError::Cancelled(name)) => app.shell.note = format!("{name}: cancelled"),
            Err(error) if app.study.refuse(name, &error.to_string()) => {}
            Err(error) if name == GrowLiver::NAME => {
                // The stroke that was refused would be refused with every further one.
                app.proposals.drop_stroke();
                app.shell.message = Some((sentence(&error.to_string()).replace(" -", " −"), true));
            }
            Err(error) => app.shell.message = Some((error.to_string(), true)),
        }
    }
    if app.shell.sheet.is_none() && !app.shell.later.is_empty() {
        let action = app.shell.later.remove(0);
        perform::perform(app, ctx, action);
    }
}

fn put(app: &mut App, ctx: &Context, outcome: Outcome) {
    match outcome {
        Outcome::Scanned(scan) => scanned(app, scan),
        Outcome::Opened(opened) => series_opened(app, *opened),
        Outcome::Image(path, image) => image_opened(app, &path, *image),
        Outcome::Thumbnails(from, pictures) => thumbnails_made(app, ctx, from, &pictures),
        Outcome::LabelsRead(path, labels, given_up) => labels_read(app, path, *labels, given_up),
        Outcome::SegmentsRead(assignment, joined) => segments_read(app, assignment, *joined),
        Outcome::PhaseMeasured(Some(series), measured) => phase_measured(app, &series, measured),
        Outcome::PhaseMeasured(None, measured) => app.desk.hu = Some(measured),
        Outcome::ModelRead(model) => {
            app.shell.note = format!("Loaded the model {}", model.name);
            app.risk.add(*model);
        }
        Outcome::LabelsSaved(written, state) => {
            // A file that lacks some of what is drawn keeps nobody from saving the rest.
            if written.is_whole || !app.desk.can_save_seg() {
                app.desk.set_saved(state);
            }
            app.shell.note = format!("Saved {}", written.path.display());
            warn(app, &written.warnings);
        }
        Outcome::ProtocolChecked(state, facts) => protocol::checked(app, state, *facts),
        Outcome::Submitted(written, state, submitted) => {
            app.desk.set_saved(state);
            // What was submitted of another image says nothing of this one.
            if app.desk.case.as_ref().is_some_and(|case| case.history().knows(state.revision)) {
                app.protocol.submitted = Some((state, *submitted));
            }
            app.shell.note = format!("Submitted {}", written.path.display());
            warn(app, &written.warnings);
        }
        Outcome::Proposed(proposal) => {
            app.shell.note.clear();
            app.proposals.take(*proposal);
        }
        Outcome::Regrown(region, band) => lesion::regrown(app, *region, band),
        Outcome::Refused(why) => lesion::refused(app, why),
        Outcome::Accepted(replacement) => accepted(app, *replacement),
        Outcome::Prepared => {}
        Outcome::Extracted(state, features) => {
            app.shell.note = format!("{} features extracted", features.values.len());
            app.extracted.insert(state, features);
        }
        Outcome::VoiDerived(of, derived) => voi::derived(app, of, *derived),
        Outcome::SurfacesMade(of, surfaces) => app.surface.take(of, *surfaces),
        Outcome::CohortRead(read) => {
            app.shell.note = format!("{} patients were read", read.cohort.ids.len());
            // What is being trained on another cohort is of no use any more.
            app.jobs.abandon(TrainModels::NAME);
            app.study.take_cohort(*read);
        }
        Outcome::Trained(run) => {
            app.shell.note = format!("{} models were trained", run.training.models.len());
            app.study.take_run(*run);
        }
        Outcome::DemoWritten(folder) => app.shell.later.push(Action::Open(vec![folder])),
        Outcome::Exported(path) => app.shell.note = format!("Saved {}", path.display()),
        Outcome::Recovery(news) => recovery::hear(app, ctx, news),
        Outcome::Picked(purpose, path) => picked(app, ctx, purpose, path),
    }
}

/// A proposal goes in its place, unless something was drawn while it was being made ready.
fn accepted(app: &mut App, replacement: Replacement) {
    let Some(case) = &mut app.desk.case else { return };
    if case.replace(replacement) {
        app.proposals.accepted();
        app.shell.note.clear();
    } else {
        app.shell.note = "Something was drawn meanwhile: accept the proposal again".to_owned();
    }
}

/// The path goes where one is still asked for, as if it had been typed: not every system's dialog asks before it names a
/// file that is there.
fn picked(app: &mut App, ctx: &Context, purpose: Purpose, path: Option<PathBuf>) {
    if let (Purpose::Table(file), Some(path)) = (purpose, &path) {
        *app.study.tables.text_mut(file) = path.to_string_lossy().into_owned();
        return;
    }
    let (Some(Sheet::Path(field)), Some(path)) = (&mut app.shell.sheet, path) else { return };
    if field.purpose == purpose {
        field.text = path.to_string_lossy().into_owned();
        let force = field.replace;
        perform::perform(app, ctx, Action::UsePath { purpose, path, force });
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
        warnings.push(format!("{}: {}", shortened(&series.description, 60), series.status));
    }
    let only = app.library.series.iter().position(|series| series.is_volume()).filter(|_| n_volumes == 1);
    let drawn_on = recovery::wanted_series(app, &mut warnings);
    match (drawn_on, choose(&scores), only) {
        (Some((index, grid)), ..) => opening::open_series(app, index, grid),
        (None, Choice::Clear(index), _) | (None, Choice::Ask, Some(index)) => {
            opening::open_series(app, index, SliceGrid::Acquired);
        }
        (None, Choice::Ask, None) if n_volumes > 0 => {
            app.shell.note = "No series is clearly the portal venous one: please choose".to_owned();
        }
        (None, Choice::Ask, None) => {}
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
    // Padding is left out of them: where it lies inside the VOI, the extraction says so.
    let odd = app.desk.series.as_ref().map(|series| series.warnings.clone()).unwrap_or_default();
    app.desk.begin(opened.volume, opened.interpolation, odd);
    app.shell.note = "Ready".to_owned();
    warn(app, &warnings);
    opening::measure_phase(app);
    if let Some(series) = app.desk.series.clone() {
        keeping::begin(app, &series.instance_uid, &series.place().unwrap_or_default());
        recovery::image_is_open(app);
    }
}

/// HU join the reasons of the series' rank; the user is told when they speak against the portal venous phase.
fn phase_measured(app: &mut App, series: &Arc<Series>, measured: Result<HuEvidence, NoEvidence>) {
    app.library.set_evidence(series, measured);
    if app.desk.is_of(series) {
        app.desk.hu = Some(measured);
    }
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
    app.desk.expect(Identity { file: name.clone(), ..Identity::default() }, None);
    app.library.image = Some(name);
    app.viewer.show_image(image.volume.geometry());
    warn(app, &image.warnings);
    app.desk.begin(Arc::new(image.volume), None, image.warnings);
    app.shell.note = "Ready".to_owned();
    opening::measure_phase(app);
    keeping::begin(app, "", path);
    recovery::image_is_open(app);
}

fn labels_read(app: &mut App, path: PathBuf, labels: LoadedLabels, given_up: Option<Revision>) {
    let Some(case) = &mut app.desk.case else { return };
    let LoadedLabels { replacement, unassigned, fractions, is_voi_alone, mut warnings } = labels;
    if let Some(fractions) = fractions {
        return app.shell.later.push(Action::AskForThreshold(Threshold::new(path, fractions, given_up)));
    }
    if let Some(replacement) = replacement {
        let before = case.drawn().revision;
        let was_saved = app.desk.is_saved();
        if given_up.is_none() && !was_saved {
            return app.shell.later.push(Action::ReplaceLabels(path));
        }
        let Some(case) = &mut app.desk.case else { return };
        if !case.replace(replacement) {
            // Something was drawn meanwhile: it is compared with that.
            return opening::load_labels(app, path, given_up);
        }
        if is_voi_alone {
            warnings.push("a VOI alone lies inside the edge already: the edge margin is 0 mm for this image now");
        }
        app.desk.labels_are_loaded(is_voi_alone, warnings.clone());
        // What was drawn meanwhile was not given up: it can be undone to, and closing asks.
        if let Some(state) = app.desk.voi_state().filter(|_| Some(before) == given_up || was_saved) {
            app.desk.set_saved(state);
        }
        app.shell.note = format!("Labels from {}", name_of(&path));
    } else if unassigned.is_empty() {
        warnings.push(format!("{} holds no label: what is drawn stays", name_of(&path)));
    }
    warn(app, &warnings);
    if !unassigned.is_empty() {
        app.shell.later.push(Action::AskForLabels(Assignment::new(path, unassigned)));
    }
}

/// Segments join what is drawn.
fn segments_read(app: &mut App, assignment: Assignment, joined: Replacement) {
    let Some(case) = &mut app.desk.case else { return };
    if case.replace(joined) {
        app.shell.note = format!("Segments from {}", name_of(&assignment.path));
    } else {
        // Something was drawn meanwhile: they join that.
        opening::assign_segments(app, assignment);
    }
}

/// Shows what is odd, below what is said already.
pub fn warn(app: &mut App, warnings: &Warnings) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Cancelled;
    use crate::job::CachedDemonstration;
    use crate::ui::Options;
    use crate::ui::sheets::PathField;

    fn app(ctx: &Context) -> App {
        App::new(ctx, None, Options::default())
    }

    #[test]
    fn a_series_that_was_not_opened_does_not_look_open() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        app.library.open = Some((0, SliceGrid::Acquired));
        app.desk.expect(Identity { patient_name: "Doe, Jane".into(), ..Identity::default() }, None);
        app.jobs.start_work(OpenSeries::NAME, |_| Err::<Outcome, _>(Cancelled));
        while app.jobs.is_running(OpenSeries::NAME) {
            take(&mut app, &ctx);
        }
        assert_eq!((app.library.open, &app.desk.identity), (None, &Identity::default()));
        assert!(app.shell.message.is_some());
    }

    #[test]
    fn a_scan_that_was_stopped_leaves_no_series_that_wait_to_be_read() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        app.library.set_scan(Scan { series: vec![Series::default()], ..Scan::default() });
        app.jobs.start_work(ScanFiles::NAME, |_| Err::<Outcome, _>(Cancelled));
        while app.jobs.is_running(ScanFiles::NAME) {
            take(&mut app, &ctx);
        }
        assert!(app.library.series.is_empty());
    }

    #[test]
    fn the_series_that_is_open_is_not_opened_again() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        app.library.set_scan(Scan { series: vec![Series::default(), Series::default()], ..Scan::default() });
        app.library.open = Some((0, SliceGrid::Acquired));
        perform::perform(&mut app, &ctx, Action::OpenSeries(0, SliceGrid::Acquired));
        assert!(!app.jobs.is_running(OpenSeries::NAME));
        perform::perform(&mut app, &ctx, Action::OpenSeries(1, SliceGrid::Acquired));
        assert!(app.jobs.is_running(OpenSeries::NAME));
    }

    #[test]
    fn a_question_that_a_job_brings_waits_for_the_one_that_is_open() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        app.shell.sheet = Some(Sheet::Keys);
        app.shell.later.push(Action::AskForLabels(Assignment::new(PathBuf::from("labels.dcm"), Vec::new())));
        take(&mut app, &ctx);
        assert_eq!(app.shell.sheet, Some(Sheet::Keys));
        app.shell.sheet = None;
        take(&mut app, &ctx);
        assert!(matches!(app.shell.sheet, Some(Sheet::Assign(_))));
    }

    #[test]
    fn a_chosen_path_replaces_no_file_unasked_and_goes_nowhere_once_nobody_asks() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        let file = tempfile::NamedTempFile::new().unwrap();
        let picked = || Outcome::Picked(Purpose::SaveFeatures, Some(file.path().to_owned()));
        app.shell.sheet = Some(Sheet::Path(PathField::new(Purpose::SaveFeatures, None, "")));
        put(&mut app, &ctx, picked());
        let Some(Sheet::Path(field)) = &app.shell.sheet else { panic!("the question is gone") };
        assert_eq!(field.path().as_deref(), Some(file.path()), "the path is in the field, refused");
        for sheet in [None, Some(Sheet::Path(PathField::new(Purpose::SaveReport, None, "")))] {
            app.shell.sheet = sheet.clone();
            put(&mut app, &ctx, picked());
            assert_eq!(app.shell.sheet, sheet);
        }
        assert_eq!(app.shell.saved_to, None, "nothing was written");
    }

    #[test]
    fn a_demonstration_that_is_still_being_made_does_not_replace_what_is_opened_meanwhile() {
        let ctx = Context::default();
        let mut app = app(&ctx);
        app.jobs.start_work(CachedDemonstration::NAME, |progress| {
            while progress.check().is_ok() {
                std::thread::yield_now();
            }
            Ok::<_, Cancelled>(Outcome::DemoWritten(PathBuf::from("demonstration")))
        });
        opening::open(&mut app, vec![PathBuf::from("image.nii")]);
        assert!(!app.jobs.is_running(CachedDemonstration::NAME));
    }
}
