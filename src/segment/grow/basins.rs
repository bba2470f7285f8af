//! Where tissue that looks alike falls apart into organs: basins of the distance to its edge, and the passes between them.
//!
//! Two organs of the same attenuation touch in a neck that is narrow against both. Voxels are flooded from the deepest on (watershed
//! by immersion: Vincent and Soille, IEEE PAMI 1991;13:583) on the distance transform of the tissue; basins that meet in a pass
//! nearly as deep as the shallower of them are one, others stay apart, and the depth of the pass is kept.

use super::lattice::Lattice;

/// A basin's pass counts as no neck where it is at least this part of the shallower basin's depth, or less than this many mm below it.
const SAME_BASIN_RATIO: f32 = 0.8;
const SAME_BASIN_MM: f32 = 1.5;
/// Basins smaller than this, in mm3, have no mean to speak of.
const TINY_MM3: f32 = 500.0;
/// How far around a pass the means of both sides are taken, in mm: a box.
const STEP_NEAR_MM: f32 = 12.0;
/// Depths are sorted into steps of this many mm.
const STEP_MM: f32 = 0.25;

/// A part of the tissue without a neck in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Basin {
    /// Depth of its deepest voxel in mm.
    pub depth_mm: f32,
    /// Voxels, and the sum of their values.
    pub count: usize,
    pub sum: f64,
}

/// Where two basins meet, how deep the pass between them is, and how much their means differ around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass {
    pub between: [usize; 2],
    pub depth_mm: f32,
    pub at: usize,
    pub step: f32,
}

/// Basins of one tissue.
#[derive(Debug, Clone, Default)]
pub(super) struct Basins {
    /// Number of each voxel's basin plus 1; 0 where there is none.
    pub of: Vec<u32>,
    pub list: Vec<Basin>,
    pub passes: Vec<Pass>,
}

impl Basin {
    /// Mean value.
    pub fn mean(&self) -> f32 {
        (self.sum / self.count.max(1) as f64) as f32
    }
}

impl Basins {
    /// Floods the voxels that are at least `least_mm` deep; basins whose means lie more than `alike` apart stay apart.
    pub fn of(lattice: &Lattice, depth_mm: &[f32], values: &[f32], least_mm: f32, alike: f32) -> Self {
        let tiny = (TINY_MM3 / lattice.side_mm.iter().product::<f32>()) as usize;
        let is_one = |deeper: &Basin, other: &Basin, pass_mm: f32| {
            let noise = other.depth_mm - SAME_BASIN_MM;
            let wide = pass_mm >= (SAME_BASIN_RATIO * other.depth_mm).min(noise);
            wide && (other.count < tiny || (deeper.mean() - other.mean()).abs() <= alike)
        };
        let order = deepest_first(depth_mm, least_mm);
        let mut of = vec![0u32; depth_mm.len()];
        let mut forest = Forest::default();
        let mut passes = Vec::new();
        for &at in &order {
            let at = at as usize;
            let mut met: [usize; 6] = [usize::MAX; 6];
            let mut n = 0;
            lattice.neighbours(at, |other, _| {
                if of[other] > 0 {
                    let root = forest.root(of[other] as usize - 1);
                    if !met[..n].contains(&root) {
                        met[n] = root;
                        n += 1;
                    }
                }
            });
            let deeper = |a: usize, b: usize| (forest.list[a].depth_mm, b) > (forest.list[b].depth_mm, a);
            let Some(mut home) = met[..n].iter().copied().reduce(|a, b| if deeper(a, b) { a } else { b }) else {
                of[at] = forest.add(Basin { depth_mm: depth_mm[at], count: 1, sum: f64::from(values[at]) }) as u32 + 1;
                continue;
            };
            for &other in &met[..n] {
                if other != home {
                    if is_one(&forest.list[home], &forest.list[other], depth_mm[at]) {
                        home = forest.merge(home, other);
                    } else {
                        passes.push(Pass { between: [home, other], depth_mm: depth_mm[at], at, step: 0.0 });
                    }
                }
            }
            of[at] = home as u32 + 1;
            forest.list[home].count += 1;
            forest.list[home].sum += f64::from(values[at]);
        }
        let mut basins = forest.settle(of, passes);
        basins.measure_steps(lattice, values);
        basins
    }

    /// By how much the means on both sides of each pass differ within [`STEP_NEAR_MM`] of it.
    fn measure_steps(&mut self, lattice: &Lattice, values: &[f32]) {
        for pass in &mut self.passes {
            let mut sums = [(0.0f32, 0.0f32); 2];
            lattice.around(pass.at, STEP_NEAR_MM, |at| {
                if let Some(side) = pass.between.iter().position(|basin| self.of[at] as usize == basin + 1) {
                    sums[side].0 += values[at];
                    sums[side].1 += 1.0;
                }
            });
            let [a, b] = sums.map(|(sum, count)| sum / count.max(1.0));
            pass.step = (a - b).abs();
        }
    }
}

/// Positions at least `least_mm` deep, the deepest first, ties by position.
fn deepest_first(depth_mm: &[f32], least_mm: f32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..depth_mm.len() as u32).filter(|&at| depth_mm[at as usize] >= least_mm).collect();
    order.sort_by_key(|&at| std::cmp::Reverse((depth_mm[at as usize] / STEP_MM) as u32));
    order
}

/// Basins while they grow together.
#[derive(Default)]
struct Forest {
    parent: Vec<usize>,
    list: Vec<Basin>,
}

impl Forest {
    fn add(&mut self, basin: Basin) -> usize {
        self.parent.push(self.list.len());
        self.list.push(basin);
        self.list.len() - 1
    }

    fn root(&mut self, mut of: usize) -> usize {
        while self.parent[of] != of {
            self.parent[of] = self.parent[self.parent[of]];
            of = self.parent[of];
        }
        of
    }

    /// Makes two roots one: the deeper of them.
    fn merge(&mut self, a: usize, b: usize) -> usize {
        let (into, from) = if self.list[a].depth_mm >= self.list[b].depth_mm { (a, b) } else { (b, a) };
        self.parent[from] = into;
        self.list[into].count += self.list[from].count;
        self.list[into].sum += self.list[from].sum;
        into
    }

    /// Numbers the basins that are left, and keeps the deepest pass between each two.
    fn settle(mut self, mut of: Vec<u32>, mut passes: Vec<Pass>) -> Basins {
        let mut number = vec![usize::MAX; self.list.len()];
        let mut list = Vec::new();
        for (n, basin) in self.list.iter().enumerate().filter(|(n, _)| self.parent[*n] == *n) {
            number[n] = list.len();
            list.push(*basin);
        }
        let finals: Vec<usize> = (0..self.list.len()).map(|n| number[self.root(n)]).collect();
        of.iter_mut().filter(|n| **n > 0).for_each(|n| *n = finals[*n as usize - 1] as u32 + 1);
        for pass in &mut passes {
            let [a, b] = pass.between.map(|n| finals[n]);
            pass.between = [a.min(b), a.max(b)];
        }
        passes.retain(|pass| pass.between[0] != pass.between[1]);
        passes.sort_by(|a, b| a.between.cmp(&b.between).then(b.depth_mm.total_cmp(&a.depth_mm)));
        passes.dedup_by_key(|pass| pass.between);
        Basins { of, list, passes }
    }
}
