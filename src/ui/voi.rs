//! The VOI by the protocol in the window: always of what is drawn, or said not to be.
//!
//! Small changes are followed at once, on the window's own thread, within the box that changed. Larger ones (a grown liver, loaded
//! labels, their undo, another margin) are derived beside the window; until that is there, what is known is not current, and
//! nobody who asks for the current VOI gets it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::App;
use super::jobs::{Jobs, Outcome};
use crate::base::Progress;
use crate::case::{Case, ChangeMark, MeasuredVoi, RegionStatistics};
use crate::job::{MeasureVoi, Request, VOI_OF_LABELS};
use crate::segment::voi::{EDGE_MARGIN_MM, place};
use crate::segment::{SliceOfGrid, outlines};
use crate::volume::VoxelBox;

/// Margins that can be chosen, in mm.
pub const MARGINS: RangeInclusive<f64> = 0.0..=20.0;
/// Steps of the margin to a millimetre.
const STEPS_PER_MM: f64 = 10.0;

/// Voxels that may be looked at between two frames while the pen is down: some 1 to 2 ms.
const WHILE_DRAWING: usize = 400_000;
/// Voxels that may be looked at at once when a stroke has ended: some 20 ms.
const AT_ONCE: usize = 6_000_000;
/// Slices whose outlines are kept.
const KEPT: usize = 64;

/// Outlines of one slice, as closed lines in its pixel units.
type Outlines = Arc<Vec<Vec<[f64; 2]>>>;

/// The VOI of what is on the desk.
pub struct Voi {
    /// Whether its outline is shown.
    pub is_shown: bool,
    margin_mm: f64,
    /// The margin of the next image.
    chosen_mm: f64,
    known: Option<Known>,
    /// What a job was last begun for.
    asked: Option<(ChangeMark, f64)>,
    outlines: RefCell<HashMap<SliceOfGrid, Outlines>>,
}

/// The VOI of one state of the labels.
struct Known {
    voi: MeasuredVoi,
    of: ChangeMark,
}

impl Default for Voi {
    fn default() -> Self {
        Self {
            is_shown: true,
            margin_mm: EDGE_MARGIN_MM,
            chosen_mm: EDGE_MARGIN_MM,
            known: None,
            asked: None,
            outlines: RefCell::default(),
        }
    }
}

impl Voi {
    /// Another image: nothing is known of it, and what was chosen stays chosen.
    pub fn of_another_image(&self) -> Self {
        Self { is_shown: self.is_shown, margin_mm: self.chosen_mm, chosen_mm: self.chosen_mm, ..Self::default() }
    }

    /// Width of the edge that is left out, in mm.
    pub fn margin_mm(&self) -> f64 {
        self.margin_mm
    }

    /// Leaves out an edge of another width from now on.
    pub fn choose_margin(&mut self, mm: f64) {
        if mm.is_finite() {
            let steps = (mm.clamp(*MARGINS.start(), *MARGINS.end()) * STEPS_PER_MM).round();
            (self.margin_mm, self.chosen_mm) = (steps / STEPS_PER_MM, steps / STEPS_PER_MM);
        }
    }

    /// Leaves out the edge that recovered work was drawn with; what was chosen stays chosen for other images.
    pub fn restore_margin(&mut self, mm: f64) {
        let chosen_mm = self.chosen_mm;
        self.choose_margin(mm);
        self.chosen_mm = chosen_mm;
    }

    /// Labels came from a file: where they are the VOI alone, which lies inside the edge already, no edge is left out of them, and else the
    /// one that was chosen.
    pub fn suit(&mut self, is_voi_alone: bool) {
        self.margin_mm = if is_voi_alone { 0.0 } else { self.chosen_mm };
    }

    /// The VOI of what is drawn now, a stroke in progress included, with its places, margin and statistics; `None` while it is
    /// being derived.
    pub fn current(&self, case: &Case) -> Option<&MeasuredVoi> {
        let is_current = |known: &&Known| known.of == case.labels().mark() && known.has_margin(self.margin_mm);
        self.known.as_ref().filter(is_current).map(|known| &known.voi)
    }

    /// Whether nothing can be measured, as far as is known: while the VOI is being derived, what is drawn decides.
    pub fn is_empty(&self, case: &Case) -> bool {
        let n_voxels = self.current(case).map(|voi| voi.statistics().n_voxels);
        n_voxels.unwrap_or_else(|| case.statistics().voi.n_voxels) == 0
    }

    /// What the latest VOI measures that is known, and whether it is of what is drawn now.
    pub fn latest(&self, case: &Case) -> (RegionStatistics, bool) {
        let statistics = self.known.as_ref().map(|known| known.voi.statistics()).unwrap_or_default();
        (statistics, self.current(case).is_some())
    }

    /// Its outlines on a slice, where they are shown and of what is drawn now.
    pub fn outlines_on(&self, case: &Case, slice: SliceOfGrid) -> Option<Outlines> {
        let voi = self.current(case).filter(|_| self.is_shown)?;
        let mut kept = self.outlines.borrow_mut();
        if kept.len() >= KEPT && !kept.contains_key(&slice) {
            kept.clear();
        }
        let derive = || Arc::new(outlines(&slice.pixels(voi.voi().places(), |at| *at == place::INSIDE)));
        Some(kept.entry(slice).or_insert_with(derive).clone())
    }

    /// What it is, in words.
    pub fn description(&self) -> String {
        let region = "Liver without vessels, lesions and caudate lobe";
        match self.margin_mm > 0.0 {
            true => format!("{region}, {:.1} mm inside the edge", self.margin_mm),
            false => format!("{region}, up to its edge"),
        }
    }

    /// The same, as tables of features say it.
    pub fn region_in_words(&self) -> String {
        format!("{VOI_OF_LABELS}, as drawn, edge margin {:.1} mm", self.margin_mm)
    }

    /// Follows what was drawn, or has it derived; whether what is known changed.
    fn follow(&mut self, case: &Case, jobs: &mut Jobs) -> bool {
        if self.current(case).is_some() {
            return false;
        }
        let (labels, now) = (case.labels(), case.labels().mark());
        let is_of_use = |known: &mut Known| known.of.same_map(now) && known.has_margin(self.margin_mm);
        let known = self.known.take_if(is_of_use);
        let since = known.as_ref().map(|known| known.of);
        // What follows nothing begins with the VOI of nothing drawn, which costs nothing.
        let voi = known.map(|known| known.voi);
        let voi = voi.or_else(|| MeasuredVoi::empty(case.volume().clone(), self.margin_mm).ok());
        let Some(mut voi) = voi else { return false };
        let changed = labels.changed_since(since);
        let affected = changed.and_then(|changed| voi.voi().affected_by(changed));
        let limit = if case.is_drawing() { WHILE_DRAWING } else { AT_ONCE };
        if affected.map_or(0, n_voxels) > limit {
            if let Some(of) = since {
                self.known = Some(Known { voi, of });
            }
            if !case.is_drawing() {
                self.ask(case, jobs);
            }
            return false;
        }
        if let Some(changed) = changed
            && voi.update(case.label_map(), changed, &Progress::new()).is_err()
        {
            return false;
        }
        let is_as_it_was = |slice: &SliceOfGrid| {
            since.is_some() && affected.is_none_or(|affected| !affected.range(slice.axis).contains(&slice.index))
        };
        self.outlines.borrow_mut().retain(|slice, _| is_as_it_was(slice));
        self.known = Some(Known { voi, of: now });
        true
    }

    /// Has the VOI derived beside the window. What is under way already for an earlier state is followed on from when it is there.
    fn ask(&mut self, case: &Case, jobs: &mut Jobs) {
        let (now, edge_margin_mm) = (case.labels().mark(), self.margin_mm);
        let is_of_use = |(of, margin): (ChangeMark, f64)| of.same_map(now) && margin == edge_margin_mm;
        let is_asked = self.asked == Some((now, edge_margin_mm));
        if is_asked || jobs.is_running(MeasureVoi::NAME) && self.asked.is_some_and(is_of_use) {
            return;
        }
        jobs.abandon(MeasureVoi::NAME);
        self.asked = Some((now, edge_margin_mm));
        let request = MeasureVoi { volume: case.volume().clone(), labels: case.labels().snapshot(), edge_margin_mm };
        jobs.start_quietly(MeasureVoi::NAME, move |progress| {
            request.run(progress).map(|voi| Outcome::VoiDerived(now, Box::new(voi)))
        });
    }

    /// A VOI was derived beside the window, of this state.
    fn take(&mut self, of: ChangeMark, voi: MeasuredVoi) {
        if self.asked == Some((of, voi.voi().margin_mm())) {
            self.outlines.borrow_mut().clear();
            self.known = Some(Known { voi, of });
        }
    }
}

impl Known {
    fn has_margin(&self, mm: f64) -> bool {
        self.voi.voi().margin_mm() == mm
    }
}

fn n_voxels(of: VoxelBox) -> usize {
    of.size().iter().product()
}

/// Keeps the VOI that of what is drawn; whether something new is to be shown.
pub fn keep_current(app: &mut App) -> bool {
    let desk = &mut app.desk;
    desk.follow_history();
    desk.case.as_ref().is_some_and(|case| desk.voi.follow(case, &mut app.jobs))
}

/// A VOI was derived beside the window.
pub fn derived(app: &mut App, of: ChangeMark, voi: MeasuredVoi) {
    app.desk.voi.take(of, voi);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Identity, Operation};
    use crate::segment::voi::ProtocolVoi;
    use crate::segment::{Brush, disc};
    use crate::volume::{Geometry, Label, LabelMap, Volume, Voxels};
    use ndarray::{Array3, s};
    use std::time::{Duration, Instant};

    /// A liver that is too large to be followed at once.
    fn large_case() -> Case {
        let grid = Geometry::axial([320, 320, 80], [0.0; 3], [1.0; 3]).unwrap();
        let volume = Volume::new(grid, Voxels::I16(Array3::from_elem(grid.shape(), 100))).unwrap();
        let mut case = Case::new(Identity::default(), Arc::new(volume));
        let mut labels = LabelMap::empty(grid);
        labels.bits_mut().slice_mut(s![1..79, 5..315, 5..315]).fill(Label::Liver.bit());
        case.replace_labels("Grow", &labels).unwrap();
        case
    }

    fn draw(case: &mut Case) {
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 40 });
        let brush = Brush { radius_mm: 6.0, spacing_mm: [1.0; 2] };
        case.draw(&disc([150.0, 150.0], brush), Label::Lesion, Operation::Add);
        case.end_stroke();
    }

    /// What the job brings.
    fn answer(jobs: &mut Jobs) -> (ChangeMark, MeasuredVoi) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            for (_, result) in jobs.finished() {
                if let Ok(Outcome::VoiDerived(of, voi)) = result {
                    return (of, *voi);
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the VOI was not derived in a minute");
    }

    fn assert_is_current(voi: &Voi, case: &Case) {
        let fresh = ProtocolVoi::new(case.label_map(), voi.margin_mm(), &Progress::new()).unwrap();
        let current = voi.current(case).expect("the VOI is current");
        assert!(current.voi() == &fresh, "it is the one derived anew");
        assert_eq!(current.statistics().n_voxels as usize, fresh.n_voxels());
    }

    #[test]
    fn what_is_drawn_while_the_voi_is_derived_is_followed_when_it_is_there() {
        let (mut case, mut voi, mut jobs) = (large_case(), Voi::default(), Jobs::new(&egui::Context::default()));
        assert!(!voi.follow(&case, &mut jobs) && voi.current(&case).is_none());
        draw(&mut case);
        assert!(!voi.follow(&case, &mut jobs) && voi.current(&case).is_none(), "half of it would be neither");
        let (of, derived) = answer(&mut jobs);
        voi.take(of, derived);
        assert!(voi.current(&case).is_none(), "it is of an earlier state");
        assert!(voi.follow(&case, &mut jobs));
        assert_is_current(&voi, &case);
        draw(&mut case);
        case.undo();
        assert!(voi.follow(&case, &mut jobs), "a small change is followed at once");
        assert_is_current(&voi, &case);
    }

    #[test]
    fn a_voi_of_a_margin_that_is_no_longer_wanted_is_not_taken() {
        let (case, mut voi, mut jobs) = (large_case(), Voi::default(), Jobs::new(&egui::Context::default()));
        voi.follow(&case, &mut jobs);
        let (of, derived) = answer(&mut jobs);
        voi.choose_margin(4.0);
        voi.follow(&case, &mut jobs);
        voi.take(of, derived);
        assert!(voi.current(&case).is_none());
        let (of, derived) = answer(&mut jobs);
        voi.take(of, derived);
        assert_is_current(&voi, &case);
    }

    #[test]
    fn outlines_are_of_what_is_drawn_now_and_those_of_other_slices_are_kept() {
        let (mut case, mut voi, mut jobs) = (large_case(), Voi::default(), Jobs::new(&egui::Context::default()));
        voi.follow(&case, &mut jobs);
        let (of, derived) = answer(&mut jobs);
        voi.take(of, derived);
        let on = |index| SliceOfGrid { axis: 2, index };
        let [here, far] = [40, 60].map(|index| voi.outlines_on(&case, on(index)).unwrap());
        assert_eq!((here.len(), far.len()), (1, 1));
        draw(&mut case);
        assert!(voi.outlines_on(&case, on(40)).is_none(), "it is not followed yet");
        voi.follow(&case, &mut jobs);
        assert_eq!(voi.outlines_on(&case, on(40)).unwrap().len(), 2, "a hole");
        assert!(Arc::ptr_eq(&voi.outlines_on(&case, on(60)).unwrap(), &far));
        voi.is_shown = false;
        assert!(voi.outlines_on(&case, on(60)).is_none());
    }

    #[test]
    fn a_chosen_margin_is_kept_for_the_next_image_and_that_of_one_file_is_not() {
        let mut voi = Voi::default();
        voi.choose_margin(1.26);
        assert_eq!(voi.margin_mm(), 1.3);
        voi.suit(true);
        assert_eq!(voi.margin_mm(), 0.0);
        assert_eq!(voi.of_another_image().margin_mm(), 1.3);
        voi.choose_margin(f64::NAN);
        assert_eq!(voi.margin_mm(), 0.0);
    }
}
