//! Small dense linear algebra for regression models: the Cholesky factor of a symmetric positive definite matrix.
//!
//! Deliberately no general solver; the matrices here are information matrices of regression models.

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
    fn a_correlation_of_one_is_a_covariance_and_one_beyond_is_none() {
        let with = |covariance: f64| [vec![1e-4, covariance], vec![covariance, 4.0]];
        assert!(is_positive_semidefinite(&with(0.02), 1e-10));
        assert!(is_positive_semidefinite(&with(-0.02), 1e-10));
        assert!(!is_positive_semidefinite(&with(0.02 + 1e-9), 1e-10));
        let opposed = [vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        assert!(!is_positive_semidefinite(&opposed, 1e-10));
    }
}
