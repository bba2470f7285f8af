//! What the study's protocol (Liang et al. 2022, Methods) asks of a delineation, held against what is drawn: the one place where
//! points are found open, for the panel that shows them and the submission that asks about them.
//!
//! What a frame can afford is read off the case each time ([`Check`]); what takes longer is found once for a state ([`Facts`]) by
//! whoever has a thread for it. Nothing is decided here: a point that is open is for the reader to correct or to acknowledge.

use ndarray::Axis;

use super::submission::OpenPoint;
use super::{Case, Drawn, SliceState, liver_volume_doubt};
use crate::base::Progress;
use crate::dicom::phase::evidence::NoEvidence;
use crate::dicom::phase::{HuEvidence, Phase, class_of_hu};
use crate::segment::findings::{Findings, FindingsError, Likeness, findings};
use crate::segment::voi::{EDGE_MARGIN_MM, ProtocolVoi, VoiError};
use crate::volume::{Label, LabelMap, is_voi};

/// What HU of the image say of its phase, once that is known.
pub type MeasuredPhase = Option<Result<HuEvidence, NoEvidence>>;

/// What takes longer than a frame to know of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Hash of the labels ([`super::Snapshot::sha256`]).
    pub labels_sha256: String,
    /// Width of the edge that is left out, in mm.
    pub margin_mm: f64,
    /// Voxels of the VOI.
    pub n_voxels: usize,
    /// A voxel of liver at the border of the image: column, row, slice.
    pub at_border: Option<[usize; 3]>,
    /// Slices without liver between slices with liver, from 0, in order.
    pub gaps: Vec<usize>,
    /// What in the VOI does not look like liver.
    pub findings: Findings,
}

/// Why the facts of a state are not known.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FactsError {
    /// The VOI was not derived.
    #[error(transparent)]
    Voi(#[from] VoiError),
    /// Outliers were not looked for.
    #[error(transparent)]
    Findings(#[from] FindingsError),
}

/// What a point is about: a line of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The windows that strokes were made under.
    Window,
    /// How far the slices got.
    Slices,
    /// The edge that is left out.
    Edge,
    /// HU in the VOI.
    Outliers,
    /// The caudate lobe.
    Caudate,
    /// The phase of the image.
    Phase,
    /// The volume of the VOI.
    Volume,
}

/// How a topic stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As the protocol has it.
    InOrder,
    /// At least one point is open.
    Open,
    /// Not known yet, or nothing is there to judge.
    Unknown,
}

/// A case held against the protocol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Check {
    /// What is open, in the order of the topics.
    pub points: Vec<OpenPoint>,
    /// Topics of which nothing can be said yet.
    unknown: Vec<Topic>,
    /// Whether everything is known that there is to know of this state.
    pub is_complete: bool,
}

impl Facts {
    /// Finds them; the work of a thread, not of a frame.
    pub fn of(drawn: &Drawn, margin_mm: f64, progress: &Progress) -> Result<Self, FactsError> {
        let labels = drawn.labels.label_map();
        let voi = ProtocolVoi::new(&labels, margin_mm, progress)?;
        let mask = voi.mask().map_err(VoiError::from)?;
        Ok(Self {
            labels_sha256: drawn.labels.sha256(),
            margin_mm,
            n_voxels: voi.n_voxels(),
            at_border: at_border(&labels),
            gaps: gaps(&labels),
            findings: findings(&drawn.volume, &mask, progress)?,
        })
    }
}

/// A voxel of the VOI, before its edge is left out, in the outermost layer along an axis of more than one voxel.
fn at_border(labels: &LabelMap) -> Option<[usize; 3]> {
    let size = labels.geometry().size();
    let layers = (0..3).filter(|&axis| size[axis] > 1).flat_map(|axis| [(axis, 0), (axis, size[axis] - 1)]);
    layers.into_iter().find_map(|(axis, end)| {
        let layer = labels.bits().index_axis(Axis(2 - axis), end);
        let ((a, b), _) = layer.indexed_iter().find(|(_, bits)| is_voi(**bits))?;
        Some(match axis {
            0 => [end, b, a],
            1 => [b, end, a],
            _ => [b, a, end],
        })
    })
}

/// Slices without a voxel of the VOI between slices with one.
fn gaps(labels: &LabelMap) -> Vec<usize> {
    let filled: Vec<bool> = labels.bits().outer_iter().map(|slice| slice.iter().any(|bits| is_voi(*bits))).collect();
    let first = filled.iter().position(|filled| *filled).unwrap_or(0);
    let last = filled.iter().rposition(|filled| *filled).unwrap_or(0);
    (first..last).filter(|slice| !filled[*slice]).collect()
}

impl Topic {
    /// Every topic, in the order in which they are shown.
    pub const ALL: [Topic; 7] =
        [Topic::Window, Topic::Slices, Topic::Edge, Topic::Outliers, Topic::Caudate, Topic::Volume, Topic::Phase];

    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Topic::Window => "Window",
            Topic::Slices => "Slices",
            Topic::Edge => "Edge",
            Topic::Outliers => "Outliers",
            Topic::Caudate => "Caudate lobe",
            Topic::Phase => "Phase",
            Topic::Volume => "Volume",
        }
    }
}

impl Standing {
    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::InOrder => "in order",
            Standing::Open => "open",
            Standing::Unknown => "not known yet",
        }
    }
}

impl OpenPoint {
    /// What it is about.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::NoVoi | Self::LiverVolume { .. } => Topic::Volume,
            Self::Window { .. } => Topic::Window,
            Self::Unreviewed { .. } | Self::Gap { .. } => Topic::Slices,
            Self::Margin { .. } | Self::Border { .. } => Topic::Edge,
            Self::Outliers { .. } => Topic::Outliers,
            Self::CaudateNotExcluded => Topic::Caudate,
            Self::Phase { .. } => Topic::Phase,
        }
    }
}

impl Check {
    /// Holds a case against the protocol; `facts` are those of its present state, once they are known.
    pub fn of(case: &Case, phase: MeasuredPhase, facts: Option<&Facts>) -> Self {
        let statistics = case.statistics();
        let (voi, caudate) = (statistics.voi, statistics.label(Label::Caudate).n_voxels);
        let is_drawn = voi.n_voxels > 0 && facts.is_none_or(|facts| facts.n_voxels > 0);
        let strokes = case.review().window_use();
        let mut points = of_review(case);
        points.extend(facts.filter(|_| is_drawn).into_iter().flat_map(of_facts));
        match is_drawn {
            false => points.push(OpenPoint::NoVoi),
            true if caudate == 0 => points.push(OpenPoint::CaudateNotExcluded),
            true => {}
        }
        if is_drawn && liver_volume_doubt(voi.volume_ml).is_some() {
            points.push(OpenPoint::LiverVolume { volume_ml: voi.volume_ml });
        }
        points.extend(phase.and_then(doubt_of_phase).map(|reason| OpenPoint::Phase { reason }));
        let place = |point: &OpenPoint| Topic::ALL.iter().position(|topic| *topic == point.topic());
        points.sort_by_key(place);
        let unknown = [
            (Topic::Window, strokes.within + strokes.outside == 0),
            (Topic::Slices, !is_drawn),
            (Topic::Edge, !is_drawn || facts.is_none()),
            (Topic::Outliers, !is_drawn || facts.is_none()),
            (Topic::Caudate, !is_drawn),
            (Topic::Phase, phase.is_none()),
        ];
        let unknown = unknown.into_iter().filter(|(_, holds)| *holds).map(|(topic, _)| topic).collect();
        Self { points, unknown, is_complete: facts.is_some() && phase.is_some() }
    }

    /// How a topic stands.
    pub fn standing(&self, topic: Topic) -> Standing {
        if self.points.iter().any(|point| point.topic() == topic) {
            Standing::Open
        } else if self.unknown.contains(&topic) {
            Standing::Unknown
        } else {
            Standing::InOrder
        }
    }
}

/// The points that the review tells: windows out of range, slices that need a look.
fn of_review(case: &Case) -> Vec<OpenPoint> {
    let strokes = case.review().window_use();
    let n_strokes = strokes.within.saturating_add(strokes.outside);
    let window = (strokes.outside > 0).then_some(OpenPoint::Window { n_outside: strokes.outside, n_strokes });
    let unreviewed = case.review().states().enumerate().filter(|(_, state)| SliceState::needs_review(*state));
    let slices: Vec<usize> = unreviewed.map(|(slice, _)| slice).collect();
    window.into_iter().chain((!slices.is_empty()).then_some(OpenPoint::Unreviewed { slices })).collect()
}

/// The points that facts tell: gaps, edge, outliers by what they look like.
fn of_facts(facts: &Facts) -> Vec<OpenPoint> {
    let gap = (!facts.gaps.is_empty()).then(|| OpenPoint::Gap { slices: facts.gaps.clone() });
    let margin = (facts.margin_mm < EDGE_MARGIN_MM).then_some(OpenPoint::Margin { margin_mm: facts.margin_mm });
    let border = facts.at_border.map(|at| OpenPoint::Border { at });
    let outliers = Likeness::ALL.into_iter().filter_map(|likeness| {
        let of_kind = || facts.findings.listed.iter().filter(|finding| finding.likeness == likeness);
        let volume_ml = of_kind().map(|finding| finding.volume_mm3).sum::<f64>() / 1000.0;
        let at = of_kind().next()?.voxel;
        Some(OpenPoint::Outliers { likeness, n_places: of_kind().count(), volume_ml, at })
    });
    gap.into_iter().chain(margin).chain(border).chain(outliers).collect()
}

/// Why the image may not be of the portal venous phase, as a sentence without full stop.
fn doubt_of_phase(measured: Result<HuEvidence, NoEvidence>) -> Option<String> {
    match measured.map(class_of_hu) {
        Ok(Some(Phase::PortalVenous)) => None,
        Ok(Some(phase)) => Some(format!("HU look {}, not portal venous", phase.name())),
        Ok(None) => Some("HU fit no phase clearly".to_owned()),
        Err(none) => Some(format!("The phase is not confirmed: {none}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Beginning, Extent, Identity, Made, Operation};
    use crate::segment::{Brush, SliceOfGrid, disc};
    use crate::volume::{Geometry, Volume, Voxels};
    use ndarray::Array3;
    use std::sync::Arc;

    const PORTAL: MeasuredPhase = Some(Ok(HuEvidence { aorta: 155.0, portal_vein: 170.0, liver: 110.0 }));

    /// 40 x 40 x 6 voxels of 2 x 2 x 5 mm at 100 HU, with a bright ball of 6 mm on slice 3.
    fn case() -> Case {
        let geometry = Geometry::axial([40, 40, 6], [0.0; 3], [2.0, 2.0, 5.0]).unwrap();
        let hu = |(k, j, i): (usize, usize, usize)| {
            let away = [i as f64 * 2.0 - 40.0, j as f64 * 2.0 - 40.0, k as f64 * 5.0 - 15.0];
            if away.iter().map(|mm| mm * mm).sum::<f64>() < 36.0 { 180 } else { 100 }
        };
        let voxels = Voxels::I16(Array3::from_shape_fn(geometry.shape(), hu));
        Case::new(Identity::default(), Arc::new(Volume::new(geometry, voxels).unwrap()))
    }

    fn draw(case: &mut Case, slice: usize, radius_mm: f64, label: Label) {
        let (slice, made) = (SliceOfGrid { axis: 2, index: slice }, Made::by_hand());
        case.begin(Beginning { tool: "Brush", extent: Extent::Slice(slice), made });
        case.draw(&disc([20.0, 20.0], Brush { radius_mm, spacing_mm: [2.0; 2] }), label, Operation::Add);
        case.end_stroke();
    }

    fn facts(case: &mut Case) -> Facts {
        Facts::of(&case.drawn(), EDGE_MARGIN_MM, &Progress::new()).unwrap()
    }

    fn open(case: &mut Case) -> Vec<OpenPoint> {
        let facts = facts(case);
        Check::of(case, PORTAL, Some(&facts)).points
    }

    #[test]
    fn an_outlier_in_the_voi_is_open_until_it_is_drawn_as_what_it_is() {
        let mut case = case();
        (1..5).for_each(|slice| draw(&mut case, slice, 30.0, Label::Liver));
        let at_ball = |point: &OpenPoint| matches!(point, OpenPoint::Outliers { likeness: Likeness::Vessel, n_places: 1, at, .. } if *at == [20, 20, 3]);
        assert!(open(&mut case).iter().any(at_ball), "{:?}", open(&mut case));
        (2..5).for_each(|slice| draw(&mut case, slice, 8.0, Label::Vessel));
        let facts = facts(&mut case);
        let check = Check::of(&case, PORTAL, Some(&facts));
        assert_eq!(check.standing(Topic::Outliers), Standing::InOrder, "{:?}", check.points);
        assert!(facts.n_voxels > 0 && check.is_complete);
    }

    #[test]
    fn a_gap_and_the_border_are_open_until_the_gap_is_filled_and_the_border_left() {
        let mut case = case();
        [0, 1, 3].into_iter().for_each(|slice| draw(&mut case, slice, 20.0, Label::Liver));
        let points = open(&mut case);
        assert!(points.contains(&OpenPoint::Gap { slices: vec![2] }), "{points:?}");
        assert!(points.iter().any(|point| matches!(point, OpenPoint::Border { at: [.., 0] })), "{points:?}");
        draw(&mut case, 2, 20.0, Label::Liver);
        assert!(!open(&mut case).iter().any(|point| matches!(point, OpenPoint::Gap { .. })));
    }

    #[test]
    fn a_margin_below_the_protocol_s_is_open() {
        let mut case = case();
        draw(&mut case, 2, 20.0, Label::Liver);
        let narrow = Facts::of(&case.drawn(), 0.0, &Progress::new()).unwrap();
        let points = Check::of(&case, PORTAL, Some(&narrow)).points;
        assert!(points.contains(&OpenPoint::Margin { margin_mm: 0.0 }));
        assert!(!open(&mut case).iter().any(|point| matches!(point, OpenPoint::Margin { .. })));
    }

    #[test]
    fn nothing_is_in_order_before_it_is_known() {
        let mut case = case();
        let check = Check::of(&case, None, None);
        let standings = Topic::ALL.map(|topic| check.standing(topic));
        assert_eq!(standings.iter().filter(|standing| **standing == Standing::InOrder).count(), 0, "{standings:?}");
        assert!(check.points == [OpenPoint::NoVoi] && !check.is_complete);
        draw(&mut case, 2, 20.0, Label::Liver);
        let check = Check::of(&case, PORTAL, None);
        assert_eq!(check.standing(Topic::Outliers), Standing::Unknown);
        assert_eq!(check.standing(Topic::Caudate), Standing::Open);
        draw(&mut case, 2, 4.0, Label::Caudate);
        let check = Check::of(&case, PORTAL, None);
        assert_eq!([Topic::Caudate, Topic::Phase].map(|topic| check.standing(topic)), [Standing::InOrder; 2]);
    }

    #[test]
    fn a_phase_that_is_another_or_unmeasured_is_said() {
        let arterial = Ok(HuEvidence { aorta: 320.0, portal_vein: 110.0, liver: 70.0 });
        assert_eq!(doubt_of_phase(arterial).as_deref(), Some("HU look arterial, not portal venous"));
        let none = doubt_of_phase(Err(NoEvidence::NoLiver)).unwrap_or_default();
        assert_eq!(none, "The phase is not confirmed: no HU evidence: no liver was found");
    }

    #[test]
    fn windows_and_slices_come_from_the_review() {
        let mut case = case();
        draw(&mut case, 1, 20.0, Label::Liver);
        let map = LabelMap::empty(*case.volume().geometry());
        assert!(of_review(&case).is_empty());
        case.replace_labels("Load", &map).unwrap();
        assert_eq!(of_review(&case), [OpenPoint::Unreviewed { slices: vec![1] }]);
    }
}
