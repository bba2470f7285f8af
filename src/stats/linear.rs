//! Small dense linear algebra for regression models: the Cholesky factor of a symmetric positive definite matrix, and singular
//! values by one-sided rotations (Hestenes, J SIAM 1958;6:51), which keep the digits of small ones.
//!
//! Deliberately no general solver; the matrices here are information matrices and designs of regression models.

/// A pivot smaller than this part of its diagonal element is rounding of zero: the column depends on those before it.
const SMALLEST_PIVOT: f64 = 1e-11;

/// The lower Cholesky factor of a matrix.
pub(super) struct Cholesky(Vec<Vec<f64>>);

/// Factors a symmetric matrix; an error gives the first column that depends on those before it.
pub(super) fn cholesky(matrix: &[Vec<f64>]) -> Result<Cholesky, usize> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i != j {
                lower[i][j] = rest / lower[j][j];
            } else if rest > SMALLEST_PIVOT * matrix[i][i] {
                lower[i][i] = rest.sqrt();
            } else {
                return Err(i);
            }
        }
    }
    Ok(Cholesky(lower))
}

impl Cholesky {
    /// The solution x of A x = `right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (lower, n) = (&self.0, right.len());
        let mut x = right.to_vec();
        for i in 0..n {
            let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| lower[k][i] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        x
    }

    /// The inverse of A.
    pub(super) fn inverse(&self) -> Vec<Vec<f64>> {
        let n = self.0.len();
        (0..n).map(|i| self.solve(&(0..n).map(|k| f64::from(u8::from(k == i))).collect::<Vec<_>>())).collect()
    }

    /// The logarithm of A's determinant.
    pub(super) fn log_determinant(&self) -> f64 {
        self.0.iter().enumerate().map(|(i, row)| 2.0 * row[i].ln()).sum()
    }
}

/// A singular value and its directions.
pub(super) struct SingularPart {
    pub value: f64,
    /// The direction among the rows, of length 1; zeros where the value is 0.
    pub left: Vec<f64>,
    /// The direction among the columns, of length 1.
    pub right: Vec<f64>,
}

/// Rotations over all pairs of columns; convergence is quadratic, some ten are needed.
const SWEEPS: usize = 60;
/// Columns whose cosine is below this are orthogonal but for rounding.
const ORTHOGONAL: f64 = 1e-16;

/// The singular values, unsorted, of a matrix given as columns of one length: columns are rotated in pairs until all are orthogonal.
pub(super) fn singular_values(mut columns: Vec<Vec<f64>>) -> Vec<SingularPart> {
    let n = columns.len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut directions: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|k| f64::from(u8::from(k == i))).collect()).collect();
    for _ in 0..SWEEPS {
        let mut is_done = true;
        for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            let (a, b, c) =
                (dot(&columns[i], &columns[i]), dot(&columns[j], &columns[j]), dot(&columns[i], &columns[j]));
            if c.abs() <= ORTHOGONAL * (a * b).sqrt() {
                continue;
            }
            is_done = false;
            let zeta = (b - a) / (2.0 * c);
            let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
            let cosine = 1.0 / tangent.hypot(1.0);
            rotate(&mut columns, i, j, cosine, cosine * tangent);
            rotate(&mut directions, i, j, cosine, cosine * tangent);
        }
        if is_done {
            break;
        }
    }
    let part = |(column, right): (Vec<f64>, Vec<f64>)| {
        let value = dot(&column, &column).sqrt();
        let left = column.iter().map(|x| if value > 0.0 { x / value } else { 0.0 }).collect();
        SingularPart { value, left, right }
    };
    columns.into_iter().zip(directions).map(part).collect()
}

/// Turns two columns in their plane.
fn rotate(columns: &mut [Vec<f64>], i: usize, j: usize, cosine: f64, sine: f64) {
    let (head, tail) = columns.split_at_mut(j);
    for (x, y) in head[i].iter_mut().zip(&mut tail[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

/// Whether a symmetric matrix with a positive diagonal can be a covariance: scaled to ones on its diagonal, no eigenvalue lies
/// below −`rounding` times its size.
pub fn is_positive_semidefinite(matrix: &[Vec<f64>], rounding: f64) -> bool {
    let size = matrix.len();
    let deviations: Vec<f64> = matrix.iter().enumerate().map(|(i, row)| row[i].sqrt()).collect();
    let scaled = |i: usize, j: usize| match i == j {
        true => 1.0 + rounding * size as f64,
        false => matrix[i][j] / deviations[i] / deviations[j],
    };
    let shifted: Vec<Vec<f64>> = (0..size).map(|i| (0..size).map(|j| scaled(i, j)).collect()).collect();
    cholesky(&shifted).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_dependent_column_named() {
        let factor = cholesky(&[vec![4.0, 2.0], vec![2.0, 3.0]]).ok().unwrap();
        let x = factor.solve(&[8.0, 8.0]);
        assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14, "{x:?}");
        assert_eq!(cholesky(&[vec![1.0, 2.0], vec![2.0, 4.0]]).err(), Some(1));
    }

    #[test]
    fn singular_values_are_the_roots_of_the_eigenvalues_and_give_the_matrix_back() {
        // AᵀA = [[2, 1], [1, 2]] with eigenvalues 1 and 3.
        let columns = vec![vec![1.0, 1.0, 0.0], vec![1.0, 0.0, 1.0]];
        let parts = singular_values(columns.clone());
        let mut values: Vec<f64> = parts.iter().map(|part| part.value).collect();
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 1.0).abs() < 1e-14 && (values[1] - 3.0_f64.sqrt()).abs() < 1e-14, "{values:?}");
        for (j, column) in columns.iter().enumerate() {
            for (i, x) in column.iter().enumerate() {
                let back: f64 = parts.iter().map(|part| part.left[i] * part.value * part.right[j]).sum();
                assert!((back - x).abs() < 1e-14);
            }
        }
        let factor = cholesky(&[vec![2.0, 1.0], vec![1.0, 2.0]]).ok().unwrap();
        assert!((factor.log_determinant() - 3.0_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn a_correlation_of_one_is_a_covariance_and_one_beyond_is_none() {
        let with = |covariance: f64| [vec![1e-4, covariance], vec![covariance, 4.0]];
        assert!(is_positive_semidefinite(&with(0.02), 1e-10));
        assert!(is_positive_semidefinite(&with(-0.02), 1e-10));
        assert!(!is_positive_semidefinite(&with(0.02 + 1e-9), 1e-10));
        let opposed = [vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        assert!(!is_positive_semidefinite(&opposed, 1e-10));
    }
}
