//! From a header to what grouping needs, or the reason why the file is no part of a volume.
//!
//! Only CT Image Storage and Enhanced CT Image Storage with a complete geometry and rescale are taken (PS3.3 A.3, A.38);
//! what is missing is never replaced by a default.

use std::sync::Arc;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use super::attributes::{Attributes, missing, named};
use super::image::{ImageFile, image_file};
use super::origin::Origin;
use super::part10::Header;
use super::{Acquisition, FileFault, Frame, Patient, Rescale, Study};

/// Spacing that a CT image can have, mm.
const SPACING_MM: std::ops::RangeInclusive<f64> = 1e-3..=100.0;
/// How far a direction cosine vector may be from unit length, and the two from a right angle.
const DIRECTION_TOLERANCE: f64 = 1e-2;
/// Rescale beyond this gives no HU.
const MAX_RESCALE: f64 = 1e6;
/// Positions beyond this are not of a patient, mm.
const MAX_POSITION_MM: f64 = 1e5;

/// What the headers of one file say.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) frames: Vec<FrameRecord>,
}

/// A frame with what it takes to group and split.
#[derive(Debug, Clone)]
pub(super) struct FrameRecord {
    pub(super) frame: Frame,
    pub(super) info: Arc<FileInfo>,
    /// Acquisition Number, Temporal Position, Acquisition Time, Content Time: in this order they are tried to tell apart
    /// frames at one place.
    pub(super) splitters: [String; 4],
}

/// What all frames of a file share.
#[derive(Debug, Clone, Default)]
pub(super) struct FileInfo {
    pub(super) patient: Patient,
    pub(super) study: Study,
    pub(super) series_uid: String,
    pub(super) series_number: Option<i64>,
    pub(super) description: String,
    pub(super) sop_class_uid: String,
    pub(super) frame_of_reference_uid: String,
    pub(super) position_reference_indicator: String,
    pub(super) acquisition: Acquisition,
    pub(super) photometric: String,
    pub(super) size: [usize; 2],
    pub(super) lossy: Option<Lossy>,
    pub(super) rescale_type: String,
    /// The folder that the file is in; it stands in for a Series Instance UID that is empty.
    pub(super) folder: String,
    pub(super) oddities: Vec<String>,
}

/// How a file's pixels were compressed with loss.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lossy {
    pub(super) how: String,
    /// Lossy Image Compression Ratio (0028,2112).
    pub(super) ratio: Option<f64>,
}

/// Why a file is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// Nothing is wrong with it, but it is no image of a volume.
    NotOfAVolume(String),
    Damaged(FileFault),
}

impl From<FileFault> for LeftOut {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::NotDicom => Self::NotOfAVolume(fault.to_string()),
            fault => Self::Damaged(fault),
        }
    }
}

/// Takes a header apart.
pub(super) fn record(origin: &Origin, mut header: Header) -> Result<Record, LeftOut> {
    let (enhanced, oddity) = accept(&header.attributes(), &header.media_class)?;
    header.oddities.extend(oddity);
    let a = header.attributes();
    let geometry = if enhanced { enhanced_frames(&a)? } else { vec![classic_frame(&a)?] };
    let mut info = file_info(&a);
    if info.sop_class_uid.is_empty() {
        let class = if enhanced { uids::ENHANCED_CT_IMAGE_STORAGE } else { uids::CT_IMAGE_STORAGE };
        info.sop_class_uid = class.to_owned();
    }
    info.folder = origin.path().parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let file = image_file(origin, &mut header)?;
    if file.frames as usize != geometry.len() {
        return Err(LeftOut::Damaged(FileFault::Attribute(format!(
            "{} says {} frames, but {} are described",
            named(tags::NUMBER_OF_FRAMES),
            file.frames,
            geometry.len()
        ))));
    }
    info.size = [file.layout.columns, file.layout.rows];
    info.lossy = lossy(&header.attributes(), &file);
    info.oddities = std::mem::take(&mut header.oddities);
    let (info, file) = (Arc::new(info), Arc::new(file));
    let frames = geometry
        .into_iter()
        .enumerate()
        .map(|(index, described)| described.into_record(&file, &info, index as u32))
        .collect();
    Ok(Record { frames })
}

/// Whether this is an Enhanced CT (`true`) or a CT image (`false`), and what is odd about it; anything else is left out.
fn accept(a: &Attributes<'_>, media_class: &str) -> Result<(bool, Option<String>), LeftOut> {
    let own_class = a.ascii(tags::SOP_CLASS_UID);
    let mut class = if own_class.is_empty() { media_class.to_owned() } else { own_class };
    let mut oddity = None;
    if class == uids::MEDIA_STORAGE_DIRECTORY_STORAGE || a.has(tags::DIRECTORY_RECORD_SEQUENCE) {
        return Err(LeftOut::NotOfAVolume("a DICOMDIR; the files beside it are read themselves".into()));
    }
    if class.is_empty() {
        // Some archives blank every UID. An empty attribute of a CT image is one thing, a missing one another.
        if !a.has(tags::SOP_CLASS_UID) || !a.has(tags::IMAGE_POSITION_PATIENT) {
            return Err(missing(tags::SOP_CLASS_UID).into());
        }
        oddity = Some("SOP Class UID is empty: taken for a CT image by its modality and geometry".to_owned());
        class = uids::CT_IMAGE_STORAGE.to_owned();
    }
    let enhanced = class == uids::ENHANCED_CT_IMAGE_STORAGE;
    let modality = a.ascii(tags::MODALITY);
    if !enhanced && class != uids::CT_IMAGE_STORAGE {
        return Err(LeftOut::NotOfAVolume(format!(
            "{} (modality {}), not a CT image",
            kind_of(&class),
            or_unknown(&modality)
        )));
    }
    if modality != "CT" {
        return Err(LeftOut::NotOfAVolume(format!("its modality is {}, not CT", or_unknown(&modality))));
    }
    let samples = a.needed_word(tags::SAMPLES_PER_PIXEL)?;
    let photometric = a.ascii(tags::PHOTOMETRIC_INTERPRETATION);
    if samples != 1 || !matches!(photometric.as_str(), "MONOCHROME1" | "MONOCHROME2") {
        return Err(LeftOut::NotOfAVolume(format!(
            "a picture in {} with {samples} sample(s) a pixel, not CT values",
            or_unknown(&photometric)
        )));
    }
    if a.codes(tags::IMAGE_TYPE).iter().any(|code| code == "LOCALIZER") {
        return Err(LeftOut::NotOfAVolume("a localizer (scout)".into()));
    }
    Ok((enhanced, oddity))
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

/// What kind of object a SOP class is, for those that lie beside CT images most often.
fn kind_of(class: &str) -> String {
    let kind = match class {
        uids::BASIC_TEXT_SR_STORAGE
        | uids::ENHANCED_SR_STORAGE
        | uids::COMPREHENSIVE_SR_STORAGE
        | uids::COMPREHENSIVE3_DSR_STORAGE => "a structured report",
        uids::X_RAY_RADIATION_DOSE_SR_STORAGE => "a dose report",
        uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE => "a selection of key images",
        uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE => "a presentation state",
        uids::RT_STRUCTURE_SET_STORAGE => "an RT structure set",
        uids::RT_PLAN_STORAGE => "an RT plan",
        uids::RT_DOSE_STORAGE => "an RT dose",
        uids::SEGMENTATION_STORAGE => "a segmentation",
        uids::SECONDARY_CAPTURE_IMAGE_STORAGE => "a secondary capture",
        uids::ENCAPSULATED_PDF_STORAGE => "a PDF document",
        uids::RAW_DATA_STORAGE => "raw data",
        uids::MR_IMAGE_STORAGE | uids::ENHANCED_MR_IMAGE_STORAGE => "an MR image",
        uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE => "a PET image",
        uids::ULTRASOUND_IMAGE_STORAGE => "an ultrasound image",
        other => return format!("an object of SOP class {other}"),
    };
    kind.to_owned()
}

/// What a header says of one frame.
struct Described {
    position: [f64; 3],
    orientation: [f64; 6],
    pixel_spacing: [f64; 2],
    rescale: Rescale,
    splitters: [String; 4],
}

impl Described {
    fn into_record(self, file: &Arc<ImageFile>, info: &Arc<FileInfo>, index: u32) -> FrameRecord {
        let frame = Frame {
            file: Arc::clone(file),
            index,
            position: self.position,
            orientation: self.orientation,
            pixel_spacing: self.pixel_spacing,
            rescale: self.rescale,
        };
        FrameRecord { frame, info: Arc::clone(info), splitters: self.splitters }
    }
}

fn classic_frame(a: &Attributes<'_>) -> Result<Described, LeftOut> {
    for tag in [tags::IMAGE_POSITION_PATIENT, tags::IMAGE_ORIENTATION_PATIENT, tags::PIXEL_SPACING] {
        if a.ascii(tag).is_empty() {
            return Err(LeftOut::NotOfAVolume(format!("no geometry: {} is missing or empty", named(tag))));
        }
    }
    Ok(described(a, a, [a, a, a, a])?)
}

/// Frames of an Enhanced CT: a functional group of the frame goes before the shared one (PS3.3 C.7.6.16).
fn enhanced_frames(a: &Attributes<'_>) -> Result<Vec<Described>, LeftOut> {
    let shared = a.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let mut frames = Vec::new();
    for (number, own) in a.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).enumerate() {
        let group = |sequence: Tag| {
            own.item(sequence)
                .or_else(|| shared.and_then(|shared| shared.item(sequence)))
                .ok_or_else(|| FileFault::Attribute(format!("frame {} has no {}", number + 1, named(sequence))))
        };
        let frame_types = group(tags::CT_IMAGE_FRAME_TYPE_SEQUENCE).map(|item| item.codes(tags::FRAME_TYPE));
        if frame_types.is_ok_and(|codes| codes.iter().any(|code| code == "LOCALIZER")) {
            return Err(LeftOut::NotOfAVolume("a localizer (scout)".into()));
        }
        let position = group(tags::PLANE_POSITION_SEQUENCE)?;
        let orientation = group(tags::PLANE_ORIENTATION_SEQUENCE)?;
        let measures = group(tags::PIXEL_MEASURES_SEQUENCE)?;
        let transformation = group(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE)?;
        let content = group(tags::FRAME_CONTENT_SEQUENCE).unwrap_or(*a);
        frames.push(described(a, &content, [&position, &orientation, &measures, &transformation])?);
    }
    if frames.is_empty() {
        return Err(LeftOut::NotOfAVolume("no geometry: an Enhanced CT without frames described".into()));
    }
    Ok(frames)
}

/// One frame from the data set itself, its frame content, and where position, orientation, spacing and rescale stand.
fn described(
    top: &Attributes<'_>,
    content: &Attributes<'_>,
    [position, orientation, measures, transformation]: [&Attributes<'_>; 4],
) -> Result<Described, FileFault> {
    if transformation.has(tags::MODALITY_LUT_SEQUENCE) {
        return Err(FileFault::Unsupported("its HU are given by a Modality LUT Sequence (0028,3000)".into()));
    }
    let first_of = |candidates: [String; 2]| candidates.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Ok(Described {
        position: checked_position(position)?,
        orientation: checked_orientation(orientation)?,
        pixel_spacing: checked_spacing(measures)?,
        rescale: checked_rescale(transformation)?,
        splitters: [
            first_of([number(content.word(tags::FRAME_ACQUISITION_NUMBER)), top.ascii(tags::ACQUISITION_NUMBER)]),
            first_of([
                number(content.long(tags::TEMPORAL_POSITION_INDEX)),
                top.ascii(tags::TEMPORAL_POSITION_IDENTIFIER),
            ]),
            first_of([content.ascii(tags::FRAME_ACQUISITION_DATE_TIME), top.ascii(tags::ACQUISITION_TIME)]),
            top.ascii(tags::CONTENT_TIME),
        ],
    })
}

/// A number of a frame as the text by which frames are told apart; empty without one.
fn number(binary: Option<impl ToString>) -> String {
    binary.map_or_else(String::new, |number| number.to_string())
}

fn checked_position(a: &Attributes<'_>) -> Result<[f64; 3], FileFault> {
    let position = a.needed_decimals::<3>(tags::IMAGE_POSITION_PATIENT)?;
    if position.iter().any(|x| x.abs() > MAX_POSITION_MM) {
        return Err(FileFault::Attribute(format!(
            "{} lies more than 100 m from the origin",
            named(tags::IMAGE_POSITION_PATIENT)
        )));
    }
    Ok(position)
}

fn checked_orientation(a: &Attributes<'_>) -> Result<[f64; 6], FileFault> {
    let o = a.needed_decimals::<6>(tags::IMAGE_ORIENTATION_PATIENT)?;
    let dot = |p: usize, q: usize| o[p] * o[q] + o[p + 1] * o[q + 1] + o[p + 2] * o[q + 2];
    let off = |length_squared: f64| (length_squared.sqrt() - 1.0).abs() > DIRECTION_TOLERANCE;
    if off(dot(0, 0)) || off(dot(3, 3)) || dot(0, 3).abs() > DIRECTION_TOLERANCE {
        return Err(FileFault::Attribute(format!(
            "{} does not hold two unit vectors at a right angle",
            named(tags::IMAGE_ORIENTATION_PATIENT)
        )));
    }
    Ok(o)
}

fn checked_spacing(a: &Attributes<'_>) -> Result<[f64; 2], FileFault> {
    let spacing = a.needed_decimals::<2>(tags::PIXEL_SPACING)?;
    if spacing.iter().any(|mm| !SPACING_MM.contains(mm)) {
        return Err(FileFault::Attribute(format!(
            "{} of {} and {} mm is no spacing of a CT image",
            named(tags::PIXEL_SPACING),
            spacing[0],
            spacing[1]
        )));
    }
    Ok(spacing)
}

fn checked_rescale(a: &Attributes<'_>) -> Result<Rescale, FileFault> {
    let [slope] = a.needed_decimals::<1>(tags::RESCALE_SLOPE)?;
    let [intercept] = a.needed_decimals::<1>(tags::RESCALE_INTERCEPT)?;
    if slope == 0.0 || slope.abs() > MAX_RESCALE {
        return Err(FileFault::Attribute(format!("{} {slope} gives no HU", named(tags::RESCALE_SLOPE))));
    }
    if intercept.abs() > MAX_RESCALE {
        return Err(FileFault::Attribute(format!("{} {intercept:e} gives no HU", named(tags::RESCALE_INTERCEPT))));
    }
    Ok(Rescale { slope, intercept })
}

fn lossy(a: &Attributes<'_>, file: &ImageFile) -> Option<Lossy> {
    let ratio = a.first_decimal(tags::LOSSY_IMAGE_COMPRESSION_RATIO).filter(|&ratio| ratio > 0.0);
    let how = match file.syntax.lossy {
        true => file.syntax.name,
        false if a.ascii(tags::LOSSY_IMAGE_COMPRESSION) == "01" => "compressed with loss before it was stored",
        false => return None,
    };
    Some(Lossy { how: how.to_owned(), ratio })
}

fn file_info(a: &Attributes<'_>) -> FileInfo {
    let shared = a.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let first = a.item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let transformation = [Some(*a), shared, first]
        .into_iter()
        .flatten()
        .map(|group| group.item(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE).unwrap_or(group).ascii(tags::RESCALE_TYPE))
        .find(|text| !text.is_empty());
    FileInfo {
        patient: Patient {
            name: a.text(tags::PATIENT_NAME),
            id: a.text(tags::PATIENT_ID),
            id_issuer: a.text(tags::ISSUER_OF_PATIENT_ID),
            birth_date: a.ascii(tags::PATIENT_BIRTH_DATE),
            sex: a.ascii(tags::PATIENT_SEX),
            age: a.ascii(tags::PATIENT_AGE),
        },
        study: Study {
            instance_uid: a.ascii(tags::STUDY_INSTANCE_UID),
            date: a.ascii(tags::STUDY_DATE),
            time: a.ascii(tags::STUDY_TIME),
            id: a.text(tags::STUDY_ID),
            description: a.text(tags::STUDY_DESCRIPTION),
            accession_number: a.text(tags::ACCESSION_NUMBER),
            referring_physician: a.text(tags::REFERRING_PHYSICIAN_NAME),
        },
        series_uid: a.ascii(tags::SERIES_INSTANCE_UID),
        series_number: a.integer(tags::SERIES_NUMBER).unwrap_or(None),
        description: a.text(tags::SERIES_DESCRIPTION),
        sop_class_uid: a.ascii(tags::SOP_CLASS_UID),
        frame_of_reference_uid: a.ascii(tags::FRAME_OF_REFERENCE_UID),
        position_reference_indicator: a.text(tags::POSITION_REFERENCE_INDICATOR),
        acquisition: acquisition(a, [shared, first]),
        photometric: a.ascii(tags::PHOTOMETRIC_INTERPRETATION),
        rescale_type: transformation.unwrap_or_default(),
        ..FileInfo::default()
    }
}

fn acquisition(a: &Attributes<'_>, groups: [Option<Attributes<'_>>; 2]) -> Acquisition {
    let in_groups = |sequence: Tag| groups.into_iter().flatten().find_map(|group| group.item(sequence));
    let reconstruction = in_groups(tags::CT_RECONSTRUCTION_SEQUENCE).unwrap_or(*a);
    let measures = in_groups(tags::PIXEL_MEASURES_SEQUENCE).unwrap_or(*a);
    let usage = in_groups(tags::CONTRAST_BOLUS_USAGE_SEQUENCE).unwrap_or(*a);
    let agent = match a.item(tags::CONTRAST_BOLUS_AGENT_SEQUENCE) {
        Some(item) if !a.has(tags::CONTRAST_BOLUS_AGENT) => Some(item.text(tags::CODE_MEANING)),
        _ => a.has(tags::CONTRAST_BOLUS_AGENT).then(|| a.text(tags::CONTRAST_BOLUS_AGENT)),
    };
    let time = a.ascii(tags::ACQUISITION_TIME);
    let start = a.ascii(tags::CONTRAST_BOLUS_START_TIME);
    Acquisition {
        modality: a.ascii(tags::MODALITY),
        image_type: a.codes(tags::IMAGE_TYPE),
        protocol: a.text(tags::PROTOCOL_NAME),
        kernel: reconstruction.text(tags::CONVOLUTION_KERNEL),
        body_part: a.text(tags::BODY_PART_EXAMINED),
        manufacturer: a.text(tags::MANUFACTURER),
        model: a.text(tags::MANUFACTURER_MODEL_NAME),
        slice_thickness_mm: measures.first_decimal(tags::SLICE_THICKNESS).filter(|&mm| mm > 0.0),
        number: a.ascii(tags::ACQUISITION_NUMBER),
        date: a.ascii(tags::ACQUISITION_DATE),
        delay_s: seconds_of_day(&time).zip(seconds_of_day(&start)).map(|(at, start)| at - start),
        time,
        contrast_agent: agent,
        contrast_phase: usage.ascii(tags::CONTRAST_BOLUS_AGENT_PHASE),
    }
}

/// Seconds since midnight of a TM value, `HHMMSS.FFFFFF` with parts that may be missing at the end, or with colons.
pub(super) fn seconds_of_day(time: &str) -> Option<f64> {
    let time = time.replace(':', "");
    let part = |from: usize| match time.get(from..from + 2) {
        Some(digits) => digits.parse::<u32>().ok(),
        None => Some(0),
    };
    let hours = time.get(..2)?.parse::<u32>().ok()?;
    let fraction = match time.get(6..) {
        Some(rest) if !rest.is_empty() => format!("0{rest}").parse::<f64>().ok()?,
        _ => 0.0,
    };
    Some(f64::from(hours * 3600 + part(2)? * 60 + part(4)?) + fraction)
}

/// Frames of files that are nowhere, at these positions, for tests of what only looks at headers.
#[cfg(test)]
pub(super) fn frames_at(positions: &[[f64; 3]]) -> Vec<FrameRecord> {
    let info = Arc::new(FileInfo { size: [4, 3], ..FileInfo::default() });
    let frames = super::series::frames_for_tests(positions.len());
    let placed = frames.into_iter().zip(positions);
    placed
        .map(|(frame, &position)| FrameRecord {
            frame: Frame { position, ..frame },
            info: Arc::clone(&info),
            splitters: std::array::from_fn(|_| String::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_length_are_read() {
        assert_eq!(seconds_of_day("102012.5"), Some(37212.5));
        assert_eq!(seconds_of_day("10:20:12"), Some(37212.0));
        assert_eq!(seconds_of_day("1020"), Some(37200.0));
        assert_eq!(seconds_of_day("10"), Some(36000.0));
        assert_eq!(seconds_of_day(""), None);
        assert_eq!(seconds_of_day("late"), None);
    }
}
