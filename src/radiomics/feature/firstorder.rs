//! First-order features: the distribution of values in the VOI (IBSI section 3.3 and 3.4).
//!
//! Kurtosis is not excess, as PyRadiomics has it and IBSI does not. Percentiles interpolate linearly between order
//! statistics (Hyndman and Fan 1996, definition 7).

use super::{Named, entropy};
use crate::radiomics::discretize::Levels;
use crate::radiomics::region::Values;

/// Values and histogram of a VOI.
pub struct Distribution {
    values: Vec<f64>,
    sorted: Vec<f64>,
    /// Share of voxels in each gray level present.
    shares: Vec<f64>,
    voxel_mm3: f64,
}

/// The features, by name.
pub const TABLE: &[Named<Distribution>] = &[
    ("10Percentile", |d| d.percentile(10.0)),                            // IBSI QG58
    ("90Percentile", |d| d.percentile(90.0)),                            // IBSI 8DWT
    ("Energy", energy),                                                  // IBSI N8CA
    ("Entropy", |d| entropy(d.shares.iter().copied())),                  // IBSI TLU2
    ("InterquartileRange", |d| d.percentile(75.0) - d.percentile(25.0)), // IBSI SALO
    ("Kurtosis", kurtosis),                                              // IBSI IPH6, plus 3
    ("Maximum", |d| d.sorted[d.sorted.len() - 1]),                       // IBSI 84IY
    ("MeanAbsoluteDeviation", |d| mean_absolute_deviation(&d.values)),   // IBSI 4FUA
    ("Mean", |d| mean(&d.values)),                                       // IBSI Q4LE
    ("Median", |d| d.percentile(50.0)),                                  // IBSI Y12H
    ("Minimum", |d| d.sorted[0]),                                        // IBSI 1GSF
    ("Range", |d| d.sorted[d.sorted.len() - 1] - d.sorted[0]),           // IBSI 2OJQ
    ("RobustMeanAbsoluteDeviation", robust_mean_absolute_deviation),     // IBSI 1128
    ("RootMeanSquared", |d| (energy(d) / d.values.len() as f64).sqrt()), // IBSI 5ZWQ
    ("Skewness", skewness),                                              // IBSI KE2A
    ("TotalEnergy", |d| energy(d) * d.voxel_mm3),
    ("Uniformity", |d| d.shares.iter().map(|share| share * share).sum()), // IBSI BJ5W
    ("Variance", |d| moment(&d.values, 2)),                               // IBSI ECT3
];

impl Distribution {
    /// The distribution of values, of which there is at least one; a voxel has `voxel_mm3`.
    pub fn of(values: &Values, levels: &Levels, voxel_mm3: f64) -> Self {
        let mut sorted = values.gray.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut counts = vec![0u64; levels.count()];
        for &voxel in &levels.voxels {
            counts[levels.ranks[voxel as usize] as usize - 1] += 1;
        }
        let n = values.gray.len() as f64;
        Self {
            values: values.gray.clone(),
            sorted,
            shares: counts.into_iter().map(|count| count as f64 / n).collect(),
            voxel_mm3,
        }
    }

    fn percentile(&self, percent: f64) -> f64 {
        let place = percent / 100.0 * (self.sorted.len() - 1) as f64;
        let below = self.sorted[place.floor() as usize];
        let above = self.sorted[place.ceil() as usize];
        let part = place - place.floor();
        // Whichever end is nearer is the one that rounding spares.
        if part < 0.5 { below + (above - below) * part } else { above - (above - below) * (1.0 - part) }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean of (x - mean)^order.
fn moment(values: &[f64], order: i32) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(order)).sum::<f64>() / values.len() as f64
}

/// Sum of x^2.
fn energy(d: &Distribution) -> f64 {
    d.values.iter().map(|value| value * value).sum()
}

/// Third moment over the 3/2 power of the second; 0 for one gray value.
fn skewness(d: &Distribution) -> f64 {
    let variance = moment(&d.values, 2);
    if variance == 0.0 { 0.0 } else { moment(&d.values, 3) / variance.powf(1.5) }
}

/// Fourth moment over the square of the second; 0 for one gray value.
fn kurtosis(d: &Distribution) -> f64 {
    let variance = moment(&d.values, 2);
    if variance == 0.0 { 0.0 } else { moment(&d.values, 4) / (variance * variance) }
}

/// Mean of |x - mean|.
fn mean_absolute_deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).abs()).sum::<f64>() / values.len() as f64
}

/// The mean absolute deviation of the values from the 10th to the 90th percentile.
fn robust_mean_absolute_deviation(d: &Distribution) -> f64 {
    let (low, high) = (d.percentile(10.0), d.percentile(90.0));
    let inner: Vec<f64> = d.values.iter().copied().filter(|value| (low..=high).contains(value)).collect();
    // Rounding of a percentile can leave nothing between the two only when all values are one.
    if inner.is_empty() { 0.0 } else { mean_absolute_deviation(&inner) }
}
