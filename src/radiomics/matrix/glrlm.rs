//! Runs: neighbours in a line with one gray level (Galloway 1975; IBSI section 3.7).
//!
//! One matrix for each of the 13 directions; directions along which no line holds two voxels of the VOI are left out.

use rayon::prelude::*;

use super::SizeMatrix;
use crate::radiomics::discretize::Levels;

/// The matrices of all directions, in the order of the directions.
pub fn count(levels: &Levels) -> Vec<SizeMatrix> {
    levels.directions().into_par_iter().filter_map(|direction| along(levels, levels.stride(direction))).collect()
}

fn along(levels: &Levels, stride: isize) -> Option<SizeMatrix> {
    let longest = levels.shape.iter().copied().max().unwrap_or(1);
    let mut counts = vec![0u64; levels.count() * longest];
    let at = |index: isize| levels.ranks[index as usize];
    for &voxel in &levels.voxels {
        let start = voxel as isize;
        let rank = at(start);
        if at(start - stride) == rank {
            continue;
        }
        let mut length = 1;
        while at(start + length as isize * stride) == rank {
            length += 1;
        }
        counts[(rank as usize - 1) * longest + length - 1] += 1;
    }
    has_a_line_of_two(levels, stride).then(|| SizeMatrix::from_counts(&counts, longest, &levels.present))
}

/// Whether any line in this direction holds more than one voxel of the VOI, touching or not.
fn has_a_line_of_two(levels: &Levels, stride: isize) -> bool {
    if levels.voxels.iter().any(|&voxel| levels.ranks[(voxel as isize + stride) as usize] != 0) {
        return true;
    }
    // Only scattered voxels come here. The empty border of the box ends every line.
    let mut seen = std::collections::HashSet::new();
    levels.voxels.iter().any(|&voxel| !seen.insert(first_of_line(levels, voxel as isize, stride)))
}

/// The border cell from which a voxel's line enters the box.
fn first_of_line(levels: &Levels, mut index: isize, stride: isize) -> isize {
    let [slices, rows, columns] = levels.shape;
    let in_border = |index: isize| {
        let index = index as usize;
        let (slice, row, column) = (index / (rows * columns), index / columns % rows, index % columns);
        slice == 0 || row == 0 || column == 0 || slice == slices - 1 || row == rows - 1 || column == columns - 1
    };
    while !in_border(index) {
        index -= stride;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::discretize::tests::levels_of_row;
    use crate::radiomics::matrix::Cell;
    use crate::radiomics::protocol::Binning;

    #[test]
    fn runs_of_a_row() {
        let levels = levels_of_row(&[0.0, 0.0, 1.0, 0.0], Binning::BinWidth(1.0)).unwrap();
        let matrices = count(&levels);
        let cells = [
            Cell { level: 1.0, size: 1.0, count: 1.0 },
            Cell { level: 1.0, size: 2.0, count: 1.0 },
            Cell { level: 2.0, size: 1.0, count: 1.0 },
        ];
        assert_eq!(matrices, [SizeMatrix { cells: cells.to_vec() }]);
    }
}
