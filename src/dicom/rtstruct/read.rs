//! Laying the contours of a structure set over the image they were drawn on.
//!
//! A contour belongs to the slice that its points lie on. Slices between contours are not filled in: what the file does not say is not
//! invented, and gaps are said.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use dicom_dictionary_std::{tags, uids};
use ndarray::Array3;

use super::super::FileFault;
use super::super::attributes::Attributes;
use super::super::part10::read_header_within;
use super::super::seg::SegSource;
use super::super::stream::{Stream, io_fault};
use super::super::walk::Limits;
use super::{MAX_ELEMENTS, MAX_VALUE_BYTES, RtError, outline};
use crate::base::Warnings;
use crate::volume::{Code, Geometry, LabelMap, Mask, Meaning, settle_voi};

/// How far points may lie from a slice's plane, in distances between slices: programs round positions, and planes between two slices
/// belong to neither.
const OFF_PLANE: f64 = 0.25;

/// A region of a structure set (Structure Set ROI Sequence, C.8.8.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roi {
    /// ROI Number (3006,0022).
    pub number: i64,
    /// ROI Name (3006,0026).
    pub name: String,
    /// What it is taken for, by its code or its name.
    pub meaning: Meaning,
    /// How many contours it has.
    pub n_contours: usize,
}

impl Roi {
    /// As it is named in a list: `2 "Tumour"`.
    pub fn description(&self) -> String {
        format!("{} \"{}\"", self.number, self.name)
    }
}

/// What a structure set holds, on the image's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct RtContents {
    /// The regions that could be told to be one of the labels.
    pub label_map: LabelMap,
    /// Regions that neither code nor name tells: [`read_roi`] reads one of them when someone has chosen.
    pub unassigned: Vec<Roi>,
    /// What is odd.
    pub warnings: Warnings,
}

/// The regions of the structure set at `path`.
pub fn rois(path: &Path) -> Result<Vec<Roi>, RtError> {
    Ok(open(path)?.regions.into_iter().map(|region| region.roi).collect())
}

/// Reads all regions that can be told to be a label, as drawn on the image with this `grid`.
///
/// `source` are the image's own identifiers, when it came from DICOM: with them, contours of another frame of reference are refused,
/// and contours may lie where the images say they are when these are not quite evenly spaced.
pub fn read(path: &Path, grid: &Geometry, source: Option<&SegSource>) -> Result<RtContents, RtError> {
    let set = open(path)?;
    let mut warnings = Warnings::new();
    let mut bits = labelled_bits(path, &set, grid, source, &mut warnings)?;
    settle_voi(&mut bits, &mut warnings);
    let label_map = LabelMap::from_bits(*grid, bits).map_err(|difference| other(path, difference.to_string()))?;
    let rois = set.regions.into_iter().map(|region| region.roi);
    let unassigned = rois.filter(|roi| roi.meaning == Meaning::Unknown && roi.n_contours > 0).collect();
    Ok(RtContents { label_map, unassigned, warnings })
}

/// Reads the voxels of one region, whatever it is, and what is odd about its contours; `source` as in [`read`].
pub fn read_roi(
    path: &Path,
    number: i64,
    grid: &Geometry,
    source: Option<&SegSource>,
) -> Result<(Mask, Warnings), RtError> {
    let set = open(path)?;
    refuse_other_space(path, &set, source)?;
    let Some(region) = set.regions.iter().find(|region| region.roi.number == number) else {
        let available: Vec<String> = set.regions.iter().map(|region| region.roi.description()).collect();
        return Err(RtError::NoSuchRoi { path: path.to_owned(), number, available: available.join(", ") });
    };
    let mut warnings = Warnings::new();
    let mut inside = Array3::from_elem(grid.shape(), false);
    let planes = Planes::of(grid, source);
    fill(path, region, &planes, &mut warnings, |at| {
        if let Some(voxel) = inside.get_mut(at) {
            *voxel = true;
        }
    })?;
    let mask = Mask::new(*grid, inside).map_err(|difference| other(path, difference.to_string()))?;
    Ok((mask, warnings))
}

/// The bits of the labels and of the VOI, of an object that was just written.
pub(super) fn written_bits(path: &Path, grid: &Geometry, source: &SegSource) -> Result<Array3<u8>, RtError> {
    labelled_bits(path, &open(path)?, grid, Some(source), &mut Warnings::new())
}

fn labelled_bits(
    path: &Path,
    set: &StructureSet,
    grid: &Geometry,
    source: Option<&SegSource>,
    warnings: &mut Warnings,
) -> Result<Array3<u8>, RtError> {
    refuse_other_space(path, set, source)?;
    let planes = Planes::of(grid, source);
    let mut bits = Array3::<u8>::zeros(grid.shape());
    for region in &set.regions {
        let bit = region.roi.meaning.bit();
        if bit != 0 {
            fill(path, region, &planes, warnings, |at| {
                if let Some(voxel) = bits.get_mut(at) {
                    *voxel |= bit;
                }
            })?;
        }
    }
    Ok(bits)
}

/// A structure set, taken apart.
struct StructureSet {
    frame_of_reference_uids: Vec<String>,
    regions: Vec<Region>,
}

/// A region and its closed contours, in patient mm.
struct Region {
    roi: Roi,
    contours: Vec<Vec<[f64; 3]>>,
    /// Contours that enclose no area: points and open lines.
    n_open: usize,
}

/// Reads a structure set from a file. Lengths, depth and counts are checked by the walk that all intake goes through.
fn open(path: &Path) -> Result<StructureSet, RtError> {
    let unreadable = |problem: String| RtError::Unreadable { path: path.to_owned(), problem };
    let limits = Limits { elements: MAX_ELEMENTS, value_bytes: MAX_VALUE_BYTES };
    let read = || -> Result<_, FileFault> {
        let file = File::open(path).map_err(io_fault)?;
        read_header_within(Stream::file(file)?, limits)
    };
    let header = read().map_err(|fault| unreadable(fault.to_string()))?;
    parse(&header.attributes()).map_err(unreadable)
}

fn parse(object: &Attributes<'_>) -> Result<StructureSet, String> {
    let class = object.ascii(tags::SOP_CLASS_UID);
    if class != uids::RT_STRUCTURE_SET_STORAGE {
        let modality = object.ascii(tags::MODALITY);
        return Err(format!("not a structure set (Modality {modality:?}, SOP class {class:?})"));
    }
    let mut regions: BTreeMap<i64, Region> = BTreeMap::new();
    for item in object.items(tags::STRUCTURE_SET_ROI_SEQUENCE) {
        let number = number_of(&item, tags::ROI_NUMBER)?;
        let name = item.text(tags::ROI_NAME);
        let meaning = Meaning::of(&name, None, None);
        let roi = Roi { number, name, meaning, n_contours: 0 };
        if regions.insert(number, Region { roi, contours: Vec::new(), n_open: 0 }).is_some() {
            return Err(format!("two regions have the number {number}"));
        }
    }
    if regions.is_empty() {
        return Err("it describes no regions".to_owned());
    }
    for item in object.items(tags::RTROI_OBSERVATIONS_SEQUENCE) {
        let region = regions.get_mut(&number_of(&item, tags::REFERENCED_ROI_NUMBER)?);
        let code = item.item(tags::RTROI_IDENTIFICATION_CODE_SEQUENCE).map(|code| Code {
            value: code.text(tags::CODE_VALUE),
            scheme: code.ascii(tags::CODING_SCHEME_DESIGNATOR),
            meaning: code.text(tags::CODE_MEANING),
        });
        if let (Some(region), Some(code)) = (region, code) {
            region.roi.meaning = Meaning::of(&region.roi.name, Some(&code), None);
        }
    }
    for item in object.items(tags::ROI_CONTOUR_SEQUENCE) {
        let number = number_of(&item, tags::REFERENCED_ROI_NUMBER)?;
        let region = regions
            .get_mut(&number)
            .ok_or_else(|| format!("contours belong to region {number}, which is not described"))?;
        for (contour, place) in item.items(tags::CONTOUR_SEQUENCE).zip(1usize..) {
            match contour.ascii(tags::CONTOUR_GEOMETRIC_TYPE).as_str() {
                "CLOSED_PLANAR" | "CLOSEDPLANAR_XOR" => {
                    let points = points(&contour).map_err(|problem| {
                        format!("contour {place} of region {}: {problem}", region.roi.description())
                    })?;
                    region.contours.push(points);
                }
                _ => region.n_open += 1,
            }
        }
        region.roi.n_contours = region.contours.len();
    }
    let frames = object.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
    let frames = frames.map(|frame| frame.ascii(tags::FRAME_OF_REFERENCE_UID)).filter(|uid| !uid.is_empty());
    Ok(StructureSet { frame_of_reference_uids: frames.collect(), regions: regions.into_values().collect() })
}

fn number_of(item: &Attributes<'_>, tag: dicom_core::Tag) -> Result<i64, String> {
    let number = item.integer(tag).map_err(|fault| fault.to_string())?;
    number.ok_or_else(|| "a region has no number".to_owned())
}

/// Contour Data: x, y and z of one point after the other.
fn points(contour: &Attributes<'_>) -> Result<Vec<[f64; 3]>, String> {
    let numbers = contour.all_decimals(tags::CONTOUR_DATA).map_err(|fault| fault.to_string())?;
    let (points, rest) = numbers.as_chunks::<3>();
    match (points.len(), rest) {
        (1.., []) => Ok(points.to_vec()),
        (0, []) => Err("it has no points".to_owned()),
        _ => Err(format!("{} numbers are no points of three each", numbers.len())),
    }
}

fn refuse_other_space(path: &Path, set: &StructureSet, source: Option<&SegSource>) -> Result<(), RtError> {
    let Some(ours) = source.map(|source| &source.frame_of_reference_uid).filter(|uid| !uid.is_empty()) else {
        return Ok(());
    };
    match set.frame_of_reference_uids.as_slice() {
        [] => Ok(()),
        theirs if theirs.contains(ours) => Ok(()),
        [its, ..] => Err(other(path, format!("its frame of reference is {its}, the image's {ours}"))),
    }
}

fn other(path: &Path, difference: String) -> RtError {
    RtError::OtherGrid { path: path.to_owned(), difference }
}

/// The planes of the slices, where the images say they are, else where the grid has them.
struct Planes<'a> {
    grid: &'a Geometry,
    origins: Vec<[f64; 3]>,
}

impl<'a> Planes<'a> {
    fn of(grid: &'a Geometry, source: Option<&SegSource>) -> Self {
        let image = |slice: usize| source.and_then(|source| source.images.get(slice)?.position_mm);
        let place = |slice: usize| image(slice).unwrap_or_else(|| grid.patient_from_voxel([0.0, 0.0, slice as f64]));
        Self { grid, origins: (0..grid.size()[2]).map(place).collect() }
    }

    /// The slice that all points lie on, and where on it: columns and rows.
    fn slice_of(&self, points: &[[f64; 3]]) -> Result<(usize, Vec<[f64; 2]>), Misfit> {
        let normal = self.grid.slice_normal();
        let along = |p: &[f64; 3]| (0..3).map(|a| p[a] * normal[a]).sum::<f64>();
        let tolerance = OFF_PLANE * self.grid.slice_distance_mm();
        let (low, high) = points
            .iter()
            .map(along)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        if high - low > 2.0 * tolerance {
            return Err(Misfit::Oblique);
        }
        let off = |origin: &[f64; 3]| ((low + high) / 2.0 - along(origin)).abs();
        let nearest = self.origins.iter().enumerate().min_by(|(_, a), (_, b)| off(a).total_cmp(&off(b)));
        let (slice, origin) = nearest.ok_or(Misfit::Beyond)?;
        if off(origin) > tolerance {
            let ends = self.origins.first().map(along).zip(self.origins.last().map(along));
            let within = ends.is_some_and(|(a, b)| (a.min(b)..=a.max(b)).contains(&((low + high) / 2.0)));
            return Err(if within { Misfit::Between } else { Misfit::Beyond });
        }
        let place = self.grid.patient_from_voxel([0.0, 0.0, slice as f64]);
        let on_slice = points.iter().map(|point| {
            let moved = [0, 1, 2].map(|a| point[a] - origin[a] + place[a]);
            let [i, j, _] = self.grid.voxel_from_patient(moved);
            [i, j]
        });
        Ok((slice, on_slice.collect()))
    }
}

/// Why a contour lies on no slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Misfit {
    Oblique,
    Between,
    Beyond,
}

/// Calls `set` for every voxel of a region, as `[slice, row, column]`.
fn fill(
    path: &Path,
    region: &Region,
    planes: &Planes<'_>,
    warnings: &mut Warnings,
    mut set: impl FnMut((usize, usize, usize)),
) -> Result<(), RtError> {
    let name = region.roi.description();
    let [columns, rows, slices] = planes.grid.size();
    let mut by_slice: BTreeMap<usize, Vec<Vec<[f64; 2]>>> = BTreeMap::new();
    let (mut n_between, mut n_beyond) = (0, 0);
    for points in &region.contours {
        match planes.slice_of(points) {
            Ok((slice, polygon)) => by_slice.entry(slice).or_default().push(polygon),
            Err(Misfit::Oblique) => {
                return Err(other(path, format!("a contour of region {name} does not lie in the plane of its slices")));
            }
            Err(Misfit::Between) => n_between += 1,
            Err(Misfit::Beyond) => n_beyond += 1,
        }
    }
    if by_slice.is_empty() && !region.contours.is_empty() {
        return Err(other(path, format!("no contour of region {name} lies on one of its {slices} slices")));
    }
    for (slice, polygons) in &by_slice {
        outline::fill(polygons, [columns, rows], |i, j| set((*slice, j, i)));
    }
    for (n, what) in [
        (n_between, "between two slices of the image"),
        (n_beyond, "beyond the image's slices"),
        (region.n_open, "open, or points"),
    ] {
        if n > 0 {
            warnings.push(format!("{n} contours of region {name} are {what}; they were left out"));
        }
    }
    let span = by_slice.keys().next_back().zip(by_slice.keys().next()).map_or(0, |(last, first)| last - first + 1);
    if span > by_slice.len() {
        let n = span - by_slice.len();
        warnings.push(format!("{n} slices between contours of region {name} have none; nothing was filled in there"));
    }
    Ok(())
}
