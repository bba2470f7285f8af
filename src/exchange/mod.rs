//! Other people's formats: NIfTI images and label maps, and tables as CSV and XLSX. No DICOM and no models.

pub mod nifti;
mod spreadsheet;
pub mod table;
