//! Training cohorts from tables: the open reference cohort, other people's spellings, and every kind of wrong table.

use std::path::{Path, PathBuf};

use hepatica::cohort::{
    ClinicalColumn, Cohort, CohortFiles, CohortOptions, ColumnKind, FindingKind, Needed, NeededColumn, Set,
    SplitChoice, read_clinical, read_cohort, read_readers, read_schema,
};
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

/// Tables in a folder of their own.
struct Tables {
    folder: TempDir,
    files: CohortFiles,
}

const HEADER: &str = "id,outcome,age,pT,CEA";
const FEATURES: &str = "id,diagnostics_Configuration_Protocol,diagnostics_Configuration_Fingerprint,f1,f2,f3";

/// Twelve patients, every second with the event.
fn clinical_rows() -> Vec<String> {
    (1..=12).map(|i| format!("P{i:02},{},{},{},{}", i % 2, 50 + i, 2 + i % 3, i % 4 / 2)).collect()
}

fn feature_rows() -> Vec<String> {
    (1..=12).map(|i| format!("P{i:02},liang,aaaa,{}.5,{},{}", i, i * i, 13 - i)).collect()
}

impl Tables {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = CohortFiles {
            features: Some(folder.path().join("features.csv")),
            clinical: folder.path().join("clinical.csv"),
            ..CohortFiles::default()
        };
        let tables = Self { folder, files };
        tables.write("clinical.csv", HEADER, &clinical_rows());
        tables.write("features.csv", FEATURES, &feature_rows());
        tables
    }

    fn write(&self, name: &str, header: &str, rows: &[String]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        path
    }

    fn with_clinical(header: &str, rows: &[String]) -> Self {
        let tables = Self::new();
        tables.write("clinical.csv", header, rows);
        tables
    }

    fn with_features(header: &str, rows: &[String]) -> Self {
        let tables = Self::new();
        tables.write("features.csv", header, rows);
        tables
    }

    fn with_schema(mut self, schema: &str) -> Self {
        self.files.schema = Some(self.write("schema.json", schema, &[]));
        self
    }

    fn with_reader2(mut self, header: &str, rows: &[String]) -> Self {
        self.files.reader2 = Some(self.write("reader2.csv", header, rows));
        self
    }

    fn read(&self) -> Cohort {
        read_cohort(&self.files, &CohortOptions::default()).unwrap()
    }

    /// The error without the folder, and checked to be one sentence.
    fn error(&self) -> String {
        let error =
            read_cohort(&self.files, &CohortOptions::default()).map(|cohort| cohort.flow).unwrap_err().to_string();
        assert!(!error.contains('\n') && !error.ends_with('.'), "{error}");
        error.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Rows with one of them replaced.
fn changed(mut rows: Vec<String>, row: usize, from: &str, to: &str) -> Vec<String> {
    assert!(rows[row].contains(from), "{}", rows[row]);
    rows[row] = rows[row].replacen(from, to, 1);
    rows
}

fn column<'a>(cohort: &'a Cohort, name: &str) -> &'a ClinicalColumn {
    cohort.clinical.iter().find(|column| column.name == name).unwrap()
}

fn labels(column: &ClinicalColumn) -> Vec<&str> {
    let ColumnKind::Levels { labels, .. } = &column.kind else { panic!("{column:?}") };
    labels.iter().map(String::as_str).collect()
}

fn has_warning(cohort: &Cohort, part: &str) -> bool {
    cohort.warnings.iter().any(|warning| warning.contains(part))
}

fn kinds(cohort: &Cohort) -> Vec<FindingKind> {
    cohort.findings.iter().map(|finding| finding.kind).collect()
}

fn open_cohort() -> Option<CohortFiles> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/stats/open");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(CohortFiles {
        features: Some(folder.join("features.csv")),
        clinical: folder.join("clinical.csv"),
        reader2: Some(folder.join("features_reader2.csv")),
        ..CohortFiles::default()
    })
}

/// The numbers of a table without quotes, row by row, read without the program's own reader.
fn plain_numbers(path: &Path) -> Vec<(String, Vec<f64>)> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let (id, rest) = line.split_once(',').unwrap();
        (id.to_owned(), rest.split(',').map(|cell| cell.parse().unwrap()).collect())
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn the_open_cohort_is_read_with_its_sets_folds_and_exact_doubles() {
    let Some(files) = open_cohort() else { return };
    let cohort = read_cohort(&files, &CohortOptions::default()).unwrap();
    assert_eq!((cohort.ids.len(), cohort.features.names.len()), (112, 200));
    let flow = &cohort.flow;
    let counts = [flow.analysed, flow.training, flow.validation].map(|counts| (counts.patients, counts.events));
    assert_eq!(counts, [(112, 52), (78, 36), (34, 16)]);
    assert!(flow.excluded.is_empty() && flow.features_alone.is_empty());
    let second = cohort.second.as_ref().unwrap();
    let counted = flow.second.unwrap();
    assert_eq!((counted.read, counted.analysed, counted.training), (30, 30, 23));
    assert_eq!((second.rows.len(), second.columns.len()), (30, 200));

    let first_reader = plain_numbers(files.features.as_ref().unwrap());
    for (row, (id, numbers)) in first_reader.iter().enumerate() {
        assert_eq!(cohort.ids[row], *id);
        let read: Vec<u64> = cohort.features.columns.iter().map(|column| column[row].to_bits()).collect();
        assert_eq!(read, numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), "{id}");
    }
    for (place, (id, numbers)) in plain_numbers(files.reader2.as_ref().unwrap()).iter().enumerate() {
        assert_eq!(cohort.ids[second.rows[place]], *id);
        let read: Vec<u64> = second.columns.iter().map(|column| column[place].to_bits()).collect();
        assert_eq!(read, numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), "{id}");
    }
    let folds = cohort.folds.as_ref().unwrap();
    for (fold, set) in folds.iter().zip(&cohort.set) {
        assert_eq!(fold.is_some(), *set == Set::Training);
    }
    assert_eq!((folds[0], folds[1], folds.iter().flatten().max()), (Some(3), Some(5), Some(&5)));
    let names: Vec<&str> = cohort.clinical.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["sex", "age", "pT", "pN", "hepatitis", "CEA", "CA199"]);
    assert_eq!(labels(column(&cohort, "pT")), ["pT2", "pT3", "pT4"]);
    // The first patient is a man of 60 with pT4 pN2.
    let first = ["sex", "age", "pT", "pN", "CEA"].map(|name| column(&cohort, name).values[0]);
    assert_eq!(first, [Some(0.0), Some(60.0), Some(4.0), Some(2.0), Some(0.0)]);
    assert!(cohort.warnings.is_empty(), "{:?}", cohort.warnings);
    let study = cohort.reader_study.as_ref().unwrap();
    let named: Vec<usize> = (0..112).filter(|&row| study[row]).collect();
    assert_eq!(named, second.rows);
}

#[test]
fn a_random_split_of_the_open_cohort_has_the_papers_sizes() {
    let Some(mut files) = open_cohort() else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(&files.clinical).unwrap();
    let text = text.replacen("split,foldid", "other1,other2", 1);
    files.clinical = folder.path().join("clinical.csv");
    std::fs::write(&files.clinical, text).unwrap();
    let flow = read_cohort(&files, &CohortOptions { seed: 9, ..CohortOptions::default() }).unwrap().flow;
    let counts = [flow.training, flow.validation].map(|counts| (counts.patients, counts.events));
    assert_eq!(counts, [(78, 36), (34, 16)]);
}

#[test]
fn rows_stand_in_the_clinical_tables_order_and_bring_their_features_along() {
    let mut features = feature_rows();
    features.reverse();
    let cohort = Tables::with_features(FEATURES, &features).read();
    assert_eq!(cohort.ids[..2], ["P01", "P02"]);
    assert_eq!(cohort.features.columns[1][..3], [1.0, 4.0, 9.0]);
    let protocol = cohort.features.protocol.unwrap();
    assert_eq!((protocol.name.as_str(), protocol.fingerprint.as_str()), ("liang", "aaaa"));
    assert!(cohort.folds.is_none() && cohort.second.is_none());
}

#[test]
fn who_lacks_something_is_left_out_named_and_counted() {
    let clinical = changed(changed(clinical_rows(), 0, "P01,1", "P01,NA"), 2, "53,2", "53,");
    let clinical = [clinical, vec!["P13,0,60,2,0".to_owned(), "P14,1,61,3,1".to_owned()]].concat();
    let tables = Tables::with_clinical(HEADER, &clinical);
    let others = ["P14,liang,aaaa,,,".to_owned(), "P99,liang,aaaa,1,2,3".to_owned()];
    tables.write("features.csv", FEATURES, &[feature_rows(), others.to_vec()].concat());
    let cohort = tables.read();
    let steps: Vec<(String, Vec<String>)> =
        cohort.flow.excluded.iter().map(|step| (step.reason.clone(), step.ids.clone())).collect();
    let step = |reason: &str, id: &str| (reason.to_owned(), vec![id.to_owned()]);
    let expected = [
        step("without outcome", "P01"),
        step("without features", "P13"),
        step("with an empty row of features", "P14"),
        step("without a value of pT stage", "P03"),
    ];
    assert_eq!(steps, expected);
    assert_eq!((cohort.flow.read, cohort.flow.features_read, cohort.flow.analysed.patients), (14, Some(14), 10));
    assert_eq!(cohort.flow.features_alone, ["P99"]);
    let missing = cohort.findings.iter().find(|finding| finding.kind == FindingKind::MissingValue).unwrap();
    assert_eq!((missing.line, missing.column.as_deref()), (Some(4), Some("pT")));
    assert!(has_warning(&cohort, "1 patient without outcome left out: \"P01\""));
    assert!(has_warning(&cohort, "not in the clinical table: \"P99\""));
    let lines = cohort.flow.lines();
    assert_eq!(lines[0], "14 patients in the clinical table");
    assert!(lines.contains(&"left out: 1 without features".to_owned()), "{lines:?}");
}

#[test]
fn each_kind_of_wrong_table_gets_one_clear_sentence() {
    let clinical = |header: &str, rows: Vec<String>| Tables::with_clinical(header, &rows).error();
    let features = |rows: Vec<String>| Tables::with_features(FEATURES, &rows).error();
    let cases = [
        (
            clinical(HEADER, changed(clinical_rows(), 3, "P04", "")),
            "clinical.csv: line 5, column \"id\": there is no id; give each patient one",
        ),
        (
            clinical(HEADER, changed(clinical_rows(), 3, "P04", "P02")),
            "clinical.csv: line 5, column \"id\": \"P02\" is the id of line 3 already; give each patient one row",
        ),
        (
            features(changed(feature_rows(), 5, "P06", "P01")),
            "features.csv: line 7, column \"id\": \"P01\" is the id of line 2 already; give each patient one row",
        ),
        (
            features(changed(feature_rows(), 5, ",36,", ",n.d.,")),
            "features.csv: line 7, column \"f2\": \"n.d.\" is not a number; correct the cell, or list a column that is no feature \
             in a schema (\"features\": {\"ignore\": [...]})",
        ),
        (
            clinical(HEADER, changed(clinical_rows(), 5, "56", "old")),
            "clinical.csv: line 7, column \"age\": \"old\" is not understood; give an age in years from 0 to 120",
        ),
        (
            clinical(HEADER, changed(clinical_rows(), 5, "P06,0", "P06,2")),
            "clinical.csv: line 7, column \"outcome\": \"2\" is no outcome; give 1 or yes for the event and 0 or no for none, or \
             other texts in a schema (\"outcome\")",
        ),
        (
            clinical(HEADER, clinical_rows().iter().map(|row| row.replacen(",0,", ",1,", 1)).collect()),
            "clinical.csv: column \"outcome\": each of the 12 patients has the event; both outcomes must occur (a schema can say \
             what stands for the event)",
        ),
        (
            clinical("id,result,age,pT,CEA", clinical_rows()),
            "clinical.csv: there is no column \"outcome\"; it has \"id\", \"result\", \"age\", \"pT\", \"CEA\"",
        ),
        (
            clinical("name,outcome,age,pT,CEA", clinical_rows()),
            "clinical.csv: there is no column \"id\"; it has \"name\", \"outcome\", \"age\", \"pT\", \"CEA\"",
        ),
        (
            clinical(HEADER, clinical_rows()[..7].to_vec()),
            "clinical.csv: only 7 patients are left of 7; at least 10 are needed",
        ),
        (
            features(changed(feature_rows(), 5, "aaaa", "bbbb")),
            "features.csv: line 7, column \"diagnostics_Configuration_Fingerprint\": protocol \"liang\" (bbbb) where line 2 of \
             \"P01\" has \"liang\" (aaaa), so that features do not compare (other protocol than the first row's: \"P06\"); \
             extract all with one protocol",
        ),
        (
            features(feature_rows().iter().map(|row| row.replacen("P0", "p", 1).replacen("P1", "Q", 1)).collect()),
            "clinical.csv: none of its 12 ids is among those of features.csv (\"P01\", \"P02\", where that has \"p1\", \"p2\"); \
             spelled alike but not the same: \"P01\" and \"p1\", \"P02\" and \"p2\", \"P03\" and \"p3\", \"P04\" and \"p4\", \
             \"P05\" and \"p5\", \"P06\" and \"p6\", \"P07\" and \"p7\", \"P08\" and \"p8\" and 1 more; spell ids the same \
             in both tables",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn ids_that_look_alike_are_not_joined_but_named() {
    let tables = Tables::with_features(FEATURES, &changed(feature_rows(), 0, "P01", "p1"));
    let cohort = tables.read();
    assert_eq!((cohort.ids[0].as_str(), cohort.ids.len()), ("P02", 11));
    assert!(has_warning(&cohort, "spelled alike but not the same: \"P01\" and \"p1\""));
}

#[test]
fn a_feature_without_a_finite_value_is_left_out_for_all_and_a_constant_one_is_said() {
    let rows = changed(changed(feature_rows(), 3, ",16,", ",NaN,"), 6, "7.5", "inf");
    let rows: Vec<String> = rows.iter().map(|row| format!("{row},4")).collect();
    let cohort = Tables::with_features(&format!("{FEATURES},f4"), &rows).read();
    assert_eq!(cohort.features.names, ["f3", "f4"]);
    assert_eq!(cohort.features.columns[0][0], 12.0);
    let left_out: Vec<_> = cohort.findings.iter().filter(|finding| finding.kind == FindingKind::NotFinite).collect();
    assert_eq!((left_out[0].column.as_deref(), left_out[0].line), (Some("f1"), Some(8)));
    assert_eq!((left_out[1].column.as_deref(), left_out[1].line), (Some("f2"), Some(5)));
    assert!(has_warning(
        &cohort,
        "2 features left out for all patients, since some training patient or second read has no finite value: \"f1\", \"f2\""
    ));
    assert!(kinds(&cohort).contains(&FindingKind::Constant));
    assert!(has_warning(&cohort, "1 feature is the same for all training patients: \"f4\""));
}

#[test]
fn a_second_reader_needs_the_same_protocol_and_may_have_fewer_features() {
    let second = |fingerprint: &str| {
        ["P07", "P02", "P50"].map(|id| format!("{id},liang,{fingerprint},3.25,{}", id.len())).to_vec()
    };
    let header = FEATURES.strip_suffix(",f3").unwrap();
    let cohort = Tables::new().with_reader2(header, &second("aaaa")).read();
    assert_eq!(cohort.features.names, ["f1", "f2"]);
    let reads = cohort.second.as_ref().unwrap();
    assert_eq!(reads.rows, [1, 6]);
    assert_eq!(reads.columns, [[3.25, 3.25], [3.0, 3.0]]);
    let counted = cohort.flow.second.unwrap();
    assert_eq!((counted.read, counted.analysed), (3, 2));
    assert!(has_warning(&cohort, "1 row not used, without the id of an analysed patient: \"P50\""));
    assert!(has_warning(&cohort, "since the second reader's table does not have them: \"f3\""));
    let refused = Tables::new().with_reader2(header, &second("bbbb")).error();
    assert!(
        refused.starts_with("reader2.csv: was extracted with protocol \"liang\" (bbbb) and features.csv with"),
        "{refused}"
    );
    let unknown = Tables::new().with_reader2(header, &second("aaaa")[2..]).error();
    assert_eq!(unknown, "reader2.csv: none of its 1 ids is that of an analysed patient");
}

#[test]
fn two_readers_tables_are_joined_without_a_clinical_one() {
    let tables = Tables::with_features(FEATURES, &changed(feature_rows(), 4, ",25,", ",,"));
    let rows: Vec<String> = feature_rows()[3..7].iter().rev().cloned().collect();
    let second = tables.write("second.csv", FEATURES, &changed(rows, 0, "7.5", "-0.25"));
    let pair = read_readers(tables.files.features.as_ref().unwrap(), &second, None).unwrap();
    assert_eq!(pair.ids, ["P04", "P05", "P06", "P07"]);
    assert_eq!(pair.names, ["f1", "f3"]);
    assert_eq!(
        (pair.first[0].as_slice(), pair.second[0].as_slice()),
        (&[4.5, 5.5, 6.5, 7.5][..], &[4.5, 5.5, 6.5, -0.25][..])
    );
    assert_eq!(pair.protocol.unwrap().fingerprint, "aaaa");
    let said: Vec<&str> = pair.warnings.iter().collect();
    assert!(said.iter().any(|warning| warning.starts_with("8 rows of the first reader's table")), "{said:?}");
}

#[test]
fn the_batch_table_of_pyradiomics_is_read_without_its_diagnostics() {
    let header = ",Patient ID,Image,Mask,Reader,diagnostics_Versions_PyRadiomics,diagnostics_Configuration_Settings,f1";
    let rows: Vec<String> =
        (1..=12).map(|i| format!("{},P{i:02},a.nii,m.nii,Ann,3.0.1,\"{{'binWidth': 25}}\",{i}e-3", i - 1)).collect();
    let refused = Tables::with_features(header, &rows).error();
    assert!(refused.starts_with("features.csv: line 2, column \"Reader\": \"Ann\" is not a number"), "{refused}");
    let ignoring = r#"{"version": 1, "features": {"ignore": ["Reader"]}}"#;
    let cohort = Tables::with_features(header, &rows).with_schema(ignoring).read();
    assert_eq!(cohort.features.names, ["f1"]);
    assert_eq!((cohort.features.columns[0][11], cohort.features.protocol), (0.012, None));
    let other = changed(rows, 4, "25", "50");
    let cohort = Tables::with_features(header, &other).with_schema(ignoring).read();
    assert!(has_warning(&cohort, "the settings of line 6 are others than those of line 2"));
}

const SCHEMA: &str = r#"{
  "version": 1,
  "id": "Patient",
  "outcome": {"column": "MLM", "event": "metastasis"},
  "split": {"column": "phase", "training": 1, "validation": 2},
  "columns": [
    {"column": "CEA ng/ml", "role": "CEA", "kind": {"type": "cutoff", "cut": 5, "elevated": ">", "unit": "ng/ml"}},
    {"column": "stage", "role": "pT"},
    {"column": "grade", "kind": {"type": "ordered", "levels": ["G1", "G2", {"values": ["G3", "G4"], "label": "G3-4"}]}},
    {"column": "site", "kind": {"type": "categories", "reference": "low"}},
    {"column": "BMI", "kind": {"type": "numeric", "unit": "kg/m2"}, "use": "described"},
    {"column": "clinic", "use": "ignored"}
  ]
}"#;
const SCHEMA_HEADER: &str = "Patient;MLM;phase;CEA ng/ml;stage;grade;site;BMI;clinic;free text";

fn schema_rows() -> Vec<String> {
    let row = |i: usize| {
        let outcome = if i.is_multiple_of(3) { "metastasis" } else { "none" };
        let (site, bmi) = (["low", "mid", "high"][i % 3], if i == 2 { "" } else { "24,5" });
        let phase = 1 + i / 9;
        format!("P{i:02};{outcome};{phase};{},0;pT{};G{};{site};{bmi};x;y", i, 2 + i % 2, 1 + i / 5)
    };
    (1..=12).map(row).collect()
}

#[test]
fn a_schema_says_what_the_columns_of_other_peoples_tables_mean() {
    let cohort = Tables::with_clinical(SCHEMA_HEADER, &schema_rows()).with_schema(SCHEMA).read();
    assert_eq!(cohort.outcome.iter().filter(|is_event| **is_event).count(), 4);
    assert_eq!((cohort.flow.training.patients, cohort.flow.validation.patients), (8, 4));
    let cea = column(&cohort, "CEA");
    assert_eq!(labels(cea), ["≤ 5 ng/ml", "> 5 ng/ml"]);
    assert_eq!(cea.values[3..7], [4.0, 5.0, 6.0, 7.0].map(|value| Some(f64::from(u8::from(value > 5.0)))));
    let grade = column(&cohort, "grade");
    assert_eq!((labels(grade), grade.values[11]), (vec!["G1", "G2", "G3-4"], Some(2.0)));
    let site = column(&cohort, "site");
    // The reference that the schema names, though another comes first in the alphabet.
    let ColumnKind::Levels { labels, reference, ordered, .. } = &site.kind else { panic!("{site:?}") };
    assert_eq!((labels[*reference].as_str(), *ordered), ("low", false));
    let bmi = column(&cohort, "BMI");
    assert_eq!((bmi.is_candidate, bmi.values[1], bmi.values[2]), (false, None, Some(24.5)));
    assert_eq!((&bmi.kind, bmi.unit.as_deref()), (&ColumnKind::Numeric, Some("kg/m2")));
    assert_eq!(kinds(&cohort).iter().filter(|kind| **kind == FindingKind::IgnoredColumn).count(), 1);
    assert!(has_warning(&cohort, "\"free text\"") && !has_warning(&cohort, "\"clinic\""));
    assert!(has_warning(&cohort, "grade: no training patient has \"G3-4\", but validation patients do"));
}

#[test]
fn the_schema_of_the_documentation_is_one() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md")).unwrap();
    let example = text.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    std::fs::write(&path, example).unwrap();
    assert_eq!(read_schema(&path).unwrap().columns.len(), 11);
}

#[test]
fn what_does_not_fit_the_schema_is_named_with_its_key_or_cell() {
    let with = |schema: &str, rows: &[String]| Tables::with_clinical(SCHEMA_HEADER, rows).with_schema(schema).error();
    let renamed = with(&SCHEMA.replace("\"stage\"", "\"T stage\""), &schema_rows());
    assert!(
        renamed.starts_with("schema.json: \"columns\", entry 2: clinical.csv: there is no column \"T stage\""),
        "{renamed}"
    );
    let unknown = with(&SCHEMA.replace("\"use\"", "\"usage\""), &schema_rows());
    assert!(unknown.starts_with("schema.json: is no schema of a cohort: unknown field `usage`"), "{unknown}");
    let level = with(SCHEMA, &changed(schema_rows(), 0, "G1", "G5"));
    assert_eq!(level, "clinical.csv: line 2, column \"grade\": \"G5\" is not understood; give one of G1, G2, G3-4");
    let third = with(SCHEMA, &changed(schema_rows(), 0, "none", "unclear"));
    assert!(third.contains("line 3, column \"MLM\": \"none\" is no outcome"), "{third}");
    let phase = with(SCHEMA, &changed(schema_rows(), 0, ";1;1", ";3;1"));
    assert!(phase.contains("line 2, column \"phase\": \"3\" is no set; give one of training, train"), "{phase}");
    let marker = Tables::with_clinical(HEADER, &changed(clinical_rows(), 0, "3,0", "3,4.2")).error();
    assert!(marker.contains("column \"CEA\": \"4.2\" is not understood") && marker.contains("kind cutoff"), "{marker}");
}

#[test]
fn given_sets_and_folds_are_taken_as_they_are_or_refused() {
    let rows = |fold: fn(usize) -> String| -> Vec<String> {
        let set = |i: usize| if i <= 8 { "Train" } else { "test" };
        (1..=12).map(|i| format!("P{i:02},{},{},{}", i % 2, set(i), fold(i))).collect()
    };
    let header = "id,outcome,part,cv";
    let read = |fold: fn(usize) -> String| {
        let mut tables = Tables::with_clinical(header, &rows(fold));
        tables.files.split_column = Some("part".to_owned());
        tables.files.fold_column = Some("cv".to_owned());
        tables
    };
    let cohort = read(|i| (1 + i % 4).to_string()).read();
    assert_eq!(cohort.set.iter().filter(|set| **set == Set::Training).count(), 8);
    assert_eq!(cohort.folds.unwrap()[6..10], [Some(4), Some(1), None, None]);
    let refused = [
        (read(|_| "x".to_owned()), "clinical.csv: line 2, column \"cv\": \"x\" is no fold"),
        (read(|i| (1 + i % 2 * 2).to_string()), "no training patient in fold 2"),
        (read(|_| "1".to_owned()), "all training patients are in one fold"),
    ];
    for (tables, expected) in refused {
        let error = tables.error();
        assert!(error.contains(expected), "{error}");
    }
    let mut unknown = read(|_| "1".to_owned());
    unknown.files.split_column = Some("sets".to_owned());
    assert!(unknown.error().contains("there is no column \"sets\""));
}

#[test]
fn a_cohort_for_external_validation_has_nobody_for_training() {
    let tables = Tables::new();
    let options = CohortOptions { split: SplitChoice::AllValidation, ..CohortOptions::default() };
    let cohort = read_cohort(&tables.files, &options).unwrap();
    assert_eq!((cohort.flow.training.patients, cohort.flow.validation.patients), (0, 12));
}

#[test]
fn changing_a_validation_patients_numbers_changes_nothing_that_is_said_of_training() {
    let header = format!("{HEADER},split");
    let clinical: Vec<String> = clinical_rows()
        .iter()
        .enumerate()
        .map(|(at, row)| format!("{row},{}", if at < 8 { "training" } else { "validation" }))
        .collect();
    let features: Vec<String> = feature_rows().iter().map(|row| format!("{row},4")).collect();
    let read = |features: &[String]| {
        let tables = Tables::with_clinical(&header, &clinical);
        tables.write("features.csv", &format!("{FEATURES},f4"), features);
        tables.read()
    };
    let (before, after) = (read(&features), read(&changed(features.clone(), 10, ",4", ",900")));
    assert_ne!(before.features.columns[3], after.features.columns[3]);
    let sentences =
        |cohort: &Cohort| -> Vec<String> { cohort.findings.iter().map(|finding| finding.sentence.clone()).collect() };
    assert_eq!(sentences(&before), sentences(&after));
    assert!(kinds(&after).contains(&FindingKind::Constant));
}

#[test]
fn a_clinical_table_alone_is_described_with_all_its_patients() {
    let tables = Tables::with_clinical("outcome,age,pT,CEA", &[]);
    let rows: Vec<String> = clinical_rows().iter().map(|row| row[4..].to_owned()).collect();
    let path = tables.write("clinical.csv", "outcome,age,pT,CEA", &changed(rows, 2, "53,2", "53,"));
    let cohort = read_clinical(&path, None).unwrap();
    assert_eq!((cohort.ids.len(), cohort.ids[2].as_str(), cohort.set), (12, "case 3", None));
    assert_eq!(cohort.clinical[1].values[1..4], [Some(4.0), None, Some(3.0)]);
    assert_eq!((cohort.flow.analysed.patients, cohort.flow.analysed.events), (12, 6));
}

#[test]
fn a_clinical_table_in_a_spreadsheet_is_the_same_cohort() {
    let tables = Tables::new();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "see the other sheet").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("Patients").unwrap();
    for (row, line) in std::iter::once(HEADER.to_owned()).chain(clinical_rows()).enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            let (row, column) = (row as u32, column as u16);
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).unwrap(),
                Err(_) => sheet.write(row, column, cell).unwrap(),
            };
        }
    }
    let path = tables.folder.path().join("clinical.xlsx");
    book.save(&path).unwrap();
    let from_text = tables.read();
    let mut from_sheet = tables.with_schema(
        r#"{"version": 1, "sheet": "Patients", "columns": [
        {"column": "age", "role": "age"}, {"column": "pT", "role": "pT"}, {"column": "CEA", "role": "CEA"}]}"#,
    );
    from_sheet.files.clinical = path.clone();
    let cohort = from_sheet.read();
    assert_eq!((&cohort.ids, &cohort.outcome, &cohort.set), (&from_text.ids, &from_text.outcome, &from_text.set));
    assert_eq!(cohort.clinical, from_text.clinical);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = from_sheet.error();
    assert!(damaged.starts_with("clinical.xlsx: is damaged or no XLSX file"), "{damaged}");
}

/// Patients of whom the last four are for validation.
fn split_clinical() -> Vec<String> {
    let set = |i: usize| if i <= 8 { "training" } else { "validation" };
    (1..=12).map(|i| format!("P{i:02},{},{}", i % 2, set(i))).collect()
}

#[test]
fn a_gap_of_a_validation_patient_costs_that_patient_and_no_feature() {
    let tables = Tables::with_clinical("id,outcome,split", &split_clinical());
    tables.write("features.csv", FEATURES, &changed(feature_rows(), 9, ",100,", ",NaN,"));
    let cohort = tables.read();
    assert_eq!(cohort.features.names, ["f1", "f2", "f3"]);
    assert_eq!((cohort.rows(Set::Training).len(), cohort.rows(Set::Validation).len()), (8, 3));
    assert!(has_warning(&cohort, "of the validation set without a value of some feature left out: \"P10\""));
}

/// What a model of these features and clinical columns needs.
fn needed(features: &[&str], clinical: &[(&str, &[(&str, f64)])]) -> CohortOptions {
    let levels = |levels: &[(&str, f64)]| levels.iter().map(|&(label, code)| (label.to_owned(), code)).collect();
    let column = |&(name, of): &(&str, &[(&str, f64)])| NeededColumn { name: name.to_owned(), levels: levels(of) };
    let features = features.iter().map(|name| (*name).to_owned()).collect();
    let needed = Needed { features, clinical: clinical.iter().map(column).collect() };
    CohortOptions { split: SplitChoice::AllValidation, needed: Some(needed), ..CohortOptions::default() }
}

const STAGES: &[(&str, f64)] = &[("pT2", 2.0), ("pT3", 3.0), ("pT4", 4.0)];

#[test]
fn a_model_that_is_there_needs_its_own_columns_alone() {
    let header = "id,outcome,age,pT";
    let rows: Vec<String> = (1..=12).map(|i| format!("P{i:02},{},,{}", i % 2, 2 + i % 3)).collect();
    let tables = Tables::with_clinical(header, &rows);
    tables.write("features.csv", FEATURES, &changed(feature_rows(), 3, ",16,", ",NaN,"));
    let cohort = read_cohort(&tables.files, &needed(&["f1"], &[("pT", STAGES)])).unwrap();
    assert_eq!((cohort.ids.len(), cohort.features.names.len()), (12, 1));
}

#[test]
fn a_clinical_model_is_tested_with_features_and_without_and_a_missing_feature_is_named() {
    let mut tables = Tables::new();
    let clinical = needed(&[], &[("pT", STAGES)]);
    // One patient's extraction failed: that is judged by all columns, not by those that the model needs.
    tables.write("features.csv", FEATURES, &changed(feature_rows(), 0, ",1.5,1,12", ",,,"));
    assert_eq!(read_cohort(&tables.files, &clinical).unwrap().ids.len(), 11);
    let error = read_cohort(&tables.files, &needed(&["f1", "f9"], &[])).unwrap_err().to_string();
    assert!(error.ends_with("features.csv: there is no column \"f9\", which the model needs"), "{error}");
    tables.files.features = None;
    let cohort = read_cohort(&tables.files, &clinical).unwrap();
    assert_eq!((cohort.ids.len(), cohort.features.names.len(), cohort.flow.features_read), (12, 0, None));
    let error = read_cohort(&tables.files, &needed(&["f1"], &[])).unwrap_err().to_string();
    assert!(error.contains("the model needs features; give their table too"), "{error}");
    let error = read_cohort(&tables.files, &needed(&[], &[("BMI", &[])])).unwrap_err().to_string();
    assert!(error.contains("there is no column with the name or role \"BMI\", which the model needs"), "{error}");
}

#[test]
fn patients_with_a_level_that_a_model_does_not_know_are_left_out_in_the_flow() {
    let rows: Vec<String> = (1..=14)
        .map(|i| {
            format!("P{i:02},{},{},{}", i % 2, if i == 3 { 1 } else { 2 + i % 3 }, ["RT", "surgery", "TNT"][i % 7 / 3])
        })
        .collect();
    let mut tables = Tables::with_clinical("id,outcome,pT,therapy", &rows).with_schema(
        r#"{"version": 1, "columns": [{"column": "pT", "role": "pT"}, {"column": "therapy", "kind": {"type": "categories"}}]}"#,
    );
    tables.files.features = None;
    let therapies: &[(&str, f64)] = &[("CRT", 0.0), ("RT", 1.0), ("surgery", 2.0)];
    let cohort = read_cohort(&tables.files, &needed(&[], &[("pT", STAGES), ("therapy", therapies)])).unwrap();
    let reasons: Vec<(&str, usize)> =
        cohort.flow.excluded.iter().map(|step| (step.reason.as_str(), step.ids.len())).collect();
    let expected = [
        ("with pT stage \"pT1\", which the model does not know", 1),
        ("with therapy \"TNT\", which the model does not know", 2),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(cohort.ids.len(), 11);
    assert!(kinds(&cohort).contains(&FindingKind::UnknownLevel));
}

#[test]
fn a_gap_in_a_column_that_is_not_chosen_costs_nobody() {
    let tables = Tables::with_clinical(HEADER, &changed(clinical_rows(), 4, ",55,", ",,"));
    assert_eq!(tables.read().ids.len(), 11);
    let read = |names: &[&str]| {
        let candidates = Some(names.iter().map(|name| (*name).to_owned()).collect());
        read_cohort(&tables.files, &CohortOptions { candidates, ..CohortOptions::default() })
    };
    let cohort = read(&["pT"]).unwrap();
    assert_eq!((cohort.ids.len(), cohort.features.names.len()), (12, 3));
    let candidates: Vec<&str> =
        cohort.clinical.iter().filter(|column| column.is_candidate).map(|column| column.name.as_str()).collect();
    assert_eq!(candidates, ["pT"]);
    let error = read(&["BMI"]).unwrap_err().to_string();
    assert!(error.contains("no clinical column \"BMI\"") && error.ends_with("age, pT, CEA"), "{error}");
}

#[test]
fn who_was_read_twice_is_asked_only_where_there_is_a_second_reader() {
    let rows: Vec<String> = clinical_rows().iter().map(|row| format!("{row},?")).collect();
    let tables = Tables::with_clinical(&format!("{HEADER},double_read"), &rows);
    assert_eq!(tables.read().reader_study, None);
    let error = tables.with_reader2(FEATURES, &feature_rows()).error();
    assert!(error.contains("column \"double_read\": \"?\" does not say"), "{error}");
}

#[test]
fn a_second_reader_with_other_settings_of_pyradiomics_is_refused() {
    let header = "id,diagnostics_Configuration_Settings,f1,f2,f3";
    let rows = |settings: &str| -> Vec<String> {
        (1..=12).map(|i| format!("P{i:02},\"{settings}\",{i}.5,{},{}", i * i, 13 - i)).collect()
    };
    let first = "{'binWidth': 25, 'label': 1}";
    let tables = || Tables::with_features(header, &rows(first));
    let same = tables().with_reader2(header, &rows("{'label': 2, 'binWidth': 25}")).read();
    assert_eq!(same.second.unwrap().rows.len(), 12);
    let error = tables().with_reader2(header, &rows("{'binWidth': 50, 'label': 1}")).error();
    assert!(error.starts_with("reader2.csv: line 2") && error.contains("binWidth is 50 where that has 25"), "{error}");
}

#[test]
fn a_schema_that_would_code_well_known_columns_otherwise_is_refused() {
    let with = |column: &str| {
        let schema = format!("{{\"version\": 1, \"columns\": [{column}]}}");
        Tables::with_clinical("id,outcome,g,t", &(1..=12).map(|i| format!("P{i:02},{},m,2", i % 2)).collect::<Vec<_>>())
            .with_schema(&schema)
            .error()
    };
    let sex = with("{\"column\": \"g\", \"role\": \"sex\", \"kind\": {\"type\": \"categories\"}}");
    assert!(sex.contains("\"g\"") && sex.contains("stands for female"), "{sex}");
    let stage =
        with("{\"column\": \"t\", \"role\": \"pT\", \"kind\": {\"type\": \"ordered\", \"levels\": [\"2\", \"3\"]}}");
    assert!(stage.contains("\"t\"") && stage.contains("number of its stage"), "{stage}");
}
