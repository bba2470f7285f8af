//! Sheets over the window: the keys, a path to type, a question before something is lost, and what went wrong.

use std::path::{Path, PathBuf};

use egui::{Align, Context, Id, Key, Layout, Modal, Ui};

use super::actions::Action;
use super::assign::{self, Assignment};
use super::dialogs::Purpose;
use super::widgets::{self, named};
use super::{icons, keys, theme};

/// The sheet on top of the window, where there is one.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    /// The list of keys.
    Keys,
    /// A path is wanted.
    Path(PathField),
    /// Something is to be done that loses what was drawn.
    Unsaved {
        /// What.
        then: Box<Action>,
    },
    /// Segments of a file are to be told which labels they are.
    Assign(Assignment),
}

/// A path being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct PathField {
    /// What it is for.
    pub purpose: Purpose,
    /// What was typed.
    pub text: String,
    /// Whether a file that is there is replaced.
    pub replace: bool,
    /// Whether the field already has the keyboard.
    has_focus: bool,
}

impl PathField {
    /// A field with what is likely: where a file is written, a name in the home folder; where labels are loaded, the folder of
    /// the study, `beside`.
    pub fn new(purpose: Purpose, beside: Option<&Path>) -> Self {
        let text = match (purpose.writes(), purpose, beside) {
            (true, ..) => home().join(purpose.offered_name()).to_string_lossy().into_owned(),
            (false, Purpose::LoadLabels, Some(folder)) => folder.join("").to_string_lossy().into_owned(),
            (false, ..) => String::new(),
        };
        // Saving again replaces nothing by itself.
        Self { purpose, text, replace: false, has_focus: false }
    }

    /// The path that was typed: without quotes around it, and with the home folder for `~`. Nothing where nothing was typed.
    pub fn path(&self) -> Option<PathBuf> {
        let typed = self.text.trim().trim_matches(['"', '\'']);
        match typed.strip_prefix("~/") {
            Some(rest) => Some(home().join(rest)),
            None => Some(PathBuf::from(typed)).filter(|path| !path.as_os_str().is_empty()),
        }
    }
}

fn home() -> PathBuf {
    directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf()).unwrap_or_default()
}

/// Width of the sheet of keys: its two columns of parts at their natural widths.
const KEYS_WIDTH: f32 = 800.0;
/// Width of the column of keys, the same in every part, so that the meanings stand in one line.
const KEY_COLUMN: f32 = 132.0;

/// Draws the sheet; `is_dicom` says whether labels can be saved as DICOM SEG.
pub fn show(ctx: &Context, sheet: &mut Sheet, is_dicom: bool, actions: &mut Vec<Action>) {
    let modal = Modal::new(Id::unique("sheet")).backdrop_color(theme::CURTAIN).frame(theme::sheet_frame());
    let response = modal.show(ctx, |ui| match sheet {
        Sheet::Keys => keys_sheet(ui, actions),
        Sheet::Path(field) => path_sheet(ui, field, actions),
        Sheet::Unsaved { then } => unsaved_sheet(ui, then, is_dicom, actions),
        Sheet::Assign(assignment) => {
            ui.set_width(assign::WIDTH);
            heading(ui, "Which labels are these segments?", actions);
            assign::show(ui, assignment, actions);
        }
    });
    if response.should_close() {
        actions.push(Action::CloseSheet);
    }
}

fn heading(ui: &mut Ui, text: &str, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(text).font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::CLOSE, named("Close", "Esc"), false).clicked() {
                actions.push(Action::CloseSheet);
            }
        });
    });
    ui.add_space(theme::UNIT);
}

fn keys_sheet(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.set_width(KEYS_WIDTH);
    heading(ui, "Keys", actions);
    let [look, draw, window] = keys::SHEET;
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| keys_part(ui, look));
        ui.add_space(4.0 * theme::UNIT);
        ui.vertical(|ui| {
            keys_part(ui, draw);
            keys_part(ui, window);
        });
    });
}

fn keys_part(ui: &mut Ui, (part, rows): (&str, &[(&str, &str)])) {
    widgets::section(ui, part);
    let grid = egui::Grid::new(part).num_columns(2).min_col_width(KEY_COLUMN).spacing([16.0, 4.0]);
    grid.show(ui, |ui| {
        for (key, meaning) in rows {
            ui.label(egui::RichText::new(*key).color(theme::ACCENT));
            ui.label(*meaning);
            ui.end_row();
        }
    });
}

fn path_sheet(ui: &mut Ui, field: &mut PathField, actions: &mut Vec<Action>) {
    ui.set_width(560.0);
    heading(ui, field.purpose.title(), actions);
    let edit = egui::TextEdit::singleline(&mut field.text).desired_width(f32::INFINITY).hint_text("Path");
    let response = ui.add(edit);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Path"));
    if !field.has_focus {
        response.request_focus();
        field.has_focus = true;
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if field.purpose.writes() {
        ui.checkbox(&mut field.replace, "Replace the file if there is one");
    } else {
        widgets::note(ui, "Folders and files can be dropped on the window as well.");
    }
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        if ui.button("Browse…").clicked() {
            actions.push(Action::Browse(field.purpose));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let verb = if field.purpose.writes() { "Save" } else { "Open" };
            let path = field.path();
            let go = ui.add_enabled(path.is_some(), egui::Button::new(verb).fill(theme::ACCENT_DIM)).clicked();
            if let Some(path) = path.filter(|_| go || entered) {
                actions.push(Action::UsePath { purpose: field.purpose, path, force: field.replace });
            }
            if ui.button("Cancel").clicked() {
                actions.push(Action::CloseSheet);
            }
        });
    });
}

fn unsaved_sheet(ui: &mut Ui, then: &Action, is_dicom: bool, actions: &mut Vec<Action>) {
    ui.set_width(480.0);
    heading(ui, "The labels are not saved", actions);
    let (when, lose) = match then {
        Action::CloseWindow => ("the window closes", "Close without saving"),
        _ => ("another image is opened", "Open without saving"),
    };
    ui.label(format!("What was drawn since the last save is lost when {when}."));
    ui.add_space(2.0 * theme::UNIT);
    ui.horizontal(|ui| {
        if ui.button(egui::RichText::new(lose).color(theme::RED)).clicked() {
            actions.push(Action::Discard(Box::new(then.clone())));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = if is_dicom { Purpose::SaveSeg } else { Purpose::SaveNifti };
            if ui.add(egui::Button::new("Save first…").fill(theme::ACCENT_DIM)).clicked() {
                actions.push(Action::AskForPath(save));
            }
            if ui.button("Go on drawing").clicked() {
                actions.push(Action::CloseSheet);
            }
        });
    });
}

/// What went wrong or is odd, in a line under the bars until it is dismissed.
pub fn message(ui: &mut Ui, text: &str, is_error: bool, actions: &mut Vec<Action>) {
    let colour = if is_error { theme::RED } else { theme::AMBER };
    ui.horizontal(|ui| {
        let icon = egui::RichText::new(icons::WARNING).family(theme::icons()).size(theme::ICON).color(colour);
        ui.label(icon);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::CLOSE, named("Dismiss", "Esc"), false).clicked() {
                actions.push(Action::DismissMessage);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(text).wrap());
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_may_be_quoted_and_begin_with_a_tilde() {
        let typed = |text: &str| PathField { text: text.to_owned(), ..PathField::new(Purpose::Study, None) }.path();
        assert_eq!(typed(" \"/data/a b\" "), Some(PathBuf::from("/data/a b")));
        assert_eq!(typed("~/study"), Some(home().join("study")));
        assert_eq!(typed("  "), None);
    }

    #[test]
    fn labels_are_looked_for_beside_their_series() {
        let field = PathField::new(Purpose::LoadLabels, Some(Path::new("/data/study")));
        assert_eq!(field.text, "/data/study/");
    }
}
