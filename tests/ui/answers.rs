//! Answers: features, risk, and what is exported of them.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::RESEARCH_USE_ONLY;
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
    window.harness.get_by_label_contains("Model: PUBLISHED COUNTS");
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
