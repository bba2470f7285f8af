//! The system's dialogs for files and folders, each on a thread of its own.
//!
//! Without a desktop portal a dialog answers as if it had been cancelled: paths can always be typed or dropped as well.

use crate::base::Cancelled;
use crate::report::training::TrainingFigure;

use super::jobs::{Jobs, Outcome};
use super::train::TableFile;

/// What a path is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A study to open.
    Study,
    /// A label map to load.
    LoadLabels,
    /// A model to load.
    LoadModel,
    /// Where the DICOM segmentation goes.
    SaveSeg,
    /// Where the NIfTI label map goes.
    SaveNifti,
    /// Save the labels as NRRD.
    SaveNrrd,
    /// Save the labels as a structure set.
    SaveRtStruct,
    /// Where what is submitted goes: labels as DICOM SEG, and beside them the submission and the time sheet.
    SubmitSeg,
    /// The same, with labels as NIfTI.
    SubmitNifti,
    /// Where the time sheet goes.
    SaveTimes,
    /// Where the features go.
    SaveFeatures,
    /// Where the nomogram goes.
    SaveNomogram,
    /// Where the ROC curve goes.
    SaveRoc,
    /// Where the radscore's distribution goes.
    SaveRadscore,
    /// Where the contributions to the radscore go.
    SaveContributions,
    /// Where the decision curve goes.
    SaveNetBenefit,
    /// Where the report goes.
    SaveReport,
    /// A table of a cohort, for the field that asks for it.
    Table(TableFile),
    /// Where a figure of a training run goes.
    SaveTrainingFigure(TrainingFigure),
    /// Where a trained model goes.
    SaveModel,
    /// The folder that everything of a training run goes into.
    SaveTraining,
}

impl Purpose {
    /// As the dialog and the field for a path call it.
    pub const fn title(self) -> &'static str {
        match self {
            Purpose::Study => "Open a folder, a file or an archive",
            Purpose::LoadLabels => "Load labels (DICOM SEG or RTSTRUCT, NIfTI, NRRD)",
            Purpose::LoadModel => "Load a model (Hepatica's model file)",
            Purpose::SaveSeg => "Save the labels as DICOM SEG",
            Purpose::SaveNifti => "Save the labels as NIfTI",
            Purpose::SaveNrrd => "Save the labels as NRRD",
            Purpose::SaveRtStruct => "Save the labels as a structure set",
            Purpose::SubmitSeg => "Submit the labels as DICOM SEG, with acknowledgements and times",
            Purpose::SubmitNifti => "Submit the labels as NIfTI, with acknowledgements and times",
            Purpose::SaveTimes => "Save the time at work as CSV",
            Purpose::SaveFeatures => "Save the features as CSV or JSON",
            Purpose::SaveNomogram => "Save the nomogram as SVG or PNG",
            Purpose::SaveRoc => "Save the ROC curve as SVG or PNG",
            Purpose::SaveRadscore => "Save the radscore's distribution as SVG or PNG",
            Purpose::SaveContributions => "Save the contributions as SVG or PNG",
            Purpose::SaveNetBenefit => "Save the decision curve as SVG or PNG",
            Purpose::SaveReport => "Save the report as PDF",
            Purpose::Table(file) => file.title(),
            Purpose::SaveTrainingFigure(_) => "Save the figure as SVG or PNG",
            Purpose::SaveModel => "Save the model (Hepatica's model file)",
            Purpose::SaveTraining => "Save every number, table, figure and model into a folder",
        }
    }

    /// The file's name that is offered; empty where something is opened. Free of patient data.
    pub const fn offered_name(self) -> &'static str {
        match self {
            Purpose::Study | Purpose::LoadLabels | Purpose::LoadModel | Purpose::Table(_) => "",
            Purpose::SaveSeg | Purpose::SubmitSeg => "labels.dcm",
            Purpose::SaveNifti | Purpose::SubmitNifti => "labels.nii.gz",
            Purpose::SaveTimes => "times.csv",
            Purpose::SaveNrrd => "labels.seg.nrrd",
            Purpose::SaveRtStruct => "labels-rtstruct.dcm",
            Purpose::SaveFeatures => "features.csv",
            Purpose::SaveNomogram => "nomogram.svg",
            Purpose::SaveRoc => "roc.svg",
            Purpose::SaveRadscore => "radscore.svg",
            Purpose::SaveContributions => "contributions.svg",
            Purpose::SaveNetBenefit => "net-benefit.svg",
            Purpose::SaveReport => "report.pdf",
            Purpose::SaveTrainingFigure(_) => "figure.svg",
            Purpose::SaveModel => "model.json",
            Purpose::SaveTraining => "training",
        }
    }

    /// Whether what is written can say who the patient is, beyond what its format demands.
    pub const fn may_name_the_patient(self) -> bool {
        matches!(self, Purpose::SaveFeatures | Purpose::SaveReport)
    }

    /// Whether it concerns what is drawn on an image.
    pub const fn is_of_labels(self) -> bool {
        matches!(
            self,
            Purpose::LoadLabels
                | Purpose::SaveSeg
                | Purpose::SaveNifti
                | Purpose::SaveNrrd
                | Purpose::SaveRtStruct
                | Purpose::SubmitSeg
                | Purpose::SubmitNifti
                | Purpose::SaveTimes
        )
    }

    /// Whether it is a folder that is written into.
    pub const fn is_folder(self) -> bool {
        matches!(self, Purpose::SaveTraining)
    }

    /// Whether a file is written.
    pub const fn writes(self) -> bool {
        !self.offered_name().is_empty()
    }
}

/// What the system is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A file that is there, or to be.
    File,
    /// A folder that is there.
    Folder,
}

/// Name of the job that waits for the system's dialog.
pub const CHOOSING: &str = "Choosing a path";

/// Asks the system for a path; the answer of a dialog that is still open is not waited for any more.
pub fn pick(jobs: &mut Jobs, purpose: Purpose, wanted: Wanted) {
    jobs.abandon(CHOOSING);
    jobs.start_quietly(CHOOSING, move |_| {
        let dialog = rfd::FileDialog::new().set_title(purpose.title());
        let chosen = match wanted {
            Wanted::Folder => dialog.pick_folder(),
            Wanted::File if purpose.writes() => dialog.set_file_name(purpose.offered_name()).save_file(),
            Wanted::File => dialog.pick_file(),
        };
        Ok::<_, Cancelled>(Outcome::Picked(purpose, chosen))
    });
}
