//! A run on the page: what was trained, which model and threshold are looked at, and the figures drawn of it.

use std::sync::Arc;

use egui::Ui;

use super::drawn::{self, Drawing, Drawn};
use crate::cohort::{Cohort, Set};
use crate::figure::Figure;
use crate::model::train::{About, Measured, Trained, Training};
use crate::model::{Model, ModelKind};
use crate::report::training::{TrainingFigure, TrainingReport, Trial};
use crate::ui::actions::Action;

/// A run and how it is looked at.
pub struct Run {
    /// The cohort that it saw.
    pub cohort: Arc<Cohort>,
    /// What came of it.
    pub training: Arc<Training>,
    /// What the team says of the cohort.
    pub about: About,
    /// The set whose curves show.
    pub set: Set,
    /// The model that is looked at, and the threshold that is tried on it.
    pub trial: Trial,
    drawn: Drawn,
}

impl Run {
    /// The richest model is looked at first, at the threshold that training gave it.
    pub fn new(cohort: Arc<Cohort>, training: Arc<Training>, about: About) -> Self {
        let richest = training.models.last();
        let kind = richest.map_or(ModelKind::Combined, |trained| trained.kind);
        let threshold = richest.map_or(0.5, usual_threshold);
        let trial = Trial { kind, threshold };
        let set = Set::Training;
        Self { cohort, training, about, set, trial, drawn: Drawn::default() }
    }

    /// The team says something else of its cohort: figures that say it are drawn again.
    pub fn set_about(&mut self, about: About) {
        if about != self.about {
            self.about = about;
            self.drawn.clear();
        }
    }

    /// The model that is looked at.
    pub fn trained(&self) -> Option<&Trained> {
        self.training.models.iter().find(|trained| trained.kind == self.trial.kind)
    }

    /// Looks at another model, at the threshold that training gave it.
    pub fn choose(&mut self, kind: ModelKind) {
        self.trial.kind = kind;
        self.reset_threshold();
    }

    /// The threshold that training gave the model.
    pub fn reset_threshold(&mut self) {
        self.trial.threshold = self.trained().map_or(0.5, usual_threshold);
    }

    /// Whether both outcomes occur among the patients for validation, so that there is something to show of them.
    pub fn is_validated(&self) -> bool {
        self.training.models.iter().any(|trained| trained.validation.is_some())
    }

    /// Whether the model that is looked at takes features.
    pub fn has_features(&self) -> bool {
        self.trial.kind != ModelKind::Clinical
    }

    /// The kind of the model that is looked at, as it stands in a sentence.
    pub fn kind_in_words(&self) -> &'static str {
        self.trial.kind.as_str()
    }

    /// The file of the model that is looked at.
    pub fn model(&self) -> Option<Model> {
        self.trained().map(|trained| self.training.to_model(&self.cohort, trained, &self.about))
    }

    /// A figure of the run.
    pub fn figure(&mut self, which: TrainingFigure) -> Option<&Figure> {
        let Self { cohort, training, about, trial, drawn, .. } = self;
        drawn.get(which, &TrainingReport { cohort, training, about }, *trial)
    }

    /// Shows a figure of the run; nothing where there is none.
    pub fn show(&mut self, ui: &mut Ui, which: TrainingFigure, actions: &mut Vec<Action>) {
        if let Some(figure) = self.figure(which) {
            drawn::show(ui, &Drawing { figure, which, can_save: true }, actions);
        }
    }
}

/// The threshold with the largest Youden index on the training set.
fn usual_threshold(trained: &Trained) -> f64 {
    let Measured { confusion, .. } = &trained.training;
    if confusion.threshold.is_finite() { confusion.threshold.clamp(0.0, 1.0) } else { 0.5 }
}
