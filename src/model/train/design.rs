//! What a training run works on: features, clinical columns as the numbers of a regression, the outcome, and rows.

use crate::cohort::{ClinicalColumn, Cohort, ColumnKind};
use crate::model::Level;

/// A clinical column as a regression takes it: a number, an ordered grade, or one level against the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The column's name; of a level among several, the column and the level.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its unit, if it has one.
    pub unit: Option<String>,
    /// The values that its column can take; empty for a number.
    pub levels: Vec<Level>,
    /// The level that it is 1 at, where it is one level against the column's reference.
    pub indicator: Option<f64>,
    /// The clinical column's name.
    pub input: String,
    /// The clinical column that it comes from, among the cohort's.
    pub column: usize,
    /// One value a patient.
    pub values: Vec<f64>,
}

/// The columns of a cohort as training sees them.
pub(super) struct Design<'a> {
    /// Candidate features, one value a patient.
    pub features: Vec<&'a [f64]>,
    /// Candidate clinical terms.
    pub terms: Vec<Term>,
    /// Whether the patient had the event.
    pub outcome: &'a [bool],
}

/// Some patients' values, copied together; a resample may have a patient several times.
pub(super) struct Rows {
    pub features: Vec<Vec<f64>>,
    pub terms: Vec<Vec<f64>>,
    pub outcome: Vec<bool>,
}

impl Design<'_> {
    /// The values of these patients.
    pub fn rows(&self, rows: &[usize]) -> Rows {
        let of = |column: &[f64]| rows.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        Rows {
            features: self.features.iter().map(|column| of(column)).collect(),
            terms: self.terms.iter().map(|term| of(&term.values)).collect(),
            outcome: rows.iter().map(|&row| self.outcome[row]).collect(),
        }
    }
}

/// Borrows columns as the statistics take them.
pub(super) fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// The candidate columns as terms; a column with a missing value is none, since the reader leaves out such patients.
pub(super) fn terms_of(cohort: &Cohort, training: &[usize]) -> Vec<Term> {
    let candidates = cohort.clinical.iter().enumerate().filter(|(_, column)| column.is_candidate);
    candidates.flat_map(|(index, column)| terms_of_column(index, column, training)).collect()
}

fn terms_of_column(index: usize, column: &ClinicalColumn, training: &[usize]) -> Vec<Term> {
    let Some(values) = column.values.iter().copied().collect::<Option<Vec<f64>>>() else { return Vec::new() };
    let (unit, input) = (column.unit.clone(), column.name.clone());
    let (name, label) = (column.name.clone(), column.label.clone());
    let number = Term { name, label, unit, input, levels: Vec::new(), indicator: None, column: index, values };
    let ColumnKind::Levels { labels, codes, reference, ordered } = &column.kind else {
        return vec![number];
    };
    // A level that training patients do not have says nothing to a model.
    let occurs = |code: &f64| training.iter().any(|&row| number.values.get(row) == Some(code));
    let reference =
        codes.get(*reference).filter(|code| occurs(code)).or_else(|| codes.iter().find(|code| occurs(code)));
    let level = |(value, label): (&f64, &String)| Level { value: *value, label: label.clone() };
    let levels: Vec<Level> = codes.iter().zip(labels).filter(|(code, _)| occurs(code)).map(level).collect();
    if *ordered {
        return vec![Term { levels, ..number }];
    }
    let others = levels.iter().filter(|level| Some(&level.value) != reference);
    let against = |level: &Level| {
        let is = |yes: bool| f64::from(u8::from(yes));
        Term {
            name: format!("{}={}", number.name, level.label),
            values: number.values.iter().map(|value| is(*value == level.value)).collect(),
            indicator: Some(level.value),
            levels: levels.clone(),
            ..number.clone()
        }
    };
    others.map(against).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Role;

    #[test]
    fn two_categories_are_one_indicator_against_the_reference_whatever_their_codes() {
        let kind = ColumnKind::Levels {
            labels: ["CRT", "RT", "surgery"].map(str::to_owned).to_vec(),
            codes: vec![0.0, 1.0, 2.0],
            reference: 2,
            ordered: false,
        };
        let (name, label) = ("treatment".to_owned(), "Treatment".to_owned());
        let values = vec![Some(0.0), Some(2.0), Some(2.0), Some(1.0)];
        let column =
            ClinicalColumn { name, label, unit: None, role: Role::Treatment, kind, is_candidate: true, values };
        // Training patients have the codes 0 and 2 alone.
        let terms = terms_of_column(0, &column, &[0, 1, 2]);
        let [term] = terms.as_slice() else { panic!("{terms:?}") };
        assert_eq!((term.name.as_str(), term.indicator), ("treatment=CRT", Some(0.0)));
        assert_eq!(term.values, [1.0, 0.0, 0.0, 0.0]);
    }
}
