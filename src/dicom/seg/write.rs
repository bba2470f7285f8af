//! Writing a label map as a DICOM Segmentation of type BINARY (PS3.3 A.51, C.8.20; Explicit VR Little Endian).
//!
//! One segment for each label with voxels, in the order liver, vessel, lesion, caudate lobe, VOI; one frame for each slice of
//! a segment with voxels. Slices without voxels are left out: their place is known from the positions of the others and
//! from the series referred to. Multi-frame dimensions are segment number and position (C.7.6.17).

use std::io;
use std::path::Path;

use dicom_core::chrono::Local;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use ndarray::{ArrayView2, Axis};

use super::code::{self, Known};
use super::elements::{put_code, put_decimals, put_items, put_known_text, put_text, put_texts, put_u16};
use super::source::{SegSource, SourceImage};
use super::{SegError, bits};
use crate::base::{RESEARCH_USE_ONLY, Warnings, check_free, write_atomically};
use crate::volume::{Geometry, Label, LabelMap, is_voi};

/// The largest Pixel Data that is written: what is read here, too. Readers take it whole, and its length is a 32-bit number
/// (PS3.5 section 7.1.1).
const MAX_PIXEL_BYTES: usize = 1 << 30;

/// How the segments came about (Segment Algorithm Type, C.8.20.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DrawnBy {
    /// By hand alone.
    #[default]
    Hand,
    /// By hand with the help of an algorithm of that name.
    HandWith(String),
    /// By an algorithm of that name alone; a simulation's ground truth too.
    Algorithm(String),
}

/// Identity and time of the object, for callers that must write the same file again; others leave it to chance and clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegIdentity {
    /// SOP Instance UID of the segmentation.
    pub sop_instance_uid: String,
    /// Series Instance UID of the segmentation's series.
    pub series_instance_uid: String,
    /// Dimension Organization UID of its frames.
    pub dimension_organization_uid: String,
    /// Date of creation, `YYYYMMDD`.
    pub date: String,
    /// Time of creation, `HHMMSS`.
    pub time: String,
}

/// What the writer may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegOptions {
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Series Number (0020,0011).
    pub series_number: u16,
    /// Content Creator's Name (0070,0084); may be empty.
    pub creator: String,
    /// How the segments came about.
    pub drawn_by: DrawnBy,
    /// Whether the volume of interest (liver minus the others) is added as a segment of its own.
    pub with_voi: bool,
    /// Identity and time; `None` for new ones.
    pub identity: Option<SegIdentity>,
}

impl Default for SegOptions {
    fn default() -> Self {
        Self {
            series_description: "Liver VOI (research use only)".to_owned(),
            series_number: 901,
            creator: String::new(),
            drawn_by: DrawnBy::Hand,
            with_voi: true,
            identity: None,
        }
    }
}

/// Writes the label map as a segmentation of the series `source`, whose images are the slices of the label map in order.
///
/// Identifiers that the source lacks are made up and warned of, since the object must have them. Nothing is replaced
/// without `force`.
pub fn write(
    path: &Path,
    label_map: &LabelMap,
    source: &SegSource,
    options: &SegOptions,
    force: bool,
) -> Result<Warnings, SegError> {
    check_free(path, force)?;
    let slices = label_map.geometry().size()[2];
    if source.images.len() != slices {
        return Err(SegError::OtherSeries { slices, images: source.images.len() });
    }
    let segments = segments_of(label_map, options.with_voi);
    if segments.is_empty() {
        return Err(SegError::NothingDrawn);
    }
    let mut warnings = Warnings::new();
    let identity = options.identity.clone().unwrap_or_else(new_identity);

    let mut object = InMemDicomObject::new_empty();
    put_patient_and_study(&mut object, source, &mut warnings);
    put_series_and_equipment(&mut object, options, &identity);
    put_frame_of_reference(&mut object, source, &mut warnings);
    put_references(&mut object, source, &mut warnings);
    put_image(&mut object, label_map.geometry(), &identity)?;
    put_segments(&mut object, &segments, options);
    put_text(&mut object, tags::SEGMENTS_OVERLAP, VR::CS, if overlap(label_map, &segments) { "YES" } else { "NO" });
    put_dimensions(&mut object, &identity.dimension_organization_uid);
    put_frames(&mut object, label_map, &segments, source)?;

    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::SEGMENTATION_STORAGE)
        .media_storage_sop_instance_uid(identity.sop_instance_uid.as_str());
    write_atomically(path, force, |writer| {
        object.with_meta(meta).map_err(io::Error::other)?.write_all(writer).map_err(io::Error::other)
    })?;
    Ok(warnings)
}

/// A segment to be written: what it is, and which label bits belong to it.
struct SegmentPlan {
    name: &'static str,
    category: Known,
    property: Known,
    color_cielab: [u16; 3],
    contains: fn(u8) -> bool,
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
fn segments_of(label_map: &LabelMap, with_voi: bool) -> Vec<&'static SegmentPlan> {
    let combinations = combinations(label_map);
    let n_plans = if with_voi { PLANS.len() } else { PLANS.len() - 1 };
    PLANS.iter().take(n_plans).filter(|plan| combinations.iter().any(|&bits| (plan.contains)(bits))).collect()
}

/// Whether some voxel belongs to two segments.
fn overlap(label_map: &LabelMap, segments: &[&SegmentPlan]) -> bool {
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

fn new_identity() -> SegIdentity {
    let now = Local::now();
    SegIdentity {
        sop_instance_uid: new_uid(),
        series_instance_uid: new_uid(),
        dimension_organization_uid: new_uid(),
        date: now.format("%Y%m%d").to_string(),
        time: now.format("%H%M%S").to_string(),
    }
}

/// A new identifier below 2.25 from 122 random bits (PS3.5 B.2).
fn new_uid() -> String {
    use std::hash::BuildHasher;
    // The standard library seeds each of its hashers' states from the system's randomness.
    let half = || u128::from(std::hash::RandomState::new().hash_one(std::time::SystemTime::now()));
    let uuid = (half() << 64 | half()) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    format!("2.25.{uuid}")
}

/// Whether text is a UID (PS3.5 section 9.1); real headers hold empty and invented ones.
fn is_uid(text: &str) -> bool {
    let parts_are_numbers = text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    parts_are_numbers && text.len() <= 64
}

/// A date (VR DA) that is well formed, else nothing: the attributes copied may all be empty, but not wrong.
fn date(text: &str) -> &str {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) { text } else { "" }
}

/// A time (VR TM) that is well formed, else nothing.
fn time(text: &str) -> &str {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = matches!(whole.len(), 2 | 4 | 6) && fraction.len() <= 6;
    if fits && digits(whole) && digits(fraction) { text } else { "" }
}

/// An age (VR AS) that is well formed, else nothing.
fn age(text: &str) -> &str {
    match text.as_bytes() {
        [a, b, c, b'D' | b'W' | b'M' | b'Y'] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) => text,
        _ => "",
    }
}

/// What must have an identifier but lacks one gets a new one.
fn put_uid(object: &mut InMemDicomObject, tag: Tag, uid: &str, what: &str, warnings: &mut Warnings) {
    if !is_uid(uid) {
        warnings.push(format!(
            "the series has no {what}; the segmentation got a new one, so other programs cannot link the two"
        ));
        put_text(object, tag, VR::UI, &new_uid());
    } else {
        put_text(object, tag, VR::UI, uid);
    }
}

/// Patient, Patient Study and General Study modules (C.7.1.1, C.7.2.2, C.7.2.1).
fn put_patient_and_study(object: &mut InMemDicomObject, source: &SegSource, warnings: &mut Warnings) {
    put_text(object, tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
    put_text(object, tags::PATIENT_NAME, VR::PN, &source.patient_name);
    put_text(object, tags::PATIENT_ID, VR::LO, &source.patient_id);
    put_known_text(object, tags::ISSUER_OF_PATIENT_ID, VR::LO, &source.patient_id_issuer);
    put_text(object, tags::PATIENT_BIRTH_DATE, VR::DA, date(&source.patient_birth_date));
    let sex = if matches!(source.patient_sex.as_str(), "M" | "F" | "O") { source.patient_sex.as_str() } else { "" };
    put_text(object, tags::PATIENT_SEX, VR::CS, sex);
    put_known_text(object, tags::PATIENT_AGE, VR::AS, age(&source.patient_age));
    put_uid(object, tags::STUDY_INSTANCE_UID, &source.study_instance_uid, "Study Instance UID", warnings);
    put_text(object, tags::STUDY_DATE, VR::DA, date(&source.study_date));
    put_text(object, tags::STUDY_TIME, VR::TM, time(&source.study_time));
    put_text(object, tags::STUDY_ID, VR::SH, &source.study_id);
    put_known_text(object, tags::STUDY_DESCRIPTION, VR::LO, &source.study_description);
    put_text(object, tags::ACCESSION_NUMBER, VR::SH, &source.accession_number);
    put_text(object, tags::REFERRING_PHYSICIAN_NAME, VR::PN, &source.referring_physician_name);
}

/// Segmentation Series and Enhanced General Equipment modules (C.8.20.1, C.7.5.2), and Content Identification (10-12).
fn put_series_and_equipment(object: &mut InMemDicomObject, options: &SegOptions, identity: &SegIdentity) {
    put_text(object, tags::MODALITY, VR::CS, "SEG");
    put_text(object, tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_instance_uid);
    put_text(object, tags::SERIES_NUMBER, VR::IS, &options.series_number.to_string());
    put_text(object, tags::SERIES_DATE, VR::DA, &identity.date);
    put_text(object, tags::SERIES_TIME, VR::TM, &identity.time);
    put_known_text(object, tags::SERIES_DESCRIPTION, VR::LO, &options.series_description);
    put_text(object, tags::MANUFACTURER, VR::LO, "Hepatica");
    put_text(object, tags::MANUFACTURER_MODEL_NAME, VR::LO, "Hepatica");
    put_text(object, tags::DEVICE_SERIAL_NUMBER, VR::LO, "0");
    put_text(object, tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION"));
    put_text(object, tags::INSTANCE_NUMBER, VR::IS, "1");
    put_text(object, tags::CONTENT_LABEL, VR::CS, "LIVER_VOI");
    // Plain ASCII, so that no reader stumbles over the dash.
    put_text(object, tags::CONTENT_DESCRIPTION, VR::LO, &RESEARCH_USE_ONLY.replace('–', "-"));
    put_text(object, tags::CONTENT_CREATOR_NAME, VR::PN, &options.creator);
}

/// Frame of Reference module (C.7.4.1).
fn put_frame_of_reference(object: &mut InMemDicomObject, source: &SegSource, warnings: &mut Warnings) {
    let uid = &source.frame_of_reference_uid;
    put_uid(object, tags::FRAME_OF_REFERENCE_UID, uid, "Frame of Reference UID", warnings);
    put_text(object, tags::POSITION_REFERENCE_INDICATOR, VR::LO, &source.position_reference_indicator);
}

/// Common Instance Reference module (C.12.2): the series drawn on, with every image of it.
fn put_references(object: &mut InMemDicomObject, source: &SegSource, warnings: &mut Warnings) {
    let mut instances = Vec::new();
    let mut last = "";
    for image in &source.images {
        // The frames of a multi-frame image share one instance.
        if is_uid(&image.sop_instance_uid) && image.sop_instance_uid != last {
            instances.push(reference_to(source, image, false));
        }
        last = &image.sop_instance_uid;
    }
    if !is_uid(&source.series_instance_uid) || instances.is_empty() {
        warnings.push("the series has no identifiers, so the segmentation cannot refer to its images");
        return;
    }
    let mut series = InMemDicomObject::new_empty();
    put_text(&mut series, tags::SERIES_INSTANCE_UID, VR::UI, &source.series_instance_uid);
    put_items(&mut series, tags::REFERENCED_INSTANCE_SEQUENCE, instances);
    put_items(object, tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
}

/// Image SOP Instance Reference macro (10-3).
fn reference_to(source: &SegSource, image: &SourceImage, with_frame: bool) -> InMemDicomObject {
    let mut reference = InMemDicomObject::new_empty();
    let class = if is_uid(&source.sop_class_uid) { &source.sop_class_uid } else { uids::CT_IMAGE_STORAGE };
    put_text(&mut reference, tags::REFERENCED_SOP_CLASS_UID, VR::UI, class);
    put_text(&mut reference, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &image.sop_instance_uid);
    if let Some(frame) = image.frame.filter(|_| with_frame) {
        put_text(&mut reference, tags::REFERENCED_FRAME_NUMBER, VR::IS, &frame.to_string());
    }
    reference
}

/// General Image, Image Pixel, Segmentation Image and SOP Common modules (C.7.6.1, C.7.6.3, C.8.20.2, C.12.1).
fn put_image(object: &mut InMemDicomObject, grid: &Geometry, identity: &SegIdentity) -> Result<(), SegError> {
    let [columns, rows, _] = grid.size();
    let side =
        |n: usize| u16::try_from(n).map_err(|_| SegError::TooLarge(format!("{columns} x {rows} voxels a slice")));
    put_text(object, tags::SOP_CLASS_UID, VR::UI, uids::SEGMENTATION_STORAGE);
    put_text(object, tags::SOP_INSTANCE_UID, VR::UI, &identity.sop_instance_uid);
    put_text(object, tags::INSTANCE_CREATION_DATE, VR::DA, &identity.date);
    put_text(object, tags::INSTANCE_CREATION_TIME, VR::TM, &identity.time);
    put_text(object, tags::CONTENT_DATE, VR::DA, &identity.date);
    put_text(object, tags::CONTENT_TIME, VR::TM, &identity.time);
    put_texts(object, tags::IMAGE_TYPE, VR::CS, &["DERIVED", "PRIMARY"]);
    put_u16(object, tags::SAMPLES_PER_PIXEL, 1);
    put_text(object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    put_u16(object, tags::ROWS, side(rows)?);
    put_u16(object, tags::COLUMNS, side(columns)?);
    put_u16(object, tags::BITS_ALLOCATED, 1);
    put_u16(object, tags::BITS_STORED, 1);
    put_u16(object, tags::HIGH_BIT, 0);
    put_u16(object, tags::PIXEL_REPRESENTATION, 0);
    put_text(object, tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00");
    put_text(object, tags::SEGMENTATION_TYPE, VR::CS, "BINARY");
    Ok(())
}

/// Segment Sequence (C.8.20.4).
fn put_segments(object: &mut InMemDicomObject, segments: &[&SegmentPlan], options: &SegOptions) {
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

/// Multi-frame Functional Groups module (C.7.6.16) and the voxels.
fn put_frames(
    object: &mut InMemDicomObject,
    label_map: &LabelMap,
    segments: &[&SegmentPlan],
    source: &SegSource,
) -> Result<(), SegError> {
    let grid = label_map.geometry();
    let used = used_slices(label_map);
    let mut frames = Vec::new();
    let mut packed = Vec::new();
    let mut n_bits = 0;
    for (number, plan) in (1u16..).zip(segments) {
        for (position, (&slice, image)) in (1u32..).zip(used.iter().map(|slice| (slice, &source.images[*slice]))) {
            let voxels: ArrayView2<u8> = label_map.bits().index_axis(Axis(0), slice);
            if !voxels.iter().any(|&bits| (plan.contains)(bits)) {
                continue;
            }
            n_bits = bits::pack(&mut packed, n_bits, voxels.iter().map(|&bits| (plan.contains)(bits)));
            if packed.len() > MAX_PIXEL_BYTES {
                return Err(SegError::TooLarge(format!("more than {MAX_PIXEL_BYTES} bytes of voxels")));
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
fn used_slices(label_map: &LabelMap) -> Vec<usize> {
    let slices = label_map.bits().outer_iter().enumerate();
    slices.filter(|(_, slice)| slice.iter().any(|&bits| bits != 0)).map(|(index, _)| index).collect()
}

/// Multi-frame Dimension module (C.7.6.17): frames are ordered by segment number, then by position.
fn put_dimensions(object: &mut InMemDicomObject, uid: &str) {
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
