//! Stored values to HU, slice by slice (PS3.3 C.11.1.1.2), and which pixels lie outside the field of view
//! (PS3.3 C.7.5.1.1.2).

use super::{Frame, Rescale};

/// The HU of air at the edge of the scale: what padding is shown as, and below which there is no tissue.
const AIR: i32 = -1024;

/// A value does not fit the number type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit;

/// Whether HU are whole numbers, and small enough for 32-bit arithmetic on 16-bit samples.
pub(super) fn is_integral(rescale: Rescale) -> bool {
    rescale.slope.fract() == 0.0 && rescale.intercept.fract() == 0.0 && rescale.slope.abs() <= 16_384.0
}

/// HU as 16-bit integers, of a slice whose rescale [`is_integral`]. Gives the number of padding pixels, which get -1024 HU
/// and are marked in `mask`.
pub(super) fn integers(frame: &Frame, words: &[u16], out: &mut [i16], mask: &mut [bool]) -> Result<usize, Misfit> {
    let layout = frame.file.layout;
    let (slope, intercept) = (frame.rescale.slope as i32, frame.rescale.intercept as i32);
    let (from, to) = layout.padding.unwrap_or((1, 0));
    let (mut padded, mut largest) = (0usize, AIR);
    for (hu, &word) in out.iter_mut().zip(words) {
        let stored = layout.value(word);
        let value = stored * slope + intercept;
        let outside = value < AIR || (from <= stored && stored <= to);
        let value = if outside { AIR } else { value };
        padded += usize::from(outside);
        largest = largest.max(value);
        *hu = value as i16;
    }
    if largest > i32::from(i16::MAX) {
        return Err(Misfit);
    }
    if padded > 0 {
        for (mark, &word) in mask.iter_mut().zip(words) {
            let stored = layout.value(word);
            *mark = stored * slope + intercept < AIR || (from <= stored && stored <= to);
        }
    }
    Ok(padded)
}

/// HU as floats, computed in 64 bits and rounded once.
pub(super) fn floats(frame: &Frame, words: &[u16], out: &mut [f32], mask: &mut [bool]) -> Result<usize, Misfit> {
    let layout = frame.file.layout;
    let Rescale { slope, intercept } = frame.rescale;
    let (from, to) = layout.padding.unwrap_or((1, 0));
    let mut padded = 0;
    for ((hu, mark), &word) in out.iter_mut().zip(mask).zip(words) {
        let stored = layout.value(word);
        let value = f64::from(stored) * slope + intercept;
        if value < f64::from(AIR) || (from <= stored && stored <= to) {
            *hu = AIR as f32;
            *mark = true;
            padded += 1;
        } else {
            *hu = value as f32;
        }
    }
    Ok(padded)
}
