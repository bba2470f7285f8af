//! Hepatica opens portal venous phase CT, lets a radiologist delineate the whole liver, extracts PyRadiomics' features
//! from it and shows what a trained nomogram makes of them.
//!
//! Data flows one way:
//! files → series → volume → VOI → features → model → prediction → figures, report.
//! The modules stand on floors and use only what lies below; `tests/tidy.rs` holds them. `ARCHITECTURE.md` has the map.
//!
//! Research use only – not for clinical decisions.

pub mod base;

pub mod stats;
pub mod volume;

pub mod dicom;
pub mod exchange;
pub mod phantom;
pub mod radiomics;
pub mod segment;

pub mod cohort;

pub mod model;

pub mod figure;

pub mod case;
pub mod report;

pub mod job;

pub mod render;

pub mod cli;
pub mod ui;
