//! The grid that an image is resampled to, and where its voxels lie in the image.
//!
//! PyRadiomics lays the new grid so that the corners of both first voxels meet, not their centres, and cuts it to the VOI's
//! box and some voxels around it. An axis along which the VOI is one voxel thick keeps its spacing. Whoever follows ITK to the
//! last bit must find each place as ITK does: the ends of a line in mm, then voxel indices between them.

use crate::radiomics::RadiomicsError;
use crate::radiomics::protocol::Resample;
use crate::volume::Geometry;

/// Voxels that a resampled image may have: 8 GiB of 64-bit values. Beyond that the spacing is a mistake.
const MOST_VOXELS: f64 = (1u64 << 30) as f64;
/// Spacings within this part, or this many mm, of each other are the same (NumPy's `allclose`).
const SAME_SPACING: (f64, f64) = (1e-5, 1e-8);

/// A box of voxels: first voxel and size, as column, row, slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Column, row and slice of the first voxel.
    pub first: [usize; 3],
    /// Columns, rows, slices.
    pub size: [usize; 3],
}

impl Extent {
    /// The box and some voxels on each side of it, as far as an image of this size goes.
    pub fn padded(self, by: usize, size: [usize; 3]) -> Self {
        let first = self.first.map(|index| index.saturating_sub(by));
        let end = |axis: usize| (self.first[axis] + self.size[axis]).saturating_add(by).min(size[axis]);
        Self { first, size: std::array::from_fn(|axis| end(axis) - first[axis]) }
    }
}

/// The grid of that spacing around a VOI's box; none where the image has that spacing already.
pub(super) fn around(old: &Geometry, voi: Extent, settings: &Resample) -> Result<Option<Geometry>, RadiomicsError> {
    if !settings.spacing_mm.iter().all(|&spacing| spacing.is_finite() && spacing >= 0.0) {
        return Err(RadiomicsError::Spacing(settings.spacing_mm));
    }
    let (was, size) = (old.spacing_mm(), old.size());
    let spacing: [f64; 3] = std::array::from_fn(|axis| match settings.spacing_mm[axis] {
        0.0 => was[axis],
        _ if voi.size[axis] == 1 => was[axis],
        asked => asked,
    });
    let is_same = |axis: usize| (was[axis] - spacing[axis]).abs() <= SAME_SPACING.1 + SAME_SPACING.0 * spacing[axis];
    if (0..3).all(is_same) {
        return Ok(None);
    }
    let pad = f64::from(settings.pad_voxels);
    let (mut origin, mut count) = ([0.0; 3], [0.0; 3]);
    for axis in 0..3 {
        let ratio = was[axis] / spacing[axis];
        // The box begins half a voxel before its first centre and ends half a voxel after its last.
        let begin = voi.first[axis] as f64 - 0.5;
        let end = (voi.first[axis] + voi.size[axis]) as f64 - 0.5;
        let first = (begin * ratio - pad).floor().max(0.0);
        let last = (end * ratio + pad).ceil().min((size[axis] as f64 * ratio).ceil() - 1.0);
        count[axis] = last - first + 1.0;
        origin[axis] = 0.5 * (spacing[axis] - was[axis]) / was[axis] + first / ratio;
    }
    let voxels = count[0] * count[1] * count[2];
    if voxels > MOST_VOXELS {
        return Err(RadiomicsError::TooFine { spacing_mm: spacing, voxels });
    }
    let step = |axis: usize| old.steps()[axis].map(|x| x / was[axis] * spacing[axis]);
    let origin = old.patient_from_voxel(origin);
    let grid = Geometry::new(count.map(|count| count as usize), origin, [step(0), step(1), step(2)]);
    grid.map(Some).map_err(RadiomicsError::Grid)
}

/// Where the voxels of a line of the new grid lie in the old one, as column, row, slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    start: [f64; 3],
    length: [f64; 3],
    count: f64,
}

impl Line {
    /// The line of the new grid's columns in that row and slice.
    pub fn between(old: &Geometry, new: &Geometry, row: usize, slice: usize) -> Self {
        let columns = new.size()[0] as f64;
        let at = |column: f64| voxel_of(old, new.patient_from_voxel([column, row as f64, slice as f64]));
        let (start, end) = (at(0.0), at(columns));
        Self { start, length: std::array::from_fn(|axis| end[axis] - start[axis]), count: columns }
    }

    /// Where a column's voxel lies.
    #[inline(always)]
    pub fn at(&self, column: usize) -> [f64; 3] {
        let part = column as f64 / self.count;
        std::array::from_fn(|axis| self.start[axis] + part * self.length[axis])
    }
}

/// The voxel index of a point. Where the grid's axes are the patient's, without the detour over the grid's inverse, so that
/// a coordinate is rounded as ITK rounds it.
fn voxel_of(grid: &Geometry, point: [f64; 3]) -> [f64; 3] {
    let (steps, origin) = (grid.steps(), grid.origin());
    let only = |step: [f64; 3]| -> Option<usize> {
        let mut along = (0..3).filter(|&x| step[x] != 0.0);
        along.next().filter(|_| along.next().is_none())
    };
    match steps.map(only) {
        [Some(i), Some(j), Some(k)] => {
            let along = |axis: usize, x: usize| 1.0 / steps[axis][x] * (point[x] - origin[x]);
            [along(0, i), along(1, j), along(2, k)]
        }
        _ => grid.voxel_from_patient(point),
    }
}

/// The part of the old grid within which every voxel of the new one lies, and `reach` voxels around it.
pub(super) fn seen(old: &Geometry, new: &Geometry, reach: usize) -> Extent {
    let [columns, rows, slices] = new.size();
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for (row, slice) in [(0, 0), (rows - 1, 0), (0, slices - 1), (rows - 1, slices - 1)] {
        let line = Line::between(old, new, row, slice);
        for place in [line.at(0), line.at(columns - 1)] {
            for axis in 0..3 {
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
    }
    let size = old.size();
    let last = size.map(|side| side - 1);
    let first: [usize; 3] = std::array::from_fn(|axis| (low[axis].floor().max(0.0) as usize).min(last[axis]));
    let end: [usize; 3] = std::array::from_fn(|axis| (high[axis].ceil().max(0.0) as usize).min(last[axis]) + 1);
    Extent { first, size: std::array::from_fn(|axis| end[axis] - first[axis]) }.padded(reach, size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::protocol::Interpolator;

    fn settings(spacing_mm: [f64; 3], pad_voxels: u32) -> Resample {
        Resample { spacing_mm, interpolator: Interpolator::BSpline, pad_voxels }
    }

    fn old() -> Geometry {
        Geometry::axial([20, 20, 10], [10.0, -5.0, 100.0], [2.0, 2.0, 5.0]).unwrap()
    }

    #[test]
    fn corners_meet_and_not_centres() {
        let voi = Extent { first: [0, 0, 0], size: [20, 20, 10] };
        let new = around(&old(), voi, &settings([1.0, 1.0, 1.0], 5)).unwrap().unwrap();
        assert_eq!(new.size(), [40, 40, 50]);
        assert_eq!(new.origin(), [9.5, -5.5, 98.0]);
    }

    #[test]
    fn the_grid_is_cut_to_the_box_and_its_padding() {
        let voi = Extent { first: [8, 8, 4], size: [4, 4, 2] };
        let new = around(&old(), voi, &settings([1.0, 0.0, 1.0], 3)).unwrap().unwrap();
        // Columns: floor(7.5 * 2 - 3) to ceil(11.5 * 2 + 3).
        assert_eq!(new.size(), [26 - 12 + 1, 15 - 4 + 1, 31 - 14 + 1]);
        assert_eq!(new.spacing_mm(), [1.0, 2.0, 1.0]);
    }

    #[test]
    fn an_axis_one_voxel_thick_keeps_its_spacing() {
        let voi = Extent { first: [8, 8, 4], size: [4, 4, 1] };
        let new = around(&old(), voi, &settings([1.0, 1.0, 1.0], 0)).unwrap().unwrap();
        assert_eq!(new.spacing_mm(), [1.0, 1.0, 5.0]);
        assert_eq!(around(&old(), voi, &settings([2.0, 2.0, 1.0], 0)), Ok(None));
    }

    #[test]
    fn a_spacing_that_is_none_or_too_fine_is_refused() {
        let voi = Extent { first: [0, 0, 0], size: [20, 20, 10] };
        let refused = |spacing_mm| around(&old(), voi, &settings(spacing_mm, 5)).unwrap_err().to_string();
        assert!(refused([-1.0, 1.0, 1.0]).contains("-1"));
        assert!(refused([1e-6, 1e-6, 1e-6]).contains("coarser"));
    }
}
