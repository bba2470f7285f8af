//! Painting one plane from the front: every layer's distance is turned into a coverage with a soft edge and put below what is
//! there, as far as that lets it through. What is covered is not computed.
//!
//! Distances are evaluated on a lattice of about 3 mm and interpolated, since they are smooth; vessels are painted pixel by
//! pixel. A slice is the mean of thin planes through its thickness, so that edges show partial volume in all directions.

use super::anatomy::Anatomy;
use super::frame::Site;
use super::layer::{Layer, Role};
use super::shape::{Point, tube};
use super::texture::Textures;
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

/// How much of what lies further back shows through a pixel.
#[derive(Debug, Clone, Copy)]
struct Through {
    /// Of any tissue.
    tissue: f32,
    /// Of the liver's share: what lies within the liver's outline but is none of it takes it away.
    liver: f32,
    /// Of the share of the liver as it is delineated, which stays away from what it leaves out.
    drawn: f32,
    /// Of a vein's share.
    vein: f32,
}

/// Nothing is painted yet.
const CLEAR: Through = Through { tissue: 1.0, liver: 1.0, drawn: 1.0, vein: 1.0 };

/// A plane being painted.
pub(super) struct Canvas {
    raster: Raster,
    plane: Plane,
    through: Vec<Through>,
    textures: Textures,
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

    fn clear(&mut self) {
        self.hu.fill([0.0; 3]);
        for shares in [&mut self.liver, &mut self.drawn, &mut self.caudate, &mut self.vessel] {
            shares.fill(0.0);
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

impl Canvas {
    /// A canvas to paint planes of one body on, one after another.
    pub(super) fn new(anatomy: &Anatomy, raster: Raster) -> Self {
        let pixels = raster.matrix * raster.matrix;
        Self { raster, plane: Plane::empty(pixels), through: vec![CLEAR; pixels], textures: anatomy.textures.clone() }
    }

    /// Paints the infinitely thin plane at height `z`.
    pub(super) fn paint(&mut self, anatomy: &Anatomy, z: f64) -> &Plane {
        self.plane.clear();
        self.through.fill(CLEAR);
        let mut lattice = Lattice::new(anatomy, self.raster, z);
        for segment in anatomy.vessels.iter().rev() {
            self.paint_vessel(segment, &lattice);
        }
        let cut = |layer: &&Layer| (layer.bounds[0][2]..=layer.bounds[1][2]).contains(&z);
        for layer in anatomy.layers.iter().rev().filter(cut) {
            lattice.each_near(layer, |index, distance| self.paint_pixel(index, layer, distance, z));
        }
        for (hu, through) in self.plane.hu.iter_mut().zip(&self.through) {
            *hu = hu.map(|hu| hu + through.tissue * AIR);
        }
        &self.plane
    }

    /// Puts a layer below what is there; answers whether something further back may still show at the pixel.
    fn paint_pixel(&mut self, index: usize, layer: &Layer, distance: f64, z: f64) -> bool {
        self.share_out(index, layer.role, distance);
        let alpha = coverage(distance);
        if layer.role != Role::Caudate && alpha > 0.0 && self.through[index].tissue > 0.0 {
            let p = self.raster.point(index, z);
            let texture = match layer.role {
                Role::Liver => self.textures.parenchyma(p),
                _ => self.textures.of(&layer.tissue, p),
            };
            self.fill(index, alpha, &layer.tissue, texture);
        }
        // Below a vessel the liver counts as liver though it does not show.
        self.through[index].tissue > 0.0 || self.through[index].liver > 0.0
    }

    /// What a layer means for the shares of the ground truth.
    fn share_out(&mut self, index: usize, role: Role, distance: f64) {
        let alpha = coverage(distance);
        let kept = 1.0 - alpha;
        let (plane, through) = (&mut self.plane, &mut self.through[index]);
        match role {
            Role::Caudate => plane.caudate[index] = alpha * through.liver,
            Role::Liver => {
                plane.liver[index] = alpha * through.liver;
                plane.drawn[index] = coverage(distance + DRAWN_INSIDE_MM) * through.drawn;
                // There is one liver: nothing further back adds to it.
                (through.liver, through.drawn) = (0.0, 0.0);
            }
            Role::Other | Role::Vein => {
                through.liver *= kept;
                through.drawn *= 1.0 - coverage(distance - DRAWN_INSIDE_MM);
                match role {
                    Role::Vein => plane.vessel[index] = plane.vessel[index].max(alpha * through.vein),
                    _ => through.vein *= kept,
                }
            }
        }
    }

    /// Puts a tissue below what is there.
    fn fill(&mut self, index: usize, alpha: f32, tissue: &Tissue, texture: [f32; 3]) {
        let through = &mut self.through[index].tissue;
        let weight = *through * alpha;
        for (phase, hu) in self.plane.hu[index].iter_mut().enumerate() {
            *hu += weight * (tissue.hu[phase] + texture[phase]);
        }
        *through *= 1.0 - alpha;
    }

    /// Paints the part of a tube near the plane, within its bounding box.
    fn paint_vessel(&mut self, segment: &Segment, lattice: &Lattice) {
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
                    self.fill(index, alpha, &segment.tissue, [0.0; 3]);
                    if segment.main {
                        self.plane.vessel[index] = self.plane.vessel[index].max(alpha);
                    }
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
    sites: Vec<Site>,
    /// Cells between the points, row by row, through which something further back may show.
    open: Vec<bool>,
}

impl Lattice {
    fn new(anatomy: &Anatomy, raster: Raster, z: f64) -> Self {
        let step = (LATTICE_MM / raster.pixel_mm).round().max(1.0) as usize;
        let side = raster.matrix.div_ceil(step) + 1;
        let place = |index: usize, axis: usize| raster.corner[axis] + (index * step) as f64 * raster.pixel_mm;
        let point = |n: usize| anatomy.frame.unbent([place(n % side, 0), place(n / side, 1), z]);
        let sites = (0..side * side).map(|n| anatomy.frame.site(point(n))).collect();
        Self { raster, z, step, side, sites, open: vec![true; side * side] }
    }

    /// The unbent place of a pixel, interpolated.
    fn unbent_at(&self, row: usize, column: usize) -> Point {
        let (i, j) = (row / self.step, column / self.step);
        let (v, u) = ((row % self.step) as f64 / self.step as f64, (column % self.step) as f64 / self.step as f64);
        let n = i * self.side + j;
        let corners = [n, n + 1, n + self.side, n + self.side + 1].map(|corner| self.sites[corner].at);
        std::array::from_fn(|axis| {
            let [a, b, c, d] = corners.map(|corner| corner[axis]);
            let (top, bottom) = (a + u * (b - a), c + u * (d - c));
            top + v * (bottom - top)
        })
    }

    /// Calls `paint` with index and distance of every pixel that a layer may touch; it answers whether what lies further back
    /// may still show there. Where nothing can, the layer is not even measured.
    fn each_near(&mut self, layer: &Layer, mut paint: impl FnMut(usize, f64) -> bool) {
        let cells = |axis: usize| {
            let pixels = self.raster.span(axis, layer.bounds[0][axis], layer.bounds[1][axis]);
            pixels.start / self.step..pixels.end.div_ceil(self.step).min(self.side - 1)
        };
        let (rows, columns) = (cells(1), cells(0));
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let measure = |known: &mut f64, point: usize, sites: &[Site]| {
            if known.is_nan() {
                *known = (layer.distance)(sites[point]);
            }
            *known
        };
        // Distances on the lattice's lines above and below a row of cells, as far as they are known.
        let (mut above, mut below) = (vec![f64::NAN; self.side], vec![f64::NAN; self.side]);
        for i in rows {
            for j in columns.clone() {
                let cell = i * self.side + j;
                if self.open[cell] {
                    let corners = [
                        measure(&mut above[j], cell, &self.sites),
                        measure(&mut above[j + 1], cell + 1, &self.sites),
                        measure(&mut below[j], cell + self.side, &self.sites),
                        measure(&mut below[j + 1], cell + self.side + 1, &self.sites),
                    ];
                    if corners.iter().any(|&distance| distance <= EDGE_MM + DRAWN_INSIDE_MM) {
                        self.open[cell] = self.each_in_cell([i, j], corners, &mut paint);
                    }
                }
            }
            std::mem::swap(&mut above, &mut below);
            below.fill(f64::NAN);
        }
    }

    /// Paints the pixels of a cell; answers whether something further back may show through any of them.
    fn each_in_cell(
        &self,
        [i, j]: [usize; 2],
        [a, b, c, d]: [f64; 4],
        paint: &mut impl FnMut(usize, f64) -> bool,
    ) -> bool {
        let matrix = self.raster.matrix;
        let inverse = 1.0 / self.step as f64;
        let mut is_open = false;
        for row in i * self.step..((i + 1) * self.step).min(matrix) {
            let v = (row - i * self.step) as f64 * inverse;
            let (left, right) = (a + v * (c - a), b + v * (d - b));
            for column in j * self.step..((j + 1) * self.step).min(matrix) {
                let u = (column - j * self.step) as f64 * inverse;
                let distance = left + u * (right - left);
                is_open |= paint(row * matrix + column, distance);
            }
        }
        is_open
    }
}
