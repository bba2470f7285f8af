//! Holds the two painters of a figure against each other: whatever the window paints stands where the SVG has it, in the same colour.

use std::collections::VecDeque;

use egui::{Color32, Pos2, Rect, Shape};
use resvg::usvg::roxmltree::{Document, Node};

use super::{figure_painter, fonts, theme};
use crate::figure::{self, Anchor, Figure, MarkKind, Palette, Role};

/// Most that the two may differ, in points of the figure: less than is seen on a page.
const APART: f64 = 0.5;
/// Points of the window a point of the figure, at which it is painted.
const SCALE: f32 = 1.25;
/// Most that colours may differ: opacity is rounded to 8 bits on the way.
const SHADE: i32 = 2;

/// What the window paints of a figure, and where the figure stands.
fn painted(figure: &Figure) -> (VecDeque<Shape>, Rect) {
    let ctx = egui::Context::default();
    fonts::install(&ctx);
    theme::apply(&ctx);
    let screen = Rect::from_min_size(Pos2::ZERO, egui::vec2(2000.0, 4000.0));
    let mut at = Rect::NOTHING;
    let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
    let output = ctx.run_ui(input, |ui| {
        at = figure_painter::show(ui, figure, figure.size[0] as f32 * SCALE).rect;
    });
    let shapes = output.shapes.into_iter().map(|clipped| clipped.shape).filter(|shape| *shape != Shape::Noop);
    (shapes.collect(), at)
}

/// Whether numbers are near each other.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= APART
}

fn same_place(a: [f64; 2], b: [f64; 2]) -> bool {
    near(a[0], b[0]) && near(a[1], b[1])
}

/// A number of an SVG element; 0 where it has none.
fn number(node: &Node, name: &str) -> f64 {
    node.attribute(name).map_or(0.0, |text| text.parse().unwrap())
}

fn points(node: &Node) -> Vec<[f64; 2]> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        [x.parse().unwrap(), y.parse().unwrap()]
    };
    node.attribute("points").unwrap().split(' ').map(pair).collect()
}

/// A colour as the window has it: the SVG's with its opacity multiplied in.
fn colour(node: &Node, name: &str) -> [i32; 4] {
    let hex = node.attribute(name).unwrap().trim_start_matches('#');
    let part = |i: usize| f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap());
    let opacity = node.attribute("fill-opacity").map_or(1.0, |text| text.parse::<f64>().unwrap());
    [part(0), part(2), part(4), 255.0].map(|part| (part * opacity).round() as i32)
}

fn same_colour(a: Color32, b: [i32; 4]) -> bool {
    a.to_array().into_iter().zip(b).all(|(a, b)| (i32::from(a) - b).abs() <= SHADE)
}

/// Whether a place lies on a line through points.
fn lies_on(line: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    line.windows(2).any(|ends| {
        let [dx, dy] = [ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]];
        let length = dx.hypot(dy).max(1e-9);
        let along = ((x - ends[0][0]) * dx + (y - ends[0][1]) * dy) / length;
        let at = along.clamp(0.0, length) / length;
        (x - ends[0][0] - at * dx).hypot(y - ends[0][1] - at * dy) <= APART
    })
}

/// What the window paints otherwise than the SVG has it, one sentence each.
fn differences(window: &Figure, print: &Figure) -> Vec<String> {
    let (mut shapes, rect) = painted(window);
    let svg = figure::to_svg(print, Palette::Dark);
    let document = Document::parse(&svg).unwrap();
    let elements = document.root_element().children().filter(|node| node.has_tag_name("g")).flat_map(|g| g.children());
    let place = |at: Pos2| [f64::from((at.x - rect.min.x) / SCALE), f64::from((at.y - rect.min.y) / SCALE)];
    let mut wrong = Vec::new();
    for node in elements.filter(Node::is_element) {
        let is_same = if node.has_tag_name("polyline") && node.has_attribute("stroke-dasharray") {
            dashes(&node, &mut shapes, &place)
        } else {
            shapes.pop_front().is_some_and(|shape| is_same(&node, &shape, &place))
        };
        if !is_same {
            wrong.push(format!("{}: {}", window.title, &svg[node.range()]));
        }
    }
    if !shapes.is_empty() {
        wrong.push(format!("{}: {} shapes are in the window alone", window.title, shapes.len()));
    }
    wrong
}

/// Whether the window's next pieces are a dashed line's.
fn dashes(node: &Node, shapes: &mut VecDeque<Shape>, place: &dyn Fn(Pos2) -> [f64; 2]) -> bool {
    let line = points(node);
    let lengths = node.attribute("stroke-dasharray").unwrap().split(' ').map(|text| text.parse::<f64>().unwrap());
    let period: f64 = lengths.sum();
    let mut ends = Vec::new();
    while let Some(Shape::LineSegment { points, stroke }) = shapes.front() {
        let both = points.map(place);
        if !both.iter().all(|at| lies_on(&line, *at)) || !same_colour(stroke.color, colour(node, "stroke")) {
            break;
        }
        ends.extend(both);
        shapes.pop_front();
    }
    let (Some(first), Some(last)) = (ends.first(), ends.last()) else { return false };
    let end = line[line.len() - 1];
    same_place(*first, line[0]) && (last[0] - end[0]).hypot(last[1] - end[1]) <= period + APART
}

fn is_same(node: &Node, shape: &Shape, place: &dyn Fn(Pos2) -> [f64; 2]) -> bool {
    let all_same =
        |a: &[[f64; 2]], b: &[Pos2]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_place(*a, place(*b)));
    let scaled = |length: f32| f64::from(length / SCALE);
    match (node.tag_name().name(), shape) {
        ("polyline", Shape::Path(path)) => {
            let egui::epaint::ColorMode::Solid(solid) = path.stroke.color else { return false };
            all_same(&points(node), &path.points)
                && near(scaled(path.stroke.width), number(node, "stroke-width"))
                && same_colour(solid, colour(node, "stroke"))
        }
        ("polygon", Shape::Path(path)) => {
            all_same(&points(node), &path.points) && same_colour(path.fill, colour(node, "fill"))
        }
        // The corners of the upper edge and of the lower one in turn.
        ("polygon", Shape::Mesh(mesh)) => {
            let upper = mesh.vertices.iter().step_by(2);
            let lower = mesh.vertices.iter().skip(1).step_by(2).rev();
            let around: Vec<Pos2> = upper.chain(lower).map(|vertex| vertex.pos).collect();
            all_same(&points(node), &around) && same_colour(mesh.vertices[0].color, colour(node, "fill"))
        }
        ("rect", Shape::Rect(of)) => {
            let (min, size) = ([number(node, "x"), number(node, "y")], [number(node, "width"), number(node, "height")]);
            all_same(&[min, [min[0] + size[0], min[1] + size[1]]], &[of.rect.min, of.rect.max])
                && same_colour(of.fill, colour(node, "fill"))
        }
        ("circle", Shape::Circle(of)) => {
            all_same(&[[number(node, "cx"), number(node, "cy")]], &[of.center])
                && near(scaled(of.radius), number(node, "r"))
                && near(scaled(of.stroke.width), number(node, "stroke-width"))
                && same_colour(of.fill, colour(node, "fill"))
        }
        ("text", Shape::Text(of)) => {
            let Some(section) = of.galley.job.sections.first() else { return false };
            let Some(row) = of.galley.rows.first() else { return false };
            let baseline = row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y);
            let part = match node.attribute("text-anchor") {
                Some("middle") => 0.5,
                Some("end") => 1.0,
                _ => 0.0,
            };
            let at = Pos2::new(of.pos.x + part * of.galley.size().x, of.pos.y + row.pos.y + baseline);
            let weight = if section.format.font_id.family == theme::semibold() { Some("600") } else { None };
            // The SVG's writer sets text on a line of its own.
            of.galley.text() == node.text().unwrap_or_default().trim_matches('\n')
                && all_same(&[[number(node, "x"), number(node, "y")]], &[at])
                && near(scaled(section.format.font_id.size), number(node, "font-size"))
                && node.attribute("font-weight") == weight
                && same_colour(section.format.color, colour(node, "fill"))
        }
        _ => false,
    }
}

#[test]
fn the_window_paints_every_figure_as_its_svg_has_it() {
    let wrong: Vec<String> =
        figure::every::every().iter().flat_map(|(_, figure)| differences(figure, figure)).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// A shape of each kind.
fn every_shape() -> Figure {
    let role = Role::Ink;
    let line = |dash| figure::Shape::Line { points: vec![[10.0, 90.0], [90.0, 90.0]], width: 1.0, dash, role };
    let mark = |kind| figure::Shape::Mark { at: [50.0, 20.0], kind, radius: 4.0, role, name: "patient" };
    let shapes = vec![
        line(None),
        line(Some([3.0, 2.0])),
        figure::Shape::Rect { min: [10.0, 10.0], size: [20.0, 5.0], role, opacity: 0.5 },
        figure::Shape::Band {
            upper: vec![[10.0, 30.0], [90.0, 35.0]],
            lower: vec![[10.0, 40.0], [90.0, 42.0]],
            role,
            opacity: 0.2,
        },
        mark(MarkKind::Disc),
        mark(MarkKind::Ring),
        mark(MarkKind::Triangle),
        figure::Shape::Text {
            at: [50.0, 60.0],
            text: "Risk 45.6 %".to_owned(),
            size: 9.0,
            anchor: Anchor::Middle,
            role,
            strong: true,
        },
    ];
    Figure { shapes, ..Figure::new("every shape", "", [100.0, 100.0]) }
}

/// The shape, 1 point farther to the right.
fn moved(shape: &figure::Shape) -> figure::Shape {
    let mut shape = shape.clone();
    match &mut shape {
        figure::Shape::Line { points, .. } => points.iter_mut().for_each(|point| point[0] += 1.0),
        figure::Shape::Rect { min: at, .. } | figure::Shape::Mark { at, .. } | figure::Shape::Text { at, .. } => {
            at[0] += 1.0;
        }
        figure::Shape::Band { upper, .. } => upper[0][0] += 1.0,
    }
    shape
}

#[test]
fn a_shape_that_stands_elsewhere_is_found_whatever_it_is() {
    let figure = every_shape();
    assert_eq!(differences(&figure, &figure), Vec::<String>::new());
    for i in 0..figure.shapes.len() {
        let mut other = figure.clone();
        other.shapes[i] = moved(&figure.shapes[i]);
        assert!(!differences(&figure, &other).is_empty(), "not seen: {:?}", figure.shapes[i]);
        other.shapes.remove(i);
        assert!(!differences(&figure, &other).is_empty(), "not missed: {:?}", figure.shapes[i]);
    }
}
