//! What the organ's own tissue looks like: one attenuation and how far it spreads, robust against what lies between.

use super::lattice::Lattice;

/// How far around a stroke tissue is looked at, in mm, and the standard deviation of its weight: far enough that a vessel or a
/// small tumour under the stroke is outvoted by what surrounds it.
const REACH_MM: f32 = 35.0;
const WEIGHT_MM: f32 = 15.0;
/// Bins of the histogram, in HU, over what soft tissue has.
const BIN_HU: f32 = 2.0;
const SOFT_HU: [f32; 2] = [-40.0, 280.0];
/// Standard deviation of the histogram's smoothing, in bins.
const BLUR_BINS: f32 = 2.5;
/// How much of a peak's surroundings belongs to it, in HU.
const PEAK_HU: f32 = 25.0;
/// Bounds of the spread, in HU: less is noise that diffusion left, more is no tissue but several.
const SPREAD_HU: [f32; 2] = [5.0, 14.0];
/// Strokes longer than this are thinned out before distances to them are taken.
const MOST_PLACES: usize = 48;

/// Attenuation of a tissue on the smoothed image, in HU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tissue {
    pub mean: f32,
    pub spread: f32,
}

impl Tissue {
    /// Median of values, and 1.4826 times their median distance from it.
    pub fn of(values: &mut [f32]) -> Option<Self> {
        let mean = median(values)?;
        values.iter_mut().for_each(|v| *v = (*v - mean).abs());
        let spread = (median(values)? * 1.4826).clamp(SPREAD_HU[0], SPREAD_HU[1]);
        Some(Self { mean, spread })
    }

    /// The tissue around `places`: the highest peak of the smoothed histogram of soft tissue there, weighted by nearness.
    pub fn around(values: &[f32], lattice: &Lattice, places: &[usize]) -> Option<Self> {
        let step = places.len().div_ceil(MOST_PLACES).max(1);
        let places: Vec<[f32; 3]> = places.iter().step_by(step).map(|&at| position(lattice, at)).collect();
        let near = voxels_near(lattice, &places);
        let bins = ((SOFT_HU[1] - SOFT_HU[0]) / BIN_HU) as usize;
        let mut histogram = vec![0.0f32; bins];
        for &(at, weight) in &near {
            let bin = (values[at] - SOFT_HU[0]) / BIN_HU;
            if bin >= 0.0 && (bin as usize) < bins {
                histogram[bin as usize] += weight;
            }
        }
        let blurred = blurred(&histogram);
        let (peak, height) =
            blurred.iter().enumerate().fold((0, 0.0), |best, (n, &h)| if h > best.1 { (n, h) } else { best });
        if height <= 0.0 {
            return None;
        }
        let peak = SOFT_HU[0] + (peak as f32 + 0.5) * BIN_HU;
        let mut own: Vec<f32> =
            near.iter().map(|&(at, _)| values[at]).filter(|v| (v - peak).abs() <= PEAK_HU).collect();
        Self::of(&mut own)
    }
}

fn position(lattice: &Lattice, at: usize) -> [f32; 3] {
    let voxel = lattice.voxel(at);
    std::array::from_fn(|a| voxel[a] as f32 * lattice.side_mm[a])
}

/// Voxels within reach of the places, with their weights.
fn voxels_near(lattice: &Lattice, places: &[[f32; 3]]) -> Vec<(usize, f32)> {
    let bound = |a: usize| {
        let low = places.iter().map(|p| p[a]).fold(f32::INFINITY, f32::min) - REACH_MM;
        let high = places.iter().map(|p| p[a]).fold(f32::NEG_INFINITY, f32::max) + REACH_MM;
        let last = lattice.n[a] - 1;
        ((low / lattice.side_mm[a]).max(0.0) as usize).min(last)
            ..=((high / lattice.side_mm[a]).max(0.0) as usize).min(last)
    };
    let mut near = Vec::new();
    for k in bound(2) {
        for j in bound(1) {
            for i in bound(0) {
                let at = lattice.at([i, j, k]);
                let here = position(lattice, at);
                let square = |p: &[f32; 3]| (0..3).map(|a| (p[a] - here[a]).powi(2)).sum::<f32>();
                let d2 = places.iter().map(square).fold(f32::INFINITY, f32::min);
                if d2 <= REACH_MM * REACH_MM {
                    near.push((at, (-0.5 * d2 / (WEIGHT_MM * WEIGHT_MM)).exp()));
                }
            }
        }
    }
    near
}

fn blurred(histogram: &[f32]) -> Vec<f32> {
    let reach = (3.0 * BLUR_BINS) as usize;
    let weight = |d: usize| (-0.5 * (d as f32 / BLUR_BINS).powi(2)).exp();
    (0..histogram.len())
        .map(|n| {
            let window = n.saturating_sub(reach)..(n + reach + 1).min(histogram.len());
            window.map(|m| histogram[m] * weight(m.abs_diff(n))).sum()
        })
        .collect()
}

/// The middle value (the upper one of two); none of nothing.
pub(super) fn median(values: &mut [f32]) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}
