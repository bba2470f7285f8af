//! Regions that a tool proposes for a label, and putting one in place once the reader accepts it.

use std::sync::Arc;

use super::Request;
use crate::base::{Cancelled, Progress};
use crate::case::{Case, Drawn, Locks, Made, Operation, Replacement, SliceState};
use crate::segment::region::{
    Combination, Extent, RegionError, Smoothing, combine, fill_holes, keep_island, keep_largest, margin, remove_island,
    smooth,
};
use crate::segment::{Gap, Pixels, SliceOfGrid, interpolate};
use crate::volume::{GridMismatch, Label, Mask};

/// What can be done to the whole of a label's region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RegionChange {
    /// Grow by this many mm, or shrink where negative.
    Margin(f64),
    /// Smooth in space.
    Smooth(Smoothing),
    /// Fill what is enclosed, in space or on every acquired slice.
    FillHoles {
        /// Whether a hole counts that is enclosed on its slice alone.
        slice_by_slice: bool,
    },
    /// Keep the largest part alone.
    KeepLargest,
    /// Keep the part at this voxel (column, row, slice) alone.
    KeepPart([usize; 3]),
    /// Take the part at this voxel away.
    RemovePart([usize; 3]),
    /// Combine it with another label's region.
    Combine(Combination, Label),
}

impl RegionChange {
    /// As the undo list names it.
    pub fn name(self) -> String {
        match self {
            Self::Margin(mm) => format!("Margin {mm:+.1} mm").replace('-', "−"),
            Self::Smooth(Smoothing::Median { radius_mm }) => format!("Median {radius_mm} mm"),
            Self::Smooth(Smoothing::Gaussian { sigma_mm }) => format!("Gaussian {sigma_mm} mm"),
            Self::Smooth(Smoothing::Closing { radius_mm }) => format!("Closing {radius_mm} mm"),
            Self::Smooth(Smoothing::Opening { radius_mm }) => format!("Opening {radius_mm} mm"),
            Self::FillHoles { .. } => "Fill holes".to_owned(),
            Self::KeepLargest => "Keep largest".to_owned(),
            Self::KeepPart(_) => "Keep part".to_owned(),
            Self::RemovePart(_) => "Remove part".to_owned(),
            Self::Combine(how, label) => {
                let verb = match how {
                    Combination::Union => "Join",
                    Combination::Intersection => "Intersect with",
                    Combination::Difference => "Subtract",
                };
                format!("{verb} {}", label.name().to_lowercase())
            }
        }
    }
}

/// Changes the whole of a label's region.
pub struct ChangeRegion {
    /// What is drawn.
    pub drawn: Drawn,
    /// The label.
    pub label: Label,
    /// What is done.
    pub change: RegionChange,
}

impl Request for ChangeRegion {
    type Output = Mask;
    type Error = RegionError;
    const NAME: &'static str = "Changing the region";

    fn run(self, progress: &Progress) -> Result<Mask, RegionError> {
        let map = self.drawn.labels.label_map();
        let region = map.mask(self.label);
        match self.change {
            RegionChange::Margin(mm) => margin(&region, mm, progress),
            RegionChange::Smooth(how) => Ok(smooth(&region, how, Extent::Volume, progress)?.region),
            RegionChange::FillHoles { slice_by_slice: true } => fill_holes(&region, Extent::EachSlice(2), progress),
            RegionChange::FillHoles { slice_by_slice: false } => fill_holes(&region, Extent::Volume, progress),
            RegionChange::KeepLargest => keep_largest(&region),
            RegionChange::KeepPart(at) => keep_island(&region, at),
            RegionChange::RemovePart(at) => remove_island(&region, at),
            RegionChange::Combine(how, other) => combine(&region, &map.mask(other), how),
        }
    }
}

/// Fills the acquired slices between those that were drawn; what is drawn stays as it is.
pub struct FillBetween {
    /// What is drawn.
    pub drawn: Drawn,
    /// The label.
    pub label: Label,
    /// The slices to fill between.
    pub slices: Vec<usize>,
}

/// Why slices were not filled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FillBetweenError {
    /// Nothing lies between two drawn slices.
    #[error("there is nothing to fill: draw two slices of the label with others between them")]
    NoGap,
    /// Whoever asked for it stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The region does not fit its grid.
    #[error(transparent)]
    Grid(#[from] GridMismatch),
}

impl Request for FillBetween {
    type Output = Mask;
    type Error = FillBetweenError;
    const NAME: &'static str = "Interpolating slices";

    fn run(self, progress: &Progress) -> Result<Mask, FillBetweenError> {
        let region = self.drawn.labels.label_map().mask(self.label);
        let filled = interpolate(&region, 2, &self.slices, progress)?;
        if filled.is_empty() {
            return Err(FillBetweenError::NoGap);
        }
        let mut inside = region.inside().clone();
        for (index, pixels) in filled {
            let mut plane = inside.index_axis_mut(ndarray::Axis(0), index);
            plane.fill(false);
            for run in pixels.clipped(SliceOfGrid { axis: 2, index }.size(region.geometry())).runs() {
                let columns = run.start as usize..run.end as usize;
                plane.slice_mut(ndarray::s![run.line as usize, columns]).fill(true);
            }
        }
        Ok(Mask::new(*region.geometry(), inside)?)
    }
}

/// The acquired slices of a label that others are filled between, in order.
pub fn drawn_slices(case: &Case, label: Label) -> Vec<usize> {
    (0..case.volume().geometry().size()[2]).filter(|&index| drawn_pixels(case, label, index).is_some()).collect()
}

/// What filling gives on one acquired slice where nothing is drawn: the blend of the nearest drawn slices below and above. `None`
/// where something is drawn, or nothing on one of the two sides.
pub fn pixels_between(case: &Case, label: Label, index: usize) -> Option<Pixels> {
    let geometry = case.volume().geometry();
    if case.labels().is_on_slice(label, index) {
        return None;
    }
    let drawn = |index: usize| Some((index, drawn_pixels(case, label, index)?));
    let below = (0..index).rev().find_map(drawn)?;
    let above = (index + 1..geometry.size()[2]).find_map(drawn)?;
    let gap = Gap::between(geometry, 2, (below.0, &below.1), (above.0, &above.1));
    gap.slice(index).filter(|pixels| !pixels.is_empty())
}

/// A label's pixels on an acquired slice that others may be filled from: drawn, corrected, proposed, loaded or looked at, and not itself
/// as it was filled.
fn drawn_pixels(case: &Case, label: Label, index: usize) -> Option<Pixels> {
    let (review, is_there) = (case.review(), case.labels().is_on_slice(label, index));
    let is_drawn = is_there && !review.is_blended(index, label) && review.state(index) != SliceState::Untouched;
    is_drawn.then(|| Pixels::of_labels(case.label_map(), &[label], SliceOfGrid { axis: 2, index }))
}

/// Puts a region in the place of a label's.
pub struct PutRegion {
    /// What it is put into.
    pub drawn: Drawn,
    /// The region.
    pub region: Arc<Mask>,
    /// The label.
    pub label: Label,
    /// Whether the region joins the label, or the label becomes it.
    pub operation: Operation,
    /// Labels that are left alone.
    pub locks: Locks,
    /// By what kind of tool it was made, and the window that it was looked at through when it was accepted.
    pub made: Made,
    /// As the undo list names it.
    pub name: String,
}

impl Request for PutRegion {
    type Output = Replacement;
    type Error = GridMismatch;
    const NAME: &'static str = "Accepting the proposal";

    fn run(self, progress: &Progress) -> Result<Replacement, GridMismatch> {
        progress.begin(Self::NAME, 0);
        let mut map = self.drawn.labels.label_map();
        map.geometry().same_grid(self.region.geometry())?;
        let (locks, label, operation) = (self.locks, self.label, self.operation);
        ndarray::Zip::from(map.bits_mut())
            .and(self.region.inside())
            .par_for_each(|bits, &inside| *bits = locks.after(*bits, inside, label, operation));
        Ok(Replacement::new(self.name, &self.drawn, Arc::new(map))?.made_by(self.made))
    }
}

/// The pixels of a region on one slice.
pub fn pixels_on(region: &Mask, slice: SliceOfGrid) -> Pixels {
    slice.pixels(region.inside(), |inside| *inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Beginning, Extent, Identity, Technique};
    use crate::segment::{Brush, disc};
    use crate::volume::{Geometry, Volume, Voxels};

    /// A disc of liver on slices 1 and 5 of seven, larger on the latter.
    fn case() -> Case {
        let geometry = Geometry::axial([40, 40, 7], [0.0; 3], [1.0, 1.0, 5.0]).unwrap();
        let voxels = Voxels::I16(ndarray::Array3::zeros(geometry.shape()));
        let mut case = Case::new(Identity::default(), Arc::new(Volume::new(geometry, voxels).unwrap()));
        for (index, radius_mm) in [(1, 6.0), (5, 12.0)] {
            let slice = SliceOfGrid { axis: 2, index };
            case.begin_stroke("Brush", slice);
            let brush = Brush { radius_mm, spacing_mm: [1.0; 2] };
            case.draw(&disc([20.0, 20.0], brush), Label::Liver, Operation::Add);
            case.end_stroke();
        }
        case
    }

    #[test]
    fn slices_between_drawn_ones_are_filled_and_accepted_as_one_edit() {
        let mut case = case();
        let before = case.label_map().clone();
        let slices = drawn_slices(&case, Label::Liver);
        assert_eq!(slices, [1, 5]);
        let one = pixels_between(&case, Label::Liver, 3).unwrap();
        assert_eq!([0, 1, 6].map(|index| pixels_between(&case, Label::Liver, index)), [None, None, None]);
        let request = FillBetween { drawn: case.drawn(), label: Label::Liver, slices };
        let region = Arc::new(request.run(&Progress::new()).unwrap());
        let counts: Vec<usize> =
            region.inside().outer_iter().map(|plane| plane.iter().filter(|x| **x).count()).collect();
        assert!(counts[1] < counts[3] && counts[3] < counts[5] && counts[0] == 0 && counts[6] == 0, "{counts:?}");
        assert_eq!(pixels_on(&region, SliceOfGrid { axis: 2, index: 3 }), one, "one slice is filled as all are");
        let put = PutRegion {
            drawn: case.drawn(),
            region,
            label: Label::Liver,
            operation: Operation::Replace,
            locks: case.locks,
            made: Made::by(Technique::Interpolated),
            name: "Between slices".to_owned(),
        };
        let replacement = put.run(&Progress::new()).unwrap();
        assert!(case.replace(replacement));
        for index in [1, 5] {
            let plane = |map: &crate::volume::LabelMap| map.bits().index_axis(ndarray::Axis(0), index).to_owned();
            assert_eq!(plane(case.label_map()), plane(&before), "drawn slices stay bit for bit");
        }
        assert_eq!(case.review().state(3), SliceState::Interpolated);
        assert_eq!(drawn_slices(&case, Label::Liver), [1, 5], "what was filled is not filled from");
        assert_eq!(case.undo().as_deref(), Some("Between slices"));
        assert_eq!(case.label_map(), &before);
    }

    #[test]
    fn what_a_coronal_stroke_corrected_is_filled_from_and_no_more_filled() {
        let mut case = case();
        for index in 2..5 {
            case.begin(Beginning {
                tool: "Between slices",
                extent: Extent::Slice(SliceOfGrid { axis: 2, index }),
                made: Made::by(Technique::Interpolated),
            });
            let pixels = pixels_between(&case, Label::Liver, index).unwrap();
            case.draw(&pixels, Label::Liver, Operation::Replace);
            case.end_stroke();
        }
        assert_eq!(drawn_slices(&case, Label::Liver), [1, 5]);
        case.begin_stroke("Erase", SliceOfGrid { axis: 1, index: 20 });
        case.draw(&disc([20.0, 2.5], Brush { radius_mm: 4.0, spacing_mm: [1.0, 5.0] }), Label::Liver, Operation::Erase);
        case.end_stroke();
        assert_eq!([2, 3].map(|index| case.review().state(index)), [SliceState::Interpolated; 2], "not looked at yet");
        assert_eq!(drawn_slices(&case, Label::Liver), [1, 2, 3, 5]);
    }

    #[test]
    fn what_is_filled_for_one_label_leaves_another_one_on_the_slice_drawn() {
        let mut case = case();
        let draw = |case: &mut Case, label, index, technique, operation| {
            let slice = SliceOfGrid { axis: 2, index };
            case.begin(Beginning { tool: "Test", extent: Extent::Slice(slice), made: Made::by(technique) });
            case.draw(&disc([20.0, 20.0], Brush { radius_mm: 4.0, spacing_mm: [1.0; 2] }), label, operation);
            case.end_stroke();
        };
        draw(&mut case, Label::Liver, 3, Technique::Manual, Operation::Add);
        draw(&mut case, Label::Vessel, 3, Technique::Interpolated, Operation::Replace);
        assert_eq!(case.review().state(3), SliceState::Interpolated, "the vessel is to be looked at");
        assert_eq!(drawn_slices(&case, Label::Liver), [1, 3, 5], "the liver was drawn");
        assert_eq!(drawn_slices(&case, Label::Vessel), [0; 0]);
        case.set_reviewed(3, true);
        assert_eq!(drawn_slices(&case, Label::Vessel), [3], "accepted");
        draw(&mut case, Label::Lesion, 3, Technique::Interpolated, Operation::Replace);
        assert_eq!(drawn_slices(&case, Label::Vessel), [3], "what was accepted stays so");
        case.undo();
        case.undo();
        assert_eq!(drawn_slices(&case, Label::Vessel), [0; 0]);
    }

    #[test]
    fn without_a_gap_nothing_is_filled() {
        let mut case = case();
        let request = FillBetween { drawn: case.drawn(), label: Label::Liver, slices: vec![1] };
        assert_eq!(request.run(&Progress::new()), Err(FillBetweenError::NoGap));
    }

    #[test]
    fn every_change_of_a_region_has_a_name_and_an_answer() {
        let mut case = case();
        let at = [20, 20, 5];
        for change in [
            RegionChange::Margin(-1.0),
            RegionChange::Smooth(Smoothing::Gaussian { sigma_mm: 4.0 }),
            RegionChange::FillHoles { slice_by_slice: true },
            RegionChange::KeepLargest,
            RegionChange::KeepPart(at),
            RegionChange::RemovePart(at),
            RegionChange::Combine(Combination::Difference, Label::Vessel),
        ] {
            let drawn = case.drawn();
            let region = ChangeRegion { drawn, label: Label::Liver, change }.run(&Progress::new()).unwrap();
            let before = case.label_map().count(Label::Liver);
            let is_smaller = !matches!(change, RegionChange::FillHoles { .. } | RegionChange::Combine(..));
            assert_eq!(region.count() < before, is_smaller, "{}", change.name());
        }
    }
}
