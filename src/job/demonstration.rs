//! The demonstration cohort: the tables that the program carries, written into the user's cache, where they are read as any
//! cohort's are. Nobody in them has ever lived.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::Request;
use crate::base::{FileError, Progress, write_atomically};
use crate::cohort::CohortFiles;

const FEATURES: &[u8] = include_bytes!("../../assets/demonstration/features.csv.gz");
const SECOND_READER: &[u8] = include_bytes!("../../assets/demonstration/features_reader2.csv.gz");
const CLINICAL: &[u8] = include_bytes!("../../assets/demonstration/clinical.csv");

/// Writes the demonstration cohort's tables into the user's cache, in place of those of an earlier time.
#[derive(Debug, Clone, Copy)]
pub struct UnpackDemonstrationCohort;

impl Request for UnpackDemonstrationCohort {
    type Output = CohortFiles;
    type Error = FileError;
    const NAME: &'static str = "Unpacking the demonstration cohort";

    fn run(self, progress: &Progress) -> Result<CohortFiles, FileError> {
        progress.begin(Self::NAME, 0);
        let cache = directories::ProjectDirs::from("", "", "hepatica").map(|dirs| dirs.cache_dir().to_path_buf());
        // Another version may have simulated otherwise.
        let name = format!("demonstration-cohort-{}", env!("CARGO_PKG_VERSION"));
        unpack(&cache.unwrap_or_else(std::env::temp_dir).join(name))
    }
}

fn unpack(folder: &Path) -> Result<CohortFiles, FileError> {
    std::fs::create_dir_all(folder).map_err(|cause| FileError::Io { path: folder.to_owned(), cause })?;
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf, FileError> {
        let path = folder.join(name);
        write_atomically(&path, true, |file| file.write_all(bytes))?;
        Ok(path)
    };
    let unpacked = |bytes: &[u8]| {
        let mut text = Vec::new();
        let read = GzDecoder::new(bytes).read_to_end(&mut text);
        read.map(|_| text).map_err(|cause| FileError::Io { path: folder.to_owned(), cause })
    };
    Ok(CohortFiles {
        features: write("features.csv", &unpacked(FEATURES)?)?,
        clinical: write("clinical.csv", CLINICAL)?,
        reader2: Some(write("features_reader2.csv", &unpacked(SECOND_READER)?)?),
        ..CohortFiles::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::{CohortOptions, read_cohort};

    #[test]
    fn the_demonstration_cohort_is_read_like_any_other_and_says_that_it_is_simulated() {
        let folder = tempfile::tempdir().unwrap();
        let files = unpack(folder.path()).unwrap();
        let cohort = read_cohort(&files, &CohortOptions::default()).unwrap();
        assert_eq!((cohort.flow.analysed.patients, cohort.flow.analysed.events), (112, 52));
        assert!(cohort.features.is_simulated && cohort.second.is_some());
    }
}
