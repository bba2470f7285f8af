//! Slowly varying quantities of the liver, on cells of a few millimetres: means within a cell, and around it.

use ndarray::{Array3, Axis, Zip};
use rayon::prelude::*;

use crate::base::{Cancelled, Progress};
use crate::segment::region::smoothed;

/// Side of a cell in mm: half of the narrowest structure that is to vanish in its surroundings, a main vessel.
const CELL_MM: f64 = 3.0;

/// How voxels are gathered to cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    /// Voxels in a cell along column, row and slice index.
    voxels: [usize; 3],
    /// Distance between cells along column, row and slice index, in mm.
    spacing_mm: [f64; 3],
}

/// Mean of what counts in each cell, and the part of the cell's voxels that counts.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    pub(super) means: Array3<f32>,
    pub(super) parts: Array3<f32>,
}

impl Lattice {
    pub(super) fn of(spacing_mm: [f64; 3]) -> Self {
        let voxels = spacing_mm.map(|spacing| (CELL_MM / spacing).round().max(1.0) as usize);
        Self { voxels, spacing_mm: std::array::from_fn(|a| voxels[a] as f64 * spacing_mm[a]) }
    }

    /// Gathers voxels `[slice, row, column]`; what is no number does not count.
    pub(super) fn gather(self, values: &Array3<f32>) -> Cells {
        let [x, y, z] = self.voxels;
        let (slices, rows, columns) = values.dim();
        let shape = (slices.div_ceil(z), rows.div_ceil(y), columns.div_ceil(x));
        let mut cells = Cells { means: Array3::zeros(shape), parts: Array3::zeros(shape) };
        let planes = cells.means.axis_iter_mut(Axis(0)).into_par_iter().zip(cells.parts.axis_iter_mut(Axis(0)));
        planes.zip(values.axis_chunks_iter(Axis(0), z)).for_each(|((mut means, mut parts), slab)| {
            for plane in slab.outer_iter() {
                for (j, row) in plane.outer_iter().enumerate() {
                    for (i, value) in row.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                        means[(j / y, i / x)] += value;
                        parts[(j / y, i / x)] += 1.0;
                    }
                }
            }
            Zip::from(&mut means).and(&mut parts).for_each(|mean, part| {
                *mean /= part.max(1.0);
                *part /= (x * y * z) as f32;
            });
        });
        cells
    }

    /// The weighted mean of cells around each, by a Gaussian; where next to nothing counts, what is given instead.
    pub(super) fn around(
        self,
        means: &Array3<f32>,
        weights: &Array3<f32>,
        sigma_mm: f64,
        instead: f32,
        progress: &Progress,
    ) -> Result<Array3<f32>, Cancelled> {
        /// The weight of what is given instead: as much as a hundredth of the surroundings.
        const INSTEAD: f32 = 0.01;
        let mut sums = smoothed(means * weights, self.spacing_mm, sigma_mm, progress)?;
        let weights = smoothed(weights.clone(), self.spacing_mm, sigma_mm, progress)?;
        Zip::from(&mut sums)
            .and(&weights)
            .for_each(|sum, weight| *sum = (*sum + INSTEAD * instead) / (weight + INSTEAD));
        Ok(sums)
    }

    /// Calls back for every voxel of `values` with the cells' value there, by trilinear interpolation between cell centres.
    pub(super) fn spread(self, cells: &Array3<f32>, values: &mut Array3<f32>, with: impl Fn(&mut f32, f32) + Sync) {
        let (slices, rows, columns) = cells.dim();
        let place = |axis: usize, n: usize, end: usize| {
            let at = ((n as f32 + 0.5) / self.voxels[axis] as f32 - 0.5).clamp(0.0, (end - 1) as f32);
            let low = at as usize;
            (low, (low + 1).min(end - 1), at - low as f32)
        };
        let across: Vec<_> = (0..values.len_of(Axis(2))).map(|i| place(0, i, columns)).collect();
        values.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(k, mut plane)| {
            let (below, above, up) = place(2, k, slices);
            let [below, above] = [below, above].map(|k| cells.index_axis(Axis(0), k));
            for (j, mut row) in plane.outer_iter_mut().enumerate() {
                let (front, back, down) = place(1, j, rows);
                let corner = |i: usize| {
                    let mix = |at: f32, a: f32, b: f32| a + at * (b - a);
                    mix(
                        up,
                        mix(down, below[(front, i)], below[(back, i)]),
                        mix(down, above[(front, i)], above[(back, i)]),
                    )
                };
                for (value, &(left, right, aside)) in row.iter_mut().zip(&across) {
                    let left = corner(left);
                    with(value, left + aside * (corner(right) - left));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_gathered_and_spread_again_within_the_liver() {
        let lattice = Lattice::of([0.8, 0.8, 5.0]);
        let values = Array3::from_shape_fn((6, 40, 40), |(k, j, i)| (k * 10 + j + 2 * i) as f32);
        let cells = lattice.gather(&values);
        let mut errors = values.clone();
        lattice.spread(&cells.means, &mut errors, |value, there| *value -= there);
        // Half a cell at the edge is held constant.
        let inner = errors.slice(ndarray::s![.., 2..38, 2..38]);
        assert!(inner.iter().all(|error| error.abs() < 1e-3));
    }
}
