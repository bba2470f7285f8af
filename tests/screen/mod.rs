//! A screen of its own for tests of the real window: Xvfb, with xdotool for a hand.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A process that ends with the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A screen of its own on a free display.
pub fn start_server() -> (Process, String) {
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

/// Whether a window can be opened, driven and photographed here; CI must be able to.
pub fn has_screen(test: &str) -> bool {
    let missing: Vec<_> = ["Xvfb", "xdotool", "import"].into_iter().filter(|program| !is_installed(program)).collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "CI needs {missing:?}");
        println!("skipped: {test}: {missing:?} are absent");
    }
    missing.is_empty()
}
