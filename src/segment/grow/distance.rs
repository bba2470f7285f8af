//! Distances on the working grid.

use ndarray::ArrayView3;
use rayon::prelude::*;

use super::lattice::Lattice;
use crate::base::Progress;
use crate::volume::distance::{Between, squared_mm2};

/// Farther than anything on a working grid, in mm.
const FAR_MM: f32 = 1e6;

/// Distance in mm from each voxel's centre to the nearest voxel for which `is_target` holds; [`FAR_MM`] where there is none. The
/// grid's border is no target: what goes on beyond the image is not known.
pub(super) fn distances(lattice: &Lattice, is_target: impl Fn(usize) -> bool + Sync) -> Vec<f32> {
    let [nx, ny, nz] = lattice.n;
    let targets: Vec<bool> = (0..lattice.count()).into_par_iter().map(&is_target).collect();
    let view = ArrayView3::from_shape((nz, ny, nx), &targets).ok();
    let side_mm = lattice.side_mm.map(f64::from);
    // Nobody cancels these: a proposal asks between its stages.
    let squares =
        view.and_then(|view| squared_mm2(view, side_mm, Between::Centres, f64::INFINITY, &Progress::new()).ok());
    squares.map_or_else(
        || vec![FAR_MM; targets.len()],
        |squares| squares.iter().map(|square| square.sqrt().min(FAR_MM)).collect(),
    )
}
