//! How one patient and one examination differ from the usual ones, beyond the body that the seed makes: contrast, fat in the
//! liver, noise of the scanner, and how coarse the liver's texture is.
//!
//! None of it is the simulated effect: a cohort draws it alike for patients with and without it, as what a model has to see through.

use super::layer::{Layer, Role};
use super::tissue::Tissue;
use super::vessels::Segment;

/// Departure from the usual patient; the default departs in nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variation {
    /// Contrast uptake of every tissue, as a multiple of the usual: the HU by which a phase differs from the native one.
    /// Stands for dose, body weight and circulation.
    pub enhancement: f64,
    /// HU added to the liver in every phase: below 0 for fat, above 0 for iron or glycogen.
    pub liver_hu: f64,
    /// Deviation of the scanner's noise, as a multiple of the usual.
    pub noise: f64,
    /// Scales of the parenchyma's texture, as a multiple of the usual: above 1 coarser.
    pub grain: f64,
}

impl Default for Variation {
    fn default() -> Self {
        Self { enhancement: 1.0, liver_hu: 0.0, noise: 1.0, grain: 1.0 }
    }
}

impl Variation {
    /// Whether a patient can be like that; not so for what is no number.
    pub(super) fn is_plausible(&self) -> bool {
        let shares = [self.enhancement, self.noise, self.grain];
        shares.iter().all(|share| (0.25..=4.0).contains(share)) && (-80.0..=60.0).contains(&self.liver_hu)
    }

    /// Gives the tissues of a body their HU.
    pub(super) fn apply(&self, layers: &mut [Layer], vessels: &mut [Segment]) {
        for layer in layers {
            self.enhance(&mut layer.tissue);
            if matches!(layer.role, Role::Liver | Role::Caudate) {
                layer.tissue.hu = layer.tissue.hu.map(|hu| hu + self.liver_hu as f32);
            }
        }
        vessels.iter_mut().for_each(|segment| self.enhance(&mut segment.tissue));
    }

    /// The usual uptake leaves HU as they are, to the last bit: they are whole numbers.
    fn enhance(&self, tissue: &mut Tissue) {
        let native = tissue.hu[0];
        tissue.hu = tissue.hu.map(|hu| native + self.enhancement as f32 * (hu - native));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tissue::LIVER;
    use super::*;

    #[test]
    fn more_contrast_is_more_uptake_and_no_other_native_liver() {
        let mut liver = LIVER;
        Variation { enhancement: 1.2, ..Variation::default() }.enhance(&mut liver);
        assert!(liver.hu[0] == 55.0 && (liver.hu[2] - 121.0).abs() < 1e-4, "{:?}", liver.hu);
    }

    #[test]
    fn what_is_no_number_is_not_plausible() {
        assert!(Variation::default().is_plausible());
        assert!(!Variation { noise: f64::NAN, ..Variation::default() }.is_plausible());
        assert!(!Variation { liver_hu: f64::INFINITY, ..Variation::default() }.is_plausible());
    }
}
