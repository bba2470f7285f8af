//! Kills a program that is being drawn on, at random moments, and compares what its journal gives back with what was drawn.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hepatica::base::Stream;
use hepatica::case::journal::{Journal, Recovered, Subject, recover};
use hepatica::case::{
    AlgorithmType, Beginning, Case, DrawingWindow, Extent, Identity, Made, Operation, Replacement, SliceState,
    Technique, WindowUse,
};
use hepatica::segment::{Brush, SliceOfGrid, disc, stroke};
use hepatica::volume::{Geometry, Label, LabelMap, Volume, Voxels};

/// Tells the test binary that it is the program to be killed, and where its journal goes.
const CHILD: &str = "HEPATICA_JOURNAL_TEST_CHILD";
/// Seed of the strokes, which both processes know.
const SEED: u64 = 5;
/// Kills.
const ROUNDS: usize = 50;
/// Longest life of a program that is killed.
const LONGEST_LIFE: Duration = Duration::from_millis(250);

fn empty_case() -> Case {
    let geometry = Geometry::axial([96, 80, 24], [0.0; 3], [0.7, 0.7, 2.5]).unwrap();
    let volume = Volume::new(geometry, Voxels::I16(ndarray::Array3::zeros(geometry.shape()))).unwrap();
    Case::new(Identity::default(), Arc::new(volume))
}

/// The next stroke, undo, redo or review of a seeded sequence.
fn step(case: &mut Case, stream: &mut Stream) {
    let geometry = *case.volume().geometry();
    let label = Label::ALL[stream.below(4)];
    let operation = [Operation::Add, Operation::Add, Operation::Erase, Operation::Claim][stream.below(4)];
    let at = [stream.between(10.0, 80.0), stream.between(10.0, 70.0)];
    let index = stream.below(20);
    match stream.below(10) {
        0 => drop(case.undo()),
        1 => drop(case.redo()),
        2 => case.set_reviewed(index, true),
        3 => {
            case.begin(Beginning { tool: "Sphere", extent: Extent::Volume, made: Made::by(Technique::Proposed) });
            for k in index..index + 4 {
                let brush = Brush { radius_mm: stream.between(3.0, 15.0), spacing_mm: [0.7, 0.7] };
                case.draw_on(SliceOfGrid { axis: 2, index: k }, &disc(at, brush), label, operation);
            }
        }
        _ => {
            let slice = SliceOfGrid { axis: 1 + stream.below(2), index };
            let window = DrawingWindow { width_hu: stream.between(150.0, 350.0), level_hu: 50.0 };
            let made = Made::by_hand().under(window);
            case.begin(Beginning { tool: "Brush", extent: Extent::Slice(slice), made });
            let brush = Brush { radius_mm: stream.between(2.0, 9.0), spacing_mm: slice.spacing_mm(&geometry) };
            case.draw(&stroke(at, [at[0] - 8.0, at[1] / 2.0], brush), label, operation);
        }
    }
    case.end_stroke();
}

/// Draws until it is killed and says the number of each step once its journal has it; does nothing as a test of its own.
#[test]
fn draw_until_killed() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let mut case = empty_case();
    let geometry = *case.volume().geometry();
    case.keep_journal(Journal::begin(Path::new(&folder), subject(), &geometry, || {}));
    let mut stream = Stream::new(SEED, 0);
    let mut out = std::io::stdout();
    for n in 1u64.. {
        step(&mut case, &mut stream);
        assert!(case.journal().unwrap().settle(Duration::from_secs(60)));
        writeln!(out, "\nstep {n}").unwrap();
        out.flush().unwrap();
    }
}

fn subject() -> Subject {
    Subject::new("1.2.3.4", Path::new("/data/study/series"), "Li")
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["draw_until_killed", "--exact", "--nocapture"]).env(CHILD, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs the program, kills it after a time and gives the number of the last step that it had said.
fn draw_and_kill(folder: &Path, life: Duration) -> usize {
    let mut child = start(folder);
    let out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix("step ")?.parse().ok()).last().unwrap_or(0)
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// A case with everything that was recovered in place.
fn restored(recovered: &Recovered) -> Case {
    let mut case = empty_case();
    let replacement = Replacement::recovered(&case.drawn(), recovered).unwrap();
    assert!(case.replace(replacement));
    case
}

/// What a reader would miss: labels, names of edits, the review of every slice and the count of windows.
fn essence(case: &Case) -> (LabelMap, Vec<SliceState>, [AlgorithmType; 4], WindowUse) {
    let types = Label::ALL.map(|label| case.review().algorithm_type(label));
    (case.label_map().clone(), case.review().states().collect::<Vec<_>>(), types, case.review().window_use())
}

#[test]
fn a_kill_at_any_moment_loses_at_most_the_stroke_under_the_pen() {
    let mut moments = Stream::new(SEED, 1);
    let mut played = empty_case();
    let mut stream = Stream::new(SEED, 0);
    let mut states = vec![(essence(&played), None)];
    let mut most_steps = 0;
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let life = LONGEST_LIFE.mul_f64(moments.between(0.02, 1.0));
        let n_said = draw_and_kill(folder.path(), life);
        while states.len() <= n_said + 1 {
            step(&mut played, &mut stream);
            states.push((essence(&played), played.history().undo_name().map(str::to_owned)));
        }
        let found = recover(folder.path());
        assert!(found.troubles.is_empty(), "round {round}: {:?}", found.troubles);
        let is_of = |n: usize| match found.recovered.first() {
            None => states[n].0.0.bits().iter().all(|bits| *bits == 0),
            Some(recovered) => {
                let name = recovered.names.last();
                essence(&restored(recovered)) == states[n].0 && name == states[n].1.as_ref()
            }
        };
        assert!(is_of(n_said) || is_of(n_said + 1), "round {round}: killed after step {n_said}");
        most_steps = most_steps.max(n_said);
    }
    assert!(most_steps >= 5, "the program was killed before it drew: {most_steps} steps at most");
}

#[test]
fn the_work_of_a_program_that_runs_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(folder.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "step 9"), "it ended");
    assert!(recover(folder.path()).recovered.is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    let work = recover(folder.path()).recovered.pop().unwrap();
    assert_eq!(work.subject, subject());
    let picture = work.picture().unwrap();
    assert!(picture.bits.iter().any(|bits| *bits != 0));
    assert_eq!(picture.bits, work.labels.label_map().bits().index_axis(ndarray::Axis(0), picture.slice));
    assert!(recover(folder.path()).recovered.is_empty(), "nobody else is offered it meanwhile");
    work.discard().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
