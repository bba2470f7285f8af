//! Writing a label map as a DICOM Segmentation of type BINARY (PS3.3 A.51, C.8.20; Explicit VR Little Endian).
//!
//! One segment for each label with voxels, in the order liver, vessel, lesion, caudate lobe, VOI; one frame for each slice of
//! a segment with voxels. Slices without voxels are left out: their place is known from the positions of the others and
//! from the series referred to. Multi-frame dimensions are segment number and position (C.7.6.17).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use dicom_core::VR;
use dicom_core::chrono::Local;
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use ndarray::Array3;

use super::elements::{n_elements, put_text};
use super::frames::{put_dimensions, put_frames};
use super::header::{
    put_frame_of_reference, put_image, put_patient_and_study, put_references, put_series_and_equipment,
};
use super::plan::{overlap, planned, put_segments};
use super::read::written_bits;
use super::source::SegSource;
use super::{MAX_ELEMENTS, SegError};
use crate::base::{Warnings, by_the_system, check_free, write_checked};
use crate::volume::{Geometry, Label, LabelMap, VoiSegment, differing_voxels};

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

impl DrawnBy {
    /// Every label in the same way.
    pub fn all(self) -> BTreeMap<Label, DrawnBy> {
        Label::ALL.into_iter().map(|label| (label, self.clone())).collect()
    }
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
#[derive(Debug, Clone, PartialEq)]
pub struct SegOptions {
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Series Number (0020,0011).
    pub series_number: u16,
    /// Content Creator's Name (0070,0084); may be empty.
    pub creator: String,
    /// How each label came about; by hand alone where nothing is said.
    pub drawn_by: BTreeMap<Label, DrawnBy>,
    /// The volume of interest as a segment of its own.
    pub voi: VoiSegment,
    /// Identity and time; `None` for new ones.
    pub identity: Option<SegIdentity>,
}

impl Default for SegOptions {
    fn default() -> Self {
        Self {
            series_description: "Liver VOI (research use only)".to_owned(),
            series_number: 901,
            creator: String::new(),
            drawn_by: BTreeMap::new(),
            voi: VoiSegment::OfLabels,
            identity: None,
        }
    }
}

/// Writes the label map as a segmentation of the series `source`, whose images are the slices of the label map in order.
///
/// Identifiers that the source lacks are made up and warned of, since the object must have them. Nothing is replaced
/// without `force`, and nothing before the written object was read back and every voxel of every segment compared.
pub fn write(
    path: &Path,
    label_map: &LabelMap,
    source: &SegSource,
    options: &SegOptions,
    force: bool,
) -> Result<Warnings, SegError> {
    check_free(path, force)?;
    let (bits, segments) = planned(label_map, source, &options.voi)?;
    let mut warnings = Warnings::new();
    let identity = options.identity.clone().unwrap_or_else(new_identity);

    let mut object = InMemDicomObject::new_empty();
    put_patient_and_study(&mut object, source, &mut warnings);
    put_series_and_equipment(&mut object, options, &identity);
    put_frame_of_reference(&mut object, source, &mut warnings);
    put_references(&mut object, source, &mut warnings);
    put_image(&mut object, label_map.geometry(), &identity)?;
    put_segments(&mut object, &segments, options);
    put_text(&mut object, tags::SEGMENTS_OVERLAP, VR::CS, if overlap(&bits) { "YES" } else { "NO" });
    put_dimensions(&mut object, &identity.dimension_organization_uid);
    put_frames(&mut object, (label_map.geometry(), &bits), &segments, source)?;
    let n = n_elements(&object);
    if n > MAX_ELEMENTS {
        return Err(SegError::TooLarge(format!("{n} elements and items; at most {MAX_ELEMENTS} are read again")));
    }

    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::SEGMENTATION_STORAGE)
        .media_storage_sop_instance_uid(identity.sop_instance_uid.as_str());
    let check = |written: &Path| compare(written, label_map.geometry(), source, &bits);
    write_checked(path, force, |writer| put_object(object, meta, writer), check)?;
    Ok(warnings)
}

/// Reads back what was written, voxel by voxel.
fn compare(written: &Path, grid: &Geometry, source: &SegSource, bits: &Array3<u8>) -> Result<(), String> {
    let read = written_bits(written, grid, source).map_err(|error| error.to_string())?;
    match differing_voxels(&read, bits) {
        0 => Ok(()),
        n => Err(format!("{n} voxels differ")),
    }
}

pub(in crate::dicom) fn put_object(
    object: InMemDicomObject,
    meta: FileMetaTableBuilder,
    writer: &mut dyn Write,
) -> io::Result<()> {
    object.with_meta(meta).map_err(io::Error::other)?.write_all(writer).map_err(by_the_system)
}

pub(in crate::dicom) fn new_identity() -> SegIdentity {
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
pub(in crate::dicom) fn new_uid() -> String {
    use std::hash::BuildHasher;
    // The standard library seeds each of its hashers' states from the system's randomness.
    let half = || u128::from(std::hash::RandomState::new().hash_one(std::time::SystemTime::now()));
    let uuid = (half() << 64 | half()) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    format!("2.25.{uuid}")
}

#[cfg(test)]
mod tests {
    use super::super::super::part10::read_header_within;
    use super::super::super::stream::Stream;
    use super::super::super::walk::Limits;
    use super::super::elements::put_items;
    use super::*;

    /// A file meta group for a segmentation.
    fn meta() -> FileMetaTableBuilder {
        FileMetaTableBuilder::new()
            .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
            .media_storage_sop_class_uid(uids::SEGMENTATION_STORAGE)
            .media_storage_sop_instance_uid("2.25.1")
    }

    fn object() -> InMemDicomObject {
        let mut inner = InMemDicomObject::new_empty();
        put_text(&mut inner, tags::CODE_VALUE, VR::SH, "1");
        let mut item = InMemDicomObject::new_empty();
        put_items(&mut item, tags::CONCEPT_NAME_CODE_SEQUENCE, vec![inner.clone(), inner]);
        let mut object = InMemDicomObject::new_empty();
        put_text(&mut object, tags::SOP_CLASS_UID, VR::UI, uids::SEGMENTATION_STORAGE);
        put_items(&mut object, tags::CONTENT_SEQUENCE, vec![item]);
        object
    }

    #[test]
    fn elements_are_counted_as_the_reader_counts_them() {
        // Two elements at the top, an item with one, and two items with one each.
        assert_eq!(n_elements(&object()), 2 + (1 + 1) + 2 * (1 + 1));
        let mut bytes = Vec::new();
        put_object(object(), meta(), &mut bytes).unwrap();
        let read = |elements| {
            let limits = Limits { elements, ..Limits::default() };
            read_header_within(Stream::read_from(&bytes[..], bytes.len() as u64), limits)
        };
        assert!(read(n_elements(&object())).is_ok());
        assert!(read(n_elements(&object()) - 1).unwrap_err().to_string().contains("more than 7 elements"));
    }

    #[test]
    fn a_full_disk_is_named() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::StorageFull, "No space left on device"))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let refused = put_object(object(), meta(), &mut Full).unwrap_err();
        assert_eq!(
            (refused.kind(), refused.to_string().as_str()),
            (io::ErrorKind::StorageFull, "No space left on device")
        );
    }
}
