//! What every floor may use: progress with cancellation, warnings, seeded random numbers, wide vectors, sizes of memory, and the careful writing of files. Knows nothing of images or patients.

mod files;
mod memory;
mod progress;
mod random;
mod simd;
mod warnings;

pub use files::{
    FileError, by_the_system, check_free, name_of, read_at_most, sync_folder, write_atomically, write_checked,
};
pub use memory::{ByteSize, NotASize, available_memory};
pub use progress::{Cancelled, Progress};
pub use random::{Stream, mix, seed_of};
pub(crate) use simd::widest;
pub use warnings::Warnings;

/// The line that stands by every prediction, on screen, in reports and in exported objects.
pub const RESEARCH_USE_ONLY: &str = "Research use only – not for clinical decisions";
