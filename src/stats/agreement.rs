//! Agreement of readers: the intraclass correlations ICC(2,1) and ICC(3,1) of Shrout & Fleiss (Psychological Bulletin
//! 1979;86:420) with the intervals of McGraw & Wong (Psychological Methods 1996;1:30, tables 4 and 7).
//!
//! From the mean squares of a two-way analysis of variance without replication, as R's `psych::ICC(lmer = FALSE)`. Negative
//! values are kept: they say that readers agree less than chance would have it. Not fitted by REML (psych's default), whose
//! variances stop at 0; not for missing readings.

use super::distribution::{f_quantile, f_tail};
use super::sample::{TestError, all_equal, check_finite, mean};

/// A coefficient with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// How well readers agree on one measurement. All of it is NaN, but for the mean squares and degrees of freedom, where all
/// readings are equal (0/0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Icc {
    /// ICC(2,1), absolute agreement, of a single reading by one of readers drawn at random: (MSB − MSE) / (MSB + (k − 1) MSE
    /// + k (MSC − MSE) / n).
    pub agreement: Coefficient,
    /// ICC(3,1), consistency, of a single reading by one of these readers: (MSB − MSE) / (MSB + (k − 1) MSE).
    pub consistency: Coefficient,
    /// MSB / MSE, the test of either coefficient against 0; infinite where readings differ by a constant only.
    pub f: f64,
    /// Its degrees of freedom, n − 1 and (n − 1)(k − 1).
    pub df: [f64; 2],
    /// Its p.
    pub p: f64,
    /// Mean square between subjects, MSB.
    pub between_subjects: f64,
    /// Mean square between readers, MSC.
    pub between_readers: f64,
    /// Residual mean square, MSE.
    pub residual: f64,
    /// Satterthwaite's degrees of freedom, from which the interval of ICC(2,1) comes.
    pub satterthwaite_df: f64,
}

/// ICCs of `readers`, each reader's values over the same subjects in the same order.
///
/// # Errors
/// Fewer than two readers or two subjects, readers of different length, values that are not finite.
pub fn icc(readers: &[&[f64]]) -> Result<Icc, TestError> {
    let [between_subjects, between_readers, residual] = mean_squares(readers)?;
    let (n, k) = (readers.first().map_or(0, |reader| reader.len()) as f64, readers.len() as f64);
    let (msb, msc, mse) = (between_subjects, between_readers, residual);
    let df = [n - 1.0, (n - 1.0) * (k - 1.0)];
    let f = msb / mse;
    let consistency = {
        let value = (msb - mse) / (msb + (k - 1.0) * mse);
        let end = |f: f64| if f.is_infinite() { 1.0 } else { (f - 1.0) / (f + k - 1.0) };
        Coefficient {
            value,
            low: end(f / f_quantile(0.975, df[0], df[1])),
            high: end(f * f_quantile(0.975, df[1], df[0])),
        }
    };
    let value = (msb - mse) / (msb + (k - 1.0) * mse + k * (msc - mse) / n);
    let (agreement, satterthwaite_df) = agreement_interval(value, [msb, msc, mse], n, k);
    let p = f_tail(f, df[0], df[1]);
    Ok(Icc { agreement, consistency, f, df, p, between_subjects, between_readers, residual, satterthwaite_df })
}

/// The interval of ICC(2,1): F quantiles on Satterthwaite's degrees of freedom
/// ν = (n − 1)(k − 1) (k ρ MSC + c MSE)² / ((n − 1) k² ρ² MSC² + c² MSE²), c = n (1 + (k − 1) ρ) − k ρ,
/// which is McGraw & Wong's with numerator and denominator multiplied by MSE², so that it holds where MSE is 0.
fn agreement_interval(value: f64, [msb, msc, mse]: [f64; 3], n: f64, k: f64) -> (Coefficient, f64) {
    let c = n * (1.0 + (k - 1.0) * value) - k * value;
    let readers = k * value * msc;
    let df = (n - 1.0) * (k - 1.0) * (readers + c * mse).powi(2) / ((n - 1.0) * readers.powi(2) + (c * mse).powi(2));
    if msc == 0.0 && mse == 0.0 {
        // Readers that agree exactly: ν is 0/0, and both ends are 1 whatever it is. Where MSB is 0 too, `value` is NaN.
        return (Coefficient { value, low: value, high: value }, df);
    }
    let (below, above) = (f_quantile(0.975, n - 1.0, df), f_quantile(0.975, df, n - 1.0));
    let other = k * msc + (k * n - k - n) * mse;
    let low = n * (msb - below * mse) / (below * other + n * msb);
    let high = n * (above * msb - mse) / (other + n * above * msb);
    (Coefficient { value, low, high }, df)
}

/// Mean squares between subjects, between readers, and of the residual. Sums of squares that rounding alone can make count as
/// 0.
fn mean_squares(readers: &[&[f64]]) -> Result<[f64; 3], TestError> {
    const TEST: &str = "an intraclass correlation";
    let n = readers.first().map_or(0, |reader| reader.len());
    if readers.len() < 2 {
        return Err(TestError::TooFew { test: TEST, of_what: "readers", needed: 2, found: readers.len() });
    }
    for (index, reader) in readers.iter().enumerate() {
        let what = format!("reader {}", index + 1);
        if reader.len() != n {
            return Err(TestError::Unequal { what, found: reader.len(), expected: n });
        }
        check_finite(reader, &what)?;
    }
    if n < 2 {
        return Err(TestError::TooFew { test: TEST, of_what: "subjects", needed: 2, found: n });
    }
    let k = readers.len();
    let subjects: Vec<Vec<f64>> =
        (0..n).map(|row| readers.iter().filter_map(|r| r.get(row).copied()).collect()).collect();
    let all: Vec<f64> = subjects.concat();
    if all_equal(&all) {
        return Ok([0.0; 3]);
    }
    let grand = mean(&all);
    let of_subjects: Vec<f64> = subjects.iter().map(|subject| mean(subject) - grand).collect();
    let of_readers: Vec<f64> = readers.iter().map(|reader| mean(reader) - grand).collect();
    let residual = subjects.iter().zip(&of_subjects).flat_map(|(subject, of_subject)| {
        subject.iter().zip(&of_readers).map(move |(value, of_reader)| value - grand - of_subject - of_reader)
    });
    let residual: f64 = residual.map(|rest| rest * rest).sum();
    let squares = |means: &[f64]| means.iter().map(|mean| mean * mean).sum::<f64>();
    // Each deviation is off by a few roundings of the largest value.
    let largest = all.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let noise = (4.0 * f64::EPSILON * largest).powi(2);
    let told = |sum: f64, terms: usize| if sum > noise * terms as f64 { sum } else { 0.0 };
    let (n1, k1) = (n as f64 - 1.0, k as f64 - 1.0);
    Ok([
        k as f64 * told(squares(&of_subjects), n) / n1,
        n as f64 * told(squares(&of_readers), k) / k1,
        told(residual, n * k) / (n1 * k1),
    ])
}
