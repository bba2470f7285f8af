//! The window without a screen: acts by accessible label, keys and pointer, and asserts what became of it.

mod answers;
mod cutting;
mod drawing;
mod edits;
mod features;
mod files;
mod harness;
mod looking;
#[path = "../models/mod.rs"]
mod models;
mod protocol;
mod recovery;
mod risk;
mod surface;
mod tools;
mod training;
mod voi;
