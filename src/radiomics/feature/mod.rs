//! The features, one file a class. Each has a table that ties the names to the functions, in PyRadiomics' order; the formula
//! and its source stand beside each function.

pub mod firstorder;
pub mod glcm;
pub mod gldm;
pub mod glrlm;
pub mod glszm;
pub mod ngtdm;
pub mod shape;
mod size;

use super::feature_id::FeatureClass;
use super::matrix::SizeMatrix;

/// A feature's name, and the function that computes it.
pub type Named<T> = (&'static str, fn(&T) -> f64);

/// The smallest step from 1 to the next double, which PyRadiomics adds within logarithms so that log2(0) does not arise.
const EPSILON: f64 = f64::EPSILON;

/// The names of a class's features, in order.
pub fn names(class: FeatureClass) -> Vec<&'static str> {
    match class {
        FeatureClass::Shape => shape::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::FirstOrder => firstorder::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::Glcm => glcm::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::Glszm => glszm::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::Glrlm => glrlm::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::Gldm => gldm::TABLE.iter().map(|(name, _)| *name).collect(),
        FeatureClass::Ngtdm => ngtdm::TABLE.iter().map(|(name, _)| *name).collect(),
    }
}

/// Shannon entropy of probabilities in bits, as PyRadiomics computes it.
fn entropy(p: impl Iterator<Item = f64>) -> f64 {
    -p.map(|p| p * (p + EPSILON).log2()).sum::<f64>()
}

/// The features of one thing, in the order of its table; NaN for those that are not wanted.
pub(super) fn each<T: ?Sized>(table: &[Named<T>], of: &T, wanted: impl Fn(&str) -> bool) -> Vec<f64> {
    table.iter().map(|(name, function)| if wanted(name) { function(of) } else { f64::NAN }).collect()
}

/// The features as means over the directions' matrices, in the order of their table; NaN for those that are not wanted.
pub(super) fn over_directions(
    table: &[Named<SizeMatrix>],
    matrices: &[SizeMatrix],
    wanted: impl Fn(&str) -> bool,
) -> Vec<f64> {
    let mean = |function: &fn(&SizeMatrix) -> f64| mean_over_directions(matrices.iter().map(function));
    table.iter().map(|(name, function)| if wanted(name) { mean(function) } else { f64::NAN }).collect()
}

/// The mean over directions; what is not a number in one direction is left out of it.
fn mean_over_directions(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values.filter(|value| !value.is_nan()) {
        sum += value;
        n += 1.0;
    }
    sum / n
}
