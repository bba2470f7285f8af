//! A segmentation object taken apart and checked: its segments, where its frames lie, and their voxels.
//!
//! It deliberately knows nothing of the image that the segmentation is to be laid over.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use super::super::FileFault;
use super::super::attributes::{Attributes, named};
use super::super::image::image_file;
use super::super::origin::Origin;
use super::super::part10::{Header, read_header_within};
use super::super::pixel;
use super::super::stream::{Stream, io_fault};
use super::super::walk::{Limits, Pixels};
use super::{Code, Fractions, MAX_ELEMENTS, MAX_FRAMES, MAX_VOXEL_BYTES, SegError, Segment, bits};

/// A segmentation, its numbers checked against each other.
pub(super) struct SegObject {
    pub segments: Vec<Segment>,
    pub frames: Vec<Frame>,
    pub rows: usize,
    pub columns: usize,
    pub frame_of_reference_uid: String,
    pub referenced_series_uids: Vec<String>,
    /// Pixel Padding Value (0028,0120): in LABELMAP objects, a number beside 0 that is background.
    pub padding: Option<u16>,
    /// What its fractions are, where it holds others than none and all.
    pub fractions: Option<Fractions>,
    kind: Kind,
    voxels: Voxels,
    /// The least stored value that counts as inside.
    least: u16,
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
    /// A share of this number, which stands for all.
    Fraction(u16),
    /// One segment number a voxel.
    Numbers,
}

/// The voxels of all frames.
enum Voxels {
    Bits(Vec<u8>),
    Words(Vec<u16>),
}

/// Reads a segmentation from a file. Lengths, depth and counts are checked by the walk that all intake goes through.
pub(super) fn open(path: &Path) -> Result<SegObject, SegError> {
    let unreadable = |problem: String| SegError::Unreadable { path: path.to_owned(), problem };
    let limits = Limits { elements: MAX_ELEMENTS, ..Limits::default() };
    let header = stream(path).and_then(|stream| read_header_within(stream, limits));
    let mut header = header.map_err(|fault| unreadable(fault.to_string()))?;
    let described = parse(&header).map_err(unreadable)?;
    let (n_voxels, n_frames) = (described.rows * described.columns, described.frames.len());
    let voxels = match described.kind {
        Kind::Binary => read_bits(path, &header, n_voxels, n_frames).map(Voxels::Bits),
        Kind::Fraction(_) | Kind::Numbers => read_words(path, &mut header, n_voxels, n_frames).map(Voxels::Words),
    };
    let voxels = voxels.map_err(unreadable)?;
    let fractions = fractions(described.kind, &voxels, &header.attributes());
    Ok(SegObject { voxels, fractions, ..described })
}

fn stream(path: &Path) -> Result<Stream<'static>, FileFault> {
    Stream::file(File::open(path).map_err(io_fault)?)
}

/// Everything but the voxels.
fn parse(header: &Header) -> Result<SegObject, String> {
    let object = header.attributes();
    let class = object.ascii(tags::SOP_CLASS_UID);
    if ![uids::SEGMENTATION_STORAGE, uids::LABEL_MAP_SEGMENTATION_STORAGE].contains(&class.as_str()) {
        let modality = object.ascii(tags::MODALITY);
        return Err(format!("not a DICOM segmentation (Modality {modality:?}, SOP class {class:?})"));
    }
    let side = |tag: Tag| match object.word(tag) {
        Some(n @ 1..) => Ok(usize::from(n)),
        _ => Err(format!("{} is missing or 0", named(tag))),
    };
    let (rows, columns) = (side(tags::ROWS)?, side(tags::COLUMNS)?);
    let segments = parse_segments(&object)?;
    let frames = parse_frames(&object)?;
    let kind = kind(&object)?;
    if !matches!(kind, Kind::Numbers) {
        check_segments_of_frames(&frames, &segments)?;
    }
    let references = object.items(tags::REFERENCED_SERIES_SEQUENCE);
    Ok(SegObject {
        segments,
        frames,
        rows,
        columns,
        frame_of_reference_uid: object.ascii(tags::FRAME_OF_REFERENCE_UID),
        referenced_series_uids: references.map(|series| series.ascii(tags::SERIES_INSTANCE_UID)).collect(),
        padding: object.word(tags::PIXEL_PADDING_VALUE),
        fractions: None,
        kind,
        voxels: Voxels::Bits(Vec::new()),
        least: 1,
    })
}

/// Segment Sequence (PS3.3 C.8.20.4), without the background that LABELMAP objects may list.
fn parse_segments(object: &Attributes<'_>) -> Result<Vec<Segment>, String> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut known = HashSet::new();
    for (item, place) in object.items(tags::SEGMENT_SEQUENCE).zip(1usize..) {
        let number = item.word(tags::SEGMENT_NUMBER);
        let number = number.ok_or_else(|| format!("segment item {place} has no {}", named(tags::SEGMENT_NUMBER)))?;
        if known.contains(&number) {
            return Err(format!("two segments have the number {number}"));
        }
        let property = coded(&item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
        if number != 0 && !property.as_ref().is_some_and(|property| property.is_background()) {
            let region = coded(&item, tags::ANATOMIC_REGION_SEQUENCE);
            known.insert(number);
            segments.push(Segment { number, label: item.text(tags::SEGMENT_LABEL), property, region });
        }
    }
    if segments.is_empty() {
        return Err(format!("{} is missing or empty", named(tags::SEGMENT_SEQUENCE)));
    }
    Ok(segments)
}

/// The first code of a code sequence.
fn coded(object: &Attributes<'_>, tag: Tag) -> Option<Code> {
    let item = object.item(tag)?;
    let short = item.text(tags::CODE_VALUE);
    let value = if short.is_empty() { item.text(tags::LONG_CODE_VALUE) } else { short };
    let (scheme, meaning) = (item.text(tags::CODING_SCHEME_DESIGNATOR), item.text(tags::CODE_MEANING));
    (!value.is_empty()).then_some(Code { value, scheme, meaning })
}

/// The functional groups of each frame, its own before the shared ones (PS3.3 C.7.6.16).
fn parse_frames(object: &Attributes<'_>) -> Result<Vec<Frame>, String> {
    let shared = object.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let described = object.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).count();
    let n_frames = object.integer(tags::NUMBER_OF_FRAMES).map_err(|fault| fault.to_string())?.unwrap_or(1);
    if usize::try_from(n_frames) != Ok(described) || described == 0 {
        return Err(format!("{} is {n_frames}, but {described} frames are described", named(tags::NUMBER_OF_FRAMES)));
    }
    if described > MAX_FRAMES {
        return Err(format!("{described} frames; at most {MAX_FRAMES} are read"));
    }
    let frames = object.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).zip(1usize..);
    let frames = frames.map(|(own, number)| {
        let group = |tag: Tag| own.item(tag).or_else(|| shared?.item(tag));
        let plane = group(tags::PLANE_POSITION_SEQUENCE);
        let [a, b, c, d, e, f] =
            numbers(group(tags::PLANE_ORIENTATION_SEQUENCE), tags::IMAGE_ORIENTATION_PATIENT, number)?;
        let identification = group(tags::SEGMENT_IDENTIFICATION_SEQUENCE);
        Ok(Frame {
            segment: identification.and_then(|item| item.word(tags::REFERENCED_SEGMENT_NUMBER)),
            position: numbers(plane, tags::IMAGE_POSITION_PATIENT, number)?,
            directions: [[a, b, c], [d, e, f]],
            spacing_mm: numbers(group(tags::PIXEL_MEASURES_SEQUENCE), tags::PIXEL_SPACING, number)?,
        })
    });
    frames.collect()
}

/// The numbers of a frame's functional group.
fn numbers<const N: usize>(group: Option<Attributes<'_>>, tag: Tag, frame: usize) -> Result<[f64; N], String> {
    let numbers = group.map(|group| group.decimals(tag)).transpose();
    let numbers = numbers.map_err(|fault| format!("frame {frame}: {fault}"))?.flatten();
    numbers.ok_or_else(|| format!("frame {frame} has no {}; only slices placed in a patient are read", named(tag)))
}

fn check_segments_of_frames(frames: &[Frame], segments: &[Segment]) -> Result<(), String> {
    let known: HashSet<u16> = segments.iter().map(|segment| segment.number).collect();
    for (frame, number) in frames.iter().zip(1usize..) {
        match frame.segment {
            None => return Err(format!("frame {number} has no {}", named(tags::REFERENCED_SEGMENT_NUMBER))),
            Some(segment) if !known.contains(&segment) => {
                return Err(format!("frame {number} belongs to segment {segment}, which is not described"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn kind(object: &Attributes<'_>) -> Result<Kind, String> {
    let allocated = object.word(tags::BITS_ALLOCATED).unwrap_or(0);
    let declared = object.ascii(tags::SEGMENTATION_TYPE);
    match (declared.as_str(), allocated) {
        ("BINARY", 1) => Ok(Kind::Binary),
        ("LABELMAP", 8 | 16) => Ok(Kind::Numbers),
        ("FRACTIONAL", 8) => match object.word(tags::MAXIMUM_FRACTIONAL_VALUE) {
            Some(maximum @ 1..) => Ok(Kind::Fraction(maximum)),
            _ => Err(format!("{} is missing or 0", named(tags::MAXIMUM_FRACTIONAL_VALUE))),
        },
        _ => Err(format!(
            "Segmentation Type {declared:?} with {allocated} bits a voxel is not read; export it as BINARY"
        )),
    }
}

/// What fractions between none and all mean, where there are such.
fn fractions(kind: Kind, voxels: &Voxels, attributes: &Attributes<'_>) -> Option<Fractions> {
    let (Kind::Fraction(maximum), Voxels::Words(words)) = (kind, voxels) else { return None };
    words.iter().any(|&value| value != 0 && value != maximum).then(|| {
        match attributes.ascii(tags::SEGMENTATION_FRACTIONAL_TYPE).as_str() {
            "OCCUPANCY" => Fractions::Occupancy,
            _ => Fractions::Probability,
        }
    })
}

/// All voxels, if they fit the bound.
fn bounded(n_voxels: usize, n_frames: usize, voxels_per_byte: usize) -> Result<usize, String> {
    let all = n_voxels.checked_mul(n_frames).filter(|&n| n / voxels_per_byte <= MAX_VOXEL_BYTES);
    all.ok_or_else(|| format!("{n_frames} frames of {n_voxels} voxels; at most 1 GiB of them is read"))
}

/// One bit a voxel; no compression keeps bits, except that of the whole file.
fn read_bits(path: &Path, header: &Header, n_voxels: usize, n_frames: usize) -> Result<Vec<u8>, String> {
    let n_bytes = bounded(n_voxels, n_frames, 8)?.div_ceil(8) as u64;
    let syntax = header.syntax.uid;
    let is_plain = [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN].contains(&syntax);
    match &header.pixels {
        None => Err(format!("{} is missing", named(tags::PIXEL_DATA))),
        Some(Pixels::Native { length, .. }) if *length < n_bytes => {
            Err(format!("{} has {length} bytes where {n_bytes} are needed", named(tags::PIXEL_DATA)))
        }
        Some(Pixels::Native { offset, .. }) if is_plain || header.deflated_from.is_some() => {
            read_bytes(path, header.deflated_from, *offset, n_bytes).map_err(|fault| fault.to_string())
        }
        _ => Err(format!("BINARY segmentations in {} are not read; export it uncompressed", header.syntax.name)),
    }
}

fn read_bytes(path: &Path, deflated_from: Option<u64>, offset: u64, n_bytes: u64) -> Result<Vec<u8>, FileFault> {
    let mut stream = stream(path)?;
    if let Some(from) = deflated_from {
        stream.skip(from)?;
        stream = stream.inflated();
    }
    stream.skip(offset)?;
    stream.bytes(n_bytes)
}

/// Eight or 16 bits a voxel, stored and compressed like any image.
fn read_words(path: &Path, header: &mut Header, n_voxels: usize, n_frames: usize) -> Result<Vec<u16>, String> {
    if header.syntax.lossy {
        let syntax = header.syntax.name;
        return Err(format!(
            "its voxels are compressed with loss ({syntax}), so that numbers may be wrong; export it uncompressed"
        ));
    }
    // Two bytes a voxel in memory.
    bounded(2 * n_voxels, n_frames, 1)?;
    let read = |header: &mut Header| {
        let file = image_file(&Origin::Path(path.to_owned()), header)?;
        let whole = if pixel::is_packed(&file) { Some(pixel::unpacked(&file)?) } else { None };
        let mut words = Vec::new();
        // Room for just so many: growing by doubling would take twice the bound.
        words.reserve_exact(n_voxels * n_frames);
        for frame in 0..file.frames {
            words.extend(pixel::words(&file, frame, whole.as_deref())?);
        }
        Ok(words)
    };
    let words: Vec<u16> = read(header).map_err(|fault: FileFault| fault.to_string())?;
    if words.len() != n_voxels * n_frames {
        return Err(format!("{} voxels where {n_frames} frames of {n_voxels} were expected", words.len()));
    }
    Ok(words)
}

/// The least stored value whose share of the maximum reaches the threshold. Shares are compared and not products: 0.55 times 100 is
/// above 55.
fn least_inside(threshold: f64, maximum: u16) -> u16 {
    let is_inside = |value: &u16| f64::from(*value) / f64::from(maximum) >= threshold;
    (1..=maximum).find(is_inside).unwrap_or(maximum)
}

impl SegObject {
    /// Counts a fraction as inside from `threshold` on, between 0 and 1; 0 itself never is inside.
    pub(super) fn cut(&mut self, threshold: f64) {
        if let Kind::Fraction(maximum) = self.kind {
            self.least = least_inside(threshold, maximum);
        }
    }

    /// Calls `each(index, segment number)` for every voxel of a frame that belongs to a segment; `index` counts through the
    /// frame row by row.
    pub(super) fn for_each_voxel(&self, frame: usize, mut each: impl FnMut(usize, u16)) {
        let n = self.rows * self.columns;
        let segment = self.frames.get(frame).and_then(|frame| frame.segment).unwrap_or(0);
        match &self.voxels {
            Voxels::Bits(packed) => {
                let inside = bits::unpack(packed, frame * n, n).into_iter().flatten().enumerate();
                inside.filter(|&(_, inside)| inside).for_each(|(index, _)| each(index, segment));
            }
            Voxels::Words(words) => {
                let words = words.get(frame * n..(frame + 1) * n).unwrap_or_default().iter().enumerate();
                let of_segment = matches!(self.kind, Kind::Fraction(_));
                words.filter(|&(_, &word)| word >= self.least).for_each(|(index, &word)| {
                    each(index, if of_segment { segment } else { word });
                });
            }
        }
    }

    /// The segments in one line, for messages.
    pub(super) fn list(&self) -> String {
        let listed: Vec<String> = self.segments.iter().map(Segment::description).collect();
        listed.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_that_equals_the_threshold_is_inside() {
        let cases = [(0.55, 100, 55), (0.5, 255, 128), (0.07, 100, 7), (1.0, 255, 255), (1e-9, 255, 1)];
        for (threshold, maximum, least) in cases {
            assert_eq!(least_inside(threshold, maximum), least, "{threshold} of {maximum}");
        }
    }
}
