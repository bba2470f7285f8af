//! Strokes: where the reader says that the organ is, and where it is not.

use crate::volume::Geometry;

/// Radius of a hint that came as a single point, in mm.
const POINT_MM: f64 = 3.0;

/// A stroke of a round pen in space.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// Where the pen went, in patient mm (LPS); one point is a dot.
    pub points: Vec<[f64; 3]>,
    /// The pen's radius in mm.
    pub radius_mm: f64,
}

/// What the reader says of the organ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// Strokes within the organ. The first says what its tissue looks like.
    pub liver: Vec<Stroke>,
    /// Strokes outside it.
    pub background: Vec<Stroke>,
}

impl Stroke {
    /// A dot of 3 mm at a point in patient mm (LPS).
    pub fn point(point: [f64; 3]) -> Self {
        Self { points: vec![point], radius_mm: POINT_MM }
    }

    /// The (column, row, slice) indices of the voxels whose centre lies within the pen's way, and those under its points;
    /// sorted, each once. Points outside the grid have none.
    pub(super) fn voxels(&self, geometry: &Geometry) -> Vec<[usize; 3]> {
        let mut voxels = Vec::new();
        let sound = self.points.iter().flatten().chain([&self.radius_mm]).all(|x| x.is_finite());
        if !sound {
            return voxels;
        }
        for (n, &to) in self.points.iter().enumerate() {
            let from = self.points[n.saturating_sub(1)];
            add_capsule(geometry, from, to, self.radius_mm.max(0.0), &mut voxels);
            voxels.extend(voxel_under(geometry, to));
        }
        voxels.sort_unstable_by_key(|[i, j, k]| [*k, *j, *i]);
        voxels.dedup();
        voxels
    }
}

impl Hints {
    /// Hints of single points in patient mm (LPS).
    pub fn from_points(liver: &[[f64; 3]], background: &[[f64; 3]]) -> Self {
        let dots = |points: &[[f64; 3]]| points.iter().map(|p| Stroke::point(*p)).collect();
        Self { liver: dots(liver), background: dots(background) }
    }
}

/// The voxel that a point lies in.
pub(super) fn voxel_under(geometry: &Geometry, point: [f64; 3]) -> Option<[usize; 3]> {
    let index = geometry.voxel_from_patient(point).map(f64::round);
    let size = geometry.size();
    let inside = (0..3).all(|a| index[a] >= 0.0 && index[a] < size[a] as f64);
    inside.then(|| index.map(|x| x as usize))
}

/// Voxels whose centre lies within `radius` of the way from `from` to `to`.
fn add_capsule(geometry: &Geometry, from: [f64; 3], to: [f64; 3], radius: f64, voxels: &mut Vec<[usize; 3]>) {
    let (a, b) = (geometry.voxel_from_patient(from), geometry.voxel_from_patient(to));
    // How far an index changes at most per mm: the length of its gradient.
    let zero = geometry.voxel_from_patient([0.0; 3]);
    let mut square = [0.0; 3];
    for axis in 0..3 {
        let mut unit = [0.0; 3];
        unit[axis] = 1.0;
        let moved = geometry.voxel_from_patient(unit);
        (0..3).for_each(|x| square[x] += (moved[x] - zero[x]).powi(2));
    }
    let size = geometry.size();
    let bound = |axis: usize| {
        let reach = radius * square[axis].sqrt();
        let low = (a[axis].min(b[axis]) - reach).ceil().max(0.0);
        let high = (a[axis].max(b[axis]) + reach).floor().min((size[axis] - 1) as f64);
        (low as usize)..(if high < low { low as usize } else { high as usize + 1 })
    };
    for k in bound(2) {
        for j in bound(1) {
            for i in bound(0) {
                let centre = geometry.patient_from_voxel([i as f64, j as f64, k as f64]);
                if distance_to_segment(centre, from, to) <= radius {
                    voxels.push([i, j, k]);
                }
            }
        }
    }
}

fn distance_to_segment(point: [f64; 3], from: [f64; 3], to: [f64; 3]) -> f64 {
    let along: [f64; 3] = std::array::from_fn(|x| to[x] - from[x]);
    let off: [f64; 3] = std::array::from_fn(|x| point[x] - from[x]);
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let square = dot(along, along);
    let part = if square > 0.0 { (dot(along, off) / square).clamp(0.0, 1.0) } else { 0.0 };
    let rest: [f64; 3] = std::array::from_fn(|x| off[x] - part * along[x]);
    dot(rest, rest).sqrt()
}
