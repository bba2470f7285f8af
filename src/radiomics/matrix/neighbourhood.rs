//! What lies around each voxel, in one pass: dependence, the neighbours whose gray level is a voxel's own (GLDM: Sun and Wee
//! 1983; IBSI section 3.11), and tone difference, how far a level is from the mean of its neighbours (NGTDM: Amadasun and King
//! 1989; IBSI section 3.10). Neighbours outside the VOI do not count.

use std::collections::BTreeMap;
use std::ops::{AddAssign, BitAnd};

use super::direction::half_space;
use super::{Cell, SizeMatrix};
use crate::base::{Cancelled, Progress, widest};
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
pub fn count(levels: &Levels, settings: &TextureSettings, progress: &Progress) -> Result<Neighbourhood, Cancelled> {
    let frame = levels.frame;
    let half = half_space(frame.inner_shape(), &settings.distances, settings.force_2d);
    let strides: Vec<isize> =
        half.iter().map(|&step| frame.stride(step)).flat_map(|stride| [stride, -stride]).collect();
    // Levels differ by whole numbers.
    let alpha = settings.gldm_alpha.clamp(0.0, f64::from(u16::MAX)) as u16;
    along(levels, &strides, alpha, progress)
}

/// Cells of a table up to which it is kept whole: 32 MB.
const LARGEST_TABLE: usize = 1 << 22;

/// Looks along strides, in 16 bits and whole tables unless there are too many of them.
fn along(levels: &Levels, strides: &[isize], alpha: u16, progress: &Progress) -> Result<Neighbourhood, Cancelled> {
    let is_small = (strides.len() + 1).saturating_mul(levels.count()) <= LARGEST_TABLE;
    if is_small && strides.len() <= usize::from(u16::MAX) {
        tallied::<_, Whole>(Narrow, levels, strides, alpha, progress)
    } else {
        tallied::<_, Filled>(Wide, levels, strides, alpha, progress)
    }
}

fn tallied<W: Width, T: Table>(
    width: W,
    levels: &Levels,
    strides: &[isize],
    alpha: u16,
    progress: &Progress,
) -> Result<Neighbourhood, Cancelled> {
    let table = || T::new(levels.count(), strides.len() + 1);
    let mut tallies = Tallies { dependent: table(), differences: table() };
    tally(width, levels, strides, alpha, &mut tallies, progress)?;
    let of_size = |(row, dependent, count): (usize, usize, u64)| Cell {
        level: f64::from(levels.present[row]),
        size: (dependent + 1) as f64,
        count: count as f64,
    };
    let dependence = SizeMatrix { cells: tallies.dependent.filled().map(of_size).collect() };
    Ok(Neighbourhood { dependence, tones: tones(levels, tallies.differences.filled()) })
}

/// The tones of sums of differences by row and number of neighbours.
fn tones(levels: &Levels, differences: impl Iterator<Item = (usize, usize, u64)>) -> Vec<Tone> {
    let tone = |(&level, &count): (&u32, &u64)| Tone { level: f64::from(level), count: count as f64, difference: 0.0 };
    let mut tones: Vec<Tone> = levels.present.iter().zip(&levels.n_voxels).map(tone).collect();
    // A voxel without neighbours differs by 0 and stands in no cell.
    differences.for_each(|(row, n, sum)| tones[row].difference += sum as f64 / n as f64);
    tones
}

/// Counts by rank (row) and number of neighbours (column).
struct Tallies<T> {
    /// Voxels by their dependent neighbours.
    dependent: T,
    /// Sum of |n level - sum of the n neighbours' levels| over voxels of n neighbours: whole numbers, which add up to the same in
    /// any order.
    differences: T,
}

/// Whole numbers in rows and columns.
trait Table {
    fn new(rows: usize, columns: usize) -> Self;

    fn add(&mut self, row: usize, column: usize, number: u64);

    /// Row, column and number of the cells that are not 0, row by row.
    fn filled(self) -> impl Iterator<Item = (usize, usize, u64)>;
}

/// Every cell of a table.
struct Whole {
    columns: usize,
    cells: Vec<u64>,
}

impl Table for Whole {
    fn new(rows: usize, columns: usize) -> Self {
        Self { columns, cells: vec![0; rows * columns] }
    }

    #[inline(always)]
    fn add(&mut self, row: usize, column: usize, number: u64) {
        self.cells[row * self.columns + column] += number;
    }

    fn filled(self) -> impl Iterator<Item = (usize, usize, u64)> {
        let filled = self.cells.into_iter().enumerate().filter(|(_, number)| *number > 0);
        filled.map(move |(cell, number)| (cell / self.columns, cell % self.columns, number))
    }
}

/// The cells of a table that are not 0: no more than there are voxels, where the whole table would have gigabytes.
struct Filled(BTreeMap<(usize, usize), u64>);

impl Table for Filled {
    fn new(_: usize, _: usize) -> Self {
        Self(BTreeMap::new())
    }

    #[inline(always)]
    fn add(&mut self, row: usize, column: usize, number: u64) {
        if number > 0 {
            *self.0.entry((row, column)).or_default() += number;
        }
    }

    fn filled(self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.0.into_iter().map(|((row, column), number)| (row, column, number))
    }
}

/// How wide the numbers are in which neighbours are counted and their levels summed: several fit a vector.
trait Width: Copy {
    type Count: Copy + Default + From<bool> + AddAssign + BitAnd<Output = Self::Count> + Into<u64>;
    type Sum: Copy + Default + From<u16> + AddAssign + Into<u64>;
}

/// For up to 65,535 neighbours.
#[derive(Clone, Copy)]
struct Narrow;

/// For as many as there can be.
#[derive(Clone, Copy)]
struct Wide;

impl Width for Narrow {
    type Count = u16;
    type Sum = u32;
}

impl Width for Wide {
    type Count = u32;
    type Sum = u64;
}

/// Voxels that are looked at together.
const TOGETHER: usize = 64;

widest! {
fn tally[W: Width, T: Table](
    width: W,
    levels: &Levels,
    strides: &[isize],
    alpha: u16,
    tallies: &mut Tallies<T>,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let cells = levels.by_cell();
    let cells: &[u16] = &cells;
    for span in &levels.frame.spans {
        let mut first = span.first as usize;
        let end = first + span.length as usize;
        while first < end {
            progress.check()?;
            let n = TOGETHER.min(end - first);
            let around = around(width, cells, first, n, strides, alpha);
            for i in 0..n {
                let row = levels.ranks[first + i] as usize - 1;
                let neighbours: u64 = around.neighbours[i].into();
                let dependent: u64 = around.dependent[i].into();
                let difference = (neighbours * u64::from(cells[first + i])).abs_diff(around.sums[i].into());
                tallies.dependent.add(row, dependent as usize, 1);
                tallies.differences.add(row, neighbours as usize, difference);
            }
            first += n;
        }
    }
    Ok(())
}
}

/// For voxels side by side: neighbours inside the VOI, those of them that depend, and the sum of their levels.
struct Around<W: Width> {
    neighbours: [W::Count; TOGETHER],
    dependent: [W::Count; TOGETHER],
    sums: [W::Sum; TOGETHER],
}

#[inline(always)]
fn around<W: Width>(_: W, cells: &[u16], first: usize, n: usize, strides: &[isize], alpha: u16) -> Around<W> {
    let none = [W::Count::default(); TOGETHER];
    let mut around = Around::<W> { neighbours: none, dependent: none, sums: [W::Sum::default(); TOGETHER] };
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
            let is_inside = W::Count::from(there[i] != 0);
            let is_near = W::Count::from(there[i].abs_diff(here[i]) <= alpha);
            around.neighbours[i] += is_inside;
            around.dependent[i] += is_inside & is_near;
            around.sums[i] += W::Sum::from(there[i]);
        }
    }
    around
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::{of_box, of_row};
    use crate::radiomics::matrix::tests::levels_of;

    fn count(levels: &Levels, settings: &TextureSettings) -> Neighbourhood {
        super::count(levels, settings, &Progress::new()).unwrap()
    }

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

    #[test]
    fn more_neighbours_than_16_bits_hold_are_counted() {
        let frame = of_row(3, 1);
        // The same two neighbours over and over stand for as many in a large VOI.
        let times = 40_000;
        let strides = [1, -1].repeat(times);
        let levels = levels_of(&frame, &[0.0, 1.0, 0.0]);
        let found = along(&levels, &strides, 0, &Progress::new()).unwrap();
        let (n, most) = (times as f64, 2.0 * times as f64);
        assert_eq!(found.dependence.cells, [cell(1.0, 1.0, 2.0), cell(2.0, 1.0, 1.0)]);
        // Every voxel differs from each of its neighbours by one level.
        assert_eq!(found.tones.iter().map(|tone| tone.difference).collect::<Vec<_>>(), [2.0, 1.0]);
        let near = along(&levels, &strides, 1, &Progress::new()).unwrap();
        assert_eq!(near.dependence.cells, [cell(1.0, n + 1.0, 2.0), cell(2.0, most + 1.0, 1.0)]);
    }

    #[test]
    fn widths_and_tables_count_the_same() {
        let frame = of_box([3, 5, 70], 1);
        let values: Vec<f64> = (0..3 * 5 * 70).map(|i| f64::from(i * i % 23)).collect();
        let levels = levels_of(&frame, &values);
        let strides: Vec<isize> = [[0, 0, 1], [0, 1, -1], [1, 0, 0]].map(|step| frame.stride(step)).to_vec();
        let narrow = tallied::<_, Whole>(Narrow, &levels, &strides, 3, &Progress::new()).unwrap();
        assert_eq!(narrow, tallied::<_, Filled>(Wide, &levels, &strides, 3, &Progress::new()).unwrap());
    }

    #[test]
    fn counting_is_cancelled_within_the_voi() {
        let frame = of_row(3, 1);
        let progress = Progress::new();
        progress.cancel();
        let settings = TextureSettings::default();
        assert_eq!(super::count(&levels_of(&frame, &[0.0; 3]), &settings, &progress), Err(Cancelled));
    }
}
