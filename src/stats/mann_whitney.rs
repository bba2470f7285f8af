//! The Mann-Whitney U test of two groups (Annals of Mathematical Statistics 1947;18:50), as R's `wilcox.test`.
//!
//! U counts the pairs in which the first group lies above, ties one half. Normal approximation with the variance corrected
//! for ties, without continuity correction (what SPSS prints) and with it (R, where not exact); exact p by Mann and Whitney's
//! recurrence, without ties only. Two-sided; no interval of the shift.

use super::distribution::two_sided_p;
use super::sample::{TestError, check_finite};

/// The test by its normal approximation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the first group's value is above the second's, ties one half.
    pub u: f64,
    /// (U − n₁n₂/2) / σ, σ² = n₁n₂/12 (N + 1 − Σ(t³ − t)/(N(N − 1))) over groups of t tied values; NaN where all values are
    /// equal.
    pub z: f64,
    /// The p of z.
    pub p: f64,
    /// The p with U drawn one half towards n₁n₂/2.
    pub p_continuity: f64,
}

/// U of `first` over `second`, z, and both asymptotic p.
///
/// # Errors
/// An empty group, values that are not finite.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<MannWhitney, TestError> {
    let ranks = Ranks::of(first, second)?;
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let n = n1 + n2;
    let sigma = (n1 * n2 / 12.0 * (n + 1.0 - ranks.ties / (n * (n - 1.0)))).sqrt();
    let off = ranks.u - n1 * n2 / 2.0;
    let drawn = if off == 0.0 { 0.0 } else { off - 0.5 * off.signum() };
    let z = off / sigma;
    Ok(MannWhitney { u: ranks.u, z, p: two_sided_p(z), p_continuity: two_sided_p(drawn / sigma) })
}

/// The exact two-sided p of U, twice the smaller tail.
///
/// # Errors
/// Ties, an empty group, values that are not finite, more than 300 values in all.
pub fn mann_whitney_exact(first: &[f64], second: &[f64]) -> Result<f64, TestError> {
    const TEST: &str = "the exact Mann-Whitney test";
    /// Beyond this the normal approximation has more digits than anyone reads, and the counts take seconds and much memory.
    const MOST: usize = 300;
    let ranks = Ranks::of(first, second)?;
    if ranks.ties > 0.0 {
        return Err(TestError::Ties(TEST));
    }
    if first.len() + second.len() > MOST {
        return Err(TestError::TooMany { test: TEST, of_what: "values", most: MOST });
    }
    let pairs = first.len() * second.len();
    // Without ties U is whole; both tails are alike.
    let smaller = (ranks.u as usize).min(pairs - ranks.u as usize);
    Ok((2.0 * lower_tail(smaller, first.len(), second.len())).min(1.0))
}

/// U, and Σ(t³ − t) over groups of t tied values.
struct Ranks {
    u: f64,
    ties: f64,
}

impl Ranks {
    fn of(first: &[f64], second: &[f64]) -> Result<Self, TestError> {
        let mut all = Vec::with_capacity(first.len() + second.len());
        for (group, what, is_first) in [(first, "the first group", true), (second, "the second group", false)] {
            check_finite(group, what)?;
            if group.is_empty() {
                let test = "the Mann-Whitney test";
                return Err(TestError::TooFew { test, of_what: "values in each group", needed: 1, found: 0 });
            }
            all.extend(group.iter().map(|&value| (value, is_first)));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut u, mut ties) = (0.0, 0.0, 0.0);
        for tied in all.chunk_by(|a, b| a.0 == b.0) {
            let (size, of_first) = (tied.len() as f64, tied.iter().filter(|value| value.1).count() as f64);
            let of_second = size - of_first;
            u += of_first * (below + of_second / 2.0);
            below += of_second;
            ties += size * size * size - size;
        }
        Ok(Self { u, ties })
    }
}

/// P(U ≤ u) of groups of n₁ and n₂ values. Orders with U = u number c(u; n₁, n₂) = c(u − n₂; n₁ − 1, n₂) + c(u; n₁, n₂ − 1),
/// as the largest value is of the first group, above all n₂, or of the second. All terms are positive, so that no digits are
/// lost.
fn lower_tail(u: usize, n1: usize, n2: usize) -> f64 {
    let (n1, n2) = (n1.min(n2), n1.max(n2));
    let mut counts = vec![vec![0.0f64; u + 1]; n1 + 1];
    counts.iter_mut().for_each(|row| row.iter_mut().take(1).for_each(|none| *none = 1.0));
    for second in 1..=n2 {
        for first in 1..=n1 {
            let (before, from) = counts.split_at_mut(first);
            let (Some(fewer), Some(row)) = (before.last(), from.first_mut()) else { continue };
            row.iter_mut().skip(second).zip(fewer).for_each(|(count, other)| *count += other);
        }
    }
    let orders = (1..=n1).fold(1.0, |so_far, i| so_far * (n2 + i) as f64 / i as f64);
    counts.last().map_or(f64::NAN, |row| row.iter().sum::<f64>() / orders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_those_of_all_orders() {
        // All 10 orders of 2 and 3 values: U = 0 1 2 2 3 3 4 4 5 6.
        let tails = [1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 10.0].map(|count| count / 10.0);
        for (u, tail) in tails.iter().enumerate() {
            assert!((lower_tail(u, 2, 3) - tail).abs() < 1e-15);
            assert!((lower_tail(u, 3, 2) - tail).abs() < 1e-15);
        }
    }

    #[test]
    fn the_smallest_tail_of_large_groups_keeps_its_digits() {
        // U = 0 in one of 100891344545564193334812497256 orders of 50 and 50.
        let tail = lower_tail(0, 50, 50);
        assert!((tail * 100_891_344_545_564_193_334_812_497_256.0 - 1.0).abs() < 1e-13, "{tail}");
    }
}
