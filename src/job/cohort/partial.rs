//! Rows of a cohort on their way to a table: each is on the disk as soon as it is known, so that a run that was killed goes on.
//!
//! One JSON record a line: first what the rows are made with, then rows, and before rows with other columns than the last
//! their names. A line is appended in one piece; what a kill or a full disk left torn, and all after it, is cut off and
//! computed again. The file is locked while a run writes it. `docs/formats.md` describes it for those who look inside.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::FileError;
use crate::exchange::table::{FeatureRow, number_text};

/// What the rows are made with: all of it but `replaces` must be the same when a run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Version of the program.
    pub version: String,
    /// The protocol's name.
    pub protocol: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// All of its settings.
    pub settings: serde_json::Value,
    /// The fingerprint of the table of cases.
    pub cases: String,
    /// Which part of the cases is wanted, when not all are.
    pub shard: Option<String>,
    /// Whether the finished table may replace one that was there when the run began.
    pub replaces: bool,
}

/// What to do about an earlier run for the same table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Begin; refuse when something is there.
    New,
    /// Begin anew and replace what is there.
    Replace,
    /// Go on where an earlier run ended, or begin.
    Resume,
}

/// Why rows cannot be kept or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum PartialError {
    /// An earlier run was not finished.
    #[error("{} is left from a run that was not finished; go on with --resume, or start over with --force", .0.display())]
    Left(PathBuf),
    /// Another run is under way.
    #[error("{} is being written by another run; wait for its end, or write another table", .0.display())]
    Locked(PathBuf),
    /// The earlier run was another one.
    #[error("{} was begun with {then} and this run has {now}; run as then, or start over with --force", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the earlier run had.
        then: String,
        /// What this one has.
        now: String,
    },
    /// Something else stands there.
    #[error("{} does not hold rows of an unfinished run; move it away, or replace it with --force", .0.display())]
    NotRows(PathBuf),
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Record {
    Origin(Origin),
    Columns(Names),
    Row { case: usize, files: String, cells: Vec<String> },
}

/// Names of columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Names {
    provenance: Vec<String>,
    features: Vec<String>,
}

/// Rows that are kept while a run is under way.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    file: File,
    /// Whether this run made the file.
    is_fresh: bool,
    names: Names,
}

/// A row of an earlier run.
#[derive(Debug, PartialEq)]
pub struct KeptRow {
    /// Number of its case.
    pub case: usize,
    /// State of the case's files from which it was made.
    pub files: String,
    /// The row.
    pub row: FeatureRow,
}

impl Partial {
    /// Where rows are kept until the table `out` is finished.
    pub fn path_for(out: &Path) -> PathBuf {
        let mut path = out.as_os_str().to_owned();
        path.push(".partial");
        PathBuf::from(path)
    }

    /// Opens the file for the table `out` and locks it. Gives the rows that are kept there, and what they were made with.
    pub fn open(out: &Path, origin: &Origin, start: Start) -> Result<(Self, Vec<KeptRow>, Origin), PartialError> {
        let path = Self::path_for(out);
        let io = |cause| PartialError::File(FileError::Io { path: path.clone(), cause });
        let mut file = locked(&path)?;
        let mut bytes = Vec::new();
        if start != Start::Replace {
            file.read_to_end(&mut bytes).map_err(io)?;
        }
        if start == Start::New && !bytes.is_empty() {
            return Err(PartialError::Left(path));
        }
        let read = Kept::read(&bytes);
        let is_fresh = read.origin.is_none();
        if is_fresh && bytes.contains(&b'\n') {
            return Err(PartialError::NotRows(path));
        }
        let then = read.origin.unwrap_or_else(|| origin.clone());
        if let Some((then, now)) = difference(&then, origin) {
            return Err(PartialError::Other { path, then, now });
        }
        file.set_len(read.n_bytes).and_then(|()| file.seek(SeekFrom::Start(read.n_bytes))).map_err(io)?;
        let mut partial = Self { path, file, is_fresh, names: read.names };
        if is_fresh {
            partial.write(&[Record::Origin(then.clone())])?;
        }
        Ok((partial, read.rows, then))
    }

    /// Keeps the row of a case whose files were in this state.
    pub fn append(&mut self, case: usize, files: &str, row: &FeatureRow) -> Result<(), FileError> {
        let names = Names {
            provenance: row.provenance.iter().map(|(name, _)| name.clone()).collect(),
            features: row.features.iter().map(|(name, _)| name.clone()).collect(),
        };
        let texts = row.provenance.iter().map(|(_, text)| text.clone());
        let numbers = row.features.iter().map(|(_, value)| number_text(*value));
        let row = Record::Row { case, files: files.to_owned(), cells: texts.chain(numbers).collect() };
        if names == self.names {
            return self.write(&[row]);
        }
        self.names = names;
        self.write(&[Record::Columns(self.names.clone()), row])
    }

    /// Takes the file away if this run made it, and nothing is to be written after all.
    pub fn take_back(self) {
        if self.is_fresh {
            // An empty list of rows that stays costs nothing.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Takes the file away once its rows stand in the finished table.
    pub fn remove(self) -> Result<(), FileError> {
        std::fs::remove_file(&self.path).map_err(|cause| FileError::Io { path: self.path, cause })
    }

    fn write(&mut self, records: &[Record]) -> Result<(), FileError> {
        let mut text = Vec::new();
        let written = records.iter().try_for_each(|record| {
            serde_json::to_writer(&mut text, record).map_err(io::Error::from)?;
            text.push(b'\n');
            Ok(())
        });
        written
            .and_then(|()| self.file.write_all(&text))
            .map_err(|cause| FileError::Io { path: self.path.clone(), cause })
    }
}

/// How often a file is opened again that another run took away meanwhile. Some network drives number files anew each time.
const MOST_OPENED: usize = 4;

/// The file at this path, made where there is none, and locked.
fn locked(path: &Path) -> Result<File, PartialError> {
    let mut opened = 0;
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|cause| FileError::Io { path: path.to_owned(), cause })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PartialError::Locked(path.to_owned())),
            // Some network drives cannot lock; whoever starts two runs for one table there is not stopped.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
        opened += 1;
        // In a file that was taken away rows would be kept where nobody finds them.
        if is_at(&file, path) || opened == MOST_OPENED {
            return Ok(file);
        }
    }
}

/// Whether an open file is the one that stands at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let which = |found: std::fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata().map(which), path.metadata().map(which)), (Ok(open), Ok(there)) if open == there)
}

/// An open file cannot be taken away elsewhere.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// What an earlier run left.
#[derive(Default)]
struct Kept {
    origin: Option<Origin>,
    names: Names,
    rows: Vec<KeptRow>,
    /// Bytes up to the first line that is not whole.
    n_bytes: u64,
}

impl Kept {
    fn read(bytes: &[u8]) -> Self {
        let mut kept = Self::default();
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if kept.take(line).is_none() {
                break;
            }
            kept.n_bytes += line.len() as u64;
        }
        kept
    }

    /// Takes a line in; `None` where it is not whole.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let record = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
        match record {
            Record::Origin(origin) if self.origin.is_none() => self.origin = Some(origin),
            Record::Columns(names) if self.origin.is_some() => self.names = names,
            Record::Row { case, files, cells } if self.origin.is_some() => {
                let row = self.names.row(cells)?;
                self.rows.push(KeptRow { case, files, row });
            }
            _ => return None,
        }
        Some(())
    }
}

impl Names {
    /// The row with these cells, if they are as many.
    fn row(&self, mut cells: Vec<String>) -> Option<FeatureRow> {
        if cells.len() != self.provenance.len() + self.features.len() {
            return None;
        }
        let numbers = cells.split_off(self.provenance.len());
        let features = self.features.iter().zip(numbers).map(|(name, text)| Some((name.clone(), text.parse().ok()?)));
        Some(FeatureRow {
            provenance: self.provenance.iter().cloned().zip(cells).collect(),
            features: features.collect::<Option<_>>()?,
        })
    }
}

/// The first thing in which two runs differ, in words.
pub fn difference(then: &Origin, now: &Origin) -> Option<(String, String)> {
    let protocol = |of: &Origin| format!("protocol \"{}\" ({})", of.protocol, of.fingerprint);
    let shard = |of: &Origin| of.shard.as_ref().map_or("all cases".to_owned(), |shard| format!("shard {shard}"));
    let pairs = [
        (then.version != now.version, format!("version {}", then.version), format!("version {}", now.version)),
        ((&then.protocol, &then.fingerprint) != (&now.protocol, &now.fingerprint), protocol(then), protocol(now)),
        (then.settings != now.settings, format!("other settings of {}", protocol(then)), "the present ones".to_owned()),
        (then.cases != now.cases, "another table of cases".to_owned(), "this one".to_owned()),
        (then.shard != now.shard, shard(then), shard(now)),
    ];
    pairs.into_iter().find(|(differs, ..)| *differs).map(|(_, then, now)| (then, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            version: "1.0".to_owned(),
            protocol: "liang2022".to_owned(),
            fingerprint: "0123".to_owned(),
            settings: serde_json::json!({"images": []}),
            cases: "4567".to_owned(),
            shard: None,
            replaces: false,
        }
    }

    fn row(id: &str, features: &[(&str, f64)]) -> FeatureRow {
        FeatureRow {
            provenance: vec![("id".to_owned(), id.to_owned())],
            features: features.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    /// A file with two rows, of other columns each.
    fn kept(out: &Path) -> PathBuf {
        let (mut partial, rows, _) = Partial::open(out, &origin(), Start::New).unwrap();
        assert!(rows.is_empty());
        partial.append(2, "then", &row("b\n", &[("x", 0.1), ("y", f64::INFINITY)])).unwrap();
        partial.append(1, "now", &row("a", &[("x", -1e-300)])).unwrap();
        partial.path
    }

    fn numbers(rows: &[KeptRow]) -> Vec<usize> {
        rows.iter().map(|kept| kept.case).collect()
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("f.csv");
        kept(&out);
        let (_, rows, then) = Partial::open(&out, &origin(), Start::Resume).unwrap();
        assert_eq!(then, origin());
        let kept = |case, files: &str, row| KeptRow { case, files: files.to_owned(), row };
        let first = kept(2, "then", row("b\n", &[("x", 0.1), ("y", f64::INFINITY)]));
        assert_eq!(rows, [first, kept(1, "now", row("a", &[("x", -1e-300)]))]);
    }

    #[test]
    fn a_torn_row_is_cut_off_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("f.csv");
        let path = kept(&out);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] == b'\n').map(|at| at + 1).collect();
        // The records are: origin, columns, row 2, columns, row 1.
        assert_eq!(ends.len(), 5);
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut partial, rows, _) = Partial::open(&out, &origin(), Start::Resume).unwrap();
            let expected: &[usize] = if length >= ends[2] { &[2] } else { &[] };
            assert_eq!(numbers(&rows), expected, "{length} bytes");
            partial.append(1, "now", &row("a", &[("x", -1e-300)])).unwrap();
            drop(partial);
            let (_, rows, _) = Partial::open(&out, &origin(), Start::Resume).unwrap();
            assert_eq!(numbers(&rows), [expected, &[1]].concat(), "{length} bytes");
        }
    }

    #[test]
    fn a_run_goes_on_only_as_it_was_begun() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("f.csv");
        kept(&out);
        let refusal = |change: fn(&mut Origin)| {
            let mut origin = origin();
            change(&mut origin);
            Partial::open(&out, &origin, Start::Resume).unwrap_err().to_string()
        };
        assert!(
            refusal(|o| o.version = "2.0".to_owned()).contains("begun with version 1.0 and this run has version 2.0")
        );
        assert!(refusal(|o| o.fingerprint = "ffff".to_owned()).contains("protocol \"liang2022\" (0123)"));
        assert!(refusal(|o| o.settings = serde_json::json!({})).contains("other settings"));
        assert!(refusal(|o| o.cases = "ffff".to_owned()).contains("another table of cases"));
        assert!(refusal(|o| o.shard = Some("1/2".to_owned())).contains("all cases and this run has shard 1/2"));
        assert!(matches!(Partial::open(&out, &origin(), Start::New), Err(PartialError::Left(_))));
        let (_, rows, _) = Partial::open(&out, &origin(), Start::Replace).unwrap();
        assert!(rows.is_empty());
    }

    #[test]
    fn two_runs_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("f.csv");
        let _under_way = Partial::open(&out, &origin(), Start::New).unwrap();
        for start in [Start::New, Start::Resume, Start::Replace] {
            assert!(matches!(Partial::open(&out, &origin(), start), Err(PartialError::Locked(_))), "{start:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_taken_away_is_not_the_one_at_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv.partial");
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        std::fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        assert!(!is_at(&file, &path));
        File::create(&path).unwrap();
        assert!(!is_at(&file, &path));
    }

    #[test]
    fn what_holds_no_rows_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("f.csv");
        std::fs::write(Partial::path_for(&out), "notes\n").unwrap();
        assert!(matches!(Partial::open(&out, &origin(), Start::Resume), Err(PartialError::NotRows(_))));
        assert_eq!(std::fs::read(Partial::path_for(&out)).unwrap(), b"notes\n");
    }
}
