//! Files to series: collects files, reads headers in parallel, groups and judges.
//!
//! The list grows while headers are read: whoever asked gets what is known a few times a second.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::archive::Archive;
use super::assemble::assemble;
use super::origin::{Origin, collect};
use super::part10::read_header;
use super::record::{FrameRecord, LeftOut, Record, record};
use super::{DicomError, FileFault, Scan, Series, SeriesStatus, Skipped};
use crate::base::{Cancelled, Progress, name_of};

/// How often the list is brought up to date.
const UPDATE_EVERY: Duration = Duration::from_millis(150);

/// Scans folders, files and zip archives for CT series. `on_update` gets what is known so far a few times a second, and
/// the result at the end.
///
/// # Errors
/// When a path does not exist, cannot be read, or holds no file, and when the request is cancelled. A file that is damaged is
/// no error: it is listed in [`Scan::skipped`], and the others are read.
pub fn scan(inputs: &[PathBuf], progress: &Progress, on_update: &(dyn Fn(&Scan) + Sync)) -> Result<Scan, DicomError> {
    progress.begin("looking for files", 0);
    let mut skipped = Vec::new();
    let files = collect(inputs, progress, &mut skipped)?;
    if files.is_empty() && skipped.is_empty() {
        return Err(DicomError::Empty(inputs.first().cloned().unwrap_or_default()));
    }
    let reading = Reading::new(progress, on_update, skipped);
    progress.begin("reading headers", files.len());
    let archives: Vec<PathBuf> = files
        .par_iter()
        .map(|path| reading.read_file(path))
        .collect::<Result<Vec<_>, Cancelled>>()?
        .into_iter()
        .flatten()
        .collect();
    for path in archives {
        reading.read_archive(&path)?;
    }
    progress.check()?;
    let scan = reading.finish()?;
    on_update(&scan);
    Ok(scan)
}

/// Headers as they come in from all threads.
struct Reading<'a> {
    progress: &'a Progress,
    on_update: &'a (dyn Fn(&Scan) + Sync),
    found: Mutex<Found>,
}

struct Found {
    records: Vec<Record>,
    skipped: Vec<Skipped>,
    next_update: Instant,
}

impl<'a> Reading<'a> {
    fn new(progress: &'a Progress, on_update: &'a (dyn Fn(&Scan) + Sync), skipped: Vec<Skipped>) -> Self {
        let next_update = Instant::now() + UPDATE_EVERY;
        Self { progress, on_update, found: Mutex::new(Found { records: Vec::new(), skipped, next_update }) }
    }

    /// Reads one file; an archive is handed back for later.
    fn read_file(&self, path: &Path) -> Result<Option<PathBuf>, Cancelled> {
        self.progress.check()?;
        let origin = Origin::Path(path.to_owned());
        let is_archive = origin.with_stream(|mut stream| {
            let head = stream.peek(132)?;
            let zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
            Ok(zip && head.get(128..132) != Some(b"DICM"))
        });
        if is_archive == Ok(true) {
            return Ok(Some(path.to_owned()));
        }
        self.read_image(&origin);
        self.progress.advance(1);
        Ok(None)
    }

    fn read_archive(&self, path: &Path) -> Result<(), Cancelled> {
        let archive = match Archive::open(path) {
            Ok(archive) => Arc::new(archive),
            Err(fault) => {
                self.leave_out(path, fault.into());
                return Ok(());
            }
        };
        let members = archive.members();
        self.progress.begin("reading headers in the archive", members.len());
        members.into_par_iter().try_for_each(|member| {
            self.progress.check()?;
            let path = path.join(member.name.trim_start_matches(['/', '\\']));
            match member.refused {
                Some(fault) => self.leave_out(&path, fault.into()),
                None => {
                    let archive = Arc::clone(&archive);
                    self.read_image(&Origin::Member { archive, index: member.index, path });
                }
            }
            self.progress.advance(1);
            Ok(())
        })
    }

    fn read_image(&self, origin: &Origin) {
        let header = origin.with_stream(|mut stream| {
            if matches!(origin, Origin::Member { .. }) && stream.peek(4)?.starts_with(b"PK\x03\x04") {
                return Err(FileFault::Limit("an archive inside an archive is not opened".into()));
            }
            read_header(stream)
        });
        match header.map_err(LeftOut::from).and_then(|header| record(origin, header)) {
            Ok(record) => self.keep(record),
            Err(left_out) => self.leave_out(origin.path(), left_out),
        }
    }

    fn keep(&self, record: Record) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.records.push(record);
        let now = Instant::now();
        if now < found.next_update {
            return;
        }
        // Far enough ahead that no other thread begins while this one is at it.
        found.next_update = now + Duration::from_secs(3600);
        let frames = frames_in_order(&found.records);
        let skipped = found.skipped.clone();
        drop(found);
        if let Ok(series) = assemble(frames, false, self.progress) {
            (self.on_update)(&Scan { series, skipped, complete: false, ..Scan::default() });
        }
        // Updates take a fifth of the time at most, however many files there are.
        let pause = UPDATE_EVERY.max(4 * now.elapsed());
        self.found.lock().unwrap_or_else(PoisonError::into_inner).next_update = Instant::now() + pause;
    }

    fn leave_out(&self, path: &Path, why: LeftOut) {
        let (reason, damaged) = match why {
            LeftOut::NotOfAVolume(reason) => (reason, false),
            LeftOut::Damaged(fault) => (fault.to_string(), true),
        };
        let skipped = Skipped { path: path.to_owned(), reason, damaged };
        self.found.lock().unwrap_or_else(PoisonError::into_inner).skipped.push(skipped);
    }

    fn finish(self) -> Result<Scan, Cancelled> {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut skipped = found.skipped;
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        let mut series = assemble(frames_in_order(&found.records), true, self.progress)?;
        point_to_damaged_files(&mut series, &skipped);
        let mut scan = Scan { series, skipped, complete: true, ..Scan::default() };
        warn_of_shared_uids(&mut scan);
        Ok(scan)
    }
}

/// Frames of all files in the order of their paths, whichever thread was first.
fn frames_in_order(records: &[Record]) -> Vec<FrameRecord> {
    let mut files: Vec<&Record> = records.iter().collect();
    files.sort_by_key(|record| record.frames.first().map(|first| first.frame.file.origin.path()));
    files.into_iter().flat_map(|record| record.frames.iter().cloned()).collect()
}

/// A gap may be a file that was left out: says so on the series.
fn point_to_damaged_files(series: &mut [Series], skipped: &[Skipped]) {
    let mut damaged: HashMap<&Path, (&Skipped, usize)> = HashMap::new();
    for file in skipped.iter().filter(|file| file.damaged) {
        if let Some(folder) = file.path.parent() {
            damaged.entry(folder).or_insert((file, 0)).1 += 1;
        }
    }
    for one in series.iter_mut().filter(|one| matches!(one.status, SeriesStatus::Rejected { .. })) {
        let folder = one.frames.first().and_then(|first| first.file.origin.path().parent());
        let Some((first, n)) = folder.and_then(|folder| damaged.get(folder)) else { continue };
        let more = if *n > 1 { format!(" and {} more", n - 1) } else { String::new() };
        let name = name_of(&first.path);
        let text = format!("damaged files lie in the same folder and may be its missing slices: {name}{more}");
        one.warnings.push(text);
    }
}

fn warn_of_shared_uids(scan: &mut Scan) {
    let mut patients: HashMap<&str, &str> = HashMap::new();
    let identified = scan.series.iter().filter(|series| !series.instance_uid.is_empty());
    let is_shared = identified.into_iter().any(|series| {
        let first = patients.entry(&series.instance_uid).or_insert(&series.patient.id);
        *first != series.patient.id
    });
    if is_shared {
        scan.warnings.push("two patients share a Series Instance UID: their images were kept apart");
    }
}
