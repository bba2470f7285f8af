//! What lies on the desk: the open case, its files, and the slice that shows while it is being decoded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dialogs::Purpose;
use super::voi::Voi;
use crate::base::Warnings;
use crate::case::protocol::MeasuredPhase;
use crate::case::{Case, Identity, Labels, RECOVERED, Revision, VoiState};
use crate::dicom::Series;
use crate::dicom::phase::{self, Phase};
use crate::job::voi_doubts;
use crate::volume::{Label, Volume};

/// Digits of an identifier that stand in a file's name.
const TAG_DIGITS: usize = 6;

/// The open case.
#[derive(Default)]
pub struct Desk {
    /// The case; `None` while its image is being decoded or nothing is open.
    pub case: Option<Case>,
    /// The series that it is, when it came from DICOM.
    pub series: Option<Arc<Series>>,
    /// Who and what is open or being opened.
    pub identity: Identity,
    /// How the image was interpolated, when it was: its voxels are then not the scanner's.
    pub interpolation: Option<String>,
    /// What HU of the image say of its phase, once they are measured.
    pub hu: MeasuredPhase,
    /// What is odd about the image.
    warnings: Warnings,
    /// The labels that were loaded last.
    loaded: Option<Loaded>,
    /// The fractional segmentation that is being loaded, and its threshold.
    pub threshold: Option<(PathBuf, f64)>,
    /// Whether features of interpolated voxels may be extracted, which the user says for each image.
    pub allows_interpolated: bool,
    /// The first slice of an image that is being decoded.
    pub preview: Option<Labels>,
    /// The VOI that follows from what is drawn.
    pub voi: Voi,
    /// What the last path was typed for that something of this case was to be written to, and the path.
    pub typed: Option<(Purpose, PathBuf)>,
    /// The state that is in a file, or was given up.
    saved: Option<Revision>,
}

impl Desk {
    /// Clears the desk for an image that is being decoded.
    pub fn expect(&mut self, identity: Identity, series: Option<Arc<Series>>) {
        *self = Self { identity, series, voi: self.voi.of_another_image(), ..Self::default() };
    }

    /// Shows the first slice.
    pub fn set_preview(&mut self, volume: Arc<Volume>) {
        self.preview = Some(Labels::empty(volume));
    }

    /// The image is here; `interpolation` says how it was interpolated, when it was, and `warnings` what is odd about it.
    pub fn begin(&mut self, volume: Arc<Volume>, interpolation: Option<String>, warnings: Warnings) {
        self.case = Some(Case::new(self.identity.clone(), volume));
        self.interpolation = interpolation;
        self.warnings = warnings;
        self.loaded = None;
        self.preview = None;
    }

    /// The phase that the series looks to be of, by its header and, once they are measured, its HU; none where there is no series.
    pub fn phase(&self) -> Option<String> {
        self.series.as_ref().map(|_| self.phase_class().map_or("unknown", Phase::name).to_owned())
    }

    fn phase_class(&self) -> Option<Phase> {
        let series = self.series.as_ref()?;
        self.hu.and_then(Result::ok).map_or(series.phase.class, |hu| phase::score(series, Some(hu)).class)
    }

    /// What is odd about the image, and about a VOI of this volume where there is one.
    pub fn doubts(&self, voi_ml: Option<f64>) -> Warnings {
        let mut doubts = self.warnings.clone();
        let loaded = self.loaded.as_ref().filter(|loaded| loaded.is_of(self.case.as_ref()));
        loaded.iter().for_each(|loaded| doubts.extend(&loaded.warnings));
        doubts.extend(&voi_doubts(self.phase_class(), voi_ml));
        self.interpolation.iter().for_each(|note| doubts.push(note.as_str()));
        doubts
    }

    /// What the VOI follows from, by which its features are known.
    pub fn voi_state(&self) -> Option<VoiState> {
        let edge_margin_mm = self.voi.margin_mm();
        self.case.as_ref().map(|case| VoiState { revision: case.revision(), edge_margin_mm })
    }

    /// Whether something is drawn that features can be extracted from.
    pub fn has_voi(&self) -> bool {
        self.case.as_ref().is_some_and(|case| !self.voi.is_empty(case))
    }

    /// Volume of the VOI in mL, where there is one and it is known.
    pub fn voi_ml(&self) -> Option<f64> {
        let voi = self.case.as_ref().and_then(|case| self.voi.current(case));
        voi.map(|voi| voi.statistics().volume_ml).filter(|ml| *ml > 0.0)
    }

    /// Whether labels can be saved as DICOM SEG: they lie on the slices of a DICOM series.
    pub fn can_save_seg(&self) -> bool {
        self.why_no_seg().is_none()
    }

    /// Why labels cannot be saved as DICOM SEG, where they cannot.
    pub fn why_no_seg(&self) -> Option<&'static str> {
        match (&self.series, &self.interpolation) {
            (None, _) => Some("The image is not DICOM: save the labels as NIfTI"),
            (_, Some(_)) => Some("The slices are interpolated, none of the scanner's: save the labels as NIfTI"),
            _ => None,
        }
    }

    /// The folder that the series' folder lies in, where labels drawn on it are likely to be.
    pub fn study_folder(&self) -> Option<PathBuf> {
        let file = self.series.as_ref()?.frames.first()?.file.name.as_str();
        Some(Path::new(file).parent()?.parent()?.to_owned()).filter(|folder| folder.is_dir())
    }

    /// What tells files of this case from those of others and names no patient: the end of the series' identifier.
    pub fn tag(&self) -> String {
        let uid = self.series.as_ref().map_or("", |series| series.instance_uid.as_str());
        let digits: Vec<char> = uid.chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(TAG_DIGITS)..].iter().collect()
    }

    /// Whether the open case is this series.
    pub fn is_of(&self, series: &Arc<Series>) -> bool {
        self.series.as_ref().is_some_and(|open| Arc::ptr_eq(open, series))
    }

    /// Labels were loaded, which made the present state, with what is odd about them. Where they are the VOI alone, no edge is left out of
    /// them, for as long as they are not undone.
    pub fn labels_are_loaded(&mut self, is_voi_alone: bool, warnings: Warnings) {
        let before_mm = self.voi.margin_mm();
        self.voi.suit(is_voi_alone);
        let (Some(case), margins_mm) = (&self.case, [before_mm, self.voi.margin_mm()]) else { return };
        self.loaded = Some(Loaded { state: case.revision(), margins_mm, warnings });
    }

    /// Leaves out the edge that belongs to what is drawn now, where undo or redo went across the loading of labels.
    pub fn follow_history(&mut self) {
        let Some(loaded) = &self.loaded else { return };
        let [before, after] = loaded.margins_mm;
        let (from, to) = if loaded.is_of(self.case.as_ref()) { (before, after) } else { (after, before) };
        if from != to && self.voi.margin_mm() == from {
            self.voi.restore_margin(to);
        }
    }

    /// A state, with the edge that its VOI left out then, is in a file. What another case was saved as means nothing for this one.
    pub fn set_saved(&mut self, VoiState { revision, edge_margin_mm }: VoiState) {
        if let Some(case) = self.case.as_ref().filter(|case| case.history().knows(revision))
            && edge_margin_mm == self.voi.margin_mm()
        {
            case.journal_saved(revision);
            self.saved = Some(revision);
        }
    }

    /// Whether a state is the one that is in a file, or was given up.
    fn is_in_file(&self, revision: Revision) -> bool {
        self.saved == Some(revision)
    }

    /// Leaves out an edge of another width. What is in a file has the VOI of the former one.
    pub fn choose_margin(&mut self, mm: f64) {
        let before = self.voi.margin_mm();
        self.voi.choose_margin(mm);
        if self.voi.margin_mm() != before {
            self.saved = None;
            // Whoever chose it wants it with and without what was loaded.
            self.loaded.iter_mut().for_each(|loaded| loaded.margins_mm = [self.voi.margin_mm(); 2]);
        }
    }

    /// What is drawn may be lost: the user said so.
    pub fn discard(&mut self) {
        if let Some(case) = &mut self.case {
            case.end_stroke();
            self.saved = Some(case.revision());
        }
    }

    /// Whether any voxel has this label.
    pub fn is_drawn(&self, label: Label) -> bool {
        self.case.as_ref().is_some_and(|case| case.statistics().label(label).n_voxels > 0)
    }

    /// Whether any voxel has a label.
    fn any_is_drawn(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.statistics().labels.iter().any(|label| label.n_voxels > 0))
    }

    /// Whether what is drawn is in a file, or nothing is and no work was undone that is in none: a try that was taken back is none, several
    /// steps are, and so is what a journal brought, which is nowhere else.
    pub fn is_saved(&self) -> bool {
        let is_in_file = |case: &Case| self.is_in_file(case.revision()) && !case.is_drawing();
        let is_try = |case: &Case| {
            let undone: Vec<&str> = case.history().undone_since(self.saved).collect();
            undone.len() < 2 && !undone.contains(&RECOVERED)
        };
        let is_empty = |case: &Case| !self.any_is_drawn() && is_try(case);
        self.case.as_ref().is_none_or(|case| is_in_file(case) || is_empty(case))
    }
}

/// Labels that came from a file.
struct Loaded {
    /// The state that loading them made.
    state: Revision,
    /// Width of the edge that is left out of the VOI without them and with them, in mm.
    margins_mm: [f64; 2],
    /// What is odd about them.
    warnings: Warnings,
}

impl Loaded {
    /// Whether they are in what a case shows now: not undone.
    fn is_of(&self, case: Option<&Case>) -> bool {
        case.is_some_and(|case| case.history().way_to(self.state).is_none_or(|way| way <= 0))
    }
}
