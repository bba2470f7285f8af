//! What a reader waits for after a stroke: a whole organ proposed on 512 x 512 x 60, the image made ready, and a further stroke.
//! Floors on two cores: 3 s from the first stroke, 0.5 s from a further one.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use hepatica::base::Progress;
use hepatica::segment::{Grower, Hints};
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

const CENTRE: [f64; 3] = [130.0, 170.0, 150.0];

/// A body with an organ of 1.6 l and muscle around it, 0.75 x 0.75 x 5 mm.
fn body() -> Arc<Volume> {
    let geometry = Geometry::axial([512, 512, 60], [0.0; 3], [0.75, 0.75, 5.0]).unwrap();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let [x, y, z] = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
        let within = |c: [f64; 3], r: [f64; 3]| {
            ((x - c[0]) / r[0]).powi(2) + ((y - c[1]) / r[1]).powi(2) + ((z - c[2]) / r[2]).powi(2) < 1.0
        };
        let noise = ((i * 7 + j * 13 + k * 31) % 41) as i16 - 20;
        let hu = if within(CENTRE, [70.0, 75.0, 72.0]) {
            110
        } else if within([192.0, 192.0, 150.0], [160.0, 120.0, 400.0]) {
            if within([192.0, 192.0, 150.0], [145.0, 105.0, 400.0]) { -90 } else { 60 }
        } else {
            -1000
        };
        hu + noise
    });
    Arc::new(Volume::new(geometry, Voxels::I16(voxels)).unwrap())
}

fn grow(criterion: &mut Criterion) {
    let volume = body();
    let progress = Progress::new();
    let one = Hints::from_points(&[CENTRE], &[]);
    let two = Hints::from_points(&[CENTRE], &[[230.0, 170.0, 150.0]]);
    let mut group = criterion.benchmark_group("grow on 512 x 512 x 60");
    group.sample_size(10);
    group.bench_function("image and first stroke", |bencher| {
        bencher.iter(|| {
            let grower = Grower::prepare(volume.clone(), &progress).unwrap();
            black_box(grower.propose(&one, &progress).unwrap())
        });
    });
    let grower = Grower::prepare(volume.clone(), &progress).unwrap();
    grower.propose(&one, &progress).unwrap();
    group.bench_function("a further stroke", |bencher| {
        bencher.iter(|| black_box(grower.propose(&two, &progress).unwrap()))
    });
    group.finish();
}

criterion_group!(benches, grow);
criterion_main!(benches);
