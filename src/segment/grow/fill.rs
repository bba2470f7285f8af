//! What lies within an organ but looks otherwise: vessels, tumours, cysts.

use rayon::prelude::*;

use super::distance::distances;
use super::lattice::Lattice;

/// Adds what a region encloses. In space: everything that no path leads out of; and what at least two of the three slices through a
/// voxel enclose, since a vessel's tree always leads out somewhere.
pub(super) fn enclosed(region: &mut [bool], lattice: &Lattice) {
    let votes: Vec<Vec<bool>> = (0..3).into_par_iter().map(|axis| enclosed_in_slices(region, lattice, axis)).collect();
    for (at, inside) in region.iter_mut().enumerate() {
        *inside |= votes.iter().filter(|vote| vote[at]).count() >= 2;
    }
    let outside = flood(lattice, |at| !region[at], &border(lattice));
    region.par_iter_mut().zip(&outside).for_each(|(inside, out)| *inside |= !*out);
}

/// Voxels of the grid's faces.
fn border(lattice: &Lattice) -> Vec<usize> {
    let edge = |at: &usize| {
        let voxel = lattice.voxel(*at);
        (0..3).any(|a| lattice.n[a] > 1 && (voxel[a] == 0 || voxel[a] + 1 == lattice.n[a]))
    };
    (0..lattice.count()).filter(edge).collect()
}

/// Voxels that face neighbours lead to from `starts`, all within what `is_open` says.
pub(super) fn flood(lattice: &Lattice, is_open: impl Fn(usize) -> bool, starts: &[usize]) -> Vec<bool> {
    let mut reached = vec![false; lattice.count()];
    let mut stack: Vec<usize> = Vec::new();
    for &start in starts {
        if is_open(start) && !reached[start] {
            reached[start] = true;
            stack.push(start);
        }
    }
    while let Some(at) = stack.pop() {
        lattice.neighbours(at, |other, _| {
            if !reached[other] && is_open(other) {
                reached[other] = true;
                stack.push(other);
            }
        });
    }
    reached
}

/// Voxels outside the region that it encloses within their slice normal to `axis`.
fn enclosed_in_slices(region: &[bool], lattice: &Lattice, axis: usize) -> Vec<bool> {
    let strides = lattice.strides();
    let [a, b] = [[1, 2], [0, 2], [0, 1]][axis];
    let (na, nb) = (lattice.n[a], lattice.n[b]);
    let mut enclosed = vec![false; region.len()];
    let mut open = vec![false; na * nb];
    let mut stack = Vec::new();
    for slice in 0..lattice.n[axis] {
        let at = |p: usize, q: usize| slice * strides[axis] + p * strides[a] + q * strides[b];
        open.fill(false);
        for q in 0..nb {
            for p in 0..na {
                if (p == 0 || q == 0 || p + 1 == na || q + 1 == nb) && !region[at(p, q)] {
                    open[q * na + p] = true;
                    stack.push((p, q));
                }
            }
        }
        while let Some((p, q)) = stack.pop() {
            let mut visit = |p: usize, q: usize| {
                if !open[q * na + p] && !region[at(p, q)] {
                    open[q * na + p] = true;
                    stack.push((p, q));
                }
            };
            if p > 0 {
                visit(p - 1, q);
            }
            if p + 1 < na {
                visit(p + 1, q);
            }
            if q > 0 {
                visit(p, q - 1);
            }
            if q + 1 < nb {
                visit(p, q + 1);
            }
        }
        for q in 0..nb {
            for p in 0..na {
                enclosed[at(p, q)] = !open[q * na + p] && !region[at(p, q)];
            }
        }
    }
    enclosed
}

/// Closing by a ball, kept to the voxels that `is_allowed` names. A ball's centre may lie beyond the grid's border.
pub(super) fn close(region: &mut [bool], lattice: &Lattice, radius_mm: f32, is_allowed: impl Fn(usize) -> bool + Sync) {
    let to_region = distances(lattice, |at| region[at]);
    let to_far = distances(lattice, |at| to_region[at] > radius_mm);
    region.par_iter_mut().enumerate().for_each(|(at, inside)| *inside |= to_far[at] > radius_mm && is_allowed(at));
}

/// What lies within `radius_mm` of a set of voxels.
pub(super) fn grown(set: &[bool], lattice: &Lattice, radius_mm: f32) -> Vec<bool> {
    let to_set = distances(lattice, |at| set[at]);
    to_set.into_par_iter().map(|d| d <= radius_mm).collect()
}
