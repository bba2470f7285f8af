//! One simulated body: its layers, its vessels and the texture of its liver.

use super::PhantomSpec;
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
    /// The body of a spec's seed, with its parenchyma and its variation.
    pub(super) fn new(spec: &PhantomSpec) -> Self {
        let frame = Frame::new(spec.seed);
        let liver = Liver::new(frame);
        let mut layers = wall_and_chest(frame);
        layers.extend(skeleton(frame));
        layers.extend(organs(frame, liver));
        let mut vessels = vessels(spec.seed, liver);
        spec.variation.apply(&mut layers, &mut vessels);
        Self { frame, layers, vessels, textures: Textures::new(spec) }
    }
}
