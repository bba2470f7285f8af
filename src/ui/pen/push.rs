//! Nudge: the outline of what is drawn follows a fingertip.

use super::{Pen, Tool, Touch};
use crate::case::{Case, Operation};
use crate::segment::{Brush, Nudge, Pixels};

impl Pen {
    /// Takes hold of the label's region on the slice.
    pub(super) fn begin_nudge(&mut self, case: &Case, touch: Touch) {
        let region = Pixels::of_labels(case.label_map(), &[self.label], touch.slice);
        let spacing_mm = touch.slice.spacing_mm(case.volume().geometry());
        let nudge = Nudge::begin(region, Brush { radius_mm: self.radius_mm, spacing_mm });
        self.pushing = Some((touch.slice, nudge, touch.at));
    }

    /// Pushes on.
    pub(super) fn push(&mut self, touch: Touch) {
        if let Some((_, nudge, last)) = self.pushing.as_mut().filter(|(slice, ..)| *slice == touch.slice) {
            nudge.push(*last, touch.at);
            *last = touch.at;
        }
    }

    /// The region becomes what it was pushed to.
    pub(super) fn end_nudge(&mut self, case: &mut Case) {
        if let Some((slice, nudge, _)) = self.pushing.take() {
            let before = Pixels::of_labels(case.label_map(), &[self.label], slice);
            let after = nudge.pixels();
            let parts = [(after.minus(&before), Operation::Add), (before.minus(&after), Operation::Erase)];
            self.draw_once(case, Tool::Nudge.name(), slice, false, parts);
        }
    }

    /// The outlines under the fingertip, while it pushes.
    pub fn pushed(&self) -> Option<(crate::segment::SliceOfGrid, &[Vec<[f64; 2]>])> {
        self.pushing.as_ref().map(|(slice, nudge, _)| (*slice, nudge.outlines()))
    }
}
