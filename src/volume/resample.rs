//! Slices onto an even, orthogonal grid: for gantry-tilted volumes, and for slices that do not lie evenly, when the user asks
//! for it.
//!
//! Values between voxels are interpolated linearly in each direction. The result is marked as interpolated, since texture
//! measured on it is not the scanner's; whoever extracts features must say so. Nothing is resampled behind the user's back.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, Axis};

use super::{Geometry, GeometryError, Volume, VolumeError, Voxels};

/// The value of what lies outside the slices, HU: air.
const OUTSIDE: f64 = -1024.0;
/// The most voxels of the new grid: 4 GiB of 32-bit values.
const MOST_RESAMPLED_VOXELS: f64 = (1u64 << 30) as f64;
/// A slice that lies this much aside, in pixels, does so by rounding of its written position.
const ROUNDING_PIXELS: f64 = 1e-3;

/// A volume whose values were interpolated.
#[derive(Debug, Clone)]
pub struct Resampled {
    /// The even grid.
    pub volume: Volume,
    /// What was done, in words for the screen and for records.
    pub note: String,
}

/// Why slices could not be resampled.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// Positions and slices do not match, or positions do not rise.
    #[error("{slices} slices at {positions} positions cannot be resampled; positions must rise from slice to slice")]
    Positions {
        /// Number of slices.
        slices: usize,
        /// Number of positions.
        positions: usize,
    },
    /// The new grid would hold more than memory does.
    #[error(
        "resampling {slices} slices would make {voxels:.0} voxels; at most {MOST_RESAMPLED_VOXELS:.0} are made. Look at the series' positions: few slices may lie far from the rest"
    )]
    TooLarge {
        /// Number of slices before.
        slices: usize,
        /// Voxels of the new grid.
        voxels: f64,
    },
    /// The new grid is none.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
    /// Voxels and grid disagree.
    #[error(transparent)]
    Volume(#[from] VolumeError),
}

/// A gantry-tilted (sheared) volume on an orthogonal grid: same in-plane axes and pixel size, slice planes as far apart as
/// before, step k·n along the normal, and enough rows and columns to hold every voxel.
pub fn unsheared(volume: &Volume) -> Result<Resampled, ResampleError> {
    let old = volume.geometry();
    let (steps, normal) = (old.steps(), old.slice_normal());
    let distance = (0..3).map(|x| steps[2][x] * normal[x]).sum::<f64>();
    let new_steps = [steps[0], steps[1], normal.map(|x| x * distance)];
    let slices = old.size()[2];
    let upright = Geometry::new(old.size(), old.origin(), new_steps)?;
    // Where the last slice's first voxel lies on the first slice's axes says how far the stack leans.
    let lean = upright.voxel_from_patient(old.patient_from_voxel([0.0, 0.0, (slices - 1) as f64]));
    let grid = around(&upright, &[lean])?;
    // Old and new planes coincide: slice k is old slice k, moved within its plane.
    let plans: Vec<Plan> = (0..slices)
        .map(|k| {
            let [column, row, _] = old.voxel_from_patient(grid.patient_from_voxel([0.0, 0.0, k as f64]));
            let plane = Plane { slice: k, weight: 1.0, row, column };
            Plan { planes: [plane, Plane { weight: 0.0, ..plane }] }
        })
        .collect();
    let note =
        format!("interpolated: gantry tilt of {:.2} degrees resampled to an orthogonal grid", old.tilt_degrees());
    resample(volume.voxels(), volume.padding(), grid, &plans, note)
}

/// Slices at uneven positions on an even, orthogonal grid. `geometry` has the slices' in-plane axes; the first voxel of slice `k`
/// lies at `positions_mm[k]`, in rising order along the normal, and may lie aside of the first slice's where the gantry was
/// tilted. The new slices are as far apart as most neighbours are, from the first slice on as far as whole steps go; what is left
/// before the last slice is said in the note.
pub fn evenly_spaced(
    voxels: &Voxels,
    padding: Option<&Array3<bool>>,
    geometry: &Geometry,
    positions_mm: &[[f64; 3]],
) -> Result<Resampled, ResampleError> {
    let (slices, rows, columns) = voxels.shape();
    let wrong = || ResampleError::Positions { slices, positions: positions_mm.len() };
    let normal = geometry.slice_normal();
    let first = *positions_mm.first().ok_or_else(wrong)?;
    let along = |position: &[f64; 3]| (0..3).map(|x| (position[x] - first[x]) * normal[x]).sum();
    let offsets_mm: Vec<f64> = positions_mm.iter().map(along).collect();
    let rises = offsets_mm.windows(2).all(|pair| pair[1] > pair[0]);
    let (Some(spacing_mm), Some(whole_mm), true) = (usual_spacing_mm(&offsets_mm), offsets_mm.last(), rises) else {
        return Err(wrong());
    };
    if positions_mm.len() != slices {
        return Err(wrong());
    }
    let gaps = (whole_mm / spacing_mm + 1e-6).floor();
    bounded(slices, [columns as f64, rows as f64, gaps + 1.0])?;
    let count = gaps as usize + 1;
    let steps = geometry.steps();
    let upright = Geometry::new([columns, rows, count], first, [steps[0], steps[1], normal.map(|x| x * spacing_mm)])?;
    let places: Vec<[f64; 3]> = positions_mm.iter().map(|&position| upright.voxel_from_patient(position)).collect();
    let aside = |pixels: f64| if pixels.abs() < ROUNDING_PIXELS { 0.0 } else { pixels };
    let places: Vec<[f64; 3]> = places.into_iter().map(|[i, j, k]| [aside(i), aside(j), k]).collect();
    let grid = around(&upright, &places)?;
    let [before_i, before_j, _] = upright.voxel_from_patient(grid.origin()).map(f64::round);
    let plane = |(slice, weight): (usize, f64)| {
        let [i, j, _] = places[slice];
        Plane { slice, weight, row: before_j - j, column: before_i - i }
    };
    let plans: Vec<Plan> =
        (0..count).map(|k| Plan { planes: between(&offsets_mm, k as f64 * spacing_mm).map(plane) }).collect();
    let mut note = format!("interpolated: {slices} uneven slices resampled to {count} slices {spacing_mm:.3} mm apart");
    let left_mm = whole_mm - gaps * spacing_mm;
    if left_mm > 0.01 * spacing_mm {
        note.push_str(&format!("; the last {left_mm:.2} mm are less than a step and were left out"));
    }
    resample(voxels, padding, grid, &plans, note)
}

/// The distance that most neighbours have, the median, mm; `None` for fewer than two slices. A gap does not change it, so that the
/// slices beside a gap keep their own values when they are resampled at this distance.
fn usual_spacing_mm(offsets_mm: &[f64]) -> Option<f64> {
    let mut gaps: Vec<f64> = offsets_mm.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied()
}

/// The grid with as many more rows and columns as hold slices whose first voxels lie at these (column, row, slice) places of it.
fn around(upright: &Geometry, places: &[[f64; 3]]) -> Result<Geometry, ResampleError> {
    let [columns, rows, slices] = upright.size();
    // A lean of a millionth of a pixel is rounding, not a reason for another row.
    let whole = |pixels: f64| (pixels - 1e-6).max(0.0).ceil();
    let before = [0, 1].map(|axis| places.iter().map(|place| whole(-place[axis])).fold(0.0, f64::max));
    let after = [0, 1].map(|axis| places.iter().map(|place| whole(place[axis])).fold(0.0, f64::max));
    let more = [before[0] + after[0], before[1] + after[1]];
    bounded(slices, [columns as f64 + more[0], rows as f64 + more[1], slices as f64])?;
    let size = [columns + more[0] as usize, rows + more[1] as usize, slices];
    let origin = upright.patient_from_voxel([-before[0], -before[1], 0.0]);
    Ok(Geometry::new(size, origin, upright.steps())?)
}

/// An error for a grid of more voxels than are made; sizes are whole numbers that need not fit an integer.
fn bounded(slices: usize, size: [f64; 3]) -> Result<(), ResampleError> {
    let voxels = size[0] * size[1] * size[2];
    if voxels <= MOST_RESAMPLED_VOXELS { Ok(()) } else { Err(ResampleError::TooLarge { slices, voxels }) }
}

/// Where a slice of the new grid comes from: two old slices, whose weights sum to 1.
struct Plan {
    planes: [Plane; 2],
}

/// An old slice's part in a new one.
#[derive(Clone, Copy)]
struct Plane {
    slice: usize,
    weight: f64,
    /// Row and column of the new slice's pixel (0, 0) in the old slice.
    row: f64,
    column: f64,
}

/// The slices before and after `offset` with their weights.
fn between(offsets_mm: &[f64], offset: f64) -> [(usize, f64); 2] {
    let last = offsets_mm.len() - 1;
    let above = offsets_mm.partition_point(|&known| known <= offset).clamp(1, last.max(1)).min(last);
    let below = above.saturating_sub(1);
    let gap = offsets_mm[above] - offsets_mm[below];
    let fraction = if gap > 0.0 { ((offset - offsets_mm[below]) / gap).clamp(0.0, 1.0) } else { 0.0 };
    // A place this near to a slice, in parts of the gap, is on it but for rounding, and needs nothing of the other slice.
    let fraction = match fraction {
        f if f < 1e-6 => 0.0,
        f if f > 1.0 - 1e-6 => 1.0,
        f => f,
    };
    [(below, 1.0 - fraction), (above, fraction)]
}

fn resample(
    voxels: &Voxels,
    padding: Option<&Array3<bool>>,
    grid: Geometry,
    plans: &[Plan],
    note: String,
) -> Result<Resampled, ResampleError> {
    let mut values = Array3::<f32>::zeros(grid.shape());
    let mut outside = Array3::from_elem(grid.shape(), false);
    let pairs = values.axis_iter_mut(Axis(0)).into_par_iter().zip(outside.axis_iter_mut(Axis(0))).zip(plans);
    pairs.for_each(|((mut values, mut outside), plan)| {
        for ((row, column), value) in values.indexed_iter_mut() {
            let mut sum = Some(0.0);
            for plane in plan.planes.iter().filter(|plane| plane.weight > 0.0) {
                let (j, i) = (row as f64 + plane.row, column as f64 + plane.column);
                let sample = bilinear(voxels, padding, plane.slice, j, i);
                sum = sum.zip(sample).map(|(sum, sample)| sum + plane.weight * sample);
            }
            *value = sum.unwrap_or(OUTSIDE) as f32;
            outside[(row, column)] = sum.is_none();
        }
    });
    let mut volume = Volume::new(grid, Voxels::F32(values))?;
    if outside.iter().any(|&outside| outside) {
        volume = volume.with_padding(outside)?;
    }
    Ok(Resampled { volume, note })
}

/// The value within one slice; `None` beyond the outermost voxel centres and where padding takes part.
fn bilinear(voxels: &Voxels, padding: Option<&Array3<bool>>, plane: usize, j: f64, i: f64) -> Option<f64> {
    /// A place this much beyond the edge is there by rounding, in pixels.
    const ROUNDING: f64 = 1e-6;
    let (_, rows, columns) = voxels.shape();
    let (last_j, last_i) = ((rows - 1) as f64, (columns - 1) as f64);
    let fits = (-ROUNDING..=last_j + ROUNDING).contains(&j) && (-ROUNDING..=last_i + ROUNDING).contains(&i);
    if !fits {
        return None;
    }
    let (j, i) = (j.clamp(0.0, last_j), i.clamp(0.0, last_i));
    let (j0, i0) = (j.floor() as usize, i.floor() as usize);
    let (j1, i1) = ((j0 + 1).min(rows - 1), (i0 + 1).min(columns - 1));
    let (fj, fi) = (j.fract(), i.fract());
    let corners =
        [(j0, i0, (1.0 - fj) * (1.0 - fi)), (j0, i1, (1.0 - fj) * fi), (j1, i0, fj * (1.0 - fi)), (j1, i1, fj * fi)];
    let mut sum = 0.0;
    for (row, column, weight) in corners.into_iter().filter(|(_, _, weight)| *weight > 0.0) {
        if padding.is_some_and(|padding| padding[(plane, row, column)]) {
            return None;
        }
        sum += weight * voxels.at((plane, row, column));
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_does_not_change_the_usual_spacing() {
        assert_eq!(usual_spacing_mm(&[0.0, 5.0, 10.0, 25.0, 30.0]), Some(5.0));
        assert_eq!(usual_spacing_mm(&[3.0]), None);
    }

    /// A field that linear interpolation gives back exactly, but for 32-bit rounding.
    const ROUNDING_HU: f64 = 1e-3;

    fn field([x, y, z]: [f64; 3]) -> f64 {
        2.0 * x - 3.0 * y + 5.0 * z
    }

    fn sampled(geometry: &Geometry, at: impl Fn(usize, usize, usize) -> [f64; 3]) -> Voxels {
        Voxels::F64(Array3::from_shape_fn(geometry.shape(), |(k, j, i)| field(at(k, j, i))))
    }

    fn holds_the_field(resampled: &Resampled) -> usize {
        let volume = &resampled.volume;
        let (slices, rows, columns) = volume.voxels().shape();
        let mut n = 0;
        for index in (0..slices).flat_map(|k| (0..rows).flat_map(move |j| (0..columns).map(move |i| (k, j, i)))) {
            if !volume.is_padding(index) {
                let place = [index.2 as f64, index.1 as f64, index.0 as f64];
                let wanted = field(volume.geometry().patient_from_voxel(place));
                assert!((volume.voxels().at(index) - wanted).abs() < ROUNDING_HU, "{index:?}");
                n += 1;
            }
        }
        n
    }

    #[test]
    fn a_tilted_volume_keeps_its_values_in_space() {
        let steps = [[0.7, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.6, 2.4]];
        let old = Geometry::new([24, 20, 10], [-10.0, -8.0, 3.0], steps).unwrap();
        let voxels = sampled(&old, |k, j, i| old.patient_from_voxel([i as f64, j as f64, k as f64]));
        let upright = unsheared(&Volume::new(old, voxels).unwrap()).unwrap();
        let grid = upright.volume.geometry();
        assert!(grid.tilt_degrees() < 1e-9);
        assert!((grid.slice_distance_mm() - 2.4).abs() < 1e-12);
        // The stack leans by 9 x 0.6 mm, 6.75 rows.
        assert_eq!(grid.size(), [24, 27, 10]);
        assert!(holds_the_field(&upright) >= 24 * 19 * 10);
        assert!(upright.note.starts_with("interpolated"));
    }

    #[test]
    fn uneven_slices_become_even_ones() {
        let offsets = [0.0, 2.5, 5.0, 10.0, 15.0];
        let mean = Geometry::axial([4, 3, 5], [1.0, 2.0, 3.0], [1.0, 1.0, 3.75]).unwrap();
        let voxels = sampled(&mean, |k, j, i| [1.0 + i as f64, 2.0 + j as f64, 3.0 + offsets[k]]);
        let even = evenly_spaced(&voxels, None, &mean, &straight(&offsets)).unwrap();
        assert_eq!(even.volume.geometry().size(), [4, 3, 4]);
        assert_eq!(holds_the_field(&even), 4 * 3 * 4);
        assert!(!even.note.contains("left out"), "{}", even.note);
        assert!(evenly_spaced(&voxels, None, &mean, &straight(&[0.0, 1.0, 1.0, 2.0, 3.0])).is_err());
        assert!(evenly_spaced(&voxels, None, &mean, &straight(&offsets[..4])).is_err());
    }

    /// Positions of slices that lie straight above each other.
    fn straight(offsets_mm: &[f64]) -> Vec<[f64; 3]> {
        offsets_mm.iter().map(|z| [1.0, 2.0, 3.0 + z]).collect()
    }

    #[test]
    fn tilted_slices_with_a_gap_keep_their_values_in_space() {
        // The last slice leans by 5 mm along the columns and -2.5 mm along the rows.
        let offsets = [0.0, 2.5, 7.5, 10.0];
        let positions = offsets.map(|z| [1.0 - 0.25 * z, 2.0 + 0.5 * z, 3.0 + z]);
        let mean = Geometry::axial([24, 20, 4], positions[0], [0.7, 0.8, 2.5]).unwrap();
        let voxels = sampled(&mean, |k, j, i| {
            let [x, y, z] = positions[k];
            [x + 0.7 * i as f64, y + 0.8 * j as f64, z]
        });
        let even = evenly_spaced(&voxels, None, &mean, &positions).unwrap();
        assert_eq!(even.volume.geometry().size(), [24 + 4, 20 + 7, 5]);
        assert!(even.volume.geometry().tilt_degrees() < 1e-9);
        assert!(holds_the_field(&even) >= 5 * 22 * 18);
    }

    #[test]
    fn what_is_less_than_a_step_before_the_last_slice_is_said() {
        let offsets = [0.0, 2.5, 5.0, 7.5, 10.0, 12.0];
        let mean = Geometry::axial([4, 3, 6], [1.0, 2.0, 3.0], [1.0, 1.0, 2.4]).unwrap();
        let voxels = sampled(&mean, |k, j, i| [1.0 + i as f64, 2.0 + j as f64, 3.0 + offsets[k]]);
        let even = evenly_spaced(&voxels, None, &mean, &straight(&offsets)).unwrap();
        assert_eq!(even.volume.geometry().size(), [4, 3, 5]);
        assert!(even.note.contains("the last 2.00 mm"), "{}", even.note);
    }

    #[test]
    fn positions_that_would_make_millions_of_slices_are_refused() {
        let offsets = [0.0, 0.011, 0.022, 1e5];
        let mean = Geometry::axial([512, 512, 4], [1.0, 2.0, 3.0], [1.0, 1.0, 2.5]).unwrap();
        let voxels = Voxels::I16(Array3::zeros(mean.shape()));
        let refused = evenly_spaced(&voxels, None, &mean, &straight(&offsets)).unwrap_err();
        assert!(matches!(refused, ResampleError::TooLarge { slices: 4, .. }), "{refused}");
        // Nor does a tilt of almost a right angle make an endless plane.
        let steps = [[0.7, 0.0, 0.0], [0.0, 0.001, 0.0], [0.0, 9e4, 2.4]];
        let flat = Geometry::new([512, 512, 3], [0.0; 3], steps).unwrap();
        let volume = Volume::new(flat, Voxels::I16(Array3::zeros(flat.shape()))).unwrap();
        assert!(matches!(unsheared(&volume), Err(ResampleError::TooLarge { .. })));
    }
}
