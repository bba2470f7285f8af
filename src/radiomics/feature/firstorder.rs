//! First-order features: the distribution of values in the VOI (IBSI section 3.3 and 3.4).
//!
//! Kurtosis is not excess, as PyRadiomics has it and IBSI does not. Percentiles interpolate linearly between order
//! statistics (Hyndman and Fan 1996, definition 7). Voxels whose value is no number count in the histogram alone.

use std::borrow::Cow;

use super::entropy;
use crate::base::widest;
use crate::radiomics::discretize::{Levels, NoLevels, histogram};
use crate::radiomics::protocol::Binning;
use crate::radiomics::region::Values;

/// Values and histogram of a VOI.
pub struct Distribution<'a> {
    /// Those that are numbers.
    values: Cow<'a, [f64]>,
    /// Share of voxels in each gray level present.
    shares: Vec<f64>,
    /// The 10th, 25th, 50th, 75th and 90th percentile.
    percentiles: [f64; 5],
    minimum: f64,
    maximum: f64,
    moments: Moments,
    voxel_mm3: f64,
    shift: f64,
}

/// What is summed over all values.
#[derive(Clone, Copy)]
struct Moments {
    mean: f64,
    /// Means of (x - mean) squared, cubed, and to the fourth, and of |x - mean|.
    second: f64,
    third: f64,
    fourth: f64,
    absolute: f64,
}

/// A feature's name, and the function that computes it, however long the values are borrowed for.
pub type OfDistribution = (&'static str, fn(&Distribution) -> f64);

/// The features, by name.
pub const TABLE: &[OfDistribution] = &[
    ("10Percentile", |d| d.percentiles[0]),                              // IBSI QG58
    ("90Percentile", |d| d.percentiles[4]),                              // IBSI 8DWT
    ("Energy", energy),                                                  // IBSI N8CA
    ("Entropy", |d| entropy(d.shares.iter().copied())),                  // IBSI TLU2
    ("InterquartileRange", |d| d.percentiles[3] - d.percentiles[1]),     // IBSI SALO
    ("Kurtosis", kurtosis),                                              // IBSI IPH6, plus 3
    ("Maximum", |d| d.maximum),                                          // IBSI 84IY
    ("MeanAbsoluteDeviation", |d| d.moments.absolute),                   // IBSI 4FUA
    ("Mean", |d| d.moments.mean),                                        // IBSI Q4LE
    ("Median", |d| d.percentiles[2]),                                    // IBSI Y12H
    ("Minimum", |d| d.minimum),                                          // IBSI 1GSF
    ("Range", |d| d.maximum - d.minimum),                                // IBSI 2OJQ
    ("RobustMeanAbsoluteDeviation", robust_mean_absolute_deviation),     // IBSI 1128
    ("RootMeanSquared", |d| (energy(d) / d.values.len() as f64).sqrt()), // IBSI 5ZWQ
    ("Skewness", skewness),                                              // IBSI KE2A
    ("TotalEnergy", |d| energy(d) * d.voxel_mm3),
    ("Uniformity", |d| d.shares.iter().map(|share| share * share).sum()), // IBSI BJ5W
    ("Variance", |d| d.moments.second),                                   // IBSI ECT3
];

/// Those that are computed from the histogram of gray levels.
pub const OF_HISTOGRAM: [&str; 2] = ["Entropy", "Uniformity"];

/// The features of values, in the order of [`TABLE`]; NaN for those that are not wanted.
pub(in crate::radiomics) fn each(of: &Distribution, wanted: impl Fn(&str) -> bool) -> Vec<f64> {
    TABLE.iter().map(|(name, function)| if wanted(name) { function(of) } else { f64::NAN }).collect()
}

/// The percentiles that features are made of.
const PERCENTS: [f64; 5] = [10.0, 25.0, 50.0, 75.0, 90.0];

impl<'a> Distribution<'a> {
    /// The distribution of values, of which at least one is a number; a voxel has `voxel_mm3`, and `shift` is added before
    /// values are squared.
    pub fn of(values: &'a Values, levels: &Levels, voxel_mm3: f64, shift: f64) -> Self {
        let numbers = numbers(&values.gray);
        let percentiles = percentiles(&values.gray, numbers.len(), levels);
        Self::with(values, numbers, percentiles, voxel_mm3, shift).sharing(&levels.n_voxels)
    }

    /// The same without gray levels in a frame, for where no matrix is made of them; however many there are.
    pub fn alone(values: &'a Values, voxel_mm3: f64, shift: f64, binning: Binning) -> (Self, Result<usize, NoLevels>) {
        let numbers = numbers(&values.gray);
        let mut ascending = numbers.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        let percentiles = interpolated(ascending.len(), |n| ascending[n]);
        let lacking = values.gray.len() - numbers.len();
        let distribution = Self::with(values, numbers, percentiles, voxel_mm3, shift);
        match histogram(&ascending, lacking, values.is_f32, binning) {
            Ok(n_voxels) => (distribution.sharing(&n_voxels), Ok(n_voxels.len())),
            Err(error) => (distribution, Err(error)),
        }
    }

    fn with(values: &Values, numbers: Cow<'a, [f64]>, percentiles: [f64; 5], voxel_mm3: f64, shift: f64) -> Self {
        let (least, most) = values.extremes();
        Self {
            shares: Vec::new(),
            percentiles,
            minimum: least,
            maximum: most,
            moments: if least == most { Moments::of_one(least, numbers.len()) } else { moments(&numbers) },
            values: numbers,
            voxel_mm3,
            shift,
        }
    }

    /// With the numbers of voxels in each gray level present.
    fn sharing(mut self, n_voxels: &[u64]) -> Self {
        let n = n_voxels.iter().sum::<u64>() as f64;
        self.shares = n_voxels.iter().map(|&count| count as f64 / n).collect();
        self
    }
}

/// The values that are numbers.
fn numbers(values: &[f64]) -> Cow<'_, [f64]> {
    let is_number = |value: &f64| !value.is_nan();
    if values.iter().all(is_number) {
        return Cow::Borrowed(values);
    }
    Cow::Owned(values.iter().copied().filter(is_number).collect())
}

/// The percentiles of the `n` values that are numbers, without sorting: gray levels rise with the values, so that their counts tell in which level a place lies,
/// and only the values of those levels are looked at. What is no number has the highest level and comes after every place.
fn percentiles(values: &[f64], n: usize, levels: &Levels) -> [f64; 5] {
    let places = places(n);
    let mut order = Order::of(levels, places.iter().flat_map(|place| [place.floor() as usize, place.ceil() as usize]));
    order.take(values);
    interpolated(n, |n| order.nth(n))
}

/// Where the percentiles of `n` values lie among them.
fn places(n: usize) -> [f64; 5] {
    PERCENTS.map(|percent| percent / 100.0 * (n - 1) as f64)
}

/// The percentiles of `n` values, of which `nth` gives the one that so many come before.
fn interpolated(n: usize, mut nth: impl FnMut(usize) -> f64) -> [f64; 5] {
    places(n).map(|place| {
        let (below, above) = (nth(place.floor() as usize), nth(place.ceil() as usize));
        let part = place - place.floor();
        // Whichever end is nearer is the one that rounding spares.
        if part < 0.5 { below + (above - below) * part } else { above - (above - below) * (1.0 - part) }
    })
}

/// The values of some gray levels, and how many values come before each level's.
struct Order<'a> {
    levels: &'a Levels<'a>,
    before: Vec<usize>,
    /// By rank; none where no value of the level is asked for.
    values: Vec<Option<Vec<f64>>>,
}

impl<'a> Order<'a> {
    /// To be asked for these order statistics.
    fn of(levels: &'a Levels<'a>, asked: impl Iterator<Item = usize>) -> Self {
        let mut before = vec![0];
        for &count in &levels.n_voxels {
            before.push(before[before.len() - 1] + count as usize);
        }
        let mut order = Self { levels, before, values: vec![None; levels.count()] };
        for n in asked {
            let rank = order.rank_of(n);
            order.values[rank].get_or_insert_with(|| Vec::with_capacity(levels.n_voxels[rank] as usize));
        }
        order
    }

    /// The rank, from 0 on, of the value that `n` values come before.
    fn rank_of(&self, n: usize) -> usize {
        self.before.partition_point(|&before| before <= n) - 1
    }

    /// Takes the values that are asked for out of all of them.
    fn take(&mut self, mut values: &[f64]) {
        for span in &self.levels.frame.spans {
            let (here, rest) = values.split_at(span.length as usize);
            values = rest;
            for (&value, &rank) in here.iter().zip(&self.levels.ranks[span.cells()]) {
                if let Some(taken) = &mut self.values[rank as usize - 1] {
                    taken.push(value);
                }
            }
        }
    }

    /// The value that `n` values come before; one that was asked for.
    fn nth(&mut self, n: usize) -> f64 {
        let rank = self.rank_of(n);
        let within = n - self.before[rank];
        self.values[rank].as_mut().map_or(f64::NAN, |taken| *taken.select_nth_unstable_by(within, f64::total_cmp).1)
    }
}

/// Sums that are kept side by side, so that one addition need not wait for the last; their number decides the last digit and
/// is the same everywhere.
const LANES: usize = 8;

/// The sum of a function over values, lane by lane.
#[inline(always)]
fn sum_of<const N: usize>(values: &[f64], of: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [[0.0; LANES]; N];
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            let terms = of(value);
            for (sums, term) in lanes.iter_mut().zip(terms) {
                sums[lane] += term;
            }
        }
    }
    let mut sums = lanes.map(|lanes| lanes.iter().sum::<f64>());
    for &value in rest {
        sums.iter_mut().zip(of(value)).for_each(|(sum, term)| *sum += term);
    }
    sums
}

widest! {
    fn moments[](values: &[f64]) -> Moments {
        let n = values.len() as f64;
        let mean = sum_of(values, |x| [x])[0] / n;
        let sums = sum_of(values, |x| {
            let from_mean = x - mean;
            let square = from_mean * from_mean;
            [square, square * from_mean, square * square, from_mean.abs()]
        });
        let [second, third, fourth, absolute] = sums.map(|sum| sum / n);
        Moments { mean, second, third, fourth, absolute }
    }
}

impl Moments {
    /// Of `n` times one value. Where the mean is off by rounding, so are the moments, and with them PyRadiomics has skewness and
    /// kurtosis of 1 or -1 where there is no spread; the mean is therefore rounded as NumPy's.
    fn of_one(value: f64, n: usize) -> Self {
        let mean = sum_of_one(value, n) / n as f64;
        let from_mean = value - mean;
        let second = from_mean * from_mean;
        Self { mean, second, third: second * from_mean, fourth: second * second, absolute: from_mean.abs() }
    }
}

/// `n` times a value, added as NumPy adds: halves of up to 128 terms, each in eight strands.
fn sum_of_one(value: f64, n: usize) -> f64 {
    const BLOCK: usize = 128;
    const STRANDS: usize = 8;
    let times = |sum: f64, n: usize| (0..n).fold(sum, |sum, _| sum + value);
    if n > BLOCK {
        let half = n / 2 - n / 2 % STRANDS;
        sum_of_one(value, half) + sum_of_one(value, n - half)
    } else if n >= STRANDS {
        // Strands are equal, and so are their sums in pairs.
        times(8.0 * times(0.0, n / STRANDS), n % STRANDS)
    } else {
        times(0.0, n)
    }
}

/// Sum of x^2, after the shift.
fn energy(d: &Distribution) -> f64 {
    sum_of(&d.values, |x| [(x + d.shift) * (x + d.shift)])[0]
}

/// Third moment over the 3/2 power of the second; 0 where nothing deviates.
fn skewness(d: &Distribution) -> f64 {
    let Moments { second, third, .. } = d.moments;
    if second == 0.0 { 0.0 } else { third / second.powf(1.5) }
}

/// Fourth moment over the square of the second; 0 where nothing deviates.
fn kurtosis(d: &Distribution) -> f64 {
    let Moments { second, fourth, .. } = d.moments;
    if second == 0.0 { 0.0 } else { fourth / (second * second) }
}

/// The mean absolute deviation of the values from the 10th to the 90th percentile; NaN where none lies there, as of two voxels.
fn robust_mean_absolute_deviation(d: &Distribution) -> f64 {
    let (low, high) = (d.percentiles[0], d.percentiles[4]);
    let inner: Vec<f64> = d.values.iter().copied().filter(|value| (low..=high).contains(value)).collect();
    moments(&inner).absolute
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::of_row;

    #[test]
    fn order_statistics_are_those_of_sorted_values() {
        let gray: Vec<f64> = (0..101).map(|i| f64::from((i * 37) % 101) * 1.5 - 40.0).collect();
        let frame = of_row(gray.len(), 1);
        let values = Values { gray: gray.clone(), is_f32: false };
        let levels = Levels::of(&frame, &values, Binning::BinWidth(25.0)).unwrap();
        let asked = [0, 100, 50, 49, 51, 10, 90];
        let mut order = Order::of(&levels, asked.into_iter());
        order.take(&values.gray);
        let mut sorted = gray;
        sorted.sort_by(f64::total_cmp);
        for n in asked {
            assert_eq!(order.nth(n), sorted[n], "{n}");
        }
        assert_eq!(
            percentiles(&values.gray, values.gray.len(), &levels),
            [10, 25, 50, 75, 90].map(|n: usize| sorted[n])
        );
    }

    #[test]
    fn one_gray_value_has_the_spread_that_rounding_leaves_as_in_pyradiomics() {
        let spread = |value: f64, n: usize| {
            let frame = of_row(n, 1);
            let values = Values { gray: vec![value; n], is_f32: false };
            let levels = Levels::of(&frame, &values, Binning::BinWidth(25.0)).unwrap();
            let one = Distribution::of(&values, &levels, 1.0, 0.0);
            (one.moments.second, skewness(&one), kurtosis(&one))
        };
        assert_eq!(spread(40.0, 500), (0.0, 0.0, 0.0));
        assert_eq!(spread(4.2, 300), (0.0, 0.0, 0.0));
        // PyRadiomics 3.0.1 with NumPy 1.26.
        assert_eq!(spread(0.1, 27), (1.925929944387236e-34, -1.0, 1.0));
        assert_eq!(spread(0.1, 1000), (1.925929944387236e-34, -1.0, 1.0));
        assert_eq!(spread(12.3, 77), (2.8398992587956425e-29, 1.0, 1.0));
    }

    #[test]
    fn of_two_values_none_lies_between_the_percentiles() {
        let frame = of_row(2, 1);
        let values = Values { gray: vec![1.0, 3.0], is_f32: false };
        let levels = Levels::of(&frame, &values, Binning::BinWidth(25.0)).unwrap();
        assert!(robust_mean_absolute_deviation(&Distribution::of(&values, &levels, 1.0, 0.0)).is_nan());
    }

    #[test]
    fn first_order_alone_is_what_it_is_beside_matrices() {
        let mut gray: Vec<f64> = (0..101).map(|i| f64::from((i * 37) % 101) * 1.5 - 40.0).collect();
        gray[7] = f64::NAN;
        let frame = of_row(gray.len(), 1);
        let values = Values { gray, is_f32: false };
        let levels = Levels::of(&frame, &values, Binning::BinWidth(25.0)).unwrap();
        let beside = Distribution::of(&values, &levels, 2.0, 3.0);
        let (alone, n_levels) = Distribution::alone(&values, 2.0, 3.0, Binning::BinWidth(25.0));
        assert_eq!(n_levels, Ok(levels.count()));
        for (name, function) in TABLE {
            assert_eq!(function(&alone).to_bits(), function(&beside).to_bits(), "{name}");
        }
    }

    #[test]
    fn a_shift_moves_energy_alone() {
        let frame = of_row(2, 1);
        let values = Values { gray: vec![-1.0, 3.0], is_f32: false };
        let levels = Levels::of(&frame, &values, Binning::BinWidth(1.0)).unwrap();
        let shifted = Distribution::of(&values, &levels, 1.0, 2.0);
        assert_eq!((energy(&shifted), shifted.moments.mean), (26.0, 1.0));
    }
}
