//! The tools of the pen, and what is proposed before it is accepted. The image holds a ball of 100 HU, 60 mm in radius, in 60 HU.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2};
use egui_kittest::kittest::Queryable as _;
use hepatica::exchange::nifti;
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

use super::harness::Window;

/// Volume of the ball in mL.
const BALL_ML: f64 = 904.8;

/// Part of the axial view's width that the ball's radius takes: the view is wider than the image's 320 mm where it is not square, so
/// that it is asked of the window.
fn radius(window: &Window) -> f32 {
    let rect = window.harness.get_by_label("Axial view").rect();
    let side = rect.width().min(rect.height());
    60.0 / 320.0 * side / rect.width()
}

#[test]
fn a_closed_contour_is_edited_until_it_is_filled() {
    let mut window = Window::open();
    window.key(Key::C);
    for (right, down) in [(-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
    let first = window.axial(-0.1, -0.1);
    window.click_at(first);
    let shown = window.shown();
    assert!(shown.is_contour_closed && shown.n_edits == 0, "met where it began, it closes and is not filled");
    window.drag_along(&[(0.1, 0.1), (0.2, 0.2)], Modifiers::NONE);
    let edge = window.axial(0.0, -0.1);
    window.event(egui::Event::PointerMoved(edge));
    window.key(Key::Plus);
    assert_eq!(window.shown().contour_points, 5);
    window.key(Key::Delete);
    assert_eq!(window.shown().contour_points, 4);
    window.key(Key::Enter);
    let shown = window.shown();
    assert_eq!((shown.contour_points, shown.undo.as_deref()), (0, Some("Contour, slice 11")));
    // A kite of twice the square's area.
    window.key(Key::ArrowUp);
    window.keys(Modifiers::COMMAND, Key::V);
    assert!(window.shown().is_contour_closed, "the contour is pasted on the next slice");
    window.key(Key::Enter);
    assert!((window.shown().voi_ml - 2.0 * shown.voi_ml).abs() < 1e-9, "and fills the same");
}

#[test]
fn a_drag_across_the_border_extends_and_one_from_outside_cuts() {
    let mut window = Window::open();
    window.draw_square();
    let square = window.shown().voi_ml;
    window.drag_along(&[(0.05, 0.0), (0.2, -0.05), (0.2, 0.05), (0.05, 0.02)], Modifiers::NONE);
    let extended = window.shown();
    assert!(extended.voi_ml > square && extended.undo.as_deref() == Some("Extend, slice 11"), "{extended:?}");
    window.keys(Modifiers::COMMAND, Key::Z);
    window.drag_along(&[(0.2, 0.0), (0.0, 0.0), (0.0, 0.2)], Modifiers::NONE);
    let cut = window.shown();
    assert!(cut.voi_ml < square && cut.voi_ml > square / 2.0, "{} of {square}", cut.voi_ml);
    assert_eq!((cut.undo.as_deref(), cut.contour_points), (Some("Cut, slice 11"), 0));
}

#[test]
fn the_livewire_follows_the_edge_between_clicks() {
    let mut window = Window::open();
    window.key(Key::L);
    let r = radius(&window);
    for (right, down) in [(r, 0.0), (0.0, r), (-r, 0.0), (0.0, -r)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
    assert!(window.shown().contour_points > 8, "the way between clicks has corners of its own");
    window.key(Key::Enter);
    window.key(Key::Enter);
    let shown = window.shown();
    assert_eq!(shown.undo.as_deref(), Some("Livewire, slice 11"));
    // A square through the four clicks has 72 mL, the ball's slice 113.
    assert!((105.0..121.0).contains(&shown.voi_ml), "{}", shown.voi_ml);
}

#[test]
fn the_livewire_goes_on_from_where_the_last_corner_is_now() {
    let mut window = Window::open();
    window.key(Key::L);
    let r = radius(&window);
    let places = [(r, 0.0), (0.0, r)].map(|(right, down)| window.axial(right, down));
    places.into_iter().for_each(|at| window.click_at(at));
    let before = window.shown().contour_points;
    // The last corner is dragged to where the next click falls, all but a few pixels: no way leads back to where it was.
    window.drag_along(&[(0.0, r), (-r, 0.02)], Modifiers::NONE);
    assert_eq!(window.shown().contour_points, before);
    let at = window.axial(-r, -0.02);
    window.click_at(at);
    let added = window.shown().contour_points - before;
    assert!(added < 6, "{added} corners for a way of a few pixels");
}

#[test]
fn a_livewire_that_is_closed_and_opened_again_loses_a_click_at_a_time() {
    let mut window = Window::open();
    window.key(Key::L);
    let r = radius(&window);
    let mut counts = Vec::new();
    for (right, down) in [(r, 0.0), (0.0, r), (-r, 0.0)] {
        let at = window.axial(right, down);
        window.click_at(at);
        counts.push(window.shown().contour_points);
    }
    window.key(Key::Enter);
    assert!(window.shown().contour_points > counts[2], "the way back has corners of its own");
    for left in counts.into_iter().rev() {
        window.key(Key::Backspace);
        assert_eq!(window.shown().contour_points, left);
    }
    let at = window.axial(r, 0.0);
    window.click_at(at);
    window.key(Key::C);
    window.key(Key::Escape);
    window.draw_square();
    assert_eq!(window.shown().undo.as_deref(), Some("Contour, slice 11"), "no livewire laid a part of it");
}

#[test]
fn what_the_livewire_laid_stays_its_own_whichever_tool_accepts_it() {
    let mut window = Window::open();
    window.key(Key::L);
    let r = radius(&window);
    for (right, down) in [(r, 0.0), (0.0, r), (-r, 0.0)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
    window.key(Key::C);
    window.key(Key::Enter);
    window.key(Key::Enter);
    assert_eq!(window.shown().undo.as_deref(), Some("Livewire, slice 11"));
}

#[test]
fn accept_and_advance_leaves_a_slice_alone_while_a_contour_waits_on_another_one() {
    let mut window = Window::open();
    window.draw_square();
    window.keys(Modifiers::COMMAND, Key::V);
    window.key(Key::ArrowUp);
    let before = window.shown();
    window.key(Key::Space);
    let after = window.shown();
    assert!(after.note.contains("waits on another slice"), "{}", after.note);
    assert_eq!((after.n_edits, after.slices), (before.n_edits, before.slices));
}

#[test]
fn nudging_pushes_the_outline_and_is_one_edit() {
    let mut window = Window::open();
    window.draw_square();
    let before = window.shown();
    window.key(Key::N);
    window.drag_along(&[(0.1, 0.0), (0.2, 0.0)], Modifiers::NONE);
    let after = window.shown();
    assert!(after.voi_ml > before.voi_ml, "{} to {}", before.voi_ml, after.voi_ml);
    assert_eq!((after.n_edits, after.undo.as_deref()), (2, Some("Nudge, slice 11")));
}

#[test]
fn the_brush_paints_a_ball_keeps_to_hu_and_takes_away_with_alt() {
    let mut window = Window::open();
    window.key(Key::B);
    for _ in 0..5 {
        window.key(Key::CloseBracket);
    }
    window.drag_along(&[(0.0, 0.0)], Modifiers::NONE);
    let disc = window.shown().voi_ml;
    window.keys(Modifiers::COMMAND, Key::Z);
    window.key(Key::T);
    window.key(Key::T);
    window.drag_along(&[(0.0, 0.0)], Modifiers::NONE);
    let ball = window.shown();
    assert!(ball.voi_ml > 2.0 * disc, "{} on one slice, {} on several", disc, ball.voi_ml);
    assert_eq!(ball.undo.as_deref(), Some("Brush, slices 9 to 13"));
    window.drag_along(&[(0.0, 0.0)], Modifiers::ALT);
    assert_eq!((window.shown().voi_ml, window.shown().undo.as_deref()), (0.0, Some("Erase, slices 9 to 13")));
    window.key(Key::T);
    window.key(Key::U);
    let lowest = window.harness.get_by_label("Lowest HU");
    lowest.set_value_accesskit(80.0);
    window.steps(2);
    let r = radius(&window);
    window.drag_along(&[(0.9 * r, 0.0), (1.6 * r, 0.0)], Modifiers::NONE);
    let kept = window.shown().voi_ml;
    window.key(Key::U);
    window.drag_along(&[(0.9 * r, 0.0), (1.6 * r, 0.0)], Modifiers::NONE);
    assert!(kept > 0.0 && window.shown().voi_ml > 1.5 * kept, "only the ball's part has 80 HU and more");
}

#[test]
fn a_stroke_in_the_ball_proposes_all_of_it_and_nothing_changes_before_it_is_accepted() {
    let mut window = Window::open();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    assert_eq!((window.shown().proposal.as_deref(), window.shown().n_edits), (Some("Grow"), 0));
    window.key(Key::Escape);
    assert_eq!(window.shown().proposal, None, "Esc forgets it");
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 1);
    let shown = window.shown();
    assert!((shown.voi_ml / BALL_ML - 1.0).abs() < 0.07, "{} mL", shown.voi_ml);
    assert_eq!(shown.proposal, None);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, 0.0);
}

#[test]
fn undo_takes_strokes_of_a_proposal_back_and_leaves_what_was_accepted() {
    let mut window = Window::open();
    window.draw_square();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some() && shown.job.is_none());
    let first = window.shown().proposal_ml;
    window.drag_along(&[(-0.3, 0.3), (-0.25, 0.3)], Modifiers::ALT);
    window.wait("the next one", |shown| shown.job.is_none());
    window.keys(Modifiers::COMMAND, Key::Z);
    window.wait("the one before", |shown| shown.job.is_none());
    assert_eq!((window.shown().n_edits, window.shown().proposal_ml), (1, first));
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.shown().n_edits, window.shown().proposal), (1, None), "what was accepted stays");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().n_edits, 0);
}

#[test]
fn a_stroke_that_was_refused_stands_in_no_further_ones_way() {
    let mut window = Window::open();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some() && shown.job.is_none());
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::ALT);
    window.wait("the refusal", |shown| shown.message.is_some());
    assert!(window.shown().message.unwrap().contains("overlap"));
    window.drag_along(&[(-0.05, 0.1), (0.05, 0.1)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.job.is_none());
    for left in [Some("Grow"), None] {
        window.keys(Modifiers::COMMAND, Key::Z);
        window.wait("the strokes before", |shown| shown.job.is_none());
        assert_eq!(window.shown().proposal.as_deref(), left, "two strokes counted");
    }
}

#[test]
fn a_contour_is_pasted_where_the_clipboard_is_empty_and_only_the_key_comes_up() {
    let mut window = Window::open();
    window.draw_square();
    window.key(Key::ArrowUp);
    let release =
        |modifiers| egui::Event::Key { key: Key::V, physical_key: None, pressed: false, repeat: false, modifiers };
    window.event(release(Modifiers::COMMAND));
    window.steps(2);
    assert_eq!(window.shown().contour_points, 4);
    window.key(Key::Escape);
    window.event(egui::Event::Paste("250".to_owned()));
    window.steps(2);
    assert_eq!(window.shown().contour_points, 4);
    window.key(Key::Escape);
    window.event(release(Modifiers::COMMAND));
    window.key(Key::V);
    window.steps(2);
    assert_eq!(window.shown().contour_points, 0, "it was pasted when it went down; V alone takes another tool");
}

#[test]
fn a_part_is_kept_where_the_crosshair_is_on_one() {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Whole region…");
    assert!(!window.is_disabled("Keep this part") && window.harness.query_by_label("Join vessel").is_none());
    window.key(Key::Escape);
    (0..4).for_each(|_| window.key(Key::ArrowUp));
    window.click("Whole region…");
    assert!(window.is_disabled("Keep this part"));
}

#[test]
fn slices_between_drawn_ones_are_shown_and_accepted_one_or_all() {
    let mut window = Window::open();
    window.draw_square();
    let one = window.shown().voi_ml;
    for _ in 0..4 {
        window.key(Key::ArrowUp);
    }
    window.draw_square();
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    assert_eq!(window.shown().undo.as_deref(), Some("Between slices, slice 14"));
    window.keys(Modifiers::COMMAND, Key::Z);
    window.key(Key::I);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 3);
    assert!((window.shown().voi_ml - 5.0 * one).abs() < 1e-9, "five equal squares");
    window.key(Key::ArrowUp);
    window.key(Key::ArrowUp);
    window.keys(Modifiers::COMMAND, Key::ArrowDown);
    assert!((window.shown().voi_ml - 6.0 * one).abs() < 1e-9, "the slice below is copied");
}

#[test]
fn a_change_of_the_whole_region_is_proposed_with_its_volume() {
    let mut window = Window::open();
    window.draw_two_slices();
    let before = window.shown().voi_ml;
    window.click("Whole region…");
    // A voxel has 5 mm.
    window.harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Size").set_value_accesskit(6.0);
    window.steps(2);
    window.click("Shrink");
    window.wait("a proposal", |shown| shown.proposal.is_some());
    window.harness.get_by_label_contains("Margin −6.0 mm: Liver");
    window.click("Accept");
    window.wait("it to be accepted", |shown| shown.n_edits == 3);
    assert!(window.shown().voi_ml < before);
}

#[test]
fn a_locked_label_is_left_alone() {
    let mut window = Window::open();
    window.keys(Modifiers::COMMAND, Key::Num2);
    window.draw_square();
    let vessel = window.shown().label_ml[1];
    window.keys(Modifiers::COMMAND, Key::Num3);
    window.draw_square();
    assert_eq!(window.shown().label_ml[2], 0.0, "a lesion flows around the locked vessel");
    window.click("Unlock vessel");
    window.draw_square();
    let shown = window.shown();
    assert_eq!((shown.label_ml[1], shown.label_ml[2]), (vessel, vessel));
}

#[test]
fn space_accepts_a_slice_and_carries_its_outline_on() {
    let mut window = Window::open();
    window.key(Key::B);
    window.key(Key::U);
    window.harness.get_by_label("Lowest HU").set_value_accesskit(80.0);
    for _ in 0..10 {
        window.key(Key::CloseBracket);
    }
    window.drag_along(&[(-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1), (-0.1, -0.1)], Modifiers::NONE);
    let shown = window.shown();
    let (one, slice) = (shown.voi_ml, shown.slices[0]);
    // The ball's section of 59 mm radius.
    assert!((100.0..120.0).contains(&one), "{one}");
    window.key(Key::Space);
    assert_eq!((window.shown().slices[0], window.shown().n_edits), (slice + 1, 1), "offered, not drawn");
    window.key(Key::Space);
    let shown = window.shown();
    assert_eq!((shown.slices[0], shown.undo.as_deref()), (slice + 2, Some("Carried on, slice 12")));
    assert!((1.8..2.1).contains(&(shown.voi_ml / one)), "{} after {one}", shown.voi_ml);
}

#[test]
fn vessels_that_do_not_stand_out_are_not_proposed() {
    let mut window = Window::open();
    window.draw_two_slices();
    window.keys(Modifiers::COMMAND, Key::Num2);
    window.key(Key::G);
    window.drag_along(&[(0.0, 0.0)], Modifiers::NONE);
    window.wait("an answer", |shown| shown.message.is_some());
    let message = window.shown().message.unwrap();
    assert!(message.contains("no vessel") && window.shown().proposal.is_none(), "{message}");
}

#[test]
fn a_proposal_for_another_image_is_not_shown_on_this_one() {
    let mut window = Window::open();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    let other = window.file("other.nii.gz");
    let grid = Geometry::axial([16, 16, 6], [0.0; 3], [5.0, 5.0, 10.0]).unwrap();
    let volume = Volume::new(grid, Voxels::I16(Array3::zeros(grid.shape()))).unwrap();
    nifti::write_volume(&other, &volume, false).unwrap();
    window.drop_files(&[other]);
    // A fast machine has proposed it by now.
    if window.harness.query_by_label("Open without saving").is_some() {
        window.click("Open without saving");
    }
    window.wait("the other image", |shown| shown.has_image && shown.slices[0] == 3);
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        window.steps(1);
        assert_eq!(window.shown().proposal, None);
    }
}

#[test]
fn a_proposal_that_waits_is_not_lost_unasked() {
    let mut window = Window::open();
    window.key(Key::G);
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("a proposal", |shown| shown.proposal.is_some());
    let image = window.file("image.nii.gz");
    window.drop_files(std::slice::from_ref(&image));
    window.harness.get_by_label("The proposal is not accepted");
    window.click("Go on drawing");
    assert!(!window.ask_to_close(), "nor when the window closes");
    window.click("Go on drawing");
    window.key(Key::Enter);
    window.wait("it to be accepted", |shown| shown.n_edits == 1);
    window.drop_files(&[image]);
    window.harness.get_by_label("The labels are not saved");
}

#[test]
fn escape_stops_what_is_being_proposed() {
    let mut window = Window::open();
    window.key(Key::G);
    let [from, to] = [-0.05, 0.05].map(|right| window.axial(right, 0.0));
    window.event(egui::Event::PointerMoved(from));
    window.press(from, true);
    window.event(egui::Event::PointerMoved(to));
    // Both are heard in one frame, before any answer can be.
    window.harness.input_mut().events.push(release(to));
    window.harness.key_press(Key::Escape);
    window.steps(2);
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        window.steps(1);
        assert_eq!(window.shown().proposal, None);
    }
    window.drag_along(&[(-0.05, 0.0), (0.05, 0.0)], Modifiers::NONE);
    window.wait("another stroke to propose", |shown| shown.proposal.is_some());
}

fn release(pos: Pos2) -> egui::Event {
    egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed: false, modifiers: Modifiers::NONE }
}

#[test]
fn escape_takes_the_stroke_under_the_pen_back() {
    let mut window = Window::open();
    window.draw_square();
    let before = window.shown();
    for tool in [Key::B, Key::E, Key::N] {
        window.key(tool);
        let places = [(0.0, 0.0), (0.1, 0.0), (0.2, 0.05)].map(|(right, down)| window.axial(right, down));
        window.event(egui::Event::PointerMoved(places[0]));
        window.press(places[0], true);
        window.event(egui::Event::PointerMoved(places[1]));
        window.key(Key::Escape);
        window.event(egui::Event::PointerMoved(places[2]));
        window.press(places[2], false);
        window.steps(2);
        let shown = window.shown();
        assert_eq!((shown.voi_ml, shown.n_edits), (before.voi_ml, before.n_edits), "{tool:?}");
    }
}

#[test]
fn a_drag_that_the_mouse_told_two_places_of_cuts_all_the_same() {
    let mut window = Window::open();
    window.draw_square();
    let before = window.shown().voi_ml;
    let [from, to] = [(0.0, -0.25), (0.0, 0.25)].map(|(right, down)| window.axial(right, down));
    window.event(egui::Event::PointerMoved(from));
    window.press(from, true);
    window.event(egui::Event::PointerMoved(to));
    window.press(to, false);
    window.steps(2);
    let shown = window.shown();
    assert_eq!((shown.contour_points, shown.n_edits), (0, 2));
    assert!(shown.voi_ml < before && shown.undo.as_deref().is_some_and(|name| name.starts_with("Cut")));
}

#[test]
fn undo_takes_a_corner_of_an_open_contour_back_and_no_edit_before_it() {
    let mut window = Window::open();
    window.draw_square();
    window.key(Key::C);
    for (right, down) in [(0.3, 0.0), (0.35, 0.0)] {
        let at = window.axial(right, down);
        window.click_at(at);
    }
    for left in [1, 0] {
        window.keys(Modifiers::COMMAND, Key::Z);
        assert_eq!((window.shown().contour_points, window.shown().n_edits), (left, 1));
    }
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().n_edits, 0);
}

#[test]
fn a_stroke_that_is_undone_under_the_pen_goes_on_no_more() {
    let mut window = Window::open();
    window.key(Key::B);
    let [from, on, end] = [(0.0, 0.0), (0.1, 0.0), (0.2, 0.0)].map(|(right, down)| window.axial(right, down));
    window.event(egui::Event::PointerMoved(from));
    window.press(from, true);
    window.event(egui::Event::PointerMoved(on));
    window.keys(Modifiers::COMMAND, Key::Z);
    window.event(egui::Event::PointerMoved(end));
    window.press(end, false);
    window.steps(2);
    assert_eq!((window.shown().n_edits, window.shown().voi_ml), (0, 0.0));
}

#[test]
fn a_click_beside_a_question_answers_nothing() {
    let mut window = Window::open();
    window.draw_square();
    window.click("Save as NIfTI");
    let beside = Pos2::new(20.0, 780.0);
    window.click_at(beside);
    window.steps(2);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Path").is_some());
    window.key(Key::Escape);
    window.steps(2);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Path").is_none());
}
