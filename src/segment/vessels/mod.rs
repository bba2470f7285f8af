//! A proposal of the main vessels inside of a given liver: portal and hepatic veins, and the vena cava where the liver's outline
//! holds it, as they stand out in the portal venous phase.
//!
//! An adaptive threshold with hysteresis (Canny, IEEE TPAMI 1986;8:679, has strong and weak edges so). HU are smoothed within
//! the liver, the parenchyma's own HU are taken away (`contrast`), and what is brighter than the noise over at least the
//! least radius is a seed. From the seeds' contrast follows, place by place, the threshold halfway between parenchyma and vessel:
//! where the edge of a blurred vessel lies. What exceeds it and hangs together with a seed is a vessel (`select`); branches
//! thinner than the least radius are cut off, since the protocol leaves out main vessels and branches alone.
//!
//! It deliberately does not part portal from hepatic veins, does not follow vessels out of the liver, and looks for bright
//! vessels only: where none stands out it says so. Bright lesions that are as long as vessels are taken for some.

mod cells;
mod contrast;
mod select;

use ndarray::Array3;

use crate::base::{Cancelled, Progress};
use crate::volume::{GridMismatch, Mask, Volume, VoxelBox};

use contrast::Contrast;

/// What counts as a main vessel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VesselOptions {
    /// Vessels with a smaller radius in mm are left in the parenchyma.
    pub least_radius_mm: f64,
}

impl Default for VesselOptions {
    /// 2 mm: of the portal vein's branches, those of the first to third order (segmental branches are 3-6 mm wide).
    fn default() -> Self {
        Self { least_radius_mm: 2.0 }
    }
}

/// Why no vessel is proposed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VesselError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The liver was drawn on another image.
    #[error("the liver lies on another grid than the image: {0}")]
    Grid(#[from] GridMismatch),
    /// The least radius is no length.
    #[error("the least radius of a vessel is {0} mm; give a number from 0.5 to 20")]
    Radius(f64),
    /// There is no liver to look in.
    #[error("vessels are looked for inside of the liver, and none is drawn; draw the liver first")]
    NoLiver,
    /// Nothing is brighter than the parenchyma by more than its noise.
    #[error(
        "no vessel of at least {0} mm radius stands out of the liver: its veins may not be enhanced; draw vessels by brush"
    )]
    NoneStandsOut(f64),
}

/// Proposes the main vessels inside of a liver.
pub fn propose_vessels(
    volume: &Volume,
    liver: &Mask,
    options: &VesselOptions,
    progress: &Progress,
) -> Result<Mask, VesselError> {
    let geometry = volume.geometry();
    geometry.same_grid(liver.geometry())?;
    let radius_mm = options.least_radius_mm;
    if !(0.5..=20.0).contains(&radius_mm) {
        return Err(VesselError::Radius(radius_mm));
    }
    let bounds = VoxelBox::around(liver.inside().view(), |inside| *inside).ok_or(VesselError::NoLiver)?;
    progress.begin("Looking for vessels", 3);
    let contrast = Contrast::of(volume, liver, bounds, progress)?.ok_or(VesselError::NoLiver)?;
    progress.advance(1);
    let vessels = select::main_vessels(&contrast, geometry, radius_mm, progress)?;
    let vessels = vessels.ok_or(VesselError::NoneStandsOut(radius_mm))?;
    let mut inside = Array3::from_elem(geometry.shape(), false);
    bounds.view_mut(&mut inside).assign(&vessels);
    Ok(Mask::new(*geometry, inside)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::volume::{Geometry, Voxels};

    /// A liver of 100 HU, 20 HU brighter at one end than at the other, with noise of 12 HU. In it a tube of 4 mm radius, one of 1 mm, and
    /// a ball of 6 mm radius, all brighter by `contrast` HU. Gives the image, the liver, and tube or ball.
    fn case(contrast: f64) -> (Volume, Mask, [Array3<bool>; 2]) {
        let geometry = Geometry::new([120, 100, 24], [0.0; 3], [[0.8, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.3, -2.5]]);
        let geometry = geometry.unwrap();
        let mut noise = Stream::new(4, 0);
        let mut liver = Array3::from_elem(geometry.shape(), false);
        let [mut tube, mut ball] = [liver.clone(), liver.clone()];
        let hu = Array3::from_shape_fn(geometry.shape(), |at @ (k, j, i)| {
            let [x, y, z] = [i as f64 * 0.8, j as f64 * 0.8, k as f64 * 2.5];
            liver[at] = (x / 48.0 - 1.0).powi(2) + (y / 40.0 - 1.0).powi(2) + (z / 30.0 - 1.0).powi(2) < 0.9;
            tube[at] = liver[at] && (y - 30.0 - 0.2 * x).hypot(z - 20.0 - 0.15 * x) < 4.0;
            ball[at] = (x - 50.0).hypot(y - 64.0).hypot(z - 26.0) < 6.0;
            let thin = (y - 18.0).hypot(z - 40.0) < 1.0;
            let bright = if tube[at] || ball[at] || thin { contrast } else { 0.0 };
            let value = if liver[at] { 100.0 + 0.2 * x + bright } else { -80.0 };
            (value + noise.between(-20.0, 20.0)) as i16
        });
        let volume = Volume::new(geometry, Voxels::I16(hu)).unwrap();
        (volume, Mask::new(geometry, liver).unwrap(), [tube, ball])
    }

    fn propose(contrast: f64, least_radius_mm: f64) -> Result<Mask, VesselError> {
        let (volume, liver, _) = case(contrast);
        propose_vessels(&volume, &liver, &VesselOptions { least_radius_mm }, &Progress::new())
    }

    #[test]
    fn a_main_vessel_is_found_and_neither_a_thin_one_nor_a_ball() {
        let (_, liver, [tube, ball]) = case(60.0);
        let found = propose(60.0, 2.0).unwrap();
        let shared = |set: &Array3<bool>| found.inside().iter().zip(set).filter(|(a, b)| **a && **b).count() as f64;
        let truth = tube.iter().filter(|inside| **inside).count() as f64;
        // Half a voxel of its surface is a fifth of a tube of 4 mm radius.
        assert!(2.0 * shared(&tube) / (found.count() as f64 + truth) > 0.85, "{} of {truth}", shared(&tube));
        assert_eq!(shared(&ball), 0.0);
        assert_eq!(shared(liver.inside()), found.count() as f64);
    }

    #[test]
    fn what_is_thinner_than_asked_for_is_left_out() {
        assert!(propose(60.0, 1.5).is_ok());
        assert_eq!(propose(60.0, 8.0), Err(VesselError::NoneStandsOut(8.0)));
    }

    #[test]
    fn without_contrast_it_says_that_nothing_stands_out() {
        assert_eq!(propose(0.0, 2.0), Err(VesselError::NoneStandsOut(2.0)));
    }

    #[test]
    fn no_liver_and_no_radius_are_errors() {
        let (volume, liver, [none, _]) = case(60.0);
        let nothing = Mask::new(*liver.geometry(), none.mapv(|_| false)).unwrap();
        let options = VesselOptions::default();
        assert_eq!(propose_vessels(&volume, &nothing, &options, &Progress::new()), Err(VesselError::NoLiver));
        assert_eq!(propose(60.0, f64::INFINITY), Err(VesselError::Radius(f64::INFINITY)));
        let progress = Progress::new();
        progress.cancel();
        assert!(matches!(propose_vessels(&volume, &liver, &options, &progress), Err(VesselError::Cancelled(_))));
    }
}
