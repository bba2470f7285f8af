//! A box of voxels: where something changed, where something lies.

use std::ops::Range;

use ndarray::{Array3, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut3, s};
use rayon::prelude::*;

use super::Geometry;

/// A box of voxels, `low <= voxel < high` along column, row and slice index; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoxelBox {
    /// First voxel.
    pub low: [usize; 3],
    /// One past the last voxel.
    pub high: [usize; 3],
}

impl VoxelBox {
    /// All voxels of a grid.
    pub fn whole(geometry: &Geometry) -> Self {
        Self { low: [0; 3], high: geometry.size() }
    }

    /// The smallest box around both.
    pub fn union(self, other: Self) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a].min(other.low[a])),
            high: std::array::from_fn(|a| self.high[a].max(other.high[a])),
        }
    }

    /// What both share; `None` where that is nothing.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let low: [usize; 3] = std::array::from_fn(|a| self.low[a].max(other.low[a]));
        let high: [usize; 3] = std::array::from_fn(|a| self.high[a].min(other.high[a]));
        (0..3).all(|a| low[a] < high[a]).then_some(Self { low, high })
    }

    /// The box with `by` more voxels on both sides of every axis, as far as a grid of `size` goes; `None` where that is nothing.
    pub fn grown(self, by: [usize; 3], size: [usize; 3]) -> Option<Self> {
        let low = std::array::from_fn(|a| self.low[a].saturating_sub(by[a]));
        let high = std::array::from_fn(|a| self.high[a].saturating_add(by[a]));
        Self { low, high }.intersection(Self { low: [0; 3], high: size })
    }

    /// Voxels along column, row and slice index.
    pub fn size(self) -> [usize; 3] {
        std::array::from_fn(|a| self.high[a] - self.low[a])
    }

    /// The range along one grid axis.
    pub fn range(self, axis: usize) -> Range<usize> {
        self.low[axis]..self.high[axis]
    }

    /// An array's part within the box, which must lie within the array.
    pub fn view<T>(self, array: &Array3<T>) -> ArrayView3<'_, T> {
        array.slice(s![self.range(2), self.range(1), self.range(0)])
    }

    /// An array's part within the box for writing; the box must lie within the array.
    pub fn view_mut<T>(self, array: &mut Array3<T>) -> ArrayViewMut3<'_, T> {
        array.slice_mut(s![self.range(2), self.range(1), self.range(0)])
    }

    /// The smallest box around the elements of `[slice, row, column]` that a test picks; `None` when it picks none.
    pub fn around<T: Sync>(array: ArrayView3<T>, picks: impl Fn(&T) -> bool + Sync) -> Option<Self> {
        let slices: Vec<ArrayView2<T>> = array.outer_iter().collect();
        let of_slice = |(k, slice): (usize, &ArrayView2<T>)| {
            let of_row = |(j, row): (usize, ArrayView1<T>)| {
                // Most rows hold nothing; a look at the whole row at once is vectorised where a search is not.
                let any = |row: &[T]| row.iter().fold(false, |any, element| any | picks(element));
                if row.as_slice().is_some_and(|row| !any(row)) {
                    return None;
                }
                let first = row.iter().position(&picks)?;
                let last = row.len() - 1 - row.iter().rev().position(&picks)?;
                Some(Self { low: [first, j, k], high: [last + 1, j + 1, k + 1] })
            };
            slice.outer_iter().enumerate().filter_map(of_row).reduce(Self::union)
        };
        slices.par_iter().enumerate().filter_map(of_slice).reduce_with(Self::union)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_grows_to_the_edge_of_the_grid_and_no_farther() {
        let inner = VoxelBox { low: [1, 5, 0], high: [3, 6, 1] };
        let grown = inner.grown([2, 1, 4], [4, 20, 2]);
        assert_eq!(grown, Some(VoxelBox { low: [0, 4, 0], high: [4, 7, 2] }));
        assert_eq!(inner.grown([0; 3], [1, 20, 2]), None);
    }

    #[test]
    fn the_box_around_what_is_picked_is_the_smallest() {
        let mut array = Array3::<u8>::zeros((4, 5, 6));
        assert_eq!(VoxelBox::around(array.view(), |x| *x > 0), None);
        array[(1, 4, 2)] = 1;
        array[(3, 2, 5)] = 1;
        let found = VoxelBox::around(array.view(), |x| *x > 0).unwrap();
        assert_eq!(found, VoxelBox { low: [2, 2, 1], high: [6, 5, 4] });
        assert_eq!(found.view(&array).sum(), 2);
    }
}
