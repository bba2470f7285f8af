//! The window of a program of its own, and a hand for it: mouse, keys, and what the program's trace says it shows.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::screen::{Process, start_server};

/// Longest time for the demonstration case to be simulated and opened on a busy machine.
const OPENING: Duration = Duration::from_secs(240);
/// Longest time for anything else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the demonstration case was simulated since the tests began: once is enough for all of them.
static IS_SIMULATED: Mutex<bool> = Mutex::new(false);

pub struct Window {
    display: String,
    trace: PathBuf,
    /// Presses of the left mouse button so far, those on buttons included.
    n_presses: Cell<usize>,
    /// Where files can be saved to.
    pub folder: tempfile::TempDir,
    _program: Process,
    _server: Process,
}

impl Window {
    /// The window with these arguments, once it shows an image.
    pub fn open(arguments: &[&str]) -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-cache");
        let mut is_simulated = IS_SIMULATED.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_simulated {
            // What an earlier program simulated may be another case.
            let _ = fs::remove_dir_all(&cache);
        }
        let (server, display) = start_server();
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        let program = Command::new(env!("CARGO_BIN_EXE_hepatica"))
            .arg("view")
            .args(arguments)
            .env("DISPLAY", &display)
            .env("HEPATICA_TRACE", &trace)
            .env("XDG_CACHE_HOME", &cache)
            .env("XDG_DATA_HOME", folder.path())
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .unwrap();
        let n_presses = Cell::new(0);
        let window = Self { display, trace, n_presses, folder, _program: Process(program), _server: server };
        window.wait("an image", OPENING, |shown| shown["has_image"] == true);
        *is_simulated |= arguments.contains(&"--demo");
        drop(is_simulated);
        window.take_focus();
        window
    }

    /// There is no window manager to give the keyboard to the window, and it can only take it once it is mapped.
    pub fn take_focus(&self) {
        let begun = Instant::now();
        while !self.try_xdotool("search --sync --name Hepatica windowfocus --sync") {
            assert!(begun.elapsed() < PATIENCE, "the window does not take the keyboard");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn xdotool(&self, command: &str) {
        assert!(self.try_xdotool(command), "xdotool {command}");
    }

    pub fn try_xdotool(&self, command: &str) -> bool {
        let output = Command::new("xdotool").args(command.split(' ')).env("DISPLAY", &self.display).output().unwrap();
        output.status.success()
    }

    pub fn shown(&self) -> Value {
        let text = fs::read_to_string(&self.trace).unwrap_or_default();
        // The last line may still be being written.
        text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default()
    }

    pub fn wait(&self, what: &str, patience: Duration, until: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while !until(&self.shown()) {
            assert!(begun.elapsed() < patience, "waited in vain for {what}: {}", self.shown());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn key(&self, key: &str) {
        self.xdotool(&format!("key {key}"));
    }

    pub fn click(&self, x: i32, y: i32) {
        self.n_presses.set(self.n_presses.get() + 1);
        self.xdotool(&format!("mousemove {x} {y} click 1"));
        std::thread::sleep(Duration::from_millis(150));
    }

    /// A drag through these places.
    pub fn drag(&self, way: &[[i32; 2]]) {
        self.n_presses.set(self.n_presses.get() + 1);
        for (n, [x, y]) in way.iter().enumerate() {
            self.xdotool(&format!("mousemove {x} {y}"));
            std::thread::sleep(Duration::from_millis(40));
            if n == 0 {
                self.xdotool("mousedown 1");
            }
        }
        self.xdotool("mouseup 1");
        std::thread::sleep(Duration::from_millis(150));
    }

    /// Presses of the left mouse button so far, those on buttons included.
    pub fn n_presses(&self) -> usize {
        self.n_presses.get()
    }

    /// Clicks along a row of buttons until the window shows what is wanted.
    pub fn sweep(&self, row: i32, is_wanted: impl Fn(&Value) -> bool) {
        for x in (90..300).step_by(20) {
            self.click(x, row);
            if is_wanted(&self.shown()) {
                return;
            }
        }
    }

    /// A contour in the liver, which the axial view shows left of its middle.
    pub fn draw_contour(&self, expected_edits: usize) {
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
    pub fn grey(&self, x: i32, y: i32) -> f64 {
        let crop = format!("1x1+{x}+{y}");
        let import = Command::new("import")
            .args(["-window", "root", "-crop", &crop, "-colorspace", "gray", "-depth", "8", "gray:-"])
            .env("DISPLAY", &self.display)
            .output();
        f64::from(import.unwrap().stdout[0])
    }

    pub fn picture(&self, name: &str) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{name}.png"));
        let import = Command::new("import").args(["-window", "root"]).arg(&path).env("DISPLAY", &self.display).status();
        assert!(import.unwrap().success());
        // A blank screen of this size compresses to a few kilobytes.
        assert!(fs::metadata(&path).unwrap().len() > 20_000, "{} is blank", path.display());
    }
}
