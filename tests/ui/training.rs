//! The Train page: tables, a run, the threshold, and what is saved of it, on a small cohort that is made up here.

use std::fmt::Write as _;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::RESEARCH_USE_ONLY;
use hepatica::model::{Model, ModelKind};
use hepatica::ui::{Options, Page};

use super::harness::Window;

const N_PATIENTS: usize = 60;
const N_FEATURES: usize = 8;

/// A number from -1 to 1 that looks drawn (an integer hash), the same at every run.
fn noise(patient: usize, column: usize) -> f64 {
    let mut state = (patient as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state ^= (column as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((state >> 11) as f64 / (1u64 << 53) as f64) * 2.0 - 1.0
}

fn is_event(patient: usize) -> bool {
    patient % 5 < 2
}

/// Two features and pT differ between the outcomes, the others do not.
fn features(is_simulated: bool, reader: usize, n: usize) -> String {
    let names: Vec<String> = (0..N_FEATURES).map(|column| format!("original_firstorder_F{column}")).collect();
    let mut text = format!("id,diagnostics_Simulated,{}\n", names.join(","));
    for patient in 0..n {
        let values = (0..N_FEATURES).map(|column| {
            let effect = if is_event(patient) && column < 2 { 0.5 } else { 0.0 };
            (effect + noise(patient, column) + 0.05 * noise(patient, 100 * reader + column)).to_string()
        });
        let values: Vec<String> = values.collect();
        writeln!(text, "P{patient:02},{is_simulated},{}", values.join(",")).unwrap();
    }
    text
}

fn clinical() -> String {
    let mut text = "id,outcome,split,sex,age,pT\n".to_owned();
    for patient in 0..N_PATIENTS {
        let outcome = u8::from(is_event(patient));
        let split = if patient % 3 == 2 { "validation" } else { "training" };
        let sex = if noise(patient, 50) > 0.0 { "M" } else { "F" };
        let age = 60.0 + (10.0 * noise(patient, 51)).round();
        let p_t = if noise(patient, 52) + f64::from(outcome) > 0.4 { 3 } else { 2 };
        writeln!(text, "P{patient:02},{outcome},{split},{sex},{age},{p_t}").unwrap();
    }
    text
}

/// The Train page of a window without an image, and the cohort's files in its folder.
fn page(is_simulated: bool) -> Window {
    let mut window = Window::start(Options::default(), tempfile::tempdir().unwrap());
    let texts = [
        ("features.csv", features(is_simulated, 1, N_PATIENTS)),
        ("clinical.csv", clinical()),
        ("features_reader2.csv", features(is_simulated, 2, 20)),
    ];
    for (name, text) in texts {
        std::fs::write(window.file(name), text).unwrap();
    }
    window.steps(2);
    window.key(Key::F4);
    assert_eq!(window.shown().page, Page::Train);
    window
}

fn drop_tables(window: &mut Window) {
    let paths = ["features.csv", "clinical.csv", "features_reader2.csv"].map(|name| window.file(name));
    window.drop_files(&paths);
    enter(window, "The column with the split", "split");
}

/// Types into a field in place of what is there.
fn enter(window: &mut Window, field: &str, text: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, field).focus();
    window.steps(2);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(Event::Text(text.to_owned()));
    window.steps(2);
}

fn set(window: &mut Window, field: &str, value: f64) {
    window.harness.get_by_role_and_label(Role::SpinButton, field).set_value_accesskit(value);
    window.steps(2);
}

/// The page with the cohort read.
fn read(is_simulated: bool) -> Window {
    let mut window = page(is_simulated);
    drop_tables(&mut window);
    window.click("Read the tables");
    window.wait("the cohort", |shown| shown.cohort == Some(N_PATIENTS));
    window
}

/// The page with models, without resampling.
fn trained(is_simulated: bool) -> Window {
    let mut window = read(is_simulated);
    train(&mut window);
    window
}

/// Trains without resampling.
fn train(window: &mut Window) {
    set(window, "Bootstrap", 0.0);
    set(window, "Nested CV", 0.0);
    set(window, "mRMR keeps", 5.0);
    window.activate("Train the models");
    window.wait("the models", |shown| shown.trained_models == 3);
}

/// What a figure says to those who cannot see it.
fn said(window: &Window, begins: &str) -> String {
    let image = window.harness.get_all_by_role(Role::Image).find_map(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        label.starts_with(begins).then_some(label)
    });
    image.unwrap_or_else(|| panic!("no figure begins with {begins}"))
}

#[test]
fn tables_are_read_into_a_flowchart_and_table_1() {
    let window = read(false);
    window.harness.get_by_label("60 patients, 24 with the event");
    let flow = said(&window, "Flow of patients");
    assert!(flow.contains("Training") && flow.contains("Validation"), "{flow}");
    window.harness.get_by_label_contains("Age (years)");
    window.harness.get_by_label_contains("Sex    Pearson's chi-square test");
    window.harness.get_by_label(RESEARCH_USE_ONLY);
    assert!(window.harness.query_by_label("SIMULATED").is_none());
}

#[test]
fn a_run_shows_table_2_its_doubts_and_every_figure() {
    let mut window = trained(false);
    window.harness.get_by_label("How far to trust it");
    for row in ["Clinical training", "Radiomics validation", "Combined validation"] {
        window.harness.get_by_label_contains(row);
    }
    for (part, figures) in [
        ("Selection", &["LASSO", "5-fold", "Coefficients", "Radscore"][..]),
        ("Performance", &["ROC curves, training", "Calibration", "Decision curves", "Combined model, training"]),
        ("Models", &["Nomogram"]),
    ] {
        window.click(part);
        for figure in figures {
            said(&window, figure);
        }
    }
}

#[test]
fn the_threshold_moves_through_roc_calls_and_decision_curves_together() {
    let mut window = trained(false);
    window.click("Performance");
    let figures = ["ROC curves", "Combined model", "Decision curves", "Calibration"];
    let before = figures.map(|figure| said(&window, figure));
    let youden = window.shown().threshold.unwrap();
    let said_by_calls = format!("at a threshold of {:.1} %", 100.0 * youden);
    assert!(before[1].contains(&said_by_calls), "{} is not at {said_by_calls}", before[1]);
    let steps = youden / 0.005;
    assert!((steps - steps.round()).abs() > 1e-3, "{youden} is a step of the slider: it was rounded");
    let slider = "Threshold of the model";
    window.harness.get_by_label(slider).set_value_accesskit(0.9);
    window.steps(2);
    assert_eq!(window.shown().threshold, Some(0.9));
    let after = figures.map(|figure| said(&window, figure));
    let changed: Vec<bool> = before.iter().zip(&after).map(|(before, after)| before != after).collect();
    assert_eq!(changed, [true, true, true, false], "{after:#?}");
    window.click("Look at the radiomics model");
    assert_ne!(window.shown().threshold, Some(0.9), "each model begins at its own threshold");
    said(&window, "Radiomics model, training");
    window.click("Validation");
    said(&window, "Radiomics model, validation");
    window.click("Look at the combined model");
    assert_eq!(window.shown().threshold, Some(youden));
}

#[test]
fn a_wrong_table_shows_its_sentence_and_what_was_read_stays() {
    let mut window = read(false);
    let wrong = window.file("wrong.csv");
    std::fs::write(&wrong, features(false, 1, N_PATIENTS).replace("P07,false,", "P07,false,text")).unwrap();
    enter(&mut window, "The feature table (CSV)", &wrong.display().to_string());
    window.click("Read the tables");
    window.wait("the sentence", |shown| shown.job.is_none());
    window.harness.get_by_label_contains("line 9");
    assert_eq!((window.shown().cohort, window.shown().message), (Some(N_PATIENTS), None));
    window.harness.get_by_label("OUT OF DATE");
    assert!(window.is_disabled("Train the models"));
    // Back at the table that was read, everything is as it was.
    let right = window.file("features.csv").display().to_string();
    enter(&mut window, "The feature table (CSV)", &right);
    assert!(!window.is_disabled("Train the models"));
}

#[test]
fn a_training_is_cancelled_and_can_be_begun_again() {
    let mut window = read(false);
    set(&mut window, "Bootstrap", 2000.0);
    set(&mut window, "mRMR keeps", 5.0);
    window.activate("Train the models");
    window.activate("Cancel the training");
    assert_eq!(window.shown().job, None);
    assert_eq!((window.shown().trained_models, window.shown().note.as_str()), (0, "Training: cancelled"));
    train(&mut window);
}

#[test]
fn settings_that_no_run_can_follow_are_refused_in_place() {
    let mut window = read(false);
    set(&mut window, "mRMR keeps", 20.0);
    window.activate("Train the models");
    window.wait("the answer", |shown| shown.job.is_none());
    window.harness.get_by_label_contains("selection and fitting");
    assert_eq!((window.shown().trained_models, window.shown().message), (0, None));
}

#[test]
fn models_figures_and_the_folder_of_everything_are_written() {
    let mut window = trained(false);
    let model = window.save_as("Save the combined model", "combined.json");
    window.wait("the model", |shown| shown.job.is_none());
    assert_eq!(Model::read(&model).unwrap().kind, ModelKind::Combined);
    window.click("Performance");
    let figure = window.save_as("Save the figure: ROC curves, training", "roc.svg");
    window.wait("the figure", |shown| shown.job.is_none());
    assert!(std::fs::read_to_string(figure).unwrap().contains("ROC curves, training"));
    let folder = window.save_as("Save every number, table, figure and model into a folder", "everything");
    window.wait("the folder", |shown| shown.job.is_none());
    assert!(folder.join("results.json").is_file() && folder.join("models/radiomics.json").is_file());
    // What is there is not replaced unasked.
    window.click("Save every number, table, figure and model into a folder");
    window.type_path(&folder);
    window.click("Save");
    window.harness.get_by_label_contains("is not empty");
}

#[test]
fn a_simulated_cohort_says_so_on_the_page_on_its_figures_and_on_the_risk_page() {
    let mut window = trained(true);
    window.harness.get_by_label("SIMULATED");
    window.click("Performance");
    let curves = said(&window, "ROC curves");
    assert!(curves.contains("The patients are simulated.") && curves.contains(RESEARCH_USE_ONLY), "{curves}");
    window.click("Use the combined model on the Risk page");
    assert_eq!(window.shown().page, Page::Risk);
    window.harness.get_by_label_contains("Model: SIMULATED");
}

#[test]
fn the_demonstration_cohort_is_one_click_away() {
    let mut window = page(false);
    drop_tables(&mut window);
    window.click("Load the demonstration cohort: 112 simulated patients who never lived");
    window.wait("the cohort", |shown| shown.cohort == Some(112));
    window.harness.get_by_label("SIMULATED");
    // What was typed is still there.
    window.click("Back to your own tables");
    window.click("Read the tables");
    window.wait("the cohort", |shown| shown.cohort == Some(N_PATIENTS));
    assert!(window.harness.query_by_label("SIMULATED").is_none());
}
