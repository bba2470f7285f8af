//! Levene's test that groups have one variance (Contributions to Probability and Statistics 1960:278), and Brown & Forsythe's
//! on medians (JASA 1974;69:364).
//!
//! A one-way analysis of variance of |x − centre of its group|, as R's `car::leveneTest`; SPSS's "based on mean" is the one
//! on means.

use super::distribution::f_tail;
use super::sample::{TestError, check_finite, mean, median, sum_of_squares};

/// From what the distances are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centre {
    /// The group's mean (Levene).
    Mean,
    /// The group's median (Brown & Forsythe), which heavy tails disturb less.
    Median,
}

/// An F test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FTest {
    /// Mean square between groups over mean square within.
    pub f: f64,
    /// Degrees of freedom, groups − 1 and values − groups.
    pub df: [f64; 2],
    /// The p.
    pub p: f64,
}

/// Levene's test of two groups or more. Where the distances do not differ within groups, F is infinite or, if they do not
/// differ between groups either, NaN, as with one value in each group.
///
/// # Errors
/// Fewer than two groups, an empty group, values that are not finite.
pub fn levene(groups: &[&[f64]], centre: Centre) -> Result<FTest, TestError> {
    const TEST: &str = "Levene's test";
    if groups.len() < 2 {
        return Err(TestError::TooFew { test: TEST, of_what: "groups", needed: 2, found: groups.len() });
    }
    let mut distances = Vec::with_capacity(groups.len());
    for (index, group) in groups.iter().enumerate() {
        check_finite(group, &format!("group {}", index + 1))?;
        if group.is_empty() {
            return Err(TestError::TooFew { test: TEST, of_what: "values in each group", needed: 1, found: 0 });
        }
        let middle = match centre {
            Centre::Mean => mean(group),
            Centre::Median => median(group),
        };
        distances.push(group.iter().map(|value| (value - middle).abs()).collect::<Vec<f64>>());
    }
    Ok(one_way(&distances))
}

fn one_way(groups: &[Vec<f64>]) -> FTest {
    let all = groups.concat();
    let df = [groups.len() as f64 - 1.0, all.len() as f64 - groups.len() as f64];
    let grand = mean(&all);
    let between: f64 = groups.iter().map(|group| group.len() as f64 * (mean(group) - grand).powi(2)).sum();
    let within: f64 = groups.iter().map(|group| sum_of_squares(group)).sum();
    let f = (between / df[0]) / (within / df[1]);
    FTest { f, df, p: f_tail(f, df[0], df[1]) }
}
