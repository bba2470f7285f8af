//! What lies around each voxel, in one pass: dependence, the neighbours whose gray level is a voxel's own (GLDM: Sun and Wee
//! 1983; IBSI section 3.11), and tone difference, how far a level is from the mean of its neighbours (NGTDM: Amadasun and King
//! 1989; IBSI section 3.10). Neighbours outside the VOI do not count.

use super::SizeMatrix;
use super::direction::half_space;
use crate::base::widest;
use crate::radiomics::discretize::Levels;
use crate::radiomics::protocol::TextureSettings;

/// One gray level of the matrix of tone differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Gray level, from 1 on.
    pub level: f64,
    /// Number of voxels that have it.
    pub count: f64,
    /// Sum of their differences from the mean of their neighbours; a voxel without neighbours differs by 0.
    pub difference: f64,
}

/// Both matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhood {
    /// Gray level by number of dependent voxels, the voxel itself included.
    pub dependence: SizeMatrix,
    /// The gray levels present, ascending.
    pub tones: Vec<Tone>,
}

/// Looks around each voxel.
pub fn count(levels: &Levels, settings: &TextureSettings) -> Neighbourhood {
    let frame = levels.frame;
    let half = half_space(frame.inner_shape(), &settings.distances, settings.force_2d);
    let strides: Vec<isize> =
        half.iter().map(|&step| frame.stride(step)).flat_map(|stride| [stride, -stride]).collect();
    // Levels differ by whole numbers.
    let alpha = settings.gldm_alpha.clamp(0.0, f64::from(u16::MAX)) as u16;
    let mut tallies = Tallies::new(levels.count(), strides.len() + 1);
    tally(levels, &strides, alpha, &mut tallies);
    Neighbourhood {
        dependence: SizeMatrix::from_counts(&tallies.dependent, tallies.sizes, &levels.present),
        tones: tallies.tones(levels),
    }
}

/// Counts by rank (row) and number of neighbours (column).
struct Tallies {
    sizes: usize,
    /// Voxels by their dependent neighbours.
    dependent: Vec<u64>,
    /// Sum of |n level - sum of the n neighbours' levels| over voxels of n neighbours: whole numbers, which add up to the same in
    /// any order.
    differences: Vec<u64>,
}

impl Tallies {
    fn new(n_levels: usize, sizes: usize) -> Self {
        Self { sizes, dependent: vec![0; n_levels * sizes], differences: vec![0; n_levels * sizes] }
    }

    fn tones(&self, levels: &Levels) -> Vec<Tone> {
        let rows = self.differences.chunks_exact(self.sizes).zip(&levels.present).zip(&levels.n_voxels);
        let tone = |((row, &level), &count): ((&[u64], &u32), &u64)| Tone {
            level: f64::from(level),
            count: count as f64,
            difference: row.iter().enumerate().skip(1).map(|(n, &sum)| sum as f64 / n as f64).sum(),
        };
        rows.map(tone).collect()
    }
}

/// Voxels that are looked at together.
const TOGETHER: usize = 64;

widest! {
fn tally[](levels: &Levels, strides: &[isize], alpha: u16, tallies: &mut Tallies) {
    let cells = levels.by_cell();
    let cells: &[u16] = &cells;
    for span in &levels.frame.spans {
        let mut first = span.first as usize;
        let end = first + span.length as usize;
        while first < end {
            let n = TOGETHER.min(end - first);
            let around = around(cells, first, n, strides, alpha);
            for i in 0..n {
                let row = (levels.ranks[first + i] as usize - 1) * tallies.sizes;
                let neighbours = u32::from(around.neighbours[i]);
                let level = u32::from(cells[first + i]);
                tallies.dependent[row + around.dependent[i] as usize] += 1;
                tallies.differences[row + neighbours as usize] +=
                    u64::from((neighbours * level).abs_diff(around.sums[i]));
            }
            first += n;
        }
    }
}
}

/// For voxels side by side: neighbours inside the VOI, those of them that depend, and the sum of their levels.
struct Around {
    neighbours: [u16; TOGETHER],
    dependent: [u16; TOGETHER],
    sums: [u32; TOGETHER],
}

#[inline(always)]
fn around(cells: &[u16], first: usize, n: usize, strides: &[isize], alpha: u16) -> Around {
    let mut around = Around { neighbours: [0; TOGETHER], dependent: [0; TOGETHER], sums: [0; TOGETHER] };
    // Levels of what is looked at; beyond a span's end what follows is looked at too, and not counted.
    let mut here = [0u16; TOGETHER];
    here[..n].copy_from_slice(&cells[first..first + n]);
    let mut there = [0u16; TOGETHER];
    for &stride in strides {
        let from = (first as isize + stride) as usize;
        match cells.get(from..from + TOGETHER) {
            Some(all) => there.copy_from_slice(all),
            None => there[..n].copy_from_slice(&cells[from..from + n]),
        }
        for i in 0..TOGETHER {
            let is_inside = u16::from(there[i] != 0);
            let is_near = u16::from(there[i].abs_diff(here[i]) <= alpha);
            around.neighbours[i] += is_inside;
            around.dependent[i] += is_inside & is_near;
            around.sums[i] += u32::from(there[i]);
        }
    }
    around
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::{of_box, of_row};
    use crate::radiomics::matrix::Cell;
    use crate::radiomics::matrix::tests::levels_of;

    fn cell(level: f64, size: f64, count: f64) -> Cell {
        Cell { level, size, count }
    }

    #[test]
    fn a_voxel_depends_on_neighbours_of_its_own_level() {
        let frame = of_row(4, 1);
        let found = count(&levels_of(&frame, &[0.0, 0.0, 0.0, 2.0]), &TextureSettings::default());
        assert_eq!(found.dependence.cells, [cell(1.0, 2.0, 2.0), cell(1.0, 3.0, 1.0), cell(3.0, 1.0, 1.0)]);
        // Level 3 has one neighbour of level 1; of the three ones the last has neighbours of levels 1 and 3.
        assert_eq!(
            found.tones,
            [Tone { level: 1.0, count: 3.0, difference: 1.0 }, Tone { level: 3.0, count: 1.0, difference: 2.0 }]
        );
    }

    #[test]
    fn alpha_widens_what_depends() {
        let frame = of_row(3, 1);
        let settings = TextureSettings { gldm_alpha: 2.0, ..TextureSettings::default() };
        let found = count(&levels_of(&frame, &[0.0, 2.0, 5.0]), &settings);
        assert_eq!(found.dependence.cells, [cell(1.0, 2.0, 1.0), cell(3.0, 2.0, 1.0), cell(6.0, 1.0, 1.0)]);
    }

    #[test]
    fn all_26_neighbours_and_98_at_distance_2_are_seen() {
        let frame = of_box([5, 5, 5], 2);
        let levels = levels_of(&frame, &[0.0; 125]);
        let most = |distances: Vec<u32>| {
            let settings = TextureSettings { distances, ..TextureSettings::default() };
            count(&levels, &settings).dependence.cells.last().map(|cell| cell.size)
        };
        assert_eq!(most(vec![1]), Some(27.0));
        assert_eq!(most(vec![2]), Some(99.0));
    }
}
