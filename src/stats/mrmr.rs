//! Minimum redundancy, maximum relevance: features picked one by one, each for what it says about the outcome and against what it
//! repeats of those picked before (Ding & Peng, J Bioinform Comput Biol 2005;3:185; Peng, Long & Ding, IEEE TPAMI 2005;27:1226).
//!
//! Mutual information of two continuous columns is that of a bivariate normal, −½ ln(1 − r²) (R package mRMRe; De Jay et al.,
//! Bioinformatics 2013;29:2365). The first pick has the largest relevance; then the score is relevance minus, or divided by, the
//! mean redundancy with the picked. Of equal scores the first column wins. Constant columns are never picked. It takes no
//! ensembles of solutions, as mRMRe can, and no missing values.

use serde::{Deserialize, Serialize};

use super::StatsError;
use crate::base::widest;

/// A correlation this near to ±1 is one but for rounding: one column repeats the other.
const REPEATS: f64 = 1e-12;
/// Least redundancy in the quotient of F and |r|, as the Python package mrmr_selection has it.
const LEAST_CORRELATION: f64 = 1e-3;
const LANES: usize = 8;

/// What relevance and redundancy are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Criterion {
    /// Normal mutual information of Somers' D as mRMRe 2.1 counts it, pairs tied on the feature standing in the denominator and
    /// not among the concordant; redundancy by Pearson's r. The paper's choice.
    SomersMrmre,
    /// The same with ties counting one half: D = 2 AUC − 1.
    SomersHalf,
    /// Normal mutual information of Pearson's r with the outcome as 0 and 1.
    Pearson,
    /// F of a one-way analysis of variance; redundancy is |r|. In the quotient |r| is at least 0.001, and a column that repeats a
    /// picked one is worth nothing.
    F,
    /// Mutual information in nats of columns cut at mean ± one standard deviation into three states.
    Peng,
}

/// How relevance and redundancy become a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// Relevance minus mean redundancy.
    Difference,
    /// Relevance divided by mean redundancy.
    Quotient,
}

/// One pick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MrmrStep {
    /// The column, from 0.
    pub column: usize,
    /// What it says of the outcome.
    pub relevance: f64,
    /// Mean redundancy with those picked before; `None` at the first pick.
    pub mean_redundancy: Option<f64>,
    /// What it was picked for.
    pub score: f64,
    /// Its score minus that of the next best; `None` where it was the last candidate.
    pub gap_to_second: Option<f64>,
}

/// Picks `k` columns in order.
pub fn mrmr(
    columns: &[&[f64]],
    outcome: &[bool],
    k: usize,
    criterion: Criterion,
    scheme: Scheme,
) -> Result<Vec<MrmrStep>, StatsError> {
    check(columns, outcome)?;
    let (candidates, relevances): (Vec<usize>, Vec<f64>) = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.iter().any(|x| Some(x) != column.first()))
        .map(|(j, column)| (j, relevance(column, outcome, criterion)))
        .filter(|(_, relevance)| !relevance.is_nan())
        .unzip();
    if k > candidates.len() {
        return Err(StatsError::TooFewFeatures { asked: k, usable: candidates.len(), columns: columns.len() });
    }
    let redundancy = Redundancy::new(candidates.iter().filter_map(|&j| columns.get(j).copied()), criterion, scheme);
    Ok(greedy(&candidates, &relevances, &redundancy, k, scheme))
}

fn check(columns: &[&[f64]], outcome: &[bool]) -> Result<(), StatsError> {
    for (j, column) in columns.iter().enumerate() {
        let what = format!("column {}", j + 1);
        if column.len() != outcome.len() {
            return Err(StatsError::Length { what, found: column.len(), expected: outcome.len() });
        }
        if let Some(index) = column.iter().position(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite { what, index: index + 1 });
        }
    }
    let (events, n) = (outcome.iter().filter(|&&event| event).count(), outcome.len());
    if events == 0 || events == n { Err(StatsError::OneClass { events, n }) } else { Ok(()) }
}

fn greedy(
    candidates: &[usize],
    relevances: &[f64],
    redundancy: &Redundancy,
    k: usize,
    scheme: Scheme,
) -> Vec<MrmrStep> {
    let mut sums = vec![0.0; candidates.len()];
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut steps: Vec<MrmrStep> = Vec::with_capacity(k);
    while steps.len() < k {
        let count = steps.len();
        let score = |c: usize| match (count, scheme) {
            (0, _) => relevances[c],
            (_, Scheme::Difference) => relevances[c] - sums[c] / count as f64,
            (_, Scheme::Quotient) => relevances[c] / (sums[c] / count as f64),
        };
        let Some((place, best, second)) = two_best(left.iter().map(|&c| score(c))) else { break };
        let picked = left.remove(place);
        steps.push(MrmrStep {
            column: candidates[picked],
            relevance: relevances[picked],
            mean_redundancy: (count > 0).then(|| sums[picked] / count as f64),
            score: best,
            gap_to_second: second.map(|second| if second == best { 0.0 } else { best - second }),
        });
        if steps.len() < k {
            redundancy.add(picked, &mut sums);
        }
    }
    steps
}

/// Where the largest score stands, the first if tied; it; and the next. What is undefined comes last.
fn two_best(scores: impl Iterator<Item = f64>) -> Option<(usize, f64, Option<f64>)> {
    let mut best: Option<(usize, f64)> = None;
    let mut second: Option<f64> = None;
    for (place, score) in scores.enumerate() {
        let score = if score.is_nan() { f64::NEG_INFINITY } else { score };
        match best {
            Some((_, leading)) if score <= leading => second = Some(second.map_or(score, |s| s.max(score))),
            _ => {
                second = best.map(|(_, leading)| leading);
                best = Some((place, score));
            }
        }
    }
    best.map(|(place, score)| (place, score, second))
}

fn relevance(column: &[f64], outcome: &[bool], criterion: Criterion) -> f64 {
    match criterion {
        Criterion::SomersMrmre => normal_information(somers(column, outcome).0),
        Criterion::SomersHalf => normal_information(somers(column, outcome).1),
        Criterion::Pearson => {
            let y: Vec<f64> = outcome.iter().map(|&event| f64::from(u8::from(event))).collect();
            normal_information(dot(&unit(column), &unit(&y)))
        }
        Criterion::F => f_statistic(column, outcome),
        Criterion::Peng => {
            let y: Vec<u8> = outcome.iter().map(|&event| u8::from(event)).collect();
            plug_in_information(&states(column), &y)
        }
    }
}

/// Mutual information of a bivariate normal, in nats; infinite where |r| is 1 but for rounding.
fn normal_information(r: f64) -> f64 {
    if r.abs() >= 1.0 - REPEATS { f64::INFINITY } else { -0.5 * (1.0 - r * r).ln() }
}

/// Somers' D of a column for the outcome, with tied pairs as mRMRe takes them (2C − 1, C = concordant / all pairs of different
/// outcome) and with one half each.
fn somers(column: &[f64], outcome: &[bool]) -> (f64, f64) {
    let mut order: Vec<(f64, bool)> = column.iter().copied().zip(outcome.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut without_below, mut with_below, mut concordant, mut discordant) = (0u64, 0u64, 0u64, 0u64);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let with = tied.iter().filter(|(_, event)| *event).count() as u64;
        let without = tied.len() as u64 - with;
        concordant += with * without_below;
        discordant += without * with_below;
        with_below += with;
        without_below += without;
    }
    let pairs = (with_below * without_below) as f64;
    (2.0 * (concordant as f64 / pairs) - 1.0, (concordant as f64 - discordant as f64) / pairs)
}

/// F of a one-way analysis of variance with two groups, the square of the pooled t.
fn f_statistic(column: &[f64], outcome: &[bool]) -> f64 {
    let n = column.len() as f64;
    let center = column.iter().sum::<f64>() / n;
    let (mut between, mut within) = (0.0, 0.0);
    for group in [true, false] {
        let of_group = || column.iter().zip(outcome).filter(|(_, event)| **event == group).map(|(x, _)| *x);
        let count = of_group().count() as f64;
        let mean = of_group().sum::<f64>() / count;
        between += count * (mean - center).powi(2);
        within += of_group().map(|x| (x - mean).powi(2)).sum::<f64>();
    }
    between / (within / (n - 2.0))
}

/// States 0, 1, 2: below, within and above mean ± one standard deviation (with n − 1).
fn states(column: &[f64]) -> Vec<u8> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let state = |&x: &f64| if x > mean + sd { 2 } else { u8::from(x >= mean - sd) };
    column.iter().map(state).collect()
}

/// Mutual information Σ p ln(p / (p₁ p₂)) of two columns of up to three states, from their frequencies.
fn plug_in_information(a: &[u8], b: &[u8]) -> f64 {
    let mut counts = [[0u32; 4]; 4];
    for (&a, &b) in a.iter().zip(b) {
        counts[usize::from(a & 3)][usize::from(b & 3)] += 1;
    }
    let n = a.len() as f64;
    let part = |count: u32| f64::from(count) / n;
    let mut sum = 0.0;
    for row in &counts {
        let of_row = part(row.iter().sum());
        for (state, &count) in row.iter().enumerate() {
            if count > 0 {
                let of_column = part(counts.iter().map(|row| row[state]).sum());
                sum += part(count) * (part(count) / (of_row * of_column)).ln();
            }
        }
    }
    sum
}

/// Centred, and scaled to length 1, so that products are correlations.
fn unit(column: &[f64]) -> Vec<f64> {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let centered: Vec<f64> = column.iter().map(|x| x - mean).collect();
    let length = dot(&centered, &centered).sqrt();
    centered.iter().map(|x| x / length).collect()
}

/// The candidates prepared for redundancies, which are taken only against what is picked.
enum Redundancy {
    /// Columns of length 1, one after another and padded with zeros, and how a correlation counts.
    Correlated { units: Vec<f64>, stride: usize, of: fn(f64) -> f64 },
    /// Columns of states.
    States(Vec<Vec<u8>>),
}

impl Redundancy {
    fn new<'a>(columns: impl Iterator<Item = &'a [f64]>, criterion: Criterion, scheme: Scheme) -> Self {
        let of: fn(f64) -> f64 = match (criterion, scheme) {
            (Criterion::Peng, _) => return Self::States(columns.map(states).collect()),
            (Criterion::F, Scheme::Difference) => f64::abs,
            (Criterion::F, Scheme::Quotient) => floored,
            _ => normal_information,
        };
        let (mut units, mut stride) = (Vec::new(), LANES);
        for column in columns {
            stride = column.len().div_ceil(LANES) * LANES;
            units.extend(unit(column));
            units.resize(units.len().div_ceil(stride) * stride, 0.0);
        }
        Self::Correlated { units, stride, of }
    }

    /// Adds each candidate's redundancy with the picked one.
    fn add(&self, picked: usize, sums: &mut [f64]) {
        match self {
            Self::Correlated { units, stride, of } => {
                let mut r = vec![0.0; sums.len()];
                correlations(units, &units[picked * stride..(picked + 1) * stride], &mut r);
                sums.iter_mut().zip(r).for_each(|(sum, r)| *sum += of(r));
            }
            Self::States(columns) => {
                let other = &columns[picked];
                sums.iter_mut().zip(columns).for_each(|(sum, column)| *sum += plug_in_information(column, other));
            }
        }
    }
}

fn floored(r: f64) -> f64 {
    if r.abs() >= 1.0 - REPEATS { f64::INFINITY } else { r.abs().max(LEAST_CORRELATION) }
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        for k in 0..LANES {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

widest! {
    fn correlations[](units: &[f64], with: &[f64], out: &mut [f64]) {
        for (column, out) in units.chunks_exact(with.len()).zip(out) {
            *out = dot(column, with);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_column_comes_last_and_the_first_of_two_is_picked() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 6.0, 9.0];
        let b = [2.0, 1.0, 2.5, 1.5, 2.0, 3.0, 1.0, 2.0];
        let outcome = [false, false, true, false, true, false, true, true];
        for criterion in [Criterion::SomersMrmre, Criterion::Pearson, Criterion::Peng] {
            let steps = mrmr(&[&a, &a, &b], &outcome, 3, criterion, Scheme::Difference).unwrap();
            assert_eq!(steps.iter().map(|step| step.column).collect::<Vec<_>>(), [0, 2, 1], "{criterion:?}");
            assert_eq!(steps[0].gap_to_second, Some(0.0));
            assert_eq!(steps[2].gap_to_second, None);
        }
    }

    #[test]
    fn ties_of_the_feature_count_against_it_only_as_mrmre_has_it() {
        let (somers_mrmre, half) = somers(&[1.0, 1.0, 2.0, 2.0], &[false, true, false, true]);
        // Of four pairs one is concordant, one discordant, two are tied.
        assert_eq!((somers_mrmre, half), (-0.5, 0.0));
    }

    #[test]
    fn asking_for_more_than_varies_says_how_many_there_are() {
        let (a, constant) = ([1.0, 2.0, 3.0, 5.0], [4.0; 4]);
        let outcome = [false, true, false, true];
        let error = mrmr(&[&a, &constant], &outcome, 2, Criterion::F, Scheme::Quotient).unwrap_err();
        assert_eq!(error, StatsError::TooFewFeatures { asked: 2, usable: 1, columns: 2 });
    }
}
