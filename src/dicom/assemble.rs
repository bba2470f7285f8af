//! From frames to series: groups them, orders them, resolves frames at one place, and judges the result.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, group};
use super::load::SharedFiles;
use super::phase;
use super::pixel;
use super::record::{FrameRecord, Lossy};
use super::stack::{SAME_PLACE_MM, Stack, Verdict, stack};
use super::{Frame, Series, SeriesStatus};
use crate::base::{Cancelled, Progress, Warnings};

/// Attributes that tell apart frames at one place, in the order in which they are tried; see [`FrameRecord::splitters`].
const SPLITTERS: [&str; 4] = ["Acquisition Number", "Temporal Position Identifier", "Acquisition Time", "Content Time"];

/// Letters of a code string that are shown (PS3.5 6.2 allows as many).
const SHOWN_LETTERS: usize = 16;

/// A stack on its way to a series.
struct Candidate {
    stack: Stack,
    part: String,
    warnings: Warnings,
    /// It is not as it should be, though its grid is even.
    irregular: bool,
    rejected: Option<String>,
}

impl Candidate {
    fn new(stack: Stack) -> Self {
        Self { stack, part: String::new(), warnings: Warnings::new(), irregular: false, rejected: None }
    }
}

/// Builds series from all frames. `complete` says that no more will come: only then are pixels compared and series judged.
pub(super) fn assemble(
    frames: Vec<FrameRecord>,
    complete: bool,
    progress: &Progress,
) -> Result<Vec<Series>, Cancelled> {
    let mut series: Vec<Series> = Vec::new();
    for found in group(frames) {
        let varies = found.geometry_varies;
        for mut candidate in resolve(found, complete, progress)? {
            if varies {
                candidate.rejected = Some("orientation or pixel spacing varies inside one acquisition".into());
            }
            series.extend(build(candidate, complete));
        }
    }
    series.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(series)
}

fn order(s: &Series) -> (&str, &str, &str, &str, &str, i64, &str, &str, &str) {
    (
        &s.patient.name,
        &s.patient.id,
        &s.study.date,
        &s.study.time,
        &s.study.instance_uid,
        s.number.unwrap_or(i64::MAX),
        &s.description,
        &s.instance_uid,
        &s.part,
    )
}

/// One stack for a group, or several where frames at one place tell that it holds several acquisitions.
fn resolve(group: Group, complete: bool, progress: &Progress) -> Result<Vec<Candidate>, Cancelled> {
    let ordered = stack(group.frames);
    if !matches!(ordered.verdict, Verdict::Collision) || !complete {
        return Ok(vec![Candidate::new(ordered)]);
    }
    for (which, name) in SPLITTERS.iter().enumerate() {
        if let Some(parts) = split(&ordered.frames, which, progress)? {
            let parts = parts
                .into_iter()
                .map(|(value, part)| {
                    let mut candidate = Candidate::new(part);
                    candidate.warnings.push(format!("the series holds several acquisitions: split by {name}"));
                    candidate.part = format!("{name} {value}");
                    candidate
                })
                .collect();
            return Ok(parts);
        }
    }
    Ok(vec![without_copies(ordered, progress)?])
}

/// Parts by the value of one splitter, if every part is free of collisions, has three slices at least, and all are equally
/// long.
fn split(frames: &[FrameRecord], which: usize, progress: &Progress) -> Result<Option<Vec<(String, Stack)>>, Cancelled> {
    let mut parts: BTreeMap<&str, Vec<&FrameRecord>> = BTreeMap::new();
    for record in frames {
        progress.check()?;
        parts.entry(&record.splitters[which]).or_default().push(record);
    }
    let length = frames.len() / parts.len().max(1);
    if parts.len() < 2 || length < 3 || parts.values().any(|part| part.len() != length) {
        return Ok(None);
    }
    let stacks: Vec<(String, Stack)> =
        parts.into_iter().map(|(value, part)| (value.to_owned(), stack(part.into_iter().cloned().collect()))).collect();
    let is_resolved = stacks.iter().all(|(_, part)| !matches!(part.verdict, Verdict::Collision));
    Ok(is_resolved.then_some(stacks))
}

/// Drops frames that are exact copies of their neighbour; different images at one place make no volume, and nothing more is
/// compared once two are known.
fn without_copies(collided: Stack, progress: &Progress) -> Result<Candidate, Cancelled> {
    progress.begin("comparing images at one position", collided.frames.len());
    let shared = SharedFiles::of(collided.frames.iter().map(|record| &record.frame));
    let mut kept: Vec<FrameRecord> = Vec::new();
    let mut offsets_mm: Vec<f64> = Vec::new();
    let mut dropped = 0usize;
    for (record, offset) in collided.frames.iter().zip(&collided.offsets_mm) {
        let rival = kept.last().zip(offsets_mm.last()).filter(|(_, last)| offset - **last < SAME_PLACE_MM);
        progress.check()?;
        progress.advance(1);
        let conflict = match rival.map(|(rival, _)| same_image(&rival.frame, &record.frame, &shared)) {
            None => {
                kept.push(record.clone());
                offsets_mm.push(*offset);
                continue;
            }
            Some(Ok(true)) => {
                dropped += 1;
                continue;
            }
            Some(Ok(false)) => format!("different images at one position, {offset:.2} mm from the first"),
            Some(Err(fault)) => fault,
        };
        return Ok(Candidate { rejected: Some(conflict), ..Candidate::new(collided) });
    }
    let mut candidate = Candidate::new(stack(kept));
    let noun = if dropped == 1 { "slice" } else { "slices" };
    candidate.warnings.push(format!("{dropped} exact duplicate {noun} dropped"));
    candidate.irregular = true;
    Ok(candidate)
}

fn same_image(a: &Frame, b: &Frame, shared: &SharedFiles) -> Result<bool, String> {
    if a.position.iter().zip(&b.position).any(|(a, b)| (a - b).abs() >= SAME_PLACE_MM) {
        return Ok(false);
    }
    let hu = |frame: &Frame| -> Result<Vec<f64>, String> {
        let words = shared
            .words(frame)
            .map_err(|cause| format!("{} and another image lie at one position: {cause}", frame.file.name))?;
        let rescale = frame.rescale;
        let value = |word| rescale.slope * f64::from(frame.file.layout.value(word)) + rescale.intercept;
        Ok(words.into_iter().map(value).collect())
    };
    Ok(hu(a)? == hu(b)?)
}

fn build(candidate: Candidate, complete: bool) -> Option<Series> {
    let Candidate { stack, part, warnings: earlier, irregular, rejected } = candidate;
    let (geometry, mut status, own) = match stack.verdict {
        Verdict::TooFew => (None, reject(too_few(&stack.frames, complete)), Warnings::new()),
        Verdict::Collision => (None, reject("several images at one position".into()), Warnings::new()),
        Verdict::Judged(judged) => (judged.geometry, judged.status, judged.warnings),
    };
    if irregular && status == SeriesStatus::Usable {
        status = SeriesStatus::Irregular;
    }
    let mut warnings = own;
    warnings.extend(&earlier);
    if let SeriesStatus::Rejected { reason, .. } = &status
        && rejected.is_some()
    {
        warnings.push(reason.as_str());
    }
    status = rejected.map_or(status, reject);
    let first = stack.frames.first()?;
    let info = &first.info;
    look_for_oddities(&stack.frames, &mut warnings);
    let lossy = lossy(&stack.frames);
    if let Some(how) = &lossy {
        warnings.push(format!("compressed with loss ({how}): texture features are not reliable"));
    }
    let mut acquisition = info.acquisition.clone();
    acquisition.number.clone_from(&first.splitters[0]);
    let mut series = Series {
        patient: info.patient.clone(),
        study: info.study.clone(),
        instance_uid: info.series_uid.clone(),
        number: info.series_number,
        description: info.description.clone(),
        sop_class_uid: info.sop_class_uid.clone(),
        frame_of_reference_uid: info.frame_of_reference_uid.clone(),
        position_reference_indicator: info.position_reference_indicator.clone(),
        acquisition,
        part,
        size: info.size,
        geometry,
        status: if complete { status } else { SeriesStatus::Reading },
        inverted_display: info.photometric == "MONOCHROME1",
        lossy,
        warnings,
        frames: stack.frames.into_iter().map(|record| record.frame).collect(),
        ..Series::default()
    };
    series.phase = phase::score(&series, None);
    Some(series)
}

fn reject(reason: String) -> SeriesStatus {
    SeriesStatus::Rejected { reason, resamplable: false }
}

/// One or two images are never loaded as a volume, so they are decoded here to tell whether they are damaged as well.
fn too_few(frames: &[FrameRecord], complete: bool) -> String {
    let fault = frames.iter().filter(|_| complete).find_map(|record| {
        let file = &record.frame.file;
        pixel::words(file, record.frame.index, None).err().map(|cause| format!("; {}: {cause}", file.name))
    });
    format!("fewer than 3 slices ({}){}", frames.len(), fault.unwrap_or_default())
}

/// How frames were compressed with loss, each way once, with the ratios between which it was done: these differ from slice to slice.
fn lossy(frames: &[FrameRecord]) -> Option<String> {
    let mut ways: Vec<(&str, Vec<f64>)> = Vec::new();
    for Lossy { how, ratio } in frames.iter().filter_map(|record| record.info.lossy.as_ref()) {
        match ways.iter_mut().find(|(known, _)| known == how) {
            Some((_, ratios)) => ratios.extend(ratio),
            None => ways.push((how, ratio.iter().copied().collect())),
        }
    }
    let in_words = ways.into_iter().map(|(how, ratios)| {
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        match (ratios.is_empty(), format!("{least:.1}"), format!("{most:.1}")) {
            (true, ..) => how.to_owned(),
            (_, least, most) if least == most => format!("{how}, compressed {most} to 1"),
            (_, least, most) => format!("{how}, compressed {least} to {most} times"),
        }
    });
    let in_words: Vec<String> = in_words.collect();
    (!in_words.is_empty()).then(|| in_words.join("; "))
}

/// What is odd about the frames together.
fn look_for_oddities(frames: &[FrameRecord], warnings: &mut Warnings) {
    let Some(first) = frames.first() else { return };
    if first.info.photometric == "MONOCHROME1" {
        warnings.push("MONOCHROME1: the display is inverted, HU are kept");
    }
    if frames.iter().any(|record| record.frame.rescale != first.frame.rescale) {
        warnings.push("rescale varies between slices: applied to each slice");
    }
    let oddities: BTreeSet<&str> = frames.iter().flat_map(|record| &record.info.oddities).map(String::as_str).collect();
    oddities.into_iter().for_each(|oddity| warnings.push(oddity));
    let kinds: BTreeSet<&str> = frames.iter().map(|record| record.info.rescale_type.as_str()).collect();
    let others: Vec<&str> = kinds.into_iter().filter(|kind| !["", "HU"].contains(kind)).collect();
    if let Some(first) = others.first() {
        let kind: String = first.chars().take(SHOWN_LETTERS).collect();
        let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
        warnings.push(format!("Rescale Type is {kind}{more}, not HU: values may not be Hounsfield units"));
    }
    if first.info.series_uid.is_empty() {
        warnings.push(
            "Series Instance UID is empty: files of one folder, series number and description were taken together",
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::record::{FileInfo, frames_at};
    use super::*;

    #[test]
    fn comparing_images_at_one_position_can_be_cancelled() {
        let frames = frames_at(&[[0.0; 3], [0.0; 3], [0.0, 0.0, 1.0]]);
        let progress = Progress::new();
        let compared = assemble(frames.clone(), true, &progress).unwrap();
        assert!(matches!(compared[0].status, SeriesStatus::Rejected { .. }));
        progress.cancel();
        assert!(assemble(frames, true, &progress).is_err());
    }

    #[test]
    fn nothing_is_compared_after_the_first_conflict() {
        // Three at each place: the files are nowhere, so that the first comparison is a conflict.
        let positions: Vec<[f64; 3]> = (0..30).map(|n| [0.0, 0.0, f64::from(n / 3)]).collect();
        let progress = Progress::new();
        assemble(frames_at(&positions), true, &progress).unwrap();
        assert_eq!((progress.done(), progress.total()), (2, 30));
    }

    #[test]
    fn many_rescale_types_make_one_short_warning() {
        let positions: Vec<[f64; 3]> = (0..40).map(|n| [0.0, 0.0, f64::from(n)]).collect();
        let mut frames = frames_at(&positions);
        for (n, record) in frames.iter_mut().enumerate() {
            let rescale_type = format!("{n:02}{}", "X".repeat(500));
            record.info = Arc::new(FileInfo { rescale_type, ..FileInfo::clone(&record.info) });
        }
        let series = assemble(frames, true, &Progress::new()).unwrap().remove(0);
        let said: Vec<&str> = series.warnings.iter().filter(|warning| warning.contains("Rescale Type")).collect();
        let [one] = said.as_slice() else { panic!("{said:?}") };
        assert!(one.starts_with("Rescale Type is 00XXXXXXXXXXXXXX and 39 more, not HU"), "{one}");
    }

    #[test]
    fn ratios_of_many_slices_make_one_warning() {
        let mut frames = frames_at(&[[0.0; 3], [0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]);
        for (record, ratio) in frames.iter_mut().zip([9.5, 8.3, 12.0]) {
            let lossy = Some(Lossy { how: "JPEG 2000".into(), ratio: Some(ratio) });
            record.info = Arc::new(FileInfo { lossy, ..FileInfo::clone(&record.info) });
        }
        let series = assemble(frames, true, &Progress::new()).unwrap().remove(0);
        let said: Vec<&str> = series.warnings.iter().filter(|warning| warning.contains("with loss")).collect();
        assert_eq!(
            said,
            ["compressed with loss (JPEG 2000, compressed 8.3 to 12.0 times): texture features are not reliable"]
        );
    }
}
