//! Laplacian of Gaussian, as ITK's recursive filter gives it (Deriche 1993, INRIA RR-1893; Farneback and Westin 2006).
//!
//! The Laplacian is the sum over axes of the Gaussian's second derivative along that axis, smoothed along the two others.
//! As in ITK, a pass along an axis computes in 64 bits and stores 32, the result is scaled by sigma squared, and beyond the
//! image's border its last voxel goes on. A pass's memory of what is far away fades; the window is wide enough for that.

use ndarray::{Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use super::recursion::{Derivative, LANES, Lane, Recursion};
use super::window::Window;
use super::{Derived, Scene};
use crate::base::{Warnings, widest};
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::{ImageType, Sigma};
use crate::radiomics::region::Values;
use crate::volume::Voxels;

/// Voxels below which ITK's recursion has no room along an axis.
const LEAST_SIZE: usize = 4;
/// Widths of the Gaussian after which what lies beyond changes a result by less than 32 bits hold.
const REACH: f64 = 16.0;

/// The images that the filter makes, one a width; a width that the image is too small for is left out with a warning, as
/// PyRadiomics does.
pub(super) fn images(sigma: &[Sigma], scene: Scene, warnings: &mut Warnings) -> Result<Vec<Derived>, RadiomicsError> {
    let size = shape_of(scene.volume.voxels());
    if size.iter().any(|&side| side < LEAST_SIZE) {
        warnings.push(format!("no LoG images: the image of {size:?} voxels has fewer than {LEAST_SIZE} along an axis"));
        return Ok(Vec::new());
    }
    let spacing = scene.region.spacing_mm;
    let (fitting, wide): (Vec<Sigma>, Vec<Sigma>) = sigma
        .iter()
        .partition(|sigma| (0..3).all(|axis| size[axis] as f64 >= (sigma.mm() / spacing[axis]).ceil() + 1.0));
    for sigma in wide {
        warnings.push(format!("no LoG image of sigma {sigma} mm: the image of {size:?} voxels is too small for it"));
    }
    fitting.par_iter().map(|&sigma| image(sigma, scene)).collect()
}

fn shape_of(voxels: &Voxels) -> [usize; 3] {
    let (slices, rows, columns) = voxels.shape();
    [slices, rows, columns]
}

/// Voxels along each axis beyond the VOI that a width looks at.
pub(super) fn reach(sigma: Sigma, spacing_mm: [f64; 3]) -> [usize; 3] {
    spacing_mm.map(|spacing| (REACH * sigma.mm() / spacing).ceil() as usize + LEAST_SIZE)
}

fn image(sigma: Sigma, scene: Scene) -> Result<Derived, RadiomicsError> {
    let region = scene.region;
    let window = Window::around(region, reach(sigma, region.spacing_mm), shape_of(scene.volume.voxels()));
    window.check(scene.volume.voxels())?;
    let mut sums = vec![0f32; region.places.len()];
    // ITK's axes begin with the column.
    for axis in [2, 1, 0] {
        let smoothed = match scene.volume.voxels() {
            Voxels::I16(image) => second_derivative(window.of(image.view()), axis, sigma, &window, scene)?,
            Voxels::I32(image) => second_derivative(window.of(image.view()), axis, sigma, &window, scene)?,
            Voxels::F32(image) => second_derivative(window.of(image.view()), axis, sigma, &window, scene)?,
            Voxels::F64(image) => second_derivative(window.of(image.view()), axis, sigma, &window, scene)?,
        };
        let scale = 1.0 / (region.spacing_mm[axis] * region.spacing_mm[axis]);
        let [slice, row, column] = window.offset(region);
        for (sum, place) in sums.iter_mut().zip(&region.places) {
            let at = [slice + place[0] as usize, row + place[1] as usize, column + place[2] as usize];
            *sum = (f64::from(*sum) + f64::from(smoothed[at]) * scale) as f32;
        }
    }
    let gray: Vec<f64> = sums.into_iter().map(f64::from).collect();
    Ok(Derived { image: ImageType::Log(sigma), values: Values::checked(gray, true, region)? })
}

/// The second derivative along one axis, smoothed along the others; right in the region's box alone.
fn second_derivative<S: Copy + Into<f64> + Sync>(
    image: ArrayView3<S>,
    axis: usize,
    sigma: Sigma,
    window: &Window,
    scene: Scene,
) -> Result<Array3<f32>, RadiomicsError> {
    let spacing = scene.region.spacing_mm;
    let mut result = Array3::<f32>::zeros(image.raw_dim());
    let derivative = Recursion::gaussian(sigma.mm(), spacing[axis], Derivative::Second);
    scene.progress.check()?;
    match axis {
        0 => result
            .axis_iter_mut(Axis(1))
            .into_par_iter()
            .zip(image.axis_iter(Axis(1)))
            .for_each(|(target, source)| along_lines(&derivative, Source::Other(source), target)),
        1 => result
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(image.axis_iter(Axis(0)))
            .for_each(|(target, source)| along_lines(&derivative, Source::Other(source), target)),
        _ => {
            result.axis_iter_mut(Axis(0)).into_par_iter().zip(image.axis_iter(Axis(0))).for_each(|(target, source)| {
                along_lines(&derivative, Source::Other(source.reversed_axes()), target.reversed_axes())
            })
        }
    }
    // Along axes that are done, only the region's box is of further use.
    let offset = window.offset(scene.region);
    let mut needed: [std::ops::Range<usize>; 3] = std::array::from_fn(|axis| 0..window.shape[axis]);
    let mut done = axis;
    for axis in [2, 1, 0].into_iter().filter(|&other| other != axis) {
        scene.progress.check()?;
        needed[done] = offset[done]..offset[done] + scene.region.shape[done];
        let mut part = result.slice_mut(s![needed[0].clone(), needed[1].clone(), needed[2].clone()]);
        let smoothing = Recursion::gaussian(sigma.mm(), spacing[axis], Derivative::None);
        let planes = part.axis_iter_mut(Axis(usize::from(axis == 0))).into_par_iter();
        planes.for_each(|plane| match axis {
            2 => along_lines::<f32>(&smoothing, Source::Target, plane.reversed_axes()),
            _ => along_lines::<f32>(&smoothing, Source::Target, plane),
        });
        done = axis;
    }
    Ok(result)
}

/// Where the values of a pass come from.
enum Source<'a, S> {
    Other(ArrayView2<'a, S>),
    Target,
}

widest! {
/// One pass over the lines of a plane, which run along its first axis.
fn along_lines[S: Copy + Into<f64>](recursion: &Recursion, source: Source<S>, target: ArrayViewMut2<f32>) {
    let mut target = target;
    let (length, lines) = target.dim();
    let mut values = vec![Lane::default(); length];
    let mut filtered = vec![Lane::default(); length];
    for first in (0..lines).step_by(LANES) {
        let several = first..(first + LANES).min(lines);
        match &source {
            Source::Other(source) => load(source.slice(s![.., several.clone()]), &mut values),
            Source::Target => load(target.slice(s![.., several.clone()]), &mut values),
        }
        recursion.filter(&values, &mut filtered);
        store(&filtered, target.slice_mut(s![.., several]));
    }
}
}

#[inline(always)]
fn load<S: Copy + Into<f64>>(source: ArrayView2<S>, lanes: &mut [Lane]) {
    for (lane, row) in lanes.iter_mut().zip(source.rows()) {
        match row.to_slice() {
            Some(row) => lane.iter_mut().zip(row).for_each(|(lane, &value)| *lane = value.into()),
            None => lane.iter_mut().zip(row).for_each(|(lane, &value)| *lane = value.into()),
        }
    }
}

#[inline(always)]
fn store(lanes: &[Lane], mut target: ArrayViewMut2<f32>) {
    for (lane, mut row) in lanes.iter().zip(target.rows_mut()) {
        match row.as_slice_mut() {
            Some(row) => row.iter_mut().zip(lane).for_each(|(value, &lane)| *value = lane as f32),
            None => row.iter_mut().zip(lane).for_each(|(value, &lane)| *value = lane as f32),
        }
    }
}
