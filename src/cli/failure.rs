//! What the command line says and answers when something failed.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use super::interrupt;
use crate::base::FileError;
use crate::dicom::CtWriteError;
use crate::dicom::seg::SegError;
use crate::exchange::nifti::NiftiError;
use crate::exchange::table::TableError;
use crate::job::{ExportError, ExtractCohortError, MergeError, PartialError, WriteFolderError};
use crate::phantom::PhantomError;
use crate::ui::NoWindow;

/// The exit code for input that is wrong: arguments, files, values.
pub const WRONG_INPUT: u8 = 2;
/// The exit code for a system that refused, such as a full disk, and for cases that failed among others that did not.
const NOT_ALL: u8 = 1;
/// The exit code for what the user stopped, as shells have it for an interrupt.
pub const INTERRUPTED: u8 = 130;

/// Some of many cases failed; the others are written.
#[derive(Debug, thiserror::Error)]
#[error("{n_failed} of {n_cases} cases failed; {} says why", failures.display())]
pub struct CasesFailed {
    /// How many.
    pub n_failed: usize,
    /// Of how many.
    pub n_cases: usize,
    /// Where they are listed.
    pub failures: PathBuf,
}

/// The failure in one sentence, with the switch that helps.
pub fn in_words(failure: &anyhow::Error) -> String {
    if interrupt::came() {
        let keeps_rows = failure
            .chain()
            .any(|cause| matches!(cause.downcast_ref::<ExtractCohortError>(), Some(ExtractCohortError::Cancelled(_))));
        let how = if keeps_rows { "; the rows that are done are kept: go on with --resume" } else { "" };
        return format!("interrupted{how}");
    }
    let exists = failure.chain().any(|cause| matches!(file_error(cause), Some(FileError::Exists(_))));
    format!("{failure:#}{}", if exists { " (--force)" } else { "" })
}

/// What a script may conclude from a failure: only the system's own refusals and cancellation are not the input's fault.
pub fn exit_code(failure: &anyhow::Error) -> u8 {
    let system = |cause: &(dyn Error + 'static)| {
        matches!(file_error(cause), Some(FileError::Io { .. }))
            || cause.downcast_ref::<io::Error>().is_some()
            || folder_error(cause).is_some_and(|cause| !stands_in_the_way(cause))
            || cause.downcast_ref::<NoWindow>().is_some()
    };
    if interrupt::came() {
        INTERRUPTED
    } else if failure.is::<CasesFailed>() || failure.chain().any(system) {
        NOT_ALL
    } else {
        WRONG_INPUT
    }
}

/// What the system said of a folder that could not be made for images.
fn folder_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    match cause.downcast_ref::<PhantomError>()? {
        PhantomError::Image(CtWriteError::Folder { cause, .. }) => Some(cause),
        _ => None,
    }
}

/// Whether a folder cannot be made because its path leads over a file, which another path does not.
pub fn stands_in_the_way(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory)
}

/// The error of a file within the error of what was to be written: those that say no more than it are not its cause.
fn file_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a FileError> {
    if let Some(error) = cause.downcast_ref::<FileError>() {
        return Some(error);
    }
    let within: Option<&FileError> = match cause.downcast_ref::<PhantomError>() {
        Some(PhantomError::File(error) | PhantomError::Image(CtWriteError::File(error))) => Some(error),
        Some(PhantomError::Segmentation(SegError::File(error))) => Some(error),
        _ => None,
    };
    let within = within.or_else(|| match cause.downcast_ref::<ExportError>()? {
        ExportError::File(error) | ExportError::Table(TableError::File(error)) => Some(error),
        _ => None,
    });
    let within = within.or_else(|| match cause.downcast_ref::<ExtractCohortError>()? {
        ExtractCohortError::File(error) | ExtractCohortError::Partial(PartialError::File(error)) => Some(error),
        _ => None,
    });
    let within = within.or_else(|| match cause.downcast_ref::<MergeError>()? {
        MergeError::File(error) => Some(error),
        _ => None,
    });
    let within = within.or_else(|| match cause.downcast_ref::<WriteFolderError>()? {
        WriteFolderError::File(error) | WriteFolderError::Table(TableError::File(error)) => Some(error),
        _ => None,
    });
    let within = within.or_else(|| match cause.downcast_ref::<NiftiError>()? {
        NiftiError::File(error) => Some(error),
        _ => None,
    });
    within.or_else(|| match cause.downcast_ref::<TableError>()? {
        TableError::File(error) => Some(error),
        _ => None,
    })
}
