//! The protocol in the window: each line as it is drawn and when it is corrected, the slider of slices, handing in, time at work. The
//! image is of 100 HU, with a bright ball of 8 mm in its middle.

use std::path::Path;

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, PointerButton, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::case::submission::{OpenPoint, Submitted};
use hepatica::exchange::nifti;
use hepatica::ui::Options;
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

use super::harness::Window;

/// 160 x 160 x 13 voxels of 2 x 2 x 3 mm around the patient's origin.
fn grid() -> Geometry {
    Geometry::axial([160, 160, 13], [-159.0, -159.0, -18.0], [2.0, 2.0, 3.0]).unwrap()
}

/// The slice in the middle, on which the window opens.
const MIDDLE: usize = 6;

fn image() -> Volume {
    let grid = grid();
    let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| {
        let [x, y, z] = grid.patient_from_voxel([i as f64, j as f64, k as f64]);
        let texture = [-3, -1, 1, 3][(i + 2 * j + 3 * k) % 4];
        texture + if x.hypot(y).hypot(z) < 8.0 { 180i16 } else { 100 }
    });
    Volume::new(grid, Voxels::I16(voxels)).unwrap()
}

/// A window on the image with the protocol beside it.
fn open() -> Window {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.nii");
    nifti::write_volume(&path, &image(), false).unwrap();
    let mut window = Window::start(Options { open: vec![path], ..Options::default() }, folder);
    window.wait("the image to open", |shown| shown.has_image);
    window.key(Key::Q);
    window
}

/// The square on the slice in the middle and both beside it.
fn draw_three_slices(window: &mut Window) {
    window.draw_two_slices();
    window.key(Key::ArrowDown);
    window.key(Key::ArrowDown);
    window.draw_square();
    window.key(Key::ArrowUp);
}

fn settle(window: &mut Window) {
    window.wait("the protocol to be checked", |shown| shown.is_checked);
}

fn says(window: &Window, line: &str) -> bool {
    window.harness.query_by_label(line).is_some()
}

/// Paints with the brush in the middle of the slice.
fn dab(window: &mut Window, label: Key, slice_key: Option<Key>) {
    window.keys(Modifiers::COMMAND, label);
    slice_key.into_iter().for_each(|key| window.key(key));
    let at = window.axial(0.0, 0.0);
    window.click_at(at);
    window.steps(1);
}

#[test]
fn nothing_is_in_order_before_something_is_drawn() {
    let mut window = open();
    settle(&mut window);
    for line in ["Window", "Slices", "Edge", "Outliers", "Caudate lobe"] {
        assert!(says(&window, &format!("{line}: not known yet")), "{line}");
    }
    assert!(says(&window, "Volume: open") && says(&window, "Phase: open"), "no aorta is in this image");
    assert_eq!(window.shown().n_open_points, 2);
}

#[test]
fn strokes_under_another_window_are_open_until_they_are_undone() {
    let mut window = open();
    window.draw_square();
    assert!(says(&window, "Window: in order"));
    window.key(Key::Num2);
    window.key(Key::ArrowUp);
    window.draw_square();
    assert!(says(&window, "Window: open") && says(&window, "Strokes: 1 within, 1 outside"));
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(says(&window, "Window: in order"));
}

#[test]
fn an_outlier_is_listed_led_to_and_gone_once_it_is_drawn_as_a_vessel() {
    let mut window = open();
    draw_three_slices(&mut window);
    settle(&mut window);
    assert_eq!(window.shown().n_findings, Some(1));
    assert!(says(&window, "Outliers: open") && says(&window, "Edge: in order"));
    window.key(Key::Home);
    assert_ne!(window.shown().slices[0], MIDDLE);
    let place = window.harness.get_by_label_contains("Vessel, ");
    place.click();
    window.steps(3);
    let [axial, coronal, sagittal] = window.shown().slices;
    assert_eq!(axial, MIDDLE);
    assert!((79..=80).contains(&coronal) && (79..=80).contains(&sagittal), "{coronal}, {sagittal}");
    let chosen = window.harness.get_by_label_contains("Vessel, ").accesskit_node().toggled();
    assert_eq!(chosen, Some(Toggled::True), "its box is shown");
    window.key(Key::B);
    (0..2).for_each(|_| window.key(Key::CloseBracket));
    dab(&mut window, Key::Num2, None);
    dab(&mut window, Key::Num2, Some(Key::ArrowUp));
    window.key(Key::ArrowDown);
    dab(&mut window, Key::Num2, Some(Key::ArrowDown));
    settle(&mut window);
    assert_eq!(window.shown().n_findings, Some(0));
    assert!(says(&window, "Outliers: in order"));
}

#[test]
fn the_caudate_lobe_is_open_until_it_is_drawn() {
    let mut window = open();
    window.draw_square();
    assert!(says(&window, "Caudate lobe: open"));
    window.key(Key::B);
    dab(&mut window, Key::Num4, None);
    assert!(says(&window, "Caudate lobe: in order"));
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(says(&window, "Caudate lobe: open"));
}

#[test]
fn a_narrower_edge_is_open() {
    let mut window = open();
    window.draw_square();
    window.click("Draw");
    let at = window.harness.get_by_label("Edge margin").rect().center();
    window.click_at(at);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("0".into()));
    window.key(Key::Enter);
    window.click("Protocol");
    settle(&mut window);
    assert!(says(&window, "Edge: open"), "{:?}", window.shown());
}

#[test]
fn loaded_slices_are_open_until_each_is_accepted() {
    let mut window = open();
    window.click("Draw");
    draw_three_slices(&mut window);
    let path = window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.job.is_none());
    (0..3).for_each(|_| window.keys(Modifiers::COMMAND, Key::Z));
    window.click("Load labels");
    window.type_path(&path);
    window.click("Open");
    window.wait("the labels", |shown| shown.needs_review == 3);
    window.click("Protocol");
    assert!(says(&window, "Slices: open"));
    // Upwards, and from the lowest one on where there is none above.
    let mut seen = Vec::new();
    for left in (0..3).rev() {
        window.click("Go to the next slice that needs a look");
        seen.push(window.shown().slices[0]);
        window.key(Key::A);
        assert_eq!(window.shown().needs_review, left);
    }
    assert_eq!(seen, [MIDDLE + 1, MIDDLE - 1, MIDDLE]);
    assert!(says(&window, "Slices: in order") && says(&window, "Slices reviewed: 3"));
    window.key(Key::A);
    assert!(says(&window, "Slices: open"), "it was taken back");
}

/// Types the reader's name into the sheet.
fn name_reader(window: &mut Window, name: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, "Reader's name").focus();
    window.steps(1);
    window.event(egui::Event::Text(name.to_owned()));
    window.steps(1);
}

fn acknowledge_all(window: &mut Window) {
    let n = window.harness.query_all_by_role(Role::CheckBox).count();
    for n in 0..n {
        window.harness.query_all_by_role(Role::CheckBox).nth(n).unwrap().click_accesskit();
        window.steps(2);
    }
}

fn submitted(labels: &Path) -> Submitted {
    let text = std::fs::read_to_string(labels.with_file_name("labels.submission.json")).unwrap();
    Submitted::from_json(&text).unwrap()
}

#[test]
fn nothing_is_submitted_before_every_point_is_acknowledged_and_what_was_is_stored() {
    let mut window = open();
    draw_three_slices(&mut window);
    window.activate("Submit…");
    settle(&mut window);
    let n_open = window.shown().n_open_points;
    assert_eq!(n_open, 4, "outlier, caudate lobe, volume, phase");
    assert_eq!(window.harness.query_all_by_role(Role::CheckBox).count(), n_open);
    name_reader(&mut window, "Li Wei");
    assert!(window.is_disabled("Submit") && says(&window, "Not yet: 4 points are not acknowledged"));
    acknowledge_all(&mut window);
    let note = "Note: The caudate lobe is not drawn, so the VOI may contain it";
    window.harness.get_by_role_and_label(Role::TextInput, note).focus();
    window.steps(1);
    window.event(egui::Event::Text("resected".into()));
    window.steps(1);
    window.click("Submit");
    let path = window.file("labels.nii.gz");
    window.type_path(&path);
    window.click("Save");
    window.wait("the submission", |shown| shown.is_submitted && shown.is_saved);
    let submitted = submitted(&path);
    assert_eq!((submitted.reader.as_str(), submitted.acknowledged.len()), ("Li Wei", n_open));
    let caudate = submitted.acknowledged.iter().find(|point| point.point == OpenPoint::CaudateNotExcluded).unwrap();
    assert_eq!(caudate.note, "resected");
    assert_eq!(
        nifti::read_label_map(&path, &grid()).unwrap().label_map.count(hepatica::volume::Label::Liver),
        3 * 1600
    );
    let times = std::fs::read_to_string(window.file("labels.times.csv")).unwrap();
    assert!(times.starts_with("slice,tool,seconds\r\n") && times.contains("7,\"Contour\","), "{times}");
    assert!(window.harness.query_by_label_contains("by Li Wei").is_some());

    // What was acknowledged stays so; the files are not replaced unasked.
    window.activate("Submit…");
    window.steps(2);
    window.key(Key::Enter);
    window.type_path(&path);
    window.click("Save");
    assert!(window.harness.query_by_label_contains("already").is_some(), "{:?}", window.shown());
    window.click("Cancel");

    window.key(Key::C);
    window.key(Key::Home);
    window.draw_square();
    assert!(!window.shown().is_submitted);
    assert!(window.harness.query_by_label_contains("changed since").is_some());
}

#[test]
fn the_reader_stands_in_the_segmentation_and_is_asked_for_once() {
    let mut window = Window::open_series(&image(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.key(Key::Q);
    window.draw_two_slices();
    window.activate("Submit…");
    settle(&mut window);
    acknowledge_all(&mut window);
    assert!(window.is_disabled("Submit") && says(&window, "Not yet: enter your name"));
    name_reader(&mut window, "Li^Wei");
    window.click("Submit");
    let path = window.file("labels.dcm");
    window.type_path(&path);
    window.click("Save");
    window.wait("the submission", |shown| shown.is_submitted);
    let object = dicom_object::open_file(&path).unwrap();
    let creator = object.element_by_name("ContentCreatorName").unwrap().to_str().unwrap().into_owned();
    assert_eq!((creator.as_str(), submitted(&path).reader.as_str()), ("Li^Wei", "Li^Wei"));
}

#[test]
fn a_point_is_shown_and_corrected_from_the_sheet() {
    let mut window = open();
    draw_three_slices(&mut window);
    window.activate("Submit…");
    settle(&mut window);
    window.key(Key::Home);
    window.harness.get_by_label_contains("Show: 1 place in the VOI looks like a vessel").click();
    window.steps(4);
    assert!(window.harness.query_by_label("Reader's name").is_none(), "the sheet is out of the way");
    assert_eq!(window.shown().slices[0], MIDDLE);
}

#[test]
fn the_slider_goes_through_slices_and_draws_nothing() {
    let mut window = open();
    window.key(Key::B);
    let rect = window.harness.get_by_label("Axial slice").rect();
    window.click_at(rect.center_top() + Vec2::new(0.0, 2.0));
    assert_eq!(window.shown().slices[0], 12, "upwards is the head");
    window.drag_with(PointerButton::Primary, rect.center(), Vec2::new(0.0, rect.height()));
    assert_eq!(window.shown().slices[0], 0);
    assert_eq!((window.shown().n_edits, window.shown().tool), (0, "Brush"));
    window.harness.get_by_label("Axial slice").focus();
    window.steps(1);
    window.key(Key::ArrowUp);
    window.key(Key::ArrowUp);
    window.key(Key::ArrowDown);
    assert_eq!(window.shown().slices[0], 1);
    window.key(Key::Home);
    assert_eq!(window.shown().slices[0], 12);
    let value = window.harness.get_by_label("Axial slice").accesskit_node().numeric_value();
    assert_eq!(value, Some(13.0));
}

#[test]
fn time_at_work_counts_between_signs_of_the_reader_and_is_exported() {
    let mut window = open();
    window.key(Key::B);
    for _ in 0..8 {
        let at = window.axial(0.01, 0.0);
        window.event(egui::Event::PointerMoved(at));
    }
    // Nobody is there for a minute and a half.
    window.steps(360);
    let at = window.axial(0.0, 0.0);
    window.event(egui::Event::PointerMoved(at));
    let path = window.save_as("Save the times", "times.csv");
    window.wait("the file", |shown| shown.job.is_none());
    let times = std::fs::read_to_string(&path).unwrap();
    let brush = times.lines().find_map(|line| line.strip_prefix("7,\"Brush\",")).unwrap();
    let seconds: f64 = brush.parse().unwrap();
    assert!((1.5..30.0).contains(&seconds), "{times}");
}
