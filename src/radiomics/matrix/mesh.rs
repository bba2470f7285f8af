//! Surface of the VOI by marching cubes (Lorensen and Cline 1987), with vertices halfway between voxels.
//!
//! The triangles of each cube are those of Bourke's table (Polygonising a scalar field, 1994). As in PyRadiomics only its first
//! half is used; a cube whose last corner lies inside is taken as its complement, turned inside out.

use crate::base::{Cancelled, Progress};
use crate::radiomics::region::Region;

/// Corners of a cube as (slice, row, column), in the order of the bits of a cube's index.
const CORNERS: [[usize; 3]; 8] =
    [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1], [1, 1, 0]];

/// Middle of each edge in half voxels, as (slice, row, column).
const EDGES: [[i64; 3]; 12] = [
    [0, 0, 1],
    [0, 1, 2],
    [0, 2, 1],
    [0, 1, 0],
    [2, 0, 1],
    [2, 1, 2],
    [2, 2, 1],
    [2, 1, 0],
    [1, 0, 0],
    [1, 0, 2],
    [1, 2, 2],
    [1, 2, 0],
];

/// Triangles of the cubes whose last corner lies outside: three edges each, as hexadecimal digits.
#[rustfmt::skip]
const TRIANGLES: [&str; 128] = [
    "", "083", "190", "183198", "12a", "08312a", "92a029", "2832a8a98", "b23", "b2008b", "190b23", "b2119b98b",
    "3a1ba3", "a1008a8ba", "9033b9ba9", "98aba8", "478", "043473", "190478", "194147173", "12a478", "34730412a",
    "92a902478", "2a9297273479", "478b23", "b47b24204", "190478b23", "47b94bb29192", "3a1ba3478", "ba114b10447b",
    "4789033b9ba9", "47b4b99ba", "954", "954083", "054015", "854835315", "12a954", "08312a954", "2a5542240",
    "2a5325354834", "954b23", "b2008b954", "054015b23", "215258b28548", "3a1ba3954", "549a1008a8ba", "54050ba5bb03",
    "548a58ba8", "789579", "309539357", "780017715", "157173", "78957912a", "12a309395357", "0288258572a5",
    "2a5253357", "579789b23", "579972209b27", "b23018178157", "21b17b157", "7895793a1ba3", "5705097b0a10ba0",
    "ba003ba50078570", "ba557b", "65a", "08365a", "19065a", "18319865a", "165126", "165126083", "965906026",
    "598582526832", "b2365a", "b2008b65a", "190b2365a", "b2119b98b65a", "63b653513", "08b0b50515b6", "63b036065059",
    "65969bb98", "47865a", "04347365a", "19047865a", "19414717365a", "478165126", "043473165126", "478965906026",
    "739479329596269", "b2347865a", "b47b2420465a", "190b2347865a", "47b94bb2919265a", "47863b653513",
    "51b5b610b47b04b", "47863b036065059", "65969b4797b9", "a4964a", "a4964a083", "01aa60640", "18316886461a",
    "149124264", "149124264083", "024426", "832824426", "b23a4964a", "b2008ba4964a", "b2301aa60640",
    "64161a148b2118b", "964369139b63", "18b081b61149641", "63b036640", "86468b", "67a78a89a", "67a0a709a073",
    "67a1a7178018", "67a1a7173", "126168189678", "269129679309739", "078706602", "273267", "b2367a78a89a",
    "207b2709767a9a7", "67a1a7178018b23", "b2117ba61167", "896678169b63136", "09167b", "07870603bb60", "67b",
];

/// What is measured on the surface.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// Area, mm2.
    pub area_mm2: f64,
    /// Volume inside, mm3.
    pub volume_mm3: f64,
    /// The vertices in half voxels, as (slice, row, column); each once.
    pub vertices: Vec<[i32; 3]>,
}

/// How often a cube's pattern occurs and the sum of its places: all that area and volume need, in integers.
#[derive(Clone, Copy, Default)]
struct Tally {
    outward: u64,
    inward: u64,
    /// Sum of the places of outward cubes minus that of inward ones, in half voxels.
    place: [i64; 3],
}

/// Meshes a region.
///
/// # Errors
/// Once it is cancelled.
pub fn mesh(region: &Region, progress: &Progress) -> Result<Mesh, Cancelled> {
    let shape: [usize; 3] = std::array::from_fn(|axis| region.shape[axis] + 2);
    let mut inside = vec![0u8; shape.iter().product()];
    for place in &region.places {
        let [slice, row, column] = place.map(|index| index as usize + 1);
        inside[(slice * shape[1] + row) * shape[2] + column] = 1;
    }
    let tallies = tally_cubes(&inside, shape, progress)?;
    let (area_mm2, volume_mm3) = measure(&tallies, region.spacing_mm);
    Ok(Mesh { area_mm2, volume_mm3, vertices: vertices(&inside, shape, progress)? })
}

fn tally_cubes(inside: &[u8], shape: [usize; 3], progress: &Progress) -> Result<[Tally; 128], Cancelled> {
    let mut tallies = [Tally::default(); 128];
    let [_, rows, columns] = shape;
    let offsets = CORNERS.map(|[slice, row, column]| (slice * rows + row) * columns + column);
    for slice in 0..shape[0] - 1 {
        progress.check()?;
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let first = (slice * rows + row) * columns + column;
                let cube = (0..8).fold(0u8, |cube, corner| cube | inside[first + offsets[corner]] << corner);
                if cube == 0 || cube == 0xff {
                    continue;
                }
                let (pattern, sign) = if cube & 0x80 == 0 { (cube, 1) } else { (!cube, -1) };
                let tally = &mut tallies[pattern as usize];
                if sign > 0 {
                    tally.outward += 1
                } else {
                    tally.inward += 1
                }
                for (sum, index) in tally.place.iter_mut().zip([slice, row, column]) {
                    *sum += sign * 2 * index as i64;
                }
            }
        }
    }
    Ok(tallies)
}

/// Area and volume in mm. A triangle (a, b, c) of a cube at place p adds det(p+a, p+b, p+c) / 6 to the volume, which is
/// det(a, b, c) / 6 + p . (a x b + b x c + c x a) / 6: linear in p, so that sums of places suffice.
fn measure(tallies: &[Tally; 128], spacing_mm: [f64; 3]) -> (f64, f64) {
    let half: [f64; 3] = spacing_mm.map(|mm| mm / 2.0);
    let (mut area, mut volume) = (0.0, 0.0);
    for (tally, triangles) in tallies.iter().zip(TRIANGLES) {
        for triangle in triangles.as_bytes().chunks(3) {
            let [a, b, c] = [0, 1, 2].map(|corner| {
                let digit = (triangle[corner] as char).to_digit(16).unwrap_or(0);
                let edge = EDGES[digit as usize];
                std::array::from_fn(|axis| edge[axis] as f64 * half[axis])
            });
            let normal = add(add(cross(a, b), cross(b, c)), cross(c, a));
            area += (tally.outward + tally.inward) as f64 * 0.5 * dot(normal, normal).sqrt();
            let place: [f64; 3] = std::array::from_fn(|axis| tally.place[axis] as f64 * half[axis]);
            let difference = tally.outward as f64 - tally.inward as f64;
            volume += difference * dot(cross(a, b), c) + dot(place, normal);
        }
    }
    (area, volume / 6.0)
}

/// The middles of all neighbours of which one lies inside and one outside.
fn vertices(inside: &[u8], shape: [usize; 3], progress: &Progress) -> Result<Vec<[i32; 3]>, Cancelled> {
    let [slices, rows, columns] = shape;
    let strides = [rows * columns, columns, 1];
    let mut vertices = Vec::new();
    for slice in 0..slices {
        progress.check()?;
        for row in 0..rows {
            for column in 0..columns {
                let place = [slice, row, column];
                let here = (slice * rows + row) * columns + column;
                for axis in 0..3 {
                    if place[axis] + 1 < shape[axis] && inside[here] != inside[here + strides[axis]] {
                        let mut vertex = place.map(|index| 2 * index as i32);
                        vertex[axis] += 1;
                        vertices.push(vertex);
                    }
                }
            }
        }
    }
    Ok(vertices)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn add(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_voxel_is_an_octahedron() {
        let voxel = Region { shape: [1; 3], corner: [0; 3], spacing_mm: [1.0; 3], places: vec![[0; 3]] };
        let mesh = mesh(&voxel, &Progress::new()).unwrap();
        // Eight triangles with sides of sqrt(1/2) mm; the volume of an octahedron of half-axes 1/2 is 1/6.
        assert!((mesh.area_mm2 - 3f64.sqrt()).abs() < 1e-12);
        assert!((mesh.volume_mm3 - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!(mesh.vertices.len(), 6);
    }
}
