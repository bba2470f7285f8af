//! JPEG, JPEG-LS and JPEG 2000 by the libraries of dicom-rs, behind a check of the codec's own header.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dicom_encoding::adapters::{PixelDataObject, RawPixelData};
use dicom_encoding::{Codec, TransferSyntaxIndex};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

use super::super::FileFault;
use super::super::image::{ImageFile, PixelLayout};
use super::super::syntax::PixelCoding;

/// Tiles of a JPEG 2000 image; scanners use one.
const MAX_TILES: u64 = 4096;
/// Where a JPEG 2000 codestream begins at the latest, when it is wrapped in a file of its own.
const LATEST_CODESTREAM: usize = 4096;

pub(super) fn decode(bytes: &[u8], file: &ImageFile) -> Result<Vec<u16>, FileFault> {
    let layout = &file.layout;
    let bytes = match file.syntax.pixels {
        PixelCoding::Jpeg2000 => checked_jpeg2000(bytes, layout)?,
        PixelCoding::JpegLs => checked_jpeg_ls(bytes, layout)?,
        _ => checked_jpeg(bytes, layout, file.syntax.name)?,
    };
    let frame = OneFrame { bytes, layout, syntax_uid: file.syntax.uid };
    let decoder = match TransferSyntaxRegistry.get(file.syntax.uid).map(|syntax| syntax.codec()) {
        Some(Codec::EncapsulatedPixelData(Some(decoder), _)) => decoder,
        _ => return Err(FileFault::Unsupported(format!("this build has no decoder for {}", file.syntax.name))),
    };
    let mut decoded = Vec::new();
    // The libraries are not written for hostile input: a panic in them is a fault of the file.
    let outcome = catch_unwind(AssertUnwindSafe(|| decoder.decode_frame(&frame, 0, &mut decoded)));
    match outcome {
        Err(_) => return Err(damaged(&format!("the {} decoder gave up on it", file.syntax.name))),
        Ok(Err(error)) => return Err(damaged(&format!("{}: {}", file.syntax.name, innermost(&error)))),
        Ok(Ok(())) => {}
    }
    let words: Vec<u16> = if layout.bits_allocated == 8 || decoded.len() == layout.pixels() {
        decoded.iter().map(|&b| u16::from(b)).collect()
    } else {
        decoded.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
    };
    Ok(words)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn damaged(what: &str) -> FileFault {
    FileFault::Codec(what.to_owned())
}

fn agree(what: &str, width: u64, height: u64, components: u64, layout: &PixelLayout) -> Result<(), FileFault> {
    if (width, height, components) == (layout.columns as u64, layout.rows as u64, 1) {
        return Ok(());
    }
    Err(damaged(&format!(
        "its {what} header says {width} x {height} with {components} components, the data set {} x {} with 1",
        layout.columns, layout.rows
    )))
}

/// Marker, precision, height, width and components of the first start-of-frame segment.
fn start_of_frame(bytes: &[u8]) -> Option<(u8, u8, u16, u16, u8)> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, marker, after @ ..] = rest else { return None };
        if *marker == 0xFF {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
        let body = after.get(2..length)?;
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7 => {
                let &[precision, h1, h0, w1, w0, components, ..] = body else { return None };
                let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
                return Some((*marker, precision, height, width, components));
            }
            0xDA => return None,
            _ => {}
        }
        rest = &after[length..];
    }
}

fn checked_jpeg<'a>(bytes: &'a [u8], layout: &PixelLayout, name: &str) -> Result<&'a [u8], FileFault> {
    let (marker, precision, height, width, components) =
        start_of_frame(bytes).ok_or_else(|| damaged("its JPEG header is broken"))?;
    agree("JPEG", u64::from(width), u64::from(height), u64::from(components), layout)?;
    match (marker, precision) {
        (0xC0..=0xC2, 8) => Ok(bytes),
        (_, bits) => Err(FileFault::Unsupported(format!("{name} with {bits} bits a sample is not decoded here"))),
    }
}

fn checked_jpeg_ls<'a>(bytes: &'a [u8], layout: &PixelLayout) -> Result<&'a [u8], FileFault> {
    let (marker, precision, height, width, components) =
        start_of_frame(bytes).ok_or_else(|| damaged("its JPEG-LS header is broken"))?;
    agree("JPEG-LS", u64::from(width), u64::from(height), u64::from(components), layout)?;
    if marker != 0xF7 || u16::from(precision) > layout.bits_allocated {
        return Err(damaged(&format!("its JPEG-LS samples have {precision} bits, or it is not JPEG-LS")));
    }
    Ok(bytes)
}

/// The codestream (ITU-T T.800 A.5.1), without the file format that some writers wrap around it.
fn checked_jpeg2000<'a>(bytes: &'a [u8], layout: &PixelLayout) -> Result<&'a [u8], FileFault> {
    let broken = || damaged("its JPEG 2000 header is broken");
    let head = &bytes[..bytes.len().min(LATEST_CODESTREAM)];
    let at = head.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51]).ok_or_else(broken)?;
    let codestream = &bytes[at..];
    let field = |from: usize| -> Result<u64, FileFault> {
        let four = codestream.get(from..).and_then(|b| b.first_chunk::<4>()).ok_or_else(broken)?;
        Ok(u64::from(u32::from_be_bytes(*four)))
    };
    let [x, y, x0, y0, tile_x, tile_y] = [field(8)?, field(12)?, field(16)?, field(20)?, field(24)?, field(28)?];
    let (tile_x0, tile_y0) = (field(32)?, field(36)?);
    let &[c1, c0, depth, step_x, step_y, ..] = codestream.get(40..).ok_or_else(broken)? else { return Err(broken()) };
    let components = u64::from(u16::from_be_bytes([c1, c0]));
    agree("JPEG 2000", x.saturating_sub(x0), y.saturating_sub(y0), components, layout)?;
    let bits = u16::from(depth & 0x7F) + 1;
    if (step_x, step_y) != (1, 1) || bits > layout.bits_allocated {
        return Err(damaged(&format!("its JPEG 2000 samples have {bits} bits, or are not one a pixel")));
    }
    if tile_x == 0 || tile_y == 0 || tile_x0 > x0 || tile_y0 > y0 {
        return Err(broken());
    }
    let tiles = (x - tile_x0).div_ceil(tile_x) * (y - tile_y0).div_ceil(tile_y);
    if tiles > MAX_TILES {
        return Err(FileFault::Limit(format!("its JPEG 2000 image has {tiles} tiles; at most {MAX_TILES} are opened")));
    }
    Ok(codestream)
}

/// One compressed frame as the libraries want to see it.
struct OneFrame<'a> {
    bytes: &'a [u8],
    layout: &'a PixelLayout,
    syntax_uid: &'a str,
}

impl PixelDataObject for OneFrame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.syntax_uid
    }
    fn rows(&self) -> Option<u16> {
        u16::try_from(self.layout.rows).ok()
    }
    fn cols(&self) -> Option<u16> {
        u16::try_from(self.layout.columns).ok()
    }
    fn samples_per_pixel(&self) -> Option<u16> {
        Some(1)
    }
    fn bits_allocated(&self) -> Option<u16> {
        Some(self.layout.bits_allocated)
    }
    fn bits_stored(&self) -> Option<u16> {
        Some(self.layout.bits_stored)
    }
    fn photometric_interpretation(&self) -> Option<&str> {
        Some("MONOCHROME2")
    }
    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }
    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }
    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then_some(Cow::Borrowed(self.bytes))
    }
    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        None
    }
    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData { fragments: vec![self.bytes.to_vec()].into(), offset_table: Vec::new().into() })
    }
}
