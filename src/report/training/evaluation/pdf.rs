//! An evaluation as a PDF report. No patient is named in it, and no path.

use super::{APPARENT, EvaluationReport, evaluation_figures};
use crate::figure::numbers::fixed;
use crate::model::{DataKind, Model};
use crate::report::ReportError;
use crate::report::paper::{Block, Cell, Paper, Plate, Row, Table};
use crate::report::training::found::found;
use crate::report::training::pdf::{METHODS, calibration_row, calibration_table, number, without_title};
use crate::report::training::words::{area, counted, data_kind, net_benefit_in_words, rate};

/// The report as a PDF file; the same evaluation gives the same bytes.
pub fn evaluation_pdf(report: &EvaluationReport) -> Result<Vec<u8>, ReportError> {
    evaluation_paper(report).to_pdf()
}

/// The report as a document.
pub(super) fn evaluation_paper(report: &EvaluationReport) -> Paper {
    let parts =
        [summary(report), patients(report), performance(report), calibration(report), benefit(report), end(report)];
    let mut blocks = parts.concat();
    number(&mut blocks);
    let Model { name, id, checksum, .. } = report.model;
    Paper {
        title: format!("Evaluation report: {name}"),
        head: "Evaluation report".to_owned(),
        foot: format!("Hepatica {}  ·  {id} ({checksum})", env!("CARGO_PKG_VERSION")),
        is_simulated: report.is_simulated(),
        blocks,
    }
}

fn heading(name: &str) -> Block {
    Block::Heading(name.to_owned())
}

fn plates(report: &EvaluationReport, wanted: &[(&str, &str, &str)]) -> Block {
    let mut figures = evaluation_figures(report);
    let plate = |(name, caption, note): &(&str, &str, &str)| {
        let at = figures.iter().position(|(of, _)| of == name)?;
        let (_, figure) = figures.swap_remove(at);
        Some(Plate { figure: without_title(figure), caption: (*caption).to_owned(), note: (*note).to_owned() })
    };
    Block::Plates(wanted.iter().filter_map(plate).collect())
}

fn summary(report: &EvaluationReport) -> Vec<Block> {
    let (model, of) = (report.model, &report.evaluation.measured);
    let mut blocks = Vec::new();
    if report.is_simulated() {
        let said = "Simulated data. The model or these patients are simulated: the numbers are evidence of nothing about any patient.";
        blocks.push(Block::Alarm(said.to_owned()));
    }
    let provenance = &model.provenance;
    blocks.push(Block::Table(Table::of_pairs([
        ("Model", model.name.clone()),
        ("Identifier", format!("{} ({})", model.id, model.checksum)),
        (
            "Fitted on",
            format!(
                "{}, {} with the event; {}",
                counted(provenance.n as usize, "patient", "patients"),
                provenance.events,
                data_kind(provenance.data)
            ),
        ),
        (
            "Gives",
            format!(
                "probability of {}, within {}",
                model.outcome,
                counted(model.horizon_months as usize, "month", "months")
            ),
        ),
        ("Evaluated on", report.patients()),
        ("AUC (95 % CI)", area(of.roc.auc, of.roc.ci)),
        (
            "Beyond training",
            format!(
                "{} of these patients have a value outside what the model was trained on",
                report.evaluation.n_outside
            ),
        ),
        ("Program", format!("Hepatica {}", env!("CARGO_PKG_VERSION"))),
    ])));
    blocks.extend(report.evaluation.warnings.iter().map(|warning| Block::Alarm(warning.to_owned())));
    let digits = "Every number stands with all its digits in results.json and in the tables beside this report.";
    let fitted = if report.evaluation.warnings.is_empty() {
        "Nothing of the model was fitted on these patients, as far as its file can tell. "
    } else {
        ""
    };
    blocks.push(Block::Text(format!("{fitted}{digits}")));
    blocks
}

fn patients(report: &EvaluationReport) -> Vec<Block> {
    let mut blocks = vec![heading("Patients")];
    let note = "From the rows of the clinical table to the patients who were predicted.";
    blocks.push(plates(report, &[("flowchart", "Flow of patients", note)]));
    let found = found(report.cohort);
    if !found.is_empty() {
        blocks.extend([Block::Subheading("What the tables had".to_owned()), Block::List(found)]);
    }
    blocks
}

fn performance(report: &EvaluationReport) -> Vec<Block> {
    let columns = ["Model", "AUC", "Accuracy", "Sensitivity", "Specificity", "PPV", "NPV"];
    let mut table = Table::new("Performance", &columns);
    for (_, name, of) in report.states() {
        let calls = &of.confusion;
        let threshold = fixed(calls.threshold, 3);
        let rates = [calls.accuracy(), calls.sensitivity(), calls.specificity(), calls.ppv(), calls.npv()].map(rate);
        table.rows.push(Row::Group(format!("{name}, threshold {threshold}")));
        table.row([format!("n = {}", of.n), area(of.roc.auc, of.roc.ci)].into_iter().chain(rates));
    }
    let note = "With 95 % intervals: DeLong's for areas, Clopper and Pearson's exact ones for rates. The threshold is the model's own; recalibration moves \
                it with the probabilities, so that the calls stay the same.";
    vec![
        heading("Discrimination and calls"),
        Block::Table(table.noted(note)),
        plates(
            report,
            &[("roc", "ROC curve", "The mark is the model's own threshold."), ("confusion", "Calls and outcomes", "")],
        ),
    ]
}

fn calibration(report: &EvaluationReport) -> Vec<Block> {
    let mut table = calibration_table("Calibration");
    for (_, name, of) in report.states() {
        table.rows.push(Row::Cells(calibration_row(Cell::from(name), of)));
    }
    let note = "Observed against predicted risk: lowess curves, and groups of like risk with exact 95 % intervals.";
    vec![
        heading("Calibration"),
        Block::Table(table),
        Block::Text(format!(
            "Recalibrated rows are {APPARENT}; they show what it would change, not how well it would hold."
        )),
        plates(report, &[("calibration", "Calibration", note)]),
    ]
}

fn benefit(report: &EvaluationReport) -> Vec<Block> {
    let note = "Net benefit over the threshold at which one would treat.";
    let words = net_benefit_in_words(&report.evaluation.measured, report.model.kind.as_str(), "these patients");
    vec![
        heading("Decision curve"),
        plates(report, &[("decision_curves", "Decision curves", note)]),
        Block::List(vec![words]),
        heading("Nomogram"),
        plates(report, &[("nomogram", "Nomogram of the model as it is", "")]),
    ]
}

fn end(report: &EvaluationReport) -> Vec<Block> {
    let mut limits = report.model.limits.clone();
    if report.model.provenance.data == DataKind::Simulated {
        limits.insert(0, "The model knows simulated data alone.".to_owned());
    }
    limits.dedup();
    vec![heading("Limits of the model"), Block::List(limits), heading("Methods"), Block::Note(METHODS.join(" "))]
}
