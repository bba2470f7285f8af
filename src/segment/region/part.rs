//! The part of a region that an operation sees: the box around it with a rim, in which inside, background and what lies
//! beyond the volume are told apart.

use ndarray::Array3;

use super::{Extent, RegionError};
use crate::base::{Cancelled, Progress};
use crate::segment::SliceOfGrid;
use crate::volume::distance::reach_voxels;
use crate::volume::{Mask, VoxelBox};

/// A voxel of the region.
pub(super) const INSIDE: i8 = 1;
/// A voxel of the volume outside of the region.
pub(super) const BACKGROUND: i8 = -1;
/// A place of the rim that lies beyond the volume.
pub(super) const BEYOND: i8 = 0;

/// A region's box with its rim.
pub(super) struct Part {
    /// [`INSIDE`], [`BACKGROUND`] or [`BEYOND`], `[slice, row, column]`.
    pub(super) scores: Array3<i8>,
    /// Distance between neighbours along column, row and slice index, in mm.
    pub(super) spacing_mm: [f64; 3],
}

impl Part {
    /// Where the scores fulfil something.
    pub(super) fn that(&self, holds: impl Fn(i8) -> bool + Sync + Send) -> Array3<bool> {
        let mut found = Array3::from_elem(self.scores.dim(), false);
        ndarray::Zip::from(&mut found).and(&self.scores).par_for_each(|found, &score| *found = holds(score));
        found
    }
}

/// Applies an operation to a region; `work` answers for every voxel of its part whether it belongs to the new region, and what
/// it needs to know lies within `rim_mm`, and at least one voxel, of the old one.
pub(super) fn apply(
    mask: &Mask,
    extent: Extent,
    rim_mm: f64,
    progress: &Progress,
    work: impl Fn(&Part) -> Result<Array3<bool>, Cancelled>,
) -> Result<Mask, RegionError> {
    let geometry = mask.geometry();
    let slabs = slabs(extent, mask)?;
    let mut inside = Array3::from_elem(geometry.shape(), false);
    if let Some(bounds) = VoxelBox::around(mask.inside().view(), |inside| *inside) {
        let spacing_mm = geometry.spacing_mm();
        for slab in slabs {
            let Some(bounds) = bounds.intersection(slab) else { continue };
            let rim: [usize; 3] = std::array::from_fn(|axis| match slab.size()[axis] {
                1 => 0,
                size => reach_voxels(rim_mm, spacing_mm[axis]).clamp(1, size),
            });
            let (window, before, scores) = scores(mask, slab, bounds, rim);
            let answer = work(&Part { scores, spacing_mm })?;
            let low = std::array::from_fn(|a| window.low[a] + before[a] - bounds.low[a]);
            let own = VoxelBox { low, high: std::array::from_fn(|a| low[a] + window.size()[a]) };
            window.view_mut(&mut inside).assign(&own.view(&answer));
            progress.check()?;
        }
    }
    Ok(Mask::new(*geometry, inside)?)
}

fn slabs(extent: Extent, mask: &Mask) -> Result<Vec<VoxelBox>, RegionError> {
    let geometry = mask.geometry();
    match extent {
        Extent::Volume => Ok(vec![VoxelBox::whole(geometry)]),
        Extent::EachSlice(axis) => {
            let n = geometry.size().get(axis).copied().ok_or(RegionError::NoSlice { axis, index: 0 })?;
            Ok((0..n).map(|index| VoxelBox::slice(SliceOfGrid { axis, index }, geometry)).collect())
        }
    }
}

/// The window of the slab that a box with its rim covers, how many voxels the rim has before the box, and the scores of the
/// box with its rim. Beyond the volume the rim is one voxel wide: that there is nothing more is all that is to be known.
fn scores(mask: &Mask, slab: VoxelBox, bounds: VoxelBox, rim: [usize; 3]) -> (VoxelBox, [usize; 3], Array3<i8>) {
    let before: [usize; 3] = std::array::from_fn(|a| rim[a].min(bounds.low[a] - slab.low[a] + 1));
    let after: [usize; 3] = std::array::from_fn(|a| rim[a].min(slab.high[a] - bounds.high[a] + 1));
    let [columns, rows, slices] = std::array::from_fn(|a| before[a] + bounds.size()[a] + after[a]);
    let mut scores = Array3::from_elem((slices, rows, columns), BEYOND);
    let grown = bounds.grown(rim, mask.geometry().size()).and_then(|grown| grown.intersection(slab));
    let window = grown.unwrap_or(bounds);
    let low = std::array::from_fn(|a| window.low[a] + before[a] - bounds.low[a]);
    let own = VoxelBox { low, high: std::array::from_fn(|a| low[a] + window.size()[a]) };
    let target = own.view_mut(&mut scores);
    ndarray::Zip::from(target).and(window.view(mask.inside())).par_for_each(|score, &inside| {
        *score = if inside { INSIDE } else { BACKGROUND };
    });
    (window, before, scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    #[test]
    fn memory_follows_the_volume_and_not_how_far_an_operation_reaches() {
        let geometry = Geometry::axial([9, 7, 1], [0.0; 3], [1.0; 3]).unwrap();
        let mut inside = Array3::from_elem(geometry.shape(), false);
        inside[(0, 2, 3)] = true;
        let mask = Mask::new(geometry, inside).unwrap();
        let work = |part: &Part| {
            assert_eq!(part.scores.dim(), (1, 9, 11));
            Ok(part.that(|score| score == INSIDE))
        };
        assert_eq!(apply(&mask, Extent::Volume, 1e9, &Progress::new(), work), Ok(mask.clone()));
    }
}
