//! The demonstration case: a simulated study, written once to the user's cache and opened like any other.

use std::path::PathBuf;

use crate::base::Progress;
use crate::job::Request;
use crate::phantom::{self, PhantomError, PhantomSpec};

/// Name of an empty file that says that the study was written in whole.
const COMPLETE: &str = "complete";

/// Writes the demonstration case unless it is there already.
pub struct WriteDemo;

impl Request for WriteDemo {
    type Output = PathBuf;
    type Error = PhantomError;
    const NAME: &'static str = "Simulating the demonstration case";

    fn run(self, progress: &Progress) -> Result<PathBuf, PhantomError> {
        let cache = directories::ProjectDirs::from("", "", "hepatica").map(|dirs| dirs.cache_dir().to_path_buf());
        // Another version may simulate otherwise.
        let name = format!("demonstration-{}", env!("CARGO_PKG_VERSION"));
        let folder = cache.unwrap_or_else(std::env::temp_dir).join(name);
        let complete = folder.join(COMPLETE);
        if !complete.exists() {
            let phantom = phantom::simulate(&PhantomSpec::default(), progress)?;
            phantom::write_study(&phantom, &folder, true, progress)?;
            crate::base::write_atomically(&complete, true, |_| Ok(())).map_err(PhantomError::from)?;
        }
        Ok(folder)
    }
}
