//! Feature tables: that of `extract`, and the batch CSV of PyRadiomics.
//!
//! Columns whose name begins with `diagnostics_`, `Image`, `Mask` and nameless ones (the index that pandas writes) are no features.
//! All rows must come from one protocol. It deliberately leaves out nothing: that is for the cohort to decide, which knows the patients.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::finding::listed;
use super::ids::ids;
use super::schema::FeaturesRule;
use super::settings;
use super::{CohortError, column_of};
use crate::exchange::table::{Table, is_missing, read_table};

/// The usual names of the column with the id, letters' case and punctuation apart.
const IDS: [&str; 5] = ["id", "patientid", "patient", "caseid", "case"];
/// Columns of PyRadiomics' batch tables that are no features.
const FILES: [&str; 2] = ["image", "mask"];
const DIAGNOSTICS: &str = "diagnostics_";
const PROTOCOL: &str = "diagnostics_Configuration_Protocol";
const FINGERPRINT: &str = "diagnostics_Configuration_Fingerprint";
const SIMULATED: &str = "diagnostics_Simulated";
/// The settings as PyRadiomics writes them.
const SETTINGS: &str = "diagnostics_Configuration_Settings";

/// The features of a cohort's patients.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureTable {
    /// Names, in the file's order.
    pub names: Vec<String>,
    /// One column a feature, one value a patient.
    pub columns: Vec<Vec<f64>>,
    /// What the features were extracted with, where the table says so.
    pub protocol: Option<FeatureProtocol>,
    /// Whether the table says of some patient that the image is simulated.
    pub is_simulated: bool,
}

/// What features were extracted with.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct FeatureProtocol {
    /// The protocol's name.
    pub name: String,
    /// The fingerprint of its settings.
    pub fingerprint: String,
    /// The settings; null where the table does not have them.
    pub settings: serde_json::Value,
}

/// A feature table as it was read, before it was joined.
#[derive(Debug)]
pub(super) struct FeatureRows {
    pub table: Table,
    pub ids: Vec<String>,
    pub id_column: usize,
    pub names: Vec<String>,
    /// NaN where there is no value.
    pub columns: Vec<Vec<f64>>,
    /// Whether each row has no value at all, as PyRadiomics writes a case that failed; the columns that were not kept count.
    pub is_empty: Vec<bool>,
    pub protocol: Option<FeatureProtocol>,
    pub is_simulated: bool,
    /// What is odd about the table as a whole.
    pub warnings: Vec<String>,
}

impl FeatureRows {
    pub fn read(path: &Path, rule: &FeaturesRule) -> Result<Self, CohortError> {
        let table = read_table(path)?;
        let id_column = id_column(&table, rule)?;
        let ids = ids(&table, id_column)?;
        if ids.is_empty() {
            return Err(table.error("there is a header and no row; give one row a patient").into());
        }
        for name in &rule.ignore {
            table.column(name)?;
        }
        let is_feature = |place: usize, name: &str| {
            let is_unnamed = name.is_empty() || name.starts_with("Unnamed:");
            let is_file = FILES.iter().any(|file| name.eq_ignore_ascii_case(file));
            let is_ignored = rule.ignore.iter().any(|ignored| name == ignored);
            place != id_column && !name.starts_with(DIAGNOSTICS) && !is_unnamed && !is_file && !is_ignored
        };
        let places: Vec<usize> =
            table.header.iter().enumerate().filter(|(at, name)| is_feature(*at, name)).map(|(at, _)| at).collect();
        if places.is_empty() {
            return Err(table.error("there is no column with a feature; give a feature table").into());
        }
        let columns = places.iter().map(|&place| column(&table, place)).collect::<Result<Vec<_>, _>>()?;
        let names = places.iter().filter_map(|&place| table.header.get(place).cloned()).collect();
        let protocol = protocol(&table, &ids)?;
        let warnings = settings_warning(&table, protocol.is_some()).into_iter().collect();
        let is_simulated = (0..table.rows.len()).any(|row| is_simulated_row(&table, row));
        let is_empty = empty_rows(&columns, table.rows.len());
        Ok(Self { table, ids, id_column, names, columns, is_empty, protocol, is_simulated, warnings })
    }

    /// Keeps the features of these names, each of which must be there.
    pub fn keep(&mut self, needed: &HashSet<String>) -> Result<(), CohortError> {
        let mut missing: Vec<&String> = needed.iter().filter(|name| !self.names.contains(name)).collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            let problem = format!("there is no column {}, which the model needs", listed(&missing));
            return Err(self.table.error(problem).into());
        }
        let columns = std::mem::take(&mut self.names).into_iter().zip(std::mem::take(&mut self.columns));
        (self.names, self.columns) = columns.filter(|(name, _)| needed.contains(name)).unzip();
        Ok(())
    }

    /// Where each id stands.
    pub fn index(&self) -> HashMap<&str, usize> {
        self.ids.iter().enumerate().map(|(row, id)| (id.as_str(), row)).collect()
    }
}

fn empty_rows(columns: &[Vec<f64>], n: usize) -> Vec<bool> {
    (0..n).map(|row| columns.iter().all(|column| column.get(row).is_none_or(|value| value.is_nan()))).collect()
}

/// The column with the id: that which a schema names, else the first of the usual names.
pub(super) fn id_column(table: &Table, rule: &FeaturesRule) -> Result<usize, CohortError> {
    if let Some(name) = &rule.id {
        return Ok(table.column(name)?);
    }
    for name in IDS {
        if let Some(place) = column_of(table, name)? {
            return Ok(place);
        }
    }
    let names = IDS.join(", ");
    let problem =
        format!("no column is called {names}; name the column with the id in a schema (\"features\": {{\"id\": ...}})");
    Err(table.error(problem).into())
}

fn column(table: &Table, place: usize) -> Result<Vec<f64>, CohortError> {
    let cell = |row: usize| {
        let text = table.text(row, place);
        if is_missing(text) {
            return Ok(f64::NAN);
        }
        table.dotted(row, place).parse::<f64>().map_err(|_| {
            let problem = format!(
                "\"{text}\" is not a number; correct the cell, or list a column that is no feature in a schema (\"features\": \
                 {{\"ignore\": [...]}})"
            );
            table.cell_error(row, place, problem).into()
        })
    };
    (0..table.rows.len()).map(cell).collect()
}

fn place_of(table: &Table, column: &str) -> Option<usize> {
    table.header.iter().position(|name| name == column)
}

/// Whether a row says that its image is simulated.
pub(super) fn is_simulated_row(table: &Table, row: usize) -> bool {
    place_of(table, SIMULATED).is_some_and(|place| table.text(row, place).eq_ignore_ascii_case("true"))
}

/// What a row says of its protocol; `None` where the table does not.
pub(super) fn protocol_of_row(table: &Table, row: usize) -> Option<FeatureProtocol> {
    let fingerprint = place_of(table, FINGERPRINT)?;
    let name = place_of(table, PROTOCOL).map_or("", |place| table.text(row, place));
    let settings = place_of(table, SETTINGS).and_then(|place| serde_json::from_str(table.text(row, place)).ok());
    Some(FeatureProtocol {
        name: name.to_owned(),
        fingerprint: table.text(row, fingerprint).to_owned(),
        settings: settings.unwrap_or_default(),
    })
}

/// The one protocol of all rows.
fn protocol(table: &Table, ids: &[String]) -> Result<Option<FeatureProtocol>, CohortError> {
    let (Some(place), Some(first)) = (place_of(table, FINGERPRINT), protocol_of_row(table, 0)) else { return Ok(None) };
    let others: Vec<usize> =
        (1..ids.len()).filter(|&row| table.text(row, place) != first.fingerprint.as_str()).collect();
    if let Some(&row) = others.first() {
        let who: Vec<&String> = others.iter().filter_map(|&row| ids.get(row)).collect();
        let problem = format!(
            "protocol {} where {} of \"{}\" has {}, so that features do not compare (other protocol than the first row's: {}); \
             extract all with one protocol",
            in_words(&protocol_of_row(table, row).unwrap_or_default()),
            table.place(0),
            ids.first().map_or("", String::as_str),
            in_words(&first),
            listed(&who)
        );
        return Err(table.cell_error(row, place, problem).into());
    }
    Ok(Some(first).filter(|protocol| !protocol.fingerprint.is_empty()))
}

fn in_words(protocol: &FeatureProtocol) -> String {
    format!("\"{}\" ({})", protocol.name, protocol.fingerprint)
}

/// Refuses a second table that was extracted with another protocol.
pub(super) fn check_same_protocol(first: &FeatureRows, second: &FeatureRows) -> Result<(), CohortError> {
    let (Some(one), Some(other)) = (&first.protocol, &second.protocol) else {
        return check_same_settings(first, second);
    };
    if one.fingerprint == other.fingerprint {
        return Ok(());
    }
    let problem = format!(
        "was extracted with protocol {} and {} with {}, so that \"{}\" and others do not compare; extract both with one protocol",
        in_words(other),
        first.table.path().display(),
        in_words(one),
        second.ids.first().map_or("", String::as_str)
    );
    Err(second.table.error(problem).into())
}

/// Refuses a second table of PyRadiomics whose settings are none of the first one's, where both tables have them.
fn check_same_settings(first: &FeatureRows, second: &FeatureRows) -> Result<(), CohortError> {
    let (one, other) = (place_of(&first.table, SETTINGS), place_of(&second.table, SETTINGS));
    let (Some(one), Some(other), None, None) = (one, other, &first.protocol, &second.protocol) else { return Ok(()) };
    let of = |table: &Table, place: usize, row: usize| settings::deciding(table.text(row, place));
    let known: Vec<_> = (0..first.table.rows.len()).map(|row| of(&first.table, one, row)).collect();
    for row in 0..second.table.rows.len() {
        let found = of(&second.table, other, row);
        if known.contains(&found) {
            continue;
        }
        let difference = known.first().map_or_else(String::new, |known| settings::difference(known, &found));
        let problem = format!(
            "other settings than those of {} ({difference}), so that features do not compare; extract both with one set of settings",
            first.table.path().display()
        );
        return Err(second.table.cell_error(row, other, problem).into());
    }
    Ok(())
}

/// PyRadiomics writes settings and no fingerprint; cases may differ in them with reason (`label`), so that this is said only.
fn settings_warning(table: &Table, has_protocol: bool) -> Option<String> {
    let place = table.header.iter().position(|name| name == SETTINGS).filter(|_| !has_protocol)?;
    let differs = (1..table.rows.len()).find(|&row| table.text(row, place) != table.text(0, place))?;
    Some(format!(
        "{}: the settings of {} are others than those of {}; features compare only where the same settings made them",
        table.path().display(),
        table.place(differs),
        table.place(0)
    ))
}
