//! Tables: feature tables and clinical tables, in and out as CSV, and in as gzip of CSV and as XLSX (`spreadsheet`).
//!
//! Written: RFC 4180 with commas and a line feed, one header row, numbers with the fewest digits that read back the same.
//! Read: comma, semicolon or tab, whichever the header row has most of; UTF-8 with or without a byte order mark; in
//! semicolon and tab tables a decimal comma too. Every cell is text until someone asks for a number, and errors name row and
//! column. It deliberately knows no column's meaning.
//!
//! Text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, a tab or a line break in front) is written with an
//! apostrophe before it, and read back without.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::spreadsheet;
use crate::base::{FileError, read_at_most, write_atomically};

/// The largest table that is read, in bytes, unpacked: 1316 features of 5000 cases.
const MAX_BYTES: usize = 256 << 20;

/// How gzip files begin.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Why a table was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is no table.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what to do.
        problem: String,
    },
    /// A column that is needed is not there.
    #[error("{}: there is no column \"{column}\"; it has {available}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// The columns that it has.
        available: String,
    },
    /// A cell does not hold what is needed.
    #[error("{}: {}, column \"{column}\": {problem}", path.display(), place_in_words(*line, sheet.as_deref()))]
    Cell {
        /// The file.
        path: PathBuf,
        /// The sheet of a spreadsheet.
        sheet: Option<String>,
        /// Line of the file, or row of the sheet, from 1 on; the header is usually 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A table as it was read: text, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    path: PathBuf,
    /// The sheet, where the file is a spreadsheet.
    sheet: Option<String>,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
    lines: Vec<u64>,
    /// What stands between two cells: a comma, a semicolon or a tab.
    pub separator: char,
}

/// A cell to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, guarded against being taken for a formula.
    Text(String),
    /// A number.
    Number(f64),
}

/// Reads a table: CSV, also compressed by gzip, or the first sheet of an XLSX file that is not hidden.
pub fn read_table(path: &Path) -> Result<Table, TableError> {
    read_sheet(path, None)
}

/// Reads a table, of an XLSX file the sheet of that name. What the file is follows from its content and not from its name.
pub fn read_sheet(path: &Path, sheet: Option<&str>) -> Result<Table, TableError> {
    let io = |cause| TableError::Io { path: path.to_owned(), cause };
    if path.is_dir() {
        return Err(unreadable(path, "this is a folder; give a table".to_owned()));
    }
    if !path.exists() {
        return Err(unreadable(path, "does not exist; check the path".to_owned()));
    }
    let too_long = || unreadable(path, format!("has more than {MAX_BYTES} bytes, which are too many for a table"));
    let bytes = read_at_most(path, MAX_BYTES).map_err(io)?.ok_or_else(too_long)?;
    let bytes = if bytes.starts_with(GZIP) {
        unpacked(&bytes).map_err(|problem| unreadable(path, problem))?.ok_or_else(too_long)?
    } else {
        bytes
    };
    if spreadsheet::is_spreadsheet(&bytes) {
        let rows = spreadsheet::rows(bytes, sheet).map_err(|problem| unreadable(path, problem))?;
        return from_sheet(path, rows).map_err(|problem| unreadable(path, problem));
    }
    if let Some(name) = sheet {
        return Err(unreadable(path, format!("is no XLSX file, so it has no sheet \"{name}\"; ask for none")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        unreadable(path, format!("line {line} is not UTF-8 text; save the table as CSV UTF-8"))
    })?;
    parse(path, text.trim_start_matches('\u{feff}')).map_err(|problem| unreadable(path, problem))
}

/// What a gzip file holds, all its members; none where that is more than a table can be. What the file says of its size is not
/// believed.
fn unpacked(bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut text = Vec::new();
    let limited = MultiGzDecoder::new(bytes).take(MAX_BYTES as u64 + 1).read_to_end(&mut text);
    limited.map_err(|cause| format!("is a damaged gzip file ({cause}); get it again from where it came from"))?;
    Ok(Some(text).filter(|text| text.len() <= MAX_BYTES))
}

fn parse(path: &Path, text: &str) -> Result<Table, String> {
    let separator = separator_of(text);
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.iter().map(plain).collect();
    let mut table = Table::empty(path, None, header, char::from(separator))?;
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, |position| line_of(text, position));
        table.push(line, record.iter().map(plain).collect())?;
    }
    Ok(table)
}

/// The table of a sheet. A spreadsheet's numbers are numbers, so that a decimal comma can only stand in text and is no number.
fn from_sheet(path: &Path, sheet: spreadsheet::Sheet) -> Result<Table, String> {
    let mut rows = sheet.rows.into_iter().map(|(line, cells)| (line, cells.iter().map(|cell| plain(cell)).collect()));
    let mut header: Vec<String> = rows.next().map(|(_, cells)| cells).unwrap_or_default();
    header.truncate(1 + header.iter().rposition(|name| !name.is_empty()).unwrap_or(0));
    let mut table = Table::empty(path, Some(sheet.name), header, ',')?;
    for (line, mut cells) in rows {
        // A sheet's rows end with their last cell.
        cells.resize(cells.len().max(table.header.len()), String::new());
        table.push(line, cells)?;
    }
    Ok(table)
}

/// A cell's text without what surrounds it and without the guard against formulas.
fn plain(cell: &str) -> String {
    unguarded(cell.trim()).to_owned()
}

/// The line on which a record begins: the reader's position lies before empty lines that it skips.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let rest = text.as_bytes().iter().skip(position.byte() as usize);
    position.line()
        + rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n').count() as u64
}

/// The separator that the first line has most of, outside quotes.
fn separator_of(text: &str) -> u8 {
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes().take_while(|&byte| byte != b'\n') {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| !quoted && *separator == byte) {
            *count += 1;
        }
    }
    counts.into_iter().rev().max_by_key(|&(_, count)| count).map_or(b',', |(separator, _)| separator)
}

impl Table {
    fn empty(path: &Path, sheet: Option<String>, header: Vec<String>, separator: char) -> Result<Self, String> {
        if header.iter().all(String::is_empty) {
            return Err("the table is empty: its first line must name the columns".to_owned());
        }
        let mut names = HashSet::new();
        if let Some(twice) = header.iter().find(|name| !name.is_empty() && !names.insert(name.as_str())) {
            return Err(format!("two columns are named \"{twice}\""));
        }
        Ok(Self { path: path.to_owned(), sheet, rows: Vec::new(), lines: Vec::new(), separator, header })
    }

    /// Adds a row, unless it is empty: spreadsheets leave empty lines and trailing separators behind.
    fn push(&mut self, line: u64, mut cells: Vec<String>) -> Result<(), String> {
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        while cells.len() > self.header.len() && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.len() != self.header.len() {
            let (found, expected) = (cells.len(), self.header.len());
            let place = place_in_words(line, self.sheet.as_deref());
            return Err(format!("{place} has {found} cells where the header has {expected} columns"));
        }
        self.rows.push(cells);
        self.lines.push(line);
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a row stands, in words: `line 5`, or `sheet "Data", row 5`.
    pub fn place(&self, row: usize) -> String {
        place_in_words(self.line(row), self.sheet.as_deref())
    }

    /// The column of that name; letters' case does not matter unless two names differ in nothing else.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        let exact = self.header.iter().position(|column| column == name);
        exact.or_else(|| self.header.iter().position(|column| column.eq_ignore_ascii_case(name))).ok_or_else(|| {
            let listed: Vec<String> = self.header.iter().take(12).map(|column| format!("\"{column}\"")).collect();
            let more = if self.header.len() > listed.len() { ", ..." } else { "" };
            let available = format!("{}{more}", listed.join(", "));
            TableError::NoColumn { path: self.path.clone(), column: name.to_owned(), available }
        })
    }

    /// The line of the file on which a row begins, or the row of the sheet, from 1 on.
    pub fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or(0)
    }

    /// The cell's text; empty where there is none.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|cells| cells.get(column)).map_or("", String::as_str)
    }

    /// The cell's text with a point in place of the decimal comma that tables with semicolons or tabs may have.
    pub fn dotted(&self, row: usize, column: usize) -> String {
        let text = self.text(row, column);
        let may_have_comma = self.separator != ',' && !text.contains('.');
        if may_have_comma { text.replacen(',', ".", 1) } else { text.to_owned() }
    }

    /// The cell's number; `None` for a cell that is missing, an error for anything else that is no finite number.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>, TableError> {
        let text = self.text(row, column);
        if is_missing(text) {
            return Ok(None);
        }
        match self.dotted(row, column).parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.cell_error(row, column, format!("\"{text}\" is not a number"))),
        }
    }

    /// An error about the table as a whole, in words that follow its name.
    pub fn error(&self, problem: impl Into<String>) -> TableError {
        unreadable(&self.path, problem.into())
    }

    /// An error about a cell, in words that follow line and column.
    pub fn cell_error(&self, row: usize, column: usize, problem: impl Into<String>) -> TableError {
        TableError::Cell {
            path: self.path.clone(),
            sheet: self.sheet.clone(),
            line: self.line(row),
            column: self.header.get(column).cloned().unwrap_or_default(),
            problem: problem.into(),
        }
    }
}

/// Whether a cell's text says that nothing is known: it is empty, `NA`, `n/a`, `NaN` or `unknown`.
pub fn is_missing(text: &str) -> bool {
    ["", "na", "n/a", "nan", "unknown"].iter().any(|missing| text.eq_ignore_ascii_case(missing))
}

/// Writes a table; every row should be as long as the header. Nothing is replaced without `force`.
pub fn write_table(path: &Path, header: &[String], rows: &[Vec<Cell>], force: bool) -> Result<(), TableError> {
    write_atomically(path, force, |writer| to_csv(writer, header, rows))?;
    Ok(())
}

/// A table as [`write_table`] writes it.
pub fn csv_text(header: &[String], rows: &[Vec<Cell>]) -> String {
    let mut bytes = Vec::new();
    // Memory takes whatever is written to it.
    let _ = to_csv(&mut bytes, header, rows);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn to_csv(writer: &mut dyn io::Write, header: &[String], rows: &[Vec<Cell>]) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().from_writer(writer);
    csv.write_record(header.iter().map(|name| guarded(name)))?;
    for row in rows {
        csv.write_record(row.iter().map(cell_text))?;
    }
    csv.flush()
}

/// One case of a feature table: where its numbers come from, and the numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureRow {
    /// Provenance: column name and text, first in the table.
    pub provenance: Vec<(String, String)>,
    /// Features: name as PyRadiomics has it, and value.
    pub features: Vec<(String, f64)>,
}

/// Writes a feature table. Nothing is replaced without `force`.
pub fn write_features(path: &Path, cases: &[FeatureRow], force: bool) -> Result<(), TableError> {
    let (header, rows) = feature_table(cases);
    write_table(path, &header, &rows, force)
}

/// A feature table as [`write_features`] writes it: one row a case, provenance before features. Columns stand in the order that
/// the rows have them in, also where a row lacks some; what a case lacks is left empty.
pub fn feature_table(cases: &[FeatureRow]) -> (Vec<String>, Vec<Vec<Cell>>) {
    let mut provenance = Columns::default();
    let mut features = Columns::default();
    for case in cases {
        provenance.add(&case.provenance);
        features.add(&case.features);
    }
    let n_provenance = provenance.names.len();
    let rows = cases.iter().map(|case| {
        let mut row = vec![Cell::Empty; n_provenance + features.names.len()];
        for (name, text) in &case.provenance {
            if let Some(cell) = provenance.index.get(name).and_then(|&column| row.get_mut(column)) {
                *cell = Cell::Text(text.clone());
            }
        }
        for (name, value) in &case.features {
            if let Some(cell) = features.index.get(name).and_then(|&column| row.get_mut(n_provenance + column)) {
                *cell = Cell::Number(*value);
            }
        }
        row
    });
    let rows = rows.collect();
    ([provenance.names, features.names].concat(), rows)
}

/// Names of columns, and where each stands.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    index: std::collections::HashMap<String, usize>,
}

impl Columns {
    /// Adds the names that are new, each before the next of the row's names that was there already.
    fn add<T>(&mut self, row: &[(String, T)]) {
        if row.iter().all(|(name, _)| self.index.contains_key(name)) {
            return;
        }
        let mut next = self.names.len();
        let mut inserted: Vec<(usize, String)> = Vec::new();
        for (name, _) in row.iter().rev() {
            match self.index.get(name) {
                Some(&place) => next = place,
                None => inserted.push((next, name.clone())),
            }
        }
        // From the last place to the first, so that the places before it still hold.
        inserted.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        inserted.into_iter().for_each(|(place, name)| self.names.insert(place, name));
        self.index = self.names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
    }
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Number(number) => number_text(*number),
    }
}

/// The fewest digits that read back as the same number; `NaN`, `Inf` and `-Inf` as R and pandas know them.
pub fn number_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "Inf" } else { "-Inf" }.to_owned(),
        // Debug switches to an exponent for the very large and small, where Display would write all zeros.
        _ => format!("{number:?}"),
    }
}

const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Text with an apostrophe before it where a spreadsheet would take it for a formula, and where it would read back as if it had
/// been guarded.
fn guarded(text: &str) -> String {
    if is_formula_like(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula_like(rest)).unwrap_or(text)
}

fn is_formula_like(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

fn place_in_words(line: u64, sheet: Option<&str>) -> String {
    sheet.map_or_else(|| format!("line {line}"), |sheet| format!("sheet \"{sheet}\", row {line}"))
}

fn unreadable(path: &Path, problem: String) -> TableError {
    TableError::Unreadable { path: path.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, String> {
        parse(Path::new("t.csv"), text)
    }

    #[test]
    fn numbers_read_back_bit_for_bit() {
        for number in [0.1, 1.0 / 3.0, 1e300, -2.5e-17, 123_456_789.123, f64::MIN_POSITIVE, 0.0] {
            assert_eq!(number_text(number).parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        assert_eq!(number_text(1e300), "1e300");
    }

    #[test]
    fn text_that_looks_like_a_formula_is_disarmed_and_read_back() {
        for text in ["=1+1", "@SUM(A1)", "-12", "+49", "'=x", "\n=1", "plain"] {
            let written = guarded(text);
            assert!(!written.starts_with(['=', '+', '-', '@', '\n']), "{written}");
            assert_eq!(unguarded(&written), text);
        }
    }

    #[test]
    fn a_column_whose_name_looks_like_a_formula_is_found_again() {
        let header = ["id".to_owned(), "-x".to_owned()];
        let written = csv_text(&header, &[vec![Cell::Text("a".to_owned()), Cell::Number(-1.5)]]);
        assert!(written.starts_with("id,'-x\n"), "{written}");
        let read = table(&written).unwrap();
        assert_eq!(read.number(0, read.column("-x").unwrap()).unwrap(), Some(-1.5));
    }

    #[test]
    fn separator_and_decimal_comma_follow_the_header() {
        let semicolons = table("\"a, b\";c\n1,5;2.5\n").unwrap();
        assert_eq!(semicolons.header, ["a, b", "c"]);
        assert_eq!(semicolons.number(0, 0).unwrap(), Some(1.5));
        assert_eq!(semicolons.number(0, 1).unwrap(), Some(2.5));
        let commas = table("a,b\n\"1,5\",NA\n").unwrap();
        assert_eq!(
            commas.number(0, 0).unwrap_err().to_string(),
            "t.csv: line 2, column \"a\": \"1,5\" is not a number"
        );
        assert_eq!(commas.number(0, 1).unwrap(), None);
    }

    #[test]
    fn errors_name_line_and_column() {
        assert!(table("a,b\n1,2\n1,2,3\n").unwrap_err().contains("line 3 has 3 cells"));
        assert!(table("a,a\n1,2\n").unwrap_err().contains("two columns are named \"a\""));
        assert!(table("").unwrap_err().contains("empty"));
        let table = table("id,pT\n\n7,x\n").unwrap();
        assert_eq!(table.number(0, 1).unwrap_err().to_string(), "t.csv: line 3, column \"pT\": \"x\" is not a number");
        let absent = table.column("cea").unwrap_err().to_string();
        assert_eq!(absent, "t.csv: there is no column \"cea\"; it has \"id\", \"pT\"");
        assert_eq!(table.column("PT").unwrap(), 1);
    }

    #[test]
    fn a_compressed_table_is_read_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv.gz");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        io::Write::write_all(&mut packed, b"id,x\na,1.5\n").unwrap();
        let packed = packed.finish().unwrap();
        std::fs::write(&path, &packed).unwrap();
        assert_eq!(read_table(&path).unwrap().number(0, 1).unwrap(), Some(1.5));
        std::fs::write(&path, &packed[..packed.len() - 9]).unwrap();
        let error = read_table(&path).unwrap_err().to_string();
        assert!(error.contains("t.csv.gz: is a damaged gzip file"), "{error}");
    }

    #[test]
    fn a_small_file_that_unpacks_to_more_than_a_table_is_refused() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b' '; 1 << 20];
        (0..=MAX_BYTES >> 20).for_each(|_| io::Write::write_all(&mut packed, &block).unwrap());
        assert_eq!(unpacked(&packed.finish().unwrap()), Ok(None));
    }

    #[test]
    fn a_case_that_lacks_a_feature_leaves_its_cell_empty_and_columns_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv");
        let case = |id: &str, features: &[(&str, f64)]| FeatureRow {
            provenance: vec![("case".to_owned(), id.to_owned())],
            features: features.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
        };
        write_features(&path, &[case("-1", &[("x", 0.5)]), case("b", &[("y", f64::NAN), ("x", 1.0)])], false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "case,y,x\n'-1,,0.5\nb,NaN,1.0\n");
        let read = read_table(&path).unwrap();
        assert_eq!(read.text(0, 0), "-1");
        assert_eq!(read.number(1, 2).unwrap(), Some(1.0));
        assert_eq!(read.number(0, 1).unwrap(), None);
    }
}
