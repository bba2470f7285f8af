//! Local binary patterns in the plane (Ojala et al. 2002), as scikit-image's `local_binary_pattern` numbers them: samples on a
//! circle around a voxel, interpolated linearly, 0 outside the image; a bit for each that is at least the centre.

use std::f64::consts::PI;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Derived, Scene};
use crate::base::Warnings;
use crate::radiomics::image_type::ImageType;
use crate::radiomics::region::Values;
use crate::volume::Voxels;

/// How a pattern becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternNumber {
    /// Bits as they are.
    Default,
    /// The least of all rotations.
    Ror,
    /// Number of bits set if the pattern changes at most twice, else one more than there are samples.
    Uniform,
    /// Like `Uniform`, each rotation with a number of its own.
    NriUniform,
    /// Variance of the samples.
    Var,
}

/// The circle that samples lie on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Circle {
    /// Radius in voxels.
    pub radius: f64,
    /// Samples on it, at most 32.
    pub samples: u32,
    /// How patterns are numbered.
    pub method: PatternNumber,
    /// The axis (0 slice, 1 row, 2 column) that is normal to the plane.
    pub normal: usize,
}

/// The image that the filter makes. As in scikit-image a sample that is no number sets no bit; a warning says at how many voxels.
pub(super) fn image(circle: Circle, scene: Scene, warnings: &mut Warnings) -> Derived {
    let voxels = scene.volume.voxels();
    let (slices, rows, columns) = voxels.shape();
    let size = [slices, rows, columns];
    // Rows and columns of the plane, as PyRadiomics swaps the normal with the first axis.
    let [down, across] = [[1, 2], [0, 2], [1, 0]][circle.normal];
    let integers = scene.volume.integers();
    let offsets = offsets(circle);
    let mut samples = vec![0.0; offsets.len()];
    let mut gray = Vec::with_capacity(scene.region.places.len());
    let mut lacking = 0;
    for &place in &scene.region.places {
        let (slice, row, column) = scene.region.in_volume(place);
        let here = [slice, row, column];
        let value = |r: isize, c: isize| {
            let mut at = here;
            let inside = |index: isize, axis: usize| usize::try_from(index).ok().filter(|&index| index < size[axis]);
            match (inside(r, down), inside(c, across)) {
                (Some(r), Some(c)) => {
                    (at[down], at[across]) = (r, c);
                    voxels.at((at[0], at[1], at[2]))
                }
                _ => 0.0,
            }
        };
        for (sample, [r, c]) in samples.iter_mut().zip(&offsets) {
            *sample = interpolated(here[down] as f64 + r, here[across] as f64 + c, value);
        }
        let centre = value(here[down] as isize, here[across] as isize);
        lacking += usize::from(samples.iter().any(|sample| !sample.is_finite()));
        let number = number(circle.method, &samples, centre);
        // The image keeps its number type.
        gray.push(match (&integers, voxels) {
            (Some(range), _) => wrapped(number, range),
            (None, Voxels::F32(_)) => f64::from(number as f32),
            (None, _) => number,
        });
    }
    if lacking > 0 {
        warnings.push(format!(
            "lbp-2D: around {lacking} voxels of the VOI the image has no number at some samples, which are compared all the same, as in \
             PyRadiomics; repair the image, or leave LBP2D out of the protocol"
        ));
    }
    // Equal samples have no variance; that is a fact about the voxel.
    let is_f32 = matches!(voxels, Voxels::F32(_));
    Derived { image: ImageType::Lbp2d, values: Values { gray, is_f32 } }
}

/// A number as integers of this range hold it: its fraction is lost, and beyond their end they begin anew. It is made an integer
/// of 32 bits first where the range is within those; what these do not hold, or is no number, is their least value.
fn wrapped(number: f64, range: &RangeInclusive<i64>) -> f64 {
    let (least, most) = (i128::from(*range.start()), i128::from(*range.end()));
    let first = if most > u32::MAX.into() { i64::MIN } else { i32::MIN.into() };
    let is_held = number.abs() <= most.max(i32::MAX.into()) as f64;
    let whole = if is_held { number as i128 } else { first.into() };
    ((whole - least).rem_euclid(most - least + 1) + least) as f64
}

/// Row and column of each sample from the centre, to five decimals, counter-clockwise from the right.
fn offsets(circle: Circle) -> Vec<[f64; 2]> {
    // The radius has 32 bits there.
    let radius = f64::from(circle.radius as f32);
    let rounded = |x: f64| (x * 1e5).round_ties_even() / 1e5;
    let at = |sample: u32| {
        let angle = 2.0 * PI * f64::from(sample) / f64::from(circle.samples);
        [rounded(-radius * angle.sin()), rounded(radius * angle.cos())]
    };
    (0..circle.samples).map(at).collect()
}

fn interpolated(row: f64, column: f64, value: impl Fn(isize, isize) -> f64) -> f64 {
    let (top, left) = (row.floor(), column.floor());
    let (down, right) = (row - top, column - left);
    let [top, left, bottom, far] = [top, left, row.ceil(), column.ceil()].map(|x| x as isize);
    let along = |row| (1.0 - right) * value(row, left) + right * value(row, far);
    (1.0 - down) * along(top) + down * along(bottom)
}

fn number(method: PatternNumber, samples: &[f64], centre: f64) -> f64 {
    let is_set = |sample: &f64| sample - centre >= 0.0;
    let count = samples.len();
    let bits = samples.iter().enumerate().fold(0u32, |bits, (i, sample)| bits | u32::from(is_set(sample)) << i);
    let changes = samples.windows(2).filter(|pair| is_set(&pair[0]) != is_set(&pair[1])).count();
    match method {
        PatternNumber::Default => f64::from(bits),
        PatternNumber::Ror => f64::from((0..count).map(|by| rotated(bits, by, count)).min().unwrap_or(bits)),
        PatternNumber::Uniform if changes <= 2 => f64::from(bits.count_ones()),
        PatternNumber::Uniform => (count + 1) as f64,
        PatternNumber::NriUniform => of_rotation(samples.iter().map(is_set).collect(), changes) as f64,
        PatternNumber::Var => {
            let sum: f64 = samples.iter().sum();
            let squares: f64 = samples.iter().map(|x| x * x).sum();
            let variance = (squares - sum * sum / count as f64) / count as f64;
            if variance == 0.0 { f64::NAN } else { variance }
        }
    }
}

/// The lowest `count` bits turned to the right.
fn rotated(bits: u32, by: usize, count: usize) -> u32 {
    let wide = u64::from(bits);
    ((wide >> by | wide << (count - by)) & ((1 << count) - 1)) as u32
}

/// A number for each rotation of each uniform pattern.
fn of_rotation(is_set: Vec<bool>, changes: usize) -> usize {
    let count = is_set.len();
    let ones = is_set.iter().filter(|set| **set).count();
    if changes > 2 {
        return count * (count - 1) + 2;
    }
    if ones == 0 {
        return 0;
    }
    if ones == count {
        return count * (count - 1) + 1;
    }
    let first = |wanted: bool| is_set.iter().position(|set| *set == wanted).unwrap_or(0);
    let rotation = if is_set[0] { ones - first(false) } else { count - first(true) };
    1 + (ones - 1) * count + rotation
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT_AND_UP: [f64; 4] = [9.0, 9.0, 1.0, 1.0];

    #[test]
    fn one_pattern_by_every_numbering() {
        let of = |method| number(method, &RIGHT_AND_UP, 5.0);
        assert_eq!(of(PatternNumber::Default), 3.0);
        assert_eq!(of(PatternNumber::Ror), 3.0);
        assert_eq!(of(PatternNumber::Uniform), 2.0);
        assert_eq!(of(PatternNumber::NriUniform), 5.0);
        assert_eq!(of(PatternNumber::Var), 16.0);
    }

    #[test]
    fn a_number_beyond_the_image_s_type_begins_anew() {
        assert_eq!([3.0, 259.0].map(|number| wrapped(number, &(0..=255))), [3.0, 3.0]);
        assert_eq!(wrapped(40_000.0, &(i16::MIN.into()..=i16::MAX.into())), 40_000.0 - 65_536.0);
        assert_eq!(wrapped(3_000_000_000.0, &(i16::MIN.into()..=i16::MAX.into())), 0.0);
    }

    #[test]
    fn no_number_is_what_32_bits_make_of_it() {
        assert_eq!(wrapped(f64::NAN, &(i16::MIN.into()..=i16::MAX.into())), 0.0);
        assert_eq!(wrapped(f64::NAN, &(0..=255)), 0.0);
        assert_eq!(wrapped(f64::NAN, &(i32::MIN.into()..=i32::MAX.into())), f64::from(i32::MIN));
    }

    #[test]
    fn a_pattern_that_changes_often_has_the_last_number() {
        let samples = [9.0, 1.0, 9.0, 1.0];
        assert_eq!(number(PatternNumber::Uniform, &samples, 5.0), 5.0);
        assert_eq!(number(PatternNumber::NriUniform, &samples, 5.0), 14.0);
        assert_eq!(number(PatternNumber::Ror, &[1.0, 9.0, 1.0, 9.0], 5.0), 5.0);
    }
}
