//! Which segments are written: one for each label with voxels, and the volume of interest.

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::code::{self, Known};
use super::elements::{put_code, put_items, put_text, put_u16};
use super::write::{DrawnBy, SegOptions};
use crate::volume::{Label, LabelMap, is_voi};

/// A segment to be written: what it is, and which label bits belong to it.
pub(super) struct SegmentPlan {
    name: &'static str,
    category: Known,
    property: Known,
    color_cielab: [u16; 3],
    pub(super) contains: fn(u8) -> bool,
}

/// Colors as CIELab of PS3.3 C.10.7.1.1: brown liver, blue vessels, green lesions, yellow caudate lobe, red VOI. Their sRGB is
/// (221,130,101), (70,120,220), (90,180,90), (230,200,70), (220,70,60).
const PLANS: [SegmentPlan; 5] = [
    SegmentPlan {
        name: "Liver",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::LIVER,
        color_cielab: [41_663, 41_166, 40_794],
        contains: |bits| bits & Label::Liver.bit() != 0,
    },
    SegmentPlan {
        name: "Vessel",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::BLOOD_VESSEL,
        color_cielab: [33_897, 36_958, 18_465],
        contains: |bits| bits & Label::Vessel.bit() != 0,
    },
    SegmentPlan {
        name: "Lesion",
        category: code::MORPHOLOGICALLY_ABNORMAL,
        property: code::LESION,
        color_cielab: [43_369, 21_216, 42_555],
        contains: |bits| bits & Label::Lesion.bit() != 0,
    },
    SegmentPlan {
        name: "Caudate lobe",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::CAUDATE_LOBE,
        color_cielab: [53_122, 32_066, 49_816],
        contains: |bits| bits & Label::Caudate.bit() != 0,
    },
    SegmentPlan {
        name: "VOI",
        category: code::SPATIAL_CONCEPT,
        property: code::SELECTED_REGION,
        color_cielab: [33_917, 47_720, 42_925],
        contains: is_voi,
    },
];

/// The segments that have voxels.
pub(super) fn segments_of(label_map: &LabelMap, with_voi: bool) -> Vec<&'static SegmentPlan> {
    let combinations = combinations(label_map);
    let n_plans = if with_voi { PLANS.len() } else { PLANS.len() - 1 };
    PLANS.iter().take(n_plans).filter(|plan| combinations.iter().any(|&bits| (plan.contains)(bits))).collect()
}

/// Whether some voxel belongs to two segments.
pub(super) fn overlap(label_map: &LabelMap, segments: &[&SegmentPlan]) -> bool {
    let n_segments = |bits: u8| segments.iter().filter(|plan| (plan.contains)(bits)).count();
    combinations(label_map).into_iter().any(|bits| n_segments(bits) > 1)
}

/// The combinations of labels that occur.
fn combinations(label_map: &LabelMap) -> Vec<u8> {
    let mut occurs = [false; 256];
    for &bits in label_map.bits() {
        occurs[usize::from(bits)] = true;
    }
    (0..=255).filter(|&bits| occurs[usize::from(bits)]).collect()
}

/// Segment Sequence (C.8.20.4).
pub(super) fn put_segments(object: &mut InMemDicomObject, segments: &[&SegmentPlan], options: &SegOptions) {
    let items = (1..).zip(segments).map(|(number, plan)| {
        let mut item = InMemDicomObject::new_empty();
        put_u16(&mut item, tags::SEGMENT_NUMBER, number);
        put_text(&mut item, tags::SEGMENT_LABEL, VR::LO, plan.name);
        if plan.property == code::SELECTED_REGION {
            let description = "Volume of interest: liver without vessels, lesions and caudate lobe";
            put_text(&mut item, tags::SEGMENT_DESCRIPTION, VR::ST, description);
        }
        put_code(&mut item, tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, plan.category);
        put_code(&mut item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, plan.property);
        let (kind, algorithm) = match &options.drawn_by {
            DrawnBy::Hand => ("MANUAL", None),
            DrawnBy::HandWith(name) => ("SEMIAUTOMATIC", Some(name)),
            DrawnBy::Algorithm(name) => ("AUTOMATIC", Some(name)),
        };
        put_text(&mut item, tags::SEGMENT_ALGORITHM_TYPE, VR::CS, kind);
        if let Some(name) = algorithm {
            put_text(&mut item, tags::SEGMENT_ALGORITHM_NAME, VR::LO, name);
        }
        let color = plan.color_cielab.into_iter().collect();
        item.put(DataElement::new(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, VR::US, PrimitiveValue::U16(color)));
        item
    });
    let items = items.collect();
    put_items(object, tags::SEGMENT_SEQUENCE, items);
}
