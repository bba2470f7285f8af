//! Files: what is opened, saved, and asked before something is lost.

use std::path::Path;

use dicom_core::ops::{ApplyOp, AttributeAction, AttributeOp};
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::exchange::nifti;
use hepatica::ui::Options;
use hepatica::volume::{Geometry, LabelMap, Volume, Voxels};
use ndarray::Array3;

use super::harness::{STUDY_DATE, Window, grid};

#[test]
fn labels_saved_as_nifti_load_again() {
    let mut window = Window::open();
    window.draw_square();
    let path = window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    assert!(path.exists());
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, 0.0);
    window.click("Load labels");
    window.type_path(&path);
    window.key(Key::Enter);
    window.wait("the labels", |shown| shown.voi_ml > 0.0);
    assert_eq!(window.shown().voi_ml, 64.0);
}

#[test]
fn loading_labels_over_unsaved_ones_asks_and_can_be_undone() {
    let mut window = Window::open();
    window.draw_square();
    let path = window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    window.key(Key::ArrowUp);
    window.draw_square();
    window.click("Load labels");
    window.type_path(&path);
    window.key(Key::Enter);
    window.wait("the file", |shown| shown.job.is_none());
    window.harness.get_by_label("The labels are not saved");
    assert_eq!(window.shown().voi_ml, 128.0, "nothing is loaded unasked");
    window.click("Load without saving");
    window.wait("the labels", |shown| shown.voi_ml == 64.0);
    assert!(window.shown().is_saved);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (128.0, false));
}

#[test]
fn labels_that_do_not_fit_are_refused_before_anything_is_asked() {
    let mut window = Window::open();
    window.draw_square();
    let path = window.file("other.nii.gz");
    let other = Geometry::axial([8, 8, 8], [0.0; 3], [1.0; 3]).unwrap();
    nifti::write_label_map(&path, &LabelMap::empty(other), false).unwrap();
    window.click("Load labels");
    window.type_path(&path);
    window.key(Key::Enter);
    window.wait("the refusal", |shown| shown.message.is_some());
    assert!(window.harness.query_by_label("The labels are not saved").is_none());
    assert!(window.shown().message.unwrap().contains("other.nii.gz") && window.shown().voi_ml == 64.0);
}

#[test]
fn the_seg_sheet_says_whom_the_file_will_name() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_square();
    window.click("Save as DICOM SEG");
    window.harness.get_by_label_contains("carries the patient's name");
}

#[test]
fn what_is_typed_in_a_sheet_follows_what_stands_there() {
    let mut window = Window::open();
    window.draw_square();
    window.save_as("Save as NIfTI", "a.nii");
    window.wait("the file", |shown| shown.is_saved);
    window.click("Save as NRRD for 3D Slicer");
    window.event(egui::Event::Text(".x".into()));
    window.steps(1);
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Path");
    let text = field.accesskit_node().value().unwrap_or_default();
    assert!(text.ends_with(".seg.nrrd.x"), "{text}");
}

#[test]
fn the_seg_sheet_asks_for_the_reader_who_is_named_in_the_file() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_square();
    let path = window.file("labels.dcm");
    window.click("Save as DICOM SEG");
    window.type_path(&path);
    window.harness.get_by_role_and_label(Role::TextInput, "Reader's name").focus();
    window.steps(1);
    window.event(egui::Event::Text("Wang^Li".into()));
    window.click("Save");
    window.wait("the file", |shown| shown.is_saved);
    let file = dicom_object::open_file(&path).unwrap();
    assert_eq!(file.element(tags::CONTENT_CREATOR_NAME).unwrap().to_str().unwrap().trim(), "Wang^Li");
}

#[test]
fn a_name_that_decides_no_format_stays_in_its_field() {
    let mut window = Window::open();
    window.key(Key::F3);
    window.click("Save the ROC curve as SVG or PNG");
    window.type_path(&window.file("roc.txt"));
    window.key(Key::Enter);
    window.steps(2);
    window.harness.get_by_label_contains("roc.txt ends neither in .svg nor in .png");
    window.harness.get_by_label("Path");
}

#[test]
fn a_path_that_does_not_exist_costs_no_question_and_no_drawing() {
    let mut window = Window::open();
    window.draw_square();
    window.keys(Modifiers::COMMAND, Key::O);
    window.type_path(&window.file("mistyped"));
    window.key(Key::Enter);
    window.steps(2);
    window.harness.get_by_label_contains("mistyped does not exist");
    assert!(window.harness.query_by_label("The labels are not saved").is_none());
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (64.0, false));
    window.harness.get_by_label("Browse folders…");
    window.harness.get_by_label("Browse files…");
}

#[test]
fn a_missing_path_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nothing");
    let mut window = Window::start(Options { open: vec![missing], ..Options::default() }, folder);
    window.wait("a message", |shown| shown.message.is_some());
    assert!(window.shown().message.unwrap().contains("does not exist"));
}

#[test]
fn labels_saved_as_dicom_seg_load_again() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_square();
    let path = window.save_as("Save as DICOM SEG", "labels.dcm");
    window.wait("the file", |shown| shown.is_saved);
    assert_eq!(&std::fs::read(&path).unwrap()[128..132], b"DICM");
    window.keys(Modifiers::COMMAND, Key::Z);
    window.click("Load labels");
    window.type_path(&path);
    window.key(Key::Enter);
    window.wait("the labels", |shown| shown.voi_ml > 0.0);
    assert!((window.shown().voi_ml - 64.0).abs() < 1e-9 && window.shown().is_saved);
}

/// Makes the segments of a DICOM SEG such as no code and no name tells.
fn make_unknown(path: &Path) {
    let mut object = dicom_object::open_file(path).unwrap();
    let set = |text: &str| AttributeAction::Set(PrimitiveValue::from(text));
    let code = (tags::SEGMENT_SEQUENCE, 0, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, 0);
    object.apply(AttributeOp::new((tags::SEGMENT_SEQUENCE, 0, tags::SEGMENT_LABEL), set("Structure 7"))).unwrap();
    for (tag, text) in
        [(tags::CODE_VALUE, "X7"), (tags::CODING_SCHEME_DESIGNATOR, "99X"), (tags::CODE_MEANING, "Seven")]
    {
        let (sequence, item, property, first) = code;
        object.apply(AttributeOp::new((sequence, item, property, first, tag), set(text))).unwrap();
    }
    object.write_to_file(path).unwrap();
}

#[test]
fn segments_that_nothing_tells_are_asked_for_and_join_what_is_drawn() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_square();
    let path = window.save_as("Save as DICOM SEG", "labels.dcm");
    window.wait("the file", |shown| shown.is_saved);
    make_unknown(&path);
    window.click("Load labels");
    window.type_path(&path);
    window.key(Key::Enter);
    window.wait("the question", |shown| shown.job.is_none());
    assert!((window.shown().voi_ml - 64.0).abs() < 1e-9, "what is drawn stays");
    window.click("Segment 1: lesion");
    window.click("Load segments");
    window.wait("the segment", |shown| shown.label_ml[2] > 0.0);
    let shown = window.shown();
    assert_eq!((shown.label_ml[2], shown.voi_ml, shown.is_saved), (64.0, 0.0, false), "liver and lesion overlap");
}

#[test]
fn closing_with_unsaved_labels_asks_and_only_then_loses_them() {
    let mut window = Window::open();
    assert!(window.ask_to_close(), "nothing is drawn");
    window.draw_square();
    assert!(!window.ask_to_close());
    window.click("Go on drawing");
    assert!(window.shown().voi_ml > 0.0);
    assert!(!window.ask_to_close());
    window.click("Close without saving");
    assert!(window.ask_to_close(), "the user said so");
}

#[test]
fn opening_another_image_over_unsaved_labels_asks_first() {
    let mut window = Window::open();
    window.draw_square();
    let other = window.file("image.nii.gz");
    window.drop_files(std::slice::from_ref(&other));
    assert!(window.shown().has_image && window.shown().voi_ml > 0.0, "nothing is lost by dropping a file");
    window.click("Save first…");
    window.type_path(&window.file("labels.nii.gz"));
    window.click("Save");
    window.wait("the file", |shown| shown.is_saved);
    window.drop_files(std::slice::from_ref(&other));
    window.wait("the image again", |shown| shown.has_image && shown.voi_ml == 0.0);
    window.draw_square();
    window.drop_files(&[other]);
    window.click("Open without saving");
    window.wait("the image again", |shown| shown.has_image && shown.voi_ml == 0.0);
}

#[test]
fn files_dropped_on_a_question_leave_it_and_what_is_drawn() {
    let mut window = Window::open();
    window.draw_square();
    window.click("Save as NIfTI");
    let other = window.file("image.nii.gz");
    window.drop_files(&[other]);
    window.harness.get_by_label("Save the labels as NIfTI");
    assert!(window.shown().note.contains("Close the question first"), "{}", window.shown().note);
    assert_eq!(window.shown().voi_ml, 64.0);
}

#[test]
fn labels_undone_to_nothing_are_not_asked_for() {
    let mut window = Window::open();
    window.draw_square();
    window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(window.shown().is_saved && window.ask_to_close());
}

#[test]
fn work_undone_beyond_what_is_saved_is_asked_for() {
    let mut window = Window::open();
    window.draw_square();
    window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    for _ in 0..3 {
        window.key(Key::ArrowUp);
        window.draw_square();
    }
    (0..4).for_each(|_| window.keys(Modifiers::COMMAND, Key::Z));
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (0.0, false), "three squares are in no file");
    (0..2).for_each(|_| window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z));
    assert!(!window.shown().is_saved);
}

#[test]
fn a_file_that_lacks_what_overlaps_does_not_count_where_a_segmentation_keeps_it() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_square();
    window.keys(Modifiers::COMMAND, Key::Num2);
    window.draw_square();
    window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the warning", |shown| shown.message.as_ref().is_some_and(|text| text.contains("labels overlap")));
    assert!(!window.shown().is_saved);
    window.save_as("Save as DICOM SEG", "labels.dcm");
    window.wait("the file", |shown| shown.is_saved);
}

#[test]
fn the_patient_stands_in_a_feature_table_only_where_that_is_asked_for() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F2);
    for (name, asks) in [("first.csv", false), ("second.csv", true), ("third.csv", false)] {
        let path = window.file(name);
        window.click("Save the features as CSV or JSON");
        // What was asked for once is not asked for the next.
        if asks {
            window.click("With the patient's identity");
        }
        window.type_path(&path);
        window.click("Save");
        window.wait(name, |shown| shown.job.is_none());
        assert_eq!(std::fs::read_to_string(&path).unwrap().contains("P-1"), asks, "{name}");
    }
}

#[test]
fn hiding_the_identity_hides_the_name_of_the_image_file() {
    let mut window = Window::open();
    window.harness.get_by_label("image.nii.gz");
    // A key that is held down switches once.
    for repeat in [false, true] {
        let (key, modifiers) = (Key::P, Modifiers::NONE);
        window.event(egui::Event::Key { key, physical_key: None, pressed: true, repeat, modifiers });
    }
    window.steps(2);
    assert!(window.harness.query_by_label_contains("image.nii.gz").is_none());
    window.harness.get_by_label("Image file");
}

#[test]
fn hiding_the_identity_hides_the_study_date_too() {
    let mut window = Window::open_dicom(grid(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    assert!(window.harness.query_all_by_label_contains(STUDY_DATE).count() > 1);
    window.key(Key::P);
    window.steps(2);
    assert_eq!(window.harness.query_all_by_label_contains(STUDY_DATE).count(), 0);
}

#[test]
fn a_dropped_folder_is_opened() {
    let donor = Window::open_dicom(grid(), |_| true);
    let mut window = Window::start(Options::default(), tempfile::tempdir().unwrap());
    window.drop_files(&[donor.file("series")]);
    window.wait("the image", |shown| shown.has_image && shown.n_series == 1);
}

/// The grid of the tests as a gantry tilted by 15 degrees acquires it: each slice is shifted along the columns.
fn tilted() -> Geometry {
    let (sin, cos) = 15f64.to_radians().sin_cos();
    Geometry::new(
        [64, 64, 20],
        [-157.5, -157.5, 0.0],
        [[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 10.0 * sin, 10.0 * cos]],
    )
    .unwrap()
}

#[test]
fn a_tilted_series_opens_as_acquired_and_is_straightened_on_request_alone() {
    let mut window = Window::open_dicom(tilted(), |_| true);
    window.wait("the image", |shown| shown.has_image);
    assert!(!window.shown().is_interpolated);
    window.click("Open the series interpolated onto an orthogonal grid");
    window.wait("the straightened image", |shown| shown.has_image && shown.is_interpolated);
    assert!(window.shown().message.unwrap().contains("tilt of 15.00 degrees"));
    window.draw_two_slices();
    assert!(window.is_disabled("Extract features"), "features of interpolated voxels are off");
    assert!(window.is_disabled("Save as DICOM SEG"), "its slices are not the scanner's");
    window.click("Features of interpolated voxels");
    window.click("Extract features");
    window.wait("the features", |shown| shown.features == Some((1316, false)));
    window.key(Key::F2);
    window.harness.get_by_label("interpolated: gantry tilt of 15.00 degrees resampled to an orthogonal grid");
    window.key(Key::F1);
    window.click("Open the series as it was acquired");
    window.click("Open without saving");
    window.wait("the image as acquired", |shown| shown.has_image && !shown.is_interpolated);
}

#[test]
fn a_series_with_a_gap_opens_interpolated_on_request_alone() {
    let mut window = Window::open_dicom(grid(), |slice| slice != 7);
    window.wait("the series", |shown| shown.n_series == 1 && shown.job.is_none());
    assert!(!window.shown().has_image, "a gap is no volume");
    window.click("Open the series interpolated onto evenly spaced slices");
    window.wait("the image", |shown| shown.has_image && shown.is_interpolated);
    let message = window.shown().message.unwrap();
    assert!(message.contains("19 uneven slices resampled to 20 slices 10.000 mm apart"), "{message}");
}

/// A plain abdomen of 25 slices of 5 mm: body, spine, aorta, liver and a portal vein, in HU.
fn abdomen(aorta: i16, portal_vein: i16, liver: i16) -> Volume {
    let grid = Geometry::axial([160, 160, 25], [-176.0, -176.0, 0.0], [2.2, 2.2, 5.0]).unwrap();
    let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| {
        let [x, y, _] = grid.patient_from_voxel([i as f64, j as f64, k as f64]);
        let within = |cx: f64, cy: f64, rx: f64, ry: f64| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
        match () {
            () if !within(0.0, 0.0, 160.0, 110.0) => -1000,
            () if within(0.0, 55.0, 20.0, 17.0) => 220,
            () if within(14.0, 24.0, 10.0, 10.0) => aorta,
            () if within(-40.0, -5.0, 8.0, 8.0) => portal_vein,
            () if within(-80.0, -10.0, 62.0, 80.0) => liver,
            () => -90,
        }
    });
    Volume::new(grid, Voxels::I16(voxels)).unwrap()
}

#[test]
fn hu_of_aorta_portal_vein_and_liver_join_the_rank_of_the_opened_series() {
    let mut window = Window::open_series(&abdomen(155, 170, 110), |_| true);
    window.wait("the measurement", |shown| shown.measured_series == 1);
    window.harness.get_by_label_contains("portal venous  ·  HU");
    assert_eq!(window.shown().message, None, "they agree with the header");
}

#[test]
fn hu_that_speak_against_the_portal_venous_phase_are_said() {
    let mut window = Window::open_series(&abdomen(320, 110, 70), |_| true);
    window.wait("the measurement", |shown| shown.measured_series == 1);
    let message = window.shown().message.unwrap_or_default();
    assert!(message.contains("HU look arterial, not portal venous"), "{message}");
    window.harness.get_by_label_contains("arterial  ·  HU");
    // What leaves the window says so too.
    window.key(Key::F3);
    window.click("pT3");
    let path = window.save_as("Save the report as PDF", "report.pdf");
    window.wait("the report", |shown| shown.job.is_none());
    let Ok(read) = std::process::Command::new("pdftotext").arg(&path).arg("-").output() else {
        assert!(std::env::var_os("CI").is_none(), "pdftotext is absent, and in CI it must be there");
        println!("skipped: the report's text: pdftotext is absent");
        return;
    };
    let text = String::from_utf8(read.stdout).unwrap();
    assert!(text.contains("looks arterial, not portal"), "{text}");
    assert!(text.contains("nothing delineated") && !text.contains("a whole liver has"), "{text}");
}

#[test]
fn a_path_into_no_folder_stays_with_the_reason_and_is_offered_for_this_image_alone() {
    let mut window = Window::open();
    window.draw_square();
    let nowhere = window.file("nowhere").join("mine.nii.gz");
    window.click("Save as NIfTI");
    window.type_path(&nowhere);
    window.click("Save");
    window.harness.get_by_label_contains("There is no folder");
    let path = window.file("mine.nii.gz");
    window.type_path(&path);
    window.click("Save");
    window.wait("the file", |shown| shown.is_saved);
    let offered = |window: &mut Window| {
        window.click("Save as NIfTI");
        let text = window.harness.get_by_role_and_label(Role::TextInput, "Path").accesskit_node().value().unwrap();
        window.click("Cancel");
        text
    };
    assert_eq!(offered(&mut window), path.display().to_string());
    let other = window.file("other.nii.gz");
    std::fs::copy(window.file("image.nii.gz"), &other).unwrap();
    window.drop_files(&[other]);
    window.wait("the other image", |shown| shown.has_image && shown.n_edits == 0);
    assert!(!offered(&mut window).contains("mine"), "what named one case does not name the next");
}
