//! Memory that cases share: a case is let in when what it needs is free, in the order of asking.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::job::FoundImage;
use crate::radiomics::{Protocol, Sizes, bytes_to_extract};
use crate::volume::Mask;

/// Bytes a voxel of the image while its VOI is read: the number as stored, as ordered, and whether it is inside.
const READING_BYTES: u64 = 13;

/// An image, as far as memory is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Its voxels along slices, rows and columns.
    size: [usize; 3],
    /// Bytes of each.
    bytes_each: u64,
    /// Spacing along the same axes.
    spacing_mm: [f64; 3],
}

/// A VOI, as far as memory is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Voxels of its bounding box along slices, rows and columns.
    size: [usize; 3],
    n_inside: u64,
}

impl Extent {
    /// That of an image that was found.
    pub fn of(found: &FoundImage) -> Self {
        let grid = found.grid();
        let turned = |[column, row, slice]: [f64; 3]| [slice, row, column];
        Self { size: grid.shape().into(), bytes_each: found.bytes_each(), spacing_mm: turned(grid.spacing_mm()) }
    }

    /// Memory that reading the VOI takes.
    pub fn bytes_to_read_voi(&self) -> u64 {
        self.n_voxels().saturating_mul(READING_BYTES)
    }

    /// Memory that a case takes with this VOI and protocol and so many threads at work.
    pub fn bytes_to_extract(&self, drawn: Drawn, protocol: &Protocol, n_threads: usize) -> u64 {
        let Self { size: image, bytes_each, spacing_mm } = *self;
        let sizes = Sizes { image, bytes_each, spacing_mm, voi: drawn.size, n_inside: drawn.n_inside };
        bytes_to_extract(&sizes, protocol, n_threads).max(self.bytes_to_read_voi()).max(self.bytes_to_load())
    }

    /// Memory that the image takes while it is read: voxels as stored beside voxels as kept, and the VOI.
    fn bytes_to_load(&self) -> u64 {
        self.n_voxels().saturating_mul(2 * self.bytes_each + 1)
    }

    fn n_voxels(&self) -> u64 {
        self.size.iter().fold(1, |product, &side| product.saturating_mul(side as u64))
    }
}

impl Drawn {
    /// That of a VOI that was read.
    pub fn of(mask: &Mask) -> Self {
        let mut n_inside = 0;
        let (mut first, mut end) = ([usize::MAX; 3], [0; 3]);
        for ((slice, row, column), _) in mask.inside().indexed_iter().filter(|(_, inside)| **inside) {
            n_inside += 1;
            for (axis, index) in [slice, row, column].into_iter().enumerate() {
                first[axis] = first[axis].min(index);
                end[axis] = end[axis].max(index + 1);
            }
        }
        Self { size: std::array::from_fn(|axis| end[axis].saturating_sub(first[axis])), n_inside }
    }
}

/// Lets cases in as far as memory reaches.
#[derive(Debug)]
pub struct MemoryGate {
    budget: u64,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    taken: u64,
    /// The next who asks gets this number.
    asked: u64,
    /// Who has this number is let in next.
    called: u64,
}

/// Memory of one case, given back when it is dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    gate: &'a MemoryGate,
    bytes: u64,
}

impl MemoryGate {
    /// A gate to this many bytes.
    pub fn new(budget: u64) -> Self {
        Self { budget, queue: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until so many bytes are free and all who asked before are in. Who needs more than there is gets all, and is
    /// alone.
    pub fn enter(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.budget);
        let mut queue = self.lock();
        let own = queue.asked;
        queue.asked += 1;
        while queue.called != own || queue.taken + bytes > self.budget {
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.called += 1;
        queue.taken += bytes;
        self.changed.notify_all();
        Permit { gate: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.gate.lock().taken -= self.bytes;
        self.gate.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::Filter;
    use crate::volume::Geometry;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    /// Long enough for a thread that may go on to do so.
    const SETTLED: Duration = Duration::from_millis(50);

    #[test]
    fn cases_together_never_take_more_than_there_is() {
        let gate = MemoryGate::new(10);
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for worker in 0..8u64 {
                let (gate, inside, most) = (&gate, &inside, &most);
                scope.spawn(move || {
                    for case in 0..50 {
                        let bytes = 1 + (worker * 7 + case * 3) % 10;
                        let permit = gate.enter(bytes);
                        most.fetch_max(inside.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(bytes, Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        assert!((1..=10).contains(&most.into_inner()));
        assert_eq!(gate.lock().taken, 0);
    }

    #[test]
    fn small_cases_run_side_by_side_and_do_not_overtake_a_large_one_that_waits() {
        let gate = MemoryGate::new(10);
        let (sender, entered) = channel();
        let enter = |name: &'static str, bytes: u64| {
            let permit = gate.enter(bytes);
            sender.send(name).unwrap();
            permit
        };
        thread::scope(|scope| {
            let small = [enter("small", 3), enter("small too", 3)];
            scope.spawn(|| enter("large", 100));
            thread::sleep(SETTLED);
            scope.spawn(|| enter("late", 1));
            thread::sleep(SETTLED);
            assert_eq!(entered.try_iter().collect::<Vec<_>>(), ["small", "small too"]);
            drop(small);
        });
        assert_eq!(entered.try_iter().collect::<Vec<_>>(), ["large", "late"]);
    }

    #[test]
    fn a_case_that_needs_more_than_there_is_runs_alone() {
        let gate = MemoryGate::new(10);
        let permit = gate.enter(u64::MAX);
        assert_eq!(gate.lock().taken, 10);
        drop(permit);
        assert_eq!(gate.lock().taken, 0);
    }

    #[test]
    fn a_voi_is_as_large_as_its_box_and_has_as_many_voxels_as_were_drawn() {
        let shape = (5, 6, 7);
        let inside = ndarray::Array3::from_shape_fn(shape, |at| at == (1, 2, 3) || at == (3, 2, 6));
        let grid = Geometry::axial([7, 6, 5], [0.0; 3], [1.0; 3]).unwrap();
        let drawn = Drawn::of(&Mask::new(grid, inside).unwrap());
        assert_eq!((drawn.size, drawn.n_inside), ([3, 1, 4], 2));
        let none = Drawn::of(&Mask::new(grid, ndarray::Array3::from_elem(shape, false)).unwrap());
        assert_eq!((none.size, none.n_inside), ([0; 3], 0));
    }

    #[test]
    fn a_small_voi_needs_no_less_than_reading_it_and_its_image_does() {
        let one_voxel = Drawn { size: [1; 3], n_inside: 1 };
        for bytes_each in [2, 4, 8] {
            let image = Extent { size: [100, 512, 512], bytes_each, spacing_mm: [4.0, 0.5, 0.5] };
            let need = image.bytes_to_extract(one_voxel, &Protocol::of_filters("original", vec![Filter::Original]), 2);
            assert!(need >= 100 * 512 * 512 * (2 * bytes_each + 1), "{bytes_each}: {need}");
            assert!(need >= image.bytes_to_read_voi());
        }
        let endless = Extent { size: [usize::MAX; 3], bytes_each: 2, spacing_mm: [1.0; 3] };
        assert_eq!(endless.bytes_to_read_voi(), u64::MAX);
    }
}
