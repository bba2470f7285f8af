//! What a segmentation says of itself before its frames: whose it is, when it was made, and which images it refers to.
//!
//! Values of the source that are not well formed are left out: the attributes copied may all be empty, but not wrong. The patient's name and
//! ID are copied as they are all the same, since the segmentation must be found with its images.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use super::elements::{put_items, put_known_text, put_text, put_texts, put_u16};
use super::source::{SegSource, SourceImage};
use super::write::{SegIdentity, SegOptions, new_uid};
use super::{LONG, SHORT, SegError};
use crate::base::{RESEARCH_USE_ONLY, Warnings};
use crate::volume::Geometry;

/// Whether text is a UID (PS3.5 section 9.1); real headers hold empty and invented ones.
pub(in crate::dicom) fn is_uid(text: &str) -> bool {
    let parts_are_numbers = text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    parts_are_numbers && text.len() <= 64
}

/// A date (VR DA) that is well formed, else nothing: the attributes copied may all be empty, but not wrong.
fn date(text: &str) -> &str {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) { text } else { "" }
}

/// One value of text (VR SH or LO) that is well formed, else nothing.
pub(in crate::dicom) fn one_text(text: &str, most: usize) -> &str {
    let is_one = !text.contains('\\') && !text.chars().any(char::is_control);
    if is_one && text.chars().count() <= most { text } else { "" }
}

/// A name that someone typed, as a value of the VR PN: `Family, Given` becomes `Family^Given`, and what the VR does not allow is
/// left out (PS3.5 6.2.1).
pub(in crate::dicom) fn person(name: &str) -> String {
    let name = name.replace([',', ';'], "^");
    // A name has five parts; what follows belongs to the last.
    let parts = name.splitn(5, '^').map(|part| part.replace('^', " "));
    let parts = parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let name = parts.collect::<Vec<_>>().join("^");
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\\' | '=');
    let name: String = name.chars().filter(allowed).collect();
    within_64_bytes(&name).trim_end_matches(['^', ' ']).to_owned()
}

/// Text that someone typed, as one value of the VR LO: what it may not hold becomes a space, and what is too long is cut.
pub(in crate::dicom) fn typed_text(text: &str) -> String {
    let allowed = |c: char| if c == '\\' || c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(allowed).collect();
    within_64_bytes(text.trim()).trim_end().to_owned()
}

/// The beginning of a text. The standard counts letters, but some programs count bytes.
fn within_64_bytes(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONG)]
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
pub(in crate::dicom) fn put_patient_and_study(
    object: &mut InMemDicomObject,
    source: &SegSource,
    warnings: &mut Warnings,
) {
    put_text(object, tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
    put_text(object, tags::PATIENT_NAME, VR::PN, &source.patient_name);
    put_text(object, tags::PATIENT_ID, VR::LO, &source.patient_id);
    put_known_text(object, tags::ISSUER_OF_PATIENT_ID, VR::LO, one_text(&source.patient_id_issuer, LONG));
    put_text(object, tags::PATIENT_BIRTH_DATE, VR::DA, date(&source.patient_birth_date));
    let sex = if matches!(source.patient_sex.as_str(), "M" | "F" | "O") { source.patient_sex.as_str() } else { "" };
    put_text(object, tags::PATIENT_SEX, VR::CS, sex);
    put_known_text(object, tags::PATIENT_AGE, VR::AS, age(&source.patient_age));
    put_uid(object, tags::STUDY_INSTANCE_UID, &source.study_instance_uid, "Study Instance UID", warnings);
    put_text(object, tags::STUDY_DATE, VR::DA, date(&source.study_date));
    put_text(object, tags::STUDY_TIME, VR::TM, time(&source.study_time));
    put_text(object, tags::STUDY_ID, VR::SH, one_text(&source.study_id, SHORT));
    put_known_text(object, tags::STUDY_DESCRIPTION, VR::LO, one_text(&source.study_description, LONG));
    put_text(object, tags::ACCESSION_NUMBER, VR::SH, one_text(&source.accession_number, SHORT));
    put_text(object, tags::REFERRING_PHYSICIAN_NAME, VR::PN, &source.referring_physician_name);
}

/// Segmentation Series and Enhanced General Equipment modules (C.8.20.1, C.7.5.2), and Content Identification (10-12).
pub(super) fn put_series_and_equipment(object: &mut InMemDicomObject, options: &SegOptions, identity: &SegIdentity) {
    put_text(object, tags::MODALITY, VR::CS, "SEG");
    put_text(object, tags::SERIES_INSTANCE_UID, VR::UI, &identity.series_instance_uid);
    put_text(object, tags::SERIES_NUMBER, VR::IS, &options.series_number.to_string());
    put_text(object, tags::SERIES_DATE, VR::DA, &identity.date);
    put_text(object, tags::SERIES_TIME, VR::TM, &identity.time);
    put_known_text(object, tags::SERIES_DESCRIPTION, VR::LO, &typed_text(&options.series_description));
    put_text(object, tags::MANUFACTURER, VR::LO, "Hepatica");
    put_text(object, tags::MANUFACTURER_MODEL_NAME, VR::LO, "Hepatica");
    put_text(object, tags::DEVICE_SERIAL_NUMBER, VR::LO, "0");
    put_text(object, tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION"));
    put_text(object, tags::INSTANCE_NUMBER, VR::IS, "1");
    put_text(object, tags::CONTENT_LABEL, VR::CS, "LIVER_VOI");
    // Plain ASCII, so that no reader stumbles over the dash.
    put_text(object, tags::CONTENT_DESCRIPTION, VR::LO, &RESEARCH_USE_ONLY.replace('–', "-"));
    put_text(object, tags::CONTENT_CREATOR_NAME, VR::PN, &person(&options.creator));
}

/// Frame of Reference module (C.7.4.1).
pub(in crate::dicom) fn put_frame_of_reference(
    object: &mut InMemDicomObject,
    source: &SegSource,
    warnings: &mut Warnings,
) {
    let uid = &source.frame_of_reference_uid;
    put_uid(object, tags::FRAME_OF_REFERENCE_UID, uid, "Frame of Reference UID", warnings);
    put_text(object, tags::POSITION_REFERENCE_INDICATOR, VR::LO, one_text(&source.position_reference_indicator, LONG));
}

/// Common Instance Reference module (C.12.2): the series drawn on, with every image of it.
pub(super) fn put_references(object: &mut InMemDicomObject, source: &SegSource, warnings: &mut Warnings) {
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
pub(in crate::dicom) fn reference_to(source: &SegSource, image: &SourceImage, with_frame: bool) -> InMemDicomObject {
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
pub(super) fn put_image(
    object: &mut InMemDicomObject,
    grid: &Geometry,
    identity: &SegIdentity,
) -> Result<(), SegError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readers_name_becomes_one_value() {
        assert_eq!(person("Reader^One"), "Reader^One");
        assert_eq!(person("Müller, Anna"), "Müller^Anna");
        assert_eq!(person(" a\\b=c\n "), "abc");
        assert_eq!(person(""), "");
        assert_eq!(person(&"x".repeat(100)).len(), 64);
        assert_eq!(person(&"ü".repeat(100)).len(), 64);
        assert_eq!(person("Li, Wei, , Dr, MD, PhD"), "Li^Wei^^Dr^MD PhD");
    }

    #[test]
    fn a_typed_text_is_one_value_that_fits() {
        assert_eq!(typed_text(" Liver\\VOI\n2 "), "Liver VOI 2");
        assert_eq!(typed_text(&"ä".repeat(100)), "ä".repeat(32));
        assert_eq!(typed_text(&format!("{} second", "x".repeat(63))), "x".repeat(63));
    }
}
