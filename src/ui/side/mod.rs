//! The right panel: labels, tools, undo, and what was drawn measures.

mod colours;
mod files;
mod labels;
mod measured;
mod tools;
mod tuning;

use egui::Ui;

use super::actions::Action;
use super::desk::Desk;
use super::features::Extracted;
use super::pen::Pen;
use super::proposals::Proposals;
use crate::case::Case;
use crate::render::Overlay;

/// What the panel shows.
pub struct Shown<'a> {
    /// The case; the panel is dimmed without one.
    pub case: Option<&'a Case>,
    /// Tool, label, size.
    pub pen: &'a Pen,
    /// What is proposed.
    pub proposals: &'a Proposals,
    /// How labels are shown.
    pub overlay: &'a Overlay,
    /// What the case came from, and whether it is saved.
    pub desk: &'a Desk,
    /// What was extracted so far.
    pub extracted: &'a Extracted,
    /// Whether features are being extracted.
    pub is_extracting: bool,
    /// The voxel under the crosshair.
    pub crosshair: [usize; 3],
}

/// The panel.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.add_enabled_ui(shown.case.is_some(), |ui| {
        tools::show(ui, shown, actions);
        labels::show(ui, shown, actions);
        labels::region(ui, shown, actions);
        labels::look(ui, shown, actions);
        if let Some(case) = shown.case {
            measured::show(ui, case);
            measured::extraction(ui, shown, case, actions);
        }
        files::show(ui, shown, actions);
    });
}
