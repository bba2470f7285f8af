//! What arguments of several commands mean: the series of a folder, the image at a path, a folder to write into.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::failure::stands_in_the_way;
use super::progress::watched;
use crate::base::{Warnings, check_free, read_at_most};
use crate::dicom::Series;
use crate::job::{self, FoundImage, Image, InputError};
use crate::radiomics::Protocol;

/// Which series of a folder is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct SeriesChoice {
    /// The series to take, where the folder holds several: its index in `hepatica series`, or its Series Instance UID
    #[arg(long = "series", value_name = "INDEX|UID")]
    pub series: Option<String>,
}

/// Finds the image at `path` without loading it.
pub fn find_image(path: &Path, choice: &SeriesChoice) -> Result<FoundImage, InputError> {
    watched(|progress| job::find_image(path, choice.series.as_deref(), progress))
}

/// Loads the image at `path`: a NIfTI file, or the chosen series of a DICOM folder, file or zip archive.
pub fn load_image(path: &Path, choice: &SeriesChoice) -> Result<Image, InputError> {
    watched(|progress| job::find_image(path, choice.series.as_deref(), progress)?.load(progress))
}

/// The shipped protocol of this name, or the one in the parameter file at this path.
pub fn load_protocol(name_or_path: &str) -> anyhow::Result<Protocol> {
    if let Some(shipped) = Protocol::shipped(name_or_path) {
        return Ok(shipped);
    }
    let path = Path::new(name_or_path);
    if !path.is_file() {
        bail!(
            "{name_or_path} is neither a file nor a shipped protocol; the shipped ones are {}",
            Protocol::SHIPPED.join(" and ")
        );
    }
    let Some(bytes) = read_at_most(path, Protocol::MOST_BYTES).with_context(|| name_or_path.to_owned())? else {
        bail!("{name_or_path} has more than {} bytes, as no parameter file has", Protocol::MOST_BYTES);
    };
    let Ok(text) = String::from_utf8(bytes) else {
        bail!("{name_or_path} is not text in UTF-8; give a parameter file of PyRadiomics");
    };
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    Protocol::from_yaml(&name, &text).with_context(|| name_or_path.to_owned())
}

/// Of which series something is, to be said at its end since the program may have chosen it; nothing for an image that is none.
pub fn of_series(series: Option<&Series>) -> String {
    series.map_or_else(String::new, |series| format!(" of {}", series_name(series)))
}

/// The series' number, description and part, as far as it has them.
pub fn series_name(series: &Series) -> String {
    let number = series.number.map(|number| format!("series {number}"));
    let description = Some(&series.description).filter(|text| !text.is_empty()).cloned();
    let part = Some(&series.part).filter(|text| !text.is_empty()).cloned();
    let words: Vec<String> = [number, description, part].into_iter().flatten().collect();
    if words.is_empty() { "(no description)".to_owned() } else { words.join(" ") }
}

/// Prints warnings to stderr, one line each.
pub fn warn(warnings: &Warnings) {
    for warning in warnings.iter() {
        eprintln!("hepatica: warning: {warning}");
    }
}

/// Refuses a folder to write into that has something in it, before any work is done.
pub fn check_folder(path: &Path, force: bool) -> anyhow::Result<()> {
    if path.is_file() {
        bail!("{} is a file; choose the name of a folder", path.display());
    }
    let is_occupied = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_occupied && !force {
        bail!("{} is not empty; choose another folder, or allow files to be replaced (--force)", path.display());
    }
    Ok(())
}

/// Whether both paths lead to one file that is there.
pub fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Refuses to write over a file that is read; `what` is made from those.
pub fn check_not_read<'a>(
    out: &Path,
    what: &str,
    read: impl IntoIterator<Item = Option<&'a PathBuf>>,
) -> anyhow::Result<()> {
    if read.into_iter().flatten().any(|input| is_same(input, out)) {
        bail!("{} is what {what} is made from; write to another file", out.display());
    }
    Ok(())
}

/// Refuses a folder to write into in which a file lies that is read; `what` is made from those.
pub fn check_none_in<'a>(
    folder: &Path,
    what: &str,
    read: impl IntoIterator<Item = Option<&'a PathBuf>>,
) -> anyhow::Result<()> {
    let Ok(whole) = folder.canonicalize() else { return Ok(()) };
    let is_inside = |input: &&PathBuf| input.canonicalize().is_ok_and(|input| input.starts_with(&whole));
    match read.into_iter().flatten().find(is_inside) {
        Some(input) => bail!(
            "{} is what {what} is made from and lies in {}, which is written; choose another folder",
            input.display(),
            folder.display()
        ),
        None => Ok(()),
    }
}

/// Refuses a name whose ending is none of those that decide a format.
pub fn check_ending(out: &Path, endings: &[&str]) -> anyhow::Result<()> {
    let is_known = |found: &std::ffi::OsStr| endings.iter().any(|wanted| found.eq_ignore_ascii_case(wanted));
    if !out.extension().is_some_and(is_known) {
        bail!(
            "{} does not end in .{}, which decides the format; choose another name",
            out.display(),
            endings.join(" or .")
        );
    }
    Ok(())
}

/// Refuses a file that could not be written, before any work is done.
pub fn check_writable(out: &Path, force: bool) -> anyhow::Result<()> {
    check_free(out, force)?;
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::tempfile_in(folder).with_context(|| format!("{} cannot be written", out.display()))?;
    Ok(())
}

/// Makes the folder and those above it.
pub fn make_folder(path: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).map_err(|cause| {
        if stands_in_the_way(&cause) {
            anyhow::anyhow!("{} is a file or below one; choose the name of a folder", path.display())
        } else {
            anyhow::Error::new(cause).context(format!("the folder {} could not be made", path.display()))
        }
    })
}
