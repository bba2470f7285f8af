//! What a request shows while it is still at work.

use std::sync::{Arc, Mutex, PoisonError};

/// A slot for the newest interim result: the worker puts, the watcher takes; what was not taken in time is replaced.
/// Clones share the slot.
pub struct Latest<T> {
    slot: Arc<Mutex<Option<T>>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl<T> Latest<T> {
    /// An empty slot; `wake` is called from the worker's thread whenever something new lies in it.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { slot: Arc::default(), wake: Arc::new(wake) }
    }

    /// A slot that nobody watches.
    pub fn unwatched() -> Self {
        Self::new(|| {})
    }

    /// Shows something newer.
    pub fn put(&self, value: T) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        (self.wake)();
    }

    /// The newest since the last call.
    pub fn take(&self) -> Option<T> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self { slot: self.slot.clone(), wake: self.wake.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_is_taken_and_only_once() {
        let watched = Latest::unwatched();
        let worker = watched.clone();
        worker.put(1);
        worker.put(2);
        assert_eq!((watched.take(), watched.take()), (Some(2), None));
    }
}
