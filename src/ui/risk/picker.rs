//! The list of models: where a model comes from stands first, then its name, its patients and its area under the curve.

use egui::{Color32, Popup, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::Risk;
use crate::model::{DataKind, Model};
use crate::ui::actions::Action;
use crate::ui::dialogs::Purpose;
use crate::ui::widgets::{self, named};
use crate::ui::{icons, theme};

/// Heights of the chosen model's button and of a row of the list.
const BUTTON: f32 = 44.0;
const ROW: f32 = 44.0;
/// Most that the list is high.
const LIST: f32 = 420.0;
/// Margin of a menu, with its line.
const MARGIN: f32 = 9.0;
/// Room for the cross that takes a loaded model away.
const CROSS: f32 = 32.0;

/// The chosen model, and the list of all below it while it is open.
pub fn show(ui: &mut Ui, risk: &Risk, actions: &mut Vec<Action>) {
    let model = risk.model();
    let size = Vec2::new(ui.available_width(), BUTTON);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let says = format!("Model: {}", in_words(model));
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &says));
    let visuals = ui.style().interact(&response);
    ui.painter().rect_filled(rect, visuals.corner_radius, visuals.weak_bg_fill);
    if response.has_focus() {
        widgets::focus_line(ui, rect);
    }
    entry(ui, rect.with_max_x(rect.right() - 20.0), model);
    let caret = Pos2::new(rect.right() - 16.0, rect.center().y);
    let corners = [Vec2::new(-4.0, -2.0), Vec2::new(4.0, -2.0), Vec2::new(0.0, 3.0)].map(|corner| caret + corner);
    ui.painter().add(egui::Shape::convex_polygon(corners.to_vec(), theme::WEAK, egui::Stroke::NONE));
    Popup::menu(&response).width(rect.width()).gap(4.0).show(|ui| {
        // The list with its margins is as wide as the button.
        ui.set_width(rect.width() - 2.0 * MARGIN);
        egui::ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
            for (index, model) in risk.models.iter().enumerate() {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    choice(ui, risk, index, model, actions);
                });
            }
        });
        ui.separator();
        if widgets::wide_button(ui, "Load a model…", named("Load a model from a file", "")).clicked() {
            actions.push(Action::AskForPath(Purpose::LoadModel));
            ui.close();
        }
    });
}

/// A model of the list, and the cross that takes it away where it was loaded.
fn choice(ui: &mut Ui, risk: &Risk, index: usize, model: &Model, actions: &mut Vec<Action>) {
    let is_loaded = risk.is_loaded(index);
    let width = ui.available_width() - if is_loaded { CROSS } else { 0.0 };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::click());
    let is_chosen = index == risk.chosen;
    let says = format!("Choose {}", in_words(model));
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &says));
    widgets::row_ground(ui, rect, &response, is_chosen);
    entry(ui, rect, model);
    if response.clicked() {
        actions.push(Action::ChooseModel(index));
        ui.close();
    }
    if is_loaded {
        let name = format!("Remove {}", model.name);
        if widgets::icon_button(ui, icons::CLOSE, named(&name, ""), false).clicked() {
            actions.push(Action::RemoveModel(index));
            ui.close();
        }
    }
}

/// Badge and numbers above, name below.
fn entry(ui: &Ui, rect: Rect, model: &Model) {
    let inner = rect.shrink2(Vec2::new(2.0 * theme::UNIT, theme::UNIT));
    let painter = ui.painter();
    let colour = colour(model.provenance.data);
    let font = egui::FontId::new(theme::SMALL, theme::semibold());
    let galley = painter.layout_no_wrap(model.provenance.data.badge().to_owned(), font, colour);
    let badge = Rect::from_min_size(inner.min, galley.size() + Vec2::new(3.0, 1.0) * theme::UNIT);
    painter.rect_filled(badge, 3.0, theme::faded(colour, 0.18));
    painter.galley(badge.center() - galley.size() / 2.0, galley, colour);
    let numbers = Pos2::new(inner.right(), badge.center().y);
    painter.text(numbers, egui::Align2::RIGHT_CENTER, numbers_of(model), theme::small(), theme::WEAK);
    let name = Pos2::new(inner.left(), badge.bottom() + 2.0);
    widgets::elided(painter, name, &model.name, theme::body(), (theme::TEXT, inner.width()));
}

/// Patients, and the area under the curve with whom it was measured on.
fn numbers_of(model: &Model) -> String {
    let tested = model.tested();
    let on = if tested.is_validation { "validation" } else { "apparent" };
    format!("n {}  ·  AUC {:.3} {on}", model.provenance.n, tested.performance.auc)
}

fn in_words(model: &Model) -> String {
    format!("{}, {}, {}", model.provenance.data.badge(), model.name, numbers_of(model).replace("  ·  ", ", "))
}

/// Simulated models ask for attention.
pub fn colour(data: DataKind) -> Color32 {
    match data {
        DataKind::Simulated => theme::AMBER,
        DataKind::PublishedCounts | DataKind::Patients => theme::ACCENT,
    }
}

/// The word by a number of a model on simulated data.
pub fn simulated_badge(ui: &mut Ui, model: &Model) -> Option<Response> {
    let is_simulated = model.provenance.data == DataKind::Simulated;
    is_simulated.then(|| widgets::badge(ui, "SIMULATED MODEL", theme::AMBER))
}
