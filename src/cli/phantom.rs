//! `hepatica phantom`: the simulated demonstration study with its ground truth, or a whole simulated cohort.

use std::path::PathBuf;

use clap::Args;

use super::input;
use super::progress::{watched, watched_long};
use crate::job::{CohortPaths, Request, SimulateCohort, Start};
use crate::phantom::{CohortSpec, PhantomSpec, simulate, write_study};

/// Simulate a portal venous phase abdomen as a DICOM study, with ground truth
///
/// Writes a scout, a native, an arterial and a portal venous series, and a DICOM SEG with liver, vessels, caudate lobe and the
/// VOI. The same seed gives the same bytes. Everything in it is simulated and says so.
#[derive(Debug, Args)]
pub struct Phantom {
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which abdomen, or which cohort, to simulate
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Slices of 1.25 mm in place of 5 mm
    #[arg(long)]
    thin: bool,
    /// Heterogeneity of the liver's texture, 0 to 1: the simulated effect
    #[arg(long, default_value_t = 0.0, value_name = "0..1")]
    heterogeneity: f64,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cohort: Cohort,
}

/// A cohort.
#[derive(Debug, Args)]
#[command(next_help_heading = "A cohort")]
struct Cohort {
    /// Simulate 112 patients, 52 of them with the effect: portal venous series, what two readers drew, clinical columns, and tables
    /// for extract --cases
    #[arg(long, conflicts_with_all = ["thin", "heterogeneity"])]
    cohort: bool,
    /// Make only the first N patients of the cohort
    #[arg(long, value_name = "N", requires = "cohort", value_parser = clap::value_parser!(u16).range(1..=112))]
    patients: Option<u16>,
    /// Go on where a run ended: patients that are there are not simulated again
    #[arg(long, requires = "cohort", conflicts_with = "force")]
    resume: bool,
}

impl Phantom {
    /// Simulates and writes.
    pub fn run(self) -> anyhow::Result<()> {
        input::check_folder(&self.out, self.force || self.cohort.resume)?;
        if self.cohort.cohort {
            return self.run_cohort();
        }
        let spec = PhantomSpec {
            seed: self.seed,
            thin: self.thin,
            heterogeneity: self.heterogeneity,
            ..PhantomSpec::default()
        };
        watched(|progress| {
            let phantom = simulate(&spec, progress)?;
            write_study(&phantom, &self.out, self.force, progress)
        })?;
        eprintln!("Simulated study in {}", self.out.display());
        Ok(())
    }

    fn run_cohort(self) -> anyhow::Result<()> {
        let start = match (self.force, self.cohort.resume) {
            (true, _) => Start::Replace,
            (false, true) => Start::Resume,
            (false, false) => Start::New,
        };
        let request = SimulateCohort {
            folder: self.out.clone(),
            spec: CohortSpec { seed: self.seed, ..CohortSpec::default() },
            numbers: self.cohort.patients.map(|last| (1..=usize::from(last)).collect()),
            start,
        };
        let CohortPaths { cases, n_patients, n_kept, .. } = watched_long(|progress, _| request.run(progress))?;
        let kept = if n_kept > 0 { format!(", {n_kept} of them from an earlier run") } else { String::new() };
        eprintln!("Simulated cohort of {n_patients} patients{kept}; its cases are in {}", cases.display());
        Ok(())
    }
}
