//! The demonstration case: a simulated study, written and read as any study is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Request;
use crate::base::{FileError, Progress, read_at_most, write_atomically};
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

/// Ending of the file beside a study in the cache that lists the files of which it consists.
const COMPLETE: &str = ".files";
/// Longest such list, in bytes.
const LONGEST_LIST: usize = 1 << 20;
/// How the folders are named in which studies are simulated for the cache.
const SIMULATING: &str = "simulating-";
/// After this time nobody simulates in such a folder any more: it was left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);

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

/// The study in the cache. It is simulated beside its place, and its files are moved there one by one: two programs that start
/// together move the same bytes to the same names, and what anyone else keeps there stays.
fn cached(cache: &Path, spec: PhantomSpec, progress: &Progress) -> Result<PathBuf, PhantomError> {
    // Another version may simulate otherwise.
    let folder = cache.join(format!("demonstration-{}", env!("CARGO_PKG_VERSION")));
    if is_whole(&folder) {
        return Ok(folder);
    }
    let failed = |cause| FileError::Io { path: folder.clone(), cause };
    std::fs::create_dir_all(cache).map_err(failed)?;
    sweep(cache);
    let beside = tempfile::Builder::new().prefix(SIMULATING).tempdir_in(cache).map_err(failed)?;
    let fresh = beside.path().join("study");
    SimulateStudy { folder: fresh.clone(), spec, force: false }.run(progress)?;
    let mut list = String::new();
    for (part, name) in files_of(&fresh) {
        std::fs::create_dir_all(folder.join(&part)).map_err(failed)?;
        std::fs::rename(fresh.join(&part).join(&name), folder.join(&part).join(&name)).map_err(failed)?;
        list += &format!("{part}/{name}\n");
    }
    write_atomically(&list_of(&folder), true, |file| file.write_all(list.as_bytes()))?;
    Ok(folder)
}

/// Where the files of a study are listed.
fn list_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(COMPLETE);
    PathBuf::from(name)
}

/// Whether all files of a study that was written whole are still there.
fn is_whole(folder: &Path) -> bool {
    let list = read_at_most(&list_of(folder), LONGEST_LIST).ok().flatten();
    let list = list.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    !list.is_empty() && list.lines().all(|name| folder.join(name).is_file())
}

/// The files of a study, each as the folder that it lies in and its name.
fn files_of(study: &Path) -> Vec<(String, String)> {
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    names(study)
        .into_iter()
        .flat_map(|part| names(&study.join(&part)).into_iter().map(move |name| (part.clone(), name)))
        .collect()
}

/// Removes what programs left behind that were killed while they simulated.
fn sweep(cache: &Path) {
    for entry in std::fs::read_dir(cache).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(SIMULATING);
        let changed = entry.metadata().and_then(|found| found.modified()).ok();
        if is_ours && changed.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > LEFT_BEHIND) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The clinical columns of the demonstration's patient, made up like the images: the paper's most frequent stage.
pub fn simulated_patient() -> ClinicalCase {
    ClinicalCase { id: "SIMULATED".to_owned(), p_t: Some(3), ..ClinicalCase::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cached_study_is_mended_where_files_are_gone_and_leaves_other_files_alone() {
        let cache = tempfile::tempdir().unwrap();
        let spec = PhantomSpec { matrix: 32, ..PhantomSpec::default() };
        let get = || cached(cache.path(), spec, &Progress::new()).unwrap();
        std::thread::scope(|scope| {
            let [first, second] = [scope.spawn(get), scope.spawn(get)].map(|start| start.join().unwrap());
            assert_eq!(first, second);
        });
        let folder = get();
        assert!(is_whole(&folder));
        assert_eq!(
            std::fs::read_dir(cache.path()).unwrap().count(),
            2,
            "nothing is left beside the study and its list"
        );
        let slices = folder.join("4_SIMULATED_PV");
        let written = || std::fs::metadata(slices.join("CT0001.dcm")).unwrap().modified().unwrap();
        let before = written();
        std::fs::write(slices.join("labels.dcm"), "a user's").unwrap();
        get();
        assert_eq!(written(), before, "what is whole is not written again");
        std::fs::remove_file(slices.join("CT0002.dcm")).unwrap();
        assert!(!is_whole(&folder));
        assert!(is_whole(&get()) && slices.join("CT0002.dcm").exists());
        assert_eq!(std::fs::read_to_string(slices.join("labels.dcm")).unwrap(), "a user's");
    }

    #[test]
    fn folders_that_were_left_behind_are_swept_and_those_at_work_are_not() {
        let cache = tempfile::tempdir().unwrap();
        let [old, new] = ["simulating-old", "simulating-new"].map(|name| cache.path().join(name));
        for folder in [&old, &new] {
            std::fs::create_dir(folder).unwrap();
        }
        let long_ago = std::time::SystemTime::now() - 2 * LEFT_BEHIND;
        std::fs::File::open(&old).unwrap().set_modified(long_ago).unwrap();
        sweep(cache.path());
        assert!(!old.exists() && new.exists());
    }
}
