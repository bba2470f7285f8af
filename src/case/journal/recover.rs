//! What journals of programs that did not end well hold.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ndarray::Array2;

use super::read::{Replayed, replay};
use super::write::{ENDING, LOCK, pages_in, private_file, remove_folder};
use super::{JournalError, Notes, Subject, VoxelBox};
use crate::case::Snapshot;
use crate::case::review::{Kept, Totals};

/// What was found in a folder of journals.
#[derive(Debug, Default)]
pub struct Found {
    /// Work that is in no file, the latest first.
    pub recovered: Vec<Recovered>,
    /// Journals that could not be read; they stay where they are.
    pub troubles: Vec<JournalError>,
}

/// Work on a case that is in no file. While it lives, no other program offers it.
#[derive(Debug)]
pub struct Recovered {
    /// Which image it was drawn on, and by whom.
    pub subject: Subject,
    /// What was drawn; [`super::super::Replacement::recovered`] puts it in place.
    pub labels: Snapshot,
    /// Edits that could be undone.
    pub n_edits: u64,
    /// Names of the latest edits, oldest first.
    pub names: Vec<String>,
    /// Edge margin and time at work, as far as they were noted.
    pub notes: Notes,
    /// When the case was opened.
    pub started: SystemTime,
    /// When it last changed.
    pub changed: SystemTime,
    /// Bytes at the end that were torn or damaged and are left out: 0 unless the program was stopped in the middle of a record.
    pub n_left_out: u64,
    pub(in crate::case) kept: Vec<Kept>,
    pub(in crate::case) totals: Totals,
    folder: PathBuf,
    lock: File,
}

/// What a list of recovered work shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The middle one of the acquired slices that are drawn on.
    pub slice: usize,
    /// Label bits of that slice, `[row, column]`.
    pub bits: Array2<u8>,
    /// The box around everything drawn.
    pub bounds: VoxelBox,
    /// Distance between neighbouring columns and rows, in mm.
    pub spacing_mm: [f64; 2],
}

impl Picture {
    /// The voxel in the middle of what the picture shows: column, row, slice.
    pub fn middle(&self) -> [usize; 3] {
        let VoxelBox { low, high } = self.bounds;
        [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, self.slice]
    }
}

/// Looks through a folder of journals. What another program is drawing on now is left alone; what is in a file already, or empty, is
/// removed.
pub fn recover(root: &Path) -> Found {
    let mut found = Found::default();
    let entries = match fs::read_dir(root) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return found,
        Err(cause) => {
            found.troubles.push(JournalError::Io { path: root.to_owned(), cause });
            return found;
        }
        Ok(entries) => entries,
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort_unstable();
    for folder in folders {
        match recover_folder(&folder) {
            Ok(recovered) => found.recovered.extend(recovered),
            Err(trouble) => found.troubles.push(trouble),
        }
    }
    found.recovered.sort_by_key(|work| std::cmp::Reverse(work.changed));
    found
}

impl Recovered {
    /// A picture of it; `None` where nothing is drawn.
    pub fn picture(&self) -> Option<Picture> {
        let bounds = self.labels.bounds()?;
        let slices = self.labels.slices().iter().enumerate();
        let drawn: Vec<usize> = slices.filter(|(_, slice)| !slice.is_empty()).map(|(k, _)| k).collect();
        let slice = *drawn.get(drawn.len() / 2)?;
        let [dx, dy, _] = self.labels.geometry().spacing_mm();
        Some(Picture { slice, bits: self.labels.slice_bits(slice), bounds, spacing_mm: [dx, dy] })
    }

    /// Removes the journal: its work is kept by another one by now, saved, or given up.
    pub fn discard(self) -> Result<(), JournalError> {
        let Self { folder, lock, .. } = self;
        drop(lock);
        remove_folder(&folder).map_err(|cause| JournalError::Io { path: folder, cause })
    }
}

fn recover_folder(folder: &Path) -> Result<Option<Recovered>, JournalError> {
    let io = |cause| JournalError::Io { path: folder.to_owned(), cause };
    let lock = match OpenOptions::new().read(true).write(true).open(folder.join(LOCK)) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound && pages_in(folder).next().is_none() => {
            // Made by a program that was stopped before it had locked it; what holds anything else is not ours to remove.
            let _ = fs::remove_dir(folder);
            return Ok(None);
        }
        // Someone deleted the lock, and not the work.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => private_file(&folder.join(LOCK)).map_err(io)?,
        opened => opened.map_err(io)?,
    };
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        return Ok(None);
    }
    let Some(Replayed { header, labels, names, notes, kept, totals, changed_ms, n_left_out }) = newest(folder)? else {
        drop(lock);
        return remove_folder(folder).map(|()| None).map_err(io);
    };
    if names.is_saved || labels.bounds().is_none() {
        drop(lock);
        return remove_folder(folder).map(|()| None).map_err(io);
    }
    // A name that was given after the image was opened is in the notes.
    let reader = if notes.reader.is_empty() { header.reader } else { notes.reader.clone() };
    let subject = Subject { series_sha256: header.series_sha256, path: header.path.into(), reader };
    Ok(Some(Recovered {
        subject,
        labels,
        n_edits: names.n_edits,
        names: names.latest,
        notes,
        started: time_of(header.started_ms),
        changed: time_of(changed_ms),
        n_left_out,
        kept,
        totals,
        folder: folder.to_owned(),
        lock,
    }))
}

/// The newest file that can be read; none where there is no file. Two are there when the program was stopped between beginning one
/// and deleting the one before.
fn newest(folder: &Path) -> Result<Option<Replayed>, JournalError> {
    let entries = fs::read_dir(folder).map_err(|cause| JournalError::Io { path: folder.to_owned(), cause })?;
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING);
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_journal).collect();
    files.sort_unstable_by(|a, b| b.cmp(a));
    let mut first_trouble = None;
    for file in files {
        match replay(&file) {
            Ok(replayed) => return Ok(Some(replayed)),
            Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
        }
    }
    first_trouble.map_or(Ok(None), Err)
}

/// A time of the journal; one that no clock shows is the beginning of 1970.
fn time_of(ms: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(ms)).unwrap_or(UNIX_EPOCH)
}
