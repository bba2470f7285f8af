//! Shape features of the VOI's surface and voxels (IBSI section 3.1).
//!
//! They see the VOI before any resegmentation, and spacing but not direction. Axes are those of an ellipsoid with the voxels'
//! covariance (4 times the root of its eigenvalues).

use std::collections::BTreeMap;

use super::Named;
use crate::base::{Cancelled, Progress};
use crate::radiomics::eigen::symmetric_eigenvalues;
use crate::radiomics::matrix::mesh::{Mesh, mesh};
use crate::radiomics::region::Region;

/// What is measured on a VOI.
pub struct Shape {
    area: f64,
    volume: f64,
    voxel_volume: f64,
    /// Greatest distance within a slice, between slices seen along a column, along a row, and anywhere.
    diameters: [f64; 4],
    /// Eigenvalues of the covariance of voxel centres, ascending, mm2.
    eigenvalues: [f64; 3],
}

/// The features, by name.
pub const TABLE: &[Named<Shape>] = &[
    ("Elongation", |s| (s.eigenvalues[1] / s.eigenvalues[2]).sqrt()), // IBSI Q3CK
    ("Flatness", |s| (s.eigenvalues[0] / s.eigenvalues[2]).sqrt()),   // IBSI N17B
    ("LeastAxisLength", |s| 4.0 * s.eigenvalues[0].sqrt()),           // IBSI 7J51
    ("MajorAxisLength", |s| 4.0 * s.eigenvalues[2].sqrt()),           // IBSI TDIC
    ("Maximum2DDiameterColumn", |s| s.diameters[1]),
    ("Maximum2DDiameterRow", |s| s.diameters[2]),
    ("Maximum2DDiameterSlice", |s| s.diameters[0]),
    ("Maximum3DDiameter", |s| s.diameters[3]),              // IBSI L0JK
    ("MeshVolume", |s| s.volume),                           // IBSI RNU0
    ("MinorAxisLength", |s| 4.0 * s.eigenvalues[1].sqrt()), // IBSI P9VJ
    ("Sphericity", sphericity),                             // IBSI QCFX
    ("SurfaceArea", |s| s.area),                            // IBSI C0JK
    ("SurfaceVolumeRatio", |s| s.area / s.volume),          // IBSI 2PR5
    ("VoxelVolume", |s| s.voxel_volume),                    // IBSI YEKZ
];

impl Shape {
    /// Measures a region.
    ///
    /// # Errors
    /// Once it is cancelled.
    pub fn of(region: &Region, progress: &Progress) -> Result<Self, Cancelled> {
        let mesh = mesh(region, progress)?;
        Ok(Self {
            area: mesh.area_mm2,
            volume: mesh.volume_mm3,
            voxel_volume: region.places.len() as f64 * region.spacing_mm.iter().product::<f64>(),
            diameters: diameters(&mesh, region.spacing_mm, progress)?,
            eigenvalues: eigenvalues(region),
        })
    }
}

/// (36 pi V^2)^(1/3) / A.
fn sphericity(shape: &Shape) -> f64 {
    (36.0 * std::f64::consts::PI * shape.volume * shape.volume).cbrt() / shape.area
}

/// Eigenvalues of the covariance of voxel centres; sums of indices are exact, so that a flat VOI has exactly 0.
fn eigenvalues(region: &Region) -> [f64; 3] {
    let n = region.places.len() as f64;
    let mut sum = [0i64; 3];
    let mut products = [[0i64; 3]; 3];
    for place in &region.places {
        let place = place.map(i64::from);
        for a in 0..3 {
            sum[a] += place[a];
            for b in 0..3 {
                products[a][b] += place[a] * place[b];
            }
        }
    }
    let covariance = |a: usize, b: usize| {
        let centred =
            i128::from(products[a][b]) * region.places.len() as i128 - i128::from(sum[a]) * i128::from(sum[b]);
        centred as f64 / (n * n) * region.spacing_mm[a] * region.spacing_mm[b]
    };
    let matrix = (0..9).map(|ab| covariance(ab / 3, ab % 3)).collect();
    let mut values = [f64::NAN; 3];
    if let Some(found) = symmetric_eigenvalues(matrix, 3) {
        for (value, found) in values.iter_mut().zip(found) {
            *value = found.max(0.0);
        }
    }
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The greatest distances between vertices: in planes of one slice, one row, one column, and in space.
///
/// The two ends of a diameter are corners of the convex hull, and so of the hull of their own plane: only those are compared.
fn diameters(mesh: &Mesh, spacing_mm: [f64; 3], progress: &Progress) -> Result<[f64; 4], Cancelled> {
    let half = spacing_mm.map(|mm| mm / 2.0);
    let mut found = [0.0f64; 4];
    let mut corners = Vec::new();
    for axis in 0..3 {
        let mut planes: BTreeMap<i32, Vec<[i32; 2]>> = BTreeMap::new();
        let others = [[1, 2], [0, 2], [0, 1]][axis];
        for vertex in &mesh.vertices {
            planes.entry(vertex[axis]).or_default().push(others.map(|other| vertex[other]));
        }
        for (place, points) in planes {
            progress.check()?;
            let hull: Vec<[i32; 3]> =
                convex_hull(points).into_iter().map(|[a, b]| lifted(axis, place, [a, b])).collect();
            found[axis] = found[axis].max(greatest_distance(&hull, half, progress)?);
            if axis == 0 {
                corners.extend(hull);
            }
        }
    }
    found[3] = greatest_distance(&corners, half, progress)?;
    Ok(found.map(f64::sqrt))
}

fn lifted(axis: usize, place: i32, [a, b]: [i32; 2]) -> [i32; 3] {
    match axis {
        0 => [place, a, b],
        1 => [a, place, b],
        _ => [a, b, place],
    }
}

/// The square of the greatest distance between any two points.
fn greatest_distance(points: &[[i32; 3]], half: [f64; 3], progress: &Progress) -> Result<f64, Cancelled> {
    let squared = |a: &[i32; 3], b: &[i32; 3]| -> f64 {
        (0..3).map(|axis| (f64::from(a[axis] - b[axis]) * half[axis]).powi(2)).sum()
    };
    let mut greatest = 0.0f64;
    for (index, a) in points.iter().enumerate() {
        progress.check()?;
        greatest = points[index + 1..].iter().map(|b| squared(a, b)).fold(greatest, f64::max);
    }
    Ok(greatest)
}

/// Corners of the convex hull of points in a plane (Andrew's monotone chain, 1979), in exact arithmetic.
fn convex_hull(mut points: Vec<[i32; 2]>) -> Vec<[i32; 2]> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = half_hull(points.iter());
    hull.extend(half_hull(points.iter().rev()));
    hull
}

/// One side of the hull, without its last point, which begins the other side.
fn half_hull<'a>(points: impl Iterator<Item = &'a [i32; 2]>) -> Vec<[i32; 2]> {
    let turns_left = |a: [i32; 2], b: [i32; 2], c: [i32; 2]| {
        let [ab, ac] = [[b[0] - a[0], b[1] - a[1]], [c[0] - a[0], c[1] - a[1]]];
        i64::from(ab[0]) * i64::from(ac[1]) > i64::from(ab[1]) * i64::from(ac[0])
    };
    let mut side: Vec<[i32; 2]> = Vec::new();
    for &point in points {
        while side.len() >= 2 && !turns_left(side[side.len() - 2], side[side.len() - 1], point) {
            side.pop();
        }
        side.push(point);
    }
    side.pop();
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_of_a_grid_is_its_four_corners() {
        let grid = (0..5).flat_map(|a| (0..4).map(move |b| [a, b])).collect();
        let mut hull = convex_hull(grid);
        hull.sort_unstable();
        assert_eq!(hull, [[0, 0], [0, 3], [4, 0], [4, 3]]);
    }

    #[test]
    fn nobody_waits_for_the_shape_of_what_was_cancelled() {
        let region = Region { shape: [1; 3], corner: [0; 3], spacing_mm: [1.0; 3], places: vec![[0; 3]] };
        let progress = Progress::new();
        assert!(Shape::of(&region, &progress).is_ok());
        progress.cancel();
        assert!(Shape::of(&region, &progress).is_err());
    }
}
