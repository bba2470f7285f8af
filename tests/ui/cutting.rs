//! The caudate lobe cut off the liver, and a lesion's band of HU. The image holds a ball of 100 HU, 60 mm in radius, in 60 HU.

use std::f64::consts::PI;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use hepatica::volume::{Volume, Voxels};
use ndarray::Array3;

use super::harness::{Window, grid};

/// Part by which a region may differ from the ball's: voxels are 5 x 5 x 10 mm, and growing smooths its surface.
const ALIKE: f64 = 0.1;

/// Half of the ball's volume in mL on these slices.
fn half_ball_ml(slices: std::ops::RangeInclusive<usize>) -> f64 {
    slices.map(|k| PI * (3600.0 - (10.0 * k as f64 - 95.0).powi(2)) * 10.0 / 2000.0).sum()
}

/// The ball grown as the liver, and the caudate lobe in hand.
fn with_liver() -> Window {
    let mut window = Window::open();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 1);
    window.keys(Modifiers::COMMAND, Key::Num4);
    window
}

fn click_axial(window: &mut Window, right: f32, down: f32) {
    let at = window.axial(right, down);
    window.click_at(at);
    window.steps(2);
}

#[test]
fn the_caudate_lobe_is_cut_off_between_two_lines_by_two_drags_and_a_click() {
    let mut window = with_liver();
    let whole = window.shown().voi_ml;
    window.harness.get_by_label_contains("Drag a line along the fissure");
    window.keys(Modifiers::NONE, Key::ArrowUp);
    window.keys(Modifiers::NONE, Key::ArrowUp);
    window.drag_along(&[(-0.1, 0.0), (0.1, 0.0)], Modifiers::NONE);
    for _ in 0..4 {
        window.key(Key::ArrowDown);
    }
    window.drag_along(&[(0.1, 0.0), (-0.1, 0.0)], Modifiers::NONE);
    assert_eq!((window.shown().proposal, window.shown().job), (None, None), "nothing is proposed before the click");
    click_axial(&mut window, 0.0, 0.05);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    assert_eq!(window.shown().proposal.as_deref(), Some("Cut caudate lobe"));
    assert_eq!(window.shown().label_ml[3], 0.0, "nothing changes before it is accepted");
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 2);
    let shown = window.shown();
    let expected = half_ball_ml(8..=12);
    assert!((shown.label_ml[3] / expected - 1.0).abs() < ALIKE, "{} of {expected} mL", shown.label_ml[3]);
    assert!((shown.voi_ml + shown.label_ml[3] - whole).abs() < 1e-6, "it leaves the VOI");
    assert_eq!(shown.undo.as_deref(), Some("Cut caudate lobe"));
    window.harness.get_by_label_contains("Drag a line along the fissure");
}

#[test]
fn its_ends_are_set_on_the_slice_that_shows_and_it_is_proposed_again() {
    let mut window = with_liver();
    // Corners by clicks, ended by Enter.
    for right in [-0.1, 0.0, 0.1] {
        click_axial(&mut window, right, 0.0);
    }
    assert_eq!(window.shown().proposal, None);
    window.key(Key::Enter);
    click_axial(&mut window, 0.0, 0.05);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.key(Key::ArrowUp);
    window.keys(Modifiers::SHIFT, Key::Home);
    window.wait("another proposal", |shown| shown.job.is_none());
    window.harness.get_by_label("Upper end on the axial slice that shows");
    for _ in 0..3 {
        window.key(Key::ArrowDown);
    }
    window.click("Lower end on the axial slice that shows");
    window.wait("another proposal", |shown| shown.job.is_none());
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 2);
    let (lobe, expected) = (window.shown().label_ml[3], half_ball_ml(8..=11));
    assert!((lobe / expected - 1.0).abs() < ALIKE, "{lobe} of {expected} mL");
}

#[test]
fn a_cut_that_takes_nothing_off_is_said_in_the_status_bar_and_can_be_drawn_anew() {
    let mut window = with_liver();
    // Beside the ball.
    window.drag_along(&[(-0.1, -0.3), (0.1, -0.3)], Modifiers::NONE);
    click_axial(&mut window, 0.0, 0.05);
    window.wait("an answer", |shown| shown.job.is_none());
    let shown = window.shown();
    assert!(shown.note.contains("does not part the liver") && shown.message.is_none(), "{}", shown.note);
    // Another line on the same slice takes its place, and the click still holds.
    window.drag_along(&[(-0.1, 0.0), (0.1, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.key(Key::Escape);
    assert_eq!(window.shown().proposal, None);
    click_axial(&mut window, 0.0, 0.35);
    window.wait("an answer", |shown| shown.job.is_none());
    assert!(window.shown().note.contains("click on slice 11"), "{}", window.shown().note);
    window.key(Key::Backspace);
    window.harness.get_by_label_contains("Drag a line along the fissure");
}

#[test]
fn without_a_liver_there_is_nothing_to_cut() {
    let mut window = Window::open();
    window.keys(Modifiers::COMMAND, Key::Num4);
    window.key(Key::G);
    window.drag_along(&[(-0.1, 0.0), (0.1, 0.0)], Modifiers::NONE);
    assert!(window.shown().note.contains("Draw the liver first"), "{}", window.shown().note);
}

/// A core of 20 HU and 20 mm within a rim of 50 HU up to 30 mm, in tissue of 100 HU.
fn lesion() -> Volume {
    let geometry = grid();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let [x, y, z] = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
        match x.hypot(y).hypot(z - 95.0) {
            r if r < 20.0 => 20i16,
            r if r < 30.0 => 50,
            _ => 100,
        }
    });
    Volume::new(geometry, Voxels::I16(voxels)).unwrap()
}

/// Volumes of core and rim together, in mL, and of the core alone.
const WITH_RIM_ML: f64 = 113.1;
const CORE_ML: f64 = 33.5;
/// A core of 20 mm has only five slices.
const COARSE: f64 = 0.25;

#[test]
fn a_lesion_in_even_liver_is_doubted_and_one_that_stands_out_is_not() {
    let mut window = Window::open_series(&lesion(), |_| true);
    window.wait("the image", |shown| shown.has_image && shown.job.is_none());
    window.draw_square();
    window.keys(Modifiers::COMMAND, Key::Num3);
    window.key(Key::G);
    click_axial(&mut window, 0.0, 0.0);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    assert!(window.harness.query_by_label(DOUBT).is_none());
    window.key(Key::Escape);
    click_axial(&mut window, 0.11, 0.11);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.harness.get_by_label(DOUBT);
}

/// What is said of a click in even liver.
const DOUBT: &str = "It looks like the liver around it";

#[test]
fn a_lesion_is_grown_anew_as_its_band_of_hu_is_set() {
    let mut window = Window::open_series(&lesion(), |_| true);
    window.wait("the image", |shown| shown.has_image && shown.job.is_none());
    window.keys(Modifiers::COMMAND, Key::Num3);
    window.key(Key::G);
    click_axial(&mut window, 0.0, 0.0);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    let core = window.shown().proposal_ml.unwrap();
    assert!((core / CORE_ML - 1.0).abs() < COARSE, "{core} mL");
    let set = |window: &mut Window, name: &str, hu: f64| {
        window.harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(hu);
        window.steps(2);
    };
    set(&mut window, "Lesion to HU", 70.0);
    window.wait("a larger one", |shown| shown.proposal_ml.is_some_and(|ml| ml > core));
    let both = window.shown().proposal_ml.unwrap();
    assert!((both / WITH_RIM_ML - 1.0).abs() < COARSE, "{both} mL");
    set(&mut window, "Lesion from HU", 60.0);
    let begun = std::time::Instant::now();
    while window.harness.query_by_label_contains("no HU lie").is_none() {
        assert!(begun.elapsed().as_secs() < 20, "the refusal is in the status bar");
        std::thread::sleep(std::time::Duration::from_millis(5));
        window.steps(1);
    }
    assert_eq!(window.shown().proposal_ml, Some(both), "what shows stays");
    window.click("Take the HU from around the click");
    window.wait("the first one again", |shown| shown.proposal_ml == Some(core));
    set(&mut window, "Lesion to HU", 70.0);
    window.wait("the larger one", |shown| shown.proposal_ml == Some(both));
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 1);
    assert!((window.shown().label_ml[2] - both).abs() < 1e-6);
}
