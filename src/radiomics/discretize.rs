//! From gray values to gray levels, in the frame in which textures are counted.
//!
//! Fixed bin width: edges at multiples of the width (PyRadiomics; IBSI's FBS begins at the minimum instead). Fixed bin count:
//! equal bins from minimum to maximum, the maximum in the last (IBSI FBN). A value on an edge belongs to the bin above it.
//! Where a filter gives no number, NumPy's `digitize` finds a bin beyond all edges, and so do bins of fixed width here.

use std::borrow::Cow;

use super::RadiomicsError;
use super::frame::Frame;
use super::image_type::ImageType;
use super::protocol::Binning;
use super::region::Values;

/// The highest gray level that textures are counted of: what 16 bits hold, rounded down.
const MOST_LEVELS: usize = 20_000;
/// The most that may be present. A matrix of their pairs has 32 MB, of which a thread needs a few; beyond, the maximal
/// correlation coefficient alone would take hours.
pub(super) const MOST_PRESENT: usize = 2_000;
/// Levels up to which doubles number every one.
const MOST_NUMBERED: usize = 1 << 53;

/// Why values have no gray levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoLevels {
    /// Bin width or count makes no bins.
    Binning(Binning),
    /// The bins are too narrow for the range of values.
    TooMany {
        /// Least value.
        minimum: f64,
        /// Greatest value.
        maximum: f64,
        /// Most levels.
        most: usize,
    },
}

impl NoLevels {
    /// The error of the image whose values they are.
    pub(super) fn of(self, image: ImageType) -> RadiomicsError {
        match self {
            Self::Binning(binning) => RadiomicsError::Binning(binning),
            Self::TooMany { minimum, maximum, most } => RadiomicsError::TooManyLevels { image, minimum, maximum, most },
        }
    }
}

/// Gray levels of a VOI in its frame.
#[derive(Debug, Clone)]
pub struct Levels<'a> {
    /// Where the voxels lie.
    pub frame: &'a Frame,
    /// A cell of the frame each: 0 outside the VOI, else the rank of its gray level among those present, from 1 on.
    pub ranks: Vec<u16>,
    /// The gray levels present, ascending: `present[rank - 1]`, from 1 on.
    pub present: Vec<u32>,
    /// How many voxels have each of them.
    pub n_voxels: Vec<u64>,
}

impl<'a> Levels<'a> {
    /// Discretizes the values of the frame's voxels.
    pub fn of(frame: &'a Frame, values: &Values, binning: Binning) -> Result<Self, NoLevels> {
        let edges = Edges::of(values.extremes(), values.is_f32, binning, MOST_LEVELS)?;
        let inner = edges.inner();
        let mut ranks = vec![0u16; frame.n_cells()];
        let mut counts = vec![0u64; edges.highest() + 1];
        let mut gray = values.gray.as_slice();
        for span in &frame.spans {
            let (here, rest) = gray.split_at(span.length as usize);
            gray = rest;
            for (rank, &value) in ranks[span.cells()].iter_mut().zip(here) {
                let level = edges.level(value, |k| inner[k - 1]);
                counts[level] += 1;
                *rank = level as u16;
            }
        }
        let present: Vec<u32> =
            (1..=edges.highest()).filter(|&level| counts[level] > 0).map(|level| level as u32).collect();
        if present.len() > MOST_PRESENT {
            let (minimum, maximum) = values.extremes();
            return Err(NoLevels::TooMany { minimum, maximum, most: MOST_PRESENT });
        }
        let n_voxels = present.iter().map(|&level| counts[level as usize]).collect();
        let levels = Self { frame, ranks, present, n_voxels };
        Ok(if levels.has_gaps() { levels.ranked() } else { levels })
    }

    /// The highest gray level, PyRadiomics' Ng: levels that no voxel has count.
    pub fn highest(&self) -> u32 {
        self.present.last().copied().unwrap_or(0)
    }

    /// Number of gray levels present.
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// A cell of the frame each: 0 outside the VOI, else the gray level itself.
    pub fn by_cell(&self) -> Cow<'_, [u16]> {
        if !self.has_gaps() {
            return Cow::Borrowed(&self.ranks);
        }
        let level_of: Vec<u16> = std::iter::once(0).chain(self.present.iter().map(|&level| level as u16)).collect();
        Cow::Owned(self.ranks.iter().map(|&rank| level_of[rank as usize]).collect())
    }

    /// Whether a level below the highest is missing, so that ranks are not levels.
    fn has_gaps(&self) -> bool {
        self.present.len() < self.highest() as usize
    }

    /// Levels become ranks among those present.
    fn ranked(mut self) -> Self {
        let mut rank_of = vec![0u16; self.highest() as usize + 1];
        for (rank, &level) in (1u16..).zip(&self.present) {
            rank_of[level as usize] = rank;
        }
        for span in &self.frame.spans {
            for cell in &mut self.ranks[span.cells()] {
                *cell = rank_of[*cell as usize];
            }
        }
        self
    }
}

/// How many voxels have each gray level present, ascending: of values that ascend, and of `lacking` more that are no number. However
/// many levels there are, since no matrix is made of them.
pub fn histogram(ascending: &[f64], lacking: usize, is_f32: bool, binning: Binning) -> Result<Vec<u64>, NoLevels> {
    let (Some(&least), Some(&most)) = (ascending.first(), ascending.last()) else { return Ok(Vec::new()) };
    let edges = Edges::of((least, most), is_f32, binning, MOST_NUMBERED)?;
    let levels = ascending.iter().map(|&value| edges.level(value, |k| edges.edge(k)));
    let levels: Vec<usize> = levels.chain(std::iter::repeat_n(edges.beyond, lacking)).collect();
    Ok(levels.chunk_by(|a, b| a == b).map(|same| same.len() as u64).collect())
}

/// Where bins begin.
struct Edges {
    low: f64,
    step: f64,
    count: usize,
    /// Whether edges have 32 bits.
    are_f32: bool,
    /// The level of what is no number: NumPy's `arange` makes edges up to two widths beyond the maximum, and this is their number.
    beyond: usize,
}

impl Edges {
    /// For values from a minimum to a maximum, of at most so many levels.
    fn of((minimum, maximum): (f64, f64), is_f32: bool, binning: Binning, most: usize) -> Result<Self, NoLevels> {
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
            _ => return Err(NoLevels::Binning(binning)),
        };
        let countable = count <= most as f64 && step > 0.0;
        if !countable {
            return Err(NoLevels::TooMany { minimum, maximum, most });
        }
        let count = count as usize;
        let beyond = match binning {
            Binning::BinWidth(width) => ((maximum + 2.0 * width - low) / width).ceil() as usize,
            Binning::BinCount(_) => count,
        };
        Ok(Self { low, step, count, are_f32: is_f32 && matches!(binning, Binning::BinCount(_)), beyond })
    }

    fn highest(&self) -> usize {
        self.count.max(self.beyond)
    }

    /// The lower edge of the bin `k`, from 1 on for the second.
    fn edge(&self, k: usize) -> f64 {
        let edge = k as f64 * self.step + self.low;
        if self.are_f32 { f64::from(edge as f32) } else { edge }
    }

    /// The lower edges of all bins but the first.
    fn inner(&self) -> Vec<f64> {
        (1..self.count).map(|k| self.edge(k)).collect()
    }

    /// The level of a value: 1 plus the number of inner edges at or below it, which `edge` gives.
    #[inline(always)]
    fn level(&self, value: f64, edge: impl Fn(usize) -> f64) -> usize {
        if value.is_nan() {
            return self.beyond;
        }
        // The quotient is right but for rounding at an edge; the edges themselves decide.
        let mut level = (((value - self.low) / self.step).max(0.0) as usize).min(self.count - 1);
        while level > 0 && value < edge(level) {
            level -= 1;
        }
        while level + 1 < self.count && value >= edge(level + 1) {
            level += 1;
        }
        level + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiomics::frame::tests::of_row;

    fn levels(values: &[f64], binning: Binning) -> Vec<u32> {
        let frame = of_row(values.len(), 1);
        let levels = Levels::of(&frame, &Values { gray: values.to_vec(), is_f32: false }, binning).unwrap();
        levels.by_cell().iter().filter(|level| **level > 0).map(|&level| u32::from(level)).collect()
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
    fn ranks_leave_no_gaps_and_know_their_levels() {
        let frame = of_row(4, 1);
        let values = Values { gray: vec![0.0, 9.0, 0.0, 4.0], is_f32: false };
        let levels = Levels::of(&frame, &values, Binning::BinWidth(1.0)).unwrap();
        assert_eq!((levels.present.as_slice(), levels.n_voxels.as_slice()), (&[1, 5, 10][..], &[2, 1, 1][..]));
        assert_eq!(levels.ranks[frame.spans[0].cells()], [1, 3, 1, 2]);
        assert_eq!(levels.by_cell()[frame.spans[0].cells()], [1, 10, 1, 5]);
    }

    #[test]
    fn a_width_that_makes_too_many_levels_is_refused() {
        let values = Values { gray: vec![0.0, 1e6], is_f32: false };
        let refused = Levels::of(&of_row(2, 1), &values, Binning::BinWidth(1e-3)).map(|_| ());
        assert!(matches!(refused, Err(NoLevels::TooMany { .. })));
    }

    #[test]
    fn a_histogram_counts_what_levels_count_and_as_many_as_there_are() {
        let gray: Vec<f64> = (0..97).map(|i| f64::from(i * i % 89) * 0.37 - 5.0).collect();
        let values = Values { gray: gray.clone(), is_f32: true };
        let mut ascending = gray;
        ascending.sort_by(f64::total_cmp);
        for binning in [Binning::BinWidth(2.5), Binning::BinWidth(0.1), Binning::BinCount(13)] {
            let frame = of_row(values.gray.len(), 1);
            let levels = Levels::of(&frame, &values, binning).unwrap();
            assert_eq!(histogram(&ascending, 0, true, binning), Ok(levels.n_voxels), "{binning:?}");
        }
        let far_apart = [0.0, 1e-9, 5.0, 1e6];
        assert_eq!(histogram(&far_apart, 3, false, Binning::BinWidth(1e-3)), Ok(vec![2, 1, 1, 3]));
    }
}
