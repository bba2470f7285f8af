//! Tables of counts: chi-square tests of Pearson, with Yates' correction, by likelihood ratio, and of linear association.
//!
//! As R's `chisq.test`; the linear one as SPSS's "linear-by-linear association". A row or column without any count gives NaN,
//! as in R: leave it out before. A table of one row or column is refused, where R would test it for equal counts. Fisher's
//! test is in `fisher`.

use super::distribution::chi_square_tail;
use super::sample::TestError;

/// A table of counts with at least two rows and columns, and at least one count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<u64>>,
    columns: usize,
}

/// A chi-square test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub df: f64,
    /// The p.
    pub p: f64,
}

impl ChiSquare {
    fn new(statistic: f64, df: f64) -> Self {
        Self { statistic, df, p: chi_square_tail(statistic, df) }
    }
}

/// More than any cohort, and few enough that sums and products of counts stay exact.
const MOST: u64 = 1_000_000_000;

impl Table {
    /// A table from its rows.
    ///
    /// # Errors
    /// Fewer than two rows or columns, rows of different length, no count at all, or more than 1e9.
    pub fn new(rows: &[Vec<u64>]) -> Result<Self, TestError> {
        const TEST: &str = "a test of a table";
        let columns = rows.first().map_or(0, Vec::len);
        for (of_what, found) in [("rows", rows.len()), ("columns", columns)] {
            if found < 2 {
                return Err(TestError::TooFew { test: TEST, of_what, needed: 2, found });
            }
        }
        if let Some(index) = rows.iter().position(|row| row.len() != columns) {
            let found = rows.get(index).map_or(0, Vec::len);
            return Err(TestError::Unequal {
                what: format!("row {} of the table", index + 1),
                found,
                expected: columns,
            });
        }
        match rows.iter().flatten().try_fold(0u64, |sum, &count| sum.checked_add(count)) {
            Some(0) => Err(TestError::TooFew { test: TEST, of_what: "cases", needed: 1, found: 0 }),
            Some(sum) if sum <= MOST => Ok(Self { rows: rows.to_vec(), columns }),
            _ => Err(TestError::TooMany { test: TEST, of_what: "cases", most: MOST as usize }),
        }
    }

    /// The counts, by rows.
    pub fn rows(&self) -> &[Vec<u64>] {
        &self.rows
    }

    /// All counts together.
    pub fn total(&self) -> u64 {
        self.rows.iter().flatten().sum()
    }

    pub(super) fn row_sums(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.iter().sum()).collect()
    }

    pub(super) fn column_sums(&self) -> Vec<u64> {
        let sum = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).sum();
        (0..self.columns).map(sum).collect()
    }

    /// What independence would make expected: row sum x column sum / total.
    pub fn expected(&self) -> Vec<Vec<f64>> {
        let (columns, total) = (self.column_sums(), self.total() as f64);
        let row = |sum: u64| columns.iter().map(|&column| sum as f64 * column as f64 / total).collect();
        self.row_sums().into_iter().map(row).collect()
    }

    /// The smallest expected count.
    pub fn min_expected(&self) -> f64 {
        self.expected().into_iter().flatten().fold(f64::INFINITY, f64::min)
    }

    /// (rows − 1)(columns − 1).
    pub fn df(&self) -> f64 {
        (self.rows.len() as f64 - 1.0) * (self.columns as f64 - 1.0)
    }

    fn cells(&self) -> Vec<(f64, f64)> {
        let observed = self.rows.iter().flatten().map(|&count| count as f64);
        observed.zip(self.expected().into_iter().flatten()).collect()
    }

    /// Pearson's test without correction: Σ (O − E)² / E.
    pub fn pearson(&self) -> ChiSquare {
        ChiSquare::new(self.cells().iter().map(|(o, e)| (o - e).powi(2) / e).sum(), self.df())
    }

    /// Pearson's test of two by two with Yates' correction, (|O − E| − c)² / E with c = min(0.5, |O − E|), as R and SPSS.
    ///
    /// # Errors
    /// Another form than two by two.
    pub fn yates(&self) -> Result<ChiSquare, TestError> {
        if !self.is_two_by_two() {
            return Err(TestError::Form { test: "Yates' correction", needed: "a table of two rows and two columns" });
        }
        let cells = self.cells();
        let correction = cells.iter().fold(0.5f64, |c, (o, e)| c.min((o - e).abs()));
        Ok(ChiSquare::new(cells.iter().map(|(o, e)| ((o - e).abs() - correction).powi(2) / e).sum(), self.df()))
    }

    /// The likelihood ratio test: 2 Σ O ln(O / E), where an O of 0 adds 0.
    pub fn likelihood_ratio(&self) -> ChiSquare {
        let terms = self.cells().into_iter().filter(|(o, _)| *o > 0.0).map(|(o, e)| 2.0 * o * (o / e).ln());
        ChiSquare::new(terms.sum(), self.df())
    }

    /// Linear-by-linear association, (N − 1) r² on one degree of freedom, r Pearson's correlation of rows and columns scored
    /// 1, 2, 3 …
    pub fn linear_by_linear(&self) -> ChiSquare {
        let marks = |sums: &[u64]| (1..=sums.len()).map(|score| score as f64).collect::<Vec<f64>>();
        self.linear_by_linear_of(&marks(&self.row_sums()), &marks(&self.column_sums()))
    }

    /// Linear-by-linear association with scores of one's own, one for each row and column.
    pub fn linear_by_linear_of(&self, row_scores: &[f64], column_scores: &[f64]) -> ChiSquare {
        let total = self.total() as f64;
        let centred = |scores: &[f64], sums: &[u64]| {
            let mean = scores.iter().zip(sums).map(|(score, &sum)| score * sum as f64).sum::<f64>() / total;
            let centred: Vec<f64> = scores.iter().map(|score| score - mean).collect();
            let squares: f64 = centred.iter().zip(sums).map(|(score, &sum)| score * score * sum as f64).sum();
            (centred, squares)
        };
        let (row_scores, row_squares) = centred(row_scores, &self.row_sums());
        let (column_scores, column_squares) = centred(column_scores, &self.column_sums());
        let of_row = |row: &Vec<u64>| row.iter().zip(&column_scores).map(|(&n, score)| n as f64 * score).sum::<f64>();
        let products: f64 = self.rows.iter().zip(&row_scores).map(|(row, score)| score * of_row(row)).sum();
        ChiSquare::new((total - 1.0) * products * products / (row_squares * column_squares), 1.0)
    }

    /// Whether the table has two rows and two columns.
    pub fn is_two_by_two(&self) -> bool {
        self.rows.len() == 2 && self.columns == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_refused() {
        let said = |rows: &[Vec<u64>]| Table::new(rows).unwrap_err().to_string();
        assert!(said(&[vec![1, 2]]).contains("needs at least 2 rows, and there are 1"));
        assert!(said(&[vec![3], vec![4]]).contains("needs at least 2 columns, and there are 1"));
        assert!(said(&[vec![1, 2], vec![3]]).starts_with("row 2 of the table has 1 values where 2 are expected"));
        assert!(said(&[vec![0, 0], vec![0, 0]]).contains("needs at least 1 cases"));
        assert!(said(&[vec![u64::MAX, 1], vec![1, 1]]).contains("takes at most 1000000000 cases"));
    }

    #[test]
    fn scores_may_be_moved_and_stretched() {
        let table = Table::new(&[vec![14, 5], vec![39, 32], vec![7, 15]]).unwrap();
        let other = table.linear_by_linear_of(&[20.0, 30.0, 40.0], &[-1.0, 1.0]);
        assert!((table.linear_by_linear().statistic / other.statistic - 1.0).abs() < 1e-12);
    }
}
