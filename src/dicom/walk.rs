//! A walk over a data set's bytes that believes no length (PS3.5 section 7).
//!
//! Depth, number of elements and every length are checked before anything is allocated or handed to a decoder. Long values
//! and pixels are not read: the walk stops at Pixel Data (7FE0,0010) and says where it lies.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use super::FileFault;
use super::stream::Stream;

/// Sequences in sequences.
const MAX_DEPTH: usize = 64;
/// Elements and items in one file, where the caller has no reason for more. Delimiters are none: whether a writer ends its items
/// by them or by lengths makes no difference.
const MAX_ELEMENTS: usize = 200_000;
/// Longer values than this are passed over, where the caller has no reason for more: nothing that a header is asked for is as long.
const MAX_KEPT: u64 = 16 << 10;
/// Values kept of one file, bytes in all.
const MAX_KEPT_IN_ALL: u64 = 64 << 20;

const UNDEFINED: u32 = 0xFFFF_FFFF;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// What is read of one file at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Elements and items.
    pub(super) elements: usize,
    /// Bytes of a value; longer ones are passed over.
    pub(super) value_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { elements: MAX_ELEMENTS, value_bytes: MAX_KEPT }
    }
}

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) explicit: bool,
    pub(super) big_endian: bool,
}

/// Elements by tag: of two with one tag, which no file may have, the first. Frames ask for what they share once each, so that a
/// search from one end would take quadratic time.
#[derive(Debug, Clone, Default)]
pub(super) struct DataSet {
    elements: BTreeMap<Tag, Value>,
}

impl DataSet {
    /// The element's value.
    pub(super) fn get(&self, tag: Tag) -> Option<&Value> {
        self.elements.get(&tag)
    }

    pub(super) fn put(&mut self, tag: Tag, value: Value) {
        self.elements.entry(tag).or_insert(value);
    }
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Bytes(Vec<u8>),
    Items(Vec<DataSet>),
    /// Too long to be kept.
    PassedOver,
}

/// Where Pixel Data lies, in bytes from the beginning of the stream.
#[derive(Debug, Clone)]
pub(super) enum Pixels {
    Native { offset: u64, length: u64 },
    Encapsulated { offset_table: Vec<u32>, fragments: Vec<Fragment> },
}

/// One fragment's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// What the walk found; on a fault, what it had found until then.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) data_set: DataSet,
    pub(super) pixels: Option<Pixels>,
}

/// Walks over the data set that begins here, up to and including Pixel Data.
pub(super) fn walk(
    stream: &mut Stream<'_>,
    encoding: Encoding,
    limits: Limits,
    found: &mut Walked,
) -> Result<(), FileFault> {
    let mut walker = Walker { stream, encoding, limits, elements: 0, kept: 0 };
    while !walker.stream.at_end()? {
        let header = walker.header(None)?;
        if header.tag.group() == 0xFFFE {
            return Err(structure(walker.stream, "an item or delimiter stands where no sequence is open"));
        }
        if header.tag == PIXEL_DATA {
            found.pixels = Some(walker.pixels(header)?);
            return Ok(());
        }
        let value = walker.value(&header, None, 0)?;
        found.data_set.put(header.tag, value);
    }
    Ok(())
}

struct Walker<'s, 'a> {
    stream: &'s mut Stream<'a>,
    encoding: Encoding,
    limits: Limits,
    elements: usize,
    kept: u64,
}

struct Header {
    tag: Tag,
    vr: Option<[u8; 2]>,
    length: u32,
}

/// Where the enclosing item or sequence ends, when its length is given.
type End = Option<u64>;

impl Walker<'_, '_> {
    fn u16(&mut self) -> Result<u16, FileFault> {
        let bytes = self.stream.array()?;
        Ok(if self.encoding.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&mut self) -> Result<u32, FileFault> {
        let bytes = self.stream.array()?;
        Ok(if self.encoding.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn count(&mut self) -> Result<(), FileFault> {
        self.elements += 1;
        let most = self.limits.elements;
        if self.elements > most {
            return Err(FileFault::Limit(format!("the data set has more than {most} elements and items")));
        }
        Ok(())
    }

    /// Tag, VR and length of the next element or item, which must fit before `end`.
    fn header(&mut self, end: End) -> Result<Header, FileFault> {
        let tag = Tag(self.u16()?, self.u16()?);
        if !matches!(tag, ITEM_END | SEQUENCE_END) {
            self.count()?;
        }
        let delimiter = tag.group() == 0xFFFE;
        let (vr, length) = if delimiter || !self.encoding.explicit {
            (None, self.u32()?)
        } else {
            let vr: [u8; 2] = self.stream.array()?;
            if !vr.iter().all(u8::is_ascii_uppercase) {
                return Err(structure(self.stream, &format!("element {tag} has no valid value representation")));
            }
            let length = if is_long(vr) {
                let _reserved = self.u16()?;
                self.u32()?
            } else {
                u32::from(self.u16()?)
            };
            (Some(vr), length)
        };
        if length != UNDEFINED {
            let left = end.map_or(self.stream.left(), |end| end.saturating_sub(self.stream.position()));
            if u64::from(length) > left {
                if let Some(limit) = self.stream.beyond_limit(u64::from(length)) {
                    return Err(limit);
                }
                return Err(FileFault::Truncated(format!(
                    "element {tag} announces {length} bytes, but {left} are left"
                )));
            }
        }
        Ok(Header { tag, vr, length })
    }

    fn value(&mut self, header: &Header, end: End, depth: usize) -> Result<Value, FileFault> {
        let undefined = header.length == UNDEFINED;
        let sequence = match header.vr {
            Some(vr) => vr == *b"SQ",
            None => undefined || is_sequence(header.tag),
        };
        if sequence {
            return Ok(Value::Items(self.items(header, end, depth + 1)?));
        }
        if undefined {
            return match header.vr {
                // A sequence of unknown nature is encoded as Implicit VR Little Endian (PS3.5 6.2.2 note 2).
                Some(vr) if vr == *b"UN" => {
                    let outer = std::mem::replace(&mut self.encoding, Encoding { explicit: false, big_endian: false });
                    let items = self.items(header, end, depth + 1);
                    self.encoding = outer;
                    Ok(Value::Items(items?))
                }
                Some(vr) if vr == *b"OB" || vr == *b"OW" => self.fragments(end).map(|_| Value::PassedOver),
                _ => Err(structure(self.stream, &format!("element {} has no length", header.tag))),
            };
        }
        let length = u64::from(header.length);
        if length > self.limits.value_bytes || self.kept + length > MAX_KEPT_IN_ALL {
            self.stream.skip(length)?;
            return Ok(Value::PassedOver);
        }
        self.kept += length;
        Ok(Value::Bytes(self.stream.bytes(length)?))
    }

    fn items(&mut self, header: &Header, end: End, depth: usize) -> Result<Vec<DataSet>, FileFault> {
        if depth > MAX_DEPTH {
            return Err(FileFault::Limit(format!("sequences are nested more than {MAX_DEPTH} deep")));
        }
        let own_end =
            if header.length == UNDEFINED { None } else { Some(self.stream.position() + u64::from(header.length)) };
        let bound = own_end.or(end);
        let mut items = Vec::new();
        loop {
            if own_end.is_some_and(|end| self.stream.position() >= end) {
                return Ok(items);
            }
            let item = self.header(bound)?;
            match item.tag {
                ITEM => items.push(self.item(&item, bound, depth)?),
                SEQUENCE_END if own_end.is_none() => return Ok(items),
                tag => {
                    return Err(structure(
                        self.stream,
                        &format!("sequence {} holds {tag} where an item is due", header.tag),
                    ));
                }
            }
        }
    }

    fn item(&mut self, item: &Header, end: End, depth: usize) -> Result<DataSet, FileFault> {
        let own_end =
            if item.length == UNDEFINED { None } else { Some(self.stream.position() + u64::from(item.length)) };
        let bound = own_end.or(end);
        let mut data_set = DataSet::default();
        loop {
            if own_end.is_some_and(|end| self.stream.position() >= end) {
                return Ok(data_set);
            }
            let header = self.header(bound)?;
            if header.tag == ITEM_END && own_end.is_none() {
                return Ok(data_set);
            }
            if header.tag.group() == 0xFFFE {
                return Err(structure(self.stream, "an item or delimiter stands where an element is due"));
            }
            let value = self.value(&header, bound, depth)?;
            data_set.put(header.tag, value);
        }
    }

    fn pixels(&mut self, header: Header) -> Result<Pixels, FileFault> {
        if header.length != UNDEFINED {
            return Ok(Pixels::Native { offset: self.stream.position(), length: u64::from(header.length) });
        }
        let (offset_table, fragments) = self.fragments(None)?;
        Ok(Pixels::Encapsulated { offset_table, fragments })
    }

    /// The items of encapsulated data (PS3.5 A.4): offset table, then fragments, of which only the places are kept.
    fn fragments(&mut self, end: End) -> Result<(Vec<u32>, Vec<Fragment>), FileFault> {
        let mut offset_table = None;
        let mut fragments = Vec::new();
        loop {
            // Some writers forget the closing delimiter; every fragment is there all the same.
            if !fragments.is_empty() && end.is_none() && self.stream.at_end()? {
                break;
            }
            let header = self.header(end)?;
            match header.tag {
                SEQUENCE_END => break,
                ITEM if header.length != UNDEFINED => {}
                tag => {
                    return Err(structure(
                        self.stream,
                        &format!("compressed pixels hold {tag} where a fragment is due"),
                    ));
                }
            }
            if offset_table.is_none() {
                offset_table = Some(self.offset_table(header.length)?);
                continue;
            }
            let length = u64::from(header.length);
            fragments.push(Fragment { offset: self.stream.position(), length });
            self.stream.skip(length)?;
        }
        Ok((offset_table.unwrap_or_default(), fragments))
    }

    fn offset_table(&mut self, length: u32) -> Result<Vec<u32>, FileFault> {
        if length as usize > 4 * MAX_ELEMENTS {
            return Err(FileFault::Limit("the offset table of the pixels is too long".into()));
        }
        let bytes = self.stream.bytes(u64::from(length))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|&b| u32::from_le_bytes(b)).collect())
    }
}

fn structure(stream: &Stream<'_>, what: &str) -> FileFault {
    FileFault::Structure(format!("{what} (before byte {})", stream.position()))
}

/// Value representations with a 32-bit length in explicit encodings (PS3.5 7.1.2).
pub(super) fn is_long(vr: [u8; 2]) -> bool {
    matches!(&vr, b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN" | b"UR" | b"UT" | b"UV")
}

/// Whether these are the letters of a value representation (PS3.5 6.2).
pub(super) fn is_vr(vr: [u8; 2]) -> bool {
    is_long(vr)
        || matches!(
            &vr,
            b"AE"
                | b"AS"
                | b"AT"
                | b"CS"
                | b"DA"
                | b"DS"
                | b"DT"
                | b"FD"
                | b"FL"
                | b"IS"
                | b"LO"
                | b"LT"
                | b"PN"
                | b"SH"
                | b"SL"
                | b"SS"
                | b"ST"
                | b"TM"
                | b"UI"
                | b"UL"
                | b"US"
        )
}

fn is_sequence(tag: Tag) -> bool {
    StandardDataDictionary.by_tag(tag).is_some_and(|entry| matches!(entry.vr(), VirtualVr::Exact(dicom_core::VR::SQ)))
}
