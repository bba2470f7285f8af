//! A figure as SVG: the printed painter.
//!
//! Text stays text, set in Inter where it is installed; marks carry their name as a class.

use svg::Document;
use svg::node::element::{Circle, Description, Group, Polygon, Polyline, Rectangle, Text, Title};

use super::{Anchor, Figure, MarkKind, Role, SERIES, Shape};

const FONTS: &str = "Inter, Helvetica, Arial, sans-serif";

/// The series' colours in print: blue, vermilion, green, purple, ochre, after Okabe & Ito (Color Universal Design, 2008), dark enough for
/// lines and text on white.
const SERIES_LIGHT: [[u8; 3]; SERIES] =
    [[0x00, 0x5f, 0x9e], [0xbf, 0x4a, 0x00], [0x00, 0x7d, 0x5c], [0x96, 0x48, 0x83], [0x7d, 0x66, 0x00]];
/// The same on a dark ground.
const SERIES_DARK: [[u8; 3]; SERIES] =
    [[0x6c, 0xb6, 0xee], [0xf0, 0x8c, 0x4a], [0x4c, 0xc9, 0xa4], [0xdd, 0x9a, 0xc8], [0xd6, 0xc0, 0x60]];

/// The colours of the roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// For print: dark on white.
    Light,
    /// For the reading room: the window's colours.
    Dark,
}

impl Palette {
    /// A role's colour as red, green, blue.
    pub fn rgb(self, role: Role) -> [u8; 3] {
        match (self, role) {
            (Self::Light, Role::Ink) => [0x1f, 0x26, 0x2b],
            (Self::Light, Role::Muted) => [0x5c, 0x67, 0x70],
            (Self::Light, Role::Accent) => [0x12, 0x6d, 0x7c],
            (Self::Light, Role::Amber) => [0x9a, 0x5b, 0x00],
            (Self::Light, Role::Danger) => [0xb3, 0x26, 0x1e],
            (Self::Light, Role::Grid) => [0xe1, 0xe5, 0xe8],
            (Self::Light, Role::Background) => [0xff, 0xff, 0xff],
            (Self::Dark, Role::Ink) => [0xc9, 0xce, 0xd2],
            (Self::Dark, Role::Muted) => [0x8e, 0x97, 0x9e],
            (Self::Dark, Role::Accent) => [0x56, 0xb4, 0xc0],
            (Self::Dark, Role::Amber) => [0xe0, 0xa4, 0x3c],
            (Self::Dark, Role::Danger) => [0xe0, 0x62, 0x58],
            (Self::Dark, Role::Grid) => [0x2a, 0x2f, 0x34],
            (Self::Dark, Role::Background) => [0x1a, 0x1d, 0x20],
            (Self::Light, Role::Series(n)) => SERIES_LIGHT[n % SERIES],
            (Self::Dark, Role::Series(n)) => SERIES_DARK[n % SERIES],
        }
    }

    fn hex(self, role: Role) -> String {
        let [red, green, blue] = self.rgb(role);
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The figure as a stand-alone SVG file; its width and height are in points.
pub fn to_svg(figure: &Figure, palette: Palette) -> String {
    let [width, height] = figure.size;
    let ground = Rectangle::new().set("width", width).set("height", height).set("fill", palette.hex(Role::Background));
    let mut shapes = Group::new().set("font-family", FONTS);
    for shape in &figure.shapes {
        shapes = add(shapes, shape, palette);
    }
    let document = Document::new()
        .set("width", format!("{width}pt"))
        .set("height", format!("{height}pt"))
        .set("viewBox", (0, 0, width, height))
        .set("role", "img")
        .add(Title::new(clean(&figure.title)))
        .add(Description::new().add(svg::node::Text::new(clean(&figure.description))))
        .add(ground)
        .add(shapes);
    document.to_string()
}

fn add(group: Group, shape: &Shape, palette: Palette) -> Group {
    match shape {
        Shape::Line { points, width, dash, role } => {
            let points: Vec<String> = points.iter().map(|[x, y]| format!("{},{}", short(*x), short(*y))).collect();
            let line = Polyline::new()
                .set("points", points.join(" "))
                .set("fill", "none")
                .set("stroke", palette.hex(*role))
                .set("stroke-linejoin", "round")
                .set("stroke-width", *width);
            group.add(match dash {
                Some([dash, gap]) => line.set("stroke-dasharray", format!("{dash} {gap}")),
                None => line,
            })
        }
        Shape::Rect { min, size, role, opacity } => group.add(
            Rectangle::new()
                .set("x", short(min[0]))
                .set("y", short(min[1]))
                .set("width", short(size[0]))
                .set("height", short(size[1]))
                .set("fill", palette.hex(*role))
                .set("fill-opacity", *opacity),
        ),
        Shape::Band { upper, lower, role, opacity } => {
            let corners = upper.iter().chain(lower.iter().rev());
            let corners: Vec<String> = corners.map(|[x, y]| format!("{},{}", short(*x), short(*y))).collect();
            let area = Polygon::new().set("points", corners.join(" "));
            group.add(area.set("fill", palette.hex(*role)).set("fill-opacity", *opacity))
        }
        Shape::Mark { at, kind, radius, role, name } => mark(group, (*at, *radius), *kind, palette, (*role, name)),
        Shape::Text { at, text, size, anchor, role, strong } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let text = Text::new(clean(text))
                .set("x", short(at[0]))
                .set("y", short(at[1]))
                .set("font-size", *size)
                .set("text-anchor", anchor)
                .set("fill", palette.hex(*role));
            group.add(if *strong { text.set("font-weight", 600) } else { text })
        }
    }
}

fn mark(
    group: Group,
    ([x, y], radius): ([f64; 2], f64),
    kind: MarkKind,
    palette: Palette,
    (role, name): (Role, &str),
) -> Group {
    let (colour, ground) = (palette.hex(role), palette.hex(Role::Background));
    let circle = || Circle::new().set("class", name).set("cx", short(x)).set("cy", short(y));
    // A small mark has a thinner rim, or the rim would eat it.
    let rim = (radius / 4.5).min(1.0);
    let polygon = |corners: &[[f64; 2]]| {
        let corners = corners.iter().map(|[dx, dy]| format!("{},{}", short(x + radius * dx), short(y + radius * dy)));
        let polygon = Polygon::new().set("class", name).set("points", corners.collect::<Vec<_>>().join(" "));
        polygon.set("fill", colour.clone()).set("stroke", ground.clone()).set("stroke-width", rim)
    };
    match kind {
        MarkKind::Disc => group.add(
            circle()
                .set("r", radius)
                .set("fill", colour.clone())
                .set("stroke", ground.clone())
                .set("stroke-width", rim),
        ),
        MarkKind::Ring => group.add(
            circle()
                .set("r", radius - 0.75 * rim)
                .set("fill", ground.clone())
                .set("stroke", colour.clone())
                .set("stroke-width", 1.5 * rim),
        ),
        MarkKind::Diamond | MarkKind::Square | MarkKind::Triangle => group.add(polygon(kind.corners())),
    }
}

/// Hundredths of a point are finer than any printer.
fn short(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Text without what XML does not allow; the writer escapes what it must.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_control_characters_are_dropped() {
        let shape = Shape::Text {
            at: [1.0, 2.0],
            text: "a < b & \u{1}c".to_owned(),
            size: 9.0,
            anchor: Anchor::Start,
            role: Role::Ink,
            strong: false,
        };
        let figure = Figure { shapes: vec![shape], ..Figure::new("<t>", "&", [10.0, 10.0]) };
        let text = to_svg(&figure, Palette::Light);
        assert!(super::super::tree(&text).is_ok(), "{text}");
        assert!(text.contains("a &lt; b &amp; c") && !text.contains('\u{1}'), "{text}");
    }

    /// Relative luminance and contrast of two colours (W3C, Web Content Accessibility Guidelines 2.1).
    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let luminance = |colour: [u8; 3]| {
            let [red, green, blue] = colour.map(|part| {
                let part = f64::from(part) / 255.0;
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_colour_of_text_is_legible_on_its_ground() {
        for palette in [Palette::Light, Palette::Dark] {
            let roles = [Role::Ink, Role::Muted, Role::Accent, Role::Amber, Role::Danger].into_iter();
            for role in roles.chain((0..SERIES).map(Role::Series)) {
                let contrast = contrast(palette.rgb(role), palette.rgb(Role::Background));
                assert!(contrast >= 4.5, "{role:?} in {palette:?}: {contrast:.2}");
            }
        }
    }
}
