//! The modules of an RT Structure Set object (PS3.3 A.19), without the file around it.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::super::seg::elements::{decimal_string, put_code, put_items, put_known_text, put_text, put_texts};
use super::super::seg::header::{is_uid, person, reference_to, typed_text};
use super::super::seg::plan::{SegmentPlan, drawn_by};
use super::super::seg::{DrawnBy, SegIdentity, SegOptions, SegSource};
use crate::base::RESEARCH_USE_ONLY;
use crate::volume::{Label, Structure};

/// Decimals of a millimetre in contours: a tenth of a micrometre is far from any voxel's centre, which lies half a voxel away.
const DECIMALS: f64 = 1e4;

/// RT Series, General Equipment, Structure Set, Approval and SOP Common modules (C.8.8.1, C.7.5.1, C.8.8.5, C.8.8.16, C.12.1).
pub(super) fn put_series(object: &mut InMemDicomObject, options: &SegOptions, identity: &SegIdentity) {
    put_text(object, tags::MODALITY, VR::CS, "RTSTRUCT");
    put_text(object, tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_instance_uid);
    put_text(object, tags::SERIES_NUMBER, VR::IS, &options.series_number.to_string());
    put_text(object, tags::SERIES_DATE, VR::DA, &identity.date);
    put_text(object, tags::SERIES_TIME, VR::TM, &identity.time);
    put_known_text(object, tags::SERIES_DESCRIPTION, VR::LO, &typed_text(&options.series_description));
    put_text(object, tags::OPERATORS_NAME, VR::PN, &person(&options.creator));
    put_text(object, tags::MANUFACTURER, VR::LO, "Hepatica");
    put_text(object, tags::MANUFACTURER_MODEL_NAME, VR::LO, "Hepatica");
    put_text(object, tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION"));
    put_text(object, tags::SOP_CLASS_UID, VR::UI, uids::RT_STRUCTURE_SET_STORAGE);
    put_text(object, tags::SOP_INSTANCE_UID, VR::UI, &identity.sop_instance_uid);
    put_text(object, tags::INSTANCE_CREATION_DATE, VR::DA, &identity.date);
    put_text(object, tags::INSTANCE_CREATION_TIME, VR::TM, &identity.time);
    put_text(object, tags::INSTANCE_NUMBER, VR::IS, "1");
    put_text(object, tags::STRUCTURE_SET_LABEL, VR::SH, "LIVER_VOI");
    put_text(object, tags::STRUCTURE_SET_DATE, VR::DA, &identity.date);
    put_text(object, tags::STRUCTURE_SET_TIME, VR::TM, &identity.time);
    let only_contours = "Contours along the edges of voxels; other programs may fill them to other voxels.";
    let description = format!("{}. {only_contours}", RESEARCH_USE_ONLY.replace('–', "-"));
    put_text(object, tags::STRUCTURE_SET_DESCRIPTION, VR::ST, &description);
    put_text(object, tags::APPROVAL_STATUS, VR::CS, "UNAPPROVED");
}

/// The series that the contours were drawn on, with every image of it (Referenced Frame of Reference Sequence, C.8.8.5).
pub(super) fn put_references(object: &mut InMemDicomObject, source: &SegSource, frame_of_reference_uid: &str) {
    let mut frame = InMemDicomObject::new_empty();
    put_text(&mut frame, tags::FRAME_OF_REFERENCE_UID, VR::UI, frame_of_reference_uid);
    let mut images: Vec<InMemDicomObject> = Vec::new();
    let mut last = "";
    for image in &source.images {
        if is_uid(&image.sop_instance_uid) && image.sop_instance_uid != last {
            images.push(reference_to(source, image, false));
        }
        last = &image.sop_instance_uid;
    }
    if is_uid(&source.series_instance_uid) && is_uid(&source.study_instance_uid) && !images.is_empty() {
        let mut series = InMemDicomObject::new_empty();
        put_text(&mut series, tags::SERIES_INSTANCE_UID, VR::UI, &source.series_instance_uid);
        put_items(&mut series, tags::CONTOUR_IMAGE_SEQUENCE, images);
        let mut study = InMemDicomObject::new_empty();
        // The retired class of studies, which the module still asks for.
        put_text(&mut study, tags::REFERENCED_SOP_CLASS_UID, VR::UI, "1.2.840.10008.3.1.2.3.1");
        put_text(&mut study, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &source.study_instance_uid);
        put_items(&mut study, tags::RT_REFERENCED_SERIES_SEQUENCE, vec![series]);
        put_items(&mut frame, tags::RT_REFERENCED_STUDY_SEQUENCE, vec![study]);
    }
    put_items(object, tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, vec![frame]);
}

/// What the regions are: Structure Set ROI Sequence and RT ROI Observations module (C.8.8.5, C.8.8.8).
pub(super) fn put_regions(
    object: &mut InMemDicomObject,
    segments: &[SegmentPlan],
    options: &SegOptions,
    frame_of_reference_uid: &str,
) {
    let (mut regions, mut observations) = (Vec::new(), Vec::new());
    for (number, (structure, _)) in (1..).zip(segments) {
        let number: String = format!("{number}");
        let mut region = InMemDicomObject::new_empty();
        put_text(&mut region, tags::ROI_NUMBER, VR::IS, &number);
        put_text(&mut region, tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, frame_of_reference_uid);
        put_text(&mut region, tags::ROI_NAME, VR::LO, structure.name);
        if structure.label.is_none() {
            put_text(&mut region, tags::ROI_DESCRIPTION, VR::ST, &options.voi.description());
        }
        let (kind, algorithm) = match drawn_by(structure.label, segments, options) {
            DrawnBy::Hand => ("MANUAL", String::new()),
            DrawnBy::HandWith(name) => ("SEMIAUTOMATIC", name),
            DrawnBy::Algorithm(name) => ("AUTOMATIC", name),
        };
        put_text(&mut region, tags::ROI_GENERATION_ALGORITHM, VR::CS, kind);
        put_known_text(&mut region, tags::ROI_GENERATION_DESCRIPTION, VR::LO, &typed_text(&algorithm));
        regions.push(region);

        let mut observation = InMemDicomObject::new_empty();
        put_text(&mut observation, tags::OBSERVATION_NUMBER, VR::IS, &number);
        put_text(&mut observation, tags::REFERENCED_ROI_NUMBER, VR::IS, &number);
        put_code(&mut observation, tags::RTROI_IDENTIFICATION_CODE_SEQUENCE, structure.property);
        put_text(&mut observation, tags::RTROI_INTERPRETED_TYPE, VR::CS, interpreted_type(structure));
        put_text(&mut observation, tags::ROI_INTERPRETER, VR::PN, &person(&options.creator));
        observations.push(observation);
    }
    put_items(object, tags::STRUCTURE_SET_ROI_SEQUENCE, regions);
    put_items(object, tags::RTROI_OBSERVATIONS_SEQUENCE, observations);
}

/// RT ROI Interpreted Type; none where the standard's terms would say too much.
fn interpreted_type(structure: &Structure) -> &'static str {
    match structure.label {
        Some(Label::Liver | Label::Vessel | Label::Caudate) => "ORGAN",
        Some(Label::Lesion) | None => "",
    }
}

/// A region's contours, an item of the ROI Contour module (C.8.8.6).
pub(super) fn region_contours(
    number: usize,
    structure: &Structure,
    contours: Vec<InMemDicomObject>,
) -> InMemDicomObject {
    let mut region = InMemDicomObject::new_empty();
    let [red, green, blue] = structure.rgb.map(|c| c.to_string());
    put_texts(&mut region, tags::ROI_DISPLAY_COLOR, VR::IS, &[&red, &green, &blue]);
    put_text(&mut region, tags::REFERENCED_ROI_NUMBER, VR::IS, &number.to_string());
    put_items(&mut region, tags::CONTOUR_SEQUENCE, contours);
    region
}

/// One contour, drawn on the image of a slice, from points in patient mm.
pub(super) fn contour(source: &SegSource, slice: usize, points: &[[f64; 3]]) -> InMemDicomObject {
    let mut contour = InMemDicomObject::new_empty();
    if let Some(image) = source.images.get(slice).filter(|image| is_uid(&image.sop_instance_uid)) {
        put_items(&mut contour, tags::CONTOUR_IMAGE_SEQUENCE, vec![reference_to(source, image, true)]);
    }
    put_text(&mut contour, tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, "CLOSED_PLANAR");
    put_text(&mut contour, tags::NUMBER_OF_CONTOUR_POINTS, VR::IS, &points.len().to_string());
    let numbers: Vec<String> =
        points.iter().flatten().map(|x| decimal_string((x * DECIMALS).round() / DECIMALS + 0.0)).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    put_texts(&mut contour, tags::CONTOUR_DATA, VR::DS, &numbers);
    contour
}
