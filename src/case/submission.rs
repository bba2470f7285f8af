//! Handing in a delineation: what of the protocol is open, who acknowledged it, and over which labels.
//!
//! Points are found elsewhere and come here as facts. Nothing is submitted while a point is not acknowledged, and what was
//! acknowledged is stored with the hash of the labels, so that a later change can be told. The protocol is that of Liang et al. 2022,
//! Methods.

use serde::{Deserialize, Serialize};

use super::{Drawn, Review, Revision, SliceState};

/// The version of a stored submission.
const VERSION: u32 = 1;

/// What an outlier of HU within the VOI looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspect {
    /// An enhanced vessel.
    Vessel,
    /// A lesion.
    Lesion,
    /// A calcification.
    Calcification,
    /// Fat.
    Fat,
}

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
    /// The VOI has not the volume of a whole liver.
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
    /// Voxels of the VOI lie closer to its edge than the protocol's margin.
    Margin {
        /// The margin.
        margin_mm: f64,
        /// How many.
        n_voxels: u64,
        /// One of them: column, row, slice.
        at: [usize; 3],
    },
    /// The VOI reaches the border of the image.
    Border {
        /// A voxel there: column, row, slice.
        at: [usize; 3],
    },
    /// Voxels of the VOI look like something that the protocol leaves out.
    Outliers {
        /// What.
        suspect: Suspect,
        /// How many.
        n_voxels: u64,
        /// One of them: column, row, slice.
        at: [usize; 3],
    },
    /// No caudate lobe is drawn.
    CaudateNotExcluded,
    /// HU do not look like the portal venous phase.
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

/// Points of one state on their way to being acknowledged.
#[derive(Debug, Clone)]
pub struct Submission {
    revision: Revision,
    labels_sha256: String,
    /// Each with the reader's note, once acknowledged.
    points: Vec<(OpenPoint, Option<String>)>,
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
    /// Every open point, each acknowledged.
    pub acknowledged: Vec<Acknowledged>,
}

/// Why nothing was submitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Points are not acknowledged.
    #[error("{0} of the open points are not acknowledged; read them and acknowledge each, or correct the delineation")]
    Open(usize),
    /// The labels changed since the points were found.
    #[error("something was drawn since the protocol was checked; check it again")]
    Changed,
    /// Nobody is named.
    #[error("no reader is named; enter your name in the protocol panel")]
    NoReader,
    /// A stored submission cannot be read.
    #[error("the submission could not be read: {0}")]
    Unreadable(String),
    /// A stored submission is of a later version.
    #[error("the submission has version {0}, and this program reads up to {VERSION}; open it with a newer one")]
    TooNew(u32),
}

impl Suspect {
    /// As it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vessel => "a vessel",
            Self::Lesion => "a lesion",
            Self::Calcification => "a calcification",
            Self::Fat => "fat",
        }
    }
}

impl OpenPoint {
    /// The points that the review of a case tells: windows out of range, slices that need a look.
    pub fn of_review(review: &Review) -> Vec<Self> {
        let window = review.window_use();
        let n_strokes = window.within.saturating_add(window.outside);
        let windows = (window.outside > 0).then_some(Self::Window { n_outside: window.outside, n_strokes });
        let unreviewed = review.states().enumerate().filter(|(_, state)| SliceState::needs_review(*state));
        let slices: Vec<usize> = unreviewed.map(|(slice, _)| slice).collect();
        windows.into_iter().chain((!slices.is_empty()).then_some(Self::Unreviewed { slices })).collect()
    }

    /// What is open, in one sentence without full stop; slices are counted from 1.
    pub fn text(&self) -> String {
        match self {
            Self::NoVoi => "The VOI is empty".to_owned(),
            Self::LiverVolume { volume_ml } => format!("The VOI has {volume_ml:.0} mL, which no whole liver has"),
            Self::Window { n_outside, n_strokes } => format!(
                "{n_outside} of {n_strokes} strokes were made under a window outside width 200-300 HU, level 30-70 HU"
            ),
            Self::Unreviewed { slices } => format!("Slices not looked at: {}", counted(slices)),
            Self::Gap { slices } => format!("Slices without liver between slices with liver: {}", counted(slices)),
            Self::Margin { margin_mm, n_voxels, .. } => {
                format!("{n_voxels} voxels of the VOI lie within {margin_mm} mm of the liver's edge")
            }
            Self::Border { .. } => "The VOI reaches the border of the image".to_owned(),
            Self::Outliers { suspect, n_voxels, .. } => {
                format!("{n_voxels} voxels of the VOI look like {}", suspect.name())
            }
            Self::CaudateNotExcluded => "The caudate lobe is not drawn, so the VOI may contain it".to_owned(),
            Self::Phase { reason } => reason.clone(),
        }
    }

    /// Where to look, where there is one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Unreviewed { slices } | Self::Gap { slices } => slices.first().copied().map(Place::Slice),
            Self::Margin { at, .. } | Self::Border { at } | Self::Outliers { at, .. } => Some(Place::Voxel(*at)),
            _ => None,
        }
    }
}

impl Submission {
    /// The open points of a state.
    pub fn new(drawn: &Drawn, points: Vec<OpenPoint>) -> Self {
        let points = points.into_iter().map(|point| (point, None)).collect();
        Self { revision: drawn.revision, labels_sha256: drawn.labels.sha256(), points }
    }

    /// The points in order, each with the note that it was acknowledged with, once it was.
    pub fn points(&self) -> impl Iterator<Item = (&OpenPoint, Option<&str>)> {
        self.points.iter().map(|(point, note)| (point, note.as_deref()))
    }

    /// Acknowledges a point by its place in the list, with a note that may be empty.
    pub fn acknowledge(&mut self, index: usize, note: &str) {
        if let Some((_, own)) = self.points.get_mut(index) {
            *own = Some(note.to_owned());
        }
    }

    /// Takes an acknowledgement back.
    pub fn withdraw(&mut self, index: usize) {
        if let Some((_, note)) = self.points.get_mut(index) {
            *note = None;
        }
    }

    /// Points that are not acknowledged.
    pub fn n_open(&self) -> usize {
        self.points.iter().filter(|(_, note)| note.is_none()).count()
    }

    /// Submits the present state; refused while a point is open, and when something was drawn since the points were found.
    pub fn submit(&self, present: Revision, reader: &str, at: &str) -> Result<Submitted, SubmissionError> {
        if present != self.revision {
            return Err(SubmissionError::Changed);
        }
        if reader.trim().is_empty() {
            return Err(SubmissionError::NoReader);
        }
        let acknowledged = |(point, note): &(OpenPoint, Option<String>)| {
            Some(Acknowledged { text: point.text(), point: point.clone(), note: note.clone()? })
        };
        let acknowledged: Vec<_> = self.points.iter().filter_map(acknowledged).collect();
        match self.n_open() {
            0 => Ok(Submitted {
                version: VERSION,
                reader: reader.trim().to_owned(),
                at: at.to_owned(),
                labels_sha256: self.labels_sha256.clone(),
                acknowledged,
            }),
            n => Err(SubmissionError::Open(n)),
        }
    }
}

impl Submitted {
    /// As it is stored.
    pub fn json(&self) -> Result<String, SubmissionError> {
        serde_json::to_string_pretty(self).map_err(|cause| SubmissionError::Unreadable(cause.to_string()))
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

    fn draw(case: &mut Case) {
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 1 });
        let brush = Brush { radius_mm: 3.0, spacing_mm: [1.0; 2] };
        case.draw(&disc([9.0, 9.0], brush), Label::Liver, Operation::Add);
        case.end_stroke();
    }

    fn points() -> Vec<OpenPoint> {
        let outliers = OpenPoint::Outliers { suspect: Suspect::Calcification, n_voxels: 12, at: [1, 2, 3] };
        vec![OpenPoint::CaudateNotExcluded, OpenPoint::Unreviewed { slices: vec![2, 6, 7, 8, 11] }, outliers]
    }

    #[test]
    fn nothing_is_submitted_before_every_point_is_acknowledged() {
        let mut case = case();
        draw(&mut case);
        let drawn = case.drawn();
        let mut submission = Submission::new(&drawn, points());
        assert_eq!(submission.submit(drawn.revision, "Li", "now"), Err(SubmissionError::Open(3)));
        (0..5).for_each(|index| submission.acknowledge(index, ""));
        submission.acknowledge(2, "granuloma");
        submission.withdraw(0);
        assert_eq!(submission.submit(drawn.revision, "Li", "now"), Err(SubmissionError::Open(1)));
        submission.acknowledge(0, "resected");
        assert_eq!(submission.submit(drawn.revision, " ", "now"), Err(SubmissionError::NoReader));
        let submitted = submission.submit(drawn.revision, "Li", "2026-11-28T21:40:00Z").unwrap();
        assert_eq!(submitted.labels_sha256, drawn.labels.sha256());
        let notes: Vec<&str> = submitted.acknowledged.iter().map(|point| point.note.as_str()).collect();
        assert_eq!(notes, ["resected", "", "granuloma"]);
        case.undo();
        case.redo();
        assert!(submission.submit(case.revision(), "Li", "now").is_ok(), "the state is the same");
        case.begin_stroke("Brush", SliceOfGrid { axis: 2, index: 0 });
        case.draw(&disc([9.0, 9.0], Brush { radius_mm: 3.0, spacing_mm: [1.0; 2] }), Label::Liver, Operation::Add);
        case.end_stroke();
        assert_eq!(submission.submit(case.revision(), "Li", "now"), Err(SubmissionError::Changed));
    }

    #[test]
    fn what_was_submitted_is_read_back_as_it_was() {
        let mut case = case();
        let drawn = case.drawn();
        let mut submission = Submission::new(&drawn, points());
        (0..3).for_each(|index| submission.acknowledge(index, "seen"));
        let submitted = submission.submit(drawn.revision, "Li", "now").unwrap();
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
        assert_eq!(texts[2], "12 voxels of the VOI look like a calcification");
        let places: Vec<Option<Place>> = points().iter().map(OpenPoint::place).collect();
        assert_eq!(places, [None, Some(Place::Slice(2)), Some(Place::Voxel([1, 2, 3]))]);
    }

    #[test]
    fn the_review_tells_windows_and_slices() {
        let mut case = case();
        draw(&mut case);
        assert_eq!(OpenPoint::of_review(case.review()), []);
        let map = crate::volume::LabelMap::empty(*case.volume().geometry());
        case.replace_labels("Load", &map).unwrap();
        assert_eq!(OpenPoint::of_review(case.review()), [OpenPoint::Unreviewed { slices: vec![1] }]);
    }
}
