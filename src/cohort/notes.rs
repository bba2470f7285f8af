//! Joining tables by id, and saying what was found: who is left out and why, which features, what is constant or new in validation.

use std::collections::{HashMap, HashSet};

use super::CohortError;
use super::clinical::{ClinicalColumn, ColumnKind};
use super::features::{FeatureRows, FeatureTable, check_same_protocol};
use super::finding::{Finding, FindingKind, counted, listed};
use super::flow::Flow;
use super::ids::near_misses;
use super::patients::Patients;
use super::split::Set;
use crate::base::Warnings;

/// What is found along the way.
#[derive(Default)]
pub(super) struct Notes {
    pub flow: Flow,
    pub findings: Vec<Finding>,
    pub warnings: Warnings,
}

impl Notes {
    pub fn of(patients: &Patients) -> Self {
        let (findings, warning) = patients.ignored();
        let mut notes = Self { findings, ..Self::default() };
        notes.flow.read = patients.ids.len();
        warning.into_iter().for_each(|warning| notes.warnings.push(warning));
        notes
    }

    /// Whether a patient has an outcome; who has none is left out.
    pub fn has_outcome(&mut self, patients: &Patients, row: usize) -> bool {
        let has = patients.outcome.get(row).is_some_and(Option::is_some);
        if !has {
            let place = Some(patients.layout.outcome.1);
            self.leave_out(patients, row, place, FindingKind::MissingOutcome, "without outcome".to_owned());
        }
        has
    }

    fn leave_out(&mut self, patients: &Patients, row: usize, column: Option<usize>, kind: FindingKind, reason: String) {
        let id = patients.ids.get(row).map_or("", String::as_str);
        let sentence = format!("patient \"{id}\" is left out: {reason}");
        self.findings.push(patients.finding(kind, row, column, sentence));
        self.flow.exclude(reason, id);
    }

    /// The rows that are analysed, in the clinical table and, where there is one, in the feature table.
    pub fn joined(
        &mut self,
        patients: &Patients,
        first: Option<&FeatureRows>,
    ) -> Result<(Vec<usize>, Vec<usize>), CohortError> {
        // One reason after the other, as the flowchart has them.
        let mut rows: Vec<usize> = (0..patients.ids.len()).filter(|&row| self.has_outcome(patients, row)).collect();
        let mut feature_rows = Vec::new();
        if let Some(first) = first {
            self.compare_ids(patients, first)?;
            self.with_features(patients, first, &mut rows);
        }
        for (at, (column, (_, place))) in patients.columns.iter().zip(&patients.layout.columns).enumerate() {
            rows.retain(|&row| {
                let unknown = patients.unknown.get(at).and_then(|unknown| unknown.get(&row));
                let is_missing = column.values.get(row).copied().flatten().is_none();
                let (kind, reason) = match unknown {
                    _ if !column.is_candidate => return true,
                    None if !is_missing => return true,
                    Some(level) => {
                        let reason = format!("with {} \"{level}\", which the model does not know", column.label);
                        (FindingKind::UnknownLevel, reason)
                    }
                    None => (FindingKind::MissingValue, format!("without a value of {}", column.label)),
                };
                self.leave_out(patients, row, Some(*place), kind, reason);
                false
            });
        }
        self.warn_of_exclusions();
        if let Some(first) = first {
            let index = first.index();
            let row_of = |row: &usize| index.get(patients.ids.get(*row)?.as_str()).copied();
            feature_rows = rows.iter().filter_map(row_of).collect();
        }
        Ok((rows, feature_rows))
    }

    /// Says which ids stand in one of the tables alone; no id in both is an error.
    fn compare_ids(&mut self, patients: &Patients, first: &FeatureRows) -> Result<(), CohortError> {
        let index = first.index();
        let known: HashSet<&str> = patients.ids.iter().map(String::as_str).collect();
        let alone: Vec<&str> = first.ids.iter().map(String::as_str).filter(|id| !known.contains(id)).collect();
        let missing: Vec<&str> = patients.ids.iter().map(String::as_str).filter(|id| !index.contains_key(id)).collect();
        let alike = near_misses(&missing, &alone);
        if missing.len() == patients.ids.len() {
            let problem = format!(
                "none of its {} ids is among those of {} ({}, where that has {}){alike}; spell ids the same in both tables",
                missing.len(),
                first.table.path().display(),
                listed(missing.get(..2).unwrap_or(&missing)),
                listed(alone.get(..2).unwrap_or(&alone))
            );
            return Err(patients.table.error(problem).into());
        }
        self.flow.features_read = Some(first.ids.len());
        self.unmatched(first, &alone, &alike);
        Ok(())
    }

    /// Leaves out the patients without a row of features, and those whose row is empty.
    fn with_features(&mut self, patients: &Patients, first: &FeatureRows, rows: &mut Vec<usize>) {
        let index = first.index();
        let id_column = patients.layout.id;
        let feature_row = |row: usize| index.get(patients.ids.get(row)?.as_str()).copied();
        rows.retain(|&row| {
            let has = feature_row(row).is_some();
            if !has {
                self.leave_out(patients, row, id_column, FindingKind::Unmatched, "without features".to_owned());
            }
            has
        });
        rows.retain(|&row| {
            let is_empty = feature_row(row).and_then(|row| first.is_empty.get(row)) == Some(&true);
            if is_empty {
                let reason = "with an empty row of features".to_owned();
                self.leave_out(patients, row, id_column, FindingKind::EmptyRow, reason);
            }
            !is_empty
        });
    }

    /// Leaves out patients of the validation set who lack a value of a feature that all training patients have: training does not
    /// depend on them. Gives their places.
    pub fn lacking(
        &mut self,
        patients: &Patients,
        first: &FeatureRows,
        (rows, feature_rows): (&[usize], &[usize]),
        set: &[Set],
    ) -> Vec<usize> {
        let of = |which: Set| (0..set.len()).filter(move |&place| set.get(place) == Some(&which));
        let row_of = |place: usize| feature_rows.get(place).copied();
        let training: Vec<usize> = of(Set::Training).filter_map(row_of).collect();
        let complete: Vec<usize> =
            (0..first.columns.len()).filter(|&at| not_finite_row(first, at, &training).is_none()).collect();
        let lacks = |&place: &usize| {
            let Some(row) = row_of(place) else { return false };
            complete.iter().any(|&at| not_finite_row(first, at, &[row]).is_some())
        };
        let lacking: Vec<usize> = of(Set::Validation).filter(lacks).collect();
        let before = self.flow.excluded.len();
        for &place in &lacking {
            let Some(&row) = rows.get(place) else { continue };
            let reason = "of the validation set without a value of some feature".to_owned();
            self.leave_out(patients, row, patients.layout.id, FindingKind::NotFinite, reason);
        }
        for step in self.flow.excluded.iter().skip(before) {
            let n = counted(step.ids.len(), "patient");
            self.warnings.push(format!("{n} {} left out: {}", step.reason, listed(&step.ids)));
        }
        lacking
    }

    /// One warning a reason for which patients were left out.
    pub fn warn_of_exclusions(&mut self) {
        for step in &self.flow.excluded {
            let n = counted(step.ids.len(), "patient");
            self.warnings.push(format!("{n} {} left out: {}", step.reason, listed(&step.ids)));
        }
    }

    /// Says which rows of features no patient of the clinical table has.
    fn unmatched(&mut self, first: &FeatureRows, alone: &[&str], alike: &str) {
        let index = first.index();
        self.flow.features_alone = alone.iter().map(|id| (*id).to_owned()).collect();
        for id in alone {
            let line = index.get(id).map(|&row| first.table.line(row));
            let sentence = format!("\"{id}\" is not in the clinical table; its features are not used");
            self.findings.push(feature_finding(first, FindingKind::Unmatched, line, Some(first.id_column), sentence));
        }
        if !alone.is_empty() {
            let n = counted(alone.len(), "row");
            let path = first.table.path().display();
            self.warnings.push(format!("{path}: {n} not used, not in the clinical table: {}", listed(alone)));
        }
        if !alike.is_empty() {
            self.warnings.push(format!("ids of clinical and feature table{alike}"));
        }
    }

    /// The columns of the patients who are analysed.
    pub fn clinical(&mut self, patients: &Patients, rows: &[usize]) -> Vec<ClinicalColumn> {
        let mut columns = patients.columns.clone();
        for column in &mut columns {
            let Some(reference) = column.keep(rows) else { continue };
            if let ColumnKind::Levels { labels, reference: now, .. } = &column.kind {
                let now = labels.get(*now).map_or("", String::as_str);
                let label = &column.label;
                self.warnings.push(format!(
                    "{label}: no patient has the reference \"{reference}\"; others are compared to \"{now}\""
                ));
            }
        }
        columns
    }

    /// Says which candidates are the same for all training patients, and which levels occur among validation patients alone.
    pub fn compare_levels(&mut self, patients: &Patients, columns: &[ClinicalColumn], set: &[Set]) {
        let of = |column: &ClinicalColumn, wanted: Set| -> Vec<f64> {
            column.values.iter().zip(set).filter(|(_, set)| **set == wanted).filter_map(|(value, _)| *value).collect()
        };
        for (column, (_, place)) in columns.iter().zip(&patients.layout.columns) {
            let (training, validation) = (of(column, Set::Training), of(column, Set::Validation));
            let mut found = Vec::new();
            if training.is_empty() {
                continue;
            }
            if column.is_candidate && training.iter().all(|value| Some(value) == training.first()) {
                let sentence = format!("{} is the same for all training patients and predicts nothing", column.label);
                found.push((FindingKind::Constant, sentence));
            }
            if let ColumnKind::Levels { labels, codes, .. } = &column.kind {
                let alone = |code: &f64| validation.contains(code) && !training.contains(code);
                let levels = labels.iter().zip(codes).filter(|(_, code)| alone(code));
                found.extend(levels.map(|(label, _)| {
                    let sentence =
                        format!("{}: no training patient has \"{label}\", but validation patients do", column.label);
                    (FindingKind::ValidationOnlyLevel, sentence)
                }));
            }
            for (kind, sentence) in found {
                self.warnings.push(&sentence);
                let mut finding = patients.finding(kind, 0, Some(*place), sentence);
                finding.line = None;
                self.findings.push(finding);
            }
        }
    }

    /// The patients of `ids` whom the second reader has too: place among them and row of the second table. `whose` says in words
    /// what one of these ids is.
    pub fn second_rows(
        &mut self,
        first: &FeatureRows,
        second: &FeatureRows,
        ids: &[String],
        whose: &str,
    ) -> Result<Vec<(usize, usize)>, CohortError> {
        check_same_protocol(first, second)?;
        let index = second.index();
        let rows: Vec<(usize, usize)> =
            ids.iter().enumerate().filter_map(|(row, id)| Some((row, *index.get(id.as_str())?))).collect();
        let analysed: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let alone: Vec<&str> = second.ids.iter().map(String::as_str).filter(|id| !analysed.contains(id)).collect();
        let others: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !index.contains_key(id)).collect();
        let alike = near_misses(&alone, &others);
        if rows.is_empty() {
            let problem = format!("none of its {} ids is that of {whose}{alike}", second.ids.len());
            return Err(second.table.error(problem).into());
        }
        for id in &alone {
            let line = index.get(id).map(|&row| second.table.line(row));
            let sentence = format!("\"{id}\" is not the id of {whose}; the second read is not used");
            self.findings.push(feature_finding(second, FindingKind::Unmatched, line, Some(second.id_column), sentence));
        }
        if !alone.is_empty() {
            let path = second.table.path().display();
            let n = counted(alone.len(), "row");
            self.warnings.push(format!("{path}: {n} not used, without the id of {whose}: {}{alike}", listed(&alone)));
        }
        Ok(rows)
    }

    /// The features with a finite value for all these patients and second reads: places in the first and in the second table.
    pub fn finite_features(
        &mut self,
        first: &FeatureRows,
        rows: &[usize],
        second: Option<(&FeatureRows, &[usize])>,
    ) -> Result<Vec<(usize, Option<usize>)>, CohortError> {
        let second_names = second.iter().flat_map(|(second, _)| second.names.iter().enumerate());
        let places: HashMap<&str, usize> = second_names.map(|(at, name)| (name.as_str(), at)).collect();
        let mut kept = Vec::new();
        let (mut not_finite, mut not_read_twice) = (Vec::new(), Vec::new());
        for (at, name) in first.names.iter().enumerate() {
            if let Some(row) = not_finite_row(first, at, rows) {
                self.left_out_feature(first, at, row);
                not_finite.push(name.as_str());
                continue;
            }
            let Some((second, second_rows)) = second else {
                kept.push((at, None));
                continue;
            };
            let Some(&place) = places.get(name.as_str()) else {
                let sentence = format!("{name} is left out for all: the second reader's table does not have it");
                self.findings.push(feature_finding(second, FindingKind::SecondReader, None, None, sentence));
                not_read_twice.push(name.as_str());
                continue;
            };
            if let Some(row) = not_finite_row(second, place, second_rows) {
                self.left_out_feature(second, place, row);
                not_finite.push(name.as_str());
                continue;
            }
            kept.push((at, Some(place)));
        }
        let mut warn = |names: &[&str], why: &str| {
            if !names.is_empty() {
                let n = counted(names.len(), "feature");
                self.warnings.push(format!("{n} left out for all patients, {why}: {}", listed(names)));
            }
        };
        warn(&not_finite, "since some training patient or second read has no finite value");
        warn(&not_read_twice, "since the second reader's table does not have them");
        if kept.is_empty() && !first.names.is_empty() {
            return Err(first
                .table
                .error("no feature has a finite value for each training patient and second read")
                .into());
        }
        Ok(kept)
    }

    fn left_out_feature(&mut self, rows: &FeatureRows, at: usize, row: usize) {
        let name = rows.names.get(at).map_or("", String::as_str);
        let id = rows.ids.get(row).map_or("", String::as_str);
        let sentence = format!("{name} is left out for all: \"{id}\" has no finite value");
        let mut finding = feature_finding(rows, FindingKind::NotFinite, Some(rows.table.line(row)), None, sentence);
        finding.column = Some(name.to_owned());
        self.findings.push(finding);
    }

    /// Says which features are the same for all training patients, or for all where nobody is for training.
    pub fn constant_features(&mut self, first: &FeatureRows, features: &FeatureTable, set: &[Set]) {
        let any_training = set.contains(&Set::Training);
        let counts = |set: &Set| !any_training || *set == Set::Training;
        let patients = if any_training { "training patients" } else { "patients" };
        let mut constant = Vec::new();
        for (name, column) in features.names.iter().zip(&features.columns) {
            let mut values = column.iter().zip(set).filter(|(_, set)| counts(set)).map(|(value, _)| *value);
            let Some(value) = values.next().filter(|value| values.all(|other| other == *value)) else { continue };
            let sentence = format!("{name} is {value} for all {patients} and tells nothing");
            let mut finding = feature_finding(first, FindingKind::Constant, None, None, sentence);
            finding.column = Some(name.clone());
            self.findings.push(finding);
            constant.push(name.as_str());
        }
        if !constant.is_empty() {
            let n = counted(constant.len(), "feature");
            let are = if constant.len() == 1 { "is" } else { "are" };
            self.warnings.push(format!("{n} {are} the same for all {patients}: {}", listed(&constant)));
        }
    }
}

/// The first of these rows in which a feature is not finite.
fn not_finite_row(rows: &FeatureRows, at: usize, of: &[usize]) -> Option<usize> {
    let column = rows.columns.get(at)?;
    of.iter().copied().find(|&row| column.get(row).is_none_or(|value| !value.is_finite()))
}

fn feature_finding(
    rows: &FeatureRows,
    kind: FindingKind,
    line: Option<u64>,
    column: Option<usize>,
    sentence: String,
) -> Finding {
    let column = column.and_then(|place| rows.table.header.get(place).cloned());
    Finding { kind, file: rows.table.path().to_owned(), line, column, sentence }
}
