//! Where a file's bytes come from: the disk, or a member of an archive; and which files an input path stands for.

use std::collections::HashSet;
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

    /// What to open to find the file again: the folder or the archive that it is in.
    pub(super) fn place(&self) -> &Path {
        match self {
            Self::Path(path) => path.parent().unwrap_or(path),
            Self::Member { archive, .. } => archive.path(),
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

/// Every file that the inputs stand for, in the order of their paths; each once, also where two inputs lead to it. Links to
/// folders are not followed, so that no loop is entered; links to files are, since archives of images are often made of them.
/// What cannot be looked at, and folders too deep to be searched, are left out by name.
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
    if inputs.len() > 1 {
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    }
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
                skipped.push(unreadable(folder, &cause));
                continue;
            }
        };
        for entry in entries {
            progress.check()?;
            let (path, kind) = match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(known) => known,
                Err(cause) => {
                    skipped.push(unreadable(folder.clone(), &cause));
                    continue;
                }
            };
            if kind.is_dir() && depth < MAX_FOLDER_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_dir() {
                let reason = format!("lies more than {MAX_FOLDER_DEPTH} folders deep; open it by itself");
                skipped.push(Skipped { path, reason, damaged: false });
            } else if kind.is_file() || (kind.is_symlink() && fs::metadata(&path).is_ok_and(|m| m.is_file())) {
                files.push(path);
            } else {
                skipped.push(not_a_file(path));
            }
        }
    }
    Ok(())
}

fn unreadable(path: PathBuf, cause: &std::io::Error) -> Skipped {
    Skipped { path, reason: format!("could not be read: {cause}"), damaged: true }
}

fn not_a_file(path: PathBuf) -> Skipped {
    Skipped { path, reason: "neither a file nor a folder".into(), damaged: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(inputs: &[PathBuf]) -> (Vec<PathBuf>, Vec<Skipped>) {
        let mut skipped = Vec::new();
        (collect(inputs, &Progress::new(), &mut skipped).unwrap(), skipped)
    }

    #[test]
    fn a_file_that_two_inputs_lead_to_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/x"), b"x").unwrap();
        let (files, _) = collected(&[folder.path().join("a"), folder.path().join("a/../a/x")]);
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn a_folder_too_deep_to_be_searched_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let deep = (0..=MAX_FOLDER_DEPTH).fold(folder.path().to_owned(), |path, _| path.join("d"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("x"), b"x").unwrap();
        let (files, skipped) = collected(&[folder.path().to_owned()]);
        assert!(files.is_empty());
        assert!(
            skipped.len() == 1 && skipped[0].path == deep && skipped[0].reason.contains("folders deep"),
            "{skipped:?}"
        );
    }
}
