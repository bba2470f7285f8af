//! Gray level run length features (Galloway 1975; Chu et al. 1990; Dasarathy and Holder 1991; IBSI section 3.7), each the mean
//! over directions.

use super::{Named, size};
use crate::radiomics::matrix::SizeMatrix;

/// The features of one direction, by name.
pub const TABLE: &[Named<SizeMatrix>] = &[
    ("GrayLevelNonUniformity", size::level_nonuniformity), // IBSI R5YN
    ("GrayLevelNonUniformityNormalized", size::level_nonuniformity_normalized), // IBSI OVBL
    ("GrayLevelVariance", size::level_variance),           // IBSI 8CE5
    ("HighGrayLevelRunEmphasis", size::high),              // IBSI G3QZ
    ("LongRunEmphasis", size::large),                      // IBSI W4KF
    ("LongRunHighGrayLevelEmphasis", size::large_high),    // IBSI 3KUM
    ("LongRunLowGrayLevelEmphasis", size::large_low),      // IBSI IVPO
    ("LowGrayLevelRunEmphasis", size::low),                // IBSI V3SW
    ("RunEntropy", size::joint_entropy),                   // IBSI HJ9O
    ("RunLengthNonUniformity", size::size_nonuniformity),  // IBSI W92Y
    ("RunLengthNonUniformityNormalized", size::size_nonuniformity_normalized), // IBSI IC23
    ("RunPercentage", size::percentage),                   // IBSI 9ZK5
    ("RunVariance", size::size_variance),                  // IBSI SXLW
    ("ShortRunEmphasis", size::small),                     // IBSI 22OV
    ("ShortRunHighGrayLevelEmphasis", size::small_high),   // IBSI GD3A
    ("ShortRunLowGrayLevelEmphasis", size::small_low),     // IBSI HTZT
];
