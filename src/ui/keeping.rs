//! Keeping the journal of the open case: begun when its image is there, told what is in a file, removed once everything is saved or
//! given up, left for the next start by a program that is stopped.
//!
//! Strokes reach it by the case itself, in the frame that they end in. That it cannot be written is said once and marked in the status
//! bar for as long as it lasts; drawing goes on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use egui::{Context, Ui};

use super::arrivals::warn;
use super::jobs::Outcome;
use super::widgets::sentence;
use super::{App, icons, theme};
use crate::base::{Cancelled, Warnings};
use crate::case::Case;
use crate::case::journal::{Journal, JournalStatus, Notes, Recovered, Subject};
use crate::case::time_sheet::Task;

/// Name of the job that ends a journal.
const ENDING: &str = "Ending the journal";
/// Longest time that a journal which ends is waited for before those that it takes the place of are kept as well.
const SETTLING: Duration = Duration::from_secs(2);
/// Seconds after which time at work is noted again.
const NOTING_S: f64 = 10.0;
/// Time between two looks at whether a journal is written that another one waits for.
const TICK: Duration = Duration::from_millis(50);

/// The journal of the open case, as the window knows it.
pub struct Keeping {
    root: Option<PathBuf>,
    ctx: Context,
    /// What the journal of the open case is of.
    subject: Option<Subject>,
    /// Why it cannot be written, as it was said.
    trouble: Option<String>,
    /// What was noted last besides the drawing, and when, in seconds.
    noted: (Notes, f64),
    /// Journals of earlier runs, whose work is that of the open case now: they go once its own is written.
    superseded: Vec<Recovered>,
}

impl Keeping {
    /// Keeps journals within a folder, or none; `ctx` is woken when trouble comes or goes.
    pub fn new(ctx: &Context, root: Option<PathBuf>) -> Self {
        Self { root, ctx: ctx.clone(), subject: None, trouble: None, noted: Default::default(), superseded: Vec::new() }
    }

    /// What the open case is, where a journal of it is kept.
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// Why what is drawn is in no journal, where it is so.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The open case goes on with the work of an earlier run, whose journal is removed once the case's own has it.
    pub fn supersede(&mut self, recovered: Recovered) {
        self.superseded.push(recovered);
    }
}

/// The folder that journals are kept in, among the user's data.
pub fn folder() -> PathBuf {
    let user = directories::ProjectDirs::from("", "", "hepatica").map(|dirs| dirs.data_local_dir().join("journals"));
    user.unwrap_or_else(|| std::env::temp_dir().join("hepatica-journals"))
}

/// Begins the journal of the case on the desk: an image with this SeriesInstanceUID (empty where it has none) from this path.
pub fn begin(app: &mut App, series_uid: &str, path: &Path) {
    let (Some(root), Some(case)) = (&app.keeping.root, &mut app.desk.case) else { return };
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let subject = Subject::new(series_uid, &path, app.shell.reader.trim());
    let ctx = app.keeping.ctx.clone();
    let wake = move || ctx.request_repaint();
    case.keep_journal(Journal::begin(root, subject.clone(), case.volume().geometry(), wake));
    app.keeping.subject = Some(subject);
    app.keeping.noted = Default::default();
}

/// Ends the journal of the case on the desk, which is about to go: removed where everything is saved or given up, else left for the
/// next start.
pub fn end(app: &mut App) {
    say_trouble(app, None);
    app.keeping.subject = None;
    let superseded = std::mem::take(&mut app.keeping.superseded);
    let is_over = app.desk.is_saved();
    let Some(journal) = app.desk.case.as_mut().and_then(Case::take_journal) else { return };
    app.jobs.start_unseen(ENDING, move |_| {
        // A journal that the disk refuses to remove is offered at the next start, where it can be discarded.
        let is_over_or_written = if is_over {
            journal.remove();
            true
        } else {
            journal.settle(SETTLING)
        };
        if is_over_or_written {
            superseded.into_iter().for_each(|old| drop(old.discard()));
        }
        Ok::<_, Cancelled>(Outcome::Prepared)
    });
}

/// Looks how keeping it goes, once a frame.
pub fn look(app: &mut App) {
    let journal = app.desk.case.as_ref().and_then(Case::journal);
    let status = journal.map(Journal::status).unwrap_or_default();
    if status.trouble != app.keeping.trouble {
        say_trouble(app, status.trouble.clone());
    }
    note(app);
    if app.keeping.superseded.is_empty() {
        return;
    }
    if status != JournalStatus::default() {
        return app.keeping.ctx.request_repaint_after(TICK);
    }
    let superseded = std::mem::take(&mut app.keeping.superseded);
    app.jobs.start_unseen(ENDING, move |_| {
        // One that stays is offered at the next start.
        superseded.into_iter().for_each(|old| drop(old.discard()));
        Ok::<_, Cancelled>(Outcome::Prepared)
    });
}

/// Notes the reader's name, edge margin and time at work, once something is drawn that is in no file: the time every few seconds, the
/// others at once.
fn note(app: &mut App) {
    let Some(case) = app.desk.case.as_ref().filter(|_| !app.desk.is_saved()) else { return };
    let now = app.keeping.ctx.input(|input| input.time);
    let edge_margin_mm = Some(app.desk.voi.margin_mm());
    let (noted, at) = &app.keeping.noted;
    let reader = app.shell.reader.trim();
    if noted.edge_margin_mm == edge_margin_mm && noted.reader == reader && now - at < NOTING_S {
        return;
    }
    let rows = app.protocol.times.rows();
    let times = rows.map(|(task, spent)| (task.slice, task.tool.clone(), spent.as_millis() as u64)).collect();
    let notes = Notes { reader: reader.to_owned(), edge_margin_mm, times };
    if *noted != notes {
        case.journal_notes(notes.clone());
    }
    app.keeping.noted = (notes, now);
}

/// Takes up what was noted of recovered work.
pub fn take_up(app: &mut App, notes: &Notes) {
    if let Some(mm) = notes.edge_margin_mm {
        app.desk.voi.restore_margin(mm);
    }
    for (slice, tool, ms) in &notes.times {
        app.protocol.times.add(Task { slice: *slice, tool: tool.clone() }, Duration::from_millis(*ms));
    }
}

/// Says trouble that came, takes back what was said of trouble that is over.
fn say_trouble(app: &mut App, trouble: Option<String>) {
    if let Some(said) = std::mem::replace(&mut app.keeping.trouble, trouble) {
        let said = full_sentence(&said);
        if let Some((text, is_error)) = app.shell.message.take() {
            let left: Vec<&str> = text.lines().filter(|line| *line != said).collect();
            app.shell.message = Some((left.join("\n"), is_error)).filter(|(text, _)| !text.is_empty());
        }
    }
    if let Some(trouble) = &app.keeping.trouble {
        let mut said = Warnings::new();
        said.push(full_sentence(trouble));
        warn(app, &said);
    }
}

/// The mark in the status bar for as long as it lasts.
pub fn mark(ui: &mut Ui, trouble: &str) {
    let label = ui.label(egui::RichText::new("Journal not written").font(theme::small()).color(theme::AMBER));
    let icon = egui::RichText::new(icons::WARNING).family(theme::icons()).size(theme::ICON).color(theme::AMBER);
    let icon = ui.label(icon);
    label.union(icon).on_hover_text(full_sentence(trouble));
}

/// With a capital letter and a full stop.
pub fn full_sentence(words: &str) -> String {
    sentence(words) + "."
}
