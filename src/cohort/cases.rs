//! The cases of a cohort: which image and which VOI each has, from a table.
//!
//! Columns: `image` and `voi` (paths; relative ones begin at the table's folder), and as far as wanted `id`, `label` and `series`;
//! letters' case does not matter. Columns whose name begins with `note` are passed over, any other is refused, because a column
//! that is misspelled would silently mean nothing. Whether files exist is not asked here: one that is missing fails its case alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::CohortError;
use crate::base::name_of;
use crate::exchange::table::Table;

/// The names of the columns as they are written.
const COLUMNS: [&str; 5] = ["image", "voi", "label", "id", "series"];
/// How columns begin that are for people alone.
const NOTE: &str = "note";

/// One case: what to extract features from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagingCase {
    /// What it is called; no two cases are called the same.
    pub id: String,
    /// The image.
    pub image: PathBuf,
    /// The file of the VOI.
    pub voi: PathBuf,
    /// Segment number or voxel value of the VOI.
    pub label: Option<u16>,
    /// Which series of a DICOM folder is meant: its index, or its Series Instance UID.
    pub series: Option<String>,
    /// Place among the cases, from 1 on.
    pub number: usize,
    /// Line of the table, from 1 on.
    pub line: u64,
}

impl ImagingCase {
    /// Which case it is, as messages about it begin.
    pub fn in_words(&self) -> String {
        format!("case \"{}\" (line {} of the table of cases)", self.id, self.line)
    }
}

/// The cases of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagingCases {
    /// The cases in the table's order.
    pub cases: Vec<ImagingCase>,
    /// A hash of what the table says of them, notes apart.
    pub fingerprint: String,
    /// Columns that were passed over.
    pub notes: Vec<String>,
}

/// The cases of a table whose relative paths begin at `folder`.
pub fn imaging_cases(table: &Table, folder: &Path) -> Result<ImagingCases, CohortError> {
    check_separator(table)?;
    let columns = Columns::of(table)?;
    let mut cases = Vec::new();
    for row in 0..table.rows.len() {
        cases.push(columns.case(table, row, folder)?);
    }
    if cases.is_empty() {
        return Err(table.error("there is a header and no case; give one row a case").into());
    }
    check_ids(table, &columns, &cases)?;
    Ok(ImagingCases { fingerprint: columns.fingerprint(table, &cases), notes: columns.notes, cases })
}

/// A file's or folder's own name without the endings of NIfTI: what a case is called that has no other name.
pub fn name_of_image(path: &Path) -> String {
    name_of(path).trim_end_matches(".gz").trim_end_matches(".nii").to_owned()
}

fn check_separator(table: &Table) -> Result<(), CohortError> {
    let found = match table.separator {
        ',' => return Ok(()),
        ';' => "semicolons",
        _ => "tabs",
    };
    Err(table.error(format!("its columns are separated by {found}; save it with commas (CSV UTF-8)")).into())
}

/// Where the columns stand.
struct Columns {
    /// In the order of [`COLUMNS`].
    places: [Option<usize>; COLUMNS.len()],
    notes: Vec<String>,
}

impl Columns {
    fn of(table: &Table) -> Result<Self, CohortError> {
        let mut columns = Self { places: [None; COLUMNS.len()], notes: Vec::new() };
        for (place, name) in table.header.iter().enumerate() {
            match COLUMNS.iter().position(|column| name.eq_ignore_ascii_case(column)) {
                Some(known) if columns.places[known].is_none() => columns.places[known] = Some(place),
                Some(_) => {
                    return Err(table.error(format!("two columns are named \"{name}\", letters' case apart")).into());
                }
                None if name.to_ascii_lowercase().starts_with(NOTE) => columns.notes.push(name.clone()),
                None => return Err(table.error(unknown_column(name, place)).into()),
            }
        }
        for needed in &COLUMNS[..2] {
            table.column(needed)?;
        }
        Ok(columns)
    }

    fn text<'a>(&self, table: &'a Table, row: usize, column: &str) -> &'a str {
        self.place(column).map_or("", |place| table.text(row, place))
    }

    fn place(&self, column: &str) -> Option<usize> {
        COLUMNS.iter().position(|known| *known == column).and_then(|known| self.places[known])
    }

    fn case(&self, table: &Table, row: usize, folder: &Path) -> Result<ImagingCase, CohortError> {
        let wrong = |column: &str, problem: String| {
            CohortError::Table(table.cell_error(row, self.place(column).unwrap_or(0), problem))
        };
        let path = |column: &str| match self.text(table, row, column) {
            "" => Err(wrong(column, "nothing stands there; give the path of a file or folder".to_owned())),
            path => Ok(folder.join(path)),
        };
        let (image, voi) = (path("image")?, path("voi")?);
        let label = label(self.text(table, row, "label")).map_err(|problem| wrong("label", problem))?;
        let series = Some(self.text(table, row, "series")).filter(|text| !text.is_empty()).map(str::to_owned);
        let id = match self.text(table, row, "id") {
            "" => name_of_image(&image),
            id if id.contains(char::is_control) => {
                return Err(wrong(
                    "id",
                    "the id holds a line break or another control character; take it out".to_owned(),
                ));
            }
            id => id.to_owned(),
        };
        Ok(ImagingCase { id, image, voi, label, series, number: row + 1, line: table.line(row) })
    }

    /// Paths count as they are written, so that a data set with its table keeps its fingerprint wherever it lies.
    fn fingerprint(&self, table: &Table, cases: &[ImagingCase]) -> String {
        let rows = cases.iter().enumerate().map(|(row, case)| {
            let text = |column| self.text(table, row, column);
            serde_json::json!([case.id, text("image"), text("voi"), case.label, case.series]).to_string()
        });
        let hash = Sha256::digest(rows.collect::<Vec<_>>().join("\n"));
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn unknown_column(name: &str, place: usize) -> String {
    let known = COLUMNS.join(", ");
    let found = if name.is_empty() {
        format!("column {} has no name", place + 1)
    } else {
        format!("there is a column \"{name}\"")
    };
    format!("{found}; a table of cases has {known}, and notes in columns whose name begins with \"{NOTE}\"")
}

fn label(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    // 3.0 is how spreadsheets may write 3.
    let number = text.strip_suffix(".0").unwrap_or(text).parse::<u16>().ok().filter(|&label| label > 0);
    number
        .map(Some)
        .ok_or_else(|| format!("\"{text}\" is no label; give a whole number from 1 to {}, or nothing", u16::MAX))
}

fn check_ids(table: &Table, columns: &Columns, cases: &[ImagingCase]) -> Result<(), CohortError> {
    let mut first: HashMap<&str, u64> = HashMap::new();
    for (row, case) in cases.iter().enumerate() {
        let Some(line) = first.insert(&case.id, case.line) else { continue };
        let is_given = !columns.text(table, row, "id").is_empty();
        let (column, problem) = match is_given {
            true => ("id", format!("\"{}\" is the id of line {line} already; give each case its own", case.id)),
            false => (
                "image",
                format!(
                    "the case would be called \"{}\", as that of line {line}; give each its own id, in a column \"id\"",
                    case.id
                ),
            ),
        };
        return Err(table.cell_error(row, columns.place(column).unwrap_or(0), problem).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::table::read_table;

    fn read(text: &str) -> Result<ImagingCases, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.csv");
        std::fs::write(&path, text).unwrap();
        let cases = imaging_cases(&read_table(&path).unwrap(), Path::new("/data"));
        cases.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn paths_begin_at_the_tables_folder_and_names_are_those_of_images() {
        let text = "\u{feff}Image,VOI,label,notes 1\r\na/p1.nii.gz,a/m.nii,2.0,\"good, but\"\r\n/else/p2,/m.dcm,,\r\n";
        let read = read(text).unwrap();
        assert_eq!(read.notes, ["notes 1"]);
        let [first, second] = read.cases.as_slice() else { panic!("{read:?}") };
        assert_eq!((first.id.as_str(), first.image.as_path()), ("p1", Path::new("/data/a/p1.nii.gz")));
        assert_eq!((first.label, first.number, first.line), (Some(2), 1, 2));
        assert_eq!((second.id.as_str(), second.voi.as_path()), ("p2", Path::new("/m.dcm")));
        assert_eq!((second.label, second.number, second.line), (None, 2, 3));
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let error = |text: &str| read(text).unwrap_err();
        assert_eq!(
            error("image,voi,lable\na,b,1\n"),
            "cases.csv: there is a column \"lable\"; a table of cases has image, voi, label, id, series, and notes in columns \
             whose name begins with \"note\""
        );
        assert_eq!(error("image,label\na,1\n"), "cases.csv: there is no column \"voi\"; it has \"image\", \"label\"");
        assert!(error("image;voi\na;b\n").contains("separated by semicolons"));
        assert_eq!(
            error("image,voi,label\na,b,1\n\nc,d,-1\n"),
            "cases.csv: line 4, column \"label\": \"-1\" is no label; give a whole number from 1 to 65535, or nothing"
        );
        assert_eq!(
            error("image,voi\na,b\nc,\n"),
            "cases.csv: line 3, column \"voi\": nothing stands there; give the path of a file or folder"
        );
        assert!(error("image,voi\n").contains("no case"));
        assert!(error("image,voi,Image\na,b,c\n").contains("two columns are named"));
    }

    #[test]
    fn no_two_cases_are_called_the_same() {
        let twice = read("image,voi,id\na,m,p1\nb,m,p1\n").unwrap_err();
        assert_eq!(
            twice,
            "cases.csv: line 3, column \"id\": \"p1\" is the id of line 2 already; give each case its own"
        );
        let unnamed = read("image,voi\n1/ct.nii,m\n2/ct.nii,m\n").unwrap_err();
        assert!(unnamed.contains("line 3, column \"image\": the case would be called \"ct\""), "{unnamed}");
    }

    #[test]
    fn the_fingerprint_follows_the_cases_and_not_the_notes() {
        let fingerprint = |text: &str| read(text).unwrap().fingerprint;
        let one = fingerprint("image,voi,note\na,m,fine\n");
        assert_eq!(one, fingerprint("voi,image\nm,a\n"));
        assert_ne!(one, fingerprint("image,voi,label\na,m,1\n"));
    }
}
