//! What the VOI measures, and the way to its features.

use egui::{Align, Grid, Layout, Role, Ui, WidgetInfo};

use super::Shown;
use crate::case::{Case, RegionStatistics};
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::voi::MARGINS;
use crate::ui::widgets::{self, counted, named};

/// Volume, HU, voxels and slices of the VOI.
pub fn show(ui: &mut Ui, shown: &Shown, case: &Case, actions: &mut Vec<Action>) {
    widgets::section(ui, "VOLUME OF INTEREST");
    let voi = shown.desk.voi.current(case).map(|voi| voi.statistics());
    theme::card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let (text, colour) = match voi {
                Some(voi) => (format!("{:.1} mL", voi.volume_ml), theme::TEXT),
                None => ("Deriving…".to_owned(), theme::WEAK),
            };
            ui.label(egui::RichText::new(text).font(theme::heading()).color(colour));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| margin(ui, shown.desk.voi.margin_mm(), actions));
        });
        widgets::note(ui, shown.desk.voi.description());
        Grid::new("voi").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| rows(ui, voi.as_ref()));
    });
}

/// The width of the edge that is left out.
fn margin(ui: &mut Ui, mut mm: f64, actions: &mut Vec<Action>) {
    let field = egui::DragValue::new(&mut mm).range(MARGINS).speed(0.1).max_decimals(1).suffix(" mm");
    let field = ui.add(field.update_while_editing(false).custom_parser(widgets::typed_number));
    field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Edge margin"));
    let hint = "Edge margin: how far inside the edge of the liver the VOI begins.\n0 for livers drawn inside the edge by hand.";
    if field.on_hover_text(hint).changed() {
        actions.push(Action::SetEdgeMargin(mm));
    }
    ui.label(egui::RichText::new("Edge").color(theme::WEAK));
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
    let can_start = shown.desk.has_voi() && !shown.is_extracting && may;
    ui.add_enabled_ui(can_start, |ui| {
        let text = if shown.is_extracting { "Extracting…" } else { "Extract features" };
        let button = widgets::main_button(ui, text, named("Extract features", "F"));
        let why = if shown.is_extracting {
            "Features are being extracted"
        } else if may && case.statistics().voi.n_voxels > 0 {
            "The VOI is empty: nothing is left inside the edge margin"
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
    let (text, colour) = match shown.desk.voi_state().and_then(|state| shown.extracted.of(state)) {
        None => ("No features extracted yet".to_owned(), theme::WEAK),
        Some((features, true)) => {
            (format!("{} features, out of date: VOI changed", features.values.len()), theme::AMBER)
        }
        Some((features, false)) if features.warnings.is_empty() => {
            (format!("{} features extracted (F2)", features.values.len()), theme::WEAK)
        }
        Some((features, false)) => (format!("{} features, with warnings (F2)", features.values.len()), theme::AMBER),
    };
    ui.label(egui::RichText::new(text).font(theme::small()).color(colour));
}

/// What there is to say of the VOI; nothing while it is being derived.
fn rows(ui: &mut Ui, region: Option<&RegionStatistics>) {
    let hu = |region: &RegionStatistics| Some(format!("{:.1} ± {:.1} HU", region.mean_hu?, region.sd_hu?));
    let facts = [
        ("Mean ± SD", region.and_then(hu).map(|hu| hu.replace('-', "−"))),
        ("Voxels", region.map(|region| format!("{}, {}", region.n_voxels, counted(region.n_slices, "slice")))),
    ];
    for (name, value) in facts {
        ui.label(egui::RichText::new(name).color(theme::WEAK));
        ui.label(value.unwrap_or_else(|| "–".to_owned()));
        ui.end_row();
    }
}
