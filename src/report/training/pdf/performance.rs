//! How well the models do: discrimination, nomogram, calibration, net benefit, and the paper's Table 2 with what it should have had
//! beside it.

use super::{of_both_sets, plates};
use crate::cohort::Set;
use crate::figure::numbers::{fixed, interval, optional};
use crate::model::train::{Measured, Trained, decision_thresholds};
use crate::model::{InternalValidation, ModelKind};
use crate::report::paper::{Block, Cell, Row, Table};
use crate::report::training::origin;
use crate::report::training::tables::named_models;
use crate::report::training::words::{
    GROUPING, IN_THE_LARGE, NONE, SETS, WITH_SLOPE, area, counts, hosmer_lemeshow, joined, measured, nested_area,
    net_benefit_in_words, p_cell, rate, set_title,
};
use crate::report::training::{TrainingFigure, TrainingReport};

/// Net benefits are printed at these of the thresholds, in per cent.
const SHOWN: [usize; 7] = [10, 20, 30, 40, 50, 60, 70];

pub(super) fn discrimination(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Discrimination".to_owned())];
    let note = "With the area under each curve, its 95 % interval (DeLong), and the operating point: the threshold with the largest Youden \
                index on training.";
    blocks.extend(of_both_sets(report, TrainingFigure::Roc, note));
    if !report.training.comparisons.is_empty() {
        blocks.push(Block::Table(comparisons(report)));
    }
    blocks
}

fn comparisons(report: &TrainingReport) -> Table {
    let columns = ["Models", ">AUC", ">AUC", "Difference (95 % CI)", ">z", ">p"];
    let mut table = Table::new("Areas compared on the same patients (DeLong)", &columns);
    for set in SETS {
        let of_set: Vec<_> = report.training.comparisons.iter().filter(|of| of.set == set).collect();
        if !of_set.is_empty() {
            table.rows.push(Row::Group(set_title(set).to_owned()));
        }
        for comparison in of_set {
            let test = &comparison.test;
            let [first, second] = comparison.models.map(ModelKind::title);
            let ci = test.ci.map(|ci| format!(" ({})", joined(&interval(ci, 3)))).unwrap_or_default();
            table.row([
                format!("{first} – {}", second.to_lowercase()),
                fixed(test.auc[0], 3),
                fixed(test.auc[1], 3),
                format!("{}{ci}", fixed(test.difference, 3)),
                optional(test.z, 3),
                test.p.map_or(NONE.to_owned(), p_cell),
            ]);
        }
    }
    table
}

pub(super) fn nomogram(report: &TrainingReport) -> Vec<Block> {
    let Some(richest) = report.training.models.last() else { return Vec::new() };
    let note = format!(
        "Of the {} model. Each value's points are read off the uppermost axis, summed, and the sum gives the risk at the foot. It holds \
         where the event is as frequent as among the training patients.",
        richest.kind.as_str()
    );
    let mut blocks = vec![Block::Heading("Nomogram".to_owned())];
    blocks.extend(plates(report, &[(TrainingFigure::Nomogram, &note)]));
    blocks
}

pub(super) fn calibration(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Calibration".to_owned())];
    blocks.push(Block::Table(calibrations(report)));
    let note = "Observed against predicted risk: a lowess curve for each model and groups of like risk with exact 95 % intervals. On training \
                calibration-in-the-large and intercept are 0 and the slope is 1 by construction.";
    blocks.extend(of_both_sets(report, TrainingFigure::Calibration, note));
    blocks
}

fn calibrations(report: &TrainingReport) -> Table {
    let mut table = calibration_table("Calibration of the models");
    each_set(report, &mut table, |trained, of| calibration_row(Cell::from(trained.kind.title()), of));
    table
}

/// A table of calibration without rows.
pub(in crate::report::training) fn calibration_table(caption: &str) -> Table {
    let names = [IN_THE_LARGE, WITH_SLOPE].map(|name| format!(">{name}"));
    let [in_the_large, with_slope] = names.each_ref().map(String::as_str);
    let columns =
        ["Model", ">Brier", in_the_large, with_slope, ">Slope", ">O/E", ">E max", ">E mean", "Hosmer-Lemeshow"];
    Table::new(caption, &columns).noted(format!(
        "{WITH_SLOPE} and slope: of the outcome on the log odds, fitted together. {IN_THE_LARGE}: the intercept with the slope held at 1. O/E: \
         events over expected events. E: distance of the lowess curve from the prediction. Hosmer-Lemeshow: {GROUPING}."
    ))
}

/// A row of such a table.
pub(in crate::report::training) fn calibration_row(name: Cell, of: &Measured) -> Vec<Cell> {
    let (calibration, line) = (&of.calibration, of.calibration.recalibration.as_ref());
    vec![
        name,
        fixed(calibration.brier, 4).into(),
        optional(calibration.in_the_large.as_ref().map(|of| of.intercept), 3).into(),
        optional(line.map(|line| line.intercept), 3).into(),
        optional(line.map(|line| line.slope), 3).into(),
        fixed(calibration.observed_over_expected, 3).into(),
        fixed(calibration.e_max, 3).into(),
        fixed(calibration.e_avg, 3).into(),
        joined(&hosmer_lemeshow(of)).replace(",\u{a0}p", ", p").into(),
    ]
}

/// Rows of the models of this run under the name of each set.
fn each_set(report: &TrainingReport, table: &mut Table, row: impl Fn(&Trained, &Measured) -> Vec<Cell>) {
    for set in SETS {
        let of_set = report.training.models.iter().filter_map(|trained| Some((trained, measured(trained, set)?)));
        let rows: Vec<Row> = of_set.map(|(trained, of)| Row::Cells(row(trained, of))).collect();
        if !rows.is_empty() {
            table.rows.push(Row::Group(set_title(set).to_owned()));
            table.rows.extend(rows);
        }
    }
}

pub(super) fn decision_curves(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Decision curves".to_owned())];
    let note = "Net benefit over the threshold at which one would treat: true positives less false positives weighted by the odds of the threshold, per \
                patient.";
    blocks.extend(of_both_sets(report, TrainingFigure::DecisionCurves, note));
    let in_words = |trained: &Trained| {
        let set = if trained.validation.is_some() { Set::Validation } else { Set::Training };
        measured(trained, set).map(|of| net_benefit_in_words(of, trained.kind.as_str(), set.as_str()))
    };
    blocks.push(Block::List(report.training.models.iter().filter_map(in_words).collect()));
    blocks.push(Block::Table(net_benefits(report)));
    blocks
}

fn net_benefits(report: &TrainingReport) -> Table {
    let names = SHOWN.map(|percent| format!(">{percent} %"));
    let columns: Vec<&str> = std::iter::once("Strategy").chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new("Net benefit at some thresholds", &columns);
    let thresholds = decision_thresholds();
    let places: Vec<usize> = SHOWN
        .iter()
        .filter_map(|percent| thresholds.iter().position(|of| (100.0 * of - *percent as f64).abs() < 1e-9))
        .collect();
    let cells = |name: &str, values: &[f64]| {
        let shown = places.iter().map(|&at| Cell::from(optional(values.get(at).copied(), 3)));
        Row::Cells(std::iter::once(Cell::from(name)).chain(shown).collect())
    };
    for set in SETS {
        let of_set: Vec<(&Trained, &Measured)> =
            report.training.models.iter().filter_map(|trained| Some((trained, measured(trained, set)?))).collect();
        let Some((_, any)) = of_set.first() else { continue };
        table.rows.push(Row::Group(set_title(set).to_owned()));
        table.rows.push(cells("Treat everyone", &any.net_benefit_of_all));
        for (trained, of) in of_set {
            table.rows.push(cells(&format!("{} model", trained.kind.title()), &of.net_benefit));
        }
    }
    table.noted("Treating nobody has a net benefit of 0 at every threshold.")
}

pub(super) fn table_2(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Performance".to_owned()), Block::Table(performance(report))];
    blocks.push(Block::Table(honest(report)));
    let note = "Of the richest model, at the threshold with the largest Youden index on training.";
    blocks.extend(of_both_sets(report, TrainingFigure::Confusion, note));
    blocks
}

fn performance(report: &TrainingReport) -> Table {
    let columns = ["Set, n (events)", "AUC", "Accuracy", "Sensitivity", "Specificity", "PPV", "NPV"];
    let mut table = Table::new("Table 2. Performance of the models", &columns);
    for (name, trained) in named_models(report) {
        let study = if name.ends_with("_pT") { ", with the study's own clinical predictor pT" } else { "" };
        let threshold = fixed(trained.training.confusion.threshold, 3);
        table.rows.push(Row::Group(format!("{} model{study}, threshold {threshold}", trained.kind.title())));
        for set in SETS {
            let Some(of) = measured(trained, set) else { continue };
            let calls = &of.confusion;
            let rates =
                [calls.accuracy(), calls.sensitivity(), calls.specificity(), calls.ppv(), calls.npv()].map(rate);
            let set = format!("{}, {}", set_title(set), joined(&counts(of.n, of.n_events)));
            table.row([set, area(of.roc.auc, of.roc.ci)].into_iter().chain(rates));
        }
    }
    table.noted(
        "With 95 % intervals: DeLong's for areas, Clopper and Pearson's exact ones for rates. The threshold is that with the largest Youden index on \
         training and holds on both sets.",
    )
}

/// Numbers of patients whom the training did not see first, then what the bootstrap made of the apparent ones.
fn honest(report: &TrainingReport) -> Table {
    let columns = [
        "Model",
        ">AUC validation",
        ">AUC nested",
        ">AUC corrected",
        ">AUC apparent",
        ">Slope validation",
        ">Slope corrected",
        ">Brier validation",
        ">Brier corrected",
        ">Brier apparent",
    ];
    let mut table = Table::new("Performance on patients who were not seen, corrected, and apparent", &columns);
    let mut of_models = Vec::new();
    for trained in &report.training.models {
        let internal = report.training.internal(trained);
        let validation = trained.validation.as_ref();
        let slope = |of: &Measured| of.calibration.recalibration.as_ref().map(|line| line.slope);
        let corrected = |of: fn(&InternalValidation) -> Option<[f64; 2]>| {
            internal.as_ref().and_then(|internal| Some(of(internal)?[1]))
        };
        table.row([
            Cell::from(trained.kind.title()),
            Cell::strong(optional(validation.map(|of| of.roc.auc), 3)),
            Cell::strong(nested_area(internal.as_ref())),
            optional(corrected(|of| of.auc), 3).into(),
            fixed(trained.training.roc.auc, 3).into(),
            optional(validation.and_then(slope), 3).into(),
            optional(corrected(|of| of.slope), 3).into(),
            optional(validation.map(|of| of.calibration.brier), 4).into(),
            optional(corrected(|of| of.brier), 4).into(),
            fixed(trained.training.calibration.brier, 4).into(),
        ]);
        of_models.extend(internal);
    }
    table.noted(match &report.training.resampled {
        None => "The run was asked for no resampling: nothing but the apparent numbers is known of the training set."
            .to_owned(),
        Some(_) => origin::resampling(report, &of_models).join(" "),
    })
}
