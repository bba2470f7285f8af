//! Memory that filters take beside their images: the part of the image that they look at, in numbers of their own.

use super::{Filter, lbp3d, log, wavelet};
use crate::radiomics::memory::{DOUBLE, around, voxels};

/// Bytes of a 32-bit number.
const SINGLE: f64 = 4.0;

/// How many images a filter makes at most.
pub(in crate::radiomics) fn images(filter: &Filter) -> usize {
    match filter {
        Filter::LoG { sigma } => sigma.len(),
        Filter::Wavelet { level, .. } => wavelet::DETAILS * usize::from(*level) + 1,
        Filter::LBP3D { levels, .. } => usize::from(*levels) + 1,
        _ => 1,
    }
}

/// Bytes that a filter takes for a VOI in a box of this size while it works on so many threads. Axes are slice, row, column.
pub(in crate::radiomics) fn work(
    filter: &Filter,
    voi: [usize; 3],
    image: [usize; 3],
    spacing_mm: [f64; 3],
    n_threads: usize,
) -> f64 {
    match filter {
        // All widths side by side.
        Filter::LoG { sigma } => {
            sigma.iter().map(|&sigma| voxels(around(voi, log::reach(sigma, spacing_mm), image)) * SINGLE).sum()
        }
        Filter::Wavelet { wavelet, start_level, level } => {
            let levels = usize::from(*start_level) + usize::from(*level);
            let taps = wavelet::taps(wavelet);
            // The image goes on periodically: it is had once at the most, and what a filter reaches beyond it.
            let block = std::array::from_fn(|axis| {
                let reached = voi[axis].saturating_add(taps.saturating_mul(levels));
                reached.min(image[axis].saturating_add(1 + taps))
            });
            // A level's block is made of that of the level before it, by way of a third.
            let blocks = if levels > 1 { 3.0 } else { 1.0 };
            let [slices, rows, columns] = voi;
            let n_slabs = n_threads.min(slices.div_ceil(wavelet::SLAB));
            let planes = wavelet::PLANES * taps as f64 * voxels([n_slabs, rows, columns]);
            DOUBLE * (blocks * voxels(block) + planes)
        }
        Filter::LBP3D { radius, .. } => {
            let [window, margin] = lbp3d::reach(*radius).map(|reach| [reach; 3]);
            let coefficients = around(voi, margin, [usize::MAX; 3]);
            DOUBLE * (voxels(around(voi, window, image)) + voxels(coefficients))
        }
        _ => 0.0,
    }
}
