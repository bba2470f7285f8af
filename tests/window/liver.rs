//! A whole liver by the mouse on the demonstration case: grown, vessels and caudate lobe left out, looked through slice by slice, held
//! against the protocol, handed in, and loaded again; with presses of the button counted. And every tool of the hand once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hepatica::base::Progress;
use hepatica::case::Snapshot;
use hepatica::job::{find_image, read_labels};
use hepatica::segment::agreement::agreement;
use hepatica::volume::{Label, LabelMap};
use serde_json::Value;

use super::hand::{PATIENCE, Window};
use super::screen::has_screen;

/// Presses of the mouse that a whole liver may take, and how long it may take with them.
const MOST_PRESSES: usize = 60;
const LONGEST: Duration = Duration::from_secs(180);
/// Least Dice with what the simulation knows: the whole liver, and the caudate lobe, whose border to the right lobe nothing shows.
const LEAST_DICE: [(Label, f64); 2] = [(Label::Liver, 0.96), (Label::Caudate, 0.75)];
/// Volumes of one label map before and after a file agree to this, in mL: they are sums of the same voxels.
const SAME_ML: f64 = 1e-6;
/// The button that hands in, the sheet's field of the name, its boxes, and its own button.
const SUBMIT: [i32; 2] = [1160, 717];
const NAME: [i32; 2] = [681, 296];
const BOXES: [[i32; 2]; 2] = [[356, 385], [356, 465]];
const HAND_IN: [i32; 2] = [912, 541];

/// Where the axial view shows a pixel of the demonstration's slices.
fn at([column, row]: [f64; 2]) -> [i32; 2] {
    // Millimetres from the crosshair, which lies on pixel 256, at 1.302 points to the millimetre.
    let on_screen = |pixel: f64, middle: f64| (middle + (pixel - 256.0) * 0.75 * 1.302).round() as i32;
    [on_screen(column, 491.0), on_screen(row, 424.0)]
}

/// Labels of a file drawn on the demonstration's portal venous series.
fn labels_of(path: &Path) -> LabelMap {
    let found = find_image(&study().join("4_SIMULATED_PV"), None, &Progress::new()).unwrap();
    read_labels(path, found.grid(), found.series()).unwrap().0
}

/// The demonstration's study, which a window has simulated.
fn study() -> PathBuf {
    let folders = fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-cache/hepatica")).unwrap();
    folders.map(|entry| entry.unwrap().path()).find(|path| path.join("4_SIMULATED_PV").is_dir()).unwrap()
}

fn volumes(shown: &Value) -> Vec<f64> {
    shown["label_ml"].as_array().unwrap().iter().map(|ml| ml.as_f64().unwrap()).collect()
}

impl Window {
    /// Waits for a proposal of this name, accepts it, and waits until it is in place.
    fn accept(&self, proposal: &str) {
        self.wait(proposal, PATIENCE, |shown| shown["proposal"] == proposal);
        let before = self.shown()["n_edits"].as_u64().unwrap();
        self.key("Return");
        self.wait("it to be accepted", PATIENCE, |shown| shown["n_edits"] == before + 1 && shown["job"].is_null());
    }

    /// Goes to an axial slice by keys.
    fn go_to_slice(&self, slice: u64) {
        while self.shown()["slices"][0] != slice {
            let here = self.shown()["slices"][0].as_u64().unwrap();
            let (key, next) = if here < slice { ("Up", here + 1) } else { ("Down", here - 1) };
            self.key(key);
            self.wait("the next slice", PATIENCE, |shown| shown["slices"][0] == next);
        }
    }

    fn take(&self, key: &str, tool: &str) {
        self.key(key);
        self.wait(tool, PATIENCE, |shown| shown["tool"] == tool);
    }

    /// Clicks where something was just painted for the first time.
    fn point(&self, [x, y]: [i32; 2]) {
        self.xdotool(&format!("mousemove {x} {y}"));
        std::thread::sleep(Duration::from_millis(500));
        self.click(x, y);
        std::thread::sleep(Duration::from_millis(400));
    }

    /// Types a path into the sheet that asks for one.
    fn type_path(&self, path: &Path) {
        std::thread::sleep(Duration::from_millis(800));
        self.key("ctrl+a");
        self.xdotool(&format!("type --delay 20 {}", path.display()));
        std::thread::sleep(Duration::from_millis(500));
        self.key("Return");
    }

    fn cut_caudate_lobe(&self) {
        self.key("ctrl+4");
        self.take("g", "Grow");
        let upper = [[250.0, 259.0], [240.0, 255.0], [225.0, 254.0], [210.0, 257.0], [203.0, 270.0], [201.0, 284.0]];
        let lower = [[254.0, 262.0], [245.0, 262.0], [232.0, 265.0], [226.0, 272.0], [224.0, 284.0]];
        self.go_to_slice(32);
        self.drag(&upper.map(at));
        self.go_to_slice(24);
        self.drag(&lower.map(at));
        self.go_to_slice(28);
        let [x, y] = at([230.0, 270.0]);
        self.click(x, y);
        self.accept("Cut caudate lobe");
    }

    /// Looks at every slice from the lowest up, and accepts each.
    fn look_through(&self) {
        self.take("v", "Navigate");
        self.key("End");
        for slice in 1..45 {
            self.key("space");
            self.wait("the next slice", PATIENCE, |shown| shown["slices"][0] == slice);
        }
        self.key("space");
        self.wait("every slice to be accepted", PATIENCE, |shown| shown["needs_review"] == 0);
    }
}

#[test]
fn a_whole_liver_takes_few_strokes_and_is_handed_in_and_loaded_again() {
    if !has_screen("a_whole_liver_takes_few_strokes_and_is_handed_in_and_loaded_again") {
        return;
    }
    let window = Window::open(&["--demo"]);
    window.wait("the image to be ready", PATIENCE, |shown| shown["job"].is_null() && shown["measured_series"] == 1);
    let begun = Instant::now();
    window.take("g", "Grow");
    window.drag(&[[370, 400], [380, 405], [395, 405]]);
    window.accept("Grow");
    window.key("ctrl+2");
    window.click(380, 400);
    window.accept("Find vessels");
    window.cut_caudate_lobe();
    let edits = window.shown()["n_edits"].clone();
    window.look_through();
    assert_eq!(window.shown()["n_edits"], edits, "looking draws nothing");

    window.key("q");
    window.wait("the protocol", PATIENCE, |shown| shown["is_checked"] == true && shown["voi_is_current"] == true);
    assert_eq!(
        window.shown()["n_open_points"],
        2,
        "places like vessels and lesions: the veins that are too thin to be left out"
    );
    std::thread::sleep(Duration::from_millis(500));
    window.picture("protocol");
    window.point(SUBMIT);
    window.point(NAME);
    window.xdotool("type --delay 20 Reader");
    BOXES.into_iter().for_each(|place| window.point(place));
    window.picture("submit");
    window.point(HAND_IN);
    let path = window.folder.path().join("liver.dcm");
    window.type_path(&path);
    window.wait("it to be handed in", PATIENCE, |shown| shown["is_submitted"] == true && shown["is_saved"] == true);
    let (presses, took) = (window.n_presses(), begun.elapsed());
    println!("a whole liver: {presses} presses of the mouse, {took:.0?}");
    assert!(presses < MOST_PRESSES && took < LONGEST, "{presses} presses, {took:?}");

    let drawn = labels_of(&path);
    let truth = study().join("5_SIMULATED_TRUTH");
    for ((label, least), file) in LEAST_DICE.into_iter().zip(["WHOLE_LIVER.dcm", "VOI.dcm"]) {
        let truth = labels_of(&truth.join(file)).mask(label);
        let dice = agreement(&truth, &drawn.mask(label), &Progress::new()).unwrap().dice.unwrap();
        println!("{}: Dice {dice:.4}", label.name());
        assert!(dice >= least, "{}: {dice}", label.name());
    }
    let submission = fs::read_to_string(path.with_file_name("liver.submission.json")).unwrap();
    let submission: Value = serde_json::from_str(&submission).unwrap();
    assert_eq!(
        (&submission["reader"], &submission["acknowledged"].as_array().map(Vec::len)),
        (&"Reader".into(), &Some(2))
    );
    assert_eq!(submission["labels_sha256"], Snapshot::of(&drawn).sha256());
    assert!(path.with_file_name("liver.times.csv").is_file());

    let again = Window::open(&["--demo"]);
    again.key("ctrl+l");
    again.type_path(&path);
    let expected = volumes(&window.shown());
    let is_back = |shown: &Value| volumes(shown).iter().zip(&expected).all(|(a, b)| (a - b).abs() < SAME_ML);
    again.wait("the labels", PATIENCE, is_back);
    std::thread::sleep(Duration::from_millis(500));
    again.picture("reloaded");
}

#[test]
fn every_tool_of_the_hand_draws() {
    if !has_screen("every_tool_of_the_hand_draws") {
        return;
    }
    let window = Window::open(&["--demo"]);
    window.draw_contour(1);
    let liver = |window: &Window| volumes(&window.shown())[0];
    let square = liver(&window);

    window.take("l", "Livewire");
    let corners = [[330, 440], [380, 440], [380, 480], [330, 480]];
    for (n, [x, y]) in corners.into_iter().enumerate() {
        window.click(x, y);
        window.wait("a corner", PATIENCE, |shown| shown["contour_points"].as_u64().unwrap() as usize > n);
    }
    window.key("ctrl+Return");
    window.wait("the livewire's area", PATIENCE, |shown| shown["n_edits"] == 2 && volumes(shown)[0] > square);
    let wired = liver(&window);

    window.take("b", "Brush");
    window.drag(&[[400, 380], [425, 380], [440, 400]]);
    window.wait("the brush's stroke", PATIENCE, |shown| shown["n_edits"] == 3 && volumes(shown)[0] > wired);
    let brushed = liver(&window);
    window.take("e", "Erase");
    window.drag(&[[360, 370], [375, 370]]);
    window.wait("the eraser's stroke", PATIENCE, |shown| shown["n_edits"] == 4 && volumes(shown)[0] < brushed);
    let erased = liver(&window);
    window.take("n", "Nudge");
    window.drag(&[[355, 350], [350, 340], [345, 330]]);
    window.wait("the outline to be pushed", PATIENCE, |shown| shown["n_edits"] == 5 && volumes(shown)[0] != erased);

    let slice = window.shown()["slices"][0].as_u64().unwrap();
    window.go_to_slice(slice + 4);
    window.draw_contour(6);
    let drawn = liver(&window);
    window.key("i");
    window.accept("Between slices");
    assert!(liver(&window) > 1.5 * drawn, "three slices lie between two");
    for _ in 0..7 {
        window.key("ctrl+z");
    }
    window.wait("everything to be undone", PATIENCE, |shown| shown["n_edits"] == 0 && volumes(shown)[0] == 0.0);
    for _ in 0..7 {
        window.key("ctrl+shift+z");
    }
    window.wait("everything to be done again", PATIENCE, |shown| shown["n_edits"] == 7);
    assert!(liver(&window) > 1.5 * drawn);
}
