//! Cases and their clinical columns.
