//! What a hand waits for: a slice drawn by the processor, a brush stroke, a contour, undo; on a series of 300 slices of
//! 512 x 512. Floor: a slice step costs at most 16 ms on the thread that draws the window.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use egui::{Pos2, Rect, Vec2};
use hepatica::case::{Case, Identity, Operation};
use hepatica::render::{Look, Overlay, PlaneFrame, SliceView, Source, Viewport, Window, draw_slice};
use hepatica::segment::{Brush, Plane, SliceOfGrid, disc, fill, stroke};
use hepatica::volume::{Geometry, Label, Volume, Voxels};
use ndarray::Array3;

const BRUSH: Brush = Brush { radius_mm: 10.0, spacing_mm: [0.7, 0.7] };

/// An image with a liver drawn on 200 of its slices.
fn case() -> Case {
    let geometry = Geometry::axial([512, 512, 300], [0.0; 3], [0.7, 0.7, 1.25]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| ((i * 7 + j * 13 + k * 31) % 400) as i16 - 150);
    let volume = Volume::new(geometry, Voxels::I16(voxels)).unwrap();
    let mut case = Case::new(Identity::default(), Arc::new(volume));
    for index in 50..250 {
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
    let case = case();
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
    let mut case = case();
    let slice = SliceOfGrid { axis: 2, index: 150 };
    criterion.bench_function("brush stroke of 50 moves with statistics, then undone", |bencher| {
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
    criterion.bench_function("freehand contour of 2000 points, then undone", |bencher| {
        bencher.iter(|| {
            case.begin_stroke("Contour", slice);
            case.draw(&fill(&contour), Label::Lesion, Operation::Add);
            case.end_stroke();
            case.undo()
        });
    });
    let before = case.revision();
    for n in 0..200 {
        let at = [300.0 + f64::from(n % 20) * 8.0, 300.0 + f64::from(n / 20) * 16.0];
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 100 + n as usize / 4 });
        case.draw(&stroke(at, [at[0] + 20.0, at[1]], BRUSH), Label::Liver, Operation::Add);
        case.end_stroke();
    }
    let after = case.revision();
    criterion.bench_function("back over 200 brush strokes in one step, and forth again", |bencher| {
        bencher.iter(|| case.go_to(before) + case.go_to(after));
    });
    let mut empty = Case::new(Identity::default(), case.volume().clone());
    let drawn = case.label_map().clone();
    criterion.bench_function("loading a liver of 200 slices, then undone", |bencher| {
        bencher.iter(|| {
            empty.replace_labels("Load", &drawn).unwrap();
            empty.undo()
        });
    });
}

criterion_group!(benches, slices, edits);
criterion_main!(benches);
