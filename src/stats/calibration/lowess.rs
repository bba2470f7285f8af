//! Cleveland's lowess, a running local line (J Am Stat Assoc 1979;74:829; the algorithm with skipped points as he published it in
//! Bell Labs' netlib, which R's `lowess` follows), without robust iterations: they would throw out the rarer outcome.
//!
//! Each line sees the q nearest cases, weighted by (1 − (d/h)³)³; the curve is computed at points at least `delta` apart and
//! interpolated between them.

/// A curve as points by rising x, one for each case.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Places.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
}

impl Curve {
    /// The value at `x`, interpolated between points and level beyond them; at points with one x it is the last one's, for equal x
    /// have equal values. NaN of a curve without points.
    pub fn at(&self, x: f64) -> f64 {
        let above = self.x.partition_point(|other| *other <= x);
        let point = |i: usize| self.x.get(i).zip(self.y.get(i)).map(|(x, y)| (*x, *y));
        match (above.checked_sub(1).and_then(point), point(above)) {
            (Some((x0, y0)), _) if x0 == x => y0,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * ((x - x0) / (x1 - x0)),
            (Some((_, y)), None) | (None, Some((_, y))) => y,
            (None, None) => f64::NAN,
        }
    }
}

/// A distance below this part of the bandwidth has full weight, one above `FAR` of it none.
const NEAR: f64 = 0.001;
const FAR: f64 = 0.999;
/// A local line is level where its points spread less than this part of the range.
const LEVEL: f64 = 0.001;

/// The curve of `y` on `x`, of one length; `span` is the part of the cases that each line sees, at least two.
pub fn lowess(x: &[f64], y: &[f64], span: f64, delta: f64) -> Curve {
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    let n = x.len();
    if n < 2 {
        return Curve { x, y };
    }
    // As Cleveland's program: a product that is whole but for rounding is whole.
    let seen = ((span * n as f64 + 1e-7) as usize).clamp(2, n);
    let mut smooth = vec![0.0; n];
    let mut first = 0;
    let mut last: Option<usize> = None;
    let mut i = 0;
    loop {
        // The window moves on while the next case to the right is nearer than the leftmost.
        while first + seen < n && x[i] - x[first] > x[first + seen] - x[i] {
            first += 1;
        }
        smooth[i] = local_line(&x, &y, x[i], first, first + seen - 1).unwrap_or(y[i]);
        if let Some(last) = last {
            interpolate(&x, &mut smooth, last, i);
        }
        let mut done = i;
        let cut = x[done] + delta;
        i += 1;
        while i < n && x[i] <= cut {
            if x[i] == x[done] {
                smooth[i] = smooth[done];
                done = i;
            }
            i += 1;
        }
        last = Some(done);
        if done + 1 >= n {
            return Curve { x, y: smooth };
        }
        // The last point within delta, but at least the next.
        i = (done + 1).max(i - 1);
    }
}

/// Fills the points between two computed ones.
fn interpolate(x: &[f64], smooth: &mut [f64], from: usize, to: usize) {
    let (width, start, end) = (x[to] - x[from], smooth[from], smooth[to]);
    for j in from + 1..to {
        let part = (x[j] - x[from]) / width;
        smooth[j] = part * end + (1.0 - part) * start;
    }
}

/// The value at `place` of the weighted line through the cases from `first` to `last` and those that tie with the last; `None`
/// where no case has weight.
fn local_line(x: &[f64], y: &[f64], place: f64, first: usize, last: usize) -> Option<f64> {
    let width = (place - x[first]).max(x[last] - place);
    let mut weights = Vec::new();
    for other in &x[first..] {
        let distance = (other - place).abs();
        if distance <= FAR * width {
            weights.push(if distance <= NEAR * width { 1.0 } else { (1.0 - (distance / width).powi(3)).powi(3) });
        } else if *other > place {
            break;
        } else {
            weights.push(0.0);
        }
    }
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let cases = || weights.iter().map(|w| w / total).zip(&x[first..]).zip(&y[first..]).map(|((w, x), y)| (w, *x, *y));
    let mean: f64 = cases().map(|(w, x, _)| w * x).sum();
    let spread: f64 = cases().map(|(w, x, _)| w * (x - mean).powi(2)).sum();
    let whole = x[x.len() - 1] - x[0];
    let slope = if width > 0.0 && spread.sqrt() > LEVEL * whole { (place - mean) / spread } else { 0.0 };
    Some(cases().map(|(w, x, y)| w * (slope * (x - mean) + 1.0) * y).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_own_curve() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i * i) / 100.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x).collect();
        for delta in [0.0, 0.5, 5.0] {
            let curve = lowess(&x, &y, 2.0 / 3.0, delta);
            assert!(curve.y.iter().zip(&y).all(|(a, b)| (a - b).abs() < 1e-12), "{delta}");
        }
    }

    #[test]
    fn between_points_the_curve_is_interpolated_and_beyond_them_level() {
        let curve = Curve { x: vec![1.0, 1.0, 2.0], y: vec![3.0, 3.0, 5.0] };
        assert_eq!([0.0, 1.0, 1.5, 2.0, 9.0].map(|x| curve.at(x)), [3.0, 3.0, 4.0, 5.0, 5.0]);
        assert!(lowess(&[], &[], 0.5, 0.0).at(1.0).is_nan());
        assert_eq!(lowess(&[1.0, 1.0, 1.0], &[0.0, 1.0, 1.0], 1.0, 0.0).y, [2.0 / 3.0; 3]);
    }
}
