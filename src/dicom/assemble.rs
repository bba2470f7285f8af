//! From frames to series: groups them, orders them, resolves frames at one place, and judges the result.

use super::group::{Group, group};
use super::phase;
use super::pixel;
use super::record::FrameRecord;
use super::stack::{SAME_PLACE_MM, Stack, Verdict, stack};
use super::{Frame, Series, SeriesStatus};
use crate::base::Warnings;

/// Attributes that tell apart frames at one place, in the order in which they are tried; see [`FrameRecord::splitters`].
const SPLITTERS: [&str; 4] = ["Acquisition Number", "Temporal Position Identifier", "Acquisition Time", "Content Time"];

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
pub(super) fn assemble(frames: Vec<FrameRecord>, complete: bool) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for found in group(frames) {
        let varies = found.geometry_varies;
        for mut candidate in resolve(found, complete) {
            if varies {
                candidate.rejected = Some("orientation or pixel spacing varies inside one acquisition".into());
            }
            series.extend(build(candidate, complete));
        }
    }
    series.sort_by(|a, b| order(a).cmp(&order(b)));
    series
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
fn resolve(group: Group, complete: bool) -> Vec<Candidate> {
    let ordered = stack(group.frames);
    if !matches!(ordered.verdict, Verdict::Collision) || !complete {
        return vec![Candidate::new(ordered)];
    }
    for (which, name) in SPLITTERS.iter().enumerate() {
        if let Some(parts) = split(&ordered.frames, which) {
            return parts
                .into_iter()
                .map(|(value, part)| {
                    let mut candidate = Candidate::new(part);
                    candidate.warnings.push(format!("the series holds several acquisitions: split by {name}"));
                    candidate.part = format!("{name} {value}");
                    candidate
                })
                .collect();
        }
    }
    vec![without_copies(ordered)]
}

/// Parts by the value of one splitter, if every part is free of collisions, has three slices at least, and all are equally
/// long.
fn split(frames: &[FrameRecord], which: usize) -> Option<Vec<(String, Stack)>> {
    let mut parts: Vec<(String, Vec<FrameRecord>)> = Vec::new();
    for record in frames {
        let value = &record.splitters[which];
        match parts.iter_mut().find(|(known, _)| known == value) {
            Some((_, part)) => part.push(record.clone()),
            None => parts.push((value.clone(), vec![record.clone()])),
        }
    }
    let length = parts.first()?.1.len();
    if parts.len() < 2 || length < 3 || parts.iter().any(|(_, part)| part.len() != length) {
        return None;
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let stacks: Vec<(String, Stack)> = parts.into_iter().map(|(value, part)| (value, stack(part))).collect();
    stacks.iter().all(|(_, part)| !matches!(part.verdict, Verdict::Collision)).then_some(stacks)
}

/// Drops frames that are exact copies of their neighbour; different images at one place make no volume.
fn without_copies(collided: Stack) -> Candidate {
    let mut kept: Vec<FrameRecord> = Vec::new();
    let mut offsets_mm: Vec<f64> = Vec::new();
    let mut dropped = 0usize;
    let mut conflict = None;
    for (record, offset) in collided.frames.iter().zip(&collided.offsets_mm) {
        let rival = kept.last().zip(offsets_mm.last()).filter(|(_, last)| offset - **last < SAME_PLACE_MM);
        match rival.map(|(rival, _)| same_image(&rival.frame, &record.frame)) {
            None => {
                kept.push(record.clone());
                offsets_mm.push(*offset);
            }
            Some(Ok(true)) => dropped += 1,
            Some(Ok(false)) => {
                conflict
                    .get_or_insert_with(|| format!("different images at one position, {offset:.2} mm from the first"));
            }
            Some(Err(fault)) => {
                conflict.get_or_insert(fault);
            }
        }
    }
    if conflict.is_some() {
        return Candidate { rejected: conflict, ..Candidate::new(collided) };
    }
    let mut candidate = Candidate::new(stack(kept));
    let noun = if dropped == 1 { "slice" } else { "slices" };
    candidate.warnings.push(format!("{dropped} exact duplicate {noun} dropped"));
    candidate.irregular = true;
    candidate
}

fn same_image(a: &Frame, b: &Frame) -> Result<bool, String> {
    if a.position.iter().zip(&b.position).any(|(a, b)| (a - b).abs() >= SAME_PLACE_MM) {
        return Ok(false);
    }
    let hu = |frame: &Frame| -> Result<Vec<f64>, String> {
        let words = pixel::words(&frame.file, frame.index, None)
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
        lossy: stack.frames.iter().find_map(|record| record.info.lossy.clone()),
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

/// What is odd about the frames together.
fn look_for_oddities(frames: &[FrameRecord], warnings: &mut Warnings) {
    let Some(first) = frames.first() else { return };
    if first.info.photometric == "MONOCHROME1" {
        warnings.push("MONOCHROME1: the display is inverted, HU are kept");
    }
    if frames.iter().any(|record| record.frame.rescale != first.frame.rescale) {
        warnings.push("rescale varies between slices: applied to each slice");
    }
    for record in frames {
        if let Some(how) = &record.info.lossy {
            warnings.push(format!("compressed with loss ({how}): texture features are not reliable"));
        }
        for oddity in &record.info.oddities {
            warnings.push(oddity.as_str());
        }
        let kind = &record.info.rescale_type;
        if !kind.is_empty() && kind != "HU" {
            warnings.push(format!("Rescale Type is {kind}, not HU: values may not be Hounsfield units"));
        }
    }
    if first.info.series_uid.is_empty() {
        warnings.push(
            "Series Instance UID is empty: files of one folder, series number and description were taken together",
        );
    }
}
