//! Pixels of one slice as runs: what every pen answers with. Coordinates may lie outside the slice until they are clipped.
//!
//! Sets are united, intersected and subtracted by one walk along the runs of both (linear in their number). What asks the
//! image or the label map reads the set's own pixels alone, so that a stroke may pass any number of such filters while it
//! follows the pointer.

use std::ops::RangeInclusive;

use ndarray::Axis;

use super::SliceOfGrid;
use crate::volume::{Geometry, Label, LabelMap, Volume};

/// Neighbouring pixels of one line: `start <= a < end` at line `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRun {
    /// Position along the second in-plane axis.
    pub line: i64,
    /// First pixel along the first in-plane axis.
    pub start: i64,
    /// One past the last pixel.
    pub end: i64,
}

/// A set of pixels of one slice, sorted by line and start; its runs are not empty and do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pixels(Vec<PixelRun>);

impl Pixels {
    /// A set from runs in any order; empty ones are dropped, overlapping ones merged.
    pub fn from_runs(mut runs: Vec<PixelRun>) -> Self {
        runs.retain(|run| run.start < run.end);
        runs.sort_unstable_by_key(|run| (run.line, run.start));
        let mut merged: Vec<PixelRun> = Vec::with_capacity(runs.len());
        for run in runs {
            match merged.last_mut() {
                Some(last) if last.line == run.line && run.start <= last.end => last.end = last.end.max(run.end),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }

    /// The pixels of a slice of `width` pixels per line for which `inside` holds, the first in-plane axis running fastest, as
    /// the slices of a label map do.
    pub fn from_lines(inside: impl IntoIterator<Item = bool>, width: usize) -> Self {
        let mut runs: Vec<PixelRun> = Vec::new();
        let width = width.max(1);
        for (n, _) in inside.into_iter().enumerate().filter(|(_, inside)| *inside) {
            let (line, a) = ((n / width) as i64, (n % width) as i64);
            match runs.last_mut() {
                Some(run) if run.line == line && run.end == a => run.end += 1,
                _ => runs.push(PixelRun { line, start: a, end: a + 1 }),
            }
        }
        Self(runs)
    }

    /// The pixels of a slice that have any of some labels; none where the grid has no such slice.
    pub fn of_labels(map: &LabelMap, labels: &[Label], slice: SliceOfGrid) -> Self {
        let bits = map.bits();
        let axis = 2 - slice.axis.min(2);
        if slice.index >= bits.len_of(Axis(axis)) {
            return Self::default();
        }
        let asked = labels.iter().fold(0, |all, label| all | label.bit());
        let lines = bits.index_axis(Axis(axis), slice.index);
        let width = lines.ncols();
        Self::from_lines(lines.into_iter().map(|bits| bits & asked != 0), width)
    }

    /// The pixels that lie on a slice of `size` = [pixels along the first axis, along the second].
    pub fn clipped(mut self, size: [usize; 2]) -> Self {
        let [width, height] = size.map(|n| n as i64);
        self.0.retain_mut(|run| {
            run.start = run.start.max(0);
            run.end = run.end.min(width);
            run.start < run.end && (0..height).contains(&run.line)
        });
        self
    }

    /// The same pixels elsewhere: pixel (0, 0) at `origin`.
    pub(super) fn moved(mut self, origin: [i64; 2]) -> Self {
        for run in &mut self.0 {
            *run = PixelRun { line: run.line + origin[1], start: run.start + origin[0], end: run.end + origin[0] };
        }
        self
    }

    /// The runs in order.
    pub fn runs(&self) -> &[PixelRun] {
        &self.0
    }

    /// Number of pixels.
    pub fn count(&self) -> usize {
        self.0.iter().map(|run| (run.end - run.start) as usize).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a pixel belongs to the set.
    pub fn contains(&self, a: i64, b: i64) -> bool {
        let after = self.0.partition_point(|run| (run.line, run.start) <= (b, a));
        after > 0 && self.0[after - 1].line == b && a < self.0[after - 1].end
    }

    /// Pixels of either set.
    pub fn union(&self, other: &Self) -> Self {
        self.combined(other, |own, others| own || others)
    }

    /// Pixels of both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        self.combined(other, |own, others| own && others)
    }

    /// Pixels of this set that the other has not.
    pub fn minus(&self, other: &Self) -> Self {
        self.combined(other, |own, others| own && !others)
    }

    /// Those whose voxels have none of some labels: what is left of a stroke that flows around locked ones. Pixels beyond the
    /// slice go.
    pub fn outside_labels(&self, map: &LabelMap, labels: &[Label], slice: SliceOfGrid) -> Self {
        let locked = labels.iter().fold(0, |all, label| all | label.bit());
        self.retained(slice, map.geometry(), |voxel| map.bits().get(voxel).is_some_and(|bits| bits & locked == 0))
    }

    /// Those whose voxels have a value within a range, in HU: a filter for any tool's pixels. Pixels beyond the slice,
    /// padding, and values that are no numbers go.
    pub fn within_hu(&self, volume: &Volume, range: &RangeInclusive<f64>, slice: SliceOfGrid) -> Self {
        let (slices, rows, columns) = volume.voxels().shape();
        self.retained(slice, volume.geometry(), |voxel @ (k, j, i)| {
            let lies_in = k < slices && j < rows && i < columns;
            lies_in && !volume.is_padding(voxel) && range.contains(&volume.voxels().at(voxel))
        })
    }

    /// The pixels of a slice for whose voxels, as (slice, row, column), `keep` holds; those beyond it are not even looked at.
    fn retained(&self, slice: SliceOfGrid, geometry: &Geometry, keep: impl Fn((usize, usize, usize)) -> bool) -> Self {
        let [width, height] = slice.size(geometry).map(|n| n as i64);
        let mut runs: Vec<PixelRun> = Vec::with_capacity(self.0.len());
        for run in self.0.iter().filter(|run| (0..height).contains(&run.line)) {
            for a in run.start.max(0)..run.end.min(width) {
                if !keep(voxel(slice, a as usize, run.line as usize)) {
                    continue;
                }
                match runs.last_mut() {
                    Some(last) if last.line == run.line && last.end == a => last.end += 1,
                    _ => runs.push(PixelRun { line: run.line, start: a, end: a + 1 }),
                }
            }
        }
        Self(runs)
    }

    /// The pixels that `keep` holds for, told whether this set and the other have them; of pixels in neither none is kept.
    fn combined(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let mut runs: Vec<PixelRun> = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut ends, mut others) = (Ends::of(&self.0), Ends::of(&other.0));
        let mut begun: Option<(i64, i64)> = None;
        loop {
            let place = match (ends.ahead(), others.ahead()) {
                (Some(own), Some(other)) => own.min(other),
                (Some(place), None) | (None, Some(place)) => place,
                (None, None) => return Self(runs),
            };
            ends.pass(place);
            others.pass(place);
            match (begun, keep(ends.inside, others.inside)) {
                (None, true) => begun = Some(place),
                (Some((line, start)), false) => {
                    runs.push(PixelRun { line, start, end: place.1 });
                    begun = None;
                }
                _ => {}
            }
        }
    }
}

/// The (slice, row, column) index of a pixel of a slice.
fn voxel(slice: SliceOfGrid, a: usize, b: usize) -> (usize, usize, usize) {
    match slice.axis {
        0 => (b, a, slice.index),
        1 => (b, slice.index, a),
        _ => (slice.index, b, a),
    }
}

/// A walk along the places (line, pixel) at which a set begins and ends.
struct Ends<'a> {
    runs: &'a [PixelRun],
    inside: bool,
}

impl<'a> Ends<'a> {
    fn of(runs: &'a [PixelRun]) -> Self {
        Self { runs, inside: false }
    }

    fn ahead(&self) -> Option<(i64, i64)> {
        self.runs.first().map(|run| (run.line, if self.inside { run.end } else { run.start }))
    }

    /// Goes past a place, if the set begins or ends there.
    fn pass(&mut self, place: (i64, i64)) {
        if self.ahead() == Some(place) {
            if self.inside {
                self.runs = self.runs.get(1..).unwrap_or_default();
            }
            self.inside = !self.inside;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Voxels;
    use proptest::prelude::*;

    #[test]
    fn overlapping_runs_merge_and_clipping_cuts_them() {
        let run = |line, start, end| PixelRun { line, start, end };
        let pixels = Pixels::from_runs(vec![run(1, 2, 5), run(0, -3, 2), run(1, 4, 9), run(1, 7, 7)]);
        assert_eq!(pixels.runs(), [run(0, -3, 2), run(1, 2, 9)]);
        assert_eq!(pixels.clone().clipped([4, 2]).runs(), [run(0, 0, 2), run(1, 2, 4)]);
        assert!(pixels.contains(8, 1) && !pixels.contains(9, 1) && !pixels.contains(0, 2));
        assert_eq!(pixels.count(), 12);
    }

    /// Two sets of a slice of 8 x 6 pixels and whether each has a pixel, from one random byte per pixel.
    fn sets(bytes: &[u8]) -> [Pixels; 2] {
        [1, 2].map(|bit| Pixels::from_lines(bytes.iter().map(|byte| byte & bit != 0), 8))
    }

    proptest! {
        #[test]
        fn sets_combine_pixel_by_pixel_and_stay_in_canonical_order(bytes in proptest::collection::vec(0u8..4, 48)) {
            let [a, b] = sets(&bytes);
            let expected = |keep: fn(u8) -> bool| Pixels::from_lines(bytes.iter().map(|byte| keep(*byte)), 8);
            prop_assert_eq!(a.union(&b), expected(|byte| byte != 0));
            prop_assert_eq!(a.intersection(&b), expected(|byte| byte == 3));
            prop_assert_eq!(a.minus(&b), expected(|byte| byte == 1));
            prop_assert_eq!(Pixels::from_runs(a.union(&b).runs().to_vec()), a.union(&b));
        }
    }

    #[test]
    fn labels_of_a_slice_are_found_in_every_plane() {
        let geometry = Geometry::axial([4, 3, 2], [0.0; 3], [1.0; 3]).unwrap();
        let mut map = LabelMap::empty(geometry);
        map.bits_mut()[(1, 2, 3)] = Label::Lesion.bit() | Label::Liver.bit();
        for axis in 0..3 {
            let slice = SliceOfGrid { axis, index: [3, 2, 1][axis] };
            let [a, b] = slice.in_plane([3.0, 2.0, 1.0]).map(|x| x as i64);
            let pixels = Pixels::of_labels(&map, &[Label::Vessel, Label::Lesion], slice);
            assert_eq!(pixels.runs(), [PixelRun { line: b, start: a, end: a + 1 }]);
            assert!(Pixels::of_labels(&map, &[Label::Vessel], slice).is_empty());
            assert!(Pixels::of_labels(&map, &[Label::Lesion], SliceOfGrid { axis, index: 9 }).is_empty());
        }
    }

    /// More than any slice of 4 x 3 x 2 voxels.
    fn everything() -> Pixels {
        // Who looked at every pixel of these runs would not come to an end.
        Pixels::from_runs((-1..6).map(|line| PixelRun { line, start: -2, end: 1 << 50 }).collect())
    }

    #[test]
    fn strokes_flow_around_locked_labels_in_every_plane() {
        let geometry = Geometry::axial([4, 3, 2], [0.0; 3], [1.0; 3]).unwrap();
        let mut map = LabelMap::empty(geometry);
        map.bits_mut()[(1, 2, 3)] = Label::Lesion.bit() | Label::Liver.bit();
        map.bits_mut()[(0, 1, 1)] = Label::Liver.bit();
        for (axis, index) in [(0, 3), (1, 2), (2, 1), (2, 0)] {
            let slice = SliceOfGrid { axis, index };
            let whole = everything().clipped(slice.size(&geometry));
            for locked in [&[Label::Lesion, Label::Vessel][..], &[Label::Liver], &[]] {
                let expected = whole.minus(&Pixels::of_labels(&map, locked, slice));
                assert_eq!(everything().outside_labels(&map, locked, slice), expected);
            }
        }
        assert!(everything().outside_labels(&map, &[], SliceOfGrid { axis: 2, index: 2 }).is_empty());
    }

    #[test]
    fn a_range_keeps_pixels_with_values_in_it_in_every_plane() {
        let geometry = Geometry::axial([4, 3, 2], [0.0; 3], [1.0; 3]).unwrap();
        let mut values = ndarray::Array3::from_shape_fn(geometry.shape(), |(k, j, i)| (100 * k + 10 * j + i) as f32);
        values[(1, 0, 0)] = f32::NAN;
        let padding = ndarray::Array3::from_shape_fn(geometry.shape(), |at| at == (1, 1, 1));
        let volume = Volume::new(geometry, Voxels::F32(values)).unwrap().with_padding(padding).unwrap();
        let range = 2.0..=121.0;
        for (axis, index) in [(0, 0), (0, 1), (1, 1), (2, 0), (2, 1)] {
            let slice = SliceOfGrid { axis, index };
            let kept = everything().within_hu(&volume, &range, slice);
            let [width, height] = slice.size(&geometry);
            for (a, b) in (0..width * height).map(|n| (n % width, n / width)) {
                let [i, j, k] = slice.voxel([a as f64, b as f64]);
                let expected =
                    range.contains(&(100.0 * k + 10.0 * j + i)) && ![[0.0, 0.0, 1.0], [1.0; 3]].contains(&[i, j, k]);
                assert_eq!(kept.contains(a as i64, b as i64), expected, "{i} {j} {k}");
            }
            assert_eq!(kept, kept.clone().clipped([width, height]));
        }
    }
}
