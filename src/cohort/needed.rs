//! What a model that is there needs of a table, and the number that it takes for a patient's cell.
//!
//! Levels of other people's columns are matched by what they are called, never by their code: a schema without `levels` numbers the
//! texts of its own table, so that "RT" may be 1 in one table and 0 in the next. Well-known columns (sex, stages, markers) have the
//! same codes everywhere.

use std::collections::HashSet;

use super::case::yes_no;
use super::clinical::{ClinicalColumn, ColumnKind, known_value};
use super::schema::{CellText, Role};
use crate::exchange::table::number_text;

/// What a model needs of each patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Needed {
    /// Features, by name.
    pub features: HashSet<String>,
    /// Clinical columns.
    pub clinical: Vec<NeededColumn>,
}

/// A clinical column that a model needs.
#[derive(Debug, Clone, PartialEq)]
pub struct NeededColumn {
    /// The name under which the model knows it.
    pub name: String,
    /// What each of its levels is called, and the number that the model takes for it; empty for a number.
    pub levels: Vec<(String, f64)>,
}

impl NeededColumn {
    /// The number that the model takes for a patient's value; `None` where that is not known.
    ///
    /// # Errors
    /// The value in words, where it is a level that the model does not know.
    pub fn value(&self, column: &ClinicalColumn, row: usize) -> Result<Option<f64>, String> {
        let Some(value) = column.values.get(row).copied().flatten() else { return Ok(None) };
        let shown = match &column.kind {
            ColumnKind::Levels { labels, codes, .. } => {
                let place = codes.iter().position(|code| *code == value);
                place.and_then(|place| labels.get(place)).cloned().unwrap_or_else(|| number_text(value))
            }
            ColumnKind::Numeric => number_text(value),
        };
        let is_numeric = column.kind == ColumnKind::Numeric;
        let found = match (self.levels.is_empty(), self.is_coded_as(column.role)) {
            (true, is_fixed) => (is_fixed || is_numeric).then_some(value).or_else(|| shown.parse().ok()),
            (false, true) => self.levels.iter().find(|(_, code)| *code == value).map(|(_, code)| *code),
            (false, false) => self.level(&shown),
        };
        found.map(Some).ok_or(shown)
    }

    /// The number of the level of that name: the same, else the same but for letters' case and the spelling of numbers, else the same
    /// yes or no.
    fn level(&self, text: &str) -> Option<f64> {
        let flag = |text: &str| yes_no(&text.trim().to_ascii_lowercase());
        let exact = self.levels.iter().find(|(label, _)| label == text);
        let alike = || self.levels.iter().find(|(label, _)| CellText(label.clone()).is(text));
        let same_flag = || self.levels.iter().find(|(label, _)| flag(label).is_some() && flag(label) == flag(text));
        exact.or_else(alike).or_else(same_flag).map(|(_, code)| *code)
    }

    /// Whether the model has the numbers of a well-known role, which mean the same in every table. A column of such a name whose levels
    /// the model numbers otherwise was somebody's own.
    pub(super) fn is_coded_as(&self, role: Role) -> bool {
        let differs = |(label, code): &(String, f64)| known_value(role, label).is_ok_and(|value| value != *code);
        Role::KNOWN.contains(&role) && !self.levels.iter().any(differs)
    }

    /// The levels in words.
    pub(super) fn known(&self) -> String {
        let labels: Vec<&str> = self.levels.iter().map(|(label, _)| label.as_str()).collect();
        if labels.is_empty() { "a number".to_owned() } else { labels.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_labels(labels: &[&str]) -> NeededColumn {
        let levels = labels.iter().enumerate().map(|(code, label)| ((*label).to_owned(), code as f64)).collect();
        NeededColumn { name: "x".to_owned(), levels }
    }

    fn column(kind: ColumnKind, value: f64) -> ClinicalColumn {
        let (name, label) = ("x".to_owned(), "X".to_owned());
        ClinicalColumn {
            name,
            label,
            unit: None,
            role: Role::Free,
            kind,
            is_candidate: true,
            values: vec![Some(value)],
        }
    }

    fn levels(labels: &[&str], value: f64) -> ClinicalColumn {
        let codes = (0..labels.len()).map(|code| code as f64).collect();
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        column(ColumnKind::Levels { labels, codes, reference: 0, ordered: false }, value)
    }

    #[test]
    fn levels_are_matched_by_name_whatever_their_code_in_the_table() {
        let model = of_labels(&["CRT", "RT", "surgery"]);
        assert_eq!(model.value(&levels(&["RT", "surgery"], 0.0), 0), Ok(Some(1.0)));
        assert_eq!(model.value(&levels(&["RT", "watchful"], 1.0), 0), Err("watchful".to_owned()));
        assert_eq!(of_labels(&["1", "2", "3"]).value(&column(ColumnKind::Numeric, 2.0), 0), Ok(Some(1.0)));
        assert_eq!(of_labels(&["no", "yes"]).value(&levels(&["1", "0"], 0.0), 0), Ok(Some(1.0)));
    }

    #[test]
    fn a_well_known_column_keeps_its_codes_and_has_no_other_levels_than_the_model() {
        let mut stage = levels(&["T1", "T2"], 1.0);
        stage.role = Role::PT;
        let model = NeededColumn { name: "pT".to_owned(), levels: vec![("pT2".to_owned(), 2.0)] };
        assert_eq!(model.value(&stage, 0), Err("T2".to_owned()));
        stage.values = vec![Some(2.0)];
        assert_eq!(model.value(&stage, 0), Ok(Some(2.0)));
    }
}
