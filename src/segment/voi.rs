//! The volume of interest by the study's protocol: liver without vessels, lesions and caudate lobe, drawn inside the edge so
//! that no partial volume enters (Liang et al. 2022, Methods).
//!
//! "Inside the edge" is an erosion by a closed ball of [`EDGE_MARGIN_MM`] in mm. Places beyond the volume count as background,
//! and the outermost layer along every axis of more than one voxel is left out at all events: an organ that the image cuts has an
//! edge there too, whatever the slice thickness. The VOI is derived, never drawn, and follows changes of the label map within
//! the changed box alone.

use ndarray::{Array3, Zip, s};

use crate::base::{Cancelled, Progress};
use crate::volume::distance::{Between, reach_voxels, reaches, squared_mm2};
use crate::volume::{Geometry, GridMismatch, LabelMap, Mask, VoxelBox, is_voi};

/// Width of the edge that is left out, in mm, unless the reader chooses another: about two of the 0.6-1 mm voxels over which
/// an abdominal CT kernel blurs an edge, and half of a 5 mm slice.
pub const EDGE_MARGIN_MM: f64 = 2.5;

/// Slices worked on together, which bounds memory.
const TOGETHER: usize = 32;

/// Where a voxel lies with regard to the VOI, as it is kept in [`ProtocolVoi::places`].
pub mod place {
    /// Neither in the VOI nor in its margin.
    pub const OUTSIDE: u8 = 0;
    /// Liver without the others, but too near to the edge.
    pub const MARGIN: u8 = 1;
    /// In the VOI.
    pub const INSIDE: u8 = 2;
}

/// Why a VOI cannot be derived.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VoiError {
    /// Whoever asked no longer wants it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The margin is no length.
    #[error("the edge margin is {0} mm; give a number from 0 on")]
    Margin(f64),
    /// The labels are those of another image.
    #[error("the labels lie on another grid than the VOI: {0}")]
    Grid(#[from] GridMismatch),
}

/// The VOI of a label map, kept current.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolVoi {
    geometry: Geometry,
    margin_mm: f64,
    places: Array3<u8>,
    n_inside: usize,
    n_margin: usize,
}

impl ProtocolVoi {
    /// The VOI of a whole label map, shrunk by a margin in mm; 0 leaves out the volume's outermost layer alone.
    pub fn new(labels: &LabelMap, margin_mm: f64, progress: &Progress) -> Result<Self, VoiError> {
        let mut voi = Self::empty(*labels.geometry(), margin_mm)?;
        voi.derive(labels, VoxelBox::whole(labels.geometry()), progress, &mut |_, _| {})?;
        Ok(voi)
    }

    /// The VOI of a grid on which nothing is drawn. Its memory is claimed as it is written to, so that this costs nothing on any
    /// grid.
    pub fn empty(geometry: Geometry, margin_mm: f64) -> Result<Self, VoiError> {
        if !(margin_mm >= 0.0 && margin_mm.is_finite()) {
            return Err(VoiError::Margin(margin_mm));
        }
        let places = Array3::zeros(geometry.shape());
        Ok(Self { geometry, margin_mm, places, n_inside: 0, n_margin: 0 })
    }

    /// Follows a change of the label map within a box; gives the box in which the VOI may have changed, for who paints it. What
    /// changes outside of the box is not noticed.
    pub fn update(&mut self, labels: &LabelMap, changed: VoxelBox) -> Result<Option<VoxelBox>, VoiError> {
        self.update_noting(labels, changed, &Progress::new(), |_, _| {})
    }

    /// The same, where someone notes every voxel, at (slice, row, column), that joins the VOI (`true`) or leaves it. Once cancelled
    /// it is neither the old VOI nor the new one.
    pub fn update_noting(
        &mut self,
        labels: &LabelMap,
        changed: VoxelBox,
        progress: &Progress,
        mut note: impl FnMut((usize, usize, usize), bool),
    ) -> Result<Option<VoxelBox>, VoiError> {
        self.geometry.same_grid(labels.geometry())?;
        let Some(affected) = self.affected_by(changed) else { return Ok(None) };
        self.derive(labels, affected, progress, &mut note)?;
        Ok(Some(affected))
    }

    /// The box in which the VOI may change where labels change within another; `None` where that is no voxel of the grid.
    pub fn affected_by(&self, changed: VoxelBox) -> Option<VoxelBox> {
        changed.grown(self.reach(), self.geometry.size())
    }

    /// Width of the edge that is left out, in mm.
    pub fn margin_mm(&self) -> f64 {
        self.margin_mm
    }

    /// For every voxel its [`place`], `[slice, row, column]`.
    pub fn places(&self) -> &Array3<u8> {
        &self.places
    }

    /// The VOI as a region.
    pub fn mask(&self) -> Result<Mask, GridMismatch> {
        Mask::new(self.geometry, self.places.mapv(|at| at == place::INSIDE))
    }

    /// Voxels of the VOI.
    pub fn n_voxels(&self) -> usize {
        self.n_inside
    }

    /// Voxels of liver without the others that are left out because they lie within the margin or at the volume's edge.
    pub fn n_within_margin(&self) -> usize {
        self.n_margin
    }

    /// Voxels that the margin reaches along each axis; none along an axis of one voxel, which has no outside.
    fn reach(&self) -> [usize; 3] {
        let (spacing, size) = (self.geometry.spacing_mm(), self.geometry.size());
        std::array::from_fn(|a| if size[a] == 1 { 0 } else { reach_voxels(self.margin_mm, spacing[a]).min(size[a]) })
    }

    /// Derives the places within a box anew.
    fn derive(
        &mut self,
        labels: &LabelMap,
        within: VoxelBox,
        progress: &Progress,
        note: &mut impl FnMut((usize, usize, usize), bool),
    ) -> Result<(), VoiError> {
        // What is neither liver now nor was in the VOI or its margin stays as it is.
        let liver = VoxelBox::around(within.view(labels.bits()), |bits| is_voi(*bits));
        let known = VoxelBox::around(within.view(&self.places), |at| *at != place::OUTSIDE);
        let Some(local) = liver.into_iter().chain(known).reduce(VoxelBox::union) else { return Ok(()) };
        let shift = |corner: [usize; 3]| std::array::from_fn(|a| corner[a] + within.low[a]);
        let within = VoxelBox { low: shift(local.low), high: shift(local.high) };
        progress.begin("Deriving the VOI", within.size()[2]);
        for first in within.range(2).step_by(TOGETHER) {
            let mut slab = within;
            slab.low[2] = first;
            slab.high[2] = within.high[2].min(first + TOGETHER);
            self.derive_slab(labels, slab, progress, note)?;
            progress.advance(slab.size()[2]);
        }
        Ok(())
    }

    fn derive_slab(
        &mut self,
        labels: &LabelMap,
        slab: VoxelBox,
        progress: &Progress,
        note: &mut impl FnMut((usize, usize, usize), bool),
    ) -> Result<(), VoiError> {
        let squares = self.squares_mm2(labels, slab, progress)?;
        let size = self.geometry.size();
        let margin_mm = self.margin_mm;
        let mut places = slab.view_mut(&mut self.places);
        let at_edge = |n: usize, a: usize| size[a] > 1 && (n == 0 || n == size[a] - 1);
        for ((k, mut places), (bits, squares)) in
            places.outer_iter_mut().enumerate().zip(slab.view(labels.bits()).outer_iter().zip(squares.outer_iter()))
        {
            let edge = at_edge(slab.low[2] + k, 2);
            for ((j, i), at) in places.indexed_iter_mut() {
                let was = *at;
                match was {
                    place::INSIDE => self.n_inside -= 1,
                    place::MARGIN => self.n_margin -= 1,
                    _ => {}
                }
                let edge = edge || at_edge(slab.low[1] + j, 1) || at_edge(slab.low[0] + i, 0);
                *at = if !is_voi(bits[(j, i)]) {
                    place::OUTSIDE
                } else if edge || reaches(margin_mm, squares[(j, i)]) {
                    self.n_margin += 1;
                    place::MARGIN
                } else {
                    self.n_inside += 1;
                    place::INSIDE
                };
                if (was == place::INSIDE) != (*at == place::INSIDE) {
                    note((slab.low[2] + k, slab.low[1] + j, slab.low[0] + i), *at == place::INSIDE);
                }
            }
        }
        Ok(())
    }

    /// Squared distances within a slab to what is no liver or has another label, as far as the margin reaches.
    fn squares_mm2(&self, labels: &LabelMap, slab: VoxelBox, progress: &Progress) -> Result<Array3<f32>, VoiError> {
        let (reach, size) = (self.reach(), self.geometry.size());
        // The slab with its whole rim; what lies beyond the volume stays background.
        let rimmed = |a: usize| slab.size()[a] + 2 * reach[a];
        let mut background = Array3::from_elem((rimmed(2), rimmed(1), rimmed(0)), true);
        let read = slab.grown(reach, size).unwrap_or(slab);
        let low = std::array::from_fn(|a| read.low[a] + reach[a] - slab.low[a]);
        let own = VoxelBox { low, high: std::array::from_fn(|a| low[a] + read.size()[a]) };
        let target = own.view_mut(&mut background);
        Zip::from(target).and(read.view(labels.bits())).par_for_each(|background, bits| *background = !is_voi(*bits));
        let spacing = self.geometry.spacing_mm();
        let squares = squared_mm2(background.view(), spacing, Between::Centres, self.margin_mm, progress)?;
        let core = VoxelBox { low: reach, high: std::array::from_fn(|a| reach[a] + slab.size()[a]) };
        Ok(squares.slice_move(s![core.range(2), core.range(1), core.range(0)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::region;
    use crate::volume::Label;
    use proptest::prelude::*;

    const MARGIN_MM: f64 = 2.5;

    fn map(size: [usize; 3], spacing: [f64; 3]) -> LabelMap {
        LabelMap::empty(Geometry::axial(size, [0.0; 3], spacing).unwrap())
    }

    fn derived(labels: &LabelMap) -> ProtocolVoi {
        ProtocolVoi::new(labels, MARGIN_MM, &Progress::new()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn an_updated_voi_is_the_one_derived_anew(
            edits in prop::collection::vec((0usize..4, any::<bool>(), [0usize..18, 0usize..16, 0usize..7], [1usize..15, 1usize..12, 1usize..5]), 1..12),
        ) {
            let mut labels = map([18, 16, 7], [0.8, 0.9, 1.3]);
            labels.bits_mut().fill(Label::Liver.bit());
            let mut voi = derived(&labels);
            for (label, adds, low, size) in edits {
                let bit = Label::ALL[label].bit();
                let high = std::array::from_fn(|a| (low[a] + size[a]).min(labels.geometry().size()[a]));
                let changed = VoxelBox { low, high };
                let change = |bits: &mut u8| *bits = if adds { *bits | bit } else { *bits & !bit };
                changed.view_mut(labels.bits_mut()).iter_mut().for_each(change);
                voi.update(&labels, changed).unwrap();
                prop_assert_eq!(&voi, &derived(&labels));
            }
            let shrunk = region::margin(&labels.voi(), -MARGIN_MM, &Progress::new()).unwrap();
            prop_assert_eq!(voi.mask().unwrap(), shrunk);
            prop_assert_eq!(voi.n_voxels() + voi.n_within_margin(), labels.voi().count());
        }
    }

    #[test]
    fn the_outermost_slices_are_left_out_also_where_slices_are_thicker_than_the_margin() {
        let mut labels = map([20, 20, 5], [1.0, 1.0, 5.0]);
        labels.bits_mut().fill(Label::Liver.bit());
        let voi = derived(&labels);
        // 2.5 mm reach two voxels, to those beyond the edge: the outer two layers in plane.
        assert_eq!(voi.n_voxels(), 16 * 16 * 3);
        assert_eq!(voi.n_within_margin(), 20 * 20 * 5 - 16 * 16 * 3);
    }

    #[test]
    fn a_single_slice_has_no_outermost_slice() {
        let mut labels = map([20, 20, 1], [1.0, 1.0, 1.0]);
        labels.bits_mut().fill(Label::Liver.bit());
        assert_eq!(derived(&labels).n_voxels(), 16 * 16);
    }

    #[test]
    fn vessels_are_left_out_with_a_margin_around_them() {
        let mut labels = map([31, 31, 1], [1.0, 1.0, 1.0]);
        labels.bits_mut().fill(Label::Liver.bit());
        let whole = derived(&labels).n_voxels();
        labels.bits_mut()[(0, 15, 15)] |= Label::Vessel.bit();
        // The disc of radius 2.5 around one pixel holds 21.
        assert_eq!(derived(&labels).n_voxels(), whole - 21);
    }

    #[test]
    fn a_margin_that_is_no_length_and_labels_of_another_grid_are_errors() {
        let labels = map([4, 4, 4], [1.0; 3]);
        assert_eq!(ProtocolVoi::new(&labels, -1.0, &Progress::new()), Err(VoiError::Margin(-1.0)));
        let other = map([4, 4, 4], [2.0; 3]);
        let changed = VoxelBox::whole(other.geometry());
        assert!(matches!(derived(&labels).update(&other, changed), Err(VoiError::Grid(_))));
    }
}
