//! The synthetic cohort of `../shared/reference/stats/open` and the comparison by relative difference.

use serde_json::Value;

use crate::harness::{Cohort, numbers, shared};

/// Where a closed form exists: some hundred roundings.
pub const CLOSED: f64 = 1e-8;
/// Iterative fits that settle to a relative change of the deviance of 1e-14, and p-values.
pub const ITERATIVE: f64 = 1e-6;

/// A JSON file of the reference; `None` where it is absent.
pub fn reference(name: &str) -> Option<Value> {
    shared(name).map(|text| serde_json::from_str(&text).unwrap())
}

/// The cohort's clinical table.
pub fn cohort() -> Option<Cohort> {
    shared("open/clinical.csv").map(|text| table(&text))
}

/// The table of reader 1's features.
pub fn features() -> Option<Cohort> {
    shared("open/features.csv").map(|text| table(&text))
}

fn table(text: &str) -> Cohort {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
    Cohort { header: lines.next().unwrap(), rows: lines.collect() }
}

/// Rows of a part of the cohort, in file order.
pub fn rows_of(cohort: &Cohort, part: &str) -> Vec<usize> {
    (0..cohort.rows.len()).filter(|&row| cohort.text("split")[row] == part).collect()
}

pub fn at<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| values[row]).collect()
}

pub fn flags(value: &Value) -> Vec<bool> {
    numbers(value).iter().map(|y| *y == 1.0).collect()
}

pub fn number(value: &Value) -> f64 {
    numbers(value)[0]
}

/// Relative to R's value, however small that is.
pub fn relative(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let holds = a == b || (a - b).abs() <= tolerance * b.abs();
        assert!(holds, "{what}, value {i}: {a:e} where R has {b:e}, off by {:.1e}", ((a - b) / b).abs());
    }
}

/// The same of one number.
pub fn same(found: f64, expected: &Value, tolerance: f64, what: &str) {
    relative(&[found], &[number(expected)], tolerance, what);
}
