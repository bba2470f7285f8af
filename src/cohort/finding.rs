//! What was found in the tables of a cohort that a reader should know: where it stands, and a sentence. Nothing here is fatal.

use std::path::PathBuf;

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingKind {
    /// A column that was not used.
    IgnoredColumn,
    /// A patient without an outcome, who is left out.
    MissingOutcome,
    /// A patient without a value of a candidate predictor, who is left out.
    MissingValue,
    /// A patient with a level that a model that is there does not know, who is left out.
    UnknownLevel,
    /// A row that has no row of the same id in the other table.
    Unmatched,
    /// A row of features without a single value.
    EmptyRow,
    /// A feature that has no finite value for some patient and is left out for all.
    NotFinite,
    /// A feature or candidate that is the same for all training patients.
    Constant,
    /// A level that occurs among validation patients alone.
    ValidationOnlyLevel,
    /// The two readers' tables do not have the same features.
    SecondReader,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The file.
    pub file: PathBuf,
    /// Line of the file or row of the sheet, from 1 on, where it is about one.
    pub line: Option<u64>,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// What was found and what was done, in one sentence.
    pub sentence: String,
}

/// The most names that a sentence lists.
const MOST_NAMES: usize = 8;

/// Names in quotes, the first of them and the number of the others.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| format!("\"{}\"", name.as_ref())).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// `1 patient`, `2 patients`.
pub(super) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
