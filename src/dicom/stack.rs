//! Frames of one group in order along the normal, and whether they make a grid.

use super::SeriesStatus;
use super::record::FrameRecord;
use crate::base::Warnings;
use crate::volume::Geometry;

/// Frames closer than this along the normal are at one place, mm.
pub(super) const SAME_PLACE_MM: f64 = 0.01;
/// Deviation from the median spacing that is rounding, mm.
const EVEN_MM: f64 = 0.01;
/// Deviation up to which the grid still stands for the slices, mm.
const NEARLY_EVEN_MM: f64 = 0.2;
/// Angle between slice step and normal that counts as tilt, degrees.
const TILT_DEGREES: f64 = 0.1;
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
    let last = (positions.len() - 1) as f64;
    let mean_step = scaled(sub(positions[positions.len() - 1], positions[0]), 1.0 / last);
    let mut status = match judge_spacing(offsets_mm) {
        Spacing::Even => SeriesStatus::Usable,
        Spacing::Nearly(deviation) => {
            warnings.push(format!("slice spacing varies by {deviation:.3} mm; the mean spacing is used"));
            SeriesStatus::Irregular
        }
        Spacing::Uneven(reason) => SeriesStatus::Rejected { reason, resamplable: true },
    };
    let is_even = !matches!(status, SeriesStatus::Rejected { .. });
    let first = &frames[0].frame;
    let off_line = off_line_mm(&positions, mean_step, normal);
    let smallest_pixel = first.pixel_spacing[0].min(first.pixel_spacing[1]);
    let along = dot(mean_step, normal);
    let across = length(sub(mean_step, scaled(normal, along)));
    let degrees = across.atan2(along.abs()).to_degrees();
    let mut step = mean_step;
    if is_even && off_line > OFF_LINE_PIXELS * smallest_pixel {
        let reason = format!("slices jump by {off_line:.2} mm within their plane");
        status = SeriesStatus::Rejected { reason, resamplable: false };
    } else if is_even && degrees > TILT_DEGREES {
        warnings.push(format!(
            "gantry tilt of {degrees:.2} degrees: the scanner's grid is sheared; it can be resampled for orthogonal views"
        ));
        status = SeriesStatus::Tilted { degrees };
    } else if is_even {
        step = scaled(normal, along);
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

/// The farthest that a slice lies from the line of the first and last, within its plane.
fn off_line_mm(positions: &[[f64; 3]], step: [f64; 3], normal: [f64; 3]) -> f64 {
    positions
        .iter()
        .enumerate()
        .map(|(k, &position)| {
            let off = sub(sub(position, positions[0]), scaled(step, k as f64));
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

/// Row and column direction as the file has them: of unit length but for rounding.
fn axes(o: &[f64; 6]) -> [[f64; 3]; 2] {
    [[o[0], o[1], o[2]], [o[3], o[4], o[5]]]
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
