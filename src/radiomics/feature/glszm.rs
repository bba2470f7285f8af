//! Gray level size zone features (Thibault et al. 2009; IBSI section 3.8).

use super::{Named, size};
use crate::radiomics::matrix::SizeMatrix;

/// The features, by name.
pub const TABLE: &[Named<SizeMatrix>] = &[
    ("GrayLevelNonUniformity", size::level_nonuniformity), // IBSI JNSA
    ("GrayLevelNonUniformityNormalized", size::level_nonuniformity_normalized), // IBSI Y1RO
    ("GrayLevelVariance", size::level_variance),           // IBSI BYLV
    ("HighGrayLevelZoneEmphasis", size::high),             // IBSI 5GN9
    ("LargeAreaEmphasis", size::large),                    // IBSI 48P8
    ("LargeAreaHighGrayLevelEmphasis", size::large_high),  // IBSI J17V
    ("LargeAreaLowGrayLevelEmphasis", size::large_low),    // IBSI YH51
    ("LowGrayLevelZoneEmphasis", size::low),               // IBSI XMSY
    ("SizeZoneNonUniformity", size::size_nonuniformity),   // IBSI 4JP3
    ("SizeZoneNonUniformityNormalized", size::size_nonuniformity_normalized), // IBSI VB3A
    ("SmallAreaEmphasis", size::small),                    // IBSI P001
    ("SmallAreaHighGrayLevelEmphasis", size::small_high),  // IBSI HW1V
    ("SmallAreaLowGrayLevelEmphasis", size::small_low),    // IBSI 5RAI
    ("ZoneEntropy", size::joint_entropy),                  // IBSI GU8N
    ("ZonePercentage", size::percentage),                  // IBSI P30P
    ("ZoneVariance", size::size_variance),                 // IBSI 3NSA
];
