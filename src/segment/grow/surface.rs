//! Where exactly the organ ends: its surface on the working grid, then on the image's own.

use ndarray::Array3;
use rayon::prelude::*;

use super::lattice::{Lattice, read_row};
use super::organ::Organ;
use super::smooth::gaussian;
use crate::base::{Cancelled, Progress};
use crate::volume::Volume;

/// Standard deviation of the surface's smoothing in mm.
const SURFACE_MM: f32 = 2.5;
/// Standard deviation in mm of the surroundings in which the means inside and outside are taken.
const LOCAL_MM: f32 = 6.0;
/// How much of a half the image may add to what smoothness says, or take from it.
const WEIGHT: f32 = 0.38;
/// Rounds of threshold dynamics.
const ROUNDS: usize = 4;
/// How far the surface may move from where the region ended, in mm.
const MOST_MOVE_MM: f32 = 6.0;
/// Differences of the local means are held to be at least this, in HU: below it the image says little.
const LEAST_CONTRAST_HU: f32 = 12.0;

/// The surface as fields on the working grid: a voxel is inside where `level` plus what the image says exceeds a half.
pub(super) struct Surface {
    level: Vec<f32>,
    inner: Vec<f32>,
    outer: Vec<f32>,
}

/// -1 to 1: whether a value is the outside's or the inside's.
fn says(value: f32, inner: f32, outer: f32) -> f32 {
    let contrast = (inner - outer).abs().max(LEAST_CONTRAST_HU);
    (((value - outer).abs() - (value - inner).abs()) / contrast).clamp(-1.0, 1.0)
}

/// Local Chan-Vese (Lankton and Tannenbaum, IEEE Trans Image Process 2008;17:2029) by threshold dynamics (Esedoglu and Tsai, J Comput
/// Phys 2006;211:367): the region becomes { G * region + w s > 1/2 }, s from the means inside and outside nearby.
pub(super) fn settle(
    organ: &mut Organ,
    values: &[f32],
    lattice: &Lattice,
    progress: &Progress,
) -> Result<Surface, Cancelled> {
    let start: Vec<f32> = as_numbers(&organ.region);
    let near = gaussian(&start, lattice, MOST_MOVE_MM / 2.0);
    let mut surface = fields(&organ.region, values, lattice);
    for _ in 0..ROUNDS {
        progress.check()?;
        let Organ { region, barred, .. } = &mut *organ;
        region.par_iter_mut().enumerate().for_each(|(at, inside)| {
            let level = surface.level[at];
            *inside = if barred[at] || near[at] < 0.02 {
                false
            } else if near[at] > 0.98 {
                true
            } else {
                level + WEIGHT * says(values[at], surface.inner[at], surface.outer[at]) > 0.5
            };
        });
        surface = fields(&organ.region, values, lattice);
    }
    Ok(surface)
}

fn as_numbers(region: &[bool]) -> Vec<f32> {
    region.iter().map(|inside| f32::from(u8::from(*inside))).collect()
}

fn fields(region: &[bool], values: &[f32], lattice: &Lattice) -> Surface {
    let inside = as_numbers(region);
    let level = gaussian(&inside, lattice, SURFACE_MM);
    let weight = gaussian(&inside, lattice, LOCAL_MM);
    let product: Vec<f32> = inside.iter().zip(values).map(|(i, v)| i * v).collect();
    let inner = gaussian(&product, lattice, LOCAL_MM);
    let all = gaussian(values, lattice, LOCAL_MM);
    let outer = (0..values.len()).map(|at| (all[at] - inner[at]) / (1.0 - weight[at]).max(1e-3)).collect();
    let inner = (0..values.len()).map(|at| inner[at] / weight[at].max(1e-3)).collect();
    Surface { level, inner, outer }
}

/// The surface on the image's own grid. `low` is the first working voxel of the block that the fields cover, `whole` the whole
/// working grid.
pub(super) fn refine(
    surface: &Surface,
    lattice: &Lattice,
    low: [usize; 3],
    whole: &Lattice,
    volume: &Volume,
    progress: &Progress,
) -> Result<Array3<bool>, Cancelled> {
    let (slices, rows, columns) = volume.voxels().shape();
    let place = |a: usize, size: usize| -> Vec<Option<(usize, f32)>> {
        (0..size).map(|index| place_of(index, size, whole.n[a], low[a], lattice.n[a])).collect()
    };
    let (x, y, z) = (place(0, columns), place(1, rows), place(2, slices));
    let mut out = Array3::from_elem((slices, rows, columns), false);
    let planes: Vec<_> = out.outer_iter_mut().zip(&z).enumerate().collect();
    planes.into_par_iter().try_for_each(|(k, (mut plane, z))| {
        progress.check()?;
        let Some(z) = z else { return Ok(()) };
        let fields = [&surface.level, &surface.inner, &surface.outer].map(|field| between_slices(field, lattice, *z));
        let mut lines: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; columns]);
        for (j, y) in y.iter().enumerate() {
            let Some(y) = y else { continue };
            let across = |field: &[f32], at: usize| {
                let from = &field[y.0 * lattice.n[0]..];
                let next = if y.0 + 1 < lattice.n[1] { lattice.n[0] } else { 0 };
                from[at] * (1.0 - y.1) + from[at + next] * y.1
            };
            let sample = |field: &[f32], (i, part): (usize, f32)| {
                let next = (i + 1).min(lattice.n[0] - 1);
                across(field, i) * (1.0 - part) + across(field, next) * part
            };
            let mut read = false;
            for (i, x) in x.iter().enumerate() {
                let Some(x) = *x else { continue };
                let level = sample(&fields[0], x);
                if level <= 0.5 - WEIGHT || level >= 0.5 + WEIGHT {
                    plane[[j, i]] = level > 0.5;
                    continue;
                }
                if !read {
                    read_around(volume, k, j, rows, &mut lines);
                    read = true;
                }
                let value = smoothed(&lines, i);
                plane[[j, i]] = level + WEIGHT * says(value, sample(&fields[1], x), sample(&fields[2], x)) > 0.5;
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// Rows above, at and below a voxel's; at the image's border the row itself.
fn read_around(volume: &Volume, slice: usize, row: usize, rows: usize, lines: &mut [Vec<f32>; 3]) {
    let [above, here, below] = lines;
    read_row(volume, slice, row.saturating_sub(1), above);
    read_row(volume, slice, row, here);
    read_row(volume, slice, (row + 1).min(rows - 1), below);
}

/// Binomial mean of 3 x 3 pixels.
fn smoothed(lines: &[Vec<f32>; 3], i: usize) -> f32 {
    let (left, right) = (i.saturating_sub(1), (i + 1).min(lines[1].len() - 1));
    let row = |line: &[f32]| line[left] + 2.0 * line[i] + line[right];
    (row(&lines[0]) + 2.0 * row(&lines[1]) + row(&lines[2])) / 16.0
}

/// Where an image index lies between the working voxels of a block: the lower one and the part of the way to the next.
fn place_of(index: usize, size: usize, n: usize, low: usize, block: usize) -> Option<(usize, f32)> {
    let at = (index as f64 + 0.5) * n as f64 / size as f64 - 0.5 - low as f64;
    if at < -0.5 || at > block as f64 - 0.5 {
        return None;
    }
    let at = at.clamp(0.0, (block - 1) as f64);
    let lower = at.floor();
    Some((lower as usize, (at - lower) as f32))
}

/// One plane of a field between two working slices.
fn between_slices(field: &[f32], lattice: &Lattice, (k, part): (usize, f32)) -> Vec<f32> {
    let plane = lattice.n[0] * lattice.n[1];
    let next = (k + 1).min(lattice.n[2] - 1);
    let (a, b) = (&field[k * plane..(k + 1) * plane], &field[next * plane..(next + 1) * plane]);
    a.iter().zip(b).map(|(a, b)| a * (1.0 - part) + b * part).collect()
}
