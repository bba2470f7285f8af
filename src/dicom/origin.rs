//! Where a file's bytes come from: the disk, or a member of an archive; and which files an input path stands for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Archive;
use super::stream::{Stream, io_fault};
use super::{DicomError, FileFault, Skipped};
use crate::base::Progress;

/// Folders in folders that are searched.
const MAX_FOLDER_DEPTH: usize = 64;

/// A file's place.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Path(PathBuf),
    Member { archive: Arc<Archive>, index: usize, path: PathBuf },
}

impl Origin {
    /// The path, in an archive followed by the member's name.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Path(path) | Self::Member { path, .. } => path,
        }
    }

    /// Reads the bytes from the beginning.
    pub(super) fn with_stream<T>(&self, read: impl FnOnce(Stream<'_>) -> Result<T, FileFault>) -> Result<T, FileFault> {
        match self {
            Self::Path(path) => read(Stream::file(File::open(path).map_err(io_fault)?)?),
            Self::Member { archive, index, .. } => archive.with_member(*index, read),
        }
    }
}

/// Every file that the inputs stand for, in the order of their paths; each once. Links to folders are not followed, so
/// that no loop is entered and nothing outside the folder is read.
pub(super) fn collect(
    inputs: &[PathBuf],
    progress: &Progress,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<PathBuf>, DicomError> {
    let mut files = Vec::new();
    for input in inputs {
        let kind = fs::metadata(input).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => DicomError::NotFound(input.clone()),
            _ => DicomError::Unreadable { path: input.clone(), cause },
        })?;
        if kind.is_dir() {
            fs::read_dir(input).map_err(|cause| DicomError::Unreadable { path: input.clone(), cause })?;
            collect_folder(input, progress, &mut files, skipped)?;
        } else if kind.is_file() {
            files.push(input.clone());
        } else {
            skipped.push(not_a_file(input.clone()));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn collect_folder(
    top: &Path,
    progress: &Progress,
    files: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<(), DicomError> {
    let mut folders = vec![(top.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        progress.check()?;
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(cause) => {
                skipped.push(Skipped { path: folder, reason: format!("could not be read: {cause}"), damaged: true });
                continue;
            }
        };
        for entry in entries.flatten() {
            progress.check()?;
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < MAX_FOLDER_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_file() || (kind.is_symlink() && fs::metadata(&path).is_ok_and(|m| m.is_file())) {
                files.push(path);
            } else if !kind.is_dir() {
                skipped.push(not_a_file(path));
            }
        }
    }
    Ok(())
}

fn not_a_file(path: PathBuf) -> Skipped {
    Skipped { path, reason: "neither a file nor a folder".into(), damaged: false }
}
