//! Settings other than PyRadiomics' own, and images with voxels that have no number, against PyRadiomics 3.0.1:
//! `scripts/check/settings.py` made the parameter files and the references.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::radiomics::{Binning, FeatureId, Features, ImageType, Protocol, extract};

/// Sums in another order differ in the last digits; a wrong count or formula shows from the third on.
const RELATIVE: f64 = 1e-6;
/// 32 bits hold seven digits, and PyRadiomics filters in them for LoG, and for wavelets of a 32-bit image.
const RELATIVE_IN_32_BITS: f64 = 1e-4;
/// For features that are 0 but for rounding.
const ABSOLUTE: f64 = 1e-8;

/// The label that the references are of, and the one whose first voxel has no number on a sphere.
const LABEL: i32 = 1;
const BEGINS_PLAIN: i32 = 2;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/settings").join(name)
}

fn protocol(case: &str) -> Protocol {
    Protocol::from_yaml(case, &fs::read_to_string(data(&format!("{case}.yaml"))).unwrap()).unwrap()
}

/// Extracts as a case's parameter file says, from the image that its name ends in.
fn features(case: &str, label: i32, protocol: &Protocol) -> Features {
    let kind = case.rsplit('.').next().unwrap();
    let image = nifti::read_volume(&data(&format!("{kind}.nii.gz"))).unwrap().volume;
    let mask = nifti::read_mask(&data("mask.nii.gz"), Some(label), image.geometry()).unwrap().mask;
    extract(&image, &mask, protocol, &Progress::new()).unwrap()
}

fn tolerance(case: &str, id: FeatureId, expected: f64) -> f64 {
    let is_in_32_bits = match id.image {
        ImageType::Log(_) => true,
        ImageType::Wavelet(_) => case.ends_with("f32"),
        _ => false,
    };
    (if is_in_32_bits { RELATIVE_IN_32_BITS } else { RELATIVE }) * expected.abs() + ABSOLUTE
}

fn hold(case: &str) -> Features {
    let reference: BTreeMap<String, f64> =
        serde_json::from_str(&fs::read_to_string(data(&format!("{case}.json"))).unwrap()).unwrap();
    let found = features(case, LABEL, &protocol(case));
    let mut names: Vec<String> = found.values.iter().map(|(id, _)| id.to_string()).collect();
    names.sort();
    assert_eq!(names, reference.keys().cloned().collect::<Vec<_>>(), "{case}");
    let differs = |(id, value): &(FeatureId, f64)| {
        let expected = reference[&id.to_string()];
        let is_close = (value - expected).abs() <= tolerance(case, *id, expected);
        (!is_close).then(|| format!("{id}: {value} against {expected}"))
    };
    let wrong: Vec<String> = found.values.iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{case}: {} of {} differ\n{}", wrong.len(), reference.len(), wrong.join("\n"));
    found
}

#[test]
fn distances_weights_planes_and_tolerances_hold() {
    for case in ["far_and_one_way.i16", "manhattan.i16", "euclidean_in_columns.f32", "no_weighting_resampled.f32"] {
        hold(case);
    }
}

#[test]
fn a_width_too_wide_for_the_image_is_left_out() {
    let found = hold("infinity_in_rows.i16");
    for sigma in ["9.0", "40"] {
        assert!(found.warnings.iter().any(|warning| warning.contains(&format!("sigma {sigma} mm"))), "{sigma}");
    }
}

#[test]
fn later_levels_of_a_long_wavelet_hold_up_to_the_image_s_border() {
    hold("second_wavelet.i16");
}

#[test]
fn voxels_without_a_number_are_a_level_of_their_own_with_a_warning() {
    for case in ["plain_on_a_sphere.i16", "plain_on_a_sphere_wide_bins.f32", "plain_in_a_plane.f32"] {
        let found = hold(case);
        assert!(found.warnings.iter().any(|warning| warning.contains("one gray level of their own")), "{case}");
    }
}

#[test]
fn integers_have_a_number_where_their_neighbours_have_no_variance() {
    let found = hold("plain_in_a_plane_of_integers.i16");
    assert!(found.warnings.iter().all(|warning| !warning.contains("no number")));
}

#[test]
fn where_pyradiomics_fails_for_want_of_a_number_features_have_no_value() {
    let case = "plain_on_a_sphere.i16";
    let wide = protocol(case);
    for (label, protocol) in [(BEGINS_PLAIN, wide.clone()), (LABEL, wide.with_binning(Binning::BinCount(8)))] {
        let found = features(case, label, &protocol);
        for (id, value) in &found.values {
            assert_eq!(value.is_nan(), id.image == ImageType::Lbp3dKurtosis, "label {label}: {id} = {value}");
        }
        assert!(found.warnings.iter().any(|warning| warning.contains("lbp-3D-k have no value")), "label {label}");
    }
}
