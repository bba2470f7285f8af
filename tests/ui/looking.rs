//! Looking: windows, slices, magnification, keys.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::Window;

#[test]
fn number_keys_choose_windows_and_the_liver_is_first() {
    let mut window = Window::open();
    assert_eq!(window.shown().window, [250.0, 50.0]);
    for (key, expected) in [(Key::Num5, [1500.0, -600.0]), (Key::Num4, [1800.0, 400.0]), (Key::Num1, [250.0, 50.0])] {
        window.key(key);
        assert_eq!(window.shown().window, expected);
    }
    window.click("Bone");
    assert_eq!(window.shown().window, [1800.0, 400.0]);
}

#[test]
fn a_notch_of_the_wheel_is_a_slice_with_any_tool_in_hand() {
    let mut window = Window::open();
    let at = window.axial(0.1, 0.1);
    assert_eq!(window.shown().slices[0], 10);
    for (tool, key) in [("Navigate", Key::V), ("Contour", Key::C), ("Brush", Key::B), ("Erase", Key::E)] {
        window.key(key);
        assert_eq!(window.shown().tool, tool);
        window.wheel(at, 1.0, Modifiers::NONE);
        assert_eq!(window.shown().slices[0], 11, "{tool}");
        window.wheel(at, -1.0, Modifiers::NONE);
        assert_eq!(window.shown().slices[0], 10, "{tool}");
    }
}

#[test]
fn control_and_wheel_zoom_and_do_not_scroll() {
    let mut window = Window::open();
    let at = window.axial(0.1, 0.1);
    window.wheel(at, 1.0, Modifiers::COMMAND | Modifiers::CTRL);
    let shown = window.shown();
    assert_eq!(shown.slices[0], 10);
    assert!(shown.zooms[0] > 1.0 && shown.zooms[1] == 1.0, "{:?}", shown.zooms);
    window.key(Key::R);
    assert_eq!(window.shown().zooms, [1.0; 3]);
}

#[test]
fn keys_move_through_slices_and_stop_at_the_ends() {
    let mut window = Window::open();
    window.key(Key::ArrowUp);
    assert_eq!(window.shown().slices[0], 11);
    window.key(Key::PageDown);
    assert_eq!(window.shown().slices[0], 1);
    window.key(Key::PageDown);
    assert_eq!(window.shown().slices[0], 0);
    window.key(Key::Home);
    assert_eq!(window.shown().slices[0], 19, "Home is the uppermost slice");
    window.key(Key::End);
    assert_eq!(window.shown().slices[0], 0);
}

#[test]
fn a_click_links_the_other_views() {
    let mut window = Window::open();
    let at = window.axial(0.2, -0.1);
    window.click_at(at);
    window.steps(2);
    let shown = window.shown();
    // The view is as wide as the image: 64 voxels. Its centre lies between voxels 31 and 32.
    assert_eq!(shown.slices, [10, 25, 44]);
}

#[test]
fn a_question_mark_shows_the_keys_and_escape_hides_them() {
    let mut window = Window::open();
    window.key(Key::Questionmark);
    window.steps(2);
    window.harness.get_by_label("Close the contour, then fill it");
    window.key(Key::Escape);
    window.steps(2);
    assert!(window.harness.query_by_label("Close the contour, then fill it").is_none());
}

#[test]
fn every_control_has_a_name() {
    let mut window = Window::open();
    window.steps(2);
    let controls = [Role::Button, Role::CheckBox, Role::Slider, Role::SpinButton, Role::TextInput, Role::RadioButton];
    let mut n = 0;
    for node in window.harness.root().children_recursive() {
        let node = node.accesskit_node();
        if controls.contains(&node.role()) {
            n += 1;
            // Labels may stand on the node or on another that labels it.
            let name = node.label().unwrap_or_default();
            let is_readable = name.chars().any(|c| c.is_ascii_alphabetic());
            assert!(is_readable, "a {:?} is called {name:?}", node.role());
        }
    }
    assert!(n > 20, "only {n} controls");
}

#[test]
fn a_right_drag_changes_width_across_and_level_along_with_any_tool_in_hand() {
    let mut window = Window::open();
    for (tool, key) in [("Navigate", Key::V), ("Brush", Key::B)] {
        window.key(key);
        window.key(Key::Num1);
        let at = window.axial(0.0, 0.0);
        window.drag_with(PointerButton::Secondary, at, Vec2::new(40.0, 0.0));
        let [width, level] = window.shown().window;
        assert!(width > 250.0 && level == 50.0, "{tool}: W {width} L {level}");
        window.drag_with(PointerButton::Secondary, at, Vec2::new(0.0, 40.0));
        assert_ne!(window.shown().window[1], 50.0, "{tool}");
        assert_eq!(window.shown().n_edits, 0, "the right button draws nothing");
    }
}

#[test]
fn a_middle_drag_moves_the_image_of_its_view_alone() {
    let mut window = Window::open();
    let at = window.axial(0.0, 0.0);
    window.drag_with(PointerButton::Middle, at, Vec2::new(60.0, 20.0));
    let [axial, coronal, sagittal] = window.shown().pans_mm;
    assert!(axial[0] != 0.0 && axial[1] != 0.0, "{axial:?}");
    assert_eq!((coronal, sagittal), ([0.0; 2], [0.0; 2]));
    window.key(Key::R);
    assert_eq!(window.shown().pans_mm, [[0.0; 2]; 3]);
}

/// Names of the controls that the Tab key comes to, until it comes round.
fn reached_by_tab(window: &mut Window) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    for _ in 0..200 {
        window.key(Key::Tab);
        let focused = window.harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
        reached.extend(focused.and_then(|node| node.accesskit_node().label()));
    }
    reached
}

#[test]
fn every_control_of_every_page_is_reached_by_the_tab_key() {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    for page in [Key::F1, Key::F2, Key::F3] {
        window.key(page);
        let reached = reached_by_tab(&mut window);
        let controls = [Role::Button, Role::CheckBox, Role::Slider, Role::SpinButton, Role::RadioButton];
        let mut n = 0;
        for node in window.harness.root().children_recursive() {
            let node = node.accesskit_node();
            let name = node.label().unwrap_or_default();
            if controls.contains(&node.role()) && !node.is_disabled() {
                n += 1;
                assert!(reached.contains(&name), "Tab does not come to {:?} \"{name}\" on {page:?}", node.role());
            }
        }
        assert!(n > 5, "only {n} controls on {page:?}");
    }
}

#[test]
fn a_window_that_is_no_number_is_said_and_changes_nothing() {
    let mut window = Window::open();
    window.harness.get_by_role_and_label(Role::SpinButton, "W").focus();
    window.steps(2);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("wide".to_owned()));
    window.key(Key::Enter);
    window.steps(2);
    assert_eq!(window.shown().window, [250.0, 50.0]);
    assert!(window.shown().message.unwrap().contains("\"wide\" is not a number"));
}

#[test]
fn a_window_beyond_what_can_be_set_is_said() {
    let mut window = Window::open();
    for (label, typed, expected, range) in
        [("W", "99999", [8000.0, 50.0], "1 to 8000 HU"), ("L", "-9000", [250.0, -2000.0], "−2000 to 6000 HU")]
    {
        window.key(Key::Num1);
        window.harness.get_by_role_and_label(Role::SpinButton, label).focus();
        window.steps(2);
        window.keys(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text(typed.to_owned()));
        assert_eq!(window.shown().window, [250.0, 50.0], "nothing changes while the number is typed");
        window.key(Key::Enter);
        window.steps(2);
        assert_eq!(window.shown().window, expected);
        let said = window.shown().message.unwrap();
        assert!(said.contains(range), "{said}");
        window.key(Key::Escape);
    }
}
