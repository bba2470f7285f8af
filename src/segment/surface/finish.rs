//! From a relaxed net to a mesh in millimetres: triangles, volume, normals.

/// Rounds in which normals are averaged with their neighbours': steps that the net still has are not lit.
const NORMAL_ROUNDS: usize = 2;
/// Rounds in which volume is given back: the second corrects for what the first changed of the area.
const VOLUME_ROUNDS: usize = 2;

/// Two triangles for each quad, parted by its shorter diagonal; turned over where the grid is mirrored.
pub(super) fn triangles(quads: &[[u32; 4]], points: &[[f64; 3]], is_mirrored: bool) -> Vec<[u32; 3]> {
    let squared = |a: u32, b: u32| {
        let d = sub(points[a as usize], points[b as usize]);
        dot(d, d)
    };
    let mut triangles = Vec::with_capacity(2 * quads.len());
    for &[a, b, c, d] in quads {
        let [p, q, r, s] = if is_mirrored { [d, c, b, a] } else { [a, b, c, d] };
        let halves = match squared(p, r) <= squared(q, s) {
            true => [[p, q, r], [p, r, s]],
            false => [[p, q, s], [q, r, s]],
        };
        triangles.extend(halves);
    }
    triangles
}

/// Moves a closed mesh outwards along its normals, `most_mm` at most, until it holds a volume again. It is never moved inwards: what
/// is shown thicker than it is would turn inside out.
pub(super) fn give_volume_back(points: &mut [[f64; 3]], triangles: &[[u32; 3]], volume_mm3: f64, most_mm: f64) {
    let mut moved = 0.0;
    for _ in 0..VOLUME_ROUNDS {
        let (mut volume, mut area) = (0.0, 0.0);
        for corners in triangles.iter().map(|triangle| triangle.map(|n| points[n as usize])) {
            let twice = twice_area(corners);
            volume += dot(corners[0], twice) / 6.0;
            area += dot(twice, twice).sqrt() / 2.0;
        }
        if area == 0.0 {
            return;
        }
        let by = ((volume_mm3 - volume) / area).clamp(-moved, most_mm - moved);
        moved += by;
        let normals = weighted_normals(points, triangles);
        for (point, normal) in points.iter_mut().zip(normals) {
            *point = std::array::from_fn(|x| point[x] + by * normal[x]);
        }
    }
}

/// Unit normals of the vertices.
pub(super) fn normals(points: &[[f64; 3]], triangles: &[[u32; 3]]) -> Vec<[f32; 3]> {
    let mut normals = weighted_normals(points, triangles);
    for _ in 0..NORMAL_ROUNDS {
        let mut sums = normals.clone();
        for triangle in triangles {
            let [a, b, c] = triangle.map(|n| normals[n as usize]);
            let sum = std::array::from_fn(|x| a[x] + b[x] + c[x]);
            triangle.iter().for_each(|n| sums[*n as usize] = plus(sums[*n as usize], sum));
        }
        normals = sums.into_iter().map(unit).collect();
    }
    normals.into_iter().map(|normal| normal.map(|x| x as f32)).collect()
}

/// Unit normals, each the mean of its triangles' weighted by their areas.
fn weighted_normals(points: &[[f64; 3]], triangles: &[[u32; 3]]) -> Vec<[f64; 3]> {
    let mut sums = vec![[0.0; 3]; points.len()];
    for triangle in triangles {
        let twice = twice_area(triangle.map(|n| points[n as usize]));
        triangle.iter().for_each(|n| sums[*n as usize] = plus(sums[*n as usize], twice));
    }
    sums.into_iter().map(unit).collect()
}

/// The normal of a triangle, twice its area long.
fn twice_area([a, b, c]: [[f64; 3]; 3]) -> [f64; 3] {
    let (u, v) = (sub(b, a), sub(c, a));
    [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = dot(a, a).sqrt();
    if length > 0.0 { a.map(|x| x / length) } else { [0.0; 3] }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|x| a[x] - b[x])
}

pub(super) fn plus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|x| a[x] + b[x])
}
