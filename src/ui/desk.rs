//! What lies on the desk: the open case, its files, and the slice that shows while it is being decoded.

use std::sync::Arc;

use crate::case::{Case, Identity, Labels, Revision};
use crate::dicom::Series;
use crate::volume::Volume;

/// The open case.
#[derive(Default)]
pub struct Desk {
    /// The case; `None` while its image is being decoded or nothing is open.
    pub case: Option<Case>,
    /// The series that it is, when it came from DICOM.
    pub series: Option<Arc<Series>>,
    /// Who and what is open or being opened.
    pub identity: Identity,
    /// The first slice of an image that is being decoded.
    pub preview: Option<Labels>,
    /// The state that is in a file, or that nothing was drawn on.
    saved: Option<Revision>,
}

impl Desk {
    /// Clears the desk for an image that is being decoded.
    pub fn expect(&mut self, identity: Identity, series: Option<Arc<Series>>) {
        *self = Self { identity, series, ..Self::default() };
    }

    /// Shows the first slice.
    pub fn set_preview(&mut self, volume: Arc<Volume>) {
        self.preview = Some(Labels::empty(volume));
    }

    /// The image is here.
    pub fn begin(&mut self, volume: Arc<Volume>) {
        let case = Case::new(self.identity.clone(), volume);
        self.saved = Some(case.revision());
        self.case = Some(case);
        self.preview = None;
    }

    /// A state is in a file.
    pub fn set_saved(&mut self, revision: Revision) {
        self.saved = Some(revision);
    }

    /// Whether what is drawn is in a file, or nothing is.
    pub fn is_saved(&self) -> bool {
        self.case.as_ref().is_none_or(|case| Some(case.revision()) == self.saved && !case.is_drawing())
    }
}
