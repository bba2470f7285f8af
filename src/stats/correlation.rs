//! Correlations of two columns with their tests, and how much each predictor is a repetition of the others.
//!
//! Pearson's r and Spearman's rho (of mid-ranks) are tested by t with n − 2 degrees of freedom, Kendall's tau-b by the normal
//! approximation with the variance that ties leave (Kendall, Rank Correlation Methods, 1975, § 4 and 5), as R's `cor.test(exact =
//! FALSE)` without continuity correction. No exact tests.

use statrs::function::beta::beta_reg;

use super::linear::{cholesky, singular_values};
use super::logistic::check_column;
use super::{LogisticFit, StatsError, two_sided_p};

/// Which correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Pearson's product-moment correlation.
    Pearson,
    /// Spearman's rank correlation.
    Spearman,
    /// Kendall's tau-b.
    Kendall,
}

/// A correlation and its two-sided test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// The correlation, −1 to 1.
    pub estimate: f64,
    /// t of Pearson and Spearman, z of Kendall; infinite where the correlation is ±1 and tested by t. `None`, as is p, with fewer
    /// than three cases, which leave no degree of freedom.
    pub statistic: Option<f64>,
    /// Two-sided p of the statistic.
    pub p: Option<f64>,
}

/// The correlation of two columns of one length; an error where one is constant.
pub fn correlation(method: Method, a: &[f64], b: &[f64]) -> Result<Correlation, StatsError> {
    check_column("the first column", a, a.len())?;
    check_column("the second column", b, a.len())?;
    match method {
        Method::Pearson => by_t(a, b),
        Method::Spearman => by_t(&mid_ranks(a), &mid_ranks(b)),
        Method::Kendall => kendall(a, b),
    }
}

fn by_t(a: &[f64], b: &[f64]) -> Result<Correlation, StatsError> {
    let estimate = pearson(a, b)?;
    if a.len() < 3 {
        return Ok(Correlation { estimate, statistic: None, p: None });
    }
    let (df, unexplained) = (a.len() as f64 - 2.0, (1.0 - estimate) * (1.0 + estimate));
    // P(|t| ≥ t₀) is the incomplete beta function at ν / (ν + t₀²), and that is 1 − r².
    let p = beta_reg(df / 2.0, 0.5, unexplained.clamp(0.0, 1.0));
    Ok(Correlation { estimate, statistic: Some(estimate * (df / unexplained).sqrt()), p: Some(p) })
}

fn pearson(a: &[f64], b: &[f64]) -> Result<f64, StatsError> {
    let (a, b) = (centered(a, "the first column")?, centered(b, "the second column")?);
    let products: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    Ok(products.clamp(-1.0, 1.0))
}

/// A column less its mean, of length 1; an error when it is constant.
fn centered(column: &[f64], what: &str) -> Result<Vec<f64>, StatsError> {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let largest = column.iter().fold(0.0_f64, |m, x| m.max((x - mean).abs()));
    // The spread of a constant column is rounding of its mean.
    if largest.is_nan() || largest <= 1e-13 * mean.abs() || column.is_empty() {
        return Err(StatsError::Constant { what: what.to_owned() });
    }
    // Divided by the largest first, so that no square overflows or vanishes.
    let scaled: Vec<f64> = column.iter().map(|x| (x - mean) / largest).collect();
    let length = scaled.iter().map(|x| x * x).sum::<f64>().sqrt();
    Ok(scaled.iter().map(|x| x / length).collect())
}

/// Ranks from 1, equal values sharing the mean of theirs.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let up_to = sorted.partition_point(|other| other <= value);
        (below + up_to + 1) as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

/// τ_b = S / √((N − Tₐ)(N − T_b)): S concordant less discordant of N pairs, T the pairs tied in a column.
fn kendall(a: &[f64], b: &[f64]) -> Result<Correlation, StatsError> {
    let sign = |d: f64| if d > 0.0 { 1 } else { -i64::from(d < 0.0) };
    let mut s = 0_i64;
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        s += a[..i].iter().zip(b).map(|(u, v)| sign(x - u) * sign(y - v)).sum::<i64>();
    }
    let n = a.len() as f64;
    let (ties_a, ties_b) = (tie_sizes(a), tie_sizes(b));
    let pairs = n * (n - 1.0) / 2.0;
    let over = |ties: &[f64], term: fn(f64) -> f64| ties.iter().map(|t| term(*t)).sum::<f64>();
    let tied = |ties: &[f64]| over(ties, |t| t * (t - 1.0) / 2.0);
    for (ties, what) in [(&ties_a, "the first column"), (&ties_b, "the second column")] {
        if tied(ties) >= pairs {
            return Err(StatsError::Constant { what: what.to_owned() });
        }
    }
    let wide = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let thrice = |t: f64| t * (t - 1.0) * (t - 2.0);
    let variance = (wide(n) - over(&ties_a, wide) - over(&ties_b, wide)) / 18.0
        + 2.0 * tied(&ties_a) * tied(&ties_b) / (n * (n - 1.0))
        + if n > 2.0 { over(&ties_a, thrice) * over(&ties_b, thrice) / (9.0 * thrice(n)) } else { 0.0 };
    let statistic = (n > 2.0).then(|| s as f64 / variance.sqrt());
    let estimate = s as f64 / ((pairs - tied(&ties_a)).sqrt() * (pairs - tied(&ties_b)).sqrt());
    Ok(Correlation { estimate, statistic, p: statistic.map(two_sided_p) })
}

/// Sizes of the groups of equal values.
fn tie_sizes(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect()
}

/// How much a term's coefficients vary more than if it were uncorrelated with the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inflation {
    /// The variance inflation factor 1 / (1 − R²); of several columns the generalised one (Fox & Monette, J Am Stat Assoc
    /// 1992;87:178).
    pub factor: f64,
    /// Columns of the term.
    pub df: usize,
}

impl Inflation {
    /// factor^(1 / (2 df)), which compares terms of different size.
    pub fn per_dimension(&self) -> f64 {
        self.factor.powf(1.0 / (2.0 * self.df as f64))
    }
}

/// Inflation of each column by all others, the diagonal of the inverse correlation matrix.
pub fn variance_inflation(columns: &[&[f64]]) -> Result<Vec<f64>, StatsError> {
    let factor = cholesky(&correlations(columns)?).map_err(|column| StatsError::Collinear(column + 1))?;
    Ok(factor.inverse().iter().enumerate().map(|(i, row)| row[i]).collect())
}

/// Inflation of the terms (groups of columns, by position from 0) of a logistic regression, from the covariance of its
/// coefficients without the intercept, as R's `car::vif`: det R₁₁ · det R₂₂ / det R.
pub fn logistic_inflation(fit: &LogisticFit, terms: &[Vec<usize>]) -> Result<Vec<Inflation>, StatsError> {
    let count = fit.coefficients.len().saturating_sub(1);
    let determinant = |kept: &[usize]| {
        let cell =
            |i: usize, j: usize| fit.covariance[i + 1][j + 1] / fit.standard_error(i + 1) / fit.standard_error(j + 1);
        let block: Vec<Vec<f64>> = kept.iter().map(|&i| kept.iter().map(|&j| cell(i, j)).collect()).collect();
        cholesky(&block).map(|factor| factor.log_determinant()).map_err(|column| StatsError::Collinear(column + 1))
    };
    let whole = determinant(&(0..count).collect::<Vec<_>>())?;
    let of = |term: &Vec<usize>| {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..count).partition(|i| term.contains(i));
        Ok(Inflation { factor: (determinant(&own)? + determinant(&others)? - whole).exp(), df: own.len() })
    };
    terms.iter().map(of).collect()
}

/// The condition number of the columns' correlation matrix, its largest eigenvalue over its smallest; infinite where one is 0.
pub fn condition_number(columns: &[&[f64]]) -> Result<f64, StatsError> {
    let values: Vec<f64> = singular_values(correlations(columns)?).iter().map(|part| part.value).collect();
    Ok(values.iter().fold(0.0_f64, |a, b| a.max(*b)) / values.iter().fold(f64::INFINITY, |a, b| a.min(*b)))
}

fn correlations(columns: &[&[f64]]) -> Result<Vec<Vec<f64>>, StatsError> {
    let expected = columns.first().map_or(0, |column| column.len());
    let unit = columns.iter().enumerate().map(|(i, column)| {
        let what = format!("predictor {}", i + 1);
        check_column(&what, column, expected)?;
        centered(column, &what)
    });
    let unit: Vec<Vec<f64>> = unit.collect::<Result<_, _>>()?;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    Ok(unit.iter().map(|a| unit.iter().map(|b| product(a, b)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_correlations_of_one_small_table() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 9.0]);
        let of = |method| correlation(method, &a, &b).unwrap();
        // Ranks 1 3 2 4: rho 0.8, t = 0.8 √(2 / 0.36), and of two degrees of freedom p = 1 − t / √(2 + t²) = 1 − rho.
        let rho = of(Method::Spearman);
        assert!(
            (rho.estimate - 0.8).abs() < 1e-14
                && (rho.statistic.unwrap() - 0.8 * (2.0_f64 / 0.36).sqrt()).abs() < 1e-13
        );
        assert!((rho.p.unwrap() - 0.2).abs() < 1e-9);
        assert!((of(Method::Pearson).estimate - 11.5 / (5.0_f64 * 38.75).sqrt()).abs() < 1e-14);
        // One of six pairs is discordant.
        assert!((of(Method::Kendall).estimate - 4.0 / 6.0).abs() < 1e-14);
    }

    #[test]
    fn kendalls_variance_is_that_of_all_orders_of_a_tied_column() {
        let (a, b) = ([1.0, 1.0, 2.0, 3.0, 3.0, 3.0], [5.0, 1.0, 1.0, 2.0, 4.0, 4.0]);
        let score = |b: &[f64]| {
            let pairs = (0..6).flat_map(|i| (0..i).map(move |j| (i, j)));
            let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
            pairs.map(|(i, j)| sign(a[i] - a[j]) * sign(b[i] - b[j])).sum::<f64>()
        };
        let (mut order, mut sum, mut count) = (b, 0.0, 0.0);
        permute(&mut order, 0, &mut |order| {
            sum += score(order).powi(2);
            count += 1.0;
        });
        assert_eq!(count, 720.0);
        let found = correlation(Method::Kendall, &a, &b).unwrap().statistic.unwrap();
        assert!((found - score(&b) / (sum / count).sqrt()).abs() < 1e-12, "{found}");
    }

    fn permute(items: &mut [f64; 6], from: usize, each: &mut impl FnMut(&[f64])) {
        if from == items.len() {
            return each(items);
        }
        for i in from..items.len() {
            items.swap(from, i);
            permute(items, from + 1, each);
            items.swap(from, i);
        }
    }

    #[test]
    fn constant_and_repeated_columns_are_named() {
        let (a, b) = ([1.0, 2.0, 4.0], [0.1, 0.1, 0.1]);
        for method in [Method::Pearson, Method::Spearman, Method::Kendall] {
            let error = correlation(method, &a, &b).unwrap_err();
            assert_eq!(error, StatsError::Constant { what: "the second column".to_owned() });
        }
        assert_eq!(variance_inflation(&[&a, &a]), Err(StatsError::Collinear(2)));
        let perfect = correlation(Method::Pearson, &a, &a.map(|x| -2.0 * x)).unwrap();
        assert!((perfect.estimate + 1.0).abs() < 1e-15 && perfect.p.unwrap() < 1e-7, "{perfect:?}");
        for method in [Method::Pearson, Method::Spearman, Method::Kendall] {
            let two = correlation(method, &a[..2], &[5.0, 4.0]).unwrap();
            assert!((two.estimate + 1.0).abs() < 1e-15 && two.statistic.is_none() && two.p.is_none());
        }
    }
}
