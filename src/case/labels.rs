//! The label map at work: every write passes here, so that statistics stay right and painters learn which box changed.
//!
//! The map belongs to the case alone and is written in place. Beside it stands the state at the end of the last stroke, as a
//! [`Snapshot`]: it goes to work beside the window at no cost, and what a stroke changed is what differs from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::ArrayView3;

use super::statistics::Tallies;
use super::{Edit, Locks, Operation, Snapshot, Statistics};
use crate::segment::{PixelRun, Pixels, SliceOfGrid};
use crate::volume::{Label, LabelMap, Volume, VoxelBox};

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
    map: LabelMap,
    /// The state at the end of the last stroke.
    settled: Snapshot,
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
        let map = LabelMap::empty(*volume.geometry());
        let settled = Snapshot::empty(*volume.geometry());
        let tallies = Tallies::empty(volume.geometry().size()[2]);
        let identity = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { map, settled, volume, tallies, identity, number: 0, recent: Vec::new(), touched: None }
    }

    /// The label map.
    pub fn map(&self) -> &LabelMap {
        &self.map
    }

    /// The label map as it was at the end of the last stroke, for a request to own: later edits do not reach it, and it slows
    /// none of them.
    pub fn snapshot(&self) -> Snapshot {
        self.settled.clone()
    }

    /// The same, to look at.
    pub fn settled(&self) -> &Snapshot {
        &self.settled
    }

    /// The image that it was drawn on.
    pub fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }

    /// Volume, HU and slices of the VOI and of every label.
    pub fn statistics(&self) -> Statistics {
        self.tallies.statistics(self.map.geometry().voxel_volume_mm3())
    }

    /// Whether a label has voxels on an acquired slice.
    pub fn is_on_slice(&self, label: Label, slice: usize) -> bool {
        self.tallies.n_on_slice(label, slice) > 0
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
        self.flip(edit);
        self.settle(edit.bounds());
    }

    /// Flips the bits of an edit that leads to a state which is coded already.
    pub(super) fn replace(&mut self, edit: &mut Edit, settled: Snapshot) {
        self.flip(edit);
        self.settled = settled;
    }

    fn flip(&mut self, edit: &mut Edit) {
        self.note(edit.bounds());
        if let Some(tallies) = &mut edit.tallies {
            std::mem::swap(&mut self.tallies, tallies);
            return edit.flip(&mut self.map);
        }
        let bits = self.map.bits_mut();
        edit.for_each(|(k, j), columns, flips| {
            for i in columns {
                if let Some(voxel) = bits.get_mut((k, j, i)) {
                    self.tallies.change(&self.volume, (k, j, i), [*voxel, *voxel ^ flips]);
                    *voxel ^= flips;
                }
            }
        });
    }

    /// A stroke ended that changed nothing outside a box.
    pub(super) fn settle(&mut self, within: VoxelBox) {
        self.settled.update(&self.map, within);
    }

    /// Draws pixels of a slice with a label; the answer is the box of what changed.
    pub(super) fn draw(
        &mut self,
        slice: SliceOfGrid,
        pixels: &Pixels,
        (label, operation): (Label, Operation),
        locks: Locks,
    ) -> Option<VoxelBox> {
        let geometry = *self.map.geometry();
        if slice.axis > 2 || slice.index >= geometry.size()[slice.axis] {
            return None;
        }
        let size = slice.size(&geometry);
        let pixels = pixels.clone().clipped(size);
        let others = if operation == Operation::Replace { complement(&pixels, size) } else { Vec::new() };
        let [first, second] = slice.in_plane_axes();
        let mut changed = None;
        let inside = pixels.runs().iter().map(|run| (run, true));
        for (run, is_inside) in inside.chain(others.iter().map(|run| (run, false))) {
            let mut voxel = [slice.index; 3];
            voxel[second] = run.line as usize;
            for a in run.start as usize..run.end as usize {
                voxel[first] = a;
                self.set(voxel, |old| locks.after(old, is_inside, label, operation), &mut changed);
            }
        }
        self.noted(changed)
    }

    /// Draws the voxels of a box that are `true` in `[slice, row, column]`; the answer is the box of what changed. What does not
    /// have the box's shape, or a box beyond the grid, draws nothing.
    pub(super) fn draw_box(
        &mut self,
        within: VoxelBox,
        inside: ArrayView3<bool>,
        (label, operation): (Label, Operation),
        locks: Locks,
    ) -> Option<VoxelBox> {
        let [columns, rows, slices] = within.size();
        let is_on_grid = (0..3).all(|axis| within.high[axis] <= self.map.geometry().size()[axis]);
        if !is_on_grid || inside.dim() != (slices, rows, columns) {
            return None;
        }
        let mut changed: Option<VoxelBox> = None;
        let mut part = within.view_mut(self.map.bits_mut());
        for ((bits, inside), row) in part.rows_mut().into_iter().zip(inside.rows()).zip(0..) {
            let (j, k) = (within.low[1] + row % rows, within.low[2] + row / rows);
            let mut span: Option<[usize; 2]> = None;
            for ((bits, &is_inside), i) in bits.into_iter().zip(inside).zip(within.low[0]..) {
                let (old, new) = (*bits, locks.after(*bits, is_inside, label, operation));
                if old != new {
                    *bits = new;
                    self.tallies.change(&self.volume, (k, j, i), [old, new]);
                    span = Some([span.map_or(i, |[first, _]| first), i + 1]);
                }
            }
            if let Some([low, high]) = span {
                let here = VoxelBox { low: [low, j, k], high: [high, j + 1, k + 1] };
                changed = Some(changed.map_or(here, |sofar| sofar.union(here)));
            }
        }
        self.noted(changed)
    }

    /// Changes the voxel at (column, row, slice), which lies on the grid.
    fn set(&mut self, voxel: [usize; 3], after: impl Fn(u8) -> u8, changed: &mut Option<VoxelBox>) {
        let at = (voxel[2], voxel[1], voxel[0]);
        let Some(bits) = self.map.bits_mut().get_mut(at) else { return };
        let (old, new) = (*bits, after(*bits));
        if old != new {
            *bits = new;
            self.tallies.change(&self.volume, at, [old, new]);
            let here = VoxelBox { low: voxel, high: voxel.map(|x| x + 1) };
            *changed = Some(changed.map_or(here, |sofar| sofar.union(here)));
        }
    }

    fn noted(&mut self, changed: Option<VoxelBox>) -> Option<VoxelBox> {
        changed.inspect(|changed| self.note(*changed))
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

/// Runs of all pixels of a slice that do not belong to a clipped set.
fn complement(pixels: &Pixels, [width, height]: [usize; 2]) -> Vec<PixelRun> {
    let mut runs = Vec::new();
    let mut rest = pixels.runs();
    for line in 0..height as i64 {
        let n = rest.iter().take_while(|run| run.line == line).count();
        let (own, others) = rest.split_at(n);
        let starts = std::iter::once(0).chain(own.iter().map(|run| run.end));
        let ends = own.iter().map(|run| run.start).chain(std::iter::once(width as i64));
        runs.extend(starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| PixelRun {
            line,
            start,
            end,
        }));
        rest = others;
    }
    runs
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
            labels.draw(slice, &disc(at, dot), (Label::Liver, Operation::Add), Locks::none());
        }
        let both = VoxelBox { low: [3, 4, 1], high: [6, 10, 3] };
        assert_eq!(labels.changed_since(Some(start)), Some(both));
        for n in 0..600 {
            let operation = if n % 2 == 0 { Operation::Erase } else { Operation::Add };
            labels.draw(
                SliceOfGrid { axis: 2, index: 1 },
                &disc([3.0, 4.0], dot),
                (Label::Liver, operation),
                Locks::none(),
            );
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
        labels.draw(SliceOfGrid { axis: 2, index: 0 }, &large, (Label::Liver, Operation::Add), Locks::none());
        labels.draw(SliceOfGrid { axis: 2, index: 9 }, &large, (Label::Liver, Operation::Add), Locks::none());
        assert_eq!(labels.map().count(Label::Liver), 25);
    }
}
