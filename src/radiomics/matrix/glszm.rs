//! Zones: 26-connected voxels of one gray level (Thibault et al. 2009; IBSI section 3.8).

use super::{Cell, SizeMatrix};
use crate::radiomics::discretize::Levels;

/// The matrix of zones, over all directions at once.
pub fn count(levels: &Levels) -> SizeMatrix {
    let strides = all_neighbours(levels);
    let mut zone_of = levels.ranks.clone();
    let mut zones: Vec<(u16, u32)> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for &seed in &levels.voxels {
        let rank = zone_of[seed as usize];
        if rank == 0 {
            continue;
        }
        // What a zone has taken is cleared, so that each voxel is taken once.
        zone_of[seed as usize] = 0;
        open.push(seed);
        let mut size = 0;
        while let Some(voxel) = open.pop() {
            size += 1;
            for &stride in &strides {
                let neighbour = (voxel as isize + stride) as usize;
                if zone_of[neighbour] == rank {
                    zone_of[neighbour] = 0;
                    open.push(neighbour as u32);
                }
            }
        }
        zones.push((rank, size));
    }
    from_zones(zones, &levels.present)
}

/// Steps to the neighbours on all sides.
pub(super) fn all_neighbours(levels: &Levels) -> Vec<isize> {
    let half = levels.directions().into_iter().map(|direction| levels.stride(direction));
    half.flat_map(|stride| [stride, -stride]).collect()
}

fn from_zones(mut zones: Vec<(u16, u32)>, present: &[u32]) -> SizeMatrix {
    zones.sort_unstable();
    let cells = zones.chunk_by(|a, b| a == b).map(|same| Cell {
        level: f64::from(present[same[0].0 as usize - 1]),
        size: f64::from(same[0].1),
        count: same.len() as f64,
    });
    SizeMatrix { cells: cells.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::discretize::tests::levels_of_row;
    use crate::radiomics::protocol::Binning;

    #[test]
    fn equal_zones_share_a_cell() {
        let levels = levels_of_row(&[0.0, 0.0, 1.0, 0.0, 0.0], Binning::BinWidth(1.0)).unwrap();
        let cells = [Cell { level: 1.0, size: 2.0, count: 2.0 }, Cell { level: 2.0, size: 1.0, count: 1.0 }];
        assert_eq!(count(&levels).cells, cells);
    }
}
