//! Image and VOI as they are measured: gray values scaled, on another grid or cropped, checked, and the VOI without the voxels
//! that resegmentation takes out of it. In this order, as in PyRadiomics.
//!
//! What filters see is the prepared image and nothing beyond it: its borders are theirs.

mod bspline;
mod grid;
mod normalize;
mod resample;
mod resegment;

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::{Array3, s};

use super::RadiomicsError;
use super::protocol::{Preparation, Resample};
use super::region::Region;
use crate::base::Progress;
use crate::volume::{Geometry, Mask, Volume, Voxels};
use grid::Extent;
use normalize::Scaling;
pub(super) use resample::reach_of;

/// What features are measured on.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// The image.
    pub volume: Cow<'a, Volume>,
    /// The VOI that shape is measured on.
    pub shape_region: Arc<Region>,
    /// The VOI that everything else is measured on.
    pub region: Arc<Region>,
    /// Where a cropped image begins in the one that was given: slice, row, column.
    pub first: [usize; 3],
}

/// Prepares image and VOI. Fails where there is no VOI on the image's grid, or too little of it.
pub fn prepare<'a>(
    volume: &'a Volume,
    mask: &Mask,
    preparation: &Preparation,
    progress: &Progress,
) -> Result<Prepared<'a>, RadiomicsError> {
    progress.check()?;
    let drawn = Region::cut(volume, mask)?;
    // Here, so that a value that is no number is named by its place in the image as it was given.
    drawn.values_of(volume)?;
    let scaling = preparation.normalize.map(|settings| Scaling::of(volume.voxels(), settings, progress)).transpose()?;
    let source = Source { volume, scaling };
    let (volume, whole, first) = match (&preparation.resample, preparation.crop) {
        (Some(settings), _) => resampled(&source, mask, drawn, settings, progress)?,
        (None, Some(pad)) => cropped(&source, drawn, pad, progress)?,
        (None, None) => (source.whole(progress)?, drawn, [0; 3]),
    };
    check(&whole, preparation)?;
    let Some(resegment) = &preparation.resegment else {
        let whole = Arc::new(whole);
        return Ok(Prepared { volume, shape_region: whole.clone(), region: whole, first });
    };
    let region = Arc::new(resegment::resegmented(&whole, &whole.values_of(&volume)?, resegment)?);
    check(&region, preparation)?;
    // PyRadiomics keeps shape from resegmentation but crops it to the bounding box of what resegmentation left.
    let shape_region = match resegment.shape {
        true => region.clone(),
        false => Arc::new(whole.cropped(region.corner, region.shape)),
    };
    Ok(Prepared { volume, shape_region, region, first })
}

/// An image and what is done to its values.
struct Source<'a> {
    volume: &'a Volume,
    scaling: Option<Scaling>,
}

impl<'a> Source<'a> {
    /// Values in a part of the image.
    fn values(&self, part: Extent, progress: &Progress) -> Result<Array3<f64>, RadiomicsError> {
        let scaled = |value: f64| self.scaling.map_or(value, |scaling| scaling.at(value));
        match self.volume.voxels() {
            Voxels::I16(image) => resample::widened(image, part, progress, scaled),
            Voxels::I32(image) => resample::widened(image, part, progress, scaled),
            Voxels::F32(image) => resample::widened(image, part, progress, scaled),
            Voxels::F64(image) => resample::widened(image, part, progress, scaled),
        }
    }

    /// The image with its values scaled; itself where they are not.
    fn whole(&self, progress: &Progress) -> Result<Cow<'a, Volume>, RadiomicsError> {
        if self.scaling.is_none() {
            return Ok(Cow::Borrowed(self.volume));
        }
        let geometry = *self.volume.geometry();
        let whole = Extent { first: [0; 3], size: geometry.size() };
        Ok(Cow::Owned(image(geometry, Voxels::F64(self.values(whole, progress)?), self)?))
    }

    /// A part of the image, its values scaled.
    fn part(&self, part: Extent, progress: &Progress) -> Result<Volume, RadiomicsError> {
        let [i, j, k] = [0, 1, 2].map(|axis| part.first[axis]..part.first[axis] + part.size[axis]);
        let voxels = match self.volume.voxels() {
            _ if self.scaling.is_some() => Voxels::F64(self.values(part, progress)?),
            Voxels::I16(image) => Voxels::I16(image.slice(s![k, j, i]).to_owned()),
            Voxels::I32(image) => Voxels::I32(image.slice(s![k, j, i]).to_owned()),
            Voxels::F32(image) => Voxels::F32(image.slice(s![k, j, i]).to_owned()),
            Voxels::F64(image) => Voxels::F64(image.slice(s![k, j, i]).to_owned()),
        };
        let old = self.volume.geometry();
        let origin = old.patient_from_voxel(part.first.map(|index| index as f64));
        image(Geometry::new(part.size, origin, old.steps()).map_err(RadiomicsError::Grid)?, voxels, self)
    }
}

/// A new image, whose integers are stored as the source's are.
fn image(geometry: Geometry, voxels: Voxels, source: &Source) -> Result<Volume, RadiomicsError> {
    let volume = Volume::new(geometry, voxels).map_err(RadiomicsError::Volume)?;
    Ok(match source.volume.integers() {
        Some(range) if volume.voxels().is_integer() => volume.with_integers(range),
        _ => volume,
    })
}

/// Image, VOI, and where the image begins in the one that was given.
type Cut<'a> = (Cow<'a, Volume>, Region, [usize; 3]);

/// Image and VOI on a grid of other spacing; where the spacing is the image's own, only cropped.
fn resampled<'a>(
    source: &Source<'a>,
    mask: &Mask,
    drawn: Region,
    settings: &Resample,
    progress: &Progress,
) -> Result<Cut<'a>, RadiomicsError> {
    let old = source.volume.geometry();
    let Some(grid) = grid::around(old, extent(&drawn), settings)? else {
        return cropped(source, drawn, settings.pad_voxels, progress);
    };
    let voxels = resample::image(source, &grid, settings.interpolator, progress)?;
    let volume = image(grid, voxels, source)?;
    let inside = resample::mask(mask, old, &grid, progress)?;
    let mask = Mask::new(grid, inside).map_err(RadiomicsError::OtherGrid)?;
    let region = Region::cut(&volume, &mask).map_err(|error| match error {
        RadiomicsError::EmptyVoi => RadiomicsError::NothingLeft { spacing_mm: grid.spacing_mm() },
        error => error,
    })?;
    // Every value that was read is a number, so that no place of one need be named.
    Ok((Cow::Owned(volume), region, [0; 3]))
}

/// The VOI's box and some voxels on each side of it.
fn cropped<'a>(source: &Source<'a>, drawn: Region, pad: u32, progress: &Progress) -> Result<Cut<'a>, RadiomicsError> {
    let part = extent(&drawn).padded(pad as usize, source.volume.geometry().size());
    let [column, row, slice] = part.first;
    let corner = [drawn.corner[0] - slice, drawn.corner[1] - row, drawn.corner[2] - column];
    Ok((Cow::Owned(source.part(part, progress)?), Region { corner, ..drawn }, [slice, row, column]))
}

/// A region's box as column, row, slice.
fn extent(region: &Region) -> Extent {
    let turned = |[slice, row, column]: [usize; 3]| [column, row, slice];
    Extent { first: turned(region.corner), size: turned(region.shape) }
}

/// Whether enough is left of a VOI to measure it.
fn check(region: &Region, preparation: &Preparation) -> Result<(), RadiomicsError> {
    let voxels = region.places.len();
    // A single voxel is too few whatever the protocol says.
    let least = preparation.minimum_dimensions.max(1);
    if region.dimensions() < least {
        return Err(RadiomicsError::TooThin { voxels, least });
    }
    match preparation.minimum_voxels {
        Some(most) if voxels <= most => Err(RadiomicsError::TooSmall { voxels, most }),
        _ => Ok(()),
    }
}
