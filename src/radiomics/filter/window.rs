//! The part of an image that a filter looks at: the VOI's box and the filter's reach around it, as far as the image goes.

use ndarray::{ArrayView3, s};
use rayon::prelude::*;

use crate::radiomics::RadiomicsError;
use crate::radiomics::region::Region;
use crate::volume::Voxels;

/// A box in the volume's grid: slice, row, column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// First slice, row and column.
    pub first: [usize; 3],
    /// Slices, rows and columns.
    pub shape: [usize; 3],
}

impl Window {
    /// The region's box and `reach` voxels on either side of it along each axis, clipped to an image of this size.
    pub fn around(region: &Region, reach: [usize; 3], size: [usize; 3]) -> Self {
        let first: [usize; 3] = std::array::from_fn(|axis| region.corner[axis].saturating_sub(reach[axis]));
        let end = |axis: usize| (region.corner[axis] + region.shape[axis]).saturating_add(reach[axis]).min(size[axis]);
        Self { first, shape: std::array::from_fn(|axis| end(axis) - first[axis]) }
    }

    /// The window's part of an image.
    pub fn of<'a, S>(&self, image: ArrayView3<'a, S>) -> ArrayView3<'a, S> {
        let along = |axis: usize| self.first[axis]..self.first[axis] + self.shape[axis];
        image.slice_move(s![along(0), along(1), along(2)])
    }

    /// The whole of an image of this size.
    pub fn whole(size: [usize; 3]) -> Self {
        Self { first: [0; 3], shape: size }
    }

    /// Refuses an image that has no number somewhere in the window: a filter that remembers spreads it over all of its values.
    pub fn check(&self, voxels: &Voxels) -> Result<(), RadiomicsError> {
        let along = |axis: usize| (self.first[axis]..self.first[axis] + self.shape[axis]).collect();
        match without_number(voxels, &std::array::from_fn(along)) {
            None => Ok(()),
            Some([slice, row, column]) => Err(RadiomicsError::NotFinite { slice, row, column }),
        }
    }

    /// Where the region's box begins in the window.
    pub fn offset(&self, region: &Region) -> [usize; 3] {
        std::array::from_fn(|axis| region.corner[axis] - self.first[axis])
    }
}

/// The first voxel of these slices, rows and columns at which the image has no number.
pub(super) fn without_number(voxels: &Voxels, [slices, rows, columns]: &[Vec<usize>; 3]) -> Option<[usize; 3]> {
    fn of<S: Copy + Into<f64>>(row: ndarray::ArrayView1<S>, columns: &[usize]) -> Option<usize> {
        columns.iter().copied().find(|&column| !row[column].into().is_finite())
    }
    if voxels.is_integer() {
        return None;
    }
    let in_row = |slice: usize, row: usize| {
        let column = match voxels {
            Voxels::F32(image) => of(image.slice(s![slice, row, ..]), columns),
            Voxels::F64(image) => of(image.slice(s![slice, row, ..]), columns),
            Voxels::I16(_) | Voxels::I32(_) => None,
        };
        column.map(|column| [slice, row, column])
    };
    slices.par_iter().find_map_first(|&slice| rows.iter().find_map(|&row| in_row(slice, row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_where_the_image_ends() {
        let region = Region { shape: [2, 3, 4], corner: [1, 5, 9], spacing_mm: [1.0; 3], places: Vec::new() };
        let window = Window::around(&region, [2, 2, 2], [10, 9, 20]);
        assert_eq!(window, Window { first: [0, 3, 7], shape: [5, 6, 8] });
        assert_eq!(window.offset(&region), [1, 2, 2]);
    }
}
