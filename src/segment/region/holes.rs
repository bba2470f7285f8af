//! Holes: background that is enclosed by the region.

use super::components::{Components, Connectivity};
use super::part::{INSIDE, apply};
use super::{Extent, RegionError};
use crate::base::Progress;
use crate::volume::Mask;

/// The region with its holes filled. A hole is background that does not reach the edge of the volume from voxel to voxel across
/// faces; slice by slice, that does not reach the edge of its slice.
pub fn fill_holes(mask: &Mask, extent: Extent, progress: &Progress) -> Result<Mask, RegionError> {
    // One voxel of rim joins all background that reaches beyond the region's box, and what is at the volume's edge.
    apply(mask, extent, 0.0, progress, |part| {
        let background = Components::of(part.scores.view(), Connectivity::Faces, |score| *score != INSIDE);
        let (slices, rows, columns) = part.scores.dim();
        let at_edge = |at: u32, n: usize| n > 1 && (at == 0 || at as usize == n - 1);
        let mut open = vec![false; background.sizes().len()];
        for run in background.runs() {
            let reaches = at_edge(run.slice, slices) || at_edge(run.row, rows);
            if reaches || at_edge(run.start, columns) || at_edge(run.end - 1, columns) {
                open[run.component as usize] = true;
            }
        }
        let mut filled = ndarray::Array3::from_elem(part.scores.dim(), true);
        for run in background.runs().iter().filter(|run| open[run.component as usize]) {
            let row = ndarray::s![run.slice as usize, run.row as usize, run.start as usize..run.end as usize];
            filled.slice_mut(row).fill(false);
        }
        Ok(filled)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;
    use ndarray::{Array3, s};

    /// A block that fills the volume's slices, with a closed hole, a channel to the volume's edge, and one that ends inside.
    fn block() -> Mask {
        let geometry = Geometry::axial([12, 10, 6], [0.0; 3], [1.0; 3]).unwrap();
        let mut inside = Array3::from_elem((6, 10, 12), false);
        inside.slice_mut(s![.., 1..9, 1..11]).fill(true);
        inside.slice_mut(s![2..4, 3, 3]).fill(false);
        inside.slice_mut(s![2..6, 5, 5]).fill(false);
        inside.slice_mut(s![3, 7, 0..8]).fill(false);
        Mask::new(geometry, inside).unwrap()
    }

    fn filled(extent: Extent) -> usize {
        let mask = block();
        fill_holes(&mask, extent, &Progress::new()).unwrap().count() - mask.count()
    }

    #[test]
    fn in_space_only_what_reaches_no_edge_is_filled() {
        assert_eq!(filled(Extent::Volume), 2);
    }

    #[test]
    fn slice_by_slice_channels_across_slices_are_filled_too() {
        assert_eq!(filled(Extent::EachSlice(2)), 2 + 4);
    }

    #[test]
    fn a_hole_behind_a_corner_is_a_hole() {
        let geometry = Geometry::axial([5, 5, 1], [0.0; 3], [1.0; 3]).unwrap();
        let mut inside = Array3::from_elem((1, 5, 5), false);
        [(1, 2), (2, 1), (2, 3), (3, 2)].iter().for_each(|&(j, i)| inside[(0, j, i)] = true);
        let mask = Mask::new(geometry, inside).unwrap();
        assert_eq!(fill_holes(&mask, Extent::Volume, &Progress::new()).unwrap().count(), 5);
    }

    #[test]
    fn an_axis_that_does_not_exist_is_an_error() {
        let found = fill_holes(&block(), Extent::EachSlice(3), &Progress::new());
        assert_eq!(found, Err(RegionError::NoSlice { axis: 3, index: 0 }));
    }
}
