//! The weighted least-squares problem with an L1 penalty inside a proximal Newton step (Lee, Sun & Saunders, SIAM J Optim
//! 2014;24:1420), solved exactly: a few coordinate descents find the support, a Cholesky factor solves on it, and the result is
//! taken only if it meets the stationarity conditions; else descent goes on. The factor stays, for steps near by.
//!
//! The intercept is eliminated: columns are centred on their weighted means.

use super::columns::{Columns, dot, dot_of, folded, gram};
use crate::base::widest;

/// Rounds of descent and solving before the problem is given up; three are usual at most.
const MAX_ROUNDS: usize = 200;
/// Sweeps of coordinate descent in a round.
const SWEEPS: usize = 2;
/// A pivot below this part of its diagonal says that a column repeats those before it; it leaves the support.
const REPEATED: f64 = 1e-10;
/// Inactive columns may exceed the penalty by this part of it: rounding.
const SLACK: f64 = 1e-9;

/// The quadratic model of the log likelihood on some columns.
#[derive(Default)]
pub(super) struct Quadratic {
    /// The columns of the problem.
    pub members: Vec<usize>,
    /// Row length of `curvature`: the number of members, rounded up to a multiple of four.
    width: usize,
    block: Vec<f64>,
    curvature: Vec<f64>,
    /// Weighted mean of each member.
    centers: Vec<f64>,
    total_weight: f64,
    /// Positions among `members` of the support that `factor` belongs to.
    pub support: Vec<usize>,
    /// Lower triangular factor in rows, of the curvature on the support.
    factor: Vec<f64>,
    /// Positions of members that repeat others and stay at zero.
    repeated: Vec<usize>,
    scratch: Vec<f64>,
}

impl Quadratic {
    /// Takes the curvature at the given weights of the cases, which are padded with zeros.
    pub fn form(&mut self, columns: &Columns, members: Vec<usize>, weights: &[f64]) {
        let (stride, n) = (columns.stride, columns.n as f64);
        self.width = members.len().div_ceil(4) * 4;
        self.total_weight = weights.iter().sum();
        self.block.clear();
        self.block.resize(self.width * stride, 0.0);
        self.curvature.resize(self.width * self.width, 0.0);
        self.centers.clear();
        self.scratch.clear();
        self.scratch.extend(weights.iter().map(|w| (w / n).sqrt()));
        for (&j, out) in members.iter().zip(self.block.chunks_exact_mut(stride)) {
            let center = dot_of(columns.column(j), weights) / self.total_weight;
            scaled(columns.column(j), center, &self.scratch, out);
            self.centers.push(center);
        }
        gram(&self.block, stride, self.width, &mut self.curvature);
        self.members = members;
        self.support.clear();
        self.factor.clear();
        self.repeated.clear();
    }

    /// Whether a column stays at zero because others say the same.
    pub fn is_repeated(&self, column: usize) -> bool {
        self.repeated.iter().any(|&i| self.members[i] == column)
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.curvature[i * self.width..i * self.width + self.members.len()]
    }

    /// The coefficients of the members that minimise the model, from those at which it was formed and the gradient of the log
    /// likelihood there (of the centred columns). `false` where rounding keeps the conditions from being met.
    pub fn minimise(&mut self, gradient: &[f64], penalty: f64, beta: &mut [f64]) -> bool {
        let linear: Vec<f64> = (0..beta.len()).map(|i| gradient[i] + dot_of(self.row(i), beta)).collect();
        let mut slopes = gradient.to_vec();
        let mut is_out = vec![false; beta.len()];
        for _ in 0..MAX_ROUNDS {
            self.descend(penalty, &is_out, beta, &mut slopes);
            self.support.clear();
            self.support.extend((0..beta.len()).filter(|&i| beta[i] != 0.0));
            if let Err(at) = self.factorise() {
                let repeated = self.support[at];
                is_out[repeated] = true;
                self.repeated.push(repeated);
                beta[repeated] = 0.0;
                self.slopes(&linear, beta, &mut slopes);
                continue;
            }
            let right = self.support.iter().map(|&i| linear[i] - penalty * beta[i].signum());
            let mut target: Vec<f64> = right.collect();
            solve(&self.factor, &mut target);
            let (part, crossing) = way(&self.support, beta, &target);
            for (&i, target) in self.support.iter().zip(&target) {
                beta[i] = if part < 1.0 { beta[i] + part * (target - beta[i]) } else { *target };
            }
            if let Some(i) = crossing {
                beta[i] = 0.0;
            }
            self.slopes(&linear, beta, &mut slopes);
            let is_met = |i: usize| beta[i] != 0.0 || is_out[i] || slopes[i].abs() <= penalty * (1.0 + SLACK);
            if crossing.is_none() && (0..beta.len()).all(is_met) {
                return true;
            }
        }
        false
    }

    /// Coordinate descent with the slopes kept up to date (Friedman et al. 2010, "covariance updates").
    fn descend(&self, penalty: f64, is_out: &[bool], beta: &mut [f64], slopes: &mut [f64]) {
        for _ in 0..SWEEPS {
            for i in 0..beta.len() {
                let row = self.row(i);
                let curvature = row[i];
                if is_out[i] || curvature <= 0.0 {
                    continue;
                }
                let free = slopes[i] + curvature * beta[i];
                let next = (free.abs() - penalty).max(0.0).copysign(free) / curvature;
                let change = next - beta[i];
                if change != 0.0 {
                    beta[i] = next;
                    subtract_multiple(row, change, slopes);
                }
            }
        }
    }

    fn slopes(&self, linear: &[f64], beta: &[f64], slopes: &mut [f64]) {
        slopes.copy_from_slice(linear);
        for (i, &beta) in beta.iter().enumerate() {
            if beta != 0.0 {
                subtract_multiple(self.row(i), beta, slopes);
            }
        }
    }

    /// Factors the curvature on the support; an error is the place in it of a column that repeats others.
    fn factorise(&mut self) -> Result<(), usize> {
        let m = self.support.len();
        self.factor.resize(m * m, 0.0);
        for (a, &i) in self.support.iter().enumerate() {
            let row = &self.curvature[i * self.width..(i + 1) * self.width];
            for (out, &j) in self.factor[a * m..=a * m + a].iter_mut().zip(&self.support) {
                *out = row[j];
            }
        }
        cholesky(&mut self.factor, m)
    }

    /// The Newton step of the support at unchanged curvature: from the gradient of the raw columns, the sum of the residuals and
    /// the penalty with its sign. Returns the intercept's step too.
    pub fn step(&self, gradient: &[f64], residual_sum: f64, signed_penalty: &[f64], n: usize) -> (f64, Vec<f64>) {
        let centered = self.support.iter().zip(gradient).zip(signed_penalty);
        let mut step: Vec<f64> =
            centered.map(|((&i, g), penalty)| g - self.centers[i] * residual_sum / n as f64 - penalty).collect();
        solve(&self.factor, &mut step);
        let shift: f64 = self.support.iter().zip(&step).map(|(&i, step)| self.centers[i] * step).sum();
        (residual_sum / self.total_weight - shift, step)
    }

    /// The gradient of the centred member from that of the raw one.
    pub fn centered(&self, i: usize, gradient: f64, residual_sum: f64, n: usize) -> f64 {
        gradient - self.centers[i] * residual_sum / n as f64
    }

    /// The intercept's step that goes with given steps of the members.
    pub fn intercept_step(&self, residual_sum: f64, steps: &[f64]) -> f64 {
        residual_sum / self.total_weight - dot_of(&self.centers, steps)
    }
}

/// How far towards the target all signs hold, and which coefficient is zero there.
fn way(support: &[usize], beta: &[f64], target: &[f64]) -> (f64, Option<usize>) {
    let mut nearest = (1.0, None);
    for (&i, &target) in support.iter().zip(target) {
        if target * beta[i] <= 0.0 {
            let part = beta[i] / (beta[i] - target);
            if part <= nearest.0 {
                nearest = (part, Some(i));
            }
        }
    }
    nearest
}

widest! {
    fn subtract_multiple[](row: &[f64], factor: f64, from: &mut [f64]) {
        for (from, x) in from.iter_mut().zip(row) {
            *from = (-factor).mul_add(*x, *from);
        }
    }
}

widest! {
    fn scaled[](column: &[f64], center: f64, weights: &[f64], out: &mut [f64]) {
        for ((out, x), weight) in out.iter_mut().zip(column).zip(weights) {
            *out = (x - center) * weight;
        }
    }
}

/// Rows of the factor that are made together, so that their sums do not wait for each other.
const TOGETHER: usize = 4;

widest! {
    /// Cholesky's factor in place, by rows, with the inverse of each pivot on the diagonal; an error is the row whose pivot
    /// vanishes.
    fn cholesky[](matrix: &mut [f64], m: usize) -> Result<(), usize> {
        for first in (0..m).step_by(TOGETHER) {
            let (above, rest) = matrix.split_at_mut(first * m);
            let count = TOGETHER.min(m - first);
            let rows = &mut rest[..count * m];
            for j in 0..first {
                let other = &above[j * m..=j * m + j];
                let sums = dots(rows, m, &other[..j]);
                for (r, sum) in sums.iter().take(count).enumerate() {
                    rows[r * m + j] = (rows[r * m + j] - sum) * other[j];
                }
            }
            for r in 0..count {
                let i = first + r;
                let (before, row) = rows.split_at_mut(r * m);
                for s in 0..r {
                    let (j, other) = (first + s, &before[s * m..(s + 1) * m]);
                    row[j] = (row[j] - dot(&row[..j], &other[..j])) * other[j];
                }
                let pivot = row[i] - dot(&row[..i], &row[..i]);
                if pivot <= REPEATED * row[i] || !pivot.is_finite() {
                    return Err(i);
                }
                row[i] = 1.0 / pivot.sqrt();
            }
        }
        Ok(())
    }
}

/// Sums of products of the beginnings of up to four rows with another.
#[inline(always)]
fn dots(rows: &[f64], m: usize, other: &[f64]) -> [f64; TOGETHER] {
    let length = other.len();
    if rows.len() < TOGETHER * m {
        let mut sums = [0.0; TOGETHER];
        for (sum, row) in sums.iter_mut().zip(rows.chunks_exact(m)) {
            *sum = dot(&row[..length], other);
        }
        return sums;
    }
    let row = |r: usize| &rows[r * m..r * m + length];
    let whole = length / 8 * 8;
    let mut sums = [[0.0; 8]; TOGETHER];
    let (a, b, c, d) = (row(0), row(1), row(2), row(3));
    let left = a.chunks_exact(8).zip(b.chunks_exact(8)).zip(c.chunks_exact(8).zip(d.chunks_exact(8)));
    for (((a, b), (c, d)), other) in left.zip(other.chunks_exact(8)) {
        for k in 0..8 {
            sums[0][k] = a[k].mul_add(other[k], sums[0][k]);
            sums[1][k] = b[k].mul_add(other[k], sums[1][k]);
            sums[2][k] = c[k].mul_add(other[k], sums[2][k]);
            sums[3][k] = d[k].mul_add(other[k], sums[3][k]);
        }
    }
    let mut total = folded(&sums);
    for (k, other) in other.iter().enumerate().skip(whole) {
        for (r, total) in total.iter_mut().enumerate() {
            *total += rows[r * m + k] * other;
        }
    }
    total
}

widest! {
    /// Solves with Cholesky's factor, in place.
    fn solve[](factor: &[f64], x: &mut [f64]) {
        let m = x.len();
        for i in 0..m {
            let row = &factor[i * m..=i * m + i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) * row[i];
        }
        for i in (0..m).rev() {
            let row = &factor[i * m..=i * m + i];
            let (before, at) = x.split_at_mut(i);
            at[0] *= row[i];
            for (x, factor) in before.iter_mut().zip(row) {
                *x -= factor * at[0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Systems of ten equations of condition about 100.
    const ROUNDING: f64 = 1e-12;

    fn value(i: usize) -> f64 {
        (i as f64 * 0.73).sin()
    }

    #[test]
    fn the_factor_solves_what_it_was_made_of() {
        for m in [1, 3, 4, 10, 29] {
            let a: Vec<f64> = (0..m * m).map(value).collect();
            let cell = |i: usize, j: usize| {
                (0..m).map(|k| a[i * m + k] * a[j * m + k]).sum::<f64>() + f64::from(u8::from(i == j))
            };
            let mut factor: Vec<f64> = (0..m * m).map(|at| cell(at / m, at % m)).collect();
            let x: Vec<f64> = (0..m).map(|i| value(i + 5)).collect();
            let mut found: Vec<f64> = (0..m).map(|i| (0..m).map(|j| cell(i, j) * x[j]).sum()).collect();
            cholesky(&mut factor, m).unwrap();
            solve(&factor, &mut found);
            assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() < ROUNDING), "{m}");
        }
    }

    #[test]
    fn a_repeated_row_is_named() {
        assert_eq!(cholesky(&mut [2.0, 1.0, 2.0, 1.0, 3.0, 1.0, 2.0, 1.0, 2.0], 3), Err(2));
    }

    #[test]
    fn the_minimum_meets_its_conditions_and_keeps_one_of_two_equal_columns() {
        let (n, p) = (16, 6);
        let mut raw: Vec<Vec<f64>> = (0..p).map(|j| (0..n).map(|i| value(7 * i * (j + 1) + j)).collect()).collect();
        raw[4] = raw[1].clone();
        let slices: Vec<&[f64]> = raw.iter().map(Vec::as_slice).collect();
        let columns = Columns::new(&slices, &(0..n).collect::<Vec<_>>(), true);
        let mut quadratic = Quadratic::default();
        quadratic.form(&columns, (0..p).collect(), &vec![0.25; n]);
        let gradient: Vec<f64> = (0..p).map(|j| if j == 4 { 0.4 * value(1) } else { 0.4 * value(j) }).collect();
        let (penalty, mut beta) = (0.02, vec![0.0; p]);
        assert!(quadratic.minimise(&gradient, penalty, &mut beta));
        assert!(beta[1] != 0.0 && beta[4] == 0.0 && quadratic.support.len() >= 3);
        for i in 0..p {
            let slope = gradient[i] - quadratic.row(i).iter().zip(&beta).map(|(h, b)| h * b).sum::<f64>();
            let is_met = if beta[i] != 0.0 {
                (slope - penalty * beta[i].signum()).abs() < ROUNDING
            } else {
                slope.abs() <= penalty * (1.0 + SLACK)
            };
            assert!(is_met, "{i}: {slope}");
        }
    }
}
