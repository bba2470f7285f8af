//! The VOI as a region of its own in other people's files, beside the labels that it follows from.
//!
//! While a file is written or read, voxels of the VOI have a bit above those of the labels. What was read is settled afterwards: the
//! VOI is derived and never kept.

use std::sync::Arc;

use ndarray::Array3;

use super::{GridMismatch, Label, LabelMap, Mask, is_voi};
use crate::base::Warnings;

/// The VOI's bit while a file is written or read.
pub const VOI_BIT: u8 = 1 << Label::ALL.len();

/// What is said of a file that has the VOI alone, which is then taken as the liver: it lies inside the edge already.
pub const VOI_ALONE: &str = "there is a VOI segment but no liver; the VOI was taken as the liver";

/// The volume of interest, written beside the labels that it follows from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum VoiSegment {
    /// Left out.
    None,
    /// Liver without vessels, lesions and caudate lobe.
    #[default]
    OfLabels,
    /// As it was derived, with an edge margin.
    Derived {
        /// Its voxels, on the labels' grid.
        region: Arc<Mask>,
        /// The edge margin in mm.
        edge_margin_mm: f64,
    },
}

impl VoiSegment {
    /// In one sentence what the region is.
    pub fn description(&self) -> String {
        let region = "Volume of interest: liver without vessels, lesions and caudate lobe";
        match self {
            Self::Derived { edge_margin_mm, .. } => {
                format!("{region}, shrunk by an edge margin of {edge_margin_mm} mm")
            }
            Self::None | Self::OfLabels => region.to_owned(),
        }
    }
}

/// The bits of the labels together with that of the VOI; refused where the VOI lies on another grid.
pub fn bits_with_voi(label_map: &LabelMap, voi: &VoiSegment) -> Result<Array3<u8>, GridMismatch> {
    let of_labels = |bits: u8| bits & (VOI_BIT - 1);
    match voi {
        VoiSegment::None => Ok(label_map.bits().mapv(of_labels)),
        VoiSegment::OfLabels => Ok(label_map.bits().mapv(|bits| match of_labels(bits) {
            bits if is_voi(bits) => bits | VOI_BIT,
            bits => bits,
        })),
        VoiSegment::Derived { region, .. } => {
            label_map.geometry().same_grid(region.geometry())?;
            let mut bits = label_map.bits().mapv(of_labels);
            ndarray::Zip::from(&mut bits).and(region.inside()).for_each(|bits, &inside| {
                *bits |= if inside { VOI_BIT } else { 0 };
            });
            Ok(bits)
        }
    }
}

/// Takes the VOI's bit out of what was read. The VOI follows from the labels, and may be smaller by an edge margin; where a file has the
/// VOI alone, it is the liver's label that gives the same VOI.
pub fn settle_voi(bits: &mut Array3<u8>, warnings: &mut Warnings) {
    let all = bits.iter().fold(0, |all, bits| all | bits);
    let (has_voi, has_liver) = (all & VOI_BIT != 0, all & Label::Liver.bit() != 0);
    if !has_voi {
        return;
    }
    if has_liver {
        if bits.iter().any(|&bits| bits & VOI_BIT != 0 && !is_voi(bits & !VOI_BIT)) {
            warnings.push("the VOI segment is not within liver minus the other segments; it was left out, and the VOI follows from the labels");
        }
    } else {
        warnings.push(VOI_ALONE);
        bits.iter_mut().filter(|bits| **bits & VOI_BIT != 0).for_each(|bits| *bits |= Label::Liver.bit());
    }
    bits.mapv_inplace(|bits| bits & !VOI_BIT);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    fn map(bits: [u8; 3]) -> LabelMap {
        let grid = Geometry::axial([3, 1, 1], [0.0; 3], [1.0; 3]).unwrap();
        LabelMap::from_bits(grid, Array3::from_shape_vec((1, 1, 3), bits.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn a_voi_with_an_edge_margin_is_written_as_it_is_and_settles_without_a_word() {
        let map = map([1, 1, 3]);
        let inside = Array3::from_shape_vec((1, 1, 3), vec![false, true, false]).unwrap();
        let region = Arc::new(Mask::new(*map.geometry(), inside).unwrap());
        let voi = VoiSegment::Derived { region, edge_margin_mm: 2.5 };
        assert!(voi.description().ends_with("shrunk by an edge margin of 2.5 mm"));
        let mut bits = bits_with_voi(&map, &voi).unwrap();
        assert_eq!(bits.iter().copied().collect::<Vec<_>>(), [1, 1 | VOI_BIT, 3]);
        let mut warnings = Warnings::new();
        settle_voi(&mut bits, &mut warnings);
        assert_eq!((&bits, warnings.is_empty()), (map.bits(), true));
    }

    #[test]
    fn a_voi_that_leaves_the_labels_is_said_and_one_without_a_liver_is_the_liver() {
        let mut warnings = Warnings::new();
        let mut bits = map([1, VOI_BIT, 3 | VOI_BIT]).bits().clone();
        settle_voi(&mut bits, &mut warnings);
        assert!(warnings.iter().any(|said| said.contains("not within liver")), "{warnings:?}");
        assert_eq!(bits.iter().copied().collect::<Vec<_>>(), [1, 0, 3]);
        let mut alone = map([0, VOI_BIT, 0]).bits().clone();
        settle_voi(&mut alone, &mut warnings);
        assert_eq!(alone.iter().copied().collect::<Vec<_>>(), [0, 1, 0]);
    }
}
