//! The sheet that offers recovered work, a row for each case, and the button that brings the sheet back.

use std::fmt;
use std::time::{Duration, SystemTime};

use egui::{Align, Button, Layout, Role, ScrollArea, Sense, TextureHandle, Ui, Vec2, WidgetInfo};

use super::{Wish, Work};
use crate::base::name_of;
use crate::case::journal::Recovered;
use crate::ui::actions::Action;
use crate::ui::dialogs::Purpose;
use crate::ui::library::HIDDEN_FILE;
use crate::ui::marks::shortened;
use crate::ui::theme;
use crate::ui::widgets::{self, counted, named};

/// Width of the sheet.
pub const WIDTH: f32 = 640.0;
/// Most that the rows are high; the rest is scrolled to.
const ROWS_HEIGHT: f32 = 440.0;
/// Size of a picture.
const PICTURE: Vec2 = Vec2::new(128.0, 96.0);
/// Digits of a series' hash that name it where its path is not shown.
const HASH_DIGITS: usize = 12;
/// Names of edits that a row shows, the latest first.
const NAMES: usize = 3;

/// A texture that shows what was drawn.
#[derive(Clone, PartialEq)]
pub struct Thumb(pub TextureHandle);

impl fmt::Debug for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Thumb")
    }
}

/// What the sheet offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    rows: Vec<Row>,
    /// The work about which is asked once more.
    sure: Option<usize>,
    /// Why other journals could not be read.
    troubles: Vec<String>,
}

/// Work on one case, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    key: usize,
    title: String,
    facts: String,
    names: String,
    problem: Option<String>,
    thumb: Option<Thumb>,
}

/// Rows for work; paths, which may name the patient, are left out where the identity is hidden.
pub(super) fn rows<'a>(works: impl Iterator<Item = &'a Work>, shows_identity: bool) -> Vec<Row> {
    let now = SystemTime::now();
    let row = |Work { key, recovered, thumb, is_homeless }: &Work| Row {
        key: *key,
        title: title(recovered, shows_identity),
        facts: facts(recovered, now),
        names: latest(recovered),
        problem: is_homeless.then(|| homeless(recovered, shows_identity)),
        thumb: thumb.clone(),
    };
    works.map(row).collect()
}

fn title(recovered: &Recovered, shows_identity: bool) -> String {
    let subject = &recovered.subject;
    if shows_identity {
        shortened(&name_of(&subject.path), 48)
    } else if subject.has_series_uid() {
        format!("Series {}…", subject.series_sha256.chars().take(HASH_DIGITS).collect::<String>())
    } else {
        HIDDEN_FILE.to_owned()
    }
}

fn facts(recovered: &Recovered, now: SystemTime) -> String {
    let changed = format!("Last changed {}", ago(now.duration_since(recovered.changed).unwrap_or_default()));
    let reader = &recovered.subject.reader;
    let reader = Some(format!("by {}", shortened(reader, 30))).filter(|_| !reader.is_empty());
    let edits = counted(recovered.n_edits, "edit");
    let [columns, rows, slices] = recovered.labels.geometry().size();
    let size = format!("{columns} × {rows} × {slices} voxels");
    [Some(changed), reader, Some(edits), Some(size)].into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
}

fn latest(recovered: &Recovered) -> String {
    let names: Vec<&str> = recovered.names.iter().rev().take(NAMES).map(String::as_str).collect();
    let names = format!("Latest: {}", shortened(&names.join("  ·  "), 100));
    if recovered.n_left_out > 0 { format!("{names}  ·  one more was not whole") } else { names }
}

fn homeless(recovered: &Recovered, shows_identity: bool) -> String {
    let place =
        if shows_identity { shortened(&recovered.subject.path.display().to_string(), 120) } else { String::new() };
    let place = if place.is_empty() {
        "The image is not where it was".to_owned()
    } else {
        format!("There is no image at {place}")
    };
    format!("{place}. Open it from where it is now, and this is offered again.")
}

/// How long ago, in the unit that fits.
fn ago(since: Duration) -> String {
    let minutes = since.as_secs() / 60;
    match minutes {
        0 => "a moment ago".to_owned(),
        1..60 => format!("{} ago", counted(minutes, "minute")),
        60..1440 => format!("{} ago", counted(minutes / 60, "hour")),
        _ => format!("{} ago", counted(minutes / 1440, "day")),
    }
}

impl Offer {
    /// Rows, and why other journals could not be read.
    pub fn new(rows: Vec<Row>, troubles: Vec<String>) -> Self {
        Self { rows, sure: None, troubles }
    }

    /// Takes work off the sheet; whether it was the last.
    pub fn leave_out(&mut self, key: usize) -> bool {
        self.rows.retain(|row| row.key != key);
        self.rows.is_empty()
    }

    /// What stands under the sheet's heading.
    pub fn show(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        widgets::note(
            ui,
            "The program ended before this was saved. Recovering opens the image and puts the drawing back as one step, which undo takes away.",
        );
        ui.add_space(theme::UNIT);
        let area = ScrollArea::vertical().max_height(ROWS_HEIGHT).min_scrolled_height(ROWS_HEIGHT);
        area.auto_shrink([false, true]).show(ui, |ui| {
            for (number, row) in (1..).zip(&self.rows) {
                theme::card_frame().show(ui, |ui| show_row(ui, number, row, &mut self.sure, actions));
            }
            for trouble in &self.troubles {
                ui.label(egui::RichText::new(trouble).font(theme::small()).color(theme::AMBER));
            }
        });
        if let [row] = self.rows.as_slice()
            && row.problem.is_none()
            && self.sure.is_none()
            && widgets::is_entered(ui)
        {
            actions.push(Wish::Recover(row.key).into());
        }
    }
}

fn show_row(ui: &mut Ui, number: usize, row: &Row, sure: &mut Option<usize>, actions: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        let (rect, response) = ui.allocate_exact_size(PICTURE, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture {number}")));
        ui.painter().rect_filled(rect, 4.0, theme::BLACK);
        if let Some(Thumb(texture)) = &row.thumb {
            egui::Image::new((texture.id(), PICTURE)).corner_radius(4.0).paint_at(ui, rect);
        }
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            ui.label(egui::RichText::new(&row.title).family(theme::semibold()));
            widgets::note(ui, row.facts.as_str());
            match &row.problem {
                Some(problem) => ui.add(
                    egui::Label::new(egui::RichText::new(problem).font(theme::small()).color(theme::AMBER)).wrap(),
                ),
                None => widgets::note(ui, row.names.as_str()),
            };
            ui.add_space(theme::UNIT);
            ui.horizontal(|ui| {
                if *sure == Some(row.key) {
                    ask_again(ui, number, row.key, sure, actions);
                } else {
                    answers(ui, number, row, sure, actions);
                }
            });
        });
    });
}

fn answers(ui: &mut Ui, number: usize, row: &Row, sure: &mut Option<usize>, actions: &mut Vec<Action>) {
    let recover = Button::new("Recover").fill(theme::ACCENT_DIM);
    if answer(
        ui,
        recover,
        &format!("Recover {number}"),
        "Open the image and put the drawing back (Enter, where it is the only one)",
    ) {
        actions.push(Wish::Recover(row.key).into());
    }
    let elsewhere = Button::new("Open the study…");
    if row.problem.is_some() && answer(ui, elsewhere, &format!("Open the study of {number}"), "Say where it is now") {
        actions.push(Action::AskForPath(Purpose::Study));
    }
    let later = "Leave it for later: it is offered again at the next start, and when this image is opened";
    if answer(ui, Button::new("Not now"), &format!("Not now {number}"), later) {
        actions.push(Wish::NotNow(row.key).into());
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let discard = Button::new(egui::RichText::new("Discard").color(theme::RED));
        if answer(ui, discard, &format!("Discard {number}"), "Remove what was recovered") {
            *sure = Some(row.key);
        }
    });
}

/// Discarding is asked for once more.
fn ask_again(ui: &mut Ui, number: usize, key: usize, sure: &mut Option<usize>, actions: &mut Vec<Action>) {
    ui.label("Nothing brings it back.");
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let discard = Button::new(egui::RichText::new("Discard for good").color(theme::RED));
        if answer(ui, discard, &format!("Discard {number} for good"), "Remove what was recovered, for good") {
            actions.push(Wish::Discard(key).into());
        }
        if answer(ui, Button::new("Keep"), &format!("Keep {number}"), "Keep what was recovered") {
            *sure = None;
        }
    });
}

/// A button of a row, whose number tells it from those of other rows.
fn answer(ui: &mut Ui, button: Button, name: &str, explanation: &str) -> bool {
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(explanation).clicked()
}

/// A button that brings the sheet back, where something waits for an answer.
pub fn reminder(ui: &mut Ui, n_works: usize, actions: &mut Vec<Action>) {
    if n_works == 0 {
        return;
    }
    let name = named("Unsaved work that was recovered", "");
    if widgets::wide_button(ui, &format!("Recovered work ({n_works})…"), name).clicked() {
        actions.push(Wish::Offer.into());
    }
    ui.add_space(theme::UNIT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let told = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!(told(20), "a moment ago");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(59 * 60), "59 minutes ago");
        assert_eq!(told(3600), "1 hour ago");
        assert_eq!(told(47 * 3600), "1 day ago");
        assert_eq!(told(100 * 24 * 3600), "100 days ago");
    }
}
