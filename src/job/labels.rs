//! Saving and loading what was drawn: DICOM SEG and NIfTI.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Request;
use super::voi::derived_segment;
use crate::base::{Cancelled, Progress, Warnings, check_free, name_of};
use crate::case::{Drawn, Replacement, Snapshot};
use crate::dicom::Series;
use crate::dicom::rtstruct::{self, RtError};
use crate::dicom::seg::{self, Fractions, SegError, SegOptions, Segment};
use crate::exchange::nifti::{self, NiftiError};
use crate::exchange::nrrd::{self, NrrdError};
use crate::exchange::snap_labels;
use crate::segment::voi::VoiError;
use crate::volume::{Geometry, GridMismatch, Label, LabelMap, VOI_ALONE};

/// Why labels were not saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// The DICOM segmentation was not.
    #[error(transparent)]
    Seg(#[from] SegError),
    /// The NIfTI file was not.
    #[error(transparent)]
    Nifti(#[from] NiftiError),
    /// The NRRD file was not.
    #[error(transparent)]
    Nrrd(#[from] NrrdError),
    /// The structure set was not.
    #[error(transparent)]
    RtStruct(#[from] RtError),
    /// The VOI that belongs beside them was not derived.
    #[error(transparent)]
    Voi(#[from] VoiError),
    /// They lie on another grid.
    #[error("the labels were drawn on another grid than this image: {0}")]
    OtherGrid(#[from] GridMismatch),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Saves a label map as a DICOM segmentation of the series it was drawn on.
pub struct ExportSeg {
    /// What was drawn.
    pub labels: Snapshot,
    /// The series that it was drawn on.
    pub series: Arc<Series>,
    /// Width of the edge, in mm, that the VOI beside the labels leaves out.
    pub edge_margin_mm: f64,
    /// Where to.
    pub path: PathBuf,
    /// What the writer may choose.
    pub options: SegOptions,
    /// Whether a file that is there already is replaced.
    pub force: bool,
}

/// Saves a label map as NIfTI.
pub struct ExportNifti {
    /// What was drawn.
    pub labels: Snapshot,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there already is replaced.
    pub force: bool,
}

/// Saves labels as NRRD with 3D Slicer's keys (`.seg.nrrd`).
pub struct ExportNrrd {
    /// What was drawn.
    pub labels: Snapshot,
    /// Width of the edge, in mm, that the VOI beside the labels leaves out.
    pub edge_margin_mm: f64,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there already is replaced.
    pub force: bool,
}

/// Saves labels as the contours of a radiotherapy structure set of the series that they were drawn on.
pub struct ExportRtStruct {
    /// What was drawn.
    pub labels: Snapshot,
    /// The series that it was drawn on.
    pub series: Arc<Series>,
    /// Width of the edge, in mm, that the VOI beside the labels leaves out.
    pub edge_margin_mm: f64,
    /// Where to.
    pub path: PathBuf,
    /// What the writer may choose.
    pub options: SegOptions,
    /// Whether a file that is there already is replaced.
    pub force: bool,
}

/// Loads labels from a DICOM segmentation or structure set, NRRD or NIfTI (`.nii`, `.nii.gz`) in place of what is drawn; refused when drawn on
/// another grid.
pub struct LoadLabels {
    /// Where from.
    pub path: PathBuf,
    /// What they are to replace, on the image that they belong to.
    pub drawn: Drawn,
    /// The series of that image, when it came from DICOM.
    pub series: Option<Arc<Series>>,
    /// From where on a voxel of a fractional segmentation counts as inside, where someone has said so.
    pub threshold: Option<f64>,
}

/// Adds segments that neither code nor name tells to what is drawn, as the labels that someone chose for them.
pub struct AssignSegments {
    /// The DICOM segmentation.
    pub path: PathBuf,
    /// Numbers of segments, and what each is.
    pub chosen: Vec<(u16, Label)>,
    /// What they are to join, on the image that they belong to.
    pub drawn: Drawn,
    /// The series of that image, when it came from DICOM.
    pub series: Option<Arc<Series>>,
    /// From where on a voxel of a fractional segmentation counts as inside, where someone has said so.
    pub threshold: Option<f64>,
}

/// A file that was written, and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Whether everything that is drawn is in it.
    pub is_whole: bool,
    /// What is odd.
    pub warnings: Warnings,
}

/// Labels from a file.
#[derive(Debug)]
pub struct LoadedLabels {
    /// The labels, ready to replace what was drawn; none where the file holds none of them.
    pub replacement: Option<Replacement>,
    /// Segments of a DICOM object that stand for none of the labels.
    pub unassigned: Vec<Segment>,
    /// Whether the file has the VOI alone, which was taken as the liver: it lies inside the edge already.
    pub is_voi_alone: bool,
    /// What voxels of a fractional segmentation hold, where nobody has said yet from where on they count as inside.
    pub fractions: Option<Fractions>,
    /// What is odd.
    pub warnings: Warnings,
}

impl Request for ExportSeg {
    type Output = Written;
    type Error = LabelsError;
    const NAME: &'static str = "Saving the segmentation";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Written, LabelsError> {
        let source = self.series.seg_source();
        let label_map = self.labels.label_map();
        let voi = derived_segment(&label_map, self.edge_margin_mm, progress)?;
        progress.begin(Self::NAME, 0);
        let options = SegOptions { voi, ..self.options };
        let warnings = seg::write(&self.path, &label_map, &source, &options, self.force)?;
        Ok(Written { path: self.path, is_whole: true, warnings })
    }
}

impl Request for ExportNifti {
    type Output = Written;
    type Error = NiftiError;
    const NAME: &'static str = "Saving the labels";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Written, NiftiError> {
        progress.begin(Self::NAME, 0);
        let (beside, own) = (snap_labels::path_beside(&self.path), snap_labels::own());
        let is_described = snap_labels::read(&beside).is_ok_and(|there| there == own);
        if !is_described {
            // Another label map's names would be taken for those of this one.
            check_free(&beside, self.force)?;
        }
        let label_map = self.labels.label_map();
        nifti::write_label_map(&self.path, &label_map, self.force)?;
        let is_whole = label_map.bits().iter().all(|bits| bits.count_ones() <= 1);
        let mut warnings = Warnings::new();
        if !is_whole {
            warnings.push("labels overlap: NIfTI keeps the highest of them; a DICOM SEG keeps all");
        }
        // ITK-SNAP reads names and colours from a file of its own; without it the numbers are there all the same.
        if !is_described && let Err(problem) = snap_labels::write(&beside, &own, self.force) {
            warnings.push(format!("names and colours for ITK-SNAP were not written: {problem}"));
        }
        Ok(Written { path: self.path, is_whole, warnings })
    }
}

impl Request for LoadLabels {
    type Output = LoadedLabels;
    type Error = LabelsError;
    const NAME: &'static str = "Loading labels";

    fn run(self, progress: &Progress) -> Result<LoadedLabels, LabelsError> {
        progress.begin(Self::NAME, 0);
        let grid = self.drawn.volume.geometry();
        let (label_map, unassigned, warnings) = match read_cut(&self.path, grid, self.series.as_deref(), self.threshold)
        {
            Err(LabelsError::Seg(SegError::Fractional { fractions, .. })) => {
                return Ok(LoadedLabels {
                    replacement: None,
                    unassigned: Vec::new(),
                    fractions: Some(fractions),
                    is_voi_alone: false,
                    warnings: Warnings::new(),
                });
            }
            read => read?,
        };
        progress.check()?;
        let any = label_map.bits().iter().any(|&bits| bits != 0);
        let name = format!("Load {}", name_of(&self.path));
        let prepare = || Replacement::new(name, &self.drawn, Arc::new(label_map));
        let is_voi_alone = warnings.iter().any(|said| said == VOI_ALONE);
        let replacement = any.then(prepare).transpose()?;
        Ok(LoadedLabels { replacement, unassigned, fractions: None, is_voi_alone, warnings })
    }
}

impl Request for ExportNrrd {
    type Output = Written;
    type Error = LabelsError;
    const NAME: &'static str = "Saving the labels as NRRD";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Written, LabelsError> {
        let label_map = self.labels.label_map();
        let voi = derived_segment(&label_map, self.edge_margin_mm, progress)?;
        progress.begin(Self::NAME, 0);
        nrrd::write_segmentation(&self.path, &label_map, &voi, self.force)?;
        Ok(Written { path: self.path, is_whole: true, warnings: Warnings::new() })
    }
}

impl Request for ExportRtStruct {
    type Output = Written;
    type Error = LabelsError;
    const NAME: &'static str = "Saving the contours";
    const WRITES: bool = true;

    fn run(self, progress: &Progress) -> Result<Written, LabelsError> {
        let source = self.series.seg_source();
        let label_map = self.labels.label_map();
        let voi = derived_segment(&label_map, self.edge_margin_mm, progress)?;
        progress.begin(Self::NAME, 0);
        let options = SegOptions { voi, ..self.options };
        let written = rtstruct::write(&self.path, &label_map, &source, &options, self.force)?;
        Ok(Written { path: self.path, is_whole: written.differing_voxels == 0, warnings: written.warnings })
    }
}

/// The labels of a file, segments of a DICOM segmentation that stand for none of them, and what is odd.
pub fn read_labels(
    path: &Path,
    grid: &Geometry,
    series: Option<&Series>,
) -> Result<(LabelMap, Vec<Segment>, Warnings), LabelsError> {
    read_cut(path, grid, series, None)
}

/// The same, where a fractional segmentation is cut at a threshold.
fn read_cut(
    path: &Path,
    grid: &Geometry,
    series: Option<&Series>,
    threshold: Option<f64>,
) -> Result<(LabelMap, Vec<Segment>, Warnings), LabelsError> {
    if nifti::is_nifti_name(path) {
        let nifti::NiftiLabels { label_map, unassigned, mut warnings } = nifti::read_label_map(path, grid)?;
        let names: Vec<String> = unassigned.iter().map(|(number, name)| format!("{number} ({name})")).collect();
        warn_of_unassigned(&names, &mut warnings);
        return Ok((label_map, Vec::new(), warnings));
    }
    if nrrd::is_nrrd_name(path) {
        let nrrd::NrrdContents { label_map, unassigned, mut warnings } = nrrd::read(path, grid)?;
        let names: Vec<String> = unassigned.iter().map(|segment| segment.name.clone()).collect();
        warn_of_unassigned(&names, &mut warnings);
        return Ok((label_map, Vec::new(), warnings));
    }
    let source = series.map(Series::seg_source);
    let read = match threshold {
        Some(threshold) => seg::read_fractional(path, grid, source.as_ref(), threshold),
        None => seg::read(path, grid, source.as_ref()),
    };
    match read {
        Ok(read) => Ok((read.label_map, read.unassigned, read.warnings)),
        // What is no segmentation may be a structure set.
        Err(SegError::Unreadable { .. }) if rtstruct::rois(path).is_ok() => {
            let rtstruct::RtContents { label_map, unassigned, mut warnings } =
                rtstruct::read(path, grid, source.as_ref())?;
            let names: Vec<String> = unassigned.iter().map(|region| region.description()).collect();
            warn_of_unassigned(&names, &mut warnings);
            Ok((label_map, Vec::new(), warnings))
        }
        Err(error) => Err(error.into()),
    }
}

fn warn_of_unassigned(names: &[String], warnings: &mut Warnings) {
    if !names.is_empty() {
        warnings.push(format!(
            "neither code nor name tells which label these are, so that they are left out: {}",
            names.join(", ")
        ));
    }
}

impl Request for AssignSegments {
    type Output = Replacement;
    type Error = LabelsError;
    const NAME: &'static str = "Loading segments";

    fn run(self, progress: &Progress) -> Result<Replacement, LabelsError> {
        progress.begin(Self::NAME, self.chosen.len());
        let source = self.series.as_ref().map(|series| series.seg_source());
        let grid = self.drawn.volume.geometry();
        let mut joined = self.drawn.labels.label_map();
        for (number, label) in self.chosen {
            progress.check()?;
            let segment = match self.threshold {
                Some(threshold) => seg::read_fractional_segment(&self.path, number, grid, source.as_ref(), threshold),
                None => seg::read_segment(&self.path, number, grid, source.as_ref()),
            };
            joined.add(label, &segment?)?;
            progress.advance(1);
        }
        let name = format!("Load segments of {}", name_of(&self.path));
        Ok(Replacement::new(name, &self.drawn, Arc::new(joined))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, Identity};
    use crate::job::Job;
    use crate::volume::{Volume, Voxels};

    /// Nothing drawn on an image of nothing.
    fn empty_case(grid: Geometry) -> Case {
        let voxels = Voxels::I16(ndarray::Array3::zeros(grid.shape()));
        Case::new(Identity::default(), Arc::new(Volume::new(grid, voxels).unwrap()))
    }

    #[test]
    fn labels_saved_as_nifti_load_equal_and_not_on_another_grid() {
        let grid = Geometry::axial([6, 5, 4], [-3.0, 2.0, 10.0], [0.7, 0.7, 5.0]).unwrap();
        let mut map = LabelMap::empty(grid);
        for (n, bits) in map.bits_mut().iter_mut().enumerate() {
            *bits = if n % 3 == 0 { Label::ALL[n % 4].bit() } else { 0 };
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        let export = || ExportNifti { labels: Snapshot::of(&map), path: path.clone(), force: false };
        Job::start(export(), || {}).wait().unwrap();
        let again = Job::start(export(), || {}).wait().unwrap_err().to_string();
        assert!(again.contains("labels.nii.gz"), "{again}");

        let load =
            |case: &mut Case| LoadLabels { path: path.clone(), drawn: case.drawn(), series: None, threshold: None };
        let mut case = empty_case(grid);
        let loaded = load(&mut case).run(&Progress::new()).unwrap();
        assert!(case.replace(loaded.replacement.unwrap()));
        assert_eq!(case.label_map(), &map);
        assert_eq!(case.history().undo_name(), Some("Load labels.nii.gz"));
        let shifted = Geometry::axial([6, 5, 4], [-3.0, 2.0, 11.0], [0.7, 0.7, 5.0]).unwrap();
        let refused = load(&mut empty_case(shifted)).run(&Progress::new());
        assert!(matches!(refused, Err(LabelsError::Nifti(NiftiError::OtherGrid { .. }))));
    }

    #[test]
    fn overlaps_that_nifti_cannot_hold_are_said() {
        let grid = Geometry::axial([6, 5, 4], [0.0; 3], [1.0; 3]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut map = LabelMap::empty(grid);
        map.bits_mut().fill(Label::Liver.bit());
        for is_whole in [true, false] {
            let path = folder.path().join(format!("{is_whole}.nii"));
            let export = ExportNifti { labels: Snapshot::of(&map), path, force: false };
            let written = export.run(&Progress::new()).unwrap();
            assert_eq!((written.is_whole, written.warnings.is_empty()), (is_whole, is_whole));
            map.bits_mut()[(1, 2, 3)] |= Label::Vessel.bit();
        }
    }

    #[test]
    fn names_of_another_label_map_are_not_left_beside_the_labels() {
        let grid = Geometry::axial([6, 5, 4], [0.0; 3], [1.0; 3]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        let mut others = snap_labels::own();
        others.swap_remove(1);
        snap_labels::write(&folder.path().join("labels.label"), &others, false).unwrap();
        let labels = Snapshot::empty(grid);
        let export = |force| ExportNifti { labels: labels.clone(), path: path.clone(), force }.run(&Progress::new());
        let refused = export(false).unwrap_err().to_string();
        assert!(refused.contains("labels.label") && !path.exists(), "{refused}");
        export(true).unwrap();
        assert_eq!(snap_labels::read(&folder.path().join("labels.label")).unwrap(), snap_labels::own());
    }

    #[test]
    fn a_number_whose_name_tells_no_label_is_left_out_and_said() {
        let grid = Geometry::axial([6, 5, 4], [0.0; 3], [1.0; 3]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii");
        let mut map = LabelMap::empty(grid);
        map.bits_mut()[(1, 2, 3)] = Label::Liver.bit();
        map.bits_mut()[(2, 2, 3)] = Label::Vessel.bit();
        nifti::write_label_map(&path, &map, false).unwrap();
        let mut names = snap_labels::own();
        names.iter_mut().filter(|label| label.index == 2).for_each(|label| label.name = "Branches".to_owned());
        snap_labels::write(&folder.path().join("labels.label"), &names, false).unwrap();
        let (read, _, warnings) = read_labels(&path, &grid, None).unwrap();
        assert_eq!([Label::Liver, Label::Vessel].map(|label| read.count(label)), [1, 0]);
        assert!(warnings.iter().any(|said| said.contains("2 (Branches)")), "{warnings:?}");
    }

    #[test]
    fn a_file_without_a_label_replaces_nothing() {
        let grid = Geometry::axial([6, 5, 4], [0.0; 3], [1.0; 3]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        nifti::write_label_map(&path, &LabelMap::empty(grid), false).unwrap();
        let load = LoadLabels { path, drawn: empty_case(grid).drawn(), series: None, threshold: None };
        assert!(load.run(&Progress::new()).unwrap().replacement.is_none());
    }
}
