//! The VOI by the protocol in the window: inside the edge, always of what is drawn, and the same everywhere.

use std::path::Path;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use hepatica::base::Progress;
use hepatica::dicom::seg::{self, Meaning, VoiSegment};
use hepatica::exchange::{nifti, nrrd};
use hepatica::segment::voi::{EDGE_MARGIN_MM, ProtocolVoi};
use hepatica::ui::Options;
use hepatica::volume::{Geometry, Label, LabelMap, Mask, Volume, Voxels};
use ndarray::{Array3, s};

use super::harness::Window;

/// Width of the window, and what its right panel keeps clear of its edge.
const WIDTH: f32 = 1280.0;
const PADDING: f32 = 12.0;

/// Voxels small enough that the margin takes some: 160 x 160 x 12 of 2 x 2 x 3 mm.
fn fine() -> Geometry {
    Geometry::axial([160, 160, 12], [-159.0, -159.0, 0.0], [2.0, 2.0, 3.0]).unwrap()
}

/// Voxels enough that the VOI of most of them is derived beside the window.
fn large() -> Geometry {
    Geometry::axial([320, 320, 80], [-159.5, -159.5, 0.0], [1.0; 3]).unwrap()
}

/// An even image with a texture.
fn image(grid: Geometry) -> Volume {
    let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| 100 + [-3, -1, 1, 3][(i + 2 * j + 3 * k) % 4]);
    Volume::new(grid, Voxels::I16(voxels)).unwrap()
}

/// A window on a NIfTI image on this grid.
fn window_on(grid: Geometry) -> Window {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.nii");
    nifti::write_volume(&path, &image(grid), false).unwrap();
    let mut window = Window::start(Options { open: vec![path], ..Options::default() }, folder);
    window.wait("the image to open", |shown| shown.has_image);
    window
}

fn derived(labels: &LabelMap, margin_mm: f64) -> ProtocolVoi {
    ProtocolVoi::new(labels, margin_mm, &Progress::new()).unwrap()
}

fn ml(voi: &ProtocolVoi) -> f64 {
    voi.mask().unwrap().volume_ml()
}

/// What is drawn, by the file that it is saved to.
fn saved(window: &mut Window, name: &str, grid: &Geometry) -> LabelMap {
    let path = window.save_as("Save as NIfTI", name);
    window.wait("the file", |shown| shown.job.is_none());
    nifti::read_label_map(&path, grid).unwrap().label_map
}

fn load(window: &mut Window, path: &Path) {
    window.click("Load labels");
    window.type_path(path);
    window.click("Open");
}

fn set_margin(window: &mut Window, mm: &str) {
    window.harness.get_by_role_and_label(Role::SpinButton, "Edge margin").focus();
    window.steps(2);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text(mm.to_owned()));
    window.key(Key::Enter);
    window.steps(2);
}

#[test]
fn the_voi_lies_inside_the_edge_and_saved_files_have_it_as_a_segment() {
    let mut window = Window::open_series(&image(fine()), |_| true);
    window.wait("the image", |shown| shown.has_image);
    window.draw_two_slices();
    let shown = window.shown();
    assert_eq!((shown.voi_margin_mm, shown.voi_is_current), (EDGE_MARGIN_MM, true));
    assert!(shown.voi_ml > 0.0 && shown.voi_ml < shown.label_ml[0], "{shown:?}");
    window.harness.get_by_label(&format!("VOI {:.1} mL", shown.voi_ml));

    let path = window.save_as("Save as DICOM SEG", "labels.dcm");
    window.wait("the file", |shown| shown.is_saved);
    let labels = seg::read(&path, &fine(), None).unwrap().label_map;
    let voi = derived(&labels, EDGE_MARGIN_MM);
    assert!((ml(&voi) - shown.voi_ml).abs() < 1e-9);
    let segments = seg::segments(&path).unwrap();
    let number = segments.iter().find(|segment| segment.meaning() == Meaning::Voi).unwrap().number;
    assert_eq!(seg::read_segment(&path, number, &fine(), None).unwrap(), voi.mask().unwrap());
}

#[test]
fn strokes_drags_undo_and_other_labels_keep_the_voi_that_of_what_is_drawn() {
    let mut window = window_on(fine());
    window.draw_two_slices();
    let whole = window.shown().voi_ml;
    window.keys(Modifiers::COMMAND, Key::Num2);
    window.key(Key::B);
    let (from, to) = (window.axial(-0.02, 0.0), window.axial(0.03, 0.02));
    window.event(egui::Event::PointerMoved(from));
    window.press(from, true);
    window.event(egui::Event::PointerMoved(to));
    window.steps(1);
    let drawing = window.shown();
    assert!(drawing.voi_is_current && drawing.voi_ml < whole, "also while the pen is down: {drawing:?}");
    window.press(to, false);
    window.steps(2);
    let with_vessel = window.shown().voi_ml;
    let labels = saved(&mut window, "vessel.nii.gz", &fine());
    assert!((ml(&derived(&labels, EDGE_MARGIN_MM)) - with_vessel).abs() < 1e-9);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, whole);
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.shown().voi_ml, with_vessel);
}

#[test]
fn another_margin_derives_the_voi_anew_and_puts_features_out_of_date() {
    let mut window = window_on(fine());
    window.draw_two_slices();
    let labels = saved(&mut window, "labels.nii.gz", &fine());
    window.key(Key::F);
    window.wait("the features", |shown| shown.features.is_some());
    assert_eq!(window.shown().features, Some((1316, false)));
    for (mm, margin_mm) in [("0", 0.0), ("7.5", 7.5)] {
        set_margin(&mut window, mm);
        let shown = window.shown();
        assert_eq!((shown.voi_margin_mm, shown.voi_is_current), (margin_mm, true));
        assert!((shown.voi_ml - ml(&derived(&labels, margin_mm))).abs() < 1e-9, "{margin_mm} mm: {shown:?}");
        assert_eq!(shown.features, Some((1316, true)), "they are of another margin");
    }
    set_margin(&mut window, "2.5");
    assert_eq!(window.shown().features, Some((1316, false)), "those of this margin are valid again");
    set_margin(&mut window, "2000");
    let shown = window.shown();
    assert_eq!((shown.voi_margin_mm, shown.voi_ml), (20.0, ml(&derived(&labels, 20.0))), "no more than 20 mm");
    assert_eq!(shown.label_ml[0], labels.mask(Label::Liver).volume_ml(), "what is drawn stays");
}

#[test]
fn features_are_of_the_voi_inside_the_edge() {
    let mut window = window_on(fine());
    window.draw_two_slices();
    let labels = saved(&mut window, "labels.nii.gz", &fine());
    window.key(Key::F);
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F2);
    let n = derived(&labels, EDGE_MARGIN_MM).n_voxels();
    window.harness.get_by_label_contains(&format!("{n} voxels"));
    let path = window.save_as("Save the features as CSV or JSON", "features.json");
    window.wait("the file", |_| path.exists());
    assert!(std::fs::read_to_string(&path).unwrap().contains("edge margin 2.5 mm"));
}

#[test]
fn no_number_is_current_while_a_large_voi_is_derived_beside_the_window() {
    let mut window = window_on(large());
    let mut labels = LabelMap::empty(large());
    labels.bits_mut().slice_mut(s![1..79, 5..315, 5..315]).fill(Label::Liver.bit());
    labels.bits_mut().slice_mut(s![30..50, 100..160, 90..200]).fill(Label::Liver.bit() | Label::Lesion.bit());
    let expected = ml(&derived(&labels, EDGE_MARGIN_MM));
    let path = window.file("large.nrrd");
    nrrd::write_segmentation(&path, &labels, &VoiSegment::None, false).unwrap();
    load(&mut window, &path);
    let mut was_deriving = false;
    for _ in 0..4000 {
        window.steps(1);
        let shown = window.shown();
        if shown.label_ml[0] > 0.0 && !shown.voi_is_current {
            was_deriving = true;
            window.harness.get_by_label("Deriving…");
            window.harness.get_by_label("VOI –");
        } else if shown.label_ml[0] > 0.0 {
            assert!((shown.voi_ml - expected).abs() < 1e-9, "{shown:?}");
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(was_deriving && window.shown().voi_is_current, "{:?}", window.shown());
    window.steps(3);
    let right = window.harness.get_by_role_and_label(Role::SpinButton, "Edge margin").rect().max.x;
    assert!(right <= WIDTH - PADDING, "no number makes the panel wider than it is: {right}");
    window.keys(Modifiers::COMMAND, Key::Z);
    window.wait("the VOI of nothing", |shown| shown.voi_is_current);
    assert_eq!(window.shown().voi_ml, 0.0);
}

#[test]
fn a_voi_that_a_file_has_alone_loses_no_second_edge() {
    let mut window = window_on(fine());
    let mut inside = Array3::from_elem(fine().shape(), false);
    inside.slice_mut(s![3..8, 60..100, 50..110]).fill(true);
    let region = Arc::new(Mask::new(fine(), inside).unwrap());
    let path = window.file("voi.nrrd");
    let voi = VoiSegment::Derived { region: region.clone(), edge_margin_mm: EDGE_MARGIN_MM };
    nrrd::write_segmentation(&path, &LabelMap::empty(fine()), &voi, false).unwrap();
    load(&mut window, &path);
    window.wait("the labels", |shown| shown.voi_ml > 0.0);
    let shown = window.shown();
    assert_eq!((shown.voi_margin_mm, shown.voi_ml), (0.0, region.volume_ml()));
    assert!(shown.message.unwrap().contains("the edge margin is 0 mm for this image now"));
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_margin_mm, EDGE_MARGIN_MM, "what was drawn before does not lie inside the edge");
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!((window.shown().voi_margin_mm, window.shown().voi_ml), (0.0, region.volume_ml()));
    set_margin(&mut window, "4");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_margin_mm, 4.0, "a margin that was chosen stays");
}

#[test]
fn the_outline_is_hidden_and_shown_by_its_eye_and_its_key() {
    let mut window = window_on(fine());
    window.draw_two_slices();
    assert!(window.shown().shows_voi);
    window.click("Hide the VOI's outline");
    assert!(!window.shown().shows_voi);
    window.keys(Modifiers::SHIFT, Key::H);
    assert!(window.shown().shows_voi);
    window.key(Key::H);
    assert!(!window.shown().shows_voi, "nothing lies over the image");
    window.key(Key::H);
    assert!(window.shown().shows_voi);
}
