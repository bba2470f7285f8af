//! A table that is read: a header, rows of text and numbers, and more about a row where the pointer rests.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme;
use crate::ui::widgets;

/// Height of a row.
const ROW: f32 = 22.0;
/// Space at either side of a cell.
const PAD: f32 = 4.0;

/// A column: its name, its part of the table's width, and whether numbers stand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    share: f32,
    is_number: bool,
}

/// A column of words.
pub fn words(name: impl Into<String>, share: f32) -> Column {
    Column { name: name.into(), share, is_number: false }
}

/// A column of numbers, which end below each other.
pub fn numbers(name: impl Into<String>, share: f32) -> Column {
    Column { name: name.into(), share, is_number: true }
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// A text for each column; those that are missing are empty.
    pub cells: Vec<String>,
    /// What is said where the pointer rests.
    pub more: String,
    /// Whether it belongs to the row above.
    pub is_part: bool,
}

impl Row {
    /// A row of these cells.
    pub fn of(cells: impl IntoIterator<Item = String>) -> Self {
        Self { cells: cells.into_iter().collect(), ..Self::default() }
    }

    /// The same with more to say.
    pub fn with(self, more: impl Into<String>) -> Self {
        Self { more: more.into(), ..self }
    }
}

/// The table in the width that there is, under a caption.
pub fn show(ui: &mut Ui, caption: &str, columns: &[Column], rows: &[Row]) {
    widgets::section(ui, caption);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width();
        let (rect, _) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::hover());
        let font = FontId::new(theme::SMALL, theme::semibold());
        for (column, cell) in cells(columns, rect) {
            let (at, align) = match column.is_number {
                true => (cell.right_center(), Align2::RIGHT_CENTER),
                false => (cell.left_center(), Align2::LEFT_CENTER),
            };
            ui.painter().text(at, align, &column.name, font.clone(), theme::WEAK);
        }
        ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, theme::RAISED));
        for (place, row) in rows.iter().enumerate() {
            one(ui, columns, row, place % 2 == 0);
        }
    });
    ui.add_space(2.0 * theme::UNIT);
}

fn one(ui: &mut Ui, columns: &[Column], row: &Row, is_even: bool) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
    let filled: Vec<&str> = row.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
    let says = filled.join(" ");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let fill = if response.hovered() { Some(theme::CONTROL) } else { is_even.then_some(theme::DESK) };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, 2.0, fill);
    }
    for ((column, cell), text) in cells(columns, rect).zip(&row.cells) {
        let colour = if row.is_part { theme::WEAK } else { theme::TEXT };
        if column.is_number {
            widgets::number(ui.painter(), cell.right_center(), text, &theme::body(), colour);
        } else {
            let indent = if row.is_part && cell.left() <= rect.left() + PAD { 3.0 * theme::UNIT } else { 0.0 };
            let at = cell.left_center() + Vec2::new(indent, -theme::BODY * 0.6);
            widgets::elided(ui.painter(), at, text, theme::body(), (colour, cell.width() - indent));
        }
    }
    if !row.more.is_empty() {
        response.on_hover_text(&row.more);
    }
}

/// Where the cells of a row stand.
fn cells(columns: &[Column], row: Rect) -> impl Iterator<Item = (&Column, Rect)> {
    let whole: f32 = columns.iter().map(|column| column.share).sum();
    let mut left = row.left();
    columns.iter().map(move |column| {
        let width = row.width() * column.share / whole;
        let cell = Rect::from_min_size(egui::pos2(left, row.top()), Vec2::new(width, row.height()));
        left += width;
        (column, cell.shrink2(Vec2::new(PAD, 0.0)))
    })
}
