//! One simulated body: its layers, its vessels and the texture of its liver.

use super::frame::Frame;
use super::layer::Layer;
use super::texture::Textures;
use super::trunk::{skeleton, wall_and_chest};
use super::vessels::{Segment, vessels};
use super::viscera::{Liver, organs};

/// Everything that is painted.
pub(super) struct Anatomy {
    pub(super) frame: Frame,
    pub(super) layers: Vec<Layer>,
    pub(super) vessels: Vec<Segment>,
    pub(super) textures: Textures,
}

impl Anatomy {
    /// The body of a seed; `heterogeneity` is that of its parenchyma, 0 to 1.
    pub(super) fn new(seed: u64, heterogeneity: f64) -> Self {
        let frame = Frame::new(seed);
        let liver = Liver::new(frame);
        let mut layers = wall_and_chest(frame);
        layers.extend(skeleton(frame));
        layers.extend(organs(frame, liver));
        Self { frame, layers, vessels: vessels(seed, liver), textures: Textures::new(seed, heterogeneity) }
    }
}
