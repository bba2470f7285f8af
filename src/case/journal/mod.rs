//! The journal of a case at work: after a crash, a kill or a power cut the next start offers everything but the stroke under the pen.
//!
//! The thread that draws hands each edit to a queue, which takes it microseconds, and never waits for a disk; a thread of the
//! journal's own writes what is queued and has it flushed (`sync_data`). A queue that grows, because a network drive hangs, merges
//! into one state instead of growing on. When writing fails, [`Journal::status`] says why, the work stays in memory, and the whole
//! state is written anew as soon as that succeeds. It deliberately keeps no undo list beyond names, and no image.
//!
//! # Format, version 1
//!
//! One folder per open case: `lock`, locked by the process that draws, and `000001.journal`, whose number counts up; when a file
//! grows long, the next begins with the present state and the one before is deleted. A file is the 8 bytes `HPTCJRNL`, the version
//! as u32, and records: length of the payload as u32, CRC-32 (IEEE 802.3) of the payload as u32, payload. All numbers are
//! little-endian; *varint* is unsigned LEB128; *text* is a varint of bytes and UTF-8. A payload is a tag byte and:
//!
//! | tag | meaning | content |
//! |---|---|---|
//! | `H` | header, the first record | JSON: program, SHA-256 of the SeriesInstanceUID, path of the image, reader, start in ms since 1970, size, origin and steps of the grid (LPS mm) |
//! | `S` | state, the second record | *sums*; byte: 1 where the state is in a file; varint: edits that could be undone; varint and text: names of the latest; *marks* of all slices; zlib stream (RFC 1950): rows of slices in order, each a varint of runs and for each a varint of voxels and a byte of label bits, what is missing from a row is empty |
//! | `D` `U` `R` | an edit done, undone, redone | *sums*; text: name; 6 varints: first and one past the last column, row, slice; *marks* of slices whose review changes; varint of runs and for each a varint of voxels and a byte of bits that flip, columns fastest within the box, what is missing is unchanged |
//! | `M` | slices reviewed | *sums*; *marks* of all slices |
//! | `F` | the state is in a file | *sums* |
//! | `N` | notes, which no drawing holds | *sums*; JSON: `reader`, `edge_margin_mm`, `times`: a list of slice (from 0, or null), tool and ms |
//!
//! *Sums*: u64 time in ms since 1970, six u32: edits by a machine on liver, vessel, lesion, caudate lobe, strokes within and outside
//! the protocol's window. *Marks*: varint of slices, for each a varint of its index and a byte: how it was made (0 not, 1 by hand,
//! 2 with help, 3 interpolated, 4 proposed, 5 loaded), plus 8 times the bits of labels that are as they were interpolated, plus 128 where
//! reviewed. Label bits: 1 liver, 2 vessel, 4 lesion, 8 caudate.
//!
//! A last record that is torn is left out. Files are for their owner alone (mode 0600); names of patients are in none of them, unless
//! the image's path tells one.

mod queue;
mod read;
mod record;
mod recover;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Edit, Labels, Review, VoxelBox};
use crate::volume::Geometry;
use queue::{Ending, Entry, Event, Queue, State};
pub use recover::{Found, Picture, Recovered, recover};

/// Longest time that the end of a journal is waited for: a drive that hangs must not hang the program.
const END_WAIT: Duration = Duration::from_secs(2);

/// What a journal is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// SHA-256 of the SeriesInstanceUID in hexadecimal; that of no text where the image is not DICOM.
    pub series_sha256: String,
    /// Where the image is.
    pub path: PathBuf,
    /// Who draws.
    pub reader: String,
}

/// How an edit entered the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Do,
    Undo,
    Redo,
}

/// What of a case at work is no drawing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// The reader's name, as it is known by now; empty where nobody said it.
    #[serde(default)]
    pub reader: String,
    /// Width of the edge that is left out of the VOI, in mm, once it was noted.
    pub edge_margin_mm: Option<f64>,
    /// Time at work: acquired slice from 0, or none, tool, and ms.
    pub times: Vec<(Option<usize>, String, u64)>,
}

/// How keeping the journal goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalStatus {
    /// Changes that are in memory alone.
    pub n_unwritten: usize,
    /// Why they are not written, in one sentence to show, for as long as it lasts.
    pub trouble: Option<String>,
}

/// The journal of one open case. Dropping it keeps what is written, for [`recover()`].
#[derive(Debug)]
pub struct Journal {
    queue: Arc<Queue>,
}

/// Why a journal could not be read or removed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refused.
    #[error("the journal {} could not be used: {cause}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It does not begin as a journal does.
    #[error("{} is no journal of Hepatica; move it elsewhere", .0.display())]
    NotAJournal(PathBuf),
    /// It was written by a later version of the program.
    #[error("the journal {} has version {version}, and this program reads up to {}; open it with a newer one", path.display(), record::VERSION)]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It is damaged before anything that could be recovered.
    #[error("the journal {} is damaged ({what}); nothing of it can be recovered, and its folder can be deleted", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Subject {
    /// What a journal is of, by the image's SeriesInstanceUID (empty where it has none), where it is and who draws.
    pub fn new(series_uid: &str, path: &Path, reader: &str) -> Self {
        let digest = Sha256::digest(series_uid.as_bytes());
        let series_sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { series_sha256, path: path.to_owned(), reader: reader.to_owned() }
    }

    /// Whether the image has a SeriesInstanceUID.
    pub fn has_series_uid(&self) -> bool {
        self.series_sha256 != Self::new("", Path::new(""), "").series_sha256
    }

    /// Whether both are of the same image, wherever it lies now: by its SeriesInstanceUID, or by its file's name where it has none.
    pub fn is_same_image(&self, other: &Self) -> bool {
        let by_name = || self.has_series_uid() || self.path.file_name() == other.path.file_name();
        self.series_sha256 == other.series_sha256 && by_name()
    }
}

impl Journal {
    /// Begins the journal of a case in a folder of its own within `root`, which is made where it is missing. Nothing is written before
    /// something changes. `wake` is called, from another thread, whenever the trouble that [`Journal::status`] tells comes or goes.
    pub fn begin(root: &Path, subject: Subject, geometry: &Geometry, wake: impl Fn() + Send + 'static) -> Self {
        let queue = Arc::new(Queue::default());
        let book = write::Book::new(root, subject, *geometry, now_ms());
        let own = queue.clone();
        let thread = std::thread::Builder::new().name("journal".to_owned());
        if let Err(cause) = thread.spawn(move || write::keep(&own, book, wake)) {
            queue.fail(format!("no journal is kept, for no thread could be begun: {cause}; save often"));
        }
        Self { queue }
    }

    /// How keeping it goes.
    pub fn status(&self) -> JournalStatus {
        self.queue.status()
    }

    /// Waits until everything is on the disk, at most so long; `false` when it is not.
    pub fn settle(&self, at_most: Duration) -> bool {
        self.queue.settle(at_most)
    }

    /// Ends the journal and removes it: everything is saved or given up. `false` when it is still there, because the disk refused
    /// or takes longer than two seconds.
    pub fn remove(self) -> bool {
        self.queue.end(Ending::Remove, END_WAIT)
    }

    pub(super) fn edited(&self, how: Move, edit: &Edit, labels: &Labels, review: &Review) {
        let event = Event::Moved { how, name: edit.name.clone(), bounds: edit.bounds(), runs: edit.runs().clone() };
        self.tell(event, labels, review);
    }

    pub(super) fn reviewed(&self, labels: &Labels, review: &Review) {
        self.tell(Event::Reviewed, labels, review);
    }

    pub(super) fn saved(&self, labels: &Labels, review: &Review) {
        self.tell(Event::Saved, labels, review);
    }

    pub(super) fn noted(&self, notes: Notes, labels: &Labels, review: &Review) {
        self.tell(Event::Noted(notes), labels, review);
    }

    fn tell(&self, event: Event, labels: &Labels, review: &Review) {
        let state =
            State { labels: labels.snapshot(), kept: review.kept(), totals: review.totals(), time_ms: now_ms() };
        self.queue.push(Entry { event, state });
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.end(Ending::Keep, END_WAIT);
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests;
