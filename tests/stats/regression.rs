//! Logistic regression with all that is read off it, against R's `glm`, `drop1` and exact profile limits.

use hepatica::stats::{self, LogisticFit};
use serde_json::Value;

use crate::harness::{Cohort, numbers};
use crate::open::{CLOSED, ITERATIVE, at, cohort, flags, reference, relative, rows_of, same};

/// R's limits are roots to 1e-13 of deviances that are themselves known to some 1e-12.
const PROFILE: f64 = 1e-6;

/// Columns and terms (groups of columns) of a model.
struct Design {
    columns: Vec<Vec<f64>>,
    terms: Vec<Vec<usize>>,
}

impl Design {
    fn new(terms: &[Vec<Vec<f64>>], rows: &[usize]) -> Self {
        let (mut columns, mut groups) = (Vec::new(), Vec::new());
        for term in terms {
            groups.push((columns.len()..columns.len() + term.len()).collect());
            columns.extend(term.iter().map(|column| at(column, rows)));
        }
        Self { columns, terms: groups }
    }
}

/// Indicators of all levels but the first.
fn factor(column: &[f64], levels: &[f64]) -> Vec<Vec<f64>> {
    levels[1..].iter().map(|level| column.iter().map(|x| f64::from(u8::from(x == level))).collect()).collect()
}

fn holds(expected: &Value, design: &Design, outcome: &[bool], what: &str) {
    let columns: Vec<&[f64]> = design.columns.iter().map(Vec::as_slice).collect();
    let fit = stats::fit_logistic(&columns, outcome).unwrap();
    coefficients_hold(expected, &fit, what);
    likelihood_holds(expected, &fit, what);
    let profiles = stats::profile_intervals(&fit, &columns, outcome).unwrap();
    for (side, key) in ["profile_exact_low", "profile_exact_high"].into_iter().enumerate() {
        let ends: Vec<f64> = profiles.iter().map(|interval| interval[side]).collect();
        relative(&ends, &numbers(&expected[key]), PROFILE, &format!("{what} {key}"));
    }
    let dropped = stats::drop_one_tests(&fit, &columns, outcome, &design.terms).unwrap();
    let tests = &expected["drop1_lr"];
    relative(&dropped.iter().map(|t| t.chi2).collect::<Vec<_>>(), &numbers(&tests["lr"]), ITERATIVE, what);
    relative(&dropped.iter().map(|t| t.df as f64).collect::<Vec<_>>(), &numbers(&tests["df"]), 0.0, what);
    relative(&dropped.iter().map(|t| t.p).collect::<Vec<_>>(), &numbers(&tests["p"]), ITERATIVE, what);
}

fn coefficients_hold(expected: &Value, fit: &LogisticFit, what: &str) {
    let terms = || 0..fit.coefficients.len();
    let each = |of: &dyn Fn(usize) -> f64, key: &str| {
        relative(&terms().map(of).collect::<Vec<_>>(), &numbers(&expected[key]), ITERATIVE, &format!("{what} {key}"));
    };
    each(&|i| fit.coefficients[i], "coef");
    each(&|i| fit.standard_error(i), "se");
    each(&|i| fit.wald_z(i), "wald_z");
    each(&|i| fit.wald_z(i).powi(2), "wald_chi2");
    each(&|i| fit.p(i), "p");
    each(&|i| fit.odds_ratio(i).0, "or");
    each(&|i| fit.wald_interval(i)[0], "wald_low");
    each(&|i| fit.wald_interval(i)[1], "wald_high");
    each(&|i| fit.odds_ratio(i).1[0], "or_wald_low");
    each(&|i| fit.odds_ratio(i).1[1], "or_wald_high");
    for (row, expected) in fit.covariance.iter().zip(expected["vcov"].as_array().unwrap()) {
        relative(row, &numbers(expected), ITERATIVE, &format!("{what} vcov"));
    }
    relative(&fit.fitted, &numbers(&expected["fitted"]), ITERATIVE, &format!("{what} fitted"));
}

fn likelihood_holds(expected: &Value, fit: &LogisticFit, what: &str) {
    let test = fit.likelihood_ratio();
    for (found, key, tolerance) in [
        (fit.n as f64, "n", 0.0),
        (fit.n_events as f64, "n_event", 0.0),
        (fit.null_deviance, "null_deviance", CLOSED),
        (fit.deviance, "deviance", CLOSED),
        (fit.log_likelihood(), "loglik", CLOSED),
        (fit.aic(), "aic", CLOSED),
        (fit.bic(), "bic", CLOSED),
        (test.chi2, "lr_chi2", ITERATIVE),
        (test.df as f64, "lr_df", 0.0),
        (test.p, "lr_p", ITERATIVE),
        (fit.mcfadden_r2(), "mcfadden_r2", ITERATIVE),
        (fit.cox_snell_r2(), "cox_snell_r2", ITERATIVE),
        (fit.nagelkerke_r2(), "nagelkerke_r2", ITERATIVE),
    ] {
        same(found, &expected[key], tolerance, &format!("{what} {key}"));
    }
}

fn stage_levels(cohort: &Cohort) -> Vec<Vec<f64>> {
    factor(&cohort.column("pT"), &[2.0, 3.0, 4.0])
}

#[test]
fn single_predictors_give_glms_numbers() {
    let (Some(cohort), Some(all)) = (cohort(), reference("open/ref_logistic.json")) else { return };
    let score = numbers(&reference("open/ref_glmnet.json").unwrap()["radscore"]["value_all_patients"]);
    let every: Vec<usize> = (0..cohort.rows.len()).collect();
    let references = all["univariable_whole_cohort"].as_object().unwrap();
    assert_eq!(references.len(), 9);
    for (name, expected) in references {
        let term = match name.as_str() {
            "pT_factor" => stage_levels(&cohort),
            "radscore" => vec![score.clone()],
            "sex" => vec![cohort.column("sexF")],
            column => vec![cohort.column(column)],
        };
        holds(expected, &Design::new(&[term], &every), &cohort.outcome(), name);
    }
}

#[test]
fn several_predictors_give_glms_numbers() {
    let (Some(cohort), Some(all)) = (cohort(), reference("open/ref_logistic.json")) else { return };
    let every: Vec<usize> = (0..cohort.rows.len()).collect();
    let terms = ["sexF", "pT", "CEA"].map(|name| vec![cohort.column(name)]);
    let expected = &all["multivariable_whole_cohort_sex_pT_CEA"];
    holds(expected, &Design::new(&terms, &every), &cohort.outcome(), "multivariable");
}

#[test]
fn the_studys_models_give_glms_numbers_and_predictions() {
    let (Some(cohort), Some(all)) = (cohort(), reference("open/ref_logistic.json")) else { return };
    let score = vec![numbers(&reference("open/ref_glmnet.json").unwrap()["radscore"]["value_all_patients"])];
    let stage = vec![cohort.column("pT")];
    let training = rows_of(&cohort, "training");
    let outcome = at(&cohort.outcome(), &training);
    let every: Vec<usize> = (0..cohort.rows.len()).collect();
    for (name, terms) in [
        ("clinical", vec![stage.clone()]),
        ("radiomics", vec![score.clone()]),
        ("combined", vec![score.clone(), stage]),
        ("combined_factor", vec![score, stage_levels(&cohort)]),
    ] {
        holds(&all["models_training"][name], &Design::new(&terms, &training), &outcome, name);
        let design = Design::new(&terms, &training);
        let columns: Vec<&[f64]> = design.columns.iter().map(Vec::as_slice).collect();
        let fit = stats::fit_logistic(&columns, &outcome).unwrap();
        let whole = Design::new(&terms, &every);
        let predicted: Vec<f64> = every
            .iter()
            .map(|&row| {
                let terms = fit.coefficients[1..].iter().zip(&whole.columns).map(|(b, column)| b * column[row]);
                stats::logistic(fit.coefficients[0] + terms.sum::<f64>())
            })
            .collect();
        relative(&predicted, &numbers(&all["predicted_probability_all_patients"][name]), ITERATIVE, name);
    }
}

/// The edge cases were fitted with glm's default stop, a relative change of 1e-8 in the deviance.
const DEFAULT_STOP: f64 = 1e-5;

#[test]
fn odd_data_are_fitted_or_refused_by_name() {
    let Some(edge) = reference("edge/edge.json") else { return };
    let case = |name: &str| {
        let case = &edge["logistic"][name];
        (numbers(&case["data"]["x"]), flags(&case["data"]["y"]), case["result"]["value"].clone())
    };
    for name in ["ordinary", "huge_scale"] {
        let (x, y, expected) = case(name);
        let fit = stats::fit_logistic(&[&x], &y).unwrap();
        relative(&fit.fitted, &numbers(&expected["fitted"]), DEFAULT_STOP, name);
        same(fit.coefficients[1], &expected["coef"]["x"], DEFAULT_STOP, name);
        same(fit.deviance, &expected["deviance"], CLOSED, name);
        same(fit.null_deviance, &expected["null_deviance"], CLOSED, name);
    }
    let data = &edge["logistic"]["with_na"];
    let of = |key: &str| data["data"][key].as_array().unwrap().iter().map(Value::as_f64).collect::<Vec<_>>();
    let (x, y): (Vec<f64>, Vec<bool>) =
        of("x").into_iter().zip(of("y")).filter_map(|(x, y)| x.zip(y.map(|y| y == 1.0))).unzip();
    let fit = stats::fit_logistic(&[&x], &y).unwrap();
    relative(&fit.fitted, &numbers(&data["result"]["value"]["fitted"]), DEFAULT_STOP, "with_na");
    let (x, y, _) = case("constant_predictor");
    assert_eq!(stats::fit_logistic(&[&x], &y), Err(stats::StatsError::Collinear(1)));
    let (x, y, _) = case("duplicated_predictor");
    assert_eq!(stats::fit_logistic(&[&x, &x], &y), Err(stats::StatsError::Collinear(2)));
    let (x, y, _) = case("all_same_outcome");
    assert_eq!(stats::fit_logistic(&[&x], &y), Err(stats::StatsError::OneClass { events: 6, n: 6 }));
    for name in ["perfect_separation", "perfect_separation_maxit_100", "quasi_separation"] {
        let (x, y, _) = case(name);
        assert_eq!(stats::fit_logistic(&[&x], &y), Err(stats::StatsError::Separated), "{name}");
    }
}
