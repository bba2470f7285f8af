//! Writing a label map as a DICOM Segmentation of type BINARY (PS3.3 A.51, C.8.20; Explicit VR Little Endian).
//!
//! One segment for each label with voxels, in the order liver, vessel, lesion, caudate lobe, VOI; one frame for each slice of
//! a segment with voxels. Slices without voxels are left out: their place is known from the positions of the others and
//! from the series referred to. Multi-frame dimensions are segment number and position (C.7.6.17).

use std::io;
use std::path::Path;

use dicom_core::VR;
use dicom_core::chrono::Local;
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

use super::SegError;
use super::elements::put_text;
use super::frames::{put_dimensions, put_frames};
use super::header::{
    put_frame_of_reference, put_image, put_patient_and_study, put_references, put_series_and_equipment,
};
use super::plan::{overlap, put_segments, segments_of};
use super::source::SegSource;
use crate::base::{Warnings, check_free, write_atomically};
use crate::volume::LabelMap;

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
pub(super) fn new_uid() -> String {
    use std::hash::BuildHasher;
    // The standard library seeds each of its hashers' states from the system's randomness.
    let half = || u128::from(std::hash::RandomState::new().hash_one(std::time::SystemTime::now()));
    let uuid = (half() << 64 | half()) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    format!("2.25.{uuid}")
}
