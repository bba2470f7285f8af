//! The test of Hosmer & Lemeshow (Applied Logistic Regression, 2013, § 5.2.2) with the two groupings in use.
//!
//! Its p depends on the grouping: both are offered, and tables say which was taken.

use super::{check_probabilities, quantile};
use crate::stats::{StatsError, chi_square_tail};

/// How cases are put into groups of like risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Between the distinct type-7 quantiles at 1/g, 2/g, …, closed on the right, as `ResourceSelection::hoslem.test`.
    Quantiles,
    /// Blocks of equal risk in order, never split, joined to about n/g cases: the rule documented for SAS's HPLOGISTIC.
    Blocks,
}

/// A group of like risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskGroup {
    /// Cases.
    pub n: usize,
    /// Cases with the event.
    pub observed: usize,
    /// The sum of their predictions.
    pub expected: f64,
    /// The sum of 1 − prediction.
    pub expected_without: f64,
}

/// The groups and their test.
#[derive(Debug, Clone, PartialEq)]
pub struct HosmerLemeshow {
    /// Groups by rising risk.
    pub groups: Vec<RiskGroup>,
    /// The statistic.
    pub chi2: f64,
    /// Groups − 2.
    pub df: i64,
    /// Its p; `None` with fewer than three groups, which leave no degree of freedom.
    pub p: Option<f64>,
}

/// Groups the cases into about `groups` (usually 10) and compares observed with expected numbers.
///
/// # Errors
/// With [`Grouping::Quantiles`] also where all predictions are equal, which R refuses too.
pub fn hosmer_lemeshow(
    probabilities: &[f64],
    outcome: &[bool],
    grouping: Grouping,
    groups: usize,
) -> Result<HosmerLemeshow, StatsError> {
    check_probabilities(probabilities, outcome)?;
    let mut cases: Vec<(f64, bool)> = probabilities.iter().copied().zip(outcome.iter().copied()).collect();
    cases.sort_by(|a, b| a.0.total_cmp(&b.0));
    let groups = match grouping {
        Grouping::Quantiles => by_quantiles(&cases, groups.max(1))?,
        Grouping::Blocks => by_blocks(&cases, groups.max(1)),
    };
    let chi2 = groups.iter().map(RiskGroup::chi2).sum();
    let df = groups.len() as i64 - 2;
    let p = usize::try_from(df).ok().filter(|df| *df > 0).map(|df| chi_square_tail(chi2, df as f64));
    Ok(HosmerLemeshow { groups, chi2, df, p })
}

impl RiskGroup {
    fn of(cases: &[(f64, bool)]) -> Self {
        Self {
            n: cases.len(),
            observed: cases.iter().filter(|(_, event)| *event).count(),
            expected: cases.iter().map(|(p, _)| p).sum(),
            expected_without: cases.iter().map(|(p, _)| 1.0 - p).sum(),
        }
    }

    /// Σ (observed − expected)² / expected with and without the event; where none is expected and none observed nothing is added.
    fn chi2(&self) -> f64 {
        let term = |observed: usize, expected: f64| match (observed as f64 - expected).powi(2) {
            0.0 => 0.0,
            squared => squared / expected,
        };
        term(self.observed, self.expected) + term(self.n - self.observed, self.expected_without)
    }
}

fn by_quantiles(cases: &[(f64, bool)], groups: usize) -> Result<Vec<RiskGroup>, StatsError> {
    let sorted: Vec<f64> = cases.iter().map(|(p, _)| *p).collect();
    let step = 1.0 / groups as f64;
    let mut breaks: Vec<f64> = (0..=groups).map(|i| quantile(&sorted, (i as f64 * step).min(1.0))).collect();
    breaks.dedup();
    if breaks.len() < 2 {
        return Err(StatsError::Constant { what: "the prediction".to_owned() });
    }
    // The first group is closed on the left too; a group between quantiles of ties can be empty.
    let ends = breaks[1..].iter().map(|end| sorted.partition_point(|p| p <= end));
    let mut start = 0;
    let groups = ends.filter_map(|end| {
        let group = (end > start).then(|| RiskGroup::of(&cases[start..end]));
        start = start.max(end);
        group
    });
    Ok(groups.collect())
}

fn by_blocks(cases: &[(f64, bool)], groups: usize) -> Vec<RiskGroup> {
    let n = cases.len();
    let size = (n as f64 / groups as f64 + 0.5).floor() as usize;
    // Starts of the groups, and the number of cases in the group that is open.
    let mut starts: Vec<usize> = Vec::new();
    let (mut place, mut open) = (0, 0);
    for block in cases.chunk_by(|a, b| a.0 == b.0) {
        let fits = open < size && open + block.len() / 2 <= size;
        if open > 0 && (starts.len() == groups || fits) {
            open += block.len();
        } else {
            starts.push(place);
            open = block.len();
        }
        place += block.len();
    }
    if starts.len() > 1 && open <= n / (2 * groups) {
        starts.pop();
    }
    let ends = starts.iter().skip(1).copied().chain([n]);
    starts.iter().zip(ends).map(|(start, end)| RiskGroup::of(&cases[*start..end])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_take_whole_ties_and_a_small_rest_joins_the_group_before() {
        let sizes = |p: &[f64], groups: usize| {
            let test = hosmer_lemeshow(p, &vec![true; p.len()], Grouping::Blocks, groups).unwrap();
            test.groups.iter().map(|group| group.n).collect::<Vec<_>>()
        };
        let distinct: Vec<f64> = (1..=11).map(|i| f64::from(i) / 20.0).collect();
        assert_eq!(sizes(&distinct, 5), [2, 2, 2, 2, 3]);
        // The last group takes all the rest.
        assert_eq!(sizes(&distinct[..10], 3), [3, 3, 4]);
        assert_eq!(sizes(&[0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4], 4), [5, 3]);
    }

    #[test]
    fn what_is_never_expected_and_never_seen_adds_nothing() {
        let p = [0.0, 0.0, 0.5, 0.5, 1.0, 1.0];
        let y = [false, false, true, false, true, true];
        let test = hosmer_lemeshow(&p, &y, Grouping::Blocks, 3).unwrap();
        assert_eq!((test.groups.len(), test.chi2, test.p), (3, 0.0, Some(1.0)));
        let wrong = hosmer_lemeshow(&p, &[true, false, true, false, true, true], Grouping::Blocks, 3).unwrap();
        assert_eq!((wrong.chi2, wrong.p), (f64::INFINITY, Some(0.0)));
    }
}
