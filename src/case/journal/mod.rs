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
mod tests {
    use super::read::replay;
    use super::*;
    use crate::base::Stream;
    use crate::case::{Beginning, Case, Extent, Identity, Made, Operation, Technique};
    use crate::segment::{Brush, SliceOfGrid, disc};
    use crate::volume::{Label, LabelMap, Volume, Voxels};
    use std::fs;

    /// Far longer than a disk takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn case(root: &Path) -> Case {
        let geometry = Geometry::axial([200, 160, 4], [0.0; 3], [1.0; 3]).unwrap();
        let voxels = Voxels::I16(ndarray::Array3::zeros(geometry.shape()));
        let mut case = Case::new(Identity::default(), Arc::new(Volume::new(geometry, voxels).unwrap()));
        let subject = Subject::new("1.2.3", Path::new("/data/series"), "Li");
        case.keep_journal(Journal::begin(root, subject, &geometry, || {}));
        case
    }

    fn paint(case: &mut Case, at: [f64; 2]) {
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 1 });
        case.draw(&disc(at, Brush { radius_mm: 4.0, spacing_mm: [1.0; 2] }), Label::Liver, Operation::Add);
        case.end_stroke();
    }

    fn settled(case: &Case) -> bool {
        case.journal().unwrap().settle(PATIENCE)
    }

    /// Ends the work as a program that is left does.
    fn end(case: Case) {
        assert!(settled(&case));
        drop(case);
    }

    fn files(root: &Path) -> Vec<PathBuf> {
        let inside = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = inside(root.to_owned()).flat_map(inside).collect();
        files.sort();
        files
    }

    /// A journal of a few edits, and the states that it went through.
    fn written(root: &Path) -> (PathBuf, Vec<LabelMap>) {
        let mut case = case(root);
        let mut states = Vec::new();
        for n in 0..5 {
            paint(&mut case, [20.0 + 7.0 * n as f64, 30.0]);
            states.push(case.label_map().clone());
            assert!(settled(&case));
        }
        case.undo();
        states.push(case.label_map().clone());
        case.set_reviewed(1, true);
        end(case);
        (files(root).remove(0), states)
    }

    #[test]
    fn an_image_is_known_again_elsewhere_by_its_series_or_its_name() {
        let of = |uid: &str, path: &str| Subject::new(uid, Path::new(path), "Li");
        assert!(of("1.2", "/a/x").is_same_image(&of("1.2", "/b/y")));
        assert!(!of("1.2", "/a/x").is_same_image(&of("1.3", "/a/x")));
        assert!(of("", "/a/x.nii").is_same_image(&of("", "/b/x.nii")));
        assert!(!of("", "/a/x.nii").is_same_image(&of("", "/a/y.nii")));
        assert!(!of("", "/a/x.nii").is_same_image(&of("1.2", "/a/x.nii")));
    }

    #[test]
    fn looking_leaves_no_trace_and_removing_leaves_none_either() {
        let root = tempfile::tempdir().unwrap();
        let mut case = case(root.path());
        assert!(settled(&case) && files(root.path()).is_empty());
        paint(&mut case, [30.0, 30.0]);
        assert!(settled(&case));
        assert_eq!(files(root.path()).len(), 2);
        assert!(case.take_journal().unwrap().remove());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_journal_dropped_in_the_middle_of_work_gives_it_back() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        (0..300).for_each(|n| paint(&mut work, [n as f64 / 2.0, 50.0]));
        work.undo();
        let (map, names) = (work.label_map().clone(), work.history().undo_name().map(str::to_owned));
        end(work);
        let found = recover(root.path());
        let recovered = &found.recovered[0];
        assert_eq!((recovered.labels.label_map(), recovered.names.last()), (map, names.as_ref()));
        assert_eq!((recovered.names.len(), recovered.n_left_out), (199, 0), "of 200 that are kept, one was undone");
        assert!(recovered.n_edits > 200 && recovered.changed >= recovered.started);
    }

    #[test]
    fn a_jump_in_the_undo_list_is_kept_edit_by_edit() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        let mut states = Vec::new();
        for n in 0..6 {
            paint(&mut work, [20.0 + 9.0 * n as f64, 50.0]);
            states.push((work.revision(), work.label_map().clone()));
        }
        assert_eq!([1, 4].map(|n: usize| work.go_to(states[n].0)), [4, 3]);
        end(work);
        let recovered = &recover(root.path()).recovered[0];
        assert_eq!((recovered.labels.label_map(), recovered.names.len()), (states[4].1.clone(), 5));
    }

    #[test]
    fn several_steps_undone_to_nothing_are_work_and_a_try_taken_back_is_none() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        paint(&mut work, [30.0, 30.0]);
        work.undo();
        end(work);
        assert!(recover(root.path()).recovered.is_empty() && files(root.path()).is_empty());
        let mut work = case(root.path());
        (0..3).for_each(|n| paint(&mut work, [30.0 + 9.0 * f64::from(n), 30.0]));
        work.set_reviewed(3, true);
        let (drawn, kept) = (work.label_map().clone(), work.review().kept());
        assert!(settled(&work), "they are written before they are undone");
        (0..3).for_each(|_| _ = work.undo());
        end(work);
        let recovered = &recover(root.path()).recovered[0];
        assert_eq!((recovered.labels.label_map(), recovered.n_edits), (drawn.clone(), 3));
        assert_eq!(recovered.kept, kept, "as they were before it was undone");
        let other = tempfile::tempdir().unwrap();
        let mut work = case(other.path());
        let replacement = crate::case::Replacement::recovered(&work.drawn(), recovered).unwrap();
        assert!(work.replace(replacement) && settled(&work));
        work.undo();
        end(work);
        assert_eq!(recover(other.path()).recovered[0].labels.label_map(), drawn, "what is nowhere else is no try");
    }

    #[test]
    fn what_is_in_a_file_with_another_edge_is_offered_with_the_reader_who_said_his_name_later() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        paint(&mut work, [30.0, 30.0]);
        let note = |work: &Case, edge_margin_mm| {
            work.journal_notes(Notes { reader: "Wang".into(), edge_margin_mm, times: Vec::new() });
        };
        note(&work, Some(2.5));
        work.journal_saved(work.revision());
        note(&work, Some(4.0));
        end(work);
        let recovered = &recover(root.path()).recovered[0];
        assert_eq!((recovered.notes.edge_margin_mm, recovered.subject.reader.as_str()), (Some(4.0), "Wang"));
    }

    #[test]
    fn what_is_in_a_file_is_not_offered_until_it_is_drawn_on() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        paint(&mut work, [30.0, 30.0]);
        let saved = work.revision();
        paint(&mut work, [50.0, 30.0]);
        work.journal_saved(saved);
        end(work);
        assert_eq!(recover(root.path()).recovered.len(), 1, "an older state is in the file");
        fs::remove_dir_all(root.path()).unwrap();
        let mut work = case(root.path());
        paint(&mut work, [30.0, 30.0]);
        work.journal_saved(work.revision());
        end(work);
        assert!(recover(root.path()).recovered.is_empty() && files(root.path()).is_empty());
    }

    #[test]
    fn recovered_work_is_journalled_with_the_review_of_all_its_slices() {
        let root = tempfile::tempdir().unwrap();
        let (first, second) = (root.path().join("first"), root.path().join("second"));
        let mut work = case(&first);
        paint(&mut work, [30.0, 30.0]);
        work.set_reviewed(3, true);
        end(work);
        let recovered = recover(&first).recovered.remove(0);
        let mut work = case(&second);
        paint(&mut work, [90.0, 30.0]);
        assert!(settled(&work));
        let replacement = crate::case::Replacement::recovered(&work.drawn(), &recovered).unwrap();
        assert!(work.replace(replacement));
        let kept = work.review().kept();
        end(work);
        assert!(kept[3].is_reviewed, "reviewed, and not a voxel on it");
        assert_eq!(recover(&second).recovered[0].kept, kept);
    }

    #[test]
    fn a_drive_that_comes_back_gets_no_second_folder() {
        let root = tempfile::tempdir().unwrap();
        let (root, away) = (root.path().join("journal"), root.path().join("away"));
        let mut work = case(&root);
        paint(&mut work, [30.0, 30.0]);
        assert!(settled(&work));
        fs::rename(&root, &away).unwrap();
        fs::write(&root, "what the system shows where the drive was").unwrap();
        paint(&mut work, [60.0, 30.0]);
        while work.journal().unwrap().status().trouble.is_none() {
            std::thread::yield_now();
        }
        fs::remove_file(&root).unwrap();
        fs::rename(&away, &root).unwrap();
        assert!(settled(&work));
        let map = work.label_map().clone();
        end(work);
        let found = recover(&root).recovered;
        assert_eq!((found.len(), found[0].labels.label_map()), (1, map));
    }

    #[test]
    fn work_whose_lock_someone_deleted_is_offered_all_the_same() {
        let root = tempfile::tempdir().unwrap();
        let (path, _) = written(root.path());
        fs::remove_file(path.with_file_name("lock")).unwrap();
        let found = recover(root.path());
        assert_eq!((found.recovered.len(), found.troubles.len()), (1, 0));
    }

    #[test]
    fn what_is_not_a_journals_stays_in_its_folder() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("journal");
        let mut work = case(&folder);
        paint(&mut work, [30.0, 30.0]);
        assert!(settled(&work));
        let letter = files(&folder)[0].with_file_name("letter.txt");
        fs::write(&letter, "not ours").unwrap();
        assert!(work.take_journal().unwrap().remove());
        assert_eq!(files(&folder), [letter]);
    }

    #[test]
    fn files_are_private_and_name_nobody() {
        let root = tempfile::tempdir().unwrap();
        let mut case = case(root.path());
        paint(&mut case, [30.0, 30.0]);
        assert!(settled(&case));
        for path in files(root.path()) {
            assert!(!path.strip_prefix(root.path()).unwrap().to_string_lossy().contains("Li"));
            #[cfg(unix)]
            {
                let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&path.metadata().unwrap()) & 0o777;
                assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
            }
        }
    }

    #[test]
    fn a_folder_that_vanishes_is_made_anew_with_everything_in_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("journal");
        let mut work = case(&root);
        paint(&mut work, [30.0, 30.0]);
        assert!(settled(&work));
        fs::remove_dir_all(&root).unwrap();
        paint(&mut work, [60.0, 30.0]);
        assert!(settled(&work));
        let map = work.label_map().clone();
        end(work);
        assert_eq!(recover(&root).recovered[0].labels.label_map(), map);
    }

    #[test]
    fn a_disk_that_refuses_is_told_once_and_tried_again() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("journal");
        fs::write(&root, "a file where the folder would be").unwrap();
        let (told, news) = std::sync::mpsc::channel();
        let mut work = case(&root);
        let geometry = *work.volume().geometry();
        let subject = Subject::new("1.2.3", Path::new("/data/series"), "Li");
        work.keep_journal(Journal::begin(&root, subject, &geometry, move || told.send(()).unwrap_or_default()));
        paint(&mut work, [30.0, 30.0]);
        news.recv_timeout(PATIENCE).unwrap();
        let status = work.journal().unwrap().status();
        assert!(status.trouble.as_ref().is_some_and(|trouble| trouble.contains("in memory alone")), "{status:?}");
        paint(&mut work, [60.0, 30.0]);
        assert_eq!(work.journal().unwrap().status().n_unwritten, 2);
        fs::remove_file(&root).unwrap();
        assert!(settled(&work), "without another stroke");
        news.recv_timeout(PATIENCE).unwrap();
        assert_eq!(work.journal().unwrap().status(), JournalStatus::default());
        assert!(news.try_recv().is_err(), "told when it comes and when it goes");
        let map = work.label_map().clone();
        end(work);
        assert_eq!(recover(&root).recovered[0].labels.label_map(), map);
    }

    #[test]
    fn a_long_journal_begins_anew_and_stays_bounded() {
        let root = tempfile::tempdir().unwrap();
        let mut work = case(root.path());
        let mut stream = Stream::new(3, 0);
        let within = VoxelBox::whole(work.volume().geometry());
        let mut longest = 0;
        for _ in 0..80 {
            work.begin(Beginning { tool: "Noise", extent: Extent::Volume, made: Made::by(Technique::Proposed) });
            let noise = ndarray::Array3::from_shape_fn((4, 160, 200), |_| stream.below(2) == 0);
            work.draw_box(within, noise.view(), Label::Liver, Operation::Replace);
            work.end_stroke();
            assert!(settled(&work));
            longest = longest.max(files(root.path())[0].metadata().unwrap().len());
        }
        assert_eq!(files(root.path())[0].file_name().unwrap(), "000002.journal");
        assert!(longest < 10 << 20, "{longest} bytes");
        let map = work.label_map().clone();
        end(work);
        let found = recover(root.path());
        assert_eq!((found.recovered[0].labels.label_map(), found.recovered[0].n_edits), (map, 80));
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_state_at_its_last_whole_record() {
        let root = tempfile::tempdir().unwrap();
        let (path, states) = written(root.path());
        let bytes = fs::read(&path).unwrap();
        let mut latest = 0;
        for length in 0..=bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            let Ok(replayed) = replay(&path) else {
                assert_eq!(latest, 0, "{length}");
                continue;
            };
            let map = replayed.labels.label_map();
            let at = states.iter().skip(latest).position(|state| *state == map);
            latest += at.unwrap_or_else(|| panic!("{length} bytes give a state that never was"));
        }
        assert_eq!(latest, states.len() - 1);
    }

    #[test]
    fn damage_gives_a_sentence_or_an_earlier_state_and_no_panic() {
        let root = tempfile::tempdir().unwrap();
        let (path, _) = written(root.path());
        let bytes = fs::read(&path).unwrap();
        // Where the payloads are: their checksums are made right again, so that the damage comes through.
        let mut payloads = Vec::new();
        let mut at = 12;
        while at < bytes.len() {
            let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
            payloads.push(at + 8..at + 8 + length);
            at += 8 + length;
        }
        let mut stream = Stream::new(9, 0);
        let mut n_refused = 0;
        for _ in 0..3000 {
            let mut bytes = bytes.clone();
            let payload = payloads[stream.below(payloads.len())].clone();
            for _ in 0..1 + stream.below(3) {
                let at = payload.start + stream.below(payload.len());
                bytes[at] = [0, 0xff, 0x80, stream.below(256) as u8][stream.below(4)];
            }
            let sum = record::checksum(&bytes[payload.clone()]);
            bytes[payload.start - 4..payload.start].copy_from_slice(&sum.to_le_bytes());
            fs::write(&path, &bytes).unwrap();
            match replay(&path) {
                Ok(replayed) => assert!(replayed.labels.label_map().bits().iter().all(|bits| *bits < 16)),
                Err(refused) => {
                    n_refused += 1;
                    assert!(refused.to_string().contains("journal"), "{refused}");
                }
            }
        }
        assert!(n_refused > 100, "{n_refused} of 3000");
    }

    #[test]
    fn what_is_no_journal_is_told_and_left_where_it_is() {
        let root = tempfile::tempdir().unwrap();
        let (path, _) = written(root.path());
        let bytes = fs::read(&path).unwrap();
        let mut newer = bytes.clone();
        newer[8] = 2;
        let mut vast = record::MAGIC.to_vec();
        vast.extend(record::VERSION.to_le_bytes());
        let header = String::from_utf8(bytes[20..].split(|b| *b == 0).next().unwrap().to_vec());
        let header = header.unwrap_or_else(|refused| String::from_utf8_lossy(refused.as_bytes()).into_owned());
        let end = header.rfind("]]}").unwrap() + 3;
        let grown = header[..end].replace("[200,160,4]", "[60000,60000,60000]");
        record::framed(grown.as_bytes(), &mut vast).unwrap();
        for (content, word) in [(&newer[..], "version 2"), (b"PK\x03\x04 an archive", "no journal"), (&vast, "damaged")]
        {
            fs::write(&path, content).unwrap();
            let found = recover(root.path());
            assert!(found.recovered.is_empty() && path.exists());
            assert!(found.troubles[0].to_string().contains(word), "{}", found.troubles[0]);
        }
        let stray = root.path().join("stray");
        fs::create_dir(&stray).unwrap();
        fs::write(stray.join("letter.txt"), "not ours").unwrap();
        recover(root.path());
        assert!(stray.join("letter.txt").exists());
        assert!(recover(&root.path().join("nowhere")).troubles.is_empty());
    }
}
