//! The part of the periodic image that sums at the VOI reach.

use ndarray::{Array3, s};
use num_traits::AsPrimitive;
use rayon::prelude::*;

use super::bank::Filters;
use super::{Bank, Real, convolve, order};
use crate::base::{Progress, widest};
use crate::radiomics::RadiomicsError;
use crate::radiomics::region::Region;

/// Values in the region's box and as far around it as the levels still to come reach, but no voxel of the image more often than the
/// next level's filter needs: what many levels of a long filter reach has the image many times over.
pub struct Block<T> {
    /// Slices, rows and columns.
    shape: [usize; 3],
    values: Vec<T>,
    /// Voxels before the box along each axis.
    before: [usize; 3],
    plan: Plan,
}

/// The box that values are for at last, in the periodic image.
#[derive(Clone, Copy)]
struct Plan {
    /// Slices, rows and columns of the box.
    shape: [usize; 3],
    /// Where the box begins in the image.
    corner: [usize; 3],
    /// After how many voxels the image begins anew.
    period: [usize; 3],
    /// Levels still to come.
    levels: usize,
}

/// A stretch along an axis: voxels before the box, and voxels in all.
#[derive(Clone, Copy)]
struct Stretch {
    before: usize,
    count: usize,
}

/// The slices, rows and columns of an image that values in the region's box are computed from by so many levels.
pub fn read<T: Real>(region: &Region, size: [usize; 3], bank: &Bank<T>, levels: usize) -> [Vec<usize>; 3] {
    Plan::around(region, size, levels).indices(bank, size)
}

impl Plan {
    fn around(region: &Region, size: [usize; 3], levels: usize) -> Self {
        Self { shape: region.shape, corner: region.corner, period: size.map(even), levels }
    }

    /// The slices, rows and columns of the image that the first level is computed from.
    fn indices<T: Real>(&self, bank: &Bank<T>, size: [usize; 3]) -> [Vec<usize>; 3] {
        std::array::from_fn(|axis| {
            let Stretch { before, count } = self.needed(bank.along()[axis], axis);
            let first = self.corner[axis] as isize - before as isize;
            (first..first + count as isize).map(|index| periodic(index, size[axis])).collect()
        })
    }

    /// What must be known of an axis with this many levels to come: the box and what they reach, or one period from the box on.
    fn wanted<T: Real>(&self, filters: &Filters<T>, axis: usize, levels: usize) -> Stretch {
        let before = filters.before * levels;
        let count = before + self.shape[axis] + filters.after * levels;
        if count > self.period[axis] {
            Stretch { before: 0, count: self.period[axis] }
        } else {
            Stretch { before, count }
        }
    }

    /// What the next level is computed from: what is wanted of it, and the filter's reach around that.
    fn needed<T: Real>(&self, filters: &Filters<T>, axis: usize) -> Stretch {
        let Stretch { before, count } = self.wanted(filters, axis, self.levels.saturating_sub(1));
        Stretch { before: before + filters.before, count: count + filters.taps() - 1 }
    }
}

impl<T: Real> Block<T> {
    /// Cut from an image for this many levels.
    pub fn around<S: Copy + AsPrimitive<T> + Sync>(
        region: &Region,
        image: &Array3<S>,
        bank: &Bank<T>,
        levels: usize,
    ) -> Self {
        let (slices, rows, columns) = image.dim();
        let size = [slices, rows, columns];
        let plan = Plan::around(region, size, levels);
        let indices = plan.indices(bank, size);
        Self::gathered(plan, bank, &indices, |[slice, row], columns, target| {
            let from = image.slice(s![slice, row, ..]);
            target.iter_mut().zip(columns).for_each(|(value, &column)| *value = from[column].as_());
        })
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
        let period = self.plan.period[axis];
        let position = (self.plan.corner[axis] as isize + index).rem_euclid(period as isize) as usize;
        (position + taps / 2 + 1).saturating_sub(period)
    }

    /// Those of `count` indices from `first` on for which more than one tap does, counted from 0, and how many do.
    pub fn turned_among(&self, axis: usize, taps: usize, first: isize, count: usize) -> Vec<(usize, usize)> {
        let turned = (0..count).map(|at| (at, self.turned(axis, taps, first + at as isize)));
        turned.filter(|(_, turned)| *turned > 1).collect()
    }

    /// Low pass along every axis, in the order columns, rows, slices, for the levels after this one.
    pub fn approximation(&self, bank: &Bank<T>, progress: &Progress) -> Result<Self, RadiomicsError> {
        let mut filtered = self.low_pass(&bank.column, 2);
        for (filters, axis) in [(&bank.row, 1), (&bank.slice, 0)] {
            progress.check()?;
            filtered = filtered.low_pass(filters, axis);
        }
        let plan = Plan { levels: self.plan.levels.saturating_sub(1), ..self.plan };
        let is_one_period = |axis: usize| filtered.shape[axis] < plan.needed(bank.along()[axis], axis).count;
        if !(0..3).any(is_one_period) {
            return Ok(Self { plan, ..filtered });
        }
        progress.check()?;
        let indices = std::array::from_fn(|axis| {
            let Stretch { before, count } = plan.needed(bank.along()[axis], axis);
            let first = filtered.before[axis] as isize - before as isize;
            let again = |index: isize| index.rem_euclid(plan.period[axis] as isize) as usize;
            (first..first + count as isize).map(again).collect()
        });
        Ok(Self::gathered(plan, bank, &indices, |[slice, row], columns, target| {
            let from = filtered.row(slice, row);
            target.iter_mut().zip(columns).for_each(|(value, &column)| *value = from[column]);
        }))
    }

    /// The block for a plan, from where its slices, rows and columns come; `fill` fills a row of it.
    fn gathered(
        plan: Plan,
        bank: &Bank<T>,
        from: &[Vec<usize>; 3],
        fill: impl Fn([usize; 2], &[usize], &mut [T]) + Sync,
    ) -> Self {
        let shape = [from[0].len(), from[1].len(), from[2].len()];
        let mut values = vec![T::zero(); shape.iter().product()];
        values.par_chunks_exact_mut(shape[1] * shape[2]).zip(&from[0]).for_each(|(plane, &slice)| {
            let rows = plane.chunks_exact_mut(shape[2]).zip(&from[1]);
            rows.for_each(|(target, &row)| fill([slice, row], &from[2], target));
        });
        let before = std::array::from_fn(|axis| plan.needed(bank.along()[axis], axis).before);
        Self { shape, values, before, plan }
    }

    fn low_pass(&self, filters: &Filters<T>, axis: usize) -> Self {
        let (mut shape, mut before) = (self.shape, self.before);
        shape[axis] -= filters.taps() - 1;
        before[axis] -= filters.before;
        let of = LowPass { filter: &filters.filters[0], axis, first: -(before[axis] as isize) };
        let mut values = vec![T::zero(); shape.iter().product()];
        let planes = values.par_chunks_exact_mut(shape[1] * shape[2]).enumerate();
        planes.for_each(|(slice, plane)| low_pass_plane(self, slice, plane, shape[2], of));
        Self { shape, values, before, plan: self.plan }
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

    /// An image whose sides are odd, even and odd, and a part of it.
    fn image_and_region() -> (Array3<i16>, Region) {
        let image = Array3::from_shape_fn((5, 6, 7), |(k, j, i)| ((k * 83 + j * 37 + i * i * 11) % 101) as i16);
        (image, Region { shape: [2, 3, 2], corner: [3, 2, 4], spacing_mm: [1.0; 3], places: Vec::new() })
    }

    /// Low pass of the whole periodic image along each axis, tap by tap.
    fn low_pass_of_all(mut values: Array3<f64>, filters: &Filters<f64>) -> Array3<f64> {
        let taps = filters.taps();
        for axis in [2, 1, 0] {
            let side = values.shape()[axis];
            let old = values.clone();
            for (index, value) in values.indexed_iter_mut() {
                let mut at = [index.0, index.1, index.2];
                let position = at[axis];
                let turned = (position + taps / 2 + 1).saturating_sub(side);
                *value = order(taps, turned).fold(0.0, |sum, tap| {
                    let from = position as isize + (taps - 1 - tap) as isize - filters.before as isize;
                    at[axis] = from.rem_euclid(side as isize) as usize;
                    sum + filters.filters[0][tap] * old[at]
                });
            }
        }
        values
    }

    #[test]
    fn levels_that_reach_around_the_image_are_those_of_the_whole_image() {
        let (image, region) = image_and_region();
        let bank = Bank::<f64>::named("db4", None).unwrap();
        let mut whole = Array3::from_shape_fn((6, 6, 8), |(k, j, i)| {
            f64::from(image[[periodic(k as isize, 5), j, periodic(i as isize, 7)]])
        });
        let mut block = Block::around(&region, &image, &bank, 5);
        for _ in 0..4 {
            whole = low_pass_of_all(whole, &bank.row);
            block = block.approximation(&bank, &Progress::new()).unwrap();
            let [slices, rows, columns] = block.shape;
            let place = |axis: usize, index: usize| {
                let from_box = index as isize - block.before[axis] as isize;
                (region.corner[axis] as isize + from_box).rem_euclid(block.plan.period[axis] as isize) as usize
            };
            for (k, j, i) in ndarray::indices((slices, rows, columns)) {
                assert_eq!(block.row(k, j)[i], whole[[place(0, k), place(1, j), place(2, i)]], "{k} {j} {i}");
            }
        }
        assert_eq!(block.before, [bank.row.before; 3]);
    }

    #[test]
    fn many_levels_of_a_long_filter_hold_the_image_about_once() {
        let (image, region) = image_and_region();
        let bank = Bank::<f64>::named("dmey", None).unwrap();
        let block = Block::around(&region, &image, &bank, 4);
        for (side, period) in block.shape.into_iter().zip([6, 6, 8]) {
            assert!(side < period + bank.row.taps(), "{side} of {period}");
        }
    }
}
