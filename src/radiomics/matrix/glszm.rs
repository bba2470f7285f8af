//! Zones: 26-connected voxels of one gray level (Thibault et al. 2009; IBSI section 3.8).
//!
//! Neighbours along a row that have one level are a stretch. Stretches that touch one of an earlier row become one zone
//! (union by the earlier, with path halving: Tarjan and van Leeuwen 1984), so that work follows stretches, not voxels.

use super::{Cell, SizeMatrix};
use crate::base::{Cancelled, Progress};
use crate::radiomics::discretize::Levels;

/// The matrix of zones; `left_out` is the axis along which no voxels are neighbours.
///
/// # Errors
/// Once it is cancelled.
pub fn count(levels: &Levels, left_out: Option<usize>, progress: &Progress) -> Result<SizeMatrix, Cancelled> {
    let stretches = Stretches::of(levels, left_out);
    let mut zones = Zones { parent: (0..stretches.all.len() as u32).collect() };
    let rows = levels.frame.shape[1];
    // Rows of this slice and of the one before it that come earlier, by how far back they lie.
    let mut earlier: Vec<usize> = Vec::new();
    if left_out != Some(1) {
        earlier.push(1);
    }
    if left_out != Some(0) {
        earlier.push(rows);
        if left_out != Some(1) {
            earlier.extend([rows - 1, rows + 1]);
        }
    }
    for row in 0..stretches.first_of_row.len() - 1 {
        progress.check()?;
        for &back in earlier.iter().filter(|&&back| back <= row) {
            stretches.join_rows(row - back, row, left_out != Some(2), &mut zones);
        }
    }
    Ok(from_zones(zones.sizes(&stretches), &levels.present))
}

/// Neighbours along a row that have one level.
struct Stretch {
    rank: u16,
    /// First column and the one after the last.
    columns: [u16; 2],
}

struct Stretches {
    all: Vec<Stretch>,
    /// The first stretch of each row of the frame, slices counted through, and the number of all in the end.
    first_of_row: Vec<u32>,
}

impl Stretches {
    fn of(levels: &Levels, left_out: Option<usize>) -> Self {
        let frame = levels.frame;
        let mut all: Vec<Stretch> = Vec::new();
        let mut first_of_row = vec![0];
        for span in &frame.spans {
            let row = frame.row_of(span.first as usize);
            first_of_row.resize(row + 1, all.len() as u32);
            let mut column = (span.first as usize % frame.shape[2]) as u16;
            // Where columns are no neighbours, each voxel stands alone.
            let same = |a: &u16, b: &u16| a == b && left_out != Some(2);
            for stretch in levels.ranks[span.cells()].chunk_by(same) {
                let end = column + stretch.len() as u16;
                all.push(Stretch { rank: stretch[0], columns: [column, end] });
                column = end;
            }
        }
        first_of_row.resize(frame.shape[0] * frame.shape[1] + 1, all.len() as u32);
        Self { all, first_of_row }
    }

    /// Joins the stretches of two neighbouring rows that touch; at corners too, or straight across alone.
    fn join_rows(&self, earlier: usize, later: usize, at_corners: bool, zones: &mut Zones) {
        let row = |row: usize| self.first_of_row[row] as usize..self.first_of_row[row + 1] as usize;
        let (mut above, end_above) = (row(earlier).start, row(earlier).end);
        let reach = u16::from(at_corners);
        for index in row(later) {
            let here = &self.all[index];
            // What ends before this stretch ends before those to its right.
            while above < end_above && self.all[above].columns[1] + reach <= here.columns[0] {
                above += 1;
            }
            let touching =
                self.all[above..end_above].iter().take_while(|above| above.columns[0] < here.columns[1] + reach);
            for (offset, _) in touching.enumerate().filter(|(_, above)| above.rank == here.rank) {
                zones.join((above + offset) as u32, index as u32);
            }
        }
    }
}

/// Which stretches are one zone.
struct Zones {
    parent: Vec<u32>,
}

impl Zones {
    fn first(&mut self, mut stretch: u32) -> u32 {
        while self.parent[stretch as usize] != stretch {
            let grandparent = self.parent[self.parent[stretch as usize] as usize];
            self.parent[stretch as usize] = grandparent;
            stretch = grandparent;
        }
        stretch
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Rank and voxels of each zone.
    fn sizes(mut self, stretches: &Stretches) -> Vec<(u16, u32)> {
        let mut sizes = vec![0u32; stretches.all.len()];
        for (index, stretch) in stretches.all.iter().enumerate() {
            sizes[self.first(index as u32) as usize] += u32::from(stretch.columns[1] - stretch.columns[0]);
        }
        let zones = stretches.all.iter().zip(sizes).filter(|(_, size)| *size > 0);
        zones.map(|(stretch, size)| (stretch.rank, size)).collect()
    }
}

/// Sizes below this are counted in a table; others, of which there are few, are sorted.
const SMALL: usize = 64;

fn from_zones(zones: Vec<(u16, u32)>, present: &[u32]) -> SizeMatrix {
    let mut small = vec![[0u32; SMALL]; present.len()];
    let mut large: Vec<(u16, u32)> = Vec::new();
    for (rank, size) in zones {
        match small[rank as usize - 1].get_mut(size as usize) {
            Some(count) => *count += 1,
            None => large.push((rank, size)),
        }
    }
    large.sort_unstable();
    let mut large = large.chunk_by(|a, b| a == b).peekable();
    let mut cells = Vec::new();
    for ((rank, small), &level) in (1u16..).zip(&small).zip(present) {
        let cell = |size: u32, count: f64| Cell { level: f64::from(level), size: f64::from(size), count };
        let filled = (0u32..).zip(small).filter(|(_, count)| **count > 0);
        cells.extend(filled.map(|(size, &count)| cell(size, f64::from(count))));
        while let Some(same) = large.next_if(|same| same[0].0 == rank) {
            cells.push(cell(same[0].1, same.len() as f64));
        }
    }
    SizeMatrix { cells }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::{of_box, of_row};
    use crate::radiomics::matrix::tests::levels_of;

    fn cell(level: f64, size: f64, count: f64) -> Cell {
        Cell { level, size, count }
    }

    #[test]
    fn equal_zones_share_a_cell() {
        let frame = of_row(5, 1);
        let zones = count(&levels_of(&frame, &[0.0, 0.0, 1.0, 0.0, 0.0]), None, &Progress::new()).unwrap();
        assert_eq!(zones.cells, [cell(1.0, 2.0, 2.0), cell(2.0, 1.0, 1.0)]);
    }

    /// Two slices of three by three; the second level lies on corners that touch in space and not in a plane.
    #[test]
    fn corners_touch_unless_their_axis_is_left_out() {
        let frame = of_box([2, 3, 3], 1);
        let mut values = vec![0.0; 18];
        // (0,0,0), (1,1,1), and (0,2,2): a diagonal through space and back.
        for index in [0, 13, 8] {
            values[index] = 1.0;
        }
        let levels = levels_of(&frame, &values);
        assert_eq!(count(&levels, None, &Progress::new()).unwrap().cells, [cell(1.0, 15.0, 1.0), cell(2.0, 3.0, 1.0)]);
        for left_out in 0..3 {
            let zones = count(&levels, Some(left_out), &Progress::new()).unwrap();
            assert!(zones.cells.contains(&cell(2.0, 1.0, 3.0)), "{left_out}: {:?}", zones.cells);
        }
    }

    #[test]
    fn a_zone_may_close_around_another() {
        let frame = of_box([1, 3, 3], 1);
        let zones =
            count(&levels_of(&frame, &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]), None, &Progress::new()).unwrap();
        assert_eq!(zones.cells, [cell(1.0, 8.0, 1.0), cell(2.0, 1.0, 1.0)]);
    }
}
