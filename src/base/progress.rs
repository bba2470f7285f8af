//! Progress of one request, shared between the thread that works and whoever watches it.
//!
//! The watcher reads stage and fraction, and may cancel; the worker asks [`Progress::check`] between steps. It deliberately
//! knows nothing of time: who shows a remaining time measures it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The request was cancelled by the one who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// A handle on the progress of one request; clones share the same state.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    cancelled: Arc<Cancellation>,
    stage: Arc<Stage>,
}

/// Whether someone asked to stop a request, or the one that it is a branch of.
#[derive(Debug, Default)]
struct Cancellation {
    own: AtomicBool,
    whole: Option<Arc<Cancellation>>,
}

impl Cancellation {
    fn is_asked(&self) -> bool {
        self.own.load(Ordering::Relaxed) || self.whole.as_ref().is_some_and(|whole| whole.is_asked())
    }
}

#[derive(Debug, Default)]
struct Stage {
    done: AtomicU64,
    total: AtomicU64,
    name: Mutex<String>,
}

impl Progress {
    /// A request that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// The progress of a part of the request: stages of its own, cancelled together with the whole.
    pub fn part(&self) -> Self {
        Self { cancelled: self.cancelled.clone(), stage: Arc::default() }
    }

    /// The progress of a part of the request that can be stopped while the whole goes on; the whole stops it too.
    pub fn branch(&self) -> Self {
        let cancelled = Cancellation { own: AtomicBool::new(false), whole: Some(self.cancelled.clone()) };
        Self { cancelled: Arc::new(cancelled), stage: Arc::default() }
    }

    /// Begins a stage of `total` steps; 0 means that their number is not known.
    pub fn begin(&self, stage: &str, total: usize) {
        self.say(stage);
        self.stage.done.store(0, Ordering::Relaxed);
        self.stage.total.store(total as u64, Ordering::Relaxed);
    }

    /// Says what the current stage is at, in words that take the place of its name; what is done and what remains stay.
    pub fn say(&self, stage: &str) {
        *self.stage.name.lock().unwrap_or_else(PoisonError::into_inner) = stage.to_owned();
    }

    /// Counts `steps` more of the current stage as done.
    pub fn advance(&self, steps: usize) {
        self.stage.done.fetch_add(steps as u64, Ordering::Relaxed);
    }

    /// What the request is doing, in words.
    pub fn stage(&self) -> String {
        self.stage.name.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Steps done in the current stage.
    pub fn done(&self) -> u64 {
        self.stage.done.load(Ordering::Relaxed)
    }

    /// Steps of the current stage in all; 0 when not known.
    pub fn total(&self) -> u64 {
        self.stage.total.load(Ordering::Relaxed)
    }

    /// Part of the current stage that is done, 0 to 1, when its size is known.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.total();
        (total > 0).then(|| (self.done() as f32 / total as f32).min(1.0))
    }

    /// Asks the worker to stop at its next check.
    pub fn cancel(&self) {
        self.cancelled.own.store(true, Ordering::Relaxed);
    }

    /// Whether someone asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_asked()
    }

    /// An error once someone asked to stop, so that workers can write `progress.check()?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_sees_cancellation() {
        let progress = Progress::new();
        let worker = progress.clone();
        assert!(worker.check().is_ok());
        progress.cancel();
        assert_eq!(worker.check(), Err(Cancelled));
    }

    #[test]
    fn a_part_counts_for_itself_and_is_cancelled_with_the_whole() {
        let whole = Progress::new();
        whole.begin("extracting", 3);
        let part = whole.part();
        part.begin("reading headers", 7);
        part.advance(2);
        assert_eq!((whole.total(), whole.done()), (3, 0));
        whole.cancel();
        assert_eq!(part.check(), Err(Cancelled));
    }

    #[test]
    fn a_branch_is_stopped_without_the_whole_and_together_with_it() {
        let whole = Progress::new();
        let (stopped, other) = (whole.branch(), whole.branch());
        stopped.cancel();
        assert_eq!(stopped.part().check(), Err(Cancelled));
        assert!(whole.check().is_ok() && other.check().is_ok());
        whole.cancel();
        assert_eq!(other.check(), Err(Cancelled));
    }

    #[test]
    fn fraction_is_unknown_until_a_total_is() {
        let progress = Progress::new();
        assert_eq!(progress.fraction(), None);
        progress.begin("reading headers", 4);
        progress.advance(1);
        assert_eq!(progress.fraction(), Some(0.25));
        assert_eq!(progress.stage(), "reading headers");
        progress.say("reading headers: the last");
        assert_eq!((progress.stage().as_str(), progress.fraction()), ("reading headers: the last", Some(0.25)));
    }
}
