//! What earlier runs for the same table have done: rows of a table that was finished, though cases failed, and rows of a run that did
//! not end.
//!
//! A finished table is gone on with only where this run would make its rows just so; any other is refused with the first thing in
//! which it differs, and is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use super::partial::{KeptRow, Origin, difference};
use super::tables::{self, CASE, CASES, COHORT, FINGERPRINT, ID, PROTOCOL, REGION, SHARD, VERSION};
use super::{ExtractCohort, ExtractCohortError};
use crate::base::FileError;
use crate::cohort::{ImagingCase, are_there, changed_after, files_state};
use crate::exchange::nifti;
use crate::exchange::table::{FeatureRow, Table, read_table};
use crate::job::input::name_of_mask;
use crate::radiomics::{FeatureClass, FeatureId, Filter, ImageType, Protocol, feature};

/// What an earlier run finished.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Whether its table stands there, to be written anew.
    pub has_table: bool,
    /// Whether its list of failures does.
    pub has_failures: bool,
    /// Rows of the table by number of their case.
    rows: BTreeMap<usize, FeatureRow>,
    /// When the table was written, where the system says it.
    written: Option<SystemTime>,
}

/// In what two extractions differ: what the one has, and what the other.
type Difference = (String, String);

impl Earlier {
    /// What stands where a cohort is to be written; an error where that is not of the same extraction of these cases.
    pub fn of(cohort: &ExtractCohort, cases: &[&ImagingCase]) -> Result<Self, ExtractCohortError> {
        let (has_table, has_failures) = (cohort.out.exists(), cohort.failures.exists());
        let mut earlier = Self { has_table, has_failures, ..Self::default() };
        if has_failures {
            check_failures(cohort, cases)?;
        }
        if !has_table {
            return Ok(earlier);
        }
        let table = read_table(&cohort.out)?;
        if table.rows.is_empty() {
            // How it was made is not in it. It has nothing to lose, and the failures beside it say that it is of these cases.
            let is_own = has_failures && tables::has_names_alone(&table);
            return if is_own { Ok(earlier) } else { Err(exists(&cohort.out)) };
        }
        if [ID, VERSION, PROTOCOL, FINGERPRINT, COHORT, CASE, CASES].iter().any(|name| place(&table, name).is_none()) {
            return Err(exists(&cohort.out));
        }
        let differs = |(then, now)| ExtractCohortError::Other { path: cohort.out.clone(), then, now };
        let origin = cohort.origin();
        for row in 0..table.rows.len() {
            let case = row_differs(cohort, &origin, &table, row, cases).map_err(differs)?;
            if earlier.rows.insert(case.number, tables::feature_row(&table, row)?).is_some() {
                return Err(differs((format!("case \"{}\" twice", case.id), "each case once".to_owned())));
            }
        }
        features_differ(&table, &cohort.protocol).map_or(Ok(()), |difference| Err(differs(difference)))?;
        earlier.written = cohort.out.metadata().and_then(|found| found.modified()).ok();
        Ok(earlier)
    }

    /// The rows that still stand, of the table and of a run that did not end; `note` hears of the others.
    pub fn still_true(
        self,
        kept: Vec<KeptRow>,
        cases: &[&ImagingCase],
        note: &dyn Fn(&str),
    ) -> BTreeMap<usize, FeatureRow> {
        // Of a case that was extracted twice, the later row counts.
        let mut kept: BTreeMap<usize, KeptRow> = kept.into_iter().map(|kept| (kept.case, kept)).collect();
        let Self { mut rows, written, .. } = self;
        let mut still = BTreeMap::new();
        for case in cases {
            let has_changed_since = || written.is_some_and(|written| changed_after(case, written));
            let (row, has_changed) = match (kept.remove(&case.number), rows.remove(&case.number)) {
                (Some(kept), _) => (kept.row, kept.files != files_state(case)),
                (None, Some(row)) => (row, has_changed_since()),
                (None, None) => continue,
            };
            let about = |what: &str| note(&format!("{}: {what}", case.in_words()));
            if !are_there(case) {
                about("its files are gone; its row is kept as it was made");
            } else if has_changed {
                about("its files have changed since its row was made; it is extracted again");
                continue;
            }
            still.insert(case.number, row);
        }
        still
    }
}

fn exists(path: &Path) -> ExtractCohortError {
    FileError::Exists(path.to_owned()).into()
}

/// Whether what stands in place of the list of failures is one, and of these cases alone.
fn check_failures(cohort: &ExtractCohort, cases: &[&ImagingCase]) -> Result<(), ExtractCohortError> {
    let path = &cohort.failures;
    let failures = tables::read_failures(path).map_err(|_| exists(path))?;
    let differs = |then: String, now: &str| ExtractCohortError::Other { path: path.clone(), then, now: now.to_owned() };
    if failures.iter().any(|failure| failure.cohort != cohort.cases.fingerprint) {
        return Err(differs("another table of cases".to_owned(), "this one"));
    }
    match failures.iter().find(|failure| cases.iter().all(|case| case.number != failure.case)) {
        Some(of_other_shard) => Err(differs(format!("case \"{}\"", of_other_shard.id), "another shard")),
        None => Ok(()),
    }
}

fn place(table: &Table, name: &str) -> Option<usize> {
    table.header.iter().position(|column| column == name)
}

/// The case of a row, or how this run would have made the row otherwise.
fn row_differs<'a>(
    cohort: &ExtractCohort,
    now: &Origin,
    table: &Table,
    row: usize,
    cases: &[&'a ImagingCase],
) -> Result<&'a ImagingCase, Difference> {
    let text = |name: &str| place(table, name).map_or("", |column| table.text(row, column));
    let then = Origin {
        version: text(VERSION).to_owned(),
        protocol: text(PROTOCOL).to_owned(),
        fingerprint: text(FINGERPRINT).to_owned(),
        // Those that decide numbers are in the fingerprint; which features were chosen, the columns say.
        settings: now.settings.clone(),
        cases: text(COHORT).to_owned(),
        shard: Some(text(SHARD)).filter(|shard| !shard.is_empty()).map(str::to_owned),
        replaces: now.replaces,
    };
    if let Some(difference) = difference(&then, now) {
        return Err(difference);
    }
    let n_cases = cohort.cases.cases.len().to_string();
    if text(CASES) != n_cases {
        return Err((format!("{} cases", text(CASES)), n_cases));
    }
    let (id, number) = (text(ID), text(CASE));
    let found = cases.iter().find(|case| case.id == id && case.number.to_string() == number);
    let case = found.ok_or_else(|| (format!("\"{id}\" as case {number}"), "another there".to_owned()))?;
    if nifti::is_nifti_name(&case.voi) {
        let (then, now) = (text(REGION), name_of_mask(case.label.or(cohort.protocol.label)));
        if then != now {
            return Err((format!("{then} as the VOI of case \"{id}\""), now));
        }
    }
    Ok(case)
}

/// The first column that the chosen features would not give, or that they would and is not there. An image may be absent
/// altogether: LoG images of a small image are.
fn features_differ(table: &Table, protocol: &Protocol) -> Option<Difference> {
    let choice = &protocol.features;
    let mut there: BTreeSet<String> = BTreeSet::new();
    let mut images: BTreeSet<ImageType> = BTreeSet::new();
    for name in table.header.iter().filter(|name| !tables::is_provenance(name)) {
        let id = name.parse::<FeatureId>().ok().filter(|id| choice.includes(id.class, id.name));
        let Some(id) = id else { return Some((format!("the feature \"{name}\""), "no such feature".to_owned())) };
        if id.class != FeatureClass::Shape {
            images.insert(id.image);
        }
        there.insert(name.clone());
    }
    let has_image_always = protocol.images.iter().any(|image| !matches!(image.filter, Filter::LoG { .. }));
    if images.is_empty() && has_image_always {
        images.insert(ImageType::Original);
    }
    let of_class = |class: FeatureClass| {
        let images =
            if class == FeatureClass::Shape { vec![ImageType::Original] } else { images.iter().copied().collect() };
        let names = feature::names(class).into_iter().filter(move |name| choice.includes(class, name));
        names.flat_map(move |name| images.clone().into_iter().map(move |image| FeatureId { image, class, name }))
    };
    let missing = choice.classes().flat_map(of_class).map(|id| id.to_string()).find(|name| !there.contains(name))?;
    Some((format!("no feature \"{missing}\""), "that feature".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;

    fn case(folder: &Path, number: usize) -> ImagingCase {
        let image = folder.join(format!("{number}.nii"));
        std::fs::write(&image, "image").unwrap();
        ImagingCase { id: format!("p{number}"), voi: image.clone(), image, label: None, series: None, number, line: 9 }
    }

    fn row(case: &ImagingCase) -> FeatureRow {
        FeatureRow { provenance: vec![("id".to_owned(), case.id.clone())], features: Vec::new() }
    }

    /// Numbers of the cases whose rows still stand, and what was said.
    fn still(earlier: Earlier, kept: Vec<KeptRow>, cases: &[&ImagingCase]) -> (Vec<usize>, Vec<String>) {
        let said = RefCell::new(Vec::new());
        let rows = earlier.still_true(kept, cases, &|sentence| said.borrow_mut().push(sentence.to_owned()));
        (rows.into_keys().collect(), said.into_inner())
    }

    #[test]
    fn a_row_whose_files_have_changed_is_not_taken_and_the_case_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (case(folder.path(), 1), case(folder.path(), 2));
        let kept = |case: &ImagingCase, files: String| KeptRow { case: case.number, files, row: row(case) };
        let rows = vec![
            kept(&first, "of an earlier state".to_owned()),
            kept(&second, files_state(&second)),
            kept(&first, files_state(&first)),
        ];
        std::fs::write(&second.image, "another image").unwrap();
        // A row of the table is older than the one that was made since.
        let table = Earlier { rows: [(2, row(&second))].into(), ..Earlier::default() };
        let (numbers, said) = still(table, rows, &[&first, &second]);
        assert_eq!(numbers, [1]);
        assert!(matches!(said.as_slice(), [one] if one.contains("\"p2\" (line 9")), "{said:?}");
    }

    #[test]
    fn a_row_of_the_table_stands_while_its_files_are_older_than_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (case(folder.path(), 1), case(folder.path(), 2));
        let written = first.image.metadata().unwrap().modified().unwrap() + Duration::from_secs(60);
        let later = std::fs::File::options().write(true).open(&second.image).unwrap();
        later.set_modified(written + Duration::from_secs(1)).unwrap();
        let rows = [(1, row(&first)), (2, row(&second))].into();
        let table = Earlier { rows, written: Some(written), ..Earlier::default() };
        let (numbers, said) = still(table, Vec::new(), &[&first, &second]);
        assert_eq!(numbers, [1]);
        assert!(matches!(said.as_slice(), [one] if one.contains("\"p2\"")), "{said:?}");
    }

    #[test]
    fn a_row_outlives_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (case(folder.path(), 1), case(folder.path(), 2));
        let kept = vec![KeptRow { case: 1, files: files_state(&first), row: row(&first) }];
        let table =
            Earlier { rows: [(2, row(&second))].into(), written: Some(SystemTime::now()), ..Earlier::default() };
        std::fs::remove_file(&first.image).unwrap();
        std::fs::remove_file(&second.image).unwrap();
        let (numbers, said) = still(table, kept, &[&first, &second]);
        assert_eq!(numbers, [1, 2]);
        assert!(said.len() == 2 && said.iter().all(|sentence| sentence.contains("are gone")), "{said:?}");
    }
}
