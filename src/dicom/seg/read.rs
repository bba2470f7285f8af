//! Laying a segmentation over the image it was drawn on.
//!
//! A frame belongs to the slice on which it lies, voxel by voxel ([`Geometry::same_grid`]); the order of frames means nothing.

use std::path::Path;

use ndarray::{Array3, ArrayViewMut3, s};

use super::decode::{Frame, SegObject, open};
use super::{Meaning, SegError, SegSource, Segment};
use crate::base::Warnings;
use crate::volume::{Geometry, GridMismatch, Label, LabelMap, Mask, settle_voi};

/// Unit vectors nearer to each other than this count as one direction when a difference is put into words.
const SAME_DIRECTION: f64 = 1e-4;
/// Spacings nearer to each other than this part count as one when a difference is put into words.
const SAME_SPACING: f64 = 1e-4;

/// What a segmentation holds, on the image's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct SegContents {
    /// The segments that could be told to be one of the labels.
    pub label_map: LabelMap,
    /// Segments that neither code nor name tells: [`read_segment`] reads one of them when someone has chosen.
    pub unassigned: Vec<Segment>,
    /// What is odd.
    pub warnings: Warnings,
}

/// The segments of the object at `path`, without its voxels.
pub fn segments(path: &Path) -> Result<Vec<Segment>, SegError> {
    Ok(open(path)?.segments)
}

/// Reads all segments that can be told to be a label, as drawn on the image with this `grid`.
///
/// `source` are the image's own identifiers, when it came from DICOM: with them, a segmentation of another frame of reference
/// is refused, and frames may lie where the images say they are when these are not quite evenly spaced.
pub fn read(path: &Path, grid: &Geometry, source: Option<&SegSource>) -> Result<SegContents, SegError> {
    contents(path, whole(path)?, grid, source)
}

/// As [`read`], where the object may be fractional: a voxel is inside from `threshold` on, which is above 0 and at most 1.
pub fn read_fractional(
    path: &Path,
    grid: &Geometry,
    source: Option<&SegSource>,
    threshold: f64,
) -> Result<SegContents, SegError> {
    contents(path, cut(path, threshold)?, grid, source)
}

/// The object, unless it holds fractions.
fn whole(path: &Path) -> Result<SegObject, SegError> {
    let object = open(path)?;
    match object.fractions {
        Some(fractions) => Err(SegError::Fractional { path: path.to_owned(), fractions }),
        None => Ok(object),
    }
}

fn cut(path: &Path, threshold: f64) -> Result<SegObject, SegError> {
    if !(threshold > 0.0 && threshold <= 1.0) {
        return Err(SegError::Threshold(threshold));
    }
    let mut object = open(path)?;
    object.cut(threshold);
    Ok(object)
}

fn contents(
    path: &Path,
    object: SegObject,
    grid: &Geometry,
    source: Option<&SegSource>,
) -> Result<SegContents, SegError> {
    let mut warnings = Warnings::new();
    warn_of_other_series(&object, source, &mut warnings);
    warn_of_shared_labels(&object.segments, &mut warnings);
    let mut bits = labelled_bits(path, &object, grid, source, &mut warnings)?;
    settle_voi(&mut bits, &mut warnings);
    let label_map = LabelMap::from_bits(*grid, bits).map_err(|difference| other_grid(path, difference.to_string()))?;
    let unassigned = object.segments.into_iter().filter(|s| s.meaning() == Meaning::Unknown).collect();
    Ok(SegContents { label_map, unassigned, warnings })
}

/// The bits of the labels, and the VOI's, of all segments of an object that was just written.
pub(super) fn written_bits(path: &Path, grid: &Geometry, source: &SegSource) -> Result<Array3<u8>, SegError> {
    labelled_bits(path, &open(path)?, grid, Some(source), &mut Warnings::new())
}

/// The bits of the labels, and the VOI's.
fn labelled_bits(
    path: &Path,
    object: &SegObject,
    grid: &Geometry,
    source: Option<&SegSource>,
    warnings: &mut Warnings,
) -> Result<Array3<u8>, SegError> {
    let slices = slices_of_frames(path, object, grid, source)?;
    // What each number stands for; `None` where no segment has it.
    let mut bits_of: Vec<Option<u8>> = vec![None; 1 << 16];
    for background in [Some(0), object.padding].into_iter().flatten() {
        bits_of[usize::from(background)] = Some(0);
    }
    for segment in &object.segments {
        bits_of[usize::from(segment.number)] = Some(segment.meaning().bit());
    }
    let mut is_stranger = vec![false; 1 << 16];
    let mut bits = Array3::<u8>::zeros(grid.shape());
    fill(object, &slices, bits.view_mut(), |voxel, number| match bits_of[usize::from(number)] {
        Some(bit) => *voxel |= bit,
        None => is_stranger[usize::from(number)] = true,
    });
    warn_of_strangers(&is_stranger, warnings);
    Ok(bits)
}

/// Reads the voxels of one segment, whatever it is; `source` as in [`read`].
pub fn read_segment(path: &Path, number: u16, grid: &Geometry, source: Option<&SegSource>) -> Result<Mask, SegError> {
    segment_of(path, &whole(path)?, number, grid, source)
}

/// As [`read_segment`], where the object may be fractional; `threshold` as in [`read_fractional`].
pub fn read_fractional_segment(
    path: &Path,
    number: u16,
    grid: &Geometry,
    source: Option<&SegSource>,
    threshold: f64,
) -> Result<Mask, SegError> {
    segment_of(path, &cut(path, threshold)?, number, grid, source)
}

fn segment_of(
    path: &Path,
    object: &SegObject,
    number: u16,
    grid: &Geometry,
    source: Option<&SegSource>,
) -> Result<Mask, SegError> {
    if !object.segments.iter().any(|segment| segment.number == number) {
        return Err(SegError::NoSuchSegment { path: path.to_owned(), number, available: object.list() });
    }
    let slices = slices_of_frames(path, object, grid, source)?;
    let mut inside = Array3::from_elem(grid.shape(), false);
    fill(object, &slices, inside.view_mut(), |voxel, at| *voxel |= at == number);
    Mask::new(*grid, inside).map_err(|difference| other_grid(path, difference.to_string()))
}

/// Hands every voxel that belongs to a segment to `set`, together with the segment's number.
fn fill<T>(object: &SegObject, slices: &[usize], mut voxels: ArrayViewMut3<T>, mut set: impl FnMut(&mut T, u16)) {
    for (frame, &slice) in slices.iter().enumerate() {
        let mut plane = voxels.slice_mut(s![slice, .., ..]);
        if let Some(plane) = plane.as_slice_mut() {
            object.for_each_voxel(frame, |index, number| {
                if let Some(voxel) = plane.get_mut(index) {
                    set(voxel, number);
                }
            });
        }
    }
}

/// Numbers in a LABELMAP object that are neither background nor described: those that are marked.
fn warn_of_strangers(is_stranger: &[bool], warnings: &mut Warnings) {
    let numbers = (0..is_stranger.len()).filter(|&number| is_stranger[number]);
    let listed: Vec<String> = numbers.take(10).map(|number| number.to_string()).collect();
    if !listed.is_empty() {
        warnings
            .push(format!("some voxels have numbers that no segment has ({}); they were left out", listed.join(", ")));
    }
}

fn warn_of_other_series(object: &SegObject, source: Option<&SegSource>, warnings: &mut Warnings) {
    let Some(source) = source.filter(|source| !source.series_instance_uid.is_empty()) else { return };
    let referenced = &object.referenced_series_uids;
    if !referenced.is_empty() && !referenced.contains(&source.series_instance_uid) {
        warnings.push("the segmentation was drawn on another series of the same grid");
    }
}

fn warn_of_shared_labels(segments: &[Segment], warnings: &mut Warnings) {
    for label in Label::ALL {
        let same: Vec<String> =
            segments.iter().filter(|s| s.meaning() == Meaning::Label(label)).map(Segment::description).collect();
        if same.len() > 1 {
            warnings.push(format!("segments {} are all taken as {}", same.join(", "), label.name().to_lowercase()));
        }
    }
}

/// The slice on which each frame lies; an error as soon as one lies on none.
fn slices_of_frames(
    path: &Path,
    object: &SegObject,
    grid: &Geometry,
    source: Option<&SegSource>,
) -> Result<Vec<usize>, SegError> {
    let refuse = |difference: String| other_grid(path, difference);
    let [columns, rows, _] = grid.size();
    if (object.columns, object.rows) != (columns, rows) {
        let (c, r) = (object.columns, object.rows);
        return Err(refuse(format!("{c} x {r} voxels a slice against {columns} x {rows}")));
    }
    if let Some(source) = source {
        let (its, ours) = (&object.frame_of_reference_uid, &source.frame_of_reference_uid);
        if !its.is_empty() && !ours.is_empty() && its != ours {
            return Err(refuse(format!("its frame of reference is {its}, the image's {ours}")));
        }
    }
    let images = images_in_order(grid, source);
    let placed = object.frames.iter().enumerate().map(|(index, frame)| {
        slice_of(frame, grid, &images).map_err(|difference| refuse(format!("frame {}: {difference}", index + 1)))
    });
    placed.collect()
}

fn other_grid(path: &Path, difference: String) -> SegError {
    SegError::OtherGrid { path: path.to_owned(), difference }
}

/// Where an image itself says that a slice lies.
struct ImagePlace {
    slice: usize,
    position: [f64; 3],
    /// Counted in slices of the grid; off the slice's own number where slices are not quite evenly spaced.
    along: f64,
}

/// The images that say where they are, in order along the slices.
fn images_in_order(grid: &Geometry, source: Option<&SegSource>) -> Vec<ImagePlace> {
    let images = source.map_or(&[][..], |source| source.images.as_slice());
    let slices = images.iter().take(grid.size()[2]).enumerate();
    let place = |(slice, position): (usize, [f64; 3])| ImagePlace {
        slice,
        position,
        along: grid.voxel_from_patient(position)[2],
    };
    let mut places: Vec<ImagePlace> =
        slices.filter_map(|(slice, image)| Some((slice, image.position_mm?))).map(place).collect();
    places.sort_by(|a, b| a.along.total_cmp(&b.along));
    places
}

/// The slice on which a frame lies, or the difference in words: where an image says it is, else where the grid has it. Small
/// deviations of slices add up, so that the nearest image and the nearest place of the grid may be different slices.
fn slice_of(frame: &Frame, grid: &Geometry, images: &[ImagePlace]) -> Result<usize, String> {
    if let Some(difference) = difference_within_slice(frame, grid) {
        return Err(difference);
    }
    let [columns, rows, slices] = grid.size();
    let along = grid.voxel_from_patient(frame.position)[2];
    let behind = images.partition_point(|image| image.along < along);
    let beside = &images[behind.saturating_sub(1)..(behind + 1).min(images.len())];
    let of_images = beside.iter().map(|image| (image.slice, image.position));
    let nearest = along.round();
    let is_within = (0.0..slices as f64).contains(&nearest);
    let of_grid = is_within.then(|| (nearest as usize, grid.patient_from_voxel([0.0, 0.0, nearest])));
    let steps = grid.steps();
    let plane = |origin, steps| Geometry::new([columns, rows, 1], origin, steps).map_err(|error| error.to_string());
    let frame_steps = [0, 1].map(|axis| frame.directions[axis].map(|x| x * frame.spacing_mm[1 - axis]));
    let frame_plane = plane(frame.position, [frame_steps[0], frame_steps[1], steps[2]])?;
    let mut best = (f64::INFINITY, 0);
    for (slice, origin) in of_images.chain(of_grid) {
        match frame_plane.same_grid(&plane(origin, steps)?) {
            Ok(()) => return Ok(slice),
            Err(GridMismatch::Position(mm)) if mm < best.0 => best = (mm, slice),
            Err(GridMismatch::Position(_)) => {}
            Err(size) => return Err(size.to_string()),
        }
    }
    if !is_within {
        let beyond = if nearest < 0.0 { "before the first" } else { "behind the last" };
        return Err(format!("it lies {beyond} of the image's {slices} slices, at {}", millimetres(&frame.position)));
    }
    let (farthest, slice) = best;
    Err(format!("its voxels lie up to {farthest:.3} mm off those of slice {}, the nearest", slice + 1))
}

/// How the frame's orientation or spacing differ from the grid's, if that is plain to see.
fn difference_within_slice(frame: &Frame, grid: &Geometry) -> Option<String> {
    let directions = grid.directions();
    for (axis, name) in [(0, "rows run"), (1, "columns run")] {
        let off = frame.directions[axis].iter().zip(&directions[axis]).any(|(a, b)| (a - b).abs() > SAME_DIRECTION);
        if off {
            let (its, ours) = (direction(&frame.directions[axis]), direction(&directions[axis]));
            return Some(format!("its {name} along {its}, the image's along {ours}"));
        }
    }
    let [column_mm, row_mm, _] = grid.spacing_mm();
    let ([rows, columns], [r, c]) = ([row_mm, column_mm], frame.spacing_mm);
    if (r - rows).abs() > SAME_SPACING * rows || (c - columns).abs() > SAME_SPACING * columns {
        return Some(format!("its voxels are {c} x {r} mm, the image's {columns} x {rows} mm"));
    }
    None
}

fn direction([x, y, z]: &[f64; 3]) -> String {
    format!("({x:.4}, {y:.4}, {z:.4})")
}

fn millimetres([x, y, z]: &[f64; 3]) -> String {
    format!("({x:.2}, {y:.2}, {z:.2}) mm")
}
