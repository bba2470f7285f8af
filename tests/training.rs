//! Training on the synthetic cohort against R's pipeline, and what training must not see.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hepatica::base::Progress;
use hepatica::cohort::{Cohort, CohortFiles, CohortOptions, Set, read_cohort};
use hepatica::figure::{Palette, to_png};
use hepatica::model::train::{About, Pipeline, Trained, Training, train};
use hepatica::model::{self, Inputs, Model, ModelKind};
use hepatica::report::training::{TrainingFigure, TrainingReport, Trial};
use serde_json::Value;

/// Coefficients and what follows from them settle to this; R's own LASSO is fitted to about 1e-9.
const FIT: f64 = 1e-6;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/stats/open")
}

/// The synthetic cohort with its given split and folds; `None`, said by name, where it is absent.
fn open_cohort() -> Option<Cohort> {
    let file = |name: &str| folder().join(name);
    if !file("features.csv").is_file() {
        eprintln!("skipped: {} is absent", file("features.csv").display());
        return None;
    }
    let files = CohortFiles {
        features: Some(file("features.csv")),
        clinical: file("clinical.csv"),
        reader2: Some(file("features_reader2.csv")),
        split_column: Some("split".to_owned()),
        fold_column: Some("foldid".to_owned()),
        schema: None,
    };
    Some(read_cohort(&files, &CohortOptions::default()).unwrap())
}

fn reference(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

/// The study's steps without resampling, with its own clinical predictor.
fn as_the_study() -> Pipeline {
    let clinical_columns = Some(vec!["pT".to_owned()]);
    Pipeline { bootstrap: 0, nested_repetitions: 0, clinical_columns, ..Pipeline::default() }
}

fn trained(cohort: &Cohort, pipeline: &Pipeline) -> Training {
    train(cohort, pipeline, &Progress::new()).unwrap()
}

static OPEN: LazyLock<Option<(Cohort, Training)>> = LazyLock::new(|| {
    let cohort = open_cohort()?;
    let training = trained(&cohort, &as_the_study());
    Some((cohort, training))
});

fn near(found: &[f64], expected: &Value, tolerance: f64, what: &str) {
    let expected: Vec<f64> = expected.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() <= tolerance * b.abs(), "{what}: {a} where R has {b}");
    }
}

fn of_kind(training: &Training, kind: ModelKind) -> &Trained {
    training.models.iter().find(|trained| trained.kind == kind).unwrap()
}

#[test]
fn the_readers_agree_on_the_features_that_r_keeps() {
    let Some((cohort, training)) = &*OPEN else { return };
    let kept: Vec<&str> = training.candidates.iter().map(|&column| cohort.features.names[column].as_str()).collect();
    let expected = reference("ref_icc.json");
    let expected: Vec<&str> =
        expected["pass_by_ICC2"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(kept, expected);
}

#[test]
fn radscore_and_probabilities_of_every_patient_are_rs() {
    let Some((_, training)) = &*OPEN else { return };
    let expected = &reference("ref_pipeline.json")["radscore_and_probabilities"];
    near(training.radscore.as_ref().unwrap(), &expected["radscore"], FIT, "radscore");
    for (kind, name) in
        [(ModelKind::Clinical, "clinical"), (ModelKind::Radiomics, "radiomics"), (ModelKind::Combined, "combined")]
    {
        near(&of_kind(training, kind).probabilities, &expected[name], FIT, name);
    }
}

#[test]
fn areas_and_rates_on_both_sets_are_rs() {
    let Some((_, training)) = &*OPEN else { return };
    let expected = reference("ref_roc.json");
    for (kind, name) in
        [(ModelKind::Clinical, "clinical"), (ModelKind::Radiomics, "radiomics"), (ModelKind::Combined, "combined")]
    {
        let trained = of_kind(training, kind);
        for (set, measured) in [("training", &trained.training), ("validation", trained.validation.as_ref().unwrap())] {
            let of = &expected[set];
            let auc = of[name]["auc"].as_f64().unwrap();
            assert!((measured.roc.auc - auc).abs() < 1e-12, "{set} {name}");
            let table = &of["at_training_youden_threshold_first_if_tied"][name];
            let counts = [measured.confusion.tp, measured.confusion.fp, measured.confusion.fn_, measured.confusion.tn];
            let theirs = ["tp", "fp", "fn", "tn"].map(|key| table[key].as_u64().unwrap() as usize);
            assert_eq!(counts, theirs, "{set} {name}");
        }
    }
}

#[test]
fn a_models_file_predicts_what_training_predicted() {
    let Some((cohort, training)) = &*OPEN else { return };
    for trained in &training.models {
        let written = training.to_model(cohort, trained, &About::of(cohort)).to_json();
        let model = Model::from_json(&written).unwrap();
        for row in 0..cohort.ids.len() {
            let names = cohort.features.names.iter().cloned();
            let features = names.zip(cohort.features.columns.iter().map(|column| column[row]));
            let clinical = cohort.clinical.iter().map(|column| (column.name.clone(), column.values[row].unwrap()));
            let inputs = Inputs { values: features.chain(clinical).collect(), protocol: None };
            let prediction = model::predict(&model, &inputs).unwrap();
            let difference = (prediction.probability - trained.probabilities[row]).abs();
            assert!(difference < 1e-12, "{:?} {}: {difference}", trained.kind, cohort.ids[row]);
        }
    }
}

/// The cohort with other features, clinical values and outcomes for its validation patients, and no column that names its reader
/// study.
fn with_other_validation_rows(cohort: &Cohort) -> Cohort {
    let mut other = cohort.clone();
    other.reader_study = None;
    let rows: Vec<usize> = (0..cohort.ids.len()).filter(|&row| cohort.set[row] == Set::Validation).collect();
    let outcomes: Vec<bool> = rows.iter().map(|&row| cohort.outcome[row]).collect();
    for (i, &row) in rows.iter().enumerate() {
        other.outcome[row] = outcomes[(i + 1) % outcomes.len()];
        for (number, column) in other.features.columns.iter_mut().enumerate() {
            column[row] = 1.7 * column[row] + number as f64;
        }
        for column in &mut other.clinical {
            column.values[row] = column.values[(row + 1) % cohort.ids.len()];
        }
    }
    other
}

#[test]
fn nothing_of_the_validation_rows_reaches_a_model() {
    let Some((cohort, _)) = &*OPEN else { return };
    let own = Cohort { reader_study: None, ..cohort.clone() };
    let other = with_other_validation_rows(cohort);
    let pipeline = Pipeline { bootstrap: 20, nested_repetitions: 2, ..Pipeline::default() };
    let (a, b) = (trained(&own, &pipeline), trained(&other, &pipeline));
    assert_eq!(a.models.len(), b.models.len());
    for (a, b) in a.models.iter().zip(&b.models) {
        assert_eq!(a.regression, b.regression);
        assert_eq!(a.training, b.training);
        assert_ne!(a.validation, b.validation, "the validation rows did change");
    }
    assert_eq!(a.selection, b.selection);
    assert_eq!(a.resampled, b.resampled);
}

#[test]
fn resampling_does_not_depend_on_the_number_of_threads() {
    let Some((cohort, _)) = &*OPEN else { return };
    let pipeline = Pipeline { bootstrap: 10, nested_repetitions: 1, ..as_the_study() };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trained(cohort, &pipeline).resampled)
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn optimism_lowers_what_is_apparent_and_doubts_are_said() {
    let Some((cohort, _)) = &*OPEN else { return };
    let pipeline = Pipeline { bootstrap: 30, nested_repetitions: 2, ..as_the_study() };
    let training = trained(cohort, &pipeline);
    let radiomics = training.resampled.as_ref().unwrap().of(ModelKind::Radiomics).unwrap();
    let [apparent, corrected] = radiomics.auc.unwrap();
    assert!(corrected < apparent && radiomics.nested_auc.unwrap() < apparent, "{radiomics:?}");
    assert!(training.doubts.iter().any(|doubt| doubt.contains("events for")), "{:?}", training.doubts);
}

#[test]
fn settings_that_cannot_be_followed_are_refused_in_one_sentence() {
    let Some((cohort, _)) = &*OPEN else { return };
    let says = |pipeline: Pipeline, words: &str| {
        let error = train(cohort, &pipeline, &Progress::new()).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    };
    says(Pipeline { mrmr_features: 500, ..as_the_study() }, "500 features are asked for");
    says(Pipeline { clinical_columns: Some(vec!["BMI".to_owned()]), ..as_the_study() }, "no clinical column \"BMI\"");
    says(Pipeline { folds: 1, ..as_the_study() }, "at least 3");
}

#[test]
fn every_figure_of_a_run_is_drawn_and_marks_the_threshold_that_is_tried() {
    let Some((cohort, training)) = &*OPEN else { return };
    let about = About::of(cohort);
    let report = TrainingReport { cohort, training, about: &about };
    let trial = Trial { kind: ModelKind::Combined, threshold: 0.3 };
    for figure in TrainingFigure::ALL {
        let plain = figure.draw(&report, None).unwrap_or_else(|| panic!("{figure:?}"));
        if let Some(folder) = std::env::var_os("HEPATICA_FIGURES_OUT") {
            let png = to_png(&plain, Palette::Light, 2.0).unwrap();
            std::fs::write(Path::new(&folder).join(format!("{}.png", figure.file_name())), png).unwrap();
        }
        let moves =
            matches!(figure, TrainingFigure::Roc(_) | TrainingFigure::DecisionCurves(_) | TrainingFigure::Confusion(_));
        assert_eq!(plain != figure.draw(&report, Some(trial)).unwrap(), moves, "{figure:?}");
    }
}
