//! Two readers' feature tables of the same patients, without a clinical one.

use std::path::Path;

use super::CohortError;
use super::features::{FeatureProtocol, FeatureRows};
use super::finding::{Finding, counted};
use super::layout::Read;
use super::notes::Notes;
use crate::base::Warnings;

/// The patients whom two readers have both.
#[derive(Debug, Clone)]
pub struct ReaderPair {
    /// What patients are called, in the order of the first table.
    pub ids: Vec<String>,
    /// Features that both tables have, with a finite value for each of these patients, in the order of the first.
    pub names: Vec<String>,
    /// One column a feature, one value a patient: the first reader's.
    pub first: Vec<Vec<f64>>,
    /// The second reader's.
    pub second: Vec<Vec<f64>>,
    /// What the features were extracted with, where the tables say so.
    pub protocol: Option<FeatureProtocol>,
    /// What was found, one entry a place.
    pub findings: Vec<Finding>,
    /// What was found, in few sentences.
    pub warnings: Warnings,
}

/// Joins two readers' tables by id.
pub fn read_readers(first: &Path, second: &Path, schema: Option<&Path>) -> Result<ReaderPair, CohortError> {
    let schema = Read::of(schema)?;
    let first = FeatureRows::read(first, &schema.schema.features)?;
    let second = FeatureRows::read(second, &schema.schema.features)?;
    let mut notes = Notes::default();
    first.warnings.iter().chain(&second.warnings).for_each(|warning| notes.warnings.push(warning));
    let rows = notes.second_rows(&first, &second, &first.ids, "a patient of the first reader")?;
    let (in_first, in_second): (Vec<usize>, Vec<usize>) = rows.iter().copied().unzip();
    let alone = first.ids.len() - rows.len();
    if alone > 0 {
        notes.warnings.push(format!("{} of the first reader's table not read twice", counted(alone, "row")));
    }
    let kept = notes.finite_features(&first, &in_first, Some((&second, &in_second)))?;
    Ok(ReaderPair {
        ids: taken(&first.ids, &in_first),
        names: kept.iter().filter_map(|(at, _)| first.names.get(*at).cloned()).collect(),
        first: kept.iter().filter_map(|(at, _)| first.columns.get(*at)).map(|c| taken(c, &in_first)).collect(),
        second: kept.iter().filter_map(|(_, at)| second.columns.get((*at)?)).map(|c| taken(c, &in_second)).collect(),
        protocol: first.protocol,
        findings: notes.findings,
        warnings: notes.warnings,
    })
}

/// The items in these rows.
pub(super) fn taken<T: Clone>(items: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|&row| items.get(row).cloned()).collect()
}
