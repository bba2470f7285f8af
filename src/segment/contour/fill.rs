//! Filling a closed outline, freehand or polygon: a pixel is inside when its centre is.
//!
//! The even-odd rule decides (a crossing outline leaves its overlap out, as radiologists see on screen while they draw).
//! Edges are half open, so that two outlines that share an edge share no pixel and leave no gap between them.

use crate::segment::{FARTHEST_PIXEL, PixelRun, Pixels};

/// Most lines that an outline may span; more is not an image but a slip of the pen far outside of it.
const MAX_LINES: f64 = 65_536.0;

/// Pixels whose centre lies within the closed polygon through `points`, in pixel units of the slice (whole numbers are pixel
/// centres); the last point is joined to the first. Fewer than three points, or ones far beyond any image, enclose nothing.
pub fn fill(points: &[[f64; 2]]) -> Pixels {
    fill_all(&[points])
}

/// Pixels whose centre lies within an odd number of closed polygons: what [`fill`] answers for each of them, so that a
/// polygon within another is a hole.
pub fn fill_all<P: AsRef<[[f64; 2]]>>(outlines: &[P]) -> Pixels {
    let sound = |points: &&[[f64; 2]]| points.len() >= 3 && points.iter().flatten().all(|x| x.abs() < FARTHEST_PIXEL);
    let rings: Vec<&[[f64; 2]]> = outlines.iter().map(AsRef::as_ref).filter(sound).collect();
    let heights = || rings.iter().copied().flatten().map(|p| p[1]);
    let lowest = heights().fold(f64::INFINITY, f64::min).ceil();
    let highest = heights().fold(f64::NEG_INFINITY, f64::max);
    if lowest > highest || highest - lowest > MAX_LINES {
        return Pixels::default();
    }
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); (highest - lowest) as usize + 1];
    for points in rings {
        let next = points.iter().cycle().skip(1);
        for (&from, &to) in points.iter().zip(next) {
            collect_crossings(from, to, lowest, &mut crossings);
        }
    }
    let mut runs = Vec::new();
    for (n, line) in crossings.iter_mut().enumerate() {
        line.sort_unstable_by(f64::total_cmp);
        // Pixel a is inside when enter <= a < leave.
        let line_index = lowest as i64 + n as i64;
        runs.extend(line.chunks_exact(2).map(|pair| PixelRun {
            line: line_index,
            start: pair[0].ceil() as i64,
            end: pair[1].ceil() as i64,
        }));
    }
    Pixels::from_runs(runs)
}

/// Where an edge crosses lines of pixel centres; it owns its lower end and not its upper one, so that a corner on a line is
/// counted once.
fn collect_crossings(from: [f64; 2], to: [f64; 2], lowest: f64, crossings: &mut [Vec<f64>]) {
    let (low, high) = if from[1] <= to[1] { (from, to) } else { (to, from) };
    let slope = (high[0] - low[0]) / (high[1] - low[1]);
    let mut line = low[1].ceil();
    while line < high[1] {
        crossings[(line - lowest) as usize].push(low[0] + (line - low[1]) * slope);
        line += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_holds_the_pixels_whose_centres_it_encloses() {
        let pixels = fill(&[[0.5, 0.5], [3.5, 0.5], [3.5, 2.5], [0.5, 2.5]]);
        assert_eq!(pixels.count(), 3 * 2);
        assert!(pixels.contains(1, 1) && pixels.contains(3, 2) && !pixels.contains(0, 1));
    }

    #[test]
    fn direction_of_drawing_does_not_matter() {
        let mut outline = vec![[1.2, 0.3], [9.7, 2.1], [7.4, 8.8], [3.3, 6.1]];
        let forward = fill(&outline);
        outline.reverse();
        assert_eq!(fill(&outline), forward);
        assert!(forward.count() > 20);
    }

    #[test]
    fn outlines_that_share_an_edge_share_no_pixel_and_leave_no_gap() {
        // The shared edge runs exactly through pixel centres.
        let left = fill(&[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]);
        let right = fill(&[[4.0, 0.0], [8.0, 0.0], [8.0, 4.0], [4.0, 4.0]]);
        let both = fill(&[[0.0, 0.0], [8.0, 0.0], [8.0, 4.0], [0.0, 4.0]]);
        assert_eq!(left.count() + right.count(), both.count());
        assert_eq!(both.count(), 32);
    }

    #[test]
    fn a_figure_of_eight_leaves_no_hole_outside_its_lobes() {
        let pixels = fill(&[[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]]);
        assert!(pixels.contains(1, 5) && pixels.contains(8, 5));
        assert!(!pixels.contains(5, 1) && !pixels.contains(5, 9));
    }

    #[test]
    fn an_outline_within_another_is_a_hole() {
        let square = |low: f64, high: f64| vec![[low, low], [high, low], [high, high], [low, high]];
        let ring = fill_all(&[square(-0.5, 9.5), square(2.5, 5.5), vec![[0.0, 0.0], [4.0, 4.0]]]);
        assert_eq!(ring.count(), 100 - 9);
        assert!(ring.contains(2, 4) && !ring.contains(3, 3));
    }

    #[test]
    fn the_area_of_a_large_circle_is_met() {
        let outline: Vec<[f64; 2]> = (0..720)
            .map(|n| (n as f64).to_radians() / 2.0)
            .map(|t| [256.3 + 100.0 * t.cos(), 255.8 + 100.0 * t.sin()])
            .collect();
        let expected = std::f64::consts::PI * 1e4;
        // Gauss's circle problem: the count differs from the area by less than the circumference over two.
        assert!((fill(&outline).count() as f64 - expected).abs() < 100.0);
    }

    #[test]
    fn nonsense_encloses_nothing() {
        assert!(fill(&[[0.0, 0.0], [5.0, 5.0]]).is_empty());
        assert!(fill(&[[0.0, 0.0], [f64::NAN, 5.0], [3.0, 1.0]]).is_empty());
        assert!(fill(&[[0.0, -1e300], [5.0, 1e300], [9.0, 0.0]]).is_empty());
        // So far out that the next line is the same number.
        assert!(fill(&[[0.0, 1e17], [5.0, 1e17 + 64.0], [9.0, 1e17]]).is_empty());
    }
}
