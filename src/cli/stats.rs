//! `hepatica stats`: the Table 1 of a clinical table.

use std::path::PathBuf;

use clap::Args;

use super::input;
use super::output::answer;
use crate::base::{check_free, write_atomically};
use crate::cohort::read_clinical;
use crate::exchange::table::{Cell, csv_text, write_table};
use crate::figure::{fixed, p_value};
use crate::report::training::{NamedTable, table_1, table_1_json};

/// Compare the clinical columns of patients with and without the event: a paper's Table 1
///
/// The test of each column is chosen as in the study: a t test where both groups may be normally distributed and their variances
/// equal, else Mann-Whitney; Pearson's chi-square where expected counts allow, else Fisher's exact test. The reason stands beside it.
#[derive(Debug, Args)]
pub struct Stats {
    /// Clinical columns and the outcome
    #[arg(value_name = "FILE.csv|FILE.xlsx")]
    file: PathBuf,
    /// What the columns mean (see docs/formats.md); without it, columns are known by their names
    #[arg(long, value_name = "S.json")]
    schema: Option<PathBuf>,
    /// Print CSV with every digit instead of a table to read
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Where to write, the ending deciding the format; standard output without it
    #[arg(long, value_name = "T.csv|T.json", conflicts_with_all = ["csv", "json"])]
    out: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Stats {
    /// Reads, compares and prints.
    pub fn run(self) -> anyhow::Result<()> {
        if let Some(out) = &self.out {
            input::check_not_read(out, "the table", [Some(&self.file), self.schema.as_ref()])?;
            input::check_ending(out, &["csv", "json"])?;
            check_free(out, self.force)?;
        }
        let cohort = read_clinical(&self.file, self.schema.as_deref())?;
        input::warn(&cohort.warnings);
        let table = table_1(&cohort.clinical, &cohort.outcome);
        let json = || format!("{:#}\n", table_1_json(&cohort.clinical, &cohort.outcome));
        match &self.out {
            Some(out) if out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) => {
                let json = json();
                write_atomically(out, self.force, |file| file.write_all(json.as_bytes()))?;
            }
            Some(out) => write_table(out, &table.header, &table.rows, self.force)?,
            None if self.json => answer(&json())?,
            None if self.csv => answer(&csv_text(&table.header, &table.rows))?,
            None => answer(&in_columns(&table, &cohort.outcome))?,
        }
        Ok(())
    }
}

/// The columns that are printed, and their headings.
const PRINTED: [(usize, &str); 8] =
    [(0, ""), (1, ""), (2, "without"), (3, "with"), (MISSING, "missing"), (4, "test"), (5, "statistic"), (P, "p")];
/// The column of the p-value.
const P: usize = 7;
/// That of the number of patients without a value.
const MISSING: usize = 9;

/// The table in columns of even width, numbers to the digits that a paper prints, the reasons below.
fn in_columns(table: &NamedTable, outcome: &[bool]) -> String {
    let events = outcome.iter().filter(|event| **event).count();
    let mut lines = vec![PRINTED.map(|(_, heading)| heading.to_owned())];
    lines[0][2] = format!("without (n = {})", outcome.len() - events);
    lines[0][3] = format!("with (n = {events})");
    lines.extend(table.rows.iter().map(|row| PRINTED.map(|(column, _)| printed(column, row.get(column)))));
    // The name of a column stands once.
    for i in (2..lines.len()).rev() {
        if lines[i][0] == lines[i - 1][0] {
            lines[i][0].clear();
        }
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..PRINTED.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| {
            let room = width.saturating_sub(cell.chars().count());
            format!("{cell}{}", " ".repeat(room))
        });
        text.push_str(cells.collect::<Vec<String>>().join("  ").trim_end());
        text.push('\n');
    }
    let reasons = table.rows.iter().filter_map(|row| match (row.first(), row.get(8)) {
        (Some(Cell::Text(name)), Some(Cell::Text(reason))) => Some(format!("{name}: {reason}\n")),
        _ => None,
    });
    text + "\n" + &reasons.collect::<String>()
}

fn printed(column: usize, cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Text(text)) => text.clone(),
        // As everywhere in a report, without the letter, which stands above.
        Some(Cell::Number(p)) if column == P => {
            p_value(*p).replace('\u{a0}', "").trim_start_matches(['p', '=']).to_owned()
        }
        Some(Cell::Number(n)) if column == MISSING => fixed(*n, 0),
        Some(Cell::Number(number)) => fixed(*number, 3),
        _ => String::new(),
    }
}
