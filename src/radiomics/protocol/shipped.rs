//! The protocols that come with the program, as parameter files in `assets/protocols`; each says why it is as it is.

use super::Protocol;
use crate::radiomics::filter::Filter;

/// Names and files, the study's first.
const FILES: [(&str, &str); 2] = [
    ("liang2022", include_str!("../../../assets/protocols/liang2022.yaml")),
    ("isotropic-1mm", include_str!("../../../assets/protocols/isotropic-1mm.yaml")),
];

impl Protocol {
    /// Names of the protocols that come with the program.
    pub const SHIPPED: [&'static str; FILES.len()] = [FILES[0].0, FILES[1].0];

    /// A protocol that comes with the program.
    pub fn shipped(name: &str) -> Option<Self> {
        Self::from_yaml(name, Self::shipped_text(name)?).ok()
    }

    /// Its parameter file, with the reasons in comments.
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        FILES.iter().find(|(shipped, _)| *shipped == name).map(|(_, text)| *text)
    }

    /// The study's 1316 features: original, LoG of 2 and 3 mm, the eight sub-bands of coif1, LBP in space. The file is part of
    /// the program, so that only a broken build has none.
    pub fn liang2022() -> Self {
        Self::shipped("liang2022").unwrap_or_else(|| Self::of_filters("liang2022", vec![Filter::Original]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::image_type::Sigma;
    use crate::radiomics::protocol::{Interpolator, Resample};

    fn the_study() -> Protocol {
        let sigma = [2.0, 3.0].map(|mm| Sigma::new(mm, false).unwrap()).to_vec();
        let filters = [
            Filter::Original,
            Filter::LoG { sigma },
            Filter::Wavelet { wavelet: "coif1".to_owned(), start_level: 0, level: 1 },
            Filter::LBP3D { levels: 2, radius: 1.0, subdivision: 1 },
        ];
        Protocol::of_filters("liang2022", filters.to_vec())
    }

    #[test]
    fn the_study_s_file_says_what_pyradiomics_does_when_nothing_is_set() {
        let shipped = Protocol::shipped("liang2022").unwrap();
        assert_eq!(shipped, the_study());
        assert_eq!(shipped.fingerprint(), the_study().fingerprint());
        assert_eq!(Protocol::liang2022(), shipped);
    }

    #[test]
    fn the_isotropic_one_is_the_study_s_on_another_grid() {
        let mut expected = the_study();
        let resample = Resample { spacing_mm: [1.0; 3], interpolator: Interpolator::BSpline, pad_voxels: 5 };
        (expected.name, expected.preparation.resample) = ("isotropic-1mm".to_owned(), Some(resample));
        assert_eq!(Protocol::shipped("isotropic-1mm"), Some(expected));
    }

    #[test]
    fn every_shipped_protocol_reads_and_has_a_fingerprint_of_its_own() {
        let mut fingerprints = Protocol::SHIPPED.map(|name| Protocol::shipped(name).unwrap().fingerprint()).to_vec();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), Protocol::SHIPPED.len());
        assert_eq!(Protocol::shipped("liang2023"), None);
    }
}
