//! Writing a volume as a CT series: one CT Image Storage file a slice (PS3.3 A.3, C.8.2.1; Explicit VR Little Endian).
//!
//! Stored values are the HU themselves: signed 16 bits, Rescale Slope 1 and Intercept 0, so that what is read back is the same bit
//! for bit. Padding is stored as the lowest number and named by Pixel Padding Value. It deliberately invents no identifiers
//! from chance or clock: the caller gives them, [`named_uid`] makes them from a name. Volumes whose HU are no integers are
//! refused, since CT Image Storage holds integers alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dicom_core::{DataElement, PrimitiveValue, Tag, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use ndarray::Axis;
use rayon::prelude::*;

use super::seg::elements::{put_decimals, put_known_text, put_text, put_texts, put_u16};
use super::{Acquisition, Patient, Study};
use crate::base::{Cancelled, FileError, Progress, by_the_system, write_atomically};
use crate::volume::{Geometry, Volume, Voxels};

/// The stored value of voxels outside the field of view.
const PADDING: i16 = i16::MIN;

/// Why a series was not written.
#[derive(Debug, thiserror::Error)]
pub enum CtWriteError {
    /// HU are not integers, or do not fit 16 bits.
    #[error("series \"{0}\" has values that are no 16-bit integers, which a CT image cannot hold; export it as NIfTI")]
    NotIntegers(String),
    /// A slice is larger than DICOM can say.
    #[error("a slice of {0} x {1} voxels is larger than the 65535 a side that DICOM can hold")]
    TooLarge(usize, usize),
    /// The folder could not be made.
    #[error("the folder {} could not be made: {cause}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What a CT series says of itself, beside its voxels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CtHeader {
    /// Whose it is.
    pub patient: Patient,
    /// The study it belongs to.
    pub study: Study,
    /// Series Instance UID (0020,000E); SOP Instance UIDs are named after it.
    pub series_instance_uid: String,
    /// Series Number (0020,0011).
    pub series_number: i64,
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Frame of Reference UID (0020,0052): series of one frame of reference lie in one patient space.
    pub frame_of_reference_uid: String,
    /// Position Reference Indicator (0020,1040); may be empty.
    pub position_reference_indicator: String,
    /// How it was acquired. Image Type must begin with ORIGINAL or DERIVED, then PRIMARY or SECONDARY, then AXIAL or LOCALIZER.
    pub acquisition: Acquisition,
    /// Tube voltage in kV (0018,0060), where it is known.
    pub kvp: Option<f64>,
    /// Patient Position (0018,5100), such as `HFS`.
    pub patient_position: String,
    /// Image Comments (0020,4000); may be empty.
    pub comments: String,
    /// Window Center and Width (0028,1050/1051), where a display is proposed.
    pub window: Option<(f64, f64)>,
}

impl CtHeader {
    /// SOP Instance UID of the slice with that index, from 0 on.
    pub fn sop_instance_uid(&self, slice: usize) -> String {
        named_uid(&format!("{}/{}", self.series_instance_uid, slice + 1))
    }
}

/// An identifier below 2.25 (PS3.5 B.2) that belongs to a name: the same name always gives the same identifier.
///
/// The 128 bits are a hash of the name after Fowler, Noll and Vo (FNV-1a, with a shift for better mixing), with the version and variant of a custom UUID (RFC 9562, version 8).
pub fn named_uid(name: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    // Twice over, because the last bytes of a name reach few of the bits in one pass.
    for byte in name.bytes().chain(name.bytes()) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        hash ^= hash >> 67;
    }
    let uuid = hash & !(0xf << 76 | 0x3 << 62) | 0x8 << 76 | 0x2 << 62;
    format!("2.25.{uuid}")
}

/// Writes the volume as a CT series into `folder`, which is made if need be, one file a slice, `CT0001.dcm` on.
///
/// Files are written in parallel, each under a temporary name first. Nothing is replaced without `force`. The paths come
/// back in the order of the slices.
pub fn write_ct(
    folder: &Path,
    volume: &Volume,
    header: &CtHeader,
    force: bool,
    progress: &Progress,
) -> Result<Vec<PathBuf>, CtWriteError> {
    let Voxels::I16(voxels) = volume.voxels() else {
        return Err(CtWriteError::NotIntegers(header.series_description.clone()));
    };
    let [columns, rows, slices] = volume.geometry().size();
    let too_large = |_| CtWriteError::TooLarge(columns, rows);
    let size = [u16::try_from(columns).map_err(too_large)?, u16::try_from(rows).map_err(too_large)?];
    fs::create_dir_all(folder).map_err(|cause| CtWriteError::Folder { path: folder.to_owned(), cause })?;
    progress.begin(&format!("writing {}", header.series_description), slices);
    (0..slices)
        .into_par_iter()
        .map(|slice| {
            progress.check()?;
            let mut stored: Vec<i16> = voxels.index_axis(Axis(0), slice).iter().copied().collect();
            if let Some(padding) = volume.padding() {
                for (value, &outside) in stored.iter_mut().zip(padding.index_axis(Axis(0), slice)) {
                    *value = if outside { PADDING } else { *value };
                }
            }
            let mut object = image(header, volume.geometry(), slice);
            put_pixels(&mut object, size, &stored, volume.padding().is_some());
            let path = folder.join(format!("CT{:04}.dcm", slice + 1));
            save(&path, object, &header.sop_instance_uid(slice), force)?;
            progress.advance(1);
            Ok(path)
        })
        .collect()
}

fn save(path: &Path, object: InMemDicomObject, uid: &str, force: bool) -> Result<(), FileError> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::CT_IMAGE_STORAGE)
        .media_storage_sop_instance_uid(uid);
    write_atomically(path, force, |writer| {
        object.with_meta(meta).map_err(io::Error::other)?.write_all(writer).map_err(by_the_system)
    })
}

/// Everything of one slice but its pixels.
fn image(header: &CtHeader, grid: &Geometry, slice: usize) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    put_patient_and_study(&mut object, header);
    put_series_and_equipment(&mut object, header);
    put_acquisition(&mut object, header);
    put_plane(&mut object, header, grid, slice);
    object
}

/// Patient, General Study and Patient Study modules (C.7.1.1, C.7.2.1, C.7.2.2).
fn put_patient_and_study(object: &mut InMemDicomObject, header: &CtHeader) {
    let (patient, study) = (&header.patient, &header.study);
    put_text(object, tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
    put_text(object, tags::PATIENT_NAME, VR::PN, &patient.name);
    put_text(object, tags::PATIENT_ID, VR::LO, &patient.id);
    put_known_text(object, tags::ISSUER_OF_PATIENT_ID, VR::LO, &patient.id_issuer);
    put_text(object, tags::PATIENT_BIRTH_DATE, VR::DA, &patient.birth_date);
    put_text(object, tags::PATIENT_SEX, VR::CS, &patient.sex);
    put_known_text(object, tags::PATIENT_AGE, VR::AS, &patient.age);
    put_text(object, tags::STUDY_INSTANCE_UID, VR::UI, &study.instance_uid);
    put_text(object, tags::STUDY_DATE, VR::DA, &study.date);
    put_text(object, tags::STUDY_TIME, VR::TM, &study.time);
    put_text(object, tags::STUDY_ID, VR::SH, &study.id);
    put_known_text(object, tags::STUDY_DESCRIPTION, VR::LO, &study.description);
    put_text(object, tags::ACCESSION_NUMBER, VR::SH, &study.accession_number);
    put_text(object, tags::REFERRING_PHYSICIAN_NAME, VR::PN, &study.referring_physician);
}

/// General Series, Frame of Reference and General Equipment modules (C.7.3.1, C.7.4.1, C.7.5.1).
fn put_series_and_equipment(object: &mut InMemDicomObject, header: &CtHeader) {
    let acquisition = &header.acquisition;
    put_text(object, tags::MODALITY, VR::CS, "CT");
    put_text(object, tags::SERIES_INSTANCE_UID, VR::UI, &header.series_instance_uid);
    put_text(object, tags::SERIES_NUMBER, VR::IS, &header.series_number.to_string());
    put_known_text(object, tags::SERIES_DATE, VR::DA, &acquisition.date);
    put_known_text(object, tags::SERIES_TIME, VR::TM, &acquisition.time);
    put_known_text(object, tags::SERIES_DESCRIPTION, VR::LO, &header.series_description);
    put_known_text(object, tags::PROTOCOL_NAME, VR::LO, &acquisition.protocol);
    put_known_text(object, tags::BODY_PART_EXAMINED, VR::CS, &acquisition.body_part);
    put_text(object, tags::PATIENT_POSITION, VR::CS, &header.patient_position);
    put_text(object, tags::FRAME_OF_REFERENCE_UID, VR::UI, &header.frame_of_reference_uid);
    put_text(object, tags::POSITION_REFERENCE_INDICATOR, VR::LO, &header.position_reference_indicator);
    put_text(object, tags::MANUFACTURER, VR::LO, &acquisition.manufacturer);
    put_known_text(object, tags::MANUFACTURER_MODEL_NAME, VR::LO, &acquisition.model);
    put_text(object, tags::SOFTWARE_VERSIONS, VR::LO, concat!("Hepatica ", env!("CARGO_PKG_VERSION")));
}

/// General Acquisition, Contrast/Bolus and CT Image modules (C.7.10.1, C.7.6.4, C.8.2.1) as far as all slices share them.
fn put_acquisition(object: &mut InMemDicomObject, header: &CtHeader) {
    let acquisition = &header.acquisition;
    let image_type: Vec<&str> = acquisition.image_type.iter().map(String::as_str).collect();
    put_texts(object, tags::IMAGE_TYPE, VR::CS, &image_type);
    put_text(object, tags::ACQUISITION_NUMBER, VR::IS, &acquisition.number);
    put_known_text(object, tags::ACQUISITION_DATE, VR::DA, &acquisition.date);
    put_known_text(object, tags::ACQUISITION_TIME, VR::TM, &acquisition.time);
    put_known_text(object, tags::CONTENT_DATE, VR::DA, &acquisition.date);
    put_known_text(object, tags::CONTENT_TIME, VR::TM, &acquisition.time);
    put_known_text(object, tags::CONVOLUTION_KERNEL, VR::SH, &acquisition.kernel);
    match header.kvp {
        Some(kvp) => put_decimals(object, tags::KVP, &[kvp]),
        None => put_text(object, tags::KVP, VR::DS, ""),
    }
    if let Some(agent) = &acquisition.contrast_agent {
        put_text(object, tags::CONTRAST_BOLUS_AGENT, VR::LO, agent);
        let start = acquisition.delay_s.and_then(|delay_s| seconds_before(&acquisition.time, delay_s));
        put_known_text(object, tags::CONTRAST_BOLUS_START_TIME, VR::TM, &start.unwrap_or_default());
    }
    put_known_text(object, tags::IMAGE_COMMENTS, VR::LT, &header.comments);
    if let Some((centre, width)) = header.window {
        put_decimals(object, tags::WINDOW_CENTER, &[centre]);
        put_decimals(object, tags::WINDOW_WIDTH, &[width]);
    }
}

/// The time of day (`HHMMSS`, fractions dropped) that lies so many seconds earlier on the same day.
fn seconds_before(time: &str, delay_s: f64) -> Option<String> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u32>().ok();
    let seconds = number(0..2)? * 3600 + number(2..4)? * 60 + number(4..6)?;
    let start = seconds.checked_sub(delay_s.round() as u32)?;
    Some(format!("{:02}{:02}{:02}", start / 3600, start / 60 % 60, start % 60))
}

/// General Image, Image Plane and SOP Common modules (C.7.6.1, C.7.6.2, C.12.1).
fn put_plane(object: &mut InMemDicomObject, header: &CtHeader, grid: &Geometry, slice: usize) {
    let [column_mm, row_mm, _] = grid.spacing_mm();
    let [along_row, along_column, _] = grid.directions();
    let at = grid.patient_from_voxel([0.0, 0.0, slice as f64]);
    let [x, y] = [along_row, along_column];
    let normal = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    let location: f64 = normal.iter().zip(at).map(|(n, p)| n * p).sum();
    put_text(object, tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE);
    put_text(object, tags::SOP_INSTANCE_UID, VR::UI, &header.sop_instance_uid(slice));
    put_text(object, tags::INSTANCE_NUMBER, VR::IS, &(slice + 1).to_string());
    // Pixel Spacing is the distance between rows, then between columns.
    put_decimals(object, tags::PIXEL_SPACING, &[row_mm, column_mm]);
    put_decimals(object, tags::IMAGE_ORIENTATION_PATIENT, &[along_row, along_column].concat());
    put_decimals(object, tags::IMAGE_POSITION_PATIENT, &at);
    put_decimals(object, tags::SLICE_LOCATION, &[location]);
    let thickness = header.acquisition.slice_thickness_mm.unwrap_or(grid.slice_distance_mm());
    put_decimals(object, tags::SLICE_THICKNESS, &[thickness]);
}

/// Image Pixel module (C.7.6.3) and the rescale to HU.
fn put_pixels(object: &mut InMemDicomObject, [columns, rows]: [u16; 2], stored: &[i16], padded: bool) {
    put_u16(object, tags::SAMPLES_PER_PIXEL, 1);
    put_text(object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    put_u16(object, tags::ROWS, rows);
    put_u16(object, tags::COLUMNS, columns);
    put_u16(object, tags::BITS_ALLOCATED, 16);
    put_u16(object, tags::BITS_STORED, 16);
    put_u16(object, tags::HIGH_BIT, 15);
    put_u16(object, tags::PIXEL_REPRESENTATION, 1);
    if padded {
        put_i16(object, tags::PIXEL_PADDING_VALUE, PADDING);
    }
    put_decimals(object, tags::RESCALE_INTERCEPT, &[0.0]);
    put_decimals(object, tags::RESCALE_SLOPE, &[1.0]);
    put_text(object, tags::RESCALE_TYPE, VR::LO, "HU");
    let bytes: Vec<u8> = stored.iter().flat_map(|value| value.to_le_bytes()).collect();
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::from(bytes)));
}

fn put_i16(object: &mut InMemDicomObject, tag: Tag, value: i16) {
    object.put(DataElement::new(tag, VR::SS, dicom_value!(I16, [value])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_follows_from_its_name_and_fits_64_characters() {
        assert_eq!(named_uid("a"), named_uid("a"));
        assert_ne!(named_uid("a/1"), named_uid("a/2"));
        assert!(named_uid("a").len() <= 64);
        let bits: u128 = named_uid("a").strip_prefix("2.25.").unwrap().parse().unwrap();
        assert_eq!((bits >> 76 & 0xf, bits >> 62 & 0x3), (8, 2));
    }

    #[test]
    fn the_bolus_starts_before_the_acquisition() {
        assert_eq!(seconds_before("101000.25", 70.0).as_deref(), Some("100850"));
        assert_eq!(seconds_before("000010", 70.0), None);
        assert_eq!(seconds_before("", 70.0), None);
    }
}
