//! Image and VOI as they are measured: checked, and the VOI without the voxels that resegmentation takes out of it.

mod resegment;

use std::borrow::Cow;
use std::sync::Arc;

use super::RadiomicsError;
use super::protocol::Preparation;
use super::region::Region;
use crate::base::Progress;
use crate::volume::{Mask, Volume};

/// What features are measured on.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// The image.
    pub volume: Cow<'a, Volume>,
    /// The VOI that shape is measured on.
    pub shape_region: Arc<Region>,
    /// The VOI that everything else is measured on.
    pub region: Arc<Region>,
}

/// Prepares image and VOI. Fails where there is no VOI on the image's grid, or too little of it.
pub fn prepare<'a>(
    volume: &'a Volume,
    mask: &Mask,
    preparation: &Preparation,
    progress: &Progress,
) -> Result<Prepared<'a>, RadiomicsError> {
    progress.check()?;
    let whole = Region::cut(volume, mask)?;
    check(&whole, preparation)?;
    let Some(resegment) = &preparation.resegment else {
        let whole = Arc::new(whole);
        return Ok(Prepared { volume: Cow::Borrowed(volume), shape_region: whole.clone(), region: whole });
    };
    let region = Arc::new(resegment::resegmented(&whole, &whole.values_of(volume)?, resegment)?);
    check(&region, preparation)?;
    // PyRadiomics keeps shape from resegmentation but crops it to the bounding box of what resegmentation left.
    let shape_region = match resegment.shape {
        true => region.clone(),
        false => Arc::new(whole.cropped(region.corner, region.shape)),
    };
    Ok(Prepared { volume: Cow::Borrowed(volume), shape_region, region })
}

/// Whether enough is left of a VOI to measure it.
fn check(region: &Region, preparation: &Preparation) -> Result<(), RadiomicsError> {
    let voxels = region.places.len();
    if region.dimensions() < preparation.minimum_dimensions {
        return Err(RadiomicsError::TooThin { voxels, least: preparation.minimum_dimensions });
    }
    match preparation.minimum_voxels {
        Some(most) if voxels <= most => Err(RadiomicsError::TooSmall { voxels, most }),
        _ => Ok(()),
    }
}
