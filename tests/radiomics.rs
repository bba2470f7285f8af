//! Features against PyRadiomics 3.0.1: eleven synthetic cases in every run, six real ones where `../shared` is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::radiomics::{
    Binning, FeatureChoice, FeatureClass, FeatureId, Features, Filter, ImageType, Interpolator, Protocol,
    RadiomicsError, Resample, Resegment, ResegmentMode, extract,
};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;

/// Sums in another order and another library's logarithm differ in the last digits; a wrong count or formula shows from the
/// third on. The same tolerance decides whether two runs of PyRadiomics on two systems agree.
const RELATIVE: f64 = 1e-6;
/// PyRadiomics filters in 32 bits for LoG, and a 32-bit image's wavelets too: where a value lies within their rounding of a
/// bin's edge, one voxel may fall on either side of it.
const RELATIVE_LOG: f64 = 1e-4;
const RELATIVE_WAVELET_F32: f64 = 1e-3;
/// Samples of a spline that fall within rounding of the centre's value may count or not.
const RELATIVE_LBP: f64 = 1e-3;
/// A resampled integer loses its fraction: where a spline's sum is a whole number but for the last bit, one voxel may differ by
/// 1, and its gray level with it.
const RELATIVE_RESAMPLED: f64 = 1e-3;
const RELATIVE_LBP_RESAMPLED: f64 = 1e-2;
/// For features that are 0 but for rounding.
const ABSOLUTE: f64 = 1e-8;

/// Cases in which many voxels of a derived image lie exactly on a bin's edge, where the last bit decides: there the original
/// image must hold and everything be finite.
const ON_EDGES: [&str; 4] = ["flat", "binary", "widerange", "binedges_f64"];
/// Cases whose image has 32-bit floats.
const F32: [&str; 3] = ["sts001", "ibsi1ct", "oblique_f32"];

const SYNTHETIC: [&str; 11] = [
    "binary",
    "binedges_f64",
    "border",
    "flat",
    "full",
    "islands",
    "liverlike",
    "oblique_f32",
    "oneslice",
    "tiny",
    "widerange",
];
const REAL: [&str; 6] = ["brain1", "breast1", "ibsi1ct", "sts001", "ts_liver_3mm", "ts_liver_dicom20"];

struct Case {
    folder: PathBuf,
    name: &'static str,
}

impl Case {
    fn synthetic(name: &'static str) -> Self {
        Self { folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/radiomics"), name }
    }

    fn load(&self) -> (Volume, Mask) {
        let image = nifti::read_volume(&self.folder.join(format!("{}_image.nii.gz", self.name))).unwrap().volume;
        let mask = self.folder.join(format!("{}_mask.nii.gz", self.name));
        let mask = nifti::read_mask(&mask, Some(1), image.geometry()).unwrap().mask;
        (image, mask)
    }

    fn reference(&self, variant: &str) -> BTreeMap<String, f64> {
        let text = std::fs::read_to_string(self.folder.join(format!("{}.{variant}.json", self.name))).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn extract(&self, protocol: &Protocol) -> Features {
        let (image, mask) = self.load();
        extract(&image, &mask, protocol, &Progress::new()).unwrap()
    }

    /// The tolerance for an image type; none where values only must be finite.
    fn relative(&self, image: ImageType) -> Option<f64> {
        match image {
            ImageType::Original => Some(RELATIVE),
            _ if ON_EDGES.contains(&self.name) => None,
            ImageType::Log(_) => Some(RELATIVE_LOG),
            ImageType::Wavelet(_) if F32.contains(&self.name) => Some(RELATIVE_WAVELET_F32),
            ImageType::Wavelet(_) => Some(RELATIVE),
            _ => Some(RELATIVE_LBP),
        }
    }

    /// The tolerance where the protocol resamples.
    fn relative_resampled(&self, image: ImageType) -> Option<f64> {
        let least = match image {
            ImageType::Lbp3dLevel(_) | ImageType::Lbp3dKurtosis => RELATIVE_LBP_RESAMPLED,
            _ => RELATIVE_RESAMPLED,
        };
        self.relative(image).map(|relative| relative.max(least))
    }

    fn hold(&self, variant: &str, protocol: &Protocol) {
        let is_resampled = protocol.preparation.resample.is_some();
        let reference = self.reference(variant);
        let mine = self.extract(protocol);
        assert_eq!(mine.values.len(), reference.len(), "{} {variant}", self.name);
        let wrong: Vec<String> = mine
            .values
            .iter()
            .filter_map(|(id, value)| {
                let expected = reference[&id.to_string()];
                let relative = if is_resampled { self.relative_resampled(id.image) } else { self.relative(id.image) };
                let holds = match relative {
                    Some(relative) => (value - expected).abs() <= relative * expected.abs() + ABSOLUTE,
                    None => value.is_finite(),
                };
                (!holds).then(|| format!("{id}: {value} against {expected}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{} {variant}: {} features differ\n{}", self.name, wrong.len(), wrong.join("\n"));
    }
}

fn native() -> Protocol {
    Protocol::liang2022()
}

#[test]
fn synthetic_cases_hold_with_bins_of_25() {
    for name in SYNTHETIC {
        Case::synthetic(name).hold("native", &native());
    }
}

#[test]
fn synthetic_cases_hold_with_32_bins() {
    let protocol = native().with_binning(Binning::BinCount(32));
    for name in SYNTHETIC {
        Case::synthetic(name).hold("bincount32", &protocol);
    }
}

#[test]
fn synthetic_cases_hold_when_resegmented() {
    let range = Resegment { low: -100.0, high: Some(200.0), mode: ResegmentMode::Absolute, shape: false };
    let mut protocol = native();
    protocol.preparation.resegment = Some(range);
    for name in SYNTHETIC {
        Case::synthetic(name).hold("reseg", &protocol);
    }
}

fn on_1_mm() -> Protocol {
    let mut protocol = native();
    protocol.preparation.resample =
        Some(Resample { spacing_mm: [1.0; 3], interpolator: Interpolator::BSpline, pad_voxels: 5 });
    protocol
}

#[test]
fn synthetic_cases_hold_on_a_grid_of_1_mm() {
    for name in SYNTHETIC {
        Case::synthetic(name).hold("iso1mm", &on_1_mm());
    }
}

/// The cases of real patients, which are not part of the project.
fn hold_real(test: &str, variant: &str, protocol: &Protocol) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/radiomics/real");
    if !folder.is_dir() {
        println!("skipped: {test}: ../shared is absent");
        return;
    }
    for name in REAL {
        Case { folder: folder.clone(), name }.hold(variant, protocol);
    }
}

#[test]
fn the_1316_names_are_pyradiomics_and_round_trip() {
    let case = Case::synthetic("liverlike");
    let names: Vec<String> = case.reference("native").into_keys().collect();
    assert_eq!(names.len(), 1316);
    for name in &names {
        assert_eq!(name.parse::<FeatureId>().map(|id| id.to_string()).as_ref(), Ok(name));
    }
    let mut extracted: Vec<String> = case.extract(&native()).values.iter().map(|(id, _)| id.to_string()).collect();
    extracted.sort();
    assert_eq!(extracted, names);
}

#[test]
fn real_cases_hold_with_bins_of_25() {
    hold_real("real_cases_hold_with_bins_of_25", "native", &native());
}

#[test]
fn real_cases_hold_on_a_grid_of_1_mm() {
    hold_real("real_cases_hold_on_a_grid_of_1_mm", "iso1mm", &on_1_mm());
}

#[test]
fn every_class_has_reference_values() {
    let reference = Case::synthetic("liverlike").reference("native");
    for class in FeatureClass::ALL {
        let prefix = format!("original_{}_", class.as_str());
        assert!(reference.keys().any(|name| name.starts_with(&prefix)), "no reference for {prefix}");
    }
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let bits = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let features = pool.install(|| Case::synthetic("liverlike").extract(&native()));
        features.values.iter().map(|(_, value)| value.to_bits()).collect::<Vec<u64>>()
    };
    let one = bits(1);
    assert_eq!(one, bits(2));
    assert_eq!(one, bits(16));
}

fn cube(side: usize) -> (Volume, Geometry) {
    let geometry = Geometry::axial([side; 3], [0.0; 3], [1.0; 3]).unwrap();
    let values = Array3::from_shape_fn((side, side, side), |(k, j, i)| (17 * i + 31 * j + 7 * k) as f32);
    (Volume::new(geometry, Voxels::F32(values)).unwrap(), geometry)
}

fn refusal(volume: &Volume, inside: Array3<bool>, geometry: Geometry) -> RadiomicsError {
    let mask = Mask::new(geometry, inside).unwrap();
    extract(volume, &mask, &native(), &Progress::new()).unwrap_err()
}

#[test]
fn an_empty_voi_is_refused() {
    let (volume, geometry) = cube(4);
    let error = refusal(&volume, Array3::from_elem((4, 4, 4), false), geometry);
    assert_eq!(error, RadiomicsError::EmptyVoi);
}

#[test]
fn one_voxel_is_refused() {
    let (volume, geometry) = cube(4);
    let mut inside = Array3::from_elem((4, 4, 4), false);
    inside[(1, 1, 1)] = true;
    assert!(matches!(refusal(&volume, inside, geometry), RadiomicsError::TooThin { voxels: 1, .. }));
}

#[test]
fn a_voi_on_another_grid_is_refused_with_the_difference() {
    let (volume, _) = cube(4);
    let moved = Geometry::axial([4; 3], [0.0, 0.0, 2.5], [1.0; 3]).unwrap();
    let error = refusal(&volume, Array3::from_elem((4, 4, 4), true), moved);
    assert!(error.to_string().contains("2.500 mm"), "{error}");
}

#[test]
fn a_value_that_is_no_number_is_refused_with_its_place() {
    let (_, geometry) = cube(4);
    let mut values = Array3::from_elem((4, 4, 4), 1.0f32);
    values[(1, 2, 3)] = f32::NAN;
    let volume = Volume::new(geometry, Voxels::F32(values)).unwrap();
    let error = refusal(&volume, Array3::from_elem((4, 4, 4), true), geometry);
    assert_eq!(error, RadiomicsError::NotFinite { slice: 1, row: 2, column: 3 });
}

#[test]
fn a_filter_that_gives_no_number_is_named_and_not_the_image() {
    let (_, geometry) = cube(6);
    // The logarithm of an image of zeros is scaled by 0 / ln 1.
    let volume = Volume::new(geometry, Voxels::F32(Array3::zeros((6, 6, 6)))).unwrap();
    let mask = Mask::new(geometry, Array3::from_elem((6, 6, 6), true)).unwrap();
    let protocol = Protocol::of_filters("logarithm", vec![Filter::Logarithm]);
    let error = extract(&volume, &mask, &protocol, &Progress::new()).unwrap_err();
    assert!(matches!(error, RadiomicsError::NotFiniteDerived { filter: "Logarithm", .. }), "{error}");
}

/// A cube of ten a side without a number at one voxel, and a VOI in the middle of it, from 3 to 6 along each axis.
fn lacking(voxel: [usize; 3]) -> (Volume, Mask) {
    let (_, geometry) = cube(10);
    let mut values = Array3::from_shape_fn((10, 10, 10), |(k, j, i)| ((17 * i + 31 * j + 7 * k * k) % 83) as f32);
    values[voxel] = f32::NAN;
    let inside = Array3::from_shape_fn((10, 10, 10), |(k, j, i)| [k, j, i].iter().all(|index| (3..7).contains(index)));
    (Volume::new(geometry, Voxels::F32(values)).unwrap(), Mask::new(geometry, inside).unwrap())
}

/// A protocol of one image type as a parameter file writes it.
fn of_type(image_type: &str) -> Protocol {
    Protocol::from_yaml("one", &format!("imageType:\n  {image_type}\n")).unwrap()
}

#[test]
fn a_voxel_without_a_number_that_a_filter_reads_is_named_with_the_filter() {
    let (volume, mask) = lacking([4, 2, 4]);
    for image_type in [
        "LoG: {sigma: [2.0]}",
        "Wavelet: {}",
        "LBP3D: {}",
        "Square: {}",
        "SquareRoot: {}",
        "Logarithm: {}",
        "Exponential: {}",
        "Gradient: {}",
    ] {
        let error = extract(&volume, &mask, &of_type(image_type), &Progress::new()).unwrap_err();
        let filter = image_type.split(':').next().unwrap();
        let sentence =
            format!("the {filter} image cannot be made: the image has no number at slice 4, row 2, column 4");
        assert!(error.to_string().starts_with(&sentence), "{image_type}: {error}");
    }
}

#[test]
fn a_voxel_without_a_number_beyond_a_filter_s_reach_changes_nothing() {
    let (volume, mask) = lacking([4, 1, 4]);
    let (whole, _) = lacking([0, 0, 0]);
    for image_type in ["Gradient: {}", "Wavelet: {wavelet: haar}", "LBP2D: {}"] {
        let of = |volume| extract(volume, &mask, &of_type(image_type), &Progress::new()).unwrap();
        assert_eq!(of(&volume), of(&whole), "{image_type}");
    }
}

#[test]
fn patterns_in_a_plane_go_on_without_a_number_and_say_so() {
    let (volume, mask) = lacking([4, 2, 4]);
    let features = extract(&volume, &mask, &of_type("LBP2D: {}"), &Progress::new()).unwrap();
    let said = features.warnings.iter().any(|warning| warning.starts_with("lbp-2D: around 3 voxels of the VOI"));
    assert!(said, "{:?}", features.warnings);
}

#[test]
fn a_place_in_a_cropped_image_is_named_as_in_the_image() {
    let (volume, mask) = lacking([4, 2, 4]);
    let mut protocol = of_type("Gradient: {}");
    protocol.preparation.crop = Some(1);
    let error = extract(&volume, &mask, &protocol, &Progress::new()).unwrap_err();
    assert_eq!(error, RadiomicsError::NotFiniteAround { filter: "Gradient", slice: 4, row: 2, column: 4 });
}

#[test]
fn a_sphere_that_reaches_beyond_memory_is_refused() {
    let (volume, mask) = lacking([0, 0, 0]);
    let error = extract(&volume, &mask, &of_type("LBP3D: {lbp3DIcosphereRadius: 1000}"), &Progress::new()).unwrap_err();
    assert_eq!(error, RadiomicsError::TooFar { shape: [2008; 3], most: 1 << 31 });
}

fn of_classes(filters: Vec<Filter>, classes: &[FeatureClass]) -> Protocol {
    let mut protocol = Protocol::of_filters("some", filters);
    protocol.features = FeatureChoice::none();
    classes.iter().for_each(|&class| protocol.features.add(class, None).unwrap());
    protocol
}

#[test]
fn first_order_has_any_number_of_gray_levels_and_textures_name_the_image_that_has_too_many() {
    let (volume, mask) = Case::synthetic("widerange").load();
    let wavelet = Filter::Wavelet { wavelet: "coif1".to_owned(), start_level: 0, level: 1 };
    let of = |classes: &[FeatureClass]| {
        let protocol = of_classes(vec![wavelet.clone()], classes).with_binning(Binning::BinWidth(1e-4));
        extract(&volume, &mask, &protocol, &Progress::new())
    };
    let first_order = of(&[FeatureClass::FirstOrder]).unwrap();
    assert_eq!(first_order.values.len(), 8 * 18);
    assert!(first_order.values.iter().all(|(_, value)| value.is_finite()));
    assert!(first_order.diagnostics.n_gray_levels > 2_000, "{}", first_order.diagnostics.n_gray_levels);
    let error = of(&[FeatureClass::FirstOrder, FeatureClass::Glszm]).unwrap_err().to_string();
    assert!(error.starts_with("the wavelet-") && error.contains("gray levels"), "{error}");
}

#[test]
fn first_order_alone_is_first_order_among_all() {
    let case = Case::synthetic("liverlike");
    let all = case.extract(&native());
    let images = native().images;
    let mut alone = of_classes(Vec::new(), &[FeatureClass::FirstOrder]);
    alone.images = images;
    let alone = case.extract(&alone);
    let among: Vec<_> = all.values.into_iter().filter(|(id, _)| id.class == FeatureClass::FirstOrder).collect();
    assert_eq!(alone.values, among);
    assert_eq!(alone.diagnostics.n_gray_levels, all.diagnostics.n_gray_levels);
}

#[test]
fn shape_alone_looks_at_no_derived_image() {
    let (volume, mask) = lacking([4, 2, 4]);
    let shape = of_classes(vec![Filter::Logarithm], &[FeatureClass::Shape]);
    assert_eq!(extract(&volume, &mask, &shape, &Progress::new()).unwrap().values.len(), 14);
}

#[test]
fn extraction_can_be_cancelled() {
    let (volume, geometry) = cube(8);
    let mask = Mask::new(geometry, Array3::from_elem((8, 8, 8), true)).unwrap();
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(extract(&volume, &mask, &native(), &progress), Err(RadiomicsError::Cancelled(_))));
}
