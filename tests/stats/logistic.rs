//! Logistic regression against R's `glm`.

use hepatica::stats::{self, StatsError};
use serde_json::Value;

use crate::harness::{Cohort, json, near, numbers};

/// Relative difference to R: both fit to a relative change of the deviance of 1e-14, which leaves about 1e-8 in coefficients.
const FIT: f64 = 1e-7;

fn holds_against(reference: &Value, columns: &[&[f64]], outcome: &[bool], what: &str) {
    let fit = stats::fit_logistic(columns, outcome).unwrap();
    let terms = 0..fit.coefficients.len();
    near(&fit.coefficients, &numbers(&reference["coef"]), FIT, what);
    near(&terms.clone().map(|i| fit.standard_error(i)).collect::<Vec<_>>(), &numbers(&reference["se"]), FIT, what);
    near(&terms.clone().map(|i| fit.p(i)).collect::<Vec<_>>(), &numbers(&reference["p"]), FIT, what);
    let intervals: Vec<(f64, [f64; 2])> = terms.map(|i| fit.odds_ratio(i)).collect();
    near(&intervals.iter().map(|or| or.1[0]).collect::<Vec<_>>(), &numbers(&reference["or_wald_low"]), FIT, what);
    near(&intervals.iter().map(|or| or.1[1]).collect::<Vec<_>>(), &numbers(&reference["or_wald_high"]), FIT, what);
    near(&[fit.deviance], &numbers(&reference["deviance"]), FIT, what);
    near(&fit.fitted, &numbers(&reference["fitted"]), FIT, what);
}

#[test]
fn logistic_regression_is_rs() {
    let (cohort, expected) = (Cohort::read(), json("logistic.json"));
    let outcome = cohort.outcome();
    for (key, name) in [("sex", "sexF"), ("age", "age"), ("pT", "pT"), ("hepatitis", "hepatitis"), ("CEA", "CEA")] {
        let column = cohort.column(name);
        holds_against(&expected["univariable_whole_cohort"][key], &[&column], &outcome, key);
    }
    let training: Vec<usize> = (0..outcome.len()).filter(|&row| cohort.text("split")[row] == "training").collect();
    let score = numbers(&expected["radscore"]);
    let of_training = |column: &[f64]| training.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let outcome: Vec<bool> = training.iter().map(|&row| outcome[row]).collect();
    let (score, stage) = (of_training(&score), of_training(&cohort.column("pT")));
    let models = &expected["models_training"];
    holds_against(&models["clinical"], &[&stage], &outcome, "clinical");
    holds_against(&models["radiomics"], &[&score], &outcome, "radiomics");
    holds_against(&models["combined"], &[&score, &stage], &outcome, "combined");
}

#[test]
fn separation_is_refused_where_r_warns() {
    let edge = &json("edge.json")["logistic"];
    let data = |case: &str| {
        let data = &edge[case]["data"];
        (numbers(&data["x"]), numbers(&data["y"]).iter().map(|y| *y == 1.0).collect::<Vec<bool>>())
    };
    for case in ["perfect_separation", "quasi_separation"] {
        let (x, y) = data(case);
        assert_eq!(stats::fit_logistic(&[&x], &y), Err(StatsError::Separated), "{case}");
    }
    let (x, y) = data("ordinary");
    let fit = stats::fit_logistic(&[&x], &y).unwrap();
    // This case was fitted with R's default stop, a relative change of 1e-8.
    near(&fit.fitted, &numbers(&edge["ordinary"]["result"]["value"]["fitted"]), 1e-5, "ordinary");
}
