//! Where results go: standard output, and NIfTI files.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::input::check_not_read;
use crate::base::check_free;
use crate::exchange::nifti;

/// Writes a result to standard output. A reader that has seen enough and went away, such as `head`, is no error.
pub fn answer(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| io::Error::new(error.kind(), format!("standard output: {error}"))),
    }
}

/// Refuses a file to write that is not named like NIfTI, is one of those that are read, or is there already.
pub fn check_nifti(out: &Path, inputs: &[&PathBuf], force: bool) -> anyhow::Result<()> {
    if !nifti::is_nifti_name(out) {
        bail!("{} must end in .nii or .nii.gz, which decides the format", out.display());
    }
    check_not_read(out, "the result", inputs.iter().map(|input| Some(*input)))?;
    Ok(check_free(out, force)?)
}
