//! Signed distances to simple shapes, in mm, negative inside, and how they are joined softly.
//!
//! Distances are exact for tubes and of first order near the surface for ellipsoids, f/|grad f| with f = |x/r| - 1 (Taubin, IEEE
//! TPAMI 1991, doi 10.1109/34.103273); that is enough for edges of a millimetre or two.

/// A point or vector in patient mm.
pub(super) type Point = [f64; 3];

pub(super) fn add(a: Point, b: Point, factor: f64) -> Point {
    std::array::from_fn(|i| a[i] + factor * b[i])
}

pub(super) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn unit(a: Point) -> Point {
    let length = dot(a, a).sqrt().max(1e-12);
    a.map(|x| x / length)
}

/// An ellipsoid turned about the body axis by `turn` degrees, from the patient's left towards the back.
pub(super) fn ellipsoid(p: Point, centre: Point, radii: Point, turn: f64) -> f64 {
    let d = add(p, centre, -1.0);
    let (sin, cos) = turn.to_radians().sin_cos();
    let q = [cos * d[0] + sin * d[1], cos * d[1] - sin * d[0], d[2]];
    let scaled: Point = std::array::from_fn(|i| q[i] / radii[i]);
    let gradient: Point = std::array::from_fn(|i| scaled[i] / radii[i]);
    let k = dot(scaled, scaled).sqrt();
    let steepness = dot(gradient, gradient).sqrt();
    if steepness < 1e-9 { -radii[0].min(radii[1]).min(radii[2]) } else { k * (k - 1.0) / steepness }
}

/// A tube between two points whose radius changes evenly from `ra` to `rb`.
pub(super) fn tube(p: Point, (a, ra): (Point, f64), (b, rb): (Point, f64)) -> f64 {
    let (along, from) = (add(b, a, -1.0), add(p, a, -1.0));
    let t = (dot(from, along) / dot(along, along).max(1e-12)).clamp(0.0, 1.0);
    let off = add(from, along, -t);
    dot(off, off).sqrt() - (ra + t * (rb - ra))
}

/// The union of two shapes whose seam is rounded over `k` mm.
pub(super) fn join(a: f64, b: f64, k: f64) -> f64 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k / 4.0
}

/// What two shapes have in common, with a rounded edge.
pub(super) fn meet(a: f64, b: f64, k: f64) -> f64 {
    -join(-a, -b, k)
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn ramp(x: f64, low: f64, high: f64) -> f64 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_vanish_on_the_surface_and_count_mm() {
        assert!(ellipsoid([30.0, 0.0, 0.0], [0.0; 3], [30.0, 20.0, 10.0], 0.0).abs() < 1e-12);
        assert!((ellipsoid([31.0, 0.0, 0.0], [0.0; 3], [30.0, 20.0, 10.0], 0.0) - 1.0).abs() < 0.05);
        assert!(ellipsoid([0.0, 30.0, 0.0], [0.0; 3], [30.0, 20.0, 10.0], 90.0).abs() < 1e-9);
        let ends = (([0.0; 3], 4.0), ([10.0, 0.0, 0.0], 2.0));
        assert!((tube([5.0, 5.0, 0.0], ends.0, ends.1) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_soft_union_is_never_smaller_than_the_hard_one() {
        assert!(join(1.0, 1.5, 4.0) < 1.0);
        assert_eq!(join(1.0, 9.0, 4.0), 1.0);
        assert!(meet(1.0, 1.5, 4.0) > 1.5);
    }
}
