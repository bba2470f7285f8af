//! Whether a sample may come from a normal distribution: Shapiro-Wilk, Kolmogorov-Smirnov with estimated mean and standard
//! deviation, and Lilliefors' p for the same distance.
//!
//! Shapiro-Wilk is Royston's approximation (Applied Statistics 1995;44:547, AS R94), as R's `shapiro.test`. The
//! Kolmogorov-Smirnov p is R's `ks.test(x, "pnorm", mean(x), sd(x))`: it treats the estimates as known, and is therefore too
//! large. Lilliefors' p corrects for that by Dallal & Wilkinson (The American Statistician 1986;40:294) and, above 0.1,
//! Stephens' modified statistic (JASA 1974;69:730), as `nortest::lillie.test`. No censored samples; values must be finite.

use std::f64::consts::PI;

use super::distribution::{normal_quantile, normal_tail};
use super::kolmogorov;
use super::sample::{TestError, all_equal, check_finite, mean, sorted, variance};

/// A statistic and its p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normality {
    /// W, or the distance D.
    pub statistic: f64,
    /// The p.
    pub p: f64,
}

/// The sizes that Royston's approximation was made for.
pub const SHAPIRO_SIZES: std::ops::RangeInclusive<usize> = 3..=5000;

/// Shapiro & Wilk's W and its p.
///
/// # Errors
/// Fewer than 3 or more than 5000 values, values that are not finite or all equal.
pub fn shapiro_wilk(values: &[f64]) -> Result<Normality, TestError> {
    const TEST: &str = "Shapiro-Wilk's test";
    let sample = ordered(values, TEST, *SHAPIRO_SIZES.start())?;
    if sample.len() > *SHAPIRO_SIZES.end() {
        return Err(TestError::TooMany { test: TEST, of_what: "values", most: *SHAPIRO_SIZES.end() });
    }
    let lost = shapiro_deficit(&sample, &shapiro_weights(sample.len()));
    Ok(Normality { statistic: 1.0 - lost, p: shapiro_p(lost, sample.len()) })
}

/// The distance D of the sample's distribution function from the normal one with its mean and standard deviation, and
/// Kolmogorov-Smirnov's p: exact (Marsaglia, Tsang & Wang, Journal of Statistical Software 2003;8(18)) below 100 values
/// without ties, else asymptotic, as R's default.
///
/// # Errors
/// Fewer than 2 values, values that are not finite or all equal (R gives D = 1 for these, the distance from a point).
pub fn kolmogorov_smirnov(values: &[f64]) -> Result<Normality, TestError> {
    let sample = ordered(values, "Kolmogorov-Smirnov's test", 2)?;
    let statistic = distance(&sample);
    let ties = sample.windows(2).any(all_equal);
    let p = match sample.len() {
        n if n < 100 && !ties => kolmogorov::exact_tail(statistic, n),
        n => kolmogorov::asymptotic_tail(statistic * (n as f64).sqrt()),
    };
    Ok(Normality { statistic, p })
}

/// The same with the asymptotic p whatever the size, as R's `exact = FALSE`.
///
/// # Errors
/// As `kolmogorov_smirnov`.
pub fn kolmogorov_smirnov_asymptotic(values: &[f64]) -> Result<Normality, TestError> {
    let sample = ordered(values, "Kolmogorov-Smirnov's test", 2)?;
    let statistic = distance(&sample);
    Ok(Normality { statistic, p: kolmogorov::asymptotic_tail(statistic * (sample.len() as f64).sqrt()) })
}

/// The same distance with Lilliefors' p.
///
/// p = exp(−7.01256 D² (n + 2.78019) + 2.99587 D √(n + 2.78019) − 0.122119 + 0.974598/√n + 1.67997/n), above 100 values with
/// n = 100 and D (n/100)^0.49; where that exceeds 0.1, polynomials in D (√n − 0.01 + 0.85/√n).
///
/// # Errors
/// Fewer than 5 values, values that are not finite or all equal.
pub fn lilliefors(values: &[f64]) -> Result<Normality, TestError> {
    let sample = ordered(values, "Lilliefors' test", 5)?;
    let (d, n) = (distance(&sample), sample.len() as f64);
    let (scaled, size) = if n > 100.0 { (d * (n / 100.0).powf(0.49), 100.0) } else { (d, n) };
    let root = (size + 2.780_19).sqrt();
    let exponent = -7.012_56 * (scaled * root).powi(2) + 2.995_87 * scaled * root - 0.122_119;
    let p = (exponent + 0.974_598 / size.sqrt() + 1.679_97 / size).exp();
    let p = if p > 0.1 { stephens_p(d * (n.sqrt() - 0.01 + 0.85 / n.sqrt())) } else { p };
    Ok(Normality { statistic: d, p })
}

/// Stephens' p of the modified distance, in pieces.
fn stephens_p(modified: f64) -> f64 {
    let coefficients: [f64; 5] = match modified {
        d if d <= 0.302 => return 1.0,
        d if d <= 0.5 => [2.767_73, -19.828_315, 80.709_644, -138.551_52, 81.218_052],
        d if d <= 0.9 => [-4.901_232, 40.662_806, -97.490_286, 94.029_866, -32.355_711],
        d if d <= 1.31 => [6.198_765, -19.558_097, 23.186_922, -12.234_627, 2.423_045],
        _ => return 0.0,
    };
    polynomial(&coefficients, modified)
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

fn ordered(values: &[f64], test: &'static str, needed: usize) -> Result<Vec<f64>, TestError> {
    check_finite(values, test)?;
    if values.len() < needed {
        return Err(TestError::TooFew { test, of_what: "values", needed, found: values.len() });
    }
    if all_equal(values) {
        return Err(TestError::Constant(test));
    }
    Ok(sorted(values))
}

/// D: the largest distance of Φ((x − mean) / sd) from either side of a step of the sample's distribution function.
fn distance(sample: &[f64]) -> f64 {
    let (n, centre, sd) = (sample.len() as f64, mean(sample), variance(sample).sqrt());
    let distances = sample.iter().enumerate().map(|(i, value)| {
        let above = normal_tail((centre - value) / sd) - i as f64 / n;
        above.max(1.0 / n - above)
    });
    distances.fold(0.0, f64::max)
}

/// The weights of the upper half of the ordered sample, largest value first: normal scores at (i − 3/8) / (n + 1/4), the
/// outermost one (of up to 5) or two corrected by Royston's polynomials in 1/√n, all of unit length together.
fn shapiro_weights(n: usize) -> Vec<f64> {
    const OUTERMOST: [f64; 6] = [0.0, 0.221_157, -0.147_981, -2.071_19, 4.434_685, -2.706_056];
    const SECOND: [f64; 6] = [0.0, 0.042_981, -0.293_762, -1.752_461, 5.682_633, -3.582_633];
    if n == 3 {
        return vec![0.5f64.sqrt()];
    }
    let scores: Vec<f64> = (1..=n / 2).map(|i| -normal_quantile((i as f64 - 0.375) / (n as f64 + 0.25))).collect();
    let squares = 2.0 * scores.iter().map(|score| score * score).sum::<f64>();
    let short = 1.0 / (n as f64).sqrt();
    let corrections: &[[f64; 6]] = if n > 5 { &[OUTERMOST, SECOND] } else { &[OUTERMOST] };
    let corrected: Vec<f64> =
        corrections.iter().zip(&scores).map(|(c, score)| polynomial(c, short) + score / squares.sqrt()).collect();
    let of_corrected: f64 = 2.0 * scores.iter().take(corrected.len()).map(|score| score * score).sum::<f64>();
    let left = 1.0 - 2.0 * corrected.iter().map(|weight| weight * weight).sum::<f64>();
    let scale = ((squares - of_corrected) / left).sqrt();
    let rest = scores.iter().skip(corrected.len()).map(|score| score / scale);
    corrected.iter().copied().chain(rest).collect()
}

/// 1 − W, where W is the squared correlation of the ordered sample with its weights, computed without the cancellation near W
/// = 1.
fn shapiro_deficit(sample: &[f64], upper: &[f64]) -> f64 {
    let (lowest, highest) = (sample.first().unwrap_or(&0.0), sample.last().unwrap_or(&0.0));
    let scaled: Vec<f64> = sample.iter().map(|value| (value - lowest) / (highest - lowest)).collect();
    let centre = mean(&scaled);
    let products = scaled.iter().rev().zip(&scaled).zip(upper).map(|((high, low), weight)| weight * (high - low));
    let (product, weights): (f64, f64) =
        (products.sum(), 2.0 * upper.iter().map(|weight| weight * weight).sum::<f64>());
    let squares: f64 = scaled.iter().map(|value| (value - centre).powi(2)).sum();
    let whole = (weights * squares).sqrt();
    (whole - product) * (whole + product) / (weights * squares)
}

/// Royston's p: exact for 3 values, else ln(1 − W) (up to 11 values −ln(γ − ln(1 − W))) as normal with mean and standard
/// deviation by polynomials in n or ln n.
fn shapiro_p(lost: f64, n: usize) -> f64 {
    const GAMMA: [f64; 2] = [-2.273, 0.459];
    const MEAN_SMALL: [f64; 4] = [0.544, -0.399_78, 0.025_054, -6.714e-4];
    const SD_SMALL: [f64; 4] = [1.3822, -0.778_57, 0.062_767, -0.002_032_2];
    const MEAN: [f64; 4] = [-1.5861, -0.310_82, -0.083_751, 0.003_891_5];
    const SD: [f64; 3] = [-0.4803, -0.082_676, 0.003_030_2];
    if n == 3 {
        let w = (1.0 - lost).sqrt().min(1.0);
        return (6.0 / PI * (w.asin() - 0.75f64.sqrt().asin())).clamp(0.0, 1.0);
    }
    let (size, logarithm) = (n as f64, lost.ln());
    if n > 11 {
        return normal_tail((logarithm - polynomial(&MEAN, size.ln())) / polynomial(&SD, size.ln()).exp());
    }
    let gamma = polynomial(&GAMMA, size);
    if logarithm >= gamma {
        // So far from normal that the transformation has no value.
        return 0.0;
    }
    normal_tail((-(gamma - logarithm).ln() - polynomial(&MEAN_SMALL, size)) / polynomial(&SD_SMALL, size).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_scale_do_not_tell() {
        // Powers of two keep the values exact.
        let values = [1.0, 2.0, 4.0, 7.0, 11.0, 12.0, 19.0];
        let moved = values.map(|value| (value + 1024.0) / 4096.0);
        for test in [shapiro_wilk, kolmogorov_smirnov, lilliefors] {
            let (here, there) = (test(&values).unwrap(), test(&moved).unwrap());
            assert!(
                (here.statistic - there.statistic).abs() < 1e-12 && (here.p - there.p).abs() < 1e-11,
                "{here:?} {there:?}"
            );
        }
    }

    #[test]
    fn values_far_from_zero_keep_their_shape() {
        let values = [1.0, 2.0, 4.0, 7.0, 11.0, 12.0, 19.0];
        let far = values.map(|value| 2f64.powi(50) + value);
        assert!((shapiro_wilk(&values).unwrap().statistic - shapiro_wilk(&far).unwrap().statistic).abs() < 1e-14);
    }

    #[test]
    fn stephens_pieces_meet() {
        // To the digits that were published.
        for (joint, gap) in [(0.302, 1e-5), (0.5, 2e-3), (0.9, 2e-3), (1.31, 1e-4)] {
            assert!((stephens_p(joint) - stephens_p(joint + 1e-9)).abs() < gap, "{joint}");
        }
    }

    #[test]
    fn sizes_beyond_the_approximation_are_refused() {
        let many: Vec<f64> = (0..5001).map(f64::from).collect();
        assert!(matches!(shapiro_wilk(&many), Err(TestError::TooMany { most: 5000, .. })));
        assert!(shapiro_wilk(&many[..5000]).is_ok());
    }
}
