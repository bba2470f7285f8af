//! Table 1: clinical columns in two groups, in the words of a paper and in full, with the test that fits each.

use serde_json::{Map, Value, json};

use super::tables::{NamedTable, count, number, text};
use crate::cohort::{ClinicalColumn, ColumnKind};
use crate::exchange::table::Cell;
use crate::stats::{Comparison, TestError, compare_categories, compare_numeric};

/// What is appended where the numbers stand in full.
const IN_FULL: [&str; 8] =
    ["without_n", "without_part", "without_mean", "without_sd", "with_n", "with_part", "with_mean", "with_sd"];

/// The paper's Table 1: each clinical column by outcome, with the test that fits it and why.
pub fn table_1(columns: &[ClinicalColumn], outcome: &[bool]) -> NamedTable {
    let header = ["variable", "level", "without", "with", "test", "statistic", "df", "p", "reason", "missing"];
    let rows = columns.iter().flat_map(|column| rows_of_column(column, outcome)).collect();
    NamedTable::new("table_1", &header, rows)
}

/// The same, ending with the numbers that its cells round: patients, their part of the column, mean and standard deviation.
pub(super) fn table_1_in_full(columns: &[ClinicalColumn], outcome: &[bool]) -> NamedTable {
    let mut table = table_1(columns, outcome);
    table.header.extend(IN_FULL.map(str::to_owned));
    let lines = columns.iter().flat_map(|column| Lines::of(column, outcome).0);
    for (row, (_, groups)) in table.rows.iter_mut().zip(lines) {
        for Group { n, part, mean, sd } in groups {
            row.extend([count(n), number(part), number(mean), number(sd)]);
        }
    }
    table
}

/// A column compared between the outcomes, patients without a value left out.
pub fn compare_column(column: &ClinicalColumn, outcome: &[bool]) -> Result<Comparison, TestError> {
    let (values, outcome) = known(column, outcome);
    match &column.kind {
        ColumnKind::Numeric => compare_numeric(&values, &outcome),
        ColumnKind::Levels { codes, .. } => {
            let place = |value: &f64| codes.iter().position(|code| code == value).unwrap_or(codes.len());
            compare_categories(&values.iter().map(place).collect::<Vec<usize>>(), &outcome)
        }
    }
}

/// Table 1 with its tests, nothing rounded.
pub fn table_1_json(columns: &[ClinicalColumn], outcome: &[bool]) -> Value {
    by_class_json(columns, outcome, ["without", "with"])
}

/// Columns between two groups of patients, which have these names.
pub(super) fn by_class_json(columns: &[ClinicalColumn], class: &[bool], names: [&str; 2]) -> Value {
    let row = |column: &ClinicalColumn| {
        let mut row = match compare_column(column, class) {
            Ok(found) => test_json(&found),
            Err(error) => json!({ "test": null, "reason": error.to_string() }),
        };
        let lines = Lines::of(column, class).0;
        let group = |at: usize| match &column.kind {
            ColumnKind::Numeric => lines.first().map_or(
                Value::Null,
                |(_, groups)| json!({ "n": groups[at].n, "mean": groups[at].mean, "sd": groups[at].sd }),
            ),
            ColumnKind::Levels { .. } => {
                let level = |(label, groups): &(String, [Group; 2])| {
                    (label.clone(), json!({ "n": groups[at].n, "part": groups[at].part }))
                };
                Value::Object(lines.iter().map(level).collect::<Map<String, Value>>())
            }
        };
        row["column"] = json!(column.name);
        row["missing"] = json!(column.values.iter().filter(|value| value.is_none()).count());
        for (at, name) in names.into_iter().enumerate() {
            row[name] = group(at);
        }
        row
    };
    columns.iter().map(row).collect()
}

/// A test between two groups.
pub(super) fn test_json(found: &Comparison) -> Value {
    json!({ "test": found.test.name(), "statistic": found.statistic, "df": found.df, "p": found.p, "reason": found.reason })
}

fn known(column: &ClinicalColumn, outcome: &[bool]) -> (Vec<f64>, Vec<bool>) {
    column.values.iter().zip(outcome).filter_map(|(value, event)| Some(((*value)?, *event))).unzip()
}

/// A column, or a level of it, in one of the groups.
#[derive(Clone, Copy)]
struct Group {
    n: usize,
    /// Part of those of whom the column is known.
    part: Option<f64>,
    mean: Option<f64>,
    /// With n − 1.
    sd: Option<f64>,
}

/// The lines of a column, one a level, each with its groups.
struct Lines(Vec<(String, [Group; 2])>);

impl Lines {
    fn of(column: &ClinicalColumn, class: &[bool]) -> Self {
        let (values, class) = known(column, class);
        let of_group = |is: bool| -> Vec<f64> {
            values.iter().zip(&class).filter(|(_, class)| **class == is).map(|(value, _)| *value).collect()
        };
        let groups = [of_group(false), of_group(true)];
        Self(match &column.kind {
            ColumnKind::Numeric => vec![(String::new(), groups.map(|values| numeric(&values)))],
            ColumnKind::Levels { labels, codes, .. } => {
                let of = |code: f64| {
                    groups.each_ref().map(|values| {
                        let n = values.iter().filter(|value| **value == code).count();
                        let part = Some(n as f64 / values.len() as f64).filter(|part| part.is_finite());
                        Group { n, part, mean: None, sd: None }
                    })
                };
                labels.iter().zip(codes).map(|(label, code)| (label.clone(), of(*code))).collect()
            }
        })
    }
}

fn numeric(values: &[f64]) -> Group {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let finite = |number: f64| Some(number).filter(|number| number.is_finite());
    Group { n: values.len(), part: None, mean: finite(mean), sd: finite(sd) }
}

/// A group as a paper prints it.
fn in_words(Group { n, part, mean, sd }: &Group) -> String {
    match (part, mean, sd) {
        (_, Some(mean), Some(sd)) => format!("{mean:.2} ± {sd:.2}"),
        (Some(part), ..) => format!("{n} ({:.1} %)", 100.0 * part),
        _ if *n == 0 => "0".to_owned(),
        _ => "–".to_owned(),
    }
}

fn rows_of_column(column: &ClinicalColumn, outcome: &[bool]) -> Vec<Vec<Cell>> {
    let missing = column.values.iter().filter(|value| value.is_none()).count();
    let found = match compare_column(column, outcome) {
        Ok(Comparison { test, statistic, df, p, reason }) => {
            [text(test.name()), number(statistic), number(df), number(p), text(reason)]
        }
        Err(error) => [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, text(error.to_string())],
    };
    let unit = column.unit.as_deref().map(|unit| format!(" ({unit})")).unwrap_or_default();
    let name = format!("{}{unit}", column.label);
    let mut rows = Vec::new();
    for (i, (level, groups)) in Lines::of(column, outcome).0.into_iter().enumerate() {
        let [without, with] = groups.each_ref().map(in_words);
        let mut row = vec![text(name.clone()), text(level), text(without), text(with)];
        // The test is of the whole column and stands once.
        row.extend(if i == 0 { found.clone() } else { std::array::from_fn(|_| Cell::Empty) });
        row.push(if i == 0 { count(missing) } else { Cell::Empty });
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::training::example::{Case, Example, ORDINARY};

    #[test]
    fn the_numbers_behind_the_cells_stand_beside_them_in_full() {
        let Example { cohort, .. } = Example::of(Case { n_features: 0, bootstrap: 0, ..ORDINARY });
        let (table, read) =
            (table_1_in_full(&cohort.clinical, &cohort.outcome), table_1(&cohort.clinical, &cohort.outcome));
        assert_eq!(&table.header[..10], read.header.as_slice());
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
        let json = table_1_json(&cohort.clinical, &cohort.outcome);
        let mean = json[0]["without"]["mean"].as_f64().unwrap();
        let at = table.header.iter().position(|name| name == "without_mean").unwrap();
        assert_eq!(table.rows[0][at], Cell::Number(mean));
        let Cell::Text(shown) = &table.rows[0][2] else { panic!("no words") };
        assert!(shown.starts_with(&format!("{mean:.2} ±")) && *shown != mean.to_string());
        let levels: u64 = ["pT2", "pT3", "pT4"].iter().map(|level| json[1]["with"][level]["n"].as_u64().unwrap()).sum();
        assert_eq!(levels as usize, cohort.outcome.iter().filter(|event| **event).count());
    }
}
