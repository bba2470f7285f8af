//! Where the tables of a cohort are, as it was typed, chosen or dropped.

use std::path::{Path, PathBuf};

use crate::cohort::{CohortFiles, CohortOptions};
use crate::ui::sheets::typed_path;

/// A table of a cohort, or what says what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFile {
    /// The features.
    Features,
    /// What is known of each patient.
    Clinical,
    /// What the clinical columns mean.
    Schema,
    /// The features that a second reader's regions gave.
    SecondReader,
}

impl TableFile {
    /// All of them, as they stand on the page.
    pub const ALL: [Self; 4] = [Self::Features, Self::Clinical, Self::Schema, Self::SecondReader];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Features => "Features",
            Self::Clinical => "Clinical",
            Self::Schema => "Schema",
            Self::SecondReader => "Second reader",
        }
    }

    /// What it is, in a sentence's part.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Features => "The feature table (CSV)",
            Self::Clinical => "The clinical table (CSV or XLSX)",
            Self::Schema => "What the clinical columns mean (JSON)",
            Self::SecondReader => "The second reader's feature table (CSV)",
        }
    }

    /// Whether a cohort can do without it.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Schema | Self::SecondReader)
    }

    /// Which one a dropped file is likely to be, by its name; a CSV of no telling name is none.
    fn of_name(path: &Path) -> Option<Self> {
        let (name, ending) = name_and_ending(path)?;
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match ending.as_str() {
            "json" => Some(Self::Schema),
            "xlsx" => Some(Self::Clinical),
            "csv" if has(&["reader2", "reader_2", "second"]) => Some(Self::SecondReader),
            "csv" if has(&["feature", "radiomic"]) => Some(Self::Features),
            "csv" if has(&["clinic", "patient", "outcome"]) => Some(Self::Clinical),
            _ => None,
        }
    }
}

/// A file's name without its ending and the ending, in small letters; a table may be compressed by gzip.
fn name_and_ending(path: &Path) -> Option<(String, String)> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let (name, ending) = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?;
    Some((name.to_owned(), ending.to_owned()))
}

/// What was typed for a cohort's tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// A path each, in the order of [`TableFile::ALL`].
    pub paths: [String; 4],
    /// The column with the given split; at random without.
    pub split: String,
    /// The column with the given folds; at random without.
    pub fold: String,
    /// Decides a random split, random folds and every resample.
    pub seed: u64,
    /// Whether the demonstration cohort is taken in place of what was typed, which stays.
    pub is_demonstration: bool,
}

/// Where a cohort is read from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The simulated cohort that the program carries.
    Demonstration,
    /// A team's files.
    Files(CohortFiles),
}

impl Default for Tables {
    fn default() -> Self {
        Self { paths: Default::default(), split: String::new(), fold: String::new(), seed: 1, is_demonstration: false }
    }
}

impl Tables {
    /// What was typed for a table.
    pub fn text_mut(&mut self, file: TableFile) -> &mut String {
        &mut self.paths[file as usize]
    }

    /// The path that was typed for a table.
    pub fn path(&self, file: TableFile) -> Option<PathBuf> {
        typed_path(&self.paths[file as usize])
    }

    /// What is read; nothing before both tables that are needed are named.
    pub fn source(&self) -> Option<Source> {
        if self.is_demonstration {
            return Some(Source::Demonstration);
        }
        let column = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(Source::Files(CohortFiles {
            features: Some(self.path(TableFile::Features)?),
            clinical: self.path(TableFile::Clinical)?,
            schema: self.path(TableFile::Schema),
            reader2: self.path(TableFile::SecondReader),
            split_column: column(&self.split),
            fold_column: column(&self.fold),
        }))
    }

    /// How patients are split.
    pub fn options(&self) -> CohortOptions {
        CohortOptions { seed: self.seed, ..CohortOptions::default() }
    }

    /// Puts files where their names say that they belong, else where one is still missing; `false` where one is no table.
    pub fn take(&mut self, paths: &[PathBuf]) -> bool {
        let is_table = |path: &PathBuf| {
            name_and_ending(path).is_some_and(|(_, ending)| ["csv", "xlsx", "json"].contains(&ending.as_str()))
        };
        if !paths.iter().all(is_table) {
            return false;
        }
        self.is_demonstration = false;
        for path in paths {
            let missing = TableFile::ALL.into_iter().find(|file| !file.is_optional() && self.path(*file).is_none());
            if let Some(file) = TableFile::of_name(path).or(missing) {
                *self.text_mut(file) = path.to_string_lossy().into_owned();
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_tables_go_where_their_names_say_and_images_nowhere() {
        let mut tables = Tables::default();
        let names = ["a/features_reader2.csv.gz", "a/features.csv", "b/Patienten.csv", "b/schema.json"];
        assert!(tables.take(&names.map(PathBuf::from)));
        let found = TableFile::ALL.map(|file| tables.path(file).unwrap());
        assert_eq!(
            found,
            ["a/features.csv", "b/Patienten.csv", "b/schema.json", "a/features_reader2.csv.gz"].map(PathBuf::from)
        );
        assert!(!tables.take(&[PathBuf::from("image.nii.gz")]));
    }

    #[test]
    fn nothing_is_read_before_both_tables_are_named() {
        let mut tables = Tables::default();
        *tables.text_mut(TableFile::Features) = "f.csv".to_owned();
        assert!(tables.source().is_none());
        *tables.text_mut(TableFile::Clinical) = " \"c.xlsx\" ".to_owned();
        let Some(Source::Files(files)) = tables.source() else { panic!("both are named") };
        assert_eq!((files.clinical, files.split_column), (PathBuf::from("c.xlsx"), None));
        tables.is_demonstration = true;
        assert!(matches!(tables.source(), Some(Source::Demonstration)), "whatever was typed");
    }
}
