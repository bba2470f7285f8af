//! The organs of the upper abdomen, fitted into one body's frame.

use super::frame::{Frame, Site};
use super::layer::{Layer, Role, around, layer};
use super::random::noise_mm;
use super::shape::{Point, ellipsoid, join, meet, tube};
use super::tissue as t;
use crate::base::{Stream, seed_of};

/// The inferior vena cava from the pelvis to the heart: points with radius in mm.
pub(super) const VENA_CAVA: [(Point, f64); 4] = [
    ([-23.0, 38.0, -40.0], 10.5),
    ([-24.0, 35.0, 90.0], 10.5),
    ([-25.0, 31.0, 160.0], 11.5),
    ([-16.0, 4.0, 215.0], 13.0),
];

/// The aorta, before the spine and a little to the left.
const AORTA: [(Point, f64); 3] = [([9.0, 32.0, -40.0], 9.0), ([11.0, 31.0, 120.0], 10.5), ([12.0, 36.0, 260.0], 12.0)];

/// The liver of one body: distance to its surface and to that of its caudate lobe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Liver {
    frame: Frame,
    size: f64,
    tip: f64,
    left_reach: f64,
}

impl Liver {
    pub(super) fn new(frame: Frame) -> Self {
        let mut draw = Stream::new(frame.seed, 3);
        Self {
            frame,
            size: draw.between(0.95, 1.07),
            tip: draw.between(24.0, 50.0),
            left_reach: draw.between(34.0, 60.0),
        }
    }

    /// Distance to the surface of the whole liver at any point of the unbent body.
    pub(super) fn distance_at(&self, at: Point) -> f64 {
        self.distance(self.frame.site(at))
    }

    /// Distance to the surface of the whole liver.
    pub(super) fn distance(&self, p: Site) -> f64 {
        let s = self.size;
        let right = ellipsoid(p.at, [-74.0, 2.0, 122.0], [78.0 * s, 88.0 * s, 92.0 * s], -8.0);
        let tip = ellipsoid(p.at, [-105.0, 8.0, 66.0 + 0.5 * self.tip], [34.0, 52.0, 62.0], -6.0);
        let left = ellipsoid(p.at, [-8.0, -46.0, 158.0], [40.0 + self.left_reach, 34.0, 42.0], 8.0);
        let body = join(join(right, tip, 18.0), left, 22.0);
        // The visceral surface: hilum, the bed of kidney and gallbladder, and what lies left of the right lobe's edge.
        let hilum = ellipsoid(p.at, [-14.0, 22.0, 92.0], [36.0, 38.0, 40.0], 0.0);
        let kidney = ellipsoid(p.at, [-60.0, 66.0, 72.0], [38.0, 36.0, 56.0], 0.0);
        let gut = ellipsoid(p.at, [0.0, -30.0, 62.0], [62.0, 80.0, 62.0], 0.0);
        let stomach = ellipsoid(p.at, [72.0, 4.0, 150.0], [60.0, 44.0, 60.0], -15.0);
        let carved = meet(meet(meet(meet(body, -hilum, 9.0), -kidney, 8.0), -gut, 14.0), -stomach, 10.0);
        // Fissures: of the falciform ligament in front, of the ligamentum venosum before the caudate lobe.
        let umbilical = ellipsoid(p.at, [-16.0, -66.0, 118.0], [2.4, 30.0, 42.0], 10.0);
        let venous = ellipsoid(p.at, [-4.0, 1.0, 152.0], [26.0, 1.8, 26.0], 14.0);
        let cleft = meet(meet(carved, -umbilical, 3.0), -venous, 3.0);
        let whole = join(cleft, self.caudate(p), 3.0);
        let inside = meet(whole, p.cavity + 3.0, 5.0);
        let under = meet(inside, p.above_diaphragm + 4.0, 5.0);
        let bumps = 1.6 * noise_mm(seed_of(self.frame.seed, 41), p.at, 19.0);
        let spine = ellipsoid([p.at[0], p.at[1], 0.0], [0.0, 62.0, 0.0], [35.0, 34.0, 60.0], 0.0);
        meet(under + bumps, -spine, 6.0)
    }

    /// Distance to the caudate lobe, between the vena cava and the fissure of the ligamentum venosum.
    pub(super) fn caudate(&self, p: Site) -> f64 {
        let lobe = ellipsoid(p.at, [-17.0, 15.0, 146.0], [19.0 * self.size, 12.5, 27.0], 14.0);
        let papillary = ellipsoid(p.at, [-9.0, 18.0, 122.0], [11.0, 9.0, 12.0], 0.0);
        join(lobe, papillary, 8.0)
    }
}

fn along(path: &'static [(Point, f64)], shrink: f64) -> impl Fn(Site) -> f64 + Send + Sync {
    move |p| path.windows(2).map(|pair| tube(p.at, pair[0], pair[1])).fold(f64::INFINITY, f64::min) + shrink
}

fn with_role(role: Role, mut painted: Layer) -> Layer {
    painted.role = role;
    painted
}

/// All organs in the order in which they are painted: bowel first, then the solid organs, then what lies against the liver.
pub(super) fn organs(frame: Frame, liver: Liver) -> Vec<Layer> {
    let mut layers = bowel(frame);
    layers.extend(kidneys(frame));
    layers.extend(left_side(frame));
    let box_of_liver = [[-180.0, -130.0, 0.0], [130.0, 115.0, 240.0]];
    layers.push(with_role(Role::Liver, layer(t::LIVER, box_of_liver, move |p| liver.distance(p))));
    let caudate = move |p: Site| liver.caudate(p).max(liver.distance(p));
    let box_of_caudate = around([-15.0, 16.0, 138.0], [26.0, 20.0, 42.0]);
    layers.push(with_role(Role::Caudate, layer(t::LIVER, box_of_caudate, caudate)));
    layers.extend(gallbladder(frame));
    layers.push(layer(t::AORTA, around([11.0, 34.0, 110.0], [14.0, 18.0, 400.0]), along(&AORTA, 0.0)));
    let box_of_cava = around([-20.0, 22.0, 90.0], [20.0, 34.0, 400.0]);
    let cava = move |p: Site| along(&VENA_CAVA, 0.0)(p).max(p.at[2] - 214.0);
    layers.push(with_role(Role::Vein, layer(t::VENA_CAVA, box_of_cava, cava)));
    layers
}

/// Kidneys with cortex, medulla and sinus; none reaches out of the cavity.
fn kidneys(frame: Frame) -> Vec<Layer> {
    let mut draw = Stream::new(frame.seed, 4);
    let mut layers = Vec::new();
    for (side, height) in [(-1.0, draw.between(58.0, 74.0)), (1.0, draw.between(70.0, 88.0))] {
        let length = draw.between(50.0, 58.0);
        let centre = [side * 63.0, 47.0, height];
        let hollow = [side * 41.0, 41.0, height];
        let bounds = around(centre, [32.0, 32.0, length]);
        let kidney = move |p: Site| {
            let body = ellipsoid(p.at, centre, [25.0, 29.0, length], side * 28.0);
            let bean = meet(body, -ellipsoid(p.at, hollow, [14.0, 9.0, 17.0], side * 20.0), 6.0);
            meet(bean, p.cavity + 2.0, 6.0)
        };
        let pyramid_seed = seed_of(frame.seed, 51);
        let medulla = move |p: Site| (kidney(p) + 6.5).max(noise_mm(pyramid_seed, p.at, 10.0) * 9.0 - 1.5);
        let sinus = move |p: Site| {
            ellipsoid(p.at, [side * 54.0, 44.0, height], [11.0, 8.5, length * 0.52], side * 25.0)
                + 3.0 * noise_mm(pyramid_seed, p.at, 9.0)
        };
        layers.push(layer(t::RENAL_CORTEX, bounds, kidney));
        layers.push(layer(t::RENAL_MEDULLA, bounds, medulla));
        layers.push(layer(t::RENAL_SINUS, bounds, sinus));
    }
    layers
}

/// Spleen, pancreas and stomach.
fn left_side(frame: Frame) -> Vec<Layer> {
    let mut draw = Stream::new(frame.seed, 5);
    let spleen_size = draw.between(0.86, 1.12);
    let level = draw.between(-58.0, -34.0);
    let [folds_seed, lobules_seed] = [61, 62].map(|purpose| seed_of(frame.seed, purpose));
    let spleen = move |p: Site| {
        let body = ellipsoid(p.at, [104.0, 36.0, 140.0], [36.0, 52.0 * spleen_size, 50.0 * spleen_size], -22.0);
        let face = ellipsoid(p.at, [66.0, 14.0, 138.0], [40.0, 46.0, 60.0], -10.0);
        let crescent = meet(body, -face, 9.0);
        let inside = meet(crescent, p.cavity + 4.0, 5.0);
        meet(inside, p.above_diaphragm + 4.0, 5.0)
    };
    let stomach = move |p: Site| {
        let fundus = ellipsoid(p.at, [62.0, 0.0, 158.0], [38.0, 38.0, 40.0], -20.0);
        let corpus = ellipsoid(p.at, [52.0, -42.0, 124.0], [40.0, 30.0, 46.0], 20.0);
        let antrum = tube(p.at, ([44.0, -52.0, 92.0], 19.0), ([-2.0, -36.0, 86.0], 13.0));
        let folds = 1.8 * noise_mm(folds_seed, p.at, 9.0);
        let body = join(join(fundus, corpus, 22.0), antrum, 14.0) + folds;
        meet(meet(body, p.cavity + 5.0, 6.0), p.above_diaphragm + 5.0, 6.0)
    };
    let pancreas = move |p: Site| {
        let path = [
            ([-26.0, 4.0, 74.0], 13.0),
            ([-8.0, -2.0, 92.0], 10.0),
            ([20.0, -2.0, 106.0], 8.5),
            ([52.0, 22.0, 118.0], 9.5),
            ([78.0, 34.0, 128.0], 7.0),
        ];
        let gland = path.windows(2).map(|pair| tube(p.at, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
        gland + 2.2 * noise_mm(lobules_seed, p.at, 6.0)
    };
    let spleen_box = around([104.0, 36.0, 140.0], [60.0, 66.0, 58.0]);
    let stomach_box = [[-40.0, -120.0, 50.0], [130.0, 60.0, 220.0]];
    // A stomach holds fluid up to a level, and gas above it, for the patient lies on the back.
    let wall_mm = 3.6;
    vec![
        layer(t::PANCREAS, around([26.0, 14.0, 100.0], [70.0, 40.0, 45.0]), pancreas),
        layer(t::SPLEEN, spleen_box, spleen),
        layer(t::STOMACH_WALL, stomach_box, stomach),
        layer(t::STOMACH_FLUID, stomach_box, move |p| stomach(p) + wall_mm),
        layer(t::GAS, stomach_box, move |p| (stomach(p) + wall_mm).max(p.at[1] - level)),
    ]
}

/// Gallbladder under the liver.
fn gallbladder(frame: Frame) -> Vec<Layer> {
    let mut draw = Stream::new(frame.seed, 6);
    let radius = draw.between(12.0, 17.0);
    let centre = [-46.0 + draw.between(-5.0, 5.0), -30.0, 80.0];
    let shape = move |p: Site| {
        let body = ellipsoid(p.at, centre, [radius, radius * 1.15, 27.0], 20.0);
        let neck = tube(p.at, ([centre[0], centre[1], 98.0], 8.0), ([-30.0, -2.0, 110.0], 2.5));
        join(body, neck, 8.0).max(p.cavity + 6.0)
    };
    let bounds = around([-42.0, -20.0, 84.0], [26.0, 30.0, 36.0]);
    vec![
        layer(t::VISCERAL_FAT, bounds, move |p| shape(p) - 1.2),
        layer(t::GALLBLADDER_WALL, bounds, shape),
        layer(t::BILE, bounds, move |p| shape(p) + 1.6),
    ]
}

/// Colon and loops of small bowel below the stomach.
fn bowel(frame: Frame) -> Vec<Layer> {
    let mut draw = Stream::new(frame.seed, 7);
    let mut layers = Vec::new();
    for _ in 0..30 {
        let centre = [draw.between(-62.0, 84.0), draw.between(-66.0, 8.0), draw.between(-20.0, 66.0)];
        let (radius, half, turn) = (draw.between(9.0, 13.5), draw.between(12.0, 30.0), draw.between(0.0, 180.0));
        let gassy = draw.between(0.0, 1.0) < 0.22;
        let (sin, cos) = f64::to_radians(turn).sin_cos();
        let ends =
            [-1.0, 1.0].map(|s| [centre[0] + s * half * cos, centre[1] + s * half * sin * 0.8, centre[2] + s * 6.0]);
        let bounds = around(centre, [half + radius; 3]);
        let gas_above = gassy.then_some(centre[1] - 2.0);
        let piece = Gut { bounds, wall_mm: 2.6, wall: t::BOWEL_WALL, contents: t::BOWEL_FLUID, gas_above };
        layers.extend(piece.layers(move |p| tube(p.at, (ends[0], radius), (ends[1], radius))));
    }
    let colon: [(Point, f64); 7] = [
        ([-104.0, 2.0, -30.0], 23.0),
        ([-100.0, -16.0, 34.0], 22.0),
        ([-62.0, -58.0, 44.0], 19.0),
        ([0.0, -74.0, 38.0], 17.0),
        ([66.0, -62.0, 64.0], 17.0),
        ([108.0, 2.0, 96.0], 17.0),
        ([110.0, 24.0, -30.0], 15.0),
    ];
    let haustra_seed = seed_of(frame.seed, 71);
    let shape = move |p: Site| {
        let tubes = colon.windows(2).map(|pair| tube(p.at, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
        tubes + 3.2 * noise_mm(haustra_seed, p.at, 15.0)
    };
    let bounds = [[-150.0, -120.0, -60.0], [150.0, 70.0, 125.0]];
    let piece = Gut { bounds, wall_mm: 2.4, wall: t::BOWEL_WALL, contents: t::FAECES, gas_above: None };
    layers.extend(piece.layers(shape));
    let gas = move |p: Site| {
        let pocket = (p.at[1] + 44.0).max(noise_mm(haustra_seed, p.at, 34.0) * 14.0);
        (shape(p) + 4.0).max(pocket).max(p.cavity + 7.0)
    };
    layers.push(layer(t::GAS, bounds, gas));
    layers
}

/// A piece of bowel: wall, contents, and gas above a level where there is one.
struct Gut {
    bounds: [Point; 2],
    wall_mm: f64,
    wall: t::Tissue,
    contents: t::Tissue,
    gas_above: Option<f64>,
}

impl Gut {
    /// Its layers; it stays within the cavity whatever its shape.
    fn layers(self, shape: impl Fn(Site) -> f64 + Send + Sync + 'static) -> Vec<Layer> {
        let Self { bounds, wall_mm, wall, contents, gas_above } = self;
        let shape = std::sync::Arc::new(move |p: Site| meet(shape(p), p.cavity + 4.0, 5.0));
        let (outer, inner, top) = (shape.clone(), shape.clone(), shape);
        let mut layers =
            vec![layer(wall, bounds, move |p| outer(p)), layer(contents, bounds, move |p| inner(p) + wall_mm)];
        layers.extend(gas_above.map(|level| layer(t::GAS, bounds, move |p| (top(p) + wall_mm).max(p.at[1] - level))));
        layers
    }
}
