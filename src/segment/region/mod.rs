//! What is done to a whole region at once: margin, smoothing, holes, islands, and one region against another.
//!
//! Every operation is pure: a region in, a new region out; the caller makes an edit of the difference. Work is done within the
//! box around the region, never on the whole volume. The volume ends at its edge, but along an axis of a single voxel it
//! has no outside: there it is an image of fewer dimensions.

mod components;
mod gaussian;
mod holes;
mod islands;
mod margin;
mod part;
mod smooth;

use ndarray::{Array3, Axis, Zip, s};

pub use components::{ComponentRun, Components, Connectivity};
pub(super) use gaussian::{smoothed, smoothed_within};
pub use holes::fill_holes;
pub use islands::{Island, islands, keep_island, keep_largest, remove_island};
pub use margin::margin;
pub use smooth::{Smoothed, Smoothing, smooth};

use super::{Pixels, SliceOfGrid};
use crate::base::Cancelled;
use crate::volume::{Geometry, GridMismatch, Mask};

/// Where an operation works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// On the region in space.
    Volume,
    /// On every slice normal to a grid axis by itself, in two dimensions.
    EachSlice(usize),
}

/// Why a region was not changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A length is no length.
    #[error("{what} is {mm} mm; give a number {allowed}")]
    Length {
        /// Which length.
        what: &'static str,
        /// What was given.
        mm: f64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// The place that was clicked belongs to no island.
    #[error("no part of the region lies at column {0}, row {1}, slice {2}; click inside the region")]
    NotInside(usize, usize, usize),
    /// There is no such slice.
    #[error("the grid has no slice {index} along axis {axis}; choose one that exists")]
    NoSlice {
        /// The axis that was asked for.
        axis: usize,
        /// The slice that was asked for.
        index: usize,
    },
    /// Two regions lie on different grids.
    #[error("the regions lie on different grids: {0}; only regions of one image can be combined")]
    Grid(#[from] GridMismatch),
}

/// How two regions become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// In either.
    Union,
    /// In both.
    Intersection,
    /// In the first and not in the second.
    Difference,
}

/// One region from two on the same grid.
pub fn combine(first: &Mask, second: &Mask, how: Combination) -> Result<Mask, RegionError> {
    first.geometry().same_grid(second.geometry())?;
    let mut inside = first.inside().clone();
    Zip::from(&mut inside).and(second.inside()).par_for_each(|a, &b| {
        *a = match how {
            Combination::Union => *a | b,
            Combination::Intersection => *a & b,
            Combination::Difference => *a & !b,
        }
    });
    Ok(Mask::new(*first.geometry(), inside)?)
}

/// Does something to the pixels of one slice in two dimensions, at the cost of the slice: `work` sees a region on a grid of this
/// slice alone, whose index along the slice's axis is 0. Pixels beyond the slice are left out.
pub fn on_slice(
    pixels: &Pixels,
    slice: SliceOfGrid,
    geometry: &Geometry,
    work: impl FnOnce(&Mask) -> Result<Mask, RegionError>,
) -> Result<Pixels, RegionError> {
    let SliceOfGrid { axis, index } = slice;
    let no_slice = RegionError::NoSlice { axis, index };
    let mut size = geometry.size();
    match size.get_mut(axis) {
        Some(n) if index < *n => *n = 1,
        _ => return Err(no_slice),
    }
    let origin = geometry.patient_from_voxel(slice.voxel([0.0, 0.0]));
    let flat = Geometry::new(size, origin, geometry.steps()).map_err(|_| no_slice)?;
    let mut inside = Array3::from_elem(flat.shape(), false);
    let mut lines = inside.index_axis_mut(Axis(2 - axis), 0);
    for run in pixels.clone().clipped(slice.size(geometry)).runs() {
        lines.slice_mut(s![run.line as usize, run.start as usize..run.end as usize]).fill(true);
    }
    let answer = work(&Mask::new(flat, inside)?)?;
    flat.same_grid(answer.geometry())?;
    Ok(SliceOfGrid { axis, index: 0 }.pixels(answer.inside(), |inside| *inside))
}

/// A length in mm that is finite and not negative.
fn length(what: &'static str, mm: f64) -> Result<f64, RegionError> {
    let allowed = "from 0 on";
    if mm >= 0.0 && mm.is_finite() { Ok(mm) } else { Err(RegionError::Length { what, mm, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Progress;
    use crate::segment::PixelRun;

    #[test]
    fn regions_combine_voxel_by_voxel_and_only_on_one_grid() {
        let grid = |x| Geometry::axial([4, 1, 1], [x, 0.0, 0.0], [1.0; 3]).unwrap();
        let mask = |cells: [bool; 4], x| Mask::new(grid(x), Array3::from_shape_vec((1, 1, 4), cells.to_vec()).unwrap());
        let first = mask([true, true, false, false], 0.0).unwrap();
        let second = mask([false, true, true, false], 0.0).unwrap();
        let count = |how| combine(&first, &second, how).unwrap().count();
        assert_eq!([Combination::Union, Combination::Intersection, Combination::Difference].map(count), [3, 1, 1]);
        let elsewhere = mask([true; 4], 5.0).unwrap();
        assert!(matches!(combine(&first, &elsewhere, Combination::Union), Err(RegionError::Grid(_))));
    }
    #[test]
    fn one_slice_is_worked_on_by_itself_in_every_plane() {
        let geometry = Geometry::axial([9, 8, 7], [3.0, 4.0, 5.0], [1.0, 2.0, 3.0]).unwrap();
        let ring = [(2, 2, 5), (3, 2, 3), (3, 4, 5), (4, 2, 5), (6, 6, 20)];
        let ring = ring.map(|(line, start, end)| PixelRun { line, start, end });
        for axis in 0..3 {
            let slice = SliceOfGrid { axis, index: 5 };
            let filled = |mask: &Mask| fill_holes(mask, Extent::Volume, &Progress::new());
            let found = on_slice(&Pixels::from_runs(ring.to_vec()), slice, &geometry, filled).unwrap();
            let width = slice.size(&geometry)[0] as i64;
            let last = PixelRun { line: 6, start: 6, end: width };
            let mut expected =
                vec![2, 3, 4].into_iter().map(|line| PixelRun { line, start: 2, end: 5 }).collect::<Vec<_>>();
            expected.push(last);
            assert_eq!(found, Pixels::from_runs(expected).clipped(slice.size(&geometry)), "axis {axis}");
        }
        let nowhere =
            on_slice(&Pixels::default(), SliceOfGrid { axis: 2, index: 7 }, &geometry, |mask| Ok(mask.clone()));
        assert_eq!(nowhere, Err(RegionError::NoSlice { axis: 2, index: 7 }));
    }
}
