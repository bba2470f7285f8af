//! A simple abdomen for benchmarks of what is done with a whole drawn liver.

use hepatica::base::Stream;
use hepatica::volume::{Geometry, Label, LabelMap, Volume, Voxels};
use ndarray::Array3;
use rayon::prelude::*;

/// A liver of 1.6 litres with vessels of 4 to 12 mm, lesions and a caudate lobe, and its image of 512 x 512 pixels with noise of 15 HU, in
/// which two places look like no liver and are not drawn.
pub fn abdomen(slices: usize, slice_mm: f64) -> (Volume, LabelMap) {
    let geometry = Geometry::axial([512, 512, slices], [0.0; 3], [0.75, 0.75, slice_mm]).unwrap();
    let mut bits = Array3::<u8>::zeros(geometry.shape());
    let mut hu = Array3::<i16>::zeros(geometry.shape());
    let middle = slices as f64 * slice_mm / 2.0;
    let planes = bits.outer_iter_mut().into_par_iter().zip(hu.outer_iter_mut()).enumerate();
    planes.for_each(|(k, (mut bits, mut hu))| {
        let mut noise = Stream::new(5, k as u64);
        let z = k as f64 * slice_mm - middle;
        for ((j, i), bits) in bits.indexed_iter_mut() {
            let (x, y) = (i as f64 * 0.75 - 150.0, j as f64 * 0.75 - 190.0);
            let wave = 1.0 + 0.08 * (x / 17.0).sin() + 0.06 * (y / 13.0 + z / 21.0).sin();
            let ball = |centre: [f64; 3], r: f64| (x - centre[0]).hypot(y - centre[1]).hypot(z - centre[2]) < r;
            let mut value = -60.0;
            if (x / 95.0).powi(2) + (y / 70.0).powi(2) + (z / 75.0).powi(2) < wave {
                *bits |= Label::Liver.bit();
                value = 105.0;
            }
            let vessel = (0..5).any(|n| {
                let n = f64::from(n);
                (y - 10.0 * n + 20.0 - x * 0.3).hypot(z + 12.0 * n - 24.0 - x * 0.4) < 2.0 + n
            });
            if vessel {
                *bits |= Label::Vessel.bit();
                value = 170.0;
            }
            if ball([40.0, 20.0, 10.0], 14.0) || ball([-50.0, -10.0, -20.0], 9.0) {
                *bits |= Label::Lesion.bit();
                value = 60.0;
            }
            if ball([0.0, 45.0, 20.0], 18.0) {
                *bits |= Label::Caudate.bit();
            }
            // One of each that was not drawn.
            if ball([55.0, -15.0, -30.0], 8.0) {
                value = 60.0;
            }
            if ball([-30.0, 30.0, 10.0], 6.0) {
                value = 165.0;
            }
            hu[(j, i)] = (value + noise.between(-26.0, 26.0)) as i16;
        }
    });
    (Volume::new(geometry, Voxels::I16(hu)).unwrap(), LabelMap::from_bits(geometry, bits).unwrap())
}
