//! What every floor may use: progress with cancellation, and warnings. Knows nothing of images or patients.

mod progress;
mod warnings;

pub use progress::{Cancelled, Progress};
pub use warnings::Warnings;

/// The line that stands by every prediction, on screen, in reports and in exported objects.
pub const RESEARCH_USE_ONLY: &str = "Research use only – not for clinical decisions";
