//! The state of a case's files, by which a run that goes on knows whether a row is still that of its image and VOI.

use std::fs::Metadata;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::ImagingCase;

/// Folders within folders that are looked into: more than any archive nests, and an end where links lead in circles.
const MAX_DEPTH: usize = 16;

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
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_state_follows_every_file_of_the_image_and_the_voi() {
        let folder = tempfile::tempdir().unwrap();
        let (series, voi) = (folder.path().join("ct/series"), folder.path().join("voi.nii"));
        std::fs::create_dir_all(&series).unwrap();
        let case = ImagingCase {
            id: "a".to_owned(),
            image: folder.path().join("ct"),
            voi: voi.clone(),
            label: None,
            series: None,
            number: 1,
            line: 2,
        };
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
