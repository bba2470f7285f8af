//! The window: panels, widgets, theme, keys. No algorithm.
//!
//! [`App`] is a few named parts. Each draws itself from what it is given and pushes wishes (`actions`); they are fulfilled in
//! one place after drawing (`perform`). What takes longer than a frame is a job on a thread of its own, which wakes the window
//! when it is done (`jobs`, `arrivals`).

mod actions;
mod app;
mod arrivals;
mod assign;
mod bars;
mod cutting;
mod desk;
mod dialogs;
mod edit_list;
mod features;
#[cfg(test)]
mod figure_checks;
mod figure_painter;
mod fonts;
mod icons;
mod jobs;
mod keeping;
mod keys;
mod lesion;
mod library;
mod marks;
mod opening;
mod pen;
mod perform;
mod proposals;
mod protocol;
mod recovery;
mod region_menu;
mod risk;
mod run;
mod saving;
mod sheets;
mod side;
mod snapshot;
mod surface_view;
mod theme;
mod threshold;
mod train;
mod viewer;
mod views;
mod voi;
mod wheel;
mod widgets;

pub use actions::Page;
pub use app::App;
pub use run::{NoWindow, Options, RendererChoice, run};
pub use snapshot::Snapshot;
