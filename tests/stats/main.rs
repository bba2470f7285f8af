//! Statistics against R on a synthetic cohort and on edge cases.

mod agreement;
mod calibration;
mod correlation;
mod decision;
mod discrimination;
mod harness;
mod logistic;
mod open;
mod paper;
mod regression;
mod resampling;
mod roc;
mod selection;
mod ticks;
mod univariate;
