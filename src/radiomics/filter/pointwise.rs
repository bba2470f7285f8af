//! Square, square root, logarithm, exponential.

use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;

use super::Filter;

/// The images that the filter makes.
pub(super) fn images(filter: &Filter, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (filter, scene);
    Err(RadiomicsError::FilterAbsent("pointwise"))
}
