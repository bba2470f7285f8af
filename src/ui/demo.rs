//! The demonstration case: a simulated study, written once to the user's cache and opened like any other.

use std::path::PathBuf;

use crate::base::{Progress, write_atomically};
use crate::job::{Request, SimulateStudy};
use crate::phantom::{PhantomError, PhantomSpec};

/// Name of an empty file that says that the study was written in whole.
const COMPLETE: &str = "complete";

/// The folder of the demonstration case, which is simulated and written unless it is there already.
pub fn folder(progress: &Progress) -> Result<PathBuf, PhantomError> {
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
