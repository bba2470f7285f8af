//! Decision curves against the reference net benefits.

use hepatica::stats::{self, Called};
use serde_json::Value;

use crate::harness::numbers;
use crate::open::{CLOSED, at, cohort, flags, reference, rows_of};

/// A net benefit is a difference of numbers of order 1 and odds up to 99: its rounding is absolute where it is near 0.
const CANCELLED: f64 = 1e-14;

fn holds(found: &[f64], expected: &Value, what: &str) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() <= CLOSED * b.abs() + CANCELLED, "{what}: {a:e} where R has {b:e}");
    }
}

#[test]
fn net_benefits_are_the_references() {
    let (Some(cohort), Some(all)) = (cohort(), reference("open/ref_logistic.json")) else { return };
    let expected = reference("open/ref_dca.json").unwrap();
    let thresholds = numbers(&expected["threshold"]);
    assert_eq!(thresholds.len(), 99);
    for part in ["training", "validation"] {
        let (rows, expected) = (rows_of(&cohort, part), &expected[part]);
        let outcome = at(&cohort.outcome(), &rows);
        for model in ["clinical", "radiomics", "combined"] {
            let p = at(&numbers(&all["predicted_probability_all_patients"][model]), &rows);
            for (called, key) in [(Called::AtOrAbove, "net_benefit_ge"), (Called::Above, "net_benefit_gt")] {
                let curve = stats::decision_curve(&p, &outcome, &thresholds, called).unwrap();
                holds(&curve.model, &expected[key][model], &format!("{part} {model} {key}"));
                holds(&curve.all, &expected["treat_all"], part);
            }
        }
    }
}

#[test]
fn a_prediction_at_the_threshold_counts_as_the_rule_says() {
    let Some(edge) = reference("edge/edge.json") else { return };
    let case = &edge["dca"];
    for (called, key) in [(Called::AtOrAbove, "ge"), (Called::Above, "gt")] {
        let (p, outcome, thresholds) = (numbers(&case["p"]), flags(&case["y"]), numbers(&case["threshold"]));
        holds(&stats::decision_curve(&p, &outcome, &thresholds, called).unwrap().model, &case[key], key);
    }
}
