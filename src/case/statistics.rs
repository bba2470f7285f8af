//! Volume, HU and slices of the VOI and of every label, kept up to date voxel by voxel.
//!
//! Sums are kept in fixed point (2^-16 HU), so that a voxel taken out again leaves exactly what was there before and the
//! numbers after an hour of drawing are those counted from scratch; integer HU are exact.

use crate::volume::{Label, Volume, is_voi};

/// Units of the fixed-point sums per HU.
const PER_HU: f64 = 65_536.0;

/// What a region measures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RegionStatistics {
    /// Voxels of the region, padding included.
    pub n_voxels: u64,
    /// Volume in millilitres.
    pub volume_ml: f64,
    /// Mean HU without padding; `None` when no voxel is left.
    pub mean_hu: Option<f64>,
    /// Standard deviation of HU without padding, divided by n as PyRadiomics' variance is; `None` when no voxel is left.
    pub sd_hu: Option<f64>,
    /// Acquired slices that the region touches.
    pub n_slices: usize,
}

/// What everything drawn measures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// The volume of interest: liver without the others.
    pub voi: RegionStatistics,
    /// Every label, in the order of [`Label::ALL`].
    pub labels: [RegionStatistics; 4],
}

impl Statistics {
    /// What one label measures.
    pub fn label(&self, label: Label) -> &RegionStatistics {
        &self.labels[label as usize]
    }
}

/// Running sums of the VOI and of every label.
#[derive(Debug)]
pub(super) struct Tallies {
    voi: Tally,
    labels: [Tally; 4],
}

#[derive(Debug)]
struct Tally {
    n_voxels: u64,
    n_values: u64,
    sum: i128,
    sum_of_squares: i128,
    /// Voxels in every acquired slice.
    per_slice: Vec<u32>,
}

impl Tallies {
    pub(super) fn empty(n_slices: usize) -> Self {
        let empty = || Tally { n_voxels: 0, n_values: 0, sum: 0, sum_of_squares: 0, per_slice: vec![0; n_slices] };
        Self { voi: empty(), labels: std::array::from_fn(|_| empty()) }
    }

    /// A voxel at (slice, row, column) changes from old to new bits.
    pub(super) fn change(&mut self, volume: &Volume, at: (usize, usize, usize), [old, new]: [u8; 2]) {
        let value = volume.voxels().at(at);
        // A value that is no number is nothing to average.
        let value = (!volume.is_padding(at) && value.is_finite()).then(|| (value * PER_HU).round() as i64);
        for (label, tally) in Label::ALL.iter().zip(&mut self.labels) {
            tally.change(at.0, value, [old & label.bit() != 0, new & label.bit() != 0]);
        }
        self.voi.change(at.0, value, [is_voi(old), is_voi(new)]);
    }

    pub(super) fn statistics(&self, voxel_mm3: f64) -> Statistics {
        Statistics {
            voi: self.voi.statistics(voxel_mm3),
            labels: std::array::from_fn(|label| self.labels[label].statistics(voxel_mm3)),
        }
    }
}

impl Tally {
    fn change(&mut self, slice: usize, value: Option<i64>, was_and_is: [bool; 2]) {
        let add = match was_and_is {
            [false, true] => true,
            [true, false] => false,
            _ => return,
        };
        if add {
            self.n_voxels += 1;
            self.per_slice[slice] += 1;
        } else {
            self.n_voxels -= 1;
            self.per_slice[slice] -= 1;
        }
        let Some(value) = value.map(i128::from) else { return };
        let square = value * value;
        if add {
            self.n_values += 1;
            self.sum += value;
            self.sum_of_squares += square;
        } else {
            self.n_values -= 1;
            self.sum -= value;
            self.sum_of_squares -= square;
        }
    }

    fn statistics(&self, voxel_mm3: f64) -> RegionStatistics {
        let n = self.n_values as f64;
        let any = self.n_values > 0;
        // n * sum of squares - sum^2 in integers: no cancellation.
        let spread = (i128::from(self.n_values) * self.sum_of_squares - self.sum * self.sum) as f64;
        RegionStatistics {
            n_voxels: self.n_voxels,
            volume_ml: self.n_voxels as f64 * voxel_mm3 / 1000.0,
            mean_hu: any.then(|| self.sum as f64 / n / PER_HU),
            sd_hu: any.then(|| spread.sqrt() / n / PER_HU),
            n_slices: self.per_slice.iter().filter(|&&n| n > 0).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Geometry, Voxels};
    use ndarray::Array3;

    #[test]
    fn padding_counts_for_the_volume_and_not_for_hu() {
        let geometry = Geometry::axial([3, 1, 2], [0.0; 3], [10.0; 3]).unwrap();
        let voxels = Array3::from_shape_vec((2, 1, 3), vec![100, 120, -2000, 0, 0, 0]).unwrap();
        let mut padding = Array3::from_elem((2, 1, 3), false);
        padding[(0, 0, 2)] = true;
        let volume = Volume::new(geometry, Voxels::I16(voxels)).unwrap().with_padding(padding).unwrap();
        let mut tallies = Tallies::empty(2);
        for column in 0..3 {
            tallies.change(&volume, (0, 0, column), [0, Label::Liver.bit()]);
        }
        let voi = tallies.statistics(1000.0).voi;
        assert_eq!(
            voi,
            RegionStatistics { n_voxels: 3, volume_ml: 3.0, mean_hu: Some(110.0), sd_hu: Some(10.0), n_slices: 1 }
        );
    }

    #[test]
    fn an_empty_region_has_no_mean() {
        assert_eq!(Tallies::empty(4).statistics(1.0), Statistics::default());
    }

    #[test]
    fn fractional_values_leave_no_residue_when_taken_out_again() {
        let geometry = Geometry::axial([2, 1, 1], [0.0; 3], [1.0; 3]).unwrap();
        let voxels = Array3::from_shape_vec((1, 1, 2), vec![0.1f32, 1e5 + 0.3]).unwrap();
        let volume = Volume::new(geometry, Voxels::F32(voxels)).unwrap();
        let mut tallies = Tallies::empty(1);
        tallies.change(&volume, (0, 0, 0), [0, 1]);
        let before = tallies.statistics(1.0);
        tallies.change(&volume, (0, 0, 1), [0, 1]);
        tallies.change(&volume, (0, 0, 1), [1, 0]);
        assert_eq!(tallies.statistics(1.0), before);
    }
}
