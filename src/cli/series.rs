//! `hepatica series`: what a folder holds, and which series is the portal venous one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::input::series_name;
use super::output::answer;
use super::progress::watched;
use crate::case::shown_date;
use crate::dicom::phase::{self, Choice};
use crate::dicom::{self, Scan, Series as Found};
use crate::job::no_series;

/// List the CT series of a folder, with phase, geometry and what was left out
///
/// PATH may be a folder of any depth, single files, a folder with a DICOMDIR, or a zip archive; names and extensions do not
/// matter. Each series gets a score for "is this the portal venous phase?" with its reasons; the best is marked only if it is
/// clearly best.
#[derive(Debug, Args)]
pub struct Series {
    /// Folders, files or zip archives
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Series {
    /// Scans and prints.
    pub fn run(self) -> anyhow::Result<()> {
        let scan = watched(|progress| dicom::scan(&self.paths, progress, &|_| {}))?;
        if scan.series.is_empty() {
            if self.json {
                answer(&format!("{:#}\n", as_json(&scan, None)))?;
            }
            return Err(no_series(&self.paths[0], &scan).into());
        }
        let scores: Vec<_> = scan.series.iter().map(|series| series.phase.clone()).collect();
        let chosen = match phase::choose(&scores) {
            Choice::Clear(index) => Some(index),
            Choice::Ask => None,
        };
        let text = match self.json {
            true => format!("{:#}\n", as_json(&scan, chosen)),
            false => as_text(&scan, chosen),
        };
        Ok(answer(&text)?)
    }
}

fn as_json(scan: &Scan, chosen: Option<usize>) -> Value {
    let series: Vec<Value> = scan
        .series
        .iter()
        .enumerate()
        .map(|(index, series)| series_json(index, series, chosen == Some(index)))
        .collect();
    let skipped: Vec<Value> = scan
        .skipped
        .iter()
        .map(|skipped| json!({"path": skipped.path, "reason": skipped.reason, "damaged": skipped.damaged}))
        .collect();
    json!({"series": series, "portal_venous": chosen, "skipped": skipped, "warnings": scan.warnings})
}

fn series_json(index: usize, series: &Found, chosen: bool) -> Value {
    let reasons: Vec<Value> =
        series.phase.reasons.iter().map(|(points, reason)| json!({"points": points, "reason": reason})).collect();
    json!({
        "index": index,
        "series_instance_uid": series.instance_uid,
        "study_instance_uid": series.study.instance_uid,
        "folder": folder_of(series),
        "number": series.number,
        "description": series.description,
        "part": series.part,
        "study_date": series.study.date,
        "study_description": series.study.description,
        "n_slices": series.frames.len(),
        "size": series.geometry.map(|grid| grid.size()),
        "spacing_mm": series.geometry.map(|grid| grid.spacing_mm()),
        "affine_lps": series.geometry.map(|grid| grid.affine()),
        "voxel_mm3": series.geometry.map(|grid| grid.voxel_volume_mm3()),
        "status": series.status.word(),
        "status_text": series.status.to_string(),
        "lossy": series.lossy,
        "warnings": series.warnings,
        "phase": {"points": series.phase.points, "class": series.phase.class.map(|class| format!("{class:?}")), "reasons": reasons},
        "chosen": chosen,
    })
}

fn as_text(scan: &Scan, chosen: Option<usize>) -> String {
    let mut text = String::new();
    let mut study = None;
    for (index, series) in scan.series.iter().enumerate() {
        if study != Some(&series.study.instance_uid) {
            study = Some(&series.study.instance_uid);
            text += &format!("{}\n", study_line(series));
        }
        let mark = if chosen == Some(index) { "  <- portal venous" } else { "" };
        let grid = series.geometry.map_or_else(String::new, |grid| {
            let [columns, rows, slices] = grid.size();
            let [x, y, z] = grid.spacing_mm();
            format!("; {columns} x {rows} x {slices}, {x:.3} x {y:.3} x {z:.3} mm")
        });
        let points = series.phase.points.map_or("-".to_owned(), |points| format!("{points:+}"));
        text += &format!("[{index}] {}{mark}\n", series_name(series));
        text += &format!("    {} images{grid}; {}\n", series.frames.len(), series.status);
        text += &format!("    in {}\n    UID {}\n", folder_of(series).display(), or_none(&series.instance_uid));
        text += &format!("    portal venous score {points}\n");
        for (points, reason) in &series.phase.reasons {
            match (series.phase.points, points) {
                (None, _) => text += &format!("      {reason}\n"),
                (Some(_), 0) => {}
                (Some(_), points) => text += &format!("      {points:+} {reason}\n"),
            }
        }
        for warning in series.warnings.iter() {
            text += &format!("    warning: {warning}\n");
        }
    }
    if chosen.is_none() {
        text += "No series is clearly the portal venous one; please choose.\n";
    }
    text += &left_out(scan);
    for warning in scan.warnings.iter() {
        text += &format!("warning: {warning}\n");
    }
    text
}

/// The study's date and description. The patient does not stand in it: two patients are two studies.
fn study_line(series: &Found) -> String {
    let date = shown_date(&series.study.date);
    let parts = [date.as_str(), &series.study.description, &series.study.instance_uid];
    let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "Study {}",
        if known.is_empty() { "without date, description and UID".to_owned() } else { known.join(", ") }
    )
}

/// The folder of its first file, or the archive.
fn folder_of(series: &Found) -> &Path {
    let path = series.frames.first().map_or(Path::new(""), |frame| Path::new(&frame.file.name));
    path.parent().unwrap_or(path)
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

/// Files named one by one of a reason before they are only counted.
const NAMED: usize = 3;

/// What was left out, by reason: damaged files each, others by example.
fn left_out(scan: &Scan) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    let mut text = String::new();
    for skipped in &scan.skipped {
        if skipped.damaged {
            text += &format!("left out: {}: {}\n", skipped.path.display(), skipped.reason);
        } else {
            by_reason.entry(&skipped.reason).or_default().push(&skipped.path);
        }
    }
    for (reason, paths) in by_reason {
        for path in paths.iter().take(NAMED) {
            text += &format!("left out: {}: {reason}\n", path.display());
        }
        if paths.len() > NAMED {
            text += &format!("left out: {} more files: {reason}\n", paths.len() - NAMED);
        }
    }
    text
}
