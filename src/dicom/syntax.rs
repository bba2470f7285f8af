//! The transfer syntaxes that are read (PS3.5 section 10 and annex A).

/// A way to write a data set and its pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub(super) uid: &'static str,
    pub(super) name: &'static str,
    pub(super) pixels: PixelCoding,
    /// Pixels may differ from those that the scanner made.
    pub(super) lossy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelCoding {
    Native,
    Rle,
    /// Baseline and extended, lossy.
    Jpeg,
    JpegLossless,
    JpegLs,
    Jpeg2000,
}

pub(super) const IMPLICIT_LE: &str = "1.2.840.10008.1.2";
pub(super) const EXPLICIT_LE: &str = "1.2.840.10008.1.2.1";
pub(super) const EXPLICIT_BE: &str = "1.2.840.10008.1.2.2";
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

use PixelCoding::*;

pub(super) const UNCOMPRESSED: Syntax =
    Syntax { uid: EXPLICIT_LE, name: "Explicit VR Little Endian", pixels: Native, lossy: false };

const SYNTAXES: [Syntax; 13] = [
    Syntax { uid: IMPLICIT_LE, name: "Implicit VR Little Endian", pixels: Native, lossy: false },
    UNCOMPRESSED,
    Syntax { uid: EXPLICIT_BE, name: "Explicit VR Big Endian", pixels: Native, lossy: false },
    Syntax { uid: DEFLATED, name: "Deflated Explicit VR Little Endian", pixels: Native, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.5", name: "RLE Lossless", pixels: Rle, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.4.50", name: "JPEG Baseline", pixels: Jpeg, lossy: true },
    Syntax { uid: "1.2.840.10008.1.2.4.51", name: "JPEG Extended", pixels: Jpeg, lossy: true },
    Syntax { uid: "1.2.840.10008.1.2.4.57", name: "JPEG Lossless (process 14)", pixels: JpegLossless, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.4.70", name: "JPEG Lossless", pixels: JpegLossless, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.4.80", name: "JPEG-LS Lossless", pixels: JpegLs, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.4.81", name: "JPEG-LS near-lossless", pixels: JpegLs, lossy: true },
    Syntax { uid: "1.2.840.10008.1.2.4.90", name: "JPEG 2000 Lossless", pixels: Jpeg2000, lossy: false },
    Syntax { uid: "1.2.840.10008.1.2.4.91", name: "JPEG 2000", pixels: Jpeg2000, lossy: true },
];

/// The syntax with that UID, if it is read here.
pub(super) fn syntax(uid: &str) -> Option<&'static Syntax> {
    SYNTAXES.iter().find(|syntax| syntax.uid == uid)
}
