//! Writing NIfTI-1: little endian, sform and qform both set (the qform only where the grid has right angles), lengths in mm.

use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use ndarray::Array3;
use nifti::{Endianness, NiftiHeader};

use super::affine::put_geometry;
use super::header::HEADER_BYTES;
use super::{NiftiError, read_label_map, unreadable};
use crate::base::{RESEARCH_USE_ONLY, write_checked};
use crate::volume::{Geometry, Label, LabelMap, Mask, Volume, Voxels};

/// Writes an image with its own kind of numbers; a name that ends in `.gz` is compressed. Nothing is replaced without `force`.
pub fn write_volume(path: &Path, volume: &Volume, force: bool) -> Result<(), NiftiError> {
    let grid = volume.geometry();
    // An image is kept elsewhere, and can be written again.
    let unchecked = |_: &Path| Ok(());
    match volume.voxels() {
        Voxels::I16(voxels) => {
            write_file(path, grid, (4, 2), &|w| put(w, voxels, |v| v.to_le_bytes()), force, unchecked)
        }
        Voxels::I32(voxels) => {
            write_file(path, grid, (8, 4), &|w| put(w, voxels, |v| v.to_le_bytes()), force, unchecked)
        }
        Voxels::F32(voxels) => {
            write_file(path, grid, (16, 4), &|w| put(w, voxels, |v| v.to_le_bytes()), force, unchecked)
        }
        Voxels::F64(voxels) => {
            write_file(path, grid, (64, 8), &|w| put(w, voxels, |v| v.to_le_bytes()), force, unchecked)
        }
    }
}

/// Writes a label map with one number a voxel: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe; where labels overlap, the highest
/// number. The VOI then is number 1. Nothing is replaced without `force`, and nothing before the written file was read back and every
/// voxel compared.
pub fn write_label_map(path: &Path, label_map: &LabelMap, force: bool) -> Result<(), NiftiError> {
    let numbers: [u8; 256] = std::array::from_fn(|bits| {
        let labels = Label::ALL.into_iter().filter(|label| bits & usize::from(label.bit()) != 0);
        labels.map(Label::number).max().unwrap_or(0)
    });
    let number = |bits: u8| [numbers[usize::from(bits)]];
    let grid = label_map.geometry();
    let check = |written: &Path| {
        let read = read_label_map(written, grid).map_err(|error| error.to_string())?.label_map;
        let kept = |bits: u8| Label::from_number(numbers[usize::from(bits)]).map_or(0, Label::bit);
        let pairs = read.bits().iter().zip(label_map.bits());
        none_differs(pairs.filter(|&(&read, &bits)| read != kept(bits)).count())
    };
    write_file(path, grid, (2, 1), &|w| put(w, label_map.bits(), number), force, check)
}

/// Writes a mask with 1 inside and 0 outside; force and reading back as in [`write_label_map`].
pub fn write_mask(path: &Path, mask: &Mask, force: bool) -> Result<(), NiftiError> {
    let (grid, inside) = (mask.geometry(), mask.inside());
    let check = |written: &Path| {
        let read = read_label_map(written, grid).map_err(|error| error.to_string())?.label_map;
        let pairs = read.bits().iter().zip(inside);
        none_differs(pairs.filter(|&(&read, &inside)| (read != 0) != inside).count())
    };
    write_file(path, grid, (2, 1), &|w| put(w, inside, |inside| [u8::from(inside)]), force, check)
}

fn none_differs(n: usize) -> Result<(), String> {
    if n == 0 { Ok(()) } else { Err(format!("{n} voxels differ")) }
}

/// Header and voxels; `kind` is the data type's code in nifti1.h and its bytes a voxel, and `check` reads back what was written.
fn write_file(
    path: &Path,
    grid: &Geometry,
    kind: (i16, u16),
    put_voxels: &dyn Fn(&mut dyn Write) -> io::Result<()>,
    force: bool,
    check: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), NiftiError> {
    let header = header(grid, kind).map_err(|problem| unreadable(path, problem))?;
    let put_all = |writer: &mut dyn Write| {
        writer.write_all(&encode(&header))?;
        // No extensions.
        writer.write_all(&[0; 4])?;
        put_voxels(writer)
    };
    let is_gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let write = |writer: &mut dyn Write| {
        if !is_gzip {
            return put_all(writer);
        }
        // No name and no time in the gzip header: the same image gives the same file.
        let mut gzip = GzBuilder::new().write(writer, Compression::default());
        put_all(&mut gzip)?;
        gzip.finish().map(|_| ())
    };
    Ok(write_checked(path, force, write, check)?)
}

/// Voxels in the array's own order, which is NIfTI's: columns run fastest, then rows, then slices.
fn put<T: Copy, const N: usize>(
    writer: &mut dyn Write,
    voxels: &Array3<T>,
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut row_bytes = Vec::new();
    for row in voxels.rows() {
        row_bytes.clear();
        row_bytes.extend(row.iter().flat_map(|&value| bytes(value)));
        writer.write_all(&row_bytes)?;
    }
    Ok(())
}

fn header(grid: &Geometry, (code, bytes): (i16, u16)) -> Result<NiftiHeader, String> {
    let mut header = NiftiHeader { endianness: Endianness::Little, ..NiftiHeader::default() };
    header.dim = [3, 1, 1, 1, 1, 1, 1, 1];
    for (slot, side) in header.dim.iter_mut().skip(1).zip(grid.size()) {
        let side = i16::try_from(side).map_err(|_| format!("{side} voxels on a side; NIfTI-1 holds at most 32767"))?;
        *slot = side.cast_unsigned();
    }
    header.datatype = code;
    header.bitpix = (8 * bytes).cast_signed();
    header.vox_offset = 352.0;
    // A slope of 0 would mean the same, but not every reader knows.
    (header.scl_slope, header.scl_inter) = (1.0, 0.0);
    header.regular = b'r';
    header.magic = *b"n+1\0";
    let description = format!("Hepatica {}: {}", env!("CARGO_PKG_VERSION"), RESEARCH_USE_ONLY.replace('–', "-"));
    header.descrip = description.into_bytes();
    put_geometry(&mut header, grid);
    Ok(header)
}

/// The header's 348 bytes, little endian, at the offsets of nifti1.h. Fields that are not set here are 0.
fn encode(header: &NiftiHeader) -> [u8; HEADER_BYTES] {
    let mut raw = [0; HEADER_BYTES];
    let mut put = |offset: usize, bytes: &[u8]| {
        raw.iter_mut().skip(offset).zip(bytes).for_each(|(to, from)| *to = *from);
    };
    put(0, &(HEADER_BYTES as i32).to_le_bytes());
    put(38, &[header.regular]);
    header.dim.iter().enumerate().for_each(|(n, side)| put(40 + 2 * n, &side.to_le_bytes()));
    put(70, &header.datatype.to_le_bytes());
    put(72, &header.bitpix.to_le_bytes());
    header.pixdim.iter().enumerate().for_each(|(n, size)| put(76 + 4 * n, &size.to_le_bytes()));
    for (offset, value) in [(108, header.vox_offset), (112, header.scl_slope), (116, header.scl_inter)] {
        put(offset, &value.to_le_bytes());
    }
    put(123, &[header.xyzt_units]);
    // The text keeps its closing 0.
    put(148, &header.descrip[..header.descrip.len().min(79)]);
    put(252, &header.qform_code.to_le_bytes());
    put(254, &header.sform_code.to_le_bytes());
    let quaternion = [header.quatern_b, header.quatern_c, header.quatern_d];
    let offset = [header.quatern_x, header.quatern_y, header.quatern_z];
    let rows = [header.srow_x, header.srow_y, header.srow_z].concat();
    let floats = quaternion.iter().chain(&offset).chain(&rows);
    floats.enumerate().for_each(|(n, value)| put(256 + 4 * n, &value.to_le_bytes()));
    put(344, &header.magic);
    raw
}
