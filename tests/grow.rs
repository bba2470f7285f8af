//! Growing a liver from one dot on a real image, as it is and with lesions in it, and correcting it.

use std::path::Path;
use std::sync::Arc;

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::segment::{Grower, Hints};
use hepatica::volume::{Mask, Volume, Voxels};
use ndarray::Array3;

/// What one stroke must reach; the reference is a network's, which leaves out vessels that a reader may count in.
const ONE_STROKE: f64 = 0.93;
/// The same in a liver without lesions.
const PLAIN: f64 = 0.96;
/// What three corrections must reach.
const CORRECTED: f64 = 0.96;

/// Lesions that are drawn into the image: (column, row, slice), radius in mm and HU below the liver. The first two lie within, the
/// others at the capsule, of which the last reaches muscle and the left lobe's tip.
const LESIONS: [([f64; 3], f64, f64); 5] = [
    ([165.0, 300.0, 8.0], 18.0, 40.0),
    ([190.0, 240.0, 15.0], 9.0, 35.0),
    ([108.0, 285.0, 6.0], 17.0, 45.0),
    ([160.0, 350.0, 12.0], 15.0, 50.0),
    ([225.0, 215.0, 5.0], 13.0, 35.0),
];
/// A vessel between two places, its radius in mm and HU above the liver.
const VESSEL: ([f64; 3], [f64; 3], f64, f64) = ([130.0, 255.0, 2.0], [205.0, 270.0, 16.0], 5.0, 70.0);

/// (column, row, slice) of dots in the right lobe's dark back, its front, the left lobe, beside a vessel and near the edge.
const DOTS: [[f64; 3]; 5] =
    [[155.0, 333.0, 13.0], [149.0, 302.0, 16.0], [174.0, 226.0, 3.0], [230.0, 225.0, 12.0], [127.0, 256.0, 3.0]];

fn dice(a: &Mask, b: &Mask) -> f64 {
    let both = a.inside().iter().zip(b.inside()).filter(|(a, b)| **a && **b).count();
    2.0 * both as f64 / (a.count() + b.count()) as f64
}

/// The image with lesions and a vessel where the liver is.
fn with_lesions(volume: &Volume, liver: &Mask) -> Volume {
    let geometry = *volume.geometry();
    let place = |voxel: [f64; 3]| geometry.patient_from_voxel(voxel);
    let between = |a: [f64; 3], b: [f64; 3]| (0..3).map(|x| (a[x] - b[x]).powi(2)).sum::<f64>().sqrt();
    let (from, to, radius, above) = VESSEL;
    let way: Vec<[f64; 3]> =
        (0..=100).map(|n| place(std::array::from_fn(|a| from[a] + (to[a] - from[a]) * f64::from(n) / 100.0))).collect();
    let voxels = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| {
        let hu = volume.voxels().at((k, j, i));
        let here = place([i as f64, j as f64, k as f64]);
        if !liver.inside()[[k, j, i]] {
            return hu as f32;
        }
        let lesion = LESIONS.iter().find(|(centre, radius, _)| between(here, place(*centre)) < *radius);
        let in_vessel = way.iter().any(|point| between(here, *point) < radius);
        let change = lesion.map_or(if in_vessel { above } else { 0.0 }, |(_, _, below)| -below);
        (hu + change) as f32
    });
    Volume::new(geometry, Voxels::F32(voxels)).unwrap()
}

/// Where a reader corrects: the voxel that lies deepest in its slice in what is missed or too much, and whether it is missed.
fn correction(got: &Mask, truth: &Mask) -> Option<([f64; 3], bool)> {
    let wrong = |missed: bool, at: [usize; 3]| truth.inside()[at] == missed && got.inside()[at] != missed;
    let mut left: Vec<(bool, Array3<bool>)> = [true, false]
        .into_iter()
        .map(|missed| (missed, Array3::from_shape_fn(got.inside().dim(), |(k, j, i)| wrong(missed, [k, j, i]))))
        .collect();
    let mut last = None;
    loop {
        let places =
            left.iter().flat_map(|(missed, set)| set.indexed_iter().map(|(at, inside)| (*missed, at, *inside)));
        let Some((missed, (k, j, i), _)) = places.into_iter().find(|(_, _, inside)| *inside) else { return last };
        last = Some((got.geometry().patient_from_voxel([i as f64, j as f64, k as f64]), missed));
        for (_, set) in &mut left {
            let (_, rows, columns) = set.dim();
            let before = set.clone();
            let is_in = |k: usize, j: usize, i: usize| j < rows && i < columns && before[[k, j, i]];
            for ((k, j, i), inside) in set.indexed_iter_mut().filter(|(_, inside)| **inside) {
                let (up, left) = (j.wrapping_sub(1), i.wrapping_sub(1));
                *inside = is_in(k, up, i) && is_in(k, j + 1, i) && is_in(k, j, left) && is_in(k, j, i + 1);
            }
        }
    }
}

/// The image of `ts_abdomen20` and its liver, unless the data are absent.
fn real(test: &str) -> Option<(Volume, Mask)> {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/radiomics/real");
    if !real.is_dir() {
        println!("skipped: {test}: ../shared is absent");
        return None;
    }
    let volume = nifti::read_volume(&real.join("ts_liver_dicom20_image.nii.gz")).unwrap().volume;
    let truth = nifti::read_mask(&real.join("ts_liver_dicom20_mask.nii.gz"), None, volume.geometry()).unwrap().mask;
    Some((volume, truth))
}

#[test]
fn one_dot_anywhere_in_the_liver_of_ts_abdomen20_finds_it_all() {
    let Some((volume, truth)) = real("one_dot_anywhere_in_the_liver_of_ts_abdomen20_finds_it_all") else { return };
    let geometry = *volume.geometry();
    let progress = Progress::new();
    let grower = Grower::prepare(Arc::new(volume), &progress).unwrap();
    for dot in DOTS {
        let hints = Hints::from_points(&[geometry.patient_from_voxel(dot)], &[]);
        let found = dice(&grower.propose(&hints, &progress).unwrap(), &truth);
        assert!(found >= PLAIN, "{dot:?}: Dice {found:.3}");
    }
}

#[test]
fn lesions_at_the_capsule_and_a_vessel_through_both_lobes_are_within_the_liver() {
    let name = "lesions_at_the_capsule_and_a_vessel_through_both_lobes_are_within_the_liver";
    let Some((volume, truth)) = real(name) else { return };
    let geometry = *volume.geometry();
    let progress = Progress::new();
    let grower = Grower::prepare(Arc::new(with_lesions(&volume, &truth)), &progress).unwrap();
    for dot in [DOTS[1], DOTS[2], DOTS[4]] {
        let mut points = (vec![geometry.patient_from_voxel(dot)], Vec::new());
        let mut found = Vec::new();
        for _ in 0..=3 {
            let got = grower.propose(&Hints::from_points(&points.0, &points.1), &progress).unwrap();
            found.push(dice(&got, &truth));
            if let Some((point, missed)) = correction(&got, &truth) {
                if missed { points.0.push(point) } else { points.1.push(point) }
            }
        }
        assert!(found[0] >= ONE_STROKE && found[3] >= CORRECTED, "{dot:?}: Dice {found:.3?}");
    }
}
