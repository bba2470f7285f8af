//! Kills the program itself, at random moments while it is being drawn on with the mouse, and compares what its journal gives back with
//! what its trace said was drawn: at most the stroke under the pen is missing, and nothing else is ever there.

mod screen;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hepatica::base::Stream;
use hepatica::case::journal::{Recovered, recover};
use hepatica::exchange::nifti;
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;
use screen::{Process, has_screen, start_server};
use serde_json::Value;

/// Kills of programs that began with nothing drawn.
const ROUNDS: usize = 50;
/// Programs after those that go on with what was recovered, and are killed as well.
const GOING_ON: usize = 3;
/// Seed of strokes and moments.
const SEED: u64 = 11;
/// Longest time that a program is drawn on before it is killed.
const LONGEST_LIFE: Duration = Duration::from_millis(900);
/// Longest time for anything, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the axial view shows the image, and where *Recover* stands on the sheet that offers one case.
const IMAGE: [[f64; 2]; 2] = [[330.0, 470.0], [300.0, 470.0]];
const RECOVER: [i32; 2] = [496, 471];
/// Frames after a stroke's end in whose time it may still be on its way into the journal.
const FRAMES_ON_THE_WAY: usize = 2;

/// A program and what it writes.
struct Program {
    display: String,
    trace: PathBuf,
    process: Process,
}

/// What the trace of a program that was killed says.
struct Told {
    /// States of the label map at the ends of strokes in order, each as the edits that undo would take back and the map's SHA-256.
    states: Vec<(u64, String)>,
    /// Frames that were drawn after the last of them.
    frames_since: usize,
    /// Whether a stroke was under the pen.
    is_pen_down: bool,
}

/// What all rounds came to.
#[derive(Debug, Default)]
struct Sums {
    strokes: usize,
    killed_under_the_pen: usize,
    /// Journals that lacked the last stroke, which had just ended.
    on_the_way: usize,
    /// Journals that had a stroke which the trace had not told yet.
    ahead: usize,
}

impl Program {
    /// Starts the program with its data in a folder of its own.
    fn start(display: &str, home: &Path, image: Option<&Path>) -> Self {
        let trace = home.join("trace");
        let _ = fs::remove_file(&trace);
        let process = Command::new(env!("CARGO_BIN_EXE_hepatica"))
            .args(["view", "--renderer", "glow"])
            .args(image)
            .env("DISPLAY", display)
            .env("HEPATICA_TRACE", &trace)
            .env("XDG_DATA_HOME", home)
            .env("XDG_CACHE_HOME", home)
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stderr(Stdio::null())
            .spawn();
        Self { display: display.to_owned(), trace, process: Process(process.unwrap()) }
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.trace).unwrap_or_default();
        // The last line may not be whole.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn wait(&self, what: &str, until: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while !self.lines().last().is_some_and(&until) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}: {:?}", self.lines().last());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn hand(&self, movements: &str) -> Child {
        let mut hand = Command::new("xdotool");
        hand.args(movements.split(' ')).env("DISPLAY", &self.display).stdout(Stdio::null()).stderr(Stdio::null());
        hand.spawn().unwrap()
    }

    fn is_done(&self, movements: &str) -> bool {
        self.hand(movements).wait().unwrap().success()
    }

    /// There is no window manager to give the keyboard to the window, and it can only take it once it is mapped.
    fn take_brush(&self) {
        let begun = Instant::now();
        while self.lines().last().is_none_or(|shown| shown["tool"] != "Brush") {
            assert!(begun.elapsed() < PATIENCE, "the window does not take the keyboard");
            let is_asked = self.is_done("search --name Hepatica windowfocus --sync key b");
            std::thread::sleep(Duration::from_millis(if is_asked { 150 } else { 20 }));
        }
    }

    /// Draws until it is killed at a random moment, and tells what was drawn.
    fn draw_and_kill(mut self, stream: &mut Stream) -> Told {
        self.take_brush();
        let life = LONGEST_LIFE.mul_f64(stream.between(0.02, 1.0));
        let mut hand = Process(self.hand(&strokes(stream)));
        std::thread::sleep(life);
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
        assert!(hand.0.try_wait().unwrap().is_none(), "the hand was done before the kill");
        drop(hand);
        // A hand that is stopped in the middle of Ctrl+Z leaves the key down for whoever comes next.
        assert!(self.is_done("mouseup 1 keyup z keyup ctrl keyup e keyup b"));
        told(&self.lines())
    }
}

/// Movements of the mouse that draw, erase and undo for longer than the program lives.
fn strokes(stream: &mut Stream) -> String {
    let mut at = || [0, 1].map(|axis| stream.between(IMAGE[axis][0], IMAGE[axis][1]).round());
    let mut movements = Vec::new();
    for n in 0..60 {
        let [x, y] = at();
        movements.push(format!("mousemove {x} {y} mousedown 1"));
        for _ in 0..3 {
            let [x, y] = at();
            movements.push(format!("sleep 0.015 mousemove {x} {y}"));
        }
        movements.push("sleep 0.015 mouseup 1 sleep 0.02".to_owned());
        match n % 7 {
            4 => movements.push("key ctrl+z".to_owned()),
            5 => movements.push("key e".to_owned()),
            6 => movements.push("key b".to_owned()),
            _ => {}
        }
    }
    movements.join(" ")
}

fn told(lines: &[Value]) -> Told {
    let of = |line: &Value| (line["n_edits"].as_u64().unwrap(), line["drawn_sha256"].as_str().unwrap().to_owned());
    let mut told = Told { states: Vec::new(), frames_since: 0, is_pen_down: false };
    let mut settled_ml = Value::Null;
    for line in lines.iter().filter(|line| line["has_image"] == true) {
        let state = of(line);
        if told.states.last() == Some(&state) {
            told.frames_since += 1;
            told.is_pen_down = line["label_ml"] != settled_ml;
        } else {
            told.states.push(state);
            (told.frames_since, told.is_pen_down) = (0, false);
            settled_ml = line["label_ml"].clone();
        }
    }
    told
}

/// What is recovered from a folder of journals: one case at most.
fn recovered(journals: &Path) -> Option<Recovered> {
    let found = recover(journals);
    assert!(found.troubles.is_empty(), "{:?}", found.troubles);
    assert!(found.recovered.len() <= 1, "{} journals", found.recovered.len());
    found.recovered.into_iter().next()
}

/// The hash of what a folder of journals gives; `empty` where it gives nothing.
fn drawn_in(journals: &Path, empty: &str) -> String {
    recovered(journals).map_or_else(|| empty.to_owned(), |work| work.labels.sha256())
}

/// The hash of what the journals give without their last record.
fn drawn_before_the_last_record(journals: &Path, empty: &str) -> String {
    let copy = tempfile::tempdir().unwrap();
    for folder in fs::read_dir(journals).unwrap() {
        let folder = folder.unwrap().path();
        let target = copy.path().join(folder.file_name().unwrap());
        fs::create_dir(&target).unwrap();
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let bytes = fs::read(&file).unwrap();
            let kept =
                if file.extension().is_some_and(|ending| ending == "journal") { without_last(&bytes) } else { &bytes };
            // A journal begins with the state that its first stroke led to: before that there was nothing.
            if !kept.is_empty() || bytes.is_empty() {
                fs::write(target.join(file.file_name().unwrap()), kept).unwrap();
            }
        }
    }
    drawn_in(copy.path(), empty)
}

/// A journal's file without its last whole record; nothing where that is the state that it begins with.
fn without_last(bytes: &[u8]) -> &[u8] {
    let mut ends = vec![12];
    while let Some(length) = bytes.get(ends[ends.len() - 1]..).and_then(|rest| rest.first_chunk::<4>()) {
        let end = ends[ends.len() - 1] + 8 + u32::from_le_bytes(*length) as usize;
        if end > bytes.len() {
            break;
        }
        ends.push(end);
    }
    if ends.len() > 3 { &bytes[..ends[ends.len() - 2]] } else { &[] }
}

/// Holds what the journal gives against what the trace told.
fn check(round: &str, journals: &Path, told: &Told, sums: &mut Sums) -> Option<Recovered> {
    let Told { states, frames_since, is_pen_down } = told;
    let empty = &states[0].1;
    let found = drawn_in(journals, empty);
    let (last, before) = (&states[states.len() - 1], states.len().checked_sub(2).map(|before| &states[before]));
    sums.strokes += states.len() - 1;
    sums.killed_under_the_pen += usize::from(*is_pen_down);
    if found == last.1 {
        // As it was told.
    } else if before.is_some_and(|before| found == before.1) {
        assert!(
            *frames_since < FRAMES_ON_THE_WAY,
            "{round}: the stroke that ended {frames_since} frames ago is missing"
        );
        sums.on_the_way += 1;
    } else {
        let earlier = drawn_before_the_last_record(journals, empty);
        assert_eq!(earlier, last.1, "{round}: the journal has something else than the {} states told", states.len());
        sums.ahead += 1;
    }
    recovered(journals)
}

#[test]
fn a_kill_at_any_moment_loses_at_most_the_stroke_under_the_pen() {
    if !has_screen("a_kill_at_any_moment_loses_at_most_the_stroke_under_the_pen") {
        return;
    }
    let begun = Instant::now();
    let (_server, display) = start_server();
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image.nii.gz");
    let geometry = Geometry::axial([64, 64, 12], [-157.5, -157.5, 0.0], [5.0, 5.0, 10.0]).unwrap();
    let volume = Volume::new(geometry, Voxels::I16(Array3::from_elem(geometry.shape(), 100))).unwrap();
    nifti::write_volume(&image, &volume, false).unwrap();
    let mut stream = Stream::new(SEED, 0);
    let mut sums = Sums::default();
    let mut going_on = 0;
    for round in 0..ROUNDS {
        let home = tempfile::tempdir().unwrap();
        let journals = home.path().join("hepatica").join("journals");
        let program = Program::start(&display, home.path(), Some(&image));
        program.wait("the image", |shown| shown["has_image"] == true);
        let told = program.draw_and_kill(&mut stream);
        let work = check(&format!("round {round}"), &journals, &told, &mut sums);
        let Some(work) = work.filter(|_| going_on < GOING_ON && round >= going_on * ROUNDS / GOING_ON) else {
            continue;
        };
        going_on += 1;
        let (drawn, n_edits) = (work.labels.sha256(), work.n_edits);
        drop(work);
        let program = Program::start(&display, home.path(), None);
        program.wait("the offer", |shown| shown["recoverable"] == 1);
        recover_by_mouse(&program, round);
        program.wait("the drawing", |shown| shown["drawn_sha256"] == drawn.as_str() && shown["recoverable"] == 0);
        wait_for_one(&journals);
        let told = program.draw_and_kill(&mut stream);
        assert_eq!(told.states[1], (1, drawn), "one step for the {n_edits} that were recovered");
        check(&format!("round {round}, going on"), &journals, &told, &mut sums);
    }
    println!("{sums:?} in {:.0} s", begun.elapsed().as_secs_f64());
    assert_eq!(going_on, GOING_ON);
    assert!(sums.strokes > 2 * ROUNDS && sums.killed_under_the_pen > ROUNDS / 5, "hardly anything was drawn: {sums:?}");
}

/// Clicks *Recover* on the sheet, and leaves a picture of it.
fn recover_by_mouse(program: &Program, round: usize) {
    let begun = Instant::now();
    let [x, y] = RECOVER;
    std::thread::sleep(Duration::from_millis(300));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recovery-{round}.png"));
    let import = Command::new("import").args(["-window", "root"]).arg(&path).env("DISPLAY", &program.display).status();
    assert!(import.unwrap().success());
    // The window hears the mouse once it is mapped and the sheet laid out.
    while program.lines().last().is_some_and(|shown| shown["has_image"] != true) {
        assert!(begun.elapsed() < PATIENCE, "nothing is recovered, see {}", path.display());
        assert!(program.is_done(&format!("mousemove {x} {y} sleep 0.1 click 1")));
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Waits until the journal of the earlier run is gone.
fn wait_for_one(journals: &Path) {
    let begun = Instant::now();
    while fs::read_dir(journals).map_or(0, Iterator::count) != 1 {
        assert!(begun.elapsed() < PATIENCE, "the earlier journal stays");
        std::thread::sleep(Duration::from_millis(10));
    }
}
