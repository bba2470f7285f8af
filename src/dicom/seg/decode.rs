//! A segmentation object taken apart and checked: its segments, where its frames lie, and their voxels.
//!
//! It deliberately knows nothing of the image that the segmentation is to be laid over.

use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::{DefaultDicomObject, InMemDicomObject};

use super::elements::{code, decimals, first_item, integer, items, text};
use super::{SegError, Segment, bits, rle};

/// The most frames that are read: each segment on each slice of a long series, and then some.
const MAX_FRAMES: usize = 100_000;
/// The most bytes of voxels, decoded: 32,000 frames of 512 x 512 bits.
const MAX_VOXEL_BYTES: usize = 1 << 30;

/// A segmentation, its numbers checked against each other.
pub(super) struct SegObject {
    pub segments: Vec<Segment>,
    pub frames: Vec<Frame>,
    pub rows: usize,
    pub columns: usize,
    pub frame_of_reference_uid: String,
    pub referenced_series_uids: Vec<String>,
    kind: Kind,
    voxels: Vec<u8>,
}

/// Where a frame lies, and whose it is.
pub(super) struct Frame {
    /// The segment that its voxels belong to; `None` where the voxels themselves say.
    pub segment: Option<u16>,
    /// Centre of the first voxel, in mm.
    pub position: [f64; 3],
    /// Unit vectors along a row and along a column.
    pub directions: [[f64; 3]; 2],
    /// Distance between rows and between columns, in mm.
    pub spacing_mm: [f64; 2],
}

/// How voxels are kept.
#[derive(Clone, Copy)]
enum Kind {
    /// One bit a voxel.
    Binary,
    /// One byte a voxel: 0, or this for inside.
    Full(u8),
    /// One segment number a voxel, in this many bytes.
    Numbers { bytes: usize },
}

/// Reads a segmentation from a file.
pub(super) fn open(path: &Path) -> Result<SegObject, SegError> {
    let object = dicom_object::open_file(path).map_err(|error| SegError::Unreadable {
        path: path.to_owned(),
        problem: format!("not readable as DICOM: {error}"),
    })?;
    parse(&object).map_err(|problem| SegError::Unreadable { path: path.to_owned(), problem })
}

fn parse(object: &DefaultDicomObject) -> Result<SegObject, String> {
    let class = text(object, tags::SOP_CLASS_UID);
    if ![uids::SEGMENTATION_STORAGE, uids::LABEL_MAP_SEGMENTATION_STORAGE].contains(&class.as_str()) {
        let modality = text(object, tags::MODALITY);
        return Err(format!("not a DICOM segmentation (Modality {modality:?}, SOP class {class:?})"));
    }
    let side = |tag: Tag, name: &str| match integer(object, tag) {
        Some(n @ 1..=65_535) => Ok(n as usize),
        _ => Err(format!("{name} is missing or 0")),
    };
    let (rows, columns) = (side(tags::ROWS, "Rows (0028,0010)")?, side(tags::COLUMNS, "Columns (0028,0011)")?);
    let segments = parse_segments(object)?;
    let frames = parse_frames(object)?;
    let (kind, voxels) = parse_voxels(object, rows * columns, frames.len())?;
    if !matches!(kind, Kind::Numbers { .. }) && frames.iter().any(|frame| frame.segment.is_none()) {
        return Err("a frame does not say which segment it belongs to (Referenced Segment Number 0062,000B)".to_owned());
    }
    let references = items(object, tags::REFERENCED_SERIES_SEQUENCE).iter();
    Ok(SegObject {
        segments,
        frames,
        rows,
        columns,
        frame_of_reference_uid: text(object, tags::FRAME_OF_REFERENCE_UID),
        referenced_series_uids: references.map(|series| text(series, tags::SERIES_INSTANCE_UID)).collect(),
        kind,
        voxels,
    })
}

/// Segment Sequence (PS3.3 C.8.20.4), without the background that LABELMAP objects may list as number 0.
fn parse_segments(object: &InMemDicomObject) -> Result<Vec<Segment>, String> {
    let mut segments: Vec<Segment> = Vec::new();
    for (index, item) in items(object, tags::SEGMENT_SEQUENCE).iter().enumerate() {
        let number = integer(item, tags::SEGMENT_NUMBER).and_then(|number| u16::try_from(number).ok());
        let number = number.ok_or(format!("segment item {} has no Segment Number (0062,0004)", index + 1))?;
        if segments.iter().any(|segment| segment.number == number) {
            return Err(format!("two segments have the number {number}"));
        }
        if number != 0 {
            segments.push(Segment {
                number,
                label: text(item, tags::SEGMENT_LABEL),
                property: code(item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE),
                region: code(item, tags::ANATOMIC_REGION_SEQUENCE),
            });
        }
    }
    if segments.is_empty() {
        return Err("the Segment Sequence (0062,0002) is missing or empty".to_owned());
    }
    Ok(segments)
}

/// The functional groups of each frame, its own before the shared ones (PS3.3 C.7.6.16).
fn parse_frames(object: &InMemDicomObject) -> Result<Vec<Frame>, String> {
    let shared = first_item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let per_frame = items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let n_frames = integer(object, tags::NUMBER_OF_FRAMES).unwrap_or(1);
    if usize::try_from(n_frames) != Ok(per_frame.len()) || per_frame.is_empty() {
        let described = per_frame.len();
        return Err(format!("Number of Frames (0028,0008) is {n_frames}, but {described} frames are described"));
    }
    if per_frame.len() > MAX_FRAMES {
        return Err(format!("{} frames; at most {MAX_FRAMES} are read", per_frame.len()));
    }
    let frames = per_frame.iter().zip(1usize..).map(|(own, number)| {
        let group = |tag: Tag| first_item(own, tag).or_else(|| first_item(shared?, tag));
        let missing = |what: &str| format!("frame {number} has no {what}");
        let position = group(tags::PLANE_POSITION_SEQUENCE)
            .and_then(|plane| decimals(plane, tags::IMAGE_POSITION_PATIENT))
            .ok_or_else(|| missing("Image Position (0020,0032): only segmentations of slices in a patient are read"))?;
        let [a, b, c, d, e, f] = group(tags::PLANE_ORIENTATION_SEQUENCE)
            .and_then(|plane| decimals(plane, tags::IMAGE_ORIENTATION_PATIENT))
            .ok_or_else(|| missing("Image Orientation (0020,0037)"))?;
        let spacing_mm = group(tags::PIXEL_MEASURES_SEQUENCE)
            .and_then(|measures| decimals(measures, tags::PIXEL_SPACING))
            .ok_or_else(|| missing("Pixel Spacing (0028,0030)"))?;
        let segment = group(tags::SEGMENT_IDENTIFICATION_SEQUENCE)
            .and_then(|identification| integer(identification, tags::REFERENCED_SEGMENT_NUMBER))
            .and_then(|number| u16::try_from(number).ok());
        Ok(Frame { segment, position, directions: [[a, b, c], [d, e, f]], spacing_mm })
    });
    frames.collect()
}

/// Kind and bytes of the voxels, of which there are as many as the frames need.
fn parse_voxels(object: &DefaultDicomObject, n_voxels: usize, n_frames: usize) -> Result<(Kind, Vec<u8>), String> {
    let allocated = integer(object, tags::BITS_ALLOCATED).unwrap_or(0);
    let declared = text(object, tags::SEGMENTATION_TYPE);
    let kind = match (declared.as_str(), allocated) {
        ("BINARY", 1) => Kind::Binary,
        ("LABELMAP", 8) => Kind::Numbers { bytes: 1 },
        ("LABELMAP", 16) => Kind::Numbers { bytes: 2 },
        ("FRACTIONAL", 8) => match integer(object, tags::MAXIMUM_FRACTIONAL_VALUE) {
            Some(maximum @ 1..=255) => Kind::Full(maximum as u8),
            _ => return Err("Maximum Fractional Value (0062,000E) is missing".to_owned()),
        },
        _ => {
            return Err(format!(
                "Segmentation Type {declared:?} with {allocated} bits a voxel is not read; export it as BINARY"
            ));
        }
    };
    let bytes_per_voxel = match kind {
        Kind::Binary => None,
        Kind::Full(_) => Some(1),
        Kind::Numbers { bytes } => Some(bytes),
    };
    let n_all = n_voxels.checked_mul(n_frames);
    let n_bytes = match bytes_per_voxel {
        None => n_all.map(|n| n.div_ceil(8)),
        Some(bytes) => n_all.and_then(|n| n.checked_mul(bytes)),
    };
    let n_bytes = n_bytes.filter(|&n| n <= MAX_VOXEL_BYTES);
    let n_bytes = n_bytes.ok_or_else(|| format!("{n_frames} frames of {n_voxels} voxels; at most 1 GiB is read"))?;
    let voxels = match bytes_per_voxel {
        Some(bytes) if object.meta().transfer_syntax() == uids::RLE_LOSSLESS => {
            run_length_coded_bytes(object, n_voxels, bytes, n_frames)?
        }
        _ => pixel_bytes(object)?,
    };
    if voxels.len() < n_bytes {
        return Err(format!(
            "the Pixel Data hold {} bytes where {n_bytes} are needed; the file is cut off",
            voxels.len()
        ));
    }
    if let Kind::Full(maximum) = kind
        && voxels.iter().take(n_bytes).any(|&value| value != 0 && value != maximum)
    {
        let what = text(object, tags::SEGMENTATION_FRACTIONAL_TYPE).to_lowercase();
        return Err(format!(
            "a fractional segmentation ({what}) with values between 0 and full; no threshold is chosen here: export it as \
             BINARY"
        ));
    }
    Ok((kind, voxels))
}

fn pixel_bytes(object: &DefaultDicomObject) -> Result<Vec<u8>, String> {
    let syntax = object.meta().transfer_syntax();
    let plain =
        [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN];
    if !plain.contains(&syntax) {
        return Err(format!("segmentations in transfer syntax {syntax} are not read; export it uncompressed"));
    }
    let element = object.get(tags::PIXEL_DATA).ok_or("the Pixel Data (7FE0,0010) are missing")?;
    let bytes = element.to_bytes().map_err(|_| "the Pixel Data (7FE0,0010) are not plain bytes")?;
    Ok(bytes.into_owned())
}

/// Each frame is one fragment (PS3.5 A.4.2).
fn run_length_coded_bytes(
    object: &InMemDicomObject,
    n_voxels: usize,
    bytes: usize,
    n_frames: usize,
) -> Result<Vec<u8>, String> {
    let fragments = object.get(tags::PIXEL_DATA).and_then(|element| element.fragments());
    let fragments = fragments.ok_or("the Pixel Data (7FE0,0010) are missing or not in fragments")?;
    if fragments.len() != n_frames {
        return Err(format!("{n_frames} frames, but {} fragments of Pixel Data", fragments.len()));
    }
    let mut all = Vec::new();
    for fragment in fragments {
        all.extend(rle::decode_frame(fragment, n_voxels, bytes)?);
    }
    Ok(all)
}

impl SegObject {
    /// Calls `each(index, segment number)` for every voxel of a frame that belongs to a segment; `index` counts through the
    /// frame row by row.
    pub(super) fn for_each_voxel(&self, frame: usize, mut each: impl FnMut(usize, u16)) {
        let n = self.rows * self.columns;
        let segment = self.frames.get(frame).and_then(|frame| frame.segment).unwrap_or(0);
        // The lengths were checked when the object was opened.
        let part = |bytes: usize| self.voxels.get(frame * n * bytes..(frame + 1) * n * bytes).unwrap_or_default();
        match self.kind {
            Kind::Binary => {
                let inside = bits::unpack(&self.voxels, frame * n, n).into_iter().flatten().enumerate();
                inside.filter(|&(_, inside)| inside).for_each(|(index, _)| each(index, segment));
            }
            Kind::Full(_) => {
                let inside = part(1).iter().enumerate().filter(|&(_, &value)| value != 0);
                inside.for_each(|(index, _)| each(index, segment));
            }
            Kind::Numbers { bytes: 1 } => {
                part(1).iter().enumerate().for_each(|(index, &number)| each(index, u16::from(number)));
            }
            Kind::Numbers { .. } => {
                let numbers = part(2).chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                numbers.enumerate().for_each(|(index, number)| each(index, number));
            }
        }
    }

    /// The segments in one line, for messages.
    pub(super) fn list(&self) -> String {
        let listed: Vec<String> = self.segments.iter().map(Segment::description).collect();
        listed.join(", ")
    }
}
