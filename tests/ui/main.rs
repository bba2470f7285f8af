//! The window without a screen: acts by accessible label, keys and pointer, and asserts what became of it.

mod answers;
mod drawing;
mod features;
mod files;
mod harness;
mod looking;
#[path = "../models/mod.rs"]
mod models;
mod recovery;
mod risk;
mod tools;
mod training;
