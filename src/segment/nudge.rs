//! Pushing an outline with the pointer, as with a fingertip: full at the pointer, fading to nothing at a radius.
//!
//! A point x within `r` mm of the pointer follows its move s by s (1 + cos(pi |x - pointer| / r)) / 2. Moves are made in
//! steps so short that the plane is mapped one to one, which holds while the displacement changes by less than the way
//! between two points: its steepest change is |s| pi / (2 r), below 1 for |s| < 0.63 r. The pointer's own point follows
//! fully, so that no outline folds or lets the pointer through. The disc within reach is mapped onto itself: nothing outside
//! it changes.

use super::contour::to_segment;
use super::{Brush, FARTHEST_PIXEL, Pixels, fill_all, outlines, stroke};

/// The longest step, in radii; see above.
const STEP: f64 = 0.125;

/// The most steps of one move: a thousand radii, which no hand goes between two samples.
const MOST_STEPS: f64 = 8192.0;

/// How many steps, two radii of way, are made with those stretches of an outline alone that come within reach in one of them: an outline has
/// many times as many points as lie under a finger.
const STEPS_OF_LEG: usize = 16;

/// The longest edge within reach, in radii, so that an edge bends as the plane does; an edge of half a pixel need not be
/// shorter.
const LONGEST_EDGE: f64 = 1.0 / 12.0;

/// Vertices nearer to each other than this share of the longest edge are one too many.
const NEAREST: f64 = 0.25;

/// A region's outlines under the pointer, from when it is put down until it is lifted.
#[derive(Debug, Clone)]
pub struct Nudge {
    region: Pixels,
    outlines: Vec<Vec<[f64; 2]>>,
    reach: Brush,
    touched: Pixels,
}

impl Nudge {
    /// A region that can be pushed, holes included.
    pub fn begin(region: Pixels, reach: Brush) -> Self {
        Self { outlines: outlines(&region), region, reach, touched: Pixels::default() }
    }

    /// Follows the pointer from one place to the next, both in pixel units.
    pub fn push(&mut self, from: [f64; 2], to: [f64; 2]) {
        for outline in &mut self.outlines {
            *outline = nudge(outline, from, to, self.reach);
        }
        self.touched = self.touched.union(&stroke(from, to, self.reach));
    }

    /// The outlines as they are now, to be shown.
    pub fn outlines(&self) -> &[Vec<[f64; 2]>] {
        &self.outlines
    }

    /// The region as it is now; pixels that were never within reach are as they were.
    pub fn pixels(&self) -> Pixels {
        fill_all(&self.outlines).intersection(&self.touched).union(&self.region.minus(&self.touched))
    }
}

/// A closed outline after the pointer went from one place to another, all in pixel units; `reach` says how far it reaches in
/// mm. Edges within reach are divided where they are long, and vertices that come to lie on each other become one. What is no
/// place on any image pushes nothing.
pub fn nudge(outline: &[[f64; 2]], from: [f64; 2], to: [f64; 2], reach: Brush) -> Vec<[f64; 2]> {
    let Brush { radius_mm, spacing_mm } = reach;
    let sound = from.iter().chain(&to).all(|x| x.abs() < FARTHEST_PIXEL)
        && spacing_mm.iter().chain([&radius_mm]).all(|mm| mm.is_finite() && *mm > 0.0);
    if !sound || from == to || outline.is_empty() {
        return outline.to_vec();
    }
    let mm = |point: [f64; 2]| [point[0] * spacing_mm[0], point[1] * spacing_mm[1]];
    let way = [0, 1].map(|axis| (to[axis] - from[axis]) * spacing_mm[axis]);
    let n_steps = (way[0].hypot(way[1]) / (STEP * radius_mm)).ceil().clamp(1.0, MOST_STEPS);
    let step = way.map(|along| along / n_steps);
    let longest = (LONGEST_EDGE * radius_mm).max(0.5 * spacing_mm[0].min(spacing_mm[1]));
    let mut points: Vec<Point> = outline.iter().map(|&pixel| Point { mm: mm(pixel), pixel: Some(pixel) }).collect();
    let pointer = |n: usize| [0, 1].map(|axis| from[axis] * spacing_mm[axis] + step[axis] * n as f64);
    let n_steps = n_steps as usize;
    for first in (0..n_steps).step_by(STEPS_OF_LEG) {
        let end = n_steps.min(first + STEPS_OF_LEG);
        let middle = pointer(first + (end - first) / 2);
        points = within_reach(points, middle, 2.0 * radius_mm, |mut points, is_closed| {
            for n in first..end {
                points = resampled(&points, is_closed, pointer(n), radius_mm, longest);
                points.iter_mut().for_each(|point| point.follow(pointer(n), step, radius_mm));
            }
            points
        });
    }
    let pixel = |point: Point| point.pixel.unwrap_or([point.mm[0] / spacing_mm[0], point.mm[1] / spacing_mm[1]]);
    points.into_iter().map(pixel).collect()
}

/// A vertex on its way: its place in mm and, while it has not moved, the pixel coordinates that it came with, so that these
/// stay as they are to the last bit.
#[derive(Debug, Clone, Copy)]
struct Point {
    mm: [f64; 2],
    pixel: Option<[f64; 2]>,
}

impl Point {
    fn follow(&mut self, pointer: [f64; 2], step: [f64; 2], radius: f64) {
        let distance = (self.mm[0] - pointer[0]).hypot(self.mm[1] - pointer[1]);
        if distance < radius {
            let share = 0.5 * (1.0 + (std::f64::consts::PI * distance / radius).cos());
            self.mm = [self.mm[0] + share * step[0], self.mm[1] + share * step[1]];
            self.pixel = None;
        }
    }
}

/// An outline of which `change` was applied to what has edges within `radius` of the middle of a leg: to all of it, closed (`true`), or to
/// open stretches of it. What is farther off stays as it is in every step of the leg, because discs are mapped onto themselves.
fn within_reach(
    mut points: Vec<Point>,
    middle: [f64; 2],
    radius: f64,
    change: impl Fn(Vec<Point>, bool) -> Vec<Point>,
) -> Vec<Point> {
    let n = points.len();
    let ends = points.iter().zip(points.iter().cycle().skip(1));
    let edges: Vec<bool> = ends.map(|(a, b)| to_segment(middle, a.mm, b.mm).0 < radius * radius).collect();
    let mut is_near: Vec<bool> = (0..n).map(|k| edges[k] || edges[(k + n - 1) % n]).collect();
    let Some(begin) = (0..n).find(|&k| is_near[k] && !is_near[(k + n - 1) % n]) else {
        return if is_near.contains(&true) { change(points, true) } else { points };
    };
    // A stretch must not lie across the end of the list.
    points.rotate_left(begin);
    is_near.rotate_left(begin);
    let mut rest = points.as_slice();
    let mut changed = Vec::with_capacity(n + 64);
    for stretch in is_near.chunk_by(|a, b| a == b) {
        let (points, after) = rest.split_at(stretch.len());
        rest = after;
        match stretch.first() {
            Some(true) => changed.extend(change(points.to_vec(), false)),
            _ => changed.extend_from_slice(points),
        }
    }
    changed
}

/// The outline, or an open stretch of one, with edges within the radius divided until none is longer than `longest`, and without vertices
/// there that lie on the one before.
fn resampled(points: &[Point], is_closed: bool, pointer: [f64; 2], radius: f64, longest: f64) -> Vec<Point> {
    let mut sampled: Vec<Point> = Vec::with_capacity(points.len() + 64);
    // An edge from the last point of an open stretch to itself has no length.
    let last = if is_closed { points.first() } else { points.last() };
    let next = points.iter().skip(1).chain(last);
    for (from, to) in points.iter().zip(next) {
        let near = |point: &Point| (point.mm[0] - pointer[0]).hypot(point.mm[1] - pointer[1]) < radius;
        let superfluous = sampled.last().is_some_and(|last| {
            let apart = (last.mm[0] - from.mm[0]).hypot(last.mm[1] - from.mm[1]);
            apart < NEAREST * longest && near(last) && near(from)
        });
        if !superfluous {
            sampled.push(*from);
        }
        let length = (to.mm[0] - from.mm[0]).hypot(to.mm[1] - from.mm[1]);
        if length > longest && to_segment(pointer, from.mm, to.mm).0 < radius * radius {
            let pieces = (length / longest).ceil();
            let inserted = (1..pieces as usize).map(|n| n as f64 / pieces).map(|share| Point {
                mm: [0, 1].map(|axis| from.mm[axis] + share * (to.mm[axis] - from.mm[axis])),
                pixel: None,
            });
            sampled.extend(inserted);
        }
    }
    sampled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{disc, fill};

    const REACH: Brush = Brush { radius_mm: 8.0, spacing_mm: [0.5, 1.0] };

    fn circle(n: usize) -> Vec<[f64; 2]> {
        let angles = (0..n).map(|k| k as f64 / n as f64 * std::f64::consts::TAU);
        angles.map(|t| [100.0 + 50.0 * t.cos(), 60.0 + 25.0 * t.sin()]).collect()
    }

    /// Whether no two edges of a closed outline cross.
    fn is_simple(outline: &[[f64; 2]]) -> bool {
        let n = outline.len();
        let side =
            |a: [f64; 2], b: [f64; 2], p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
        let edge = |k: usize| (outline[k % n], outline[(k + 1) % n]);
        let crosses = |i: usize, j: usize| {
            let ((a, b), (p, q)) = (edge(i), edge(j));
            side(a, b, p) * side(a, b, q) < 0.0 && side(p, q, a) * side(p, q, b) < 0.0
        };
        !(0..n).any(|i| (i + 2..n).any(|j| crosses(i, j)))
    }

    #[test]
    fn what_lies_at_the_pointer_follows_it_fully_and_what_lies_beyond_reach_stays() {
        let square = [[0.0, 0.0], [80.0, 0.0], [80.0, 80.0], [0.0, 80.0]];
        let pushed = nudge(&square, [80.0, 0.0], [83.0, 1.0], REACH);
        assert!(pushed.iter().any(|p| (p[0] - 83.0).abs() < 1e-9 && (p[1] - 1.0).abs() < 1e-9));
        assert!(pushed.contains(&square[0]) && pushed.contains(&square[2]) && pushed.contains(&square[3]));
        // 4 mm away, half the radius, a first small step is followed by half.
        let half = nudge(&[[8.0, 0.0], [200.0, 0.0], [200.0, 200.0]], [0.0, 0.0], [0.0, 0.01], REACH);
        assert!(half.iter().any(|p| (p[0] - 8.0).abs() < 1e-12 && (p[1] - 0.005).abs() < 1e-12));
    }

    #[test]
    fn an_outline_neither_folds_nor_lets_the_pointer_through() {
        // From within the circle far beyond its edge, and back from outside to its middle.
        for (from, to) in [([120.0, 62.0], [190.0, 75.0]), ([190.0, 50.0], [101.0, 61.0])] {
            let pushed = nudge(&circle(40), from, to, REACH);
            assert!(is_simple(&pushed));
            let pointer = Brush { radius_mm: 0.01, spacing_mm: [1.0; 2] };
            let inside = |outline: &[[f64; 2]], at| !disc(at, pointer).intersection(&fill(outline)).is_empty();
            assert_eq!(inside(&pushed, to), inside(&circle(40), from));
            assert!(pushed.len() < 1000, "{} vertices", pushed.len());
        }
    }

    #[test]
    fn the_way_in_small_samples_is_the_way_in_one() {
        let mut slow = circle(200);
        for n in 0..40 {
            let [a, b] = [n, n + 1].map(|k| [130.0 + k as f64, 60.0]);
            slow = nudge(&slow, a, b, REACH);
        }
        let fast = nudge(&circle(200), [130.0, 60.0], [170.0, 60.0], REACH);
        let [slow, fast] = [fill(&slow), fill(&fast)];
        let differing = slow.minus(&fast).count() + fast.minus(&slow).count();
        // Steps of 0.5 and of 1 mm differ by their discretisation: below 5 % of what was pushed out.
        assert!(differing * 20 < slow.minus(&fill(&circle(200))).count(), "{differing}");
    }

    #[test]
    fn stretches_within_reach_move_as_the_whole_outline_does() {
        let reach = Brush { radius_mm: 2.0, spacing_mm: [0.5, 1.0] };
        // In from the left and out at the right, so that the list's end, stretches at both sides and none at all are met.
        let (from, to) = ([40.0, 61.0], [160.0, 58.0]);
        let outline = circle(300);
        let mut whole: Vec<Point> = outline.iter().map(|&p| Point { mm: [p[0] * 0.5, p[1]], pixel: Some(p) }).collect();
        let way: [f64; 2] = [0.5 * (to[0] - from[0]), to[1] - from[1]];
        let n_steps = (way[0].hypot(way[1]) / (STEP * reach.radius_mm)).ceil();
        let step = way.map(|along| along / n_steps);
        for n in 0..n_steps as usize {
            let pointer = [0.5 * from[0] + step[0] * n as f64, from[1] + step[1] * n as f64];
            whole = resampled(&whole, true, pointer, reach.radius_mm, 0.25);
            whole.iter_mut().for_each(|point| point.follow(pointer, step, reach.radius_mm));
        }
        let whole: Vec<[f64; 2]> =
            whole.into_iter().map(|point| point.pixel.unwrap_or([point.mm[0] / 0.5, point.mm[1]])).collect();
        let mut stretches = nudge(&outline, from, to, reach);
        let begin = stretches.iter().position(|point| *point == whole[0]).unwrap();
        stretches.rotate_left(begin);
        assert_eq!(stretches, whole);
    }

    #[test]
    fn a_nudged_region_stays_bit_for_bit_outside_the_reach_and_keeps_its_holes() {
        let hole = fill(&[[90.2, 50.0], [99.0, 50.0], [99.0, 57.3], [90.2, 57.3]]);
        let speckle = Pixels::from_lines((0..2500).map(|n| n * 7 % 11 < 5), 50);
        let region = fill(&circle(90)).minus(&hole).union(&speckle);
        let mut nudge = Nudge::begin(region.clone(), REACH);
        assert_eq!(nudge.pixels(), region);
        let way = [[140.0, 60.0], [150.0, 62.0], [162.0, 61.0]];
        for ends in way.windows(2) {
            nudge.push(ends[0], ends[1]);
        }
        let pushed = nudge.pixels();
        assert!(pushed.minus(&region).count() > 100 && region.minus(&pushed).is_empty());
        let reach = stroke(way[0], way[1], REACH).union(&stroke(way[1], way[2], REACH));
        assert_eq!(pushed.minus(&reach), region.minus(&reach));
        assert!(hole.intersection(&pushed).is_empty() && nudge.outlines().len() > 2);
    }

    #[test]
    fn nonsense_pushes_nothing() {
        for (to, radius_mm) in [([f64::NAN, 1.0], 5.0), ([3.0, 1.0], 0.0), ([3.0, 1.0], f64::NAN), ([1e300, 0.0], 5.0)]
        {
            let reach = Brush { radius_mm, spacing_mm: [1.0; 2] };
            assert_eq!(nudge(&circle(9), [100.0, 60.0], to, reach), circle(9));
        }
        assert!(nudge(&[], [0.0, 0.0], [1.0, 1.0], REACH).is_empty());
    }
}
