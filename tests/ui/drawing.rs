//! Drawing: contour, brush, undo.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

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
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (0.0, true), "a try taken back");
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

/// The brush put down in the middle of the axial view.
fn brush_down(window: &mut Window) -> egui::Pos2 {
    window.key(Key::B);
    let at = window.axial(0.0, 0.0);
    window.event(egui::Event::PointerMoved(at));
    window.press(at, true);
    at
}

#[test]
fn a_button_let_go_on_another_page_paints_no_more() {
    let mut window = Window::open();
    let at = brush_down(&mut window);
    window.key(Key::F2);
    window.press(at, false);
    window.key(Key::F1);
    let painted = window.shown().voi_ml;
    for right in [0.1, 0.2] {
        let at = window.axial(right, 0.1);
        window.event(egui::Event::PointerMoved(at));
    }
    assert_eq!(window.shown().voi_ml, painted);
    assert_eq!(window.shown().undo.as_deref(), Some("Brush, slice 11"));
}

#[test]
fn a_drag_goes_on_where_the_view_is() {
    let mut window = Window::open();
    let at = brush_down(&mut window);
    window.wheel(at, 1.0, Modifiers::NONE);
    let (across, far) = (window.axial(0.1, 0.0), window.axial(0.2, 0.0));
    window.event(egui::Event::PointerMoved(across));
    window.press(across, false);
    let shown = window.shown();
    assert_eq!((shown.n_edits, shown.undo.as_deref()), (2, Some("Brush, slice 12")), "one edit on each slice");
    window.press(across, true);
    // Asking for features ends the stroke; the hand does not.
    window.key(Key::F);
    let painted = window.shown().voi_ml;
    window.event(egui::Event::PointerMoved(far));
    window.press(far, false);
    assert!(window.shown().voi_ml > painted, "the rest of the drag is drawn");
}

/// Three corners of a contour that stays open.
fn open_contour(window: &mut Window) {
    window.key(Key::C);
    for (right, down) in [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
}

#[test]
fn an_open_contour_outlives_a_click_on_another_slice_and_is_closed_on_its_own() {
    let mut window = Window::open();
    open_contour(&mut window);
    window.key(Key::ArrowUp);
    let at = window.axial(-0.1, 0.0);
    window.click_at(at);
    assert_eq!(window.shown().contour_points, 3);
    assert!(window.shown().note.contains("contour on slice 11 is still open"), "{}", window.shown().note);
    for key in [Key::Escape, Key::Backspace] {
        window.key(key);
        assert_eq!(window.shown().contour_points, 3, "what is not seen is not taken away");
    }
    window.keys(Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.shown().undo.as_deref(), Some("Contour, slice 11"));
    assert_eq!(window.shown().note, "", "what was said of the open contour goes with it");
    window.click_at(at);
    assert_eq!(window.shown().contour_points, 1, "now another one begins here");
}

#[test]
fn closing_asks_for_an_open_contour() {
    let mut window = Window::open();
    open_contour(&mut window);
    assert!(!window.ask_to_close());
    window.harness.get_by_label("The contour is not closed");
    window.click("Go on drawing");
    assert_eq!(window.shown().contour_points, 3);
    assert!(!window.ask_to_close());
    window.click("Close without saving");
    assert!(window.ask_to_close());
}

#[test]
fn escape_out_of_a_field_leaves_the_contour_alone() {
    let mut window = Window::open();
    open_contour(&mut window);
    window.harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "W").focus();
    window.steps(2);
    window.key(Key::Escape);
    assert_eq!(window.shown().contour_points, 3);
    window.key(Key::Escape);
    assert_eq!(window.shown().contour_points, 0);
}

#[test]
fn a_view_is_chosen_and_drawn_in_by_keyboard() {
    let mut window = Window::open();
    open_contour(&mut window);
    let before = window.shown().slices;
    window.harness.get_by_label("Coronal view").focus();
    window.steps(2);
    window.key(Key::ArrowUp);
    window.key(Key::PageUp);
    let after = window.shown().slices;
    assert_eq!((after[0], after[2]), (before[0], before[2]));
    assert_eq!(after[1].abs_diff(before[1]), 11, "arrows turn the slices of the view that has the keyboard");
    assert!(window.harness.get_by_label("Coronal view").accesskit_node().is_focused(), "and do not lead away from it");
    window.key(Key::Escape);
    assert_eq!(window.shown().contour_points, 0, "keys reach the drawing");
}
