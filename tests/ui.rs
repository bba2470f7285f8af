//! The window without a screen: acts by accessible label, keys and pointer, and asserts what became of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hepatica::base::RESEARCH_USE_ONLY;
use hepatica::exchange::nifti;
use hepatica::ui::{App, Options, Page, Snapshot};
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

/// Longest time for a small image to open.
const PATIENCE: Duration = Duration::from_secs(20);

struct Window {
    harness: Harness<'static, Option<App>>,
    folder: tempfile::TempDir,
}

impl Window {
    /// A window on an image of 64 x 64 x 20 voxels of 5 x 5 x 10 mm: a body of 60 HU, 100 HU in a ball of 60 mm radius.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.nii.gz");
        let geometry = Geometry::axial([64, 64, 20], [-157.5, -157.5, 0.0], [5.0, 5.0, 10.0]).unwrap();
        let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
            let [x, y, z] = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
            if x.hypot(y).hypot(z - 95.0) < 60.0 { 100i16 } else { 60 }
        });
        nifti::write_volume(&path, &Volume::new(geometry, Voxels::I16(voxels)).unwrap(), false).unwrap();
        let mut window = Self::start(Options { open: vec![path], ..Options::default() }, folder);
        window.wait("the image to open", |shown| shown.has_image);
        window
    }

    fn start(options: Options, folder: tempfile::TempDir) -> Self {
        let mut options = Some(options);
        let harness = Harness::builder().with_size(Vec2::new(1280.0, 800.0)).build_ui_state(
            move |ui, app: &mut Option<App>| {
                let app = app.get_or_insert_with(|| App::new(ui.ctx(), None, options.take().unwrap_or_default()));
                app.frame(ui);
            },
            None,
        );
        Self { harness, folder }
    }

    fn shown(&self) -> Snapshot {
        Snapshot::of(self.harness.state().as_ref().unwrap())
    }

    fn steps(&mut self, n: usize) {
        for _ in 0..n {
            self.harness.step();
        }
    }

    fn wait(&mut self, what: &str, until: impl Fn(&Snapshot) -> bool) {
        let begun = Instant::now();
        while !until(&self.shown()) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}: {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.steps(2);
    }

    fn key(&mut self, key: Key) {
        self.keys(Modifiers::NONE, key);
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(2);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        // A sheet is measured in one frame and drawn in the next.
        self.steps(4);
    }

    /// A point of the axial view, in parts of its width and height from its centre.
    fn axial(&self, right: f32, down: f32) -> Pos2 {
        let rect = self.harness.get_by_label("Axial view").rect();
        rect.center() + Vec2::new(right * rect.width(), down * rect.width())
    }

    fn event(&mut self, event: egui::Event) {
        self.harness.event(event);
        self.harness.step();
    }

    fn press(&mut self, at: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
    }

    fn click_at(&mut self, at: Pos2) {
        self.event(egui::Event::PointerMoved(at));
        self.press(at, true);
        self.press(at, false);
    }

    fn wheel(&mut self, at: Pos2, notches: f32, modifiers: Modifiers) {
        self.event(egui::Event::PointerMoved(at));
        self.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: Vec2::new(0.0, notches),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        });
        self.steps(2);
    }

    /// Draws a square contour of a quarter of the view's width around its centre.
    fn draw_square(&mut self) {
        self.key(Key::C);
        for (right, down) in [(-0.125, -0.125), (0.125, -0.125), (0.125, 0.125), (-0.125, 0.125)] {
            let at = self.axial(right, down);
            self.click_at(at);
        }
        self.key(Key::Enter);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

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

#[test]
fn labels_saved_as_nifti_load_again() {
    let mut window = Window::open();
    window.draw_square();
    let path = window.file("labels.nii.gz");
    window.click("Save as NIfTI");
    window.harness.get_by_role(Role::TextInput).focus();
    window.steps(1);
    window.keys(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text(path.display().to_string()));
    window.click("Save");
    window.wait("the file", |shown| shown.is_saved);
    assert!(path.exists());
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().voi_ml, 0.0);
    window.click("Load labels");
    window.harness.get_by_role(Role::TextInput).focus();
    window.steps(1);
    window.event(egui::Event::Text(path.display().to_string()));
    window.key(Key::Enter);
    window.wait("the labels", |shown| shown.voi_ml > 0.0);
    assert_eq!(window.shown().voi_ml, 64.0);
}

#[test]
fn the_risk_page_answers_for_pt3_and_says_what_it_is_for() {
    let mut window = Window::open();
    window.key(Key::F3);
    assert_eq!(window.shown().page, Page::Risk);
    assert_eq!(window.shown().probability, None, "nothing is predicted before anything is entered");
    window.click("pT3");
    // 1 / (1 + exp(2.88297 - 3 x 0.901886)), from the paper's counts.
    assert!((window.shown().probability.unwrap() - 0.4558).abs() < 5e-4, "{:?}", window.shown().probability);
    window.harness.get_by_label("45.6 %");
    window.harness.get_by_label(RESEARCH_USE_ONLY);
    window.harness.get_by_label_contains("No radiomics model is loaded");
}

#[test]
fn features_are_extracted_and_go_out_of_date_with_the_next_stroke() {
    let mut window = Window::open();
    window.draw_square();
    window.key(Key::ArrowUp);
    window.draw_square();
    window.click("Extract features");
    window.wait("the features", |shown| shown.features.is_some());
    assert_eq!(window.shown().features, Some((107, false)));
    window.key(Key::ArrowUp);
    window.draw_square();
    assert_eq!(window.shown().features, Some((107, true)), "the labels changed");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.shown().features, Some((107, false)), "after undo they are of this state again");
    window.key(Key::F2);
    window.harness.get_by_label_contains("JointEntropy");
}

#[test]
fn figures_and_report_of_the_risk_page_are_written() {
    let mut window = Window::open();
    window.key(Key::F3);
    window.click("pT3");
    for (button, name, begins) in [
        ("Save the nomogram as SVG or PNG", "nomogram.svg", &b"<svg"[..]),
        ("Save the ROC curve as SVG or PNG", "roc.png", b"\x89PNG"),
        ("Save the report as PDF", "report.pdf", b"%PDF"),
    ] {
        let path = window.file(name);
        window.click(button);
        window.harness.get_by_role(Role::TextInput).focus();
        window.steps(1);
        window.keys(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text(path.display().to_string()));
        window.click("Save");
        window.wait(name, |shown| shown.job.is_none());
        let written = std::fs::read(&path).unwrap();
        assert!(written.starts_with(begins), "{name} begins with {:?}", &written[..8.min(written.len())]);
    }
}

#[test]
fn a_missing_path_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nothing");
    let mut window = Window::start(Options { open: vec![missing], ..Options::default() }, folder);
    window.wait("a message", |shown| shown.message.is_some());
    assert!(window.shown().message.unwrap().contains("does not exist"));
}

#[test]
fn a_question_mark_shows_the_keys_and_escape_hides_them() {
    let mut window = Window::open();
    window.key(Key::Questionmark);
    window.steps(2);
    window.harness.get_by_label("Close the contour");
    window.key(Key::Escape);
    window.steps(2);
    assert!(window.harness.query_by_label("Close the contour").is_none());
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
