//! Laplacian of Gaussian.

use super::{Derived, Scene};
use crate::base::Warnings;
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::Sigma;

/// The images that the filter makes.
pub(super) fn images(sigma: &[Sigma], scene: Scene, warnings: &mut Warnings) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (sigma, scene, warnings);
    Err(RadiomicsError::FilterAbsent("log"))
}
