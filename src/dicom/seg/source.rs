//! What a segmentation must know of the series that it was drawn on.

use crate::volume::Geometry;

/// Patient, study, frame of reference and images of a series, as its own headers give them. Text that a header lacks is empty.
///
/// `images` has one entry for each slice of the volume, in the order of the volume's slices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SegSource {
    /// Patient's Name (0010,0010).
    pub patient_name: String,
    /// Patient ID (0010,0020).
    pub patient_id: String,
    /// Issuer of Patient ID (0010,0021).
    pub patient_id_issuer: String,
    /// Patient's Birth Date (0010,0030), `YYYYMMDD`.
    pub patient_birth_date: String,
    /// Patient's Sex (0010,0040).
    pub patient_sex: String,
    /// Patient's Age (0010,1010), such as `063Y`.
    pub patient_age: String,
    /// Study Instance UID (0020,000D).
    pub study_instance_uid: String,
    /// Study Date (0008,0020), `YYYYMMDD`.
    pub study_date: String,
    /// Study Time (0008,0030).
    pub study_time: String,
    /// Study ID (0020,0010).
    pub study_id: String,
    /// Study Description (0008,1030).
    pub study_description: String,
    /// Accession Number (0008,0050).
    pub accession_number: String,
    /// Referring Physician's Name (0008,0090).
    pub referring_physician_name: String,
    /// Frame of Reference UID (0020,0052).
    pub frame_of_reference_uid: String,
    /// Position Reference Indicator (0020,1040).
    pub position_reference_indicator: String,
    /// Series Instance UID (0020,000E) of the series.
    pub series_instance_uid: String,
    /// SOP Class UID (0008,0016) of its images.
    pub sop_class_uid: String,
    /// Slice Thickness (0018,0050) in mm; `None` stands for the distance between slices.
    pub slice_thickness_mm: Option<f64>,
    /// The grid of the volume that the images make, where it is known; `None` where they make none.
    pub grid: Option<Geometry>,
    /// The image of each slice of the volume.
    pub images: Vec<SourceImage>,
}

/// The image that a slice came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceImage {
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// The frame of a multi-frame image, from 1 on; `None` for an image of one frame.
    pub frame: Option<u32>,
    /// Image Position (0020,0032) as the image itself gives it, in mm; a volume whose slices are not quite evenly spaced has
    /// them elsewhere by a little. `None` stands for the slice's place in the volume.
    pub position_mm: Option<[f64; 3]>,
}
