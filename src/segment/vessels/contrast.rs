//! How much brighter than the parenchyma around it every voxel of the liver is.

use ndarray::{Array3, Zip};

use super::cells::Lattice;
use crate::base::{Cancelled, Progress};
use crate::segment::findings::{hounsfield, median_and_spread};
use crate::segment::region::smoothed_within;
use crate::volume::{Mask, Volume, VoxelBox};

/// Standard deviation of the smoothing in mm. A vessel of 2 mm radius keeps nine tenths of its contrast on its axis.
const SMOOTHING_MM: f64 = 1.0;

/// Where more than this much noise in HU remains, a fifth of the contrast of a well enhanced vein, it is smoothed by more: the
/// vessel keeps two thirds of its contrast, the noise half of what remained.
const NOISY_HU: f32 = 9.0;
const MORE_SMOOTHING_MM: f64 = 1.4;

/// Standard deviation in mm of the surroundings whose HU count as parenchyma: as wide as the widest intrahepatic vessel, the
/// portal vein of 15 mm, so that parenchyma outweighs it.
const SURROUNDINGS_MM: f64 = 10.0;

/// How far from the expected parenchyma, in robust standard deviations, a cell still counts: Tukey's constant for an efficiency of
/// 95 % (Beaton and Tukey, Technometrics 1974;16:147).
const TUKEY: f32 = 4.685;

/// Rounds of estimating the parenchyma and weighting cells by it; the estimate moves by less than 1 HU after the third.
const ROUNDS: usize = 3;

/// The liver within its box.
pub(super) struct Contrast {
    /// HU above the parenchyma, smoothed; no number outside of the liver.
    pub(super) hu: Array3<f32>,
    /// Robust standard deviation of `hu`: what remains of noise and texture.
    pub(super) spread: f32,
    /// How slowly varying quantities are estimated.
    pub(super) lattice: Lattice,
}

impl Contrast {
    /// The contrast of a liver within a box; `None` where it has no voxel with a number.
    pub(super) fn of(
        volume: &Volume,
        liver: &Mask,
        bounds: VoxelBox,
        progress: &Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let found = Self::smoothed_by(SMOOTHING_MM, volume, liver, bounds, progress)?;
        match found {
            Some(found) if found.spread > NOISY_HU => {
                Self::smoothed_by(MORE_SMOOTHING_MM, volume, liver, bounds, progress)
            }
            found => Ok(found),
        }
    }

    fn smoothed_by(
        sigma_mm: f64,
        volume: &Volume,
        liver: &Mask,
        bounds: VoxelBox,
        progress: &Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let spacing_mm = volume.geometry().spacing_mm();
        let mut hu = within_liver(volume, liver, bounds, sigma_mm, progress)?;
        let lattice = Lattice::of(spacing_mm);
        let Some(parenchyma) = parenchyma(lattice, &hu, progress)? else { return Ok(None) };
        lattice.spread(&parenchyma, &mut hu, |value, parenchyma| *value -= parenchyma);
        let spread = median_and_spread(&hu).map(|[_, spread]| spread as f32);
        Ok(spread.map(|spread| Self { hu, spread, lattice }))
    }
}

/// Smoothed HU of the liver; no number outside.
fn within_liver(
    volume: &Volume,
    liver: &Mask,
    bounds: VoxelBox,
    sigma_mm: f64,
    progress: &Progress,
) -> Result<Array3<f32>, Cancelled> {
    let spacing_mm = volume.geometry().spacing_mm();
    let mut weights = bounds.view(liver.inside()).mapv(f32::from);
    if let Some(padding) = volume.padding() {
        Zip::from(&mut weights).and(bounds.view(padding)).for_each(|weight, &padding| {
            *weight = if padding { 0.0 } else { *weight };
        });
    }
    let hu = hounsfield(volume.voxels(), bounds, &mut weights);
    smoothed_within(hu, weights, spacing_mm, sigma_mm, progress)
}

/// The parenchyma's HU in every cell: a local M-estimate, the mean of the surroundings with Tukey's biweight about the last
/// estimate, beginning with the liver's median. Vessels, lesions and the blurred edge of the liver weigh nothing.
fn parenchyma(lattice: Lattice, hu: &Array3<f32>, progress: &Progress) -> Result<Option<Array3<f32>>, Cancelled> {
    let cells = lattice.gather(hu);
    let mut full = cells.means.clone();
    Zip::from(&mut full).and(&cells.parts).for_each(|mean, &part| *mean = if part > 0.0 { *mean } else { f32::NAN });
    let Some([median, spread]) = median_and_spread(&full) else { return Ok(None) };
    let reach = TUKEY * (spread as f32).max(1.0);
    let mut estimate = Array3::from_elem(cells.means.dim(), median as f32);
    for _ in 0..ROUNDS {
        let mut weights = cells.parts.clone();
        Zip::from(&mut weights).and(&cells.means).and(&estimate).for_each(|weight, &mean, &estimate| {
            *weight *= (1.0 - ((mean - estimate) / reach).powi(2)).max(0.0).powi(2);
        });
        estimate = lattice.around(&cells.means, &weights, SURROUNDINGS_MM, median as f32, progress)?;
    }
    Ok(Some(estimate))
}
