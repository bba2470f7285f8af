//! Islands: the parts of a region that hang together across faces (6 neighbours), as in 3D Slicer's Islands. Parts that touch at
//! an edge or a corner alone are two islands: what touches so is nearly always a slip, and removing it should be possible.

use ndarray::{Array3, s};

use super::RegionError;
use super::components::{Components, Connectivity};
use crate::volume::{Mask, VoxelBox};

/// A part of a region that hangs together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Island {
    /// Number of voxels.
    pub n_voxels: usize,
    /// Volume in millilitres.
    pub volume_ml: f64,
    /// A voxel of it, (column, row, slice): the first in the order of the array.
    pub voxel: [usize; 3],
    /// The smallest box around it.
    pub bounds: VoxelBox,
}

/// The islands of a region, largest first.
pub fn islands(mask: &Mask) -> Vec<Island> {
    let Some((bounds, found)) = found(mask) else { return Vec::new() };
    let voxel_ml = mask.geometry().voxel_volume_mm3() / 1000.0;
    let mut islands: Vec<Option<Island>> = vec![None; found.sizes().len()];
    for run in found.runs() {
        let [i, j, k] = [run.start, run.row, run.slice].map(|x| x as usize);
        let low = [i + bounds.low[0], j + bounds.low[1], k + bounds.low[2]];
        let here = VoxelBox { low, high: [low[0] + run.n_voxels(), low[1] + 1, low[2] + 1] };
        let n_voxels = found.sizes()[run.component as usize];
        let new = Island { n_voxels, volume_ml: n_voxels as f64 * voxel_ml, voxel: low, bounds: here };
        let island = islands[run.component as usize].get_or_insert(new);
        island.bounds = island.bounds.union(here);
    }
    islands.into_iter().flatten().collect()
}

/// The largest island alone; of equal ones the first in the order of the array. An empty region stays empty.
pub fn keep_largest(mask: &Mask) -> Result<Mask, RegionError> {
    match found(mask) {
        Some((bounds, found)) => kept(mask, bounds, &found, |component| component == 0),
        None => Ok(mask.clone()),
    }
}

/// The island at (column, row, slice) alone.
pub fn keep_island(mask: &Mask, at: [usize; 3]) -> Result<Mask, RegionError> {
    let (bounds, found, clicked) = clicked(mask, at)?;
    kept(mask, bounds, &found, |component| component == clicked)
}

/// The region without the island at (column, row, slice).
pub fn remove_island(mask: &Mask, at: [usize; 3]) -> Result<Mask, RegionError> {
    let (bounds, found, clicked) = clicked(mask, at)?;
    kept(mask, bounds, &found, |component| component != clicked)
}

/// The islands within the region's box; `None` for an empty region.
fn found(mask: &Mask) -> Option<(VoxelBox, Components)> {
    let bounds = VoxelBox::around(mask.inside().view(), |inside| *inside)?;
    Some((bounds, Components::of(bounds.view(mask.inside()), Connectivity::Faces, |inside| *inside)))
}

fn clicked(mask: &Mask, at: [usize; 3]) -> Result<(VoxelBox, Components, u32), RegionError> {
    let not_inside = RegionError::NotInside(at[0], at[1], at[2]);
    let Some((bounds, found)) = found(mask) else { return Err(not_inside) };
    let local = |axis: usize| at[axis].checked_sub(bounds.low[axis]);
    let (Some(i), Some(j), Some(k)) = (local(0), local(1), local(2)) else { return Err(not_inside) };
    let clicked = found.at((k, j, i)).ok_or(not_inside)?;
    Ok((bounds, found, clicked))
}

fn kept(mask: &Mask, bounds: VoxelBox, found: &Components, keep: impl Fn(u32) -> bool) -> Result<Mask, RegionError> {
    let mut inside = Array3::from_elem(mask.geometry().shape(), false);
    let mut part = bounds.view_mut(&mut inside);
    for run in found.runs().iter().filter(|run| keep(run.component)) {
        let row = s![run.slice as usize, run.row as usize, run.start as usize..run.end as usize];
        part.slice_mut(row).fill(true);
    }
    Ok(Mask::new(*mask.geometry(), inside)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    /// A block of 12 voxels, one of 8 that touches it at a corner, and a voxel by itself.
    fn three() -> Mask {
        let geometry = Geometry::axial([8, 8, 4], [0.0; 3], [1.0, 1.0, 5.0]).unwrap();
        let mut inside = Array3::from_elem((4, 8, 8), false);
        inside.slice_mut(s![1..3, 1..3, 1..4]).fill(true);
        inside.slice_mut(s![1..3, 3..5, 4..6]).fill(true);
        inside[(3, 7, 7)] = true;
        Mask::new(geometry, inside).unwrap()
    }

    #[test]
    fn islands_are_counted_largest_first() {
        let islands = islands(&three());
        assert_eq!(islands.iter().map(|island| island.n_voxels).collect::<Vec<_>>(), [12, 8, 1]);
        assert_eq!(islands[1].bounds, VoxelBox { low: [4, 3, 1], high: [6, 5, 3] });
        assert_eq!(islands[1].voxel, [4, 3, 1]);
        assert!((islands[0].volume_ml - 0.06).abs() < 1e-12);
    }

    #[test]
    fn the_clicked_island_is_kept_or_removed() {
        let mask = three();
        assert_eq!(keep_largest(&mask).unwrap().count(), 12);
        let kept = keep_island(&mask, [5, 4, 2]).unwrap();
        assert!(kept.count() == 8 && kept.inside()[(1, 3, 4)]);
        assert_eq!(remove_island(&mask, [7, 7, 3]).unwrap().count(), 20);
    }

    #[test]
    fn a_click_outside_is_an_error_and_an_empty_region_has_no_islands() {
        assert_eq!(remove_island(&three(), [0, 0, 0]), Err(RegionError::NotInside(0, 0, 0)));
        assert_eq!(keep_island(&three(), [70, 0, 0]), Err(RegionError::NotInside(70, 0, 0)));
        let geometry = *three().geometry();
        let empty = Mask::new(geometry, Array3::from_elem(geometry.shape(), false)).unwrap();
        assert!(islands(&empty).is_empty() && keep_largest(&empty).unwrap().count() == 0);
    }
}
