//! Loess of one predictor: at each place the weighted parabola through the nearest cases (Cleveland & Devlin, J Am Stat Assoc
//! 1988;83:596), computed there and not interpolated, as R's `loess(degree = 2, surface = "direct", family = "gaussian")`.
//!
//! Where the cases with weight stand at fewer than three places the parabola is not determined; as in R's program the one with the
//! least coefficients is taken, by the singular values of the design, with columns of unit length and places counted from where the
//! curve is asked for.

use crate::stats::linear::singular_values;

/// Singular values below this part of the largest are rounding.
const RANK: f64 = 100.0 * f64::EPSILON;

/// A smoother of cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Loess {
    x: Vec<f64>,
    y: Vec<f64>,
    seen: usize,
}

impl Loess {
    /// The smoother of `y` on `x`, of one length; `span` (R's default 0.75) is the part of the cases that each parabola sees.
    pub fn new(x: &[f64], y: &[f64], span: f64) -> Self {
        let n = x.len().min(y.len());
        let seen = ((span * n as f64 + 1e-5) as usize).clamp(1, n.max(1));
        Self { x: x[..n].to_vec(), y: y[..n].to_vec(), seen }
    }

    /// The curve at `place`: the mean of the cases there where the nearest all stand there, NaN without cases.
    pub fn at(&self, place: f64) -> f64 {
        let mut distances: Vec<f64> = self.x.iter().map(|x| (x - place).abs()).collect();
        distances.sort_by(f64::total_cmp);
        let Some(&width) = distances.get(self.seen - 1) else { return f64::NAN };
        let weight = |x: f64| match (x - place).abs() {
            distance if distance < width => (1.0 - (distance / width).powi(3)).powi(3),
            distance => f64::from(u8::from(width == 0.0 && distance == 0.0)),
        };
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        let mut right = Vec::new();
        for (x, y) in self.x.iter().zip(&self.y).filter(|(x, _)| weight(**x) > 0.0) {
            let (root, from) = (weight(*x).sqrt(), x - place);
            columns.iter_mut().zip([1.0, from, from * from]).for_each(|(column, power)| column.push(root * power));
            right.push(root * y);
        }
        constant_term(columns.into(), &right)
    }

    /// The curve at each case.
    pub fn fitted(&self) -> Vec<f64> {
        self.x.iter().map(|x| self.at(*x)).collect()
    }
}

/// The first coefficient of the least-squares solution of least length, after columns are divided by their lengths.
fn constant_term(mut columns: Vec<Vec<f64>>, right: &[f64]) -> f64 {
    let lengths: Vec<f64> = columns.iter().map(|column| column.iter().map(|x| x * x).sum::<f64>().sqrt()).collect();
    for (column, length) in columns.iter_mut().zip(&lengths).filter(|(_, length)| **length > 0.0) {
        column.iter_mut().for_each(|x| *x /= length);
    }
    let decomposed = singular_values(columns);
    let largest = decomposed.iter().map(|part| part.value).fold(0.0, f64::max);
    let kept = decomposed.iter().filter(|part| part.value > RANK * largest);
    let parts = kept.map(|part| {
        let along: f64 = part.left.iter().zip(right).map(|(u, y)| u * y).sum();
        part.right.first().copied().unwrap_or(0.0) * along / part.value
    });
    parts.sum::<f64>() / lengths.first().copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_its_own_curve() {
        let x: Vec<f64> = (0..25).map(|i| f64::from(i) / 24.0).collect();
        let parabola = |x: f64| 1.0 - 3.0 * x + 2.0 * x * x;
        let smooth = Loess::new(&x, &x.iter().map(|x| parabola(*x)).collect::<Vec<_>>(), 0.5);
        for place in [-0.1, 0.0, 0.3, 0.77, 1.0] {
            assert!((smooth.at(place) - parabola(place)).abs() < 1e-11, "{place}: {}", smooth.at(place));
        }
    }

    #[test]
    fn cases_at_one_place_give_their_mean() {
        let smooth = Loess::new(&[2.0, 2.0, 2.0, 2.0], &[0.0, 1.0, 1.0, 1.0], 0.75);
        assert!((smooth.at(2.0) - 0.75).abs() < 1e-14);
        assert!(Loess::new(&[], &[], 0.75).at(0.0).is_nan());
    }
}
