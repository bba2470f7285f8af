//! The distribution of Kolmogorov's two-sided distance D of n values from a distribution known beforehand.
//!
//! Exact by Marsaglia, Tsang & Wang (Journal of Statistical Software 2003;8(18)): P(D < d) is an element of the n-th power of
//! a matrix. Asymptotic by Kolmogorov's two series, cut where R cuts them. The exact tail is one minus the probability: right
//! to about 1e-15, absolute.

use std::f64::consts::PI;

/// Powers are kept below this by counting the factor apart.
const LARGE: f64 = 1e140;

/// P(D ≥ d) of `n` values.
pub(super) fn exact_tail(d: f64, n: usize) -> f64 {
    if d <= 0.0 {
        return 1.0;
    } else if d >= 1.0 {
        return 0.0;
    }
    let scaled = n as f64 * d;
    let k = scaled.floor() as usize + 1;
    let size = 2 * k - 1;
    let (power, exponent) = raised(&Square::of_distance(k, k as f64 - scaled), n, size);
    // n! / nⁿ times the middle element, a factor at a time so that nothing under- or overflows.
    let mut probability = power.at(k - 1, k - 1);
    let mut tens = exponent;
    for i in 1..=n {
        probability *= i as f64 / n as f64;
        if probability < 1.0 / LARGE {
            probability *= LARGE;
            tens -= 1;
        }
    }
    (1.0 - probability * LARGE.powi(tens)).clamp(0.0, 1.0)
}

/// P(√n D ≥ x) for n without end: 2 Σ (−1)^(k−1) exp(−2 k² x²), or, below 1, one minus √(2π)/x Σ exp(−(2k−1)² π² / (8 x²)).
///
/// R's `ks.test` cuts the second series after its first term (its tolerance is 1e-6), and so does this: p is up to 4e-5 too
/// large just below 1, where it is 0.27, and less the smaller x is.
pub(super) fn asymptotic_tail(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        return 1.0 - (2.0 * PI).sqrt() / x * (-PI * PI / (8.0 * x * x)).exp();
    }
    let terms = (1..=20).map(|k| if k % 2 == 1 { 1.0 } else { -1.0 } * (-2.0 * f64::from(k * k) * x * x).exp());
    2.0 * terms.sum::<f64>()
}

/// A square matrix, by rows.
#[derive(Clone)]
struct Square {
    size: usize,
    elements: Vec<f64>,
}

impl Square {
    /// Marsaglia, Tsang & Wang's H of side 2k − 1: 1/(i − j + 1)! on and below the superdiagonal, with h = k − n d taken off
    /// the first column and the last row.
    fn of_distance(k: usize, h: f64) -> Self {
        let size = 2 * k - 1;
        let factorials: Vec<f64> = (1..=size)
            .scan(1.0, |so_far, i| {
                *so_far *= i as f64;
                Some(*so_far)
            })
            .collect();
        let factorial = |i: usize| if i == 0 { 1.0 } else { factorials.get(i - 1).copied().unwrap_or(f64::INFINITY) };
        let element = |row: usize, column: usize| {
            if row + 1 < column {
                return 0.0;
            }
            let mut value = 1.0;
            if column == 0 {
                value -= h.powi(row as i32 + 1);
            }
            if row == size - 1 {
                value -= h.powi((size - column) as i32);
            }
            if column == 0 && row == size - 1 && 2.0 * h > 1.0 {
                value += (2.0 * h - 1.0).powi(size as i32);
            }
            value / factorial(row + 1 - column)
        };
        let elements = (0..size * size).map(|i| element(i / size, i % size)).collect();
        Self { size, elements }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.elements.get(row * self.size + column).copied().unwrap_or(0.0)
    }

    fn times(&self, other: &Self) -> Self {
        let mut elements = Vec::with_capacity(self.elements.len());
        for row in self.elements.chunks(self.size) {
            let mut sum = vec![0.0; self.size];
            for (factor, of_other) in row.iter().zip(other.elements.chunks(self.size)) {
                sum.iter_mut().zip(of_other).for_each(|(total, value)| *total += factor * value);
            }
            elements.extend(sum);
        }
        Self { size: self.size, elements }
    }
}

/// A matrix to the n-th power, as a matrix and a power of `LARGE` to multiply it with.
fn raised(matrix: &Square, n: usize, size: usize) -> (Square, i32) {
    if n == 1 {
        return (matrix.clone(), 0);
    }
    let (half, exponent) = raised(matrix, n / 2, size);
    let square = half.times(&half);
    let mut power = if n.is_multiple_of(2) { square } else { square.times(matrix) };
    let mut exponent = 2 * exponent;
    if power.at(size / 2, size / 2) > LARGE {
        power.elements.iter_mut().for_each(|element| *element /= LARGE);
        exponent += 1;
    }
    (power, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_tail_is_the_published_one() {
        // Marsaglia, Tsang & Wang 2003: P(D < 0.274) of 10 values is 0.6284796154565…
        assert!((exact_tail(0.274, 10) - (1.0 - 0.628_479_615_456_5)).abs() < 1e-12);
    }

    #[test]
    fn of_one_value_the_tail_is_a_straight_line() {
        // One value at u has the distance max(u, 1 − u), so that P(D ≥ d) = 2 (1 − d) from 1/2 on.
        for d in [0.5, 0.6, 0.75, 0.99] {
            assert!((exact_tail(d, 1) - 2.0 * (1.0 - d)).abs() < 1e-14, "{d}");
        }
        assert_eq!([exact_tail(0.0, 5), exact_tail(1.0, 5)], [1.0, 0.0]);
    }

    #[test]
    fn both_series_meet_but_for_the_terms_r_leaves_out() {
        let (below, above) = (asymptotic_tail(1.0 - 1e-13), asymptotic_tail(1.0));
        let left_out = (2.0 * PI).sqrt() * (-9.0 * PI * PI / 8.0).exp();
        assert!((below - above - left_out).abs() < 1e-11, "{}", below - above);
        assert!(left_out < 4e-5);
    }

    #[test]
    fn the_exact_tail_comes_near_the_limit() {
        // With 1/√n.
        assert!((exact_tail(0.1, 99) - asymptotic_tail(0.1 * 99f64.sqrt())).abs() < 0.04);
        assert!((exact_tail(0.01, 9900) - asymptotic_tail(0.01 * 9900f64.sqrt())).abs() < 0.004);
    }
}
