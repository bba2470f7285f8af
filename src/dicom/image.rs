//! One image file as its header describes it: where it is, how its pixels are stored, and where each frame's bytes lie.
//!
//! Everything that a decoder relies on is checked here: size, bits, number of frames, and that the bytes are there.

use dicom_dictionary_std::tags;

use super::FileFault;
use super::attributes::{Attributes, missing, named};
use super::origin::Origin;
use super::part10::Header;
use super::syntax::{EXPLICIT_BE, PixelCoding, Syntax};
use super::walk::{Fragment, Pixels};

const MAX_SIDE: u16 = 4096;
const MAX_FRAMES: i64 = 10_000;
const MAX_PIXEL_BYTES: u64 = 4 << 30;

/// A file that holds one or more frames of a series.
#[derive(Debug, Clone)]
pub struct ImageFile {
    /// The file's path, or archive and member, as it is shown in messages.
    pub name: String,
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// Transfer Syntax UID (0002,0010).
    pub transfer_syntax_uid: String,
    /// Number of frames in the file.
    pub frames: u32,
    pub(super) origin: Origin,
    pub(super) deflated_from: Option<u64>,
    pub(super) syntax: &'static Syntax,
    pub(super) layout: PixelLayout,
    pub(super) places: Places,
}

/// How one frame's samples are stored (PS3.5 8.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PixelLayout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) bits_allocated: u16,
    pub(super) bits_stored: u16,
    pub(super) high_bit: u16,
    pub(super) signed: bool,
    pub(super) big_endian: bool,
    /// Stored values from..=to that mark pixels outside the field of view.
    pub(super) padding: Option<(i32, i32)>,
}

/// Where frames lie in the file, or in what it inflates to.
#[derive(Debug, Clone)]
pub(super) enum Places {
    /// Frames of equal length one after another.
    Native { offset: u64, frame_bytes: u64 },
    /// Fragments; `first[f]..first[f + 1]` are those of frame `f`.
    Encapsulated { fragments: Vec<Fragment>, first: Vec<usize> },
}

impl PixelLayout {
    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// From the 16 bits of a sample to its value: bits above and below those stored are dropped, and the sign is extended
    /// from the highest stored bit.
    pub(super) fn value(&self, word: u16) -> i32 {
        let stored = u32::from(self.bits_stored);
        let shift = u32::from(self.high_bit + 1 - self.bits_stored);
        let up = 32 - stored;
        let word = (u32::from(word) >> shift) << up;
        if self.signed { (word as i32) >> up } else { (word >> up) as i32 }
    }
}

/// Checks what the header says of the pixels against itself and against the file.
pub(super) fn image_file(origin: &Origin, header: &mut Header) -> Result<ImageFile, FileFault> {
    let attributes = header.attributes();
    let layout = pixel_layout(&attributes, header.syntax.uid == EXPLICIT_BE)?;
    let frames = number_of_frames(&attributes)?;
    let sop_instance_uid = attributes.ascii(tags::SOP_INSTANCE_UID);
    let pixels = header
        .pixels
        .take()
        .ok_or_else(|| FileFault::Truncated(format!("{} is not there", named(tags::PIXEL_DATA))))?;
    let places = places(pixels, header.syntax, &layout, frames)?;
    Ok(ImageFile {
        name: origin.path().display().to_string(),
        sop_instance_uid,
        transfer_syntax_uid: header.syntax.uid.to_owned(),
        frames,
        origin: origin.clone(),
        deflated_from: header.deflated_from,
        syntax: header.syntax,
        layout,
        places,
    })
}

/// Size and bits of the samples, checked.
fn pixel_layout(a: &Attributes<'_>, big_endian: bool) -> Result<PixelLayout, FileFault> {
    let (rows, columns) = (a.needed_word(tags::ROWS)?, a.needed_word(tags::COLUMNS)?);
    if !(1..=MAX_SIDE).contains(&rows) || !(1..=MAX_SIDE).contains(&columns) {
        return Err(FileFault::Limit(format!(
            "the image has {columns} columns and {rows} rows; 1 to {MAX_SIDE} of each are opened"
        )));
    }
    let bits_allocated = a.needed_word(tags::BITS_ALLOCATED)?;
    let bits_stored = a.needed_word(tags::BITS_STORED)?;
    let high_bit = a.word(tags::HIGH_BIT).unwrap_or(bits_stored.saturating_sub(1));
    if !matches!(bits_allocated, 8 | 16) {
        return Err(FileFault::Unsupported(format!(
            "{} is {bits_allocated}; images of 8 and 16 bits are read",
            named(tags::BITS_ALLOCATED)
        )));
    }
    if bits_stored == 0 || bits_stored > bits_allocated || high_bit >= bits_allocated || high_bit + 1 < bits_stored {
        return Err(FileFault::Attribute(format!(
            "bits stored ({bits_stored}), high bit ({high_bit}) and bits allocated ({bits_allocated}) contradict each other"
        )));
    }
    let signed = match a.needed_word(tags::PIXEL_REPRESENTATION)? {
        0 => false,
        1 => true,
        other => {
            return Err(FileFault::Attribute(format!(
                "{} is {other} instead of 0 or 1",
                named(tags::PIXEL_REPRESENTATION)
            )));
        }
    };
    let mut layout = PixelLayout {
        rows: usize::from(rows),
        columns: usize::from(columns),
        bits_allocated,
        bits_stored,
        high_bit,
        signed,
        big_endian,
        padding: None,
    };
    layout.padding = a.word(tags::PIXEL_PADDING_VALUE).map(|value| {
        let limit = a.word(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
        let extended = |word: u16| if signed { i32::from(word as i16) } else { i32::from(word) };
        let (a, b) = (extended(value), extended(limit));
        (a.min(b), a.max(b))
    });
    Ok(layout)
}

/// Number of Frames (0028,0008), 1 when absent.
fn number_of_frames(a: &Attributes<'_>) -> Result<u32, FileFault> {
    let frames = a.integer(tags::NUMBER_OF_FRAMES)?.unwrap_or(1);
    match u32::try_from(frames) {
        Ok(checked) if (1..=MAX_FRAMES).contains(&frames) => Ok(checked),
        _ => Err(FileFault::Attribute(format!(
            "{} is {frames}; 1 to {MAX_FRAMES} are opened",
            named(tags::NUMBER_OF_FRAMES)
        ))),
    }
}

fn places(pixels: Pixels, syntax: &Syntax, layout: &PixelLayout, frames: u32) -> Result<Places, FileFault> {
    let frame_bytes = layout.pixels() as u64 * u64::from(layout.bits_allocated / 8);
    let all = frame_bytes * u64::from(frames);
    if all > MAX_PIXEL_BYTES {
        return Err(FileFault::Limit(format!("its pixels take {all} bytes; at most {MAX_PIXEL_BYTES} are opened")));
    }
    match (pixels, syntax.pixels) {
        (Pixels::Native { offset, length }, PixelCoding::Native) => {
            if length < all {
                return Err(FileFault::Truncated(format!(
                    "{} holds {length} of the {all} bytes that {} x {} x {frames} pixels need",
                    named(tags::PIXEL_DATA),
                    layout.columns,
                    layout.rows
                )));
            }
            Ok(Places::Native { offset, frame_bytes })
        }
        (Pixels::Encapsulated { offset_table, fragments }, coding) if coding != PixelCoding::Native => {
            let first = first_fragments(&offset_table, &fragments, frames as usize)?;
            Ok(Places::Encapsulated { fragments, first })
        }
        (Pixels::Native { .. }, _) => {
            Err(FileFault::Structure(format!("the file says {}, but its pixels are not compressed", syntax.name)))
        }
        (Pixels::Encapsulated { .. }, _) => {
            Err(FileFault::Structure(format!("the file says {}, but its pixels are compressed", syntax.name)))
        }
    }
}

/// Index of the first fragment of each frame, and one past the last fragment.
fn first_fragments(offset_table: &[u32], fragments: &[Fragment], frames: usize) -> Result<Vec<usize>, FileFault> {
    let total: u64 = fragments.iter().map(|f| f.length).sum();
    if total == 0 {
        return Err(missing(tags::PIXEL_DATA));
    }
    if frames == 1 {
        return Ok(vec![0, fragments.len()]);
    }
    if fragments.len() == frames {
        return Ok((0..=frames).collect());
    }
    let unclear = || {
        FileFault::Structure(format!(
            "{} fragments of compressed pixels cannot be assigned to {frames} frames",
            fragments.len()
        ))
    };
    let start = fragments.first().map_or(0, |f| f.offset - 8);
    let mut first = Vec::with_capacity(frames + 1);
    for &offset in offset_table.iter().take(frames) {
        // Fragments are in the order of the file.
        let place = start + 8 + u64::from(offset);
        let at = fragments.binary_search_by_key(&place, |f| f.offset).map_err(|_| unclear())?;
        first.push(at);
    }
    first.push(fragments.len());
    if first.len() != frames + 1 || !first.is_sorted_by(|a, b| a < b) {
        return Err(unclear());
    }
    Ok(first)
}

#[cfg(test)]
impl ImageFile {
    /// A file that is nowhere.
    pub(super) fn for_tests() -> Self {
        Self {
            name: String::new(),
            sop_instance_uid: String::new(),
            transfer_syntax_uid: String::new(),
            frames: 1,
            origin: Origin::Path(std::path::PathBuf::new()),
            deflated_from: None,
            syntax: &super::syntax::UNCOMPRESSED,
            layout: tests::layout(16, 15, true),
            places: Places::Native { offset: 0, frame_bytes: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn layout(bits_stored: u16, high_bit: u16, signed: bool) -> PixelLayout {
        PixelLayout {
            rows: 1,
            columns: 1,
            bits_allocated: 16,
            bits_stored,
            high_bit,
            signed,
            big_endian: false,
            padding: None,
        }
    }

    #[test]
    fn only_stored_bits_count_and_the_sign_extends_from_the_highest() {
        assert_eq!(layout(12, 11, false).value(0xA123), 0x123);
        assert_eq!(layout(12, 11, true).value(0x0FFF), -1);
        assert_eq!(layout(12, 15, false).value(0x1230), 0x123);
        assert_eq!(layout(16, 15, true).value(0x8000), -32768);
        assert_eq!(layout(16, 15, false).value(0xFFFF), 65535);
    }

    #[test]
    fn fragments_go_to_frames_by_the_offset_table() {
        let fragment = |offset, length| Fragment { offset, length };
        let fragments = [fragment(108, 10), fragment(126, 10), fragment(144, 10)];
        assert_eq!(first_fragments(&[0, 36], &fragments, 2), Ok(vec![0, 2, 3]));
        assert!(first_fragments(&[0, 37], &fragments, 2).is_err());
        assert!(first_fragments(&[], &fragments, 2).is_err());
        assert_eq!(first_fragments(&[], &fragments, 1), Ok(vec![0, 3]));
    }
}
