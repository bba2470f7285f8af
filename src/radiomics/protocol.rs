//! How features are extracted: the settings that decide numbers, and their fingerprint.
//!
//! Liang et al. 2022 state PyRadiomics but neither bin width nor resampling; the defaults are PyRadiomics' own (bin width 25,
//! native grid). `docs/methods.md` gives the reasons.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How gray values become gray levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Binning {
    /// Bins of this width, their edges at its multiples (IBSI FBS, with the origin at 0 in place of the minimum).
    BinWidth(f64),
    /// This many bins between the VOI's minimum and maximum (IBSI FBN).
    BinCount(u32),
}

/// Settings of an extraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Protocol {
    /// What it is called.
    pub name: String,
    /// How gray values become gray levels.
    pub binning: Binning,
    /// Only voxels within this closed range of gray values count, except for shape (PyRadiomics' `resegmentRange`, absolute).
    pub resegment_range: Option<(f64, f64)>,
}

impl Protocol {
    /// The original features of the study, with PyRadiomics' defaults.
    pub fn liang2022_original() -> Self {
        Self { name: "liang2022-original".to_owned(), binning: Binning::BinWidth(25.0), resegment_range: None }
    }

    /// A hash of everything that decides numbers; the name does not. Features with another fingerprint are other features.
    pub fn fingerprint(&self) -> String {
        let settings = serde_json::json!({"binning": self.binning, "resegmentRange": self.resegment_range});
        let hash = Sha256::digest(settings.to_string());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_follows_the_settings_and_not_the_name() {
        let liang = Protocol::liang2022_original();
        let renamed = Protocol { name: "mine".to_owned(), ..liang.clone() };
        let wider = Protocol { binning: Binning::BinWidth(50.0), ..liang.clone() };
        assert_eq!(liang.fingerprint(), renamed.fingerprint());
        assert_ne!(liang.fingerprint(), wider.fingerprint());
    }

    #[test]
    fn a_protocol_survives_json() {
        let liang = Protocol::liang2022_original();
        let text = serde_json::to_string(&liang).unwrap();
        assert_eq!(serde_json::from_str::<Protocol>(&text).unwrap(), liang);
    }
}
