//! The simulated abdomen: a patient who never lived, for demonstration and for cohorts whose truth is known.
//!
//! From a seed follow body, organs, vessels, three phases of contrast, the scanner's partial volume and noise, and the ground
//! truth ([`simulate`]); all of it is written as a DICOM study ([`write_study`]). The heterogeneity of the liver's parenchyma
//! is a parameter: the simulated effect. `docs/phantom.md` says how it is made and what it is not. The same seed gives
//! the same bytes with any number of threads.

mod anatomy;
mod cohort;
mod frame;
mod layer;
mod noise;
mod outline;
mod paint;
mod random;
mod reader;
mod shape;
mod study;
mod texture;
mod tissue;
mod trunk;
mod variation;
mod vessels;
mod viscera;

use ndarray::Array3;
use rayon::prelude::*;

use anatomy::Anatomy;
pub use cohort::{CohortSpec, SimulatedPatient};
use paint::{Canvas, Plane, Raster};
pub use reader::Reader;
pub use study::{StudyPaths, write_portal_venous, write_study};
pub use variation::Variation;

use crate::base::{Cancelled, FileError, Progress, seed_of};
use crate::dicom::CtWriteError;
use crate::dicom::phase::Phase;
use crate::dicom::seg::SegError;
use crate::volume::{Geometry, GeometryError, GridMismatch, Label, LabelMap, Mask, Volume, VolumeError, Voxels};

/// Field of view in mm.
const FIELD_MM: f64 = 384.0;
/// What is covered along the body, in mm, from below the liver to the heart.
const COVERED_MM: f64 = 225.0;
/// Distance between the planes whose mean is a slice, in mm.
const PLANE_MM: f64 = 1.25;
/// Standard deviation of the noise in HU at the centre of a slice of 5 mm, in each phase.
const NOISE_HU: [f32; 3] = [11.5, 11.0, 10.5];

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhantomSpec {
    /// The patient: every seed is another body.
    pub seed: u64,
    /// Slices of 1.25 mm instead of 5 mm.
    pub thin: bool,
    /// The simulated effect on the texture of the liver's parenchyma, 0 (none) to 1.
    pub heterogeneity: f64,
    /// Columns and rows of a slice; the field of view stays the same.
    pub matrix: usize,
    /// How patient and examination differ from the usual ones.
    pub variation: Variation,
}

impl Default for PhantomSpec {
    fn default() -> Self {
        Self { seed: 1, thin: false, heterogeneity: 0.3, matrix: 512, variation: Variation::default() }
    }
}

/// Why nothing was simulated or written.
#[derive(Debug, thiserror::Error)]
pub enum PhantomError {
    /// The heterogeneity is not a share.
    #[error("a heterogeneity of {0} was asked for; give a number from 0 to 1")]
    Heterogeneity(f64),
    /// The matrix cannot show an abdomen, or not in a sensible file.
    #[error("a matrix of {0} x {0} was asked for; give 32 to 1024")]
    Matrix(usize),
    /// No patient and no scanner is like that.
    #[error("patient and examination cannot be varied so: {0:?}; give multiples from 0.25 to 4 and -80 to 60 HU")]
    Variation(Variation),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Size and spacing describe no grid.
    #[error(transparent)]
    Grid(#[from] GeometryError),
    /// Voxels and grid disagree.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// Labels and grid disagree.
    #[error("the ground truth does not fit its grid: {0}")]
    Truth(GridMismatch),
    /// An image was not written.
    #[error(transparent)]
    Image(#[from] CtWriteError),
    /// The ground truth was not written.
    #[error(transparent)]
    Segmentation(#[from] SegError),
    /// Something stands in the way of the study.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A simulated patient: images of three phases on one grid, and what they show.
#[derive(Debug, Clone)]
pub struct Phantom {
    /// What it was made from.
    pub spec: PhantomSpec,
    /// Before contrast.
    pub native: Volume,
    /// Arterial phase.
    pub arterial: Volume,
    /// Portal venous phase.
    pub portal_venous: Volume,
    /// The delineation by the protocol: liver drawn 2 mm inside its edge, main vessels (vena cava included) and caudate
    /// lobe. Its [`LabelMap::voi`] is the true VOI. There are no lesions.
    pub truth: LabelMap,
    /// The whole liver up to its edge, vessels and caudate lobe included.
    pub whole_liver: Mask,
}

impl Phantom {
    /// The volume of a phase; `None` for the delayed phase, which is not simulated.
    pub fn volume(&self, phase: Phase) -> Option<&Volume> {
        match phase {
            Phase::Native => Some(&self.native),
            Phase::Arterial => Some(&self.arterial),
            Phase::PortalVenous => Some(&self.portal_venous),
            Phase::Delayed => None,
        }
    }
}

/// Simulates a patient: plane by plane the anatomy, then noise and rounding to HU.
pub fn simulate(spec: &PhantomSpec, progress: &Progress) -> Result<Phantom, PhantomError> {
    if !(0.0..=1.0).contains(&spec.heterogeneity) {
        return Err(PhantomError::Heterogeneity(spec.heterogeneity));
    }
    if !(32..=1024).contains(&spec.matrix) {
        return Err(PhantomError::Matrix(spec.matrix));
    }
    if !spec.variation.is_plausible() {
        return Err(PhantomError::Variation(spec.variation));
    }
    let geometry = grid(spec)?;
    let slices = geometry.size()[2];
    let anatomy = Anatomy::new(spec);
    progress.begin("simulating an abdomen", slices);
    let painted: Vec<Slice> = (0..slices)
        .into_par_iter()
        .map(|index| {
            progress.check()?;
            let slice = scanned(spec, &anatomy, &geometry, index);
            progress.advance(1);
            Ok(slice)
        })
        .collect::<Result<_, Cancelled>>()?;
    assembled(*spec, geometry, &painted)
}

/// The grid of a spec: the field's centre is the body's, the lowest slice is at 0 mm.
fn grid(spec: &PhantomSpec) -> Result<Geometry, GeometryError> {
    let thickness = thickness_mm(spec);
    let pixel_mm = FIELD_MM / spec.matrix as f64;
    let corner = -(FIELD_MM - pixel_mm) / 2.0;
    let slices = (COVERED_MM / thickness).round() as usize;
    Geometry::axial([spec.matrix, spec.matrix, slices], [corner, corner, 0.0], [pixel_mm, pixel_mm, thickness])
}

fn thickness_mm(spec: &PhantomSpec) -> f64 {
    if spec.thin { PLANE_MM } else { 4.0 * PLANE_MM }
}

/// One slice: HU of the phases, label bits, and the whole liver.
struct Slice {
    hu: [Vec<i16>; 3],
    labels: Vec<u8>,
    whole_liver: Vec<bool>,
}

/// The mean of a slice's planes, with noise, in whole HU; structures hold the pixels that they fill by half or more.
fn scanned(spec: &PhantomSpec, anatomy: &Anatomy, geometry: &Geometry, index: usize) -> Slice {
    let [x, y, z] = geometry.patient_from_voxel([0.0, 0.0, index as f64]);
    let raster = Raster { matrix: spec.matrix, pixel_mm: geometry.spacing_mm()[0], corner: [x, y] };
    let planes = if spec.thin { 1 } else { 4 };
    let mut mean = Plane::empty(spec.matrix * spec.matrix);
    let mut canvas = Canvas::new(anatomy, raster);
    for plane in 0..planes {
        let offset = (f64::from(plane) - f64::from(planes - 1) / 2.0) * PLANE_MM;
        mean.accumulate(canvas.paint(anatomy, z + offset), 1.0 / planes as f32);
    }
    let louder = (5.0 / thickness_mm(spec)).sqrt() as f32 * spec.variation.noise as f32;
    let hu = [0, 1, 2].map(|phase: usize| {
        let noise = noise::slice(seed_of(spec.seed, 1001 + phase as u64), index, spec.matrix, raster.pixel_mm);
        let noisy = mean.hu.iter().zip(noise).enumerate().map(|(pixel, (hu, noise))| {
            let deviation = NOISE_HU[phase] * louder * noise_share(raster, pixel);
            (hu[phase] + deviation * noise).round().clamp(-1024.0, 3071.0) as i16
        });
        noisy.collect()
    });
    let labels = (0..mean.liver.len()).map(|pixel| labels_of(&mean, pixel)).collect();
    Slice { hu, labels, whole_liver: mean.liver.iter().map(|&share| share >= 0.5).collect() }
}

/// The noise's deviation at a pixel as a share of that at the centre: rays through the edge of the body lose fewer photons.
fn noise_share(raster: Raster, pixel: usize) -> f32 {
    let (row, column) = (pixel / raster.matrix, pixel % raster.matrix);
    let x = (raster.corner[0] + column as f64 * raster.pixel_mm) / 165.0;
    let y = (raster.corner[1] + row as f64 * raster.pixel_mm) / 112.0;
    (0.42 + 0.58 * (-(x * x + y * y)).exp()) as f32
}

fn labels_of(mean: &Plane, pixel: usize) -> u8 {
    let bit = |inside: bool, label: Label| if inside { label.bit() } else { 0 };
    bit(mean.drawn[pixel] >= 0.5, Label::Liver)
        | bit(mean.vessel[pixel] >= 0.5, Label::Vessel)
        | bit(mean.caudate[pixel] >= 0.5, Label::Caudate)
}

/// Slices to volumes and ground truth.
fn assembled(spec: PhantomSpec, geometry: Geometry, slices: &[Slice]) -> Result<Phantom, PhantomError> {
    let (depth, rows, columns) = geometry.shape();
    let pixels = rows * columns;
    let place = |(k, i, j): (usize, usize, usize)| (k, i * columns + j);
    debug_assert!(slices.len() == depth && slices.iter().all(|slice| slice.labels.len() == pixels));
    let volume = |phase: usize| {
        let voxels = Array3::from_shape_fn(geometry.shape(), |index| {
            let (slice, pixel) = place(index);
            slices[slice].hu[phase][pixel]
        });
        Volume::new(geometry, Voxels::I16(voxels))
    };
    let bits = Array3::from_shape_fn(geometry.shape(), |index| {
        let (slice, pixel) = place(index);
        slices[slice].labels[pixel]
    });
    let inside = Array3::from_shape_fn(geometry.shape(), |index| {
        let (slice, pixel) = place(index);
        slices[slice].whole_liver[pixel]
    });
    Ok(Phantom {
        spec,
        native: volume(0)?,
        arterial: volume(1)?,
        portal_venous: volume(2)?,
        truth: LabelMap::from_bits(geometry, bits).map_err(PhantomError::Truth)?,
        whole_liver: Mask::new(geometry, inside).map_err(PhantomError::Truth)?,
    })
}
