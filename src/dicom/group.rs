//! Which frames belong together: what must be equal in one volume, and what may differ by rounding.

use std::collections::HashMap;

use super::record::{FileInfo, FrameRecord};

/// How far direction cosines and pixel spacings (mm) of one volume may differ, component by component; a little more than
/// 1e-4, so that values written with four digits that differ by one in the last are together.
const TOLERANCE: f64 = 1e-4 * (1.0 + 1e-9);

/// What is equal for all frames of a volume. Acquisition Number is not part of it: a helical scan may count it on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    patient: String,
    series: String,
    size: [usize; 2],
    frame_of_reference: String,
    kernel: String,
    photometric: String,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) frames: Vec<FrameRecord>,
    /// Groups of the same series and acquisition differ from this one in orientation or pixel spacing alone.
    pub(super) geometry_varies: bool,
}

/// Sorts frames into groups, in the order in which each group's first frame comes.
pub(super) fn group(frames: Vec<FrameRecord>) -> Vec<Group> {
    let mut groups: Vec<(Key, Vec<FrameRecord>)> = Vec::new();
    let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
    for record in frames {
        let key = key(&record.info);
        let candidates = by_key.entry(key.clone()).or_default();
        match candidates.iter().find(|&&at| is_near(&groups[at].1[0], &record)) {
            Some(&at) => groups[at].1.push(record),
            None => {
                candidates.push(groups.len());
                groups.push((key, vec![record]));
            }
        }
    }
    let acquisition = |(key, frames): &(Key, Vec<FrameRecord>)| (key.clone(), frames[0].splitters[0].clone());
    let mut counts: HashMap<(Key, String), usize> = HashMap::new();
    for group in &groups {
        *counts.entry(acquisition(group)).or_default() += 1;
    }
    let varies: Vec<bool> =
        groups.iter().map(|group| counts.get(&acquisition(group)).is_some_and(|&n| n > 1)).collect();
    groups.into_iter().zip(varies).map(|((_, frames), geometry_varies)| Group { frames, geometry_varies }).collect()
}

fn key(info: &FileInfo) -> Key {
    let series = if info.series_uid.is_empty() {
        // Without a UID, what else tells series apart.
        format!("{}\n{}\n{:?}\n{}", info.folder, info.study.date, info.series_number, info.description)
    } else {
        info.series_uid.clone()
    };
    Key {
        patient: info.patient.id.clone(),
        series,
        size: info.size,
        frame_of_reference: info.frame_of_reference_uid.clone(),
        kernel: info.acquisition.kernel.clone(),
        photometric: info.photometric.clone(),
    }
}

fn is_near(a: &FrameRecord, b: &FrameRecord) -> bool {
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= TOLERANCE);
    near(&a.frame.orientation, &b.frame.orientation) && near(&a.frame.pixel_spacing, &b.frame.pixel_spacing)
}
