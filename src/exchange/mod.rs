//! Other people's formats: NIfTI images and label maps, and tables as CSV. No DICOM and no models.

pub mod nifti;
pub mod table;
