//! 65 synthetic series against the results of an independent implementation.

use std::collections::BTreeMap;
use std::path::Path;

use hepatica::base::Progress;
use hepatica::dicom::{Scan, Series, SeriesStatus, SliceStack, load, load_stack};
use serde_json::Value;

use crate::{scan_path, shared};

/// The reference rounds affines and volumes to six decimals.
const AFFINE_TOLERANCE: f64 = 1e-6;
/// The reference rounds centre values to two decimals, the sum to one.
const CENTRE_TOLERANCE: f64 = 0.005;
/// Near-lossless JPEG-LS was written with an allowed error of 2 in each stored value.
const NEAR_LOSSLESS_ERROR: f64 = 2.0;

/// Warnings of the reference, in the words that ours must contain.
const WORDS: [(&str, &[&str]); 8] = [
    ("slice(s) missing", &["missing"]),
    ("exact duplicate", &["exact duplicate", "dropped"]),
    ("slice spacing varies", &["slice spacing varies by"]),
    ("variable slice spacing", &["variable slice spacing"]),
    ("gantry tilt", &["gantry tilt of", "sheared"]),
    ("split by AcquisitionNumber", &["split by Acquisition Number"]),
    ("split by AcquisitionTime", &["split by Acquisition Time"]),
    ("rescale varies between slices", &["rescale varies between slices"]),
];

#[test]
fn every_reference_series_gives_what_the_reference_says() {
    let Some(folder) = shared("every_reference_series_gives_what_the_reference_says", "reference/dicom") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("series_expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), 65);
    let mut faults = Vec::new();
    for (name, wanted) in &expected {
        let scan = scan_path(&folder.join("series").join(name));
        if let Err(fault) = compare(name, &scan, wanted) {
            faults.push(format!("{name}: {fault}"));
        }
    }
    assert!(faults.is_empty(), "{} of 65 differ:\n{}", faults.len(), faults.join("\n"));
}

fn compare(name: &str, scan: &Scan, wanted: &Value) -> Result<(), String> {
    let volumes = wanted["volumes"].as_array().unwrap();
    let skipped = wanted["skipped"].as_array().unwrap();
    same("skipped", scan.skipped.len(), skipped.len())?;
    if skipped.iter().any(|reason| reason == "no geometry") {
        let named = scan.skipped.iter().filter(|file| file.reason.starts_with("no geometry")).count();
        same("skipped for lack of geometry", named, skipped.len())?;
    }
    if skipped.iter().any(|reason| reason == "localizer") && !scan.skipped[0].reason.contains("localizer") {
        return Err(format!("the localizer is skipped as \"{}\"", scan.skipped[0].reason));
    }
    same("volumes", scan.series.len(), volumes.len())?;
    let mut open: Vec<&Series> = scan.series.iter().collect();
    for volume in volumes {
        // Two volumes of one input have no order of their own: each wanted one must find its own.
        let results: Vec<_> = open.iter().map(|series| compare_volume(name, series, volume)).collect();
        match results.iter().position(Result::is_ok) {
            Some(at) => drop(open.remove(at)),
            None => return results.into_iter().next().unwrap_or_else(|| Err("no volume is left".into())),
        }
    }
    Ok(())
}

fn compare_volume(name: &str, series: &Series, wanted: &Value) -> Result<(), String> {
    same("status", series.status.word(), wanted["status"].as_str().unwrap())?;
    same("number of slices", series.frames.len() as u64, wanted["n"].as_u64().unwrap())?;
    if wanted["affine_lps"].is_null() {
        return match &series.status {
            SeriesStatus::Rejected { reason, .. } if series.frames.len() == 1 => {
                let said = reason.contains("fewer than 3 slices")
                    || series.warnings.iter().any(|warning| warning.contains("fewer than 3 slices"));
                said.then_some(()).ok_or_else(|| format!("rejected as \"{reason}\""))
            }
            other => Err(format!("status {other:?}")),
        };
    }
    let stack = load_stack(series, &Progress::new()).map_err(|error| error.to_string())?;
    let loaded = load(series, &Progress::new(), &|_, _| {});
    same("loads", loaded.is_ok(), series.is_volume())?;
    let geometry = stack.geometry;
    let size: Vec<u64> = geometry.size().iter().map(|&n| n as u64).collect();
    same("size", serde_json::json!(size), wanted["size"].clone())?;
    for (row, wanted_row) in geometry.affine().iter().zip(wanted["affine_lps"].as_array().unwrap()) {
        for (value, wanted_value) in row.iter().zip(wanted_row.as_array().unwrap()) {
            near("affine", *value, wanted_value.as_f64().unwrap(), AFFINE_TOLERANCE)?;
        }
    }
    near("voxel volume", geometry.voxel_volume_mm3(), wanted["voxel_mm3"].as_f64().unwrap(), AFFINE_TOLERANCE)?;
    let lossy = if name == "s15_jpls_near" { NEAR_LOSSLESS_ERROR } else { 0.0 };
    let (slices, rows, columns) = stack.voxels.shape();
    let centres = wanted["centre"].as_array().unwrap();
    for (k, centre) in centres.iter().enumerate() {
        let value = stack.voxels.at((k, rows / 2, columns / 2));
        near("centre", value, centre.as_f64().unwrap(), CENTRE_TOLERANCE + lossy)?;
    }
    let tolerance = 0.05 + lossy * (slices * rows * columns) as f64;
    near("sum of HU", hu_sum(&stack), wanted["hu_sum"].as_f64().unwrap(), tolerance)?;
    warnings(series, &stack, wanted)
}

fn hu_sum(stack: &SliceStack) -> f64 {
    let (slices, rows, columns) = stack.voxels.shape();
    let mut sum = 0.0;
    for index in (0..slices).flat_map(|k| (0..rows).flat_map(move |j| (0..columns).map(move |i| (k, j, i)))) {
        if !stack.padding.as_ref().is_some_and(|padding| padding[index]) {
            sum += stack.voxels.at(index);
        }
    }
    sum
}

fn warnings(series: &Series, stack: &SliceStack, wanted: &Value) -> Result<(), String> {
    let mut said = series.status.to_string();
    for warning in stack.warnings.iter() {
        said = format!("{said}; {warning}");
    }
    for warning in wanted["warnings"].as_array().unwrap() {
        let warning = warning.as_str().unwrap();
        let by_words = WORDS.iter().filter(|(theirs, _)| warning.contains(theirs)).flat_map(|(_, ours)| *ours);
        let by_number = warning.split_once(" padding voxels").map(|(n, _)| format!("{n} padding voxels"));
        let phrases: Vec<String> = by_words.map(|words| (*words).to_owned()).chain(by_number).collect();
        let phrases = match warning {
            w if w.starts_with("MONOCHROME1") => vec!["MONOCHROME1".to_owned(), "HU are kept".to_owned()],
            w if w.starts_with("in-plane jump") => vec!["slices jump by".to_owned()],
            w if w.starts_with("orientation or pixel spacing varies") => vec![w.to_owned()],
            _ => phrases,
        };
        if phrases.is_empty() {
            return Err(format!("no words are known for \"{warning}\""));
        }
        if let Some(missing) = phrases.iter().find(|phrase| !said.contains(phrase.as_str())) {
            return Err(format!("\"{missing}\" is not said: {said}"));
        }
    }
    let wants_none = wanted["warnings"].as_array().unwrap().is_empty();
    if wants_none && series.lossy.is_none() && !stack.warnings.is_empty() {
        return Err(format!("needless warnings: {said}"));
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what} {found:?} instead of {wanted:?}")) }
}

fn near(what: &str, found: f64, wanted: f64, tolerance: f64) -> Result<(), String> {
    let ok = (found - wanted).abs() <= tolerance;
    if ok { Ok(()) } else { Err(format!("{what} {found} instead of {wanted}")) }
}

#[test]
fn the_lossy_series_says_so_and_the_lossless_ones_do_not() {
    let Some(folder) = shared("the_lossy_series_says_so_and_the_lossless_ones_do_not", "reference/dicom/series") else {
        return;
    };
    for (name, lossy) in [("s15_jpls_near", true), ("s15_jpegls", false), ("s15_j2k", false), ("s15_jpeg70", false)] {
        let scan = scan_path(&folder.join(name));
        assert_eq!(scan.series[0].lossy.is_some(), lossy, "{name}");
    }
}

#[test]
fn the_enhanced_frames_are_ordered_by_position_and_the_same_in_a_zip() {
    let Some(folder) = shared("the_enhanced_frames_are_ordered_by_position", "reference/dicom/series") else { return };
    let path = folder.join("s18_enhanced/ECT.dcm");
    let plain = scan_path(&path);
    let zipped_path = tempfile::tempdir().unwrap();
    let zip_file = zipped_path.path().join("enhanced.zip");
    write_zip(&zip_file, &[("a/ECT.dcm", &std::fs::read(&path).unwrap())]);
    let zipped = scan_path(&zip_file);
    let indices: Vec<u32> = plain.series[0].frames.iter().map(|frame| frame.index).collect();
    assert_eq!(indices, [1, 3, 5, 0, 7, 9, 8, 2, 6, 4]);
    let (a, b) = (crate::load_series(&plain.series[0]), crate::load_series(&zipped.series[0]));
    assert_eq!(a.volume, b.volume);
}

fn write_zip(path: &Path, members: &[(&str, &[u8])]) {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}
