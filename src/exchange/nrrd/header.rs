//! Opening an NRRD file and checking its header against the file before anything is allocated.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::super::stored::Stored;
use super::{NrrdError, grid, unreadable};
use crate::base::Warnings;
use crate::volume::{Geometry, MOST_READ_VOXELS};

/// Longer headers are none: Slicer writes about 1 KiB for each segment.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// The most layers: more than structures that could overlap, each on its own.
const MAX_LAYERS: usize = 64;

/// A file whose header has been read and checked.
pub(super) struct NrrdFile {
    /// Where the voxels lie (LPS).
    pub geometry: Geometry,
    /// Numbers that each voxel has.
    pub layers: usize,
    pub kind: Kind,
    pub is_big_endian: bool,
    /// Key/value pairs.
    pub keys: BTreeMap<String, String>,
    pub warnings: Warnings,
    /// Reads on at the first voxel.
    pub data: Box<dyn Read>,
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Kind {
    /// The kind for a `type` field; the format has many names for each.
    fn from_name(name: &str) -> Option<Kind> {
        Some(match name {
            "signed char" | "int8" | "int8_t" => Kind::I8,
            "uchar" | "unsigned char" | "uint8" | "uint8_t" => Kind::U8,
            "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Kind::I16,
            "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Kind::U16,
            "int" | "signed int" | "int32" | "int32_t" => Kind::I32,
            "uint" | "unsigned int" | "uint32" | "uint32_t" => Kind::U32,
            "float" => Kind::F32,
            "double" => Kind::F64,
            _ => return None,
        })
    }

    /// Bytes a number.
    pub(super) fn bytes(self) -> usize {
        match self {
            Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 => 2,
            Kind::I32 | Kind::U32 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }
}

/// The header's fields, by name in lower case, and its key/value pairs.
#[derive(Default)]
pub(super) struct Fields {
    fields: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
}

impl Fields {
    /// A field's description, trimmed.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    fn needed(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| format!("the header has no field \"{name}\""))
    }
}

/// Opens the file, reads its header and stands before its first voxel.
pub(super) fn open(path: &Path) -> Result<NrrdFile, NrrdError> {
    let io = |cause| NrrdError::Io { path: path.to_owned(), cause };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(unreadable(path, "not a file; name an .nrrd file"));
    }
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let (fields, header_bytes) = read_fields(&mut reader).map_err(|problem| unreadable(path, problem))?;
    let left = metadata.len().saturating_sub(header_bytes);
    checked(fields, reader, left).map_err(|problem| unreadable(path, problem))
}

/// The lines up to the empty one, and how many bytes they have.
fn read_fields(reader: &mut impl BufRead) -> Result<(Fields, u64), String> {
    let mut fields = Fields::default();
    let mut n_bytes = 0;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        let read = reader.take(MAX_HEADER_BYTES - n_bytes).read_until(b'\n', &mut line);
        let read = read.map_err(|cause| format!("the header cannot be read ({cause})"))? as u64;
        n_bytes += read;
        let is_whole = line.pop_if(|byte| *byte == b'\n').is_some();
        line.pop_if(|byte| *byte == b'\r');
        if is_first {
            let version = line.strip_prefix(b"NRRD000");
            if !version.is_some_and(|version| matches!(version, [b'1'..=b'5'])) {
                return Err("not an NRRD file: it does not begin with NRRD0001 to NRRD0005".to_owned());
            }
            is_first = false;
        }
        if !is_whole {
            return Err(match n_bytes >= MAX_HEADER_BYTES {
                true => format!("its header has more than {} KiB", MAX_HEADER_BYTES >> 10),
                false => {
                    "the file ends within its header, or has its voxels in another file; save it as one file".to_owned()
                }
            });
        }
        if line.is_empty() {
            return Ok((fields, n_bytes));
        }
        put_line(&mut fields, &String::from_utf8_lossy(&line));
    }
}

/// One line: `field: description`, `key:=value`, or a comment. The magic word is none of them. Of two with one name, the first counts.
fn put_line(fields: &mut Fields, line: &str) {
    if line.starts_with('#') {
        return;
    }
    let Some((name, rest)) = line.split_once(':') else { return };
    match rest.strip_prefix('=') {
        Some(value) => {
            let value = value.replace("\\n", "\n").replace("\\\\", "\\");
            fields.keys.entry(name.to_owned()).or_insert(value);
        }
        None => {
            fields.fields.entry(name.trim().to_lowercase()).or_insert_with(|| rest.trim().to_owned());
        }
    }
}

/// The file, once its fields agree with each other and with the bytes that are left.
fn checked(fields: Fields, reader: BufReader<File>, left: u64) -> Result<NrrdFile, String> {
    if let Some(name) = ["data file", "datafile"].into_iter().find(|name| fields.get(name).is_some()) {
        return Err(format!("a header whose voxels are in another file (\"{name}\"); save it as one .nrrd file"));
    }
    for skip in ["line skip", "lineskip", "byte skip", "byteskip"] {
        if fields.get(skip).is_some_and(|skip| skip != "0") {
            return Err(format!("its voxels do not follow the header (\"{skip}\"); save it again without"));
        }
    }
    let type_name = fields.needed("type")?.to_lowercase();
    let Some(kind) = Kind::from_name(&type_name) else {
        return Err(format!("its type \"{type_name}\" is not read; save it as whole numbers of 8, 16 or 32 bits"));
    };
    let is_gzip = match fields.needed("encoding")?.to_lowercase().as_str() {
        "raw" => false,
        "gz" | "gzip" => true,
        other => return Err(format!("its encoding \"{other}\" is not read; save it as gzip or raw")),
    };
    let is_big_endian = match fields.get("endian").map(str::to_lowercase).as_deref() {
        Some("big") => true,
        Some("little") => false,
        _ if kind.bytes() == 1 => false,
        _ => return Err("the header does not say in which order the bytes of a number lie (\"endian\")".to_owned()),
    };
    let (layers, size) = sides(&fields)?;
    check_size(layers, size, kind, Stored { bytes: left, is_gzip })?;
    let mut warnings = Warnings::new();
    let geometry = grid::geometry(&fields, size, layers.is_some(), &mut warnings)?;
    let data: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
    Ok(NrrdFile { geometry, layers: layers.unwrap_or(1), kind, is_big_endian, keys: fields.keys, warnings, data })
}

/// The number of layers, where the file has an axis for them, and columns, rows, slices.
fn sides(fields: &Fields) -> Result<(Option<usize>, [usize; 3]), String> {
    let text = fields.needed("sizes")?;
    let sides: Option<Vec<usize>> = text.split_whitespace().map(|side| side.parse().ok()).collect();
    let sides = sides.filter(|sides| !sides.contains(&0));
    let sides = sides.ok_or_else(|| format!("the header's sizes \"{}\" are no counts", start_of(text)))?;
    let dimension = fields.needed("dimension")?;
    if dimension.parse() != Ok(sides.len()) {
        return Err(format!("the header claims {} dimensions and gives {} sizes", start_of(dimension), sides.len()));
    }
    match *sides.as_slice() {
        [columns, rows, slices] => Ok((None, [columns, rows, slices])),
        [layers, columns, rows, slices] if layers <= MAX_LAYERS => Ok((Some(layers), [columns, rows, slices])),
        [layers, _, _, _] => Err(format!(
            "{layers} numbers a voxel, where a segmentation has one for each layer; save it with its layers as the first axis"
        )),
        _ => Err(format!("{} dimensions, where a segmentation has three, or four with its layers", sides.len())),
    }
}

/// An error where the file cannot hold so many numbers, or memory is not to be filled by them.
fn check_size(layers: Option<usize>, size: [usize; 3], kind: Kind, stored: Stored) -> Result<(), String> {
    let [columns, rows, slices] = size;
    let product = |sides: &[usize]| sides.iter().try_fold(1u64, |product, &side| product.checked_mul(side as u64));
    let n_voxels = product(&size).filter(|&n| n <= MOST_READ_VOXELS).ok_or_else(|| {
        format!("the header claims {columns} x {rows} x {slices} voxels; at most {MOST_READ_VOXELS} are read")
    })?;
    // Up to 2^31 voxels, 64 layers and 8 bytes stay below 2^40.
    let n_bytes = n_voxels * layers.unwrap_or(1) as u64 * kind.bytes() as u64;
    if n_bytes > stored.most_bytes() {
        return Err(format!(
            "the file is too short for the {columns} x {rows} x {slices} voxels that its header claims"
        ));
    }
    // A byte a voxel in memory.
    stored.refuse_unlikely(n_bytes, n_voxels, "raw NRRD")
}

/// Enough of a text to tell it in a message.
pub(super) fn start_of(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
