//! The clinical table of a cohort, parsed: ids, outcome, columns, and the given split and folds. It deliberately leaves out nobody.

use std::collections::HashMap;
use std::path::Path;

use super::CohortError;
use super::case::yes_no;
use super::clinical::ClinicalColumn;
use super::finding::{Finding, FindingKind, listed};
use super::ids::ids;
use super::layout::{Layout, Read};
use super::needed::NeededColumn;
use super::schema::{CellText, OutcomeRule, SplitRule};
use super::split::{Set, TRAINING_WORDS, VALIDATION_WORDS};
use crate::exchange::table::{Table, is_missing, read_sheet};

/// The clinical table, one entry a row.
pub(super) struct Patients {
    pub table: Table,
    pub layout: Layout,
    pub ids: Vec<String>,
    /// `None` where it is not known.
    pub outcome: Vec<Option<bool>>,
    pub columns: Vec<ClinicalColumn>,
    /// Of each column the rows whose level a model that is there does not know, and what it is called.
    pub unknown: Vec<HashMap<usize, String>>,
}

impl Patients {
    /// `needs_ids`: whether rows must be told apart; else they are numbered where there is no column with ids.
    pub fn read(
        path: &Path,
        schema: &Read,
        split: Option<&str>,
        fold: Option<&str>,
        needs_ids: bool,
    ) -> Result<Self, CohortError> {
        let table = read_sheet(path, schema.schema.sheet.as_deref())?;
        let layout = Layout::of(&table, schema, split, fold)?;
        if table.rows.is_empty() {
            return Err(table.error("there is a header and no patient; give one row a patient").into());
        }
        let ids = match layout.id {
            Some(place) => ids(&table, place)?,
            None if needs_ids => {
                table.column("id")?;
                Vec::new()
            }
            None => (1..=table.rows.len()).map(|row| format!("case {row}")).collect(),
        };
        let outcome = outcome(&table, &layout.outcome.0, layout.outcome.1)?;
        let columns = layout.columns.iter().map(|(rule, place)| ClinicalColumn::read(&table, rule, *place));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let unknown = vec![HashMap::new(); columns.len()];
        Ok(Self { table, layout, ids, outcome, columns, unknown })
    }

    /// Makes the columns that a model needs the only ones of which each patient must have a value.
    pub fn need(&mut self, needed: &[NeededColumn]) -> Result<(), CohortError> {
        if let Some(absent) = needed.iter().find(|needed| self.columns.iter().all(|column| column.name != needed.name))
        {
            let name = &absent.name;
            let problem = format!("there is no column with the name or role \"{name}\", which the model needs");
            return Err(self.table.error(problem).into());
        }
        for (column, unknown) in self.columns.iter_mut().zip(&mut self.unknown) {
            let Some(needed) = needed.iter().find(|needed| needed.name == column.name) else {
                column.is_candidate = false;
                continue;
            };
            column.is_candidate = true;
            let levels = (0..column.values.len()).filter_map(|row| Some((row, needed.value(column, row).err()?)));
            *unknown = levels.collect();
        }
        Ok(())
    }

    /// Leaves these columns alone as candidates, each named by itself or with one of its levels (`treatment=RT`).
    pub fn choose(&mut self, candidates: &[String]) -> Result<(), CohortError> {
        let is_named = |column: &ClinicalColumn, name: &str| {
            let rest = name.strip_prefix(column.name.as_str());
            column.is_candidate && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        if let Some(unknown) = candidates.iter().find(|name| !self.columns.iter().any(|column| is_named(column, name)))
        {
            let there = self.columns.iter().filter(|column| column.is_candidate).map(|column| column.name.as_str());
            let there: Vec<&str> = there.collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            let problem =
                format!("there is no clinical column \"{unknown}\" that can be a predictor; there are: {there}");
            return Err(self.table.error(problem).into());
        }
        for column in &mut self.columns {
            column.is_candidate = candidates.iter().any(|name| is_named(column, name));
        }
        Ok(())
    }

    /// A finding about a row of the table.
    pub fn finding(&self, kind: FindingKind, row: usize, column: Option<usize>, sentence: String) -> Finding {
        let column = column.and_then(|place| self.table.header.get(place).cloned());
        Finding { kind, file: self.table.path().to_owned(), line: Some(self.table.line(row)), column, sentence }
    }

    /// The columns that mean nothing here, one finding each, and a warning that lists them.
    pub fn ignored(&self) -> (Vec<Finding>, Option<String>) {
        let path = self.table.path();
        let finding = |name: &String| Finding {
            kind: FindingKind::IgnoredColumn,
            file: path.to_owned(),
            line: None,
            column: Some(name.clone()),
            sentence: format!("column \"{name}\" is not used"),
        };
        let ignored = &self.layout.ignored;
        let warning = format!(
            "{}: not used, since neither their names nor a schema says what they mean: {}",
            path.display(),
            listed(ignored)
        );
        (ignored.iter().map(finding).collect(), Some(warning).filter(|_| !ignored.is_empty()))
    }

    /// The given sets of these rows, where there is a column that gives them.
    pub fn sets(&self, rows: &[usize]) -> Result<Option<Vec<Set>>, CohortError> {
        let Some((rule, place)) = &self.layout.split else { return Ok(None) };
        rows.iter().map(|&row| set_of(&self.table, rule, row, *place)).collect::<Result<_, _>>().map(Some)
    }

    /// The given folds of these rows, from 1 on, where there is a column that gives them; those of validation rows are not read.
    pub fn folds(&self, rows: &[usize], sets: &[Set]) -> Result<Option<Vec<Option<usize>>>, CohortError> {
        let Some(place) = self.layout.fold else { return Ok(None) };
        let fold = |(&row, set): (&usize, &Set)| match set {
            Set::Validation => Ok(None),
            Set::Training => fold_of(&self.table, row, place).map(Some),
        };
        let folds: Vec<Option<usize>> = rows.iter().zip(sets).map(fold).collect::<Result<_, _>>()?;
        let most = folds.iter().flatten().max().copied().unwrap_or(0);
        if let Some(empty) = (1..=most).find(|fold| !folds.contains(&Some(*fold))) {
            let column = self.table.header.get(place).map_or("", String::as_str);
            let problem = format!(
                "column \"{column}\": there is a fold {most} and no training patient in fold {empty}; number the folds from 1 on"
            );
            return Err(self.table.error(problem).into());
        }
        if most == 1 {
            return Err(self.table.error("all training patients are in one fold; give two folds or more").into());
        }
        Ok(Some(folds))
    }
}

impl Patients {
    /// Whether each of these rows belongs to the reader study, where there is a column that says so.
    pub fn reader_study(&self, rows: &[usize]) -> Result<Option<Vec<bool>>, CohortError> {
        let Some(place) = self.layout.reader_study else { return Ok(None) };
        let is_read_twice = |&row: &usize| {
            let text = self.table.text(row, place);
            let problem =
                || format!("\"{text}\" does not say whether the patient was read twice; give 0 or no, 1 or yes");
            yes_no(&text.to_ascii_lowercase()).ok_or_else(|| self.table.cell_error(row, place, problem()).into())
        };
        rows.iter().map(is_read_twice).collect::<Result<_, _>>().map(Some)
    }
}

/// Whether each row has the event.
fn outcome(table: &Table, rule: &OutcomeRule, place: usize) -> Result<Vec<Option<bool>>, CohortError> {
    let is_one_of = |texts: &[CellText], text: &str| texts.iter().any(|known| known.is(text));
    // The first text that is only known not to be the event.
    let mut other: Option<String> = None;
    let mut outcome = Vec::with_capacity(table.rows.len());
    for row in 0..table.rows.len() {
        let text = table.text(row, place);
        let usual = yes_no(&text.to_ascii_lowercase());
        outcome.push(match usual {
            _ if is_one_of(&rule.event, text) => Some(true),
            _ if is_one_of(&rule.no_event, text) => Some(false),
            _ if is_missing(text) => None,
            Some(true) if rule.event.is_empty() => Some(true),
            Some(false) if rule.no_event.is_empty() => Some(false),
            _ if !rule.event.is_empty() && rule.no_event.is_empty() && other.as_deref().is_none_or(|o| o == text) => {
                other = Some(text.to_owned());
                Some(false)
            }
            _ => return Err(table.cell_error(row, place, not_an_outcome(rule, text)).into()),
        });
    }
    Ok(outcome)
}

fn not_an_outcome(rule: &OutcomeRule, text: &str) -> String {
    let words = |texts: &[CellText], usual: &str| {
        let given: Vec<&str> = texts.iter().map(|text| text.0.as_str()).collect();
        if given.is_empty() { usual.to_owned() } else { given.join(" or ") }
    };
    let (event, no_event) = (words(&rule.event, "1 or yes"), words(&rule.no_event, "0 or no"));
    format!(
        "\"{text}\" is no outcome; give {event} for the event and {no_event} for none, or other texts in a schema (\"outcome\")"
    )
}

fn set_of(table: &Table, rule: &SplitRule, row: usize, place: usize) -> Result<Set, CohortError> {
    let text = table.text(row, place);
    let small = text.to_lowercase();
    let is = |given: &[CellText], usual: &[&str]| {
        given.iter().any(|known| known.is(text)) || usual.contains(&small.as_str())
    };
    match (is(&rule.training, &TRAINING_WORDS), is(&rule.validation, &VALIDATION_WORDS)) {
        (true, false) => Ok(Set::Training),
        (false, true) => Ok(Set::Validation),
        _ => {
            let problem = format!(
                "\"{text}\" is no set; give one of {} or one of {}, or say in a schema (\"split\") what stands for which",
                TRAINING_WORDS.join(", "),
                VALIDATION_WORDS.join(", ")
            );
            Err(table.cell_error(row, place, problem).into())
        }
    }
}

fn fold_of(table: &Table, row: usize, place: usize) -> Result<usize, CohortError> {
    let text = table.text(row, place);
    // 3.0 is how spreadsheets may write 3.
    let number = text.strip_suffix(".0").unwrap_or(text).parse::<usize>().ok();
    number.filter(|fold| (1..=table.rows.len()).contains(fold)).ok_or_else(|| {
        let problem = format!("\"{text}\" is no fold; each training patient needs a whole number from 1 on");
        table.cell_error(row, place, problem).into()
    })
}
