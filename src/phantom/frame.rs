//! The frame that all organs fit into: body surface, abdominal wall, cavity and diaphragm, varied with the seed.
//!
//! Every point is first displaced by low-frequency noise, the same for all organs, so that shapes are organic while
//! neighbours stay neighbours.

use super::random::noise_mm;
use super::shape::{Point, ramp};
use crate::base::{Stream, seed_of};

/// Scale and size of the displacement in mm: large enough to bend an ellipsoid, too small to tear a vessel.
const WARP_SCALE_MM: f64 = 62.0;
const WARP_MM: f64 = 8.0;

/// Size and layers of one body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) seed: u64,
    half_width: f64,
    half_depth: f64,
    fat_mm: f64,
    muscle_mm: f64,
    right_dome: f64,
    left_dome: f64,
}

/// A point of the unbent body and where it lies between skin, wall and diaphragm: measured once for all shapes, mm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) at: Point,
    pub(super) skin: f64,
    pub(super) wall: f64,
    pub(super) cavity: f64,
    pub(super) above_diaphragm: f64,
}

impl Frame {
    pub(super) fn new(seed: u64) -> Self {
        let mut draw = Stream::new(seed, 1);
        Self {
            seed,
            half_width: draw.between(154.0, 172.0),
            half_depth: draw.between(108.0, 120.0),
            fat_mm: draw.between(11.0, 21.0),
            muscle_mm: draw.between(9.0, 12.0),
            right_dome: draw.between(201.0, 211.0),
            left_dome: draw.between(190.0, 200.0),
        }
    }

    /// Where a point of the image lies in the body before it was bent.
    pub(super) fn unbent(&self, p: Point) -> Point {
        std::array::from_fn(|axis| {
            p[axis] + WARP_MM * noise_mm(seed_of(self.seed, 101 + axis as u64), p, WARP_SCALE_MM)
        })
    }

    /// A point of the unbent body with its distances.
    pub(super) fn site(&self, at: Point) -> Site {
        let skin = self.skin(at);
        let wall = skin + self.fat(at);
        Site { at, skin, wall, cavity: wall + self.muscle(at), above_diaphragm: self.above_diaphragm(at) }
    }

    /// Distance to the skin: a superellipse with a groove along the spine, slimmer at the waist.
    fn skin(&self, [x, y, z]: Point) -> f64 {
        let waist = 1.0 - 0.035 * ramp(90.0 - z, 0.0, 90.0);
        let (a, b) = (self.half_width * waist, self.half_depth * if y < 0.0 { waist } else { 0.97 });
        // |x/a|^2.5 + |y/b|^2.5 = 1, without a general power for each term.
        let term = |t: f64| t * t * t.abs().sqrt();
        let scaled = (term(x / a) + term(y / b)).powf(0.4);
        let radius = x.hypot(y);
        let distance = if scaled < 1e-6 { -b } else { radius * (1.0 - 1.0 / scaled) };
        let groove = if y > 0.0 { 7.0 * (-(x / 17.0).powi(2)).exp() } else { 0.0 };
        distance + groove
    }

    /// Thickness of the fat between the skin and the muscles of the wall.
    fn fat(&self, [x, y, z]: Point) -> f64 {
        let belly = ramp(-y, 0.0, 100.0) * ramp(110.0 - z, 0.0, 100.0);
        let flank = ramp(y, 0.0, 60.0) * ramp(x.abs(), 40.0, 110.0);
        let back = ramp(y, 60.0, 100.0) * (1.0 - ramp(x.abs(), 40.0, 80.0));
        self.fat_mm * (0.75 + 0.65 * belly + 0.45 * flank - 0.25 * back)
    }

    /// Thickness of the wall's muscles: more over the long muscles of the back.
    fn muscle(&self, [x, y, _]: Point) -> f64 {
        let back = ramp(y, 25.0, 80.0) * (-(x / 47.0).powi(2)).exp();
        let rectus = ramp(-y, 60.0, 100.0) * ramp(x.abs(), 2.0, 12.0) * (1.0 - ramp(x.abs(), 38.0, 60.0));
        self.muscle_mm * (1.0 + 0.25 * rectus) + 27.0 * back
    }

    /// Height of a point above the diaphragm, about in mm along its normal: positive in the chest.
    fn above_diaphragm(&self, [x, y, z]: Point) -> f64 {
        let dome = |top: f64, drop: f64, cx: f64, cy: f64, rx: f64, ry: f64| {
            top - drop * (((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2))
        };
        let right = dome(self.right_dome, 92.0, -72.0, -8.0, 96.0, 96.0);
        let left = dome(self.left_dome, 96.0, 76.0, 0.0, 92.0, 96.0);
        let middle = dome(self.left_dome - 6.0, 90.0, 0.0, -25.0, 70.0, 80.0);
        let highest = super::shape::join(-right, super::shape::join(-left, -middle, 12.0), 12.0);
        0.7 * (z + highest)
    }
}
