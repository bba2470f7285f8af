//! Opening a NIfTI-1 file and checking its header against the file before anything is allocated.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use nifti::{Endianness, NiftiHeader};

use super::super::stored::Stored;
use super::{NiftiError, unreadable};
use crate::volume::MOST_READ_VOXELS;

/// Bytes of a NIfTI-1 header.
pub(super) const HEADER_BYTES: usize = 348;
/// Bytes of a NIfTI-2 header, to name one when it is met.
const NIFTI2_HEADER_BYTES: i32 = 540;
/// The most memory for voxels: a CT series of that size opens as well, so that what was exported from one reads back.
const MAX_VOXEL_BYTES: u64 = 2 * MOST_READ_VOXELS;
/// A file whose header has been read and checked.
pub(super) struct NiftiFile {
    pub header: NiftiHeader,
    /// Columns, rows, slices.
    pub size: [usize; 3],
    /// Numbers are stored with the most significant byte first.
    pub is_big_endian: bool,
    pub kind: Kind,
    /// Reads on at the first voxel.
    pub data: Box<dyn Read>,
}

/// How voxels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Kind {
    /// The kind for a data type code of nifti1.h.
    fn from_code(code: i16) -> Option<Kind> {
        Some(match code {
            2 => Kind::U8,
            4 => Kind::I16,
            8 => Kind::I32,
            16 => Kind::F32,
            64 => Kind::F64,
            256 => Kind::I8,
            512 => Kind::U16,
            768 => Kind::U32,
            1024 => Kind::I64,
            1280 => Kind::U64,
            _ => return None,
        })
    }

    /// Bytes a voxel.
    pub(super) fn bytes(self) -> usize {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 => 8,
        }
    }

    /// Bytes a voxel in memory, while it is not known yet whether unsigned numbers fit 16 bits.
    pub(super) fn bytes_in_memory(self) -> usize {
        match self {
            Kind::U8 | Kind::I8 | Kind::I16 => 2,
            Kind::U16 | Kind::U32 | Kind::I32 | Kind::U64 | Kind::I64 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }
}

/// Opens the file, reads its header and stands before its first voxel.
pub(super) fn open(path: &Path) -> Result<NiftiFile, NiftiError> {
    let io = |cause| NiftiError::Io { path: path.to_owned(), cause };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(unreadable(path, "not a file; name a .nii or .nii.gz file"));
    }
    let mut file = BufReader::with_capacity(1 << 18, file);
    // The first bytes tell whether the file is compressed; its name may lie.
    let is_gzip = file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
    let stored = Stored { bytes: metadata.len(), is_gzip };
    let mut data: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut raw = [0; HEADER_BYTES];
    data.read_exact(&mut raw).map_err(|cause| match cause.kind() {
        io::ErrorKind::UnexpectedEof => unreadable(path, "not a NIfTI file: it is shorter than a header of 348 bytes"),
        _ => unreadable(path, format!("the header cannot be read ({cause})")),
    })?;
    let header = checked_header(&raw).map_err(|problem| unreadable(path, problem))?;
    let shape = checked_shape(&header, stored).map_err(|problem| unreadable(path, problem))?;
    let gap = shape.offset - HEADER_BYTES as u64;
    let skipped = io::copy(&mut (&mut data).take(gap), &mut io::sink());
    if skipped.ok() != Some(gap) {
        return Err(unreadable(path, format!("the file ends before its voxels begin, at byte {}", shape.offset)));
    }
    let is_big_endian = header.endianness == Endianness::Big;
    Ok(NiftiFile { header, size: shape.size, is_big_endian, kind: shape.kind, data })
}

/// The header, once its first number and its dimensions agree on the byte order.
fn checked_header(raw: &[u8; HEADER_BYTES]) -> Result<NiftiHeader, String> {
    let first = [raw[0], raw[1], raw[2], raw[3]];
    let dimensions = match (i32::from_le_bytes(first), i32::from_be_bytes(first)) {
        (348, _) => i16::from_le_bytes([raw[40], raw[41]]),
        (_, 348) => i16::from_be_bytes([raw[40], raw[41]]),
        (NIFTI2_HEADER_BYTES, _) | (_, NIFTI2_HEADER_BYTES) => {
            return Err(
                "this is NIfTI-2; convert it to NIfTI-1 (for example with nib-convert or fslchfiletype)".to_owned()
            );
        }
        _ => return Err("not a NIfTI file: it does not begin with the header's size, 348".to_owned()),
    };
    if !(1..=7).contains(&dimensions) {
        return Err(format!("the header claims {dimensions} dimensions; NIfTI has 1 to 7"));
    }
    match &raw[344..348] {
        b"n+1\0" => {}
        b"ni1\0" => {
            return Err("a header whose voxels are in another file (.img); convert the pair to one .nii".to_owned());
        }
        _ => return Err("not a NIfTI file: its magic word is not \"n+1\"".to_owned()),
    }
    NiftiHeader::from_reader(raw.as_slice()).map_err(|error| format!("the header cannot be read ({error})"))
}

/// Size, kind and place of the voxels.
struct Shape {
    size: [usize; 3],
    kind: Kind,
    offset: u64,
}

/// Checks sizes and offset against the number of bytes that the file can hold at most.
fn checked_shape(header: &NiftiHeader, stored: Stored) -> Result<Shape, String> {
    let most_bytes = stored.most_bytes();
    let n_dimensions = usize::from(header.dim[0]);
    // The header's numbers are signed 16-bit; what does not fit was negative.
    let sides: Vec<i16> = header.dim.iter().skip(1).take(n_dimensions).map(|&side| side.cast_signed()).collect();
    if let Some(side) = sides.iter().find(|&&side| side < 1) {
        return Err(format!("the header claims a side of {side} voxels"));
    }
    let mut size = [1usize; 3];
    for (axis, &side) in sides.iter().enumerate() {
        let side = usize::from(side.unsigned_abs());
        match size.get_mut(axis) {
            Some(slot) => *slot = side,
            None if side > 1 => {
                return Err(format!("{side} images in one file (dimension {}); name a file with one", axis + 1));
            }
            None => {}
        }
    }
    let Some(kind) = Kind::from_code(header.datatype) else {
        return Err(format!("its data type {} is not read; save it as integers or real numbers", header.datatype));
    };
    let [columns, rows, slices] = size.map(|side| side as u64);
    // Three sides below 2^15 and 8 bytes a voxel stay below 2^48.
    let n_voxels = columns * rows * slices;
    let n_bytes = n_voxels * kind.bytes() as u64;
    let most_voxels = MAX_VOXEL_BYTES / kind.bytes_in_memory() as u64;
    if n_voxels > most_voxels {
        return Err(format!(
            "the header claims {columns} x {rows} x {slices} voxels; at most {most_voxels} of this kind of number are read"
        ));
    }
    // An offset of 0 means "right behind the header and its 4 bytes of extension flags" to many writers.
    let offset = match header.vox_offset {
        0.0 => 352.0,
        offset => offset,
    };
    if !(offset >= HEADER_BYTES as f32 && f64::from(offset) <= most_bytes as f64) {
        return Err(format!("the header claims that voxels begin at byte {offset}, outside the file"));
    }
    let offset = offset as u64;
    if offset.saturating_add(n_bytes) > most_bytes {
        return Err(format!(
            "the file is too short for the {columns} x {rows} x {slices} voxels that its header claims"
        ));
    }
    stored.refuse_unlikely(n_bytes, n_voxels * kind.bytes_in_memory() as u64, ".nii")?;
    Ok(Shape { size, kind, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_longest_series_that_opens_are_read() {
        // 8192 slices of 512 x 512 are MOST_READ_VOXELS.
        let mut header = NiftiHeader { datatype: 2, vox_offset: 352.0, ..NiftiHeader::default() };
        let mut shape = |slices: u16| {
            header.dim = [3, 512, 512, slices, 1, 1, 1, 1];
            checked_shape(&header, Stored { bytes: u64::MAX, is_gzip: false }).map(|shape| shape.size)
        };
        assert_eq!(shape(8192), Ok([512, 512, 8192]));
        assert!(shape(8193).is_err_and(|problem| problem.contains("at most 2147483648")));
    }

    #[test]
    fn a_small_file_that_would_fill_gigabytes_is_refused_and_a_long_empty_mask_is_not() {
        let mut header = NiftiHeader { datatype: 2, vox_offset: 352.0, ..NiftiHeader::default() };
        let mut shape = |size: [u16; 3], bytes| {
            header.dim = [3, size[0], size[1], size[2], 1, 1, 1, 1];
            checked_shape(&header, Stored { bytes, is_gzip: true }).map(|shape| shape.size)
        };
        assert!(
            shape([1024, 1024, 1024], 1 << 20).is_err_and(|problem| problem.contains("1024 KiB of compressed voxels"))
        );
        assert!(shape([1024, 1024, 1024], 1 << 28).is_ok());
        assert!(shape([512, 512, 2000], 512 << 10).is_ok());
    }
}
