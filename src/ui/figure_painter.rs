//! Paints a figure's shapes in the window, in the theme's colours.

use egui::{
    Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect, Response, Sense, Stroke, Tooltip, Ui, Vec2, WidgetInfo,
};

use super::theme;
use crate::figure::{Anchor, Figure, MarkKind, Role, Shape};

/// How far from the pointer a value is still read off.
const REACH: f32 = 16.0;

/// Shows a figure as wide as `width` points; its description is read out by assistive technology. Where the pointer rests near a value
/// that can be read off, the value stands beside it.
pub fn show(ui: &mut Ui, figure: &Figure, width: f32) -> Response {
    let scale = width / figure.size[0] as f32;
    let size = Vec2::new(width, figure.size[1] as f32 * scale);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &figure.description));
    let painter = ui.painter_at(rect.expand(2.0));
    for shape in &figure.shapes {
        paint(&painter, shape, rect, scale);
    }
    read_off(figure, response, &painter, scale)
}

/// Shows the reading nearest to the pointer, and where it was read: at once, for whoever follows a curve does not wait at each place.
fn read_off(figure: &Figure, response: Response, painter: &Painter, scale: f32) -> Response {
    let Some(pointer) = response.hover_pos() else { return response };
    let at = (pointer - response.rect.min) / scale;
    let within = f64::from(REACH / scale);
    let Some(reading) = figure.reading_near([f64::from(at.x), f64::from(at.y)], within) else { return response };
    let at = response.rect.min + Vec2::new(reading.at[0] as f32, reading.at[1] as f32) * scale;
    painter.circle_stroke(at, 5.0, Stroke::new(1.5, theme::TEXT));
    Tooltip::for_widget(&response).at_pointer().gap(12.0).show(|ui| ui.label(reading.text.as_str()));
    response
}

fn colour(role: Role) -> Color32 {
    match role {
        Role::Ink => theme::TEXT,
        Role::Muted => theme::WEAK,
        Role::Accent => theme::ACCENT,
        Role::Amber => theme::AMBER,
        Role::Danger => theme::RED,
        Role::Grid => theme::CONTROL,
        Role::Background => theme::PANEL,
        Role::Series(n) => theme::SERIES[n % theme::SERIES.len()],
    }
}

fn paint(painter: &Painter, shape: &Shape, rect: Rect, scale: f32) {
    let place = |at: &[f64; 2]| rect.min + Vec2::new(at[0] as f32, at[1] as f32) * scale;
    match shape {
        Shape::Line { points, width, dash, role } => {
            let points: Vec<Pos2> = points.iter().map(place).collect();
            let stroke = Stroke::new(*width as f32 * scale, colour(*role));
            match dash {
                Some([on, off]) => {
                    let [on, off] = [*on as f32 * scale, *off as f32 * scale];
                    painter.extend(egui::Shape::dashed_line(&points, stroke, on, off));
                }
                None => {
                    painter.add(egui::Shape::line(points, stroke));
                }
            }
        }
        Shape::Rect { min, size, role, opacity } => {
            let size = Vec2::new(size[0] as f32, size[1] as f32) * scale;
            let colour = theme::faded(colour(*role), *opacity as f32);
            painter.rect_filled(Rect::from_min_size(place(min), size), 0.0, colour);
        }
        Shape::Band { upper, lower, role, opacity } => {
            let colour = theme::faded(colour(*role), *opacity as f32);
            let mut mesh = egui::Mesh::default();
            for (upper, lower) in upper.iter().zip(lower) {
                let next = mesh.vertices.len() as u32;
                mesh.colored_vertex(place(upper), colour);
                mesh.colored_vertex(place(lower), colour);
                if next > 0 {
                    mesh.add_triangle(next - 2, next - 1, next);
                    mesh.add_triangle(next - 1, next, next + 1);
                }
            }
            painter.add(egui::Shape::mesh(mesh));
        }
        Shape::Mark { at, kind, radius, role, .. } => mark(painter, place(at), *kind, (*radius as f32, scale), *role),
        Shape::Text { at, text, size, anchor, role, strong } => {
            let family = if *strong { theme::semibold() } else { FontFamily::Proportional };
            let font = FontId::new(*size as f32 * scale, family);
            words(painter, place(at), text, font, *anchor, colour(*role));
        }
    }
}

/// A mark of a radius in the figure's points, at a scale; a small one has a thinner rim, as in print.
fn mark(painter: &Painter, at: Pos2, kind: MarkKind, (radius, scale): (f32, f32), role: Role) {
    let (colour, ground) = (colour(role), colour(Role::Background));
    let rim = (radius / 4.5).min(1.0) * scale;
    let radius = radius * scale;
    match kind {
        MarkKind::Disc => {
            painter.circle(at, radius, colour, Stroke::new(rim, ground));
        }
        MarkKind::Ring => {
            painter.circle(at, radius - 0.75 * rim, ground, Stroke::new(1.5 * rim, colour));
        }
        MarkKind::Diamond | MarkKind::Square | MarkKind::Triangle => {
            let corners = kind.corners().iter();
            let corners = corners.map(|[x, y]| at + Vec2::new(*x as f32, *y as f32) * radius).collect();
            painter.add(egui::Shape::convex_polygon(corners, colour, Stroke::new(rim, ground)));
        }
    }
}

/// Text whose baseline stands at a place.
fn words(painter: &Painter, at: Pos2, text: &str, font: FontId, anchor: Anchor, colour: Color32) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
    let ascent = galley.rows.first().and_then(|row| row.glyphs.first()).map_or(0.0, |glyph| glyph.pos.y);
    let align = match anchor {
        Anchor::Start => Align2::LEFT_TOP,
        Anchor::Middle => Align2::CENTER_TOP,
        Anchor::End => Align2::RIGHT_TOP,
    };
    let rect = align.anchor_size(at - Vec2::new(0.0, ascent), galley.size());
    painter.galley(rect.min, galley, colour);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Palette, SERIES};

    #[test]
    fn the_window_has_the_dark_palette_s_colours() {
        let roles =
            [Role::Ink, Role::Muted, Role::Accent, Role::Amber, Role::Danger, Role::Grid, Role::Background].into_iter();
        for role in roles.chain((0..=SERIES).map(Role::Series)) {
            assert_eq!(colour(role).to_array()[..3], Palette::Dark.rgb(role), "{role:?}");
        }
    }
}
