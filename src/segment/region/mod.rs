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

use ndarray::Zip;

pub use components::{ComponentRun, Components, Connectivity};
pub(super) use gaussian::smoothed;
pub use holes::fill_holes;
pub use islands::{Island, islands, keep_island, keep_largest, remove_island};
pub use margin::margin;
pub use smooth::{Smoothed, Smoothing, smooth};

use super::SliceOfGrid;
use crate::base::Cancelled;
use crate::volume::{GridMismatch, Mask};

/// Where an operation works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// On the region in space.
    Volume,
    /// On every slice normal to a grid axis by itself, in two dimensions.
    EachSlice(usize),
    /// On one slice in two dimensions; the others stay as they are.
    Slice(SliceOfGrid),
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

/// A length in mm that is finite and not negative.
fn length(what: &'static str, mm: f64) -> Result<f64, RegionError> {
    let allowed = "from 0 on";
    if mm >= 0.0 && mm.is_finite() { Ok(mm) } else { Err(RegionError::Length { what, mm, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;
    use ndarray::Array3;

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
}
