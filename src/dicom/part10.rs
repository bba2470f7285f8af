//! From bytes to a header: finds out whether a stream is DICOM at all, with or without preamble, prefix or file meta
//! information (PS3.10 section 7), and walks over its data set.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::FileFault;
use super::attributes::Attributes;
use super::stream::Stream;
use super::syntax::{DEFLATED, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Syntax, syntax};
use super::walk::{DataSet, Encoding, Limits, Pixels, Walked, is_long, is_vr, walk};

/// File meta elements; real files have about ten.
const MAX_META: usize = 1000;
/// A UID has 64 bytes at most.
const MAX_META_VALUE: u64 = 1024;

/// A header, read without its pixels.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) syntax: &'static Syntax,
    /// Media Storage SOP Class UID (0002,0002); empty when absent.
    pub(super) media_class: String,
    pub(super) data_set: DataSet,
    pub(super) pixels: Option<Pixels>,
    /// Where the deflated data set begins in the file; places of pixels then count from the beginning of what it inflates to.
    pub(super) deflated_from: Option<u64>,
    /// What is odd about the container.
    pub(super) oddities: Vec<String>,
}

/// Reads a header from the beginning of a stream.
pub(super) fn read_header(stream: Stream<'_>) -> Result<Header, FileFault> {
    read_header_within(stream, Limits::default())
}

/// Reads a header of a file that may have more in it than images have.
pub(super) fn read_header_within(mut stream: Stream<'_>, limits: Limits) -> Result<Header, FileFault> {
    let mut oddities = Vec::new();
    let announced = to_meta(&mut stream)?;
    let meta = if announced == Start::DataSet { Meta::default() } else { read_meta(&mut stream)? };
    if announced == Start::Prefix && stream.at_end()? {
        return Err(FileFault::Truncated("it ends after its file meta information".into()));
    }
    let uid = match meta.syntax {
        uid if !uid.is_empty() => uid,
        _ => {
            if announced != Start::DataSet {
                oddities.push("the file names no transfer syntax; it was found by trying".to_owned());
            }
            (if looks_explicit(&mut stream)? { EXPLICIT_LE } else { IMPLICIT_LE }).to_owned()
        }
    };
    let Some(mut syntax_read) = syntax(&uid) else {
        return Err(FileFault::Unsupported(format!("its transfer syntax {uid} is not one that is read here")));
    };
    let deflated_from = (syntax_read.uid == DEFLATED).then(|| stream.position());
    if deflated_from.is_some() {
        stream = stream.inflated();
    }
    if let Some(actual) = contradiction(&mut stream, syntax_read)? {
        oddities.push(format!("the file says {}, but is written in {}", syntax_read.name, actual.name));
        syntax_read = actual;
    }
    let encoding = Encoding { explicit: syntax_read.uid != IMPLICIT_LE, big_endian: syntax_read.uid == EXPLICIT_BE };
    let mut found = Walked::default();
    let walked = walk(&mut stream, encoding, limits, &mut found);
    let is_object = found.data_set.get(tags::SOP_CLASS_UID).is_some();
    match walked {
        Err(_) if announced == Start::DataSet && !is_object => return Err(FileFault::NotDicom),
        Err(fault) => return Err(fault),
        Ok(()) if announced == Start::DataSet && !is_object => return Err(FileFault::NotDicom),
        Ok(()) => {}
    }
    if let (Some(_), Some(Pixels::Native { length, .. })) = (deflated_from, &found.pixels) {
        // What a deflated stream still holds is only known by inflating it.
        stream.skip(*length)?;
    }
    Ok(Header {
        syntax: syntax_read,
        media_class: meta.class,
        data_set: found.data_set,
        pixels: found.pixels,
        deflated_from,
        oddities,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// After the `DICM` prefix.
    Prefix,
    /// File meta information without preamble and prefix.
    Meta,
    /// A data set without any of it.
    DataSet,
}

/// Moves to the file meta information, or to the data set where there is none.
fn to_meta(stream: &mut Stream<'_>) -> Result<Start, FileFault> {
    let head = stream.peek(132)?;
    if head.is_empty() {
        return Err(FileFault::NotDicom);
    }
    if head.get(128..132) == Some(b"DICM") {
        stream.skip(132)?;
        return Ok(Start::Prefix);
    }
    if head.starts_with(b"DICM") {
        stream.skip(4)?;
        return Ok(Start::Prefix);
    }
    match head {
        [2, 0, _, _, a, b, ..] if is_vr([*a, *b]) => Ok(Start::Meta),
        [8, 0, ..] if head.len() >= 8 => Ok(Start::DataSet),
        _ => Err(FileFault::NotDicom),
    }
}

/// What is needed of the file meta information; empty when absent.
#[derive(Debug, Default)]
struct Meta {
    syntax: String,
    class: String,
}

/// Reads group 2, which is always Explicit VR Little Endian; its announced length is not believed.
fn read_meta(stream: &mut Stream<'_>) -> Result<Meta, FileFault> {
    let mut meta = Meta::default();
    for _ in 0..MAX_META {
        let &[2, 0, e, f, a, b] = stream.peek(6)? else { return Ok(meta) };
        let tag = Tag(2, u16::from_le_bytes([e, f]));
        if !is_vr([a, b]) {
            return Err(FileFault::Structure(format!("file meta element {tag} has no valid value representation")));
        }
        stream.skip(6)?;
        let length = if is_long([a, b]) {
            stream.skip(2)?;
            u64::from(u32::from_le_bytes(stream.array()?))
        } else {
            u64::from(u16::from_le_bytes(stream.array()?))
        };
        if length > stream.left() {
            return Err(FileFault::Truncated(format!(
                "file meta element {tag} announces {length} bytes, but {} are left",
                stream.left()
            )));
        }
        let kept = match tag {
            tags::TRANSFER_SYNTAX_UID => &mut meta.syntax,
            tags::MEDIA_STORAGE_SOP_CLASS_UID => &mut meta.class,
            _ => {
                stream.skip(length)?;
                continue;
            }
        };
        if length > MAX_META_VALUE {
            return Err(FileFault::Limit(format!("file meta element {tag} has {length} bytes")));
        }
        let text = String::from_utf8_lossy(&stream.bytes(length)?).into_owned();
        *kept = text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned();
    }
    Err(FileFault::Limit("the file meta information does not end".into()))
}

fn looks_explicit(stream: &mut Stream<'_>) -> Result<bool, FileFault> {
    Ok(matches!(stream.peek(6)?, &[_, _, _, _, a, b] if is_vr([a, b])))
}

/// The syntax that a data set without compressed pixels is really written in, when it is not the one announced.
fn contradiction(stream: &mut Stream<'_>, announced: &Syntax) -> Result<Option<&'static Syntax>, FileFault> {
    if stream.at_end()? {
        return Ok(None);
    }
    let little_endian = !matches!(stream.peek(2)?, [0, group] if *group != 0);
    let explicit = looks_explicit(stream)?;
    let actual = match announced.uid {
        IMPLICIT_LE if explicit && little_endian => syntax(EXPLICIT_LE),
        EXPLICIT_LE if explicit && !little_endian => syntax(EXPLICIT_BE),
        EXPLICIT_LE if !explicit && little_endian => syntax(IMPLICIT_LE),
        EXPLICIT_BE if explicit && little_endian => syntax(EXPLICIT_LE),
        _ => None,
    };
    Ok(actual)
}

impl Header {
    /// The data set's values.
    pub(super) fn attributes(&self) -> Attributes<'_> {
        Attributes::new(&self.data_set, self.syntax.uid == EXPLICIT_BE)
    }
}
