//! The working grid: the image's own axes at about 2.5 mm, on which an organ has a million voxels and not sixteen.
//!
//! Axes are never turned, so that a working voxel is a block of image voxels whatever way the image lies in the patient; the
//! shear of a tilted gantry is left out of distances, which it changes by a few per cent. Finer axes are averaged over each
//! block's extent (a box filter, which lowers noise as it should), coarser ones interpolated linearly.

use rayon::prelude::*;

use crate::base::{Cancelled, Progress};
use crate::volume::{Volume, Voxels};

/// The side that working voxels aim at, in mm: a wall of 5 mm between two organs still fills two of them.
const WORKING_MM: f64 = 2.5;
/// HU beyond this range say nothing about an organ: air and bone would only outweigh the tissues next to them.
pub(super) const LEAST_HU: f32 = -150.0;
pub(super) const MOST_HU: f32 = 300.0;

/// Numbers of voxels along column, row and slice index, and their sides in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lattice {
    pub n: [usize; 3],
    pub side_mm: [f32; 3],
}

/// A box of voxels: `low <= index < high` along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub low: [usize; 3],
    pub high: [usize; 3],
}

impl Block {
    /// A block that is given within this one, as one of the whole.
    pub fn part(self, inner: Block) -> Self {
        let shifted = |corner: [usize; 3]| std::array::from_fn(|a| self.low[a] + corner[a]);
        Self { low: shifted(inner.low), high: shifted(inner.high) }
    }
}

impl Lattice {
    /// The working grid of an image of `size` voxels of `spacing_mm`.
    pub fn of(size: [usize; 3], spacing_mm: [f64; 3]) -> Self {
        let n: [usize; 3] = std::array::from_fn(|a| {
            let extent = size[a] as f64 * spacing_mm[a];
            if size[a] == 1 { 1 } else { (extent / WORKING_MM).round().clamp(1.0, 4096.0) as usize }
        });
        let side_mm = std::array::from_fn(|a| (size[a] as f64 * spacing_mm[a] / n[a] as f64) as f32);
        Self { n, side_mm }
    }

    /// Voxels in all.
    pub fn count(&self) -> usize {
        self.n.iter().product()
    }

    /// Position of a voxel in flat arrays, in which column index runs fastest.
    pub fn at(&self, [i, j, k]: [usize; 3]) -> usize {
        (k * self.n[1] + j) * self.n[0] + i
    }

    /// The voxel at a position in flat arrays.
    pub fn voxel(&self, at: usize) -> [usize; 3] {
        let [nx, ny, _] = self.n;
        [at % nx, at / nx % ny, at / (nx * ny)]
    }

    /// Distances in flat arrays between neighbours along each axis.
    pub fn strides(&self) -> [usize; 3] {
        [1, self.n[0], self.n[0] * self.n[1]]
    }

    /// Calls `visit` with the flat position and the axis of each of the up to six neighbours across a face.
    pub fn neighbours(&self, at: usize, mut visit: impl FnMut(usize, usize)) {
        let voxel = self.voxel(at);
        for (axis, stride) in self.strides().into_iter().enumerate() {
            if voxel[axis] > 0 {
                visit(at - stride, axis);
            }
            if voxel[axis] + 1 < self.n[axis] {
                visit(at + stride, axis);
            }
        }
    }

    /// Calls `visit` with the flat position of each voxel of a box that reaches `reach_mm` around a voxel.
    pub fn around(&self, at: usize, reach_mm: f32, mut visit: impl FnMut(usize)) {
        let centre = self.voxel(at);
        let [x, y, z]: [_; 3] = std::array::from_fn(|a| {
            let reach = (reach_mm / self.side_mm[a]) as usize;
            centre[a].saturating_sub(reach)..(centre[a] + reach + 1).min(self.n[a])
        });
        for k in z {
            for j in y.clone() {
                for i in x.clone() {
                    visit(self.at([i, j, k]));
                }
            }
        }
    }

    /// The lattice of a block of this one.
    pub fn cut(&self, block: Block) -> Self {
        Self { n: std::array::from_fn(|a| block.high[a] - block.low[a]), side_mm: self.side_mm }
    }

    /// The values of a block.
    pub fn copy<T: Copy + Send + Sync>(&self, values: &[T], block: Block) -> Vec<T> {
        let mut out = Vec::with_capacity(self.cut(block).count());
        for k in block.low[2]..block.high[2] {
            for j in block.low[1]..block.high[1] {
                let row = self.at([0, j, k]);
                out.extend_from_slice(&values[row + block.low[0]..row + block.high[0]]);
            }
        }
        out
    }
}

/// Which source samples make one working sample along one axis, and their weights, which add up to 1.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// The samples of an axis of `size` voxels for `n` working voxels: overlaps with each one's extent where that is larger than a
/// source voxel, else the two nearest centres.
fn taps(size: usize, n: usize) -> Vec<Taps> {
    let ratio = size as f64 / n as f64;
    (0..n)
        .map(|w| {
            if ratio >= 1.0 {
                let (from, to) = (w as f64 * ratio, (w + 1) as f64 * ratio);
                let first = from.floor() as usize;
                let end = (to.ceil() as usize).min(size);
                let weights = (first..end).map(|s| {
                    let overlap = to.min((s + 1) as f64) - from.max(s as f64);
                    (overlap.max(0.0) / ratio) as f32
                });
                Taps { first, weights: weights.collect() }
            } else {
                let centre = ((w as f64 + 0.5) * ratio - 0.5).clamp(0.0, (size - 1) as f64);
                let first = (centre.floor() as usize).min(size.saturating_sub(2));
                let part = (centre - first as f64) as f32;
                let weights = if size == 1 { vec![1.0] } else { vec![1.0 - part, part] };
                Taps { first, weights }
            }
        })
        .collect()
}

/// The image on its working grid, HU clipped to what tissues have; padding and what is no number count as air.
pub(super) fn reduce(volume: &Volume, lattice: &Lattice, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let [nx, ny, nz] = lattice.n;
    let (slices, rows, columns) = volume.voxels().shape();
    let (along_x, along_y, along_z) = (taps(columns, nx), taps(rows, ny), taps(slices, nz));
    progress.begin("reading the image", slices);
    // In plane first, slice by slice, so that no copy of the whole image is needed.
    let planes = (0..slices)
        .into_par_iter()
        .map(|k| {
            progress.check()?;
            let mut plane = vec![0.0f32; nx * ny];
            let mut row = vec![0.0f32; columns];
            let mut narrow = vec![0.0f32; rows * nx];
            for j in 0..rows {
                read_row(volume, k, j, &mut row);
                for (out, tap) in narrow[j * nx..].iter_mut().zip(&along_x) {
                    *out = tap.weights.iter().zip(&row[tap.first..]).map(|(w, v)| w * v).sum();
                }
            }
            for (out, tap) in plane.chunks_mut(nx).zip(&along_y) {
                for (n, w) in tap.weights.iter().enumerate() {
                    let from = &narrow[(tap.first + n) * nx..(tap.first + n + 1) * nx];
                    out.iter_mut().zip(from).for_each(|(o, v)| *o += w * v);
                }
            }
            progress.advance(1);
            Ok(plane)
        })
        .collect::<Result<Vec<Vec<f32>>, Cancelled>>()?;
    let mut out = vec![0.0f32; lattice.count()];
    out.par_chunks_mut(nx * ny).zip(&along_z).for_each(|(out, tap)| {
        for (w, plane) in tap.weights.iter().zip(&planes[tap.first..]) {
            out.iter_mut().zip(plane).for_each(|(o, v)| *o += w * v);
        }
    });
    Ok(out)
}

/// One row of the image, clipped.
pub(super) fn read_row(volume: &Volume, slice: usize, row: usize, out: &mut [f32]) {
    let clip = |hu: f32| if hu.is_nan() { LEAST_HU } else { hu.clamp(LEAST_HU, MOST_HU) };
    macro_rules! copy {
        ($voxels:expr) => {
            out.iter_mut().zip($voxels.slice(ndarray::s![slice, row, ..])).for_each(|(o, &v)| *o = clip(v as f32))
        };
    }
    match volume.voxels() {
        Voxels::I16(voxels) => copy!(voxels),
        Voxels::I32(voxels) => copy!(voxels),
        Voxels::F32(voxels) => copy!(voxels),
        Voxels::F64(voxels) => copy!(voxels),
    }
    if let Some(padding) = volume.padding() {
        let padding = padding.slice(ndarray::s![slice, row, ..]);
        out.iter_mut().zip(padding).filter(|(_, p)| **p).for_each(|(o, _)| *o = LEAST_HU);
    }
}
