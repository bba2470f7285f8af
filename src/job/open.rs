//! Opening: a scan of files, and a series to a volume with its middle slice shown first.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array3;

use super::{Latest, Request};
use crate::base::{Progress, Warnings};
use crate::dicom::{DicomError, Scan, Series, SlicePixels, load, scan};
use crate::volume::{Geometry, Volume, Voxels};

/// Finds the series in folders, files and archives; the list grows while headers are read.
pub struct ScanFiles {
    /// Folders, files or zip archives.
    pub inputs: Vec<PathBuf>,
    /// What is known so far.
    pub so_far: Latest<Scan>,
}

/// Decodes a series to a volume.
pub struct OpenSeries {
    /// What to open.
    pub series: Arc<Series>,
    /// The middle slice, as soon as it is there.
    pub preview: Latest<Preview>,
}

/// One slice of a volume that is still being decoded.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its index in the volume.
    pub slice: usize,
    /// A volume of this slice alone, where it lies in the patient.
    pub volume: Arc<Volume>,
}

/// A series with its volume.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The series.
    pub series: Arc<Series>,
    /// Its volume.
    pub volume: Arc<Volume>,
    /// What is odd about the pixels.
    pub warnings: Warnings,
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
    type Error = DicomError;
    const NAME: &'static str = "Opening the series";

    fn run(self, progress: &Progress) -> Result<Opened, DicomError> {
        let middle = self.series.frames.len() / 2;
        let loaded = load(&self.series, progress, &|slice, pixels| {
            if slice == middle
                && let Some(volume) = self.series.geometry.as_ref().and_then(|grid| one_slice(grid, slice, pixels))
            {
                self.preview.put(Preview { slice, volume: Arc::new(volume) });
            }
        })?;
        Ok(Opened { series: self.series, volume: Arc::new(loaded.volume), warnings: loaded.warnings })
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
