//! Cases, parsed from tables into checked values: their images and VOIs in `cases` (and in `files` whether those have changed), whole
//! training cohorts in `join` (features, clinical columns and outcome under one id), and here the clinical columns of a case.
//!
//! Clinical columns: `id`, `sex`, `age` (years), `pT`, `pN`, `CEA`, `CA199`, `hepatitis`; letters' case and punctuation do not matter
//! where that leaves one column only. All may be left out here: whether a column is needed is for the model to say. Stages after
//! neoadjuvant therapy (`ypT3`) are no pathological stages of an untreated tumour and are refused. Names of patients are not read.

mod cases;
mod clinical;
mod features;
mod files;
mod finding;
mod flow;
mod ids;
mod join;
mod layout;
mod notes;
mod patients;
mod readers;
mod schema;
mod shard;
mod split;

pub use cases::{ImagingCase, ImagingCases, imaging_cases, name_of_image};
pub use clinical::{ClinicalColumn, ColumnKind};
pub use features::{FeatureProtocol, FeatureTable};
pub use files::{are_there, changed_after, files_state};
pub use finding::{Finding, FindingKind};
pub use flow::{Counts, Exclusion, Flow, SecondFlow};
pub use join::{
    ClinicalCohort, Cohort, CohortFiles, CohortOptions, MIN_PATIENTS, SecondReads, SplitChoice, read_clinical,
    read_cohort,
};
pub use readers::{ReaderPair, read_readers};
pub use schema::{
    CellText, ColumnRule, FeaturesRule, FullLevel, KindRule, LevelRule, OutcomeRule, Purpose, Role, SCHEMA_VERSION,
    Schema, SchemaError, Side, SplitRule, read_schema,
};
pub use shard::{NotAShard, Shard};
pub use split::{Set, random_split};

use crate::exchange::table::{Table, TableError, is_missing};

/// The names of the clinical columns as they are written.
pub const CLINICAL_COLUMNS: [&str; 8] = ["id", "sex", "age", "pT", "pN", "CEA", "CA199", "hepatitis"];

/// A patient's sex as the study records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// The clinical columns of one case; what is unknown is `None`.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClinicalCase {
    /// The case's identifier in the table, or `case 1`, `case 2`, … where there is none.
    pub id: String,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age in years.
    pub age: Option<f64>,
    /// Pathological tumour stage, 1 to 4.
    pub p_t: Option<u8>,
    /// Pathological node stage, 0 to 2.
    pub p_n: Option<u8>,
    /// Whether carcinoembryonic antigen is elevated.
    pub cea_elevated: Option<bool>,
    /// Whether carbohydrate antigen 19-9 is elevated.
    pub ca199_elevated: Option<bool>,
    /// Whether hepatitis is known.
    pub hepatitis: Option<bool>,
}

/// Why cases were not read.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// The table, or a cell of it, does not hold what is needed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The schema does not hold what is needed.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A typed value is not understood.
    #[error("{column}: \"{found}\" is not understood; {allowed}")]
    Value {
        /// The column.
        column: &'static str,
        /// What was given.
        found: String,
        /// What can be given.
        allowed: &'static str,
    },
}

const SEX: &str = "give M or F";
const AGE: &str = "give an age in years from 0 to 120";
const P_T: &str = "give 1, 2, 3 or 4 (pT2 and T2 are understood too)";
const P_N: &str = "give 0, 1 or 2 (pN1 and N1 are understood too)";
const AFTER_THERAPY: &str =
    "stages after neoadjuvant therapy (ypT, ypN) are not taken for pT and pN; leave the cell empty, or the case out";
const MARKER: &str = "give 0 or normal, 1 or elevated (judged by the laboratory's own limit)";
/// What a training table can have instead of a judged marker.
const CUTOFF_HINT: &str = ", or say the limit for its numbers in a schema (kind cutoff)";
const YES_NO: &str = "give 0 or no, 1 or yes";

/// The cases of a table, one a row, in its order.
pub fn clinical_cases(table: &Table) -> Result<Vec<ClinicalCase>, CohortError> {
    let mut columns = Vec::new();
    for name in CLINICAL_COLUMNS {
        columns.extend(column_of(table, name)?.map(|column| (name, column)));
    }
    (0..table.rows.len()).map(|row| clinical_case(table, &columns, row)).collect()
}

/// Refuses a table without a column of that name, however it is spelled: it would be missing for every case, which is said once.
pub fn check_column(table: &Table, name: &str) -> Result<(), CohortError> {
    if column_of(table, name)?.is_none() {
        table.column(name)?;
    }
    Ok(())
}

fn clinical_case(table: &Table, columns: &[(&'static str, usize)], row: usize) -> Result<ClinicalCase, CohortError> {
    let mut case = ClinicalCase::default();
    for &(name, column) in columns {
        let text = table.text(row, column);
        let given = if name == "id" { text.to_owned() } else { table.dotted(row, column) };
        case.set(name, &given).map_err(|error| match error {
            CohortError::Value { allowed, .. } => {
                CohortError::Table(table.cell_error(row, column, format!("\"{text}\" is not understood; {allowed}")))
            }
            other => other,
        })?;
    }
    if case.id.is_empty() {
        case.id = format!("case {}", row + 1);
    }
    Ok(case)
}

/// The column of exactly that name, else the only one that is spelled so but for letters' case and punctuation, as tables of the
/// field do. Of several, none is chosen: a column `PT` beside `pt` may be the prothrombin time.
fn column_of(table: &Table, name: &str) -> Result<Option<usize>, CohortError> {
    if let Some(exact) = table.header.iter().position(|column| column == name) {
        return Ok(Some(exact));
    }
    let spelled = |text: &str| {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        plain.to_ascii_lowercase()
    };
    let alike: Vec<usize> =
        (0..table.header.len()).filter(|&column| spelled(&table.header[column]) == spelled(name)).collect();
    if let [first, second, ..] = alike.as_slice() {
        let problem = format!(
            "both \"{}\" and \"{}\" may be the column \"{name}\"; give the one that is meant exactly this name",
            table.header[*first], table.header[*second]
        );
        return Err(table.error(problem).into());
    }
    Ok(alike.first().copied())
}

impl ClinicalCase {
    /// Sets the column `name` from text; text that says that nothing is known ([`is_missing`]) makes it unknown, and a name that
    /// is no clinical column changes nothing.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), CohortError> {
        let text = text.trim();
        if name == "id" {
            self.id = text.to_owned();
            return Ok(());
        }
        let plain = Some(text.to_ascii_lowercase()).filter(|text| !is_missing(text));
        let is_after_therapy = plain.as_deref().is_some_and(|text| text.starts_with('y'));
        let [p_t, p_n] = if is_after_therapy { [AFTER_THERAPY; 2] } else { [P_T, P_N] };
        let wrong = |column, allowed| CohortError::Value { column, found: text.to_owned(), allowed };
        match name {
            "sex" => self.sex = parsed(plain, sex).ok_or(wrong("sex", SEX))?,
            "age" => self.age = parsed(plain, age).ok_or(wrong("age", AGE))?,
            "pT" => self.p_t = parsed(plain, |t| stage(t, 't', 1..=4)).ok_or(wrong("pT", p_t))?,
            "pN" => self.p_n = parsed(plain, |t| stage(t, 'n', 0..=2)).ok_or(wrong("pN", p_n))?,
            "CEA" => self.cea_elevated = parsed(plain, yes_no).ok_or(wrong("CEA", MARKER))?,
            "CA199" => self.ca199_elevated = parsed(plain, yes_no).ok_or(wrong("CA199", MARKER))?,
            "hepatitis" => self.hepatitis = parsed(plain, yes_no).ok_or(wrong("hepatitis", YES_NO))?,
            _ => {}
        }
        Ok(())
    }
}

/// `Some(None)` where nothing is given, `None` where what is given is not understood.
fn parsed<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => parse(&text).map(Some),
    }
}

fn sex(text: &str) -> Option<Sex> {
    match text {
        "f" | "female" | "w" => Some(Sex::Female),
        "m" | "male" => Some(Sex::Male),
        _ => None,
    }
}

fn age(text: &str) -> Option<f64> {
    // DICOM writes ages of adults as 063Y.
    let years = text.trim_end_matches('y').trim().parse::<f64>().ok()?;
    (0.0..=120.0).contains(&years).then_some(years)
}

fn stage(text: &str, letter: char, allowed: std::ops::RangeInclusive<u8>) -> Option<u8> {
    let text = text.strip_prefix('p').unwrap_or(text);
    let text = text.strip_prefix(letter).unwrap_or(text);
    // Sub-stages (T4a, N1b) count as their stage; 3.0 is how spreadsheets may write 3.
    let number: f64 = text.trim_end_matches(['a', 'b', 'c', 'd']).parse().ok()?;
    allowed.into_iter().find(|stage| f64::from(*stage) == number)
}

fn yes_no(text: &str) -> Option<bool> {
    match text {
        "no" | "n" | "normal" | "negative" | "false" => Some(false),
        "yes" | "y" | "elevated" | "positive" | "true" => Some(true),
        number => match number.parse::<f64>() {
            Ok(0.0) => Some(false),
            Ok(1.0) => Some(true),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::table::read_table;

    fn table(text: &str) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clinical.csv");
        std::fs::write(&path, text).unwrap();
        read_table(&path).unwrap()
    }

    #[test]
    fn spellings_of_the_field_are_understood() {
        let cases =
            clinical_cases(&table("ID,Sex,AGE,pt,pN,CEA,CA19-9,hepatitis\nA,F,063Y,pT4a,N1,elevated,0,NA\n")).unwrap();
        let expected = ClinicalCase {
            id: "A".to_owned(),
            sex: Some(Sex::Female),
            age: Some(63.0),
            p_t: Some(4),
            p_n: Some(1),
            cea_elevated: Some(true),
            ca199_elevated: Some(false),
            hepatitis: None,
        };
        assert_eq!(cases, [expected]);
    }

    #[test]
    fn a_wrong_cell_is_named_with_line_column_and_what_is_allowed() {
        let error = clinical_cases(&table("id,pT\nA,3\nB,5\n")).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("\"pT\"") && error.contains("1, 2, 3 or 4"), "{error}");
    }

    #[test]
    fn the_column_of_exactly_the_name_is_read_and_of_several_others_none() {
        let beside = clinical_cases(&table("id,PT,pT\nA,3,2\n")).unwrap();
        assert_eq!(beside[0].p_t, Some(2));
        let error = clinical_cases(&table("id,PT,pt\nA,3,2\n")).unwrap_err().to_string();
        assert!(error.contains("\"PT\" and \"pt\"") && error.contains("\"pT\""), "{error}");
    }

    #[test]
    fn decimal_commas_and_every_spelling_of_a_missing_value_are_understood() {
        let case = clinical_cases(&table("age;pT;CEA;hepatitis;pN\n63,5;3,0;NaN;1,0;unknown\n")).unwrap().remove(0);
        assert_eq!((case.age, case.p_t, case.cea_elevated), (Some(63.5), Some(3), None));
        assert_eq!((case.hepatitis, case.p_n), (Some(true), None));
        let error = clinical_cases(&table("age;pT\n63,5;3,5\n")).unwrap_err().to_string();
        assert!(error.contains("\"3,5\" is not understood"), "{error}");
    }

    #[test]
    fn stages_after_neoadjuvant_therapy_are_refused_as_such() {
        for text in ["id,pT\nA,ypT3\n", "id,pN\nA,ypN1\n"] {
            let error = clinical_cases(&table(text)).unwrap_err().to_string();
            assert!(error.contains("neoadjuvant"), "{error}");
        }
    }

    #[test]
    fn missing_columns_stay_unknown_and_missing_ids_are_numbered() {
        let cases = clinical_cases(&table("age\n60\n61\n")).unwrap();
        assert_eq!((cases[1].id.as_str(), cases[1].p_t), ("case 2", None));
    }
}
