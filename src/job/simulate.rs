//! The demonstration case: a simulated study, written and read as any study is.

use std::path::PathBuf;

use super::Request;
use crate::base::{Progress, write_atomically};
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

/// Name of an empty file that says that the cached study was written in whole.
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
        // Another version may simulate otherwise.
        let name = format!("demonstration-{}", env!("CARGO_PKG_VERSION"));
        let folder = cache.unwrap_or_else(std::env::temp_dir).join(name);
        let complete = folder.join(COMPLETE);
        if !complete.exists() {
            SimulateStudy { folder: folder.clone(), spec: PhantomSpec::default(), force: true }.run(progress)?;
            write_atomically(&complete, true, |_| Ok(()))?;
        }
        Ok(folder)
    }
}

/// The clinical columns of the demonstration's patient, made up like the images: the paper's most frequent stage.
pub fn simulated_patient() -> ClinicalCase {
    ClinicalCase { id: "SIMULATED".to_owned(), p_t: Some(3), ..ClinicalCase::default() }
}
