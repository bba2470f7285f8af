//! What the organ's tissue looks like, learned from the first stroke: how far its attenuation spreads, and how it drifts.
//!
//! No single tolerance serves all images: a smooth liver beside muscle of nearly its attenuation needs a narrow one, a liver with
//! beam hardening a wide one. So it climbs a ladder of tolerances, each rung beginning with what the one below found, and keeps the
//! rung whose region looks most like an organ (see `quality`).

use std::sync::Arc;

use rayon::prelude::*;

use super::basins::Basins;
use super::distance::distances;
use super::field::Field;
use super::fill;
use super::lattice::Lattice;
use super::organ::{LEAST_DEPTH_MM, join};
use super::quality::quality;
use super::smooth::noise;
use super::tissue::{Tissue, median};
use crate::base::{Cancelled, Progress};

/// Spreads that are tried, in HU.
const LADDER_HU: [f32; 6] = [3.0, 4.0, 5.5, 7.5, 10.0, 13.0];
/// The spread that the first round begins with, in HU, is the strokes' surroundings' within these bounds.
const FIRST_HU: [f32; 2] = [3.0, 6.0];
/// Tissue is what lies within this many spreads of the mean.
const BAND: f32 = 2.75;
/// Where the image rises or falls by more than this, in HU per mm, runs an edge, whatever lies on both sides; with noise it takes
/// this many deviations of it per voxel.
const EDGE_HU_PER_MM: f32 = 2.5;
const EDGE_DEVIATIONS: f32 = 1.5;
/// Basins whose means lie more than this many spreads apart are not one.
const SAME_BASIN_SPREADS: f32 = 0.7;
/// The ladder ends where quality has fallen to this part of the best.
const WORSE: f32 = 0.7;

/// What the first stroke says, and further strokes do not change.
pub(super) struct Likeness {
    /// Mean of the organ at each voxel, and the spread about it.
    pub mean: Vec<f32>,
    pub spread: f32,
    /// Which voxels look like it.
    pub alike: Vec<bool>,
    /// The parts that these fall into; their values are offsets from the mean.
    pub basins: Basins,
}

impl Likeness {
    /// Learns from the tissue around the first stroke, and then from what that led to.
    pub fn learn(
        values: &[f32],
        lattice: &Lattice,
        tissue: Tissue,
        first: &[usize],
        progress: &Progress,
    ) -> Result<Arc<Self>, Cancelled> {
        let edges = edges(values, lattice);
        let spread = tissue.spread.clamp(FIRST_HU[0], FIRST_HU[1]);
        let mut current = Arc::new(Self::of(values, lattice, &edges, &Field::constant(tissue.mean), spread));
        let mut best: Option<(f32, Arc<Self>)> = None;
        for spread in LADDER_HU {
            progress.check()?;
            let core = current.core(lattice, first);
            let mut own: Vec<f32> = (0..values.len()).filter(|&at| core[at]).map(|at| values[at]).collect();
            let Some(overall) = median(&mut own) else { continue };
            let field = Field::of(values, lattice, &core, overall);
            let next = Self::of(values, lattice, &edges, &field, spread);
            let mut region = next.region(lattice, first);
            fill::enclosed(&mut region, lattice);
            let quality = quality(&region, values, lattice);
            let most = best.as_ref().map_or(0.0, |(most, _)| *most);
            if quality < WORSE * most {
                break;
            }
            current = Arc::new(next);
            if quality > most {
                best = Some((quality, current.clone()));
            }
        }
        Ok(best.map_or(current, |(_, kept)| kept))
    }

    fn of(values: &[f32], lattice: &Lattice, edges: &[bool], field: &Field, spread: f32) -> Self {
        let mean = field.spread_over(lattice);
        let alike: Vec<bool> =
            values.par_iter().zip(&mean).map(|(v, mean)| (v - mean).abs() <= BAND * spread).collect();
        let depth = distances(lattice, |at| !alike[at] || edges[at]);
        let offsets: Vec<f32> = values.iter().zip(&mean).map(|(v, mean)| v - mean).collect();
        let basins = Basins::of(lattice, &depth, &offsets, LEAST_DEPTH_MM, SAME_BASIN_SPREADS * spread);
        Self { mean, spread, alike, basins }
    }

    /// The basins that the first stroke leads to.
    fn core(&self, lattice: &Lattice, first: &[usize]) -> Vec<bool> {
        let joined = join(self, lattice, first, &[]);
        self.basins.of.iter().map(|&n| n > 0 && joined[n as usize - 1]).collect()
    }

    /// These basins up to the edge of their tissue.
    fn region(&self, lattice: &Lattice, first: &[usize]) -> Vec<bool> {
        let core = self.core(lattice, first);
        let to_core = distances(lattice, |at| core[at]);
        to_core.iter().zip(&self.alike).map(|(d, alike)| *alike && *d <= LEAST_DEPTH_MM).collect()
    }
}

/// Voxels in which the image changes too fast to be within one organ: central differences.
fn edges(values: &[f32], lattice: &Lattice) -> Vec<bool> {
    let noise_per_mm = noise(values, lattice) / lattice.side_mm[0];
    let least = EDGE_HU_PER_MM.max(EDGE_DEVIATIONS * noise_per_mm);
    let strides = lattice.strides();
    let steepness = |at: usize| -> f32 {
        let voxel = lattice.voxel(at);
        let along = |a: usize| {
            let before = if voxel[a] > 0 { at - strides[a] } else { at };
            let after = if voxel[a] + 1 < lattice.n[a] { at + strides[a] } else { at };
            let steps = ((after - before) / strides[a]).max(1) as f32;
            ((values[after] - values[before]) / (steps * lattice.side_mm[a])).powi(2)
        };
        (0..3).map(along).sum()
    };
    (0..values.len()).into_par_iter().map(|at| steepness(at) > least * least).collect()
}
