//! Tests of one variable against R: normality, two groups, tables.

use hepatica::stats::{self, Centre, ChiSquare, ChosenTest, Normality, TTest, Table, TestError};
use serde_json::Value;

use crate::harness::{Shared, number, relative, shared_json};

/// Relative: statistics and intervals have closed forms.
const CLOSED_FORM: f64 = 1e-8;
/// Relative, of a p.
const P: f64 = 1e-6;

/// The variables of the reference, the outcome, and which patients were read twice.
struct Variables {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    outcome: Vec<bool>,
    double_read: Vec<bool>,
}

impl Variables {
    fn read(expected: &Value) -> Option<Self> {
        let (clinical, features) = (Shared::read("clinical.csv")?, Shared::read("features.csv")?);
        assert_eq!(clinical.text("id"), features.text("id"));
        let names: Vec<String> =
            expected["variables"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()).collect();
        assert_eq!(names.len(), 201);
        let column = |name: &String| if name == "age" { clinical.numbers(name) } else { features.numbers(name) };
        let yes = |name: &str| clinical.text(name).iter().map(|cell| *cell == "1").collect();
        let (outcome, double_read) = (yes("outcome"), yes("double_read"));
        Some(Self { columns: names.iter().map(column).collect(), names, outcome, double_read })
    }
}

#[test]
fn normality_is_rs() {
    let Some(expected) = shared_json("open/ref_univariate.json") else { return };
    let Some(variables) = Variables::read(&expected) else { return };
    for group in ["all", "outcome0", "outcome1"] {
        let reference = &expected["normality"][group];
        for (i, (name, column)) in variables.names.iter().zip(&variables.columns).enumerate() {
            let of = |key: &str| number(&reference[key][i]);
            let taken = |&(_, event): &(&f64, &bool)| group == "all" || *event == (group == "outcome1");
            let values: Vec<f64> =
                column.iter().zip(&variables.outcome).filter(taken).map(|(value, _)| *value).collect();
            let what = format!("{group} {name}");
            let holds = |found: Normality, statistic: &str, p: &str| {
                relative(&[found.statistic], &[of(statistic)], CLOSED_FORM, &what);
                relative(&[found.p], &[of(p)], P, &what);
            };
            holds(stats::shapiro_wilk(&values).unwrap(), "shapiro_W", "shapiro_p");
            holds(stats::kolmogorov_smirnov(&values).unwrap(), "ks_D", "ks_p_R_default");
            holds(stats::kolmogorov_smirnov_asymptotic(&values).unwrap(), "ks_D", "ks_p_asymptotic");
            holds(stats::lilliefors(&values).unwrap(), "lilliefors_D", "lilliefors_p");
        }
    }
}

#[test]
fn small_samples_are_rs() {
    // R 4.2.2: shapiro.test, ks.test, nortest::lillie.test; t.test, car::leveneTest, wilcox.test.
    let x = [1.0, 2.0, 4.0, 7.0, 11.0];
    for (found, statistic, p) in [
        (stats::shapiro_wilk(&x), 0.934_433_859_325_491_7, 0.626_901_643_162_734_2),
        (stats::kolmogorov_smirnov(&x), 0.197_229_705_666_253_09, 0.966_632_314_795_889_3),
        (stats::lilliefors(&x), 0.197_229_705_666_253_03, 0.753_390_996_182_295_8),
    ] {
        let found = found.unwrap();
        relative(&[found.statistic], &[statistic], CLOSED_FORM, "statistic");
        relative(&[found.p], &[p], P, "p");
    }
    let (a, b) = ([1.1, 2.2, 3.3, 4.4], [2.5, 3.5, 5.5]);
    let welch = [
        -0.956_813_961_931_199_6,
        4.244_301_848_816_528,
        0.389_927_783_364_361_85,
        -4.156_816_520_424_422,
        1.990_149_853_757_755_5,
    ];
    let t = stats::welch_t_test(&a, &b).unwrap();
    holds_t(&t, welch, "Welch");
    let pooled =
        [-0.968_855_145_658_092, 5.0, 0.377_115_054_321_112_5, -3.957_650_511_794_972_3, 1.790_983_845_128_304_9];
    holds_t(&stats::pooled_t_test(&a, &b).unwrap(), pooled, "pooled");
    relative(&[stats::levene(&[&a, &b], Centre::Median).unwrap().p], &[0.876_596_565_828_468], P, "Levene");
    relative(&[stats::mann_whitney_exact(&a, &b).unwrap()], &[0.4], P, "exact ranks");
    let ranks = stats::mann_whitney(&a, &b).unwrap();
    relative(&[ranks.p, ranks.p_continuity], &[0.288_844_366_346_484_9, 0.376_759_117_811_582_17], P, "ranks");
}

#[test]
fn levene_takes_more_than_two_groups() {
    // Distances from the means: 1 0 1, 2 0 2, 4 0 4: within 2/3 + 8/3 + 32/3 = 14 on 6.
    let found = stats::levene(&[&[1.0, 2.0, 3.0], &[1.0, 3.0, 5.0], &[0.0, 4.0, 8.0]], Centre::Mean).unwrap();
    let (between, within) = (3.0 * (4.0 / 9.0 + 16.0 / 9.0 + 64.0 / 9.0 - 3.0 * (14.0f64 / 9.0).powi(2)), 14.0);
    relative(&[found.f, found.df[0], found.df[1]], &[between / 2.0 / (within / 6.0), 2.0, 6.0], CLOSED_FORM, "F");
}

fn list(value: &Value) -> Vec<f64> {
    // Cases with NA: R drops them, here the caller does.
    value.as_array().unwrap().iter().filter(|value| !value.is_null()).map(number).collect()
}

#[test]
fn normality_of_edge_cases_is_rs() {
    let Some(edge) = shared_json("edge/edge.json") else { return };
    let mut held = 0;
    for (name, case) in edge["normality"].as_object().unwrap() {
        let values = list(&case["x"]);
        let mut check = |found: Result<Normality, TestError>, test: &str, statistic: &str| {
            let expected = &case[test]["value"];
            if name == "constant" {
                // R refuses two of the three, and gives the distance from a point for the third.
                assert!(matches!(found, Err(TestError::Constant(_))), "{test}");
            } else if expected.is_null() {
                assert!(matches!(found, Err(TestError::TooFew { .. })), "{name} {test}");
            } else if !expected["p"].is_null() {
                let found = found.unwrap();
                relative(&[found.statistic], &[number(&expected[statistic])], CLOSED_FORM, &format!("{name} {test}"));
                relative(&[found.p], &[number(&expected["p"])], P, &format!("{name} {test}"));
                held += 1;
            }
        };
        check(stats::shapiro_wilk(&values), "shapiro", "W");
        check(stats::kolmogorov_smirnov(&values), "ks_estimated_parameters", "D");
        check(stats::lilliefors(&values), "lilliefors", "D");
    }
    assert_eq!(held, 22);
}

fn holds_t(found: &TTest, expected: [f64; 5], what: &str) {
    relative(
        &[found.t, found.df, found.low, found.high],
        &[expected[0], expected[1], expected[3], expected[4]],
        CLOSED_FORM,
        what,
    );
    relative(&[found.p], &[expected[2]], P, what);
}

fn two_samples_hold(reference: &Value, variables: &Variables, rows: &[usize]) -> usize {
    let mut exact = 0;
    for (i, (name, column)) in variables.names.iter().zip(&variables.columns).enumerate() {
        let of = |key: &str| number(&reference[key][i]);
        let group =
            |event: bool| rows.iter().filter(|&&row| variables.outcome[row] == event).map(|&row| column[row]).collect();
        let (a, b): (Vec<f64>, Vec<f64>) = (group(false), group(true));
        let t = stats::pooled_t_test(&a, &b).unwrap();
        holds_t(&t, ["t_pooled", "df_pooled", "p_pooled", "ci_low_pooled", "ci_high_pooled"].map(of), name);
        relative(&[t.difference], &[of("mean0") - of("mean1")], CLOSED_FORM, name);
        let t = stats::welch_t_test(&a, &b).unwrap();
        holds_t(&t, ["t_welch", "df_welch", "p_welch", "ci_low_welch", "ci_high_welch"].map(of), name);
        for (centre, f, p) in
            [(Centre::Mean, "levene_mean_F", "levene_mean_p"), (Centre::Median, "levene_median_F", "levene_median_p")]
        {
            let found = stats::levene(&[&a, &b], centre).unwrap();
            relative(&[found.f], &[of(f)], CLOSED_FORM, name);
            relative(&[found.p], &[of(p)], P, name);
        }
        let ranks = stats::mann_whitney(&a, &b).unwrap();
        let other = (a.len() * b.len()) as f64 - ranks.u;
        relative(&[ranks.u, other, ranks.z], &[of("mw_U0"), of("mw_U1"), of("mw_z_uncorrected")], CLOSED_FORM, name);
        relative(&[ranks.p, ranks.p_continuity], &[of("mw_p_uncorrected"), of("mw_p_continuity")], P, name);
        let found = stats::mann_whitney_exact(&a, &b);
        if of("has_ties") == 1.0 {
            assert_eq!(found, Err(TestError::Ties("the exact Mann-Whitney test")), "{name}");
        } else {
            relative(&[found.unwrap()], &[of("mw_p_exact")], P, name);
            exact += 1;
        }
    }
    exact
}

#[test]
fn two_groups_are_rs() {
    let Some(expected) = shared_json("open/ref_univariate.json") else { return };
    let Some(variables) = Variables::read(&expected) else { return };
    let all: Vec<usize> = (0..variables.outcome.len()).collect();
    let subset: Vec<usize> = all.iter().copied().filter(|&row| variables.double_read[row]).collect();
    assert_eq!((all.len(), subset.len()), (112, 30));
    assert_eq!(two_samples_hold(&expected["two_sample_whole_cohort"], &variables, &all), WITHOUT_TIES);
    assert_eq!(two_samples_hold(&expected["two_sample_double_read_subset"], &variables, &subset), WITHOUT_TIES);
}

/// Of 201 variables, those without ties, for which R has an exact p.
const WITHOUT_TIES: usize = 173;

#[test]
fn two_groups_of_edge_cases_are_rs() {
    let Some(edge) = shared_json("edge/edge.json") else { return };
    for (name, case) in edge["two_sample"].as_object().unwrap() {
        let (a, b) = (list(&case["a"]), list(&case["b"]));
        let value = |test: &str| &case[test]["value"];
        for (test, found) in [("t_pooled", stats::pooled_t_test(&a, &b)), ("t_welch", stats::welch_t_test(&a, &b))] {
            match value(test) {
                Value::Null => assert!(found.is_err(), "{name} {test}"),
                expected => {
                    holds_t(&found.unwrap(), ["t", "df", "p", "low", "high"].map(|key| number(&expected[key])), name)
                }
            }
        }
        let found = stats::mann_whitney(&a, &b);
        if name == "empty" {
            assert!(matches!(found, Err(TestError::TooFew { .. })), "{name}");
            assert!(matches!(stats::levene(&[&a, &b], Centre::Mean), Err(TestError::TooFew { .. })), "{name}");
            continue;
        }
        let found = found.unwrap();
        let (corrected, plain) = (value("mw_normal_continuity"), value("mw_normal_no_continuity"));
        relative(&[found.u], &[number(&plain["W"])], CLOSED_FORM, name);
        relative(&[found.p, found.p_continuity], &[number(&plain["p"]), number(&corrected["p"])], P, name);
        let by_default = stats::mann_whitney_exact(&a, &b).unwrap_or(found.p_continuity);
        relative(&[by_default], &[number(&value("mw_default")["p"])], P, name);
        for (test, centre) in [("levene_mean", Centre::Mean), ("levene_median", Centre::Median)] {
            let (levene, expected) = (stats::levene(&[&a, &b], centre).unwrap(), value(test));
            if name == "two_each" {
                // Spreads without any residual: R's F of 8e31 is rounding over rounding.
                assert_eq!([levene.f, levene.p], [f64::INFINITY, 0.0]);
            } else {
                relative(&[levene.f], &[number(&expected["F"])], CLOSED_FORM, name);
                relative(&[levene.p], &[number(&expected["p"])], P, name);
            }
        }
    }
}

/// R's `uniroot` in `fisher.test` stops within ε^(1/4) = 1.2e-4 of the odds ratio, or of its reciprocal above 1; that ours solve their equations
/// to 1e-11 is a test beside the code.
const UNIROOT: f64 = 1.23e-4;

pub fn odds_ratio_holds(table: &Table, fisher: &Value, keys: [&str; 3], what: &str) {
    let ratio = table.odds_ratio().unwrap();
    for (found, key) in [ratio.estimate, ratio.low, ratio.high].into_iter().zip(keys) {
        let expected = number(&fisher[key]);
        let off = if expected > 1.0 { 1.0 / found - 1.0 / expected } else { found - expected };
        assert!(found == expected || off.abs() <= UNIROOT, "{what} {key}: {found} where R has {expected}");
    }
}

pub fn table_of(counts: &Value) -> Result<Table, TestError> {
    let row = |row: &Value| row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
    Table::new(&counts.as_array().unwrap().iter().map(row).collect::<Vec<Vec<u64>>>())
}

pub fn chi_square_holds(found: ChiSquare, expected: &Value, statistic: &str, what: &str) {
    relative(&[found.statistic, found.df], &[number(&expected[statistic]), number(&expected["df"])], CLOSED_FORM, what);
    relative(&[found.p], &[number(&expected["p"])], P, what);
}

#[test]
fn tables_are_rs() {
    let Some(expected) = shared_json("open/ref_univariate.json") else { return };
    let mut held = 0;
    for part in ["categorical_whole_cohort", "categorical_double_read_subset"] {
        for (name, case) in expected[part].as_object().unwrap() {
            let (table, what) = (table_of(&case["counts_rows_x_outcome_0_1"]).unwrap(), format!("{part} {name}"));
            for (found, row) in table.expected().iter().zip(case["expected"].as_array().unwrap()) {
                relative(found, &list(row), CLOSED_FORM, &what);
            }
            relative(&[table.min_expected()], &[number(&case["min_expected"])], CLOSED_FORM, &what);
            chi_square_holds(table.pearson(), &case["pearson"], "chi2", &what);
            chi_square_holds(table.likelihood_ratio(), &case["likelihood_ratio"], "G2", &what);
            chi_square_holds(table.linear_by_linear(), &case["linear_by_linear"], "M2", &what);
            relative(&[table.fisher().unwrap()], &[number(&case["fisher"]["p"])], P, &what);
            if table.is_two_by_two() {
                chi_square_holds(table.yates().unwrap(), &case["pearson_yates"], "chi2", &what);
                odds_ratio_holds(&table, &case["fisher"], ["or_conditional_mle", "or_low", "or_high"], &what);
            }
            held += 1;
        }
    }
    assert_eq!(held, 12);
}

#[test]
fn tables_of_edge_cases_are_rs() {
    let Some(edge) = shared_json("edge/edge.json") else { return };
    for (name, case) in edge["tables"].as_object().unwrap() {
        let value = |test: &str| &case[test]["value"];
        if name == "one_column" {
            // R tests one column for equal counts; for Fisher it refuses.
            assert!(matches!(table_of(&case["table"]), Err(TestError::TooFew { .. })));
            continue;
        }
        let table = table_of(&case["table"]).unwrap();
        chi_square_holds(table.pearson(), value("pearson"), "chi2", name);
        relative(&[table.fisher().unwrap()], &[number(&value("fisher")["p"])], P, name);
        if table.is_two_by_two() {
            chi_square_holds(table.yates().unwrap(), value("yates"), "chi2", name);
            odds_ratio_holds(&table, value("fisher"), ["or", "low", "high"], name);
        } else {
            assert!(matches!(table.yates(), Err(TestError::Form { .. })), "{name}");
        }
    }
}

#[test]
fn the_test_is_chosen_by_what_r_finds_of_normality_and_variance() {
    let Some(expected) = shared_json("open/ref_univariate.json") else { return };
    let Some(variables) = Variables::read(&expected) else { return };
    let (normality, two) = (&expected["normality"], &expected["two_sample_whole_cohort"]);
    let mut by_t = 0;
    for (i, (name, column)) in variables.names.iter().zip(&variables.columns).enumerate() {
        let shapiro = |group: &str| number(&normality[group]["shapiro_p"][i]) > 0.05;
        let t = shapiro("outcome0") && shapiro("outcome1") && number(&two["levene_mean_p"][i]) > 0.05;
        let (test, statistic, p) = match t {
            true => (ChosenTest::PooledT, "t_pooled", "p_pooled"),
            false => (ChosenTest::MannWhitney, "mw_z_uncorrected", "mw_p_uncorrected"),
        };
        let found = stats::compare_numeric(column, &variables.outcome).unwrap();
        assert_eq!(found.test, test, "{name}: {}", found.reason);
        relative(&[found.statistic.unwrap()], &[number(&two[statistic][i])], CLOSED_FORM, name);
        relative(&[found.p], &[number(&two[p][i])], P, name);
        by_t += usize::from(t);
    }
    assert!((20..180).contains(&by_t), "both tests occur: {by_t} of 201 by t");
}

#[test]
fn tables_with_small_expected_counts_are_tested_by_fisher() {
    let (Some(expected), Some(clinical)) = (shared_json("open/ref_univariate.json"), Shared::read("clinical.csv"))
    else {
        return;
    };
    let subset: Vec<usize> = (0..112).filter(|&row| clinical.text("double_read")[row] == "1").collect();
    let outcome: Vec<bool> = subset.iter().map(|&row| clinical.text("outcome")[row] == "1").collect();
    for (name, test) in [
        ("sex", ChosenTest::Pearson),
        ("CEA", ChosenTest::Pearson),
        ("pT", ChosenTest::Fisher),
        ("CA199", ChosenTest::Fisher),
    ] {
        let column = clinical.text(name);
        let codes: Vec<usize> = subset.iter().map(|&row| usize::from(column[row].as_bytes()[0])).collect();
        let found = stats::compare_categories(&codes, &outcome).unwrap();
        assert_eq!(found.test, test, "{name}: {}", found.reason);
        let key = if test == ChosenTest::Pearson { "pearson" } else { "fisher" };
        relative(&[found.p], &[number(&expected["categorical_double_read_subset"][name][key]["p"])], P, name);
    }
}
