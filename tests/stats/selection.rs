//! Feature selection against R: mRMR, and the LASSO of glmnet with its cross-validation.

use hepatica::base::Stream;
use hepatica::stats::{
    Criterion, CvMeasure, LassoCv, LassoFit, LassoPath, LassoSettings, Scheme, cross_validate, lasso_path, mrmr,
};
use serde_json::Value;

use crate::harness::{near, numbers, shared};

/// Relevances and redundancies have closed forms.
const CLOSED: f64 = 1e-8;
/// Iterative fits: R's tight reference is itself iterated.
const FIT: f64 = 1e-6;

struct Data {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    outcome: Vec<bool>,
    folds: Vec<usize>,
}

impl Data {
    fn slices(&self) -> Vec<&[f64]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    /// Some columns by name.
    fn of(&self, names: &[String]) -> Self {
        let column = |name: &String| self.columns[self.names.iter().position(|n| n == name).unwrap()].clone();
        let columns = names.iter().map(column).collect();
        Self { names: names.to_vec(), columns, outcome: self.outcome.clone(), folds: self.folds.clone() }
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn table(name: &str) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let text = shared(name)?;
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    Some((lines.next()?, lines.collect()))
}

/// The training rows, or all.
fn cohort(training_only: bool) -> Option<Data> {
    let (header, clinical) = table("open/clinical.csv")?;
    let (names, features) = table("open/features.csv")?;
    let place = |name: &str| header.iter().position(|h| h == name).unwrap();
    let rows: Vec<usize> =
        (0..clinical.len()).filter(|&row| !training_only || clinical[row][place("split")] == "training").collect();
    let columns = (1..names.len()).map(|j| rows.iter().map(|&row| features[row][j].parse().unwrap()).collect());
    Some(Data {
        columns: columns.collect(),
        names: names[1..].to_vec(),
        outcome: rows.iter().map(|&row| clinical[row][place("outcome")] == "1").collect(),
        folds: rows.iter().map(|&row| clinical[row][place("foldid")].parse().unwrap_or(0)).collect(),
    })
}

fn reference(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&shared(name)?).unwrap())
}

/// R's `null` as NaN.
fn with_gaps(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| if v.is_null() { f64::NAN } else { numbers(v)[0] }).collect()
}

fn ranking_is(expected: &Value, names: &[String], columns: &[&[f64]], outcome: &[bool], how: (Criterion, Scheme)) {
    let features = texts(&expected["feature"]);
    let steps = mrmr(columns, outcome, features.len(), how.0, how.1).unwrap();
    let found: Vec<&String> = steps.iter().map(|step| &names[step.column]).collect();
    assert_eq!(found, features.iter().collect::<Vec<_>>(), "{how:?}");
    let is = |what: &str, found: Vec<f64>| {
        for (found, expected) in found.iter().zip(with_gaps(&expected[what])) {
            let same = found == &expected || (found.is_nan() && expected.is_nan());
            assert!(same || (found - expected).abs() <= CLOSED * expected.abs(), "{how:?} {what}: {found}, {expected}");
        }
    };
    is("relevance", steps.iter().map(|step| step.relevance).collect());
    is("mean_redundancy", steps.iter().map(|step| step.mean_redundancy.unwrap_or(f64::NAN)).collect());
    is("score", steps.iter().map(|step| step.score).collect());
    is("gap_to_second", steps.iter().map(|step| step.gap_to_second.unwrap_or(f64::NAN)).collect());
}

#[test]
fn every_mrmr_ranking_is_rs() {
    let (Some(data), Some(expected)) = (cohort(true), reference("open/ref_mrmr.json")) else { return };
    let data = data.of(&texts(&expected["candidates"]));
    let criteria = [
        ("MI", "_somers_mrmre", Criterion::SomersMrmre),
        ("MI", "_somers_half", Criterion::SomersHalf),
        ("MI", "_pearson", Criterion::Pearson),
        ("FC", "", Criterion::F),
        ("PENG3_MI", "", Criterion::Peng),
    ];
    for (start, end, criterion) in criteria {
        for (letter, scheme) in [("D", Scheme::Difference), ("Q", Scheme::Quotient)] {
            let ranking = &expected["rankings"][format!("{start}{letter}{end}")];
            ranking_is(ranking, &data.names, &data.slices(), &data.outcome, (criterion, scheme));
        }
    }
}

#[test]
fn copies_and_constant_columns_are_ranked_as_r_does() {
    let Some(expected) = reference("edge/edge.json") else { return };
    let edge = &expected["mrmr"];
    let columns = by_column(&edge["x"]);
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let (names, outcome) = (texts(&edge["names"]), outcome_of(&edge["y"]));
    let how = (Criterion::Pearson, Scheme::Difference);
    ranking_is(&edge["MID_pearson"], &names, &slices, &outcome, how);
    ranking_is(&edge["FCQ"], &names, &slices, &outcome, (Criterion::F, Scheme::Quotient));
    let error = mrmr(&slices, &outcome, 10, how.0, how.1).unwrap_err().to_string();
    assert!(error.starts_with("10 features are asked for, but only 5 of the 6 columns vary"), "{error}");
}

fn by_column(rows: &Value) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(with_gaps).collect();
    (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

fn outcome_of(y: &Value) -> Vec<bool> {
    numbers(y).iter().map(|y| *y == 1.0).collect()
}

/// Root mean square about the mean: what a coefficient is multiplied by to compare coefficients of columns in different units.
fn spread(column: &[f64]) -> f64 {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Compares a fit with `{a0, beta: {name: value}}`: the same support, and standardised coefficients near to R's.
fn fit_is(fit: &LassoFit, expected: &Value, data: &Data, what: &str) {
    let expected_beta = expected["beta"].as_object().unwrap();
    let mut dense = vec![0.0; data.columns.len()];
    fit.coefficients.iter().for_each(|&(j, beta)| dense[j] = beta);
    for (j, name) in data.names.iter().enumerate() {
        let expected = expected_beta.get(name).map_or(0.0, |v| v.as_f64().unwrap());
        assert_eq!(dense[j] == 0.0, expected == 0.0, "{what}: support at {name}: {} where R has {expected}", dense[j]);
        let scale = spread(&data.columns[j]);
        near(&[dense[j] * scale], &[expected * scale], FIT, &format!("{what}: {name}"));
    }
    // The polished reference names the intercept by an empty string.
    let intercept = expected["a0"].get("").unwrap_or(&expected["a0"]);
    near(&[fit.intercept], &numbers(intercept), FIT, &format!("{what}: intercept"));
}

fn fit_at(path: &LassoPath, index: usize) -> LassoFit {
    path.at(path.lambdas[index])
}

fn path_is(path: &LassoPath, expected: &Value, data: &Data) {
    assert_eq!(path.lambdas.len() as u64, expected["n_lambda"].as_u64().unwrap());
    near(&[path.null_deviance], &numbers(&expected["null_deviance"]), CLOSED, "null deviance");
    near(&[path.lambdas[0]], &numbers(&expected["lambda_max_by_formula"]), CLOSED, "first penalty");
    relative(&path.lambdas, &numbers(&expected["lambda"]), CLOSED, "penalties");
    assert_eq!(path.df(), numbers(&expected["df"]).iter().map(|df| *df as usize).collect::<Vec<_>>(), "df");
    near(&path.deviance_ratios, &numbers(&expected["dev_ratio"]), FIT, "deviance ratios");
    near(&path.intercepts, &numbers(&expected["a0"]), FIT, "intercepts");
    for at in expected["coefficients_at"].as_array().unwrap() {
        let index = at["index_1based"].as_u64().unwrap() as usize - 1;
        let exact = if at["exact"].is_null() { at } else { &at["exact"] };
        fit_is(&fit_at(path, index), exact, data, &format!("penalty {index}"));
    }
}

fn relative(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance * b.abs(), "{what}: {a} where R has {b}");
    }
}

fn cv_is(cv: &LassoCv, expected: &Value, data: &Data, what: &str) {
    near(&cv.cvm, &numbers(&expected["cvm"]), FIT, &format!("{what}: cvm"));
    near(&cv.cvsd, &numbers(&expected["cvsd"]), FIT, &format!("{what}: cvsd"));
    // At the first penalty rounding alone decides between no column and one with a coefficient of 1e-16.
    let nzero: Vec<usize> = numbers(&expected["nzero"]).iter().map(|n| *n as usize).collect();
    assert_eq!(cv.nzero[1..], nzero[1..], "{what}: nzero");
    assert_eq!(cv.index_min as u64 + 1, expected["index_min_1based"].as_u64().unwrap(), "{what}: lambda.min");
    assert_eq!(cv.index_1se as u64 + 1, expected["index_1se_1based"].as_u64().unwrap(), "{what}: lambda.1se");
    relative(&[cv.lambda_min], &numbers(&expected["lambda_min"]), CLOSED, what);
    relative(&[cv.lambda_1se], &numbers(&expected["lambda_1se"]), CLOSED, what);
    fit_is(&cv.path.at(cv.lambda_min), &expected["coef_at_lambda_min"], data, &format!("{what}: lambda.min"));
    fit_is(&cv.path.at(cv.lambda_1se), &expected["coef_at_lambda_1se"], data, &format!("{what}: lambda.1se"));
    let predicted = numbers(&expected["out_of_fold_linear_predictor_at_lambda_min"]);
    near(&cv.out_of_fold, &predicted, FIT, &format!("{what}: out of fold"));
}

fn block(name: &str) -> Option<(Data, Value)> {
    let (data, reference) = (cohort(true)?, reference("open/ref_glmnet.json")?);
    let expected = reference[name].clone();
    let data = if expected["features"].is_null() { data } else { data.of(&texts(&expected["features"])) };
    Some((data, expected))
}

const BLOCKS: [&str; 2] = ["all_features", "selected20"];

#[test]
fn the_path_is_glmnets_at_its_exact_solutions() {
    for name in BLOCKS {
        let Some((data, expected)) = block(name) else { return };
        let path = lasso_path(&data.slices(), &data.outcome, &LassoSettings::default()).unwrap();
        path_is(&path, &expected, &data);
    }
}

#[test]
fn cross_validation_is_glmnets() {
    let measures = [("deviance", CvMeasure::Deviance), ("auc", CvMeasure::Auc), ("class", CvMeasure::Class)];
    for name in BLOCKS {
        let Some((data, expected)) = block(name) else { return };
        for (key, measure) in measures {
            let settings = LassoSettings::default();
            let cv = cross_validate(&data.slices(), &data.outcome, &data.folds, measure, &settings).unwrap();
            assert_eq!(cv.measure, measure);
            cv_is(&cv, &expected["cv"][key], &data, &format!("{name} {key}"));
            if measure == CvMeasure::Deviance {
                for (path, expected) in cv.fold_paths.iter().zip(expected["fold_paths"].as_array().unwrap()) {
                    assert_eq!(path.lambdas.len() as u64, expected["n_lambda"].as_u64().unwrap());
                    relative(&path.lambdas[..1], &numbers(&expected["lambda_first"]), CLOSED, "first of fold");
                    let last = &path.deviance_ratios[path.deviance_ratios.len() - 1..];
                    near(last, &numbers(&expected["dev_ratio_last"]), FIT, "deviance ratio of fold");
                }
            }
        }
    }
}

#[test]
fn folds_refitted_at_given_penalties_are_glmnets() {
    for name in BLOCKS {
        let Some((data, expected)) = block(name) else { return };
        let settings = LassoSettings { lambdas: Some(numbers(&expected["lambda"])), ..LassoSettings::default() };
        for (key, measure) in [("deviance", CvMeasure::Deviance), ("auc", CvMeasure::Auc)] {
            let cv = cross_validate(&data.slices(), &data.outcome, &data.folds, measure, &settings).unwrap();
            let key = format!("{key}_every_fold_refit_at_the_master_lambdas");
            cv_is(&cv, &expected["cv"][&key], &data, &format!("{name} {key}"));
        }
    }
}

#[test]
fn the_radscore_of_every_patient_is_rs() {
    let (Some((data, expected)), Some(all)) = (block("selected20"), cohort(false)) else { return };
    let settings = LassoSettings::default();
    let cv = cross_validate(&data.slices(), &data.outcome, &data.folds, CvMeasure::Deviance, &settings).unwrap();
    let all = all.of(&texts(&expected["features"]));
    let score = cv.path.at(cv.lambda_min).linear_predictor(&all.slices()).unwrap();
    let expected = reference("open/ref_glmnet.json").unwrap();
    near(&score, &numbers(&expected["radscore"]["value_all_patients"]), FIT, "radscore");
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let Some((data, _)) = block("all_features") else { return };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let settings = LassoSettings::default();
        pool.install(|| cross_validate(&data.slices(), &data.outcome, &data.folds, CvMeasure::Auc, &settings).unwrap())
    };
    assert_eq!(run(1), run(3));
}

struct Edge {
    data: Data,
    result: Value,
}

fn edge(case: &str) -> Option<Edge> {
    let expected = reference("edge/edge.json")?;
    let case = &expected["glmnet"][case];
    let columns = by_column(&case["x"]);
    let names = (1..=columns.len()).map(|j| format!("v{j}")).collect();
    let data = Data { names, columns, outcome: outcome_of(&case["y"]), folds: Vec::new() };
    Some(Edge { data, result: case["result"].clone() })
}

/// R's edge cases give coefficients densely; zeros are dropped to compare supports.
fn edge_is(case: &str, settings: &LassoSettings) -> Option<LassoPath> {
    let Edge { data, result } = edge(case)?;
    let value = &result["value"];
    let path = lasso_path(&data.slices(), &data.outcome, settings).unwrap();
    assert_eq!(path.lambdas.len() as u64, value["n_lambda"].as_u64().unwrap(), "{case}: penalties");
    relative(&path.lambdas[..1], &numbers(&value["lambda_first"]), CLOSED, case);
    relative(&path.lambdas[path.lambdas.len() - 1..], &numbers(&value["lambda_last"]), CLOSED, case);
    near(&path.deviance_ratios[path.lambdas.len() - 1..], &numbers(&value["dev_ratio_last"]), FIT, case);
    for at in value["at"].as_array().unwrap() {
        let lambda = numbers(&at["lambda"])[0];
        let mut sparse = at.clone();
        sparse["beta"].as_object_mut().unwrap().retain(|_, beta| beta.as_f64() != Some(0.0));
        let index = path.lambdas.iter().position(|l| (l - lambda).abs() <= CLOSED * lambda).unwrap();
        if case != "duplicate_column" {
            fit_is(&fit_at(&path, index), &sparse, &data, case);
        } else {
            let beta: Vec<f64> = (1..=6).map(|j| at["beta"][format!("v{j}")].as_f64().unwrap()).collect();
            let linear =
                |row: usize| numbers(&at["a0"])[0] + (0..6).map(|j| beta[j] * data.columns[j][row]).sum::<f64>();
            let expected: Vec<f64> = (0..data.outcome.len()).map(linear).collect();
            near(&fit_at(&path, index).linear_predictor(&data.slices()).unwrap(), &expected, FIT, case);
        }
    }
    Some(path)
}

#[test]
fn edge_cases_of_the_path_are_glmnets() {
    let settings = LassoSettings::default;
    edge_is("plain", &settings());
    edge_is("constant_column", &settings());
    edge_is("duplicate_column", &settings());
    edge_is("separable", &settings());
    edge_is("separable_longer_path", &LassoSettings { lambda_min_ratio: Some(1e-6), ..settings() });
    edge_is("standardize_false", &LassoSettings { standardize: false, ..settings() });
    edge_is("user_lambda", &LassoSettings { lambdas: Some(vec![0.2, 0.1, 0.05, 0.01]), ..settings() });
    if let Some(path) = edge_is("few_cases", &settings()) {
        assert!(path.warnings.iter().any(|w| w.starts_with("one outcome has only 5 of 40 cases")));
    }
}

#[test]
fn what_glmnet_refuses_is_refused_in_one_sentence() {
    for (case, start) in [
        ("one_case", "the data has 1 cases with the event among 40; a LASSO needs at least two"),
        ("missing", "column 2, value 2 (from 1) is not a finite number"),
        ("all_same", "the data has 40 cases with the event among 40"),
    ] {
        let Some(Edge { data, .. }) = edge(case) else { return };
        let error = lasso_path(&data.slices(), &data.outcome, &LassoSettings::default()).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn few_cases_per_fold_change_the_rules_as_in_glmnet_and_say_so() {
    let (Some(Edge { data, .. }), Some(expected)) = (edge("plain"), reference("edge/edge.json")) else { return };
    let folds = |key: &str| -> Vec<usize> {
        numbers(&expected["glmnet_cv"][key]["value"]["foldid"]).iter().map(|f| *f as usize).collect()
    };
    let run = |key, measure| {
        cross_validate(&data.slices(), &data.outcome, &folds(key), measure, &LassoSettings::default()).unwrap()
    };
    let cv = run("few_per_fold_grouped", CvMeasure::Deviance);
    assert!(cv.warnings.iter().any(|w| w.contains("errors were averaged over cases, not folds")));
    let value = &expected["glmnet_cv"]["few_per_fold_grouped"]["value"];
    // glmnet's default convergence stands behind these two.
    near(&cv.cvm[..1], &[value["cvm_first"]["s0"].as_f64().unwrap()], FIT, "cvm");
    near(&cv.cvsd[..1], &[value["cvsd_first"]["s0"].as_f64().unwrap()], FIT, "cvsd");
    let cv = run("auc_small_fold", CvMeasure::Auc);
    assert_eq!(cv.measure, CvMeasure::Deviance);
    assert!(cv.warnings.iter().any(|w| w.contains("too few for the area under the curve")));
}

#[test]
fn folds_that_cannot_be_used_are_refused_in_one_sentence() {
    let column: Vec<f64> = (0..12).map(|i| f64::from(i * 7 % 12)).collect();
    let outcome: Vec<bool> = (0..12).map(|i| i % 3 == 0).collect();
    let run = |folds: &[usize]| {
        let settings = LassoSettings::default();
        cross_validate(&[&column], &outcome, folds, CvMeasure::Deviance, &settings).unwrap_err().to_string()
    };
    assert_eq!(run(&[1, 2, 3]), "the list of folds has 3 values where there are 12 outcomes");
    assert_eq!(run(&[20; 12]), "12 cases cannot fill 20 folds; use fewer folds");
    assert_eq!(run(&[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]), "2 folds are too few for cross-validation; use at least 3");
    assert_eq!(run(&[1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4]), "fold 3 of 4 has no case; number the folds without gaps");
    let with_all_events = [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3];
    assert!(run(&with_all_events).starts_with("the data without fold 1 has 0 cases with the event among 8"));
}

/// Largest excess of a stationarity condition of the fits of a path, as a part of the penalty.
fn excess(path: &LassoPath, columns: &[&[f64]], outcome: &[bool]) -> f64 {
    let n = outcome.len() as f64;
    let mut worst = 0.0f64;
    for (index, &lambda) in path.lambdas.iter().enumerate().skip(1) {
        let fit = fit_at(path, index);
        let residuals: Vec<f64> = fit
            .linear_predictor(columns)
            .unwrap()
            .iter()
            .zip(outcome)
            .map(|(x, &event)| f64::from(u8::from(event)) - 1.0 / (1.0 + (-x).exp()))
            .collect();
        for (j, column) in columns.iter().enumerate() {
            let (mean, sd) = (column.iter().sum::<f64>() / n, spread(column));
            let gradient = column.iter().zip(&residuals).map(|(x, r)| (x - mean) / sd.max(1e-300) * r).sum::<f64>() / n;
            let beta = fit.coefficients.iter().find(|(column, _)| *column == j).map_or(0.0, |(_, beta)| *beta);
            let over = if beta != 0.0 { (gradient - lambda * beta.signum()).abs() } else { gradient.abs() - lambda };
            worst = worst.max(over / lambda);
        }
    }
    worst
}

/// Fits are exact to 1e-10 in coefficients, which the smallest penalties, 1e-4 of the first, see 1e4 times as large.
const STATIONARY: f64 = 1e-6;

#[test]
fn fits_of_resampled_rounded_and_repeated_columns_meet_the_stationarity_conditions() {
    for seed in 0..60 {
        let mut stream = Stream::new(5, seed);
        let (n, p) = (20 + stream.below(60), 3 + stream.below(150));
        let rows: Vec<usize> = (0..n).map(|_| stream.below(n)).collect();
        let latent: Vec<f64> = (0..n).map(|_| stream.between(-1.0, 1.0)).collect();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for j in 0..p {
            let (load, steps) = (stream.between(-1.0, 1.0), [3.0, 20.0, 1e9][stream.below(3)]);
            let raw: Vec<f64> = latent.iter().map(|f| (load * f + stream.between(-1.0, 1.0)) * steps).collect();
            let repeats = j > 2 && stream.below(8) == 0;
            let column = rows.iter().map(|&row| raw[row].round()).collect();
            columns.push(if repeats { columns[stream.below(j)].clone() } else { column });
        }
        let outcome: Vec<bool> = rows.iter().map(|&row| latent[row] + f64::from(row as u32 % 3) > 0.9).collect();
        let events = outcome.iter().filter(|event| **event).count();
        if events < 2 || events + 2 > n {
            continue;
        }
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let path = lasso_path(&slices, &outcome, &LassoSettings::default()).unwrap();
        let worst = excess(&path, &slices, &outcome);
        assert!(worst < STATIONARY, "seed {seed}, {n} cases, {p} columns: {worst:e}");
        assert!(!path.warnings.iter().any(|w| w.contains("no numerically stable fit")), "seed {seed}");
    }
}

#[test]
fn a_coarse_path_keeps_its_promise_of_the_error() {
    let Some((data, _)) = block("all_features") else { return };
    let run = |tolerance| {
        let settings = LassoSettings { tolerance, ..LassoSettings::default() };
        lasso_path(&data.slices(), &data.outcome, &settings).unwrap()
    };
    let (coarse, exact) = (run(LassoSettings::COARSE), run(LassoSettings::EXACT));
    let dense = |path: &LassoPath, index: usize| {
        let mut dense = vec![0.0; data.columns.len()];
        path.coefficients[index].iter().for_each(|&(j, beta)| dense[j] = beta * spread(&data.columns[j]));
        dense
    };
    for index in 0..coarse.lambdas.len().min(exact.lambdas.len()) {
        let (coarse, exact) = (dense(&coarse, index), dense(&exact, index));
        let largest = exact.iter().fold(1.0f64, |max, beta| max.max(beta.abs()));
        near(&coarse, &exact, LassoSettings::COARSE * largest, &format!("penalty {index}"));
    }
}

#[test]
fn separated_outcomes_at_vanishing_penalties_end_the_path_with_a_warning_and_do_not_hang() {
    let column: Vec<f64> = (0..20).map(f64::from).collect();
    let outcome: Vec<bool> = (0..20).map(|i| i >= 10).collect();
    let given = (0..40).map(|k| 0.3 * 0.3f64.powi(k)).collect();
    let settings = LassoSettings { lambdas: Some(given), ..LassoSettings::default() };
    let path = lasso_path(&[&column], &outcome, &settings).unwrap();
    assert!(path.lambdas.len() > 5 && path.deviance_ratios.iter().all(|ratio| ratio.is_finite()));
    let is_said = path.warnings.iter().any(|w| w.contains("no numerically stable fit"));
    assert_eq!(is_said, path.lambdas.len() < 40);
}

#[test]
fn fits_between_penalties_are_interpolated_and_beyond_them_held() {
    let Some(Edge { data, .. }) = edge("plain") else { return };
    let path = lasso_path(&data.slices(), &data.outcome, &LassoSettings::default()).unwrap();
    let (a, b) = (path.lambdas[10], path.lambdas[11]);
    let (left, right) = (fit_at(&path, 10), fit_at(&path, 11));
    let between = path.at(0.25 * a + 0.75 * b);
    near(&[between.intercept], &[0.25 * left.intercept + 0.75 * right.intercept], CLOSED, "intercept");
    let beta = |fit: &LassoFit, j: usize| fit.coefficients.iter().find(|c| c.0 == j).map_or(0.0, |c| c.1);
    for j in 0..6 {
        near(&[beta(&between, j)], &[0.25 * beta(&left, j) + 0.75 * beta(&right, j)], CLOSED, "coefficient");
    }
    let last = path.lambdas.len() - 1;
    assert_eq!(path.at(0.0).coefficients, path.coefficients[last]);
    assert_eq!((path.at(9.0).intercept, path.at(9.0).coefficients.len()), (path.intercepts[0], 0));
}
