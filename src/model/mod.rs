//! The model file, the embedded models and prediction.
