//! PyRadiomics' features of a VOI. No files, no models.
