//! What the VOI measures, and the way to its features.

use egui::{Grid, Ui};

use super::Shown;
use crate::case::{Case, RegionStatistics};
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::widgets::{self, named};

/// Volume, HU, voxels and slices of the VOI.
pub fn show(ui: &mut Ui, case: &Case) {
    widgets::section(ui, "VOLUME OF INTEREST");
    let statistics = case.statistics();
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let big = egui::RichText::new(format!("{:.1} mL", statistics.voi.volume_ml)).font(theme::heading());
        ui.label(big);
        widgets::note(ui, "Liver without vessels, lesions and caudate lobe");
        Grid::new("voi").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
            rows(ui, &statistics.voi);
        });
    });
}

/// The button that leads on, and what is known of the last extraction.
pub fn extraction(ui: &mut Ui, shown: &Shown, case: &Case, actions: &mut Vec<Action>) {
    if shown.desk.interpolation.is_some() {
        let mut allowed = shown.desk.allows_interpolated;
        let text = "Features of interpolated voxels";
        let hint = "Interpolation changes texture: such features are not comparable with the scanner's own voxels.";
        if ui.checkbox(&mut allowed, text).on_hover_text(hint).changed() {
            actions.push(Action::AllowInterpolated(allowed));
        }
    }
    let may = shown.desk.interpolation.is_none() || shown.desk.allows_interpolated;
    let can_start = case.statistics().voi.n_voxels > 0 && !shown.is_extracting && may;
    ui.add_enabled_ui(can_start, |ui| {
        let text = if shown.is_extracting { "Extracting…" } else { "Extract features" };
        let button = widgets::main_button(ui, text, named("Extract features", "F"));
        let why = if shown.is_extracting {
            "Features are being extracted"
        } else if may {
            "The VOI is empty: draw the liver first, or load labels"
        } else {
            "The image is interpolated: allow features of interpolated voxels first"
        };
        if button.on_disabled_hover_text(why).clicked() {
            actions.push(Action::Extract);
        }
    });
    // One line whatever it says, so that nothing below it moves.
    let (text, colour) = match shown.extracted.of(case.revision()) {
        None => ("No features extracted yet".to_owned(), theme::WEAK),
        Some((features, true)) => {
            (format!("{} features, out of date: labels changed", features.values.len()), theme::AMBER)
        }
        Some((features, false)) if features.warnings.is_empty() => {
            (format!("{} features extracted (F2)", features.values.len()), theme::WEAK)
        }
        Some((features, false)) => (format!("{} features, with warnings (F2)", features.values.len()), theme::AMBER),
    };
    ui.label(egui::RichText::new(text).font(theme::small()).color(colour));
}

fn rows(ui: &mut Ui, region: &RegionStatistics) {
    let hu = |value: Option<f64>| value.map_or("–".to_owned(), |hu| format!("{hu:.1} HU").replace('-', "−"));
    let facts = [
        ("Mean", hu(region.mean_hu)),
        ("SD", hu(region.sd_hu)),
        ("Voxels", region.n_voxels.to_string()),
        ("Slices", region.n_slices.to_string()),
    ];
    for (name, value) in facts {
        ui.label(egui::RichText::new(name).color(theme::WEAK));
        ui.label(value);
        ui.end_row();
    }
}
