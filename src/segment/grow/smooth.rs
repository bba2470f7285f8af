//! Filters on the working grid: Gaussian smoothing, and diffusion that stops at edges.

use rayon::prelude::*;

use super::lattice::Lattice;
use crate::base::{Cancelled, Progress};

/// Steps of diffusion; after as many, noise has spread over some 4 voxels.
const STEPS: usize = 12;
/// Part of each difference that flows in a step: with six neighbours less than a sixth is stable.
const FLOW: f32 = 0.14;
/// Differences of neighbours above this many standard deviations of noise are edges and carry no flow.
const EDGE_DEVIATIONS: f32 = 4.5;

/// Gaussian smoothing with a standard deviation in mm, separable, cut at 2.5 deviations; beyond the grid the nearest voxel counts.
pub(super) fn gaussian(values: &[f32], lattice: &Lattice, sigma_mm: f32) -> Vec<f32> {
    let mut current = values.to_vec();
    for axis in 0..3 {
        let sigma = sigma_mm / lattice.side_mm[axis];
        let reach = (2.5 * sigma).ceil().max(0.0) as usize;
        if reach == 0 || lattice.n[axis] == 1 {
            continue;
        }
        let mut kernel: Vec<f32> = (0..=reach).map(|d| (-0.5 * (d as f32 / sigma).powi(2)).exp()).collect();
        let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
        kernel.iter_mut().for_each(|w| *w /= total);
        current = along(&current, lattice, axis, &kernel);
    }
    current
}

/// A symmetric kernel (`kernel[d]` at distance d) along one axis.
fn along(values: &[f32], lattice: &Lattice, axis: usize, kernel: &[f32]) -> Vec<f32> {
    let [nx, ny, nz] = lattice.n;
    let mut out = vec![0.0f32; values.len()];
    out.par_chunks_mut(nx).enumerate().for_each(|(line, out)| {
        let (j, k) = (line % ny, line / ny);
        let row = |j: usize, k: usize| &values[(k * ny + j) * nx..(k * ny + j + 1) * nx];
        let centre = row(j, k);
        out.iter_mut().zip(centre).for_each(|(o, v)| *o = kernel[0] * v);
        for (d, &w) in kernel.iter().enumerate().skip(1) {
            if axis == 0 {
                for (i, o) in out.iter_mut().enumerate() {
                    *o += w * (centre[i.saturating_sub(d)] + centre[(i + d).min(nx - 1)]);
                }
                continue;
            }
            let (before, after) = match axis {
                1 => (row(j.saturating_sub(d), k), row((j + d).min(ny - 1), k)),
                _ => (row(j, k.saturating_sub(d)), row(j, (k + d).min(nz - 1))),
            };
            out.iter_mut().zip(before.iter().zip(after)).for_each(|(o, (a, b))| *o += w * (a + b));
        }
    });
    out
}

/// Standard deviation of noise: 1.4826 / sqrt 2 times the median absolute difference of neighbours along rows, between voxels that
/// are soft tissue (-50 to 250 HU). Edges are too few to move a median.
pub(super) fn noise(values: &[f32], lattice: &Lattice) -> f32 {
    let soft = |v: f32| (-50.0..250.0).contains(&v);
    let mut differences: Vec<f32> = values
        .chunks(lattice.n[0])
        .flat_map(|row| row.windows(2).filter(|w| soft(w[0]) && soft(w[1])).map(|w| (w[0] - w[1]).abs()))
        .collect();
    if differences.is_empty() {
        return 0.0;
    }
    let middle = differences.len() / 2;
    let (_, median, _) = differences.select_nth_unstable_by(middle, f32::total_cmp);
    *median * 1.4826 / std::f32::consts::SQRT_2
}

/// Robust anisotropic diffusion (Perona and Malik, IEEE PAMI 1990;12:629, with Tukey's biweight: Black et al., IEEE Trans Image
/// Process 1998;7:421): v += FLOW * sum over the six neighbours of d (1 - (d / e)^2)^2 where |d| < e, d the difference to the
/// neighbour, e a multiple of the noise, which falls as the noise does.
pub(super) fn diffuse(mut values: Vec<f32>, lattice: &Lattice, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let [nx, ny, nz] = lattice.n;
    let noise = noise(&values, lattice);
    let mut next = vec![0.0f32; values.len()];
    progress.begin("smoothing the image", STEPS);
    for step in 0..STEPS {
        progress.check()?;
        let edge = (noise * EDGE_DEVIATIONS * 0.5f32.max(1.0 - step as f32 / STEPS as f32)).max(8.0);
        let flow = |d: f32| {
            let part = (1.0 - (d / edge).powi(2)).max(0.0);
            d * part * part
        };
        next.par_chunks_mut(nx).enumerate().for_each(|(line, out)| {
            let (j, k) = (line % ny, line / ny);
            let row = |j: usize, k: usize| &values[(k * ny + j) * nx..(k * ny + j + 1) * nx];
            let centre = row(j, k);
            let across = [
                row(j.saturating_sub(1), k),
                row((j + 1).min(ny - 1), k),
                row(j, k.saturating_sub(1)),
                row(j, (k + 1).min(nz - 1)),
            ];
            for (i, o) in out.iter_mut().enumerate() {
                let v = centre[i];
                let mut sum = flow(centre[i.saturating_sub(1)] - v) + flow(centre[(i + 1).min(nx - 1)] - v);
                for row in across {
                    sum += flow(row[i] - v);
                }
                *o = v + FLOW * sum;
            }
        });
        std::mem::swap(&mut values, &mut next);
        progress.advance(1);
    }
    Ok(values)
}
