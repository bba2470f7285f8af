//! Stationary wavelet transform in space, as PyWavelets' `swtn` gives it with one level at a time (Nason and Silverman 1995;
//! Mallat's filter bank without decimation).
//!
//! The image goes on periodically; an odd side is made even by its first voxel, as PyRadiomics does. Sums run over a filter's
//! taps in PyWavelets' order ([`order`]), along columns, then rows, then slices, in the image's own precision, so that the last
//! bit is the same too. Only the last sums, along slices, are at the VOI alone: planes are filtered as they come and forgotten.

mod bank;
mod block;

use ndarray::Array3;
use num_traits::{AsPrimitive, Float};
use rayon::prelude::*;

use super::window::without_number;
use super::{Derived, Scene};
use crate::base::widest;
use crate::radiomics::RadiomicsError;
use crate::radiomics::image_type::{ImageType, SubBand};
use crate::radiomics::region::{Region, Values};
use crate::volume::Voxels;
use bank::Bank;
pub use bank::is_wavelet;
use block::Block;

/// Slices of the result that are worked on together; each slab filters a few planes of its neighbours again.
pub(super) const SLAB: usize = 16;

/// A floating-point number that the transform works in.
pub(super) trait Real: Float + Default + Send + Sync + AsPrimitive<f64> {
    /// Whether it has 32 bits.
    const IS_F32: bool;
    /// The nearest to a double.
    fn rounded(double: f64) -> Self;
}

impl Real for f32 {
    const IS_F32: bool = true;

    #[inline(always)]
    fn rounded(double: f64) -> Self {
        double as f32
    }
}

impl Real for f64 {
    const IS_F32: bool = false;

    #[inline(always)]
    fn rounded(double: f64) -> Self {
        double
    }
}

/// Sub-bands of a level beside its approximation, where every axis is transformed.
pub(super) const DETAILS: usize = 7;
/// Planes that a slab holds for each tap: filtered along columns and rows in every combination.
pub(super) const PLANES: f64 = 4.0;

/// Taps of a wavelet's filters; none where there is no such wavelet.
pub(super) fn taps(wavelet: &str) -> usize {
    Bank::<f64>::named(wavelet, None).map_or(0, |bank| bank.slice.taps())
}

/// The images that the filter makes: the details of each level, then the last level's approximation.
pub(super) fn images(wavelet: &str, start_level: u8, level: u8, scene: Scene) -> Result<Vec<Derived>, RadiomicsError> {
    let levels = Levels { start: usize::from(start_level), count: usize::from(level) };
    match scene.volume.voxels() {
        Voxels::I16(image) => transformed::<_, f64>(&Bank::named(wavelet, scene.force_2d)?, levels, image, scene),
        Voxels::I32(image) => transformed::<_, f64>(&Bank::named(wavelet, scene.force_2d)?, levels, image, scene),
        Voxels::F32(image) => transformed::<_, f32>(&Bank::named(wavelet, scene.force_2d)?, levels, image, scene),
        Voxels::F64(image) => transformed::<_, f64>(&Bank::named(wavelet, scene.force_2d)?, levels, image, scene),
    }
}

#[derive(Clone, Copy)]
struct Levels {
    /// Decompositions before the first that gives images.
    start: usize,
    /// Decompositions that give images.
    count: usize,
}

fn transformed<S: Copy + AsPrimitive<T> + Sync, T: Real>(
    bank: &Bank<T>,
    levels: Levels,
    image: &Array3<S>,
    scene: Scene,
) -> Result<Vec<Derived>, RadiomicsError> {
    let n_levels = levels.start + levels.count;
    let mut block = Block::around(scene.region, image, bank, n_levels);
    for _ in 0..levels.start {
        block = block.approximation(bank, scene.progress)?;
    }
    let mut derived = Vec::new();
    let axes = bank.axes();
    let named = |band: SubBand, gray: Vec<T>| -> Result<Derived, RadiomicsError> {
        let gray = gray.into_iter().map(|value| value.as_()).collect();
        let values =
            Values::checked(gray, T::IS_F32, scene.region).map_err(|error| around(error, bank, n_levels, scene))?;
        Ok(Derived { image: ImageType::Wavelet(band), values })
    };
    for level in 1..=levels.count {
        let is_last = level == levels.count;
        let bands = bands(&block, bank, scene)?;
        let mut bands = bands.into_iter();
        let approximation = bands.next();
        for (band, gray) in SubBand::details(level as u8, axes).zip(bands) {
            derived.push(named(band, gray)?);
        }
        if is_last {
            derived
                .extend(approximation.map(|gray| named(SubBand::approximation(level as u8, axes), gray)).transpose()?);
        } else {
            block = block.approximation(bank, scene.progress)?;
        }
    }
    Ok(derived)
}

/// The voxel that has no number, where one is why the transform has none somewhere in the VOI.
fn around<T: Real>(error: RadiomicsError, bank: &Bank<T>, levels: usize, scene: Scene) -> RadiomicsError {
    let voxels = scene.volume.voxels();
    let (slices, rows, columns) = voxels.shape();
    let read = block::read(scene.region, [slices, rows, columns], bank, levels);
    match without_number(voxels, &read) {
        Some([slice, row, column]) => RadiomicsError::NotFinite { slice, row, column },
        None => error,
    }
}

/// The values of every sub-band at the places of the region; sub-bands are numbered by [`SubBand::high`].
fn bands<T: Real>(block: &Block<T>, bank: &Bank<T>, scene: Scene) -> Result<Vec<Vec<T>>, RadiomicsError> {
    let region = scene.region;
    let slabs: Vec<std::ops::Range<usize>> =
        (0..region.shape[0]).step_by(SLAB).map(|first| first..(first + SLAB).min(region.shape[0])).collect();
    let of_slabs = slabs.into_par_iter().map(|slices| {
        scene.progress.check()?;
        Ok(slab(block, bank, region, slices))
    });
    let of_slabs: Vec<Vec<Vec<T>>> = of_slabs.collect::<Result<_, RadiomicsError>>()?;
    let mut bands: Vec<Vec<T>> = vec![Vec::with_capacity(region.places.len()); bank.bands()];
    for of_slab in of_slabs {
        bands.iter_mut().zip(of_slab).for_each(|(band, part)| band.extend(part));
    }
    Ok(bands)
}

widest! {
/// The sub-bands at the places in some slices of the region.
fn slab[T: Real](block: &Block<T>, bank: &Bank<T>, region: &Region, slices: std::ops::Range<usize>) -> Vec<Vec<T>> {
    let mut bands: Vec<Vec<T>> = vec![Vec::new(); bank.bands()];
    let taps = bank.slice.taps();
    let mut planes: Vec<Plane<T>> = Vec::new();
    let mut row_of_bands = vec![vec![T::zero(); region.shape[2]]; bank.slice.filters.len()];
    // Where slice 0 of the region needs its first plane.
    let origin = block.before()[0] - bank.slice.before;
    for slice in slices {
        // Planes come in order and leave when no later slice needs them.
        if planes.len() == taps {
            planes.rotate_left(1);
            planes.pop();
        }
        while planes.len() < taps {
            planes.push(Plane::of(block, bank, region, origin + slice + planes.len()));
        }
        let turned = block.turned(0, taps, slice as isize);
        let places = in_slice(region, slice);
        for row in places.chunk_by(|a, b| a[1] == b[1]) {
            let across = row[0][2] as usize..row[row.len() - 1][2] as usize + 1;
            for in_plane in 0..bank.row.filters.len() * bank.column.filters.len() {
                for (filter, sums) in bank.slice.filters.iter().zip(&mut row_of_bands) {
                    let sums = &mut sums[..across.len()];
                    sums.fill(T::zero());
                    // The filter is turned around: its first tap meets the last plane.
                    for tap in order(taps, turned) {
                        let plane = &planes[taps - 1 - tap];
                        add_scaled(sums, &plane.row(in_plane, row[0][1] as usize)[across.clone()], filter[tap]);
                    }
                }
                for (along_slices, sums) in row_of_bands.iter().enumerate() {
                    let band = &mut bands[in_plane * bank.slice.filters.len() + along_slices];
                    band.extend(row.iter().map(|place| sums[place[2] as usize - across.start]));
                }
            }
        }
    }
    bands
}
}

/// The places of one slice; places are in order.
fn in_slice(region: &Region, slice: usize) -> &[[u32; 3]] {
    let first = region.places.partition_point(|place| (place[0] as usize) < slice);
    let end = region.places.partition_point(|place| (place[0] as usize) <= slice);
    &region.places[first..end]
}

/// One plane of the block, filtered along columns and rows in every combination, in the region's rows and columns.
struct Plane<T> {
    shape: [usize; 2],
    bands: Vec<Vec<T>>,
}

impl<T: Real> Plane<T> {
    #[inline(always)]
    fn of(block: &Block<T>, bank: &Bank<T>, region: &Region, slice: usize) -> Self {
        let [_, rows, columns] = region.shape;
        let [_, row_before, column_before] = block.before();
        let taps = bank.row.taps();
        let first_row = row_before - bank.row.before;
        let first_column = column_before - bank.column.before;
        let turned = block.turned_among(2, bank.column.taps(), 0, columns);
        let mut bands = Vec::with_capacity(bank.row.filters.len() * bank.column.filters.len());
        let mut across = vec![T::zero(); (rows + taps - 1) * columns];
        for along_columns in &bank.column.filters {
            for (row, sums) in across.chunks_exact_mut(columns).enumerate() {
                convolve(sums, &block.row(slice, first_row + row)[first_column..], along_columns, &turned);
            }
            for along_rows in &bank.row.filters {
                let mut band = vec![T::zero(); rows * columns];
                for (row, sums) in band.chunks_exact_mut(columns).enumerate() {
                    for tap in order(taps, block.turned(1, taps, row as isize)) {
                        let from = (row + taps - 1 - tap) * columns;
                        add_scaled(sums, &across[from..from + columns], along_rows[tap]);
                    }
                }
                bands.push(band);
            }
        }
        Self { shape: [rows, columns], bands }
    }

    #[inline(always)]
    fn row(&self, band: usize, row: usize) -> &[T] {
        &self.bands[band][row * self.shape[1]..][..self.shape[1]]
    }
}

/// The order in which PyWavelets adds what a filter's taps meet: that of the taps, but those that reach beyond the image's far
/// border, of which there are `turned`, come first and from the last one back.
#[inline(always)]
fn order(taps: usize, turned: usize) -> impl Iterator<Item = usize> {
    (0..turned).rev().chain(turned..taps)
}

/// Makes each sum the filter's answer; `values` begins where the last tap meets the first sum, and `turned` has the sums at the
/// image's far border and how many of their taps reach beyond it.
#[inline(always)]
fn convolve<T: Real>(sums: &mut [T], values: &[T], filter: &[T], turned: &[(usize, usize)]) {
    sums.fill(T::zero());
    for (tap, &weight) in filter.iter().enumerate() {
        let from = filter.len() - 1 - tap;
        add_scaled(sums, &values[from..from + sums.len()], weight);
    }
    for &(at, turned) in turned {
        let term = |tap: usize| filter[tap] * values[at + filter.len() - 1 - tap];
        sums[at] = order(filter.len(), turned).fold(T::zero(), |sum, tap| sum + term(tap));
    }
}

#[inline(always)]
fn add_scaled<T: Real>(sums: &mut [T], values: &[T], weight: T) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum = *sum + weight * value;
    }
}
