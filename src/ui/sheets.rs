//! Sheets over the window: the keys, a path to type, a question before something is lost, and what went wrong.

use std::path::{Path, PathBuf};

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Align, Context, Id, Key, Layout, Modal, ScrollArea, Ui};

use super::actions::Action;
use super::assign::{self, Assignment};
use super::dialogs::{Purpose, Wanted};
use super::marks::shortened;
use super::protocol::{self, Protocol};
use super::recovery::{self, Offer, Wish};
use super::threshold::{self, Threshold};
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
        /// What would be lost.
        lost: Lost,
        /// What is to be done.
        then: Box<Action>,
    },
    /// Segments of a file are to be told which labels they are.
    Assign(Assignment),
    /// The open points before something is handed in.
    Submit,
    /// A fractional segmentation is to be cut at a threshold.
    Threshold(Threshold),
    /// Work that was recovered is offered.
    Recovery(Offer),
}

/// What is drawn and in no file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// Labels.
    pub labels: bool,
    /// A contour that is not closed yet.
    pub contour: bool,
    /// A proposal that is not accepted yet.
    pub proposal: bool,
}

impl Lost {
    /// What is lost, the weightiest first.
    const fn heading(self) -> &'static str {
        match self {
            Self { labels: true, .. } => "The labels are not saved",
            Self { contour: true, .. } => "The contour is not closed",
            _ => "The proposal is not accepted",
        }
    }
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
    /// Whether the patient's identity is to stand in the file, where it can.
    pub with_identity: bool,
    /// Why the path was refused.
    problem: Option<String>,
    /// Whether the field already has the keyboard.
    has_focus: bool,
}

impl PathField {
    /// A field with what is likely: where a file is written, a name with the case's `tag` in `folder` or else at home; where
    /// labels are loaded, the folder.
    pub fn new(purpose: Purpose, folder: Option<&Path>, tag: &str) -> Self {
        let text = match (purpose.writes(), purpose, folder) {
            (true, ..) => folder.map_or_else(home, Path::to_owned).join(tagged(purpose.offered_name(), tag)),
            (false, Purpose::LoadLabels, Some(folder)) => folder.join(""),
            (false, ..) => PathBuf::new(),
        };
        let text = text.to_string_lossy().into_owned();
        // Saving again replaces nothing by itself.
        Self { purpose, text, replace: false, with_identity: false, problem: None, has_focus: false }
    }

    /// Says why the path cannot be used, and has the keyboard again.
    pub fn refuse(&mut self, problem: String) {
        self.problem = Some(problem);
        self.has_focus = false;
    }

    /// The path that was typed.
    pub fn path(&self) -> Option<PathBuf> {
        typed_path(&self.text)
    }
}

/// A path as it was typed: without quotes around it, and with the home folder for `~`. Nothing where nothing was typed.
pub fn typed_path(text: &str) -> Option<PathBuf> {
    let typed = text.trim().trim_matches(['"', '\'']);
    match typed.strip_prefix("~/") {
        Some(rest) => Some(home().join(rest)),
        None => Some(PathBuf::from(typed)).filter(|path| !path.as_os_str().is_empty()),
    }
}

/// The name with the tag before its ending.
fn tagged(name: &str, tag: &str) -> String {
    match name.split_once('.') {
        Some((stem, ending)) if !tag.is_empty() => format!("{stem}-{tag}.{ending}"),
        _ => name.to_owned(),
    }
}

fn home() -> PathBuf {
    directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf()).unwrap_or_default()
}

/// Width of the sheet of keys: its two columns of parts at their natural widths.
const KEYS_WIDTH: f32 = 800.0;
/// Width of the column of keys, the same in every part, so that the meanings stand in one line.
const KEY_COLUMN: f32 = 132.0;

/// What sheets write in that outlives them.
pub struct Writing<'a> {
    /// The open points.
    pub protocol: &'a mut Protocol,
    /// The reader's name.
    pub reader: &'a mut String,
}

/// Draws the sheet; `is_dicom` says whether labels can be saved as DICOM SEG.
pub fn show(ctx: &Context, sheet: &mut Sheet, is_dicom: bool, writing: Writing, actions: &mut Vec<Action>) {
    let is_to_read = matches!(sheet, Sheet::Keys);
    let modal = Modal::new(Id::unique("sheet")).backdrop_color(theme::CURTAIN).frame(theme::sheet_frame());
    let response = modal.show(ctx, |ui| match sheet {
        Sheet::Keys => keys_sheet(ui, actions),
        Sheet::Path(field) => path_sheet(ui, field, writing.reader, actions),
        Sheet::Unsaved { lost, then } => unsaved_sheet(ui, *lost, then, is_dicom, actions),
        Sheet::Assign(assignment) => {
            ui.set_width(assign::WIDTH);
            heading(ui, "Which labels are these segments?", actions);
            assign::show(ui, assignment, actions);
        }
        Sheet::Submit => {
            heading(ui, "Submit the delineation", actions);
            protocol::sheet(ui, writing.protocol, writing.reader, actions);
        }
        Sheet::Threshold(asked) => {
            ui.set_width(threshold::WIDTH);
            heading(ui, "From where on is a voxel inside?", actions);
            threshold::show(ui, asked, actions);
        }
        Sheet::Recovery(offer) => {
            ui.set_width(recovery::WIDTH);
            heading(ui, "Unsaved work was recovered", actions);
            offer.show(ui, actions);
        }
    });
    // A click beside a question answers nothing; what was typed into it stays.
    let is_beside = response.backdrop_response.clicked() && !is_to_read;
    if response.should_close() && !is_beside {
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
    let [look, draw, features, window] = keys::SHEET;
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            keys_part(ui, look);
            keys_part(ui, features);
            keys_part(ui, window);
        });
        ui.add_space(4.0 * theme::UNIT);
        ui.vertical(|ui| {
            keys_part(ui, draw);
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

fn path_sheet(ui: &mut Ui, field: &mut PathField, reader: &mut String, actions: &mut Vec<Action>) {
    ui.set_width(560.0);
    heading(ui, field.purpose.title(), actions);
    let edit = egui::TextEdit::singleline(&mut field.text).desired_width(f32::INFINITY).hint_text("Path");
    let response = ui.add(edit);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Path"));
    if !field.has_focus {
        response.request_focus();
        caret_at_end(ui, response.id, &field.text);
        field.has_focus = true;
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if field.purpose.writes() {
        let replace =
            if field.purpose.is_folder() { "Replace files that are there" } else { "Replace the file if there is one" };
        ui.checkbox(&mut field.replace, replace);
        if field.purpose.may_name_the_patient()
            && ui.checkbox(&mut field.with_identity, "With the patient's identity").changed()
        {
            actions.push(Action::WriteIdentity(field.with_identity));
        }
        if matches!(field.purpose, Purpose::SaveSeg | Purpose::SaveRtStruct) {
            widgets::reader_field(ui, reader);
        }
        if matches!(field.purpose, Purpose::SaveSeg | Purpose::SubmitSeg) {
            widgets::note(ui, "A DICOM SEG carries the patient's name, ID and study date, as its images do.");
        }
        if field.purpose == Purpose::SaveRtStruct {
            let why =
                "Contours lose voxels: what is read back differs along the edge. Keep a SEG, NIfTI or NRRD as well.";
            ui.label(egui::RichText::new(why).font(theme::small()).color(theme::AMBER));
        }
    } else {
        widgets::note(ui, "Folders and files can be dropped on the window as well.");
    }
    if let Some(problem) = &field.problem {
        ui.label(egui::RichText::new(problem).color(theme::RED));
    }
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let offers: &[_] = match field.purpose {
            Purpose::Study => &[("Browse folders…", Wanted::Folder), ("Browse files…", Wanted::File)],
            purpose if purpose.is_folder() => &[("Browse…", Wanted::Folder)],
            _ => &[("Browse…", Wanted::File)],
        };
        for &(text, wanted) in offers {
            if ui.button(text).clicked() {
                actions.push(Action::Browse(field.purpose, wanted));
            }
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

/// Puts the caret behind what stands in a field: where it was left in another sheet's field says nothing of this one.
fn caret_at_end(ui: &Ui, field: Id, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), field).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(text.chars().count()))));
    state.store(ui.ctx(), field);
}

fn unsaved_sheet(ui: &mut Ui, lost: Lost, then: &Action, is_dicom: bool, actions: &mut Vec<Action>) {
    ui.set_width(480.0);
    heading(ui, lost.heading(), actions);
    let (fate, lose) = match then {
        Action::CloseWindow => ("is lost when the window closes", "Close without saving"),
        Action::ReplaceLabels(_) => {
            ("is replaced by the file's labels; undo brings it back while this image is open", "Load without saving")
        }
        Action::Recovery(Wish::Recover(_)) => (
            "is replaced by what was recovered; undo brings it back while this image is open",
            "Recover without saving",
        ),
        _ => ("is lost when another image is opened", "Open without saving"),
    };
    if lost.labels {
        ui.label(format!("What was drawn since the last save {fate}."));
    }
    if lost.contour {
        ui.label(format!("The contour that is not closed yet {fate}. Enter closes it, on the slice that it is on."));
    }
    if lost.proposal {
        ui.label(format!("The proposal that waits {fate}. Enter accepts it."));
    }
    ui.add_space(2.0 * theme::UNIT);
    ui.horizontal(|ui| {
        if ui.button(egui::RichText::new(lose).color(theme::RED)).clicked() {
            actions.push(Action::Discard(Box::new(then.clone())));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = if is_dicom { Purpose::SaveSeg } else { Purpose::SaveNifti };
            let first = egui::Button::new("Save first…").fill(theme::ACCENT_DIM);
            if lost.labels && ui.add(first).clicked() {
                actions.push(Action::AskForPath(save));
            }
            if ui.button("Go on drawing").clicked() {
                actions.push(Action::CloseSheet);
            }
        });
    });
}

/// Width of a message.
const MESSAGE_WIDTH: f32 = 640.0;
/// Width left beside its text for the cross.
const CLOSE_ROOM: f32 = 40.0;
/// Most that a message is high; the rest of it is scrolled to.
const MESSAGE_HEIGHT: f32 = 160.0;
/// Lines of a message, and letters of a line, that are shown: files may say anything at any length.
const MESSAGE_LINES: usize = 60;
const LINE_LETTERS: usize = 1000;
/// Space between a message and the window's bottom: the status bar, and the words in the lower corners of the views.
const ABOVE_STATUS: f32 = 76.0;

/// What went wrong or is odd, above the status bar until it is dismissed. It floats, so that nothing moves under a pointer
/// that is about to draw.
pub fn message(ctx: &Context, text: &str, is_error: bool, actions: &mut Vec<Action>) {
    let area = egui::Area::new(Id::unique("message")).order(egui::Order::Foreground);
    area.anchor(egui::Align2::CENTER_BOTTOM, [0.0, -ABOVE_STATUS]).show(ctx, |ui| {
        theme::sheet_frame().show(ui, |ui| {
            ui.set_width(MESSAGE_WIDTH);
            message_line(ui, text, is_error, actions);
        });
    });
}

fn message_line(ui: &mut Ui, text: &str, is_error: bool, actions: &mut Vec<Action>) {
    let colour = if is_error { theme::RED } else { theme::AMBER };
    ui.horizontal_top(|ui| {
        let icon = egui::RichText::new(icons::WARNING).family(theme::icons()).size(theme::ICON).color(colour);
        ui.label(icon);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - CLOSE_ROOM);
            let area = ScrollArea::vertical().max_height(MESSAGE_HEIGHT).min_scrolled_height(MESSAGE_HEIGHT);
            area.auto_shrink([false, true]).show(ui, |ui| ui.add(egui::Label::new(readable(text)).wrap()));
        });
        if widgets::icon_button(ui, icons::CLOSE, named("Dismiss", "Esc"), false).clicked() {
            actions.push(Action::DismissMessage);
        }
    });
}

/// As much of a message as anyone reads.
fn readable(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().take(MESSAGE_LINES).map(|line| shortened(line, LINE_LETTERS)).collect();
    let left = text.lines().count() - lines.len();
    if left > 0 {
        lines.push(format!("and {left} more lines"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fonts;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use std::cell::Cell;

    #[test]
    fn a_typed_path_may_be_quoted_and_begin_with_a_tilde() {
        let typed = |text: &str| PathField { text: text.to_owned(), ..PathField::new(Purpose::Study, None, "") }.path();
        assert_eq!(typed(" \"/data/a b\" "), Some(PathBuf::from("/data/a b")));
        assert_eq!(typed("~/study"), Some(home().join("study")));
        assert_eq!(typed("  "), None);
    }

    #[test]
    fn a_message_of_any_length_leaves_its_cross_on_screen() {
        let text = format!("{}\n", "word ".repeat(5_000)).repeat(200);
        let (is_set_up, dismissed) = (Cell::new(false), Cell::new(false));
        let mut harness = Harness::builder().with_size([1280.0, 800.0]).build_ui(|ui| {
            if !is_set_up.replace(true) {
                fonts::install(ui.ctx());
                return;
            }
            let mut actions = Vec::new();
            message(ui.ctx(), &text, true, &mut actions);
            dismissed.set(dismissed.get() || actions.contains(&Action::DismissMessage));
        });
        harness.run_steps(4);
        let cross = harness.get_by_label("Dismiss").rect();
        assert!(cross.top() > 800.0 - ABOVE_STATUS - MESSAGE_HEIGHT - 60.0 && cross.bottom() < 800.0, "{cross:?}");
        harness.get_by_label("Dismiss").click();
        harness.run_steps(3);
        assert!(dismissed.get());
    }

    #[test]
    fn labels_are_looked_for_beside_their_series() {
        let field = PathField::new(Purpose::LoadLabels, Some(Path::new("/data/study")), "123456");
        assert_eq!(field.text, "/data/study/");
    }

    #[test]
    fn the_name_that_is_offered_tells_cases_apart() {
        let field = PathField::new(Purpose::SaveNifti, Some(Path::new("/data")), "123456");
        assert_eq!(field.text, "/data/labels-123456.nii.gz");
    }
}
