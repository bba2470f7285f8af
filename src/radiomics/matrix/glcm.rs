//! Gray level co-occurrence: how often two levels lie a step apart (Haralick et al. 1973; IBSI section 3.6).
//!
//! One matrix for each direction, or their weighted sum. Directions along which no two voxels meet are left out.

use rayon::prelude::*;

use super::direction::{Step, half_space, length_mm};
use crate::base::{Cancelled, Progress, widest};
use crate::radiomics::discretize::Levels;
use crate::radiomics::protocol::{TextureSettings, Weighting};

/// A matrix of probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Glcm {
    /// Gray levels present, ascending.
    pub levels: Vec<f64>,
    /// Probability of a voxel's rank and its neighbour's, row by row: `levels.len()` squared.
    pub p: Vec<f64>,
    /// The highest gray level of the VOI (PyRadiomics' Ng).
    pub highest: f64,
}

/// What `of` makes of each direction's matrix, in the order of the directions; where directions are weighted, of the one sum of
/// them. A matrix is forgotten as soon as `of` has seen it, since one of many gray levels is large.
pub fn each_direction<R: Send>(
    levels: &Levels,
    settings: &TextureSettings,
    spacing_mm: [f64; 3],
    progress: &Progress,
    of: impl Fn(&Glcm) -> Result<R, Cancelled> + Sync,
) -> Result<Vec<R>, Cancelled> {
    let steps = half_space(levels.frame.inner_shape(), &settings.distances, settings.force_2d);
    let symmetrical = settings.symmetrical_glcm;
    if let Some(norm) = settings.weighting {
        let mut sum = vec![0.0; levels.count() * levels.count()];
        for step in steps {
            progress.check()?;
            let weight = weight(step, norm, spacing_mm);
            sum.iter_mut().zip(along(levels, step, symmetrical)).for_each(|(sum, count)| *sum += count * weight);
        }
        return normalized(sum, levels).iter().map(of).collect();
    }
    let of_directions = steps.par_iter().map(|&step| {
        progress.check()?;
        normalized(along(levels, step, symmetrical), levels).map(|matrix| of(&matrix)).transpose()
    });
    let of_directions: Vec<Option<R>> = of_directions.collect::<Result<_, Cancelled>>()?;
    Ok(of_directions.into_iter().flatten().collect())
}

/// PyRadiomics weighs a direction by exp(-length^2), and every direction by 1 without a norm.
fn weight(step: Step, norm: Weighting, spacing_mm: [f64; 3]) -> f64 {
    let length = length_mm(step, spacing_mm, norm);
    if norm == Weighting::NoWeighting { 1.0 } else { (-length * length).exp() }
}

fn normalized(mut counts: Vec<f64>, levels: &Levels) -> Option<Glcm> {
    let total: f64 = counts.iter().sum();
    counts.iter_mut().for_each(|count| *count /= total);
    let present = levels.present.iter().map(|&level| f64::from(level)).collect();
    (total > 0.0).then(|| Glcm { levels: present, p: counts, highest: f64::from(levels.highest()) })
}

/// Counts of the pairs of ranks a step apart.
fn along(levels: &Levels, step: Step, symmetrical: bool) -> Vec<f64> {
    let n = levels.count();
    // Row and column 0 gather the neighbours outside the VOI.
    let width = n + 1;
    let pairs = pairs(levels, levels.frame.stride(step), width);
    let pair = |a: usize, b: usize| f64::from(pairs[(a + 1) * width + b + 1]);
    let both = |a: usize, b: usize| if symmetrical { pair(a, b) + pair(b, a) } else { pair(a, b) };
    (0..n * n).map(|ab| both(ab / n, ab % n)).collect()
}

/// Tables that take turns while a matrix is small, so that an addition need not wait for the one before it on the same cell.
const TURNS: usize = 4;
/// Cells up to which they do; beyond, tables would push each other out of the nearest cache.
const SMALL: usize = 2048;

widest! {
fn pairs[](levels: &Levels, stride: isize, width: usize) -> Vec<u32> {
    let size = width * width;
    let turns = if size <= SMALL { TURNS } else { 1 };
    let mut tables = vec![0u32; turns * size];
    for span in &levels.frame.spans {
        let (here, there) = (&levels.ranks[span.cells()], &levels.ranks[span.shifted(stride)]);
        if turns == TURNS {
            let (first, rest) = tables.split_at_mut(size);
            let (second, rest) = rest.split_at_mut(size);
            let (third, fourth) = rest.split_at_mut(size);
            let (here, here_rest) = here.as_chunks::<TURNS>();
            let (there, there_rest) = there.as_chunks::<TURNS>();
            for (a, b) in here.iter().zip(there) {
                first[a[0] as usize * width + b[0] as usize] += 1;
                second[a[1] as usize * width + b[1] as usize] += 1;
                third[a[2] as usize * width + b[2] as usize] += 1;
                fourth[a[3] as usize * width + b[3] as usize] += 1;
            }
            for (&a, &b) in here_rest.iter().zip(there_rest) {
                first[a as usize * width + b as usize] += 1;
            }
        } else {
            for (&a, &b) in here.iter().zip(there) {
                tables[a as usize * width + b as usize] += 1;
            }
        }
    }
    (0..size).map(|cell| tables[cell..].iter().step_by(size).sum()).collect()
}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::of_row;
    use crate::radiomics::matrix::tests::levels_of;

    fn matrices(values: &[f64], settings: &TextureSettings) -> Vec<Glcm> {
        let frame = of_row(values.len(), 2);
        let levels = levels_of(&frame, values);
        each_direction(&levels, settings, [2.0; 3], &Progress::new(), |matrix| Ok(matrix.clone())).unwrap()
    }

    #[test]
    fn pairs_in_a_row_are_counted_both_ways() {
        let matrices = matrices(&[0.0, 0.0, 1.0], &TextureSettings::default());
        assert_eq!(matrices.len(), 1);
        assert_eq!(matrices[0].p, [0.5, 0.25, 0.25, 0.0]);
    }

    #[test]
    fn pairs_counted_one_way_have_the_voxel_first() {
        let settings = TextureSettings { symmetrical_glcm: false, ..TextureSettings::default() };
        assert_eq!(matrices(&[0.0, 0.0, 1.0], &settings)[0].p, [0.5, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn distances_make_directions_of_their_own_and_weights_make_one_of_them() {
        let distances = TextureSettings { distances: vec![1, 2], ..TextureSettings::default() };
        let apart = matrices(&[0.0, 0.0, 1.0, 1.0], &distances);
        assert_eq!(
            apart.iter().map(|m| m.p.clone()).collect::<Vec<_>>(),
            [vec![1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 3.0], vec![0.0, 0.5, 0.5, 0.0]]
        );
        let settings = TextureSettings { weighting: Some(Weighting::Euclidean), ..distances };
        let sum = matrices(&[0.0, 0.0, 1.0, 1.0], &settings);
        // Steps of 2 and 4 mm weigh exp(-4) and exp(-16); three and two pairs, each counted both ways.
        let (near, far) = ((-4.0f64).exp(), (-16.0f64).exp());
        let total = 6.0 * near + 4.0 * far;
        assert_eq!(
            sum[0].p,
            [2.0 * near / total, (near + 2.0 * far) / total, (near + 2.0 * far) / total, 2.0 * near / total]
        );
    }
}
