//! External validation of a model as numbers, tables and figures.

use serde_json::{Value, json};

use super::figures::{Calibrated, point_at};
use super::results::measured_json;
use super::tables::{NamedTable, measured_row_of};
use crate::base::RESEARCH_USE_ONLY;
use crate::cohort::Cohort;
use crate::exchange::table::Cell;
use crate::figure::{self, Figure};
use crate::model::train::{Measured, decision_thresholds};
use crate::model::{Evaluation, Model, Recalibrated};

/// A model on another cohort.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationReport<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// The model.
    pub model: &'a Model,
    /// What came of it.
    pub evaluation: &'a Evaluation,
}

/// Every number as indented JSON.
pub fn evaluation_json(report: &EvaluationReport) -> String {
    let EvaluationReport { cohort, model, evaluation } = report;
    let update = |of: &Option<Recalibrated>| {
        of.as_ref()
            .map(|of| json!({ "intercept": of.intercept, "slope": of.slope, "measured": measured_json(&of.measured) }))
    };
    let patient = |(row, prediction): (usize, &crate::model::Prediction)| json!({ "id": cohort.ids[row], "outcome": usize::from(cohort.outcome[row]), "prediction": prediction });
    let value = json!({
        "format": "hepatica-evaluation",
        "program": format!("Hepatica {}", env!("CARGO_PKG_VERSION")),
        "notice": RESEARCH_USE_ONLY,
        "model": { "id": model.id, "name": model.name, "data": model.provenance.data, "checksum": model.checksum },
        "cohort": { "flow": cohort.flow, "warnings": cohort.warnings, "findings": cohort.findings },
        "decisionThresholds": decision_thresholds(),
        "measured": measured_json(&evaluation.measured),
        "warnings": evaluation.warnings,
        "nOutside": evaluation.n_outside,
        "recalibration": { "inTheLarge": update(&evaluation.in_the_large), "slope": update(&evaluation.slope) },
        "patients": evaluation.predictions.iter().enumerate().map(patient).collect::<Vec<Value>>(),
    });
    format!("{value:#}\n")
}

/// Performance before and after recalibration, and every patient's prediction.
pub fn evaluation_tables(report: &EvaluationReport) -> Vec<NamedTable> {
    let EvaluationReport { cohort, evaluation, .. } = report;
    let updates = [("recalibrated_in_the_large", &evaluation.in_the_large), ("recalibrated_slope", &evaluation.slope)];
    let mut rows = vec![("as_it_is", &evaluation.measured)];
    rows.extend(updates.into_iter().filter_map(|(name, of)| Some((name, &of.as_ref()?.measured))));
    let (header, rows) = measured_row_of(&rows);
    let patient = |(row, prediction): (usize, &crate::model::Prediction)| {
        let outside: Vec<&str> = prediction.warnings.iter().collect();
        vec![
            Cell::Text(cohort.ids[row].clone()),
            Cell::Text(usize::from(cohort.outcome[row]).to_string()),
            Cell::Number(prediction.probability),
            Cell::Number(prediction.ci[0]),
            Cell::Number(prediction.ci[1]),
            Cell::Number(prediction.linear_predictor),
            Cell::Text(outside.join("; ")),
        ]
    };
    let columns = ["id", "outcome", "probability", "ci_low", "ci_high", "linear_predictor", "warnings"];
    let patients = NamedTable {
        name: "patients",
        header: columns.map(str::to_owned).to_vec(),
        rows: evaluation.predictions.iter().enumerate().map(patient).collect(),
    };
    vec![NamedTable { name: "performance", header, rows }, patients]
}

/// ROC, calibration and decision curve of the model as it is, with the names of their files.
pub fn evaluation_figures(report: &EvaluationReport) -> Vec<(&'static str, Figure)> {
    let EvaluationReport { cohort, model, evaluation } = report;
    let of = &evaluation.measured;
    let curve = figure::RocCurve {
        name: "Model",
        points: &of.roc.points,
        auc: of.roc.auc,
        auc_ci: of.roc.ci,
        operating_point: point_at(of, of.confusion.threshold),
        current: None,
    };
    let updated: Vec<(&str, &Measured)> = std::iter::once(("As it is", of))
        .chain(evaluation.slope.as_ref().map(|update| ("Recalibrated", &update.measured)))
        .collect();
    let decisions: Vec<figure::DecisionCurve> =
        updated.iter().map(|(name, of)| figure::DecisionCurve { name, net_benefit: &of.net_benefit }).collect();
    let predicted = evaluation.predictions.iter().map(|prediction| prediction.probability).collect();
    let parts = Calibrated::new(of, predicted);
    let calibration = parts.curve("Model", of, &cohort.outcome);
    let set = "external validation";
    vec![
        ("roc", figure::roc_curves(set, &[curve], &[])),
        ("calibration", figure::calibration(set, &[calibration])),
        (
            "decision_curves",
            figure::decision_curves(&figure::DecisionPlot {
                set,
                thresholds: &decision_thresholds(),
                models: &decisions,
                treat_all: &of.net_benefit_of_all,
                current: None,
            }),
        ),
        ("nomogram", figure::nomogram(model, None)),
    ]
}
