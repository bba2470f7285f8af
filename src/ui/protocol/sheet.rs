//! The sheet that asks about the open points before something is handed in.

use egui::{Align, Layout, Role, ScrollArea, Ui, WidgetInfo};

use super::super::actions::Action;
use super::super::theme;
use super::super::widgets::{self, named};
use super::{Protocol, Wish, wish_of};
use crate::case::submission::{Raised, Submission};

/// Width of the sheet.
const WIDTH: f32 = 600.0;
/// Most that the list of points is high; the rest of it is scrolled to.
const LIST: f32 = 400.0;
/// Width of the button that leads to a point.
const SHOW: f32 = 64.0;

/// The reader's name, the points, and the button that leads on.
pub fn show(ui: &mut Ui, protocol: &mut Protocol, reader: &mut String, actions: &mut Vec<Action>) {
    ui.set_width(WIDTH);
    widgets::reader_field(ui, reader);
    widgets::note(ui, "The name stands in the submission and, as Content Creator's Name, in a DICOM SEG.");
    let is_current = protocol.has_raised();
    let current = protocol.submission.as_mut().filter(|_| is_current);
    let why = match current {
        None => {
            ui.label("The protocol is being checked…");
            Some("the protocol is being checked".to_owned())
        }
        Some(submission) => {
            list(ui, submission, actions);
            why_not(submission, reader)
        }
    };
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let words = why.as_ref().map_or(String::new(), |why| format!("Not yet: {why}"));
        ui.label(egui::RichText::new(words).color(theme::WEAK));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = egui::Button::new("Submit").fill(theme::ACCENT_DIM);
            let hint = named("Asks where the files go", "Enter");
            let is_clicked = widgets::explained(ui.add_enabled(why.is_none(), button), hint).clicked();
            if is_clicked || why.is_none() && widgets::is_entered(ui) {
                actions.push(Action::Protocol(Wish::HandIn));
            }
            if ui.button("Go on drawing").clicked() {
                actions.push(Action::CloseSheet);
            }
        });
    });
}

/// Why nothing can be submitted yet.
fn why_not(submission: &Submission, reader: &str) -> Option<String> {
    match submission.n_open() {
        0 if reader.trim().is_empty() => Some("enter your name".to_owned()),
        0 => None,
        1 => Some("1 point is not acknowledged".to_owned()),
        n => Some(format!("{n} points are not acknowledged")),
    }
}

fn list(ui: &mut Ui, submission: &mut Submission, actions: &mut Vec<Action>) {
    ui.add_space(theme::UNIT);
    if submission.points.is_empty() {
        ui.label("Nothing is open.");
        return;
    }
    ui.label("Open points. Correct what can be corrected; acknowledge the others.");
    ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        for (n, raised) in submission.points.iter_mut().enumerate() {
            ui.push_id(n, |ui| theme::card_frame().show(ui, |ui| point(ui, raised, actions)));
        }
    });
}

fn point(ui: &mut Ui, raised: &mut Raised, actions: &mut Vec<Action>) {
    ui.set_width(ui.available_width());
    let text = raised.point.text();
    ui.horizontal_top(|ui| {
        let left = ui.available_width() - SHOW;
        ui.allocate_ui_with_layout(egui::Vec2::new(left, theme::ROW), Layout::top_down(Align::Min), |ui| {
            ui.set_width(left);
            ui.add(egui::Checkbox::new(&mut raised.is_acknowledged, text.as_str()))
                .on_hover_text("Acknowledge: seen, and meant to stay so");
        });
        if let Some(wish) = wish_of(&raised.point) {
            let name = format!("Show: {text}");
            let button = ui.button("Show");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if widgets::explained(button, named("Go there; the sheet can be opened again", "")).clicked() {
                actions.push(Action::Protocol(wish));
            }
        }
    });
    let name = format!("Note: {text}");
    let field = egui::TextEdit::singleline(&mut raised.note).desired_width(f32::INFINITY).hint_text("Note (optional)");
    ui.add(field).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
}
