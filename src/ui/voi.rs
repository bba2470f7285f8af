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

    /// What is drawn on this image lies inside the edge already.
    pub fn leave_out_no_edge(&mut self) {
        self.margin_mm = 0.0;
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
    desk.case.as_ref().is_some_and(|case| desk.voi.follow(case, &mut app.jobs))
}

/// A VOI was derived beside the window.
pub fn derived(app: &mut App, of: ChangeMark, voi: MeasuredVoi) {
    app.desk.voi.take(of, voi);
}
