//! What intervals and tests need of the standard normal distribution.

use statrs::function::erf::erfc;

/// The 97.5 % quantile of the standard normal distribution, for two-sided 95 % intervals.
pub const Z_975: f64 = 1.959_963_984_540_054;

/// The two-sided p of a standard normal statistic: 2 (1 − Φ(|z|)), computed from the complementary error function so that small p keep their digits.
pub fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statrs 0.19's `erfc` is within 1.03e-10 of the true value, relative, over 0.1 to 6 (measured against 50-digit arithmetic);
    /// a p is read to four digits at most.
    const ERFC: f64 = 1.5e-10;

    #[test]
    fn the_quantile_leaves_five_percent_outside() {
        assert!((two_sided_p(Z_975) / 0.05 - 1.0).abs() < ERFC);
        assert_eq!(two_sided_p(0.0), 1.0);
    }
}
