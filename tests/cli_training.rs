//! `icc`, `train`, `predict`, `evaluate` and `stats` from the command line, on a small made-up cohort.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hepatica::base::Stream;
use serde_json::Value;
use tempfile::TempDir;

const PATIENTS: usize = 60;
const FEATURES: usize = 12;

/// Made-up tables in a folder: the event moves the first two features; every third patient is read twice.
struct Tables {
    folder: TempDir,
}

impl Tables {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Stream::new(5, 0);
        let names: Vec<String> = (1..=FEATURES).map(|i| format!("feature{i}")).collect();
        let mut features = format!("id,{}\n", names.join(","));
        let mut second = features.clone();
        let mut clinical = "id,outcome,age,sex,pT\n".to_owned();
        for patient in 0..PATIENTS {
            let event = patient % 2 == 1;
            let mut line = format!("P{patient:03}");
            let mut reread = line.clone();
            for feature in 0..FEATURES {
                let shift = if event && feature < 2 { 0.8 } else { 0.0 };
                let value = shift + random.between(-1.0, 1.0);
                write!(line, ",{value}").unwrap();
                write!(reread, ",{}", value + random.between(-0.1, 0.1)).unwrap();
            }
            features += &format!("{line}\n");
            if patient % 3 == 0 {
                second += &format!("{reread}\n");
            }
            let stage = 2 + (patient + usize::from(event)) % 3;
            let sex = if patient % 5 < 2 { "F" } else { "M" };
            clinical += &format!("P{patient:03},{},{},{sex},{stage}\n", usize::from(event), 45 + patient % 30);
        }
        let tables = Self { folder };
        tables.write("features.csv", &features);
        tables.write("second.csv", &second);
        tables.write("clinical.csv", &clinical);
        tables
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hepatica")).current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Trains with few resamples; `more` are further arguments.
    fn train(&self, more: &[&str]) -> Output {
        let fixed = ["train", "--features", "features.csv", "--clinical", "clinical.csv", "--out", "model.json"];
        let quick = ["--mrmr", "6", "--bootstrap", "10", "--nested", "1", "--report", "report"];
        self.run(&[&fixed[..], &quick, more].concat())
    }
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The one sentence of a refusal, which leaves nothing behind.
fn refused(tables: &Tables, output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| !line.contains("warning:")).collect();
    assert!(errors.len() == 1 && words.iter().all(|word| errors[0].contains(word)), "{said}");
    assert!(!tables.path("model.json").exists());
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn training_writes_model_numbers_tables_and_figures() {
    let tables = Tables::new();
    done(&tables.train(&["--reader2", "second.csv", "--clinical-columns", "pT"]));
    let results = json(&tables.path("report/results.json"));
    assert_eq!(results["cohort"]["flow"]["training"]["patients"], 42);
    assert_eq!(results["models"]["combined"]["training"]["n"], 42);
    assert!(results["resampled"]["models"].as_array().unwrap().len() == 3);
    let names = [
        "performance.csv",
        "table_1.csv",
        "patients.csv",
        "icc.csv",
        "models/combined.json",
        "figures/roc_training.svg",
        "report.pdf",
        "model-card.md",
        "model-card.pdf",
    ];
    for name in names {
        assert!(tables.path("report").join(name).is_file(), "{name}");
    }
    let model = json(&tables.path("model.json"));
    assert_eq!(model["kind"], "combined");
    assert!(tables.text("model.json").contains("Research"), "what it is meant for stands in it");
}

#[test]
fn a_seed_gives_the_same_bytes_again_and_another_seed_another_split() {
    let tables = Tables::new();
    let patients = |seed: &str| {
        done(&tables.train(&["--seed", seed, "--clinical-columns", "pT", "--force"]));
        [tables.text("model.json"), tables.text("report/patients.csv"), tables.text("report/results.json")]
    };
    let (first, again, other) = (patients("3"), patients("3"), patients("4"));
    assert_eq!(first, again);
    assert_ne!(first[1], other[1]);
}

#[test]
fn a_trained_model_predicts_what_training_did() {
    let tables = Tables::new();
    done(&tables.train(&["--clinical-columns", "pT"]));
    let predict = ["predict", "--model", "model.json", "--features", "features.csv", "--clinical", "clinical.csv"];
    let output = tables.run(&[&predict[..], &["--out", "predictions.csv"]].concat());
    done(&output);
    let column = |name: &str, column: &str| {
        let mut reader = csv::Reader::from_path(tables.path(name)).unwrap();
        let place = reader.headers().unwrap().iter().position(|header| header == column).unwrap();
        reader.records().map(|row| row.unwrap()[place].parse::<f64>().unwrap()).collect::<Vec<f64>>()
    };
    let (predicted, trained) = (column("predictions.csv", "probability"), column("report/patients.csv", "combined"));
    assert_eq!(predicted.len(), PATIENTS);
    assert!(predicted.iter().zip(&trained).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(tables.text("predictions.csv").contains("extracted"), "the protocol is not known and that is said");
}

#[test]
fn evaluation_gives_the_numbers_of_the_cohort_and_offers_recalibration() {
    let tables = Tables::new();
    done(&tables.train(&["--clinical-columns", "pT"]));
    let evaluate = ["evaluate", "--model", "model.json", "--features", "features.csv", "--clinical", "clinical.csv"];
    done(&tables.run(&[&evaluate[..], &["--report", "external"]].concat()));
    let results = json(&tables.path("external/results.json"));
    assert_eq!(results["measured"]["n"], PATIENTS);
    // Recalibrated on the same patients, intercept and slope are 0 and 1.
    let again = &results["recalibration"]["slope"]["measured"]["calibration"]["recalibration"];
    assert!((again["slope"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{again}");
    let recalibrated = fs::read_to_string(tables.path("external/recalibrated.json")).unwrap();
    assert!(hepatica::model::Model::from_json(&recalibrated).is_ok());
    assert!(tables.path("external/figures/calibration.png").is_file());
}

#[test]
fn a_clinical_model_is_evaluated_without_features_and_known_for_its_own_patients() {
    let tables = Tables::new();
    done(&tables.train(&["--clinical-columns", "pT"]));
    let evaluate = ["evaluate", "--model", "report/models/clinical.json", "--clinical", "clinical.csv", "--report"];
    let output = tables.run(&[&evaluate[..], &["external"]].concat());
    done(&output);
    assert!(said(&output).contains("analysed: 60"), "{}", said(&output));
    // All patients, training and validation together, are those of the model's file.
    assert!(said(&output).contains("no external validation"), "{}", said(&output));
    done(&tables.run(&[&evaluate[..], &["again", "--features", "features.csv"]].concat()));
    let measured = |folder: &str| json(&tables.path(folder).join("results.json"))["measured"].clone();
    assert_eq!(measured("external"), measured("again"));
}

#[test]
fn tables_of_other_people_are_predicted_by_the_schema_that_trained_the_model() {
    let tables = Tables::new();
    let schema = r#"{"version": 1, "columns": [{"column": "pT", "role": "pT"},
        {"column": "sex", "label": "Therapy", "kind": {"type": "categories", "reference": "M"}}]}"#;
    tables.write("schema.json", schema);
    done(&tables.train(&["--schema", "schema.json", "--clinical-columns", "sex", "--force"]));
    let model = json(&tables.path("model.json"));
    assert_eq!(model["predictors"][1]["name"], "sex=F");
    tables.write("new.csv", "id,sex,pT\nP000,F,?\n");
    let predict = ["predict", "--model", "model.json", "--features", "features.csv", "--clinical", "new.csv"];
    done(&tables.run(&[&predict[..], &["--schema", "schema.json"]].concat()));
    tables.write("new.csv", "id,sex\nP000,X\n");
    let refused = tables.run(&predict);
    assert!(refused.status.code() == Some(2) && said(&refused).contains("give F, M"), "{}", said(&refused));
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let tables = Tables::new();
    let before = tables.text("clinical.csv");
    let train = ["train", "--features", "features.csv", "--clinical", "clinical.csv", "--force", "--out"];
    let icc = ["icc", "--reader1", "features.csv", "--reader2", "second.csv", "--force", "--out"];
    for (command, out) in [
        (&train[..], &["clinical.csv"][..]),
        (&train, &["model.json", "--report", "."]),
        (&icc, &["second.csv"]),
        (&["stats", "clinical.csv", "--force", "--out"], &["clinical.csv"]),
    ] {
        let output = tables.run(&[command, out].concat());
        let said = said(&output);
        assert!(output.status.code() == Some(2) && said.contains("is made from"), "{command:?}: {said}");
    }
    assert_eq!(tables.text("clinical.csv"), before);
    let ending = tables.run(&["stats", "clinical.csv", "--out", "t.xlsx"]);
    assert!(ending.status.code() == Some(2) && said(&ending).contains(".csv or .json"), "{}", said(&ending));
}

#[test]
fn the_readers_agreement_has_a_row_for_each_feature() {
    let tables = Tables::new();
    let output = tables.run(&["icc", "--reader1", "features.csv", "--reader2", "second.csv", "--out", "icc.csv"]);
    done(&output);
    assert_eq!(tables.text("icc.csv").lines().count(), FEATURES + 1);
    assert!(said(&output).contains("20 patients"), "{}", said(&output));
}

#[test]
fn table_1_is_printed_with_tests_and_reasons() {
    let tables = Tables::new();
    let output = tables.run(&["stats", "clinical.csv"]);
    done(&output);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in ["without (n = 30)", "with (n = 30)", "Age", "chi-square", "expected counts"] {
        assert!(printed.contains(words), "{printed}");
    }
    done(&tables.run(&["stats", "clinical.csv", "--out", "t.json"]));
    assert_eq!(json(&tables.path("t.json")).as_array().unwrap().len(), 3);
}

#[test]
fn a_text_in_a_number_is_named_with_line_and_column() {
    let tables = Tables::new();
    let wrong = tables.text("features.csv").replacen("P007,", "P007,high,", 1);
    let cut: Vec<String> =
        wrong.lines().map(|line| line.split(',').take(FEATURES + 1).collect::<Vec<&str>>().join(",")).collect();
    tables.write("features.csv", &(cut.join("\n") + "\n"));
    refused(&tables, &tables.train(&[]), &["line 9", "feature1", "\"high\""]);
}

#[test]
fn a_missing_id_column_one_class_and_too_few_cases_are_refused() {
    let tables = Tables::new();
    let clinical = tables.text("clinical.csv");
    tables.write("clinical.csv", &clinical.replacen("id,", "number,", 1));
    refused(&tables, &tables.train(&[]), &["\"id\""]);
    let one_class: String =
        clinical.lines().filter(|line| !line.contains(",1,")).map(|line| format!("{line}\n")).collect();
    tables.write("clinical.csv", &one_class);
    refused(&tables, &tables.train(&[]), &["none of the 30 patients has the event"]);
    let few: String = clinical.lines().take(15).map(|line| format!("{line}\n")).collect();
    tables.write("clinical.csv", &few);
    refused(&tables, &tables.train(&["--folds", "9"]), &["fewer than the 9 folds"]);
}

#[test]
fn more_features_than_there_are_is_refused() {
    let tables = Tables::new();
    let output = tables.run(&[
        "train",
        "--features",
        "features.csv",
        "--clinical",
        "clinical.csv",
        "--out",
        "model.json",
        "--mrmr",
        "20",
    ]);
    refused(&tables, &output, &["20 features are asked for", "12"]);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let tables = Tables::new();
    tables.write("model.json", "mine");
    let output = tables.train(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(tables.text("model.json"), "mine");
    assert!(!tables.path("report").exists());
}
