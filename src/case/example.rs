//! A small case for tests, and strokes on it.

use std::sync::Arc;

use ndarray::Array3;

use super::{Beginning, Case, Extent, Identity, Made, Technique};
use crate::segment::{Brush, SliceOfGrid};
use crate::volume::{Geometry, Volume, VoxelBox, Voxels};

/// A brush of 4 mm.
pub const BRUSH: Brush = Brush { radius_mm: 4.0, spacing_mm: [1.0, 1.0] };

pub fn case() -> Case {
    let geometry = Geometry::axial([40, 30, 5], [0.0; 3], [1.0, 1.0, 5.0]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| (100 + k + j + i) as i16);
    Case::new(Identity::default(), Arc::new(Volume::new(geometry, Voxels::I16(voxels)).unwrap()))
}

pub fn slice(axis: usize, index: usize) -> SliceOfGrid {
    SliceOfGrid { axis, index }
}

pub fn ball(within: VoxelBox, radius: f64) -> Array3<bool> {
    let [columns, rows, slices] = within.size();
    let half = [columns, rows, slices].map(|n| (n as f64 - 1.0) / 2.0);
    Array3::from_shape_fn((slices, rows, columns), |(k, j, i)| {
        let at = [i, j, k].map(|x| x as f64);
        (0..3).map(|axis| ((at[axis] - half[axis]) * [1.0, 1.0, 5.0][axis]).powi(2)).sum::<f64>() <= radius * radius
    })
}

pub fn across(tool: &'static str, technique: Technique) -> Beginning<'static> {
    Beginning { tool, extent: Extent::Volume, made: Made::by(technique) }
}
