//! What lies over the image in a view: crosshair, contour, brush, letters and words in the corners.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use super::library::HIDDEN_FILE;
use super::pen::{Pen, Tool};
use super::views::Shown;
use super::{cutting, theme};
use crate::case::{VoiState, labelled};
use crate::render::{PlaneFrame, Viewport};
use crate::segment::Plane;
use crate::volume::{Label, VoxelBox};

/// Space between text and the view's edge, in points.
const MARGIN: f32 = 8.0;
/// Half of the gap that the crosshair leaves around its point.
const CROSSHAIR_GAP: f32 = 10.0;

/// Paints everything but the tool.
pub fn paint(painter: &Painter, plane: Plane, viewport: &Viewport, shown: &Shown) {
    let Some(frame) = shown.viewer.frame(plane) else { return };
    if shown.viewer.shows_crosshair {
        crosshair(painter, viewport, shown.viewer.crosshair);
    }
    voi(painter, viewport, shown);
    proposed(painter, viewport, shown);
    boxed(painter, viewport, shown);
    draft(painter, viewport, shown);
    cutting::paint(painter, viewport, shown, colour_of(shown, Label::Caudate));
    paint_letters(painter, frame, viewport.rect);
    corners(painter, plane, viewport, shown);
    if shown.viewer.active == plane && shown.viewer.maximised.is_none() {
        let line = Stroke::new(1.0, theme::ACCENT_DIM);
        painter.rect_stroke(viewport.rect, 0.0, line, egui::StrokeKind::Inside);
    }
}

fn crosshair(painter: &Painter, viewport: &Viewport, voxel: [usize; 3]) {
    let at = viewport.screen_from_voxel(voxel.map(|x| x as f64));
    let rect = viewport.rect;
    let line = Stroke::new(1.0, theme::faded(theme::ACCENT, 0.55));
    let gap = CROSSHAIR_GAP;
    painter.hline(rect.min.x..=at.x - gap, at.y, line);
    painter.hline(at.x + gap..=rect.max.x, at.y, line);
    painter.vline(at.x, rect.min.y..=at.y - gap, line);
    painter.vline(at.x, at.y + gap..=rect.max.y, line);
}

/// A box around the place that the reader is led to, large enough to be seen around a small one.
fn boxed(painter: &Painter, viewport: &Viewport, shown: &Shown) {
    let bounds = shown.case.and_then(|case| {
        shown.protocol.boxed(VoiState { revision: case.revision(), edge_margin_mm: shown.voi.margin_mm() })
    });
    let is_here = |bounds: &VoxelBox| bounds.range(viewport.slice.axis).contains(&viewport.slice.index);
    let Some(bounds) = bounds.filter(is_here) else { return };
    let corner = |voxel: [usize; 3]| viewport.screen_from_voxel(voxel.map(|x| x as f64 - 0.5));
    let rect = Rect::from_two_pos(corner(bounds.low), corner(bounds.high)).expand(4.0);
    let rect = Rect::from_center_size(rect.center(), rect.size().max(Vec2::splat(24.0)));
    for (width, colour) in [(3.0, theme::SHADE), (1.5, theme::AMBER)] {
        painter.rect_stroke(rect, 3.0, Stroke::new(width, colour), egui::StrokeKind::Middle);
    }
}

/// The outline of the VOI, thin: it follows from what is drawn and cannot be drawn itself.
fn voi(painter: &Painter, viewport: &Viewport, shown: &Shown) {
    let Some(outlines) = shown.case.and_then(|case| shown.voi.outlines_on(case, viewport.slice)) else { return };
    let line = Stroke::new(1.0, theme::VOI);
    for outline in outlines.iter() {
        painter.add(Shape::closed_line(outline.iter().map(|&point| viewport.screen_from_pixel(point)).collect(), line));
    }
}

fn draft(painter: &Painter, viewport: &Viewport, shown: &Shown) {
    let colour = colour_of(shown, shown.pen.label);
    let on_screen =
        |points: &[[f64; 2]]| points.iter().map(|&point| viewport.screen_from_pixel(point)).collect::<Vec<Pos2>>();
    let line = Stroke::new(1.5, colour);
    if let Some((_, outlines)) = shown.pen.pushed().filter(|(slice, _)| *slice == viewport.slice) {
        outlines.iter().for_each(|outline| painter.extend(bent(&closed(on_screen(outline)), line)));
    }
    if let Some(hint) = shown.pen.hint().filter(|hint| hint.slice == viewport.slice) {
        let colour = if hint.is_background { theme::RED } else { theme::ACCENT };
        painter.add(Shape::line(on_screen(&hint.points), Stroke::new(3.0, colour)));
    }
    let Some(draft) = shown.pen.draft.as_ref().filter(|draft| draft.slice() == viewport.slice) else { return };
    let points = on_screen(&draft.contour.vertices);
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return };
    if points.len() < MOST_CORNERS {
        painter.extend(points.iter().map(|&point| Shape::circle_filled(point, 2.0, colour)));
    }
    if draft.contour.is_closed {
        painter.extend(bent(&closed(points), line));
        return;
    }
    let way: Vec<Pos2> = std::iter::once(last).chain(on_screen(&draft.proposed)).collect();
    let end = way.last().copied().unwrap_or(last);
    let faint = Stroke::new(1.0, theme::faded(colour, 0.7));
    painter.extend(Shape::dashed_line(&[end, first], faint, 4.0, 4.0));
    painter.extend(bent(&way, faint));
    painter.circle(first, 4.0, theme::BLACK, line);
    painter.extend(bent(&points, line));
}

/// A closed line's points, the first again at the end.
fn closed(mut points: Vec<Pos2>) -> Vec<Pos2> {
    points.extend(points.first().copied());
    points
}

/// A line in pieces that end where it turns back on itself: a joint there would be drawn as a spike across the view.
fn bent(points: &[Pos2], line: Stroke) -> Vec<Shape> {
    let mut apart: Vec<Pos2> = Vec::with_capacity(points.len());
    for &point in points {
        if apart.last().is_none_or(|last| last.distance(point) > NO_STEP) {
            apart.push(point);
        }
    }
    let turns_back = |[a, b, c]: [Pos2; 3]| (b - a).normalized().dot((c - b).normalized()) < SHARPEST_JOINT;
    let mut pieces = Vec::new();
    let mut first = 0;
    for n in 1..apart.len().saturating_sub(1) {
        if turns_back([apart[n - 1], apart[n], apart[n + 1]]) {
            pieces.push(Shape::line(apart[first..=n].to_vec(), line));
            first = n;
        }
    }
    pieces.push(Shape::line(apart[first..].to_vec(), line));
    pieces
}

/// Points of the screen that are nearer than this are one.
const NO_STEP: f32 = 0.05;
/// Cosine of the sharpest turn that is joined: 100 degrees.
const SHARPEST_JOINT: f32 = -0.17;

/// What is proposed for the slice, or what lies between drawn slices there, dashed.
fn proposed(painter: &Painter, viewport: &Viewport, shown: &Shown) {
    let slice = viewport.slice;
    let (label, outlines) = match (&shown.proposals.waiting, shown.case) {
        (Some(proposal), _) => (proposal.label, proposal.outlines_on(slice)),
        (None, Some(case)) => match shown.proposals.between(case, shown.pen.label, slice) {
            Some((outlines, _)) => (shown.pen.label, outlines),
            None => return,
        },
        _ => return,
    };
    let line = Stroke::new(1.5, colour_of(shown, label));
    for outline in outlines.iter() {
        let points = outline.iter().chain(outline.first()).map(|&point| viewport.screen_from_pixel(point));
        painter.extend(Shape::dashed_line(&points.collect::<Vec<Pos2>>(), line, 5.0, 4.0));
    }
}

/// Corners of a contour up to which each has a dot: those of a freehand line would run together.
const MOST_CORNERS: usize = 60;

fn colour_of(shown: &Shown, label: Label) -> Color32 {
    theme::label_colour(shown.overlay.colours[label as usize])
}

/// The outline of the brush under the pointer.
pub fn paint_tool(painter: &Painter, at: Pos2, viewport: &Viewport, pen: &Pen) {
    if pen.tool.has_radius() && pen.tool != Tool::Grow {
        let radius = viewport.points_from_mm(pen.radius_mm).max(1.0);
        painter.circle_stroke(at, radius + 1.0, Stroke::new(1.0, theme::SHADE));
        let colour = if pen.tool == Tool::Erase { theme::TEXT } else { theme::ACCENT };
        painter.circle_stroke(at, radius, Stroke::new(1.0, colour));
    }
}

/// Letters at the edges: where right, left, front, back, head and feet are.
pub fn paint_letters(painter: &Painter, frame: &PlaneFrame, rect: Rect) {
    let [left, right, top, bottom] = frame.edge_letters();
    let font = FontId::new(theme::BODY, theme::semibold());
    let inner = rect.shrink(MARGIN);
    for (at, align, letters) in [
        (inner.left_center(), Align2::LEFT_CENTER, left),
        (inner.right_center(), Align2::RIGHT_CENTER, right),
        (inner.center_top(), Align2::CENTER_TOP, top),
        (inner.center_bottom(), Align2::CENTER_BOTTOM, bottom),
    ] {
        text(painter, at, align, &letters, &font, theme::TEXT);
    }
}

/// What is to be known of every picture of this image.
pub fn paint_doubts(painter: &Painter, rect: Rect, shown: &Shown) {
    let doubts = [
        (shown.identity.simulated, "SIMULATED"),
        (shown.is_interpolated, "INTERPOLATED"),
        (shown.is_inverted, "INVERTED"),
    ];
    let bold = FontId::new(theme::SMALL, theme::semibold());
    let line = Vec2::new(0.0, theme::SMALL + theme::UNIT);
    for (n, (_, words)) in doubts.into_iter().filter(|(holds, _)| *holds).enumerate() {
        let at = rect.shrink(MARGIN).right_top() + line * n as f32;
        text(painter, at, Align2::RIGHT_TOP, words, &bold, theme::AMBER);
    }
}

/// What a view is called, in its corner.
pub fn paint_name(painter: &Painter, rect: Rect, name: &str) {
    text(painter, rect.shrink(MARGIN).left_bottom(), Align2::LEFT_BOTTOM, name, &theme::small(), theme::TEXT);
}

fn corners(painter: &Painter, plane: Plane, viewport: &Viewport, shown: &Shown) {
    let inner = viewport.rect.shrink(MARGIN);
    let font = theme::small();
    let line = Vec2::new(0.0, theme::SMALL + theme::UNIT);
    let is_first = shown.viewer.maximised.unwrap_or(Plane::Axial) == plane;
    if is_first {
        for (n, words) in identity_lines(shown).iter().enumerate() {
            text(painter, inner.left_top() + line * n as f32, Align2::LEFT_TOP, words, &font, theme::TEXT);
        }
    }
    paint_doubts(painter, viewport.rect, shown);
    let (name, place) = place(plane, viewport, shown);
    text(painter, inner.left_bottom() - line, Align2::LEFT_BOTTOM, &name, &font, theme::TEXT);
    text(painter, inner.left_bottom(), Align2::LEFT_BOTTOM, &place, &font, theme::TEXT);
    if is_first {
        let window = shown.viewer.window;
        let words = format!("W {:.0}  L {:.0}", window.width, window.level);
        let colour = if window.in_protocol_range() { theme::TEXT } else { theme::AMBER };
        text(painter, inner.right_bottom(), Align2::RIGHT_BOTTOM, &words, &font, colour);
        let name = window.preset().map_or("", |preset| preset.name);
        text(painter, inner.right_bottom() - line, Align2::RIGHT_BOTTOM, name, &font, colour);
    }
}

fn identity_lines(shown: &Shown) -> Vec<String> {
    let identity = shown.identity;
    let study = labelled("Study", &identity.study_date);
    let series = labelled("Series", &identity.series);
    let lines = if shown.viewer.shows_identity {
        vec![&identity.patient_name, &identity.patient_id, &identity.sex_and_birth, &study, &series, &identity.file]
            .into_iter()
            .map(String::as_str)
            .collect()
    } else {
        vec!["Identity hidden", &series, if identity.file.is_empty() { "" } else { HIDDEN_FILE }]
    };
    lines.into_iter().filter(|words| !words.is_empty()).map(|words| shortened(words, 44)).collect()
}

/// At most `longest` characters.
pub fn shortened(words: &str, longest: usize) -> String {
    if words.chars().count() <= longest {
        return words.to_owned();
    }
    words.chars().take(longest - 1).chain(['…']).collect()
}

/// Plane and slice number from 1, and where the slice lies in the patient.
fn place(plane: Plane, viewport: &Viewport, shown: &Shown) -> (String, String) {
    let n_slices = shown.viewer.frame(plane).map_or(0, |frame| frame.n_slices);
    let name = format!("{}  {}/{n_slices}", plane.name(), viewport.slice.index + 1);
    let axis = match plane {
        Plane::Axial => 2,
        Plane::Coronal => 1,
        Plane::Sagittal => 0,
    };
    let crosshair = shown.viewer.crosshair.map(|x| x as f64);
    let position = shown.case.map(|case| case.volume().geometry().patient_from_voxel(crosshair)[axis]);
    let letter = ["x", "y", "z"][axis];
    (name, position.map_or(String::new(), |mm| signed(letter, mm)))
}

/// A coordinate with a true minus sign.
fn signed(letter: &str, mm: f64) -> String {
    format!("{letter} {mm:.1} mm").replace('-', "−")
}

/// Text on an image, with an outline so that it is legible on white as well.
fn text(painter: &Painter, at: Pos2, align: Align2, words: &str, font: &FontId, colour: Color32) {
    if !words.is_empty() {
        if colour == theme::AMBER {
            // Amber on white is weak whatever its outline: it has a plate behind it.
            let size = painter.layout_no_wrap(words.to_owned(), font.clone(), colour).size();
            let plate = align.anchor_size(at, size).expand2(Vec2::new(theme::UNIT, 0.0));
            painter.rect_filled(plate, 2.0, theme::SHADE);
        }
        for (x, y) in
            [(-1.0, -1.0), (0.0, -1.0), (1.0, -1.0), (-1.0, 0.0), (1.0, 0.0), (-1.0, 1.0), (0.0, 1.0), (1.0, 1.0)]
        {
            painter.text(at + Vec2::new(x, y), align, words, font.clone(), theme::SHADE);
        }
        painter.text(at, align, words, font.clone(), colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_turns_back_is_not_joined_there() {
        let at = |places: &[[f32; 2]]| places.iter().map(|[x, y]| Pos2::new(*x, *y)).collect::<Vec<_>>();
        let line = Stroke::new(1.5, theme::TEXT);
        let lengths = |points: &[Pos2]| -> Vec<usize> {
            let n_points = |shape: &Shape| match shape {
                Shape::Path(path) => path.points.len(),
                Shape::LineSegment { .. } => 2,
                _ => 0,
            };
            bent(points, line).iter().map(n_points).collect()
        };
        assert_eq!(lengths(&at(&[[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])), [4], "a right angle is joined");
        assert_eq!(lengths(&at(&[[0.0, 0.0], [9.0, 0.0], [9.0, 0.0], [0.0, 0.1], [0.0, 9.0]])), [2, 3]);
    }
}
