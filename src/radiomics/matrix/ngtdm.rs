//! Tone differences: how far a voxel's gray level is from the mean of its 26 neighbours (Amadasun and King 1989; IBSI
//! section 3.10). Neighbours outside the VOI do not count; a voxel without any differs by 0.

use super::glszm::all_neighbours;
use crate::radiomics::discretize::Levels;

/// One gray level of the matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Gray level, from 1 on.
    pub level: f64,
    /// Number of voxels that have it.
    pub count: f64,
    /// Sum of their differences from the mean of their neighbours.
    pub difference: f64,
}

/// The gray levels present, ascending.
pub fn count(levels: &Levels) -> Vec<Tone> {
    let strides = all_neighbours(levels);
    // The gray level of each rank, 0 outside the VOI, so that a sum needs no test.
    let level_of: Vec<u32> = std::iter::once(0).chain(levels.present.iter().copied()).collect();
    let blank = |&level: &u32| Tone { level: f64::from(level), count: 0.0, difference: 0.0 };
    let mut tones: Vec<Tone> = levels.present.iter().map(blank).collect();
    for &voxel in &levels.voxels {
        let rank = levels.ranks[voxel as usize] as usize;
        let (mut neighbours, mut sum) = (0u32, 0u64);
        for &stride in &strides {
            let other = levels.ranks[(voxel as isize + stride) as usize] as usize;
            neighbours += u32::from(other != 0);
            sum += u64::from(level_of[other]);
        }
        let tone = &mut tones[rank - 1];
        tone.count += 1.0;
        if neighbours > 0 {
            tone.difference += (tone.level - sum as f64 / f64::from(neighbours)).abs();
        }
    }
    tones
}
