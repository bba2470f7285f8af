//! Tails and quantiles of the normal, t, F and chi-square distributions.
//!
//! Tails come from statrs' incomplete beta and gamma functions. Each is asked for the side that is wanted, never for one
//! minus the other, so that small p keep their digits: 13 of them, 10 from ten thousand degrees of freedom on (tests below).
//! The normal tail is a chi-square tail, because statrs' `erfc` has ten digits only. Quantiles of F, t and chi-square are
//! roots of these tails, found here: statrs' own F quantile is good to 1e-9 at 0.975 on about one degree of freedom below,
//! and to 1e-2 at 0.999999. Densities and lower tails are not offered.

use statrs::function::{beta::beta_reg, erf::erfc_inv, gamma::gamma_ur};

/// The 97.5 % quantile of the standard normal distribution, for two-sided 95 % intervals.
pub const Z_975: f64 = 1.959_963_984_540_054;

/// The two-sided p of a standard normal statistic, 2 (1 − Φ(|z|)): the chi-square tail of z² on one degree of freedom.
pub fn two_sided_p(z: f64) -> f64 {
    chi_square_tail(z * z, 1.0)
}

/// P(Z > z) of a standard normal Z.
pub fn normal_tail(z: f64) -> f64 {
    let beyond = 0.5 * two_sided_p(z);
    if z < 0.0 { 1.0 - beyond } else { beyond }
}

/// The z below which a standard normal value lies with probability `p`; infinite at 0 and 1, NaN outside.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// P(X > x) of a chi-square X with `df` degrees of freedom: the upper regularised gamma function Q(df/2, x/2). NaN where `x`
/// is NaN or `df` not above 0.
pub fn chi_square_tail(x: f64, df: f64) -> f64 {
    if x.is_nan() || !positive(df) {
        f64::NAN
    } else if x <= 0.0 {
        1.0
    } else if x.is_infinite() {
        0.0
    } else {
        gamma_ur(df / 2.0, x / 2.0)
    }
}

/// P(X > f) of an F-distributed X: the regularised beta function at d₂ / (d₂ + d₁ f). NaN where `f` is NaN or a number of
/// degrees of freedom is not above 0.
pub fn f_tail(f: f64, d1: f64, d2: f64) -> f64 {
    if f.is_nan() || !positive(d1) || !positive(d2) {
        f64::NAN
    } else if f <= 0.0 {
        1.0
    } else {
        // For infinite f the place is 0, and so is the tail.
        beta_reg(d2 / 2.0, d1 / 2.0, (d2 / (d2 + d1 * f)).clamp(0.0, 1.0))
    }
}

/// P(|T| > |t|) of Student's T: the tail of F at t² on 1 and `df` degrees of freedom.
pub fn t_two_sided_p(t: f64, df: f64) -> f64 {
    f_tail(t * t, 1.0, df)
}

/// The x below which a chi-square value lies with probability `p`.
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    root_of_falling(|x| chi_square_tail(x, df), 1.0 - p)
}

/// The x below which an F-distributed value lies with probability `p`.
pub fn f_quantile(p: f64, d1: f64, d2: f64) -> f64 {
    if p < 0.5 {
        // The reciprocal of an F is an F with its degrees of freedom exchanged: the search stays in the upper tail.
        return 1.0 / root_of_falling(|x| f_tail(x, d2, d1), p);
    }
    root_of_falling(|x| f_tail(x, d1, d2), 1.0 - p)
}

/// The t that |T| of Student's T exceeds with probability `alpha`: the half-width of a two-sided interval, in standard errors.
pub fn t_half_width(alpha: f64, df: f64) -> f64 {
    f_quantile(1.0 - alpha, 1.0, df).sqrt()
}

fn positive(df: f64) -> bool {
    df > 0.0 && df.is_finite()
}

/// The x > 0 where a function that falls from 1 to 0 is `wanted`: regula falsi on its logarithm over ln x (nearly straight
/// for a tail), the kept end's value halved (the "Illinois" rule) so that both ends move.
pub(super) fn root_of_falling(falling: impl Fn(f64) -> f64, wanted: f64) -> f64 {
    if !(0.0..=1.0).contains(&wanted) || falling(1.0).is_nan() {
        return f64::NAN;
    }
    if wanted == 1.0 {
        return 0.0;
    } else if wanted == 0.0 {
        return f64::INFINITY;
    }
    let above = |place: f64| falling(place.exp()).ln() - wanted.ln();
    let (mut low, mut high) = (-1.0, 1.0);
    while above(low) < 0.0 && low > -700.0 {
        low *= 2.0;
    }
    while above(high) > 0.0 && high < 700.0 {
        high *= 2.0;
    }
    let (mut at_low, mut at_high) = (above(low), above(high).max(-700.0));
    let mut kept = 0;
    for _ in 0..200 {
        let place = (low * at_high - high * at_low) / (at_high - at_low);
        let here = above(place).max(-700.0);
        let end = if here > 0.0 { low } else { high };
        if here == 0.0 || (place - end).abs() < 1e-15 {
            return place.exp();
        }
        if here > 0.0 {
            (low, at_low) = (place, here);
            at_high *= if kept == 1 { 0.5 } else { 1.0 };
            kept = 1;
        } else {
            (high, at_high) = (place, here);
            at_low *= if kept == -1 { 0.5 } else { 1.0 };
            kept = -1;
        }
    }
    ((low + high) / 2.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured: 2.4e-13 and better, relative, up to a few hundred degrees of freedom.
    const TAIL: f64 = 1e-12;
    /// Measured: 5.8e-11 at 20 000 degrees of freedom, where logarithms of large gamma functions are subtracted.
    const LARGE_TAIL: f64 = 1e-10;
    /// Measured: 4.6e-14, a tail's error over its slope.
    const QUANTILE: f64 = 1e-12;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found / expected - 1.0).abs() < tolerance, "{found:e} where {expected:e} is right");
    }

    // Expected values: mpmath, 50 digits.

    #[test]
    fn normal_tails_keep_their_digits() {
        for (z, p) in [
            (0.1, 0.920_344_325_445_942),
            (1.0, 0.317_310_507_862_914_1),
            (3.0, 0.002_699_796_063_260_189),
            (8.0, 1.244_192_114_854_356_8e-15),
            (35.0, 2.249_821_412_944_812_5e-268),
        ] {
            near(two_sided_p(z), p, TAIL);
            near(two_sided_p(-z), p, TAIL);
            near(normal_tail(z), p / 2.0, TAIL);
            near(normal_tail(-z), 1.0 - p / 2.0, TAIL);
        }
        near(two_sided_p(Z_975), 0.05, TAIL);
        assert_eq!(two_sided_p(0.0), 1.0);
        assert_eq!(two_sided_p(f64::INFINITY), 0.0);
        assert!(two_sided_p(f64::NAN).is_nan());
    }

    #[test]
    fn f_and_t_tails_keep_their_digits() {
        for (f, d1, d2, p) in [
            (0.01, 1.0, 110.0, 0.920_526_351_920_746_3),
            (120.0, 1.0, 28.0, 1.239_520_931_986_141_4e-11),
            (7.98, 29.0, 29.0, 1.350_583_537_586_038_5e-7),
            (0.001, 3.0, 3.0, 0.999_946_412_001_308_6),
            (250.0, 2.0, 4.5, 2.445_065_637_527_706e-5),
        ] {
            near(f_tail(f, d1, d2), p, TAIL);
        }
        near(f_tail(1.02, 20_000.0, 20_000.0), 0.080_722_487_537_722_25, LARGE_TAIL);
        near(f_tail(5.0, 2.0, 100_000.0), 0.006_739_631_584_094_859_9, LARGE_TAIL);
        near(t_two_sided_p(-2.0, 110.0), 0.047_964_652_690_860_368, TAIL);
        assert_eq!([f_tail(0.0, 1.0, 2.0), f_tail(f64::INFINITY, 1.0, 2.0)], [1.0, 0.0]);
        assert!(f_tail(1.0, 0.0, 2.0).is_nan());
    }

    #[test]
    fn chi_square_tails_keep_their_digits() {
        for (x, df, p) in [
            (0.0001, 1.0, 0.992_021_287_370_736_8),
            (4.125, 1.0, 0.042_254_020_654_422_26),
            (600.0, 1.0, 1.674_167_984_691_788e-132),
            (9.0, 9.0, 0.437_274_188_913_867_06),
            (150.0, 110.0, 0.006_770_396_638_887_208_6),
        ] {
            near(chi_square_tail(x, df), p, TAIL);
        }
        assert_eq!([chi_square_tail(0.0, 3.0), chi_square_tail(f64::INFINITY, 3.0)], [1.0, 0.0]);
        assert!(chi_square_tail(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn quantiles_have_the_digits_intervals_need() {
        for (p, d1, d2, f) in [
            (0.975, 29.0, 29.993_161_116_076_7, 2.082_781_574_095_078),
            (0.975, 4.0, 2.216_365_792_594_566, 29.486_944_293_396_988),
            (0.975, 1.0, 1.0, 647.789_011_477_844_2),
            (0.025, 5.0, 15.0, 0.155_575_963_078_487_1),
            (0.5, 3.0, 7.0, 0.870_944_253_187_284_7),
            (0.999, 1.0, 28.0, 13.497_588_241_113_806),
        ] {
            near(f_quantile(p, d1, d2), f, QUANTILE);
        }
        near(t_half_width(0.05, 110.0).powi(2), 3.927_393_633_465_199_7, QUANTILE);
        near(chi_square_quantile(0.95, 1.0), Z_975 * Z_975, QUANTILE);
        near(chi_square_quantile(0.99, 110.0), 147.414_305_397_244_21, QUANTILE);
        near(chi_square_quantile(0.001, 4.0), 0.090_804_035_538_979_12, QUANTILE);
        near(normal_quantile(0.975), Z_975, QUANTILE);
        near(normal_quantile(1e-12), -7.034_483_825_301_132, QUANTILE);
        assert_eq!([normal_quantile(0.5), f_quantile(1.0, 2.0, 3.0)], [0.0, f64::INFINITY]);
        assert!(f_quantile(0.5, f64::NAN, 3.0).is_nan());
        assert!(normal_quantile(1.5).is_nan());
    }
}
