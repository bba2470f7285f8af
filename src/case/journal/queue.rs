//! What waits between the thread that draws and the one that writes. Nobody holds the lock while a disk works, so that the pen never
//! waits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{JournalStatus, Move, Notes, VoxelBox};
use crate::case::review::{Kept, Totals};
use crate::case::snapshot::{Run, Snapshot};

/// Entries that wait one by one; further ones merge into the last.
const MOST_WAITING: usize = 64;

/// A change and the state that it led to.
#[derive(Debug)]
pub(super) struct Entry {
    pub event: Event,
    pub state: State,
}

/// What a case is recovered to.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub labels: Snapshot,
    pub kept: Vec<Kept>,
    pub totals: Totals,
    pub time_ms: u64,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    Moved {
        how: Move,
        name: String,
        bounds: VoxelBox,
        runs: Arc<[Run]>,
    },
    Reviewed,
    Saved,
    Noted(Notes),
    /// Several of them, of which only the state at the end can be written.
    Merged(Vec<Outline>),
}

/// What is to be known of an event beyond the state that it led to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outline {
    Moved(Move, String),
    Reviewed,
    Saved,
    Noted(Notes),
}

/// How the writing thread is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Keep,
    Remove,
}

/// What the writing thread takes at once.
pub(super) struct Batch {
    pub entries: Vec<Entry>,
    pub ending: Option<Ending>,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Entry>,
    /// Entries that the writing thread has taken and not yet reported on.
    n_in_hand: usize,
    status: JournalStatus,
    ending: Option<Ending>,
    /// Whether the writing thread has ended, and whether as it was told.
    ended: Option<bool>,
}

impl Event {
    pub fn outlines(&self) -> Vec<Outline> {
        match self {
            Self::Moved { how, name, .. } => vec![Outline::Moved(*how, name.clone())],
            Self::Reviewed => vec![Outline::Reviewed],
            Self::Saved => vec![Outline::Saved],
            Self::Noted(notes) => vec![Outline::Noted(notes.clone())],
            Self::Merged(outlines) => outlines.clone(),
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked with the lock left whole values behind: each is written in one step.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry; takes microseconds.
    pub fn push(&self, entry: Entry) {
        let mut inner = self.lock();
        let is_full = inner.waiting.len() >= MOST_WAITING;
        match inner.waiting.back_mut().filter(|_| is_full) {
            Some(last) => {
                let mut outlines = match std::mem::replace(&mut last.event, Event::Reviewed) {
                    Event::Merged(outlines) => outlines,
                    event => event.outlines(),
                };
                outlines.extend(entry.event.outlines());
                *last = Entry { event: Event::Merged(outlines), state: entry.state };
            }
            None => inner.waiting.push_back(entry),
        }
        drop(inner);
        self.changed.notify_all();
    }

    /// Waits for entries, for the end, or for the time to try again.
    pub fn take(&self, retry_after: Option<Duration>) -> Batch {
        let mut inner = self.lock();
        let until = retry_after.map(|wait| Instant::now() + wait);
        while inner.waiting.is_empty() && inner.ending.is_none() {
            inner = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        let entries: Vec<Entry> = inner.waiting.drain(..).collect();
        inner.n_in_hand = entries.len();
        Batch { entries, ending: inner.ending }
    }

    /// The writing thread says how it went; the answer is whether the trouble changed.
    pub fn report(&self, status: JournalStatus) -> bool {
        let mut inner = self.lock();
        inner.n_in_hand = 0;
        let is_news = inner.status.trouble != status.trouble;
        inner.status = status;
        drop(inner);
        self.changed.notify_all();
        is_news
    }

    /// The writing thread has ended, as it was told or not.
    pub fn finish(&self, is_done: bool) {
        self.lock().ended = Some(is_done);
        self.changed.notify_all();
    }

    /// There is no writing thread.
    pub fn fail(&self, trouble: String) {
        self.lock().status.trouble = Some(trouble);
        self.finish(false);
    }

    pub fn status(&self) -> JournalStatus {
        let inner = self.lock();
        let n_unwritten = inner.status.n_unwritten + inner.waiting.len() + inner.n_in_hand;
        JournalStatus { n_unwritten, trouble: inner.status.trouble.clone() }
    }

    pub fn settle(&self, at_most: Duration) -> bool {
        let is_settled = |inner: &Inner| {
            inner.waiting.is_empty() && inner.n_in_hand == 0 && inner.status == JournalStatus::default()
        };
        let waits = |inner: &mut Inner| !is_settled(inner) && inner.ended.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), at_most, waits);
        is_settled(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Asks the writing thread to end and waits for it; the first ending that was asked for holds.
    pub fn end(&self, ending: Ending, at_most: Duration) -> bool {
        let mut inner = self.lock();
        inner.ending.get_or_insert(ending);
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(inner, at_most, |inner| inner.ended.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.ended == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    fn entry(name: usize) -> Entry {
        let geometry = Geometry::axial([4, 4, 4], [0.0; 3], [1.0; 3]).unwrap();
        let bounds = VoxelBox { low: [0; 3], high: [1; 3] };
        let event = Event::Moved { how: Move::Do, name: name.to_string(), bounds, runs: [(1, 1)].into() };
        let labels = Snapshot::empty(geometry);
        Entry { event, state: State { labels, kept: Vec::new(), totals: Totals::default(), time_ms: name as u64 } }
    }

    #[test]
    fn a_queue_that_nobody_empties_stops_growing_and_forgets_no_name() {
        let queue = Queue::default();
        (0..1000).for_each(|n| queue.push(entry(n)));
        assert_eq!(queue.status().n_unwritten, MOST_WAITING);
        let batch = queue.take(None);
        let names: Vec<Outline> = batch.entries.iter().flat_map(|entry| entry.event.outlines()).collect();
        assert_eq!(names, (0..1000).map(|n| Outline::Moved(Move::Do, n.to_string())).collect::<Vec<_>>());
        assert_eq!(batch.entries.last().unwrap().state.time_ms, 999, "the latest state");
        assert_eq!(queue.status().n_unwritten, MOST_WAITING, "in hand is not written");
        assert!(queue.report(JournalStatus { n_unwritten: 3, trouble: Some("full".into()) }));
        assert!(!queue.settle(Duration::from_millis(1)));
        assert!(queue.report(JournalStatus::default()) && queue.settle(Duration::ZERO));
    }
}
