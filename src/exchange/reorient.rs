//! The same voxels in another order of axes.
//!
//! Programs store one and the same image with rows from front to back or from back to front, or sagittal slices first. Where
//! axes are only swapped or reversed, every voxel of one grid is a voxel of the other, and nothing is interpolated.

use ndarray::{Array3, Axis};

use crate::volume::{Geometry, GridMismatch};

/// How the axes of one grid are those of another, in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AxisOrder([MatchedAxis; 3]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MatchedAxis {
    from: usize,
    reversed: bool,
}

impl AxisOrder {
    /// The order that makes grid `from` grid `to`; an error when the two are not the same grid in another order.
    pub(super) fn between(from: &Geometry, to: &Geometry) -> Result<AxisOrder, GridMismatch> {
        let Some(axes) = matching_axes(from, to) else {
            return from.same_grid(to).map(|()| AxisOrder([0, 1, 2].map(|from| MatchedAxis { from, reversed: false })));
        };
        reordered(from, &axes).unwrap_or(*from).same_grid(to).map(|()| AxisOrder(axes))
    }

    /// The order that turns the axes of grid `from` along those of grid `to`, and grid `from` in that order; the two may differ in size
    /// and place.
    pub(super) fn toward(from: &Geometry, to: &Geometry) -> (AxisOrder, Geometry) {
        let as_it_is = (AxisOrder([0, 1, 2].map(|from| MatchedAxis { from, reversed: false })), *from);
        let Some(axes) = matching_axes(from, to) else { return as_it_is };
        reordered(from, &axes).map_or(as_it_is, |grid| (AxisOrder(axes), grid))
    }

    /// Voxels of the first grid in the order of the second.
    pub(super) fn apply<T: Clone>(&self, voxels: Array3<T>) -> Array3<T> {
        let Self(axes) = self;
        if axes.iter().enumerate().all(|(a, axis)| axis.from == a && !axis.reversed) {
            return voxels;
        }
        // Arrays are [slice, row, column], axes are (column, row, slice).
        let mut view = voxels.view().permuted_axes([2, 1, 0].map(|array_axis: usize| 2 - axes[array_axis].from));
        for (axis, matched) in axes.iter().enumerate() {
            if matched.reversed {
                view.invert_axis(Axis(2 - axis));
            }
        }
        view.as_standard_layout().into_owned()
    }
}

/// The grid with its axes in another order.
fn reordered(from: &Geometry, axes: &[MatchedAxis; 3]) -> Option<Geometry> {
    let (size, steps) = (from.size(), from.steps());
    // The new first voxel lies at the far end of each reversed axis.
    let first = std::array::from_fn(|a| match axes.iter().find(|axis| axis.from == a) {
        Some(axis) if axis.reversed => (size[a] - 1) as f64,
        _ => 0.0,
    });
    let new_steps = axes.map(|axis| steps[axis.from].map(|x| if axis.reversed { -x } else { x }));
    Geometry::new(axes.map(|axis| size[axis.from]), from.patient_from_voxel(first), new_steps).ok()
}

/// For each axis of `to`, the axis of `from` that runs along the same line; `None` unless each is used once.
fn matching_axes(from: &Geometry, to: &Geometry) -> Option<[MatchedAxis; 3]> {
    let (theirs, ours) = (from.directions(), to.directions());
    let axes = ours.map(|ours| {
        let along = theirs.map(|theirs| theirs.iter().zip(&ours).map(|(a, b)| a * b).sum::<f64>());
        let from = (0..3).fold(0, |best, a| if along[a].abs() > along[best].abs() { a } else { best });
        MatchedAxis { from, reversed: along[from] < 0.0 }
    });
    let uses = |a: usize| axes.iter().filter(|axis| axis.from == a).count();
    (0..3).all(|a| uses(a) == 1).then_some(axes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_axes_leads_back_to_the_same_voxels() {
        let grid = Geometry::axial([4, 3, 2], [-10.0, 5.0, 7.0], [0.5, 0.75, 3.0]).unwrap();
        let voxels = Array3::from_shape_fn(grid.shape(), |(k, j, i)| 100 * k + 10 * j + i);
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for reversed in 0..8usize {
                let steps = order.map(|a| grid.steps()[a].map(|x| if reversed >> a & 1 == 1 { -x } else { x }));
                let first: [f64; 3] =
                    std::array::from_fn(|a| if reversed >> a & 1 == 1 { (grid.size()[a] - 1) as f64 } else { 0.0 });
                let size = order.map(|a| grid.size()[a]);
                let other = Geometry::new(size, grid.patient_from_voxel(first), steps).unwrap();
                let stored = Array3::from_shape_fn(other.shape(), |(k, j, i)| {
                    let at = other.patient_from_voxel([i as f64, j as f64, k as f64]);
                    let [i, j, k] = grid.voxel_from_patient(at).map(|x| x.round() as usize);
                    voxels[(k, j, i)]
                });
                assert_eq!(
                    AxisOrder::between(&other, &grid).unwrap().apply(stored),
                    voxels,
                    "{order:?} {reversed:03b}"
                );
            }
        }
    }

    #[test]
    fn a_grid_half_a_voxel_off_is_refused_in_any_order() {
        let grid = Geometry::axial([4, 3, 2], [0.0; 3], [1.0; 3]).unwrap();
        let off = Geometry::new([4, 3, 2], [3.5, 0.0, 0.0], [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(AxisOrder::between(&off.unwrap(), &grid), Err(GridMismatch::Position(0.5)));
    }
}
