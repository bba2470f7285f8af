//! Filters of a wavelet along each axis.
//!
//! Coefficients are those of PyWavelets 1.9 for its 106 discrete wavelets (Daubechies 1992), in `assets/wavelets.json`. Some
//! families it scales in 32 bits for 32-bit images, so that their coefficients are not the rounded ones: these stand beside.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use num_traits::AsPrimitive;
use serde::Deserialize;

use super::Real;
use crate::radiomics::RadiomicsError;

#[derive(Deserialize)]
struct Coefficients {
    lo: Vec<f64>,
    hi: Vec<f64>,
    /// For 32-bit images, where they are not the others rounded.
    lo32: Option<Vec<f64>>,
    hi32: Option<Vec<f64>>,
}

/// The wavelets by name. The asset is part of the program, so that only a broken build has none.
static WAVELETS: LazyLock<BTreeMap<String, Coefficients>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../assets/wavelets.json")).unwrap_or_default());

/// Whether there is a wavelet of this name.
pub fn is_wavelet(name: &str) -> bool {
    WAVELETS.contains_key(name)
}

/// The filters of each axis.
pub struct Bank<T> {
    pub slice: Filters<T>,
    pub row: Filters<T>,
    pub column: Filters<T>,
}

/// Decomposition filters along one axis: low pass and high pass, or one that changes nothing.
#[derive(Clone)]
pub struct Filters<T> {
    pub filters: Vec<Vec<T>>,
    /// Voxels that a sum reaches back.
    pub before: usize,
    /// Voxels that a sum reaches ahead.
    pub after: usize,
}

impl<T: Real> Bank<T>
where
    f64: AsPrimitive<T>,
{
    /// The bank of a wavelet; the axis `left_out` is not transformed.
    pub fn named(name: &str, left_out: Option<usize>) -> Result<Self, RadiomicsError> {
        let coefficients = WAVELETS.get(name).ok_or_else(|| RadiomicsError::UnknownWavelet(name.to_owned()))?;
        let Coefficients { lo, hi, lo32, hi32 } = coefficients;
        let of_32_bits = |taps: &Option<Vec<f64>>| taps.clone().filter(|_| T::IS_F32);
        let taps = [of_32_bits(lo32).unwrap_or(lo.clone()), of_32_bits(hi32).unwrap_or(hi.clone())];
        let filters = taps.map(|taps| taps.iter().map(|tap| tap.as_()).collect());
        let along = |axis| if left_out == Some(axis) { Filters::identity() } else { Filters::new(filters.to_vec()) };
        Ok(Self { slice: along(0), row: along(1), column: along(2) })
    }
}

impl<T: Real> Bank<T> {
    /// Number of sub-bands.
    pub fn bands(&self) -> usize {
        self.slice.filters.len() * self.row.filters.len() * self.column.filters.len()
    }

    /// Number of axes transformed.
    pub fn axes(&self) -> u8 {
        self.bands().ilog2() as u8
    }

    /// By axis: slice, row, column.
    pub fn along(&self) -> [&Filters<T>; 3] {
        [&self.slice, &self.row, &self.column]
    }
}

impl<T: Real> Filters<T> {
    fn new(filters: Vec<Vec<T>>) -> Self {
        let taps = filters[0].len();
        Self { filters, before: taps - 1 - taps / 2, after: taps / 2 }
    }

    fn identity() -> Self {
        Self::new(vec![vec![T::one()]])
    }

    pub fn taps(&self) -> usize {
        self.before + self.after + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The discrete Meyer wavelet is cut off.
    const CUT_OFF: f64 = 2e-3;

    #[test]
    fn every_wavelet_has_a_low_pass_that_sums_to_the_root_of_2_and_a_high_pass_that_sums_to_0() {
        assert_eq!(WAVELETS.len(), 106);
        for (name, filters) in WAVELETS.iter() {
            let tolerance = if name == "dmey" { CUT_OFF } else { 1e-10 };
            assert!((filters.lo.iter().sum::<f64>() - 2f64.sqrt()).abs() < tolerance, "{name}");
            assert!(filters.hi.iter().sum::<f64>().abs() < tolerance, "{name}");
            assert_eq!(filters.lo.len(), filters.hi.len(), "{name}");
        }
    }
}
