//! How much a region looks like an organ: compact, and ending at edges.

use rayon::prelude::*;

use super::lattice::Lattice;

/// What counts as an edge: the image differs by this many HU between the voxels next to those on both sides of the surface.
const EDGE_HU: f32 = 15.0;

/// The part of the surface that runs along edges, times compactness, (36 pi V^2)^(1/3) / A. A region that stops within an organ has
/// few edges; one that leaked is ragged. Surfaces are counted in voxel faces, of which a smooth one has 3/2 of its area. The
/// grid's border is no surface: what an image shows of an organ may be a few slices.
pub(super) fn quality(region: &[bool], values: &[f32], lattice: &Lattice) -> f32 {
    let side = lattice.side_mm.map(f64::from);
    let strides = lattice.strides();
    let slice = strides[2];
    let sums: Vec<[f64; 3]> = (0..lattice.n[2])
        .into_par_iter()
        .map(|k| {
            let [mut volume, mut area, mut edge] = [0.0f64; 3];
            for at in (k * slice..(k + 1) * slice).filter(|&at| region[at]) {
                volume += side[0] * side[1] * side[2];
                lattice.neighbours(at, |other, axis| {
                    if !region[other] {
                        let face = side[(axis + 1) % 3] * side[(axis + 2) % 3];
                        area += face;
                        let (inner, outer) = (beyond(lattice, other, at, axis), beyond(lattice, at, other, axis));
                        edge += if (values[inner] - values[outer]).abs() > EDGE_HU { face } else { 0.0 };
                    }
                });
            }
            [volume, area, edge]
        })
        .collect();
    let [volume, area, edge] = [0, 1, 2].map(|n| sums.iter().map(|sum| sum[n]).sum::<f64>());
    if area == 0.0 {
        return 0.0;
    }
    let compactness = (36.0 * std::f64::consts::PI * volume * volume).cbrt() / (area / 1.5);
    (edge / area * compactness) as f32
}

/// The voxel one step beyond `to` as seen from its neighbour `from`, or `to` at the grid's border.
fn beyond(lattice: &Lattice, from: usize, to: usize, axis: usize) -> usize {
    let (stride, index) = (lattice.strides()[axis], lattice.voxel(to)[axis]);
    if to > from {
        if index + 1 < lattice.n[axis] { to + stride } else { to }
    } else if index > 0 {
        to - stride
    } else {
        to
    }
}
