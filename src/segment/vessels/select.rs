//! Which bright voxels are main vessels.

use ndarray::{Array3, Zip};

use super::contrast::Contrast;
use crate::base::{Cancelled, Progress};
use crate::segment::findings::median_and_spread;
use crate::segment::region::{ComponentRun, Components, Connectivity};
use crate::volume::Geometry;
use crate::volume::distance::{Between, squared_mm2};

/// A seed is brighter than the parenchyma by this many spreads. Of noise of that spread one voxel in 700 is as bright, and hardly
/// ever all within the least radius.
const STRONG_SPREADS: f32 = 3.0;

/// Nothing fainter than this many spreads is vessel, however faint the vessels are.
const WEAK_SPREADS: f32 = 1.5;

/// Least contrast of a seed in HU: veins of the portal venous phase lie 30-80 HU above liver; less is texture.
const LEAST_CONTRAST_HU: f32 = 15.0;

/// Where a blurred edge lies between parenchyma and vessel: halfway.
const HALF: f32 = 0.5;

/// Standard deviation in mm of the surroundings from which a vessel's contrast is taken: a branch has that of its stem, while
/// hepatic and portal veins may differ.
const LEVEL_MM: f64 = 15.0;

/// Least volume in mm3 of seeds in the whole liver for a vessel to stand out: the inner half of 3 cm of one of 3 mm radius. Noise
/// and texture leave less.
const LEAST_SEEDS_MM3: f64 = 200.0;

/// Least volume of a connected vessel in mm3: 10 mm of one of 2 mm radius; what is shorter than thick is not seen to be one.
const LEAST_MM3: f64 = 125.0;

/// The main vessels within the liver's box; `None` where nothing stands out.
pub(super) fn main_vessels(
    contrast: &Contrast,
    geometry: &Geometry,
    radius_mm: f64,
    progress: &Progress,
) -> Result<Option<Array3<bool>>, Cancelled> {
    let room = Room::of(geometry, radius_mm);
    let bright = contrast.hu.mapv(|hu| hu > (STRONG_SPREADS * contrast.spread).max(LEAST_CONTRAST_HU));
    let seeds = room.core(&bright, contrast, progress)?;
    drop(bright);
    if seeds.iter().filter(|seed| **seed).count() as f64 * room.voxel_mm3 < LEAST_SEEDS_MM3 {
        return Ok(None);
    }
    progress.advance(1);
    let Some(vessel) = above_threshold(contrast, &seeds, progress)? else { return Ok(None) };
    let connected = keep(&vessel, |component| component.any(&seeds));
    let thick = room.opened(&connected, contrast, progress)?;
    let least = (LEAST_MM3 / room.voxel_mm3) as usize;
    let kept = keep(&thick, |component| component.size >= least && !component.is_ball(&contrast.hu, geometry));
    Ok(kept.iter().any(|inside| *inside).then_some(kept))
}

/// What is brighter than halfway to the contrast of the seeds around.
fn above_threshold(
    contrast: &Contrast,
    seeds: &Array3<bool>,
    progress: &Progress,
) -> Result<Option<Array3<bool>>, Cancelled> {
    let mut of_seeds = contrast.hu.clone();
    Zip::from(&mut of_seeds).and(seeds).par_for_each(|hu, &seed| *hu = if seed { *hu } else { f32::NAN });
    let Some([median, _]) = median_and_spread(&of_seeds) else { return Ok(None) };
    let cells = contrast.lattice.gather(&of_seeds);
    drop(of_seeds);
    let level = contrast.lattice.around(&cells.means, &cells.parts, LEVEL_MM, median as f32, progress)?;
    let mut above = contrast.hu.clone();
    let least = WEAK_SPREADS * contrast.spread;
    contrast.lattice.spread(&level, &mut above, |hu, level| *hu -= (HALF * level).max(least));
    Ok(Some(above.mapv(|above| above > 0.0)))
}

/// Distances in which vessels are measured.
struct Room {
    spacing_mm: [f64; 3],
    radius_mm: f64,
    /// What counts as deep enough for the least radius.
    depth_mm: f64,
    voxel_mm3: f64,
}

impl Room {
    /// Along an axis whose voxels are as long as the least radius, or longer, a vessel fills one voxel in part: whether it is thick
    /// enough cannot be seen there, and is left to the other axes.
    fn of(geometry: &Geometry, radius_mm: f64) -> Self {
        let spacing = geometry.spacing_mm();
        let finest = spacing.into_iter().fold(f64::INFINITY, f64::min);
        let coarsest = spacing.into_iter().filter(|spacing| *spacing < radius_mm).fold(finest, f64::max);
        let spacing_mm = spacing.map(|spacing| if spacing >= radius_mm { 4.0 * radius_mm + spacing } else { spacing });
        // A circle on a grid is, at its centre, up to half a voxel less deep than it is wide.
        let depth_mm = (radius_mm - coarsest.min(radius_mm) / 2.0).max(finest / 2.0);
        Self { spacing_mm, radius_mm, depth_mm, voxel_mm3: geometry.voxel_volume_mm3() }
    }

    /// The part of a set that lies deep in it. Only the liver bounds a vessel: the vena cava goes on beyond its edge.
    fn core(&self, set: &Array3<bool>, liver: &Contrast, progress: &Progress) -> Result<Array3<bool>, Cancelled> {
        let mut around = set.clone();
        Zip::from(&mut around).and(&liver.hu).par_for_each(|around, hu| *around = hu.is_finite() && !*around);
        let cap = self.depth_mm + self.radius_mm;
        let depth = squared_mm2(around.view(), self.spacing_mm, Between::CentreAndBox, cap, progress)?;
        let least = (self.depth_mm * self.depth_mm * (1.0 - 1e-6)) as f32;
        let mut core = around;
        Zip::from(&mut core).and(set).and(&depth).par_for_each(|core, &set, &depth| *core = set && depth >= least);
        Ok(core)
    }

    /// The set without what is thinner than the least radius.
    fn opened(&self, set: &Array3<bool>, liver: &Contrast, progress: &Progress) -> Result<Array3<bool>, Cancelled> {
        let mut opened = self.core(set, liver, progress)?;
        let near = squared_mm2(opened.view(), self.spacing_mm, Between::Centres, self.radius_mm, progress)?;
        Zip::from(&mut opened).and(set).and(&near).for_each(|to, &set, &near| *to = set && near.is_finite());
        Ok(opened)
    }
}

/// One connected part of a set.
struct Component<'a> {
    runs: &'a [ComponentRun],
    size: usize,
}

impl Component<'_> {
    fn voxels(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let of_run = |run: &ComponentRun| {
            let (k, j) = (run.slice as usize, run.row as usize);
            (run.start as usize..run.end as usize).map(move |i| (k, j, i))
        };
        self.runs.iter().flat_map(of_run)
    }

    fn any(&self, set: &Array3<bool>) -> bool {
        self.voxels().any(|at| set[at])
    }

    /// Whether it is a bright lesion more likely than a vessel: no longer than 1.6 times its width, filling its ellipsoid of
    /// inertia, and inside of the liver all around, where a vessel would go on.
    fn is_ball(&self, liver: &Array3<f32>, geometry: &Geometry) -> bool {
        /// Squared ratio of the longest to the middle half axis.
        const LONG: f64 = 2.5;
        /// Part of the ellipsoid of inertia that a ball fills (1), a straight tube (0.93) and a tree (far less).
        const FILLED: f64 = 0.6;
        let steps = geometry.steps();
        let n = self.size as f64;
        let place = |(k, j, i): (usize, usize, usize)| -> [f64; 3] {
            std::array::from_fn(|a| i as f64 * steps[0][a] + j as f64 * steps[1][a] + k as f64 * steps[2][a])
        };
        let mut mean = [0.0; 3];
        self.voxels().map(place).for_each(|at| (0..3).for_each(|a| mean[a] += at[a] / n));
        // A voxel's own extent, so that a single slice has one.
        let mut inertia: [[f64; 3]; 3] = std::array::from_fn(|a| {
            std::array::from_fn(|b| (0..3).map(|s| steps[s][a] * steps[s][b] / 12.0).sum::<f64>())
        });
        for at in self.voxels().map(place) {
            for (a, b) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
                inertia[a][b] += (at[a] - mean[a]) * (at[b] - mean[b]) / n;
            }
        }
        let [small, middle, long] = eigenvalues(inertia);
        let axes = (5.0f64.powi(3) * small * middle * long).max(0.0).sqrt();
        let filled = n * geometry.voxel_volume_mm3() / (4.0 / 3.0 * std::f64::consts::PI * axes);
        long < LONG * middle && filled >= FILLED && !self.reaches_edge(liver)
    }

    fn reaches_edge(&self, liver: &Array3<f32>) -> bool {
        let outside = |k: usize, j: usize, i: usize| liver.get((k, j, i)).is_none_or(|hu| hu.is_nan());
        self.voxels().any(|(k, j, i)| {
            let [below, front, left] = [k, j, i].map(|n| n.wrapping_sub(1));
            [(below, j, i), (k + 1, j, i), (k, front, i), (k, j + 1, i), (k, j, left), (k, j, i + 1)]
                .into_iter()
                .any(|(k, j, i)| outside(k, j, i))
        })
    }
}

/// The eigenvalues of a symmetric matrix, rising (O. K. Smith, Commun ACM 1961;4:168).
fn eigenvalues(m: [[f64; 3]; 3]) -> [f64; 3] {
    let mean = (m[0][0] + m[1][1] + m[2][2]) / 3.0;
    let off = m[0][1].powi(2) + m[0][2].powi(2) + m[1][2].powi(2);
    let scale = (((0..3).map(|a| (m[a][a] - mean).powi(2)).sum::<f64>() + 2.0 * off) / 6.0).sqrt();
    if scale <= 0.0 {
        return [mean; 3];
    }
    let b = |i: usize, j: usize| (m[i][j] - if i == j { mean } else { 0.0 }) / scale;
    let half_determinant = (b(0, 0) * (b(1, 1) * b(2, 2) - b(1, 2) * b(2, 1))
        - b(0, 1) * (b(1, 0) * b(2, 2) - b(1, 2) * b(2, 0))
        + b(0, 2) * (b(1, 0) * b(2, 1) - b(1, 1) * b(2, 0)))
        / 2.0;
    let angle = half_determinant.clamp(-1.0, 1.0).acos() / 3.0;
    let long = mean + 2.0 * scale * angle.cos();
    let small = mean + 2.0 * scale * (angle + 2.0 * std::f64::consts::PI / 3.0).cos();
    [small, 3.0 * mean - long - small, long]
}

/// The set's connected parts that fulfil something.
fn keep(set: &Array3<bool>, holds: impl Fn(&Component) -> bool) -> Array3<bool> {
    let components = Components::of(set.view(), Connectivity::Corners, |inside| *inside);
    let mut runs = components.runs().to_vec();
    runs.sort_by_key(|run| run.component);
    let mut kept = Array3::from_elem(set.dim(), false);
    for runs in runs.chunk_by(|a, b| a.component == b.component) {
        let component = Component { runs, size: runs.iter().map(|run| run.n_voxels()).sum() };
        if holds(&component) {
            component.voxels().for_each(|at| kept[at] = true);
        }
    }
    kept
}
