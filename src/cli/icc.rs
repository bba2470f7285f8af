//! `hepatica icc`: agreement of two readers on every feature.

use std::path::PathBuf;

use clap::Args;

use super::input;
use super::progress::watched;
use crate::base::check_free;
use crate::exchange::table::write_table;
use crate::job::{Agreed, CompareReaders, Request};

/// Agreement of two readers on every feature: ICC(2,1) and ICC(3,1) with 95 % intervals
///
/// Both tables are feature tables (what `extract --cases` writes, or PyRadiomics' own) with the same features; the patients that
/// both have are compared.
#[derive(Debug, Args)]
pub struct Icc {
    /// The first reader's features
    #[arg(long, value_name = "A.csv")]
    reader1: PathBuf,
    /// The second reader's features
    #[arg(long, value_name = "B.csv")]
    reader2: PathBuf,
    /// What the tables' columns mean (see docs/formats.md)
    #[arg(long, value_name = "S.json")]
    schema: Option<PathBuf>,
    /// Features whose ICC(2,1) is greater count as kept
    #[arg(long, value_name = "ICC", default_value_t = 0.75)]
    above: f64,
    /// Where to write
    #[arg(long, value_name = "ICC.csv")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Icc {
    /// Reads, compares and writes.
    pub fn run(self) -> anyhow::Result<()> {
        input::check_not_read(
            &self.out,
            "the agreement",
            [Some(&self.reader1), Some(&self.reader2), self.schema.as_ref()],
        )?;
        input::check_ending(&self.out, &["csv"])?;
        check_free(&self.out, self.force)?;
        let Self { reader1, reader2, schema, above, .. } = self;
        let request = CompareReaders { reader1, reader2, schema, above };
        let Agreed { table, n_patients, n_kept, warnings } = watched(|progress| request.run(progress))?;
        input::warn(&warnings);
        write_table(&self.out, &table.header, &table.rows, self.force)?;
        let n = table.rows.len();
        eprintln!(
            "{}: {n} features of {n_patients} patients, {n_kept} with an ICC(2,1) above {above}",
            self.out.display()
        );
        Ok(())
    }
}
