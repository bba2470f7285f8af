//! Memory that cases share: a case is let in when what it needs is free, in the order of asking.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::job::FoundImage;
use crate::radiomics::Preparation;

/// Bytes a voxel of the image while its VOI is read: the number as stored, as ordered, and whether it is inside.
const READING_BYTES: u64 = 13;
/// Bytes a voxel of the image that filters take which look beyond the VOI, and the VOI itself. Measured, as the two below, with the
/// study's protocol on volumes of 5 to 47 million voxels and VOIs of 2 to 5 million (`docs/performance.md`), and rounded up.
const FILTER_BYTES: f64 = 9.0;
/// Bytes a voxel of the VOI that its values in all derived images take.
const DERIVED_BYTES: f64 = 140.0;
/// Bytes a voxel of the VOI that each thread takes which counts textures.
const TEXTURE_BYTES: f64 = 32.0;
/// Threads beyond which a case has nothing more to count at once: the images of the study's protocol.
const MOST_THREADS: usize = 14;

/// An image and its VOI, as far as memory is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Voxels of the image.
    pub n_voxels: u64,
    /// Bytes of each.
    pub bytes_each: u64,
    /// Spacing along column, row and slice index.
    pub spacing_mm: [f64; 3],
}

impl Extent {
    /// That of an image that was found.
    pub fn of(found: &FoundImage) -> Self {
        let grid = found.grid();
        let n_voxels = grid.size().iter().map(|&side| side as u64).product();
        Self { n_voxels, bytes_each: found.bytes_each(), spacing_mm: grid.spacing_mm() }
    }

    /// Memory that reading the VOI takes.
    pub fn bytes_to_read_voi(&self) -> u64 {
        self.n_voxels.saturating_mul(READING_BYTES)
    }

    /// Memory that a case takes with so many voxels in its VOI and so many threads at work.
    pub fn bytes_to_extract(&self, n_inside: u64, preparation: &Preparation, n_threads: usize) -> u64 {
        let each_inside = DERIVED_BYTES + TEXTURE_BYTES * n_threads.min(MOST_THREADS) as f64;
        let measured = self.n_voxels as f64 * FILTER_BYTES + n_inside as f64 * each_inside;
        let stored = self.n_voxels.saturating_mul(self.bytes_each);
        // A conversion from a real number stops at the largest integer.
        stored.saturating_add((measured * self.growth(preparation)) as u64).max(self.bytes_to_read_voi())
    }

    /// How many times as many voxels are measured as the image has: more where it is resampled to a finer grid.
    fn growth(&self, preparation: &Preparation) -> f64 {
        let Some(resample) = &preparation.resample else { return 1.0 };
        let axes = self.spacing_mm.into_iter().zip(resample.spacing_mm);
        // A spacing of 0 keeps what it is.
        axes.filter(|(_, wanted)| *wanted > 0.0).map(|(there, wanted)| there / wanted).product::<f64>().max(1.0)
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
    use crate::radiomics::{Interpolator, Resample};
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
    fn need_grows_with_image_voi_threads_and_a_finer_grid() {
        let image = |n_voxels, bytes_each| Extent { n_voxels, bytes_each, spacing_mm: [0.5, 0.5, 4.0] };
        let plain = Preparation::default();
        let need = |n_voxels, n_inside, n_threads| image(n_voxels, 2).bytes_to_extract(n_inside, &plain, n_threads);
        let base = need(1000, 100, 2);
        assert!(need(2000, 100, 2) > base && need(1000, 200, 2) > base && need(1000, 100, 4) > base);
        assert_eq!(need(u64::MAX, 1, 1), u64::MAX);
        assert!(image(1000, 8).bytes_to_read_voi() <= image(1000, 8).bytes_to_extract(1, &plain, 1));
        let to = |spacing_mm| {
            let resample = Resample { spacing_mm, interpolator: Interpolator::Linear, pad_voxels: 5 };
            image(1000, 2).growth(&Preparation { resample: Some(resample), ..Preparation::default() })
        };
        assert_eq!(to([0.5, 0.5, 0.5]), 8.0);
        assert_eq!(to([0.0, 0.0, 1.0]), 4.0);
        assert_eq!(to([2.0, 2.0, 4.0]), 1.0);
    }
}
