//! One change of the label map, as what differs between before and after.
//!
//! An edit holds the exclusive-or of old and new bits, run-length coded over the smallest box around the change, so that
//! memory follows what changed and not the volume. Exclusive-or makes an edit its own inverse.

use std::ops::Range;
use std::sync::Arc;

use ndarray::s;

use super::review::{Made, Trace};
use super::snapshot::{Run, Snapshot, run_length};
use super::statistics::Tallies;
use crate::volume::{Label, LabelMap, VoxelBox};

/// A change of the label map that knows its name and its inverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// As the undo list shows it: "Brush, slice 23".
    pub name: String,
    bounds: VoxelBox,
    /// (voxels, bits that flip), over the box with columns running fastest; shared with the journal.
    runs: Arc<[Run]>,
    /// Acquired slices that change, in order.
    slices: Vec<u32>,
    pub(super) made: Made,
    /// What the edit did to the review of the slices, for the way back.
    pub(super) trace: Trace,
    /// Statistics of the state that the edit leads to, where so much changes that counting it again would take longer than a
    /// frame.
    pub(super) tallies: Option<Box<Tallies>>,
}

impl Edit {
    /// What leads from a state to a label map on the same grid; `None` when they are equal.
    pub fn between(name: String, before: &Snapshot, after: &LabelMap, made: Made) -> Option<Self> {
        Self::within(name, VoxelBox::whole(before.geometry()), before, after, made)
    }

    /// The same where nothing differs outside a box, which lies on the grid.
    pub fn within(name: String, within: VoxelBox, before: &Snapshot, after: &LabelMap, made: Made) -> Option<Self> {
        let Differences { bounds, rows } = differences(within, before, after)?;
        let [columns, n_rows, _] = bounds.size();
        let mut old = vec![0; columns];
        let mut runs: Vec<Run> = Vec::new();
        let mut slices: Vec<u32> = Vec::new();
        let mut done = 0;
        for (k, j) in rows {
            let row = (k - bounds.low[2]) * n_rows + j - bounds.low[1];
            push(&mut runs, (row - done) * columns, 0);
            done = row + 1;
            before.decode_row(k, j, bounds.range(0), &mut old);
            let new = after.bits().slice(s![k, j, bounds.range(0)]);
            old.iter_mut().zip(new).for_each(|(old, new)| *old ^= new);
            let mut rest = old.as_slice();
            while let Some(&flips) = rest.first() {
                let n = run_length(rest, flips);
                push(&mut runs, n, flips);
                rest = rest.get(n..).unwrap_or_default();
            }
            if slices.last() != Some(&(k as u32)) {
                slices.push(k as u32);
            }
        }
        let is_empty = |run: &Run| run.1 == 0;
        if runs.last().is_some_and(is_empty) {
            runs.pop();
        }
        slices.shrink_to_fit();
        Some(Self { name, bounds, runs: runs.into(), slices, made, trace: Trace::default(), tallies: None })
    }

    /// The smallest box around what changes.
    pub fn bounds(&self) -> VoxelBox {
        self.bounds
    }

    /// Acquired slices that change, in order.
    pub fn slices(&self) -> impl Iterator<Item = usize> + '_ {
        self.slices.iter().map(|k| *k as usize)
    }

    /// How it was made, and under which window.
    pub fn made(&self) -> Made {
        self.made
    }

    /// Whether it changes a label somewhere.
    pub fn touches(&self, label: Label) -> bool {
        self.runs.iter().any(|(_, flips)| flips & label.bit() != 0)
    }

    /// Bytes that it holds.
    pub fn memory(&self) -> usize {
        size_of::<Self>()
            + self.name.capacity()
            + size_of_val::<[Run]>(&self.runs)
            + size_of::<u32>() * self.slices.capacity()
            + self.trace.memory()
            + self.tallies.as_ref().map_or(0, |tallies| tallies.memory())
    }

    pub(super) fn runs(&self) -> &Arc<[Run]> {
        &self.runs
    }

    /// Calls with (slice, row), a range of columns and the bits that flip there, for everything that changes.
    pub fn for_each(&self, change: impl FnMut((usize, usize), Range<usize>, u8)) {
        for_each_run(self.bounds, &self.runs, change);
    }

    /// Flips the bits of a label map: done twice, everything is as it was.
    pub fn flip(&self, map: &mut LabelMap) {
        flip_runs(self.bounds, &self.runs, map);
    }
}

/// What an edit changes, by its box and runs.
pub(super) fn for_each_run(bounds: VoxelBox, runs: &[Run], mut change: impl FnMut((usize, usize), Range<usize>, u8)) {
    let [columns, rows, _] = bounds.size();
    let [i0, j0, k0] = bounds.low;
    let mut begin = 0usize;
    for &(length, flips) in runs {
        let end = begin + length as usize;
        while flips != 0 && begin < end {
            let (row, i) = (begin / columns, begin % columns);
            let n = (end - begin).min(columns - i);
            change((k0 + row / rows, j0 + row % rows), i0 + i..i0 + i + n, flips);
            begin += n;
        }
        begin = end;
    }
}

/// Flips what runs over a box flip; the box must lie on the map's grid and hold them all.
pub(super) fn flip_runs(bounds: VoxelBox, runs: &[Run], map: &mut LabelMap) {
    let [n_columns, n_rows, _] = map.geometry().size();
    let mut strided = map.bits_mut().view_mut();
    if let Some(voxels) = strided.as_slice_mut() {
        return for_each_run(bounds, runs, |(k, j), columns, flips| {
            let row = (k * n_rows + j) * n_columns;
            let part = voxels.get_mut(row + columns.start..row + columns.end);
            part.into_iter().flatten().for_each(|bits| *bits ^= flips);
        });
    }
    for_each_run(bounds, runs, |(k, j), columns, flips| {
        strided.slice_mut(s![k, j, columns]).iter_mut().for_each(|bits| *bits ^= flips)
    });
}

/// Where two states differ.
struct Differences {
    bounds: VoxelBox,
    /// (slice, row) of every row with a difference, in order.
    rows: Vec<(usize, usize)>,
}

fn differences(within: VoxelBox, before: &Snapshot, after: &LabelMap) -> Option<Differences> {
    let mut old = vec![0; within.size()[0]];
    let mut bounds: Option<VoxelBox> = None;
    let mut rows = Vec::new();
    for (k, j) in within.range(2).flat_map(|k| within.range(1).map(move |j| (k, j))) {
        before.decode_row(k, j, within.range(0), &mut old);
        let new = after.bits().slice(s![k, j, within.range(0)]);
        if new.as_slice().is_some_and(|new| new == old) {
            continue;
        }
        let differs = |(a, b): (&u8, &u8)| a != b;
        let pairs = || old.iter().zip(new.iter());
        if let (Some(first), Some(last)) = (pairs().position(differs), pairs().rposition(differs)) {
            let i0 = within.low[0];
            let row = VoxelBox { low: [i0 + first, j, k], high: [i0 + last + 1, j + 1, k + 1] };
            bounds = Some(bounds.map_or(row, |sofar| sofar.union(row)));
            rows.push((k, j));
        }
    }
    Some(Differences { bounds: bounds?, rows })
}

/// Lengthens the last run or begins another.
fn push(runs: &mut Vec<Run>, mut n: usize, flips: u8) {
    if let Some((length, _)) = runs.last_mut().filter(|(_, last)| *last == flips) {
        let more = n.min((u32::MAX - *length) as usize);
        *length += more as u32;
        n -= more;
    }
    while n > 0 {
        let more = n.min(u32::MAX as usize);
        runs.push((more as u32, flips));
        n -= more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;
    use proptest::prelude::*;

    fn map(values: &[u8]) -> LabelMap {
        let geometry = Geometry::axial([3, 4, 5], [0.0; 3], [1.0; 3]).unwrap();
        let bits = ndarray::Array3::from_shape_vec(geometry.shape(), values.to_vec()).unwrap();
        LabelMap::from_bits(geometry, bits).unwrap()
    }

    fn between(before: &LabelMap, after: &LabelMap) -> Option<Edit> {
        Edit::between("Edit".into(), &Snapshot::of(before), after, Made::by_hand())
    }

    proptest! {
        #[test]
        fn an_edit_leads_there_and_its_inverse_back(
            before in prop::collection::vec(0u8..16, 60),
            after in prop::collection::vec(0u8..16, 60),
        ) {
            let (before, after) = (map(&before), map(&after));
            let mut at = before.clone();
            if let Some(edit) = between(&before, &after) {
                edit.flip(&mut at);
                prop_assert_eq!(&at, &after);
                edit.flip(&mut at);
            }
            prop_assert_eq!(at, before);
        }

        #[test]
        fn an_edit_knows_its_box_slices_and_labels(at in prop::collection::vec(0usize..60, 1..4), bits in 1u8..16) {
            let before = map(&[0; 60]);
            let mut after = before.clone();
            at.iter().for_each(|n| *after.bits_mut().iter_mut().nth(*n).unwrap() = bits);
            let edit = between(&before, &after).unwrap();
            prop_assert_eq!(Some(edit.bounds()), VoxelBox::around(after.bits().view(), |bits| *bits != 0));
            let mut slices: Vec<usize> = at.iter().map(|n| n / 12).collect();
            slices.sort_unstable();
            slices.dedup();
            prop_assert_eq!(edit.slices().collect::<Vec<_>>(), slices);
            prop_assert!(Label::ALL.into_iter().all(|label| edit.touches(label) == (bits & label.bit() != 0)));
        }
    }

    #[test]
    fn memory_follows_what_changed() {
        let geometry = Geometry::axial([512, 512, 100], [0.0; 3], [1.0; 3]).unwrap();
        let before = LabelMap::empty(geometry);
        let mut after = before.clone();
        after.bits_mut().slice_mut(s![50, 100..200, 100..300]).fill(1);
        let edit = between(&before, &after).unwrap();
        assert_eq!(edit.bounds(), VoxelBox { low: [100, 100, 50], high: [300, 200, 51] });
        assert_eq!(*edit.runs, [(20_000, 1)], "one rectangle, one run");
        assert!(edit.memory() < 1000, "{} bytes", edit.memory());
    }

    #[test]
    fn equal_maps_differ_by_no_edit() {
        let same = map(&[3; 60]);
        assert_eq!(between(&same, &same), None);
    }
}
