//! Which series is the portal venous one: an explainable score and a careful choice.

use super::Series;

/// The class that text, timing or HU speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before contrast.
    Native,
    /// Arterial.
    Arterial,
    /// Portal venous.
    PortalVenous,
    /// Delayed.
    Delayed,
}

/// How much speaks for the portal venous phase.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PhaseScore {
    /// Points in all; `None` when the series cannot be a CT volume that covers a liver.
    pub points: Option<i32>,
    /// The class that the evidence agrees on, if any.
    pub class: Option<Phase>,
    /// Points and reasons in words.
    pub reasons: Vec<(i32, String)>,
}

/// Mean HU measured in a loaded volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HuEvidence {
    /// Aorta.
    pub aorta: f64,
    /// Portal vein.
    pub portal_vein: f64,
    /// Liver.
    pub liver: f64,
}

/// The score of a series, with HU where they are known.
pub fn score(series: &Series, evidence: Option<HuEvidence>) -> PhaseScore {
    let _ = (series, evidence);
    PhaseScore::default()
}

/// What to preselect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This one is clearly best.
    Clear(usize),
    /// The user has to choose.
    Ask,
}

/// The best series if it is clearly best: at least 35 points, and 20 more than the next.
pub fn choose(scores: &[PhaseScore]) -> Choice {
    let mut ranked: Vec<(i32, usize)> =
        scores.iter().enumerate().filter_map(|(index, score)| Some((score.points?, index))).collect();
    ranked.sort_by_key(|&(points, index)| (std::cmp::Reverse(points), index));
    match ranked.as_slice() {
        [(best, index)] if *best >= 35 => Choice::Clear(*index),
        [(best, index), (next, _), ..] if *best >= 35 && best - next >= 20 => Choice::Clear(*index),
        _ => Choice::Ask,
    }
}
