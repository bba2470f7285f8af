//! The round brush: round in millimetres also where pixels are not square.
//!
//! A stroke is the union of capsules between successive positions, so that a quick hand leaves no gaps.

use crate::segment::{FARTHEST_PIXEL, PixelRun, Pixels};

/// A round brush on one slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    /// Radius in mm; a brush smaller than a pixel still paints the pixel under its centre.
    pub radius_mm: f64,
    /// Distance between neighbouring pixels along both in-plane axes, in mm.
    pub spacing_mm: [f64; 2],
}

/// Pixels whose centre lies within the brush at `centre` (pixel units), and always the one under the centre.
pub fn disc(centre: [f64; 2], brush: Brush) -> Pixels {
    stroke(centre, centre, brush)
}

/// Pixels that the brush covers on its way from `from` to `to` (pixel units), both ends included, and always those under its
/// centre, so that a quick stroke of a brush smaller than a pixel is one line too. A negative radius covers nothing.
pub fn stroke(from: [f64; 2], to: [f64; 2], brush: Brush) -> Pixels {
    if !is_sound(from, to, brush) {
        return Pixels::default();
    }
    let mut runs = within(from, to, brush);
    runs.extend(under(from, to));
    Pixels::from_runs(runs)
}

/// Pixels whose centre lies within the brush on its way, and no others: none of a brush that meets no centre.
pub(super) fn swept(from: [f64; 2], to: [f64; 2], brush: Brush) -> Pixels {
    if is_sound(from, to, brush) { Pixels::from_runs(within(from, to, brush)) } else { Pixels::default() }
}

fn is_sound(from: [f64; 2], to: [f64; 2], Brush { radius_mm, spacing_mm }: Brush) -> bool {
    from.iter().chain(&to).all(|x| x.abs() < FARTHEST_PIXEL)
        && spacing_mm.iter().all(|s| s.is_finite() && *s > 0.0 && (0.0..FARTHEST_PIXEL).contains(&(radius_mm / s)))
}

fn within(from: [f64; 2], to: [f64; 2], Brush { radius_mm, spacing_mm }: Brush) -> Vec<PixelRun> {
    let a = [from[0] * spacing_mm[0], from[1] * spacing_mm[1]];
    let b = [to[0] * spacing_mm[0], to[1] * spacing_mm[1]];
    let first = ((a[1].min(b[1]) - radius_mm) / spacing_mm[1]).ceil() as i64;
    let last = ((a[1].max(b[1]) + radius_mm) / spacing_mm[1]).floor() as i64;
    let line = |line: i64| {
        let [left, right] = capsule_at(line as f64 * spacing_mm[1], a, b, radius_mm)?;
        let start = (left / spacing_mm[0]).ceil() as i64;
        let end = (right / spacing_mm[0]).floor() as i64 + 1;
        Some(PixelRun { line, start, end })
    };
    (first..=last).filter_map(line).collect()
}

/// The pixels that a segment passes through, line by line.
fn under(from: [f64; 2], to: [f64; 2]) -> impl Iterator<Item = PixelRun> {
    let (low, high) = if from[1] <= to[1] { (from, to) } else { (to, from) };
    let at = move |height: f64| {
        let share = if high[1] > low[1] { ((height - low[1]) / (high[1] - low[1])).clamp(0.0, 1.0) } else { 0.0 };
        low[0] + share * (high[0] - low[0])
    };
    let [first, last] = [low, high].map(|end| end[1].round() as i64);
    (first..=last).map(move |line| {
        let enters = if line == first { low[0] } else { at(line as f64 - 0.5) };
        let leaves = if line == last { high[0] } else { at(line as f64 + 0.5) };
        let [start, end] = [enters.min(leaves), enters.max(leaves)].map(|x| x.round() as i64);
        PixelRun { line, start, end: end + 1 }
    })
}

/// Where the line at height `y` enters and leaves the capsule of radius `r` around the segment from `a` to `b`, in mm. A
/// capsule is convex, so that the union of its two discs and its slab is one interval.
fn capsule_at(y: f64, a: [f64; 2], b: [f64; 2], r: f64) -> Option<[f64; 2]> {
    let mut span: Option<[f64; 2]> = None;
    let mut widen = |left: f64, right: f64| {
        span = Some(span.map_or([left, right], |[l, r]| [l.min(left), r.max(right)]));
    };
    for end in [a, b] {
        let half = r * r - (y - end[1]).powi(2);
        if half >= 0.0 {
            widen(end[0] - half.sqrt(), end[0] + half.sqrt());
        }
    }
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = along[0].hypot(along[1]);
    if length > 0.0 {
        // Corners of the slab between the discs: the line enters and leaves it through its edges.
        let side = [-along[1] / length * r, along[0] / length * r];
        let corners = [
            [a[0] + side[0], a[1] + side[1]],
            [b[0] + side[0], b[1] + side[1]],
            [b[0] - side[0], b[1] - side[1]],
            [a[0] - side[0], a[1] - side[1]],
        ];
        for n in 0..4 {
            let (p, q) = (corners[n], corners[(n + 1) % 4]);
            if (p[1] - y) * (q[1] - y) <= 0.0 && p[1] != q[1] {
                let x = p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0]);
                widen(x, x);
            }
        }
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANISOTROPIC: Brush = Brush { radius_mm: 10.0, spacing_mm: [0.5, 2.0] };

    /// Distance in mm from a pixel to a segment.
    fn distance(pixel: [f64; 2], from: [f64; 2], to: [f64; 2], spacing: [f64; 2]) -> f64 {
        let mm = |p: [f64; 2]| [p[0] * spacing[0], p[1] * spacing[1]];
        let (p, a, b) = (mm(pixel), mm(from), mm(to));
        let ab = [b[0] - a[0], b[1] - a[1]];
        let ap = [p[0] - a[0], p[1] - a[1]];
        let square = ab[0] * ab[0] + ab[1] * ab[1];
        let t = if square > 0.0 { ((ap[0] * ab[0] + ap[1] * ab[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
        (ap[0] - t * ab[0]).hypot(ap[1] - t * ab[1])
    }

    #[test]
    fn a_disc_is_round_in_millimetres_on_pixels_that_are_not_square() {
        let pixels = disc([50.2, 20.4], ANISOTROPIC);
        for b in 0..60 {
            for a in 0..120 {
                let within = distance([a as f64, b as f64], [50.2, 20.4], [50.2, 20.4], [0.5, 2.0]) <= 10.0;
                assert_eq!(pixels.contains(a, b), within, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_stroke_covers_exactly_what_lies_within_its_radius() {
        let ends = [([20.0, 10.0], [90.0, 31.0]), ([30.0, 20.0], [30.0, 40.0]), ([80.0, 9.5], [20.0, 9.5])];
        for (from, to) in ends {
            let pixels = stroke(from, to, ANISOTROPIC);
            for b in -10..60 {
                for a in -20..140 {
                    let within = distance([a as f64, b as f64], from, to, [0.5, 2.0]) <= 10.0;
                    assert_eq!(pixels.contains(a, b), within, "{a} {b} on the way {from:?} {to:?}");
                }
            }
        }
    }

    #[test]
    fn a_brush_beyond_all_images_or_of_no_size_paints_nothing() {
        for radius_mm in [1e300, f64::NAN, f64::INFINITY, -5.0] {
            assert!(disc([3.0, 4.0], Brush { radius_mm, spacing_mm: [0.7, 0.7] }).is_empty(), "{radius_mm}");
        }
    }

    #[test]
    fn a_brush_smaller_than_a_pixel_paints_the_one_under_it() {
        let fine = Brush { radius_mm: 0.01, spacing_mm: [0.7, 0.7] };
        let pixels = disc([3.4, 7.6], fine);
        assert_eq!(pixels.runs(), [PixelRun { line: 8, start: 3, end: 4 }]);
    }

    #[test]
    fn a_quick_stroke_of_a_brush_smaller_than_a_pixel_leaves_no_gap() {
        // A brush of 4 mm across slices of 5 mm, between two of them.
        let flat = Brush { radius_mm: 2.0, spacing_mm: [0.7, 5.0] };
        assert_eq!(stroke([3.2, 7.45], [40.0, 7.45], flat).runs(), [PixelRun { line: 7, start: 3, end: 41 }]);
        let fine = Brush { radius_mm: 0.1, spacing_mm: [0.7, 0.7] };
        for to in [[31.4, 12.7], [-20.3, 8.1], [3.3, 40.9], [2.9, -30.2]] {
            let pixels = stroke([3.4, 7.6], to, fine);
            for n in 0..=4000 {
                let at = [0, 1].map(|axis| [3.4, 7.6][axis] + (to[axis] - [3.4, 7.6][axis]) * f64::from(n) / 4000.0);
                assert!(pixels.contains(at[0].round() as i64, at[1].round() as i64), "{at:?} on the way to {to:?}");
            }
        }
    }
}
