//! What a segment of a segmentation says it is, and what it is taken for here.

use crate::volume::{Code, Meaning};

/// What the voxels of a FRACTIONAL segmentation hold (Segmentation Fractional Type, C.8.20.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fractions {
    /// How probably the voxel belongs to the segment.
    Probability,
    /// Which share of the voxel the segment fills.
    Occupancy,
}

impl std::fmt::Display for Fractions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fractions::Probability => "probabilities",
            Fractions::Occupancy => "shares of the voxel",
        })
    }
}

/// One segment (PS3.3 C.8.20.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Segment Number (0062,0004).
    pub number: u16,
    /// Segment Label (0062,0005): its name.
    pub label: String,
    /// Segmented Property Type (0062,000F): what it is, coded; `None` when the object does not say.
    pub property: Option<Code>,
    /// Anatomic Region (0008,2218): where it is, coded, where the object says so.
    pub region: Option<Code>,
}

impl Segment {
    /// What the segment is taken for: by its coded concept, else by its name.
    pub fn meaning(&self) -> Meaning {
        Meaning::of(&self.label, self.property.as_ref(), self.region.as_ref())
    }

    /// As it is named in a list: `2 "Focal lesion" (Lesion)`.
    pub fn description(&self) -> String {
        match &self.property {
            Some(property) => format!("{} \"{}\" ({})", self.number, self.label, property.meaning),
            None => format!("{} \"{}\"", self.number, self.label),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Label;

    fn code(value: &str, meaning: &str) -> Option<Code> {
        Some(Code { value: value.into(), scheme: "SCT".into(), meaning: meaning.into() })
    }

    #[test]
    fn the_code_comes_before_the_name_and_another_organ_before_both() {
        let lesion = Segment { number: 1, label: "Liver".into(), property: code("52988006", "Lesion"), region: None };
        assert_eq!(lesion.meaning(), Meaning::Label(Label::Lesion));
        let in_liver = Segment { region: code("10200004", "Liver"), ..lesion.clone() };
        assert_eq!(in_liver.meaning(), Meaning::Label(Label::Lesion));
        let in_kidney = Segment { region: code("64033007", "Kidney"), ..lesion };
        assert_eq!(in_kidney.meaning(), Meaning::Unknown);
        let selected = Some(Code { value: "111099".into(), scheme: "DCM".into(), meaning: "Selected region".into() });
        assert_eq!(Segment { property: selected.clone(), ..in_kidney.clone() }.meaning(), Meaning::Unknown);
        assert_eq!(Segment { property: selected, region: None, ..in_kidney }.meaning(), Meaning::Voi);
    }

    #[test]
    fn what_neither_code_nor_name_tells_is_unknown() {
        let bone =
            Segment { number: 1, label: "first segment".into(), property: code("272673000", "Bone"), region: None };
        assert_eq!(bone.meaning(), Meaning::Unknown);
    }
}
