//! Controls of one look, each with a name that a screen reader says and a tooltip that names its key.

use egui::{Color32, Key, Response, Role, Sense, Ui, Vec2, WidgetInfo, WidgetText};

use super::theme;

/// What a control is called and the key that does the same.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// As it is said and shown.
    pub name: &'a str,
    /// The key, or empty.
    pub key: &'a str,
}

/// A name and its key.
pub fn named<'a>(name: &'a str, key: &'a str) -> Named<'a> {
    Named { name, key }
}

/// A square button with an icon; `chosen` shows that what it stands for is on.
pub fn icon_button(ui: &mut Ui, icon: &str, named: Named, chosen: bool) -> Response {
    icon_button_in(ui, icon, named, chosen.then_some(theme::ACCENT))
}

/// How strongly the icon of what is off is shown.
const OFF: f32 = 0.35;

/// An icon button without a ground, whose icon is faint while what it stands for is off.
pub fn faint_icon_button(ui: &mut Ui, icon: &str, named: Named, is_on: bool) -> Response {
    ui.scope(|ui| {
        if !is_on {
            let inactive = &mut ui.visuals_mut().widgets.inactive.fg_stroke;
            inactive.color = theme::faded(inactive.color, OFF);
        }
        icon_button(ui, icon, named, false)
    })
    .inner
}

/// An icon button that shows `colour` when what it stands for is on.
pub fn icon_button_in(ui: &mut Ui, icon: &str, named: Named, colour: Option<Color32>) -> Response {
    let size = Vec2::new(theme::ROW + theme::UNIT, theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    let chosen = colour.is_some();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, chosen, named.name));
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact(&response);
        let fill = if chosen { theme::ACCENT_DIM } else { visuals.weak_bg_fill };
        let quiet = !chosen && !response.hovered() && !response.has_focus();
        if !quiet {
            ui.painter().rect_filled(rect, visuals.corner_radius, fill);
        }
        if response.has_focus() {
            focus_line(ui, rect);
        }
        let text = colour.unwrap_or(visuals.fg_stroke.color);
        let font = egui::FontId::new(theme::ICON, theme::icons());
        ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, icon, font, text);
    }
    explained(response, named)
}

/// A button that takes the width it is given, text in its middle.
pub fn wide_button(ui: &mut Ui, text: &str, named: Named) -> Response {
    let size = Vec2::new(ui.available_width(), theme::ROW + theme::UNIT);
    let response = ui.add_sized(size, egui::Button::new(text));
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, named.name));
    explained(response, named)
}

/// The one button of a panel that leads on.
pub fn main_button(ui: &mut Ui, text: &str, named: Named) -> Response {
    let label = egui::RichText::new(text).family(theme::semibold());
    let size = Vec2::new(ui.available_width(), theme::ROW + 2.0 * theme::UNIT);
    let response = ui.add_sized(size, egui::Button::new(label).fill(theme::ACCENT_DIM));
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, named.name));
    explained(response, named)
}

/// A button with an icon before its text.
pub fn icon_and_text(ui: &mut Ui, icon: &str, text: &str, named: Named) -> Response {
    let mut job = egui::text::LayoutJob::default();
    let colour = ui.visuals().widgets.inactive.fg_stroke.color;
    let format =
        |font_id| egui::TextFormat { font_id, color: colour, valign: egui::Align::Center, ..Default::default() };
    job.append(icon, 0.0, format(egui::FontId::new(theme::ICON, theme::icons())));
    job.append(text, 6.0, format(theme::body()));
    let response = ui.add(egui::Button::new(job).min_size(Vec2::new(0.0, theme::ROW + theme::UNIT)));
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, named.name));
    explained(response, named)
}

/// A choice among several, shown as text; the chosen one is lit.
pub fn choice(ui: &mut Ui, chosen: bool, named: Named) -> Response {
    let colour = if chosen { theme::ACCENT } else { theme::WEAK };
    let button = egui::Button::selectable(chosen, egui::RichText::new(named.name).color(colour));
    explained(ui.add(button), named)
}

/// A choice among several that stands by itself: a framed button, the chosen one lit.
pub fn framed_choice(ui: &mut Ui, chosen: bool, named: Named) -> Response {
    let button = egui::Button::new(named.name).selected(chosen);
    explained(ui.add_sized(Vec2::new(14.0, 7.0) * theme::UNIT, button), named)
}

/// Letters of a line that are looked at: far more than fit, and as much of a hostile file's text as costs nothing.
const LONGEST_LINE: usize = 200;

/// Text on one line of at most `width` points. Where it is longer its middle is left out: what tells series apart stands at
/// either end.
pub fn elided(painter: &egui::Painter, at: egui::Pos2, text: &str, font: egui::FontId, look: (Color32, f32)) {
    let (colour, width) = look;
    let laid_out = |text: &str| painter.layout_no_wrap(text.to_owned(), font.clone(), colour);
    if let Some(text) = shortened_to(text, |text| laid_out(text).size().x <= width) {
        painter.galley(at, laid_out(&text), colour);
    }
}

/// The text, or as many letters of both its ends as fit; none where not one does.
fn shortened_to(text: &str, mut fits: impl FnMut(&str) -> bool) -> Option<String> {
    let n = text.chars().count();
    if n <= LONGEST_LINE && fits(text) {
        return Some(text.to_owned());
    }
    let ends = |kept: usize| -> String {
        let head = text.chars().take(kept.div_ceil(2));
        head.chain(['…']).chain(text.chars().skip(n - kept / 2)).collect()
    };
    let (mut fitting, mut too_many) = (0, n.min(LONGEST_LINE + 1));
    while fitting + 1 < too_many {
        let kept = (fitting + too_many) / 2;
        *(if fits(&ends(kept)) { &mut fitting } else { &mut too_many }) = kept;
    }
    (fitting > 0).then(|| ends(fitting))
}

/// Small text that steps back.
pub fn note(ui: &mut Ui, text: impl Into<String>) -> Response {
    ui.add(egui::Label::new(egui::RichText::new(text).font(theme::small()).color(theme::WEAK)).wrap())
}

/// The heading of a part of a panel.
pub fn section(ui: &mut Ui, text: &str) {
    ui.add_space(theme::UNIT);
    ui.label(egui::RichText::new(text).font(egui::FontId::new(theme::SMALL, theme::semibold())).color(theme::WEAK));
}

/// A badge: a word on a tinted ground.
pub fn badge(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let font = egui::FontId::new(theme::SMALL, theme::semibold());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, colour);
    let size = galley.size() + Vec2::new(3.0, 1.0) * theme::UNIT;
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, 3.0, theme::faded(colour, 0.18));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
    response
}

/// The number that was typed, with a decimal comma or a true minus sign as well.
pub fn typed_number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    text.replace('−', "-").replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number that ends at a place, every digit as wide as the widest: the font's own differ, and numbers below each other
/// would not stand in columns.
pub fn number(painter: &egui::Painter, right_center: egui::Pos2, number: &str, font: &egui::FontId, colour: Color32) {
    let width = |letter| painter.fonts_mut(|fonts| fonts.glyph_width(font, letter));
    let widest = ('0'..='9').map(width).fold(0.0, f32::max);
    let mut job = egui::text::LayoutJob::default();
    let mut gap = 0.0;
    for letter in number.chars() {
        let side = if letter.is_ascii_digit() { (widest - width(letter)) / 2.0 } else { 0.0 };
        let format = egui::TextFormat { font_id: font.clone(), color: colour, ..Default::default() };
        job.append(letter.encode_utf8(&mut [0; 4]), gap + side, format);
        gap = side;
    }
    let galley = painter.layout_job(job);
    let at = right_center - Vec2::new(galley.size().x + gap, galley.size().y / 2.0);
    painter.galley(at, galley, colour);
}

/// What lies behind a row of a list: lit when it is chosen or under the pointer, framed when it has the keyboard.
pub fn row_ground(ui: &Ui, rect: egui::Rect, response: &Response, chosen: bool) {
    let visuals = ui.style().interact(response);
    if chosen || response.hovered() {
        let fill = if chosen { theme::ACCENT_DIM } else { visuals.weak_bg_fill };
        ui.painter().rect_filled(rect, visuals.corner_radius, fill);
    }
    if response.has_focus() {
        focus_line(ui, rect);
    }
}

/// A line around what has the keyboard.
pub fn focus_line(ui: &Ui, rect: egui::Rect) {
    let line = egui::Stroke::new(1.0, theme::ACCENT);
    ui.painter().rect_stroke(rect, egui::CornerRadius::same(4), line, egui::StrokeKind::Inside);
}

/// The control with a tooltip that says its name and key.
pub fn explained(response: Response, named: Named) -> Response {
    if named.key.is_empty() {
        return response.on_hover_text(named.name);
    }
    let mut text = egui::text::LayoutJob::default();
    let format = |colour| egui::TextFormat { font_id: theme::body(), color: colour, ..Default::default() };
    text.append(named.name, 0.0, format(theme::TEXT));
    text.append(named.key, 12.0, format(theme::ACCENT));
    response.on_hover_text(WidgetText::from(text))
}

/// Whether Enter was pressed for the sheet as a whole: no control has the keyboard, or a field has just taken what was typed.
pub fn is_entered(ui: &Ui) -> bool {
    ui.input(|input| input.key_pressed(Key::Enter)) && ui.memory(|memory| memory.focused().is_none())
}

/// A number of things: "1 slice", "2 slices".
pub fn counted(n: impl std::fmt::Display + PartialEq + From<u8>, what: &str) -> String {
    let ending = if n == From::from(1) { "" } else { "s" };
    format!("{n} {what}{ending}")
}

/// An error's words with a capital first letter.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The reader's name, to be written or corrected.
pub fn reader_field(ui: &mut Ui, reader: &mut String) {
    ui.horizontal(|ui| {
        ui.label("Reader");
        let field = egui::TextEdit::singleline(reader).desired_width(f32::INFINITY).hint_text("Your name");
        ui.add(field).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Reader's name"));
        // DICOM names cannot hold them (PS3.5 6.2.1): what is shown is what is stored.
        reader.retain(|letter| !letter.is_control() && !matches!(letter, '\\' | '='));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_ends_and_is_laid_out_a_few_times_whatever_its_length() {
        let within = |width: usize| move |text: &str| text.chars().count() <= width;
        assert_eq!(shortened_to("Abdomen PV 5.0", within(20)).as_deref(), Some("Abdomen PV 5.0"));
        assert_eq!(shortened_to("Abdomen PV 5.0", within(8)).as_deref(), Some("Abdo…5.0"));
        assert_eq!(shortened_to("Abdomen", within(1)), None);
        assert_eq!(shortened_to("", within(0)).as_deref(), Some(""));
        // As long as a header's text may be.
        let hostile = "ä".repeat(16 << 10);
        let (mut layouts, mut longest) = (0, 0);
        let shown = shortened_to(&hostile, |text| {
            layouts += 1;
            longest = longest.max(text.chars().count());
            within(30)(text)
        });
        assert_eq!(shown.map(|text| text.chars().count()), Some(30));
        assert!(layouts < 10 && longest <= LONGEST_LINE + 1, "{layouts} layouts of up to {longest} letters");
    }
}
