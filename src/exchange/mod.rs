//! Other people's formats: NIfTI images and label maps, segmentations as NRRD, and tables as CSV and XLSX. No DICOM and no models.

pub mod nifti;
pub mod nrrd;
mod reorient;
mod spreadsheet;
mod stored;
pub mod table;
