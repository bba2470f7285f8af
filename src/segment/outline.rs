//! The outline of pixels, along their edges: what is shown of a region on a slice, holes included.
//!
//! Boundaries are followed edge by edge with the inside on the right (crack following; Rosenfeld and Kak, Digital Picture
//! Processing, 1982, section 11.2). Pixels that touch at a corner alone are parted there.

use ndarray::Array2;

use super::Pixels;

/// One closed outline along pixel edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Corners in pixel units of the slice; whole numbers are pixel centres, so that corners lie at halves. The last is joined to
    /// the first.
    pub points: Vec<[f64; 2]>,
    /// Whether the outline bounds a hole, seen from within.
    pub hole: bool,
}

/// Steps along an edge, each a turn to the right of the one before: along the first axis, the second, and back.
const HEADINGS: [[i64; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/// The outlines of the pixels that lie on a slice of `size` = [pixels along the first axis, along the second]. Filled with the
/// even-odd rule ([`super::fill`]), all of them together give the same pixels.
pub fn outlines(pixels: &Pixels, size: [usize; 2]) -> Vec<Outline> {
    let pixels = pixels.clone().clipped(size);
    let runs = pixels.runs();
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Vec::new() };
    let low = [runs.iter().map(|run| run.start).min().unwrap_or(0), first.line];
    let high = [runs.iter().map(|run| run.end).max().unwrap_or(0), last.line + 1];
    let [width, height] = [0, 1].map(|a| (high[a] - low[a]) as usize);
    let mut inside = Array2::from_elem((height, width), false);
    for run in runs {
        for a in run.start..run.end {
            inside[((run.line - low[1]) as usize, (a - low[0]) as usize)] = true;
        }
    }
    // Whether the edge above a pixel is part of an outline found before.
    let mut followed = Array2::from_elem((height, width), false);
    let mut found = Vec::new();
    for line in 0..height {
        for a in 0..width {
            let open = line == 0 || !inside[(line - 1, a)];
            if inside[(line, a)] && open && !followed[(line, a)] {
                found.push(follow(&inside, &mut followed, [a as i64, line as i64], low));
            }
        }
    }
    found
}

/// The outline that leads along the upper edge of a pixel; corner (a, b) is the upper left one of pixel (a, b).
fn follow(inside: &Array2<bool>, followed: &mut Array2<bool>, start: [i64; 2], low: [i64; 2]) -> Outline {
    let is_inside = |a: i64, b: i64| a >= 0 && b >= 0 && inside.get((b as usize, a as usize)).is_some_and(|x| *x);
    let mut points = Vec::new();
    let (mut corner, mut heading) = (start, 0usize);
    let mut twice_area = 0;
    loop {
        if heading == 0 {
            followed[(corner[1] as usize, corner[0] as usize)] = true;
        }
        let step = HEADINGS[heading];
        let next = [corner[0] + step[0], corner[1] + step[1]];
        twice_area += corner[0] * next[1] - next[0] * corner[1];
        corner = next;
        // The pixels ahead to the right and to the left of the corner.
        let [right, left] = match heading {
            0 => [[0, 0], [0, -1]],
            1 => [[-1, 0], [0, 0]],
            2 => [[-1, -1], [-1, 0]],
            _ => [[0, -1], [-1, -1]],
        };
        let ahead = |offset: [i64; 2]| is_inside(corner[0] + offset[0], corner[1] + offset[1]);
        let turn = match (ahead(right), ahead(left)) {
            (false, _) => 1,
            (true, false) => 0,
            (true, true) => 3,
        };
        if turn != 0 {
            points.push([0, 1].map(|a| (corner[a] + low[a]) as f64 - 0.5));
        }
        heading = (heading + turn) % 4;
        if corner == start && heading == 0 {
            return Outline { points, hole: twice_area < 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{PixelRun, fill};
    use proptest::prelude::*;

    fn set(cells: &[bool], width: usize) -> Pixels {
        let inside = cells.iter().enumerate().filter(|(_, inside)| **inside);
        let run = |n: usize| PixelRun {
            line: (n / width) as i64 + 3,
            start: (n % width) as i64 + 2,
            end: (n % width) as i64 + 3,
        };
        Pixels::from_runs(inside.map(|(n, _)| run(n)).collect())
    }

    #[test]
    fn a_ring_has_an_outline_and_a_hole_and_only_corners_as_points() {
        let mut cells = [true; 25];
        cells[12] = false;
        let found = outlines(&set(&cells, 5), [20, 20]);
        assert_eq!(found.iter().map(|outline| outline.hole).collect::<Vec<_>>(), [false, true]);
        assert_eq!(found[0].points, [[6.5, 2.5], [6.5, 7.5], [1.5, 7.5], [1.5, 2.5]]);
        assert_eq!(found[1].points.len(), 4);
    }

    proptest! {
        #[test]
        fn outlines_filled_give_the_pixels_back(cells in prop::collection::vec(any::<bool>(), 9 * 8)) {
            let pixels = set(&cells, 9);
            let found = outlines(&pixels, [20, 20]);
            let filled: Vec<(Pixels, bool)> = found.iter().map(|one| (fill(&one.points), one.hole)).collect();
            prop_assert!(outlines(&pixels, [2, 3]).is_empty());
            for line in 0..14 {
                for a in 0..14 {
                    let times = |hole: bool| filled.iter().filter(|(set, is)| *is == hole && set.contains(a, line)).count();
                    prop_assert_eq!(times(false) > times(true), pixels.contains(a, line), "{} {}", a, line);
                    prop_assert_eq!((times(false) + times(true)) % 2 == 1, pixels.contains(a, line));
                }
            }
        }
    }
}
