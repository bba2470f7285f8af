//! One change of the label map, as what differs between before and after.
//!
//! An edit holds the exclusive-or of old and new bits, run-length coded over the smallest box around the change, so that
//! memory follows what changed and not the volume. Exclusive-or makes an edit its own inverse.

use std::ops::Range;

use ndarray::{ArrayView3, s};

use super::statistics::Tallies;
use crate::segment::SliceOfGrid;
use crate::volume::{Geometry, LabelMap, VoxelBox};

/// A change of the label map that knows its name and its inverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// As the undo list shows it: "Brush, slice 23".
    pub name: String,
    bounds: VoxelBox,
    /// (voxels, bits that flip), over the box with columns running fastest.
    runs: Vec<(u32, u8)>,
    /// Statistics of the state that the edit leads to, where so much changes that counting it again would take longer than a
    /// frame.
    pub(super) tallies: Option<Tallies>,
}

impl Edit {
    /// What leads from one label map to another on the same grid; `None` when they are equal.
    pub fn between(name: String, before: &LabelMap, after: &LabelMap) -> Option<Self> {
        Self::from_arrays(name, VoxelBox::whole(before.geometry()), [before.bits().view(), after.bits().view()])
    }

    /// What leads from one state of a slice to another, both as bits in the order of the slice's array; `None` when they
    /// are equal or do not fill the slice.
    pub fn of_slice(name: String, slice: SliceOfGrid, geometry: &Geometry, states: [&[u8]; 2]) -> Option<Self> {
        let within = VoxelBox::slice(slice, geometry);
        let [columns, rows, slices] = within.size();
        let [before, after] = states.map(|bits| ArrayView3::from_shape((slices, rows, columns), bits).ok());
        Self::from_arrays(name, within, [before?, after?])
    }

    fn from_arrays(name: String, within: VoxelBox, [before, after]: [ArrayView3<u8>; 2]) -> Option<Self> {
        let mut found: Option<VoxelBox> = None;
        for ((k, plane_before), plane_after) in before.outer_iter().enumerate().zip(after.outer_iter()) {
            for ((j, row_before), row_after) in plane_before.outer_iter().enumerate().zip(plane_after.outer_iter()) {
                let differs = |(a, b): (&u8, &u8)| a != b;
                let pairs = || row_before.iter().zip(row_after.iter());
                if let Some(first) = pairs().position(differs) {
                    let last = row_before.len() - 1 - pairs().rev().position(differs).unwrap_or(0);
                    let row = VoxelBox { low: [first, j, k], high: [last + 1, j + 1, k + 1] };
                    found = Some(found.map_or(row, |sofar| sofar.union(row)));
                }
            }
        }
        let local = found?;
        let [i, j, k] = [0, 1, 2].map(|axis| local.range(axis));
        let mut runs: Vec<(u32, u8)> = Vec::new();
        let part = s![k, j, i];
        for (a, b) in before.slice(part).iter().zip(after.slice(part).iter()) {
            match runs.last_mut() {
                Some((length, flips)) if *flips == a ^ b && *length < u32::MAX => *length += 1,
                _ => runs.push((1, a ^ b)),
            }
        }
        runs.shrink_to_fit();
        let shift = |corner: [usize; 3]| std::array::from_fn(|a| corner[a] + within.low[a]);
        Some(Self { name, bounds: VoxelBox { low: shift(local.low), high: shift(local.high) }, runs, tallies: None })
    }

    /// The smallest box around what changes.
    pub fn bounds(&self) -> VoxelBox {
        self.bounds
    }

    /// Calls with (slice, row), a range of columns and the bits that flip there, for everything that changes.
    pub fn for_each(&self, mut change: impl FnMut((usize, usize), Range<usize>, u8)) {
        let [columns, rows, _] = self.bounds.size();
        let [i0, j0, k0] = self.bounds.low;
        let mut begin = 0usize;
        for &(length, flips) in &self.runs {
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

    /// Flips the bits of a label map: done twice, everything is as it was.
    pub fn flip(&self, map: &mut LabelMap) {
        let mut rows = map.bits_mut().view_mut();
        self.for_each(|(k, j), columns, flips| {
            rows.slice_mut(s![k, j, columns]).iter_mut().for_each(|bits| *bits ^= flips)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(values: &[u8]) -> LabelMap {
        let geometry = Geometry::axial([3, 4, 5], [0.0; 3], [1.0; 3]).unwrap();
        let bits = ndarray::Array3::from_shape_vec(geometry.shape(), values.to_vec()).unwrap();
        LabelMap::from_bits(geometry, bits).unwrap()
    }

    proptest! {
        #[test]
        fn an_edit_leads_there_and_its_inverse_back(
            before in prop::collection::vec(0u8..16, 60),
            after in prop::collection::vec(0u8..16, 60),
        ) {
            let (before, after) = (map(&before), map(&after));
            let mut at = before.clone();
            if let Some(edit) = Edit::between("Edit".into(), &before, &after) {
                edit.flip(&mut at);
                prop_assert_eq!(&at, &after);
                edit.flip(&mut at);
            }
            prop_assert_eq!(at, before);
        }
    }

    #[test]
    fn memory_follows_what_changed() {
        let geometry = Geometry::axial([512, 512, 100], [0.0; 3], [1.0; 3]).unwrap();
        let before = LabelMap::empty(geometry);
        let mut after = before.clone();
        after.bits_mut().slice_mut(s![50, 100..200, 100..300]).fill(1);
        let edit = Edit::between("Brush".into(), &before, &after).unwrap();
        assert_eq!(edit.bounds(), VoxelBox { low: [100, 100, 50], high: [300, 200, 51] });
        assert!(edit.runs.capacity() < 10, "{} runs for one rectangle", edit.runs.capacity());
    }

    #[test]
    fn equal_maps_differ_by_no_edit() {
        let same = map(&[3; 60]);
        assert_eq!(Edit::between("Edit".into(), &same, &same), None);
    }
}
