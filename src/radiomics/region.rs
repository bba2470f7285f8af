//! The VOI cut out of the image: places of its voxels in their bounding box, and values there.
//!
//! Everything after this works on the box, not on the volume: time and memory follow the VOI.

use ndarray::ArrayView3;

use super::RadiomicsError;
use crate::base::widest;
use crate::volume::{Geometry, Mask, Volume, Voxels};

/// The places of a VOI. Order is that of the volume: slice, row, column.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Slices, rows and columns of the bounding box.
    pub shape: [usize; 3],
    /// Slice, row and column of the box's first corner in the volume.
    pub corner: [usize; 3],
    /// Spacing along slice, row and column index, in mm.
    pub spacing_mm: [f64; 3],
    /// Place of each voxel in the box: slice, row, column.
    pub places: Vec<[u32; 3]>,
}

/// Values of an image at the places of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// One value a place, in their order. In the images of a few filters it is no number (NaN) where a voxel's surroundings are plain;
    /// elsewhere all are finite.
    pub gray: Vec<f64>,
    /// Whether the image's values are 32-bit floats, in which NumPy keeps the edges of equal bins.
    pub is_f32: bool,
}

impl Values {
    /// The least and the greatest value of those that are numbers; infinite ends of nothing where there are none.
    pub fn extremes(&self) -> (f64, f64) {
        extremes(&self.gray)
    }

    /// Values at the places of a region, each of which must be a number.
    pub fn checked(gray: Vec<f64>, is_f32: bool, region: &Region) -> Result<Self, RadiomicsError> {
        match gray.iter().position(|value| !value.is_finite()) {
            None => Ok(Self { gray, is_f32 }),
            Some(index) => {
                let (slice, row, column) = region.in_volume(region.places[index]);
                Err(RadiomicsError::NotFinite { slice, row, column })
            }
        }
    }
}

impl Region {
    /// The places inside `mask`, which must lie on the grid of `volume`.
    pub fn cut(volume: &Volume, mask: &Mask) -> Result<Self, RadiomicsError> {
        volume.geometry().same_grid(mask.geometry()).map_err(RadiomicsError::OtherGrid)?;
        let (corner, shape) = bounding_box(mask.inside().view()).ok_or(RadiomicsError::EmptyVoi)?;
        let cut = |axis: usize| corner[axis]..corner[axis] + shape[axis];
        let inside = mask.inside().slice(ndarray::s![cut(0), cut(1), cut(2)]);
        let mut places = Vec::new();
        for (slice, plane) in inside.outer_iter().enumerate() {
            for (row, line) in plane.outer_iter().enumerate() {
                let columns = line.into_iter().enumerate().filter(|(_, inside)| **inside);
                places.extend(columns.map(|(column, _)| [slice as u32, row as u32, column as u32]));
            }
        }
        Ok(Self { shape, corner, spacing_mm: spacing(volume.geometry()), places })
    }

    /// Place of a voxel in the volume: slice, row, column.
    pub fn in_volume(&self, place: [u32; 3]) -> (usize, usize, usize) {
        let [slice, row, column]: [usize; 3] = std::array::from_fn(|axis| self.corner[axis] + place[axis] as usize);
        (slice, row, column)
    }

    /// The volume's own values.
    pub fn values_of(&self, volume: &Volume) -> Result<Values, RadiomicsError> {
        let voxels = volume.voxels();
        let gray = self.places.iter().map(|&place| voxels.at(self.in_volume(place))).collect();
        Values::checked(gray, matches!(voxels, Voxels::F32(_)), self)
    }

    /// The places whose values lie in the closed range, in a bounding box of their own.
    pub fn within(&self, values: &Values, (low, high): (f64, f64)) -> Result<Self, RadiomicsError> {
        let kept = || self.places.iter().zip(&values.gray).filter(|(_, value)| (low..=high).contains(*value));
        let mut first = [u32::MAX; 3];
        let mut last = [0; 3];
        for (place, _) in kept() {
            for axis in 0..3 {
                first[axis] = first[axis].min(place[axis]);
                last[axis] = last[axis].max(place[axis]);
            }
        }
        if first[0] == u32::MAX {
            return Err(RadiomicsError::EmptyRange { low, high });
        }
        Ok(Self {
            shape: std::array::from_fn(|axis| (last[axis] - first[axis] + 1) as usize),
            corner: std::array::from_fn(|axis| self.corner[axis] + first[axis] as usize),
            spacing_mm: self.spacing_mm,
            places: kept().map(|(place, _)| std::array::from_fn(|axis| place[axis] - first[axis])).collect(),
        })
    }

    /// The places in a box of the volume, given by its first corner and its shape, in that box.
    pub fn cropped(&self, corner: [usize; 3], shape: [usize; 3]) -> Self {
        let moved = |place: &[u32; 3]| -> Option<[u32; 3]> {
            let mut moved = [0; 3];
            for axis in 0..3 {
                let index = (self.corner[axis] + place[axis] as usize).checked_sub(corner[axis])?;
                moved[axis] = (index < shape[axis]).then_some(index as u32)?;
            }
            Some(moved)
        };
        let places = self.places.iter().filter_map(moved).collect();
        Self { shape, corner, spacing_mm: self.spacing_mm, places }
    }

    /// Along how many axes the VOI is more than one voxel wide.
    pub fn dimensions(&self) -> usize {
        self.shape.iter().filter(|&&side| side > 1).count()
    }
}

widest! {
fn extremes[](values: &[f64]) -> (f64, f64) {
    // Several side by side, so that one comparison need not wait for the last.
    const LANES: usize = 8;
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut least = [f64::INFINITY; LANES];
    let mut most = [f64::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            least[lane] = if chunk[lane] < least[lane] { chunk[lane] } else { least[lane] };
            most[lane] = if chunk[lane] > most[lane] { chunk[lane] } else { most[lane] };
        }
    }
    let least = least.iter().chain(rest).copied().fold(f64::INFINITY, f64::min);
    (least, most.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max))
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
    for (slice, plane) in inside.outer_iter().enumerate() {
        for (row, line) in plane.outer_iter().enumerate() {
            // Most rows are empty, and this tells without looking for where.
            if !line.iter().fold(false, |any, &inside| any | inside) {
                continue;
            }
            let ends = [line.iter().position(|&inside| inside), line.iter().rposition(|&inside| inside)];
            let [Some(left), Some(right)] = ends else { continue };
            for (axis, [low, high]) in [[slice, slice], [row, row], [left, right]].into_iter().enumerate() {
                first[axis] = first[axis].min(low);
                last[axis] = last[axis].max(high);
            }
        }
    }
    (first[0] != usize::MAX).then(|| (first, std::array::from_fn(|axis| last[axis] - first[axis] + 1)))
}
