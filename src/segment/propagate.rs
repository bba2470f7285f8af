//! An outline carried from one slice to the next and snapped to what is seen there: *accept and advance*.
//!
//! The accepted slice is the pattern. How likely a pixel's look is inside, and how likely outside, is told by the accepted pixels around
//! it: densities by Gaussian kernels in place and HU (Parzen, Ann Math Stat 1962;33:1065), as label fusion by non-local means
//! weighs its votes (Coupé et al., NeuroImage 2011;54:940). Bayes' rule adds the accepted outline itself, by the distance to it. A look is HU
//! at two scales, so that a pixel knows on which side of an edge it lies. Every neighbour of the liver is told from it
//! by its own looks; where both look the same, the outline stays where it was. What looks like nothing around it on the accepted
//! slice is outside, so that the outline vanishes with the liver.
//!
//! All inside the old border and a band around it are asked. It deliberately does not jump: what lies farther than [`BAND_MM`] from the
//! accepted outline becomes inside where smoothing closes a gap between such as became, and nowhere else.

use ndarray::{Array2, Array3, Axis, Zip, s};
use rayon::prelude::*;

use super::plane::pixels_of;
use super::region::{Components, Connectivity, smoothed};
use super::{Pixels, SliceOfGrid};
use crate::base::Progress;
use crate::volume::distance::{reach_voxels, signed_mm};
use crate::volume::{Volume, Voxels};

/// How far from the accepted outline the new one may lie, in mm.
pub const BAND_MM: f64 = 6.0;

/// How far from a pixel others vote, in mm, and the standard deviation of their weight by distance.
const SEARCH_MM: f64 = 6.0;
const NEAR_MM: f64 = 3.0;

/// Standard deviations of both scales in mm: the pixel itself without its noise, and what is around it.
const SCALES_MM: [f64; 2] = [0.8, 2.0];

/// HU beyond which air is air and bone is bone.
const RANGE_HU: [f32; 2] = [-150.0, 300.0];

/// Least HU by which pixels may differ and still look alike: that much the same tissue changes from slice to slice.
const LEAST_ALIKE_HU: f32 = 8.0;

/// The density that any look has anywhere, as a share of one that everything around agrees on: what looks like nothing seen
/// before is outside. It is far below what noise of three standard deviations leaves, or noise would eat at the outline. Inside has
/// a fifth of it, so that a single odd pixel does not decide.
const ANY_OUTSIDE: f32 = 5e-4;
const ANY_INSIDE: f32 = 1e-4;

/// Over how many mm from the accepted outline the odds of being inside change by e, as a part of the way between the slices, and the
/// least and most of it. The odds end after [`MOST_PRIOR`] such steps, or the liver could not vanish.
const PRIOR_OF_STEP: f64 = 0.4;
const PRIOR_MM: [f64; 2] = [0.6, 2.0];
const MOST_PRIOR: f32 = 1.5;

/// Most that a pixel's own look says for or against, in the same steps: its neighbours have a say too.
const MOST_LOOK: f32 = 4.0;

/// Standard deviation in mm of the smoothing of votes, which makes the outline smooth.
const OUTLINE_MM: f64 = 1.0;

/// Parts smaller than this, in mm2, are noise.
const LEAST_MM2: f64 = 20.0;

/// The accepted pixels of one slice carried to another, the next one along the same axis as a rule. Empty where a slice does not
/// exist, or the axes differ.
pub fn propagate(volume: &Volume, from: SliceOfGrid, pixels: &Pixels, to: SliceOfGrid) -> Pixels {
    let geometry = volume.geometry();
    let exists = |slice: SliceOfGrid| geometry.size().get(slice.axis).is_some_and(|&n| slice.index < n);
    if from.axis != to.axis || !exists(from) || !exists(to) {
        return Pixels::default();
    }
    let spacing = from.spacing_mm(geometry);
    let size = from.size(geometry);
    let pixels = pixels.clone().clipped(size);
    let Some(window) = Window::around(&pixels, size, spacing) else { return Pixels::default() };
    let old = window.raster(&pixels);
    let [x, y] = spacing;
    // Without anyone to cancel them, distances and smoothing are always found.
    let nobody = Progress::new();
    let Ok(signed) = signed_mm(old.clone().insert_axis(Axis(0)).view(), [x, y, 1.0], &nobody) else { return pixels };
    let signed = signed.index_axis_move(Axis(0), 0);
    let looks = |slice| window.looks(volume, slice, spacing);
    let (Some(pattern), Some(target)) = (looks(from), looks(to)) else { return pixels };
    let slice_mm = geometry.spacing_mm()[from.axis] * from.index.abs_diff(to.index) as f64;
    let votes = votes(&pattern, &target, &signed, spacing, prior_mm(slice_mm));
    let Ok(votes) = smoothed(votes.insert_axis(Axis(0)), [x, y, 1.0], OUTLINE_MM, &nobody) else { return pixels };
    let inside = votes.index_axis_move(Axis(0), 0).mapv(|vote| vote > 0.0);
    let inside = tidied(inside, &old, x * y);
    pixels_of(inside.view(), window.low.map(|n| n as i64), |inside| *inside)
}

/// The part of a slice that is looked at.
struct Window {
    low: [usize; 2],
    high: [usize; 2],
}

/// HU of a slice at both scales, `[line, pixel]`.
type Looks = [Array2<f32>; 2];

impl Window {
    fn around(pixels: &Pixels, size: [usize; 2], spacing: [f64; 2]) -> Option<Self> {
        let runs = pixels.runs();
        let low = [runs.iter().map(|run| run.start).min()?, runs.first()?.line];
        let high = [runs.iter().map(|run| run.end).max()?, runs.last()?.line + 1];
        let rim = spacing.map(|spacing| (reach_voxels(BAND_MM + SEARCH_MM, spacing) + 1) as i64);
        let low = std::array::from_fn(|a| (low[a] - rim[a]).max(0) as usize);
        Some(Self { low, high: std::array::from_fn(|a| (high[a] + rim[a]).clamp(0, size[a] as i64) as usize) })
    }

    fn raster(&self, pixels: &Pixels) -> Array2<bool> {
        let mut inside = Array2::from_elem((self.high[1] - self.low[1], self.high[0] - self.low[0]), false);
        for run in pixels.runs() {
            let [start, end] = [run.start, run.end].map(|a| a as usize - self.low[0]);
            inside.slice_mut(s![run.line as usize - self.low[1], start..end]).fill(true);
        }
        inside
    }

    fn looks(&self, volume: &Volume, slice: SliceOfGrid, [x, y]: [f64; 2]) -> Option<Looks> {
        let hu = match volume.voxels() {
            Voxels::I16(array) => self.part(array, slice, f32::from),
            Voxels::I32(array) => self.part(array, slice, |hu| hu as f32),
            Voxels::F32(array) => self.part(array, slice, |hu| hu),
            Voxels::F64(array) => self.part(array, slice, |hu| hu as f32),
        }?;
        // Beyond the window smoothing takes 0, which counts as the lowest HU: air.
        let hu = hu.mapv(|hu| if hu.is_nan() { 0.0 } else { hu.clamp(RANGE_HU[0], RANGE_HU[1]) - RANGE_HU[0] });
        let scale = |sigma: f64| {
            let smooth = smoothed(hu.clone().insert_axis(Axis(0)), [x, y, 1.0], sigma, &Progress::new());
            smooth.ok().map(|smooth| smooth.index_axis_move(Axis(0), 0))
        };
        Some([scale(SCALES_MM[0])?, scale(SCALES_MM[1])?])
    }

    fn part<T: Copy>(&self, array: &Array3<T>, slice: SliceOfGrid, hu: impl Fn(T) -> f32) -> Option<Array2<f32>> {
        let view = slice.view(array)?;
        let part = view.slice_move(s![self.low[1]..self.high[1], self.low[0]..self.high[0]]);
        Some(part.mapv(hu).as_standard_layout().into_owned())
    }
}

/// By how many HU pixels differ that look alike, at both scales: the robust deviation of the finer scale from the coarser one within
/// the outline, which is noise, and half of it at the coarser scale.
fn alike(pattern: &Looks, signed: &Array2<f32>) -> [f32; 2] {
    let mut noise: Vec<f32> = Vec::new();
    for ((fine, coarse), _) in pattern[0].iter().zip(&pattern[1]).zip(signed).filter(|(_, signed)| **signed > 3.0) {
        noise.push((fine - coarse).abs());
    }
    let middle = noise.len() / 2;
    let median = if noise.is_empty() { 0.0 } else { *noise.select_nth_unstable_by(middle, f32::total_cmp).1 };
    let deviation = 1.4826 * median;
    [(1.5 * deviation).max(LEAST_ALIKE_HU), deviation.max(LEAST_ALIKE_HU)]
}

/// Over how many mm from the accepted outline the odds of being inside change by e: the way an outline goes from slice to slice.
fn prior_mm(slice_mm: f64) -> f32 {
    (PRIOR_OF_STEP * slice_mm).clamp(PRIOR_MM[0], PRIOR_MM[1]) as f32
}

/// For every pixel the logarithm of the odds that it is inside: those of the accepted outline, times how much likelier its look is
/// among the pixels around it that are inside than among those that are outside.
fn votes(pattern: &Looks, target: &Looks, signed: &Array2<f32>, spacing: [f64; 2], prior_mm: f32) -> Array2<f32> {
    let (_, width) = signed.dim();
    let factor = alike(pattern, signed).map(|hu| 0.5 / (hu * hu));
    let [fine, coarse] = pattern;
    let voters = Zip::from(fine).and(coarse).and(signed).map_collect(|&fine, &coarse, &depth| Voter {
        looks: [fine, coarse],
        inside: f32::from(u8::from(depth > 0.0)),
    });
    let reach = spacing.map(|spacing| reach_voxels(SEARCH_MM, spacing));
    let near = |axis: usize| -> Vec<f32> {
        (0..=reach[axis]).map(|n| (-0.5 * (n as f64 * spacing[axis] / NEAR_MM).powi(2)).exp() as f32).collect()
    };
    let (beside, above) = (near(0), near(1));
    let mut votes = Array2::from_elem(signed.dim(), -MOST_PRIOR - MOST_LOOK);
    votes.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(b, mut row)| {
        let lines: Vec<(&[Voter], f32)> = (b.saturating_sub(reach[1])..(b + reach[1] + 1).min(voters.nrows()))
            .filter_map(|q| Some((voters.row(q).to_slice()?, above[q.abs_diff(b)])))
            .collect();
        for (a, vote) in row.iter_mut().enumerate() {
            let depth = signed[(b, a)];
            if f64::from(depth) < -BAND_MM {
                continue;
            }
            // Far inside only whether the look is known matters, which every third pixel of every third line tells as well.
            let every = if f64::from(depth) > BAND_MM { 3 } else { 1 };
            let looks = [target[0][(b, a)], target[1][(b, a)]];
            // Weights by nearness alone and by look as well: of all, and of those inside.
            let [mut near, mut alike] = [[f32::MIN_POSITIVE; 2], [0.0f32; 2]];
            let low = a.saturating_sub(reach[0]);
            for (line, away) in lines.iter().step_by(every) {
                let voters = line.iter().enumerate().take((a + reach[0] + 1).min(width)).skip(low).step_by(every);
                for (p, voter) in voters {
                    let weight = away * beside[p.abs_diff(a)];
                    let differs = (voter.looks[0] - looks[0]).powi(2) * factor[0]
                        + (voter.looks[1] - looks[1]).powi(2) * factor[1];
                    near[0] += weight;
                    near[1] += weight * voter.inside;
                    // Beyond, a weight is less than a third of any look's.
                    if differs < 8.0 {
                        let weight = weight * (-differs).exp();
                        alike[0] += weight;
                        alike[1] += weight * voter.inside;
                    }
                }
            }
            let inside = alike[1] / near[1] + ANY_INSIDE;
            let outside = (alike[0] - alike[1]) / (near[0] - near[1]).max(f32::MIN_POSITIVE) + ANY_OUTSIDE;
            let prior = (depth / prior_mm).clamp(-MOST_PRIOR, MOST_PRIOR);
            *vote = prior + (inside / outside).ln().clamp(-MOST_LOOK, MOST_LOOK);
        }
    });
    votes
}

/// A pixel of the accepted slice: its look, and 1 where it is inside.
#[derive(Clone, Copy)]
struct Voter {
    looks: [f32; 2],
    inside: f32,
}

/// Without specks, parts that the accepted outline does not touch, and holes that it does not have.
fn tidied(mut inside: Array2<bool>, old: &Array2<bool>, pixel_mm2: f64) -> Array2<bool> {
    for (value, other) in [(false, true), (true, false)] {
        let set = inside.view().insert_axis(Axis(0));
        let components = Components::of(set, Connectivity::Faces, |inside| *inside != value);
        let mut shared = vec![0usize; components.sizes().len()];
        let mut at_edge = vec![false; components.sizes().len()];
        for run in components.runs() {
            let (line, start, end) = (run.row as usize, run.start as usize, run.end as usize);
            let own = old.slice(s![line, start..end]);
            shared[run.component as usize] += own.iter().filter(|inside| **inside == other).count();
            at_edge[run.component as usize] |= line == 0 || line + 1 == old.nrows() || start == 0 || end == old.ncols();
        }
        let dropped = |component: usize| {
            let large = components.sizes()[component] as f64 * pixel_mm2 >= LEAST_MM2;
            // Background that reaches the window's edge is no hole.
            let stays = if other { large } else { at_edge[component] || large };
            !stays || shared[component] == 0
        };
        let runs: Vec<_> = components.runs().iter().filter(|run| dropped(run.component as usize)).copied().collect();
        for run in runs {
            inside.slice_mut(s![run.row as usize, run.start as usize..run.end as usize]).fill(value);
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::segment::{Brush, disc};
    use crate::volume::Geometry;

    const SPACING: [f64; 3] = [0.8, 0.8, 5.0];

    fn geometry() -> Geometry {
        Geometry::axial([160, 150, 2], [0.0; 3], SPACING).unwrap()
    }

    fn round(centre: [f64; 2], radius_mm: f64) -> Pixels {
        disc(centre, Brush { radius_mm, spacing_mm: [SPACING[0], SPACING[1]] })
    }

    /// Fat with a liver of 110 HU, given on both slices, beside an organ of 150 HU that touches it; noise of 12 HU.
    fn image(livers: [&Pixels; 2]) -> Volume {
        let mut noise = Stream::new(11, 0);
        let hu = Array3::from_shape_fn(geometry().shape(), |(k, j, i)| {
            let organ = i > 110 && (40..110).contains(&j);
            let value = if livers[k].contains(i as i64, j as i64) {
                110.0
            } else if organ {
                150.0
            } else {
                -90.0
            };
            (value + noise.between(-20.0, 20.0)) as i16
        });
        Volume::new(geometry(), Voxels::I16(hu)).unwrap()
    }

    fn dice(a: &Pixels, b: &Pixels) -> f64 {
        let both = |run: &super::super::PixelRun| (run.start..run.end).filter(|&x| b.contains(x, run.line)).count();
        2.0 * a.runs().iter().map(both).sum::<usize>() as f64 / (a.count() + b.count()) as f64
    }

    const FROM: SliceOfGrid = SliceOfGrid { axis: 2, index: 0 };
    const TO: SliceOfGrid = SliceOfGrid { axis: 2, index: 1 };

    #[test]
    fn the_outline_follows_a_liver_that_grows_shrinks_and_moves() {
        let before = round([70.0, 75.0], 32.0);
        for after in [round([70.0, 75.0], 36.0), round([70.0, 75.0], 28.0), round([66.0, 78.0], 32.0)] {
            let found = propagate(&image([&before, &after]), FROM, &before, TO);
            // At least two thirds of the difference are followed, and where it is small, all but a third of a pixel.
            let (left, before) = (1.0 - dice(&found, &after), 1.0 - dice(&before, &after));
            assert!(left < before / 3.0, "{left} of {before}");
        }
    }

    #[test]
    fn it_does_not_enter_a_neighbour_that_comes_to_touch() {
        let (before, after) = (round([70.0, 75.0], 32.0), round([66.0, 75.0], 32.0));
        let volume = image([&before, &after]);
        let found = propagate(&volume, FROM, &before, TO);
        assert!(dice(&found, &after) > 0.98, "{}", dice(&found, &after));
    }

    #[test]
    fn it_vanishes_where_the_liver_does() {
        let before = round([70.0, 75.0], 20.0);
        assert!(propagate(&image([&before, &Pixels::default()]), FROM, &before, TO).is_empty());
    }

    #[test]
    fn a_hole_stays_a_hole_and_noise_makes_no_other() {
        let ring: Vec<_> = round([70.0, 75.0], 32.0).runs().to_vec();
        let hole = round([70.0, 75.0], 10.0);
        let cut = ring.iter().flat_map(|run| {
            let cells = (run.start..run.end).filter(|&x| !hole.contains(x, run.line));
            cells.map(|x| super::super::PixelRun { line: run.line, start: x, end: x + 1 })
        });
        let before = Pixels::from_runs(cut.collect());
        let found = propagate(&image([&before, &before]), FROM, &before, TO);
        assert!(dice(&found, &before) > 0.98 && !found.contains(70, 75));
    }

    #[test]
    fn slices_that_do_not_exist_give_nothing() {
        let before = round([70.0, 75.0], 20.0);
        let volume = image([&before, &before]);
        assert!(propagate(&volume, FROM, &before, SliceOfGrid { axis: 2, index: 2 }).is_empty());
        assert!(propagate(&volume, FROM, &before, SliceOfGrid { axis: 1, index: 1 }).is_empty());
        assert!(propagate(&volume, FROM, &Pixels::default(), TO).is_empty());
    }
}
