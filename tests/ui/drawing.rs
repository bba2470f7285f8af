//! Drawing: contour, brush, undo.

use egui::{Key, Modifiers};

use super::harness::Window;

#[test]
fn a_contour_becomes_volume_and_undo_takes_it_back() {
    let mut window = Window::open();
    window.draw_square();
    let shown = window.shown();
    // A quarter of 64 voxels is 16: 16 x 16 voxels of 0.25 mL.
    assert!((shown.voi_ml - 64.0).abs() < 1e-9, "{}", shown.voi_ml);
    assert_eq!(shown.undo.as_deref(), Some("Contour, slice 11"));
    assert!(!shown.is_saved);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (0.0, true));
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!((window.shown().voi_ml - 64.0).abs() < 1e-9);
}

#[test]
fn backspace_drops_a_corner_and_escape_clears_the_contour() {
    let mut window = Window::open();
    window.key(Key::C);
    for (right, down) in [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
    assert_eq!(window.shown().contour_points, 3);
    window.key(Key::Backspace);
    assert_eq!(window.shown().contour_points, 2);
    window.key(Key::Escape);
    assert_eq!((window.shown().contour_points, window.shown().voi_ml), (0, 0.0));
}

#[test]
fn a_vessel_painted_over_the_liver_leaves_the_voi_and_is_erased_again() {
    let mut window = Window::open();
    window.draw_square();
    window.keys(Modifiers::COMMAND, Key::Num2);
    let (from, to) = (window.axial(-0.05, 0.0), window.axial(0.05, 0.0));
    for tool in [Key::B, Key::E] {
        window.key(tool);
        window.event(egui::Event::PointerMoved(from));
        window.press(from, true);
        window.event(egui::Event::PointerMoved(to));
        window.press(to, false);
        let shown = window.shown();
        if tool == Key::B {
            assert!(shown.label_ml[1] > 1.0 && shown.undo.as_deref() == Some("Brush, slice 11"));
            assert!((shown.voi_ml + shown.label_ml[1] - 64.0).abs() < 1e-9, "{shown:?}");
        } else {
            assert_eq!((shown.label_ml[1], shown.voi_ml), (0.0, 64.0));
        }
    }
}
