//! Slices between drawn ones: shape-based interpolation (Raya and Udupa, IEEE TMI 1990;9:32, doi 10.1109/42.52980).
//!
//! On each of two drawn slices every pixel has a signed distance in mm to the outline, positive inside; between the slices the
//! two are mixed by place, and inside is where the mixture is positive. Distances are exact Euclidean ones to the edges between
//! pixels, where the paper chamfers. Where the mixture is 0, as half-way between outlines that are a pixel apart, the nearer drawn
//! slice decides, and the lower of two equally near: taking all such pixels would give the union of both slices, none the intersection. Several parts and holes need no special care: they appear, merge and vanish.
//!
//! Where the two outlines share no pixel, the mixture would be empty between them. Then both are laid on one centroid,
//! mixed, and moved to the place in between, to whole pixels (Herman, Zheng and Bucholtz, IEEE CGA 1992;12:69, align so).
//! Towards an empty slice nothing is interpolated: where a region ends between two slices is for the reader to say.

use ndarray::{Array2, Axis};

use super::plane::pixels_of;
use super::{Pixels, SliceOfGrid};
use crate::base::{Cancelled, Progress};
use crate::volume::distance::signed_mm;
use crate::volume::{Geometry, Mask};

/// Mixtures nearer to 0 than this are 0 but for rounding, which is below 1e-4 mm for distances up to 500 mm in 32 bits.
const TIE_MM: f32 = 2e-4;

/// Two drawn slices, ready to give any slice between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// Indices of the drawn slices, the lower one first.
    ends: [usize; 2],
    /// Where the distances' first element lies on the lower slice, in pixels.
    low: [i64; 2],
    /// From the lower slice's outline to the upper one's, in whole pixels; 0 where they overlap.
    shift: [i64; 2],
    /// Signed distances on both slices, `[line, pixel]`; the upper one's moved onto the lower one's. `None` where a slice is empty.
    signed: Option<[Array2<f32>; 2]>,
    /// Pixels of a slice.
    size: [usize; 2],
}

impl Gap {
    /// The gap between two drawn slices along a grid axis, each with its index and pixels.
    pub fn between(geometry: &Geometry, axis: usize, from: (usize, &Pixels), to: (usize, &Pixels)) -> Self {
        let slice = SliceOfGrid { axis, index: from.0 };
        let size = slice.size(geometry);
        let [(first, lower), (last, upper)] = if from.0 <= to.0 { [from, to] } else { [to, from] };
        let (lower, upper) = (lower.clone().clipped(size), upper.clone().clipped(size));
        let shift = if share_a_pixel(&lower, &upper) { [0, 0] } else { between_centroids(&lower, &upper) };
        let upper = upper.moved(shift.map(|x| -x));
        let mut gap = Self { ends: [first, last], low: [0, 0], shift, signed: None, size };
        if let Some((low, high)) = bounds(&lower, &upper) {
            gap.low = low;
            let signed = |pixels: &Pixels| distances(pixels, low, high, slice.spacing_mm(geometry));
            // Without anyone to cancel them, distances are always found.
            gap.signed = signed(&lower).ok().zip(signed(&upper).ok()).map(|(a, b)| [a, b]);
        }
        gap
    }

    /// The pixels at a slice strictly between the drawn ones; `None` elsewhere, for drawn slices stay as they are.
    pub fn slice(&self, index: usize) -> Option<Pixels> {
        let [first, last] = self.ends;
        if index <= first || index >= last {
            return None;
        }
        let Some([lower, upper]) = &self.signed else { return Some(Pixels::default()) };
        let at = (index - first) as f32 / (last - first) as f32;
        let mut mixed = lower.clone();
        mixed.zip_mut_with(upper, |lower, &upper| {
            let mixture = (1.0 - at) * *lower + at * upper;
            let nearer = if at <= 0.5 { *lower } else { upper };
            *lower = if mixture.abs() < TIE_MM { nearer } else { mixture };
        });
        let low = std::array::from_fn(|a| self.low[a] + (f64::from(at) * self.shift[a] as f64).round() as i64);
        Some(pixels_of(mixed.view(), low, |mixed| *mixed > 0.0).clipped(self.size))
    }

    /// The drawn slices, the lower one first.
    pub fn ends(&self) -> [usize; 2] {
        self.ends
    }
}

/// Every slice between neighbouring drawn ones of a region along a grid axis, in order; drawn slices are not among them. Indices
/// may come in any order; those beyond the grid are left out.
pub fn interpolate(
    mask: &Mask,
    axis: usize,
    drawn: &[usize],
    progress: &Progress,
) -> Result<Vec<(usize, Pixels)>, Cancelled> {
    let geometry = mask.geometry();
    let Some(&n) = geometry.size().get(axis) else { return Ok(Vec::new()) };
    let mut drawn: Vec<usize> = drawn.iter().copied().filter(|index| *index < n).collect();
    drawn.sort_unstable();
    drawn.dedup();
    progress.begin("Interpolating slices", drawn.len());
    let pixels = |index: usize| SliceOfGrid { axis, index }.pixels(mask.inside(), |inside| *inside);
    let mut found = Vec::new();
    for ends in drawn.windows(2) {
        progress.check()?;
        progress.advance(1);
        let &[first, last] = ends else { continue };
        if last - first > 1 {
            let gap = Gap::between(geometry, axis, (first, &pixels(first)), (last, &pixels(last)));
            found.extend((first + 1..last).filter_map(|index| Some((index, gap.slice(index)?))));
        }
    }
    Ok(found)
}

fn share_a_pixel(a: &Pixels, b: &Pixels) -> bool {
    let (mut a, mut b) = (a.runs().iter().peekable(), b.runs().iter().peekable());
    while let (Some(own), Some(other)) = (a.peek(), b.peek()) {
        if own.line == other.line && own.start < other.end && other.start < own.end {
            return true;
        }
        if (own.line, own.end) < (other.line, other.end) {
            a.next()
        } else {
            b.next()
        };
    }
    false
}

/// The way from one set's centroid to another's in whole pixels; none where a set is empty.
fn between_centroids(from: &Pixels, to: &Pixels) -> [i64; 2] {
    match (centroid(from), centroid(to)) {
        (Some(from), Some(to)) => std::array::from_fn(|a| (to[a] - from[a]).round() as i64),
        _ => [0, 0],
    }
}

fn centroid(pixels: &Pixels) -> Option<[f64; 2]> {
    let mut sums = [0.0; 2];
    for run in pixels.runs() {
        let n = (run.end - run.start) as f64;
        sums[0] += n * (run.start + run.end - 1) as f64 / 2.0;
        sums[1] += n * run.line as f64;
    }
    let count = pixels.count() as f64;
    (count > 0.0).then(|| sums.map(|sum| sum / count))
}

/// The box around both sets and one pixel more, so that each has its whole outline in it; `None` where a set is empty.
fn bounds(a: &Pixels, b: &Pixels) -> Option<([i64; 2], [i64; 2])> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let runs = || a.runs().iter().chain(b.runs());
    let low = [runs().map(|run| run.start).min()? - 1, runs().map(|run| run.line).min()? - 1];
    let high = [runs().map(|run| run.end).max()? + 1, runs().map(|run| run.line).max()? + 2];
    Some((low, high))
}

/// Signed distances in mm to the outline of pixels, within a box.
fn distances(pixels: &Pixels, low: [i64; 2], high: [i64; 2], spacing_mm: [f64; 2]) -> Result<Array2<f32>, Cancelled> {
    let [width, height] = [0, 1].map(|a| (high[a] - low[a]) as usize);
    let mut inside = Array2::from_elem((height, width), false);
    for run in pixels.runs() {
        let [start, end] = [run.start - low[0], run.end - low[0]].map(|a| a as usize);
        inside.slice_mut(ndarray::s![(run.line - low[1]) as usize, start..end]).fill(true);
    }
    let [x, y] = spacing_mm;
    let signed = signed_mm(inside.insert_axis(Axis(0)).view(), [x, y, 1.0], &Progress::new())?;
    Ok(signed.index_axis_move(Axis(0), 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::PixelRun;
    use crate::segment::{Brush, disc};
    use ndarray::Array3;

    const SPACING: [f64; 3] = [0.7, 0.9, 5.0];

    fn geometry() -> Geometry {
        Geometry::axial([120, 100, 11], [0.0; 3], SPACING).unwrap()
    }

    fn round(centre: [f64; 2], radius_mm: f64) -> Pixels {
        disc(centre, Brush { radius_mm, spacing_mm: [SPACING[0], SPACING[1]] })
    }

    /// Pixels in which two sets differ.
    fn different(a: &Pixels, b: &Pixels) -> usize {
        (0..100).map(|line| (0..120).filter(|&x| a.contains(x, line) != b.contains(x, line)).count()).sum()
    }

    #[test]
    fn between_two_discs_lies_the_cone() {
        let gap = Gap::between(&geometry(), 2, (0, &round([60.0, 50.0], 30.0)), (10, &round([60.0, 50.0], 10.0)));
        for index in 1..10 {
            let radius = 30.0 - 2.0 * index as f64;
            let (found, expected) = (gap.slice(index).unwrap(), round([60.0, 50.0], radius));
            // Half a pixel along the circumference.
            let allowed = (std::f64::consts::TAU * radius / 0.8 * 0.5) as usize;
            assert!(different(&found, &expected) < allowed, "{index}: {}", different(&found, &expected));
        }
        assert_eq!((gap.slice(0), gap.slice(10)), (None, None));
    }

    #[test]
    fn equal_slices_have_themselves_between_them_holes_and_parts_included() {
        let mut inside = Array2::from_elem((100, 120), false);
        inside.indexed_iter_mut().for_each(|((j, i), inside)| *inside = (j / 9 + i / 7) % 3 == 0 && j > 4 && i < 90);
        let pixels = pixels_of(inside.view(), [0, 0], |inside| *inside);
        let gap = Gap::between(&geometry(), 2, (3, &pixels), (7, &pixels));
        assert!((4..7).all(|index| gap.slice(index).as_ref() == Some(&pixels)));
    }

    #[test]
    fn half_way_between_outlines_a_pixel_apart_lies_the_lower_one_and_not_their_union() {
        let square = |from: i64| {
            Pixels::from_runs((10..30).map(|line| PixelRun { line, start: from, end: from + 20 }).collect())
        };
        let gap = Gap::between(&geometry(), 2, (0, &square(40)), (4, &square(41)));
        let found = [1, 2, 3].map(|index| gap.slice(index).unwrap());
        assert_eq!(found, [square(40), square(40), square(41)]);
    }

    #[test]
    fn outlines_that_do_not_overlap_are_moved_into_each_other() {
        let gap = Gap::between(&geometry(), 2, (2, &round([20.0, 30.0], 8.0)), (6, &round([80.0, 70.0], 8.0)));
        assert_eq!(different(&gap.slice(4).unwrap(), &round([50.0, 50.0], 8.0)), 0);
    }

    #[test]
    fn a_branch_shrinks_towards_where_it_is_not() {
        let trunk = round([40.0, 50.0], 15.0);
        let mut both = trunk.runs().to_vec();
        both.extend(round([95.0, 50.0], 6.0).runs());
        let gap = Gap::between(&geometry(), 2, (0, &Pixels::from_runs(both)), (10, &trunk));
        let counts: Vec<usize> = (1..10).map(|index| gap.slice(index).unwrap().count()).collect();
        assert!(counts.windows(2).all(|pair| pair[0] >= pair[1]) && counts[0] > trunk.count(), "{counts:?}");
        assert_eq!(counts[8], trunk.count());
    }

    #[test]
    fn only_slices_between_drawn_ones_are_given_along_every_axis() {
        let mut inside = Array3::from_elem(geometry().shape(), false);
        inside
            .indexed_iter_mut()
            .for_each(|((k, j, i), inside)| *inside = k < 9 && j > 20 && j < 60 && i > 30 && i < 70);
        let mask = Mask::new(geometry(), inside).unwrap();
        for (axis, drawn, expected) in [(2, vec![6, 2, 4, 99], vec![3, 5]), (0, vec![40, 44, 45], vec![41, 42, 43])] {
            let found = interpolate(&mask, axis, &drawn, &Progress::new()).unwrap();
            assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), expected);
            for (index, pixels) in found {
                assert_eq!(pixels, SliceOfGrid { axis, index }.pixels(mask.inside(), |inside| *inside));
            }
        }
        assert!(interpolate(&mask, 2, &[6, 10], &Progress::new()).unwrap().iter().all(|(_, pixels)| pixels.is_empty()));
    }

    #[test]
    fn order_and_direction_do_not_matter() {
        let (a, b) = (round([50.0, 40.0], 20.0), round([60.0, 50.0], 12.0));
        assert_eq!(Gap::between(&geometry(), 2, (8, &b), (2, &a)), Gap::between(&geometry(), 2, (2, &a), (8, &b)));
    }
}
