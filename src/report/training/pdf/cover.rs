//! The first page: what was predicted, from whose data, how well, and where the rest stands.

use super::set_in_words;
use crate::cohort::Set;
use crate::model::DataKind;
use crate::report::paper::{Block, Cell, Table};
use crate::report::training::TrainingReport;
use crate::report::training::origin;
use crate::report::training::words::{NONE, area, counted, data_kind, honest_areas, share};

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
        (
            "Candidates",
            format!(
                "{}, {}",
                counted(n_features, "feature", "features"),
                counted(report.training.terms.len(), "clinical term", "clinical terms")
            ),
        ),
        ("Intended use", about.intended_use.clone()),
        ("Program", format!("Hepatica {}", env!("CARGO_PKG_VERSION"))),
    ])
}

/// The areas under the curve that a reader looks for first.
fn main_results(report: &TrainingReport) -> Table {
    let columns = ["Model", "Predictors", "AUC validation (95 % CI)", "Nested", "Corrected", "AUC apparent (95 % CI)"];
    let mut table = Table::new("", &columns);
    for trained in &report.training.models {
        let validation = trained.validation.as_ref();
        let [corrected, nested] = honest_areas(report, trained.kind);
        table.row([
            Cell::strong(trained.kind.title()),
            (trained.regression.fit.coefficients.len() - 1).to_string().into(),
            Cell::strong(validation.map_or(NONE.to_owned(), |of| area(of.roc.auc, of.roc.ci))),
            Cell::strong(nested),
            corrected.into(),
            area(trained.training.roc.auc, trained.training.roc.ci).into(),
        ]);
    }
    table.noted(
        "Nested: from training patients whom the training of that fold did not see, over repetitions of nested cross-validation. Corrected: \
         apparent area less the mean optimism of the bootstrap. Apparent: on the patients that the model was fitted on.",
    )
}

fn how_to_read(report: &TrainingReport) -> String {
    let training = report.training;
    let doubts = match training.doubts.len() {
        0 => "The run raised no doubts of its own.".to_owned(),
        n => format!(
            "The run raised {}: read \"Doubts and limits\" before any number is quoted.",
            counted(n, "doubt", "doubts")
        ),
    };
    let missing: String = origin::missing_models(report).iter().map(|said| format!("{said} ")).collect();
    format!(
        "{missing}{} {} {doubts} Every number stands with all its digits in results.json and in the tables beside this report.",
        what_counts(report),
        bootstrap(report)
    )
}

/// Which of the numbers a reader should quote.
fn what_counts(report: &TrainingReport) -> String {
    let training = report.training;
    let is_nested =
        training.models.iter().any(|trained| training.internal(trained).is_some_and(|of| of.nested_auc.is_some()));
    let held_back = report.cohort.flow.validation.patients;
    let lacks = match held_back {
        0 => "There is no validation set".to_owned(),
        n => format!(
            "The {} have one outcome alone, so that nothing could be measured on them",
            counted(n, "validation patient", "validation patients")
        ),
    };
    match (training.models.iter().any(|trained| trained.validation.is_some()), is_nested) {
        (true, true) => "What counts is the validation set, and nested cross-validation beside it: both predict patients whom the selection did not see.".to_owned(),
        (true, false) => "What counts is the validation set: its patients were not seen by the selection.".to_owned(),
        (false, true) => format!("{lacks}: what counts is nested cross-validation, which predicts patients whom the selection did not see."),
        (false, false) => format!("{lacks}, and no nested cross-validation: how the models do on other patients is not known."),
    }
}

/// What the corrected number is worth.
fn bootstrap(report: &TrainingReport) -> &'static str {
    if report.training.pipeline.bootstrap == 0 {
        return "The apparent area is too good, by how much is not known.";
    }
    match report.training.candidates.len() > 1 {
        true => {
            "The bootstrap takes off a part of the optimism only: a resample shares most of its patients with the whole, and where features \
                 are chosen from many, even ones that tell nothing keep a corrected area well above 0.5."
        }
        false => "The bootstrap takes off the optimism of choosing and fitting as far as its resamples show it.",
    }
}
