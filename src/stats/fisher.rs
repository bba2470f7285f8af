//! Fisher's exact test of a table with two columns (or two rows), and the conditional odds ratio of two by two, as R's
//! `fisher.test`.
//!
//! p is the probability, with the margins given, of all tables that are not more probable than the observed one. The tables
//! are walked line by line as in Mehta & Patel's network (JASA 1983;78:427): unfinished tables with the same rest and
//! probability are taken together, and those whose every continuation falls on one side are settled at once. Larger tables
//! than n x 2 are refused.

use super::contingency::Table;
use super::distribution::root_of_falling;
use super::sample::TestError;

/// Two tables count as equally probable up to this difference of logarithms, as in R.
const EQUAL: f64 = 1e-7;
/// Unfinished tables whose logarithms differ by less are the same but for rounding.
const SAME: f64 = 1e-11;
/// Unfinished tables of one line; beyond this, memory and patience end.
const MOST: usize = 1_000_000;

/// Cases of one table: the bounds of the walk take time with the square of this.
const MOST_CASES: usize = 20_000;

/// An odds ratio with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OddsRatio {
    /// The conditional maximum likelihood estimate; 0 or infinite where a cell has the least or most that its margins allow.
    pub estimate: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Table {
    /// Fisher's two-sided p.
    ///
    /// # Errors
    /// More than two rows and more than two columns; more than 20 000 cases; tables beyond count.
    pub fn fisher(&self) -> Result<f64, TestError> {
        const TEST: &str = "Fisher's exact test";
        let [first, sizes] =
            self.lines().ok_or(TestError::Form { test: TEST, needed: "a table with two rows or two columns" })?;
        self.check_cases(TEST)?;
        let total = first.iter().sum::<u64>() as usize;
        let logs = LogFactorials::up_to(sizes.iter().sum::<u64>() as usize);
        let observed: f64 = sizes.iter().zip(&first).map(|(&size, &n)| logs.choose(size as usize, n as usize)).sum();
        let sizes: Vec<usize> = sizes.into_iter().map(|size| size as usize).collect();
        let too_many = TestError::TooMany { test: TEST, of_what: "unfinished tables", most: MOST };
        improbable(&sizes, total, observed + EQUAL, &logs).ok_or(too_many)
    }

    /// First column and sums of each line, where there are two columns; of each column, where there are two rows.
    fn lines(&self) -> Option<[Vec<u64>; 2]> {
        if self.column_sums().len() == 2 {
            Some([self.rows().iter().filter_map(|row| row.first().copied()).collect(), self.row_sums()])
        } else if self.rows().len() == 2 {
            Some([self.rows().first()?.clone(), self.column_sums()])
        } else {
            None
        }
    }

    /// The conditional maximum likelihood estimate of the odds ratio of two by two, where the mean of Fisher's noncentral
    /// hypergeometric distribution is the observed count, and the interval with 2.5 % of it at or beyond the observed count
    /// on either side.
    ///
    /// R stops its search at a step of 1e-4; here all digits hold.
    ///
    /// # Errors
    /// Another form than two by two; more than 20 000 cases.
    pub fn odds_ratio(&self) -> Result<OddsRatio, TestError> {
        const TEST: &str = "the conditional odds ratio";
        const NEEDED: &str = "a table of two rows and two columns";
        let [[a, b], [c, d]] = self.four().ok_or(TestError::Form { test: TEST, needed: NEEDED })?;
        self.check_cases(TEST)?;
        let (least, most) = ((a + c).saturating_sub(c + d), (a + b).min(a + c));
        let logs = LogFactorials::up_to(a + b + c + d);
        let weights: Vec<(f64, f64)> =
            (least..=most).map(|x| (x as f64, logs.choose(a + b, x) + logs.choose(c + d, a + c - x))).collect();
        let observed = a as f64;
        let of = |value: &dyn Fn(f64) -> f64, ratio: f64| noncentral_mean(&weights, value, ratio);
        let below = |end: f64| move |x: f64| if x <= end { 1.0 } else { 0.0 };
        let span = (most - least) as f64;
        let missing = |x: f64| (most as f64 - x) / span;
        let estimate = match a {
            a if a == least => 0.0,
            a if a == most => f64::INFINITY,
            _ => root_of_falling(|ratio| of(&missing, ratio), missing(observed)),
        };
        let low = match a == least {
            true => 0.0,
            false => root_of_falling(|ratio| of(&below(observed - 1.0), ratio), 0.975),
        };
        let high = match a == most {
            true => f64::INFINITY,
            false => root_of_falling(|ratio| of(&below(observed), ratio), 0.025),
        };
        Ok(OddsRatio { estimate, low, high })
    }

    fn check_cases(&self, test: &'static str) -> Result<(), TestError> {
        match self.total() as usize {
            n if n > MOST_CASES => Err(TestError::TooMany { test, of_what: "cases", most: MOST_CASES }),
            _ => Ok(()),
        }
    }

    fn four(&self) -> Option<[[usize; 2]; 2]> {
        match self.rows() {
            [first, second] => match (first.as_slice(), second.as_slice()) {
                (&[a, b], &[c, d]) => Some([[a as usize, b as usize], [c as usize, d as usize]]),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The mean of a function of the count under the noncentral hypergeometric distribution with this odds ratio.
fn noncentral_mean(weights: &[(f64, f64)], value: &dyn Fn(f64) -> f64, ratio: f64) -> f64 {
    let logarithm = ratio.ln();
    let largest = weights.iter().map(|(x, weight)| weight + x * logarithm).fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut whole) = (0.0, 0.0);
    for (x, weight) in weights {
        let part = (weight + x * logarithm - largest).exp();
        sum += part * value(*x);
        whole += part;
    }
    sum / whole
}

/// ln n! for all n up to some size.
struct LogFactorials(Vec<f64>);

impl LogFactorials {
    fn up_to(n: usize) -> Self {
        let mut logs = vec![0.0];
        logs.extend((1..=n).scan(0.0, |sum, i| {
            *sum += (i as f64).ln();
            Some(*sum)
        }));
        Self(logs)
    }

    fn of(&self, n: usize) -> f64 {
        self.0.get(n).copied().unwrap_or(f64::NAN)
    }

    /// ln of the binomial coefficient; −∞ where there is none.
    fn choose(&self, n: usize, k: usize) -> f64 {
        if k > n { f64::NEG_INFINITY } else { self.of(n) - self.of(k) - self.of(n - k) }
    }
}

/// An unfinished table: what is left for the lines to come, the logarithm of its weight, and how many tables it stands for.
#[derive(Clone, Copy)]
struct Unfinished {
    rest: usize,
    log: f64,
    times: f64,
}

/// The probability of all tables with lines of these sizes and this total in the first column whose weight Π C(size, count)
/// has at most the logarithm `bound`. `None` where they are too many.
fn improbable(sizes: &[usize], total: usize, bound: f64, logs: &LogFactorials) -> Option<f64> {
    let all = logs.choose(sizes.iter().sum(), total);
    let extremes = extremes(sizes, total, logs);
    let mut left: usize = sizes.iter().sum();
    let mut nodes = vec![Unfinished { rest: total, log: 0.0, times: 1.0 }];
    let mut probability = 0.0;
    for (&size, of_rest) in sizes.iter().zip(extremes.iter().skip(1)) {
        left -= size;
        let mut next = Vec::new();
        for node in &nodes {
            for count in node.rest.saturating_sub(left)..=size.min(node.rest) {
                let (rest, log) = (node.rest - count, node.log + logs.choose(size, count));
                let &(least, most) = of_rest.get(rest)?;
                if log + most <= bound {
                    // Every continuation counts: together they weigh C(left, rest).
                    probability += node.times * (log + logs.choose(left, rest) - all).exp();
                } else if log + least <= bound {
                    next.push(Unfinished { rest, log, times: node.times });
                }
            }
            if next.len() > 4 * MOST {
                return None;
            }
        }
        nodes = merged(next);
        if nodes.len() > MOST {
            return None;
        }
    }
    Some(probability.min(1.0))
}

/// For the lines from each one on (and, last, none), and each total left to them: the least and the largest logarithm of
/// their weight.
fn extremes(sizes: &[usize], total: usize, logs: &LogFactorials) -> Vec<Vec<(f64, f64)>> {
    const NONE: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut of_rest = vec![NONE; total + 1];
    of_rest.iter_mut().take(1).for_each(|nothing| *nothing = (0.0, 0.0));
    let mut lines = vec![of_rest];
    for &size in sizes.iter().rev() {
        let after = lines.last().cloned().unwrap_or_default();
        let best = |rest: usize| {
            (0..=size.min(rest)).fold(NONE, |(least, most), count| {
                let weight = logs.choose(size, count);
                let (low, high) = after.get(rest - count).copied().unwrap_or(NONE);
                (least.min(weight + low), most.max(weight + high))
            })
        };
        lines.push((0..=total).map(best).collect());
    }
    lines.reverse();
    lines
}

/// Takes together what has the same rest and the same weight but for rounding.
fn merged(mut nodes: Vec<Unfinished>) -> Vec<Unfinished> {
    nodes.sort_by(|a, b| a.rest.cmp(&b.rest).then(a.log.total_cmp(&b.log)));
    nodes.dedup_by(|node, kept| {
        let same = node.rest == kept.rest && node.log - kept.log < SAME;
        if same {
            kept.times += node.times;
        }
        same
    });
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logarithms of factorials of a few hundred carry 1e-13.
    const P: f64 = 1e-11;

    fn table(rows: &[[u64; 2]]) -> Table {
        Table::new(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    /// All tables, one by one, with binomial coefficients multiplied out.
    fn one_by_one(rows: &[[u64; 2]]) -> f64 {
        let choose = |n: u64, k: u64| (1..=k).fold(1.0, |so_far, i| so_far * (n - k + i) as f64 / i as f64);
        let sizes: Vec<u64> = rows.iter().map(|row| row[0] + row[1]).collect();
        let total: u64 = rows.iter().map(|row| row[0]).sum();
        let mut tables = vec![(0, 1.0)];
        for &size in &sizes {
            let with = |&(sum, weight): &(u64, f64)| {
                (0..=size).map(|n| (sum + n, weight * choose(size, n))).collect::<Vec<_>>()
            };
            tables = tables.iter().flat_map(with).collect();
        }
        let weights: Vec<f64> = tables.iter().filter(|table| table.0 == total).map(|table| table.1).collect();
        let observed: f64 = rows.iter().map(|row| choose(row[0] + row[1], row[0])).product();
        let counted: f64 = weights.iter().filter(|weight| **weight <= observed * (1.0 + EQUAL)).sum();
        counted / weights.iter().sum::<f64>()
    }

    #[test]
    fn the_walk_finds_what_counting_every_table_finds() {
        let tables: [&[[u64; 2]]; 5] = [
            &[[3, 1], [1, 4]],
            &[[5, 5], [5, 5]],
            &[[14, 5], [39, 32], [7, 15]],
            &[[2, 3], [4, 0], [1, 6], [3, 3]],
            &[[1, 2], [3, 1], [0, 4], [2, 2], [5, 1], [1, 1]],
        ];
        for rows in tables {
            let (found, expected) = (table(rows).fisher().unwrap(), one_by_one(rows));
            assert!((found / expected - 1.0).abs() < P, "{rows:?}: {found} where counting gives {expected}");
        }
    }

    #[test]
    fn a_table_of_twelve_lines_is_walked() {
        // 12 lines of about 10: counted one by one these would be 1e12 tables. Near the chi-square p, for expected counts are
        // 5.
        let rows: Vec<[u64; 2]> = (0..12).map(|i| [4 + i % 3, 7 - i % 4]).collect();
        let (exact, pearson) = (table(&rows).fisher().unwrap(), table(&rows).pearson().p);
        assert!((exact - pearson).abs() < 0.03, "{exact} {pearson}");
    }

    #[test]
    fn two_rows_are_two_columns_turned() {
        let turned = Table::new(&[vec![14, 39, 7], vec![5, 32, 15]]).unwrap();
        assert_eq!(turned.fisher(), table(&[[14, 5], [39, 32], [7, 15]]).fisher());
        let large = Table::new(&vec![vec![1, 2, 3]; 3]).unwrap();
        assert!(matches!(large.fisher(), Err(TestError::Form { .. })));
        assert!(matches!(large.odds_ratio(), Err(TestError::Form { .. })));
        let many = table(&[[20_000, 1], [1, 1]]);
        assert!(matches!(many.fisher(), Err(TestError::TooMany { .. })));
        assert!(matches!(many.odds_ratio(), Err(TestError::TooMany { .. })));
    }

    #[test]
    fn odds_ratio_and_interval_solve_their_equations() {
        // Tea tasting, 3 of 4: weights 1 16 36 16 1 of 0 to 4.
        let ratio = table(&[[3, 1], [1, 3]]).odds_ratio().unwrap();
        let terms = |psi: f64| [1.0, 16.0 * psi, 36.0 * psi.powi(2), 16.0 * psi.powi(3), psi.powi(4)];
        let part = |psi: f64, from: usize| terms(psi).iter().skip(from).sum::<f64>() / terms(psi).iter().sum::<f64>();
        let mean = terms(ratio.estimate).iter().enumerate().map(|(x, w)| x as f64 * w).sum::<f64>()
            / terms(ratio.estimate).iter().sum::<f64>();
        assert!((mean - 3.0).abs() < P);
        assert!((part(ratio.low, 3) / 0.025 - 1.0).abs() < P);
        assert!(((1.0 - part(ratio.high, 4)) / 0.025 - 1.0).abs() < P);
    }
}
