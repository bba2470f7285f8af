//! The arguments of `hepatica extract` for many cases, and `hepatica merge-features`.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use anyhow::bail;
use clap::Args;

use super::failure::CasesFailed;
use super::input::is_same;
use super::progress::{watched, watched_long};
use crate::base::{ByteSize, available_memory};
use crate::cohort::{ImagingCases, Shard, imaging_cases};
use crate::exchange::table::read_table;
use crate::job::{CohortOutcome, ExtractCohort, MergeFeatures, Merged, Request, Start, failures_path};
use crate::radiomics::Protocol;

/// Memory for the cases under way where the system does not say what it has.
const USUAL_MEMORY: ByteSize = ByteSize(4 << 30);

/// Many cases.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many cases")]
pub struct Cohort {
    /// Table of cases, in place of --image and --voi: one row a case, with the columns image, voi, label, id and series
    #[arg(long, value_name = "CASES.csv", conflicts_with_all = ["image", "voi", "series"])]
    pub cases: Option<PathBuf>,
    /// Where to list the cases that failed; beside the features without it (features.failed.csv)
    #[arg(long, value_name = "F.csv")]
    failures: Option<PathBuf>,
    /// Go on where a run ended: rows that are there are not computed again, cases that failed are tried again
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Take one part of the cases, such as 3/16, for a machine of its own; hepatica merge-features puts the parts together
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// How many threads compute; as many as there are processors without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Memory for the cases under way, such as 4GiB; three quarters of what is free without it
    #[arg(long, value_name = "SIZE")]
    memory: Option<ByteSize>,
}

impl Cohort {
    /// Refuses what means nothing without a table of cases: the parser lets it pass beside --image.
    pub fn check_unused(&self) -> anyhow::Result<()> {
        let given = [
            ("--failures", self.failures.is_some()),
            ("--resume", self.resume),
            ("--shard", self.shard.is_some()),
            ("--threads", self.threads.is_some()),
            ("--memory", self.memory.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((argument, _)) => {
                bail!("{argument} is for many cases; give their table with --cases, or leave it out")
            }
            None => Ok(()),
        }
    }

    /// Extracts every case into the table `out`.
    pub fn run(self, protocol: Protocol, out: PathBuf, force: bool) -> anyhow::Result<()> {
        let Some(table) = &self.cases else { bail!("--cases is missing") };
        let failures = self.failures.unwrap_or_else(|| failures_path(&out));
        check_names(table, &out, &failures)?;
        let cases = read_cases(table)?;
        let start = match (force, self.resume) {
            (true, _) => Start::Replace,
            (false, true) => Start::Resume,
            (false, false) => Start::New,
        };
        let request = ExtractCohort {
            cases,
            shard: self.shard,
            protocol,
            out: out.clone(),
            failures: failures.clone(),
            start,
            n_threads: self.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from),
            memory: self.memory.unwrap_or_else(usual_memory),
        };
        let outcome = watched_long(|progress, note| request.run_noting(progress, note))?;
        report(&outcome, &out, &failures)
    }
}

/// Refuses an output that is no CSV, or that is another file of the run.
fn check_names(table: &Path, out: &Path, failures: &Path) -> anyhow::Result<()> {
    for path in [out, failures] {
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            bail!("{} does not end in .csv, the format of tables of many cases; choose another name", path.display());
        }
        if is_same(path, table) {
            bail!("{} is the table of cases; write to another file", path.display());
        }
    }
    if out == failures || is_same(out, failures) {
        bail!("{} cannot hold both features and failures; name two files", out.display());
    }
    Ok(())
}

fn read_cases(path: &Path) -> anyhow::Result<ImagingCases> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let cases = imaging_cases(&read_table(path)?, folder)?;
    if !cases.notes.is_empty() {
        eprintln!("hepatica: columns passed over as notes: {}", cases.notes.join(", "));
    }
    Ok(cases)
}

/// Three quarters of what is free: the rest is for what else runs, and for what is more than estimated.
fn usual_memory() -> ByteSize {
    available_memory().map_or(USUAL_MEMORY, |free| ByteSize((free.0 / 4 * 3).max(1)))
}

fn counted(n: usize) -> String {
    if n == 1 { "1 case".to_owned() } else { format!("{n} cases") }
}

fn report(outcome: &CohortOutcome, out: &Path, failures: &Path) -> anyhow::Result<()> {
    let CohortOutcome { n_cases, n_kept, n_failed, n_doubtful } = *outcome;
    let kept = if n_kept > 0 { format!(", {n_kept} of them from an earlier run") } else { String::new() };
    eprintln!("{}: {} of {n_cases} cases{kept}", out.display(), n_cases - n_failed);
    if n_doubtful > 0 {
        eprintln!("hepatica: warning: {} with warnings (column diagnostics_Warnings)", counted(n_doubtful));
    }
    if n_failed == 0 {
        return Ok(());
    }
    Err(CasesFailed { n_failed, n_cases, failures: failures.to_owned() }.into())
}

/// Put the feature tables of shards together
///
/// The result is the table that one run over all cases would have written, byte for byte. Tables that were made with another version
/// or protocol or from another table of cases are refused, and so is a case that is there twice. The lists of failures beside the
/// tables (a.failed.csv beside a.csv) are put together too, whether they are named or not; a case that is in neither is missing, and is
/// named with its shard.
#[derive(Debug, Args)]
pub struct MergeTables {
    /// Feature tables of `hepatica extract --cases`, in any order
    #[arg(required = true, value_name = "F.csv")]
    tables: Vec<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "ALL.csv")]
    out: PathBuf,
    /// Put together what there is although cases are missing
    #[arg(long)]
    incomplete: bool,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl MergeTables {
    /// Reads, checks and writes.
    pub fn run(self) -> anyhow::Result<()> {
        check_names(Path::new(""), &self.out, &failures_path(&self.out))?;
        if let Some(same) = self.tables.iter().find(|table| is_same(table, &self.out)) {
            bail!("{} is one of the tables that are put together; write to another file", same.display());
        }
        let failures = failures_path(&self.out);
        if let Some(same) = self.tables.iter().find(|table| is_same(table, &failures)) {
            bail!(
                "{} is where failures will be listed; put together without it, or write to another file",
                same.display()
            );
        }
        let request = MergeFeatures {
            tables: self.tables,
            out: self.out.clone(),
            force: self.force,
            is_incomplete: self.incomplete,
        };
        let Merged { n_rows, n_failed, n_missing, n_lists } = watched(|progress| request.run(progress))?;
        eprintln!("{}: {}", self.out.display(), counted(n_rows));
        if n_lists > 0 {
            let what =
                if n_lists == 1 { "1 of the files lists".to_owned() } else { format!("{n_lists} of the files list") };
            eprintln!("hepatica: {what} failures and no features; they are put together in {}", failures.display());
        }
        if n_failed > 0 {
            eprintln!("hepatica: warning: {} failed; {} says why", counted(n_failed), failures.display());
        }
        if n_missing > 0 {
            eprintln!("hepatica: warning: {} left out: in none of the tables", counted(n_missing));
        }
        Ok(())
    }
}
