//! The question from which threshold on a voxel of a fractional segmentation counts as inside.

use std::path::PathBuf;

use egui::{Align, Layout, Ui};

use super::actions::Action;
use super::marks::shortened;
use super::{App, opening, theme, widgets};
use crate::base::name_of;
use crate::case::Revision;
use crate::dicom::seg::Fractions;

/// Width of the sheet, in points.
pub const WIDTH: f32 = 480.0;
/// What is offered first: more likely inside than not, or filled by half.
const HALF: f64 = 0.5;
/// Thresholds that can be set: none lets every voxel in.
const THRESHOLDS: std::ops::RangeInclusive<f64> = 0.01..=1.0;

/// A fractional segmentation that waits for its threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The DICOM segmentation.
    pub path: PathBuf,
    /// What its voxels hold.
    fractions: Fractions,
    /// From where on a voxel counts as inside.
    pub threshold: f64,
    /// The state that was given up for it, where one was asked for.
    given_up: Option<Revision>,
}

impl Threshold {
    /// Half is offered.
    pub fn new(path: PathBuf, fractions: Fractions, given_up: Option<Revision>) -> Self {
        Self { path, fractions, threshold: HALF, given_up }
    }
}

/// What stands under the sheet's heading.
pub fn show(ui: &mut Ui, asked: &mut Threshold, actions: &mut Vec<Action>) {
    ui.label(shortened(&name_of(&asked.path), 60));
    widgets::note(
        ui,
        match asked.fractions {
            Fractions::Probability => "Its voxels say how probably they belong to a segment (PROBABILITY).",
            Fractions::Occupancy => "Its voxels say which share of them a segment fills (OCCUPANCY).",
        },
    );
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let label = ui.label("Inside from");
        let field = egui::DragValue::new(&mut asked.threshold).range(THRESHOLDS).speed(0.005).fixed_decimals(2);
        ui.add(field.custom_parser(widgets::typed_number)).labelled_by(label.id);
        ui.label("on, where 1 is wholly inside");
    });
    ui.add_space(2.0 * theme::UNIT);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let load = egui::Button::new("Load labels at the threshold").fill(theme::ACCENT_DIM);
        if ui.add(load).clicked() || widgets::is_entered(ui) {
            actions.push(Action::LoadFractional(asked.clone()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(Action::CloseSheet);
        }
    });
}

/// Loads the segmentation at the threshold that was set. It is kept for the questions that may follow: what is lost, and which labels
/// its segments are.
pub fn load(app: &mut App, asked: Threshold) {
    app.shell.sheet = None;
    let Threshold { path, threshold, given_up, .. } = asked;
    app.desk.threshold = Some((path.clone(), threshold));
    opening::load_labels(app, path, given_up);
}
