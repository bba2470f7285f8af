//! Reading the numbers of voxels in pieces, so that memory follows what the file really holds.

use std::io::Read;

use super::header::{Kind, NrrdFile};

/// Voxels that are read at once.
const PIECE_VOXELS: usize = 1 << 16;

/// Calls `each(voxel, layer, number)` for every number that is not 0; `voxel` counts through the file's own order, columns fastest.
pub(super) fn for_each(file: &mut NrrdFile, mut each: impl FnMut(usize, usize, i64)) -> Result<(), String> {
    let big_endian = file.is_big_endian;
    match file.kind {
        Kind::I8 => whole(file, |b| i64::from(i8::from_le_bytes(b)), &mut each),
        Kind::U8 => whole(file, |[b]| i64::from(b), &mut each),
        Kind::I16 => whole(file, |b| i64::from(i16::from_le_bytes(ordered(b, big_endian))), &mut each),
        Kind::U16 => whole(file, |b| i64::from(u16::from_le_bytes(ordered(b, big_endian))), &mut each),
        Kind::I32 => whole(file, |b| i64::from(i32::from_le_bytes(ordered(b, big_endian))), &mut each),
        Kind::U32 => whole(file, |b| i64::from(u32::from_le_bytes(ordered(b, big_endian))), &mut each),
        Kind::F32 => numbers(file, |b| integer(f64::from(f32::from_le_bytes(ordered(b, big_endian)))), &mut each),
        Kind::F64 => numbers(file, |b| integer(f64::from_le_bytes(ordered(b, big_endian))), &mut each),
    }
}

/// The bytes with the least significant one first.
fn ordered<const N: usize>(mut bytes: [u8; N], big_endian: bool) -> [u8; N] {
    if big_endian {
        bytes.reverse();
    }
    bytes
}

/// The integer that a real number is, if it is one of 32 bits.
fn integer(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= f64::from(u32::MAX)).then_some(number as i64)
}

fn whole<const N: usize>(
    file: &mut NrrdFile,
    convert: impl Fn([u8; N]) -> i64,
    each: &mut impl FnMut(usize, usize, i64),
) -> Result<(), String> {
    numbers(file, |bytes| Some(convert(bytes)), each)
}

fn numbers<const N: usize>(
    file: &mut NrrdFile,
    convert: impl Fn([u8; N]) -> Option<i64>,
    each: &mut impl FnMut(usize, usize, i64),
) -> Result<(), String> {
    let n_voxels = file.geometry.size().iter().product::<usize>();
    let layers = file.layers;
    let mut piece = vec![0; PIECE_VOXELS.min(n_voxels) * layers * N];
    let mut done = 0;
    while done < n_voxels {
        let n = PIECE_VOXELS.min(n_voxels - done);
        let (part, _) = piece.split_at_mut(n * layers * N);
        file.data
            .read_exact(part)
            .map_err(|cause| format!("its voxels end after {done} of {n_voxels}, or are damaged ({cause})"))?;
        for (at, bytes) in part.as_chunks::<N>().0.iter().enumerate() {
            let Some(number) = convert(*bytes) else {
                return Err(
                    "not a segmentation: some voxels are not whole numbers; give the file of the labels".to_owned()
                );
            };
            if number != 0 {
                each(done + at / layers, at % layers, number);
            }
        }
        done += n;
    }
    // A compressed file ends in a checksum, which is only compared when its end is asked for.
    file.data.read(&mut [0]).map_err(|cause| format!("its voxels are damaged ({cause})"))?;
    Ok(())
}
