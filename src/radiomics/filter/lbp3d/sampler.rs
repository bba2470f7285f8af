//! Samples of the image's spline on a sphere around each voxel. Outside the image a sample is 0.
//!
//! Sums run axis by axis, so that vertices that share a coordinate share sums. Where rounding decides whether a sample counts,
//! it is taken again as SciPy sums it: all 64 products, slices outermost.

use ndarray::{Array3, ArrayView3};

use super::number::Number;
use super::spline::{self, weights};
use crate::radiomics::RadiomicsError;
use crate::radiomics::filter::Scene;
use crate::radiomics::filter::window::Window;
use crate::radiomics::mirror::mirrored;

/// Coefficients that are held at most: 16 GiB. Only a radius of several hundred voxels asks for more.
const MOST_COEFFICIENTS: usize = 1 << 31;

/// Where samples lie and the coefficients that they are taken from.
pub struct Sampler {
    /// Coefficients in the region's box and `margin` voxels around it.
    coefficients: Array3<f64>,
    margin: usize,
    /// First slice, row and column of the region's box, and the image's size.
    corner: [usize; 3],
    size: [usize; 3],
    sphere: Vec<[f64; 3]>,
    planes: Vec<PlaneOfSphere>,
    number: Number,
}

/// A coordinate of vertices: how far from the voxel, and how to interpolate there.
#[derive(Clone, Copy)]
struct Coordinate {
    offset: f64,
    /// The first of four coefficients, from the voxel.
    first: isize,
    weights: [f64; 4],
}

/// Vertices at one distance along slices.
struct PlaneOfSphere {
    slice: Coordinate,
    lines: Vec<LineOfSphere>,
}

/// Vertices of a plane at one distance along rows.
struct LineOfSphere {
    row: Coordinate,
    /// Along columns, with the vertex.
    points: Vec<(Coordinate, usize)>,
}

/// Samples of a row of voxels.
#[derive(Default)]
pub struct Samples {
    width: usize,
    values: Vec<f64>,
    across_slices: Vec<f64>,
    across_rows: Vec<f64>,
}

impl Samples {
    /// The samples at a vertex, from the row's first voxel on.
    #[inline(always)]
    pub fn of(&self, vertex: usize) -> &[f64] {
        &self.values[vertex * self.width..][..self.width]
    }
}

/// Voxels around one that samples at most this far from it are summed of.
pub fn margin(farthest: f64) -> usize {
    farthest.ceil() as usize + 2
}

impl Sampler {
    /// For an image of this number type, samples at these offsets from each voxel of the region.
    pub fn new<S: Copy + Into<f64>>(
        image: ArrayView3<S>,
        number: Number,
        scene: Scene,
        sphere: Vec<[f64; 3]>,
    ) -> Result<Self, RadiomicsError> {
        let region = scene.region;
        let (slices, rows, columns) = image.dim();
        let size = [slices, rows, columns];
        let margin = margin(sphere.iter().flatten().fold(0f64, |most, x| most.max(x.abs())));
        // Mirrored at the image's border, so that sampling meets none.
        let shape = region.shape.map(|side| side + 2 * margin);
        if shape.iter().product::<usize>() > MOST_COEFFICIENTS {
            return Err(RadiomicsError::TooFar { shape, most: MOST_COEFFICIENTS });
        }
        let window = Window::around(region, [margin + spline::REACH; 3], size);
        window.check(scene.volume.voxels())?;
        let mut values = window.of(image).mapv(Into::into);
        scene.progress.check()?;
        spline::prefilter(&mut values);
        scene.progress.check()?;
        let from: [Vec<usize>; 3] = std::array::from_fn(|axis| {
            let index = |i: usize| (region.corner[axis] + i) as isize - margin as isize;
            (0..shape[axis]).map(|i| mirrored(index(i), size[axis]) - window.first[axis]).collect()
        });
        let coefficients = Array3::from_shape_fn(shape, |(k, j, i)| values[[from[0][k], from[1][j], from[2][i]]]);
        let planes = planes(&sphere);
        Ok(Self { coefficients, margin, corner: region.corner, size, sphere, planes, number })
    }

    /// Fills `samples` for the voxels of one row from the first to the last; `centres` are the values of the row's voxels.
    #[inline(always)]
    pub fn sample(&self, row: &[[u32; 3]], centres: &[f64], samples: &mut Samples) {
        let first = row[0][2] as usize;
        samples.width = row[row.len() - 1][2] as usize - first + 1;
        samples.values.clear();
        samples.values.resize(self.sphere.len() * samples.width, 0.0);
        let voxel = [row[0][0] as usize, row[0][1] as usize, first];
        self.separably(voxel, samples);
        for (vertex, sums) in samples.values.chunks_exact_mut(samples.width).enumerate() {
            for (place, &centre) in row.iter().zip(centres) {
                let column = place[2] as usize - first;
                if self.number.is_open(sums[column], centre) {
                    sums[column] = self.sum_of_products([voxel[0], voxel[1], place[2] as usize], self.sphere[vertex]);
                }
            }
            for sum in sums {
                *sum = self.number.stored(*sum);
            }
        }
    }

    #[inline(always)]
    fn separably(&self, [slice, row, first]: [usize; 3], samples: &mut Samples) {
        let margin = self.margin;
        // Columns of coefficients that the row's samples reach.
        let reached = samples.width + 2 * margin;
        let coefficients = |slice: usize, row: usize| {
            let (_, rows, columns) = self.coefficients.dim();
            let from = (slice * rows + row) * columns + first;
            // In standard layout by construction.
            &self.coefficients.as_slice().unwrap_or_default()[from..from + reached]
        };
        let Samples { width, values, across_slices, across_rows } = samples;
        across_rows.resize(reached, 0.0);
        for plane in self.planes.iter().filter(|plane| self.is_inside(0, slice, plane.slice.offset)) {
            // Rows of coefficients, combined along slices, that lines of this plane reach.
            across_slices.clear();
            across_slices.resize((2 * margin + 1) * reached, 0.0);
            let at = (slice + margin).wrapping_add_signed(plane.slice.first);
            for (near, sums) in across_slices.chunks_exact_mut(reached).enumerate() {
                for (tap, weight) in plane.slice.weights.into_iter().enumerate() {
                    add_scaled(sums, coefficients(at + tap, row + near), weight);
                }
            }
            for line in plane.lines.iter().filter(|line| self.is_inside(1, row, line.row.offset)) {
                across_rows.fill(0.0);
                let at = margin.wrapping_add_signed(line.row.first);
                for (tap, weight) in line.row.weights.into_iter().enumerate() {
                    add_scaled(across_rows, &across_slices[(at + tap) * reached..][..reached], weight);
                }
                for (column, vertex) in &line.points {
                    let sums = &mut values[vertex * *width..][..*width];
                    let at = margin.wrapping_add_signed(column.first);
                    for (tap, weight) in column.weights.into_iter().enumerate() {
                        add_scaled(sums, &across_rows[at + tap..][..*width], weight);
                    }
                    self.clear_outside(sums, first, column.offset);
                }
            }
        }
    }

    /// The sum of all 64 products, slices outermost; 0 outside the image.
    #[cold]
    fn sum_of_products(&self, voxel: [usize; 3], offset: [f64; 3]) -> f64 {
        if !(0..3).all(|axis| self.is_inside(axis, voxel[axis], offset[axis])) {
            return 0.0;
        }
        let mut first = [0usize; 3];
        let mut along = [[0.0; 4]; 3];
        for axis in 0..3 {
            let at = (self.corner[axis] + voxel[axis]) as f64 + offset[axis];
            along[axis] = weights(at - at.floor());
            let before = self.corner[axis] as isize - self.margin as isize;
            first[axis] = (at.floor() as isize - 1 - before) as usize;
        }
        let mut sum = 0.0;
        for (k, z) in along[0].into_iter().enumerate() {
            for (j, y) in along[1].into_iter().enumerate() {
                for (i, x) in along[2].into_iter().enumerate() {
                    sum += self.coefficients[[first[0] + k, first[1] + j, first[2] + i]] * z * y * x;
                }
            }
        }
        sum
    }

    /// Whether a point this far from a voxel of the box lies between the image's first and last voxel along an axis.
    #[inline(always)]
    fn is_inside(&self, axis: usize, index: usize, offset: f64) -> bool {
        let at = (self.corner[axis] + index) as f64 + offset;
        at >= 0.0 && at <= (self.size[axis] - 1) as f64
    }

    #[inline(always)]
    fn clear_outside(&self, samples: &mut [f64], first: usize, offset: f64) {
        let last = samples.len() - 1;
        // A point outside the image is near the image's border, so that both ends of a row tell whether there is any.
        if self.is_inside(2, first, offset) && self.is_inside(2, first + last, offset) {
            return;
        }
        for (column, sample) in samples.iter_mut().enumerate() {
            if !self.is_inside(2, first + column, offset) {
                *sample = 0.0;
            }
        }
    }
}

#[inline(always)]
fn add_scaled(sums: &mut [f64], values: &[f64], weight: f64) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

/// Groups vertices by their distance along slices, then along rows.
fn planes(sphere: &[[f64; 3]]) -> Vec<PlaneOfSphere> {
    let mut planes: Vec<PlaneOfSphere> = Vec::new();
    for (vertex, &offset) in sphere.iter().enumerate() {
        let [slice, row, column] = offset.map(Coordinate::new);
        let plane = match planes.iter().position(|plane| plane.slice.is_same(&slice)) {
            Some(index) => index,
            None => {
                planes.push(PlaneOfSphere { slice, lines: Vec::new() });
                planes.len() - 1
            }
        };
        let lines = &mut planes[plane].lines;
        match lines.iter_mut().find(|line| line.row.is_same(&row)) {
            Some(line) => line.points.push((column, vertex)),
            None => lines.push(LineOfSphere { row, points: vec![(column, vertex)] }),
        }
    }
    planes
}

impl Coordinate {
    fn new(offset: f64) -> Self {
        let floor = offset.floor();
        Self { offset, first: floor as isize - 1, weights: weights(offset - floor) }
    }

    /// Whether two coordinates differ by rounding alone. Near the grid rounding decides what lies outside the image, so that
    /// there they must be equal.
    fn is_same(&self, other: &Self) -> bool {
        let near_grid = (self.offset - self.offset.round()).abs() < ROUNDING;
        self.offset == other.offset || !near_grid && (self.offset - other.offset).abs() < ROUNDING
    }
}

/// Differences of a vertex's coordinate that come from rounding.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::super::sphere::icosphere;
    use super::*;

    #[test]
    fn vertices_that_share_coordinates_share_sums() {
        let planes = planes(&icosphere(1, 1.0));
        assert_eq!(planes.len(), 13);
        let points: usize = planes.iter().flat_map(|plane| &plane.lines).map(|line| line.points.len()).sum();
        assert_eq!(points, 42);
    }
}
