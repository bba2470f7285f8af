//! The tables of a cohort: which columns tie a row to its case, and what failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{FileError, write_atomically};
use crate::cohort::Shard;
use crate::exchange::table::{Cell, FeatureRow, Table, TableError, csv_text, feature_table, read_table};

/// The column with the name of a case.
pub const ID: &str = "id";
/// The column with the program's version.
pub const VERSION: &str = "diagnostics_Versions_Hepatica";
/// The column with the protocol's name.
pub const PROTOCOL: &str = "diagnostics_Configuration_Protocol";
/// The column with the protocol's fingerprint.
pub const FINGERPRINT: &str = "diagnostics_Configuration_Fingerprint";
/// The column with the warnings about a case.
pub const WARNINGS: &str = "diagnostics_Warnings";
/// The column with the case's place among the cases, from 1 on.
pub const CASE: &str = "diagnostics_Cohort_Case";
/// The column with the number of cases.
pub const CASES: &str = "diagnostics_Cohort_Cases";
/// The column with the fingerprint of the table of cases.
pub const COHORT: &str = "diagnostics_Cohort_Fingerprint";
/// The column with the shard, in the table of a shard alone.
pub const SHARD: &str = "diagnostics_Cohort_Shard";

/// The column with the part of a file that the VOI is.
pub const REGION: &str = "diagnostics_Mask-original_Region";

/// Whether a column says what a row was made from; every other holds a feature.
pub fn is_provenance(name: &str) -> bool {
    name == ID || name.starts_with("diagnostics_")
}

/// The columns that tie a row to its case.
pub fn ties(case: usize, cases: usize, cohort: &str, shard: Option<Shard>) -> Vec<(String, String)> {
    let mut columns = vec![(CASE, case.to_string()), (CASES, cases.to_string()), (COHORT, cohort.to_owned())];
    columns.extend(shard.map(|shard| (SHARD, shard.to_string())));
    columns.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// The finished feature table as text. Without a row it has the column of names alone.
pub fn features_text<'a>(rows: impl Iterator<Item = &'a FeatureRow>) -> String {
    let rows: Vec<FeatureRow> = rows.cloned().collect();
    let (header, cells) = feature_table(&rows);
    if rows.is_empty() { csv_text(&[ID.to_owned()], &[]) } else { csv_text(&header, &cells) }
}

/// Whether a table is a feature table without a row.
pub fn has_names_alone(table: &Table) -> bool {
    table.rows.is_empty() && table.header == [ID]
}

/// A row as it was before it was written.
pub fn feature_row(table: &Table, row: usize) -> Result<FeatureRow, TableError> {
    let mut found = FeatureRow::default();
    for (column, name) in table.header.iter().enumerate() {
        let text = table.text(row, column);
        if is_provenance(name) {
            found.provenance.push((name.clone(), text.to_owned()));
        } else if !text.is_empty() {
            let number =
                text.parse().map_err(|_| table.cell_error(row, column, format!("\"{text}\" is not a number")))?;
            found.features.push((name.clone(), number));
        }
    }
    Ok(found)
}

/// A case that has no features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the case is called.
    pub id: String,
    /// Its line in the table of cases.
    pub line: u64,
    /// Its image.
    pub image: String,
    /// Its VOI.
    pub voi: String,
    /// Why, in one sentence.
    pub problem: String,
    /// Its place among the cases, from 1 on.
    pub case: usize,
    /// How many cases there are.
    pub cases: usize,
    /// The fingerprint of the table of cases.
    pub cohort: String,
}

const FAILURE_COLUMNS: [&str; 8] = [ID, "line", "image", "voi", "problem", "case", "cases", "cohort"];

/// Where the failures of the feature table `out` are listed when nothing else is said: `features.failed.csv` for `features.csv`.
pub fn failures_path(out: &Path) -> PathBuf {
    out.with_extension("failed.csv")
}

/// The table of failures as text; without a failure it has a header alone.
pub fn failures_text(failures: &[Failure]) -> String {
    let rows: Vec<Vec<Cell>> = failures.iter().map(Failure::cells).collect();
    csv_text(&FAILURE_COLUMNS.map(str::to_owned), &rows)
}

/// Whether a table lists failures.
pub fn is_list_of_failures(table: &Table) -> bool {
    table.header == FAILURE_COLUMNS
}

/// Reads a table of failures.
pub fn read_failures(path: &Path) -> Result<Vec<Failure>, TableError> {
    failures_of(&read_table(path)?)
}

/// The failures that a table lists.
pub fn failures_of(table: &Table) -> Result<Vec<Failure>, TableError> {
    let mut columns = [0; FAILURE_COLUMNS.len()];
    for (place, name) in columns.iter_mut().zip(FAILURE_COLUMNS) {
        *place = table.column(name)?;
    }
    (0..table.rows.len()).map(|row| failure(table, row, columns)).collect()
}

fn failure(table: &Table, row: usize, columns: [usize; FAILURE_COLUMNS.len()]) -> Result<Failure, TableError> {
    let [id, line, image, voi, problem, case, cases, cohort] = columns;
    let text = |column| table.text(row, column).to_owned();
    Ok(Failure {
        id: text(id),
        line: count(table, row, line)?,
        image: text(image),
        voi: text(voi),
        problem: text(problem),
        case: count(table, row, case)?,
        cases: count(table, row, cases)?,
        cohort: text(cohort),
    })
}

/// A cell's whole number.
pub fn count<T: std::str::FromStr>(table: &Table, row: usize, column: usize) -> Result<T, TableError> {
    let text = table.text(row, column);
    text.parse().map_err(|_| table.cell_error(row, column, format!("\"{text}\" is no whole number")))
}

impl Failure {
    fn cells(&self) -> Vec<Cell> {
        let Self { id, line, image, voi, problem, case, cases, cohort } = self;
        let texts = [id, &line.to_string(), image, voi, problem, &case.to_string(), &cases.to_string(), cohort];
        texts.into_iter().map(|text| Cell::Text(text.clone())).collect()
    }
}

/// Writes a finished table. One that stands there with the very same text is left, for a run that was killed between its last steps
/// wrote it.
pub fn write_finished(path: &Path, text: &str, force: bool) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    write_atomically(path, force, |file: &mut dyn io::Write| file.write_all(text.as_bytes()))
}
