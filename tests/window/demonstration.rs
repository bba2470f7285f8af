//! The demonstration case drawn on with the mouse, extracted, and its probability read off the Risk page.

use std::time::Duration;

use serde_json::Value;

use super::hand::{PATIENCE, Window};
use super::screen::has_screen;

/// Height of the row in which the Risk page asks for pT, and of that for CEA.
const PT_ROW: i32 = 146;
const CEA_ROW: i32 = 187;
/// The list of models on the Risk page, and the first of them when it is open.
const MODELS: [i32; 2] = [200, 105];
const PUBLISHED: [i32; 2] = [200, 160];

#[test]
fn the_demonstration_case_is_drawn_on_extracted_and_predicted() {
    if !has_screen("the_demonstration_case_is_drawn_on_extracted_and_predicted") {
        return;
    }
    let window = Window::open(&["--demo"]);
    let slice = window.shown()["slices"][0].as_u64().unwrap();
    window.draw_contour(1);
    window.key("Up");
    window.wait("the next slice", PATIENCE, |shown| shown["slices"][0] != slice);
    window.draw_contour(2);
    assert!(window.shown()["voi_ml"].as_f64().unwrap() > 10.0);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("image");

    window.key("f");
    window.wait("the features", PATIENCE, |shown| shown["features"] == serde_json::json!([1316, false]));
    window.key("F2");
    window.wait("the features' page", PATIENCE, |shown| shown["page"] == "features");
    std::thread::sleep(Duration::from_millis(500));
    window.picture("features");

    window.key("F3");
    window.wait("the Risk page", PATIENCE, |shown| shown["page"] == "risk");
    assert_eq!(window.shown()["probability"], Value::Null);
    // The demonstration's model takes the features, pT and CEA. The buttons stand in rows, their widths depend on the font: the
    // mouse goes along them.
    let is_answered = |shown: &Value| shown["probability"].is_f64();
    window.sweep(PT_ROW, is_answered);
    window.sweep(CEA_ROW, is_answered);
    window.wait("the demonstration model's probability", PATIENCE, is_answered);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("risk-combined");

    for [x, y] in [MODELS, PUBLISHED] {
        window.xdotool(&format!("mousemove {x} {y}"));
        std::thread::sleep(Duration::from_millis(500));
        window.click(x, y);
        std::thread::sleep(Duration::from_millis(500));
    }
    let is_pt3 = |shown: &Value| shown["probability"].as_f64().is_some_and(|p| (p - 0.4558).abs() < 5e-4);
    window.sweep(PT_ROW, is_pt3);
    window.wait("the probability for pT3", PATIENCE, is_pt3);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("risk");
}
