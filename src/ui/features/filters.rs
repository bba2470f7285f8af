//! The column that narrows the list: words to search for, and groups of images and classes with how many features each lists.

use egui::{Align2, FontId, Role, Sense, Ui, Vec2, WidgetInfo};

use super::listing::{Listing, Narrowing};
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// Height of a group's row.
const ROW: f32 = 22.0;

/// The column.
pub fn show(ui: &mut Ui, listing: &mut Listing) {
    search(ui, &mut listing.narrowing);
    egui::ScrollArea::vertical().id_salt("groups").auto_shrink(false).show(ui, |ui| {
        let images: Vec<_> = listing.images().to_vec();
        let classes: Vec<_> = listing.classes().to_vec();
        let narrowing = &mut listing.narrowing;
        ui.spacing_mut().item_spacing.y = 0.0;
        widgets::section(ui, "IMAGE");
        ui.add_space(theme::UNIT);
        for (group, n) in images {
            if group_row(ui, group, n, narrowing.images.contains(&group)) {
                narrowing.toggle_image(group);
            }
        }
        ui.add_space(2.0 * theme::UNIT);
        widgets::section(ui, "CLASS");
        ui.add_space(theme::UNIT);
        for (class, n) in classes {
            if group_row(ui, class.as_str(), n, narrowing.classes.contains(&class)) {
                narrowing.toggle_class(class);
            }
        }
        ui.add_space(3.0 * theme::UNIT);
        ui.add_enabled_ui(*narrowing != Narrowing::default(), |ui| {
            if widgets::wide_button(ui, "Show all", named("Show all features", "Esc")).clicked() {
                *narrowing = Narrowing::default();
            }
        });
    });
}

fn search(ui: &mut Ui, narrowing: &mut Narrowing) {
    let hint = egui::RichText::new("Search  /").color(theme::WEAK);
    let edit = egui::TextEdit::singleline(&mut narrowing.words).id(super::search_id()).hint_text(hint);
    let response = ui.add_sized(Vec2::new(ui.available_width(), theme::ROW + theme::UNIT), edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search features"));
    widgets::explained(response, named("Words of the name, in any order", "/  Ctrl+F"));
}

/// Name of a group and how many features it lists; whether it was clicked.
fn group_row(ui: &mut Ui, group: &str, n: usize, chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let says = format!("{group}, {n} features");
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, &says));
    widgets::row_ground(ui, rect, &response, chosen);
    let painter = ui.painter();
    let inner = rect.shrink2(Vec2::new(2.0 * theme::UNIT, 0.0));
    let colour = match (chosen, n) {
        (true, _) => theme::ACCENT,
        (false, 0) => theme::WEAK,
        (false, _) => theme::TEXT,
    };
    painter.text(inner.left_center(), Align2::LEFT_CENTER, group, theme::body(), colour);
    let number = n.to_string();
    widgets::number(painter, inner.right_center(), &number, &FontId::proportional(theme::SMALL), theme::WEAK);
    response.clicked()
}
