//! Parameter files of the shapes that are found in the wild, and what is refused of them.

use super::*;
use crate::radiomics::feature_id::FeatureClass;
use crate::radiomics::filter::{Circle, Filter, PatternNumber};
use crate::radiomics::protocol::{
    Binning, Interpolator, Normalize, Resample, Resegment, ResegmentMode, TextureSettings, Weighting,
};

fn read(text: &str) -> Protocol {
    Protocol::from_yaml("test", text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

fn refused(text: &str) -> String {
    Protocol::from_yaml("test", text).unwrap_err().to_string()
}

/// A first file: most settings left empty.
const FIRST: &str = "\
# settings first, some of them empty
setting:
  binWidth: 25
  label: 1
  interpolator: 'sitkBSpline' # decides nothing by itself
  resampledPixelSpacing: # no resampling
  weightingNorm:
imageType:
  Original: {}
featureClass:
  shape:
  firstorder: []
  glcm:
    - 'Autocorrelation'
    - JointEntropy
  gldm:
";

/// CT on a common grid.
const CT: &str = "\
imageType:
  Original: {}
  LoG:
    sigma: [1.0, 2, 5.0]  # widths
  Wavelet: {}
featureClass:
  firstorder:
  glszm:
setting:
  #normalize: true
  interpolator: 'sitkBSpline'
  resampledPixelSpacing: [1, 1, 3.5]
  padDistance: 10
  binWidth: 25
  voxelArrayShift: 1000
  label: 1
";

/// MR in planes, cropped and normalized.
const MR: &str = "\
imageType:
  Original: {}
  Wavelet: {}
featureClass:
  glcm:
setting:
  normalize: true
  normalizeScale: 100
  removeOutliers: 3
  preCrop: true
  force2D: true
  force2Ddimension: 0
  binWidth: 5
  voxelArrayShift: 300
";

/// Settings of single image types before those for all.
const OWN: &str = "\
imageType:
  Original:
    binCount: 32
  LBP2D:
    binWidth: 1
    force2Ddimension: 2
    lbp2DRadius: 1.5
    lbp2DSamples: 9
    lbp2DMethod: var
  LBP3D: {binWidth: 0.5, lbp3DLevels: 3, lbp3DIcosphereRadius: 2, lbp3DIcosphereSubdivision: 0}
  Wavelet: {wavelet: db2, start_level: 1, level: 2, force2D: true, force2Ddimension: 1}
  Gradient: {gradientUseSpacing: false}
  Square: {}
  SquareRoot: {}
  Logarithm: {}
  Exponential: {}
featureClass:
  ngtdm: []
setting:
  binWidth: 10
  distances: [1, 3]
  weightingNorm: euclidean
  symmetricalGLCM: false
  gldm_a: 1
  resegmentRange: [3, -3]
  resegmentMode: sigma
  resegmentShape: true
  minimumROIDimensions: 3
  minimumROISize: 50
  additionalInfo: false
";

#[test]
fn a_file_of_empty_settings_is_what_pyradiomics_does_anyway() {
    let protocol = read(FIRST);
    let anyway = Protocol::of_filters("test", vec![Filter::Original]);
    assert_eq!((protocol.label, &protocol.images), (Some(1), &anyway.images));
    assert_eq!(protocol.preparation, anyway.preparation);
    assert_eq!(protocol.features.some_of(FeatureClass::Glcm), Some(&["Autocorrelation", "JointEntropy"][..]));
    let classes = [FeatureClass::Shape, FeatureClass::FirstOrder, FeatureClass::Glcm, FeatureClass::Gldm];
    assert_eq!(protocol.features.classes().collect::<Vec<_>>(), classes);
    assert_eq!(protocol.features.some_of(FeatureClass::FirstOrder), None);
}

#[test]
fn absent_sections_mean_the_original_image_and_all_features() {
    assert_eq!(read("setting: {}\n"), Protocol::of_filters("test", vec![Filter::Original]));
}

#[test]
fn a_common_grid_and_widths_as_they_are_written() {
    let protocol = read(CT);
    let resample = Resample { spacing_mm: [1.0, 1.0, 3.5], interpolator: Interpolator::BSpline, pad_voxels: 10 };
    assert_eq!(protocol.preparation.resample, Some(resample));
    let Filter::LoG { sigma } = &protocol.images[1].filter else { panic!("{:?}", protocol.images) };
    assert_eq!(sigma.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.0", "2", "5.0"]);
    assert_eq!(protocol.images[2].filter, Filter::Wavelet { wavelet: "coif1".to_owned(), start_level: 0, level: 1 });
    assert!(protocol.images.iter().all(|image| image.texture.voxel_array_shift == 1000.0));
}

#[test]
fn planes_cropping_and_normalization() {
    let protocol = read(MR);
    assert_eq!(protocol.preparation.normalize, Some(Normalize { scale: 100.0, remove_outliers: Some(3.0) }));
    assert_eq!((protocol.preparation.crop, protocol.preparation.resample), (Some(5), None));
    assert!(protocol.images.iter().all(|image| image.texture.force_2d == Some(0)));
    // Another grid goes before cropping, as in PyRadiomics.
    let both = read(&MR.replace("preCrop: true", "preCrop: true\n  resampledPixelSpacing: [2, 2, 0]"));
    assert_eq!(both.preparation.crop, None);
    assert_eq!(both.preparation.resample.map(|resample| resample.spacing_mm), Some([2.0, 2.0, 0.0]));
}

#[test]
fn what_an_image_type_sets_goes_before_what_is_set_for_all() {
    let protocol = read(OWN);
    let image = |place: usize| &protocol.images[place];
    assert_eq!(image(0).texture.binning, Binning::BinCount(32));
    let circle = Circle { radius: 1.5, samples: 9, method: PatternNumber::Var, normal: 2 };
    assert_eq!(image(1).filter, Filter::LBP2D(circle));
    assert_eq!((image(1).texture.binning, image(1).texture.force_2d), (Binning::BinWidth(1.0), None));
    assert_eq!(image(2).filter, Filter::LBP3D { levels: 3, radius: 2.0, subdivision: 0 });
    assert_eq!(image(3).filter, Filter::Wavelet { wavelet: "db2".to_owned(), start_level: 1, level: 2 });
    assert_eq!(image(3).texture.force_2d, Some(1));
    assert_eq!(image(4).filter, Filter::Gradient { use_spacing: false });
    let for_all = TextureSettings {
        binning: Binning::BinWidth(10.0),
        distances: vec![1, 3],
        weighting: Some(Weighting::Euclidean),
        symmetrical_glcm: false,
        gldm_alpha: 1.0,
        ..TextureSettings::default()
    };
    assert!(protocol.images[4..].iter().all(|image| image.texture == for_all));
    let resegment = Resegment { low: -3.0, high: Some(3.0), mode: ResegmentMode::Sigma, shape: true };
    assert_eq!(protocol.preparation.resegment, Some(resegment));
    assert_eq!((protocol.preparation.minimum_dimensions, protocol.preparation.minimum_voxels), (3, Some(50)));
}

#[test]
fn a_protocol_survives_being_written() {
    let shipped = Protocol::SHIPPED.map(|name| Protocol::shipped_text(name).unwrap());
    let count_for_all = "imageType:\n  Original: {}\n  Wavelet: {binWidth: 2, binCount: }\nsetting:\n  binCount: 16\n";
    let linear = CT.replace("'sitkBSpline'", "2");
    for text in [FIRST, CT, MR, OWN, count_for_all, &linear].into_iter().chain(shipped) {
        let protocol = read(text);
        assert_eq!(read(&protocol.to_yaml()), protocol, "{}", protocol.to_yaml());
    }
}

#[test]
fn what_is_not_supported_or_known_is_named_with_its_line() {
    for (text, message) in [
        ("voxelSetting:\n  kernelRadius: 2\n", "\"voxelSetting\" on line 1 is not supported: features are of"),
        ("featureClass:\n  shape2D:\n", "\"shape2D\" on line 2 is not supported"),
        ("setting:\n  force2D: true\n", "\"force2D\" on line 2 is not supported: without featureClass"),
        ("binWidth: 25\n", "\"binWidth\" on line 1 is no section; the sections are imageType,"),
        ("imageType:\n  Log: {}\n", "\"Log\" on line 2 is no image type; the image types are Original, LoG,"),
        ("featureClass:\n  GLCM:\n", "\"GLCM\" on line 2 is no feature class; the classes are shape, firstorder,"),
        (
            "featureClass:\n  glcm:\n    - Id\n    - Homogeneity1\n",
            "\"Homogeneity1\" on line 4 is not supported: PyRadiomics has deprecated it; take Id, which is the same",
        ),
        ("featureClass:\n  glcm: [Energy]\n", "line 2 asks for a feature that there is none of: glcm has no feature"),
        ("featureClass:\n  glcm: Id\n", "\"glcm\" on line 2 is Id; give a list of features, or nothing for all"),
    ] {
        assert!(refused(text).starts_with(message), "{}", refused(text));
    }
}

#[test]
fn an_empty_section_is_refused_as_pyradiomics_does_or_would_pass_over() {
    for (text, message) in [
        ("imageType:\n", "\"imageType\" on line 1 is nothing; give the image types that are wanted"),
        ("imageType: {}\n", "\"imageType\" on line 1 is a mapping without entries; give"),
        ("featureClass: {}\n", "\"featureClass\" on line 1 is a mapping without entries; give"),
        ("setting:\n", "\"setting\" on line 1 is nothing; give settings, {} for none"),
        ("imageType:\n  Original:\n", "\"Original\" on line 2 is nothing; give settings of its own, or {} for none"),
        ("imageType:\n  LoG: {}\n", "\"LoG\" on line 2 is without sigma; give its widths in mm"),
    ] {
        assert!(refused(text).starts_with(message), "{}", refused(text));
    }
}

#[test]
fn a_setting_that_decides_nothing_is_refused() {
    for (text, message) in [
        ("setting:\n  normalizeScale: 100\n", "\"normalizeScale\" on line 2 decides nothing without normalize: true;"),
        ("setting:\n  removeOutliers: 3\n", "\"removeOutliers\" on line 2 decides nothing without normalize: true;"),
        ("setting:\n  padDistance: 10\n", "\"padDistance\" on line 2 decides nothing without resampledPixelSpacing"),
        ("setting:\n  resegmentMode: sigma\n", "\"resegmentMode\" on line 2 decides nothing without resegmentRange;"),
        ("setting:\n  force2Ddimension: 1\n", "\"force2Ddimension\" on line 2 decides nothing without force2D: true;"),
        ("setting:\n  level: 2\n", "\"level\" on line 2 decides nothing without the image type Wavelet;"),
        ("imageType:\n  LoG:\n    level: 2\n", "\"level\" on line 3 decides nothing under LoG; move it to Wavelet,"),
        (
            "imageType:\n  Square:\n    label: 2\n",
            "\"label\" on line 3 decides nothing under Square; move it to setting,",
        ),
        (
            "imageType:\n  Square: {force2Ddimension: 1}\n  LBP2D: {}\n",
            "\"force2Ddimension\" on line 2 decides nothing without force2D: true;",
        ),
    ] {
        assert!(refused(text).starts_with(message), "{}", refused(text));
    }
    // Written out as they are anyway, they mean no harm.
    read("setting: {normalize: false, normalizeScale: 1, force2D: false, force2Ddimension: 0, padDistance: 5}\n");
    // The patterns lie in this plane, whether textures do or not.
    read("imageType:\n  LBP2D: {}\nsetting:\n  force2Ddimension: 1\n");
}

#[test]
fn settings_that_contradict_each_other_are_refused_with_both_lines() {
    for (text, message) in [
        (
            "setting:\n  binWidth: 25\n  binCount: 32\n",
            "\"binWidth\" on line 2 contradicts \"binCount\" on line 3; take one of them out",
        ),
        (
            "imageType:\n  Square:\n    binWidth: 5\nsetting:\n  binCount: 32\n",
            "\"binWidth\" on line 3 contradicts \"binCount\" on line 5; take one of them out",
        ),
        (
            "setting:\n  interpolator:\n  resampledPixelSpacing: [1, 1, 1]\n",
            "\"resampledPixelSpacing\" on line 3 contradicts \"interpolator\" on line 2; take one of them out",
        ),
    ] {
        assert_eq!(refused(text), message);
    }
}

#[test]
fn a_file_that_was_cut_off_or_damaged_is_read_or_refused() {
    for text in [FIRST, CT, MR, OWN] {
        for place in 0..text.len() {
            let damaged = format!("{}{}", &text[..place], &text[place + 1..]);
            let cut = &text[..place];
            let words =
                [cut, &damaged].map(|text| Protocol::from_yaml("test", text).map_err(|error| error.to_string()));
            assert!(words.iter().all(|result| result.as_ref().err().is_none_or(|message| !message.is_empty())));
        }
    }
}
