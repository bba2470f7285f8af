//! The cohort that was read: who came in and who was left out, Table 1, and what is odd about the tables.

use std::sync::Arc;

use egui::Ui;

use super::drawn::{self, Drawing};
use super::table::{self, Column, Row};
use super::tables::Tables;
use crate::base::name_of;
use crate::cohort::{Cohort, Finding};
use crate::exchange::table::Cell;
use crate::figure::{Figure, fixed};
use crate::report::training::{TrainingFigure, flow_of_patients, table_1};
use crate::ui::actions::Action;
use crate::ui::theme;
use crate::ui::widgets;

/// Most findings that are listed; a table that is odd in more places is odd as a whole.
const MOST_FINDINGS: usize = 200;

/// A cohort and what the page shows of it.
pub struct ReadTables {
    /// From what it was read.
    pub tables: Tables,
    /// The cohort.
    pub cohort: Arc<Cohort>,
    flow: Figure,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl ReadTables {
    /// Tests and figure are made once, where the tables are read.
    pub fn new(tables: Tables, cohort: Arc<Cohort>) -> Self {
        let flow = flow_of_patients(&cohort);
        let (columns, rows) = shown_table(&cohort);
        Self { tables, cohort, flow, columns, rows }
    }
}

/// Table 1 as it is read: a heading for each variable with the test, below it its levels.
fn shown_table(cohort: &Cohort) -> (Vec<Column>, Vec<Row>) {
    let counts = cohort.flow.analysed;
    let columns = vec![
        table::words("VARIABLE", 0.25),
        table::numbers(format!("WITHOUT (n = {})", counts.without()), 0.17),
        table::numbers(format!("WITH (n = {})", counts.events), 0.17),
        table::words("   TEST", 0.23),
        table::numbers("STATISTIC", 0.1),
        table::numbers("p", 0.08),
    ];
    let mut rows = Vec::new();
    let mut reason = String::new();
    for cells in table_1(&cohort.clinical, &cohort.outcome).rows {
        let [variable, level, without, with, test, statistic, _, p, why, missing] = cells.as_slice() else { continue };
        let [variable, level, without, with, test] = [variable, level, without, with, test].map(text);
        let found = [format!("   {test}"), number(statistic, 3), p_text(p)];
        if *why != Cell::Empty {
            let missing = Some(text(missing)).filter(|n| !n.is_empty() && n != "0");
            let missing = missing
                .map(|n| format!("\nNot known of {n} patients, who are left out of the test."))
                .unwrap_or_default();
            reason = format!("{}{missing}", text(why));
        }
        if level.is_empty() {
            let cells = [variable, without, with].into_iter().chain(found);
            rows.push(Row::of(cells).with(reason.clone()));
            continue;
        }
        if *why != Cell::Empty {
            let cells = [variable, String::new(), String::new()].into_iter().chain(found);
            rows.push(Row::of(cells).with(reason.clone()));
        }
        rows.push(Row { is_part: true, ..Row::of([level, without, with]).with(reason.clone()) });
    }
    (columns, rows)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
    }
}

fn number(cell: &Cell, decimals: usize) -> String {
    match cell {
        Cell::Number(number) => fixed(*number, decimals),
        _ => String::new(),
    }
}

fn p_text(cell: &Cell) -> String {
    match cell {
        Cell::Number(p) => super::p_text(Some(*p)),
        _ => String::new(),
    }
}

/// The part.
pub fn show(ui: &mut Ui, read: &ReadTables, has_run: bool, actions: &mut Vec<Action>) {
    for warning in read.cohort.warnings.iter() {
        ui.add(egui::Label::new(egui::RichText::new(warning).font(theme::small()).color(theme::AMBER)).wrap());
    }
    findings(ui, &read.cohort.findings);
    // The figure is a run's to save.
    let which = TrainingFigure::Flowchart;
    drawn::show(ui, &Drawing { figure: &read.flow, which, can_save: has_run }, actions);
    ui.add_space(theme::UNIT);
    table::show(ui, "TABLE 1: PATIENTS BY OUTCOME", &read.columns, &read.rows);
    widgets::note(
        ui,
        "Mean ± standard deviation, or number (per cent). Why a test was chosen is said where the pointer rests.",
    );
}

/// What was found in the tables, each with its place.
fn findings(ui: &mut Ui, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let n = findings.len();
    let heading = format!("{} in the tables", widgets::counted(n, "finding"));
    egui::CollapsingHeader::new(heading).id_salt("findings").show(ui, |ui| {
        for finding in findings.iter().take(MOST_FINDINGS) {
            let line = finding.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let column = finding.column.as_ref().map(|column| format!(", column \"{column}\"")).unwrap_or_default();
            widgets::note(ui, format!("{}{line}{column}: {}", name_of(&finding.file), finding.sentence));
        }
        if n > MOST_FINDINGS {
            widgets::note(ui, format!("and {} more", n - MOST_FINDINGS));
        }
    });
}
