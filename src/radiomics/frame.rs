//! The box in which textures are counted: that of the VOI with empty cells on every side, so that no neighbour of a voxel lies
//! outside of it and inner loops need not ask.

use super::RadiomicsError;
use super::region::Region;

/// Cells of the largest box: their gray levels have 4 GiB. Beyond it two parts of a VOI lie far apart by mistake.
const MOST_CELLS: usize = 1 << 31;
/// Cells along an axis: runs and columns are counted in 16 bits.
const LONGEST_SIDE: usize = u16::MAX as usize;

/// The cells of a box, slice by slice and row by row, and which of them the VOI has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Slices, rows and columns, the empty ones on either side included.
    pub shape: [usize; 3],
    /// Empty slices, rows and columns on either side.
    pub margin: usize,
    /// The VOI's voxels: stretches of neighbours along a row, in the order of the cells.
    pub spans: Vec<Span>,
}

/// Voxels side by side in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The cell of the first.
    pub first: u32,
    /// How many there are.
    pub length: u32,
}

impl Span {
    /// Its cells.
    pub fn cells(self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.length) as usize
    }

    /// The cells a step away from its own.
    pub fn shifted(self, stride: isize) -> std::ops::Range<usize> {
        let first = (self.first as isize + stride) as usize;
        first..first + self.length as usize
    }
}

impl Frame {
    /// The frame of a region whose textures look `margin` voxels far.
    pub fn of(region: &Region, margin: usize) -> Result<Self, RadiomicsError> {
        let shape = region.shape.map(|side| side.saturating_add(2 * margin));
        let cells = shape.iter().try_fold(1usize, |cells, &side| cells.checked_mul(side));
        if cells.is_none_or(|cells| cells > MOST_CELLS) || shape.iter().any(|&side| side > LONGEST_SIDE) {
            return Err(RadiomicsError::TooWide { shape, most: MOST_CELLS, longest: LONGEST_SIDE });
        }
        let mut spans: Vec<Span> = Vec::new();
        for place in &region.places {
            let [slice, row, column] = place.map(|index| index as usize + margin);
            let cell = ((slice * shape[1] + row) * shape[2] + column) as u32;
            match spans.last_mut() {
                Some(span) if span.first + span.length == cell => span.length += 1,
                _ => spans.push(Span { first: cell, length: 1 }),
            }
        }
        Ok(Self { shape, margin, spans })
    }

    /// Cells in all.
    pub fn n_cells(&self) -> usize {
        self.shape.iter().product()
    }

    /// Slices, rows and columns without the empty ones.
    pub fn inner_shape(&self) -> [usize; 3] {
        self.shape.map(|side| side - 2 * self.margin)
    }

    /// Slice and row of a cell, counted through: the cells of a row share it.
    pub fn row_of(&self, cell: usize) -> usize {
        cell / self.shape[2]
    }

    /// The difference of cells that a step makes.
    pub fn stride(&self, [slice, row, column]: [isize; 3]) -> isize {
        (slice * self.shape[1] as isize + row) * self.shape[2] as isize + column
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A frame of one row of this many voxels.
    pub fn of_row(length: usize, margin: usize) -> Frame {
        of_box([1, 1, length], margin)
    }

    /// A frame of a whole box.
    pub fn of_box(shape: [usize; 3], margin: usize) -> Frame {
        let [slices, rows, columns] = shape.map(|side| side as u32);
        let places = (0..slices * rows * columns).map(|i| [i / columns / rows, i / columns % rows, i % columns]);
        Frame::of(&Region { shape, corner: [0; 3], spacing_mm: [1.0; 3], places: places.collect() }, margin).unwrap()
    }

    #[test]
    fn a_box_beyond_memory_or_16_bits_is_refused_with_its_size() {
        let opposite_corners = |shape: [usize; 3]| {
            let last = shape.map(|side| side as u32 - 1);
            Frame::of(&Region { shape, corner: [0; 3], spacing_mm: [1.0; 3], places: vec![[0; 3], last] }, 1)
        };
        for shape in [[6000, 6000, 6000], [1, 1, 70_000]] {
            let message = opposite_corners(shape).unwrap_err().to_string();
            let size = shape.map(|side| (side + 2).to_string()).join(" x ");
            assert!(message.contains(&size) && message.contains("far from the rest"), "{message}");
        }
        assert!(opposite_corners([1, 1, 60_000]).is_ok());
    }

    #[test]
    fn spans_break_where_the_voi_does() {
        let places = vec![[0, 0, 0], [0, 0, 1], [0, 0, 3], [0, 1, 0]];
        let frame = Frame::of(&Region { shape: [1, 2, 4], corner: [0; 3], spacing_mm: [1.0; 3], places }, 1).unwrap();
        assert_eq!((frame.shape, frame.inner_shape()), ([3, 4, 6], [1, 2, 4]));
        let first = frame.stride([1, 1, 1]) as u32;
        let spans = [(first, 2), (first + 3, 1), (first + 6, 1)].map(|(first, length)| Span { first, length });
        assert_eq!(frame.spans, spans);
    }
}
