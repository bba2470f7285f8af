//! The settings of the section `setting` that decide what is done before anything is measured.

use super::ProtocolError;
use super::settings::{Given, Settings};
use crate::radiomics::protocol::{Interpolator, Normalize, Preparation, Resample, Resegment, ResegmentMode};

/// Voxels around a VOI that PyRadiomics keeps when nothing is set.
pub const PAD_VOXELS: u32 = 5;
/// How it finds values between voxels when nothing is set.
const INTERPOLATOR: Interpolator = Interpolator::BSpline;

/// The preparation that a section asks for.
pub fn preparation(global: &Settings) -> Result<Preparation, ProtocolError> {
    let usual = Preparation::default();
    let normalize = global.normalize.is_some_and(|given| given.value).then(|| Normalize {
        scale: global.normalize_scale.map_or(1.0, |scale| scale.value),
        remove_outliers: global.remove_outliers.and_then(|outliers| outliers.value),
    });
    let pad_voxels = global.pad_distance.map_or(PAD_VOXELS, |pad| pad.value);
    let resample = match (global.spacing_mm, global.interpolator) {
        (Some(Given { value: Some(_), line }), Some(Given { value: None, line: other_line })) => {
            return Err(ProtocolError::Contradiction {
                key: "resampledPixelSpacing",
                line,
                other: "interpolator",
                other_line,
            });
        }
        (Some(Given { value: Some(spacing_mm), .. }), chosen) => {
            let interpolator = chosen.and_then(|chosen| chosen.value).unwrap_or(INTERPOLATOR);
            Some(Resample { spacing_mm, interpolator, pad_voxels })
        }
        _ => None,
    };
    // Another grid reaches no farther than the padding either, so that PyRadiomics crops only where there is none.
    let is_cropped = global.pre_crop.is_some_and(|crop| crop.value) && resample.is_none();
    Ok(Preparation {
        normalize,
        resample,
        crop: is_cropped.then_some(pad_voxels),
        resegment: resegment(global),
        minimum_dimensions: global.minimum_dimensions.map_or(usual.minimum_dimensions, |least| least.value),
        minimum_voxels: global.minimum_voxels.and_then(|most| most.value),
    })
}

fn resegment(global: &Settings) -> Option<Resegment> {
    let ends = global.resegment_range.as_ref()?.value.as_ref()?;
    Some(Resegment {
        low: *ends.first()?,
        high: ends.get(1).copied(),
        mode: global.resegment_mode.map_or(ResegmentMode::Absolute, |mode| mode.value),
        shape: global.resegment_shape.is_some_and(|shape| shape.value),
    })
}
