//! Statistics against R (glm, pROC, rms, pretty) on a synthetic cohort and on edge cases.

use std::path::Path;

use hepatica::stats::{self, StatsError};
use serde_json::Value;

/// Relative difference to R: both fit to a relative change of the deviance of 1e-14, which leaves about 1e-8 in coefficients.
const FIT: f64 = 1e-7;
/// Curves and areas are sums of small fractions.
const EXACT: f64 = 1e-12;

/// A file of `tests/data/stats`, whose README says how it was made.
fn reference(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stats");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn json(name: &str) -> Value {
    serde_json::from_str(&reference(name)).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    let number = |value: &Value| match value.as_str() {
        Some("Inf") => f64::INFINITY,
        Some("-Inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap(),
    };
    list.iter().map(number).collect()
}

fn near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!(a == b || (a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a} where R has {b}");
    }
}

struct Cohort {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Cohort {
    fn read() -> Self {
        let text = reference("clinical.csv");
        let mut lines = text.lines().map(|line| line.split(',').map(|c| c.trim_matches('"').to_owned()).collect());
        Self { header: lines.next().unwrap(), rows: lines.collect() }
    }

    fn text(&self, name: &str) -> Vec<&str> {
        let column = self.header.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|row| row[column].as_str()).collect()
    }

    fn column(&self, name: &str) -> Vec<f64> {
        match name {
            "sexF" => self.text("sex").iter().map(|sex| f64::from(u8::from(*sex == "F"))).collect(),
            _ => self.text(name).iter().map(|cell| cell.parse().unwrap()).collect(),
        }
    }

    fn outcome(&self) -> Vec<bool> {
        self.text("outcome").iter().map(|cell| *cell == "1").collect()
    }
}

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

#[test]
fn roc_curves_are_procs() {
    let (cohort, expected) = (Cohort::read(), json("roc.json"));
    let probabilities = &json("logistic.json")["predicted_probability_all_patients"];
    for part in ["training", "validation"] {
        let rows: Vec<usize> = (0..cohort.rows.len()).filter(|&row| cohort.text("split")[row] == part).collect();
        for model in ["clinical", "radiomics", "combined"] {
            let all = numbers(&probabilities[model]);
            let scores: Vec<f64> = rows.iter().map(|&row| all[row]).collect();
            let outcome: Vec<bool> = rows.iter().map(|&row| cohort.outcome()[row]).collect();
            roc_holds(&expected[part][model], &scores, &outcome, &format!("{part} {model}"));
        }
    }
}

fn roc_holds(expected: &Value, scores: &[f64], outcome: &[bool], what: &str) {
    let roc = stats::roc(scores, outcome).unwrap();
    near(
        &[roc.auc, roc.variance.unwrap()],
        &[numbers(&expected["auc"])[0], numbers(&expected["delong_variance"])[0]],
        EXACT,
        what,
    );
    near(&roc.ci.unwrap(), &[numbers(&expected["ci_low"])[0], numbers(&expected["ci_high"])[0]], EXACT, what);
    let points = &expected["points"];
    near(&roc.points.iter().map(|p| p.threshold).collect::<Vec<_>>(), &numbers(&points["threshold"]), EXACT, what);
    near(&roc.points.iter().map(|p| p.sensitivity).collect::<Vec<_>>(), &numbers(&points["sensitivity"]), EXACT, what);
    near(&roc.points.iter().map(|p| p.specificity).collect::<Vec<_>>(), &numbers(&points["specificity"]), EXACT, what);
    let youden = numbers(&expected["exact_youden_tied_thresholds"])[0];
    near(&[roc.points[roc.youden].threshold], &[youden], EXACT, what);
}

#[test]
fn tied_and_perfect_scores_give_procs_areas() {
    let edge = &json("edge.json")["roc"];
    for case in ["ties", "two_youden_optima", "float_tie", "perfect"] {
        let expected = &edge[case]["result"]["value"];
        let outcome: Vec<bool> = numbers(&edge[case]["y"]).iter().map(|y| *y == 1.0).collect();
        let roc = stats::roc(&numbers(&edge[case]["score"]), &outcome).unwrap();
        near(
            &[roc.auc, roc.variance.unwrap()],
            &[numbers(&expected["auc"])[0], numbers(&expected["variance"])[0]],
            EXACT,
            case,
        );
        let ties = edge[case].get("exact_ties").unwrap_or(&expected["best_youden"]["threshold"]);
        near(&[roc.points[roc.youden].threshold], &[numbers(ties)[0]], EXACT, case);
    }
}

#[test]
fn axis_ticks_are_rs() {
    let edge = json("edge.json");
    let cases = edge["pretty_n10"].as_array().expect("a list of ranges");
    for case in cases {
        let range = numbers(&case["range"]);
        near(&stats::pretty(range[0], range[1], 10), &numbers(&case["ticks"]), EXACT, &case.to_string());
    }
}
