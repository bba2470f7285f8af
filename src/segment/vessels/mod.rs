//! A proposal of the main vessels inside of a given liver: portal and hepatic veins, and the vena cava where the liver's outline
//! holds it, as they stand out in the portal venous phase.
//!
//! An adaptive threshold with hysteresis (Canny, IEEE TPAMI 1986;8:679, has strong and weak edges so). HU are smoothed within
//! the liver, the parenchyma's own HU are taken away ([`contrast`]), and what is brighter than the noise over at least the
//! least radius is a seed. From the seeds' contrast follows, place by place, the threshold halfway between parenchyma and vessel:
//! where the edge of a blurred vessel lies. What exceeds it and hangs together with a seed is a vessel ([`select`]); branches
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
