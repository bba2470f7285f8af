//! Growing or shrinking a region by a distance in mm: dilation or erosion by a closed ball, exact on anisotropic grids
//! (Serra, Image Analysis and Mathematical Morphology, 1982, by thresholds of the distance transform).

use super::part::{INSIDE, apply};
use super::{Extent, RegionError};
use crate::base::Progress;
use crate::volume::Mask;
use crate::volume::distance::{Between, reaches, squared_mm2};

/// The region grown by `mm` > 0: every voxel whose centre lies within `mm` of a centre inside; or shrunk by `mm` < 0: the voxels
/// that have every centre within `-mm` inside, where places beyond the volume's edge count as background. 0 changes nothing.
pub fn margin(mask: &Mask, mm: f64, progress: &Progress) -> Result<Mask, RegionError> {
    if !mm.is_finite() {
        return Err(RegionError::Length { what: "the margin", mm, allowed: "such as 2.5 to grow or -2.5 to shrink" });
    }
    if mm == 0.0 {
        return Ok(mask.clone());
    }
    let reach = mm.abs();
    let rim_mm = if mm > 0.0 { reach } else { 0.0 };
    apply(mask, Extent::Volume, rim_mm, progress, |part| {
        let features = part.that(|score| (score == INSIDE) == (mm > 0.0));
        let squares = squared_mm2(features.view(), part.spacing_mm, Between::Centres, reach, progress)?;
        Ok(squares.mapv(|square| reaches(reach, square) == (mm > 0.0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;
    use ndarray::Array3;
    use proptest::prelude::*;

    /// The same by trying every pair of voxels, with a layer beyond the edge of every axis that has more than one voxel.
    fn brute_force(mask: &Mask, mm: f64) -> Array3<bool> {
        let spacing = mask.geometry().spacing_mm();
        let size = mask.geometry().size();
        let beyond = |axis: usize| if size[axis] > 1 { (mm.abs() / spacing[axis]).ceil() as i64 + 1 } else { 0 };
        let at =
            |[i, j, k]: [i64; 3]| mask.inside().get((k as usize, j as usize, i as usize)).copied().unwrap_or(false);
        Array3::from_shape_fn(mask.inside().dim(), |(k, j, i)| {
            let own = [i, j, k].map(|x| x as i64);
            let mut near = Vec::new();
            for z in -beyond(2)..size[2] as i64 + beyond(2) {
                for y in -beyond(1)..size[1] as i64 + beyond(1) {
                    for x in -beyond(0)..size[0] as i64 + beyond(0) {
                        let other = [x, y, z];
                        let square: f64 = (0..3).map(|a| ((other[a] - own[a]) as f64 * spacing[a]).powi(2)).sum();
                        if square <= mm * mm * (1.0 + 1e-9) {
                            near.push(at(other));
                        }
                    }
                }
            }
            if mm > 0.0 { near.contains(&true) } else { near.iter().all(|&inside| inside) }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_margin_is_the_closed_ball(
            cells in prop::collection::vec(prop::bool::weighted(0.8), 4 * 6 * 7),
            // Multiples of a tenth, so that balls touch voxels exactly.
            mm in -30i32..30, spacing in [4u32..12, 4u32..12, 5u32..40],
        ) {
            let geometry = Geometry::axial([7, 6, 4], [0.0; 3], spacing.map(|s| f64::from(s) / 10.0)).unwrap();
            let mask = Mask::new(geometry, Array3::from_shape_vec((4, 6, 7), cells).unwrap()).unwrap();
            let mm = f64::from(mm) / 10.0;
            let found = margin(&mask, mm, &Progress::new()).unwrap();
            if mm != 0.0 {
                prop_assert_eq!(found.inside(), &brute_force(&mask, mm));
            }
        }
    }

    #[test]
    fn a_single_slice_shrinks_in_its_plane_alone() {
        let geometry = Geometry::axial([9, 9, 1], [0.0; 3], [1.0, 1.0, 1.0]).unwrap();
        let mask = Mask::new(geometry, Array3::from_elem((1, 9, 9), true)).unwrap();
        assert_eq!(margin(&mask, -2.5, &Progress::new()).unwrap().count(), 25);
    }

    #[test]
    fn no_number_is_no_margin() {
        let geometry = Geometry::axial([2, 2, 2], [0.0; 3], [1.0; 3]).unwrap();
        let mask = Mask::new(geometry, Array3::from_elem((2, 2, 2), true)).unwrap();
        assert!(matches!(margin(&mask, f64::NAN, &Progress::new()), Err(RegionError::Length { .. })));
    }
}
