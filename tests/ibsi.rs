//! Features against the values that the Image Biomarker Standardisation Initiative published (IBSI 1, Zwanenburg et al.,
//! Radiology 2020;295:328): the digital phantom in every run, configurations A to D of the CT phantom where `../shared` is.
//!
//! Compared is what PyRadiomics defines as IBSI does. Where it does not, the tag stands in a list with the reason, and the test
//! holds that it really differs; `docs/methods.md` has the lists in words.

use std::collections::BTreeMap;
use std::path::Path;

use hepatica::base::Progress;
use hepatica::exchange::nifti;
use hepatica::radiomics::{Binning, Filter, Protocol, Resegment, ResegmentMode, extract};
use hepatica::volume::{Geometry, Mask, Volume, Voxels};
use ndarray::Array3;

/// IBSI's tags and PyRadiomics' names, without and with aggregation over slices and directions.
const PLAIN: [(&str, &str); 28] = [
    ("morph_volume", "shape_MeshVolume"),
    ("morph_vol_approx", "shape_VoxelVolume"),
    ("morph_area_mesh", "shape_SurfaceArea"),
    ("morph_av", "shape_SurfaceVolumeRatio"),
    ("morph_sphericity", "shape_Sphericity"),
    ("morph_diam", "shape_Maximum3DDiameter"),
    ("morph_pca_maj_axis", "shape_MajorAxisLength"),
    ("morph_pca_min_axis", "shape_MinorAxisLength"),
    ("morph_pca_least_axis", "shape_LeastAxisLength"),
    ("morph_pca_elongation", "shape_Elongation"),
    ("morph_pca_flatness", "shape_Flatness"),
    ("stat_mean", "firstorder_Mean"),
    ("stat_var", "firstorder_Variance"),
    ("stat_skew", "firstorder_Skewness"),
    ("stat_kurt", "firstorder_Kurtosis"),
    ("stat_median", "firstorder_Median"),
    ("stat_min", "firstorder_Minimum"),
    ("stat_p10", "firstorder_10Percentile"),
    ("stat_p90", "firstorder_90Percentile"),
    ("stat_max", "firstorder_Maximum"),
    ("stat_iqr", "firstorder_InterquartileRange"),
    ("stat_range", "firstorder_Range"),
    ("stat_mad", "firstorder_MeanAbsoluteDeviation"),
    ("stat_rmad", "firstorder_RobustMeanAbsoluteDeviation"),
    ("stat_energy", "firstorder_Energy"),
    ("stat_rms", "firstorder_RootMeanSquared"),
    ("ih_entropy", "firstorder_Entropy"),
    ("ih_uniformity", "firstorder_Uniformity"),
];
const BY_DIRECTION: [(&str, &str); 39] = [
    ("cm_joint_max", "glcm_MaximumProbability"),
    ("cm_joint_avg", "glcm_JointAverage"),
    ("cm_joint_var", "glcm_SumSquares"),
    ("cm_joint_entr", "glcm_JointEntropy"),
    ("cm_diff_avg", "glcm_DifferenceAverage"),
    ("cm_diff_var", "glcm_DifferenceVariance"),
    ("cm_diff_entr", "glcm_DifferenceEntropy"),
    ("cm_sum_avg", "glcm_SumAverage"),
    ("cm_sum_entr", "glcm_SumEntropy"),
    ("cm_energy", "glcm_JointEnergy"),
    ("cm_contrast", "glcm_Contrast"),
    ("cm_inv_diff", "glcm_Id"),
    ("cm_inv_diff_norm", "glcm_Idn"),
    ("cm_inv_diff_mom", "glcm_Idm"),
    ("cm_inv_diff_mom_norm", "glcm_Idmn"),
    ("cm_inv_var", "glcm_InverseVariance"),
    ("cm_corr", "glcm_Correlation"),
    ("cm_auto_corr", "glcm_Autocorrelation"),
    ("cm_clust_tend", "glcm_ClusterTendency"),
    ("cm_clust_shade", "glcm_ClusterShade"),
    ("cm_clust_prom", "glcm_ClusterProminence"),
    ("cm_info_corr1", "glcm_Imc1"),
    ("cm_info_corr2", "glcm_Imc2"),
    ("rlm_sre", "glrlm_ShortRunEmphasis"),
    ("rlm_lre", "glrlm_LongRunEmphasis"),
    ("rlm_lgre", "glrlm_LowGrayLevelRunEmphasis"),
    ("rlm_hgre", "glrlm_HighGrayLevelRunEmphasis"),
    ("rlm_srlge", "glrlm_ShortRunLowGrayLevelEmphasis"),
    ("rlm_srhge", "glrlm_ShortRunHighGrayLevelEmphasis"),
    ("rlm_lrlge", "glrlm_LongRunLowGrayLevelEmphasis"),
    ("rlm_lrhge", "glrlm_LongRunHighGrayLevelEmphasis"),
    ("rlm_glnu", "glrlm_GrayLevelNonUniformity"),
    ("rlm_glnu_norm", "glrlm_GrayLevelNonUniformityNormalized"),
    ("rlm_rlnu", "glrlm_RunLengthNonUniformity"),
    ("rlm_rlnu_norm", "glrlm_RunLengthNonUniformityNormalized"),
    ("rlm_r_perc", "glrlm_RunPercentage"),
    ("rlm_gl_var", "glrlm_GrayLevelVariance"),
    ("rlm_rl_var", "glrlm_RunVariance"),
    ("rlm_rl_entr", "glrlm_RunEntropy"),
];
const IN_SPACE: [(&str, &str); 35] = [
    ("szm_sze", "glszm_SmallAreaEmphasis"),
    ("szm_lze", "glszm_LargeAreaEmphasis"),
    ("szm_lgze", "glszm_LowGrayLevelZoneEmphasis"),
    ("szm_hgze", "glszm_HighGrayLevelZoneEmphasis"),
    ("szm_szlge", "glszm_SmallAreaLowGrayLevelEmphasis"),
    ("szm_szhge", "glszm_SmallAreaHighGrayLevelEmphasis"),
    ("szm_lzlge", "glszm_LargeAreaLowGrayLevelEmphasis"),
    ("szm_lzhge", "glszm_LargeAreaHighGrayLevelEmphasis"),
    ("szm_glnu", "glszm_GrayLevelNonUniformity"),
    ("szm_glnu_norm", "glszm_GrayLevelNonUniformityNormalized"),
    ("szm_zsnu", "glszm_SizeZoneNonUniformity"),
    ("szm_zsnu_norm", "glszm_SizeZoneNonUniformityNormalized"),
    ("szm_z_perc", "glszm_ZonePercentage"),
    ("szm_gl_var", "glszm_GrayLevelVariance"),
    ("szm_zs_var", "glszm_ZoneVariance"),
    ("szm_zs_entr", "glszm_ZoneEntropy"),
    ("ngt_coarseness", "ngtdm_Coarseness"),
    ("ngt_contrast", "ngtdm_Contrast"),
    ("ngt_busyness", "ngtdm_Busyness"),
    ("ngt_complexity", "ngtdm_Complexity"),
    ("ngt_strength", "ngtdm_Strength"),
    ("ngl_lde", "gldm_SmallDependenceEmphasis"),
    ("ngl_hde", "gldm_LargeDependenceEmphasis"),
    ("ngl_lgce", "gldm_LowGrayLevelEmphasis"),
    ("ngl_hgce", "gldm_HighGrayLevelEmphasis"),
    ("ngl_ldlge", "gldm_SmallDependenceLowGrayLevelEmphasis"),
    ("ngl_ldhge", "gldm_SmallDependenceHighGrayLevelEmphasis"),
    ("ngl_hdlge", "gldm_LargeDependenceLowGrayLevelEmphasis"),
    ("ngl_hdhge", "gldm_LargeDependenceHighGrayLevelEmphasis"),
    ("ngl_glnu", "gldm_GrayLevelNonUniformity"),
    ("ngl_dcnu", "gldm_DependenceNonUniformity"),
    ("ngl_dcnu_norm", "gldm_DependenceNonUniformityNormalized"),
    ("ngl_gl_var", "gldm_GrayLevelVariance"),
    ("ngl_dc_var", "gldm_DependenceVariance"),
    ("ngl_dc_entr", "gldm_DependenceEntropy"),
];

/// A published value, as far as its digits go.
#[derive(Debug, Clone, Copy)]
struct Published {
    value: f64,
    /// The initiative's tolerance, and half a unit of the last digit that is given.
    tolerance: f64,
}

fn published(file: &Path) -> BTreeMap<String, Published> {
    let text = std::fs::read_to_string(file).unwrap();
    let of_line = |line: &str| {
        let [value, tolerance, tag]: [&str; 3] = line.split(';').collect::<Vec<_>>().try_into().ok()?;
        let number: f64 = value.parse().ok()?;
        let tolerance = tolerance.parse::<f64>().ok()? + half_a_unit(value);
        Some((tag.to_owned(), Published { value: number, tolerance }))
    };
    text.lines().filter_map(of_line).collect()
}

/// Values are given to three digits, so that trailing zeros of a larger whole number say nothing.
fn half_a_unit(text: &str) -> f64 {
    let number: f64 = text.parse().unwrap();
    let unit = 10f64.powi(number.abs().max(1e-300).log10().floor() as i32 - 2);
    0.5 * unit
}

/// Holds every feature that IBSI and PyRadiomics define alike; `others` are those that differ. `endings` are how tags end: what is
/// averaged over directions, and what is counted in space or in planes.
fn hold((image, mask): (Volume, Mask), csv: &Path, protocol: &Protocol, endings: [&str; 2], others: &[&str]) {
    let features = extract(&image, &mask, protocol, &Progress::new()).unwrap();
    let features: BTreeMap<String, f64> = features.values.iter().map(|(id, value)| (id.to_string(), *value)).collect();
    let published = published(csv);
    let tags = PLAIN.map(|(tag, name)| (tag.to_owned(), name)).into_iter();
    let tags = tags.chain(BY_DIRECTION.map(|(tag, name)| (format!("{tag}_{}", endings[0]), name)));
    let tags = tags.chain(IN_SPACE.map(|(tag, name)| (format!("{tag}_{}", endings[1]), name)));
    let mut wrong = Vec::new();
    for (tag, name) in tags {
        let expected = published[&tag];
        // IBSI's kurtosis is 0 for a normal distribution.
        let value = features[&format!("original_{name}")] - if tag == "stat_kurt" { 3.0 } else { 0.0 };
        let holds = (value - expected.value).abs() <= expected.tolerance;
        let listed = others.contains(&tag.as_str());
        if holds == listed {
            wrong.push(format!("{tag}: {value} against {expected:?}, listed as different: {listed}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", csv.display(), wrong.join("\n"));
}

fn protocol(binning: Binning, force_2d: Option<usize>, resegment: Option<Resegment>) -> Protocol {
    let mut protocol = Protocol::of_filters("ibsi", vec![Filter::Original]).with_binning(binning);
    protocol.preparation.resegment = resegment;
    for image in &mut protocol.images {
        image.texture.force_2d = force_2d;
    }
    protocol
}

fn range(low: f64, high: f64, mode: ResegmentMode) -> Option<Resegment> {
    Some(Resegment { low, high: Some(high), mode, shape: false })
}

fn load(image: &Path, mask: &Path) -> (Volume, Mask) {
    let image = nifti::read_volume(image).unwrap().volume;
    let mask = nifti::read_mask(mask, Some(1), image.geometry()).unwrap().mask;
    (image, mask)
}

/// PyRadiomics divides the covariance of voxel places by their number n, IBSI's values come from n - 1: in 74 voxels axes are 0.7%
/// shorter, which shows on the shorter two.
const COVARIANCE: [&str; 2] = ["morph_pca_min_axis", "morph_pca_least_axis"];

#[test]
fn the_digital_phantom_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ibsi");
    let [image, mask] = ["image", "mask"].map(|what| folder.join(format!("digital_phantom_{what}.nii.gz")));
    // Gray levels 1 to 6 are bins of width 1.
    let protocol = protocol(Binning::BinWidth(1.0), None, None);
    hold(load(&image, &mask), &folder.join("ibsi_1_dig_phantom.csv"), &protocol, ["3D_avg", "3D"], &COVARIANCE);
}

/// One configuration of the CT phantom on a grid of this spacing, 0 for the phantom's own; skipped by name where the phantom is
/// absent.
fn hold_chest(name: &str, spacing_mm: [f64; 3], protocol: &Protocol, endings: [&str; 2], others: &[&str]) {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/radiomics");
    if !shared.is_dir() {
        println!("skipped: configuration {name} of the CT phantom: ../shared is absent");
        return;
    }
    let phantom = load(&shared.join("real/ibsi1ct_image.nii.gz"), &shared.join("real/ibsi1ct_mask.nii.gz"));
    let phantom = if spacing_mm == [0.0; 3] { phantom } else { regridded(&phantom, spacing_mm) };
    let csv = shared.join(format!("ibsi/ibsi_1_chest_config_{name}.csv"));
    hold(phantom, &csv, protocol, endings, others);
}

#[test]
fn configuration_a_of_the_ct_phantom_holds() {
    let protocol = protocol(Binning::BinWidth(25.0), Some(0), range(-500.0, 400.0, ResegmentMode::Absolute));
    hold_chest("a", [0.0; 3], &protocol, ["2_5D_avg", "2_5D"], &[]);
}

#[test]
fn configuration_b_of_the_ct_phantom_holds() {
    let protocol = protocol(Binning::BinCount(32), Some(0), range(-500.0, 400.0, ResegmentMode::Absolute));
    hold_chest("b", [2.0, 2.0, 0.0], &protocol, ["2_5D_avg", "2_5D"], &[]);
}

#[test]
fn configuration_c_of_the_ct_phantom_holds() {
    let protocol = protocol(Binning::BinWidth(25.0), None, range(-1000.0, 400.0, ResegmentMode::Absolute));
    hold_chest("c", [2.0; 3], &protocol, ["3D_avg", "3D"], &FIRST_BIN);
}

#[test]
fn configuration_d_of_the_ct_phantom_holds() {
    let protocol = protocol(Binning::BinCount(32), None, range(-3.0, 3.0, ResegmentMode::Sigma));
    hold_chest("d", [2.0; 3], &protocol, ["3D_avg", "3D"], &[]);
}

/// IBSI numbers bins of fixed width from the lower end of the resegmentation range on (-1000 HU), PyRadiomics from the bin of the
/// VOI's minimum on (-939 HU): two less, which tells wherever a gray level is a factor.
const FIRST_BIN: [&str; 22] = [
    "cm_joint_avg_3D_avg",
    "cm_sum_avg_3D_avg",
    "cm_auto_corr_3D_avg",
    "rlm_lgre_3D_avg",
    "rlm_hgre_3D_avg",
    "rlm_srlge_3D_avg",
    "rlm_srhge_3D_avg",
    "rlm_lrlge_3D_avg",
    "rlm_lrhge_3D_avg",
    "szm_lgze_3D",
    "szm_hgze_3D",
    "szm_szlge_3D",
    "szm_szhge_3D",
    "szm_lzlge_3D",
    "szm_lzhge_3D",
    "ngt_busyness_3D",
    "ngl_lgce_3D",
    "ngl_hgce_3D",
    "ngl_ldlge_3D",
    "ngl_ldhge_3D",
    "ngl_hdlge_3D",
    "ngl_hdhge_3D",
];

/// Half, but for the rounding of eight products.
const HALF: f64 = 0.5 - 1e-9;

/// Image and VOI on a grid as IBSI lays it, which is not PyRadiomics': the centres of both grids meet, image and VOI are
/// interpolated linearly, gray values are rounded, and a voxel is inside that is so by half.
fn regridded((image, mask): &(Volume, Mask), spacing_mm: [f64; 3]) -> (Volume, Mask) {
    let old = image.geometry();
    let (size, was) = (old.size(), old.spacing_mm());
    let spacing: [f64; 3] =
        std::array::from_fn(|axis| if spacing_mm[axis] > 0.0 { spacing_mm[axis] } else { was[axis] });
    let ratio: [f64; 3] = std::array::from_fn(|axis| spacing[axis] / was[axis]);
    // A billionth of a voxel is rounding.
    let count: [usize; 3] = std::array::from_fn(|axis| (size[axis] as f64 / ratio[axis] - 1e-9).ceil() as usize);
    let place = |axis: usize, index: usize| {
        let from_centre = index as f64 - (count[axis] - 1) as f64 / 2.0;
        ((size[axis] - 1) as f64 / 2.0 + from_centre * ratio[axis]).clamp(0.0, (size[axis] - 1) as f64)
    };
    let linear = |index: [usize; 3], value: &dyn Fn([usize; 3]) -> f64| -> f64 {
        let at: [f64; 3] = std::array::from_fn(|axis| place(axis, index[axis]));
        let mut sum = 0.0;
        for corner in 0..8usize {
            let mut weight = 1.0;
            let voxel = std::array::from_fn(|axis| {
                let (floor, is_far) = (at[axis].floor(), corner >> axis & 1 == 1);
                weight *= if is_far { at[axis] - floor } else { 1.0 - (at[axis] - floor) };
                (floor as usize + usize::from(is_far)).min(size[axis] - 1)
            });
            sum += weight * value(voxel);
        }
        sum
    };
    let gray = |[i, j, k]: [usize; 3]| image.voxels().at((k, j, i));
    let inside = |[i, j, k]: [usize; 3]| f64::from(u8::from(mask.inside()[(k, j, i)]));
    let grid = Geometry::axial(count, [0.0; 3], spacing).unwrap();
    let values = Array3::from_shape_fn(grid.shape(), |(k, j, i)| linear([i, j, k], &gray).round() as f32);
    let inside = Array3::from_shape_fn(grid.shape(), |(k, j, i)| linear([i, j, k], &inside) >= HALF);
    (Volume::new(grid, Voxels::F32(values)).unwrap(), Mask::new(grid, inside).unwrap())
}
