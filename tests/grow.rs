//! Growing a liver from one dot on a real image, and correcting it.

use std::path::Path;
use std::sync::Arc;

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::segment::{Grower, Hints};
use hepatica::volume::Mask;

/// What one stroke must reach; the reference is a network's, which leaves out vessels that a reader may count in.
const ONE_STROKE: f64 = 0.93;

/// (column, row, slice) of dots in the right lobe's dark back, its front, the left lobe, beside a vessel and near the edge.
const DOTS: [[f64; 3]; 5] =
    [[155.0, 333.0, 13.0], [149.0, 302.0, 16.0], [174.0, 226.0, 3.0], [230.0, 225.0, 12.0], [127.0, 256.0, 3.0]];

fn dice(a: &Mask, b: &Mask) -> f64 {
    let both = a.inside().iter().zip(b.inside()).filter(|(a, b)| **a && **b).count();
    2.0 * both as f64 / (a.count() + b.count()) as f64
}

#[test]
fn one_dot_anywhere_in_the_liver_of_ts_abdomen20_finds_it_all() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/radiomics/real");
    if !real.is_dir() {
        println!("skipped: one_dot_anywhere_in_the_liver_of_ts_abdomen20_finds_it_all: ../shared is absent");
        return;
    }
    let volume = Arc::new(nifti::read_volume(&real.join("ts_liver_dicom20_image.nii.gz")).unwrap().volume);
    let geometry = *volume.geometry();
    let truth = nifti::read_mask(&real.join("ts_liver_dicom20_mask.nii.gz"), None, &geometry).unwrap().mask;
    let progress = Progress::new();
    let grower = Grower::prepare(volume, &progress).unwrap();
    for dot in DOTS {
        let hints = Hints::from_points(&[geometry.patient_from_voxel(dot)], &[]);
        let found = dice(&grower.propose(&hints, &progress).unwrap(), &truth);
        assert!(found >= ONE_STROKE, "{dot:?}: Dice {found:.3}");
    }
}
