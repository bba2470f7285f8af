//! From a frame's bytes to stored values. Compressed frames meet a check of their own header first: no decoder is asked to
//! make more pixels than the data set announces.

mod codec;
mod jpeg_lossless;
mod rle;

use std::borrow::Cow;

use super::FileFault;
use super::image::{ImageFile, PixelLayout, Places};
use super::origin::Origin;
use super::stream::Stream;
use super::syntax::PixelCoding;
use super::walk::Fragment;

/// The bytes of one frame, compressed as they are. `whole` are the file's bytes where they are at hand.
fn frame_bytes(file: &ImageFile, index: u32, whole: Option<&[u8]>) -> Result<Vec<u8>, FileFault> {
    let ranges = ranges_of(file, index)?;
    if let Some(whole) = whole {
        let part = |place: &Fragment| {
            let (from, to) = (usize::try_from(place.offset).ok()?, usize::try_from(place.offset + place.length).ok()?);
            whole.get(from..to)
        };
        let parts: Option<Vec<&[u8]>> = ranges.iter().map(part).collect();
        return Ok(parts.ok_or_else(|| FileFault::Truncated("its pixels end too early".into()))?.concat());
    }
    with_content(file, |mut stream| {
        let mut bytes = Vec::new();
        for &Fragment { offset, length } in ranges.iter() {
            stream.skip(offset - stream.position())?;
            let part = stream.bytes(length)?;
            if ranges.len() == 1 {
                return Ok(part);
            }
            bytes.extend(part);
        }
        Ok(bytes)
    })
}

/// Where a frame's bytes lie; fragments are in the order of the file.
fn ranges_of(file: &ImageFile, index: u32) -> Result<Cow<'_, [Fragment]>, FileFault> {
    match &file.places {
        Places::Native { offset, frame_bytes } => {
            let place = Fragment { offset: offset + u64::from(index) * frame_bytes, length: *frame_bytes };
            Ok(Cow::Owned(vec![place]))
        }
        Places::Encapsulated { fragments, first } => {
            let index = index as usize;
            first
                .get(index)
                .zip(first.get(index + 1))
                .and_then(|(&from, &to)| fragments.get(from..to))
                .map(Cow::Borrowed)
                .ok_or_else(|| FileFault::Structure(format!("frame {} is not there", index + 1)))
        }
    }
}

/// Whether a frame can only be reached by unpacking all that comes before it: in an archive, or deflated.
pub(super) fn is_packed(file: &ImageFile) -> bool {
    file.deflated_from.is_some() || !matches!(file.origin, Origin::Path(_))
}

/// All bytes of a packed file up to the end of its pixels.
pub(super) fn unpacked(file: &ImageFile) -> Result<Vec<u8>, FileFault> {
    let end = match &file.places {
        Places::Native { offset, frame_bytes } => offset + u64::from(file.frames) * frame_bytes,
        Places::Encapsulated { fragments, .. } => fragments.iter().map(|f| f.offset + f.length).max().unwrap_or(0),
    };
    with_content(file, |mut stream| stream.bytes(end))
}

/// The file's stream, in which places of pixels are counted.
fn with_content<T>(file: &ImageFile, read: impl FnOnce(Stream<'_>) -> Result<T, FileFault>) -> Result<T, FileFault> {
    file.origin.with_stream(|mut stream| match file.deflated_from {
        Some(from) => {
            stream.skip(from)?;
            read(stream.inflated())
        }
        None => read(stream),
    })
}

/// The 16-bit words of one frame's samples, row by row, in the machine's byte order, as stored: bits are not masked yet.
pub(super) fn words(file: &ImageFile, index: u32, whole: Option<&[u8]>) -> Result<Vec<u16>, FileFault> {
    let bytes = frame_bytes(file, index, whole)?;
    let layout = &file.layout;
    let words = match file.syntax.pixels {
        PixelCoding::Native => native(&bytes, layout),
        PixelCoding::Rle => rle::decode(&bytes, layout)?,
        PixelCoding::JpegLossless => jpeg_lossless::decode(&bytes, layout)?,
        PixelCoding::Jpeg | PixelCoding::JpegLs | PixelCoding::Jpeg2000 => codec::decode(&bytes, file)?,
    };
    if words.len() != layout.pixels() {
        return Err(FileFault::Codec(format!("{} pixels came out instead of {}", words.len(), layout.pixels())));
    }
    Ok(words)
}

fn native(bytes: &[u8], layout: &PixelLayout) -> Vec<u16> {
    match (layout.bits_allocated, layout.big_endian) {
        (8, _) => bytes.iter().map(|&b| u16::from(b)).collect(),
        (_, false) => bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect(),
        (_, true) => bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect(),
    }
}
