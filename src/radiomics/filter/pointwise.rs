//! Square, square root, logarithm and exponential of each value, scaled to the range of the whole image, as PyRadiomics
//! defines them; signs are kept where a root or a logarithm has none.

use rayon::prelude::*;

use super::window::Window;
use super::{Derived, Scene};
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::ImageType;
use crate::radiomics::region::Values;
use crate::volume::Voxels;

/// A function of one value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pointwise {
    Square,
    SquareRoot,
    Logarithm,
    Exponential,
}

impl Pointwise {
    /// Its value at `x` in an image whose greatest absolute value is `most`.
    fn at(self, x: f64, most: f64) -> f64 {
        match self {
            Self::Square => (1.0 / most.sqrt() * x).powi(2),
            Self::SquareRoot if x > 0.0 => (x * most).sqrt(),
            Self::SquareRoot if x < 0.0 => -(-x * most).sqrt(),
            Self::SquareRoot => x,
            Self::Logarithm if x > 0.0 => (x + 1.0).ln() * (most / (most + 1.0).ln()),
            Self::Logarithm if x < 0.0 => -(-(x - 1.0)).ln() * (most / (most + 1.0).ln()),
            Self::Logarithm => x * (most / (most + 1.0).ln()),
            Self::Exponential => (most.ln() / most * x).exp(),
        }
    }

    fn image(self) -> ImageType {
        match self {
            Self::Square => ImageType::Square,
            Self::SquareRoot => ImageType::SquareRoot,
            Self::Logarithm => ImageType::Logarithm,
            Self::Exponential => ImageType::Exponential,
        }
    }
}

/// The image that the function makes.
pub(super) fn image(function: Pointwise, scene: Scene) -> Result<Derived, RadiomicsError> {
    let voxels = scene.volume.voxels();
    let (slices, rows, columns) = voxels.shape();
    Window::whole([slices, rows, columns]).check(voxels)?;
    let most = greatest(voxels);
    let gray = scene.region.values_of(scene.volume)?.gray.into_iter().map(|x| function.at(x, most)).collect();
    Ok(Derived { image: function.image(), values: Values::checked(gray, false, scene.region)? })
}

/// The greatest absolute value of the image, all of which are numbers.
fn greatest(voxels: &Voxels) -> f64 {
    fn of<S: Copy + Into<f64> + Sync>(image: &ndarray::Array3<S>) -> f64 {
        let planes = image.axis_iter(ndarray::Axis(0)).into_par_iter();
        let of_planes = planes.map(|plane| plane.iter().fold(0.0, |most: f64, &x| most.max(x.into().abs())));
        of_planes.reduce(|| 0.0, f64::max)
    }
    match voxels {
        Voxels::I16(image) => of(image),
        Voxels::I32(image) => of(image),
        Voxels::F32(image) => of(image),
        Voxels::F64(image) => of(image),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_keeps_its_size() {
        for function in [Pointwise::Square, Pointwise::SquareRoot, Pointwise::Logarithm, Pointwise::Exponential] {
            assert!((function.at(240.0, 240.0) - 240.0).abs() < 1e-9, "{function:?}");
        }
    }

    #[test]
    fn roots_and_logarithms_keep_the_sign() {
        for function in [Pointwise::SquareRoot, Pointwise::Logarithm] {
            assert_eq!(function.at(-30.0, 100.0), -function.at(30.0, 100.0), "{function:?}");
        }
    }
}
