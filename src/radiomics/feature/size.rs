//! What GLSZM, GLRLM and GLDM share: emphasis, non-uniformity, variance and entropy of a matrix of gray level `i` by size `j`
//! with counts P(i, j) that sum to N (Galloway 1975; Chu et al. 1990; Dasarathy and Holder 1991; Thibault et al. 2009).

use super::entropy;
use crate::radiomics::matrix::SizeMatrix;

fn mean(matrix: &SizeMatrix, weight: impl Fn(f64, f64) -> f64) -> f64 {
    matrix.cells.iter().map(|cell| cell.count * weight(cell.level, cell.size)).sum::<f64>() / matrix.total()
}

/// Sum of P / j^2, over N.
pub fn small(m: &SizeMatrix) -> f64 {
    mean(m, |_, j| 1.0 / (j * j))
}

/// Sum of P j^2, over N.
pub fn large(m: &SizeMatrix) -> f64 {
    mean(m, |_, j| j * j)
}

/// Sum of P / i^2, over N.
pub fn low(m: &SizeMatrix) -> f64 {
    mean(m, |i, _| 1.0 / (i * i))
}

/// Sum of P i^2, over N.
pub fn high(m: &SizeMatrix) -> f64 {
    mean(m, |i, _| i * i)
}

/// Sum of P / (i^2 j^2), over N.
pub fn small_low(m: &SizeMatrix) -> f64 {
    mean(m, |i, j| 1.0 / (i * i * j * j))
}

/// Sum of P i^2 / j^2, over N.
pub fn small_high(m: &SizeMatrix) -> f64 {
    mean(m, |i, j| i * i / (j * j))
}

/// Sum of P j^2 / i^2, over N.
pub fn large_low(m: &SizeMatrix) -> f64 {
    mean(m, |i, j| j * j / (i * i))
}

/// Sum of P i^2 j^2, over N.
pub fn large_high(m: &SizeMatrix) -> f64 {
    mean(m, |i, j| i * i * j * j)
}

fn sum_of_squares(marginal: &[(f64, f64)]) -> f64 {
    marginal.iter().map(|(_, count)| count * count).sum()
}

/// Sum over levels of the squared count, over N.
pub fn level_nonuniformity(m: &SizeMatrix) -> f64 {
    sum_of_squares(&m.by_level()) / m.total()
}

/// Sum over levels of the squared count, over N^2.
pub fn level_nonuniformity_normalized(m: &SizeMatrix) -> f64 {
    sum_of_squares(&m.by_level()) / (m.total() * m.total())
}

/// Sum over sizes of the squared count, over N.
pub fn size_nonuniformity(m: &SizeMatrix) -> f64 {
    sum_of_squares(&m.by_size()) / m.total()
}

/// Sum over sizes of the squared count, over N^2.
pub fn size_nonuniformity_normalized(m: &SizeMatrix) -> f64 {
    sum_of_squares(&m.by_size()) / (m.total() * m.total())
}

fn variance(marginal: &[(f64, f64)]) -> f64 {
    let n: f64 = marginal.iter().map(|(_, count)| count).sum();
    let mean = marginal.iter().map(|(value, count)| value * count / n).sum::<f64>();
    marginal.iter().map(|(value, count)| count / n * (value - mean) * (value - mean)).sum()
}

/// Variance of the gray level.
pub fn level_variance(m: &SizeMatrix) -> f64 {
    variance(&m.by_level())
}

/// Variance of the size.
pub fn size_variance(m: &SizeMatrix) -> f64 {
    variance(&m.by_size())
}

/// Entropy of P / N in bits.
pub fn joint_entropy(m: &SizeMatrix) -> f64 {
    let total = m.total();
    entropy(m.cells.iter().map(|cell| cell.count / total))
}

/// N over the number of voxels, which is the sum of P j.
pub fn percentage(m: &SizeMatrix) -> f64 {
    m.total() / m.cells.iter().map(|cell| cell.count * cell.size).sum::<f64>()
}
