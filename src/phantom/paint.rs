//! Painting one slice: every layer's distance is turned into a coverage with a soft edge and laid over what is there.
//!
//! Distances are evaluated on a lattice of about 3 mm and interpolated, since they are smooth; vessels are painted pixel by
//! pixel. A slice is the mean of thin planes through its thickness, so that edges show partial volume in all directions.

use super::anatomy::Anatomy;
use super::layer::{Layer, Role};
use super::random::noise_mm;
use super::shape::{Point, tube};
use super::tissue::{AIR, Tissue};
use super::vessels::Segment;

/// Width in mm of an edge in the plane: the blur of a smooth body kernel.
const EDGE_MM: f64 = 1.3;
/// Distance between lattice points at which shapes are evaluated, in mm.
const LATTICE_MM: f64 = 3.0;
/// How far inside the liver's edge a radiologist draws by the protocol, in mm.
const DRAWN_INSIDE_MM: f64 = 2.0;

/// The square grid of a slice: pixels and where they lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raster {
    pub(super) matrix: usize,
    pub(super) pixel_mm: f64,
    /// Position of the first column and row.
    pub(super) corner: [f64; 2],
}

/// HU in each phase, and the share of each pixel that belongs to each structure.
pub(super) struct Plane {
    pub(super) hu: Vec<[f32; 3]>,
    /// The whole liver to its edge, without what lies within it but is none of it.
    pub(super) liver: Vec<f32>,
    /// The liver a little inside its edge, as it is delineated.
    pub(super) drawn: Vec<f32>,
    pub(super) caudate: Vec<f32>,
    pub(super) vessel: Vec<f32>,
}

impl Plane {
    pub(super) fn empty(pixels: usize) -> Self {
        Self {
            hu: vec![[0.0; 3]; pixels],
            liver: vec![0.0; pixels],
            drawn: vec![0.0; pixels],
            caudate: vec![0.0; pixels],
            vessel: vec![0.0; pixels],
        }
    }

    /// Adds another plane with a weight.
    pub(super) fn accumulate(&mut self, other: &Plane, weight: f32) {
        for (sum, value) in self.hu.iter_mut().zip(&other.hu) {
            for phase in 0..3 {
                sum[phase] += weight * value[phase];
            }
        }
        let shares = [
            (&mut self.liver, &other.liver),
            (&mut self.drawn, &other.drawn),
            (&mut self.caudate, &other.caudate),
            (&mut self.vessel, &other.vessel),
        ];
        for (sums, values) in shares {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
    }
}

/// Distance to coverage: 1 well inside, 0 well outside.
fn coverage(distance: f64) -> f32 {
    (0.5 - distance / EDGE_MM).clamp(0.0, 1.0) as f32
}

/// Paints the infinitely thin plane at height `z`.
pub(super) fn plane(anatomy: &Anatomy, raster: Raster, z: f64) -> Plane {
    let mut painted = Plane::empty(raster.matrix * raster.matrix);
    painted.hu.fill([AIR; 3]);
    let lattice = Lattice::new(anatomy, raster, z);
    for layer in anatomy.layers.iter().filter(|layer| (layer.bounds[0][2]..=layer.bounds[1][2]).contains(&z)) {
        lattice.each_near(layer, |index, distance| {
            paint_pixel(&mut painted, index, layer, distance, anatomy, raster.point(index, z));
        });
    }
    for segment in &anatomy.vessels {
        paint_vessel(&mut painted, segment, &lattice);
    }
    painted
}

impl Raster {
    fn point(&self, index: usize, z: f64) -> Point {
        let (row, column) = (index / self.matrix, index % self.matrix);
        [self.corner[0] + column as f64 * self.pixel_mm, self.corner[1] + row as f64 * self.pixel_mm, z]
    }

    /// The pixels whose coordinate along `axis` lies between two values.
    fn span(&self, axis: usize, low: f64, high: f64) -> std::ops::Range<usize> {
        let pixel = |x: f64| ((x - self.corner[axis]) / self.pixel_mm).clamp(0.0, self.matrix as f64);
        pixel(low).floor() as usize..pixel(high + self.pixel_mm).ceil() as usize
    }
}

fn paint_pixel(painted: &mut Plane, index: usize, layer: &Layer, distance: f64, anatomy: &Anatomy, p: Point) {
    let alpha = coverage(distance);
    let kept = 1.0 - alpha;
    match layer.role {
        Role::Caudate => {
            painted.caudate[index] = alpha;
            return;
        }
        Role::Liver => {
            painted.liver[index] = alpha;
            painted.drawn[index] = coverage(distance + DRAWN_INSIDE_MM);
        }
        Role::Other | Role::Vein => {
            painted.liver[index] *= kept;
            painted.drawn[index] *= 1.0 - coverage(distance - DRAWN_INSIDE_MM);
            painted.caudate[index] *= kept;
            painted.vessel[index] =
                if layer.role == Role::Vein { painted.vessel[index].max(alpha) } else { painted.vessel[index] * kept };
        }
    }
    if alpha > 0.0 {
        let texture = match layer.role {
            Role::Liver => anatomy.parenchyma(p),
            _ => texture_of(&layer.tissue, anatomy.seed, p),
        };
        blend(&mut painted.hu[index], alpha, &layer.tissue, texture);
    }
}

fn blend(hu: &mut [f32; 3], alpha: f32, tissue: &Tissue, texture: [f32; 3]) {
    for phase in 0..3 {
        hu[phase] += alpha * (tissue.hu[phase] + texture[phase] - hu[phase]);
    }
}

/// Two octaves of noise with the tissue's amplitude.
fn texture_of(tissue: &Tissue, seed: u64, p: Point) -> [f32; 3] {
    if tissue.texture_hu == [0.0; 3] {
        return [0.0; 3];
    }
    let coarse = noise_mm(seed.wrapping_add(201), p, tissue.texture_mm);
    let fine = noise_mm(seed.wrapping_add(202), p, tissue.texture_mm * 0.45);
    tissue.texture_hu.map(|amplitude| amplitude * (0.75 * coarse + 0.5 * fine) as f32)
}

/// Paints the part of a tube near the plane, within its bounding box.
fn paint_vessel(painted: &mut Plane, segment: &Segment, lattice: &Lattice) {
    let ((a, ra), (b, rb)) = (segment.from, segment.to);
    // A point is bent by up to the frame's 8 mm along each axis, so that the box must be that much wider.
    let reach = ra.max(rb) + EDGE_MM + 8.0;
    let [low, high] = [f64::min, f64::max].map(|pick| -> Point { std::array::from_fn(|i| pick(a[i], b[i])) });
    if lattice.z < low[2] - reach || lattice.z > high[2] + reach {
        return;
    }
    let raster = lattice.raster;
    for row in raster.span(1, low[1] - reach, high[1] + reach) {
        for column in raster.span(0, low[0] - reach, high[0] + reach) {
            let index = row * raster.matrix + column;
            let alpha = coverage(tube(lattice.unbent_at(row, column), segment.from, segment.to));
            if alpha > 0.0 {
                blend(&mut painted.hu[index], alpha, &segment.tissue, [0.0; 3]);
                if segment.main {
                    painted.vessel[index] = painted.vessel[index].max(alpha);
                }
            }
        }
    }
}

/// Points every few pixels of a plane, and where each lies in the unbent body.
struct Lattice {
    raster: Raster,
    z: f64,
    /// Pixels from one point to the next.
    step: usize,
    /// Points along a side.
    side: usize,
    unbent: Vec<Point>,
}

impl Lattice {
    fn new(anatomy: &Anatomy, raster: Raster, z: f64) -> Self {
        let step = (LATTICE_MM / raster.pixel_mm).round().max(1.0) as usize;
        let side = raster.matrix.div_ceil(step) + 1;
        let place = |index: usize, axis: usize| raster.corner[axis] + (index * step) as f64 * raster.pixel_mm;
        let points = (0..side * side).map(|n| anatomy.frame.unbent([place(n % side, 0), place(n / side, 1), z]));
        Self { raster, z, step, side, unbent: points.collect() }
    }

    /// The unbent place of a pixel, interpolated.
    fn unbent_at(&self, row: usize, column: usize) -> Point {
        let (i, j) = (row / self.step, column / self.step);
        let (v, u) = ((row % self.step) as f64 / self.step as f64, (column % self.step) as f64 / self.step as f64);
        let n = i * self.side + j;
        let corners = [self.unbent[n], self.unbent[n + 1], self.unbent[n + self.side], self.unbent[n + self.side + 1]];
        std::array::from_fn(|axis| {
            let [a, b, c, d] = corners.map(|corner| corner[axis]);
            let (top, bottom) = (a + u * (b - a), c + u * (d - c));
            top + v * (bottom - top)
        })
    }

    /// Calls `paint` with index and distance of every pixel that a layer may touch.
    fn each_near(&self, layer: &Layer, mut paint: impl FnMut(usize, f64)) {
        let cells = |axis: usize| {
            let pixels = self.raster.span(axis, layer.bounds[0][axis], layer.bounds[1][axis]);
            pixels.start / self.step..pixels.end.div_ceil(self.step).min(self.side - 1)
        };
        let (rows, columns) = (cells(1), cells(0));
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let line = |row: usize| -> Vec<f64> {
            (columns.start..=columns.end).map(|j| (layer.distance)(self.unbent[row * self.side + j])).collect()
        };
        let farthest = EDGE_MM + DRAWN_INSIDE_MM;
        let mut above = line(rows.start);
        for i in rows {
            let below = line(i + 1);
            for (offset, j) in columns.clone().enumerate() {
                let corners = [above[offset], above[offset + 1], below[offset], below[offset + 1]];
                if corners.iter().all(|&distance| distance > farthest) {
                    continue;
                }
                self.each_in_cell([i, j], corners, &mut paint);
            }
            above = below;
        }
    }

    fn each_in_cell(&self, [i, j]: [usize; 2], [a, b, c, d]: [f64; 4], paint: &mut impl FnMut(usize, f64)) {
        let matrix = self.raster.matrix;
        let inverse = 1.0 / self.step as f64;
        for row in i * self.step..((i + 1) * self.step).min(matrix) {
            let v = (row - i * self.step) as f64 * inverse;
            let (left, right) = (a + v * (c - a), b + v * (d - b));
            for column in j * self.step..((j + 1) * self.step).min(matrix) {
                let u = (column - j * self.step) as f64 * inverse;
                let distance = left + u * (right - left);
                if distance < EDGE_MM + DRAWN_INSIDE_MM {
                    paint(row * matrix + column, distance);
                }
            }
        }
    }
}
