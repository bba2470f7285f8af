//! Volume, HU and slices of the VOI and of every label, kept up to date voxel by voxel.
//!
//! Sums are kept in fixed point (2^-16 HU), so that a voxel taken out again leaves exactly what was there before and the
//! numbers after an hour of drawing are those counted from scratch; integer HU are exact.

use super::Snapshot;
use crate::volume::{Label, Volume, Voxels, is_voi};

/// Units of the fixed-point sums per HU, as a power of two.
const FRACTION_BITS: u32 = 16;
/// Units of the fixed-point sums per HU.
const PER_HU: f64 = (1u64 << FRACTION_BITS) as f64;

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
    /// Liver without the others, its edge included; what is inside the edge is measured by [`super::MeasuredVoi`].
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tallies {
    voi: Tally,
    labels: [Tally; 4],
}

/// Running sums of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    n_voxels: u64,
    n_values: u64,
    sum: i128,
    sum_of_squares: i128,
    /// Voxels in every acquired slice.
    per_slice: Vec<u32>,
}

impl Tallies {
    pub(super) fn empty(n_slices: usize) -> Self {
        Self { voi: Tally::empty(n_slices), labels: std::array::from_fn(|_| Tally::empty(n_slices)) }
    }

    /// Those of a whole state.
    pub(super) fn of(state: &Snapshot, volume: &Volume) -> Self {
        let mut tallies = Self::empty(state.geometry().size()[2]);
        for (k, slice) in state.slices().iter().enumerate() {
            for j in 0..slice.n_rows() {
                let mut begin = 0;
                for &(end, bits) in slice.row(j) {
                    let columns = if bits == 0 { 0..0 } else { begin..end as usize };
                    columns.for_each(|i| tallies.change(volume, (k, j, i), [0, bits]));
                    begin = end as usize;
                }
            }
        }
        tallies
    }

    /// A voxel at (slice, row, column) changes from old to new bits.
    pub(super) fn change(&mut self, volume: &Volume, at: (usize, usize, usize), [old, new]: [u8; 2]) {
        let value = value_of(volume, at);
        let mut flipped = old ^ new;
        while flipped != 0 {
            let label = flipped.trailing_zeros() as usize;
            flipped &= flipped - 1;
            if let Some(tally) = self.labels.get_mut(label) {
                tally.change(at.0, value, new >> label & 1 != 0);
            }
        }
        if is_voi(old) != is_voi(new) {
            self.voi.change(at.0, value, is_voi(new));
        }
    }

    /// Voxels of a label on an acquired slice.
    pub(super) fn n_on_slice(&self, label: Label, slice: usize) -> u32 {
        let tally = &self.labels[label as usize];
        tally.per_slice.get(slice).copied().unwrap_or(0)
    }

    /// Bytes that they hold.
    pub(super) fn memory(&self) -> usize {
        let of = |tally: &Tally| size_of::<Tally>() + size_of::<u32>() * tally.per_slice.capacity();
        of(&self.voi) + self.labels.iter().map(of).sum::<usize>()
    }

    pub(super) fn statistics(&self, voxel_mm3: f64) -> Statistics {
        Statistics {
            voi: self.voi.statistics(voxel_mm3),
            labels: std::array::from_fn(|label| self.labels[label].statistics(voxel_mm3)),
        }
    }
}

impl Tally {
    pub(super) fn empty(n_slices: usize) -> Self {
        Self { n_voxels: 0, n_values: 0, sum: 0, sum_of_squares: 0, per_slice: vec![0; n_slices] }
    }

    /// A voxel of this value joins the region or leaves it.
    pub(super) fn change(&mut self, slice: usize, value: Option<i64>, joins: bool) {
        let sign: i64 = if joins { 1 } else { -1 };
        self.n_voxels = self.n_voxels.wrapping_add_signed(sign);
        self.per_slice[slice] = self.per_slice[slice].wrapping_add_signed(sign as i32);
        if let Some(value) = value {
            self.n_values = self.n_values.wrapping_add_signed(sign);
            self.sum += i128::from(sign * value);
            self.sum_of_squares += i128::from(sign * value) * i128::from(value);
        }
    }

    pub(super) fn statistics(&self, voxel_mm3: f64) -> RegionStatistics {
        let n = self.n_values as f64;
        let any = self.n_values > 0;
        RegionStatistics {
            n_voxels: self.n_voxels,
            volume_ml: self.n_voxels as f64 * voxel_mm3 / 1000.0,
            mean_hu: any.then(|| self.sum as f64 / n / PER_HU),
            sd_hu: any.then(|| self.variance().sqrt() / PER_HU),
            n_slices: self.per_slice.iter().filter(|&&n| n > 0).count(),
        }
    }

    /// Variance of at least one value, in squared units: with sum = m n + r, the squares about m add up to
    /// sum of squares - m (sum + r). All in integers, so that nothing cancels; 2^31 values below 2^47 stay below 2^127.
    fn variance(&self) -> f64 {
        let n = i128::from(self.n_values);
        let (mean, rest) = (self.sum.div_euclid(n), self.sum.rem_euclid(n));
        let about_mean = self.sum_of_squares - mean * (self.sum + rest);
        (about_mean as f64 / n as f64 - (rest as f64 / n as f64).powi(2)).max(0.0)
    }
}

/// The value at (slice, row, column) in units of the sums; `None` for padding and for what is no number.
pub(super) fn value_of(volume: &Volume, at: (usize, usize, usize)) -> Option<i64> {
    if volume.is_padding(at) { None } else { fixed_point(volume.voxels(), at) }
}

/// A value in units of the sums, rounded; `None` for what is no number. Values beyond 2^31 HU, which no scanner gives, count
/// as that.
fn fixed_point(voxels: &Voxels, at: (usize, usize, usize)) -> Option<i64> {
    let value = match voxels {
        Voxels::I16(array) => return Some(i64::from(array[at]) << FRACTION_BITS),
        Voxels::I32(array) => return Some(i64::from(array[at]) << FRACTION_BITS),
        Voxels::F32(array) => f64::from(array[at]),
        Voxels::F64(array) => array[at],
    };
    const LIMIT: f64 = (1i64 << (31 + FRACTION_BITS)) as f64;
    value.is_finite().then(|| (value * PER_HU).clamp(-LIMIT, LIMIT).round() as i64)
}

/// Volumes in mL between which the livers of adults lie, resected and enlarged ones included; about 1500 mL is usual.
const LIVER_ML: std::ops::RangeInclusive<f64> = 300.0..=5000.0;

/// What to say of a VOI whose volume is not that of a whole liver.
pub fn liver_volume_doubt(volume_ml: f64) -> Option<String> {
    let (least, most) = (LIVER_ML.start(), LIVER_ML.end());
    (!LIVER_ML.contains(&volume_ml))
        .then(|| format!("the VOI has {volume_ml:.1} mL: a whole liver has {least:.0} to {most:.0} mL"))
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
    fn values_that_no_scanner_gives_overflow_no_sum() {
        let geometry = Geometry::axial([10, 10, 1], [0.0; 3], [1.0; 3]).unwrap();
        let far = |(_, j, _): (usize, usize, usize)| if j % 2 == 0 { 1e30 } else { -1e30 };
        let volume = Volume::new(geometry, Voxels::F64(Array3::from_shape_fn((1, 10, 10), far))).unwrap();
        let mut tallies = Tallies::empty(1);
        (0..100).for_each(|n| tallies.change(&volume, (0, n / 10, n % 10), [0, 1]));
        let liver = *tallies.statistics(1.0).label(Label::Liver);
        assert_eq!((liver.mean_hu, liver.sd_hu), (Some(0.0), Some(f64::from(1u32 << 31))));
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
