//! The demonstration case: a simulated study, written and read as any study is.

use std::path::PathBuf;

use super::Request;
use crate::base::Progress;
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

/// The clinical columns of the demonstration's patient, made up like the images: the paper's most frequent stage.
pub fn simulated_patient() -> ClinicalCase {
    ClinicalCase { id: "SIMULATED".to_owned(), p_t: Some(3), ..ClinicalCase::default() }
}
