//! Laying a segmentation over the image it was drawn on.
//!
//! The file may store its axes in another order than the image, and a part of the image's grid alone, as Slicer does when it crops to
//! what was drawn; but each of its voxels with a segment must be one of the image's.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ndarray::{Array3, s};

use super::super::reorient::AxisOrder;
use super::header::{NrrdFile, open};
use super::numbers::for_each;
use super::segments::{NrrdSegment, described};
use super::{NrrdError, unreadable};
use crate::base::Warnings;
use crate::volume::{Geometry, Label, LabelMap, Mask, Meaning, settle_voi};

/// The most numbers without a segment that are kept: an image has more.
const MAX_STRANGERS: usize = 256;
/// The most of them that are listed in a message.
const MOST_LISTED: usize = 10;

/// What an NRRD file holds, on the image's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct NrrdContents {
    /// The segments that could be told to be one of the labels.
    pub label_map: LabelMap,
    /// Segments that neither code nor name tells: [`read_segment`] reads one of them when someone has chosen.
    pub unassigned: Vec<NrrdSegment>,
    /// What is odd.
    pub warnings: Warnings,
}

/// The segments of the file at `path`; of one that describes none, its numbers.
pub fn segments(path: &Path) -> Result<Vec<NrrdSegment>, NrrdError> {
    let mut file = open(path)?;
    let segments = described(&file.keys, file.layers);
    if !segments.is_empty() {
        return Ok(segments);
    }
    let mut strangers = Strangers::default();
    for_each(&mut file, |_, layer, number| strangers.add(layer, number))
        .map_err(|problem| unreadable(path, problem))?;
    Ok(strangers.segments())
}

/// Reads all segments that can be told to be a label, as drawn on the image with this `grid`. In a file that describes no segments, 1 is
/// the liver, 2 vessel, 3 lesion, 4 caudate lobe.
pub fn read(path: &Path, grid: &Geometry) -> Result<NrrdContents, NrrdError> {
    let (mut bits, unassigned, mut warnings) = labelled_bits(path, grid)?;
    settle_voi(&mut bits, &mut warnings);
    let label_map = LabelMap::from_bits(*grid, bits).map_err(|difference| other_grid(path, difference.to_string()))?;
    Ok(NrrdContents { label_map, unassigned, warnings })
}

/// Reads the voxels of one segment, whatever it is.
pub fn read_segment(path: &Path, segment: &NrrdSegment, grid: &Geometry) -> Result<Mask, NrrdError> {
    let mut file = open(path)?;
    let place = Place::of(path, &file.geometry, grid)?;
    let mut inside = Array3::from_elem(file.geometry.shape(), false);
    let read = fill(&mut file, &mut inside, |voxel, layer, number| {
        *voxel |= (layer, number) == (segment.layer, segment.value);
    });
    read.map_err(|problem| unreadable(path, problem))?;
    let inside = place.laid(inside).map_err(|difference| other_grid(path, difference))?;
    Mask::new(*grid, inside).map_err(|difference| other_grid(path, difference.to_string()))
}

/// Label bits with those of the VOI, on the image's grid, and segments that are neither.
pub(super) fn labelled_bits(
    path: &Path,
    grid: &Geometry,
) -> Result<(Array3<u8>, Vec<NrrdSegment>, Warnings), NrrdError> {
    let mut file = open(path)?;
    let mut warnings = std::mem::take(&mut file.warnings);
    let place = Place::of(path, &file.geometry, grid)?;
    let segments = described(&file.keys, file.layers);
    warn_of_shared_labels(&segments, &mut warnings);
    let is_plain = segments.is_empty();
    let mut bits_of = BitsOfNumbers::new(&segments, file.layers);
    let mut strangers = Strangers::default();
    let mut bits = Array3::<u8>::zeros(file.geometry.shape());
    let read = fill(&mut file, &mut bits, |voxel, layer, number| match bits_of.get(layer, number) {
        Some(bit) => *voxel |= bit,
        None => strangers.add(layer, number),
    });
    read.map_err(|problem| unreadable(path, problem))?;
    let unassigned: Vec<NrrdSegment> = match is_plain {
        true => strangers.segments(),
        false => {
            strangers.warn(&mut warnings);
            segments.into_iter().filter(|segment| segment.meaning == Meaning::Unknown).collect()
        }
    };
    let bits = place.laid(bits).map_err(|difference| other_grid(path, difference))?;
    Ok((bits, unassigned, warnings))
}

fn other_grid(path: &Path, difference: String) -> NrrdError {
    NrrdError::OtherGrid { path: path.to_owned(), difference }
}

/// Hands every number that is not 0 to `set`, together with its voxel.
fn fill<T>(file: &mut NrrdFile, voxels: &mut Array3<T>, mut set: impl FnMut(&mut T, usize, i64)) -> Result<(), String> {
    let voxels = voxels.as_slice_mut().ok_or("its voxels do not lie in one piece")?;
    for_each(file, |voxel, layer, number| {
        if let Some(voxel) = voxels.get_mut(voxel) {
            set(voxel, layer, number);
        }
    })
}

/// What each number on each layer stands for.
struct BitsOfNumbers {
    by_number: HashMap<(usize, i64), u8>,
    /// Neighbours mostly have the same number: the last answer on each layer.
    last: Vec<(i64, Option<u8>)>,
}

impl BitsOfNumbers {
    fn new(segments: &[NrrdSegment], layers: usize) -> Self {
        let mut by_number = HashMap::new();
        for segment in segments {
            *by_number.entry((segment.layer, segment.value)).or_default() |= segment.meaning.bit();
        }
        if segments.is_empty() {
            let numbers = (0..layers).flat_map(|layer| Label::ALL.map(|label| (layer, label)));
            by_number.extend(numbers.map(|(layer, label)| ((layer, i64::from(label.number())), label.bit())));
        }
        Self { by_number, last: vec![(0, None); layers] }
    }

    fn get(&mut self, layer: usize, number: i64) -> Option<u8> {
        let last = self.last.get_mut(layer)?;
        if last.0 != number {
            *last = (number, self.by_number.get(&(layer, number)).copied());
        }
        last.1
    }
}

/// Numbers that no segment has.
#[derive(Default)]
struct Strangers {
    seen: BTreeSet<(usize, i64)>,
    last: Option<(usize, i64)>,
}

impl Strangers {
    fn add(&mut self, layer: usize, number: i64) {
        if self.last != Some((layer, number)) && self.seen.len() < MAX_STRANGERS {
            self.seen.insert((layer, number));
            self.last = Some((layer, number));
        }
    }

    fn segments(&self) -> Vec<NrrdSegment> {
        self.seen.iter().map(|&(layer, number)| NrrdSegment::of_number(number, layer)).collect()
    }

    fn warn(&self, warnings: &mut Warnings) {
        let listed: Vec<String> = self.seen.iter().take(MOST_LISTED).map(|(_, number)| number.to_string()).collect();
        if !listed.is_empty() {
            let listed = listed.join(", ");
            warnings.push(format!("some voxels have numbers that no segment has ({listed}); they were left out"));
        }
    }
}

fn warn_of_shared_labels(segments: &[NrrdSegment], warnings: &mut Warnings) {
    for label in Label::ALL {
        let same = segments.iter().filter(|segment| segment.meaning == Meaning::Label(label));
        let same: Vec<String> = same.map(NrrdSegment::description).collect();
        if same.len() > 1 {
            warnings.push(format!("segments {} are all taken as {}", same.join(", "), label.name().to_lowercase()));
        }
    }
}

/// Where the file's voxels lie on the image's grid.
struct Place {
    order: AxisOrder,
    /// The file's first voxel, in the image's order of axes, counted in the image's voxels.
    offset: [i64; 3],
    shape: (usize, usize, usize),
}

impl Place {
    fn of(path: &Path, from: &Geometry, grid: &Geometry) -> Result<Place, NrrdError> {
        let (order, turned) = AxisOrder::toward(from, grid);
        let offset = grid.voxel_from_patient(turned.origin()).map(f64::round);
        let origin = grid.patient_from_voxel(offset);
        let on_grid = Geometry::new(turned.size(), origin, grid.steps());
        let on_grid = on_grid.map_err(|error| other_grid(path, error.to_string()))?;
        turned.same_grid(&on_grid).map_err(|difference| match turned.size() == grid.size() {
            // Where the whole grid was meant, its own difference tells more.
            true => other_grid(path, turned.same_grid(grid).err().unwrap_or(difference).to_string()),
            false => other_grid(path, difference.to_string()),
        })?;
        Ok(Place { order, offset: offset.map(|x| x as i64), shape: grid.shape() })
    }

    /// The file's voxels on the image's grid; refused where one that is set would be lost.
    fn laid<T: Clone + Default + PartialEq>(&self, voxels: Array3<T>) -> Result<Array3<T>, String> {
        let voxels = self.order.apply(voxels);
        if self.offset == [0; 3] && voxels.dim() == self.shape {
            return Ok(voxels);
        }
        let (slices, rows, columns) = self.shape;
        let (own_slices, own_rows, own_columns) = voxels.dim();
        let common = |offset: i64, own: usize, all: usize| {
            let low = offset.clamp(0, all as i64);
            let high = offset.saturating_add(own as i64).clamp(low, all as i64);
            (low as usize..high as usize, (low - offset) as usize..(high - offset) as usize)
        };
        let [i, j, k] = self.offset;
        let (to_k, from_k) = common(k, own_slices, slices);
        let (to_j, from_j) = common(j, own_rows, rows);
        let (to_i, from_i) = common(i, own_columns, columns);
        let mut laid = Array3::from_elem(self.shape, T::default());
        let n_set = |voxels: ndarray::ArrayView3<'_, T>| voxels.iter().filter(|&voxel| *voxel != T::default()).count();
        if !to_k.is_empty() && !to_j.is_empty() && !to_i.is_empty() {
            laid.slice_mut(s![to_k, to_j, to_i]).assign(&voxels.slice(s![from_k, from_j, from_i]));
        }
        match n_set(voxels.view()) - n_set(laid.view()) {
            0 => Ok(laid),
            n => Err(format!("{n} of its voxels lie outside the image's {columns} x {rows} x {slices}")),
        }
    }
}
