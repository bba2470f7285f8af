//! Euclidean distances in mm on a voxel grid, exact and in time linear in the voxels.
//!
//! Squared distances are separable: `min over q of sum over axes of (p - q)^2 s^2` is one minimum per axis, taken one axis
//! after the other, each the lower envelope of parabolas (Felzenszwalb and Huttenlocher, Theory of Computing 2012;8:415,
//! doi 10.4086/toc.2012.v008a019; the same dimension by dimension reduction as Maurer, Qi and Raghavan, IEEE TPAMI
//! 2003;25:265). Where a cap bounds the search to a few voxels, the minimum over that window is quicker and the same.
//!
//! Axes count as perpendicular, with the distances of [`crate::volume::Geometry::spacing_mm`] between neighbours: on a grid
//! sheared by gantry tilt, distances along the slant are those of the grid set upright.
//!
//! Distances are kept in 32 bits, which rounds them to a few parts in ten million; [`reaches`] therefore takes distances within a
//! millionth of each other for equal, so that 3 voxels of 0.7 mm are within 2.1 mm.

use ndarray::{Array3, ArrayView3, ArrayViewMut2, Axis, Zip};
use rayon::prelude::*;

use crate::base::{Cancelled, Progress};

/// Relative difference of squared distances below which they count as equal: ten times the rounding of three sums in 32 bits.
const EQUAL: f64 = 2e-6;
/// Columns worked on together in the passes across rows and slices: one cache line of 32-bit values.
const TOGETHER: usize = 16;
/// Widest window, in voxels to one side, for which trying every voxel is quicker than the envelope.
const WIDEST_WINDOW: usize = 12;

/// From where to where a distance is taken, for a voxel and the features around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// From the voxel's centre to the nearest feature voxel's centre.
    Centres,
    /// From the voxel's centre to the nearest point of a feature voxel's box, which reaches half a voxel to every side: the
    /// distance to the boundary between voxels. 0 inside of a feature.
    CentreAndBox,
}

/// The squared distance in mm2 from every voxel to the nearest feature (`true`); infinite where there is none, or none within
/// `cap_mm`. Arrays are `[slice, row, column]`, spacing is along column, row and slice index in mm.
pub fn squared_mm2(
    features: ArrayView3<bool>,
    spacing_mm: [f64; 3],
    between: Between,
    cap_mm: f64,
    progress: &Progress,
) -> Result<Array3<f32>, Cancelled> {
    let line = |axis: usize| Line { spacing: spacing_mm[axis], cap_mm, between };
    let mut squares = Array3::from_elem(features.dim(), f32::INFINITY);
    let rows = Zip::from(squares.lanes_mut(Axis(2))).and(features.lanes(Axis(2)));
    rows.par_for_each(|mut to, from| {
        nearest_in_row(from.iter().copied(), to.as_slice_mut().unwrap_or_default(), line(0))
    });
    progress.check()?;
    let (slices, rows, _) = features.dim();
    if rows > 1 {
        squares.axis_iter_mut(Axis(0)).into_par_iter().for_each(|plane| across(plane, line(1)));
        progress.check()?;
    }
    if slices > 1 {
        squares.axis_iter_mut(Axis(1)).into_par_iter().for_each(|slab| across(slab, line(2)));
        progress.check()?;
    }
    if cap_mm < f64::INFINITY {
        squares.par_mapv_inplace(|square| if reaches(cap_mm, square) { square } else { f32::INFINITY });
    }
    Ok(squares)
}

/// Whether a squared distance is at most a distance in mm, to a millionth.
pub fn reaches(mm: f64, squared_mm2: f32) -> bool {
    f64::from(squared_mm2) <= mm * mm * (1.0 + EQUAL)
}

/// How many voxels a distance reaches along an axis, so that everything within it lies at most as many voxels away.
pub fn reach_voxels(mm: f64, spacing_mm: f64) -> usize {
    (mm * (1.0 + EQUAL) / spacing_mm).floor().max(0.0) as usize
}

/// The distance in mm from every voxel's centre to the boundary of a region, positive inside and negative outside; the boundary
/// is made of the faces between voxels, so that no voxel is nearer to it than half a voxel. Infinite, with the sign, where
/// the array holds no boundary: its own edge is none.
pub fn signed_mm(
    inside: ArrayView3<bool>,
    spacing_mm: [f64; 3],
    progress: &Progress,
) -> Result<Array3<f32>, Cancelled> {
    let to =
        |features: ArrayView3<bool>| squared_mm2(features, spacing_mm, Between::CentreAndBox, f64::INFINITY, progress);
    let mut signed = to(inside.mapv(|inside| !inside).view())?;
    let outside = to(inside)?;
    Zip::from(&mut signed).and(&outside).and(&inside).par_for_each(|signed, outside, &inside| {
        *signed = if inside { signed.sqrt() } else { -outside.sqrt() };
    });
    Ok(signed)
}

/// One axis: the distance between its voxels, and what is measured.
#[derive(Clone, Copy)]
struct Line {
    spacing: f64,
    cap_mm: f64,
    between: Between,
}

impl Line {
    /// Squared distance along this axis to a voxel `n` steps away.
    fn square(self, n: usize) -> f64 {
        let steps = match self.between {
            Between::Centres => n as f64,
            Between::CentreAndBox => (n as f64 - 0.5).max(0.0),
        };
        (steps * self.spacing).powi(2)
    }

    /// The steps to one side beyond which the cap leaves nothing to find.
    fn window(self) -> usize {
        match self.between {
            Between::Centres => reach_voxels(self.cap_mm, self.spacing),
            Between::CentreAndBox => reach_voxels(self.cap_mm + self.spacing / 2.0, self.spacing),
        }
    }
}

/// Squared distances within one row, from what was passed last in either direction.
fn nearest_in_row(
    features: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator + Clone,
    to: &mut [f32],
    line: Line,
) {
    let mut pass = |n: usize, feature: bool, since: &mut Option<usize>| {
        *since = if feature { Some(0) } else { since.map(|steps| steps + 1) };
        if let (Some(steps), Some(to)) = (*since, to.get_mut(n)) {
            *to = to.min(line.square(steps) as f32);
        }
    };
    let mut since = None;
    features.clone().enumerate().for_each(|(n, feature)| pass(n, feature, &mut since));
    since = None;
    features.enumerate().rev().for_each(|(n, feature)| pass(n, feature, &mut since));
}

/// The minimum along the first axis of `[row, column]`, in place.
fn across(mut plane: ArrayViewMut2<f32>, line: Line) {
    let (n, columns) = plane.dim();
    let window = line.window();
    let mut block = vec![[f32::INFINITY; TOGETHER]; n];
    let mut envelope = Envelope::default();
    for first in (0..columns).step_by(TOGETHER) {
        let width = TOGETHER.min(columns - first);
        let mut any = false;
        for (row, kept) in plane.outer_iter().zip(&mut block) {
            for (kept, value) in kept.iter_mut().zip(row.iter().skip(first).take(width)) {
                *kept = *value;
                any |= *value < f32::INFINITY;
            }
        }
        if !any {
            continue;
        }
        let mut rows = plane.outer_iter_mut();
        if window <= WIDEST_WINDOW {
            for at in 0..n {
                let least = least_in_window(&block, at, window, line);
                rows.next().into_iter().for_each(|mut row| {
                    row.iter_mut().skip(first).take(width).zip(least).for_each(|(to, least)| *to = least);
                });
            }
        } else {
            for column in 0..width {
                envelope.build(block.iter().map(|kept| kept[column]), line);
                envelope.read(plane.column_mut(first + column).iter_mut(), line);
            }
        }
    }
}

/// The least of what is `window` steps or less away, for several columns.
fn least_in_window(block: &[[f32; TOGETHER]], at: usize, window: usize, line: Line) -> [f32; TOGETHER] {
    let low = at.saturating_sub(window);
    let mut least = [f32::INFINITY; TOGETHER];
    for (n, values) in block.iter().enumerate().take(at + window + 1).skip(low) {
        let square = line.square(n.abs_diff(at)) as f32;
        for (least, value) in least.iter_mut().zip(values) {
            *least = least.min(value + square);
        }
    }
    least
}

/// The lower envelope of parabolas `value + (x - place)^2` along a line, in mm.
#[derive(Default)]
struct Envelope {
    /// (where the parabola stands, its value there, from where on it is the lowest)
    parabolas: Vec<(f64, f64, f64)>,
}

impl Envelope {
    /// The envelope of a line's values. A box is three parabolas, at its centre and at both its faces: seen from the centre of
    /// any voxel, its nearest point is one of them.
    fn build(&mut self, values: impl Iterator<Item = f32>, line: Line) {
        self.parabolas.clear();
        let mut before = f32::INFINITY;
        for (n, value) in values.enumerate() {
            let place = n as f64 * line.spacing;
            if line.between == Between::CentreAndBox {
                self.add(place - line.spacing / 2.0, before.min(value));
                before = value;
            }
            self.add(place, value);
        }
        if line.between == Between::CentreAndBox {
            let end = self.parabolas.last().map_or(0.0, |last| last.0);
            self.add(end + line.spacing / 2.0, before);
        }
    }

    fn add(&mut self, place: f64, value: f32) {
        if value == f32::INFINITY {
            return;
        }
        let value = f64::from(value);
        let mut from = f64::NEG_INFINITY;
        while let Some(&(last, least, since)) = self.parabolas.last() {
            // Where both are equally high: equation (4) of Felzenszwalb and Huttenlocher.
            from = ((value + place * place) - (least + last * last)) / (2.0 * (place - last));
            if from > since {
                break;
            }
            self.parabolas.pop();
            from = f64::NEG_INFINITY;
        }
        self.parabolas.push((place, value, from));
    }

    /// The envelope's height at every voxel's centre.
    fn read<'a>(&self, line_out: impl Iterator<Item = &'a mut f32>, line: Line) {
        let mut current = 0;
        for (n, out) in line_out.enumerate() {
            let x = n as f64 * line.spacing;
            while self.parabolas.get(current + 1).is_some_and(|next| next.2 < x) {
                current += 1;
            }
            if let Some(&(place, value, _)) = self.parabolas.get(current) {
                *out = (value + (x - place).powi(2)) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rounding of three sums in 32 bits.
    const ROUNDING: f64 = 1e-6;

    fn brute_force(features: &Array3<bool>, spacing: [f64; 3], between: Between, at: (usize, usize, usize)) -> f64 {
        let line = |axis: usize| Line { spacing: spacing[axis], cap_mm: 0.0, between };
        let squares = features.indexed_iter().filter(|(_, feature)| **feature).map(|((k, j, i), _)| {
            line(0).square(i.abs_diff(at.2)) + line(1).square(j.abs_diff(at.1)) + line(2).square(k.abs_diff(at.0))
        });
        squares.fold(f64::INFINITY, f64::min)
    }

    fn same(found: f32, expected: f64) -> bool {
        let found = f64::from(found);
        found == expected || (found - expected).abs() <= ROUNDING * expected
    }

    fn grids() -> impl Strategy<Value = (Array3<bool>, [f64; 3])> {
        let size = (1usize..5, 1usize..30, 1usize..30, 0.01f64..0.6);
        let cells = size.prop_flat_map(|(k, j, i, density)| {
            prop::collection::vec(prop::bool::weighted(density), k * j * i)
                .prop_map(move |cells| Array3::from_shape_vec((k, j, i), cells).unwrap())
        });
        (cells, [0.4f64..1.2, 0.4f64..1.2, 0.5f64..6.0].prop_map(|spacing| spacing))
    }

    proptest! {
        #[test]
        fn distances_are_those_of_brute_force_with_and_without_a_cap(
            (features, spacing) in grids(), boxes in any::<bool>(), cap in 0.3f64..20.0,
        ) {
            let between = if boxes { Between::CentreAndBox } else { Between::Centres };
            let progress = Progress::new();
            let all = squared_mm2(features.view(), spacing, between, f64::INFINITY, &progress).unwrap();
            let near = squared_mm2(features.view(), spacing, between, cap, &progress).unwrap();
            for (at, &square) in all.indexed_iter() {
                let expected = brute_force(&features, spacing, between, at);
                prop_assert!(same(square, expected), "{square} instead of {expected} at {at:?}");
                if (expected.sqrt() - cap).abs() > ROUNDING {
                    let capped = if expected.sqrt() < cap { expected } else { f64::INFINITY };
                    prop_assert!(same(near[at], capped), "{} instead of {capped} at {at:?}, cap {cap}", near[at]);
                }
            }
        }
    }

    #[test]
    fn distances_to_the_boundary_are_half_a_voxel_beside_it_and_infinite_without_one() {
        let mut inside = Array3::from_elem((1, 1, 6), false);
        inside.iter_mut().skip(2).for_each(|inside| *inside = true);
        let signed = signed_mm(inside.view(), [0.8, 1.0, 5.0], &Progress::new()).unwrap();
        let expected = [-1.2, -0.4, 0.4, 1.2, 2.0, 2.8];
        assert!(
            signed.iter().zip(expected).all(|(found, expected)| (found - expected as f32).abs() < 1e-6),
            "{signed}"
        );
        inside.fill(true);
        let none = signed_mm(inside.view(), [1.0; 3], &Progress::new()).unwrap();
        assert!(none.iter().all(|&distance| distance == f32::INFINITY));
    }

    #[test]
    fn three_voxels_of_seven_tenths_are_within_two_and_one_tenth() {
        let mut features = Array3::from_elem((1, 1, 5), false);
        features[(0, 0, 0)] = true;
        let squares = squared_mm2(features.view(), [0.7; 3], Between::Centres, 2.1, &Progress::new()).unwrap();
        assert!(reaches(2.1, squares[(0, 0, 3)]) && squares[(0, 0, 4)] == f32::INFINITY);
    }

    #[test]
    fn a_request_that_is_cancelled_stops() {
        let progress = Progress::new();
        progress.cancel();
        let features = Array3::from_elem((2, 2, 2), true);
        assert_eq!(squared_mm2(features.view(), [1.0; 3], Between::Centres, 5.0, &progress), Err(Cancelled));
    }
}
