//! The journal of the open case, and what the next start offers of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use hepatica::case::journal::{Recovered, recover};
use hepatica::exchange::nifti;
use hepatica::ui::Options;
use hepatica::volume::{Geometry, LabelMap};

use super::harness::{Window, ball, grid};

/// The sheet's heading.
const OFFER: &str = "Unsaved work was recovered";
/// Volume of the square that `Window::draw_square` draws.
const SQUARE_ML: f64 = 64.0;
/// Two frames of a screen with 60 a second.
const TWO_FRAMES: Duration = Duration::from_millis(33);

/// A folder with an image, and another for journals.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        nifti::write_volume(&place.image(), &ball(grid()), false).unwrap();
        place
    }

    fn image(&self) -> PathBuf {
        self.0.path().join("liver.nii.gz")
    }

    fn journals(&self) -> PathBuf {
        self.0.path().join("data").join("journals")
    }

    /// Folders of journals.
    fn n_journals(&self) -> usize {
        fs::read_dir(self.journals()).map_or(0, Iterator::count)
    }

    /// A program that starts with nothing to open.
    fn start(&self) -> Window {
        self.start_with(Vec::new())
    }

    fn start_with(&self, open: Vec<PathBuf>) -> Window {
        let options = Options { open, journals: Some(self.journals()), ..Options::default() };
        let mut window = Window::start(options, tempfile::tempdir().unwrap());
        window.steps(2);
        window
    }

    /// A program that shows an image.
    fn open(&self, image: PathBuf) -> Window {
        let mut window = self.start_with(vec![image]);
        window.wait("the image", |shown| shown.has_image);
        window
    }

    /// A program that drew a square and was stopped.
    fn draw_and_stop(&self) {
        let mut window = self.open(self.image());
        window.draw_square();
        stop(window);
    }

    /// A program that starts after that, and offers what it found.
    fn start_and_be_offered(&self) -> Window {
        let mut window = self.start();
        window.wait("the offer", |shown| shown.recoverable > 0);
        window.harness.get_by_label(OFFER);
        window
    }

    /// Steps until so many journals are there.
    fn wait_for_journals(&self, window: &mut Window, n: usize) {
        let begun = Instant::now();
        while self.n_journals() != n {
            assert!(begun.elapsed() < Duration::from_secs(20), "{} journals instead of {n}", self.n_journals());
            std::thread::sleep(Duration::from_millis(5));
            window.steps(1);
        }
    }
}

/// A program that ends without a word, once its journal is on the disk.
fn stop(mut window: Window) {
    window.wait("the journal", |shown| shown.unwritten == 0);
    drop(window);
}

/// A program that ends as it should.
fn close(mut window: Window) {
    eframe::App::on_exit(window.harness.state_mut().as_mut().unwrap(), None);
}

/// A DICOM file of the same kind, of another series.
fn with_other_uids(bytes: &[u8]) -> Vec<u8> {
    let (from, to) = (b"3680043.10.1", b"3680043.10.9");
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

fn is_offered(window: &Window) -> bool {
    window.harness.query_by_label(OFFER).is_some()
}

/// What a program finds that starts now, while others still run: locks are theirs alone, files can be copied.
fn found_in_copy(journals: &Path) -> Vec<Recovered> {
    let copy = tempfile::tempdir().unwrap();
    for folder in fs::read_dir(journals).unwrap() {
        let folder = folder.unwrap().path();
        let target = copy.path().join(folder.file_name().unwrap());
        fs::create_dir(&target).unwrap();
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            fs::copy(&file, target.join(file.file_name().unwrap())).unwrap();
        }
    }
    recover(copy.path()).recovered
}

#[test]
fn what_was_drawn_before_a_crash_is_offered_and_put_back_as_one_step() {
    let place = Place::new();
    let mut window = place.open(place.image());
    window.draw_two_slices();
    stop(window);
    let drawn = found_in_copy(&place.journals()).remove(0).labels;
    let mut window = place.start_and_be_offered();
    window.harness.get_by_label("liver.nii.gz");
    window.harness.get_by_label_contains("2 edits");
    window.harness.get_by_label("Picture 1");
    assert!(!window.shown().has_image, "nothing is opened unasked");
    window.click("Recover 1");
    window.wait("the drawing", |shown| shown.n_edits == 1);
    assert_eq!(window.shown().undo.as_deref(), Some("Recovered"));
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (2.0 * SQUARE_ML, false));
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, 0.0);
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!((window.shown().voi_ml, window.shown().recoverable), (2.0 * SQUARE_ML, 0));
    place.wait_for_journals(&mut window, 1);
    stop(window);
    let found = recover(&place.journals()).recovered;
    assert_eq!(found.len(), 1, "the new journal alone");
    assert_eq!(found[0].labels, drawn);
}

#[test]
fn enter_recovers_the_only_work_that_is_offered() {
    let place = Place::new();
    place.draw_and_stop();
    let mut window = place.start_and_be_offered();
    window.key(Key::Enter);
    window.wait("the drawing", |shown| shown.n_edits == 1);
    assert_eq!(window.shown().voi_ml, SQUARE_ML);
}

#[test]
fn recovered_work_has_its_edge_margin_and_time_at_work_again() {
    let place = Place::new();
    let mut window = place.open(place.image());
    window.key(Key::ArrowUp);
    let drawn_on = window.shown().slices;
    window.draw_square();
    window.harness.get_by_role_and_label(Role::SpinButton, "Edge margin").focus();
    window.steps(2);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("4".to_owned()));
    window.key(Key::Enter);
    window.wait("the margin", |shown| shown.voi_margin_mm == 4.0);
    window.steps(2);
    stop(window);
    let notes = found_in_copy(&place.journals()).remove(0).notes;
    assert_eq!(notes.edge_margin_mm, Some(4.0));
    let worked: u64 = notes.times.iter().map(|(_, _, ms)| ms).sum();
    assert!(worked > 0, "{notes:?}");
    let mut window = place.start_and_be_offered();
    window.click("Recover 1");
    window.wait("the drawing", |shown| shown.n_edits == 1);
    let shown = window.shown();
    assert_eq!((shown.voi_margin_mm, shown.slices[0]), (4.0, drawn_on[0]), "{shown:?}");
}

#[test]
fn a_journal_stays_until_the_one_that_takes_its_place_is_written() {
    let place = Place::new();
    place.draw_and_stop();
    let mut window = place.start_and_be_offered();
    // The folder cannot take a new journal: a file stands where its name would be made.
    let kept = place.0.path().join("kept");
    fs::rename(place.journals(), &kept).unwrap();
    fs::write(place.journals(), "in the way").unwrap();
    window.click("Recover 1");
    window.wait("the trouble", |shown| shown.is_journal_in_trouble);
    assert_eq!(window.shown().voi_ml, SQUARE_ML);
    window.steps(20);
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 1, "the old journal is the only one");
    drop(window);
    assert_eq!(recover(&kept).recovered.len(), 1);
}

#[test]
fn what_is_left_for_later_is_offered_again_with_its_image() {
    let place = Place::new();
    place.draw_and_stop();
    let mut window = place.start_and_be_offered();
    window.click("Not now 1");
    assert!(!is_offered(&window));
    assert_eq!((window.shown().recoverable, place.n_journals()), (1, 1));
    window.click("Unsaved work that was recovered");
    assert!(is_offered(&window), "the left panel's button brings it back");
    window.key(Key::Escape);
    assert!(!is_offered(&window));
    window.drop_files(&[place.image()]);
    window.wait("the image", |shown| shown.has_image);
    window.steps(4);
    assert!(is_offered(&window), "its image is open");
    window.click("Recover 1");
    window.wait("the drawing", |shown| shown.voi_ml == SQUARE_ML);
}

#[test]
fn discarding_is_asked_for_once_more() {
    let place = Place::new();
    place.draw_and_stop();
    let mut window = place.start_and_be_offered();
    window.click("Discard 1");
    assert_eq!(window.shown().recoverable, 1);
    window.click("Keep 1");
    window.click("Discard 1");
    window.click("Discard 1 for good");
    assert!(!is_offered(&window));
    place.wait_for_journals(&mut window, 0);
    assert_eq!(window.shown().recoverable, 0);
}

#[test]
fn a_file_that_is_named_alike_elsewhere_is_not_taken_for_the_image() {
    let place = Place::new();
    place.draw_and_stop();
    let other = tempfile::tempdir().unwrap();
    let alike = other.path().join(place.image().file_name().unwrap());
    nifti::write_volume(&alike, &ball(grid()), true).unwrap();
    let mut window = place.open(alike);
    window.wait("the offer", |shown| shown.recoverable == 1);
    window.click("Not now 1");
    window.steps(4);
    assert!(!is_offered(&window), "not offered as this image's");
    window.click("Unsaved work that was recovered");
    window.click("Recover 1");
    window.wait("its own image", |shown| shown.n_edits == 1);
    window.draw_square();
    window.wait("the journal", |shown| shown.unwritten == 0);
    place.wait_for_journals(&mut window, 1);
    stop(window);
    let works = found_in_copy(&place.journals());
    assert_eq!(works.iter().map(|work| &work.subject.path).collect::<Vec<_>>(), [&place.image()]);
}

#[test]
fn a_study_that_was_moved_is_offered_again_where_it_is_now() {
    let place = Place::new();
    let series = Window::write_series(place.0.path(), &ball(grid()), |_| true);
    let mut window = place.open(series.clone());
    window.draw_square();
    stop(window);
    let moved = place.0.path().join("elsewhere");
    fs::rename(&series, &moved).unwrap();
    let mut window = place.start_and_be_offered();
    window.click("Recover 1");
    window.wait("the answer", |shown| shown.job.is_none());
    window.harness.get_by_label_contains("There is no image at");
    window.click("Open the study of 1");
    window.type_path(&moved);
    window.click("Open");
    window.wait("the image", |shown| shown.has_image);
    window.steps(4);
    assert!(is_offered(&window));
    window.click("Recover 1");
    window.wait("the drawing", |shown| shown.voi_ml == SQUARE_ML);
}

#[test]
fn the_series_that_was_drawn_on_is_opened_and_no_other_of_its_study() {
    let place = Place::new();
    let series = Window::write_series(place.0.path(), &ball(grid()), |_| true);
    let mut window = place.open(series.clone());
    window.draw_square();
    stop(window);
    for file in fs::read_dir(&series).unwrap() {
        let file = file.unwrap().path();
        fs::write(&file, with_other_uids(&fs::read(&file).unwrap())).unwrap();
    }
    let mut window = place.start_and_be_offered();
    window.click("Recover 1");
    window.wait("the answer", |shown| shown.message.is_some());
    let message = window.shown().message.unwrap();
    assert!(message.contains("not there any more"), "{message}");
    window.wait("the other series", |shown| shown.has_image);
    assert_eq!(window.shown().n_edits, 0);
    assert_eq!((window.shown().recoverable, place.n_journals()), (1, 1));
}

#[test]
fn a_path_is_not_shown_while_the_identity_is_hidden() {
    let place = Place::new();
    place.draw_and_stop();
    let series = Window::write_series(place.0.path(), &ball(grid()), |_| true);
    let mut window = place.open(series);
    window.wait("the offer", |shown| shown.recoverable == 1);
    window.click("Not now 1");
    window.draw_square();
    stop(window);
    let mut window = place.start_and_be_offered();
    window.key(Key::Escape);
    window.key(Key::P);
    window.click("Unsaved work that was recovered");
    window.harness.get_by_label("Image file");
    window.harness.get_by_label_contains("Series ");
    assert!(window.harness.query_by_label_contains("liver.nii").is_none());
}

#[test]
fn work_on_another_grid_stays_in_its_journal() {
    let place = Place::new();
    place.draw_and_stop();
    let other = Geometry::axial([32, 32, 10], [0.0; 3], [5.0, 5.0, 10.0]).unwrap();
    nifti::write_volume(&place.image(), &ball(other), true).unwrap();
    let mut window = place.start_and_be_offered();
    window.click("Recover 1");
    window.wait("the refusal", |shown| shown.message.is_some());
    let message = window.shown().message.unwrap();
    assert!(message.contains("another grid") && message.contains("64 x 64 x 20"), "{message}");
    assert_eq!((window.shown().n_edits, window.shown().recoverable, place.n_journals()), (0, 1, 1));
}

#[test]
fn work_on_an_image_that_opens_as_it_is_found_is_offered_once() {
    let place = Place::new();
    place.draw_and_stop();
    let options = Options { open: vec![place.image()], journals: Some(place.journals()), ..Options::default() };
    let mut window = Window::start(options, tempfile::tempdir().unwrap());
    window.steps(1);
    // Long enough for both to arrive in one frame.
    std::thread::sleep(Duration::from_millis(500));
    window.wait("both", |shown| shown.has_image && shown.recoverable == 1);
    window.click("Not now 1");
    assert!(window.harness.query_by_label(OFFER).is_none());
}

#[test]
fn recovering_over_unsaved_labels_of_the_image_asks_first() {
    let place = Place::new();
    place.draw_and_stop();
    let mut window = place.open(place.image());
    window.wait("the offer", |shown| shown.recoverable == 1);
    window.click("Not now 1");
    window.key(Key::ArrowUp);
    window.draw_two_slices();
    window.click("Unsaved work that was recovered");
    window.click("Recover 1");
    window.harness.get_by_label("The labels are not saved");
    window.click("Recover without saving");
    window.wait("the drawing", |shown| shown.voi_ml == SQUARE_ML);
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.shown().voi_ml, window.shown().is_saved), (2.0 * SQUARE_ML, false));
}

#[test]
fn what_is_saved_or_given_up_leaves_no_journal() {
    let place = Place::new();
    let mut window = place.open(place.image());
    window.draw_square();
    window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    window.wait("the journal", |shown| shown.unwritten == 0);
    assert_eq!(place.n_journals(), 1);
    close(window);
    assert_eq!(place.n_journals(), 0, "saved");

    let mut window = place.open(place.image());
    window.draw_square();
    window.wait("the journal", |shown| shown.unwritten == 0);
    assert!(!window.ask_to_close());
    assert_eq!(place.n_journals(), 1, "nothing is given up yet");
    window.click("Close without saving");
    close(window);
    assert_eq!(place.n_journals(), 0, "given up");

    let mut window = place.open(place.image());
    window.draw_square();
    window.drop_files(&[place.image()]);
    window.click("Open without saving");
    place.wait_for_journals(&mut window, 0);
    stop(window);
    assert!(recover(&place.journals()).recovered.is_empty(), "given up for another image");
}

#[test]
fn a_program_that_is_stopped_after_saving_offers_nothing() {
    let place = Place::new();
    let mut window = place.open(place.image());
    window.draw_square();
    let path = window.save_as("Save as NIfTI", "labels.nii.gz");
    window.wait("the file", |shown| shown.is_saved);
    stop(window);
    assert!(recover(&place.journals()).recovered.is_empty());
    // Labels that are loaded are in a file as well.
    let mut window = place.open(place.image());
    let labels = window.file("labels.nii.gz");
    let mut map = LabelMap::empty(grid());
    map.bits_mut().slice_mut(ndarray::s![3.., 10..20, 10..20]).fill(1);
    nifti::write_label_map(&labels, &map, false).unwrap();
    assert!(!path.exists(), "the folder of the program that was stopped is gone");
    window.click("Load labels");
    window.type_path(&labels);
    window.key(Key::Enter);
    window.wait("the labels", |shown| shown.voi_ml > 0.0 && shown.is_saved);
    stop(window);
    assert!(recover(&place.journals()).recovered.is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_told_once_and_marked_until_it_can() {
    let place = Place::new();
    fs::create_dir(place.journals().parent().unwrap()).unwrap();
    fs::write(place.journals(), "in the way").unwrap();
    let mut window = place.open(place.image());
    window.draw_square();
    window.wait("the trouble", |shown| shown.is_journal_in_trouble);
    let message = window.shown().message.unwrap();
    assert!(message.contains("cannot be written") && message.contains("in memory alone"), "{message}");
    window.harness.get_by_label("Journal not written");
    window.click("Dismiss");
    window.key(Key::ArrowUp);
    window.draw_square();
    window.steps(10);
    assert_eq!(window.shown().message, None, "said once");
    let shown = window.shown();
    assert!(
        shown.voi_ml == 2.0 * SQUARE_ML && shown.unwritten >= 2,
        "both strokes and notes stay in memory: {shown:?}"
    );
    window.harness.get_by_label("Journal not written");
    fs::remove_file(place.journals()).unwrap();
    window.wait("the journal", |shown| !shown.is_journal_in_trouble);
    assert!(window.harness.query_by_label("Journal not written").is_none());
    stop(window);
    assert_eq!(recover(&place.journals()).recovered[0].n_edits, 2);
}

#[test]
fn two_windows_on_one_image_keep_a_journal_each_and_offer_none_of_the_other() {
    let place = Place::new();
    place.draw_and_stop();
    let mut first = place.open(place.image());
    first.wait("the offer", |shown| shown.recoverable == 1);
    first.click("Not now 1");
    first.draw_square();
    first.wait("the journal", |shown| shown.unwritten == 0);
    drop(place.start());
    place.draw_and_stop();
    let mut second = place.start_and_be_offered();
    assert_eq!(second.shown().recoverable, 1, "neither what the first draws nor what it was offered");
    second.click("Recover 1");
    second.wait("the drawing", |shown| shown.voi_ml == SQUARE_ML);
    first.key(Key::ArrowUp);
    first.draw_square();
    assert!(!first.shown().is_journal_in_trouble && !second.shown().is_journal_in_trouble);
    place.wait_for_journals(&mut second, 3);
    stop(first);
    stop(second);
    let mut edits: Vec<u64> = recover(&place.journals()).recovered.iter().map(|work| work.n_edits).collect();
    edits.sort_unstable();
    assert_eq!(edits, [1, 1, 2]);
}

#[test]
fn every_stroke_is_journalled_before_the_next_frame_but_one() {
    let place = Place::new();
    let mut window = place.open(place.image());
    window.key(Key::B);
    let mut fastest = Duration::MAX;
    for n in 0..10u16 {
        let x = f32::from(n) * 0.02 - 0.1;
        let (from, to) = (window.axial(x, -0.1), window.axial(x, 0.1));
        window.event(egui::Event::PointerMoved(from));
        window.press(from, true);
        window.event(egui::Event::PointerMoved(to));
        window.press(to, false);
        // No frame comes any more.
        let lifted = Instant::now();
        assert_eq!(window.shown().n_edits, usize::from(n) + 1);
        while window.shown().unwritten > 0 {
            assert!(lifted.elapsed() < Duration::from_secs(20));
            std::thread::yield_now();
        }
        fastest = fastest.min(lifted.elapsed());
        assert_eq!(found_in_copy(&place.journals())[0].n_edits, u64::from(n) + 1);
    }
    // A machine may be busy, but not at each of ten strokes.
    assert!(fastest < TWO_FRAMES, "{fastest:?}");
}
