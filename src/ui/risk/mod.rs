//! The Risk page: which model is asked, what is asked of the patient, what the model answers, and how far to trust it.
//!
//! One model is chosen out of a list, and the whole page is of that model: inputs, answer, figures, report. Features come from the
//! extraction, and only those of what is drawn now.

pub mod answer;
mod figures;
mod picker;
mod prevalence;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{ScrollArea, Ui};

use super::actions::Action;
use super::dialogs::Purpose;
use super::theme;
use crate::base::Warnings;
use crate::case::VoiState;
use crate::figure::{self, Figure};
use crate::model::{self, Inputs, Measure, Model, ModelError, Prediction, Predictor, ProtocolTag};
use crate::radiomics::Features;
use crate::report;

/// Width of the column with inputs and answer, in points.
const COLUMN: f32 = 400.0;

/// What the page knows.
pub struct Risk {
    /// Those embedded, then those loaded.
    models: Vec<Arc<Model>>,
    chosen: usize,
    /// Whether the user chose the model, which is then kept for the next patient.
    is_chosen_by_user: bool,
    /// How the chosen model was measured.
    measures: Vec<Measure>,
    /// What was entered, by the predictor's name.
    entered: BTreeMap<String, Entered>,
    /// The threshold at which the net benefit is read; the model's own until one is chosen.
    threshold: Option<f64>,
    /// What the model says of it; none until everything it needs is there.
    pub prediction: Option<Prediction>,
    /// Why it says nothing.
    problem: Option<ModelError>,
    /// The state whose features the answer is of.
    features_of: Option<VoiState>,
    /// Whether something changed since the answer.
    is_stale: bool,
}

/// A value as it was entered.
struct Entered {
    value: f64,
    /// The level that it stands for, where one of several was chosen.
    level: Option<String>,
}

/// What lies on the desk, as far as models take it.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// Features of what is drawn now, and the state that they are of.
    pub features: Option<(VoiState, &'a Features)>,
    /// Whether the image is simulated.
    pub is_simulated: bool,
}

impl Default for Risk {
    fn default() -> Self {
        let mut risk = Self {
            models: model::library().to_vec(),
            chosen: 0,
            is_chosen_by_user: false,
            measures: Vec::new(),
            entered: BTreeMap::new(),
            threshold: None,
            prediction: None,
            problem: None,
            features_of: None,
            is_stale: true,
        };
        risk.take(0);
        risk
    }
}

impl Risk {
    /// The chosen model.
    pub fn model(&self) -> &Arc<Model> {
        // The list is never empty, and the index within it.
        self.models.get(self.chosen).unwrap_or_else(|| &model::library()[0])
    }

    /// Another patient: nothing is entered.
    pub fn clear(&mut self) {
        self.entered.clear();
        self.is_stale = true;
    }

    /// Enters a value.
    pub fn set(&mut self, name: String, value: f64) {
        let predictor = self.model().clinical_inputs().find(|predictor| predictor.input() == name);
        let level = predictor.and_then(|predictor| predictor.levels.iter().find(|level| level.value == value));
        let level = level.map(|level| level.label.clone());
        self.entered.insert(name, Entered { value, level });
        self.is_stale = true;
    }

    /// What was entered for a predictor of the chosen model. The codes of a column's levels are each model's own: what was entered for
    /// another model counts where this one has a level of the same name, or takes the column as a number.
    fn value(&self, predictor: &Predictor) -> Option<f64> {
        let entered = self.entered.get(predictor.input())?;
        if predictor.levels.is_empty() {
            return Some(entered.value);
        }
        let label = entered.level.as_ref()?;
        predictor.levels.iter().find(|level| level.label == *label).map(|level| level.value)
    }

    /// Chooses the threshold at which the net benefit is read.
    pub fn set_threshold(&mut self, threshold: f64) {
        self.threshold = Some(threshold);
    }

    /// The threshold at which the net benefit is read.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or_else(|| self.model().usual_threshold())
    }

    /// Chooses a model of the list.
    pub fn choose(&mut self, index: usize) {
        if index < self.models.len() {
            self.is_chosen_by_user = true;
            self.take(index);
        }
    }

    fn take(&mut self, index: usize) {
        self.chosen = index;
        self.measures = self.model().measures();
        self.threshold = None;
        self.is_stale = true;
    }

    /// Puts a model on the list and chooses it; one that is on the list already is chosen alone.
    pub fn add(&mut self, model: Model) {
        let known = self.models.iter().position(|known| known.checksum == model.checksum);
        let index = known.unwrap_or(self.models.len());
        if known.is_none() {
            self.models.push(Arc::new(model));
        }
        self.choose(index);
    }

    /// Takes a loaded model off the list; those embedded stay.
    pub fn remove(&mut self, index: usize) {
        if index < self.models.len() && self.is_loaded(index) {
            self.models.remove(index);
            match index.cmp(&self.chosen) {
                std::cmp::Ordering::Less => self.chosen -= 1,
                std::cmp::Ordering::Equal => {
                    self.is_chosen_by_user = false;
                    self.take(0);
                }
                std::cmp::Ordering::Greater => {}
            }
        }
    }

    fn is_loaded(&self, index: usize) -> bool {
        index >= model::library().len()
    }

    /// Answers anew where something changed; says whether it did.
    pub fn refresh(&mut self, material: Material) -> bool {
        if !self.is_chosen_by_user {
            let wanted = self.usual(material.is_simulated);
            if wanted != self.chosen {
                self.take(wanted);
            }
        }
        let state = material.features.map(|(state, _)| state);
        if !self.is_stale && state == self.features_of {
            return false;
        }
        (self.is_stale, self.features_of) = (false, state);
        let features = material.features.map(|(_, features)| features);
        match model::predict(self.model(), &self.inputs(features)) {
            Ok(prediction) => (self.prediction, self.problem) = (Some(prediction), None),
            Err(problem) => (self.prediction, self.problem) = (None, Some(problem)),
        }
        true
    }

    /// The model that is asked where nobody chose one: for a simulated case the one of simulated cases, where there is one.
    fn usual(&self, is_simulated: bool) -> usize {
        let demonstration = model::demonstration().filter(|_| is_simulated);
        demonstration.and_then(|of| self.models.iter().position(|model| Arc::ptr_eq(model, of))).unwrap_or(0)
    }

    fn inputs(&self, features: Option<&Features>) -> Inputs {
        let asked = self.model().clinical_inputs();
        let values = asked.filter_map(|asked| Some((asked.input().to_owned(), self.value(asked)?))).collect();
        let inputs = Inputs { values, ..Inputs::default() };
        let Some(features) = features.filter(|_| self.model().needs_features()) else { return inputs };
        let protocol = ProtocolTag::of(&features.diagnostics);
        inputs.with_features(features.values.iter().map(|(id, value)| (id.to_string(), *value)), protocol)
    }

    /// The inputs that are still to be entered, as people call them.
    fn not_entered(&self) -> Vec<&str> {
        let wanted = self.model().clinical_inputs().filter(|input| self.value(input).is_none());
        wanted.map(|input| input.label.as_str()).collect()
    }

    /// The figure that a purpose exports.
    pub fn figure(&self, purpose: Purpose) -> Option<Figure> {
        let (model, prediction) = (self.model().as_ref(), self.prediction.as_ref());
        match purpose {
            Purpose::SaveNomogram => Some(figure::nomogram(model, prediction)),
            Purpose::SaveRoc => Some(self.roc()),
            Purpose::SaveRadscore => report::radscore_figure(model, prediction),
            Purpose::SaveContributions => report::contributions_figure(model, prediction?, usize::MAX),
            Purpose::SaveNetBenefit => report::net_benefit_figure(model, self.threshold()),
            _ => None,
        }
    }

    fn roc(&self) -> Figure {
        match &self.prediction {
            Some(prediction) => figure::roc_of_patient(self.model(), prediction.probability),
            None => figure::roc(self.model()),
        }
    }
}

/// What the page shows beside what it knows.
pub struct Shown<'a> {
    /// What it knows.
    pub risk: &'a Risk,
    /// Whether something is drawn that features can be extracted from.
    pub is_drawn: bool,
    /// Features that there are, and whether they are out of date.
    pub features: Option<(usize, bool)>,
    /// Whether features are being extracted.
    pub is_extracting: bool,
    /// What is odd about the image and the VOI that features come from.
    pub doubts: Warnings,
}

/// The page.
pub fn show(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    egui::Panel::left("risk inputs").exact_size(COLUMN).frame(theme::page_frame()).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            // Room for the scroll bar.
            ui.set_max_width(ui.available_width() - 3.0 * theme::UNIT);
            heading(ui, shown.risk.model());
            picker::show(ui, shown.risk, actions);
            answer::inputs(ui, shown, actions);
            answer::show(ui, shown, actions);
            trust::show(ui, shown.risk);
        });
    });
    egui::CentralPanel::default().frame(theme::page_frame()).show(ui, |ui| {
        let height = ui.available_height();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| figures::show(ui, shown.risk, height, actions));
    });
}

/// What the answer is the risk of: the event itself, the whole of it where the pointer rests.
fn heading(ui: &mut Ui, model: &Model) {
    let event = model.outcome.split(" after ").next().unwrap_or(&model.outcome);
    let text = egui::RichText::new(format!("Risk of {event}")).font(theme::heading());
    ui.add(egui::Label::new(text).truncate()).on_hover_text(format!("Risk of {}", model.outcome));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn loaded(name: &str) -> Model {
        let mut model = model::embedded().clone();
        model.name = name.to_owned();
        model.checksum = name.to_owned();
        model
    }

    const NOTHING: Material = Material { features: None, is_simulated: false };

    #[test]
    fn a_loaded_model_is_chosen_kept_for_the_next_patient_and_can_be_taken_away() {
        let mut risk = Risk::default();
        let embedded = risk.models.len();
        risk.add(loaded("a"));
        risk.add(loaded("b"));
        risk.add(loaded("a"));
        assert_eq!((risk.models.len(), risk.model().name.as_str()), (embedded + 2, "a"), "no model is there twice");
        risk.clear();
        risk.refresh(NOTHING);
        assert_eq!(risk.model().name, "a");
        risk.remove(0);
        assert_eq!(risk.models.len(), embedded + 2, "those embedded stay");
        risk.remove(embedded);
        assert_eq!(risk.model().as_ref(), model::embedded());
        assert_eq!(risk.models.len(), embedded + 1);
    }

    #[test]
    fn an_answer_is_of_what_was_entered_last_and_of_the_model_that_is_chosen() {
        let mut risk = Risk::default();
        assert!(risk.refresh(NOTHING) && risk.prediction.is_none());
        risk.set("pT".to_owned(), 3.0);
        assert!(risk.refresh(NOTHING) && !risk.refresh(NOTHING), "answered once");
        assert!((risk.prediction.as_ref().unwrap().probability - 0.45576).abs() < 1e-4);
        let mut other = loaded("other");
        other.intercept += 1.0;
        risk.add(other);
        risk.refresh(NOTHING);
        assert!(risk.prediction.as_ref().unwrap().probability > 0.6, "what was entered is asked of the other model");
    }

    #[test]
    fn a_level_that_was_entered_for_one_model_is_asked_of_another_by_its_name() {
        let graded = |name: &str, labels: [&str; 2]| {
            let mut model = loaded(name);
            model.predictors.truncate(1);
            let grade = &mut model.predictors[0];
            grade.name = "grade".to_owned();
            let level = |(value, label): (u8, &str)| Level { value: value.into(), label: label.to_owned() };
            grade.levels = [1, 2].into_iter().zip(labels).map(level).collect();
            model
        };
        let mut risk = Risk::default();
        risk.add(graded("a", ["G1", "G2"]));
        risk.set("grade".to_owned(), 2.0);
        risk.add(graded("b", ["G2", "G3"]));
        assert_eq!(risk.value(&risk.model().predictors[0]), Some(1.0));
        risk.add(graded("c", ["G3", "G4"]));
        assert_eq!(risk.value(&risk.model().predictors[0]), None);
        risk.refresh(NOTHING);
        assert_eq!((risk.prediction.is_some(), risk.not_entered().len()), (false, 1));
    }
}
