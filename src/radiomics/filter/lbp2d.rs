//! Local binary patterns in a plane.

use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;

/// The images that the filter makes.
pub(super) fn images(radius: f64, samples: u32, method: &str, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (radius, samples, method, scene);
    Err(RadiomicsError::FilterAbsent("lbp2d"))
}
