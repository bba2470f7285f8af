//! The figures that a model draws of one patient, the same for the window and for the report's page.
//!
//! What is drawn was computed by the model; here it is put into the order in which a figure takes it. A model that has no radscore or
//! keeps no training record has fewer figures.

use crate::figure::{
    Contribution, Contributions, DecisionCurve, DecisionPlot, Distribution, DistributionGroup, Figure, contributions,
    decision_curves, distribution,
};
use crate::model::{Model, Prediction};

/// The patient's radscore among those of the training patients; without a patient, theirs alone. None for a model without radscore.
pub fn radscore_figure(model: &Model, prediction: Option<&Prediction>) -> Option<Figure> {
    let training = &model.radscore.as_ref()?.training;
    let group = |name, is_event, values| DistributionGroup { name, is_event, values };
    let groups = [
        group("Without the event", false, training.without.as_slice()),
        group("With the event", true, training.with.as_slice()),
    ];
    let patient = prediction.and_then(Prediction::radscore);
    Some(distribution(&Distribution { score: "Radscore", groups: &groups, patient }))
}

/// What each feature adds to the patient's radscore, the smallest beyond `at_most` summed. None for a model without radscore.
pub fn contributions_figure(model: &Model, prediction: &Prediction, at_most: usize) -> Option<Figure> {
    let terms = &model.radscore.as_ref()?.terms;
    let score = prediction.radscore()?;
    let parts = prediction.radscore_parts.iter().zip(terms);
    let features: Vec<Contribution> = parts
        .map(|(part, term)| Contribution {
            name: &part.feature,
            value: part.value,
            z: part.z,
            contribution: part.contribution,
            training_range: term.range(),
        })
        .collect();
    let intercept = score - features.iter().map(|feature| feature.contribution).sum::<f64>();
    let of = Contributions { score_name: "radscore", features: &features, intercept, score, at_most };
    Some(contributions(&of))
}

/// Net benefit on the patients that the model was measured on, read at a threshold. None for a model that keeps no probabilities.
pub fn net_benefit_figure(model: &Model, threshold: f64) -> Option<Figure> {
    let tested = model.tested();
    let curve = tested.decision_curve()?;
    let models = [DecisionCurve { name: "This model", net_benefit: &curve.model }];
    Some(decision_curves(&DecisionPlot {
        set: tested.set(),
        thresholds: &curve.thresholds,
        models: &models,
        treat_all: &curve.all,
        current: Some(threshold),
    }))
}
