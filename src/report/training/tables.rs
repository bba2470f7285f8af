//! The tables of a training run, as CSV: the paper's tables with every digit, and those behind its figures.

use super::TrainingReport;
use super::table_1::table_1_in_full;
use super::words::measured;
use crate::base::RESEARCH_USE_ONLY;
use crate::cohort::Set;
use crate::exchange::table::Cell;
use crate::model::train::{Measured, Trained, decision_thresholds};
use crate::model::{DataKind, ModelKind};
use crate::stats::{Icc, LogisticFit, Proportion};

/// A table to be written under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTable {
    /// The file's name without its ending.
    pub name: &'static str,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl NamedTable {
    pub(super) fn new(name: &'static str, header: &[&str], rows: Vec<Vec<Cell>>) -> Self {
        Self { name, header: header.iter().map(|&column| column.to_owned()).collect(), rows }
    }

    /// The same with the columns that a table of predictions ends with ([`crate::report::prediction_csv_header`]): from which data its
    /// numbers come, and what they must not be used for.
    pub(super) fn noticed(mut self, data: DataKind) -> Self {
        self.header.extend(["data", "notice"].map(str::to_owned));
        for row in &mut self.rows {
            row.extend([text(data.as_str()), text(RESEARCH_USE_ONLY)]);
        }
        self
    }
}

/// From which data a run's numbers come.
pub(super) fn data_of(report: &TrainingReport) -> DataKind {
    if report.cohort.features.is_simulated { DataKind::Simulated } else { report.about.data }
}

/// Every table of a run.
pub fn training_tables(report: &TrainingReport) -> Vec<NamedTable> {
    let TrainingReport { cohort, training, .. } = report;
    let mut tables = vec![
        table_1_in_full(&cohort.clinical, &cohort.outcome),
        steps(report),
        univariable(report),
        models(report),
        performance(report),
        comparisons(report),
        decision_curves(report),
        patients(report),
    ];
    tables.extend(training.agreement.as_ref().map(|agreement| icc(report, agreement)));
    tables.extend(training.selection.as_ref().map(|selection| picks(report, selection)));
    tables.extend(training.selection.as_ref().map(lasso));
    tables.into_iter().map(|table| table.noticed(data_of(report))).collect()
}

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A number; nothing where there is none or it is not finite.
pub(super) fn number(number: impl Into<Option<f64>>) -> Cell {
    number.into().filter(|number| number.is_finite()).map_or(Cell::Empty, Cell::Number)
}

pub(super) fn count(count: usize) -> Cell {
    text(count.to_string())
}

fn steps(report: &TrainingReport) -> NamedTable {
    let step = |step: &crate::model::TrainingStep| {
        vec![text(&step.name), count(step.entered), count(step.left), text(&step.detail)]
    };
    NamedTable::new("steps", &["step", "entered", "left", "rule"], report.training.steps.iter().map(step).collect())
}

/// The readers' agreement, one row a feature.
pub fn icc_table(names: &[String], agreements: &[Option<Icc>], kept: &[bool]) -> NamedTable {
    let header =
        ["feature", "icc2", "icc2_low", "icc2_high", "icc3", "icc3_low", "icc3_high", "f", "df1", "df2", "p", "kept"];
    let row = |((name, icc), kept): ((&String, &Option<Icc>), &bool)| {
        let mut row = vec![text(name)];
        let numbers = icc.map(|icc| {
            let (a, c) = (icc.agreement, icc.consistency);
            [a.value, a.low, a.high, c.value, c.low, c.high, icc.f, icc.df[0], icc.df[1], icc.p]
        });
        row.extend(numbers.map_or_else(|| vec![Cell::Empty; 10], |numbers| numbers.map(number).to_vec()));
        row.push(count(usize::from(*kept)));
        row
    };
    NamedTable::new("icc", &header, names.iter().zip(agreements).zip(kept).map(row).collect())
}

fn icc(report: &TrainingReport, agreement: &crate::model::train::Agreement) -> NamedTable {
    let kept: Vec<bool> = (0..agreement.icc.len()).map(|column| agreement.kept.contains(&column)).collect();
    icc_table(&report.cohort.features.names, &agreement.icc, &kept)
}

fn picks(report: &TrainingReport, selection: &crate::model::train::Selection) -> NamedTable {
    let header =
        ["rank", "feature", "relevance", "mean_redundancy", "score", "gap_to_second", "coefficient", "chosen_in"];
    let training = report.training;
    let row = |(rank, pick): (usize, &crate::stats::MrmrStep)| {
        let name = &report.cohort.features.names[training.candidates[pick.column]];
        let coefficient = selection.terms.iter().find(|(column, _)| *column == pick.column).map_or(0.0, |term| term.1);
        let resampled = training.resampled.iter().flat_map(|resampled| &resampled.stability);
        let chosen_in = resampled.into_iter().find(|of| of.candidate == pick.column).map(|of| of.chosen_in);
        let numbers = [Some(pick.relevance), pick.mean_redundancy, Some(pick.score), pick.gap_to_second];
        let mut row = vec![count(rank + 1), text(name)];
        row.extend(numbers.map(number));
        row.extend([number(coefficient), number(chosen_in)]);
        row
    };
    NamedTable::new("selection", &header, selection.picks.iter().enumerate().map(row).collect())
}

fn lasso(selection: &crate::model::train::Selection) -> NamedTable {
    let cv = &selection.lasso;
    let row = |i: usize| {
        vec![
            number(cv.path.lambdas[i]),
            count(cv.nzero[i]),
            number(cv.path.deviance_ratios[i]),
            number(cv.cvm[i]),
            number(cv.cvsd[i]),
            text(if i == selection.lambda_index { "chosen" } else { "" }),
        ]
    };
    let header = ["lambda", "n_features", "deviance_ratio", "cv_mean", "cv_se", "chosen"];
    NamedTable::new("lasso", &header, (0..cv.cvm.len()).map(row).collect())
}

const COEFFICIENT: [&str; 8] = ["coefficient", "se", "z", "p", "odds_ratio", "low", "high", "n"];

/// A coefficient with what is read off it.
fn coefficient(fit: &LogisticFit, index: usize) -> Vec<Cell> {
    let (odds_ratio, [low, high]) = fit.odds_ratio(index);
    let numbers =
        [fit.coefficients[index], fit.standard_error(index), fit.wald_z(index), fit.p(index), odds_ratio, low, high];
    numbers.into_iter().map(number).chain([count(fit.n)]).collect()
}

fn univariable(report: &TrainingReport) -> NamedTable {
    let training = report.training;
    let header: Vec<&str> = ["regression", "term"].into_iter().chain(COEFFICIENT).collect();
    let mut rows = Vec::new();
    for (term, fit) in training.terms.iter().zip(&training.clinical.univariable) {
        let numbers = fit.as_ref().map_or_else(|_| vec![Cell::Empty; COEFFICIENT.len()], |fit| coefficient(fit, 1));
        rows.push([text("univariable"), text(&term.name)].into_iter().chain(numbers).collect());
    }
    if let Some(Ok(fit)) = &training.clinical.multivariable {
        for (i, &term) in training.clinical.entering.iter().enumerate() {
            let begin = [text("multivariable"), text(&training.terms[term].name)];
            rows.push(begin.into_iter().chain(coefficient(fit, i + 1)).collect());
        }
    }
    NamedTable::new("clinical_regressions", &header, rows)
}

/// The models that were chosen and the study's own, with their names.
pub(super) fn named_models<'a>(report: &TrainingReport<'a>) -> Vec<(String, &'a Trained)> {
    let chosen = report.training.models.iter().map(|trained| (trained.kind.as_str().to_owned(), trained));
    let study = report.training.study.iter().map(|trained| (format!("{}_pT", trained.kind.as_str()), trained));
    chosen.chain(study).collect()
}

/// The names of a regression's coefficients, the intercept first.
pub fn coefficient_names(report: &TrainingReport, trained: &Trained) -> Vec<String> {
    let regression = &trained.regression;
    let has_score = regression.fit.coefficients.len() > regression.terms.len() + 1;
    let terms = regression.terms.iter().map(|&term| report.training.terms[term].name.clone());
    let score = has_score.then(|| crate::model::Radscore::NAME.to_owned());
    std::iter::once("intercept".to_owned()).chain(score).chain(terms).collect()
}

fn models(report: &TrainingReport) -> NamedTable {
    let header: Vec<&str> = ["model", "term"].into_iter().chain(COEFFICIENT).collect();
    let mut rows = Vec::new();
    for (name, trained) in named_models(report) {
        for (i, term) in coefficient_names(report, trained).into_iter().enumerate() {
            let begin = [text(&name), text(term)];
            rows.push(begin.into_iter().chain(coefficient(&trained.regression.fit, i)).collect());
        }
    }
    NamedTable::new("models", &header, rows)
}

/// What is measured of a model on a set, as columns.
const MEASURED: [&str; 29] = [
    "n",
    "events",
    "auc",
    "auc_low",
    "auc_high",
    "threshold",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "sensitivity",
    "sensitivity_low",
    "sensitivity_high",
    "specificity",
    "specificity_low",
    "specificity_high",
    "ppv",
    "ppv_low",
    "ppv_high",
    "npv",
    "npv_low",
    "npv_high",
    "brier",
    "calibration_in_the_large",
    "calibration_line_intercept",
    "calibration_line_slope",
    "hosmer_lemeshow_chi2",
    "hosmer_lemeshow_groups",
    "hosmer_lemeshow_df",
    "hosmer_lemeshow_p",
];

fn measured_cells(measured: &Measured) -> Vec<Cell> {
    let Measured { n, n_events, roc, confusion, calibration, hosmer_lemeshow, .. } = measured;
    let mut cells = vec![count(*n), count(*n_events), number(roc.auc)];
    cells.extend([number(roc.ci.map(|ci| ci[0])), number(roc.ci.map(|ci| ci[1])), number(confusion.threshold)]);
    let rates =
        [confusion.accuracy(), confusion.sensitivity(), confusion.specificity(), confusion.ppv(), confusion.npv()];
    for rate in rates {
        let parts = |rate: Proportion| [rate.value, rate.ci[0], rate.ci[1]];
        cells.extend(rate.map_or_else(|| vec![Cell::Empty; 3], |rate| parts(rate).map(number).to_vec()));
    }
    let line = calibration.recalibration.as_ref();
    let in_the_large = calibration.in_the_large.as_ref().map(|fit| fit.intercept);
    cells.extend([number(calibration.brier), number(in_the_large)]);
    cells.extend([number(line.map(|line| line.intercept)), number(line.map(|line| line.slope))]);
    let test = hosmer_lemeshow.as_ref();
    let groups = test.map(|t| t.groups.len() as f64);
    cells.extend([number(test.map(|t| t.chi2)), number(groups)]);
    cells.extend([number(test.map(|t| t.df as f64)), number(test.and_then(|t| t.p))]);
    cells
}

/// The same for a model in several states, one a row: header and rows.
pub(super) fn measured_row_of(states: &[(&str, &Measured)]) -> (Vec<String>, Vec<Vec<Cell>>) {
    let header = std::iter::once("model").chain(MEASURED).map(str::to_owned).collect();
    let row =
        |(name, measured): &(&str, &Measured)| std::iter::once(text(*name)).chain(measured_cells(measured)).collect();
    (header, states.iter().map(row).collect())
}

/// The paper's Table 2, and what it should have beside it: the area corrected for optimism and from nested cross-validation.
fn performance(report: &TrainingReport) -> NamedTable {
    let header: Vec<&str> =
        ["model", "set"].into_iter().chain(MEASURED).chain(["auc_corrected", "auc_nested"]).collect();
    let mut rows = Vec::new();
    for (name, trained) in named_models(report) {
        let honest = report.training.internal(trained);
        let internal = [honest.as_ref().and_then(|of| Some(of.auc?[1])), honest.as_ref().and_then(|of| of.nested_auc)];
        let mut row = |set: Set, measured: &Measured, internal: [Option<f64>; 2]| {
            let begin = [text(&name), text(set.as_str())];
            rows.push(begin.into_iter().chain(measured_cells(measured)).chain(internal.map(number)).collect());
        };
        row(Set::Training, &trained.training, internal);
        if let Some(validation) = &trained.validation {
            row(Set::Validation, validation, [None, None]);
        }
    }
    NamedTable::new("performance", &header, rows)
}

fn comparisons(report: &TrainingReport) -> NamedTable {
    let header = ["set", "first", "second", "auc_first", "auc_second", "difference", "low", "high", "z", "p"];
    let row = |comparison: &crate::model::train::Comparison| {
        let test = &comparison.test;
        let [first, second] = comparison.models.map(ModelKind::as_str);
        let mut row = vec![text(comparison.set.as_str()), text(first), text(second)];
        let ends = [test.ci.map(|ci| ci[0]), test.ci.map(|ci| ci[1])];
        row.extend([Some(test.auc[0]), Some(test.auc[1]), Some(test.difference)].map(number));
        row.extend(ends.into_iter().chain([test.z, test.p]).map(number));
        row
    };
    NamedTable::new("delong", &header, report.training.comparisons.iter().map(row).collect())
}

fn decision_curves(report: &TrainingReport) -> NamedTable {
    let models = named_models(report);
    let header: Vec<&str> = ["set", "threshold", "treat_all", "treat_none"]
        .into_iter()
        .chain(models.iter().map(|(name, _)| name.as_str()))
        .collect();
    let mut rows = Vec::new();
    for set in [Set::Training, Set::Validation] {
        let of_set: Vec<Option<&Measured>> = models.iter().map(|(_, trained)| measured(trained, set)).collect();
        let Some(any) = of_set.iter().flatten().next() else { continue };
        for (i, threshold) in decision_thresholds().into_iter().enumerate() {
            let mut row = vec![text(set.as_str()), number(threshold), number(any.net_benefit_of_all[i]), number(0.0)];
            row.extend(of_set.iter().map(|of| number(of.map(|of| of.net_benefit[i]))));
            rows.push(row);
        }
    }
    NamedTable::new("decision_curves", &header, rows)
}

fn patients(report: &TrainingReport) -> NamedTable {
    let TrainingReport { cohort, training, .. } = report;
    let models = named_models(report);
    let fixed = ["id", "set", "outcome", "fold", "radscore"];
    let header: Vec<&str> = fixed.into_iter().chain(models.iter().map(|(name, _)| name.as_str())).collect();
    let mut folds = training.folds.iter();
    let row = |row: usize| {
        let fold = (cohort.set[row] == Set::Training).then(|| folds.next()).flatten();
        let mut cells = vec![
            text(&cohort.ids[row]),
            text(cohort.set[row].as_str()),
            count(usize::from(cohort.outcome[row])),
            fold.map_or(Cell::Empty, |fold| count(*fold)),
            number(training.radscore.as_ref().map(|scores| scores[row])),
        ];
        cells.extend(models.iter().map(|(_, trained)| number(trained.probabilities[row])));
        cells
    };
    NamedTable::new("patients", &header, (0..cohort.ids.len()).map(row).collect())
}
