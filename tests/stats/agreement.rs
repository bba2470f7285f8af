//! Intraclass correlations against `psych::ICC(lmer = FALSE)`.

use hepatica::stats::{self, Icc, TestError};
use serde_json::Value;

use crate::harness::{Shared, number, relative, shared_json};

/// Relative: the references themselves differ by 3e-14 between psych and the formulas.
const CLOSED_FORM: f64 = 1e-8;
/// Relative, of a p.
const P: f64 = 1e-6;

fn holds(icc: &Icc, expected: [f64; 9], what: &str) {
    let (two, three) = (icc.agreement, icc.consistency);
    let found = [two.value, two.low, two.high, three.value, three.low, three.high, icc.f, icc.df[0], icc.df[1]];
    relative(&found, &expected, CLOSED_FORM, what);
}

#[test]
fn coefficients_of_two_readers_are_psychs() {
    let Some(expected) = shared_json("open/ref_icc.json") else { return };
    let (Some(first), Some(second)) = (Shared::read("features.csv"), Shared::read("features_reader2.csv")) else {
        return;
    };
    let (ids, psych, by_hand) = (second.text("id"), &expected["psych_lmer_false"], &expected["mean_squares_by_hand"]);
    let (all, mut passed) = (first.text("id"), Vec::new());
    let rows: Vec<usize> = ids.iter().map(|id| all.iter().position(|other| other == id).unwrap()).collect();
    let features: Vec<&str> = expected["feature"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((features.len(), rows.len()), (200, 30));
    for (i, feature) in features.iter().enumerate() {
        let column = first.numbers(feature);
        let reader1: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
        let icc = stats::icc(&[&reader1, &second.numbers(feature)]).unwrap();
        let of = |name: &str| number(&psych[name][i]);
        let names = ["ICC2", "ICC2_low", "ICC2_high", "ICC3", "ICC3_low", "ICC3_high", "F", "df1", "df2"];
        holds(&icc, names.map(of), feature);
        relative(&[icc.p], &[of("p")], P, feature);
        let squares = [icc.between_subjects, icc.between_readers, icc.residual, icc.satterthwaite_df];
        let hand = ["MSB", "MSC", "MSE", "ICC2_df_satterthwaite"].map(|name| number(&by_hand[name][i]));
        relative(&squares, &hand, CLOSED_FORM, feature);
        if icc.agreement.value > 0.75 {
            passed.push(*feature);
        }
    }
    assert_eq!(
        passed,
        expected["pass_by_ICC2"].as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>()
    );
}

fn readers(case: &Value) -> Vec<Vec<f64>> {
    let rows = case["readings"].as_array().unwrap();
    let count = rows[0].as_array().unwrap().len();
    (0..count).map(|reader| rows.iter().map(|row| number(&row[reader])).collect()).collect()
}

fn of_case(case: &Value) -> Result<Icc, TestError> {
    let readers = readers(case);
    stats::icc(&readers.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// psych's rows 1 and 2 of each column: ICC2, ICC3.
fn psychs(case: &Value) -> [f64; 9] {
    let of = |name: &str, row: usize| number(&case["psych_lmer_false"]["value"][name][row]);
    let three = |row| [of("icc", row), of("low", row), of("high", row)];
    let ([a, b, c], [d, e, f]) = (three(1), three(2));
    [a, b, c, d, e, f, of("F", 1), of("df1", 1), of("df2", 1)]
}

#[test]
fn edge_cases_are_psychs() {
    let Some(edge) = shared_json("edge/edge.json") else { return };
    for name in ["shrout_fleiss_1979", "negative", "two_subjects", "no_rater_effect"] {
        let case = &edge["icc"][name];
        let icc = of_case(case).unwrap();
        holds(&icc, psychs(case), name);
        relative(&[icc.p], &[number(&case["psych_lmer_false"]["value"]["p"][1])], P, name);
    }
}

#[test]
fn exact_agreement_and_a_pure_shift_have_psychs_intervals_and_an_infinite_f() {
    let Some(edge) = shared_json("edge/edge.json") else { return };
    for name in ["identical", "shifted"] {
        let case = &edge["icc"][name];
        let icc = of_case(case).unwrap();
        // psych's F of 1e31 is rounding over rounding; the formulas written out give infinity, as here.
        assert_eq!([icc.f, icc.p], [f64::INFINITY, 0.0], "{name}");
        let expected = psychs(case);
        holds(&Icc { f: expected[6], ..icc }, expected, name);
    }
}

#[test]
fn equal_readings_have_no_coefficient() {
    for value in [2.0, 0.1, -1e9 / 7.0] {
        let icc = stats::icc(&[&[value; 7], &[value; 7]]).unwrap();
        assert_eq!([icc.between_subjects, icc.between_readers, icc.residual], [0.0; 3]);
        let (two, three) = (icc.agreement, icc.consistency);
        let all = [two.value, two.low, two.high, three.value, three.low, three.high, icc.f, icc.p];
        assert!(all.iter().all(|value| value.is_nan()), "{all:?}");
    }
}

#[test]
fn the_published_example_rounds_to_the_published_values() {
    // Shrout & Fleiss 1979, table 2 and 4: six targets, four judges; ICC(2,1) = .29, ICC(3,1) = .71.
    let judges: [&[f64]; 4] =
        [&[9., 6., 8., 7., 10., 6.], &[2., 1., 4., 1., 5., 2.], &[5., 3., 6., 2., 6., 4.], &[8., 2., 8., 6., 9., 7.]];
    let icc = stats::icc(&judges).unwrap();
    assert_eq!([icc.agreement.value, icc.consistency.value].map(|v| (v * 100.0).round()), [29.0, 71.0]);
}

#[test]
fn what_is_no_pair_of_readings_is_refused() {
    let said = |readers: &[&[f64]]| stats::icc(readers).unwrap_err().to_string();
    assert!(
        said(&[&[1.0, 2.0, f64::NAN], &[1.0, 2.0, 3.0]])
            .starts_with("reader 1, value 3 (from 1) is not a finite number")
    );
    assert!(said(&[&[1.0, 2.0]]).contains("needs at least 2 readers, and there are 1"));
    assert!(said(&[&[1.0], &[2.0]]).contains("needs at least 2 subjects, and there are 1"));
    assert!(said(&[&[1.0, 2.0], &[2.0]]).starts_with("reader 2 has 1 values where 2 are expected"));
}
