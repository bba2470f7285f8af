//! The number type of an image, in which SciPy's `map_coordinates` stores its samples.

use crate::volume::{Volume, Voxels};

/// How samples of an image are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Integers of a range, halves away from zero.
    Integer {
        /// Least.
        least: f64,
        /// Greatest.
        most: f64,
    },
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

/// Samples this close to where they change sides are settled by rounding: a sum of 64 products of values in HU is right to
/// some 1e-13.
const ROUNDING: f64 = 1e-9;

impl Number {
    /// That of an image.
    pub fn of(volume: &Volume) -> Self {
        match (volume.integers(), volume.voxels()) {
            (Some(range), _) => Self::Integer { least: *range.start() as f64, most: *range.end() as f64 },
            (None, Voxels::F32(_)) => Self::F32,
            (None, _) => Self::F64,
        }
    }

    /// A sample as it is stored.
    #[inline(always)]
    pub fn stored(self, sample: f64) -> f64 {
        match self {
            Self::Integer { least, most } => (sample + 0.5f64.copysign(sample)).trunc().clamp(least, most),
            Self::F32 => f64::from(sample as f32),
            Self::F64 => sample,
        }
    }

    /// Whether rounding decides if this sample is at least the centre.
    #[inline(always)]
    pub fn is_open(self, sample: f64, centre: f64) -> bool {
        match self {
            Self::Integer { .. } => (sample - sample.floor() - 0.5).abs() < ROUNDING,
            // Anywhere else the type's own rounding makes equal what is equal but for noise.
            Self::F32 => centre == 0.0 && sample.abs() < ROUNDING,
            Self::F64 => (sample - centre).abs() < ROUNDING * (1.0 + centre.abs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_halves_away_from_zero_and_stay_in_range() {
        let integer = Number::Integer { least: -5.0, most: 5.0 };
        assert_eq!([-2.5, -0.4, 0.5, 9.0].map(|sample| integer.stored(sample)), [-3.0, 0.0, 1.0, 5.0]);
    }

    #[test]
    fn rounding_decides_near_halves_of_integers_and_near_equal_floats() {
        let integer = Number::Integer { least: -5.0, most: 5.0 };
        assert!(integer.is_open(2.5 - 1e-12, 0.0) && !integer.is_open(2.4, 2.4));
        assert!(Number::F64.is_open(100.0 + 1e-12, 100.0) && !Number::F64.is_open(100.1, 100.0));
        assert!(Number::F32.is_open(-1e-15, 0.0) && !Number::F32.is_open(100.0, 100.0));
    }
}
