//! Who is in the cohort: the flow of patients, Table 1, and what the tables had that a reader should know.

use super::plates;
use crate::cohort::{ClinicalColumn, Set};
use crate::exchange::table::Cell as Written;
use crate::figure::Role;
use crate::figure::numbers::fixed;
use crate::report::paper::{Block, Cell, Row, Table};
use crate::report::training::found::found;
use crate::report::training::origin;
use crate::report::training::table_1::{compare_column, table_1};
use crate::report::training::words::{joined, p_cell, sentence};
use crate::report::training::{TrainingFigure, TrainingReport};
use crate::stats::{ChosenTest, Comparison};

pub(super) fn blocks(report: &TrainingReport) -> Vec<Block> {
    let cohort = report.cohort;
    let mut blocks = vec![Block::Heading("Patients".to_owned())];
    let note =
        "From the rows of the clinical table to the two sets; patients are left out for the first reason that applies.";
    blocks.extend(plates(report, &[(TrainingFigure::Flowchart, note)]));
    let found = found(cohort);
    if !found.is_empty() {
        blocks.extend([Block::Subheading("What the tables had".to_owned()), Block::List(found)]);
    }
    if cohort.clinical.is_empty() {
        return blocks;
    }
    blocks.push(Block::Heading("Characteristics of the patients".to_owned()));
    blocks.push(Block::Table(by_outcome(report)));
    blocks.push(Block::Table(reasons(report)));
    if cohort.set.contains(&Set::Validation) {
        blocks.push(Block::Table(by_set(report)));
    }
    blocks
}

fn by_outcome(report: &TrainingReport) -> Table {
    let cohort = report.cohort;
    let events = cohort.outcome.iter().filter(|event| **event).count();
    let groups = [("No event", cohort.outcome.len() - events), ("Event", events)];
    let table = compared("Table 1. Patients by outcome", groups, &cohort.clinical, &cohort.outcome);
    table.noted(
        "All analysed patients of both sets. Numbers are means ± standard deviations, or patients and their part of the column. \
         The test follows from the data, as the next table says.",
    )
}

fn by_set(report: &TrainingReport) -> Table {
    let cohort = report.cohort;
    let is_validation: Vec<bool> = cohort.set.iter().map(|set| *set == Set::Validation).collect();
    let n = is_validation.iter().filter(|is| **is).count();
    let groups = [("Training", is_validation.len() - n), ("Validation", n)];
    let split = origin::split(report);
    let chance = if split.contains("at random") { " A split at random differs by chance alone." } else { "" };
    compared("Patients by set", groups, &cohort.clinical, &is_validation)
        .noted(format!("Tests as in Table 1. Sets: {split}.{chance}"))
}

/// Clinical columns between two groups, with the test of each.
fn compared(caption: &str, groups: [(&str, usize); 2], columns: &[ClinicalColumn], class: &[bool]) -> Table {
    let [first, second] = groups.map(|(name, n)| format!("{name} (n\u{a0}=\u{a0}{n})"));
    let mut table =
        Table::new(caption, &["Variable", &format!(">{first}"), &format!(">{second}"), "Test", ">Statistic", ">p"]);
    for column in columns {
        let test = test_cells(column, class);
        let lines = table_1(std::slice::from_ref(column), class).rows;
        let missing = column.values.iter().filter(|value| value.is_none()).count();
        let text = |cell: Option<&Written>| match cell {
            Some(Written::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let mut name = lines.first().map(|line| text(line.first())).unwrap_or_default();
        if missing > 0 {
            name += &format!(", {missing} missing");
        }
        let is_number = lines.first().is_some_and(|line| text(line.get(1)).is_empty());
        let values = |line: &[Written]| [2, 3].map(|at| Cell::from(text(line.get(at))));
        let first = match lines.first().filter(|_| is_number) {
            Some(line) => values(line),
            None => ["", ""].map(Cell::from),
        };
        table.row(std::iter::once(Cell::strong(name)).chain(first).chain(test));
        for line in lines.iter().filter(|_| !is_number) {
            let empty = ["", "", ""].map(Cell::from);
            table.row(std::iter::once(Cell::indented(text(line.get(1)))).chain(values(line)).chain(empty));
        }
    }
    table
}

/// Test, statistic and p of a column; none where it cannot be compared.
fn test_cells(column: &ClinicalColumn, class: &[bool]) -> [Cell; 3] {
    let Ok(Comparison { test, statistic, df, p, .. }) = compare_column(column, class) else {
        return ["not tested", "", ""].map(|text| Cell::coloured(text, Role::Muted));
    };
    let statistic = match (test.symbol(), statistic) {
        (Some(symbol), Some(value)) => {
            let df = df.map(|df| format!(" (df\u{a0}{})", fixed(df, 0))).unwrap_or_default();
            format!("{symbol}\u{a0}=\u{a0}{}{df}", fixed(value, 3))
        }
        _ => String::new(),
    };
    [short(test).into(), statistic.into(), Cell { strong: p < 0.05, ..p_cell(p).into() }]
}

/// A test's name in a column that says that it is one.
fn short(test: ChosenTest) -> String {
    test.name().trim_end_matches(" test").replace("Mann-Whitney U", "Mann-Whitney")
}

/// Why each test was chosen.
fn reasons(report: &TrainingReport) -> Table {
    let mut table = Table::new("Why these tests", &["Variable", "Test", "Reason"]);
    for column in &report.cohort.clinical {
        let [test, reason] = match compare_column(column, &report.cohort.outcome) {
            Ok(found) => [joined(&short(found.test)), found.reason],
            Err(error) => ["none".to_owned(), sentence(&error.to_string())],
        };
        table.row([Cell::from(column.label.as_str()), test.into(), reason.into()]);
    }
    table
}

/// The steps of the pipeline, and how far the readers agreed.
pub(super) fn steps(report: &TrainingReport) -> Table {
    let mut table = Table::new("Steps of the training", &["Step", ">In", ">Out", "Rule"]);
    for step in &report.training.steps {
        let [entered, left] = [step.entered, step.left].map(|n| Cell::from(n.to_string()));
        table.rows.push(Row::Cells(vec![Cell::strong(step.name.as_str()), entered, left, step.detail.as_str().into()]));
    }
    table.noted(origin::seen(report))
}
