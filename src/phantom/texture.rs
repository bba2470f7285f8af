//! The texture of tissues: noise of several scales, so that no organ is flat before the scanner's own noise is added.
//!
//! The liver's parenchyma has the one that the simulated effect is about: its strength is the heterogeneity.

use super::PhantomSpec;
use super::random::Noise;
use super::shape::Point;
use super::tissue::Tissue;
use crate::base::seed_of;

/// Standard deviation in HU, at the portal venous phase, of the parenchyma's own texture without and with full heterogeneity.
const QUIET_HU: f64 = 2.0;
const HETEROGENEOUS_HU: f64 = 14.0;
/// Scales of the parenchyma's texture in mm, coarse to fine, each with its share; the squares sum to 1.
const SCALES: [(f64, f64); 4] = [(26.0, 0.5), (13.0, 0.6), (6.5, 0.5), (3.2, 0.374)];
/// Standard deviation of the noise, found over many points: it is far from 1 because values are averaged between nodes.
const NOISE_DEVIATION: f64 = 0.31;
/// How much of the texture shows in each phase: it comes from uneven perfusion, so that little shows before contrast.
const VISIBLE: [f32; 3] = [0.35, 0.6, 1.0];
/// The fine octave of the other tissues' texture, as a share of the coarse one's scale.
const FINE: f64 = 0.45;

/// Textures of one body. Noise remembers where it was asked for last, so that every thread has its own.
#[derive(Debug, Clone)]
pub(super) struct Textures {
    seed: u64,
    parenchyma_hu: f64,
    parenchyma: [Noise; 4],
    /// Coarse and fine noise of the tissue that was asked for last, and that tissue's scale.
    tissue: [Noise; 2],
    tissue_mm: f64,
}

impl Textures {
    /// Textures of the body of a spec's seed.
    pub(super) fn new(spec: &PhantomSpec) -> Self {
        let (seed, grain) = (spec.seed, spec.variation.grain);
        let parenchyma = |octave: usize| Noise::new(seed_of(seed, 301 + octave as u64), grain * SCALES[octave].0);
        Self {
            seed,
            parenchyma_hu: QUIET_HU.hypot(HETEROGENEOUS_HU * spec.heterogeneity),
            parenchyma: std::array::from_fn(parenchyma),
            tissue: octaves(seed, 1.0),
            tissue_mm: 1.0,
        }
    }

    /// What the parenchyma's texture adds to the liver's HU in each phase, at a point of the image.
    pub(super) fn parenchyma(&mut self, p: Point) -> [f32; 3] {
        let octaves = self.parenchyma.iter_mut().zip(SCALES);
        let sum: f64 = octaves.map(|(noise, (_, share))| share * noise.at(p)).sum();
        let hu = (self.parenchyma_hu * sum / NOISE_DEVIATION) as f32;
        VISIBLE.map(|share| share * hu)
    }

    /// What a tissue's texture adds to its HU in each phase.
    pub(super) fn of(&mut self, tissue: &Tissue, p: Point) -> [f32; 3] {
        if tissue.texture_hu == [0.0; 3] {
            return [0.0; 3];
        }
        if tissue.texture_mm != self.tissue_mm {
            self.tissue = octaves(self.seed, tissue.texture_mm);
            self.tissue_mm = tissue.texture_mm;
        }
        let [coarse, fine] = &mut self.tissue;
        let noise = 0.75 * coarse.at(p) + 0.5 * fine.at(p);
        tissue.texture_hu.map(|amplitude| amplitude * noise as f32)
    }
}

fn octaves(seed: u64, scale_mm: f64) -> [Noise; 2] {
    [Noise::new(seed_of(seed, 201), scale_mm), Noise::new(seed_of(seed, 202), scale_mm * FINE)]
}
