//! Which segments are written: one for each label with voxels, and the volume of interest; for structure sets too.

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use ndarray::Array3;

use super::Unfit;
use super::elements::{put_code, put_items, put_text, put_u16};
use super::header::typed_text;
use super::source::SegSource;
use super::write::{DrawnBy, SegOptions};
use crate::volume::{Geometry, GridMismatch, Label, LabelMap, Structure, VoiSegment, bits_with_voi};

/// How far an image may lie from its slice's place on the label map's grid, in mm, where nothing else says that the grid is the
/// series' own: as far as slices that still make one grid.
const OFF_PLACE_MM: f64 = 0.2;

/// What made the VOI of the labels.
const VOI_ALGORITHM: &str = "Hepatica VOI by the protocol";

/// The colours of [`Structure::ALL`] as CIELab of PS3.3 C.10.7.1.1.
const CIELAB: [[u16; 3]; 5] = [
    [41_663, 41_166, 40_794],
    [33_897, 36_958, 18_465],
    [43_369, 21_216, 42_555],
    [53_122, 32_066, 49_816],
    [33_917, 47_720, 42_925],
];

/// A segment to be written: what it is, and its colour.
pub(in crate::dicom) type SegmentPlan = (Structure, [u16; 3]);

/// The bits of the labels and of the VOI, and the segments that have voxels; refused where they make no object of the series.
pub(in crate::dicom) fn planned(
    label_map: &LabelMap,
    source: &SegSource,
    voi: &VoiSegment,
) -> Result<(Array3<u8>, Vec<SegmentPlan>), Unfit> {
    let (slices, images) = (label_map.geometry().size()[2], source.images.len());
    if images != slices {
        return Err(Unfit::OtherSeries { slices, images });
    }
    if let Some(difference) = off_slices(label_map.geometry(), source) {
        return Err(Unfit::OtherSlices { difference });
    }
    let other_voi = |difference: GridMismatch| Unfit::OtherVoi { difference: difference.to_string() };
    let bits = bits_with_voi(label_map, voi).map_err(other_voi)?;
    let all = bits.iter().fold(0, |all, bits| all | bits);
    let planned = Structure::ALL.into_iter().zip(CIELAB);
    let segments: Vec<SegmentPlan> = planned.filter(|(structure, _)| all & structure.bit != 0).collect();
    if segments.is_empty() { Err(Unfit::NothingDrawn) } else { Ok((bits, segments)) }
}

/// How a label map lies elsewhere than the series' own slices, as one drawn on interpolated slices does: its frames would be written
/// at the places of the images.
fn off_slices(grid: &Geometry, source: &SegSource) -> Option<String> {
    if let Some(own) = &source.grid {
        return grid.same_grid(own).err().map(|difference| difference.to_string());
    }
    source.images.iter().enumerate().find_map(|(slice, image)| {
        let position = image.position_mm?;
        let place = grid.patient_from_voxel([0.0, 0.0, slice as f64]);
        let off_mm = (0..3).map(|x| (position[x] - place[x]).powi(2)).sum::<f64>().sqrt();
        (off_mm > OFF_PLACE_MM).then(|| format!("slice {} lies {off_mm:.2} mm off its image", slice + 1))
    })
}

/// Whether some voxel belongs to two segments.
pub(super) fn overlap(bits: &Array3<u8>) -> bool {
    bits.iter().any(|bits| bits.count_ones() > 1)
}

/// Segment Sequence (C.8.20.4).
pub(super) fn put_segments(object: &mut InMemDicomObject, segments: &[SegmentPlan], options: &SegOptions) {
    let items = (1..).zip(segments).map(|(number, (plan, color_cielab))| {
        let mut item = InMemDicomObject::new_empty();
        put_u16(&mut item, tags::SEGMENT_NUMBER, number);
        put_text(&mut item, tags::SEGMENT_LABEL, VR::LO, plan.name);
        if plan.label.is_none() {
            put_text(&mut item, tags::SEGMENT_DESCRIPTION, VR::ST, &options.voi.description());
        }
        put_code(&mut item, tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, plan.category);
        put_code(&mut item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, plan.property);
        put_origin(&mut item, &drawn_by(plan.label, segments, options));
        let color = color_cielab.iter().copied().collect();
        item.put(DataElement::new(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, VR::US, PrimitiveValue::U16(color)));
        item
    });
    let items = items.collect();
    put_items(object, tags::SEGMENT_SEQUENCE, items);
}

/// How a segment came about. The VOI is computed from what was drawn, and from nothing drawn by hand where every label has an
/// algorithm alone.
pub(in crate::dicom) fn drawn_by(label: Option<Label>, segments: &[SegmentPlan], options: &SegOptions) -> DrawnBy {
    let of_label = |label: Label| options.drawn_by.get(&label).cloned().unwrap_or_default();
    match label {
        Some(label) => of_label(label),
        None => {
            let mut labels = segments.iter().filter_map(|(structure, _)| structure.label).peekable();
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
        let name = typed_text(name);
        put_text(item, tags::SEGMENT_ALGORITHM_NAME, VR::LO, if name.is_empty() { "Hepatica" } else { &name });
    }
}
