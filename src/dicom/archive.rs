//! Zip archives as folders, with limits: members are read in place and never written to disk by their names.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use super::FileFault;
use super::stream::{HARMLESS, MAX_FILE, MAX_RATIO, Stream, io_fault};

const MAX_ENTRIES: u64 = 50_000;
/// Uncompressed bytes of all members together.
const MAX_TOTAL: u64 = 8 << 30;

/// An archive whose directory was read and checked.
#[derive(Debug)]
pub(super) struct Archive {
    zip: ZipArchive<SharedFile>,
    at: PathBuf,
}

/// A member that may be read, or the reason why not.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) refused: Option<FileFault>,
}

impl Archive {
    /// Reads the directory of the archive at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, FileFault> {
        let file = SharedFile { file: Arc::new(File::open(path).map_err(io_fault)?), position: 0 };
        let entries = announced_entries(&mut file.clone()).map_err(io_fault)?;
        refuse_too_many(entries)?;
        let zip = ZipArchive::new(file)
            .map_err(|error| FileFault::Structure(format!("the zip archive cannot be read ({error})")))?;
        // An archive may hold more than it says.
        refuse_too_many(zip.len() as u64)?;
        Ok(Self { zip, at: path.to_owned() })
    }

    /// Where the archive is.
    pub(super) fn path(&self) -> &Path {
        &self.at
    }

    /// Every member that is a file, those that must not be opened with the reason.
    pub(super) fn members(&self) -> Vec<Member> {
        let mut total = 0u64;
        let mut members = Vec::new();
        for index in 0..self.zip.len() {
            let Ok(entry) = self.zip.by_index_data(index) else { continue };
            let raw = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if entry.is_dir() {
                continue;
            }
            let (size, packed) = (entry.size(), entry.compressed_size());
            total = total.saturating_add(size);
            let refused = if let Some(why) = unsafe_name(&raw) {
                Some(FileFault::Limit(why.to_owned()))
            } else if entry.is_symlink() {
                Some(FileFault::Limit("the archive's member is a link".into()))
            } else if entry.encrypted() {
                Some(FileFault::Unsupported("the archive's member is encrypted".into()))
            } else if size > MAX_FILE {
                Some(FileFault::Limit(format!("the archive's member has {size} bytes; at most {MAX_FILE} are opened")))
            } else if size > HARMLESS && size / packed.max(1) > MAX_RATIO {
                Some(FileFault::Limit(format!(
                    "the archive's member would become {} times as large as it is packed; at most {MAX_RATIO} are allowed",
                    size / packed.max(1)
                )))
            } else if total > MAX_TOTAL {
                Some(FileFault::Limit(format!("the archive's members have more than {MAX_TOTAL} bytes together")))
            } else {
                None
            };
            members.push(Member { index, name: shown_name(&raw), refused });
        }
        members
    }

    /// Reads a member from its beginning.
    pub(super) fn with_member<T>(
        &self,
        index: usize,
        read: impl FnOnce(Stream<'_>) -> Result<T, FileFault>,
    ) -> Result<T, FileFault> {
        let mut zip = self.zip.clone();
        let member = zip
            .by_index(index)
            .map_err(|error| FileFault::Structure(format!("the archive's member cannot be read ({error})")))?;
        let size = member.size();
        read(Stream::read_from(member, size))
    }
}

fn refuse_too_many(entries: u64) -> Result<(), FileFault> {
    if entries <= MAX_ENTRIES {
        return Ok(());
    }
    Err(FileFault::Limit(format!("the archive has {entries} members; at most {MAX_ENTRIES} are opened")))
}

/// How many members the archive says it has, without reading its directory: the end record, or the one of ZIP64 that stands
/// before it (APPNOTE.TXT 4.3.14-16).
fn announced_entries(file: &mut SharedFile) -> io::Result<u64> {
    const LONGEST_END: u64 = 22 + 65_535;
    let size = file.seek(SeekFrom::End(0))?;
    let start = size.saturating_sub(LONGEST_END);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(LONGEST_END).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(4).rposition(|w| w == b"PK\x05\x06") else { return Ok(0) };
    let entries = tail.get(end + 10..end + 12).map_or(0, |b| u64::from(u16::from_le_bytes([b[0], b[1]])));
    // One field of the end record that is full says that the record of ZIP64 holds, as the reader of the archive takes it.
    let full = tail.get(end + 12..end + 20).is_some_and(|b| b[..4] == [0xFF; 4] || b[4..] == [0xFF; 4]);
    if entries < 0xFFFF && !full {
        return Ok(entries);
    }
    let locator = end.checked_sub(20).and_then(|at| tail.get(at..end)).filter(|l| l.starts_with(b"PK\x06\x07"));
    let Some(place) = locator.and_then(|l| l.get(8..16)).and_then(|b| b.try_into().ok()) else { return Ok(entries) };
    file.seek(SeekFrom::Start(u64::from_le_bytes(place)))?;
    let mut record = [0; 40];
    file.read_exact(&mut record)?;
    Ok(record[32..40].try_into().map_or(entries, u64::from_le_bytes))
}

/// Why a member's name must not be trusted, if so. Nothing is ever written by it, but it marks an archive that means harm.
fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':') {
        return Some("the archive's member has an absolute path");
    }
    for part in name.split(['/', '\\']) {
        let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
        let numbered = stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.as_bytes()[3].is_ascii_digit();
        if part == ".." {
            return Some("the archive's member points outside the archive");
        }
        if numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") {
            return Some("the archive's member has a name that some systems reserve for devices");
        }
        if part.len() > 255 || part.chars().any(char::is_control) {
            return Some("the archive's member has a name that no file can have");
        }
    }
    None
}

/// The name for messages: without control characters, and not endless.
fn shown_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A file that threads read at places of their own.
#[derive(Debug, Clone)]
struct SharedFile {
    file: Arc<File>,
    position: u64,
}

impl Read for SharedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let got = std::os::unix::fs::FileExt::read_at(&*self.file, out, self.position)?;
        #[cfg(windows)]
        let got = std::os::windows::fs::FileExt::seek_read(&*self.file, out, self.position)?;
        self.position += got as u64;
        Ok(got)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.position =
            place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning"))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_whose_end_record_hides_its_count_is_refused() {
        // The record of ZIP64 with 60,000 members, its locator, and an end record of one member whose directory is elsewhere.
        let mut bytes = b"PK\x06\x06".to_vec();
        bytes.resize(24, 0);
        bytes.extend(60_000u64.to_le_bytes());
        bytes.extend(60_000u64.to_le_bytes());
        bytes.resize(56, 0);
        bytes.extend(b"PK\x06\x07");
        bytes.extend([0; 12]);
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\xff\xff\xff\xff\0\0");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let refused = Archive::open(file.path()).unwrap_err();
        assert!(matches!(&refused, FileFault::Limit(why) if why.contains("60000 members")), "{refused}");
    }

    #[test]
    fn names_that_lead_outside_are_refused_and_ordinary_ones_are_not() {
        for name in ["../x.dcm", "a/../../x", "/abs", "..\\x", "C:\\x", "NUL", "con.dcm", "a/LPT1.txt"] {
            assert!(unsafe_name(name).is_some(), "{name}");
        }
        for name in ["DICOM/IM0001", "a..b/x.dcm", "console.dcm", "com.dcm", "1.2.840"] {
            assert!(unsafe_name(name).is_none(), "{name}");
        }
    }
}
