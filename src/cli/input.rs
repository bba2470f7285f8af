//! Finding the one image or region that an argument means.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::progress::watched;
use crate::base::Warnings;
use crate::dicom::phase::{self, Choice};
use crate::dicom::seg::{self, Meaning};
use crate::dicom::{self, Scan, Series, Skipped};
use crate::exchange::nifti::{self, NiftiMask};
use crate::volume::{Mask, Volume};

/// Which series of a folder is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct SeriesChoice {
    /// The series to take, where the folder holds several: its index in `hepatica series`, or its Series Instance UID
    #[arg(long = "series", value_name = "INDEX|UID")]
    pub series: Option<String>,
}

/// An image, and the series it came from when it came from DICOM.
pub struct Image {
    /// The voxels.
    pub volume: Volume,
    /// Where they came from.
    pub series: Option<Series>,
    /// What was odd.
    pub warnings: Warnings,
}

/// Loads the image at `path`: a NIfTI file, or the chosen series of a DICOM folder, file or zip archive.
pub fn load_image(path: &Path, choice: &SeriesChoice) -> anyhow::Result<Image> {
    if is_nifti(path) {
        let image = nifti::read_volume(path)?;
        return Ok(Image { volume: image.volume, series: None, warnings: image.warnings });
    }
    let series = find_series(path, choice)?;
    let loaded = watched(|progress| dicom::load(&series, progress, &|_, _| {}))?;
    let mut warnings = series.warnings.clone();
    warnings.extend(&loaded.warnings);
    Ok(Image { volume: loaded.volume, series: Some(series), warnings })
}

/// The chosen series of a DICOM folder.
pub fn find_series(path: &Path, choice: &SeriesChoice) -> anyhow::Result<Series> {
    let scan = watched(|progress| dicom::scan(&[path.to_owned()], progress, &|_| {}))?;
    let index = match &choice.series {
        Some(wanted) => named(&scan, wanted, path)?,
        None => only(&scan, path)?,
    };
    scan.series.into_iter().nth(index).context("the series is gone")
}

fn named(scan: &Scan, wanted: &str, path: &Path) -> anyhow::Result<usize> {
    let by_uid = scan.series.iter().position(|series| series.instance_uid == wanted);
    let by_index = wanted.parse().ok().filter(|&index| index < scan.series.len());
    by_uid.or(by_index).with_context(|| {
        format!("{} has no series {wanted}; `hepatica series` lists its {} series", path.display(), scan.series.len())
    })
}

fn only(scan: &Scan, path: &Path) -> anyhow::Result<usize> {
    let volumes: Vec<usize> = (0..scan.series.len()).filter(|&index| scan.series[index].is_volume()).collect();
    match volumes.as_slice() {
        [only] => Ok(*only),
        [] => match scan.series.first() {
            Some(series) => {
                bail!("{} holds no CT volume: \"{}\" is {}", path.display(), series.description, series.status)
            }
            None => bail!("{}", no_series(path, scan)),
        },
        several => {
            let scores: Vec<_> = several.iter().map(|&index| scan.series[index].phase.clone()).collect();
            match phase::choose(&scores) {
                Choice::Clear(best) => Ok(several[best]),
                Choice::Ask => bail!(
                    "{} holds {} CT volumes and none is clearly the portal venous one; choose with --series INDEX (see `hepatica series`)",
                    path.display(),
                    several.len()
                ),
            }
        }
    }
}

/// That a path holds no CT series, and why a file of it was left out.
pub fn no_series(path: &Path, scan: &Scan) -> String {
    match scan.skipped.first() {
        Some(skipped) => {
            let Skipped { path: file, reason, .. } = skipped;
            format!("{} holds no CT series; {} was left out: {reason}", path.display(), file.display())
        }
        None => format!("{} holds no CT series", path.display()),
    }
}

/// A region to extract features of.
pub struct Region {
    /// Its voxels.
    pub mask: Mask,
    /// Which part of its file it is.
    pub name: String,
    /// What was odd.
    pub warnings: Warnings,
}

/// Loads the region at `path` as drawn on `image`: DICOM SEG or NIfTI. Without `label`, a label map's VOI (liver minus vessels,
/// lesions and caudate lobe), or the only number or segment that the file has.
pub fn load_region(path: &Path, label: Option<u16>, image: &Image) -> anyhow::Result<Region> {
    let grid = image.volume.geometry();
    if path.is_dir() {
        bail!("{} is a folder; give the DICOM SEG or NIfTI file of the VOI", path.display());
    }
    if !path.exists() {
        bail!("{} does not exist; check the path", path.display());
    }
    let plain = |mask, name: String| Region { mask, name, warnings: Warnings::new() };
    if is_nifti(path) {
        let name = label.map_or_else(|| "the mask's only label".to_owned(), |label| format!("label {label}"));
        let NiftiMask { mask, warnings } = nifti::read_mask(path, label.map(i32::from), grid)?;
        return Ok(Region { mask, name, warnings });
    }
    let source = image.series.as_ref().map(Series::seg_source);
    let segment = |number| -> anyhow::Result<Region> {
        Ok(plain(seg::read_segment(path, number, grid, source.as_ref())?, format!("segment {number}")))
    };
    if let Some(number) = label {
        return segment(number);
    }
    let segments = seg::segments(path)?;
    if let [only] = segments.as_slice() {
        return segment(only.number);
    }
    if segments.iter().all(|segment| segment.meaning() == Meaning::Unknown) {
        let list: Vec<String> =
            segments.iter().map(|segment| format!("{} {}", segment.number, segment.description())).collect();
        bail!("{} holds several segments; say which one is wanted (--label): {}", path.display(), list.join(", "));
    }
    let contents = seg::read(path, grid, source.as_ref())?;
    Ok(Region { mask: contents.label_map.voi(), name: VOI_OF_LABELS.to_owned(), warnings: contents.warnings })
}

/// What the VOI of a label map is made of.
pub const VOI_OF_LABELS: &str = "liver minus vessels, lesions and caudate lobe";

/// Prints warnings to stderr, one line each.
pub fn warn(warnings: &Warnings) {
    for warning in warnings.iter() {
        eprintln!("hepatica: warning: {warning}");
    }
}

/// Whether a path is named like a NIfTI file.
pub fn is_nifti(path: &Path) -> bool {
    path.is_file() && nifti::is_nifti_name(path)
}

/// Makes the folder and those above it.
pub fn make_folder(path: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).map_err(|cause| match cause.kind() {
        _ if path.exists() => anyhow::anyhow!("{} is a file; choose the name of a folder", path.display()),
        _ => anyhow::anyhow!("the folder {} could not be made: {cause}", path.display()),
    })
}
