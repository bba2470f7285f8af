//! The cubic B-spline through the voxels of an image (Unser 1999, IEEE Signal Processing Magazine 16(6):22), as ITK's
//! `BSplineInterpolateImageFunction` has it.
//!
//! The image goes on mirrored about its last voxels. Integers are cut, not rounded, when they are stored, so that the last bit
//! of a sum decides; sums therefore run in ITK's order, which is neither SciPy's (`filter/lbp3d/spline.rs`) nor the fastest.

use ndarray::{Array3, ArrayViewMut2, Axis};
use rayon::prelude::*;

use super::grid::{Extent, Line};
use crate::base::{Cancelled, Progress, widest};
use crate::radiomics::mirror::mirrored;

/// Voxels after which the memory of the prefilter has faded below the last bit, so that a coefficient is the same whether the
/// line begins here or far away.
pub(super) const REACH: usize = 40;
/// Terms of the mirrored line's sum that ITK takes where the image is longer: the pole to this power is 1e-10.
const HORIZON: usize = 18;
/// Lines, and voxels, side by side, so that one step of a sum is the same step of several.
const SEVERAL: usize = 16;
const COLUMNS: usize = 8;

/// How fast the memory of a voxel fades: the pole of the spline's inverse, as ITK computes it.
fn pole() -> f64 {
    3f64.sqrt() - 2.0
}

/// Coefficients of the spline in a part of the image.
pub(super) struct Spline {
    coefficients: Array3<f64>,
    part: Extent,
    size: [usize; 3],
}

impl Spline {
    /// The spline through the values of a part of an image of this size.
    pub fn through(
        mut values: Array3<f64>,
        part: Extent,
        size: [usize; 3],
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        // ITK's axes begin with the column.
        for axis in [2, 1, 0] {
            let side = 2 - axis;
            if size[side] == 1 {
                continue;
            }
            // Where the part begins inside the image, what is wrong at its first voxel fades before it is used.
            let is_long = size[side] > HORIZON;
            let planes = values.axis_iter_mut(Axis(usize::from(axis == 0))).into_par_iter();
            planes.try_for_each(|plane| {
                progress.check()?;
                match axis {
                    2 => along_lines(plane.reversed_axes(), is_long),
                    _ => along_lines(plane, is_long),
                }
                Ok::<(), Cancelled>(())
            })?;
        }
        Ok(Self { coefficients: values, part, size })
    }

    /// The spline along a line, all of it inside the image.
    pub fn along(&self, line: &Line, columns: std::ops::Range<usize>, target: &mut [f64]) {
        along_line(self, line, columns, target);
    }

    #[inline(always)]
    fn sum_along(&self, line: &Line, columns: std::ops::Range<usize>, target: &mut [f64]) {
        let [_, rows, width] = [0, 1, 2].map(|axis| self.coefficients.len_of(Axis(axis)));
        // In standard layout by construction.
        let coefficients = self.coefficients.as_slice().unwrap_or_default();
        let stride = [1, width, width * rows];
        let last = columns.end - 1;
        for (first, target) in columns.step_by(COLUMNS).zip(target.chunks_mut(COLUMNS)) {
            let mut weights = [[[0.0; COLUMNS]; 4]; 3];
            let mut steps = [[[0; COLUMNS]; 4]; 3];
            for column in 0..COLUMNS {
                let place = line.at((first + column).min(last));
                for axis in 0..3 {
                    // ITK looks for the voxel in 32 bits.
                    let before = (place[axis] as f32).floor() as isize;
                    let of_place = weights_at(place[axis] - before as f64);
                    for tap in 0..4 {
                        let index = mirrored(before - 1 + tap as isize, self.size[axis]);
                        weights[axis][tap][column] = of_place[tap];
                        steps[axis][tap][column] = (index - self.part.first[axis]) * stride[axis];
                    }
                }
            }
            let mut sums = [0.0; COLUMNS];
            for z in 0..4 {
                for y in 0..4 {
                    for x in 0..4 {
                        for column in 0..COLUMNS {
                            let weight = weights[0][x][column] * weights[1][y][column] * weights[2][z][column];
                            let at = steps[0][x][column] + steps[1][y][column] + steps[2][z][column];
                            sums[column] += weight * coefficients[at];
                        }
                    }
                }
            }
            let count = target.len();
            target.copy_from_slice(&sums[..count]);
        }
    }
}

widest! {
fn along_line[](spline: &Spline, line: &Line, columns: std::ops::Range<usize>, target: &mut [f64]) {
    spline.sum_along(line, columns, target);
}
}

/// Filters the lines of a plane, which run along its first axis.
fn along_lines(mut plane: ArrayViewMut2<f64>, is_long: bool) {
    let (length, lines) = plane.dim();
    if length < 2 {
        return;
    }
    let mut line = vec![[0.0; SEVERAL]; length];
    for first in (0..lines).step_by(SEVERAL) {
        let count = SEVERAL.min(lines - first);
        for (several, row) in line.iter_mut().zip(plane.rows()) {
            (0..count).for_each(|i| several[i] = row[first + i]);
        }
        filter(&mut line, is_long);
        for (several, mut row) in line.iter().zip(plane.rows_mut()) {
            (0..count).for_each(|i| row[first + i] = several[i]);
        }
    }
}

widest! {
/// Replaces the values of lines by coefficients.
fn filter[const N: usize](line: &mut [[f64; N]], is_long: bool) {
    let pole = pole();
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    line.iter_mut().flatten().for_each(|value| *value *= gain);
    line[0] = if is_long { first_of_long(line, pole) } else { first_of_short(line, pole) };
    let last = line.len() - 1;
    for k in 1..=last {
        let before = line[k - 1];
        line[k].iter_mut().zip(before).for_each(|(value, before)| *value += pole * before);
    }
    let before = line[last - 1];
    let end = pole / (pole * pole - 1.0);
    line[last].iter_mut().zip(before).for_each(|(value, before)| *value = end * (pole * before + *value));
    for k in (0..last).rev() {
        let behind = line[k + 1];
        line[k].iter_mut().zip(behind).for_each(|(value, behind)| *value = pole * (behind - *value));
    }
}
}

/// What the recursion would hold at the first voxel after the mirrored line before it: as many terms as ITK takes.
#[inline(always)]
fn first_of_long<const N: usize>(line: &[[f64; N]], pole: f64) -> [f64; N] {
    let mut sum = line[0];
    let mut power = pole;
    for values in line.iter().take(HORIZON).skip(1) {
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += power * value);
        power *= pole;
    }
    sum
}

/// The same for a line that is mirrored several times within these terms, in closed form.
#[inline(always)]
fn first_of_short<const N: usize>(line: &[[f64; N]], pole: f64) -> [f64; N] {
    let last = line.len() - 1;
    let inverse = 1.0 / pole;
    let far = pole.powf(last as f64);
    let mut sum: [f64; N] = std::array::from_fn(|i| line[0][i] + far * line[last][i]);
    let mut back = far * (far * inverse);
    let mut power = pole;
    for values in &line[1..last] {
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += (power + back) * value);
        power *= pole;
        back *= inverse;
    }
    sum.map(|sum| sum / (1.0 - power * power))
}

/// Weights of four coefficients, the second of which lies `part` of a voxel before the place.
#[inline(always)]
fn weights_at(part: f64) -> [f64; 4] {
    let last = 1.0 / 6.0 * part * part * part;
    let first = 1.0 / 6.0 + 0.5 * part * (part - 1.0) - last;
    let third = part + first - 2.0 * last;
    [first, 1.0 - first - third - last, third, last]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    fn image(size: [usize; 3]) -> Array3<f64> {
        let wave = |x: usize, by: f64| (x as f64 * by).sin();
        Array3::from_shape_fn((size[2], size[1], size[0]), |(k, j, i)| {
            (900.0 * wave(i, 0.7) * wave(j, 1.3) + 300.0 * wave(i + 2 * j + 3 * k, 2.1)).round()
        })
    }

    fn whole(size: [usize; 3]) -> Spline {
        Spline::through(image(size), Extent { first: [0; 3], size }, size, &Progress::new()).unwrap()
    }

    fn value(spline: &Spline, place: [f64; 3]) -> f64 {
        let old = Geometry::axial(spline.size, [0.0; 3], [1.0; 3]).unwrap();
        let new = Geometry::axial([1, 1, 1], place, [1.0; 3]).unwrap();
        let mut value = [0.0];
        spline.along(&Line::between(&old, &new, 0, 0), 0..1, &mut value);
        value[0]
    }

    /// Sums of 64 products of values up to 1200.
    const ROUNDING: f64 = 1e-10;

    #[test]
    fn the_spline_runs_through_the_voxels() {
        for size in [[50, 30, 20], [2, 3, 1], [18, 19, 17]] {
            let (spline, image) = (whole(size), image(size));
            for ((k, j, i), &expected) in image.indexed_iter() {
                // The sum of a long line ends where terms are 1e-10 of a value.
                let found = value(&spline, [i as f64, j as f64, k as f64]);
                assert!((found - expected).abs() < 1e-6, "{size:?} {i} {j} {k}: {found} against {expected}");
            }
        }
    }

    #[test]
    fn a_part_with_its_reach_has_the_coefficients_of_the_whole() {
        let size = [150, 140, 130];
        let (values, whole) = (image(size), whole(size));
        let inner = Extent { first: [60, 55, 2], size: [9, 7, 8] };
        let part = inner.padded(REACH, size);
        let [i, j, k] = [0, 1, 2].map(|axis| part.first[axis]..part.first[axis] + part.size[axis]);
        let cut = values.slice(ndarray::s![k, j, i]).to_owned();
        let spline = Spline::through(cut, part, size, &Progress::new()).unwrap();
        for k in 0..inner.size[2] {
            for j in 0..inner.size[1] {
                for i in 0..inner.size[0] {
                    let [x, y, z] = [inner.first[0] + i, inner.first[1] + j, inner.first[2] + k];
                    let from = part.first;
                    let (here, there) =
                        (spline.coefficients[[z - from[2], y - from[1], x - from[0]]], whole.coefficients[[z, y, x]]);
                    assert_eq!(here.to_bits(), there.to_bits(), "{x} {y} {z}");
                }
            }
        }
    }

    #[test]
    fn a_cubic_is_given_back_between_voxels() {
        // Far from the borders, where mirroring bends it.
        let size = [90, 1, 1];
        let cubic = |x: f64| 0.001 * x * x * x - 0.05 * x * x + 3.0 * x - 7.0;
        let values = Array3::from_shape_fn((1, 1, 90), |(_, _, i)| cubic(i as f64));
        let spline = Spline::through(values, Extent { first: [0; 3], size }, size, &Progress::new()).unwrap();
        assert!((value(&spline, [45.3, 0.0, 0.0]) - cubic(45.3)).abs() < ROUNDING);
    }

    #[test]
    fn indices_beyond_the_image_are_mirrored_about_its_last_voxels() {
        assert_eq!([-2, -1, 0, 3, 4, 5].map(|index| mirrored(index, 4)), [2, 1, 0, 3, 2, 1]);
        assert_eq!([-2, 2, 3].map(|index| mirrored(index, 2)), [0, 0, 1]);
        assert_eq!(mirrored(-1, 1), 0);
    }

    #[test]
    fn a_cancelled_spline_is_not_finished() {
        let progress = Progress::new();
        progress.cancel();
        let extent = Extent { first: [0; 3], size: [4, 4, 4] };
        assert!(Spline::through(image([4; 3]), extent, [4; 3], &progress).is_err());
    }
}
