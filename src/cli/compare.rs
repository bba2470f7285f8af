//! `hepatica compare`: how well two regions of one image agree.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::output::answer;
use super::progress::watched;
use crate::exchange::nifti;
use crate::job::{CompareRegions, Request};
use crate::segment::agreement::Agreement;
use crate::volume::{Geometry, Mask};

/// Compare two regions: Dice, Jaccard, HD95, mean surface distance and volumes
///
/// Both are NIfTI masks on one grid; the first is the reference. HD95 is the larger of both directions' 95th percentiles.
#[derive(Debug, Args)]
pub struct Compare {
    /// The reference
    #[arg(value_name = "A.nii.gz")]
    first: PathBuf,
    /// What is compared to it
    #[arg(value_name = "B.nii.gz")]
    second: PathBuf,
    /// The number that is compared, where the files hold several
    #[arg(long, value_name = "N")]
    label: Option<i32>,
    /// The number in the second file, where it is another one
    #[arg(long, value_name = "N")]
    label2: Option<i32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Compare {
    /// Reads both, compares, and prints.
    pub fn run(self) -> anyhow::Result<()> {
        let (grid, _) = nifti::read_grid(&self.first)?;
        let first = region(&self.first, self.label, &grid)?;
        let second = region(&self.second, self.label2.or(self.label), &grid)?;
        let request = CompareRegions { regions: [first, second] };
        let agreement = watched(|progress| request.run(progress)).with_context(|| self.second.display().to_string())?;
        Ok(answer(&if self.json { as_json(&agreement)? } else { as_text(&agreement) })?)
    }
}

fn region(path: &Path, label: Option<i32>, grid: &Geometry) -> anyhow::Result<Mask> {
    let read = nifti::read_mask(path, label, grid)?;
    super::input::warn(&read.warnings);
    Ok(read.mask)
}

fn as_json(of: &Agreement) -> anyhow::Result<String> {
    let value = json!({
        "dice": of.dice,
        "jaccard": of.jaccard,
        "hd95Mm": of.surface.map(|distances| distances.hd95_mm),
        "hausdorffMm": of.surface.map(|distances| distances.hausdorff_mm),
        "meanSurfaceDistanceMm": of.surface.map(|distances| distances.mean_mm),
        "volumesMl": of.volumes_ml,
        "volumeDifferenceMl": of.difference_ml,
        "volumeDifferencePercent": of.difference_percent,
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn as_text(of: &Agreement) -> String {
    let number = |value: Option<f64>, decimals: usize| value.map_or("none".to_owned(), |x| format!("{x:.decimals$}"));
    let mm = |value: Option<f64>| value.map_or("none".to_owned(), |x| format!("{x:.3} mm"));
    let [first, second] = of.volumes_ml;
    let percent = of.difference_percent.map(|percent| format!(" ({percent:+.2} %)")).unwrap_or_default();
    [
        ("Dice", number(of.dice, 5)),
        ("Jaccard", number(of.jaccard, 5)),
        ("HD95", mm(of.surface.map(|distances| distances.hd95_mm))),
        ("Hausdorff distance", mm(of.surface.map(|distances| distances.hausdorff_mm))),
        ("Mean surface distance", mm(of.surface.map(|distances| distances.mean_mm))),
        ("Volumes", format!("{first:.3} and {second:.3} mL")),
        ("Volume difference", format!("{:+.3} mL{percent}", of.difference_ml)),
    ]
    .into_iter()
    .map(|(name, value)| format!("{name:<22}{value}\n"))
    .collect()
}
