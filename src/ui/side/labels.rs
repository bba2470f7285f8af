//! Labels: chosen, hidden, locked, measured, and changed as a whole.

use egui::{Grid, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::{Shown, colours};
use crate::ui::actions::Action;
use crate::ui::widgets::{self, named};
use crate::ui::{icons, region_menu, theme};
use crate::volume::Label;

/// A row for every label.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    widgets::section(ui, "LABELS");
    ui.spacing_mut().item_spacing.y = 0.0;
    for label in Label::ALL {
        ui.horizontal(|ui| {
            // Icons lie closer than buttons do: a name and its volume take what is left of the row.
            ui.spacing_mut().item_spacing.x = -theme::UNIT;
            let is_shown = shown.overlay.shown[label as usize];
            let icon = if is_shown { icons::SHOWN } else { icons::HIDDEN };
            let verb = if is_shown { "Hide" } else { "Show" };
            let name = format!("{verb} {}", label.name().to_lowercase());
            if widgets::faint_icon_button(ui, icon, named(&name, ""), is_shown).clicked() {
                actions.push(Action::ToggleLabel(label));
            }
            let is_locked = shown.case.is_some_and(|case| case.locks.is_locked(label));
            let (icon, verb) = if is_locked { (icons::LOCKED, "Unlock") } else { (icons::UNLOCKED, "Lock") };
            let name = format!("{verb} {}", label.name().to_lowercase());
            let why = "Strokes of other labels leave a locked one alone and flow around it";
            if widgets::faint_icon_button(ui, icon, named(&name, ""), is_locked).on_hover_text(why).clicked() {
                actions.push(Action::ToggleLock(label));
            }
            colours::swatch(ui, label, shown.overlay, actions);
            if label_row(ui, shown, label).clicked() {
                actions.push(Action::Choose(label));
            }
        });
    }
    ui.horizontal(|ui| voi_row(ui, shown, actions));
    ui.spacing_mut().item_spacing.y = 2.0 * theme::UNIT;
}

/// The VOI, which follows from the labels: it is shown and measured, and neither locked nor drawn.
fn voi_row(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = -theme::UNIT;
    let is_shown = shown.desk.voi.is_shown;
    let (icon, name) =
        if is_shown { (icons::SHOWN, "Hide the VOI's outline") } else { (icons::HIDDEN, "Show the VOI's outline") };
    if widgets::faint_icon_button(ui, icon, named(name, "Shift+H"), is_shown).clicked() {
        actions.push(Action::ToggleVoi);
    }
    // In the columns of the labels above, without a lock.
    ui.allocate_exact_size(Vec2::new(theme::ROW + theme::UNIT, theme::ROW), Sense::hover());
    let (square, _) = ui.allocate_exact_size(Vec2::splat(theme::ROW), Sense::hover());
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::hover());
    let painter = ui.painter();
    let swatch = egui::Rect::from_center_size(square.center(), Vec2::splat(10.0));
    painter.rect_stroke(swatch, 2.0, egui::Stroke::new(1.0, theme::VOI), egui::StrokeKind::Inside);
    let at = rect.left_center() + Vec2::new(theme::UNIT, 0.0);
    painter.text(at, egui::Align2::LEFT_CENTER, "VOI", theme::body(), theme::TEXT);
    let volume = shown.desk.voi_ml().map_or("–".to_owned(), |ml| format!("{ml:.1} mL"));
    let at = rect.right_center() - Vec2::new(theme::UNIT, 0.0);
    painter.text(at, egui::Align2::RIGHT_CENTER, &volume, theme::body(), theme::WEAK);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("VOI {volume}")));
    response.on_hover_text(shown.desk.voi.description());
}

/// What is done to the whole region, and to slices between drawn ones.
pub fn region(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        let label = shown.pen.label;
        ui.menu_button("Whole region…", |ui| {
            if let Some(case) = shown.case {
                region_menu::show(ui, label, case, shown.crosshair, actions);
            }
        });
        let hint = "Fill all slices between those that are drawn";
        if widgets::explained(ui.button("Fill between"), named(hint, "I")).clicked() {
            actions.push(Action::FillBetween);
        }
    });
}

/// Name and volume of a label; a click makes it the one that is drawn.
fn label_row(ui: &mut Ui, shown: &Shown, label: Label) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    let chosen = shown.pen.label == label;
    let name = format!("Draw {}", label.name().to_lowercase());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, &name));
    widgets::row_ground(ui, rect, &response, chosen);
    let painter = ui.painter();
    let at = rect.left_center() + Vec2::new(theme::UNIT, 0.0);
    painter.text(at, egui::Align2::LEFT_CENTER, label.name(), theme::body(), theme::TEXT);
    let measured = shown.case.map(|case| case.statistics().label(label).volume_ml).filter(|ml| *ml > 0.0);
    let volume = measured.map_or("–".to_owned(), |ml| format!("{ml:.1} mL"));
    let at = rect.right_center() - Vec2::new(theme::UNIT, 0.0);
    painter.text(at, egui::Align2::RIGHT_CENTER, volume, theme::body(), theme::WEAK);
    widgets::explained(response, named(&name, &format!("Ctrl+{}", label.number())))
}

/// How labels are shown.
pub fn look(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_space(theme::UNIT);
    Grid::new("look").num_columns(2).show(ui, |ui| {
        ui.spacing_mut().slider_width = 92.0;
        let mut percent = shown.overlay.opacity * 100.0;
        let label = ui.label("Opacity");
        let slider = egui::Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
        if ui.add(slider).labelled_by(label.id).changed() {
            actions.push(Action::SetOpacity(percent / 100.0));
        }
        ui.end_row();
        let mut outline = shown.overlay.outline;
        let label = ui.label("Outline");
        let slider = egui::Slider::new(&mut outline, 0.0..=4.0).step_by(0.5).fixed_decimals(1).suffix(" pt");
        if ui.add(slider).labelled_by(label.id).changed() {
            actions.push(Action::SetOutline(outline));
        }
        ui.end_row();
    });
}
