//! The organ's attenuation from place to place: contrast, beam hardening and arms at the side make it drift by tens of HU.

use super::lattice::Lattice;
use super::smooth::gaussian;

/// Working voxels along a side of one block of the field.
const BLOCK: usize = 4;
/// Standard deviation of the smoothing, in mm.
const SMOOTH_MM: f32 = 14.0;
/// How much of a full block's weight the overall mean has: it decides where the organ is far away.
const PRIOR: f32 = 0.01;
/// The most that the field may lie from the overall mean, in HU.
const MOST_DRIFT_HU: f32 = 30.0;

/// A mean that varies slowly in space.
pub(super) struct Field {
    blocks: Lattice,
    values: Vec<f32>,
}

impl Field {
    /// Everywhere the same.
    pub fn constant(mean: f32) -> Self {
        Self { blocks: Lattice { n: [1; 3], side_mm: [1.0; 3] }, values: vec![mean] }
    }

    /// The smoothed mean of `values` over a set of voxels, drawn towards `mean`.
    pub fn of(values: &[f32], lattice: &Lattice, set: &[bool], mean: f32) -> Self {
        let n = lattice.n.map(|n| n.div_ceil(BLOCK));
        let blocks = Lattice { n, side_mm: lattice.side_mm.map(|side| side * BLOCK as f32) };
        let (mut sums, mut counts) = (vec![0.0f32; blocks.count()], vec![0.0f32; blocks.count()]);
        for (at, _) in set.iter().enumerate().filter(|(_, inside)| **inside) {
            let block = blocks.at(lattice.voxel(at).map(|x| x / BLOCK));
            sums[block] += values[at] - mean;
            counts[block] += 1.0;
        }
        let (sums, counts) = (gaussian(&sums, &blocks, SMOOTH_MM), gaussian(&counts, &blocks, SMOOTH_MM));
        let prior = PRIOR * (BLOCK * BLOCK * BLOCK) as f32;
        let drift = |(s, c): (&f32, &f32)| mean + (s / (c + prior)).clamp(-MOST_DRIFT_HU, MOST_DRIFT_HU);
        Self { values: sums.iter().zip(&counts).map(drift).collect(), blocks }
    }

    /// The field at every voxel of a lattice: linear between the blocks' centres.
    pub fn spread_over(&self, lattice: &Lattice) -> Vec<f32> {
        let place = |a: usize| -> Vec<(usize, usize, f32)> {
            let last = self.blocks.n[a] - 1;
            (0..lattice.n[a])
                .map(|x| {
                    let at = ((x as f32 + 0.5) / BLOCK as f32 - 0.5).clamp(0.0, last as f32);
                    (at as usize, (at as usize + 1).min(last), at.fract())
                })
                .collect()
        };
        let (x, y, z) = (place(0), place(1), place(2));
        let mut out = Vec::with_capacity(lattice.count());
        for &(k0, k1, pz) in &z {
            for &(j0, j1, py) in &y {
                let line = |i: usize| {
                    let row = |j: usize, k: usize| self.values[self.blocks.at([i, j, k])];
                    let at = |k: usize| row(j0, k) * (1.0 - py) + row(j1, k) * py;
                    at(k0) * (1.0 - pz) + at(k1) * pz
                };
                let lines: Vec<f32> = (0..self.blocks.n[0]).map(line).collect();
                out.extend(x.iter().map(|&(i0, i1, px)| lines[i0] * (1.0 - px) + lines[i1] * px));
            }
        }
        out
    }
}
