//! What the protocol's panel costs on series of 512 x 512 x 60 (5 mm) and 512 x 512 x 500 (1.25 mm): its facts, found by a thread for
//! a state; what is checked in every frame; and whole frames in which the pointer moves, with and without the panel.
//!
//!     cargo bench --bench protocol            both sizes
//!     cargo bench --bench protocol -- 60      one size alone
//!
//! What follows the pointer may take 4 ms. The facts are found in the background once the drawing has rested.

mod abdomen;
mod desk;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use abdomen::abdomen;
use desk::Desk;
use egui::{Key, Modifiers, Pos2};
use hepatica::base::Progress;
use hepatica::case::protocol::{Check, Facts};
use hepatica::case::{Case, Identity};
use hepatica::exchange::nifti;
use hepatica::job::{CheckProtocol, Request};
use hepatica::segment::voi::EDGE_MARGIN_MM;

/// Frames of a measurement.
const FRAMES: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    for (slices, slice_mm) in [(60, 5.0), (500, 1.25)] {
        if arguments.is_empty() || arguments.contains(&slices.to_string()) {
            println!("\n512 x 512 x {slices}");
            measure(slices, slice_mm);
        }
    }
}

/// Prints the median of several runs, and the slowest of 20.
fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!("{what:56} {:10.2} ms   95 %: {:10.2} ms", ms(0.5), ms(0.95));
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let answer = black_box(work());
    (answer, begun.elapsed())
}

fn measure(slices: usize, slice_mm: f64) {
    let (volume, labels) = abdomen(slices, slice_mm);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.nii");
    nifti::write_volume(&path, &volume, false).unwrap();
    let mut case = Case::new(Identity::default(), Arc::new(volume));
    case.replace_labels("Load", &labels).unwrap();
    let mut facts: Option<Facts> = None;
    let mut find = || {
        let request = CheckProtocol { drawn: case.drawn(), margin_mm: EDGE_MARGIN_MM };
        let (found, took) = timed(|| request.run(&Progress::new()).unwrap());
        facts = Some(found);
        took
    };
    report("facts of a state (in the background)", (0..5).map(|_| find()).collect());
    assert_eq!(facts.as_ref().map(|facts| facts.findings.n_found), Some(2), "both places are found");
    let check = |_| timed(|| Check::of(&case, None, facts.as_ref())).1;
    report("check of a frame", (0..FRAMES).map(check).collect());
    drop((case, facts));
    let mut desk = Desk::open(path);
    draw(&mut desk);
    report("frame in which the pointer moves", frames(&mut desk));
    desk.key(Key::Q, Modifiers::NONE);
    desk.wait("the panel to be brought up to date", |shown| shown.n_findings.is_some());
    report("the same with the protocol's panel", frames(&mut desk));
}

/// A dab with the brush, so that something is drawn.
fn draw(desk: &mut Desk) {
    desk.key(Key::B, Modifiers::NONE);
    desk.click(Pos2::new(480.0, 420.0));
    assert!(desk.n_edits() > 0, "the brush drew");
}

/// How long frames take in which the pointer goes around.
fn frames(desk: &mut Desk) -> Vec<Duration> {
    (0..FRAMES as u64).map(|n| desk.step(n)).collect()
}
