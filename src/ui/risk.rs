//! The Risk page: what is asked of the patient, what the model answers, and how far to trust it.

use std::collections::BTreeMap;

use egui::{FontId, Grid, Id, ScrollArea, Ui};

use super::actions::Action;
use super::dialogs::Purpose;
use super::widgets::{self, named};
use super::{figure_painter, icons, prevalence, radscore, theme};
use crate::base::RESEARCH_USE_ONLY;
use crate::figure::{self, Figure};
use crate::model::{self, Inputs, Model, Prediction, Predictor, Provenance, RadiomicsSlot};
use crate::radiomics::Features;

/// Width of the column with inputs and answer, in points.
const COLUMN: f32 = 400.0;
/// Size of the probability's digits.
const NUMBER: f32 = 48.0;
/// Most that the figures are wide: beyond it the eye loses the line from axis to axis.
const FIGURES: f32 = 820.0;
/// Points of the screen a point of the figures, so that their text is as large as the panels'.
const SCALE: f32 = 1.25;
/// Least and most that the ROC curve is wide.
const ROC: [f32; 2] = [296.0, 360.0];

/// What the page knows.
pub struct Risk {
    /// The model.
    pub model: &'static Model,
    /// The place of a model on features.
    pub radiomics: RadiomicsSlot,
    /// What was entered, by the predictor's name.
    values: BTreeMap<String, f64>,
    /// What the model says of it; none until everything it needs is entered.
    pub prediction: Option<Prediction>,
}

impl Default for Risk {
    fn default() -> Self {
        let model = model::embedded();
        Self { model, radiomics: RadiomicsSlot::default(), values: BTreeMap::new(), prediction: None }
    }
}

impl Risk {
    /// Another patient: nothing is entered.
    pub fn clear(&mut self) {
        self.values.clear();
        self.update();
    }

    /// Enters a value.
    pub fn set(&mut self, name: String, value: f64) {
        self.values.insert(name, value);
        self.update();
    }

    fn update(&mut self) {
        let inputs = Inputs { values: self.values.clone(), ..Inputs::default() };
        // A missing input is no fault: the page asks for it.
        self.prediction = model::predict(self.model, &inputs).ok();
    }

    /// Clinical inputs of both models, each once.
    fn clinical_inputs(&self) -> Vec<&Predictor> {
        let mut inputs: Vec<&Predictor> = self.model.clinical_inputs().collect();
        if let RadiomicsSlot::Loaded(model) = &self.radiomics {
            for predictor in model.clinical_inputs() {
                if inputs.iter().all(|known| known.input() != predictor.input()) {
                    inputs.push(predictor);
                }
            }
        }
        inputs
    }

    /// The figure that a purpose exports.
    pub fn figure(&self, purpose: Purpose) -> Option<Figure> {
        match purpose {
            Purpose::SaveNomogram => Some(figure::nomogram(self.model, self.prediction.as_ref())),
            Purpose::SaveRoc => Some(figure::roc(self.model)),
            _ => None,
        }
    }
}

/// The page.
///
/// `features` are those of what is drawn now, where they were extracted.
pub fn show(ui: &mut Ui, risk: &Risk, features: Option<&Features>, actions: &mut Vec<Action>) {
    egui::Panel::left("risk inputs").exact_size(COLUMN).frame(theme::page_frame()).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            // Room for the scroll bar.
            ui.set_max_width(ui.available_width() - 3.0 * theme::UNIT);
            inputs(ui, risk, actions);
            answer(ui, risk);
            if let RadiomicsSlot::Loaded(model) = &risk.radiomics {
                radscore::loaded(ui, model, &risk.values, features, actions);
            }
            limits(ui, risk, actions);
        });
    });
    egui::CentralPanel::default().frame(theme::page_frame()).show(ui, |ui| {
        let height = ui.available_height();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| figures(ui, risk, height, actions));
    });
}

fn inputs(ui: &mut Ui, risk: &Risk, actions: &mut Vec<Action>) {
    ui.label(egui::RichText::new("Risk of metachronous liver metastasis").font(theme::heading()));
    widgets::note(ui, format!("{}, within {} months", risk.model.name, risk.model.horizon_months));
    widgets::section(ui, "PATIENT");
    Grid::new("inputs").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        for predictor in risk.clinical_inputs() {
            let label = ui.label(&predictor.label).id;
            ui.horizontal(|ui| input(ui, risk, predictor, label, actions));
            ui.end_row();
        }
    });
}

/// A choice among levels, or a number.
fn input(ui: &mut Ui, risk: &Risk, predictor: &Predictor, label: Id, actions: &mut Vec<Action>) {
    let present = risk.values.get(predictor.input()).copied();
    ui.spacing_mut().item_spacing.x = theme::UNIT;
    for level in &predictor.levels {
        if widgets::framed_choice(ui, present == Some(level.value), named(&level.label, "")).clicked() {
            actions.push(Action::SetInput(predictor.input().to_owned(), level.value));
        }
    }
    if predictor.levels.is_empty() {
        number(ui, present, predictor, label, actions);
    }
}

/// A number that is still to be entered: less than any that can be.
const NOT_ENTERED: f64 = f64::NEG_INFINITY;

/// A number that may lie outside the range of the model's patients: that is for the prediction to warn of, not for the field to
/// mend unasked.
fn number(ui: &mut Ui, present: Option<f64>, predictor: &Predictor, label: Id, actions: &mut Vec<Action>) {
    let [low, high] = predictor.range;
    let mut value = present.unwrap_or(NOT_ENTERED);
    let unit = predictor.unit.as_deref().unwrap_or_default();
    let field = egui::DragValue::new(&mut value)
        .speed((high - low) / 200.0)
        .update_while_editing(false)
        .custom_parser(widgets::typed_number)
        .custom_formatter(|value, decimals| match value {
            NOT_ENTERED => "–".to_owned(),
            _ => egui::emath::format_with_decimals_in_range(value, decimals),
        });
    let response = ui.add(field).labelled_by(label);
    let range = format!("{}: {low} to {high} {unit} in the model's patients", predictor.label);
    if widgets::explained(response, named(&range, "")).changed() && value.is_finite() {
        actions.push(Action::SetInput(predictor.input().to_owned(), value));
    }
    ui.label(unit);
}

/// The probability, its interval, and what it is not.
fn answer(ui: &mut Ui, risk: &Risk) {
    ui.add_space(2.0 * theme::UNIT);
    theme::card_frame().inner_margin(egui::Margin::same(16)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        match &risk.prediction {
            Some(prediction) => {
                let points = format!("{:.0} points on the nomogram", prediction.total_points);
                probability(ui, prediction, NUMBER, points);
            }
            None => {
                ui.label(egui::RichText::new("–").font(FontId::new(NUMBER, theme::semibold())).color(theme::WEAK));
                let missing: Vec<&str> = risk
                    .model
                    .clinical_inputs()
                    .filter(|predictor| !risk.values.contains_key(predictor.input()))
                    .map(|predictor| predictor.label.as_str())
                    .collect();
                ui.label(format!("Choose the patient's {}", missing.join(", ")));
            }
        }
        ui.add_space(theme::UNIT);
        research_use(ui);
    });
}

/// A probability in digits of this size, its interval, a note on where it stands, and what is odd about it.
pub fn probability(ui: &mut Ui, prediction: &Prediction, size: f32, note: String) {
    let number = format!("{:.1} %", 100.0 * prediction.probability);
    let font = FontId::new(size, theme::semibold());
    ui.label(egui::RichText::new(number).font(font).color(theme::ACCENT));
    let [low, high] = prediction.ci.map(|p| 100.0 * p);
    ui.label(format!("95 % CI {low:.1} to {high:.1} %"));
    widgets::note(ui, note);
    for warning in prediction.warnings.iter() {
        ui.label(egui::RichText::new(warning).font(theme::small()).color(theme::AMBER));
    }
}

/// The line that stands by every prediction.
pub fn research_use(ui: &mut Ui) {
    egui::Frame::new()
        .fill(theme::faded(theme::AMBER, 0.16))
        .corner_radius(egui::CornerRadius::same(4))
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = egui::RichText::new(RESEARCH_USE_ONLY).family(theme::semibold()).color(theme::AMBER);
            ui.add(egui::Label::new(text).wrap());
        });
}

/// Where the model comes from and what limits it, in plain words.
fn limits(ui: &mut Ui, risk: &Risk, actions: &mut Vec<Action>) {
    widgets::section(ui, "HOW FAR TO TRUST IT");
    for limit in &risk.model.limits {
        ui.add(egui::Label::new(format!("•  {limit}")).wrap());
    }
    widgets::section(ui, "INTENDED USE");
    ui.add(egui::Label::new(&risk.model.intended_use).wrap());
    if let RadiomicsSlot::Empty { why } = &risk.radiomics {
        radscore::empty(ui, why, actions);
    }
    widgets::section(ui, "WHERE IT COMES FROM");
    source(ui, &risk.model.provenance);
}

/// Reference, patients and method of a model.
pub fn source(ui: &mut Ui, provenance: &Provenance) {
    ui.add(egui::Label::new(&provenance.source).wrap());
    let share = 100.0 * provenance.prevalence;
    let Provenance { n, events, method, .. } = provenance;
    widgets::note(ui, format!("{n} patients, {events} with the event ({share:.0} %). {method}"));
    if let Some(doi) = &provenance.doi {
        widgets::note(ui, format!("doi {doi}"));
    }
}

/// What is exported, the nomogram across the width, and below it the ROC curve and what fewer events would mean: all of it
/// within `height` where that is enough.
fn figures(ui: &mut Ui, risk: &Risk, height: f32, actions: &mut Vec<Action>) {
    let top = ui.cursor().top();
    let width = ui.available_width().min(FIGURES);
    ui.horizontal(|ui| {
        for (text, name, purpose) in [
            ("Nomogram…", "Save the nomogram as SVG or PNG", Purpose::SaveNomogram),
            ("ROC…", "Save the ROC curve as SVG or PNG", Purpose::SaveRoc),
        ] {
            if widgets::icon_and_text(ui, icons::EXPORT, text, named(name, "")).clicked() {
                actions.push(Action::AskForPath(purpose));
            }
        }
        ui.add_enabled_ui(risk.prediction.is_some(), |ui| {
            if widgets::icon_and_text(ui, icons::PDF, "Report…", named("Save the report as PDF", "")).clicked() {
                actions.push(Action::AskForPath(Purpose::SaveReport));
            }
        });
    });
    ui.add_space(2.0 * theme::UNIT);
    let nomogram = figure::nomogram_of_width(risk.model, risk.prediction.as_ref(), f64::from(width / SCALE));
    figure_painter::show(ui, &nomogram, width);
    ui.add_space(2.0 * theme::UNIT);
    let roc = figure::roc(risk.model);
    let left = height - (ui.cursor().top() - top);
    let roc_width = (left * (roc.size[0] / roc.size[1]) as f32).clamp(ROC[0], ROC[1]);
    ui.horizontal_top(|ui| {
        figure_painter::show(ui, &roc, roc_width);
        ui.add_space(4.0 * theme::UNIT);
        ui.vertical(|ui| {
            ui.set_width(width - roc_width - 8.0 * theme::UNIT);
            prevalence::show(ui, risk.model, risk.prediction.as_ref());
        });
    });
}
