//! Branching vessels: portal and hepatic veins within the liver, and the larger arteries and veins around it.
//!
//! Trees grow from a given trunk by halving: daughters follow Murray's law (PNAS 1926, doi 10.1073/pnas.12.3.207), the sum of
//! their radii's cubes being the parent's, and turn towards whichever of a few random directions leads deepest into the liver.

use super::shape::{Point, add, dot, unit};
use super::tissue::{self as t, Tissue};
use super::viscera::Liver;
use crate::base::Stream;

/// Vessels at least this wide are main vessels, which the protocol leaves out of the VOI; thinner ones remain in it.
const MAIN_RADIUS_MM: f64 = 2.2;
/// Vessels thinner than this are below what the scanner resolves and belong to the parenchyma's texture.
const THINNEST_MM: f64 = 0.75;

/// A straight piece of a vessel, in the unbent body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) from: (Point, f64),
    pub(super) to: (Point, f64),
    pub(super) tissue: Tissue,
    /// Whether the ground truth counts it as a main vessel of the liver.
    pub(super) main: bool,
}

/// All vessels of one body, in the order in which they are painted.
pub(super) fn vessels(seed: u64, liver: Liver) -> Vec<Segment> {
    let mut segments = Vec::new();
    arteries_and_renal_veins(&mut segments);
    let mut veins = Tree { liver, draw: Stream::new(seed, 11), tissue: t::HEPATIC_VEIN, segments: Vec::new() };
    for (aim, radius) in [([-120.0, 36.0, 132.0], 4.6), ([-58.0, -52.0, 128.0], 4.2), ([22.0, -52.0, 150.0], 3.8)] {
        let root = [-23.0, 20.0, 184.0];
        let to = add(root, add(aim, root, -1.0), 0.42);
        veins.stem(&[(root, radius + 0.8), (to, radius)]);
        veins.grow(to, unit(add(aim, root, -1.0)), radius * 0.92, 0);
    }
    segments.append(&mut veins.segments);
    let mut portal = Tree { liver, draw: Stream::new(seed, 12), tissue: t::PORTAL_VEIN, segments: Vec::new() };
    let hilum = [-34.0, 6.0, 118.0];
    portal.stem(&[([-4.0, 10.0, 88.0], 6.8), ([-18.0, 8.0, 102.0], 6.8), (hilum, 6.6)]);
    portal.stem(&[(hilum, 5.6), ([-62.0, 4.0, 122.0], 5.2)]);
    portal.grow([-62.0, 4.0, 122.0], unit([-0.9, -0.7, 0.5]), 4.3, 0);
    portal.grow([-62.0, 4.0, 122.0], unit([-0.9, 0.7, -0.1]), 4.3, 0);
    portal.stem(&[(hilum, 5.0), ([-26.0, -14.0, 134.0], 4.6), ([-14.0, -34.0, 142.0], 4.8)]);
    portal.grow([-14.0, -34.0, 142.0], unit([0.9, -0.3, 0.5]), 3.6, 0);
    portal.grow([-14.0, -34.0, 142.0], unit([-0.6, -0.7, 0.1]), 3.4, 0);
    segments.append(&mut portal.segments);
    // Splenic and superior mesenteric vein join behind the neck of the pancreas.
    let outside = [
        ([-4.0, 10.0, 88.0], 5.2, [36.0, 10.0, 106.0], 4.6),
        ([36.0, 10.0, 106.0], 4.6, [82.0, 30.0, 130.0], 3.6),
        ([-4.0, 10.0, 88.0], 5.6, [-6.0, 0.0, 50.0], 5.4),
        ([-6.0, 0.0, 50.0], 5.4, [2.0, -12.0, -40.0], 4.6),
    ];
    segments.extend(outside.map(|(a, ra, b, rb)| Segment {
        from: (a, ra),
        to: (b, rb),
        tissue: t::PORTAL_VEIN,
        main: false,
    }));
    segments
}

/// Coeliac trunk, hepatic, splenic, mesenteric and renal arteries, renal veins.
fn arteries_and_renal_veins(segments: &mut Vec<Segment>) {
    let pieces = [
        (t::ARTERY, [11.0, 26.0, 118.0], 3.6, [8.0, 10.0, 116.0], 3.2),
        (t::ARTERY, [8.0, 10.0, 116.0], 2.6, [-20.0, 2.0, 108.0], 2.2),
        (t::ARTERY, [-20.0, 2.0, 108.0], 2.1, [-40.0, -2.0, 120.0], 1.6),
        (t::ARTERY, [8.0, 10.0, 116.0], 2.7, [40.0, 16.0, 118.0], 2.3),
        (t::ARTERY, [40.0, 16.0, 118.0], 2.3, [84.0, 32.0, 134.0], 1.8),
        (t::ARTERY, [10.0, 24.0, 100.0], 3.4, [8.0, 8.0, 84.0], 3.2),
        (t::ARTERY, [8.0, 8.0, 84.0], 3.2, [8.0, -4.0, -40.0], 2.8),
        (t::ARTERY, [6.0, 32.0, 80.0], 2.6, [-50.0, 44.0, 68.0], 2.0),
        (t::ARTERY, [14.0, 32.0, 84.0], 2.6, [50.0, 42.0, 80.0], 2.0),
        (t::VENA_CAVA, [-24.0, 34.0, 74.0], 5.0, [-52.0, 42.0, 66.0], 3.6),
        (t::VENA_CAVA, [-22.0, 30.0, 82.0], 4.6, [10.0, 18.0, 84.0], 3.6),
        (t::VENA_CAVA, [10.0, 18.0, 84.0], 3.6, [50.0, 40.0, 80.0], 3.8),
    ];
    segments.extend(pieces.map(|(tissue, a, ra, b, rb)| Segment { from: (a, ra), to: (b, rb), tissue, main: false }));
}

struct Tree {
    liver: Liver,
    draw: Stream,
    tissue: Tissue,
    segments: Vec<Segment>,
}

impl Tree {
    fn stem(&mut self, path: &[(Point, f64)]) {
        for pair in path.windows(2) {
            self.piece(pair[0], pair[1]);
        }
    }

    fn piece(&mut self, from: (Point, f64), to: (Point, f64)) {
        let main = from.1.min(to.1) >= MAIN_RADIUS_MM;
        self.segments.push(Segment { from, to, tissue: self.tissue, main });
    }

    /// Grows one branch in three bent pieces, then its two daughters, until they are too thin or the liver ends.
    fn grow(&mut self, from: Point, direction: Point, radius: f64, generation: u32) {
        if radius < THINNEST_MM || generation > 7 {
            return;
        }
        let length = radius * self.draw.between(4.2, 6.4) + 3.0;
        let mut at = from;
        let mut heading = direction;
        for piece in 0..3 {
            heading = self.turned(at, heading, 0.28, length / 3.0);
            let to = add(at, heading, length / 3.0);
            if self.liver.distance_at(to) > -2.0 - radius {
                return;
            }
            let taper = |step: i32| radius * (1.0 - 0.04 * f64::from(step));
            self.piece((at, taper(piece)), (to, taper(piece + 1)));
            at = to;
        }
        // r^3 = a^3 + b^3 with a share of the flow between a third and two thirds.
        let share = self.draw.between(0.34, 0.66);
        for share in [share, 1.0 - share] {
            let heading = self.turned(at, heading, 0.85, 14.0);
            self.grow(at, heading, radius * share.cbrt() * 0.95, generation + 1);
        }
    }

    /// Of a few directions off the heading, the one with most liver ahead of it.
    fn turned(&mut self, at: Point, heading: Point, spread: f64, ahead_mm: f64) -> Point {
        let mut best = heading;
        let mut least = f64::INFINITY;
        for _ in 0..4 {
            let off: Point = std::array::from_fn(|_| self.draw.between(-1.0, 1.0));
            let across = add(off, heading, -dot(off, heading));
            let candidate = unit(add(heading, unit(across), spread * self.draw.between(0.4, 1.2)));
            let depth = self.liver.distance_at(add(at, candidate, ahead_mm)).max(-16.0);
            if depth < least {
                (least, best) = (depth, candidate);
            }
        }
        best
    }
}
