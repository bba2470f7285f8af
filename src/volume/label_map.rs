//! What a radiologist drew: which voxels are liver, vessel, lesion or caudate lobe, and the VOI that follows from them.
//!
//! Each label is a bit of its own, so a vessel drawn over the liver hides no liver: erasing the vessel brings the liver back.
//! A label map carries the grid that it was drawn on.

use ndarray::Array3;
use serde::{Deserialize, Serialize};

use super::{Geometry, GridMismatch};

/// A structure that can be delineated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// The whole liver, vessels and lesions included.
    Liver,
    /// Main vessels: portal and hepatic veins, inferior vena cava.
    Vessel,
    /// Focal lesions.
    Lesion,
    /// The caudate lobe (segment I).
    Caudate,
}

impl Label {
    /// Every label, in the order of their numbers.
    pub const ALL: [Label; 4] = [Label::Liver, Label::Vessel, Label::Lesion, Label::Caudate];

    /// The label's bit in a label map.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The label's number in files: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The label with that number.
    pub fn from_number(number: u8) -> Option<Label> {
        Self::ALL.into_iter().find(|label| label.number() == number)
    }

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Label::Liver => "Liver",
            Label::Vessel => "Vessel",
            Label::Lesion => "Lesion",
            Label::Caudate => "Caudate lobe",
        }
    }
}

/// The bits of all labels on one grid, `[slice, row, column]`.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMap {
    geometry: Geometry,
    bits: Array3<u8>,
}

/// Voxels that belong to a region, on the grid it was drawn on.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    geometry: Geometry,
    inside: Array3<bool>,
}

impl LabelMap {
    /// Nothing drawn yet.
    pub fn empty(geometry: Geometry) -> Self {
        Self { geometry, bits: Array3::zeros(geometry.shape()) }
    }

    /// A label map from label bits; their shape must be the grid's.
    pub fn from_bits(geometry: Geometry, bits: Array3<u8>) -> Result<Self, GridMismatch> {
        match_shape(&geometry, bits.dim())?;
        Ok(Self { geometry, bits })
    }

    /// The grid it was drawn on.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Label bits, `[slice, row, column]`.
    pub fn bits(&self) -> &Array3<u8> {
        &self.bits
    }

    /// Label bits for editing. Only edits that know their inverse may write here.
    pub fn bits_mut(&mut self) -> &mut Array3<u8> {
        &mut self.bits
    }

    /// Adds a region's voxels to a label; refused with the difference when the region lies on another grid.
    pub fn add(&mut self, label: Label, region: &Mask) -> Result<(), GridMismatch> {
        self.geometry.same_grid(&region.geometry)?;
        ndarray::Zip::from(&mut self.bits).and(&region.inside).for_each(|bits, &inside| {
            *bits |= if inside { label.bit() } else { 0 };
        });
        Ok(())
    }

    /// The voxels of one label.
    pub fn mask(&self, label: Label) -> Mask {
        Mask { geometry: self.geometry, inside: self.bits.mapv(|bits| bits & label.bit() != 0) }
    }

    /// The volume of interest: liver without vessels, lesions and caudate lobe (Liang et al. 2022, Methods).
    pub fn voi(&self) -> Mask {
        Mask { geometry: self.geometry, inside: self.bits.mapv(is_voi) }
    }

    /// Number of voxels of one label.
    pub fn count(&self, label: Label) -> usize {
        self.bits.iter().filter(|&&bits| bits & label.bit() != 0).count()
    }
}

/// How many voxels have other bits in the one than in the other; all of the larger one where the shapes differ.
pub fn differing_voxels(one: &Array3<u8>, other: &Array3<u8>) -> usize {
    if one.dim() != other.dim() {
        return one.len().max(other.len());
    }
    one.iter().zip(other).filter(|(a, b)| a != b).count()
}

/// Whether label bits make a voxel part of the VOI: liver and nothing else.
pub fn is_voi(bits: u8) -> bool {
    bits == Label::Liver.bit()
}

impl Mask {
    /// A region on a grid; the shape must be the grid's.
    pub fn new(geometry: Geometry, inside: Array3<bool>) -> Result<Self, GridMismatch> {
        match_shape(&geometry, inside.dim())?;
        Ok(Self { geometry, inside })
    }

    /// The grid it was drawn on.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// `true` inside, `[slice, row, column]`.
    pub fn inside(&self) -> &Array3<bool> {
        &self.inside
    }

    /// Number of voxels inside.
    pub fn count(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }

    /// Volume in millilitres.
    pub fn volume_ml(&self) -> f64 {
        self.count() as f64 * self.geometry.voxel_volume_mm3() / 1000.0
    }
}

fn match_shape(geometry: &Geometry, (slices, rows, columns): (usize, usize, usize)) -> Result<(), GridMismatch> {
    let size = [columns, rows, slices];
    if size == geometry.size() { Ok(()) } else { Err(GridMismatch::Size(size, geometry.size())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Geometry {
        Geometry::axial([3, 1, 1], [0.0; 3], [10.0; 3]).unwrap()
    }

    #[test]
    fn the_voi_is_liver_minus_the_others() {
        let liver = Label::Liver.bit();
        let bits = Array3::from_shape_vec((1, 1, 3), vec![liver, liver | Label::Vessel.bit(), Label::Lesion.bit()]);
        let map = LabelMap::from_bits(grid(), bits.unwrap()).unwrap();
        assert_eq!(map.voi().inside().iter().copied().collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(map.count(Label::Liver), 2);
        assert!((map.voi().volume_ml() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn voxels_that_differ_are_counted_and_other_shapes_differ_altogether() {
        let one = Array3::from_elem((1, 2, 2), 1u8);
        let mut other = one.clone();
        assert_eq!(differing_voxels(&one, &other), 0);
        other[(0, 1, 1)] = 3;
        assert_eq!(differing_voxels(&one, &other), 1);
        assert_eq!(differing_voxels(&one, &Array3::from_elem((2, 2, 2), 1)), 8);
    }
}
