//! Frames of one group in order along the normal, and whether they make a grid.

use super::SeriesStatus;
use super::record::FrameRecord;
use crate::base::Warnings;
use crate::volume::Geometry;

/// Frames closer than this along the normal are at one place, mm.
pub(super) const SAME_PLACE_MM: f64 = 0.01;
/// Deviation from the median spacing that is rounding, mm.
const EVEN_MM: f64 = 0.01;
/// Deviation from the median spacing up to which the mean spacing is used, mm. Small deviations of one sign add up, so that
/// this alone does not say how far the grid lies off a slice; beyond this, that is said too.
const NEARLY_EVEN_MM: f64 = 0.2;
/// Angle between slice step and normal that counts as tilt, degrees.
const TILT_DEGREES: f64 = 0.1;
/// Direction cosines of four decimals, as the tersest scanners write them, are off unit length by less than this.
const UNIT_ROUNDING: f64 = 1e-4;
/// How far a slice may lie off the line through the others within its plane, in pixels.
const OFF_LINE_PIXELS: f64 = 0.5;

/// Frames in order and what became of them.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) frames: Vec<FrameRecord>,
    /// Along the normal from the first frame, mm.
    pub(super) offsets_mm: Vec<f64>,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
pub(super) enum Verdict {
    /// Fewer than three slices.
    TooFew,
    /// Frames share a place along the normal.
    Collision,
    Judged(Box<Judged>),
}

/// Grid and status of slices at places of their own.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) geometry: Option<Geometry>,
    pub(super) status: SeriesStatus,
    pub(super) warnings: Warnings,
}

/// Sorts frames along the normal and judges their spacing.
pub(super) fn stack(mut frames: Vec<FrameRecord>) -> Stack {
    let normal = frames.first().map_or([0.0; 3], |first| normal_of(&first.frame.orientation));
    frames.sort_by(|a, b| dot(a.frame.position, normal).total_cmp(&dot(b.frame.position, normal)));
    let start = frames.first().map_or(0.0, |first| dot(first.frame.position, normal));
    let offsets_mm: Vec<f64> = frames.iter().map(|f| dot(f.frame.position, normal) - start).collect();
    let verdict = if frames.len() < 3 {
        Verdict::TooFew
    } else if offsets_mm.windows(2).any(|pair| pair[1] - pair[0] < SAME_PLACE_MM) {
        Verdict::Collision
    } else {
        Verdict::Judged(Box::new(judge(&frames, &offsets_mm, normal)))
    };
    Stack { frames, offsets_mm, verdict }
}

fn judge(frames: &[FrameRecord], offsets_mm: &[f64], normal: [f64; 3]) -> Judged {
    let mut warnings = Warnings::new();
    let positions: Vec<[f64; 3]> = frames.iter().map(|f| f.frame.position).collect();
    let last = positions.len() - 1;
    let from_first_to_last = sub(positions[last], positions[0]);
    let mean_step = scaled(from_first_to_last, 1.0 / last as f64);
    let mut status = match judge_spacing(offsets_mm) {
        Spacing::Even => SeriesStatus::Usable,
        Spacing::Nearly(deviation) => {
            warnings.push(format!("slice spacing varies by {deviation:.3} mm; the mean spacing is used"));
            SeriesStatus::Irregular
        }
        Spacing::Uneven(reason) => SeriesStatus::Rejected { reason, resamplable: true },
    };
    let uneven = match &status {
        SeriesStatus::Rejected { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let drift = drift_mm(offsets_mm);
    if uneven.is_none() && drift > NEARLY_EVEN_MM {
        warnings.push(format!(
            "the even grid lies up to {drift:.2} mm off the slices' own places: small deviations add up"
        ));
    }
    // On an even grid the slices are counted; with gaps each has its own part of the way.
    let part = |k: usize| if uneven.is_some() { offsets_mm[k] / offsets_mm[last] } else { k as f64 / last as f64 };
    let line: Vec<[f64; 3]> = (0..=last).map(|k| scaled(from_first_to_last, part(k))).collect();
    let first = &frames[0].frame;
    let off_line = off_line_mm(&positions, &line, normal);
    let smallest_pixel = first.pixel_spacing[0].min(first.pixel_spacing[1]);
    let along = dot(mean_step, normal);
    let across = length(sub(mean_step, scaled(normal, along)));
    let degrees = across.atan2(along.abs()).to_degrees();
    let mut step = mean_step;
    if off_line > OFF_LINE_PIXELS * smallest_pixel {
        let jump = format!("slices jump by {off_line:.2} mm within their plane");
        let reason = uneven.map_or(jump.clone(), |uneven| format!("{uneven}; {jump}"));
        status = SeriesStatus::Rejected { reason, resamplable: false };
    } else if degrees > TILT_DEGREES {
        warnings.push(format!(
            "gantry tilt of {degrees:.2} degrees: the scanner's grid is sheared; it can be resampled for orthogonal views"
        ));
        if uneven.is_none() {
            status = SeriesStatus::Tilted { degrees };
        }
    } else if uneven.is_none() {
        step = scaled(normal, along);
    }
    let off_unit = off_unit(&first.orientation);
    if off_unit > UNIT_ROUNDING {
        warnings.push(format!(
            "the direction vectors are up to {:.1} % off unit length; pixels have the size of Pixel Spacing, along their directions",
            100.0 * off_unit
        ));
    }
    let [row, column] = axes(&first.orientation);
    let [between_rows, between_columns] = first.pixel_spacing;
    let [columns, rows] = frames[0].info.size;
    let steps = [scaled(row, between_columns), scaled(column, between_rows), step];
    match Geometry::new([columns, rows, frames.len()], first.position, steps) {
        Ok(geometry) => Judged { geometry: Some(geometry), status, warnings },
        Err(error) => {
            let status = SeriesStatus::Rejected { reason: error.to_string(), resamplable: false };
            Judged { geometry: None, status, warnings }
        }
    }
}

enum Spacing {
    Even,
    Nearly(f64),
    Uneven(String),
}

fn judge_spacing(offsets_mm: &[f64]) -> Spacing {
    let gaps: Vec<f64> = offsets_mm.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let median = median(&gaps);
    let deviation = gaps.iter().map(|gap| (gap - median).abs()).fold(0.0, f64::max);
    // The limits are meant in decimal: 0.01 mm written in decimal must not fail for the last binary digit.
    if deviation <= EVEN_MM + 1e-9 {
        return Spacing::Even;
    }
    if deviation <= NEARLY_EVEN_MM + 1e-9 {
        return Spacing::Nearly(deviation);
    }
    let multiples: Vec<f64> = gaps.iter().map(|gap| (gap / median).round()).collect();
    let missing: f64 = multiples.iter().map(|k| (k - 1.0).max(0.0)).sum();
    let fits = gaps.iter().zip(&multiples).all(|(gap, k)| *k >= 1.0 && (gap - k * median).abs() <= NEARLY_EVEN_MM);
    let mostly_single = gaps.iter().filter(|&&gap| gap <= median + NEARLY_EVEN_MM).count() * 2 > gaps.len();
    if missing >= 1.0 && fits && mostly_single {
        let after: Vec<String> = multiples
            .iter()
            .enumerate()
            .filter(|(_, k)| **k > 1.0)
            .take(5)
            .map(|(at, _)| (at + 1).to_string())
            .collect();
        let (noun, slices) = if missing > 1.0 { ("slices are", "slices") } else { ("slice is", "slice") };
        return Spacing::Uneven(format!("{missing} {noun} missing, after {slices} {}", after.join(", ")));
    }
    let smallest = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = gaps.iter().copied().fold(0.0, f64::max);
    Spacing::Uneven(format!("variable slice spacing, {smallest:.2} to {largest:.2} mm"))
}

/// The farthest along the normal that a slice lies from its place on the even grid from the first slice to the last.
fn drift_mm(offsets_mm: &[f64]) -> f64 {
    let (Some(whole), Some(gaps @ 1..)) = (offsets_mm.last(), offsets_mm.len().checked_sub(1)) else { return 0.0 };
    let step = whole / gaps as f64;
    offsets_mm.iter().enumerate().map(|(k, offset)| (offset - k as f64 * step).abs()).fold(0.0, f64::max)
}

/// The farthest that a slice lies from its place on the line of the first and last, within its plane; `line` has these places
/// from the first slice on.
fn off_line_mm(positions: &[[f64; 3]], line: &[[f64; 3]], normal: [f64; 3]) -> f64 {
    positions
        .iter()
        .zip(line)
        .map(|(&position, &place)| {
            let off = sub(sub(position, positions[0]), place);
            length(sub(off, scaled(normal, dot(off, normal))))
        })
        .fold(0.0, f64::max)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// Row and column direction: as the file has them where they are of unit length but for rounding, else made so.
fn axes(o: &[f64; 6]) -> [[f64; 3]; 2] {
    let directions = [[o[0], o[1], o[2]], [o[3], o[4], o[5]]];
    let exact = off_unit(o) <= UNIT_ROUNDING;
    directions.map(|direction| if exact { direction } else { scaled(direction, 1.0 / length(direction)) })
}

/// The part by which the two direction vectors are off unit length, the larger of the two.
fn off_unit(o: &[f64; 6]) -> f64 {
    [[o[0], o[1], o[2]], [o[3], o[4], o[5]]]
        .map(|direction| (length(direction) - 1.0).abs())
        .into_iter()
        .fold(0.0, f64::max)
}

/// Row direction x column direction, of unit length.
fn normal_of(orientation: &[f64; 6]) -> [f64; 3] {
    let [r, c] = axes(orientation);
    let n = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]];
    scaled(n, 1.0 / length(n))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn scaled(a: [f64; 3], factor: f64) -> [f64; 3] {
    a.map(|x| x * factor)
}

fn length(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::record::frames_at;
    use super::*;

    fn judged(positions: &[[f64; 3]]) -> Judged {
        let records = frames_at(positions);
        match stack(records).verdict {
            Verdict::Judged(judged) => *judged,
            other => panic!("{other:?}"),
        }
    }

    /// Slices that lean by this many mm along the columns for each mm along the normal.
    fn leaning(offsets_mm: &[f64], lean: f64) -> Vec<[f64; 3]> {
        offsets_mm.iter().map(|&z| [0.0, lean * z, z]).collect()
    }

    #[test]
    fn a_tilted_series_with_a_gap_says_so_and_can_be_resampled() {
        let judged = judged(&leaning(&[0.0, 2.5, 5.0, 10.0, 12.5], 0.25));
        assert!(matches!(judged.status, SeriesStatus::Rejected { resamplable: true, .. }), "{}", judged.status);
        assert!(judged.warnings.iter().any(|warning| warning.contains("gantry tilt of 14.04 degrees")));
    }

    #[test]
    fn a_series_with_a_gap_whose_slices_jump_cannot_be_resampled() {
        let mut positions = leaning(&[0.0, 2.5, 5.0, 10.0, 12.5], 0.0);
        positions[2][0] += 3.0;
        let judged = judged(&positions);
        let SeriesStatus::Rejected { reason, resamplable: false } = judged.status else { panic!("{}", judged.status) };
        assert!(reason.contains("missing") && reason.contains("jump by 3.00 mm"), "{reason}");
    }

    #[test]
    fn deviations_that_add_up_are_said() {
        // Each gap is within 0.01 mm of the median; in the middle the even grid is 1.4 mm off.
        let mut z = 0.0;
        let mut offsets = vec![0.0];
        for k in 0..400 {
            z += if k < 200 { 0.632 } else { 0.618 };
            offsets.push(z);
        }
        let judged = judged(&leaning(&offsets, 0.0));
        assert_eq!(judged.status, SeriesStatus::Usable);
        let said: Vec<&str> = judged.warnings.iter().collect();
        assert!(said.len() == 1 && said[0].contains("up to 1.40 mm off"), "{said:?}");
    }

    #[test]
    fn directions_off_unit_length_leave_the_pixels_their_size() {
        let mut records = frames_at(&leaning(&[0.0, 2.5, 5.0], 0.0));
        for record in &mut records {
            record.frame.orientation = [0.99, 0.0, 0.0, 0.0, 0.995, 0.0];
        }
        let Verdict::Judged(judged) = stack(records).verdict else { panic!("not judged") };
        for (mm, wanted) in judged.geometry.unwrap().spacing_mm().into_iter().zip([1.0, 1.0, 2.5]) {
            assert!((mm - wanted).abs() < 1e-12, "{mm} instead of {wanted}");
        }
        assert!(judged.warnings.iter().any(|warning| warning.contains("1.0 % off unit length")));
    }
}
