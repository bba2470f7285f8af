//! How well two regions agree: overlap, distances between their surfaces, volumes.
//!
//! A surface is the voxels of a region that have a face neighbour outside of it; places beyond the volume are outside (as in
//! MedPy; SimpleITK's contours leave the volume's edge out), but along an axis of one voxel there are none. Surface distances
//! are Euclidean, in mm, from the centre of every surface voxel of one region to the nearest surface voxel's centre of the
//! other; so both directions give one each.
//!
//! - Dice = 2 |A and B| / (|A| + |B|) (Dice, Ecology 1945;26:297); Jaccard = |A and B| / |A or B|.
//! - Hausdorff = the larger of both directions' maxima; HD95 = the larger of both directions' 95th percentiles. So the
//!   percentile of 100 is the Hausdorff distance, and a large surface that agrees cannot hide a small one that does not;
//!   MONAI, DeepMind's surface-distance and Metrics Reloaded (Maier-Hein et al., Nat Methods 2024;21:195) define it so. MedPy
//!   takes the percentile of both directions pooled, which is smaller where one direction is worse.
//! - Mean surface distance = the mean over all surface voxels of both (Heimann et al., IEEE TMI 2009;28:1251, the liver
//!   challenge); MedPy's `assd` is the mean of the two directions' means.
//!
//! Percentiles are interpolated linearly between order statistics (numpy's default, R's type 7).

use ndarray::{Array3, s};
use rayon::prelude::*;

use crate::base::{Cancelled, Progress};
use crate::volume::distance::{Between, squared_mm2};
use crate::volume::{GridMismatch, Mask, VoxelBox};

/// How two regions agree; the first is the reference where it matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Dice coefficient, 0 to 1; `None` where both are empty.
    pub dice: Option<f64>,
    /// Jaccard index, 0 to 1; `None` where both are empty.
    pub jaccard: Option<f64>,
    /// Distances between the surfaces; `None` where a region has none: it is empty, or the grid a single voxel.
    pub surface: Option<SurfaceDistances>,
    /// Volumes of the first and the second, in millilitres.
    pub volumes_ml: [f64; 2],
    /// Volume of the second less that of the first, in millilitres.
    pub difference_ml: f64,
    /// The same in per cent of the first; `None` where that is empty.
    pub difference_percent: Option<f64>,
}

/// Distances between two surfaces, in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceDistances {
    /// The largest distance of either direction.
    pub hausdorff_mm: f64,
    /// The larger of both directions' 95th percentiles.
    pub hd95_mm: f64,
    /// Mean over the surface voxels of both.
    pub mean_mm: f64,
}

/// Why regions were not compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AgreementError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// They lie on different grids.
    #[error("the regions lie on different grids: {0}; only regions of one image can be compared")]
    Grid(#[from] GridMismatch),
}

/// Compares two regions on the same grid.
pub fn agreement(first: &Mask, second: &Mask, progress: &Progress) -> Result<Agreement, AgreementError> {
    first.geometry().same_grid(second.geometry())?;
    let [mut both, mut n_first, mut n_second] = [0usize; 3];
    let bounds = [first, second].map(|mask| VoxelBox::around(mask.inside().view(), |inside| *inside));
    let around = bounds.into_iter().flatten().reduce(VoxelBox::union);
    if let Some(around) = around {
        let counts = ndarray::Zip::from(around.view(first.inside())).and(around.view(second.inside()));
        counts.for_each(|&a, &b| {
            both += usize::from(a && b);
            n_first += usize::from(a);
            n_second += usize::from(b);
        });
    }
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let volumes_ml = [n_first, n_second].map(|n| n as f64 * first.geometry().voxel_volume_mm3() / 1000.0);
    let difference_ml = volumes_ml[1] - volumes_ml[0];
    let surface = match (bounds, around) {
        ([Some(_), Some(_)], Some(around)) => surface_distances([first, second], around, progress)?,
        _ => None,
    };
    Ok(Agreement {
        dice: share(2 * both, n_first + n_second),
        jaccard: share(both, n_first + n_second - both),
        surface,
        volumes_ml,
        difference_ml,
        difference_percent: (n_first > 0).then(|| 100.0 * difference_ml / volumes_ml[0]),
    })
}

/// Distances between the surfaces of two regions, within the box around both; `None` where they have no surface.
fn surface_distances(
    masks: [&Mask; 2],
    around: VoxelBox,
    progress: &Progress,
) -> Result<Option<SurfaceDistances>, Cancelled> {
    progress.begin("Measuring surface distances", 2);
    let spacing_mm = masks[0].geometry().spacing_mm();
    let surfaces = masks.map(|mask| surface(mask, around));
    let directed = |from: usize, to: usize| -> Result<Vec<f32>, Cancelled> {
        let squares = squared_mm2(surfaces[to].view(), spacing_mm, Between::Centres, f64::INFINITY, progress)?;
        let own = squares.iter().zip(&surfaces[from]).filter(|(_, surface)| **surface);
        let mut distances: Vec<f32> = own.map(|(square, _)| *square).collect();
        distances.par_sort_unstable_by(f32::total_cmp);
        progress.advance(1);
        Ok(distances)
    };
    let directions = [directed(0, 1)?, directed(1, 0)?];
    let larger = |p: f64| directions.iter().map(|squares| percentile(squares, p)).fold(0.0, f64::max);
    // Direction by direction, so that the order of the regions does not change the last bit.
    let sum: f64 = directions.iter().map(|squares| squares.iter().map(|x| f64::from(*x).sqrt()).sum::<f64>()).sum();
    let n = directions[0].len() + directions[1].len();
    let mean_mm = sum / n as f64;
    Ok((n > 0).then(|| SurfaceDistances { hausdorff_mm: larger(100.0), hd95_mm: larger(95.0), mean_mm }))
}

/// The surface voxels of a region within a box that holds all of it.
fn surface(mask: &Mask, around: VoxelBox) -> Array3<bool> {
    let size = around.size();
    let whole = mask.geometry().size();
    let rim = [2, 1, 0].map(|axis| usize::from(whole[axis] > 1));
    let shape = [0, 1, 2].map(|n| size[2 - n] + 2 * rim[n]);
    let mut rimmed = Array3::from_elem(shape, false);
    let core = |shift: [isize; 3]| {
        let range = |n: usize| {
            let start = rim[n].saturating_add_signed(shift[n]);
            start..start + size[2 - n]
        };
        s![range(0), range(1), range(2)]
    };
    rimmed.slice_mut(core([0; 3])).assign(&around.view(mask.inside()));
    let mut enclosed = Array3::from_elem(rimmed.slice(core([0; 3])).dim(), true);
    for n in (0..3).filter(|n| rim[*n] > 0) {
        for step in [-1, 1] {
            let mut shift = [0; 3];
            shift[n] = step;
            enclosed.zip_mut_with(&rimmed.slice(core(shift)), |enclosed, &inside| *enclosed &= inside);
        }
    }
    enclosed.zip_mut_with(&rimmed.slice(core([0; 3])), |surface, &inside| *surface = inside && !*surface);
    enclosed
}

/// The percentile, in mm, of distances given by their sorted squares.
fn percentile(squares: &[f32], p: f64) -> f64 {
    let place = p / 100.0 * squares.len().saturating_sub(1) as f64;
    let at = |n: f64| squares.get(n as usize).map_or(0.0, |square| f64::from(*square).sqrt());
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    /// Squared distances are kept in 32 bits.
    const ROUNDING: f64 = 1e-6;

    fn mask(size: [usize; 3], spacing: [f64; 3], inside: impl Fn([f64; 3]) -> bool) -> Mask {
        let geometry = Geometry::axial(size, [0.0; 3], spacing).unwrap();
        let inside = |(k, j, i): (usize, usize, usize)| inside([i as f64, j as f64, k as f64]);
        Mask::new(geometry, Array3::from_shape_fn(geometry.shape(), inside)).unwrap()
    }

    fn compared(first: &Mask, second: &Mask) -> Agreement {
        agreement(first, second, &Progress::new()).unwrap()
    }

    fn expect(found: Agreement, overlap: [f64; 2], surface: [f64; 3]) {
        let distances = found.surface.unwrap();
        let found =
            [found.dice.unwrap(), found.jaccard.unwrap(), distances.hausdorff_mm, distances.hd95_mm, distances.mean_mm];
        for (found, expected) in found.into_iter().zip(overlap.into_iter().chain(surface)) {
            assert!((found - expected).abs() < ROUNDING * expected, "{found} instead of {expected}");
        }
    }

    /// An ellipsoid and a block with a voxel far off, by scipy.ndimage 1.16 (binary_erosion, distance_transform_edt) and numpy.
    #[test]
    fn an_ellipsoid_against_a_block_is_as_scipy_has_it() {
        let (size, spacing) = ([16, 14, 6], [0.8, 1.1, 2.5]);
        let first = mask(size, spacing, |[x, y, z]| {
            ((x - 7.0) * 0.8).powi(2) + ((y - 6.0) * 1.1).powi(2) + ((z - 2.5) * 2.5).powi(2) < 22.0
        });
        let second = mask(size, spacing, |[x, y, z]| {
            ((x - 8.0).abs() <= 4.0 && (y - 7.0).abs() <= 3.0 && (1.0..=4.0).contains(&z))
                || [x, y, z] == [1.0, 12.0, 5.0]
        });
        let found = compared(&first, &second);
        expect(found, [0.735_229_759_3, 0.581_314_878_9], [5.987_486_952, 2.340_939_982, 0.651_870_209_8]);
        assert!((found.difference_ml - 49.0 * 0.8 * 1.1 * 2.5 / 1000.0).abs() < 1e-12);
        assert!((found.difference_percent.unwrap() - 100.0 * 49.0 / 204.0).abs() < 1e-9);
        let back = compared(&second, &first);
        assert_eq!((back.surface, back.dice), (found.surface, found.dice));
    }

    /// Two discs on a single slice, whose edges are their outlines; by scipy with an erosion in plane.
    #[test]
    fn a_single_slice_is_compared_by_its_outlines() {
        let disc = |x0: f64, square: f64| {
            mask([24, 20, 1], [0.7, 1.0, 5.0], move |[x, y, _]| (x - x0).powi(2) + (y - 9.0).powi(2) < square)
        };
        let found = compared(&disc(9.0, 50.0), &disc(11.0, 64.0));
        expect(found, [0.812_865_497_1, 0.684_729_064_0], [2.325_940_67, 2.325_940_67, 1.052_641_375]);
    }

    #[test]
    fn a_region_agrees_with_itself_and_an_empty_one_with_nothing() {
        let (size, spacing) = ([5, 5, 5], [1.0; 3]);
        let (some, none) = (mask(size, spacing, |[x, ..]| x < 3.0), mask(size, spacing, |_| false));
        let same = compared(&some, &some);
        assert_eq!((same.dice, same.jaccard, same.difference_percent), (Some(1.0), Some(1.0), Some(0.0)));
        assert_eq!(same.surface, Some(SurfaceDistances { hausdorff_mm: 0.0, hd95_mm: 0.0, mean_mm: 0.0 }));
        let missed = compared(&some, &none);
        assert_eq!((missed.dice, missed.surface, missed.difference_percent), (Some(0.0), None, Some(-100.0)));
        let found = compared(&none, &some);
        assert_eq!((found.dice, found.surface, found.difference_percent), (Some(0.0), None, None));
        let neither = compared(&none, &none);
        assert_eq!((neither.dice, neither.jaccard, neither.surface, neither.difference_ml), (None, None, None, 0.0));
    }

    #[test]
    fn the_only_voxel_of_a_grid_has_no_surface() {
        let voxel = mask([1, 1, 1], [1.0; 3], |_| true);
        let same = compared(&voxel, &voxel);
        assert_eq!((same.dice, same.surface), (Some(1.0), None));
    }

    #[test]
    fn regions_of_different_grids_are_refused() {
        let (a, b) = (mask([4, 4, 4], [1.0; 3], |_| true), mask([4, 4, 4], [1.0, 1.0, 2.0], |_| true));
        assert!(matches!(agreement(&a, &b, &Progress::new()), Err(AgreementError::Grid(_))));
    }
}
