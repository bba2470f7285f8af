//! Neighbouring gray tone difference features (Amadasun and King 1989; IBSI section 3.10).
//!
//! p is the share of voxels that have gray level i, s the sum of their differences; only levels present are in the matrix.

use super::Named;
use crate::radiomics::matrix::neighbourhood::Tone;

/// What coarseness is where nothing differs, in place of infinity.
const COARSENESS_OF_UNIFORM: f64 = 1e6;

/// The features, by name.
pub const TABLE: &[Named<[Tone]>] = &[
    ("Busyness", busyness),
    ("Coarseness", coarseness),
    ("Complexity", complexity),
    ("Contrast", contrast),
    ("Strength", strength),
];

fn voxels(tones: &[Tone]) -> f64 {
    tones.iter().map(|tone| tone.count).sum()
}

/// Sum of p s.
fn weighted_difference(tones: &[Tone]) -> f64 {
    let n = voxels(tones);
    tones.iter().map(|tone| tone.count / n * tone.difference).sum()
}

/// Sum over all pairs of levels.
fn over_pairs(tones: &[Tone], term: impl Fn(&Tone, &Tone) -> f64) -> f64 {
    tones.iter().map(|a| tones.iter().map(|b| term(a, b)).sum::<f64>()).sum()
}

/// Sum of p s over sum of |i p_i - j p_j|; 0 for one level. IBSI NQ30.
fn busyness(tones: &[Tone]) -> f64 {
    let n = voxels(tones);
    let spread = over_pairs(tones, |a, b| (a.level * (a.count / n) - b.level * (b.count / n)).abs());
    if spread == 0.0 { 0.0 } else { weighted_difference(tones) / spread }
}

/// 1 over sum of p s. IBSI QCDE.
fn coarseness(tones: &[Tone]) -> f64 {
    let difference = weighted_difference(tones);
    if difference == 0.0 { COARSENESS_OF_UNIFORM } else { 1.0 / difference }
}

/// Mean over voxels of |i - j| (p_i s_i + p_j s_j) / (p_i + p_j). IBSI HDEZ.
fn complexity(tones: &[Tone]) -> f64 {
    let n = voxels(tones);
    let term = |a: &Tone, b: &Tone| {
        let (pa, pb) = (a.count / n, b.count / n);
        (a.level - b.level).abs() * (pa * a.difference + pb * b.difference) / (pa + pb)
    };
    over_pairs(tones, term) / n
}

/// Sum of p_i p_j (i - j)^2 over Ngp (Ngp - 1), times the mean difference; 0 for one level. IBSI 65HE.
fn contrast(tones: &[Tone]) -> f64 {
    let n = voxels(tones);
    let levels = tones.len() as f64;
    if tones.len() < 2 {
        return 0.0;
    }
    let variance = over_pairs(tones, |a, b| a.count / n * (b.count / n) * (a.level - b.level) * (a.level - b.level));
    let difference: f64 = tones.iter().map(|tone| tone.difference).sum();
    variance * difference / n / (levels * (levels - 1.0))
}

/// Sum of (p_i + p_j) (i - j)^2 over the sum of differences; 0 where nothing differs. IBSI 1X9X.
fn strength(tones: &[Tone]) -> f64 {
    let n = voxels(tones);
    let difference: f64 = tones.iter().map(|tone| tone.difference).sum();
    let term = |a: &Tone, b: &Tone| (a.count / n + b.count / n) * (a.level - b.level) * (a.level - b.level);
    if difference == 0.0 { 0.0 } else { over_pairs(tones, term) / difference }
}
