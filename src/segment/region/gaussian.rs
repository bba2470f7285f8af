//! Gaussian smoothing in mm, axis after axis, with a sampled kernel cut at four standard deviations (the default of
//! `scipy.ndimage.gaussian_filter`) and scaled to a sum of 1. What lies beyond the array counts as 0.

use ndarray::{Array3, ArrayViewMut2, Axis, Zip};
use rayon::prelude::*;

use crate::base::{Cancelled, Progress};

/// Where the kernel ends, in standard deviations: what is cut off is 6e-5 of its weight.
const CUT: f64 = 4.0;

/// Farthest place, in mm, whose value still enters.
pub(super) fn reach_mm(sigma_mm: f64) -> f64 {
    CUT * sigma_mm
}

/// An array `[slice, row, column]` smoothed along every axis; spacing is along column, row and slice index.
pub(in crate::segment) fn smoothed(
    values: Array3<f32>,
    spacing_mm: [f64; 3],
    sigma_mm: f64,
    progress: &Progress,
) -> Result<Array3<f32>, Cancelled> {
    // Arrays derived from a file's may lie in memory in another order; rows are worked on as slices.
    let mut values = if values.is_standard_layout() { values } else { values.as_standard_layout().into_owned() };
    let (slices, rows, columns) = values.dim();
    let kernels = spacing_mm.map(|spacing| kernel(sigma_mm / spacing));
    if columns > 1 {
        values.axis_iter_mut(Axis(0)).into_par_iter().for_each(|mut plane| {
            let mut before = vec![0.0; columns];
            for mut row in plane.outer_iter_mut() {
                before.iter_mut().zip(&row).for_each(|(before, value)| *before = *value);
                row.fill(0.0);
                if let Some(row) = row.as_slice_mut() {
                    along(&before, row, &kernels[0]);
                }
            }
        });
        progress.check()?;
    }
    if rows > 1 {
        values.axis_iter_mut(Axis(0)).into_par_iter().for_each(|plane| across(plane, &kernels[1]));
        progress.check()?;
    }
    if slices > 1 {
        values.axis_iter_mut(Axis(1)).into_par_iter().for_each(|slab| across(slab, &kernels[2]));
        progress.check()?;
    }
    Ok(values)
}

/// Values smoothed where the weight is above 0 by those of such places alone, so that what lies outside does not bleed in
/// (normalised convolution; Knutsson and Westin, CVPR 1993); no number elsewhere. Where the weight is 0, values must be.
pub(in crate::segment) fn smoothed_within(
    values: Array3<f32>,
    weights: Array3<f32>,
    spacing_mm: [f64; 3],
    sigma_mm: f64,
    progress: &Progress,
) -> Result<Array3<f32>, Cancelled> {
    let mut smooth = smoothed(values, spacing_mm, sigma_mm, progress)?;
    let sums = smoothed(weights.clone(), spacing_mm, sigma_mm, progress)?;
    Zip::from(&mut smooth).and(&sums).and(&weights).par_for_each(|value, &sum, &weight| {
        *value = if weight > 0.0 { *value / sum } else { f32::NAN };
    });
    Ok(smooth)
}

/// The kernel's weights from its centre outwards.
fn kernel(sigma: f64) -> Vec<f32> {
    let reach = (CUT * sigma).floor() as usize;
    let weight = |n: usize| if n == 0 { 1.0 } else { (-0.5 * (n as f64 / sigma).powi(2)).exp() };
    let sum = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f64>();
    (0..=reach).map(|n| (weight(n) / sum) as f32).collect()
}

/// Adds what a row gives when it is smoothed.
fn along(from: &[f32], to: &mut [f32], kernel: &[f32]) {
    for (n, &weight) in kernel.iter().enumerate() {
        let add = |to: &mut [f32], from: &[f32]| to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
        if n == 0 {
            add(to, from);
        } else if n < from.len() {
            add(to, &from[n..]);
            add(&mut to[n..], from);
        }
    }
}

/// Smooths `[row, column]` along the first axis.
fn across(mut plane: ArrayViewMut2<f32>, kernel: &[f32]) {
    let before = plane.to_owned();
    let n = before.nrows();
    for (at, mut to) in plane.outer_iter_mut().enumerate() {
        to.fill(0.0);
        for (steps, &weight) in kernel.iter().enumerate() {
            let below = at.checked_sub(steps);
            let above = (steps > 0 && at + steps < n).then_some(at + steps);
            for from in [below, above].into_iter().flatten() {
                to.scaled_add(weight, &before.row(from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_a_gaussian_of_the_same_sum_on_any_grid() {
        let spacing = [0.8, 1.0, 2.0];
        let mut point = Array3::<f32>::zeros((11, 21, 25));
        point[(5, 10, 12)] = 1.0;
        let found = smoothed(point, spacing, 1.7, &Progress::new()).unwrap();
        assert!((found.sum() - 1.0).abs() < 1e-4);
        let square = |at: (usize, usize, usize)| {
            let steps = [at.2 as f64 - 12.0, at.1 as f64 - 10.0, at.0 as f64 - 5.0];
            (0..3).map(|a| (steps[a] * spacing[a]).powi(2)).sum::<f64>()
        };
        for at in [(5, 10, 13), (5, 11, 12), (6, 10, 12), (6, 11, 14), (3, 8, 12)] {
            let expected = (-square(at) / (2.0 * 1.7 * 1.7)).exp();
            assert!((f64::from(found[at] / found[(5, 10, 12)]) - expected).abs() < 1e-5, "{at:?}");
        }
    }

    #[test]
    fn the_order_of_values_in_memory_does_not_matter() {
        let value = |(k, j, i): (usize, usize, usize)| (k * 7 + j * 5 + i * 3) as f32;
        let rows = Array3::from_shape_fn((3, 4, 5), value);
        let columns = Array3::from_shape_fn(ndarray::ShapeBuilder::f((3, 4, 5)), value);
        let smooth = |values| smoothed(values, [0.8, 1.0, 2.0], 1.7, &Progress::new()).unwrap();
        assert_eq!(smooth(rows), smooth(columns));
    }

    #[test]
    fn what_lies_outside_does_not_bleed_in() {
        let inside = |(k, j, i): (usize, usize, usize)| i > 3 && (j + k) % 3 > 0;
        let of = |inside_value: f32| {
            let value = |at| if inside(at) { inside_value } else { 0.0 };
            Array3::from_shape_fn((5, 6, 9), value)
        };
        let found = smoothed_within(of(80.0), of(1.0), [0.8, 1.0, 2.0], 1.7, &Progress::new()).unwrap();
        for (at, value) in found.indexed_iter() {
            assert!(if inside(at) { (value - 80.0).abs() < 1e-4 } else { value.is_nan() }, "{value} at {at:?}");
        }
    }
}
