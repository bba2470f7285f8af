//! Magnitude of the gradient.

use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;

/// The images that the filter makes.
pub(super) fn images(use_spacing: bool, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (use_spacing, scene);
    Err(RadiomicsError::FilterAbsent("gradient"))
}
