//! The Features page: search, groups, selection by pointer and keys, and what is copied.

use egui::{Event, Key, Modifiers, OutputCommand};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::Window;

/// The page with the features of two squares.
fn page() -> Window {
    let mut window = Window::open();
    window.draw_two_slices();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    window.key(Key::F2);
    window
}

/// Types into the search field.
fn search(window: &mut Window, words: &str) {
    window.event(Event::Text("/".to_owned()));
    window.steps(2);
    window.event(Event::Text(words.to_owned()));
    window.steps(2);
}

/// Names and values of the rows that are seen, from above.
fn rows(window: &Window) -> Vec<String> {
    let nodes = window.harness.root().children_recursive().filter_map(|node| {
        let node = node.accesskit_node();
        (node.role() == egui::accesskit::Role::ListBoxOption).then(|| node.label().unwrap_or_default())
    });
    nodes.collect()
}

/// What went to the clipboard in the last frame.
fn copied(window: &Window) -> Option<String> {
    window.harness.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

fn copy(window: &mut Window) -> Option<String> {
    window.event(Event::Copy);
    copied(window)
}

#[test]
fn of_1316_rows_only_those_that_are_seen_are_laid_out() {
    let window = page();
    let n = rows(&window).len();
    assert!((10..60).contains(&n), "{n} rows");
}

#[test]
fn the_search_finds_words_in_any_order_and_escape_shows_all_again() {
    let mut window = page();
    let all = rows(&window);
    search(&mut window, "jointentropy hhl");
    let found = rows(&window);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("wavelet-HHL_glcm_JointEntropy "), "{found:?}");
    window.key(Key::Escape);
    assert_eq!(rows(&window), all);
    window.keys(Modifiers::COMMAND, Key::F);
    window.event(Event::Text("nothing has this".to_owned()));
    window.steps(2);
    assert!(rows(&window).is_empty());
    window.harness.get_by_label_contains("No feature has all these words");
}

#[test]
fn groups_say_how_many_features_they_list_and_narrow_the_table() {
    let mut window = page();
    window.click("LBP, 279 features");
    window.harness.get_by_label("ngtdm, 15 features");
    window.click("ngtdm, 15 features");
    window.harness.get_by_label("15 of 1316 features");
    let found = rows(&window);
    assert_eq!(found.len(), 15);
    assert!(found.iter().all(|name| name.starts_with("lbp-3D-") && name.contains("_ngtdm_")), "{found:?}");
    window.harness.get_by_label("original, 5 features");
    window.click("Show all features");
    window.harness.get_by_label("LBP, 279 features");
}

#[test]
fn a_row_is_selected_by_click_and_keys_and_copied_with_its_full_value() {
    let mut window = page();
    search(&mut window, "original ngtdm");
    let names = rows(&window);
    window.click(&names[1]);
    let text = copy(&mut window).expect("something is copied");
    let (name, value) = text.trim_end().split_once('\t').unwrap();
    assert!(names[1].starts_with(name), "{name} is not {}", names[1]);
    let value: f64 = value.parse().unwrap();
    let shown: f64 = names[1].split(' ').next_back().unwrap().replace('−', "-").parse().unwrap();
    assert!((value / shown - 1.0).abs() < 1e-5, "{value} is shown as {shown}");
    window.key(Key::ArrowDown);
    let next = copy(&mut window).unwrap();
    assert!(names[2].starts_with(next.split('\t').next().unwrap()), "{next}");
    window.keys(Modifiers::SHIFT, Key::End);
    assert_eq!(copy(&mut window).unwrap().lines().count(), 3, "from the third of five to the last");
    let slices = window.shown().slices;
    window.key(Key::ArrowUp);
    assert_eq!(window.shown().slices, slices, "the image stays where it is");
}

#[test]
fn keys_reach_rows_that_are_not_seen_yet() {
    let mut window = page();
    window.key(Key::End);
    window.steps(2);
    let last = rows(&window).pop().unwrap();
    assert!(last.starts_with("lbp-3D-k_ngtdm_"), "{last}");
    let text = copy(&mut window).unwrap();
    assert!(last.starts_with(text.split('\t').next().unwrap()), "{text}");
}

#[test]
fn all_rows_shown_are_copied_as_a_table_and_not_once_they_are_out_of_date() {
    let mut window = page();
    search(&mut window, "ngtdm");
    window.harness.get_by_label("Copy the rows shown as a table").click();
    let mut table = None;
    for _ in 0..4 {
        window.steps(1);
        table = table.or(copied(&window));
    }
    let table = table.expect("something is copied");
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("image\tclass\tfeature\tvalue"));
    assert_eq!(lines.clone().count(), 14 * 5);
    assert!(lines.next().unwrap().starts_with("original\tngtdm\tBusyness\t"), "{table}");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().features, Some((1316, true)));
    window.harness.get_by_label("OUT OF DATE");
    assert!(window.is_disabled("Copy the rows shown as a table"));
    window.key(Key::ArrowDown);
    assert_eq!(copy(&mut window), None, "old numbers do not leave the page unmarked");
}
