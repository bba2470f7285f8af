//! The sheet on which segments that no code and no name tells get a label, one by one.

use std::path::PathBuf;

use egui::{Align, Grid, Layout, Role, ScrollArea, Ui, WidgetInfo};

use super::actions::Action;
use super::marks::shortened;
use super::{theme, widgets};
use crate::dicom::seg::Segment;
use crate::volume::Label;

/// Segments of a file, and what each was chosen to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The DICOM segmentation.
    pub path: PathBuf,
    segments: Vec<(Segment, Option<Label>)>,
}

impl Assignment {
    /// Nothing is chosen yet.
    pub fn new(path: PathBuf, segments: Vec<Segment>) -> Self {
        Self { path, segments: segments.into_iter().map(|segment| (segment, None)).collect() }
    }

    /// Numbers of the segments that are wanted, and what each is.
    pub fn chosen(&self) -> Vec<(u16, Label)> {
        self.segments.iter().filter_map(|(segment, label)| Some((segment.number, (*label)?))).collect()
    }
}

/// Width of the sheet, in points.
pub const WIDTH: f32 = 620.0;

/// What stands under the sheet's heading.
pub fn show(ui: &mut Ui, assignment: &mut Assignment, actions: &mut Vec<Action>) {
    widgets::note(ui, "Neither code nor name tells which label these segments are. What is not chosen is left out.");
    ui.add_space(theme::UNIT);
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        Grid::new("segments").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
            for (segment, label) in &mut assignment.segments {
                let description = segment.description();
                ui.label(shortened(&description, 40)).on_hover_text(&description);
                choice(ui, segment.number, label);
                ui.end_row();
            }
        });
    });
    ui.add_space(2.0 * theme::UNIT);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let any = !assignment.chosen().is_empty();
        if ui.add_enabled(any, egui::Button::new("Load segments").fill(theme::ACCENT_DIM)).clicked() {
            actions.push(Action::AssignSegments(assignment.clone()));
        }
        if ui.button("Leave all out").clicked() {
            actions.push(Action::CloseSheet);
        }
    });
}

/// One segment's choice: a label, or none.
fn choice(ui: &mut Ui, number: u16, label: &mut Option<Label>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        for offered in [None].into_iter().chain(Label::ALL.map(Some)) {
            let text = offered.map_or("Leave out", Label::name);
            let name = format!("Segment {number}: {}", text.to_lowercase());
            let response = ui.add(egui::Button::selectable(*label == offered, text));
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, *label == offered, &name));
            if response.clicked() {
                *label = offered;
            }
        }
    });
}
