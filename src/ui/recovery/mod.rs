//! Work that was drawn in a program which did not end well: looked for at start, offered on a sheet, and put back into its image.
//!
//! A journal goes only when its work is in the journal of the case that goes on with it, or when the user says so. Journals of programs
//! that run are never seen here: they are locked.

mod picture;
mod sheet;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{ColorImage, Context, TextureOptions};

use super::arrivals::warn;
use super::jobs::Outcome;
use super::sheets::{Lost, Sheet};
use super::widgets::counted;
use super::{App, keeping, opening, perform};
use crate::base::{Cancelled, Warnings};
use crate::case::Replacement;
use crate::case::journal::{Found, Recovered, Subject, recover};
use crate::dicom::{Series, SeriesStatus};
use crate::job::{SliceGrid, aside};
use crate::volume::{Geometry, GridMismatch};
use sheet::Thumb;
pub use sheet::{Offer, WIDTH, reminder};

/// Name of the job that looks for journals at start.
const LOOKING: &str = "Looking for unsaved work";
/// Name of the job that looks whether an image is still where it was.
const FINDING_IMAGE: &str = "Looking for the image";
/// Name of the job that makes recovered work ready to be put in place.
const PUTTING_BACK: &str = "Putting the drawing back";
/// Name of the job that removes a journal.
const DISCARDING: &str = "Discarding";
/// The jobs that nobody waits for once another image is opened.
pub const JOBS: [&str; 2] = [FINDING_IMAGE, PUTTING_BACK];

/// What is to become of recovered work; a number names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Offer everything that was recovered.
    Offer,
    /// Offer what was drawn on the open image.
    OfferOfImage,
    /// Put it back into its image, which is opened where it is not open.
    Recover(usize),
    /// Open its image and put it back there.
    Open(usize),
    /// Leave it for later.
    NotNow(usize),
    /// Remove it for good.
    Discard(usize),
}

/// What became of recovering.
pub enum News {
    /// What was found at start, with a picture of each.
    Found(Vec<(Recovered, Option<ColorImage>)>, Vec<String>),
    /// Whether the image of that work is where it was.
    ImageLookedFor(usize, bool),
    /// That work, ready to be put in place.
    Ready(usize, Result<Box<Replacement>, GridMismatch>),
    /// Why a journal was not removed.
    NotDiscarded(String),
}

/// What was recovered and waits for an answer.
#[derive(Default)]
pub struct Recovery {
    works: Vec<Work>,
    /// The work whose image is being opened.
    wanted: Option<usize>,
    /// Why other journals could not be read.
    troubles: Vec<String>,
}

/// Work on one case.
struct Work {
    key: usize,
    recovered: Arc<Recovered>,
    thumb: Option<Thumb>,
    /// Whether its image was not where it had been.
    is_homeless: bool,
}

impl Recovery {
    /// Cases that wait for an answer.
    pub fn n_works(&self) -> usize {
        self.works.len()
    }

    /// No work's image is being opened any more.
    pub fn forget_wanted(&mut self) {
        self.wanted = None;
    }

    fn work(&self, key: usize) -> Option<&Work> {
        self.works.iter().find(|work| work.key == key)
    }

    /// Takes work out, unless a job still has it in hand.
    fn take(&mut self, key: usize) -> Option<Recovered> {
        let index = self.works.iter().position(|work| work.key == key && Arc::strong_count(&work.recovered) == 1)?;
        Arc::into_inner(self.works.remove(index).recovered)
    }

    /// Work on an image.
    fn of(&self, subject: &Subject) -> Vec<usize> {
        let works = self.works.iter().filter(|work| work.is_of(subject));
        works.map(|work| work.key).collect()
    }
}

impl Work {
    /// Whether it was drawn on this image. A file without a SeriesInstanceUID is known elsewhere by its name only once it is gone from where
    /// it was: files of other patients may be named alike.
    fn is_of(&self, open: &Subject) -> bool {
        let subject = &self.recovered.subject;
        subject.is_same_image(open) && (subject.has_series_uid() || subject.path == open.path || self.is_homeless)
    }
}

/// Looks for journals on a thread.
pub fn look_for_work(app: &mut App, root: PathBuf) {
    let colours = app.overlay.colours;
    app.jobs.start_quietly(LOOKING, move |_| {
        let Found { recovered, troubles } = recover(&root);
        let with_picture = |work: Recovered| {
            let picture = work.picture().map(|picture| picture::sketch(&picture, work.labels.geometry(), colours));
            (work, picture)
        };
        let works = recovered.into_iter().map(with_picture).collect();
        let troubles = troubles.iter().map(|trouble| keeping::full_sentence(&trouble.to_string())).collect();
        Ok::<_, Cancelled>(Outcome::Recovery(News::Found(works, troubles)))
    });
}

/// Hears what became of recovering.
pub fn hear(app: &mut App, ctx: &Context, news: News) {
    match news {
        News::Found(found, troubles) => {
            app.recovery.troubles = troubles;
            let works = found.into_iter().enumerate().map(|(key, (recovered, picture))| {
                let thumb = picture.map(|image| Thumb(ctx.load_texture("recovered", image, TextureOptions::LINEAR)));
                Work { key, recovered: Arc::new(recovered), thumb, is_homeless: false }
            });
            app.recovery.works = works.collect();
            if app.recovery.works.is_empty() {
                let mut warnings = Warnings::new();
                app.recovery.troubles.iter().for_each(|trouble| warnings.push(trouble.as_str()));
                warn(app, &warnings);
            } else {
                app.shell.later.push(Wish::Offer.into());
            }
        }
        News::ImageLookedFor(key, is_there) => {
            app.recovery.works.iter_mut().filter(|work| work.key == key).for_each(|work| work.is_homeless = !is_there);
            app.shell.later.push(if is_there { Wish::Open(key) } else { Wish::Offer }.into());
        }
        News::Ready(key, Ok(replacement)) => put_back(app, key, *replacement),
        News::Ready(_, Err(mismatch)) => {
            let why = format!(
                "What was recovered was drawn on another grid than this image's ({mismatch}): nothing was changed, and it stays in its journal."
            );
            app.shell.message = Some((why, true));
        }
        News::NotDiscarded(why) => app.shell.message = Some((keeping::full_sentence(&why), true)),
    }
}

/// Does what was asked for.
pub fn perform(app: &mut App, ctx: &Context, wish: Wish) {
    match wish {
        Wish::Offer => offer(app, |_| true),
        Wish::OfferOfImage => {
            let keys = app.keeping.subject().map(|open| app.recovery.of(open)).unwrap_or_default();
            offer(app, |work| keys.contains(&work.key));
        }
        Wish::Recover(key) => {
            app.shell.sheet = None;
            if is_on_desk(app, key) {
                make_ready(app, key);
            } else if series_of(app, key).is_some() {
                app.shell.later.push(Wish::Open(key).into());
                ctx.request_repaint();
            } else {
                look_for_image(app, key);
            }
        }
        Wish::Open(key) => open(app, key),
        Wish::NotNow(key) => leave_out(app, key),
        Wish::Discard(key) => {
            leave_out(app, key);
            if let Some(recovered) = app.recovery.take(key) {
                app.jobs.start_unseen(DISCARDING, move |_| {
                    let why = recovered.discard().err().map(|error| error.to_string());
                    let news = why.map(|why| Outcome::Recovery(News::NotDiscarded(why)));
                    Ok::<_, Cancelled>(news.unwrap_or(Outcome::Prepared))
                });
            }
        }
    }
}

/// What a wish takes of what is drawn, in no file yet.
pub fn lost_by(app: &App, wish: Wish) -> Lost {
    match wish {
        Wish::Open(_) => perform::lost_with_the_image(app),
        Wish::Recover(key) if is_on_desk(app, key) => Lost { labels: !app.desk.is_saved(), ..Lost::default() },
        _ => Lost::default(),
    }
}

/// Shows the sheet.
fn offer(app: &mut App, is_offered: impl Fn(&Work) -> bool) {
    let works = app.recovery.works.iter().filter(|work| is_offered(work));
    let rows = sheet::rows(works, app.viewer.shows_identity);
    if !rows.is_empty() {
        app.shell.sheet = Some(Sheet::Recovery(Offer::new(rows, app.recovery.troubles.clone())));
    }
}

/// Takes work off the sheet, which closes with the last.
fn leave_out(app: &mut App, key: usize) {
    if let Some(Sheet::Recovery(offer)) = &mut app.shell.sheet
        && offer.leave_out(key)
    {
        app.shell.sheet = None;
    }
}

fn look_for_image(app: &mut App, key: usize) {
    let Some(work) = app.recovery.work(key) else { return };
    let path = work.recovered.subject.path.clone();
    app.jobs.abandon(FINDING_IMAGE);
    app.jobs.start_work(FINDING_IMAGE, move |_| {
        Ok::<_, Cancelled>(Outcome::Recovery(News::ImageLookedFor(key, path.exists())))
    });
}

fn open(app: &mut App, key: usize) {
    let Some(work) = app.recovery.work(key) else { return };
    let path = work.recovered.subject.path.clone();
    match series_of(app, key) {
        Some((index, grid)) => opening::open_series(app, index, grid),
        None => opening::open(app, vec![path]),
    }
    app.recovery.wanted = Some(key);
}

/// An image was opened: what is to be put back into it is, and what else was drawn on it is offered.
pub fn image_is_open(app: &mut App) {
    let Some(subject) = app.keeping.subject() else { return };
    let keys = app.recovery.of(subject);
    let waits = app.shell.later.contains(&Wish::Offer.into());
    let is_offered = waits || matches!(app.shell.sheet, Some(Sheet::Recovery(_)));
    match app.recovery.wanted.take().filter(|key| keys.contains(key)) {
        Some(key) => make_ready(app, key),
        None if keys.is_empty() || is_offered => {}
        None => app.shell.later.push(Wish::OfferOfImage.into()),
    }
}

/// The series of the library that is to be opened for the work which is to be put back; a warning where it is not among them.
pub fn wanted_series(app: &mut App, warnings: &mut Warnings) -> Option<(usize, SliceGrid)> {
    let found = series_of(app, app.recovery.wanted?);
    if found.is_none() {
        app.recovery.wanted = None;
        warnings.push(
            "The series that the recovered work was drawn on is not there any more: open its study from where it is now, and it is offered again.",
        );
    }
    found
}

/// The series of the library that work was drawn on, and on which grid.
fn series_of(app: &App, key: usize) -> Option<(usize, SliceGrid)> {
    let Recovered { subject, labels, .. } = &*app.recovery.work(key)?.recovered;
    let is_drawn_on = |series: &Series| {
        let place = series.place().unwrap_or_default();
        Subject::new(&series.instance_uid, &place, "").is_same_image(subject)
    };
    let of_image = app.library.series.iter().enumerate().filter(|(_, series)| is_drawn_on(series));
    let openable = of_image.filter_map(|(index, series)| Some((index, grid_of(series, labels.geometry())?)));
    // Two volumes may share an identifier; the one whose grid is the work's comes first.
    openable.min_by_key(|(_, (_, is_same))| !is_same).map(|(index, (grid, _))| (index, grid))
}

/// The grid on which a series is to be opened for work on this grid, and whether the two are known to be the same.
fn grid_of(series: &Series, drawn_on: &Geometry) -> Option<(SliceGrid, bool)> {
    let is_same = series.geometry.is_some_and(|grid| grid.same_grid(drawn_on).is_ok());
    match &series.status {
        _ if series.is_volume() && is_same => Some((SliceGrid::Acquired, true)),
        SeriesStatus::Tilted { .. } | SeriesStatus::Rejected { resamplable: true, .. } => {
            Some((SliceGrid::Interpolated, false))
        }
        _ => series.is_volume().then_some((SliceGrid::Acquired, false)),
    }
}

/// Whether work was drawn on the open image, on its grid.
fn is_on_desk(app: &App, key: usize) -> bool {
    let (Some(open), Some(case)) = (app.keeping.subject(), &app.desk.case) else { return false };
    app.recovery.work(key).is_some_and(|work| {
        work.is_of(open) && work.recovered.labels.geometry().same_grid(case.volume().geometry()).is_ok()
    })
}

/// Compares work with what is drawn, on a thread.
fn make_ready(app: &mut App, key: usize) {
    let (Some(case), Some(work)) = (&mut app.desk.case, app.recovery.work(key)) else { return };
    let (drawn, recovered) = (case.drawn(), work.recovered.clone());
    app.jobs.abandon(PUTTING_BACK);
    app.jobs.start_work(PUTTING_BACK, move |_| {
        let replacement = aside(|| Replacement::recovered(&drawn, &recovered)).map(Box::new);
        Ok::<_, Cancelled>(Outcome::Recovery(News::Ready(key, replacement)))
    });
}

/// Puts work in place; what was drawn while it was being made ready is a step of its own, which undo brings back. Its journal goes once
/// the open case's own has it.
fn put_back(app: &mut App, key: usize, replacement: Replacement) {
    let Some(case) = app.desk.case.as_mut() else { return };
    if !case.replace(replacement) {
        return make_ready(app, key);
    }
    if let Some(recovered) = app.recovery.take(key) {
        let n = recovered.n_edits;
        keeping::take_up(app, &recovered.notes);
        if let Some(picture) = recovered.picture() {
            app.viewer.go_to(picture.middle());
        }
        app.shell.note = format!("{} recovered; save the labels", counted(n, "edit"));
        app.keeping.supersede(recovered);
    }
}

impl From<Wish> for super::actions::Action {
    fn from(wish: Wish) -> Self {
        Self::Recovery(wish)
    }
}
