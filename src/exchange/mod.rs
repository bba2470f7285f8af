//! Other people's formats: NIfTI images and label maps with ITK-SNAP's label descriptions, segmentations as NRRD, and tables as CSV and XLSX. No DICOM and no models.

pub mod nifti;
pub mod nrrd;
mod reorient;
pub mod snap_labels;
mod spreadsheet;
mod stored;
pub mod table;
