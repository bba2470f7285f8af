//! The figures of a training run (Liang et al. 2022, Fig. 3 to 7 and Supplementary Fig. 1 to 3), each from the run's numbers.
//!
//! What the models give was computed elsewhere; here it is put into the order and the units in which a figure takes it, and what a
//! figure alone has is computed: coefficients per standard deviation, the radscore's test, and the calls at a threshold that is tried.

mod marks;
mod performance;
mod selection;

pub(super) use marks::{say_research_only, say_simulated, say_whose};
pub(super) use performance::{Calibrated, drawn_confusion, operating_point};
pub(super) use selection::tests_of_radscore;

use super::TrainingReport;
use crate::cohort::{Cohort, Counts, Set};
use crate::figure::{self, Figure};
use crate::model::{DataKind, ModelKind};
use performance::{calibration, confusion, decision_curves, roc_curves};
use selection::{coefficients, cv_curve, lasso_path, radscore};

/// One figure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrainingFigure {
    /// Who came in and who was left out (Fig. 3).
    Flowchart,
    /// Coefficients along the LASSO's path (Supplementary Fig. 1).
    LassoPath,
    /// The cross-validation along it (Supplementary Fig. 1).
    CvCurve,
    /// The radscore's coefficients (Supplementary Fig. 2).
    Coefficients,
    /// The radscore by outcome (Fig. 4).
    Radscore,
    /// ROC curves of the models (Fig. 5).
    Roc(Set),
    /// The nomogram of the richest model (Fig. 6).
    Nomogram,
    /// Calibration of the models (Supplementary Fig. 3).
    Calibration(Set),
    /// Decision curves (Fig. 7).
    DecisionCurves(Set),
    /// Calls and outcomes of one model at a threshold.
    Confusion(Set),
}

/// A threshold that is tried on one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Which model.
    pub kind: ModelKind,
    /// The probability from which a patient is called positive.
    pub threshold: f64,
}

impl TrainingFigure {
    /// All of them in the paper's order.
    pub const ALL: &[Self] = &[
        Self::Flowchart,
        Self::LassoPath,
        Self::CvCurve,
        Self::Coefficients,
        Self::Radscore,
        Self::Roc(Set::Training),
        Self::Roc(Set::Validation),
        Self::Nomogram,
        Self::Calibration(Set::Training),
        Self::Calibration(Set::Validation),
        Self::DecisionCurves(Set::Training),
        Self::DecisionCurves(Set::Validation),
        Self::Confusion(Set::Training),
        Self::Confusion(Set::Validation),
    ];

    /// The file's name without its ending.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Flowchart => "flowchart",
            Self::LassoPath => "lasso_path",
            Self::CvCurve => "lasso_cross_validation",
            Self::Coefficients => "radscore_coefficients",
            Self::Radscore => "radscore",
            Self::Roc(Set::Training) => "roc_training",
            Self::Roc(Set::Validation) => "roc_validation",
            Self::Nomogram => "nomogram",
            Self::Calibration(Set::Training) => "calibration_training",
            Self::Calibration(Set::Validation) => "calibration_validation",
            Self::DecisionCurves(Set::Training) => "decision_curves_training",
            Self::DecisionCurves(Set::Validation) => "decision_curves_validation",
            Self::Confusion(Set::Training) => "confusion_training",
            Self::Confusion(Set::Validation) => "confusion_validation",
        }
    }

    /// What it shows, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flowchart => "Flow of patients",
            Self::LassoPath => "LASSO path",
            Self::CvCurve => "Cross-validation of the LASSO",
            Self::Coefficients => "Coefficients of the radscore",
            Self::Radscore => "Radscore by outcome",
            Self::Roc(Set::Training) => "ROC curves, training",
            Self::Roc(Set::Validation) => "ROC curves, validation",
            Self::Nomogram => "Nomogram",
            Self::Calibration(Set::Training) => "Calibration, training",
            Self::Calibration(Set::Validation) => "Calibration, validation",
            Self::DecisionCurves(Set::Training) => "Decision curves, training",
            Self::DecisionCurves(Set::Validation) => "Decision curves, validation",
            Self::Confusion(Set::Training) => "Calls and outcomes, training",
            Self::Confusion(Set::Validation) => "Calls and outcomes, validation",
        }
    }

    /// The figure; none where the run has not what it shows. `trial` marks a threshold on curves and decides the table of calls. One
    /// of a simulated cohort says so, and one that shows predictions says what they must not be used for.
    pub fn draw(self, report: &TrainingReport, trial: Option<Trial>) -> Option<Figure> {
        let mut figure = self.drawn(report, trial)?;
        let is_simulated = report.cohort.features.is_simulated || report.about.data == DataKind::Simulated;
        if is_simulated && self != Self::Flowchart {
            say_simulated(&mut figure);
        }
        if matches!(self, Self::Roc(_) | Self::Calibration(_) | Self::DecisionCurves(_) | Self::Confusion(_)) {
            say_research_only(&mut figure);
        }
        Some(figure)
    }

    fn drawn(self, report: &TrainingReport, trial: Option<Trial>) -> Option<Figure> {
        match self {
            Self::Flowchart => Some(flow_of_patients(report.cohort)),
            Self::LassoPath => lasso_path(report),
            Self::CvCurve => report.training.selection.as_ref().map(|selection| cv_curve(report, selection)),
            Self::Coefficients => coefficients(report),
            Self::Radscore => radscore(report),
            Self::Roc(set) => roc_curves(report, set, trial),
            Self::Nomogram => {
                let richest = report.training.models.last()?;
                let model = report.training.to_model(report.cohort, richest, report.about);
                Some(figure::nomogram(&model, None))
            }
            Self::Calibration(set) => calibration(report, set),
            Self::DecisionCurves(set) => decision_curves(report, set, trial),
            Self::Confusion(set) => confusion(report, set, trial),
        }
    }
}

/// Who came in and who was left out, before anything is trained.
pub fn flow_of_patients(cohort: &Cohort) -> Figure {
    let flow = &cohort.flow;
    let excluded: Vec<(&str, usize)> =
        flow.excluded.iter().map(|exclusion| (exclusion.reason.as_str(), exclusion.ids.len())).collect();
    let steps = [
        figure::FlowStep { text: "Patients in the clinical table", n: flow.read, excluded: &excluded },
        figure::FlowStep { text: "Patients analysed", n: flow.analysed.patients, excluded: &[] },
    ];
    let group = |name, counts: Counts| figure::FlowGroup { name, n: counts.patients, events: counts.events };
    let groups = [group("Training", flow.training), group("Validation", flow.validation)];
    let groups: Vec<figure::FlowGroup> = groups.into_iter().filter(|group| group.n > 0).collect();
    let mut figure = figure::flowchart(&steps, &groups, "event");
    if cohort.features.is_simulated {
        say_simulated(&mut figure);
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::training::example::{Example, ORDINARY};

    #[test]
    fn the_ring_of_a_threshold_says_what_the_table_of_calls_says() {
        let example = Example::of(ORDINARY);
        let trained = example.training.models.last().unwrap();
        let rows = example.cohort.rows(Set::Validation);
        let mut found: Vec<f64> = rows.iter().map(|&row| trained.probabilities[row]).collect();
        found.sort_by(f64::total_cmp);
        found.dedup();
        for pair in found.windows(2) {
            // Above the lower one, and below the point half-way to the next, at which the curve has its threshold.
            let trial = Trial { kind: trained.kind, threshold: pair[0] + 0.25 * (pair[1] - pair[0]) };
            let said = |figure: TrainingFigure| figure.draw(&example.report(), Some(trial)).unwrap().description;
            let (roc, calls) =
                (said(TrainingFigure::Roc(Set::Validation)), said(TrainingFigure::Confusion(Set::Validation)));
            let ring = roc.split("Current threshold: ").nth(1).unwrap();
            for rate in ["sensitivity ", "specificity "] {
                let of = |text: &str| text.split(rate).nth(1).unwrap().split(" %").next().unwrap().to_owned();
                assert_eq!(of(ring), of(&calls), "{rate} at {}", trial.threshold);
            }
        }
    }

    #[test]
    fn figures_that_show_predictions_are_for_research_only_and_those_of_simulated_patients_say_so() {
        let mut example = Example::of(ORDINARY);
        example.about.data = DataKind::Simulated;
        for figure in TrainingFigure::ALL {
            let Some(drawn) = figure.draw(&example.report(), None) else { continue };
            let says = |text: &str| {
                drawn.shapes.iter().any(|shape| matches!(shape, figure::Shape::Text { text: of, .. } if of == text))
            };
            let shows_predictions = !figure.file_name().starts_with("lasso")
                && !["flowchart", "radscore", "radscore_coefficients"].contains(&figure.file_name());
            assert_eq!(says(crate::base::RESEARCH_USE_ONLY), shows_predictions, "{figure:?}");
            assert!(says("simulated") || *figure == TrainingFigure::Flowchart, "{figure:?}");
        }
    }
}
