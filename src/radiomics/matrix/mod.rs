//! Texture matrices: counts of gray levels in pairs, runs, zones and neighbourhoods. What is computed from them is in
//! [`super::feature`]. Counting is in integers, so that no order of threads can change a result.

pub mod glcm;
pub mod gldm;
pub mod glrlm;
pub mod glszm;
pub mod mesh;
pub mod ngtdm;

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
