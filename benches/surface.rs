//! What the surface view costs: the surfaces of a liver of 1.6 litres with vessels on 512 x 512 x 60 and x 500, and pictures of them
//! on one core. Floors: surfaces are made beside the window; a picture that turns takes 8 ms at 300 000 places, one at rest 50 ms.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hepatica::base::Progress;
use hepatica::render::{Overlay, SurfaceCamera, SurfaceRaster, SurfaceScene};
use hepatica::segment::surface::surfaces;
use hepatica::volume::{Geometry, Label, LabelMap};
use ndarray::Array3;

/// A lobed ellipsoid with twelve vessels of 1.5 to 5 mm radius that wind through it, a lesion and a caudate lobe.
fn drawn(n_slices: usize) -> LabelMap {
    let step = 300.0 / n_slices as f64;
    let geometry = Geometry::axial([512, 512, n_slices], [0.0; 3], [0.75, 0.75, step]).unwrap();
    let bits = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let (x, y, z) = (i as f64 * 0.75 - 150.0, j as f64 * 0.75 - 190.0, k as f64 * step - 150.0);
        let lobes = 1.0 + 0.08 * (x / 14.0).sin() * (z / 17.0).cos();
        if (x / 95.0).powi(2) + (y / 70.0).powi(2) + (z / 75.0).powi(2) > lobes {
            return 0;
        }
        let vessel = (0..12).map(f64::from).any(|n| {
            let (a, b) = (20.0 * (x / 30.0 + n).sin() + 8.0 * n - 44.0, 25.0 * (x / 40.0 - n).cos());
            (y - a).hypot(z - b) < 1.5 + 0.3 * n
        });
        let ball = |x: f64, y: f64, z: f64, radius: f64| x.hypot(y).hypot(z) < radius;
        Label::Liver.bit()
            | (u8::from(vessel) * Label::Vessel.bit())
            | (u8::from(ball(x - 40.0, y - 30.0, z - 10.0, 14.0)) * Label::Lesion.bit())
            | (u8::from(ball(x + 10.0, y - 50.0, z, 25.0)) * Label::Caudate.bit())
    });
    LabelMap::from_bits(geometry, bits).unwrap()
}

fn surface(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("surfaces");
    group.sample_size(10);
    let [few, many] = [60, 500].map(drawn);
    let progress = Progress::new();
    for (map, name) in [(&few, "512 x 512 x 60"), (&many, "512 x 512 x 500")] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(surfaces(map, &progress).unwrap())));
    }
    let made = surfaces(&few, &progress).unwrap();
    let overlay = Overlay::default();
    let mut raster = SurfaceRaster::default();
    for (size, samples, name) in [
        ([600, 500], 1, "300 000 pixels"),
        ([280, 330], 2, "92 400 pixels, four places each"),
        ([1000, 750], 2, "750 000 pixels, four places each"),
    ] {
        let mut camera = SurfaceCamera::default();
        group.bench_function(format!("a picture of {} triangles, {name}", made.n_triangles()), |bencher| {
            bencher.iter(|| {
                camera = camera.turned(3.0, 0.0);
                black_box(raster.draw(&SurfaceScene { surfaces: &made, camera, overlay: &overlay }, size, samples))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, surface);
criterion_main!(benches);
