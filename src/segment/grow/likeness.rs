//! What the organ's tissue looks like, learned from the first stroke: how far its attenuation spreads, and how it drifts.
//!
//! No single tolerance serves all images: a smooth liver beside muscle of nearly its attenuation needs a narrow one, a liver with
//! beam hardening a wide one. So it climbs a ladder of tolerances, each rung beginning with what the one below found, and keeps the
//! rung whose region looks most like an organ (see `quality`).

use std::sync::Arc;

use rayon::prelude::*;

use super::basins::Basins;
use super::between::bright_between;
use super::distance::distances;
use super::field::Field;
use super::lattice::{Block, Lattice};
use super::organ::{LEAST_DEPTH_MM, Near, join};
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
    /// How far within them each lies.
    pub depth_mm: Vec<f32>,
    /// The parts that these fall into; their values are offsets from the mean.
    pub basins: Basins,
    /// Whether bulky basins belong to it from which only their mean differs, and no step at the pass.
    pub goes_on: bool,
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
            let (quality, next) = next.judged(values, lattice, first);
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
        let mut alike: Vec<bool> =
            values.par_iter().zip(&mean).map(|(v, mean)| (v - mean).abs() <= BAND * spread).collect();
        // Vessels within the tissue part nothing, nor do the edges that they have with it.
        let vessels = bright_between(values, &mean, &alike, lattice);
        let mut open = vessels.clone();
        for at in (0..values.len()).filter(|&at| vessels[at]) {
            lattice.neighbours(at, |other, _| open[other] |= alike[other]);
            alike[at] = true;
        }
        let depth_mm = distances(lattice, |at| !open[at] && (!alike[at] || edges[at]));
        let offsets: Vec<f32> = values.iter().zip(&mean).map(|(v, mean)| v - mean).collect();
        let basins = Basins::of(lattice, &depth_mm, &offsets, LEAST_DEPTH_MM, SAME_BASIN_SPREADS * spread);
        Self { mean, spread, alike, depth_mm, basins, goes_on: false }
    }

    /// How much its region looks like an organ, with bulky basins that go on from it or without, whichever is better. The region is
    /// judged as it would be proposed: with its lesions it is compact, where one that stopped short of them is not.
    fn judged(mut self, values: &[f32], lattice: &Lattice, first: &[usize]) -> (f32, Self) {
        let judge = |likeness: &Self, joined: &[bool]| {
            let near = Near::of(likeness, values, lattice, joined, first, 0.0);
            quality(&near.organ(joined).region, &near.values, &near.lattice)
        };
        let strict = join(&self, lattice, first, &[]);
        let quality = judge(&self, &strict);
        self.goes_on = true;
        let joined = join(&self, lattice, first, &[]);
        let quality_on = if joined == strict { quality } else { judge(&self, &joined) };
        self.goes_on = quality_on > quality;
        (quality.max(quality_on), self)
    }

    /// The same on a block of the lattice.
    pub fn cut(&self, lattice: &Lattice, block: Block) -> Self {
        let Self { mean, spread, alike, depth_mm, basins, goes_on } = self;
        let basins =
            Basins { of: lattice.copy(&basins.of, block), list: basins.list.clone(), passes: basins.passes.clone() };
        let (mean, alike) = (lattice.copy(mean, block), lattice.copy(alike, block));
        let (spread, depth_mm, goes_on) = (*spread, lattice.copy(depth_mm, block), *goes_on);
        Self { mean, spread, alike, depth_mm, basins, goes_on }
    }

    /// The basins that the first stroke leads to.
    fn core(&self, lattice: &Lattice, first: &[usize]) -> Vec<bool> {
        let joined = join(self, lattice, first, &[]);
        self.basins.of.iter().map(|&n| n > 0 && joined[n as usize - 1]).collect()
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
