//! A prediction for other programs: JSON for one patient, a CSV row a patient.

use serde_json::{Value, json};

use super::RiskReport;
use crate::base::RESEARCH_USE_ONLY;
use crate::exchange::table::Cell;
use crate::model::{Model, Prediction, illustrations};

/// The column with features outside the training range.
const OUT_OF_RANGE: &str = "out_of_range";

/// What stands beside a probability at another prevalence.
pub const ILLUSTRATION_NOTE: &str = "illustration, not validated";

/// The prediction with inputs, provenance and limits, as indented JSON.
pub fn prediction_json(report: &RiskReport) -> String {
    let RiskReport { model, prediction, .. } = report;
    let value: Value = json!({
        "notice": RESEARCH_USE_ONLY,
        "simulated": report.is_simulated,
        "model": {
            "id": model.id,
            "name": model.name,
            "checksum": model.checksum,
            "outcome": model.outcome,
            "horizonMonths": model.horizon_months,
            "provenance": model.provenance,
            "auc": model.performance.auc,
            "aucCi": model.performance.auc_ci,
            "limits": model.limits,
        },
        "prediction": prediction,
        "radscore": prediction.radscore(),
        "outOfRange": prediction.out_of_range().collect::<Vec<_>>(),
        "illustrations": {"note": ILLUSTRATION_NOTE, "at": illustrations(model, prediction)},
        "identity": report.identity,
        "image": report.image,
        "voi": report.voi,
        "warnings": report.warnings,
        "nFeatures": report.n_features,
        "madeOn": report.made_on,
    });
    format!("{value:#}\n")
}

/// The columns of [`prediction_csv_row`] for a model; `data` says what the model was fitted on. The radscore is an input's column, for
/// models that have one; so is `out_of_range`, the features outside the range of the patients that the radscore was fitted on.
pub fn prediction_csv_header(model: &Model) -> Vec<String> {
    let fixed = ["id", "model", "data", "probability", "ci_low", "ci_high", "linear_predictor", "total_points"];
    let inputs = model.by_input().filter_map(|group| group.first()).map(|first| first.input().to_owned());
    let last = model.radscore.iter().map(|_| OUT_OF_RANGE).chain(["warnings", "notice"]);
    fixed.iter().map(|name| (*name).to_owned()).chain(inputs).chain(last.map(str::to_owned)).collect()
}

/// One case's row, to be written with [`crate::exchange::table::write_table`].
pub fn prediction_csv_row(id: &str, model: &Model, prediction: &Prediction) -> Vec<Cell> {
    let data = model.provenance.data.as_str();
    let mut row: Vec<Cell> = [id, prediction.model.as_str(), data].map(|text| Cell::Text(text.to_owned())).into();
    let numbers = [
        prediction.probability,
        prediction.ci[0],
        prediction.ci[1],
        prediction.linear_predictor,
        prediction.total_points,
    ];
    row.extend(numbers.map(Cell::Number));
    row.extend(prediction.points.iter().map(|points| Cell::Number(points.value)));
    if model.radscore.is_some() {
        let features: Vec<&str> = prediction.out_of_range().map(|part| part.feature.as_str()).collect();
        row.push(Cell::Text(features.join("; ")));
    }
    row.push(Cell::Text(prediction.warnings.iter().collect::<Vec<_>>().join("; ")));
    row.push(Cell::Text(RESEARCH_USE_ONLY.to_owned()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Warnings;
    use crate::model::{DataKind, Inputs, embedded, predict};

    #[test]
    fn json_and_csv_carry_the_probability_and_the_notice() {
        let inputs = Inputs { values: [("pT".to_owned(), 4.0)].into(), protocol: None };
        let prediction = predict(embedded(), &inputs).unwrap();
        let report = RiskReport {
            model: embedded(),
            prediction: &prediction,
            threshold: None,
            identity: None,
            image: None,
            voi: None,
            warnings: Warnings::new(),
            n_features: None,
            is_simulated: true,
            made_on: None,
        };
        let json: Value = serde_json::from_str(&prediction_json(&report)).unwrap();
        assert_eq!(json["prediction"]["probability"].as_f64(), Some(prediction.probability));
        assert_eq!((&json["notice"], &json["simulated"]), (&json!(RESEARCH_USE_ONLY), &json!(true)));
        let illustrated = json["illustrations"]["at"].as_array().unwrap();
        assert_eq!(illustrated.len(), 3);
        assert!(illustrated.iter().all(|at| at["probability"].as_f64().unwrap() < prediction.probability));
        let (header, row) = (prediction_csv_header(embedded()), prediction_csv_row("P1", embedded(), &prediction));
        assert_eq!(header.len(), row.len());
        let p_t = header.iter().position(|name| name == "pT").unwrap();
        assert_eq!(row[p_t], Cell::Number(4.0));
    }

    #[test]
    fn a_row_says_that_its_model_was_fitted_on_simulated_data() {
        let mut model = embedded().clone();
        model.provenance.data = DataKind::Simulated;
        let inputs = Inputs { values: [("pT".to_owned(), 4.0)].into(), protocol: None };
        let row = prediction_csv_row("P1", &model, &predict(&model, &inputs).unwrap());
        let data = prediction_csv_header(&model).iter().position(|name| name == "data").unwrap();
        assert_eq!(row[data], Cell::Text("simulated".to_owned()));
    }
}
