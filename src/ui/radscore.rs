//! The place of the radiomics model on the Risk page: empty with the reason, or what a loaded model makes of the features.

use std::collections::BTreeMap;

use egui::Ui;

use super::actions::Action;
use super::dialogs::Purpose;
use super::widgets::{self, named};
use super::{risk, theme};
use crate::model::{self, DataKind, Inputs, Model, ProtocolTag};
use crate::radiomics::Features;

/// Size of the probability's digits.
const NUMBER: f32 = 32.0;

/// Why no model is loaded, and the way to load one.
pub fn empty(ui: &mut Ui, why: &str, actions: &mut Vec<Action>) {
    widgets::section(ui, "RADIOMICS MODEL");
    ui.add(egui::Label::new(why).wrap());
    ui.add_space(theme::UNIT);
    if widgets::wide_button(ui, "Load a model…", named("Load a radiomics model", "")).clicked() {
        actions.push(Action::AskForPath(Purpose::LoadModel));
    }
}

/// What a loaded model makes of the patient, or what it lacks.
///
/// `features` are those of what is drawn now; `values` the clinical inputs that were entered.
pub fn loaded(
    ui: &mut Ui,
    model: &Model,
    values: &BTreeMap<String, f64>,
    features: Option<&Features>,
    actions: &mut Vec<Action>,
) {
    widgets::section(ui, "RADIOMICS MODEL");
    theme::card_frame().inner_margin(egui::Margin::same(16)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(&model.name);
            if model.provenance.data == DataKind::Simulated {
                widgets::badge(ui, "FITTED ON SIMULATED DATA", theme::AMBER);
            }
        });
        widgets::note(ui, format!("{}, within {} months", model.outcome, model.horizon_months));
        match model::predict(model, &inputs(values, features)) {
            Ok(prediction) => {
                let predictor = format!("Linear predictor {:.4}", prediction.linear_predictor);
                risk::probability(ui, &prediction, NUMBER, predictor);
            }
            Err(_) if features.is_none() => {
                ui.label("Extract the features of what is drawn now; this model needs them.");
            }
            Err(error) => {
                let text = egui::RichText::new(error.to_string()).color(theme::AMBER);
                ui.add(egui::Label::new(text).wrap());
            }
        }
        ui.add_space(theme::UNIT);
        risk::research_use(ui);
        for limit in &model.limits {
            ui.add(egui::Label::new(format!("•  {limit}")).wrap());
        }
        risk::source(ui, &model.provenance);
        ui.add_space(theme::UNIT);
        if widgets::wide_button(ui, "Remove the model", named("Remove the radiomics model", "")).clicked() {
            actions.push(Action::UnloadModel);
        }
    });
}

fn inputs(values: &BTreeMap<String, f64>, features: Option<&Features>) -> Inputs {
    let inputs = Inputs { values: values.clone(), ..Inputs::default() };
    let Some(features) = features else { return inputs };
    let protocol = ProtocolTag::of(&features.diagnostics);
    inputs.with_features(features.values.iter().map(|(id, value)| (id.to_string(), *value)), protocol)
}
