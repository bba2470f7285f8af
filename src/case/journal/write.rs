//! The thread that writes the journal.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::queue::{Ending, Entry, Event, Outline, Queue, State};
use super::record::{self, Header, MAGIC, Names, VERSION};
use super::{JournalStatus, Notes, Subject};
use crate::base::sync_folder;
use crate::volume::Geometry;

/// Time between attempts while the disk refuses.
const RETRY: Duration = Duration::from_secs(2);
/// Bytes of records after the state that a file begins with, beyond which the next file begins: reading so many takes well under
/// a second.
const LONGEST_TAIL: u64 = 8 << 20;
/// Name of the file that the process holds locked.
pub(super) const LOCK: &str = "lock";
/// Ending of a journal's name.
pub(super) const ENDING: &str = "journal";
/// What a name for a folder is refused with when it is taken, or when a program that looks for journals just then takes the new folder
/// for one that was left behind: the next name is tried.
const IS_TAKEN: [io::ErrorKind; 3] = [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound, io::ErrorKind::WouldBlock];
/// Ending of one that is not complete yet.
const PART: &str = "part";

/// Writes what is queued until it is told to end.
pub(super) fn keep(queue: &Queue, mut book: Book, wake: impl Fn()) {
    loop {
        let batch = queue.take(book.status.trouble.is_some().then_some(RETRY));
        if batch.ending == Some(Ending::Remove) {
            return queue.finish(book.remove().is_ok());
        }
        book.enter(batch.entries);
        let is_whole = book.status == JournalStatus::default();
        if queue.report(book.status.clone()) {
            wake();
        }
        if batch.ending.is_some() {
            // Whoever waits for the end may look for journals next, and must not find this one locked.
            drop(book);
            return queue.finish(is_whole);
        }
    }
}

/// The journal on the disk, and what is to be on it.
pub(super) struct Book {
    root: PathBuf,
    header: Header,
    names: Names,
    notes: Notes,
    /// The latest state; none before anything changed.
    state: Option<State>,
    status: JournalStatus,
    folder: Option<Folder>,
    page: Option<Page>,
    /// Number of the latest file.
    number: u32,
    /// Records that are not in the page yet.
    records: Vec<u8>,
    /// Whether the page lacks something that records cannot bring.
    is_behind: bool,
}

/// The case's own folder, locked.
struct Folder {
    path: PathBuf,
    lock: File,
}

/// The file that is written to.
struct Page {
    path: PathBuf,
    file: File,
    /// Bytes after the state that it begins with.
    tail: u64,
}

impl Book {
    pub fn new(root: &Path, subject: Subject, geometry: Geometry, started_ms: u64) -> Self {
        Self {
            root: root.to_owned(),
            header: Header::new(&subject, &geometry, started_ms),
            names: Names::default(),
            notes: Notes::default(),
            state: None,
            status: JournalStatus::default(),
            folder: None,
            page: None,
            number: 0,
            records: Vec::new(),
            is_behind: false,
        }
    }

    /// Takes entries and writes them, together with what could not be written before.
    fn enter(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.status.n_unwritten += 1;
            self.is_behind |= self.encode(&entry).is_err();
            entry.event.outlines().iter().for_each(|outline| self.follow(outline));
            self.state = Some(entry.state);
        }
        if self.status.n_unwritten == 0 {
            return;
        }
        let needs_page = self.is_behind || self.page.is_none();
        let written = if needs_page { self.turn_page() } else { self.append().or_else(|_| self.turn_page()) };
        self.records.clear();
        self.is_behind = written.is_err();
        self.status = match written {
            Ok(()) => JournalStatus::default(),
            Err(cause) => JournalStatus { trouble: Some(self.trouble(&cause)), ..self.status },
        };
        // Where the next file cannot be begun, this one goes on.
        if !self.is_behind && self.page.as_ref().is_some_and(|page| page.tail > LONGEST_TAIL) {
            let _ = self.turn_page();
        }
    }

    fn trouble(&self, cause: &io::Error) -> String {
        let root = self.root.display();
        format!(
            "the journal in {root} cannot be written: {cause}; what is drawn is in memory alone until that works again, so save it"
        )
    }

    fn encode(&mut self, entry: &Entry) -> io::Result<()> {
        let payload = match &entry.event {
            Event::Moved { how, name, bounds, runs } => {
                let before = self.state.as_ref().map_or(&[][..], |state| &state.kept);
                record::move_payload(*how, name, (*bounds, runs), &entry.state, before)
            }
            Event::Reviewed => record::reviewed_payload(&entry.state),
            Event::Saved => record::saved_payload(&entry.state),
            Event::Noted(notes) => record::notes_payload(&entry.state, notes)?,
            Event::Merged(_) => return Err(io::Error::other("only the state is left")),
        };
        record::framed(&payload, &mut self.records)
    }

    fn follow(&mut self, outline: &Outline) {
        match outline {
            Outline::Moved(how, name) => self.names.follow(*how, name),
            Outline::Reviewed => self.names.is_saved = false,
            Outline::Saved => self.names.is_saved = true,
            Outline::Noted(notes) => {
                self.names.note(&self.notes, notes);
                self.notes.clone_from(notes);
            }
        }
    }

    /// Adds the records to the page.
    fn append(&mut self) -> io::Result<()> {
        let Some(page) = &mut self.page else { return Err(io::Error::other("no file is open")) };
        page.file.write_all(&self.records)?;
        page.file.sync_data()?;
        page.tail += self.records.len() as u64;
        // A file that someone deleted takes bytes all the same.
        if page.path.try_exists()? { Ok(()) } else { Err(io::Error::other("someone deleted it")) }
    }

    /// Begins the next file with the present state, then deletes those before.
    fn turn_page(&mut self) -> io::Result<()> {
        let Some(state) = &self.state else { return Ok(()) };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        record::framed(&self.header.payload()?, &mut bytes)?;
        record::framed(&record::state_payload(state, &self.names)?, &mut bytes)?;
        if self.notes != Notes::default() {
            record::framed(&record::notes_payload(state, &self.notes)?, &mut bytes)?;
        }
        // A drive that does not answer is asked again later; only a folder that is gone for certain is made anew.
        if let Some(folder) = &self.folder
            && !folder.path.join(LOCK).try_exists()?
        {
            self.folder = None;
        }
        let folder = match &mut self.folder {
            Some(folder) => folder,
            none => none.insert(Folder::make(&self.root, &self.header)?),
        };
        self.number += 1;
        let part = folder.path.join(format!("{:06}.{PART}", self.number));
        let path = part.with_extension(ENDING);
        let written = begin_page(&part, &path, &bytes);
        if written.is_err() {
            // The name is never used again; what is left of it is removed with the folder if not now.
            let _ = fs::remove_file(&part);
        }
        let file = written?;
        folder.remove_all_but(&path);
        self.page = Some(Page { path, file, tail: 0 });
        Ok(())
    }

    /// Removes everything.
    fn remove(&mut self) -> io::Result<()> {
        self.page = None;
        let Some(Folder { path, lock }) = self.folder.take() else { return Ok(()) };
        drop(lock);
        remove_folder(&path)
    }
}

/// Removes a journal's files and its folder; what is gone already is no error. What else someone keeps in the folder stays, and the
/// folder with it.
pub(super) fn remove_folder(path: &Path) -> io::Result<()> {
    let or_gone = |removed: io::Result<()>| match removed {
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Ok(()),
        removed => removed,
    };
    for file in pages_in(path) {
        or_gone(fs::remove_file(file))?;
    }
    or_gone(fs::remove_file(path.join(LOCK)))?;
    or_gone(fs::remove_dir(path))
}

/// The journal's files in a folder, finished or not, but for its lock.
pub(super) fn pages_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|file| file.extension().is_some_and(|ending| ending == ENDING || ending == PART))
}

fn begin_page(part: &Path, path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = private_file(part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    path.parent().iter().for_each(|folder| sync_folder(folder));
    Ok(file)
}

impl Folder {
    /// A new folder, named after series and time so that no name of a patient is in it.
    fn make(root: &Path, header: &Header) -> io::Result<Self> {
        private_folder(root, true)?;
        let series = header.series_sha256.get(..16).unwrap_or("image");
        let name = format!("{series}-{:x}-{:x}", header.started_ms, std::process::id());
        let mut tries = (0..1000).map(|n| root.join(if n == 0 { name.clone() } else { format!("{name}-{n}") }));
        let claimed = tries.find_map(|path| match Self::claim(path) {
            Err(cause) if IS_TAKEN.contains(&cause.kind()) => None,
            claimed => Some(claimed),
        });
        claimed.unwrap_or_else(|| Err(io::Error::other("all names for a folder are taken")))
    }

    /// Makes a folder of that name and locks it.
    fn claim(path: PathBuf) -> io::Result<Self> {
        private_folder(&path, false)?;
        let lock = private_file(&path.join(LOCK))?;
        path.parent().iter().for_each(|root| sync_folder(root));
        match lock.try_lock() {
            // A drive that knows no locks is written to all the same.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { path, lock }),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn remove_all_but(&self, path: &Path) {
        for old in pages_in(&self.path).filter(|old| old != path) {
            let _ = fs::remove_file(old);
        }
    }
}

/// A new file for its owner alone.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A folder for its owner alone.
fn private_folder(path: &Path, or_existing: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(or_existing);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
