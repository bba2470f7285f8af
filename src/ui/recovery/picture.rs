//! A small picture of what was drawn: labels in their colours on black, as the axial view shows them. The CT is not in a journal.

use egui::ColorImage;

use crate::case::journal::Picture;
use crate::render::PlaneFrame;
use crate::segment::Plane;
use crate::ui::theme;
use crate::volume::{Geometry, Label};

/// Width and height in pixels; shown half as large on an ordinary screen.
const SIZE: [usize; 2] = [256, 192];
/// Places along a side of a pixel whose colours it mixes, so that outlines are smooth.
const MIXED: usize = 3;
/// Room around what is drawn, as a part of its extent.
const ROOM: f64 = 0.16;

/// Draws a slice's labels, as large as they fit with room around them.
pub fn sketch(picture: &Picture, geometry: &Geometry, colours: [[u8; 3]; 4]) -> ColorImage {
    let plane = Plane::ALL.into_iter().find(|plane| plane.normal_axis(geometry) == 2).unwrap_or(Plane::Axial);
    let [right, down] = PlaneFrame::new(geometry, plane).right_and_down;
    let along = |axis: usize, direction: [f64; 3]| {
        let step = geometry.steps()[axis];
        step[0] * direction[0] + step[1] * direction[1] + step[2] * direction[2]
    };
    // Millimetres to the right and down of one column and of one row.
    let [[a, c], [b, d]] = [0, 1].map(|axis| [along(axis, right), along(axis, down)]);
    let determinant = a * d - b * c;
    let bounds = picture.bounds;
    let extent = [0, 1].map(|axis| (bounds.high[axis] - bounds.low[axis]) as f64);
    let centre = [0, 1].map(|axis| (bounds.high[axis] + bounds.low[axis]) as f64 / 2.0 - 0.5);
    let size_mm = [a.abs() * extent[0] + b.abs() * extent[1], c.abs() * extent[0] + d.abs() * extent[1]];
    let mm_per_pixel = [0, 1].map(|n| size_mm[n] * (1.0 + ROOM) / SIZE[n] as f64);
    let mm = mm_per_pixel[0].max(mm_per_pixel[1]) / MIXED as f64;
    let colour_at = |x: usize, y: usize| {
        let [u, v] = [(x, SIZE[0]), (y, SIZE[1])].map(|(n, size)| (n as f64 + 0.5 - (size * MIXED) as f64 / 2.0) * mm);
        let column = centre[0] + (d * u - b * v) / determinant;
        let row = centre[1] + (a * v - c * u) / determinant;
        let is_there = column > -0.5 && row > -0.5;
        let at = [row.round().max(0.0) as usize, column.round().max(0.0) as usize];
        let bits = picture.bits.get(at).copied().filter(|_| is_there).unwrap_or(0);
        let label = Label::ALL.into_iter().rev().find(|label| bits & label.bit() != 0);
        label.map_or([0; 3], |label| colours[label as usize].map(usize::from))
    };
    let mixed = |n: usize| {
        let (x, y) = (n % SIZE[0] * MIXED, n / SIZE[0] * MIXED);
        let places = (0..MIXED * MIXED).map(|n| colour_at(x + n % MIXED, y + n / MIXED));
        let sum = places.fold([0; 3], |sum, colour| [0, 1, 2].map(|n| sum[n] + colour[n]));
        theme::label_colour(sum.map(|light| (light / (MIXED * MIXED)) as u8))
    };
    ColorImage::new(SIZE, (0..SIZE[0] * SIZE[1]).map(mixed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::VoxelBox;
    use ndarray::Array2;

    const RED: [u8; 3] = [200, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 200];

    /// A liver 20 columns wide and 10 rows high with a vessel in its upper left corner.
    fn drawn(geometry: &Geometry) -> ColorImage {
        let mut bits = Array2::zeros((60, 80));
        bits.slice_mut(ndarray::s![20..30, 40..60]).fill(Label::Liver.bit());
        bits.slice_mut(ndarray::s![20..24, 40..48]).fill(Label::Liver.bit() | Label::Vessel.bit());
        let bounds = VoxelBox { low: [40, 20, 0], high: [60, 30, 3] };
        let picture = Picture { slice: 1, bits, bounds, spacing_mm: [1.0; 2] };
        sketch(&picture, geometry, [RED, BLUE, [0; 3], [0; 3]])
    }

    fn is_of(image: &ColorImage, [x, y]: [usize; 2], colour: [u8; 3]) -> bool {
        image.pixels[y * SIZE[0] + x] == theme::label_colour(colour)
    }

    /// Columns and rows that have any colour.
    fn extent(image: &ColorImage) -> [usize; 2] {
        let is_lit = |x: usize, y: usize| !is_of(image, [x, y], [0; 3]);
        let columns = (0..SIZE[0]).filter(|&x| (0..SIZE[1]).any(|y| is_lit(x, y))).count();
        [columns, (0..SIZE[1]).filter(|&y| (0..SIZE[0]).any(|x| is_lit(x, y))).count()]
    }

    #[test]
    fn a_picture_has_the_proportions_of_the_patient() {
        let grid = |dx, dy| Geometry::axial([80, 60, 3], [0.0; 3], [dx, dy, 5.0]).unwrap();
        for ([dx, dy], ratio) in [([1.0, 1.0], 2.0), ([1.0, 2.0], 1.0), ([2.0, 1.0], 4.0)] {
            let [width, height] = extent(&drawn(&grid(dx, dy))).map(|n| n as f64);
            assert!((width / height / ratio - 1.0).abs() < 0.05, "{width} x {height}, not {ratio}");
            assert!(width > 0.8 * SIZE[0] as f64 || height > 0.8 * SIZE[1] as f64);
        }
    }

    #[test]
    fn a_picture_shows_the_slice_as_the_axial_view_does() {
        let upright = Geometry::axial([80, 60, 3], [0.0; 3], [1.0, 1.0, 5.0]).unwrap();
        let image = drawn(&upright);
        let (upper_left, lower_right) = ([60, 70], [200, 130]);
        assert!(is_of(&image, upper_left, BLUE) && is_of(&image, lower_right, RED));
        // Columns run to the patient's right and rows to the front: upside down and mirrored in the file, not in the picture.
        let turned = [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 5.0]];
        let image = drawn(&Geometry::new([80, 60, 3], [0.0; 3], turned).unwrap());
        assert!(is_of(&image, [60, 70], RED) && is_of(&image, [196, 122], BLUE));
    }
}
