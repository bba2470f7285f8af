//! The Features page: what was extracted from the VOI, by which protocol, and whether it is still of what is drawn.

use egui::{Align, Layout, ScrollArea, Ui, Vec2};

use super::actions::Action;
use super::desk::Desk;
use super::dialogs::Purpose;
use super::widgets::{self, named};
use super::{icons, theme};
use crate::case::{Derived, Revision};
use crate::radiomics::{FeatureClass, Features};

/// What was extracted.
#[derive(Default)]
pub struct Extracted {
    results: Derived<Features>,
    latest: Option<Revision>,
}

impl Extracted {
    /// Keeps the features of a state.
    pub fn insert(&mut self, revision: Revision, features: Features) {
        self.results.insert(revision, features);
        self.latest = Some(revision);
    }

    /// The features of a state; else the latest, which are then out of date (`true`).
    pub fn of(&self, revision: Revision) -> Option<(&Features, bool)> {
        if let Some(features) = self.results.get(revision) {
            return Some((features, false));
        }
        self.latest.and_then(|latest| self.results.get(latest)).map(|features| (features, true))
    }
}

/// The page.
pub fn show(ui: &mut Ui, desk: &Desk, extracted: &Extracted, is_running: bool, actions: &mut Vec<Action>) {
    egui::CentralPanel::default().frame(theme::page_frame()).show(ui, |ui| {
        let case = desk.case.as_ref();
        let found = case.and_then(|case| extracted.of(case.revision()));
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new("Radiomics features of the VOI").font(theme::heading()));
            if found.is_some_and(|(_, is_stale)| is_stale) {
                widgets::badge(ui, "OUT OF DATE", theme::AMBER).on_hover_text("The labels changed since.");
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_drawn = case.is_some_and(|case| case.statistics().voi.n_voxels > 0);
                ui.add_enabled_ui(is_drawn && !is_running, |ui| {
                    let name = named("Extract features", "F");
                    if widgets::icon_and_text(ui, icons::EXTRACT, "Extract", name).clicked() {
                        actions.push(Action::Extract);
                    }
                });
                ui.add_enabled_ui(found.is_some_and(|(_, is_stale)| !is_stale), |ui| {
                    let name = named("Save the features as CSV or JSON", "");
                    if widgets::icon_and_text(ui, icons::EXPORT, "Save…", name).clicked() {
                        actions.push(Action::AskForPath(Purpose::SaveFeatures));
                    }
                });
            });
        });
        match found {
            Some((features, is_stale)) => table(ui, features, is_stale),
            None => {
                widgets::note(ui, "Nothing is extracted yet: draw the liver, then extract.");
            }
        }
    });
}

fn table(ui: &mut Ui, features: &Features, is_stale: bool) {
    let diagnostics = &features.diagnostics;
    let [slices, rows, columns] = diagnostics.bounding_box;
    widgets::note(
        ui,
        format!(
            "{} features  ·  protocol {} ({})  ·  {} voxels in a box of {columns} x {rows} x {slices}  ·  {} gray levels",
            features.values.len(),
            diagnostics.protocol,
            diagnostics.fingerprint,
            diagnostics.n_voxels,
            diagnostics.n_gray_levels,
        ),
    );
    for warning in features.warnings.iter() {
        ui.label(egui::RichText::new(warning).font(theme::small()).color(theme::AMBER));
    }
    ui.add_space(theme::UNIT);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let n_columns = if ui.available_width() > 1000.0 { 3 } else { 2 };
        ui.columns(n_columns, |columns| {
            for (n, classes) in spread(n_columns).into_iter().enumerate() {
                for class in classes {
                    class_table(&mut columns[n], features, class, is_stale);
                }
            }
        });
    });
}

/// Classes by column, so that columns are about equally long.
fn spread(n_columns: usize) -> Vec<Vec<FeatureClass>> {
    use FeatureClass::{FirstOrder, Glcm, Gldm, Glrlm, Glszm, Ngtdm, Shape};
    match n_columns {
        3 => vec![vec![Shape, FirstOrder], vec![Glcm, Gldm], vec![Glszm, Glrlm, Ngtdm]],
        _ => vec![vec![Shape, FirstOrder, Glcm], vec![Glszm, Glrlm, Gldm, Ngtdm]],
    }
}

fn class_table(ui: &mut Ui, features: &Features, class: FeatureClass, is_stale: bool) {
    widgets::section(ui, &class.as_str().to_uppercase());
    ui.spacing_mut().item_spacing.y = 0.0;
    let colour = if is_stale { theme::WEAK } else { theme::TEXT };
    for (n, (id, value)) in features.values.iter().filter(|(id, _)| id.class == class).enumerate() {
        let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 20.0), egui::Sense::hover());
        if n % 2 == 0 {
            ui.painter().rect_filled(rect, 2.0, theme::DESK);
        }
        let text = format_value(*value);
        let says = format!("{} {text}", id.name);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &says));
        let inner = rect.shrink2(Vec2::new(6.0, 0.0));
        let font = theme::body();
        ui.painter().text(inner.left_center(), egui::Align2::LEFT_CENTER, id.name, font.clone(), theme::WEAK);
        ui.painter().text(inner.right_center(), egui::Align2::RIGHT_CENTER, text, font, colour);
        response.on_hover_text(format!("{id} = {value:e}"));
    }
    ui.spacing_mut().item_spacing.y = 2.0 * theme::UNIT;
}

/// Six significant digits.
fn format_value(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        let digits = if value == 0.0 { 0 } else { (5 - size.log10().floor() as i32).clamp(0, 8) as usize };
        format!("{value:.digits$}")
    } else {
        format!("{value:.5e}")
    }
}
