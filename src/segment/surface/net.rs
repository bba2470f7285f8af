//! The net: a vertex where inside meets outside, a quad across every pair of neighbouring cells of which one is inside, and the
//! relaxation of its vertices. Everything is counted in cells, so that the grid may be anisotropic or sheared.

use super::cells::Cells;
use super::finish::plus;

/// No vertex.
const NONE: u32 = u32::MAX;

/// How a net is relaxed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relaxing {
    /// Rounds.
    pub rounds: usize,
    /// Part of the way to the mean of its neighbours that a vertex goes.
    pub inwards: f64,
    /// Part of the way that it goes back (Taubin 1995), so that what is thin does not shrink.
    pub outwards: f64,
    /// How far a vertex may go from where its eight cells meet, in cells along each axis; up to one half nets cannot cross.
    pub reach: f64,
    /// Whether the net is blown up again to the volume of its voxels.
    pub gives_volume_back: bool,
}

impl Relaxing {
    /// For compact bodies: terraces become slopes.
    pub const SMOOTH: Self = Self { rounds: 40, inwards: 0.6, outwards: 0.0, reach: 0.5, gives_volume_back: true };
    /// For thin ones: the pass-band frequency of 0.1 keeps their calibre.
    pub const FAITHFUL: Self = Self { rounds: 14, inwards: 0.5, outwards: 0.526, reach: 0.4, gives_volume_back: false };
}

/// A net of quads.
pub(super) struct Net {
    /// Where each vertex is, in cells; whole numbers are the middles of cells.
    points: Vec<[f64; 3]>,
    /// Where eight cells meet, next to which each vertex stays.
    homes: Vec<[f64; 3]>,
    /// Vertices of each quad, counter-clockwise seen from outside in a right-handed system.
    pub quads: Vec<[u32; 4]>,
    /// Voxels that make a cell along each axis.
    pub group: [usize; 3],
    /// First voxel of the cells.
    low: [usize; 3],
    /// Voxels inside.
    pub volume: f64,
}

impl Net {
    /// The net around the cells that are inside.
    pub fn around(cells: &Cells) -> Self {
        let mut net = Self {
            points: Vec::new(),
            homes: Vec::new(),
            quads: Vec::new(),
            group: cells.group,
            low: cells.low,
            volume: cells.volume,
        };
        let vertices = net.put_vertices(cells);
        net.span(cells, &vertices);
        net
    }

    /// Triangles that its quads make.
    pub fn n_triangles(&self) -> usize {
        2 * self.quads.len()
    }

    /// Its vertices on the grid of voxels.
    pub fn voxels(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        self.points.iter().map(|point| {
            std::array::from_fn(|axis| {
                let group = self.group[axis] as f64;
                self.low[axis] as f64 + (point[axis] - 1.0) * group + (group - 1.0) / 2.0
            })
        })
    }

    /// Puts the vertices, each in the middle of where its cells' edges cross one half, and names them by the first of their cells.
    fn put_vertices(&mut self, cells: &Cells) -> Vec<u32> {
        let strides = cells.strides();
        let mut vertices = vec![NONE; cells.part.len()];
        let corners: [usize; 8] =
            std::array::from_fn(|corner| (0..3).map(|axis| (corner >> axis & 1) * strides[axis]).sum());
        let [nx, ny, nz] = cells.n.map(|n| n - 1);
        for k in 0..nz {
            for j in 0..ny {
                let row = k * strides[2] + j * strides[1];
                for i in 0..nx {
                    let parts = corners.map(|offset| cells.part.get(row + i + offset).copied().unwrap_or(0.0));
                    let n_inside = parts.iter().filter(|part| **part >= 0.5).count();
                    if n_inside == 0 || n_inside == 8 {
                        continue;
                    }
                    if let Some(vertex) = vertices.get_mut(row + i) {
                        *vertex = self.points.len() as u32;
                    }
                    let [x, y, z] = middle_of_crossings(&parts);
                    let first = [i, j, k].map(|x| x as f64);
                    self.points.push([first[0] + x, first[1] + y, first[2] + z]);
                    self.homes.push(first.map(|x| x + 0.5));
                }
            }
        }
        vertices
    }

    /// Spans a quad across every face between a cell inside and one outside; the outermost cells are empty.
    fn span(&mut self, cells: &Cells, vertices: &[u32]) {
        let strides = cells.strides();
        for at in 0..cells.part.len() {
            for axis in 0..3 {
                let inside = cells.is_inside(at);
                if inside == cells.is_inside(at + strides[axis]) {
                    continue;
                }
                let (b, c) = (strides[(axis + 1) % 3], strides[(axis + 2) % 3]);
                let around = [b + c, c, 0, b]
                    .map(|back| at.checked_sub(back).and_then(|at| vertices.get(at)).copied().unwrap_or(NONE));
                if around.contains(&NONE) {
                    continue;
                }
                let [p, q, r, s] = around;
                self.quads.push(if inside { [p, q, r, s] } else { [s, r, q, p] });
            }
        }
    }

    /// Relaxes the net.
    pub fn relax(&mut self, relaxing: Relaxing) {
        let mut n_edges = vec![0.0; self.points.len()];
        for (a, b) in edges(&self.quads) {
            n_edges[a] += 1.0;
            n_edges[b] += 1.0;
        }
        for _ in 0..relaxing.rounds {
            for part in [relaxing.inwards, -relaxing.outwards] {
                if part != 0.0 {
                    self.step(part, relaxing.reach, &n_edges);
                }
            }
        }
    }

    /// Every vertex goes a part of the way to the mean of its neighbours, no farther from its home than `reach`.
    fn step(&mut self, part: f64, reach: f64, n_edges: &[f64]) {
        let mut sums = vec![[0.0; 3]; self.points.len()];
        for (a, b) in edges(&self.quads) {
            sums[a] = plus(sums[a], self.points[b]);
            sums[b] = plus(sums[b], self.points[a]);
        }
        for (((point, sum), n), home) in self.points.iter_mut().zip(sums).zip(n_edges).zip(&self.homes) {
            *point = std::array::from_fn(|axis| {
                let to = point[axis] + part * (sum[axis] / n - point[axis]);
                to.clamp(home[axis] - reach, home[axis] + reach)
            });
        }
    }
}

/// Edges of all quads: each comes once from either side.
fn edges(quads: &[[u32; 4]]) -> impl Iterator<Item = (usize, usize)> + '_ {
    quads.iter().flat_map(|quad| (0..4).map(|n| (quad[n] as usize, quad[(n + 1) % 4] as usize)))
}

/// The mean of where the 12 edges between eight cells cross one half, from the first cell on.
fn middle_of_crossings(parts: &[f32; 8]) -> [f64; 3] {
    let (mut sum, mut n) = ([0.0; 3], 0.0);
    for corner in 0..8usize {
        for axis in (0..3).filter(|axis| corner >> axis & 1 == 0) {
            let [here, there] = [parts[corner], parts[corner | 1 << axis]].map(f64::from);
            if (here >= 0.5) == (there >= 0.5) {
                continue;
            }
            let crossing = std::array::from_fn(|other| match other == axis {
                true => (here - 0.5) / (here - there),
                false => (corner >> other & 1) as f64,
            });
            sum = plus(sum, crossing);
            n += 1.0;
        }
    }
    sum.map(|sum| sum / f64::max(n, 1.0))
}
