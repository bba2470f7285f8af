//! Cases for a model that is there: the clinical columns and features that it needs, one case a row of the clinical table.
//!
//! The columns are read as those of a training cohort are, by the same schema; outcome, split and folds are not asked for. A column
//! that neither a schema nor its name explains holds what the model takes: a number, or a level by its name. Nobody is left out: what
//! a case lacks is absent, and the prediction says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::CohortError;
use super::clinical::ClinicalColumn;
use super::features::{FeatureProtocol, id_column, is_simulated_row, protocol_of_row};
use super::layout::{Read, needed_columns};
use super::needed::Needed;
use super::schema::FeaturesRule;
use crate::exchange::table::{Table, read_sheet, read_table};

/// The files of cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFiles {
    /// The clinical table, CSV or XLSX.
    pub clinical: PathBuf,
    /// The feature table, for models that need one.
    pub features: Option<PathBuf>,
    /// What the columns mean.
    pub schema: Option<PathBuf>,
}

/// What is known of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseToPredict {
    /// What it is called, `case 1`, `case 2`, … where there is no id.
    pub id: String,
    /// Clinical columns and features under the names that the model has for them; what is not known is absent, and a feature that was
    /// extracted and has no value is NaN.
    pub values: BTreeMap<String, f64>,
    /// What the features were extracted with, where the table says so.
    pub protocol: Option<FeatureProtocol>,
    /// Whether the table says that the image is simulated.
    pub is_simulated: bool,
}

/// Reads the cases in the clinical table's order.
pub fn read_cases(files: &CaseFiles, needed: &Needed) -> Result<Vec<CaseToPredict>, CohortError> {
    let read = Read::of(files.schema.as_deref())?;
    let table = read_sheet(&files.clinical, read.schema.sheet.as_deref())?;
    let (id, columns) = needed_columns(&table, &read, &needed.clinical)?;
    let ids = case_ids(&table, id)?;
    let mut cases: Vec<CaseToPredict> = ids.into_iter().map(CaseToPredict::new).collect();
    for (wanted, (rule, place)) in needed.clinical.iter().zip(&columns) {
        let column = ClinicalColumn::read(&table, rule, *place)?;
        for (row, case) in cases.iter_mut().enumerate() {
            let value = wanted.value(&column, row).map_err(|level| {
                let problem = format!("\"{level}\" is nothing that the model knows; give {}", wanted.known());
                table.cell_error(row, *place, problem)
            })?;
            case.values.extend(value.map(|value| (wanted.name.clone(), value)));
        }
    }
    if let Some(path) = files.features.as_ref().filter(|_| !needed.features.is_empty()) {
        add_features(&mut cases, &read_table(path)?, &read.schema.features, needed)?;
    }
    Ok(cases)
}

impl CaseToPredict {
    fn new(id: String) -> Self {
        Self { id, values: BTreeMap::new(), protocol: None, is_simulated: false }
    }
}

fn case_ids(table: &Table, id: Option<usize>) -> Result<Vec<String>, CohortError> {
    if table.rows.is_empty() {
        return Err(table.error("has a header and no case; give one row a case").into());
    }
    let given = |row: usize| id.map(|place| table.text(row, place)).filter(|id| !id.is_empty());
    let name = |row: usize| given(row).map_or_else(|| format!("case {}", row + 1), str::to_owned);
    let ids: Vec<String> = (0..table.rows.len()).map(name).collect();
    let mut seen = HashSet::new();
    match ids.iter().find(|id| !seen.insert(id.as_str())) {
        Some(twice) => Err(table.error(format!("has case \"{twice}\" twice; give each case an id of its own")).into()),
        None => Ok(ids),
    }
}

fn add_features(
    cases: &mut [CaseToPredict],
    table: &Table,
    rule: &FeaturesRule,
    needed: &Needed,
) -> Result<(), CohortError> {
    let id = id_column(table, rule)?;
    let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
    (0..table.rows.len()).for_each(|row| index.entry(table.text(row, id)).or_default().push(row));
    let is_needed = |(_, name): &(usize, &String)| needed.features.contains(*name);
    let columns: Vec<(usize, &String)> = table.header.iter().enumerate().filter(is_needed).collect();
    for case in cases {
        let rows = index.get(case.id.as_str()).map_or(&[][..], Vec::as_slice);
        let [row] = *rows else {
            let n = rows.len();
            return Err(table.error(format!("has {n} rows for case \"{}\"; it must have one", case.id)).into());
        };
        for &(place, name) in &columns {
            let has_no_value = table.text(row, place).eq_ignore_ascii_case("nan");
            let value = table.number(row, place)?.or(has_no_value.then_some(f64::NAN));
            case.values.extend(value.map(|value| (name.clone(), value)));
        }
        case.protocol = protocol_of_row(table, row);
        case.is_simulated = is_simulated_row(table, row);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::NeededColumn;

    const STAGES: [(&str, f64); 4] = [("pT1", 1.0), ("pT2", 2.0), ("pT3", 3.0), ("pT4", 4.0)];

    fn column(name: &str, levels: &[(&str, f64)]) -> NeededColumn {
        let levels = levels.iter().map(|&(label, code)| (label.to_owned(), code)).collect();
        NeededColumn { name: name.to_owned(), levels }
    }

    /// The cases of a table for a model of these columns, or the error without the folder.
    fn cases(text: &str, schema: Option<&str>, clinical: Vec<NeededColumn>) -> Result<Vec<CaseToPredict>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("clinical.csv"), text).unwrap();
        schema.iter().for_each(|schema| std::fs::write(path("schema.json"), schema).unwrap());
        let schema = schema.map(|_| path("schema.json"));
        let files = CaseFiles { clinical: path("clinical.csv"), schema, features: None };
        let needed = Needed { clinical, ..Needed::default() };
        let error = |error: CohortError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
        read_cases(&files, &needed).map_err(error)
    }

    fn value(case: &CaseToPredict, name: &str) -> Option<f64> {
        case.values.get(name).copied()
    }

    #[test]
    fn spellings_of_the_field_are_understood() {
        let usual = ["sex", "age", "pT", "pN", "CEA", "CA199", "hepatitis"].map(|name| column(name, &[])).to_vec();
        let text = "ID,Sex,AGE,pt,pN,CEA,CA19-9,hepatitis\nA,F,063Y,pT4a,N1,elevated,0,NA\n";
        let read = cases(text, None, usual.clone()).unwrap();
        let numbers: Vec<Option<f64>> = usual.iter().map(|column| value(&read[0], &column.name)).collect();
        assert_eq!(numbers, [Some(1.0), Some(63.0), Some(4.0), Some(1.0), Some(1.0), Some(0.0), None]);
        let commas = "age;pT;CEA;hepatitis;pN;sex;CA199\n63,5;3,0;NaN;1,0;unknown;;\n";
        let read = cases(commas, None, usual).unwrap();
        assert_eq!(
            (value(&read[0], "age"), value(&read[0], "pT"), value(&read[0], "CEA")),
            (Some(63.5), Some(3.0), None)
        );
        assert_eq!((value(&read[0], "hepatitis"), value(&read[0], "pN")), (Some(1.0), None));
    }

    #[test]
    fn a_wrong_cell_is_named_with_line_column_and_what_is_allowed() {
        let stage = || vec![column("pT", &STAGES)];
        let error = cases("id,pT\nA,3\nB,5\n", None, stage()).unwrap_err();
        assert!(error.contains("line 3") && error.contains("\"pT\"") && error.contains("1, 2, 3 or 4"), "{error}");
        let error = cases("id,pT\nA,ypT3\n", None, stage()).unwrap_err();
        assert!(error.contains("neoadjuvant"), "{error}");
        let error = cases("id,pT\nA,1\n", None, vec![column("pT", &STAGES[1..])]).unwrap_err();
        let expected =
            "clinical.csv: line 2, column \"pT\": \"pT1\" is nothing that the model knows; give pT2, pT3, pT4";
        assert_eq!(error, expected);
        assert!(cases("id,pT\nA,3\nA,3\n", None, stage()).unwrap_err().contains("case \"A\" twice"));
    }

    #[test]
    fn the_column_of_exactly_the_name_is_read_and_of_several_others_none() {
        let beside = cases("id,PT,pT\nA,3,2\n", None, vec![column("pT", &STAGES)]).unwrap();
        assert_eq!(value(&beside[0], "pT"), Some(2.0));
        let error = cases("id,PT,pt\nA,3,2\n", None, vec![column("pT", &STAGES)]).unwrap_err();
        assert!(error.contains("\"PT\" and \"pt\"") && error.contains("\"pT\""), "{error}");
    }

    #[test]
    fn cases_without_an_id_are_numbered_and_columns_that_the_model_does_not_need_are_not_read() {
        let read = cases("age,pT\n60,?\n61,?\n", None, vec![column("age", &[])]).unwrap();
        assert_eq!((read[1].id.as_str(), value(&read[1], "age"), read[1].values.len()), ("case 2", Some(61.0), 1));
        assert!(cases("age\n60\n", None, vec![column("BMI", &[])]).unwrap_err().contains("there is no column \"BMI\""));
    }

    #[test]
    fn a_level_is_taken_by_its_name_with_and_without_a_schema() {
        let grade = || vec![column("Grade", &[("1", 0.0), ("2", 1.0), ("3", 2.0)])];
        let text = "id,Grade,outcome\nA,2,\n";
        assert_eq!(value(&cases(text, None, grade()).unwrap()[0], "Grade"), Some(1.0));
        // Somebody's own column of a well-known name, coded the other way round.
        let sex = vec![column("sex", &[("F", 0.0), ("M", 1.0)])];
        assert_eq!(value(&cases("sex\nF\n", None, sex).unwrap()[0], "sex"), Some(0.0));
        let schema = r#"{"version": 1, "outcome": {"column": "MLM"}, "split": {"column": "set"}, "columns": [
            {"column": "Grade", "kind": {"type": "ordered", "levels": [2, 3]}}, {"column": "BMI"}]}"#;
        let schema = schema.replace("{\"column\": \"BMI\"}", "{\"column\": \"BMI\", \"use\": \"ignored\"}");
        assert_eq!(value(&cases(text, Some(&schema), grade()).unwrap()[0], "Grade"), Some(1.0));
        let error = cases(text, Some(&schema), vec![column("Therapy", &[])]).unwrap_err();
        assert!(error.starts_with("schema.json: ") && error.contains("\"Therapy\", which the model needs"), "{error}");
    }
}
