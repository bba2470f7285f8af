//! The settings of one section as they are written: each checked by itself, with its line. PyRadiomics' `paramSchema.yaml` and
//! the code behind it say what is allowed; what would make PyRadiomics fail later on is refused here.

use std::ops::RangeInclusive;

use super::ProtocolError;
use super::words::{INTERPOLATORS, OTHER_INTERPOLATORS, PATTERN_NUMBERS, RESEGMENT_MODES, WEIGHTINGS, named};
use super::yaml::{Entry, Node, Value};
use crate::radiomics::filter::{self, PatternNumber};
use crate::radiomics::image_type::Sigma;
use crate::radiomics::protocol::{Interpolator, ResegmentMode, Weighting};

/// Distances beyond this many voxels are of no texture.
const FARTHEST: u32 = 100;
/// Decompositions that are left out, or give images; each reaches twice as far as most livers have voxels by then.
const MOST_DECOMPOSITIONS: u8 = 8;
/// Harmonics and divisions of the sphere that local binary patterns in space are made for.
const MOST_HARMONICS: u8 = 8;
const MOST_DIVISIONS: u8 = 3;
/// Samples of a circle: patterns have 32 bits.
const MOST_SAMPLES: u32 = 32;
/// Radii in voxels, widths and spacings in mm beyond which nothing in a body is measured.
const LARGEST: f64 = 1000.0;
const SMALLEST_MM: f64 = 0.01;
/// Voxels around a VOI that may be kept.
const MOST_PADDING: u32 = 10_000;

/// A setting and the line it stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given<T> {
    pub value: T,
    pub line: usize,
}

/// What a section sets; what it does not name is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    pub label: Option<Given<u16>>,
    pub minimum_dimensions: Option<Given<usize>>,
    pub minimum_voxels: Option<Given<Option<usize>>>,
    pub normalize: Option<Given<bool>>,
    pub normalize_scale: Option<Given<f64>>,
    pub remove_outliers: Option<Given<Option<f64>>>,
    pub spacing_mm: Option<Given<Option<[f64; 3]>>>,
    pub interpolator: Option<Given<Option<Interpolator>>>,
    pub pad_distance: Option<Given<u32>>,
    pub pre_crop: Option<Given<bool>>,
    pub resegment_range: Option<Given<Option<Vec<f64>>>>,
    pub resegment_mode: Option<Given<ResegmentMode>>,
    pub resegment_shape: Option<Given<bool>>,
    pub bin_width: Option<Given<f64>>,
    pub bin_count: Option<Given<Option<u32>>>,
    pub distances: Option<Given<Vec<u32>>>,
    pub weighting: Option<Given<Option<Weighting>>>,
    pub symmetrical_glcm: Option<Given<bool>>,
    pub gldm_a: Option<Given<u32>>,
    pub voxel_array_shift: Option<Given<i32>>,
    pub force_2d: Option<Given<bool>>,
    pub force_2d_dimension: Option<Given<usize>>,
    pub sigma: Option<Given<Vec<Sigma>>>,
    pub wavelet: Option<Given<String>>,
    pub start_level: Option<Given<u8>>,
    pub level: Option<Given<u8>>,
    pub gradient_use_spacing: Option<Given<bool>>,
    pub lbp_2d_radius: Option<Given<f64>>,
    pub lbp_2d_samples: Option<Given<u32>>,
    pub lbp_2d_method: Option<Given<PatternNumber>>,
    pub lbp_3d_levels: Option<Given<u8>>,
    pub lbp_3d_radius: Option<Given<f64>>,
    pub lbp_3d_subdivision: Option<Given<u8>>,
}

/// What a setting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decides {
    /// Something before images are derived: it stands under `setting` alone.
    Preparation,
    /// How features are computed, of all images or of one.
    Features,
    /// How the images of one type are derived.
    Images(&'static str),
}

/// What a setting decides, by its name.
pub fn decides(key: &str) -> Decides {
    match key {
        "binWidth" | "binCount" | "distances" | "weightingNorm" | "symmetricalGLCM" | "gldm_a" | "voxelArrayShift"
        | "force2D" | "force2Ddimension" => Decides::Features,
        "sigma" => Decides::Images("LoG"),
        "wavelet" | "start_level" | "level" => Decides::Images("Wavelet"),
        "gradientUseSpacing" => Decides::Images("Gradient"),
        "lbp2DRadius" | "lbp2DSamples" | "lbp2DMethod" => Decides::Images("LBP2D"),
        "lbp3DLevels" | "lbp3DIcosphereRadius" | "lbp3DIcosphereSubdivision" => Decides::Images("LBP3D"),
        _ => Decides::Preparation,
    }
}

impl Settings {
    /// Takes one setting.
    #[rustfmt::skip]
    pub fn set(&mut self, entry: &Entry) -> Result<(), ProtocolError> {
        match entry.key.as_str() {
            "label" => self.label = given(entry, whole(1..=u16::MAX), "a whole number from 1 to 65535")?,
            "minimumROIDimensions" => self.minimum_dimensions = given(entry, axes(1..=3), "1, 2 or 3")?,
            "minimumROISize" => self.minimum_voxels = given(entry, or_null(whole(1..=usize::MAX)), "a whole number above 0")?,
            "normalize" => self.normalize = given(entry, flag_or_null, "true or false")?,
            "normalizeScale" => self.normalize_scale = given(entry, above_0, "a number above 0")?,
            "removeOutliers" => self.remove_outliers = given(entry, or_null(above_0), "a number of standard deviations above 0")?,
            "resampledPixelSpacing" => self.spacing_mm = given(entry, or_null(spacing), "three spacings such as [1, 1, 1], each 0 (as it is) or 0.01 to 1000 mm")?,
            "interpolator" => self.interpolator = interpolator(entry)?,
            "padDistance" => self.pad_distance = given(entry, whole(0..=MOST_PADDING), "a whole number of voxels from 0 to 10000")?,
            "preCrop" => self.pre_crop = given(entry, flag_or_null, "true or false")?,
            "resegmentRange" => self.resegment_range = given(entry, or_null(range), "one or two numbers, such as [-100, 200]")?,
            "resegmentMode" => self.resegment_mode = given(entry, choice(&RESEGMENT_MODES), "absolute, relative or sigma")?,
            "resegmentShape" => self.resegment_shape = given(entry, flag_or_null, "true or false")?,
            "binWidth" => self.bin_width = given(entry, above_0, "a number above 0")?,
            "binCount" => self.bin_count = given(entry, or_null(whole(1..=u32::MAX)), "a whole number above 0")?,
            "distances" => self.distances = distinct("distances", given(entry, some_of(whole(1..=FARTHEST)), "whole numbers of voxels from 1 to 100, such as [1, 2]")?)?,
            "weightingNorm" => self.weighting = given(entry, or_null(choice(&WEIGHTINGS)), "manhattan, euclidean, infinity, no_weighting, or nothing")?,
            "symmetricalGLCM" => self.symmetrical_glcm = given(entry, flag, "true or false")?,
            "gldm_a" => self.gldm_a = given(entry, whole(0..=u32::MAX), "a whole number from 0 on")?,
            "voxelArrayShift" => self.voxel_array_shift = given(entry, whole(i32::MIN..=i32::MAX), "a whole number")?,
            "force2D" => self.force_2d = given(entry, flag_or_null, "true or false")?,
            "force2Ddimension" => self.force_2d_dimension = given(entry, axes(0..=2), "0 (slice), 1 (row) or 2 (column)")?,
            "sigma" => self.sigma = distinct("sigma", given(entry, some_of(sigma), "widths from 0.01 to 1000 mm, such as [2.0, 3.0]")?)?,
            "wavelet" => self.wavelet = given(entry, wavelet, "one of PyWavelets' discrete wavelets, such as coif1")?,
            "start_level" => self.start_level = given(entry, whole(0..=MOST_DECOMPOSITIONS), "a whole number from 0 to 8")?,
            "level" => self.level = given(entry, whole(1..=MOST_DECOMPOSITIONS), "a whole number from 1 to 8")?,
            "gradientUseSpacing" => self.gradient_use_spacing = given(entry, flag, "true or false")?,
            "lbp2DRadius" => self.lbp_2d_radius = given(entry, radius, "a number of voxels above 0, 1000 at most")?,
            "lbp2DSamples" => self.lbp_2d_samples = given(entry, whole(1..=MOST_SAMPLES), "a whole number from 1 to 32")?,
            "lbp2DMethod" => self.lbp_2d_method = given(entry, choice(&PATTERN_NUMBERS), "default, ror, uniform, nri_uniform or var")?,
            "lbp3DLevels" => self.lbp_3d_levels = given(entry, whole(2..=MOST_HARMONICS), "a whole number from 2 to 8; with 1 PyRadiomics fails")?,
            "lbp3DIcosphereRadius" => self.lbp_3d_radius = given(entry, radius, "a number of voxels above 0, 1000 at most")?,
            "lbp3DIcosphereSubdivision" => self.lbp_3d_subdivision = given(entry, whole(0..=MOST_DIVISIONS), "a whole number from 0 to 3")?,
            // They decide what PyRadiomics writes beside the features, and how it once computed them.
            "additionalInfo" | "enableCExtensions" => given(entry, flag_or_null, "true or false").map(|_| ())?,
            _ => refuse(entry)?,
        }
        Ok(())
    }
}

/// Settings of PyRadiomics that are taken only at the value that changes nothing, and keys that are none.
fn refuse(entry: &Entry) -> Result<(), ProtocolError> {
    let (is_harmless, why) = match entry.key.as_str() {
        "label_channel" => (
            given(entry, whole(0..=u32::MAX), "a whole number from 0 on")?.is_some_and(|channel| channel.value == 0),
            "masks have one channel",
        ),
        "correctMask" => (
            given(entry, flag_or_null, "true or false")?.is_some_and(|correct| !correct.value),
            "a mask on another grid than the image's is refused, and never moved onto it",
        ),
        "geometryTolerance" => (
            given(entry, or_null(above_0), "a number above 0")?.is_some_and(|tolerance| tolerance.value.is_none()),
            "grids are compared by one fixed rule",
        ),
        _ => {
            return Err(ProtocolError::Unknown {
                key: entry.key.clone(),
                line: entry.line,
                kind: "setting of PyRadiomics 3.0.1",
                known: "check its spelling, or take it out".to_owned(),
            });
        }
    };
    if is_harmless {
        return Ok(());
    }
    Err(unsupported(entry, why, "take it out"))
}

fn unsupported(entry: &Entry, why: &'static str, advice: &str) -> ProtocolError {
    ProtocolError::Unsupported { key: entry.key.clone(), line: entry.line, why, advice: advice.to_owned() }
}

/// The setting's value as `read` finds it, or an error that says what is wanted.
fn given<T>(
    entry: &Entry,
    read: impl Fn(&Node) -> Option<T>,
    wanted: &'static str,
) -> Result<Option<Given<T>>, ProtocolError> {
    match read(&entry.node) {
        Some(value) => Ok(Some(Given { value, line: entry.line })),
        None => {
            Err(ProtocolError::Value { key: entry.key.clone(), line: entry.line, found: entry.node.in_words(), wanted })
        }
    }
}

/// Refuses a list that names something twice.
fn distinct<T: PartialEq + ToString>(
    key: &'static str,
    list: Option<Given<Vec<T>>>,
) -> Result<Option<Given<Vec<T>>>, ProtocolError> {
    if let Some(Given { value: items, line }) = &list {
        let twice = items.iter().enumerate().find(|(place, item)| items[..*place].contains(item));
        if let Some((_, item)) = twice {
            return Err(ProtocolError::Repeated { key, line: *line, item: item.to_string() });
        }
    }
    Ok(list)
}

fn interpolator(entry: &Entry) -> Result<Option<Given<Option<Interpolator>>>, ProtocolError> {
    let is_other = entry.node.word().is_some_and(|word| OTHER_INTERPOLATORS.contains(&word))
        || whole(4..=10u8)(&entry.node).is_some();
    if is_other {
        let why = "images are resampled by sitkNearestNeighbor, sitkLinear or sitkBSpline";
        return Err(unsupported(entry, why, "choose one of these"));
    }
    // The numbers that SimpleITK gave them when PyRadiomics 3.0.1 appeared.
    let numbered = |node: &Node| {
        whole(1..=3usize)(node).map(|number| INTERPOLATORS[number - 1].1).or(choice(&INTERPOLATORS)(node))
    };
    given(entry, or_null(numbered), "sitkNearestNeighbor, sitkLinear or sitkBSpline")
}

/// What `read` finds, or nothing where nothing stands.
fn or_null<T>(read: impl Fn(&Node) -> Option<T>) -> impl Fn(&Node) -> Option<Option<T>> {
    move |node| if node.is_null() { Some(None) } else { read(node).map(Some) }
}

fn flag(node: &Node) -> Option<bool> {
    match node.plain()? {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A truth value; nothing is false, as in Python.
fn flag_or_null(node: &Node) -> Option<bool> {
    or_null(flag)(node).map(Option::unwrap_or_default)
}

/// A whole number, written without a decimal point.
fn whole<T: TryFrom<i64> + PartialOrd>(allowed: RangeInclusive<T>) -> impl Fn(&Node) -> Option<T> {
    move |node| {
        let number: i64 = node.plain()?.parse().ok()?;
        T::try_from(number).ok().filter(|number| allowed.contains(number))
    }
}

/// A number of axes, or of one.
fn axes(allowed: RangeInclusive<usize>) -> impl Fn(&Node) -> Option<usize> {
    whole(allowed)
}

/// A finite number.
fn number(node: &Node) -> Option<f64> {
    let text = node.plain()?;
    // Rust knows names for infinity and more, and YAML others.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| is_number && number.is_finite())
}

fn above_0(node: &Node) -> Option<f64> {
    number(node).filter(|number| *number > 0.0)
}

fn radius(node: &Node) -> Option<f64> {
    above_0(node).filter(|radius| *radius <= LARGEST)
}

fn list<T>(node: &Node, read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    match &node.value {
        Value::List(items) => items.iter().map(read).collect(),
        _ => None,
    }
}

/// A list of at least one item.
fn some_of<T>(read: impl Fn(&Node) -> Option<T>) -> impl Fn(&Node) -> Option<Vec<T>> {
    move |node| list(node, &read).filter(|items| !items.is_empty())
}

fn spacing(node: &Node) -> Option<[f64; 3]> {
    let allowed = |mm: &f64| *mm == 0.0 || (SMALLEST_MM..=LARGEST).contains(mm);
    list(node, |item| number(item).filter(allowed))?.try_into().ok()
}

/// Both ends of a range in order, or its lower end.
fn range(node: &Node) -> Option<Vec<f64>> {
    let mut ends = list(node, number).filter(|ends| (1..=2).contains(&ends.len()))?;
    ends.sort_by(f64::total_cmp);
    Some(ends)
}

fn sigma(node: &Node) -> Option<Sigma> {
    let mm = number(node).filter(|mm| (SMALLEST_MM..=LARGEST).contains(mm))?;
    Sigma::new(mm, !node.plain()?.contains(['.', 'e', 'E']))
}

fn wavelet(node: &Node) -> Option<String> {
    node.word().filter(|name| filter::is_wavelet(name)).map(str::to_owned)
}

fn choice<T: Copy>(words: &[(&'static str, T)]) -> impl Fn(&Node) -> Option<T> {
    move |node| node.word().and_then(|word| named(words, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(line: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        for entry in super::super::yaml::read(line).unwrap() {
            settings.set(&entry).map_err(|error| error.to_string())?;
        }
        Ok(settings)
    }

    #[test]
    fn a_value_of_another_type_or_out_of_range_is_refused_with_what_is_wanted() {
        for (line, message) in [
            ("binWidth: 0", "\"binWidth\" on line 1 is 0; give a number above 0"),
            ("binWidth: '25'", "\"binWidth\" on line 1 is the text \"25\"; give a number above 0"),
            ("binWidth: .inf", "\"binWidth\" on line 1 is .inf; give a number above 0"),
            ("binWidth: nan", "\"binWidth\" on line 1 is nan; give a number above 0"),
            ("binWidth:", "\"binWidth\" on line 1 is nothing; give a number above 0"),
            ("label: 1.0", "\"label\" on line 1 is 1.0; give a whole number from 1 to 65535"),
            ("label: 70000", "\"label\" on line 1 is 70000; give a whole number from 1 to 65535"),
            ("normalize: yes", "\"normalize\" on line 1 is yes; give true or false"),
            ("force2Ddimension: 3", "\"force2Ddimension\" on line 1 is 3; give 0 (slice), 1 (row) or 2 (column)"),
            (
                "resampledPixelSpacing: [1, 1]",
                "\"resampledPixelSpacing\" on line 1 is the list [1, 1]; give three spacings such as [1, 1, 1], each 0 (as it is) or 0.01 to 1000 mm",
            ),
            ("sigma: 2.0", "\"sigma\" on line 1 is 2.0; give widths from 0.01 to 1000 mm, such as [2.0, 3.0]"),
            (
                "wavelet: mexh",
                "\"wavelet\" on line 1 is mexh; give one of PyWavelets' discrete wavelets, such as coif1",
            ),
            ("distances: [1, 2, 1]", "\"distances\" on line 1 lists 1 twice; keep one of them"),
            (
                "binwidth: 5",
                "\"binwidth\" on line 1 is no setting of PyRadiomics 3.0.1; check its spelling, or take it out",
            ),
        ] {
            assert_eq!(set(line), Err(message.to_owned()), "{line}");
        }
    }

    #[test]
    fn what_is_not_supported_is_said_unless_it_changes_nothing() {
        for line in ["correctMask: true", "geometryTolerance: 1e-3", "label_channel: 1", "interpolator: sitkGaussian"] {
            let message = set(line).unwrap_err();
            assert!(message.contains("on line 1 is not supported"), "{message}");
        }
        assert!(set("interpolator: 10").unwrap_err().contains("not supported"));
        for line in ["correctMask: false", "geometryTolerance:", "label_channel: 0", "enableCExtensions: true"] {
            assert_eq!(set(line), Ok(Settings::default()), "{line}");
        }
    }

    #[test]
    fn words_and_numbers_name_interpolators() {
        let interpolator = |line: &str| set(line).unwrap().interpolator.unwrap().value;
        assert_eq!(interpolator("interpolator: 'sitkLinear'"), Some(Interpolator::Linear));
        assert_eq!(interpolator("interpolator: 3"), Some(Interpolator::BSpline));
        assert_eq!(interpolator("interpolator:"), None);
    }

    #[test]
    fn a_width_keeps_its_spelling_and_a_range_its_order() {
        let sigma = set("sigma: [2, 2.0, 2.50]").unwrap().sigma.unwrap().value;
        assert_eq!(sigma.iter().map(Sigma::to_string).collect::<Vec<_>>(), ["2", "2.0", "2.5"]);
        assert_eq!(
            set("resegmentRange: [200, -100]").unwrap().resegment_range.unwrap().value,
            Some(vec![-100.0, 200.0])
        );
    }
}
