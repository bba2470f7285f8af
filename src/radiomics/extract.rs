//! The pipeline: cut the VOI out, discretize, count matrices, compute features.

use rayon::prelude::*;
use serde::Serialize;

use super::RadiomicsError;
use super::discretize::Levels;
use super::feature::{self, Named, firstorder::Distribution, mean_over_directions, shape::Shape};
use super::feature_id::{FeatureClass, FeatureId, ImageType};
use super::matrix::{self, SizeMatrix};
use super::protocol::Protocol;
use super::region::Region;
use crate::base::{Progress, Warnings};
use crate::volume::{Mask, Volume};

/// Along how many axes a VOI must be more than one voxel wide (PyRadiomics' `minimumROIDimensions`).
const LEAST_DIMENSIONS: usize = 2;

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
    /// Voxels of the VOI that texture and first-order features saw.
    pub n_voxels: usize,
    /// Slices, rows and columns of the VOI's bounding box.
    pub bounding_box: [usize; 3],
    /// Gray levels present.
    pub n_gray_levels: usize,
}

/// Extracts the 107 features of the original image. The same bytes for any number of threads.
///
/// Errors: see [`RadiomicsError`]. Padding voxels inside the VOI count like any other, as PyRadiomics knows of none; a warning
/// says how many there are.
pub fn extract(
    volume: &Volume,
    mask: &Mask,
    protocol: &Protocol,
    progress: &Progress,
) -> Result<Features, RadiomicsError> {
    progress.begin("Extracting features", FeatureClass::ALL.len());
    let whole = Region::cut(volume, mask)?;
    if whole.dimensions() < LEAST_DIMENSIONS {
        return Err(RadiomicsError::TooThin { voxels: whole.values.len(), least: LEAST_DIMENSIONS });
    }
    let region = match protocol.resegment_range {
        Some(range) => &whole.within(range)?,
        None => &whole,
    };
    // PyRadiomics keeps shape from resegmentation but crops it to the bounding box of what resegmentation left.
    let shaped = whole.cropped(region.corner, region.shape);
    let levels = Levels::of(region, protocol.binning)?;
    progress.check()?;

    let classes = FeatureClass::ALL.par_iter().map(|&class| {
        progress.check()?;
        let values = of_class(class, &shaped, region, &levels);
        progress.advance(1);
        let named = feature::names(class).into_iter().zip(values);
        Ok(named.map(move |(name, value)| (FeatureId { image: ImageType::Original, class, name }, value)).collect())
    });
    let classes: Vec<Vec<(FeatureId, f64)>> = classes.collect::<Result<_, RadiomicsError>>()?;
    Ok(Features {
        values: classes.concat(),
        diagnostics: Diagnostics {
            protocol: protocol.name.clone(),
            fingerprint: protocol.fingerprint(),
            n_voxels: region.values.len(),
            bounding_box: region.shape,
            n_gray_levels: levels.count(),
        },
        warnings: warnings(volume, mask),
    })
}

fn of_class(class: FeatureClass, whole: &Region, region: &Region, levels: &Levels) -> Vec<f64> {
    match class {
        FeatureClass::Shape => each(feature::shape::TABLE, &Shape::of(whole)),
        FeatureClass::FirstOrder => each(feature::firstorder::TABLE, &Distribution::of(region, levels)),
        FeatureClass::Glcm => feature::glcm::features(&matrix::glcm::count(levels)),
        FeatureClass::Glszm => each(feature::glszm::TABLE, &matrix::glszm::count(levels)),
        FeatureClass::Glrlm => over_directions(feature::glrlm::TABLE, &matrix::glrlm::count(levels)),
        FeatureClass::Gldm => each(feature::gldm::TABLE, &matrix::gldm::count(levels)),
        FeatureClass::Ngtdm => {
            let tones = matrix::ngtdm::count(levels);
            feature::ngtdm::TABLE.iter().map(|(_, function)| function(&tones)).collect()
        }
    }
}

fn each<T>(table: &[Named<T>], of: &T) -> Vec<f64> {
    table.iter().map(|(_, function)| function(of)).collect()
}

fn over_directions(table: &[Named<SizeMatrix>], matrices: &[SizeMatrix]) -> Vec<f64> {
    table.iter().map(|(_, function)| mean_over_directions(matrices.iter().map(function))).collect()
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
