//! The demonstration case: a simulated study, written and read as any study is.

use std::path::{Path, PathBuf};

use super::Request;
use crate::base::{FileError, Progress, write_atomically};
use crate::cohort::ClinicalCase;
use crate::phantom::{PhantomError, PhantomSpec, StudyPaths, simulate, write_study};

/// Simulates a patient and writes the study below `folder`.
#[derive(Debug, Clone)]
pub struct SimulateStudy {
    /// Where to write.
    pub folder: PathBuf,
    /// Whom to simulate.
    pub spec: PhantomSpec,
    /// Whether an earlier study there is replaced.
    pub force: bool,
}

impl Request for SimulateStudy {
    type Output = StudyPaths;
    type Error = PhantomError;
    const NAME: &'static str = "Simulating the demonstration case";

    fn run(self, progress: &Progress) -> Result<StudyPaths, PhantomError> {
        let phantom = simulate(&self.spec, progress)?;
        write_study(&phantom, &self.folder, self.force, progress)
    }
}

/// Name of the file that says of how many others a study in the cache consists.
const COMPLETE: &str = "complete";

/// The demonstration case in the user's cache: simulated and written the first time, found there later.
#[derive(Debug, Clone, Copy)]
pub struct CachedDemonstration;

impl Request for CachedDemonstration {
    type Output = PathBuf;
    type Error = PhantomError;
    const NAME: &'static str = SimulateStudy::NAME;

    fn run(self, progress: &Progress) -> Result<PathBuf, PhantomError> {
        let cache = directories::ProjectDirs::from("", "", "hepatica").map(|dirs| dirs.cache_dir().to_path_buf());
        cached(&cache.unwrap_or_else(std::env::temp_dir), PhantomSpec::default(), progress)
    }
}

/// The study in the cache. It is written beside its place and then renamed, so that two programs that start together do not write
/// into each other's, and what is there is whole.
fn cached(cache: &Path, spec: PhantomSpec, progress: &Progress) -> Result<PathBuf, PhantomError> {
    // Another version may simulate otherwise.
    let folder = cache.join(format!("demonstration-{}", env!("CARGO_PKG_VERSION")));
    if is_whole(&folder) {
        return Ok(folder);
    }
    let failed = |cause| FileError::Io { path: folder.clone(), cause };
    std::fs::create_dir_all(cache).map_err(failed)?;
    let beside = tempfile::Builder::new().prefix("simulating-").tempdir_in(cache).map_err(failed)?;
    let fresh = beside.path().join("study");
    SimulateStudy { folder: fresh.clone(), spec, force: false }.run(progress)?;
    let n_files = n_files(&fresh).to_string();
    write_atomically(&fresh.join(COMPLETE), false, |file| file.write_all(n_files.as_bytes()))?;
    if is_whole(&folder) {
        return Ok(folder);
    }
    // Remains, as whoever tidies caches leaves them, are in the way.
    let _ = std::fs::rename(&folder, beside.path().join("remains"));
    match std::fs::rename(&fresh, &folder) {
        // Another program was quicker.
        Err(_) if is_whole(&folder) => Ok(folder),
        renamed => renamed.map(|()| folder.clone()).map_err(|cause| failed(cause).into()),
    }
}

/// Whether all files of a study that was written whole are still there.
fn is_whole(folder: &Path) -> bool {
    let said = std::fs::read_to_string(folder.join(COMPLETE)).ok().and_then(|text| text.parse().ok());
    said == Some(n_files(folder))
}

/// Files in the folders of a study.
fn n_files(folder: &Path) -> usize {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries(folder).map(|inner| entries(&inner).count()).sum()
}

/// The clinical columns of the demonstration's patient, made up like the images: the paper's most frequent stage.
pub fn simulated_patient() -> ClinicalCase {
    ClinicalCase { id: "SIMULATED".to_owned(), p_t: Some(3), ..ClinicalCase::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cached_study_is_written_once_again_when_files_are_gone_and_whole_when_two_start_together() {
        let cache = tempfile::tempdir().unwrap();
        let spec = PhantomSpec { matrix: 32, ..PhantomSpec::default() };
        let get = || cached(cache.path(), spec, &Progress::new()).unwrap();
        std::thread::scope(|scope| {
            let [first, second] = [scope.spawn(get), scope.spawn(get)].map(|start| start.join().unwrap());
            assert_eq!(first, second);
        });
        let folder = get();
        assert!(is_whole(&folder));
        assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 1, "nothing is left beside it");
        let slices = folder.join("4_SIMULATED_PV");
        let written = std::fs::metadata(slices.join("CT0001.dcm")).unwrap().modified().unwrap();
        get();
        assert_eq!(std::fs::metadata(slices.join("CT0001.dcm")).unwrap().modified().unwrap(), written);
        std::fs::remove_file(slices.join("CT0002.dcm")).unwrap();
        assert!(is_whole(&get()) && slices.join("CT0002.dcm").exists());
    }
}
