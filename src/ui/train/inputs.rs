//! The left column: tables, settings, and the two buttons that lead on; why either did not is said below it.

use egui::{Id, Key, Layout, Role, ScrollArea, Ui, Vec2, WidgetInfo};

use super::tables::{TableFile, Tables};
use super::{Study, UnderWay, Wish, settings};
use crate::ui::actions::Action;
use crate::ui::dialogs::{Purpose, Wanted};
use crate::ui::widgets::{self, named};
use crate::ui::{risk, theme};

/// Width of the names before the fields.
const NAMES: f32 = 96.0;
/// Width of the name between two fields, with its spaces.
const FOLDS: f32 = 56.0;
/// What the button for it is called.
const DEMONSTRATION: &str = "Load the demonstration cohort: 112 simulated patients who never lived";
/// Width of a button that browses.
const BROWSE: f32 = 32.0;

/// The column.
pub fn show(ui: &mut Ui, study: &mut Study, under_way: &UnderWay, actions: &mut Vec<Action>) {
    // What stands by every prediction is not scrolled away.
    let notice = egui::Panel::bottom("train notice").frame(egui::Frame::new()).show_separator_line(false);
    notice.show(ui, risk::answer::research_use);
    ScrollArea::vertical().id_salt("train inputs").auto_shrink(false).show(ui, |ui| {
        // Room for the scroll bar.
        ui.set_max_width(ui.available_width() - 2.0 * theme::UNIT);
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.label(egui::RichText::new("Train and validate").font(theme::heading()));
        widgets::section(ui, "TABLES");
        let entered = tables(ui, study, actions);
        read(ui, study, under_way, entered, actions);
        widgets::section(ui, "SETTINGS");
        settings::show(ui, &mut study.settings, study.cohort.as_ref().map(|read| &*read.cohort));
        ui.add_space(theme::UNIT);
        run(ui, study, under_way, actions);
        ui.add_space(theme::UNIT);
    });
}

/// Paths, columns and seed; whether Enter ended one of them.
fn tables(ui: &mut Ui, study: &mut Study, actions: &mut Vec<Action>) -> bool {
    let tables = &mut study.tables;
    // What was typed stays, out of sight, while the demonstration is looked at.
    let mut unused = Tables::default();
    let is_demonstration = tables.is_demonstration;
    let shown = if is_demonstration { &mut unused } else { &mut *tables };
    let entered = ui.add_enabled_ui(!is_demonstration, |ui| fields(ui, shown, is_demonstration, actions)).inner;
    ui.horizontal(|ui| {
        name(ui, "Seed");
        let value = egui::DragValue::new(&mut tables.seed).range(0..=u64::from(u32::MAX)).speed(0.1);
        let response = ui.add(value);
        response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Seed"));
        response.on_hover_text("Decides every resample, and split (7 : 3) and folds where no column gives them");
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let (text, name) = match is_demonstration {
                true => ("Own tables", "Back to your own tables"),
                false => ("Demonstration cohort", DEMONSTRATION),
            };
            let response = ui.button(text);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            if widgets::explained(response, named(name, "")).clicked() {
                match is_demonstration {
                    true => tables.is_demonstration = false,
                    false => actions.push(Action::Train(Wish::Demonstrate)),
                }
            }
        });
    });
    entered
}

/// The fields for paths and columns; whether Enter ended one of them.
fn fields(ui: &mut Ui, tables: &mut Tables, is_demonstration: bool, actions: &mut Vec<Action>) -> bool {
    let mut entered = false;
    let instead = |hint| if is_demonstration { "demonstration" } else { hint };
    for file in TableFile::ALL {
        ui.horizontal(|ui| {
            name(ui, file.name());
            let width = ui.available_width() - BROWSE - ui.spacing().item_spacing.x;
            let hint = match file {
                TableFile::Schema => "none",
                file if file.is_optional() => instead("none"),
                _ => instead("path"),
            };
            entered |= field(ui, tables.text_mut(file), (file.title(), hint), width);
            let browse = format!("Browse: {}", file.title());
            let response = ui.add_sized(Vec2::new(BROWSE, theme::ROW), egui::Button::new("…"));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, !is_demonstration, &browse));
            if widgets::explained(response, named(&browse, "")).clicked() {
                actions.push(Action::Browse(Purpose::Table(file), Wanted::File));
            }
        });
    }
    ui.horizontal(|ui| {
        name(ui, "Split column");
        let width = (ui.available_width() - FOLDS) / 2.0;
        entered |= field(ui, &mut tables.split, ("The column with the split", "split or set"), width);
        ui.label("Folds");
        let width = ui.available_width();
        entered |= field(ui, &mut tables.fold, ("The column with the folds", "foldid"), width);
    });
    entered
}

/// A name that takes the same width before every field.
fn name(ui: &mut Ui, name: &str) {
    let size = Vec2::new(NAMES, theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(NAMES);
        ui.label(name);
    });
}

/// A line of text; whether Enter ended it.
fn field(ui: &mut Ui, text: &mut String, (name, hint): (&str, &str), width: f32) -> bool {
    let id = Id::unique(name);
    let is_typing = ui.memory(|memory| memory.has_focus(id));
    // A path that is longer than its field shows its end: that tells files apart.
    let mut shown = if is_typing { text.clone() } else { end_of(ui, text, width - 6.0 * theme::UNIT) };
    let is_whole = shown == *text;
    let hint = egui::RichText::new(hint).color(theme::WEAK);
    let edit = egui::TextEdit::singleline(&mut shown).id(id).hint_text(hint);
    let response = ui.add_sized(Vec2::new(width.max(theme::ROW), theme::ROW), edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if is_whole && response.changed() {
        *text = shown;
    }
    widgets::explained(response, named(name, text));
    entered
}

/// As many of a path's last parts as fit the width, at least its name.
fn end_of(ui: &Ui, path: &str, width: f32) -> String {
    let fits = |text: &str| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::body(), theme::TEXT);
        galley.size().x <= width
    };
    if fits(path) {
        return path.to_owned();
    }
    let mut ends = path.match_indices(['/', '\\']).map(|(at, _)| format!("…{}", &path[at..]));
    ends.clone().find(|end| fits(end)).or(ends.next_back()).unwrap_or_else(|| path.to_owned())
}

fn read(ui: &mut Ui, study: &Study, under_way: &UnderWay, entered: bool, actions: &mut Vec<Action>) {
    let is_ready = study.tables.source().is_some() && !under_way.is_reading;
    ui.add_enabled_ui(is_ready, |ui| {
        let text = if under_way.is_reading { "Reading…" } else { "Read the tables" };
        // Once they are read, training is what leads on.
        let leads_on = study.cohort.is_none() || study.tables_changed();
        let name = named("Read the tables", "");
        let clicked = match leads_on {
            true => widgets::main_button(ui, text, name).clicked(),
            false => widgets::wide_button(ui, text, name).clicked(),
        };
        if (clicked || entered) && is_ready {
            actions.push(Action::Train(Wish::Read));
        }
    });
    problem(ui, study.unread.as_deref());
}

/// Why something was not done, in one sentence.
fn problem(ui: &mut Ui, why: Option<&str>) {
    if let Some(why) = why {
        ui.add(egui::Label::new(egui::RichText::new(why).color(theme::RED)).wrap());
    }
}

fn run(ui: &mut Ui, study: &Study, under_way: &UnderWay, actions: &mut Vec<Action>) {
    if let Some((stage, fraction)) = &under_way.training {
        let bar = egui::ProgressBar::new(fraction.unwrap_or(0.0)).desired_height(6.0).fill(theme::ACCENT);
        ui.add(bar);
        widgets::note(ui, stage);
        if widgets::wide_button(ui, "Cancel", named("Cancel the training", "")).clicked() {
            actions.push(Action::Train(Wish::Stop));
        }
        return;
    }
    let is_ready = study.cohort.is_some() && !study.tables_changed() && !under_way.is_reading;
    ui.add_enabled_ui(is_ready, |ui| {
        let name = named("Train the models", "");
        let is_done = study.run.is_some() && study.why_stale().is_none();
        let clicked = match is_ready && !is_done {
            true => widgets::main_button(ui, "Train", name).clicked(),
            false => widgets::wide_button(ui, "Train", name).clicked(),
        };
        if clicked {
            actions.push(Action::Train(Wish::Train));
        }
    });
    if study.tables_changed() {
        widgets::note(ui, "Read the tables again first: they, their columns or the seed were changed.");
    }
    problem(ui, study.untrained.as_deref());
}
