//! Handing in a delineation: what of the protocol is open, who acknowledged it, and over which labels.
//!
//! Points are found elsewhere ([`super::protocol`]) and come here as facts. Nothing is submitted while a point is not acknowledged, and
//! what was acknowledged is stored with the hash of the labels, so that a later change can be told. The protocol is that of Liang et al.
//! 2022, Methods.

use serde::{Deserialize, Serialize};

use super::{PROTOCOL_LEVEL_HU, PROTOCOL_WIDTH_HU, VoiState};
use crate::segment::findings::Likeness;

/// The version of a stored submission.
const VERSION: u32 = 1;

/// Where a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An acquired slice.
    Slice(usize),
    /// A voxel: column, row, slice.
    Voxel([usize; 3]),
}

/// Something of the protocol that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "point", rename_all = "snake_case")]
pub enum OpenPoint {
    /// The VOI is empty.
    NoVoi,
    /// The liver without the others has not the volume of a whole liver.
    LiverVolume {
        /// Its volume.
        volume_ml: f64,
    },
    /// Strokes were made under a window outside the protocol's.
    Window {
        /// Strokes outside.
        n_outside: u32,
        /// All strokes.
        n_strokes: u32,
    },
    /// Slices were not looked at since a machine or a file filled them.
    Unreviewed {
        /// The slices, from 0, in order.
        slices: Vec<usize>,
    },
    /// The VOI has slices without liver between slices with liver.
    Gap {
        /// The slices, from 0, in order.
        slices: Vec<usize>,
    },
    /// The edge that is left out is narrower than the protocol's.
    Margin {
        /// Its width.
        margin_mm: f64,
    },
    /// The liver reaches the border of the image.
    Border {
        /// A voxel there: column, row, slice.
        at: [usize; 3],
    },
    /// Places in the VOI look like something that the protocol leaves out.
    Outliers {
        /// What they look like.
        likeness: Likeness,
        /// How many.
        n_places: usize,
        /// Their volume altogether.
        volume_ml: f64,
        /// A voxel of the largest: column, row, slice.
        at: [usize; 3],
    },
    /// No caudate lobe is drawn.
    CaudateNotExcluded,
    /// HU do not look like the portal venous phase, or none could be measured.
    Phase {
        /// Why, as a sentence without full stop.
        reason: String,
    },
}

/// A point that someone acknowledged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The point.
    #[serde(flatten)]
    pub point: OpenPoint,
    /// What it said, as it was read.
    pub text: String,
    /// What the reader had to say to it; may be empty.
    pub note: String,
}

/// A point on its way to being acknowledged.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// The point.
    pub point: OpenPoint,
    /// Whether the reader acknowledged it.
    pub is_acknowledged: bool,
    /// What the reader has to say to it; may be empty.
    pub note: String,
}

/// Points of one state on their way to being acknowledged.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    state: VoiState,
    labels_sha256: String,
    /// The points, in the order in which they were found.
    pub points: Vec<Raised>,
}

/// What was submitted, to be stored beside the labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// Version of this record.
    pub version: u32,
    /// Who submitted.
    pub reader: String,
    /// When, as the caller's clock writes it (ISO 8601).
    pub at: String,
    /// SHA-256 of the labels ([`super::Snapshot::sha256`]).
    pub labels_sha256: String,
    /// Width of the edge that the VOI leaves out of them, in mm.
    pub edge_margin_mm: f64,
    /// Every open point, each acknowledged.
    pub acknowledged: Vec<Acknowledged>,
}

/// Why nothing was submitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Points are not acknowledged.
    #[error("open points that are not acknowledged: {0}; read and acknowledge each, or correct the delineation")]
    Open(usize),
    /// The labels changed since the points were found.
    #[error("something was drawn since the protocol was checked; check it again")]
    Changed,
    /// Nobody is named.
    #[error("no reader is named; enter your name")]
    NoReader,
    /// A submission cannot be written.
    #[error("the submission could not be written: {0}")]
    Unwritable(String),
    /// A stored submission cannot be read.
    #[error("the submission could not be read: {0}")]
    Unreadable(String),
    /// A stored submission is of a later version.
    #[error("the submission has version {0}, and this program reads up to {VERSION}; open it with a newer one")]
    TooNew(u32),
}

impl OpenPoint {
    /// What is open, in one sentence without full stop; slices are counted from 1.
    pub fn text(&self) -> String {
        match self {
            Self::NoVoi => "The VOI is empty".to_owned(),
            Self::LiverVolume { volume_ml } => format!(
                "The liver without vessels, lesions and caudate lobe has {volume_ml:.0} mL, which no whole liver has"
            ),
            Self::Window { n_outside, n_strokes } => {
                let [widths, levels] =
                    [PROTOCOL_WIDTH_HU, PROTOCOL_LEVEL_HU].map(|hu| format!("{}-{}", hu.start(), hu.end()));
                format!(
                    "{n_outside} of {n_strokes} strokes were made under a window outside width {widths} HU, level {levels} HU"
                )
            }
            Self::Unreviewed { slices } => format!("Slices not looked at: {}", counted(slices)),
            Self::Gap { slices } => format!("Slices without liver between slices with liver: {}", counted(slices)),
            Self::Margin { margin_mm } => {
                format!("The edge that is left out is {margin_mm} mm wide, so that partial volume may enter")
            }
            Self::Border { .. } => "The liver reaches the border of the image, where it may be cut off".to_owned(),
            Self::Outliers { likeness, n_places, volume_ml, .. } => {
                let places = if *n_places == 1 { "1 place".to_owned() } else { format!("{n_places} places") };
                let verb = if *n_places == 1 { "looks" } else { "look" };
                format!("{places} in the VOI {verb} like {}, {volume_ml:.1} mL", like(*likeness))
            }
            Self::CaudateNotExcluded => "The caudate lobe is not drawn, so the VOI may contain it".to_owned(),
            Self::Phase { reason } => reason.clone(),
        }
    }

    /// Where to look, where there is one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Unreviewed { slices } | Self::Gap { slices } => slices.first().copied().map(Place::Slice),
            Self::Border { at } | Self::Outliers { at, .. } => Some(Place::Voxel(*at)),
            _ => None,
        }
    }
}

impl Submission {
    /// The open points of a state, and the hash of its labels ([`super::Snapshot::sha256`]). What was acknowledged of an earlier state
    /// stays so where the point still says exactly the same.
    pub fn new(state: VoiState, labels_sha256: String, points: Vec<OpenPoint>, earlier: Option<&Self>) -> Self {
        let earlier = earlier.map_or(&[][..], |earlier| &earlier.points);
        let raised = |point: OpenPoint| {
            let known = earlier.iter().find(|raised| raised.point == point).cloned();
            known.unwrap_or(Raised { point, is_acknowledged: false, note: String::new() })
        };
        Self { state, labels_sha256, points: points.into_iter().map(raised).collect() }
    }

    /// Whether it is of this state, and these points are the ones, in this order.
    pub fn is_of(&self, state: VoiState, points: &[OpenPoint]) -> bool {
        self.state == state && self.points.iter().map(|raised| &raised.point).eq(points)
    }

    /// Points that are not acknowledged.
    pub fn n_open(&self) -> usize {
        self.points.iter().filter(|raised| !raised.is_acknowledged).count()
    }

    /// Submits the present state; refused while a point is open, and when something was drawn since the points were found.
    pub fn submit(&self, present: VoiState, reader: &str, at: &str) -> Result<Submitted, SubmissionError> {
        if present != self.state {
            return Err(SubmissionError::Changed);
        }
        if reader.trim().is_empty() {
            return Err(SubmissionError::NoReader);
        }
        if self.n_open() > 0 {
            return Err(SubmissionError::Open(self.n_open()));
        }
        let acknowledged = |Raised { point, note, .. }: &Raised| Acknowledged {
            point: point.clone(),
            text: point.text(),
            note: note.trim().to_owned(),
        };
        Ok(Submitted {
            version: VERSION,
            reader: reader.trim().to_owned(),
            at: at.to_owned(),
            labels_sha256: self.labels_sha256.clone(),
            edge_margin_mm: self.state.edge_margin_mm,
            acknowledged: self.points.iter().map(acknowledged).collect(),
        })
    }
}

impl Submitted {
    /// As it is stored.
    pub fn json(&self) -> Result<String, SubmissionError> {
        serde_json::to_string_pretty(self).map_err(|cause| SubmissionError::Unwritable(cause.to_string()))
    }

    /// A stored one.
    pub fn from_json(text: &str) -> Result<Self, SubmissionError> {
        #[derive(Deserialize)]
        struct OfVersion {
            version: u32,
        }
        let unreadable = |cause: serde_json::Error| SubmissionError::Unreadable(cause.to_string());
        match serde_json::from_str(text).map_err(unreadable)? {
            OfVersion { version } if version > VERSION => Err(SubmissionError::TooNew(version)),
            _ => serde_json::from_str(text).map_err(unreadable),
        }
    }
}

/// What a place looks like, within a sentence.
const fn like(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Vessel => "a vessel",
        Likeness::Lesion => "a lesion",
        Likeness::Calcification => "a calcification",
        Likeness::Fat => "fat",
        Likeness::Gas => "gas",
    }
}

/// Slices counted from 1, neighbours joined: "3, 7-12".
fn counted(slices: &[usize]) -> String {
    let neighbours = slices.chunk_by(|a, b| *b == *a + 1);
    let spans = neighbours.filter_map(|span| match span {
        [one] => Some((one + 1).to_string()),
        [first, .., last] => Some(format!("{}-{}", first + 1, last + 1)),
        [] => None,
    });
    spans.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, Identity, Operation};
    use crate::segment::{Brush, SliceOfGrid, disc};
    use crate::volume::{Geometry, Label, Volume, Voxels};
    use std::sync::Arc;

    fn case() -> Case {
        let geometry = Geometry::axial([20, 20, 4], [0.0; 3], [1.0; 3]).unwrap();
        let volume = Volume::new(geometry, Voxels::I16(ndarray::Array3::zeros(geometry.shape()))).unwrap();
        Case::new(Identity::default(), Arc::new(volume))
    }

    fn draw(case: &mut Case, index: usize) {
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index });
        let brush = Brush { radius_mm: 3.0, spacing_mm: [1.0; 2] };
        case.draw(&disc([9.0, 9.0], brush), Label::Liver, Operation::Add);
        case.end_stroke();
    }

    fn points() -> Vec<OpenPoint> {
        let outliers =
            OpenPoint::Outliers { likeness: Likeness::Calcification, n_places: 1, volume_ml: 0.26, at: [1, 2, 3] };
        vec![OpenPoint::CaudateNotExcluded, OpenPoint::Unreviewed { slices: vec![2, 6, 7, 8, 11] }, outliers]
    }

    fn state(case: &Case) -> VoiState {
        VoiState { revision: case.revision(), edge_margin_mm: 2.5 }
    }

    fn submission(case: &mut Case) -> Submission {
        let drawn = case.drawn();
        Submission::new(state(case), drawn.labels.sha256(), points(), None)
    }

    #[test]
    fn nothing_is_submitted_before_every_point_is_acknowledged() {
        let mut case = case();
        draw(&mut case, 1);
        let (mut submission, present) = (submission(&mut case), state(&case));
        assert_eq!(submission.submit(present, "Li", "now"), Err(SubmissionError::Open(3)));
        submission.points[1..].iter_mut().for_each(|raised| raised.is_acknowledged = true);
        submission.points[2].note = " granuloma ".to_owned();
        assert_eq!(submission.submit(present, "Li", "now"), Err(SubmissionError::Open(1)));
        submission.points[0].is_acknowledged = true;
        assert_eq!(submission.submit(present, " ", "now"), Err(SubmissionError::NoReader));
        let submitted = submission.submit(present, "Li", "2026-11-28T21:40:00Z").unwrap();
        assert_eq!(submitted.labels_sha256, case.drawn().labels.sha256());
        let notes: Vec<&str> = submitted.acknowledged.iter().map(|point| point.note.as_str()).collect();
        assert_eq!(notes, ["", "", "granuloma"]);
        case.undo();
        case.redo();
        assert!(submission.submit(state(&case), "Li", "now").is_ok(), "the state is the same");
        draw(&mut case, 0);
        assert_eq!(submission.submit(state(&case), "Li", "now"), Err(SubmissionError::Changed));
    }

    #[test]
    fn what_still_says_the_same_stays_acknowledged_and_what_changed_does_not() {
        let mut case = case();
        let mut earlier = submission(&mut case);
        earlier.points.iter_mut().for_each(|raised| raised.is_acknowledged = true);
        earlier.points[0].note = "resected".to_owned();
        draw(&mut case, 1);
        let mut now = points();
        now[1] = OpenPoint::Unreviewed { slices: vec![2] };
        let later = Submission::new(state(&case), String::new(), now.clone(), Some(&earlier));
        let acknowledged: Vec<bool> = later.points.iter().map(|raised| raised.is_acknowledged).collect();
        assert_eq!((acknowledged, later.points[0].note.as_str()), (vec![true, false, true], "resected"));
        assert!(later.is_of(state(&case), &now) && !later.is_of(state(&case), &points()));
    }

    #[test]
    fn what_was_submitted_is_read_back_as_it_was() {
        let mut case = case();
        let mut submission = submission(&mut case);
        submission.points.iter_mut().for_each(|raised| raised.is_acknowledged = true);
        let submitted = submission.submit(state(&case), "Li", "now").unwrap();
        let json = submitted.json().unwrap();
        assert_eq!(Submitted::from_json(&json).unwrap(), submitted);
        let newer = json.replace("\"version\": 1", "\"version\": 7");
        assert_eq!(Submitted::from_json(&newer), Err(SubmissionError::TooNew(7)));
        assert!(matches!(Submitted::from_json(&json[..40]), Err(SubmissionError::Unreadable(_))));
    }

    #[test]
    fn points_say_what_and_where() {
        let texts: Vec<String> = points().iter().map(OpenPoint::text).collect();
        assert_eq!(texts[1], "Slices not looked at: 3, 7-9, 12");
        assert_eq!(texts[2], "1 place in the VOI looks like a calcification, 0.3 mL");
        let window = OpenPoint::Window { n_outside: 1, n_strokes: 4 };
        assert_eq!(window.text(), "1 of 4 strokes were made under a window outside width 200-300 HU, level 30-70 HU");
        let places: Vec<Option<Place>> = points().iter().map(OpenPoint::place).collect();
        assert_eq!(places, [None, Some(Place::Slice(2)), Some(Place::Voxel([1, 2, 3]))]);
    }
}
