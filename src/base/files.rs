//! Writing files so that a crash, a full disk or a wrong path never costs one that was there before.
//!
//! A file is written under a random name in its own folder, flushed to the disk and then renamed. What stands at the path
//! is replaced only when `force` says so; without it the rename itself refuses, so that no other program can slip a file in
//! between the check and the write. [`write_checked`] has what was written read back by the caller before the rename. It
//! deliberately keeps no copies and makes no folders (`docs/decisions.md`).

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file's name without its folder.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The bytes of a file, or `None` where it has more than `most`. What the system says of a file's length is not believed: devices and
/// pipes say none and never end.
pub fn read_at_most(path: &Path, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() <= most))
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Something stands at the path and was not to be replaced.
    #[error("{} exists already; choose another name, or allow it to be replaced", .0.display())]
    Exists(PathBuf),
    /// The folder that the file would be in does not exist.
    #[error("the folder of {} does not exist; make it first, or choose another", .0.display())]
    NoFolder(PathBuf),
    /// The path does not name a file in a folder.
    #[error("{} does not name a file that can be written", .0.display())]
    NotAFile(PathBuf),
    /// What was written did not read back as it should have; nothing was left at the path that was not there before.
    #[error("{} was not saved, because what was written did not read back the same: {problem}; save under another name or on another disk", path.display())]
    NotAsWritten {
        /// Where the file was to be.
        path: PathBuf,
        /// What differed.
        problem: String,
    },
    /// The system refused; nothing was left at the path that was not there before.
    #[error("{} could not be written: {}", path.display(), in_words(cause))]
    Io {
        /// Where the file was to be.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// What the system said, with what to do about it where that is known.
fn in_words(cause: &io::Error) -> String {
    let advice = match cause.kind() {
        io::ErrorKind::StorageFull => "the disk is full; free space on it, or save on another one",
        io::ErrorKind::QuotaExceeded => "your share of the disk is used up; free some of it, or save elsewhere",
        io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read; save on another one",
        io::ErrorKind::PermissionDenied => "you may not write there; choose another folder",
        io::ErrorKind::NotFound => "its folder cannot be written to, or is gone; choose another",
        _ => return cause.to_string(),
    };
    advice.to_owned()
}

/// An error when something stands at `path` and `force` is not set: to be asked before long work begins, since
/// [`write_atomically`] asks only at its end.
pub fn check_free(path: &Path, force: bool) -> Result<(), FileError> {
    if path.is_dir() {
        return Err(FileError::NotAFile(path.to_owned()));
    }
    if !folder_of(path).is_dir() {
        return Err(FileError::NoFolder(path.to_owned()));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(FileError::Exists(path.to_owned()));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes the file at `path` in one step: either all that `write` wrote stands there afterwards, or what was there before.
///
/// `write` gets a buffered writer; it may hand back errors of its own with [`by_the_system`]. With `force`, a file that
/// stands at the path is replaced, else the call is refused and the old file left alone. A link is replaced itself and not what it
/// leads to, and the new file has the permissions of any new file.
pub fn write_atomically(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    write_checked(path, force, write, |_| Ok(()))
}

/// As [`write_atomically`], and before anything is renamed `check` reads the finished file, under the temporary name that it gets,
/// and says what is wrong with it; then nothing is replaced. What `check` returns comes back.
///
/// The file is on the disk by then, as far as the system tells, but may be read back from memory: a fault of the program or of the
/// format is found, a disk that lies is not.
pub fn write_checked<T>(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    check: impl FnOnce(&Path) -> Result<T, String>,
) -> Result<T, FileError> {
    check_free(path, force)?;
    if path.file_name().is_none() {
        return Err(FileError::NotAFile(path.to_owned()));
    }
    let folder = folder_of(path);
    let failed = |cause| FileError::Io { path: path.to_owned(), cause };
    let temporary = written(folder, write).map_err(without_temporary_name).map_err(failed)?;
    let checked = check(temporary.path()).map_err(|problem| {
        // Readers name the file that they read, and a temporary name means nothing to whoever named another.
        let problem = problem.replace(&format!("{}: ", temporary.path().display()), "");
        FileError::NotAsWritten { path: path.to_owned(), problem }
    })?;
    let renamed = if force { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    if let Err(refused) = renamed {
        return Err(match refused.error.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
            _ => failed(refused.error),
        });
    }
    sync_folder(folder);
    Ok(checked)
}

/// What the system said, such as that the disk is full, where another crate's writer ends in it; those say themselves only what
/// they were at. For `write` of [`write_atomically`], in place of [`io::Error::other`].
pub fn by_the_system(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return io::Error::new(io.kind(), io.to_string());
        }
        cause = inner.source();
    }
    io::Error::other(error)
}

/// A finished temporary file; it removes itself unless it is renamed.
fn written(folder: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hepatica-").suffix(".part");
    // A temporary file is private by default; the file that it becomes has the permissions of any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary = builder.tempfile_in(folder)?;
    let mut buffered = BufWriter::with_capacity(1 << 18, temporary);
    write(&mut buffered)?;
    let temporary = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// What the system said, without the name of the temporary file, which means nothing to whoever named another.
fn without_temporary_name(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

/// Makes a new name in the folder outlive a power cut where the system can; a refusal costs nothing that was promised.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_that_never_ends_is_read_no_further_than_allowed() {
        assert_eq!(read_at_most(Path::new("/dev/zero"), 1000).unwrap(), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, false, |w| w.write_all(b"abc")).unwrap();
        assert_eq!(read_at_most(&path, 3).unwrap().as_deref(), Some(&b"abc"[..]));
        assert_eq!(read_at_most(&path, 2).unwrap(), None);
    }

    #[test]
    fn a_file_is_replaced_only_when_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, false, |w| w.write_all(b"one")).unwrap();
        let refused = write_atomically(&path, false, |w| w.write_all(b"two")).unwrap_err();
        assert!(matches!(refused, FileError::Exists(_)), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write_atomically(&path, true, |w| w.write_all(b"two")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_temporary_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, false, |w| w.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, true, |w| {
            w.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn what_does_not_read_back_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let write = |text: &'static [u8]| {
            write_checked(
                &path,
                true,
                |w| w.write_all(text),
                |written| match std::fs::read(written).unwrap().as_slice() {
                    b"good" => Ok(4),
                    _ => Err(format!("{}: voxel 3 differs", written.display())),
                },
            )
        };
        assert_eq!(write(b"good").unwrap(), 4);
        let refused = write(b"bad").unwrap_err();
        assert!(
            matches!(&refused, FileError::NotAsWritten { problem, .. } if problem == "voxel 3 differs"),
            "{refused}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"good");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let refused = write_atomically(&path, false, |w| {
            std::fs::write(&path, b"another program's")?;
            w.write_all(b"ours")
        });
        assert!(matches!(refused, Err(FileError::Exists(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"another program's");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, usual) = (folder.path().join("a"), folder.path().join("b"));
        write_atomically(&ours, false, |w| w.write_all(b"x")).unwrap();
        std::fs::write(&usual, b"x").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&usual));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_before_any_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/a.txt");
        assert!(matches!(check_free(&path, true), Err(FileError::NoFolder(_))));
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let words = |kind: io::ErrorKind| FileError::Io { path: "a.dcm".into(), cause: kind.into() }.to_string();
        assert!(
            words(io::ErrorKind::StorageFull).ends_with("the disk is full; free space on it, or save on another one")
        );
        assert!(words(io::ErrorKind::PermissionDenied).contains("choose another folder"));
        let other = io::Error::other("the system's words");
        let said = FileError::Io { path: "a.dcm".into(), cause: other }.to_string();
        assert_eq!(said, "a.dcm could not be written: the system's words");
    }

    #[test]
    fn no_temporary_name_stands_in_a_message() {
        // A folder in which no file can be made, even by the superuser.
        let refused = write_atomically(Path::new("/proc/a.txt"), false, |_| Ok(())).unwrap_err().to_string();
        assert!(refused.starts_with("/proc/a.txt could not be written") && !refused.contains(".part"), "{refused}");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(write_atomically(folder.path(), true, |_| Ok(())), Err(FileError::NotAFile(_))));
    }
}
