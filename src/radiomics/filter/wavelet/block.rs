//! The part of the periodic image that sums at the VOI reach.

use ndarray::Array3;
use num_traits::AsPrimitive;
use rayon::prelude::*;

use super::bank::Filters;
use super::{Bank, Real, convolve, order};
use crate::base::{Progress, widest};
use crate::radiomics::RadiomicsError;
use crate::radiomics::region::Region;

/// Values in the region's box and as far around it as the levels still to come reach.
pub struct Block<T> {
    /// Slices, rows and columns.
    shape: [usize; 3],
    values: Vec<T>,
    /// Voxels before the box along each axis.
    before: [usize; 3],
    /// Where the box begins in the image.
    corner: [usize; 3],
    /// After how many voxels the image begins anew.
    period: [usize; 3],
}

impl<T: Real> Block<T> {
    /// Cut from an image for this many levels.
    pub fn around<S: Copy + AsPrimitive<T> + Sync>(
        region: &Region,
        image: &Array3<S>,
        bank: &Bank<T>,
        levels: usize,
    ) -> Self {
        let before = bank.along().map(|filters| filters.before * levels);
        let after = bank.along().map(|filters| filters.after * levels);
        let (slices, rows, columns) = image.dim();
        let indices: [Vec<usize>; 3] = std::array::from_fn(|axis| {
            let first = region.corner[axis] as isize - before[axis] as isize;
            let count = before[axis] + region.shape[axis] + after[axis];
            (first..first + count as isize).map(|index| periodic(index, [slices, rows, columns][axis])).collect()
        });
        let shape = [indices[0].len(), indices[1].len(), indices[2].len()];
        let mut values = vec![T::zero(); shape.iter().product()];
        values.par_chunks_exact_mut(shape[1] * shape[2]).zip(&indices[0]).for_each(|(plane, &slice)| {
            for (row, &from_row) in plane.chunks_exact_mut(shape[2]).zip(&indices[1]) {
                let from = image.slice(ndarray::s![slice, from_row, ..]);
                row.iter_mut().zip(&indices[2]).for_each(|(value, &column)| *value = from[column].as_());
            }
        });
        Self { shape, values, before, corner: region.corner, period: [slices, rows, columns].map(even) }
    }

    /// Voxels between the block's first and the box's first along each axis.
    pub fn before(&self) -> [usize; 3] {
        self.before
    }

    #[inline(always)]
    pub fn row(&self, slice: usize, row: usize) -> &[T] {
        &self.values[(slice * self.shape[1] + row) * self.shape[2]..][..self.shape[2]]
    }

    /// How many of a filter's taps reach beyond the image's far border from this index of the box along an axis, where more than
    /// one does: one alone comes first in any case.
    #[inline(always)]
    pub fn turned(&self, axis: usize, taps: usize, index: isize) -> usize {
        let period = self.period[axis];
        let position = (self.corner[axis] as isize + index).rem_euclid(period as isize) as usize;
        (position + taps / 2 + 1).saturating_sub(period)
    }

    /// Those of `count` indices from `first` on for which more than one tap does, counted from 0, and how many do.
    pub fn turned_among(&self, axis: usize, taps: usize, first: isize, count: usize) -> Vec<(usize, usize)> {
        let turned = (0..count).map(|at| (at, self.turned(axis, taps, first + at as isize)));
        turned.filter(|(_, turned)| *turned > 1).collect()
    }

    /// Low pass along every axis, in the order columns, rows, slices; smaller by what one level reaches.
    pub fn approximation(&self, bank: &Bank<T>, progress: &Progress) -> Result<Self, RadiomicsError> {
        let mut block = Self { values: self.values.clone(), ..*self };
        for axis in [2, 1, 0] {
            progress.check()?;
            block = block.low_pass(bank.along()[axis], axis);
        }
        Ok(block)
    }

    fn low_pass(&self, filters: &Filters<T>, axis: usize) -> Self {
        let (mut shape, mut before) = (self.shape, self.before);
        shape[axis] -= filters.taps() - 1;
        before[axis] -= filters.before;
        let of = LowPass { filter: &filters.filters[0], axis, first: -(before[axis] as isize) };
        let mut values = vec![T::zero(); shape.iter().product()];
        let planes = values.par_chunks_exact_mut(shape[1] * shape[2]).enumerate();
        planes.for_each(|(slice, plane)| low_pass_plane(self, slice, plane, shape[2], of));
        Self { shape, values, before, ..*self }
    }
}

/// A low pass along an axis.
#[derive(Clone, Copy)]
struct LowPass<'a, T> {
    filter: &'a [T],
    axis: usize,
    /// The index of the box that the first result is for.
    first: isize,
}

widest! {
/// Fills one plane of the low pass, in rows of so many columns.
fn low_pass_plane[T: Real](block: &Block<T>, slice: usize, plane: &mut [T], columns: usize, of: LowPass<T>) {
    let LowPass { filter, axis, first } = of;
    let taps = filter.len();
    let columns_turned = if axis == 2 { block.turned_among(axis, taps, first, columns) } else { Vec::new() };
    for (row, sums) in plane.chunks_exact_mut(columns).enumerate() {
        if axis == 2 {
            convolve(sums, block.row(slice, row), filter, &columns_turned);
            continue;
        }
        let along = if axis == 1 { row } else { slice };
        for tap in order(taps, block.turned(axis, taps, first + along as isize)) {
            let ahead = taps - 1 - tap;
            let from = if axis == 1 { (slice, row + ahead) } else { (slice + ahead, row) };
            super::add_scaled(sums, block.row(from.0, from.1), filter[tap]);
        }
    }
}
}

/// The side that an image is given along an axis.
fn even(side: usize) -> usize {
    side + side % 2
}

/// Where the image that goes on periodically has this index; an odd side has its first voxel once more at its end.
fn periodic(index: isize, side: usize) -> usize {
    let index = index.rem_euclid(even(side) as isize) as usize;
    if index == side { 0 } else { index }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_side_is_made_even_by_its_first_voxel() {
        let indices: Vec<usize> = (-2..6).map(|index| periodic(index, 3)).collect();
        assert_eq!(indices, [2, 0, 0, 1, 2, 0, 0, 1]);
    }
}
