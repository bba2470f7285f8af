//! The colour of a label: a swatch in its row, and the colours that it can have. They are kept while the window is open; files
//! keep the colours of their formats' conventions, so that a reader's taste is in none of them.

use egui::{Popup, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::render::Overlay;
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::widgets::{self, named, sentence};
use crate::volume::Label;

/// Colours side by side.
const COLUMNS: usize = 4;
/// Side of the square that shows a colour, in points.
const SIDE: f32 = 12.0;

/// The label's colour; a click offers others.
pub fn swatch(ui: &mut Ui, label: Label, overlay: &Overlay, actions: &mut Vec<Action>) {
    let own = overlay.colours[label as usize];
    let response = square(ui, own, &format!("Colour of {}", label.name().to_lowercase()), false);
    Popup::menu(&response).show(|ui| {
        ui.spacing_mut().item_spacing = Vec2::ZERO;
        for row in theme::LABEL_COLOURS.chunks(COLUMNS) {
            ui.horizontal(|ui| {
                for &(name, colour) in row {
                    if square(ui, colour, &sentence(name), colour == own).clicked() {
                        actions.push(Action::SetColour(label, colour));
                        ui.close();
                    }
                }
            });
        }
    });
}

/// A square of a colour that can be clicked.
fn square(ui: &mut Ui, colour: [u8; 3], name: &str, is_chosen: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ROW), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, is_chosen, name));
    widgets::row_ground(ui, rect, &response, false);
    let inner = Rect::from_center_size(rect.center(), Vec2::splat(SIDE));
    let fill = theme::label_colour(colour);
    ui.painter().rect_filled(inner, 2.0, if enabled { fill } else { theme::faded(fill, 0.5) });
    if is_chosen {
        let line = Stroke::new(1.5, theme::TEXT);
        ui.painter().rect_stroke(inner.expand(2.0), 3.0, line, egui::StrokeKind::Outside);
    }
    widgets::explained(response, named(name, ""))
}
