//! What a pen does to a label map: planes of a grid, contour, brush. No UI events, no screen.
//!
//! A pen works on one [`SliceOfGrid`] at a time, in voxel units of that slice: whole numbers are pixel centres. It answers
//! with [`Pixels`]; what becomes of them (a label set or erased, undo) is decided by `case`.

pub mod agreement;
mod brush;
pub mod caudate;
mod contour;
pub mod findings;
mod interpolate;
pub mod lesion;
mod outline;
mod pixels;
mod plane;
mod propagate;
pub mod region;
pub mod vessels;
pub mod voi;

pub use brush::{Brush, disc, stroke};
pub use contour::fill;
pub use interpolate::{Gap, interpolate};
pub use outline::{Outline, outlines};
pub use pixels::{PixelRun, Pixels};
pub use plane::{Plane, SliceOfGrid};
pub use propagate::propagate;

/// Pixels farther than this from the first are of no image; nothing is drawn there. Numbers this small are still whole steps
/// apart, so that counting through them ends.
const FARTHEST_PIXEL: f64 = 1e6;
