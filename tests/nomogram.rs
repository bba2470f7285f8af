//! The nomogram against R's `rms::nomogram` on the synthetic cohort.

use std::path::Path;

use hepatica::model::{self, Indicator, Level, Model, Nomogram, Predictor, PredictorRole};
use serde_json::Value;

/// rms runs its regression to 1e-12 and prints points with rounding of the last digits.
const POINTS: f64 = 1e-8;
/// The axis of probabilities is laid by rms's interpolation between points of its own.
const INTERPOLATED: f64 = 1e-4;

fn reference() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/stats/open/ref_nomogram.json");
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    Some(serde_json::from_str(&text?).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: {found:?} where rms has {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} where rms has {b}");
    }
}

fn predictor(name: &str, coefficient: f64, range: [f64; 2], levels: &[f64]) -> Predictor {
    let levels = levels.iter().map(|value| Level { value: *value, label: format!("pT{value}") }).collect();
    Predictor { name: name.to_owned(), coefficient, range, levels, ..model::embedded().predictors[0].clone() }
}

/// The reference's regression as a model. The radscore stands as a clinical number: the nomogram asks only for its range.
fn models(reference: &Value) -> [(Model, &Value); 2] {
    let of = |key: &str| {
        let coefficient = |name: &str| reference[key]["coef"][name].as_f64().unwrap();
        let range = numbers(&reference[key]["radscore_range_in_training"]);
        let radscore = predictor("radscore", coefficient("radscore"), [range[0], range[1]], &[]);
        let stages = [2.0, 3.0, 4.0];
        let pt = match key {
            "pT_numeric" => vec![predictor("pT", coefficient("pT"), [2.0, 4.0], &stages)],
            _ => [3.0, 4.0]
                .map(|level| Predictor {
                    indicator: Some(Indicator { column: "pT".to_owned(), level }),
                    ..predictor(&format!("pT={level}"), coefficient(&format!("pT_f={level}")), [2.0, 4.0], &stages)
                })
                .to_vec(),
        };
        let predictors = std::iter::once(radscore).chain(pt).collect();
        Model { intercept: coefficient("Intercept"), predictors, ..model::embedded().clone() }
    };
    [(of("pT_numeric"), &reference["pT_numeric"]), (of("pT_as_factor"), &reference["pT_as_factor"])]
}

#[test]
fn axes_points_and_totals_are_those_of_rms() {
    let Some(reference) = reference() else { return };
    for (model, expected) in models(&reference) {
        let nomogram = Nomogram::of(&model);
        assert_eq!(nomogram.axes.len(), 2);
        for axis in &nomogram.axes {
            let ours: Vec<f64> = axis.ticks.iter().map(|tick| tick.points).collect();
            let theirs = &expected["axes"].get(&axis.name).unwrap_or(&expected["axes"]["pT_f"])["points"];
            near(&ours, &numbers(theirs), POINTS, &axis.name);
        }
        near(&[nomogram.points_per_unit], &[expected["points_per_unit_lp"].as_f64().unwrap()], POINTS, "scale");
        near(&[nomogram.at_zero], &[expected["lp_at_zero_total_points"].as_f64().unwrap()], POINTS, "at zero");
        near(&nomogram.total_ticks, &numbers(&expected["total_points_axis"]), POINTS, "total points");
        let table = &expected["total_points_to_probability"];
        let risks: Vec<f64> = numbers(&table["total_points"]).iter().map(|t| nomogram.probability(*t)).collect();
        near(&risks, &numbers(&table["probability"]), POINTS, "probability of a total");
        let probabilities = numbers(&expected["risk_axis"]["probability"]);
        let totals: Vec<f64> = probabilities.iter().map(|p| nomogram.total_points(*p)).collect();
        near(&totals, &numbers(&expected["risk_axis"]["total_points"]), INTERPOLATED, "risk axis");
    }
}

#[test]
fn levels_of_one_column_share_an_axis_and_are_asked_for_once() {
    let Some(reference) = reference() else { return };
    let [_, (model, _)] = models(&reference);
    assert_eq!(model.predictors.len(), 3);
    let asked: Vec<&str> = model.clinical_inputs().map(Predictor::input).collect();
    assert_eq!(asked, ["radscore", "pT"]);
    assert!(model.predictors.iter().all(|predictor| predictor.role == PredictorRole::Clinical));
}
