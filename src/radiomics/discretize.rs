//! From gray values to gray levels, and the box in which textures are counted.
//!
//! Fixed bin width: edges at multiples of the width (PyRadiomics; IBSI's FBS begins at the minimum instead). Fixed bin count:
//! equal bins from minimum to maximum, the maximum in the last (IBSI FBN). A value on an edge belongs to the bin above it.

use super::RadiomicsError;
use super::protocol::Binning;
use super::region::{Region, Values};

/// The most gray levels that are counted; a matrix of their pairs would need 4 GiB.
const MOST_LEVELS: usize = 20_000;

/// Gray levels of a VOI in a box with one empty voxel on every side, so that no neighbour lies outside of it.
#[derive(Debug, Clone)]
pub struct Levels {
    /// Slices, rows and columns of the box, the empty border included.
    pub shape: [usize; 3],
    /// 0 outside the VOI, else the rank of the voxel's gray level among those present, from 1 on.
    pub ranks: Vec<u16>,
    /// Index in `ranks` of each voxel of the VOI.
    pub voxels: Vec<u32>,
    /// The gray levels present, ascending: `present[rank - 1]`, from 1 on.
    pub present: Vec<u32>,
}

impl Levels {
    /// Discretizes the values of a region.
    pub fn of(region: &Region, values: &Values, binning: Binning) -> Result<Self, RadiomicsError> {
        let edges = edges(values, binning)?;
        let levels: Vec<u32> = values.gray.iter().map(|&value| level(value, &edges)).collect();
        let mut present = levels.clone();
        present.sort_unstable();
        present.dedup();

        let shape: [usize; 3] = std::array::from_fn(|axis| region.shape[axis] + 2);
        let mut ranks = vec![0u16; shape.iter().product()];
        let mut voxels = Vec::with_capacity(levels.len());
        let rank_of = ranks_by_level(&present);
        for (place, &level) in region.places.iter().zip(&levels) {
            let [slice, row, column] = place.map(|index| index as usize + 1);
            let index = (slice * shape[1] + row) * shape[2] + column;
            ranks[index] = rank_of[level as usize];
            voxels.push(index as u32);
        }
        Ok(Self { shape, ranks, voxels, present })
    }

    /// The highest gray level, PyRadiomics' Ng: levels that no voxel has count.
    pub fn highest(&self) -> u32 {
        self.present.last().copied().unwrap_or(0)
    }

    /// Number of gray levels present.
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// Steps to the 13 neighbours of one half of space, as differences of index, slice-major. Directions that leave the
    /// plane of a VOI one voxel thick are left out, as there is nothing along them.
    pub fn directions(&self) -> Vec<[isize; 3]> {
        let wide: [bool; 3] = std::array::from_fn(|axis| self.shape[axis] > 3);
        let mut directions = Vec::with_capacity(13);
        for slice in -1..=1isize {
            for row in -1..=1isize {
                for column in -1..=1isize {
                    let direction = [slice, row, column];
                    let forward = direction > [0, 0, 0];
                    if forward && (0..3).all(|axis| wide[axis] || direction[axis] == 0) {
                        directions.push(direction);
                    }
                }
            }
        }
        directions
    }

    /// The difference of index in `ranks` that a step makes.
    pub fn stride(&self, [slice, row, column]: [isize; 3]) -> isize {
        (slice * self.shape[1] as isize + row) * self.shape[2] as isize + column
    }
}

/// Lower edges of all bins but the first.
struct Edges {
    low: f64,
    step: f64,
    count: usize,
    inner: Vec<f64>,
}

fn edges(values: &Values, binning: Binning) -> Result<Edges, RadiomicsError> {
    let minimum = values.gray.iter().copied().fold(f64::INFINITY, f64::min);
    let maximum = values.gray.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, step, count) = match binning {
        Binning::BinWidth(width) if width > 0.0 && width.is_finite() => {
            // Edges are low + k * step as NumPy's arange has them, so that values on an edge fall as there.
            let low = minimum - minimum.rem_euclid(width);
            (low, (low + width) - low, ((maximum - low) / width).floor() + 2.0)
        }
        Binning::BinCount(bins) if bins > 0 => {
            let (low, high) = if minimum == maximum { (minimum - 0.5, maximum + 0.5) } else { (minimum, maximum) };
            (low, (high - low) / f64::from(bins), f64::from(bins))
        }
        _ => return Err(RadiomicsError::Binning(binning)),
    };
    let countable = count <= MOST_LEVELS as f64 && step > 0.0;
    if !countable {
        return Err(RadiomicsError::TooManyLevels { minimum, maximum, most: MOST_LEVELS });
    }
    let count = count as usize;
    let rounded = |edge: f64| {
        let narrow = values.is_f32 && matches!(binning, Binning::BinCount(_));
        if narrow { f64::from(edge as f32) } else { edge }
    };
    let inner = (1..count).map(|k| rounded(k as f64 * step + low)).collect();
    Ok(Edges { low, step, count, inner })
}

/// The level of a value: 1 plus the number of inner edges at or below it.
fn level(value: f64, edges: &Edges) -> u32 {
    // The quotient is right but for rounding at an edge; the edges themselves decide.
    let mut level = (((value - edges.low) / edges.step).floor().max(0.0) as usize).min(edges.count - 1);
    while level > 0 && value < edges.inner[level - 1] {
        level -= 1;
    }
    while level < edges.inner.len() && value >= edges.inner[level] {
        level += 1;
    }
    level as u32 + 1
}

/// Rank by level, 0 for levels that are not present.
fn ranks_by_level(present: &[u32]) -> Vec<u16> {
    let mut ranks = vec![0u16; present.last().map_or(0, |&highest| highest as usize) + 1];
    for (rank, &level) in present.iter().enumerate() {
        ranks[level as usize] = rank as u16 + 1;
    }
    ranks
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A region of one row of this many voxels.
    pub fn row(length: usize) -> Region {
        Region {
            shape: [1, 1, length],
            corner: [0; 3],
            spacing_mm: [1.0; 3],
            places: (0..length as u32).map(|column| [0, 0, column]).collect(),
        }
    }

    /// The levels of a row with these values.
    pub fn levels_of_row(values: &[f64], binning: Binning) -> Result<Levels, RadiomicsError> {
        Levels::of(&row(values.len()), &Values { gray: values.to_vec(), is_f32: false }, binning)
    }

    fn levels(values: &[f64], binning: Binning) -> Vec<u32> {
        let levels = levels_of_row(values, binning).unwrap();
        levels.voxels.iter().map(|&v| levels.present[levels.ranks[v as usize] as usize - 1]).collect()
    }

    #[test]
    fn bins_of_fixed_width_begin_at_a_multiple_below_the_minimum() {
        assert_eq!(levels(&[54.0, 74.9, 75.0, 166.0], Binning::BinWidth(25.0)), [1, 1, 2, 5]);
        assert_eq!(levels(&[-26.0, -25.0, 0.0], Binning::BinWidth(25.0)), [1, 2, 3]);
    }

    #[test]
    fn of_a_fixed_count_of_bins_the_last_holds_the_maximum() {
        assert_eq!(levels(&[0.0, 0.9, 1.0, 4.0], Binning::BinCount(4)), [1, 1, 2, 4]);
    }

    #[test]
    fn one_gray_value_is_one_level() {
        assert_eq!(levels(&[50.0, 50.0], Binning::BinWidth(25.0)), [1, 1]);
        // NumPy puts a single value in the middle of its range: level 3 of 4.
        assert_eq!(levels(&[50.0, 50.0], Binning::BinCount(4)), [3, 3]);
    }

    #[test]
    fn a_width_that_makes_too_many_levels_is_refused() {
        let refused = levels_of_row(&[0.0, 1e6], Binning::BinWidth(1e-3));
        assert!(matches!(refused, Err(RadiomicsError::TooManyLevels { .. })));
    }
}
