//! What a pen does to a label map, and what is done to whole regions: planes of a grid, contour, brush; margin, smoothing, islands;
//! slices between drawn ones; the protocol's VOI and what is found in it. No UI events, no screen.
//!
//! A pen works on one [`SliceOfGrid`] at a time, in voxel units of that slice: whole numbers are pixel centres. It answers
//! with [`Pixels`]; what becomes of them (a label set or erased, undo) is decided by `case`.

pub mod agreement;
mod bitmap;
mod brush;
pub mod caudate;
mod contour;
mod correct;
pub mod findings;
mod grow;
mod image;
mod interpolate;
pub mod lesion;
mod livewire;
mod nudge;
mod pixels;
mod plane;
mod propagate;
pub mod region;
pub mod surface;
pub mod vessels;
pub mod voi;

pub use brush::{Brush, EdgeBrush, ball_stroke, disc, stroke};
pub use contour::{Contour, Hit, Reach, fill, fill_all, outlines, simplified, traced};
pub use correct::{Correction, correct};
pub use grow::{GrowError, Grower, Hints, Stroke};
pub use image::SliceImage;
pub use interpolate::{Gap, interpolate};
pub use livewire::Livewire;
pub use nudge::{Nudge, nudge};
pub use pixels::{PixelRun, Pixels};
pub use plane::{Plane, SliceOfGrid};
pub use propagate::propagate;

/// Pixels farther than this from the first are of no image; nothing is drawn there. Numbers this small are still whole steps
/// apart, so that counting through them ends.
const FARTHEST_PIXEL: f64 = 1e6;
