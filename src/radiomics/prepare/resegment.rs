//! Resegmentation: the voxels of a VOI whose gray values lie in a range (IBSI section 2.5), as PyRadiomics defines the range.

use crate::radiomics::RadiomicsError;
use crate::radiomics::protocol::{Resegment, ResegmentMode};
use crate::radiomics::region::{Region, Values};

/// What is left of a region. A single voxel is too few, as in PyRadiomics.
pub(super) fn resegmented(whole: &Region, values: &Values, settings: &Resegment) -> Result<Region, RadiomicsError> {
    let (low, high) = range(values, settings);
    let left = whole.within(values, (low, high))?;
    if left.places.len() < 2 {
        return Err(RadiomicsError::EmptyRange { low, high });
    }
    Ok(left)
}

/// The ends of the range as gray values.
fn range(values: &Values, settings: &Resegment) -> (f64, f64) {
    let gray = &values.gray;
    let n = gray.len() as f64;
    let (factor, offset) = match settings.mode {
        ResegmentMode::Absolute => (1.0, 0.0),
        ResegmentMode::Relative => (gray.iter().copied().fold(f64::NEG_INFINITY, f64::max), 0.0),
        ResegmentMode::Sigma => {
            let mean = gray.iter().sum::<f64>() / n;
            let variance = gray.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
            (variance.sqrt(), mean)
        }
    };
    (offset + factor * settings.low, settings.high.map_or(f64::INFINITY, |high| offset + factor * high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values { gray: vec![-100.0, 0.0, 50.0, 100.0, 200.0], is_f32: false }
    }

    fn settings(low: f64, high: Option<f64>, mode: ResegmentMode) -> Resegment {
        Resegment { low, high, mode, shape: false }
    }

    #[test]
    fn ends_are_values_parts_of_the_greatest_or_deviations_from_the_mean() {
        assert_eq!(range(&values(), &settings(-50.0, Some(150.0), ResegmentMode::Absolute)), (-50.0, 150.0));
        assert_eq!(range(&values(), &settings(0.25, Some(0.5), ResegmentMode::Relative)), (50.0, 100.0));
        // Mean 50, variance 10000.
        assert_eq!(range(&values(), &settings(-1.0, Some(0.5), ResegmentMode::Sigma)), (-50.0, 100.0));
    }

    #[test]
    fn a_range_of_one_end_is_open_above() {
        assert_eq!(range(&values(), &settings(10.0, None, ResegmentMode::Absolute)), (10.0, f64::INFINITY));
    }
}
