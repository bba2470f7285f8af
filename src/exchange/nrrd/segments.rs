//! Segments as Slicer's keys describe them, and the keys for our own.
//!
//! A segment's `Tags` hold its terminology: context, category, type, modifier, anatomic context, region and modifier, separated by
//! `~`; each code is scheme, value and meaning, separated by `^`.

use std::collections::BTreeMap;

use crate::volume::{Code, Known, Label, Meaning, Structure};

/// The most segments that are read; Slicer numbers them from 0 on.
const MAX_SEGMENTS: usize = 1000;

/// A region in an NRRD file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NrrdSegment {
    /// Its name, or its number where the file describes no segments.
    pub name: String,
    /// What it is, coded, where the file says so.
    pub property: Option<Code>,
    /// What it is taken for.
    pub meaning: Meaning,
    /// The layer that its voxels lie on, from 0 on.
    pub layer: usize,
    /// The number of its voxels there.
    pub value: i64,
}

impl NrrdSegment {
    /// The region of a number in a file that describes no segments: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe as in NIfTI label maps.
    pub(super) fn of_number(value: i64, layer: usize) -> Self {
        let label = u8::try_from(value).ok().and_then(Label::from_number);
        let meaning = label.map_or(Meaning::Unknown, Meaning::Label);
        Self { name: format!("number {value}"), property: None, meaning, layer, value }
    }

    /// As it is named in a list: `"Focal lesion" (Lesion)`.
    pub fn description(&self) -> String {
        match &self.property {
            Some(property) => format!("\"{}\" ({})", self.name, property.meaning),
            None => format!("\"{}\"", self.name),
        }
    }
}

/// The segments that the keys describe; none in a plain label map.
pub(super) fn described(keys: &BTreeMap<String, String>, layers: usize) -> Vec<NrrdSegment> {
    let mut segments = Vec::new();
    for number in 0..MAX_SEGMENTS {
        let key = |name: &str| keys.get(&format!("Segment{number}_{name}")).map(String::as_str);
        let Some(name) = key("Name").or_else(|| key("ID")) else { continue };
        let (property, region) = key("Tags").map_or((None, None), terminology);
        // Before layers were shared, each segment had one of its own, with ones in it.
        let own_layer = if layers > 1 { number } else { 0 };
        let layer = key("Layer").and_then(|layer| layer.trim().parse().ok()).unwrap_or(own_layer);
        let own_value = if layers > 1 { 1 } else { number as i64 + 1 };
        let value = key("LabelValue").and_then(|value| value.trim().parse().ok()).unwrap_or(own_value);
        let meaning = Meaning::of(name, property.as_ref(), region.as_ref());
        segments.push(NrrdSegment { name: name.to_owned(), property, meaning, layer, value });
    }
    segments
}

/// What and where a segment is, by its tags.
fn terminology(tags: &str) -> (Option<Code>, Option<Code>) {
    let entry = tags.split('|').find_map(|tag| tag.trim().strip_prefix("TerminologyEntry:"));
    let parts: Vec<&str> = entry.unwrap_or_default().split('~').collect();
    let code = |index: usize| {
        let mut code = parts.get(index)?.splitn(3, '^').map(str::to_owned);
        let (scheme, value, meaning) = (code.next()?, code.next()?, code.next()?);
        (!value.is_empty()).then_some(Code { value, scheme, meaning })
    };
    (code(2), code(5))
}

/// The tags of one of our own structures.
pub(super) fn tags_of(structure: &Structure) -> String {
    // The concept's older code is what Slicer's list of categories has.
    const ANATOMICAL_STRUCTURE: Known = ("123037004", "SCT", "Anatomical Structure");
    let category = match structure.category {
        ("91723000", ..) => ANATOMICAL_STRUCTURE,
        category => category,
    };
    let code = |(value, scheme, meaning): Known| format!("{scheme}^{value}^{meaning}");
    let (category, property) = (code(category), code(structure.property));
    format!(
        "TerminologyEntry:Segmentation category and type - DICOM master list~{category}~{property}~^^~Anatomic codes - DICOM master list~^^~^^|"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn our_own_tags_say_what_each_structure_is() {
        for structure in Structure::ALL {
            let tags = tags_of(&structure);
            let segments = described(&keys(&[("Segment0_Name", "x"), ("Segment0_Tags", &tags)]), 1);
            assert_eq!(segments.first().unwrap().meaning.bit(), structure.bit, "{tags}");
        }
    }

    #[test]
    fn a_lesion_of_another_organ_is_unknown() {
        let tags = "Status:done|TerminologyEntry:C~SCT^49755003^M~SCT^52988006^Lesion~^^~A~SCT^64033007^Kidney~^^|";
        let segments = described(&keys(&[("Segment0_Name", "a"), ("Segment0_Tags", tags)]), 1);
        assert_eq!(segments.first().unwrap().meaning, Meaning::Unknown);
    }

    #[test]
    fn without_layers_and_values_each_segment_has_its_own() {
        let keys = keys(&[("Segment0_Name", "liver"), ("Segment1_Name", "tumour")]);
        let places = |layers| described(&keys, layers).iter().map(|s| (s.layer, s.value)).collect::<Vec<_>>();
        assert_eq!(places(2), [(0, 1), (1, 1)]);
        assert_eq!(places(1), [(0, 1), (0, 2)]);
    }
}
