//! The first page: what was predicted, from whose data, how well, and where the rest stands.

use super::set_in_words;
use crate::cohort::Set;
use crate::model::DataKind;
use crate::report::paper::{Block, Cell, Table};
use crate::report::training::TrainingReport;
use crate::report::training::words::{NONE, area, counted, counts, data_kind, honest_areas, share};

pub(super) fn blocks(report: &TrainingReport) -> Vec<Block> {
    let mut blocks = Vec::new();
    if report.about.data == DataKind::Simulated {
        let said = "Simulated data. Every number and figure in this report comes from patients who never lived: it shows how the \
                    program works, and is evidence of nothing about any patient.";
        blocks.push(Block::Alarm(said.to_owned()));
    }
    blocks.push(Block::Table(identity(report)));
    blocks.push(Block::Subheading("Discrimination in short".to_owned()));
    blocks.push(Block::Table(main_results(report)));
    blocks.push(Block::Text(how_to_read(report)));
    blocks.extend([Block::Subheading("Contents".to_owned()), Block::Contents, Block::NewPage]);
    blocks
}

fn identity(report: &TrainingReport) -> Table {
    let (about, flow) = (report.about, &report.cohort.flow);
    let mut sets = vec![set_in_words(Set::Training, flow.training.patients, flow.training.events)];
    if flow.validation.patients > 0 {
        sets.push(set_in_words(Set::Validation, flow.validation.patients, flow.validation.events));
    }
    let n_features = report.cohort.features.names.len();
    Table::of_pairs([
        ("Event", format!("{}, within {}", about.outcome, counted(about.horizon_months as usize, "month", "months"))),
        ("Data", data_kind(about.data).to_owned()),
        ("Source", about.source.clone()),
        (
            "Patients",
            format!(
                "{} analysed, {} with the event ({})",
                flow.analysed.patients,
                flow.analysed.events,
                share(flow.analysed.events, flow.analysed.patients)
            ),
        ),
        ("Sets", sets.join("; ")),
        ("Candidates", format!("{n_features} features, {} clinical terms", report.training.terms.len())),
        ("Intended use", about.intended_use.clone()),
        ("Program", format!("Hepatica {}", env!("CARGO_PKG_VERSION"))),
    ])
}

/// The areas under the curve that a reader looks for first.
fn main_results(report: &TrainingReport) -> Table {
    let columns = ["Model", "Predictors", "AUC training (95 % CI)", "Corrected", "Nested", "AUC validation (95 % CI)"];
    let mut table = Table::new("", &columns);
    for trained in &report.training.models {
        let validation = trained.validation.as_ref();
        let [corrected, nested] = honest_areas(report, trained.kind);
        table.row([
            Cell::strong(trained.kind.title()),
            (trained.regression.fit.coefficients.len() - 1).to_string().into(),
            area(trained.training.roc.auc, trained.training.roc.ci).into(),
            corrected.into(),
            nested.into(),
            validation.map_or(NONE.to_owned(), |of| area(of.roc.auc, of.roc.ci)).into(),
        ]);
    }
    let training = report.training.models.first().map(|first| counts(first.training.n, first.training.n_events));
    table.noted(format!(
        "Training set (events): {}. Corrected: apparent area less the mean optimism of the bootstrap. Nested: from patients whom the \
         training did not see, over repetitions of nested cross-validation.",
        training.unwrap_or_default()
    ))
}

fn how_to_read(report: &TrainingReport) -> String {
    let doubts = report.training.doubts.len();
    let doubts = match doubts {
        0 => "The run raised no doubts of its own.".to_owned(),
        _ => format!(
            "The run raised {}: read \"Doubts and limits\" before any number is quoted.",
            counted(doubts, "doubt", "doubts")
        ),
    };
    let tested = match report.training.models.iter().any(|trained| trained.validation.is_some()) {
        true => "What counts is the validation set and the corrected numbers, not the apparent ones.",
        false => "There is no validation set: what counts are the corrected numbers, not the apparent ones.",
    };
    format!(
        "{tested} {doubts} Every number stands with all its digits in results.json and in the tables beside this report."
    )
}
