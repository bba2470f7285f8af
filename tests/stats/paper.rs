//! The study's own tables (Liang et al. 2022): what the printed counts of Table 1 give, and which confusion matrices can stand behind Table 2.

use hepatica::stats::{self, ChosenTest, Table};

use crate::harness::{number, relative, shared_json};
use crate::univariate::{chi_square_holds, odds_ratio_holds, table_of};

/// Relative.
const CLOSED_FORM: f64 = 1e-8;
/// Relative, of a p.
const P: f64 = 1e-6;
/// Half a unit of the third decimal, which is printed.
const PRINTED: f64 = 0.0005 + 1e-9;

/// A row of Table 1: its name, patients without and with metachronous metastasis in each category, statistic and p as printed.
type Row = (&'static str, &'static [[u64; 2]], f64, f64);

const TABLE_1: [Row; 6] = [
    ("sex", &[[34, 39], [26, 13]], 4.125, 0.042),
    ("pT", &[[14, 5], [39, 32], [7, 15]], 7.328, 0.026),
    ("pN", &[[8, 5], [35, 25], [17, 22]], 2.441, 0.295),
    ("hepatitis", &[[41, 29], [19, 23]], 1.876, 0.171),
    ("CEA", &[[43, 27], [17, 25]], 4.633, 0.031),
    ("CA199", &[[51, 48], [9, 4]], 1.450, 0.229),
];

fn table(rows: &[[u64; 2]]) -> Table {
    Table::new(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

/// The patients behind a table: the row of each, counted from `first`, and whether metastasis came.
fn patients(rows: &[[u64; 2]], first: usize) -> (Vec<usize>, Vec<bool>) {
    let row = |(i, [without, with]): (usize, &[u64; 2])| {
        let group = |n: u64, event: bool| std::iter::repeat_n((first + i, event), n as usize);
        group(*without, false).chain(group(*with, true)).collect::<Vec<_>>()
    };
    rows.iter().enumerate().flat_map(row).unzip()
}

#[test]
fn table_1_is_pearsons_test_without_correction() {
    for (name, rows, statistic, p) in TABLE_1 {
        let (codes, outcome) = patients(rows, 0);
        assert_eq!((outcome.len(), outcome.iter().filter(|event| **event).count()), (112, 52), "{name}");
        let found = stats::compare_categories(&codes, &outcome).unwrap();
        assert_eq!(found.test, ChosenTest::Pearson, "{name}: {}", found.reason);
        assert!((found.statistic.unwrap() - statistic).abs() <= PRINTED, "{name}: {found:?}");
        assert!((found.p - p).abs() <= PRINTED, "{name}: {found:?}");
    }
}

#[test]
fn no_other_chi_square_gives_table_1() {
    for (name, rows, statistic, p) in TABLE_1 {
        let table = table(rows);
        let others = [table.likelihood_ratio(), table.linear_by_linear()].into_iter().chain(table.yates().ok());
        for other in others {
            let prints = (other.statistic - statistic).abs() <= PRINTED && (other.p - p).abs() <= PRINTED;
            assert!(!prints, "{name}: {other:?}");
        }
    }
}

#[test]
fn every_statistic_of_table_1s_counts_is_rs() {
    let Some(expected) = shared_json("paper_table1.json") else { return };
    for (name, rows, ..) in TABLE_1 {
        let (table, expected) = (table(rows), &expected[name]);
        assert_eq!(table_of(&expected["counts_rows_x_nonMLM_MLM"]).unwrap(), table, "{name}");
        chi_square_holds(table.pearson(), &expected["pearson"], "stat", name);
        chi_square_holds(table.likelihood_ratio(), &expected["likelihood_ratio"], "stat", name);
        chi_square_holds(table.linear_by_linear(), &expected["linear_by_linear"], "stat", name);
        relative(&[table.min_expected()], &[number(&expected["min_expected"])], CLOSED_FORM, name);
        relative(&[table.fisher().unwrap()], &[number(&expected["fisher_exact"]["p"])], P, name);
        if table.is_two_by_two() {
            chi_square_holds(table.yates().unwrap(), &expected["pearson_yates"], "stat", name);
            odds_ratio_holds(&table, &expected["fisher_exact"], ["or_conditional_mle", "or_low", "or_high"], name);
        }
    }
}

#[test]
fn the_printed_t_of_age_has_the_printed_p() {
    // t = -0.978, p = 0.330, 112 patients. Age itself is printed as means and standard deviations only.
    let p = stats::t_two_sided_p(-0.978, 110.0);
    assert!((p - 0.330).abs() <= PRINTED, "{p}");
    let Some(expected) = shared_json("paper_table1.json") else { return };
    relative(&[p], &[number(&expected["age"]["p_of_paper_t"]["pooled"])], P, "age");
}

#[test]
fn the_papers_multivariable_odds_ratio_is_that_of_pt_alone() {
    let (levels, outcome) = patients(TABLE_1[1].1, 2);
    let stage: Vec<f64> = levels.iter().map(|&level| level as f64).collect();
    let fit = stats::fit_logistic(&[&stage], &outcome).unwrap();
    let (ratio, [low, high]) = fit.odds_ratio(1);
    for (found, printed) in [ratio, low, high, fit.p(1)].into_iter().zip([2.464, 1.252, 4.851, 0.009]) {
        assert!((found - printed).abs() <= PRINTED, "{found} where {printed} is printed");
    }
    let roc = stats::roc(&stage, &outcome).unwrap();
    let Some(expected) = shared_json("paper_table1.json") else { return };
    let (model, auc) = (&expected["clinical_model"], &expected["clinical_model"]["auc_pT_whole_cohort_112"]);
    let reference = &model["univariable_from_counts"]["pT_ordinal_2_3_4"];
    let of = |key: &str| number(&reference[key]["pT"]);
    relative(
        &[fit.coefficients[1], ratio, low, high, fit.p(1)],
        &["coef", "OR", "OR_low", "OR_high", "p"].map(of),
        P,
        "pT",
    );
    let [low, high] = roc.ci.unwrap();
    relative(&[roc.auc, low, high], &["auc", "low", "high"].map(|key| number(&auc[key])), CLOSED_FORM, "AUC of pT");
}

/// A row of Table 2 as printed: accuracy, then sensitivity, specificity, PPV and NPV; patients with and without metastasis.
struct Printed {
    name: &'static str,
    accuracy: f64,
    measures: [f64; 4],
    sizes: [u32; 2],
}

const TABLE_2: [Printed; 6] = [
    Printed { name: "Radiomics training", accuracy: 0.782, measures: [0.944, 0.643, 0.694, 0.931], sizes: [36, 42] },
    Printed { name: "Radiomics validation", accuracy: 0.824, measures: [0.938, 0.722, 0.750, 0.929], sizes: [16, 18] },
    Printed { name: "Clinical training", accuracy: 0.603, measures: [0.568, 0.634, 0.583, 0.619], sizes: [36, 42] },
    Printed { name: "Clinical validation", accuracy: 0.500, measures: [0.474, 0.533, 0.563, 0.444], sizes: [16, 18] },
    Printed { name: "Combined training", accuracy: 0.782, measures: [0.702, 0.903, 0.917, 0.667], sizes: [36, 42] },
    Printed { name: "Combined validation", accuracy: 0.853, measures: [0.789, 0.933, 0.938, 0.778], sizes: [16, 18] },
];

/// Which printed column (sensitivity, specificity, PPV, NPV) is taken for each of these measures.
type Columns = [usize; 4];
const AS_PRINTED: Columns = [0, 1, 2, 3];
/// Sensitivity and PPV exchanged, specificity and NPV exchanged.
const EXCHANGED: Columns = [2, 3, 0, 1];

/// All confusion matrices (TP, FN, TN, FP) that round to the printed row.
fn matrices(row: &Printed, columns: Columns) -> Vec<[u32; 4]> {
    let [with, without] = row.sizes;
    let part = |some: u32, of: u32| f64::from(some) / f64::from(of);
    let fits = |&[tp, r#fn, tn, fp]: &[u32; 4]| {
        let measures = [part(tp, with), part(tn, without), part(tp, tp + fp), part(tn, tn + r#fn)];
        let printed = |value: f64, printed: f64| (value - printed).abs() <= PRINTED;
        printed(part(tp + tn, with + without), row.accuracy)
            && measures.iter().zip(columns).all(|(value, column)| printed(*value, row.measures[column]))
    };
    let all = (0..=with).flat_map(|tp| (0..=without).map(move |tn| [tp, with - tp, tn, without - tn]));
    all.filter(fits).collect()
}

fn orders() -> Vec<Columns> {
    let all = (0..256).map(|code| [code / 64, code / 16 % 4, code / 4 % 4, code % 4]);
    all.filter(|columns| (0..4).all(|column| columns.contains(&column))).collect()
}

#[test]
fn table_2_fits_only_with_two_pairs_of_columns_exchanged_for_two_models() {
    let expected = [
        (AS_PRINTED, [34, 2, 27, 15]),
        (AS_PRINTED, [15, 1, 13, 5]),
        (EXCHANGED, [21, 15, 26, 16]),
        (EXCHANGED, [9, 7, 8, 10]),
        (EXCHANGED, [33, 3, 28, 14]),
        (EXCHANGED, [15, 1, 14, 4]),
    ];
    assert_eq!(orders().len(), 24);
    for (row, (columns, matrix)) in TABLE_2.iter().zip(expected) {
        let fitting: Vec<(Columns, Vec<[u32; 4]>)> = orders()
            .into_iter()
            .map(|order| (order, matrices(row, order)))
            .filter(|(_, found)| !found.is_empty())
            .collect();
        assert_eq!(fitting, [(columns, vec![matrix])], "{}", row.name);
    }
}

#[test]
fn table_2s_matrices_are_those_found_in_r() {
    let Some(expected) = shared_json("paper_table2.json") else { return };
    for row in &TABLE_2 {
        let reference = &expected[row.name];
        let printed = ["sens", "spec", "ppv", "npv"].map(|key| number(&reference["printed"][key]));
        assert_eq!((printed, number(&reference["printed"]["acc"])), (row.measures, row.accuracy), "{}", row.name);
        for (key, columns) in
            [("fits_columns_as_printed", AS_PRINTED), ("fits_with_sens_PPV_and_spec_NPV_exchanged", EXCHANGED)]
        {
            let of = |fit: &serde_json::Value| ["TP", "FN", "TN", "FP"].map(|cell| fit[cell].as_u64().unwrap() as u32);
            let fits: Vec<[u32; 4]> = reference[key].as_array().unwrap().iter().map(of).collect();
            assert_eq!(matrices(row, columns), fits, "{} {key}", row.name);
        }
    }
}

#[test]
fn no_cut_on_pt_gives_the_clinical_models_training_row() {
    // Whatever 36 of the 52 and 42 of the 60 patients were drawn: how many of them can have a stage that is called positive?
    let [without, with] = [0, 1].map(|column| TABLE_1[1].1.iter().map(|row| row[column]).collect::<Vec<u64>>());
    let possible = |counts: &[u64], called: usize, drawn: u64| {
        let inside: u64 = counts.iter().enumerate().filter(|(i, _)| called >> i & 1 == 1).map(|(_, count)| count).sum();
        let outside = counts.iter().sum::<u64>() - inside;
        drawn.saturating_sub(outside)..=inside.min(drawn)
    };
    for called in 0..8 {
        let both = possible(&with, called, 36).contains(&21) && possible(&without, called, 42).contains(&16);
        assert!(!both, "stages {called:03b}");
    }
}
