//! One simulated body: its layers, its vessels and the texture of its liver.

use super::frame::Frame;
use super::layer::Layer;
use super::random::noise_mm;
use super::shape::Point;
use super::trunk::{skeleton, wall_and_chest};
use super::vessels::{Segment, vessels};
use super::viscera::{Liver, organs};

/// Standard deviation in HU, at the portal venous phase, of the parenchyma's own texture without and with full heterogeneity.
const QUIET_HU: f64 = 2.0;
const HETEROGENEOUS_HU: f64 = 14.0;
/// Scales of the texture in mm, coarse to fine, each with its share; the squares sum to 1.
const SCALES: [(f64, f64); 4] = [(26.0, 0.5), (13.0, 0.6), (6.5, 0.5), (3.2, 0.374)];
/// Standard deviation of the value noise, found over many points: it is far from 1 because values are averaged between nodes.
const NOISE_DEVIATION: f64 = 0.31;
/// How much of the texture shows in each phase: it comes from uneven perfusion, so that little shows before contrast.
const VISIBLE: [f32; 3] = [0.35, 0.6, 1.0];

/// Everything that is painted.
pub(super) struct Anatomy {
    pub(super) seed: u64,
    pub(super) frame: Frame,
    pub(super) layers: Vec<Layer>,
    pub(super) vessels: Vec<Segment>,
    texture_hu: f64,
}

impl Anatomy {
    /// The body of a seed; `heterogeneity` is that of its parenchyma, 0 to 1.
    pub(super) fn new(seed: u64, heterogeneity: f64) -> Self {
        let frame = Frame::new(seed);
        let liver = Liver::new(frame);
        let mut layers = wall_and_chest(frame);
        layers.extend(skeleton(frame));
        layers.extend(organs(frame, liver));
        let texture_hu = QUIET_HU.hypot(HETEROGENEOUS_HU * heterogeneity);
        Self { seed, frame, layers, vessels: vessels(seed, liver), texture_hu }
    }

    /// What the parenchyma's texture adds to the liver's HU at a point of the image.
    pub(super) fn parenchyma(&self, p: Point) -> [f32; 3] {
        let sum: f64 = SCALES
            .iter()
            .enumerate()
            .map(|(octave, &(scale, share))| share * noise_mm(self.seed.wrapping_add(301 + octave as u64), p, scale))
            .sum();
        let hu = (self.texture_hu * sum / NOISE_DEVIATION) as f32;
        VISIBLE.map(|share| share * hu)
    }
}
