//! Which test compares two groups, as the study chose (in SPSS's manner), what it finds, and why it was chosen, in words.
//!
//! Numbers: the pooled t test where both groups may be normal and their variances equal, each at p > 0.05, else Mann-Whitney
//! by its normal approximation. Normality is Shapiro-Wilk's, or Lilliefors' above 5000 values; variances are compared by
//! Levene's test on means, which SPSS prints with the t test. Categories: Pearson's chi-square without correction where
//! expected counts allow, else Fisher's exact test. The tests are in files of their own; missing values are the caller's
//! business.

use std::collections::BTreeMap;

use super::contingency::Table;
use super::levene::{Centre, levene};
use super::mann_whitney::mann_whitney;
use super::normality::{SHAPIRO_SIZES, lilliefors, shapiro_wilk};
use super::sample::{TestError, all_equal, by_outcome, check_finite};
use super::t_test::pooled_t_test;

/// Above this p a group may be normal, and variances equal.
const ACCEPTED: f64 = 0.05;
/// An expected count that leaves Pearson's p right.
const ENOUGH_EXPECTED: f64 = 5.0;
/// Of a table larger than two by two, the part of cells that may stay below.
const FEW_CELLS: f64 = 0.2;
/// Below this no cell may be.
const LEAST_EXPECTED: f64 = 1.0;

/// The test that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenTest {
    /// Student's t with pooled variance.
    PooledT,
    /// Mann-Whitney, normal approximation without continuity correction.
    MannWhitney,
    /// Pearson's chi-square without correction.
    Pearson,
    /// Fisher's exact test.
    Fisher,
}

impl ChosenTest {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PooledT => "Student's t test",
            Self::MannWhitney => "Mann-Whitney U test",
            Self::Pearson => "Pearson's chi-square test",
            Self::Fisher => "Fisher's exact test",
        }
    }

    /// The letter of its statistic; Fisher's test has none.
    pub fn symbol(self) -> Option<&'static str> {
        match self {
            Self::PooledT => Some("t"),
            Self::MannWhitney => Some("z"),
            Self::Pearson => Some("χ²"),
            Self::Fisher => None,
        }
    }
}

/// The comparison of the cases without the event to those with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The test.
    pub test: ChosenTest,
    /// t, z or χ².
    pub statistic: Option<f64>,
    /// Degrees of freedom, where the statistic has any.
    pub df: Option<f64>,
    /// The two-sided p.
    pub p: f64,
    /// Why this test, in one sentence.
    pub reason: String,
}

/// Compares numbers of the cases without the event to those with it (differences are the first minus the second).
///
/// # Errors
/// Lengths that differ, values that are not finite or all equal, only one outcome.
pub fn compare_numeric(values: &[f64], outcome: &[bool]) -> Result<Comparison, TestError> {
    const TEST: &str = "a comparison of groups";
    check_finite(values, "the variable")?;
    let [without, with] = by_outcome(values, outcome)?;
    let smaller = without.len().min(with.len());
    if smaller == 0 {
        return Err(TestError::TooFew { test: TEST, of_what: "cases of each outcome", needed: 1, found: 0 });
    }
    if all_equal(values) {
        return Err(TestError::Constant(TEST));
    }
    let ranks = |reason: String| {
        let found = mann_whitney(&without, &with)?;
        let test = ChosenTest::MannWhitney;
        Ok(Comparison { test, statistic: Some(found.z), df: None, p: found.p, reason })
    };
    let mut said = Vec::new();
    for (group, which) in [(&without, "without"), (&with, "with")] {
        match normality(group) {
            Ok((name, p)) if p > ACCEPTED => said.push(format!("{name} p {}", shown(p))),
            Ok((name, p)) => {
                return ranks(format!(
                    "The cases {which} the event are not normally distributed ({name} p {}).",
                    shown(p)
                ));
            }
            Err(why) => {
                return ranks(format!(
                    "Whether the cases {which} the event are normally distributed cannot be tested: {why}."
                ));
            }
        }
    }
    let levene = levene(&[&without, &with], Centre::Mean)?.p;
    let normal = format!("Both groups may be normally distributed ({})", said.join(" and "));
    if levene.is_nan() || levene <= ACCEPTED {
        return ranks(format!("{normal}, but their variances differ (Levene p {}).", shown(levene)));
    }
    let t = pooled_t_test(&without, &with)?;
    let reason = format!("{normal}, and their variances equal (Levene p {}).", shown(levene));
    Ok(Comparison { test: ChosenTest::PooledT, statistic: Some(t.t), df: Some(t.df), p: t.p, reason })
}

fn normality(group: &[f64]) -> Result<(&'static str, f64), TestError> {
    if group.len() > *SHAPIRO_SIZES.end() {
        return Ok(("Lilliefors", lilliefors(group)?.p));
    }
    Ok(("Shapiro-Wilk", shapiro_wilk(group)?.p))
}

/// Compares categories, given as any codes, of the cases without the event to those with it. Levels that do not occur do not
/// count.
///
/// # Errors
/// Lengths that differ, only one category or outcome, tables beyond count for Fisher's test.
pub fn compare_categories(codes: &[usize], outcome: &[bool]) -> Result<Comparison, TestError> {
    const TEST: &str = "a comparison of groups";
    if codes.len() != outcome.len() {
        let what = "the variable".to_owned();
        return Err(TestError::Unequal { what, found: codes.len(), expected: outcome.len() });
    }
    let mut counts: BTreeMap<usize, [u64; 2]> = BTreeMap::new();
    for (&code, &event) in codes.iter().zip(outcome) {
        let [without, with] = counts.entry(code).or_default();
        *(if event { with } else { without }) += 1;
    }
    let (events, n) = (outcome.iter().filter(|event| **event).count(), outcome.len());
    if events == 0 || events == n {
        return Err(TestError::TooFew { test: TEST, of_what: "cases of each outcome", needed: 1, found: 0 });
    }
    if counts.len() < 2 {
        return Err(TestError::Constant(TEST));
    }
    compare_table(&Table::new(&counts.into_values().map(Vec::from).collect::<Vec<_>>())?)
}

/// Compares the columns of a table of counts.
///
/// # Errors
/// Tables beyond count, or of more than two rows and columns, for Fisher's test.
pub fn compare_table(table: &Table) -> Result<Comparison, TestError> {
    let expected: Vec<f64> = table.expected().concat();
    let (cells, least) = (expected.len(), table.min_expected());
    let low = expected.iter().filter(|count| **count < ENOUGH_EXPECTED).count();
    let allowed = if table.is_two_by_two() { 0.0 } else { FEW_CELLS * cells as f64 };
    let smallest = format!("the smallest is {least:.2}");
    if low as f64 <= allowed && least >= LEAST_EXPECTED {
        let found = table.pearson();
        let reason = match low {
            0 => format!("All expected counts are at least 5 ({smallest})."),
            _ => format!(
                "Only {low} of {cells} expected counts are below 5, a fifth of them at most, and none is below 1 ({smallest})."
            ),
        };
        let (statistic, df) = (Some(found.statistic), Some(found.df));
        return Ok(Comparison { test: ChosenTest::Pearson, statistic, df, p: found.p, reason });
    }
    let reason = format!("{low} of {cells} expected counts are below 5 ({smallest}), too few for a chi-square test.");
    Ok(Comparison { test: ChosenTest::Fisher, statistic: None, df: None, p: table.fisher()?, reason })
}

/// A p as it stands in a sentence; near 0.05 with a digit more, so that it does not round onto it.
fn shown(p: f64) -> String {
    match p {
        p if p < 0.001 => "< 0.001".to_owned(),
        p if p < 0.1 => format!("{p:.4}"),
        p => format!("{p:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: [f64; 8] = [1.0, 2.1, 2.8, 3.3, 3.9, 4.4, 5.2, 6.1];

    fn groups(first: &[f64], second: &[f64]) -> Result<Comparison, TestError> {
        let outcome: Vec<bool> = first.iter().map(|_| false).chain(second.iter().map(|_| true)).collect();
        compare_numeric(&[first, second].concat(), &outcome)
    }

    #[test]
    fn normal_groups_of_one_variance_are_compared_by_t() {
        let found = groups(&NORMAL, &NORMAL.map(|x| x + 1.5)).unwrap();
        assert_eq!((found.test, found.df), (ChosenTest::PooledT, Some(14.0)));
        assert!(found.reason.contains("may be normally distributed (Shapiro-Wilk p"), "{}", found.reason);
    }

    #[test]
    fn a_skewed_group_or_another_variance_takes_ranks() {
        let found = groups(&NORMAL, &NORMAL.map(|x| (3.0 * x).exp())).unwrap();
        assert_eq!((found.test, found.df), (ChosenTest::MannWhitney, None));
        assert!(found.reason.starts_with("The cases with the event are not normally distributed"), "{}", found.reason);
        let found = groups(&NORMAL.map(|x| 20.0 * x), &NORMAL).unwrap();
        assert_eq!(found.test, ChosenTest::MannWhitney);
        assert!(found.reason.contains("variances differ (Levene p"), "{}", found.reason);
    }

    #[test]
    fn groups_too_small_or_constant_for_a_test_of_normality_take_ranks() {
        for few in [&[7.0, 8.0][..], &[7.0; 5]] {
            let found = groups(&NORMAL, few).unwrap();
            assert_eq!(found.test, ChosenTest::MannWhitney);
            assert!(found.reason.contains("cannot be tested: Shapiro-Wilk's test needs"), "{}", found.reason);
        }
    }

    #[test]
    fn large_groups_are_tested_by_lilliefors() {
        let many: Vec<f64> = (0..6000).map(|i| super::super::normal_quantile((f64::from(i) + 0.5) / 6000.0)).collect();
        let found = groups(&many, &many).unwrap();
        assert!(found.reason.contains("Lilliefors p 1.000 and Lilliefors p 1.000"), "{}", found.reason);
    }

    #[test]
    fn small_expected_counts_take_fisher() {
        let table = |rows: &[[u64; 2]]| Table::new(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap();
        // Two by two: the smallest expected count is 4.5.
        assert_eq!(compare_table(&table(&[[5, 4], [20, 21]])).unwrap().test, ChosenTest::Fisher);
        let found = compare_table(&table(&[[5, 6], [30, 24], [30, 35]])).unwrap();
        assert_eq!((found.test, found.df), (ChosenTest::Pearson, Some(2.0)));
        assert!(found.reason.starts_with("All expected"), "{}", found.reason);
        // One cell of six, 2.67; then two of six, 4.53 and 3.47; then one of six again, but 0.56.
        let found = compare_table(&table(&[[4, 4], [40, 20], [36, 16]])).unwrap();
        assert_eq!(found.test, ChosenTest::Pearson);
        assert!(found.reason.starts_with("Only 1 of 6 expected counts"), "{}", found.reason);
        assert_eq!(compare_table(&table(&[[4, 4], [30, 20], [30, 25]])).unwrap().test, ChosenTest::Fisher);
        assert_eq!(compare_table(&table(&[[6, 0], [55, 6], [55, 6]])).unwrap().test, ChosenTest::Fisher);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let said = |result: Result<Comparison, TestError>| result.unwrap_err().to_string();
        assert!(said(compare_numeric(&[1.0, 2.0], &[true, true])).contains("at least 1 cases of each outcome"));
        assert!(said(compare_numeric(&[2.0, 2.0], &[true, false])).contains("all of them are equal"));
        assert!(said(compare_numeric(&[2.0], &[true, false])).starts_with("the variable has 1 values where 2"));
        assert!(said(compare_numeric(&[2.0, f64::INFINITY], &[true, false])).starts_with("the variable, value 2"));
        assert!(said(compare_categories(&[1, 2], &[false, false])).contains("at least 1 cases of each outcome"));
        assert!(said(compare_categories(&[1, 1], &[true, false])).contains("all of them are equal"));
        assert!(said(compare_categories(&[1], &[true, false])).starts_with("the variable has 1 values where 2"));
    }
}
