//! The reading side of DICOM against reference series, real images and hostile files.
//!
//! What needs `../shared` is skipped by name where that folder is absent.

#[path = "dicom/hostile.rs"]
mod hostile;
#[path = "dicom/real.rs"]
mod real;
#[path = "dicom/reference.rs"]
mod reference;

use std::path::{Path, PathBuf};

use hepatica::base::Progress;
use hepatica::dicom::{Loaded, Scan, Series, load, scan};

/// A folder beside the repository, or `None` with a line that says what is skipped.
fn shared(test: &str, folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {test}: ../shared is absent");
    None
}

fn scan_path(path: &Path) -> Scan {
    scan(&[path.to_owned()], &Progress::new(), &|_| {}).unwrap()
}

fn load_series(series: &Series) -> Loaded {
    load(series, &Progress::new(), &|_, _| {}).unwrap()
}
