//! What a scan found: series that are candidate volumes, the frames they are made of, and what was left out and why.
//!
//! Text is decoded and stripped of control characters; what a header lacks is empty. Nothing here holds pixels.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::image::ImageFile;
use super::phase::PhaseScore;
use super::seg::{SegSource, SourceImage};
use crate::base::Warnings;
use crate::volume::Geometry;

/// The result of a scan.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Candidate volumes, ordered by patient, study and series number.
    pub series: Vec<Series>,
    /// Files that are no part of a volume, each with its reason.
    pub skipped: Vec<Skipped>,
    /// What was odd about the input as a whole.
    pub warnings: Warnings,
    /// `false` while files are still being read: series may then lack slices that come later.
    pub complete: bool,
}

/// A file, or a member of an archive, that is no part of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file; an archive's member follows the archive's path as if the archive were a folder.
    pub path: PathBuf,
    /// Why, in words that finish the sentence "left out: ...".
    pub reason: String,
    /// `false` for what is no fault, such as a report or a scout; `true` for a file that is damaged or hostile.
    pub damaged: bool,
}

/// The patient module of a series (PS3.3 C.7.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// Patient's Name (0010,0010) as the file has it: components separated by `^`, groups by `=`.
    pub name: String,
    /// Patient ID (0010,0020).
    pub id: String,
    /// Issuer of Patient ID (0010,0021).
    pub id_issuer: String,
    /// Patient's Birth Date (0010,0030), `YYYYMMDD`.
    pub birth_date: String,
    /// Patient's Sex (0010,0040).
    pub sex: String,
    /// Patient's Age (0010,1010), such as `063Y`.
    pub age: String,
}

/// The study module of a series (PS3.3 C.7.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Study {
    /// Study Instance UID (0020,000D); may be empty.
    pub instance_uid: String,
    /// Study Date (0008,0020), `YYYYMMDD`.
    pub date: String,
    /// Study Time (0008,0030).
    pub time: String,
    /// Study ID (0020,0010).
    pub id: String,
    /// Study Description (0008,1030).
    pub description: String,
    /// Accession Number (0008,0050).
    pub accession_number: String,
    /// Referring Physician's Name (0008,0090).
    pub referring_physician: String,
}

/// What a header says of the acquisition, for the list and for the ranking of phases.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Acquisition {
    /// Modality (0008,0060).
    pub modality: String,
    /// Image Type (0008,0008), upper case.
    pub image_type: Vec<String>,
    /// Protocol Name (0018,1030).
    pub protocol: String,
    /// Convolution Kernel (0018,1210).
    pub kernel: String,
    /// Body Part Examined (0018,0015).
    pub body_part: String,
    /// Manufacturer (0008,0070).
    pub manufacturer: String,
    /// Manufacturer's Model Name (0008,1090).
    pub model: String,
    /// Slice Thickness (0018,0050), mm.
    pub slice_thickness_mm: Option<f64>,
    /// Acquisition Number (0020,0012) of the first frame.
    pub number: String,
    /// Acquisition Date (0008,0022) of the first frame, `YYYYMMDD`.
    pub date: String,
    /// Acquisition Time (0008,0032) of the first frame.
    pub time: String,
    /// Contrast/Bolus Agent (0018,0010); `None` when the attribute is absent, empty when it is there without a value.
    pub contrast_agent: Option<String>,
    /// Contrast/Bolus Agent Phase (0018,9344).
    pub contrast_phase: String,
    /// Seconds from Contrast/Bolus Start Time (0018,1042) to the acquisition, when both are there.
    pub delay_s: Option<f64>,
}

/// One candidate volume: frames that share series, size, frame of reference, kernel, orientation and pixel spacing.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Whose it is.
    pub patient: Patient,
    /// The study it belongs to.
    pub study: Study,
    /// Series Instance UID (0020,000E); may be empty, and two volumes may share it.
    pub instance_uid: String,
    /// Series Number (0020,0011).
    pub number: Option<i64>,
    /// Series Description (0008,103E).
    pub description: String,
    /// SOP Class UID (0008,0016) of the first frame.
    pub sop_class_uid: String,
    /// Frame of Reference UID (0020,0052).
    pub frame_of_reference_uid: String,
    /// Position Reference Indicator (0020,1040).
    pub position_reference_indicator: String,
    /// How it was acquired.
    pub acquisition: Acquisition,
    /// Which part of a split series this is, in words; empty when the series was not split.
    pub part: String,
    /// Columns and rows of every frame.
    pub size: [usize; 2],
    /// Frames ordered along the normal, row direction x column direction: the order of the volume's slices.
    pub frames: Vec<Frame>,
    /// The grid of the volume. On a rejected series with gaps it is the even grid that the frames do *not* lie on, for
    /// information only; `None` when the frames make no grid at all.
    pub geometry: Option<Geometry>,
    /// Whether it is a volume.
    pub status: SeriesStatus,
    /// Photometric Interpretation is MONOCHROME1: HU are as stored, only the display is inverted (PS3.3 C.7.6.3.1.2), in the
    /// list and in the views.
    pub inverted_display: bool,
    /// How the pixels were compressed with loss; `None` when they were not.
    pub lossy: Option<String>,
    /// How much speaks for the portal venous phase, from headers alone.
    pub phase: PhaseScore,
    /// What is odd about it.
    pub warnings: Warnings,
}

/// Whether a series is a volume.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum SeriesStatus {
    /// Files are still being read.
    #[default]
    Reading,
    /// An orthogonal, even grid.
    Usable,
    /// A grid within tolerances, but not as it should be; the warnings say how.
    Irregular,
    /// An even grid that is sheared by this angle; kept exactly, and to be resampled for orthogonal views.
    Tilted {
        /// Angle between slice step and slice normal.
        degrees: f64,
    },
    /// Not a volume.
    Rejected {
        /// Why, in words.
        reason: String,
        /// Whether its slices can be resampled to an even grid when the user asks for it (gaps, uneven spacing).
        resamplable: bool,
    },
}

impl SeriesStatus {
    /// One word for machine-readable output: `reading`, `ok`, `warn`, `tilt` or `reject`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Usable => "ok",
            Self::Irregular => "warn",
            Self::Tilted { .. } => "tilt",
            Self::Rejected { .. } => "reject",
        }
    }
}

impl fmt::Display for SeriesStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading => write!(f, "still being read"),
            Self::Usable => write!(f, "usable"),
            Self::Irregular => write!(f, "usable, with warnings"),
            Self::Tilted { degrees } => write!(f, "gantry tilt of {degrees:.2} degrees"),
            Self::Rejected { reason, .. } => write!(f, "not a volume: {reason}"),
        }
    }
}

/// One image of a series: a single-frame file, or a frame of an Enhanced CT file.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The file it is in; frames of one file share it.
    pub file: Arc<ImageFile>,
    /// Index of the frame in its file, from 0 on.
    pub index: u32,
    /// Image Position (Patient) (0020,0032), mm.
    pub position: [f64; 3],
    /// Row direction, then column direction: Image Orientation (Patient) (0020,0037).
    pub orientation: [f64; 6],
    /// Pixel Spacing (0028,0030), mm: between rows, then between columns.
    pub pixel_spacing: [f64; 2],
    /// From stored values to HU.
    pub rescale: Rescale,
}

/// HU = slope x stored value + intercept (PS3.3 C.11.1.1.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rescale {
    /// Rescale Slope (0028,1053).
    pub slope: f64,
    /// Rescale Intercept (0028,1052).
    pub intercept: f64,
}

impl Series {
    /// The folder or archive to open to find the series again: what all its frames have in common; none without frames.
    pub fn place(&self) -> Option<PathBuf> {
        let places = self.frames.iter().map(|frame| frame.file.origin.place());
        let common =
            places.reduce(|common, place| common.ancestors().find(|above| place.starts_with(above)).unwrap_or(common));
        common.map(Path::to_owned)
    }

    /// What a segmentation drawn on this series must know of it.
    pub fn seg_source(&self) -> SegSource {
        SegSource {
            patient_name: self.patient.name.clone(),
            patient_id: self.patient.id.clone(),
            patient_id_issuer: self.patient.id_issuer.clone(),
            patient_birth_date: self.patient.birth_date.clone(),
            patient_sex: self.patient.sex.clone(),
            patient_age: self.patient.age.clone(),
            study_instance_uid: self.study.instance_uid.clone(),
            study_date: self.study.date.clone(),
            study_time: self.study.time.clone(),
            study_id: self.study.id.clone(),
            study_description: self.study.description.clone(),
            accession_number: self.study.accession_number.clone(),
            referring_physician_name: self.study.referring_physician.clone(),
            frame_of_reference_uid: self.frame_of_reference_uid.clone(),
            position_reference_indicator: self.position_reference_indicator.clone(),
            series_instance_uid: self.instance_uid.clone(),
            sop_class_uid: self.sop_class_uid.clone(),
            slice_thickness_mm: self.acquisition.slice_thickness_mm,
            grid: self.geometry.filter(|_| self.is_volume()),
            images: self.frames.iter().map(source_image).collect(),
        }
    }

    /// Millimetres from the first slice's centre to the last one's, along the normal.
    pub fn coverage_mm(&self) -> f64 {
        self.geometry.map_or(0.0, |grid| grid.slice_distance_mm() * (self.frames.len().saturating_sub(1)) as f64)
    }

    /// Whether it can be opened as it is: usable, irregular or tilted.
    pub fn is_volume(&self) -> bool {
        matches!(self.status, SeriesStatus::Usable | SeriesStatus::Irregular | SeriesStatus::Tilted { .. })
    }
}

fn source_image(frame: &Frame) -> SourceImage {
    SourceImage {
        sop_instance_uid: frame.file.sop_instance_uid.clone(),
        frame: (frame.file.frames > 1).then_some(frame.index + 1),
        position_mm: Some(frame.position),
    }
}

/// Frames without pixels, for tests of what only counts them.
#[cfg(test)]
pub(super) fn frames_for_tests(n: usize) -> Vec<Frame> {
    let file = Arc::new(ImageFile::for_tests());
    let rescale = Rescale { slope: 1.0, intercept: 0.0 };
    let frame = Frame {
        file,
        index: 0,
        position: [0.0; 3],
        orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        pixel_spacing: [1.0; 2],
        rescale,
    };
    vec![frame; n]
}
