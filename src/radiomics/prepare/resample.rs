//! An image and a VOI on another grid, as PyRadiomics' `resampleImage` has them from ITK's `ResampleImageFilter`.
//!
//! Values keep the image's own number type: what lies beyond it is clamped, integers lose their fraction without rounding, and
//! outside the image there are zeros. The VOI takes its nearest voxel. Only the part of the image that the new grid and the
//! interpolator reach is looked at.

use ndarray::{Array3, ArrayView3, Axis, s};
use num_traits::AsPrimitive;
use rayon::prelude::*;

use super::Source;
use super::bspline::{self, Spline};
use super::grid::{self, Extent, Line};
use crate::base::Progress;
use crate::radiomics::RadiomicsError;
use crate::radiomics::protocol::Interpolator;
use crate::volume::{Geometry, Mask, Voxels};

/// The image on that grid.
pub(super) fn image(
    source: &Source,
    grid: &Geometry,
    interpolator: Interpolator,
    progress: &Progress,
) -> Result<Voxels, RadiomicsError> {
    let old = source.volume.geometry();
    let part = grid::seen(old, grid, reach_of(interpolator));
    let values = source.values(part, progress)?;
    let sampler = match interpolator {
        Interpolator::NearestNeighbor => Sampler::Nearest(Part { values, first: part.first, size: old.size() }),
        Interpolator::Linear => Sampler::Linear(Part { values, first: part.first, size: old.size() }),
        Interpolator::BSpline => {
            all_finite(&values, part)?;
            Sampler::BSpline(Spline::through(values, part, old.size(), progress)?)
        }
    };
    // Integers stay in the range of the type that the image was stored in.
    let integers = source.volume.integers().filter(|_| source.scaling.is_none());
    Ok(match (source.volume.voxels(), integers) {
        (_, Some(range)) => {
            let (least, most) = (*range.start() as f64, *range.end() as f64);
            let stored = |value: f64| value.clamp(least, most);
            match i16::try_from(*range.start()).and(i16::try_from(*range.end())) {
                Ok(_) => Voxels::I16(sampled(&sampler, old, grid, progress, |value| stored(value) as i16)?),
                Err(_) => Voxels::I32(sampled(&sampler, old, grid, progress, |value| stored(value) as i32)?),
            }
        }
        (Voxels::F32(_), None) if source.scaling.is_none() => {
            let most = f64::from(f32::MAX);
            Voxels::F32(sampled(&sampler, old, grid, progress, |value| value.clamp(-most, most) as f32)?)
        }
        _ => Voxels::F64(sampled(&sampler, old, grid, progress, |value| value)?),
    })
}

/// Voxels that an interpolator looks beyond the places of the new grid.
pub fn reach_of(interpolator: Interpolator) -> usize {
    if interpolator == Interpolator::BSpline { bspline::REACH + 2 } else { 1 }
}

/// The VOI on that grid.
pub(super) fn mask(
    mask: &Mask,
    old: &Geometry,
    grid: &Geometry,
    progress: &Progress,
) -> Result<Array3<bool>, RadiomicsError> {
    let nearest = Nearest { values: mask.inside().view(), first: [0; 3] };
    on_lines(old, grid, progress, |line, inside: &mut [bool]| {
        for (column, inside) in inside.iter_mut().enumerate() {
            let place = line.at(column);
            *inside = is_inside(place, old.size()) && nearest.at(place);
        }
    })
}

/// How values between voxels are found, and what from.
enum Sampler {
    Nearest(Part),
    Linear(Part),
    BSpline(Spline),
}

/// A part of an image, from that column, row and slice on.
struct Part {
    values: Array3<f64>,
    first: [usize; 3],
    size: [usize; 3],
}

fn sampled<S: Copy + Default + Send + Sync>(
    sampler: &Sampler,
    old: &Geometry,
    grid: &Geometry,
    progress: &Progress,
    stored: impl Fn(f64) -> S + Sync,
) -> Result<Array3<S>, RadiomicsError> {
    let size = old.size();
    on_lines(old, grid, progress, |line, target: &mut [S]| {
        let mut values = vec![0.0; target.len()];
        // A line leaves the image once at most.
        let mut inside = (0..target.len()).filter(|&column| is_inside(line.at(column), size));
        let Some(first) = inside.next() else { return };
        let columns = first..inside.next_back().unwrap_or(first) + 1;
        let among = &mut values[columns.clone()];
        match sampler {
            Sampler::Nearest(part) => {
                let nearest = Nearest { values: part.values.view(), first: part.first };
                among.iter_mut().zip(columns).for_each(|(value, column)| *value = nearest.at(line.at(column)));
            }
            Sampler::Linear(part) => {
                among.iter_mut().zip(columns).for_each(|(value, column)| *value = part.linear(line.at(column)));
            }
            Sampler::BSpline(spline) => spline.along(line, columns, among),
        }
        target.iter_mut().zip(values).for_each(|(target, value)| *target = stored(value));
    })
}

/// Fills the new grid line by line.
fn on_lines<S: Copy + Default + Send + Sync>(
    old: &Geometry,
    grid: &Geometry,
    progress: &Progress,
    fill: impl Fn(&Line, &mut [S]) + Sync,
) -> Result<Array3<S>, RadiomicsError> {
    let mut values = Array3::from_elem(grid.shape(), S::default());
    values.axis_iter_mut(Axis(0)).into_par_iter().enumerate().try_for_each(|(slice, mut plane)| {
        for (row, mut target) in plane.rows_mut().into_iter().enumerate() {
            progress.check()?;
            if let Some(target) = target.as_slice_mut() {
                fill(&Line::between(old, grid, row, slice), target);
            }
        }
        Ok::<(), RadiomicsError>(())
    })?;
    Ok(values)
}

/// Whether a place lies in the image: within its voxels, not their centres.
#[inline(always)]
fn is_inside(place: [f64; 3], size: [usize; 3]) -> bool {
    (0..3).all(|axis| place[axis] >= -0.5 && place[axis] < size[axis] as f64 - 0.5)
}

/// Values of the nearest voxels; halfway between two it is the later.
struct Nearest<'a, S> {
    values: ArrayView3<'a, S>,
    first: [usize; 3],
}

impl<S: Copy> Nearest<'_, S> {
    #[inline(always)]
    fn at(&self, place: [f64; 3]) -> S {
        let [i, j, k]: [usize; 3] = std::array::from_fn(|axis| (place[axis] + 0.5).floor() as usize - self.first[axis]);
        self.values[[k, j, i]]
    }
}

impl Part {
    /// Linear along columns, then rows, then slices; beyond the centre of the image's last voxel its value goes on.
    #[inline(always)]
    fn linear(&self, place: [f64; 3]) -> f64 {
        let (mut low, mut high, mut part) = ([0; 3], [0; 3], [0.0; 3]);
        for axis in 0..3 {
            let before = place[axis].floor().max(0.0);
            part[axis] = (place[axis] - before).max(0.0);
            low[axis] = before as usize - self.first[axis];
            high[axis] = (before as usize + 1).min(self.size[axis] - 1) - self.first[axis];
        }
        let between = |a: f64, b: f64, part: f64| if part > 0.0 { a + (b - a) * part } else { a };
        let along = |j: usize, k: usize| between(self.values[[k, j, low[0]]], self.values[[k, j, high[0]]], part[0]);
        let across = |k: usize| between(along(low[1], k), along(high[1], k), part[1]);
        between(across(low[2]), across(high[2]), part[2])
    }
}

/// A value that is no number would spoil the spline as far as it reaches.
fn all_finite(values: &Array3<f64>, part: Extent) -> Result<(), RadiomicsError> {
    match values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((k, j, i), _)) => {
            let [column, row, slice] = part.first;
            Err(RadiomicsError::NotFinite { slice: slice + k, row: row + j, column: column + i })
        }
    }
}

/// A part of an array as 64-bit numbers.
pub(super) fn widened<S: Copy + AsPrimitive<f64> + Sync>(
    image: &Array3<S>,
    part: Extent,
    progress: &Progress,
    scaled: impl Fn(f64) -> f64 + Sync,
) -> Result<Array3<f64>, RadiomicsError> {
    let [i, j, k] = [0, 1, 2].map(|axis| part.first[axis]..part.first[axis] + part.size[axis]);
    let cut = image.slice(s![k, j, i]);
    let mut values = Array3::zeros(cut.raw_dim());
    let planes = values.axis_iter_mut(Axis(0)).into_par_iter().zip(cut.axis_iter(Axis(0)));
    planes.try_for_each(|(mut plane, cut)| {
        progress.check()?;
        plane.zip_mut_with(&cut, |value, &own| *value = scaled(own.as_()));
        Ok::<(), RadiomicsError>(())
    })?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halfway_between_two_voxels_the_later_counts() {
        let values = Array3::from_shape_fn((1, 1, 4), |(_, _, i)| i as i16);
        let nearest = Nearest { values: values.view(), first: [0; 3] };
        assert_eq!([-0.5, 0.49, 0.5, 1.5, 2.6].map(|x| nearest.at([x, 0.0, 0.0])), [0, 0, 1, 2, 3]);
    }

    #[test]
    fn linear_values_go_on_beyond_the_last_centre() {
        let values = Array3::from_shape_fn((2, 1, 3), |(k, _, i)| (10 * i + 100 * k) as f64);
        let part = Part { values, first: [0; 3], size: [3, 1, 2] };
        assert_eq!(part.linear([1.25, 0.3, 0.5]), 62.5);
        assert_eq!([part.linear([-0.4, 0.0, -0.2]), part.linear([2.4, 0.0, 1.4])], [0.0, 120.0]);
    }

    #[test]
    fn a_voxel_reaches_half_a_voxel_from_its_centre() {
        assert!(is_inside([-0.5, 0.0, 0.0], [3, 1, 1]));
        assert!(!is_inside([2.5, 0.0, 0.0], [3, 1, 1]));
    }
}
