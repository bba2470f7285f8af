//! What a hand waits for, on series of 512 x 512 x 60 (5 mm) and 512 x 512 x 500 (1.25 mm): a slice drawn by the processor; what a brush
//! step, a contour, undo, slices between drawn ones and a margin cost the case; and whole frames of the window, painted by the
//! processor as where there is no GPU.
//!
//!     cargo bench --bench interaction -- 60       one size alone
//!
//! What follows the pointer may take 4 ms, what follows a commit 50 ms; a frame's painting comes on top where the processor paints.

mod desk;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use desk::Desk;
use egui::{Key, Modifiers, Pos2, Rect, Vec2};
use hepatica::base::Progress;
use hepatica::case::{Case, Identity, Operation};
use hepatica::exchange::nifti;
use hepatica::job::{drawn_slices, pixels_between};
use hepatica::render::{Look, Overlay, PlaneFrame, SliceView, Source, Viewport, Window, draw_slice};
use hepatica::segment::region::margin;
use hepatica::segment::{Brush, Plane, SliceOfGrid, disc, fill, stroke};
use hepatica::volume::{Geometry, Label, Volume, Voxels};
use ndarray::Array3;

const BRUSH: Brush = Brush { radius_mm: 5.0, spacing_mm: [0.75, 0.75] };
/// Number of slices and their distance in mm.
const SIZES: [(usize, f64); 2] = [(60, 5.0), (500, 1.25)];

/// An image that looks like nothing, with no two neighbours alike.
fn volume((slices, slice_mm): (usize, f64)) -> Volume {
    let geometry = Geometry::axial([512, 512, slices], [0.0; 3], [0.75, 0.75, slice_mm]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| ((i * 7 + j * 13 + k * 31) % 400) as i16 - 150);
    Volume::new(geometry, Voxels::I16(voxels)).unwrap()
}

/// A liver drawn on the middle two thirds of the slices, with a vessel.
fn case(size: (usize, f64)) -> Case {
    let mut case = Case::new(Identity::default(), Arc::new(volume(size)));
    for index in size.0 / 6..size.0 - size.0 / 6 {
        case.begin_stroke("Contour", SliceOfGrid { axis: 2, index });
        case.draw(&fill(&outline(200)), Label::Liver, Operation::Add);
        case.draw(&disc([180.0, 220.0], BRUSH), Label::Vessel, Operation::Add);
        case.end_stroke();
    }
    case
}

/// An outline of a liver's size with as many points as a freehand contour has.
fn outline(n: usize) -> Vec<[f64; 2]> {
    let angles = (0..n).map(|k| k as f64 / n as f64 * std::f64::consts::TAU);
    angles.map(|t| [200.0 + 110.0 * t.cos(), 230.0 + (80.0 + 15.0 * (5.0 * t).sin()) * t.sin()]).collect()
}

fn slices(criterion: &mut Criterion) {
    let case = case(SIZES[1]);
    let overlay = Overlay::default();
    let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(900.0, 700.0));
    for plane in Plane::ALL {
        let frame = PlaneFrame::new(case.volume().geometry(), plane);
        let mut step = 0;
        criterion.bench_function(&format!("{} slice by the CPU, 900 x 700", plane.name().to_lowercase()), |bencher| {
            bencher.iter(|| {
                step = (step + 1) % 50;
                let view = SliceView { slice: frame.n_slices / 2 + step, ..frame.whole() };
                let viewport = Viewport::new(&frame, &view, rect);
                let source = Source { volume: case.volume(), labels: case.label_map(), slice: viewport.slice };
                let window = Window::default();
                let look = Look { window, overlay: &overlay, inverted: false, pixels_per_point: 1.0 };
                draw_slice(black_box(&source), &viewport.pixel_map(1.0), &look, [900, 700])
            });
        });
    }
}

fn edits(criterion: &mut Criterion) {
    for size in SIZES {
        let mut case = case(size);
        let slice = SliceOfGrid { axis: 2, index: size.0 / 2 };
        let mut group = criterion.benchmark_group(format!("512 x 512 x {}", size.0));
        group.bench_function("brush stroke of 50 moves with statistics, then undone", |bencher| {
            bencher.iter(|| {
                case.begin_stroke("Brush", slice);
                for x in 0..50 {
                    let x = 300.0 + f64::from(x) * 2.0;
                    case.draw(&stroke([x, 300.0], [x + 2.0, 300.0], BRUSH), Label::Liver, Operation::Add);
                    black_box(case.statistics());
                }
                case.end_stroke();
                case.undo()
            });
        });
        let contour = outline(2000);
        group.bench_function("freehand contour of 2000 points, then undone", |bencher| {
            bencher.iter(|| {
                case.begin_stroke("Contour", slice);
                case.draw(&fill(&contour), Label::Lesion, Operation::Add);
                case.end_stroke();
                case.undo()
            });
        });
        group.bench_function("a slice between two drawn ones", |bencher| {
            case.begin_stroke("Erase", slice);
            case.draw(&fill(&outline(200)), Label::Liver, Operation::Erase);
            case.end_stroke();
            black_box(drawn_slices(&case, Label::Liver).len());
            bencher.iter(|| pixels_between(black_box(&case), Label::Liver, slice.index));
            case.undo();
        });
        let liver = case.label_map().mask(Label::Liver);
        group.sample_size(10);
        group.bench_function("margin of -2.5 mm (in the background)", |bencher| {
            bencher.iter(|| margin(black_box(&liver), -2.5, &Progress::new()).unwrap());
        });
        let before = case.revision();
        for n in 0..200 {
            let at = [300.0 + f64::from(n % 20) * 8.0, 300.0 + f64::from(n / 20) * 16.0];
            case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: size.0 / 6 + n as usize % 40 });
            case.draw(&stroke(at, [at[0] + 20.0, at[1]], BRUSH), Label::Liver, Operation::Add);
            case.end_stroke();
        }
        let after = case.revision();
        group.bench_function("back over 200 brush strokes in one step, and forth again", |bencher| {
            bencher.iter(|| case.go_to(before) + case.go_to(after));
        });
        let mut empty = Case::new(Identity::default(), case.volume().clone());
        let drawn = case.label_map().clone();
        group.bench_function("loading a liver, then undone (prepared in the background)", |bencher| {
            bencher.iter(|| {
                empty.replace_labels("Load", &drawn).unwrap();
                empty.undo()
            });
        });
    }
}

/// Steps of the pointer from the middle of its spiral to the end.
const TURNS: u64 = 1000;

/// Sums up what `once` says of each of its runs.
fn of_each(runs: u64, mut once: impl FnMut(u64) -> Duration) -> Duration {
    (0..runs).map(&mut once).sum()
}

fn frames(criterion: &mut Criterion) {
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("512 x 512 x {}, a frame of the window", size.0));
        group.sample_size(20);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.nii");
        nifti::write_volume(&path, &volume(size), false).unwrap();
        let mut desk = Desk::open(path);
        group.bench_function("in which the pointer moves", |bencher| {
            bencher.iter_custom(|runs| of_each(runs, |n| desk.step(n % TURNS)));
        });
        group.bench_function("in which the brush moves", |bencher| {
            desk.key(Key::B, Modifiers::NONE);
            bencher.iter_custom(|runs| {
                let strokes = (0..runs).step_by(TURNS as usize).map(|done| {
                    desk.step(0);
                    desk.press(true);
                    let took = of_each(TURNS.min(runs - done), |n| desk.step(n));
                    desk.press(false);
                    assert!(desk.n_edits() > 0, "the brush drew");
                    desk.key(Key::Z, Modifiers::COMMAND);
                    took
                });
                strokes.sum()
            });
        });
        group.bench_function("and the next, in which the brush is lifted, and undone", |bencher| {
            bencher.iter_custom(|runs| {
                of_each(runs, |n| {
                    desk.step(n % TURNS);
                    desk.press(true);
                    desk.step(n % TURNS + 3);
                    let took = desk.press(false);
                    took + desk.key(Key::Z, Modifiers::COMMAND)
                })
            });
        });
        group.bench_function("and the next, in which a contour of the liver's size is filled", |bencher| {
            bencher.iter_custom(|runs| {
                of_each(runs, |_| {
                    desk.key(Key::C, Modifiers::NONE);
                    for corner in outline(40) {
                        desk.click(Pos2::new(250.0, 190.0) + Vec2::new(corner[0] as f32, corner[1] as f32));
                    }
                    let before = desk.n_edits();
                    let took = desk.key(Key::Enter, Modifiers::COMMAND);
                    assert_eq!(desk.n_edits(), before + 1, "the contour is filled");
                    desk.key(Key::Z, Modifiers::COMMAND);
                    took
                })
            });
        });
        group.bench_function("and the next, in which the slice changes", |bencher| {
            desk.key(Key::V, Modifiers::NONE);
            bencher.iter_custom(|runs| {
                of_each(runs, |n| desk.key(if n % 2 == 0 { Key::ArrowUp } else { Key::ArrowDown }, Modifiers::NONE))
            });
        });
    }
}

criterion_group!(benches, slices, edits, frames);
criterion_main!(benches);
