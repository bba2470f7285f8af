//! The undo list, colours of labels, fractional segmentations, and proposals that were drawn on.

use std::path::Path;

use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, VR};
use dicom_dictionary_std::tags;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::harness::{Window, grid};

#[test]
fn the_list_of_edits_leads_back_and_forth_in_one_click() {
    let mut window = Window::open();
    for _ in 0..4 {
        window.draw_square();
        window.key(Key::ArrowUp);
    }
    let all = window.shown().voi_ml;
    window.click("List of edits");
    window.click("Contour, slice 11");
    assert_eq!((window.shown().n_edits, window.shown().voi_ml), (1, all / 4.0));
    assert_eq!(window.shown().note, "Undone: 3 edits");
    window.click("Contour, slice 13");
    assert_eq!((window.shown().n_edits, window.shown().voi_ml), (3, all * 0.75), "the list stays, forward too");
    window.click("As it was before");
    assert_eq!((window.shown().n_edits, window.shown().voi_ml), (0, 0.0));
    window.click("Contour, slice 14");
    assert_eq!((window.shown().n_edits, window.shown().voi_ml), (4, all));
    window.key(Key::B);
    let at = window.axial(-0.3, 0.3);
    window.click_at(at);
    assert_eq!(window.shown().n_edits, 4, "a click beside the list closes it and draws nothing");
    window.click_at(at);
    assert_eq!(window.shown().n_edits, 5);
}

#[test]
fn a_label_takes_a_colour_and_gives_its_own_to_the_one_that_had_it() {
    let mut window = Window::open();
    let [liver, _, lesion, _] = window.shown().colours;
    window.click("Colour of liver");
    window.click("Coral");
    let colours = window.shown().colours;
    assert_eq!([colours[0], colours[2]], [lesion, liver]);
    assert!(window.harness.query_by_label("Coral").is_none(), "the choice is made");
}

/// The squares' liver, shrunk by 6 mm and not accepted yet; a voxel has 5 mm.
fn with_shrunk_proposal() -> Window {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Whole region…");
    window.harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Size").set_value_accesskit(6.0);
    window.steps(2);
    window.click("Shrink");
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window
}

/// A large disc beside the squares.
fn paint_beside(window: &mut Window) {
    window.key(Key::B);
    for _ in 0..5 {
        window.key(Key::CloseBracket);
    }
    window.drag_along(&[(-0.3, 0.0), (-0.2, 0.0)], Modifiers::NONE);
}

#[test]
fn a_proposal_whose_label_was_drawn_on_is_made_anew_and_nothing_drawn_is_lost() {
    let mut window = with_shrunk_proposal();
    let early = window.shown().proposal_ml.unwrap();
    window.keys(Modifiers::NONE, Key::ArrowDown);
    paint_beside(&mut window);
    let drawn = window.shown();
    assert_eq!(drawn.n_edits, 3);
    window.key(Key::Enter);
    window.wait("another proposal", |shown| shown.job.is_none());
    window.harness.get_by_label_contains("Drawn on meanwhile, so made anew: Margin −6.0 mm");
    let shown = window.shown();
    assert_eq!((shown.n_edits, shown.voi_ml), (3, drawn.voi_ml), "nothing is accepted unseen");
    assert!(shown.proposal_ml.unwrap() > early, "what was drawn is shrunk with the rest");
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 4);
    assert!((window.shown().voi_ml - shown.proposal_ml.unwrap()).abs() < 1e-6);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, drawn.voi_ml);
}

#[test]
fn a_proposal_is_accepted_at_once_where_another_label_was_drawn_or_the_stroke_was_undone() {
    let mut window = with_shrunk_proposal();
    paint_beside(&mut window);
    window.keys(Modifiers::COMMAND, Key::Z);
    window.keys(Modifiers::COMMAND, Key::Num2);
    paint_beside(&mut window);
    let vessel = window.shown().label_ml[1];
    assert!(vessel > 0.0);
    let early = window.shown().proposal_ml.unwrap();
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 4);
    let shown = window.shown();
    assert!((shown.label_ml[0] - early).abs() < 1e-6 && shown.label_ml[1] == vessel, "{shown:?}");
}

/// Makes a binary DICOM SEG one whose voxels are half inside.
fn make_fractional(path: &Path, meaning: &str) {
    const MOST: u8 = 200;
    let mut object = dicom_object::open_file(path).unwrap();
    let number = |tag| object.element(tag).unwrap().to_int::<usize>().unwrap();
    let n = number(tags::ROWS) * number(tags::COLUMNS) * number(tags::NUMBER_OF_FRAMES);
    let bits = object.element(tags::PIXEL_DATA).unwrap().to_bytes().unwrap().into_owned();
    let voxel = |n: usize| if bits[n / 8] >> (n % 8) & 1 == 1 { MOST / 2 } else { 0 };
    let mut voxels: Vec<u8> = (0..n).map(voxel).collect();
    voxels.resize(n.next_multiple_of(2), 0);
    for (tag, value) in
        [(tags::BITS_ALLOCATED, 8), (tags::BITS_STORED, 8), (tags::HIGH_BIT, 7), (tags::MAXIMUM_FRACTIONAL_VALUE, 200)]
    {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value as u16)));
    }
    for (tag, text) in [(tags::SEGMENTATION_TYPE, "FRACTIONAL"), (tags::SEGMENTATION_FRACTIONAL_TYPE, meaning)] {
        object.put(DataElement::new(tag, VR::CS, PrimitiveValue::from(text)));
    }
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(voxels)));
    object.write_to_file(path).unwrap();
}

#[test]
fn a_fractional_segmentation_asks_for_its_threshold_and_loads_there() {
    for (meaning, words) in [("PROBABILITY", "how probably"), ("OCCUPANCY", "which share")] {
        let mut window = Window::open_dicom(grid(), |_| true);
        window.wait("the image", |shown| shown.has_image);
        window.draw_square();
        let path = window.save_as("Save as DICOM SEG", "labels.dcm");
        window.wait("the file", |shown| shown.is_saved);
        make_fractional(&path, meaning);
        window.keys(Modifiers::COMMAND, Key::Z);
        let ask = |window: &mut Window| {
            window.click("Load labels");
            window.type_path(&path);
            window.key(Key::Enter);
            window.wait("the question", |shown| shown.job.is_none());
            window.steps(4);
            window.harness.get_by_label_contains(words);
        };
        ask(&mut window);
        let field = window.harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Inside from");
        field.set_value_accesskit(0.51);
        window.steps(2);
        window.key(Key::Enter);
        let is_empty = |message: &String| message.contains("holds no label");
        window.wait("the word that no voxel reaches 0.51", |shown| shown.message.as_ref().is_some_and(is_empty));
        window.click("Dismiss");
        ask(&mut window);
        window.click("Load labels at the threshold");
        window.wait("the labels", |shown| shown.voi_ml > 0.0);
        assert!((window.shown().voi_ml - 64.0).abs() < 1e-9 && window.shown().is_saved);
    }
}
