//! Local binary patterns in space.

use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;

/// The images that the filter makes.
pub(super) fn images(levels: u8, radius: f64, subdivision: u8, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (levels, radius, subdivision, scene);
    Err(RadiomicsError::FilterAbsent("lbp3d"))
}
