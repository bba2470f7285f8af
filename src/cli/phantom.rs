//! `hepatica phantom`: the simulated demonstration study with its ground truth.

use std::path::PathBuf;

use clap::Args;

use super::input;
use super::progress::watched;
use crate::phantom::{PhantomSpec, simulate, write_study};

/// Simulate a portal venous phase abdomen as a DICOM study, with ground truth
///
/// Writes a scout, a native, an arterial and a portal venous series, and a DICOM SEG with liver, vessels, caudate lobe and the
/// VOI. The same seed gives the same bytes. Everything in it is simulated and says so.
#[derive(Debug, Args)]
pub struct Phantom {
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which abdomen to simulate
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
}

impl Phantom {
    /// Simulates and writes.
    pub fn run(self) -> anyhow::Result<()> {
        input::check_folder(&self.out, self.force)?;
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
}
