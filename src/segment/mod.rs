//! What a pen does to a label map: planes of a grid, contour, brush. No UI events, no screen.
//!
//! A pen works on one [`SliceOfGrid`] at a time, in voxel units of that slice: whole numbers are pixel centres. It answers
//! with [`Pixels`]; what becomes of them (a label set or erased, undo) is decided by `case`.

mod brush;
mod contour;
mod grow;
mod pixels;
mod plane;

pub use brush::{Brush, disc, stroke};
pub use contour::fill;
pub use grow::{GrowError, Grower, Hints, Stroke};
pub use pixels::{PixelRun, Pixels};
pub use plane::{Plane, SliceOfGrid};

/// Pixels farther than this from the first are of no image; nothing is drawn there. Numbers this small are still whole steps
/// apart, so that counting through them ends.
const FARTHEST_PIXEL: f64 = 1e6;
