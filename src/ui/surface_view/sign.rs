//! The sign in a corner that shows where the patient's sides are; a click on one of its letters looks from there.

use egui::{Align2, FontId, Painter, Pos2, Rect, Stroke, Vec2};

use crate::render::SurfaceCamera;
use crate::ui::theme;

/// Radius of the sign, how near a letter is hit, and the distance from the view's corner, in points.
const RADIUS: f32 = 22.0;
const LETTER: f32 = 8.0;
const CORNER: f32 = 36.0;
/// A side that lies farther behind than this part of the radius has its letter under the one in front.
const HIDDEN: f64 = -0.8;

/// The patient's sides: letter, direction (LPS), and azimuth and elevation that they are seen from.
const SIDES: [(&str, [f64; 3], [f64; 2]); 6] = [
    ("L", [1.0, 0.0, 0.0], [-90.0, 0.0]),
    ("R", [-1.0, 0.0, 0.0], [90.0, 0.0]),
    ("P", [0.0, 1.0, 0.0], [-180.0, 0.0]),
    ("A", [0.0, -1.0, 0.0], [0.0, 0.0]),
    ("H", [0.0, 0.0, 1.0], [0.0, 90.0]),
    ("F", [0.0, 0.0, -1.0], [0.0, -90.0]),
];

/// Where a side is seen, and how far in front of the sign's middle.
fn seen(rect: Rect, camera: &SurfaceCamera, direction: [f64; 3]) -> (Pos2, f64) {
    let [x, y, front] = camera.axes().map(|axis| axis.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>());
    let middle = rect.right_bottom() - Vec2::splat(CORNER);
    (middle + RADIUS * Vec2::new(x as f32, y as f32), front)
}

/// Paints the sign, what lies behind first and fainter.
pub fn paint(painter: &Painter, rect: Rect, camera: &SurfaceCamera) {
    let mut sides = SIDES.map(|(letter, direction, _)| (letter, seen(rect, camera, direction)));
    sides.sort_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let middle = rect.right_bottom() - Vec2::splat(CORNER);
    let font = FontId::new(theme::SMALL, theme::semibold());
    for (letter, (at, front)) in sides.into_iter().filter(|(_, (_, front))| *front > HIDDEN) {
        let colour = theme::faded(theme::TEXT, 0.65 + 0.35 * front as f32);
        let way = at - middle;
        let long = way.length();
        // The line ends where the letter begins.
        if long > LETTER {
            let end = middle + way * ((long - 0.8 * LETTER) / long);
            painter.line_segment([middle, end], Stroke::new(1.0, theme::faded(colour, 0.6)));
        }
        painter.text(at, Align2::CENTER_CENTER, letter, font.clone(), colour);
    }
}

/// The same picture from the side whose letter lies at a place.
pub fn side_at(rect: Rect, camera: &SurfaceCamera, at: Pos2) -> Option<SurfaceCamera> {
    let near = |(_, direction, _): &&(&str, [f64; 3], [f64; 2])| {
        let (place, front) = seen(rect, camera, *direction);
        front > HIDDEN && place.distance(at) <= LETTER
    };
    let front = |direction| seen(rect, camera, direction).1;
    let found = SIDES.iter().filter(near).max_by(|a, b| front(a.1).total_cmp(&front(b.1)))?;
    let [azimuth, elevation] = found.2;
    // Seen from above or below, the front stays at the bottom or top.
    Some(camera.from_side(azimuth, elevation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_looks_from_its_side_and_lies_in_the_middle_then() {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::splat(300.0));
        let oblique = SurfaceCamera::default().turned(40.0, 25.0);
        for (letter, direction, _) in SIDES {
            let (at, front) = seen(rect, &oblique, direction);
            let Some(camera) = side_at(rect, &oblique, at).filter(|_| front > HIDDEN) else { continue };
            let (after, front) = seen(rect, &camera, direction);
            assert!(after.distance(rect.max - Vec2::splat(CORNER)) < 1e-3 && front > 0.999, "{letter}");
        }
        assert_eq!(side_at(rect, &oblique, Pos2::ZERO), None);
        assert_eq!(side_at(rect, &oblique, seen(rect, &oblique, [0.0, -1.0, 0.0]).0).map(|c| c.azimuth), Some(0.0));
    }
}
