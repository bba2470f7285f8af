//! Where the columns of a clinical table stand, by a schema or by well-known names.
//!
//! What a schema says holds; id, outcome, split and folds that it leaves out, and all columns where there is none, are found by
//! their usual names. Every other column is passed over and listed.

use std::path::{Path, PathBuf};

use super::column_of;
use super::needed::NeededColumn;
use super::schema::{ColumnRule, KindRule, OutcomeRule, Purpose, Role, Schema, SchemaError, SplitRule};
use super::{CohortError, read_schema};
use crate::exchange::table::Table;

const OUTCOME: &str = "outcome";
const SPLITS: [&str; 2] = ["split", "set"];
const FOLDS: [&str; 2] = ["foldid", "fold"];
const READER_STUDIES: [&str; 2] = ["double_read", "reader_study"];

/// A schema and its file; the schema without a file says nothing.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub schema: Schema,
    path: Option<PathBuf>,
}

impl Read {
    pub fn of(path: Option<&Path>) -> Result<Self, SchemaError> {
        let schema = path.map(read_schema).transpose()?.unwrap_or_default();
        Ok(Self { schema, path: path.map(Path::to_owned) })
    }

    /// The place of a column that the schema names under a key.
    fn place(&self, table: &Table, key: &str, column: &str) -> Result<usize, CohortError> {
        table.column(column).map_err(|error| match &self.path {
            Some(path) => SchemaError { path: path.clone(), problem: format!("{key}: {error}") }.into(),
            None => error.into(),
        })
    }
}

/// Columns with what they mean and where they stand.
pub(super) type Columns = Vec<(ColumnRule, usize)>;

/// Where the columns of a clinical table stand.
#[derive(Debug)]
pub(super) struct Layout {
    pub id: Option<usize>,
    pub outcome: (OutcomeRule, usize),
    pub split: Option<(SplitRule, usize)>,
    pub fold: Option<usize>,
    pub reader_study: Option<usize>,
    pub columns: Columns,
    /// Names of the columns that are passed over.
    pub ignored: Vec<String>,
}

impl Layout {
    /// `split` and `fold` are names that were asked for and come before the schema's.
    pub fn of(table: &Table, read: &Read, split: Option<&str>, fold: Option<&str>) -> Result<Self, CohortError> {
        let schema = &read.schema;
        let id = match &schema.id {
            Some(id) => Some(read.place(table, "\"id\"", id)?),
            None => column_of(table, "id")?,
        };
        let outcome = match &schema.outcome {
            Some(rule) => (rule.clone(), read.place(table, "\"outcome\"", &rule.column)?),
            None => {
                let place = match column_of(table, OUTCOME)? {
                    Some(place) => place,
                    None => table.column(OUTCOME)?,
                };
                (OutcomeRule { column: OUTCOME.to_owned(), event: Vec::new(), no_event: Vec::new() }, place)
            }
        };
        let split = Self::split(table, read, split)?;
        let fold = match (fold, &schema.fold) {
            (Some(asked), _) => Some(table.column(asked)?),
            (None, Some(named)) => Some(read.place(table, "\"fold\"", named)?),
            (None, None) => first_of(table, &FOLDS)?,
        };
        let reader_study = match &schema.reader_study {
            Some(named) => Some(read.place(table, "\"readerStudy\"", named)?),
            None => first_of(table, &READER_STUDIES)?,
        };
        let (columns, ignored) = (Vec::new(), Vec::new());
        let mut layout = Self { id, outcome, split, fold, reader_study, columns, ignored };
        let passed_over = layout.find_columns(table, read)?;
        layout.ignored = (0..table.header.len())
            .filter(|place| !layout.is_used(*place) && !passed_over.contains(place))
            .filter_map(|place| table.header.get(place).filter(|name| !name.is_empty()).cloned())
            .collect();
        Ok(layout)
    }

    fn split(table: &Table, read: &Read, asked: Option<&str>) -> Result<Option<(SplitRule, usize)>, CohortError> {
        let rule = |column: String| SplitRule { column, training: Vec::new(), validation: Vec::new() };
        let named = read.schema.split.clone();
        if let Some(asked) = asked {
            let place = table.column(asked)?;
            return Ok(Some((
                named.filter(|named| named.column == asked).unwrap_or_else(|| rule(asked.to_owned())),
                place,
            )));
        }
        if let Some(named) = named {
            let place = read.place(table, "\"split\"", &named.column)?;
            return Ok(Some((named, place)));
        }
        let found = first_of(table, &SPLITS)?;
        Ok(found.and_then(|place| table.header.get(place).map(|name| (rule(name.clone()), place))))
    }

    /// Finds the columns that describe patients; returns those that the schema passes over.
    fn find_columns(&mut self, table: &Table, read: &Read) -> Result<Vec<usize>, CohortError> {
        let mut passed_over = Vec::new();
        for (entry, rule) in read.schema.columns.iter().enumerate() {
            let place = read.place(table, &format!("\"columns\", entry {}", entry + 1), &rule.column)?;
            match rule.purpose {
                Purpose::Ignored => passed_over.push(place),
                _ if self.is_used(place) => {
                    let problem = format!("the column \"{}\" has two meanings; give each column one", rule.column);
                    return Err(table.error(problem).into());
                }
                _ => self.columns.push((rule.clone(), place)),
            }
        }
        if read.path.is_some() {
            return Ok(passed_over);
        }
        for role in Role::KNOWN {
            let Some(name) = role.name() else { continue };
            let found = column_of(table, name)?.filter(|place| !self.is_used(*place));
            let rule = |column: &String| ColumnRule {
                column: column.clone(),
                role,
                label: None,
                kind: None,
                purpose: Purpose::Candidate,
            };
            self.columns.extend(found.and_then(|place| table.header.get(place).map(|column| (rule(column), place))));
        }
        Ok(passed_over)
    }

    fn is_used(&self, place: usize) -> bool {
        let split = self.split.as_ref().map(|(_, place)| *place);
        let single = [self.id, Some(self.outcome.1), split, self.fold, self.reader_study];
        single.contains(&Some(place)) || self.columns.iter().any(|(_, used)| *used == place)
    }
}

/// Where the id of a model's cases stands, and each of the columns that it needs. Without a schema a column that is not well known
/// holds what the model takes.
pub(super) fn needed_columns(
    table: &Table,
    read: &Read,
    needed: &[NeededColumn],
) -> Result<(Option<usize>, Columns), CohortError> {
    let id = match &read.schema.id {
        Some(id) => Some(read.place(table, "\"id\"", id)?),
        None => column_of(table, "id")?,
    };
    let columns = needed.iter().map(|column| needed_column(table, read, column));
    Ok((id, columns.collect::<Result<_, _>>()?))
}

fn needed_column(table: &Table, read: &Read, needed: &NeededColumn) -> Result<(ColumnRule, usize), CohortError> {
    let name = needed.name.as_str();
    if let Some(path) = &read.path {
        let means = |rule: &&ColumnRule| rule.purpose != Purpose::Ignored && rule.name() == name;
        let rule = read.schema.columns.iter().find(means).ok_or_else(|| SchemaError {
            path: path.clone(),
            problem: format!("no column has the name or role \"{name}\", which the model needs; add it to \"columns\""),
        })?;
        return Ok((rule.clone(), read.place(table, "\"columns\"", &rule.column)?));
    }
    let role = Role::KNOWN.into_iter().find(|role| role.name() == Some(name) && needed.is_coded_as(*role));
    let kind = match role {
        Some(_) => None,
        None if needed.levels.is_empty() => Some(KindRule::Numeric { unit: None }),
        None => Some(KindRule::Categories { levels: Vec::new(), reference: None }),
    };
    let place = match column_of(table, name)? {
        Some(place) => place,
        None => table.column(name)?,
    };
    let (column, role) = (name.to_owned(), role.unwrap_or_default());
    Ok((ColumnRule { column, role, label: None, kind, purpose: Purpose::Candidate }, place))
}

fn first_of(table: &Table, names: &[&str]) -> Result<Option<usize>, CohortError> {
    for name in names {
        if let Some(place) = column_of(table, name)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}
