//! An evaluation as JSON and as tables.

use serde_json::{Value, json};

use super::{APPARENT, EvaluationReport};
use crate::base::RESEARCH_USE_ONLY;
use crate::exchange::table::Cell;
use crate::model::train::decision_thresholds;
use crate::model::{Prediction, Recalibrated};
use crate::report::training::results::measured_json;
use crate::report::training::tables::{NamedTable, count, measured_row_of, number, text};

/// Every number as indented JSON.
pub fn evaluation_json(report: &EvaluationReport) -> String {
    let EvaluationReport { cohort, model, evaluation } = report;
    let update = |of: &Option<Recalibrated>| {
        of.as_ref().map(|of| {
            json!({ "intercept": of.intercept, "slope": of.slope, "note": APPARENT, "measured": measured_json(&of.measured) })
        })
    };
    let patient = |(row, prediction): (usize, &Prediction)| json!({ "id": cohort.ids[row], "outcome": usize::from(cohort.outcome[row]), "prediction": prediction });
    let value = json!({
        "format": "hepatica-evaluation",
        "program": format!("Hepatica {}", env!("CARGO_PKG_VERSION")),
        "notice": RESEARCH_USE_ONLY,
        "data": report.data().as_str(),
        "model": { "id": model.id, "name": model.name, "data": model.provenance.data, "checksum": model.checksum },
        "warnings": evaluation.warnings,
        "cohort": { "flow": cohort.flow, "warnings": cohort.warnings, "findings": cohort.findings },
        "decisionThresholds": decision_thresholds(),
        "measured": measured_json(&evaluation.measured),
        "nOutside": evaluation.n_outside,
        "recalibration": { "inTheLarge": update(&evaluation.in_the_large), "slope": update(&evaluation.slope) },
        "patients": evaluation.predictions.iter().enumerate().map(patient).collect::<Vec<Value>>(),
    });
    format!("{value:#}\n")
}

/// Performance before and after recalibration, decision curves, and every patient's prediction.
pub fn evaluation_tables(report: &EvaluationReport) -> Vec<NamedTable> {
    let tables = [performance(report), decision_curves(report), patients(report)];
    tables.into_iter().map(|table| table.noticed(report.data())).collect()
}

fn performance(report: &EvaluationReport) -> NamedTable {
    let states = report.states();
    let rows: Vec<_> = states.iter().map(|(name, _, of)| (*name, *of)).collect();
    let (mut header, mut rows) = measured_row_of(&rows);
    header.push("note".to_owned());
    for (row, (name, ..)) in rows.iter_mut().zip(&states) {
        row.push(text(if *name == "as_it_is" { "" } else { APPARENT }));
    }
    NamedTable { name: "performance", header, rows }
}

fn decision_curves(report: &EvaluationReport) -> NamedTable {
    let states = report.states();
    let header: Vec<&str> =
        ["threshold", "treat_all", "treat_none"].into_iter().chain(states.iter().map(|(name, ..)| *name)).collect();
    let all = &report.evaluation.measured.net_benefit_of_all;
    let row = |(at, threshold): (usize, f64)| {
        let mut row = vec![number(threshold), number(all.get(at).copied()), number(0.0)];
        row.extend(states.iter().map(|(.., of)| number(of.net_benefit.get(at).copied())));
        row
    };
    NamedTable::new("decision_curves", &header, decision_thresholds().into_iter().enumerate().map(row).collect())
}

fn patients(report: &EvaluationReport) -> NamedTable {
    let EvaluationReport { cohort, evaluation, .. } = report;
    let patient = |(row, prediction): (usize, &Prediction)| {
        let outside: Vec<&str> = prediction.warnings.iter().collect();
        vec![
            text(cohort.ids[row].as_str()),
            count(usize::from(cohort.outcome[row])),
            Cell::Number(prediction.probability),
            Cell::Number(prediction.ci[0]),
            Cell::Number(prediction.ci[1]),
            Cell::Number(prediction.linear_predictor),
            text(outside.join("; ")),
        ]
    };
    let columns = ["id", "outcome", "probability", "ci_low", "ci_high", "linear_predictor", "warnings"];
    NamedTable::new("patients", &columns, evaluation.predictions.iter().enumerate().map(patient).collect())
}
