//! What proposals cost on a synthetic liver of 1.6 litres, 512 x 512 x 60 (5 mm): vessels, a lesion, the caudate lobe, and an outline
//! carried on. Floors on two cores: vessels 5 s, a lesion 500 ms, an outline 50 ms.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hepatica::base::{Progress, Stream};
use hepatica::segment::caudate::{CaudateCut, CutLine, caudate_lobe};
use hepatica::segment::lesion::{HuBand, LesionOptions, LesionSite, grow_lesion};
use hepatica::segment::vessels::{VesselOptions, propose_vessels};
use hepatica::segment::{SliceOfGrid, propagate};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;

/// An ellipsoid with five vessels of 2 to 6 mm radius, a dark lesion of 28 mm, and noise of 15 HU.
fn case() -> (Volume, Mask) {
    let geometry = Geometry::axial([512, 512, 60], [0.0; 3], [0.75, 0.75, 5.0]).unwrap();
    let mut liver = Array3::from_elem(geometry.shape(), false);
    let mut noise = Stream::new(5, 0);
    let hu = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let (x, y, z) = (i as f64 * 0.75 - 150.0, j as f64 * 0.75 - 190.0, k as f64 * 5.0 - 150.0);
        let inside = (x / 95.0).powi(2) + (y / 70.0).powi(2) + (z / 75.0).powi(2) < 1.0;
        liver[(k, j, i)] = inside;
        let vessel = (0..5)
            .map(f64::from)
            .any(|n| (y - 10.0 * n + 20.0 - x * 0.3).hypot(z + 12.0 * n - 24.0 - x * 0.4) < 2.0 + n);
        let lesion = (x - 40.0).hypot(y - 30.0).hypot(z - 10.0) < 14.0;
        let value = match inside {
            true if lesion => 60.0,
            true if vessel => 165.0,
            true => 105.0,
            false => -60.0,
        };
        (value + noise.between(-26.0, 26.0)) as i16
    });
    (Volume::new(geometry, Voxels::I16(hu)).unwrap(), Mask::new(geometry, liver).unwrap())
}

fn proposals(criterion: &mut Criterion) {
    let (volume, liver) = case();
    let progress = Progress::new();
    let mut group = criterion.benchmark_group("512 x 512 x 60");
    group.sample_size(10);
    group.bench_function("vessels", |bencher| {
        bencher.iter(|| black_box(propose_vessels(&volume, &liver, &VesselOptions::default(), &progress).unwrap()));
    });
    group.bench_function("lesion", |bencher| {
        let at = [253, 293, 32];
        bencher
            .iter(|| black_box(grow_lesion(&volume, Some(&liver), at, &LesionOptions::default(), &progress).unwrap()));
    });
    group.bench_function("lesion within another band", |bencher| {
        let options = LesionOptions::default();
        let site = LesionSite::prepare(&volume, Some(&liver), [253, 293, 32], &options, &progress).unwrap();
        let (_, HuBand { low, high }) = site.grow(None, &progress).unwrap();
        let band = Some(HuBand { low, high: high - 2.0 });
        bencher.iter(|| black_box(site.grow(band, &progress).unwrap()));
    });
    group.bench_function("caudate lobe", |bencher| {
        let line = CutLine { index: 30, points: vec![[150.0, 250.0], [200.0, 270.0], [250.0, 280.0]] };
        let cut = CaudateCut { axis: 2, line, second: None, inside: [200, 300, 30], slices: 20..=40 };
        bencher.iter(|| black_box(caudate_lobe(&liver, &cut, &progress).unwrap()));
    });
    group.bench_function("outline carried to the next slice", |bencher| {
        let [from, to] = [30, 31].map(|index| SliceOfGrid { axis: 2, index });
        let pixels = from.pixels(liver.inside(), |inside| *inside);
        bencher.iter(|| black_box(propagate(&volume, from, &pixels, to)));
    });
    group.finish();
}

criterion_group!(benches, proposals);
criterion_main!(benches);
