//! What a pen does to a label map: planes of a grid, contour, brush. No UI events, no screen.
//!
//! A pen works on one [`SliceOfGrid`] at a time, in voxel units of that slice: whole numbers are pixel centres. It answers
//! with [`Pixels`]; what becomes of them (a label set or erased, undo) is decided by `case`.

mod brush;
mod contour;
mod pixels;
mod plane;

pub use brush::{Brush, disc, stroke};
pub use contour::fill;
pub use pixels::{PixelRun, Pixels};
pub use plane::{Plane, SliceOfGrid};
