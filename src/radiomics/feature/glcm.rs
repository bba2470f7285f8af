//! Co-occurrence features (Haralick et al. 1973; Soh and Tsatsoulis 1999; Clausi 2002; IBSI section 3.6), each the mean over
//! directions.
//!
//! p is the matrix of probabilities of one direction; i and j run over the gray levels present of a voxel and its neighbour.

use super::{EPSILON, entropy, mean_over_directions};
use crate::base::{Cancelled, Progress};
use crate::radiomics::eigen::{general_eigenvalues, lesser_of_pair};
use crate::radiomics::matrix::glcm::Glcm;

/// What several features need of one direction.
pub struct Direction<'a> {
    m: &'a Glcm,
    /// Probability of each level of a voxel, and of its neighbour.
    px: Vec<f64>,
    py: Vec<f64>,
    /// Probability of each sum of levels, from 2 on.
    sums: Vec<f64>,
    /// Probability of each absolute difference of levels, from 0 on.
    differences: Vec<f64>,
    /// Mean level of a voxel, and of its neighbour.
    ux: f64,
    uy: f64,
    /// Entropy of p in bits.
    joint_entropy: f64,
    /// Asked by what takes long.
    progress: &'a Progress,
}

/// A feature's name, and the function that computes it for one direction, however long that is borrowed for.
pub type OfDirection = (&'static str, fn(&Direction) -> f64);

/// The features of one direction, by name.
pub const TABLE: &[OfDirection] = &[
    ("Autocorrelation", |d| d.sum(|i, j| i * j)), // IBSI QWB0
    ("ClusterProminence", |d| d.sum(|i, j| (i + j - d.ux - d.uy).powi(4))), // IBSI AE86
    ("ClusterShade", |d| d.sum(|i, j| (i + j - d.ux - d.uy).powi(3))), // IBSI 7NFM
    ("ClusterTendency", |d| d.sum(|i, j| (i + j - d.ux - d.uy).powi(2))), // IBSI DG8W
    ("Contrast", |d| d.sum(|i, j| (i - j) * (i - j))), // IBSI ACUI
    ("Correlation", correlation),                 // IBSI NI2N
    ("DifferenceAverage", difference_average),    // IBSI TF7R
    ("DifferenceEntropy", |d| entropy(d.differences.iter().copied())), // IBSI NTRS
    ("DifferenceVariance", difference_variance),  // IBSI D3YU
    ("Id", |d| d.over_differences(|k| 1.0 / (1.0 + k))), // IBSI IB1Z
    ("Idm", |d| d.over_differences(|k| 1.0 / (1.0 + k * k))), // IBSI WF0Z
    ("Idmn", |d| d.over_differences(|k| 1.0 / (1.0 + k * k / (d.m.highest * d.m.highest)))), // IBSI 1QCO
    ("Idn", |d| d.over_differences(|k| 1.0 / (1.0 + k / d.m.highest))), // IBSI NDRX
    ("Imc1", information_correlation_1),          // IBSI R8DG
    ("Imc2", information_correlation_2),          // IBSI JN9H
    ("InverseVariance", |d| d.over_differences(|k| if k > 0.0 { 1.0 / (k * k) } else { 0.0 })), // IBSI E8JP
    ("JointAverage", |d| d.ux),                   // IBSI 60VM
    ("JointEnergy", |d| d.m.p.iter().map(|p| p * p).sum()), // IBSI 8ZQL
    ("JointEntropy", |d| d.joint_entropy),        // IBSI TU9B
    ("MCC", maximal_correlation),
    ("MaximumProbability", |d| d.m.p.iter().copied().fold(0.0, f64::max)), // IBSI GYBY
    ("SumAverage", sum_average),                                           // IBSI ZGXS
    ("SumEntropy", |d| entropy(d.sums.iter().copied())),                   // IBSI P6QZ
    ("SumSquares", |d| d.sum(|i, _| (i - d.ux) * (i - d.ux))),             // IBSI UR99
];

/// The features of one direction, in the order of [`TABLE`]; NaN for those that are not wanted, of which some take long.
pub fn of_direction(matrix: &Glcm, wanted: impl Fn(&str) -> bool, progress: &Progress) -> Result<Vec<f64>, Cancelled> {
    let direction = Direction::of(matrix, progress);
    let feature = |&(name, function): &OfDirection| {
        let value = if wanted(name) { function(&direction) } else { f64::NAN };
        // After it, since what is cancelled within a feature is no value.
        progress.check().map(|()| value)
    };
    TABLE.iter().map(feature).collect()
}

/// The features as means over directions. Where no two voxels touch they are NaN, but the MCC of `one_level` alone is 1 in any case.
pub fn mean(by_direction: &[Vec<f64>], one_level: bool) -> Vec<f64> {
    let feature = |(f, &(name, _)): (usize, &OfDirection)| match name {
        "MCC" if one_level => 1.0,
        _ => mean_over_directions(by_direction.iter().map(|values| values[f])),
    };
    TABLE.iter().enumerate().map(feature).collect()
}

impl<'a> Direction<'a> {
    fn of(m: &'a Glcm, progress: &'a Progress) -> Self {
        let n = m.levels.len();
        let px: Vec<f64> = m.p.chunks(n).map(|row| row.iter().sum()).collect();
        let py: Vec<f64> = (0..n).map(|column| m.p[column..].iter().step_by(n).sum()).collect();
        let highest = m.highest as usize;
        let mut sums = vec![0.0; 2 * highest - 1];
        let mut differences = vec![0.0; highest];
        for (row, &i) in m.p.chunks(n).zip(&m.levels) {
            for (&p, &j) in row.iter().zip(&m.levels) {
                sums[(i + j) as usize - 2] += p;
                differences[(i - j).abs() as usize] += p;
            }
        }
        let joint_entropy = entropy(m.p.iter().copied());
        let mut direction = Self { m, ux: 0.0, uy: 0.0, px, py, sums, differences, joint_entropy, progress };
        // Summed over pairs, not over the marginals: where a voxel has one level alone, rounding decides whether it deviates.
        (direction.ux, direction.uy) = (direction.sum(|i, _| i), direction.sum(|_, j| j));
        direction
    }

    /// Sum over i and j of p times the weight.
    fn sum(&self, weight: impl Fn(f64, f64) -> f64) -> f64 {
        let n = self.m.levels.len();
        let row = |(row, &i): (&[f64], &f64)| -> f64 {
            row.iter().zip(&self.m.levels).map(|(&p, &j)| p * weight(i, j)).sum()
        };
        self.m.p.chunks(n).zip(&self.m.levels).map(row).sum()
    }

    /// Sum over differences k of their probability times the weight.
    fn over_differences(&self, weight: impl Fn(f64) -> f64) -> f64 {
        self.differences.iter().enumerate().map(|(k, p)| p * weight(k as f64)).sum()
    }
}

/// Covariance over the product of the standard deviations; 1 where a voxel or its neighbour has one gray level alone.
fn correlation(d: &Direction) -> f64 {
    let [sx, sy] = [d.sum(|i, _| (i - d.ux) * (i - d.ux)).sqrt(), d.sum(|_, j| (j - d.uy) * (j - d.uy)).sqrt()];
    let deviations = sx * sy;
    if deviations == 0.0 { 1.0 } else { d.sum(|i, j| (i - d.ux) * (j - d.uy)) / (deviations + EPSILON) }
}

/// Sum of k times the probability of the difference k.
fn difference_average(d: &Direction) -> f64 {
    d.over_differences(|k| k)
}

fn difference_variance(d: &Direction) -> f64 {
    let mean = difference_average(d);
    d.over_differences(|k| (k - mean) * (k - mean))
}

fn sum_average(d: &Direction) -> f64 {
    d.sums.iter().enumerate().map(|(k, p)| p * (k + 2) as f64).sum()
}

/// (HXY - HXY1) / max(HX, HY) (Haralick's f12); 0 where neither marginal has entropy.
fn information_correlation_1(d: &Direction) -> f64 {
    let n = d.m.levels.len();
    let greater_entropy = entropy(d.px.iter().copied()).max(entropy(d.py.iter().copied()));
    let row = |(row, px): (&[f64], &f64)| -> f64 {
        row.iter().zip(&d.py).map(|(p, py)| p * (px * py + EPSILON).log2()).sum()
    };
    let cross: f64 = -d.m.p.chunks(n).zip(&d.px).map(row).sum::<f64>();
    if greater_entropy == 0.0 { 0.0 } else { (d.joint_entropy - cross) / greater_entropy }
}

/// sqrt(1 - exp(-2 (HXY2 - HXY))) (Haralick's f13); NaN, and so left out of the mean, where rounding makes the root's
/// argument negative.
fn information_correlation_2(d: &Direction) -> f64 {
    let independent = entropy(d.px.iter().flat_map(|px| d.py.iter().map(move |py| px * py)));
    if independent == d.joint_entropy { 0.0 } else { (1.0 - (-2.0 * (independent - d.joint_entropy)).exp()).sqrt() }
}

/// Maximal correlation coefficient (Haralick's f14): the square root of the second largest eigenvalue of
/// Q(i, j) = sum over k of p(i, k) p(j, k) / (px(i) py(k) + eps); 1 for one gray level.
///
/// Without eps, Q would be similar to a symmetric matrix and quicker to solve. But in a large VOI a rare level has a marginal
/// of 1e-6 and less: then eps is not small beside px py, and PyRadiomics' value is to be had from its own Q alone.
fn maximal_correlation(d: &Direction) -> f64 {
    let n = d.m.levels.len();
    if n < 2 {
        return 1.0;
    }
    let p = &d.m.p;
    if n == 2 {
        // Each entry rounded as in PyRadiomics: where the levels are independent the eigenvalue is 0 but for the last bit, and
        // whether that is above or below decides whether the direction has a coefficient.
        let term = |i: usize, j: usize, k: usize| p[2 * i + k] * p[2 * j + k] / (d.px[i] * d.py[k] + EPSILON);
        let entry = |i, j| term(i, j, 0) + term(i, j, 1);
        return lesser_of_pair(entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)).sqrt();
    }
    // What was cancelled has no value, and nobody asks for it.
    let Ok(Some(real)) = eigenvalues_of_q(d) else { return f64::NAN };
    real[n - 2].sqrt()
}

/// The eigenvalues of Q, ascending; none where they do not converge.
fn eigenvalues_of_q(d: &Direction) -> Result<Option<Vec<f64>>, Cancelled> {
    let (n, p) = (d.m.levels.len(), &d.m.p);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let mut q = Vec::with_capacity(n * n);
    for (row, px) in p.chunks(n).zip(&d.px) {
        d.progress.check()?;
        let weighted: Vec<f64> = row.iter().zip(&d.py).map(|(p, py)| p / (px * py + EPSILON)).collect();
        q.extend(p.chunks(n).map(|column| dot(&weighted, column)));
    }
    general_eigenvalues(q, n, d.progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maximal_correlation_of_a_rare_level_feels_epsilon_as_in_pyradiomics() {
        // Two levels that never meet, one with a marginal of 1e-8: Q is diagonal, its second entry
        // 1e-16 / (1e-16 + 2.22e-16), where without epsilon it would be 1.
        let rare = 1e-8;
        let m = Glcm { levels: vec![1.0, 2.0], p: vec![1.0 - rare, 0.0, 0.0, rare], highest: 2.0 };
        let expected = (rare * rare / (rare * rare + f64::EPSILON)).sqrt();
        assert!((maximal_correlation(&Direction::of(&m, &Progress::new())) - expected).abs() < 1e-12);
    }

    #[test]
    fn only_what_is_wanted_is_computed_and_nothing_once_cancelled() {
        let m = Glcm { levels: vec![1.0, 2.0], p: vec![0.4, 0.1, 0.1, 0.4], highest: 2.0 };
        let progress = Progress::new();
        let values = of_direction(&m, |name| name == "Contrast", &progress).unwrap();
        for ((name, _), value) in TABLE.iter().zip(values) {
            assert_eq!(value.is_nan(), *name != "Contrast", "{name}: {value}");
        }
        progress.cancel();
        assert_eq!(of_direction(&m, |_| true, &progress), Err(Cancelled));
    }

    #[test]
    fn where_two_levels_are_independent_rounding_decides_as_in_pyradiomics() {
        let coefficient = |counts: [f64; 4]| {
            let total: f64 = counts.iter().sum();
            let p = counts.iter().map(|count| count / total).collect();
            let m = Glcm { levels: vec![1.0, 2.0], p, highest: 2.0 };
            maximal_correlation(&Direction::of(&m, &Progress::new()))
        };
        // By PyRadiomics 3.0.1's formula with NumPy 1.26.
        assert_eq!(coefficient([2.0, 4.0, 4.0, 8.0]), 0.0);
        assert_eq!(coefficient([2.0, 32.0, 32.0, 512.0]), 1.0536712127723509e-8);
        assert!(coefficient([2.0, 18.0, 18.0, 162.0]).is_nan());
        assert!(coefficient([98.0, 14.0, 14.0, 2.0]).is_nan());
        assert_eq!(coefficient([150.0, 42.0, 12.0, 130.0]), 0.6892005948900838);
    }
}
