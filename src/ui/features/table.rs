//! The table of features: only the rows that are seen are laid out, and the table has the keyboard as one.

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use super::listing::Listing;
use crate::radiomics::{FeatureId, Features};
use crate::ui::theme;
use crate::ui::widgets;

/// Height of a row.
const ROW: f32 = 22.0;
/// Room for the scroll bar.
const BAR: f32 = 3.0 * theme::UNIT;
/// Left edges of image, class and feature, in parts of the table's width; values end at its right edge.
const COLUMNS: [f32; 3] = [0.0, 0.25, 0.4];

/// The header, the rows, and how many there are.
pub fn show(ui: &mut Ui, listing: &mut Listing, features: &Features, is_stale: bool) {
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui);
    let whole = ui.available_rect_before_wrap();
    // Whole rows, so that none is cut.
    let height = ((whole.height() / ROW).floor() - 1.0).max(1.0) * ROW;
    let body = Rect::from_min_size(whole.min, Vec2::new(whole.width(), height));
    let foot = Rect::from_min_size(body.left_bottom(), Vec2::new(whole.width(), ROW));
    ui.scope_builder(egui::UiBuilder::new().max_rect(body), |ui| rows(ui, listing, features, is_stale));
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(foot).layout(egui::Layout::left_to_right(egui::Align::Center)),
        |ui| {
            widgets::note(ui, count(listing, features));
        },
    );
}

fn header(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width() - BAR, theme::ROW), Sense::hover());
    let inner = inner(rect);
    let font = egui::FontId::new(theme::SMALL, theme::semibold());
    for (left, name) in COLUMNS.into_iter().zip(["IMAGE", "CLASS", "FEATURE"]) {
        let at = inner.left_center() + Vec2::new(left * inner.width(), 0.0);
        ui.painter().text(at, Align2::LEFT_CENTER, name, font.clone(), theme::WEAK);
    }
    ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, "VALUE", font, theme::WEAK);
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, theme::RAISED));
}

/// Where the text of a row stands.
fn inner(row: Rect) -> Rect {
    row.shrink2(Vec2::new(2.0 * theme::UNIT, 0.0))
}

/// How many rows there are, in words.
fn count(listing: &Listing, features: &Features) -> String {
    let (n, all) = (listing.rows().len(), features.values.len());
    let shown = if n == all { format!("{all} features") } else { format!("{n} of {all} features") };
    match listing.selected_rows().len() {
        0 => shown,
        selected => format!("{shown}  ·  {selected} selected, Ctrl+C copies"),
    }
}

fn rows(ui: &mut Ui, listing: &mut Listing, features: &Features, is_stale: bool) {
    let area = ui.available_rect_before_wrap();
    let table = ui.interact(area, super::table_id(), Sense::focusable_noninteractive());
    let says = match listing.cursor_place().map(|place| &features.values[listing.rows()[place]]) {
        Some((id, value)) => format!("Features: {id} {}", shown(*value)),
        None => "Features".to_owned(),
    };
    table.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &says));
    let arrows = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(table.id, arrows));
    if listing.rows().is_empty() {
        ui.add_space(2.0 * theme::UNIT);
        widgets::note(ui, "No feature has all these words and lies in the chosen groups. Esc takes them back.");
        return;
    }
    listing.n_visible = (area.height() / ROW).floor() as usize;
    let mut clicked = None;
    let scroll = ScrollArea::vertical().id_salt("features").auto_shrink(false);
    scroll.show_rows(ui, ROW, listing.rows().len(), |ui, seen| {
        if let Some(place) = listing.cursor_place().filter(|_| listing.reveals) {
            let down = (place as f32 - seen.start as f32) * ROW;
            let top = ui.max_rect().min + Vec2::new(0.0, down);
            let row = Rect::from_min_size(top, Vec2::new(1.0, ROW));
            ui.scroll_to_rect_animation(row, None, egui::style::ScrollAnimation::none());
        }
        for place in seen {
            let index = listing.rows()[place];
            let (id, value) = &features.values[index];
            let look = Look { is_even: place % 2 == 0, is_selected: listing.is_selected(index), is_stale };
            if row(ui, area.width() - BAR, (id, *value), look) {
                clicked = Some(index);
            }
        }
    });
    listing.reveals = false;
    if let Some(index) = clicked {
        listing.select(index, ui.input(|input| input.modifiers.shift));
        table.request_focus();
    }
    if table.has_focus() {
        widgets::focus_line(ui, area);
    }
}

/// How a row is shown.
struct Look {
    is_even: bool,
    is_selected: bool,
    is_stale: bool,
}

/// One feature; whether it was clicked.
fn row(ui: &mut Ui, width: f32, (id, value): (&FeatureId, f64), look: Look) -> bool {
    // Not a place for the keyboard of its own: a thousand of them would lie before the next control.
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::CLICK);
    let text = shown(value);
    let says = format!("{id} {text}");
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, look.is_selected, &says));
    let fill = match look {
        Look { is_selected: true, .. } => Some(theme::ACCENT_DIM),
        _ if response.hovered() => Some(theme::CONTROL),
        Look { is_even: true, .. } => Some(theme::DESK),
        _ => None,
    };
    let painter = ui.painter();
    if let Some(fill) = fill {
        painter.rect_filled(rect, 2.0, fill);
    }
    let inner = inner(rect);
    let (image, name) =
        (id.image.to_string(), if look.is_selected || !look.is_stale { theme::TEXT } else { theme::WEAK });
    let cells = [(image.as_str(), theme::WEAK), (id.class.as_str(), theme::WEAK), (id.name, name)];
    for (left, (words, colour)) in COLUMNS.into_iter().zip(cells) {
        let at = inner.left_center() + Vec2::new(left * inner.width(), 0.0);
        painter.text(at, Align2::LEFT_CENTER, words, theme::body(), colour);
    }
    widgets::number(painter, inner.right_center(), &text, &theme::body(), name);
    response.on_hover_text(format!("{id} = {value}")).clicked()
}

/// Six significant digits.
fn shown(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "no value".to_owned()
    } else if value == 0.0 || (1e-3..1e7).contains(&size) {
        let digits = if value == 0.0 { 0 } else { (5 - size.log10().floor() as i32).clamp(0, 8) as usize };
        format!("{value:.digits$}").replace('-', "−")
    } else {
        format!("{value:.5e}").replace('-', "−")
    }
}
