//! Points spread over a sphere: an icosahedron whose triangles are divided and pushed out.
//!
//! Vertices come in the order of trimesh's `icosphere`, which PyRadiomics samples with: sums over them are rounded alike.

use std::collections::BTreeMap;

/// Coordinates of an icosahedron's vertices on the unit sphere.
const SHORT: f64 = 0.5257311121191336;
const LONG: f64 = 0.85065080835204;

const VERTICES: [[f64; 3]; 12] = [
    [-SHORT, LONG, 0.0],
    [SHORT, LONG, 0.0],
    [-SHORT, -LONG, 0.0],
    [SHORT, -LONG, 0.0],
    [0.0, -SHORT, LONG],
    [0.0, SHORT, LONG],
    [0.0, -SHORT, -LONG],
    [0.0, SHORT, -LONG],
    [LONG, 0.0, -SHORT],
    [LONG, 0.0, SHORT],
    [-LONG, 0.0, -SHORT],
    [-LONG, 0.0, SHORT],
];

const FACES: [[usize; 3]; 20] = [
    [0, 11, 5],
    [0, 5, 1],
    [0, 1, 7],
    [0, 7, 10],
    [0, 10, 11],
    [1, 5, 9],
    [5, 11, 4],
    [11, 10, 2],
    [10, 7, 6],
    [7, 1, 8],
    [3, 9, 4],
    [3, 4, 2],
    [3, 2, 6],
    [3, 6, 8],
    [3, 8, 9],
    [4, 9, 5],
    [2, 4, 11],
    [6, 2, 10],
    [8, 6, 7],
    [9, 8, 1],
];

/// The vertices of an icosahedron divided `subdivision` times, at this distance from the origin.
pub fn icosphere(subdivision: u8, radius: f64) -> Vec<[f64; 3]> {
    let mut vertices = VERTICES.to_vec();
    let mut faces = FACES.to_vec();
    if subdivision == 0 {
        push_out(&mut vertices, radius);
    }
    for _ in 0..subdivision {
        faces = divide(&mut vertices, &faces);
        push_out(&mut vertices, radius);
    }
    vertices
}

/// Adds the middle of every edge and gives the four triangles that each triangle becomes.
fn divide(vertices: &mut Vec<[f64; 3]>, faces: &[[usize; 3]]) -> Vec<[usize; 3]> {
    let edges = |&[a, b, c]: &[usize; 3]| [[a, b], [b, c], [c, a]].map(|[a, b]| (a.max(b), a.min(b)));
    let mut middles: BTreeMap<(usize, usize), usize> = faces.iter().flat_map(edges).map(|edge| (edge, 0)).collect();
    for (&(a, b), middle) in &mut middles {
        *middle = vertices.len();
        vertices.push(std::array::from_fn(|axis| (vertices[b][axis] + vertices[a][axis]) / 2.0));
    }
    let divided = |face: &[usize; 3]| {
        let [a, b, c] = *face;
        let [ab, bc, ca] = edges(face).map(|edge| middles[&edge]);
        [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
    };
    faces.iter().flat_map(divided).collect()
}

fn push_out(vertices: &mut [[f64; 3]], radius: f64) {
    for vertex in vertices {
        let distance = vertex.iter().map(|x| x * x).sum::<f64>().sqrt();
        *vertex = vertex.map(|x| x + x / distance * (radius - distance));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_division_makes_four_times_as_many_triangles() {
        assert_eq!([0, 1, 2].map(|subdivision| icosphere(subdivision, 1.0).len()), [12, 42, 162]);
    }

    #[test]
    fn all_points_lie_on_the_sphere_and_poles_lie_on_the_grid() {
        let sphere = icosphere(1, 1.0);
        let off = |[x, y, z]: &[f64; 3]| ((x * x + y * y + z * z).sqrt() - 1.0).abs();
        assert!(sphere.iter().all(|vertex| off(vertex) < 1e-12));
        for pole in [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]] {
            assert!(sphere.contains(&pole), "{pole:?}");
        }
    }
}
