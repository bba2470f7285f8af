//! A training cohort: features, clinical columns and outcome of the same patients, under one id.
//!
//! Patients stand in the order of the clinical table. Who lacks an outcome, features or a candidate's value is left out, and said.
//! Validation patients decide about no column: a feature without a finite value in some training patient is left out for all, and a
//! validation patient without a value of any other feature is left out himself. Nothing is filled in; constant features are only
//! reported.

use std::path::{Path, PathBuf};

use super::CohortError;
use super::clinical::ClinicalColumn;
use super::features::{FeatureRows, FeatureTable};
use super::finding::{Finding, counted};
use super::flow::{Flow, SecondFlow};
use super::layout::Read;
use super::needed::Needed;
use super::notes::Notes;
use super::patients::Patients;
use super::readers::taken;
use super::split::{Set, random_split};
use crate::base::Warnings;

/// The fewest patients of whom a cohort can consist.
pub const MIN_PATIENTS: usize = 10;

/// The files of a cohort.
#[derive(Debug, Clone, Default)]
pub struct CohortFiles {
    /// The feature table; none where no feature is needed.
    pub features: Option<PathBuf>,
    /// The clinical table, CSV or XLSX.
    pub clinical: PathBuf,
    /// What its columns mean.
    pub schema: Option<PathBuf>,
    /// The second reader's feature table, of some of the patients.
    pub reader2: Option<PathBuf>,
    /// The column with the given split, before what the schema says.
    pub split_column: Option<String>,
    /// The column with the given folds, before what the schema says.
    pub fold_column: Option<String>,
}

/// Who is for training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SplitChoice {
    /// As the table gives it, else at random.
    #[default]
    GivenOrRandom,
    /// Nobody: the cohort is to test a model that is there.
    AllValidation,
}

/// How patients are split, and what they must have.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortOptions {
    /// Which share of each outcome is for training, where the split is random.
    pub training_fraction: f64,
    /// Seed of a random split.
    pub seed: u64,
    /// Who is for training.
    pub split: SplitChoice,
    /// The features and clinical columns that a model that is there needs; without it all are read and every candidate column is
    /// needed.
    pub needed: Option<Needed>,
    /// The clinical columns that are candidates, where they are chosen beforehand: nobody is left out for a gap in another.
    pub candidates: Option<Vec<String>>,
}

impl Default for CohortOptions {
    fn default() -> Self {
        Self { training_fraction: 0.7, seed: 1, split: SplitChoice::default(), needed: None, candidates: None }
    }
}

/// The features that a second reader's regions gave.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondReads {
    /// The patients, as places in [`Cohort::ids`], in rising order.
    pub rows: Vec<usize>,
    /// One column a feature, in the order of [`FeatureTable::names`], one value a row.
    pub columns: Vec<Vec<f64>>,
}

/// Patients with outcome, clinical columns and features.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// What patients are called, in the order of the clinical table.
    pub ids: Vec<String>,
    /// Whether each has the event.
    pub outcome: Vec<bool>,
    /// The set of each.
    pub set: Vec<Set>,
    /// Given folds of training patients, from 1 on.
    pub folds: Option<Vec<Option<usize>>>,
    /// Clinical columns, in the order of the schema or of the paper's Table 1.
    pub clinical: Vec<ClinicalColumn>,
    /// The features.
    pub features: FeatureTable,
    /// The second reader's features, where there are any.
    pub second: Option<SecondReads>,
    /// Whether each patient was chosen for the reader study beforehand, where a column says so.
    pub reader_study: Option<Vec<bool>>,
    /// Who came in and who was left out.
    pub flow: Flow,
    /// What was found, one entry a place.
    pub findings: Vec<Finding>,
    /// What was found, in few sentences.
    pub warnings: Warnings,
}

impl Cohort {
    /// The patients of a set, as places in [`Cohort::ids`].
    pub fn rows(&self, set: Set) -> Vec<usize> {
        self.set.iter().enumerate().filter(|(_, of)| **of == set).map(|(row, _)| row).collect()
    }

    /// The outcomes of these patients.
    pub fn outcomes(&self, rows: &[usize]) -> Vec<bool> {
        taken(&self.outcome, rows)
    }
}

/// Patients with outcome and clinical columns alone, nobody left out for a missing value.
#[derive(Debug, Clone)]
pub struct ClinicalCohort {
    /// What patients are called, in the order of the table; `case 1`, `case 2`, … where there is no id.
    pub ids: Vec<String>,
    /// Whether each has the event.
    pub outcome: Vec<bool>,
    /// The set of each, where the table gives it.
    pub set: Option<Vec<Set>>,
    /// Clinical columns.
    pub clinical: Vec<ClinicalColumn>,
    /// Who came in and who was left out; without a given split all count as training.
    pub flow: Flow,
    /// What was found, one entry a place.
    pub findings: Vec<Finding>,
    /// What was found, in few sentences.
    pub warnings: Warnings,
}

/// Reads the clinical table alone, for a description of patients.
pub fn read_clinical(clinical: &Path, schema: Option<&Path>) -> Result<ClinicalCohort, CohortError> {
    let patients = Patients::read(clinical, &Read::of(schema)?, None, None, false)?;
    let mut notes = Notes::of(&patients);
    let rows: Vec<usize> = (0..patients.ids.len()).filter(|&row| notes.has_outcome(&patients, row)).collect();
    let outcome: Vec<bool> = rows.iter().filter_map(|&row| patients.outcome.get(row).copied().flatten()).collect();
    check_classes(&patients, &outcome, "patients")?;
    let set = patients.sets(&rows)?;
    let clinical = notes.clinical(&patients, &rows);
    notes.warn_of_exclusions();
    notes.flow.count(&outcome, set.as_deref().unwrap_or(&vec![Set::Training; rows.len()]));
    let Notes { flow, findings, warnings } = notes;
    let ids = taken(&patients.ids, &rows);
    Ok(ClinicalCohort { ids, outcome, set, clinical, flow, findings, warnings })
}

/// Reads a cohort.
pub fn read_cohort(files: &CohortFiles, options: &CohortOptions) -> Result<Cohort, CohortError> {
    let schema = Read::of(files.schema.as_deref())?;
    let (split, fold) = (files.split_column.as_deref(), files.fold_column.as_deref());
    let mut patients = Patients::read(&files.clinical, &schema, split, fold, true)?;
    let read_features = |path: &PathBuf| FeatureRows::read(path, &schema.schema.features);
    let mut first = files.features.as_ref().map(read_features).transpose()?;
    if let Some(needed) = &options.needed {
        patients.need(&needed.clinical)?;
        match &mut first {
            Some(first) => first.keep(&needed.features)?,
            None if needed.features.is_empty() => {}
            None => return Err(patients.table.error("the model needs features; give their table too").into()),
        }
    }
    if let Some(candidates) = &options.candidates {
        patients.choose(candidates)?;
    }
    let second = files.reader2.as_ref().map(read_features).transpose()?;
    let mut notes = Notes::of(&patients);
    first.iter().chain(&second).flat_map(|table| &table.warnings).for_each(|w| notes.warnings.push(w));
    let (mut rows, mut feature_rows) = notes.joined(&patients, first.as_ref())?;
    let ids = taken(&patients.ids, &rows);
    let outcome: Vec<bool> = rows.iter().filter_map(|&row| patients.outcome.get(row).copied().flatten()).collect();
    check_size(&patients, &ids, &notes.flow)?;
    check_classes(&patients, &outcome, "patients")?;

    let set = match options.split {
        SplitChoice::AllValidation => vec![Set::Validation; rows.len()],
        SplitChoice::GivenOrRandom => {
            let given = patients.sets(&rows)?;
            given.unwrap_or_else(|| random_split(&outcome, options.training_fraction, options.seed))
        }
    };
    let places = (rows.as_slice(), feature_rows.as_slice());
    let lacking = first.as_ref().map_or_else(Vec::new, |first| notes.lacking(&patients, first, places, &set));
    let (ids, outcome, set) = (without(&ids, &lacking), without(&outcome, &lacking), without(&set, &lacking));
    (rows, feature_rows) = (without(&rows, &lacking), without(&feature_rows, &lacking));
    check_sets(&patients, &outcome, &set, options, &mut notes)?;
    let folds = if options.split == SplitChoice::AllValidation { None } else { patients.folds(&rows, &set)? };
    // Who was read twice is of no consequence where nobody was.
    let reader_study = if second.is_some() { patients.reader_study(&rows)? } else { None };
    let clinical = notes.clinical(&patients, &rows);
    notes.compare_levels(&patients, &clinical, &set);

    let (features, second) = match (&first, second) {
        (Some(first), second) => {
            let patients =
                Analysed { ids: &ids, set: &set, feature_rows: &feature_rows, reader_study: reader_study.as_deref() };
            joined_features(first, second, &patients, &mut notes)?
        }
        (None, Some(second)) => {
            return Err(second.table.error("there is no first reader's feature table to compare it with").into());
        }
        (None, None) => (FeatureTable::default(), None),
    };
    notes.flow.count(&outcome, &set);
    let Notes { flow, findings, warnings } = notes;
    Ok(Cohort { ids, outcome, set, folds, clinical, features, second, reader_study, flow, findings, warnings })
}

/// The patients who are analysed.
struct Analysed<'a> {
    ids: &'a [String],
    set: &'a [Set],
    /// Where each stands in the feature table.
    feature_rows: &'a [usize],
    reader_study: Option<&'a [bool]>,
}

/// The features that can be used, and the second reader's.
fn joined_features(
    first: &FeatureRows,
    second: Option<FeatureRows>,
    patients: &Analysed,
    notes: &mut Notes,
) -> Result<(FeatureTable, Option<SecondReads>), CohortError> {
    let Analysed { ids, set, feature_rows, reader_study } = *patients;
    let second = second
        .map(|second| notes.second_rows(first, &second, ids, "an analysed patient").map(|rows| (second, rows)))
        .transpose()?;
    let of_training: Vec<usize> =
        set.iter().zip(feature_rows).filter(|(set, _)| **set == Set::Training).map(|(_, row)| *row).collect();
    let counts = |row: usize| match reader_study {
        Some(study) => study.get(row) == Some(&true),
        None => set.get(row) == Some(&Set::Training),
    };
    let second_rows = second.iter().flat_map(|(_, rows)| rows).filter(|(row, _)| counts(*row)).map(|(_, from)| *from);
    let second_rows: Vec<usize> = second_rows.collect();
    let read_twice = second.as_ref().map(|(second, _)| (second, second_rows.as_slice()));
    let kept = notes.finite_features(first, &of_training, read_twice)?;
    let features = FeatureTable {
        names: kept.iter().filter_map(|&(at, _)| first.names.get(at).cloned()).collect(),
        columns: kept.iter().filter_map(|&(at, _)| first.columns.get(at)).map(|c| taken(c, feature_rows)).collect(),
        protocol: first.protocol.clone(),
        is_simulated: first.is_simulated || second.as_ref().is_some_and(|(second, _)| second.is_simulated),
    };
    notes.constant_features(first, &features, set);
    let second = second.map(|(second, places)| {
        let rows: Vec<usize> = places.iter().map(|(row, _)| *row).collect();
        let from: Vec<usize> = places.iter().map(|(_, from)| *from).collect();
        let columns = kept.iter().filter_map(|(_, at)| second.columns.get((*at)?)).map(|c| taken(c, &from)).collect();
        let training = rows.iter().filter(|&&row| set.get(row) == Some(&Set::Training)).count();
        notes.flow.second = Some(SecondFlow { read: second.ids.len(), analysed: rows.len(), training });
        SecondReads { rows, columns }
    });
    Ok((features, second))
}

/// The items but those in these places.
fn without<T: Clone>(items: &[T], places: &[usize]) -> Vec<T> {
    items.iter().enumerate().filter(|(place, _)| !places.contains(place)).map(|(_, item)| item.clone()).collect()
}

fn check_size(patients: &Patients, ids: &[String], flow: &Flow) -> Result<(), CohortError> {
    if ids.len() >= MIN_PATIENTS {
        return Ok(());
    }
    let lost: Vec<String> = flow.excluded.iter().map(|step| format!("{} {}", step.ids.len(), step.reason)).collect();
    let lost = if lost.is_empty() { String::new() } else { format!(" (left out: {})", lost.join(", ")) };
    let left =
        if ids.is_empty() { "no patient is".to_owned() } else { format!("only {} are", counted(ids.len(), "patient")) };
    let problem = format!("{left} left of {}{lost}; at least {MIN_PATIENTS} are needed", flow.read);
    Err(patients.table.error(problem).into())
}

fn check_classes(patients: &Patients, outcome: &[bool], who: &str) -> Result<(), CohortError> {
    let events = outcome.iter().filter(|is_event| **is_event).count();
    let which = match events {
        _ if outcome.is_empty() => {
            return Err(patients.table.error(format!("none of the {who} has an outcome")).into());
        }
        0 => "none",
        events if events == outcome.len() => "each",
        _ => return Ok(()),
    };
    let column = patients.table.header.get(patients.layout.outcome.1).map_or("", String::as_str);
    let problem = format!(
        "column \"{column}\": {which} of the {} {who} has the event; both outcomes must occur (a schema can say what stands for the \
         event)",
        outcome.len()
    );
    Err(patients.table.error(problem).into())
}

/// Training must be there with both outcomes; validation without them is said only, since a model can still be made.
fn check_sets(
    patients: &Patients,
    outcome: &[bool],
    set: &[Set],
    options: &CohortOptions,
    notes: &mut Notes,
) -> Result<(), CohortError> {
    if options.split == SplitChoice::AllValidation {
        return Ok(());
    }
    let of = |wanted: Set| -> Vec<bool> {
        outcome.iter().zip(set).filter(|(_, set)| **set == wanted).map(|(is_event, _)| *is_event).collect()
    };
    let (training, validation) = (of(Set::Training), of(Set::Validation));
    if training.is_empty() {
        return Err(patients.table.error("no patient is for training").into());
    }
    check_classes(patients, &training, "training patients")?;
    if validation.iter().all(|is_event| *is_event) || !validation.contains(&true) {
        let n = counted(validation.len(), "validation patient");
        notes.warnings.push(format!("{n}, not both outcomes among them: the model cannot be validated on them"));
    }
    Ok(())
}
