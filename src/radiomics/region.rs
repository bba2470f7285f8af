//! The VOI cut out of the image: values and places of its voxels in their bounding box.
//!
//! Everything after this works on the box, not on the volume: time and memory follow the VOI.

use ndarray::ArrayView3;

use super::RadiomicsError;
use crate::volume::{Geometry, Mask, Volume};

/// The voxels of a VOI. Order is that of the volume: slice, row, column.
#[derive(Debug, Clone)]
pub struct Region {
    /// Slices, rows and columns of the bounding box.
    pub shape: [usize; 3],
    /// Slice, row and column of the box's first corner in the volume.
    pub corner: [usize; 3],
    /// Spacing along slice, row and column index, in mm.
    pub spacing_mm: [f64; 3],
    /// Place of each voxel in the box: slice, row, column.
    pub places: Vec<[u32; 3]>,
    /// Value of each voxel.
    pub values: Vec<f64>,
    /// Whether the image's values are 32-bit floats, in which NumPy keeps the edges of equal bins.
    pub is_f32: bool,
}

impl Region {
    /// Cuts `mask` out of `volume`, which must lie on the same grid.
    pub fn cut(volume: &Volume, mask: &Mask) -> Result<Self, RadiomicsError> {
        volume.geometry().same_grid(mask.geometry()).map_err(RadiomicsError::OtherGrid)?;
        let (corner, shape) = bounding_box(mask.inside().view()).ok_or(RadiomicsError::EmptyVoi)?;
        let voxels = volume.voxels();
        let mut places = Vec::new();
        let mut values = Vec::new();
        for slice in 0..shape[0] {
            for row in 0..shape[1] {
                for column in 0..shape[2] {
                    let at = (corner[0] + slice, corner[1] + row, corner[2] + column);
                    if !mask.inside()[at] {
                        continue;
                    }
                    let value = voxels.at(at);
                    if !value.is_finite() {
                        return Err(RadiomicsError::NotFinite { slice: at.0, row: at.1, column: at.2 });
                    }
                    places.push([slice as u32, row as u32, column as u32]);
                    values.push(value);
                }
            }
        }
        let spacing_mm = spacing(volume.geometry());
        let is_f32 = matches!(voxels, crate::volume::Voxels::F32(_));
        Ok(Self { shape, corner, spacing_mm, places, values, is_f32 })
    }

    /// The voxels whose values lie in the closed range, in a bounding box of their own.
    pub fn within(&self, (low, high): (f64, f64)) -> Result<Self, RadiomicsError> {
        let kept = || (0..self.values.len()).filter(|&v| self.values[v] >= low && self.values[v] <= high);
        let mut first = [u32::MAX; 3];
        let mut last = [0; 3];
        for voxel in kept() {
            for axis in 0..3 {
                first[axis] = first[axis].min(self.places[voxel][axis]);
                last[axis] = last[axis].max(self.places[voxel][axis]);
            }
        }
        if first[0] == u32::MAX {
            return Err(RadiomicsError::EmptyRange { low, high });
        }
        Ok(Self {
            shape: std::array::from_fn(|axis| (last[axis] - first[axis] + 1) as usize),
            corner: std::array::from_fn(|axis| self.corner[axis] + first[axis] as usize),
            spacing_mm: self.spacing_mm,
            places: kept().map(|v| std::array::from_fn(|axis| self.places[v][axis] - first[axis])).collect(),
            values: kept().map(|v| self.values[v]).collect(),
            is_f32: self.is_f32,
        })
    }

    /// The voxels in a box of the volume, given by its first corner and its shape, in that box.
    pub fn cropped(&self, corner: [usize; 3], shape: [usize; 3]) -> Self {
        let place = |voxel: usize| -> Option<[u32; 3]> {
            let mut place = [0; 3];
            for axis in 0..3 {
                let index = (self.corner[axis] + self.places[voxel][axis] as usize).checked_sub(corner[axis])?;
                place[axis] = (index < shape[axis]).then_some(index as u32)?;
            }
            Some(place)
        };
        let kept = (0..self.places.len()).filter_map(|voxel| Some((place(voxel)?, self.values[voxel])));
        let (places, values) = kept.unzip();
        Self { shape, corner, spacing_mm: self.spacing_mm, places, values, is_f32: self.is_f32 }
    }

    /// Along how many axes the VOI is more than one voxel wide.
    pub fn dimensions(&self) -> usize {
        self.shape.iter().filter(|&&side| side > 1).count()
    }
}

/// Spacing in the order of array axes: slice, row, column.
fn spacing(geometry: &Geometry) -> [f64; 3] {
    let [column, row, slice] = geometry.spacing_mm();
    [slice, row, column]
}

/// First corner and shape of the smallest box around the voxels inside, as slice, row, column.
fn bounding_box(inside: ArrayView3<bool>) -> Option<([usize; 3], [usize; 3])> {
    let mut first = [usize::MAX; 3];
    let mut last = [0; 3];
    for ((slice, row, column), _) in inside.indexed_iter().filter(|(_, inside)| **inside) {
        for (axis, index) in [slice, row, column].into_iter().enumerate() {
            first[axis] = first[axis].min(index);
            last[axis] = last[axis].max(index);
        }
    }
    (first[0] != usize::MAX).then(|| (first, std::array::from_fn(|axis| last[axis] - first[axis] + 1)))
}
