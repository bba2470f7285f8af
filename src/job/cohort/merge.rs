//! The tables of shards put together to the table that one run over all cases would have written, byte for byte.
//!
//! Only rows that belong together are: made by one version with one protocol from one table of cases, each case once. What is missing
//! is named, for a table that lacks cases looks like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::partial::Partial;
use super::tables::{self, CASE, CASES, COHORT, FINGERPRINT, Failure, ID, PROTOCOL, SHARD, VERSION, is_provenance};
use crate::base::{FileError, Progress, check_free};
use crate::cohort::Shard;
use crate::exchange::table::{FeatureRow, Table, TableError, read_table};
use crate::job::Request;

/// The most cases or shards that a message lists.
const MOST_LISTED: usize = 12;

/// Puts the feature tables of shards together.
#[derive(Debug, Clone)]
pub struct MergeFeatures {
    /// The tables; the failures that stand beside each are put together too. Lists of failures among them are taken as such.
    pub tables: Vec<PathBuf>,
    /// Where to write.
    pub out: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
    /// Whether cases may be missing.
    pub is_incomplete: bool,
}

/// What was put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Rows of the table.
    pub n_rows: usize,
    /// Cases that failed.
    pub n_failed: usize,
    /// Cases that are neither.
    pub n_missing: usize,
    /// Lists of failures among the tables.
    pub n_lists: usize,
}

/// Why tables were not put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A table was not read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table was not written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Two tables do not belong together.
    #[error("{} has {what} {here} and {} has {there}; only shards of one run belong together", path.display(), other.display())]
    Differs {
        /// What they differ in.
        what: &'static str,
        /// The first.
        path: PathBuf,
        /// What it has.
        here: String,
        /// The other.
        other: PathBuf,
        /// What it has.
        there: String,
    },
    /// Two tables have other features of the same image.
    #[error("{} has no column \"{column}\" and {} has; only shards of one run belong together", path.display(), other.display())]
    Columns {
        /// The table without.
        path: PathBuf,
        /// The column.
        column: String,
        /// The table with.
        other: PathBuf,
    },
    /// A case is there twice.
    #[error("case \"{id}\" is in {} and in {}; give each shard once", path.display(), other.display())]
    Twice {
        /// The case.
        id: String,
        /// Where it is first.
        path: PathBuf,
        /// Where it is again.
        other: PathBuf,
    },
    /// A table's run goes on: rows that it has made anew are not in it yet.
    #[error(
        "{} is not finished: {} is there; let its run end (extract --resume), or take the table as it is (--incomplete)",
        .0.display(), Partial::path_for(.0).display()
    )]
    Unfinished(PathBuf),
    /// Cases are in no table.
    #[error("{0}; give the tables of all shards, or allow cases to be missing (--incomplete)")]
    Missing(String),
    /// There is neither a row nor a failure.
    #[error("none of the tables has a row or lists a failure; there is nothing to put together")]
    Empty,
}

impl Request for MergeFeatures {
    type Output = Merged;
    type Error = MergeError;
    const NAME: &'static str = "Putting feature tables together";

    fn run(self, progress: &Progress) -> Result<Merged, MergeError> {
        let failures_path = tables::failures_path(&self.out);
        check_free(&self.out, self.force)?;
        check_free(&failures_path, self.force)?;
        progress.begin(Self::NAME, self.tables.len());
        let mut merge = Merge::default();
        for path in &self.tables {
            if !self.is_incomplete && Partial::path_for(path).exists() {
                return Err(MergeError::Unfinished(path.clone()));
            }
            merge.add(path)?;
            progress.advance(1);
        }
        let n_missing = merge.missing(self.is_incomplete)?;
        let failures: Vec<Failure> = merge.failures.into_values().map(|(failure, _)| failure).collect();
        tables::write_finished(&failures_path, &tables::failures_text(&failures), self.force)?;
        let rows = merge.rows.values().map(|(row, _)| row);
        tables::write_finished(&self.out, &tables::features_text(rows), self.force)?;
        Ok(Merged { n_rows: merge.rows.len(), n_failed: failures.len(), n_missing, n_lists: merge.lists.len() })
    }
}

/// What was read so far.
#[derive(Default)]
struct Merge {
    /// What all rows must share.
    run: Option<Run>,
    /// The features of each image, and the table that had them first.
    features: BTreeMap<String, (BTreeSet<String>, PathBuf)>,
    /// By number of the case.
    rows: BTreeMap<usize, (FeatureRow, PathBuf)>,
    /// By the fingerprint of cases and the number of the case, with the list that had it first.
    failures: BTreeMap<(String, usize), (Failure, PathBuf)>,
    n_shards: Option<usize>,
    /// Lists of failures among the tables.
    lists: Vec<PathBuf>,
}

struct Run {
    path: PathBuf,
    /// Value of each of [`SHARED`].
    values: [String; SHARED.len()],
}

/// The columns whose values all rows share, and what they are in words.
const SHARED: [(&str, &str); 5] = [
    (VERSION, "version"),
    (PROTOCOL, "protocol"),
    (FINGERPRINT, "the protocol's fingerprint"),
    (COHORT, "the fingerprint of cases"),
    (CASES, "the number of cases"),
];

impl Merge {
    fn add(&mut self, path: &Path) -> Result<(), MergeError> {
        let table = read_table(path)?;
        if tables::is_list_of_failures(&table) {
            self.lists.push(path.to_owned());
            return self.add_failures(path, &table);
        }
        let beside = tables::failures_path(path);
        if beside.exists() {
            self.add_failures(&beside, &read_table(&beside)?)?;
        }
        // A shard none of whose cases has features has no columns either.
        if tables::has_names_alone(&table) {
            return Ok(());
        }
        let (id, number) = (table.column(ID)?, table.column(CASE)?);
        self.check_features(path, &table)?;
        for row in 0..table.rows.len() {
            self.check_run(path, &table, row)?;
            let case: usize = tables::count(&table, row, number)?;
            let n_cases: usize = tables::count(&table, row, table.column(CASES)?)?;
            if !(1..=n_cases).contains(&case) {
                return Err(table.cell_error(row, number, format!("there is no case {case} among {n_cases}")).into());
            }
            let mut taken = tables::feature_row(&table, row)?;
            taken.provenance.retain(|(name, _)| name != SHARD);
            if let Some((_, first)) = self.rows.insert(case, (taken, path.to_owned())) {
                let id = table.text(row, id).to_owned();
                return Err(MergeError::Twice { id, path: first, other: path.to_owned() });
            }
        }
        Ok(())
    }

    fn add_failures(&mut self, path: &Path, list: &Table) -> Result<(), MergeError> {
        for failure in tables::failures_of(list)? {
            let key = (failure.cohort.clone(), failure.case);
            self.failures.entry(key).or_insert_with(|| (failure, path.to_owned()));
        }
        Ok(())
    }

    /// Whether a row was made as those before it.
    fn check_run(&mut self, path: &Path, table: &Table, row: usize) -> Result<(), MergeError> {
        let mut values = [const { String::new() }; SHARED.len()];
        for (value, (column, _)) in values.iter_mut().zip(SHARED) {
            *value = table.text(row, table.column(column)?).to_owned();
        }
        if let Some(column) = table.header.iter().position(|name| name == SHARD) {
            let text = table.text(row, column);
            let shard: Shard = text.parse().map_err(|e| table.cell_error(row, column, format!("{e}")))?;
            self.n_shards.get_or_insert(shard.of);
        }
        let run = self.run.get_or_insert_with(|| Run { path: path.to_owned(), values: values.clone() });
        for ((here, there), (_, what)) in run.values.iter().zip(&values).zip(SHARED) {
            if here != there {
                let (path, here, other, there) = (run.path.clone(), here.clone(), path.to_owned(), there.clone());
                return Err(MergeError::Differs { what, path, here, other, there });
            }
        }
        Ok(())
    }

    /// Whether a table has the same features of each image as those before it. An image may be absent altogether: LoG images of
    /// a small image are.
    fn check_features(&mut self, path: &Path, table: &Table) -> Result<(), MergeError> {
        let mut images: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in table.header.iter().filter(|name| !is_provenance(name)) {
            let image = name.split('_').next().unwrap_or_default().to_owned();
            images.entry(image).or_default().insert(name.clone());
        }
        for (image, names) in images {
            let (first, other) = self.features.entry(image).or_insert_with(|| (names.clone(), path.to_owned()));
            let (path, other) = (path.to_owned(), other.clone());
            if let Some(column) = first.difference(&names).next().cloned() {
                return Err(MergeError::Columns { path, column, other });
            }
            if let Some(column) = names.difference(first).next().cloned() {
                return Err(MergeError::Columns { path: other, column, other: path });
            }
        }
        Ok(())
    }

    /// Which cases there are: the fingerprint of their table, and how many. Where no case has features, the failures say it.
    fn cohort(&self) -> Result<(String, usize), MergeError> {
        let of_failures =
            || self.failures.values().next().map(|(failure, path)| (&failure.cohort, failure.cases, path));
        let of_rows = self.run.as_ref().map(|Run { path, values: [.., cohort, n_cases] }| {
            // That it is a number was seen with the row.
            (cohort, n_cases.parse().unwrap_or(0), path)
        });
        let (cohort, n_cases, path) = of_rows.or_else(of_failures).ok_or(MergeError::Empty)?;
        // Beside a table with rows there may be a list of other cases, from a run before it; nobody named it.
        let counts = |list: &PathBuf| self.run.is_none() || self.lists.contains(list);
        match self.failures.values().find(|(failure, list)| failure.cohort != *cohort && counts(list)) {
            None => Ok((cohort.clone(), n_cases)),
            Some((failure, other)) => Err(MergeError::Differs {
                what: "the fingerprint of cases",
                path: path.clone(),
                here: cohort.clone(),
                other: other.clone(),
                there: failure.cohort.clone(),
            }),
        }
    }

    /// How many cases are neither in a table nor among the failures; an error when there are and may not be.
    fn missing(&mut self, is_allowed: bool) -> Result<usize, MergeError> {
        let (cohort, n_cases) = self.cohort()?;
        let rows = &self.rows;
        self.failures.retain(|(of, case), _| *of == cohort && !rows.contains_key(case));
        let has_failed = |case: usize| self.failures.contains_key(&(cohort.clone(), case));
        let missing: Vec<usize> = (1..=n_cases).filter(|case| !rows.contains_key(case) && !has_failed(*case)).collect();
        if missing.is_empty() || is_allowed {
            return Ok(missing.len());
        }
        let of_shards = self.n_shards.map(|of| {
            let shards: BTreeSet<usize> = missing.iter().map(|&case| Shard::that_has(case, of).number).collect();
            format!("shard {} of {of} lacks cases: ", listed(shards.iter().copied()))
        });
        let (n, what) = (missing.len(), of_shards.unwrap_or_default());
        let cases = listed(missing.into_iter());
        Err(MergeError::Missing(format!("{what}{n} of {n_cases} cases are in none of the tables (number {cases})")))
    }
}

fn listed(numbers: impl ExactSizeIterator<Item = usize>) -> String {
    let more = if numbers.len() > MOST_LISTED { ", ..." } else { "" };
    let listed: Vec<String> = numbers.take(MOST_LISTED).map(|number| number.to_string()).collect();
    format!("{}{more}", listed.join(", "))
}
