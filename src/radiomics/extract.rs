//! The pipeline: prepare image and VOI, derive images, compute features of each.

use rayon::prelude::*;
use serde::Serialize;

use super::RadiomicsError;
use super::feature::{self, shape::Shape};
use super::feature_id::{FeatureClass, FeatureId};
use super::filter::{self, Derived, Scene};
use super::frame::Frame;
use super::image_features::{Measured, OfImage, named, of_image};
use super::image_type::ImageType;
use super::prepare::{Prepared, prepare};
use super::protocol::{FeatureChoice, ImageSettings, Protocol};
use super::region::Region;
use crate::base::{Cancelled, Progress, Warnings};
use crate::volume::{Mask, Volume};

/// The features of one VOI.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Values in the order in which features are listed.
    pub values: Vec<(FeatureId, f64)>,
    /// What they were computed from.
    pub diagnostics: Diagnostics,
    /// What is odd.
    pub warnings: Warnings,
}

/// What features were computed from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnostics {
    /// Name of the protocol.
    pub protocol: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its settings that decide numbers, which the fingerprint is a hash of.
    pub settings: serde_json::Value,
    /// Voxels of the VOI that texture and first-order features saw.
    pub n_voxels: usize,
    /// Slices, rows and columns of the VOI's bounding box.
    pub bounding_box: [usize; 3],
    /// Gray levels present in the first image that features were computed on, which is the original in every usual protocol; 0
    /// where none are counted, as for shape alone.
    pub n_gray_levels: usize,
}

/// Extracts the features that a protocol asks for. The same bytes for any number of threads.
///
/// Errors: see [`RadiomicsError`]. Padding voxels inside the VOI count like any other, as PyRadiomics knows of none; a warning
/// says how many there are.
pub fn extract(
    volume: &Volume,
    mask: &Mask,
    protocol: &Protocol,
    progress: &Progress,
) -> Result<Features, RadiomicsError> {
    progress.begin("Extracting features", protocol.images.len());
    let prepared = prepare(volume, mask, &protocol.preparation, progress)?;
    let region = &prepared.region;
    let of_filter = |settings: &ImageSettings| {
        let mut warnings = Warnings::new();
        let features = of_images(settings, &protocol.features, &prepared, progress, &mut warnings)?;
        progress.advance(1);
        Ok((features, warnings))
    };
    let (found, shape) = rayon::join(
        || protocol.images.par_iter().map(of_filter).collect::<Result<Vec<_>, RadiomicsError>>(),
        || of_shape(&prepared.shape_region, &protocol.features, progress),
    );
    let mut warnings = warnings(volume, mask);
    warnings.extend(&doubts(&region.places, region.shape));
    let mut images: Vec<OfImage> = Vec::new();
    for (of_filter, of_warnings) in found? {
        images.extend(of_filter);
        of_warnings.iter().for_each(|warning| warnings.push(warning));
    }
    let values: Vec<(FeatureId, f64)> =
        shape?.into_iter().chain(images.iter().flat_map(|image| image.values.iter().copied())).collect();
    // Those of images that have said why themselves are left out.
    let counted = images.iter().filter(|image| !image.is_undefined).flat_map(|image| &image.values);
    let missing: Vec<&FeatureId> = counted.filter(|(_, value)| !value.is_finite()).map(|(id, _)| id).collect();
    if let Some(first) = missing.first() {
        warnings.push(format!(
            "{} features have no value, {first} the first of them: there are no two neighbouring voxels or gray levels to \
             compare",
            missing.len()
        ));
    }
    Ok(Features {
        diagnostics: Diagnostics {
            protocol: protocol.name.clone(),
            fingerprint: protocol.fingerprint(),
            settings: protocol.deciding_settings(),
            n_voxels: region.places.len(),
            bounding_box: region.shape,
            n_gray_levels: images.first().map_or(0, |image| image.n_gray_levels),
        },
        values,
        warnings,
    })
}

/// The features of all images that one filter makes.
fn of_images(
    settings: &ImageSettings,
    choice: &FeatureChoice,
    prepared: &Prepared,
    progress: &Progress,
    warnings: &mut Warnings,
) -> Result<Vec<OfImage>, RadiomicsError> {
    // Shape is measured on the VOI, and on no image.
    if choice.classes().all(|class| class == FeatureClass::Shape) {
        return Ok(Vec::new());
    }
    let region = &prepared.region;
    let has_matrices = choice.classes().any(FeatureClass::has_matrix);
    let frame = has_matrices.then(|| Frame::of(region, settings.texture.reach())).transpose()?;
    let scene = Scene { volume: &prepared.volume, region, force_2d: settings.texture.force_2d, progress };
    let derived = filter::derive(&settings.filter, scene, warnings).map_err(|error| error.moved(prepared.first))?;
    let (spacing_mm, texture) = (region.spacing_mm, &settings.texture);
    let measured = Measured { frame: frame.as_ref(), spacing_mm, texture, choice };
    let of_one = |derived: Derived| {
        progress.say(&format!("Extracting features: {}", derived.image));
        of_image(derived, measured, progress)
    };
    let images: Vec<OfImage> = derived.into_par_iter().map(of_one).collect::<Result<_, RadiomicsError>>()?;
    images.iter().filter_map(|image| image.warning.as_deref()).for_each(|warning| warnings.push(warning));
    Ok(images)
}

fn of_shape(region: &Region, choice: &FeatureChoice, progress: &Progress) -> Result<Vec<(FeatureId, f64)>, Cancelled> {
    let class = FeatureClass::Shape;
    if choice.classes().all(|chosen| chosen != class) {
        return Ok(Vec::new());
    }
    let values =
        feature::each(feature::shape::TABLE, &Shape::of(region, progress)?, |name| choice.includes(class, name));
    Ok(named(ImageType::Original, class, values, choice))
}

/// Voxels below which hardly any feature is reproducible: a cube of four a side.
const FEW_VOXELS: usize = 64;

/// What makes features of a VOI of this extent doubtful.
fn doubts(places: &[[u32; 3]], shape: [usize; 3]) -> Warnings {
    let mut doubts = Warnings::new();
    if places.len() < FEW_VOXELS {
        doubts.push(format!("the VOI has {} voxels alone: features of so few are hardly reproducible", places.len()));
    }
    for (side, axis) in shape.into_iter().zip(["slice", "row", "column"]) {
        if side == 1 {
            doubts.push(format!("the VOI lies in one {axis} alone: its shape has no depth there"));
        }
    }
    doubts
}

fn warnings(volume: &Volume, mask: &Mask) -> Warnings {
    let mut warnings = Warnings::new();
    if let Some(padding) = volume.padding() {
        let both = padding.iter().zip(mask.inside()).filter(|(padding, inside)| **padding && **inside).count();
        if both > 0 {
            warnings.push(format!(
                "{both} voxels of the VOI lie outside the scanner's field of view; redraw it without them"
            ));
        }
    }
    if volume.geometry().tilt_degrees() > SHEARED_DEGREES {
        warnings.push(
            "the image is sheared (gantry tilt): shape features take its axes as right-angled, as PyRadiomics would",
        );
    }
    warnings
}

/// Tilt from which shape features are off by more than rounding: 0.1 degrees, as for series.
const SHEARED_DEGREES: f64 = 0.1;
