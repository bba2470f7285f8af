//! Cells of voxels: which part of each is inside, and which cells count as inside.

use ndarray::{Array3, s};
use rayon::prelude::*;

use crate::volume::VoxelBox;

/// What a cell counts for that is inside though less than half of it is: its surface lies a third of a cell from its middle.
const THIN: f32 = 0.75;

/// The cells of a box of voxels with a layer of empty ones around them.
pub(super) struct Cells {
    /// Cells along column, row and slice index, the empty layers included.
    pub n: [usize; 3],
    /// Voxels that make a cell along each axis.
    pub group: [usize; 3],
    /// First voxel of the first cell that is not of the empty layer.
    pub low: [usize; 3],
    /// The part of each cell that is inside, column index fastest; from one half on the cell is inside.
    pub part: Vec<f32>,
    /// Voxels inside.
    pub volume: f64,
}

impl Cells {
    /// Cells at most: 8 bytes each while a net is made.
    pub const MOST: usize = 8_000_000;

    /// How many cells there would be.
    pub fn number(bounds: VoxelBox, group: [usize; 3]) -> usize {
        counts(bounds, group).iter().fold(1, |all, n| all.saturating_mul(*n))
    }

    /// The cells of a label within its bounds.
    pub fn of(bits: &Array3<u8>, bit: u8, bounds: VoxelBox, group: [usize; 3]) -> Self {
        let n = counts(bounds, group);
        let layer = n[0] * n[1];
        let mut part = vec![0.0f32; layer * n[2]];
        let share = 1.0 / group.iter().product::<usize>() as f32;
        let inner = part.par_chunks_exact_mut(layer).enumerate().skip(1).take(n[2] - 2);
        inner.for_each(|(cell, layer)| {
            let first = bounds.low[2] + (cell - 1) * group[2];
            for k in first..(first + group[2]).min(bounds.high[2]) {
                for (j, row) in bounds.range(1).zip(bits.slice(s![k, bounds.range(1), bounds.range(0)]).outer_iter()) {
                    let line = 1 + (j - bounds.low[1]) / group[1];
                    let Some(sums) = layer.get_mut(line * n[0] + 1..) else { continue };
                    if let Some(row) = row.as_slice() {
                        add(row, bit, group[0], sums);
                    }
                }
            }
            layer.iter_mut().for_each(|part| *part *= share);
        });
        let volume = part.iter().map(|part| f64::from(*part)).sum::<f64>() / f64::from(share);
        let mut cells = Self { n, group, low: bounds.low, part, volume };
        cells.keep_thin();
        cells
    }

    /// Whether a cell is inside.
    pub fn is_inside(&self, at: usize) -> bool {
        self.part.get(at).is_some_and(|part| *part >= 0.5)
    }

    /// Distances in flat arrays between neighbours along each axis.
    pub fn strides(&self) -> [usize; 3] {
        [1, self.n[0], self.n[0] * self.n[1]]
    }

    /// What is inside and near no cell that is at least half inside would vanish: it keeps all cells that it touches, and those
    /// through which it hangs together with the rest.
    fn keep_thin(&mut self) {
        let touched: Vec<usize> =
            (0..self.part.len()).filter(|at| self.part[*at] > 0.0 && !self.is_inside(*at)).collect();
        let near = self.offsets();
        let beside = |at: usize| near.iter().map(move |offset| at.wrapping_add_signed(*offset));
        let lost: Vec<usize> =
            touched.into_iter().filter(|at| !beside(*at).any(|other| self.is_inside(other))).collect();
        let mut kept = lost.clone();
        kept.extend(lost.iter().flat_map(|at| beside(*at)));
        for at in kept {
            if let Some(part) = self.part.get_mut(at).filter(|part| **part > 0.0 && **part < 0.5) {
                *part = THIN;
            }
        }
    }

    /// Distances in flat arrays to the 26 neighbours.
    fn offsets(&self) -> Vec<isize> {
        let [i, j, k] = self.strides().map(|stride| stride as isize);
        let steps = (0..27isize).map(|n| (n % 3 - 1) * i + (n / 3 % 3 - 1) * j + (n / 9 - 1) * k);
        steps.filter(|offset| *offset != 0).collect()
    }
}

fn counts(bounds: VoxelBox, group: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| bounds.size()[axis].div_ceil(group[axis]) + 2)
}

/// Counts the voxels of a row that have a bit, cell by cell.
fn add(row: &[u8], bit: u8, group: usize, sums: &mut [f32]) {
    for (voxels, sum) in row.chunks(group).zip(sums) {
        *sum += voxels.iter().map(|bits| u32::from(bits & bit != 0)).sum::<u32>() as f32;
    }
}
