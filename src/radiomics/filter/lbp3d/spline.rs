//! Cubic B-splines through the voxels of an image (Unser et al. 1993), as SciPy's `spline_filter` and `map_coordinates` have
//! them: the image goes on mirrored about its last voxels, and sums run in SciPy's order.

use ndarray::{Array3, ArrayViewMut2, Axis};
use rayon::prelude::*;

use crate::base::widest;

/// The pole of the cubic B-spline's inverse, sqrt(3) - 2: how fast the memory of a voxel fades.
const POLE: f64 = -0.267_949_192_431_122_7;
/// Voxels after which it has faded below the last bit, so that a coefficient is the same whether the line begins here or far
/// away.
pub const REACH: usize = 40;

/// Replaces values by the coefficients of the spline through them.
pub fn prefilter(values: &mut Array3<f64>) {
    for axis in 0..3 {
        if values.len_of(Axis(axis)) < 2 {
            continue;
        }
        let planes = values.axis_iter_mut(Axis(usize::from(axis == 0))).into_par_iter();
        planes.for_each(|plane| match axis {
            2 => along_lines(plane.reversed_axes()),
            _ => along_lines(plane),
        });
    }
}

/// Filters the lines of a plane, which run along its first axis.
fn along_lines(mut plane: ArrayViewMut2<f64>) {
    let (length, lines) = plane.dim();
    // Lines side by side, so that one step of the recursion is the same step of several.
    const SEVERAL: usize = 16;
    let mut line = vec![[0.0; SEVERAL]; length];
    for first in (0..lines).step_by(SEVERAL) {
        let count = SEVERAL.min(lines - first);
        for (several, row) in line.iter_mut().zip(plane.rows()) {
            (0..count).for_each(|i| several[i] = row[first + i]);
        }
        coefficients(&mut line);
        for (several, mut row) in line.iter().zip(plane.rows_mut()) {
            (0..count).for_each(|i| row[first + i] = several[i]);
        }
    }
}

widest! {
fn coefficients[const N: usize](line: &mut [[f64; N]]) {
    let gain = (1.0 - POLE) * (1.0 - 1.0 / POLE);
    line.iter_mut().flatten().for_each(|value| *value *= gain);
    line[0] = first_of_mirrored(line);
    let last = line.len() - 1;
    for k in 1..=last {
        let before = line[k - 1];
        line[k].iter_mut().zip(before).for_each(|(value, before)| *value += POLE * before);
    }
    let before = line[last - 1];
    let end = line[last].iter_mut().zip(before);
    end.for_each(|(value, before)| *value = (POLE * before + *value) * POLE / (POLE * POLE - 1.0));
    for k in (0..last).rev() {
        let behind = line[k + 1];
        line[k].iter_mut().zip(behind).for_each(|(value, behind)| *value = POLE * (behind - *value));
    }
}
}

/// What the forward recursion would hold at the line's first voxel after all of the mirrored line before it.
#[inline(always)]
fn first_of_mirrored<const N: usize>(line: &[[f64; N]]) -> [f64; N] {
    let last = line.len() - 1;
    // The C library's power, as in SciPy: products one after the other round otherwise, which tells in short lines.
    let far = POLE.powf(last as f64);
    let mut first: [f64; N] = std::array::from_fn(|i| line[0][i] + far * line[last][i]);
    let mut power = POLE;
    for k in 1..last {
        // Powers this small add nothing.
        if power == 0.0 {
            break;
        }
        let (near, mirrored) = (&line[k], &line[last - k]);
        first.iter_mut().enumerate().for_each(|(i, sum)| *sum += power * (near[i] + far * mirrored[i]));
        power *= POLE;
    }
    first.map(|sum| sum / (1.0 - far * far))
}

/// Weights of the four coefficients around a point this far, 0 to 1, behind the second.
#[inline(always)]
pub fn weights(behind: f64) -> [f64; 4] {
    let (y, z) = (behind, 1.0 - behind);
    let second = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
    let third = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
    let first = z * z * z / 6.0;
    [first, second, third, 1.0 - first - second - third]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::mirror::mirrored;

    #[test]
    fn the_spline_goes_through_the_voxels() {
        let values = Array3::from_shape_fn((6, 7, 9), |(k, j, i)| ((17 * i + 31 * j * k + 7 * k) % 23) as f64);
        let mut spline = values.clone();
        prefilter(&mut spline);
        let at = |z: isize, y: isize, x: isize| spline[[mirrored(z, 6), mirrored(y, 7), mirrored(x, 9)]];
        let [a, b, c, _] = weights(0.0);
        let w = [a, b, c];
        for ((k, j, i), &value) in values.indexed_iter() {
            let mut sum = 0.0;
            for (z, y, x) in (0..27).map(|t| (t / 9, t / 3 % 3, t % 3)) {
                let [dz, dy, dx] = [z, y, x].map(|t| t as isize - 1);
                sum += w[z] * w[y] * w[x] * at(k as isize + dz, j as isize + dy, i as isize + dx);
            }
            assert!((sum - value).abs() < 1e-11, "{sum} for {value}");
        }
    }

    /// SciPy 1.14.1: spline_filter1d(values, 3, mode="mirror").
    #[test]
    fn coefficients_of_a_short_line_are_scipys_bit_for_bit() {
        let mut line = [-13.0, -66.0, -213.0, -125.0, 167.0, 299.0, -50.0, -231.0, 221.0].map(|value| [value]);
        coefficients(&mut line);
        let expected = [
            -4.308541973490426,
            -30.38291605301915,
            -270.15979381443304,
            -166.9779086892489,
            188.07142857142858,
            416.69219440353464,
            -60.840206185567034,
            -473.3313696612666,
            568.1656848306333,
        ];
        assert_eq!(line.as_flattened(), expected);
    }
}
