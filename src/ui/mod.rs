//! The window: panels, widgets, theme, keys. No algorithm.
//!
//! [`App`] is a few named parts. Each draws itself from what it is given and pushes [`Action`]s; they are applied in one place
//! after drawing. What takes longer than a frame is a job on a thread of its own, which wakes the window when it is done.

mod app;
mod fonts;
mod run;
pub mod theme;

pub use app::App;
pub use run::{Options, RendererChoice, run};
