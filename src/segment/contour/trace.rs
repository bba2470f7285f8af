//! From pixels back to outlines: a walk along the edges between pixels of a region and others.
//!
//! An outline joins the middles of successive pixel edges (marching squares of a binary image; Lorensen and Cline 1987 in the
//! plane), so that it passes no pixel's centre nearer than sqrt(2)/4 = 0.354 pixels. Pixels that touch by a corner alone
//! are apart, so that outlines never touch; holes have outlines of their own.
//!
//! Leaving out vertices within [`TOLERANCE`] changes no pixel: were a centre between the new line and the old one, then it
//! would lie on the way of at most the tolerance from a vertex of one to the other, and so nearer to the old line than 0.354
//! pixels.

use super::{Contour, simplified_ring};
use crate::segment::bitmap::Bitmap;
use crate::segment::{Pixels, SliceOfGrid};

/// How far, in pixels, a vertex that is left out may lie from the new outline; below sqrt(2)/4, see above.
const TOLERANCE: f64 = 0.35;

/// Directions from a pixel to its neighbours, each a quarter turn after the one before.
const SIDES: [[i64; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/// The outlines of a region, holes included, in the order of their first lines: what [`super::fill_all`] makes the same
/// pixels of, bit for bit. A region that spans more than any image has none.
pub fn outlines(region: &Pixels) -> Vec<Vec<[f64; 2]>> {
    let Some(bitmap) = Bitmap::around(region, &[], 0) else { return Vec::new() };
    let mut walked = vec![false; bitmap.inside.len()];
    let mut found = Vec::new();
    for run in region.runs() {
        for a in run.start..run.end {
            // Every outline has an edge whose outer side is the one towards the line before.
            let at = [a, run.line];
            let known = bitmap.place(at).and_then(|place| walked.get(place)).is_none_or(|walked| *walked);
            if !known && !bitmap.has([a, run.line - 1]) {
                found.push(simplified_ring(&walk(&bitmap, at, &mut walked), TOLERANCE));
            }
        }
    }
    found
}

/// The contours of a region on a slice, closed, to be edited: those of [`outlines`].
pub fn traced(region: &Pixels, slice: SliceOfGrid) -> Vec<Contour> {
    outlines(region).into_iter().map(|vertices| Contour { slice, vertices, is_closed: true }).collect()
}

/// The middles of the pixel edges of one outline, from the first edge of pixel `at` on, with the region to the inner side.
/// `walked` learns the pixels whose edges towards the line before were passed.
fn walk(bitmap: &Bitmap, begin: [i64; 2], walked: &mut [bool]) -> Vec<[f64; 2]> {
    const FIRST_SIDE: usize = 3;
    let mut ring = Vec::new();
    let (mut at, mut side) = (begin, FIRST_SIDE);
    loop {
        let out = SIDES[side];
        ring.push([at[0] as f64 + 0.5 * out[0] as f64, at[1] as f64 + 0.5 * out[1] as f64]);
        if side == FIRST_SIDE
            && let Some(walked) = bitmap.place(at).and_then(|place| walked.get_mut(place))
        {
            *walked = true;
        }
        let along = SIDES[(side + 1) % 4];
        let next = [at[0] + along[0], at[1] + along[1]];
        let beyond = [next[0] + out[0], next[1] + out[1]];
        (at, side) = match (bitmap.has(next), bitmap.has(beyond)) {
            (false, _) => (at, (side + 1) % 4),
            (true, false) => (next, side),
            (true, true) => (beyond, (side + 3) % 4),
        };
        if (at, side) == (begin, FIRST_SIDE) {
            return ring;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{fill, fill_all};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn filling_the_outlines_gives_the_same_pixels(
            bytes in proptest::collection::vec(0u8..5, 400), share in 1u8..5
        ) {
            let region = Pixels::from_lines(bytes.iter().map(|byte| *byte < share), 20);
            prop_assert_eq!(fill_all(&outlines(&region)), region);
        }
    }

    #[test]
    fn a_drawn_liver_comes_back_as_few_vertices_and_the_same_pixels() {
        let drawn: Vec<[f64; 2]> = (0..400)
            .map(|n| n as f64 * std::f64::consts::TAU / 400.0)
            .map(|t| [250.0 + 110.0 * t.cos(), 230.0 + (80.0 + 15.0 * (5.0 * t).sin()) * t.sin()])
            .collect();
        let region = fill(&drawn);
        let outlines = outlines(&region);
        assert_eq!(outlines.len(), 1);
        // Half a vertex per pixel of its circumference of 650 pixels.
        assert!((20..300).contains(&outlines[0].len()), "{} vertices", outlines[0].len());
        assert_eq!(fill(&outlines[0]), region);
    }

    #[test]
    fn corners_that_touch_are_apart_and_a_hole_has_its_own_outline() {
        let region = Pixels::from_lines("###..#.#..###.....##".chars().map(|c| c == '#'), 5);
        assert_eq!(fill_all(&outlines(&region)), region);
        assert_eq!(outlines(&region).len(), 3);
        let contours = traced(&region, SliceOfGrid { axis: 2, index: 3 });
        assert!(contours.len() == 3 && contours.iter().all(|contour| contour.is_closed && contour.slice.index == 3));
    }
}
