//! A lesion from a click: proposed within a band of HU that the reader can change while it waits. How it is grown is
//! `segment::lesion`'s.

use std::sync::Arc;

use super::App;
use super::jobs::Outcome;
use super::proposals::{self, Plan, Recipe};
use super::widgets::sentence;
use crate::base::Cancelled;
use crate::case::Technique;
use crate::job::{GrowLesion, GrownLesion, LesionGrowth, RegrowLesion, Request};
use crate::segment::Stroke;
use crate::segment::lesion::{HuBand, LesionError};
use crate::volume::{Label, Mask};

/// A lesion that is proposed.
#[derive(Clone)]
pub struct Lesion {
    /// The voxel that was clicked.
    at: [usize; 3],
    /// The HU that it is grown within, as far as they are set or known.
    pub band: HuBand,
    /// The HU that what shows was grown within.
    grown: HuBand,
    /// Whether the reader set them.
    pub is_set: bool,
    /// What was set when it was last grown.
    asked: Option<HuBand>,
    growth: Arc<LesionGrowth>,
}

impl Lesion {
    /// The band that was set.
    fn wanted(&self) -> Option<HuBand> {
        self.is_set.then_some(self.band)
    }
}

/// As the undo list names it.
const NAME: &str = "Grow lesion";

/// What is said of a click in even liver.
const LIKE_LIVER: &str = "It looks like the liver around it";

/// Proposes the lesion under the stroke's beginning.
pub fn grow(app: &mut App, stroke: &Stroke) {
    let Some(case) = &app.desk.case else { return };
    let geometry = case.volume().geometry();
    let Some(&point) = stroke.points.first() else { return };
    if let Some(at) = voxel_at(geometry.voxel_from_patient(point), geometry.size()) {
        begin(app, at, None);
    }
}

/// The voxel that holds a place in voxel units; `None` beyond the grid.
pub fn voxel_at(place: [f64; 3], size: [usize; 3]) -> Option<[usize; 3]> {
    let voxel = place.map(f64::round);
    (0..3).all(|axis| voxel[axis] >= 0.0 && voxel[axis] < size[axis] as f64).then(|| voxel.map(|x| x as usize))
}

/// Proposes a lesion again, on what is drawn meanwhile.
pub fn make_anew(app: &mut App, lesion: &Lesion) {
    begin(app, lesion.at, lesion.wanted());
}

fn begin(app: &mut App, at: [usize; 3], band: Option<HuBand>) {
    let Some(plan) = Plan::new(app, Label::Lesion, Technique::Proposed) else { return };
    let Some(case) = &mut app.desk.case else { return };
    let request = GrowLesion { drawn: case.drawn(), at, band };
    app.jobs.start_work(GrowLesion::NAME, move |progress| {
        answer(request.run(progress), |GrownLesion { region, band: grown, stands_out, growth }| {
            let plan = if stands_out || band.is_some() { plan } else { plan.in_doubt(LIKE_LIVER) };
            let lesion = Lesion { at, band: grown, grown, is_set: band.is_some(), asked: band, growth };
            plan.proposes(NAME.to_owned(), Recipe::Lesion(lesion), region)
        })
    });
}

/// The lesion that waits, where it is one.
fn waiting(app: &mut App) -> Option<&mut Lesion> {
    app.proposals.waiting.as_mut()?.recipe.lesion_mut()
}

/// Grows the lesion that waits within another band, or with `None` within that of the click's neighbourhood.
pub fn set_band(app: &mut App, band: Option<HuBand>) {
    let Some(lesion) = waiting(app) else { return };
    lesion.is_set = band.is_some();
    lesion.band = band.unwrap_or(lesion.band);
    regrow(app);
}

/// Grows it as was set last. While the band is dragged each try is shown: the next one begins when the one under way is there.
fn regrow(app: &mut App) {
    if app.jobs.is_running(RegrowLesion::NAME) {
        return;
    }
    let Some(lesion) = waiting(app) else { return };
    lesion.asked = lesion.wanted();
    let request = RegrowLesion { growth: lesion.growth.clone(), band: lesion.asked };
    // A word of every try would flicker in the status bar.
    app.jobs.start_quietly(RegrowLesion::NAME, move |progress| {
        answer(request.run(progress), |GrownLesion { region, band, .. }| Outcome::Regrown(Box::new(region), band))
    });
}

/// The lesion within another band is there.
pub fn regrown(app: &mut App, region: Mask, band: HuBand) {
    let Some(proposal) = &mut app.proposals.waiting else { return };
    let Some(lesion) = proposal.recipe.lesion_mut() else { return };
    lesion.grown = band;
    let is_last = lesion.asked == lesion.wanted();
    if is_last {
        lesion.band = band;
    }
    proposal.take_region(region);
    app.proposals.problem = None;
    if !is_last {
        regrow(app);
    }
}

/// There is no lesion within that band: what shows is again what the band says, unless another one was set meanwhile.
pub fn refused(app: &mut App, why: String) {
    if let Some(lesion) = waiting(app) {
        if lesion.asked != lesion.wanted() {
            return regrow(app);
        }
        lesion.band = lesion.grown;
    }
    proposals::refuse(app, why);
}

/// A lesion that cannot be grown is said in the status bar: nothing is lost, and the next click may do.
fn answer(
    grown: Result<GrownLesion, LesionError>,
    outcome: impl FnOnce(GrownLesion) -> Outcome,
) -> Result<Outcome, Cancelled> {
    match grown {
        Ok(grown) => Ok(outcome(grown)),
        Err(LesionError::Cancelled(cancelled)) => Err(cancelled),
        Err(other) => Ok(Outcome::Refused(sentence(&other.to_string()))),
    }
}
