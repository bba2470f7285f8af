//! The cells of one sheet of an XLSX file (Office Open XML, ECMA-376) as text, row by row.
//!
//! Numbers keep every digit of the 64-bit number that the file holds, however the sheet shows them; dates become
//! `YYYY-MM-DD`, truth values `TRUE` and `FALSE`, and formulas the value that was last computed. It deliberately reads no
//! styles, joins no merged cells and computes nothing. Files are untrusted: what they unpack to is measured before they are
//! parsed, and cells are taken one by one, because a single cell at the sheet's far corner would else cost the whole sheet.

use std::io::{self, Cursor, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::table::number_text;

/// The most that a file may unpack to, in bytes: 1316 features of 5000 cases take a third of it.
const MAX_UNPACKED: u64 = 1 << 30;
/// The most cells of a sheet, empty ones between others included: twice 1316 features of 5000 cases.
const MAX_CELLS: usize = 16 << 20;

/// How zip archives begin, of which XLSX is one.
const ZIP: &[u8] = b"PK\x03\x04";
/// How OLE files begin: XLS, and XLSX with a password.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A sheet as it was read.
#[derive(Debug, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Rows with something in them: number in the sheet, from 1 on, and cells up to the last that holds something.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Whether a file's bytes begin as those of a spreadsheet do.
pub fn is_spreadsheet(bytes: &[u8]) -> bool {
    bytes.starts_with(ZIP) || bytes.starts_with(OLE)
}

/// The rows of the sheet of that name, else of the first that is not hidden. An error is a sentence that follows the file's name.
pub fn rows(bytes: Vec<u8>, name: Option<&str>) -> Result<Sheet, String> {
    if bytes.starts_with(OLE) {
        return Err(
            "is protected by a password or an XLS file of Excel before 2007; save it as XLSX without a password, or \
                    as CSV UTF-8"
                .to_owned(),
        );
    }
    check_unpacked(&bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(in_words)?;
    let name = sheet_name(&book, name)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(in_words)?;
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    let mut n_cells = 0;
    while let Some(cell) = cells.next_cell().map_err(in_words)? {
        let (row, column) = cell.get_position();
        let Some(text) = text_of(cell.get_value()) else { continue };
        let line = u64::from(row) + 1;
        match rows.last() {
            Some((last, _)) if *last == line => {}
            Some((last, _)) if *last > line => return Err(damaged("its rows are out of order")),
            _ => rows.push((line, Vec::new())),
        }
        let Some((_, row)) = rows.last_mut() else { continue };
        let needed = (column as usize + 1).saturating_sub(row.len());
        n_cells += needed;
        if n_cells > MAX_CELLS {
            return Err(format!("sheet \"{name}\" has more than {MAX_CELLS} cells, which are too many for a table"));
        }
        row.resize(row.len() + needed, String::new());
        if let Some(place) = row.get_mut(column as usize) {
            *place = text;
        }
    }
    Ok(Sheet { name, rows })
}

/// Refuses an archive that does not unpack, or to too much. What the archive says of its sizes is not believed.
fn check_unpacked(bytes: &[u8]) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error.to_string()))?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| damaged(&error.to_string()))?;
        let read = io::copy(&mut entry.take(left + 1), &mut io::sink()).map_err(|error| damaged(&error.to_string()))?;
        left = left.checked_sub(read).ok_or_else(|| {
            format!(
                "unpacks to more than {MAX_UNPACKED} bytes, which are too many for a table; save the sheet as CSV UTF-8"
            )
        })?;
    }
    Ok(())
}

fn sheet_name(book: &Xlsx<Cursor<Vec<u8>>>, asked: Option<&str>) -> Result<String, String> {
    let sheets = || book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match asked {
        Some(name) => sheets().find(|sheet| sheet.name == name),
        None => sheets().find(|sheet| sheet.visible == SheetVisible::Visible).or_else(|| sheets().next()),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| {
        let names: Vec<String> = sheets().take(12).map(|sheet| format!("\"{}\"", sheet.name)).collect();
        match asked {
            Some(name) => format!("there is no sheet \"{name}\"; it has {}", names.join(", ")),
            None => "has no sheet with cells; give a table".to_owned(),
        }
    })
}

/// A cell's text; `None` for a cell that holds nothing.
fn text_of(value: &DataRef) -> Option<String> {
    let text = match value {
        DataRef::Empty => return None,
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => whole_or_digits(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(is_true) => if *is_true { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(date) => date_text(date),
        DataRef::Error(error) => error.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// A whole number without the `.0` of a floating-point one: sheets hold no other numbers, and ids are often such.
fn whole_or_digits(number: f64) -> String {
    // Beyond this, neighbouring whole numbers are no longer told apart.
    const EXACT_BELOW: f64 = (1u64 << 53) as f64;
    let is_whole = number.fract() == 0.0 && number.abs() < EXACT_BELOW;
    if is_whole { format!("{}", number as i64) } else { number_text(number) }
}

/// A date as ISO 8601 has it, without the time where that is midnight; a duration as the days that the sheet holds.
fn date_text(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        return number_text(date.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { day } else { format!("{day}T{hour:02}:{minute:02}:{second:02}") }
}

fn in_words(error: XlsxError) -> String {
    match error {
        XlsxError::Password => "is protected by a password; save it without one, or as CSV UTF-8".to_owned(),
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            "is a zip archive but no XLSX file; give a table".to_owned()
        }
        other => damaged(&other.to_string()),
    }
}

fn damaged(why: &str) -> String {
    format!("is damaged or no XLSX file ({why}); save it anew, or as CSV UTF-8")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::exchange::table::{read_sheet, read_table};
    use rust_xlsxwriter::{ExcelDateTime as Date, Format, Workbook};

    fn saved(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(&mut book);
        book.save_to_buffer().unwrap()
    }

    fn one_sheet() -> Vec<u8> {
        saved(|book| {
            let sheet = book.add_worksheet();
            sheet.set_name("Data").unwrap();
            for (column, name) in ["id", "x", "day", "yes"].into_iter().enumerate() {
                sheet.write(2, column as u16, name).unwrap();
            }
            sheet.write(4, 0, 7.0).unwrap();
            sheet.write(4, 1, 0.1 + 0.2).unwrap();
            let day = Date::from_ymd(2021, 3, 9).unwrap();
            sheet.write_datetime_with_format(4, 2, &day, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
            sheet.write(4, 3, true).unwrap();
            sheet.write(5, 0, "P02").unwrap();
            sheet.write(5, 1, "x1").unwrap();
        })
    }

    fn error_of(bytes: &[u8], sheet: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.xlsx");
        std::fs::write(&path, bytes).unwrap();
        let error = read_sheet(&path, sheet).map(|table| format!("{table:?}")).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn numbers_keep_their_digits_and_dates_and_truth_values_become_text() {
        let folder = tempfile::tempdir().unwrap();
        // The content and not the name says what a file is.
        let path = folder.path().join("t.csv");
        std::fs::write(&path, one_sheet()).unwrap();
        let table = read_table(&path).unwrap();
        assert_eq!(table.header, ["id", "x", "day", "yes"]);
        assert_eq!(table.rows[0], ["7", "0.30000000000000004", "2021-03-09", "TRUE"]);
        assert_eq!(table.rows[1], ["P02", "x1", "", ""]);
        assert_eq!((table.line(0), table.line(1)), (5, 6));
        let error = table.number(1, 1).unwrap_err().to_string();
        assert!(error.ends_with("t.csv: sheet \"Data\", row 6, column \"x\": \"x1\" is not a number"), "{error}");
    }

    #[test]
    fn the_first_sheet_that_is_not_hidden_is_read_unless_another_is_asked_for() {
        let book = saved(|book| {
            for name in ["hidden", "first", "second"] {
                let sheet = book.add_worksheet();
                sheet.set_name(name).unwrap().write(0, 0, name).unwrap();
            }
            book.worksheet_from_name("first").unwrap().set_active(true);
            book.worksheet_from_name("hidden").unwrap().set_hidden(true);
        });
        assert_eq!(rows(book.clone(), None).unwrap().name, "first");
        assert_eq!(rows(book.clone(), Some("second")).unwrap().rows, [(1, vec!["second".to_owned()])]);
        let absent = error_of(&book, Some("third"));
        assert_eq!(absent, "t.xlsx: there is no sheet \"third\"; it has \"hidden\", \"first\", \"second\"");
        assert_eq!(
            error_of(b"a,b\n1,2\n", Some("x")),
            "t.xlsx: is no XLSX file, so it has no sheet \"x\"; ask for none"
        );
    }

    #[test]
    fn files_that_are_damaged_protected_or_something_else_are_refused_in_one_sentence() {
        let book = one_sheet();
        for length in [4, 100, book.len() / 2, book.len() - 30] {
            let error = error_of(&book[..length], None);
            assert!(error.starts_with("t.xlsx: is damaged or no XLSX file"), "{error}");
        }
        let protected = error_of(&[OLE, &[0; 600]].concat(), None);
        assert!(protected.contains("password"), "{protected}");
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        let archive = archive.finish().unwrap().into_inner();
        assert_eq!(error_of(&archive, None), "t.xlsx: is a zip archive but no XLSX file; give a table");
        assert!(error_of(&saved(|book| _ = book.add_worksheet()), None).contains("the table is empty"));
    }

    /// The archive with one byte of one unpacked part changed, its checksums right again.
    fn repacked(parts: &[(String, Vec<u8>)], part: usize, place: usize, byte: u8) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (index, (name, bytes)) in parts.iter().enumerate() {
            let mut bytes = bytes.clone();
            if index == part {
                bytes[place] = byte;
            }
            archive.start_file(name.as_str(), stored).unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_with_any_byte_of_its_parts_changed_is_read_or_refused() {
        let mut archive = zip::ZipArchive::new(Cursor::new(one_sheet())).unwrap();
        let mut parts = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            parts.push((entry.name().unwrap().into_owned(), bytes));
        }
        let mut n_refused = 0;
        for (part, (_, bytes)) in parts.iter().enumerate() {
            for place in (part % 7..bytes.len()).step_by(7) {
                for byte in [b'9', b'<', b'"', b'-', 0xff] {
                    n_refused += usize::from(rows(repacked(&parts, part, place, byte), None).is_err());
                }
            }
        }
        assert!(n_refused > 100, "{n_refused}");
    }

    #[test]
    fn cells_in_far_corners_cost_their_own_rows_alone() {
        let book = saved(|book| {
            let sheet = book.add_worksheet();
            sheet.write(0, 0, "id").unwrap();
            sheet.write(1_048_575, 16_383, 1.0).unwrap();
        });
        let error = error_of(&book, None);
        assert!(error.contains("row 1048576 has 16384 cells where the header has 1 columns"), "{error}");
        let wide = saved(|book| {
            let sheet = book.add_worksheet();
            (0..1100).for_each(|row| _ = sheet.write(row, 16_383, 1.0).unwrap());
        });
        assert!(error_of(&wide, None).contains("too many"));
    }
}
