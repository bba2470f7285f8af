//! The right panel: labels, tools, undo, and what was drawn measures; on its other page, how it stands against the protocol.

mod colours;
mod files;
mod labels;
mod measured;
mod protocol;
mod tools;
mod tuning;

use egui::Ui;

use super::actions::Action;
use super::desk::Desk;
use super::features::Extracted;
use super::pen::Pen;
use super::proposals::Proposals;
use super::protocol::{Protocol, Side, Wish};
use super::theme;
use super::widgets::{self, named};
use crate::case::Case;
use crate::render::{Overlay, Window};

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
    /// The window that is looked through.
    pub window: Window,
    /// How what is drawn stands against the protocol.
    pub protocol: &'a Protocol,
}

/// The panel.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    pages(ui, shown, actions);
    if let Some(case) = shown.case.filter(|_| shown.protocol.side == Side::Protocol) {
        return protocol::show(ui, shown, case, actions);
    }
    ui.add_enabled_ui(shown.case.is_some(), |ui| {
        tools::show(ui, shown, actions);
        labels::show(ui, shown, actions);
        labels::region(ui, shown, actions);
        labels::look(ui, shown, actions);
        if let Some(case) = shown.case {
            measured::show(ui, shown, case, actions);
            measured::extraction(ui, shown, case, actions);
        }
        files::show(ui, shown, actions);
    });
}

/// The two pages, and how many points are open.
fn pages(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        for (side, name) in [(Side::Draw, "Draw"), (Side::Protocol, "Protocol")] {
            if widgets::choice(ui, shown.protocol.side == side, named(name, "Q")).clicked() {
                actions.push(Action::Protocol(Wish::Show(side)));
            }
        }
        let n = shown.protocol.check.points.len();
        if shown.case.is_some() && n > 0 {
            let text = egui::RichText::new(format!("{n} open")).font(theme::small()).color(theme::WEAK);
            ui.label(text);
        }
    });
}
