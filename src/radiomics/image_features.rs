//! The features of one image: its values made gray levels, the levels counted in matrices, and the features computed from the
//! counts. Matrices are counted side by side, and only those that a chosen feature needs.

use rayon::prelude::*;

use super::RadiomicsError;
use super::discretize::Levels;
use super::feature::{self, each, firstorder::Distribution, over_directions};
use super::feature_id::{FeatureClass, FeatureId};
use super::filter::Derived;
use super::frame::Frame;
use super::image_type::ImageType;
use super::matrix::{self, glcm::Glcm, neighbourhood::Neighbourhood};
use super::protocol::{Binning, FeatureChoice, TextureSettings};
use super::region::Values;
use crate::base::{Cancelled, Progress};

/// How an image is measured.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    /// Where the VOI's voxels lie; none where no matrix is counted.
    pub frame: Option<&'a Frame>,
    /// Spacing along slice, row and column index, in mm.
    pub spacing_mm: [f64; 3],
    /// How textures are counted.
    pub texture: &'a TextureSettings,
    /// Which features are computed.
    pub choice: &'a FeatureChoice,
}

/// The features of one image.
pub(super) struct OfImage {
    /// Gray levels present; 0 where none are counted.
    pub n_gray_levels: usize,
    /// Whether no feature has a value, which the warning says.
    pub is_undefined: bool,
    /// What there is to know about voxels at which the image has no number, where there are any.
    pub warning: Option<String>,
    pub values: Vec<(FeatureId, f64)>,
}

/// Features that are computed together.
#[derive(Clone, Copy)]
enum Part {
    Distribution,
    Pairs,
    Runs,
    Zones,
    Neighbourhood,
}

impl Part {
    /// The longest first, so that the last to end is a short one.
    const ALL: [Part; 5] = [Part::Runs, Part::Pairs, Part::Zones, Part::Neighbourhood, Part::Distribution];

    const fn classes(self) -> &'static [FeatureClass] {
        match self {
            Part::Distribution => &[FeatureClass::FirstOrder],
            Part::Pairs => &[FeatureClass::Glcm],
            Part::Runs => &[FeatureClass::Glrlm],
            Part::Zones => &[FeatureClass::Glszm],
            Part::Neighbourhood => &[FeatureClass::Gldm, FeatureClass::Ngtdm],
        }
    }
}

/// Measures an image.
pub(super) fn of_image(image: Derived, of: Measured, progress: &Progress) -> Result<OfImage, RadiomicsError> {
    progress.check()?;
    let lacking = image.values.gray.iter().filter(|value| !value.is_finite()).count();
    if lacking > 0 && !can_go_on(&image.values, of.texture.binning) {
        return Ok(without_value(image.image, lacking, of.choice));
    }
    let (n_gray_levels, classes) = match of.frame {
        Some(frame) => of_levels(&image, frame, of, progress)?,
        None => of_distribution_alone(&image, of)?,
    };
    let features = classes.into_iter().flat_map(|(class, values)| named(image.image, class, values, of.choice));
    Ok(OfImage {
        n_gray_levels,
        is_undefined: false,
        warning: (lacking > 0).then(|| of_their_own(image.image, lacking)),
        values: features.collect(),
    })
}

/// Gray levels present, and values by class, each in the order of its features.
type ByClass = (usize, Vec<(FeatureClass, Vec<f64>)>);

fn of_levels(image: &Derived, frame: &Frame, of: Measured, progress: &Progress) -> Result<ByClass, RadiomicsError> {
    let levels = Levels::of(frame, &image.values, of.texture.binning).map_err(|error| error.of(image.image))?;
    let is_chosen = |class: &FeatureClass| of.choice.classes().any(|chosen| chosen == *class);
    let parts = Part::ALL.into_par_iter().filter(|part| part.classes().iter().any(is_chosen));
    let parts = parts.map(|part| {
        progress.check()?;
        let values = values(part, &image.values, &levels, of, progress)?;
        Ok(part.classes().iter().copied().zip(values).collect())
    });
    let parts: Vec<Vec<(FeatureClass, Vec<f64>)>> = parts.collect::<Result<_, RadiomicsError>>()?;
    let mut classes = parts.concat();
    classes.sort_by_key(|(class, _)| *class);
    Ok((levels.count(), classes))
}

/// First order where no matrix is counted: gray levels are needed for what is computed from the histogram alone, and there may be any
/// number of them.
fn of_distribution_alone(image: &Derived, of: Measured) -> Result<ByClass, RadiomicsError> {
    let class = FeatureClass::FirstOrder;
    let wanted = |name: &str| of.choice.includes(class, name);
    let voxel_mm3 = of.spacing_mm.iter().product();
    let (shift, binning) = (of.texture.voxel_array_shift, of.texture.binning);
    let (distribution, n_levels) = Distribution::alone(&image.values, voxel_mm3, shift, binning);
    let n_levels = match n_levels {
        Err(error) if feature::firstorder::OF_HISTOGRAM.into_iter().any(wanted) => return Err(error.of(image.image)),
        n_levels => n_levels.unwrap_or(0),
    };
    Ok((n_levels, vec![(class, feature::firstorder::each(&distribution, wanted))]))
}

/// Whether PyRadiomics computes features although the image has no number at some voxels. It sets the edges of bins by Python's
/// `min` and `max`, which pass over what is no number unless it comes first; NumPy's `histogram`, which makes a fixed count
/// of bins, takes nothing but numbers.
fn can_go_on(values: &Values, binning: Binning) -> bool {
    let begins_with_a_number = values.gray.first().is_some_and(|value| value.is_finite());
    let is_infinite = values.gray.iter().any(|value| value.is_infinite());
    begins_with_a_number && !is_infinite && matches!(binning, Binning::BinWidth(_))
}

fn of_their_own(image: ImageType, lacking: usize) -> String {
    format!(
        "{image} has no number at {lacking} voxels of the VOI, around which the image has one gray value alone, or none: as in \
         PyRadiomics, they are one gray level of their own, the highest, and are left out of means, percentiles and moments"
    )
}

/// The features of an image that has no number at some voxels of the VOI: they have no value.
fn without_value(image: ImageType, lacking: usize, choice: &FeatureChoice) -> OfImage {
    let warning = format!(
        "the features of {image} have no value: around {lacking} voxels of the VOI the image has one gray value alone, or none, which \
         leaves them undefined, and PyRadiomics stops where the VOI's first voxel is one of them or bins are counted"
    );
    let classes = choice.classes().filter(|class| *class != FeatureClass::Shape);
    let values = classes.flat_map(|class| {
        let none = vec![f64::NAN; feature::names(class).len()];
        named(image, class, none, choice)
    });
    OfImage { n_gray_levels: 0, is_undefined: true, values: values.collect(), warning: Some(warning) }
}

/// The values of a part's classes, each in the order of its features; NaN for those that are not chosen.
fn values(
    part: Part,
    values: &Values,
    levels: &Levels,
    of: Measured,
    progress: &Progress,
) -> Result<Vec<Vec<f64>>, Cancelled> {
    let Measured { spacing_mm, texture, choice, .. } = of;
    let wanted = |class: FeatureClass| move |name: &str| choice.includes(class, name);
    Ok(match part {
        Part::Distribution => {
            let voxel_mm3 = spacing_mm.iter().product();
            let distribution = Distribution::of(values, levels, voxel_mm3, texture.voxel_array_shift);
            vec![feature::firstorder::each(&distribution, wanted(FeatureClass::FirstOrder))]
        }
        Part::Pairs => {
            let of_direction =
                |matrix: &Glcm| feature::glcm::of_direction(matrix, wanted(FeatureClass::Glcm), progress);
            let directions = matrix::glcm::each_direction(levels, texture, spacing_mm, progress, of_direction)?;
            // A sum of directions in which nothing touches is no number for PyRadiomics.
            let one_level = levels.count() == 1 && texture.weighting.is_none();
            vec![feature::glcm::mean(&directions, one_level)]
        }
        Part::Runs => {
            let matrices = matrix::glrlm::count(levels, texture, spacing_mm);
            vec![over_directions(feature::glrlm::TABLE, &matrices, wanted(FeatureClass::Glrlm))]
        }
        Part::Zones => {
            let zones = matrix::glszm::count(levels, texture.force_2d, progress)?;
            vec![each(feature::glszm::TABLE, &zones, wanted(FeatureClass::Glszm))]
        }
        Part::Neighbourhood => {
            let Neighbourhood { dependence, tones } = matrix::neighbourhood::count(levels, texture, progress)?;
            vec![
                each(feature::gldm::TABLE, &dependence, wanted(FeatureClass::Gldm)),
                each(feature::ngtdm::TABLE, tones.as_slice(), wanted(FeatureClass::Ngtdm)),
            ]
        }
    })
}

/// The chosen ones of a class's features.
pub(super) fn named(
    image: ImageType,
    class: FeatureClass,
    values: Vec<f64>,
    choice: &FeatureChoice,
) -> Vec<(FeatureId, f64)> {
    let names = feature::names(class).into_iter().zip(values).filter(|(name, _)| choice.includes(class, name));
    names.map(|(name, value)| (FeatureId { image, class, name }, value)).collect()
}
