//! Gray level dependence features (Sun and Wee 1983; IBSI section 3.11).

use super::{Named, size};
use crate::radiomics::matrix::SizeMatrix;

/// The features, by name.
pub const TABLE: &[Named<SizeMatrix>] = &[
    ("DependenceEntropy", size::joint_entropy),            // IBSI FCBV
    ("DependenceNonUniformity", size::size_nonuniformity), // IBSI Z87G
    ("DependenceNonUniformityNormalized", size::size_nonuniformity_normalized), // IBSI OKJI
    ("DependenceVariance", size::size_variance),           // IBSI DNX2
    ("GrayLevelNonUniformity", size::level_nonuniformity), // IBSI FP8K
    ("GrayLevelVariance", size::level_variance),           // IBSI 1PR3
    ("HighGrayLevelEmphasis", size::high),                 // IBSI OAE7
    ("LargeDependenceEmphasis", size::large),              // IBSI IMOQ
    ("LargeDependenceHighGrayLevelEmphasis", size::large_high), // IBSI KLTH
    ("LargeDependenceLowGrayLevelEmphasis", size::large_low), // IBSI A7WM
    ("LowGrayLevelEmphasis", size::low),                   // IBSI TL9H
    ("SmallDependenceEmphasis", size::small),              // IBSI SODN
    ("SmallDependenceHighGrayLevelEmphasis", size::small_high), // IBSI DKNJ
    ("SmallDependenceLowGrayLevelEmphasis", size::small_low), // IBSI RUVG
];
