//! A simulated cohort on the disk: the portal venous series and the readers' label maps of one patient after another, and the tables
//! that `extract --cases` and the training read.
//!
//! An interrupted run goes on where it stopped: a patient's label maps are written last, each in one step, so that a patient who
//! has them is whole.

use std::path::{Path, PathBuf};

use super::{Request, Start};
use crate::base::{Cancelled, FileError, Progress, RESEARCH_USE_ONLY, read_at_most, write_atomically};
use crate::exchange::nifti::{NiftiError, write_label_map};
use crate::exchange::table::{Cell, TableError, write_table};
use crate::phantom::{CohortSpec, PhantomError, SimulatedPatient, simulate, write_portal_venous};

/// Longest file that says what a cohort was made from, in bytes.
const LONGEST_ORIGIN: usize = 1 << 16;

/// Simulates patients of a cohort and writes them below `folder`.
#[derive(Debug, Clone)]
pub struct SimulateCohort {
    /// Where to write; it is made if need be.
    pub folder: PathBuf,
    /// Which cohort.
    pub spec: CohortSpec,
    /// The numbers of the patients that are wanted, from 1 on; all without it.
    pub numbers: Option<Vec<usize>>,
    /// What to do about an earlier run.
    pub start: Start,
}

/// Where the tables of a simulated cohort are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortPaths {
    /// Outcome and clinical columns.
    pub clinical: PathBuf,
    /// The cases as the first reader drew them.
    pub cases: PathBuf,
    /// The cases that the second reader drew too, as that one drew them.
    pub cases_reader2: PathBuf,
    /// What was drawn for each patient, and no reader or model may know.
    pub truth: PathBuf,
    /// How many patients there are.
    pub n_patients: usize,
    /// How many of them an earlier run had made.
    pub n_kept: usize,
}

/// Why a cohort is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum SimulateCohortError {
    /// A patient was not simulated or not written.
    #[error(transparent)]
    Phantom(#[from] PhantomError),
    /// What a reader drew was not written.
    #[error(transparent)]
    Labels(#[from] NiftiError),
    /// A table was not written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Something stands in the way.
    #[error(transparent)]
    File(#[from] FileError),
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// What stands there is no cohort that could be gone on with.
    #[error("{} holds no cohort made with the same seed, size and version; choose another folder, or make it anew (--force)", .0.display())]
    Other(PathBuf),
    /// There is no such patient.
    #[error("patient {number} was asked for; the cohort has {n}")]
    NoPatient {
        /// Who was asked for.
        number: usize,
        /// How many there are.
        n: usize,
    },
}

impl Request for SimulateCohort {
    type Output = CohortPaths;
    type Error = SimulateCohortError;
    const NAME: &'static str = "Simulating a cohort";

    fn run(self, progress: &Progress) -> Result<CohortPaths, SimulateCohortError> {
        let patients = self.wanted()?;
        self.claim_folder()?;
        progress.begin("simulating patients", patients.len());
        let mut n_kept = 0;
        for patient in &patients {
            progress.check()?;
            progress.say(&format!("simulating {}", patient.id));
            n_kept += usize::from(!self.make(patient, &progress.part())?);
            progress.advance(1);
        }
        self.write_tables(&patients, n_kept)
    }
}

impl SimulateCohort {
    fn wanted(&self) -> Result<Vec<SimulatedPatient>, SimulateCohortError> {
        let all = self.spec.patients();
        let Some(numbers) = &self.numbers else { return Ok(all) };
        let find = |&number: &usize| {
            let found = number.checked_sub(1).and_then(|place| all.get(place)).cloned();
            found.ok_or(SimulateCohortError::NoPatient { number, n: all.len() })
        };
        numbers.iter().map(find).collect()
    }

    /// Makes the folders and says in them what they hold; an earlier cohort is gone on with only if it is the same.
    fn claim_folder(&self) -> Result<(), SimulateCohortError> {
        let path = self.folder.join("cohort.json");
        let is_occupied = self.folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if self.start == Start::Resume && is_occupied && !path.exists() {
            return Err(SimulateCohortError::Other(self.folder.clone()));
        }
        for name in ["images", "voi"] {
            let folder = self.folder.join(name);
            std::fs::create_dir_all(&folder).map_err(|cause| FileError::Io { path: folder, cause })?;
        }
        let origin =
            format!("{:#}\n", serde_json::json!({ "hepatica": env!("CARGO_PKG_VERSION"), "cohort": self.spec }));
        if self.start == Start::Resume && path.exists() {
            let there = read_at_most(&path, LONGEST_ORIGIN).ok().flatten();
            let is_same = there.is_some_and(|bytes| bytes == origin.as_bytes());
            return if is_same { Ok(()) } else { Err(SimulateCohortError::Other(self.folder.clone())) };
        }
        let force = self.start == Start::Replace;
        write_atomically(&path, force, |file| file.write_all(origin.as_bytes()))?;
        write_atomically(&self.folder.join("README.txt"), self.start != Start::New, |file| {
            writeln!(file, "{NOTICE}{RESEARCH_USE_ONLY}.")
        })?;
        Ok(())
    }

    /// Simulates and writes one patient; `false` for one who is there already.
    fn make(&self, patient: &SimulatedPatient, progress: &Progress) -> Result<bool, SimulateCohortError> {
        let files: Vec<PathBuf> =
            (0..n_readers(patient)).map(|reader| self.folder.join(voi(patient, reader))).collect();
        if self.start == Start::Resume && files.iter().all(|file| file.is_file()) {
            return Ok(false);
        }
        let phantom = simulate(&patient.phantom, progress)?;
        // A series without label maps is one that was not written whole.
        let force = self.start != Start::New;
        write_portal_venous(&phantom, &self.folder.join(image(patient)), force, progress)?;
        for (file, reader) in files.iter().zip(&patient.readers) {
            progress.check()?;
            write_label_map(file, &reader.draw(&phantom.truth), force)?;
        }
        Ok(true)
    }

    fn write_tables(&self, patients: &[SimulatedPatient], n_kept: usize) -> Result<CohortPaths, SimulateCohortError> {
        let at = |name: &str| self.folder.join(name);
        let paths = CohortPaths {
            clinical: at("clinical.csv"),
            cases: at("cases.csv"),
            cases_reader2: at("cases_reader2.csv"),
            truth: at("truth.csv"),
            n_patients: patients.len(),
            n_kept,
        };
        let write = |path: &Path, columns: &[&str], rows: Vec<Vec<Cell>>| {
            let header: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            write_table(path, &header, &rows, self.start != Start::New)
        };
        write(&paths.clinical, &CLINICAL, patients.iter().map(clinical_row).collect())?;
        let read = |reader: usize| {
            let read_by = patients.iter().filter(move |patient| reader < n_readers(patient));
            read_by.map(move |patient| case_row(patient, reader)).collect()
        };
        write(&paths.cases, &CASES, read(0))?;
        write(&paths.cases_reader2, &CASES, read(1))?;
        write(&paths.truth, &TRUTH, patients.iter().map(truth_row).collect())?;
        Ok(paths)
    }
}

fn n_readers(patient: &SimulatedPatient) -> usize {
    if patient.is_read_twice { 2 } else { 1 }
}

/// The folder of a patient's series, below that of the cohort.
fn image(patient: &SimulatedPatient) -> String {
    format!("images/{}", patient.id)
}

/// What a reader drew, below the folder of the cohort.
fn voi(patient: &SimulatedPatient, reader: usize) -> String {
    format!("voi/{}_reader{}.nii.gz", patient.id, reader + 1)
}

const CLINICAL: [&str; 9] = ["id", "outcome", "sex", "age", "pT", "pN", "hepatitis", "CEA", "CA199"];

fn clinical_row(patient: &SimulatedPatient) -> Vec<Cell> {
    let whole = |number: u8| Cell::Text(number.to_string());
    vec![
        Cell::Text(patient.id.clone()),
        whole(patient.outcome.into()),
        Cell::Text(if patient.is_female { "F" } else { "M" }.to_owned()),
        whole(patient.age),
        whole(patient.p_t),
        whole(patient.p_n),
        whole(patient.hepatitis.into()),
        whole(patient.cea.into()),
        whole(patient.ca199.into()),
    ]
}

const CASES: [&str; 5] = ["id", "image", "voi", "label", "note"];

/// The VOI is number 1 of the label map: liver without what else was drawn.
fn case_row(patient: &SimulatedPatient, reader: usize) -> Vec<Cell> {
    let cells = [patient.id.clone(), image(patient), voi(patient, reader), "1".to_owned(), "simulated".to_owned()];
    cells.map(Cell::Text).to_vec()
}

const TRUTH: [&str; 9] = [
    "id",
    "seed",
    "heterogeneity",
    "enhancement",
    "liver_hu",
    "noise",
    "grain",
    "margin_mm_reader1",
    "margin_mm_reader2",
];

fn truth_row(patient: &SimulatedPatient) -> Vec<Cell> {
    let spec = &patient.phantom;
    let drawn = [spec.heterogeneity, spec.variation.enhancement, spec.variation.liver_hu, spec.variation.noise];
    let more = [spec.variation.grain, patient.readers[0].margin_mm, patient.readers[1].margin_mm];
    let mut row = vec![Cell::Text(patient.id.clone()), Cell::Text(spec.seed.to_string())];
    row.extend(drawn.into_iter().chain(more).map(Cell::Number));
    row
}

const NOTICE: &str =
    "SIMULATED. Nobody in this folder has ever lived: images, delineations and clinical columns are drawn from a seed.

  images/          portal venous series, one folder a patient
  voi/             label maps: what each simulated reader drew (1 is the VOI)
  clinical.csv     outcome and clinical columns
  cases.csv        for hepatica extract --cases: the first reader's
  cases_reader2.csv  the same for the patients whom the second reader drew
  truth.csv        what was drawn for each patient; no model may be given it
  cohort.json      seed, size and version

";

#[cfg(test)]
mod tests {
    use super::*;

    fn small(folder: &Path, start: Start) -> SimulateCohort {
        let spec = CohortSpec { n_with: 2, n_without: 2, n_second_reads: 2, matrix: 48, ..CohortSpec::default() };
        SimulateCohort { folder: folder.to_owned(), spec, numbers: None, start }
    }

    #[test]
    fn a_cohort_is_gone_on_with_where_it_stopped_and_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let run = |start| small(folder.path(), start).run(&Progress::new());
        let paths = run(Start::New).unwrap();
        assert_eq!((paths.n_patients, paths.n_kept), (4, 0));
        let cases = std::fs::read_to_string(&paths.cases).unwrap();
        assert_eq!((cases.lines().count(), cases.matches("SIM-003_reader1").count()), (5, 1));
        assert_eq!(std::fs::read_to_string(&paths.cases_reader2).unwrap().lines().count(), 3);
        let one = folder.path().join("voi/SIM-002_reader1.nii.gz");
        let before = std::fs::read(&one).unwrap();
        std::fs::remove_file(&one).unwrap();
        assert_eq!(run(Start::Resume).unwrap().n_kept, 3);
        assert!(std::fs::read(&one).unwrap() == before, "the same patient is made again");
        assert!(matches!(run(Start::New), Err(SimulateCohortError::File(FileError::Exists(_)))));
        assert_eq!(run(Start::Replace).unwrap().n_kept, 0);
        let foreign = folder.path().join("images");
        assert!(matches!(small(&foreign, Start::Resume).run(&Progress::new()), Err(SimulateCohortError::Other(_))));
        let mut other = small(folder.path(), Start::Resume);
        other.spec.seed = 2;
        assert!(matches!(other.run(&Progress::new()), Err(SimulateCohortError::Other(_))));
    }

    #[test]
    fn patients_that_are_not_there_and_cancelling_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = SimulateCohort { numbers: Some(vec![5]), ..small(folder.path(), Start::New) };
        assert!(matches!(nobody.run(&Progress::new()), Err(SimulateCohortError::NoPatient { number: 5, n: 4 })));
        let cancelled = Progress::new();
        cancelled.cancel();
        assert!(small(folder.path(), Start::New).run(&cancelled).is_err());
        assert!(!folder.path().join("cases.csv").exists());
    }
}
