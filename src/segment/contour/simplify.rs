//! Fewer vertices for the same line: Douglas and Peucker, Cartographica 1973;10:112.
//!
//! Between two vertices that stay, every vertex left out lies within the tolerance of the edge that replaces it, so that the
//! new line lies nowhere farther from the old one either. It neither smooths nor resamples.

/// Looks at each vertex of a line on average: five times what an outline of a liver takes.
const PATIENCE: usize = 64;

/// The open line with fewer vertices; the first and the last stay. The tolerance is in the units of the points.
pub fn simplified(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let mut stays = vec![false; line.len()];
    mark(line, (0, line.len().saturating_sub(1)), tolerance, &mut stays);
    kept(line, &stays)
}

/// The closed line through `ring`, last joined to first, with fewer vertices; the first stays, and the one farthest from it.
pub fn simplified_ring(ring: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let Some(&first) = ring.first() else { return Vec::new() };
    let farthest = |best: (usize, f64), (n, point): (usize, &[f64; 2])| {
        let distance = (point[0] - first[0]).hypot(point[1] - first[1]);
        if distance > best.1 { (n, distance) } else { best }
    };
    let (turn, _) = ring.iter().enumerate().fold((0, 0.0), farthest);
    let mut line = ring.to_vec();
    line.push(first);
    let mut stays = vec![false; line.len()];
    mark(&line, (0, turn), tolerance, &mut stays);
    mark(&line, (turn, ring.len()), tolerance, &mut stays);
    kept(ring, &stays)
}

/// Distance from a point to the segment from `a` to `b`, squared, and how far along the segment its nearest point lies, from
/// 0 to 1.
pub(crate) fn to_segment(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> (f64, f64) {
    let along = [b[0] - a[0], b[1] - a[1]];
    let from = [point[0] - a[0], point[1] - a[1]];
    let square = along[0] * along[0] + along[1] * along[1];
    let share = if square > 0.0 { ((from[0] * along[0] + from[1] * along[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
    let across = [from[0] - share * along[0], from[1] - share * along[1]];
    (across[0] * across[0] + across[1] * across[1], share)
}

fn kept(points: &[[f64; 2]], stays: &[bool]) -> Vec<[f64; 2]> {
    points.iter().zip(stays).filter_map(|(&point, &stays)| stays.then_some(point)).collect()
}

/// Marks what stays of `line` between two places, both included. Parts are parted at their farthest vertex; a line on which that
/// is nearly always the next one, as on a scribble that widens, would take time by the square of its vertices, so that
/// from [`PATIENCE`] looks at every vertex on parts are parted in the middle.
fn mark(line: &[[f64; 2]], whole: (usize, usize), tolerance: f64, stays: &mut [bool]) {
    let mut parts = vec![whole];
    let mut looks = (whole.1 - whole.0).saturating_mul(PATIENCE);
    while let Some((low, high)) = parts.pop() {
        let (Some(&a), Some(&b)) = (line.get(low), line.get(high)) else { continue };
        for end in [low, high] {
            if let Some(stays) = stays.get_mut(end) {
                *stays = true;
            }
        }
        let between = line.iter().enumerate().take(high).skip(low + 1);
        let far = |best: (usize, f64), (n, &point): (usize, &[f64; 2])| {
            let (square, _) = to_segment(point, a, b);
            if square > best.1 { (n, square) } else { best }
        };
        let (farthest, square) = between.fold((low, 0.0), far);
        if square > tolerance * tolerance {
            let at = if looks > 0 { farthest } else { low.midpoint(high) };
            looks = looks.saturating_sub(high - low);
            parts.extend([(low, at), (at, high)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOLERANCE: f64 = 0.25;

    /// Distance of a point from the nearest edge of a line.
    fn distance(point: [f64; 2], line: &[[f64; 2]]) -> f64 {
        line.windows(2).map(|ends| to_segment(point, ends[0], ends[1]).0).fold(f64::INFINITY, f64::min).sqrt()
    }

    proptest! {
        #[test]
        fn no_vertex_left_out_lies_farther_than_the_tolerance(
            steps in proptest::collection::vec((-0.4f64..0.6, -0.5f64..0.5), 3..120)
        ) {
            let mut at = [0.0, 0.0];
            let line: Vec<[f64; 2]> = steps.iter().map(|(x, y)| { at = [at[0] + x, at[1] + y]; at }).collect();
            let open = simplified(&line, TOLERANCE);
            prop_assert!(line.iter().all(|&point| distance(point, &open) <= TOLERANCE + 1e-12));
            prop_assert_eq!((open.first(), open.last()), (line.first(), line.last()));
            let mut ring = simplified_ring(&line, TOLERANCE);
            ring.push(ring[0]);
            prop_assert!(line.iter().all(|&point| distance(point, &ring) <= TOLERANCE + 1e-12));
        }
    }

    #[test]
    fn points_of_a_straight_line_leave_its_ends() {
        let line: Vec<[f64; 2]> = (0..50).map(|n| [n as f64, 0.5 * n as f64]).collect();
        assert_eq!(simplified(&line, TOLERANCE), [line[0], line[49]]);
        assert!(simplified(&[], TOLERANCE).is_empty() && simplified_ring(&[], TOLERANCE).is_empty());
        assert_eq!(simplified_ring(&[[1.0, 2.0]], TOLERANCE), [[1.0, 2.0]]);
    }

    #[test]
    fn a_scribble_of_a_hundred_thousand_points_is_simplified_at_once() {
        /// The square of the points is five thousand million steps, a minute's work even of a fast processor.
        const AT_ONCE: std::time::Duration = std::time::Duration::from_secs(3);
        let widening = |n: usize| [0.0, n as f64 * if n.is_multiple_of(2) { 1.0 } else { -1.0 }];
        let line: Vec<[f64; 2]> = (0..100_000).map(widening).collect();
        let begun = std::time::Instant::now();
        let simple = simplified(&line, TOLERANCE);
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        assert_eq!(simple, line);
    }
}
