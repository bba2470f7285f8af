//! How far to trust the chosen model: its numbers from the flattering to the honest, its limits and doubts, what it is for, and where it
//! comes from.

use egui::{Grid, Ui};

use super::Risk;
use crate::model::{Measure, Model, Provenance};
use crate::ui::theme;
use crate::ui::widgets;

/// Width of the names of measures.
const NAMES: f32 = 132.0;

/// The part of the page.
pub fn show(ui: &mut Ui, risk: &Risk) {
    let model = risk.model();
    widgets::section(ui, "HOW IT WAS MEASURED");
    ui.scope(|ui| measures(ui, &risk.measures));
    widgets::section(ui, "HOW FAR TO TRUST IT");
    let doubts = model.training.iter().flat_map(|record| &record.doubts);
    for said in model.limits.iter().chain(doubts.filter(|doubt| !model.limits.contains(doubt))) {
        ui.add(egui::Label::new(format!("•  {said}")).wrap());
    }
    widgets::section(ui, "INTENDED USE");
    ui.add(egui::Label::new(&model.intended_use).wrap());
    widgets::section(ui, "WHERE IT COMES FROM");
    source(ui, model);
}

/// A row a way to measure; columns that no row has are left out.
fn measures(ui: &mut Ui, measures: &[Measure]) {
    let has_slope = measures.iter().any(|measure| measure.slope.is_some() || measure.brier.is_some());
    let heads: &[&str] = if has_slope { &["", "AUC", "Slope", "Brier"] } else { &["", "AUC"] };
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new("measures").num_columns(heads.len()).spacing([12.0, 4.0]).min_row_height(0.0).show(ui, |ui| {
        for head in heads {
            let text = egui::RichText::new(*head).font(theme::small()).color(theme::WEAK);
            ui.add(egui::Label::new(text).extend());
        }
        ui.end_row();
        for measure in measures {
            ui.vertical(|ui| {
                ui.set_width(NAMES);
                weak(ui, &measure.name);
            });
            small(ui, &area(measure));
            if has_slope {
                small(ui, &number(measure.slope, 2));
                small(ui, &number(measure.brier, 3));
            }
            ui.end_row();
        }
    });
}

fn weak(ui: &mut Ui, text: &str) {
    widgets::note(ui, text);
}

fn small(ui: &mut Ui, text: &str) {
    ui.add(egui::Label::new(egui::RichText::new(text).font(theme::small())).extend());
}

fn area(measure: &Measure) -> String {
    match (measure.auc, measure.auc_ci, measure.auc_sd) {
        (Some(auc), Some([low, high]), _) => format!("{auc:.3} ({low:.3}–{high:.3})"),
        (Some(auc), None, Some(sd)) => format!("{auc:.3} ± {sd:.3} SD"),
        (auc, ..) => number(auc, 3),
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.decimals$}").replace('-', "−"))
}

/// Reference, patients and method of a model.
fn source(ui: &mut Ui, model: &Model) {
    let Provenance { source, doi, method, n, events, prevalence, .. } = &model.provenance;
    ui.add(egui::Label::new(source).wrap());
    widgets::note(ui, format!("{n} patients, {events} with the event ({:.0} %). {method}", 100.0 * prevalence));
    if let Some(doi) = doi {
        widgets::note(ui, format!("doi {doi}"));
    }
}
