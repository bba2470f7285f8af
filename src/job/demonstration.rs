//! The demonstration cohort that comes with the program: simulated patients' tables, read as any cohort's.

use std::io;
use std::sync::Arc;

use super::Request;
use crate::base::Progress;
use crate::cohort::{Cohort, CohortError, CohortFiles, CohortOptions, read_cohort};

const FEATURES: &[u8] = include_bytes!("../../assets/demonstration/features.csv.gz");
const FEATURES_READER_2: &[u8] = include_bytes!("../../assets/demonstration/features_reader2.csv.gz");
const CLINICAL: &[u8] = include_bytes!("../../assets/demonstration/clinical.csv");

/// Reads the demonstration cohort, split at random from a seed.
pub struct ReadDemonstration {
    /// How patients are split.
    pub options: CohortOptions,
}

/// Why it was not read.
#[derive(Debug, thiserror::Error)]
pub enum DemonstrationError {
    /// Its tables could not be laid out.
    #[error("the demonstration's tables could not be written into a temporary folder: {0}")]
    Write(#[from] io::Error),
    /// A table was not read.
    #[error(transparent)]
    Cohort(#[from] CohortError),
}

impl Request for ReadDemonstration {
    type Output = Arc<Cohort>;
    type Error = DemonstrationError;
    const NAME: &'static str = "Reading the demonstration cohort";

    fn run(self, progress: &Progress) -> Result<Arc<Cohort>, DemonstrationError> {
        progress.begin(Self::NAME, 0);
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("features.csv.gz"), FEATURES)?;
        std::fs::write(path("features_reader2.csv.gz"), FEATURES_READER_2)?;
        std::fs::write(path("clinical.csv"), CLINICAL)?;
        let files = CohortFiles {
            features: Some(path("features.csv.gz")),
            clinical: path("clinical.csv"),
            reader2: Some(path("features_reader2.csv.gz")),
            ..CohortFiles::default()
        };
        Ok(Arc::new(read_cohort(&files, &self.options)?))
    }
}
