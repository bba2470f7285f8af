//! The brush as a ball: round in millimetres through neighbouring slices too.
//!
//! A plane at height h over the middle of a capsule along that plane cuts it in a capsule of radius sqrt(r^2 - h^2): every
//! slice gets a flat stroke of its own radius. Heights are along the normal of the slices and not along the grid's axis, so
//! that the ball stays round on grids of tilted gantries.

use super::round::swept;
use super::{Brush, stroke};
use crate::segment::{FARTHEST_PIXEL, Pixels, SliceOfGrid};
use crate::volume::Geometry;

/// Pixels of every slice that a ball of `radius_mm` covers on its way from `from` to `to`, in pixel units of `slice`, in
/// which its middle lies; in the order of slices, those without any left out. Pixels beyond the slices are left out too.
pub fn ball_stroke(
    slice: SliceOfGrid,
    from: [f64; 2],
    to: [f64; 2],
    radius_mm: f64,
    geometry: &Geometry,
) -> Vec<(SliceOfGrid, Pixels)> {
    let axis = slice.axis.min(2);
    let steps = geometry.steps();
    let [first, second] = slice.in_plane_axes();
    let normal = unit_normal(steps[first], steps[second]);
    let height: f64 = (0..3).map(|x| steps[axis][x] * normal[x]).sum();
    let reach = (radius_mm / height.abs()).floor();
    let n_slices = geometry.size()[axis];
    if !(0.0..FARTHEST_PIXEL).contains(&reach) || slice.index >= n_slices {
        return Vec::new();
    }
    let reach = reach as usize;
    let spacing_mm = slice.spacing_mm(geometry);
    let covered = |index: usize| {
        let above = (index as f64 - slice.index as f64) * height;
        let foot = |at: [f64; 2]| {
            let middle = geometry.patient_from_voxel(slice.voxel(at));
            let foot = [0, 1, 2].map(|x| middle[x] + above * normal[x]);
            slice.in_plane(geometry.voxel_from_patient(foot))
        };
        let radius_mm = (radius_mm * radius_mm - above * above).max(0.0).sqrt();
        // The slice that is drawn on shows the flat brush to the last bit.
        let brush = Brush { radius_mm, spacing_mm };
        let drawn_on = index == slice.index;
        let pixels = if drawn_on { stroke(from, to, brush) } else { swept(foot(from), foot(to), brush) };
        let other = SliceOfGrid { index, ..slice };
        (other, pixels.clipped(other.size(geometry)))
    };
    let slices = slice.index.saturating_sub(reach)..=slice.index.saturating_add(reach).min(n_slices - 1);
    slices.map(covered).filter(|(_, pixels)| !pixels.is_empty()).collect()
}

fn unit_normal(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let length = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
    cross.map(|x| x / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance of a point from a segment in mm.
    fn distance(point: [f64; 3], a: [f64; 3], b: [f64; 3]) -> f64 {
        let [along, from] = [[0, 1, 2].map(|x| b[x] - a[x]), [0, 1, 2].map(|x| point[x] - a[x])];
        let dot = |p: [f64; 3], q: [f64; 3]| p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
        let share = (dot(from, along) / dot(along, along)).clamp(0.0, 1.0);
        let across = [0, 1, 2].map(|x| from[x] - share * along[x]);
        dot(across, across).sqrt()
    }

    fn check(geometry: &Geometry, slice: SliceOfGrid, from: [f64; 2], to: [f64; 2], radius_mm: f64) {
        let covered = ball_stroke(slice, from, to, radius_mm, geometry);
        let ends = [from, to].map(|at| geometry.patient_from_voxel(slice.voxel(at)));
        let [columns, rows, slices] = geometry.size();
        let mut n = 0;
        for index in (0..columns * rows * slices).map(|n| [n % columns, n / columns % rows, n / columns / rows]) {
            let at = index.map(|x| x as f64);
            let [a, b] = slice.in_plane(at).map(|x| x as i64);
            let drawn = covered.iter().any(|(other, pixels)| other.index == index[slice.axis] && pixels.contains(a, b));
            let away = distance(geometry.patient_from_voxel(at), ends[0], ends[1]);
            assert_eq!(drawn, away <= radius_mm, "{index:?}, {away} mm from the way");
            n += usize::from(drawn);
        }
        assert!(n > 100);
    }

    #[test]
    fn a_ball_covers_exactly_what_lies_within_its_radius_in_every_plane() {
        let geometry = Geometry::axial([30, 28, 12], [0.0; 3], [0.8, 0.7, 2.5]).unwrap();
        check(&geometry, SliceOfGrid { axis: 2, index: 6 }, [9.3, 12.1], [18.4, 15.2], 6.0);
        check(&geometry, SliceOfGrid { axis: 1, index: 14 }, [12.3, 4.1], [16.4, 7.2], 6.0);
        check(&geometry, SliceOfGrid { axis: 0, index: 1 }, [12.3, 4.1], [16.4, 7.2], 6.0);
        // Two slices away the ball ends in a point, which is no pixel's centre.
        check(&geometry, SliceOfGrid { axis: 2, index: 6 }, [9.3, 12.1], [18.4, 15.2], 5.0);
    }

    #[test]
    fn a_ball_stays_round_on_a_tilted_grid() {
        let tilted =
            Geometry::new([30, 40, 12], [0.0; 3], [[0.8, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 1.3, -2.5]]).unwrap();
        check(&tilted, SliceOfGrid { axis: 2, index: 5 }, [9.3, 18.1], [18.4, 22.2], 6.0);
    }

    #[test]
    fn a_ball_without_size_or_place_covers_nothing() {
        let geometry = Geometry::axial([30, 28, 12], [0.0; 3], [0.8, 0.7, 2.5]).unwrap();
        let slice = SliceOfGrid { axis: 2, index: 6 };
        for radius in [f64::NAN, -1.0, f64::INFINITY] {
            assert!(ball_stroke(slice, [3.0, 3.0], [4.0, 3.0], radius, &geometry).is_empty());
        }
        assert!(ball_stroke(SliceOfGrid { axis: 2, index: 12 }, [3.0, 3.0], [4.0, 3.0], 5.0, &geometry).is_empty());
    }
}
