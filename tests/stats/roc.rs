//! ROC curves against pROC.

use hepatica::stats;
use serde_json::Value;

use crate::harness::{Cohort, EXACT, json, near, numbers};

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
