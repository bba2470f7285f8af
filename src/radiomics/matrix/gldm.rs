//! Dependence: how many of the 26 neighbours have a voxel's own gray level, plus the voxel itself (Sun and Wee 1983; IBSI
//! section 3.11, with distance 1 and alpha 0).

use super::SizeMatrix;
use super::glszm::all_neighbours;
use crate::radiomics::discretize::Levels;

/// The most that a voxel can depend on: its 26 neighbours and itself.
const MOST: usize = 27;

/// The matrix of gray level by dependence.
pub fn count(levels: &Levels) -> SizeMatrix {
    let strides = all_neighbours(levels);
    let mut counts = vec![0u64; levels.count() * MOST];
    for &voxel in &levels.voxels {
        let rank = levels.ranks[voxel as usize];
        let same = |stride: &&isize| levels.ranks[(voxel as isize + **stride) as usize] == rank;
        let dependence = strides.iter().filter(same).count();
        counts[(rank as usize - 1) * MOST + dependence] += 1;
    }
    SizeMatrix::from_counts(&counts, MOST, &levels.present)
}
