//! The words by which parameter files name choices.

use crate::radiomics::filter::PatternNumber;
use crate::radiomics::protocol::{Interpolator, ResegmentMode, Weighting};

pub const INTERPOLATORS: [(&str, Interpolator); 3] = [
    ("sitkNearestNeighbor", Interpolator::NearestNeighbor),
    ("sitkLinear", Interpolator::Linear),
    ("sitkBSpline", Interpolator::BSpline),
];

/// What else PyRadiomics takes there, as SimpleITK numbers them from 4 on.
pub const OTHER_INTERPOLATORS: [&str; 7] = [
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
];

pub const RESEGMENT_MODES: [(&str, ResegmentMode); 3] =
    [("absolute", ResegmentMode::Absolute), ("relative", ResegmentMode::Relative), ("sigma", ResegmentMode::Sigma)];

pub const WEIGHTINGS: [(&str, Weighting); 4] = [
    ("manhattan", Weighting::Manhattan),
    ("euclidean", Weighting::Euclidean),
    ("infinity", Weighting::Infinity),
    ("no_weighting", Weighting::NoWeighting),
];

pub const PATTERN_NUMBERS: [(&str, PatternNumber); 5] = [
    ("default", PatternNumber::Default),
    ("ror", PatternNumber::Ror),
    ("uniform", PatternNumber::Uniform),
    ("nri_uniform", PatternNumber::NriUniform),
    ("var", PatternNumber::Var),
];

/// What a word names.
pub fn named<T: Copy>(words: &[(&'static str, T)], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice)
}

/// The word for a choice.
pub fn word_for<T: PartialEq>(words: &[(&'static str, T)], choice: &T) -> &'static str {
    words.iter().find(|(_, known)| known == choice).map_or("", |(word, _)| word)
}
