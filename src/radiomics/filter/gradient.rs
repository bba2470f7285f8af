//! Magnitude of the gradient by central differences, as ITK's GradientMagnitudeImageFilter gives it: beyond the border the
//! last voxel goes on, and the result has 32 bits.

use super::window::Window;
use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::ImageType;
use crate::radiomics::region::{Region, Values};

/// The image that the filter makes.
pub(super) fn image(use_spacing: bool, scene: Scene) -> Result<Derived, RadiomicsError> {
    let voxels = scene.volume.voxels();
    let (slices, rows, columns) = voxels.shape();
    let half = scene.region.spacing_mm.map(|spacing| if use_spacing { 0.5 * (1.0 / spacing) } else { 0.5 });
    let at = |index: [usize; 3]| voxels.at((index[0], index[1], index[2]));
    let magnitude = |&place: &[u32; 3]| {
        let (slice, row, column) = scene.region.in_volume(place);
        let here = [slice, row, column];
        let mut square = 0.0;
        // ITK's axes begin with the column.
        for axis in [2, 1, 0] {
            let (mut before, mut behind) = (here, here);
            before[axis] = before[axis].saturating_sub(1);
            behind[axis] = (behind[axis] + 1).min([slices, rows, columns][axis] - 1);
            let slope = half[axis] * at(behind) - half[axis] * at(before);
            square += slope * slope;
        }
        f64::from(square.sqrt() as f32)
    };
    let gray = scene.region.places.iter().map(magnitude).collect();
    let values = Values::checked(gray, true, scene.region).map_err(|error| around(error, scene))?;
    Ok(Derived { image: ImageType::Gradient, values })
}

/// The neighbour that has no number, where one is why a voxel has no gradient.
fn around(error: RadiomicsError, scene: Scene) -> RadiomicsError {
    let RadiomicsError::NotFinite { slice, row, column } = error else { return error };
    let voxels = scene.volume.voxels();
    let (slices, rows, columns) = voxels.shape();
    let (corner, spacing_mm) = ([slice, row, column], scene.region.spacing_mm);
    let voxel = Region { corner, shape: [1; 3], spacing_mm, places: Vec::new() };
    let along = |reach| Window::around(&voxel, reach, [slices, rows, columns]).check(voxels).err();
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]].into_iter().find_map(along).unwrap_or(error)
}
