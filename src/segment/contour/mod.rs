//! Contours: what encloses which pixels, how an outline is edited, and how drawn pixels become an outline again.

mod fill;
mod outline;
mod simplify;
mod trace;

pub use fill::{fill, fill_all};
pub use outline::{Contour, Hit, Reach};
pub use simplify::simplified;
use simplify::simplified_ring;
pub(crate) use simplify::to_segment;
pub use trace::{outlines, traced};
