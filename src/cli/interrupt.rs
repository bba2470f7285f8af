//! Ctrl+C, heeded: the request under way is cancelled, so that it removes what it has half written, and the program answers
//! as an interrupted one does. Asked a second time it ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::failure::INTERRUPTED;
use crate::base::Progress;

static CAME: AtomicBool = AtomicBool::new(false);

/// The request under way.
static CURRENT: Mutex<Option<Progress>> = Mutex::new(None);

/// Heeds Ctrl+C from now on. Where the system does not let it be heard, it ends the program as it always did.
pub fn heed() {
    if let Err(error) = ctrlc::set_handler(interrupt) {
        tracing::warn!("Ctrl+C is not heeded: {error}");
    }
}

fn interrupt() {
    if CAME.swap(true, Ordering::SeqCst) {
        std::process::exit(i32::from(INTERRUPTED));
    }
    if let Some(progress) = &*CURRENT.lock().unwrap_or_else(PoisonError::into_inner) {
        progress.cancel();
    }
}

/// Whether the user asked to stop.
pub fn came() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// The progress of the next request, which an interrupt cancels; one that came between two requests cancels it at once.
pub fn progress() -> Progress {
    let progress = Progress::new();
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone());
    if came() {
        progress.cancel();
    }
    progress
}
