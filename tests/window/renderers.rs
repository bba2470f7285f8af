//! What every renderer shows of the same image.

use std::time::{Duration, Instant};

use hepatica::exchange::nifti;
use hepatica::volume::{Geometry, Volume, Voxels};
use ndarray::Array3;

use super::hand::{PATIENCE, Window};
use super::screen::has_screen;

/// Grey values of one renderer and another may differ by rounding.
const ROUNDING: f64 = 2.0;

#[test]
fn every_renderer_shows_the_same_grey() {
    if !has_screen("every_renderer_shows_the_same_grey") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.nii.gz");
    let geometry = Geometry::axial([64, 64, 20], [0.0; 3], [5.0, 5.0, 10.0]).unwrap();
    // 100 HU are 175 / 250 of the liver's window from -75 to 175 HU.
    let volume = Volume::new(geometry, Voxels::I16(Array3::from_elem(geometry.shape(), 100))).unwrap();
    nifti::write_volume(&path, &volume, false).unwrap();
    let expected = 255.0 * 175.0 / 250.0;
    for renderer in ["wgpu", "glow", "cpu"] {
        let window = Window::open(&["--renderer", renderer, path.to_str().unwrap()]);
        let begun = Instant::now();
        // The picture is on screen some frames after the image is there.
        while (window.grey(400, 350) - expected).abs() > ROUNDING {
            let found = window.grey(400, 350);
            assert!(begun.elapsed() < PATIENCE, "{renderer} shows {found} instead of {expected}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
