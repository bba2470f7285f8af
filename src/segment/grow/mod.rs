//! From a stroke or two within the liver to a proposal for the whole organ.
//!
//! It works on a grid of about 2.5 mm, where it (1) smooths the image up to its edges, (2) learns the organ's attenuation around the
//! first stroke, (3) parts what looks alike into basins at its necks and joins those that are of the organ, (4) adds the vessels and
//! lesions within, (5) settles the surface between the means on both sides of it, and (6) finds the surface again between the
//! image's own voxels. It deliberately knows no anatomy and was trained on nothing: what it cannot tell, a further stroke says.

mod basins;
mod between;
mod corrections;
mod distance;
mod field;
mod fill;
mod hints;
mod lattice;
mod likeness;
mod organ;
mod pockets;
mod quality;
mod smooth;
mod surface;
mod tissue;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub use hints::{Hints, Stroke};
use lattice::{Block, Lattice};
use likeness::Likeness;
use organ::{Marks, Near};
use tissue::Tissue;

use crate::base::{Cancelled, Progress};
use crate::volume::{GridMismatch, Mask, Volume};

/// HU that liver can have, fatty or at the height of contrast; the first stroke must lie on some.
const LIVER_HU: [f64; 2] = [-40.0, 260.0];
/// Below it is air or lung, where no stroke says that liver is; what lies deep in a lesion may have any HU above.
const AIR_HU: f64 = -300.0;
/// What is looked at around strokes, in mm: no liver is wider or longer than this.
const REACH_MM: f32 = 280.0;
/// How far from the mean around the first stroke soft tissue may lie, in HU, when the block to work on is sought.
const REACH_HU: f32 = 45.0;
/// Stages of a proposal.
const STAGES: usize = 4;
/// Voxels around the tissue that are looked at as well.
const MARGIN: usize = 6;

/// Why no organ can be proposed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GrowError {
    /// Nothing to begin from.
    #[error("no stroke lies in the liver; draw one there first")]
    NoSeed,
    /// A stroke misses the image.
    #[error(
        "the point ({:.1}, {:.1}, {:.1}) mm (LPS) lies outside the image; give one in the liver", .0[0], .0[1], .0[2]
    )]
    Outside([f64; 3]),
    /// The first stroke lies on what is no liver.
    #[error("the stroke in the liver lies on {0:.0} HU, which is {1}; put it on liver tissue, between -40 and 260 HU")]
    NotTissue(f64, &'static str),
    /// A place was said to be both.
    #[error("strokes of liver and of background overlap at ({:.1}, {:.1}, {:.1}) mm (LPS); leave one out", .0[0], .0[1], .0[2])]
    Contradiction([f64; 3]),
    /// The grid is of another shape than the image.
    #[error(transparent)]
    Grid(#[from] GridMismatch),
    /// Nobody wants the answer any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// An image made ready for proposals; hold it while strokes are added.
pub struct Grower {
    volume: Arc<Volume>,
    lattice: Lattice,
    values: Vec<f32>,
    kept: Mutex<Option<Arc<Start>>>,
}

impl Grower {
    /// Reduces the image to the working grid and smooths it: the longer part of the work, needed once per image.
    pub fn prepare(volume: Arc<Volume>, progress: &Progress) -> Result<Self, Cancelled> {
        let geometry = volume.geometry();
        let lattice = Lattice::of(geometry.size(), geometry.spacing_mm());
        let values = lattice::reduce(&volume, &lattice, progress)?;
        let values = smooth::diffuse(values, &lattice, progress)?;
        Ok(Self { volume, lattice, values, kept: Mutex::default() })
    }

    /// The organ that the strokes lie in, on the image's grid. Voxels under a liver stroke are in it, under a background stroke
    /// are not. The same strokes give the same voxels.
    pub fn propose(&self, hints: &Hints, progress: &Progress) -> Result<Mask, GrowError> {
        let geometry = self.volume.geometry();
        let strokes = self.read(hints)?;
        progress.begin("growing", STAGES);
        let start = self.start(&strokes.liver[0], progress)?;
        let Start { block, lattice, values, likeness, .. } = &*start;
        let liver = self.within(&self.working(&strokes.liver.concat()), *block);
        let background = self.within(&self.working(&strokes.background.concat()), *block);
        progress.check()?;
        let joined = organ::join(likeness, lattice, &liver, &background);
        let near = Near::of(likeness, values, lattice, &joined, &liver, corrections::REACH_MOST_MM);
        progress.check()?;
        let mut organ = near.organ(&joined);
        progress.advance(1);
        let block = block.part(near.block);
        let Near { lattice, values, likeness, .. } = near;
        let working =
            |strokes: &[Vec<[usize; 3]>]| strokes.iter().map(|s| self.within(&self.working(s), block)).collect();
        let marks = Marks { liver: working(&strokes.liver), background: working(&strokes.background) };
        corrections::apply(&mut organ, &values, &lattice, &likeness, &marks);
        progress.advance(1);
        let surface = surface::settle(&mut organ, &values, &lattice, progress)?;
        progress.advance(1);
        let mut inside = surface::refine(&surface, &lattice, block.low, &self.lattice, &self.volume, progress)?;
        progress.advance(1);
        for (strokes, value) in [(&strokes.liver, true), (&strokes.background, false)] {
            for &[i, j, k] in strokes.iter().flatten() {
                inside[[k, j, i]] = value;
            }
        }
        progress.advance(1);
        Ok(Mask::new(*geometry, inside)?)
    }

    /// The voxels under all strokes, or why they make no sense.
    fn read(&self, hints: &Hints) -> Result<Voxels, GrowError> {
        let geometry = self.volume.geometry();
        let voxels = |strokes: &[Stroke]| -> Result<Vec<Vec<[usize; 3]>>, GrowError> {
            strokes
                .iter()
                .map(|stroke| {
                    let voxels = stroke.voxels(geometry);
                    let nowhere = GrowError::Outside(stroke.points.first().copied().unwrap_or_default());
                    if voxels.is_empty() { Err(nowhere) } else { Ok(voxels) }
                })
                .collect()
        };
        let (liver, background) = (voxels(&hints.liver)?, voxels(&hints.background)?);
        let first = liver.first().ok_or(GrowError::NoSeed)?;
        let hu = self.median(first);
        if !(LIVER_HU[0]..=LIVER_HU[1]).contains(&hu) {
            return Err(GrowError::NotTissue(hu, name_of(hu)));
        }
        for stroke in liver.iter().skip(1) {
            let hu = self.median(stroke);
            if hu < AIR_HU {
                return Err(GrowError::NotTissue(hu, name_of(hu)));
            }
        }
        let outside: BTreeSet<&[usize; 3]> = background.iter().flatten().collect();
        if let Some(both) = liver.iter().flatten().find(|voxel| outside.contains(voxel)) {
            return Err(GrowError::Contradiction(geometry.patient_from_voxel(both.map(|x| x as f64))));
        }
        Ok(Voxels { liver, background })
    }

    /// Median HU of the image's own voxels.
    fn median(&self, voxels: &[[usize; 3]]) -> f64 {
        let mut values: Vec<f64> = voxels.iter().map(|&[i, j, k]| self.volume.voxels().at((k, j, i))).collect();
        let middle = values.len() / 2;
        if values.is_empty() { f64::NAN } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
    }

    /// What the first stroke says; kept, since further strokes do not change it.
    fn start(&self, first: &[[usize; 3]], progress: &Progress) -> Result<Arc<Start>, GrowError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(start) = kept.filter(|start| start.first == first) {
            return Ok(start);
        }
        let places = self.working(first);
        let tissue = Tissue::around(&self.values, &self.lattice, &places)
            .ok_or_else(|| GrowError::NotTissue(self.median(first), "no soft tissue"))?;
        let block = self.reach(&places, tissue);
        progress.check()?;
        let lattice = self.lattice.cut(block);
        let values = self.lattice.copy(&self.values, block);
        let likeness = Likeness::learn(&values, &lattice, tissue, &self.within(&places, block), progress)?;
        let start = Arc::new(Start { first: first.to_vec(), block, lattice, values, likeness });
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(start.clone());
        Ok(start)
    }

    /// The working voxels under a stroke.
    fn working(&self, stroke: &[[usize; 3]]) -> Vec<usize> {
        let size = self.volume.geometry().size();
        let n = self.lattice.n;
        let place = |voxel: &[usize; 3]| {
            let at = |a: usize| ((voxel[a] * 2 + 1) * n[a] / (2 * size[a])).min(n[a] - 1);
            self.lattice.at([at(0), at(1), at(2)])
        };
        let mut places: Vec<usize> = stroke.iter().map(place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The block that tissue connected with the strokes fills, with a margin.
    fn reach(&self, first: &[usize], tissue: Tissue) -> Block {
        let lattice = &self.lattice;
        let mut near = Block { low: lattice.n, high: [0; 3] };
        for &at in first {
            for (a, x) in lattice.voxel(at).into_iter().enumerate() {
                let reach = (REACH_MM / lattice.side_mm[a]) as usize;
                near.low[a] = near.low[a].min(x.saturating_sub(reach));
                near.high[a] = near.high[a].max((x + reach + 1).min(lattice.n[a]));
            }
        }
        let within = |voxel: [usize; 3]| (0..3).all(|a| near.low[a] <= voxel[a] && voxel[a] < near.high[a]);
        let alike = |at: usize| (self.values[at] - tissue.mean).abs() <= REACH_HU && within(lattice.voxel(at));
        let mut starts = first.to_vec();
        starts.extend(starts.clone().into_iter().flat_map(|at| {
            let mut around = Vec::new();
            lattice.neighbours(at, |other, _| around.push(other));
            around
        }));
        let reached = fill::flood(lattice, alike, &starts);
        let mut block = Block { low: lattice.n, high: [0; 3] };
        let mut add = |at: usize| {
            for (a, x) in lattice.voxel(at).into_iter().enumerate() {
                block.low[a] = block.low[a].min(x.saturating_sub(MARGIN));
                block.high[a] = block.high[a].max((x + MARGIN + 1).min(lattice.n[a]));
            }
        };
        reached.iter().enumerate().filter(|(_, reached)| **reached).for_each(|(at, _)| add(at));
        first.iter().for_each(|&at| add(at));
        block
    }

    /// Places as positions within a block; those outside it are left out.
    fn within(&self, places: &[usize], block: Block) -> Vec<usize> {
        let cut = self.lattice.cut(block);
        let voxels = places.iter().map(|&at| self.lattice.voxel(at));
        let inside = voxels.filter(|v| (0..3).all(|a| block.low[a] <= v[a] && v[a] < block.high[a]));
        inside.map(|v| cut.at(std::array::from_fn(|a| v[a] - block.low[a]))).collect()
    }
}

/// What follows from the first stroke alone, on the block that its tissue fills.
struct Start {
    first: Vec<[usize; 3]>,
    block: Block,
    lattice: Lattice,
    values: Vec<f32>,
    likeness: Arc<Likeness>,
}

/// The image voxels under each stroke.
struct Voxels {
    liver: Vec<Vec<[usize; 3]>>,
    background: Vec<Vec<[usize; 3]>>,
}

/// What has that many HU.
fn name_of(hu: f64) -> &'static str {
    match hu {
        hu if hu < AIR_HU => "air or lung",
        hu if hu < LIVER_HU[0] => "fat",
        _ => "bone, contrast agent or metal",
    }
}

#[cfg(test)]
mod tests;
