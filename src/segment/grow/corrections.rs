//! What a further stroke changes around itself: a lesion that was left out, a neighbour that was taken in.

use super::distance::distances;
use super::fill;
use super::lattice::Lattice;
use super::likeness::Likeness;
use super::organ::{Marks, Organ};
use super::quality::quality;
use super::tissue::{Tissue, median};

/// Around a stroke as much is corrected as is this many times as far away as the nearest edge, and this many mm more; never farther
/// than the last.
const REACH_RATIO: f32 = 2.5;
const REACH_MORE_MM: f32 = 8.0;
pub(super) const REACH_MOST_MM: f32 = 60.0;
/// Where tissue is looked at around a stroke, in mm.
const AROUND_MM: f32 = 4.0;
/// A stroke's tissue is its own kind when its mean lies this many spreads from the organ's.
const DISTINCT: f32 = 1.5;
/// What looks like the stroke's tissue lies within this many of its spreads.
const BAND: f32 = 2.5;
/// Passes narrower than twice this, in mm, or than this part of the depth at the stroke, are not gone through.
const NECK_MM: f32 = 4.0;
const NECK_RATIO: f32 = 0.5;
/// A part that is at most this much deeper than the stroke's place, and this many mm, is cut off with it.
const DEEPER_RATIO: f32 = 1.4;
const DEEPER_MM: f32 = 1.5;
/// Radius of the ball that rolls around the organ and gives its outline at large, in mm. Across the mouth of a lesion as wide as twice
/// its depth d the ball sinks in by d^2 / 80, where an organ of 100 mm would bulge by d^2 / 200: the sum, about d^2 / 60, is given back.
const OUTLINE_MM: f32 = 40.0;
const BULGE_MM: f32 = 60.0;
const BULGE_MOST_MM: f32 = 8.0;
/// How many times better a region within that outline must look for what lies beyond to be a leak.
const CLEARLY: f32 = 1.02;

/// Applies the strokes that the organ does not agree with, liver first, in their order.
pub(super) fn apply(organ: &mut Organ, values: &[f32], lattice: &Lattice, likeness: &Likeness, marks: &Marks) {
    for stroke in &marks.liver {
        if stroke.iter().any(|&at| !organ.region[at]) {
            include(organ, values, lattice, likeness, stroke);
        }
    }
    for stroke in &marks.background {
        if stroke.iter().any(|&at| organ.region[at]) {
            exclude(organ, values, lattice, likeness, stroke, &marks.liver);
        }
    }
    for &at in marks.background.iter().flatten() {
        organ.region[at] = false;
        organ.barred[at] = true;
    }
    for &at in marks.liver.iter().flatten() {
        organ.region[at] = true;
        organ.barred[at] = false;
    }
}

/// The stroke's surroundings: the tissue there among the voxels that count, the distance of each voxel to the stroke, and how deep the
/// stroke lies.
struct Place {
    tissue: Tissue,
    to_stroke: Vec<f32>,
    depth: f32,
}

impl Place {
    fn of(
        stroke: &[usize],
        values: &[f32],
        lattice: &Lattice,
        depth: &[f32],
        counts: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let mut is_stroke = vec![false; values.len()];
        stroke.iter().for_each(|&at| is_stroke[at] = true);
        let to_stroke = distances(lattice, |at| is_stroke[at]);
        let near = (0..values.len()).filter(|&at| to_stroke[at] <= AROUND_MM && counts(at));
        let tissue = Tissue::of(&mut near.map(|at| values[at]).collect::<Vec<f32>>())?;
        let depth = stroke.iter().map(|&at| depth[at]).fold(0.0, f32::max);
        Some(Self { tissue, to_stroke, depth })
    }

    fn reach(&self) -> f32 {
        (REACH_RATIO * self.depth + REACH_MORE_MM).min(REACH_MOST_MM)
    }
}

/// Adds what looks like the stroke's tissue, or lies between it and the organ's, as far as no neck parts it from the stroke.
fn include(organ: &mut Organ, values: &[f32], lattice: &Lattice, likeness: &Likeness, stroke: &[usize]) {
    let none = vec![0.0; values.len()];
    let Some(place) = Place::of(stroke, values, lattice, &none, |at| !organ.region[at]) else { return };
    let band = BAND * place.tissue.spread;
    let fits = |at: usize| {
        let (low, high) = (place.tissue.mean.min(likeness.mean[at]), place.tissue.mean.max(likeness.mean[at]));
        let own = (values[at] - place.tissue.mean).abs() <= band;
        own || (low..=high).contains(&values[at])
    };
    let depth = distances(lattice, |at| !(organ.region[at] || fits(at)));
    let place = Place { depth: stroke.iter().map(|&at| depth[at]).fold(0.0, f32::max), ..place };
    let (reach, neck) = (place.reach(), NECK_MM.min(NECK_RATIO * place.depth));
    let open = |at: usize| !organ.region[at] && fits(at) && place.to_stroke[at] <= reach && depth[at] >= neck;
    let reached = fill::flood(lattice, open, stroke);
    let grown = fill::grown(&reached, lattice, neck);
    let added = |at: usize| grown[at] && fits(at) && place.to_stroke[at] <= reach;
    let free = (0..values.len()).map(|at| organ.region[at] || added(at)).collect();
    let with = unless_it_leaks(free, &organ.region, values, lattice, stroke, place.depth);
    for at in (0..values.len()).filter(|&at| with[at] && !organ.region[at]).collect::<Vec<usize>>() {
        organ.region[at] = true;
        organ.barred[at] = false;
    }
}

/// `free`, or what of it lies within the organ's outline at large where that looks clearly more like an organ: a lesion at the surface
/// may look like the muscle that it lies on, and what is added then spreads in sheets.
fn unless_it_leaks(
    free: Vec<bool>,
    region: &[bool],
    values: &[f32],
    lattice: &Lattice,
    stroke: &[usize],
    depth: f32,
) -> Vec<bool> {
    let mut outline = region.to_vec();
    stroke.iter().for_each(|&at| outline[at] = true);
    fill::close(&mut outline, lattice, OUTLINE_MM, |_| true);
    let outline = fill::grown(&outline, lattice, (depth * depth / BULGE_MM).min(BULGE_MOST_MM));
    let held: Vec<bool> = free.iter().zip(&outline).map(|(free, within)| *free && *within).collect();
    let judge = |region: &[bool]| quality(region, values, lattice);
    if held != free && judge(&held) > CLEARLY * judge(&free) { held } else { free }
}

/// Takes out what is no deeper than the stroke's place and looks more like the stroke's tissue than like the organ's; where both
/// look the same, what is nearer to the stroke than to the organ's deeper parts. What is nearer to a liver stroke on the same tissue
/// stays; the first stroke, which names the organ's tissue and no place, counts only against tissue of another kind.
fn exclude(
    organ: &mut Organ,
    values: &[f32],
    lattice: &Lattice,
    likeness: &Likeness,
    stroke: &[usize],
    liver: &[Vec<usize>],
) {
    let depth = distances(lattice, |at| !organ.region[at]);
    let Some(place) = Place::of(stroke, values, lattice, &depth, |at| organ.region[at]) else { return };
    let mean = stroke.iter().map(|&at| likeness.mean[at]).sum::<f32>() / stroke.len() as f32;
    let distinct = (place.tissue.mean - mean).abs() > DISTINCT * likeness.spread;
    let (reach, deepest) = (place.reach(), DEEPER_RATIO * place.depth + DEEPER_MM);
    let to_core = if distinct { Vec::new() } else { distances(lattice, |at| depth[at] > deepest) };
    let same_tissue = |other: &&Vec<usize>| {
        let own = median(&mut other.iter().map(|&at| values[at]).collect::<Vec<f32>>());
        own.is_some_and(|own| (own - place.tissue.mean).abs() <= BAND * place.tissue.spread)
    };
    let mut is_liver = vec![false; values.len()];
    liver.iter().skip(usize::from(!distinct)).filter(same_tissue).flatten().for_each(|&at| is_liver[at] = true);
    let to_liver = distances(lattice, |at| is_liver[at]);
    let open = |at: usize| {
        let near = organ.region[at] && place.to_stroke[at] <= reach && depth[at] <= deepest;
        let other = if distinct {
            (values[at] - place.tissue.mean).abs() < (values[at] - likeness.mean[at]).abs()
        } else {
            place.to_stroke[at] < to_core[at]
        };
        near && other && place.to_stroke[at] < to_liver[at]
    };
    let reached = fill::flood(lattice, open, stroke);
    for at in (0..values.len()).filter(|&at| reached[at]) {
        organ.region[at] = false;
        organ.barred[at] = true;
    }
}
