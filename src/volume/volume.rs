//! An image and where it lies.
//!
//! The number type travels with the voxels, because filters depend on it: PyRadiomics samples integer images to integers
//! and filters 32-bit float images in 32 bits. CT is `i16` HU when every slice rescales to integers, else `f32`.

use std::ops::RangeInclusive;

use ndarray::Array3;

use super::Geometry;

/// Voxel values in `[slice, row, column]` order.
#[derive(Debug, Clone, PartialEq)]
pub enum Voxels {
    /// 16-bit integers: ordinary CT in HU.
    I16(Array3<i16>),
    /// 32-bit integers: integer images of other tools that do not fit 16 bits.
    I32(Array3<i32>),
    /// 32-bit floats: CT whose rescale is not integral, and float images of other tools.
    F32(Array3<f32>),
    /// 64-bit floats: images of other tools.
    F64(Array3<f64>),
}

/// An image in patient space.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    geometry: Geometry,
    voxels: Voxels,
    padding: Option<Array3<bool>>,
    integers: Option<RangeInclusive<i64>>,
}

/// Why voxels and grid do not make a volume.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {found:?} (slices, rows, columns) on a grid of {expected:?}")]
pub struct VolumeError {
    what: &'static str,
    found: (usize, usize, usize),
    expected: (usize, usize, usize),
}

impl Voxels {
    /// Slices, rows, columns.
    pub fn shape(&self) -> (usize, usize, usize) {
        match self {
            Self::I16(a) => a.dim(),
            Self::I32(a) => a.dim(),
            Self::F32(a) => a.dim(),
            Self::F64(a) => a.dim(),
        }
    }

    /// Whether values are integers.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::I16(_) | Self::I32(_))
    }

    /// The integers that the voxels' type holds; none where it holds real numbers.
    fn integers(&self) -> Option<RangeInclusive<i64>> {
        match self {
            Self::I16(_) => Some(i16::MIN.into()..=i16::MAX.into()),
            Self::I32(_) => Some(i32::MIN.into()..=i32::MAX.into()),
            Self::F32(_) | Self::F64(_) => None,
        }
    }

    /// The value at (slice, row, column).
    pub fn at(&self, index: (usize, usize, usize)) -> f64 {
        match self {
            Self::I16(a) => f64::from(a[index]),
            Self::I32(a) => f64::from(a[index]),
            Self::F32(a) => f64::from(a[index]),
            Self::F64(a) => a[index],
        }
    }
}

impl Volume {
    /// An image on a grid of the same shape.
    pub fn new(geometry: Geometry, voxels: Voxels) -> Result<Self, VolumeError> {
        same_shape("voxels", voxels.shape(), &geometry)?;
        Ok(Self { geometry, voxels, padding: None, integers: None })
    }

    /// Marks voxels that lie outside the field of view (PS3.3 C.7.5.1.1.2 Pixel Padding Value, or HU below -1024): they are
    /// shown as air and left out of statistics.
    pub fn with_padding(mut self, padding: Array3<bool>) -> Result<Self, VolumeError> {
        same_shape("padding", padding.dim(), &self.geometry)?;
        self.padding = Some(padding);
        Ok(self)
    }

    /// Says which integers the type holds that the image was stored in, where that is not the voxels' own: bytes are kept in
    /// 16 bits here, but values derived from them end at 0 and 255.
    pub fn with_integers(mut self, range: RangeInclusive<i64>) -> Self {
        self.integers = Some(range).filter(|range| self.voxels.integers().is_some_and(|own| own != *range));
        self
    }

    /// The integers that the image's stored type holds; none where values are real numbers.
    pub fn integers(&self) -> Option<RangeInclusive<i64>> {
        self.integers.clone().or_else(|| self.voxels.integers())
    }

    /// Where the voxels lie.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The values.
    pub fn voxels(&self) -> &Voxels {
        &self.voxels
    }

    /// Which voxels are padding, where any are.
    pub fn padding(&self) -> Option<&Array3<bool>> {
        self.padding.as_ref()
    }

    /// Whether the voxel at (slice, row, column) is padding.
    pub fn is_padding(&self, index: (usize, usize, usize)) -> bool {
        self.padding.as_ref().is_some_and(|padding| padding[index])
    }
}

fn same_shape(what: &'static str, found: (usize, usize, usize), geometry: &Geometry) -> Result<(), VolumeError> {
    let expected = geometry.shape();
    if found == expected { Ok(()) } else { Err(VolumeError { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voxels_of_another_shape_than_the_grid_are_refused() {
        let geometry = Geometry::axial([4, 3, 2], [0.0; 3], [1.0; 3]).unwrap();
        assert!(Volume::new(geometry, Voxels::I16(Array3::zeros((2, 3, 4)))).is_ok());
        assert!(Volume::new(geometry, Voxels::I16(Array3::zeros((4, 3, 2)))).is_err());
    }
}
