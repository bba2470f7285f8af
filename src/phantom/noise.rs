//! Noise as a scanner makes it: correlated within the slice, different in every phase.
//!
//! Filtered back projection shapes white detector noise by the ramp filter and its apodisation, so that the noise power rises
//! from low frequencies to a peak and falls again (Riederer, Pelc, Chesler, Phys Med Biol 1978, doi 10.1088/0031-9155/23/3/004).
//! The same shape comes from white noise by the difference of a narrow and a wide Gaussian. Noise is strongest where the body is thickest.

use super::random::{hash, nearly_normal};
use crate::base::mix;

/// Standard deviations of the two Gaussians in mm, for a smooth body kernel; their spectrum peaks near 0.2 cycles/mm.
const NARROW_MM: f64 = 0.72;
const WIDE_MM: f64 = 2.2;
/// How much of the wide Gaussian is taken away: some power at frequency zero remains, as in measured spectra.
const WIDE_SHARE: f32 = 0.75;

/// One slice of noise with mean 0 and standard deviation 1, row by row.
pub(super) fn slice(seed: u64, slice: usize, matrix: usize, pixel_mm: f64) -> Vec<f32> {
    let (narrow, wide) = (kernel(NARROW_MM / pixel_mm), kernel(WIDE_MM / pixel_mm));
    let seed = mix(seed).wrapping_add(slice as u64);
    let white: Vec<f32> = (0..matrix * matrix).map(|index| nearly_normal(hash(seed, [index as i64, 0, 0]))).collect();
    let mut noise = blurred(&white, matrix, &narrow);
    let low = blurred(&white, matrix, &wide);
    let scale = 1.0 / gain(&narrow, &wide);
    for (value, low) in noise.iter_mut().zip(low) {
        *value = (*value - WIDE_SHARE * low) * scale;
    }
    noise
}

/// A Gaussian sampled at whole pixels, from the centre outwards, summing to 1 over both sides.
fn kernel(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil().max(1.0) as usize;
    let weights: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter().map(|w| (w / sum) as f32).collect()
}

/// The standard deviation that white noise of deviation 1 has after the filter: the root of the sum of squared weights.
fn gain(narrow: &[f32], wide: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| {
        let half: f32 = a.iter().zip(b).skip(1).map(|(x, y)| x * y).sum();
        a[0] * b[0] + 2.0 * half
    };
    // Both filters are separable, so that sums over the plane are squares of sums along a line.
    let (nn, nw, ww) = (dot(narrow, narrow), dot(narrow, wide), dot(wide, wide));
    (nn * nn - 2.0 * WIDE_SHARE * nw * nw + WIDE_SHARE * WIDE_SHARE * ww * ww).sqrt()
}

/// Rows, then columns, wrapped around the edges.
fn blurred(image: &[f32], matrix: usize, kernel: &[f32]) -> Vec<f32> {
    let reach = kernel.len() - 1;
    let mut rows = vec![0.0f32; image.len()];
    let mut padded = vec![0.0f32; matrix + 2 * reach];
    for (input, output) in image.chunks_exact(matrix).zip(rows.chunks_exact_mut(matrix)) {
        for (index, value) in padded.iter_mut().enumerate() {
            *value = input[(index + reach * matrix - reach) % matrix];
        }
        for (offset, weight) in (0..2 * reach + 1).map(|o| (o, kernel[o.abs_diff(reach)])) {
            for (out, value) in output.iter_mut().zip(&padded[offset..]) {
                *out += weight * value;
            }
        }
    }
    let mut columns = vec![0.0f32; image.len()];
    for (row, output) in columns.chunks_exact_mut(matrix).enumerate() {
        for (offset, weight) in (0..2 * reach + 1).map(|o| (o, kernel[o.abs_diff(reach)])) {
            let from = (row + offset + reach * matrix - reach) % matrix;
            for (out, value) in output.iter_mut().zip(&rows[from * matrix..(from + 1) * matrix]) {
                *out += weight * value;
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_unit_deviation_and_is_correlated_between_neighbours() {
        let (matrix, pixel_mm) = (256, 0.75);
        let noise = slice(5, 3, matrix, pixel_mm);
        let n = noise.len() as f32;
        let variance = noise.iter().map(|v| v * v).sum::<f32>() / n;
        let pairs = noise.chunks_exact(matrix).flat_map(|row| row.windows(2));
        let lag_1 = pairs.map(|pair| pair[0] * pair[1]).sum::<f32>() / n / variance;
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
        assert!(lag_1 > 0.2, "{lag_1}");
    }
}
