//! The surface view: opens, follows what is drawn, turns, hides, goes.

use egui::{Key, Modifiers, PointerButton, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::Window;

/// A window on the ball with a block drawn on two slices, whose surface shows.
fn with_surface() -> Window {
    let mut window = Window::open();
    window.draw_two_slices();
    window.key(Key::V);
    window.key(Key::D);
    window.wait("the surface", |shown| shown.surface.is_some_and(|n| n > 100));
    window
}

#[test]
fn the_surface_opens_in_the_place_of_a_view_and_goes_again() {
    let mut window = Window::open();
    assert_eq!(window.shown().surface, None);
    let before = ["Axial view", "Coronal view", "Sagittal view"].map(|name| window.harness.get_by_label(name).rect());
    window.click("Surface of what is drawn");
    assert_eq!(window.harness.get_by_label("Surface view").rect(), before[2]);
    assert!(window.harness.query_by_label("Sagittal view").is_none());
    window.wait("an empty surface", |shown| shown.surface == Some(0) && shown.job.is_none());
    window.draw_square();
    window.wait("the square's surface", |shown| shown.surface.is_some_and(|n| n > 50));
    window.key(Key::D);
    assert_eq!(window.shown().surface, None);
    let after = ["Axial view", "Coronal view", "Sagittal view"].map(|name| window.harness.get_by_label(name).rect());
    assert_eq!(before, after);
}

#[test]
fn a_drag_turns_it_the_wheel_magnifies_and_a_double_click_brings_the_front_back() {
    let mut window = with_surface();
    let rect = window.harness.get_by_label("Surface view").rect();
    let (at, side) = (rect.center(), rect.width().min(rect.height()));
    let slices = window.shown().slices;
    window.drag_with(PointerButton::Primary, at, Vec2::new(side / 4.0, side / 8.0));
    let [azimuth, elevation] = window.shown().surface_degrees;
    assert!((azimuth - 45.0).abs() < 5.0 && (elevation - 22.5).abs() < 3.0, "{azimuth} {elevation}");
    window.drag_with(PointerButton::Primary, at, Vec2::new(0.0, side));
    assert_eq!(window.shown().surface_degrees[1], 90.0, "it is not turned over the head");
    assert_eq!(window.shown().slices, slices, "a drag moves no slice");
    window.wheel(at, 1.0, Modifiers::NONE);
    assert_eq!(window.shown().slices, slices, "nor does the wheel");
    for pressed in [true, false, true, false] {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        // Within one frame: the next begins when it is too late for a second click.
        window.harness.input_mut().events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    }
    window.steps(3);
    assert_eq!(window.shown().surface_degrees, [0.0, 0.0]);
}

#[test]
fn arrows_turn_it_while_it_has_the_keyboard_and_m_gives_it_the_whole_area() {
    let mut window = with_surface();
    let slices = window.shown().slices;
    let narrow = window.harness.get_by_label("Surface view").rect();
    window.harness.get_by_label("Surface view").focus();
    window.steps(2);
    window.key(Key::ArrowLeft);
    window.key(Key::ArrowDown);
    assert_eq!((window.shown().surface_degrees, window.shown().slices), ([-5.0, 5.0], slices));
    assert!(window.harness.get_by_label("Surface view").accesskit_node().is_focused());
    window.key(Key::M);
    assert!(window.harness.get_by_label("Surface view").rect().width() > 2.0 * narrow.width());
    assert!(window.harness.query_by_label("Axial view").is_none());
    window.key(Key::M);
    assert_eq!(window.harness.get_by_label("Surface view").rect(), narrow);
    let at = window.axial(0.3, 0.3);
    window.click_at(at);
    window.key(Key::ArrowUp);
    assert_ne!(window.shown().slices[0], slices[0], "by the image arrows turn slices again");
    assert_eq!(window.shown().surface_degrees, [-5.0, 5.0]);
}

#[test]
fn a_click_on_it_puts_the_crosshair_there_and_one_beside_it_does_not() {
    let mut window = with_surface();
    let at = window.axial(0.4, 0.4);
    window.click_at(at);
    let before = window.shown().slices;
    let rect = window.harness.get_by_label("Surface view").rect();
    window.click_at(rect.left_top() + Vec2::splat(12.0));
    assert_eq!(window.shown().slices, before);
    window.click_at(rect.center());
    window.steps(2);
    // The block's front is row 24 of slices 10 and 11, its middle between columns 31 and 32.
    let [axial, coronal, sagittal] = window.shown().slices;
    assert!(
        (10..=11).contains(&axial) && coronal.abs_diff(24) <= 1 && sagittal.abs_diff(31) <= 2,
        "{axial} {coronal} {sagittal}"
    );
}

#[test]
fn it_follows_every_edit_and_undo() {
    let mut window = with_surface();
    let two = window.shown().surface;
    window.key(Key::ArrowUp);
    window.draw_square();
    window.wait("the surface of three slices", |shown| shown.surface > two);
    window.keys(Modifiers::COMMAND, Key::Z);
    window.wait("the surface of two slices", |shown| shown.surface == two);
}
