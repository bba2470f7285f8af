//! How everything looks: the one place where colours, sizes and distances are numbers.
//!
//! A reading room: three dark greys, one accent, amber for what wants attention, red for danger alone, and text no brighter
//! than an image may be. Distances lie on a grid of 4 points.

use egui::style::{ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Vec2, Visuals};

/// Behind image areas.
pub const BLACK: Color32 = Color32::BLACK;
/// The desk: bars around the panels, fields to type in.
pub const DESK: Color32 = Color32::from_rgb(0x10, 0x12, 0x14);
/// Panels.
pub const PANEL: Color32 = Color32::from_rgb(0x1a, 0x1d, 0x20);
/// Controls at rest.
pub const CONTROL: Color32 = Color32::from_rgb(0x2a, 0x2f, 0x34);
/// Controls under the pointer; lines between parts.
pub const RAISED: Color32 = Color32::from_rgb(0x38, 0x3f, 0x45);
/// Text.
pub const TEXT: Color32 = Color32::from_rgb(0xc9, 0xce, 0xd2);
/// Text that steps back.
pub const WEAK: Color32 = Color32::from_rgb(0x8e, 0x97, 0x9e);
/// What is chosen, active, or about this patient.
pub const ACCENT: Color32 = Color32::from_rgb(0x56, 0xb4, 0xc0);
/// The accent behind text.
pub const ACCENT_DIM: Color32 = Color32::from_rgb(0x1d, 0x44, 0x4a);
/// What wants attention.
pub const AMBER: Color32 = Color32::from_rgb(0xe0, 0xa4, 0x3c);
/// Danger: what is lost or wrong.
pub const RED: Color32 = Color32::from_rgb(0xe0, 0x62, 0x58);
/// The outline of the VOI: paler than every label, and neither of their hues nor of the accent's.
pub const VOI: Color32 = Color32::from_rgb(0xec, 0xc4, 0xf0);
/// Curves and groups in figures, told apart without red against green: `figure::Palette::Dark`'s.
pub const SERIES: [Color32; crate::figure::SERIES] = [
    Color32::from_rgb(0x6c, 0xb6, 0xee),
    Color32::from_rgb(0xf0, 0x8c, 0x4a),
    Color32::from_rgb(0x4c, 0xc9, 0xa4),
    Color32::from_rgb(0xdd, 0x9a, 0xc8),
    Color32::from_rgb(0xd6, 0xc0, 0x60),
];
/// Behind text on an image, so that it is legible on white bone as well.
pub const SHADE: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 140);
/// Over everything while a question is asked.
pub const CURTAIN: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 160);

/// Colours that labels can have, by name: the four that they have at first, and those of Okabe and Ito (2008) as far as they stand
/// out on dark images. Any two neighbours of a row differ in lightness, for whoever does not tell red from green.
pub const LABEL_COLOURS: [(&str, [u8; 3]); 12] = [
    ("sea green", [94, 196, 140]),
    ("cornflower", [96, 150, 240]),
    ("coral", [232, 110, 90]),
    ("ochre", [214, 176, 84]),
    ("sky blue", [86, 180, 233]),
    ("vermilion", [213, 94, 0]),
    ("yellow", [240, 228, 66]),
    ("mauve", [204, 121, 167]),
    ("bluish green", [0, 158, 115]),
    ("orange", [230, 159, 0]),
    ("deep blue", [0, 114, 178]),
    ("pale grey", [221, 221, 221]),
];

/// Text size.
pub const BODY: f32 = 13.0;
/// Notes, overlays, keys.
pub const SMALL: f32 = 11.0;
/// Headings.
pub const HEADING: f32 = 16.0;
/// Icons.
pub const ICON: f32 = 16.0;

/// The grid's unit; distances are multiples of it.
pub const UNIT: f32 = 4.0;
/// Height of a control.
pub const ROW: f32 = 24.0;
/// Width of the left and the right panel.
pub const SIDE: f32 = 240.0;

/// The font of headings and of numbers that matter.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// The font of icons.
pub fn icons() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Text in body size.
pub fn body() -> FontId {
    FontId::proportional(BODY)
}

/// Text in small size.
pub fn small() -> FontId {
    FontId::proportional(SMALL)
}

/// Headings.
pub fn heading() -> FontId {
    FontId::new(HEADING, semibold())
}

/// A label's colour from its overlay.
pub fn label_colour([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// A colour seen through: opacity 0 to 1.
pub fn faded(colour: Color32, opacity: f32) -> Color32 {
    colour.gamma_multiply(opacity)
}

/// The frame of a side panel.
pub fn panel_frame() -> egui::Frame {
    egui::Frame::new().fill(PANEL).inner_margin(Margin::symmetric(12, 8))
}

/// The frame of a bar at the top or bottom.
pub fn bar_frame() -> egui::Frame {
    egui::Frame::new().fill(DESK).inner_margin(Margin::symmetric(12, 4))
}

/// The frame of a page that is read: wide margins.
pub fn page_frame() -> egui::Frame {
    egui::Frame::new().fill(PANEL).inner_margin(Margin::symmetric(24, 16))
}

/// The frame of a sheet over the window.
pub fn sheet_frame() -> egui::Frame {
    let line = Stroke::new(1.0, RAISED);
    egui::Frame::new().fill(PANEL).stroke(line).corner_radius(CornerRadius::same(8)).inner_margin(Margin::same(16))
}

/// The frame of something set off within a panel.
pub fn card_frame() -> egui::Frame {
    egui::Frame::new().fill(DESK).corner_radius(CornerRadius::same(4)).inner_margin(Margin::same(8))
}

/// Sets the look of a window.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    ctx.set_style_of(egui::Theme::Dark, style());
}

fn style() -> Style {
    let mut style = Style { visuals: visuals(), ..Style::default() };
    style.text_styles = [
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Small, small()),
        (TextStyle::Heading, heading()),
        (TextStyle::Monospace, body()),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::splat(2.0 * UNIT);
    spacing.button_padding = Vec2::new(2.0 * UNIT, UNIT);
    spacing.interact_size = Vec2::new(ROW, ROW);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(8);
    spacing.tooltip_width = 320.0;
    spacing.scroll = ScrollStyle { bar_width: 8.0, floating_width: 4.0, ..ScrollStyle::thin() };
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = 0.0;
    style
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.widgets = Widgets {
        noninteractive: widget(PANEL, RAISED, TEXT),
        inactive: widget(CONTROL, CONTROL, TEXT),
        hovered: widget(RAISED, RAISED, TEXT),
        active: widget(ACCENT_DIM, ACCENT, TEXT),
        open: widget(RAISED, RAISED, TEXT),
    };
    visuals.selection = Selection { bg_fill: ACCENT_DIM, stroke: Stroke::new(1.0, ACCENT) };
    visuals.weak_text_color = Some(WEAK);
    visuals.hyperlink_color = ACCENT;
    visuals.panel_fill = PANEL;
    visuals.window_fill = PANEL;
    visuals.window_stroke = Stroke::new(1.0, RAISED);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(4);
    visuals.window_shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: CURTAIN };
    visuals.popup_shadow = visuals.window_shadow;
    visuals.extreme_bg_color = DESK;
    visuals.faint_bg_color = DESK;
    visuals.code_bg_color = DESK;
    visuals.warn_fg_color = AMBER;
    visuals.error_fg_color = RED;
    visuals.slider_trailing_fill = true;
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(1.0, ACCENT);
    visuals
}

fn widget(fill: Color32, line: Color32, text: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(4),
        expansion: 0.0,
    }
}
