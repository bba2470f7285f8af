//! Which series is the portal venous one: an explainable score and a careful choice.
//!
//! Points come from what the header says (contrast phase, description, protocol, timing) and, once a volume is loaded, from
//! HU in aorta, portal vein and liver ([`evidence`]). Nothing is decided for the user unless one series is clearly best. The
//! weights are a proposal that was not validated on patients; the reasons are shown with every score.

pub mod evidence;
mod vocabulary;

pub use vocabulary::{TextClass, text_class};

use super::Series;

/// Points that the best series needs.
const CLEAR_POINTS: i32 = 35;
/// Points that the best series needs ahead of the next.
const CLEAR_MARGIN: i32 = 20;
/// Fewer slices do not cover a liver.
const LEAST_SLICES: usize = 20;
/// A shorter scan does not cover a liver, mm.
const LEAST_COVERAGE_MM: f64 = 120.0;
/// Cosine of the angle to the body axis below which slices are not axial.
const AXIAL_COSINE: f64 = 0.9;

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

impl Phase {
    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Native => "native",
            Phase::Arterial => "arterial",
            Phase::PortalVenous => "portal venous",
            Phase::Delayed => "delayed",
        }
    }
}

/// How much speaks for the portal venous phase.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PhaseScore {
    /// Points in all; `None` when the series cannot be a CT volume that covers a liver.
    pub points: Option<i32>,
    /// The class that the strongest evidence names: HU before the contrast attribute, that before description, timing and
    /// protocol. `None` when nothing names one.
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

/// What to preselect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This one is clearly best.
    Clear(usize),
    /// The user has to choose.
    Ask,
}

/// The score of a series, with HU where they are known.
pub fn score(series: &Series, evidence: Option<HuEvidence>) -> PhaseScore {
    if let Some(why) = excluded(series) {
        return PhaseScore { points: None, class: None, reasons: vec![(0, why)] };
    }
    let mut tally = Tally::default();
    let acquisition = &series.acquisition;
    let normal = series.geometry.map_or(1.0, |grid| grid.slice_normal()[2]);
    if normal.abs() < AXIAL_COSINE {
        tally.add(-25, "its slices are not axial".into(), None);
    }
    header_phase(&acquisition.contrast_phase, &mut tally);
    described("description", &series.description, 30, true, &mut tally);
    described("protocol", &acquisition.protocol, 10, false, &mut tally);
    match acquisition.contrast_agent.as_deref() {
        Some("") => tally.add(-5, "the contrast agent is left empty".into(), None),
        Some(_) => tally.add(5, "a contrast agent is recorded".into(), None),
        None => {}
    }
    timing(acquisition.delay_s, &mut tally);
    if let Some(hu) = evidence {
        measured(hu, &mut tally);
    }
    if let Some(mm) = acquisition.slice_thickness_mm {
        let points = if mm <= 3.0 {
            4
        } else if mm <= 5.0 {
            0
        } else {
            -10
        };
        tally.add(points, format!("slices are {} mm thick", (mm * 100.0).round() / 100.0), None);
    }
    tally.into_score()
}

/// The best series if it is clearly best: at least 35 points, and 20 more than the next.
pub fn choose(scores: &[PhaseScore]) -> Choice {
    let mut ranked: Vec<(i32, usize)> =
        scores.iter().enumerate().filter_map(|(index, score)| Some((score.points?, index))).collect();
    ranked.sort_by_key(|&(points, index)| (std::cmp::Reverse(points), index));
    match ranked.as_slice() {
        [(best, index)] if *best >= CLEAR_POINTS => Choice::Clear(*index),
        [(best, index), (next, _), ..] if *best >= CLEAR_POINTS && best - next >= CLEAR_MARGIN => Choice::Clear(*index),
        _ => Choice::Ask,
    }
}

/// The phase that HU in aorta, portal vein and liver show, if it is one of the plain cases.
pub fn class_of_hu(hu: HuEvidence) -> Option<Phase> {
    let HuEvidence { aorta, portal_vein, .. } = hu;
    if aorta < 80.0 && portal_vein < 80.0 {
        Some(Phase::Native)
    } else if aorta >= 200.0 && aorta - portal_vein >= 60.0 {
        Some(Phase::Arterial)
    } else if aorta < 125.0 && (aorta - portal_vein).abs() <= 15.0 {
        Some(Phase::Delayed)
    } else if portal_vein >= 120.0 && (110.0..=230.0).contains(&aorta) && portal_vein >= aorta - 30.0 {
        Some(Phase::PortalVenous)
    } else {
        None
    }
}

/// Points and reasons, and what names a phase with how much weight.
#[derive(Default)]
struct Tally {
    reasons: Vec<(i32, String)>,
    strongest: Option<(i32, Phase)>,
}

impl Tally {
    fn add(&mut self, points: i32, reason: String, names: Option<(i32, Phase)>) {
        self.reasons.push((points, reason));
        if let Some((weight, _)) = names
            && self.strongest.is_none_or(|(known, _)| weight > known)
        {
            self.strongest = names;
        }
    }

    fn into_score(self) -> PhaseScore {
        PhaseScore {
            points: Some(self.reasons.iter().map(|(points, _)| points).sum()),
            class: self.strongest.map(|(_, phase)| phase),
            reasons: self.reasons,
        }
    }
}

fn excluded(series: &Series) -> Option<String> {
    let acquisition = &series.acquisition;
    if acquisition.modality != "CT" {
        return Some(format!("its modality is {}, not CT", acquisition.modality));
    }
    if acquisition.image_type.iter().any(|code| code == "LOCALIZER") {
        return Some("it is a localizer".into());
    }
    if !series.is_volume() && series.status != super::SeriesStatus::Reading {
        return Some(series.status.to_string());
    }
    if series.frames.len() < LEAST_SLICES {
        return Some(format!("its {} slices do not cover a liver", series.frames.len()));
    }
    let mm = series.coverage_mm() + series.geometry.map_or(0.0, |grid| grid.slice_distance_mm());
    (mm < LEAST_COVERAGE_MM).then(|| format!("it covers {mm:.0} mm, less than a liver"))
}

fn header_phase(code: &str, tally: &mut Tally) {
    let phase = match code {
        "" => return,
        "PORTAL_VENOUS" => Some(Phase::PortalVenous),
        "PRE_CONTRAST" => Some(Phase::Native),
        "ARTERIAL" => Some(Phase::Arterial),
        "DELAYED" => Some(Phase::Delayed),
        _ => None,
    };
    let points = phase.map_or(0, |phase| for_or_against(phase, 40));
    tally.add(points, format!("the header says contrast phase {code}"), phase.map(|phase| (40, phase)));
}

fn for_or_against(phase: Phase, points: i32) -> i32 {
    if phase == Phase::PortalVenous { points } else { -points }
}

fn described(field: &str, text: &str, points: i32, may_veto: bool, tally: &mut Tally) {
    let found = text_class(text);
    if found.veto && may_veto {
        tally.add(-40, format!("the {field} \"{text}\" names a scout, a reformat or another reconstruction"), None);
    }
    if let Some(phase) = found.phase {
        let signed = for_or_against(phase, points);
        let reason = format!("the {field} \"{text}\" says {} ({})", phase.name(), found.how);
        tally.add(signed, reason, Some((points, phase)));
    } else if found.contradicts {
        tally.add(0, format!("the {field} \"{text}\" names {}", found.how), None);
    }
}

fn timing(delay_s: Option<f64>, tally: &mut Tally) {
    let Some(delay) = delay_s.filter(|delay| (5.0..=1200.0).contains(delay)) else { return };
    let phase = vocabulary::class_of_delay(delay);
    let points = match phase {
        Some(Phase::PortalVenous) => 20,
        Some(Phase::Arterial) => -20,
        Some(Phase::Delayed) => -15,
        _ => 0,
    };
    tally.add(points, format!("acquired {delay:.0} s after the bolus began"), phase.map(|phase| (20, phase)));
}

fn measured(hu: HuEvidence, tally: &mut Tally) {
    let values = format!("aorta {:.0} HU, portal vein {:.0} HU, liver {:.0} HU", hu.aorta, hu.portal_vein, hu.liver);
    match class_of_hu(hu) {
        Some(phase) => {
            let reason = format!("{values}: {}", phase.name());
            tally.add(for_or_against(phase, 50), reason, Some((50, phase)));
        }
        None => tally.add(0, format!("{values}: no phase of its own"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Geometry;

    fn liver_scan(description: &str, delay_s: Option<f64>) -> Series {
        let geometry = Geometry::axial([8, 8, 120], [0.0; 3], [0.8, 0.8, 2.5]).unwrap();
        let mut series = Series { description: description.into(), geometry: Some(geometry), ..Series::default() };
        series.status = super::super::SeriesStatus::Usable;
        series.acquisition.modality = "CT".into();
        series.acquisition.slice_thickness_mm = Some(2.5);
        series.acquisition.contrast_agent = Some("Iohexol".into());
        series.acquisition.delay_s = delay_s;
        series
    }

    /// Points of the reference implementation for the same headers, which count on 120 slices.
    fn points(description: &str, delay_s: Option<f64>, hu: Option<[f64; 3]>) -> i32 {
        let evidence = hu.map(|[aorta, portal_vein, liver]| HuEvidence { aorta, portal_vein, liver });
        let mut series = liver_scan(description, delay_s);
        series.frames = crate::dicom::series::frames_for_tests(120);
        score(&series, evidence).points.unwrap()
    }

    #[test]
    fn points_are_those_of_the_reference() {
        assert_eq!(points("LIVER PV 2.5", Some(70.0), Some([155.0, 170.0, 110.0])), 109);
        assert_eq!(points("LIVER ART 2.5", Some(35.0), Some([300.0, 120.0, 70.0])), -91);
        assert_eq!(points("LIVER DELAYED", Some(300.0), Some([105.0, 110.0, 90.0])), -86);
        assert_eq!(points("LIVER 5.0", None, Some([155.0, 170.0, 110.0])), 59);
        assert_eq!(points("LIVER 5.0", None, None), 9);
        assert_eq!(points("PORTAL", None, Some([300.0, 110.0, 70.0])), -11);
        assert_eq!(points("LIVER nativ", None, Some([40.0, 38.0, 55.0])), -71);
    }

    #[test]
    fn hu_name_the_phase_against_the_text() {
        let mut series = liver_scan("PORTAL", None);
        series.frames = crate::dicom::series::frames_for_tests(120);
        let hu = HuEvidence { aorta: 300.0, portal_vein: 110.0, liver: 70.0 };
        assert_eq!(score(&series, Some(hu)).class, Some(Phase::Arterial));
        assert_eq!(score(&series, None).class, Some(Phase::PortalVenous));
    }

    #[test]
    fn only_a_clearly_best_series_is_chosen() {
        let with = |points| PhaseScore { points, ..PhaseScore::default() };
        assert_eq!(choose(&[with(Some(39)), with(Some(-21)), with(None)]), Choice::Clear(0));
        assert_eq!(choose(&[with(Some(39)), with(Some(20))]), Choice::Ask);
        assert_eq!(choose(&[with(Some(34))]), Choice::Ask);
        assert_eq!(choose(&[]), Choice::Ask);
    }
}
