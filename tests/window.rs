//! The real window under Xvfb: opens the demonstration study, draws with the mouse, extracts, reads the probability off the
//! Risk page. Pictures of it are left in the target folder (`tmp/window-*.png`).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest time for the demonstration case to be simulated and opened on a busy machine.
const OPENING: Duration = Duration::from_secs(240);
/// Longest time for anything else.
const PATIENCE: Duration = Duration::from_secs(60);
/// Height of the row in which the Risk page asks for pT.
const PT_ROW: i32 = 146;

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Window {
    display: String,
    trace: PathBuf,
    _program: Process,
    _server: Process,
    _folder: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        let (server, display) = start_server();
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        let program = Command::new(env!("CARGO_BIN_EXE_hepatica"))
            .args(["view", "--demo"])
            .env("DISPLAY", &display)
            .env("HEPATICA_TRACE", &trace)
            .env("XDG_CACHE_HOME", folder.path())
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .unwrap();
        let window = Self { display, trace, _program: Process(program), _server: server, _folder: folder };
        window.wait("the demonstration case", OPENING, |shown| shown["has_image"] == true);
        window.xdotool("search --sync --name Hepatica windowfocus --sync");
        window
    }

    fn xdotool(&self, command: &str) {
        let status = Command::new("xdotool").args(command.split(' ')).env("DISPLAY", &self.display).status().unwrap();
        assert!(status.success(), "xdotool {command}");
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

    /// A contour in the liver, which the axial view shows left of its middle.
    fn draw_contour(&self, expected_edits: usize) {
        self.key("c");
        self.wait("the contour tool", PATIENCE, |shown| shown["tool"] == "Contour");
        for (n, (x, y)) in [(350, 350), (420, 350), (420, 430), (350, 430)].into_iter().enumerate() {
            self.click(x, y);
            self.wait("a corner", PATIENCE, |shown| shown["contour_points"] == n + 1);
        }
        self.key("Return");
        self.wait("the contour to close", PATIENCE, |shown| shown["n_edits"] == expected_edits);
    }

    fn picture(&self, name: &str) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{name}.png"));
        let import = Command::new("import").args(["-window", "root"]).arg(&path).env("DISPLAY", &self.display).status();
        assert!(import.unwrap().success());
        // A blank screen of this size compresses to a few kilobytes.
        assert!(fs::metadata(&path).unwrap().len() > 20_000, "{} is blank", path.display());
    }
}

/// A screen of its own on a free display.
fn start_server() -> (Process, String) {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "+extension", "GLX", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut number = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Process(server), format!(":{}", number.trim()))
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

#[test]
fn the_demonstration_case_is_drawn_on_extracted_and_predicted() {
    let missing: Vec<_> = ["Xvfb", "xdotool", "import"].into_iter().filter(|program| !is_installed(program)).collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "CI needs {missing:?}");
        println!("skipped: the_demonstration_case_is_drawn_on_extracted_and_predicted: {missing:?} are absent");
        return;
    }
    let window = Window::open();
    let slice = window.shown()["slices"][0].as_u64().unwrap();
    window.draw_contour(1);
    window.key("Up");
    window.wait("the next slice", PATIENCE, |shown| shown["slices"][0] != slice);
    window.draw_contour(2);
    assert!(window.shown()["voi_ml"].as_f64().unwrap() > 10.0);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("image");

    window.key("f");
    window.wait("the features", PATIENCE, |shown| shown["features"] == serde_json::json!([107, false]));
    window.key("F2");
    window.wait("the features' page", PATIENCE, |shown| shown["page"] == "features");
    std::thread::sleep(Duration::from_millis(500));
    window.picture("features");

    window.key("F3");
    window.wait("the Risk page", PATIENCE, |shown| shown["page"] == "risk");
    assert_eq!(window.shown()["probability"], Value::Null);
    // The buttons stand in one row, their widths depend on the font: the mouse goes along it.
    let is_pt3 = |shown: &Value| shown["probability"].as_f64().is_some_and(|p| (p - 0.4558).abs() < 5e-4);
    for x in (90..300).step_by(20) {
        window.click(x, PT_ROW);
        if is_pt3(&window.shown()) {
            break;
        }
    }
    window.wait("the probability for pT3", PATIENCE, is_pt3);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("risk");
}
