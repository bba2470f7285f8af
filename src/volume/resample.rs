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
    let [columns, rows, slices] = old.size();
    // Where the last slice's first voxel lies on the first slice's axes says how far the stack leans.
    let upright = Geometry::new(old.size(), old.origin(), new_steps)?;
    let lean = upright.voxel_from_patient(old.patient_from_voxel([0.0, 0.0, (slices - 1) as f64]));
    // A lean of a millionth of a pixel is rounding, not a reason for another row.
    let whole = |pixels: f64| (pixels - 1e-6).max(0.0).ceil();
    let before = [whole(-lean[0]), whole(-lean[1])];
    let after = [whole(lean[0]), whole(lean[1])];
    let size = [columns + (before[0] + after[0]) as usize, rows + (before[1] + after[1]) as usize, slices];
    let origin = upright.patient_from_voxel([-before[0], -before[1], 0.0]);
    let grid = Geometry::new(size, origin, new_steps)?;
    // Old and new planes coincide: slice k is old slice k, moved within its plane.
    let plans: Vec<Plan> = (0..slices)
        .map(|k| {
            let [i, j, _] = old.voxel_from_patient(grid.patient_from_voxel([0.0, 0.0, k as f64]));
            Plan { planes: [(k, 1.0), (k, 0.0)], row: j, column: i }
        })
        .collect();
    let note =
        format!("interpolated: gantry tilt of {:.2} degrees resampled to an orthogonal grid", old.tilt_degrees());
    resample(volume.voxels(), volume.padding(), grid, &plans, note)
}

/// Slices at uneven positions on an even grid. `geometry` has the slices' in-plane axes and origin; slice `k` lies
/// `offsets_mm[k]` along the normal, rising from 0; the new slices are `spacing_mm` apart, from the first slice to the last.
pub fn evenly_spaced(
    voxels: &Voxels,
    padding: Option<&Array3<bool>>,
    geometry: &Geometry,
    offsets_mm: &[f64],
    spacing_mm: f64,
) -> Result<Resampled, ResampleError> {
    let (slices, rows, columns) = voxels.shape();
    let rises = offsets_mm.windows(2).all(|pair| pair[1] > pair[0]) && spacing_mm > 0.0;
    let (Some(first), Some(last)) = (offsets_mm.first(), offsets_mm.last()) else {
        return Err(ResampleError::Positions { slices, positions: 0 });
    };
    if offsets_mm.len() != slices || !rises {
        return Err(ResampleError::Positions { slices, positions: offsets_mm.len() });
    }
    let count = ((last - first) / spacing_mm + 1e-6).floor() as usize + 1;
    let steps = geometry.steps();
    let along = geometry.slice_normal().map(|x| x * spacing_mm);
    let grid = Geometry::new([columns, rows, count], geometry.origin(), [steps[0], steps[1], along])?;
    let plans: Vec<Plan> = (0..count)
        .map(|k| Plan { planes: between(offsets_mm, first + k as f64 * spacing_mm), row: 0.0, column: 0.0 })
        .collect();
    let note = format!("interpolated: {slices} uneven slices resampled to {count} slices {spacing_mm:.3} mm apart");
    resample(voxels, padding, grid, &plans, note)
}

/// The distance that most neighbours have, the median, mm; `None` for fewer than two slices. A gap does not change it, so that the
/// slices beside a gap keep their own values when they are resampled at this distance.
pub fn usual_spacing_mm(offsets_mm: &[f64]) -> Option<f64> {
    let mut gaps: Vec<f64> = offsets_mm.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied()
}

/// Where a slice of the new grid comes from.
struct Plan {
    /// Old slices and their weights, which sum to 1.
    planes: [(usize, f64); 2],
    /// Row and column of the new slice's pixel (0, 0) in the old slices.
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
            let (j, i) = (row as f64 + plan.row, column as f64 + plan.column);
            let mut sum = Some(0.0);
            for (plane, weight) in plan.planes.into_iter().filter(|(_, weight)| *weight > 0.0) {
                let sample = bilinear(voxels, padding, plane, j, i);
                sum = sum.zip(sample).map(|(sum, sample)| sum + weight * sample);
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
        let even = evenly_spaced(&voxels, None, &mean, &offsets, 2.5).unwrap();
        assert_eq!(even.volume.geometry().size(), [4, 3, 7]);
        assert_eq!(holds_the_field(&even), 4 * 3 * 7);
        assert!(evenly_spaced(&voxels, None, &mean, &[0.0, 1.0, 1.0, 2.0, 3.0], 2.5).is_err());
    }
}
