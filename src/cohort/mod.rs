//! Cases, parsed from tables into checked values: their images and VOIs in `cases` (and in `files` whether those have changed), whole
//! training cohorts in `join` (features, clinical columns and outcome under one id), cases for a model that is there in `predicted`,
//! and the clinical columns of a single case in `case`.
//!
//! Clinical columns: `id`, `sex`, `age` (years), `pT`, `pN`, `CEA`, `CA199`, `hepatitis`; letters' case and punctuation do not matter
//! where that leaves one column only. All may be left out here: whether a column is needed is for the model to say.

mod case;
mod cases;
mod clinical;
mod features;
mod files;
mod finding;
mod flow;
mod ids;
mod join;
mod layout;
mod needed;
mod notes;
mod patients;
mod predicted;
mod readers;
mod schema;
mod settings;
mod shard;
mod split;

pub use case::{ClinicalCase, Sex};
pub use cases::{ImagingCase, ImagingCases, imaging_cases, name_of_image};
pub use clinical::{ClinicalColumn, ColumnKind};
pub use features::{FeatureProtocol, FeatureTable};
pub use files::{are_there, changed_after, files_state};
pub use finding::{Finding, FindingKind};
pub use flow::{Counts, Exclusion, Flow, SecondFlow};
pub use join::{
    ClinicalCohort, Cohort, CohortFiles, CohortOptions, MIN_PATIENTS, SecondReads, SplitChoice, read_clinical,
    read_cohort,
};
pub use needed::{Needed, NeededColumn};
pub use predicted::{CaseFiles, CaseToPredict, read_cases};
pub use readers::{ReaderPair, read_readers};
pub use schema::{
    CellText, ColumnRule, FeaturesRule, FullLevel, KindRule, LevelRule, OutcomeRule, Purpose, Role, SCHEMA_VERSION,
    Schema, SchemaError, Side, SplitRule, read_schema,
};
pub use shard::{NotAShard, Shard};
pub use split::{Set, random_split};

use crate::exchange::table::{Table, TableError};

/// Why cases were not read.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// The table, or a cell of it, does not hold what is needed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The schema does not hold what is needed.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A typed value is not understood.
    #[error("{column}: \"{found}\" is not understood; {allowed}")]
    Value {
        /// The column.
        column: &'static str,
        /// What was given.
        found: String,
        /// What can be given.
        allowed: &'static str,
    },
}

/// The column of exactly that name, else the only one that is spelled so but for letters' case and punctuation, as tables of the
/// field do. Of several, none is chosen: a column `PT` beside `pt` may be the prothrombin time.
fn column_of(table: &Table, name: &str) -> Result<Option<usize>, CohortError> {
    if let Some(exact) = table.header.iter().position(|column| column == name) {
        return Ok(Some(exact));
    }
    let spelled = |text: &str| {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        plain.to_ascii_lowercase()
    };
    let alike: Vec<usize> =
        (0..table.header.len()).filter(|&column| spelled(&table.header[column]) == spelled(name)).collect();
    if let [first, second, ..] = alike.as_slice() {
        let problem = format!(
            "both \"{}\" and \"{}\" may be the column \"{name}\"; give the one that is meant exactly this name",
            table.header[*first], table.header[*second]
        );
        return Err(table.error(problem).into());
    }
    Ok(alike.first().copied())
}
