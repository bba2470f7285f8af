//! Reading voxels in pieces, so that memory follows what the file really holds.

use std::io::Read;
use std::ops::RangeInclusive;

use ndarray::Array3;

use super::header::{Kind, NiftiFile};
use crate::volume::Voxels;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// The integers that the file's type holds, where they are the image's values as they are stored.
pub(super) fn integers_of(file: &NiftiFile) -> Option<RangeInclusive<i64>> {
    let header = &file.header;
    let scale = Scale::new(f64::from(header.scl_slope), f64::from(header.scl_inter)).ok()?;
    if scale.is_some() {
        return None;
    }
    Some(match file.kind {
        Kind::U8 => 0..=u8::MAX.into(),
        Kind::I8 => i8::MIN.into()..=i8::MAX.into(),
        Kind::U16 => 0..=u16::MAX.into(),
        Kind::I16 => i16::MIN.into()..=i16::MAX.into(),
        Kind::U32 => 0..=u32::MAX.into(),
        Kind::I32 => i32::MIN.into()..=i32::MAX.into(),
        Kind::U64 => 0..=i64::MAX,
        Kind::I64 => i64::MIN..=i64::MAX,
        Kind::F32 | Kind::F64 => return None,
    })
}

/// Reads all voxels and applies scale and offset.
pub(super) fn read(file: &mut NiftiFile) -> Result<Voxels, String> {
    let shape = (file.size[2], file.size[1], file.size[0]);
    let scale = Scale::new(f64::from(file.header.scl_slope), f64::from(file.header.scl_inter))?;
    match file.kind {
        Kind::F32 if scale.is_none() => {
            let values = file.values(|b: [u8; 4]| f32::from_le_bytes(b))?;
            array(shape, values).map(Voxels::F32)
        }
        Kind::F64 => {
            let scale = scale.unwrap_or(Scale { slope: 1.0, offset: 0.0 });
            let values = file.values(|b: [u8; 8]| scale.of(f64::from_le_bytes(b)))?;
            array(shape, values).map(Voxels::F64)
        }
        _ => match scale.map_or(Some(0), Scale::whole_offset) {
            Some(offset) if file.kind != Kind::F32 => integers(shape, file, offset),
            _ => {
                let scale = scale.unwrap_or(Scale { slope: 1.0, offset: 0.0 });
                array(shape, scaled(file, scale)?).map(Voxels::F32)
            }
        },
    }
}

/// Value = slope * stored + offset.
#[derive(Clone, Copy)]
struct Scale {
    slope: f64,
    offset: f64,
}

impl Scale {
    /// `None` where nothing is to be scaled: a slope of 0 means that (nifti1.h), and so does one that is not a number in files
    /// of some writers.
    fn new(slope: f64, offset: f64) -> Result<Option<Scale>, String> {
        if slope == 0.0 || slope.is_nan() || (slope, offset) == (1.0, 0.0) {
            return Ok(None);
        }
        if !slope.is_finite() || !offset.is_finite() {
            return Err(format!(
                "values are to be scaled by {slope} and moved by {offset}, which are not finite numbers"
            ));
        }
        Ok(Some(Scale { slope, offset }))
    }

    fn of(self, stored: f64) -> f64 {
        self.slope * stored + self.offset
    }

    /// The offset, if integers stay integers.
    fn whole_offset(self) -> Option<i64> {
        let whole = self.slope == 1.0 && self.offset.fract() == 0.0 && self.offset.abs() < f64::from(i32::MAX);
        whole.then_some(self.offset as i64)
    }
}

/// Integers that stay integers: 16 bits where all fit, else 32.
fn integers(shape: (usize, usize, usize), file: &mut NiftiFile, offset: i64) -> Result<Voxels, String> {
    // Bytes and unmoved 16-bit numbers fit 16 bits for certain, and are read without a detour.
    let small_offset = i16::try_from(offset).ok().filter(|offset| offset.unsigned_abs() < i16::MAX as u16 - 255);
    match (file.kind, small_offset) {
        (Kind::I16, Some(0)) => return array(shape, file.values(i16::from_le_bytes)?).map(Voxels::I16),
        (Kind::U8, Some(by)) => return array(shape, file.values(|[b]| i16::from(b) + by)?).map(Voxels::I16),
        (Kind::I8, Some(by)) => {
            return array(shape, file.values(|b| i16::from(i8::from_le_bytes(b)) + by)?).map(Voxels::I16);
        }
        _ => {}
    }
    let mut all_fit = true;
    let mut moved = |value: Option<i64>| {
        let moved = value.and_then(|value| value.checked_add(offset)).and_then(|value| i32::try_from(value).ok());
        all_fit &= moved.is_some();
        moved.unwrap_or(0)
    };
    let values = match file.kind {
        Kind::U8 => file.values(|[b]| moved(Some(i64::from(b))))?,
        Kind::I8 => file.values(|b| moved(Some(i64::from(i8::from_le_bytes(b)))))?,
        Kind::U16 => file.values(|b| moved(Some(i64::from(u16::from_le_bytes(b)))))?,
        Kind::I16 => file.values(|b| moved(Some(i64::from(i16::from_le_bytes(b)))))?,
        Kind::U32 => file.values(|b| moved(Some(i64::from(u32::from_le_bytes(b)))))?,
        Kind::I32 => file.values(|b| moved(Some(i64::from(i32::from_le_bytes(b)))))?,
        Kind::U64 => file.values(|b| moved(i64::try_from(u64::from_le_bytes(b)).ok()))?,
        Kind::I64 => file.values(|b| moved(Some(i64::from_le_bytes(b))))?,
        Kind::F32 | Kind::F64 => return Err("real numbers where integers were expected".to_owned()),
    };
    if !all_fit {
        return Err("it holds integers beyond 32 bits; save it with smaller numbers".to_owned());
    }
    if values.iter().all(|&value| i16::try_from(value).is_ok()) {
        return array(shape, values.into_iter().map(|value| value as i16).collect()).map(Voxels::I16);
    }
    array(shape, values).map(Voxels::I32)
}

/// Values that become real numbers of 32 bits, computed in 64 and rounded once.
fn scaled(file: &mut NiftiFile, scale: Scale) -> Result<Vec<f32>, String> {
    let of = |value: f64| scale.of(value) as f32;
    match file.kind {
        Kind::U8 => file.values(|[b]| of(f64::from(b))),
        Kind::I8 => file.values(|b| of(f64::from(i8::from_le_bytes(b)))),
        Kind::U16 => file.values(|b| of(f64::from(u16::from_le_bytes(b)))),
        Kind::I16 => file.values(|b| of(f64::from(i16::from_le_bytes(b)))),
        Kind::U32 => file.values(|b| of(f64::from(u32::from_le_bytes(b)))),
        Kind::I32 => file.values(|b| of(f64::from(i32::from_le_bytes(b)))),
        Kind::U64 => file.values(|b| of(u64::from_le_bytes(b) as f64)),
        Kind::I64 => file.values(|b| of(i64::from_le_bytes(b) as f64)),
        Kind::F32 => file.values(|b| of(f64::from(f32::from_le_bytes(b)))),
        Kind::F64 => file.values(|b| of(f64::from_le_bytes(b))),
    }
}

impl NiftiFile {
    /// Reads every voxel of `N` bytes through `convert`, which gets them with the least significant byte first.
    fn values<T, const N: usize>(&mut self, mut convert: impl FnMut([u8; N]) -> T) -> Result<Vec<T>, String> {
        let n_voxels = self.size.iter().product::<usize>();
        let mut values = Vec::new();
        // Only address space: pages are taken as values arrive, so a file that ends early costs no more than it held.
        values.try_reserve_exact(n_voxels).map_err(|_| format!("not enough memory for {n_voxels} voxels"))?;
        let mut piece = vec![0; PIECE_BYTES.min(n_voxels * N)];
        while values.len() < n_voxels {
            let wanted = piece.len().min((n_voxels - values.len()) * N);
            let part = &mut piece[..wanted];
            self.data.read_exact(part).map_err(|cause| {
                format!("its voxels end after {} of {n_voxels}, or are damaged ({cause})", values.len())
            })?;
            for bytes in part.as_chunks::<N>().0 {
                let mut bytes = *bytes;
                if self.is_big_endian {
                    bytes.reverse();
                }
                values.push(convert(bytes));
            }
        }
        Ok(values)
    }
}

fn array<T>(shape: (usize, usize, usize), values: Vec<T>) -> Result<Array3<T>, String> {
    Array3::from_shape_vec(shape, values).map_err(|error| error.to_string())
}
