//! The real window under Xvfb: opens the demonstration study, draws with the mouse, extracts, reads the probability off the
//! Risk page. Pictures of it are left in the target folder (`tmp/window-*.png`).

mod screen;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hepatica::exchange::nifti;
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;
use screen::{Process, has_screen, start_server};
use serde_json::Value;

/// Longest time for the demonstration case to be simulated and opened on a busy machine.
const OPENING: Duration = Duration::from_secs(240);
/// Longest time for anything else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Height of the row in which the Risk page asks for pT, and of that for CEA.
const PT_ROW: i32 = 146;
const CEA_ROW: i32 = 187;
/// The list of models on the Risk page, and the first of them when it is open.
const MODELS: [i32; 2] = [200, 105];
const PUBLISHED: [i32; 2] = [200, 160];

struct Window {
    display: String,
    trace: PathBuf,
    _program: Process,
    _server: Process,
    _folder: tempfile::TempDir,
}

impl Window {
    /// The window with these arguments, once it shows an image.
    fn open(arguments: &[&str]) -> Self {
        let (server, display) = start_server();
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        let program = Command::new(env!("CARGO_BIN_EXE_hepatica"))
            .arg("view")
            .args(arguments)
            .env("DISPLAY", &display)
            .env("HEPATICA_TRACE", &trace)
            .env("XDG_CACHE_HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .unwrap();
        let window = Self { display, trace, _program: Process(program), _server: server, _folder: folder };
        window.wait("an image", OPENING, |shown| shown["has_image"] == true);
        window.take_focus();
        window
    }

    /// There is no window manager to give the keyboard to the window, and it can only take it once it is mapped.
    fn take_focus(&self) {
        let begun = Instant::now();
        while !self.try_xdotool("search --sync --name Hepatica windowfocus --sync") {
            assert!(begun.elapsed() < PATIENCE, "the window does not take the keyboard");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn xdotool(&self, command: &str) {
        assert!(self.try_xdotool(command), "xdotool {command}");
    }

    fn try_xdotool(&self, command: &str) -> bool {
        let output = Command::new("xdotool").args(command.split(' ')).env("DISPLAY", &self.display).output().unwrap();
        output.status.success()
    }

    fn shown(&self) -> Value {
        let text = fs::read_to_string(&self.trace).unwrap_or_default();
        // The last line may still be being written.
        text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default()
    }

    fn wait(&self, what: &str, patience: Duration, until: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while !until(&self.shown()) {
            assert!(begun.elapsed() < patience, "waited in vain for {what}: {}", self.shown());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn key(&self, key: &str) {
        self.xdotool(&format!("key {key}"));
    }

    fn click(&self, x: i32, y: i32) {
        self.xdotool(&format!("mousemove {x} {y} click 1"));
        std::thread::sleep(Duration::from_millis(150));
    }

    /// Clicks along a row of buttons until the window shows what is wanted.
    fn sweep(&self, row: i32, is_wanted: impl Fn(&Value) -> bool) {
        for x in (90..300).step_by(20) {
            self.click(x, row);
            if is_wanted(&self.shown()) {
                return;
            }
        }
    }

    /// A contour in the liver, which the axial view shows left of its middle.
    fn draw_contour(&self, expected_edits: usize) {
        self.key("c");
        self.wait("the contour tool", PATIENCE, |shown| shown["tool"] == "Contour");
        for (n, (x, y)) in [(350, 350), (420, 350), (420, 430), (350, 430)].into_iter().enumerate() {
            self.click(x, y);
            self.wait("a corner", PATIENCE, |shown| shown["contour_points"] == n + 1);
        }
        self.key("ctrl+Return");
        self.wait("the contour to close", PATIENCE, |shown| shown["n_edits"] == expected_edits);
    }

    /// Grey value, 0 to 255, of a pixel of the screen.
    fn grey(&self, x: i32, y: i32) -> f64 {
        let crop = format!("1x1+{x}+{y}");
        let import = Command::new("import")
            .args(["-window", "root", "-crop", &crop, "-colorspace", "gray", "-depth", "8", "gray:-"])
            .env("DISPLAY", &self.display)
            .output();
        f64::from(import.unwrap().stdout[0])
    }

    fn picture(&self, name: &str) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{name}.png"));
        let import = Command::new("import").args(["-window", "root"]).arg(&path).env("DISPLAY", &self.display).status();
        assert!(import.unwrap().success());
        // A blank screen of this size compresses to a few kilobytes.
        assert!(fs::metadata(&path).unwrap().len() > 20_000, "{} is blank", path.display());
    }
}

#[test]
fn the_demonstration_case_is_drawn_on_extracted_and_predicted() {
    if !has_screen("the_demonstration_case_is_drawn_on_extracted_and_predicted") {
        return;
    }
    let window = Window::open(&["--demo"]);
    let slice = window.shown()["slices"][0].as_u64().unwrap();
    window.draw_contour(1);
    window.key("Up");
    window.wait("the next slice", PATIENCE, |shown| shown["slices"][0] != slice);
    window.draw_contour(2);
    assert!(window.shown()["voi_ml"].as_f64().unwrap() > 10.0);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("image");

    window.key("f");
    window.wait("the features", PATIENCE, |shown| shown["features"] == serde_json::json!([1316, false]));
    window.key("F2");
    window.wait("the features' page", PATIENCE, |shown| shown["page"] == "features");
    std::thread::sleep(Duration::from_millis(500));
    window.picture("features");

    window.key("F3");
    window.wait("the Risk page", PATIENCE, |shown| shown["page"] == "risk");
    assert_eq!(window.shown()["probability"], Value::Null);
    // The demonstration's model takes the features, pT and CEA. The buttons stand in rows, their widths depend on the font: the
    // mouse goes along them.
    let is_answered = |shown: &Value| shown["probability"].is_f64();
    window.sweep(PT_ROW, is_answered);
    window.sweep(CEA_ROW, is_answered);
    window.wait("the demonstration model's probability", PATIENCE, is_answered);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("risk-combined");

    for [x, y] in [MODELS, PUBLISHED] {
        window.xdotool(&format!("mousemove {x} {y}"));
        std::thread::sleep(Duration::from_millis(500));
        window.click(x, y);
        std::thread::sleep(Duration::from_millis(500));
    }
    let is_pt3 = |shown: &Value| shown["probability"].as_f64().is_some_and(|p| (p - 0.4558).abs() < 5e-4);
    window.sweep(PT_ROW, is_pt3);
    window.wait("the probability for pT3", PATIENCE, is_pt3);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("risk");
}

/// Grey values of one renderer and another may differ by rounding.
const ROUNDING: f64 = 2.0;

#[test]
fn every_renderer_shows_the_same_grey() {
    if !has_screen("every_renderer_shows_the_same_grey") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.nii.gz");
    let geometry = Geometry::axial([64, 64, 20], [0.0; 3], [5.0, 5.0, 10.0]).unwrap();
    // 100 HU are 175 / 250 of the liver's window from -75 to 175 HU.
    let volume = Volume::new(geometry, Voxels::I16(Array3::from_elem(geometry.shape(), 100))).unwrap();
    nifti::write_volume(&path, &volume, false).unwrap();
    let expected = 255.0 * 175.0 / 250.0;
    for renderer in ["wgpu", "glow", "cpu"] {
        let window = Window::open(&["--renderer", renderer, path.to_str().unwrap()]);
        let begun = Instant::now();
        // The picture is on screen some frames after the image is there.
        while (window.grey(400, 350) - expected).abs() > ROUNDING {
            let found = window.grey(400, 350);
            assert!(begun.elapsed() < PATIENCE, "{renderer} shows {found} instead of {expected}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
