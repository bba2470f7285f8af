//! The Risk page: the list of models, what a chosen model lacks, and its figures.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::RESEARCH_USE_ONLY;
use hepatica::model::{self, DataKind, Model, ModelKind, Predictor, PredictorRole, ProtocolTag};
use hepatica::radiomics::Protocol;

use super::harness::Window;
use super::models;

fn protocol() -> ProtocolTag {
    let protocol = Protocol::liang2022();
    let settings = serde_json::Value::Null;
    ProtocolTag { name: protocol.name.clone(), fingerprint: protocol.fingerprint(), settings }
}

/// A model on one feature and pT, fitted on nothing: its numbers are made up for the test.
fn radiomics_model() -> Model {
    let mut model = model::embedded().clone();
    model.name = "Made-up model".to_owned();
    model.kind = ModelKind::Combined;
    model.provenance.data = DataKind::Simulated;
    model.protocol = Some(protocol());
    model.predictors.push(Predictor {
        name: "original_firstorder_Mean".to_owned(),
        label: "Mean".to_owned(),
        role: PredictorRole::Feature,
        unit: None,
        levels: Vec::new(),
        range: [0.0, 200.0],
        coefficient: 0.02,
        center: 100.0,
        scale: 1.0,
        indicator: None,
    });
    model.covariance = vec![vec![0.1, 0.0, 0.0], vec![0.0, 0.01, 0.0], vec![0.0, 0.0, 1e-6]];
    model
}

/// Features that the ball's square has: a mean of 100 HU, voxels of 97 to 103; the last lies outside its range by design.
const TERMS: [models::Term; 3] = [
    ("original_firstorder_Mean", 0.02, 100.0, 10.0, [60.0, 140.0]),
    ("original_firstorder_Minimum", 0.02, 97.0, 10.0, [60.0, 140.0]),
    ("original_firstorder_Maximum", 0.02, 103.0, 10.0, [60.0, 100.0]),
];

/// Loads a model from the list on the Risk page.
fn load(window: &mut Window, model: &Model) {
    let path = window.file("model.json");
    std::fs::write(&path, model.to_json()).unwrap();
    window.key(Key::F3);
    open_list(window);
    window.click("Load a model from a file");
    window.type_path(&path);
    window.click("Open");
    window.wait("the model", |shown| shown.job.is_none());
}

fn open_list(window: &mut Window) {
    window.harness.get_by_label_contains("Model: ").click();
    window.steps(4);
}

fn extract(window: &mut Window) {
    window.key(Key::F1);
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F3);
}

#[test]
fn the_list_says_where_a_model_comes_from_first_and_the_page_is_of_the_chosen_one() {
    let mut window = Window::open();
    load(&mut window, &models::with_radscore(protocol(), &TERMS));
    window.harness.get_by_label_contains("Model: SIMULATED, Made-up combined model");
    window.harness.get_by_label_contains("n 112, AUC 0.790 validation");
    open_list(&mut window);
    window.harness.get_by_label_contains("Choose SIMULATED, Made-up combined model");
    window.harness.get_by_label_contains("Choose PUBLISHED COUNTS").click();
    window.steps(4);
    window.harness.get_by_label_contains("Model: PUBLISHED COUNTS");
    window.click("pT3");
    assert!((window.shown().probability.unwrap() - 0.4558).abs() < 5e-4);
    assert!(window.harness.query_by_label_contains("Decision curves").is_none(), "its patients' risks are not known");
    open_list(&mut window);
    window.click("Remove Made-up combined model (radscore, pT)");
    open_list(&mut window);
    assert!(window.harness.query_by_label_contains("Choose SIMULATED, Made-up").is_none());
}

#[test]
fn a_model_that_needs_features_says_what_to_do_and_answers_with_all_figures() {
    let mut window = Window::open();
    load(&mut window, &models::with_radscore(protocol(), &TERMS));
    window.click("pT3");
    assert_eq!(window.shown().probability, None);
    window.harness.get_by_label_contains("Draw the liver first");
    window.harness.get_by_label("Go to the image");
    extract(&mut window);
    // The radscore is 0, where the model says what the published one says.
    window.harness.get_by_label("45.6 %");
    window.harness.get_by_label("SIMULATED MODEL");
    window.harness.get_by_label_contains("Radscore 0.00");
    window.harness.get_by_label_contains("1 of 3 features of the radscore lie outside");
    for figure in [
        "Nomogram: Made-up",
        "Radscore in training",
        "Contributions to this patient's radscore: 3 features",
        "ROC curve of the model",
        "Decision curves, validation",
    ] {
        window.harness.get_by_label_contains(figure);
    }
    window.harness.get_by_label_contains("Nested cross-validation");
    let notices = window.harness.get_all_by_label(RESEARCH_USE_ONLY).count();
    assert_eq!(notices, 2, "by the number, and by what it would be were fewer patients affected");

    window.key(Key::F1);
    window.key(Key::ArrowUp);
    window.draw_square();
    window.key(Key::F3);
    assert_eq!(window.shown().probability, None, "the features are of what was drawn before");
    window.harness.get_by_label_contains("out of date");
    window.activate("Extract features");
    window.wait("the answer", |shown| shown.probability.is_some());
}

#[test]
fn the_threshold_is_moved_with_the_keyboard_and_the_decision_curve_with_it() {
    let mut window = Window::open();
    load(&mut window, &models::with_radscore(protocol(), &TERMS));
    window.harness.get_by_label_contains("47 %: This model");
    let slider = |window: &Window| {
        window.harness.get_by_role_and_label(Role::Slider, "Threshold probability").accesskit_node().numeric_value()
    };
    assert_eq!(slider(&window), Some(47.0), "the model's own");
    window.harness.get_by_role_and_label(Role::Slider, "Threshold probability").focus();
    window.steps(2);
    window.key(Key::ArrowRight);
    window.steps(2);
    assert_eq!(slider(&window), Some(48.0));
    window.harness.get_by_label_contains("48 %: This model");
}

#[test]
fn figures_and_report_of_a_model_with_a_radscore_are_written() {
    let mut window = Window::open();
    load(&mut window, &models::with_radscore(protocol(), &TERMS));
    extract(&mut window);
    window.click("pT3");
    for (button, name, holds) in [
        ("Save the radscore's distribution as SVG or PNG", "radscore.svg", "this patient"),
        ("Save the contributions as SVG or PNG", "contributions.svg", "first-order mean"),
        ("Save the decision curve as SVG or PNG", "net-benefit.svg", "Treat none"),
        ("Save the ROC curve as SVG or PNG", "roc.svg", "This patient (ring)"),
    ] {
        let path = window.save_as(button, name);
        window.wait(name, |shown| shown.job.is_none());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(holds), "{name} has no \"{holds}\"");
    }
    let path = window.save_as("Save the report as PDF", "report.pdf");
    window.wait("the report", |shown| shown.job.is_none());
    assert!(std::fs::read(&path).unwrap().starts_with(b"%PDF"));
}

#[test]
fn a_number_that_is_asked_for_is_entered_as_it_is_and_warned_of_outside_the_models_patients() {
    let mut window = Window::open();
    let mut model = radiomics_model();
    let age = Predictor {
        name: "age".to_owned(),
        label: "Age".to_owned(),
        role: PredictorRole::Clinical,
        unit: Some("years".to_owned()),
        range: [30.0, 85.0],
        coefficient: 0.0,
        center: 60.0,
        ..model.predictors[1].clone()
    };
    model.predictors.push(age);
    model.covariance =
        (0..4).map(|row| (0..4).map(|column| f64::from(u8::from(row == column)) * 1e-6).collect()).collect();
    extract(&mut window);
    load(&mut window, &model);
    window.click("pT3");
    let value =
        |window: &Window| window.harness.get_by_role_and_label(Role::SpinButton, "Age").accesskit_node().value();
    assert_eq!(value(&window).as_deref(), Some("–"), "nobody entered an age");
    assert_eq!(window.shown().probability, None, "so the model that needs it does not answer");
    window.harness.get_by_label_contains("Choose the patient's Age");
    for (typed, is_outside) in [("30,5", false), ("90", true)] {
        window.harness.get_by_role_and_label(Role::SpinButton, "Age").focus();
        window.steps(2);
        window.keys(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text(typed.to_owned()));
        window.key(Key::Enter);
        window.steps(2);
        assert_eq!(value(&window).and_then(|shown| shown.parse::<f64>().ok()), typed.replace(',', ".").parse().ok());
        window.harness.get_by_label("45.6 %");
        let warning = window.harness.query_by_label_contains("outside the 30 to 85 of the patients");
        assert_eq!(warning.is_some(), is_outside, "{typed}");
    }
}

#[test]
fn a_model_of_another_protocol_names_the_difference_in_place() {
    let mut window = Window::open();
    let mut other = models::with_radscore(protocol(), &TERMS);
    other.protocol = Some(ProtocolTag { fingerprint: "another".to_owned(), ..protocol() });
    extract(&mut window);
    load(&mut window, &other);
    window.click("pT3");
    assert_eq!(window.shown().probability, None);
    window.harness.get_by_label_contains("extracted by another protocol");
}

#[test]
fn a_file_that_is_no_model_is_refused_and_the_chosen_model_stays() {
    let mut window = Window::open();
    let path = window.file("model.json");
    std::fs::write(&path, "{}").unwrap();
    window.key(Key::F3);
    open_list(&mut window);
    window.click("Load a model from a file");
    window.type_path(&path);
    window.click("Open");
    window.wait("the refusal", |shown| shown.message.is_some());
    assert!(window.shown().message.unwrap().contains("not a Hepatica model file"));
    window.harness.get_by_label_contains("Model: PUBLISHED COUNTS");
    let centre = |rect: egui::Rect| rect.center().y;
    let text = centre(window.harness.get_by_label_contains("not a Hepatica model file").rect());
    let cross = centre(window.harness.get_by_label("Dismiss").rect());
    assert!((text - cross).abs() < 24.0, "a short message is as high as its text: {text} beside {cross}");
}
