//! What a step from pixel to pixel costs: little along an edge of the image as it is shown.
//!
//! Per mm, and meant over both pixels of a step (the trapezoid rule, so that ways there and back cost the same), in the
//! notation of Mortensen and Barrett: 0.3 + 0.43 f_Z + 0.43 f_G + 0.14 f_D, their weights and a length of its own, without
//! which the strong edge of a rib would be worth a detour of several times the way along the liver's weak one. Here
//! - f_G = 1 / (1 + G / s): G is the gradient's magnitude per mm of the windowed image after a Gaussian of one pixel, s twice
//!   its median over tissue that is neither black nor white, mostly noise. Theirs, 1 - G / max G, would leave the liver's
//!   weak edges for those of ribs and lung;
//! - f_Z = 0 where G > s is a maximum along the gradient (Canny, IEEE Trans PAMI 1986;8:679; on such pixels the second
//!   derivative along the gradient crosses zero), else 1;
//! - f_D = the squared sine between step and edge where there is an edge, 1/2 where there is none: f_G / 2 + (1 - f_G) sin^2.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::segment::SliceImage;

/// Weights of zero crossing, gradient and direction (Mortensen and Barrett 1998).
const WEIGHTS: [f64; 3] = [0.43, 0.43, 0.14];
/// What length costs even along the best edge. On CT of the upper abdomen 0.1 still went round by the ribs, 1 cut corners.
const PER_LENGTH: f64 = 0.3;
/// Samples of half a Gaussian of standard deviation 1 from its middle on; they sum to 1 with its other half.
const GAUSSIAN: [f32; 4] = [0.399_05, 0.242_04, 0.054_01, 0.004_43];
/// The least gradient that counts as one, per mm, of the window: one grey of 256.
const LEAST_GRADIENT: f64 = 1.0 / 256.0;
/// Cost of half a shortest step across nothing, as a whole number: steps are counted in hundredths.
const UNIT: f64 = 100.0;
/// The most that half a step costs, for pixels however oblong.
const MOST: f64 = 8000.0;

/// Steps to half of the eight neighbours; the others are their opposites, in the same order.
pub(super) const STEPS: [[i64; 2]; 4] = [[1, 0], [1, 1], [0, 1], [-1, 1]];

/// The costs of a slice's steps.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    size: [usize; 2],
    /// Half of what a step along each of [`STEPS`] costs that begins or ends at each pixel.
    pub half: Vec<[u16; 4]>,
    /// From each pixel to the edge that runs through it, in pixels along both axes, where one does.
    offset: Vec<[f32; 2]>,
}

impl Costs {
    /// The costs of a slice that is shown with these HU from black to white.
    pub fn of(image: &SliceImage, shown: &RangeInclusive<f64>) -> Self {
        let size = image.size();
        let spacing = image.spacing_mm();
        let range = (shown.end() - shown.start()).max(1.0);
        let grey = |hu: &f32| {
            if hu.is_nan() { 0.0 } else { ((f64::from(*hu) - shown.start()) / range).clamp(0.0, 1.0) as f32 }
        };
        let grey = blurred(image.values().iter().map(grey).collect(), size);
        let field = Field::of(&grey, size, spacing);
        let least = 2.0 * f64::from(field.median_over_tissue(&grey));
        let scale = least.max(LEAST_GRADIENT);
        let lengths = STEPS.map(|step| (step[0] as f64 * spacing[0]).hypot(step[1] as f64 * spacing[1]));
        let shortest = spacing[0].min(spacing[1]);
        let pixel = |place: usize| {
            let (gradient, magnitude) = field.at(place);
            let ridge = (magnitude > scale).then(|| field.ridge(place, gradient, magnitude)).flatten();
            let flat = 1.0 / (1.0 + magnitude / scale);
            let mut half = [0; 4];
            for (n, step) in STEPS.iter().enumerate() {
                let across = (gradient[0] * step[0] as f64 * spacing[0] + gradient[1] * step[1] as f64 * spacing[1])
                    / lengths[n];
                let sine = if magnitude > 0.0 { (across / magnitude).powi(2) } else { 0.0 };
                let direction = 0.5 * flat + (1.0 - flat) * sine;
                let crossing = if ridge.is_some() { 0.0 } else { 1.0 };
                let cost = PER_LENGTH + WEIGHTS[0] * crossing + WEIGHTS[1] * flat + WEIGHTS[2] * direction;
                half[n] = (UNIT * cost * lengths[n] / shortest).round().clamp(1.0, MOST) as u16;
            }
            (half, ridge.unwrap_or_default())
        };
        let (half, offset) = (0..grey.len()).into_par_iter().map(pixel).unzip();
        Self { size, half, offset }
    }

    /// Whether the slice has no pixels.
    pub fn is_empty(&self) -> bool {
        self.half.is_empty()
    }

    /// Pixels along both axes.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Where the edge through a pixel runs, or the pixel's centre where none does; in pixel units.
    pub fn edge_near(&self, place: usize) -> [f64; 2] {
        let width = self.size[0].max(1);
        let [x, y] = self.offset.get(place).copied().unwrap_or_default();
        [(place % width) as f64 + f64::from(x), (place / width) as f64 + f64::from(y)]
    }
}

/// The gradient of a slice, per mm.
struct Field {
    size: [usize; 2],
    spacing: [f64; 2],
    gradient: Vec<[f32; 2]>,
    magnitude: Vec<f32>,
}

impl Field {
    /// Central differences; at the border one-sided, over half the way.
    fn of(grey: &[f32], size: [usize; 2], spacing: [f64; 2]) -> Self {
        let [width, height] = size;
        let scale = spacing.map(|mm| (0.5 / mm) as f32);
        let mut gradient = Vec::with_capacity(grey.len());
        for b in 0..height {
            let [above, here, below] =
                [b.saturating_sub(1), b, (b + 1).min(height - 1)].map(|b| &grey[b * width..(b + 1) * width]);
            gradient.extend((0..width).map(|a| {
                let [left, right] = [a.saturating_sub(1), (a + 1).min(width - 1)];
                [(here[right] - here[left]) * scale[0], (below[a] - above[a]) * scale[1]]
            }));
        }
        let magnitude = gradient.iter().map(|[x, y]| (x * x + y * y).sqrt()).collect();
        Self { size, spacing, gradient, magnitude }
    }

    fn at(&self, place: usize) -> ([f64; 2], f64) {
        (self.gradient[place].map(f64::from), f64::from(self.magnitude[place]))
    }

    /// Median magnitude over pixels that are neither black nor white.
    fn median_over_tissue(&self, grey: &[f32]) -> f32 {
        let tissue = grey.iter().zip(&self.magnitude).filter(|(grey, _)| **grey > 0.0 && **grey < 1.0);
        let mut values: Vec<f32> = tissue.map(|(_, magnitude)| *magnitude).collect();
        let middle = values.len() / 2;
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
    }

    /// From a pixel to the maximum of the magnitude along the gradient, in pixels, by a parabola through the pixel and a
    /// place on either side, one shortest pixel away; none where the pixel is no maximum.
    fn ridge(&self, place: usize, gradient: [f64; 2], magnitude: f64) -> Option<[f32; 2]> {
        let shortest = self.spacing[0].min(self.spacing[1]);
        let step = [0, 1].map(|axis| gradient[axis] / magnitude * shortest / self.spacing[axis]);
        let centre = [(place % self.size[0]) as f64, (place / self.size[0]) as f64];
        let [before, after] = [-1.0, 1.0].map(|sign| self.sampled([0, 1].map(|axis| centre[axis] + sign * step[axis])));
        if magnitude < before || magnitude <= after {
            return None;
        }
        let curvature = before - 2.0 * magnitude + after;
        let share = if curvature < 0.0 { (0.5 * (before - after) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
        Some(step.map(|along| (share * along) as f32))
    }

    /// The magnitude between pixels, bilinear; that of the border beyond it.
    fn sampled(&self, at: [f64; 2]) -> f64 {
        let [width, height] = self.size;
        let [x, y] = [at[0].clamp(0.0, (width - 1) as f64), at[1].clamp(0.0, (height - 1) as f64)];
        let (a, b) = (x as usize, y as usize);
        let (right, below) = ((a + 1).min(width - 1), (b + 1).min(height - 1));
        let value = |a: usize, b: usize| f64::from(self.magnitude[b * width + a]);
        let (s, t) = (x - a as f64, y - b as f64);
        (1.0 - t) * ((1.0 - s) * value(a, b) + s * value(right, b))
            + t * ((1.0 - s) * value(a, below) + s * value(right, below))
    }
}

/// A Gaussian of one pixel along both axes; the border goes on beyond itself.
fn blurred(grey: Vec<f32>, [width, height]: [usize; 2]) -> Vec<f32> {
    let mut along = vec![0.0; grey.len()];
    for (line, blurred) in grey.chunks_exact(width.max(1)).zip(along.chunks_exact_mut(width.max(1))) {
        for (a, value) in blurred.iter_mut().enumerate() {
            let pair = |n: usize| line[a.saturating_sub(n)] + line[(a + n).min(width - 1)];
            *value = GAUSSIAN[0] * line[a] + GAUSSIAN[1] * pair(1) + GAUSSIAN[2] * pair(2) + GAUSSIAN[3] * pair(3);
        }
    }
    let mut both = vec![0.0; grey.len()];
    for (b, blurred) in both.chunks_exact_mut(width.max(1)).enumerate() {
        let line = |b: usize| &along[b * width..(b + 1) * width];
        for (n, weight) in GAUSSIAN.iter().enumerate() {
            let [above, below] = [line(b.saturating_sub(n)), line((b + n).min(height - 1))];
            let weight = if n == 0 { 0.5 * weight } else { *weight };
            for ((value, above), below) in blurred.iter_mut().zip(above).zip(below) {
                *value += weight * (above + below);
            }
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far f32 sums stray from real ones.
    const ROUNDING: f32 = 1e-4;

    #[test]
    fn blurring_keeps_a_constant_and_spreads_a_point_as_a_gaussian() {
        assert!(blurred(vec![0.7; 35], [7, 5]).iter().all(|value| (value - 0.7).abs() < ROUNDING));
        let mut point = vec![0.0; 81];
        point[40] = 1.0;
        let spread = blurred(point, [9, 9]);
        for (n, value) in spread.iter().enumerate() {
            let [x, y] = [n % 9, n / 9].map(|x| x as f32 - 4.0);
            let expected =
                if x.abs().max(y.abs()) < 4.0 { (-0.5 * (x * x + y * y)).exp() / std::f32::consts::TAU } else { 0.0 };
            assert!((value - expected).abs() < 1e-3, "{x} {y}");
        }
    }

    #[test]
    fn steps_along_an_edge_cost_little_and_the_edge_is_found_between_pixels() {
        // An edge half a pixel right of column 9, on pixels twice as high as wide.
        let values = (0..20 * 20).map(|n| if n % 20 < 10 { 0.0 } else { 100.0 }).collect();
        let image = SliceImage::new(values, [20, 20], [0.5, 1.0]).unwrap();
        let costs = Costs::of(&image, &(-75.0..=175.0));
        let (on, off) = (costs.half[10 * 20 + 10], costs.half[10 * 20 + 4]);
        assert!(on[2] * 3 < off[2], "along the edge {} against {}", on[2], off[2]);
        // Twice as far, but for rounding.
        assert!(off[2].abs_diff(2 * off[0]) <= 1);
        let edges = [9, 10].map(|a| costs.edge_near(10 * 20 + a));
        assert!(edges.iter().any(|edge| (edge[0] - 9.5).abs() < 0.1 && edge[1] == 10.0), "{edges:?}");
    }
}
