//! Masks and label maps from NIfTI images of whole numbers.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array3;

use super::super::reorient::AxisOrder;
use super::{NiftiError, read_voxels, unreadable};
use crate::base::Warnings;
use crate::volume::{Geometry, Label, LabelMap, Mask, Voxels};

/// The most different numbers that are listed in a message.
const MOST_LISTED: usize = 20;

/// A label map, and what is odd about the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct NiftiLabels {
    /// One label a voxel: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe.
    pub label_map: LabelMap,
    /// What is odd.
    pub warnings: Warnings,
}

/// A mask, and what is odd about the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct NiftiMask {
    /// Which voxels are inside.
    pub mask: Mask,
    /// What is odd.
    pub warnings: Warnings,
}

/// Reads the voxels that have the number `label` as a mask of the image with this `grid`; without `label`, the file must hold
/// one number beside 0. What has the number 0 lies outside every region, so that 0 is no label.
///
/// The mask may store its axes in another order than the image, but each of its voxels must be one of the image's.
pub fn read_mask(path: &Path, label: Option<i32>, grid: &Geometry) -> Result<NiftiMask, NiftiError> {
    if let Some(label) = label.filter(|&label| label < 1) {
        let problem =
            format!("{label} is no label: 0 stands for what lies outside, and regions have the numbers from 1 on");
        return Err(ambiguous(path, problem));
    }
    let (numbers, warnings) = read_numbers(path, grid)?;
    let counts = numbers.counts();
    let label = match (label, counts.keys().copied().filter(|&number| number > 0).collect::<Vec<i32>>().as_slice()) {
        (Some(label), _) if counts.contains_key(&label) => label,
        (Some(label), there) => {
            let verb = if there.len() > 1 { "are" } else { "is" };
            return Err(ambiguous(path, format!("no voxel has the number {label}; there {verb} {}", list(there))));
        }
        (None, []) => {
            return Err(ambiguous(
                path,
                "the mask is empty: no voxel is above 0; draw the VOI, or give another file".to_owned(),
            ));
        }
        (None, [only]) => *only,
        (None, several) if several.len() > MOST_LISTED => {
            let n = several.len();
            return Err(ambiguous(
                path,
                format!(
                    "it holds {n} different numbers, as an image does; give the mask, or say which number is wanted (--label)"
                ),
            ));
        }
        (None, several) => {
            let of_labels =
                several.iter().all(|&number| u8::try_from(number).is_ok_and(|n| Label::from_number(n).is_some()));
            let hint = if of_labels && several.contains(&i32::from(Label::Liver.number())) {
                "; in Hepatica's label maps 1 is the liver without vessels, lesions and caudate lobe: the VOI"
            } else {
                ""
            };
            return Err(ambiguous(
                path,
                format!("the mask holds {}; say which one is wanted (--label){hint}", list(several)),
            ));
        }
    };
    let inside = numbers.map(|number| number == label);
    let mask = Mask::new(*grid, inside).map_err(|difference| unreadable(path, difference.to_string()))?;
    Ok(NiftiMask { mask, warnings })
}

/// Reads a label map of the image with this `grid`, as [`super::write_label_map`] writes it.
pub fn read_label_map(path: &Path, grid: &Geometry) -> Result<NiftiLabels, NiftiError> {
    let (numbers, warnings) = read_numbers(path, grid)?;
    let label_of = |number: i32| u8::try_from(number).ok().and_then(Label::from_number);
    let others: Vec<i32> = numbers.counts().into_keys().filter(|&n| n != 0 && label_of(n).is_none()).collect();
    if !others.is_empty() {
        let problem = format!(
            "it holds {}, and a label map has 1 liver, 2 vessel, 3 lesion, 4 caudate lobe alone; give each structure its number among these",
            list(&others)
        );
        return Err(ambiguous(path, problem));
    }
    let bits = numbers.map(|number| label_of(number).map_or(0, Label::bit));
    let label_map = LabelMap::from_bits(*grid, bits).map_err(|difference| unreadable(path, difference.to_string()))?;
    Ok(NiftiLabels { label_map, warnings })
}

/// Whole numbers, one a voxel, no wider than they must be: a mask of a long series fills memory enough as it is.
enum Numbers {
    Narrow(Array3<i16>),
    Wide(Array3<i32>),
}

impl Numbers {
    fn map<T: Clone>(&self, of: impl Fn(i32) -> T) -> Array3<T> {
        match self {
            Numbers::Narrow(numbers) => numbers.map(|&number| of(i32::from(number))),
            Numbers::Wide(numbers) => numbers.map(|&number| of(number)),
        }
    }

    /// How many voxels have each number.
    fn counts(&self) -> BTreeMap<i32, usize> {
        match self {
            Numbers::Narrow(numbers) => counts(numbers.iter().map(|&number| i32::from(number))),
            Numbers::Wide(numbers) => counts(numbers.iter().copied()),
        }
    }
}

fn counts(numbers: impl Iterator<Item = i32>) -> BTreeMap<i32, usize> {
    let mut counts = BTreeMap::new();
    let mut last = (0, 0);
    // Neighbours mostly have the same number, so runs are counted and not voxels.
    for number in numbers {
        if number != last.0 {
            *counts.entry(last.0).or_default() += last.1;
            last = (number, 0);
        }
        last.1 += 1;
    }
    *counts.entry(last.0).or_default() += last.1;
    counts.retain(|_, count| *count > 0);
    counts
}

/// The file's whole numbers in the order of the image's voxels.
fn read_numbers(path: &Path, grid: &Geometry) -> Result<(Numbers, Warnings), NiftiError> {
    let order = |geometry: &Geometry| {
        AxisOrder::between(geometry, grid)
            .map_err(|difference| NiftiError::OtherGrid { path: path.to_owned(), difference: difference.to_string() })
    };
    // The grids are compared before voxels are read, so that a wrong file costs nothing.
    let (geometry, stored, warnings) = read_voxels(path, |geometry| order(geometry).map(|_| ()))?;
    let order = order(&geometry)?;
    let numbers = match stored.voxels {
        Voxels::I16(voxels) => Some(Numbers::Narrow(order.apply(voxels))),
        Voxels::I32(voxels) => Some(Numbers::Wide(order.apply(voxels))),
        Voxels::F32(voxels) => all_whole(&order.apply(voxels), |&value| f64::from(value)),
        Voxels::F64(voxels) => all_whole(&order.apply(voxels), |&value| value),
    };
    let numbers = numbers
        .ok_or_else(|| unreadable(path, "not a mask: some voxels are not whole numbers; give the file of the VOI"))?;
    Ok((numbers, warnings))
}

fn all_whole<T>(voxels: &Array3<T>, real: impl Fn(&T) -> f64) -> Option<Numbers> {
    let whole = |value: f64| (value.fract() == 0.0 && value.abs() < f64::from(i32::MAX)).then_some(value as i32);
    let values: Option<Vec<i32>> = voxels.iter().map(|value| whole(real(value))).collect();
    Array3::from_shape_vec(voxels.dim(), values?).ok().map(Numbers::Wide)
}

fn list(numbers: &[i32]) -> String {
    let listed: Vec<String> = numbers.iter().take(MOST_LISTED).map(ToString::to_string).collect();
    let more = if numbers.len() > MOST_LISTED { ", ..." } else { "" };
    match numbers {
        [] => "only 0".to_owned(),
        [only] => format!("only the number {only}"),
        _ => format!("the numbers {}{more}", listed.join(", ")),
    }
}

fn ambiguous(path: &Path, problem: String) -> NiftiError {
    NiftiError::Ambiguous { path: path.to_owned(), problem }
}
