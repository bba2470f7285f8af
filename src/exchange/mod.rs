//! Other people's formats: NIfTI and CSV.
