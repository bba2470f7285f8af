//! Opening: a scan of files, a series to a volume with its middle slice shown first, and what HU say of its phase.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array3;

use super::{Latest, Request};
use crate::base::{Cancelled, Progress, Warnings};
use crate::dicom::phase::HuEvidence;
use crate::dicom::phase::evidence::{NoEvidence, measure};
use crate::dicom::{DicomError, Scan, Series, SlicePixels, load, load_stack, scan};
use crate::volume::resample::{ResampleError, Resampled, evenly_spaced, unsheared};
use crate::volume::{Geometry, Volume, Voxels};

/// Finds the series in folders, files and archives; the list grows while headers are read.
pub struct ScanFiles {
    /// Folders, files or zip archives.
    pub inputs: Vec<PathBuf>,
    /// What is known so far.
    pub so_far: Latest<Scan>,
}

/// The grid that a series is opened on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SliceGrid {
    /// The scanner's own.
    #[default]
    Acquired,
    /// An even, orthogonal one, onto which tilted or uneven slices are interpolated.
    Interpolated,
}

/// Decodes a series to a volume.
pub struct OpenSeries {
    /// What to open.
    pub series: Arc<Series>,
    /// On which grid.
    pub grid: SliceGrid,
    /// The middle slice, as soon as it is there.
    pub preview: Latest<Preview>,
}

/// One slice of a volume that is still being decoded.
#[derive(Debug, Clone)]
pub struct Preview {
    /// A volume of this slice alone, where it lies in the patient.
    pub volume: Arc<Volume>,
}

/// A series as a volume.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its volume.
    pub volume: Arc<Volume>,
    /// How it was interpolated, in words, when it was.
    pub interpolation: Option<String>,
    /// What is odd about the pixels.
    pub warnings: Warnings,
}

/// Why a series was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be decoded.
    #[error(transparent)]
    Dicom(#[from] DicomError),
    /// It could not be interpolated.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

/// Looks for HU of aorta, portal vein and liver, which speak for a phase.
pub struct MeasurePhase {
    /// Where.
    pub volume: Arc<Volume>,
}

impl Request for MeasurePhase {
    type Output = Result<HuEvidence, NoEvidence>;
    type Error = Cancelled;
    const NAME: &'static str = "Measuring HU";

    fn run(self, progress: &Progress) -> Result<Self::Output, Cancelled> {
        progress.check()?;
        Ok(measure(&self.volume))
    }
}

impl Request for ScanFiles {
    type Output = Scan;
    type Error = DicomError;
    const NAME: &'static str = "Looking for series";

    fn run(self, progress: &Progress) -> Result<Scan, DicomError> {
        scan(&self.inputs, progress, &|so_far| self.so_far.put(so_far.clone()))
    }
}

impl Request for OpenSeries {
    type Output = Opened;
    type Error = OpenError;
    const NAME: &'static str = "Opening the series";

    fn run(self, progress: &Progress) -> Result<Opened, OpenError> {
        let (volume, interpolation, warnings) = match self.grid {
            SliceGrid::Acquired => self.acquired(progress)?,
            SliceGrid::Interpolated => self.interpolated(progress)?,
        };
        Ok(Opened { volume: Arc::new(volume), interpolation, warnings })
    }
}

impl OpenSeries {
    fn acquired(&self, progress: &Progress) -> Result<(Volume, Option<String>, Warnings), OpenError> {
        let middle = self.series.frames.len() / 2;
        let loaded = load(&self.series, progress, &|slice, pixels| {
            if slice == middle
                && let Some(volume) = self.series.geometry.as_ref().and_then(|grid| one_slice(grid, slice, pixels))
            {
                self.preview.put(Preview { volume: Arc::new(volume) });
            }
        })?;
        Ok((loaded.volume, None, loaded.warnings))
    }

    fn interpolated(&self, progress: &Progress) -> Result<(Volume, Option<String>, Warnings), OpenError> {
        let (Resampled { volume, note }, warnings) = if self.series.is_volume() {
            let loaded = load(&self.series, progress, &|_, _| {})?;
            (unsheared(&loaded.volume)?, loaded.warnings)
        } else {
            let stack = load_stack(&self.series, progress)?;
            let padding = stack.padding.as_ref();
            (evenly_spaced(&stack.voxels, padding, &stack.geometry, &stack.positions_mm)?, stack.warnings)
        };
        Ok((volume, Some(note), warnings))
    }
}

/// A volume of one slice of a grid.
fn one_slice(grid: &Geometry, slice: usize, pixels: SlicePixels) -> Option<Volume> {
    let [columns, rows, _] = grid.size();
    let origin = grid.patient_from_voxel([0.0, 0.0, slice as f64]);
    let geometry = Geometry::new([columns, rows, 1], origin, grid.steps()).ok()?;
    let voxels = match pixels {
        SlicePixels::I16(values) => Voxels::I16(Array3::from_shape_vec(geometry.shape(), values.to_vec()).ok()?),
        SlicePixels::F32(values) => Voxels::F32(Array3::from_shape_vec(geometry.shape(), values.to_vec()).ok()?),
    };
    Volume::new(geometry, voxels).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_lies_where_its_slice_lies() {
        let grid = Geometry::axial([2, 1, 9], [1.0, 2.0, 3.0], [1.0, 1.0, 5.0]).unwrap();
        let volume = one_slice(&grid, 4, SlicePixels::I16(&[7, 8])).unwrap();
        assert_eq!(volume.geometry().origin(), [1.0, 2.0, 23.0]);
        assert_eq!(volume.voxels().at((0, 0, 1)), 8.0);
        assert!(one_slice(&grid, 4, SlicePixels::F32(&[7.0])).is_none());
    }
}
