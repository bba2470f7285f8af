//! Slices on the screen: windowing in a shader on a 3D texture, and the same on the CPU as the reference and last resort.
//!
//! A [`SliceScene`] says what to show, a [`SlicePainter`] shows it: both painters give the same picture. Pointer positions
//! map to voxels and back through [`Viewport`]. No panels, no tools, no files.

mod cpu;
mod gpu;
mod offscreen;
mod orientation;
mod overlay;
mod painter;
mod slice_shader;
mod surface;
mod textures;
mod view;
mod window;

pub use cpu::{Look, Part, PixelMap, Source, draw_part, draw_slice};
pub use gpu::GpuPainter;
pub use overlay::Overlay;
pub use painter::{CpuPainter, SlicePainter, SliceScene, wgpu_configuration};
pub use surface::{SurfaceCamera, SurfaceRaster, SurfaceScene, SurfaceViewport};
pub use view::{PlaneFrame, SliceView, Viewport};
pub use window::{Preset, Window};
