//! Eigenvalues of a symmetric matrix: Householder's reduction to tridiagonal form, then implicit QR steps with Wilkinson's
//! shift (Golub and Van Loan, Matrix Computations, 4th ed., algorithms 8.3.1 and 8.3.2). Vectors are not computed.

use crate::base::{Cancelled, Progress};

/// QR steps a single eigenvalue may take; two or three are usual.
const MOST_STEPS: usize = 60;

/// The eigenvalues, ascending, of the symmetric `n` x `n` matrix `a`, row by row; `None` when they do not converge, as with
/// values that are no numbers. A row of zeros gives an eigenvalue of exactly 0.
pub fn symmetric_eigenvalues(mut a: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let (mut diagonal, mut beside) = tridiagonal(&mut a, n);
    let mut steps = 0;
    let mut last = n.saturating_sub(1);
    while last > 0 {
        if negligible(&diagonal, &beside, last - 1) {
            last -= 1;
            steps = 0;
            continue;
        }
        steps += 1;
        if steps > MOST_STEPS {
            return None;
        }
        let first = (0..last).rev().find(|&k| negligible(&diagonal, &beside, k)).map_or(0, |k| k + 1);
        qr_step(&mut diagonal, &mut beside, first, last);
    }
    diagonal.sort_unstable_by(f64::total_cmp);
    Some(diagonal)
}

/// Whether the element between `k` and `k + 1` is nothing beside its neighbours on the diagonal.
fn negligible(diagonal: &[f64], beside: &[f64], k: usize) -> bool {
    beside[k].abs() <= f64::EPSILON * (diagonal[k].abs() + diagonal[k + 1].abs())
}

/// Diagonal and the elements beside it of a similar tridiagonal matrix.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n.saturating_sub(1)];
    for k in 0..n.saturating_sub(1) {
        let below: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        let tail: f64 = below[1..].iter().map(|x| x * x).sum();
        if tail == 0.0 {
            beside[k] = below[0];
            continue;
        }
        let norm = (below[0] * below[0] + tail).sqrt();
        beside[k] = -norm.copysign(below[0]);
        let mut v = below;
        v[0] -= beside[k];
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= length);
        reflect(a, n, k + 1, &v);
    }
    ((0..n).map(|k| a[k * n + k]).collect(), beside)
}

/// Applies the reflection I - 2 v v' from both sides to the block that begins at `from`.
fn reflect(a: &mut [f64], n: usize, from: usize, v: &[f64]) {
    let row = |row: usize| row * n + from..(row + 1) * n;
    let product: Vec<f64> = (from..n).map(|r| a[row(r)].iter().zip(v).map(|(x, y)| x * y).sum()).collect();
    let along: f64 = product.iter().zip(v).map(|(p, x)| p * x).sum();
    let w: Vec<f64> = product.iter().zip(v).map(|(p, x)| 2.0 * (p - along * x)).collect();
    for r in from..n {
        let (vr, wr) = (v[r - from], w[r - from]);
        for (x, (vc, wc)) in a[row(r)].iter_mut().zip(v.iter().zip(&w)) {
            *x -= vr * wc + wr * vc;
        }
    }
}

/// One implicit QR step on the block from `first` to `last`.
fn qr_step(diagonal: &mut [f64], beside: &mut [f64], first: usize, last: usize) {
    let half = (diagonal[last - 1] - diagonal[last]) / 2.0;
    let corner = beside[last - 1];
    let shift = diagonal[last] - corner * corner / (half + half.hypot(corner).copysign(half));
    let mut x = diagonal[first] - shift;
    let mut z = beside[first];
    for k in first..last {
        let radius = x.hypot(z);
        let (c, s) = if radius == 0.0 { (1.0, 0.0) } else { (x / radius, z / radius) };
        if k > first {
            beside[k - 1] = radius;
        }
        let (p, q, r) = (diagonal[k], beside[k], diagonal[k + 1]);
        diagonal[k] = c * c * p + 2.0 * c * s * q + s * s * r;
        diagonal[k + 1] = s * s * p - 2.0 * c * s * q + c * c * r;
        beside[k] = c * s * (r - p) + (c * c - s * s) * q;
        if k + 1 < last {
            x = beside[k];
            z = s * beside[k + 1];
            beside[k + 1] *= c;
        }
    }
}

/// The real parts, ascending, of the eigenvalues of the general `n` x `n` matrix `a`, row by row; `None` when they do not
/// converge. Householder's reduction to Hessenberg form, then QR steps with the real part of Wilkinson's shift (Golub and Van
/// Loan, algorithms 7.4.2 and 7.4.1): meant for matrices whose eigenvalues are real but for rounding.
pub fn general_eigenvalues(mut a: Vec<f64>, n: usize, progress: &Progress) -> Result<Option<Vec<f64>>, Cancelled> {
    if n == 0 || !a.iter().all(|x| x.is_finite()) {
        return Ok((n == 0).then(Vec::new));
    }
    hessenberg(&mut a, n, progress)?;
    let least = f64::EPSILON * a.iter().map(|x| x * x).sum::<f64>().sqrt();
    let small = |a: &[f64], k: usize| a[(k + 1) * n + k].abs() <= least;
    let mut last = n - 1;
    let mut steps = 0;
    while last > 0 {
        let ends_in_pair = last < 2 || small(&a, last - 2);
        let (middle, square) = pair(&a, n, last);
        if small(&a, last - 1) {
            last -= 1;
            steps = 0;
            continue;
        } else if ends_in_pair && square < 0.0 {
            (a[(last - 1) * n + last - 1], a[last * n + last]) = (middle, middle);
            last = last.saturating_sub(2);
            steps = 0;
            continue;
        }
        steps += 1;
        if steps > MOST_STEPS {
            return Ok(None);
        }
        progress.check()?;
        let corner = a[last * n + last];
        let root = square.max(0.0).sqrt();
        let shift = if corner >= middle { middle + root } else { middle - root };
        let first = (0..last).rev().find(|&k| small(&a, k)).map_or(0, |k| k + 1);
        shifted_step(&mut a, n, [first, last], shift);
    }
    let mut values: Vec<f64> = (0..n).map(|k| a[k * n + k]).collect();
    values.sort_unstable_by(f64::total_cmp);
    Ok(Some(values))
}

/// The lesser eigenvalue, which must be real, of the 2 x 2 matrix with the rows `a b` and `c d`, rounded as LAPACK rounds it
/// (DGEBAL, then DLANV2).
pub fn lesser_of_pair(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let (b, c) = balanced(a, b, c, d);
    if b == 0.0 || c == 0.0 {
        return a.min(d);
    }
    let half = 0.5 * (a - d);
    let (greater, lesser) = (b.abs().max(c.abs()), b.abs().min(c.abs()) * b.signum() * c.signum());
    let scale = half.abs().max(greater);
    let square = half / scale * half + greater / scale * lesser;
    let from_last = half + (scale.sqrt() * square.max(0.0).sqrt()).copysign(half);
    (d + from_last).min(d - greater / from_last * lesser)
}

/// The elements `b` and `c` beside the diagonal, one times and one by the power of 2 that makes rows and columns alike in length.
fn balanced(a: f64, mut b: f64, mut c: f64, d: f64) -> (f64, f64) {
    /// What a power must shorten both lengths by to be worth it.
    const WORTH: f64 = 0.95;
    let mut is_settled = false;
    while !is_settled {
        is_settled = true;
        for is_first in [true, false] {
            let (on, above) = if is_first { (a, (c, b)) } else { (d, (b, c)) };
            let (mut column, mut row) = (on.hypot(above.0), on.hypot(above.1));
            let (together, mut power) = (column + row, 1.0);
            if column == 0.0 || row == 0.0 {
                continue;
            }
            while column < row / 2.0 {
                (power, column, row) = (power * 2.0, column * 2.0, row / 2.0);
            }
            while column / 2.0 >= row {
                (power, column, row) = (power / 2.0, column / 2.0, row * 2.0);
            }
            if column + row < WORTH * together {
                is_settled = false;
                (b, c) = if is_first { (b / power, c * power) } else { (b * power, c / power) };
            }
        }
    }
    (b, c)
}

/// Mean, and squared half distance, of the eigenvalues of the 2 x 2 block that ends at `last`.
fn pair(a: &[f64], n: usize, last: usize) -> (f64, f64) {
    let (p, q) = (a[(last - 1) * n + last - 1], a[last * n + last]);
    let half = (p - q) / 2.0;
    ((p + q) / 2.0, half * half + a[(last - 1) * n + last] * a[last * n + last - 1])
}

/// Reduces `a` to a similar matrix with zeros below the first subdiagonal.
fn hessenberg(a: &mut [f64], n: usize, progress: &Progress) -> Result<(), Cancelled> {
    for k in 0..n.saturating_sub(2) {
        progress.check()?;
        let mut v: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm == 0.0 {
            continue;
        }
        v[0] += norm.copysign(v[0]);
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= length);
        // Row by row, as they lie in memory. -0 is what nothing sums to, and adds nothing to any number.
        let mut along = vec![-0.0; n - k];
        let below = |r: usize| (k + 1 + r) * n + k..(k + 2 + r) * n;
        for (r, x) in v.iter().enumerate() {
            along.iter_mut().zip(&a[below(r)]).for_each(|(sum, y)| *sum += x * y);
        }
        for (r, x) in v.iter().enumerate() {
            along.iter().zip(&mut a[below(r)]).for_each(|(along, y)| *y -= 2.0 * along * x);
        }
        for row in a.chunks_exact_mut(n) {
            let along: f64 = row[k + 1..].iter().zip(&v).map(|(x, y)| x * y).sum();
            row[k + 1..].iter_mut().zip(&v).for_each(|(x, y)| *x -= 2.0 * along * y);
        }
    }
    Ok(())
}

/// One QR step with a shift on the block from `first` to `last` of a Hessenberg matrix.
fn shifted_step(a: &mut [f64], n: usize, [first, last]: [usize; 2], shift: f64) {
    (first..=last).for_each(|k| a[k * n + k] -= shift);
    let mut turns = Vec::with_capacity(last - first);
    for k in first..last {
        let radius = a[k * n + k].hypot(a[(k + 1) * n + k]);
        let (c, s) = if radius == 0.0 { (1.0, 0.0) } else { (a[k * n + k] / radius, a[(k + 1) * n + k] / radius) };
        for column in k..=last {
            let (x, y) = (a[k * n + column], a[(k + 1) * n + column]);
            a[k * n + column] = c * x + s * y;
            a[(k + 1) * n + column] = c * y - s * x;
        }
        turns.push((c, s));
    }
    for (k, (c, s)) in (first..last).zip(turns) {
        for row in first..=k + 1 {
            let (x, y) = (a[row * n + k], a[row * n + k + 1]);
            a[row * n + k] = c * x + s * y;
            a[row * n + k + 1] = c * y - s * x;
        }
    }
    (first..=last).for_each(|k| a[k * n + k] += shift);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few roundings of doubles near 1.
    const ROUNDING: f64 = 1e-13;

    #[test]
    fn eigenvalues_of_a_second_difference_are_cosines() {
        let n = 40;
        let mut a = vec![0.0; n * n];
        for k in 0..n {
            a[k * n + k] = 2.0;
            if k + 1 < n {
                a[k * n + k + 1] = -1.0;
                a[(k + 1) * n + k] = -1.0;
            }
        }
        let found = symmetric_eigenvalues(a, n).unwrap();
        for (k, value) in found.iter().enumerate() {
            let exact = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
            assert!((value - exact).abs() < ROUNDING, "{k}: {value} against {exact}");
        }
    }

    #[test]
    fn trace_and_squares_survive_a_full_matrix() {
        let n = 7;
        let a: Vec<f64> = (0..n * n).map(|k| ((k / n + 1) as f64 * (k % n + 1) as f64).sin()).collect();
        let trace: f64 = (0..n).map(|k| a[k * n + k]).sum();
        let squares: f64 = a.iter().map(|x| x * x).sum();
        let found = symmetric_eigenvalues(a, n).unwrap();
        assert!((found.iter().sum::<f64>() - trace).abs() < ROUNDING);
        assert!((found.iter().map(|x| x * x).sum::<f64>() - squares).abs() < 10.0 * ROUNDING);
    }

    #[test]
    fn a_row_of_zeros_gives_exactly_zero() {
        let found = symmetric_eigenvalues(vec![0.0, 0.0, 0.0, 0.0, 3.3, 1.7, 0.0, 1.7, 2.9], 3).unwrap();
        assert_eq!(found[0], 0.0);
    }

    #[test]
    fn what_is_no_number_has_no_eigenvalues() {
        assert_eq!(symmetric_eigenvalues(vec![f64::NAN; 4], 2), None);
    }

    #[test]
    fn a_general_matrix_with_known_eigenvalues() {
        // Similar to diag(1, 2, 3).
        let a = vec![2.0, 0.0, 0.0, 5.0, 1.0, 0.0, -4.0, 7.0, 3.0];
        let turned = vec![3.0, 7.0, -4.0, 0.0, 1.0, 5.0, 0.0, 0.0, 2.0];
        for a in [a, turned] {
            let found = general_eigenvalues(a, 3, &Progress::new()).unwrap().unwrap();
            assert!(found.iter().zip([1.0, 2.0, 3.0]).all(|(x, y)| (x - y).abs() < ROUNDING), "{found:?}");
        }
    }

    #[test]
    fn eigenvalues_that_nobody_waits_for_are_not_computed() {
        let progress = Progress::new();
        progress.cancel();
        // The reduction to Hessenberg form stops; so do QR steps, which are all that is left to do of two rows.
        for n in [3, 2] {
            let a = (0..n * n).map(|k| (k as f64).sin()).collect();
            assert_eq!(general_eigenvalues(a, n, &progress), Err(Cancelled), "{n}");
        }
    }
}
