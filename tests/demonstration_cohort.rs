//! The demonstration cohort that comes with the program: what `scripts/demonstration-cohort` makes, and a part of it made again through
//! the whole chain from the phantom to the table of features.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use hepatica::base::{ByteSize, Progress};
use hepatica::cohort::CohortOptions;
use hepatica::cohort::imaging_cases;
use hepatica::exchange::table::{Table, read_table};
use hepatica::job::{ExtractCohort, ReadDemonstration, Request, SimulateCohort, Start, TrainModels, failures_path};
use hepatica::model::train::{About, Pipeline};
use hepatica::model::{DataKind, Model, ModelKind};
use hepatica::phantom::{CohortSpec, SimulatedPatient};
use hepatica::radiomics::Protocol;

/// Relative: the arithmetic is the same; sines, logarithms and roots of other processors may differ in their last digits.
const TOLERANCE: f64 = 1e-9;
/// Features of the study's protocol.
const N_FEATURES: usize = 1316;

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demonstration").join(name)
}

/// A packed table.
fn unpacked(name: &str, folder: &Path) -> Table {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(asset(name)).unwrap()).read_to_string(&mut text).unwrap();
    let path = folder.join(name.trim_end_matches(".gz"));
    fs::write(&path, text).unwrap();
    read_table(&path).unwrap()
}

fn is_feature(name: &str) -> bool {
    name != "id" && !name.starts_with("diagnostics_")
}

fn ids(table: &Table) -> Vec<String> {
    let id = table.column("id").unwrap();
    (0..table.rows.len()).map(|row| table.text(row, id).to_owned()).collect()
}

/// Extracts the cases of a table as `hepatica extract --cases` does.
fn extracted(cases: &Path, out: PathBuf) -> Table {
    let request = ExtractCohort {
        cases: imaging_cases(&read_table(cases).unwrap(), cases.parent().unwrap()).unwrap(),
        shard: None,
        protocol: Protocol::shipped("liang2022").unwrap(),
        failures: failures_path(&out),
        out: out.clone(),
        start: Start::New,
        n_threads: 2,
        memory: ByteSize(2 << 30),
    };
    assert_eq!(request.run(&Progress::new()).unwrap().n_failed, 0);
    read_table(&out).unwrap()
}

/// Every feature of every row that was made again against the row that comes with the program.
fn assert_same_features(again: &Table, shipped: &Table) {
    let shipped_ids = ids(shipped);
    assert!(!again.rows.is_empty());
    for (row, id) in ids(again).iter().enumerate() {
        let shipped_row = shipped_ids.iter().position(|other| other == id).unwrap();
        let mut n = 0;
        for (column, name) in again.header.iter().enumerate().filter(|(_, name)| is_feature(name)) {
            let found = again.number(row, column).unwrap().unwrap();
            let expected = shipped.number(shipped_row, shipped.column(name).unwrap()).unwrap().unwrap();
            let difference = (found - expected).abs();
            assert!(difference <= TOLERANCE * expected.abs().max(1e-6), "{id} {name}: {found} for {expected}");
            n += 1;
        }
        assert_eq!(n, N_FEATURES, "{id}");
    }
}

#[test]
fn a_patient_of_each_outcome_and_a_second_read_come_out_as_shipped() {
    let folder = tempfile::tempdir().unwrap();
    let spec = CohortSpec::default();
    let patients = spec.patients();
    let twice = patients.iter().find(|patient| patient.is_read_twice).unwrap();
    let other = patients.iter().find(|patient| patient.outcome != twice.outcome).unwrap();
    let cohort = SimulateCohort {
        folder: folder.path().join("cohort"),
        spec,
        numbers: Some(vec![twice.number, other.number]),
        start: Start::New,
    };
    let paths = cohort.run(&Progress::new()).unwrap();
    let first = extracted(&paths.cases, folder.path().join("first.csv"));
    assert_same_features(&first, &unpacked("features.csv.gz", folder.path()));
    let second = extracted(&paths.cases_reader2, folder.path().join("second.csv"));
    assert_same_features(&second, &unpacked("features_reader2.csv.gz", folder.path()));
    let shipped = fs::read_to_string(asset("clinical.csv")).unwrap();
    let clinical = fs::read_to_string(&paths.clinical).unwrap();
    assert_eq!(clinical.lines().count(), 3);
    assert!(clinical.lines().all(|line| shipped.lines().any(|other| other == line)), "{clinical}");
}

#[test]
fn the_shipped_tables_have_the_cohorts_patients_and_say_that_they_are_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let patients = CohortSpec::default().patients();
    let all = |_: &&SimulatedPatient| true;
    let twice = |patient: &&SimulatedPatient| patient.is_read_twice;
    let of = |is: &dyn Fn(&&SimulatedPatient) -> bool| {
        patients.iter().filter(is).map(|patient| patient.id.clone()).collect::<Vec<_>>()
    };
    let tables = [("features.csv.gz", of(&all)), ("features_reader2.csv.gz", of(&twice))];
    for (name, expected) in tables {
        let table = unpacked(name, folder.path());
        assert_eq!(ids(&table), expected, "{name}");
        assert_eq!(table.header.iter().filter(|column| is_feature(column)).count(), N_FEATURES);
        let simulated = table.column("diagnostics_Simulated").unwrap();
        assert!((0..table.rows.len()).all(|row| table.text(row, simulated) == "true"), "{name}");
    }
    let clinical = read_table(&asset("clinical.csv")).unwrap();
    assert_eq!(ids(&clinical), of(&all));
    let outcome = clinical.column("outcome").unwrap();
    let said: Vec<bool> = (0..clinical.rows.len()).map(|row| clinical.text(row, outcome) == "1").collect();
    assert_eq!(said, patients.iter().map(|patient| patient.outcome).collect::<Vec<_>>());
}

#[test]
fn the_command_line_refuses_what_is_no_cohort() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("cohort");
    let out = out.to_str().unwrap();
    let wrong: [(&[&str], &str); 4] = [
        (&["--cohort", "--thin"], "--thin"),
        (&["--cohort", "--heterogeneity", "0.5"], "--heterogeneity"),
        (&["--cohort", "--patients", "113"], "113"),
        (&["--patients", "3"], "--cohort"),
    ];
    for (arguments, culprit) in wrong {
        let arguments = [&["phantom", "--out", out], arguments].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_hepatica")).args(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.lines().count() == 1 && said.contains(culprit), "{arguments:?}: {said}");
    }
    assert!(!Path::new(out).exists());
}

/// Relative: iterations settle to about 1e-10, and what follows from them to a little less.
const TRAINED: f64 = 1e-6;

#[test]
fn the_embedded_model_is_what_training_on_the_tables_gives() {
    let progress = Progress::new();
    let cohort = ReadDemonstration { options: CohortOptions::default() }.run(&progress).unwrap();
    let pipeline = Pipeline { bootstrap: 0, nested_repetitions: 0, ..Pipeline::default() };
    let training = TrainModels { cohort: cohort.clone(), pipeline }.run(&progress).unwrap();
    let richest = training.models.last().unwrap();
    let model = training.to_model(&cohort, richest, &About::of(&cohort));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/demonstration-combined.json");
    let embedded = Model::read(&path).unwrap();
    assert_eq!((embedded.kind, embedded.provenance.data), (ModelKind::Combined, DataKind::Simulated));
    assert!(embedded.training.as_ref().unwrap().internal.is_some(), "its honest numbers are in it");
    let near = |a: f64, b: f64| assert!((a - b).abs() <= TRAINED * b.abs().max(1.0), "{a} where the file has {b}");
    near(model.intercept, embedded.intercept);
    assert_eq!(model.predictors.len(), embedded.predictors.len());
    for (a, b) in model.predictors.iter().zip(&embedded.predictors) {
        assert_eq!(a.name, b.name);
        near(a.coefficient, b.coefficient);
    }
    let terms = |model: &Model| model.radscore.as_ref().unwrap().terms.clone();
    assert_eq!(terms(&model).len(), terms(&embedded).len());
    for (a, b) in terms(&model).iter().zip(terms(&embedded)) {
        assert_eq!(a.feature, b.feature);
        near(a.coefficient * a.sd, b.coefficient * b.sd);
    }
}
