//! From a series to a volume: slices are decoded in parallel, the middle one first.
//!
//! Values are `i16` HU when every slice rescales to integers that fit, else `f32`. Voxels outside the field of view are
//! marked as padding and hold -1024 HU.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::Array3;

use super::hounsfield::{self, Misfit};
use super::image::ImageFile;
use super::{DicomError, FileFault, Frame, Series, SeriesStatus, pixel};
use crate::base::{Progress, Warnings};
use crate::volume::{Geometry, MOST_READ_VOXELS, Volume, Voxels};

/// A volume and what was odd about its pixels.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The volume, on the series' grid (sheared where the gantry was tilted).
    pub volume: Volume,
    /// What the series and its pixels showed: padding, rescale that varies, compression with loss.
    pub warnings: Warnings,
}

/// Slices that make no even grid, for [`crate::volume`]'s resampling when the user asks for it.
#[derive(Debug, Clone)]
pub struct SliceStack {
    /// The even grid that the slices would have; its in-plane axes and its origin are right.
    pub geometry: Geometry,
    /// Values in HU.
    pub voxels: Voxels,
    /// Padding voxels, where there are any.
    pub padding: Option<Array3<bool>>,
    /// Where the first voxel of each slice lies, in mm.
    pub positions_mm: Vec<[f64; 3]>,
    /// What the series and its pixels showed.
    pub warnings: Warnings,
}

/// HU of one slice, row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SlicePixels<'a> {
    /// Integers.
    I16(&'a [i16]),
    /// Floats.
    F32(&'a [f32]),
}

/// Decodes a series to a volume. `on_slice` gets each slice's index and pixels as soon as they are decoded, from several
/// threads; the middle slice comes first, then its neighbours outward. When a late slice shows that 16 bits do not do, all
/// slices come again as floats.
///
/// # Errors
/// When the series is not a volume, a slice cannot be decoded (the message names the file), or the request is cancelled.
pub fn load(
    series: &Series,
    progress: &Progress,
    on_slice: &(dyn Fn(usize, SlicePixels<'_>) + Sync),
) -> Result<Loaded, DicomError> {
    if !series.is_volume() {
        let reason = match &series.status {
            SeriesStatus::Rejected { reason, .. } => reason.clone(),
            other => other.to_string(),
        };
        return Err(not_a_volume(series, reason));
    }
    let stack = decode(series, progress, on_slice)?;
    let mut volume = Volume::new(stack.geometry, stack.voxels)?;
    if let Some(padding) = stack.padding {
        volume = volume.with_padding(padding)?;
    }
    Ok(Loaded { volume, warnings: stack.warnings })
}

/// Decodes the slices of a series without a claim that they lie evenly: also of one that was rejected for its gaps.
///
/// # Errors
/// As [`load`], but only a series of fewer than three slices or of several images at one position is refused.
pub fn load_stack(series: &Series, progress: &Progress) -> Result<SliceStack, DicomError> {
    decode(series, progress, &|_, _| {})
}

fn decode(
    series: &Series,
    progress: &Progress,
    on_slice: &(dyn Fn(usize, SlicePixels<'_>) + Sync),
) -> Result<SliceStack, DicomError> {
    let Some(geometry) = series.geometry else {
        return Err(not_a_volume(series, "its images make no stack of slices".into()));
    };
    let voxels: u64 = geometry.size().iter().map(|&n| n as u64).product();
    if voxels > MOST_READ_VOXELS {
        return Err(not_a_volume(series, format!("it has {voxels} voxels; at most {MOST_READ_VOXELS} are opened")));
    }
    let (voxels, padding) = if series.frames.iter().all(|frame| hounsfield::is_integral(frame.rescale)) {
        let emit = |slice: usize, values: &[i16]| on_slice(slice, SlicePixels::I16(values));
        match fill(series, progress, 0i16, &hounsfield::integers, &emit) {
            Ok((values, padding)) => (Voxels::I16(array(geometry, values)?), padding),
            Err(Stop::Misfit) => as_floats(series, &geometry, progress, on_slice)?,
            Err(Stop::Error(error)) => return Err(error),
        }
    } else {
        as_floats(series, &geometry, progress, on_slice)?
    };
    let mut warnings = series.warnings.clone();
    let padding = match padding {
        Some((n, mask)) => {
            let noun = if n == 1 { "padding voxel lies" } else { "padding voxels lie" };
            warnings.push(format!("{n} {noun} outside the field of view: left out of statistics"));
            Some(array(geometry, mask)?)
        }
        None => None,
    };
    let positions_mm = series.frames.iter().map(|frame| frame.position).collect();
    Ok(SliceStack { geometry, voxels, padding, positions_mm, warnings })
}

fn as_floats(
    series: &Series,
    geometry: &Geometry,
    progress: &Progress,
    on_slice: &(dyn Fn(usize, SlicePixels<'_>) + Sync),
) -> Result<(Voxels, Option<Padding>), DicomError> {
    let emit = |slice: usize, values: &[f32]| on_slice(slice, SlicePixels::F32(values));
    match fill(series, progress, 0f32, &hounsfield::floats, &emit) {
        Ok((values, padding)) => Ok((Voxels::F32(array(*geometry, values)?), padding)),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Misfit) => Err(not_a_volume(series, "its values are beyond all bounds".into())),
    }
}

fn not_a_volume(series: &Series, reason: String) -> DicomError {
    DicomError::NotAVolume { series: series.description.clone(), reason }
}

fn array<T>(geometry: Geometry, values: Vec<T>) -> Result<Array3<T>, DicomError> {
    // Only a count of frames that differs from the grid's could fail here.
    Array3::from_shape_vec(geometry.shape(), values).map_err(|error| DicomError::NotAVolume {
        series: String::new(),
        reason: format!("its slices do not fill its grid ({error})"),
    })
}

/// How many voxels are padding, and which.
type Padding = (usize, Vec<bool>);

/// Why filling ended early.
enum Stop {
    Error(DicomError),
    /// A value does not fit the number type.
    Misfit,
}

/// From a frame's words to its values and its padding; how many voxels are padding.
type Convert<'a, T> = &'a (dyn Fn(&Frame, &[u16], &mut [T], &mut [bool]) -> Result<usize, Misfit> + Sync);

/// One slice's values and padding while nobody works on it.
type Slot<'a, T> = Mutex<Option<(&'a mut [T], &'a mut [bool])>>;

/// Decodes every frame into its slice. Memory that no padding is written to is never touched.
fn fill<T: Copy + Send>(
    series: &Series,
    progress: &Progress,
    zero: T,
    convert: Convert<'_, T>,
    emit: &(dyn Fn(usize, &[T]) + Sync),
) -> Result<(Vec<T>, Option<Padding>), Stop> {
    let [columns, rows] = series.size;
    let slices = series.frames.len();
    progress.begin("reading slices", slices);
    let mut values = vec![zero; slices * rows * columns];
    let mut mask = vec![false; slices * rows * columns];
    let padded = AtomicUsize::new(0);
    {
        let slots: Vec<Slot<'_, T>> = values
            .chunks_mut(rows * columns)
            .zip(mask.chunks_mut(rows * columns))
            .map(|slot| Mutex::new(Some(slot)))
            .collect();
        let shared = SharedFiles::of(series.frames.iter());
        let order = outward(slices);
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let first_stop: Mutex<Option<Stop>> = Mutex::new(None);
        let work = |slice: usize| -> Result<(), Stop> {
            progress.check().map_err(|cancelled| Stop::Error(cancelled.into()))?;
            let frame = &series.frames[slice];
            let words = shared
                .words(frame)
                .map_err(|cause| Stop::Error(DicomError::File { file: frame.file.name.clone(), cause }))?;
            let slot = slots[slice].lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((values, mask)) = slot {
                let n = convert(frame, &words, values, mask).map_err(|Misfit| Stop::Misfit)?;
                padded.fetch_add(n, Ordering::Relaxed);
                emit(slice, values);
            }
            progress.advance(1);
            Ok(())
        };
        let worker = || {
            while !stop.load(Ordering::Relaxed)
                && let Some(&slice) = order.get(next.fetch_add(1, Ordering::Relaxed))
            {
                if let Err(reason) = work(slice) {
                    stop.store(true, Ordering::Relaxed);
                    first_stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
                }
            }
        };
        rayon::scope(|scope| (0..rayon::current_num_threads()).for_each(|_| scope.spawn(|_| worker())));
        if let Some(reason) = first_stop.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(reason);
        }
    }
    let padded = padded.into_inner();
    Ok((values, (padded > 0).then_some((padded, mask))))
}

/// Slice indices from the middle outward.
fn outward(slices: usize) -> Vec<usize> {
    let middle = slices / 2;
    let mut order: Vec<usize> = (0..slices).collect();
    order.sort_by_key(|&slice| (slice.abs_diff(middle), slice < middle));
    order
}

/// Files whose frames can only be reached by unpacking all of them: each is unpacked once, when its first frame is due.
pub(super) struct SharedFiles(HashMap<usize, OnceLock<Result<Vec<u8>, FileFault>>>);

impl SharedFiles {
    pub(super) fn of<'a>(frames: impl Iterator<Item = &'a Frame>) -> Self {
        let several = frames.filter(|frame| frame.file.frames > 1);
        Self(several.map(|frame| (address(&frame.file), OnceLock::new())).collect())
    }

    pub(super) fn words(&self, frame: &Frame) -> Result<Vec<u16>, FileFault> {
        let file = &frame.file;
        let Some(lock) = self.0.get(&address(file)).filter(|_| pixel::is_packed(file)) else {
            return pixel::words(file, frame.index, None);
        };
        match lock.get_or_init(|| pixel::unpacked(file)) {
            Ok(bytes) => pixel::words(file, frame.index, Some(bytes)),
            Err(fault) => Err(fault.clone()),
        }
    }
}

/// What tells files apart while a series holds them.
fn address(file: &Arc<ImageFile>) -> usize {
    Arc::as_ptr(file).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_come_from_the_middle_outward() {
        assert_eq!(outward(5), [2, 3, 1, 4, 0]);
        assert_eq!(outward(4), [2, 3, 1, 0]);
        assert_eq!(outward(1), [0]);
    }
}
