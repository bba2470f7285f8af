//! The state of a case's files, by which a run that goes on knows whether a row is still that of its image and VOI.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::ImagingCase;

/// Folders within folders that are looked into: more than any archive nests, and an end where links lead in circles.
const MAX_DEPTH: usize = 16;

/// Whether image and VOI of a case are where its table says.
pub fn are_there(case: &ImagingCase) -> bool {
    case.image.exists() && case.voi.exists()
}

/// Whether a file of a case, or what a folder of it holds, was changed after a time.
pub fn changed_after(case: &ImagingCase, time: SystemTime) -> bool {
    [&case.image, &case.voi].into_iter().any(|path| is_newer(path, MAX_DEPTH, time))
}

/// When a file was last written, or put where it is: a copy that keeps the time of what it was copied from is as new as its coming.
fn last_changed(found: &Metadata) -> Option<SystemTime> {
    let written = found.modified().ok();
    #[cfg(unix)]
    let came = {
        use std::os::unix::fs::MetadataExt as _;
        u64::try_from(found.ctime()).ok().map(|seconds| UNIX_EPOCH + Duration::new(seconds, found.ctime_nsec() as u32))
    };
    #[cfg(not(unix))]
    let came = found.created().ok();
    written.max(came)
}

fn is_newer(path: &Path, depth: usize, time: SystemTime) -> bool {
    let Ok(found) = path.metadata() else { return false };
    if last_changed(&found).is_some_and(|changed| changed > time) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1).filter(|_| found.is_dir()) else { return false };
    path.read_dir().into_iter().flatten().flatten().any(|entry| is_newer(&entry.path(), depth, time))
}

/// A hash of the names, lengths and times of change of the files of a case. What cannot be read counts as absent: the extraction
/// says what is wrong with it.
pub fn files_state(case: &ImagingCase) -> String {
    let mut lines = Vec::new();
    for path in [&case.image, &case.voi] {
        list(path, MAX_DEPTH, &mut lines);
        lines.push(String::new());
    }
    let hash = Sha256::digest(lines.join("\n"));
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn list(path: &Path, depth: usize, lines: &mut Vec<String>) {
    let Ok(found) = path.metadata() else { return };
    if !found.is_dir() {
        lines.push(line(path, &found));
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let entries = path.read_dir().into_iter().flatten().flatten();
    let mut inside: Vec<_> = entries.map(|entry| entry.path()).collect();
    // Systems list the files of a folder in no order.
    inside.sort();
    inside.iter().for_each(|path| list(path, depth, lines));
}

fn line(path: &Path, found: &Metadata) -> String {
    let changed = found.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    format!("{path:?} {} {}", found.len(), changed.unwrap_or_default().as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, write};
    use std::path::PathBuf;

    fn case(image: PathBuf, voi: PathBuf) -> ImagingCase {
        ImagingCase { id: "a".to_owned(), image, voi, label: None, series: None, number: 1, line: 2 }
    }

    #[test]
    fn a_change_of_any_file_and_a_file_that_went_are_later_than_what_was_written_before() {
        let folder = tempfile::tempdir().unwrap();
        let (series, voi) = (folder.path().join("ct/series"), folder.path().join("voi.nii"));
        std::fs::create_dir_all(&series).unwrap();
        write(&voi, "one").unwrap();
        write(series.join("1.dcm"), "slice").unwrap();
        write(series.join("2.dcm"), "slice").unwrap();
        let case = case(folder.path().join("ct"), voi);
        let touched = |path: &Path, at: SystemTime| File::open(path).unwrap().set_modified(at).unwrap();
        let before = SystemTime::now() + Duration::from_secs(60);
        let after = before + Duration::from_secs(1);
        assert!(!changed_after(&case, before));
        touched(&series.join("2.dcm"), after);
        assert!(changed_after(&case, before) && !changed_after(&case, after));
        let earlier = SystemTime::now() - Duration::from_secs(3600);
        touched(&series.join("1.dcm"), earlier);
        assert!(changed_after(&case, earlier), "a file with an old time that came just now is new");
        std::fs::remove_file(series.join("2.dcm")).unwrap();
        // As the system would, had it been removed then.
        touched(&series, after);
        assert!(changed_after(&case, before));
        assert!(are_there(&case));
        std::fs::remove_file(&case.voi).unwrap();
        assert!(!are_there(&case));
    }

    #[test]
    fn the_state_follows_every_file_of_the_image_and_the_voi() {
        let folder = tempfile::tempdir().unwrap();
        let (series, voi) = (folder.path().join("ct/series"), folder.path().join("voi.nii"));
        std::fs::create_dir_all(&series).unwrap();
        let case = case(folder.path().join("ct"), voi.clone());
        let mut states = vec![files_state(&case)];
        let mut look = || {
            let state = files_state(&case);
            assert_eq!(state, files_state(&case));
            assert!(!states.contains(&state), "nothing was noticed of change {}", states.len());
            states.push(state);
        };
        write(&voi, "one").unwrap();
        look();
        write(series.join("1.dcm"), "slice").unwrap();
        look();
        write(series.join("1.dcm"), "longer slice").unwrap();
        look();
        let later = SystemTime::now() + Duration::from_secs(2);
        File::options().write(true).open(&voi).unwrap().set_modified(later).unwrap();
        look();
    }
}
