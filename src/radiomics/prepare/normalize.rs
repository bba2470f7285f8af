//! Gray values in standard deviations from the mean of the whole image, as `SimpleITK.Normalize` and PyRadiomics'
//! `normalizeImage` have them: the variance has n - 1, outliers are cut off before the scale is applied, and values have 64 bits.

use ndarray::{Array3, Axis};
use num_traits::AsPrimitive;
use rayon::prelude::*;

use crate::base::Progress;
use crate::radiomics::RadiomicsError;
use crate::radiomics::protocol::Normalize;
use crate::volume::Voxels;

/// What is done to each value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaling {
    mean: f64,
    /// 1 / standard deviation.
    factor: f64,
    settings: Normalize,
}

impl Scaling {
    /// The scaling by the distribution of all values of an image.
    pub fn of(voxels: &Voxels, settings: Normalize, progress: &Progress) -> Result<Self, RadiomicsError> {
        let (sum, squares) = match voxels {
            Voxels::I16(image) => sums(image, progress),
            Voxels::I32(image) => sums(image, progress),
            Voxels::F32(image) => sums(image, progress),
            Voxels::F64(image) => sums(image, progress),
        }?;
        let (slices, rows, columns) = voxels.shape();
        let n = (slices * rows * columns) as f64;
        let variance = (squares - sum * sum / n) / (n - 1.0);
        // Rounding of the squares' sum can leave a little more than nothing of an image of one gray value.
        if variance.is_nan() || variance <= f64::EPSILON * squares / n {
            return Err(RadiomicsError::OneGrayValue);
        }
        Ok(Self { mean: sum / n, factor: 1.0 / variance.sqrt(), settings })
    }

    /// A value as it is after scaling.
    #[inline(always)]
    pub fn at(&self, value: f64) -> f64 {
        let scaled = (value - self.mean) * self.factor;
        let kept = match self.settings.remove_outliers {
            Some(most) if scaled > most => most,
            Some(most) if scaled < -most => -most,
            _ => scaled,
        };
        kept * self.settings.scale
    }
}

/// Sum and sum of squares, both carried in two numbers so that their order decides nothing. A value that is no number is an
/// error with its place.
fn sums<S: Copy + AsPrimitive<f64> + Sync>(
    image: &Array3<S>,
    progress: &Progress,
) -> Result<(f64, f64), RadiomicsError> {
    let of_slice = |(slice, plane): (usize, ndarray::ArrayView2<S>)| {
        progress.check()?;
        let (mut sum, mut squares) = (Sum::default(), Sum::default());
        for ((row, column), value) in plane.indexed_iter() {
            let value: f64 = value.as_();
            if !value.is_finite() {
                return Err(RadiomicsError::NotFinite { slice, row, column });
            }
            sum.add(value);
            squares.add(value * value);
        }
        Ok((sum, squares))
    };
    let of_slices: Vec<(Sum, Sum)> =
        image.axis_iter(Axis(0)).into_par_iter().enumerate().map(of_slice).collect::<Result<_, RadiomicsError>>()?;
    let (mut sum, mut squares) = (Sum::default(), Sum::default());
    for (of_slice, of_squares) in of_slices {
        sum.join(of_slice);
        squares.join(of_squares);
    }
    Ok((sum.total(), squares.total()))
}

/// A sum and what rounding took from it (Neumaier 1974).
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let total = self.high + value;
        self.low += match self.high.abs() >= value.abs() {
            true => self.high - total + value,
            false => value - total + self.high,
        };
        self.high = total;
    }

    fn join(&mut self, other: Self) {
        self.add(other.high);
        self.low += other.low;
    }

    fn total(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(values: Vec<f64>, remove_outliers: Option<f64>) -> Result<Scaling, RadiomicsError> {
        let image = Array3::from_shape_vec((1, 1, values.len()), values).unwrap();
        Scaling::of(&Voxels::F64(image), Normalize { scale: 100.0, remove_outliers }, &Progress::new())
    }

    #[test]
    fn values_are_deviations_from_the_mean_with_n_less_one() {
        // Mean 4, variance (9 + 1 + 1 + 9) / 3.
        let scaling = scaling(vec![1.0, 3.0, 5.0, 7.0], None).unwrap();
        assert!((scaling.at(7.0) - 300.0 / (20.0f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn outliers_are_cut_off_before_the_scale() {
        let scaling = scaling(vec![1.0, 3.0, 5.0, 7.0], Some(1.0)).unwrap();
        assert_eq!([scaling.at(7.0), scaling.at(1.0), scaling.at(4.0)], [100.0, -100.0, 0.0]);
    }

    #[test]
    fn one_gray_value_and_values_that_are_none_are_refused() {
        assert_eq!(scaling(vec![0.1; 1000], None), Err(RadiomicsError::OneGrayValue));
        let error = scaling(vec![1.0, f64::NAN], None).unwrap_err();
        assert_eq!(error, RadiomicsError::NotFinite { slice: 0, row: 0, column: 1 });
    }
}
