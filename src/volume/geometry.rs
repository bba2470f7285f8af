//! Where a voxel lies in the patient.
//!
//! An affine map in `f64`, exact also for sheared (gantry-tilted) and oblique grids. It deliberately has no tolerance knob:
//! grids are compared by one fixed rule, [`Geometry::same_grid`].

use std::fmt;

/// The largest distance, in mm, by which a voxel may lie elsewhere on two grids that count as the same. Positions travel as
/// decimal strings of at most 16 characters (DICOM VR DS) or as 32-bit floats (NIfTI's sform), which round an extent of
/// 500 mm to better than 1e-4 mm; a tenth of the finest CT voxel is 1e-2 mm.
const SAME_GRID_MM: f64 = 1e-3;

/// The grid of an image: its size and the affine map from voxel indices to patient millimetres (LPS).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    size: [usize; 3],
    origin: [f64; 3],
    steps: [[f64; 3]; 3],
    inverse: [[f64; 3]; 3],
}

/// Why numbers do not describe a grid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// Some count of voxels is zero.
    #[error("the grid has {0} x {1} x {2} voxels; every side needs at least one")]
    Empty(usize, usize, usize),
    /// A coordinate is NaN or infinite.
    #[error("the grid's position or spacing is not a finite number")]
    NotFinite,
    /// The three steps do not span space.
    #[error("the grid's axes do not span a volume (voxel volume {0} mm3)")]
    Degenerate(f64),
}

/// How two grids differ, in words fit for a message.
#[derive(Debug, Clone, PartialEq)]
pub enum GridMismatch {
    /// Columns x rows x slices differ.
    Size([usize; 3], [usize; 3]),
    /// Same size, but the farthest corner lies this many mm apart.
    Position(f64),
}

impl fmt::Display for GridMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(a, b) => {
                write!(f, "{} x {} x {} voxels against {} x {} x {}", a[0], a[1], a[2], b[0], b[1], b[2])
            }
            Self::Position(mm) => write!(f, "the same size, but its voxels lie up to {mm:.3} mm elsewhere"),
        }
    }
}

impl std::error::Error for GridMismatch {}

impl Geometry {
    /// A grid of `size` = [columns, rows, slices] voxels; `origin` is the centre of voxel (0, 0, 0) in mm, and `steps[a]`
    /// leads from a voxel to its neighbour along axis `a` (0 column index, 1 row index, 2 slice index) in mm.
    pub fn new(size: [usize; 3], origin: [f64; 3], steps: [[f64; 3]; 3]) -> Result<Self, GeometryError> {
        if size.contains(&0) {
            return Err(GeometryError::Empty(size[0], size[1], size[2]));
        }
        if !origin.iter().chain(steps.iter().flatten()).all(|x| x.is_finite()) {
            return Err(GeometryError::NotFinite);
        }
        let volume = determinant(&steps);
        if volume == 0.0 || !volume.is_normal() {
            return Err(GeometryError::Degenerate(volume));
        }
        Ok(Self { size, origin, steps, inverse: inverse_of(&steps, volume) })
    }

    /// An axis-aligned axial grid: columns run to the patient's left, rows to the back, slices to the head.
    pub fn axial(size: [usize; 3], origin: [f64; 3], spacing_mm: [f64; 3]) -> Result<Self, GeometryError> {
        let [x, y, z] = spacing_mm;
        Self::new(size, origin, [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]])
    }

    /// Columns, rows, slices.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// The shape of arrays on this grid: slices, rows, columns.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.size[2], self.size[1], self.size[0])
    }

    /// Centre of voxel (0, 0, 0) in mm.
    pub fn origin(&self) -> [f64; 3] {
        self.origin
    }

    /// `steps()[a]` leads from a voxel to its neighbour along axis `a`, in mm.
    pub fn steps(&self) -> [[f64; 3]; 3] {
        self.steps
    }

    /// Distance between neighbours along column, row and slice index, in mm. On a sheared grid the third is the length of
    /// the slanted step, not the distance between slice planes; see [`Geometry::slice_distance_mm`].
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.steps.map(length)
    }

    /// Unit vectors along column, row and slice index.
    pub fn directions(&self) -> [[f64; 3]; 3] {
        self.steps.map(|step| scaled(step, 1.0 / length(step)))
    }

    /// Unit normal of the slice plane, row direction x column direction (DICOM PS3.3 C.7.6.2.1.1).
    pub fn slice_normal(&self) -> [f64; 3] {
        let normal = cross(self.steps[0], self.steps[1]);
        scaled(normal, 1.0 / length(normal))
    }

    /// Distance between neighbouring slice planes, in mm, along the normal.
    pub fn slice_distance_mm(&self) -> f64 {
        dot(self.steps[2], self.slice_normal()).abs()
    }

    /// Volume of one voxel, |det|, in mm3: right for sheared grids too.
    pub fn voxel_volume_mm3(&self) -> f64 {
        determinant(&self.steps).abs()
    }

    /// Angle between the slice step and the slice normal, in degrees; above 0 on a gantry-tilted grid.
    pub fn tilt_degrees(&self) -> f64 {
        let normal = self.slice_normal();
        let along = dot(self.steps[2], normal);
        let across = length(sub(self.steps[2], scaled(normal, along)));
        across.atan2(along.abs()).to_degrees()
    }

    /// Centre of voxel (column `i`, row `j`, slice `k`) in patient mm; fractions lie between voxels.
    pub fn patient_from_voxel(&self, [i, j, k]: [f64; 3]) -> [f64; 3] {
        let s = &self.steps;
        std::array::from_fn(|x| self.origin[x] + s[0][x] * i + s[1][x] * j + s[2][x] * k)
    }

    /// The (column, row, slice) index of a point in patient mm; not rounded, possibly outside the grid.
    pub fn voxel_from_patient(&self, point: [f64; 3]) -> [f64; 3] {
        let d = sub(point, self.origin);
        std::array::from_fn(|a| dot(self.inverse[a], d))
    }

    /// The 4 x 4 map from (i, j, k, 1) to LPS mm, row by row.
    pub fn affine(&self) -> [[f64; 4]; 4] {
        let s = &self.steps;
        let mut rows = [[0.0; 4]; 4];
        for x in 0..3 {
            rows[x] = [s[0][x], s[1][x], s[2][x], self.origin[x]];
        }
        rows[3][3] = 1.0;
        rows
    }

    /// Whether both describe the same voxels: the same size, and every corner within 0.001 mm.
    pub fn same_grid(&self, other: &Geometry) -> Result<(), GridMismatch> {
        if self.size != other.size {
            return Err(GridMismatch::Size(self.size, other.size));
        }
        let farthest = self.corners().zip(other.corners()).map(|(a, b)| length(sub(a, b))).fold(0.0, f64::max);
        if farthest > SAME_GRID_MM { Err(GridMismatch::Position(farthest)) } else { Ok(()) }
    }

    fn corners(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        (0..8usize).map(|corner| {
            let index = std::array::from_fn(|a| if corner >> a & 1 == 1 { (self.size[a] - 1) as f64 } else { 0.0 });
            self.patient_from_voxel(index)
        })
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn scaled(a: [f64; 3], factor: f64) -> [f64; 3] {
    a.map(|x| x * factor)
}

fn length(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

fn determinant(steps: &[[f64; 3]; 3]) -> f64 {
    dot(steps[0], cross(steps[1], steps[2]))
}

/// Rows of the inverse of the matrix whose columns are `steps`: the reciprocal basis.
fn inverse_of(steps: &[[f64; 3]; 3], determinant: f64) -> [[f64; 3]; 3] {
    [
        scaled(cross(steps[1], steps[2]), 1.0 / determinant),
        scaled(cross(steps[2], steps[0]), 1.0 / determinant),
        scaled(cross(steps[0], steps[1]), 1.0 / determinant),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheared() -> Geometry {
        // 15 degrees of gantry tilt: the slice step leans along the row axis.
        Geometry::new([24, 20, 10], [-100.0, -80.0, -300.0], [[0.7, 0.0, 0.0], [0.0, 0.8, 0.0], [0.0, 0.6, 2.4]])
            .unwrap()
    }

    #[test]
    fn voxel_and_patient_round_trip_on_a_sheared_grid() {
        let geometry = sheared();
        let voxel = [3.0, 17.5, 9.0];
        let back = geometry.voxel_from_patient(geometry.patient_from_voxel(voxel));
        for axis in 0..3 {
            assert!((back[axis] - voxel[axis]).abs() < 1e-12, "{back:?}");
        }
    }

    #[test]
    fn voxel_volume_is_the_determinant_and_not_the_product_of_spacings() {
        let geometry = sheared();
        assert!((geometry.voxel_volume_mm3() - 0.7 * 0.8 * 2.4).abs() < 1e-12);
        assert!(geometry.spacing_mm()[2] > geometry.slice_distance_mm());
        assert!((geometry.tilt_degrees() - (0.6f64 / 2.4).atan().to_degrees()).abs() < 1e-9);
    }

    #[test]
    fn grids_a_micrometre_apart_are_the_same_and_a_hundredth_of_a_millimetre_is_not() {
        let here = Geometry::axial([4, 4, 4], [0.0; 3], [1.0; 3]).unwrap();
        let near = Geometry::axial([4, 4, 4], [0.0, 0.0, 1e-6], [1.0; 3]).unwrap();
        let far = Geometry::axial([4, 4, 4], [0.0, 0.0, 1e-2], [1.0; 3]).unwrap();
        assert_eq!(here.same_grid(&near), Ok(()));
        assert!(matches!(here.same_grid(&far), Err(GridMismatch::Position(_))));
    }

    #[test]
    fn a_flat_grid_is_refused() {
        let flat = Geometry::new([2, 2, 2], [0.0; 3], [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(flat, Err(GeometryError::Degenerate(0.0)));
    }
}
