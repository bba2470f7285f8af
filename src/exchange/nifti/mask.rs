//! Masks and label maps from NIfTI images of whole numbers.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array3;

use super::super::reorient::AxisOrder;
use super::super::snap_labels::{self, SnapLabel};
use super::{NiftiError, read_voxels, unreadable};
use crate::base::Warnings;
use crate::volume::{Geometry, Label, LabelMap, Mask, Meaning, Voxels, settle_voi};

/// The most different numbers that are listed in a message.
const MOST_LISTED: usize = 20;

/// A label map, and what is odd about the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct NiftiLabels {
    /// One label a voxel: 1 liver, 2 vessel, 3 lesion, 4 caudate lobe, or what a label description beside the file calls so.
    pub label_map: LabelMap,
    /// Numbers whose names in a label description tell no label: [`read_mask`] reads one of them when someone has chosen.
    pub unassigned: Vec<(i32, String)>,
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

/// Reads a label map of the image with this `grid`, as [`super::write_label_map`] writes it. Where an ITK-SNAP label description with
/// the same name (`.label`) lies beside it, the names in it say what each number is.
pub fn read_label_map(path: &Path, grid: &Geometry) -> Result<NiftiLabels, NiftiError> {
    let (numbers, mut warnings) = read_numbers(path, grid)?;
    let names = names_beside(path, &mut warnings);
    let label_of = |number: i32| u8::try_from(number).ok().and_then(Label::from_number);
    let (mut bits_of, mut others, mut unassigned) = (BTreeMap::from([(0, 0)]), Vec::new(), Vec::new());
    for number in numbers.counts().into_keys().filter(|&number| number != 0) {
        let name = names.iter().find(|label| i64::from(label.index) == i64::from(number)).map(|label| &label.name);
        // A name that the program gave is no name.
        let name = name.filter(|name| **name != format!("Label {number}"));
        match (name, name.map(|name| Meaning::of(name, None, None)), label_of(number)) {
            (Some(name), Some(Meaning::Unknown), _) => unassigned.push((number, name.clone())),
            (_, Some(meaning), _) => _ = bits_of.insert(number, meaning.bit()),
            (_, None, Some(label)) => _ = bits_of.insert(number, label.bit()),
            (_, None, None) => others.push(number),
        }
    }
    if !others.is_empty() {
        let problem = format!(
            "it holds {}, and a label map has 1 liver, 2 vessel, 3 lesion, 4 caudate lobe alone; give each structure its number among these",
            list(&others)
        );
        return Err(ambiguous(path, problem));
    }
    let mut last = (0, 0);
    let mut bits = Array3::zeros(grid.shape());
    numbers.for_each(&mut bits, |voxel: &mut u8, number| {
        // Neighbours mostly have the same number.
        if number != last.0 {
            last = (number, bits_of.get(&number).copied().unwrap_or(0));
        }
        *voxel = last.1;
    });
    settle_voi(&mut bits, &mut warnings);
    let label_map = LabelMap::from_bits(*grid, bits).map_err(|difference| unreadable(path, difference.to_string()))?;
    Ok(NiftiLabels { label_map, unassigned, warnings })
}

/// The label description beside a label map, where there is one; one that cannot be read is said and left out.
fn names_beside(path: &Path, warnings: &mut Warnings) -> Vec<SnapLabel> {
    let beside = snap_labels::path_beside(path);
    if !beside.is_file() {
        return Vec::new();
    }
    snap_labels::read(&beside).unwrap_or_else(|error| {
        warnings.push(format!("the names of the labels were not read: {error}"));
        Vec::new()
    })
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

    /// Hands every number to `each`, together with its voxel of an array of the same shape.
    fn for_each<T>(&self, voxels: &mut Array3<T>, mut each: impl FnMut(&mut T, i32)) {
        match self {
            Numbers::Narrow(numbers) => {
                ndarray::Zip::from(voxels).and(numbers).for_each(|voxel, &number| each(voxel, i32::from(number)));
            }
            Numbers::Wide(numbers) => {
                ndarray::Zip::from(voxels).and(numbers).for_each(|voxel, &number| each(voxel, number));
            }
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
