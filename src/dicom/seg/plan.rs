//! Which segments are written: one for each label with voxels, and the volume of interest.

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use ndarray::Array3;

use super::code::{self, Known};
use super::elements::{put_code, put_items, put_text, put_u16};
use super::header::one_text;
use super::write::{DrawnBy, SegOptions, VoiSegment};
use super::{LONG, SegError};
use crate::volume::{GridMismatch, Label, LabelMap, is_voi};

/// A segment to be written: what it is, and which label bits belong to it.
pub(super) struct SegmentPlan {
    name: &'static str,
    category: Known,
    property: Known,
    color_cielab: [u16; 3],
    /// The bit of its voxels.
    pub(super) bit: u8,
    /// The label that it is; none for the VOI.
    label: Option<Label>,
}

/// While a segmentation is written or read, voxels of the VOI have a bit above those of the labels.
pub(super) const VOI_BIT: u8 = 1 << Label::ALL.len();

/// What made the VOI of the labels.
const VOI_ALGORITHM: &str = "Hepatica VOI by the protocol";

/// Colors as CIELab of PS3.3 C.10.7.1.1: brown liver, blue vessels, green lesions, yellow caudate lobe, red VOI. Their sRGB is
/// (221,130,101), (70,120,220), (90,180,90), (230,200,70), (220,70,60).
const PLANS: [SegmentPlan; 5] = [
    SegmentPlan {
        name: "Liver",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::LIVER,
        color_cielab: [41_663, 41_166, 40_794],
        bit: Label::Liver.bit(),
        label: Some(Label::Liver),
    },
    SegmentPlan {
        name: "Vessel",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::BLOOD_VESSEL,
        color_cielab: [33_897, 36_958, 18_465],
        bit: Label::Vessel.bit(),
        label: Some(Label::Vessel),
    },
    SegmentPlan {
        name: "Lesion",
        category: code::MORPHOLOGICALLY_ABNORMAL,
        property: code::LESION,
        color_cielab: [43_369, 21_216, 42_555],
        bit: Label::Lesion.bit(),
        label: Some(Label::Lesion),
    },
    SegmentPlan {
        name: "Caudate lobe",
        category: code::ANATOMICAL_STRUCTURE,
        property: code::CAUDATE_LOBE,
        color_cielab: [53_122, 32_066, 49_816],
        bit: Label::Caudate.bit(),
        label: Some(Label::Caudate),
    },
    SegmentPlan {
        name: "VOI",
        category: code::SPATIAL_CONCEPT,
        property: code::SELECTED_REGION,
        color_cielab: [33_917, 47_720, 42_925],
        bit: VOI_BIT,
        label: None,
    },
];

/// The bits of the labels together with that of the VOI.
pub(super) fn bits_with_voi(label_map: &LabelMap, voi: &VoiSegment) -> Result<Array3<u8>, SegError> {
    let of_labels = |bits: u8| bits & (VOI_BIT - 1);
    match voi {
        VoiSegment::None => Ok(label_map.bits().mapv(of_labels)),
        VoiSegment::OfLabels => Ok(label_map.bits().mapv(|bits| match of_labels(bits) {
            bits if is_voi(bits) => bits | VOI_BIT,
            bits => bits,
        })),
        VoiSegment::Derived { region, .. } => {
            let other = |difference: GridMismatch| SegError::OtherVoi { difference: difference.to_string() };
            label_map.geometry().same_grid(region.geometry()).map_err(other)?;
            let mut bits = label_map.bits().mapv(of_labels);
            ndarray::Zip::from(&mut bits).and(region.inside()).for_each(|bits, &inside| {
                *bits |= if inside { VOI_BIT } else { 0 };
            });
            Ok(bits)
        }
    }
}

/// The segments that have voxels.
pub(super) fn segments_of(bits: &Array3<u8>) -> Vec<&'static SegmentPlan> {
    let all = bits.iter().fold(0, |all, bits| all | bits);
    PLANS.iter().filter(|plan| all & plan.bit != 0).collect()
}

/// Whether some voxel belongs to two segments.
pub(super) fn overlap(bits: &Array3<u8>) -> bool {
    bits.iter().any(|bits| bits.count_ones() > 1)
}

/// Segment Sequence (C.8.20.4).
pub(super) fn put_segments(object: &mut InMemDicomObject, segments: &[&SegmentPlan], options: &SegOptions) {
    let items = (1..).zip(segments).map(|(number, plan)| {
        let mut item = InMemDicomObject::new_empty();
        put_u16(&mut item, tags::SEGMENT_NUMBER, number);
        put_text(&mut item, tags::SEGMENT_LABEL, VR::LO, plan.name);
        if plan.label.is_none() {
            put_text(&mut item, tags::SEGMENT_DESCRIPTION, VR::ST, &voi_description(&options.voi));
        }
        put_code(&mut item, tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, plan.category);
        put_code(&mut item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, plan.property);
        put_origin(&mut item, &drawn_by(plan.label, segments, options));
        let color = plan.color_cielab.into_iter().collect();
        item.put(DataElement::new(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, VR::US, PrimitiveValue::U16(color)));
        item
    });
    let items = items.collect();
    put_items(object, tags::SEGMENT_SEQUENCE, items);
}

fn voi_description(voi: &VoiSegment) -> String {
    let region = "Volume of interest: liver without vessels, lesions and caudate lobe";
    match voi {
        VoiSegment::Derived { edge_margin_mm, .. } => {
            format!("{region}, shrunk by an edge margin of {edge_margin_mm} mm")
        }
        VoiSegment::None | VoiSegment::OfLabels => region.to_owned(),
    }
}

/// How a segment came about. The VOI is computed from what was drawn, and from nothing drawn by hand where every label has an
/// algorithm alone.
fn drawn_by(label: Option<Label>, segments: &[&SegmentPlan], options: &SegOptions) -> DrawnBy {
    let of_label = |label: Label| options.drawn_by.get(&label).cloned().unwrap_or_default();
    match label {
        Some(label) => of_label(label),
        None => {
            let mut labels = segments.iter().filter_map(|plan| plan.label).peekable();
            let any = labels.peek().is_some();
            let all_computed = labels.all(|label| matches!(of_label(label), DrawnBy::Algorithm(_)));
            match any && all_computed {
                true => DrawnBy::Algorithm(VOI_ALGORITHM.to_owned()),
                false => DrawnBy::HandWith(VOI_ALGORITHM.to_owned()),
            }
        }
    }
}

/// Segment Algorithm Type, and Segment Algorithm Name where the type is not MANUAL, as the standard demands.
fn put_origin(item: &mut InMemDicomObject, drawn_by: &DrawnBy) {
    let (kind, algorithm) = match drawn_by {
        DrawnBy::Hand => ("MANUAL", None),
        DrawnBy::HandWith(name) => ("SEMIAUTOMATIC", Some(name)),
        DrawnBy::Algorithm(name) => ("AUTOMATIC", Some(name)),
    };
    put_text(item, tags::SEGMENT_ALGORITHM_TYPE, VR::CS, kind);
    if let Some(name) = algorithm {
        let name = one_text(name, LONG).trim();
        put_text(item, tags::SEGMENT_ALGORITHM_NAME, VR::LO, if name.is_empty() { "Hepatica" } else { name });
    }
}
