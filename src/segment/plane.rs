//! Planes of a voxel grid: which index axis stands for axial, coronal and sagittal, and where a slice's pixels lie.
//!
//! Drawing happens on the grid's own planes, never on resampled ones, so that what was drawn is what is measured. On an
//! oblique grid each anatomical plane is the grid plane nearest to it.

use ndarray::{Array3, ArrayView2, Axis};

use super::{PixelRun, Pixels};
use crate::volume::{Geometry, VoxelBox};

/// An anatomical plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plane {
    /// Across the body, seen from the feet.
    Axial,
    /// Seen from the front.
    Coronal,
    /// Seen from the patient's left.
    Sagittal,
}

impl Plane {
    /// Every plane, in the order in which they are shown.
    pub const ALL: [Plane; 3] = [Plane::Axial, Plane::Coronal, Plane::Sagittal];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Plane::Axial => "Axial",
            Plane::Coronal => "Coronal",
            Plane::Sagittal => "Sagittal",
        }
    }

    /// The grid axis (0 column index, 1 row index, 2 slice index) that leads from one slice of this plane to the next: of
    /// the six ways to pair grid axes with patient axes, the one that agrees best in sum, so that no axis serves twice.
    pub fn normal_axis(self, geometry: &Geometry) -> usize {
        const PAIRINGS: [[usize; 3]; 6] = [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2], [0, 1, 2]];
        /// The patient axis that each plane of [`Plane::ALL`] is normal to: z, y, x.
        const PATIENT_AXIS: [usize; 3] = [2, 1, 0];
        let directions = geometry.directions();
        let agreement = |pairing: &[usize; 3]| -> f64 {
            (0..3).map(|plane| directions[pairing[plane]][PATIENT_AXIS[plane]].abs()).sum()
        };
        let mut best = PAIRINGS[0];
        for pairing in &PAIRINGS[1..] {
            if agreement(pairing) > agreement(&best) + 1e-9 {
                best = *pairing;
            }
        }
        best[self as usize]
    }
}

/// One slice of a grid: the plane normal to `axis` at `index`. Its pixels are counted by the two remaining grid axes, the
/// lower one first: (column, row) on an axial acquisition's own slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SliceOfGrid {
    /// The grid axis normal to the slice: 0 column index, 1 row index, 2 slice index.
    pub axis: usize,
    /// Which slice along that axis, from 0.
    pub index: usize,
}

impl SliceOfGrid {
    /// The two grid axes that count the slice's pixels, lower first.
    pub const fn in_plane_axes(self) -> [usize; 2] {
        match self.axis {
            0 => [1, 2],
            1 => [0, 2],
            _ => [0, 1],
        }
    }

    /// Pixels along the first and the second in-plane axis.
    pub fn size(self, geometry: &Geometry) -> [usize; 2] {
        self.in_plane_axes().map(|axis| geometry.size()[axis])
    }

    /// Distance between neighbouring pixels along both in-plane axes, in mm.
    pub fn spacing_mm(self, geometry: &Geometry) -> [f64; 2] {
        self.in_plane_axes().map(|axis| geometry.spacing_mm()[axis])
    }

    /// The slice of an array `[slice, row, column]`, its lines along the second in-plane axis; `None` where the array has no such slice.
    pub fn view<T>(self, array: &Array3<T>) -> Option<ArrayView2<'_, T>> {
        let axis = Axis(2usize.checked_sub(self.axis)?);
        (self.index < array.len_of(axis)).then(|| array.index_axis(axis, self.index))
    }

    /// The pixels that a test picks of the slice of an array `[slice, row, column]`; none where the array has no such slice.
    pub fn pixels<T>(self, array: &Array3<T>, picks: impl Fn(&T) -> bool) -> Pixels {
        self.view(array).map_or_else(Pixels::default, |view| pixels_of(view, [0, 0], picks))
    }

    /// The (column, row, slice) index of a point of this slice.
    pub fn voxel(self, [a, b]: [f64; 2]) -> [f64; 3] {
        let [first, second] = self.in_plane_axes();
        let mut voxel = [self.index as f64; 3];
        voxel[first] = a;
        voxel[second] = b;
        voxel
    }

    /// The in-plane coordinates of a (column, row, slice) index.
    pub fn in_plane(self, voxel: [f64; 3]) -> [f64; 2] {
        self.in_plane_axes().map(|axis| voxel[axis])
    }
}

/// The pixels that a test picks of `[line, pixel]`, whose first element is the pixel `low` of the slice.
pub(super) fn pixels_of<T>(view: ArrayView2<T>, low: [i64; 2], picks: impl Fn(&T) -> bool) -> Pixels {
    let mut runs: Vec<PixelRun> = Vec::new();
    for (line, row) in (low[1]..).zip(view.outer_iter()) {
        for (a, _) in (low[0]..).zip(row).filter(|(_, value)| picks(value)) {
            match runs.last_mut() {
                Some(run) if run.line == line && run.end == a => run.end += 1,
                _ => runs.push(PixelRun { line, start: a, end: a + 1 }),
            }
        }
    }
    Pixels::from_runs(runs)
}

impl VoxelBox {
    /// All voxels of one slice.
    pub fn slice(slice: SliceOfGrid, geometry: &Geometry) -> Self {
        let mut slab = Self::whole(geometry);
        slab.low[slice.axis] = slice.index;
        slab.high[slice.axis] = slice.index + 1;
        slab
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axial_acquisition_pairs_slices_with_axial() {
        let geometry = Geometry::axial([4, 5, 6], [0.0; 3], [0.7, 0.7, 5.0]).unwrap();
        assert_eq!(Plane::ALL.map(|plane| plane.normal_axis(&geometry)), [2, 1, 0]);
    }

    #[test]
    fn a_sagittal_acquisition_pairs_slices_with_sagittal() {
        // Columns run to the back, rows to the feet, slices to the left.
        let steps = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [3.0, 0.0, 0.0]];
        let geometry = Geometry::new([4, 5, 6], [0.0; 3], steps).unwrap();
        assert_eq!(Plane::Sagittal.normal_axis(&geometry), 2);
        assert_eq!(Plane::Axial.normal_axis(&geometry), 1);
        assert_eq!(Plane::Coronal.normal_axis(&geometry), 0);
    }

    #[test]
    fn a_grid_at_45_degrees_uses_no_axis_twice() {
        let h = 0.5f64.sqrt();
        let geometry = Geometry::new([4, 4, 4], [0.0; 3], [[1.0, 0.0, 0.0], [0.0, h, h], [0.0, -h, h]]).unwrap();
        let mut axes = Plane::ALL.map(|plane| plane.normal_axis(&geometry));
        axes.sort_unstable();
        assert_eq!(axes, [0, 1, 2]);
    }

    #[test]
    fn pixels_of_a_slice_are_counted_by_the_lower_axis_first() {
        let mut array = Array3::from_elem((2, 3, 4), false);
        array[(1, 2, 3)] = true;
        for axis in 0..3 {
            let slice = SliceOfGrid { axis, index: [3, 2, 1][axis] };
            let [a, b] = slice.in_plane([3.0, 2.0, 1.0]).map(|x| x as i64);
            let pixels = slice.pixels(&array, |inside| *inside);
            assert_eq!(pixels.runs(), [PixelRun { line: b, start: a, end: a + 1 }]);
            assert!(SliceOfGrid { axis, index: 9 }.pixels(&array, |inside| *inside).is_empty());
        }
    }

    #[test]
    fn in_plane_coordinates_round_trip() {
        for axis in 0..3 {
            let slice = SliceOfGrid { axis, index: 7 };
            let voxel = slice.voxel([1.5, 2.5]);
            assert_eq!(voxel[axis], 7.0);
            assert_eq!(slice.in_plane(voxel), [1.5, 2.5]);
        }
    }
}
