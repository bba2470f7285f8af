//! What a region in someone's file is: coded concepts and names, which label each stands for, and how our own are written.
//!
//! SNOMED CT identifiers ("SCT") with the older SNOMED RT codes ("SRT") that files written before 2018 carry; the concepts are
//! of PS3.16 CID 7150 (property categories) and CID 7151 (property types). It deliberately knows only what can lie in a liver.

use super::{Label, VOI_BIT};

/// A coded concept: (code value, coding scheme, meaning), PS3.3 section 8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The code, unique within its scheme.
    pub value: String,
    /// The scheme, such as `SCT`.
    pub scheme: String,
    /// The meaning in words.
    pub meaning: String,
}

/// A concept known at compile time: value, scheme, meaning.
pub type Known = (&'static str, &'static str, &'static str);

const ANATOMICAL_STRUCTURE: Known = ("91723000", "SCT", "Anatomical Structure");
pub(super) const MORPHOLOGICALLY_ABNORMAL: Known = ("49755003", "SCT", "Morphologically Abnormal Structure");
pub(super) const SPATIAL_CONCEPT: Known = ("309825002", "SCT", "Spatial and Relational Concept");
pub(super) const LIVER: Known = ("10200004", "SCT", "Liver");
pub(super) const BLOOD_VESSEL: Known = ("59820001", "SCT", "Blood Vessel");
pub(super) const LESION: Known = ("52988006", "SCT", "Lesion");
pub(super) const CAUDATE_LOBE: Known = ("71133005", "SCT", "Structure of caudate lobe of liver");
const SELECTED_REGION: Known = ("111099", "DCM", "Selected region");
const BACKGROUND: Known = ("125040", "DCM", "Background");

/// What a region in a file is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// One of the labels that can be drawn.
    Label(Label),
    /// The volume of interest that follows from the labels: liver minus the others.
    Voi,
    /// Neither its code nor its name says: someone must choose.
    Unknown,
}

impl Meaning {
    /// What a region of that name is taken for: by its coded concept, else by its name. `region` is where it is, coded.
    pub fn of(name: &str, property: Option<&Code>, region: Option<&Code>) -> Meaning {
        // A lesion of the kidney is none of ours, and neither is what was selected of it.
        if region.is_some_and(|region| region.label() != Some(Label::Liver)) {
            return Meaning::Unknown;
        }
        if property.is_some_and(|property| property.is(SELECTED_REGION)) || is_voi_name(name) {
            return Meaning::Voi;
        }
        let coded = property.and_then(Code::label);
        coded.or_else(|| label_of_name(name)).map_or(Meaning::Unknown, Meaning::Label)
    }

    /// The bit of its voxels in label bits to which the VOI's was added; 0 where it is unknown.
    pub fn bit(self) -> u8 {
        match self {
            Meaning::Label(label) => label.bit(),
            Meaning::Voi => VOI_BIT,
            Meaning::Unknown => 0,
        }
    }
}

/// A structure as it is written to other people's formats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Structure {
    /// Its name.
    pub name: &'static str,
    /// The bit of its voxels.
    pub bit: u8,
    /// The label that it is; none for the VOI.
    pub label: Option<Label>,
    /// Its category (CID 7150).
    pub category: Known,
    /// What it is (CID 7151).
    pub property: Known,
    /// The colour proposed for it, sRGB: brown liver, blue vessels, green lesions, yellow caudate lobe, red VOI.
    pub rgb: [u8; 3],
}

impl Structure {
    /// Every structure that is written, in the order of the labels' numbers, the VOI last.
    pub const ALL: [Structure; 5] = [
        Self::of_label(Label::Liver, ANATOMICAL_STRUCTURE, LIVER, [221, 130, 101]),
        Self::of_label(Label::Vessel, ANATOMICAL_STRUCTURE, BLOOD_VESSEL, [70, 120, 220]),
        Self::of_label(Label::Lesion, MORPHOLOGICALLY_ABNORMAL, LESION, [90, 180, 90]),
        Self::of_label(Label::Caudate, ANATOMICAL_STRUCTURE, CAUDATE_LOBE, [230, 200, 70]),
        Structure {
            name: "VOI",
            bit: VOI_BIT,
            label: None,
            category: SPATIAL_CONCEPT,
            property: SELECTED_REGION,
            rgb: [220, 70, 60],
        },
    ];

    const fn of_label(label: Label, category: Known, property: Known, rgb: [u8; 3]) -> Structure {
        Structure { name: label.name(), bit: label.bit(), label: Some(label), category, property, rgb }
    }
}

/// Concepts that stand for a label: SCT value, SRT value where there was one, label.
const MEANINGS: &[(&str, &str, Label)] = &[
    ("10200004", "T-62000", Label::Liver),
    ("71133005", "T-62023", Label::Caudate),
    ("59820001", "T-40000", Label::Vessel),   // blood vessel
    ("29092000", "T-48000", Label::Vessel),   // vein
    ("32764006", "T-48810", Label::Vessel),   // portal vein
    ("73931004", "", Label::Vessel),          // right main branch of portal vein
    ("70253006", "", Label::Vessel),          // left main branch of portal vein
    ("8993003", "T-48720", Label::Vessel),    // hepatic vein
    ("272998002", "", Label::Vessel),         // right hepatic vein
    ("273099000", "", Label::Vessel),         // middle hepatic vein
    ("273202007", "", Label::Vessel),         // left hepatic vein
    ("397425002", "", Label::Vessel),         // inferior right hepatic vein
    ("64131007", "T-48710", Label::Vessel),   // inferior vena cava
    ("76015000", "T-46420", Label::Vessel),   // hepatic artery
    ("66559000", "", Label::Vessel),          // common hepatic artery
    ("18112008", "", Label::Vessel),          // proper hepatic artery
    ("52988006", "M-01100", Label::Lesion),   // lesion
    ("4147007", "M-03000", Label::Lesion),    // mass
    ("108369006", "M-8FFFF", Label::Lesion),  // neoplasm
    ("372087000", "M-80003", Label::Lesion),  // neoplasm, primary
    ("14799000", "M-80006", Label::Lesion),   // neoplasm, secondary
    ("128462008", "DF-00436", Label::Lesion), // metastasis
    ("367643001", "M-3340A", Label::Lesion),  // cyst
    ("400210000", "DF-003E5", Label::Lesion), // hemangioma
];

/// Words in a segment's name that say what it is when its code does not, from the most telling on.
const WORDS: &[(&str, Label)] = &[
    ("caudate lobe", Label::Caudate),
    ("lesion", Label::Lesion),
    ("tumor", Label::Lesion),
    ("tumour", Label::Lesion),
    ("metastas", Label::Lesion),
    ("portal", Label::Vessel),
    ("hepatic vein", Label::Vessel),
    ("vessel", Label::Vessel),
    ("vena cava", Label::Vessel),
];

impl Code {
    /// The label that the concept stands for.
    pub fn label(&self) -> Option<Label> {
        let meaning = match self.scheme.as_str() {
            "SCT" => MEANINGS.iter().find(|(sct, ..)| *sct == self.value),
            // "99SDM" and "SNM3" are older names of the same scheme (PS3.16 section 8).
            "SRT" | "99SDM" | "SNM3" => MEANINGS.iter().find(|(_, srt, _)| !srt.is_empty() && *srt == self.value),
            _ => None,
        };
        meaning.map(|&(_, _, label)| label)
    }

    /// Whether it stands for what is in no segment, as some objects list it.
    pub fn is_background(&self) -> bool {
        self.is(BACKGROUND)
    }

    /// Whether it is one of the concepts written here.
    fn is(&self, (value, scheme, _): Known) -> bool {
        self.value == value && self.scheme == scheme
    }
}

/// Words by which a name says what is left out of a segment: what follows them is not what it is.
const NEGATIONS: &[&str] =
    &["without", "minus", "no", "not", "non", "free", "except", "excluding", "excl", "w/o", "ohne", "sans"];

/// Phases of the contrast agent by which a name says when the image was taken, not what it is.
const PHASES: &[&str] = &["portal venous phase", "portal phase"];

/// Organs by which a name says that a lesion is none of the liver's, unless it names the liver as well ("rectal metastasis in the liver").
const ELSEWHERE: &[&str] = &[
    "kidney",
    "renal",
    "spleen",
    "splenic",
    "pancrea",
    "lung",
    "pulmon",
    "stomach",
    "gastric",
    "bowel",
    "intestin",
    "colon",
    "colorect",
    "rectum",
    "rectal",
    "gallbladder",
    "prostat",
    "bladder",
    "breast",
    "bone",
    "oesophag",
    "esophag",
    "ovar",
    "uter",
    "nodal",
    "lymph",
];

/// The label that a name stands for.
fn label_of_name(name: &str) -> Option<Label> {
    let mut name = name.trim().to_lowercase().replace(['_', '-'], " ");
    PHASES.iter().for_each(|phase| name = name.replace(phase, ""));
    if matches!(name.as_str(), "liver" | "whole liver" | "liver whole") {
        return Some(Label::Liver);
    }
    if name == "caudate" {
        return Some(Label::Caudate);
    }
    if name.split_whitespace().any(|word| NEGATIONS.contains(&word)) {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_elsewhere = |label| label == Label::Lesion && has(ELSEWHERE) && !has(&["liver", "hepat"]);
    let label = WORDS.iter().find(|(word, _)| name.contains(word)).map(|&(_, label)| label);
    label.filter(|&label| !is_elsewhere(label))
}

/// Whether a name says that it is the volume of interest.
fn is_voi_name(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    name == "voi" || name.starts_with("voi ") || name.starts_with("voi_") || name.contains("volume of interest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concept_is_known_in_either_scheme() {
        let code =
            |value: &str, scheme: &str| Code { value: value.into(), scheme: scheme.into(), meaning: String::new() };
        assert_eq!(code("10200004", "SCT").label(), Some(Label::Liver));
        assert_eq!(code("T-62000", "SRT").label(), Some(Label::Liver));
        assert_eq!(code("T-62000", "SCT").label(), None);
        assert_eq!(code("", "SRT").label(), None);
        assert_eq!(code("272673000", "SCT").label(), None, "bone");
    }

    #[test]
    fn a_name_is_taken_by_its_most_telling_word() {
        assert_eq!(label_of_name("Whole_Liver"), Some(Label::Liver));
        assert_eq!(label_of_name("liver vessels"), Some(Label::Vessel));
        assert_eq!(label_of_name("Liver lesion 2"), Some(Label::Lesion));
        assert_eq!(label_of_name("Caudate lobe of liver"), Some(Label::Caudate));
        assert_eq!(label_of_name("Caudate nucleus"), None);
        assert_eq!(label_of_name("liver without vessels"), None, "what is left out is not what it is");
        assert_eq!(label_of_name("Liver_minus_tumor"), None);
        assert_eq!(label_of_name("liver segment 4"), None);
        assert_eq!(label_of_name("portal vein"), Some(Label::Vessel));
        assert_eq!(label_of_name("Liver (portal-venous phase)"), None, "when it was taken is not what it is");
        assert_eq!(label_of_name("tumour-free liver"), None);
        assert_eq!(label_of_name("Kidney tumor"), None, "it is another organ's");
        assert_eq!(label_of_name("Colorectal liver metastasis"), Some(Label::Lesion));
        assert_eq!(label_of_name("portal vein and splenic vein"), Some(Label::Vessel));
        assert!(is_voi_name("VOI"));
        assert!(!is_voi_name("voice"));
    }
}
