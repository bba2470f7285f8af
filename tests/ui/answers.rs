//! Answers: features, risk, and what is exported of them.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::RESEARCH_USE_ONLY;
use hepatica::model::{self, DataKind, Model, ModelKind, Predictor, PredictorRole, ProtocolTag};
use hepatica::radiomics::Protocol;
use hepatica::ui::Page;

use super::harness::Window;

#[test]
fn the_risk_page_answers_for_pt3_and_says_what_it_is_for() {
    let mut window = Window::open();
    window.key(Key::F3);
    assert_eq!(window.shown().page, Page::Risk);
    assert_eq!(window.shown().probability, None, "nothing is predicted before anything is entered");
    window.click("pT3");
    // 1 / (1 + exp(2.88297 - 3 x 0.901886)), from the paper's counts.
    assert!((window.shown().probability.unwrap() - 0.4558).abs() < 5e-4, "{:?}", window.shown().probability);
    window.harness.get_by_label("45.6 %");
    let notices = window.harness.get_all_by_label(RESEARCH_USE_ONLY).count();
    assert_eq!(notices, 2, "by the number, and by what it would be were fewer patients affected");
    window.harness.get_by_label_contains("No radiomics model is loaded");
}

#[test]
fn features_are_extracted_and_go_out_of_date_with_the_next_stroke() {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    assert_eq!(window.shown().features, Some((1316, false)));
    window.key(Key::ArrowUp);
    window.draw_square();
    assert_eq!(window.shown().features, Some((1316, true)), "the labels changed");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().features, Some((1316, false)), "after undo they are of this state again");
    window.key(Key::F2);
    window.harness.get_by_label_contains("original_shape_Elongation");
}

#[test]
fn figures_and_report_of_the_risk_page_are_written() {
    let mut window = Window::open();
    window.key(Key::F3);
    window.click("pT3");
    for (button, name, begins) in [
        ("Save the nomogram as SVG or PNG", "nomogram.svg", &b"<svg"[..]),
        ("Save the ROC curve as SVG or PNG", "roc.png", b"\x89PNG"),
        ("Save the report as PDF", "report.pdf", b"%PDF"),
    ] {
        let path = window.save_as(button, name);
        window.wait(name, |shown| shown.job.is_none());
        let written = std::fs::read(&path).unwrap();
        assert!(written.starts_with(begins), "{name} begins with {:?}", &written[..8.min(written.len())]);
    }
}

#[test]
fn features_are_saved_with_their_provenance_and_not_once_they_are_out_of_date() {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F2);
    for name in ["features.csv", "features.json"] {
        let path = window.save_as("Save the features as CSV or JSON", name);
        window.wait(name, |shown| shown.job.is_none());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("original_glcm_JointEntropy") && text.contains("diagnostics_Configuration_Fingerprint"));
    }
    let table = hepatica::exchange::table::read_table(&window.file("features.csv")).unwrap();
    let n_of = |image: &str| table.header.iter().filter(|name| name.starts_with(image)).count();
    assert_eq!([n_of("original_"), n_of("log-"), n_of("wavelet-"), n_of("lbp-")], [107, 186, 744, 279]);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().features, Some((1316, true)));
    let button = window.harness.get_by_label("Save the features as CSV or JSON");
    assert!(button.accesskit_node().is_disabled());
}

/// A model on one feature and pT, fitted on nothing: its numbers are made up for the test.
fn radiomics_model() -> Model {
    let mut model = model::embedded().clone();
    model.name = "Made-up model".to_owned();
    model.kind = ModelKind::Combined;
    model.provenance.data = DataKind::Simulated;
    let protocol = Protocol::liang2022();
    let settings = serde_json::Value::Null;
    model.protocol = Some(ProtocolTag { name: protocol.name.clone(), fingerprint: protocol.fingerprint(), settings });
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

#[test]
fn a_loaded_radiomics_model_answers_once_features_and_inputs_are_there() {
    let mut window = Window::open();
    let path = window.file("model.json");
    std::fs::write(&path, radiomics_model().to_json()).unwrap();
    window.key(Key::F3);
    window.activate("Load a radiomics model");
    window.type_path(&path);
    window.click("Open");
    window.wait("the model", |shown| shown.job.is_none());
    window.harness.get_by_label("Made-up model");
    window.harness.get_by_label("FITTED ON SIMULATED DATA");
    window.harness.get_by_label_contains("Extract the features of what is drawn now");

    window.key(Key::F1);
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F3);
    window.click("pT3");
    // Inside the square the voxels' mean is 100 HU, the model's center: pT alone decides, as in the clinical model.
    let numbers = window.harness.get_all_by_label("45.6 %").count();
    assert_eq!(numbers, 2, "the clinical and the loaded model each give their number");
    let notices = window.harness.get_all_by_label(RESEARCH_USE_ONLY).count();
    assert_eq!(notices, 3, "each stands by its notice, and so does what fewer events would mean");
    window.activate("Remove the radiomics model");
    window.harness.get_by_label_contains("No radiomics model is loaded");
}

#[test]
fn a_number_that_is_asked_for_is_entered_as_it_is_and_warned_of_outside_the_models_patients() {
    let mut window = Window::open();
    let path = window.file("model.json");
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
    std::fs::write(&path, model.to_json()).unwrap();
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F3);
    window.activate("Load a radiomics model");
    window.type_path(&path);
    window.click("Open");
    window.wait("the model", |shown| shown.job.is_none());
    window.click("pT3");
    let value =
        |window: &Window| window.harness.get_by_role_and_label(Role::SpinButton, "Age").accesskit_node().value();
    assert_eq!(value(&window).as_deref(), Some("–"), "nobody entered an age");
    assert_eq!(window.harness.get_all_by_label("45.6 %").count(), 1, "so the model that needs it does not answer");
    for (typed, is_outside) in [("30,5", false), ("90", true)] {
        window.harness.get_by_role_and_label(Role::SpinButton, "Age").focus();
        window.steps(2);
        window.keys(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text(typed.to_owned()));
        window.key(Key::Enter);
        window.steps(2);
        assert_eq!(value(&window).and_then(|shown| shown.parse::<f64>().ok()), typed.replace(',', ".").parse().ok());
        assert_eq!(window.harness.get_all_by_label("45.6 %").count(), 2);
        let warning = window.harness.query_by_label_contains("outside the 30 to 85 of the patients");
        assert_eq!(warning.is_some(), is_outside, "{typed}");
    }
}

#[test]
fn a_model_without_features_is_refused_for_the_place_of_the_radiomics_model() {
    let mut window = Window::open();
    let path = window.file("model.json");
    std::fs::write(&path, model::embedded().to_json()).unwrap();
    window.key(Key::F3);
    window.activate("Load a radiomics model");
    window.type_path(&path);
    window.click("Open");
    window.wait("the refusal", |shown| shown.message.is_some());
    assert!(window.shown().message.unwrap().contains("uses no features"));
    let centre = |rect: egui::Rect| rect.center().y;
    let text = centre(window.harness.get_by_label_contains("uses no features").rect());
    let cross = centre(window.harness.get_by_label("Dismiss").rect());
    assert!((text - cross).abs() < 24.0, "a short message is as high as its text: {text} beside {cross}");
}
