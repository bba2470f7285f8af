//! Image and VOI as PyRadiomics and SimpleITK prepare them, voxel by voxel: `scripts/check/prepared.py` made the references.

use std::path::{Path, PathBuf};

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::radiomics::prepare::prepare;
use hepatica::radiomics::{Interpolator, Normalize, Preparation, RadiomicsError, Resample, Resegment, ResegmentMode};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;

fn data(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder).join(format!("{name}.nii.gz"))
}

fn load(folder: &str, name: &str) -> (Volume, Mask) {
    let image = nifti::read_volume(&data(folder, &format!("{name}_image"))).unwrap().volume;
    let mask = nifti::read_mask(&data(folder, &format!("{name}_mask")), Some(1), image.geometry()).unwrap().mask;
    (image, mask)
}

/// Prepares a case and holds every voxel of image and VOI against the reference: the same number type, the same bits.
fn hold(name: &str, (image, mask): (Volume, Mask), preparation: Preparation) {
    let (expected, voi) = load("prepared", name);
    let prepared = prepare(&image, &mask, &preparation, &Progress::new()).unwrap();
    assert!(prepared.volume.geometry().same_grid(expected.geometry()).is_ok(), "{name}: another grid");
    assert_eq!(prepared.volume.integers(), expected.integers(), "{name}: another number type");
    let (slices, rows, columns) = expected.voxels().shape();
    let mut inside = Array3::from_elem((slices, rows, columns), false);
    for &place in &prepared.region.places {
        inside[prepared.region.in_volume(place)] = true;
    }
    let mut different = 0;
    for index in ndarray::indices((slices, rows, columns)) {
        different += usize::from(prepared.volume.voxels().at(index).to_bits() != expected.voxels().at(index).to_bits());
    }
    assert_eq!(different, 0, "{name}: voxels of {} differ", slices * rows * columns);
    assert_eq!(inside, *voi.inside(), "{name}: another VOI");
}

fn resampled(spacing_mm: [f64; 3], interpolator: Interpolator, pad_voxels: u32) -> Preparation {
    Preparation { resample: Some(Resample { spacing_mm, interpolator, pad_voxels }), ..Preparation::default() }
}

#[test]
fn a_spline_gives_itk_s_voxels() {
    hold("border_bspline", load("radiomics", "border"), resampled([1.0; 3], Interpolator::BSpline, 5));
    hold("oblique_bspline", load("radiomics", "oblique_f32"), resampled([2.0; 3], Interpolator::BSpline, 5));
    hold("edges_bspline", load("radiomics", "binedges_f64"), resampled([1.3, 1.7, 0.0], Interpolator::BSpline, 1));
    hold("oneslice_bspline", load("radiomics", "oneslice"), resampled([2.0; 3], Interpolator::BSpline, 3));
}

#[test]
fn bytes_end_at_0_and_255() {
    let (image, mask) = load("radiomics", "binary");
    let image = image.with_integers(0..=255);
    hold("bytes_bspline", (image, mask), resampled([1.3, 1.3, 1.5], Interpolator::BSpline, 3));
}

#[test]
fn linear_and_nearest_values_are_itk_s() {
    hold("islands_linear", load("radiomics", "islands"), resampled([2.0; 3], Interpolator::Linear, 2));
    hold("liverlike_nearest", load("radiomics", "liverlike"), resampled([4.0; 3], Interpolator::NearestNeighbor, 0));
}

#[test]
fn the_image_s_own_spacing_and_a_crop_only_cut() {
    hold("same_spacing", load("radiomics", "tiny"), resampled([1.0; 3], Interpolator::BSpline, 2));
    let crop = Preparation { crop: Some(3), ..Preparation::default() };
    hold("islands_crop", load("radiomics", "islands"), crop);
}

#[test]
fn normalized_values_are_simpleitk_s() {
    let normalize = |remove_outliers| Some(Normalize { scale: 100.0, remove_outliers });
    let whole = Preparation { normalize: normalize(Some(1.5)), ..Preparation::default() };
    hold("tiny_normalized", load("radiomics", "tiny"), whole);
    let linear = resampled([3.0; 3], Interpolator::Linear, 1);
    hold("border_normalized", load("radiomics", "border"), Preparation { normalize: normalize(None), ..linear });
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let (image, mask) = load("radiomics", "liverlike");
    let preparation = resampled([1.0; 3], Interpolator::BSpline, 5);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| prepare(&image, &mask, &preparation, &Progress::new()).unwrap().volume.into_owned())
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(16));
}

fn ramp() -> (Volume, Geometry) {
    let geometry = Geometry::axial([12, 12, 12], [0.0; 3], [1.0; 3]).unwrap();
    let values = Array3::from_shape_fn((12, 12, 12), |(k, j, i)| (100 * k + 10 * j + i) as i16);
    (Volume::new(geometry, Voxels::I16(values)).unwrap(), geometry)
}

fn cube(geometry: Geometry, from: usize, to: usize) -> Mask {
    let within = |index: usize| (from..to).contains(&index);
    let inside = Array3::from_shape_fn(geometry.shape(), |(k, j, i)| within(i) && within(j) && within(k));
    Mask::new(geometry, inside).unwrap()
}

#[test]
fn a_voi_that_falls_between_the_new_grid_s_voxels_is_refused_in_words() {
    let (volume, geometry) = ramp();
    // The new centres lie on voxels 2 and 7, and beyond the image.
    let preparation = resampled([5.0; 3], Interpolator::Linear, 0);
    let error = prepare(&volume, &cube(geometry, 4, 6), &preparation, &Progress::new()).unwrap_err();
    assert!(matches!(error, RadiomicsError::NothingLeft { .. }), "{error}");
    assert!(error.to_string().contains("finer spacing"), "{error}");
}

#[test]
fn sizes_are_checked_after_resampling_and_after_resegmentation() {
    let (volume, geometry) = ramp();
    let mask = cube(geometry, 2, 8);
    let refused = |preparation: Preparation| prepare(&volume, &mask, &preparation, &Progress::new()).unwrap_err();
    // 6 x 6 x 6 voxels become 3 x 3 x 3.
    let small = Preparation { minimum_voxels: Some(27), ..resampled([2.0; 3], Interpolator::Linear, 0) };
    assert_eq!(refused(small), RadiomicsError::TooSmall { voxels: 27, most: 27 });
    // What is from 222 to 229 lies in one row.
    let range = Resegment { low: 222.0, high: Some(229.0), mode: ResegmentMode::Absolute, shape: false };
    let thin = Preparation { resegment: Some(range), ..Preparation::default() };
    assert_eq!(refused(thin), RadiomicsError::TooThin { voxels: 6, least: 2 });
}

#[test]
fn a_value_that_is_no_number_near_the_voi_is_named_by_its_place_in_the_image() {
    let (_, geometry) = ramp();
    let mut values = Array3::from_elem((12, 12, 12), 1.0f32);
    values[(1, 10, 11)] = f32::NAN;
    let volume = Volume::new(geometry, Voxels::F32(values)).unwrap();
    let preparation = resampled([2.0; 3], Interpolator::BSpline, 0);
    let error = prepare(&volume, &cube(geometry, 4, 8), &preparation, &Progress::new()).unwrap_err();
    assert_eq!(error, RadiomicsError::NotFinite { slice: 1, row: 10, column: 11 });
}

#[test]
fn preparation_can_be_cancelled() {
    let (volume, geometry) = ramp();
    let progress = Progress::new();
    progress.cancel();
    let preparation = resampled([2.0; 3], Interpolator::BSpline, 0);
    let error = prepare(&volume, &cube(geometry, 4, 8), &preparation, &progress).unwrap_err();
    assert!(matches!(error, RadiomicsError::Cancelled(_)));
}
