//! The label map at work: every write passes here, so that statistics stay right and painters learn which box changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::s;

use super::statistics::Tallies;
use super::{Edit, Operation, Statistics, VoxelBox};
use crate::segment::{Pixels, SliceOfGrid};
use crate::volume::{Label, LabelMap, Volume};

/// Changes remembered one by one; who is further behind takes the whole map.
const REMEMBERED: usize = 256;

/// How far someone has followed the changes of one [`Labels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeMark {
    identity: u64,
    number: u64,
}

/// A label map with its running statistics and its latest changes.
#[derive(Debug)]
pub struct Labels {
    /// Shared with requests under way; a write while one of them holds it goes to a copy.
    map: Arc<LabelMap>,
    volume: Arc<Volume>,
    tallies: Tallies,
    identity: u64,
    /// Number of changes so far.
    number: u64,
    /// Boxes of the latest changes, the newest last.
    recent: Vec<VoxelBox>,
    /// The box around everything that ever changed.
    touched: Option<VoxelBox>,
}

impl ChangeMark {
    /// Whether both mark states of one label map on one image.
    pub fn same_map(self, other: ChangeMark) -> bool {
        self.identity == other.identity
    }
}

impl Labels {
    /// Nothing drawn yet on an image.
    pub fn empty(volume: Arc<Volume>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let map = Arc::new(LabelMap::empty(*volume.geometry()));
        let tallies = Tallies::empty(volume.geometry().size()[2]);
        let identity = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { map, volume, tallies, identity, number: 0, recent: Vec::new(), touched: None }
    }

    /// The label map.
    pub fn map(&self) -> &LabelMap {
        &self.map
    }

    /// The label map as it is now, for a request to own: later edits do not reach it.
    pub fn snapshot(&self) -> Arc<LabelMap> {
        self.map.clone()
    }

    /// The image that it was drawn on.
    pub fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    /// Volume, HU and slices of the VOI and of every label.
    pub fn statistics(&self) -> Statistics {
        self.tallies.statistics(self.map.geometry().voxel_volume_mm3())
    }

    /// Marks the present state.
    pub fn mark(&self) -> ChangeMark {
        ChangeMark { identity: self.identity, number: self.number }
    }

    /// The box around everything that changed since a mark; `None` when nothing did. Without a mark, everything that
    /// differs from an empty map.
    pub fn changed_since(&self, mark: Option<ChangeMark>) -> Option<VoxelBox> {
        match mark {
            Some(mark) if !mark.same_map(self.mark()) => Some(VoxelBox::whole(self.map.geometry())),
            Some(mark) => {
                let missed = (self.number - mark.number) as usize;
                let recent = self.recent.len().checked_sub(missed).map(|from| &self.recent[from..]);
                // Whoever is too far behind takes all that ever changed.
                recent.map_or(self.touched, |boxes| boxes.iter().copied().reduce(VoxelBox::union))
            }
            None => self.touched,
        }
    }

    /// Flips the bits of an edit. One that brings the statistics of the state that it leads to takes away those of the one that it
    /// leads from, for the way back.
    pub(super) fn apply(&mut self, edit: &mut Edit) {
        self.note(edit.bounds());
        let map = Arc::make_mut(&mut self.map);
        if let Some(tallies) = &mut edit.tallies {
            std::mem::swap(&mut self.tallies, tallies);
            return edit.flip(map);
        }
        let bits = map.bits_mut();
        edit.for_each(|(k, j), columns, flips| {
            for i in columns {
                if let Some(voxel) = bits.get_mut((k, j, i)) {
                    self.tallies.change(&self.volume, (k, j, i), [*voxel, *voxel ^ flips]);
                    *voxel ^= flips;
                }
            }
        });
    }

    /// Puts another map with its tallies in place, which differs within a box; gives the tallies that were there.
    pub(super) fn replace(&mut self, map: Arc<LabelMap>, tallies: Tallies, changed: VoxelBox) -> Tallies {
        self.map = map;
        self.note(changed);
        std::mem::replace(&mut self.tallies, tallies)
    }

    /// Adds pixels of a slice to a label, or takes them from it.
    pub(super) fn draw(&mut self, slice: SliceOfGrid, pixels: &Pixels, label: Label, operation: Operation) {
        let geometry = *self.map.geometry();
        if slice.axis > 2 || slice.index >= geometry.size()[slice.axis] {
            return;
        }
        let [first, second] = slice.in_plane_axes();
        let bits = Arc::make_mut(&mut self.map).bits_mut();
        let mut changed: Option<VoxelBox> = None;
        for run in pixels.clone().clipped(slice.size(&geometry)).runs() {
            let mut voxel = [slice.index; 3];
            voxel[second] = run.line as usize;
            for a in run.start as usize..run.end as usize {
                voxel[first] = a;
                let at = (voxel[2], voxel[1], voxel[0]);
                let old = bits[at];
                let new = if operation == Operation::Add { old | label.bit() } else { old & !label.bit() };
                if old != new {
                    self.tallies.change(&self.volume, at, [old, new]);
                    bits[at] = new;
                    let here = VoxelBox { low: voxel, high: voxel.map(|x| x + 1) };
                    changed = Some(changed.map_or(here, |sofar| sofar.union(here)));
                }
            }
        }
        if let Some(changed) = changed {
            self.note(changed);
        }
    }

    /// A copy of one slice's bits in the order of its array.
    pub(super) fn slice_bits(&self, slice: SliceOfGrid) -> Vec<u8> {
        let within = VoxelBox::slice(slice, self.map.geometry());
        let [i, j, k] = [0, 1, 2].map(|axis| within.range(axis));
        self.map.bits().slice(s![k, j, i]).iter().copied().collect()
    }

    fn note(&mut self, changed: VoxelBox) {
        self.number += 1;
        self.touched = Some(self.touched.map_or(changed, |sofar| sofar.union(changed)));
        if self.recent.len() == REMEMBERED {
            self.recent.drain(..REMEMBERED / 2);
        }
        self.recent.push(changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Brush, disc};
    use crate::volume::{Geometry, Voxels};

    #[test]
    fn a_follower_learns_the_box_of_what_it_missed() {
        let geometry = Geometry::axial([20, 20, 4], [0.0; 3], [1.0; 3]).unwrap();
        let volume = Volume::new(geometry, Voxels::I16(ndarray::Array3::zeros(geometry.shape()))).unwrap();
        let mut labels = Labels::empty(Arc::new(volume));
        let start = labels.mark();
        assert_eq!(labels.changed_since(Some(start)), None);
        assert_eq!(labels.changed_since(None), None);
        let dot = Brush { radius_mm: 0.1, spacing_mm: [1.0; 2] };
        for (index, at) in [(1, [3.0, 4.0]), (2, [5.0, 9.0])] {
            let slice = SliceOfGrid { axis: 2, index };
            labels.draw(slice, &disc(at, dot), Label::Liver, Operation::Add);
        }
        let both = VoxelBox { low: [3, 4, 1], high: [6, 10, 3] };
        assert_eq!(labels.changed_since(Some(start)), Some(both));
        for n in 0..600 {
            let operation = if n % 2 == 0 { Operation::Erase } else { Operation::Add };
            labels.draw(SliceOfGrid { axis: 2, index: 1 }, &disc([3.0, 4.0], dot), Label::Liver, operation);
        }
        assert_eq!(labels.changed_since(Some(start)), Some(both));
        let other = Labels::empty(labels.volume().clone());
        assert_eq!(labels.changed_since(Some(other.mark())), Some(VoxelBox::whole(&geometry)));
    }

    #[test]
    fn pixels_outside_the_image_are_left_out() {
        let geometry = Geometry::axial([5, 5, 2], [0.0; 3], [1.0; 3]).unwrap();
        let volume = Volume::new(geometry, Voxels::I16(ndarray::Array3::zeros(geometry.shape()))).unwrap();
        let mut labels = Labels::empty(Arc::new(volume));
        let large = disc([0.0, 0.0], Brush { radius_mm: 50.0, spacing_mm: [1.0; 2] });
        labels.draw(SliceOfGrid { axis: 2, index: 0 }, &large, Label::Liver, Operation::Add);
        labels.draw(SliceOfGrid { axis: 2, index: 9 }, &large, Label::Liver, Operation::Add);
        assert_eq!(labels.map().count(Label::Liver), 25);
    }
}
