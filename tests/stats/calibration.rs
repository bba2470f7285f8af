//! Calibration against R's definitions: Brier score, recalibration, lowess, loess, Spiegelhalter, Hosmer-Lemeshow.

use hepatica::stats::{self, Calibration, Grouping, HosmerLemeshow, Loess, StatsError};
use serde_json::Value;

use crate::harness::numbers;
use crate::open::{CLOSED, ITERATIVE, at, cohort, flags, number, reference, relative, rows_of, same};

const MODELS: [&str; 3] = ["clinical", "radiomics", "combined"];
const PARTS: [&str; 2] = ["training", "validation"];

/// A training slope is 1 and its intercept 0 where the model was fitted; R's 0 is 1e-15.
const ZERO: f64 = 1e-10;

/// Runs a check for each model's predictions on each part.
fn each(check: impl Fn(&Value, &[f64], &[bool], &str)) {
    let (Some(cohort), Some(all)) = (cohort(), reference("open/ref_logistic.json")) else { return };
    let expected = reference("open/ref_calibration.json").unwrap();
    for part in PARTS {
        let rows = rows_of(&cohort, part);
        let outcome = at(&cohort.outcome(), &rows);
        for model in MODELS {
            let p = at(&numbers(&all["predicted_probability_all_patients"][model]), &rows);
            check(&expected[part][model], &p, &outcome, &format!("{part} {model}"));
        }
    }
}

fn holds_or_both_vanish(found: f64, expected: &Value, tolerance: f64, what: &str) {
    if number(expected).abs() < ZERO {
        assert!(found.abs() < ZERO, "{what}: {found:e} where R has 0");
    } else {
        same(found, expected, tolerance, what);
    }
}

fn recalibration_holds(found: &Calibration, expected: &Value, what: &str) {
    let line = found.recalibration.unwrap();
    holds_or_both_vanish(line.intercept, &expected["recalibration_intercept"], ITERATIVE, what);
    same(line.slope, &expected["recalibration_slope"], ITERATIVE, what);
    relative(&line.standard_errors, &numbers(&expected["recalibration_se"]), ITERATIVE, what);
    let level = found.in_the_large.unwrap().intercept;
    holds_or_both_vanish(level, &expected["calibration_in_the_large"], ITERATIVE, what);
}

#[test]
fn scores_recalibration_and_distances_are_rs() {
    each(|expected, p, outcome, what| {
        let found = stats::calibration(p, outcome).unwrap();
        recalibration_holds(&found, expected, what);
        for (value, key) in [
            (found.brier, "brier"),
            (found.brier_null, "brier_null"),
            (found.observed_over_expected, "observed_over_expected"),
            (found.log_loss, "logloss"),
            (found.e_max, "emax"),
            (found.e_90, "e90"),
            (found.e_avg, "eavg"),
            (found.spiegelhalter_z.unwrap(), "spiegelhalter_z"),
        ] {
            same(value, &expected[key], CLOSED, &format!("{what} {key}"));
        }
        let of_rms = &expected["val_prob"];
        same(found.brier, &of_rms["Brier"], CLOSED, what);
        same(found.e_max, &of_rms["Emax"], CLOSED, what);
        same(found.e_90, &of_rms["E90"], CLOSED, what);
        same(found.e_avg, &of_rms["Eavg"], CLOSED, what);
        same(found.spiegelhalter_z.unwrap(), &of_rms["S:z"], CLOSED, what);
        same(found.spiegelhalter_p.unwrap(), &of_rms["S:p"], ITERATIVE, what);
    });
}

#[test]
fn smooth_curves_are_rs() {
    each(|expected, p, outcome, what| {
        let curve = stats::calibration(p, outcome).unwrap().curve;
        let lowess = &expected["lowess_f_2_3_iter_0"];
        relative(&curve.x, &numbers(&lowess["x"]), 0.0, what);
        relative(&curve.y, &numbers(&lowess["y"]), CLOSED, &format!("{what} lowess"));
        let y: Vec<f64> = outcome.iter().map(|&event| f64::from(u8::from(event))).collect();
        let smooth = Loess::new(p, &y, 0.75);
        let fitted = numbers(&expected["loess_direct_span_.75_degree_2_fitted"]);
        relative(&smooth.fitted(), &fitted, CLOSED, &format!("{what} loess"));
        assert_eq!(smooth.at(p[0]), smooth.fitted()[0]);
    });
}

fn groups_hold(found: &HosmerLemeshow, expected: &Value, what: &str) {
    same(found.groups.len() as f64, &expected["groups"], 0.0, what);
    let table = &expected["table"];
    let column = |of: &dyn Fn(&stats::RiskGroup) -> f64, key: &str| {
        relative(&found.groups.iter().map(of).collect::<Vec<_>>(), &numbers(&table[key]), CLOSED, what);
    };
    column(&|g| g.n as f64, "n");
    column(&|g| g.observed as f64, "obs1");
    column(&|g| g.expected, "exp1");
    column(&|g| (g.n - g.observed) as f64, "obs0");
    column(&|g| g.expected_without, "exp0");
    same(found.chi2, &expected["chi2"], CLOSED, what);
    same(found.df as f64, &expected["df"], 0.0, what);
    match found.p {
        Some(p) => same(p, &expected["p"], ITERATIVE, what),
        None => assert!(expected["p"].is_null(), "{what}"),
    }
}

#[test]
fn hosmer_lemeshow_holds_with_both_groupings() {
    each(|expected, p, outcome, what| {
        for (grouping, key) in [
            (Grouping::Quantiles, "hosmer_lemeshow_quantile_groups"),
            (Grouping::Blocks, "hosmer_lemeshow_block_groups"),
        ] {
            let found = stats::hosmer_lemeshow(p, outcome, grouping, 10).unwrap();
            groups_hold(&found, &expected[key], &format!("{what} {key}"));
        }
    });
    let Some(edge) = reference("edge/edge.json") else { return };
    for (name, case) in edge["hosmer_lemeshow"].as_object().unwrap() {
        let (p, outcome) = (numbers(&case["p"]), flags(&case["y"]));
        for (grouping, key) in [(Grouping::Quantiles, "quantile"), (Grouping::Blocks, "blocks")] {
            let (found, expected) = (stats::hosmer_lemeshow(&p, &outcome, grouping, 10), &case[key]["value"]);
            if expected.is_null() {
                assert_eq!(found, Err(StatsError::Constant { what: "the prediction".to_owned() }), "{name}");
            } else {
                groups_hold(&found.unwrap(), expected, &format!("{name} {key}"));
            }
        }
    }
}

#[test]
fn certain_predictions_are_left_out_of_the_slope_as_in_val_prob() {
    let Some(edge) = reference("edge/edge.json") else { return };
    let case = &edge["calibration_p_0_or_1"];
    let found = stats::calibration(&numbers(&case["p"]), &flags(&case["y"])).unwrap();
    let expected = &case["val_prob"]["value"];
    same(found.brier, &expected["Brier"], CLOSED, "Brier");
    // rms stops its regression early, at a rise of the likelihood of 0.025.
    let line = found.recalibration.unwrap();
    same(line.slope, &expected["Slope"], 1e-3, "slope");
    assert!((line.intercept - number(&expected["Intercept"])).abs() < 1e-3);
}
