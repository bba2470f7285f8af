//! The caudate lobe cut off the liver by a curtain: a line drawn on one slice, or on two, through the fissure.
//!
//! Anatomy (Dodds et al., AJR 1990;154:87): the caudate lobe lies behind the fissure for the ligamentum venosum, which parts it from
//! the left lateral segment, and in front of the inferior vena cava; to the right only the caudate process, between vena cava
//! and portal vein, joins it to the right lobe, and there no visible border tells where it ends. The line is drawn along the fissure
//! to its end, and from there to the front of the vena cava, into which the cut then goes on. Upper end is the confluence of the hepatic veins, lower end the portal
//! vein's bifurcation or the tip of the papillary process below it.
//!
//! Pure geometry: what lies on the clicked side of the curtain, between both ends, and hangs together with the click. The image
//! is deliberately not looked at; where a fissure can be seen the reader's line follows it better.

use std::ops::RangeInclusive;

use ndarray::{Array3, s};

use super::region::{Components, Connectivity};
use super::{Pixels, SliceOfGrid, fill};
use crate::base::{Cancelled, Progress};
use crate::volume::{GridMismatch, Mask, VoxelBox};

/// A line is resampled to this many points before it is mixed with another: a fissure of 60 mm in steps of 1 mm.
const POINTS: usize = 64;

/// How far, and in which steps, a line's ends may turn off its direction, in degrees.
const MOST_TURN: u32 = 100;
const TURN: usize = 5;

/// Pixels of liver that are crossed rather than turned away from by a degree: noise of the liver's edge turns nothing.
const PIXELS_A_DEGREE: f64 = 0.1;

/// Corners of the way around the image that closes a line to an outline.
const CORNERS: usize = 16;

/// A line drawn on a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct CutLine {
    /// The slice's index along the cut's axis.
    pub index: usize,
    /// Its points in pixel units of the slice, two or more. Both ends are continued straight, to where little liver is left to cross.
    pub points: Vec<[f64; 2]>,
}

/// How the caudate lobe is cut off.
#[derive(Debug, Clone, PartialEq)]
pub struct CaudateCut {
    /// The grid axis normal to the slices that lines are drawn on.
    pub axis: usize,
    /// The line, carried along the grid's steps from slice to slice.
    pub line: CutLine,
    /// A second line: between both slices the curtain is mixed from both, beyond them it goes on as drawn.
    pub second: Option<CutLine>,
    /// A voxel (column, row, slice) of the caudate lobe.
    pub inside: [usize; 3],
    /// From which slice to which, ends included.
    pub slices: RangeInclusive<usize>,
}

/// Why nothing was cut off.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CaudateError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The grid has no such axis or slices.
    #[error("slices {} to {} are not all within the image; choose the upper and lower end among its slices", .0 + 1, .1 + 1)]
    Slices(usize, usize),
    /// A line without length.
    #[error(
        "the line on slice {} has no two different points; draw it through the fissure from one edge of the caudate lobe to the other",
        .0 + 1
    )]
    Line(usize),
    /// The click does not say which side is meant.
    #[error("the click on slice {} is not in the liver between the upper and lower end; click inside the caudate lobe", .2 + 1)]
    Click(usize, usize, usize),
    /// All of the liver lies on one side.
    #[error(
        "the line does not part the liver: all of it lies on the clicked side; draw the line between caudate lobe and the rest"
    )]
    NothingParted,
    /// Regions of different grids.
    #[error(transparent)]
    Grid(#[from] GridMismatch),
}

/// The line as it is carried to a slice, mixed from both where there are two; `None` where a line has no length.
pub fn carried_line(line: &CutLine, second: Option<&CutLine>, index: usize) -> Option<Vec<[f64; 2]>> {
    // Only the way beyond the line's ends asks how large the image is.
    Curtain::of(line, second, [0.0; 2]).ok().map(|curtain| curtain.line_on(index))
}

/// The part of a liver that a cut takes for the caudate lobe.
pub fn caudate_lobe(liver: &Mask, cut: &CaudateCut, progress: &Progress) -> Result<Mask, CaudateError> {
    let geometry = liver.geometry();
    let (first, last) = (*cut.slices.start(), *cut.slices.end());
    let exists = |index: usize| geometry.size().get(cut.axis).is_some_and(|&n| index < n);
    if first > last
        || !exists(last)
        || ![Some(&cut.line), cut.second.as_ref()].into_iter().flatten().all(|line| exists(line.index))
    {
        return Err(CaudateError::Slices(first, last));
    }
    let [i, j, k] = cut.inside;
    let outside = CaudateError::Click(i, j, k);
    if !liver.inside().get((k, j, i)).is_some_and(|inside| *inside) || !cut.slices.contains(&cut.inside[cut.axis]) {
        return Err(outside);
    }
    let size = SliceOfGrid { axis: cut.axis, index: 0 }.in_plane_axes().map(|axis| geometry.size()[axis] as f64);
    let curtain = Curtain::of(&cut.line, cut.second.as_ref(), size)?;
    let click = SliceOfGrid { axis: cut.axis, index: cut.inside[cut.axis] };
    let [a, b] = click.in_plane_axes().map(|axis| cut.inside[axis] as i64);
    let in_liver = |slice: SliceOfGrid| {
        move |at: [f64; 2]| {
            let [i, j, k] = slice.voxel(at.map(f64::round)).map(|x| if x < 0.0 { usize::MAX } else { x as usize });
            liver.inside().get((k, j, i)).is_some_and(|inside| *inside)
        }
    };
    let side = curtain.left_of(click.index, in_liver(click)).contains(a, b);
    let mut slab = VoxelBox::whole(geometry);
    (slab.low[cut.axis], slab.high[cut.axis]) = (first, last + 1);
    let mut part = Array3::from_elem(geometry.shape(), false);
    progress.begin("Cutting off the caudate lobe", last - first + 1);
    for index in first..=last {
        progress.check()?;
        progress.advance(1);
        let slice = SliceOfGrid { axis: cut.axis, index };
        let left = curtain.left_of(index, in_liver(slice)).clipped(slice.size(geometry));
        let picked = slice.pixels(liver.inside(), |inside| *inside);
        for run in picked.runs() {
            for a in (run.start..run.end).filter(|&a| left.contains(a, run.line) == side) {
                let [column, row, slice] = slice.voxel([a as f64, run.line as f64]).map(|x| x as usize);
                part[(slice, row, column)] = true;
            }
        }
    }
    let in_slab = slab.view(liver.inside()).iter().filter(|inside| **inside).count();
    if part.iter().filter(|inside| **inside).count() == in_slab {
        return Err(CaudateError::NothingParted);
    }
    let components = Components::of(part.view(), Connectivity::Faces, |inside| *inside);
    let own = components.at((k, j, i)).ok_or(outside)?;
    part.fill(false);
    for run in components.runs().iter().filter(|run| run.component == own) {
        part.slice_mut(s![run.slice as usize, run.row as usize, run.start as usize..run.end as usize]).fill(true);
    }
    Ok(Mask::new(*geometry, part)?)
}

/// One or two lines, resampled alike.
struct Curtain {
    lines: [(usize, Vec<[f64; 2]>); 2],
    /// Middle of a slice, and a radius in pixels far beyond it.
    around: ([f64; 2], f64),
}

impl Curtain {
    fn of(line: &CutLine, second: Option<&CutLine>, [width, height]: [f64; 2]) -> Result<Self, CaudateError> {
        let resampled = |line: &CutLine| resampled(&line.points).ok_or(CaudateError::Line(line.index));
        let first = resampled(line)?;
        let mut second = match second {
            Some(line) => (line.index, resampled(line)?),
            None => (line.index, first.clone()),
        };
        // Whoever draws from the other end means the same curtain.
        let apart = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let ends = |line: &[[f64; 2]]| line.first().copied().zip(line.last().copied());
        if let (Some((a, b)), Some((c, d))) = (ends(&first), ends(&second.1))
            && apart(&a, &d) + apart(&b, &c) < apart(&a, &c) + apart(&b, &d)
        {
            second.1.reverse();
        }
        let mut lines = [(line.index, first), second];
        lines.sort_by_key(|line| line.0);
        Ok(Self { lines, around: ([width / 2.0, height / 2.0], 2.0 * width.hypot(height)) })
    }

    /// The line on a slice.
    fn line_on(&self, index: usize) -> Vec<[f64; 2]> {
        let [(low, lower), (high, upper)] = &self.lines;
        let at = if high > low { (index.clamp(*low, *high) - low) as f64 / (high - low) as f64 } else { 0.0 };
        let mix = |(a, b): (&[f64; 2], &[f64; 2])| [a[0] + at * (b[0] - a[0]), a[1] + at * (b[1] - a[1])];
        lower.iter().zip(upper).map(mix).collect()
    }

    /// What lies to one side of the line on a slice, always the same one; it reaches beyond the image.
    fn left_of(&self, index: usize, in_liver: impl Fn([f64; 2]) -> bool) -> Pixels {
        let line = self.line_on(index);
        let (Some(&first), Some(&last)) = (line.first(), line.last()) else { return Pixels::default() };
        // The direction of an end is that from the line's quarter: single points of a freehand line point anywhere.
        let quarter = line.get(POINTS / 4).copied().unwrap_or(last);
        let from = self.beyond(quarter, first, &line, &in_liver);
        let quarter = line.get(POINTS - 1 - POINTS / 4).copied().unwrap_or(first);
        let reversed: Vec<[f64; 2]> = line.iter().rev().chain([&from]).copied().collect();
        let to = self.beyond(quarter, last, &reversed, &in_liver);
        let (middle, radius) = self.around;
        let angle = |p: [f64; 2]| (p[1] - middle[1]).atan2(p[0] - middle[0]);
        let turn = (angle(from) - angle(to)).rem_euclid(std::f64::consts::TAU);
        let corner = |n: usize| {
            let angle = angle(to) + turn * n as f64 / CORNERS as f64;
            [middle[0] + radius * angle.cos(), middle[1] + radius * angle.sin()]
        };
        let mut outline = vec![from];
        outline.extend(line);
        outline.push(to);
        outline.extend((1..CORNERS).map(corner));
        fill(&outline)
    }

    /// Where the way on from an end of the line leaves the circle around the image. It turns off the line's direction, from another
    /// point of it, to where little liver is left to cross: a line that ends beside the vena cava runs into it, and not along it
    /// through the right lobe. It does not cross what is there of the cut, which begins at the end.
    fn beyond(
        &self,
        from: [f64; 2],
        end: [f64; 2],
        cut: &[[f64; 2]],
        in_liver: &impl Fn([f64; 2]) -> bool,
    ) -> [f64; 2] {
        let drawn = (end[1] - from[1]).atan2(end[0] - from[0]);
        // A line that is wound around its own end has no way on.
        let mut best = (f64::INFINITY, end);
        for turn in (0..=MOST_TURN).step_by(TURN).flat_map(|turn| [f64::from(turn), -f64::from(turn)]) {
            let angle = drawn + turn.to_radians();
            let step = [angle.cos(), angle.sin()];
            let off = [end[0] - self.around.0[0], end[1] - self.around.0[1]];
            let along = step[0] * off[0] + step[1] * off[1];
            let square = along * along - (off[0] * off[0] + off[1] * off[1]) + self.around.1.powi(2);
            let steps = square.max(0.0).sqrt() - along;
            let at = |n: f64| [end[0] + n * step[0], end[1] + n * step[1]];
            let crossed = (1..=steps as usize).filter(|&n| in_liver(at(n as f64))).count();
            let cost = crossed as f64 + turn.abs() * PIXELS_A_DEGREE;
            let crosses = |way: [f64; 2]| cut.windows(2).skip(1).any(|side| cross([end, way], side));
            if cost < best.0 && !crosses(at(steps)) {
                best = (cost, at(steps));
            }
        }
        best.1
    }
}

/// Whether two stretches cross; where one only touches the other they do not.
fn cross([a, b]: [[f64; 2]; 2], other: &[[f64; 2]]) -> bool {
    let &[c, d] = other else { return false };
    let side = |p: [f64; 2], q: [f64; 2], r: [f64; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// [`POINTS`] points in equal steps along a line; `None` where it has no length, or a point is far from any image.
fn resampled(points: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    if !points.iter().flatten().all(|x| x.abs() < super::FARTHEST_PIXEL) {
        return None;
    }
    let mut ways = vec![0.0];
    for pair in points.windows(2) {
        let &[a, b] = pair else { continue };
        ways.push(ways.last()? + (b[0] - a[0]).hypot(b[1] - a[1]));
    }
    let length = *ways.last()?;
    if points.len() < 2 || length <= 0.0 {
        return None;
    }
    let point = |n: usize| {
        let way = length * n as f64 / (POINTS - 1) as f64;
        let after = ways.partition_point(|&w| w < way).clamp(1, points.len() - 1);
        let (&start, &end) = (ways.get(after - 1)?, ways.get(after)?);
        let at = if end > start { (way - start) / (end - start) } else { 0.0 };
        let (a, b) = (points.get(after - 1)?, points.get(after)?);
        Some([a[0] + at * (b[0] - a[0]), a[1] + at * (b[1] - a[1])])
    };
    (0..POINTS).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    /// A block of liver on a tilted grid whose slices run to the feet.
    fn liver() -> Mask {
        let geometry =
            Geometry::new([40, 30, 12], [0.0; 3], [[0.8, 0.0, 0.0], [0.0, 0.8, 0.1], [0.0, 0.4, -3.0]]).unwrap();
        let mut inside = Array3::from_elem(geometry.shape(), false);
        inside.slice_mut(s![1..11, 5..25, 5..35]).fill(true);
        Mask::new(geometry, inside).unwrap()
    }

    fn line(index: usize, points: &[[f64; 2]]) -> CutLine {
        CutLine { index, points: points.to_vec() }
    }

    fn cut(first: CutLine, second: Option<CutLine>, inside: [usize; 3]) -> CaudateCut {
        CaudateCut { axis: 2, line: first, second, inside, slices: 3..=7 }
    }

    #[test]
    fn a_line_cuts_the_clicked_side_between_both_ends() {
        let across = line(5, &[[10.0, 14.5], [30.0, 14.5]]);
        let lower = caudate_lobe(&liver(), &cut(across.clone(), None, [20, 20, 5]), &Progress::new()).unwrap();
        assert_eq!(lower.count(), 5 * 10 * 30);
        assert!(lower.inside().indexed_iter().all(|((k, j, _), inside)| !inside || (j > 14 && (3..=7).contains(&k))));
        let upper = caudate_lobe(&liver(), &cut(across, None, [20, 8, 5]), &Progress::new()).unwrap();
        assert_eq!(upper.count(), 5 * 10 * 30);
    }

    #[test]
    fn between_two_lines_the_curtain_is_mixed_whichever_way_they_are_drawn() {
        let lower = line(3, &[[5.0, 10.5], [35.0, 10.5]]);
        for upper in [[[5.0, 18.5], [35.0, 18.5]], [[35.0, 18.5], [5.0, 18.5]]] {
            let cut = cut(lower.clone(), Some(line(7, &upper)), [20, 23, 5]);
            let found = caudate_lobe(&liver(), &cut, &Progress::new()).unwrap();
            // Rows from the line to the liver's end: 14, 12, 10, 8 and 6.
            let rows: Vec<usize> =
                (3..8).map(|k| found.inside().slice(s![k, .., 20]).iter().filter(|x| **x).count()).collect();
            assert_eq!(rows, [14, 12, 10, 8, 6]);
        }
    }

    #[test]
    fn a_line_that_ends_before_the_vena_cava_runs_into_it_and_leaves_the_liver_behind_it_alone() {
        let whole = liver();
        let mut inside = whole.inside().clone();
        inside.slice_mut(s![.., 14..25, 16..23]).fill(false);
        let liver = Mask::new(*whole.geometry(), inside).unwrap();
        let fissure = line(5, &[[37.0, 11.5], [26.0, 11.5], [19.0, 12.5]]);
        let found = caudate_lobe(&liver, &cut(fissure, None, [30, 20, 5]), &Progress::new()).unwrap();
        assert!(found.inside().indexed_iter().all(|((_, j, i), inside)| !inside || (i > 16 && j > 11)));
        assert!(found.count() >= 5 * 12 * 13, "all of it between line, vein and surface: {}", found.count());
    }

    #[test]
    fn the_line_is_carried_straight_beyond_the_lines_and_mixed_between_them() {
        let lower = line(3, &[[5.0, 10.0], [35.0, 10.0]]);
        let upper = line(7, &[[5.0, 18.0], [35.0, 18.0]]);
        let row = |index| carried_line(&lower, Some(&upper), index).unwrap()[0][1];
        assert_eq!([0, 3, 5, 7, 11].map(row), [10.0, 10.0, 14.0, 18.0, 18.0]);
        assert_eq!(carried_line(&line(3, &[[3.0, 3.0]]), None, 3), None);
    }

    #[test]
    fn what_hangs_not_together_with_the_click_stays_out() {
        let bent = line(5, &[[15.0, 4.0], [15.0, 15.0], [25.0, 15.0], [25.0, 4.0]]);
        let found = caudate_lobe(&liver(), &cut(bent, None, [20, 8, 5]), &Progress::new()).unwrap();
        assert!(found.inside().indexed_iter().all(|((_, j, i), inside)| !inside || (j < 16 && (15..=25).contains(&i))));
        assert!(found.count() >= 5 * 9 * 9);
    }

    #[test]
    fn a_cut_that_says_nothing_is_an_error() {
        let cut_off = |first: CutLine, inside| caudate_lobe(&liver(), &cut(first, None, inside), &Progress::new());
        let across = line(5, &[[10.0, 14.5], [30.0, 14.5]]);
        assert_eq!(cut_off(line(5, &[[3.0, 3.0]]), [20, 20, 5]), Err(CaudateError::Line(5)));
        assert_eq!(cut_off(across.clone(), [2, 2, 5]), Err(CaudateError::Click(2, 2, 5)));
        assert_eq!(cut_off(across, [20, 20, 9]), Err(CaudateError::Click(20, 20, 9)));
        assert_eq!(cut_off(line(5, &[[0.0, 1.0], [39.0, 1.0]]), [20, 20, 5]), Err(CaudateError::NothingParted));
        assert_eq!(cut_off(line(50, &[[0.0, 1.0], [39.0, 1.0]]), [20, 20, 5]), Err(CaudateError::Slices(3, 7)));
    }
}
