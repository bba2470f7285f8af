//! Surfaces are closed, face outwards, and measure what they should, on any grid.

use std::collections::HashMap;

use super::*;
use proptest::prelude::*;

/// Radius of the ball, in mm.
const RADIUS: f64 = 40.0;
/// The ball's volume is that of its voxels, which differs from the sphere's by less than this part; relaxing gives it back.
const VOLUME: f64 = 0.01;
/// The ball's area: steps that were left would add up to a half of it, a net that lost its shape would be as far off.
const AREA: f64 = 0.03;

fn map_of(geometry: Geometry, mut is_inside: impl FnMut([f64; 3]) -> u8) -> LabelMap {
    let bits = ndarray::Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        is_inside(geometry.patient_from_voxel([i as f64, j as f64, k as f64]))
    });
    LabelMap::from_bits(geometry, bits).unwrap()
}

fn made(map: &LabelMap) -> Surfaces {
    surfaces(map, &Progress::new()).unwrap()
}

/// Volume and area in mm; the volume is positive where normals point outwards.
fn volume_and_area(surface: &Surface) -> [f64; 2] {
    let (mut volume, mut area) = (0.0, 0.0);
    for triangle in &surface.triangles {
        let [a, b, c] = triangle.map(|n| surface.points[n as usize].map(f64::from));
        let [u, v] = [b, c].map(|p| [0, 1, 2].map(|x| p[x] - a[x]));
        let n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        volume += (0..3).map(|x| a[x] * n[x]).sum::<f64>() / 6.0;
        area += n.iter().map(|x| x * x).sum::<f64>().sqrt() / 2.0;
    }
    [volume, area]
}

/// How often each edge is walked in each direction.
fn edges(surface: &Surface) -> HashMap<[u32; 2], usize> {
    let mut walked = HashMap::new();
    for [a, b, c] in &surface.triangles {
        [[*a, *b], [*b, *c], [*c, *a]].into_iter().for_each(|edge| *walked.entry(edge).or_insert(0) += 1);
    }
    walked
}

/// Anisotropic; mirrored and anisotropic; oblique and sheared.
fn grids() -> [Geometry; 3] {
    let centred = |size: [usize; 3], steps: [[f64; 3]; 3]| {
        let origin = [0, 1, 2].map(|x| 5.0 - (0..3).map(|a| steps[a][x] * size[a] as f64 / 2.0).sum::<f64>());
        Geometry::new(size, origin, steps).unwrap()
    };
    [
        centred([140, 140, 24], [[0.75, 0.0, 0.0], [0.0, 0.75, 0.0], [0.0, 0.0, 5.0]]),
        centred([140, 120, 60], [[-0.8, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 2.0]]),
        centred([130, 130, 60], [[0.64, 0.48, 0.0], [-0.54, 0.72, 0.1], [0.1, -0.3, 2.0]]),
    ]
}

#[test]
fn a_ball_is_round_closed_and_faces_outwards_on_any_grid() {
    for geometry in grids() {
        let centre = [3.0, -2.0, 4.0];
        let distance = |p: [f64; 3]| (0..3).map(|x| (p[x] - centre[x]).powi(2)).sum::<f64>().sqrt();
        let found = made(&map_of(geometry, |p| u8::from(distance(p) < RADIUS)));
        let [surface] = found.list.as_slice() else { panic!("one label is drawn") };
        let [volume, area] = volume_and_area(surface);
        let sphere = [RADIUS.powi(3) * 4.0 / 3.0, 4.0 * RADIUS.powi(2)].map(|x| x * std::f64::consts::PI);
        assert!((volume / sphere[0] - 1.0).abs() < VOLUME, "{geometry:?}: {volume}");
        assert!((area / sphere[1] - 1.0).abs() < AREA, "{geometry:?}: {area}");
        for (point, normal) in surface.points.iter().zip(&surface.normals) {
            let point = point.map(f64::from);
            let outwards = (0..3).map(|x| f64::from(normal[x]) * (point[x] - centre[x])).sum::<f64>() / distance(point);
            // Half a voxel's diagonal is the most that a surface can be off; 26 degrees are where a light would show it.
            assert!((distance(point) - RADIUS).abs() < 2.7 && outwards > 0.9, "{geometry:?}: {point:?} {outwards}");
        }
        let walked = edges(surface);
        assert!(walked.iter().all(|([a, b], n)| *n == 1 && walked.get(&[*b, *a]) == Some(&1)), "every edge twice");
        assert!(
            (f64::from(found.radius) - RADIUS).abs() < 2.0
                && (0..3).all(|x| (f64::from(found.centre[x]) - centre[x]).abs() < 1.5)
        );
    }
}

#[test]
fn a_vessel_of_one_voxel_stays_whole() {
    let geometry = Geometry::axial([80, 80, 60], [0.0; 3], [0.6, 0.6, 0.7]).unwrap();
    let mut bits = ndarray::Array3::zeros(geometry.shape());
    for n in 5..55usize {
        let at = (n, 10 + n, 70 - n);
        bits[at] = Label::Vessel.bit();
        bits[(n, at.1 + 1, at.2)] = Label::Vessel.bit();
        bits[(n, at.1 + 1, at.2 - 1)] = Label::Vessel.bit();
    }
    let found = made(&LabelMap::from_bits(geometry, bits).unwrap());
    let [vessel] = found.list.as_slice() else { panic!("one label is drawn") };
    assert!(vessel.cell_mm.iter().all(|side| *side > 1.0), "cells are coarser than the vessel: {:?}", vessel.cell_mm);
    // One part: what can be reached from its first vertex.
    let mut reached = vec![false; vessel.points.len()];
    reached[0] = true;
    for _ in 0..vessel.points.len() {
        let before = reached.iter().filter(|reached| **reached).count();
        for triangle in &vessel.triangles {
            let any = triangle.iter().any(|n| reached[*n as usize]);
            triangle.iter().for_each(|n| reached[*n as usize] |= any);
        }
        if before == reached.iter().filter(|reached| **reached).count() {
            break;
        }
    }
    assert!(reached.iter().all(|reached| *reached), "it hangs together");
    let long =
        vessel.points.iter().map(|p| p[2]).fold(0.0, f32::max) - vessel.points.iter().map(|p| p[2]).fold(1e3, f32::min);
    // 50 voxels of 0.7 mm, and no more than a cell lost or won at either end.
    assert!((long - 35.0).abs() < 2.5, "{long}");
    let [volume, _] = volume_and_area(vessel);
    assert!(volume > 0.5 * 150.0 * geometry.voxel_volume_mm3(), "it has not shrunk to a line: {volume}");
}

#[test]
fn scattered_voxels_stay_within_the_number_of_triangles() {
    let geometry = Geometry::axial([120, 120, 40], [0.0; 3], [1.5, 1.5, 2.0]).unwrap();
    let everything = Label::ALL.iter().fold(0, |bits, label| bits | label.bit());
    let mut n = 0usize;
    let found = made(&map_of(geometry, |_| {
        n += 1;
        if n * 7919 % 11 < 3 { everything } else { 0 }
    }));
    assert_eq!(found.list.len(), 4);
    assert!(found.n_triangles() <= MOST_TRIANGLES, "{}", found.n_triangles());
}

#[test]
fn what_reaches_the_edge_of_the_image_is_closed_there_and_nothing_is_made_of_nothing() {
    let geometry = Geometry::axial([20, 20, 6], [0.0; 3], [4.0, 4.0, 5.0]).unwrap();
    let found = made(&map_of(geometry, |_| Label::Liver.bit()));
    let [volume, _] = volume_and_area(&found.list[0]);
    // A block of 80 x 80 x 30 mm loses its sharp edges, and is given the volume back.
    assert!((volume / 192_000.0 - 1.0).abs() < 0.02, "{volume}");
    assert!(edges(&found.list[0]).iter().all(|(_, n)| *n == 1));
    assert_eq!(made(&LabelMap::empty(geometry)), Surfaces::default());
    let cancelled = Progress::new();
    cancelled.cancel();
    assert_eq!(surfaces(&map_of(geometry, |_| 1), &cancelled), Err(Cancelled));
}

proptest! {
    #[test]
    fn any_drawing_has_a_closed_surface(voxels in prop::collection::vec(0u8..3, 6 * 5 * 4)) {
        let geometry = Geometry::axial([6, 5, 4], [0.0; 3], [1.0, 1.3, 2.0]).unwrap();
        let bits = ndarray::Array3::from_shape_vec(geometry.shape(), voxels.iter().map(|n| n / 2).collect()).unwrap();
        for surface in made(&LabelMap::from_bits(geometry, bits).unwrap()).list {
            let walked = edges(&surface);
            // Where parts touch in an edge it is walked twice each way.
            prop_assert!(walked.iter().all(|([a, b], n)| walked.get(&[*b, *a]) == Some(n)));
            prop_assert!(surface.points.iter().flatten().chain(surface.normals.iter().flatten()).all(|x| x.is_finite()));
        }
    }
}
