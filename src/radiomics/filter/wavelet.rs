//! Stationary wavelet transform.

use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;

/// The images that the filter makes.
pub(super) fn images(wavelet: &str, start_level: u8, level: u8, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let _ = (wavelet, start_level, level, scene);
    Err(RadiomicsError::FilterAbsent("wavelet"))
}
