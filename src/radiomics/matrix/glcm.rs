//! Gray level co-occurrence: how often two levels lie next to each other (Haralick et al. 1973; IBSI section 3.6).
//!
//! Distance 1, one symmetric matrix for each of the 13 directions; directions along which no two voxels touch are left out.

use rayon::prelude::*;

use crate::radiomics::discretize::Levels;

/// A symmetric matrix of probabilities for one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Glcm {
    /// Gray levels present, ascending.
    pub levels: Vec<f64>,
    /// Probability of the pair of ranks, row by row: `levels.len()` squared.
    pub p: Vec<f64>,
    /// The highest gray level of the VOI (PyRadiomics' Ng).
    pub highest: f64,
}

/// The matrices of all directions, in the order of the directions.
pub fn count(levels: &Levels) -> Vec<Glcm> {
    levels.directions().into_par_iter().filter_map(|direction| along(levels, levels.stride(direction))).collect()
}

fn along(levels: &Levels, stride: isize) -> Option<Glcm> {
    let n = levels.count();
    // Row and column 0 gather the neighbours outside the VOI.
    let width = n + 1;
    let mut counts = vec![0u32; width * width];
    for &voxel in &levels.voxels {
        let here = levels.ranks[voxel as usize] as usize;
        let there = levels.ranks[(voxel as isize + stride) as usize] as usize;
        counts[here * width + there] += 1;
    }
    let pair = |a: usize, b: usize| u64::from(counts[(a + 1) * width + b + 1]);
    let total: u64 = (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).map(|(a, b)| pair(a, b)).sum();
    if total == 0 {
        return None;
    }
    let twice = (2 * total) as f64;
    let mut p = Vec::with_capacity(n * n);
    for a in 0..n {
        p.extend((0..n).map(|b| (pair(a, b) + pair(b, a)) as f64 / twice));
    }
    let highest = f64::from(levels.highest());
    Some(Glcm { levels: levels.present.iter().map(|&level| f64::from(level)).collect(), p, highest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::discretize::tests::levels_of_row;
    use crate::radiomics::protocol::Binning;

    #[test]
    fn pairs_in_a_row_are_counted_both_ways() {
        let levels = levels_of_row(&[0.0, 0.0, 1.0], Binning::BinWidth(1.0)).unwrap();
        let matrices = count(&levels);
        assert_eq!(matrices.len(), 1);
        assert_eq!(matrices[0].p, [0.5, 0.25, 0.25, 0.0]);
    }
}
