//! What follows the pointer on a slice of 512 x 512, of every pen: at most 4 ms each. What ends a stroke: at most 50 ms.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hepatica::segment::{
    Brush, Contour, EdgeBrush, Livewire, Nudge, Pixels, SliceImage, SliceOfGrid, ball_stroke, correct, disc, fill,
    outlines, stroke,
};
use hepatica::volume::{Geometry, Label, LabelMap, Volume, Voxels};
use ndarray::Array3;

const SIZE: [usize; 2] = [512, 512];
const SPACING: [f64; 2] = [0.7, 0.7];
const SLICE: SliceOfGrid = SliceOfGrid { axis: 2, index: 32 };

/// An outline of a liver's size with as many points as a freehand contour has.
fn outline(n: usize) -> Vec<[f64; 2]> {
    let angles = (0..n).map(|k| k as f64 / n as f64 * std::f64::consts::TAU);
    angles.map(|t| [200.0 + 110.0 * t.cos(), 230.0 + (80.0 + 15.0 * (5.0 * t).sin()) * t.sin()]).collect()
}

/// A liver of 110 HU in 60 HU with vessels of 160 HU and noise of 12 HU.
fn image() -> SliceImage {
    let liver = fill(&outline(400));
    let vessels: Vec<Pixels> = (0..12)
        .map(|n| {
            disc([130.0 + 12.0 * n as f64, 200.0 + (n * 37 % 60) as f64], Brush { radius_mm: 2.5, spacing_mm: SPACING })
        })
        .collect();
    let mut state = 1u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let values = (0..SIZE[0] * SIZE[1]).map(|n| ((n % SIZE[0]) as i64, (n / SIZE[0]) as i64)).map(|(a, b)| {
        let is_vessel = vessels.iter().any(|vessel| vessel.contains(a, b));
        let tissue = if is_vessel {
            160.0
        } else if liver.contains(a, b) {
            110.0
        } else {
            60.0
        };
        tissue + 42.0 * noise()
    });
    SliceImage::new(values.collect(), SIZE, SPACING).unwrap()
}

fn brushes(criterion: &mut Criterion) {
    let image = image();
    let geometry = Geometry::axial([512, 512, 64], [0.0; 3], [0.7, 0.7, 1.25]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(_, j, i)| image.at(i as i64, j as i64).unwrap() as i16);
    let volume = Volume::new(geometry, Voxels::I16(voxels)).unwrap();
    let drawn =
        Array3::from_shape_fn(geometry.shape(), |(_, j, i)| u8::from(i / 40 % 3 == j / 30 % 3) * Label::Lesion.bit());
    let map = LabelMap::from_bits(geometry, drawn).unwrap();
    let filtered = |pixels: &Pixels, slice| {
        pixels.within_hu(&volume, &(0.0..=150.0), slice).outside_labels(&map, &[Label::Lesion, Label::Vessel], slice)
    };
    for radius_mm in [10.0, 30.0] {
        let (from, to) = ([280.0, 230.0], [292.0, 236.0]);
        let brush = Brush { radius_mm, spacing_mm: SPACING };
        criterion.bench_function(
            &format!("brush step of {radius_mm} mm, in a range of HU, around a locked label"),
            |bencher| {
                bencher.iter(|| filtered(&stroke(from, to, black_box(brush)), SLICE));
            },
        );
        criterion.bench_function(&format!("first edge-aware brush step of {radius_mm} mm"), |bencher| {
            let fresh = EdgeBrush::new(image.clone());
            bencher.iter_batched_ref(
                || fresh.clone(),
                |brush| brush.stroke(from, to, radius_mm),
                BatchSize::LargeInput,
            );
        });
        criterion.bench_function(&format!("quick edge-aware brush step of {radius_mm} mm over 70 mm"), |bencher| {
            let fresh = EdgeBrush::new(image.clone());
            let moved = |brush: &mut EdgeBrush| brush.stroke([150.0, 230.0], [250.0, 230.0], radius_mm);
            bencher.iter_batched_ref(|| fresh.clone(), moved, BatchSize::LargeInput);
        });
        criterion.bench_function(
            &format!("ball step of {radius_mm} mm, in a range of HU, around a locked label"),
            |bencher| {
                bencher.iter(|| {
                    let slices = ball_stroke(SLICE, from, to, black_box(radius_mm), &geometry);
                    slices.iter().map(|(slice, pixels)| filtered(pixels, *slice).count()).sum::<usize>()
                });
            },
        );
    }
    criterion.bench_function("edge-aware brush taken up", |bencher| {
        bencher.iter_batched(|| image.clone(), EdgeBrush::new, BatchSize::LargeInput);
    });
}

fn contours(criterion: &mut Criterion) {
    let region = fill(&outline(400)).minus(&disc([180.0, 220.0], Brush { radius_mm: 5.0, spacing_mm: SPACING }));
    criterion.bench_function("freehand contour of 2000 points closed and accepted", |bencher| {
        let drawn = Contour { slice: SLICE, vertices: outline(2000), is_closed: false };
        bencher.iter_batched(
            || drawn.clone(),
            |mut contour| {
                contour.close_freehand();
                contour.pixels()
            },
            BatchSize::SmallInput,
        );
    });
    criterion
        .bench_function("drawn liver picked up as outlines", |bencher| bencher.iter(|| outlines(black_box(&region))));
    let bump: Vec<[f64; 2]> =
        (0..200).map(|n| n as f64 / 200.0 * 3.1).map(|t| [200.0 + 90.0 * t.cos(), 290.0 + 60.0 * t.sin()]).collect();
    let across: Vec<[f64; 2]> = (0..200).map(|n| [70.0 + 1.4 * n as f64, 250.0]).collect();
    for (name, stroke) in [("extend by", bump), ("cut by", across)] {
        criterion.bench_function(&format!("{name} a stroke of 200 points"), |bencher| {
            bencher.iter(|| correct(black_box(&region), &stroke, SPACING, false));
        });
    }
    for radius_mm in [10.0, 30.0] {
        criterion.bench_function(&format!("nudge step of {radius_mm} mm with its pixels"), |bencher| {
            let mut begun = Nudge::begin(region.clone(), Brush { radius_mm, spacing_mm: SPACING });
            begun.push([280.0, 230.0], [290.0, 231.0]);
            let step = |nudge: &mut Nudge| {
                nudge.push([290.0, 231.0], [300.0, 231.0]);
                nudge.pixels()
            };
            bencher.iter_batched_ref(|| begun.clone(), step, BatchSize::SmallInput);
        });
    }
}

fn livewire(criterion: &mut Criterion) {
    let image = image();
    let shown = -75.0..=175.0;
    criterion.bench_function("livewire taken up on a slice", |bencher| {
        bencher.iter(|| Livewire::new(black_box(&image), &shown))
    });
    let fresh = Livewire::new(&image, &shown);
    let anchor = [310.0, 230.0];
    criterion.bench_function("livewire click", |bencher| {
        let mut wire = fresh.clone();
        bencher.iter(|| wire.set_anchor(black_box(anchor)));
    });
    let mut clicked = fresh.clone();
    clicked.set_anchor(anchor);
    criterion.bench_function("livewire path to the farthest corner at once", |bencher| {
        bencher.iter_batched_ref(|| clicked.clone(), |wire| wire.path_to([182.0, 102.0]), BatchSize::LargeInput);
    });
    criterion.bench_function("livewire path, the pointer 8 pixels on", |bencher| {
        let mut followed = clicked.clone();
        followed.path_to([290.0, 280.0]);
        bencher.iter_batched_ref(|| followed.clone(), |wire| wire.path_to([285.0, 287.0]), BatchSize::LargeInput);
    });
}

criterion_group!(benches, brushes, contours, livewire);
criterion_main!(benches);
