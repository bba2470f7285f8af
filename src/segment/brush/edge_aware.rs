//! The brush that stops at edges: of the disc, what hangs together with its middle without an edge between.
//!
//! Noise is no edge. The image is seen through a median, which keeps edges (3 x 3, or 5 x 5 on a noisy slice; Huang, Yang and
//! Tang, IEEE Trans ASSP 1979;27:13), and what counts as an edge grows with the noise under the brush, estimated robustly
//! against the edges themselves as s = median |I(a + 3, b) - I(a, b)| / (0.6745 sqrt 2) (the median absolute deviation, of
//! differences; Rousseeuw and Croux, JASA 1993;88:1273), three pixels apart because CT's grain makes neighbours alike.
//!
//! From the middle, filling steps to neighbours (of four) whose median lies within max(10 HU, 1.25 s) of the median under the
//! pointer, and no farther than that from one pixel to the next. Specks inside that are no larger than the median, as noise
//! leaves them, are filled; anything larger, a vessel say, stays out.

use super::{Brush, stroke};
use crate::segment::bitmap::Bitmap;
use crate::segment::{Pixels, SliceImage};

/// The smallest difference that is an edge, in HU: less than from liver to spleen or to its enhanced vessels.
const SMALLEST_EDGE: f32 = 10.0;
/// What is an edge, in standard deviations of noise. On CT of the upper abdomen with noise of 20 HU, 1 left more of the liver
/// out and 1.5 let more of the wall's muscle in.
const EDGE_IN_NOISE: f32 = 1.25;
/// Noise in HU from which 25 pixels and not 9 make a median.
const NOISY: f32 = 6.0;
/// Pixels apart of which noise is estimated.
const LAG: i64 = 3;
/// Median of |x| of a standard normal distribution, times the root of two for a difference of two.
const MEDIAN_OF_DIFFERENCES: f32 = 0.674_49 * std::f32::consts::SQRT_2;
/// Soft tissue in HU, where the noise of a whole slice is estimated.
const SOFT_TISSUE: std::ops::RangeInclusive<f32> = -150.0..=250.0;
/// The longest way, in radii, between two places that the brush looks from.
const STEP: f64 = 1.0;
/// The most such places of one move.
const MOST_STEPS: f64 = 64.0;

/// A brush on one slice that stops at edges. It remembers medians that it computed.
#[derive(Debug, Clone)]
pub struct EdgeBrush {
    image: SliceImage,
    /// Pixels from the middle of a median to its sides.
    half: i64,
    /// Medians; NaN where none was asked for yet.
    medians: Vec<f32>,
}

impl EdgeBrush {
    /// The brush on a slice.
    pub fn new(image: SliceImage) -> Self {
        let [width, _] = image.size();
        let every = image.values().iter().zip(image.values().iter().skip(LAG as usize)).enumerate();
        let within_line = every.filter(|(n, _)| n % width.max(1) + (LAG as usize) < width);
        let tissue = within_line.filter(|(_, (a, b))| SOFT_TISSUE.contains(*a) && SOFT_TISSUE.contains(*b));
        let noise = noise_of(tissue.map(|(_, (a, b))| (a - b).abs()).collect());
        let half = if noise < NOISY { 1 } else { 2 };
        let medians = vec![f32::NAN; image.values().len()];
        Self { image, half, medians }
    }

    /// Pixels that the brush covers on its way from `from` to `to` (pixel units) without crossing an edge, seen from places
    /// along the way; all of them lie on the slice.
    pub fn stroke(&mut self, from: [f64; 2], to: [f64; 2], radius_mm: f64) -> Pixels {
        let spacing_mm = self.image.spacing_mm();
        let way = [0, 1].map(|axis| (to[axis] - from[axis]) * spacing_mm[axis]);
        let n_steps = (way[0].hypot(way[1]) / (STEP * radius_mm)).ceil().clamp(1.0, MOST_STEPS);
        let place = |n: f64| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * (n / n_steps));
        let mut covered = Pixels::default();
        // No steps from a way or radius that is no number, and `stroke` answers with nothing.
        for n in 0..n_steps as usize {
            let [begin, end] = [n as f64, n as f64 + 1.0].map(place);
            let reach = stroke(begin, end, Brush { radius_mm, spacing_mm }).clipped(self.image.size());
            covered = covered.union(&self.reached(&reach, end));
        }
        covered
    }

    /// The pixels of `reach` that hang together with the one at `middle`, or with the nearest to it where that lies beyond
    /// the slice.
    fn reached(&mut self, reach: &Pixels, middle: [f64; 2]) -> Pixels {
        let Some(bitmap) = Bitmap::around(reach, &[], 1) else { return Pixels::default() };
        let [width, height] = self.image.size().map(|n| n as i64);
        let middle = middle.map(|x| x.round() as i64);
        let middle = [middle[0].clamp(0, width - 1), middle[1].clamp(0, height - 1)];
        let Some(begin) = bitmap.place(middle).filter(|_| bitmap.has(middle)) else { return Pixels::default() };
        let wide = 2 * self.half - 1;
        let around = (-wide..=wide).flat_map(|b| (-wide..=wide).map(move |a| [middle[0] + a, middle[1] + b]));
        let near: Vec<f32> = around.filter_map(|at| self.median(at)).collect();
        let edge = SMALLEST_EDGE.max(EDGE_IN_NOISE * self.noise_under(reach));
        let reference = middle_of(near);
        let mut reached = vec![false; bitmap.inside.len()];
        let mut waiting = vec![begin];
        reached[begin] = true;
        while let Some(at) = waiting.pop() {
            let own = self.median(pixel(&bitmap, at)).unwrap_or(reference);
            for next in neighbours(at, bitmap.size[0]) {
                if bitmap.inside.get(next) == Some(&true)
                    && !reached[next]
                    && let Some(other) = self.median(pixel(&bitmap, next))
                    && (other - reference).abs() <= edge
                    && (other - own).abs() <= edge
                {
                    reached[next] = true;
                    waiting.push(next);
                }
            }
        }
        let speck = (2 * self.half + 1).pow(2) as usize;
        fill_specks(&bitmap, &mut reached, speck);
        bitmap.pixels(|place| reached[place])
    }

    fn noise_under(&self, reach: &Pixels) -> f32 {
        let pixels = reach.runs().iter().flat_map(|run| (run.start..run.end - LAG).map(|a| (a, run.line)));
        noise_of(pixels.filter_map(|(a, b)| Some((self.image.at(a, b)? - self.image.at(a + LAG, b)?).abs())).collect())
    }

    /// The median around a pixel of the slice; at its border, of the pixels that there are.
    fn median(&mut self, [a, b]: [i64; 2]) -> Option<f32> {
        self.image.at(a, b)?;
        let place = (b * self.image.size()[0] as i64 + a) as usize;
        let known = *self.medians.get(place)?;
        if !known.is_nan() {
            return Some(known);
        }
        let mut values = [0.0; 25];
        let mut n = 0;
        for line in b - self.half..=b + self.half {
            for value in (a - self.half..=a + self.half).filter_map(|a| self.image.at(a, line)) {
                values[n] = value;
                n += 1;
            }
        }
        let (_, median, _) = values[..n].select_nth_unstable_by(n / 2, f32::total_cmp);
        self.medians[place] = *median;
        Some(*median)
    }
}

/// Standard deviation of noise from differences of two pixels; 0 of none.
fn noise_of(differences: Vec<f32>) -> f32 {
    middle_of(differences) / MEDIAN_OF_DIFFERENCES
}

/// The median (the upper of two) of numbers; 0 of none.
fn middle_of(mut values: Vec<f32>) -> f32 {
    values.retain(|value| !value.is_nan());
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

fn pixel(bitmap: &Bitmap, place: usize) -> [i64; 2] {
    let width = bitmap.size[0].max(1);
    [(place % width) as i64 + bitmap.low[0], (place / width) as i64 + bitmap.low[1]]
}

/// The places of a pixel's four neighbours; the box is wider than the set, so that none lies across a side of it.
fn neighbours(place: usize, width: usize) -> [usize; 4] {
    [place + 1, place.wrapping_sub(1), place + width, place.wrapping_sub(width)]
}

/// Fills what was not reached, is enclosed by what was, and has no more pixels than `largest`.
fn fill_specks(bitmap: &Bitmap, reached: &mut [bool], largest: usize) {
    let mut seen = reached.to_vec();
    let (mut speck, mut waiting) = (Vec::new(), Vec::new());
    for begin in 0..seen.len() {
        if seen[begin] || !bitmap.inside[begin] {
            continue;
        }
        let mut is_enclosed = true;
        seen[begin] = true;
        waiting.push(begin);
        while let Some(at) = waiting.pop() {
            speck.push(at);
            for next in neighbours(at, bitmap.size[0]) {
                match bitmap.inside.get(next) {
                    Some(true) if !seen[next] => {
                        seen[next] = true;
                        waiting.push(next);
                    }
                    Some(true) => {}
                    _ => is_enclosed = false,
                }
            }
        }
        if is_enclosed && speck.len() <= largest {
            speck.iter().for_each(|&place| reached[place] = true);
        }
        speck.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::segment::disc;

    const SPACING: [f64; 2] = [0.7, 0.9];
    const SIZE: [usize; 2] = [128, 100];

    /// An organ of 110 HU with an edge at column 64 against 60 HU, a vessel of 160 HU of 5 x 5 pixels, and noise, blurred as
    /// a scanner does.
    fn image(noise: f64) -> SliceImage {
        let mut stream = Stream::new(7, 1);
        let sharp: Vec<f64> = (0..SIZE[0] * SIZE[1])
            .map(|n| (n % SIZE[0], n / SIZE[0]))
            .map(|(a, b)| {
                let vessel = (40..45).contains(&a) && (60..65).contains(&b);
                let tissue = if vessel {
                    160.0
                } else if a < 64 {
                    110.0
                } else {
                    60.0
                };
                // Twelve uniform numbers make a normal one; neighbours share half, so that noise has grain.
                let normal: f64 = (0..12).map(|_| stream.between(-0.5, 0.5)).sum();
                tissue + 1.4 * noise * normal
            })
            .collect();
        let at = |a: usize, b: usize| sharp[b.min(SIZE[1] - 1) * SIZE[0] + a.min(SIZE[0] - 1)];
        let values = (0..sharp.len()).map(|n| (n % SIZE[0], n / SIZE[0]));
        let blurred = values.map(|(a, b)| (0.5 * at(a, b) + 0.25 * (at(a + 1, b) + at(a, b + 1))) as f32);
        SliceImage::new(blurred.collect(), SIZE, SPACING).unwrap()
    }

    #[test]
    fn the_brush_stops_at_an_edge_and_covers_its_own_side_whatever_the_noise() {
        for noise in [0.0, 8.0, 16.0] {
            let mut brush = EdgeBrush::new(image(noise));
            let covered = brush.stroke([48.0, 40.0], [54.0, 35.0], 12.0);
            let all = stroke([48.0, 40.0], [54.0, 35.0], Brush { radius_mm: 12.0, spacing_mm: SPACING });
            let own = Pixels::from_runs(
                all.runs().iter().map(|run| crate::segment::PixelRun { end: run.end.min(64), ..*run }).collect(),
            );
            let share = covered.intersection(&own).count() as f64 / own.count() as f64;
            assert!(share > 0.95, "{share} of its side at noise {noise}");
            let beyond = covered.minus(&own).count() as f64 / all.minus(&own).count() as f64;
            assert!(beyond < 0.02, "{beyond} of the other side at noise {noise}");
            assert!(covered.minus(&all).is_empty());
        }
    }

    #[test]
    fn a_vessel_stays_out_and_is_covered_from_within() {
        let mut brush = EdgeBrush::new(image(4.0));
        let around = brush.stroke([33.0, 62.0], [33.0, 62.0], 12.0);
        assert!(!around.contains(42, 62) && around.contains(47, 62), "the vessel is left out, what lies behind is not");
        let vessel = brush.stroke([42.0, 62.0], [42.0, 62.0], 12.0);
        assert!((9..=36).contains(&vessel.count()), "{} pixels of a vessel of 25", vessel.count());
    }

    #[test]
    fn a_brush_over_even_tissue_is_the_round_one() {
        let even = SliceImage::new(vec![100.0; SIZE[0] * SIZE[1]], SIZE, SPACING).unwrap();
        let mut brush = EdgeBrush::new(even);
        let round = disc([50.0, 50.0], Brush { radius_mm: 10.0, spacing_mm: SPACING });
        assert_eq!(brush.stroke([50.0, 50.0], [50.0, 50.0], 10.0), round);
        assert_eq!(brush.stroke([1.0, 50.0], [1.0, 50.0], 10.0).runs()[0].start, 0);
        assert!(brush.stroke([f64::NAN, 0.0], [3.0, 4.0], 5.0).is_empty());
        assert!(brush.stroke([-90.0, -90.0], [-80.0, -90.0], 5.0).is_empty());
    }
}
