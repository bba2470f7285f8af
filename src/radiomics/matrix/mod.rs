//! Texture matrices: counts of gray levels in pairs, runs, zones and neighbourhoods. What is computed from them is in
//! [`super::feature`]. Counting is in integers, so that no order of threads can change a result.

pub mod direction;
pub mod glcm;
pub mod glrlm;
pub mod glszm;
pub mod mesh;
pub mod neighbourhood;

/// Number of cells with one gray level and one size, where size is a run's length, a zone's voxels or a dependence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Gray level, from 1 on.
    pub level: f64,
    /// Size, from 1 on.
    pub size: f64,
    /// How often the two occur together.
    pub count: f64,
}

/// A matrix of gray level by size, its empty cells left out; cells ordered by level, then size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SizeMatrix {
    /// The cells that are not empty.
    pub cells: Vec<Cell>,
}

impl SizeMatrix {
    /// From counts in rows of `sizes` columns: row `rank - 1`, column `size - 1`.
    fn from_counts(counts: &[u64], sizes: usize, present: &[u32]) -> Self {
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let cell = |(index, &count): (usize, &u64)| Cell {
            level: f64::from(present[index / sizes]),
            size: (index % sizes + 1) as f64,
            count: count as f64,
        };
        Self { cells: filled.map(cell).collect() }
    }

    /// The sum of matrices, each times its weight.
    fn weighted_sum<'a>(matrices: impl Iterator<Item = (f64, &'a SizeMatrix)>) -> Self {
        let weighted = |(weight, matrix): (f64, &'a SizeMatrix)| {
            matrix.cells.iter().map(move |cell| Cell { count: cell.count * weight, ..*cell })
        };
        let mut cells: Vec<Cell> = matrices.flat_map(weighted).collect();
        // The order of equal cells is kept, so that they are always added in one order.
        cells.sort_by(|a, b| a.level.total_cmp(&b.level).then(a.size.total_cmp(&b.size)));
        cells.dedup_by(|next, kept| {
            let same = (next.level, next.size) == (kept.level, kept.size);
            if same {
                kept.count += next.count;
            }
            same
        });
        Self { cells }
    }

    /// Number of runs, zones or voxels.
    pub fn total(&self) -> f64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// Counts by gray level, ascending.
    pub fn by_level(&self) -> Vec<(f64, f64)> {
        marginal(self.cells.iter().map(|cell| (cell.level, cell.count)).collect())
    }

    /// Counts by size, ascending.
    pub fn by_size(&self) -> Vec<(f64, f64)> {
        marginal(self.cells.iter().map(|cell| (cell.size, cell.count)).collect())
    }
}

fn marginal(mut entries: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    entries.sort_by(|a, b| a.0.total_cmp(&b.0));
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    entries
}

#[cfg(test)]
pub(super) mod tests {
    use crate::radiomics::discretize::Levels;
    use crate::radiomics::frame::Frame;
    use crate::radiomics::protocol::Binning;
    use crate::radiomics::region::Values;

    /// Gray values as levels, one a whole number, the least of them level 1.
    pub fn levels_of<'a>(frame: &'a Frame, values: &[f64]) -> Levels<'a> {
        Levels::of(frame, &Values { gray: values.to_vec(), is_f32: false }, Binning::BinWidth(1.0)).unwrap()
    }
}
