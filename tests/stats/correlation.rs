//! Correlations, their tests and variance inflation against R and its package car.

use hepatica::stats::{self, Method};

use crate::harness::{Cohort, numbers};
use crate::open::{CLOSED, ITERATIVE, at, cohort, features, reference, relative, rows_of, same};

#[test]
fn correlations_and_tests_are_rs() {
    let (Some(table), Some(expected)) = (features(), reference("open/ref_corr_vif.json")) else { return };
    let names: Vec<String> = serde_json::from_value(expected["features"].clone()).unwrap();
    let columns: Vec<Vec<f64>> = names.iter().map(|name| table.column(name)).collect();
    for (method, key, size) in
        [(Method::Pearson, "pearson", 20), (Method::Spearman, "spearman", 20), (Method::Kendall, "kendall_tau_b", 6)]
    {
        let rows = expected[key].as_array().unwrap();
        assert_eq!(rows.len(), size);
        for (a, row) in columns.iter().zip(rows) {
            let found: Vec<f64> =
                columns[..size].iter().map(|b| stats::correlation(method, a, b).unwrap().estimate).collect();
            relative(&found, &numbers(row), CLOSED, key);
        }
    }
    for (method, key) in [
        (Method::Pearson, "pearson_test_f0001_vs_f0002_to_f0020"),
        (Method::Spearman, "spearman_test_f0001_vs_rest_t_approx"),
    ] {
        for (column, row) in columns[1..].iter().zip(expected[key].as_array().unwrap()) {
            let (found, expected) = (stats::correlation(method, &columns[0], column).unwrap(), numbers(row));
            relative(&[found.estimate], &expected[..1], CLOSED, key);
            relative(&[found.p.unwrap()], &expected[1..], ITERATIVE, key);
        }
    }
}

#[test]
fn inflation_is_cars() {
    let (Some(cohort), Some(expected)) = (cohort(), reference("open/ref_corr_vif.json")) else { return };
    let columns = ["sexF", "age", "pT", "CEA"].map(|name| cohort.column(name));
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let plain = &expected["vif_clinical"];
    relative(&stats::variance_inflation(&columns).unwrap(), &numbers(&plain["linear_model"]), CLOSED, "linear");
    let fit = stats::fit_logistic(&columns, &cohort.outcome()).unwrap();
    let single: Vec<Vec<usize>> = (0..4).map(|i| vec![i]).collect();
    let found = stats::logistic_inflation(&fit, &single).unwrap();
    let factors: Vec<f64> = found.iter().map(|term| term.factor).collect();
    relative(&factors, &numbers(&plain["logistic_model_car"]), ITERATIVE, "logistic");
}

#[test]
fn inflation_of_a_factor_is_cars_generalised_one() {
    let (Some(cohort), Some(expected)) = (cohort(), reference("open/ref_corr_vif.json")) else { return };
    let stage = cohort.column("pT");
    let level = |of: f64| stage.iter().map(|x| f64::from(u8::from(*x == of))).collect::<Vec<f64>>();
    let columns = [cohort.column("sexF"), cohort.column("age"), level(3.0), level(4.0), cohort.column("CEA")];
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let fit = stats::fit_logistic(&columns, &cohort.outcome()).unwrap();
    let found = stats::logistic_inflation(&fit, &[vec![0], vec![1], vec![2, 3], vec![4]]).unwrap();
    let expected = &expected["vif_clinical_pT_factor_car_gvif"];
    let column = |of: &dyn Fn(&stats::Inflation) -> f64| found.iter().map(of).collect::<Vec<f64>>();
    relative(&column(&|t| t.factor), &numbers(&expected["gvif"]), ITERATIVE, "gvif");
    relative(&column(&|t| t.df as f64), &numbers(&expected["df"]), 0.0, "df");
    relative(&column(&|t| t.per_dimension()), &numbers(&expected["gvif_pow"]), ITERATIVE, "gvif power");
}

fn selected(table: &Cohort, names: &serde_json::Value, rows: &[usize]) -> Vec<Vec<f64>> {
    let names: Vec<String> = serde_json::from_value(names.clone()).unwrap();
    names.iter().map(|name| at(&table.column(name), rows)).collect()
}

#[test]
fn inflation_and_condition_of_twenty_features_are_rs() {
    let (Some(cohort), Some(table)) = (cohort(), features()) else { return };
    let expected = &reference("open/ref_corr_vif.json").unwrap()["vif_selected20_training"];
    let columns = selected(&table, &expected["features"], &rows_of(&cohort, "training"));
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    relative(&stats::variance_inflation(&columns).unwrap(), &numbers(&expected["vif"]), CLOSED, "vif");
    same(stats::condition_number(&columns).unwrap(), &expected["condition_number"], CLOSED, "condition number");
}
