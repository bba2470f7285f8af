//! Statistics against R on a synthetic cohort and on edge cases.

mod agreement;
mod harness;
mod logistic;
mod paper;
mod roc;
mod ticks;
mod univariate;
