//! The columns of a penalised fit, centred and scaled, one after another in memory, and the sums over them on which the time goes.
//!
//! A column is centred on its mean and divided by its 1/N standard deviation, as glmnet does (Friedman, Hastie & Tibshirani,
//! J Stat Softw 2010;33:1). Each is padded with zeros to a multiple of eight cases, so that inner loops have no rest.

use crate::base::widest;

const LANES: usize = 8;

/// Columns by cases.
pub(super) struct Columns {
    /// Cases.
    pub n: usize,
    /// Columns.
    pub p: usize,
    /// Length of a padded column.
    pub stride: usize,
    values: Vec<f64>,
    /// Mean of each raw column.
    pub means: Vec<f64>,
    /// What each column was divided by; 1 where nothing is scaled, and 0 marks a constant column, which holds zeros.
    pub scales: Vec<f64>,
    /// Root mean square of each column as it stands here.
    pub spreads: Vec<f64>,
}

impl Columns {
    /// The given rows of the columns, centred, and scaled if `standardize`.
    pub fn new(columns: &[&[f64]], rows: &[usize], standardize: bool) -> Self {
        let (n, p) = (rows.len(), columns.len());
        let stride = n.div_ceil(LANES) * LANES;
        let mut values = vec![0.0; p * stride];
        let (mut means, mut scales, mut spreads) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
        for (j, (column, out)) in columns.iter().zip(values.chunks_exact_mut(stride.max(1))).enumerate() {
            let out = &mut out[..n];
            for (out, &row) in out.iter_mut().zip(rows) {
                *out = column[row];
            }
            let first = out.first().copied().unwrap_or(0.0);
            let mean = sum(out) / n as f64;
            means[j] = mean;
            if out.iter().all(|x| *x == first) {
                out.fill(0.0);
                continue;
            }
            out.iter_mut().for_each(|x| *x -= mean);
            let sd = (wide_dot(out, out) / n as f64).sqrt();
            scales[j] = if standardize { sd } else { 1.0 };
            spreads[j] = sd / scales[j];
            let factor = scales[j];
            out.iter_mut().for_each(|x| *x /= factor);
        }
        Self { n, p, stride, values, means, scales, spreads }
    }

    /// A column, padded.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.stride..(j + 1) * self.stride]
    }

    /// Mean products with a padded vector: of all columns.
    pub fn products(&self, vector: &[f64], out: &mut [f64]) {
        all_products(&self.values, vector, out);
        let n = self.n as f64;
        out.iter_mut().for_each(|c| *c /= n);
    }

    /// The mean product of one column with a padded vector.
    pub fn product(&self, j: usize, vector: &[f64]) -> f64 {
        wide_dot(self.column(j), vector) / self.n as f64
    }

    /// Adds a multiple of a column.
    pub fn add(&self, j: usize, factor: f64, to: &mut [f64]) {
        add_multiple(self.column(j), factor, to);
    }
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

/// Sum of products, in eight running sums; what is left over comes last.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut rest = 0.0;
    for (x, y) in a_chunks.remainder().iter().zip(b_chunks.remainder()) {
        rest += x * y;
    }
    for (a, b) in a_chunks.zip(b_chunks) {
        for k in 0..LANES {
            sums[k] = a[k].mul_add(b[k], sums[k]);
        }
    }
    total(sums) + rest
}

/// Sum of products, for callers that are not compiled for wide vectors themselves.
pub(super) fn dot_of(a: &[f64], b: &[f64]) -> f64 {
    wide_dot(a, b)
}

widest! {
    fn wide_dot[](a: &[f64], b: &[f64]) -> f64 {
        dot(a, b)
    }
}

widest! {
    fn add_multiple[](column: &[f64], factor: f64, to: &mut [f64]) {
        for (to, x) in to.iter_mut().zip(column) {
            *to = x.mul_add(factor, *to);
        }
    }
}

widest! {
    fn all_products[](columns: &[f64], vector: &[f64], out: &mut [f64]) {
        let stride = vector.len().max(1);
        for (four, out) in columns.chunks(4 * stride).zip(out.chunks_mut(4)) {
            if out.len() < 4 {
                for (column, out) in four.chunks_exact(stride).zip(out) {
                    *out = dot(column, vector);
                }
                continue;
            }
            let (a, rest) = four.split_at(stride);
            let (b, rest) = rest.split_at(stride);
            let (c, d) = rest.split_at(stride);
            let mut sums = [[0.0; LANES]; 4];
            let chunks = vector.chunks_exact(LANES).zip(a.chunks_exact(LANES)).zip(b.chunks_exact(LANES));
            for (((v, a), b), (c, d)) in chunks.zip(c.chunks_exact(LANES).zip(d.chunks_exact(LANES))) {
                for k in 0..LANES {
                    sums[0][k] = a[k].mul_add(v[k], sums[0][k]);
                    sums[1][k] = b[k].mul_add(v[k], sums[1][k]);
                    sums[2][k] = c[k].mul_add(v[k], sums[2][k]);
                    sums[3][k] = d[k].mul_add(v[k], sums[3][k]);
                }
            }
            out.copy_from_slice(&folded(&sums));
        }
    }
}

/// The sum of two, four or eight numbers, halves first.
#[inline(always)]
fn total<const LENGTH: usize>(mut sums: [f64; LENGTH]) -> f64 {
    let mut width = LENGTH;
    while width > 1 {
        width /= 2;
        for k in 0..width {
            sums[k] += sums[k + width];
        }
    }
    sums[0]
}

/// The totals of running sums. Kept apart from the loops that make them: inlined, it leads the compiler to lay out its vectors
/// across sums, not along them, and to shuffle in every step.
#[inline(never)]
pub(super) fn folded<const LENGTH: usize, const COUNT: usize>(sums: &[[f64; LENGTH]; COUNT]) -> [f64; COUNT] {
    let mut totals = [0.0; COUNT];
    for (out, sums) in totals.iter_mut().zip(sums) {
        *out = total(*sums);
    }
    totals
}

#[inline(always)]
fn four(values: &[f64]) -> [f64; 4] {
    values.try_into().unwrap_or_default()
}

#[inline(always)]
fn fused(a: [f64; 4], b: [f64; 4], sum: [f64; 4]) -> [f64; 4] {
    let mut next = sum;
    for k in 0..4 {
        next[k] = a[k].mul_add(b[k], sum[k]);
    }
    next
}

/// All sums of products between columns of one padded block: `out[i][j]` in rows of `count`, which is a multiple of four.
pub(super) fn gram(block: &[f64], stride: usize, count: usize, out: &mut [f64]) {
    lower_gram(block, stride, count, out);
    for i in 0..count {
        for j in 0..i {
            out[j * count + i] = out[i * count + j];
        }
    }
}

widest! {
    /// The lower triangle, in tiles of two by four columns, each read once.
    fn lower_gram[](block: &[f64], stride: usize, count: usize, out: &mut [f64]) {
        let column = |j: usize| &block[j * stride..(j + 1) * stride];
        for i in (0..count).step_by(2) {
            let (a, b) = (column(i), column(i + 1));
            for j in (0..=i).step_by(4) {
                let (c, d, e, f) = (column(j), column(j + 1), column(j + 2), column(j + 3));
                let mut sums = [[0.0; 4]; 8];
                let left = a.chunks_exact(4).zip(b.chunks_exact(4));
                let right = c.chunks_exact(4).zip(d.chunks_exact(4)).zip(e.chunks_exact(4).zip(f.chunks_exact(4)));
                for ((a, b), ((c, d), (e, f))) in left.zip(right) {
                    let (a, b, c, d, e, f) = (four(a), four(b), four(c), four(d), four(e), four(f));
                    for (sum, (x, y)) in sums.iter_mut().zip([(a, c), (a, d), (a, e), (a, f), (b, c), (b, d), (b, e), (b, f)]) {
                        *sum = fused(x, y, *sum);
                    }
                }
                for (k, sum) in folded(&sums).into_iter().enumerate() {
                    out[(i + k / 4) * count + j + k % 4] = sum;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of a hundred products of numbers about 1.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn columns_are_centred_scaled_and_multiplied_as_written_out() {
        let a: Vec<f64> = (0..13).map(|i| (f64::from(i) * 0.7).sin()).collect();
        let raw: Vec<Vec<f64>> = (0..7).map(|j| a.iter().map(|x| x * f64::from(j) + x.powi(j)).collect()).collect();
        let slices: Vec<&[f64]> = raw.iter().map(Vec::as_slice).collect();
        let columns = Columns::new(&slices, &(0..13).collect::<Vec<_>>(), true);
        let mut found = vec![0.0; 7];
        let mut vector = a.clone();
        vector.resize(columns.stride, 0.0);
        columns.products(&vector, &mut found);
        for (j, column) in raw.iter().enumerate() {
            let mean = column.iter().sum::<f64>() / 13.0;
            let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 13.0).sqrt();
            let expected: f64 = column.iter().zip(&a).map(|(x, y)| (x - mean) / sd * y).sum::<f64>() / 13.0;
            let expected = if j == 0 { 0.0 } else { expected };
            assert!(
                (found[j] - expected).abs() < ROUNDING && (columns.product(j, &vector) - expected).abs() < ROUNDING
            );
        }
        assert_eq!((columns.scales[0], columns.spreads[0]), (0.0, 0.0));
    }

    #[test]
    fn a_gram_matrix_is_every_product() {
        let (stride, count) = (16, 8);
        let block: Vec<f64> = (0..stride * count).map(|i| (i as f64 * 0.37).sin()).collect();
        let mut out = vec![0.0; count * count];
        gram(&block, stride, count, &mut out);
        for i in 0..count {
            for j in 0..count {
                let expected: f64 = (0..stride).map(|k| block[i * stride + k] * block[j * stride + k]).sum();
                assert!((out[i * count + j] - expected).abs() < ROUNDING);
            }
        }
    }
}
