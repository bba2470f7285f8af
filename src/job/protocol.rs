//! Holding a state against the protocol, and handing it in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Request;
use super::labels::{ExportNifti, ExportSeg, LabelsError, Written};
use crate::base::{FileError, Progress, check_free, write_atomically};
use crate::case::protocol::{Facts, FactsError};
use crate::case::submission::{SubmissionError, Submitted};
use crate::case::{Drawn, Snapshot};
use crate::dicom::Series;
use crate::dicom::seg::SegOptions;
use crate::exchange::snap_labels;

/// Finds what takes longer than a frame to know of a state.
pub struct CheckProtocol {
    /// The state.
    pub drawn: Drawn,
    /// Width of the edge that is left out, in mm.
    pub margin_mm: f64,
}

impl Request for CheckProtocol {
    type Output = Facts;
    type Error = FactsError;
    const NAME: &'static str = "Checking the protocol";

    fn run(self, progress: &Progress) -> Result<Facts, FactsError> {
        Facts::of(&self.drawn, self.margin_mm, progress)
    }
}

/// Writes the table of a time sheet.
pub struct ExportTimes {
    /// The table as CSV.
    pub csv: String,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

impl Request for ExportTimes {
    type Output = PathBuf;
    type Error = FileError;
    const NAME: &'static str = "Saving the times";
    const WRITES: bool = true;

    fn run(self, _progress: &Progress) -> Result<PathBuf, FileError> {
        write_atomically(&self.path, self.force, |file| file.write_all(self.csv.as_bytes()))?;
        Ok(self.path)
    }
}

/// Writes labels that were submitted, the submission and the time sheet: all three, or none.
pub struct HandIn {
    /// What was drawn.
    pub labels: Snapshot,
    /// The series that it was drawn on and how the labels came about, for a DICOM SEG with the VOI; NIfTI is written where there is none.
    pub seg: Option<(Arc<Series>, SegOptions)>,
    /// What is submitted.
    pub submitted: Submitted,
    /// The time sheet as CSV.
    pub times: String,
    /// Where the labels go; the others go beside them ([`submission_files`]).
    pub path: PathBuf,
    /// Whether files that are there are replaced.
    pub force: bool,
}

/// Why nothing was handed in.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// The labels were not written.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// A file beside them was not.
    #[error(transparent)]
    File(#[from] FileError),
    /// The submission is none.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
}

/// The files that go beside the labels: the submission and the time sheet.
pub fn submission_files(labels: &Path) -> [PathBuf; 2] {
    let name = labels.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let endings = [".nii.gz", ".nii", ".dcm"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name).to_owned();
    ["submission.json", "times.csv"].map(|ending| labels.with_file_name(format!("{stem}.{ending}")))
}

impl Request for HandIn {
    type Output = Written;
    type Error = HandInError;
    const NAME: &'static str = "Submitting";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Written, HandInError> {
        let json = self.submitted.json()?;
        let [submission, times] = submission_files(&self.path);
        for path in [&self.path, &submission, &times] {
            check_free(path, self.force)?;
        }
        let mut before = Vec::new();
        let names = self.seg.is_none().then(|| snap_labels::path_beside(&self.path));
        for path in [&self.path, &submission, &times].into_iter().chain(&names) {
            before.push(Before::keep(path)?);
        }
        let (edge_margin_mm, force) = (self.submitted.edge_margin_mm, self.force);
        // The submission comes last: where it stands, the others do.
        let written = write_labels(self.labels, self.seg, edge_margin_mm, self.path, force, progress)?;
        write_atomically(&times, force, |file| file.write_all(self.times.as_bytes()))?;
        write_atomically(&submission, force, |file| file.write_all(json.as_bytes()))?;
        before.into_iter().for_each(Before::let_go);
        Ok(written)
    }
}

fn write_labels(
    labels: Snapshot,
    seg: Option<(Arc<Series>, SegOptions)>,
    edge_margin_mm: f64,
    path: PathBuf,
    force: bool,
    progress: &Progress,
) -> Result<Written, LabelsError> {
    match seg {
        Some((series, options)) => {
            Ok(ExportSeg { labels, edge_margin_mm, series, path, options, force }.run(progress)?)
        }
        None => Ok(ExportNifti { labels, path, force }.run(progress)?),
    }
}

/// What stood at a path; brought back when this is dropped, unless it is let go.
struct Before {
    path: PathBuf,
    /// A second name of what was there, in the same folder; none where nothing was.
    kept: Option<PathBuf>,
    is_over: bool,
}

impl Before {
    fn keep(path: &Path) -> Result<Self, FileError> {
        let mut before = Self { path: path.to_owned(), kept: None, is_over: false };
        if path.symlink_metadata().is_ok() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let kept = path.with_file_name(format!(".{name}.{}.before", std::process::id()));
            // One that an earlier try left behind is another name of the same file, which a copy would empty.
            let _ = std::fs::remove_file(&kept);
            // A second name costs nothing; where a drive knows none, a copy does as well.
            let linked = std::fs::hard_link(path, &kept).or_else(|_| std::fs::copy(path, &kept).map(|_| ()));
            if let Err(cause) = linked {
                before.is_over = true;
                return Err(FileError::Io { path: path.to_owned(), cause });
            }
            before.kept = Some(kept);
        }
        Ok(before)
    }

    fn let_go(mut self) {
        self.is_over = true;
        if let Some(kept) = &self.kept {
            // It is a second name of what was replaced: left over it does no harm.
            let _ = std::fs::remove_file(kept);
        }
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let brought_back = match &self.kept {
            // Where both are names of one file still, renaming does nothing and leaves both.
            Some(kept) => std::fs::rename(kept, &self.path).map(|()| drop(std::fs::remove_file(kept))),
            None => std::fs::remove_file(&self.path),
        };
        // What was never written is not there to be taken away.
        if let Err(error) = brought_back.or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }) {
            tracing::warn!("what stood there before is not back: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Geometry, Label, LabelMap};
    use std::fs;

    fn request(path: &Path, force: bool) -> HandIn {
        let mut map = LabelMap::empty(Geometry::axial([6, 5, 4], [0.0; 3], [1.0; 3]).unwrap());
        map.bits_mut()[(1, 2, 3)] = Label::Liver.bit();
        let submitted = Submitted {
            version: 1,
            reader: "Li".into(),
            at: "now".into(),
            labels_sha256: String::new(),
            edge_margin_mm: 2.5,
            acknowledged: Vec::new(),
        };
        let labels = Snapshot::of(&map);
        HandIn { labels, seg: None, submitted, times: "slice\r\n".into(), path: path.to_owned(), force }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_submission_and_the_times_lie_beside_the_labels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.nii.gz");
        request(&path, false).run(&Progress::new()).unwrap();
        let [submission, times] = submission_files(&path);
        assert_eq!(Submitted::from_json(&fs::read_to_string(submission).unwrap()).unwrap().reader, "Li");
        assert_eq!(fs::read_to_string(times).unwrap(), "slice\r\n");
        // `a.label` has ITK-SNAP's names.
        assert_eq!(names(folder.path()), ["a.label", "a.nii.gz", "a.submission.json", "a.times.csv"]);
        assert_eq!(submission_files(Path::new("b.dcm"))[1], Path::new("b.times.csv"));
    }

    #[test]
    fn nothing_is_written_where_one_of_the_files_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.nii");
        fs::write(&submission_files(&path)[0], "earlier").unwrap();
        assert!(matches!(
            request(&path, false).run(&Progress::new()),
            Err(HandInError::File(FileError::Exists(found))) if found == submission_files(&path)[0]
        ));
        assert_eq!(names(folder.path()), ["a.submission.json"]);
    }

    #[test]
    fn what_was_replaced_is_brought_back_when_a_later_file_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.nii");
        let [submission, times] = submission_files(&path);
        fs::write(&path, "labels").unwrap();
        let before: Vec<Before> = [&path, &submission, &times].map(|path| Before::keep(path).unwrap()).into();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "others").unwrap();
        fs::write(&times, "times").unwrap();
        drop(before);
        assert_eq!((names(folder.path()), fs::read_to_string(&path).unwrap()), (vec!["a.nii".into()], "labels".into()));
        Before::keep(&path).unwrap().let_go();
        assert_eq!(names(folder.path()), ["a.nii"]);
        for _ in 0..2 {
            drop(Before::keep(&path).unwrap());
            assert_eq!(names(folder.path()), ["a.nii"], "nothing was replaced");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "labels");
    }
}
