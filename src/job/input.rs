//! Finding the one image or region that a path means, and loading it.
//!
//! An image is found first, from headers alone, and loaded afterwards, so that its size is known before memory is taken for it.

use std::path::{Path, PathBuf};

use crate::base::{Progress, Warnings};
use crate::dicom::phase::{self, Choice};
use crate::dicom::seg::{self, Meaning, SegContents, SegError, Segment};
use crate::dicom::{self, DicomError, Scan, Series, Skipped};
use crate::exchange::nifti::{self, NiftiError, NiftiMask};
use crate::volume::{Geometry, Label, Mask, Volume};

/// Why an image or a region was not found or not loaded.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The DICOM files were not read.
    #[error(transparent)]
    Dicom(#[from] DicomError),
    /// The NIfTI file was not read.
    #[error(transparent)]
    Nifti(#[from] NiftiError),
    /// The segmentation was not read.
    #[error(transparent)]
    Segmentation(#[from] SegError),
    /// What lies at the path is not one image or region.
    #[error("{} {problem}", path.display())]
    Unclear {
        /// The path.
        path: PathBuf,
        /// What it holds or is instead, and what to do.
        problem: String,
    },
}

fn unclear(path: &Path, problem: impl Into<String>) -> InputError {
    InputError::Unclear { path: path.to_owned(), problem: problem.into() }
}

/// An image that was found and not loaded yet.
#[derive(Debug)]
pub enum FoundImage {
    /// A NIfTI file.
    Nifti {
        /// The file.
        path: PathBuf,
        /// Its grid.
        grid: Geometry,
        /// Bytes of each in memory.
        bytes_each: u64,
    },
    /// A series of CT slices that make a volume.
    Series {
        /// The series.
        series: Box<Series>,
        /// Its grid.
        grid: Geometry,
    },
}

/// Bytes of a voxel of CT, while it is not known whether all slices rescale to whole HU and none has padding.
const CT_BYTES: u64 = 5;

/// An image, and the series it came from when it came from DICOM.
pub struct Image {
    /// The voxels.
    pub volume: Volume,
    /// Where they came from.
    pub series: Option<Series>,
    /// What was odd.
    pub warnings: Warnings,
}

/// Finds the image at `path`: a NIfTI file, or a series of a DICOM folder, file or zip archive. `series` is its index or Series
/// Instance UID; without it, the only volume or the one that is clearly portal venous.
pub fn find_image(path: &Path, series: Option<&str>, progress: &Progress) -> Result<FoundImage, InputError> {
    if is_nifti(path) {
        let (grid, bytes_each) = nifti::read_grid(path)?;
        return Ok(FoundImage::Nifti { path: path.to_owned(), grid, bytes_each });
    }
    let scan = dicom::scan(&[path.to_owned()], progress, &|_| {})?;
    let index = match series {
        Some(wanted) => named(&scan, wanted, path)?,
        None => only(&scan, path)?,
    };
    let found = scan.series.into_iter().nth(index).ok_or_else(|| unclear(path, "has lost the series"))?;
    let grid = found.geometry.filter(|_| found.is_volume()).ok_or_else(|| {
        unclear(path, format!("cannot be opened as a volume: \"{}\" is {}", found.description, found.status))
    })?;
    Ok(FoundImage::Series { series: Box::new(found), grid })
}

impl FoundImage {
    /// The grid of its voxels.
    pub fn grid(&self) -> &Geometry {
        match self {
            Self::Nifti { grid, .. } => grid,
            Self::Series { grid, .. } => grid,
        }
    }

    /// The series, when it is one.
    pub fn series(&self) -> Option<&Series> {
        match self {
            Self::Nifti { .. } => None,
            Self::Series { series, .. } => Some(series),
        }
    }

    /// Bytes that each voxel takes once it is loaded.
    pub fn bytes_each(&self) -> u64 {
        match self {
            Self::Nifti { bytes_each, .. } => *bytes_each,
            Self::Series { .. } => CT_BYTES,
        }
    }

    /// Loads it.
    pub fn load(self, progress: &Progress) -> Result<Image, InputError> {
        match self {
            Self::Nifti { path, .. } => {
                let image = nifti::read_volume(&path)?;
                Ok(Image { volume: image.volume, series: None, warnings: image.warnings })
            }
            Self::Series { series, .. } => {
                let loaded = dicom::load(&series, progress, &|_, _| {})?;
                let mut warnings = series.warnings.clone();
                warnings.extend(&loaded.warnings);
                Ok(Image { volume: loaded.volume, series: Some(*series), warnings })
            }
        }
    }
}

fn named(scan: &Scan, wanted: &str, path: &Path) -> Result<usize, InputError> {
    let by_uid = scan.series.iter().position(|series| series.instance_uid == wanted);
    let by_index = wanted.parse().ok().filter(|&index| index < scan.series.len());
    by_uid.or(by_index).ok_or_else(|| {
        let n = scan.series.len();
        unclear(path, format!("has no series {wanted}; `hepatica series` lists its {n} series"))
    })
}

fn only(scan: &Scan, path: &Path) -> Result<usize, InputError> {
    let volumes: Vec<usize> = (0..scan.series.len()).filter(|&index| scan.series[index].is_volume()).collect();
    match volumes.as_slice() {
        [only] => Ok(*only),
        [] => match scan.series.first() {
            Some(series) => {
                let problem = format!("holds no CT volume: \"{}\" is {}", series.description, series.status);
                Err(unclear(path, problem))
            }
            None => Err(no_series(path, scan)),
        },
        several => {
            let scores: Vec<_> = several.iter().map(|&index| scan.series[index].phase.clone()).collect();
            match phase::choose(&scores) {
                Choice::Clear(best) => Ok(several[best]),
                Choice::Ask => Err(unclear(
                    path,
                    format!(
                        "holds {} CT volumes and none is clearly the portal venous one; say which series is meant (--series INDEX, \
                         or the column series of a table of cases; see `hepatica series`)",
                        several.len()
                    ),
                )),
            }
        }
    }
}

/// That a path holds no CT series, and why a file of it was left out.
pub fn no_series(path: &Path, scan: &Scan) -> InputError {
    match scan.skipped.first() {
        Some(skipped) => {
            let Skipped { path: file, reason, .. } = skipped;
            let others = match scan.skipped.len() - 1 {
                0 => String::new(),
                n => format!("; {n} more left out"),
            };
            unclear(path, format!("holds no CT series; {} was left out: {reason}{others}", file.display()))
        }
        None => unclear(path, "holds no CT series"),
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

/// Loads the region at `path` as drawn on the image with this `grid`, and from this `series` when it came from DICOM; the region's file is
/// DICOM SEG or NIfTI. Without `label`, the segment that is the VOI, else a label map's VOI (liver minus vessels, lesions and caudate
/// lobe), or the only number or segment that the file has.
pub fn load_region(
    path: &Path,
    label: Option<u16>,
    grid: &Geometry,
    series: Option<&Series>,
) -> Result<Region, InputError> {
    if path.is_dir() {
        return Err(unclear(path, "is a folder; give the DICOM SEG or NIfTI file of the VOI"));
    }
    if !path.exists() {
        return Err(unclear(path, "does not exist; check the path"));
    }
    let region = match is_nifti(path) {
        true => {
            let NiftiMask { mask, warnings } = nifti::read_mask(path, label.map(i32::from), grid)?;
            Region { mask, name: name_of_mask(label), warnings }
        }
        false => load_segment(path, label, grid, series)?,
    };
    if !region.mask.inside().iter().any(|inside| *inside) {
        let problem = format!("has no voxel in {}; draw it, or choose another label", region.name);
        return Err(unclear(path, problem));
    }
    Ok(region)
}

/// Which part of a NIfTI mask the VOI is.
pub fn name_of_mask(label: Option<u16>) -> String {
    label.map_or_else(|| "the mask's only label".to_owned(), |label| format!("label {label}"))
}

fn load_segment(
    path: &Path,
    label: Option<u16>,
    grid: &Geometry,
    series: Option<&Series>,
) -> Result<Region, InputError> {
    let source = series.map(Series::seg_source);
    let segments = seg::segments(path)?;
    let segment = |number| -> Result<Region, InputError> {
        let mask = seg::read_segment(path, number, grid, source.as_ref())?;
        let mut warnings = Warnings::new();
        whole_liver_doubt(&segments, number).into_iter().for_each(|doubt| warnings.push(doubt));
        let is_voi = segments.iter().any(|segment| segment.number == number && segment.meaning() == Meaning::Voi);
        let name = if is_voi { format!("segment {number}, the VOI") } else { format!("segment {number}") };
        Ok(Region { mask, name, warnings })
    };
    if let Some(number) = label {
        return segment(number);
    }
    if let [only] = segments.as_slice() {
        return segment(only.number);
    }
    if segments.iter().all(|segment| segment.meaning() == Meaning::Unknown) {
        let list: Vec<String> =
            segments.iter().map(|segment| format!("{} {}", segment.number, segment.description())).collect();
        let problem = format!("holds several segments; say which one is wanted (--label): {}", list.join(", "));
        return Err(unclear(path, problem));
    }
    // Whoever saved the VOI with an edge margin means what was saved: the labels alone do not tell the margin.
    let mut vois = segments.iter().filter(|segment| segment.meaning() == Meaning::Voi);
    let mut region = match (vois.next(), vois.next()) {
        (Some(voi), None) => segment(voi.number)?,
        _ => {
            let SegContents { label_map, warnings, .. } = seg::read(path, grid, source.as_ref())?;
            Region { mask: label_map.voi(), name: VOI_OF_LABELS.to_owned(), warnings }
        }
    };
    let unknown = segments.iter().filter(|segment| segment.meaning() == Meaning::Unknown);
    let unknown: Vec<String> = unknown.map(Segment::description).collect();
    if !unknown.is_empty() {
        let list = unknown.join(", ");
        region.warnings.push(format!(
            "neither code nor name tells which label these segments are, so that they change nothing: {list}"
        ));
    }
    Ok(region)
}

/// Segments overlap, so that the one of the liver holds what others cut out of the VOI; a label map of NIfTI holds them apart.
fn whole_liver_doubt(segments: &[Segment], number: u16) -> Option<String> {
    let meaning_of = |segment: &Segment| match segment.meaning() {
        Meaning::Label(label) => Some(label),
        _ => None,
    };
    let chosen = segments.iter().find(|segment| segment.number == number).and_then(meaning_of);
    let has_others = segments.iter().filter_map(meaning_of).any(|label| label != Label::Liver);
    (chosen == Some(Label::Liver) && has_others).then(|| {
        format!("segment {number} is the whole liver, with what other segments mark in it; without a label the VOI is taken, {VOI_OF_LABELS}")
    })
}

/// What the VOI of a label map is made of.
pub const VOI_OF_LABELS: &str = "liver minus vessels, lesions and caudate lobe";

/// Whether a path is a file that is named like NIfTI.
fn is_nifti(path: &Path) -> bool {
    path.is_file() && nifti::is_nifti_name(path)
}
