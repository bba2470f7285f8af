//! Saving and loading what was drawn: DICOM SEG and NIfTI.

use std::path::PathBuf;
use std::sync::Arc;

use super::Request;
use crate::base::{Progress, Warnings};
use crate::dicom::Series;
use crate::dicom::seg::{self, SegError, SegOptions, Segment};
use crate::exchange::nifti::{self, NiftiError};
use crate::volume::{Geometry, Label, LabelMap, Mask};

/// Why labels were not saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// The DICOM segmentation was not.
    #[error(transparent)]
    Seg(#[from] SegError),
    /// The NIfTI file was not.
    #[error(transparent)]
    Nifti(#[from] NiftiError),
}

/// Saves a label map as a DICOM segmentation of the series it was drawn on.
pub struct ExportSeg {
    /// What was drawn.
    pub label_map: Arc<LabelMap>,
    /// The series that it was drawn on.
    pub series: Arc<Series>,
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
    pub label_map: Arc<LabelMap>,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there already is replaced.
    pub force: bool,
}

/// Loads labels from a DICOM segmentation or a NIfTI file (`.nii`, `.nii.gz`); refused when drawn on another grid.
pub struct LoadLabels {
    /// Where from.
    pub path: PathBuf,
    /// The grid of the image that they belong to.
    pub grid: Geometry,
    /// The series of that image, when it came from DICOM.
    pub series: Option<Arc<Series>>,
}

/// Reads segments that neither code nor name tells, as the labels that someone chose for them.
pub struct AssignSegments {
    /// The DICOM segmentation.
    pub path: PathBuf,
    /// Numbers of segments, and what each is.
    pub chosen: Vec<(u16, Label)>,
    /// The grid of the image that they belong to.
    pub grid: Geometry,
    /// The series of that image, when it came from DICOM.
    pub series: Option<Arc<Series>>,
}

/// A file that was written, and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// What is odd.
    pub warnings: Warnings,
}

/// Labels from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedLabels {
    /// The labels.
    pub label_map: Arc<LabelMap>,
    /// Segments of a DICOM object that stand for none of the labels.
    pub unassigned: Vec<Segment>,
    /// What is odd.
    pub warnings: Warnings,
}

impl Request for ExportSeg {
    type Output = Written;
    type Error = SegError;
    const NAME: &'static str = "Saving the segmentation";

    fn run(self, progress: &Progress) -> Result<Written, SegError> {
        progress.begin(Self::NAME, 0);
        let source = self.series.seg_source();
        let warnings = seg::write(&self.path, &self.label_map, &source, &self.options, self.force)?;
        Ok(Written { path: self.path, warnings })
    }
}

impl Request for ExportNifti {
    type Output = Written;
    type Error = NiftiError;
    const NAME: &'static str = "Saving the labels";

    fn run(self, progress: &Progress) -> Result<Written, NiftiError> {
        progress.begin(Self::NAME, 0);
        nifti::write_label_map(&self.path, &self.label_map, self.force)?;
        Ok(Written { path: self.path, warnings: Warnings::new() })
    }
}

impl Request for LoadLabels {
    type Output = LoadedLabels;
    type Error = LabelsError;
    const NAME: &'static str = "Loading labels";

    fn run(self, progress: &Progress) -> Result<LoadedLabels, LabelsError> {
        progress.begin(Self::NAME, 0);
        if nifti::is_nifti_name(&self.path) {
            let read = nifti::read_label_map(&self.path, &self.grid)?;
            let label_map = Arc::new(read.label_map);
            return Ok(LoadedLabels { label_map, unassigned: Vec::new(), warnings: read.warnings });
        }
        let source = self.series.as_ref().map(|series| series.seg_source());
        let read = seg::read(&self.path, &self.grid, source.as_ref())?;
        let label_map = Arc::new(read.label_map);
        Ok(LoadedLabels { label_map, unassigned: read.unassigned, warnings: read.warnings })
    }
}

impl Request for AssignSegments {
    type Output = Vec<(Label, Mask)>;
    type Error = SegError;
    const NAME: &'static str = "Loading segments";

    fn run(self, progress: &Progress) -> Result<Self::Output, SegError> {
        progress.begin(Self::NAME, self.chosen.len());
        let source = self.series.as_ref().map(|series| series.seg_source());
        let read = |&(number, label): &(u16, Label)| {
            Ok((label, seg::read_segment(&self.path, number, &self.grid, source.as_ref())?))
        };
        self.chosen.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;
    use crate::volume::Label;

    #[test]
    fn labels_saved_as_nifti_load_equal_and_not_on_another_grid() {
        let grid = Geometry::axial([6, 5, 4], [-3.0, 2.0, 10.0], [0.7, 0.7, 5.0]).unwrap();
        let mut map = LabelMap::empty(grid);
        for (n, bits) in map.bits_mut().iter_mut().enumerate() {
            *bits = if n % 3 == 0 { Label::ALL[n % 4].bit() } else { 0 };
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        let label_map = Arc::new(map);
        let export = || ExportNifti { label_map: label_map.clone(), path: path.clone(), force: false };
        Job::start(export(), || {}).wait().unwrap();
        let again = Job::start(export(), || {}).wait().unwrap_err().to_string();
        assert!(again.contains("labels.nii.gz"), "{again}");

        let load = |grid| LoadLabels { path: path.clone(), grid, series: None };
        assert_eq!(load(grid).run(&Progress::new()).unwrap().label_map, label_map);
        let shifted = Geometry::axial([6, 5, 4], [-3.0, 2.0, 11.0], [0.7, 0.7, 5.0]).unwrap();
        assert!(matches!(load(shifted).run(&Progress::new()), Err(LabelsError::Nifti(NiftiError::OtherGrid { .. }))));
    }
}
