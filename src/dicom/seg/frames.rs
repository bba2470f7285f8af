//! The frames of a segmentation: one for each slice of a segment with voxels, where it lies, and its bits.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use ndarray::{Array3, ArrayView2, Axis};

use super::elements::{put_code, put_decimals, put_items, put_text, put_u16};
use super::header::{is_uid, reference_to};
use super::plan::SegmentPlan;
use super::source::{SegSource, SourceImage};
use super::{MAX_FRAMES, MAX_VOXEL_BYTES, SegError, bits};
use crate::volume::Geometry;

/// Multi-frame Functional Groups module (C.7.6.16) and the voxels.
pub(super) fn put_frames(
    object: &mut InMemDicomObject,
    (grid, bits_of_voxels): (&Geometry, &Array3<u8>),
    segments: &[SegmentPlan],
    source: &SegSource,
) -> Result<(), SegError> {
    let used = used_slices(bits_of_voxels);
    let mut frames = Vec::new();
    let mut packed = Vec::new();
    let mut n_bits = 0;
    for (number, (structure, _)) in (1u16..).zip(segments) {
        for (position, (&slice, image)) in (1u32..).zip(used.iter().map(|slice| (slice, &source.images[*slice]))) {
            let voxels: ArrayView2<u8> = bits_of_voxels.index_axis(Axis(0), slice);
            if !voxels.iter().any(|&bits| bits & structure.bit != 0) {
                continue;
            }
            n_bits = bits::pack(&mut packed, n_bits, voxels.iter().map(|&bits| bits & structure.bit != 0));
            // Readers take the voxels whole, and their length is a 32-bit number (PS3.5 section 7.1.1).
            if packed.len() > MAX_VOXEL_BYTES || frames.len() == MAX_FRAMES {
                let problem = format!("more than {MAX_VOXEL_BYTES} bytes of voxels or {MAX_FRAMES} frames");
                return Err(SegError::TooLarge(problem));
            }
            let at = image.position_mm.unwrap_or_else(|| grid.patient_from_voxel([0.0, 0.0, slice as f64]));
            frames.push(frame_groups(source, image, at, (number, position)));
        }
    }
    if packed.len() % 2 == 1 {
        packed.push(0);
    }
    put_text(object, tags::NUMBER_OF_FRAMES, VR::IS, &frames.len().to_string());
    put_items(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![shared_groups(grid, source)]);
    put_items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(packed)));
    Ok(())
}

/// Slices on which anything is drawn.
fn used_slices(bits: &Array3<u8>) -> Vec<usize> {
    let slices = bits.outer_iter().enumerate();
    slices.filter(|(_, slice)| slice.iter().any(|&bits| bits != 0)).map(|(index, _)| index).collect()
}

/// Multi-frame Dimension module (C.7.6.17): frames are ordered by segment number, then by position.
pub(super) fn put_dimensions(object: &mut InMemDicomObject, uid: &str) {
    let mut organization = InMemDicomObject::new_empty();
    put_text(&mut organization, tags::DIMENSION_ORGANIZATION_UID, VR::UI, uid);
    put_items(object, tags::DIMENSION_ORGANIZATION_SEQUENCE, vec![organization]);
    let dimension = |pointer: Tag, group: Tag, label: &str| {
        let mut item = InMemDicomObject::new_empty();
        put_text(&mut item, tags::DIMENSION_ORGANIZATION_UID, VR::UI, uid);
        item.put(DataElement::new(tags::DIMENSION_INDEX_POINTER, VR::AT, dicom_value!(Tags, [pointer])));
        item.put(DataElement::new(tags::FUNCTIONAL_GROUP_POINTER, VR::AT, dicom_value!(Tags, [group])));
        put_text(&mut item, tags::DIMENSION_DESCRIPTION_LABEL, VR::LO, label);
        item
    };
    let segment =
        dimension(tags::REFERENCED_SEGMENT_NUMBER, tags::SEGMENT_IDENTIFICATION_SEQUENCE, "Referenced Segment Number");
    let position = dimension(tags::IMAGE_POSITION_PATIENT, tags::PLANE_POSITION_SEQUENCE, "Image Position Patient");
    put_items(object, tags::DIMENSION_INDEX_SEQUENCE, vec![segment, position]);
}

/// What all frames share: Pixel Measures and Plane Orientation (C.7.6.16.2.1, C.7.6.16.2.4).
fn shared_groups(grid: &Geometry, source: &SegSource) -> InMemDicomObject {
    let [column_mm, row_mm, _] = grid.spacing_mm();
    let distance_mm = grid.slice_distance_mm();
    let mut measures = InMemDicomObject::new_empty();
    // Pixel Spacing is the distance between rows, then between columns.
    put_decimals(&mut measures, tags::PIXEL_SPACING, &[row_mm, column_mm]);
    put_decimals(&mut measures, tags::SLICE_THICKNESS, &[source.slice_thickness_mm.unwrap_or(distance_mm)]);
    put_decimals(&mut measures, tags::SPACING_BETWEEN_SLICES, &[distance_mm]);
    let [along_row, along_column, _] = grid.directions();
    let mut orientation = InMemDicomObject::new_empty();
    put_decimals(&mut orientation, tags::IMAGE_ORIENTATION_PATIENT, &[along_row, along_column].concat());
    let mut shared = InMemDicomObject::new_empty();
    put_items(&mut shared, tags::PIXEL_MEASURES_SEQUENCE, vec![measures]);
    put_items(&mut shared, tags::PLANE_ORIENTATION_SEQUENCE, vec![orientation]);
    shared
}

/// What one frame has of its own: Derivation Image, Frame Content, Plane Position and Segment Identification
/// (C.7.6.16.2.6, .2, .3 and C.8.20.3.1); `index` is its segment number and the rank of its position.
fn frame_groups(source: &SegSource, image: &SourceImage, at: [f64; 3], index: (u16, u32)) -> InMemDicomObject {
    let mut groups = InMemDicomObject::new_empty();
    if is_uid(&image.sop_instance_uid) {
        let mut reference = reference_to(source, image, true);
        put_text(&mut reference, tags::SPATIAL_LOCATIONS_PRESERVED, VR::CS, "YES");
        let purpose = ("121322", "DCM", "Source image for image processing operation");
        put_code(&mut reference, tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, purpose);
        let mut derivation = InMemDicomObject::new_empty();
        put_items(&mut derivation, tags::SOURCE_IMAGE_SEQUENCE, vec![reference]);
        put_code(&mut derivation, tags::DERIVATION_CODE_SEQUENCE, ("113076", "DCM", "Segmentation"));
        put_items(&mut groups, tags::DERIVATION_IMAGE_SEQUENCE, vec![derivation]);
    }
    let mut content = InMemDicomObject::new_empty();
    let values = dicom_value!(U32, [u32::from(index.0), index.1]);
    content.put(DataElement::new(tags::DIMENSION_INDEX_VALUES, VR::UL, values));
    put_items(&mut groups, tags::FRAME_CONTENT_SEQUENCE, vec![content]);
    let mut plane = InMemDicomObject::new_empty();
    put_decimals(&mut plane, tags::IMAGE_POSITION_PATIENT, &at);
    put_items(&mut groups, tags::PLANE_POSITION_SEQUENCE, vec![plane]);
    let mut segment = InMemDicomObject::new_empty();
    put_u16(&mut segment, tags::REFERENCED_SEGMENT_NUMBER, index.0);
    put_items(&mut groups, tags::SEGMENT_IDENTIFICATION_SEQUENCE, vec![segment]);
    groups
}
