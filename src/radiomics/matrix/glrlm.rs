//! Runs: neighbours in a line with one gray level (Galloway 1975; IBSI section 3.7).
//!
//! One matrix for each direction, or their weighted sum. Directions along which no line holds two voxels of the VOI are left out.
//!
//! A voxel's place in its run is one more than that of the voxel before it. As many voxels have the place `n` as there are runs
//! of `n` and more, so that places are all that is counted, and no run is looked for.

use rayon::prelude::*;

use super::SizeMatrix;
use super::direction::{Step, half_space, length_mm};
use crate::base::widest;
use crate::radiomics::discretize::Levels;
use crate::radiomics::frame::{Frame, Span};
use crate::radiomics::protocol::TextureSettings;

/// The matrices of all directions, in the order of the directions; where directions are weighted, the one sum of them.
pub fn count(levels: &Levels, settings: &TextureSettings, spacing_mm: [f64; 3]) -> Vec<SizeMatrix> {
    let steps = half_space(levels.frame.inner_shape(), &[1], settings.force_2d);
    let matrices: Vec<Option<SizeMatrix>> = steps.par_iter().map(|&step| along(levels, step)).collect();
    let Some(norm) = settings.weighting else { return matrices.into_iter().flatten().collect() };
    // PyRadiomics weighs runs by a direction's length itself, other than pairs.
    let weighted = matrices.iter().zip(&steps).filter_map(|(matrix, &step)| {
        let weight = length_mm(step, spacing_mm, norm);
        matrix.as_ref().map(|matrix| (weight, matrix))
    });
    let sum = SizeMatrix::weighted_sum(weighted);
    if sum.cells.is_empty() { Vec::new() } else { vec![sum] }
}

fn along(levels: &Levels, step: Step) -> Option<SizeMatrix> {
    let longest = levels.frame.inner_shape().into_iter().max().unwrap_or(1);
    let mut at_least = vec![0u64; levels.count() * longest];
    let mut tallies = vec![[0u32; SHORT]; TURNS * (levels.count() + 1)];
    places_in_runs(levels, step, &mut tallies, longest, &mut at_least);
    for (rank, row) in at_least.chunks_exact_mut(longest).enumerate() {
        for tally in tallies.chunks_exact(levels.count() + 1) {
            row.iter_mut().zip(&tally[rank + 1]).for_each(|(sum, &count)| *sum += u64::from(count));
        }
    }
    for row in at_least.chunks_exact_mut(longest) {
        for size in 0..longest - 1 {
            row[size] -= row[size + 1];
        }
    }
    has_a_line_of_two(levels, step).then(|| SizeMatrix::from_counts(&at_least, longest, &levels.present))
}

/// Places up to here are counted apart, in tables that take turns, so that an addition need not wait for the one before it on
/// the same cell; hardly any run is longer.
const SHORT: usize = 16;
const TURNS: usize = 4;

widest! {
/// Counts the voxels by rank and place in their run: short ones in `tallies`, a table a turn and a row a rank, others in `counts`,
/// rows of `longest`.
fn places_in_runs[](
    levels: &Levels,
    step: Step,
    tallies: &mut [[u32; SHORT]],
    longest: usize,
    counts: &mut [u64],
) {
    let frame = levels.frame;
    let stride = frame.stride(step);
    let n_ranks = levels.count() + 1;
    let mut plane = Places::new(frame);
    let mut here = vec![0u16; frame.shape[2]];
    for &span in &frame.spans {
        let ranks = &levels.ranks[span.cells()];
        let here = &mut here[..ranks.len()];
        if step == [0, 0, 1] {
            along_the_row(ranks, here);
        } else {
            let before = &levels.ranks[span.shifted(-stride)];
            let places = plane.before(span, step);
            for (((here, &rank), &before), &place) in here.iter_mut().zip(ranks).zip(before).zip(places) {
                // What lies outside the VOI has rank 0 and equals none. Without a branch several are compared at once.
                *here = (place & u16::from(rank == before).wrapping_neg()) + 1;
            }
            plane.keep(span, here);
        }
        for (i, (&rank, &place)) in ranks.iter().zip(here.iter()).enumerate() {
            let (rank, place) = (rank as usize, place as usize - 1);
            if place < SHORT {
                tallies[i % TURNS * n_ranks + rank][place] += 1;
            } else {
                counts[(rank - 1) * longest + place] += 1;
            }
        }
    }
}
}

#[inline(always)]
fn along_the_row(ranks: &[u16], here: &mut [u16]) {
    let (mut before, mut place) = (0, 0);
    for (here, &rank) in here.iter_mut().zip(ranks) {
        place = if rank == before { place + 1 } else { 1 };
        before = rank;
        *here = place;
    }
}

/// Places in runs of the voxels of the present slice and of the one before it. Cells outside the VOI have none that means
/// anything, and none is asked for.
struct Places {
    cells: usize,
    columns: usize,
    slices: [Vec<u16>; 2],
}

impl Places {
    fn new(frame: &Frame) -> Self {
        let cells = frame.shape[1] * frame.shape[2];
        Self { cells, columns: frame.shape[2], slices: [vec![0; cells], vec![0; cells]] }
    }

    /// The places of the cells from which a step leads to those of a span.
    #[inline(always)]
    fn before(&self, span: Span, [slices, rows, columns]: Step) -> &[u16] {
        let (slice, cell) = self.split(span);
        let first = (cell as isize - rows * self.columns as isize - columns) as usize;
        &self.slices[(slice + slices as usize) % 2][first..first + span.length as usize]
    }

    #[inline(always)]
    fn keep(&mut self, span: Span, places: &[u16]) {
        let (slice, cell) = self.split(span);
        self.slices[slice % 2][cell..cell + places.len()].copy_from_slice(places);
    }

    fn split(&self, span: Span) -> (usize, usize) {
        (span.first as usize / self.cells, span.first as usize % self.cells)
    }
}

/// Whether any line in this direction holds more than one voxel of the VOI, touching or not.
fn has_a_line_of_two(levels: &Levels, step: Step) -> bool {
    let frame = levels.frame;
    let stride = frame.stride(step);
    let touches = |span: &Span| levels.ranks[span.shifted(stride)].iter().any(|&rank| rank != 0);
    if frame.spans.iter().any(touches) {
        return true;
    }
    // Only scattered voxels come here. The empty cells around the VOI end every line.
    let mut seen = std::collections::HashSet::new();
    let mut cells = frame.spans.iter().flat_map(|span| span.cells());
    cells.any(|cell| !seen.insert(first_of_line(frame, cell as isize, stride)))
}

/// The outermost cell from which a voxel's line enters the frame.
fn first_of_line(frame: &Frame, mut cell: isize, stride: isize) -> isize {
    let [slices, rows, columns] = frame.shape;
    let is_outermost = |cell: isize| {
        let cell = cell as usize;
        let (slice, row, column) = (cell / (rows * columns), cell / columns % rows, cell % columns);
        slice == 0 || row == 0 || column == 0 || slice == slices - 1 || row == rows - 1 || column == columns - 1
    };
    while !is_outermost(cell) {
        cell -= stride;
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::of_row;
    use crate::radiomics::matrix::Cell;
    use crate::radiomics::matrix::tests::levels_of;
    use crate::radiomics::protocol::Weighting;
    use crate::radiomics::region::Region;

    fn cell(level: f64, size: f64, count: f64) -> Cell {
        Cell { level, size, count }
    }

    #[test]
    fn runs_of_a_row() {
        let frame = of_row(4, 1);
        let matrices = count(&levels_of(&frame, &[0.0, 0.0, 1.0, 0.0]), &TextureSettings::default(), [1.0; 3]);
        assert_eq!(
            matrices,
            [SizeMatrix { cells: vec![cell(1.0, 1.0, 1.0), cell(1.0, 2.0, 1.0), cell(2.0, 1.0, 1.0)] }]
        );
    }

    /// A cube of two slices, rows and columns whose first slice has one level and the second another but for one voxel.
    #[test]
    fn runs_across_rows_and_slices() {
        let places = (0..8).map(|i| [i / 4, i / 2 % 2, i % 2]).collect();
        let region = Region { shape: [2; 3], corner: [0; 3], spacing_mm: [1.0; 3], places };
        let frame = Frame::of(&region, 1).unwrap();
        let levels = levels_of(&frame, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        // Along a slice's diagonal, row and column one step on.
        let diagonal = along(&levels, [0, 1, 1]).unwrap();
        let expected = [cell(1.0, 1.0, 3.0), cell(1.0, 2.0, 1.0), cell(2.0, 1.0, 3.0)];
        assert_eq!(diagonal.cells, expected);
        // From slice to slice.
        let upright = along(&levels, [1, 0, 0]).unwrap();
        assert_eq!(upright.cells, [cell(1.0, 1.0, 3.0), cell(1.0, 2.0, 1.0), cell(2.0, 1.0, 3.0)]);
    }

    #[test]
    fn weighted_directions_are_one_matrix() {
        let settings = TextureSettings { weighting: Some(Weighting::Euclidean), ..TextureSettings::default() };
        let frame = of_row(3, 1);
        let matrices = count(&levels_of(&frame, &[0.0, 0.0, 1.0]), &settings, [1.0, 1.0, 2.5]);
        assert_eq!(matrices, [SizeMatrix { cells: vec![cell(1.0, 2.0, 2.5), cell(2.0, 1.0, 2.5)] }]);
    }
}
