//! Where the voxels lie: from and to a header's sform, qform and voxel sizes.
//!
//! nifti1.h has two affine maps to RAS: the sform, a matrix; and the qform, a rotation as a quaternion together with voxel sizes and
//! a reflection of the third axis (`pixdim[0]` = -1). Here both are turned to LPS.

use nifti::NiftiHeader;

use crate::base::Warnings;
use crate::volume::Geometry;

/// Voxel sizes that agree with the sform's to this part are taken to be the same numbers, rounded: 32-bit floats carry 6e-8, of
/// which a column's length sums three.
const SAME_SPACING: f64 = 1e-6;
/// Places that the two maps give may differ by this many mm without a warning: a quaternion of 32-bit floats turns a half-metre
/// image by about 1e-4 mm at its far corner.
const SAME_PLACE_MM: f64 = 1e-2;

/// The image's grid in LPS mm.
pub(super) fn geometry(header: &NiftiHeader, size: [usize; 3], warnings: &mut Warnings) -> Result<Geometry, String> {
    let unit_mm = match header.xyzt_units & 7 {
        1 => 1000.0,
        3 => 0.001,
        // 2 is mm; 0 says nothing, and everyone reads mm.
        _ => 1.0,
    };
    let spacing = [1, 2, 3].map(|axis| f64::from(header.pixdim[axis].abs()));
    let sform = (header.sform_code > 0).then(|| sform(header, spacing));
    let grid = |map: Map| map.grid(size, unit_mm);
    let qform = (header.qform_code > 0).then(|| qform(header, spacing).and_then(grid));
    match (sform, qform) {
        (Some(sform), qform) => {
            let chosen = grid(sform).map_err(|problem| format!("the header's sform is unusable: {problem}"))?;
            match qform {
                Some(Ok(other)) => warn_of_difference(&chosen, &other, warnings),
                Some(Err(problem)) => {
                    warnings.push(format!("the header's qform is unusable ({problem}); the sform was taken"));
                }
                None => {}
            }
            Ok(chosen)
        }
        (None, Some(qform)) => qform.map_err(|problem| format!("the header's qform is unusable: {problem}")),
        (None, None) => {
            warnings.push(
                "the file does not say where the image lies in the patient; it was taken as axial, at the origin",
            );
            // Like SimpleITK: the identity in LPS.
            let [x, y, z] = spacing;
            let identity = Map { origin: [0.0; 3], steps: [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]] };
            grid(identity).map_err(|problem| format!("the header's voxel sizes are unusable: {problem}"))
        }
    }
}

/// An affine map in LPS, in the header's unit.
struct Map {
    origin: [f64; 3],
    steps: [[f64; 3]; 3],
}

impl Map {
    fn grid(self, size: [usize; 3], unit_mm: f64) -> Result<Geometry, String> {
        if let Some(axis) = self.steps.iter().position(|step| length(*step) == 0.0) {
            let axis = ["column", "row", "slice"][axis];
            return Err(format!("a step from {axis} to {axis} has no length; mend the header"));
        }
        let steps = self.steps.map(|step| step.map(|x| x * unit_mm));
        Geometry::new(size, self.origin.map(|x| x * unit_mm), steps).map_err(|error| error.to_string())
    }
}

fn sform(header: &NiftiHeader, spacing: [f64; 3]) -> Map {
    let rows = [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(f64::from));
    let lps = [-1.0, -1.0, 1.0];
    let steps = [0, 1, 2].map(|axis| {
        let step: [f64; 3] = std::array::from_fn(|x| lps[x] * rows[x][axis]);
        let length = length(step);
        // The header has each voxel size twice, both rounded; pixdim is the rounder of the two.
        let agrees = (length - spacing[axis]).abs() <= SAME_SPACING * length;
        if agrees && length > 0.0 { step.map(|x| x / length * spacing[axis]) } else { step }
    });
    Map { origin: std::array::from_fn(|x| lps[x] * rows[x][3]), steps }
}

fn qform(header: &NiftiHeader, spacing: [f64; 3]) -> Result<Map, String> {
    let [b, c, d] = [header.quatern_b, header.quatern_c, header.quatern_d].map(f64::from);
    let rotation = rotation_of_quaternion([b, c, d])?;
    let reflection = if header.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let lps = [-1.0, -1.0, 1.0];
    let steps = [0, 1, 2].map(|axis| {
        let signed = if axis == 2 { reflection * spacing[axis] } else { spacing[axis] };
        std::array::from_fn(|x| lps[x] * rotation[x][axis] * signed)
    });
    let offset = [header.quatern_x, header.quatern_y, header.quatern_z].map(f64::from);
    Ok(Map { origin: std::array::from_fn(|x| lps[x] * offset[x]), steps })
}

/// The rotation matrix, row by row, of a unit quaternion's last three parts (nifti1.h, METHOD 2).
fn rotation_of_quaternion([b, c, d]: [f64; 3]) -> Result<[[f64; 3]; 3], String> {
    let squares = b * b + c * c + d * d;
    // Rounded parts of a half turn may exceed 1 by a little.
    if squares.is_nan() || squares > 1.0 + 1e-5 {
        return Err("its quaternion is not a rotation".to_owned());
    }
    let (a, b, c, d) = if squares > 1.0 - 1e-7 {
        let length = squares.sqrt();
        (0.0, b / length, c / length, d / length)
    } else {
        ((1.0 - squares).sqrt(), b, c, d)
    };
    Ok([
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - c * c - b * b],
    ])
}

fn warn_of_difference(sform: &Geometry, qform: &Geometry, warnings: &mut Warnings) {
    let [columns, rows, slices] = sform.size();
    let last = [columns - 1, rows - 1, slices - 1].map(|n| n as f64);
    let farthest = [[0.0; 3], last]
        .map(|voxel| {
            let (a, b) = (sform.patient_from_voxel(voxel), qform.patient_from_voxel(voxel));
            length(std::array::from_fn(|x| a[x] - b[x]))
        })
        .into_iter()
        .fold(0.0, f64::max);
    if farthest > SAME_PLACE_MM {
        warnings.push(format!(
            "the file gives two places for its voxels, up to {farthest:.2} mm apart; the sform was taken, not the qform"
        ));
    }
}

/// Fills in sform, qform and voxel sizes for a grid. A sheared grid has no qform: its code is 0.
pub(super) fn put_geometry(header: &mut NiftiHeader, grid: &Geometry) {
    let ras = [-1.0, -1.0, 1.0];
    let (origin, steps) = (grid.origin(), grid.steps());
    let row = |x: usize| [steps[0][x], steps[1][x], steps[2][x], origin[x]].map(|value| (ras[x] * value) as f32);
    (header.srow_x, header.srow_y, header.srow_z) = (row(0), row(1), row(2));
    header.sform_code = 1;
    let [x, y, z] = grid.spacing_mm();
    header.pixdim = [1.0, x as f32, y as f32, z as f32, 1.0, 1.0, 1.0, 1.0];
    header.xyzt_units = 2;
    header.qform_code = 0;
    let directions = grid.directions();
    let rotation: [[f64; 3]; 3] = std::array::from_fn(|x| std::array::from_fn(|axis| ras[x] * directions[axis][x]));
    if let Some((quaternion, reflection)) = quaternion_of_rotation(rotation) {
        header.qform_code = 1;
        header.pixdim[0] = reflection;
        [header.quatern_b, header.quatern_c, header.quatern_d] = quaternion;
        [header.quatern_x, header.quatern_y, header.quatern_z] = [row(0)[3], row(1)[3], row(2)[3]];
    }
}

/// Directions farther from right angles than this (as a cosine) are sheared: what 32-bit floats can still tell.
const RIGHT_ANGLE: f64 = 1e-6;

/// The quaternion's last three parts and the reflection of the third axis; `None` when the columns are not at right angles.
/// The branch is taken on the largest of the four parts, for its square root is the divisor (nifti_mat44_to_quatern).
fn quaternion_of_rotation(mut r: [[f64; 3]; 3]) -> Option<([f32; 3], f32)> {
    let column = |r: &[[f64; 3]; 3], axis: usize| [r[0][axis], r[1][axis], r[2][axis]];
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        if dot(column(&r, a), column(&r, b)).abs() > RIGHT_ANGLE {
            return None;
        }
    }
    let determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1])
        - r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0])
        + r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
    let reflection = if determinant < 0.0 { -1.0 } else { 1.0 };
    r.iter_mut().for_each(|row| row[2] *= reflection);
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = r;
    // Four times the square of each part a, b, c, d.
    let squares = [1.0 + xx + yy + zz, 1.0 + xx - yy - zz, 1.0 + yy - xx - zz, 1.0 + zz - xx - yy];
    let largest = (0..4).fold(0, |best, i| if squares[i] > squares[best] { i } else { best });
    let s = 2.0 * squares[largest].sqrt();
    let [a, b, c, d] = match largest {
        0 => [s / 4.0, (zy - yz) / s, (xz - zx) / s, (yx - xy) / s],
        1 => [(zy - yz) / s, s / 4.0, (xy + yx) / s, (xz + zx) / s],
        2 => [(xz - zx) / s, (xy + yx) / s, s / 4.0, (yz + zy) / s],
        _ => [(yx - xy) / s, (xz + zx) / s, (yz + zy) / s, s / 4.0],
    };
    // The first part is not stored, and taken to be positive.
    let sign = if a < 0.0 { -1.0 } else { 1.0 };
    Some(([b, c, d].map(|part| (sign * part) as f32), reflection as f32))
}

fn length(v: [f64; 3]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}
